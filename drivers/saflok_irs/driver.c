/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Saflok IRS driver: one request and one answer at a time, with or without the handshake of ENQ and ACK. */
#include "driver.h"

#include <string.h>

#include "state.h"

/* Where the driver's own timer ends a wait, the core's deadline is only a safety net behind it. */
enum { NET_MS = 5000 };

static const uint8_t enquiry_byte[] = {IRS_ENQ}, accept_byte[] = {IRS_ACK}, refuse_byte[] = {IRS_NAK};
static const char closed_for_unknown[] = "The connection was closed, for the outcome of a request is unknown.";
static const char closed_for_enquiry[] = "The connection was closed, for the answer to an enquiry may still come.";

/* ---- Small steps ----------------------------------------------------------------------------------------------- */

static bool has_handshake(const struct driver_link *link)
{
    return driver_option_is(link, OPTION_HANDSHAKE, "enq") ||
           (driver_option_is(link, OPTION_HANDSHAKE, "auto") && strcmp(driver_link_transport(link), "serial") == 0);
}

static void fail_link(struct driver_link *link, int32_t status, const char *text)
{
    struct line *line = line_of(link);
    if (!line->up || line->failed)
        return;
    line->failed = true;
    irs_trace_note(link, false, text);
    driver_link_fail(link, status, text);
}

static void send_control(struct driver_link *link, const uint8_t *byte, const char *name)
{
    if (!line_of(link)->up || line_of(link)->failed)
        return;
    irs_trace_note(link, true, name);
    driver_send(link, byte, 1);
}

/* Ends an operation; the next one may start before this returns. With an error after some cards were made, these are
 * told of. What leaves the outcome open also closes the connection, before the next one can start. */
static void finish(struct driver_op *op, struct kc_error *error)
{
    struct exchange *exchange = exchange_of(op);
    exchange->phase = PHASE_OVER;
    if (error && exchange->made > 0)
        error_after_cards(error, exchange->made, exchange->requests);
    if (error && error->card_state == KC_OUTCOME_UNKNOWN)
        fail_link(op->link, error->code, closed_for_unknown);
    driver_op_done(op, error);
}

static void finish_with(struct driver_op *op, int32_t status, int32_t outcome, const char *text)
{
    struct kc_error error = {0};
    error_set(&error, status, "", "%s", text);
    error.card_state = outcome;
    finish(op, &error);
}

static void finish_refused(struct driver_op *op, int32_t status, const char *text)
{
    struct kc_error error = {0};
    error_set(&error, status, "", "%s", text);
    error_set_vendor(&error, "NAK", "not ready, or not understood");
    error.card_state = KC_OUTCOME_NOT_WRITTEN;
    finish(op, &error);
}

/* ---- Requests -------------------------------------------------------------------------------------------------- */

static void await_answer(struct driver_op *op)
{
    struct line *line = line_of(op->link);
    struct exchange *exchange = exchange_of(op);
    int32_t cards = op->request->copies;
    bool in_one = line->settings.cards_in_one;
    exchange->phase = PHASE_ANSWER;
    driver_op_deadline(op, line->settings.answer_timeout * (in_one ? cards : 1),
                       exchange->made > 0 ? "no answer, after some of the cards were made" : "no answer");
    driver_op_prompt(op, KC_PROMPT_PRESENT_CARD, exchange->made + 1, cards);
}

static void send_request(struct driver_op *op)
{
    struct line *line = line_of(op->link);
    struct exchange *exchange = exchange_of(op);
    struct buf frame = {0};
    if (irs_frame_encode(exchange->body.data, exchange->body.length, line->settings.lrc_send, &frame) != 0 ||
        frame.failed) {
        buf_free(&frame);
        finish_with(op, KC_ERROR_NO_MEMORY, KC_OUTCOME_NOT_WRITTEN, "Memory is used up.");
        return;
    }
    exchange->sent++;
    exchange->phase = PHASE_ACKNOWLEDGE;
    irs_decoder_reset(&line->decoder);
    driver_link_timer(op->link, -1);
    driver_op_timer(op, -1);
    driver_op_committed(op);
    irs_trace_request(op->link, &exchange->body);
    driver_send(op->link, frame.data, frame.length);
    buf_free(&frame);
    if (has_handshake(op->link))
        driver_op_deadline(op, line->settings.acknowledge_timeout,
                           exchange->made > 0 ? "no acknowledgement, after some of the cards were made"
                                              : "no acknowledgement");
    else
        await_answer(op);
}

