/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of keycard-bench that can be wrong without a lock system: histogram, plan, names, and what is here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../histogram.h"
#include "../pattern.h"
#include "../plan.h"
#include "../target.h"

/* ---- The histogram
 * --------------------------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Three digits: the longest time of a counter is at most a thousandth longer than any in it. */
static void counters_hold_three_digits(void **state)
{
    (void)state;
    size_t before = 0;
    for (uint64_t value = 0; value < UINT64_C(1) << HISTOGRAM_BITS; value += value / 2100 + 1) {
        const size_t index = histogram_index(value);
        const uint64_t upper = histogram_upper(index);
        assert_true(index < HISTOGRAM_COUNTERS);
        assert_true(index >= before && index <= before + 1);
        assert_true(upper >= value && upper - value <= value / 1000);
        assert_true(histogram_index(upper) == index &&
                    histogram_index(upper + 1) == index + (index + 1 < HISTOGRAM_COUNTERS));
        before = index;
    }
    assert_int_equal(histogram_index(UINT64_MAX), HISTOGRAM_COUNTERS - 1);
}

static void percentiles_are_those_of_the_sorted_times(void **state)
{
    enum { COUNT = 5000 };
    static const double percents[] = {0, 1, 50, 90, 99, 99.9, 99.99, 100};
    static uint64_t values[COUNT];
    struct histogram histogram;
    uint64_t random = 12345;
    (void)state;
    assert_true(histogram_open(&histogram));
    assert_int_equal(histogram_percentile(&histogram, 99), 0);
    for (size_t i = 0; i < COUNT; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407U;
        values[i] = random >> 24 >> (random % 37);
        histogram_record(&histogram, values[i]);
    }
    qsort(values, COUNT, sizeof *values, ascending);
    for (size_t i = 0; i < sizeof percents / sizeof *percents; i++) {
        size_t rank = 1;
        while (rank * 10000 < (uint64_t)(percents[i] * 100 + 0.5) * COUNT)
            rank++;
        const uint64_t exact = values[rank - 1], found = histogram_percentile(&histogram, percents[i]);
        assert_true(found >= exact && found - exact <= exact / 1000);
    }
    assert_int_equal(histogram.least, values[0]);
    assert_int_equal(histogram.most, values[COUNT - 1]);
    assert_int_equal(histogram_percentile(&histogram, 100), values[COUNT - 1]);
    histogram_close(&histogram);
}

/* Times of 1 to so many nanoseconds: each is its own rank. */
static void percentiles_are_those_counted_by_hand(void **state)
{
    static const uint64_t counts[][6] = {
        /* so many, and of those 50, 90, 99, 99.9 and 99.99 % */
        {1, 1, 1, 1, 1, 1},
        {10, 5, 9, 10, 10, 10},
        {999, 500, 900, 990, 999, 999},
        {1000, 500, 900, 990, 999, 1000},
        {1001, 501, 901, 991, 1000, 1001},
        {2000, 1000, 1800, 1980, 1998, 2000},
    };
    static const double percents[] = {50, 90, 99, 99.9, 99.99};
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct histogram histogram;
        assert_true(histogram_open(&histogram));
        for (uint64_t time = 1; time <= counts[i][0]; time++)
            histogram_record(&histogram, time);
        for (size_t k = 0; k < sizeof percents / sizeof *percents; k++)
            assert_int_equal(histogram_percentile(&histogram, percents[k]), counts[i][k + 1]);
        histogram_close(&histogram);
    }
}

static void one_long_time_is_kept_exactly(void **state)
{
    struct histogram histogram;
    (void)state;
    assert_true(histogram_open(&histogram));
    histogram_record(&histogram, UINT64_C(1) << 50);
    assert_true(histogram_percentile(&histogram, 50) == UINT64_C(1) << 50);
    histogram_close(&histogram);
}

/* ---- The plan
 * ---------------------------------------------------------------------------------------------------------- */

static void each_kind_has_its_share_of_any_round(void **state)
{
    static const char *const mixes[] = {"original", "original=5,duplicate=3,read=1,check-out", "original=2,duplicate=2",
                                        "original=1000,duplicate=999,one-shot=7,block=3,unblock=3",
                                        "read=6,original=3"};
    char fault[256];
    (void)state;
    for (size_t i = 0; i < sizeof mixes / sizeof *mixes; i++) {
        struct mix mix;
        assert_true(mix_read(&mix, mixes[i], fault, sizeof fault));
        for (uint64_t first = 0; first < UINT64_C(1) << 40; first = 3 * first + 1) {
            unsigned counts[KIND_COUNT] = {0};
            for (uint64_t number = first; number < first + mix.total; number++)
                counts[plan_kind(&mix, number)]++;
            assert_memory_equal(counts, mix.shares, sizeof counts);
        }
    }
}

static void each_encoder_has_one_of_each_row(void **state)
{
    (void)state;
    for (size_t lanes = 1; lanes < 40; lanes++)
        for (uint64_t row = 0; row < 50; row++) {
            bool seen[40] = {false};
            for (uint64_t number = row * lanes; number < (row + 1) * lanes; number++) {
                const size_t lane = plan_lane(lanes, number);
                assert_true(lane < lanes && !seen[lane]);
                assert_true(plan_number(lanes, lane, row) == number);
                seen[lane] = true;
            }
        }
}

