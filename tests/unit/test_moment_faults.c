/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times and zones that are refused, and hostile texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "open_zone.h"
#include "util/moment.h"

static void names_field_and_fault(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *fault;
    } cases[] = {
        {"15.06.2026", "write YYYY-MM-DD"},
        {"1999-12-31", "year"},
        {"2100-01-01", "year"},
        {"0000-01-01", "year"},
        {"2099-12-31T24:00", "year"},
        {"2000-01-01T00:00+14:00", "year"},
        {"2099-12-31T23:00-05:00", "year"},
        {"2026-00-10", "month"},
        {"2026-13-10", "month"},
        {"2026-02-29", "29 February"},
        {"2026-02-30", "day"},
        {"2028-02-30", "day"},
        {"2026-04-31", "day"},
        {"2026-06-00", "day"},
        {"2026-06-32", "day"},
        {"2026-06-15T25:00", "hour"},
        {"2026-06-15T99:00", "hour"},
        {"2026-06-15T24:01", "hour 24"},
        {"2026-06-15T14:60", "minute"},
        {"2026-06-15T14:00:01", "seconds"},
        {"2026-06-15T14:00:60", "seconds"},
        {"2026-06-15T14:00+14:01", "offset"},
        {"2026-06-15T14:00+03:60", "offset"},
        {"2026-06-15T14:00-99:99", "offset"},
    };
    struct zone *zone = open_zone("Europe/Sofia");
    struct moment moment;
    memset(&moment, 0x55, sizeof moment);
    const int64_t before = moment.utc;
    enum moment_note note = MOMENT_OVERLAP;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct kc_error error = {0};
        assert_int_equal(moment_parse(zone, cases[i].text, MOMENT_FROM, NULL, "until", &moment, &note, &error),
                         KC_ERROR_INVALID_ARGUMENT);
        assert_string_equal(error.field, "until");
        assert_non_null(strstr(error.message, cases[i].text));
        if (strstr(error.message, cases[i].fault) == NULL)
            fail_msg("%s", error.message);
    }
    assert_int_equal(moment.utc, before);
    assert_int_equal(note, MOMENT_OVERLAP);
    zone_close(zone);
}

static void refuses_hostile_text(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        " ",
        "now",
        "2",
        "2026",
        "2026-",
        "2026-06",
        "2026-06-1",
        "2026-6-15",
        "20260615",
        "26-06-15",
        "+2026-06-15",
        "-2026-06-15",
        " 2026-06-15",
        "2026-06-15 ",
        "2026-06-15\n",
        "2026-06-15T",
        "2026-06-15T1",
        "2026-06-15T14",
        "2026-06-15T14:",
        "2026-06-15T14:0",
        "2026-06-15T1400",
        "2026-06-15t14:00",
        "2026-06-15_14:00",
        "2026-06-15  14:00",
        "2026-06-15T14:00 ",
        "2026-06-15T14:00x",
        "2026-06-15T14:00z",
        "2026-06-15T14:00ZZ",
        "2026-06-15T14:00:",
        "2026-06-15T14:00:0",
        "2026-06-15T14:00:00.0",
        "2026-06-15T14:00:00,5",
        "2026-06-15T14:00+",
        "2026-06-15T14:00+3",
        "2026-06-15T14:00+030",
        "2026-06-15T14:00+03:",
        "2026-06-15T14:00+03:0",
        "2026-06-15T14:00+03:00 ",
        "2026-06-15T14:00+03:000",
        "2026-06-15T14:00+03:00Z",
        "2026-06-15T14:00+-3:00",
        "2026-06-15T14:00\xE2\x88\x92"
        "03:00",
        "2026-06-15Z",
        "2026-06-15+03:00",
        "2026-06-1\xD9\xA5",
        "\xEF\xBC\x92"
        "026-06-15",
        "2026/06/15",
        "2026-0x-15",
        "2026-06--5",
        "2026-06-15T-1:00",
        "2026-06-15T14:-1",
        "99999999999999999999-06-15",
        "2026-06-15T14:00+99999999999999999999",
        "2026-W25-1",
        "2026-166",
        "2026-06-15\x01T14:00",
        "\xFF\xFF\xFF\xFF-06-15",
    };
    struct zone *zone = open_zone("Europe/Sofia");
    struct moment moment;
    struct kc_error error;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (moment_parse(zone, wrong[i], MOMENT_FROM, NULL, "from", &moment, NULL, &error) != KC_ERROR_INVALID_ARGUMENT)
            fail_msg("\"%s\" was taken", wrong[i]);
        for (const char *at = error.message; *at != '\0'; at++)
            assert_false((unsigned char)*at < 0x20);
    }
    assert_int_equal(moment_parse(zone, NULL, MOMENT_FROM, NULL, "from", &moment, NULL, NULL),
                     KC_ERROR_INVALID_ARGUMENT);
    static char text[10001];
    memset(text, '0', sizeof text - 1);
    memcpy(text, "2026-06-15T14:00:", 17);
    assert_int_equal(moment_parse(zone, text, MOMENT_FROM, NULL, "from", &moment, NULL, &error),
                     KC_ERROR_INVALID_ARGUMENT);
    zone_close(zone);
}

