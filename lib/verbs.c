/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a request to the queue: what is asked of the ledger first, and the rules of originals, duplicates, re-issues
 * and retries. */
#include <stdio.h>
#include <string.h>

#include "op.h"

static int32_t begin_with(struct kc_request *request, int32_t verb, struct kc_op **out);

int32_t kc_issue_original(kc_request *request, kc_op **op)
{
    return begin_with(request, KC_VERB_ISSUE_ORIGINAL, op);
}

int32_t kc_issue_duplicate(kc_request *request, kc_op **op)
{
    return begin_with(request, KC_VERB_ISSUE_DUPLICATE, op);
}

int32_t kc_reissue(kc_request *request, kc_op **op)
{
    return begin_with(request, KC_VERB_REISSUE, op);
}

int32_t kc_issue_one_shot(kc_request *request, kc_op **op)
{
    return begin_with(request, KC_VERB_ISSUE_ONE_SHOT, op);
}

int32_t kc_send_mobile(kc_request *request, kc_op **op)
{
    return begin_with(request, KC_VERB_SEND_MOBILE, op);
}

int32_t kc_read_card(kc_request *request, kc_op **op)
{
    return begin_with(request, KC_VERB_READ_CARD, op);
}

int32_t kc_write_image(kc_request *request, kc_op **op)
{
    return begin_with(request, KC_VERB_WRITE_IMAGE, op);
}

int32_t kc_check_out(kc_request *request, kc_op **op)
{
    return begin_with(request, KC_VERB_CHECK_OUT, op);
}

int32_t kc_block_stay(kc_request *request, kc_op **op)
{
    return begin_with(request, KC_VERB_BLOCK_STAY, op);
}

int32_t kc_unblock_stay(kc_request *request, kc_op **op)
{
    return begin_with(request, KC_VERB_UNBLOCK_STAY, op);
}

int32_t kc_modify_stay(kc_request *request, kc_op **op)
{
    return begin_with(request, KC_VERB_MODIFY_STAY, op);
}

/* The same request, still running here: both callers follow one operation. */
static struct kc_op *find_running(struct kc_site *site, const char *key)
{
    for (struct kc_op *op = site->context->live; op && *key; op = op->next_live)
        if (op->site == site && strcmp(op->want.idempotency_key, key) == 0)
            return op;
    return NULL;
}

/* Begins a new operation, or joins the same one that is running. `running` was looked for before `op` was made. */
static int32_t begin(struct kc_op *op, struct kc_op *running, struct kc_op **out)
{
    if (running && running->fingerprint == op->fingerprint) {
        op_complete_quietly(op);
        return op_hand_out(running, out);
    }
    op_hand_out(op, out);
    if (!running) {
        op_begin(op);
        return KC_OK;
    }
    struct kc_error error = {0};
    error_set(&error, KC_ERROR_IDEMPOTENCY, "idempotency-key",
              "The idempotency key is in use by a different request, operation %s.", running->id);
    op_refuse(op, &error);
    return KC_OK;
}

static int32_t begin_with(struct kc_request *request, int32_t verb, struct kc_op **out)
{
    if (!request || !out)
        return KC_ERROR_INVALID_ARGUMENT;
    request_tidy(request);
    struct kc_op *running = find_running(request->site, request->asked->want.idempotency_key);
    struct loop *loop = request->site->context->loop;
    loop_hold_clocks(loop);
    struct kc_op *op = op_new_asked(request->site, verb, request->asked);
    int32_t status = op ? begin(op, running, out) : KC_ERROR_NO_MEMORY;
    loop_release_clocks(loop);
    return status;
}

