/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the LENS service answers: outcomes of the lock server in the names of the service, and the calls that change
 * nothing. */
#include "simulator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../simulator/reservation.h"

static void put(enum lens_operation operation, const char *message_id, const struct lens_answer *answer,
                struct buf *out)
{
    if (lens_answer_write(operation, message_id, answer, out) != 0) {
        out->failed = true;
    }
}

/* ---- Outcomes -----------------------------------------------------------------------------------------------------
 */

/* Section 6, rule 6: what belongs to the encoder's side stands behind EncoderMsg. */
static bool is_detail(const char *name)
{
    for (size_t i = 0; i < lens_fault_name_count; i++) {
        if (strcmp(lens_fault_names[i].name, name) == 0) {
            return lens_fault_names[i].detail;
        }
    }
    return false;
}

void lens_order_error(const struct lock_order *order, const char *code, struct buf *out)
{
    const bool detail = is_detail(code);
    const struct lens_answer answer = {.kind = LENS_ANSWER_FAULT,
                                       .code = detail ? "EncoderMsg" : code,
                                       .text = detail ? "Encoder message" : "Request failed",
                                       .detail = detail ? code : "",
                                       .transaction = -1};
    put((enum lens_operation)order->tag, order->id, &answer, out);
}

static const char *fault_of_refusal(const struct lock_order *order, const char *text)
{
    const struct {
        const char *text, *fault;
    } pairs[] = {
        {reservation_unknown, "ReservationNotFound"},
        {reservation_ended, "ReservationCheckedOut"},
        {reservation_no_stay, "SharedWithMustHaveExistingStay"},
        {reservation_other_stay, order->verb == LOCK_MOVE ? "RoomMoveMustHaveSameStay" : "RoomMustHaveSameStay"},
        {reservation_copies_used_up, "MaxDuplicatesMadeReached"},
        {reservation_nothing_to_do, "NoActionRequired"},
        {reservation_no_mobile_key, "KeyInstanceNotFound"},
        {reservation_too_many_rooms, "InvalidWSParameter"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (text == pairs[i].text) {
            return pairs[i].fault;
        }
    }
    return order->refusal != NULL ? order->refusal : "ExceptionRequestFailed";
}

static void answer_success(const struct lock_order *order, const struct lock_outcome *outcome, struct buf *out)
{
    struct lens_answer answer = {
        .kind = LENS_ANSWER_SUCCESS, .code = "0", .text = "Success", .detail = "", .transaction = -1};
    if (outcome->image_size > 0) { /* section 10 */
        answer.image = outcome->image;
        answer.image_size = outcome->image_size;
    }
    put((enum lens_operation)order->tag, order->id, &answer, out);
}

void lens_order_answer(const struct lock_order *order, const struct lock_outcome *outcome, struct buf *out)
{
    switch (outcome->result) {
    case LOCK_DONE:
        answer_success(order, outcome, out);
        return;
    case LOCK_UNKNOWN_ROOM:
        lens_order_error(order, "RoomNumberNotFound", out);
        return;
    case LOCK_UNKNOWN_ENCODER:
        lens_order_error(order, "EncoderNotOnlineOrNotExist", out);
        return;
    case LOCK_ENCODER_BUSY:
        lens_order_error(order, "EncoderBusy", out);
        return;
    case LOCK_ROOM_BUSY:
        lens_order_error(order, "BusyProcessingPreviousRequest", out);
        return;
    case LOCK_NO_CARD:
        lens_order_error(order, "TimeoutWaitingKey", out);
        return;
    case LOCK_CHECKED_OUT:
        lens_order_error(order, "ReservationCheckedOut", out);
        return;
    case LOCK_ONE_SHOT_LIMIT:
        lens_order_error(order, "MaxDuplicatesMadeReached", out);
        return;
    case LOCK_REFUSED:
        lens_order_error(order, fault_of_refusal(order, outcome->text), out);
        return;
    }
}

/* ---- The state of mobile keys -------------------------------------------------------------------------------------
 */

static const char *value_of(const struct lens_call *call, enum lens_field field)
{
    return call->values[field] != NULL ? call->values[field] : "";
}

/* An empty filter is none. */
static bool is_wanted(const struct lens_call *call, const struct lock_transaction *transaction)
{
    const char *reservation = value_of(call, LENS_RESERVATION_ID), *room = value_of(call, LENS_ROOM_NO);
    const char *encoder = value_of(call, LENS_ENCODER_ID);
    if ((reservation[0] != '\0' && strcmp(reservation, transaction->reservation) != 0) ||
        (room[0] != '\0' && strcmp(room, transaction->room) != 0) ||
        (encoder[0] != '\0' && strcmp(encoder, transaction->encoder) != 0)) {
        return false;
    }
    return lock_transaction_is_within(transaction, value_of(call, LENS_FROM), value_of(call, LENS_TO));
}

/* The real texts are not known (section 9). */
static const char *state_text(enum lock_delivery state)
{
    switch (state) {
    case LOCK_DELIVERY_WAITS:
        return "Pending";
    case LOCK_DELIVERED:
        return "Delivered";
    case LOCK_DELIVERY_FAILED:
        return "Failed";
    case LOCK_DELIVERY_WITHDRAWN:
        return "Cancelled";
    }
    return "";
}

static void show(const struct lock_transaction *transaction, struct lens_transaction *entry)
{
    const bool failed = transaction->state == LOCK_DELIVERY_FAILED;
    *entry = (struct lens_transaction){.id = transaction->number,
                                       .number = transaction->number,
                                       .in_error = failed,
                                       .activity = transaction->activity,
                                       .time = transaction->begun_text,
                                       .status = state_text(transaction->state),
                                       .guest = transaction->phone,
                                       .message = failed ? "UnableToDeliverToPhone" : "",
                                       .room = transaction->room};
}

static void answer_history(const struct server *server, const struct lens_incoming *incoming, struct buf *out)
{
    const size_t count = lock_server_transaction_count(server->lock);
    struct lens_transaction *entries = calloc(count + 1, sizeof *entries);
    struct lens_answer answer = {
        .kind = LENS_ANSWER_SUCCESS, .code = "0", .text = "Success", .detail = "", .transaction = -1};
    if (entries == NULL) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct lock_transaction *transaction = lock_server_transaction(server->lock, i);
        if (is_wanted(&incoming->call, transaction)) {
            show(transaction, &entries[answer.transaction_count]);
            answer.transaction_count++;
        }
    }
    answer.transactions = entries;
    put(incoming->call.operation, incoming->header.message_id, &answer, out);
    free(entries);
}

