/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the PostgreSQL store share. */
#ifndef KEYCARD_STORE_POSTGRESQL_H
#define KEYCARD_STORE_POSTGRESQL_H

#include "external/pq_calls.h"
#include "store.h"
#include "store/draft.h"
#include "store/feed.h"
#include "store/hash.h"
#include "store/pack.h"
#include "store/record.h"
#include "store/seal.h"
#include "util/buf.h"

/* The longest waits, in milliseconds. The server ends a statement before the client gives the connection up. */
#define POSTGRESQL_LOCK_MS      5000  /* for another station's transaction */
#define POSTGRESQL_STATEMENT_MS 15000 /* for an answer */
#define POSTGRESQL_CONNECT_S    "5"   /* for each host */
#define POSTGRESQL_RECONNECT_MS 10000 /* until a lost server is back, before work starts */
#define POSTGRESQL_SETTLE_MS    30000 /* until it tells what became of a commit */

enum postgresql_statement {
    PG_INSERT,
    PG_INSERT_INTENT,
    PG_PUT,
    PG_PUT_INTENT,
    PG_UPDATE,
    PG_ROOM_SET,
    PG_ROOMS_ADD,
    PG_ROOMS_DROP,
    PG_ROOMS_COUNT,
    PG_ACTIVE_ADD,
    PG_ACTIVE_DROP,
    PG_WAITING_ADD,
    PG_WAITING_DROP,
    PG_BATCH_LEAVE,
    PG_BLOCK_SET,
    PG_BLOCK_CLEAR,
    PG_LATEST,
    PG_GET,
    PG_GET_BY_ID,
    PG_NAMES,
    PG_NAME_ADD,
    PG_STATION_GET,
    PG_STATION_SET,
    PG_STATION_ALL,
    PG_ENCODER_LIST,
    PG_ENCODER_SET,
    PG_ENCODER_ALL,
    PG_JOURNAL_READ,
    PG_JOURNAL_GET,
    PG_HEAD_LOCK,
    PG_CHECK_OPERATIONS,
    PG_HEAD_GET,
    PG_HEAD_SET,
    PG_HEAD_SET_ANEW,
    PG_NOTE_SET,
    PG_ENTER,
    PG_ALIVE,
    PG_SESSION_END,
    PG_STATEMENTS
};

#define PG_FIND_VARIANTS 8 /* with or without site, active keys only or not, after a record or from the first */

/* What tells a session of the server from all others, as the server writes it. */
struct pg_session {
    char pid[16], start[48];
};

/* Intents of a commit of which the server did not tell what became. Their operations sent nothing. */
struct postgresql_doubt {
    bool open;
    struct pg_session session; /* in which it was */
    int64_t first;             /* of the journal entries of that transaction */
    struct seal_entry last;    /* of them */
    struct uuid *intents;
    size_t count;
};

/* An entry, and the number of its operation. */
struct pg_entry {
    struct seal_entry entry;
    int64_t id;
};

/* Names by their numbers, which are 1, 2, 3 ...; read when one is not known, and kept for the connection's life. */
struct pg_name {
    struct hash_node node;
    char *name;
    int64_t id;
};
struct pg_names {
    struct hash hash;
    bool ready;
    struct pg_name **items;
    size_t count, capacity;
    size_t sure, job; /* so many were there before this transaction, and before this job */
    uint64_t epoch;   /* all that there are in it are known; 0: perhaps not */
};

/* Parameters of a statement, as text but for blobs. Numbers become text when they are sent, since most are gathered.
 * pg_no_values() begins it: the arrays are large, and only what was added is ever looked at. */
#define PG_VALUES_MAX 64 /* more than postgresql_once.c needs for all kinds */
enum pg_form { PG_FORM_TEXT, PG_FORM_BLOB, PG_FORM_NUMBER };
struct pg_values {
    int count;
    bool failed;
    const char *items[PG_VALUES_MAX];                   /* NULL is NULL */
    int lengths[PG_VALUES_MAX], formats[PG_VALUES_MAX]; /* of blobs; enum pg_form */
    int64_t numbers[PG_VALUES_MAX];
    char storage[PG_VALUES_MAX][24];
};

