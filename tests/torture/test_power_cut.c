/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plug is pulled at every moment: each write and sync of a SQLite ledger is recorded while two contexts make keys
 * at six encoders at once, with what the callers were told and what the lock systems were asked in between. Then, for
 * the moments after each step, the files are made as a power cut may leave them (power_cut.h), opened with the library,
 * and held against what was promised until then:
 *
 *   - whatever was asked of a lock system is in the ledger; every outcome that was told is there, the others are the
 *     true ones or unknown;
 *   - what was interrupted is listed as unresolved, and nothing else; no operation or key is there twice;
 *   - nothing is half there: a check-out without its keys, two active originals of a stay, a guest half forgotten;
 *   - who was forgotten stands in no file;
 *   - the same idempotency key brings the same operation; the next original works;
 *   - the chain of the journal and SQLite's own checks of the file hold.
 *
 *     test_power_cut [no-syncs]
 *
 * The environment variable KEYCARD_POWER_CUTS says how many points are tried, "all" or a number; KEYCARD_SEED which.
 * With "no-syncs" the recorder leaves the syncs out, so that the test must fail. */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "driver.h"
#include "power_cut.h"
#include "recording.h"
#include "rig.h"

#define DESKS         6 /* the first four at one context, the others at another */
#define DESKS_OF_ONE  4
#define ROUNDS_SHORT  18
#define ROUNDS_LONG   40
#define POINTS_SHORT  700
#define ATTEMPTS_MOST 600

enum note { NOTE_STARTED, NOTE_SENT, NOTE_TOLD };
enum step { ORIGINAL, DUPLICATE, MODIFY, REISSUE, MOBILE, CHECK_OUT, FORGET, STEP_COUNT, RESOLVE = STEP_COUNT };

/* One operation of the load. */
struct attempt {
    enum step step;
    unsigned desk, booking;
    int target; /* of a resolution: the number of the attempt that it settles */
    char id[64];
    kc_op *op;
    int32_t status, outcome; /* as it was told */
    int settled_by;          /* the resolution that settled it, or -1 */
};

struct world {
    struct rig rigs[2];
    struct attempt attempts[ATTEMPTS_MOST];
    int count;
    uint64_t seed;
    char ledger[RIG_PATH_SIZE + 8], cut_prefix[RIG_PATH_SIZE], cut[RIG_PATH_SIZE + 16], cut_uri[RIG_PATH_SIZE + 24];
    /* What had happened up to the point that is tried. */
    bool started[ATTEMPTS_MOST], sent[ATTEMPTS_MOST], told[ATTEMPTS_MOST];
    size_t points[POWER_CUT_KINDS];
};

static bool is_recording;

/* Right before the bytes that may change something leave. */
void __real_driver_op_committed(struct driver_op *op);
void __wrap_driver_op_committed(struct driver_op *op);
void __wrap_driver_op_committed(struct driver_op *op)
{
    int number = -1;
    if (is_recording && sscanf(op->request->operator_name, "op-%d", &number) == 1)
        recording_note(NOTE_SENT, number);
    __real_driver_op_committed(op);
}

/* ---- The load --------------------------------------------------------------------------------------------------- */

static struct rig *rig_of(struct world *world, unsigned desk)
{
    return &world->rigs[desk < DESKS_OF_ONE ? 0 : 1];
}

static kc_request *new_request(struct rig *rig, const struct attempt *attempt, int number)
{
    kc_request *request = NULL;
    char text[64];
    CHECK(kc_request_new(rig->site, &request) == KC_OK, "no request");
    snprintf(text, sizeof(text), "b-%u", attempt->booking);
    kc_request_set_booking(request, text);
    snprintf(text, sizeof(text), "%u", attempt->booking);
    kc_request_add_room(request, text);
    snprintf(text, sizeof(text), "op-%d", number);
    kc_request_set_operator(request, text);
    CHECK(kc_request_set_idempotency_key(request, text) == KC_OK, "idempotency key");
    snprintf(text, sizeof(text), "Secret <%u> Guest", attempt->booking);
    kc_request_set_guest(request, text);
    snprintf(text, sizeof(text), "E%u", attempt->desk);
    kc_request_set_encoder(request, text);
    snprintf(text, sizeof(text), "desk-%u", attempt->desk);
    kc_request_set_station(request, text);
    CHECK(kc_request_set_validity(request, NULL, attempt->step == MODIFY ? "2059-12-31T12:00" : "2059-12-31T11:00") ==
              KC_OK,
          "validity");
    if (attempt->step == MOBILE)
        CHECK(kc_request_set_phone(request, "+359881234567") == KC_OK, "phone");
    return request;
}

