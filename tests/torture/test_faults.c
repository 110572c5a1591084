/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every fault of the simulated lock server strikes every verb of SALTO, over TCP and through the public API:
 *
 *     test_faults LEDGER PART        LEDGER: sqlite or memory; PART: patient, hasty, asking or drop-at
 *
 * Each operation ends with one DONE; the lock server did at most one thing for it; and the ledger says "written" if and
 * only if it did it, unless it says "unknown". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"
#include "simulator.h"

#define STATION "desk"
#define ENCODER "E1"

/* ---- Verbs ------------------------------------------------------------------------------------------------------ */

struct verb {
    const char *name;
    bool needs_original, acts;
    int32_t (*start)(kc_request *request, kc_op **op);
    bool phone, image;
};

static const struct verb verbs[] = {
    {"original", false, true, kc_issue_original, false, false},
    {"duplicate", true, true, kc_issue_duplicate, false, false},
    {"re-issue", true, true, kc_reissue, false, false},
    {"one-shot", false, true, kc_issue_one_shot, false, false},
    {"read", true, false, kc_read_card, false, false},
    {"mobile", false, true, kc_send_mobile, true, false},
    {"mobile further", true, true, kc_send_mobile, true, false},
    {"key image", false, true, kc_send_mobile, true, true},
    {"key image further", true, true, kc_send_mobile, true, true},
    {"check-out", true, true, kc_check_out, false, false},
    {"modify", true, true, kc_modify_stay, false, false},
    {"cancel", true, true, NULL, false, false},
};
#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

/* ---- Faults ----------------------------------------------------------------------------------------------------- */

#define NOT_WRITTEN (1u << KC_OUTCOME_NOT_WRITTEN)
#define WRITTEN     (1u << KC_OUTCOME_WRITTEN)
#define UNKNOWN     (1u << KC_OUTCOME_UNKNOWN)

struct fault_case {
    const char *text; /* NULL: none */
    unsigned outcomes;
};

/* With times so long that only the fault decides. */
static const struct fault_case patient_faults[] = {
    {NULL, WRITTEN},
    {"nak", WRITTEN},
    {"nak:2", WRITTEN},
    {"nak:9", NOT_WRITTEN},
    {"busy", NOT_WRITTEN},
    {"drop-after-request", UNKNOWN},
    {"drop-after-ack", UNKNOWN},
    {"drop-at:1", UNKNOWN},
    {"late:30", WRITTEN},
    {"twice", WRITTEN},
    {"bad-check", UNKNOWN},
    {"garbage", WRITTEN | UNKNOWN},
    {"garbage:1", WRITTEN | UNKNOWN},
    {"garbage:200", WRITTEN | UNKNOWN},
    {"split", WRITTEN},
    {"glue", WRITTEN},
    {"error:NC", NOT_WRITTEN},
    {"error:ES", NOT_WRITTEN},
    {"error:EF", NOT_WRITTEN},
    {"error:ZZ", NOT_WRITTEN | UNKNOWN},
};

/* Those where the enquiry before each request matters. */
static const struct fault_case asking_faults[] = {
    {NULL, WRITTEN},    {"busy", WRITTEN},           {"busy:2", WRITTEN}, {"busy:50", NOT_WRITTEN},
    {"nak", WRITTEN},   {"nak:9", NOT_WRITTEN},      {"twice", WRITTEN},  {"glue", WRITTEN},
    {"split", WRITTEN}, {"drop-after-ack", UNKNOWN},
};

/* Those that end by a time-out of the driver. The answer comes after an hour, or in bytes a minute apart, so that no
 * computer is so slow that it comes in time. */
static const struct fault_case hasty_faults[] = {
    {"silent-before-ack", UNKNOWN | NOT_WRITTEN},
    {"silent-after-ack", UNKNOWN | NOT_WRITTEN},
    {"late:3600000", UNKNOWN | NOT_WRITTEN},
    {"split:60000", UNKNOWN | NOT_WRITTEN},
};

/* ---- One attempt ------------------------------------------------------------------------------------------------ */

enum { HASTY_MOST = 100 };

