/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the queue to the end: intent, start, outcome, and what follows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "op.h"

static int32_t kind_of(const struct kc_op *op)
{
    switch (op->verb) {
    case KC_VERB_ISSUE_ORIGINAL:
    case KC_VERB_REISSUE:
        return KC_KIND_ORIGINAL;
    case KC_VERB_ISSUE_DUPLICATE:
        return KC_KIND_DUPLICATE;
    case KC_VERB_ISSUE_ONE_SHOT:
        return KC_KIND_ONE_SHOT;
    case KC_VERB_SEND_MOBILE:
        return op->driver.request->further ? KC_KIND_MOBILE_DUPLICATE : KC_KIND_MOBILE;
    default:
        return 0;
    }
}

/* The record of this operation, as far as it is known before it starts. */
static void fill_record(struct kc_op *op)
{
    struct record *record = &op->record;
    const struct want *want = &op->want;
    record->id = op->uuid;
    record->instance = op->context->instance;
    record->verb = op->verb;
    record->kind = kind_of(op);
    record->outcome = KC_OUTCOME_PENDING;
    record->key_state = record->kind ? KC_KEY_PENDING : 0;
    record->site = op->site->name;
    record->system = op->system->name;
    record->encoder = op->encoder->name;
    record->station = want->station;
    record->operator_name = want->operator_name;
    record->booking = want->booking;
    record->idempotency_key = want->idempotency_key;
    record->fingerprint = *want->idempotency_key ? op->fingerprint : 0;
    op->numbered = op->system->profile.numbered && kind_is_numbered(record->kind);
    record->created_ms = context_record_time(op->context, op->numbered && op_keeps_nothing(op));
    record->rooms = want->rooms;
    record->areas = want->areas;
    record->denied = want->denied;
    record->from_utc = op->driver.request->from.utc;
    record->until_utc = op->driver.request->until.utc;
    record->copies = want->copies;
    record->return_image = want->return_image;
    record->guest = want->guest;
    record->phone = want->phone;
    record->email = want->email;
    record->message = want->message;
    record->texts = want->texts;
    if (*want->card_serial && record->kind) /* no encoder will tell it */
        record->serials = (struct strings){&want->card_serial, 1};
}

/* ---- Intent ------------------------------------------------------------------------------------------------------ */

static int32_t run_intent(struct worker_job *job, struct store *store, struct kc_error *error)
{
    struct kc_op *op = op_of_job(job);
    struct ledger ledger = op_ledger(op, store);
    return ledger_intent_job(&ledger, &op->record, &op->base, &op->lookup, op->numbered, error);
}

static void intent_recorded(struct worker_job *job)
{
    struct kc_op *op = op_of_job(job);
    struct kc_error error;
    error_init(&error);
    if (job->status != KC_OK) {
        op_say_why(job, &error);
        queue_release(op); /* nothing was recorded, so nothing is sent */
        op_refuse(op, &error);
        return;
    }
    op->intent_recorded = true;
    op->phase = OP_STARTING;
    if (atomic_load(&op->cancel_wanted) || op->context->closing) {
        error_set(&error, KC_ERROR_CANCELLED, "", "Cancelled before anything was sent.");
        op_finish(op, &error);
    } else if (op->system->ready) {
        op_start(op);
    } else {
        op_enter(op, KC_STATE_CONNECTING);
        link_connect(op->system);
    }
}

void op_record_intent(struct kc_op *op)
{
    op->phase = OP_STARTING;
    fill_record(op);
    if (op_keeps_nothing(op) || !verb_acts(op->verb)) {
        op_start(op);
        return;
    }
    op->phase = OP_INTENT;
    if (op_record(op, run_intent, intent_recorded))
        op_deliver(op);
}

/* What the driver of a lock that nobody reaches is told besides. */
static void number_request(struct kc_op *op)
{
    if (op->plan)
        op->request = op->plan->request; /* which other operations follow, too */
    op->driver.request = &op->request;
    op->request.operation = op->id;
    if (kind_is_numbered(op->record.kind))
        op->request.sequence = op->record.created_ms / 1000;
}

