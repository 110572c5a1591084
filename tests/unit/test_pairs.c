/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of lists in options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>
#include <keycard/keycard.h>
#include <stdio.h>
#include <string.h>

#include "util/pairs.h"

/* All entries as "[name|value]". */
static const char *entries(const char *list, char out[200])
{
    size_t length = 0;
    out[0] = '\0';
    for (struct pair pair; pair_next(&list, &pair);)
        length += (size_t)snprintf(out + length, 200 - length, "[%.*s|%.*s]", (int)pair.name_length, pair.name,
                                   (int)pair.value_length, pair.value);
    return out;
}

static void reads_entries(void **state)
{
    char out[200];
    (void)state;
    assert_string_equal(entries("", out), "");
    assert_string_equal(entries(" ; ;; ", out), "");
    assert_string_equal(entries("Desk 1=1;Desk 2 = 02 ;", out), "[Desk 1|1][Desk 2|02]");
    assert_string_equal(entries("a=b=c", out), "[a|b=c]");
    assert_string_equal(entries("none;=1;x=;y = ", out), "[|][|1][|][|]");
}

static void knows_errors_by_name(void **state)
{
    static const char *const wrong[] = {"x=nothing", "x=no-car",  "x=no-cards", "x=ok",
                                        "x=ledger",  "x=unknown", "x=NO-CARD"};
    struct pair pair;
    (void)state;
    const char *list = "03/190=no-card; 03/050 = encoder-busy;a=lock-offline";
    assert_true(pair_next(&list, &pair));
    assert_true(pair_is_named(&pair, "03/190"));
    assert_false(pair_is_named(&pair, "03/19"));
    assert_int_equal(pair_error(&pair), KC_ERROR_NO_CARD);
    assert_true(pair_next(&list, &pair));
    assert_int_equal(pair_error(&pair), KC_ERROR_ENCODER_BUSY);
    assert_true(pair_next(&list, &pair));
    assert_int_equal(pair_error(&pair), KC_ERROR_LOCK_OFFLINE);
    assert_false(pair_next(&list, &pair));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        list = wrong[i];
        assert_true(pair_next(&list, &pair));
        assert_int_equal(pair_error(&pair), KC_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_entries), cmocka_unit_test(knows_errors_by_name)};
    return cmocka_run_group_tests_name("pairs", tests, NULL, NULL);
}