static kc_op *start(struct rig *rig, const struct attempt *attempt, int number)
{
    static int32_t (*const starts[])(kc_request *, kc_op **) = {kc_issue_original, kc_issue_duplicate, kc_modify_stay,
                                                                kc_reissue,        kc_send_mobile,     kc_check_out};
    kc_op *op = NULL;
    char booking[32];
    snprintf(booking, sizeof(booking), "b-%u", attempt->booking);
    if (attempt->step == FORGET) {
        CHECK(kc_forget_guest(rig->site, booking, &op) == KC_OK, "forget");
    } else {
        kc_request *request = new_request(rig, attempt, number);
        CHECK(starts[attempt->step](request, &op) == KC_OK, "start");
        kc_request_unref(request);
    }
    rig->started++;
    return op;
}

static struct attempt *add_attempt(struct world *world, enum step step, unsigned desk, unsigned booking)
{
    CHECK(world->count < ATTEMPTS_MOST, "too many operations");
    struct attempt *attempt = &world->attempts[world->count];
    *attempt = (struct attempt){.step = step, .desk = desk, .booking = booking, .target = -1, .settled_by = -1};
    recording_note(NOTE_STARTED, world->count++);
    return attempt;
}

static void start_step(struct world *world, unsigned desk, unsigned turn)
{
    const unsigned booking = 100 + turn / STEP_COUNT * DESKS + desk;
    struct attempt *attempt = add_attempt(world, (enum step)(turn % STEP_COUNT), desk, booking);
    attempt->op = start(rig_of(world, desk), attempt, world->count - 1);
    snprintf(attempt->id, sizeof(attempt->id), "%s", kc_op_get_id(attempt->op));
}

static void tell(struct world *world, int number)
{
    struct attempt *attempt = &world->attempts[number];
    CHECK(kc_op_wait(attempt->op, RIG_WAIT_MS) == KC_OK, "operation %d hangs", number);
    attempt->status = kc_op_get_status(attempt->op);
    attempt->outcome = kc_op_get_outcome(attempt->op);
    recording_note(NOTE_TOLD, number);
    rig_drain(rig_of(world, attempt->desk));
}

/* The clerk tries the door. */
static void settle(struct world *world, int number)
{
    struct attempt *unknown = &world->attempts[number];
    const int settling = world->count;
    struct attempt *attempt = add_attempt(world, RESOLVE, unknown->desk, unknown->booking);
    char text[32];
    attempt->target = number;
    unknown->settled_by = settling;
    snprintf(text, sizeof(text), "op-%d", settling);
    CHECK(kc_op_resolve(unknown->op, KC_RESOLVE_OPENS, text, &attempt->op) == KC_OK, "resolve");
    rig_of(world, unknown->desk)->started++;
    snprintf(attempt->id, sizeof(attempt->id), "%s", kc_op_get_id(attempt->op));
    const int32_t outcome = unknown->outcome;
    tell(world, settling);
    CHECK(attempt->status == KC_OK && outcome == KC_OUTCOME_UNKNOWN, "settling ended %d", (int)attempt->status);
}

static void round_of_all(struct world *world, unsigned round)
{
    const int first = world->count;
    for (unsigned desk = 0; desk < DESKS; desk++)
        if (round >= desk)
            start_step(world, desk, round - desk);
    const int last = world->count;
    for (int i = first; i < last; i++)
        tell(world, i);
    for (int i = first; i < last; i++)
        if (world->attempts[i].outcome == KC_OUTCOME_UNKNOWN && world->attempts[i].desk % 2 == 0)
            settle(world, i);
    for (int i = first; i < world->count; i++)
        world->attempts[i].op = kc_op_unref(world->attempts[i].op);
}

