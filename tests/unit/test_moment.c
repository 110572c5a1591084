/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of times: forms, both daylight-saving nights, rounding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "open_zone.h"
#include "util/moment.h"

/* Seconds since 1970 of a time in UTC, by the C library. */
static int64_t utc_of(int year, int month, int day, int hour, int minute)
{
    struct tm parts = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute};
    return timegm(&parts);
}

struct expectation {
    const char *text;
    enum moment_edge edge;
    const char *formatted;              /* the instant, with the offset that it has there */
    int year, month, day, hour, minute; /* in UTC */
    enum moment_note note;
};

static void expect(const char *zone_name, const struct expectation *cases, size_t count)
{
    struct zone *zone = open_zone(zone_name);
    for (size_t i = 0; i < count; i++) {
        const struct expectation *want = &cases[i];
        struct moment moment;
        enum moment_note note;
        char text[MOMENT_TEXT_SIZE];
        assert_int_equal(moment_parse(zone, want->text, want->edge, NULL, "from", &moment, &note, NULL), KC_OK);
        char known[MOMENT_TEXT_SIZE];
        moment_format(zone, moment.utc, text);
        moment_format_known(&moment, known);
        assert_string_equal(known, text);
        assert_string_equal(text, want->formatted);
        assert_int_equal(moment.utc, utc_of(want->year, want->month, want->day, want->hour, want->minute));
        assert_int_equal(note, want->note);
        assert_int_equal(moment.wall.year, atoi(text));
        assert_int_equal(moment.wall.month, atoi(text + 5));
        assert_int_equal(moment.wall.day, atoi(text + 8));
        assert_int_equal(moment.wall.hour, atoi(text + 11));
        assert_int_equal(moment.wall.minute, atoi(text + 14));
    }
    zone_close(zone);
}
#define EXPECT(zone_name, cases) expect(zone_name, cases, sizeof cases / sizeof cases[0])

static void nights_of_sofia(void **state)
{
    (void)state;
    static const struct expectation cases[] = {
        {"2026-03-29T02:59", MOMENT_FROM, "2026-03-29T02:59+02:00", 2026, 3, 29, 0, 59, MOMENT_EXACT},
        {"2026-03-29T03:00", MOMENT_FROM, "2026-03-29T04:00+03:00", 2026, 3, 29, 1, 0, MOMENT_GAP},
        {"2026-03-29T03:30", MOMENT_FROM, "2026-03-29T04:30+03:00", 2026, 3, 29, 1, 30, MOMENT_GAP},
        {"2026-03-29T03:59", MOMENT_UNTIL, "2026-03-29T04:59+03:00", 2026, 3, 29, 1, 59, MOMENT_GAP},
        {"2026-03-29T04:00", MOMENT_FROM, "2026-03-29T04:00+03:00", 2026, 3, 29, 1, 0, MOMENT_EXACT},
        {"2026-10-25T02:59", MOMENT_UNTIL, "2026-10-25T02:59+03:00", 2026, 10, 24, 23, 59, MOMENT_EXACT},
        {"2026-10-25T03:00", MOMENT_FROM, "2026-10-25T03:00+03:00", 2026, 10, 25, 0, 0, MOMENT_OVERLAP},
        {"2026-10-25T03:00", MOMENT_UNTIL, "2026-10-25T03:00+02:00", 2026, 10, 25, 1, 0, MOMENT_OVERLAP},
        {"2026-10-25T03:59", MOMENT_FROM, "2026-10-25T03:59+03:00", 2026, 10, 25, 0, 59, MOMENT_OVERLAP},
        {"2026-10-25T04:00", MOMENT_FROM, "2026-10-25T04:00+02:00", 2026, 10, 25, 2, 0, MOMENT_EXACT},
        /* An offset settles it, and it is told that the wall time alone would not. */
        {"2026-10-25T03:30+03:00", MOMENT_UNTIL, "2026-10-25T03:30+03:00", 2026, 10, 25, 0, 30, MOMENT_OVERLAP},
        {"2026-10-25T03:30+02:00", MOMENT_FROM, "2026-10-25T03:30+02:00", 2026, 10, 25, 1, 30, MOMENT_OVERLAP},
        {"2026-10-25T00:30Z", MOMENT_UNTIL, "2026-10-25T03:30+03:00", 2026, 10, 25, 0, 30, MOMENT_OVERLAP},
        {"2026-03-29T03:30+02:00", MOMENT_FROM, "2026-03-29T04:30+03:00", 2026, 3, 29, 1, 30, MOMENT_EXACT},
    };
    EXPECT("Europe/Sofia", cases);
}

