/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Open keys on contactless cards: as the document says, and nothing else. */
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

static int32_t read_message(const struct vector *vector, const uint8_t *message, size_t size, struct kc_error *error)
{
    struct open_key key = {.kind = -1};
    int32_t status = open_key_read_card(&vector->site, message, size, vector->uid, vector->uid_size, &key, error);
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
        uint8_t message[OPEN_KEY_MESSAGE_MOST];
        size_t size = 0;
        struct open_key key;
        if (!vector->is_card)
            continue;
        assert_int_equal(
            open_key_write_card(&vector->site, &vector->key, vector->uid, vector->uid_size, message, &size, NULL),
            KC_OK);
        assert_int_equal(size, vector->message_size);
        assert_memory_equal(message, vector->message, size);
        assert_int_equal(open_key_read_card(&vector->site, message, size, vector->uid, vector->uid_size, &key, NULL),
                         KC_OK);
        assert_same_key(&key, &vector->key);
    }
}

static void test_every_flipped_bit_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < vector_count; i++) {
        const struct vector *vector = &vectors[i];
        uint8_t message[OPEN_KEY_MESSAGE_MOST];
        memcpy(message, vector->message, sizeof(message));
        for (size_t bit = 0; bit < 8 * vector->message_size; bit++) {
            struct kc_error error = {0};
            message[bit / 8] ^= (uint8_t)(1u << bit % 8);
            int32_t status = read_message(vector, message, vector->message_size, &error);
            assert_true(status == KC_ERROR_CARD_FORMAT || status == KC_ERROR_NOT_AUTHENTIC ||
                        status == KC_ERROR_OTHER_SITE);
            message[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void test_no_other_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < vector_count; i++) {
        uint8_t message[OPEN_KEY_MESSAGE_MOST + 1] = {0};
        memcpy(message, vectors[i].message, vectors[i].message_size);
        for (size_t size = 0; vectors[i].is_card && size <= vectors[i].message_size + 1; size++)
            assert_int_equal(read_message(&vectors[i], message, size, NULL),
                             size == vectors[i].message_size ? KC_OK : KC_ERROR_CARD_FORMAT);
    }
}

static void test_copies_and_other_sites(void **state)
{
    (void)state;
    struct vector vector = *vector_of(vectors, true);
    struct kc_error error = {0};
    for (size_t bit = 0; bit < 8 * vector.uid_size; bit++) { /* the same bytes on another card */
        vector.uid[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(read_message(&vector, vector.message, vector.message_size, &error), KC_ERROR_NOT_AUTHENTIC);
        assert_non_null(strstr(error.message, "copied"));
        vector.uid[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    vector.uid_size--;
    assert_int_equal(read_message(&vector, vector.message, vector.message_size, &error), KC_ERROR_NOT_AUTHENTIC);
    vector.uid_size = OPEN_KEY_UID_LEAST - 1;
    assert_int_equal(read_message(&vector, vector.message, vector.message_size, &error), KC_ERROR_CARD_FORMAT);
    vector.uid_size = vector_of(vectors, true)->uid_size;
    vector.site.key[31] ^= 1;
    assert_int_equal(read_message(&vector, vector.message, vector.message_size, &error), KC_ERROR_NOT_AUTHENTIC);
    vector.site.number++;
    assert_int_equal(read_message(&vector, vector.message, vector.message_size, &error), KC_ERROR_OTHER_SITE);
    assert_string_equal(error.message, "The key on the card is that of site 7, not of site 8.");
}

/* ---- Well authenticated, and still not one --------------------------------------------------------------------- */

/* A message around any body, with the right tag. */
static size_t wrap(const struct vector *vector, const uint8_t *body, size_t size, uint8_t *message)
{
    uint8_t mac[OPEN_KEY_MAC];
    size_t at = 15;
    assert_true(open_key_mac(&vector->site, vector->uid, vector->uid_size, body, size, mac));
    assert_true(size >= 24 && size < 200);
    memcpy(message, vector->message, at);
    message[at++] = 0x82;
    message[at++] = 0x58;
    message[at++] = (uint8_t)size;
    memcpy(message + at, body, size);
    at += size;
    message[at++] = 0x50;
    memcpy(message + at, mac, OPEN_KEY_TAG);
    at += OPEN_KEY_TAG;
    message[2] = (uint8_t)(at - 15);
    return at;
}

/* The body of the first vector, with `count` bytes at `at` replaced by others. */
static int32_t read_with(size_t at, size_t count, const char *other, size_t other_size)
{
    const struct vector *vector = vector_of(vectors, true);
    uint8_t body[256], message[300];
    const uint8_t *good = vector->message + 18;
    size_t size = vector->message[17];
    assert_true(at + count <= size);
    memcpy(body, good, at);
    memcpy(body + at, other, other_size);
    memcpy(body + at + other_size, good + at + count, size - at - count);
    return read_message(vector, message, wrap(vector, body, size - count + other_size, message), NULL);
}

#define WITH(at, count, other) read_with(at, count, other, sizeof(other) - 1)

/* 89 | 01 | 01 | 07 | 1a seq4 | 50 issue16 | 1a from4 | 1a until4 | 81 63 "101" | 00 */
enum {
    AT_VERSION = 1,
    AT_KIND = 2,
    AT_SITE = 3,
    AT_SEQUENCE = 4,
    AT_ISSUE = 9,
    AT_FROM = 26,
    AT_UNTIL = 31,
    AT_ROOMS = 36,
    AT_AREAS = 41
};

static void test_other_forms_of_the_same(void **state)
{
    (void)state;
    assert_int_equal(WITH(AT_VERSION, 1, "\x01"), KC_OK);
    assert_int_equal(WITH(AT_VERSION, 1, "\x18\x01"), KC_ERROR_CARD_FORMAT); /* longer than needed */
    assert_int_equal(WITH(AT_SITE, 1, "\x19\x00\x07"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(WITH(AT_AREAS, 1, "\x1b\0\0\0\0\0\0\0\0"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(WITH(AT_ROOMS, 1, "\x98\x01"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(WITH(AT_ROOMS, 5, "\x9f\x63\x31\x30\x31\xff"), KC_ERROR_CARD_FORMAT); /* indefinite */
    assert_int_equal(WITH(AT_ROOMS + 1, 4, "\x7f\x63\x31\x30\x31\xff"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(WITH(AT_ROOMS + 1, 1, "\x43"), KC_ERROR_CARD_FORMAT); /* bytes, not text */
    assert_int_equal(WITH(AT_AREAS, 1, "\xc0\x00"), KC_ERROR_CARD_FORMAT); /* tagged */
    assert_int_equal(WITH(AT_AREAS, 1, "\x00\x00"), KC_ERROR_CARD_FORMAT); /* more behind it */
    assert_int_equal(WITH(AT_AREAS, 1, ""), KC_ERROR_CARD_FORMAT);
}

static void test_values_out_of_range(void **state)
{
    (void)state;
    assert_int_equal(WITH(AT_VERSION, 1, "\x00"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(WITH(AT_VERSION, 1, "\x02"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(WITH(AT_KIND, 1, "\x00"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(WITH(AT_KIND, 1, "\x04"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(WITH(AT_SITE, 1, "\x08"), KC_ERROR_OTHER_SITE);
    assert_int_equal(WITH(AT_SITE, 1, "\x1a\x00\x01\x00\x00"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(WITH(AT_SEQUENCE, 5, "\x00"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(WITH(AT_SEQUENCE, 5, "\x1b\0\0\0\1\0\0\0\0"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(WITH(AT_SEQUENCE, 5, "\x1b\xff\xff\xff\xff\xff\xff\xff\xff"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(WITH(AT_SEQUENCE, 5, "\x20"), KC_ERROR_CARD_FORMAT); /* negative */
    assert_int_equal(WITH(AT_ISSUE, 2, "\x4f"), KC_ERROR_CARD_FORMAT);    /* 15 bytes */
    assert_int_equal(WITH(AT_ISSUE, 1, "\x5b\xff\xff\xff\xff\xff\xff\xff\xff"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(WITH(AT_FROM, 5, "\x00"), KC_OK);
    assert_int_equal(WITH(AT_UNTIL, 5, "\x01"), KC_ERROR_CARD_FORMAT); /* before it starts */
    assert_int_equal(WITH(AT_UNTIL, 5, "\x1a\xff\xff\xff\xff"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(WITH(AT_ROOMS, 5, "\x80"), KC_ERROR_CARD_FORMAT); /* none */
    assert_int_equal(WITH(AT_ROOMS, 5, "\x9b\xff\xff\xff\xff\xff\xff\xff\xff"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(WITH(AT_ROOMS, 5, "\x81\x60"), KC_ERROR_CARD_FORMAT); /* without a name */
    assert_int_equal(WITH(AT_ROOMS, 5, "\x81\x63\x31\x00\x31"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(WITH(AT_ROOMS, 5, "\x81\x63\x31\x0a\x31"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(WITH(AT_ROOMS, 5, "\x81\x63\x31\xc3\xa4"), KC_ERROR_CARD_FORMAT); /* no ASCII */
    assert_int_equal(WITH(AT_ROOMS, 5, "\x82\x61\x31\x61\x31"), KC_ERROR_CARD_FORMAT); /* twice */
    assert_int_equal(WITH(AT_ROOMS, 5, "\x82\x61\x31\x61\x32"), KC_OK);
    assert_int_equal(WITH(AT_ROOMS, 5,
                          "\x81\x75"
                          "123456789012345678901"),
                     KC_ERROR_CARD_FORMAT);
    assert_int_equal(WITH(AT_ROOMS, 5,
                          "\x81\x74"
                          "12345678901234567890"),
                     KC_OK);
    assert_int_equal(WITH(0, 1, "\x88"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(WITH(0, 1, "\x8a"), KC_ERROR_CARD_FORMAT);
    assert_int_equal(WITH(0, 1, "\xa9"), KC_ERROR_CARD_FORMAT);
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

static int32_t write_card(const struct open_key *key, struct kc_error *error)
{
    const struct vector *vector = vector_of(vectors, true);
    uint8_t message[OPEN_KEY_MESSAGE_MOST];
    size_t size = 0;
    return open_key_write_card(&vector->site, key, vector->uid, vector->uid_size, message, &size, error);
}

static void test_what_does_not_fit(void **state)
{
    (void)state;
    struct open_key key = vector_of(vectors, true)->key;
    struct kc_error error = {0};
    for (key.room_count = 0; key.room_count < 8; key.room_count++)
        snprintf(key.rooms[key.room_count], sizeof(key.rooms[0]), "a long name of lock%zu", key.room_count);
    assert_int_equal(write_card(&key, &error), KC_OK); /* 8 times 20 bytes and one more each */
    snprintf(key.rooms[key.room_count++], sizeof(key.rooms[0]), "seven..");
    assert_int_equal(write_card(&key, &error), KC_OK);
    snprintf(key.rooms[key.room_count - 1], sizeof(key.rooms[0]), "eight...");
    assert_int_equal(write_card(&key, &error), KC_ERROR_LIMIT);
    assert_string_equal(error.message,
                        "The names of the 9 locks need 177 bytes, and a key has room for 176. Name fewer, "
                        "or map them to shorter names.");
    key.room_count = 0;
    assert_int_equal(write_card(&key, &error), KC_ERROR_NO_ROOM);
    key = vector_of(vectors, true)->key;
    key.until_utc++;
    assert_int_equal(write_card(&key, &error), KC_ERROR_LIMIT);
    key.until_utc = key.from_utc;
    assert_int_equal(write_card(&key, &error), KC_ERROR_INVALID_ARGUMENT);
    key.until_utc = 4102444800;
    assert_int_equal(write_card(&key, &error), KC_ERROR_LIMIT);
    key = vector_of(vectors, true)->key;
    key.sequence = 0;
    assert_int_equal(write_card(&key, &error), KC_ERROR_SYSTEM);
    key.sequence = 1781510400;
    key.kind = KC_KIND_MOBILE;
    assert_int_equal(write_card(&key, &error), KC_ERROR_NOT_OFFERED);
}

static void test_cards_without_a_number_of_their_own(void **state)
{
    (void)state;
    const struct vector *vector = vector_of(vectors, true);
    uint8_t uid[OPEN_KEY_UID_MOST + 1] = {0x08, 1, 2, 3, 4, 5, 6}, message[OPEN_KEY_MESSAGE_MOST];
    size_t size = 0;
    for (size_t uid_size = 0; uid_size <= sizeof(uid); uid_size++) {
        int32_t status = open_key_write_card(&vector->site, &vector->key, uid, uid_size, message, &size, NULL);
        assert_int_equal(status, uid_size < 4 || uid_size > 16 ? KC_ERROR_INVALID_ARGUMENT
                                 : uid_size == 4               ? KC_ERROR_CARD
                                                               : KC_OK);
    }
}

/* ---- Requests ---------------------------------------------------------------------------------------------------- */

static const char *const rooms[] = {"101", "102"};
static const char *const areas[] = {"1", "64"};

static struct driver_request request(int32_t verb)
{
    return (struct driver_request){.verb = verb,
                                   .operation = "01975f6e-8c00-7123-8456-0123456789ab",
                                   .sequence = 1781510400,
                                   .from = {.utc = 1781524825},
                                   .until = {.utc = 1781773200},
                                   .rooms = {rooms, 2},
                                   .areas = {areas, 2}};
}

static void test_a_request_becomes_a_key(void **state)
{
    (void)state;
    struct driver_request wanted = request(KC_VERB_REISSUE);
    struct open_key key, expected = {.kind = KC_KIND_ORIGINAL,
                                     .sequence = 1781510400,
                                     .issue = vector_of(vectors, true)->key.issue,
                                     .from_utc = 1781524800,
                                     .until_utc = 1781773200,
                                     .room_count = 2,
                                     .rooms = {"101", "102"},
                                     .areas = UINT64_C(1) << 63 | 1};
    assert_int_equal(open_key_check_card(&wanted, NULL), KC_OK);
    assert_int_equal(open_key_from_request(&wanted, &key, NULL), KC_OK);
    assert_same_key(&key, &expected);
    wanted.verb = KC_VERB_ISSUE_DUPLICATE;
    assert_int_equal(open_key_from_request(&wanted, &key, NULL), KC_OK);
    assert_int_equal(key.kind, KC_KIND_DUPLICATE);
    wanted.verb = KC_VERB_ISSUE_ONE_SHOT;
    assert_int_equal(open_key_from_request(&wanted, &key, NULL), KC_OK);
    assert_int_equal(key.kind, KC_KIND_ONE_SHOT);
    struct arena arena = {0};
    struct strings room_names, area_names;
    assert_int_equal(open_key_lists(&key, &arena, &room_names, &area_names), 0);
    assert_int_equal(room_names.count, 2);
    assert_string_equal(room_names.items[1], "102");
    assert_int_equal(area_names.count, 2);
    assert_string_equal(area_names.items[1], "64");
    arena_free(&arena);
}

static void test_requests_that_make_no_key(void **state)
{
    (void)state;
    struct kc_error error = {0};
    struct driver_request wanted = request(KC_VERB_CHECK_OUT);
    struct open_key key;
    assert_int_equal(open_key_check_card(&wanted, &error), KC_ERROR_NOT_OFFERED);
    static const char *const bad_areas[] = {"0", "65", "-1", "01", "spa", "", "4294967297"};
    for (size_t i = 0; i < sizeof(bad_areas) / sizeof(bad_areas[0]); i++) {
        wanted = request(KC_VERB_ISSUE_ORIGINAL);
        wanted.areas = (struct strings){&bad_areas[i], 1};
        assert_int_equal(open_key_check_card(&wanted, &error), KC_ERROR_UNKNOWN_AREA);
        assert_int_equal(open_key_from_request(&wanted, &key, &error), KC_ERROR_UNKNOWN_AREA);
        assert_string_equal(error.field, "areas");
    }
    static const char *const bad_rooms[] = {"", "a name longer than 20", "Zimmer \xc3\xbc", "1\n2"};
    for (size_t i = 0; i < sizeof(bad_rooms) / sizeof(bad_rooms[0]); i++) {
        wanted = request(KC_VERB_ISSUE_ORIGINAL);
        wanted.rooms = (struct strings){&bad_rooms[i], 1};
        assert_int_equal(open_key_check_card(&wanted, &error), KC_ERROR_LIMIT);
        assert_string_equal(error.field, "rooms");
    }
    wanted = request(KC_VERB_ISSUE_ONE_SHOT);
    wanted.until = (struct moment){.utc = 0};
    assert_int_equal(open_key_check_card(&wanted, &error), KC_ERROR_INVALID_ARGUMENT);
    wanted = request(KC_VERB_ISSUE_ORIGINAL);
    wanted.operation = "";
    assert_int_equal(open_key_from_request(&wanted, &key, &error), KC_ERROR_INVALID_ARGUMENT);
}

static void test_options_of_a_site(void **state)
{
    (void)state;
    const struct vector *vector = vector_of(vectors, true);
    struct open_key_site site = {0};
    struct kc_error error = {0};
    static const char *const numbers[] = {"", "0", "-7", "07", "7 ", "65536", "99999999999999999999"};
    char key[70];
    assert_int_equal(open_key_site_read("7", vector->site_key, &site, NULL), KC_OK);
    assert_memory_equal(&site, &vector->site, sizeof(site));
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        assert_int_equal(open_key_site_read(numbers[i], vector->site_key, &site, &error), KC_ERROR_INVALID_ARGUMENT);
        assert_string_equal(error.field, "site-number");
    }
    for (int length = 0; length < 64; length++) {
        snprintf(key, sizeof(key), "%.*s", length, vector->site_key);
        assert_int_equal(open_key_site_read("7", key, &site, &error), KC_ERROR_INVALID_ARGUMENT);
        assert_string_equal(error.field, "site-key");
        assert_true(length < 8 || !strstr(error.message, key));
    }
    snprintf(key, sizeof(key), "%s0", vector->site_key);
    assert_int_equal(open_key_site_read("7", key, &site, &error), KC_ERROR_INVALID_ARGUMENT);
    key[64] = '\0';
    key[63] = 'g';
    assert_int_equal(open_key_site_read("7", key, &site, &error), KC_ERROR_INVALID_ARGUMENT);
    open_key_site_wipe(&site);
    assert_int_equal(site.number, 0);
}

/* ---- The verifier of keycard.h ------------------------------------------------------------------------------------
 */

static int32_t check_card(const struct vector *vector, const uint8_t *message, size_t size, kc_open_key **key)
{
    return kc_open_key_check_card((int32_t)vector->site.number, vector->site.key, sizeof(vector->site.key), vector->uid,
                                  vector->uid_size, message, size, key);
}

static void test_the_verifier_says_what_the_key_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < vector_count; i++) {
        const struct open_key *expected = &vectors[i].key;
        char issue[UUID_TEXT_SIZE] = "";
        kc_open_key *key = NULL;
        if (!vectors[i].is_card)
            continue;
        assert_int_equal(check_card(&vectors[i], vectors[i].message, vectors[i].message_size, &key), KC_OK);
        if (!uuid_is_nil(&expected->issue))
            uuid_format(&expected->issue, issue);
        assert_int_equal(kc_open_key_get_kind(key), expected->kind);
        assert_true(kc_open_key_get_sequence(key) == expected->sequence);
        assert_string_equal(kc_open_key_get_issue(key), issue);
        assert_true(kc_open_key_get_from(key) == expected->from_utc);
        assert_true(kc_open_key_get_until(key) == expected->until_utc);
        assert_int_equal(kc_open_key_get_room_count(key), expected->room_count);
        for (size_t room = 0; room < expected->room_count; room++)
            assert_string_equal(kc_open_key_get_room(key, (int32_t)room), expected->rooms[room]);
        assert_string_equal(kc_open_key_get_room(key, (int32_t)expected->room_count), "");
        assert_string_equal(kc_open_key_get_room(key, -1), "");
        for (int32_t area = 1; area <= OPEN_KEY_AREAS; area++)
            assert_int_equal(kc_open_key_has_area(key, area), expected->areas >> (area - 1) & 1);
        assert_int_equal(kc_open_key_has_area(key, 0), 0);
        assert_int_equal(kc_open_key_has_area(key, 65), 0);
        assert_ptr_equal(kc_open_key_ref(key), key);
        assert_null(kc_open_key_unref(key));
        assert_int_equal(kc_open_key_get_kind(key), expected->kind);
        assert_null(kc_open_key_unref(key));
    }
}

static void test_the_verifier_says_why_not(void **state)
{
    (void)state;
    struct vector vector = *vector_of(vectors, true);
    kc_open_key *key = NULL;
    assert_int_equal(check_card(&vector, vector.message, vector.message_size - 1, &key), KC_ERROR_CARD_FORMAT);
    assert_int_equal(check_card(&vector, vector.message, 0, &key), KC_ERROR_CARD_FORMAT);
    vector.message[vector.message_size - 1] ^= 1;
    assert_int_equal(check_card(&vector, vector.message, vector.message_size, &key), KC_ERROR_NOT_AUTHENTIC);
    vector.message[vector.message_size - 1] ^= 1;
    vector.site.number = 8;
    assert_int_equal(check_card(&vector, vector.message, vector.message_size, &key), KC_ERROR_OTHER_SITE);
    vector.site.number = 0;
    assert_int_equal(check_card(&vector, vector.message, vector.message_size, &key), KC_ERROR_INVALID_ARGUMENT);
    assert_null(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_every_flipped_bit_is_refused),
        cmocka_unit_test(test_no_other_length),
        cmocka_unit_test(test_copies_and_other_sites),
        cmocka_unit_test(test_other_forms_of_the_same),
        cmocka_unit_test(test_values_out_of_range),
        cmocka_unit_test(test_what_does_not_fit),
        cmocka_unit_test(test_cards_without_a_number_of_their_own),
        cmocka_unit_test(test_a_request_becomes_a_key),
        cmocka_unit_test(test_requests_that_make_no_key),
        cmocka_unit_test(test_options_of_a_site),
        cmocka_unit_test(test_the_verifier_says_what_the_key_says),
        cmocka_unit_test(test_the_verifier_says_why_not),
    };
    return cmocka_run_group_tests(tests, read_vectors, NULL);
}
