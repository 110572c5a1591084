/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The side of a lock system that speaks FIAS: describes itself, makes keys, answers. The habits of real products are
 * profiles. It is strict with requests where a real one would be: what was not declared is not understood. */
#include <stdio.h>
#include <string.h>

#include "../simulator/connection.h"
#include "../simulator/exchange.h"
#include "../simulator/protocol.h"
#include "../simulator/server.h"
#include "codec.h"

extern const struct protocol simulated_fias;

/* ---- Habits ---------------------------------------------------------------------------------------------------- */

enum {
    HABIT_FIRST = 1,      /* describes itself at once, without waiting for LS */
    HABIT_NUMBERLESS = 2, /* names no reservation in its answers */
    HABIT_PADDED = 4,     /* answers with key coders of two digits */
    HABIT_SILENT = 8,     /* ends the link after an answer, and says nothing more */
    HABIT_RESYNC = 16,    /* asks for all guests after the start */
    HABIT_TELLS_CARD = 32 /* tells the number of the card in track 2 */
};

struct profile {
    const char *name;
    unsigned habits;
    const char *description;     /* behind DA and TI in LD */
    const char *declarations[9]; /* of LR, ends with NULL */
};

static const struct profile profiles[] = {
    {"plain",
     HABIT_TELLS_CARD,
     "V#1.0|IFDL|",
     {"RIKR|FLWSKCRNKTG#GAGDDTGNKOSICTIDDATIK#", "RIKD|FLWSKCRNG#", "RIKM|FLWSKCRNROG#GAGDDT",
      "RIKZ|FLDATIKCWSG#RNGDDTASCT", "RIKA|FLASCTKCWSG#$2", NULL}},
    {"description-first",
     HABIT_FIRST,
     "V#1.4.2.2|IFDL|",
     {"RIRE|FLRNRS", "RIKR|FLK#KCKTRNWSDADTG#GNGAGDTIKO", "RIKD|FLKCRNWSDATIG#", "RIKA|FLASKCWSCTDATIG#$2$3", NULL}},
    {"off-line",
     HABIT_NUMBERLESS | HABIT_PADDED,
     "V#1.0|IFDL|",
     {"RIKR|FLWSKCRNKTK#GAGDGNTI", "RIKD|FLWSKCRN", "RIKA|FLWSKCAS", NULL}},
    {"building", 0, "V#2|IFVI|", {"RIKR|FLWSKCRNKTK#G#GNGDDT$2", "RIKD|FLWSKCRNG#", "RIKA|FLASKCWS", NULL}},
    {"ends-the-link", HABIT_SILENT, "V#1.0|IFDL|", {"RIKR|FLWSKCRNKTG#GAGDDT", "RIKA|FLASCTKCWSG#", NULL}},
    {"resync",
     HABIT_RESYNC,
     "V#1.0|IFDL|",
     {"RIKR|FLWSKCRNKTG#GAGDDTGN", "RIKD|FLWSKCRNG#", "RIKA|FLASCTKCWSG#", "RIGI|FLRNG#GSGNSF", "RIGO|FLRNG#GSSF",
      NULL}},
    {"mobile",
     0,
     "V#1.0|IFDL|",
     {"RIKR|FLWSKCRNKTG#GAGDDTGNKOSICTIDRTA1A2A3", "RIKD|FLWSKCRNG#", "RIKM|FLWSKCRNROG#GAGDDT",
      "RIKZ|FLDATIKCWSG#RNGDDTASCT", "RIKA|FLASCTKCWSG#$3", "RIGI|FLRNG#GSGNGAGD", "RIGC|FLRNROG#GSGNGAGD",
      "RIGO|FLRNG#GS", NULL}},
};

static const char *const profile_names[] = {
    "plain", "description-first", "off-line", "building", "ends-the-link", "resync", "mobile", NULL};

/* What the answer needs to know of the request, in lock_order.tag. */
enum { TAG_SERIAL = 1, TAG_READ = 2, TAG_DELETE = 4, TAG_HABITS = 16 };

struct session {
    struct fias_decoder decoder;
    bool alive, silent;
    uint8_t answer;  /* the last ACK or NAK, for ENQ */
    struct buf last; /* of the link's own records: sent again after NAK */
};