/* Rows for one statement: each column is an array, in the server's own form. */
#define PG_ROWS_WIDTH  10
#define PG_ROWS_NEEDED 8 /* of an operation that is known to be new */
enum pg_type {
    PG_TYPE_LONG = 'l',
    PG_TYPE_INT = 'i',
    PG_TYPE_SHORT = 's',
    PG_TYPE_BOOL = 'b',
    PG_TYPE_BYTES = 'x',
    PG_TYPE_TEXT = 't'
};
struct pg_rows {
    size_t count;
    int width;
    bool failed;
    bool keyed;    /* one has an idempotency key */
    bool unproven; /* one may be there already: the server looks */
    struct buf columns[PG_ROWS_WIDTH];
};

/* What is written in a transaction without brackets is gathered until it is read back or committed. Then each kind is a
 * statement, in this order; or all is one, if that is all of the transaction (postgresql_once.c). */
enum pg_rows_kind {
    PG_ROWS_NAME,
    PG_ROWS_OPERATION,
    PG_ROWS_INTENT,
    PG_ROWS_SETTLED,
    PG_ROWS_NOT_INTENT,
    PG_ROWS_NOT_BATCHED,
    PG_ROWS_ROOM,
    PG_ROWS_ACTIVE,
    PG_ROWS_WAITING,
    PG_ROWS_BLOCK,
    PG_ROWS_CHANGED,
    PG_ROWS_NOT_ACTIVE,
    PG_ROWS_NOT_WAITING,
    PG_ROWS_STATION,
    PG_ROWS_ENCODER,
    PG_ROWS_KINDS
};

/* What was foreseen to be asked, by kind of question. */
enum pg_answer_kind { PG_ANSWER_STATION, PG_ANSWER_IDEMPOTENCY, PG_ANSWER_BOOKING, PG_ANSWER_ROOM, PG_ANSWER_KINDS };
struct pg_answers {
    PGresult *result; /* NULL: nothing was foreseen, or it stands in `at_once` */
    struct pg_answer *items;
    size_t count;
    size_t next; /* the one after the last that was asked for */
};
/* The rows of an answer, and the column in which they begin. */
struct pg_answered {
    const PGresult *result;
    int row, count, column;
};

/* What this program knows to stand in small tables, as long as nobody else has written: then it need not be written
 * again. Names stand by their numbers. */
enum pg_memo_kind { PG_MEMO_STATION = 1, PG_MEMO_BLOCK, PG_MEMO_ENCODER, PG_MEMO_KEY };
struct pg_memo {
    uint64_t epoch;
    enum pg_memo_kind kind;
    int64_t site, what, value[2];
};
#define PG_MEMO_SETS   1024
#define PG_MEMO_PLACES 4 /* of a set: so many find room whose place is the same */

/* Intents of these numbers stand in one row. */
struct pg_batch {
    int64_t first, last;
};

/* Identifiers begin with the time: one that is later than all others is new. */
struct pg_latest {
    uint64_t epoch; /* in which it is the latest one; 0: it is not known */
    uint64_t used;  /* of the last transaction that would have liked to know it */
    int64_t high;
};
#define PG_BATCHES 32

struct postgresql_store {
    struct store store;
    PGconn *connection; /* NULL while there is none */
    char **keywords;    /* of the connection: NULL-ended, with `values` */
    char **values;
    const char *password;      /* one of `values`, or NULL */
    char *name;                /* host and database, for messages */
    struct pg_session session; /* the last one */
    uint64_t instance;
    bool entered;
    bool prepared[PG_STATEMENTS];
    bool found[RECORD_FIND_LAST + 1][PG_FIND_VARIANTS];

