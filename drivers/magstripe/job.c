/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An operation on the encoder: calm, settings, then for each card write, and read back and compare. Every wait for a
 * swipe has an end, after which the encoder is reset, or the next command would get the answer of the old one. */
#include <stdio.h>
#include <string.h>

#include "state.h"

/* The driver's own timers end each wait; the core's deadline is only a safety net behind them. */
enum { NET_MS = 5000, TESTS_AT_MOST = 2 };

static void begin_card(struct driver_op *op);
static void begin_check(struct driver_op *op);
static void begin_write(struct driver_op *op);

/* ---- Ends ----------------------------------------------------------------------------------------------------------
 */

/* The operation ends; the next one may start before this returns. */
static void finish(struct driver_op *op, struct kc_error *error)
{
    struct job *job = job_of(op);
    struct driver_link *link = op->link;
    job->phase = PHASE_OVER;
    if (error && job->made > 0)
        error_after_cards(error, job->made, op->request->copies);
    line_of(link)->awaiting = false;
    driver_link_timer(link, -1);
    stripe_say(link, MSR_LEDS_OFF);
    driver_op_done(op, error);
}

static void finish_with(struct driver_op *op, int32_t status, int32_t outcome, const char *text)
{
    struct kc_error error = {0};
    error_set(&error, status, "", "%s", text);
    error.card_state = outcome;
    finish(op, &error);
}

static void finish_status(struct driver_op *op, int32_t code, int32_t outcome, const char *text, uint8_t status)
{
    struct kc_error error = {0};
    char number[8];
    snprintf(number, sizeof(number), "%02X", (unsigned)status);
    error_set(&error, code, "", "%s", text);
    error_set_vendor(&error, number, "status of the encoder");
    error.card_state = outcome;
    finish(op, &error);
}

/* The encoder says nothing any more: whoever waits behind this gets a new link. */
static void finish_dead(struct driver_op *op, int32_t outcome, const char *text)
{
    stripe_fail(op->link, KC_ERROR_TIMED_OUT, "The encoder does not answer; the connection was closed.");
    finish_with(op, KC_ERROR_TIMED_OUT, outcome, text);
}

/* What is known while nothing of the present card is: earlier ones do not count here. */
static int32_t open_outcome(enum phase phase)
{
    return phase == PHASE_WRITE || phase == PHASE_CHECK ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_NOT_WRITTEN;
}

/* ---- Steps ---------------------------------------------------------------------------------------------------------
 */

static void enter(struct driver_op *op, enum phase phase, int64_t wait_ms)
{
    job_of(op)->phase = phase;
    driver_op_timer(op, wait_ms);
    driver_op_deadline(op, wait_ms + NET_MS, "the encoder does not answer");
}

static void test(struct driver_op *op)
{
    job_of(op)->tests++;
    stripe_say(op->link, MSR_RESET);
    stripe_ask(op->link, MSR_TEST, NULL, 0);
    enter(op, PHASE_CALM, line_of(op->link)->settings.answer_timeout);
}

/* Reset and communication test: what was said before its answer belongs to the past. */
static void calm(struct driver_op *op, enum reason reason)
{
    struct job *job = job_of(op);
    if (job->phase != PHASE_CALM) {
        job->calmed = job->phase;
        job->tests = 0;
        job->has_status = false;
        job->noise = line_of(op->link)->awaiting ? line_of(op->link)->decoder.skipped + line_of(op->link)->decoder.count
                                                 : 0;
    }
    job->reason = reason;
    test(op);
}

enum { SETTINGS = 6 };

/* "bits per character" outlast a command, so nothing is assumed: everything is set before each job. */
static void set_next(struct driver_op *op)
{
    static const uint8_t densities[MSR_TRACKS][2] = {
        {MSR_TRACK_1_75, MSR_TRACK_1_210}, {MSR_TRACK_2_75, MSR_TRACK_2_210}, {MSR_TRACK_3_75, MSR_TRACK_3_210}};
    static const uint8_t bits[2][3] = {{7, 5, 5}, {8, 8, 8}};
    const struct settings *settings = &line_of(op->link)->settings;
    size_t setting = job_of(op)->setting;
    if (setting == 0)
        stripe_ask(op->link, settings->high_coercivity ? MSR_SET_HI_CO : MSR_SET_LO_CO, NULL, 0);
    else if (setting <= MSR_TRACKS)
        stripe_ask(op->link, MSR_SET_DENSITY, &densities[setting - 1][settings->dense[setting - 1]], 1);
    else if (setting == MSR_TRACKS + 1)
        stripe_ask(op->link, MSR_SET_BITS, bits[job_of(op)->raw], 3);
    else
        stripe_ask(op->link, MSR_SET_ZEROS, settings->zeros, 2);
    enter(op, PHASE_SET, settings->answer_timeout);
}

