/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Time is the site's: daylight-saving nights, bad dates, and a host whose zone does not matter. */
#include "desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static kc_op *with_validity(struct desk *desk, const char *from, const char *until)
{
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_validity(request, from, until));
    return desk_run(desk, kc_issue_original, request);
}

static void test_invariant_10_night_with_a_gap(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    desk_set_now(desk, INT64_C(1774612800)); /* 2026-03-27T12:00Z */
    assert_ok(kc_site_set_time_zone(desk->site, "Europe/Sofia"));
    kc_op *op = with_validity(desk, "2026-03-29T03:30", "2026-03-30"); /* 03:00 becomes 04:00 */
    assert_made(op);
    assert_string_equal(kc_key_get_from(kc_op_get_key(op, 0)), "2026-03-29T04:30+03:00");
    int32_t warning = desk_find_warning(op, "from");
    assert_int_not_equal(warning, -1);
    assert_string_equal(kc_op_get_warning_after(op, warning), "2026-03-29T04:30+03:00");
    assert_int_equal(desk_find_warning(op, "until"), -1);
}

static void test_invariant_10_night_with_an_overlap(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    desk_set_now(desk, INT64_C(1792756800)); /* 2026-10-23T12:00Z */
    assert_ok(kc_site_set_time_zone(desk->site, "Europe/Sofia"));
    kc_op *op = with_validity(desk, "2026-10-25T03:30", "2026-10-25T03:45"); /* 04:00 becomes 03:00 */
    assert_made(op);
    assert_string_equal(kc_key_get_from(kc_op_get_key(op, 0)), "2026-10-25T03:30+03:00");  /* the earlier */
    assert_string_equal(kc_key_get_until(kc_op_get_key(op, 0)), "2026-10-25T03:45+02:00"); /* the later */
    assert_int_not_equal(desk_find_warning(op, "from"), -1);
    assert_int_not_equal(desk_find_warning(op, "until"), -1);
    op = with_validity(desk, "2026-10-25T03:30+02:00", "2026-10-26"); /* an offset leaves no question */
    assert_made(op);
    assert_string_equal(kc_key_get_from(kc_op_get_key(op, 0)), "2026-10-25T03:30+02:00");
    /* but a lock shows wall time, so it is told all the same */
    assert_string_equal(kc_op_get_warning_after(op, desk_find_warning(op, "from")), "2026-10-25T03:30+02:00");
}

static void test_invariant_10_zone_of_the_host_is_never_used(void **state)
{
    static const char *const zones[] = {"America/Los_Angeles", "Asia/Kathmandu", "UTC", ":nonsense"};
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_ok(kc_site_set_time_zone(desk->site, "Europe/Sofia"));
    for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
        assert_int_equal(setenv("TZ", zones[i], 1), 0);
        tzset();
        kc_op *op = with_validity(desk, "2026-06-15T14:00", "2026-06-18");
        assert_made(op);
        assert_string_equal(kc_key_get_from(kc_op_get_key(op, 0)), "2026-06-15T14:00+03:00");
        assert_string_equal(kc_op_get_created(op), "2026-06-15T11:00+03:00");
        assert_string_equal(getenv("TZ"), zones[i]); /* and left alone */
    }
    unsetenv("TZ");
    tzset();
}

static void test_past_and_reversed_are_refused(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_refused(with_validity(desk, "2026-06-10", "2026-06-14"), KC_ERROR_INVALID_ARGUMENT, "until");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_int_equal(kc_request_set_validity(request, "2026-06-18", "2026-06-16"), KC_ERROR_INVALID_ARGUMENT);
    assert_string_equal(kc_error_get_field(kc_request_get_error(request)), "until");
    assert_refused(with_validity(desk, NULL, NULL), KC_ERROR_INVALID_ARGUMENT, "until");
    assert_int_equal(desk_requests_seen(desk), 0);
}

static void test_dates_that_do_not_exist_are_refused_by_the_setter(void **state)
{
    static const char *const bad[] = {"2026-02-29",
                                      "2027-02-29T12:00",
                                      "2100-02-29",
                                      "2026-04-31",
                                      "2026-13-01",
                                      "2026-00-10",
                                      "2026-06-00",
                                      "26-06-15",
                                      "2026-06-15T24:01",
                                      "2026-06-15T12",
                                      "tomorrow",
                                      "2026-06-15T12:60",
                                      " ",
                                      "2026-06-15T10:00+25:00"};
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_request *request = desk_request(desk, "4711", "101");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(kc_request_set_validity(request, NULL, bad[i]), KC_ERROR_INVALID_ARGUMENT);
        assert_string_equal(kc_error_get_field(kc_request_get_error(request)), "until");
        assert_int_equal(kc_request_set_validity(request, bad[i], "2099-01-01"), KC_ERROR_INVALID_ARGUMENT);
        assert_string_equal(kc_error_get_field(kc_request_get_error(request)), "from");
    }
    kc_op *leap = with_validity(desk, NULL, "2028-02-29");
    assert_made(leap);
    assert_string_equal(kc_key_get_until(kc_op_get_key(leap, 0)), "2028-02-29T11:00+00:00");
}