static void nights_of_new_york(void **state)
{
    (void)state;
    static const struct expectation cases[] = {
        {"2026-03-08T01:59", MOMENT_FROM, "2026-03-08T01:59-05:00", 2026, 3, 8, 6, 59, MOMENT_EXACT},
        {"2026-03-08T02:00", MOMENT_FROM, "2026-03-08T03:00-04:00", 2026, 3, 8, 7, 0, MOMENT_GAP},
        {"2026-03-08T02:59", MOMENT_UNTIL, "2026-03-08T03:59-04:00", 2026, 3, 8, 7, 59, MOMENT_GAP},
        {"2026-03-08T03:00", MOMENT_FROM, "2026-03-08T03:00-04:00", 2026, 3, 8, 7, 0, MOMENT_EXACT},
        {"2026-11-01T00:59", MOMENT_UNTIL, "2026-11-01T00:59-04:00", 2026, 11, 1, 4, 59, MOMENT_EXACT},
        {"2026-11-01T01:30", MOMENT_FROM, "2026-11-01T01:30-04:00", 2026, 11, 1, 5, 30, MOMENT_OVERLAP},
        {"2026-11-01T01:30", MOMENT_UNTIL, "2026-11-01T01:30-05:00", 2026, 11, 1, 6, 30, MOMENT_OVERLAP},
        {"2026-11-01T02:00", MOMENT_FROM, "2026-11-01T02:00-05:00", 2026, 11, 1, 7, 0, MOMENT_EXACT},
        {"2099-07-01T12:00", MOMENT_FROM, "2099-07-01T12:00-04:00", 2099, 7, 1, 16, 0, MOMENT_EXACT},
    };
    EXPECT("America/New_York", cases);
}

static void nights_of_lord_howe_change_half_an_hour(void **state)
{
    (void)state;
    static const struct expectation cases[] = {
        {"2026-04-05T01:29", MOMENT_UNTIL, "2026-04-05T01:29+11:00", 2026, 4, 4, 14, 29, MOMENT_EXACT},
        {"2026-04-05T01:30", MOMENT_FROM, "2026-04-05T01:30+11:00", 2026, 4, 4, 14, 30, MOMENT_OVERLAP},
        {"2026-04-05T01:30", MOMENT_UNTIL, "2026-04-05T01:30+10:30", 2026, 4, 4, 15, 0, MOMENT_OVERLAP},
        {"2026-04-05T02:00", MOMENT_FROM, "2026-04-05T02:00+10:30", 2026, 4, 4, 15, 30, MOMENT_EXACT},
        {"2026-10-04T02:00", MOMENT_FROM, "2026-10-04T02:30+11:00", 2026, 10, 3, 15, 30, MOMENT_GAP},
        {"2026-10-04T02:29", MOMENT_UNTIL, "2026-10-04T02:59+11:00", 2026, 10, 3, 15, 59, MOMENT_GAP},
        {"2026-10-04T02:30", MOMENT_FROM, "2026-10-04T02:30+11:00", 2026, 10, 3, 15, 30, MOMENT_EXACT},
    };
    EXPECT("Australia/Lord_Howe", cases);
}

