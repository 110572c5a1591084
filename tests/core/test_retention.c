/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guests who departed long ago are forgotten: when the host asks, and by the policy forget-after. */
#include "desk.h"

#include <stdio.h>
#include <string.h>

#include "files.h"

#define DAY INT64_C(86400)

static kc_op *make_key(struct desk *desk, const char *booking, const char *room)
{
    kc_request *request = desk_request(desk, booking, room);
    assert_ok(kc_request_set_guest(request, "Zebulon Quartermain"));
    kc_op *made = desk_run(desk, kc_issue_original, request);
    assert_made(made);
    return made;
}

static kc_op *forget_departed(struct desk *desk, int32_t days)
{
    kc_op *op;
    assert_ok(kc_forget_departed(desk->site, days, &op));
    assert_int_equal(kc_op_get_forgotten_count(op), 0);
    desk_watch(desk, op);
    desk_finish(desk, op);
    return op;
}

static void assert_forgets(struct desk *desk, int32_t days, int64_t count)
{
    kc_op *op = forget_departed(desk, days);
    assert_ok(kc_op_get_status(op));
    assert_int_equal(kc_op_get_forgotten_count(op), count);
}

static bool is_known(struct desk *desk, const char *booking)
{
    kc_op *keys = desk_keys(desk, KC_FILTER_BOOKING, booking);
    assert_true(kc_op_get_key_count(keys) > 0);
    return kc_key_get_guest(kc_op_get_key(keys, 0))[0] != '\0';
}

/* Keys of the desk open for three days. */
static void test_days_count_from_the_departure(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    make_key(desk, "4711", "101");
    assert_forgets(desk, 0, 0);
    desk_set_now(desk, DESK_TODAY + 32 * DAY);
    assert_forgets(desk, 30, 0);
    assert_true(is_known(desk, "4711"));
    desk_set_now(desk, DESK_TODAY + 34 * DAY);
    assert_forgets(desk, 30, 1);
    assert_false(is_known(desk, "4711"));
    assert_forgets(desk, 30, 0);
}

static void test_a_check_out_is_a_departure(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    make_key(desk, "4711", "101");
    make_key(desk, "4712", "102");
    assert_made(desk_run(desk, kc_check_out, desk_request(desk, "4711", "101")));
    desk_set_now(desk, DESK_TODAY + 2 * DAY);
    assert_forgets(desk, 1, 1);
    assert_false(is_known(desk, "4711"));
    assert_true(is_known(desk, "4712"));
}

static void test_a_stay_that_goes_on_is_kept(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    make_key(desk, "4711", "101");
    desk_set_now(desk, DESK_TODAY + 2 * DAY);
    kc_request *longer = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_validity(longer, NULL, "2026-08-15"));
    assert_made(desk_run(desk, kc_reissue, longer));
    desk_set_now(desk, DESK_TODAY + 40 * DAY);
    assert_forgets(desk, 30, 0);
    assert_true(is_known(desk, "4711"));
    desk_set_now(desk, DESK_TODAY + 100 * DAY);
    assert_forgets(desk, 30, 1);
}

static void test_what_is_unresolved_is_kept(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=drop@2");
    make_key(desk, "4711", "101");
    kc_op *lost = desk_original(desk, "4711", "101");
    assert_int_equal(kc_op_get_outcome(lost), KC_OUTCOME_UNKNOWN);
    desk_set_now(desk, DESK_TODAY + 100 * DAY);
    assert_forgets(desk, 30, 0);
    desk_resolve(desk, lost, KC_RESOLVE_DOES_NOT_OPEN);
    desk_set_now(desk, DESK_TODAY + 200 * DAY);
    assert_forgets(desk, 30, 1);
    assert_false(is_known(desk, "4711"));
}

static void test_keys_without_booking_are_forgotten_too(void **state)
{
    struct desk *desk = *state;
    desk_use_file(desk);
    desk_open_virtual(desk, "");
    make_key(desk, NULL, "101");
    make_key(desk, NULL, "102");
    assert_true(files_contain(desk->directory, "Quartermain"));
    desk_set_now(desk, DESK_TODAY + 34 * DAY);
    assert_forgets(desk, 30, 2);
    assert_false(files_contain(desk->directory, "Quartermain"));
    assert_int_equal(kc_op_get_key_count(desk_keys(desk, KC_FILTER_ROOM, "101")), 1);
}

/* More than one job looks at. */
static void test_many_stays(void **state)
{
    struct desk *desk = *state;
    char booking[20];
    char room[20];
    desk_open_virtual(desk, "");
    for (int i = 0; i < 130; i++) {
        snprintf(booking, sizeof(booking), "B%d", i);
        snprintf(room, sizeof(room), "%d", i);
        make_key(desk, booking, room);
    }
    desk_set_now(desk, DESK_TODAY + 34 * DAY);
    make_key(desk, "new", "1000");
    assert_forgets(desk, 30, 130);
    assert_true(is_known(desk, "new"));
    assert_false(is_known(desk, "B0"));
    assert_false(is_known(desk, "B129"));
}