void op_start(struct kc_op *op)
{
    const size_t size = op->system->link.driver->op_size;
    op->driver.data = size <= sizeof(op->driver_room) ? op->driver_room : arena_alloc(&op->arena, size);
    if (!op->driver.data) {
        struct kc_error error = {0};
        error_no_memory(&error);
        op_finish(op, &error);
        return;
    }
    if (op->system->profile.numbered)
        number_request(op);
    op->encoder_state_before = op->encoder->state;
    encoder_set_state(op->encoder, KC_ENCODER_BUSY, false, op);
    op->phase = OP_STARTED;
    op->system->link.driver->op_start(&op->driver);
}

/* ---- Outcome ----------------------------------------------------------------------------------------------------- */

/* What the lock system said about the card; where it said nothing, whether the request had left. */
static int32_t outcome_of(const struct kc_op *op, const struct kc_error *error, bool told)
{
    if (!verb_acts(op->verb))
        return KC_OUTCOME_NOT_WRITTEN;
    if (!error)
        return KC_OUTCOME_WRITTEN;
    if (told && error->card_state != KC_OUTCOME_PENDING)
        return error->card_state;
    return op->committed ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_NOT_WRITTEN;
}

static int32_t encoder_state_after(const struct kc_op *op)
{
    if (op->status == KC_ERROR_ENCODER_OFFLINE || op->status == KC_ERROR_UNREACHABLE)
        return KC_ENCODER_OFFLINE;
    if (op->reached)
        return KC_ENCODER_ONLINE;
    return op->encoder_state_before ? op->encoder_state_before : op->encoder->state;
}

static void fill_outcome(struct kc_op *op)
{
    struct record *record = &op->record;
    int64_t now = loop_wall_ms(op->context->loop);
    bool confirmable = op->verb == KC_VERB_CHECK_OUT || op->verb == KC_VERB_CANCEL_KEY ||
                       op->verb == KC_VERB_MODIFY_STAY || op->verb == KC_VERB_BLOCK_STAY ||
                       op->verb == KC_VERB_UNBLOCK_STAY;
    bool made = op->verb == KC_VERB_SEND_MOBILE && op->outcome == KC_OUTCOME_WRITTEN;
    record->outcome = op->outcome;
    record->status = op->status;
    record->finished_ms = now;
    if (record->kind)
        record->key_state = op->outcome == KC_OUTCOME_WRITTEN       ? KC_KEY_ACTIVE
                            : op->outcome == KC_OUTCOME_NOT_WRITTEN ? KC_KEY_NOT_MADE
                                                                    : KC_KEY_UNRESOLVED;
    record->unconfirmed = confirmable && op->outcome != KC_OUTCOME_WRITTEN && op->status != KC_ERROR_CANCELLED;
    if (made && (op->on_its_way || op->status != KC_OK))
        record->unconfirmed = true;
    if (op->serials.count)
        record->serials = op->serials;
    if (op->error) {
        record->error_message = op->error->message;
        record->vendor_code = op->error->vendor_code;
        record->vendor_text = op->error->vendor_text;
    }
    if (!op->intent_recorded)
        record->idempotency_key = ""; /* nothing was sent: the key may be used again */
}

static void record_outcome(struct kc_op *op)
{
    op->ledger = (struct ledger_outcome){.record = &op->record,
                                         .seen = &op->lookup,
                                         .intent_recorded = op->intent_recorded,
                                         .reached_encoder = op->reached,
                                         .encoder_state = op->reached ? op->encoder->state : 0,
                                         .contact_ms = op->record.finished_ms,
                                         .place = &op->encoder->ledger_place,
                                         .on_its_way = op->on_its_way};
}

static int32_t run_outcome(struct worker_job *job, struct store *store, struct kc_error *error)
{
    struct kc_op *op = op_of_job(job);
    struct ledger ledger = op_ledger(op, store);
    return ledger_outcome_job(&ledger, &op->ledger, error);
}

/* ---- Outcomes that the ledger could not take --------------------------------------------------------------------- */

enum { RECORD_AGAIN_FIRST_MS = 1000, RECORD_AGAIN_MOST_MS = 60000 };

static void outcome_recorded_late(struct worker_job *job);

static void record_again_now(struct kc_op *op)
{
    loop_timer_cancel(op->context->loop, &op->deadline_timer);
    op->recording = true;
    if (op_record(op, run_outcome, outcome_recorded_late))
        op_deliver(op);
}

static void record_again(struct loop_timer *timer)
{
    record_again_now((struct kc_op *)(void *)((char *)timer - offsetof(struct kc_op, deadline_timer)));
}