static void zones_without_nights_and_with_odd_ones(void **state)
{
    (void)state;
    static const struct expectation kolkata[] = {
        {"2026-03-29T03:30", MOMENT_FROM, "2026-03-29T03:30+05:30", 2026, 3, 28, 22, 0, MOMENT_EXACT},
        {"2026-10-25T03:30", MOMENT_UNTIL, "2026-10-25T03:30+05:30", 2026, 10, 24, 22, 0, MOMENT_EXACT},
    };
    EXPECT("Asia/Kolkata", kolkata);
    static const struct expectation utc[] = {
        {"2000-01-01", MOMENT_FROM, "2000-01-01T00:00+00:00", 2000, 1, 1, 0, 0, MOMENT_EXACT},
        {"2099-12-31T23:59", MOMENT_UNTIL, "2099-12-31T23:59+00:00", 2099, 12, 31, 23, 59, MOMENT_EXACT},
    };
    EXPECT("UTC", utc);
    static const struct expectation samoa[] = {
        /* It left out 30 December 2011. */
        {"2011-12-29T23:59", MOMENT_FROM, "2011-12-29T23:59-10:00", 2011, 12, 30, 9, 59, MOMENT_EXACT},
        {"2011-12-30T12:00", MOMENT_FROM, "2011-12-31T12:00+14:00", 2011, 12, 30, 22, 0, MOMENT_GAP},
        {"2011-12-31T00:00", MOMENT_FROM, "2011-12-31T00:00+14:00", 2011, 12, 30, 10, 0, MOMENT_EXACT},
    };
    EXPECT("Pacific/Apia", samoa);
    static const struct expectation marquesas[] = {
        {"2026-06-15T14:00", MOMENT_FROM, "2026-06-15T14:00-09:30", 2026, 6, 15, 23, 30, MOMENT_EXACT},
    };
    EXPECT("Pacific/Marquesas", marquesas);
    static const struct expectation beirut[] = {
        /* The clock goes from 24:00 to 01:00, so the end of that day is an hour that does not exist. */
        {"2026-03-28T24:00", MOMENT_UNTIL, "2026-03-29T01:00+03:00", 2026, 3, 28, 22, 0, MOMENT_GAP},
    };
    EXPECT("Asia/Beirut", beirut);
}

static void takes_every_form(void **state)
{
    (void)state;
    static const struct expectation cases[] = {
        {"2026-06-15", MOMENT_FROM, "2026-06-15T00:00+03:00", 2026, 6, 14, 21, 0, MOMENT_EXACT},
        {"2026-06-15T14:00", MOMENT_FROM, "2026-06-15T14:00+03:00", 2026, 6, 15, 11, 0, MOMENT_EXACT},
        {"2026-06-15 14:00", MOMENT_FROM, "2026-06-15T14:00+03:00", 2026, 6, 15, 11, 0, MOMENT_EXACT},
        {"2026-06-15T14:00:00", MOMENT_FROM, "2026-06-15T14:00+03:00", 2026, 6, 15, 11, 0, MOMENT_EXACT},
        {"2026-06-15T14:00Z", MOMENT_FROM, "2026-06-15T17:00+03:00", 2026, 6, 15, 14, 0, MOMENT_EXACT},
        {"2026-06-15T14:00:00Z", MOMENT_FROM, "2026-06-15T17:00+03:00", 2026, 6, 15, 14, 0, MOMENT_EXACT},
        {"2026-06-15T14:00+03:00", MOMENT_FROM, "2026-06-15T14:00+03:00", 2026, 6, 15, 11, 0, MOMENT_EXACT},
        {"2026-06-15T14:00:00-0930", MOMENT_FROM, "2026-06-16T02:30+03:00", 2026, 6, 15, 23, 30, MOMENT_EXACT},
        {"2026-06-15 14:00+14", MOMENT_FROM, "2026-06-15T03:00+03:00", 2026, 6, 15, 0, 0, MOMENT_EXACT},
        {"2026-06-15T14:00-00:00", MOMENT_FROM, "2026-06-15T17:00+03:00", 2026, 6, 15, 14, 0, MOMENT_EXACT},
        {"2026-06-15T24:00", MOMENT_UNTIL, "2026-06-16T00:00+03:00", 2026, 6, 15, 21, 0, MOMENT_EXACT},
        {"2026-12-31T24:00:00", MOMENT_UNTIL, "2027-01-01T00:00+02:00", 2026, 12, 31, 22, 0, MOMENT_EXACT},
        {"2028-02-29", MOMENT_FROM, "2028-02-29T00:00+02:00", 2028, 2, 28, 22, 0, MOMENT_EXACT},
        {"2000-02-29", MOMENT_FROM, "2000-02-29T00:00+02:00", 2000, 2, 28, 22, 0, MOMENT_EXACT},
        {"2028-02-28T24:00", MOMENT_FROM, "2028-02-29T00:00+02:00", 2028, 2, 28, 22, 0, MOMENT_EXACT},
        {"2027-02-28T24:00", MOMENT_FROM, "2027-03-01T00:00+02:00", 2027, 2, 28, 22, 0, MOMENT_EXACT},
        {"2026-06-16T00:30+04:00", MOMENT_FROM, "2026-06-15T23:30+03:00", 2026, 6, 15, 20, 30, MOMENT_EXACT},
    };
    EXPECT("Europe/Sofia", cases);
}