    bool known;                  /* the head of the journal when this program saw it last */
    struct seal_head known_head; /* is this */
    uint64_t epoch;              /* counts how often it was not what it should have been */
    bool seen;                   /* in the open transaction */
    bool guessed;                /* it began without asking */
    bool opened;                 /* it writes, and the server knows of it */
    int ask;                     /* so many transactions ask */
    char sqlstate[6];            /* of its last failure; "" if there was none */
    struct pg_rows rows[PG_ROWS_KINDS];
    bool rows_prepared[PG_ROWS_KINDS][3][2]; /* by what is asked before (postgresql_defer.c), as a batch or not */
    bool journal_prepared;
    bool once_prepared[2][2][1 << PG_ROWS_KINDS]; /* asks for what is there, fills a row of the journal; its kinds */
    struct drafts drafts;
    struct pg_batch batches[PG_BATCHES]; /* those that this program made last, while its drafts hold */
    size_t batch_next;
    int64_t batch_forgotten;     /* intents up to this one may stand in a batch that is not remembered any more */
    int64_t gathered_intents[2]; /* the first and the last intent that were gathered since some were sent */
    struct pg_memo memos[PG_MEMO_SETS][PG_MEMO_PLACES];
    struct pg_latest latest;
    struct pg_answers answers[PG_ANSWER_KINDS];
    PGresult *answered_at_once;
    bool answers_prepared[PG_ANSWER_KINDS];
    bool answers_once_prepared[1 << PG_ANSWER_KINDS];

    PGresult **wanted[PG_ANSWER_KINDS + 4]; /* where the results of the first queued statements go; NULL: nowhere */
    size_t queued;           /* statements that were sent, and whose results are taken with those of the next one */
    bool writing;            /* a transaction that may write has begun */
    bool in_job, job_marked; /* a savepoint stands before what the job wrote */
    bool job_writes;
    struct seal_head head;     /* of the open transaction */
    struct seal_head job_head; /* as it was when the job began */
    int64_t first_entry;       /* the journal's length when the transaction began */
    struct pg_names names;
    struct pg_entry *entries; /* of the open transaction, which are written with its commit */
    size_t entry_count, entry_capacity, job_entries;
    struct uuid *intents; /* inserted by the open transaction */
    size_t intent_count, intent_capacity, job_intents;
    struct postgresql_doubt doubt;
    struct feed feed;
    bool notified; /* another station has committed since the feed was last read */
};

/* An error of class 22 on purpose, whose text in the server's log tells why; `row` makes it one that is not computed
 * before the statement runs. */
#define PG_WHY_REFUSED  "libkeycard: another station wrote first, so this is tried again"
#define PG_REFUSED(row) "('" PG_WHY_REFUSED " (' || " row " || ')')::bigint"
#define PG_CHANNEL      "keycard" /* of notifications; a database has one ledger */

/* postgresql_values.c */

void pg_no_values(struct pg_values *values);
void pg_add_text(struct pg_values *values, const char *text); /* also "" */
void pg_add_optional(struct pg_values *values, const char *text);
void pg_add_number(struct pg_values *values, int64_t number);
void pg_add_optional_number(struct pg_values *values, int64_t number);
/* They must live until the statement was run or queued. */
void pg_add_blob(struct pg_values *values, const struct buf *bytes);
/* Makes texts of the numbers, for libpq. */
void pg_finish_values(struct pg_values *values);
/* Appends constant SQL in which "@1" is the parameter after so many. */
void pg_append_numbered(struct buf *sql, const char *text, int before);

/* `types` has a letter of enum pg_type for each value. */
void pg_rows_add(struct pg_rows *rows, const char *types, const struct pg_values *values);
/* Adds a column as a parameter: the array, or the value of the only row. The rows must live until the statement was run
 * or queued. */
void pg_rows_array(struct pg_rows *rows, int column, struct pg_values *values);
void pg_rows_value(struct pg_rows *rows, int column, struct pg_values *values);
/* The parameters of a statement: the first so many columns. */
int32_t pg_rows_values(struct pg_rows *rows, int width, struct pg_values *values, struct kc_error *error);
void pg_rows_clear(struct pg_rows *rows);
void pg_rows_free(struct pg_rows *rows);

/* postgresql_defer.c */

