/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names, stations and encoders in the SQLite ledger, and the reading of single columns with suspicion. */
#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/hash.h"
#include "store/record.h"
#include "store/sqlite.h"

/* ---- Columns ---------------------------------------------------------------------------------------------------- */

int32_t sqlite_text_column(struct sqlite_store *store, sqlite3_stmt *statement, int column, int form,
                           struct arena *arena, const char **text, struct kc_error *error)
{
    const int type = sqlite3_column_type(statement, column);
    const char *name = sqlite3_column_name(statement, column);
    *text = "";
    if (type == SQLITE_NULL)
        return KC_OK;
    if (type != SQLITE_TEXT)
        return sqlite_damaged(store, name ? name : "", error);
    const char *value = (const char *)sqlite3_column_text(statement, column);
    const int size = sqlite3_column_bytes(statement, column);
    if (!value)
        return sqlite_no_memory(error);
    if (size < 0 || strlen(value) != (size_t)size || !record_text_valid(value, (enum record_text_form)form))
        return sqlite_damaged(store, name ? name : "", error);
    *text = arena_text_n(arena, value, (size_t)size);
    return *text ? KC_OK : sqlite_no_memory(error);
}

int32_t sqlite_number_column(struct sqlite_store *store, sqlite3_stmt *statement, int column, int64_t low, int64_t high,
                             int64_t *number, struct kc_error *error)
{
    const int type = sqlite3_column_type(statement, column);
    const char *name = sqlite3_column_name(statement, column);
    *number = 0;
    if (type == SQLITE_NULL)
        return KC_OK;
    if (type != SQLITE_INTEGER)
        return sqlite_damaged(store, name ? name : "", error);
    *number = sqlite3_column_int64(statement, column);
    return *number >= low && *number <= high ? KC_OK : sqlite_damaged(store, name ? name : "", error);
}

/* ---- Names ------------------------------------------------------------------------------------------------------ */

void sqlite_forget_names(struct sqlite_store *store)
{
    for (size_t i = 0; i < SQLITE_KNOWN_NAMES; i++) {
        free(store->names.by_name[i].name);
        free(store->names.by_id[i].name);
    }
    store->names = (struct sqlite_known_names){0};
}

static bool is_name(const struct sqlite_known_name *known, const char *name)
{
    return known->name && strcmp(known->name, name) == 0;
}

/* Where a name stands among those that are known, or would. It may stand in some places behind its own, so that two
 * names hardly ever take turns in one. */
static struct sqlite_known_name *slot_of_name(struct sqlite_store *store, const char *name)
{
    const uint64_t code = hash_quick_text(HASH_START, name);
    for (size_t i = 0; i < SQLITE_KNOWN_ROW; i++) {
        struct sqlite_known_name *slot = &store->names.by_name[(code + i) % SQLITE_KNOWN_NAMES];
        if (!slot->name || strcmp(slot->name, name) == 0)
            return slot;
    }
    return &store->names.by_name[code % SQLITE_KNOWN_NAMES];
}

static struct sqlite_known_name *slot_of_id(struct sqlite_store *store, int64_t id)
{
    return &store->names.by_id[(uint64_t)id % SQLITE_KNOWN_NAMES];
}

static void keep_name(struct sqlite_known_name *slot, const char *name, int64_t id)
{
    free(slot->name);
    *slot = (struct sqlite_known_name){strdup(name), id}; /* NULL: it is not remembered */
}

static int32_t find_name(struct sqlite_store *store, const char *name, bool add, int64_t *id, struct kc_error *error)
{
    sqlite3_stmt *find = store->statements[STATEMENT_NAME_FIND];
    sqlite3_stmt *insert = store->statements[STATEMENT_NAME_ADD];
    *id = 0;
    sqlite3_bind_text(find, 1, name, -1, SQLITE_STATIC);
    const int result = sqlite3_step(find);
    int32_t status = KC_OK;
    if (result == SQLITE_ROW)
        *id = sqlite3_column_int64(find, 0);
    else if (result != SQLITE_DONE)
        status = sqlite_failed(store, result, error);
    sqlite_done(find);
    if (status != KC_OK || result == SQLITE_ROW || !add)
        return status;
    sqlite3_bind_text(insert, 1, name, -1, SQLITE_STATIC);
    status = sqlite_run(store, insert, error);
    if (status == KC_OK)
        *id = sqlite3_last_insert_rowid(store->db);
    return status;
}

