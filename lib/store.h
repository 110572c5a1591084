/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of a store: where the ledger keeps its records. The rules of the ledger are not here but in lib/ledger.c; a
 * store only finds, inserts and updates, inside the transactions that its worker opens. */
#ifndef KEYCARD_STORE_H
#define KEYCARD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/error.h"
#include "util/uuid.h"

/* One operation, and the key that it makes if `kind` is not 0. Texts are never NULL ("" = none); those marked (guest)
 * are erased by forget(). */
struct record {
    struct uuid id;
    uint64_t instance; /* which context wrote the intent; see instance_alive. 0 once the outcome is recorded */
    int32_t verb;      /* KC_VERB_... */
    int32_t kind;      /* KC_KIND_... of the key that it makes, 0 if it makes none */
    int32_t outcome;   /* KC_OUTCOME_...; PENDING = intent, not finished */
    int32_t status;    /* KC_OK or KC_ERROR_... */
    int32_t key_state; /* KC_KEY_..., 0 if it makes no key */
    bool unconfirmed;  /* wanted, but not confirmed by the lock system */
    bool forgotten;    /* forget() erased it */
    const char *site, *system, *encoder, *station, *operator_name, *booking;
    const char *idempotency_key;     /* unique per site where not "" */
    uint64_t fingerprint;            /* of the request, to tell a repetition from another request: see below */
    struct uuid retry_of;            /* nil if none */
    struct uuid target;              /* the operation or key that a resolution or cancellation is about; nil if none */
    int64_t created_ms, finished_ms; /* wall clock; 0 = not yet */
    struct strings rooms, areas, denied;
    int64_t from_utc, until_utc; /* seconds; 0 = none */
    int32_t copies;
    bool return_image;
    const char *guest, *phone, *email, *message; /* (guest) */
    struct strings texts;                        /* (guest) */
    struct strings serials;                      /* (guest) card serial numbers */
    const char *error_message, *vendor_code, *vendor_text;
};

/* Copies a record. Returns 0, or -1 when memory is used up. */
int record_copy(struct arena *arena, const struct record *from, struct record *to);

/* The upper half of a fingerprint comes from all but guest data; the lower half from those, and goes with them. */
#define RECORD_FINGERPRINT_KEPT (~UINT64_C(0) << 32)

enum record_find {
    RECORD_ALL,
    RECORD_BY_ID,          /* id */
    RECORD_BY_IDEMPOTENCY, /* site, value */
    RECORD_BY_BOOKING,     /* site, value */
    RECORD_BY_ROOM,        /* site, value: any of its rooms */
    RECORD_OPEN,           /* outcome PENDING or UNKNOWN */
    RECORD_UNCONFIRMED,    /* unconfirmed set */
    RECORD_WITH_GUEST_DATA /* has something for forget() */
};
#define RECORD_FIND_LAST RECORD_WITH_GUEST_DATA

struct record_query {
    enum record_find find;
    const char *site;  /* NULL: of every site, where no value is asked for */
    const char *value; /* see above, else NULL */
    struct uuid id;
    bool keys_only;          /* kind not 0 */
    bool active_only;        /* key_state KC_KEY_ACTIVE, BLOCKED, PENDING or UNRESOLVED */
    uint64_t running_beside; /* outcome PENDING, and not written by this instance; 0: any */
    size_t limit;            /* 0 = no limit */
    struct uuid after;  /* only those that come after this record, which must be there: pages; nil: from the first */
    size_t *unreadable; /* not NULL: damaged records are left out and counted here; else one is an error */
};

/* What is remembered of a station and of an encoder. */
struct station_record {
    const char *system, *encoder;
};
struct encoder_record {
    const char *system, *encoder;
    int32_t state;      /* KC_ENCODER_... at the last contact */
    int64_t contact_ms; /* wall clock */
};

