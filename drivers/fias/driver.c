/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The FIAS driver, the PMS's side: the slots, and the way of an operation. One request for each encoder at a time; a
 * request is sent once, and its answer is the lock system's word. */
#include "driver.h"

#include <string.h>

#include "state.h"

/* PAUSE_MS: how often what waits looks whether it may start. NET_MS: the core's deadline is only a safety net behind
 * the driver's own timer. */
enum { PAUSE_MS = 250, NET_MS = 5000 };

/* ---- The end of an operation ----------------------------------------------------------------------------------- */

/* The next one may start before this returns. With an error after some cards were made, these are told of. */
static void finish(struct driver_op *op, struct kc_error *error)
{
    struct exchange *exchange = exchange_of(op);
    struct driver_link *link = op->link;
    exchange->phase = PHASE_OVER;
    exchange->left = false;
    if (error && exchange->made > 0)
        error_after_cards(error, exchange->made, op->request->copies);
    driver_op_done(op, error);
    fias_run_waiting(link);
}

static void finish_with(struct driver_op *op, int32_t status, int32_t outcome, const char *text)
{
    struct kc_error error = {0};
    error_set(&error, status, "", "%s", text);
    error.card_state = outcome;
    finish(op, &error);
}

static int32_t outcome_of_silence(const struct driver_op *op)
{
    return op->request->verb == KC_VERB_READ_CARD ? KC_OUTCOME_NOT_WRITTEN : KC_OUTCOME_UNKNOWN;
}

/* ---- The way of an operation ----------------------------------------------------------------------------------- */

static void await_answer(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    int64_t time = driver_option_number(op->link, OPTION_ANSWER_TIMEOUT);
    exchange->phase = PHASE_ANSWER;
    exchange->left = true;
    driver_op_timer(op, time);
    driver_op_deadline(op, time + NET_MS, "no answer");
    if (*op->request->encoder)
        driver_op_prompt(op, KC_PROMPT_PRESENT_CARD, exchange->made + 1, op->request->copies);
}

static void wait_for_turn(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    exchange->phase = PHASE_TURN;
    exchange->left = false;
    exchange->waited = 0;
    driver_op_timer(op, PAUSE_MS);
    driver_op_deadline(op, INT32_MAX, "no turn");
}

/* The guest record that goes with it, if any. It is not answered, changes no key, and may come twice: so what becomes
 * of it is no matter of the operation. */
static void tell_of_guest(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    struct buf record = {0};
    if (!exchange->told && fias_compose_guest(op, &record) && !fias_send(op->link, NULL, &record))
        fias_trace_note(op->link, true, "(a guest could not be told of: too much waits for the line)");
    exchange->told = true;
    buf_free(&record);
}

/* The link is alive and the encoder is free. */
static void start(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    struct kc_error error = {0};
    struct buf record = {0};
    if (op->request->verb == KC_VERB_DISCOVER) {
        finish(op, NULL); /* encoders cannot be asked for */
        return;
    }
    if (fias_compose(op, &record, &error) != KC_OK) {
        buf_free(&record);
        finish(op, &error);
        return;
    }
    if (exchange->made == 0)
        fias_warn(op);
    if (op->request->verb != KC_VERB_CHECK_OUT)
        tell_of_guest(op);
    exchange->phase = PHASE_SENDING;
    driver_op_timer(op, -1);
    bool sent = fias_send(op->link, op, &record);
    buf_free(&record);
    if (!sent)
        finish_with(op, KC_ERROR_NO_MEMORY, KC_OUTCOME_NOT_WRITTEN,
                    "The request could not be sent: memory is used up, or too much waits for the line.");
    else if (!fias_is_serial(op->link))
        await_answer(op);
}

static bool may_start(const struct driver_op *op)
{
    struct line *line = line_of(op->link);
    const struct exchange *exchange = exchange_of(op);
    if (!line->up || line->failed || line->state != LINK_ALIVE)
        return false;
    if (op->request->verb == KC_VERB_DISCOVER)
        return true;
    for (struct driver_op *other = driver_link_next_op(op->link, NULL); other;
         other = driver_link_next_op(op->link, other)) {
        const struct exchange *at_work = exchange_of(other);
        bool busy = at_work->phase == PHASE_SENDING || at_work->phase == PHASE_ANSWER;
        if (other != op && busy && fias_same_coder(op->link, at_work->coder, exchange->coder))
            return false;
    }
    return !fias_is_in_doubt(op);
}

/* The first that waits and may start. */
static struct driver_op *next_waiting(struct driver_link *link)
{
    struct driver_op *found = NULL;
    for (struct driver_op *op = driver_link_next_op(link, NULL); op; op = driver_link_next_op(link, op))
        if (exchange_of(op)->phase == PHASE_TURN && (!found || exchange_of(op)->turn < exchange_of(found)->turn) &&
            may_start(op))
            found = op;
    return found;
}

