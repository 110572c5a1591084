/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of errors and of the values that are shown in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "util/error.h"
#include "util/text.h"

static void set_fills_everything(void **state)
{
    (void)state;
    struct kc_error error;
    memset(&error, 0xFF, sizeof error);
    assert_int_equal(error_set(&error, KC_ERROR_LIMIT, "rooms", "%d rooms are %s", 5, "too many"), KC_ERROR_LIMIT);
    assert_int_equal(error.code, KC_ERROR_LIMIT);
    assert_int_equal(error.card_state, KC_OUTCOME_NOT_WRITTEN);
    assert_string_equal(error.field, "rooms");
    assert_string_equal(error.message, "5 rooms are too many");
    assert_string_equal(error.vendor_code, "");
    assert_string_equal(error.vendor_text, "");
    error_set(&error, KC_ERROR_STATE, NULL, "%s", "x");
    assert_string_equal(error.field, "");
    assert_int_equal(error_set(NULL, KC_ERROR_STATE, NULL, "%s", "x"), KC_ERROR_STATE);
    error_set_vendor(NULL, "1", "x");
}

static void set_may_use_the_message_that_it_replaces(void **state)
{
    (void)state;
    struct kc_error error;
    error_set(&error, KC_ERROR_LEDGER, NULL, "%s", "the file is locked");
    error_set(&error, KC_ERROR_LEDGER, NULL, "not started: %s", error.message);
    assert_string_equal(error.message, "not started: the file is locked");
}

static void long_messages_are_cut_at_a_character(void **state)
{
    (void)state;
    struct kc_error error;
    char text[1001];
    static const char *const characters[] = {"\xD0\x96", "\xE7\x8E\x8B", "\xF0\x9F\x98\x80"};
    for (size_t kind = 0; kind < 3; kind++) {
        size_t width = strlen(characters[kind]);
        text[0] = '\0';
        for (size_t at = 0; at + width < sizeof text; at += width)
            memcpy(text + at, characters[kind], width + 1);
        for (int shift = 0; shift < 4; shift++) {
            error_set(&error, KC_ERROR_LIMIT, NULL, "%.*s%s", shift, "abcd", text);
            size_t length = strlen(error.message);
            assert_true(length < sizeof error.message && length > sizeof error.message - 5);
            assert_int_equal(text_check(error.message, SIZE_MAX, false, NULL), TEXT_GOOD);
            assert_null(strchr(error.message, '?'));
        }
    }
}

static void vendor_text_is_made_printable(void **state)
{
    (void)state;
    struct kc_error error;
    error_set(&error, KC_ERROR_VENDOR, NULL, "%s", "x");
    error_set_vendor(&error, "E\x01\xFF", "line\r\nnext \xD0\x96 \xC0\x80\x1B[31m \xE2\x80\xAE!");
    assert_string_equal(error.vendor_code, "E??");
    assert_string_equal(error.vendor_text, "line??next \xD0\x96 ???[31m ?!");
    error_set_vendor(&error, "a code that is much longer than it may be, longer than the longest name of any fault",
                     NULL);
    assert_int_equal(strlen(error.vendor_code), sizeof error.vendor_code - 1);
    assert_string_equal(error.vendor_text, "");
    error_set_vendor(&error, NULL, NULL);
    assert_string_equal(error.vendor_code, "");
    char text[1000];
    memset(text, 'a', sizeof text);
    text[254] = '\xD0'; /* two bytes that begin at the last place */
    text[255] = '\x96';
    text[999] = '\0';
    error_set_vendor(&error, "1", text);
    assert_int_equal(strlen(error.vendor_text), 254);
}

