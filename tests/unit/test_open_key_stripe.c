/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Open keys on track 2: as the document says, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "driver.h"
#include "open_key/values.h"
#include "open_key_vectors.h"

static struct vector vectors[VECTORS_MOST];
static size_t vector_count;

static int read_vectors(void **state)
{
    (void)state;
    vector_count = vectors_read(vectors);
    return 0;
}

static int32_t read_digits(const struct vector *vector, const char *digits, struct kc_error *error)
{
    struct open_key key = {.kind = -1};
    int32_t status = open_key_read_stripe(&vector->site, digits, &key, error);
    if (status != KC_OK) {
        assert_int_equal(key.kind, -1); /* untouched */
        assert_true(!error || error->message[0]);
    }
    return status;
}

static void test_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < vector_count; i++) {
        const struct vector *vector = &vectors[i];
        char digits[OPEN_KEY_STRIPE_LENGTH + 1] = "";
        struct open_key key;
        if (vector->is_card)
            continue;
        assert_int_equal(open_key_write_stripe(&vector->site, &vector->key, digits, NULL), KC_OK);
        assert_string_equal(digits, vector->digits);
        assert_int_equal(open_key_read_stripe(&vector->site, digits, &key, NULL), KC_OK);
        assert_same_key(&key, &vector->key);
    }
}

static void test_every_other_character_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < vector_count; i++) {
        char digits[OPEN_KEY_STRIPE_LENGTH + 1];
        memcpy(digits, vectors[i].digits, sizeof(digits));
        for (size_t at = 0; !vectors[i].is_card && at < OPEN_KEY_STRIPE_LENGTH; at++) {
            for (int other = 0; other < 256; other++) {
                struct kc_error error = {0};
                digits[at] = (char)other;
                int32_t status = read_digits(&vectors[i], digits, &error);
                if (digits[at] == vectors[i].digits[at])
                    assert_int_equal(status, KC_OK);
                else if (other < '0' || other > '9' || (at == 0 && (other == '0' || other > '3')))
                    assert_int_equal(status, KC_ERROR_CARD_FORMAT);
                else
                    assert_int_equal(status, KC_ERROR_NOT_AUTHENTIC);
            }
            digits[at] = vectors[i].digits[at];
        }
    }
}

static void test_no_other_length(void **state)
{
    (void)state;
    const struct vector *vector = vector_of(vectors, false);
    char digits[OPEN_KEY_STRIPE_LENGTH + 3];
    for (int length = 0; length < OPEN_KEY_STRIPE_LENGTH; length++) {
        snprintf(digits, sizeof(digits), "%.*s", length, vector->digits);
        assert_int_equal(read_digits(vector, digits, NULL), KC_ERROR_CARD_FORMAT);
    }
    snprintf(digits, sizeof(digits), "%s0", vector->digits);
    assert_int_equal(read_digits(vector, digits, NULL), KC_ERROR_CARD_FORMAT);
    snprintf(digits, sizeof(digits), ";%s?", vector->digits); /* sentinels are the device's */
    assert_int_equal(read_digits(vector, digits, NULL), KC_ERROR_CARD_FORMAT);
}

static void test_other_sites(void **state)
{
    (void)state;
    struct vector vector = *vector_of(vectors, false);
    vector.site.number++;
    assert_int_equal(read_digits(&vector, vector.digits, NULL), KC_ERROR_NOT_AUTHENTIC);
    vector.site.number--;
    vector.site.key[0] ^= 0x80;
    assert_int_equal(read_digits(&vector, vector.digits, NULL), KC_ERROR_NOT_AUTHENTIC);
}

/* Well authenticated, and still none: the digits of the first vector with others from `at` on. */
static int32_t read_with(size_t at, const char *other)
{
    const struct vector *vector = vector_of(vectors, false);
    char digits[OPEN_KEY_STRIPE_LENGTH + 1];
    uint8_t mac[OPEN_KEY_MAC];
    uint64_t tag = 0;
    memcpy(digits, vector->digits, sizeof(digits));
    memcpy(digits + at, other, strlen(other));
    assert_true(open_key_mac(&vector->site, NULL, 0, (const uint8_t *)digits, 28, mac));
    for (size_t i = 0; i < 8; i++)
        tag = tag << 8 | mac[i];
    snprintf(digits + 28, 10, "%09u", (unsigned)(tag % 1000000000));
    return read_digits(vector, digits, NULL);
}

