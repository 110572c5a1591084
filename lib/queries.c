/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations about the ledger and the encoders: lists, finding, settling, forgetting, discovery. */
#include <stdlib.h>
#include <string.h>

#include "op.h"

enum { LIST_MOST_BY_DEFAULT = 1000 };

/* True if the job of the ledger failed, and the operation ended by that. */
static bool job_failed(struct kc_op *op)
{
    struct kc_error error = {0};
    if (op->job.status == KC_OK)
        return false;
    op_say_why(&op->job, &error);
    op_refuse(op, &error);
    return true;
}

static void end_well(struct kc_op *op)
{
    op->outcome = KC_OUTCOME_NOT_WRITTEN; /* of a question: nothing was to be written */
    op_complete(op);
}

static void end_without_memory(struct kc_op *op)
{
    struct kc_error error = {0};
    error_no_memory(&error);
    op_refuse(op, &error);
}

/* Starts a question; `fault` (or NULL) ends it at once. */
static int32_t ask(struct kc_op *op, const struct kc_error *fault,
                   int32_t (*run)(struct worker_job *, struct store *, struct kc_error *),
                   void (*done)(struct worker_job *), bool writes)
{
    struct kc_error error = {0};
    int32_t status = fault ? fault->code : context_need_ledger(op->context, &error);
    if (fault)
        error = *fault;
    if (status != KC_OK) {
        op_refuse(op, &error);
        return KC_OK;
    }
    op->phase = OP_LOOKUP;
    op_submit(op, run, done, writes);
    return KC_OK;
}

/* ---- Lists --------------------------------------------------------------------------------------------------------
 */

static int32_t find(struct kc_op *op, struct store *store, size_t limit, struct kc_error *error)
{
    struct ledger ledger = op_ledger(op, store);
    struct record_query query = op->inquiry.query;
    query.limit = limit;
    op->inquiry.unreadable = op->found_count = 0;
    return ledger_find_job(&ledger, &query, op->inquiry.unresolved_only, &op->arena, &op->found, &op->found_count,
                           error);
}

/* One more than wanted tells whether there are more. Of those that cannot be read only the ones before the end of the
 * list count, and there it ends where nobody asked for more. */
static int32_t find_some(struct kc_op *op, struct store *store, struct kc_error *error)
{
    const size_t most = op->inquiry.query.limit;
    int32_t status = find(op, store, most + 1, error);
    op->inquiry.more = status == KC_OK && op->found_count > most;
    if (op->inquiry.more && op->inquiry.unreadable > 0)
        status = find(op, store, most, error);
    else if (op->inquiry.more)
        op->found_count = most;
    return status;
}

static int32_t run_find(struct worker_job *job, struct store *store, struct kc_error *error)
{
    struct kc_op *op = op_of_job(job);
    const bool lists = op->inquiry.query.find != RECORD_BY_ID;
    const int32_t status = lists ? find_some(op, store, error) : find(op, store, 1, error);
    if (status != KC_OK || op->inquiry.unreadable == 0)
        return status;
    const struct kc_error reason = *error;
    return error_set(error, KC_ERROR_LEDGER_DAMAGED, "ledger", "The list is of what can be read, %zu left out: %s",
                     op->inquiry.unreadable, reason.message);
}

/* There may be a list, even so. */
static bool found_nothing(struct kc_op *op)
{
    return op->job.status != KC_OK && (op->job.status != KC_ERROR_LEDGER_DAMAGED || op->found_count == 0);
}

static void keys_found(struct worker_job *job)
{
    struct kc_op *op = op_of_job(job);
    if (found_nothing(op) && job_failed(op))
        return;
    op->keys = op->found_count ? calloc(op->found_count, sizeof(struct kc_key *)) : NULL;
    for (size_t i = 0; op->keys && i < op->found_count; i++)
        if ((op->keys[op->key_count] = key_new(op->site, &op->found[i])))
            op->key_count++;
    if (op->key_count < op->found_count)
        end_without_memory(op);
    else if (!job_failed(op))
        end_well(op);
}

