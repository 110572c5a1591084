/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the PostgreSQL store share. */
#ifndef KEYCARD_STORE_POSTGRESQL_H
#define KEYCARD_STORE_POSTGRESQL_H

#include <libpq-fe.h>

#include "store.h"
#include "store/draft.h"
#include "store/feed.h"
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
    PG_INSERT_ROOM,
    PG_FINISH,
    PG_SET_KEY_STATE,
    PG_SET_STAY,
    PG_ROOM_LEAVE,
    PG_FORGET_FIND,
    PG_FORGET,
    PG_STATION_GET,
    PG_STATION_SET,
    PG_ENCODER_LIST,
    PG_ENCODER_SET,
    PG_JOURNAL_ADD,
    PG_JOURNAL_GET,
    PG_HEAD_SET,
    PG_HEAD_LOCK,
    PG_HEAD_IS,
    PG_CHECK_ENTRIES,
    PG_CHECK_OPERATIONS,
    PG_HEAD_GET,
    PG_FEED,
    PG_ENTER,
    PG_ALIVE,
    PG_GET,
    PG_NOTE_SET,
    PG_DELETE,
    PG_PUT,
    PG_ENTRY_SET,
    PG_STATION_ALL,
    PG_ENCODER_ALL,
    PG_STATEMENTS
};

#define PG_FIND_VARIANTS 8 /* with or without site, active keys only or not, after a record or from the first */

/* Intents of a commit of which the server did not tell what became. Their operations sent nothing. */
struct postgresql_doubt {
    bool open;
    int64_t first, entry; /* the first and last journal entry of that transaction */
    uint8_t link[SEAL_LINK_SIZE];
    struct uuid *intents;
    size_t count;
};

/* Parameters of a statement, all as text. */
#define PG_VALUES_MAX 48
struct pg_values {
    int count;
    bool failed;
    const char *items[PG_VALUES_MAX];
    char storage[PG_VALUES_MAX][72];
};

/* Rows for one statement: each column is the text of an array. */
struct pg_rows {
    size_t count;
    int width;
    bool failed;
    struct buf columns[PG_VALUES_MAX];
};

/* What is written in a transaction without brackets is gathered, and sent with one statement for each of these kinds,
 * in this order, before something is read or committed. */
enum pg_rows_kind {
    PG_ROWS_OPERATION,
    PG_ROWS_ROOM,
    PG_ROWS_OUTCOME,
    PG_ROWS_ACTIVE,
    PG_ROWS_JOURNAL,
    PG_ROWS_STATION,
    PG_ROWS_ENCODER,
    PG_ROWS_KINDS
};

/* What was foreseen to be asked, by kind of question. */
enum pg_answer_kind { PG_ANSWER_STATION, PG_ANSWER_IDEMPOTENCY, PG_ANSWER_BOOKING, PG_ANSWER_ROOM, PG_ANSWER_KINDS };
struct pg_answers {
    PGresult *result; /* NULL: nothing was foreseen */
    struct pg_answer *items;
    size_t count;
    size_t next; /* the one after the last that was asked for */
};

struct postgresql_store {
    struct store store;
    PGconn *connection; /* NULL while there is none */
    char **keywords;    /* of the connection: NULL-ended, with `values` */
    char **values;
    const char *password; /* one of `values`, or NULL */
    char *name;           /* host and database, for messages */
    uint64_t instance;
    bool entered;
    bool prepared[PG_STATEMENTS];
    bool found[RECORD_FIND_LAST + 1][PG_FIND_VARIANTS];

    bool known;                  /* the head of the journal when this program saw it last */
    struct seal_head known_head; /* is this */
    uint64_t epoch;              /* counts how often it was not what it should have been */
    bool seen;                   /* in the open transaction */
    bool guessed;                /* it began without asking */
    int ask;                     /* so many transactions ask */
    char sqlstate[6];            /* of its last failure; "" if there was none */
    struct pg_rows rows[PG_ROWS_KINDS];
    bool rows_prepared[PG_ROWS_KINDS];
    struct drafts drafts;
    struct pg_answers answers[PG_ANSWER_KINDS];
    bool answers_prepared[PG_ANSWER_KINDS];

