/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a contactless card is, and where a message stands in its memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>
#include <string.h>

#include "contactless/codec.h"

#define BYTES(...)  (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})
#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* ---- Cards ----------------------------------------------------------------------------------------------------- */

static void test_kinds_of_cards(void **state)
{
    (void)state;
    assert_int_equal(card_by_sak(0x0044, 0x00).family, CARD_TYPE_2);
    assert_int_equal(card_by_sak(0x0004, 0x08).blocks, 64);
    assert_int_equal(card_by_sak(0x0002, 0x18).blocks, 256);
    assert_int_equal(card_by_sak(0x0344, 0x20).family, CARD_DESFIRE);
    assert_int_equal(card_by_sak(0x0004, 0x40).family, CARD_OTHER);
    static const uint8_t atr[] = {0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00,
                                  0x03, 0x06, 0x03, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x6A};
    assert_int_equal(card_by_atr(atr, sizeof(atr)).family, CARD_CLASSIC);
    assert_int_equal(card_by_atr(BYTES(0x3B, 0x81, 0x80, 0x01, 0x80, 0x80)).family, CARD_DESFIRE);
    for (size_t count = 0; count < sizeof(atr); count++)
        (void)card_by_atr(atr, count);
    struct card_kind kind;
    assert_int_equal(card_by_version(BYTES(0, 4, 4, 2, 1, 0, 0x0F, 3), &kind), 0);
    assert_string_equal(kind.name, "an NTAG213");
    assert_int_equal(kind.blocks * 4, 144);
    assert_int_equal(kind.dynamic_lock, 0x28);
    assert_int_equal(card_by_version(BYTES(0, 4, 4, 2, 1, 0, 0x11, 3), &kind), 0);
    assert_int_equal(kind.dynamic_lock, 0x82);
    assert_int_equal(card_by_version(BYTES(0, 4, 4, 2, 1, 0, 0x13, 3), &kind), 0);
    assert_int_equal(kind.dynamic_lock, 0xE2);
    assert_int_equal(card_by_version(BYTES(0, 4, 4, 2, 1, 0, 0x7F, 3), &kind), -1);
    assert_int_equal(card_by_version(BYTES(0, 4, 4, 2, 1, 0, 0x13), &kind), -1);
}

/* Whatever a container claims: user memory ends before the lock, configuration and key pages of the card. */
static void test_no_kind_reaches_the_lock_pages(void **state)
{
    (void)state;
    for (unsigned size = 0; size < 256; size++) {
        struct card_kind kind;
        uint8_t probe = 0;
        const uint8_t container[] = {0xE1, 0x10, (uint8_t)size, 0x00};
        if (card_by_container(container, &kind, &probe) != 0)
            continue;
        assert_true(kind.blocks + TYPE_2_FIRST_PAGE <= (kind.dynamic_lock ? kind.dynamic_lock : 16));
        assert_true(kind.blocks <= 12 || probe > 0);
    }
    assert_int_equal(card_by_probe(false).blocks, 12);
    assert_int_equal(card_by_probe(true).blocks, 36);
    struct card_kind kind;
    uint8_t probe;
    assert_int_equal(card_by_container((const uint8_t[4]){0, 0, 0x12, 0}, &kind, &probe), -1);
}

static void test_lock_bits(void **state)
{
    (void)state;
    struct card_kind kind;
    uint8_t page_2[4] = {0, 0, 0x10, 0x80}, dynamic[4] = {0};
    assert_int_equal(card_by_version(BYTES(0, 4, 4, 2, 1, 0, 0x0F, 3), &kind), 0);
    assert_true(type_2_is_locked(&kind, page_2, dynamic, 4));
    assert_false(type_2_is_locked(&kind, page_2, dynamic, 5));
    assert_true(type_2_is_locked(&kind, page_2, dynamic, 15));
    assert_false(type_2_is_locked(&kind, page_2, dynamic, 16));
    dynamic[1] = 0x01; /* pages 32 and 33 */
    assert_true(type_2_is_locked(&kind, page_2, dynamic, 33));
    assert_false(type_2_is_locked(&kind, page_2, dynamic, 34));
    kind = card_by_probe(true); /* the meaning of each bit is not known, so any counts */
    assert_true(type_2_is_locked(&kind, page_2, dynamic, 39));
}

