/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fault names of the LENS SOAP service: how many there are, what they mean, and where they are found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <libxml/parser.h>

#include "lens/codec.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* How many names of each meaning the description lists: main reasons, detail reasons. */
static void test_counts(void **state)
{
    (void)state;
    static const struct {
        enum lens_meaning meaning;
        size_t main, detail;
    } counts[] = {{LENS_MEANS_OK, 2, 4},
                  {LENS_MEANS_LOOK_AT_DETAIL, 1, 0},
                  {LENS_MEANS_UNAUTHORIZED, 3, 7},
                  {LENS_MEANS_NO_RESPONSE, 4, 5},
                  {LENS_MEANS_BUSY, 2, 0},
                  {LENS_MEANS_ENCODER_BUSY, 0, 6},
                  {LENS_MEANS_ENCODER_OFFLINE, 0, 15},
                  {LENS_MEANS_NO_CARD, 0, 6},
                  {LENS_MEANS_CARD_ERROR, 0, 16},
                  {LENS_MEANS_BAD_ARGUMENT, 7, 15},
                  {LENS_MEANS_BAD_DATES, 0, 11},
                  {LENS_MEANS_UNKNOWN_ROOM, 2, 7},
                  {LENS_MEANS_NO_BOOKING, 7, 0},
                  {LENS_MEANS_CONFLICT, 4, 6},
                  {LENS_MEANS_TOO_MANY_KEYS, 2, 1},
                  {LENS_MEANS_NOT_ALLOWED, 2, 0},
                  {LENS_MEANS_BAD_AREA, 0, 5},
                  {LENS_MEANS_LOCK_OFFLINE, 2, 0},
                  {LENS_MEANS_NOT_SUPPORTED, 2, 7},
                  {LENS_MEANS_BAD_PHONE, 2, 0},
                  {LENS_MEANS_MOBILE_FAILED, 1, 1},
                  {LENS_MEANS_INTERNAL, 10, 50},
                  {LENS_MEANS_UNKNOWN, 0, 0}};
    size_t main_count = 0, detail_count = 0;
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        size_t found[2] = {0, 0};
        for (size_t k = 0; k < lens_fault_name_count; k++)
            found[lens_fault_names[k].detail] += lens_fault_names[k].meaning == counts[i].meaning;
        assert_int_equal(found[0], counts[i].main);
        assert_int_equal(found[1], counts[i].detail);
        main_count += found[0];
        detail_count += found[1];
    }
    assert_int_equal(main_count, 53);
    assert_int_equal(detail_count, 162);
    assert_int_equal(lens_fault_name_count, 53 + 162);
    for (size_t i = 0; i < lens_fault_name_count; i++) {
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(lens_fault_names[i].name, lens_fault_names[k].name);
    }
}

static const struct lens_fault_name *find(const char *code, const char *text, const char *detail)
{
    const struct lens_answer answer = {.kind = LENS_ANSWER_FAULT, .code = code, .text = text, .detail = detail};
    return lens_fault_find(&answer);
}

static void assert_found(const char *code, const char *text, const char *detail, const char *name)
{
    const struct lens_fault_name *found = find(code, text, detail);
    if (name == NULL) {
        assert_null(found);
        return;
    }
    assert_non_null(found);
    assert_string_equal(found->name, name);
}

/* Each name alone in each of the three places, through the wire, in both cases of letters. */
static void test_each_name_in_each_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < lens_fault_name_count; i++) {
        const struct lens_fault_name *name = &lens_fault_names[i];
        char lower[80] = "", padded[100];
        for (size_t k = 0; name->name[k] != '\0'; k++)
            lower[k] = name->name[k] >= 'A' && name->name[k] <= 'Z' ? (char)(name->name[k] + 32) : name->name[k];
        assert_true(snprintf(padded, sizeof padded, " %s ", lower) > 0);
        const char *const forms[] = {name->name, lower, padded};
        for (size_t form = 0; form < COUNT_OF(forms); form++) {
            assert_ptr_equal(find(forms[form], "", ""), name);
            assert_ptr_equal(find("", forms[form], ""), name);
            assert_ptr_equal(find("", "", forms[form]), name);
            assert_ptr_equal(find(NULL, NULL, forms[form]), name);
        }
        for (size_t place = 0; place < 3; place++) {
            struct lens_answer answer = {.kind = LENS_ANSWER_FAULT}, got;
            *(place == 0 ? &answer.code : place == 1 ? &answer.text : &answer.detail) = name->name;
            struct buf out = {0};
            assert_int_equal(lens_answer_write(LENS_MAKE_DUPLICATE_KEY, "", &answer, &out), 0);
            assert_int_equal(lens_answer_read(LENS_MAKE_DUPLICATE_KEY, out.data, out.length, &got), 0);
            assert_int_equal(got.kind, LENS_ANSWER_FAULT);
            assert_ptr_equal(lens_fault_find(&got), name);
            lens_answer_free(&got);
            buf_free(&out);
        }
        /* as the detail of EncoderMsg */
        bool reason = name->detail && name->meaning != LENS_MEANS_OK;
        assert_found("EncoderMsg", "Encoder message", name->name, reason ? name->name : "EncoderMsg");
    }
}

static void test_search(void **state)
{
    (void)state;
    /* in order, in sentences, as whole words */
    assert_found("RoomNumberNotFound", "KeyJammed", "EncoderBusy", "RoomNumberNotFound");
    assert_found("12", "the KeyJammed, sorry", "EncoderBusy", "KeyJammed");
    assert_found("t:RoomOFFLine", "", "", "RoomOFFLine");
    assert_found("12", "", "Reason=ROOMOFFLINE;", "RoomOFFLine");
    assert_found("XRoomOFFLine", "RoomOFFLine_2", "RoomOFFLine\xC3\xA9", NULL);
    assert_found("12", "-3", "0", NULL);
    assert_found("", "", "", NULL);
    assert_found(NULL, NULL, NULL, NULL);
    assert_found("SomethingNew", "no idea", "really", NULL);
    /* the detail reason of EncoderMsg */
    assert_found("EncoderMsg", "Encoder message", "TimeoutWaitingKey", "TimeoutWaitingKey");
    assert_found("EncoderMsg", "KeyJammed", "", "KeyJammed");
    assert_found("17", "EncoderMsg: KeyJammed", "", "KeyJammed");
    assert_found("EncoderMsg", "KeyJammed", "EncoderBusy", "EncoderBusy");
    assert_found("EncoderMsg", "5", "", "EncoderMsg");
    assert_found("EncoderMsg", "", "Success", "EncoderMsg");
    assert_found("EncoderMsg", "", "RoomNumberNotFound", "EncoderMsg");
    /* what says that nothing is wrong must stand alone, and gives way to what says more */
    assert_found("NoActionRequired", "No action is required.", "", "NoActionRequired");
    assert_found("NoFault", "", "KeyJammed", "KeyJammed");
    assert_found("Error", "this was no success", "", NULL);
    assert_found("17", "Something broke", "NotApplicable", NULL);
    assert_found("17", "", "Success", NULL);
    assert_found("17", "RoomNumberNotFound", "Success", "RoomNumberNotFound");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_counts), cmocka_unit_test(test_each_name_in_each_place),
                                       cmocka_unit_test(test_search)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    return failed;
}