void fias_run_waiting(struct driver_link *link)
{
    struct line *line = line_of(link);
    if (line->running) /* from inside: the loop below looks again */
        return;
    line->running = true;
    for (struct driver_op *op = next_waiting(link); op; op = next_waiting(link))
        start(op);
    line->running = false;
}

void fias_acknowledged(struct driver_op *op)
{
    if (exchange_of(op)->phase == PHASE_SENDING)
        await_answer(op);
}

/* NAK each time: it was not taken. */
void fias_refused(struct driver_op *op)
{
    struct kc_error error = {0};
    if (exchange_of(op)->made == 0)
        driver_op_released(op);
    error_set(&error, KC_ERROR_NOT_ACCEPTED, "",
              "The lock system did not take the request: it answered NAK each time.");
    error_set_vendor(&error, "NAK", "not understood");
    error.card_state = KC_OUTCOME_NOT_WRITTEN;
    finish(op, &error);
}

/* ---- Answers --------------------------------------------------------------------------------------------------- */

static void answered(struct driver_op *op, const struct fias_record *record)
{
    struct exchange *exchange = exchange_of(op);
    struct kc_error error = {0};
    fias_drop_frames(line_of(op->link), op); /* an answer before the acknowledgement is one */
    if (fias_take_answer(op, record, &error) != KC_OK) {
        finish(op, &error);
        return;
    }
    exchange->made++;
    if (op->request->verb == KC_VERB_CHECK_OUT)
        tell_of_guest(op);
    if (exchange->made >= op->request->copies || !*op->request->encoder || op->request->verb == KC_VERB_READ_CARD) {
        finish(op, NULL);
    } else if (exchange->cancelled) {
        finish_with(op, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN, "Cancelled.");
    } else {
        wait_for_turn(op); /* the next card: its turn has come, unless the link is being described anew */
        fias_run_waiting(op->link);
    }
}

/* Two records that ran into each other, or worse: it is not known which half is meant, so it answers nothing. */
static bool contradicts_itself(const struct fias_record *record)
{
    return fias_contradicts(record, FIAS_ID("AS")) || fias_contradicts(record, FIAS_ID("KC")) ||
           fias_contradicts(record, FIAS_ID("WS")) || fias_contradicts(record, FIAS_ID("G#"));
}

void fias_take_record(struct driver_link *link, const uint8_t *bytes, size_t count)
{
    struct fias_record record;
    if (fias_parse(bytes, count, &record) != 0 || fias_take_link_record(link, &record))
        return;
    if (record.id != FIAS_ID("KA") && record.id != FIAS_ID("KZ"))
        return; /* FIAS: what is not known is ignored */
    if (contradicts_itself(&record)) {
        fias_trace_note(link, false, "(an answer that contradicts itself)");
        return;
    }
    struct driver_op *op = fias_match(link, &record);
    if (op)
        answered(op, &record);
    else
        fias_run_waiting(link); /* a late answer may be what something waited for */
}

/* ---- Timers ---------------------------------------------------------------------------------------------------- */

static void no_answer(struct driver_op *op)
{
    int64_t time = driver_option_number(op->link, OPTION_ANSWER_TIMEOUT);
    struct kc_error error = {0};
    fias_remember_stale(op);
    error_set(&error, KC_ERROR_TIMED_OUT, "", "There was no answer within %lld ms.", (long long)time);
    error.card_state = outcome_of_silence(op);
    finish(op, &error);
}

static void turn_over(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    int64_t most = driver_option_number(op->link, OPTION_ANSWER_TIMEOUT) * (1 + op->request->copies) +
                   driver_option_number(op->link, OPTION_LATE_ANSWER);
    exchange->waited += PAUSE_MS;
    if (exchange->cancelled) {
        finish_with(op, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN, "Cancelled.");
    } else if (exchange->waited >= most) {
        finish_with(op, KC_ERROR_ENCODER_BUSY, KC_OUTCOME_NOT_WRITTEN,
                    "The encoder was not free: an earlier request was not answered, or the link is being set up.");
    } else {
        driver_op_timer(op, PAUSE_MS);
        fias_run_waiting(op->link);
    }
}

static void start_over(struct driver_link *link)
{
    struct line *line = line_of(link);
    if (line->state == LINK_ALIVE && line->resync == RESYNC_PAUSE) {
        fias_resync_more(link);
        return;
    }
    if (line->checking) {
        fias_fail(link, KC_ERROR_TIMED_OUT, "The lock system gives no sign of life.");
        return;
    }
    line->starts = 0;
    if (line->state != LINK_ALIVE && line->state != LINK_BARRED)
        fias_start_link(link);
}