static const struct profile *profile_of(const struct connection *connection)
{
    return &profiles[connection->server->profile];
}

/* ---- Sending --------------------------------------------------------------------------------------------------- */

static void send_record(struct connection *connection, struct session *session, const char *record)
{
    buf_clear(&session->last);
    if (fias_frame_encode((const uint8_t *)record, strlen(record), connection->terminal, &session->last) == 0 &&
        !session->last.failed) {
        connection_send(connection, session->last.data, session->last.length, -1);
    }
}

static void describe(struct connection *connection, struct session *session)
{
    const struct profile *profile = profile_of(connection);
    char record[300];
    session->alive = false;
    snprintf(record, sizeof record, "LD|DA260115|TI093001|%s", profile->description);
    send_record(connection, session, record);
    for (size_t i = 0; profile->declarations[i] != NULL; i++) {
        snprintf(record, sizeof record, "LR|%s|", profile->declarations[i]);
        send_record(connection, session, record);
    }
    send_record(connection, session, "LA|DA260115|TI093001|");
}

static void started(struct connection *connection, void *data)
{
    struct session *session = data;
    session->decoder.with_check = session->decoder.handshake = connection->terminal;
    if ((profile_of(connection)->habits & HABIT_FIRST) != 0) {
        describe(connection, session);
    }
}

/* ---- Requests -------------------------------------------------------------------------------------------------- */

static void copy(const struct fias_record *record, const char *id, char *out, size_t size)
{
    const struct fias_field *field = fias_find(record, FIAS_ID(id));
    const size_t length = field == NULL ? 0 : field->length < size ? field->length : size - 1;
    if (length > 0) {
        memcpy(out, field->value, length);
    }
    out[length] = '\0';
}

/* "01" is the encoder 1. */
static void copy_coder(const struct fias_record *record, char *out)
{
    char coder[LOCK_NAME_SIZE];
    copy(record, "KC", coder, sizeof coder);
    const char *start = coder;
    while (start[0] == '0' && start[1] != '\0') {
        start++;
    }
    memmove(out, start, strlen(start) + 1);
}

static void take_rooms(const struct fias_record *record, struct lock_order *order)
{
    const struct fias_field *suite = fias_find(record, FIAS_ID("SI"));
    struct fias_field room;
    copy(record, "RN", order->rooms[0], sizeof order->rooms[0]);
    order->room_count = order->rooms[0][0] != '\0' ? 1 : 0;
    for (size_t at = 0; suite != NULL && order->room_count < LOCK_ROOMS && fias_list_next(suite, &at, &room);) {
        if (room.length < LOCK_NAME_SIZE) {
            memcpy(order->rooms[order->room_count], room.value, room.length);
            order->rooms[order->room_count++][room.length] = '\0';
        }
    }
}

static void take_end(const struct fias_record *record, struct lock_order *order)
{
    const struct fias_field *day = fias_find(record, FIAS_ID("GD")), *clock = fias_find(record, FIAS_ID("DT"));
    struct fias_date date;
    struct fias_time time = {12, 0, 0};
    if (day == NULL || fias_date_read(day, &date) != 0 || (clock != NULL && fias_clock_read(clock, &time) != 0)) {
        return;
    }
    order->until = (struct lock_time){.given = true,
                                      .year = date.year,
                                      .month = date.month,
                                      .day = date.day,
                                      .hour = time.hour,
                                      .minute = time.minute,
                                      .digits = 10};
}

static void take_areas(const struct fias_record *record, struct lock_order *order)
{
    const struct fias_field *options = fias_find(record, FIAS_ID("KO"));
    for (size_t i = 0; options != NULL && i < options->length && i < LOCK_AREAS; i++) {
        struct lock_areas *areas = options->value[i] == '0' ? &order->denied : &order->granted;
        if (options->value[i] != ' ') {
            areas->numbers[areas->count++] = (uint16_t)(i + 1);
        }
    }
}