static void test_classic_data_blocks_leave_the_trailers_out(void **state)
{
    (void)state;
    struct card_kind kind = card_by_sak(0x0004, 0x08);
    uint8_t block = 0;
    size_t n = 0;
    for (; classic_data_block(&kind, 0, n, &block) == 0; n++)
        assert_true(block != 0 && !classic_is_trailer(block));
    assert_int_equal(n, 47);
    assert_int_equal(classic_data_block(&kind, 1, 0, &block), 0);
    assert_int_equal(block, 4);
    assert_int_equal(classic_data_block(&kind, 1, 3, &block), 0);
    assert_int_equal(block, 8);
    kind = card_by_sak(0x0002, 0x18);
    for (n = 0; classic_data_block(&kind, 1, n, &block) == 0; n++)
        assert_false(classic_is_trailer(block));
    assert_int_equal(n, 31 * 3 + 8 * 15);
    assert_int_equal(block, 254);
    assert_int_equal(classic_sector(255), 39);
    assert_int_equal(classic_data_block(&kind, 40, 0, &block), -1);
}

/* ---- Memory ---------------------------------------------------------------------------------------------------- */

static void test_messages_in_memory(void **state)
{
    (void)state;
    static const uint8_t lock_control[] = {0x01, 0x03, 0xA0, 0x0C, 0x34, 0x03, 0x00, 0xFE};
    uint8_t message[600];
    struct area area, again;
    memset(message, 0x5A, sizeof(message));
    assert_int_equal(area_compose(lock_control, sizeof(lock_control), message, 3, &area), 0);
    assert_int_equal(area.length, 5 + 2 + 3 + 1);
    assert_memory_equal(area.bytes, "\x01\x03\xA0\x0C\x34\x03\x03\x5A\x5A\x5A\xFE", area.length);
    assert_int_equal(area.marker, 6);
    assert_int_equal(area_compose(NULL, 0, message, 254, &area), 0);
    assert_memory_equal(area.bytes, "\x03\xFE\x5A", 3);
    assert_int_equal(area_compose(NULL, 0, message, 255, &area), 0);
    assert_memory_equal(area.bytes, "\x03\xFF\x00\xFF\x5A", 5);
    assert_int_equal(area_parse(area.bytes, area.length, &again), 0);
    assert_int_equal(again.message_length, 255);
    assert_int_equal(again.message, 4);
    memset(area.bytes + area.marker, 0, area.marker_length); /* without its marker there is none */
    assert_int_equal(area_parse(area.bytes, area.length, &again), 0);
    assert_int_equal(again.message_length, 0);
    assert_int_equal(area_compose(NULL, 0, message, 0, &area), -1);
    assert_int_equal(area_compose(NULL, 0, message, AREA_MOST, &area), -1);
    assert_int_equal(area_compose_file(message, 3, &area), 0);
    assert_memory_equal(area.bytes, "\x00\x03\x5A\x5A\x5A", 5);
    assert_int_equal(area_parse_file(area.bytes, 5, &again), 0);
    assert_int_equal(again.message_length, 3);
    assert_int_equal(area_parse_file(area.bytes, 4, &again), -1);
    assert_int_equal(area_compose_raw(message, 40, 16, &area), 0);
    assert_int_equal(area.marker_length, 16);
    assert_int_equal(area.length, 40);
}

static void test_damaged_memory_is_bounded(void **state)
{
    (void)state;
    struct area area;
    static const struct {
        uint8_t bytes[6];
        size_t count;
        int result;
    } rows[] = {
        {{0x03, 0x05, 1, 2, 3}, 5, -1},      {{0x03, 0x04, 1, 2, 3}, 5, -1}, {{0x03, 0xFF, 0x00, 0x02, 1}, 5, -1},
        {{0x03, 0xFF, 0xFF, 0xFF}, 4, -1},   {{0x03, 0xFF, 0x00}, 3, -1},    {{0x01}, 1, -1},
        {{0x00, 0x00, 0xFE, 0x03, 9}, 5, 0}, {{0x03, 0x00, 0xFE}, 3, 0},     {{0, 0, 0, 0}, 4, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(area_parse(rows[i].bytes, rows[i].count, &area), rows[i].result);
        assert_int_equal(area.message_length, 0);
        const uint8_t one = 1; /* damaged ones are not kept */
        assert_int_equal(area_compose(rows[i].bytes, rows[i].count, &one, 1, &area), 0);
        assert_int_equal(area.length, 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds_of_cards),     cmocka_unit_test(test_no_kind_reaches_the_lock_pages),
        cmocka_unit_test(test_lock_bits),          cmocka_unit_test(test_classic_data_blocks_leave_the_trailers_out),
        cmocka_unit_test(test_messages_in_memory), cmocka_unit_test(test_damaged_memory_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