static void open_desks(struct world *world, size_t which)
{
    static const char *const options[] = {"encoders",
                                          "E0;E1;E2;E3;E4;E5",
                                          "answer-timeout",
                                          "20",
                                          "back-off",
                                          "0",
                                          "script",
                                          "silent-after@9,drop@16,no-card@19,silent@23,error:card@28",
                                          NULL};
    rig_open(&world->rigs[which], world->ledger, "virtual:", options);
}

/* Nobody asks for anything, until the ledger has begun to write what it leaves for such a moment: what is written after
 * the last operation was told. False: it may have left too little, since this program paused before and it used that.
 */
static bool let_tidy(void)
{
    const struct timespec moment = {.tv_nsec = 20000000};
    for (int i = 0; i < 100 && recording_count_since_note() == 0; i++)
        nanosleep(&moment, NULL);
    return recording_count_since_note() > 0;
}

static void work(struct world *world, unsigned rounds)
{
    recording_start();
    is_recording = true;
    open_desks(world, 0);
    open_desks(world, 1);
    for (unsigned round = 0; round < rounds; round++) {
        if (round == rounds / 2) { /* all programs end and start again; one of them sooner */
            rig_close(&world->rigs[0]);
            rig_close(&world->rigs[1]);
            open_desks(world, 1);
            open_desks(world, 0);
        }
        round_of_all(world, round);
        if (round == rounds - 2 && !let_tidy())
            rounds++; /* and again, as long as there may be more operations */
    }
    rig_close(&world->rigs[0]);
    rig_close(&world->rigs[1]);
    is_recording = false;
    recording_stop();
}

/* ---- What the library makes of the files ------------------------------------------------------------------------ */

struct found {
    bool there[ATTEMPTS_MOST];
    int32_t outcome[ATTEMPTS_MOST];
    size_t keys[ATTEMPTS_MOST];
};

static int number_of(const char *operator_name)
{
    int number = -1;
    CHECK(sscanf(operator_name, "op-%d", &number) == 1 && number >= 0 && number < ATTEMPTS_MOST, "operator \"%s\"",
          operator_name);
    return number;
}

/* What was promised of one operation. */
static void check_attempt(const struct world *world, const struct found *found, int number)
{
    const struct attempt *attempt = &world->attempts[number];
    const bool there = found->there[number];
    const int32_t outcome = found->outcome[number];
    const bool may_be_settled = attempt->settled_by >= 0 && world->started[attempt->settled_by];
    const bool is_settled = attempt->settled_by >= 0 && world->told[attempt->settled_by];
    rig_case("%s, operation %d, step %d", world->cut, number, (int)attempt->step);
    CHECK(there || !world->sent[number], "the lock system was asked, and the ledger does not know");
    CHECK(!there || world->started[number], "nobody asked for it yet");
    CHECK(!there || outcome != KC_OUTCOME_WRITTEN || world->sent[number] || attempt->step == RESOLVE,
          "written, but the lock system was not asked");
    if (world->told[number]) {
        CHECK(there || attempt->outcome == KC_OUTCOME_NOT_WRITTEN || attempt->step == FORGET, "told, but not there");
        CHECK(!there || outcome == attempt->outcome || (may_be_settled && outcome == KC_OUTCOME_WRITTEN),
              "told %s, there is %s", kc_outcome_name(attempt->outcome), kc_outcome_name(outcome));
        CHECK(!is_settled || outcome == KC_OUTCOME_WRITTEN, "it was settled");
    } else if (there) {
        CHECK(outcome == KC_OUTCOME_UNKNOWN || outcome == attempt->outcome, "there is %s, later it was %s",
              kc_outcome_name(outcome), kc_outcome_name(attempt->outcome));
    }
}