/* So many columns of the rows are parameters. */
int pg_rows_needed(const struct postgresql_store *store, enum pg_rows_kind kind);
/* What is written now may be gathered. */
bool pg_gathers(const struct postgresql_store *store);
/* Tells the server of the transaction, if it does not know yet. */
int32_t pg_open_transaction(struct postgresql_store *store, struct kc_error *error);
/* Queues what was gathered; harmless if nothing was. */
int32_t pg_send_rows(struct postgresql_store *store, struct kc_error *error);
/* The same if there are many already, and the server may begin with them: after a job. */
int32_t pg_send_many(struct postgresql_store *store, struct kc_error *error);
void pg_forget_rows(struct postgresql_store *store);
void pg_free_rows(struct postgresql_store *store);
int32_t pg_gather(struct postgresql_store *store, enum pg_rows_kind kind, const struct pg_values *values,
                  struct kc_error *error);

/* postgresql_intents.c */

/* What takes intents out of their batches: their first ones ($1) and they themselves ($2). */
extern const char pg_batches_leave[];
/* Intents with these numbers are written as a batch. */
void pg_batch_add(struct postgresql_store *store, int64_t first, int64_t last);
/* In which batch an intent of this program stands, 0: in none; false: that is not remembered any more. */
bool pg_batch_of(const struct postgresql_store *store, int64_t id, int64_t *batch);
/* It is taken out of its batch; what becomes of it is written by who asks for that. */
int32_t pg_leave_batch(struct postgresql_store *store, struct packed_row *row, struct kc_error *error);
/* Intents may not be as this program inserted them. */
void pg_forget_drafts(struct postgresql_store *store);

/* postgresql_answers.c */
int32_t pg_foresee(struct store *base, const struct store_question *questions, size_t count, struct kc_error *error);
/* The rows of the answer to a question that was foreseen; false: it was not. */
bool pg_answer(struct postgresql_store *store, enum pg_answer_kind kind, const char *site, const char *value,
               struct pg_answered *out);
/* The kind of question that a query is; PG_ANSWER_KINDS if it is none. */
enum pg_answer_kind pg_answer_kind(const struct record_query *query);
void pg_forget_answers(struct postgresql_store *store);

/* postgresql_once.c */

/* What was gathered, the journal and the head can be written with one statement. */
bool pg_fits_once(const struct postgresql_store *store);
/* Writes it, as a transaction of its own if the server knows of none; otherwise it is queued. */
int32_t pg_write_once(struct postgresql_store *store, struct kc_error *error);

/* postgresql.c */

/* Begins after asking for the head, with the ledger's lock if it writes. */
int32_t pg_begin_asking(struct postgresql_store *store, bool writes, struct kc_error *error);
int32_t pg_commit(struct store *base, struct kc_error *error);
void pg_rollback(struct store *base);
/* The head of the journal as it was just read. */
void pg_see_head(struct postgresql_store *store, const struct seal_head *head);
void pg_add_head(struct pg_values *values, const struct seal_head *head);

/* postgresql_doubt.c */

/* The connection broke while the server committed; `last` is the last entry of the transaction. KC_OK: it is committed
 * after all. If that cannot be found out, it stays in doubt. */
int32_t pg_commit_unheard(struct postgresql_store *store, const struct seal_entry *last, struct kc_error *error);
/* Finds out at last what became of it. */
int32_t pg_clear_doubt(struct postgresql_store *store, struct kc_error *error);
void pg_end_doubt(struct postgresql_store *store);

/* postgresql_link.c: the connection. */

int32_t pg_read_uri(struct postgresql_store *store, const char *path, struct kc_error *error);
void pg_forget_uri(struct postgresql_store *store);
/* Connects, checks whom it has got, and sets up the session. */
int32_t pg_connect(struct postgresql_store *store, struct kc_error *error);
void pg_disconnect(struct postgresql_store *store);
/* There is a connection and the server has not closed it, as far as is known. */
bool pg_is_connected(const struct postgresql_store *store);
/* Connects again if need be, and tries for so long. */
int32_t pg_reconnect(struct postgresql_store *store, int64_t patience_ms, struct kc_error *error);
/* Runs constant SQL; the last result goes to `out` (or NULL). */
int32_t pg_run(struct postgresql_store *store, const char *sql, PGresult **out, struct kc_error *error);
/* Runs a statement that is prepared at its first use; `sql` is its text. */
int32_t pg_run_prepared(struct postgresql_store *store, const char *name, const char *sql, bool *prepared,
                        struct pg_values *values, PGresult **out, struct kc_error *error);
