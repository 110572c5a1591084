/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calls of the LENS SOAP service: the examples of its description, every operation there and back, and what must
 * not pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxml/c14n.h>
#include <libxml/parser.h>

#include "lens/codec.h"
#include "lens/tables.h"
#include "lens/values.h"
#include "lens_examples.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define URL             "http://lens.example:1619/MessengerPMSWS.asmx"

static struct lens_header header_with(const char *message_id)
{
    return (struct lens_header){.url = URL,
                                .from = "urn:KABA",
                                .message_id = message_id,
                                .timestamp_id = "7b1d9a52-0c3e-4a86-8f5d-2e6c71b0d4a1",
                                .token_id = "c2a4e6f8-1b3d-4f57-9a6c-8e0d2b4f6a13",
                                .created = "2026-05-04T13:05:00Z",
                                .expires = "2026-05-04T13:15:00Z",
                                .user = "pms",
                                .password = "secret"};
}
#define MESSAGE_ID "4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c01"

/* ---- Examples -------------------------------------------------------------------------------------------------- */

static char *canonical(const char *text, size_t length)
{
    xmlChar *out = NULL;
    xmlDocPtr document = xmlReadMemory(text, (int)length, NULL, NULL, XML_PARSE_NOBLANKS | XML_PARSE_NONET);
    assert_non_null(document);
    assert_true(xmlC14NDocDumpMemory(document, NULL, XML_C14N_1_0, NULL, 0, &out) >= 0);
    xmlFreeDoc(document);
    return (char *)out;
}

static void assert_same_xml(const struct buf *out, const char *example)
{
    char *ours = canonical((const char *)out->data, out->length);
    char *theirs = canonical(example, strlen(example));
    assert_string_equal(ours, theirs);
    xmlFree(ours);
    xmlFree(theirs);
}

static const struct lens_area twelve_areas[12] = {
    {1, LENS_AREA_DEFAULT}, {2, LENS_AREA_DEFAULT},  {3, LENS_AREA_DEFAULT},  {4, LENS_AREA_DEFAULT},
    {5, LENS_AREA_DEFAULT}, {6, LENS_AREA_DEFAULT},  {7, LENS_AREA_DEFAULT},  {8, LENS_AREA_DEFAULT},
    {9, LENS_AREA_DEFAULT}, {10, LENS_AREA_DEFAULT}, {11, LENS_AREA_DEFAULT}, {12, LENS_AREA_DEFAULT}};

static void assert_example(const struct lens_call *call, const char *message_id, const char *example)
{
    struct buf out = {0};
    struct lens_incoming incoming;
    struct lens_header header = header_with(message_id);
    assert_int_equal(lens_call_write(&header, call, &out), 0);
    assert_false(out.failed);
    assert_same_xml(&out, example);
    /* and the example itself is what a strict server takes */
    assert_int_equal(lens_call_read((const uint8_t *)example, strlen(example), &incoming), 0);
    assert_int_equal(incoming.call.operation, call->operation);
    assert_string_equal(incoming.header.message_id, message_id);
    assert_string_equal(incoming.header.url, URL);
    assert_string_equal(incoming.header.user, "pms");
    assert_string_equal(incoming.header.password, "secret");
    assert_int_equal(incoming.call.area_count, call->area_count);
    assert_int_equal(incoming.call.room_count, call->room_count);
    for (size_t i = 0; i < LENS_FIELD_COUNT; i++) {
        if (call->values[i] != NULL)
            assert_string_equal(incoming.call.values[i], call->values[i]);
    }
    lens_incoming_free(&incoming);
    buf_free(&out);
}

static void test_create_new_booking(void **state)
{
    (void)state;
    struct lens_area areas[12];
    memcpy(areas, twelve_areas, sizeof areas);
    areas[2].mode = LENS_AREA_GRANT;
    struct lens_call call = {.operation = LENS_CREATE_NEW_BOOKING,
                             .values = {[LENS_RESERVATION_ID] = "R20931",
                                        [LENS_SITE_NAME] = "Main",
                                        [LENS_PMS_TERMINAL_ID] = "DESK1",
                                        [LENS_ENCODER_ID] = "1",
                                        [LENS_CHECK_IN] = "2026-05-04T15:00:00",
                                        [LENS_CHECK_OUT] = "2026-05-07T12:00:00",
                                        [LENS_GUEST_NAME] = "Lee",
                                        [LENS_MAIN_ROOM_NO] = "101",
                                        [LENS_SUITE_DOORS] = "false",
                                        [LENS_KEY_COUNT] = "1",
                                        [LENS_KEY_SIZE] = "0"},
                             .areas = areas,
                             .area_count = 12};
    assert_example(&call, MESSAGE_ID, example_create_new_booking);
}