/* About a key of the ledger. */
static int32_t begin_about(struct kc_request *request, int32_t verb, const char *key_id, struct kc_op **out)
{
    if (!request || !out)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_op *running = find_running(request->site, request->asked->want.idempotency_key);
    struct kc_op *op = op_new_asked(request->site, verb, request->asked);
    if (!op)
        return KC_ERROR_NO_MEMORY;
    struct kc_error error = {0};
    struct error_quoted quoted;
    if (key_id && uuid_parse(key_id, &op->lookup.target) == 0) {
        op->fingerprint = fingerprint_about(op->fingerprint, &op->lookup.target);
        return begin(op, running, out);
    }
    op_hand_out(op, out);
    error_set(&error, KC_ERROR_INVALID_ARGUMENT, "key", "\"%s\" is no identifier of a key.",
              error_quote(&quoted, key_id ? key_id : ""));
    op_refuse(op, &error);
    return KC_OK;
}

int32_t kc_cancel_key(kc_request *request, const char *key_id, kc_op **op)
{
    return begin_about(request, KC_VERB_CANCEL_KEY, key_id, op);
}

int32_t kc_check_mobile(kc_request *request, const char *key_id, kc_op **op)
{
    return begin_about(request, KC_VERB_CHECK_MOBILE, key_id, op);
}

int32_t kc_op_retry(kc_op *failed, kc_op **out)
{
    if (!failed || !out)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_op *op = op_new(failed->site, failed->verb, &failed->want);
    if (!op)
        return KC_ERROR_NO_MEMORY;
    op->want.idempotency_key = "";
    op->want.encoder = failed->encoder ? arena_text(&op->arena, failed->encoder->name) : op->want.encoder;
    memcpy(op->retry_of, failed->id, sizeof(op->retry_of));
    op->record.retry_of = failed->uuid;
    op->lookup.target = failed->verb == KC_VERB_CANCEL_KEY ? failed->record.target : failed->uuid;
    op_hand_out(op, out);
    struct kc_error error = {0};
    if (!op->want.encoder)
        error_no_memory(&error);
    else if (failed->state != KC_STATE_DONE || failed->outcome == KC_OUTCOME_PENDING)
        error_set(&error, KC_ERROR_STATE, "operation", "The operation has not ended.");
    else if (failed->outcome == KC_OUTCOME_UNKNOWN)
        error_set(&error, KC_ERROR_UNRESOLVED, "operation",
                  "It is not known what happened to the card; settle that first.");
    else if (failed->outcome == KC_OUTCOME_WRITTEN)
        error_set(&error, KC_ERROR_STATE, "operation", "The operation succeeded; there is nothing to try again.");
    else if (!verb_acts(failed->verb) && failed->verb != KC_VERB_READ_CARD)
        error_set(&error, KC_ERROR_STATE, "operation", "Only keys, cards and stays can be tried again.");
    if (error.code)
        op_refuse(op, &error);
    else
        op_begin(op);
    return KC_OK;
}

/* ---- What the ledger is asked ---------------------------------------------------------------------------------- */

/* What can be said without the ledger. */
static int32_t check_early(const struct kc_op *op, struct kc_error *error)
{
    const struct want *want = &op->want;
    bool inherits = *want->booking && op->verb != KC_VERB_ISSUE_ORIGINAL && op->verb != KC_VERB_ISSUE_ONE_SHOT;
    if (op->site->context->closing)
        return error_set(error, KC_ERROR_CANCELLED, "", "The context was closed.");
    if (op->verb == KC_VERB_WRITE_IMAGE && !want->image_size)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "image",
                         "There are no bytes to write; they are kept nowhere, so give them again.");
    if (op->verb == KC_VERB_WRITE_IMAGE && want->copies > 1)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "copies", "The bytes are those of one card, not of %d.",
                         (int)want->copies);
    if (op->verb != KC_VERB_WRITE_IMAGE && want->image_size)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "image",
                         "Bytes for a card are written by kc_write_image() only.");
    if (verb_is_of_stay(op->verb) && op->verb != KC_VERB_CANCEL_KEY && !want->rooms.count && !inherits)
        return error_set(error, KC_ERROR_NO_ROOM, "rooms",
                         op->verb == KC_VERB_ISSUE_ORIGINAL || op->verb == KC_VERB_ISSUE_ONE_SHOT
                             ? "No room is allocated: no room, no key."
                             : "Name the room, or the booking that has one.");
    if (op->verb == KC_VERB_REISSUE && !*want->booking)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "booking", "A re-issue needs the booking.");
    if (op->verb == KC_VERB_ISSUE_DUPLICATE && !*want->station && !*want->card_serial)
        return error_set(error, KC_ERROR_NO_LAST_ENCODER, "station",
                         "A duplicate goes to the last used encoder of its station, but no station is named.");
    if (*want->idempotency_key && op_keeps_nothing(op))
        return error_set(error, KC_ERROR_LEDGER, "idempotency-key",
                         "The ledger \"none:\" keeps nothing, so an idempotency key would promise too much.");
    return KC_OK;
}