/* The same for one of the list; those that write set the job's savepoint first. */
int32_t pg_statement(struct postgresql_store *store, enum postgresql_statement statement, struct pg_values *values,
                     PGresult **out, struct kc_error *error);
/* Sends SQL, or a statement, whose result is taken with that of the next one: a round trip is saved. A failure shows
 * there, and ends the transaction. */
int32_t pg_queue(struct postgresql_store *store, const char *sql, struct kc_error *error);
int32_t pg_queue_prepared(struct postgresql_store *store, const char *name, const char *sql, bool *prepared,
                          struct pg_values *values, struct kc_error *error);
/* Prepares a statement that is not yet, in a round trip of its own. */
int32_t pg_prepare(struct postgresql_store *store, const char *name, const char *sql, bool *prepared,
                   struct kc_error *error);
/* The next statement that is queued hands its result over, when it is taken. */
void pg_want(struct postgresql_store *store, PGresult **result);
/* Takes the results of what is queued. */
int32_t pg_take_queued(struct postgresql_store *store, struct kc_error *error);
int32_t pg_queue_statement(struct postgresql_store *store, enum postgresql_statement statement,
                           struct pg_values *values, struct kc_error *error);
/* As pg_run() of one statement, in the round trip of what is queued. */
int32_t pg_run_queued(struct postgresql_store *store, const char *sql, PGresult **out, struct kc_error *error);
int32_t pg_damaged(const struct postgresql_store *store, const char *what, struct kc_error *error);
int64_t pg_now_ms(void); /* never set back */
void pg_rest(int milliseconds);

/* postgresql_schema.c */

/* Checks of which version the ledger is; makes or migrates it. */
int32_t pg_schema(struct postgresql_store *store, struct kc_error *error);
int64_t pg_schema_version(void);

/* postgresql_rows.c */

/* A text, checked, in the arena; "" for NULL. */
int32_t pg_read_text(const struct postgresql_store *store, const PGresult *result, int row, int column, int form,
                     struct arena *arena, const char **text, struct kc_error *error);
/* A number, checked; 0 for NULL. */
int32_t pg_read_number(const struct postgresql_store *store, const PGresult *result, int row, int column, int64_t low,
                       int64_t high, int64_t *number, struct kc_error *error);
/* Exactly so many bytes, or NULL: then `found` is false. */
int32_t pg_read_bytes(const struct postgresql_store *store, const PGresult *result, int row, int column, uint8_t *bytes,
                      size_t count, bool *found, struct kc_error *error);
/* Any bytes, in the arena. */
int32_t pg_read_blob(const struct postgresql_store *store, const PGresult *result, int row, int column,
                     struct arena *arena, const uint8_t **bytes, size_t *count, struct kc_error *error);
/* One row that begins with PG_COLUMNS. */
int32_t pg_read_row(struct postgresql_store *store, const PGresult *result, int row, struct arena *arena,
                    struct packed_row *out, struct kc_error *error);
/* By the identifier of the record. KC_ERROR_NOT_FOUND if there is none. */
int32_t pg_get_by_id(struct postgresql_store *store, const struct uuid *id, struct arena *arena, struct packed_row *row,
                     struct kc_error *error);
int32_t pg_find(struct store *base, const struct record_query *query, struct arena *arena, struct record **records,
                size_t *count, struct kc_error *error);
/* What no record can have is not asked for: the server would refuse it, and with it the transaction. */
bool pg_may_be_there(const char *text);

/* postgresql_places.c */

/* What is known to stand there; NULL: that is not known. */
const int64_t *pg_memo_get(const struct postgresql_store *store, enum pg_memo_kind kind, int64_t site, int64_t what);
void pg_memo_set(struct postgresql_store *store, enum pg_memo_kind kind, int64_t site, int64_t what, int64_t first,
                 int64_t second);
