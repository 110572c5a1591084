/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A reader at a serial line, the hand that lays cards on it, and a lock that believes what it reads on them: the write
 * that makes a key of the open key format be on a card is the request, and the key is its effect. */
#include <stdio.h>
#include <string.h>

#include "../simulator/connection.h"
#include "../simulator/exchange.h"
#include "../simulator/protocol.h"
#include "../simulator/server.h"
#include "open_key/open_key.h"
#include "simulator_reader.h"

extern const struct protocol simulated_contactless;

enum { SEARCHES_BEFORE_LEAVING = 2, SHELF = 4 };

static const struct profile {
    const char *name;
    enum simulated_type card;
    bool serial_ccid; /* an ACR122S instead of a PN532 */
} profiles[] = {
    {"ntag215", SIMULATED_NTAG215, false},
    {"ntag213", SIMULATED_NTAG213, false},
    {"ntag216", SIMULATED_NTAG216, false},
    {"ultralight-c", SIMULATED_ULTRALIGHT_C, false},
    {"classic-1k", SIMULATED_CLASSIC_1K, false},
    {"classic-4k", SIMULATED_CLASSIC_4K, false},
    {"desfire", SIMULATED_DESFIRE, false},
    {"acr122s", SIMULATED_NTAG213, true},
    {"acr122s-classic-1k", SIMULATED_CLASSIC_1K, true},
};
enum { PROFILE_COUNT = sizeof(profiles) / sizeof(profiles[0]) };
static const char *const profile_names[PROFILE_COUNT + 1] = {
    "ntag215",    "ntag213", "ntag216", "ultralight-c",       "classic-1k",
    "classic-4k", "desfire", "acr122s", "acr122s-classic-1k", NULL};

/* What all connections share: the desk with its cards. */
struct desk {
    struct server *server;
    struct connection *connection; /* whose command is being done */
    struct simulated_field field;
    struct simulated_card card;
    struct simulated_card shelf[SHELF]; /* that lay there before; the oldest makes room */
    size_t shelved;                     /* so far */
    int64_t writes;                     /* to the present card */
    bool left, comes_back;              /* by the fault; once for each card */
    bool waiting;                       /* nothing lies there since `since` */
    int64_t since;
    size_t commands;   /* of the field at the last search */
    int searches;      /* since the last command to the card */
    uint32_t cards;    /* laid on so far */
    struct uuid issue; /* of the last original */
    bool exchanged;    /* the command became an exchange, which answers it */
    uint8_t sequence;  /* of the command, CCID */
};

/* A reader that was just switched on. */
struct session {
    struct simulated_pn532 chip;
    struct simulated_ccid reader;
    struct ccid_frame_decoder frames;
    bool started;
};

static const struct profile *profile_of(const struct server *server)
{
    return &profiles[server->profile < PROFILE_COUNT ? server->profile : 0];
}

/* ---- The hand --------------------------------------------------------------------------------------------------- */

static void shelve(struct desk *desk)
{
    if (desk->cards > 0) {
        desk->shelf[desk->shelved++ % SHELF] = desk->card;
    }
    desk->writes = 0;
    desk->left = desk->comes_back = desk->waiting = false;
}

