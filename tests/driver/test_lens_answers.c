/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The answers of the LENS SOAP service: the examples of its description, every form there and back. */
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
#include "lens_answer_texts.h"
#include "lens_examples.h"

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

static void assert_written(enum lens_operation operation, const char *message_id, const struct lens_answer *answer,
                           const char *example)
{
    struct buf out = {0};
    assert_int_equal(lens_answer_write(operation, message_id, answer, &out), 0);
    char *ours = canonical((const char *)out.data, out.length);
    char *theirs = canonical(example, strlen(example));
    assert_string_equal(ours, theirs);
    xmlFree(ours);
    xmlFree(theirs);
    buf_free(&out);
}

static void test_examples(void **state)
{
    (void)state;
    struct lens_answer answer;
    assert_int_equal(read_as(LENS_CREATE_NEW_BOOKING, example_success_answer, &answer), LENS_ANSWER_SUCCESS);
    assert_string_equal(answer.code, "0");
    assert_string_equal(answer.text, "Success");
    assert_string_equal(answer.detail, "");
    assert_int_equal(answer.image_size, 5);
    assert_memory_equal(answer.image, "image", 5);
    assert_written(LENS_CREATE_NEW_BOOKING, "4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c01", &answer, example_success_answer);
    lens_answer_free(&answer);

    assert_int_equal(read_as(LENS_MAKE_DUPLICATE_KEY, example_fault_answer, &answer), LENS_ANSWER_FAULT);
    assert_string_equal(answer.code, "EncoderMsg");
    assert_string_equal(answer.text, "Encoder message");
    assert_string_equal(answer.detail, "TimeoutWaitingKey");
    assert_written(LENS_MAKE_DUPLICATE_KEY, "4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c02", &answer, example_fault_answer);
    lens_answer_free(&answer);

    assert_int_equal(read_as(LENS_MAKE_DUPLICATE_KEY, example_soap_fault_answer, &answer), LENS_ANSWER_SOAP_FAULT);
    assert_string_equal(answer.code, "s:Server");
    assert_string_equal(answer.text, "Server was unable to process request.");
    assert_false(answer.from_client);
    assert_written(LENS_MAKE_DUPLICATE_KEY, NULL, &answer, example_soap_fault_answer);
    lens_answer_free(&answer);
}

/* ---- A parser that is kept ------------------------------------------------------------------------------------- */

static void assert_same(struct lens_parser *kept, const char *text)
{
    struct lens_answer fresh, answer;
    (void)read_as(LENS_CHECK_OUT_GUEST, text, &fresh);
    assert_int_equal(lens_answer_read_with(kept, LENS_CHECK_OUT_GUEST, (const uint8_t *)text, strlen(text), &answer),
                     0);
    assert_int_equal(answer.kind, fresh.kind);
    assert_string_equal(answer.code, fresh.code);
    assert_string_equal(answer.text, fresh.text);
    assert_string_equal(answer.detail, fresh.detail);
    assert_string_equal(answer.problem, fresh.problem);
    lens_answer_free(&answer);
    lens_answer_free(&fresh);
}

/* Whatever was read before, each is read as by a new one. */
static void test_kept_parser(void **state)
{
    static const char *const texts[] = {
        RESPONSE("<bSuccess>true</bSuccess><ResponseMessage>first</ResponseMessage>"),
        RESPONSE("<bSuccess>false</bSuccess><ResponseCode>7</ResponseCode>"),
        RESULT("<Fault><faultcode>EncoderMsg</faultcode><detailInfo>NoCard</detailInfo></Fault>"),
        /* declares a prefix and ends early; the next uses it */
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:q=\"urn:q\"><s:Body><q:a><b>text",
        RESPONSE("<q:bSuccess>true</q:bSuccess>"),
        "<!DOCTYPE a [<!ENTITY e \"true\">]>" RESPONSE("<bSuccess>&e;</bSuccess>"),
        RESPONSE("<bSuccess>&e;</bSuccess>"),
        RESPONSE("<bSuccess>true</bSuccess>") "x",
        RESPONSE("<bSuccess>true</bSuccess>") "<a/>",
        RESPONSE("<bSuccess>true</bSuccess>") "<!-- end",
        RESPONSE("<bSuccess a=\"1\" a=\"2\">true</bSuccess>"),
        RESPONSE("<bSuccess>true</bSuccess><ResponseMessage>\xC3\xA9\xE2\x82\xAC</ResponseMessage>"),
        "\xEF\xBB\xBF" RESPONSE("<bSuccess>1</bSuccess>"),
        "<?xml version=\"1.0\" encoding=\"utf-16\"?>" RESPONSE("<bSuccess>1</bSuccess>"),
        "",
        "<",
        "<a/>",
    };
    struct lens_parser kept = {0};
    (void)state;
    for (size_t first = 0; first < COUNT_OF(texts); first++) {
        for (size_t second = 0; second < COUNT_OF(texts); second++) {
            assert_same(&kept, texts[first]);
            assert_same(&kept, texts[second]);
        }
    }
    lens_parser_free(&kept);
    lens_parser_free(&kept);
    assert_same(&kept, texts[0]);
    assert_non_null(kept.context);
    assert_same(&kept, texts[3]);
    assert_null(kept.context);
    lens_parser_free(&kept);
}