void pg_forget_memos(struct postgresql_store *store);
/* It is known, if nobody else has written since. */
bool pg_knows_station(const struct postgresql_store *store, const char *site, const char *station);
int32_t pg_get_station(struct store *base, const char *site, const char *station, struct arena *arena,
                       struct station_record *out, struct kc_error *error);
int32_t pg_set_station(struct store *base, const char *site, const char *station, const struct station_record *record,
                       struct kc_error *error);
int32_t pg_list_encoders(struct store *base, const char *site, struct arena *arena, struct encoder_record **records,
                         size_t *count, struct kc_error *error);
/* One row: system, encoder, state, contact. */
int32_t pg_encoder_row(const struct postgresql_store *store, const PGresult *result, int row, struct arena *arena,
                       struct encoder_record *out, struct kc_error *error);
int32_t pg_set_encoder(struct store *base, const char *site, const struct encoder_record *record,
                       struct kc_error *error);

/* postgresql_new.c */

/* Whether nothing has its identifier or idempotency key, as far as this program knows: false if the server must look.
 * From now on something has. */
int32_t pg_claim(struct postgresql_store *store, const struct packed_row *row, bool *is_new, struct kc_error *error);
/* The row is written without asking. */
void pg_forget_new(struct postgresql_store *store, const struct packed_row *row);
/* A look-up found nothing with the idempotency key. */
void pg_know_unused(struct postgresql_store *store, const char *site, const char *key);
/* The server is asked. KC_OK: it is new. */
int32_t pg_check_new(struct postgresql_store *store, const struct record *record, struct kc_error *error);

/* postgresql_write.c */

int32_t pg_insert(struct store *base, const struct record *record, struct kc_error *error);
int32_t pg_finish(struct store *base, const struct record *record, struct kc_error *error);
int32_t pg_set_key_state(struct store *base, const struct uuid *id, int32_t key_state, bool unconfirmed,
                         struct kc_error *error);
int32_t pg_set_stay(struct store *base, const struct uuid *id, const struct strings *rooms, int64_t until_utc,
                    struct kc_error *error);

int32_t pg_forget_record(struct store *base, const struct uuid *id, struct kc_error *error);
int32_t pg_enter_again(struct store *base, const struct uuid *id, struct kc_error *error);
/* Writes a row in the place of the one with its number, or as a new one if `old` is NULL, and what it is looked up by.
 */
int32_t pg_put(struct postgresql_store *store, struct packed_row *row, struct packed_row *old, struct kc_error *error);
/* The same of the row's table alone, where it stands already; an intent with an outcome becomes an operation. */
int32_t pg_write_row(struct postgresql_store *store, struct packed_row *row, struct kc_error *error);
/* The rooms of a row as they stand in columns and tables: "{...}". `others` leaves out the first. */
void pg_list_rooms(const struct packed_row *row, bool others, struct buf *out);
int64_t pg_room(const struct packed_row *row, const char *room);

/* postgresql_names.c */

/* The number of a name; 0 if it is not known and `add` is false. */
int32_t pg_name_find(struct postgresql_store *store, const char *name, bool add, int64_t *id, struct kc_error *error);
/* The number of a name, if it is known without asking the server; else 0. */
int64_t pg_name_known(const struct postgresql_store *store, const char *name);
/* The name with a number, which is the store's and lives as long as the transaction; "" for 0. */
int32_t pg_name_get(struct postgresql_store *store, int64_t id, const char **name, struct kc_error *error);
/* Forgets all but the first so many. */
void pg_names_keep(struct pg_names *names, size_t count);
void pg_names_free(struct pg_names *names);

/* postgresql_copy.c */
int32_t pg_get_note(struct store *base, struct arena *arena, const char **note, struct kc_error *error);
int32_t pg_set_note(struct store *base, const char *note, struct kc_error *error);
int32_t pg_get_head(struct store *base, struct seal_head *head, struct kc_error *error);
int32_t pg_read_entries(struct store *base, int64_t after, size_t limit, struct arena *arena,
                        struct seal_found **entries, size_t *count, struct kc_error *error);
