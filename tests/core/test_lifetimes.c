/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long handles live: given back in any order, in any thread, before and after what they belong to. */
#include "desk.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "op.h"

static void test_handle_dropped_at_once_still_gives_one_done(void **state)
{
    struct desk *desk = *state;
    kc_op *op = NULL;
    desk_open_virtual(desk, "hand=5");
    assert_ok(kc_issue_original(desk_request(desk, "4711", "101"), &op));
    kc_op_unref(op);
    while (!desk_count_events(desk, NULL, KC_EVENT_DONE))
        desk_pump(desk, 50);
    desk_pump(desk, 20);
    assert_int_equal(desk_count_events(desk, NULL, KC_EVENT_DONE), 1);
}

static void *drop_it(void *op)
{
    kc_op_unref(op);
    return NULL;
}

static void drop_in_another_thread(kc_op *op)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, drop_it, op), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void drop_in_order(struct desk *desk, int order)
{
    for (int i = 0; i < 3; i++)
        switch ((order + i) % 3) {
        case 0:
            desk->site = kc_site_unref(desk->site);
            break;
        case 1:
            desk->system = kc_system_unref(desk->system);
            break;
        default:
            desk->context = kc_context_unref(desk->context);
        }
}

/* The last handle ends the context, whatever it is and wherever it is given back; operations run or have ended. */
static void last_handle_is_an_operation(struct desk *desk, int order, const char *query, int rounds)
{
    kc_op *op = NULL;
    kc_request *request = NULL;
    desk_open_virtual(desk, query);
    assert_ok(kc_request_new(desk->site, &request));
    assert_ok(kc_request_add_room(request, "101"));
    assert_ok(kc_request_set_encoder(request, "Desk 1"));
    assert_ok(kc_request_set_validity(request, NULL, "2026-06-18"));
    assert_ok(kc_issue_original(request, &op));
    for (int i = 0; i < rounds; i++)
        assert_ok(kc_context_dispatch(desk->context));
    kc_request_unref(request);
    drop_in_order(desk, order);
    assert_string_equal(kc_op_get_room(op), "101");
    drop_in_another_thread(op);
}

static void test_last_handle_in_another_thread_in_any_order(void **state)
{
    struct desk *desk = *state;
    for (int order = 0; order < 3; order++)
        for (int rounds = 0; rounds < 6; rounds++) {
            last_handle_is_an_operation(desk, order, "", rounds);
            last_handle_is_an_operation(desk, order, "hand=1000000", rounds);
        }
}

static void test_last_handle_with_the_ledger_in_a_file(void **state)
{
    struct desk *desk = *state;
    desk_use_file(desk);
    for (int rounds = 0; rounds < 6; rounds++)
        last_handle_is_an_operation(desk, rounds, rounds % 2 ? "hand=1000000" : "", rounds);
    desk_open_virtual(desk, "");
    kc_op *list = desk_keys(desk, KC_FILTER_ALL, NULL); /* what had been recorded is there and not left pending */
    for (int32_t i = 0; i < kc_op_get_key_count(list); i++)
        assert_int_not_equal(kc_key_get_state(kc_op_get_key(list, i)), KC_KEY_PENDING);
}

static void test_event_and_key_outlive_the_other_handles(void **state)
{
    struct desk *desk = *state;
    kc_op *op = NULL;
    kc_event *done = NULL;
    desk_open_virtual(desk, "");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_issue_original(request, &op));
    assert_ok(kc_op_wait(op, DESK_PATIENCE_MS));
    for (kc_event *event = kc_context_next_event(desk->context); event; event = kc_context_next_event(desk->context))
        if (kc_event_get_type(event) == KC_EVENT_DONE)
            done = event;
        else
            kc_event_unref(event);
    assert_non_null(done);
    kc_key *key = kc_key_ref(kc_op_get_key(op, 0));
    kc_request_unref(request);
    free(desk->requests);
    desk->requests = NULL;
    desk->request_count = 0;
    kc_op_unref(op);
    drop_in_order(desk, 0);
    assert_ptr_equal(kc_event_get_op(done), op);
    assert_int_equal(kc_op_get_status(kc_event_get_op(done)), KC_OK);
    assert_string_equal(kc_encoder_get_name(kc_event_get_encoder(done)), "Desk 1");
    kc_event_unref(done);
    assert_string_equal(kc_key_get_room(key, 0), "101");
    kc_key_unref(key);
}