struct kc_op *op_of_record(struct kc_site *site, const struct record *record)
{
    struct kc_op *op = op_new(site, record->verb, NULL);
    struct record copy;
    if (!op)
        return NULL;
    const bool whole = record_copy(&op->arena, record, &copy) == 0 && op_become(op, &copy);
    if (whole)
        op_hold(op);
    op_complete_quietly(op);
    return whole ? op : NULL;
}

static void ops_found(struct worker_job *job)
{
    struct kc_op *op = op_of_job(job);
    if (found_nothing(op) && job_failed(op))
        return;
    op->ops = op->found_count ? calloc(op->found_count, sizeof(struct kc_op *)) : NULL;
    for (size_t i = 0; op->ops && i < op->found_count; i++)
        if ((op->ops[op->op_count] = op_of_record(op->site, &op->found[i])))
            op->op_count++;
    if (op->op_count < op->found_count)
        end_without_memory(op);
    else if (!job_failed(op))
        end_well(op);
}

static int32_t list(struct kc_site *site, int32_t verb, int32_t filter, const char *value, int32_t limit,
                    struct kc_op **out)
{
    static const enum record_find finds[] = {[KC_FILTER_ALL] = RECORD_ALL,
                                             [KC_FILTER_BOOKING] = RECORD_BY_BOOKING,
                                             [KC_FILTER_ROOM] = RECORD_BY_ROOM,
                                             [KC_FILTER_UNRESOLVED] = RECORD_OPEN,
                                             [KC_FILTER_NOT_CONFIRMED] = RECORD_UNCONFIRMED};
    if (!site || !out)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_op *op = op_new(site, verb, NULL);
    if (!op)
        return KC_ERROR_NO_MEMORY;
    op_hand_out(op, out);
    struct kc_error error = {0};
    bool needs_value = filter == KC_FILTER_BOOKING || filter == KC_FILTER_ROOM;
    if (filter < KC_FILTER_ALL || filter > KC_FILTER_NOT_CONFIRMED)
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "filter", "There is no filter %d.", filter);
    else if (needs_value && (!value || !*value || text_check(value, 100, false, NULL) != TEXT_GOOD))
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "value", "The booking or room to list is missing or not valid.");
    else if (limit < 0)
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "limit", "The limit cannot be %d.", limit);
    op->inquiry.query = (struct record_query){.site = site->name,
                                              .value = needs_value && value ? arena_text(&op->arena, value) : NULL,
                                              .keys_only = verb == KC_VERB_LIST_KEYS,
                                              .limit = limit > 0 ? (size_t)limit : LIST_MOST_BY_DEFAULT,
                                              .unreadable = &op->inquiry.unreadable};
    if (!error.code)
        op->inquiry.query.find = finds[filter];
    if (!error.code && needs_value && !op->inquiry.query.value)
        error_no_memory(&error);
    op->inquiry.unresolved_only = filter == KC_FILTER_UNRESOLVED;
    return ask(op, error.code ? &error : NULL, run_find, verb == KC_VERB_LIST_KEYS ? keys_found : ops_found, false);
}

int32_t kc_list_keys(kc_site *site, int32_t filter, const char *value, int32_t limit, kc_op **op)
{
    return list(site, KC_VERB_LIST_KEYS, filter, value, limit, op);
}

int32_t kc_list_ops(kc_site *site, int32_t filter, const char *value, int32_t limit, kc_op **op)
{
    return list(site, KC_VERB_LIST_OPS, filter, value, limit, op);
}

int32_t kc_op_has_more(const kc_op *op)
{
    return op && !op->asked && op->state == KC_STATE_DONE && op->inquiry.more;
}

/* ---- Finding ------------------------------------------------------------------------------------------------------
 */