static void plan_record_again(struct kc_op *op, int64_t delay_ms)
{
    op->record_again_ms = delay_ms > RECORD_AGAIN_MOST_MS ? RECORD_AGAIN_MOST_MS : delay_ms;
    op->recording = false;
    op->deadline_timer.expired = record_again;
    loop_timer_must(op->context->loop, &op->deadline_timer, op->record_again_ms);
}

static void outcome_recorded_late(struct worker_job *job)
{
    struct kc_op *op = op_of_job(job);
    if (job->status != KC_OK && !op->context->closing) {
        plan_record_again(op, op->record_again_ms * 2);
        return;
    }
    if (job->status == KC_OK)
        context_log(op->context, KC_LOG_INFO, "ledger", "The outcome of operation %s is recorded now.", op->id);
    for (struct kc_op **place = &op->context->unrecorded; *place; place = &(*place)->next_unrecorded)
        if (*place == op) {
            *place = op->next_unrecorded;
            break;
        }
    op->unrecorded = false;
    op_drop(op);
}

void op_record_all_again(struct kc_context *context)
{
    for (struct kc_op *op = context->unrecorded, *next; op; op = next) {
        next = op->next_unrecorded; /* it may be recorded at once, and go */
        if (!op->recording)
            record_again_now(op);
    }
}

static void keep_trying(struct kc_op *op, const struct kc_error *error)
{
    context_log(op->context, KC_LOG_ERROR, "ledger", "The outcome of operation %s could not be recorded: %s", op->id,
                kc_error_get_message(error));
    op_warn(op, "ledger", "", "",
            "The outcome could not be recorded yet and will be tried again; if this program ends before, the ledger "
            "shows it as unresolved: %s",
            error ? kc_error_get_message(error) : kc_status_text(KC_ERROR_LEDGER));
    op->unrecorded = true;
    op_hold(op);
    op->next_unrecorded = op->context->unrecorded;
    op->context->unrecorded = op;
    plan_record_again(op, RECORD_AGAIN_FIRST_MS);
}

static void show_key(struct kc_op *op);

static void outcome_recorded(struct worker_job *job)
{
    struct kc_op *op = op_of_job(job);
    if (job->status != KC_OK && !op->context->closing)
        keep_trying(op, job->error);
    show_key(op);
    op_start_follow_up(op);
    op_complete(op);
}

static void finish(struct kc_op *op, const struct kc_error *error, bool told)
{
    struct kc_error copy; /* the error may be part of what ends here */
    if (error)
        copy = *error;
    struct loop *loop = op->context->loop;
    bool in_flight = op->phase == OP_STARTING || op->phase == OP_STARTED;
    if (loop_timer_is_set(&op->step_timer))
        loop_timer_cancel(loop, &op->step_timer);
    if (loop_timer_is_set(&op->deadline_timer))
        loop_timer_cancel(loop, &op->deadline_timer);
    exchange_drop(op);
    if (op->phase == OP_STARTED && op->system->link.driver->op_end)
        op->system->link.driver->op_end(&op->driver);
    if (op->phase == OP_QUEUED)
        fill_record(op); /* it never came to its turn */
    op->outcome = outcome_of(op, error ? &copy : NULL, told);
    if (told && error)
        privacy_mask(op, &copy);
    if (error)
        op_set_error(op, &copy, op->outcome);
    encoder_set_state(op->encoder, encoder_state_after(op), op->reached, op);
    fill_outcome(op);
    op->phase = OP_OUTCOME;
    bool asks = op->verb == KC_VERB_READ_CARD || op->verb == KC_VERB_CHECK_MOBILE;
    bool keep = !op_keeps_nothing(op) && (verb_acts(op->verb) || asks);
    if (keep)
        record_outcome(op);
    /* before the next one starts, whose intent is to see it */
    bool recorded = keep && op_record(op, run_outcome, outcome_recorded);
    if (in_flight)
        queue_release(op);
    if (recorded)
        op_deliver(op);
    if (keep)
        return;
    show_key(op);
    op_start_follow_up(op);
    op_complete(op);
}

void op_finish(struct kc_op *op, const struct kc_error *error)
{
    finish(op, error, false);
}

void op_finish_as_told(struct kc_op *op, const struct kc_error *error)
{
    finish(op, error, true);
}