static void every_beginning_of_a_good_text_is_read_safely(void **state)
{
    (void)state;
    static const char whole[] = "2026-06-15T14:00:00+03:00";
    struct zone *zone = open_zone("Europe/Sofia");
    for (size_t length = 0; length < sizeof whole; length++) {
        char *text = malloc(length + 1); /* exactly so large that a read past it is found */
        assert_non_null(text);
        memcpy(text, whole, length);
        text[length] = '\0';
        struct moment moment;
        bool good = length == 10 || length == 16 || length == 19 || length == 22 || length == 25;
        int32_t status = moment_parse(zone, text, MOMENT_FROM, NULL, "from", &moment, NULL, NULL);
        assert_int_equal(status, good ? KC_OK : KC_ERROR_INVALID_ARGUMENT);
        free(text);
    }
    zone_close(zone);
}

static void zones_are_of_iana_only(void **state)
{
    (void)state;
    static const char *const good[] = {
        "UTC",
        "Etc/UTC",
        "Etc/GMT+5",
        "GMT",
        "CET",
        "Europe/Sofia",
        "America/Argentina/Buenos_Aires",
        "America/Port-au-Prince",
        "Asia/Calcutta",
        "Asia/Kolkata",
    };
    static const char *const wrong[] = {
        "",
        "Etc/Unknown",
        "Europe/Atlantis",
        "Sofia",
        "europe/sofia",
        "GMT+3",
        "GMT+03:00",
        "UTC+3",
        "+03:00",
        "EST5EDT,M3.2.0,M11.1.0",
        "PST",
        "BST",
        "IST",
        "Factory",
        "Local",
        "localtime",
        "posix/Europe/Sofia",
        ":Europe/Sofia",
        "Europe/Sofia ",
        " Europe/Sofia",
        "Europe/Sofia\n",
        "../../etc/passwd",
        "/etc/localtime",
        "Europe/\xD0\xA1",
        "\xFF",
        "Europe",
        "Europe/",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        zone_close(open_zone(good[i]));
    struct zone *zone = NULL;
    struct kc_error error;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (zone_open(wrong[i], &zone, &error) != KC_ERROR_INVALID_ARGUMENT)
            fail_msg("\"%s\" was taken", wrong[i]);
        assert_string_equal(error.field, "time-zone");
    }
    static char name[10001];
    memset(name, 'A', sizeof name - 1);
    assert_int_equal(zone_open(name, &zone, &error), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(zone_open(NULL, &zone, NULL), KC_ERROR_INVALID_ARGUMENT);
    assert_null(zone);
    zone_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_field_and_fault),
        cmocka_unit_test(refuses_hostile_text),
        cmocka_unit_test(every_beginning_of_a_good_text_is_read_safely),
        cmocka_unit_test(zones_are_of_iana_only),
    };
    return cmocka_run_group_tests_name("moment faults", tests, NULL, NULL);
}
