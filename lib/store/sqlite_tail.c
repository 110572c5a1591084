/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tail of the SQLite ledger: its latest operations, which do not stand yet in the tables by which others are looked
 * up. So a commit touches few pages, and those tables are written for many operations at once, in the order of their
 * keys, when nothing else is to do.
 *
 * What the tail is looked up by is kept in memory. It is read at the first use, and follows the journal where another
 * program has written. A row that is damaged fails those who look for it, not the others. Where it is not known who
 * they are, it fails all who look for something of its site, and never leaves the tail: it must not be overlooked. The
 * table `unreadable` has such rows once others behind them stand in the tables. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/record.h"
#include "store/sqlite.h"

/* More than any program leaves behind: each shortens it before a commit that would leave more than SQLITE_TAIL_MOST,
 * and a copy that was not committed adds no more than a journal has entries in a transaction. */
#define TAIL_LIMIT 100000

/* ---- In memory -------------------------------------------------------------------------------------------------- */

void sqlite_tail_drop(struct sqlite_store *store)
{
    store->tail.epoch = 0;
}

void sqlite_tail_free(struct sqlite_store *store)
{
    free(store->tail.entries);
    free(store->tail.keys);
}

static void clear(struct sqlite_tail *tail)
{
    tail->count = tail->key_count = tail->unreadable = 0;
    memset(tail->buckets, 0, sizeof(tail->buckets));
}

static int32_t hash_of_high(int64_t high)
{
    return (int32_t)(uint32_t)((uint64_t)high ^ (uint64_t)high >> 32);
}

static uint32_t *bucket_of(struct sqlite_tail *tail, int32_t hash)
{
    return &tail->buckets[(uint32_t)hash % SQLITE_TAIL_BUCKETS];
}

/* Room for one more entry with so many keys. False: memory is used up. */
static bool make_room(struct sqlite_tail *tail, size_t keys)
{
    if (tail->count == tail->capacity) {
        const size_t capacity = tail->capacity * 2 + 64;
        void *more = realloc(tail->entries, capacity * sizeof(*tail->entries));
        if (!more)
            return false;
        tail->entries = more;
        tail->capacity = capacity;
    }
    if (tail->key_capacity - tail->key_count < keys) {
        const size_t capacity = tail->key_capacity * 2 + keys + 64;
        void *more = realloc(tail->keys, capacity * sizeof(*tail->keys));
        if (!more)
            return false;
        tail->keys = more;
        tail->key_capacity = capacity;
    }
    return true;
}

static void link_key(struct sqlite_tail *tail, size_t at)
{
    uint32_t *bucket = bucket_of(tail, tail->keys[at].hash);
    tail->keys[at].next = *bucket;
    *bucket = (uint32_t)at + 1;
}

static void link_all(struct sqlite_tail *tail)
{
    memset(tail->buckets, 0, sizeof(tail->buckets));
    for (size_t i = 0; i < tail->key_count; i++)
        link_key(tail, i);
}

/* Makes a gap for an entry with so many keys. */
static struct sqlite_tail_entry *open_gap(struct sqlite_tail *tail, size_t at, size_t keys)
{
    const size_t first = at < tail->count ? tail->entries[at].first_key : tail->key_count;
    for (size_t i = at; i < tail->count; i++)
        tail->entries[i].first_key += (uint32_t)keys;
    for (size_t i = first; i < tail->key_count; i++)
        tail->keys[i].entry++;
    memmove(&tail->entries[at + 1], &tail->entries[at], (tail->count - at) * sizeof(*tail->entries));
    memmove(&tail->keys[first + keys], &tail->keys[first], (tail->key_count - first) * sizeof(*tail->keys));
    tail->entries[at] = (struct sqlite_tail_entry){.first_key = (uint32_t)first, .key_count = (uint32_t)keys};
    tail->key_count += keys;
    tail->count++;
    return &tail->entries[at];
}