static void cards_that_were_made_before_are_told(void **state)
{
    (void)state;
    static const struct {
        int32_t before, after;
    } rows[] = {{KC_OUTCOME_NOT_WRITTEN, KC_OUTCOME_WRITTEN},
                {KC_OUTCOME_WRITTEN, KC_OUTCOME_WRITTEN},
                {KC_OUTCOME_UNKNOWN, KC_OUTCOME_UNKNOWN}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct kc_error error;
        error_set(&error, KC_ERROR_NO_CARD, "encoder", "no card was there");
        error_set_vendor(&error, "EP", "no card");
        error.card_state = rows[i].before;
        error_after_cards(&error, 2, 5);
        assert_string_equal(error.message, "2 of 5 cards were made, then: no card was there");
        assert_int_equal(error.card_state, rows[i].after);
        assert_int_equal(error.code, KC_ERROR_NO_CARD);
        assert_string_equal(error.field, "encoder");
        assert_string_equal(error.vendor_code, "EP");
        assert_string_equal(error.vendor_text, "no card");
    }
}

static void quote_escapes_what_cannot_be_shown(void **state)
{
    (void)state;
    struct error_quoted quoted;
    assert_string_equal(error_quote(&quoted, "Zimmer 12 \xC3\xBC"), "Zimmer 12 \xC3\xBC");
    assert_string_equal(error_quote(&quoted, ""), "");
    assert_string_equal(error_quote(&quoted, NULL), "");
    assert_string_equal(error_quote(&quoted, "a\nb\x7F"), "a\\x0Ab\\x7F");
    assert_string_equal(error_quote(&quoted, "\xC0\x80"), "\\xC0\\x80");
    assert_string_equal(error_quote(&quoted, "\xE2\x80\xAE"), "\\xE2\\x80\\xAE");
    assert_string_equal(error_quote(&quoted, "\xED\xA0\x80"), "\\xED\\xA0\\x80");
    assert_string_equal(error_quote(&quoted, "\xD0"), "\\xD0");
}

static void quote_cuts_long_values(void **state)
{
    (void)state;
    struct error_quoted quoted;
    char value[200];
    memset(value, 'a', sizeof value);
    value[60] = '\0';
    assert_int_equal(strlen(error_quote(&quoted, value)), 60);
    value[60] = 'a';
    value[199] = '\0';
    error_quote(&quoted, value);
    assert_int_equal(strlen(quoted.text), 63);
    assert_string_equal(quoted.text + 60, "...");
}

static void quote_is_printable_for_any_bytes(void **state)
{
    (void)state;
    struct error_quoted quoted;
    uint32_t random = 1;
    char value[300];
    for (int round = 0; round < 20000; round++) {
        size_t length = random % sizeof value;
        for (size_t i = 0; i < length; i++) {
            random = random * 1664525u + 1013904223u;
            value[i] = (char)(random >> 24 | ((random & 0x300) == 0 ? 0x80u : 0));
        }
        value[length > 0 ? length - 1 : 0] = '\0';
        random = random * 1664525u + 1013904223u;
        memset(&quoted, 0xFF, sizeof quoted);
        error_quote(&quoted, value);
        assert_non_null(memchr(quoted.text, '\0', sizeof quoted.text));
        assert_int_equal(text_check(quoted.text, SIZE_MAX, false, NULL), TEXT_GOOD);
    }
    /* The widest characters, and those that grow most. */
    for (size_t i = 0; i + 4 < sizeof value; i += 4)
        memcpy(value + i, "\xF0\x9F\x98\x80", 5);
    error_quote(&quoted, value);
    assert_int_equal(text_check(quoted.text, SIZE_MAX, false, NULL), TEXT_GOOD);
    assert_string_equal(quoted.text + strlen(quoted.text) - 3, "...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_fills_everything),
        cmocka_unit_test(set_may_use_the_message_that_it_replaces),
        cmocka_unit_test(long_messages_are_cut_at_a_character),
        cmocka_unit_test(vendor_text_is_made_printable),
        cmocka_unit_test(cards_that_were_made_before_are_told),
        cmocka_unit_test(quote_escapes_what_cannot_be_shown),
        cmocka_unit_test(quote_cuts_long_values),
        cmocka_unit_test(quote_is_printable_for_any_bytes),
    };
    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
