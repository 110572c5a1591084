/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers of the industry standard family: cards that were read, mobile keys, and those that make no sense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "industry_bytes.h"

static int parse_card(const struct industry_dialect *dialect, struct buf *memory, const char *fields,
                      struct industry_card *card)
{
    struct industry_frame frame;
    split_text(memory, fields, &frame);
    return industry_card_parse(dialect, &frame, card);
}

static void test_read_guest_card(void **state)
{
    (void)state;
    struct industry_card card;
    struct buf memory, again;
    static const char fields[] = "|LT|1|101|102|||CI|I|1d}|1455051114|14201114|Ann|";
    buf_init(&memory);
    buf_init(&again);
    assert_int_equal(parse_card(&industry_salto, &memory, fields, &card), 0);
    assert_int_equal(card.kind, INDUSTRY_CARD_GUEST);
    assert_true(industry_field_is(card.encoder, "1"));
    assert_true(industry_field_is(card.rooms[0], "101"));
    assert_true(industry_field_is(card.rooms[1], "102"));
    assert_int_equal(card.rooms[2].length, 0);
    assert_false(card.checked_out);
    assert_int_equal(card.copy, 'I');
    assert_true(card.areas == (INDUSTRY_AREA(1) | INDUSTRY_AREA(13) | INDUSTRY_AREA(62)));
    assert_false(card.unknown_areas);
    assert_int_equal(card.start_digits, 10);
    assert_int_equal(card.start.minute, 55);
    assert_int_equal(card.expiry_digits, 8);
    assert_int_equal(card.expiry.hour, 14);
    assert_int_equal(card.expiry.day, 20);
    assert_true(industry_field_is(card.operator_name, "Ann"));
    assert_int_equal(industry_card_encode(&industry_salto, &card, &trim, &again), 0);
    assert_bytes(&again, memory.data, memory.length);

    /* checked out, no areas, no operator, and a room that is called like a code */
    assert_int_equal(parse_card(&industry_salto, &memory, "|LT|1|LM||||CO|0||1455051114|1420201114|", &card), 0);
    assert_int_equal(card.kind, INDUSTRY_CARD_GUEST);
    assert_true(industry_field_is(card.rooms[0], "LM"));
    assert_true(card.checked_out);
    assert_true(card.areas == 0);
    /* an authorisation that does not exist is told, and the rest is kept */
    assert_int_equal(parse_card(&industry_salto, &memory, "|LT|1|101||||CI|0|1A|1455051114|1420201114|", &card), 0);
    assert_true(card.unknown_areas && card.areas == INDUSTRY_AREA(1));
    /* Onity: the serial number in field 12 */
    assert_int_equal(
        parse_card(&industry_onity, &memory, "|LT|1|101||||CI|4|18|14051114|14201114|Ann|2F45A2C3|", &card), 0);
    assert_true(industry_field_is(card.serial, "2F45A2C3"));
    buf_free(&memory);
    buf_free(&again);
}

static void test_read_other_cards(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        enum industry_card_kind kind;
    } codes[] = {{"LM", INDUSTRY_CARD_STAFF},
                 {"LR", INDUSTRY_CARD_SPARE},
                 {"LC", INDUSTRY_CARD_VOID},
                 {"LD", INDUSTRY_CARD_UNKNOWN},
                 {"LS", INDUSTRY_CARD_DIAGNOSTIC}};
    struct buf memory, again;
    buf_init(&memory);
    buf_init(&again);
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        struct industry_card card;
        char fields[64] = "|LT|Desk 1|";
        append_text(fields, sizeof(fields), codes[i].code);
        append_text(fields, sizeof(fields), "|");
        assert_int_equal(parse_card(&industry_salto, &memory, fields, &card), 0);
        assert_int_equal(card.kind, codes[i].kind);
        buf_clear(&again);
        assert_int_equal(industry_card_encode(&industry_salto, &card, &trim, &again), 0);
        assert_bytes(&again, memory.data, memory.length);
        /* a sender that keeps its empty fields */
        append_text(fields, sizeof(fields), "||||");
        assert_int_equal(parse_card(&industry_salto, &memory, fields, &card), 0);
        assert_int_equal(card.kind, codes[i].kind);
    }
    struct industry_card card;
    assert_int_equal(parse_card(&industry_onity, &memory, "|LT|1|LM|some text|", &card), 0);
    assert_int_equal(card.kind, INDUSTRY_CARD_STAFF);
    buf_free(&memory);
    buf_free(&again);
}

