/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The conformance suite: the same rules for every driver, by the public functions alone, with the simulated lock system
 * of the driver at the other end.
 *
 *     conformance DRIVER SUBJECT [PART OF A RULE'S NAME]
 *
 * What differs between lock systems is asked at run time: kc_system_has(), kc_system_get_limit(). The entry of a driver
 * in drivers.c holds data only. A rule gets an open hotel, and what it starts and makes there is given back for it. */
#ifndef KEYCARD_CONFORMANCE_SUITE_H
#define KEYCARD_CONFORMANCE_SUITE_H

#include <keycard/keycard.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>

#define PATIENCE_MS 60000
#define NAME_SIZE   128

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Fails the rule, and says what was seen. */
#define EXPECT(condition, ...)                                                                                         \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            print_error("expected: %s\nseen: ", #condition);                                                           \
            print_error(__VA_ARGS__);                                                                                  \
            print_error("\n");                                                                                         \
            _fail(__FILE__, __LINE__);                                                                                 \
        }                                                                                                              \
    } while (0)
#define EXPECT_OK(call) EXPECT((call) == KC_OK, "another status")

/* ---- What stands in the table ------------------------------------------------------------------------------------ */

/* Outcomes that a fault may end with. */
#define NOT_WRITTEN (1u << KC_OUTCOME_NOT_WRITTEN)
#define WRITTEN     (1u << KC_OUTCOME_WRITTEN)
#define UNKNOWN     (1u << KC_OUTCOME_UNKNOWN)

struct fault_case {
    const char *text;  /* as the simulator's script has it, without the number of the request */
    unsigned outcomes; /* of an operation that it strikes */
    bool hasty;        /* it ends by a time-out of the driver */
};

/* How the simulator is made to answer with an error, and what that means. */
struct error_case {
    int32_t status;
    const char *fault;
    int32_t outcome;
    const char *vendor_code; /* NULL: whatever it is */
};

#define LIST(...)                                                                                                      \
    (const char *const[])                                                                                              \
    {                                                                                                                  \
        __VA_ARGS__, NULL                                                                                              \
    }
#define SITE_KEY "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"

struct side;

struct conform_driver {
    const char *name;   /* of the tests */
    const char *driver; /* NULL: the same */
    const struct side *side;
    const char *profile;             /* of the simulator; NULL: its usual one */
    const char *uri;                 /* ADDRESS stands for that of the simulator */
    const char *const *options;      /* names and values, to be set in any case; ends with NULL */
    const char *const *hasty;        /* the same, so that every wait is over after half a second */
    const char *const *encoders;     /* that the simulator has; the desks use the first two; ends with NULL */
    const char *strange_encoder;     /* well-formed, but the simulator has it not */
    const char *const *rooms;        /* four, as the lock system may call them */
    const struct fault_case *faults; /* ends with an empty one */
    const char *lost_answer;         /* the fault that acts and lets the answer be lost */
    const struct error_case *errors; /* ends with an empty one */
};

const char *driver_name(const struct conform_driver *driver);
extern const struct conform_driver conform_drivers[]; /* ends with an empty one */

/* ---- The lock system's side -------------------------------------------------------------------------------------- */

struct hotel;

/* The last thing that the lock system did. */
struct effect {
    char kind[NAME_SIZE];    /* "original", "duplicate", "one-shot", "mobile", "check-out", "modify", "void" */
    char encoder[NAME_SIZE]; /* "" if this side does not tell */
    char room[NAME_SIZE];    /* the main room */
    size_t keys;             /* that were made */
};

