/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an outcome means: for the record, for other keys of the stay and room, and when it is settled late. */
#include <string.h>

#include "ledger.h"

/* What to do with each active key of the stay and rooms of `by`. */
typedef int32_t (*each_key)(const struct ledger *ledger, const struct record *key, const struct record *by,
                            struct kc_error *error);

static int32_t for_keys(const struct ledger *ledger, const struct record_query *query, const struct record *by,
                        each_key visit, struct kc_error *error)
{
    struct arena arena = {0};
    struct record *keys = NULL;
    size_t count = 0;
    int32_t status = ledger_find_job(ledger, query, false, &arena, &keys, &count, error);
    for (size_t i = 0; status == KC_OK && i < count; i++)
        if (!uuid_equal(&keys[i].id, &by->id) && ledger_is_earlier(&keys[i], by))
            status = visit(ledger, &keys[i], by, error);
    arena_free(&arena);
    return status;
}

static int32_t for_keys_of_stay(const struct ledger *ledger, const struct record *by, bool rooms_too, each_key visit,
                                struct kc_error *error)
{
    struct record_query query = {.site = by->site, .keys_only = true, .active_only = true};
    int32_t status = KC_OK;
    if (*by->booking) {
        query.find = RECORD_BY_BOOKING;
        query.value = by->booking;
        status = for_keys(ledger, &query, by, visit, error);
    }
    query.find = RECORD_BY_ROOM;
    for (size_t i = 0; rooms_too && status == KC_OK && i < by->rooms.count; i++) {
        query.value = by->rooms.items[i];
        status = for_keys(ledger, &query, by, visit, error);
    }
    return status;
}

/* Made, and known to the lock system: it opens, or would if its stay were not blocked. */
static bool key_exists(const struct record *key)
{
    return key->key_state == KC_KEY_ACTIVE || key->key_state == KC_KEY_BLOCKED;
}

static int32_t void_key(const struct ledger *ledger, const struct record *key, const struct record *by,
                        struct kc_error *error)
{
    bool same_stay = *by->booking && strcmp(key->booking, by->booking) == 0;
    if (!key_exists(key) || !(same_stay || ledger_opens_room_of(key, by)))
        return KC_OK;
    return ledger_set_key_state(ledger, key, KC_KEY_VOIDED, false, error);
}

/* A key of the stay, or of the room where no booking is named. */
static bool is_of_stay(const struct record *key, const struct record *by)
{
    return *by->booking ? strcmp(key->booking, by->booking) == 0 : ledger_opens_room_of(key, by);
}

static int32_t check_key_out(const struct ledger *ledger, const struct record *key, const struct record *by,
                             struct kc_error *error)
{
    if (!key_exists(key) || !is_of_stay(key, by))
        return KC_OK;
    return ledger_set_key_state(ledger, key, KC_KEY_CHECKED_OUT, false, error);
}

/* Whether something was wanted of the key's stay, or of the key, that the lock system has not confirmed. */
static int32_t find_open_change(const struct ledger *ledger, const struct record *key, bool *found,
                                struct kc_error *error)
{
    struct arena arena = {0};
    struct record *records = NULL;
    size_t count = 0;
    struct record_query query = {.find = RECORD_BY_BOOKING, .site = key->site, .value = key->booking};
    *found = false;
    int32_t status = *key->booking ? ledger_find_job(ledger, &query, false, &arena, &records, &count, error) : KC_OK;
    for (size_t i = 0; status == KC_OK && i < count; i++)
        if (!records[i].kind && records[i].unconfirmed && !ledger_is_earlier(&records[i], key) &&
            (uuid_is_nil(&records[i].target) || uuid_equal(&records[i].target, &key->id)))
            *found = true;
    arena_free(&arena);
    return status;
}

/* Blocks or unblocks a key. That a mobile key did not arrive yet is not settled by that. */
static int32_t set_blocked(const struct ledger *ledger, const struct record *key, int32_t key_state,
                           struct kc_error *error)
{
    bool mobile = key->kind == KC_KIND_MOBILE || key->kind == KC_KIND_MOBILE_DUPLICATE, change = false;
    int32_t status = mobile && key->unconfirmed ? find_open_change(ledger, key, &change, error) : KC_OK;
    bool on_its_way = mobile && key->unconfirmed && !change;
    return status == KC_OK ? ledger_set_key_state(ledger, key, key_state, on_its_way, error) : status;
}

