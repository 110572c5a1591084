/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the SQLite store share. */
#ifndef KEYCARD_STORE_SQLITE_H
#define KEYCARD_STORE_SQLITE_H

#include <sqlite3.h>
#include <sys/stat.h>

#include "store.h"
#include "store/draft.h"
#include "store/feed.h"
#include "store/liveness.h"
#include "store/pack.h"
#include "store/seal.h"

/* The log is emptied by a commit when it has 16 MB: four times as seldom as SQLite does it by itself, for the pages
 * that each operation writes are the same. When nothing else is to do, it is when it has half of that. */
#define SQLITE_LOG_PAGES     4096
#define SQLITE_CONTACT_MS    10000 /* the last contact of an encoder in the same state is kept as exactly as this */
#define SQLITE_STORE_WAIT_MS 5000  /* for a lock that another program has */

enum sqlite_statement {
    STATEMENT_BEGIN_READ,
    STATEMENT_BEGIN_WRITE,
    STATEMENT_COMMIT,
    STATEMENT_ROLLBACK,
    STATEMENT_JOB_BEGIN,
    STATEMENT_JOB_KEEP,
    STATEMENT_JOB_UNDO,
    STATEMENT_NAME_FIND,
    STATEMENT_NAME_ADD,
    STATEMENT_NAME_GET,
    STATEMENT_INSERT,
    STATEMENT_INSERT_GIVEN,
    STATEMENT_UPDATE,
    STATEMENT_UPDATE_GIVEN,
    STATEMENT_PUT,
    STATEMENT_GET,
    STATEMENT_GET_BY_ID,
    STATEMENT_HIGHEST,
    STATEMENT_HIGH_ADD,
    STATEMENT_HIGH_ADD_GIVEN,
    STATEMENT_HIGH_HAS,
    STATEMENT_UNSETTLED_ADD,
    STATEMENT_UNSETTLED_DROP,
    STATEMENT_UNSETTLED_HAS,
    STATEMENT_INDEXED_GET,
    STATEMENT_INDEXED_SET,
    STATEMENT_UNREADABLE_ADD,
    STATEMENT_UNREADABLE_DROP,
    STATEMENT_UNREADABLE_HAS,
    STATEMENT_TAIL_UNREADABLE,
    STATEMENT_TAIL_ALL,
    STATEMENT_TAIL_CHANGED,
    STATEMENT_LOOKUP_ADD,
    STATEMENT_LOOKUP_ADD_GIVEN,
    STATEMENT_LOOKUP_GIVEN,
    STATEMENT_LOOKUP_HAS,
    STATEMENT_ROOM_ADD_GIVEN,
    STATEMENT_ROOM_GIVEN,
    STATEMENT_ROOM_SET,
    STATEMENT_ROOM_LEAVE,
    STATEMENT_ROOM_HAS,
    STATEMENT_BLOCK_SET,
    STATEMENT_BLOCK_CLEAR,
    STATEMENT_BLOCK_HAS,
    STATEMENT_NOTE_GET,
    STATEMENT_NOTE_SET,
    STATEMENT_STATION_ALL,
    STATEMENT_ENCODER_ALL,
    STATEMENT_HEAD_GET,
    STATEMENT_HEAD_SET,
    STATEMENT_HEAD_LEAVE,
    STATEMENT_JOURNAL_ADD,
    STATEMENT_JOURNAL_FROM,
    STATEMENT_CHECK_OPERATIONS,
    STATEMENT_DATA_VERSION,
    STATEMENT_STATION_GET,
    STATEMENT_STATION_SET,
    STATEMENT_ENCODER_LIST,
    STATEMENT_ENCODER_ADD,
    STATEMENT_ENCODER_FIND,
    STATEMENT_ENCODER_SET,
    STATEMENT_COUNT
};

/* The files that make up an open ledger; see sqlite_files.c. */
#define SQLITE_FILES 4
struct sqlite_file {
    bool watched;
    char *path;
    dev_t device;
    ino_t number;
};

#define SQLITE_FIND_VARIANTS 8 /* with or without site, active keys only or not, after a record or from the first */