struct side {
    /* Before the system is made: the address for its URI goes into `address`. */
    void (*start)(struct hotel *hotel, char address[NAME_SIZE]);
    /* Once the system is made, before its first operation. NULL: nothing to do. */
    void (*prepare)(struct hotel *hotel);
    void (*stop)(struct hotel *hotel);
    /* Waits until nothing waits there any more. */
    void (*settle)(struct hotel *hotel);
    size_t (*requests)(struct hotel *hotel);
    size_t (*effects)(struct hotel *hotel);
    void (*last_effect)(struct hotel *hotel, struct effect *effect);
    /* Whether the card with this serial number opens the room now. */
    bool (*opens)(struct hotel *hotel, const char *serial, const char *room);
    /* How many cards and mobile keys open the room now. */
    size_t (*keys_for)(struct hotel *hotel, const char *room);
    bool (*occupied)(struct hotel *hotel, const char *room);
};

/* side_simulator.c: simulator.h, which listens, dials in, or is a device that the host names; side_virtual.c: the lock
 * system in the process. */
extern const struct side side_simulator, side_dialling, side_desk, side_virtual;
/* Parts of such a side, for one that is a simulator with something before it. */
#define SIMULATED_SIDE                                                                                                 \
    .requests = simulated_requests, .effects = simulated_effects, .last_effect = simulated_last_effect,                \
    .opens = simulated_opens, .keys_for = simulated_keys_for, .occupied = simulated_occupied
void simulated_start(struct hotel *hotel, char address[NAME_SIZE]);
void simulated_names(struct hotel *hotel);
void simulated_stop(struct hotel *hotel);
void simulated_settle(struct hotel *hotel);
size_t simulated_requests(struct hotel *hotel);
size_t simulated_effects(struct hotel *hotel);
void simulated_last_effect(struct hotel *hotel, struct effect *effect);
bool simulated_opens(struct hotel *hotel, const char *serial, const char *room);
size_t simulated_keys_for(struct hotel *hotel, const char *room);
bool simulated_occupied(struct hotel *hotel, const char *room);
/* side_usb.c: a simulator inside a device on USB, in a program of its own. */
extern const struct side side_usb_stripe, side_usb_reader;
/* The script of simulator.h: for every protocol; for those in which ACK or NAK answers a request; for those
 * in which nothing but the answer does; over HTTP; for devices that write the cards themselves. */
extern const struct fault_case simulator_faults[], acknowledging_faults[], stream_faults[], http_faults[];
/* Of a reader at the desk: the write that makes the key. */
extern const struct fault_case reader_faults[];
/* Of an encoder for stripes. */
extern const struct fault_case device_faults[];
extern const struct fault_case virtual_faults[];
/* errors.c: of readers at the desk, which are not asked for errors; of encoders for stripes, on whatever link. */
extern const struct error_case no_errors[], magstripe_errors[];

/* ---- The hotel --------------------------------------------------------------------------------------------------- */

struct opening {
    bool file;       /* the ledger is a SQLite file */
    bool hasty;      /* with the short waits of the driver's entry */
    int64_t hand_ms; /* until a card is presented */
    char fault[100]; /* one of the script, "" for none */
};

struct simulator;

struct watched {
    kc_op *op;
    size_t done, cards_asked;
    bool event_after_done;
};

struct hotel {
    const struct conform_driver *driver;
    struct opening opening;
    struct simulator *simulator;
    int port; /* that the lock system dials, kept from others; 0: none */
    kc_context *context;
    kc_site *site;
    kc_system *system;
    char directory[64], ledger[100];
    struct watched *watched;
    size_t watched_count;
    kc_request **requests;
    size_t request_count;
    char *log;
    size_t log_length;
};

void hotel_open(struct hotel *hotel, const struct conform_driver *driver, const struct opening *opening);
/* Checks that each operation ended with one DONE as its last event. */
void hotel_close(struct hotel *hotel);
/* Gives everything back without a check; also after hotel_close(). */
void hotel_abandon(struct hotel *hotel);
/* Closes and opens another one of the same driver. */
void hotel_again(struct hotel *hotel, const struct opening *opening);
/* The program ends and starts again, with the same ledger and lock system (a virtual one is new). */
void hotel_restart(struct hotel *hotel);

