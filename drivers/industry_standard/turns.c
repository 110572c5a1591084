/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose turn it is to talk on the line, and the small steps of a talk. */
#include "turns.h"

/* Where the driver's own timer ends a wait, the core's deadline is only a safety net behind it. */
enum { NET_MS = 5000 };

static const uint8_t enquiry_byte[] = {INDUSTRY_ENQ};

/* ---- Small steps ----------------------------------------------------------------------------------------------- */

void turn_fail_link(struct driver_link *link, int32_t status, const char *text)
{
    line_of(link)->failed = true;
    trace_note(link, false, text);
    driver_link_fail(link, status, text);
}

void turn_close_for_answer(struct driver_link *link)
{
    turn_fail_link(link, KC_ERROR_CONNECTION_LOST,
                   "The connection was closed, for the answer to a request that has ended may still come.");
}

/* Ends an operation. It must not be touched after this. */
void turn_finish(struct driver_op *op, const struct kc_error *error)
{
    struct line *line = line_of(op->link);
    exchange_of(op)->phase = PHASE_OVER;
    if (line->talker == op)
        line->talker = NULL;
    driver_op_done(op, error);
}

/* A wait that ends by the driver's timer as long as nothing may have changed, so that the connection can be closed;
 * after that by the core's deadline. */
void turn_limit_wait(struct driver_op *op, int64_t delay_ms, const char *text)
{
    bool committed = exchange_of(op)->committed;
    driver_op_timer(op, committed ? -1 : delay_ms);
    driver_op_deadline(op, committed ? delay_ms : delay_ms + NET_MS, text);
}

void turn_send_enquiry(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    exchange->phase = PHASE_ENQUIRY;
    exchange->enquiries++;
    turn_limit_wait(op, line_of(op->link)->settings.enquiry_timeout, "no answer to the enquiry (ENQ)");
    trace_note(op->link, true, "ENQ");
    driver_send(op->link, enquiry_byte, sizeof(enquiry_byte));
}

void turn_send_request(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    exchange->phase = PHASE_ACKNOWLEDGE;
    exchange->sent++;
    if (op->request->verb != KC_VERB_READ_CARD) {
        exchange->committed = true;
        driver_op_committed(op);
    }
    turn_limit_wait(op, line_of(op->link)->settings.acknowledge_timeout, "no acknowledgement");
    trace_frame(op->link, true, exchange->frame.bytes + 1, exchange->frame.length - 3);
    driver_send(op->link, exchange->frame.bytes, exchange->frame.length);
}

/* The request, after what goes ahead of it. */
void turn_proceed(struct driver_op *op)
{
    if (!exchange_of(op)->has_request || line_of(op->link)->settings.enquiry == ENQUIRY_ALWAYS)
        turn_send_enquiry(op);
    else
        turn_send_request(op);
}

bool turn_send_eject(struct driver_op *op)
{
    struct buf frame;
    buf_init(&frame);
    bool made = compose_eject(op, &frame) == KC_OK;
    if (made) {
        exchange_of(op)->eject = EJECT_SENT;
        exchange_of(op)->eject_acknowledged = false;
        trace_frame(op->link, true, frame.data + 1, frame.length - 3);
        driver_send(op->link, frame.data, frame.length);
    } else {
        turn_fail_link(op->link, KC_ERROR_NO_MEMORY, "Memory is used up.");
    }
    buf_free(&frame);
    return made;
}

/* EX as the first half of an operation's turn. */
static void begin_with_eject(struct driver_op *op)
{
    exchange_of(op)->phase = PHASE_EJECT;
    turn_limit_wait(op, line_of(op->link)->settings.acknowledge_timeout, "no acknowledgement of EX");
    turn_send_eject(op);
}

void turn_take_pause(struct driver_op *op)
{
    exchange_of(op)->phase = PHASE_PAUSE;
    driver_op_timer(op, line_of(op->link)->settings.pause);
    driver_op_deadline(op, line_of(op->link)->settings.pause + NET_MS, "no turn after NAK");
}

