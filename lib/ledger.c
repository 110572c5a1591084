/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules of the ledger: what is looked up before an operation, and its intent; outcomes are in ledger_outcome.c. */
#include "ledger.h"

#include <string.h>

bool verb_acts(int32_t verb)
{
    switch (verb) {
    case KC_VERB_ISSUE_ORIGINAL:
    case KC_VERB_ISSUE_DUPLICATE:
    case KC_VERB_REISSUE:
    case KC_VERB_ISSUE_ONE_SHOT:
    case KC_VERB_SEND_MOBILE:
    case KC_VERB_CHECK_OUT:
    case KC_VERB_MODIFY_STAY:
    case KC_VERB_CANCEL_KEY:
    case KC_VERB_BLOCK_STAY:
    case KC_VERB_UNBLOCK_STAY:
    case KC_VERB_WRITE_IMAGE:
        return true;
    default:
        return false;
    }
}

bool verb_is_of_stay(int32_t verb)
{
    return verb_acts(verb) && verb != KC_VERB_WRITE_IMAGE;
}

bool kind_is_original(int32_t kind)
{
    return kind == KC_KIND_ORIGINAL || kind == KC_KIND_MOBILE;
}

bool kind_is_numbered(int32_t kind)
{
    return kind == KC_KIND_ORIGINAL || kind == KC_KIND_ONE_SHOT;
}

static bool is_running(const struct ledger *ledger, const struct record *record)
{
    return record->outcome == KC_OUTCOME_PENDING &&
           (record->instance == ledger->instance ||
            ledger->store->table->instance_alive(ledger->store, record->instance));
}

/* An intent without an outcome whose context has died: nobody will ever record it. */
static void show_as_unresolved(struct record *record)
{
    record->outcome = KC_OUTCOME_UNKNOWN;
    record->status = KC_ERROR_CONNECTION_LOST;
    record->error_message = "The program ended before the outcome was known.";
    if (record->kind)
        record->key_state = KC_KEY_UNRESOLVED;
}

int32_t ledger_find_job(const struct ledger *ledger, const struct record_query *query, bool unresolved_only,
                        struct arena *arena, struct record **records, size_t *count, struct kc_error *error)
{
    int32_t status;
    if (unresolved_only) {
        struct record_query wide = *query;
        wide.limit = 0; /* those that only run are taken out below */
        status = vault_find(ledger->store, &wide, arena, records, count, error);
    } else {
        status = vault_find(ledger->store, query, arena, records, count, error);
    }
    if (status != KC_OK)
        return status;
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        struct record *record = &(*records)[i];
        if (record->outcome == KC_OUTCOME_PENDING && !is_running(ledger, record))
            show_as_unresolved(record);
        if (unresolved_only && record->outcome != KC_OUTCOME_UNKNOWN)
            continue;
        if (!query->limit || kept < query->limit)
            (*records)[kept++] = *record;
    }
    *count = kept;
    return KC_OK;
}

static int32_t find_one(const struct ledger *ledger, const struct record_query *query, struct arena *arena,
                        struct record **out, struct kc_error *error)
{
    size_t count = 0;
    struct record *records = NULL;
    int32_t status = ledger_find_job(ledger, query, false, arena, &records, &count, error);
    *out = status == KC_OK && count ? &records[0] : NULL;
    return status;
}

int32_t ledger_find_by_id(const struct ledger *ledger, const struct uuid *id, struct arena *arena, struct record **out,
                          struct kc_error *error)
{
    struct record_query query = {.find = RECORD_BY_ID, .id = *id, .limit = 1};
    return find_one(ledger, &query, arena, out, error);
}

/* ---- The stay -------------------------------------------------------------------------------------------------- */

bool ledger_is_earlier(const struct record *a, const struct record *b)
{
    if (a->created_ms != b->created_ms)
        return a->created_ms < b->created_ms;
    return memcmp(a->id.bytes, b->id.bytes, sizeof(a->id.bytes)) < 0;
}

