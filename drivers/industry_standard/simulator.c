/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lock systems' side of both dialects, as the document of the protocol describes them: strict with what comes in,
 * tolerant where working clients are known to differ (no ENQ, frames back to back, 8-digit dates). */
#include <stdio.h>
#include <string.h>

#include "../simulator/connection.h"
#include "../simulator/exchange.h"
#include "../simulator/protocol.h"
#include "codec.h"
#include "simulator_requests.h"

extern const struct protocol simulated_salto, simulated_onity;

/* One connection. */
struct session {
    struct industry_decoder decoder;
    const struct industry_dialect *dialect;
};

/* What lock_order.tag holds; see industry_take_order(). */
static enum industry_command tag_command(uint32_t tag)
{
    return (enum industry_command)(tag & 0xFF);
}

static uint8_t tag_serial_flag(uint32_t tag)
{
    return (uint8_t)(tag >> 8);
}

static uint8_t tag_installation_flag(uint32_t tag)
{
    return (uint8_t)(tag >> 16);
}

static void take_frame(struct connection *connection, const struct session *session)
{
    const struct industry_decoder *decoder = &session->decoder;
    struct industry_frame frame;
    struct lock_order order;
    memset(&order, 0, sizeof order);
    if (industry_split(decoder->frame.bytes, decoder->frame.length, &frame) != 0 ||
        !industry_take_order(session->dialect, &frame, &order)) {
        exchange_reject(connection, &order, "ES");
        return;
    }
    exchange_begin(connection, &order);
}

static void open_session(struct session *session, const struct industry_dialect *dialect)
{
    session->dialect = dialect;
    industry_decoder_init(&session->decoder, 0, true);
}

static void open_salto(void *session)
{
    open_session(session, &industry_salto);
}

static void open_onity(void *session)
{
    open_session(session, &industry_onity);
}

static void session_close(void *memory)
{
    struct session *session = memory;
    industry_decoder_free(&session->decoder);
}

static void received(struct connection *connection, void *memory, const uint8_t *bytes, size_t count)
{
    struct session *session = memory;
    struct industry_decoder *decoder = &session->decoder;
    while (!connection_is_closing(connection)) {
        enum industry_event event;
        const size_t taken = industry_decode(decoder, bytes, count, &event);
        bytes += taken;
        count -= taken;
        switch (event) {
        case INDUSTRY_NOTHING:
            return;
        case INDUSTRY_ENQUIRY:
            exchange_enquiry(connection);
            break;
        case INDUSTRY_FRAME:
            take_frame(connection, session);
            break;
        case INDUSTRY_BAD_CHECK:
        case INDUSTRY_TOO_LONG:
        case INDUSTRY_NO_MEMORY:
            exchange_refuse(connection);
            break;
        case INDUSTRY_ACCEPTED:
        case INDUSTRY_REFUSED:
            break; /* nothing that a lock server waits for */
        }
    }
}

/* ---- Answers ---------------------------------------------------------------------------------------------------- */

/* Latin-1 for the wire, of a request's text or the command line's; what it does not have becomes '?'. */
struct wire_text {
    char bytes[LOCK_TEXT_SIZE];
};

static struct industry_field to_wire(const char *text, struct wire_text *out)
{
    size_t length = 0;
    for (size_t i = 0; text[i] != '\0' && length + 1 < sizeof out->bytes; i++) {
        const uint8_t byte = (uint8_t)text[i];
        if ((byte & 0xC0) == 0x80) {
            continue;
        }
        const bool latin = byte == 0xC2 || byte == 0xC3;
        const uint8_t whole = (uint8_t)((byte & 0x03) << 6 | (latin ? (uint8_t)text[i + 1] & 0x3F : 0));
        out->bytes[length++] = (char)(byte < 0x80 ? byte : latin ? whole : '?');
    }
    out->bytes[length] = '\0';
    return industry_field_of(out->bytes);
}

static uint64_t area_set(const struct lock_areas *areas)
{
    uint64_t set = 0;
    for (size_t i = 0; i < areas->count; i++) {
        set |= INDUSTRY_AREA(areas->numbers[i]);
    }
    return set;
}

static struct industry_time put_time(const struct lock_time *time)
{
    return (struct industry_time){.year = time->given ? time->year : 0,
                                  .month = time->month,
                                  .day = time->day,
                                  .hour = time->hour,
                                  .minute = time->minute};
}

static const struct industry_style plain_style;

static void acknowledge(struct buf *out)
{
    buf_append_byte(out, INDUSTRY_ACK);
}

static void refuse(struct buf *out)
{
    buf_append_byte(out, INDUSTRY_NAK);
}

static void put_error(const struct lock_order *order, const char *code, const char *text, struct buf *out)
{
    struct wire_text id, words;
    const struct industry_field none = {NULL, 0};
    const struct industry_field field = to_wire(text, &words);
    if (industry_error_encode(code, to_wire(order->id, &id), field, &plain_style, out) != 0 &&
        industry_error_encode(code, none, field, &plain_style, out) != 0) {
        out->failed = true;
    }
}

static void error(const struct lock_order *order, const char *code, struct buf *out)
{
    put_error(order, code, strcmp(code, "EG") == 0 ? "General error" : "", out);
}

/* An RFID encoder tells the serial number of the last card without being asked. */
static bool wants_serials(const struct industry_dialect *dialect, const struct lock_order *order)
{
    return dialect->serial_flag ? tag_serial_flag(order->tag) >= '1' : lock_order_needs_card(order);
}