static int32_t block_key(const struct ledger *ledger, const struct record *key, const struct record *by,
                         struct kc_error *error)
{
    if (key->key_state != KC_KEY_ACTIVE || !is_of_stay(key, by))
        return KC_OK;
    return set_blocked(ledger, key, KC_KEY_BLOCKED, error);
}

static int32_t unblock_key(const struct ledger *ledger, const struct record *key, const struct record *by,
                           struct kc_error *error)
{
    if (key->key_state != KC_KEY_BLOCKED || !is_of_stay(key, by))
        return KC_OK;
    return set_blocked(ledger, key, KC_KEY_ACTIVE, error);
}

static int32_t leave_key_unconfirmed(const struct ledger *ledger, const struct record *key, const struct record *by,
                                     struct kc_error *error)
{
    if (!key_exists(key) || !is_of_stay(key, by))
        return KC_OK;
    return ledger_set_key_state(ledger, key, key->key_state, true, error);
}

/* A later success settles what an earlier attempt of the same verb had left unconfirmed. */
static int32_t confirm_earlier(const struct ledger *ledger, const struct record *by, struct kc_error *error)
{
    if (!*by->booking)
        return KC_OK;
    struct arena arena = {0};
    struct record *records = NULL;
    size_t count = 0;
    struct record_query query = {.find = RECORD_BY_BOOKING, .site = by->site, .value = by->booking};
    int32_t status = ledger_find_job(ledger, &query, false, &arena, &records, &count, error);
    for (size_t i = 0; status == KC_OK && i < count; i++)
        if (records[i].unconfirmed && records[i].verb == by->verb && !uuid_equal(&records[i].id, &by->id) &&
            uuid_equal(&records[i].target, &by->target))
            status = ledger_set_key_state(ledger, &records[i], records[i].key_state, false, error);
    arena_free(&arena);
    return status;
}

/* The key that was to be cancelled, unless something else has made it void meanwhile. */
static int32_t mark_target(const struct ledger *ledger, const struct record *by, int32_t key_state, bool unconfirmed,
                           struct kc_error *error)
{
    struct arena arena = {0};
    struct record *key;
    int32_t status = ledger_find_by_id(ledger, &by->target, &arena, &key, error);
    if (status == KC_OK && key && key->key_state == KC_KEY_ACTIVE)
        status = ledger_set_key_state(ledger, key, key_state, unconfirmed, error);
    arena_free(&arena);
    return status;
}

/* The keys of a stay that was extended or moved without a new card; those that are blocked, or were perhaps made, may
 * open again. */
static int32_t change_key(const struct ledger *ledger, const struct record *key, const struct record *by,
                          struct kc_error *error)
{
    const bool opens_later = key_exists(key) || key->key_state == KC_KEY_UNRESOLVED;
    if (!opens_later || strcmp(key->booking, by->booking) != 0)
        return KC_OK;
    marks_add(ledger->store, key);
    return ledger->store->table->set_stay(ledger->store, &key->id, &by->rooms, by->until_utc, error);
}

/* What is done to the keys of a stay, or of a room, that is checked out, blocked or unblocked; NULL for other verbs. */
static each_key visit_for(int32_t verb)
{
    return verb == KC_VERB_CHECK_OUT      ? check_key_out
           : verb == KC_VERB_BLOCK_STAY   ? block_key
           : verb == KC_VERB_UNBLOCK_STAY ? unblock_key
                                          : NULL;
}

/* What an outcome means for other keys. */
static int32_t apply_consequences(const struct ledger *ledger, const struct record *record, struct kc_error *error)
{
    bool written = record->outcome == KC_OUTCOME_WRITTEN;
    int32_t status = KC_OK;
    if (written && kind_is_original(record->kind))
        status = for_keys_of_stay(ledger, record, true, void_key, error);
    each_key visit = visit_for(record->verb);
    if (visit && (written || record->unconfirmed))
        status = for_keys_of_stay(ledger, record, !*record->booking, written ? visit : leave_key_unconfirmed, error);
    if (record->verb == KC_VERB_CANCEL_KEY)
        status = mark_target(ledger, record, written ? KC_KEY_VOIDED : KC_KEY_ACTIVE, record->unconfirmed, error);
    if (record->verb == KC_VERB_MODIFY_STAY && written)
        status = for_keys_of_stay(ledger, record, false, change_key, error);
    if (status == KC_OK && written &&
        (visit || record->verb == KC_VERB_CANCEL_KEY || record->verb == KC_VERB_MODIFY_STAY))
        status = confirm_earlier(ledger, record, error);
    return status;
}