/* How far a check of the journal has come; starts all-zero. It goes on in many jobs, since it reads everything. */
#define STORE_DIGEST_SIZE 32
struct store_check {
    int64_t entries; /* that fit, from the first on */
    uint8_t chain[STORE_DIGEST_SIZE];
    int64_t last_operation; /* of the second half: every operation has its entry */
    bool journal_read, done;
    const char *fault; /* what does not fit; NULL if everything does. A static text */
    int64_t entry;     /* which; 0 if an operation has none */
    struct uuid id;    /* of which operation; nil if that is not known */
};

/* What another one wrote into the journal, and the record as it is now. */
#define STORE_CHANGES_MOST 256 /* at once */
struct store_change {
    int64_t entry;
    struct record record;
};

/* What others have in hand on a site, as one job found it for all of its transaction: nobody else writes meanwhile.
 * Nothing stays nothing until somebody else has written. */
struct store_running {
    struct arena arena;
    const char *site; /* NULL: nobody has looked yet */
    uint64_t epoch;   /* of the store at that time; 0: it does not tell */
    struct record *records;
    size_t count;
};

/* What may help when a transaction without brackets has failed. */
enum store_retry {
    STORE_RETRY_NOT,
    STORE_RETRY_TOGETHER, /* the same once more: the store took something for granted that was not so */
    STORE_RETRY_SINGLY    /* each job with brackets: what one of them wrote was refused */
};

/* What a job is about to ask: get_station(), or find() with one of these: RECORD_BY_IDEMPOTENCY (limit 1),
 * RECORD_BY_BOOKING (limit STORE_STAY_MOST), RECORD_BY_ROOM (active keys only, limit STORE_STAY_MOST). */
#define STORE_STAY_MOST 500
struct store_question {
    bool station;
    enum record_find find;
    const char *site, *value;
};

/* Every store's struct begins with this. */
struct vault;
struct marks;
struct sealer;
struct seal_head;
struct seal_found;
struct store_backup;
struct store {
    const struct store_table *table;
    struct vault *vault;          /* encrypts guest data above the table: store/vault.h. NULL: they stand in clear */
    char *note;                   /* as this program knows it; NULL: it does not matter */
    struct store_running running; /* the ledger's; emptied with each transaction by the worker */
    struct marks *marks;          /* the ledger's, by store/marks.h */
    struct sealer *sealer;        /* the store's, by store/seal.h */
    bool together; /* the worker's: the transaction that begins is one without brackets, that may be run again */
    enum store_retry retry; /* the store's: it failed and nothing of it stays; what may help */
};

/* What is remembered of places, of all sites. */
struct store_station {
    const char *site, *station;
    struct station_record record;
};
struct store_encoder {
    const char *site;
    struct encoder_record record;
};
struct store_places {
    struct store_station *stations;
    struct store_encoder *encoders;
    size_t station_count, encoder_count;
};

/* Every function but open, close and instance_... is called by the worker (or by the caller's thread if `inline_jobs`),
 * one at a time. All return KC_OK or KC_ERROR_LEDGER...; results live in the arena that is handed in. Nothing is
 * logged. */
struct store_table {
    const char *scheme; /* "sqlite", "memory", "none" */
    bool inline_jobs;   /* so cheap that no thread is needed */
    bool keeps_nothing; /* "none" */

    /* Opens, creates or migrates. `path` is what follows "scheme:". A file of a newer schema: KC_ERROR_LEDGER_NEWER,
     * nothing touched. Not a database or damaged: KC_ERROR_LEDGER_DAMAGED. No permission: KC_ERROR_LEDGER. Locked by
     * another for over 5 s: KC_ERROR_LEDGER_BUSY. The message names the path and what to do. */
    int32_t (*open)(const char *path, struct store **store, struct kc_error *error);
    void (*close)(struct store *store);