static bool take_verb(const struct fias_record *record, struct lock_order *order)
{
    const struct fias_field *type = fias_find(record, FIAS_ID("KT"));
    if (record->id == FIAS_ID("KD")) {
        order->verb = LOCK_CHECK_OUT;
        order->tag |= TAG_DELETE;
        order->encoder[0] = '\0';
    } else if (record->id == FIAS_ID("KZ")) {
        order->verb = LOCK_READ_CARD;
        order->tag |= TAG_READ;
    } else if (record->id == FIAS_ID("KM")) {
        order->verb = LOCK_MODIFY;
        order->encoder[0] = '\0';
        if (fias_find(record, FIAS_ID("RO")) != NULL) {
            memcpy(order->new_room, order->rooms[0], sizeof order->new_room);
            copy(record, "RO", order->rooms[0], sizeof order->rooms[0]);
        }
    } else if (fias_field_is(type, "D")) {
        order->verb = LOCK_DUPLICATE;
    } else if (fias_field_is(type, "O")) {
        order->verb = LOCK_ONE_SHOT;
    } else {
        order->verb = LOCK_ORIGINAL;
    }
    return order->verb == LOCK_READ_CARD || order->room_count > 0;
}

/* As agreed with the PMS: A1 is the phone number and A2 the e-mail address of a mobile key, A3 the number of a card
 * that the PMS writes itself. Request type 4 wants the key as bytes; without a card it is a mobile key, too. */
static void take_carrier(const struct fias_record *record, struct lock_order *order)
{
    const bool data = fias_field_is(fias_find(record, FIAS_ID("RT")), "4");
    char card[LOCK_NAME_SIZE];
    copy(record, "A3", card, sizeof card);
    copy(record, "A1", order->phone, sizeof order->phone);
    if (order->phone[0] == '\0') {
        copy(record, "A2", order->phone, sizeof order->phone);
    }
    if (!data && order->phone[0] == '\0') {
        return;
    }
    order->carrier = data ? LOCK_AS_IMAGE : LOCK_ON_PHONE;
    order->returns_image = data;
    order->encoder[0] = '\0';
    if (card[0] == '\0') {
        order->verb = order->verb == LOCK_DUPLICATE ? LOCK_MOBILE_FURTHER : LOCK_MOBILE;
    }
}

/* Whether the record was declared; another one is none of its business. */
static bool is_declared(const struct connection *connection, const struct fias_record *record)
{
    const struct profile *profile = profile_of(connection);
    char name[3];
    fias_id_text(record->id, name);
    for (size_t i = 0; profile->declarations[i] != NULL; i++) {
        if (memcmp(profile->declarations[i] + 2, name, 2) == 0) {
            return true;
        }
    }
    return false;
}

static void take_request(struct connection *connection, const struct fias_record *record)
{
    struct lock_order order;
    char station[20], coder[12], number[14], type[4];
    memset(&order, 0, sizeof order);
    fias_id_text(record->id, order.command);
    copy(record, "KT", type, sizeof type);
    snprintf(order.command + 2, sizeof order.command - 2, "%s", type);
    order.tag = (connection->terminal ? TAG_SERIAL : 0) | TAG_HABITS * profile_of(connection)->habits;
    order.copies = 1;
    order.unacknowledged = !connection->terminal;
    copy_coder(record, order.encoder);
    copy(record, "ID", order.operator_name, sizeof order.operator_name);
    copy(record, "CT", order.lines[0], sizeof order.lines[0]);
    copy(record, "WS", station, sizeof station);
    copy(record, "KC", coder, sizeof coder);
    copy(record, "G#", number, sizeof number);
    copy(record, "G#", order.label, sizeof order.label);
    snprintf(order.id, sizeof order.id, "%s|%s|%s|", station, coder, number);
    take_rooms(record, &order);
    take_end(record, &order);
    take_areas(record, &order);
    if (!take_verb(record, &order) || !is_declared(connection, record)) {
        exchange_reject(connection, &order, "UR");
        return;
    }
    if (record->id == FIAS_ID("KR")) {
        take_carrier(record, &order);
    }
    struct session *session = connection->session;
    const size_t refusals = connection->server->counters[SIMULATOR_REFUSALS];
    exchange_begin(connection, &order);
    session->answer = connection->server->counters[SIMULATOR_REFUSALS] > refusals ? FIAS_NAK : FIAS_ACK;
    if ((profile_of(connection)->habits & HABIT_SILENT) != 0) {
        send_record(connection, session, "LE|DA260115|TI235900|");
        session->silent = true;
    }
}

static void say(struct connection *connection, struct session *session, uint8_t byte)
{
    if (connection->terminal) {
        session->answer = byte;
        connection_send(connection, &byte, 1, -1);
    }
}