/* What a hasty driver has given up may reach the lock server later than anyone looks. */
struct given_up {
    unsigned number;
    size_t effects; /* those that there were before, and at most one more */
    int32_t outcome;
};

struct bench {
    struct rig rig;
    struct simulator *simulator;
    unsigned number;
    bool patient;
    size_t cases, outcomes[4];
    struct given_up given_up[HASTY_MOST];
    size_t given_up_count;
};

/* What the lock server did for a number, whatever it still does for those before. */
static size_t effects_of(struct bench *bench, unsigned number)
{
    char rooms[40];
    size_t effects = 0;
    char *journal = simulator_journal(bench->simulator);
    CHECK(journal, "no journal");
    snprintf(rooms, sizeof(rooms), "\"rooms\":[\"%u\"", number);
    for (char *line = journal, *end; *line; line = end + (*end == '\n')) {
        end = line + strcspn(line, "\n");
        const char *effect = strstr(line, "\"event\":\"effect\""), *room = strstr(line, rooms);
        effects += effect && room && effect < end && room < end;
    }
    free(journal);
    return effects;
}

/* A hasty driver leaves the lock server with answers that nobody waits for. */
static void wait_idle(struct bench *bench)
{
    CHECK(!bench->patient || simulator_wait_idle(bench->simulator, RIG_WAIT_MS), "the simulator is busy");
}

static void add_fault(struct bench *bench, const char *text)
{
    char message[SIMULATOR_MESSAGE_SIZE];
    CHECK(simulator_add_fault(bench->simulator, text, message), "%s", message);
}

static kc_request *new_request(struct bench *bench, const struct verb *verb)
{
    kc_request *request = NULL;
    char room[24], booking[24];
    CHECK(kc_request_new(bench->rig.site, &request) == KC_OK, "no request");
    snprintf(room, sizeof(room), "%u", bench->number);
    snprintf(booking, sizeof(booking), "b-%u", bench->number);
    kc_request_set_booking(request, booking);
    kc_request_add_room(request, room);
    kc_request_set_station(request, STATION);
    kc_request_set_encoder(request, ENCODER);
    kc_request_set_operator(request, "op");
    CHECK(kc_request_set_validity(request, NULL, "2059-12-31T11:00") == KC_OK, "validity");
    if (verb && verb->phone)
        CHECK(kc_request_set_phone(request, "+359881234567") == KC_OK, "phone");
    if (verb && verb->image)
        CHECK(kc_request_set_return_image(request, 1) == KC_OK, "image");
    return request;
}

/* The stay that the verb needs, under a number that nobody has used; made without faults. A hasty driver on a slow
 * computer may give up, then another one is made. */
static void make_original(struct bench *bench, char key_id[64])
{
    for (int attempt = 0;; attempt++) {
        kc_op *op = NULL;
        bench->number++;
        kc_request *request = new_request(bench, NULL);
        CHECK(kc_issue_original(request, &op) == KC_OK, "no operation");
        rig_finish(&bench->rig, op);
        kc_request_unref(request);
        int32_t status = kc_op_get_status(op);
        CHECK(status == KC_OK || (!bench->patient && attempt < 20), "the original: %s",
              kc_error_get_message(kc_op_get_error(op)));
        snprintf(key_id, 64, "%s", kc_op_get_id(op));
        kc_op_unref(op);
        if (status == KC_OK)
            return;
    }
}

static kc_op *start(struct bench *bench, const struct verb *verb, const char *key_id)
{
    kc_op *op = NULL;
    kc_request *request = new_request(bench, verb);
    int32_t status = verb->start ? verb->start(request, &op) : kc_cancel_key(request, key_id, &op);
    CHECK(status == KC_OK && op, "the start gave %s", kc_status_name(status));
    kc_request_unref(request);
    rig_finish(&bench->rig, op);
    return op;
}