static struct record *newest_original(const struct record_list *list, int32_t key_state)
{
    struct record *newest = NULL;
    for (size_t i = 0; i < list->count; i++) {
        struct record *record = &list->records[i];
        if (kind_is_original(record->kind) && record->key_state == key_state &&
            (!newest || ledger_is_earlier(newest, record)))
            newest = record;
    }
    return newest;
}

struct record *ledger_active_original(const struct ledger_lookup *lookup, int64_t now_utc)
{
    struct record *original = newest_original(&lookup->stay, KC_KEY_ACTIVE);
    if (!original && !lookup->rooms_of_stay) /* one who shares the room names it; a guest who has left does not */
        original = newest_original(&lookup->room_keys, KC_KEY_ACTIVE);
    return original && original->until_utc && original->until_utc <= now_utc ? NULL : original;
}

const struct record *ledger_next_guest(const struct ledger_lookup *lookup)
{
    const struct record *original = newest_original(&lookup->room_keys, KC_KEY_ACTIVE);
    return original && strcmp(original->booking, lookup->booking) != 0 ? original : NULL;
}

bool ledger_is_blocked(const struct ledger_lookup *lookup)
{
    if (newest_original(&lookup->stay, KC_KEY_ACTIVE))
        return false;
    return newest_original(&lookup->stay, KC_KEY_BLOCKED) ||
           (!lookup->rooms_of_stay && newest_original(&lookup->room_keys, KC_KEY_BLOCKED));
}

struct record *ledger_blocked_original(const struct ledger_lookup *lookup)
{
    return lookup->rooms_of_stay ? NULL : newest_original(&lookup->room_keys, KC_KEY_BLOCKED);
}

bool ledger_knows_booking(const struct ledger_lookup *lookup)
{
    for (size_t i = 0; i < lookup->stay.count; i++)
        if (lookup->stay.records[i].kind && lookup->stay.records[i].key_state == KC_KEY_ACTIVE)
            return true;
    return false;
}

static bool is_doubtful(const struct record *record)
{
    bool open = record->outcome == KC_OUTCOME_PENDING || record->outcome == KC_OUTCOME_UNKNOWN;
    return open && (kind_is_original(record->kind) || record->verb == KC_VERB_CHECK_OUT ||
                    record->verb == KC_VERB_MODIFY_STAY || record->verb == KC_VERB_CANCEL_KEY ||
                    record->verb == KC_VERB_BLOCK_STAY || record->verb == KC_VERB_UNBLOCK_STAY);
}

struct record *ledger_doubt(const struct ledger_lookup *lookup, const struct record *original)
{
    const struct record_list *const lists[] = {&lookup->stay, &lookup->room_keys, &lookup->host_stay};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        for (size_t k = 0; k < lists[i]->count; k++) {
            struct record *record = &lists[i]->records[k];
            if (is_doubtful(record) && (!original || ledger_is_earlier(original, record)))
                return record;
        }
    return NULL;
}

struct record *ledger_latest_original(const struct ledger_lookup *lookup)
{
    for (size_t i = 0; i < lookup->stay.count; i++) {
        struct record *record = &lookup->stay.records[i];
        if (kind_is_original(record->kind) && record->outcome == KC_OUTCOME_WRITTEN)
            return record;
    }
    return NULL;
}

int32_t ledger_set_key_state(const struct ledger *ledger, const struct record *key, int32_t key_state, bool unconfirmed,
                             struct kc_error *error)
{
    marks_add(ledger->store, key);
    return ledger->store->table->set_key_state(ledger->store, &key->id, key_state, unconfirmed, error);
}

static bool has_main_room(const struct record *record, const char *room)
{
    return record->rooms.count && strcmp(record->rooms.items[0], room) == 0;
}

static int32_t find_stay(const struct ledger *ledger, const char *site, const char *booking, struct arena *arena,
                         struct record_list *out, struct kc_error *error)
{
    struct record_query query = {.find = RECORD_BY_BOOKING, .site = site, .value = booking, .limit = STORE_STAY_MOST};
    return *booking ? ledger_find_job(ledger, &query, false, arena, &out->records, &out->count, error) : KC_OK;
}