static int32_t run_lookup(struct worker_job *job, struct store *store, struct kc_error *error)
{
    struct kc_op *op = op_of_job(job);
    struct ledger ledger = op_ledger(op, store);
    return ledger_lookup_job(&ledger, &op->lookup, &op->arena, error);
}

static size_t foresee_lookup(struct worker_job *job, struct store_question *questions)
{
    return ledger_foresee(&op_of_job(job)->lookup, questions, WORKER_QUESTIONS);
}

static void looked_up(struct worker_job *job);
static void after_lookup(struct kc_op *op);

void op_begin(struct kc_op *op)
{
    struct kc_error error;
    error_init(&error);
    int32_t status = context_need_ledger(op->context, &error);
    if (status == KC_OK)
        status = check_early(op, &error);
    if (status != KC_OK) {
        op_refuse(op, &error);
        return;
    }
    if (op_keeps_nothing(op)) {
        after_lookup(op);
        return;
    }
    op->lookup.site = op->site->name;
    op->lookup.station = op_asks_last_encoder(op) ? op->want.station : "";
    op->lookup.booking = op->want.booking;
    op->lookup.rooms = op->want.rooms;
    op->lookup.idempotency_key = op->want.idempotency_key;
    op->lookup.wants_keys = verb_is_of_stay(op->verb) && op->verb != KC_VERB_ISSUE_ONE_SHOT;
    if (op->parent) {
        after_lookup(op);
        return;
    }
    op->phase = OP_LOOKUP;
    op_look_up(op, foresee_lookup, run_lookup, looked_up);
}

static void looked_up(struct worker_job *job)
{
    struct kc_op *op = op_of_job(job);
    struct kc_error error = {0};
    if (job->status != KC_OK)
        op_say_why(job, &error);
    else if (atomic_load(&op->cancel_wanted) || op->context->closing)
        error_set(&error, KC_ERROR_CANCELLED, "", "Cancelled before anything was sent.");
    if (error.code)
        op_refuse(op, &error);
    else
        after_lookup(op);
}

/* ---- The rules -------------------------------------------------------------------------------------------------- */

/* The answer of an earlier operation with the same idempotency key. True: this one has ended. */
static bool answer_from_ledger(struct kc_op *op)
{
    struct record *same = op->lookup.same;
    if (!same)
        return false;
    struct kc_error error = {0};
    char id[UUID_TEXT_SIZE];
    uuid_format(&same->id, id);
    if (!fingerprint_fits(same, op->fingerprint))
        error_set(&error, KC_ERROR_IDEMPOTENCY, "idempotency-key",
                  "The idempotency key was used for a different request, operation %s.", id);
    else if (same->outcome == KC_OUTCOME_PENDING)
        error_set(&error, KC_ERROR_IN_PROGRESS, "idempotency-key", "The same request is running as operation %s.", id);
    if (error.code) {
        op_refuse(op, &error);
        return true;
    }
    struct want asked = op->want;
    if (!op_become(op, same)) {
        error_no_memory(&error);
        op_refuse(op, &error);
        return true;
    }
    op->replay = true;
    op->want = asked; /* with its idempotency key, so that a mobile key that was sent is not sent again */
    op_start_follow_up(op);
    op_complete(op);
    return true;
}