int32_t pg_write_entries(struct store *base, const struct seal_found *entries, size_t count, struct kc_error *error);
int32_t pg_list_places(struct store *base, struct arena *arena, struct store_places *places, struct kc_error *error);

/* postgresql_journal.c */

/* The row has changed: its entry, which is its last one from now on. */
int32_t pg_journal(struct postgresql_store *store, struct packed_row *row, struct kc_error *error);
int32_t pg_add_entry(struct postgresql_store *store, int64_t id, const struct seal_entry *entry,
                     struct kc_error *error);
/* Queues what writes the transaction's entries and the new head, before its commit. */
int32_t pg_write_journal(struct postgresql_store *store, struct kc_error *error);
/* Whether they stand in one row, whether they fill it, and what is added to it. */
bool pg_journal_is_one_row(const struct postgresql_store *store);
bool pg_journal_fills_row(const struct postgresql_store *store);
void pg_journal_row(const struct postgresql_store *store, struct buf *bytes);
/* The entries after a number, in order, at most so many; those of the open transaction too. `stray`: what follows this
 * entry in its row is no other one; 0: that is so of none. */
int32_t pg_read_journal(struct postgresql_store *store, int64_t after, size_t limit, struct arena *arena,
                        struct pg_entry **entries, size_t *count, int64_t *stray, struct kc_error *error);
/* The entries with these numbers, which are at least 1; one that is not there has the number 0. */
int32_t pg_get_entries(struct postgresql_store *store, const int64_t *numbers, size_t count, struct arena *arena,
                       struct pg_entry **entries, struct kc_error *error);
/* The operations of entries, in the order of their numbers: rows with PG_COLUMNS. */
int32_t pg_get_operations(struct postgresql_store *store, const struct pg_entry *entries, size_t count,
                          PGresult **result, struct kc_error *error);
/* The row with a number in its first column, in the order of which they stand; -1 if there is none. */
int pg_row_of(const PGresult *result, int64_t number);
/* Entries with their operations. */
int32_t pg_join(struct postgresql_store *store, const struct pg_entry *entries, size_t count, struct arena *arena,
                struct seal_found **found, struct kc_error *error);
/* The head of the journal in two columns of the first row; KC_ERROR_LEDGER_DAMAGED if there is none. */
int32_t pg_read_head(const struct postgresql_store *store, const PGresult *result, int column, struct seal_head *head,
                     struct kc_error *error);
/* The journal's length and its last running digest. */
int32_t pg_journal_head(struct postgresql_store *store, struct seal_head *head, struct kc_error *error);

/* postgresql_check.c */
int32_t pg_check(struct store *base, struct store_check *check, struct kc_error *error);

/* postgresql_feed.c */
int32_t pg_listen(struct postgresql_store *store, struct kc_error *error);
int32_t pg_watch(struct store *base, bool on, struct kc_error *error);
int pg_watch_fd(struct store *base);
int32_t pg_changes(struct store *base, struct arena *arena, struct store_change **changes, size_t *count, bool *anew,
                   struct kc_error *error);

/* Intents that stand together in a row each. Its names are none that surround it. The arrays have one length; in the
 * list of a SELECT they are walked through together, without keeping all rows. */
#define PG_BATCHED                                                                                                     \
    "intent_batch AS many CROSS JOIN LATERAL (SELECT unnest(many.ids), unnest(many.highs), unnest(many.rooms), "       \
    "unnest(many.sites), unnest(many.idempotencies), unnest(many.bookings), unnest(many.flags), "                      \
    "unnest(many.packed)) AS one (id, high, room, site, idempotency, booking, flags, packed) WHERE many.first >= "     \
    "0 AND "                                                                                                           \
    "one.id <> ALL (many.gone)"
/* Intents, of which there are few (postgresql_schema.c). A statement says "place >= 0", so that they are found by their
 * index, which has no more pages than there are intents, while their table has the places of old ones as well. */
#define PG_INTENTS                                                                                                     \
    "(SELECT id, high, room, site, idempotency, booking, flags, packed, 0::bigint AS batch FROM intent WHERE "         \
    "place >= 0 UNION ALL SELECT one.*, many.first FROM " PG_BATCHED ")"