static void op_found(struct worker_job *job)
{
    struct kc_op *op = op_of_job(job);
    if (job_failed(op))
        return;
    if (op->found_count && strcmp(op->found[0].site, op->site->name) == 0) {
        if (op_become(op, &op->found[0]))
            op_complete(op);
        else
            end_without_memory(op);
        return;
    }
    struct kc_error error = {0};
    struct error_quoted site;
    char id[UUID_TEXT_SIZE];
    uuid_format(&op->inquiry.query.id, id);
    error_set(&error, KC_ERROR_NOT_FOUND, "operation", "The ledger has no operation %s of the site \"%s\".", id,
              error_quote(&site, op->site->name));
    op_refuse(op, &error);
}

int32_t kc_find_op(kc_site *site, const char *id, kc_op **out)
{
    if (!site || !out)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_op *op = op_new(site, KC_VERB_FIND_OP, NULL);
    if (!op)
        return KC_ERROR_NO_MEMORY;
    op_hand_out(op, out);
    struct kc_error error = {0};
    struct error_quoted quoted;
    op->inquiry.query = (struct record_query){.find = RECORD_BY_ID, .limit = 1};
    if (!id || uuid_parse(id, &op->inquiry.query.id) != 0)
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "operation", "\"%s\" is no identifier of an operation.",
                  error_quote(&quoted, id ? id : ""));
    return ask(op, error.code ? &error : NULL, run_find, op_found, false);
}

/* ---- Forgetting ---------------------------------------------------------------------------------------------------
 */

static int32_t run_forget(struct worker_job *job, struct store *store, struct kc_error *error)
{
    struct kc_op *op = op_of_job(job);
    struct ledger ledger = op_ledger(op, store);
    return ledger_forget_job(&ledger, op->site->name, op->want.booking, error);
}

static void forgotten(struct worker_job *job)
{
    struct kc_op *op = op_of_job(job);
    if (!job_failed(op))
        end_well(op);
}

/* Not in the ledger yet, but about to be. */
static bool booking_is_busy(const struct kc_site *site, const char *booking)
{
    for (const struct kc_op *op = site->context->live; op; op = op->next_live)
        if (op->site == site && strcmp(op->want.booking, booking) == 0)
            return true;
    return false;
}

int32_t kc_forget_guest(kc_site *site, const char *booking, kc_op **out)
{
    if (!site || !out)
        return KC_ERROR_INVALID_ARGUMENT;
    struct want want;
    struct kc_error error = {0};
    want_init(&want);
    if (!booking || !*booking || text_check(booking, 100, false, NULL) != TEXT_GOOD)
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "booking", "The booking to forget is missing or not valid.");
    else if (booking_is_busy(site, booking))
        error_set(&error, KC_ERROR_UNRESOLVED, "booking", "An operation of this booking runs; forget it after that.");
    else
        want.booking = booking;
    struct kc_op *op = op_new(site, KC_VERB_FORGET_GUEST, &want);
    if (!op)
        return KC_ERROR_NO_MEMORY;
    op_hand_out(op, out);
    return ask(op, error.code ? &error : NULL, run_forget, forgotten, true);
}

/* ---- Verifying ----------------------------------------------------------------------------------------------------
 */

static int32_t run_check(struct worker_job *job, struct store *store, struct kc_error *error)
{
    struct kc_op *op = op_of_job(job);
    if (store->table->check)
        return store->table->check(store, &op->inquiry.check, error);
    return error_set(error, KC_ERROR_NOT_OFFERED, "ledger", "This ledger keeps no journal: %s:.", store->table->scheme);
}

void op_show_check(struct kc_op *op)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < STORE_DIGEST_SIZE; i++) {
        op->digest[2 * i] = digits[op->inquiry.check.chain[i] >> 4];
        op->digest[2 * i + 1] = digits[op->inquiry.check.chain[i] & 15];
    }
}