/* Adds the active keys that have this main room. */
static int32_t add_room_keys(const struct ledger *ledger, struct ledger_lookup *lookup, const char *room,
                             struct arena *arena, struct kc_error *error)
{
    struct record_query query = {.find = RECORD_BY_ROOM,
                                 .site = lookup->site,
                                 .value = room,
                                 .keys_only = true,
                                 .active_only = true,
                                 .limit = STORE_STAY_MOST};
    struct record_list found = {0}, *keys = &lookup->room_keys;
    int32_t status = ledger_find_job(ledger, &query, false, arena, &found.records, &found.count, error);
    if (status != KC_OK || !found.count)
        return status;
    struct record *all = arena_alloc(arena, (keys->count + found.count) * sizeof(*all));
    if (!all)
        return error_no_memory(error);
    if (keys->count)
        memcpy(all, keys->records, keys->count * sizeof(*all));
    keys->records = all;
    for (size_t i = 0; i < found.count; i++)
        if (has_main_room(&found.records[i], room))
            all[keys->count++] = found.records[i];
    return KC_OK;
}

static int32_t look_up_keys(const struct ledger *ledger, struct ledger_lookup *lookup, struct arena *arena,
                            struct kc_error *error)
{
    lookup->stay = lookup->room_keys = lookup->host_stay = (struct record_list){0}; /* it may run again */
    int32_t status = find_stay(ledger, lookup->site, lookup->booking, arena, &lookup->stay, error);
    if (status == KC_OK && (!lookup->rooms.count || lookup->rooms_of_stay)) {
        const struct record *latest = ledger_latest_original(lookup);
        lookup->rooms_of_stay = true;
        lookup->rooms = latest ? latest->rooms : (struct strings){0};
    }
    for (size_t i = 0; i < lookup->rooms.count && status == KC_OK; i++)
        status = add_room_keys(ledger, lookup, lookup->rooms.items[i], arena, error);
    const struct record *host = newest_original(&lookup->room_keys, KC_KEY_ACTIVE);
    if (status == KC_OK && host && strcmp(host->booking, lookup->booking) != 0)
        status = find_stay(ledger, lookup->site, host->booking, arena, &lookup->host_stay, error);
    return status;
}

size_t ledger_foresee(const struct ledger_lookup *lookup, struct store_question *questions, size_t most)
{
    size_t count = 0;
    if (*lookup->idempotency_key && count < most)
        questions[count++] = (struct store_question){
            .find = RECORD_BY_IDEMPOTENCY, .site = lookup->site, .value = lookup->idempotency_key};
    if (*lookup->station && count < most)
        questions[count++] = (struct store_question){.station = true, .site = lookup->site, .value = lookup->station};
    if (lookup->wants_keys && *lookup->booking && count < most)
        questions[count++] = (struct store_question){
            .find = RECORD_BY_BOOKING, .site = lookup->site, .value = lookup->booking};
    for (size_t i = 0; lookup->wants_keys && i < lookup->rooms.count && count < most; i++)
        questions[count++] = (struct store_question){
            .find = RECORD_BY_ROOM, .site = lookup->site, .value = lookup->rooms.items[i]};
    return count;
}

int32_t ledger_lookup_job(const struct ledger *ledger, struct ledger_lookup *lookup, struct arena *arena,
                          struct kc_error *error)
{
    const struct store_table *table = ledger->store->table;
    int32_t status = marks_now(ledger->store, &lookup->looked, error);
    if (status == KC_OK && *lookup->idempotency_key) {
        struct record_query query = {
            .find = RECORD_BY_IDEMPOTENCY, .site = lookup->site, .value = lookup->idempotency_key, .limit = 1};
        status = find_one(ledger, &query, arena, &lookup->same, error);
    }
    if (status == KC_OK && *lookup->station) {
        status = table->get_station(ledger->store, lookup->site, lookup->station, arena, &lookup->station_last, error);
        lookup->has_station = status == KC_OK;
        if (status == KC_ERROR_NOT_FOUND)
            status = KC_OK;
    }
    if (status == KC_OK && !uuid_is_nil(&lookup->target)) {
        status = ledger_find_by_id(ledger, &lookup->target, arena, &lookup->target_record, error);
        if (lookup->target_record && strcmp(lookup->target_record->site, lookup->site) != 0)
            lookup->target_record = NULL;
    }
    if (status == KC_OK && lookup->wants_keys)
        status = look_up_keys(ledger, lookup, arena, error);
    return status;
}

