/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ledger against its journal. */
#include "desk.h"

#include <stdio.h>
#include <string.h>

#include "forge.h"

static kc_op *verify(struct desk *desk)
{
    kc_op *op;
    assert_ok(kc_verify_ledger(desk->site, &op));
    assert_int_equal(kc_op_get_entry_count(op), 0);
    assert_string_equal(kc_op_get_ledger_digest(op), "");
    desk_watch(desk, op);
    desk_finish(desk, op);
    return op;
}

static void another_operator(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.operator_name = packed->record.station;
}

static void test_every_operation_has_its_entries(void **state)
{
    struct desk *desk = *state;
    char digest[65];
    desk_use_file(desk);
    desk_open_virtual(desk, "");
    kc_op *empty = verify(desk);
    assert_ok(kc_op_get_status(empty));
    assert_int_equal(kc_op_get_entry_count(empty), 0);
    assert_int_equal(strlen(kc_op_get_ledger_digest(empty)), 64);
    assert_made(desk_original(desk, "4711", "101")); /* intent, outcome */
    kc_op *first = verify(desk);
    assert_ok(kc_op_get_status(first));
    assert_int_equal(kc_op_get_entry_count(first), 2);
    snprintf(digest, sizeof(digest), "%s", kc_op_get_ledger_digest(first));
    assert_made(desk_original(desk, "4711", "101")); /* and the first is void */
    kc_op *second = verify(desk);
    assert_int_equal(kc_op_get_entry_count(second), 5);
    assert_string_not_equal(kc_op_get_ledger_digest(second), digest);
    snprintf(digest, sizeof(digest), "%s", kc_op_get_ledger_digest(second));
    desk_restart(desk);
    kc_op *again = verify(desk);
    assert_int_equal(kc_op_get_entry_count(again), 5);
    assert_string_equal(kc_op_get_ledger_digest(again), digest);
}

static void test_forgetting_leaves_the_journal_whole(void **state)
{
    struct desk *desk = *state;
    kc_op *forget;
    desk_use_file(desk);
    desk_open_virtual(desk, "");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_guest(request, "Zebulon Quartermain"));
    assert_made(desk_run(desk, kc_issue_original, request));
    assert_ok(kc_forget_guest(desk->site, "4711", &forget));
    desk_watch(desk, forget);
    desk_finish(desk, forget);
    assert_ok(kc_op_get_status(forget));
    kc_op *op = verify(desk);
    assert_ok(kc_op_get_status(op));
    assert_int_equal(kc_op_get_entry_count(op), 3);
}

static void test_first_entry_that_does_not_fit_is_named(void **state)
{
    struct desk *desk = *state;
    desk_use_file(desk);
    desk_open_virtual(desk, "");
    kc_op *victim = desk_original(desk, "4711", "101");
    assert_made(victim);
    assert_made(desk_original(desk, "4712", "102"));
    forge(store_find("sqlite"), strchr(desk->ledger, ':') + 1, "Grand Hotel", "4711", NULL, another_operator);
    kc_op *op = verify(desk);
    assert_refused(op, KC_ERROR_LEDGER_DAMAGED, "ledger");
    const char *message = kc_error_get_message(kc_op_get_error(op));
    assert_non_null(strstr(message, "Entry 2 "));
    assert_non_null(strstr(message, kc_op_get_id(victim)));
    assert_int_equal(kc_op_get_entry_count(op), 1);
}

static void test_ledger_without_journal(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_refused(verify(desk), KC_ERROR_NOT_OFFERED, "ledger");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_every_operation_has_its_entries),
        DESK_TEST(test_forgetting_leaves_the_journal_whole),
        DESK_TEST(test_first_entry_that_does_not_fit_is_named),
        DESK_TEST(test_ledger_without_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