static void check_ops(struct world *world, struct rig *rig, struct found *found)
{
    kc_op *list = rig_list_ops(rig, KC_FILTER_ALL, NULL);
    kc_op *open = rig_list_ops(rig, KC_FILTER_UNRESOLVED, NULL);
    int32_t unknown = 0;
    for (int32_t i = 0; i < kc_op_get_op_count(list); i++) {
        const kc_op *op = kc_op_get_op(list, i);
        const int number = number_of(kc_op_get_operator(op));
        CHECK(number < world->count && !found->there[number], "operation %d is there twice", number);
        CHECK(strcmp(kc_op_get_id(op), world->attempts[number].id) == 0, "operation %d has another id", number);
        found->there[number] = true;
        found->outcome[number] = kc_op_get_outcome(op);
        CHECK(kc_op_get_outcome(op) != KC_OUTCOME_PENDING, "operation %d is pending", number);
        unknown += kc_op_get_outcome(op) == KC_OUTCOME_UNKNOWN;
        CHECK((kc_op_get_outcome(op) == KC_OUTCOME_UNKNOWN) == (rig_find(open, kc_op_get_id(op)) != NULL),
              "operation %d is %s, and is listed otherwise", number, kc_outcome_name(kc_op_get_outcome(op)));
    }
    CHECK(kc_op_get_op_count(open) == unknown, "%d unknown, %d listed", (int)unknown, (int)kc_op_get_op_count(open));
    for (int i = 0; i < world->count; i++)
        check_attempt(world, found, i);
    kc_op_unref(list);
    kc_op_unref(open);
}

/* A booking's guest: forgotten or not, for all of its keys. */
static void check_guest(const struct world *world, const kc_key *key, int number)
{
    const struct attempt *attempt = &world->attempts[number];
    int forgetting = -1;
    char guest[64];
    snprintf(guest, sizeof(guest), "Secret <%u> Guest", attempt->booking);
    for (int i = 0; i < world->count; i++)
        if (world->attempts[i].step == FORGET && world->attempts[i].booking == attempt->booking)
            forgetting = i;
    const bool begun = forgetting >= 0 && world->started[forgetting];
    const bool done = begun && world->told[forgetting] && world->attempts[forgetting].status == KC_OK;
    const bool refused = begun && world->told[forgetting] && !done;
    CHECK(*kc_key_get_guest(key) || (begun && !refused), "the guest of operation %d is gone", number);
    CHECK(!*kc_key_get_guest(key) || (!done && strcmp(kc_key_get_guest(key), guest) == 0),
          "the guest of operation %d is \"%s\"", number, kc_key_get_guest(key));
}

static void check_key(const struct world *world, const struct found *found, const kc_key *key, int number)
{
    const int32_t state = kc_key_get_state(key);
    const int32_t outcome = found->outcome[number];
    rig_case("%s, key of operation %d", world->cut, number);
    CHECK(found->there[number], "a key without operation");
    CHECK((state == KC_KEY_UNRESOLVED) == (outcome == KC_OUTCOME_UNKNOWN), "state %s, outcome %s",
          kc_key_state_name(state), kc_outcome_name(outcome));
    CHECK((state == KC_KEY_NOT_MADE) == (outcome == KC_OUTCOME_NOT_WRITTEN), "state %s, outcome %s",
          kc_key_state_name(state), kc_outcome_name(outcome));
    CHECK(state != KC_KEY_PENDING, "pending");
    check_guest(world, key, number);
}

/* Against the other keys of its booking. */
static void check_stay(const struct world *world, const struct found *found, kc_op *list, const kc_key *key, int number)
{
    const unsigned booking = world->attempts[number].booking;
    const bool is_original = kc_key_get_kind(key) == KC_KIND_ORIGINAL;
    for (int32_t i = 0; i < kc_op_get_key_count(list); i++) {
        const kc_key *other = kc_op_get_key(list, i);
        const int other_number = number_of(kc_key_get_operator(other));
        if (other == key || world->attempts[other_number].booking != booking)
            continue;
        CHECK(!*kc_key_get_guest(other) == !*kc_key_get_guest(key), "booking %u is forgotten by half", booking);
        CHECK(!is_original || kc_key_get_kind(other) != KC_KIND_ORIGINAL || kc_key_get_state(other) != KC_KEY_ACTIVE ||
                  kc_key_get_state(key) != KC_KEY_ACTIVE,
              "booking %u has two active originals", booking);
    }
    for (int i = 0; i < world->count; i++)
        CHECK(world->attempts[i].step != CHECK_OUT || world->attempts[i].booking != booking || !found->there[i] ||
                  found->outcome[i] != KC_OUTCOME_WRITTEN || kc_key_get_state(key) != KC_KEY_ACTIVE,
              "booking %u is checked out, and has an active key", booking);
}