/* A question after a mobile key has the key that was asked after. */
static struct record *asked_after(const struct kc_op *op, int32_t verb)
{
    return verb == KC_VERB_CHECK_MOBILE ? op->lookup.target_record : NULL;
}

static void take_key(struct kc_op *op, struct kc_key *key)
{
    op->only_key = key;
    op->keys = &op->only_key;
    op->key_count = 1;
}

/* The key of the operation, as the host sees it. */
static void show_key(struct kc_op *op)
{
    bool has_card = op->verb == KC_VERB_READ_CARD && op->card && op->status == KC_OK;
    struct record *other = asked_after(op, op->verb);
    if (other)
        ledger_apply_delivery(other, &op->record, op->on_its_way);
    if (!op->record.kind && !has_card && !other)
        return;
    struct kc_key *key = has_card             ? key_of_card(op)
                         : other || op->error ? key_new(op->site, other ? other : &op->record)
                                              : key_of_op(op);
    if (!key)
        return;
    take_key(op, key);
    if (op->image) {
        key->image = op->image;
        key->image_size = op->image_size;
        op->image = NULL;
        const char *copy = key->home ? op->installation : arena_text(&key->arena, op->installation);
        key->installation = copy ? copy : "";
    }
}

/* An original with a contact: once the card is written, the lock system also gets a mobile key to send. */
void op_start_follow_up(struct kc_op *op)
{
    bool original = op->verb == KC_VERB_ISSUE_ORIGINAL || op->verb == KC_VERB_REISSUE;
    bool contact = *op->want.phone || *op->want.email;
    if (!original || !contact || op->outcome != KC_OUTCOME_WRITTEN || op->context->closing)
        return;
    struct kc_op *mobile = op_new(op->site, KC_VERB_SEND_MOBILE, &op->want);
    char key[4 * 100 + 8] = ""; /* a key has at most 100 characters */
    if (*op->want.idempotency_key)
        snprintf(key, sizeof(key), "%s/mobile", op->want.idempotency_key);
    const char *copy = mobile ? arena_text(&mobile->arena, key) : NULL;
    const char *system = mobile ? arena_text(&mobile->arena, op->record.system) : NULL;
    if (!copy || !system) {
        op_warn(op, "phone", "", "", "The mobile key could not be started: memory is used up.");
        if (mobile)
            op_complete_quietly(mobile);
        return;
    }
    mobile->fingerprint = fingerprint_of_follow_up(
        op->fingerprint); /* also when it is repeated with what the ledger filled in */
    mobile->want.idempotency_key = copy;
    mobile->want.system = system;
    mobile->want.encoder = mobile->want.card_serial = "";
    mobile->want.copies = 1;
    mobile->want.texts = (struct strings){0};
    mobile->want.from_note = mobile->want.until_note = MOMENT_EXACT;
    op_hold(mobile);
    op->follow_up = mobile;
    op_begin(mobile);
}

/* ---- From the ledger --------------------------------------------------------------------------------------------- */

bool op_become(struct kc_op *op, const struct record *record)
{
    struct want want;
    struct kc_error error = {0};
    const struct record *other = asked_after(op, record->verb);
    const bool has_key = record->kind || other;
    struct kc_key *key = has_key ? key_new(op->site, other ? other : record) : NULL;
    if ((has_key && !key) || want_from_record(&op->arena, op->site, record, &want) != 0) {
        kc_key_unref(key);
        return false;
    }
    op->want = want;
    op->uuid = record->id;
    uuid_format(&record->id, op->id);
    moment_format(op->site->zone, record->created_ms / 1000, op->created);
    if (!uuid_is_nil(&record->retry_of))
        uuid_format(&record->retry_of, op->retry_of);
    if (!uuid_is_nil(&record->target))
        uuid_format(&record->target, op->target_id);
    op->verb = record->verb;
    op->outcome = record->outcome;
    op->record = *record;
    if (record->status != KC_OK) {
        error_set(&error, record->status, "", "%s", record->error_message);
        error_set_vendor(&error, record->vendor_code, record->vendor_text);
    } else if (record->outcome == KC_OUTCOME_PENDING) {
        error_set(&error, KC_ERROR_IN_PROGRESS, "operation", "The operation is still running.");
    }
    if (error.code)
        op_set_error(op, &error, record->outcome);
    if (key)
        take_key(op, key);
    return true;
}
