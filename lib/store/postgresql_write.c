/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing records to the PostgreSQL ledger: a row is read, changed here and written back, with what it is looked up by
 * and its entry in the journal. No statement here fails by a rule of the ledger: a failed statement would take the
 * whole transaction with it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/forget.h"
#include "store/postgresql.h"
#include "store/record.h"

enum { WAITING_OPEN = 1, WAITING_UNCONFIRMED = 2 };

/* ---- Rows ------------------------------------------------------------------------------------------------------- */

int64_t pg_room(const struct packed_row *row, const char *room)
{
    const uint64_t hash = (uint64_t)pack_hash(PACK_ROOM, row->packed.record.site, room);
    return (int64_t)(hash << PG_ROOM_BITS | ((uint64_t)row->id & ((UINT64_C(1) << PG_ROOM_BITS) - 1)));
}

void pg_list_rooms(const struct packed_row *row, bool others, struct buf *out)
{
    const struct strings *rooms = &row->packed.record.rooms;
    const char *between = "";
    buf_append_text(out, "{");
    for (size_t i = 0; i < rooms->count; i++) {
        const int64_t room = pg_room(row, rooms->items[i]);
        if (others && room == pg_room(row, rooms->items[0]))
            continue;
        buf_append_format(out, "%s%" PRId64, between, room);
        between = ",";
    }
    buf_append_text(out, "}");
}

/* Names become numbers, where these are not known from reading; then everything becomes bytes. */
static int32_t pack(struct postgresql_store *store, struct packed_row *row, struct buf *bytes, struct kc_error *error)
{
    struct packed *packed = &row->packed;
    int32_t status = KC_OK;
    for (size_t i = 0; status == KC_OK && i < RECORD_NAMES; i++) {
        const char *name = record_text(&packed->record, i);
        if (packed->names[i] == 0 && (i == 0 || name[0] != '\0'))
            status = pg_name_find(store, name, true, &packed->names[i], error);
    }
    row->flags = pack_flags(&packed->record, &packed->seal);
    pack_number(bytes, (uint64_t)row->last);
    pack_record(packed, bytes);
    return status == KC_OK && bytes->failed ? error_no_memory(error) : status;
}

static void forget_bytes(const struct packed_row *row, struct buf *bytes)
{
    if (row->packed.seal.has_salt && bytes->data)
        explicit_bzero(bytes->data, bytes->length);
    buf_free(bytes);
}

static void add_hash(struct pg_values *values, enum pack_lookup kind, const struct record *record, const char *value)
{
    if (value[0] != '\0')
        pg_add_number(values, pack_hash(kind, record->site, value));
    else
        pg_add_optional(values, NULL);
}

static void add_row(struct pg_values *values, const struct packed_row *row, const struct buf *bytes)
{
    const struct record *record = &row->packed.record;
    pg_add_number(values, row->id);
    pg_add_number(values, pack_id(&record->id));
    if (record->rooms.count > 0)
        pg_add_number(values, pg_room(row, record->rooms.items[0]));
    else
        pg_add_optional(values, NULL);
    pg_add_number(values, row->packed.names[0]);
    add_hash(values, PACK_IDEMPOTENCY, record, record->idempotency_key);
    add_hash(values, PACK_BOOKING, record, record->booking);
    pg_add_number(values, row->flags);
    pg_add_blob(values, bytes);
}

/* ---- What a row is looked up by --------------------------------------------------------------------------------- */

/* A room that is named twice, or two with the same hash, stand in one row. */
static bool is_first_with_hash(const struct packed_row *row, size_t at)
{
    const struct strings *rooms = &row->packed.record.rooms;
    const int64_t room = pg_room(row, rooms->items[at]);
    for (size_t i = 0; i < at; i++) {
        if (pg_room(row, rooms->items[i]) == room)
            return false;
    }
    return true;
}

/* Each room as a row of its own, to be sent with those of other jobs. What is there already would be a fault of the
 * tables, and is met when the jobs are run one by one. */
static int32_t gather_rooms(struct postgresql_store *store, enum pg_rows_kind kind, const struct packed_row *row,
                            bool others, struct kc_error *error)
{
    const struct strings *rooms = &row->packed.record.rooms;
    int32_t status = KC_OK;
    for (size_t i = 0; status == KC_OK && i < rooms->count; i++) {
        struct pg_values values;
        pg_no_values(&values);
        if (!is_first_with_hash(row, i) || (others && i == 0))
            continue;
        pg_add_number(&values, pg_room(row, rooms->items[i]));
        status = pg_gather(store, kind, &values, error);
    }
    return status;
}