static void send_enquiry(struct driver_op *op)
{
    struct line *line = line_of(op->link);
    struct exchange *exchange = exchange_of(op);
    exchange->phase = PHASE_ENQUIRY;
    exchange->enquiries++;
    irs_decoder_reset(&line->decoder);
    driver_link_timer(op->link, -1);
    driver_op_timer(op, line->settings.acknowledge_timeout);
    driver_op_deadline(op, line->settings.acknowledge_timeout + NET_MS, "no answer to the enquiry (ENQ)");
    send_control(op->link, enquiry_byte, "ENQ");
}

static void begin_card(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    struct kc_error error = {0};
    exchange->sent = exchange->enquiries = exchange->answers = 0;
    if (irs_compose(op, &error) != KC_OK)
        finish(op, &error);
    else if (has_handshake(op->link))
        send_enquiry(op);
    else
        send_request(op);
}

/* ---- Answers --------------------------------------------------------------------------------------------------- */

static void card_made(struct driver_op *op)
{
    struct line *line = line_of(op->link);
    struct exchange *exchange = exchange_of(op);
    exchange->made++;
    if (exchange->made >= exchange->requests)
        finish(op, NULL);
    else if (exchange->cancelled)
        finish_with(op, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN, "Cancelled.");
    else if (!line->up || line->failed)
        finish_with(op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_NOT_WRITTEN, "The connection was lost.");
    else
        begin_card(op);
}

static bool check_passes(const struct line *line)
{
    return line->decoder.check == IRS_CHECK_RIGHT || line->settings.check == CHECK_OFF ||
           (line->decoder.check == IRS_CHECK_MISSING && line->settings.check == CHECK_LENIENT);
}

static void on_damaged(struct driver_op *op)
{
    struct line *line = line_of(op->link);
    struct exchange *exchange = exchange_of(op);
    bool usable = line->up && !line->failed && has_handshake(op->link);
    if (usable && ++exchange->answers < line->settings.answer_tries) {
        send_control(op->link, refuse_byte, "NAK");
        driver_op_deadline(op, line->settings.acknowledge_timeout, "no repetition of a damaged answer");
        return;
    }
    finish_with(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN,
                line->decoder.check == IRS_CHECK_MISSING ? "The lock system sent an answer without a check byte."
                                                         : "The lock system sent an answer with a wrong check byte.");
}

static void on_answer(struct driver_op *op)
{
    struct line *line = line_of(op->link);
    struct kc_error error = {0};
    const char *text = "";
    irs_trace_answer(op->link, &line->decoder.body, &exchange_of(op)->body);
    if (!check_passes(line)) {
        on_damaged(op);
        return;
    }
    if (has_handshake(op->link))
        send_control(op->link, accept_byte, "ACK");
    switch (irs_take_answer(op, &error, &text)) {
    case VERDICT_MADE:
        card_made(op);
        return;
    case VERDICT_REFUSED:
        finish(op, &error);
        return;
    case VERDICT_UNREADABLE:
        finish_with(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN, text);
        return;
    }
}

/* Each of these returns whether the rest of what came with it is of the past: it cannot be an answer to what was sent
 * since, or it is not read any more. */
static bool on_frame(struct driver_link *link, bool another)
{
    struct driver_op *op = driver_link_next_op(link, NULL);
    enum phase phase = op ? exchange_of(op)->phase : PHASE_OVER;
    if (phase == PHASE_ACKNOWLEDGE) {
        finish_with(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN,
                    "The lock system sent an answer without taking the request by ACK (see the option handshake).");
        return true;
    }
    if (phase != PHASE_ANSWER) {
        irs_trace_note(link, false, "(a frame that nobody waits for)");
        return false;
    }
    if (another)
        fail_link(link, KC_ERROR_PROTOCOL, "The lock system sent more than one answer.");
    on_answer(op);
    return true;
}