/* Also those for which the operation's own memory had no room. */
static void test_each_event_names_its_operation(void **state)
{
    struct desk *desk = *state;
    kc_op *op = NULL;
    size_t count = 0;
    desk_open_virtual(desk, "hand=1");
    desk_original(desk, "4711", "101");
    assert_ok(kc_issue_original(desk_request(desk, "4711", "101"), &op)); /* warns of the first one */
    assert_ok(kc_op_wait(op, DESK_PATIENCE_MS));
    for (kc_event *event; (event = kc_context_next_event(desk->context)); count++) {
        const bool is_of_encoder = kc_event_get_type(event) == KC_EVENT_ENCODER;
        assert_ptr_equal(kc_event_get_op(event), is_of_encoder ? NULL : op);
        assert_string_equal(kc_encoder_get_name(kc_event_get_encoder(event)), "Desk 1");
        assert_ptr_equal(kc_event_get_system(event), desk->system);
        assert_true(*kc_event_get_text(event));
        kc_event_unref(event);
    }
    assert_true(count > OP_EVENTS + 1);
    kc_op_unref(op);
}

/* The request and its operations share what was asked for until the request changes. */
static void test_request_changes_while_its_operations_run(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "hand=20");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_add_area(request, "spa"));
    assert_ok(kc_request_set_guest(request, "Ann Other"));
    kc_op *first = desk_start(desk, kc_issue_original, request);
    assert_ok(kc_request_set_booking(request, "4712"));
    assert_ok(kc_request_add_room(request, "102"));
    kc_op *second = desk_start(desk, kc_issue_original, request);
    assert_ok(kc_request_clear_rooms(request));
    assert_ok(kc_request_clear_areas(request));
    assert_ok(kc_request_add_room(request, "103"));
    assert_ok(kc_request_set_guest(request, "Bo"));
    kc_op *third = desk_start(desk, kc_issue_original, request);
    kc_request_unref(request);
    desk->request_count--;
    desk_finish(desk, first);
    desk_finish(desk, second);
    desk_finish(desk, third);
    const kc_key *keys[] = {kc_op_get_key(first, 0), kc_op_get_key(second, 0), kc_op_get_key(third, 0)};
    const char *const bookings[] = {"4711", "4712", "4712"}, *const rooms[] = {"101", "101", "103"},
                      *const guests[] = {"Ann Other", "Ann Other", "Bo"};
    const int32_t room_counts[] = {1, 2, 1}, area_counts[] = {1, 1, 0};
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(kc_key_get_booking(keys[i]), bookings[i]);
        assert_int_equal(kc_key_get_room_count(keys[i]), room_counts[i]);
        assert_string_equal(kc_key_get_room(keys[i], 0), rooms[i]);
        assert_int_equal(kc_key_get_area_count(keys[i]), area_counts[i]);
        assert_string_equal(kc_key_get_guest(keys[i]), guests[i]);
    }
    assert_string_equal(kc_key_get_room(keys[1], 1), "102");
}

static void *drop_key(void *key)
{
    kc_key_unref(key);
    return NULL;
}

/* A key in the memory of its operation, which others use meanwhile. */
static void test_keys_given_back_in_another_thread(void **state)
{
    struct desk *desk = *state;
    kc_key *keys[40];
    desk_open_virtual(desk, "");
    for (size_t i = 0; i < 40; i++) {
        kc_op *op = NULL;
        pthread_t thread;
        kc_request *request = desk_request(desk, "4711", "101");
        assert_ok(kc_issue_original(request, &op));
        assert_ok(kc_op_wait(op, DESK_PATIENCE_MS));
        keys[i] = kc_key_ref(kc_op_get_key(op, 0));
        assert_string_equal(kc_key_get_id(keys[i]), kc_op_get_id(op));
        if (i % 2)
            drop_in_another_thread(op);
        else
            kc_op_unref(op);
        for (kc_event *event = kc_context_next_event(desk->context); event;
             event = kc_context_next_event(desk->context))
            kc_event_unref(event);
        if (i % 3 == 0) {
            assert_int_equal(pthread_create(&thread, NULL, drop_key, keys[i]), 0);
            assert_int_equal(pthread_join(thread, NULL), 0);
            keys[i] = NULL;
        }
    }
    for (size_t i = 0; i < 40; i++) {
        if (keys[i])
            assert_string_equal(kc_key_get_encoder(keys[i]), "Desk 1");
        kc_key_unref(keys[i]);
    }
}

/* ---- Sites ------------------------------------------------------------------------------------------------------ */

static void *drop_site(void *site)
{
    kc_site_unref(site);
    return NULL;
}

static bool name_is_free(struct desk *desk, const char *name)
{
    kc_site *site = NULL;
    const int32_t status = kc_site_new(desk->context, name, &site);
    kc_site_unref(site);
    return status == KC_OK;
}