/* With two encoders and two kinds in turns, a fixed order would give each encoder one kind only. */
static void encoders_and_kinds_are_not_tied(void **state)
{
    unsigned both[2][2] = {{0}};
    struct mix mix;
    char fault[256];
    (void)state;
    assert_true(mix_read(&mix, "original,duplicate", fault, sizeof fault));
    for (uint64_t number = 0; number < 1000; number++)
        both[plan_lane(2, number)][plan_kind(&mix, number) == KIND_DUPLICATE]++;
    for (size_t i = 0; i < 4; i++)
        assert_in_range(both[i / 2][i % 2], 150, 350);
}

static void a_mix_that_makes_no_sense_is_refused(void **state)
{
    static const char *const cases[][2] = {
        {"", "no operation"},
        {"orignal=1", "did you mean \"original\""},
        {"original=", "whole number"},
        {"original=0", "whole number"},
        {"original=-1", "whole number"},
        {"original=1001", "whole number"},
        {"original=2x", "whole number"},
        {"original=99999999999999999999", "whole number"},
        {"original,original", "twice"},
        {"original,,read", "no operation"},
        {"original=2,check-out=3", "check-out and cancel end stays"},
        {"original=2,check-out=1,cancel=2", "check-out and cancel end stays"},
        {"original=2,block=1", "block and unblock"},
    };
    struct mix mix;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char fault[256] = "";
        assert_false(mix_read(&mix, cases[i][0], fault, sizeof fault));
        if (strstr(fault, cases[i][1]) == NULL)
            fail_msg("\"%s\": %s", cases[i][0], fault);
    }
}

/* ---- Names
 * --------------------------------------------------------------------------------------------------------------- */

static void patterns_are_lists(void **state)
{
    struct names names = {NULL, 0, 0};
    char fault[256];
    (void)state;
    assert_true(names_add(&names, "Desk 1", fault, sizeof fault));
    assert_true(names_add(&names, "Online Encoder {9-11}", fault, sizeof fault));
    assert_true(names_add(&names, "{08-10}", fault, sizeof fault));
    assert_true(names_add(&names, "s:{8001-8001}?x=1", fault, sizeof fault));
    static const char *const wanted[] = {
        "Desk 1", "Online Encoder 9", "Online Encoder 10", "Online Encoder 11", "08", "09", "10", "s:8001?x=1"};
    assert_int_equal(names.count, sizeof wanted / sizeof *wanted);
    for (size_t i = 0; i < names.count; i++)
        assert_string_equal(names.items[i], wanted[i]);
    static const char *const faults[] = {"{",     "{1}",         "{1-}",  "{-1}",           "{1-2",
                                         "{2-1}", "{1-1000000}", "{a-b}", "{1-99999999999}"};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        assert_false(names_add(&names, faults[i], fault, sizeof fault));
    assert_int_equal(names.count, 8);
    names_free(&names);
}

/* ---- What is here
 * --------------------------------------------------------------------------------------------------------- */