/* Names that were used lately, by name and by number: neither ever changes, unless the one that added a name is taken
 * back. */
#define SQLITE_KNOWN_NAMES 1024
#define SQLITE_KNOWN_ROW   16
struct sqlite_known_name {
    char *name; /* NULL: free */
    int64_t id;
};
struct sqlite_known_names {
    struct sqlite_known_name by_name[SQLITE_KNOWN_NAMES], by_id[SQLITE_KNOWN_NAMES];
    /* Of `by_name`, by where the text stood that was asked for, since most names stand where they stood before. */
    struct sqlite_known_name *by_place[SQLITE_KNOWN_NAMES];
};

/* What was read or written lately, so that it need not be again. It holds while the epoch is the same, that is until
 * another program writes, and until something is taken back. */
#define SQLITE_KNOWN_STATIONS 1024
#define SQLITE_KNOWN_BLOCKS   16
#define SQLITE_KNOWN_ENCODERS 1024
struct sqlite_known {
    struct sqlite_known_station {
        uint64_t epoch; /* 0: free */
        int64_t site, station, system, encoder;
    } stations[SQLITE_KNOWN_STATIONS];
    struct sqlite_known_encoder {
        uint64_t epoch;
        int64_t site, system, encoder, id, contact_ms;
        int32_t state;
    } encoders[SQLITE_KNOWN_ENCODERS];
    struct sqlite_known_block {
        uint64_t epoch;
        int64_t site, block;
        bool salted;
    } blocks[SQLITE_KNOWN_BLOCKS];
    uint64_t head_epoch;
    struct seal_head head; /* of the journal */
    size_t head_size;      /* of its row, without the chain */
    uint64_t highest_epoch;
    int64_t highest; /* no record has a higher first half of its identifier */
};

/* The latest operations, which are not yet in the tables that others are looked up by; see sqlite_tail.c. */
#define SQLITE_TAIL_MOST    2048 /* after a transaction; one that would leave more halves it */
#define SQLITE_TAIL_STEP    256  /* at once, when nothing else is to do */
#define SQLITE_TAIL_LEAST   64   /* that are worth a transaction then */
#define SQLITE_TAIL_BUCKETS 2048
struct sqlite_tail {
    uint64_t epoch;  /* it holds while this is the store's; 0: it is to be read */
    int64_t indexed; /* the last operation that is in the tables, but for those that cannot be read */
    int64_t seen;    /* the journal's entry up to which it was followed */
    struct sqlite_tail_entry {
        int64_t id, high, site;
        int32_t flags;
        uint32_t first_key, key_count, lookups; /* the first one is its identifier; the others are rooms */
        bool unreadable;                        /* what else it is looked up by is not known: it may be anything */
    } * entries;                                /* by id */
    struct sqlite_tail_key {
        int32_t hash;
        uint32_t entry;
        uint32_t next; /* of the same bucket, an older one, counted from 1; 0: none */
    } * keys;
    size_t count, capacity, key_count, key_capacity;
    size_t unreadable; /* how many are */
    uint32_t buckets[SQLITE_TAIL_BUCKETS];
};

/* Rows for one statement, which reads them out of the virtual table `given`; see sqlite_given.c. */
#define SQLITE_GIVEN_NUMBERS 5
#define SQLITE_GIVEN_MOST    64
struct sqlite_given_row {
    int64_t numbers[SQLITE_GIVEN_NUMBERS];
    size_t at, size; /* in the bytes of all rows */
};
struct sqlite_given {
    const struct sqlite_given_row *rows;
    size_t count;
    const uint8_t *bytes;
    bool used; /* the statement has looked for them */
};

/* What the tables hold of something that was foreseen. */
struct sqlite_foreseen {
    enum record_find find;
    int32_t hash;
    bool may_be_there;
};

/* No row of the journal has more entries, so that two of them fit onto a page. */
#define SQLITE_ENTRIES 64
struct sqlite_entry {
    int64_t id; /* of its operation; 0 if that cannot be read */
    struct seal_entry entry;
};
/* A row of it; see sqlite_entries.c. */
struct sqlite_journal_row {
    int64_t first; /* its entries have this number and those that follow */
    size_t count;
    struct sqlite_entry entries[SQLITE_ENTRIES];
    bool has_chain; /* as the last row has it */
    uint8_t chain[SEAL_SIZE];
    size_t size; /* without the chain */
};

