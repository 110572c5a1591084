/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The drivers of both dialects: the dialogue of ENQ, request, ACK and answer, as a state machine. */
#include "driver.h"

#include <string.h>

#include "state.h"

/* Where the driver's own timer ends a wait, the core's deadline is only a safety net behind it. */
enum { NET_MS = 5000 };
/* Answers are kept up to this length to be known when they come twice. */
enum { REPEAT_BOUND = 512 };

static const uint8_t enquiry_byte[] = {INDUSTRY_ENQ};
static const char no_life[] = "The lock system did not answer the enquiry (ENQ).";
static const char closed_for_answer[] =
    "The connection was closed, for the answer to a request that has ended may still come.";

/* ---- Small steps ----------------------------------------------------------------------------------------------- */

static void fail_link(struct driver_link *link, int32_t status, const char *text)
{
    line_of(link)->failed = true;
    trace_note(link, false, text);
    driver_link_fail(link, status, text);
}

/* Ends an operation. It must not be touched after this. */
static void finish(struct driver_op *op, const struct kc_error *error)
{
    struct line *line = line_of(op->link);
    exchange_of(op)->phase = PHASE_OVER;
    if (line->talker == op)
        line->talker = NULL;
    driver_op_done(op, error);
}

/* A wait that ends by the driver's timer as long as nothing may have changed, so that the connection can be closed;
 * after that by the core's deadline. */
static void limit_wait(struct driver_op *op, int64_t delay_ms, const char *text)
{
    bool committed = exchange_of(op)->committed;
    driver_op_timer(op, committed ? -1 : delay_ms);
    driver_op_deadline(op, committed ? delay_ms : delay_ms + NET_MS, text);
}

static void send_enquiry(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    exchange->phase = PHASE_ENQUIRY;
    exchange->enquiries++;
    limit_wait(op, line_of(op->link)->settings.enquiry_timeout, "no answer to the enquiry (ENQ)");
    trace_note(op->link, true, "ENQ");
    driver_send(op->link, enquiry_byte, sizeof(enquiry_byte));
}

static void send_request(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    exchange->phase = PHASE_ACKNOWLEDGE;
    exchange->sent++;
    if (op->request->verb != KC_VERB_READ_CARD) {
        exchange->committed = true;
        driver_op_committed(op);
    }
    limit_wait(op, line_of(op->link)->settings.acknowledge_timeout, "no acknowledgement");
    trace_frame(op->link, true, exchange->frame.data + 1, exchange->frame.length - 3);
    driver_send(op->link, exchange->frame.data, exchange->frame.length);
}

/* The request, after what goes ahead of it. */
static void proceed(struct driver_op *op)
{
    if (!exchange_of(op)->has_request || line_of(op->link)->settings.enquiry == ENQUIRY_ALWAYS)
        send_enquiry(op);
    else
        send_request(op);
}

static bool send_eject(struct driver_op *op)
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
        fail_link(op->link, KC_ERROR_NO_MEMORY, "Memory is used up.");
    }
    buf_free(&frame);
    return made;
}

/* EX as the first half of an operation's turn. */
static void begin_with_eject(struct driver_op *op)
{
    exchange_of(op)->phase = PHASE_EJECT;
    limit_wait(op, line_of(op->link)->settings.acknowledge_timeout, "no acknowledgement of EX");
    send_eject(op);
}

static void take_pause(struct driver_op *op)
{
    exchange_of(op)->phase = PHASE_PAUSE;
    driver_op_timer(op, line_of(op->link)->settings.pause);
    driver_op_deadline(op, line_of(op->link)->settings.pause + NET_MS, "no turn after NAK");
}

static void finish_refused(struct driver_op *op, const char *what)
{
    struct kc_error error = {0};
    error_set(&error, KC_ERROR_NOT_ACCEPTED, "",
              "The lock system did not take the request: %s. It is busy, or the line "
              "is disturbed.",
              what);
    error_set_vendor(&error, "NAK", "wrong check byte or not ready");
    finish(op, &error);
}

