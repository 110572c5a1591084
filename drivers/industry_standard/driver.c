/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The drivers of both dialects: the dialogue of ENQ, request, ACK and answer, as a state machine. */
#include "driver.h"

#include <string.h>

#include "turns.h"

/* Answers are kept up to this length to be known when they come twice. */
enum { REPEAT_BOUND = 512 };

static const uint8_t enquiry_byte[] = {INDUSTRY_ENQ};
static const char no_life[] = "The lock system did not answer the enquiry (ENQ).";

/* ---- ACK and NAK ----------------------------------------------------------------------------------------------- */

/* The bytes that go with no request of ours. */
static bool take_owed(struct driver_link *link, bool accepted)
{
    struct line *line = line_of(link);
    if (!line->checking && !line->owed)
        return false;
    if (line->owed)
        hear_eject(link, accepted);
    bool ready = line->checking;
    line->checking = line->owed = false;
    driver_link_timer(link, -1);
    if (ready)
        driver_link_ready(link);
    return true;
}

/* The lock system refused the request, or so we understood, and now it took it: what happened is open. */
static void contradict(struct driver_op *op, const char *text)
{
    struct exchange *exchange = exchange_of(op);
    if (!exchange->committed && op->request->verb != KC_VERB_READ_CARD) {
        exchange->committed = true;
        driver_op_committed(op);
    }
    turn_fail_link(op->link, KC_ERROR_PROTOCOL, text);
}

static void request_accepted(struct driver_op *op)
{
    struct line *line = line_of(op->link);
    struct exchange *exchange = exchange_of(op);
    bool has_card = needs_card(op->request);
    int32_t cards = op->request->verb == KC_VERB_READ_CARD || op->request->copies < 1 ? 1 : op->request->copies;
    line->acknowledges = true;
    line->talker = NULL;
    exchange->phase = PHASE_ANSWER;
    turn_limit_wait(op, line->settings.answer_timeout * (has_card ? cards : 1), "no answer");
    if (has_card)
        driver_op_prompt(op, KC_PROMPT_PRESENT_CARD, 1, cards);
    else
        driver_op_encoding(op);
}

static void on_accepted(struct driver_link *link)
{
    struct driver_op *op = line_of(link)->talker;
    if (take_owed(link, true))
        return;
    if (!op) {
        trace_note(link, false, "ACK (nobody waits for it)");
        return;
    }
    struct exchange *exchange = exchange_of(op);
    trace_note(link, false, "ACK");
    if (exchange->phase == PHASE_ACKNOWLEDGE)
        request_accepted(op);
    else if (exchange->phase == PHASE_ENQUIRY && exchange->has_request)
        turn_send_request(op);
    else if (exchange->phase == PHASE_ENQUIRY)
        turn_finish(op, NULL);
    else if (exchange->phase == PHASE_EJECT)
        exchange->eject_acknowledged = true; /* its answer is waited for, a while */
    else if (exchange->sent > 0)
        contradict(op, "The lock system refused the request and then accepted it.");
}

static void finish_cancelled(struct driver_op *op)
{
    struct kc_error error = {0};
    error_set(&error, KC_ERROR_CANCELLED, "", "Cancelled; the lock system did not take the request.");
    turn_finish(op, &error);
}

static void request_refused(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    line_of(op->link)->acknowledges = true; /* what refuses by NAK accepts by ACK */
    if (exchange->committed) {
        exchange->committed = false;
        driver_op_released(op);
    }
    exchange->enquiries = 0;
    if (exchange->cancelled)
        finish_cancelled(op);
    else if (exchange->sent < line_of(op->link)->settings.nak_tries)
        turn_take_pause(op);
    else
        turn_finish_refused(op, "it answered NAK each time");
}