void turn_finish_refused(struct driver_op *op, const char *what)
{
    struct kc_error error = {0};
    error_set(&error, KC_ERROR_NOT_ACCEPTED, "",
              "The lock system did not take the request: %s. It is busy, or the line "
              "is disturbed.",
              what);
    error_set_vendor(&error, "NAK", "wrong check byte or not ready");
    turn_finish(op, &error);
}

/* ---- Turns ----------------------------------------------------------------------------------------------------- */

/* Answers to two requests with the same field 1 could not be told apart. */
static bool must_wait(struct driver_link *link, const struct exchange *exchange)
{
    struct industry_field id = exchange->id;
    for (struct driver_op *op = driver_link_next_op(link, NULL); op; op = driver_link_next_op(link, op)) {
        const struct exchange *other = exchange_of(op);
        if (other != exchange && is_under_way(other) && industry_field_equal(id, other->id))
            return true;
    }
    return false;
}

static struct driver_op *choose_next(struct driver_link *link)
{
    struct driver_op *next = NULL;
    for (struct driver_op *op = driver_link_next_op(link, NULL); op; op = driver_link_next_op(link, op)) {
        const struct exchange *exchange = exchange_of(op);
        if (exchange->phase != PHASE_TURN || (next && exchange_of(next)->turn < exchange->turn))
            continue;
        if (!exchange->has_request || !must_wait(link, exchange))
            next = op;
    }
    return next;
}

static void finish_encoder_busy(struct driver_op *op)
{
    struct kc_error error = {0};
    struct error_quoted quoted;
    error_set(&error, KC_ERROR_ENCODER_BUSY, "encoder",
              "The encoder \"%s\" still waits for the card of a request that was cancelled.",
              error_quote(&quoted, op->request->encoder));
    turn_finish(op, &error);
}

static void begin(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    struct line *line = line_of(op->link);
    line->waiting--;
    if (exchange->has_request && find_orphan(line, exchange->id)) {
        finish_encoder_busy(op);
        return;
    }
    line->talker = op;
    if (line->settings.eject_before && needs_card(op->request) && op->request->verb != KC_VERB_READ_CARD)
        begin_with_eject(op);
    else
        turn_proceed(op);
}

/* The next ACK or NAK is for EX, not for a request. */
void turn_eject(struct driver_op *op)
{
    struct line *line = line_of(op->link);
    if (!turn_send_eject(op))
        return;
    line->owed = true;
    line->timing = false;
    driver_link_timer(op->link, line->settings.acknowledge_timeout);
}

/* A stray ACK or NAK that was not read yet would be taken for that of the request. */
bool turn_may_ask(struct driver_link *link)
{
    return !line_of(link)->settings.patient || driver_link_may_ask(link);
}

static void let_talk(struct driver_link *link)
{
    struct line *line = line_of(link);
    line->choosing = true;
    while (line->up && !line->failed && !line->talker && !line->owed && !line->checking) {
        struct driver_op *eject = choose_eject(link), *op = eject ? eject : choose_next(link);
        if (!op || !turn_may_ask(link))
            break;
        if (eject)
            turn_eject(op);
        else
            begin(op);
    }
    line->choosing = false;
}

void turn_next(struct driver_link *link)
{
    const struct line *line = line_of(link);
    bool anybody = line->waiting > 0 || line->settings.eject;
    if (anybody && !line->hearing && !line->choosing) /* else an operation started inside driver_op_done() of begin() */
        let_talk(link);
}

bool turn_anything_under_way(struct driver_link *link, const struct driver_op *but)
{
    for (struct driver_op *op = driver_link_next_op(link, NULL); op; op = driver_link_next_op(link, op))
        if (op != but && is_under_way(exchange_of(op)))
            return true;
    return false;
}

/* At the end of each slot. */
void turn_settle(struct driver_link *link)
{
    struct line *line = line_of(link);
    if (!line->up || line->failed)
        return;
    if (line->orphans.length > 0 && !turn_anything_under_way(link, NULL)) {
        turn_close_for_answer(link);
        return;
    }
    line->turn_due = false;
    turn_next(link);
}