/* It remembers the names of elements, which anyone may send. */
static void test_kept_parser_is_bounded(void **state)
{
    struct lens_parser kept = {0};
    size_t most = 0, made_anew = 0;
    (void)state;
    for (int i = 0; i < 4000; i++) {
        char text[512];
        void *before = kept.context;
        snprintf(text, sizeof text, RESPONSE("<bSuccess>true</bSuccess><name%d/>"), i);
        assert_same(&kept, text);
        made_anew += before != NULL && kept.context == NULL;
        most = kept.bytes > most ? kept.bytes : most;
    }
    assert_true(made_anew > 0);
    assert_true(most <= (size_t)1024 * 1024);
    lens_parser_free(&kept);
}

/* ---- The rules ------------------------------------------------------------------------------------------------- */

static void test_success_is_a_value(void **state)
{
    (void)state;
    assert_int_equal(kind_of(RESPONSE("<bSuccess>true</bSuccess>")), LENS_ANSWER_SUCCESS);
    assert_int_equal(kind_of(RESPONSE("<x:bSuccess xmlns:x='urn:x'> 1\n</x:bSuccess>")), LENS_ANSWER_SUCCESS);
    assert_int_equal(kind_of(RESPONSE("<bSuccess>tr<!-- -->u<![CDATA[e]]></bSuccess>")), LENS_ANSWER_SUCCESS);
    assert_int_equal(kind_of(RESPONSE("<bSuccess>false</bSuccess>")), LENS_ANSWER_NO_SUCCESS);
    assert_int_equal(kind_of(RESPONSE("<bSuccess>0</bSuccess><ResponseMessage>SUCCESS</ResponseMessage>")),
                     LENS_ANSWER_NO_SUCCESS);
    static const char *const unusable[] = {
        RESPONSE("<bSuccess/>"),
        RESPONSE("<bSuccess>yes</bSuccess>"),
        RESPONSE("<bSuccess>TRUE</bSuccess>"),
        RESPONSE("<bSuccess><true/></bSuccess>"),
        RESPONSE("<bSuccess>true</bSuccess><bSuccess>false</bSuccess>"),
        RESPONSE("<ResponseMessage>SUCCESS</ResponseMessage>"),
        RESPONSE("<x><bSuccess>true</bSuccess></x>"),
        RESULT("<bSuccess>true</bSuccess>"),
        RESULT(""),
        RESULT("true"),
        RESULT("<CMessengerResponse><bSuccess>true</bSuccess></CMessengerResponse><Fault/>"),
        RESULT("<Something><bSuccess>true</bSuccess></Something>"),
        ENVELOPE(""),
        ENVELOPE("<CheckOutGuestResponse/>"),
        ENVELOPE("<CheckOutGuestResult><CMessengerResponse><bSuccess>true</bSuccess></CMessengerResponse>"
                 "</CheckOutGuestResult>"),
        "<Envelope><Header/></Envelope>",
        "<CheckOutGuestResponse/>"};
    for (size_t i = 0; i < COUNT_OF(unusable); i++) {
        if (kind_of(unusable[i]) != LENS_ANSWER_UNREADABLE)
            fail_msg("case %zu was taken", i);
    }
}

