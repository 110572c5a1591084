/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An operation from its start to its end: a card is found, done, and taken away for the next one. */
#include <stdio.h>
#include <string.h>

#include "state.h"

static const struct task find = {.name = TASK_FIND};

/* ---- Ends ------------------------------------------------------------------------------------------------------ */

const char *job_known_text(const struct job *job)
{
    switch (job->known) {
    case KNOWN_TOUCHED:
        return " The card holds its old contents, or none that open anything; no new key is on it.";
    case KNOWN_NO_KEY:
        return " The card holds no key now, neither an old nor the new one: make the key again.";
    case KNOWN_MARKER_SENT:
        return " The card holds the new key or none: read it, or make the key again.";
    default:
        return "";
    }
}

void job_code(unsigned code, char out[8])
{
    snprintf(out, 8, code > 0xFF ? "%04X" : "%02X", code & 0xFFFF);
    if (code == 0)
        out[0] = '\0';
}

static int32_t card_state(const struct job *job)
{
    if (job->known != KNOWN_AS_BEFORE)
        return KC_OUTCOME_UNKNOWN;
    return job->made > 0 ? KC_OUTCOME_WRITTEN : KC_OUTCOME_NOT_WRITTEN;
}

void job_fail_with(struct driver_op *op, const struct kc_error *reason)
{
    struct job *job = job_of(op);
    struct kc_error error = {0};
    char before[80] = "";
    job->phase = PHASE_OVER;
    if (job->made > 0)
        snprintf(before, sizeof(before), "%d of %d cards were made, then: ", (int)job->made, (int)op->request->copies);
    error_set(&error, reason->code, reason->field ? reason->field : "", "%s%s%s", before, reason->message,
              job_known_text(job));
    error_set_vendor(&error, reason->vendor_code, reason->vendor_text);
    error.card_state = card_state(job);
    reader_show(op->link, LAMP_FAILED);
    driver_op_done(op, &error);
}

void job_fail(struct driver_op *op, int32_t status, const char *code, const char *text)
{
    struct kc_error error = {0};
    error_set(&error, status, "", "%s", text);
    error_set_vendor(&error, code, *code ? "answer of the card or the reader" : "");
    job_fail_with(op, &error);
}

void job_done(struct driver_op *op)
{
    job_of(op)->phase = PHASE_OVER;
    reader_show(op->link, LAMP_DONE);
    driver_op_done(op, NULL);
}

/* ---- Cards that come and go ------------------------------------------------------------------------------------ */

static bool same_card(const struct card_target *a, const uint8_t *uid, size_t size)
{
    return size > 0 && a->uid_size == size && memcmp(a->uid, uid, size) == 0;
}

static void job_serial(const struct card_target *card, char out[2 * CARD_UID_MOST + 1])
{
    out[0] = '\0';
    for (size_t i = 0; i < card->uid_size; i++)
        snprintf(out + 2 * i, 3, "%02X", card->uid[i]);
}

static bool was_written(const struct job *job, const struct card_target *card)
{
    for (int32_t i = 0; i < job->made && i < JOB_CARDS; i++)
        if (same_card(card, job->written[i] + 1, job->written[i][0]))
            return true;
    return false;
}

/* A card that lies there since it was written must not be taken for the next one. */
static bool must_go_first(const struct driver_op *op, const struct card_target *card)
{
    const struct desk *desk = desk_of(op->link);
    const struct job *job = job_of(op);
    if (!job->writes || was_written(job, card))
        return job->writes;
    return !job->taken && !*op->request->card_serial && same_card(card, desk->last_uid, desk->last_uid_size);
}

static void forget_card(struct job *job)
{
    job->sector = NO_SECTOR;
    job->opening = job->selected = false;
}

static void look(struct driver_op *op, enum phase phase)
{
    job_of(op)->phase = phase;
    forget_card(job_of(op));
    reader_do(op->link, &find);
}