/* ---- Before and after an operation ----------------------------------------------------------------------------- */

/* Whether the original of a duplicate is still the active one, now that everything before is in the ledger. */
static int32_t check_base(const struct ledger *ledger, const struct ledger_lookup *now, const struct uuid *base,
                          struct arena *arena, struct kc_error *error)
{
    struct record *original;
    int32_t status = ledger_find_by_id(ledger, base, arena, &original, error);
    if (status == KC_OK && (!original || original->key_state != KC_KEY_ACTIVE))
        status = error_set(error, KC_ERROR_NO_ORIGINAL, "booking",
                           "The original was made void in the meantime; a duplicate could void keys.");
    else if (status == KC_OK && ledger_doubt(now, original))
        status = error_set(error, KC_ERROR_UNRESOLVED, "booking",
                           "A new original or a check-out of the stay is under way; its outcome comes first.");
    return status;
}

bool ledger_opens_room_of(const struct record *key, const struct record *by)
{
    for (size_t i = 0; i < by->rooms.count; i++)
        if (has_main_room(key, by->rooms.items[i]))
            return true;
    return false;
}

/* May change which key of a stay or room is the valid one. */
static bool changes_keys(const struct record *record)
{
    return verb_is_of_stay(record->verb) && (!record->kind || kind_is_original(record->kind));
}

/* Against an operation that another program has in hand. */
static int32_t check_running(const struct record *record, const struct record *other, struct kc_error *error)
{
    struct error_quoted quoted;
    const char *booking = record->booking;
    bool same_stay = (*booking && strcmp(booking, other->booking) == 0) || ledger_opens_room_of(other, record);
    if (*record->encoder && strcmp(record->encoder, other->encoder) == 0 && strcmp(record->system, other->system) == 0)
        return error_set(error, KC_ERROR_ENCODER_BUSY, "encoder",
                         "Encoder \"%s\" works for another station just now; ask again when it is done.",
                         error_quote(&quoted, record->encoder));
    if (same_stay && (changes_keys(record) || changes_keys(other)))
        return error_set(error, KC_ERROR_ROOM_BUSY, *booking ? "booking" : "rooms",
                         "Another station works on this stay or room just now; look at its keys when it is done.");
    return KC_OK;
}

/* What other programs have in hand on the site. Nobody else writes during the transaction, so one look is enough. */
static int32_t find_running(const struct ledger *ledger, const char *site, struct store_running **out,
                            struct kc_error *error)
{
    struct store_running *running = &ledger->store->running;
    struct record_query query = {.find = RECORD_OPEN, .site = site, .running_beside = ledger->instance};
    struct record *found = NULL;
    size_t count = 0, kept = 0;
    *out = running;
    struct marks_stamp now;
    int32_t status = marks_now(ledger->store, &now, error);
    if (status != KC_OK || (running->site && strcmp(running->site, site) == 0 && running->epoch == now.epoch))
        return status;
    arena_free(&running->arena);
    *running = (struct store_running){.epoch = now.epoch};
    status = ledger->store->table->find(ledger->store, &query, &running->arena, &found, &count, error);
    for (size_t i = 0; status == KC_OK && i < count; i++)
        if (is_running(ledger, &found[i]))
            found[kept++] = found[i];
    if (status == KC_OK && !(running->site = arena_text(&running->arena, site)))
        status = error_no_memory(error);
    running->records = found;
    running->count = kept;
    return status;
}