static void checked(struct worker_job *job)
{
    struct kc_op *op = op_of_job(job);
    const struct store_check *check = &op->inquiry.check;
    struct kc_error error = {0};
    char id[UUID_TEXT_SIZE] = "not known";
    if (job_failed(op))
        return;
    if (!check->done && (atomic_load(&op->cancel_wanted) || op->context->closing)) {
        error_set(&error, KC_ERROR_CANCELLED, "", "Cancelled.");
        op_refuse(op, &error);
        return;
    }
    if (!check->done) { /* others get their turn between */
        op_submit(op, run_check, checked, false);
        return;
    }
    op_show_check(op);
    if (!uuid_is_nil(&check->id))
        uuid_format(&check->id, id);
    if (!check->fault) {
        end_well(op);
        return;
    }
    if (check->entry)
        error_set(&error, KC_ERROR_LEDGER_DAMAGED, "ledger",
                  "Entry %lld of the journal (operation: %s) does not fit: %s.", (long long)check->entry, id,
                  check->fault);
    else
        error_set(&error, KC_ERROR_LEDGER_DAMAGED, "ledger", "Operation %s does not fit: %s.", id, check->fault);
    op_refuse(op, &error);
}

int32_t kc_verify_ledger(kc_site *site, kc_op **out)
{
    if (!site || !out)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_op *op = op_new(site, KC_VERB_VERIFY_LEDGER, NULL);
    if (!op)
        return KC_ERROR_NO_MEMORY;
    op_hand_out(op, out);
    return ask(op, NULL, run_check, checked, false);
}

int64_t kc_op_get_entry_count(const kc_op *op)
{
    if (!op || op->asked)
        return 0;
    return op->state == KC_STATE_DONE ? op->inquiry.check.entries : op->progress;
}

const char *kc_op_get_ledger_digest(const kc_op *op)
{
    return op && op->state == KC_STATE_DONE ? op->digest : "";
}

/* ---- Settling -----------------------------------------------------------------------------------------------------
 */

static int32_t run_settle(struct worker_job *job, struct store *store, struct kc_error *error)
{
    struct kc_op *op = op_of_job(job);
    struct ledger ledger = op_ledger(op, store);
    return ledger_settle_job(&ledger, &op->record, op->resolve_outcome, &op->arena, &op->found, error);
}

static void settled(struct worker_job *job)
{
    struct kc_op *op = op_of_job(job);
    if (job_failed(op))
        return;
    struct kc_op *target = op->target;
    target->outcome = op->found->outcome;
    target->status = op->found->status;
    target->record.outcome = op->found->outcome;
    target->record.key_state = op->found->key_state;
    if (target->error)
        target->error->card_state = op->found->outcome;
    op->record.kind = op->found->kind;
    if (op->found->kind && (op->keys = malloc(sizeof(struct kc_key *)))) {
        op->keys[0] = key_new(op->site, op->found);
        op->key_count = op->keys[0] != NULL;
    }
    op->outcome = op->found->outcome;
    op_complete(op);
}

static void settle(struct kc_op *op, int32_t outcome)
{
    op->record.id = op->uuid;
    op->record.instance = op->context->instance;
    op->record.verb = KC_VERB_RESOLVE;
    op->record.outcome = outcome;
    op->record.site = op->site->name;
    op->record.station = op->want.station;
    op->record.booking = op->want.booking;
    op->record.operator_name = op->want.operator_name;
    op->record.target = op->target->uuid;
    op->record.created_ms = op->record.finished_ms = context_record_time(op->context, false);
    op->resolve_outcome = outcome;
    ask(op, NULL, run_settle, settled, true);
}

/* Reads the card as an operation of its own, whose prompts appear as those of `op`. */
static void read_card_for(struct kc_op *op)
{
    struct kc_op *child = op_new(op->site, KC_VERB_READ_CARD, &op->target->want);
    const char *encoder = child ? arena_text(&child->arena, kc_op_get_encoder_name(op->target)) : NULL;
    const char *system = child ? arena_text(&child->arena, op->target->record.system) : NULL;
    if (!encoder || !system) {
        end_without_memory(op);
        return;
    }
    child->want.encoder = encoder;
    child->want.system = system;
    child->want.copies = 1;
    child->want.texts = child->want.areas = child->want.denied = child->want.rooms = (struct strings){0};
    child->want.phone = child->want.email = child->want.message = child->want.idempotency_key = "";
    child->want.return_image = false;
    child->want.image = NULL;
    child->want.image_size = 0;
    child->parent = op;
    op_hold(op);
    op->phase = OP_CHILD;
    op->children = 1;
    op_begin(child);
}