/* Serial numbers that are all different, with the maker's byte of the cards in question. */
static void lay_on(struct desk *desk)
{
    shelve(desk);
    const uint32_t number = ++desk->cards * UINT32_C(2654435761);
    const bool classic = profile_of(desk->server)->card == SIMULATED_CLASSIC_1K ||
                         profile_of(desk->server)->card == SIMULATED_CLASSIC_4K;
    const uint8_t uid[] = {
        0x04, (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number, 0x5A, 0x80};
    simulated_card_make(&desk->card, profile_of(desk->server)->card, uid, classic ? 4 : sizeof uid);
    desk->field.cards[0] = &desk->card;
}

/* The hand lays the next one on, or the one that it took away too early. */
static void lay_next(struct desk *desk)
{
    if (desk->comes_back) {
        desk->comes_back = desk->waiting = false;
        desk->field.cards[0] = &desk->card;
    } else {
        lay_on(desk);
    }
}

static void put_serial(const struct simulated_card *card, char out[LOCK_SERIAL_SIZE])
{
    out[0] = '\0';
    for (size_t i = 0; i < card->target.uid_size; i++) {
        snprintf(out + 2 * i, 3, "%02X", card->target.uid[i]);
    }
}

static bool present(void *world, const char *wanted)
{
    struct desk *desk = world;
    char serial[LOCK_SERIAL_SIZE];
    if (wanted[0] == '\0') {
        lay_on(desk);
        return true;
    }
    put_serial(&desk->card, serial);
    if (desk->cards > 0 && strcmp(serial, wanted) == 0) {
        desk->comes_back = true;
        lay_next(desk);
        return true;
    }
    for (size_t i = 0; i < SHELF && i < desk->shelved; i++) {
        const struct simulated_card found = desk->shelf[i];
        put_serial(&found, serial);
        if (strcmp(serial, wanted) == 0) {
            shelve(desk);
            desk->card = found;
            desk->field.cards[0] = &desk->card;
            return true;
        }
    }
    return false;
}

static void looking(struct simulated_field *field)
{
    struct desk *desk = field->owner;
    desk->searches = field->commands == desk->commands ? desk->searches + 1 : 1;
    desk->commands = field->commands;
    if (field->cards[0] != NULL && desk->card.writes > 0 && desk->searches > SEARCHES_BEFORE_LEAVING) {
        field->cards[0] = NULL;
        desk->waiting = true;
        desk->since = desk->server->now;
        return; /* it is seen that it is gone */
    }
    if (field->cards[0] != NULL || desk->server->hand_ms < 0) {
        return;
    }
    if (!desk->waiting) {
        desk->waiting = true;
        desk->since = desk->server->now;
    }
    if (desk->server->now - desk->since >= desk->server->hand_ms) {
        lay_next(desk);
    }
}

/* ---- Keys on cards ---------------------------------------------------------------------------------------------- */

/* The message on the card; 0 bytes if there is none. */
static size_t message_on(const struct simulated_card *card, uint8_t memory[SIMULATED_MEMORY], const uint8_t **message)
{
    struct area area;
    const size_t count = simulated_card_user_memory(card, memory);
    const int bad = card->type == SIMULATED_DESFIRE ? area_parse_file(memory, count, &area)
                                                    : area_parse(memory, count, &area);
    *message = memory + area.message;
    return bad == 0 ? area.message_length : 0;
}

static bool key_on(const struct desk *desk, const struct simulated_card *card, struct open_key *key)
{
    uint8_t memory[SIMULATED_MEMORY];
    const uint8_t *message;
    const size_t size = message_on(card, memory, &message);
    return size > 0 && open_key_read_card(&desk->server->site, message, size, card->target.uid, card->target.uid_size,
                                          key, NULL) == KC_OK;
}

/* The second card of one operation is a copy of the first. */
static void make_order(struct desk *desk, const struct simulated_card *card, const struct open_key *key,
                       struct lock_order *order)
{
    const bool again = memcmp(&key->issue, &desk->issue, sizeof key->issue) == 0;
    memset(order, 0, sizeof *order);
    order->verb = key->kind == KC_KIND_ONE_SHOT             ? LOCK_ONE_SHOT
                  : key->kind == KC_KIND_DUPLICATE || again ? LOCK_DUPLICATE
                                                            : LOCK_ORIGINAL;
    snprintf(order->command, sizeof order->command, "write");
    put_serial(card, order->serial);
    order->carrier = LOCK_AS_IMAGE;
    order->unacknowledged = true; /* it was, before it was known what it is */
    order->copies = 1;
    order->room_count = key->room_count;
    for (size_t i = 0; i < key->room_count; i++) {
        snprintf(order->rooms[i], sizeof order->rooms[i], "%s", key->rooms[i]);
    }
    for (uint16_t area = 1; area <= OPEN_KEY_AREAS; area++) {
        if (key->areas >> (area - 1) & 1) {
            order->granted.numbers[order->granted.count++] = area;
        }
    }
}

/* The card as a file: one with a key as keycard-lock takes it, any other with all of the user's memory. */
static void keep_card(const struct desk *desk, const struct simulated_card *card, bool is_key)
{
    char serial[LOCK_SERIAL_SIZE], path[400];
    uint8_t memory[SIMULATED_MEMORY];
    const uint8_t *message;
    const size_t size = message_on(card, memory, &message);
    const size_t whole = simulated_card_user_memory(card, memory);
    put_serial(card, serial);
    snprintf(path, sizeof path, "%s/%s.card", desk->server->cards, serial);
    FILE *file = desk->server->cards[0] != '\0' ? fopen(path, "we") : NULL;
    if (file == NULL) {
        return;
    }
    fprintf(file, "uid %s\n%s ", serial, is_key ? "ndef" : "memory");
    for (size_t i = 0; i < (is_key ? size : whole); i++) {
        fprintf(file, "%02x", is_key ? message[i] : memory[i]);
    }
    fprintf(file, "\n");
    fclose(file);
}

/* By the fault: the card goes, and this write is not done. */
static bool leaves_now(struct desk *desk)
{
    struct fault_plan plan;
    fault_list_plan(&desk->server->faults, desk->server->requests + 1, &plan);
    if (!plan.on[FAULT_LEAVES] || desk->left || ++desk->writes < plan.argument[FAULT_LEAVES]) {
        return false;
    }
    desk->left = desk->comes_back = desk->waiting = true;
    desk->since = desk->server->now;
    desk->field.cards[0] = NULL;
    return true;
}

/* A key that was not there comes to be with this write. */
static bool writing(struct simulated_field *field, struct simulated_card *card, const uint8_t *command, size_t count)
{
    struct desk *desk = field->owner;
    struct simulated_card after = *card;
    struct open_key key, before;
    struct lock_order order;
    uint8_t answer[256];
    size_t size;
    if (leaves_now(desk)) {
        return false;
    }
    (void)simulated_card_do(&after, command, count, answer, &size);
    const bool had_key = key_on(desk, card, &before), has_key = key_on(desk, &after, &key);
    if (had_key && !has_key) {
        put_serial(card, order.serial);
        lock_server_withdraw(desk->server->lock, order.serial);
    }
    if (!has_key || (had_key && uuid_equal(&before.issue, &key.issue))) {
        keep_card(desk, &after, has_key);
        return true;
    }
    make_order(desk, card, &key, &order);
    order.tag = desk->sequence | (card->type == SIMULATED_DESFIRE ? UINT32_C(1) << 9 : 0);
    const size_t cards = lock_server_card_count(desk->server->lock);
    desk->exchanged = true;
    if (!profile_of(desk->server)->serial_ccid) {
        connection_send(desk->connection, pn532_ack, PN532_SHORT_SIZE, -1);
    } else {
        connection_send(desk->connection, ccid_frame_ack, CCID_FRAME_ACK_SIZE, -1);
        order.tag |= UINT32_C(1) << 8;
    }
    exchange_begin(desk->connection, &order);
    if (lock_server_card_count(desk->server->lock) == cards) {
        return false;
    }
    desk->issue = key.issue;
    keep_card(desk, &after, true);
    return true;
}

/* ---- The line --------------------------------------------------------------------------------------------------- */

static int world_open(void *world, struct server *server)
{
    struct desk *desk = world;
    desk->server = server;
    desk->field = (struct simulated_field){.owner = desk, .looking = looking, .writing = writing, .commands_left = -1};
    return 0;
}

static void session_open(void *data)
{
    (void)data; /* all zero; the field is not known yet */
}

static void session_close(void *data)
{
    (void)data;
}

static void start(struct session *session, struct desk *desk)
{
    simulated_pn532_reset(&session->chip, &desk->field);
    simulated_ccid_reset(&session->reader, &desk->field);
    ccid_frame_decoder_reset(&session->frames);
    session->started = true;
}

static size_t take_chip(struct session *session, const uint8_t *bytes, size_t count, struct buf *acknowledgement,
                        struct buf *answer)
{
    return simulated_pn532_take(&session->chip, bytes, count, acknowledgement, answer);
}

static size_t take_ccid(struct session *session, struct desk *desk, const uint8_t *bytes, size_t count,
                        struct buf *acknowledgement, struct buf *answer)
{
    enum ccid_frame_event event;
    struct ccid_message reply;
    uint8_t data[CCID_DATA_MOST];
    const size_t taken = ccid_frame_decode(&session->frames, false, bytes, count, &event);
    if (event != CCID_FRAME_MESSAGE) {
        return taken;
    }
    desk->sequence = session->frames.message.sequence;
    buf_append(acknowledgement, ccid_frame_ack, CCID_FRAME_ACK_SIZE);
    simulated_ccid_do(&session->reader, &session->frames.message, &reply, data);
    if (ccid_frame_encode(&reply, answer) != 0) {
        answer->failed = true;
    }
    return taken;
}

static void received(struct connection *connection, void *data, const uint8_t *bytes, size_t count)
{
    struct session *session = data;
    struct desk *desk = connection->server->world;
    if (!session->started) {
        start(session, desk);
    }
    desk->connection = connection;
    while (count > 0 && !connection_is_closing(connection)) {
        struct buf acknowledgement = {0}, answer = {0};
        desk->exchanged = false;
        const size_t taken = profile_of(desk->server)->serial_ccid
                                 ? take_ccid(session, desk, bytes, count, &acknowledgement, &answer)
                                 : take_chip(session, bytes, count, &acknowledgement, &answer);
        bytes += taken;
        count -= taken;
        if (!desk->exchanged && !acknowledgement.failed && !answer.failed) {
            connection_send(connection, acknowledgement.data, acknowledgement.length, -1);
            connection_send(connection, answer.data, answer.length, -1);
        }
        buf_free(&acknowledgement);
        buf_free(&answer);
    }
    desk->connection = NULL;
}

/* ---- Answers to the write that made a key ----------------------------------------------------------------------- */

static void acknowledge(struct buf *out)
{
    (void)out; /* it was already */
}

static void refuse(struct buf *out)
{
    buf_append(out, pn532_nack, PN532_SHORT_SIZE);
}

static void put_answer(const struct lock_order *order, bool good, uint8_t code, struct buf *out)
{
    const uint8_t chip[] = {PN532_IN_DATA_EXCHANGE + 1, good ? 0 : code};
    const uint8_t chip_file[] = {PN532_IN_DATA_EXCHANGE + 1, 0, 0x91, 0x00};
    const uint8_t status[] = {good ? 0x90 : 0x63, 0x00};
    const struct ccid_message message = {
        .type = CCID_DATA_BLOCK, .sequence = (uint8_t)order->tag, .data = status, .count = sizeof status};
    const bool file = order->tag >> 9 & 1;
    int bad;
    if (order->tag >> 8 & 1) {
        bad = ccid_frame_encode(&message, out);
    } else if (file && good) {
        bad = pn532_frame_encode(PN532_TO_HOST, chip_file, sizeof chip_file, out);
    } else {
        bad = pn532_frame_encode(PN532_TO_HOST, chip, sizeof chip, out);
    }
    out->failed = out->failed || bad != 0;
}

static void answer(const struct lock_order *order, const struct lock_outcome *outcome, struct buf *out)
{
    put_answer(order, outcome->result == LOCK_DONE, PN532_STATUS_CONTEXT, out);
}

/* Two hexadecimal digits: a status of the PN532. */
static void error(const struct lock_order *order, const char *code, struct buf *out)
{
    unsigned status = PN532_STATUS_TIMED_OUT;
    (void)sscanf(code, "%2x", &status);
    put_answer(order, false, (uint8_t)status, out);
}

static void spoil(struct buf *frame)
{
    frame->data[frame->length - 2] ^= 0x40;
}

const struct protocol simulated_contactless = {
    .name = "contactless",
    .label = "a contactless reader (PN532, ACR122S) with cards and a lock",
    .busy_code = "27",
    .device = true,
    .present = present,
    .profiles = profile_names,
    .world_size = sizeof(struct desk),
    .world_open = world_open,
    .session_size = sizeof(struct session),
    .session_open = session_open,
    .session_close = session_close,
    .received = received,
    .acknowledge = acknowledge,
    .refuse = refuse,
    .answer = answer,
    .error = error,
    .spoil = spoil,
};