    PGresult **wanted[PG_ANSWER_KINDS + 4]; /* where the results of the first queued statements go; NULL: nowhere */
    size_t queued;           /* statements that were sent, and whose results are taken with those of the next one */
    bool writing;            /* a transaction that may write is open */
    bool in_job, job_marked; /* a savepoint stands before what the job wrote */
    bool job_writes;
    struct seal_head head;     /* of the open transaction */
    struct seal_head job_head; /* as it was when the job began */
    int64_t first_entry;       /* the journal's length when the transaction began */
    uint8_t last_link[SEAL_LINK_SIZE];
    struct uuid *intents; /* inserted by the open transaction */
    size_t intent_count, intent_capacity, job_intents;
    struct postgresql_doubt doubt;
    struct feed feed;
    bool notified; /* another station has committed since the feed was last read */
};

#define PG_CHANNEL "keycard" /* of notifications; a database has one ledger */

/* postgresql_values.c */

void pg_add_text(struct pg_values *values, const char *text); /* also "" */
void pg_add_optional(struct pg_values *values, const char *text);
void pg_add_number(struct pg_values *values, int64_t number);
void pg_add_optional_number(struct pg_values *values, int64_t number);
void pg_add_uuid(struct pg_values *values, const struct uuid *uuid);
void pg_add_optional_uuid(struct pg_values *values, const struct uuid *uuid);    /* NULL if nil */
void pg_add_bytes(struct pg_values *values, const uint8_t *bytes, size_t count); /* NULL if `bytes` is; at most 32 */

void pg_rows_add(struct pg_rows *rows, const struct pg_values *values);
/* The parameters of the statement: the columns. */
int32_t pg_rows_values(struct pg_rows *rows, struct pg_values *values, struct kc_error *error);
void pg_rows_clear(struct pg_rows *rows);
void pg_rows_free(struct pg_rows *rows);

/* postgresql_defer.c */

/* What is written now may be gathered. */
bool pg_gathers(const struct postgresql_store *store);
/* Queues what was gathered; harmless if nothing was. */
int32_t pg_send_rows(struct postgresql_store *store, struct kc_error *error);
void pg_forget_rows(struct postgresql_store *store);
void pg_free_rows(struct postgresql_store *store);
int32_t pg_gather_insert(struct postgresql_store *store, const struct record *record,
                         const char *const lists[RECORD_LISTS], const struct seal *seal, int64_t id,
                         struct kc_error *error);
/* The outcome of a draft. */
int32_t pg_gather_finish(struct postgresql_store *store, struct draft *draft, const struct record *record,
                         const uint8_t salt[SEAL_SALT_SIZE], struct kc_error *error);

/* postgresql_answers.c */
int32_t pg_foresee(struct store *base, const struct store_question *questions, size_t count, struct kc_error *error);
/* The rows of the answer to a question that was foreseen; false: it was not. */
bool pg_answer(struct postgresql_store *store, enum pg_answer_kind kind, const char *site, const char *value,
               const PGresult **result, int *row, int *count);
/* The kind of question that a query is; PG_ANSWER_KINDS if it is none. */
enum pg_answer_kind pg_answer_kind(const struct record_query *query);
void pg_forget_answers(struct postgresql_store *store);

/* postgresql.c */

/* Queues the question whether the head is the known one; else what follows fails. */
int32_t pg_guess_head(struct postgresql_store *store, struct kc_error *error);

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
                        const struct pg_values *values, PGresult **out, struct kc_error *error);
/* The same for one of the list; those that write set the job's savepoint first. */
int32_t pg_statement(struct postgresql_store *store, enum postgresql_statement statement,
                     const struct pg_values *values, PGresult **out, struct kc_error *error);
/* Sends SQL, or a statement, whose result is taken with that of the next one: a round trip is saved. A failure shows
 * there, and ends the transaction. */
int32_t pg_queue(struct postgresql_store *store, const char *sql, struct kc_error *error);
int32_t pg_queue_prepared(struct postgresql_store *store, const char *name, const char *sql, bool *prepared,
                          const struct pg_values *values, struct kc_error *error);
/* Prepares a statement that is not yet, in a round trip of its own. */
int32_t pg_prepare(struct postgresql_store *store, const char *name, const char *sql, bool *prepared,
                   struct kc_error *error);
/* The next statement that is queued hands its result over, when it is taken. */
void pg_want(struct postgresql_store *store, PGresult **result);
/* Takes the results of what is queued. */
int32_t pg_take_queued(struct postgresql_store *store, struct kc_error *error);
int32_t pg_queue_statement(struct postgresql_store *store, enum postgresql_statement statement,
                           const struct pg_values *values, struct kc_error *error);
/* As pg_run() of one statement, in the round trip of what is queued. */
int32_t pg_run_queued(struct postgresql_store *store, const char *sql, PGresult **out, struct kc_error *error);
int32_t pg_damaged(const struct postgresql_store *store, const char *what, struct kc_error *error);
int64_t pg_now_ms(void); /* never set back */

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
/* One row that begins with PG_COLUMNS. */
int32_t pg_read_record(const struct postgresql_store *store, const PGresult *result, int row, struct arena *arena,
                       struct record *record, struct seal *seal, struct kc_error *error);