static bool is_request(const struct fias_record *record)
{
    return record->id == FIAS_ID("KR") || record->id == FIAS_ID("KD") || record->id == FIAS_ID("KM") ||
           record->id == FIAS_ID("KZ");
}

/* Requests are acknowledged, or refused, where their faults are. */
static void take_record(struct connection *connection, struct session *session)
{
    struct fias_record record;
    const bool whole = fias_parse(session->decoder.body.data, session->decoder.body.length, &record) == 0;
    if (whole && session->alive && is_request(&record)) {
        take_request(connection, &record);
        return;
    }
    say(connection, session, FIAS_ACK);
    if (!whole) {
        return;
    }
    if (record.id == FIAS_ID("LS")) {
        describe(connection, session);
    } else if (record.id == FIAS_ID("LE")) {
        send_record(connection, session, "LE|DA260115|TI235900|");
        connection_drop(connection);
    } else if (record.id == FIAS_ID("LA")) {
        if (!session->alive && (profile_of(connection)->habits & HABIT_RESYNC) != 0) {
            send_record(connection, session, "DR|DA260115|TI093005|");
        }
        session->alive = true;
    }
}

/* ---- The line -------------------------------------------------------------------------------------------------- */

static void session_open(void *data)
{
    struct session *session = data;
    fias_decoder_init(&session->decoder, false);
    session->answer = FIAS_NAK;
}

static void session_close(void *data)
{
    struct session *session = data;
    fias_decoder_free(&session->decoder);
    buf_free(&session->last);
}

static void take_event(struct connection *connection, struct session *session, enum fias_event event)
{
    switch (event) {
    case FIAS_FRAME:
        if (!session->decoder.good) {
            exchange_refuse(connection);
            session->answer = FIAS_NAK;
            return;
        }
        take_record(connection, session);
        return;
    case FIAS_ENQUIRY:
        say(connection, session, session->answer);
        return;
    case FIAS_REFUSED:
        if (connection->terminal && session->last.length > 0) {
            connection_send(connection, session->last.data, session->last.length, -1);
        }
        return;
    case FIAS_TOO_LONG:
        say(connection, session, FIAS_NAK);
        return;
    case FIAS_ACCEPTED:
    case FIAS_NOISE:
    case FIAS_NOTHING:
        return;
    }
}

static void received(struct connection *connection, void *data, const uint8_t *bytes, size_t count)
{
    struct session *session = data;
    while (count > 0 && !connection_is_closing(connection) && !session->silent) {
        enum fias_event event;
        const size_t taken = fias_decode(&session->decoder, bytes, count, &event);
        bytes += taken;
        count -= taken;
        take_event(connection, session, event);
    }
}

/* ---- Answers --------------------------------------------------------------------------------------------------- */

static void acknowledge(struct buf *out)
{
    buf_append_byte(out, FIAS_ACK);
}

static void refuse(struct buf *out)
{
    buf_append_byte(out, FIAS_NAK);
}

/* Takes "station|coder|number|" apart. */
static void split(const struct lock_order *order, char parts[3][LOCK_NAME_SIZE])
{
    const char *at = order->id;
    for (size_t i = 0; i < 3; i++) {
        const size_t length = strcspn(at, "|");
        memcpy(parts[i], at, length);
        parts[i][length] = '\0';
        at += length + (at[length] == '|' ? 1 : 0);
    }
}

/* Opaque, in hex digits. */
static void put_key(struct fias_writer *writer, const struct lock_outcome *outcome)
{
    char hex[2 * LOCK_IMAGE_MOST + 1];
    for (size_t i = 0; i < outcome->image_size; i++) {
        snprintf(hex + 2 * i, 3, "%02X", outcome->image[i]);
    }
    fias_put(writer, FIAS_ID("$3"), hex);
}