/* ---- Turns ----------------------------------------------------------------------------------------------------- */

/* Answers to two requests with the same field 1 could not be told apart. */
static bool must_wait(struct driver_link *link, const struct exchange *exchange)
{
    struct industry_field id = field_of_buf(&exchange->id);
    for (struct driver_op *op = driver_link_next_op(link, NULL); op; op = driver_link_next_op(link, op)) {
        const struct exchange *other = exchange_of(op);
        if (other != exchange && is_under_way(other) && industry_field_equal(id, field_of_buf(&other->id)))
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
    finish(op, &error);
}

static void begin(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    struct line *line = line_of(op->link);
    if (exchange->has_request && find_orphan(line, field_of_buf(&exchange->id))) {
        finish_encoder_busy(op);
        return;
    }
    line->talker = op;
    if (line->settings.eject_before && verb_has_card(op->request->verb) && op->request->verb != KC_VERB_READ_CARD)
        begin_with_eject(op);
    else
        proceed(op);
}

/* The next ACK or NAK is for EX, not for a request. */
static void eject_now(struct driver_op *op)
{
    struct line *line = line_of(op->link);
    if (!send_eject(op))
        return;
    line->owed = true;
    line->timing = false;
    driver_link_timer(op->link, line->settings.acknowledge_timeout);
}

static void next_turn(struct driver_link *link)
{
    struct line *line = line_of(link);
    if (line->choosing)
        return; /* an operation started inside driver_op_done() of begin() */
    line->choosing = true;
    while (line->up && !line->failed && !line->talker && !line->owed && !line->checking) {
        struct driver_op *eject = choose_eject(link), *op = eject ? eject : choose_next(link);
        if (!op)
            break;
        if (eject)
            eject_now(op);
        else
            begin(op);
    }
    line->choosing = false;
}

static bool anything_under_way(struct driver_link *link, const struct driver_op *but)
{
    for (struct driver_op *op = driver_link_next_op(link, NULL); op; op = driver_link_next_op(link, op))
        if (op != but && is_under_way(exchange_of(op)))
            return true;
    return false;
}

/* At the end of each slot. */
static void settle(struct driver_link *link)
{
    struct line *line = line_of(link);
    if (!line->up || line->failed)
        return;
    if (line->orphans.length > 0 && !anything_under_way(link, NULL)) {
        fail_link(link, KC_ERROR_CONNECTION_LOST, closed_for_answer);
        return;
    }
    line->turn_due = false;
    next_turn(link);
}

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
    fail_link(op->link, KC_ERROR_PROTOCOL, text);
}

static void request_accepted(struct driver_op *op)
{
    struct line *line = line_of(op->link);
    struct exchange *exchange = exchange_of(op);
    bool has_card = verb_has_card(op->request->verb);
    int32_t cards = op->request->verb == KC_VERB_READ_CARD || op->request->copies < 1 ? 1 : op->request->copies;
    line->acknowledges = true;
    line->talker = NULL;
    exchange->phase = PHASE_ANSWER;
    limit_wait(op, line->settings.answer_timeout * (has_card ? cards : 1), "no answer");
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
        send_request(op);
    else if (exchange->phase == PHASE_ENQUIRY)
        finish(op, NULL);
    else if (exchange->phase == PHASE_EJECT)
        exchange->eject_acknowledged = true; /* its answer is waited for, a while */
    else if (exchange->sent > 0)
        contradict(op, "The lock system refused the request and then accepted it.");
}

static void finish_cancelled(struct driver_op *op)
{
    struct kc_error error = {0};
    error_set(&error, KC_ERROR_CANCELLED, "", "Cancelled; the lock system did not take the request.");
    finish(op, &error);
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
        take_pause(op);
    else
        finish_refused(op, "it answered NAK each time");
}

