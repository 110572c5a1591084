/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests of the industry standard family against the byte examples, what must not be encoded, and the tables that
 * both dialects share: areas, dates, error codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "industry_bytes.h"

/* ---- Encoding -------------------------------------------------------------------------------------------------- */

static void request_of(struct industry_request *request, enum industry_command command, const char *encoder)
{
    memset(request, 0, sizeof(*request));
    request->command = command;
    request->digit = -1;
    request->encoder = industry_field_of(encoder);
}

static void assert_request(const struct industry_dialect *dialect, const struct industry_request *request,
                           const struct industry_style *style, const uint8_t *bytes, size_t size)
{
    struct buf out;
    buf_init(&out);
    assert_int_equal(industry_request_encode(dialect, request, 0, style, &out), 0);
    assert_bytes(&out, bytes, size);
    buf_free(&out);
}

static void test_examples_encode(void **state)
{
    (void)state;
    struct industry_request request;
    request_of(&request, INDUSTRY_CN, "Online Encoder 1");
    request.after_write = 'R';
    request.rooms[0] = industry_field_of("101");
    request.start = (struct industry_time){2026, 6, 15, 15, 0};
    request.expiry = (struct industry_time){2026, 6, 18, 11, 0};
    assert_request(&industry_salto, &request, &trim, cn_bytes, sizeof(cn_bytes));

    request.encoder = industry_field_of("1");
    request.after_write = 'E';
    request.operator_name = industry_field_of("Reception");
    assert_request(&industry_onity, &request, &keep, onity_cn_bytes, sizeof(onity_cn_bytes));

    request_of(&request, INDUSTRY_CO, "0");
    request.rooms[0] = industry_field_of("101");
    assert_request(&industry_salto, &request, &trim, co_bytes, sizeof(co_bytes));
    request.encoder = industry_field_of("1");
    assert_request(&industry_onity, &request, &keep, onity_co_bytes, sizeof(onity_co_bytes));

    request_of(&request, INDUSTRY_LT, "1");
    request.after_write = 'E';
    assert_request(&industry_salto, &request, &trim, lt_bytes, sizeof(lt_bytes));

    request_of(&request, INDUSTRY_MC, NULL);
    request.rooms[0] = industry_field_of("101");
    request.expiry = (struct industry_time){2026, 6, 19, 11, 0};
    assert_request(&industry_salto, &request, &trim, mc_bytes, sizeof(mc_bytes));

    struct buf out;
    struct industry_field serial = industry_field_of("2F45A2C3");
    struct industry_done done = {INDUSTRY_CN, -1, industry_field_of("2"), &serial, 1, {0}, {0}};
    buf_init(&out);
    assert_int_equal(industry_done_encode(&done, &trim, &out), 0);
    assert_bytes(&out, serial_bytes, sizeof(serial_bytes));
    buf_clear(&out);
    assert_int_equal(industry_error_encode("TD", industry_field_of("1"), industry_field_of(NULL), &trim, &out), 0);
    assert_bytes(&out, td_bytes, sizeof(td_bytes));
    buf_free(&out);
}

static void test_styles(void **state)
{
    (void)state;
    static const uint8_t constant[] = {0x02, 0xB3, 0x54, 0x44, 0xB3, 0x31, 0xB3, 0x03, 0x0D};
    static const uint8_t kept[] = {0x02, 0xB3, 0x54, 0x44, 0xB3, 0xB3, 0xB3, 0x03, 0x10 ^ 0xB3 ^ 0x03};
    const struct industry_field fields[] = {industry_field_of("TD"), industry_field_of("1")};
    const struct industry_field empty[] = {industry_field_of("TD"), {0}, {0}};
    const struct industry_style style = {true, true};
    struct buf out;
    buf_init(&out);
    assert_int_equal(industry_encode(fields, 2, &style, &out), 0);
    assert_bytes(&out, constant, sizeof(constant));
    buf_clear(&out);
    assert_int_equal(industry_encode(empty, 2, &keep, &out), 0);
    assert_int_equal(out.length, 8);
    assert_memory_equal(out.data, kept, 6);
    assert_int_equal(out.data[7], 0xB3 ^ 'T' ^ 'D' ^ 0xB3 ^ 0xB3 ^ 0x03);
    buf_clear(&out);
    assert_int_equal(industry_encode(empty, 3, &trim, &out), 0);
    assert_int_equal(out.length, 7); /* STX sep T D sep ETX check */
    buf_free(&out);
}