static void put_answer(const struct lock_order *order, const char *status, const char *text, const char *card,
                       const struct lock_outcome *outcome, struct buf *out)
{
    const unsigned habits = (unsigned)(order->tag / TAG_HABITS);
    char parts[3][LOCK_NAME_SIZE];
    struct fias_writer writer;
    struct buf record;
    buf_init(&record);
    split(order, parts);
    const bool pads = (habits & HABIT_PADDED) != 0 && strlen(parts[1]) == 1;
    if (pads) {
        snprintf(parts[1], sizeof parts[1], "0%c", order->id[strcspn(order->id, "|") + 1]);
    }
    fias_begin(&writer, &record, FIAS_ID((order->tag & TAG_READ) != 0 ? "KZ" : "KA"));
    fias_put(&writer, FIAS_ID("WS"), parts[0]);
    fias_put(&writer, FIAS_ID("KC"), parts[1]);
    fias_put(&writer, FIAS_ID("AS"), status);
    if ((habits & HABIT_NUMBERLESS) == 0) {
        fias_put(&writer, FIAS_ID("CT"), text);
        if (parts[2][0] != '\0') {
            fias_put(&writer, FIAS_ID("G#"), parts[2]);
        }
    }
    if (card != NULL && (habits & HABIT_TELLS_CARD) != 0) {
        fias_put(&writer, FIAS_ID("$2"), card);
    }
    if (outcome != NULL && outcome->image_size > 0) {
        put_key(&writer, outcome);
    }
    if (outcome != NULL && outcome->has_card) {
        const struct lock_card *read = &outcome->card;
        char date[16];
        fias_put(&writer, FIAS_ID("RN"), read->rooms[0]);
        if (read->until.given &&
            fias_date_text(&(struct fias_date){read->until.year, read->until.month, read->until.day}, date) == 0) {
            char clock[8];
            snprintf(clock, sizeof clock, "%02u:%02u", (unsigned)read->until.hour % 24,
                     (unsigned)read->until.minute % 60);
            fias_put(&writer, FIAS_ID("GD"), date);
            fias_put(&writer, FIAS_ID("DT"), clock);
        }
        if (read->label[0] != '\0') {
            fias_put(&writer, FIAS_ID("G#"), read->label);
        }
    }
    if (fias_end(&writer) != 0 ||
        fias_frame_encode(record.data, record.length, (order->tag & TAG_SERIAL) != 0, out) != 0) {
        out->failed = true;
    }
    buf_free(&record);
}

static void error(const struct lock_order *order, const char *code, struct buf *out)
{
    put_answer(order, code, "as the fault wants it", NULL, NULL, out);
}

static void answer(const struct lock_order *order, const struct lock_outcome *outcome, struct buf *out)
{
    static const struct {
        const char *status, *text;
    } results[] = {
        [LOCK_DONE] = {"OK", "done"},
        [LOCK_UNKNOWN_ROOM] = {"NG", "room unknown"},
        [LOCK_UNKNOWN_ENCODER] = {"UR", "encoder not found"},
        [LOCK_ENCODER_BUSY] = {"BY", "encoder busy"},
        [LOCK_ROOM_BUSY] = {"RY", "a key for the room is being made"},
        [LOCK_NO_CARD] = {"UR", "no card"},
        [LOCK_CHECKED_OUT] = {"IA", "nobody stays in the room"},
        [LOCK_ONE_SHOT_LIMIT] = {"DN", "no more of these"},
        [LOCK_REFUSED] = {"UR", "refused"},
    };
    const char *card = outcome->card_count > 0 ? outcome->serials[outcome->card_count - 1] : NULL;
    const size_t known = sizeof results / sizeof results[0];
    const size_t result = (size_t)outcome->result < known ? (size_t)outcome->result : LOCK_REFUSED;
    put_answer(order, results[result].status, results[result].text, card, outcome, out);
}

/* The check byte, or without one the end of the record: the next one begins in the middle of it. */
static void spoil(struct buf *frame)
{
    const bool with_check = frame->length > 2 && frame->data[frame->length - 2] == FIAS_ETX;
    frame->data[frame->length - 1] = with_check ? frame->data[frame->length - 1] ^ 0x40 : 0x04;
}

const struct protocol simulated_fias = {
    .name = "fias",
    .label = "a lock system that speaks FIAS",
    .busy_code = "BY",
    .session_size = sizeof(struct session),
    .session_open = session_open,
    .session_close = session_close,
    .started = started,
    .returns_keys = true,
    .profiles = profile_names,
    .received = received,
    .acknowledge = acknowledge,
    .refuse = refuse,
    .answer = answer,
    .error = error,
    .spoil = spoil,
};