static bool makes_key(enum step step)
{
    return step == ORIGINAL || step == DUPLICATE || step == REISSUE || step == MOBILE;
}

static void check_keys(struct world *world, struct rig *rig, struct found *found)
{
    kc_op *list = rig_list_keys(rig, KC_FILTER_ALL, NULL);
    for (int32_t i = 0; i < kc_op_get_key_count(list); i++) {
        const kc_key *key = kc_op_get_key(list, i);
        const int number = number_of(kc_key_get_operator(key));
        found->keys[number]++;
        check_key(world, found, key, number);
        check_stay(world, found, list, key, number);
    }
    for (int i = 0; i < world->count; i++)
        CHECK(found->keys[i] == (found->there[i] && makes_key(world->attempts[i].step) ? 1 : 0),
              "operation %d has %zu keys", i, found->keys[i]);
    kc_op_unref(list);
}

static void check_chain(struct rig *rig)
{
    kc_op *op = NULL;
    CHECK(kc_verify_ledger(rig->site, &op) == KC_OK, "verify");
    rig_finish(rig, op);
    CHECK(kc_op_get_status(op) == KC_OK, "%s", kc_error_get_message(kc_op_get_error(op)));
    kc_op_unref(op);
}

/* The last one that is there is asked for again; then one that is new. */
static void check_work(struct world *world, struct rig *rig, const struct found *found)
{
    struct attempt next = {.step = ORIGINAL, .booking = 90000};
    int last = world->count - 1;
    while (last >= 0 && (!found->there[last] || world->attempts[last].step >= FORGET))
        last--;
    if (last >= 0) {
        kc_op *again = start(rig, &world->attempts[last], last);
        rig->started--;
        rig_finish(rig, again);
        CHECK(kc_op_is_replay(again), "operation %d is made again: %s", last,
              kc_error_get_message(kc_op_get_error(again)));
        CHECK(strcmp(kc_op_get_id(again), world->attempts[last].id) == 0, "another operation answers");
        kc_op_unref(again);
    }
    kc_op *op = start(rig, &next, ATTEMPTS_MOST);
    rig->started--;
    rig_finish(rig, op);
    CHECK(kc_op_get_status(op) == KC_OK, "no new key: %s", kc_error_get_message(kc_op_get_error(op)));
    kc_op_unref(op);
}

/* ---- What stands in the files ----------------------------------------------------------------------------------- */

static int is_answer_ok(void *answers, int count, char **values, char **names)
{
    (void)names;
    CHECK(count == 1 && values[0] && strcmp(values[0], "ok") == 0, "the check of the file says: %s",
          values[0] ? values[0] : "nothing");
    ++*(int *)answers;
    return 0;
}

/* Numbers in stations and encoders that are no name's. */
static const char names_not_there[] =
    "SELECT 'station' FROM station WHERE site NOT IN (SELECT id FROM name) OR station NOT IN (SELECT id FROM name) "
    "OR system NOT IN (SELECT id FROM name) OR encoder NOT IN (SELECT id FROM name) "
    "UNION ALL SELECT 'encoder' FROM encoder WHERE site NOT IN (SELECT id FROM name) "
    "OR system NOT IN (SELECT id FROM name) OR encoder NOT IN (SELECT id FROM name)";

static int is_a_fault(void *user, int count, char **values, char **names)
{
    (void)user, (void)count, (void)names;
    CHECK(false, "a reference that leads nowhere, in %s", values[0] ? values[0] : "?");
    return 1;
}

