/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls of the LENS SOAP service as its server reads them: strictly, and whatever comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxml/parser.h>

#include "lens/codec.h"
#include "lens_examples.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The example with the first occurrence of `old` replaced. */
static char *changed(const char *example, const char *old, const char *new)
{
    const char *at = strstr(example, old);
    assert_non_null(at);
    size_t size = strlen(example) + strlen(new) + 1;
    char *text = malloc(size);
    assert_non_null(text);
    assert_true(snprintf(text, size, "%.*s%s%s", (int)(at - example), example, new, at + strlen(old)) > 0);
    return text;
}

static void test_reading_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *old, *new;
    } cases[] = {
        {"<SiteName>Main</SiteName>\n      <PMSTerminalID>DESK1</PMSTerminalID>",
         "<PMSTerminalID>DESK1</PMSTerminalID><SiteName>Main</SiteName>"},
        {"      <CheckIn>2026-05-04T15:00:00</CheckIn>\n", ""},
        {"2026-05-04T15:00:00", "04.05.2026"},
        {"<GuestName\n       "
         "xmlns=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd\">",
         "<GuestName>"},
        {"<MainRoomNo>", "<MainRoomNo xmlns=\"http://docs.oasis-open.org/wss/2004/01/"
                         "oasis-200401-wss-wssecurity-utility-1.0.xsd\">"},
        {"<CreateNewBooking xmlns=\"http://tempuri.org\">", "<CreateNewBooking xmlns=\"http://tempuri.org/\">"},
        {"<UID/>", "<UID/><UID/>"},
        {"<UID/>", "<UID/>text"},
        {"<UID/>", "<UID><b/></UID>"},
        {"<VariableRoomList/>", "<VariableRoomList><room>1</room></VariableRoomList>"},
        {"GrantAccess<", "Grantaccess<"},
        {"<PassLevelNo>1<", "<PassLevelNo>-1<"},
        {"<KeyCount>1</KeyCount>", "<KeyCount/>"},
        {"addressing/role/anonymous", "addressing"},
        {"4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c01", "4f0c1d7e"},
        {"<From xmlns=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\">urn:KABA</From>", "<From>urn:KABA</From>"},
        {"asmx/CreateNewBooking", "asmx/MakeDuplicateKey"},
        {"<Created>2026-05-04T13:05:00Z</Created>", ""},
        {"http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"},
        {"<s:Body>", "<s:Body><CheckOutGuest xmlns=\"http://tempuri.org\"/>"},
        {"<ReservationID>", "<ReservationID xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:nil=\"true\">"},
    };
    struct lens_incoming got;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *text = changed(example_create_new_booking, cases[i].old, cases[i].new);
        if (lens_call_read((const uint8_t *)text, strlen(text), &got) != -1)
            fail_msg("case %zu was taken", i);
        assert_true(got.problem[0] != '\0');
        assert_null(strstr(got.problem, "Lee"));
        assert_null(strstr(got.problem, "secret"));
        lens_incoming_free(&got);
        free(text);
    }
    /* the only nillable text, and GuestName last and in the service's own namespace */
    char *text = changed(example_make_duplicate_key, "<ReservationID>R20931</ReservationID>",
                         "<ReservationID xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:nil=\"true\"/>");
    assert_int_equal(lens_call_read((const uint8_t *)text, strlen(text), &got), 0);
    assert_null(got.call.values[LENS_RESERVATION_ID]);
    lens_incoming_free(&got);
    free(text);
    text = changed(example_make_duplicate_key, "      <ReservationID>R20931</ReservationID>\n", "");
    assert_int_equal(lens_call_read((const uint8_t *)text, strlen(text), &got), -1);
    lens_incoming_free(&got);
    free(text);
}

/* The fields that nothing requires may be left out, and so may the header: that is for the server to judge. */
static void test_reading_takes_less(void **state)
{
    (void)state;
    static const char least[] = "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body>"
                                "<k:CheckOutGuest xmlns:k='http://tempuri.org'/></e:Body></e:Envelope>";
    static const char secret[] = "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body>"
                                 "<GetDeviceSecKeysRights xmlns='http://tempuri.org'/></e:Body></e:Envelope>";
    struct lens_incoming got;
    assert_int_equal(lens_call_read((const uint8_t *)least, strlen(least), &got), 0);
    assert_int_equal(got.call.operation, LENS_CHECK_OUT_GUEST);
    assert_null(got.call.values[LENS_SITE_NAME]);
    assert_string_equal(got.header.user, "");
    assert_string_equal(got.header.message_id, "");
    lens_incoming_free(&got);
    assert_int_equal(lens_call_read((const uint8_t *)secret, strlen(secret), &got), -1);
    assert_int_equal(got.call.operation, LENS_GET_DEVICE_SEC_KEYS_RIGHTS);
    lens_incoming_free(&got);
}

/* Cut anywhere it is refused, and a byte changed anywhere does no harm. */
static void test_cut_and_changed(void **state)
{
    (void)state;
    struct lens_incoming got;
    size_t length = strlen(example_create_new_booking);
    uint8_t *copy = malloc(length);
    assert_non_null(copy);
    for (size_t i = 0; i < length - 1; i++) {
        memcpy(copy, example_create_new_booking, i);
        assert_int_equal(lens_call_read(copy, i, &got), -1);
        lens_incoming_free(&got);
    }
    for (size_t i = 0; i < length; i++) {
        memcpy(copy, example_create_new_booking, length);
        copy[i] = (uint8_t)(i % 3 == 0 ? 0 : i % 3 == 1 ? '<' : 0xC3);
        (void)lens_call_read(copy, length, &got);
        lens_incoming_free(&got);
    }
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reading_refuses),
                                       cmocka_unit_test(test_reading_takes_less),
                                       cmocka_unit_test(test_cut_and_changed)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    return failed;
}