/* How many of the keys, newest first, were recorded after this one. By their order, for the clocks of stations differ;
 * only a key that has left the list, because its stay moved, is told by its time. */
static size_t recorded_later(const struct record *keys, size_t count, const struct record *record)
{
    size_t later = 0;
    while (later < count && !uuid_equal(&keys[later].id, &record->id))
        later++;
    if (later < count)
        return later;
    for (later = 0; later < count && ledger_is_earlier(record, &keys[later]);)
        later++;
    return later;
}

/* Another original may have been asked for later and ended sooner, or an outcome may be settled late. */
static int32_t was_voided_since(const struct ledger *ledger, const struct record *record, bool *voided,
                                struct kc_error *error)
{
    struct arena arena = {0};
    int32_t status = KC_OK;
    *voided = false;
    for (size_t i = 0; i <= record->rooms.count && status == KC_OK && !*voided; i++) {
        bool by_booking = i == record->rooms.count;
        if (by_booking && !*record->booking)
            break;
        struct record_query query = {.find = by_booking ? RECORD_BY_BOOKING : RECORD_BY_ROOM,
                                     .site = record->site,
                                     .value = by_booking ? record->booking : record->rooms.items[i],
                                     .keys_only = true};
        struct record *keys = NULL;
        size_t count = 0;
        status = ledger_find_job(ledger, &query, false, &arena, &keys, &count, error);
        const size_t later = status == KC_OK ? recorded_later(keys, count, record) : 0;
        for (size_t k = 0; k < later; k++)
            if (kind_is_original(keys[k].kind) && keys[k].outcome == KC_OUTCOME_WRITTEN &&
                (by_booking || ledger_opens_room_of(record, &keys[k])))
                *voided = true;
    }
    arena_free(&arena);
    return status;
}

void ledger_apply_delivery(struct record *key, const struct record *check, bool on_its_way)
{
    if (check->status != KC_OK && check->status != KC_ERROR_MOBILE)
        return; /* the question failed, which says nothing about the key */
    key->status = check->status;
    key->unconfirmed = on_its_way || check->status != KC_OK;
    key->error_message = check->error_message;
    key->vendor_code = check->vendor_code;
    key->vendor_text = check->vendor_text;
}

static int32_t record_delivery(const struct ledger *ledger, const struct ledger_outcome *outcome,
                               struct kc_error *error)
{
    struct arena arena = {0};
    struct record *key;
    int32_t status = ledger_find_by_id(ledger, &outcome->record->target, &arena, &key, error);
    bool change = false;
    if (status == KC_OK && key && key->unconfirmed)
        status = find_open_change(ledger, key, &change, error); /* which the delivery does not settle */
    if (status == KC_OK && key) {
        ledger_apply_delivery(key, outcome->record, outcome->on_its_way);
        key->unconfirmed = key->unconfirmed || change;
        marks_add(ledger->store, key);
        status = vault_finish(ledger->store, key, error);
    }
    arena_free(&arena);
    return status;
}

/* Nothing of the stay and rooms was written since the intent, by anybody. `alone`: nothing else was found of them. */
static int32_t is_as_recorded(const struct ledger *ledger, const struct ledger_outcome *outcome, bool *out, bool *alone,
                              struct kc_error *error)
{
    const struct store_table *table = ledger->store->table;
    struct marks_stamp now;
    *alone = outcome->seen && outcome->seen->alone;
    if (table->is_untouched) {
        *out = outcome->intent_recorded && table->is_untouched(ledger->store, outcome->record, alone);
        return KC_OK;
    }
    const int32_t status = marks_now(ledger->store, &now, error);
    *out = status == KC_OK && outcome->intent_recorded && outcome->seen &&
           marks_unchanged(ledger->store, &outcome->seen->recorded, &now, outcome->record);
    return status;
}

