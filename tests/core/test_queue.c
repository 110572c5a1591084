/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who comes next: one operation per encoder at a time, fair between stations and encoders, many encoders at once. */
#include "desk.h"

#include <stdio.h>

#define MANY 64

static kc_op *start_at(struct desk *desk, size_t number, const char *station, const char *encoder, const char *system)
{
    char booking[24], room[24];
    snprintf(booking, sizeof(booking), "B%zu", number);
    snprintf(room, sizeof(room), "R%zu", number);
    kc_request *request = desk_request(desk, booking, room);
    assert_ok(kc_request_set_station(request, station));
    assert_ok(kc_request_set_encoder(request, encoder));
    assert_ok(kc_request_set_system(request, system));
    return desk_start(desk, kc_issue_original, request);
}

/* The place of an operation among all that are DONE, from 0. */
static size_t place_of(const struct desk *desk, const kc_op *op)
{
    size_t place = 0;
    for (size_t i = 0; i < desk->event_count; i++) {
        if (desk->events[i].type != KC_EVENT_DONE)
            continue;
        if (desk->events[i].op == op)
            return place;
        place++;
    }
    fail_msg("the operation did not end");
    return 0;
}

static void finish_all(struct desk *desk, kc_op *const *ops, size_t count)
{
    for (size_t i = 0; i < count; i++)
        desk_finish(desk, ops[i]);
}

static void test_encoder_takes_one_operation_at_a_time(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "hand=600000");
    kc_op *first = start_at(desk, 1, "desk-1", "Desk 1", NULL);
    kc_op *second = start_at(desk, 2, "desk-2", "Desk 1", NULL);
    kc_op *elsewhere = start_at(desk, 3, "desk-3", "Desk 2", NULL);
    desk_wait_prompt(desk, first, KC_PROMPT_PRESENT_CARD);
    desk_wait_prompt(desk, elsewhere, KC_PROMPT_PRESENT_CARD); /* another encoder is not kept waiting */
    for (int i = 0; i < 20; i++)
        desk_pump(desk, 1);
    assert_int_equal(kc_op_get_state(second), KC_STATE_QUEUED);
    assert_int_equal(desk_requests_seen(desk), 2);
    assert_ok(kc_op_cancel(first));
    desk_finish(desk, first);
    desk_wait_prompt(desk, second, KC_PROMPT_PRESENT_CARD);
    assert_int_equal(desk_requests_seen(desk), 3);
    assert_ok(kc_op_cancel(second));
    assert_ok(kc_op_cancel(elsewhere));
    desk_finish(desk, second);
    desk_finish(desk, elsewhere);
    assert_int_equal(desk_effects(desk), 0);
}

static void test_station_with_many_operations_keeps_no_other_station_waiting(void **state)
{
    struct desk *desk = *state;
    kc_op *many[20], *few[3], *single;
    desk_open_virtual(desk, "hand=1");
    for (size_t i = 0; i < 20; i++)
        many[i] = start_at(desk, i, "kiosk", "Desk 1", NULL);
    for (size_t i = 0; i < 3; i++)
        few[i] = start_at(desk, 100 + i, "desk-1", "Desk 1", NULL);
    single = start_at(desk, 200, "desk-2", "Desk 1", NULL);
    finish_all(desk, many, 20);
    finish_all(desk, few, 3);
    desk_finish(desk, single);
    assert_int_equal(place_of(desk, many[0]), 0);
    assert_in_range(place_of(desk, single), 1, 3); /* one of each other station may be before it */
    for (size_t i = 0; i < 3; i++)
        assert_in_range(place_of(desk, few[i]), 1, 3 * (i + 1) + 1);
    for (size_t i = 1; i < 20; i++)
        assert_true(place_of(desk, many[i - 1]) < place_of(desk, many[i]));
    assert_int_equal(place_of(desk, many[19]), 23);
}

static void test_stations_with_one_operation_each_come_in_their_order(void **state)
{
    static const char *const stations[] = {"desk-1", "desk-2", "desk-3", "desk-4", "desk-5"};
    enum { STATIONS = sizeof(stations) / sizeof(stations[0]) };
    struct desk *desk = *state;
    kc_op *ops[STATIONS];
    desk_open_virtual(desk, "hand=1");
    for (size_t i = 0; i < STATIONS; i++)
        ops[i] = start_at(desk, i, stations[i], "Desk 1", NULL);
    finish_all(desk, ops, STATIONS);
    for (size_t i = 0; i < STATIONS; i++)
        assert_int_equal(place_of(desk, ops[i]), i);
}

static void test_encoder_with_many_operations_keeps_no_other_encoder_waiting(void **state)
{
    struct desk *desk = *state;
    kc_op *many[10], *single;
    desk_open_salto(desk, "requests-in-flight=one");
    for (size_t i = 0; i < 10; i++)
        many[i] = start_at(desk, i, "desk-1", "Desk 1", NULL);
    single = start_at(desk, 100, "desk-2", "Desk 2", NULL);
    finish_all(desk, many, 10);
    desk_finish(desk, single);
    assert_made(single);
    assert_in_range(place_of(desk, single), 0, 1);
    assert_int_equal(place_of(desk, many[9]), 10);
}