static int32_t with_rooms(struct postgresql_store *store, enum postgresql_statement statement,
                          const struct packed_row *row, bool others, struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    if (pg_gathers(store) && statement == PG_ROOMS_ADD)
        return gather_rooms(store, PG_ROWS_ROOM, row, others, error);
    if (pg_gathers(store) && statement == PG_ACTIVE_ADD)
        return gather_rooms(store, PG_ROWS_ACTIVE, row, others, error);
    if (pg_gathers(store) && statement == PG_ACTIVE_DROP)
        return gather_rooms(store, PG_ROWS_NOT_ACTIVE, row, others, error);
    struct buf list = {0};
    int32_t status = KC_OK;
    if (row->packed.record.rooms.count < (others ? 2u : 1u))
        return KC_OK;
    pg_list_rooms(row, others, &list);
    pg_add_text(&values, buf_text(&list));
    values.failed = values.failed || list.failed;
    status = pg_queue_statement(store, statement, &values, error);
    buf_free(&list);
    return status;
}

static int32_t mark_waiting(struct postgresql_store *store, const struct packed_row *row, int kind, bool waits,
                            struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    pg_add_number(&values, row->id);
    pg_add_number(&values, row->packed.names[0]);
    pg_add_number(&values, kind);
    if (pg_gathers(store))
        return pg_gather(store, waits ? PG_ROWS_WAITING : PG_ROWS_NOT_WAITING, &values, error);
    return pg_queue_statement(store, waits ? PG_WAITING_ADD : PG_WAITING_DROP, &values, error);
}

static int32_t mark_block(struct postgresql_store *store, enum postgresql_statement statement,
                          const struct packed_row *row, struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    const int64_t site = row->packed.names[0];
    const int64_t block = row->id >> PG_BLOCK_BITS;
    const int64_t salted = row->flags & PACK_SALTED ? 1 : 0;
    const int64_t *known = pg_memo_get(store, PG_MEMO_BLOCK, site, block);
    if (statement == PG_BLOCK_SET && known && known[0] >= salted)
        return KC_OK;
    if (statement == PG_BLOCK_SET)
        pg_memo_set(store, PG_MEMO_BLOCK, site, block, salted, 0);
    else
        pg_forget_memos(store);
    pg_add_number(&values, site);
    pg_add_number(&values, block);
    if (statement == PG_BLOCK_SET)
        pg_add_number(&values, salted);
    if (statement == PG_BLOCK_SET && pg_gathers(store))
        return pg_gather(store, PG_ROWS_BLOCK, &values, error);
    return pg_queue_statement(store, statement, &values, error);
}

/* The flags of which other tables tell: an intent is open by standing where it does. */
static int64_t flags_told(const struct packed_row *row)
{
    return row->is_intent ? row->flags & ~(int64_t)PACK_OPEN : row->flags;
}

/* What has changed with the flags. */
static int32_t mark_changed(struct postgresql_store *store, const struct packed_row *row, int64_t changed,
                            struct kc_error *error)
{
    int32_t status = KC_OK;
    if (changed & PACK_OPEN)
        status = mark_waiting(store, row, WAITING_OPEN, flags_told(row) & PACK_OPEN, error);
    if (status == KC_OK && (changed & PACK_UNCONFIRMED))
        status = mark_waiting(store, row, WAITING_UNCONFIRMED, row->flags & PACK_UNCONFIRMED, error);
    if (status == KC_OK && (changed & PACK_ACTIVE))
        status = with_rooms(store, row->flags & PACK_ACTIVE ? PG_ACTIVE_ADD : PG_ACTIVE_DROP, row, false, error);
    if (status == KC_OK && (changed & PACK_SALTED))
        status = mark_block(store, row->flags & PACK_SALTED ? PG_BLOCK_SET : PG_BLOCK_CLEAR, row, error);
    return status;
}

/* Of a row that is new. */
static int32_t index_row(struct postgresql_store *store, const struct packed_row *row, struct kc_error *error)
{
    int32_t status = with_rooms(store, PG_ROOMS_ADD, row, true, error);
    if (status == KC_OK)
        status = mark_changed(store, row, flags_told(row) & ~(int64_t)PACK_SALTED, error);
    return status == KC_OK ? mark_block(store, PG_BLOCK_SET, row, error) : status;
}

/* ---- Inserting -------------------------------------------------------------------------------------------------- */