/* A row that is not there yet goes to its place. */
static int32_t insert(struct sqlite_tail *tail, size_t at, const struct packed_row *row, struct kc_error *error)
{
    const struct record *record = &row->packed.record;
    const bool has_key = record->idempotency_key[0] != '\0';
    const bool has_booking = record->booking[0] != '\0';
    const size_t lookups = 1 + (has_key ? 1u : 0u) + (has_booking ? 1u : 0u);
    const bool last = at == tail->count;
    if (!make_room(tail, lookups + record->rooms.count))
        return sqlite_no_memory(error);
    struct sqlite_tail_entry *entry = open_gap(tail, at, lookups + record->rooms.count);
    struct sqlite_tail_key *key = &tail->keys[entry->first_key];
    entry->id = row->id;
    entry->high = pack_id(&record->id);
    entry->site = row->packed.names[0];
    entry->flags = (int32_t)row->flags;
    entry->lookups = (uint32_t)lookups;
    key++->hash = hash_of_high(entry->high);
    if (has_key)
        key++->hash = (int32_t)pack_hash(PACK_IDEMPOTENCY, record->site, record->idempotency_key);
    if (has_booking)
        key++->hash = (int32_t)pack_hash(PACK_BOOKING, record->site, record->booking);
    for (size_t i = 0; i < record->rooms.count; i++)
        key++->hash = (int32_t)pack_hash(PACK_ROOM, record->site, record->rooms.items[i]);
    for (size_t i = 0; i < entry->key_count; i++)
        tail->keys[entry->first_key + i].entry = (uint32_t)at;
    for (size_t i = 0; last && i < entry->key_count; i++)
        link_key(tail, entry->first_key + i);
    if (!last)
        link_all(tail);
    return KC_OK;
}