static void test_link_with_one_request_in_flight_takes_one_after_another(void **state)
{
    struct desk *desk = *state;
    struct simulator_options options = {.driver = "salto", .hand_ms = 5};
    kc_op *ops[8];
    kc_op *holder = NULL;
    size_t served = 0;
    desk_open_salto_with(desk, &options, "requests-in-flight=one");
    for (size_t i = 0; i < 8; i++) {
        char encoder[24];
        snprintf(encoder, sizeof(encoder), "Desk %zu", i + 1);
        ops[i] = start_at(desk, i, encoder, encoder, NULL);
    }
    finish_all(desk, ops, 8);
    for (size_t i = 0; i < desk->event_count; i++) {
        const struct desk_event *event = &desk->events[i];
        if (event->type == KC_EVENT_PROMPT) {
            assert_null(holder);
            holder = event->op;
            served++;
        } else if (event->type == KC_EVENT_DONE) {
            assert_ptr_equal(holder, event->op);
            holder = NULL;
        }
    }
    assert_int_equal(served, 8);
    assert_int_equal(desk_effects(desk), 8);
}

/* ---- Many at once ------------------------------------------------------------------------------------------------ */

/* Each operation made one key, for its own room, with a card that is no other's. */
static void check_many(struct desk *desk, kc_op *const *ops)
{
    for (size_t i = 0; i < MANY; i++) {
        assert_made(ops[i]);
        const char *serial = kc_key_get_serial(kc_op_get_key(ops[i], 0), 0);
        assert_string_not_equal(serial, "");
        assert_true(simulator_opens(desk->simulator, serial, kc_op_get_room(ops[i])));
        assert_int_equal(simulator_keys_for(desk->simulator, kc_op_get_room(ops[i])), 1);
    }
    assert_int_equal(desk_effects(desk), MANY);
}

static void start_many(struct desk *desk, size_t first, bool own_system, kc_op **ops)
{
    for (size_t i = 0; i < MANY; i++) {
        char name[24];
        snprintf(name, sizeof(name), "Desk %zu", i + 1);
        ops[i] = start_at(desk, first + i, name, name, own_system ? name : NULL);
    }
}

static void finish_unknown(struct desk *desk, kc_op *const *ops)
{
    simulator_drop_connections(desk->simulator);
    finish_all(desk, ops, MANY);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(kc_op_get_outcome(ops[i]), KC_OUTCOME_UNKNOWN);
        assert_int_equal(desk_count_prompts(desk, ops[i], KC_PROMPT_PRESENT_CARD), 1);
    }
}

static void test_64_encoders_of_one_system_work_at_the_same_time(void **state)
{
    struct desk *desk = *state;
    kc_op *ops[MANY];
    struct simulator_options options = {.driver = "salto", .hand_ms = 600000};
    desk_use_file(desk);
    desk_open_salto_with(desk, &options, "requests-in-flight=per-encoder&back-off=1");
    start_many(desk, 0, false, ops);
    desk_wait_count(desk, SIMULATOR_WAITING, MANY); /* all wait for a card now, over one connection */
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_CONNECTIONS), 1);
    finish_unknown(desk, ops);
    assert_int_equal(desk_effects(desk), 0);
}

static void test_64_answers_over_one_connection_find_their_operations(void **state)
{
    struct desk *desk = *state;
    kc_op *ops[MANY];
    struct simulator_options options = {.driver = "salto", .hand_ms = 20};
    desk_open_salto_with(desk, &options, "requests-in-flight=per-encoder");
    start_many(desk, 0, false, ops);
    finish_all(desk, ops, MANY);
    check_many(desk, ops);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_CONNECTIONS), 1);
}

static void test_64_operations_queue_over_one_link(void **state)
{
    struct desk *desk = *state;
    kc_op *ops[MANY];
    desk_use_file(desk);
    desk_open_salto(desk, "requests-in-flight=one");
    start_many(desk, 0, false, ops);
    finish_all(desk, ops, MANY);
    check_many(desk, ops);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_CONNECTIONS), 1);
}

static void add_systems(struct desk *desk)
{
    for (size_t i = 0; i < MANY; i++) {
        char name[24];
        kc_system *system = NULL;
        snprintf(name, sizeof(name), "Desk %zu", i + 1);
        assert_ok(kc_system_new(desk->site, name, desk->uri, &system));
        kc_system_unref(system);
    }
}

static void test_64_systems_work_at_the_same_time(void **state)
{
    struct desk *desk = *state;
    kc_op *ops[MANY];
    struct simulator_options options = {.driver = "salto", .hand_ms = 600000};
    desk_open_salto_with(desk, &options, "back-off=0");
    add_systems(desk);
    start_many(desk, 0, true, ops);
    desk_wait_count(desk, SIMULATOR_WAITING, MANY);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_OPEN_CONNECTIONS), MANY);
    finish_unknown(desk, ops);
    assert_int_equal(desk_effects(desk), 0);
}

static void test_64_systems_make_a_key_each(void **state)
{
    struct desk *desk = *state;
    kc_op *ops[MANY];
    desk_use_file(desk);
    desk_open_salto(desk, "");
    add_systems(desk);
    start_many(desk, 0, true, ops);
    finish_all(desk, ops, MANY);
    check_many(desk, ops);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_CONNECTIONS), MANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_encoder_takes_one_operation_at_a_time),
        DESK_TEST(test_station_with_many_operations_keeps_no_other_station_waiting),
        DESK_TEST(test_stations_with_one_operation_each_come_in_their_order),
        DESK_TEST(test_encoder_with_many_operations_keeps_no_other_encoder_waiting),
        DESK_TEST(test_link_with_one_request_in_flight_takes_one_after_another),
        DESK_TEST(test_64_encoders_of_one_system_work_at_the_same_time),
        DESK_TEST(test_64_answers_over_one_connection_find_their_operations),
        DESK_TEST(test_64_operations_queue_over_one_link),
        DESK_TEST(test_64_systems_work_at_the_same_time),
        DESK_TEST(test_64_systems_make_a_key_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