static void ask_swipe(struct driver_op *op, enum phase phase, int32_t prompt)
{
    struct job *job = job_of(op);
    enter(op, phase, line_of(op->link)->settings.swipe_timeout);
    driver_op_prompt(op, prompt, job->made + 1, op->request->verb == KC_VERB_READ_CARD ? 1 : op->request->copies);
}

static void begin_read(struct driver_op *op)
{
    stripe_say(op->link, MSR_LED_GREEN);
    stripe_ask(op->link, job_of(op)->raw ? MSR_READ_RAW : MSR_READ_ISO, NULL, 0);
    ask_swipe(op, PHASE_READ, KC_PROMPT_PRESENT_CARD);
}

static void begin_check(struct driver_op *op)
{
    stripe_say(op->link, MSR_LED_YELLOW);
    stripe_ask(op->link, job_of(op)->raw ? MSR_READ_RAW : MSR_READ_ISO, NULL, 0);
    ask_swipe(op, PHASE_CHECK, KC_PROMPT_CHECK_CARD);
}

static void begin_write(struct driver_op *op)
{
    const struct line *line = line_of(op->link);
    struct job *job = job_of(op);
    uint8_t all = 0;
    bool erase = line->settings.erase_first && !job->erased;
    stripe_say(op->link, MSR_LED_GREEN);
    driver_op_committed(op);
    if (erase && msr_erase_selector(7, &all))
        stripe_ask(op->link, MSR_ERASE, &all, 1);
    else
        stripe_ask_write(op->link, job->raw ? MSR_WRITE_RAW : MSR_WRITE_ISO, &job->wanted);
    ask_swipe(op, erase ? PHASE_ERASE : PHASE_WRITE, KC_PROMPT_PRESENT_CARD);
}

static void begin_card(struct driver_op *op)
{
    struct kc_error error = {0};
    struct job *job = job_of(op);
    job->swipes = 0;
    job->erased = false;
    if (stripe_compose(op, &job->wanted, &error) != KC_OK)
        finish(op, &error);
    else
        begin_write(op);
}

static void card_made(struct driver_op *op)
{
    struct job *job = job_of(op);
    if (++job->made >= op->request->copies)
        finish(op, NULL);
    else if (job->cancelled)
        finish_with(op, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN, "Cancelled.");
    else
        begin_card(op);
}

/* ---- Answers -------------------------------------------------------------------------------------------------------
 */

/* Nothing of the present card was written: the next swipe may. */
static bool may_swipe_again(struct driver_op *op)
{
    struct job *job = job_of(op);
    return ++job->swipes < line_of(op->link)->settings.swipes && !job->cancelled;
}

static void released(struct driver_op *op)
{
    if (job_of(op)->made == 0)
        driver_op_released(op);
}

static void on_refusal(struct driver_op *op, uint8_t status)
{
    const bool erasing = job_of(op)->phase == PHASE_ERASE;
    if (status == MSR_BAD_SWIPE || status == MSR_CARD_ERROR || (erasing && status == MSR_FAILED)) {
        released(op);
        if (may_swipe_again(op)) {
            stripe_say(op->link, MSR_LED_RED);
            begin_write(op);
            return;
        }
        finish_status(op, KC_ERROR_CARD, KC_OUTCOME_NOT_WRITTEN,
                      status == MSR_BAD_SWIPE
                          ? "The swipe was too fast, too slow or stopped. What was on the card may be gone: make it "
                            "again before anybody takes it."
                          : "The card could not be written. What was on it may be gone: make it again, or take another "
                            "card. Hi-Co cards need the option coercivity=high.",
                      status);
    } else if (status == MSR_FORMAT_ERROR || status == MSR_UNKNOWN_COMMAND) {
        finish_status(op, KC_ERROR_SYNTAX, KC_OUTCOME_NOT_WRITTEN, "The encoder did not take the command.", status);
    } else {
        finish_status(op, KC_ERROR_VENDOR, open_outcome(job_of(op)->phase),
                      "The encoder answered with a status that its manual does not have.", status);
    }
}

static void on_written(struct driver_op *op, uint8_t status)
{
    struct job *job = job_of(op);
    if (status != MSR_DONE) {
        on_refusal(op, status);
    } else if (job->phase == PHASE_ERASE) {
        job->erased = true;
        job->swipes = 0;
        released(op);
        begin_write(op);
    } else if (!line_of(op->link)->settings.verify) {
        card_made(op);
    } else {
        job->swipes = 0;
        driver_op_encoding(op);
        calm(op, REASON_WRITTEN);
    }
}

