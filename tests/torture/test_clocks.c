/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clocks that jump, and a computer that sleeps:
 *
 *     test_clocks PART      PART: waiting, order, far-off, forgetting, asleep, answered, idle
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clocks.h"
#include "rig.h"
#include "simulator.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)
#define YEAR_MS (365 * DAY_MS)
#define LINKS   150 /* more than one round of the loop looks at */

static struct simulator *start_simulator(int64_t hand_ms)
{
    const struct simulator_options options = {.driver = "salto", .hand_ms = hand_ms};
    char message[SIMULATOR_MESSAGE_SIZE];
    struct simulator *simulator = simulator_start(&options, message);
    CHECK(simulator, "%s", message);
    return simulator;
}

static void open_rig(struct rig *rig, struct simulator *simulator)
{
    const char *const options[] = {"answer-timeout", "60000", NULL};
    char path[RIG_PATH_SIZE], ledger[RIG_PATH_SIZE + 10], uri[120];
    rig_path(path, "clocks.db");
    snprintf(ledger, sizeof(ledger), "sqlite:%s", path);
    snprintf(uri, sizeof(uri), "salto+tcp://%s", simulator_address(simulator));
    rig_open(rig, ledger, uri, options);
}

static kc_op *start_on(struct rig *rig, const char *booking, const char *room, const char *encoder, const char *until)
{
    kc_request *request = NULL;
    kc_op *op = NULL;
    CHECK(kc_request_new(rig->site, &request) == KC_OK, "no request");
    CHECK(kc_request_set_booking(request, booking) == KC_OK && kc_request_add_room(request, room) == KC_OK, "stay");
    CHECK(kc_request_set_station(request, encoder) == KC_OK, "station");
    CHECK(kc_request_set_encoder(request, encoder) == KC_OK, "encoder");
    CHECK(kc_request_set_guest(request, "Dupont, Anne") == KC_OK, "guest");
    CHECK(kc_request_set_validity(request, NULL, until) == KC_OK, "validity");
    CHECK(kc_issue_original(request, &op) == KC_OK, "no operation");
    kc_request_unref(request);
    return op;
}

static kc_op *start(struct rig *rig, const char *booking, const char *room)
{
    return start_on(rig, booking, room, "E1", "2098-12-31T11:00");
}

static void turn(struct rig *rig, int32_t milliseconds)
{
    (void)kc_context_wait(rig->context, milliseconds);
    CHECK(kc_context_dispatch(rig->context) == KC_OK, "dispatch");
    rig_drain(rig);
}

static void expect(struct rig *rig, kc_op *op, int32_t outcome)
{
    CHECK(kc_op_get_outcome(op) == outcome, "%s: %s", kc_outcome_name(kc_op_get_outcome(op)),
          kc_op_get_error(op) ? kc_error_get_message(kc_op_get_error(op)) : "");
    CHECK(rig_ledger_outcome(rig, kc_op_get_id(op)) == outcome, "the ledger says otherwise");
}

static void make_on(struct rig *rig, const char *booking, const char *room, const char *encoder)
{
    kc_op *op = start_on(rig, booking, room, encoder, "2098-12-31T11:00");
    rig_finish(rig, op);
    expect(rig, op, KC_OUTCOME_WRITTEN);
    kc_op_unref(op);
}

static void make(struct rig *rig, const char *booking, const char *room)
{
    make_on(rig, booking, room, "E1");
}

/* ---- The wall clock --------------------------------------------------------------------------------------------- */

/* No deadline, keep-alive or back-off goes by the wall clock: while a card is waited for, it may say what it likes. */
static void card_is_waited_for(void)
{
    static const int64_t jumps[] = {HOUR_MS, -2 * HOUR_MS, 30 * YEAR_MS, -86 * YEAR_MS, 40 * YEAR_MS};
    struct simulator *simulator = start_simulator(2500);
    struct rig rig;
    open_rig(&rig, simulator);
    kc_op *op = start(&rig, "4711", "101");
    while (!simulator_count(simulator, SIMULATOR_WAITING))
        turn(&rig, 10);
    for (size_t i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
        clocks_set_wall(jumps[i]);
        turn(&rig, 100);
        CHECK(kc_op_get_state(op) != KC_STATE_DONE, "it ended with the clock's jump %zu", i);
    }
    clocks_set_right();
    rig_finish(&rig, op);
    expect(&rig, op, KC_OUTCOME_WRITTEN);
    CHECK(simulator_count(simulator, SIMULATOR_CONNECTIONS) == 1, "it connected again");
    CHECK(simulator_count(simulator, SIMULATOR_REQUESTS) == 1, "it was sent again");
    kc_op_unref(op);
    rig_close(&rig);
    simulator_stop(simulator);
}