/* What the ledger knows of a key or operation, in all ways to ask it. */
static void check_ledger(struct bench *bench, const struct verb *verb, const kc_op *op)
{
    char booking[24];
    const char *id = kc_op_get_id(op);
    int32_t outcome = kc_op_get_outcome(op), recorded = rig_ledger_outcome(&bench->rig, id);
    CHECK(recorded == outcome, "the operation ended %s, the ledger says %d", kc_outcome_name(outcome), (int)recorded);
    kc_op *open = rig_list_ops(&bench->rig, KC_FILTER_UNRESOLVED, NULL);
    CHECK((rig_find(open, id) != NULL) == (outcome == KC_OUTCOME_UNKNOWN), "unresolved list and outcome %s",
          kc_outcome_name(outcome));
    kc_op_unref(open);
    snprintf(booking, sizeof(booking), "b-%u", bench->number);
    kc_op *keys = rig_list_keys(&bench->rig, KC_FILTER_BOOKING, booking);
    size_t found = 0;
    for (int32_t i = 0; i < kc_op_get_key_count(keys); i++) {
        const kc_key *key = kc_op_get_key(keys, i);
        if (strcmp(kc_key_get_id(key), id) != 0)
            continue;
        int32_t state = kc_key_get_state(key);
        found++;
        CHECK(state == (outcome == KC_OUTCOME_WRITTEN   ? KC_KEY_ACTIVE
                        : outcome == KC_OUTCOME_UNKNOWN ? KC_KEY_UNRESOLVED
                                                        : KC_KEY_NOT_MADE),
              "the key is %s after %s", kc_key_state_name(state), kc_outcome_name(outcome));
    }
    bool makes_key = verb->acts && verb->start != kc_check_out && verb->start != kc_modify_stay && verb->start;
    CHECK(found == (makes_key ? 1 : 0), "%zu keys of one operation", found);
    kc_op_unref(keys);
}

static int32_t try_fault(struct bench *bench, const struct verb *verb, const char *fault, unsigned outcomes)
{
    char key_id[64] = "";
    rig_case("%s, %s, number %u", verb->name, fault ? fault : "no fault", bench->number + 1);
    if (verb->needs_original)
        make_original(bench, key_id);
    else
        bench->number++;
    wait_idle(bench);
    size_t before = effects_of(bench, bench->number);
    if (fault)
        add_fault(bench, fault);
    kc_op *op = start(bench, verb, key_id);
    wait_idle(bench);
    simulator_clear_faults(bench->simulator);
    size_t effects = effects_of(bench, bench->number) - before;
    int32_t outcome = kc_op_get_outcome(op), status = kc_op_get_status(op);
    const char *text = kc_error_get_message(kc_op_get_error(op));
    CHECK(effects <= 1, "%zu effects", effects);
    if (verb->acts) {
        CHECK(outcome != KC_OUTCOME_WRITTEN || effects == 1, "written without effect");
        CHECK(outcome != KC_OUTCOME_NOT_WRITTEN || effects == 0, "an effect, but \"not written\": %s", text);
        CHECK(outcomes >> outcome & 1, "the outcome is %s: %s", kc_outcome_name(outcome), text);
        CHECK((outcome == KC_OUTCOME_WRITTEN) == (status == KC_OK), "outcome %d, status %d", (int)outcome, (int)status);
    } else {
        CHECK(outcome == KC_OUTCOME_NOT_WRITTEN && effects == 0, "reading changed something");
        CHECK(outcomes & WRITTEN || status != KC_OK, "read, in spite of the fault");
        CHECK(outcomes != WRITTEN || status == KC_OK, "not read: %s", text);
    }
    check_ledger(bench, verb, op);
    kc_op_unref(op);
    if (!bench->patient) {
        CHECK(bench->given_up_count < HASTY_MOST, "more cases");
        bench->given_up[bench->given_up_count++] = (struct given_up){bench->number, before, outcome};
    }
    bench->cases++;
    bench->outcomes[outcome & 3]++;
    return status;
}

/* Once more, with what came after the driver had given up. */
static void check_given_up(struct bench *bench)
{
    for (size_t i = 0; i < bench->given_up_count; i++) {
        const struct given_up *one = &bench->given_up[i];
        size_t effects = effects_of(bench, one->number) - one->effects;
        rig_case("number %u, afterwards", one->number);
        CHECK(effects <= (one->outcome == KC_OUTCOME_UNKNOWN ? 1 : 0), "%zu effects, but %s", effects,
              kc_outcome_name(one->outcome));
    }
}