static void on_refused(struct driver_link *link)
{
    struct driver_op *op = line_of(link)->talker;
    if (take_owed(link, false))
        return;
    trace_note(link, false, "NAK");
    if (!op) {
        if (turn_anything_under_way(link, NULL))
            turn_fail_link(link, KC_ERROR_PROTOCOL, "The lock system accepted a request and then refused it.");
        return;
    }
    struct exchange *exchange = exchange_of(op);
    if (exchange->phase == PHASE_EJECT) {
        exchange->eject = EJECT_NONE; /* nothing to empty */
        turn_proceed(op);
    } else if (exchange->phase == PHASE_ACKNOWLEDGE)
        request_refused(op);
    else if (exchange->phase == PHASE_ENQUIRY && !exchange->has_request)
        turn_finish(op, NULL); /* busy, but alive */
    else if (exchange->phase == PHASE_ENQUIRY && exchange->enquiries < line_of(link)->settings.enquiry_tries)
        turn_take_pause(op);
    else if (exchange->phase == PHASE_ENQUIRY)
        turn_finish_refused(op, "it answered NAK to the enquiry");
}

/* ---- Answers to EX --------------------------------------------------------------------------------------------- */

static void eject_answered(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    exchange->eject = EJECT_ANSWERED;
    if (exchange->phase == PHASE_EJECT)
        turn_proceed(op);
    else if (exchange->cancelled && exchange->phase == PHASE_ANSWER)
        turn_limit_wait(op, line_of(op->link)->settings.acknowledge_timeout,
                        "no answer to a request that EX has cancelled");
}

/* Returns whether the frame was dealt with. */
static bool take_eject_answer(struct driver_link *link, const struct industry_frame *frame)
{
    struct driver_op *op = NULL;
    switch (match_eject(link, frame, &op)) {
    case EJECT_IS_ANSWERED:
        eject_answered(op);
        return true;
    case EJECT_IS_STRAY:
        trace_note(link, false, "(nobody waits for this answer)");
        return true;
    case EJECT_IS_OPEN:
        turn_fail_link(link, KC_ERROR_PROTOCOL,
                       "The lock system answered with an error that may be for EX or for the request before it.");
        return true;
    case EJECT_IS_OTHER:
        break;
    }
    return false;
}

/* ---- Answers --------------------------------------------------------------------------------------------------- */

static void finish_answered(struct driver_op *op, const struct industry_frame *frame)
{
    struct line *line = line_of(op->link);
    struct kc_error error;
    error_init(&error);
    bool original = echo_of(exchange_of(op), op->request->copies, frame) == ECHO_ORIGINAL;
    bool good = take_answer(op, frame, original, &error);
    buf_clear(&line->last_answer);
    if (line->decoder.frame.length <= REPEAT_BOUND)
        buf_append(&line->last_answer, line->decoder.frame.bytes, line->decoder.frame.length);
    turn_finish(op, good ? NULL : &error);
}

/* An answer that no operation waits for. */
static void take_stray(struct driver_link *link, const struct industry_frame *frame)
{
    struct line *line = line_of(link);
    char *orphan = find_orphan(line, frame->fields[1]);
    bool repeated = !line->last_answer.failed &&
                    industry_field_equal(line->decoder.frame, field_of_buf(&line->last_answer));
    if (orphan)
        remove_orphan(line, orphan);
    else if (!repeated && turn_anything_under_way(link, NULL))
        turn_fail_link(link, KC_ERROR_PROTOCOL, "The lock system sent an answer that fits no request.");
    else
        trace_note(link, false, "(nobody waits for this answer)");
}

static void on_broken(struct driver_link *link, const char *text)
{
    if (turn_anything_under_way(link, NULL))
        turn_fail_link(link, KC_ERROR_PROTOCOL, text);
    else
        trace_note(link, false, text);
}