static void on_timer(struct driver_link *link, struct driver_op *op)
{
    struct line *line = line_of(link);
    if (!line->up || line->failed)
        return;
    if (!op && line->sent)
        fias_acknowledge_late(link);
    else if (!op)
        start_over(link);
    else if (exchange_of(op)->phase == PHASE_ANSWER)
        no_answer(op);
    else if (exchange_of(op)->phase == PHASE_TURN)
        turn_over(op);
}

/* ---- Slots ----------------------------------------------------------------------------------------------------- */

static int32_t configure(struct driver_link *link, struct driver_profile *profile, struct kc_error *error)
{
    const char *key = driver_option_text(link, OPTION_AUTH_KEY);
    int32_t status = fias_options_check(link, error);
    if (status == KC_OK && *key && !fias_is_key(key))
        status = error_set(error, KC_ERROR_INVALID_ARGUMENT, "auth-key",
                           "The option auth-key is FidCrypt0S| and 24 characters of base64, as the vendor of the lock "
                           "system gives it.");
    if (status == KC_OK)
        fias_profile_read(link, profile);
    return status;
}

static void link_up(struct driver_link *link)
{
    struct line *line = line_of(link);
    fias_decoder_free(&line->decoder);
    fias_decoder_init(&line->decoder, fias_is_serial(link) && driver_option_is(link, OPTION_LRC, "on"));
    line->decoder.handshake = fias_is_serial(link);
    line->up = true;
    line->failed = line->was_alive = line->checking = false;
    line->starts = 0;
    line->since = 0;
    line->resync = RESYNC_NONE;
    line->answer = FIAS_NAK;
    line->last_start[0][0] = line->last_start[1][0] = '\0';
    if (line->state == LINK_BARRED)
        return;
    line->state = LINK_STARTING;
    if (driver_option_is(link, OPTION_FIRST_SPEAKER, "pms"))
        fias_start_link(link);
    else
        fias_set_timer(link);
}

/* Between two cards nothing is open: those that were made are told of. */
static struct driver_op *next_between_cards(struct driver_link *link)
{
    for (struct driver_op *op = driver_link_next_op(link, NULL); op; op = driver_link_next_op(link, op))
        if (exchange_of(op)->phase == PHASE_TURN && exchange_of(op)->made > 0)
            return op;
    return NULL;
}

static void link_down(struct driver_link *link)
{
    struct line *line = line_of(link);
    line->up = line->failed = false;
    for (struct driver_op *op = next_between_cards(link); op; op = next_between_cards(link))
        finish_with(op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_NOT_WRITTEN, "The connection was lost.");
    if (line->state != LINK_BARRED)
        line->state = LINK_STARTING;
    fias_forget_frames(line);
    line->sent = false;
    fias_decoder_reset(&line->decoder);
}

static void on_bytes(struct driver_link *link, const uint8_t *bytes, size_t count)
{
    fias_take_bytes(link, bytes, count);
}

static void op_start(struct driver_op *op)
{
    struct line *line = line_of(op->link);
    exchange_of(op)->turn = ++line->turns;
    if (op->request->verb != KC_VERB_DISCOVER)
        fias_address(op);
    wait_for_turn(op);
    fias_run_waiting(op->link);
}

/* Nothing can be called back; but no further card is begun. */
static void op_cancel(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    exchange->cancelled = true;
    if (exchange->phase == PHASE_TURN && exchange->made > 0)
        finish_with(op, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN, "Cancelled.");
}

/* Ended by the core, its answer may still come, even on the next connection. */
static void op_end(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    if (exchange->phase == PHASE_ANSWER || exchange->left)
        fias_remember_stale(op);
    exchange->phase = PHASE_OVER;
    fias_drop_frames(line_of(op->link), op);
}

static void keep_alive(struct driver_link *link)
{
    struct line *line = line_of(link);
    if (driver_option_is(link, OPTION_ALIVE_CHECK, "off")) {
        if (line->state == LINK_ALIVE)
            driver_link_ready(link);
        return;
    }
    line->checking = true;
    line->state = LINK_STARTING;
    fias_start_link(link);
}

static void release(struct driver_link *link)
{
    fias_forget_frames(line_of(link));
    fias_decoder_free(&line_of(link)->decoder);
}

static const char *const schemes[] = {"fias+listen", "fias+tcp", "fias+serial", "fias+fd", NULL};

const struct driver driver_fias = {
    .name = "fias",
    .label = "FIAS lock system",
    .maturity = "simulator-tested",
    .schemes = schemes,
    .profile = FIAS_PROFILE,
    .options = fias_options,
    .option_count = OPTION_COUNT,
    .link_size = sizeof(struct line),
    .op_size = sizeof(struct exchange),
    .configure = configure,
    .check = fias_check_request,
    .link_up = link_up,
    .link_down = link_down,
    .op_start = op_start,
    .on_bytes = on_bytes,
    .on_timer = on_timer,
    .op_cancel = op_cancel,
    .op_end = op_end,
    .keep_alive = keep_alive,
    .on_stays = fias_take_stays,
    .release = release,
};