static void test_nothing_dirty_is_encoded(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out);
    for (int byte = 0; byte < 256; byte++) {
        uint8_t value[] = {'a', (uint8_t)byte, 'b'};
        const struct industry_field fields[] = {industry_field_of("TD"), {value, 3}};
        bool dirty = byte < 0x20 || byte == 0x7F || byte == 0xB3;
        assert_int_equal(industry_encode(fields, 2, &trim, &out), dirty ? -1 : 0);
        assert_int_equal(industry_field_is_clean(fields[1], false), !dirty);
    }
    const struct industry_field none[] = {{0}, {0}};
    assert_int_equal(industry_encode(none, 2, &keep, &out), -1);
    assert_int_equal(industry_encode(none, 0, &keep, &out), -1);

    /* Line feeds: only in the message of a mobile key. */
    struct industry_request request;
    request_of(&request, INDUSTRY_CNM, NULL);
    request.phone = industry_field_of("+35988");
    request.message = industry_field_of("Welcome\nRoom 101");
    assert_int_equal(industry_request_encode(&industry_salto, &request, 0, &trim, &out), 0);
    request.operator_name = industry_field_of("a\nb");
    assert_int_equal(industry_request_encode(&industry_salto, &request, 0, &trim, &out), -1);
    request_of(&request, INDUSTRY_CN, "1");
    request.texts[2] = industry_field_of("a\nb");
    assert_int_equal(industry_request_encode(&industry_salto, &request, 0, &trim, &out), -1);
    buf_free(&out);
}

/* Wherever it stands in fields of any length, and however often: the frame is looked at in pieces. */
static void test_nothing_dirty_hides(void **state)
{
    (void)state;
    enum { LONGEST = 80, MANY = 4200 };
    static const uint8_t dirt[] = {0x00, 0x1F, 0x0A, 0x7F, INDUSTRY_SEPARATOR};
    static uint8_t value[MANY];
    struct industry_field fields[] = {industry_field_of("TD"), {value, 0}, industry_field_of("end")};
    struct buf out;
    buf_init(&out);
    for (size_t length = 1; length <= LONGEST; length++) {
        fields[1].length = length;
        memset(value, 0xFE, length);
        buf_clear(&out);
        assert_int_equal(industry_encode(fields, 3, &trim, &out), 0);
        assert_int_equal(out.length, length + 12);
        assert_memory_equal(out.data + 5, value, length);
        assert_int_equal(out.data[out.length - 1], industry_check(out.data + 1, out.length - 2));
        for (size_t at = 0; at < length; at++)
            for (size_t i = 0; i < sizeof(dirt); i++) {
                value[at] = dirt[i];
                assert_int_equal(industry_encode(fields, 3, &trim, &out), -1);
                value[at] = 0xFE;
                assert_int_equal(out.length, length + 12);
            }
    }
    for (size_t length = 1; length <= MANY; length++) { /* some counts of separators look like others in one byte */
        fields[1].length = length;
        memset(value, INDUSTRY_SEPARATOR, length);
        assert_int_equal(industry_encode(fields, 3, &trim, &out), -1);
    }
    memset(value, 'a', MANY);
    fields[1].length = MANY;
    buf_clear(&out);
    assert_int_equal(industry_encode(fields, 3, &trim, &out), 0);
    assert_int_equal(out.data[out.length - 1], industry_check(out.data + 1, out.length - 2));
    value[MANY - 1] = INDUSTRY_SEPARATOR;
    assert_int_equal(industry_encode(fields, 3, &trim, &out), -1);
    buf_free(&out);
}