static void test_make_duplicate_key(void **state)
{
    (void)state;
    struct lens_call call = {.operation = LENS_MAKE_DUPLICATE_KEY,
                             .values = {[LENS_RESERVATION_ID] = "R20931",
                                        [LENS_SITE_NAME] = "Main",
                                        [LENS_PMS_TERMINAL_ID] = "DESK1",
                                        [LENS_ENCODER_ID] = "1",
                                        [LENS_GUEST_NAME] = "Lee",
                                        [LENS_KEY_COUNT] = "1",
                                        [LENS_KEY_SIZE] = "0"}};
    assert_example(&call, "4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c02", example_make_duplicate_key);
}

static void test_add_shared_guest(void **state)
{
    (void)state;
    struct lens_call call = {.operation = LENS_ADD_SHARED_GUEST,
                             .values = {[LENS_RESERVATION_ID] = "R20932",
                                        [LENS_SITE_NAME] = "Main",
                                        [LENS_PMS_TERMINAL_ID] = "DESK1",
                                        [LENS_ENCODER_ID] = "1",
                                        [LENS_CHECK_IN] = "2026-05-04T15:00:00",
                                        [LENS_CHECK_OUT] = "2026-05-07T12:00:00",
                                        [LENS_GUEST_NAME] = "Ortega",
                                        [LENS_MAIN_ROOM_NO] = "101",
                                        [LENS_KEY_COUNT] = "1",
                                        [LENS_KEY_SIZE] = "0"},
                             .areas = twelve_areas,
                             .area_count = 12};
    assert_example(&call, "4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c03", example_add_shared_guest);
}

static void test_change_key_access(void **state)
{
    (void)state;
    static const char *const rooms[] = {"102"};
    static const struct lens_area areas[] = {{7, LENS_AREA_DENY}};
    struct lens_call call = {.operation = LENS_CHANGE_KEY_ACCESS,
                             .values = {[LENS_RESERVATION_ID] = "R20931",
                                        [LENS_SITE_NAME] = "Main",
                                        [LENS_PMS_TERMINAL_ID] = "DESK1",
                                        [LENS_ENCODER_ID] = "1",
                                        [LENS_CHECK_IN] = "2026-05-05T09:30:00",
                                        [LENS_CHECK_OUT] = "2026-05-07T12:00:00",
                                        [LENS_GUEST_NAME] = "Lee",
                                        [LENS_KEY_COUNT] = "1",
                                        [LENS_KEY_SIZE] = "0"},
                             .rooms = rooms,
                             .room_count = 1,
                             .areas = areas,
                             .area_count = 1};
    assert_example(&call, "4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c04", example_change_key_access);
}

static void test_check_out_guest(void **state)
{
    (void)state;
    struct lens_call call = {
        .operation = LENS_CHECK_OUT_GUEST,
        .values = {[LENS_RESERVATION_ID] = "R20931", [LENS_SITE_NAME] = "Main", [LENS_PMS_TERMINAL_ID] = "DESK1"}};
    assert_example(&call, "4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c05", example_check_out_guest);
}

static void test_create_one_shot_key(void **state)
{
    (void)state;
    struct lens_call call = {.operation = LENS_CREATE_ONE_SHOT_KEY,
                             .values = {[LENS_SITE_NAME] = "Main",
                                        [LENS_PMS_TERMINAL_ID] = "DESK1",
                                        [LENS_ENCODER_ID] = "2",
                                        [LENS_MAIN_ROOM_NO] = "101",
                                        [LENS_CHECK_IN] = "2026-05-04T10:00:00",
                                        [LENS_CHECK_OUT] = "2026-05-04T11:00:00",
                                        [LENS_KEY_SIZE] = "0"}};
    assert_example(&call, "4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c06", example_create_one_shot_key);
}

/* ---- Every operation, every field ------------------------------------------------------------------------------ */

static const char *sample(enum lens_type type)
{
    switch (type) {
    case LENS_TYPE_TEXT:
        return " a<b>&\"c\"]]> \xC3\x9C\xE2\x82\xAC\xF0\x9F\x94\x91 ' ";
    case LENS_TYPE_TIME:
        return "2028-02-29T23:59:59.5+14:00";
    case LENS_TYPE_UNSIGNED:
        return "4294967295";
    case LENS_TYPE_INT:
        return "-2147483648";
    case LENS_TYPE_LONG:
        return "-9223372036854775808";
    case LENS_TYPE_BOOLEAN:
        return "true";
    case LENS_TYPE_BASE64:
        return "aW1hZ2U=";
    case LENS_TYPE_MAIN_REASON:
        return "KABALodginInterfaceExceptionRaised";
    case LENS_TYPE_DETAIL_REASON:
        return "VIP_EROR_KeyConfigData";
    case LENS_TYPE_FAULT:
        return "";
    default:
        return NULL;
    }
}