    int32_t (*begin)(struct store *store, bool writes, struct kc_error *error);
    int32_t (*commit)(struct store *store,
                      struct kc_error *error); /* durable when it returns KC_OK; else nothing happened */
    void (*rollback)(struct store *store);
    /* A number that changes when somebody else may have written, asked for inside of a transaction; never 0. NULL: the
     * store does not tell. */
    int32_t (*epoch)(struct store *store, uint64_t *epoch, struct kc_error *error);
    /* Brackets one job of a batch: `keep` false takes back what that job alone wrote. Without them a failure of one
     * job is one of the transaction, which is rolled back, and what was written may fail as late as at the commit:
     * `retry` says whether the jobs are run again. */
    int32_t (*job_begin)(struct store *store, struct kc_error *error);
    int32_t (*job_end)(struct store *store, bool keep, struct kc_error *error);

    /* After begin(): what will be asked, so that it can be fetched at once. The texts live as long as the transaction.
     * NULL: no use. */
    int32_t (*foresee)(struct store *store, const struct store_question *questions, size_t count,
                       struct kc_error *error);
    /* Newest first: in the order in which they were recorded, whatever the clocks of the machines say. */
    int32_t (*find)(struct store *store, const struct record_query *query, struct arena *arena, struct record **records,
                    size_t *count, struct kc_error *error);
    /* KC_ERROR_IN_PROGRESS if the site has the idempotency key already. KC_ERROR_INVALID_ARGUMENT (also of the setters
     * below) for what would not come back unharmed: text that is not UTF-8, has control characters (allowed in what the
     * lock system said: serials, error_message, vendor_...) or is over 4,000 characters; codes out of range. */
    int32_t (*insert)(struct store *store, const struct record *record, struct kc_error *error);
    /* Whether nothing of its stay and rooms was written since the record (found by id) was inserted, itself included;
     * `alone`: and there is nothing else of its stay, and no other active key of its rooms. In doubt false. NULL: the
     * store does not tell, so marks do (store/marks.h). */
    bool (*is_untouched)(struct store *store, const struct record *record, bool *alone);
    /* Updates what an outcome brings: outcome, status, key_state, unconfirmed, encoder, finished_ms, serials,
     * error_message, vendor_code, vendor_text; found by id. KC_ERROR_NOT_FOUND (also of set_key_state) if unknown. */
    int32_t (*finish)(struct store *store, const struct record *record, struct kc_error *error);
    int32_t (*set_key_state)(struct store *store, const struct uuid *id, int32_t key_state, bool unconfirmed,
                             struct kc_error *error);
    /* A stay that was changed without a new card: gives a key other rooms (an empty list: as they are) and another end
     * (0: as it is); found by id. KC_ERROR_NOT_FOUND if there is none. */
    int32_t (*set_stay)(struct store *store, const struct uuid *id, const struct strings *rooms, int64_t until_utc,
                        struct kc_error *error);
    /* KC_ERROR_NOT_FOUND if the station is not known. */
    int32_t (*get_station)(struct store *store, const char *site, const char *station, struct arena *arena,
                           struct station_record *out, struct kc_error *error);
    int32_t (*set_station)(struct store *store, const char *site, const char *station,
                           const struct station_record *record, struct kc_error *error);
    int32_t (*list_encoders)(struct store *store, const char *site, struct arena *arena,
                             struct encoder_record **records, size_t *count, struct kc_error *error);
    int32_t (*set_encoder)(struct store *store, const char *site, const struct encoder_record *record,
                           struct kc_error *error);
    /* set_encoder(), and set_station() unless the station is "", of an encoder that is in use all the time: `*place` is
     * where the store has it, 0 at first, and is kept by the caller with the encoder. Only of a store with inline_jobs;
     * NULL: it has no use for that. */
    int32_t (*set_contact)(struct store *store, const char *site, const char *station,
                           const struct encoder_record *record, uint32_t *place, struct kc_error *error);
    /* Erases the guest data of all records of a booking, or of one record, and what the fingerprint tells of them. */
    int32_t (*forget)(struct store *store, const char *site, const char *booking, struct kc_error *error);
    int32_t (*forget_record)(struct store *store, const struct uuid *id, struct kc_error *error);

