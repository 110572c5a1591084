/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The copy of a ledger. While it goes on, the note of the target says so, so that nobody takes it for a ledger. With
 * the key of the source the target becomes the same ledger, entry for entry. With another key its values differ, so
 * that its journal goes on behind the source's: an entry for each record that was encrypted anew. */
#include "store/copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/seal.h"

/* At most in one step, which holds up who else works with the source in this program: about a tenth of a second. Those
 * that are encrypted anew are each looked up by themselves. */
enum { ENTRIES_AT_ONCE = 2000, RECORDS_AT_ONCE = 200 };
#define NOTE_SIZE 320
#define ENTRIES   VAULT_NOTE_COPYING "entries "
#define AGAIN     VAULT_NOTE_COPYING "again "

void store_copy_end(struct store_copy *copy)
{
    if (copy->to)
        store_close(copy->to);
    copy->to = NULL;
    vault_free(copy->vault);
    copy->vault = NULL;
    vault_wipe(copy->key, sizeof(copy->key));
}

static const char *note_of(const struct store *store)
{
    return store->note ? store->note : "";
}

static int32_t refused(const char *why, struct kc_error *error)
{
    return error_set(error, KC_ERROR_STATE, "target", "The target %s; nothing was copied. Name an empty one.", why);
}

static int32_t damaged(const struct store_check *check, const char *which, struct kc_error *error)
{
    return error_set(error, KC_ERROR_LEDGER_DAMAGED, "ledger", "Entry %lld of the journal of the %s does not fit: %s.",
                     (long long)check->entry, which, check->fault);
}

/* ---- Opening ---------------------------------------------------------------------------------------------------- */

/* What a copy that was begun earlier says of itself; `rest` is what the target will be. False: it is none. */
static bool read_progress(struct store_copy *copy, const char *note, const char **rest)
{
    char id[UUID_TEXT_SIZE] = "";
    char *end = NULL;
    if (strncmp(note, ENTRIES, strlen(ENTRIES)) == 0) {
        copy->step = COPY_ENTRIES;
        *rest = note + strlen(ENTRIES);
        return true;
    }
    const char *at = note + strlen(AGAIN);
    if (strncmp(note, AGAIN, strlen(AGAIN)) != 0 || strlen(at) < UUID_TEXT_SIZE)
        return false;
    memcpy(id, at, UUID_TEXT_SIZE - 1);
    copy->copied.entries = strtoll(at + UUID_TEXT_SIZE, &end, 10);
    copy->step = COPY_AGAIN;
    *rest = *end == ' ' ? end + 1 : end;
    return uuid_parse(id, &copy->again) == 0;
}

/* The key that was given must be that of the ledger that the target is or will be. */
static int32_t keep_key(struct store_copy *copy, const struct store *from, const char *note, struct kc_error *error)
{
    if (strlen(note) >= sizeof(copy->note))
        return refused("is of a kind that this library does not know", error);
    snprintf(copy->note, sizeof(copy->note), "%s", note);
    if (copy->has_key)
        return vault_open(copy->key, note, &copy->vault, error);
    return strcmp(note, note_of(from)) == 0 ? KC_OK : refused("has another key than this ledger", error);
}

static int32_t look_at_target(struct store_copy *copy, const struct store *from, const char *note, int64_t entries,
                              struct kc_error *error)
{
    const char *rest = "";
    copy->step = COPY_ENTRIES;
    if (read_progress(copy, note, &rest))
        return keep_key(copy, from, rest, error);
    if (note[0] == '\0' && entries == 0 && copy->has_key)
        return vault_new(copy->key, &copy->vault, copy->note, error);
    if (note[0] == '\0' && entries == 0)
        return keep_key(copy, from, note_of(from), error);
    if (entries > 0 && copy->has_key)
        return refused("holds a ledger", error);
    return keep_key(copy, from, note, error);
}

static int32_t open_target(struct store_copy *copy, const struct store *from, struct kc_error *error)
{
    struct arena arena = {0};
    struct seal_head head = {0};
    const char *note = "";
    if (!from->table->read_entries)
        return error_set(error, KC_ERROR_NOT_OFFERED, "ledger",
                         "This ledger keeps no journal, so it cannot be copied: %s:.", from->table->scheme);
    int32_t status = store_open(copy->uri, &copy->to, error);
    if (status == KC_OK && !copy->to->table->read_entries)
        status = error_set(error, KC_ERROR_NOT_OFFERED, "target",
                           "The target keeps no journal, so nothing can be copied into it: %s:.",
                           copy->to->table->scheme);
    if (status == KC_OK)
        status = copy->to->table->begin(copy->to, false, error);
    if (status != KC_OK)
        return status;
    status = copy->to->table->get_note(copy->to, &arena, &note, error);
    if (status == KC_OK)
        status = copy->to->table->get_head(copy->to, &head, error);
    copy->to->table->rollback(copy->to);
    if (status == KC_OK)
        status = look_at_target(copy, from, note, head.entries, error);
    if (status == KC_OK)
        status = store_keep_note(copy->to, note, error);
    arena_free(&arena);
    return status;
}