static void on_frame(struct driver_link *link)
{
    struct line *line = line_of(link);
    struct industry_frame frame;
    trace_frame(link, false, line->decoder.frame.bytes, line->decoder.frame.length);
    if (industry_split(line->decoder.frame.bytes, line->decoder.frame.length, &frame) != 0 || !is_answer(&frame)) {
        on_broken(link, "The lock system sent an answer that is none of this protocol.");
        return;
    }
    if (take_eject_answer(link, &frame))
        return;
    struct driver_op *op = owner_of(link, &frame);
    if (!op) {
        take_stray(link, &frame);
        return;
    }
    struct exchange *exchange = exchange_of(op);
    bool acknowledged_first = line->settings.require_acknowledge || line->acknowledges;
    if (exchange->phase == PHASE_ANSWER || (exchange->phase == PHASE_ACKNOWLEDGE && !acknowledged_first))
        finish_answered(op, &frame);
    else if (exchange->phase == PHASE_ACKNOWLEDGE && exchange->sent == 1)
        trace_note(link, false, "(before the acknowledgement: the answer to an earlier request)");
    else
        contradict(op, "The lock system refused the request and then answered it.");
}

/* The link timer is for the next byte unless something else needs it. */
static void time_next_byte(struct driver_link *link)
{
    struct line *line = line_of(link);
    bool inside = industry_decoder_is_inside(&line->decoder);
    if (!line->up || line->failed || line->checking || line->owed || line->turn_due)
        return;
    if (inside || line->timing)
        driver_link_timer(link, inside ? line->settings.byte_timeout : -1);
    line->timing = inside;
}

static void on_bytes(struct driver_link *link, const uint8_t *bytes, size_t count)
{
    struct line *line = line_of(link);
    line->hearing = true; /* no request leaves before all that came ahead of it was heard */
    while (count > 0 && line->up && !line->failed) {
        enum industry_event event;
        size_t taken = industry_decode(&line->decoder, bytes, count, &event);
        bytes += taken;
        count -= taken;
        if (event == INDUSTRY_ACCEPTED)
            on_accepted(link);
        else if (event == INDUSTRY_REFUSED)
            on_refused(link);
        else if (event == INDUSTRY_ENQUIRY)
            trace_note(link, false, "ENQ (ignored)");
        else if (event == INDUSTRY_FRAME)
            on_frame(link);
        else if (event == INDUSTRY_BAD_CHECK)
            on_broken(link, "The lock system sent an answer with a wrong check byte.");
        else if (event == INDUSTRY_TOO_LONG)
            turn_fail_link(link, KC_ERROR_PROTOCOL,
                           "The lock system sent an answer that is longer than the option frame-at-most allows.");
        else if (event == INDUSTRY_NO_MEMORY)
            turn_fail_link(link, KC_ERROR_NO_MEMORY, "Memory is used up.");
    }
    line->hearing = false;
    turn_settle(link);
    time_next_byte(link);
}

/* ---- Slots ----------------------------------------------------------------------------------------------------- */

static int32_t configure(struct driver_link *link, const struct industry_dialect *dialect,
                         struct driver_profile *profile)
{
    struct line *line = line_of(link);
    settings_read(link, dialect, &line->settings);
    profile_read(link, dialect, profile);
    if (line->has_decoder)
        industry_decoder_free(&line->decoder);
    industry_decoder_init(&line->decoder, (size_t)driver_option_number(link, OPTION_FRAME_AT_MOST),
                          driver_option_is(link, OPTION_ACCEPT_CHECK_CONSTANT, "yes"));
    line->has_decoder = true;
    return KC_OK;
}

static int32_t configure_salto(struct driver_link *link, struct driver_profile *profile, struct kc_error *error)
{
    (void)error;
    return configure(link, &industry_salto, profile);
}

static int32_t configure_onity(struct driver_link *link, struct driver_profile *profile, struct kc_error *error)
{
    (void)error;
    return configure(link, &industry_onity, profile);
}

static void reset(struct line *line)
{
    industry_decoder_reset(&line->decoder);
    buf_clear(&line->last_answer);
    buf_clear(&line->orphans);
    line->hearing = line->failed = line->checking = line->owed = line->turn_due = line->timing = false;
    line->talker = NULL;
}