static const char *const sample_rooms[] = {"102", "<&>", "W\xC3\xADng 3"};
static const struct lens_area sample_areas[] = {{0, LENS_AREA_DENY}, {4294967295u, LENS_AREA_GRANT}};

/* A call with everything that the operation has, or only with what it must have. */
static struct lens_call full_call(enum lens_operation operation, bool everything)
{
    struct lens_call call = {.operation = operation};
    size_t count;
    const struct lens_element *elements = lens_operation_elements(operation, &count);
    for (size_t i = 0; i < count; i++) {
        enum lens_type type = lens_field_forms[elements[i].field].type;
        bool must = (elements[i].flags & LENS_REQUIRED) && !(elements[i].flags & LENS_NILLABLE);
        if (everything || must)
            call.values[elements[i].field] = sample(type);
        if (everything && type == LENS_TYPE_ROOMS) {
            call.rooms = sample_rooms;
            call.room_count = COUNT_OF(sample_rooms);
        }
        if (everything && type == LENS_TYPE_AREAS) {
            call.areas = sample_areas;
            call.area_count = COUNT_OF(sample_areas);
        }
    }
    return call;
}

static void assert_round_trip(const struct lens_call *call, bool everything)
{
    struct lens_header header = header_with(MESSAGE_ID);
    struct buf out = {0};
    struct lens_incoming got;
    header.user = "\xC3\xA9<user>";
    header.password = "p&ss\"word'";
    assert_int_equal(lens_call_write(&header, call, &out), 0);
    if (lens_call_read(out.data, out.length, &got) != 0)
        fail_msg("%s: %s", lens_operation_name(call->operation), got.problem);
    assert_int_equal(got.call.operation, call->operation);
    for (size_t i = 0; i < LENS_FIELD_COUNT; i++) {
        if (call->values[i] != NULL)
            assert_string_equal(got.call.values[i], call->values[i]);
        else if (everything)
            assert_null(got.call.values[i]);
        else
            assert_true(got.call.values[i] == NULL || got.call.values[i][0] == '\0');
    }
    assert_int_equal(got.call.room_count, call->room_count);
    for (size_t i = 0; i < call->room_count; i++)
        assert_string_equal(got.call.rooms[i], call->rooms[i]);
    assert_int_equal(got.call.area_count, call->area_count);
    for (size_t i = 0; i < call->area_count; i++)
        assert_true(got.call.areas[i].level == call->areas[i].level && got.call.areas[i].mode == call->areas[i].mode);
    assert_string_equal(got.header.user, header.user);
    assert_string_equal(got.header.password, header.password);
    assert_string_equal(got.header.from, "urn:KABA");
    assert_string_equal(got.header.timestamp_id, header.timestamp_id);
    assert_string_equal(got.header.token_id, header.token_id);
    assert_string_equal(got.header.created, header.created);
    assert_string_equal(got.header.expires, header.expires);
    lens_incoming_free(&got);
    buf_free(&out);
}

static void test_round_trips(void **state)
{
    (void)state;
    for (enum lens_operation i = 0; i < LENS_OPERATION_COUNT; i++) {
        assert_int_equal(lens_operation_find(lens_operation_name(i)), i);
        if (i == LENS_GET_DEVICE_SEC_KEYS_RIGHTS)
            continue;
        struct lens_call all = full_call(i, true), least = full_call(i, false);
        assert_round_trip(&all, true);
        assert_round_trip(&least, false);
    }
    assert_int_equal(LENS_OPERATION_COUNT, 22);
    assert_int_equal(lens_operation_find("createnewbooking"), LENS_OPERATION_COUNT);
    assert_int_equal(lens_operation_find(""), LENS_OPERATION_COUNT);
}