struct sqlite_store {
    struct store store;
    sqlite3 *db;
    char *path;
    char *place;                            /* the same, whatever the working directory is */
    struct sqlite_file files[SQLITE_FILES]; /* as they were opened */
    char *folder;                           /* of all of them; NULL: they are looked at one by one */
    struct stat settled;                    /* what it was when they were in their places */
    bool has_settled;
    struct liveness liveness;
    struct seal_head head;     /* of the open transaction, once something was written */
    struct seal_head job_head; /* as it was when the job began */
    bool head_read, job_head_read;
    /* Entries of the journal that are still to be written, before anything reads it and with the commit at the latest.
     */
    struct buf entry_bytes;
    size_t entry_count;
    int64_t entry_last, entry_back; /* the number of the last one, and how far its operation is behind it */
    size_t row_size, job_row_size;  /* of the last row of the journal, without the chain; when the job began */
    bool gathers; /* what the open transaction writes; its jobs are run one by one should a row be refused */
    struct sqlite_given_row rows[SQLITE_GIVEN_MOST]; /* that are still to be written */
    size_t row_count;
    enum sqlite_statement rows_statement; /* by which: inserted or updated */
    struct buf packed;                    /* their records */
    struct sqlite_given given;
    struct sqlite_foreseen *foreseen; /* of the open transaction, in the order in which it was asked for */
    size_t foreseen_count, foreseen_next;
    uint64_t epoch; /* of the open transaction; 0: not asked for yet */
    struct drafts drafts;
    struct sqlite_known_names names;
    struct sqlite_known known;
    struct sqlite_tail tail;
    int64_t first_entry; /* the journal's length when the transaction began, if the head was read */
    size_t first_size;   /* of its last row then, without the chain */
    struct feed feed;
    int64_t data_version; /* of the file when the feed was last read */
    bool feed_more;       /* there was more than was asked for */
    bool writing;         /* a transaction that may write is open */
    bool wrote;           /* something, since it was opened */
    bool erased;          /* guest data were erased, and are still to be taken out of the write-ahead log */
    sqlite3_stmt *statements[STATEMENT_COUNT];
    sqlite3_stmt *finds[RECORD_FIND_LAST + 1][SQLITE_FIND_VARIANTS];
};

/* sqlite.c */

/* Turns what SQLite said into an error that names the file and what to do. Never KC_OK. */
int32_t sqlite_failed(const struct sqlite_store *store, int result, struct kc_error *error);
/* For content that no ledger has. */
int32_t sqlite_damaged(const struct sqlite_store *store, const char *what, struct kc_error *error);
int32_t sqlite_no_memory(struct kc_error *error);
/* Prepares for the life of the connection. */
int32_t sqlite_prepare(struct sqlite_store *store, const char *sql, sqlite3_stmt **statement, struct kc_error *error);
/* Steps a statement that brings no row, and resets it. */
int32_t sqlite_run(struct sqlite_store *store, sqlite3_stmt *statement, struct kc_error *error);
/* Makes a statement ready for its next use and lets go of what was bound. */
void sqlite_done(sqlite3_stmt *statement);
/* NULL if "". The text must live until sqlite_done(). */
int sqlite_bind_optional(sqlite3_stmt *statement, int parameter, const char *text);

/* Something that was written is taken back. */
void sqlite_taken_back(struct sqlite_store *store);

/* sqlite_files.c: */

void sqlite_files_free(struct sqlite_store *store);
/* Where the ledger is; before anything is opened. */
int32_t sqlite_files_name(struct sqlite_store *store, struct kc_error *error);
/* Remembers the files; everything is open. */
int32_t sqlite_files_remember(struct sqlite_store *store, struct kc_error *error);
/* KC_ERROR_LEDGER if one of them was removed or replaced since. */
int32_t sqlite_files_check(struct sqlite_store *store, struct kc_error *error);

/* sqlite_schema.c: */