static void begin_card(struct driver_op *op)
{
    struct job *job = job_of(op);
    job->prompted = job->leave_prompted = job->taken = false;
    job->restarts = 0;
    job->key_refused = false;
    job->known = KNOWN_AS_BEFORE;
    reader_show(op->link, LAMP_WAITING);
    driver_op_timer(op, desk_of(op->link)->settings.card_timeout);
    look(op, PHASE_LOOK);
}

static void ask_for_card(struct driver_op *op)
{
    struct job *job = job_of(op);
    if (!job->prompted)
        driver_op_prompt(op, KC_PROMPT_PRESENT_CARD, job->made + 1, op->request->copies);
    job->prompted = true;
    reader_find_later(op->link);
}

static void wait_until_it_goes(struct driver_op *op)
{
    struct job *job = job_of(op);
    job->phase = PHASE_LEAVE;
    if (!job->leave_prompted)
        driver_op_prompt(op, KC_PROMPT_TAKE_CARD, job->made > 0 ? job->made : 1, op->request->copies);
    job->leave_prompted = true;
    reader_find_later(op->link);
}

static void refuse_other_card(struct driver_op *op, const char *serial)
{
    struct kc_error error = {0};
    error_set(&error, KC_ERROR_CARD_REFUSED, "card-serial",
              "The card on the reader is %s, but the bytes are for the card %s. Nothing was written.", serial,
              op->request->card_serial);
    job_fail_with(op, &error);
}

static void take_card(struct driver_op *op)
{
    struct job *job = job_of(op);
    const struct desk *desk = desk_of(op->link);
    char serial[2 * CARD_UID_MOST + 1];
    bool same = same_card(&desk->found[0], job->card.uid, job->card.uid_size);
    job->card = desk->found[0];
    job_serial(&job->card, serial);
    if (*op->request->card_serial && job->writes && strcmp(op->request->card_serial, serial) != 0) {
        refuse_other_card(op, serial);
        return;
    }
    driver_op_encoding(op);
    if (!same || job->phase != PHASE_LOOK_ONCE) {
        job->kind = desk->found_kind;
        job->version_asked = job->has_head = job->has_locks = job->probed = false;
        job->probe = 0;
    }
    job_recognise(op);
}

static void found(struct driver_op *op)
{
    struct job *job = job_of(op);
    struct desk *desk = desk_of(op->link);
    const struct card_target *card = &desk->found[0];
    if (desk->found_count == 0) {
        job->taken = true;
        job->key_refused = false;
        job->phase = PHASE_LOOK;
        ask_for_card(op);
    } else if (desk->found_count > 1) {
        job_fail(op, KC_ERROR_CARD, "", "More than one card lies on the reader: lay on one, and take the others away.");
    } else if (must_go_first(op, card)) {
        wait_until_it_goes(op);
    } else {
        take_card(op);
    }
}

/* A card that left while it was written is wanted again, no other one. */
static void found_lost(struct driver_op *op)
{
    struct job *job = job_of(op);
    struct desk *desk = desk_of(op->link);
    if (desk->found_count == 1 && same_card(&desk->found[0], job->card.uid, job->card.uid_size)) {
        job->card = desk->found[0];
        driver_op_encoding(op);
        job_recognise(op);
    } else if (desk->settings.card_return == 0) {
        job_fail(op, KC_ERROR_CARD, "", "The card left the reader while it was written.");
    } else {
        ask_for_card(op);
    }
}

void job_again(struct driver_op *op, const struct answer *answer)
{
    struct job *job = job_of(op);
    char text[200], code[8];
    if (job->known != KNOWN_AS_BEFORE) {
        job_lost(op, answer);
        return;
    }
    if (answer->kind != ANSWER_GONE && ++job->restarts > JOB_RESTARTS) {
        job_code(answer->code, code);
        snprintf(text, sizeof(text), "The card, %s, cannot be read: %s.",
                 job->kind.name ? job->kind.name : "of no kind", answer->text ? answer->text : "no answer");
        job_fail(op, KC_ERROR_CARD, code, text);
        return;
    }
    job->phase = PHASE_LOOK;
    forget_card(job);
    reader_find_later(op->link);
}