int32_t sqlite_name_find(struct sqlite_store *store, const char *name, bool add, int64_t *id, struct kc_error *error)
{
    struct sqlite_known_name **place = &store->names.by_place[((uintptr_t)name >> 3) % SQLITE_KNOWN_NAMES];
    struct sqlite_known_name *known = *place;
    if (!known || !is_name(known, name))
        known = slot_of_name(store, name);
    if (is_name(known, name)) {
        *place = known;
        *id = known->id;
        return KC_OK;
    }
    const int32_t status = find_name(store, name, add, id, error);
    if (status == KC_OK && *id != 0)
        keep_name(known, name, *id);
    return status;
}

/* Numbers of the names of one row, all added if new. */
static int32_t add_names(struct sqlite_store *store, const char *const *names, int64_t *ids, size_t count,
                         struct kc_error *error)
{
    for (size_t i = 0; i < count; i++) {
        const int32_t status = sqlite_name_find(store, names[i], true, &ids[i], error);
        if (status != KC_OK)
            return status;
    }
    return KC_OK;
}

static int32_t get_name(struct sqlite_store *store, int64_t id, struct arena *arena, const char **name,
                        struct kc_error *error)
{
    sqlite3_stmt *get = store->statements[STATEMENT_NAME_GET];
    struct sqlite_known_name *known = slot_of_id(store, id);
    int32_t status;
    if (known->name && known->id == id) {
        *name = arena_text(arena, known->name);
        return *name ? KC_OK : sqlite_no_memory(error);
    }
    sqlite3_bind_int64(get, 1, id);
    const int result = sqlite3_step(get);
    if (result == SQLITE_ROW)
        status = sqlite_text_column(store, get, 0, RECORD_PLAIN, arena, name, error);
    else if (result == SQLITE_DONE)
        status = sqlite_damaged(store, "a name", error);
    else
        status = sqlite_failed(store, result, error);
    sqlite_done(get);
    if (status == KC_OK)
        keep_name(known, *name, id);
    return status;
}

int32_t sqlite_name(struct sqlite_store *store, int64_t id, struct sqlite_names *names, struct arena *arena,
                    const char **name, struct kc_error *error)
{
    const size_t slot = (uint64_t)id % (sizeof(names->slots) / sizeof(names->slots[0]));
    int32_t status;
    *name = "";
    if (id == 0)
        return KC_OK;
    if (names->used >> slot & 1 && names->slots[slot].id == id) {
        *name = names->slots[slot].name;
        return KC_OK;
    }
    status = get_name(store, id, arena, name, error);
    if (status == KC_OK) {
        names->used |= UINT32_C(1) << slot;
        names->slots[slot].id = id;
        names->slots[slot].name = *name;
    }
    return status;
}

int32_t sqlite_name_column(struct sqlite_store *store, sqlite3_stmt *statement, int column, struct sqlite_names *names,
                           struct arena *arena, const char **name, struct kc_error *error)
{
    int64_t id = 0;
    *name = "";
    const int32_t status = sqlite_number_column(store, statement, column, 1, INT64_MAX, &id, error);
    return status == KC_OK ? sqlite_name(store, id, names, arena, name, error) : status;
}

/* ---- Stations --------------------------------------------------------------------------------------------------- */

/* The place of a station among those that are known, and whether it stands there. */
static int32_t known_station(struct sqlite_store *store, int64_t site, int64_t station,
                             struct sqlite_known_station **known, bool *holds, struct kc_error *error)
{
    uint64_t epoch = 0;
    const int32_t status = sqlite_epoch(&store->store, &epoch, error);
    *known = &store->known.stations[((uint64_t)site + (uint64_t)station) % SQLITE_KNOWN_STATIONS];
    *holds = status == KC_OK && (*known)->epoch == epoch && (*known)->site == site && (*known)->station == station;
    return status;
}