/* All operations: what has an outcome, and the intents. It needs "place >= 0", too. */
#define PG_ALL                                                                                                         \
    "(SELECT id, high, room, site, idempotency, booking, flags, packed, 0::smallint AS place, NULL::bigint AS batch "  \
    "FROM operation UNION ALL "                                                                                        \
    "SELECT id, high, room, site, idempotency, booking, flags, packed, place, 0::bigint FROM intent UNION ALL "        \
    "SELECT one.*, 0::smallint, many.first FROM " PG_BATCHED ")"
/* The index of operations knows of a number only in which step of 32 it is, as that of their rooms does: the server
 * keeps entries that are the same as one, which takes less than half of what each would. */
#define PG_STEP(id)            "(" id " >> 5)"
#define PG_IS(id, number)      PG_STEP(id) " = " PG_STEP(number) " AND " id " = " number
#define PG_IN_BLOCK(id, block) PG_STEP(id) " BETWEEN " block " * 32 AND " block " * 32 + 31" /* PG_BLOCK_BITS */
/* All operations in the order of their numbers, as far as `limit`. Those of the last step come in any order, so there
 * are more: who asks sorts them. */
#define PG_WALK(more, in_index, wanted, direction, limit)                                                              \
    "(SELECT id, high, site, flags, packed, NULL::bigint AS batch" more " FROM operation WHERE " in_index wanted       \
    " ORDER BY " PG_STEP("id") " " direction " LIMIT " limit " + 32) UNION ALL SELECT id, high, site, flags, packed, " \
                               "batch" more " FROM " PG_INTENTS " AS i WHERE " wanted
/* Where the intent with this number stands. */
#define PG_PLACE(id) "(" id " & 255)::smallint"

/* One of them in the statements that read it; other columns follow. The batch is NULL if it is no intent, 0 if it has a
 * row of its own. */
enum pg_column { PG_ID, PG_HIGH, PG_SITE, PG_FLAGS, PG_PACKED, PG_BATCH, PG_COLUMN_COUNT };
#define PG_COLUMNS "o.id, o.high, o.site, o.flags, o.packed, o.batch"

/* The one with a number. */
#define PG_WITH_ID(number)                                                                                             \
    "(" PG_SETTLED_WITH_ID(number) " UNION ALL " PG_INTENT_WITH_ID(number) " UNION ALL " PG_BATCHED_WITH_ID(number) ")"
#define PG_SETTLED_WITH_ID(number)                                                                                     \
    "SELECT id, high, site, flags, packed, NULL::bigint AS batch FROM operation WHERE " PG_IS("id", number)
#define PG_INTENT_WITH_ID(number)                                                                                      \
    "SELECT id, high, site, flags, packed, 0::bigint FROM intent WHERE place = " PG_PLACE(number) " AND id = " number
#define PG_BATCHED_WITH_ID(number)                                                                                     \
    "SELECT " number ", " PG_BATCHED_AT("highs", number) ", " PG_BATCHED_AT("sites", number) ", " PG_BATCHED_AT(       \
        "flags", number) ", " PG_BATCHED_AT("packed", number) ", many.first FROM intent_batch AS many WHERE "          \
                                                              "many.first <= " number " AND many.last >= " number      \
                                                              " AND " number " = ANY (many.ids) AND " number           \
                                                              " <> ALL (many.gone)"
/* Of one of the intents of a batch: to take its arrays apart would be five nodes of a plan, to look in them is none. */
#define PG_BATCHED_AT(column, number) "many." column "[array_position(many.ids, " number ")]"
/* Operations are counted in blocks of so many entries of the journal. */
#define PG_BLOCK_BITS 10
/* A room is 28 bits of its hash and 36 bits of the operation's number, so that one column finds and orders. */
#define PG_ROOM_BITS 36
/* Keys of a room whose numbers are in the same so many are found together, and then put in order: 13 of a hotel with
 * 100 rooms, three entries each. */
#define PG_ROOM_STEP(room) "(" room " & -4096)"

#endif