static bool on_accepted(struct driver_link *link)
{
    struct driver_op *op = driver_link_next_op(link, NULL);
    enum phase phase = op ? exchange_of(op)->phase : PHASE_OVER;
    irs_trace_note(link, false, "ACK");
    if (phase == PHASE_ENQUIRY && op->request->verb == KC_VERB_DISCOVER) {
        finish(op, NULL);
        return true;
    }
    if (phase == PHASE_ENQUIRY) {
        send_request(op);
        return true;
    }
    if (phase == PHASE_ACKNOWLEDGE)
        await_answer(op);
    return false;
}

static void on_request_refused(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    if (exchange->made == 0)
        driver_op_released(op);
    if (exchange->sent < line_of(op->link)->settings.frame_tries)
        send_request(op);
    else
        finish_refused(op, KC_ERROR_SYNTAX, "The lock system did not take the request: it answered NAK each time.");
}

static bool on_refused(struct driver_link *link)
{
    struct driver_op *op = driver_link_next_op(link, NULL);
    const struct exchange *exchange = op ? exchange_of(op) : NULL;
    const struct settings *settings = &line_of(link)->settings;
    irs_trace_note(link, false, "NAK");
    if (!exchange || !has_handshake(link))
        return false;
    if (exchange->phase == PHASE_ACKNOWLEDGE) {
        on_request_refused(op);
    } else if (exchange->phase == PHASE_ANSWER) {
        finish_with(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN,
                    "The lock system accepted a request and then refused it.");
    } else if (exchange->phase == PHASE_ENQUIRY && op->request->verb == KC_VERB_DISCOVER) {
        finish(op, NULL); /* busy, but alive */
    } else if (exchange->phase == PHASE_ENQUIRY && exchange->enquiries < settings->enquiry_tries) {
        exchange_of(op)->phase = PHASE_PAUSE;
        driver_op_timer(op, settings->pause);
        driver_op_deadline(op, settings->pause + NET_MS, "no turn after NAK");
    } else if (exchange->phase == PHASE_ENQUIRY) {
        finish_refused(op, KC_ERROR_NOT_ACCEPTED, "The lock system is not ready: it answered each ENQ by NAK.");
    } else {
        return false;
    }
    return true;
}

static void on_too_long(struct driver_link *link)
{
    struct driver_op *op = driver_link_next_op(link, NULL);
    enum phase phase = op ? exchange_of(op)->phase : PHASE_OVER;
    if (phase == PHASE_ACKNOWLEDGE || phase == PHASE_ANSWER)
        finish_with(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN, "The lock system sent an answer that does not end.");
    else
        fail_link(link, KC_ERROR_PROTOCOL, "The lock system sent a frame that does not end.");
}

static bool on_event(struct driver_link *link, enum irs_event event, bool another)
{
    switch (event) {
    case IRS_FRAME:
        return on_frame(link, another);
    case IRS_ACCEPTED:
        return on_accepted(link);
    case IRS_REFUSED:
        return on_refused(link);
    case IRS_ENQUIRY:
        irs_trace_note(link, false, "ENQ (ignored)");
        return false;
    case IRS_TOO_LONG:
        on_too_long(link);
        return true;
    case IRS_NOTHING:
        return false;
    }
    return false;
}

static void on_bytes(struct driver_link *link, const uint8_t *bytes, size_t count)
{
    struct line *line = line_of(link);
    bool past = false;
    while (count > 0 && !past && line->up && !line->failed) {
        enum irs_event event;
        size_t taken = irs_decode(&line->decoder, bytes, count, &event);
        bytes += taken;
        count -= taken;
        if (line->decoder.body.failed) {
            fail_link(link, KC_ERROR_NO_MEMORY, "Memory is used up.");
            return;
        }
        past = on_event(link, event, count > 0 && memchr(bytes, IRS_STX, count) != NULL);
    }
    if (line->up && !line->failed && irs_decoder_is_behind(&line->decoder))
        driver_link_timer(link, line->settings.lrc_wait);
}