bool hotel_has(const struct hotel *hotel, int32_t capability);
int64_t hotel_limit(const struct hotel *hotel, int32_t limit);
const char *hotel_room(const struct hotel *hotel, size_t index);
const char *hotel_encoder(const struct hotel *hotel, size_t index);
size_t hotel_requests(struct hotel *hotel);
size_t hotel_effects(struct hotel *hotel);
size_t hotel_keys_for(struct hotel *hotel, size_t room);
bool hotel_occupied(struct hotel *hotel, size_t room);

typedef int32_t (*hotel_verb)(kc_request *request, kc_op **op);

/* Station "desk-1", the first encoder, from now until three days later, 11:00; booking and room may be NULL. */
kc_request *hotel_request(struct hotel *hotel, const char *booking, const char *room);
/* For a mobile key: with the contact that the lock system takes. */
kc_request *hotel_mobile_request(struct hotel *hotel, const char *booking, const char *room);
void hotel_end_after(kc_request *request, int32_t days);
kc_op *hotel_watch(struct hotel *hotel, kc_op *op);
kc_op *hotel_finish(struct hotel *hotel, kc_op *op);
kc_op *hotel_start(struct hotel *hotel, hotel_verb verb, kc_request *request);
kc_op *hotel_run(struct hotel *hotel, hotel_verb verb, kc_request *request);
kc_op *hotel_original(struct hotel *hotel, const char *booking, size_t room);
kc_op *hotel_duplicate(struct hotel *hotel, const char *booking);
kc_op *hotel_cancel_key(struct hotel *hotel, kc_request *request, const char *key_id);
kc_op *hotel_retry(struct hotel *hotel, kc_op *op);
kc_op *hotel_resolve(struct hotel *hotel, kc_op *op, int32_t how);
kc_op *hotel_keys(struct hotel *hotel, int32_t filter, const char *value);
/* What the ledger says: the key of an operation, NULL if it has none; its outcome, -1 if it does not know it. */
kc_key *hotel_key(struct hotel *hotel, const char *id);
int32_t hotel_key_state(struct hotel *hotel, const char *id);
int32_t hotel_outcome(struct hotel *hotel, const char *id);
bool hotel_is_listed(struct hotel *hotel, int32_t filter, const char *id);
/* Takes what events there are. */
void hotel_take_events(struct hotel *hotel);
const struct watched *hotel_watched(const struct hotel *hotel, const kc_op *op);
int32_t find_warning(const kc_op *op, const char *field);

/* It did what it should, and is recorded so. */
void expect_made(struct hotel *hotel, kc_op *op);
/* It was refused: an error that says why, nothing was sent (the lock system has seen `requests` so far), and no key
 * stands in the ledger. */
void expect_refused(struct hotel *hotel, kc_op *op, int32_t status, size_t requests);
void expect_not_offered(struct hotel *hotel, kc_op *op, size_t requests);
/* Whatever an error must say. */
void expect_error_says(const kc_op *op);

/* ---- Rules ------------------------------------------------------------------------------------------------------- */

struct rule {
    const char *name;
    void (*check)(struct hotel *hotel, const void *data, size_t index);
    const void *data;
    size_t index;
    struct opening opening; /* how the hotel opens */
};

struct plan {
    const struct conform_driver *driver;
    struct planned *rules;
    size_t count;
};

/* The name is put together as by printf. */
void plan_add(struct plan *plan, const struct rule *rule, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void plan_add_all(struct plan *plan, const struct rule *rules, size_t count);

void plan_verbs(struct plan *plan);
void plan_mobile(struct plan *plan);
void plan_limits(struct plan *plan);
void plan_errors(struct plan *plan);
void plan_invariants(struct plan *plan);
void plan_privacy(struct plan *plan);
void plan_faults_memory(struct plan *plan);
void plan_faults_sqlite(struct plan *plan);

#endif