static void on_checked(struct driver_op *op, const struct msr_answer *answer)
{
    char instead[200], text[400];
    if (answer->status == MSR_DONE && stripe_holds(op, answer, instead, sizeof(instead))) {
        card_made(op);
        return;
    }
    if (may_swipe_again(op)) {
        stripe_say(op->link, MSR_LED_RED);
        begin_check(op);
        return;
    }
    if (answer->status == MSR_DONE)
        snprintf(text, sizeof(text),
                 "The encoder says that it wrote the card, but the card that was swiped after that %s.", instead);
    else
        snprintf(text, sizeof(text), "The encoder says that it wrote the card, but the card cannot be read back.");
    finish_status(op, KC_ERROR_CARD, KC_OUTCOME_UNKNOWN, text, answer->status);
}

static void on_card_read(struct driver_op *op, const struct msr_answer *answer)
{
    struct kc_error error = {0};
    if (answer->status != MSR_DONE) {
        if (may_swipe_again(op))
            begin_read(op);
        else
            finish_status(op, KC_ERROR_CARD, KC_OUTCOME_NOT_WRITTEN, "The card cannot be read.", answer->status);
        return;
    }
    if (stripe_take_card(op, answer, &error) == KC_OK) {
        finish(op, NULL);
        return;
    }
    error.card_state = KC_OUTCOME_NOT_WRITTEN;
    finish(op, &error);
}

static void on_set(struct driver_op *op, const struct msr_answer *answer)
{
    static const char *const names[SETTINGS] = {"coercivity", "density-1",          "density-2",
                                                "density-3",  "bits per character", "leading zeros"};
    struct job *job = job_of(op);
    char text[120];
    driver_op_reached_encoder(op);
    if (answer->status != MSR_DONE) {
        snprintf(text, sizeof(text), "The encoder cannot be set as the options want it: it refused %s.",
                 names[job->setting]);
        finish_status(op, KC_ERROR_ENCODER_FAULT, KC_OUTCOME_NOT_WRITTEN, text, answer->status);
    } else if (++job->setting < SETTINGS) {
        set_next(op);
    } else if (op->request->verb == KC_VERB_READ_CARD) {
        begin_read(op);
    } else {
        begin_card(op);
    }
}

/* ---- Calmed --------------------------------------------------------------------------------------------------------
 */

/* Nobody swiped, or somebody did in the last moment. */
static void on_calmed_write(struct driver_op *op)
{
    struct job *job = job_of(op);
    const struct settings *settings = &line_of(op->link)->settings;
    bool cancelled = job->reason == REASON_CANCEL;
    job->phase = job->calmed;
    if (job->has_status) {
        bool unchecked = job->status == MSR_DONE && job->cancelled && settings->verify && job->phase == PHASE_WRITE;
        if (unchecked)
            finish_with(op, KC_ERROR_CANCELLED, KC_OUTCOME_UNKNOWN,
                        "Cancelled. The encoder wrote the card in the last moment; it was not read back.");
        else if (job->cancelled && job->phase == PHASE_ERASE)
            finish_with(op, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN, "Cancelled. The card may be erased.");
        else
            on_written(op, job->status);
    } else if (job->phase == PHASE_ERASE && job->noise > 0 && !job->cancelled) {
        finish_with(op, KC_ERROR_PROTOCOL, KC_OUTCOME_NOT_WRITTEN,
                    "The encoder answered something else than a status. The card may be erased; nothing was written.");
    } else if (job->phase == PHASE_ERASE) {
        finish_with(op, cancelled ? KC_ERROR_CANCELLED : KC_ERROR_NO_CARD, KC_OUTCOME_NOT_WRITTEN,
                    cancelled ? "Cancelled. Nothing was written." : "No card was swiped in time to be erased.");
    } else if (job->noise > 0 && settings->verify && !job->cancelled) {
        begin_check(op); /* what the card holds says more than what the encoder stammers */
    } else if (job->noise > 0) {
        finish_with(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN,
                    "The encoder answered something else than a status. Read the card to see what it holds.");
    } else if (!settings->reset_proves) {
        finish_with(op, cancelled ? KC_ERROR_CANCELLED : KC_ERROR_NO_CARD, KC_OUTCOME_UNKNOWN,
                    "No card seems to have been swiped, but the option reset-proves leaves that open.");
    } else {
        finish_with(op, cancelled ? KC_ERROR_CANCELLED : KC_ERROR_NO_CARD, KC_OUTCOME_NOT_WRITTEN,
                    cancelled ? "Cancelled. Nobody had swiped a card." : "No card was swiped in time.");
    }
}