static int32_t key_state(kc_op *list, const char *booking)
{
    for (int32_t i = 0; i < kc_op_get_key_count(list); i++)
        if (strcmp(kc_key_get_booking(kc_op_get_key(list, i)), booking) == 0)
            return kc_key_get_state(kc_op_get_key(list, i));
    return 0;
}

static void verify(struct rig *rig)
{
    kc_op *op = NULL;
    CHECK(kc_verify_ledger(rig->site, &op) == KC_OK, "no verification");
    rig_finish(rig, op);
    CHECK(kc_op_get_status(op) == KC_OK, "%s", kc_error_get_message(kc_op_get_error(op)));
    kc_op_unref(op);
}

/* What came later counts as later, although the clock said otherwise; also for who opens the ledger afterwards. */
static void order_of_the_ledger(void)
{
    struct simulator *simulator = start_simulator(0);
    struct rig rig;
    open_rig(&rig, simulator);
    make(&rig, "first", "101");
    clocks_set_wall(-10 * YEAR_MS);
    make(&rig, "second", "101");
    for (int restart = 0; restart < 2; restart++) {
        if (restart) {
            rig_close(&rig);
            clocks_set_right();
            open_rig(&rig, simulator);
        }
        kc_op *keys = rig_list_keys(&rig, KC_FILTER_ROOM, "101");
        CHECK(kc_op_get_key_count(keys) == 2, "%d keys", (int)kc_op_get_key_count(keys));
        CHECK(strcmp(kc_key_get_booking(kc_op_get_key(keys, 0)), "second") == 0, "the newest stands first");
        CHECK(key_state(keys, "first") == KC_KEY_VOIDED, "the first opens");
        CHECK(key_state(keys, "second") == KC_KEY_ACTIVE, "the second does not open");
        CHECK(strcmp(kc_key_get_created(kc_op_get_key(keys, 1)), kc_key_get_created(kc_op_get_key(keys, 0))) <= 0,
              "dates against the order");
        kc_op_unref(keys);
        verify(&rig);
    }
    make(&rig, "third", "101");
    kc_op *keys = rig_list_keys(&rig, KC_FILTER_ROOM, "101");
    CHECK(key_state(keys, "second") == KC_KEY_VOIDED && key_state(keys, "third") == KC_KEY_ACTIVE, "states");
    kc_op_unref(keys);
    rig_close(&rig);
    simulator_stop(simulator);
}

/* In 1970 no key can be made, and it is said why; when the clock is right again, it can. */
static void clock_far_off(void)
{
    struct simulator *simulator = start_simulator(0);
    struct rig rig;
    open_rig(&rig, simulator);
    clocks_set_wall(-56 * YEAR_MS);
    kc_op *op = start(&rig, "4711", "101");
    rig_finish(&rig, op);
    CHECK(kc_op_get_outcome(op) == KC_OUTCOME_NOT_WRITTEN && kc_op_get_status(op) == KC_ERROR_SYSTEM, "%s",
          kc_status_name(kc_op_get_status(op)));
    const char *message = kc_error_get_message(kc_op_get_error(op));
    CHECK(strstr(message, "The clock of this computer says 19"), "%s", message);
    CHECK(simulator_count(simulator, SIMULATOR_REQUESTS) == 0, "it was sent");
    clocks_set_right();
    kc_op *again = NULL;
    CHECK(kc_op_retry(op, &again) == KC_OK, "no retry");
    rig_finish(&rig, again);
    expect(&rig, again, KC_OUTCOME_WRITTEN);
    kc_op_unref(again);
    kc_op_unref(op);
    rig_close(&rig);
    simulator_stop(simulator);
}

struct heard {
    bool kept, forgot;
};

static void hear(void *user, int32_t level, const char *domain, const char *text)
{
    struct heard *heard = user;
    (void)level, (void)domain;
    heard->kept |= strstr(text, "the clock of this computer was set forward by 1095 days") != NULL;
    heard->forgot |= strstr(text, "Forgot the guest data of 1 stays") != NULL;
}