static struct buf encoded(const struct industry_request *request, uint8_t digits, const struct industry_style *style)
{
    struct buf out, text;
    struct industry_frame frame;
    buf_init(&out);
    buf_init(&text);
    assert_int_equal(industry_request_encode(&industry_salto, request, digits, style, &out), 0);
    parse_frame(out.data, out.length, &frame);
    for (size_t i = 0; i < frame.count; i++) {
        buf_append_byte(&text, '|');
        buf_append(&text, frame.fields[i].bytes, frame.fields[i].length);
    }
    buf_append_byte(&text, '|');
    buf_free(&out);
    return text;
}

#define assert_encoded(request, digits, style, wanted)                                                                 \
    do {                                                                                                               \
        struct buf text_of_it = encoded(request, digits, style);                                                       \
        assert_string_equal(buf_text(&text_of_it), wanted);                                                            \
        buf_free(&text_of_it);                                                                                         \
    } while (0)

static void fill_everything(struct industry_request *request, enum industry_command command)
{
    request_of(request, command, "Desk 1");
    request->after_write = 'T';
    request->rooms[0] = industry_field_of("101");
    request->rooms[1] = industry_field_of("102");
    request->rooms[2] = industry_field_of("103");
    request->rooms[3] = industry_field_of("104");
    request->new_room = industry_field_of("105");
    request->granted = INDUSTRY_AREA(1) | INDUSTRY_AREA(13) | INDUSTRY_AREA(62);
    request->denied = INDUSTRY_AREA(2);
    request->start = (struct industry_time){2026, 6, 15, 15, 30};
    request->expiry = (struct industry_time){2028, 2, 29, 11, 5};
    request->operator_name = industry_field_of("Ann");
    request->texts[0] = industry_field_of("one");
    request->texts[2] = industry_field_of("three");
    request->serial_flag = '1';
    request->phone = industry_field_of("+359888123456");
    request->message = industry_field_of("Hello");
    request->installation_flag = '1';
    request->auth_code = industry_field_of("code");
    request->serial = industry_field_of("04A1B2C3");
}

static void test_every_command(void **state)
{
    (void)state;
    static const struct {
        enum industry_command command;
        int32_t digit;
        const char *fields;
    } wanted[] = {
        {INDUSTRY_CN, 3, "|CN3|Desk 1|T|101|102|103|104|1d}|2|1530150626|1105290228|Ann|one||three|1|"},
        {INDUSTRY_CC, -1, "|CC|Desk 1|T|101|102|103|104|1d}|2|1530150626|1105290228|Ann|one||three|1|"},
        {INDUSTRY_CA, -1, "|CA|Desk 1|T|101|102|103|104|1d}|2|1530150626|1105290228|Ann|one||three|1|"},
        {INDUSTRY_CO, -1, "|CO|Desk 1|101|"},
        {INDUSTRY_MC, -1, "|MC|101|105|1105290228|code|"},
        {INDUSTRY_CP, -1, "|CP|Desk 1|101|"},
        {INDUSTRY_LT, -1, "|LT|Desk 1|T|"},
        {INDUSTRY_CNM, -1, "|CNM|+359888123456|101|102|103|104|1d}|2|1530150626|1105290228|Ann||||Hello|code|"},
        {INDUSTRY_CCM, -1, "|CCM|+359888123456|101|102|103|104|1d}|2|1530150626|1105290228|Ann||||Hello|code|"},
        {INDUSTRY_CNMB, -1, "|CNMB|+359888123456|101|102|103|104|1d}|2|1530150626|1105290228|Ann||||1|code|"},
        {INDUSTRY_CCMB, -1, "|CCMB|+359888123456|101|102|103|104|1d}|2|1530150626|1105290228|Ann||||1|code|"},
        {INDUSTRY_CNB, -1, "|CNB|04A1B2C3|101|102|103|104|1d}|2|1530150626|1105290228|Ann|"},
        {INDUSTRY_CCB, -1, "|CCB|04A1B2C3|101|102|103|104|1d}|2|1530150626|1105290228|Ann|"},
    };
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        struct industry_request request, parsed;
        struct industry_frame frame;
        struct buf memory, again;
        fill_everything(&request, wanted[i].command);
        request.digit = wanted[i].digit;
        assert_encoded(&request, 0, &trim, wanted[i].fields);
        /* and back: what is parsed encodes to the same bytes */
        buf_init(&memory);
        split_text(&memory, wanted[i].fields, &frame);
        assert_int_equal(industry_request_parse(&industry_salto, &frame, &parsed), 0);
        assert_int_equal(parsed.command, wanted[i].command);
        assert_int_equal(parsed.digit, wanted[i].digit);
        buf_init(&again);
        assert_int_equal(industry_request_encode(&industry_salto, &parsed, 0, &trim, &again), 0);
        assert_bytes(&again, memory.data, memory.length);
        buf_free(&memory);
        buf_free(&again);
    }
}