    /* Goes on with a check of the journal, by some thousand entries. NULL: the store keeps no journal. */
    int32_t (*check)(struct store *store, struct store_check *check, struct kc_error *error);

    /* The slots up to the next empty line are NULL where there is no journal; used by store/vault.c and store/copy.c.
     * The note stands beside the journal and says what the ledger is ("": an ordinary one). Writing, each store fails
     * with KC_ERROR_LEDGER_KEY when it is not store->note any more. */
    int32_t (*get_note)(struct store *store, struct arena *arena, const char **note, struct kc_error *error);
    int32_t (*set_note)(struct store *store, const char *note, struct kc_error *error);
    int32_t (*get_head)(struct store *store, struct seal_head *head, struct kc_error *error);
    /* Entries of the journal after that number, in order: none if there is none, fewer than the limit also where they
     * take much memory. */
    int32_t (*read_entries)(struct store *store, int64_t after, size_t limit, struct arena *arena,
                            struct seal_found **entries, size_t *count, struct kc_error *error);
    /* Adds the next entries of another ledger, and each operation, in the place of an older one, with its last entry.
     */
    int32_t (*write_entries)(struct store *store, const struct seal_found *entries, size_t count,
                             struct kc_error *error);
    /* Adds an entry for a record as it is now. */
    int32_t (*enter_again)(struct store *store, const struct uuid *id, struct kc_error *error);
    int32_t (*list_places)(struct store *store, struct arena *arena, struct store_places *places,
                           struct kc_error *error);

    /* Goes on with a copy of the file as it was at the first call, by some hundred pages; NULL: not offered. `backup`
     * starts as NULL and is NULL again after the last call or a failure; `check` starts all-zero and is that of the
     * copy. backup_drop() gives it up. */
    int32_t (*backup)(struct store *store, const char *path, struct store_backup **backup, struct store_check *check,
                      struct kc_error *error);
    void (*backup_drop)(struct store_backup *backup);

    /* The feed: what others write, in the order of the journal, each entry once. watch() switches it on, from the
     * journal's end on, or off. NULL: nobody else can write. */
    int32_t (*watch)(struct store *store, bool on, struct kc_error *error);
    /* A descriptor that is readable when there may be something; -1: look now and then. */
    int (*watch_fd)(struct store *store);
    /* Outside of a transaction: the next ones, at most STORE_CHANGES_MOST, perhaps none. After a failure they come with
     * the next call. `anew`: some may have been missed, since the journal is not the one that was seen. */
    int32_t (*changes)(struct store *store, struct arena *arena, struct store_change **changes, size_t *count,
                       bool *anew, struct kc_error *error);

    /* When nobody has asked for anything for a while, and before close(), outside of a transaction: does in one short
     * step what can wait until then. True: there is more. `all`: also what is not worth a step by itself. A failure is
     * none: it is done later. NULL: there is no such thing. */
    bool (*tidy)(struct store *store, bool all);

    /* Which contexts live: instance_enter registers this one under a number of its own (any thread, once after open);
     * instance_alive tells whether another still runs. A crash ends the registration by itself. */
    int32_t (*instance_enter)(struct store *store, uint64_t instance, struct kc_error *error);
    bool (*instance_alive)(struct store *store, uint64_t instance);
};

/* Compiled-in stores; NULL if there is none with the scheme. */
const struct store_table *store_find(const char *scheme);
/* Opens the store that a ledger's URI names. */
int32_t store_open(const char *uri, struct store **store, struct kc_error *error);
void store_close(struct store *store);
/* Remembers the note that is in force now; KC_OK or KC_ERROR_NO_MEMORY. */
int32_t store_keep_note(struct store *store, const char *note, struct kc_error *error);
/* For the stores: KC_OK, or KC_ERROR_LEDGER_KEY if it is another one. */
int32_t store_check_note(const struct store *store, const char *note, struct kc_error *error);

#endif