static void on_refused(struct driver_link *link)
{
    struct driver_op *op = line_of(link)->talker;
    if (take_owed(link, false))
        return;
    trace_note(link, false, "NAK");
    if (!op) {
        if (anything_under_way(link, NULL))
            fail_link(link, KC_ERROR_PROTOCOL, "The lock system accepted a request and then refused it.");
        return;
    }
    struct exchange *exchange = exchange_of(op);
    if (exchange->phase == PHASE_EJECT) {
        exchange->eject = EJECT_NONE; /* nothing to empty */
        proceed(op);
    } else if (exchange->phase == PHASE_ACKNOWLEDGE)
        request_refused(op);
    else if (exchange->phase == PHASE_ENQUIRY && !exchange->has_request)
        finish(op, NULL); /* busy, but alive */
    else if (exchange->phase == PHASE_ENQUIRY && exchange->enquiries < line_of(link)->settings.enquiry_tries)
        take_pause(op);
    else if (exchange->phase == PHASE_ENQUIRY)
        finish_refused(op, "it answered NAK to the enquiry");
}

/* ---- Answers to EX --------------------------------------------------------------------------------------------- */

static void eject_answered(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    exchange->eject = EJECT_ANSWERED;
    if (exchange->phase == PHASE_EJECT)
        proceed(op);
    else if (exchange->cancelled && exchange->phase == PHASE_ANSWER)
        limit_wait(op, line_of(op->link)->settings.acknowledge_timeout, "no answer to a request that EX has cancelled");
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
        fail_link(link, KC_ERROR_PROTOCOL,
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
    struct kc_error error = {0};
    bool original = echo_of(exchange_of(op), op->request->copies, frame) == ECHO_ORIGINAL;
    bool good = take_answer(op, frame, original, &error);
    buf_clear(&line->last_answer);
    if (line->decoder.body.length <= REPEAT_BOUND)
        buf_append(&line->last_answer, line->decoder.body.data, line->decoder.body.length);
    finish(op, good ? NULL : &error);
}

/* An answer that no operation waits for. */
static void take_stray(struct driver_link *link, const struct industry_frame *frame)
{
    struct line *line = line_of(link);
    char *orphan = find_orphan(line, frame->fields[1]);
    bool repeated = !line->last_answer.failed &&
                    industry_field_equal(field_of_buf(&line->decoder.body), field_of_buf(&line->last_answer));
    if (orphan)
        remove_orphan(line, orphan);
    else if (!repeated && anything_under_way(link, NULL))
        fail_link(link, KC_ERROR_PROTOCOL, "The lock system sent an answer that fits no request.");
    else
        trace_note(link, false, "(nobody waits for this answer)");
}

static void on_broken(struct driver_link *link, const char *text)
{
    if (anything_under_way(link, NULL))
        fail_link(link, KC_ERROR_PROTOCOL, text);
    else
        trace_note(link, false, text);
}

static void on_frame(struct driver_link *link)
{
    struct line *line = line_of(link);
    struct industry_frame frame;
    trace_frame(link, false, line->decoder.body.data, line->decoder.body.length);
    if (industry_split(line->decoder.body.data, line->decoder.body.length, &frame) != 0 || !is_answer(&frame)) {
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
            fail_link(link, KC_ERROR_PROTOCOL,
                      "The lock system sent an answer that is longer than the option frame-at-most allows.");
        else if (event == INDUSTRY_NO_MEMORY)
            fail_link(link, KC_ERROR_NO_MEMORY, "Memory is used up.");
        settle(link);
    }
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
    line->failed = line->checking = line->owed = line->acknowledges = line->turn_due = line->timing = false;
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
    struct kc_error error = {0};
    exchange->phase = PHASE_TURN;
    exchange->turn = line->turns++;
    exchange->digit = -1;
    exchange->has_request = op->request->verb != KC_VERB_DISCOVER;
    if (exchange->has_request && compose(op, &error) != KC_OK) {
        finish(op, &error);
        return;
    }
    next_turn(op->link);
}

/* The core ends an operation before its time: an answer, or the ACK to its ENQ, may still come. */
static void leave_early(struct driver_op *op)
{
    struct line *line = line_of(op->link);
    const struct exchange *exchange = exchange_of(op);
    bool eject_due = exchange->phase == PHASE_EJECT;
    bool answer_due = exchange->phase == PHASE_ACKNOWLEDGE || exchange->phase == PHASE_ANSWER || eject_due;
    bool shared = !exchange->committed && anything_under_way(op->link, op);
    if (answer_due && !shared) {
        fail_link(op->link, KC_ERROR_CONNECTION_LOST, closed_for_answer);
        return;
    }
    if (answer_due) {
        add_orphan(line, field_of_buf(&exchange->id));
        if (line->orphans.failed)
            fail_link(op->link, KC_ERROR_NO_MEMORY, "Memory is used up.");
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
    exchange->phase = PHASE_OVER;
    buf_free(&exchange->frame);
    buf_free(&exchange->id);
}

/* The card is not wanted any more: EX ends the wait for it. Its ACK must not be taken for that of a request, so it
 * waits for its turn; an operation that has changed nothing is ended by the core right after this. */
static void op_cancel(struct driver_op *op)
{
    struct line *line = line_of(op->link);
    struct exchange *exchange = exchange_of(op);
    bool sent = exchange->phase == PHASE_ACKNOWLEDGE || exchange->phase == PHASE_ANSWER;
    if (!line->settings.eject || !line->up || line->failed || !sent || !verb_has_card(op->request->verb))
        return;
    bool quiet = (!line->talker || line->talker == op) && !line->owed && !line->checking;
    bool alone = !anything_under_way(op->link, op);
    exchange->cancelled = true;
    if (exchange->committed) {
        if (exchange->eject == EJECT_NONE || exchange->eject == EJECT_ANSWERED)
            exchange->eject = EJECT_DUE;
        settle(op->link);
    } else if (quiet && alone) {
        send_eject(op); /* the connection is about to be closed */
    } else if (quiet && exchange->phase == PHASE_ANSWER) {
        eject_now(op);
    }
}

static void op_timer(struct driver_op *op)
{
    struct line *line = line_of(op->link);
    const struct exchange *exchange = exchange_of(op);
    if (exchange->phase == PHASE_PAUSE && exchange->sent > 0 && line->settings.enquiry == ENQUIRY_NEVER)
        send_request(op);
    else if (exchange->phase == PHASE_PAUSE)
        send_enquiry(op);
    else if (exchange->phase == PHASE_EJECT && exchange->eject_acknowledged)
        proceed(op);
    else if (exchange->phase == PHASE_EJECT)
        fail_link(op->link, KC_ERROR_TIMED_OUT, "The lock system did not acknowledge EX.");
    else if (exchange->phase == PHASE_ENQUIRY)
        fail_link(op->link, KC_ERROR_TIMED_OUT, no_life);
    else if (exchange->phase == PHASE_ACKNOWLEDGE)
        fail_link(op->link, KC_ERROR_TIMED_OUT, "The lock system did not acknowledge the request.");
    else if (exchange->phase == PHASE_ANSWER)
        fail_link(op->link, KC_ERROR_TIMED_OUT, "The lock system did not answer the request in time.");
}

static void on_timer(struct driver_link *link, struct driver_op *op)
{
    struct line *line = line_of(link);
    if (!line->up || line->failed)
        return;
    if (op)
        op_timer(op);
    else if (line->checking || line->owed)
        fail_link(link, KC_ERROR_TIMED_OUT, no_life);
    else if (!line->turn_due && industry_decoder_is_inside(&line->decoder))
        fail_link(link, KC_ERROR_PROTOCOL, "An answer of the lock system breaks off.");
    settle(link);
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