static void test_request_limits(void **state)
{
    (void)state;
    struct industry_request request;
    struct buf out;
    buf_init(&out);
    fill_everything(&request, INDUSTRY_CN);
    request.digit = 10;
    assert_int_equal(industry_request_encode(&industry_salto, &request, 0, &trim, &out), -1);
    request.digit = 9;
    assert_int_equal(industry_request_encode(&industry_salto, &request, 0, &trim, &out), 0);
    /* 8 digits cannot tell 15:30 */
    assert_int_equal(industry_request_encode(&industry_salto, &request, 8, &trim, &out), -1);
    request.start.minute = request.expiry.minute = 0;
    assert_encoded(&request, 8, &trim, "|CN9|Desk 1|T|101|102|103|104|1d}|2|15150626|11290228|Ann|one||three|1|");
    request.expiry = (struct industry_time){2027, 2, 29, 11, 0};
    assert_int_equal(industry_request_encode(&industry_salto, &request, 0, &trim, &out), -1);
    fill_everything(&request, INDUSTRY_CN);
    request.granted = UINT64_C(1) << 62; /* authorisation 63 */
    assert_int_equal(industry_request_encode(&industry_salto, &request, 0, &trim, &out), -1);
    fill_everything(&request, INDUSTRY_CNM);
    assert_int_equal(industry_request_encode(&industry_onity, &request, 0, &trim, &out), -1);
    fill_everything(&request, INDUSTRY_EX);
    assert_int_equal(industry_request_encode(&industry_salto, &request, 0, &trim, &out), -1);
    fill_everything(&request, INDUSTRY_COMMAND_COUNT);
    assert_int_equal(industry_request_encode(&industry_salto, &request, 0, &trim, &out), -1);
    assert_false(out.failed);
    buf_free(&out);
}

static void test_requests_that_make_no_sense(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "|XX|1|",
        "|C|",
        "|CNX|1|",
        "|CN10|1|E|101|",
        "|LT3|1|E|",
        "|CO1|0|101|",
        "|EX|1|",
        "|CN|1|X|101|",
        "|CN|1|EE|101|",
        "|CN|1|E|101||||0|",
        "|CN|1|E|101||||\"|",
        "|CN|1|E|101||||||15001506|",
        "|CN|1|E|101||||||1500150626|1100310926|",
        "|CN|1|E|101||||||1500150626|2400180626|",
        "|CN|1|E|101||||||1500150626|1160180626|",
        "|CN|1|E|101||||||1500150626|110018 626|",
        "|CN|1|E|101||||||1500150626|1100180626|op||||7|",
        "|MC|101||110019062|",
        "|CNMB|+359888123456|101||||||1500150626|1100180626|op||||7|",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct industry_request request;
        struct industry_frame frame;
        struct buf memory;
        buf_init(&memory);
        split_text(&memory, bad[i], &frame);
        if (industry_request_parse(&industry_salto, &frame, &request) != -1)
            fail_msg("taken: %s", bad[i]);
        buf_free(&memory);
    }
}

/* ---- Tables ---------------------------------------------------------------------------------------------------- */