static int32_t remember_intent(struct postgresql_store *store, const struct record *record, struct kc_error *error)
{
    if (record->outcome != KC_OUTCOME_PENDING)
        return KC_OK;
    if (store->intent_count == store->intent_capacity) {
        const size_t capacity = store->intent_capacity * 2 + 16;
        struct uuid *more = reallocarray(store->intents, capacity, sizeof(*more));
        if (!more)
            return error_no_memory(error);
        store->intents = more;
        store->intent_capacity = capacity;
    }
    store->intents[store->intent_count++] = record->id;
    return KC_OK;
}

/* With what tells it from one that has the same hash. */
static int32_t gather_row(struct postgresql_store *store, struct pg_values *values, const struct packed_row *row,
                          struct kc_error *error)
{
    const enum pg_rows_kind kind = row->is_intent ? PG_ROWS_INTENT : PG_ROWS_OPERATION;
    const struct record *record = &row->packed.record;
    struct buf key = {0};
    bool is_new = false;
    int32_t status = pg_claim(store, row, &is_new, error);
    if (status != KC_OK)
        return status;
    pg_add_number(values, pack_id_rest(&record->id));
    pack_key(record->idempotency_key, &key);
    if (record->idempotency_key[0] != '\0')
        pg_add_blob(values, &key); /* copied by gathering it */
    else
        pg_add_optional(values, NULL);
    status = pg_gather(store, kind, values, error);
    if (!is_new) /* it may be the same as one of the other kind, which is written after it */
        store->rows[PG_ROWS_OPERATION].unproven = store->rows[PG_ROWS_INTENT].unproven = true;
    store->rows[kind].keyed = store->rows[kind].keyed || record->idempotency_key[0] != '\0';
    if (kind == PG_ROWS_INTENT && store->rows[kind].count == 1)
        store->gathered_intents[0] = values->numbers[0];
    if (kind == PG_ROWS_INTENT)
        store->gathered_intents[1] = values->numbers[0];
    buf_free(&key);
    return status;
}

static int32_t insert_row(struct postgresql_store *store, struct packed_row *row, struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    struct buf bytes = {0};
    PGresult *result = NULL;
    int32_t status = pack(store, row, &bytes, error);
    add_row(&values, row, &bytes);
    const bool gathers = pg_gathers(store);
    if (status == KC_OK && gathers)
        status = gather_row(store, &values, row, error);
    else if (status == KC_OK) {
        pg_forget_new(store, row);
        status = pg_statement(store, row->is_intent ? PG_INSERT_INTENT : PG_INSERT, &values, &result, error);
    }
    const bool inserted = status == KC_OK && (gathers || PQntuples(result) == 1);
    PQclear(result);
    if (status == KC_OK && !inserted)
        status = pg_check_new(store, &row->packed.record, error);
    if (status == KC_OK && !inserted) /* only their hashes are the same */
        status = pg_queue_statement(store, row->is_intent ? PG_PUT_INTENT : PG_PUT, &values, error);
    forget_bytes(row, &bytes);
    return status;
}

int32_t pg_insert(struct store *base, const struct record *record, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct packed_row row = {.id = store->head.entries + 1, .packed.record = *record};
    int32_t status = record_check(record, error);
    pg_forget_answers(store);
    record_settle(&row.packed.record);
    row.is_intent = row.packed.record.outcome == KC_OUTCOME_PENDING;
    if (status == KC_OK)
        status = seal_begin(base, record, &row.packed.seal, error);
    if (status == KC_OK)
        status = insert_row(store, &row, error);
    if (status == KC_OK)
        status = index_row(store, &row, error);
    if (status == KC_OK)
        status = pg_journal(store, &row, error);
    if (status == KC_OK && store->seen)
        drafts_keep(&store->drafts, store->epoch, &row);
    return status == KC_OK ? remember_intent(store, record, error) : status;
}

/* Nothing stands in its place. An intent, of which there are few, goes by itself. */
static int32_t put_new(struct postgresql_store *store, struct packed_row *row, struct pg_values *values,
                       struct kc_error *error)
{
    const int32_t status = !row->is_intent && pg_gathers(store)
                               ? pg_gather(store, PG_ROWS_SETTLED, values, error)
                               : pg_queue_statement(store, row->is_intent ? PG_PUT_INTENT : PG_PUT, values, error);
    return status == KC_OK ? index_row(store, row, error) : status;
}

