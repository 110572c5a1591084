/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The side of Saflok System 6000 in the IRS protocol, as the document describes it: strict with requests, both widths
 * of the key number, with handshake for whoever begins with ENQ and without for all others. Where the real number of an
 * error is unknown, one from 901 is invented here. */
#include <stdio.h>
#include <string.h>

#include "../simulator/connection.h"
#include "../simulator/exchange.h"
#include "../simulator/protocol.h"
#include "codec.h"

extern const struct protocol simulated_saflok_irs;

enum { TRANSACTION_NEW = 1, TRANSACTION_DUPLICATE = 3 };

struct session {
    struct irs_decoder decoder;
    bool handshake; /* ENQ came on this connection */
    bool late;      /* a frame was taken without check byte, and it may still come: this one */
    uint8_t check;
};

static const char not_understood[] = "03-901", unknown_room[] = "03-902", not_occupied[] = "03-903",
                  room_taken[] = "03-904";

/* ---- Requests --------------------------------------------------------------------------------------------------- */

static void take_time(const struct irs_date *from, struct lock_time *to)
{
    *to = (struct lock_time){.given = true,
                             .year = from->year,
                             .month = from->month,
                             .day = from->day,
                             .hour = from->hour,
                             .minute = from->minute,
                             .digits = 10};
}

/* Stations and terminal, which the answer repeats. */
static uint32_t make_tag(const struct irs_request *request)
{
    return (uint32_t)request->terminal | (uint32_t)request->to_station << 10 | (uint32_t)request->from_station << 17;
}

/* Turns a body into an order; false: it makes no sense. */
static bool take_order(const struct irs_decoder *decoder, struct lock_order *order)
{
    const struct buf *body = &decoder->body;
    struct irs_request request;
    if (irs_request_parse(body->data, body->length, 5, &request) != 0 &&
        irs_request_parse(body->data, body->length, 15, &request) != 0) {
        return false;
    }
    order->tag = make_tag(&request);
    if (request.transaction != TRANSACTION_NEW && request.transaction != TRANSACTION_DUPLICATE) {
        return false;
    }
    order->verb = request.transaction == TRANSACTION_NEW ? LOCK_ORIGINAL : LOCK_DUPLICATE;
    snprintf(order->command, sizeof order->command, "%03d", (int)request.transaction);
    snprintf(order->encoder, sizeof order->encoder, "%02d", (int)request.encoder);
    snprintf(order->rooms[0], sizeof order->rooms[0], "%s", request.key_number);
    order->room_count = 1;
    order->copies = request.keys;
    take_time(&request.expiry, &order->until);
    for (int number = 1; number <= IRS_PASSES; number++) {
        if (request.passes & IRS_PASS(number)) {
            order->granted.numbers[order->granted.count++] = (uint16_t)number;
        }
    }
    return request.password[0] != '\0' && request.keys <= LOCK_COPIES_MAX;
}

static void take_frame(struct connection *connection, struct session *session)
{
    struct lock_order order;
    memset(&order, 0, sizeof order);
    order.unacknowledged = !session->handshake;
    if (session->handshake && session->decoder.check == IRS_CHECK_WRONG) {
        exchange_refuse(connection);
    } else if (session->decoder.check == IRS_CHECK_WRONG || !take_order(&session->decoder, &order)) {
        exchange_reject(connection, &order, not_understood);
    } else {
        exchange_begin(connection, &order);
    }
}

static void session_open(void *data)
{
    struct session *session = data;
    irs_decoder_init(&session->decoder);
}

static void session_close(void *data)
{
    struct session *session = data;
    irs_decoder_free(&session->decoder);
}

static void received(struct connection *connection, void *data, const uint8_t *bytes, size_t count)
{
    struct session *session = data;
    if (session->late && count > 0 && bytes[0] == session->check) {
        bytes++;
        count--;
    }
    session->late = false;
    while (count > 0 && !connection_is_closing(connection)) {
        enum irs_event event;
        const size_t taken = irs_decode(&session->decoder, bytes, count, &event);
        bytes += taken;
        count -= taken;
        if (event == IRS_ENQUIRY) {
            session->handshake = true;
            exchange_enquiry(connection);
        } else if (event == IRS_FRAME) {
            take_frame(connection, session);
        } else if (event == IRS_TOO_LONG && session->handshake) {
            exchange_refuse(connection);
        }
    }
    if (!connection_is_closing(connection) && irs_decoder_expire(&session->decoder)) {
        session->late = true;
        session->check = irs_check(session->decoder.body.data, session->decoder.body.length) ^ IRS_ETX;
        take_frame(connection, session);
    }
}

/* ---- Answers ---------------------------------------------------------------------------------------------------- */

static void acknowledge(struct buf *out)
{
    buf_append_byte(out, IRS_ACK);
}

static void refuse(struct buf *out)
{
    buf_append_byte(out, IRS_NAK);
}

static void put_answer(const struct lock_order *order, const char *code, const char *card, struct buf *out)
{
    struct irs_answer answer = {.terminal = (int32_t)(order->tag & 0x3FF)};
    const size_t length = strlen(code);
    const uint32_t to = order->tag >> 10 & 0x7F, from = order->tag >> 17 & 0x7F;
    snprintf(answer.head, sizeof answer.head, "20%02u%02u", to % 100, from % 100);
    if (length >= 5) { /* "03-190" or "03190" */
        memcpy(answer.status, code, 2);
        memcpy(answer.detail, code + length - 3, 3);
    }
    if (card) {
        answer.has_card = true;
        snprintf(answer.card, sizeof answer.card, "%s", card);
    }
    if (irs_answer_encode(&answer, true, out) != 0) {
        out->failed = true;
    }
}

static void error(const struct lock_order *order, const char *code, struct buf *out)
{
    put_answer(order, code, NULL, out);
}

static void answer(const struct lock_order *order, const struct lock_outcome *outcome, struct buf *out)
{
    switch (outcome->result) {
    case LOCK_DONE:
        put_answer(order, "00-000", outcome->card_count > 0 ? outcome->serials[outcome->card_count - 1] : NULL, out);
        return;
    case LOCK_NO_CARD:
        error(order, "03-190", out);
        return;
    case LOCK_UNKNOWN_ENCODER:
        error(order, "03-157", out);
        return;
    case LOCK_ENCODER_BUSY:
        error(order, "03-050", out);
        return;
    case LOCK_UNKNOWN_ROOM:
        error(order, unknown_room, out);
        return;
    case LOCK_CHECKED_OUT:
        error(order, not_occupied, out);
        return;
    case LOCK_ONE_SHOT_LIMIT: /* this protocol has no one-shot keys */
    case LOCK_ROOM_BUSY:
        error(order, room_taken, out);
        return;
    case LOCK_REFUSED:
        error(order, not_understood, out);
        return;
    }
}

/* Not STX: that would be the next frame behind one without check byte. */
static void spoil(struct buf *frame)
{
    uint8_t *check = &frame->data[frame->length - 1];
    *check ^= 0x40;
    if (*check == IRS_STX) {
        *check ^= 0x20;
    }
}

const struct protocol simulated_saflok_irs = {
    .name = "saflok-irs",
    .label = "dormakaba Saflok System 6000 (IRS)",
    .busy_code = "03-050",
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