/* ---- What happens ---------------------------------------------------------------------------------------------- */

void job_begin(struct driver_op *op)
{
    struct job *job = job_of(op);
    struct desk *desk = desk_of(op->link);
    struct kc_error error = {0};
    desk->op = op;
    job->writes = op->request->verb != KC_VERB_READ_CARD;
    if (job->writes && op->request->verb != KC_VERB_WRITE_IMAGE &&
        open_key_from_request(op->request, &job->key, &error) != KC_OK) {
        job_fail_with(op, &error);
        return;
    }
    begin_card(op);
}

void job_card_made(struct driver_op *op)
{
    struct job *job = job_of(op);
    char serial[2 * CARD_UID_MOST + 1];
    job_serial(&job->card, serial);
    driver_op_serial(op, serial);
    job->known = KNOWN_AS_BEFORE; /* of the next one */
    if (job->made < JOB_CARDS) {
        job->written[job->made][0] = (uint8_t)job->card.uid_size;
        memcpy(job->written[job->made] + 1, job->card.uid, job->card.uid_size);
    }
    job->made++;
    if (job->made >= op->request->copies)
        job_done(op);
    else if (job->cancelled)
        job_fail(op, KC_ERROR_CANCELLED, "", "Cancelled.");
    else
        begin_card(op);
}

void job_answer(struct driver_op *op, const struct answer *answer)
{
    struct job *job = job_of(op);
    driver_op_reached_encoder(op);
    switch (job->phase) {
    case PHASE_LOOK:
    case PHASE_LEAVE:
    case PHASE_LOOK_ONCE:
    case PHASE_LOST:
        if (answer->kind != ANSWER_GOOD)
            job_fail(op, KC_ERROR_CARD, "", answer->text);
        else if (job->phase == PHASE_LOST)
            found_lost(op);
        else
            found(op);
        return;
    case PHASE_READ:
    case PHASE_VERIFY:
    case PHASE_CONFIRM:
        job_read_answer(op, answer);
        return;
    case PHASE_BREAK:
    case PHASE_WRITE:
    case PHASE_MARK:
        job_write_answer(op, answer);
        return;
    case PHASE_OVER:
        return;
    default:
        job_recognise_answer(op, answer);
    }
}

void job_lost(struct driver_op *op, const struct answer *answer)
{
    struct job *job = job_of(op);
    char text[200], code[8];
    job->trouble = answer->text ? answer->text : "no answer";
    job->trouble_code = answer->code;
    job->prompted = false;
    if (++job->restarts > 2 * JOB_RESTARTS) { /* neither written nor read */
        job_code(answer->code, code);
        snprintf(text, sizeof(text), "The card, %s, cannot be written: %s.", job->kind.name, job->trouble);
        job_fail(op, KC_ERROR_CARD, code, text);
        return;
    }
    if (desk_of(op->link)->settings.card_return > 0)
        driver_op_timer(op, desk_of(op->link)->settings.card_return);
    else
        driver_op_timer(op, -1);
    look(op, PHASE_LOST);
}

/* A person was waited for. */
void job_timer(struct driver_op *op)
{
    const struct job *job = job_of(op);
    if (job->known != KNOWN_AS_BEFORE)
        job_fail(op, KC_ERROR_CARD, "", "The card left the reader while it was written, and did not come back.");
    else if (job->phase == PHASE_LEAVE)
        job_fail(op, KC_ERROR_NO_CARD, "", "The card that was written last still lies on the reader: take it away.");
    else
        job_fail(op, KC_ERROR_NO_CARD, "", "No card was laid on the reader in time.");
}

/* What is not committed the core ends itself; a card that is being written is finished. */
void job_cancel(struct driver_op *op)
{
    struct job *job = job_of(op);
    bool waits = job->phase == PHASE_LOOK || job->phase == PHASE_LEAVE || job->phase == PHASE_LOST;
    job->cancelled = true;
    if (waits && (job->made > 0 || job->known != KNOWN_AS_BEFORE))
        job_fail(op, KC_ERROR_CANCELLED, "", "Cancelled.");
}