static void test_only_of_that_site(void **state)
{
    struct desk *desk = *state;
    kc_site *other;
    kc_op *op;
    desk_open_virtual(desk, "");
    make_key(desk, "4711", "101");
    desk_set_now(desk, DESK_TODAY + 34 * DAY);
    assert_ok(kc_site_new(desk->context, "Other Hotel", &other));
    assert_ok(kc_forget_departed(other, 30, &op));
    desk_watch(desk, op);
    desk_finish(desk, op);
    assert_ok(kc_op_get_status(op));
    assert_int_equal(kc_op_get_forgotten_count(op), 0);
    kc_site_unref(other);
    assert_true(is_known(desk, "4711"));
}

static void test_days_are_checked(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_refused(forget_departed(desk, -1), KC_ERROR_INVALID_ARGUMENT, "days");
    assert_refused(forget_departed(desk, 36501), KC_ERROR_INVALID_ARGUMENT, "days");
    assert_ok(kc_op_get_status(forget_departed(desk, 36500)));
}

static void test_policy_is_never_or_a_number(void **state)
{
    static const char *const wrong[] = {"0", "-1", "36501", "1e3", "30 ", " 30", "", "Never", "99999999999999999999"};
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_string_equal(kc_site_get_policy(desk->site, "forget-after"), "never");
    assert_ok(kc_site_set_policy(desk->site, "forget-after", "30"));
    assert_string_equal(kc_site_get_policy(desk->site, "forget-after"), "30");
    assert_ok(kc_site_set_policy(desk->site, "forget-after", "1"));
    assert_ok(kc_site_set_policy(desk->site, "forget-after", "36500"));
    assert_string_equal(kc_site_get_policy(desk->site, "forget-after"), "36500");
    assert_ok(kc_site_set_policy(desk->site, "forget-after", "30"));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(kc_site_set_policy(desk->site, "forget-after", wrong[i]), KC_ERROR_INVALID_ARGUMENT);
        assert_string_equal(kc_error_get_field(kc_site_get_error(desk->site)), "forget-after");
    }
    assert_string_equal(kc_site_get_policy(desk->site, "forget-after"), "30");
    assert_ok(kc_site_set_policy(desk->site, "forget-after", "never"));
    assert_string_equal(kc_site_get_policy(desk->site, "forget-after"), "never");
}

static bool is_forgotten(struct desk *desk, const void *booking)
{
    return !is_known(desk, booking);
}

/* Without a call and without an event that the host did not ask for. */
static void test_policy_forgets_by_itself(void **state)
{
    struct desk *desk = *state;
    desk_use_file(desk);
    desk_open_virtual(desk, "");
    make_key(desk, "4711", "101");
    desk_set_now(desk, DESK_TODAY + 34 * DAY);
    make_key(desk, "4712", "102");
    desk_restart(desk);
    assert_ok(kc_site_set_policy(desk->site, "forget-after", "30"));
    desk_wait_for(desk, is_forgotten, "4711");
    assert_true(is_known(desk, "4712"));
    assert_non_null(strstr(desk->log, "of 1 stays"));
    for (size_t i = 0; i < desk->event_count; i++)
        assert_true(!desk->events[i].op || kc_op_get_verb(desk->events[i].op) != KC_VERB_FORGET_DEPARTED);
}

/* The ledger is opened after the policy was set; the context may end at any time. */
static void test_policy_before_the_ledger(void **state)
{
    struct desk *desk = *state;
    kc_context *context;
    kc_site *site;
    desk_use_file(desk);
    desk_open_virtual(desk, "");
    make_key(desk, "4711", "101");
    desk_close(desk);
    assert_ok(kc_context_new(&context));
    assert_ok(kc_site_new(context, "Grand Hotel", &site));
    assert_ok(kc_site_set_policy(site, "forget-after",
                                 "1")); /* the clock of this computer is later than that of the desk, or not */
    assert_ok(kc_context_set_ledger(context, desk->ledger));
    kc_site_unref(site);
    kc_context_unref(context);
    desk_open_virtual(desk, "");
    assert_true(is_known(desk, "4711"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_days_count_from_the_departure),
        DESK_TEST(test_a_check_out_is_a_departure),
        DESK_TEST(test_a_stay_that_goes_on_is_kept),
        DESK_TEST(test_what_is_unresolved_is_kept),
        DESK_TEST(test_keys_without_booking_are_forgotten_too),
        DESK_TEST(test_many_stays),
        DESK_TEST(test_only_of_that_site),
        DESK_TEST(test_days_are_checked),
        DESK_TEST(test_policy_is_never_or_a_number),
        DESK_TEST(test_policy_forgets_by_itself),
        DESK_TEST(test_policy_before_the_ledger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