/* Guests are not forgotten because somebody mistyped the year. */
static void guests_are_kept(void)
{
    struct simulator *simulator = start_simulator(0);
    struct heard heard = {0};
    struct rig rig;
    open_rig(&rig, simulator);
    CHECK(kc_context_set_log(rig.context, hear, &heard, KC_LOG_INFO) == KC_OK, "no log");
    CHECK(kc_site_set_policy(rig.site, "forget-after", "30") == KC_OK, "no policy");
    make(&rig, "4711", "101");
    kc_request *request = NULL;
    kc_op *op = NULL;
    CHECK(kc_request_new(rig.site, &request) == KC_OK && kc_request_set_booking(request, "4711") == KC_OK, "request");
    CHECK(kc_request_add_room(request, "101") == KC_OK && kc_check_out(request, &op) == KC_OK, "check-out");
    rig_finish(&rig, op);
    expect(&rig, op, KC_OUTCOME_WRITTEN);
    kc_op_unref(op);
    kc_request_unref(request);
    clocks_set_wall(1095 * DAY_MS);
    for (clocks_sleep(DAY_MS); !heard.kept && !heard.forgot;)
        turn(&rig, 100);
    CHECK(heard.kept && !heard.forgot, "the guest was forgotten");
    clocks_set_right();
    for (clocks_sleep(31 * DAY_MS); !heard.forgot;) /* a month has really gone by */
        turn(&rig, 100);
    rig_close(&rig);
    simulator_stop(simulator);
}

/* ---- Sleep ------------------------------------------------------------------------------------------------------ */

enum night { NOBODY_COMES, LOCK_SYSTEM_GIVES_UP, CONNECTION_DIES };

/* Nobody came with a card all night. The lock system said so meanwhile, or nobody knows whether somebody came. */
static void asleep_with_a_card(enum night night)
{
    struct simulator *simulator = start_simulator(night == LOCK_SYSTEM_GIVES_UP ? -1 : HOUR_MS);
    struct rig rig;
    open_rig(&rig, simulator);
    kc_op *op = start(&rig, "4711", "101");
    while (!rig.prompts) /* the lock system has the request, and said so */
        turn(&rig, 10);
    if (night == CONNECTION_DIES)
        simulator_drop_connections(simulator);
    if (night == LOCK_SYSTEM_GIVES_UP) {
        CHECK(simulator_wait_for(simulator, SIMULATOR_ANSWERS, 1, RIG_WAIT_MS), "no answer");
        (void)usleep(200000); /* for the last byte to be here */
    }
    clocks_sleep(8 * HOUR_MS);
    rig_finish(&rig, op);
    expect(&rig, op, night == LOCK_SYSTEM_GIVES_UP ? KC_OUTCOME_NOT_WRITTEN : KC_OUTCOME_UNKNOWN);
    CHECK(simulator_count(simulator, SIMULATOR_EFFECTS) == 0, "a card was made");
    simulator_set_hand_ms(simulator, 0);
    make_on(&rig, "4712", "102", "E2"); /* the other one may still wait for its card */
    CHECK(simulator_count(simulator, SIMULATOR_CONNECTIONS) <= 2, "%zu connections",
          simulator_count(simulator, SIMULATOR_CONNECTIONS));
    kc_op_unref(op);
    rig_close(&rig);
    simulator_stop(simulator);
}

static void asleep(void)
{
    asleep_with_a_card(NOBODY_COMES);
    asleep_with_a_card(LOCK_SYSTEM_GIVES_UP);
    asleep_with_a_card(CONNECTION_DIES);
}

/* LINKS systems beside the first, each with an operation under way. */
struct crowd {
    kc_system *systems[LINKS];
    kc_op *ops[LINKS];
};

static void add_crowd(struct rig *rig, struct crowd *crowd, struct simulator *simulator)
{
    char uri[120], name[16];
    snprintf(uri, sizeof(uri), "salto+tcp://%s", simulator_address(simulator));
    for (int i = 0; i < LINKS; i++) {
        snprintf(name, sizeof(name), "L%d", i);
        CHECK(kc_system_new(rig->site, name, uri, &crowd->systems[i]) == KC_OK, "%s",
              kc_error_get_message(kc_site_get_error(rig->site)));
        CHECK(kc_system_set_option(crowd->systems[i], "answer-timeout", "60000") == KC_OK, "no time-out");
    }
}