static int32_t check_others(const struct ledger *ledger, const struct record *record, struct kc_error *error)
{
    struct store_running *running = NULL;
    int32_t status = find_running(ledger, record->site, &running, error);
    for (size_t i = 0; status == KC_OK && i < running->count; i++)
        status = check_running(record, &running->records[i], error);
    return status;
}

/* The original that would be voided must be the one that was spoken of before. */
static int32_t check_seen(const struct ledger *ledger, const struct record *record, const struct ledger_lookup *now,
                          const struct ledger_lookup *seen, struct kc_error *error)
{
    const struct record_list *const now_lists[] = {&now->stay, &now->room_keys};
    const struct record_list *const seen_lists[] = {&seen->stay, &seen->room_keys};
    for (size_t i = 0; kind_is_original(record->kind) && i < 2; i++) {
        const struct record *original = newest_original(now_lists[i], KC_KEY_ACTIVE);
        const struct record *before = newest_original(seen_lists[i], KC_KEY_ACTIVE);
        if (original && original->instance != ledger->instance &&
            (!before || (!uuid_equal(&before->id, &original->id) && ledger_is_earlier(before, original))))
            return error_set(error, KC_ERROR_ROOM_BUSY, *record->booking ? "booking" : "rooms",
                             "Another station has just made an original of this stay or room; look at it, and ask "
                             "again if this one is meant all the same.");
    }
    return KC_OK;
}

static void date_after(struct record *record, const struct record_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->records[i].created_ms >= record->created_ms)
            record->created_ms = list->records[i].created_ms + 1;
}

/* What was looked up for the operation is what would be found now. */
static bool is_unchanged(const struct ledger *ledger, const struct record *record, const struct ledger_lookup *seen,
                         const struct marks_stamp *now)
{
    if (!seen->wants_keys || seen->stay.count == STORE_STAY_MOST || strcmp(seen->booking, record->booking) != 0 ||
        strcmp(seen->idempotency_key, record->idempotency_key) != 0 || seen->rooms.count != record->rooms.count)
        return false;
    for (size_t i = 0; i < record->rooms.count; i++)
        if (strcmp(seen->rooms.items[i], record->rooms.items[i]) != 0)
            return false;
    return marks_unchanged(ledger->store, &seen->looked, now, record);
}

/* The stay and rooms, now that everything before is in the ledger. `shared`: other programs may have written.
 * `unchanged`: they are as they were seen. */
static int32_t check_stay(const struct ledger *ledger, struct record *record, const struct uuid *base,
                          struct ledger_lookup *seen, bool shared, bool unchanged, struct kc_error *error)
{
    struct arena arena = {0};
    struct ledger_lookup now = {
        .site = record->site, .station = "", .booking = record->booking, .idempotency_key = "", .rooms = record->rooms};
    int32_t status = KC_OK;
    if (unchanged)
        now = *seen;
    else
        status = look_up_keys(ledger, &now, &arena, error);
    if (status == KC_OK && !uuid_is_nil(base))
        status = check_base(ledger, &now, base, &arena, error);
    if (status == KC_OK && shared)
        status = check_seen(ledger, record, &now, seen, error);
    if (status == KC_OK && shared) {
        date_after(record, &now.stay);
        date_after(record, &now.room_keys);
    }
    seen->alone = status == KC_OK && now.stay.count == 0 && now.room_keys.count == 0;
    arena_free(&arena);
    return status;
}

/* An operation with the same idempotency key came first: insert() will say so. */
static int32_t is_repeated(const struct ledger *ledger, const struct record *record, bool *repeated,
                           struct kc_error *error)
{
    struct arena arena = {0};
    struct record *same = NULL;
    struct record_query query = {
        .find = RECORD_BY_IDEMPOTENCY, .site = record->site, .value = record->idempotency_key, .limit = 1};
    int32_t status = *record->idempotency_key ? find_one(ledger, &query, &arena, &same, error) : KC_OK;
    *repeated = same != NULL;
    arena_free(&arena);
    return status;
}