static void check_file(const struct world *world)
{
    struct stat found;
    sqlite3 *db = NULL;
    int answers = 0;
    char path[RIG_PATH_SIZE + 32];
    snprintf(path, sizeof(path), "%s-wal", world->cut);
    CHECK(stat(path, &found) < 0, "the log stays after the last one has closed");
    CHECK(sqlite3_open(world->cut, &db) == SQLITE_OK, "open");
    CHECK(sqlite3_exec(db, "PRAGMA integrity_check", is_answer_ok, &answers, NULL) == SQLITE_OK && answers == 1,
          "integrity check");
    CHECK(sqlite3_exec(db, names_not_there, is_a_fault, NULL, NULL) == SQLITE_OK, "names");
    sqlite3_close(db);
}

/* Nobody who was forgotten stands in the file. */
static void check_traces(const struct world *world)
{
    const int fd = open(world->cut, O_RDONLY | O_CLOEXEC);
    struct stat found;
    CHECK(fd >= 0 && fstat(fd, &found) == 0, "%s", world->cut);
    const size_t size = (size_t)found.st_size;
    char *bytes = malloc(size + 1);
    CHECK(bytes && read(fd, bytes, size) == (ssize_t)size, "%s", world->cut);
    close(fd);
    for (int i = 0; i < world->count; i++) {
        char name[32];
        snprintf(name, sizeof(name), "Secret <%u>", world->attempts[i].booking);
        CHECK(world->attempts[i].step != FORGET || !world->told[i] || world->attempts[i].status != KC_OK ||
                  !memmem(bytes, size, name, strlen(name)),
              "the guest of booking %u is forgotten, and stands in the file", world->attempts[i].booking);
    }
    free(bytes);
}

static void check_point(struct world *world)
{
    static const char *const options[] = {"encoders", "E0;E1;E2;E3;E4;E5", NULL};
    struct found found = {0};
    struct rig rig;
    rig_open(&rig, world->cut_uri, "virtual:", options);
    check_chain(&rig);
    check_ops(world, &rig, &found);
    check_keys(world, &rig, &found);
    check_work(world, &rig, &found);
    check_chain(&rig);
    rig_close(&rig);
    check_file(world);
    check_traces(world);
}

/* ---- The points ------------------------------------------------------------------------------------------------- */

struct choice {
    size_t total[POWER_CUT_KINDS]; /* so many points there are of each kind */
    size_t wanted;                 /* of each kind, about so many are tried; 0: all */
    bool counting;                 /* none yet */
};

static void try_point(struct world *world, struct choice *choice, const struct power_cut_disk *disk,
                      enum power_cut kind, size_t torn)
{
    if (choice->counting) {
        choice->total[kind]++;
        return;
    }
    if (choice->wanted && rig_below(&world->seed, choice->total[kind]) >= choice->wanted)
        return;
    uint64_t seed = rig_random(&world->seed);
    char now[100];
    snprintf(now, sizeof(now), "step %zu, kind %d, torn %zu, seed %llu", power_cut_at(disk), (int)kind, torn,
             (unsigned long long)seed);
    rig_case("%s", now);
    snprintf(world->cut, sizeof(world->cut), "%sledger", world->cut_prefix);
    power_cut_write(disk, kind, torn, &seed, world->cut_prefix);
    check_point(world);
    world->points[kind]++;
}

/* All ways in which the power may go right after a step. */
static void try_step(struct world *world, struct choice *choice, const struct power_cut_disk *disk)
{
    const size_t at = power_cut_at(disk);
    const size_t size = power_cut_last_write(disk);
    const bool last = at == recording_count();
    const struct recorded_step *step = recording_step(at - 1);
    /* What is on the disk for sure changes with a sync; what was promised, with a note. */
    if (last || step->what == RECORDED_NOTE || recording_step(at)->what == RECORDED_SYNC)
        try_point(world, choice, disk, POWER_CUT_LOST, 0);
    if (step->what != RECORDED_NOTE && power_cut_unsynced(disk))
        try_point(world, choice, disk, POWER_CUT_WRITTEN, 0);
    for (int i = 0; i < 2 && power_cut_unsynced(disk) > 1; i++)
        try_point(world, choice, disk, POWER_CUT_SOME, 0);
    if (size == 0)
        return;
    const size_t into = (size_t)(step->offset % POWER_CUT_SECTOR);
    for (size_t torn = POWER_CUT_SECTOR - into; torn < size; torn += POWER_CUT_SECTOR)
        try_point(world, choice, disk, POWER_CUT_TORN, torn);
    if (size > 1)
        try_point(world, choice, disk, POWER_CUT_TORN, 1 + (size_t)(at * 997 % (size - 1)));
}