static void start_crowd(struct rig *rig, struct crowd *crowd)
{
    for (int i = 0; i < LINKS; i++) {
        char booking[16], room[16], encoder[16], name[16];
        kc_request *request = NULL;
        snprintf(name, sizeof(name), "L%d", i);
        snprintf(booking, sizeof(booking), "b%d", i);
        snprintf(room, sizeof(room), "%d", 1000 + i);
        snprintf(encoder, sizeof(encoder), "E%d", i);
        CHECK(kc_request_new(rig->site, &request) == KC_OK && kc_request_set_booking(request, booking) == KC_OK &&
                  kc_request_add_room(request, room) == KC_OK && kc_request_set_station(request, encoder) == KC_OK &&
                  kc_request_set_system(request, name) == KC_OK && kc_request_set_encoder(request, encoder) == KC_OK &&
                  kc_request_set_validity(request, NULL, "2098-12-31T11:00") == KC_OK,
              "request");
        CHECK(kc_issue_original(request, &crowd->ops[i]) == KC_OK, "no operation");
        kc_request_unref(request);
        rig->started++;
    }
}

static void drop_crowd(struct crowd *crowd)
{
    for (int i = 0; i < LINKS; i++) {
        kc_op_unref(crowd->ops[i]);
        kc_system_unref(crowd->systems[i]);
    }
}

/* The program was stopped, or the computer slept, while all answers came: they count, not the deadlines that are over
 * too by then. */
static void answers_came_meanwhile(void)
{
    struct simulator *simulator = start_simulator(3000);
    struct rig rig;
    struct crowd crowd = {0};
    open_rig(&rig, simulator);
    add_crowd(&rig, &crowd, simulator);
    start_crowd(&rig, &crowd);
    while (rig.prompts < LINKS) /* every request is acknowledged */
        turn(&rig, 10);
    CHECK(simulator_wait_for(simulator, SIMULATOR_ANSWERS, LINKS, RIG_WAIT_MS), "no answers");
    CHECK(simulator_wait_idle(simulator, RIG_WAIT_MS), "it does not come to rest");
    (void)usleep(200000); /* for the last bytes to be here */
    clocks_sleep(HOUR_MS);
    while (rig.done < rig.started)
        turn(&rig, 100);
    for (int i = 0; i < LINKS; i++) {
        rig_case("answer %d of %d", i, LINKS);
        expect(&rig, crowd.ops[i], KC_OUTCOME_WRITTEN);
    }
    drop_crowd(&crowd);
    rig_close(&rig);
    simulator_stop(simulator);
}

/* Links that were idle all night each ask for one sign of life, and stay. */
static void idle_links(void)
{
    struct simulator *simulator = start_simulator(0);
    struct rig rig;
    struct crowd crowd = {0};
    open_rig(&rig, simulator);
    add_crowd(&rig, &crowd, simulator);
    start_crowd(&rig, &crowd);
    while (rig.done < rig.started)
        turn(&rig, 100);
    const size_t asked = simulator_count(simulator, SIMULATOR_ENQUIRIES);
    for (size_t night = 1; night <= 2; night++) {
        clocks_sleep(8 * HOUR_MS);
        while (simulator_count(simulator, SIMULATOR_ENQUIRIES) < asked + night * LINKS)
            turn(&rig, 100);
        for (int i = 0; i < 10; i++)
            turn(&rig, 50);
        CHECK(simulator_count(simulator, SIMULATOR_ENQUIRIES) == asked + night * LINKS, "%zu enquiries",
              simulator_count(simulator, SIMULATOR_ENQUIRIES) - asked);
        CHECK(simulator_count(simulator, SIMULATOR_CONNECTIONS) == LINKS, "%zu connections",
              simulator_count(simulator, SIMULATOR_CONNECTIONS));
    }
    /* The third night the lock server was restarted: all come back. */
    simulator_drop_connections(simulator);
    clocks_sleep(8 * HOUR_MS);
    while (simulator_count(simulator, SIMULATOR_CONNECTIONS) < 2 * LINKS)
        turn(&rig, 100);
    CHECK(simulator_count(simulator, SIMULATOR_CONNECTIONS) == 2 * LINKS, "%zu connections",
          simulator_count(simulator, SIMULATOR_CONNECTIONS));
    drop_crowd(&crowd);
    rig_close(&rig);
    simulator_stop(simulator);
}

int main(int count, char **values)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } parts[] = {{"waiting", card_is_waited_for},
                 {"order", order_of_the_ledger},
                 {"far-off", clock_far_off},
                 {"forgetting", guests_are_kept},
                 {"asleep", asleep},
                 {"answered", answers_came_meanwhile},
                 {"idle", idle_links}};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (count == 2 && strcmp(values[1], parts[i].name) == 0) {
            rig_case("%s", parts[i].name);
            parts[i].run();
            return 0;
        }
    fprintf(stderr, "say what: waiting, order, far-off, forgetting, asleep, answered, idle\n");
    return 2;
}