static void test_places(void **state)
{
    (void)state;
    struct lens_answer answer;
    /* a Fault in the result is the service's, one in the body SOAP's; neither counts anywhere else */
    assert_int_equal(kind_of(RESULT("<Fault/>")), LENS_ANSWER_FAULT);
    assert_int_equal(kind_of(ENVELOPE("<Fault/>")), LENS_ANSWER_SOAP_FAULT);
    assert_int_equal(kind_of(RESPONSE("<Fault/><bSuccess>true</bSuccess>")), LENS_ANSWER_SUCCESS);
    assert_int_equal(read_as(LENS_CHECK_OUT_GUEST,
                             RESULT("<q:Fault xmlns:q='urn:q'><q:faultcode>17</q:faultcode><detailInfo> a <b>deep"
                                    "</b><c>er</c></detailInfo></q:Fault>"),
                             &answer),
                     LENS_ANSWER_FAULT);
    assert_string_equal(answer.code, "17");
    assert_string_equal(answer.text, "");
    assert_string_equal(answer.detail, "deep er");
    lens_answer_free(&answer);
    /* another operation's answer */
    assert_int_equal(read_as(LENS_MAKE_DUPLICATE_KEY, example_success_answer, &answer), LENS_ANSWER_UNREADABLE);
    lens_answer_free(&answer);
    static const struct {
        const char *code;
        bool from_client;
    } codes[] = {
        {"s:Client", true},          {"Client", true},   {"soap:Client.Authentication", true}, {"s:Server", false},
        {"s:VersionMismatch", true}, {"Clients", false}, {"s:MustUnderstand", true},           {"", false}};
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        struct lens_answer fault = {.kind = LENS_ANSWER_SOAP_FAULT, .code = codes[i].code, .text = "t", .detail = "d"};
        struct buf out = {0};
        assert_int_equal(lens_answer_write(LENS_CHECK_OUT_GUEST, "", &fault, &out), 0);
        assert_int_equal(lens_answer_read(LENS_CHECK_OUT_GUEST, out.data, out.length, &answer), 0);
        assert_int_equal(answer.kind, LENS_ANSWER_SOAP_FAULT);
        assert_int_equal(answer.from_client, codes[i].from_client);
        assert_string_equal(answer.detail, "d");
        lens_answer_free(&answer);
        buf_free(&out);
    }
}

static void test_image(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int size; /* -1: not base64 */
    } cases[] = {{"", 0},           {"AAAA", 3},   {"AAA=", 2},    {"AA==", 1},   {"A===", -1}, {"A", -1},
                 {"AA", -1},        {"AAA", -1},   {"AAAAA", -1},  {"AB==", -1},  {"AAB=", -1}, {"AA==AA==", -1},
                 {"AA=A", -1},      {"AAAA=", -1}, {"A-_A", -1},   {"AA\nAA", 3}, {"=", -1},    {"AAAA====", -1},
                 {"A\xC3\xA9", -1}, {" AAAA ", 3}, {"/+/+Zz09", 6}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct lens_answer answer;
        char text[600];
        assert_true(snprintf(text, sizeof text, RESPONSE("<bSuccess>true</bSuccess><retAccessKey>%s</retAccessKey>"),
                             cases[i].text) > 0);
        enum lens_answer_kind kind = read_as(LENS_CHECK_OUT_GUEST, text, &answer);
        if ((kind == LENS_ANSWER_SUCCESS) != (cases[i].size >= 0))
            fail_msg("case %zu: %s", i, answer.problem);
        if (cases[i].size >= 0)
            assert_int_equal(answer.image_size, cases[i].size);
        assert_true((answer.image == NULL) == (answer.image_size == 0));
        lens_answer_free(&answer);
    }
}

/* Images of every length up to some, there and back; and one that is too large. */
static void test_image_lengths(void **state)
{
    (void)state;
    static uint8_t bytes[64 * 1024 + 1];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 167 + (i >> 8));
    for (size_t size = 0; size <= sizeof bytes; size += size < 80 ? 1 : size < 65535 ? 65536 - size : 1) {
        struct lens_answer answer = {.kind = LENS_ANSWER_SUCCESS, .image = bytes, .image_size = size}, got;
        struct buf out = {0};
        assert_int_equal(lens_answer_write(LENS_CREATE_NEW_BOOKING, "", &answer, &out), 0);
        assert_int_equal(lens_answer_read(LENS_CREATE_NEW_BOOKING, out.data, out.length, &got), 0);
        assert_int_equal(got.kind, size > 65536 ? LENS_ANSWER_UNREADABLE : LENS_ANSWER_SUCCESS);
        if (size > 0 && size <= 65536)
            assert_memory_equal(got.image, bytes, size);
        lens_answer_free(&got);
        buf_free(&out);
    }
}