static int32_t check_retry(struct kc_op *op, struct kc_error *error)
{
    const struct record *failed = op->lookup.target_record;
    if (!*op->retry_of || op->verb == KC_VERB_CANCEL_KEY || !failed)
        return KC_OK;
    if (failed->outcome == KC_OUTCOME_UNKNOWN || failed->outcome == KC_OUTCOME_PENDING)
        return error_set(error, KC_ERROR_UNRESOLVED, "operation",
                         "It is not known what happened to the card; settle that first.");
    if (failed->outcome == KC_OUTCOME_WRITTEN)
        return error_set(error, KC_ERROR_STATE, "operation",
                         "The operation took effect; there is nothing to try again.");
    return KC_OK;
}

/* Takes what the request leaves open from an earlier key. */
static int32_t inherit(struct kc_op *op, const struct record *key, struct kc_error *error)
{
    struct want from, *want = &op->want;
    if (want_from_record(&op->arena, op->site, key, &from) != 0)
        return error_no_memory(error);
    if (!*want->booking)
        want->booking = from.booking;
    if (!want->rooms.count)
        want->rooms = from.rooms;
    if (!*want->system)
        want->system = from.system;
    bool makes_key = op->verb == KC_VERB_ISSUE_DUPLICATE || op->verb == KC_VERB_REISSUE ||
                     op->verb == KC_VERB_SEND_MOBILE;
    if (!makes_key)
        return KC_OK;
    if (!want->areas.count && !want->denied.count) {
        want->areas = from.areas;
        want->denied = from.denied;
    }
    bool same_stay = strcmp(want->booking, from.booking) == 0;
    if (!*want->guest && same_stay) /* one who shares the room has a name of his own */
        want->guest = from.guest;
    if (!want->from.utc && (!want->until.utc || from.from.utc < want->until.utc))
        want->from = from.from;
    if (!want->until.utc)
        want->until = from.until;
    if (!want->texts.count && same_stay && op->verb != KC_VERB_SEND_MOBILE)
        want->texts = from.texts;
    return KC_OK;
}

/* Nothing is added to a stay while it is not known what became of it. */
static int32_t check_doubt(const struct kc_op *op, const struct record *original, struct kc_error *error)
{
    const struct record *doubt = ledger_doubt(&op->lookup, original);
    char id[UUID_TEXT_SIZE];
    if (!doubt)
        return KC_OK;
    uuid_format(&doubt->id, id);
    return error_set(error, KC_ERROR_UNRESOLVED, "booking", "The outcome of the %s %s is not known%s.",
                     kc_verb_name(doubt->verb), id,
                     doubt->outcome == KC_OUTCOME_PENDING ? " yet: it is running" : "; settle that first");
}

static int32_t check_blocked(const struct kc_op *op, struct kc_error *error)
{
    if (!ledger_is_blocked(&op->lookup))
        return KC_OK;
    return error_set(error, KC_ERROR_STATE, "booking", "The stay is blocked; unblock it, then ask again.");
}

static bool same_list(const struct strings *a, const struct strings *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        size_t k = 0;
        while (k < b->count && strcmp(a->items[i], b->items[k]) != 0)
            k++;
        if (k == b->count)
            return false;
    }
    return true;
}

/* How a further key differs from the original that it is added to. */
static void compare_with(struct kc_op *op, const struct record *original)
{
    const struct want *want = &op->want;
    op->request.sharer = strcmp(want->booking, original->booking) != 0 && !ledger_knows_booking(&op->lookup);
    op->request.changed = !same_list(&want->rooms, &original->rooms) || !same_list(&want->areas, &original->areas) ||
                          !same_list(&want->denied, &original->denied) ||
                          want->from.utc / 60 != original->from_utc / 60 ||
                          want->until.utc / 60 != original->until_utc / 60;
}