/* Also by other threads at the same time. What is held by its system alone stays. */
static void test_sites_given_back_one_by_one(void **state)
{
    enum { SITES = 60 };
    struct desk *desk = *state;
    char names[SITES][20];
    kc_site *sites[SITES];
    kc_system *systems[SITES];
    pthread_t threads[SITES];
    desk_open_virtual(desk, "");
    for (size_t i = 0; i < SITES; i++) {
        snprintf(names[i], sizeof(names[i]), "Hotel %zu", i);
        assert_ok(kc_site_new(desk->context, names[i], &sites[i]));
        assert_ok(kc_system_new(sites[i], "locks", "virtual:", &systems[i]));
    }
    for (size_t i = 0; i < SITES; i++) {
        if (i % 3)
            systems[i] = kc_system_unref(systems[i]);
        assert_int_equal(pthread_create(&threads[i], NULL, drop_site, sites[i]), 0);
        assert_ok(kc_context_dispatch(desk->context));
    }
    for (size_t i = 0; i < SITES; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_ok(kc_context_dispatch(desk->context));
    for (size_t i = 0; i < SITES; i++) {
        assert_int_equal(name_is_free(desk, names[i]), i % 3 != 0);
        if (systems[i])
            assert_string_equal(kc_system_get_name(systems[i]), "locks");
        kc_system_unref(systems[i]);
    }
    assert_ok(kc_context_dispatch(desk->context));
    for (size_t i = 0; i < SITES; i++)
        assert_true(name_is_free(desk, names[i]));
}

/* It is wanted again by an operation of its own before it was freed, and freed after that one. */
static void test_site_wanted_again_after_its_last_handle(void **state)
{
    struct desk *desk = *state;
    kc_site *site = NULL;
    desk_open_virtual(desk, "");
    for (int i = 0; i < 3; i++) {
        assert_ok(kc_site_new(desk->context, "Annex", &site));
        kc_site_unref(site);
        site_hold(site);
        assert_ok(kc_context_dispatch(desk->context));
        assert_false(name_is_free(desk, "Annex"));
        site_drop(site);
        assert_false(name_is_free(desk, "Annex"));
        assert_ok(kc_context_dispatch(desk->context));
    }
    assert_true(name_is_free(desk, "Annex"));
}

enum { SYSTEMS = 600 };

static int32_t make_system(kc_site *site, size_t number, kc_system **system)
{
    char name[40];
    snprintf(name, sizeof(name), "system %zu", number);
    return kc_system_new(site, name, "virtual:", system);
}

/* Many of the same names at two sites: each name is taken at its own until that system is removed, and then it is free,
 * though somebody still holds the old one. The last one is found after those before it went. */
static void test_names_of_many_systems(void **state)
{
    struct desk *desk = *state;
    kc_site *sites[2] = {NULL, NULL};
    static kc_system *systems[2][SYSTEMS];
    desk_open_virtual(desk, "");
    assert_ok(kc_site_new(desk->context, "Annex", &sites[0]));
    assert_ok(kc_site_new(desk->context, "Lodge", &sites[1]));
    for (size_t i = 0; i < 2 * SYSTEMS; i++)
        assert_ok(make_system(sites[i % 2], i / 2, &systems[i % 2][i / 2]));
    for (size_t i = 0; i < SYSTEMS; i++) {
        kc_system *again = NULL;
        assert_int_equal(make_system(sites[0], i, &again), KC_ERROR_INVALID_ARGUMENT);
        assert_ok(kc_system_remove(systems[0][i]));
        if (i % 3 == 0)
            kc_system_unref(systems[0][i]);
        assert_ok(kc_context_dispatch(desk->context)); /* frees it */
        assert_ok(make_system(sites[0], i, &again));
        assert_int_equal(make_system(sites[1], i, &again), KC_ERROR_INVALID_ARGUMENT);
        if (i % 3 != 0)
            kc_system_unref(systems[0][i]);
        systems[0][i] = again;
        assert_ok(kc_context_dispatch(desk->context));
        assert_int_equal(make_system(sites[0], i, &again), KC_ERROR_INVALID_ARGUMENT);
    }
    for (size_t i = 0; i < 2 * SYSTEMS; i++)
        kc_system_unref(systems[i % 2][i / 2]);
    for (size_t i = 0; i < 2; i++)
        kc_site_unref(sites[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_handle_dropped_at_once_still_gives_one_done),
        DESK_TEST(test_last_handle_in_another_thread_in_any_order),
        DESK_TEST(test_last_handle_with_the_ledger_in_a_file),
        DESK_TEST(test_event_and_key_outlive_the_other_handles),
        DESK_TEST(test_each_event_names_its_operation),
        DESK_TEST(test_request_changes_while_its_operations_run),
        DESK_TEST(test_keys_given_back_in_another_thread),
        DESK_TEST(test_sites_given_back_one_by_one),
        DESK_TEST(test_site_wanted_again_after_its_last_handle),
        DESK_TEST(test_names_of_many_systems),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