static void card_was_read(struct kc_op *op, struct kc_op *child)
{
    struct kc_error error = {0};
    if (child->status != KC_OK) {
        if (child->error)
            error = *child->error;
        else
            error_set(&error, child->status, "", "%s", kc_status_text(child->status));
        op_refuse(op, &error);
    } else if (child->key_count && card_matches(&op->target->record, child->keys[0])) {
        settle(op, KC_OUTCOME_WRITTEN);
    } else {
        const struct record *card = child->key_count ? child->keys[0]->record : NULL;
        struct error_quoted room;
        error_set(
            &error, KC_ERROR_UNRESOLVED, "card",
            "The card on the encoder (%s, room %s) is not the one that was to be made. Try another card, or the door.",
            kc_kind_name(card ? card->kind : KC_KIND_UNKNOWN),
            error_quote(&room, card && card->rooms.count ? card->rooms.items[0] : "none"));
        op_refuse(op, &error);
    }
}

int32_t kc_op_resolve(kc_op *target, int32_t how, const char *operator_name, kc_op **out)
{
    if (!target || !out)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_error error = {0};
    struct want want;
    want_init(&want);
    want.booking = target->want.booking;
    want.station = target->want.station;
    if (operator_name && text_check(operator_name, 100, false, NULL) != TEXT_GOOD)
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "operator", "The operator's name is not valid.");
    else if (operator_name)
        want.operator_name = operator_name;
    struct kc_op *op = op_new(target->site, KC_VERB_RESOLVE, &want);
    if (!op)
        return KC_ERROR_NO_MEMORY;
    op->target = target;
    memcpy(op->target_id, target->id, sizeof(op->target_id));
    op_hold(target);
    op_hand_out(op, out);
    if (!error.code && (target->state != KC_STATE_DONE || target->unrecorded))
        error_set(&error, KC_ERROR_STATE, "operation", "The operation has not ended, or is not recorded yet.");
    else if (!error.code && target->outcome != KC_OUTCOME_UNKNOWN)
        error_set(&error, KC_ERROR_STATE, "operation", "The outcome of the operation is not unknown but %s.",
                  kc_outcome_name(target->outcome));
    else if (!error.code && (how < KC_RESOLVE_READ_CARD || how > KC_RESOLVE_DOES_NOT_OPEN))
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "how", "There is no way %d to settle an operation.", how);
    else if (!error.code && how == KC_RESOLVE_READ_CARD && target->verb == KC_VERB_WRITE_IMAGE)
        error_set(&error, KC_ERROR_NOT_OFFERED, "how",
                  "Reading does not show whether these bytes are on the card: write them again, or try the door.");
    else if (!error.code && how == KC_RESOLVE_READ_CARD && !*kc_op_get_encoder_name(target))
        error_set(&error, KC_ERROR_NOT_OFFERED, "how", "This operation made no card that could be read.");
    if (error.code)
        op_refuse(op, &error);
    else if (how == KC_RESOLVE_READ_CARD)
        read_card_for(op);
    else
        settle(op, how == KC_RESOLVE_OPENS ? KC_OUTCOME_WRITTEN : KC_OUTCOME_NOT_WRITTEN);
    return KC_OK;
}

/* ---- Discovery ----------------------------------------------------------------------------------------------------
 */

static int32_t run_list_encoders(struct worker_job *job, struct store *store, struct kc_error *error)
{
    struct kc_op *op = op_of_job(job);
    return store->table->list_encoders(store, op->site->name, &op->arena, &op->found_encoders, &op->found_count, error);
}

/* Encoders that were used in earlier runs, with their last contact. */
static void recall_encoders(struct kc_op *op)
{
    for (size_t i = 0; i < op->found_count; i++) {
        const struct encoder_record *seen = &op->found_encoders[i];
        struct kc_system *system = site_find_system(op->site, seen->system);
        struct kc_encoder *encoder = system ? encoder_find(system, seen->encoder, true) : NULL;
        if (!encoder || encoder->state != KC_ENCODER_UNKNOWN)
            continue;
        encoder->contact_ms = seen->contact_ms;
        encoder->state = seen->state;
    }
}