static void put_done(const struct industry_dialect *dialect, const struct lock_order *order,
                     const struct lock_outcome *outcome, struct buf *out)
{
    struct industry_field serials[LOCK_COPIES_MAX];
    struct wire_text id;
    char installation[LOCK_SERIAL_SIZE + 8];
    struct industry_done done = {
        .command = tag_command(order->tag), .digit = -1, .id = to_wire(order->id, &id), .serials = serials};
    const size_t first = tag_serial_flag(order->tag) == '2' ? 0 : outcome->card_count - 1;
    if (outcome->started_stay) {
        done.command = INDUSTRY_CN;
    }
    if (industry_makes_card(done.command) && wants_serials(dialect, order)) {
        for (size_t i = first; i < outcome->card_count; i++) {
            serials[done.serial_count++] = industry_field_of(outcome->serials[i]);
        }
    }
    if (industry_returns_key(done.command)) {
        done.key = (struct industry_field){outcome->image, outcome->image_size};
        if (tag_installation_flag(order->tag) == '1') {
            snprintf(installation, sizeof installation, "INST-%s", outcome->serials[0]);
            done.installation = industry_field_of(installation);
        }
    }
    if (industry_done_encode(&done, &plain_style, out) != 0) {
        out->failed = true;
    }
}

static uint8_t copy_symbol(const struct industry_dialect *dialect, const struct lock_card *card)
{
    const int most = strchr(dialect->further_copies, '4') != NULL ? 4 : 2;
    if (card->kind == LOCK_ONE_SHOT) {
        return 'A';
    }
    return card->copy > most ? 'I' : (uint8_t)('0' + card->copy);
}

static void put_card(const struct industry_dialect *dialect, const struct lock_order *order,
                     const struct lock_outcome *outcome, struct buf *out)
{
    struct wire_text id, rooms[INDUSTRY_ROOMS], person, serial;
    const struct lock_card *card = &outcome->card;
    struct industry_card read = {.encoder = to_wire(order->id, &id), .kind = INDUSTRY_CARD_UNKNOWN};
    if (outcome->has_card && !outcome->valid) {
        read.kind = INDUSTRY_CARD_VOID;
    } else if (outcome->has_card) {
        read.kind = INDUSTRY_CARD_GUEST;
        for (size_t i = 0; i < card->room_count; i++) {
            read.rooms[i] = to_wire(card->rooms[i], &rooms[i]);
        }
        read.checked_out = !outcome->occupied;
        read.copy = copy_symbol(dialect, card);
        read.areas = area_set(&card->granted);
        read.start = put_time(&card->from);
        read.expiry = put_time(&card->until);
        read.start_digits = (uint8_t)card->from.digits;
        read.expiry_digits = (uint8_t)card->until.digits;
        read.operator_name = to_wire(card->operator_name, &person);
        read.serial = to_wire(card->serial, &serial);
    }
    if (industry_card_encode(dialect, &read, &plain_style, out) != 0) {
        out->failed = true;
    }
}

static void answer(const struct industry_dialect *dialect, const struct lock_order *order,
                   const struct lock_outcome *outcome, struct buf *out)
{
    switch (outcome->result) {
    case LOCK_DONE:
        if (order->verb == LOCK_READ_CARD) {
            put_card(dialect, order, outcome, out);
        } else {
            put_done(dialect, order, outcome, out);
        }
        return;
    case LOCK_UNKNOWN_ROOM:
        put_error(order, "TD", "", out);
        return;
    case LOCK_UNKNOWN_ENCODER:
        put_error(order, "NC", "", out);
        return;
    case LOCK_ENCODER_BUSY:
        put_error(order, "OV", "", out);
        return;
    case LOCK_ROOM_BUSY:
        put_error(order, "EO", "", out);
        return;
    case LOCK_NO_CARD:
        put_error(order, "ED", "", out);
        return;
    case LOCK_CHECKED_OUT:
    case LOCK_ONE_SHOT_LIMIT:
        put_error(order, "EA", "", out);
        return;
    case LOCK_REFUSED:
        put_error(order, "EG", outcome->text, out);
        return;
    }
}

static void answer_salto(const struct lock_order *order, const struct lock_outcome *outcome, struct buf *out)
{
    answer(&industry_salto, order, outcome, out);
}

static void answer_onity(const struct lock_order *order, const struct lock_outcome *outcome, struct buf *out)
{
    answer(&industry_onity, order, outcome, out);
}

static void spoil(struct buf *frame)
{
    uint8_t *check = &frame->data[frame->length - 1];
    *check ^= 0x40;
    if (*check == INDUSTRY_CHECK_CONSTANT) { /* that would be "not computed", and pass */
        *check ^= 0x20;
    }
}

const struct protocol simulated_salto = {
    .name = "salto",
    .label = "SALTO PMS Industry Standard",
    .returns_keys = true,
    .busy_code = "OV",
    .session_size = sizeof(struct session),
    .session_open = open_salto,
    .session_close = session_close,
    .received = received,
    .acknowledge = acknowledge,
    .refuse = refuse,
    .answer = answer_salto,
    .error = error,
    .spoil = spoil,
};

const struct protocol simulated_onity = {
    .name = "onity",
    .label = "Onity HT and OnPortal",
    .busy_code = "OV",
    .session_size = sizeof(struct session),
    .session_open = open_onity,
    .session_close = session_close,
    .received = received,
    .acknowledge = acknowledge,
    .refuse = refuse,
    .answer = answer_onity,
    .error = error,
    .spoil = spoil,
};