static void test_zones_and_times_that_are_not_there(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_int_equal(kc_site_set_time_zone(desk->site, "Europe/Atlantis"), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(kc_site_set_time_zone(desk->site, NULL), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(kc_site_set_default_times(desk->site, "25:00", "11:00"), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(kc_site_set_default_times(desk->site, "15:00", "noon"), KC_ERROR_INVALID_ARGUMENT);
    kc_op *op = with_validity(desk, NULL, "2026-06-18"); /* all as before */
    assert_made(op);
    assert_string_equal(kc_key_get_until(kc_op_get_key(op, 0)), "2026-06-18T11:00+00:00");
}

/* What the lock system was sent last. */
static void assert_sent(struct desk *desk, const char *from, const char *until)
{
    char expected[100], *journal = simulator_journal(desk->simulator);
    assert_non_null(journal);
    snprintf(expected, sizeof(expected), "\"from\":\"%s\",\"until\":\"%s\"", from, until);
    bool found = strstr(journal, expected) != NULL;
    if (!found)
        print_error("%s is not in %s\n", expected, journal);
    free(journal);
    assert_true(found);
}

static void test_invariant_10_wire_has_the_wall_time_of_the_site_in_both_nights(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "");
    assert_ok(kc_site_set_time_zone(desk->site, "Europe/Sofia"));
    desk_set_now(desk, INT64_C(1774612800)); /* 2026-03-27T12:00Z */
    kc_op *op = with_validity(desk, "2026-03-29T03:15", "2026-03-29T04:45");
    assert_made(op);
    assert_int_equal(kc_op_get_warning_count(op), 1);
    assert_sent(desk, "2026-03-29T04:15", "2026-03-29T04:45");
    op = with_validity(desk, "2026-03-29T02:59", "2026-03-29T03:59"); /* moved to 04:59 */
    assert_made(op);
    assert_int_not_equal(desk_find_warning(op, "until"), -1);
    assert_sent(desk, "2026-03-29T02:59", "2026-03-29T04:59");
    assert_made(with_validity(desk, "2026-03-29T00:30Z", "2026-03-29T01:30Z")); /* on both sides of the gap */
    assert_sent(desk, "2026-03-29T02:30", "2026-03-29T04:30");
    desk_set_now(desk, INT64_C(1792756800)); /* 2026-10-23T12:00Z */
    op = with_validity(desk, "2026-10-25T03:30", "2026-10-25T03:40");
    assert_made(op);
    assert_int_not_equal(desk_find_warning(op, "from"), -1);
    assert_int_not_equal(desk_find_warning(op, "until"), -1);
    assert_sent(desk, "2026-10-25T03:30", "2026-10-25T03:40");
    op = with_validity(desk, "2026-10-25T02:59", "2026-10-25T04:00"); /* neither is twice */
    assert_made(op);
    assert_int_equal(desk_find_warning(op, "from"), -1);
    assert_int_equal(desk_find_warning(op, "until"), -1);
    assert_sent(desk, "2026-10-25T02:59", "2026-10-25T04:00");
}

static void test_invariant_10_wire_is_the_same_whatever_the_zone_of_the_host(void **state)
{
    static const char *const zones[] = {"Pacific/Kiritimati", "America/St_Johns", "UTC"};
    struct desk *desk = *state;
    desk_open_salto(desk, "");
    assert_ok(kc_site_set_time_zone(desk->site, "Europe/Sofia"));
    for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
        char until[40], sent[40];
        snprintf(until, sizeof(until), "2026-07-0%zuT10:30", i + 1);
        memcpy(sent, until, sizeof(sent));
        assert_int_equal(setenv("TZ", zones[i], 1), 0);
        tzset();
        assert_made(with_validity(desk, NULL, until));
        assert_sent(desk, "2026-06-15T11:00", sent);
    }
    unsetenv("TZ");
    tzset();
}

static void test_equal_and_barely_past_times(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, ""); /* it is 08:00 */
    kc_request *request = desk_request(desk, "4711", "101");
    assert_int_equal(kc_request_set_validity(request, "2026-06-18T12:00", "2026-06-18T12:00"),
                     KC_ERROR_INVALID_ARGUMENT);
    assert_string_equal(kc_error_get_field(kc_request_get_error(request)), "until");
    assert_int_equal(kc_request_set_validity(request, "2026-06-18T12:00+02:00", "2026-06-18T10:00Z"),
                     KC_ERROR_INVALID_ARGUMENT);
    assert_refused(with_validity(desk, NULL, "2026-06-15T08:00"), KC_ERROR_INVALID_ARGUMENT, "until");
    assert_refused(with_validity(desk, "2026-06-14T08:00", "2026-06-15T07:59"), KC_ERROR_INVALID_ARGUMENT, "until");
    assert_refused(with_validity(desk, "2026-06-14T08:00", "2026-06-15T08:00"), KC_ERROR_INVALID_ARGUMENT, "until");
    assert_int_equal(desk_requests_seen(desk), 0);
    assert_made(with_validity(desk, "2026-06-14T08:00", "2026-06-15T08:01")); /* an arrival yesterday is none of that */
    assert_int_equal(desk_requests_seen(desk), 1);
}