static int32_t put_again(struct postgresql_store *store, struct packed_row *row, struct packed_row *old,
                         struct pg_values *values, struct kc_error *error)
{
    const int64_t not_told = PACK_ACTIVE | PACK_SALTED; /* they have been, or are told anew */
    int32_t status = pg_leave_batch(store, old, error);
    if (status == KC_OK)
        status = with_rooms(store, PG_ROOMS_DROP, old, true, error);
    if (status == KC_OK)
        status = with_rooms(store, PG_ACTIVE_DROP, old, false, error);
    if (status == KC_OK)
        status = pg_queue_statement(store, row->is_intent ? PG_PUT_INTENT : PG_PUT, values, error);
    if (status == KC_OK)
        status = with_rooms(store, PG_ROOMS_ADD, row, true, error);
    if (status == KC_OK && (row->flags & PACK_ACTIVE))
        status = with_rooms(store, PG_ACTIVE_ADD, row, false, error);
    if (status == KC_OK)
        status = mark_changed(store, row, (flags_told(old) ^ flags_told(row)) & ~not_told, error);
    if (status == KC_OK && old->flags & ~row->flags & PACK_SALTED)
        status = mark_block(store, PG_BLOCK_CLEAR, row, error);
    return status == KC_OK ? mark_block(store, PG_BLOCK_SET, row, error) : status;
}

int32_t pg_put(struct postgresql_store *store, struct packed_row *row, struct packed_row *old, struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    struct buf bytes = {0};
    int32_t status = record_check(&row->packed.record, error);
    pg_forget_drafts(store);
    pg_forget_answers(store);
    row->is_intent = row->packed.record.outcome == KC_OUTCOME_PENDING;
    if (status == KC_OK)
        status = pack(store, row, &bytes, error);
    pg_forget_new(store, row);
    add_row(&values, row, &bytes);
    if (status == KC_OK)
        status = old ? put_again(store, row, old, &values, error) : put_new(store, row, &values, error);
    forget_bytes(row, &bytes);
    return status;
}

/* ---- Updating --------------------------------------------------------------------------------------------------- */

/* An intent has its outcome. */
static int32_t settle(struct postgresql_store *store, struct packed_row *row, const struct buf *bytes,
                      struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    struct pg_values number;
    pg_no_values(&number);
    const bool batched = row->batch != 0;
    int32_t status = pg_leave_batch(store, row, error);
    row->is_intent = false;
    pg_add_number(&number, row->id);
    add_row(&values, row, bytes);
    if (status == KC_OK && !pg_gathers(store))
        return pg_queue_statement(store, PG_PUT, &values, error);
    if (status == KC_OK)
        status = pg_gather(store, PG_ROWS_SETTLED, &values, error);
    return status == KC_OK && !batched ? pg_gather(store, PG_ROWS_NOT_INTENT, &number, error) : status;
}

/* An intent that others stand in one row with gets one of its own. */
static int32_t stand_alone(struct postgresql_store *store, struct packed_row *row, const struct buf *bytes,
                           struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    add_row(&values, row, bytes);
    const int32_t status = pg_leave_batch(store, row, error);
    return status == KC_OK ? pg_queue_statement(store, PG_PUT_INTENT, &values, error) : status;
}

int32_t pg_write_row(struct postgresql_store *store, struct packed_row *row, struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    struct buf bytes = {0};
    int32_t status = pack(store, row, &bytes, error);
    pg_add_number(&values, row->id);
    pg_add_number(&values, row->flags);
    pg_add_blob(&values, &bytes);
    if (status == KC_OK && row->is_intent && row->packed.record.outcome != KC_OUTCOME_PENDING)
        status = settle(store, row, &bytes, error);
    else if (status == KC_OK && row->batch != 0)
        status = stand_alone(store, row, &bytes, error);
    else if (status == KC_OK)
        status = pg_gathers(store) && !row->is_intent ? pg_gather(store, PG_ROWS_CHANGED, &values, error)
                                                      : pg_queue_statement(store, PG_UPDATE, &values, error);
    forget_bytes(row, &bytes);
    return status;
}

/* Writes a row back that was `flags` before, with its entry. Rooms are as they were. */
static int32_t update(struct postgresql_store *store, struct packed_row *row, struct kc_error *error)
{
    const int64_t before = flags_told(row);
    drafts_drop(&store->drafts, &row->packed.record.id);
    pg_forget_answers(store);
    row->last = store->head.entries + 1 - row->id;
    int32_t status = pg_write_row(store, row, error);
    if (status == KC_OK)
        status = mark_changed(store, row, before ^ flags_told(row), error);
    return status == KC_OK ? pg_journal(store, row, error) : status;
}