/* A duplicate never voids: if the lock system could make an original of it, it is refused. */
static int32_t prepare_duplicate(struct kc_op *op, struct kc_error *error)
{
    struct error_quoted quoted;
    if (op_keeps_nothing(op))
        return error_set(error, KC_ERROR_NO_ORIGINAL, "ledger",
                         "The ledger \"none:\" knows no originals, so a duplicate could void keys.");
    struct record *original = ledger_active_original(&op->lookup, context_now_utc(op->context));
    int32_t status = check_doubt(op, original, error);
    if (status == KC_OK)
        status = check_blocked(op, error);
    if (status != KC_OK)
        return status;
    if (!original)
        return error_set(error, KC_ERROR_NO_ORIGINAL, *op->want.booking ? "booking" : "rooms",
                         "There is no active original of %s \"%s\": a duplicate could void keys. Make an original.",
                         *op->want.booking ? "booking" : "room",
                         error_quote(&quoted, *op->want.booking ? op->want.booking : op->want.rooms.items[0]));
    if (op->want.rooms.count && original->rooms.count && strcmp(op->want.rooms.items[0], original->rooms.items[0]) != 0)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "rooms",
                         "The original is for another main room than \"%s\"; re-issue it instead.",
                         error_quote(&quoted, op->want.rooms.items[0]));
    op->base = original->id;
    op->request.sequence = original->created_ms / 1000;
    const char *system = op->want.system;
    status = inherit(op, original, error);
    if (!*op->want.card_serial)
        op->want.system = system; /* the encoder decides */
    if (status == KC_OK)
        compare_with(op, original);
    return status;
}

/* A stay that has ended must not take its room back from the next guest without a word. */
static int32_t check_next_guest(const struct kc_op *op, const struct record *original, struct kc_error *error)
{
    const struct record *next = original || !op->lookup.rooms_of_stay ? NULL : ledger_next_guest(&op->lookup);
    struct error_quoted quoted;
    if (!next)
        return KC_OK;
    return error_set(
        error, KC_ERROR_STATE, "booking",
        "The booking has no active key, and its room is that of booking \"%s\" now. Name the room if it is "
        "meant all the same.",
        error_quote(&quoted, next->booking));
}

static int32_t prepare_reissue(struct kc_op *op, struct kc_error *error)
{
    struct record *original = ledger_active_original(&op->lookup, context_now_utc(op->context));
    struct record *latest = ledger_latest_original(&op->lookup);
    if (!latest)
        return error_set(error, KC_ERROR_NO_ORIGINAL, "booking",
                         "The booking has no key to re-issue; make an original.");
    const char *system = op->want.system;
    int32_t status = check_next_guest(op, original, error);
    if (status == KC_OK)
        status = inherit(op, latest, error);
    if (!*op->want.card_serial)
        op->want.system = system;
    op->request.room_before = latest->rooms.count ? latest->rooms.items[0] : "";
    return status;
}

static int32_t prepare_mobile(struct kc_op *op, struct kc_error *error)
{
    struct record *original = ledger_active_original(&op->lookup, context_now_utc(op->context));
    int32_t status = check_doubt(op, original, error);
    if (status == KC_OK)
        status = check_blocked(op, error); /* it would become an original */
    if (status != KC_OK)
        return status;
    op->request.further = original != NULL;
    if (!original)
        return KC_OK;
    op->base = original->id;
    status = inherit(op, original, error);
    if (status == KC_OK)
        compare_with(op, original);
    return status;
}

static int32_t prepare_stay(struct kc_op *op, struct kc_error *error)
{
    struct record *original = ledger_active_original(&op->lookup, context_now_utc(op->context));
    int32_t status = check_next_guest(op, original, error);
    if (status != KC_OK)
        return status;
    if (!original)
        original = ledger_latest_original(&op->lookup);
    if (!original && !*op->want.booking) /* whoever has the room, also while he is blocked */
        original = ledger_blocked_original(&op->lookup);
    if (op->verb == KC_VERB_MODIFY_STAY) {
        const char *now = original && original->rooms.count ? original->rooms.items[0]
                          : op->want.rooms.count            ? op->want.rooms.items[0]
                                                            : "";
        op->request.room_before = now;
        if (original && original->until_utc)
            moment_from_utc(op->site->zone, original->until_utc, &op->request.until_before);
    }
    return original ? inherit(op, original, error) : KC_OK;
}

static bool is_mobile(const struct record *key)
{
    return key->kind == KC_KIND_MOBILE || key->kind == KC_KIND_MOBILE_DUPLICATE;
}