/* The encoder took part: when that was, and for which station. */
static int32_t record_contact(const struct ledger *ledger, const struct ledger_outcome *outcome, struct kc_error *error)
{
    const struct store_table *table = ledger->store->table;
    const struct record *record = outcome->record;
    /* To the minute, as it is told: what is as it was need not be written. */
    const int64_t minute_ms = outcome->contact_ms - outcome->contact_ms % 60000;
    const struct encoder_record seen = {record->system, record->encoder, outcome->encoder_state, minute_ms};
    const struct station_record last = {record->system, record->encoder};
    const char *station = outcome->reached_encoder ? record->station : "";
    int32_t status = KC_OK;
    if (!*record->encoder)
        return KC_OK;
    if (table->set_contact && outcome->encoder_state)
        return table->set_contact(ledger->store, record->site, station, &seen, outcome->place, error);
    if (*station)
        status = table->set_station(ledger->store, record->site, station, &last, error);
    if (status == KC_OK && outcome->encoder_state)
        status = table->set_encoder(ledger->store, record->site, &seen, error);
    return status;
}

/* An intent that is there no more was deleted behind the library's back, or went with a server whose successor has not
 * got it. The key is there all the same, so it is recorded anew; the journal keeps what is missing. */
static int32_t write_outcome(const struct ledger *ledger, const struct ledger_outcome *outcome, struct kc_error *error)
{
    int32_t status = KC_ERROR_NOT_FOUND;
    if (outcome->intent_recorded)
        status = vault_finish(ledger->store, outcome->record, error);
    return status == KC_ERROR_NOT_FOUND ? vault_insert(ledger->store, outcome->record, error) : status;
}

int32_t ledger_outcome_job(const struct ledger *ledger, const struct ledger_outcome *outcome, struct kc_error *error)
{
    const struct record *record = outcome->record;
    bool as_recorded = false, alone = false;
    int32_t status = is_as_recorded(ledger, outcome, &as_recorded, &alone, error);
    marks_add(ledger->store, record);
    if (status == KC_OK)
        status = write_outcome(ledger, outcome, error);
    if (status == KC_OK)
        status = record_contact(ledger, outcome, error);
    bool voided = false;
    if (status == KC_OK && !as_recorded && record->kind && record->outcome == KC_OUTCOME_WRITTEN)
        status = was_voided_since(ledger, record, &voided, error);
    if (status == KC_OK && voided)
        status = ledger_set_key_state(ledger, record, KC_KEY_VOIDED, false, error);
    bool only_key = as_recorded && alone && record->kind; /* nothing there for it to change */
    if (status == KC_OK && !only_key && verb_acts(record->verb))
        status = apply_consequences(ledger, record, error);
    if (status == KC_OK && record->verb == KC_VERB_CHECK_MOBILE)
        status = record_delivery(ledger, outcome, error);
    return status;
}

/* ---- Settling what is unknown ---------------------------------------------------------------------------------- */

int32_t ledger_settle_job(const struct ledger *ledger, const struct record *resolution, int32_t outcome,
                          struct arena *arena, struct record **settled, struct kc_error *error)
{
    struct record *record;
    int32_t status = ledger_find_by_id(ledger, &resolution->target, arena, &record, error);
    if (status != KC_OK)
        return status;
    if (!record)
        return error_set(error, KC_ERROR_NOT_FOUND, "operation", "The ledger has no such operation.");
    if (record->outcome == KC_OUTCOME_PENDING)
        return error_set(error, KC_ERROR_STATE, "operation", "The operation is still running.");
    if (record->outcome != KC_OUTCOME_UNKNOWN)
        return error_set(error, KC_ERROR_STATE, "operation", "The operation is settled already: %s.",
                         kc_outcome_name(record->outcome));
    bool written = outcome == KC_OUTCOME_WRITTEN;
    bool voided = false;
    if (written && record->kind)
        status = was_voided_since(ledger, record, &voided, error);
    record->outcome = outcome;
    if (written)
        record->status = KC_OK;
    if (record->kind)
        record->key_state = !written ? KC_KEY_NOT_MADE : voided ? KC_KEY_VOIDED : KC_KEY_ACTIVE;
    record->unconfirmed = !record->kind && !written;
    record->finished_ms = resolution->created_ms;
    if (status == KC_OK)
        status = vault_finish(ledger->store, record, error);
    if (status == KC_OK)
        status = apply_consequences(ledger, record, error);
    if (status == KC_OK)
        status = vault_insert(ledger->store, resolution, error);
    marks_add_all(ledger->store);
    if (status == KC_OK)
        *settled = record;
    return status;
}