static void only_the_loopback_is_here(void **state)
{
    static const char *const is_here[] = {"virtual:",
                                          "virtual:?encoders=a",
                                          "salto+tcp://127.0.0.1:1",
                                          "salto+tcp://127.9.8.7:1?mobile=on",
                                          "salto+tcp://[::1]:1",
                                          "salto+tcp://[::ffff:127.0.0.1]:1",
                                          "fias+listen://127.0.0.1:5010",
                                          "saflok+http://127.0.0.1/x?proxy=http://127.0.0.1:3128",
                                          "saflok+https://[::1]:1/x?proxy="};
    static const char *const is_not[][2] = {
        {"", ""},
        {"salto", "salto"},
        {"virtual", "virtual"},
        {"salto+tcp://10.0.0.5:8090", "10.0.0.5"},
        {"salto+tcp://128.0.0.1:1", "128.0.0.1"},
        {"salto+tcp://[::2]:1", "::2"},
        {"salto+tcp://[::ffff:10.0.0.1]:1", "::ffff:10.0.0.1"},
        {"salto+tcp://[::1", "[::1"},
        {"salto+tcp://:1", ""},
        {"salto+tcp:127.0.0.1:1", "salto+tcp:127.0.0.1:1"},
        {"salto+tcp://127.0.0.1@10.0.0.5:1", "127.0.0.1@10.0.0.5:1"},
        {"salto+tcp://127.0.0.1:x@10.0.0.5:1", "127.0.0.1:x@10.0.0.5:1"},
        {"salto+tcp://[::1]x:1", "[::1]x:1"},
        {"salto+tcp://127.0.0.1%2e10.0.0.5:1", "127.0.0.1%2e10.0.0.5:1"},
        {"salto+tcp://10.0.0.5#127.0.0.1", "10.0.0.5"},
        {"fias+listen://0.0.0.0:5010", "0.0.0.0"},
        {"fias+listen://[::]:5010", "::"},
        {"saflok+http://127.0.0.1/x?proxy=http://10.0.0.5:3128", "10.0.0.5"},
        {"saflok+http://127.0.0.1/x?a=b&proxy=10.0.0.5", "10.0.0.5"},
        {"saflok+http://127.0.0.1/x?pro%78y=http://10.0.0.5", "pro%78y=http://10.0.0.5"},
        {"salto+serial:/dev/ttyUSB0?baud=9600", "/dev/ttyUSB0"},
        {"salto+serial:/dev/null", "/dev/null"},
        {"salto+serial:067b:2303/K42", "067b:2303/K42"},
        {"magstripe+usb:", "magstripe+usb:"},
        {"magstripe+usb:0801:0003?x=y", "magstripe+usb:0801:0003"},
        {"salto+fd:", "salto+fd:"},
        {"SALTO+TCP://127.0.0.1:1", "SALTO+TCP://127.0.0.1:1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof is_here / sizeof *is_here; i++) {
        const struct target target = target_of_system(is_here[i]);
        if (!target.is_here)
            fail_msg("%s: %s: %s", is_here[i], target.name, target.reason);
    }
    for (size_t i = 0; i < sizeof is_not / sizeof *is_not; i++) {
        const struct target target = target_of_system(is_not[i][0]);
        if (target.is_here)
            fail_msg("%s is not here", is_not[i][0]);
        assert_string_equal(target.name, is_not[i][1]);
        assert_string_not_equal(target.reason, "");
    }
}

static void a_pseudo_terminal_is_here(void **state)
{
    char uri[128], link[64];
    (void)state;
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    (void)snprintf(uri, sizeof uri, "salto+serial:%s?baud=9600", ptsname(terminal));
    assert_true(target_of_system(uri).is_here);
    (void)snprintf(link, sizeof link, "/tmp/keycard-bench-%d", (int)getpid());
    assert_int_equal(symlink("/dev/zero", link), 0);
    (void)snprintf(uri, sizeof uri, "salto+serial:%s", link);
    assert_false(target_of_system(uri).is_here);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(close(terminal), 0);
}

static void options_lead_away_by_a_proxy_only(void **state)
{
    (void)state;
    assert_true(target_of_option("mobile", "on").is_here);
    assert_true(target_of_option("proxy", "").is_here);
    assert_true(target_of_option("proxy", "http://127.0.0.1:3128").is_here);
    assert_false(target_of_option("proxy", "http://10.0.0.5:3128").is_here);
    assert_false(target_of_option("proxy", "socks5://127.0.0.1").is_here);
    assert_false(target_of_option("proxy", "http://").is_here);
}

static void ledgers_are_new_or_here(void **state)
{
    static const char *const is_not[] = {
        "postgresql://10.0.0.5/keys",
        "postgresql://pms@10.0.0.5:5432/keys",
        "postgresql://127.0.0.1,10.0.0.5/keys",
        "postgresql:///keys",
        "postgresql://pms@/keys",
        "postgresql://127.0.0.1/keys?host=10.0.0.5",
        "postgresql://127.0.0.1/keys?hostaddr=10.0.0.5",
        "postgresql://127.0.0.1/keys?service=x",
        "postgresql://127.0.0.1?@10.0.0.5/keys",
        "postgresql://127.0.0.1/keys?h%6fst=10.0.0.5",
        "postgres://127.0.0.1/keys",
        "sqlite:/",
        "mysql://127.0.0.1",
    };
    (void)state;
    assert_true(target_of_ledger("memory:").is_here);
    assert_true(target_of_ledger("none:").is_here);
    assert_true(target_of_ledger("sqlite:/tmp/keycard-bench-there-is-no-such-file").is_here);
    assert_true(target_of_ledger("postgresql://pms:word@127.0.0.1:5432,[::1]/keys?sslmode=disable").is_here);
    for (size_t i = 0; i < sizeof is_not / sizeof *is_not; i++)
        if (target_of_ledger(is_not[i]).is_here)
            fail_msg("%s is not here", is_not[i]);
    assert_null(strstr(target_of_ledger("postgresql://pms:word@10.0.0.5/keys").name, "word"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_hold_three_digits),
        cmocka_unit_test(percentiles_are_those_of_the_sorted_times),
        cmocka_unit_test(percentiles_are_those_counted_by_hand),
        cmocka_unit_test(one_long_time_is_kept_exactly),
        cmocka_unit_test(each_kind_has_its_share_of_any_round),
        cmocka_unit_test(each_encoder_has_one_of_each_row),
        cmocka_unit_test(encoders_and_kinds_are_not_tied),
        cmocka_unit_test(a_mix_that_makes_no_sense_is_refused),
        cmocka_unit_test(patterns_are_lists),
        cmocka_unit_test(only_the_loopback_is_here),
        cmocka_unit_test(a_pseudo_terminal_is_here),
        cmocka_unit_test(options_lead_away_by_a_proxy_only),
        cmocka_unit_test(ledgers_are_new_or_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