static void test_area_symbols(void **state)
{
    (void)state;
    static const struct {
        int32_t first;
        const char *symbols;
    } table[] = {{1, "123456789"}, {10, "abcdefghijklmnopqrstuvwxyz"},
                 {36, "!#$%&"},    {41, "()*+,-./"},
                 {49, ":;<=>?@"},  {56, "[\\]^_"},
                 {61, "{}"}};
    int32_t next = 1;
    bool used[256] = {false};
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        assert_int_equal(table[i].first, next);
        for (const char *symbol = table[i].symbols; *symbol; symbol++, next++) {
            assert_int_equal(industry_area_symbol(&industry_salto, next), *symbol);
            assert_int_equal(industry_area_number(&industry_salto, (uint8_t)*symbol), next);
            used[(uint8_t)*symbol] = true;
        }
    }
    assert_int_equal(next, 63);
    for (int byte = 0; byte < 256; byte++)
        if (!used[byte])
            assert_int_equal(industry_area_number(&industry_salto, (uint8_t)byte), 0);
    static const int32_t bad[] = {INT32_MIN, -1, 0, 63, 64, INT32_MAX};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(industry_area_symbol(&industry_salto, bad[i]), 0);
    assert_int_equal(industry_area_symbol(&industry_onity, 8), '8');
    assert_int_equal(industry_area_symbol(&industry_onity, 9), 0);

    char out[INDUSTRY_AREAS_AT_MOST + 1];
    uint64_t areas;
    assert_int_equal(
        industry_areas_format(&industry_salto, INDUSTRY_AREA(62) | INDUSTRY_AREA(13) | INDUSTRY_AREA(1), out), 0);
    assert_string_equal(out, "1d}");
    assert_int_equal(industry_areas_format(&industry_salto, UINT64_MAX >> 2, out), 0);
    assert_int_equal(strlen(out), 62);
    assert_int_equal(industry_areas_parse(&industry_salto, industry_field_of(out), &areas), 0);
    assert_true(areas == UINT64_MAX >> 2);
    assert_int_equal(industry_areas_parse(&industry_salto, industry_field_of("1A2"), &areas), -1);
    assert_true(areas == (INDUSTRY_AREA(1) | INDUSTRY_AREA(2)));
    assert_int_equal(industry_areas_parse(&industry_salto, industry_field_of(""), &areas), 0);
    assert_true(areas == 0);
}

static void assert_time(const char *text, int32_t result, const struct industry_time *wanted, uint8_t wanted_digits)
{
    struct industry_time time;
    uint8_t digits;
    assert_int_equal(industry_time_parse(industry_field_of(text), &time, &digits), result);
    if (result != 0)
        return;
    assert_int_equal(digits, wanted_digits);
    assert_int_equal(time.year, wanted->year);
    assert_int_equal(time.month, wanted->month);
    assert_int_equal(time.day, wanted->day);
    assert_int_equal(time.hour, wanted->hour);
    assert_int_equal(time.minute, wanted->minute);
    char again[INDUSTRY_TIME_SIZE];
    assert_int_equal(industry_time_format(&time, digits ? digits : 10, again), 0);
    assert_string_equal(again, text);
}

