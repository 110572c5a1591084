/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules of the ledger: what is looked up before an operation, recorded before it acts and after it acted. The
 * functions named _job run in the worker's thread, inside a transaction, and touch only what they are given. */
#ifndef KEYCARD_LEDGER_H
#define KEYCARD_LEDGER_H

#include "store.h"
#include "store/marks.h"
#include "store/vault.h"

/* A store as one context uses it. */
struct ledger {
    struct store *store;
    uint64_t instance; /* of this context */
};

struct record_list {
    struct record *records;
    size_t count;
};

/* Before an operation: what the ledger knows that matters for it. */
struct ledger_lookup {
    /* asked */
    const char *site, *station, *booking, *idempotency_key;
    struct strings rooms; /* none: those of the stay's latest original */
    bool rooms_of_stay;   /* found: `rooms` was empty. Whoever has these rooms now may be another guest */
    struct uuid target;   /* of a retry, a resolution or a cancellation: nil if none */
    bool wants_keys;      /* look for keys of booking and rooms */
    /* found */
    struct marks_stamp looked; /* when */
    struct record *same;       /* operation with this idempotency key */
    bool has_station;
    struct station_record station_last;
    struct record *target_record;
    struct record_list stay;      /* everything of the booking, newest first */
    struct record_list room_keys; /* active keys whose main room is one of the rooms */
    struct record_list host_stay; /* everything of the booking that has the active original of the main room, if that
                                   * is another one (the first guest, for one who shares the room) */
    /* by the intent */
    struct marks_stamp recorded; /* when that was */
    bool alone;                  /* nothing else was found of stay and rooms then */
};
int32_t ledger_lookup_job(const struct ledger *ledger, struct ledger_lookup *lookup, struct arena *arena,
                          struct kc_error *error);

/* What ledger_lookup_job() will ask of the store, as far as that is known before; at most so many. */
size_t ledger_foresee(const struct ledger_lookup *lookup, struct store_question *questions, size_t most);

/* The stay as the ledger knows it: its active original (or NULL), with rooms and end as later changes left them. If
 * it has none, that of the room that was asked for. */
struct record *ledger_active_original(const struct ledger_lookup *lookup, int64_t now_utc);
/* What makes it doubtful that `original` (or NULL) is still the active one: a newer original, check-out or change of
 * the stay whose outcome is unknown or pending; NULL if nothing does. */
struct record *ledger_doubt(const struct ledger_lookup *lookup, const struct record *original);
/* The active original that a room of the booking has now and that is another booking's; NULL if there is none. */
const struct record *ledger_next_guest(const struct ledger_lookup *lookup);
/* The stay (or that of the room) is blocked: it has an original, which opens nothing until it is unblocked. */
bool ledger_is_blocked(const struct ledger_lookup *lookup);
/* The one that is blocked in the rooms that were named, or NULL. */
struct record *ledger_blocked_original(const struct ledger_lookup *lookup);
/* The booking has a key of its own that was made, so it is known to the lock system. */
bool ledger_knows_booking(const struct ledger_lookup *lookup);
/* The latest original of the booking that was made, whatever became of it; NULL if none. */
struct record *ledger_latest_original(const struct ledger_lookup *lookup);

/* Right before the first byte leaves. `base` (or nil): the original that must still be active. `seen`: what was looked
 * up before. When another program that shares the ledger was faster, fails with KC_ERROR_IN_PROGRESS (idempotency key),
 * KC_ERROR_NO_ORIGINAL, KC_ERROR_UNRESOLVED, KC_ERROR_ENCODER_BUSY or KC_ERROR_ROOM_BUSY (of the stay, too). Of those
 * that come at the same moment, one wins. The record is dated after everything of its stay and rooms, whatever the
 * clocks of the machines say; `numbered`: by a whole second, for driver_request.sequence. */
int32_t ledger_intent_job(const struct ledger *ledger, struct record *record, const struct uuid *base,
                          struct ledger_lookup *seen, bool numbered, struct kc_error *error);

/* After it: records the outcome (inserting the record if there was no intent), and what follows for other keys. */
struct ledger_outcome {
    const struct record *record;
    const struct ledger_lookup *seen; /* after the intent, if there was one */
    bool intent_recorded;
    bool reached_encoder;  /* becomes the station's last used */
    int32_t encoder_state; /* KC_ENCODER_..., 0 = it took no part: a slip of the pen is not remembered */
    int64_t contact_ms;
    uint32_t *place; /* of the encoder in the store, see store_table.set_contact */
    bool on_its_way; /* CHECK_MOBILE: the lock system still does not know whether the key arrived */
};
int32_t ledger_outcome_job(const struct ledger *ledger, const struct ledger_outcome *outcome, struct kc_error *error);

/* What the answer to a question after a mobile key means for that key. */
void ledger_apply_delivery(struct record *key, const struct record *check, bool on_its_way);

/* Settles the operation `resolution->target` whose outcome is unknown: WRITTEN or NOT_WRITTEN. `settled` is what it is
 * now. */
int32_t ledger_settle_job(const struct ledger *ledger, const struct record *resolution, int32_t outcome,
                          struct arena *arena, struct record **settled, struct kc_error *error);
/* Intents whose context has died become unresolved. */
int32_t ledger_recover_job(const struct ledger *ledger, struct kc_error *error);
int32_t ledger_forget_job(const struct ledger *ledger, const char *site, const char *booking, struct kc_error *error);
/* Finds records for the host: an intent whose context has died shows as unknown. `unresolved_only`: no others. */
int32_t ledger_find_job(const struct ledger *ledger, const struct record_query *query, bool unresolved_only,
                        struct arena *arena, struct record **records, size_t *count, struct kc_error *error);

/* For ledger_outcome.c. The slot of that name; the key is what the caller has found. */
int32_t ledger_set_key_state(const struct ledger *ledger, const struct record *key, int32_t key_state, bool unconfirmed,
                             struct kc_error *error);
/* By id: NULL if there is none. Earlier: asked for before the other. Opens: its main room is one
 * of the other's. */
int32_t ledger_find_by_id(const struct ledger *ledger, const struct uuid *id, struct arena *arena, struct record **out,
                          struct kc_error *error);
bool ledger_is_earlier(const struct record *a, const struct record *b);
bool ledger_opens_room_of(const struct record *key, const struct record *by);

bool verb_acts(int32_t verb);
/* Those of them that are about a stay or a room; the other one writes what another system made. */
bool verb_is_of_stay(int32_t verb);
bool kind_is_original(int32_t kind);
bool kind_is_numbered(int32_t kind); /* has a driver_request.sequence of its own */

#endif