/* Checks whose file it is and of which version; makes it, or migrates it, which `*migrated` tells. */
int32_t sqlite_schema(struct sqlite_store *store, bool *migrated, struct kc_error *error);

/* sqlite_given.c: */

int32_t sqlite_given_open(struct sqlite_store *store, struct kc_error *error);
/* After rows were given to a statement: damage if it has read a table of a forged file, which has that name, instead.
 */
int32_t sqlite_given_check(const struct sqlite_store *store, struct kc_error *error);
/* Runs a statement that reads `given`, over any number of rows; an array in the order of its columns. */
int32_t sqlite_run_given(struct sqlite_store *store, enum sqlite_statement statement,
                         const struct sqlite_given_row *rows, size_t count, const void *bytes, struct kc_error *error);
/* Writes a row of the table `operation`; in a batch it is written with others, before somebody reads it. */
int32_t sqlite_rows_add(struct sqlite_store *store, enum sqlite_statement statement, const struct packed_row *row,
                        struct kc_error *error);
/* Writes those that are still to be written: all, or those that what the tables hold may lead to. */
int32_t sqlite_rows_flush(struct sqlite_store *store, struct kc_error *error);
int32_t sqlite_rows_settle(struct sqlite_store *store, struct kc_error *error);
/* They are not to be written. */
void sqlite_rows_drop(struct sqlite_store *store);

/* sqlite_names.c: */

/* The number of a name; 0 if it is not known and `add` is false. */
int32_t sqlite_name_find(struct sqlite_store *store, const char *name, bool add, int64_t *id, struct kc_error *error);
/* The names are to be read anew. */
void sqlite_forget_names(struct sqlite_store *store);
/* Names of one result, each fetched and kept once. */
struct sqlite_names {
    uint32_t used; /* a bit for each slot */
    struct {
        int64_t id;
        const char *name;
    } slots[32];
};
/* Empties it, as all-zero memory is: what is looked up mostly has no answer, and needs no more than this. */
static inline void sqlite_names_start(struct sqlite_names *names)
{
    names->used = 0;
}
/* The name with a number; "" for 0. */
int32_t sqlite_name(struct sqlite_store *store, int64_t id, struct sqlite_names *names, struct arena *arena,
                    const char **name, struct kc_error *error);
/* The name behind a column; "" for NULL. */
int32_t sqlite_name_column(struct sqlite_store *store, sqlite3_stmt *statement, int column, struct sqlite_names *names,
                           struct arena *arena, const char **name, struct kc_error *error);
/* A text column, checked, in the arena; "" for NULL. `form` is an enum record_text_form. */
int32_t sqlite_text_column(struct sqlite_store *store, sqlite3_stmt *statement, int column, int form,
                           struct arena *arena, const char **text, struct kc_error *error);
/* A number column, checked; 0 for NULL. */
int32_t sqlite_number_column(struct sqlite_store *store, sqlite3_stmt *statement, int column, int64_t low, int64_t high,
                             int64_t *number, struct kc_error *error);

int32_t sqlite_get_station(struct store *base, const char *site, const char *station, struct arena *arena,
                           struct station_record *out, struct kc_error *error);
int32_t sqlite_set_station(struct store *base, const char *site, const char *station,
                           const struct station_record *record, struct kc_error *error);
int32_t sqlite_list_encoders(struct store *base, const char *site, struct arena *arena, struct encoder_record **records,
                             size_t *count, struct kc_error *error);
/* One row: system, encoder, state, contact. */
int32_t sqlite_encoder_row(struct sqlite_store *store, sqlite3_stmt *row, struct sqlite_names *names,
                           struct arena *arena, struct encoder_record *out, struct kc_error *error);
int32_t sqlite_set_encoder(struct store *base, const char *site, const struct encoder_record *record,
                           struct kc_error *error);

/* sqlite_find.c: */
int32_t sqlite_find(struct store *base, const struct record_query *query, struct arena *arena, struct record **records,
                    size_t *count, struct kc_error *error);

/* Looks in the tables for what many will ask for, all at once: mostly there is nothing. */
int32_t sqlite_foresee(struct store *base, const struct store_question *questions, size_t count,
                       struct kc_error *error);