/* ---- Parts ------------------------------------------------------------------------------------------------------ */

static void try_table(struct bench *bench, const struct fault_case *faults, size_t count)
{
    for (size_t v = 0; v < VERB_COUNT; v++)
        for (size_t f = 0; f < count; f++)
            try_fault(bench, &verbs[v], faults[f].text, faults[f].outcomes);
}

/* The connection breaks after each byte of acknowledgement and answer, until all of them came through. */
static void try_each_byte(struct bench *bench)
{
    for (size_t v = 0; v < VERB_COUNT; v++) {
        char fault[24];
        int at = 1;
        for (int32_t status = -1; status != KC_OK; at++) {
            CHECK(at < 2000, "no answer is as long as that");
            snprintf(fault, sizeof(fault), "drop-at:%d", at);
            status = try_fault(bench, &verbs[v], fault, WRITTEN | UNKNOWN);
        }
        CHECK(at > 8, "an answer of %d bytes", at);
        try_fault(bench, &verbs[v], fault, WRITTEN);
    }
}

static void run_part(struct bench *bench, const char *part)
{
    if (strcmp(part, "patient") == 0)
        try_table(bench, patient_faults, sizeof(patient_faults) / sizeof(patient_faults[0]));
    else if (strcmp(part, "asking") == 0)
        try_table(bench, asking_faults, sizeof(asking_faults) / sizeof(asking_faults[0]));
    else if (strcmp(part, "hasty") == 0)
        try_table(bench, hasty_faults, sizeof(hasty_faults) / sizeof(hasty_faults[0]));
    else
        try_each_byte(bench);
}

int main(int count, char **arguments)
{
    if (count != 3) {
        fprintf(stderr, "usage: test_faults sqlite|memory patient|asking|hasty|drop-at\n");
        return 2;
    }
    bool hasty = strcmp(arguments[2], "hasty") == 0, asking = strcmp(arguments[2], "asking") == 0;
    const char *wait = hasty ? "300" : "60000";
    const char *const options[] = {"mobile",
                                   "on",
                                   "mobile-image",
                                   "on",
                                   "modify-stay",
                                   "on",
                                   "cancel-key",
                                   "on",
                                   "pause-after-nak",
                                   "1",
                                   "back-off",
                                   "0",
                                   "acknowledge-timeout",
                                   wait,
                                   "answer-timeout",
                                   wait,
                                   "byte-timeout",
                                   hasty ? "100" : "60000",
                                   "enquiry-timeout",
                                   wait,
                                   "enquiry",
                                   asking ? "always" : "after-nak",
                                   NULL};
    char message[SIMULATOR_MESSAGE_SIZE], uri[100], ledger[RIG_PATH_SIZE + 8] = "memory:", path[RIG_PATH_SIZE];
    struct bench bench = {.patient = !hasty, .number = 100};
    bench.simulator = simulator_start(&(struct simulator_options){.driver = "salto"}, message);
    CHECK(bench.simulator, "%s", message);
    snprintf(uri, sizeof(uri), "salto+tcp://%s", simulator_address(bench.simulator));
    if (strcmp(arguments[1], "sqlite") == 0) {
        rig_path(path, "ledger");
        snprintf(ledger, sizeof(ledger), "sqlite:%s", path);
    }
    rig_open(&bench.rig, ledger, uri, options);
    run_part(&bench, arguments[2]);
    printf("%zu cases: %zu written, %zu not written (reads among them), %zu unknown\n", bench.cases,
           bench.outcomes[KC_OUTCOME_WRITTEN], bench.outcomes[KC_OUTCOME_NOT_WRITTEN],
           bench.outcomes[KC_OUTCOME_UNKNOWN]);
    rig_close(&bench.rig);
    check_given_up(&bench);
    simulator_stop(bench.simulator);
    return 0;
}