/* ---- Entries ---------------------------------------------------------------------------------------------------- */

/* Whether what the target has is the beginning of the source: their chains have the same link there. */
static int32_t check_beginning(struct store_copy *copy, struct store *from, const struct seal_head *head,
                               struct kc_error *error)
{
    struct arena arena = {0};
    struct seal_found *found = NULL;
    size_t count = 0;
    int32_t status = KC_OK;
    if (head->entries > 0)
        status = from->table->read_entries(from, head->entries - 1, 1, &arena, &found, &count, error);
    if (status == KC_OK && head->entries > 0 &&
        (count != 1 || found[0].entry.number != head->entries ||
         memcmp(found[0].entry.link, head->chain, SEAL_LINK_SIZE) != 0))
        status = refused("holds another ledger", error);
    arena_free(&arena);
    if (status != KC_OK)
        return status;
    copy->copied.entries = head->entries;
    memcpy(copy->copied.chain, head->chain, SEAL_SIZE);
    return KC_OK;
}

/* Guest data in clear for a moment, in memory. */
static int32_t encrypt_anew(const struct store_copy *copy, const struct store *from, struct record *record,
                            struct arena *arena, struct kc_error *error)
{
    struct record clear = *record;
    int32_t status = from->vault ? vault_open_record(from->vault, &clear, arena, error) : KC_OK;
    return status == KC_OK ? vault_close_record(copy->vault, &clear, arena, record, error) : status;
}

/* A mask may be the first thing that the record hides: then it needs a salt. */
static int32_t give_salt(struct store *store, struct seal_found *found, struct kc_error *error)
{
    if (found->seal.has_salt || !seal_has_guest_data(&found->record))
        return KC_OK;
    found->seal.has_salt = true;
    return seal_make_salt(store, found->seal.salt, error);
}

static int32_t copy_page(struct store_copy *copy, const struct store *from, struct seal_found *found, size_t count,
                         struct store_check *next, struct arena *arena, struct kc_error *error)
{
    int32_t status = KC_OK;
    for (size_t i = 0; status == KC_OK && i < count; i++) {
        status = seal_check(copy->to, next, &found[i], error);
        if (status == KC_OK && next->fault)
            return damaged(next, "source", error);
        if (status == KC_OK && copy->vault && found[i].is_last)
            status = encrypt_anew(copy, from, &found[i].record, arena, error);
        if (status == KC_OK && copy->vault && found[i].is_last)
            status = give_salt(copy->to, &found[i], error);
    }
    return status == KC_OK ? copy->to->table->write_entries(copy->to, found, count, error) : status;
}

static int32_t copy_places(struct store *from, struct store *to, struct kc_error *error)
{
    struct arena arena = {0};
    struct store_places places = {0};
    int32_t status = from->table->list_places(from, &arena, &places, error);
    for (size_t i = 0; status == KC_OK && i < places.station_count; i++)
        status = to->table->set_station(to, places.stations[i].site, places.stations[i].station,
                                        &places.stations[i].record, error);
    for (size_t i = 0; status == KC_OK && i < places.encoder_count; i++)
        status = to->table->set_encoder(to, places.encoders[i].site, &places.encoders[i].record, error);
    arena_free(&arena);
    return status;
}

static void write_again(const struct store_copy *copy, const struct uuid *id, int64_t entries, char note[NOTE_SIZE])
{
    char text[UUID_TEXT_SIZE];
    uuid_format(id, text);
    snprintf(note, NOTE_SIZE, AGAIN "%s %lld %s", text, (long long)entries, copy->note);
}

/* Everything is in the target: the rest, and what it is from now on. */
static int32_t end_entries(struct store_copy *copy, struct store *from, const struct seal_head *head,
                           struct store_check *next, char note[NOTE_SIZE], struct kc_error *error)
{
    const struct uuid first = {{0}};
    seal_check_head(next, head);
    if (next->fault)
        return damaged(next, "source", error);
    if (copy->vault)
        write_again(copy, &first, next->entries, note);
    else
        snprintf(note, NOTE_SIZE, "%s", copy->note);
    return copy_places(from, copy->to, error);
}

static size_t page_of(const struct store_copy *copy)
{
    const size_t usual = copy->step == COPY_ENTRIES ? ENTRIES_AT_ONCE : RECORDS_AT_ONCE;
    return copy->page > 0 ? copy->page : usual;
}