/* The first entry whose operation is not before that one. */
static size_t place_of(const struct sqlite_tail *tail, int64_t id)
{
    size_t low = 0;
    size_t high = tail->count;
    if (high > 0 && tail->entries[high - 1].id < id)
        return high;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (tail->entries[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct sqlite_tail_entry *find_entry(const struct sqlite_tail *tail, int64_t id)
{
    const size_t at = place_of(tail, id);
    return at < tail->count && tail->entries[at].id == id ? &tail->entries[at] : NULL;
}

static bool is_read(const struct sqlite_store *store)
{
    return store->tail.epoch != 0 && store->tail.epoch == store->epoch;
}

bool sqlite_tail_has(const struct sqlite_store *store, int64_t id)
{
    const struct sqlite_tail *tail = &store->tail;
    if (!is_read(store) || tail->count == 0 || id < tail->entries[0].id)
        return false;
    const struct sqlite_tail_entry *entry = find_entry(tail, id);
    return entry && !entry->unreadable;
}

void sqlite_tail_set_flags(struct sqlite_store *store, int64_t id, int64_t flags)
{
    struct sqlite_tail_entry *entry = is_read(store) ? find_entry(&store->tail, id) : NULL;
    if (entry)
        entry->flags = (int32_t)flags;
}

/* Whether the rooms are what they were. */
static bool is_same(const struct sqlite_tail *tail, const struct sqlite_tail_entry *entry, const struct record *record)
{
    if (entry->key_count - entry->lookups != record->rooms.count)
        return false;
    for (size_t i = 0; i < record->rooms.count; i++) {
        const int32_t hash = (int32_t)pack_hash(PACK_ROOM, record->site, record->rooms.items[i]);
        if (tail->keys[entry->first_key + entry->lookups + i].hash != hash)
            return false;
    }
    return true;
}

/* Takes a row over. `*anew`: the tail must be read from its start. */
static int32_t take_row(struct sqlite_tail *tail, const struct packed_row *row, bool *anew, struct kc_error *error)
{
    const size_t at = place_of(tail, row->id);
    struct sqlite_tail_entry *entry = &tail->entries[at];
    if (at == tail->count || entry->id != row->id)
        return insert(tail, at, row, error);
    entry->flags = (int32_t)row->flags;
    *anew = !is_same(tail, entry, &row->packed.record);
    return KC_OK;
}

int32_t sqlite_tail_put(struct sqlite_store *store, const struct packed_row *row, struct kc_error *error)
{
    bool anew = false;
    if (!is_read(store))
        return KC_OK;
    const int32_t status = take_row(&store->tail, row, &anew, error);
    if (status != KC_OK || anew)
        sqlite_tail_drop(store);
    return status;
}

/* The first ones are in the tables now, but perhaps for those that cannot be read. */
static void remove_first(struct sqlite_tail *tail, size_t count, bool keep_unreadable)
{
    size_t kept = 0;
    size_t keys = 0;
    if (count == 0)
        return;
    for (size_t i = 0; i < tail->count; i++) {
        struct sqlite_tail_entry entry = tail->entries[i];
        if (i < count && !(entry.unreadable && keep_unreadable)) {
            tail->unreadable -= entry.unreadable ? 1 : 0;
            continue;
        }
        memmove(&tail->keys[keys], &tail->keys[entry.first_key], entry.key_count * sizeof(*tail->keys));
        for (size_t k = 0; k < entry.key_count; k++)
            tail->keys[keys + k].entry = (uint32_t)kept;
        entry.first_key = (uint32_t)keys;
        keys += entry.key_count;
        tail->entries[kept++] = entry;
    }
    tail->count = kept;
    tail->key_count = keys;
    link_all(tail);
}

/* How many can be written into the tables. */
static size_t waiting(const struct sqlite_tail *tail)
{
    return tail->count - tail->unreadable;
}

/* ---- Looking up ------------------------------------------------------------------------------------------------- */

static bool has_value(enum record_find find)
{
    return find == RECORD_BY_ID || find == RECORD_BY_IDEMPOTENCY || find == RECORD_BY_BOOKING || find == RECORD_BY_ROOM;
}

static bool may_answer(const struct sqlite_tail_entry *entry, const struct sqlite_tail_cursor *cursor, int32_t flags)
{
    return (cursor->before == 0 || entry->id < cursor->before) && (entry->flags & flags) == flags &&
           (cursor->site == 0 || entry->site == cursor->site || entry->site == 0);
}

/* Whether the tables of what is open and of what a site has hold it: all that is right about it is where it belongs. */
static bool is_in_lists(const struct sqlite_tail *tail, const struct sqlite_tail_entry *entry)
{
    return entry->unreadable && entry->id <= tail->indexed && entry->site != 0 && entry->flags != PACK_FLAGS_LAST;
}

/* The newest one that may be anything; 0 if there is none. Mostly the identifier is known all the same. */
static int64_t unreadable_answer(const struct sqlite_tail *tail, const struct sqlite_tail_cursor *cursor, int32_t flags,
                                 bool by_id)
{
    for (size_t i = tail->unreadable > 0 ? tail->count : 0; i > 0; i--) {
        const struct sqlite_tail_entry *entry = &tail->entries[i - 1];
        if (entry->unreadable && !(by_id && entry->high != 0) && may_answer(entry, cursor, flags))
            return entry->id;
    }
    return 0;
}

int64_t sqlite_tail_next(const struct sqlite_store *store, const struct record_query *query,
                         struct sqlite_tail_cursor *cursor)
{
    const struct sqlite_tail *tail = &store->tail;
    const int32_t flags = pack_flags_wanted(query);
    const bool by_key = has_value(query->find);
    if (!cursor->started) {
        cursor->hash = query->find == RECORD_BY_ID ? hash_of_high(cursor->value) : (int32_t)cursor->value;
        cursor->next = by_key ? tail->buckets[(uint32_t)cursor->hash % SQLITE_TAIL_BUCKETS] : (uint32_t)tail->count;
        cursor->started = true;
        const int64_t any = by_key ? unreadable_answer(tail, cursor, flags, query->find == RECORD_BY_ID) : 0;
        if (any != 0)
            return any;
    }
    while (cursor->next > 0) {
        const struct sqlite_tail_key *key = by_key ? &tail->keys[cursor->next - 1] : NULL;
        const struct sqlite_tail_entry *entry = &tail->entries[key ? key->entry : cursor->next - 1];
        cursor->next = key ? key->next : cursor->next - 1;
        if ((key ? key->hash == cursor->hash : !is_in_lists(tail, entry)) && may_answer(entry, cursor, flags)) {
            cursor->before = entry->id; /* it may have two such keys */
            cursor->among_tables = !entry->unreadable && entry->id <= tail->indexed;
            return entry->id;
        }
    }
    return 0;
}

/* ---- Reading ---------------------------------------------------------------------------------------------------- */

static int32_t read_indexed(struct sqlite_store *store, int64_t entries, int64_t *indexed, struct kc_error *error)
{
    sqlite3_stmt *get = store->statements[STATEMENT_INDEXED_GET];
    const int result = sqlite3_step(get);
    int32_t status;
    if (result == SQLITE_ROW)
        status = sqlite_number_column(store, get, 0, 0, entries, indexed, error);
    else
        status = result == SQLITE_DONE ? sqlite_damaged(store, "the head of the journal", error)
                                       : sqlite_failed(store, result, error);
    sqlite_done(get);
    return status;
}

/* A row whose values no ledger has. */
static int32_t take_damaged(struct sqlite_store *store, struct packed_row *row, struct sqlite_names *names,
                            struct arena *arena, struct kc_error *error)
{
    struct sqlite_tail *tail = &store->tail;
    struct record *record = &row->packed.record;
    const size_t at = place_of(tail, row->id);
    const struct uuid id = record->id;
    const char *site = "";
    if (at < tail->count && tail->entries[at].id == row->id)
        return KC_OK; /* what it was looked up by is known */
    if (sqlite_name(store, row->packed.names[0], names, arena, &site, NULL) != KC_OK)
        row->packed.names[0] = 0;
    const bool known = row->packed.has_lookups && row->packed.names[0] > 0;
    if (!known)
        *record = (struct record){.id = id, .idempotency_key = "", .booking = ""};
    record->site = site;
    if (row->flags < 0 || row->flags > PACK_FLAGS_LAST)
        row->flags = PACK_FLAGS_LAST;
    const int32_t status = insert(tail, at, row, error);
    if (status == KC_OK && !known) {
        tail->entries[at].unreadable = true;
        tail->unreadable++;
    }
    return status;
}

/* Takes over what rows say. `*anew`: the tail must be read from its start. */
static int32_t read_rows(struct sqlite_store *store, sqlite3_stmt *rows, bool *anew, struct kc_error *error)
{
    struct sqlite_tail *tail = &store->tail;
    struct sqlite_names names = {0};
    struct arena arena = {0};
    struct arena row_arena;
    _Alignas(max_align_t) uint8_t memory[2048];
    int32_t status = sqlite_rows_flush(store, error);
    int result;
    while (status == KC_OK && !*anew && (result = sqlite3_step(rows)) != SQLITE_DONE) {
        struct packed_row row = {0};
        arena_init_in(&row_arena, memory, sizeof(memory));
        status = result == SQLITE_ROW ? sqlite_read_lookups(store, rows, &names, &arena, &row_arena, &row, error)
                                      : sqlite_failed(store, result, error);
        const bool damaged = status == KC_ERROR_LEDGER_DAMAGED && result == SQLITE_ROW && row.id > 0;
        if ((status == KC_OK || damaged) && tail->count == TAIL_LIMIT)
            status = sqlite_damaged(store, "the last operation that is indexed", error);
        else if (damaged)
            status = take_damaged(store, &row, &names, &arena, error);
        else if (status == KC_OK)
            status = take_row(tail, &row, anew, error);
        arena_free(&row_arena);
    }
    sqlite_done(rows);
    arena_free(&arena);
    return status;
}

/* Those that could not be read when others behind them went into the tables. */
static int32_t read_unreadable(struct sqlite_store *store, struct kc_error *error)
{
    sqlite3_stmt *rows = store->statements[STATEMENT_TAIL_UNREADABLE];
    bool anew = false;
    sqlite3_bind_int64(rows, 1, store->tail.indexed);
    return read_rows(store, rows, &anew, error);
}

static int32_t read_all(struct sqlite_store *store, struct kc_error *error)
{
    sqlite3_stmt *rows = store->statements[STATEMENT_TAIL_ALL];
    bool anew = false;
    clear(&store->tail);
    sqlite3_bind_int64(rows, 1, store->tail.indexed);
    const int32_t status = read_unreadable(store, error);
    return status == KC_OK ? read_rows(store, rows, &anew, error) : status;
}

static int by_id(const void *one, const void *other)
{
    const struct sqlite_given_row *a = one;
    const struct sqlite_given_row *b = other;
    return (a->numbers[0] > b->numbers[0]) - (a->numbers[0] < b->numbers[0]);
}

/* The operations behind those in the tables that have an entry in a piece of the journal, each once. `*anew`: one
 * cannot be told, and must not be overlooked. */
static int32_t read_piece(struct sqlite_store *store, struct sqlite_entries *entries, struct sqlite_given_row *rows,
                          size_t *count, bool *anew, struct kc_error *error)
{
    const struct sqlite_entry *entry = NULL;
    size_t found = 0;
    int32_t status = KC_OK;
    *count = 0;
    do {
        status = sqlite_entries_next(store, entries, &entry, error);
        if (status != KC_OK || !entry || entry->entry.number <= store->tail.seen)
            continue;
        *anew = *anew || entry->id == 0;
        if (entry->id > store->tail.indexed)
            rows[found++] = (struct sqlite_given_row){.numbers = {entry->id}};
    } while (status == KC_OK && entry && !*anew && found < SQLITE_GIVEN_MOST);
    qsort(rows, found, sizeof(*rows), by_id);
    for (size_t i = 0; i < found; i++) {
        if (i == 0 || rows[i].numbers[0] != rows[i - 1].numbers[0])
            rows[(*count)++] = rows[i];
    }
    return status;
}

/* Takes over what has an entry in the journal behind the last one that was seen. */
static int32_t read_changed(struct sqlite_store *store, bool *anew, struct kc_error *error)
{
    struct sqlite_given_row rows[SQLITE_GIVEN_MOST];
    struct sqlite_entries entries;
    size_t count = 0;
    int32_t status = sqlite_journal_flush(store, error);
    sqlite_entries_open(store, &entries, store->tail.seen + 1);
    do {
        if (status == KC_OK)
            status = read_piece(store, &entries, rows, &count, anew, error);
        if (status != KC_OK || *anew || count == 0)
            break;
        store->given = (struct sqlite_given){rows, count, NULL, false};
        status = read_rows(store, store->statements[STATEMENT_TAIL_CHANGED], anew, error);
        if (status == KC_OK)
            status = sqlite_given_check(store, error);
        store->given = (struct sqlite_given){0};
    } while (status == KC_OK && !*anew);
    sqlite_entries_close(&entries);
    return status;
}

/* Follows the journal from where it was seen last. */
static int32_t read_on(struct sqlite_store *store, struct kc_error *error)
{
    struct sqlite_tail *tail = &store->tail;
    bool anew = false;
    size_t count = 0;
    while (count < tail->count && tail->entries[count].id <= tail->indexed)
        count++;
    remove_first(tail, count, false);
    int32_t status = read_unreadable(store, error);
    if (status == KC_OK)
        status = read_changed(store, &anew, error);
    return status == KC_OK && anew ? read_all(store, error) : status;
}

int32_t sqlite_tail_need(struct sqlite_store *store, struct kc_error *error)
{
    struct sqlite_tail *tail = &store->tail;
    struct seal_head head = store->head;
    uint64_t epoch = 0;
    int64_t indexed = 0;
    int32_t status = sqlite_epoch(&store->store, &epoch, error);
    if (status != KC_OK || tail->epoch == epoch)
        return status;
    const bool follow = tail->epoch != 0;
    tail->epoch = 0;
    if (!store->head_read)
        status = sqlite_journal_head(store, &head, error);
    if (status == KC_OK)
        status = read_indexed(store, head.entries, &indexed, error);
    if (status != KC_OK)
        return status;
    const bool back = indexed < tail->indexed;
    tail->indexed = indexed;
    status = follow && !back ? read_on(store, error) : read_all(store, error);
    if (status == KC_OK) {
        tail->epoch = epoch;
        tail->seen = head.entries;
    }
    return status;
}

int32_t sqlite_tail_bound(struct sqlite_store *store, struct kc_error *error)
{
    sqlite_tail_drop(store);
    return read_indexed(store, INT64_MAX, &store->tail.indexed, error);
}

/* ---- Into the tables -------------------------------------------------------------------------------------------- */

/* What goes into one of the tables, as a statement gets it. */
struct places {
    struct sqlite_given_row *rows;
    size_t count;
};

/* By hash, then by operation: so what goes to one page goes there at once. */
static int compare(const void *one, const void *other)
{
    const struct sqlite_given_row *a = one;
    const struct sqlite_given_row *b = other;
    if (a->numbers[0] != b->numbers[0])
        return a->numbers[0] < b->numbers[0] ? -1 : 1;
    return a->numbers[1] < b->numbers[1] ? -1 : a->numbers[1] > b->numbers[1];
}

static void add_place(struct places *places, int64_t value, int64_t id, int64_t active)
{
    places->rows[places->count++] = (struct sqlite_given_row){.numbers = {value, id, active}};
}

/* One table gets what the first rows are looked up by there. */
static int32_t write_places(struct sqlite_store *store, enum sqlite_statement statement, size_t rows,
                            struct kc_error *error)
{
    const struct sqlite_tail *tail = &store->tail;
    struct places places = {.rows = malloc((tail->key_count + 1) * sizeof(*places.rows))};
    if (!places.rows)
        return sqlite_no_memory(error);
    for (size_t i = 0; i < rows; i++) {
        const struct sqlite_tail_entry *entry = &tail->entries[i];
        if (entry->unreadable)
            continue;
        const bool lookups = statement == STATEMENT_LOOKUP_ADD_GIVEN;
        const uint32_t end = lookups ? entry->lookups : entry->key_count;
        if (statement == STATEMENT_HIGH_ADD_GIVEN)
            add_place(&places, entry->high, entry->id, 0);
        else
            for (uint32_t k = lookups ? 1 : entry->lookups; k < end; k++)
                add_place(&places, tail->keys[entry->first_key + k].hash, entry->id,
                          entry->flags & PACK_ACTIVE ? 1 : 0);
    }
    qsort(places.rows, places.count, sizeof(*places.rows), compare);
    const int32_t status = sqlite_run_given(store, statement, places.rows, places.count, NULL, error);
    free(places.rows);
    return status;
}

/* What an operation stands in for its flags; and whether it is one of those that could not be read. */
static int32_t write_flags(struct sqlite_store *store, const struct sqlite_tail_entry *entry, struct kc_error *error)
{
    const bool listed = entry->id <= store->tail.indexed;
    int32_t status = KC_OK;
    if (!entry->unreadable || (!listed && entry->site != 0 && entry->flags != PACK_FLAGS_LAST))
        status = sqlite_index_flags(store, entry->id, entry->site, entry->flags, error);
    if (status != KC_OK || entry->unreadable == listed)
        return status;
    sqlite3_stmt *change = store->statements[listed ? STATEMENT_UNREADABLE_DROP : STATEMENT_UNREADABLE_ADD];
    sqlite3_bind_int64(change, 1, entry->id);
    return sqlite_run(store, change, error);
}

/* So many of the first rows go into the tables; one that could not be found there is passed over, and stays. */
static int32_t write_first(struct sqlite_store *store, size_t most, struct kc_error *error)
{
    struct sqlite_tail *tail = &store->tail;
    sqlite3_stmt *set = store->statements[STATEMENT_INDEXED_SET];
    size_t rows = 0;
    for (size_t found = 0; rows < tail->count && found < most; rows++)
        found += tail->entries[rows].unreadable ? 0 : 1;
    if (rows == 0)
        return KC_OK;
    int32_t status = write_places(store, STATEMENT_LOOKUP_ADD_GIVEN, rows, error);
    if (status == KC_OK)
        status = write_places(store, STATEMENT_ROOM_ADD_GIVEN, rows, error);
    if (status == KC_OK)
        status = write_places(store, STATEMENT_HIGH_ADD_GIVEN, rows, error);
    for (size_t i = 0; status == KC_OK && i < rows; i++)
        status = write_flags(store, &tail->entries[i], error);
    if (status != KC_OK)
        return status;
    const int64_t last = tail->entries[rows - 1].id;
    tail->indexed = last > tail->indexed ? last : tail->indexed;
    sqlite3_bind_int64(set, 1, tail->indexed);
    remove_first(tail, rows, true);
    return sqlite_run(store, set, error);
}

int32_t sqlite_tail_shorten(struct sqlite_store *store, struct kc_error *error)
{
    const struct sqlite_tail *tail = &store->tail;
    if (!store->writing || !is_read(store) || waiting(tail) <= SQLITE_TAIL_MOST)
        return KC_OK;
    return write_first(store, waiting(tail) - SQLITE_TAIL_MOST / 2, error);
}

static int32_t tidy(struct sqlite_store *store, struct kc_error *error)
{
    const struct store_table *table = store->store.table;
    int32_t status = table->begin(&store->store, true, error);
    if (status != KC_OK)
        return status;
    status = sqlite_tail_need(store, error);
    const size_t waits = waiting(&store->tail);
    const size_t count = waits < SQLITE_TAIL_STEP ? waits : SQLITE_TAIL_STEP;
    if (status == KC_OK && count > 0)
        status = write_first(store, count, error);
    if (status == KC_OK)
        return table->commit(&store->store, error);
    table->rollback(&store->store);
    return status;
}

bool sqlite_tidy(struct store *base, bool all)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    const size_t least = all ? 1 : SQLITE_TAIL_LEAST;
    struct kc_error error;
    error_init(&error);
    if (store->tail.epoch == 0 || waiting(&store->tail) < least || !(all || store->wrote))
        return false;
    sqlite3_busy_timeout(store->db, 0); /* whoever writes just now goes first */
    sqlite3_wal_autocheckpoint(store->db, SQLITE_LOG_PAGES / 2);
    const size_t before = waiting(&store->tail);
    const int32_t status = tidy(store, &error);
    sqlite3_wal_autocheckpoint(store->db, SQLITE_LOG_PAGES);
    sqlite3_busy_timeout(store->db, SQLITE_STORE_WAIT_MS);
    return status == KC_OK && store->tail.epoch != 0 && waiting(&store->tail) >= least &&
           waiting(&store->tail) < before;
}