/* What is plugged into this computer. */
static void show_devices(struct kc_op *op)
{
    size_t count = 0;
    if (op->context->closing || devices_list(op->context, NULL) != KC_OK)
        return;
    for (struct kc_device *device = devices_first(op->context); device; device = device->next)
        count++;
    op->devices = count ? calloc(count, sizeof(struct kc_device *)) : NULL;
    for (struct kc_device *device = devices_first(op->context); device && op->devices; device = device->next) {
        device_hold(device);
        op->devices[op->device_count++] = device;
    }
}

static void discovery_ended(struct kc_op *op)
{
    size_t count = 0;
    for (struct kc_system *system = op->site->systems; system; system = system->next)
        for (struct kc_encoder *encoder = system->encoders; encoder && !system->removed; encoder = encoder->next)
            count++;
    op->encoders = count ? calloc(count, sizeof(struct kc_encoder *)) : NULL;
    for (struct kc_system *system = op->site->systems; system && op->encoders; system = system->next)
        for (struct kc_encoder *encoder = system->encoders; encoder && !system->removed; encoder = encoder->next) {
            system_hold(system);
            op->encoders[op->encoder_count++] = encoder;
        }
    show_devices(op);
    if (op->answered) {
        end_well(op);
        return;
    }
    struct kc_error error = {0};
    if (atomic_load(&op->cancel_wanted))
        error_set(&error, KC_ERROR_CANCELLED, "", "Cancelled.");
    else if (op->warning_count)
        error_set(&error, op->no_answer, "system", "No lock system answered as it should. %s", op->warnings[0].text);
    else
        error_set(&error, KC_ERROR_NOT_FOUND, "system", "The site has no lock system yet; add one.");
    op_refuse(op, &error);
}

static void ask_systems(struct worker_job *job)
{
    struct kc_op *op = op_of_job(job);
    if (job_failed(op))
        return;
    if (atomic_load(&op->cancel_wanted) || op->context->closing) {
        struct kc_error error = {0};
        error_set(&error, KC_ERROR_CANCELLED, "", "Cancelled.");
        op_refuse(op, &error);
        return;
    }
    recall_encoders(op);
    op->phase = OP_CHILD;
    op->children = 1; /* so that a quick answer does not end it before all are asked */
    for (struct kc_system *system = op->site->systems; system; system = system->next) {
        struct kc_op *child = system->removed ? NULL : op_new(op->site, KC_VERB_DISCOVER, NULL);
        if (!child)
            continue;
        child->parent = op;
        op_hold(op);
        child->system = system;
        child->encoder = &system->no_encoder;
        child->driver.link = &system->link;
        system_hold(system);
        op->children++;
        op_begin(child);
    }
    if (--op->children == 0)
        discovery_ended(op);
}

static void system_answered(struct kc_op *op, struct kc_op *child)
{
    if (child->status == KC_OK) {
        op->answered = true;
        return;
    }
    bool same = !op->no_answer || op->no_answer == child->status;
    op->no_answer = same ? child->status : KC_ERROR_UNREACHABLE;
    op_warn(op, "system", "", "", "%s: %s", child->system->name, kc_error_get_message(child->error));
}

int32_t kc_site_discover(kc_site *site, kc_op **out)
{
    if (!site || !out)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_op *op = op_new(site, KC_VERB_DISCOVER, NULL);
    if (!op)
        return KC_ERROR_NO_MEMORY;
    op_hand_out(op, out);
    return ask(op, NULL, run_list_encoders, ask_systems, false);
}

void op_child_done(struct kc_op *parent, struct kc_op *child)
{
    if (parent->verb == KC_VERB_RESOLVE) {
        parent->children = 0;
        card_was_read(parent, child);
        return;
    }
    system_answered(parent, child);
    if (--parent->children == 0)
        discovery_ended(parent);
}