static void test_dates_of_both_widths(void **state)
{
    (void)state;
    assert_time("1455051114", 0, &(struct industry_time){2014, 11, 5, 14, 55}, 10);
    assert_time("14201114", 0, &(struct industry_time){2014, 11, 20, 14, 0}, 8);
    assert_time("2359290228", 0, &(struct industry_time){2028, 2, 29, 23, 59}, 10);
    assert_time("0000010100", 0, &(struct industry_time){2000, 1, 1, 0, 0}, 10);
    assert_time("00311299", 0, &(struct industry_time){2099, 12, 31, 0, 0}, 8);
    assert_time("", 0, &(struct industry_time){0, 0, 0, 0, 0}, 0);
    static const char *const bad[] = {"1",          "145505111",  "14550511145", "24201114", "1460051114", "2400051114",
                                      "1455310414", "1455290227", "1455001114",  "14000114", "14200014",   "14201314",
                                      "14 51114",   "1455-51114", "14550511 4",  "abcdefgh", "14320114"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_time(bad[i], -1, NULL, 0);
    char out[INDUSTRY_TIME_SIZE];
    assert_int_equal(industry_time_format(&(struct industry_time){2026, 6, 15, 15, 30}, 8, out), -1);
    assert_int_equal(industry_time_format(&(struct industry_time){2100, 1, 1, 0, 0}, 10, out), -1);
    assert_int_equal(industry_time_format(&(struct industry_time){1999, 1, 1, 0, 0}, 10, out), -1);
    assert_int_equal(industry_time_format(&(struct industry_time){2026, 6, 15, 15, 0}, 9, out), -1);
}

static void test_every_error_code(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        enum industry_fault salto, onity;
    } codes[] = {
        {"ES", INDUSTRY_FAULT_SYNTAX, INDUSTRY_FAULT_SYNTAX},
        {"NC", INDUSTRY_FAULT_ENCODER_OFFLINE, INDUSTRY_FAULT_ENCODER_OFFLINE},
        {"NF", INDUSTRY_FAULT_LOCK_SYSTEM, INDUSTRY_FAULT_LOCK_SYSTEM},
        {"OV", INDUSTRY_FAULT_ENCODER_BUSY, INDUSTRY_FAULT_ENCODER_BUSY},
        {"EP", INDUSTRY_FAULT_CARD, INDUSTRY_FAULT_CARD},
        {"EF", INDUSTRY_FAULT_CARD_FORMAT, INDUSTRY_FAULT_CARD_FORMAT},
        {"EN", INDUSTRY_FAULT_CARD, INDUSTRY_FAULT_CARD},
        {"ET", INDUSTRY_FAULT_ENCODER_FAULT, INDUSTRY_FAULT_ENCODER_FAULT},
        {"TD", INDUSTRY_FAULT_UNKNOWN_ROOM, INDUSTRY_FAULT_UNKNOWN_ROOM},
        {"ED", INDUSTRY_FAULT_NO_CARD, INDUSTRY_FAULT_NO_CARD},
        {"EA", INDUSTRY_FAULT_NOT_CHECKED_IN, INDUSTRY_FAULT_ONE_SHOT_LIMIT},
        {"OS", INDUSTRY_FAULT_ROOM_UNAVAILABLE, INDUSTRY_FAULT_ROOM_UNAVAILABLE},
        {"EO", INDUSTRY_FAULT_ROOM_BUSY, INDUSTRY_FAULT_ROOM_BUSY},
        {"EV", INDUSTRY_FAULT_CARD_REFUSED, INDUSTRY_FAULT_CARD_REFUSED},
        {"EG", INDUSTRY_FAULT_VENDOR, INDUSTRY_FAULT_VENDOR},
        {"ER", INDUSTRY_FAULT_VENDOR, INDUSTRY_FAULT_VENDOR},
    };
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        const struct industry_error *salto = industry_error_find(&industry_salto, industry_field_of(codes[i].code));
        const struct industry_error *onity = industry_error_find(&industry_onity, industry_field_of(codes[i].code));
        assert_non_null(salto);
        assert_non_null(onity);
        assert_int_equal(salto->fault, codes[i].salto);
        assert_int_equal(onity->fault, codes[i].onity);
        assert_true(salto->meaning[0] && onity->meaning[0]);
    }
    assert_int_equal(industry_salto.error_count, COUNT_OF(codes) + 2); /* WE and WO of the audit trail */
    assert_non_null(industry_error_find(&industry_salto, industry_field_of("WE")));
    assert_non_null(industry_error_find(&industry_salto, industry_field_of("WO")));
    assert_int_equal(industry_onity.error_count, COUNT_OF(codes));
    static const char *const none[] = {"", "E", "CN", "CO", "EPX", "ep", "ZZ"};
    for (size_t i = 0; i < COUNT_OF(none); i++)
        assert_null(industry_error_find(&industry_salto, industry_field_of(none[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples_encode),
        cmocka_unit_test(test_styles),
        cmocka_unit_test(test_nothing_dirty_is_encoded),
        cmocka_unit_test(test_nothing_dirty_hides),
        cmocka_unit_test(test_every_command),
        cmocka_unit_test(test_request_limits),
        cmocka_unit_test(test_requests_that_make_no_sense),
        cmocka_unit_test(test_area_symbols),
        cmocka_unit_test(test_dates_of_both_widths),
        cmocka_unit_test(test_every_error_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