/* An intent as this program has inserted it, if where it stands is known, too; NULL: it is to be read. */
static int32_t take_draft(struct postgresql_store *store, const struct uuid *id, struct draft **out,
                          struct kc_error *error)
{
    struct draft *draft = store->seen ? drafts_take(&store->drafts, store->epoch, id) : NULL;
    int32_t status = KC_OK;
    if (draft && store->rows[PG_ROWS_INTENT].count > 0 && draft->row.id >= store->gathered_intents[0])
        status = pg_send_rows(store, error);
    if (draft && !pg_batch_of(store, draft->row.id, &draft->row.batch)) {
        draft_free(draft);
        draft = NULL;
    }
    *out = draft;
    return status;
}

int32_t pg_finish(struct store *base, const struct record *record, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct arena arena = {0};
    struct packed_row row = {0};
    struct draft *draft = NULL;
    int32_t status = record_check_outcome(record, error);
    if (status == KC_OK)
        status = take_draft(store, &record->id, &draft, error);
    if (draft)
        row = draft->row;
    else if (status == KC_OK)
        status = pg_get_by_id(store, &record->id, &arena, &row, error);
    if (status == KC_OK) {
        row.packed.names[RECORD_NAME_ENCODER] = 0; /* it may be another one */
        status = seal_apply_outcome(base, &row.packed.record, &row.packed.seal, record, error);
    }
    if (status == KC_OK)
        status = update(store, &row, error);
    draft_free(draft);
    arena_free(&arena);
    return status;
}

int32_t pg_set_key_state(struct store *base, const struct uuid *id, int32_t key_state, bool unconfirmed,
                         struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct arena arena = {0};
    struct packed_row row;
    int32_t status = record_check_key_state(key_state, error);
    if (status == KC_OK)
        status = pg_get_by_id(store, id, &arena, &row, error);
    if (status == KC_OK) {
        row.packed.record.key_state = key_state;
        row.packed.record.unconfirmed = unconfirmed;
        status = update(store, &row, error);
    }
    arena_free(&arena);
    return status;
}

static int32_t move(struct postgresql_store *store, struct packed_row *row, const struct strings *rooms,
                    struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    pg_forget_answers(store);
    int32_t status = with_rooms(store, PG_ROOMS_DROP, row, true, error);
    if (status == KC_OK && (row->flags & PACK_ACTIVE))
        status = with_rooms(store, PG_ACTIVE_DROP, row, false, error);
    row->packed.record.rooms = *rooms;
    pg_add_number(&values, row->id);
    pg_add_number(&values, pg_room(row, rooms->items[0]));
    if (status == KC_OK && row->batch == 0) /* else it is written anew with all that it has */
        status = pg_queue_statement(store, PG_ROOM_SET, &values, error);
    if (status == KC_OK)
        status = with_rooms(store, PG_ROOMS_ADD, row, true, error);
    if (status == KC_OK && (row->flags & PACK_ACTIVE))
        status = with_rooms(store, PG_ACTIVE_ADD, row, false, error);
    return status;
}

int32_t pg_set_stay(struct store *base, const struct uuid *id, const struct strings *rooms, int64_t until_utc,
                    struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct arena arena = {0};
    struct packed_row row;
    int32_t status = record_check_rooms(rooms, error);
    if (status == KC_OK)
        status = pg_get_by_id(store, id, &arena, &row, error);
    if (status == KC_OK && rooms->count > 0)
        status = move(store, &row, rooms, error);
    if (status == KC_OK && until_utc != 0)
        row.packed.record.until_utc = until_utc;
    if (status == KC_OK)
        status = update(store, &row, error);
    arena_free(&arena);
    return status;
}

int32_t pg_enter_again(struct store *base, const struct uuid *id, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct arena arena = {0};
    struct packed_row row;
    int32_t status = pg_get_by_id(store, id, &arena, &row, error);
    if (status == KC_OK)
        status = update(store, &row, error);
    arena_free(&arena);
    return status;
}

/* ---- Forgetting ------------------------------------------------------------------------------------------------- */

int32_t pg_forget_record(struct store *base, const struct uuid *id, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct arena arena = {0};
    struct packed_row row;
    int32_t status = pg_get_by_id(store, id, &arena, &row, error);
    if (status == KC_OK)
        status = forget_guest(base, &row.packed.record, &row.packed.seal, error);
    if (status == KC_OK)
        status = update(store, &row, error);
    arena_free(&arena);
    return status;
}