static void on_calmed_check(struct driver_op *op)
{
    const struct job *job = job_of(op);
    finish_with(op, job->reason == REASON_CANCEL ? KC_ERROR_CANCELLED : KC_ERROR_NO_CARD, KC_OUTCOME_UNKNOWN,
                job->reason == REASON_GARBLED
                    ? "The encoder says that it wrote the card, but what it read back was no answer."
                    : "The encoder says that it wrote the card, but the card was not swiped again to be checked.");
}

static void on_calmed(struct driver_op *op)
{
    struct job *job = job_of(op);
    if (job->reason == REASON_START && op->request->verb == KC_VERB_DISCOVER)
        finish(op, NULL);
    else if (job->reason == REASON_START)
        set_next(op);
    else if (job->reason == REASON_WRITTEN && job->cancelled)
        finish_with(op, KC_ERROR_CANCELLED, KC_OUTCOME_UNKNOWN,
                    "Cancelled. The encoder says that it wrote the card; it was not read back.");
    else if (job->reason == REASON_WRITTEN)
        begin_check(op);
    else if (job->calmed == PHASE_WRITE || job->calmed == PHASE_ERASE)
        on_calmed_write(op);
    else if (job->calmed == PHASE_CHECK)
        on_calmed_check(op);
    else
        finish_with(op, job->reason == REASON_GARBLED ? KC_ERROR_PROTOCOL : KC_ERROR_NO_CARD, KC_OUTCOME_NOT_WRITTEN,
                    job->reason == REASON_GARBLED ? "What the encoder read is no answer of its protocol."
                                                  : "No card was swiped in time.");
}

void stripe_op_status(struct driver_op *op, uint8_t status)
{
    struct job *job = job_of(op);
    if (job->phase != PHASE_CALM)
        return;
    job->has_status = true;
    job->status = status;
}

/* ---- Slots ---------------------------------------------------------------------------------------------------------
 */

void stripe_op_answer(struct driver_op *op, const struct msr_answer *answer)
{
    struct job *job = job_of(op);
    switch (job->phase) {
    case PHASE_CALM:
        job->noise += line_of(op->link)->decoder.skipped;
        on_calmed(op);
        return;
    case PHASE_SET:
        on_set(op, answer);
        return;
    case PHASE_ERASE:
    case PHASE_WRITE:
        on_written(op, answer->status);
        return;
    case PHASE_CHECK:
        on_checked(op, answer);
        return;
    case PHASE_READ:
        on_card_read(op, answer);
        return;
    case PHASE_OVER:
        return;
    }
}

/* Bytes came that are no answer, and no more follow. A setting may be repeated by its own time-out's end; where a card
 * is concerned the encoder is brought back to its senses at once. */
void stripe_op_quiet(struct driver_op *op)
{
    enum phase phase = job_of(op)->phase;
    if (phase == PHASE_WRITE || phase == PHASE_ERASE || phase == PHASE_CHECK || phase == PHASE_READ)
        calm(op, REASON_GARBLED);
}

void stripe_op_late(struct driver_op *op)
{
    struct job *job = job_of(op);
    switch (job->phase) {
    case PHASE_CALM:
        if (job->tests < TESTS_AT_MOST)
            test(op);
        else
            finish_dead(op, job->reason == REASON_WRITTEN ? KC_OUTCOME_UNKNOWN : open_outcome(job->calmed),
                        "The encoder does not answer any more.");
        return;
    case PHASE_SET:
        finish_dead(op, KC_OUTCOME_NOT_WRITTEN, "The encoder does not answer a setting; nothing was written.");
        return;
    case PHASE_ERASE:
    case PHASE_WRITE:
    case PHASE_CHECK:
    case PHASE_READ:
        calm(op, REASON_LATE);
        return;
    case PHASE_OVER:
        return;
    }
}

void stripe_op_start(struct driver_op *op)
{
    const struct settings *settings = &line_of(op->link)->settings;
    struct job *job = job_of(op);
    bool image = op->request->verb == KC_VERB_WRITE_IMAGE || settings->content == CONTENT_IMAGE;
    job->raw = image && settings->image_bits;
    job->phase = job->calmed = PHASE_SET;
    calm(op, REASON_START);
}

/* A read is ended by the core right after this, so it is only reset. */
void stripe_op_cancel(struct driver_op *op)
{
    struct job *job = job_of(op);
    job->cancelled = true;
    if (job->phase == PHASE_READ)
        stripe_say(op->link, MSR_RESET);
    else if (job->phase == PHASE_ERASE || job->phase == PHASE_WRITE || job->phase == PHASE_CHECK)
        calm(op, REASON_CANCEL);
}

void stripe_op_end(struct driver_op *op)
{
    struct line *line = line_of(op->link);
    job_of(op)->phase = PHASE_OVER;
    line->awaiting = false;
    if (line->up && !line->failed && line->greeting == GREETING_DONE)
        driver_link_timer(op->link, -1);
}