/* A missing value of another type than text, and every field that the operation does not have. */
static void test_writing_refuses(void **state)
{
    (void)state;
    const struct lens_header header = header_with(MESSAGE_ID);
    struct buf out = {0};
    buf_append_text(&out, "before");
    for (enum lens_operation i = 0; i < LENS_OPERATION_COUNT; i++) {
        size_t count;
        const struct lens_element *elements = lens_operation_elements(i, &count);
        bool has[LENS_FIELD_COUNT] = {false};
        for (size_t k = 0; k < count; k++) {
            struct lens_call call = full_call(i, true);
            enum lens_type type = lens_field_forms[elements[k].field].type;
            has[elements[k].field] = true;
            call.values[elements[k].field] = NULL;
            bool must = (elements[k].flags & (LENS_REQUIRED | LENS_NILLABLE)) == LENS_REQUIRED;
            assert_int_equal(lens_call_write(&header, &call, &out), must && type != LENS_TYPE_TEXT ? -1 : 0);
            out.length = 6;
            call.values[elements[k].field] = "a\nb";
            assert_int_equal(lens_call_write(&header, &call, &out), -1);
            call.values[elements[k].field] = "\xC0\xBC";
            assert_int_equal(lens_call_write(&header, &call, &out), -1);
            call.values[elements[k].field] = "nonsense?";
            assert_int_equal(lens_call_write(&header, &call, &out), type == LENS_TYPE_TEXT ? 0 : -1);
            out.length = 6;
        }
        for (size_t k = 0; k < LENS_FIELD_COUNT; k++) {
            struct lens_call call = full_call(i, true);
            call.values[k] = "1";
            if (!has[k])
                assert_int_equal(lens_call_write(&header, &call, &out), -1);
        }
        assert_int_equal(out.length, 6);
    }
    struct lens_call call = full_call(LENS_CHECK_OUT_GUEST, true);
    call.rooms = sample_rooms;
    call.room_count = 1;
    assert_int_equal(lens_call_write(&header, &call, &out), -1);
    call = full_call(LENS_CHECK_OUT_GUEST, true);
    call.areas = sample_areas;
    call.area_count = 1;
    assert_int_equal(lens_call_write(&header, &call, &out), -1);
    static const char *const bad_rooms[] = {"102", "1\x02"};
    call = full_call(LENS_CREATE_NEW_BOOKING, true);
    call.rooms = bad_rooms;
    call.room_count = 2;
    assert_int_equal(lens_call_write(&header, &call, &out), -1);
    assert_int_equal(out.length, 6);
    buf_free(&out);
}

static void test_header_is_checked(void **state)
{
    (void)state;
    const struct lens_call call = full_call(LENS_CHECK_OUT_GUEST, true);
    struct buf out = {0};
    for (size_t i = 0; i < 9; i++) {
        struct lens_header header = header_with(MESSAGE_ID);
        const char **const parts[] = {&header.message_id, &header.timestamp_id, &header.token_id,
                                      &header.created,    &header.expires,      &header.url,
                                      &header.from,       &header.user,         &header.password};
        *parts[i] = i < 5 ? "{4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c0}" : "a\r\nb";
        assert_int_equal(lens_call_write(&header, &call, &out), -1);
        *parts[i] = NULL;
        assert_int_equal(lens_call_write(&header, &call, &out), -1);
    }
    assert_int_equal(out.length, 0);
    buf_free(&out);
}

/* Every ASCII character, and what pretends to be UTF-8, in a text that goes into the XML. */
static void test_injection(void **state)
{
    (void)state;
    static const char *const hostile[] = {
        "\xC0\xBC", "\xE0\x80\xBC", "\xF0\x80\x80\xBC", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80",
        "\xC3",     "\xFF\xFE",     "\xEF\xBF\xBE",     "\xEF\xBF\xBF", "\xC2\x85",         "\xE2\x80\xAE"};
    const struct lens_header header = header_with(MESSAGE_ID);
    for (int byte = 1; byte < 128; byte++) {
        const char text[] = {'x', (char)byte, (char)byte, '/', 'y', '>', '\0'};
        struct lens_call call = full_call(LENS_CREATE_NEW_BOOKING, false);
        const char *rooms[] = {text};
        struct buf out = {0};
        struct lens_incoming got;
        call.values[LENS_GUEST_NAME] = text;
        call.rooms = rooms;
        call.room_count = 1;
        int result = lens_call_write(&header, &call, &out);
        assert_int_equal(result, byte < 0x20 || byte == 0x7F ? -1 : 0);
        if (result == 0) {
            assert_int_equal(lens_call_read(out.data, out.length, &got), 0);
            assert_string_equal(got.call.values[LENS_GUEST_NAME], text);
            assert_string_equal(got.call.rooms[0], text);
            lens_incoming_free(&got);
        }
        buf_free(&out);
    }
    for (size_t i = 0; i < COUNT_OF(hostile); i++) {
        struct lens_call call = full_call(LENS_CREATE_NEW_BOOKING, false);
        struct buf out = {0};
        call.values[LENS_GUEST_NAME] = hostile[i];
        assert_int_equal(lens_call_write(&header, &call, &out), -1);
        buf_free(&out);
    }
}