int32_t pg_find(struct store *base, const struct record_query *query, struct arena *arena, struct record **records,
                size_t *count, struct kc_error *error);
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

/* postgresql_write.c */

int32_t pg_insert(struct store *base, const struct record *record, struct kc_error *error);
int32_t pg_finish(struct store *base, const struct record *record, struct kc_error *error);
int32_t pg_set_key_state(struct store *base, const struct uuid *id, int32_t key_state, bool unconfirmed,
                         struct kc_error *error);
int32_t pg_set_stay(struct store *base, const struct uuid *id, const struct strings *rooms, int64_t until_utc,
                    struct kc_error *error);
int32_t pg_forget(struct store *base, const char *site, const char *booking, struct kc_error *error);

int32_t pg_forget_record(struct store *base, const struct uuid *id, struct kc_error *error);
int32_t pg_enter_again(struct store *base, const struct uuid *id, struct kc_error *error);
/* The columns of a row, and its entry. `lists` are the joined ones. */
void pg_add_record(struct pg_values *values, const struct record *record, const char *const lists[],
                   const struct seal *seal, int64_t id, int64_t entry);
int32_t pg_add_rooms(struct postgresql_store *store, const struct strings *rooms, const char *site, int64_t id,
                     bool active, struct kc_error *error);

/* postgresql_copy.c */
int32_t pg_get_note(struct store *base, struct arena *arena, const char **note, struct kc_error *error);
int32_t pg_set_note(struct store *base, const char *note, struct kc_error *error);
int32_t pg_get_head(struct store *base, struct seal_head *head, struct kc_error *error);
int32_t pg_read_entries(struct store *base, int64_t after, size_t limit, struct arena *arena,
                        struct seal_found **entries, size_t *count, struct kc_error *error);
int32_t pg_write_entry(struct store *base, const struct seal_found *entry, struct kc_error *error);
int32_t pg_list_places(struct store *base, struct arena *arena, struct store_places *places, struct kc_error *error);

/* postgresql_check.c */
/* One row of PG_CHECK_ENTRIES. */
int32_t pg_read_entry(struct postgresql_store *store, const PGresult *result, int row, struct arena *arena,
                      struct seal_found *found, struct kc_error *error);
int32_t pg_check(struct store *base, struct store_check *check, struct kc_error *error);

/* The journal's length and its last running digest. */
int32_t pg_journal_head(struct postgresql_store *store, struct seal_head *head, struct kc_error *error);

/* postgresql_feed.c */
int32_t pg_listen(struct postgresql_store *store, struct kc_error *error);
int32_t pg_watch(struct store *base, bool on, struct kc_error *error);
int pg_watch_fd(struct store *base);
int32_t pg_changes(struct store *base, struct arena *arena, struct store_change **changes, size_t *count, bool *anew,
                   struct kc_error *error);

/* One row of the table `operation`, in the order of the statements that read it. */
enum pg_column {
    PG_ID, /* created_ms and bits of the uuid: newest first is the order of this number */
    PG_UUID,
    PG_INSTANCE,
    PG_VERB,
    PG_KIND,
    PG_OUTCOME,
    PG_STATUS,
    PG_KEY_STATE,
    PG_UNCONFIRMED,
    PG_FORGOTTEN,
    PG_FINGERPRINT,
    PG_RETRY_OF,
    PG_TARGET,
    PG_FINISHED,
    PG_FROM,
    PG_UNTIL,
    PG_COPIES,
    PG_RETURN_IMAGE,
    PG_TEXTS,                 /* record_texts, in its order */
    PG_LISTS = PG_TEXTS + 14, /* record_lists, in its order */
    PG_SALT = PG_LISTS + 5,
    PG_SEALED,
    PG_COLUMN_COUNT
};
#define PG_COLUMNS                                                                                                     \
    "id, uuid, instance, verb, kind, outcome, status, key_state, unconfirmed, forgotten, fingerprint, retry_of, "      \
    "target, finished_ms, valid_from, valid_until, copies, return_image, site, system, encoder, station, operator, "   \
    "booking, idempotency, guest, phone, email, message, error_message, vendor_code, vendor_text, rooms, areas, "      \
    "denied, texts, serials, salt, sealed"
/* The upper 42 bits of an id are created_ms. */
#define PG_ID_SHIFT 21

#endif