/* The identifier or hash that a query asks for; 0 if it asks for none. */
int64_t sqlite_query_value(const struct record_query *query);
/* A row that begins with SQLITE_COLUMNS. */
int32_t sqlite_read_row(struct sqlite_store *store, sqlite3_stmt *statement, struct sqlite_names *names,
                        struct arena *arena, struct packed_row *row, struct kc_error *error);
/* The same of what it is looked up by: without names but the site. */
int32_t sqlite_read_lookups(struct sqlite_store *store, sqlite3_stmt *statement, struct sqlite_names *names,
                            struct arena *names_arena, struct arena *arena, struct packed_row *row,
                            struct kc_error *error);
/* By the identifier of the record. KC_ERROR_NOT_FOUND if there is none. */
int32_t sqlite_get_by_id(struct sqlite_store *store, const struct uuid *id, struct arena *arena, struct packed_row *row,
                         struct kc_error *error);

/* sqlite_tail.c: */

/* The tail is as it is in the open transaction. */
int32_t sqlite_tail_need(struct sqlite_store *store, struct kc_error *error);
/* Whether a row that can be read is there: perhaps one that could not be when others went into the tables. */
bool sqlite_tail_has(const struct sqlite_store *store, int64_t id);
/* A row that the tail has, or that is behind the last one in the tables, was written, or its flags alone have changed.
 */
void sqlite_tail_set_flags(struct sqlite_store *store, int64_t id, int64_t flags);
int32_t sqlite_tail_put(struct sqlite_store *store, const struct packed_row *row, struct kc_error *error);
/* Only which operation is the last one in the tables, for a check. */
int32_t sqlite_tail_bound(struct sqlite_store *store, struct kc_error *error);
/* It is to be read again. */
void sqlite_tail_drop(struct sqlite_store *store);
void sqlite_tail_free(struct sqlite_store *store);
/* The next older operation of the tail that may answer a query: 0 if there is none. Begins all-zero but for `before`,
 * an operation, the site, and the query's value. */
struct sqlite_tail_cursor {
    int64_t before, site, value;
    int32_t hash;
    uint32_t next;
    bool started;
    bool among_tables; /* what was returned last is not newer than all that the tables have */
};
int64_t sqlite_tail_next(const struct sqlite_store *store, const struct record_query *query,
                         struct sqlite_tail_cursor *cursor);
/* Before a commit: the tail does not get longer than it may. */
int32_t sqlite_tail_shorten(struct sqlite_store *store, struct kc_error *error);
bool sqlite_tidy(struct store *base, bool all);

/* sqlite_journal.c: */

/* Adds an entry for the row, which is its last one from now on. */
int32_t sqlite_journal(struct sqlite_store *store, struct packed_row *row, struct kc_error *error);
/* Writes what is still to be written of it. */
int32_t sqlite_journal_flush(struct sqlite_store *store, struct kc_error *error);
/* The rest of the journal and its head, before the commit. */
int32_t sqlite_journal_end(struct sqlite_store *store, struct kc_error *error);
/* As the file has it. */
int32_t sqlite_journal_head(struct sqlite_store *store, struct seal_head *head, struct kc_error *error);
int32_t sqlite_check(struct store *base, struct store_check *check, struct kc_error *error);

/* The head of the open transaction, store->head, is there. */
int32_t sqlite_need_head(struct sqlite_store *store, struct kc_error *error);
/* An entry with its operation. */
int32_t sqlite_read_entry(struct sqlite_store *store, const struct sqlite_entry *entry, struct sqlite_names *names,
                          struct arena *arena, struct seal_found *found, struct kc_error *error);

/* sqlite_entries.c: */

/* An entry of the operation with that number goes into the journal. */
int32_t sqlite_add_entry(struct sqlite_store *store, int64_t id, const struct seal_entry *entry,
                         struct kc_error *error);