static void link_up(struct driver_link *link)
{
    reset(line_of(link));
    line_of(link)->up = true;
    driver_link_ready(link);
}

static void link_down(struct driver_link *link)
{
    line_of(link)->up = false;
    reset(line_of(link));
}

static void release(struct driver_link *link)
{
    struct line *line = line_of(link);
    buf_free(&line->decoder.body);
    buf_free(&line->last_answer);
    buf_free(&line->orphans);
}

static void op_start(struct driver_op *op)
{
    struct line *line = line_of(op->link);
    struct exchange *exchange = exchange_of(op);
    struct kc_error error;
    error_init(&error);
    exchange->phase = PHASE_TURN;
    exchange->turn = line->turns++;
    exchange->digit = -1;
    exchange->has_request = op->request->verb != KC_VERB_DISCOVER;
    if (exchange->has_request && compose(op, &error) != KC_OK) {
        turn_finish(op, &error);
        return;
    }
    line->waiting++;
    turn_next(op->link);
}

/* The core ends an operation before its time: an answer, or the ACK to its ENQ, may still come. */
static void leave_early(struct driver_op *op)
{
    struct line *line = line_of(op->link);
    const struct exchange *exchange = exchange_of(op);
    bool eject_due = exchange->phase == PHASE_EJECT;
    bool answer_due = exchange->phase == PHASE_ACKNOWLEDGE || exchange->phase == PHASE_ANSWER || eject_due;
    bool shared = !exchange->committed && turn_anything_under_way(op->link, op);
    if (answer_due && !shared) {
        turn_close_for_answer(op->link);
        return;
    }
    if (answer_due) {
        add_orphan(line, exchange->id);
        if (line->orphans.failed)
            turn_fail_link(op->link, KC_ERROR_NO_MEMORY, "Memory is used up.");
    }
    if (exchange->phase == PHASE_ENQUIRY || exchange->phase == PHASE_ACKNOWLEDGE ||
        (eject_due && !exchange->eject_acknowledged)) {
        line->owed = true;
        driver_link_timer(op->link, line->settings.acknowledge_timeout);
    } else if (line->talker == op) {
        line->turn_due = true;
        driver_link_timer(op->link, 0); /* the next turn, once this operation is out of the way */
    }
}

static void op_end(struct driver_op *op)
{
    struct line *line = line_of(op->link);
    struct exchange *exchange = exchange_of(op);
    if (line->up && !line->failed && exchange->phase != PHASE_OVER)
        leave_early(op);
    if (line->talker == op)
        line->talker = NULL;
    if (exchange->phase == PHASE_TURN)
        line->waiting--;
    exchange->phase = PHASE_OVER;
    buf_free(&exchange->made);
    exchange->frame = (struct industry_field){0};
    exchange->id = (struct industry_field){0};
}

/* The card is not wanted any more: EX ends the wait for it. Its ACK must not be taken for that of a request, so it
 * waits for its turn; an operation that has changed nothing is ended by the core right after this. */
static void op_cancel(struct driver_op *op)
{
    struct line *line = line_of(op->link);
    struct exchange *exchange = exchange_of(op);
    bool sent = exchange->phase == PHASE_ACKNOWLEDGE || exchange->phase == PHASE_ANSWER;
    if (!line->settings.eject || !line->up || line->failed || !sent || !needs_card(op->request))
        return;
    bool quiet = (!line->talker || line->talker == op) && !line->owed && !line->checking;
    bool alone = !turn_anything_under_way(op->link, op);
    exchange->cancelled = true;
    if (exchange->committed) {
        if (exchange->eject == EJECT_NONE || exchange->eject == EJECT_ANSWERED)
            exchange->eject = EJECT_DUE;
        turn_settle(op->link);
    } else if (quiet && alone) {
        turn_send_eject(op); /* the connection is about to be closed */
    } else if (quiet && exchange->phase == PHASE_ANSWER) {
        turn_eject(op);
    }
}