static int32_t read_station(struct sqlite_store *store, int64_t site, int64_t station,
                            struct sqlite_known_station *known, struct kc_error *error)
{
    sqlite3_stmt *get = store->statements[STATEMENT_STATION_GET];
    struct sqlite_known_station found = {.epoch = store->epoch, .site = site, .station = station};
    int32_t status = KC_OK;
    sqlite3_bind_int64(get, 1, site);
    sqlite3_bind_int64(get, 2, station);
    const int result = sqlite3_step(get);
    if (result == SQLITE_ROW) {
        status = sqlite_number_column(store, get, 0, 1, INT64_MAX, &found.system, error);
        if (status == KC_OK)
            status = sqlite_number_column(store, get, 1, 1, INT64_MAX, &found.encoder, error);
    } else {
        status = result == SQLITE_DONE ? KC_ERROR_NOT_FOUND : sqlite_failed(store, result, error);
    }
    sqlite_done(get);
    if (status == KC_OK)
        *known = found;
    return status;
}

int32_t sqlite_get_station(struct store *base, const char *site, const char *station, struct arena *arena,
                           struct station_record *out, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct sqlite_known_station *known = NULL;
    struct sqlite_names names;
    struct station_record found = {"", ""};
    struct error_quoted quoted;
    bool holds = false;
    int64_t ids[2] = {0};
    sqlite_names_start(&names);
    int32_t status = sqlite_name_find(store, site, false, &ids[0], error);
    if (status == KC_OK)
        status = sqlite_name_find(store, station, false, &ids[1], error);
    if (status == KC_OK)
        status = known_station(store, ids[0], ids[1], &known, &holds, error);
    if (status == KC_OK && !holds)
        status = read_station(store, ids[0], ids[1], known, error);
    if (status == KC_ERROR_NOT_FOUND)
        return error_set(error, KC_ERROR_NOT_FOUND, "station", "the ledger does not know the station %s",
                         error_quote(&quoted, station));
    if (status == KC_OK)
        status = sqlite_name(store, known->system, &names, arena, &found.system, error);
    if (status == KC_OK)
        status = sqlite_name(store, known->encoder, &names, arena, &found.encoder, error);
    if (status == KC_OK)
        *out = found;
    return status;
}

int32_t sqlite_set_station(struct store *base, const char *site, const char *station,
                           const struct station_record *record, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    sqlite3_stmt *set = store->statements[STATEMENT_STATION_SET];
    const char *const names[] = {site, station, record->system, record->encoder};
    struct sqlite_known_station *known = NULL;
    bool holds = false;
    int64_t ids[4] = {0};
    int32_t status = record_check_station(site, station, record, error);
    if (status == KC_OK)
        status = add_names(store, names, ids, 4, error);
    if (status == KC_OK)
        status = known_station(store, ids[0], ids[1], &known, &holds, error);
    if (status != KC_OK || (holds && known->system == ids[2] && known->encoder == ids[3]))
        return status;
    for (int i = 0; i < 4; i++)
        sqlite3_bind_int64(set, i + 1, ids[i]);
    status = sqlite_run(store, set, error);
    if (status == KC_OK)
        *known = (struct sqlite_known_station){store->epoch, ids[0], ids[1], ids[2], ids[3]};
    return status;
}

/* ---- Encoders --------------------------------------------------------------------------------------------------- */

int32_t sqlite_encoder_row(struct sqlite_store *store, sqlite3_stmt *list, struct sqlite_names *names,
                           struct arena *arena, struct encoder_record *out, struct kc_error *error)
{
    int64_t state = 0;
    int32_t status = sqlite_name_column(store, list, 0, names, arena, &out->system, error);
    if (status == KC_OK)
        status = sqlite_name_column(store, list, 1, names, arena, &out->encoder, error);
    if (status == KC_OK)
        status = sqlite_number_column(store, list, 2, 0, RECORD_ENCODER_LAST, &state, error);
    if (status == KC_OK)
        status = sqlite_number_column(store, list, 3, 0, INT64_MAX, &out->contact_ms, error);
    out->state = (int32_t)state;
    return status;
}