/* Inside a transaction of the target. */
static int32_t copy_entries(struct store_copy *copy, struct store *from, struct store_check *next, bool *last,
                            char note[NOTE_SIZE], struct kc_error *error)
{
    struct arena arena = {0};
    struct seal_found *found = NULL;
    struct seal_head head = {0};
    size_t count = 0;
    int32_t status = copy->to->table->get_head(copy->to, &head, error);
    if (status == KC_OK)
        status = check_beginning(copy, from, &head, error);
    *next = copy->copied;
    if (status == KC_OK)
        status = from->table->get_head(from, &head, error);
    if (status == KC_OK)
        status = from->table->read_entries(from, next->entries, page_of(copy), &arena, &found, &count, error);
    if (status == KC_OK)
        status = copy_page(copy, from, found, count, next, &arena, error);
    *last = count == 0 || (count < page_of(copy) && next->entries == head.entries);
    snprintf(note, NOTE_SIZE, ENTRIES "%s", copy->note);
    if (status == KC_OK && *last)
        status = end_entries(copy, from, &head, next, note, error);
    arena_free(&arena);
    return status;
}

/* ---- Entries again ---------------------------------------------------------------------------------------------- */

/* Nobody may have written to the source since its last entry was copied: that would be lost. */
static int32_t check_source(const struct store_copy *copy, struct store *from, struct kc_error *error)
{
    struct seal_head head = {0};
    const int32_t status = from->table->get_head(from, &head, error);
    if (status != KC_OK || head.entries == copy->copied.entries)
        return status;
    return error_set(error, KC_ERROR_STATE, "ledger",
                     "The ledger got entries while it was encrypted anew (%lld were copied, now there are %lld). End "
                     "the programs that use it, remove the target and begin again.",
                     (long long)copy->copied.entries, (long long)head.entries);
}

/* Inside a transaction of the target. */
static int32_t enter_again(struct store_copy *copy, struct store *from, struct uuid *next, bool *last,
                           char note[NOTE_SIZE], struct kc_error *error)
{
    struct arena arena = {0};
    struct record *records = NULL;
    size_t count = 0;
    const struct record_query query = {.find = RECORD_WITH_GUEST_DATA, .limit = page_of(copy), .after = copy->again};
    int32_t status = check_source(copy, from, error);
    *next = copy->again;
    if (status == KC_OK)
        status = copy->to->table->find(copy->to, &query, &arena, &records, &count, error);
    for (size_t i = 0; status == KC_OK && i < count; i++) {
        status = copy->to->table->enter_again(copy->to, &records[i].id, error);
        *next = records[i].id;
    }
    *last = count < page_of(copy);
    if (*last)
        snprintf(note, NOTE_SIZE, "%s", copy->note);
    else
        write_again(copy, next, copy->copied.entries, note);
    arena_free(&arena);
    return status;
}

/* ---- Steps ------------------------------------------------------------------------------------------------------ */

static int32_t write_step(struct store_copy *copy, struct store *from, struct kc_error *error)
{
    struct store *to = copy->to;
    struct store_check next = copy->copied;
    struct uuid again = copy->again;
    char note[NOTE_SIZE] = "";
    bool last = false;
    int32_t status = to->table->begin(to, true, error);
    if (status != KC_OK)
        return status;
    if (copy->step == COPY_ENTRIES)
        status = copy_entries(copy, from, &next, &last, note, error);
    else
        status = enter_again(copy, from, &again, &last, note, error);
    if (status == KC_OK && strcmp(note, note_of(to)) != 0)
        status = to->table->set_note(to, note, error);
    if (status != KC_OK) {
        to->table->rollback(to);
        return status;
    }
    status = to->table->commit(to, error);
    if (status == KC_OK)
        status = store_keep_note(to, note, error);
    if (status != KC_OK)
        return status;
    copy->copied = next;
    copy->again = again;
    if (last)
        copy->step = copy->step == COPY_ENTRIES && copy->vault ? COPY_AGAIN : COPY_CHECK;
    return KC_OK;
}

static int32_t check_step(struct store_copy *copy, struct kc_error *error)
{
    struct store *to = copy->to;
    int32_t status = to->table->begin(to, false, error);
    if (status != KC_OK)
        return status;
    status = to->table->check(to, &copy->result, error);
    to->table->rollback(to);
    if (status == KC_OK && copy->result.fault)
        return damaged(&copy->result, "target", error);
    if (status == KC_OK && copy->result.done) {
        copy->step = COPY_DONE;
        store_copy_end(copy);
    }
    return status;
}

int32_t store_copy_run(struct store_copy *copy, struct store *from, struct kc_error *error)
{
    switch (copy->step) {
    case COPY_OPEN:
        return open_target(copy, from, error);
    case COPY_ENTRIES:
    case COPY_AGAIN:
        return write_step(copy, from, error);
    case COPY_CHECK:
        return check_step(copy, error);
    case COPY_DONE:
        break;
    }
    return KC_OK;
}