/* What is done to one key of the ledger, or asked about it. */
static int32_t prepare_about_key(struct kc_op *op, struct kc_error *error)
{
    const struct record *key = op->lookup.target_record;
    if (!key || !key->kind)
        return error_set(error, KC_ERROR_NOT_FOUND, "key", "The ledger of this site has no such key.");
    if (op->verb == KC_VERB_CHECK_MOBILE && (!is_mobile(key) || key->outcome != KC_OUTCOME_WRITTEN))
        return error_set(error, KC_ERROR_STATE, "key",
                         is_mobile(key) ? "The mobile key was not made." : "The key is no mobile key but %s.",
                         kc_kind_name(key->kind));
    if (op->verb == KC_VERB_CANCEL_KEY && key->key_state != KC_KEY_ACTIVE)
        return error_set(error, KC_ERROR_STATE, "key", "The key is not active but %s.",
                         kc_key_state_name(key->key_state));
    op->record.target = key->id;
    uuid_format(&key->id, op->target_id);
    op->request.key_kind = key->kind;
    op->request.key_created = key->created_ms / 1000;
    op->want.booking = "";
    op->want.rooms = (struct strings){0};
    op->want.phone = is_mobile(key) ? key->phone : "";
    op->want.email = is_mobile(key) ? key->email : "";
    return inherit(op, key, error);
}

static int32_t prepare(struct kc_op *op, struct kc_error *error)
{
    int32_t status = check_retry(op, error);
    if (status != KC_OK)
        return status;
    switch (op->verb) {
    case KC_VERB_ISSUE_DUPLICATE:
        return prepare_duplicate(op, error);
    case KC_VERB_REISSUE:
        return prepare_reissue(op, error);
    case KC_VERB_SEND_MOBILE:
        return prepare_mobile(op, error);
    case KC_VERB_CHECK_OUT:
    case KC_VERB_MODIFY_STAY:
    case KC_VERB_BLOCK_STAY:
    case KC_VERB_UNBLOCK_STAY:
        return prepare_stay(op, error);
    case KC_VERB_CANCEL_KEY:
    case KC_VERB_CHECK_MOBILE:
        return prepare_about_key(op, error);
    default:
        return KC_OK;
    }
}

/* The driver gets the lock system's name of the room that the stay has now. */
static void map_room_before(struct kc_op *op)
{
    if (op->verb != KC_VERB_MODIFY_STAY && op->verb != KC_VERB_REISSUE)
        return;
    const char *lock_name = name_map_find(&op->system->rooms, op->request.room_before);
    lock_name = arena_text(&op->arena, lock_name ? lock_name : op->request.room_before);
    if (lock_name)
        op->request.room_before = lock_name;
}

/* Where it goes, and what the driver is told. */
static int32_t make_out(struct kc_op *op, struct kc_error *error)
{
    op->request = (struct driver_request){0};
    int32_t status = prepare(op, error);
    if (status == KC_OK)
        status = op_choose_target(op, error);
    if (status != KC_OK || op->verb == KC_VERB_DISCOVER)
        return status;
    map_room_before(op);
    status = preflight(op, error);
    if (status == KC_OK)
        plan_make(op);
    return status;
}

static void after_lookup(struct kc_op *op)
{
    struct kc_error error;
    error_init(&error);
    if (answer_from_ledger(op))
        return;
    int32_t status = plan_follow(op) ? preflight_again(op, &error) : make_out(op, &error);
    if (status == KC_OK)
        status = op_ask_second_original(op, &error);
    if (status != KC_OK)
        op_refuse(op, &error);
    else if (op->phase != OP_CONFIRM)
        op_enqueue(op);
}

void op_enqueue(struct kc_op *op)
{
    if (op->verb == KC_VERB_DISCOVER) {
        op->request.verb = op->verb;
        op->request.encoder = op->request.booking = op->request.room_before = op->request.guest = "";
        op->request.operator_name = op->request.phone = op->request.email = op->request.message = "";
        op->request.station = op->request.card_serial = "";
    }
    queue_add(op);
}