static void test_lexical_forms(void **state)
{
    (void)state;
    static const struct {
        enum lens_field field;
        const char *text;
        int result;
    } cases[] = {{LENS_CHECK_IN, "2026-05-04T15:00:00", 0},
                 {LENS_CHECK_IN, "2026-02-29T15:00:00", -1},
                 {LENS_CHECK_IN, "2026-05-04T24:00:00", -1},
                 {LENS_CHECK_IN, "2026-05-04 15:00:00", -1},
                 {LENS_CHECK_IN, "2026-05-04T15:00", -1},
                 {LENS_CHECK_IN, "2026-13-04T15:00:00", -1},
                 {LENS_CHECK_IN, "2026-00-04T15:00:00", -1},
                 {LENS_CHECK_IN, "2026-05-00T15:00:00", -1},
                 {LENS_CHECK_IN, "0000-05-04T15:00:00", -1},
                 {LENS_CHECK_IN, "0001-05-04T15:00:00", 0},
                 {LENS_CHECK_IN, "2026-05-04T15:00:00+14:00", 0},
                 {LENS_CHECK_IN, "2026-05-04T15:00:00z", -1},
                 {LENS_CHECK_IN, "2026-05-04T15:00:00+14:01", -1},
                 {LENS_CHECK_IN, "2026-05-04T15:00:00.", -1},
                 {LENS_CHECK_IN, "", -1},
                 {LENS_KEY_COUNT, "4294967296", -1},
                 {LENS_KEY_COUNT, "-1", -1},
                 {LENS_KEY_COUNT, " 1", -1},
                 {LENS_KEY_COUNT, "", -1},
                 {LENS_KEY_COUNT, "99999999999999999999", -1},
                 {LENS_SUITE_DOORS, "True", -1},
                 {LENS_SUITE_DOORS, "1", 0}};
    const struct lens_header header = header_with(MESSAGE_ID);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct lens_call call = full_call(LENS_CREATE_NEW_BOOKING, true);
        struct buf out = {0};
        call.values[cases[i].field] = cases[i].text;
        assert_int_equal(lens_call_write(&header, &call, &out), cases[i].result);
        buf_free(&out);
    }
}

static void test_numbers_have_64_bits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        int64_t number;
    } rows[] = {{"9223372036854775807", true, INT64_MAX},
                {"9223372036854775808", false, 0},
                {"-9223372036854775808", true, INT64_MIN},
                {"-9223372036854775809", false, 0},
                {"+0000000000000000000000012", true, 12},
                {"-0", true, 0},
                {"-", false, 0},
                {"1-", false, 0}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t number = 0;
        assert_int_equal(lens_read_number(rows[i].text, &number), rows[i].good);
        assert_true(number == rows[i].number);
    }
}

/* However an identifier is dressed, it is the same; with anything else around it it is none. */
static void test_identifiers(void **state)
{
    (void)state;
    const uint64_t plain = lens_identifier("4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c01");
    assert_true(plain == (UINT64_C(0x4f0c1d7e52b04c1b) ^ UINT64_C(0x9a436d0e8a1b7c01)));
    assert_true(lens_identifier("urn:uuid:4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c01") == plain);
    assert_true(lens_identifier("{4F0C1D7E-52B0-4C1B-9A43-6D0E8A1B7C01}") == plain);
    static const char *const none[] = {"",
                                       "4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c0",
                                       "4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c011",
                                       "{4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c01}}",
                                       "{4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c01}x",
                                       "urn:uuid:urn:uuid:4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c01",
                                       " 4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c01"};
    for (size_t i = 0; i < COUNT_OF(none); i++)
        assert_true(lens_identifier(none[i]) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create_new_booking), cmocka_unit_test(test_make_duplicate_key),
        cmocka_unit_test(test_add_shared_guest),   cmocka_unit_test(test_change_key_access),
        cmocka_unit_test(test_check_out_guest),    cmocka_unit_test(test_create_one_shot_key),
        cmocka_unit_test(test_round_trips),        cmocka_unit_test(test_writing_refuses),
        cmocka_unit_test(test_header_is_checked),  cmocka_unit_test(test_injection),
        cmocka_unit_test(test_lexical_forms),      cmocka_unit_test(test_numbers_have_64_bits),
        cmocka_unit_test(test_identifiers)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    return failed;
}