/* ---- Every operation and kind there and back ------------------------------------------------------------------- */

static void assert_there_and_back(enum lens_operation operation, const struct lens_answer *answer,
                                  enum lens_answer_kind kind)
{
    struct buf out = {0};
    struct lens_answer got;
    assert_int_equal(lens_answer_write(operation, "4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c01", answer, &out), 0);
    assert_int_equal(lens_answer_read(operation, out.data, out.length, &got), 0);
    if (got.kind != kind)
        fail_msg("%s: kind %d, %s", lens_operation_name(operation), (int)got.kind, got.problem);
    if (kind == answer->kind)
        assert_string_equal(got.text, answer->text);
    else
        assert_non_null(strstr(got.text, answer->text));
    assert_int_equal(got.transaction_count, answer->transaction_count);
    for (size_t i = 0; i < got.transaction_count; i++) {
        const struct lens_transaction *one = &got.transactions[i], *other = &answer->transactions[i];
        assert_true(one->id == other->id && one->number == other->number && one->in_error == other->in_error);
        assert_string_equal(one->activity, other->activity);
        assert_string_equal(one->time, other->time);
        assert_string_equal(one->status, other->status);
        assert_string_equal(one->guest, other->guest);
        assert_string_equal(one->message, other->message);
        assert_string_equal(one->room, other->room);
    }
    lens_answer_free(&got);
    buf_free(&out);
}

static void test_every_operation(void **state)
{
    (void)state;
    static struct lens_transaction entries[] = {
        {INT64_MIN, INT64_MAX, true, "a<&", "2026-05-04T13:05:00Z", "s", "Lee & \xC3\x96", "m", "101"},
        {0, 1, false, "", "2026-05-04T13:05:00", "", "", "", ""}};
    for (enum lens_operation i = 0; i < LENS_OPERATION_COUNT; i++) {
        bool history = i == LENS_GET_MOBILE_TRANSACTION_HISTORY, text = i == LENS_HELLO_WORLD_TEST;
        bool staff = i == LENS_SEND_KEY_2_STAFF_MOBILE_DEVICE || i == LENS_UNREGISTER_STAFF;
        struct lens_answer answer = {.kind = LENS_ANSWER_SUCCESS, .code = "-3", .text = "<ok> & \"\xE2\x82\xAC\""};
        if (history) {
            answer.transactions = entries;
            answer.transaction_count = COUNT_OF(entries);
        }
        assert_there_and_back(i, &answer, LENS_ANSWER_SUCCESS);
        answer.transaction_count = 0;
        answer.kind = LENS_ANSWER_NO_SUCCESS;
        if (!text)
            assert_there_and_back(i, &answer, LENS_ANSWER_NO_SUCCESS);
        answer.kind = LENS_ANSWER_FAULT;
        answer.code = "RoomNumberNotFound";
        assert_there_and_back(i, &answer, text || staff ? LENS_ANSWER_SOAP_FAULT : LENS_ANSWER_FAULT);
        answer.kind = LENS_ANSWER_SOAP_FAULT;
        assert_there_and_back(i, &answer, LENS_ANSWER_SOAP_FAULT);
        struct buf out = {0};
        answer.kind = LENS_ANSWER_UNREADABLE;
        assert_int_equal(lens_answer_write(i, "", &answer, &out), -1);
        answer.kind = LENS_ANSWER_SUCCESS;
        answer.text = "\x01";
        assert_int_equal(lens_answer_write(i, "", &answer, &out), -1);
        assert_int_equal(out.length, 0);
        buf_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept_parser),   cmocka_unit_test(test_kept_parser_is_bounded),
        cmocka_unit_test(test_examples),      cmocka_unit_test(test_success_is_a_value),
        cmocka_unit_test(test_places),        cmocka_unit_test(test_image),
        cmocka_unit_test(test_image_lengths), cmocka_unit_test(test_every_operation),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    return failed;
}