/* ---- Tests of the connection --------------------------------------------------------------------------------------
 */

static void answer_text(const struct lens_incoming *incoming, const char *text, struct buf *out)
{
    const struct lens_answer answer = {
        .kind = LENS_ANSWER_SUCCESS, .code = "0", .text = text, .detail = "", .transaction = -1};
    put(incoming->call.operation, incoming->header.message_id, &answer, out);
}

static void answer_hello(const struct lens_incoming *incoming, struct buf *out)
{
    struct buf text;
    buf_init(&text);
    buf_append_format(&text, "Hello World %s %s", value_of(&incoming->call, LENS_S1),
                      value_of(&incoming->call, LENS_I1));
    answer_text(incoming, buf_text(&text), out);
    buf_free(&text);
}

/* The layout is not known (section 5): the names, main reasons first, one after the other. */
static void answer_fault_list(const struct lens_incoming *incoming, struct buf *out)
{
    struct buf text;
    buf_init(&text);
    for (int detail = 0; detail <= 1; detail++) {
        for (size_t i = 0; i < lens_fault_name_count; i++) {
            if (lens_fault_names[i].detail == (detail == 1)) {
                buf_append_format(&text, "%s%s", text.length > 0 ? " " : "", lens_fault_names[i].name);
            }
        }
    }
    answer_text(incoming, buf_text(&text), out);
    buf_free(&text);
}

/* The shape of a success for NoFault, else that of the fault that was asked for. */
static void answer_shapes(const struct lens_incoming *incoming, struct buf *out)
{
    const char *reason = value_of(&incoming->call, LENS_A_REASON);
    const struct lens_answer answer = {.kind = LENS_ANSWER_FAULT,
                                       .code = reason,
                                       .text = "Dummy fault",
                                       .detail = value_of(&incoming->call, LENS_A_DETAIL_REASON),
                                       .transaction = -1};
    if (reason[0] == '\0' || strcmp(reason, "NoFault") == 0) {
        answer_text(incoming, "Success", out);
    } else {
        put(incoming->call.operation, incoming->header.message_id, &answer, out);
    }
}

bool lens_question_answer(const struct server *server, const struct lens_incoming *incoming, struct buf *out)
{
    switch (incoming->call.operation) {
    case LENS_HELLO_WORLD_TEST:
        answer_hello(incoming, out);
        return true;
    case LENS_PUBLISH_FAULT_LIST:
        answer_fault_list(incoming, out);
        return true;
    case LENS_PUBLISH_RESPONSE_COMPLEX_TYPES:
        answer_shapes(incoming, out);
        return true;
    case LENS_GET_MOBILE_TRANSACTION_HISTORY:
        answer_history(server, incoming, out);
        return true;
    default:
        return false;
    }
}