static void test_read_answers_that_make_no_sense(void **state)
{
    (void)state;
    static const char *const bad[] = {"|CN|1|101||||CI|0||1455051114|1420201114|",
                                      "|LT|",
                                      "|LT|1|",
                                      "|LT|1|101|",
                                      "|LT|1|LX|",
                                      "|LT|1|LM|text|",
                                      "|LT|1|101||||XX|0||1455051114|1420201114|",
                                      "|LT|1|101||||CI|00||1455051114|1420201114|",
                                      "|LT|1|101||||CI|0||145505111|1420201114|",
                                      "|LT|1|101||||CI|0||1455051114|1420401114|",
                                      "|LT|1|101|102|103|104|1455051114|14201114|x|"};
    struct buf memory;
    buf_init(&memory);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct industry_card card;
        if (parse_card(&industry_salto, &memory, bad[i], &card) != -1)
            fail_msg("taken: %s", bad[i]);
    }
    buf_free(&memory);
}

static void test_mobile_answers(void **state)
{
    (void)state;
    static const uint8_t key[] = {0x00, 0x1F, 0xB3, 0x02, 0xFF};
    struct industry_done done = {
        INDUSTRY_CNMB, -1, industry_field_of("+359888"), NULL, 0, {key, sizeof(key)}, industry_field_of("install-1")};
    struct buf out, bytes;
    struct industry_frame frame;
    buf_init(&out);
    buf_init(&bytes);
    assert_int_equal(industry_done_encode(&done, &trim, &out), 0);
    parse_frame(out.data, out.length, &frame);
    assert_int_equal(frame.count, 4);
    assert_true(industry_field_is(frame.fields[0], "CNMB"));
    assert_true(industry_field_is(frame.fields[1], "+359888"));
    assert_true(industry_field_is(frame.fields[2], "001FB302FF"));
    assert_true(industry_field_is(frame.fields[3], "install-1"));
    assert_int_equal(industry_hex_parse(frame.fields[2], &bytes), 0);
    assert_bytes(&bytes, key, sizeof(key));
    buf_clear(&bytes);
    assert_int_equal(industry_hex_parse(industry_field_of("0aFf"), &bytes), 0);
    assert_bytes(&bytes, (const uint8_t *)"\x0A\xFF", 2);
    assert_int_equal(industry_hex_parse(industry_field_of(""), &bytes), -1);
    assert_int_equal(industry_hex_parse(industry_field_of("0"), &bytes), -1);
    assert_int_equal(industry_hex_parse(industry_field_of("0g"), &bytes), -1);
    assert_int_equal(bytes.length, 2);

    done = (struct industry_done){INDUSTRY_CC, 2, industry_field_of("Desk 1"), NULL, 0, {0}, {0}};
    buf_clear(&out);
    assert_int_equal(industry_done_encode(&done, &trim, &out), 0);
    parse_frame(out.data, out.length, &frame);
    assert_true(industry_field_is(frame.fields[0], "CC2"));
    done.digit = 10;
    assert_int_equal(industry_done_encode(&done, &trim, &out), -1);
    buf_free(&out);
    buf_free(&bytes);
}

static void test_command_names(void **state)
{
    (void)state;
    enum industry_command command;
    int32_t digit;
    for (unsigned i = 0; i < INDUSTRY_COMMAND_COUNT; i++) {
        const char *name = industry_command_name((enum industry_command)i);
        assert_int_equal(industry_command_parse(industry_field_of(name), &command, &digit), 0);
        assert_int_equal(command, i);
        assert_int_equal(digit, -1);
    }
    assert_int_equal(industry_command_parse(industry_field_of("CA0"), &command, &digit), 0);
    assert_int_equal(command, INDUSTRY_CA);
    assert_int_equal(digit, 0);
    static const char *const bad[] = {"", "C", "cn", "CN22", "CO2", "LT1", "CNM1", "CN:", "CN/", "NC"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(industry_command_parse(industry_field_of(bad[i]), &command, &digit), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_guest_card),
        cmocka_unit_test(test_read_other_cards),
        cmocka_unit_test(test_read_answers_that_make_no_sense),
        cmocka_unit_test(test_mobile_answers),
        cmocka_unit_test(test_command_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