/* Writes those that are still to be written. */
int32_t sqlite_entries_flush(struct sqlite_store *store, struct kc_error *error);
/* The same before the commit: the last one of all gets the chain of the head, also where it was written before. */
int32_t sqlite_entries_end(struct sqlite_store *store, struct kc_error *error);
/* They are not to be written. */
void sqlite_entries_drop(struct sqlite_store *store);
/* A statement's row that begins with SQLITE_ENTRIES_COLUMNS. */
#define SQLITE_ENTRIES_COLUMNS "entry, back, packed"
void sqlite_unpack_entries(sqlite3_stmt *statement, struct sqlite_journal_row *row);
/* Reads the journal from the row on that has a number. */
struct sqlite_entries {
    sqlite3_stmt *statement;
    size_t at; /* so many of the row were read */
    bool ended;
    struct sqlite_journal_row row;
};
void sqlite_entries_open(struct sqlite_store *store, struct sqlite_entries *entries, int64_t from);
/* The next one; NULL after the last. It stays as it is until the next call. */
int32_t sqlite_entries_next(struct sqlite_store *store, struct sqlite_entries *entries,
                            const struct sqlite_entry **entry, struct kc_error *error);
void sqlite_entries_close(const struct sqlite_entries *entries);

/* sqlite_copy.c: */

int32_t sqlite_get_note(struct store *base, struct arena *arena, const char **note, struct kc_error *error);
int32_t sqlite_set_note(struct store *base, const char *note, struct kc_error *error);
int32_t sqlite_get_head(struct store *base, struct seal_head *head, struct kc_error *error);
int32_t sqlite_read_entries(struct store *base, int64_t after, size_t limit, struct arena *arena,
                            struct seal_found **entries, size_t *count, struct kc_error *error);
int32_t sqlite_write_entries(struct store *base, const struct seal_found *entries, size_t count,
                             struct kc_error *error);
int32_t sqlite_enter_again(struct store *base, const struct uuid *id, struct kc_error *error);
int32_t sqlite_list_places(struct store *base, struct arena *arena, struct store_places *places,
                           struct kc_error *error);

/* sqlite_backup.c: */

int32_t sqlite_backup(struct store *base, const char *path, struct store_backup **backup, struct store_check *check,
                      struct kc_error *error);
void sqlite_backup_drop(struct store_backup *backup);
/* sqlite_feed.c: */
int32_t sqlite_epoch(struct store *base, uint64_t *epoch, struct kc_error *error);
int32_t sqlite_watch(struct store *base, bool on, struct kc_error *error);
int sqlite_watch_fd(struct store *base);
int32_t sqlite_changes(struct store *base, struct arena *arena, struct store_change **changes, size_t *count,
                       bool *anew, struct kc_error *error);

/* sqlite_write.c: */

/* Writes a row in the place of the one with its number, or as a new one, and what it is looked up by. */
int32_t sqlite_put(struct sqlite_store *store, struct packed_row *row, struct kc_error *error);
/* Adds a row that is not in the tables to those that it stands in for its flags. */
int32_t sqlite_index_flags(struct sqlite_store *store, int64_t id, int64_t site, int64_t flags, struct kc_error *error);
/* Writes the row of the table `operation` alone. */
int32_t sqlite_write_row(struct sqlite_store *store, enum sqlite_statement statement, struct packed_row *row,
                         struct kc_error *error);
int32_t sqlite_forget_record(struct store *base, const struct uuid *id, struct kc_error *error);
int32_t sqlite_insert(struct store *base, const struct record *record, struct kc_error *error);
int32_t sqlite_finish(struct store *base, const struct record *record, struct kc_error *error);
int32_t sqlite_set_stay(struct store *base, const struct uuid *id, const struct strings *rooms, int64_t until_utc,
                        struct kc_error *error);
int32_t sqlite_set_key_state(struct store *base, const struct uuid *id, int32_t key_state, bool unconfirmed,
                             struct kc_error *error);

/* One row of the table `operation` in the statements that read it; other columns follow. */
enum sqlite_column { COLUMN_ID, COLUMN_HIGH, COLUMN_SITE, COLUMN_FLAGS, COLUMN_LAST, COLUMN_PACKED, COLUMN_COUNT };
#define SQLITE_COLUMNS "o.id, o.high, o.site, o.flags, o.last, o.packed"
/* Operations are counted in blocks of so many entries of the journal. */
#define SQLITE_BLOCK_BITS 7

#endif
