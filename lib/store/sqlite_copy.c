/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the SQLite ledger offers to store/copy.c and store/vault.c: its note, and its entries in bulk. */
#include <string.h>

#include <keycard/keycard.h>

#include "store/record.h"
#include "store/sqlite.h"

/* ---- The note --------------------------------------------------------------------------------------------------- */

int32_t sqlite_get_note(struct store *base, struct arena *arena, const char **note, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    sqlite3_stmt *get = store->statements[STATEMENT_NOTE_GET];
    const int result = sqlite3_step(get);
    int32_t status;
    if (result == SQLITE_ROW)
        status = sqlite_text_column(store, get, 0, RECORD_PLAIN, arena, note, error);
    else
        status = result == SQLITE_DONE ? sqlite_damaged(store, "the head of the journal", error)
                                       : sqlite_failed(store, result, error);
    sqlite_done(get);
    return status;
}

int32_t sqlite_set_note(struct store *base, const char *note, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    sqlite3_stmt *set = store->statements[STATEMENT_NOTE_SET];
    store->known.head_epoch = 0; /* it is looked at with the head */
    sqlite_bind_optional(set, 1, note);
    return sqlite_run(store, set, error);
}

/* ---- Entries ---------------------------------------------------------------------------------------------------- */

int32_t sqlite_get_head(struct store *base, struct seal_head *head, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    if (!store->head_read)
        return sqlite_journal_head(store, head, error);
    *head = store->head;
    return KC_OK;
}

/* Rows are small; where somebody made large ones, a step is shorter. */
enum { ENTRIES_BYTES = 4 << 20 };

int32_t sqlite_read_entries(struct store *base, int64_t after, size_t limit, struct arena *arena,
                            struct seal_found **entries, size_t *count, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct sqlite_entries rows;
    const struct sqlite_entry *entry = NULL;
    struct seal_found *found = arena_alloc(arena, limit * sizeof(*found));
    struct sqlite_names names = {0};
    size_t length = 0;
    int32_t status = found ? sqlite_journal_flush(store, error) : sqlite_no_memory(error);
    sqlite_forget_names(store); /* what the tables hold is what counts */
    sqlite_entries_open(store, &rows, after + 1);
    while (status == KC_OK && length < limit && arena_size(arena) < ENTRIES_BYTES) {
        status = sqlite_entries_next(store, &rows, &entry, error);
        if (status == KC_OK && !entry)
            break;
        if (status == KC_OK && entry->entry.number > after)
            status = sqlite_read_entry(store, entry, &names, arena, &found[length++], error);
    }
    sqlite_entries_close(&rows);
    *entries = found;
    *count = length;
    return status;
}

static int32_t write_entry(struct sqlite_store *store, const struct seal_found *found, struct kc_error *error)
{
    struct packed_row row = {.id = found->row,
                             .last = found->entry.number - found->row,
                             .packed = {.record = found->record, .seal = found->seal}};
    int32_t status = sqlite_need_head(store, error);
    if (status == KC_OK && found->is_last)
        status = sqlite_put(store, &row, error);
    if (status == KC_OK)
        status = sqlite_add_entry(store, found->row, &found->entry, error);
    if (status == KC_OK)
        status = seal_follow(&store->store, &store->head, &found->record.id, found->entry.content, error);
    return status;
}

int32_t sqlite_write_entries(struct store *base, const struct seal_found *entries, size_t count, struct kc_error *error)
{
    int32_t status = KC_OK;
    for (size_t i = 0; status == KC_OK && i < count; i++)
        status = write_entry((struct sqlite_store *)base, &entries[i], error);
    return status;
}

/* ---- Places ----------------------------------------------------------------------------------------------------- */

/* Room for one more in an array of the arena. */
static void *grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    const size_t wanted = *capacity * 2 + 16;
    void *more = arena_alloc(arena, wanted * size);
    if (more && count > 0)
        memcpy(more, items, count * size);
    *capacity = more ? wanted : *capacity;
    return more;
}

static int32_t read_station(struct sqlite_store *store, sqlite3_stmt *row, struct sqlite_names *names,
                            struct arena *arena, struct store_station *station, struct kc_error *error)
{
    const char **const texts[] = {&station->site, &station->station, &station->record.system, &station->record.encoder};
    int32_t status = KC_OK;
    for (int i = 0; status == KC_OK && i < 4; i++)
        status = sqlite_name_column(store, row, i, names, arena, texts[i], error);
    return status;
}

static int32_t list_stations(struct sqlite_store *store, struct arena *arena, struct store_places *places,
                             struct kc_error *error)
{
    sqlite3_stmt *rows = store->statements[STATEMENT_STATION_ALL];
    struct sqlite_names names = {0};
    size_t capacity = 0;
    int32_t status = KC_OK;
    int result;
    while (status == KC_OK && (result = sqlite3_step(rows)) != SQLITE_DONE) {
        struct store_station *more = grow(arena, places->stations, places->station_count, &capacity, sizeof(*more));
        if (result != SQLITE_ROW)
            status = sqlite_failed(store, result, error);
        else if (!more)
            status = sqlite_no_memory(error);
        else
            status = read_station(store, rows, &names, arena, &(places->stations = more)[places->station_count++],
                                  error);
    }
    sqlite_done(rows);
    return status;
}

static int32_t list_encoders(struct sqlite_store *store, struct arena *arena, struct store_places *places,
                             struct kc_error *error)
{
    sqlite3_stmt *rows = store->statements[STATEMENT_ENCODER_ALL];
    struct sqlite_names names = {0};
    size_t capacity = 0;
    int32_t status = KC_OK;
    int result;
    while (status == KC_OK && (result = sqlite3_step(rows)) != SQLITE_DONE) {
        struct store_encoder *more = grow(arena, places->encoders, places->encoder_count, &capacity, sizeof(*more));
        if (result != SQLITE_ROW) {
            status = sqlite_failed(store, result, error);
        } else if (!more) {
            status = sqlite_no_memory(error);
        } else {
            places->encoders = more;
            struct store_encoder *encoder = &more[places->encoder_count++];
            status = sqlite_encoder_row(store, rows, &names, arena, &encoder->record, error);
            if (status == KC_OK)
                status = sqlite_name_column(store, rows, 4, &names, arena, &encoder->site, error);
        }
    }
    sqlite_done(rows);
    return status;
}

int32_t sqlite_list_places(struct store *base, struct arena *arena, struct store_places *places, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    *places = (struct store_places){0};
    const int32_t status = list_stations(store, arena, places, error);
    return status == KC_OK ? list_encoders(store, arena, places, error) : status;
}