static void op_timer(struct driver_op *op)
{
    struct line *line = line_of(op->link);
    const struct exchange *exchange = exchange_of(op);
    if (exchange->phase == PHASE_PAUSE && !turn_may_ask(op->link))
        driver_op_timer(op, 1); /* what came meanwhile may end the operation */
    else if (exchange->phase == PHASE_PAUSE && exchange->sent > 0 && line->settings.enquiry == ENQUIRY_NEVER)
        turn_send_request(op);
    else if (exchange->phase == PHASE_PAUSE)
        turn_send_enquiry(op);
    else if (exchange->phase == PHASE_EJECT && exchange->eject_acknowledged)
        turn_proceed(op);
    else if (exchange->phase == PHASE_EJECT)
        turn_fail_link(op->link, KC_ERROR_TIMED_OUT, "The lock system did not acknowledge EX.");
    else if (exchange->phase == PHASE_ENQUIRY)
        turn_fail_link(op->link, KC_ERROR_TIMED_OUT, no_life);
    else if (exchange->phase == PHASE_ACKNOWLEDGE)
        turn_fail_link(op->link, KC_ERROR_TIMED_OUT, "The lock system did not acknowledge the request.");
    else if (exchange->phase == PHASE_ANSWER)
        turn_fail_link(op->link, KC_ERROR_TIMED_OUT, "The lock system did not answer the request in time.");
}

static void on_timer(struct driver_link *link, struct driver_op *op)
{
    struct line *line = line_of(link);
    if (!line->up || line->failed)
        return;
    if (op)
        op_timer(op);
    else if (line->checking || line->owed)
        turn_fail_link(link, KC_ERROR_TIMED_OUT, no_life);
    else if (!line->turn_due && industry_decoder_is_inside(&line->decoder))
        turn_fail_link(link, KC_ERROR_PROTOCOL, "An answer of the lock system breaks off.");
    turn_settle(link);
    time_next_byte(link);
}

static void keep_alive(struct driver_link *link)
{
    struct line *line = line_of(link);
    line->checking = true;
    driver_link_timer(link, line->settings.enquiry_timeout);
    trace_note(link, true, "ENQ");
    driver_send(link, enquiry_byte, sizeof(enquiry_byte));
}

static const char *const salto_schemes[] = {"salto+tcp", "salto+serial", "salto+fd", NULL};
static const char *const onity_schemes[] = {"onity+tcp", "onity+serial", "onity+fd", NULL};

/* clang-format off */
#define SHARED_PARTS                        \
    .maturity = "simulator-tested",         \
    .link_size = sizeof(struct line),       \
    .op_size = sizeof(struct exchange),     \
    .check = check_request,                 \
    .fixed_check = true,                    \
    .link_up = link_up,                     \
    .link_down = link_down,                 \
    .op_start = op_start,                   \
    .on_bytes = on_bytes,                   \
    .on_timer = on_timer,                   \
    .op_end = op_end,                       \
    .keep_alive = keep_alive,               \
    .release = release
/* clang-format on */

const struct driver driver_salto = {
    .name = "salto",
    .label = "SALTO PMS Industry Standard",
    .schemes = salto_schemes,
    .profile = SALTO_PROFILE,
    .options = salto_options,
    .option_count = OPTION_COUNT,
    .configure = configure_salto,
    SHARED_PARTS,
};

const struct driver driver_onity = {
    .name = "onity",
    .label = "Onity HT and OnPortal",
    .schemes = onity_schemes,
    .profile = ONITY_PROFILE,
    .options = onity_options,
    .option_count = ONITY_OPTION_COUNT,
    .configure = configure_onity,
    .op_cancel = op_cancel,
    SHARED_PARTS,
};