int32_t sqlite_list_encoders(struct store *base, const char *site, struct arena *arena, struct encoder_record **records,
                             size_t *count, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    sqlite3_stmt *list = store->statements[STATEMENT_ENCODER_LIST];
    struct sqlite_names names = {0};
    struct encoder_record *found = NULL;
    size_t length = 0;
    size_t capacity = 0;
    int64_t site_id = 0;
    int32_t status = sqlite_name_find(store, site, false, &site_id, error);
    if (status != KC_OK)
        return status;
    sqlite3_bind_int64(list, 1, site_id);
    int result;
    while (status == KC_OK && (result = sqlite3_step(list)) != SQLITE_DONE) {
        if (result != SQLITE_ROW) {
            status = sqlite_failed(store, result, error);
        } else if (length == capacity) {
            struct encoder_record *more = arena_alloc(arena, (capacity * 2 + 8) * sizeof(*more));
            if (!more) {
                status = sqlite_no_memory(error);
                break;
            }
            if (length > 0)
                memcpy(more, found, length * sizeof(*more));
            found = more;
            capacity = capacity * 2 + 8;
        }
        if (status == KC_OK)
            status = sqlite_encoder_row(store, list, &names, arena, &found[length++], error);
    }
    sqlite_done(list);
    if (status == KC_OK) {
        *records = found;
        *count = length;
    }
    return status;
}

static int32_t add_encoder(struct sqlite_store *store, const int64_t ids[3], const struct encoder_record *record,
                           int64_t *id, struct kc_error *error)
{
    sqlite3_stmt *add = store->statements[STATEMENT_ENCODER_ADD];
    for (int i = 0; i < 3; i++)
        sqlite3_bind_int64(add, i + 1, ids[i]);
    sqlite3_bind_int(add, 4, record->state);
    sqlite3_bind_int64(add, 5, record->contact_ms);
    const int32_t status = sqlite_run(store, add, error);
    *id = status == KC_OK ? sqlite3_last_insert_rowid(store->db) : 0;
    return status;
}

/* The number of its row; 0 if there is none. */
static int32_t find_encoder(struct sqlite_store *store, const int64_t ids[3], int64_t *id, struct kc_error *error)
{
    sqlite3_stmt *find = store->statements[STATEMENT_ENCODER_FIND];
    int32_t status = KC_OK;
    for (int i = 0; i < 3; i++)
        sqlite3_bind_int64(find, i + 1, ids[i]);
    const int result = sqlite3_step(find);
    if (result == SQLITE_ROW)
        *id = sqlite3_column_int64(find, 0);
    else if (result != SQLITE_DONE)
        status = sqlite_failed(store, result, error);
    sqlite_done(find);
    return status;
}

int32_t sqlite_set_encoder(struct store *base, const char *site, const struct encoder_record *record,
                           struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    sqlite3_stmt *set = store->statements[STATEMENT_ENCODER_SET];
    const char *const names[] = {site, record->system, record->encoder};
    struct sqlite_known_encoder *known = NULL;
    uint64_t epoch = 0;
    int64_t ids[3] = {0};
    int64_t id = 0;
    int32_t status = record_check_encoder(site, record, error);
    if (status == KC_OK)
        status = add_names(store, names, ids, 3, error);
    if (status == KC_OK)
        status = sqlite_epoch(base, &epoch, error);
    if (status != KC_OK)
        return status;
    known = &store->known.encoders[(uint64_t)(ids[0] + ids[1] + ids[2]) % SQLITE_KNOWN_ENCODERS];
    const bool holds = known->epoch == epoch && known->site == ids[0] && known->system == ids[1] &&
                       known->encoder == ids[2];
    if (holds && known->state == record->state && record->contact_ms >= known->contact_ms &&
        record->contact_ms - known->contact_ms < SQLITE_CONTACT_MS)
        return KC_OK;
    if (holds)
        id = known->id;
    else
        status = find_encoder(store, ids, &id, error);
    if (status == KC_OK && id != 0) {
        sqlite3_bind_int64(set, 1, id);
        sqlite3_bind_int(set, 2, record->state);
        sqlite3_bind_int64(set, 3, record->contact_ms);
        status = sqlite_run(store, set, error);
    } else if (status == KC_OK) {
        status = add_encoder(store, ids, record, &id, error);
    }
    if (status == KC_OK)
        *known = (struct sqlite_known_encoder){epoch, ids[0], ids[1], ids[2], id, record->contact_ms, record->state};
    return status;
}