/* ---- Slots ----------------------------------------------------------------------------------------------------- */

static int32_t configure(struct driver_link *link, struct driver_profile *profile, struct kc_error *error)
{
    struct line *line = line_of(link);
    int32_t status = irs_settings_read(link, &line->settings, error);
    if (status == KC_OK)
        irs_profile_read(&line->settings, link, profile);
    return status;
}

static void link_up(struct driver_link *link)
{
    struct line *line = line_of(link);
    irs_decoder_reset(&line->decoder);
    line->up = true;
    line->failed = false;
    driver_link_ready(link);
}

/* A lock system that sends no check byte and closes the connection behind its answer has answered. */
static void link_down(struct driver_link *link)
{
    struct line *line = line_of(link);
    struct driver_op *op = driver_link_next_op(link, NULL);
    bool failed = line->failed;
    line->up = false;
    if (!failed && op && exchange_of(op)->phase == PHASE_ANSWER && irs_decoder_expire(&line->decoder))
        on_answer(op);
    irs_decoder_reset(&line->decoder);
    line->failed = false;
}

static void release(struct driver_link *link)
{
    irs_decoder_free(&line_of(link)->decoder);
}

static void op_start(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    exchange->phase = PHASE_PAUSE;
    exchange->requests = line_of(op->link)->settings.cards_in_one ? 1 : op->request->copies;
    if (op->request->verb != KC_VERB_DISCOVER)
        begin_card(op);
    else if (has_handshake(op->link))
        send_enquiry(op);
    else
        finish(op, NULL); /* that it took the connection is all that can be found out */
}

/* Nothing can be called back; but no further card is begun. */
static void op_cancel(struct driver_op *op)
{
    exchange_of(op)->cancelled = true;
}

static void op_end(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    if (exchange->phase == PHASE_ENQUIRY)
        fail_link(op->link, KC_ERROR_CONNECTION_LOST, closed_for_enquiry);
    exchange->phase = PHASE_OVER;
    buf_free(&exchange->body);
}

static void op_timer(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    if (exchange->phase == PHASE_PAUSE && exchange->cancelled) {
        finish_with(op, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN, "Cancelled.");
    } else if (exchange->phase == PHASE_PAUSE) {
        send_enquiry(op);
    } else if (exchange->phase == PHASE_ENQUIRY) {
        fail_link(op->link, KC_ERROR_TIMED_OUT, closed_for_enquiry);
        finish_with(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_NOT_WRITTEN,
                    "The lock system did not answer the enquiry (ENQ); nothing was sent (see the option handshake).");
    }
}

static void on_timer(struct driver_link *link, struct driver_op *op)
{
    struct line *line = line_of(link);
    if (!line->up || line->failed)
        return;
    if (op)
        op_timer(op);
    else if (irs_decoder_expire(&line->decoder))
        on_frame(link, false);
}

static const char *const schemes[] = {"saflok+tcp", "saflok+serial", "saflok+fd", NULL};

const struct driver driver_saflok_irs = {
    .name = "saflok-irs",
    .label = "dormakaba Saflok System 6000 (IRS)",
    .maturity = "simulator-tested",
    .schemes = schemes,
    .profile = IRS_PROFILE,
    .options = saflok_irs_options,
    .option_count = OPTION_COUNT,
    .link_size = sizeof(struct line),
    .op_size = sizeof(struct exchange),
    .configure = configure,
    .check = irs_check_request,
    .link_up = link_up,
    .link_down = link_down,
    .op_start = op_start,
    .on_bytes = on_bytes,
    .on_timer = on_timer,
    .op_cancel = op_cancel,
    .op_end = op_end,
    .release = release,
};