static void a_date_alone_takes_the_usual_time(void **state)
{
    (void)state;
    struct zone *zone = open_zone("Europe/Sofia");
    const struct clock_time usual = {.hour = 14, .minute = 30};
    struct moment moment;
    assert_int_equal(moment_parse(zone, "2026-06-15", MOMENT_FROM, &usual, "from", &moment, NULL, NULL), KC_OK);
    assert_int_equal(moment.utc, utc_of(2026, 6, 15, 11, 30));
    assert_int_equal(moment_parse(zone, "2026-06-15T10:00", MOMENT_FROM, &usual, "from", &moment, NULL, NULL), KC_OK);
    assert_int_equal(moment.utc, utc_of(2026, 6, 15, 7, 0));
    const struct clock_time night = {.hour = 3, .minute = 30};
    enum moment_note note;
    assert_int_equal(moment_parse(zone, "2026-03-29", MOMENT_FROM, &night, "from", &moment, &note, NULL), KC_OK);
    assert_int_equal(note, MOMENT_GAP);
    zone_close(zone);
}

static void the_zone_of_this_computer_does_not_matter(void **state)
{
    (void)state;
    static const char *const here[] = {"UTC", "Pacific/Kiritimati", "America/New_York", "nonsense", ""};
    for (size_t i = 0; i < sizeof here / sizeof here[0]; i++) {
        setenv("TZ", here[i], 1);
        tzset();
        static const struct expectation cases[] = {
            {"2026-06-15T14:00", MOMENT_FROM, "2026-06-15T14:00+03:00", 2026, 6, 15, 11, 0, MOMENT_EXACT},
            {"2026-03-29T03:30", MOMENT_FROM, "2026-03-29T04:30+03:00", 2026, 3, 29, 1, 30, MOMENT_GAP},
        };
        EXPECT("Europe/Sofia", cases);
    }
    unsetenv("TZ");
    tzset();
}

