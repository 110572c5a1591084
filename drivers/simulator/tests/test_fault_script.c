/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading NAME[:ARG][@N], and which faults strike which request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fault.h"

static void good_faults(void **state)
{
    static const struct {
        const char *text;
        enum fault_name name;
        int64_t argument;
        uint64_t only;
        const char *code;
    } cases[] = {
        {"nak", FAULT_NAK, 1, 0, ""},
        {"nak:3", FAULT_NAK, 3, 0, ""},
        {"nak:3@2", FAULT_NAK, 3, 2, ""},
        {"busy", FAULT_BUSY, 1, 0, ""},
        {"busy:2@7", FAULT_BUSY, 2, 7, ""},
        {"silent-before-ack", FAULT_SILENT_BEFORE_ACK, 0, 0, ""},
        {"silent-after-ack@1", FAULT_SILENT_AFTER_ACK, 0, 1, ""},
        {"drop-after-request", FAULT_DROP_AFTER_REQUEST, 0, 0, ""},
        {"drop-after-ack@1000000000", FAULT_DROP_AFTER_ACK, 0, 1000000000, ""},
        {"drop-at:0", FAULT_DROP_AT, 0, 0, ""},
        {"drop-at:5", FAULT_DROP_AT, 5, 0, ""},
        {"late:250@4", FAULT_LATE, 250, 4, ""},
        {"twice", FAULT_TWICE, 0, 0, ""},
        {"bad-check", FAULT_BAD_CHECK, 0, 0, ""},
        {"garbage", FAULT_GARBAGE, 16, 0, ""},
        {"garbage:1", FAULT_GARBAGE, 1, 0, ""},
        {"split", FAULT_SPLIT, 1, 0, ""},
        {"split:0", FAULT_SPLIT, 0, 0, ""},
        {"glue", FAULT_GLUE, 0, 0, ""},
        {"error:TD@3", FAULT_ERROR, 0, 3, "TD"},
        {"error:VIP_WRITE_ERROR", FAULT_ERROR, 0, 0, "VIP_WRITE_ERROR"},
        {"http-status:502@2", FAULT_HTTP_STATUS, 502, 2, ""},
        {"html", FAULT_HTML, 0, 0, ""},
        {"soap-fault@1", FAULT_SOAP_FAULT, 0, 1, ""},
        {"undeliverable", FAULT_UNDELIVERABLE, 0, 0, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fault fault;
        char message[400] = "";
        if (fault_parse(cases[i].text, &fault, message, sizeof message) != 0) {
            fail_msg("%s: %s", cases[i].text, message);
        }
        assert_int_equal(fault.name, cases[i].name);
        assert_int_equal(fault.argument, cases[i].argument);
        assert_int_equal(fault.only, cases[i].only);
        assert_string_equal(fault.code, cases[i].code);
    }
}

static void bad_faults(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "the faults are nak, busy"},
        {"explode", "unknown fault \"explode\"; the faults are"},
        {"explode", "of devices unreadable, lost and leaves"},
        {"nack", "did you mean \"nak\"?"},
        {"silent-befor-ack", "did you mean \"silent-before-ack\"?"},
        {"drop-after-akc", "did you mean \"drop-after-ack\"?"},
        {"Twice", "did you mean \"twice\"?"},
        {"nak:0", "how many times in a row from 1"},
        {"nak:-1", "not \"-1\""},
        {"nak:", "not \"\""},
        {"nak: 3", "not \" 3\""},
        {"nak:1000001", "to 1000000"},
        {"nak:99999999999999999999999999", "to 1000000"},
        {"late", "needs milliseconds, as in \"late:5\""},
        {"late:x", "not \"x\""},
        {"drop-at", "needs a number of bytes"},
        {"drop-at:0x5", "not \"0x5\""},
        {"twice:2", "takes no argument, but \"2\" was given"},
        {"error", "needs an error code of the protocol, as in \"error:ES\""},
        {"error:", "1 to 63 letters and digits"},
        {"error:A|B", "not \"A|B\""},
        {"error:\xB3", "1 to 63"},
        {"error:ABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJABCD", "1 to 63"},
        {"http-status", "needs a status, as in \"http-status:500\""},
        {"http-status:199", "a status from 200 to 599"},
        {"html:1", "takes no argument"},
        {"nak@0", "\"0\" after @ is not the number of a request (1 is the first)"},
        {"nak@", "after @"},
        {"nak@-2", "after @"},
        {"nak@two", "after @"},
        {"nak@1@2", "unknown fault \"nak@1\""},
        {"@1", "unknown fault \"\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fault fault;
        char message[400] = "";
        if (fault_parse(cases[i].text, &fault, message, sizeof message) == 0) {
            fail_msg("\"%s\" was taken", cases[i].text);
        }
        if (strstr(message, cases[i].message) == NULL) {
            fail_msg("\"%s\" gave: %s", cases[i].text, message);
        }
    }
}

static void too_long_fault(void **state)
{
    char text[5000], message[400];
    struct fault fault;
    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(fault_parse(text, &fault, message, sizeof message), -1);
    assert_non_null(strstr(message, "is too long"));
}

static void add(struct fault_list *list, const char *text)
{
    struct fault fault;
    char message[400];
    assert_int_equal(fault_parse(text, &fault, message, sizeof message), 0);
    assert_int_equal(fault_list_add(list, &fault), 0);
}

static void plan_of_a_request(void **state)
{
    struct fault_list list = {NULL, 0};
    struct fault_plan plan;
    (void)state;
    add(&list, "split:2");
    add(&list, "error:TD@2");
    add(&list, "late:5@2");
    add(&list, "late:7@3");
    fault_list_plan(&list, 1, &plan);
    assert_true(plan.on[FAULT_SPLIT]);
    assert_int_equal(plan.argument[FAULT_SPLIT], 2);
    assert_false(plan.on[FAULT_ERROR]);
    assert_false(plan.on[FAULT_LATE]);
    fault_list_plan(&list, 2, &plan);
    assert_true(plan.on[FAULT_SPLIT]);
    assert_string_equal(plan.code, "TD");
    assert_int_equal(plan.argument[FAULT_LATE], 5);
    fault_list_plan(&list, 3, &plan);
    assert_int_equal(plan.argument[FAULT_LATE], 7);
    assert_false(plan.on[FAULT_ERROR]);
    fault_list_clear(&list);
    fault_list_plan(&list, 2, &plan);
    assert_false(plan.on[FAULT_SPLIT]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_faults),
        cmocka_unit_test(bad_faults),
        cmocka_unit_test(too_long_fault),
        cmocka_unit_test(plan_of_a_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