static void test_values_out_of_range(void **state)
{
    (void)state;
    /* 1 form | 9 sequence | 6 until | 5 duration | 5 room | 2 areas */
    assert_int_equal(read_with(0, "1"), KC_OK);
    assert_int_equal(read_with(0, "4"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(read_with(1, "000000000"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(read_with(10, "000000"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(read_with(10, "00000100002"), KC_ERROR_CARD_FORMAT); /* starts before 2020 */
    assert_int_equal(read_with(10, "00000300002"), KC_OK);
    assert_int_equal(read_with(21, "00000"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(read_with(26, "63"), KC_OK);
    assert_int_equal(read_with(26, "64"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(read_with(26, "99"), KC_ERROR_CARD_FORMAT);
}

static int32_t write_stripe(const struct open_key *key, struct kc_error *error)
{
    char digits[OPEN_KEY_STRIPE_LENGTH + 1];
    return open_key_write_stripe(&vector_of(vectors, false)->site, key, digits, error);
}

static void test_what_does_not_fit(void **state)
{
    (void)state;
    const struct open_key good = vector_of(vectors, false)->key;
    struct kc_error error = {0};
    struct open_key key = good;
    static const char *const rooms[] = {"0", "0101", "100000", "12a", "+5", " 1"};
    for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        snprintf(key.rooms[0], sizeof(key.rooms[0]), "%s", rooms[i]);
        assert_int_equal(write_stripe(&key, &error), KC_ERROR_LIMIT);
        assert_non_null(strstr(error.message, rooms[i]));
    }
    key = good;
    snprintf(key.rooms[key.room_count++], sizeof(key.rooms[0]), "102");
    assert_int_equal(write_stripe(&key, &error), KC_ERROR_LIMIT);
    assert_string_equal(error.message, "2 rooms are more than the one that a stripe has room for.");
    key = good;
    key.areas = 64;
    assert_int_equal(write_stripe(&key, &error), KC_ERROR_LIMIT);
    assert_string_equal(error.message, "A stripe has room for the areas 1 to 6 only.");
    key = good;
    key.until_utc += 60;
    assert_int_equal(write_stripe(&key, &error), KC_ERROR_LIMIT);
    key = good;
    key.from_utc += 60;
    assert_int_equal(write_stripe(&key, &error), KC_ERROR_LIMIT);
    assert_string_equal(error.field, "from");
    key = good;
    key.until_utc = OPEN_KEY_EPOCH + INT64_C(1000000) * 900;
    assert_int_equal(write_stripe(&key, &error), KC_ERROR_LIMIT);
    key.until_utc -= 900;
    assert_int_equal(write_stripe(&key, &error), KC_ERROR_LIMIT); /* a stay of 22 years */
    assert_string_equal(error.message, "A stripe has room for a stay of 1041 days.");
    key.from_utc = 0;
    assert_int_equal(write_stripe(&key, &error), KC_OK);
    key = good;
    key.sequence = OPEN_KEY_EPOCH + 1000000000;
    assert_int_equal(write_stripe(&key, &error), KC_ERROR_LIMIT);
}

static void test_requests(void **state)
{
    (void)state;
    static const char *const room[] = {"101"}, *const area[] = {"7"};
    struct driver_request wanted = {
        .verb = KC_VERB_ISSUE_ORIGINAL, .until = {.utc = 1781773200}, .rooms = {room, 1}, .areas = {area, 0}};
    struct kc_error error = {0};
    assert_int_equal(open_key_check_stripe(&wanted, &error), KC_OK);
    wanted.areas.count = 1;
    assert_int_equal(open_key_check_stripe(&wanted, &error), KC_ERROR_LIMIT);
    wanted.areas.count = 0;
    wanted.until.utc += 60;
    assert_int_equal(open_key_check_stripe(&wanted, &error), KC_ERROR_LIMIT);
    assert_string_equal(error.field, "until");
}

static void test_the_verifier(void **state)
{
    (void)state;
    const struct vector *vector = vector_of(vectors, false);
    const int32_t site = (int32_t)vector->site.number;
    char digits[OPEN_KEY_STRIPE_LENGTH + 1];
    kc_open_key *key = NULL;
    memcpy(digits, vector->digits, sizeof(digits));
    assert_int_equal(kc_open_key_check_stripe(site, vector->site.key, 32, digits, &key), KC_OK);
    assert_true(kc_open_key_get_sequence(key) == vector->key.sequence);
    assert_string_equal(kc_open_key_get_room(key, 0), vector->key.rooms[0]);
    assert_string_equal(kc_open_key_get_issue(key), "");
    key = kc_open_key_unref(key);
    digits[36] = digits[36] == '0' ? '1' : '0';
    assert_int_equal(kc_open_key_check_stripe(site, vector->site.key, 32, digits, &key), KC_ERROR_NOT_AUTHENTIC);
    assert_int_equal(kc_open_key_check_stripe(site, vector->site.key, 32, "", &key), KC_ERROR_CARD_FORMAT);
    assert_int_equal(kc_open_key_check_stripe(0, vector->site.key, 32, digits, &key), KC_ERROR_INVALID_ARGUMENT);
    assert_null(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_every_other_character_is_refused),
        cmocka_unit_test(test_no_other_length),
        cmocka_unit_test(test_other_sites),
        cmocka_unit_test(test_values_out_of_range),
        cmocka_unit_test(test_what_does_not_fit),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_the_verifier),
    };
    return cmocka_run_group_tests(tests, read_vectors, NULL);
}