static void instants_become_wall_time(void **state)
{
    (void)state;
    struct zone *zone = open_zone("America/New_York");
    struct moment moment = {0};
    assert_int_equal(moment_from_utc(zone, utc_of(2026, 11, 1, 5, 59), &moment), KC_OK);
    assert_int_equal(moment.wall.hour, 1);
    assert_int_equal(moment_from_utc(zone, utc_of(2026, 11, 1, 6, 0), &moment), KC_OK);
    assert_int_equal(moment.wall.hour, 1);
    assert_int_equal(moment.wall.minute, 0);
    assert_int_equal(moment_from_utc(zone, utc_of(2026, 11, 1, 6, 0) + 59, &moment), KC_OK);
    assert_int_equal(moment.wall.minute, 0);
    assert_int_equal(moment_from_utc(zone, utc_of(2000, 1, 1, 5, 0), &moment), KC_OK);
    assert_int_equal(moment.wall.year, 2000);
    assert_int_equal(moment_from_utc(zone, utc_of(2100, 1, 1, 5, 0) - 1, &moment), KC_OK);
    assert_int_equal(moment.wall.year, 2099);
    const struct moment before = moment;
    assert_int_equal(moment_from_utc(zone, utc_of(2000, 1, 1, 5, 0) - 1, &moment), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(moment_from_utc(zone, utc_of(2100, 1, 1, 5, 0), &moment), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(moment_from_utc(zone, INT64_MIN, &moment), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(moment_from_utc(zone, INT64_MAX, &moment), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(moment.utc, before.utc);
    zone_close(zone);
}

static void formats_any_instant(void **state)
{
    (void)state;
    static const int64_t instants[] = {INT64_MIN, -1, 0, INT64_C(4102444800), INT64_C(253402300799), INT64_MAX};
    struct zone *zone = open_zone("Pacific/Kiritimati");
    char text[MOMENT_TEXT_SIZE];
    for (size_t i = 0; i < sizeof instants / sizeof instants[0]; i++) {
        moment_format(zone, instants[i], text);
        assert_int_equal(strlen(text), 22);
    }
    moment_format(zone, 0, text);
    assert_string_equal(text, "1970-01-01T14:00+14:00");
    zone_close(zone);
}

/* Every day of the hundred years agrees with the C library, and is read back as it was written. */
static void a_century_of_days_and_back(void **state)
{
    (void)state;
    struct zone *zone = open_zone("UTC");
    const int64_t end = utc_of(2099, 12, 31, 23, 59);
    for (int64_t utc = utc_of(2000, 1, 1, 13, 7); utc <= end; utc += 86400) {
        char text[MOMENT_TEXT_SIZE], expected[MOMENT_TEXT_SIZE];
        struct tm parts;
        time_t instant = (time_t)utc;
        assert_non_null(gmtime_r(&instant, &parts));
        assert_int_equal(strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M+00:00", &parts), 22);
        moment_format(zone, utc, text);
        assert_string_equal(text, expected);
        struct moment moment;
        assert_int_equal(moment_parse(zone, text, MOMENT_FROM, NULL, "from", &moment, NULL, NULL), KC_OK);
        assert_int_equal(moment.utc, utc);
    }
    zone_close(zone);
}

/* Every quarter of an hour of a year, in zones of all kinds: what is written is read as the same instant. */
static void a_year_of_quarters_and_back(void **state)
{
    (void)state;
    static const char *const names[] = {"Europe/Sofia",      "America/New_York", "Australia/Lord_Howe",
                                        "Africa/Casablanca", "America/St_Johns", "Asia/Kathmandu"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct zone *zone = open_zone(names[i]);
        for (int64_t utc = utc_of(2026, 1, 2, 0, 0); utc < utc_of(2027, 1, 2, 0, 0); utc += 900) {
            char text[MOMENT_TEXT_SIZE];
            moment_format(zone, utc, text);
            struct moment exact, from, until;
            enum moment_note note, local_note;
            assert_int_equal(moment_parse(zone, text, MOMENT_FROM, NULL, "", &exact, &note, NULL), KC_OK);
            assert_int_equal(exact.utc, utc);
            text[16] = '\0'; /* the wall time alone */
            assert_int_equal(moment_parse(zone, text, MOMENT_FROM, NULL, "", &from, &local_note, NULL), KC_OK);
            assert_int_equal(moment_parse(zone, text, MOMENT_UNTIL, NULL, "", &until, NULL, NULL), KC_OK);
            assert_int_equal(note, local_note);
            assert_true(from.utc == utc || until.utc == utc);
            assert_int_equal(from.utc < until.utc, note == MOMENT_OVERLAP);
        }
        zone_close(zone);
    }
}

static void rounds_to(const char *zone_name, const char *text, int32_t minutes, bool up, enum moment_edge edge,
                      const char *expected)
{
    struct zone *zone = open_zone(zone_name);
    struct moment moment;
    char rounded[MOMENT_TEXT_SIZE];
    assert_int_equal(moment_parse(zone, text, edge, NULL, "", &moment, NULL, NULL), KC_OK);
    const int64_t before = moment.utc;
    bool changed = moment_round(zone, &moment, minutes, up, edge);
    moment_format(zone, moment.utc, rounded);
    assert_string_equal(rounded, expected);
    assert_int_equal(changed, moment.utc != before);
    assert_int_equal(moment.wall.minute % minutes, 0);
    assert_int_equal(moment.wall.minute, atoi(rounded + 14));
    assert_int_equal(moment.wall.hour, atoi(rounded + 11));
    zone_close(zone);
}

static void rounds_the_wall_clock(void **state)
{
    (void)state;
    static const char sofia[] = "Europe/Sofia";
    rounds_to(sofia, "2026-06-15T14:07", 15, false, MOMENT_FROM, "2026-06-15T14:00+03:00");
    rounds_to(sofia, "2026-06-15T14:07", 15, true, MOMENT_UNTIL, "2026-06-15T14:15+03:00");
    rounds_to(sofia, "2026-06-15T14:15", 15, true, MOMENT_UNTIL, "2026-06-15T14:15+03:00");
    rounds_to(sofia, "2026-06-15T14:07", 1, true, MOMENT_UNTIL, "2026-06-15T14:07+03:00");
    rounds_to(sofia, "2026-06-15T14:01", 60, false, MOMENT_FROM, "2026-06-15T14:00+03:00");
    rounds_to(sofia, "2026-06-15T14:01", 60, true, MOMENT_UNTIL, "2026-06-15T15:00+03:00");
    /* zones whose hours are not those of UTC */
    rounds_to("Asia/Kolkata", "2026-06-15T14:20", 60, false, MOMENT_FROM, "2026-06-15T14:00+05:30");
    rounds_to("Asia/Kathmandu", "2026-06-15T14:20", 30, true, MOMENT_UNTIL, "2026-06-15T14:30+05:45");
}

static void rounds_at_midnight_and_the_end_of_the_year(void **state)
{
    (void)state;
    static const char sofia[] = "Europe/Sofia";
    rounds_to(sofia, "2026-06-15T23:50", 15, true, MOMENT_UNTIL, "2026-06-16T00:00+03:00");
    rounds_to(sofia, "2026-12-31T23:59", 30, true, MOMENT_UNTIL, "2027-01-01T00:00+02:00");
    rounds_to(sofia, "2028-02-28T23:50", 60, true, MOMENT_UNTIL, "2028-02-29T00:00+02:00");
    rounds_to(sofia, "2027-01-01T00:10", 60, false, MOMENT_FROM, "2027-01-01T00:00+02:00");
    rounds_to("UTC", "2000-01-01T00:10", 60, false, MOMENT_FROM, "2000-01-01T00:00+00:00");
    /* No year 2100: the last multiple before it. */
    rounds_to("UTC", "2099-12-31T23:50", 15, true, MOMENT_UNTIL, "2099-12-31T23:45+00:00");
}

static void rounds_over_gap_and_overlap(void **state)
{
    (void)state;
    static const char sofia[] = "Europe/Sofia";
    static const char lord_howe[] = "Australia/Lord_Howe";
    rounds_to(sofia, "2026-03-29T02:50", 15, true, MOMENT_UNTIL, "2026-03-29T04:00+03:00");
    rounds_to(sofia, "2026-03-29T04:10", 60, false, MOMENT_FROM, "2026-03-29T04:00+03:00");
    rounds_to(sofia, "2026-10-25T02:50", 60, true, MOMENT_FROM, "2026-10-25T03:00+03:00");
    rounds_to(sofia, "2026-10-25T02:50", 60, true, MOMENT_UNTIL, "2026-10-25T03:00+02:00");
    rounds_to(sofia, "2026-10-25T03:10", 60, false, MOMENT_FROM, "2026-10-25T03:00+03:00");
    /* Already whole: not moved from one 03:00 to the other. */
    rounds_to(sofia, "2026-10-25T03:00+02:00", 60, false, MOMENT_FROM, "2026-10-25T03:00+02:00");
    /* A gap of half an hour must not leave half an hour where only whole ones are known. */
    rounds_to(lord_howe, "2026-10-04T01:50", 60, true, MOMENT_UNTIL, "2026-10-04T03:00+11:00");
    rounds_to(lord_howe, "2026-10-04T02:40", 60, false, MOMENT_FROM, "2026-10-04T01:00+10:30");
    rounds_to(lord_howe, "2026-10-04T01:50", 30, true, MOMENT_UNTIL, "2026-10-04T02:30+11:00");
}

static void refuses_steps_that_do_not_divide_the_hour(void **state)
{
    (void)state;
    static const int32_t wrong[] = {0, -1, -15, 7, 45, 61, 120, INT32_MAX, INT32_MIN};
    struct zone *zone = open_zone("UTC");
    struct moment moment;
    assert_int_equal(moment_from_utc(zone, utc_of(2026, 6, 15, 14, 7), &moment), KC_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(moment_round(zone, &moment, wrong[i], true, MOMENT_UNTIL));
        assert_int_equal(moment.utc, utc_of(2026, 6, 15, 14, 7));
    }
    zone_close(zone);
}

static void reads_clock_times(void **state)
{
    (void)state;
    struct clock_time clock = {.hour = -1};
    static const char *const wrong[] = {"",      "1",     "14",    "14:",    "14:0",   "1:00",
                                        "24:00", "23:60", "99:99", "14:00 ", "14:000", "14:00:00",
                                        " 4:00", "-1:00", "14.00", "1a:00",  "14:0\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(clock_time_parse(wrong[i], &clock), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(clock_time_parse(NULL, &clock), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(clock.hour, -1);
    assert_int_equal(clock_time_parse("00:00", &clock), KC_OK);
    assert_int_equal(clock.hour, 0);
    assert_int_equal(clock_time_parse("23:59", &clock), KC_OK);
    assert_int_equal(clock.hour, 23);
    assert_int_equal(clock.minute, 59);
}

static void writes_forms_without_zone(void **state)
{
    static const struct wall_time wall = {2026, 6, 5, 3, 9};
    const struct {
        int64_t utc;
        const char *text;
    } cases[] = {{0, "1970-01-01T00:00:00Z"},
                 {-1, "1970-01-01T00:00:00Z"},
                 {utc_of(2026, 6, 15, 11, 0) + 7, "2026-06-15T11:00:07Z"},
                 {utc_of(2028, 2, 29, 23, 59) + 59, "2028-02-29T23:59:59Z"},
                 {utc_of(2100, 3, 1, 0, 0), "2100-03-01T00:00:00Z"},
                 {INT64_C(253402300799), "9999-12-31T23:59:59Z"},
                 {INT64_MAX, "9999-12-31T23:59:59Z"}};
    char text[MOMENT_UTC_SIZE], local[MOMENT_WALL_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        moment_format_utc(cases[i].utc, text);
        assert_string_equal(text, cases[i].text);
    }
    moment_format_wall(&wall, local);
    assert_string_equal(local, "2026-06-05T03:09:00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nights_of_sofia),
        cmocka_unit_test(nights_of_new_york),
        cmocka_unit_test(nights_of_lord_howe_change_half_an_hour),
        cmocka_unit_test(zones_without_nights_and_with_odd_ones),
        cmocka_unit_test(takes_every_form),
        cmocka_unit_test(a_date_alone_takes_the_usual_time),
        cmocka_unit_test(the_zone_of_this_computer_does_not_matter),
        cmocka_unit_test(instants_become_wall_time),
        cmocka_unit_test(formats_any_instant),
        cmocka_unit_test(a_century_of_days_and_back),
        cmocka_unit_test(a_year_of_quarters_and_back),
        cmocka_unit_test(rounds_the_wall_clock),
        cmocka_unit_test(rounds_at_midnight_and_the_end_of_the_year),
        cmocka_unit_test(rounds_over_gap_and_overlap),
        cmocka_unit_test(refuses_steps_that_do_not_divide_the_hour),
        cmocka_unit_test(reads_clock_times),
        cmocka_unit_test(writes_forms_without_zone),
    };
    return cmocka_run_group_tests_name("moment", tests, NULL, NULL);
}