static void walk(struct world *world, struct choice *choice)
{
    struct power_cut_disk *disk = power_cut_new();
    memset(world->started, 0, sizeof(world->started));
    memset(world->sent, 0, sizeof(world->sent));
    memset(world->told, 0, sizeof(world->told));
    for (size_t i = 0; i < recording_count(); i++) {
        const struct recorded_step *step = recording_step(i);
        bool *const noted[] = {world->started, world->sent, world->told};
        if (step->what == RECORDED_NOTE)
            noted[step->note][step->number] = true;
        power_cut_step(disk);
        try_step(world, choice, disk);
    }
    power_cut_free(disk);
}

static void report(const struct world *world, const struct choice *choice, uint64_t seed)
{
    size_t steps[RECORDED_NOTE + 1] = {0};
    size_t outcomes[KC_OUTCOME_UNKNOWN + 1] = {0};
    size_t tried = 0;
    size_t total = 0;
    for (size_t i = 0; i < recording_count(); i++)
        steps[recording_step(i)->what]++;
    for (int i = 0; i < world->count; i++)
        outcomes[world->attempts[i].outcome]++;
    for (int i = 0; i < POWER_CUT_KINDS; i++)
        tried += world->points[i], total += choice->total[i];
    printf("seed %llu: %d operations (%zu written, %zu not, %zu unknown); %zu writes, %zu syncs, %zu truncations, %zu "
           "names made or removed\n",
           (unsigned long long)seed, world->count, outcomes[KC_OUTCOME_WRITTEN], outcomes[KC_OUTCOME_NOT_WRITTEN],
           outcomes[KC_OUTCOME_UNKNOWN], steps[RECORDED_WRITE], steps[RECORDED_SYNC], steps[RECORDED_TRUNCATE],
           steps[RECORDED_CREATE] + steps[RECORDED_DELETE]);
    printf("%zu of %zu points tried: unsynced lost %zu, written %zu, some of it %zu, last write torn %zu\n", tried,
           total, world->points[POWER_CUT_LOST], world->points[POWER_CUT_WRITTEN], world->points[POWER_CUT_SOME],
           world->points[POWER_CUT_TORN]);
    CHECK(outcomes[KC_OUTCOME_WRITTEN] > 20 && outcomes[KC_OUTCOME_UNKNOWN] > 0, "the load did too little");
    for (int i = 0; i < POWER_CUT_KINDS; i++)
        CHECK(world->points[i] > 0, "no point of kind %d was tried", i);
}

int main(int count, char **arguments)
{
    static struct world world;
    struct choice choice = {.counting = true};
    char path[RIG_PATH_SIZE];
    const char *wanted = getenv("KEYCARD_POWER_CUTS");
    const char *seed = getenv("KEYCARD_SEED");
    if (wanted && !*wanted)
        wanted = NULL;
    const bool all = wanted && strcmp(wanted, "all") == 0;
    if (access("/dev/shm", W_OK) == 0) /* memory: no disk to wait for */
        setenv("TMPDIR", "/dev/shm", 1);
    rig_path(path, "ledger");
    snprintf(world.ledger, sizeof(world.ledger), "sqlite:%s", path);
    rig_path(world.cut_prefix, "cut-");
    snprintf(world.cut_uri, sizeof(world.cut_uri), "sqlite:%sledger", world.cut_prefix);
    world.seed = strtoull(seed ? seed : "1", NULL, 10);
    const uint64_t first_seed = world.seed;
    recording_without_syncs(count > 1 && strcmp(arguments[1], "no-syncs") == 0);
    work(&world, wanted ? ROUNDS_LONG : ROUNDS_SHORT);
    walk(&world, &choice);
    choice.counting = false;
    choice.wanted = all ? 0 : (wanted ? strtoul(wanted, NULL, 10) : POINTS_SHORT) / POWER_CUT_KINDS + 1;
    walk(&world, &choice);
    report(&world, &choice, first_seed);
    recording_free();
    return 0;
}