/* Both ends become the same half hour. */
static void test_rounding_may_leave_no_time(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "minutes=30");
    assert_ok(kc_site_set_policy(desk->site, "minutes", "inward"));
    assert_refused(with_validity(desk, "2026-06-16T11:05", "2026-06-16T11:40"), KC_ERROR_INVALID_ARGUMENT, "until");
    assert_int_equal(desk_requests_seen(desk), 0);
    assert_made(with_validity(desk, "2026-06-16T11:05", "2026-06-16T12:05"));
}

static void test_leap_days_reach_the_lock_system(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "");
    assert_made(with_validity(desk, "2028-02-29", "2028-03-01"));
    assert_sent(desk, "2028-02-29T15:00", "2028-03-01T11:00");
    assert_made(with_validity(desk, "2028-02-28", "2028-02-28T24:00"));
    assert_sent(desk, "2028-02-28T15:00", "2028-02-29T00:00");
    assert_made(with_validity(desk, "2027-02-28", "2027-02-28T24:00"));
    assert_sent(desk, "2027-02-28T15:00", "2027-03-01T00:00");
}

static void test_default_times_complete_a_date(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_ok(kc_site_set_time_zone(desk->site, "Europe/Sofia"));
    assert_ok(kc_site_set_default_times(desk->site, "14:30", "10:15"));
    kc_op *op = with_validity(desk, "2026-06-16", "2026-06-18");
    assert_made(op);
    assert_string_equal(kc_key_get_from(kc_op_get_key(op, 0)), "2026-06-16T14:30+03:00");
    assert_string_equal(kc_key_get_until(kc_op_get_key(op, 0)), "2026-06-18T10:15+03:00");
    assert_ok(kc_site_set_default_times(desk->site, "03:30", "03:30")); /* a usual time may fall into such a night */
    op = with_validity(desk, "2027-03-28", "2027-10-31");
    assert_made(op);
    assert_string_equal(kc_op_get_warning_after(op, desk_find_warning(op, "from")), "2027-03-28T04:30+03:00");
    assert_string_equal(kc_op_get_warning_after(op, desk_find_warning(op, "until")), "2027-10-31T03:30+02:00");
    kc_request *request = desk_request(desk, "4711", "101"); /* one day is from check-in to check-out: reversed */
    assert_ok(kc_site_set_default_times(desk->site, "15:00", "11:00"));
    assert_int_equal(kc_request_set_validity(request, "2026-06-16", "2026-06-16"), KC_ERROR_INVALID_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_invariant_10_night_with_a_gap),
        DESK_TEST(test_invariant_10_night_with_an_overlap),
        DESK_TEST(test_invariant_10_zone_of_the_host_is_never_used),
        DESK_TEST(test_past_and_reversed_are_refused),
        DESK_TEST(test_dates_that_do_not_exist_are_refused_by_the_setter),
        DESK_TEST(test_zones_and_times_that_are_not_there),
        DESK_TEST(test_invariant_10_wire_has_the_wall_time_of_the_site_in_both_nights),
        DESK_TEST(test_invariant_10_wire_is_the_same_whatever_the_zone_of_the_host),
        DESK_TEST(test_equal_and_barely_past_times),
        DESK_TEST(test_rounding_may_leave_no_time),
        DESK_TEST(test_leap_days_reach_the_lock_system),
        DESK_TEST(test_default_times_complete_a_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