/* A lock that saw a key of the room before, of whatever guest and state, must see that this one is later. */
static int32_t date_a_second_after(const struct ledger *ledger, struct record *record, struct kc_error *error)
{
    struct arena arena = {0};
    int32_t status = KC_OK;
    for (size_t i = 0; status == KC_OK && i < record->rooms.count; i++) {
        struct record *newest = NULL;
        struct record_query query = {.find = RECORD_BY_ROOM,
                                     .site = record->site,
                                     .value = record->rooms.items[i],
                                     .keys_only = true,
                                     .limit = 1};
        status = find_one(ledger, &query, &arena, &newest, error);
        if (newest && newest->created_ms / 1000 >= record->created_ms / 1000)
            record->created_ms = (newest->created_ms / 1000 + 1) * 1000;
    }
    arena_free(&arena);
    return status;
}

int32_t ledger_intent_job(const struct ledger *ledger, struct record *record, const struct uuid *base,
                          struct ledger_lookup *seen, bool numbered, struct kc_error *error)
{
    bool shared = !ledger->store->table->inline_jobs;
    bool repeated = false;
    struct marks_stamp now;
    int32_t status = marks_now(ledger->store, &now, error);
    bool unchanged = status == KC_OK && now.epoch != 0 && uuid_is_nil(base) && is_unchanged(ledger, record, seen, &now);
    seen->alone = false;
    if (status == KC_OK && shared && !unchanged)
        status = is_repeated(ledger, record, &repeated, error);
    if (status == KC_OK && !repeated && (shared || !uuid_is_nil(base)))
        status = check_stay(ledger, record, base, seen, shared, unchanged, error);
    if (status == KC_OK && !repeated && shared)
        status = check_others(ledger, record, error);
    if (status == KC_OK && numbered && !repeated)
        status = date_a_second_after(ledger, record, error);
    if (status == KC_OK)
        status = vault_insert(ledger->store, record, error);
    marks_add(ledger->store, record);
    return status == KC_OK ? marks_now(ledger->store, &seen->recorded, error) : status;
}

int32_t ledger_recover_job(const struct ledger *ledger, struct kc_error *error)
{
    struct arena arena = {0};
    struct record *records = NULL;
    size_t count = 0;
    struct record_query query = {.find = RECORD_OPEN};
    int32_t status = vault_find(ledger->store, &query, &arena, &records, &count, error);
    for (size_t i = 0; status == KC_OK && i < count; i++)
        if (records[i].outcome == KC_OUTCOME_PENDING && !is_running(ledger, &records[i])) {
            show_as_unresolved(&records[i]);
            status = vault_finish(ledger->store, &records[i], error);
        }
    marks_add_all(ledger->store);
    arena_free(&arena);
    return status;
}

int32_t ledger_forget_job(const struct ledger *ledger, const char *site, const char *booking, struct kc_error *error)
{
    struct arena arena = {0};
    struct error_quoted quoted;
    struct record *records = NULL;
    size_t count = 0;
    struct record_query query = {.find = RECORD_BY_BOOKING, .site = site, .value = booking};
    int32_t status = ledger_find_job(ledger, &query, false, &arena, &records, &count, error);
    if (status == KC_OK && !count)
        status = error_set(error, KC_ERROR_NOT_FOUND, "booking", "The ledger has nothing of booking \"%s\".",
                           error_quote(&quoted, booking));
    for (size_t i = 0; status == KC_OK && i < count; i++)
        if (records[i].outcome == KC_OUTCOME_PENDING || records[i].outcome == KC_OUTCOME_UNKNOWN)
            status = error_set(error, KC_ERROR_UNRESOLVED, "booking",
                               "An operation of this booking runs or is not settled; forget it after that.");
    if (status == KC_OK)
        status = ledger->store->table->forget(ledger->store, site, booking, error);
    marks_add_all(ledger->store);
    arena_free(&arena);
    return status;
}
