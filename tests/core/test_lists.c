/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of the ledger that are cut off say so. */
#include "desk.h"

#include <stdio.h>

typedef int32_t lister(kc_site *site, int32_t filter, const char *value, int32_t limit, kc_op **op);

enum { BY_DEFAULT = 1000 };

static void assert_list(struct desk *desk, lister *list, int32_t filter, const char *value, int32_t limit,
                        int32_t count, bool more)
{
    kc_op *op = NULL;
    assert_ok(list(desk->site, filter, value, limit, &op));
    assert_int_equal(kc_op_has_more(op), 0); /* not known yet */
    desk_watch(desk, op);
    desk_finish(desk, op);
    assert_ok(kc_op_get_status(op));
    assert_int_equal(list == kc_list_keys ? kc_op_get_key_count(op) : kc_op_get_op_count(op), count);
    assert_int_equal(kc_op_has_more(op), more);
}

/* Three keys and four operations of one stay. */
static void make_stay(struct desk *desk)
{
    assert_made(desk_original(desk, "4711", "101"));
    assert_made(desk_duplicate(desk, "4711"));
    assert_made(desk_duplicate(desk, "4711"));
    assert_ok(kc_op_get_status(desk_run(desk, kc_check_out, desk_request(desk, "4711", NULL))));
}

static void check_stay(struct desk *desk)
{
    static const struct {
        int32_t filter;
        const char *value;
    } asked[] = {{KC_FILTER_ALL, NULL}, {KC_FILTER_BOOKING, "4711"}, {KC_FILTER_ROOM, "101"}};
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        const int32_t filter = asked[i].filter;
        const char *value = asked[i].value;
        assert_list(desk, kc_list_keys, filter, value, 1, 1, true);
        assert_list(desk, kc_list_keys, filter, value, 2, 2, true);
        assert_list(desk, kc_list_keys, filter, value, 3, 3, false);
        assert_list(desk, kc_list_keys, filter, value, INT32_MAX, 3, false);
        assert_list(desk, kc_list_keys, filter, value, 0, 3, false);
        assert_list(desk, kc_list_ops, filter, value, 3, 3, true);
        assert_list(desk, kc_list_ops, filter, value, 4, 4, false);
    }
    assert_list(desk, kc_list_keys, KC_FILTER_ROOM, "102", 1, 0, false);
}

static void test_a_list_tells_whether_there_are_more(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    make_stay(desk);
    check_stay(desk);
}

static void test_a_list_of_a_file_tells_whether_there_are_more(void **state)
{
    struct desk *desk = *state;
    desk_use_file(desk);
    desk_open_virtual(desk, "");
    make_stay(desk);
    check_stay(desk);
}

static void test_a_list_of_the_unresolved_tells_whether_there_are_more(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "back-off=1");
    char message[SIMULATOR_MESSAGE_SIZE];
    if (!simulator_add_fault(desk->simulator, "drop-after-ack@1", message) ||
        !simulator_add_fault(desk->simulator, "drop-after-ack@2", message))
        fail_msg("%s", message);
    for (int i = 0; i < 2; i++) {
        char room[8];
        (void)snprintf(room, sizeof(room), "%d", 101 + i);
        assert_int_equal(kc_op_get_outcome(desk_original(desk, room, room)), KC_OUTCOME_UNKNOWN);
    }
    assert_made(desk_original(desk, "103", "103"));
    assert_list(desk, kc_list_ops, KC_FILTER_UNRESOLVED, NULL, 1, 1, true);
    assert_list(desk, kc_list_ops, KC_FILTER_UNRESOLVED, NULL, 2, 2, false);
}

static void test_the_limit_that_nobody_gave(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    for (int i = 0; i < BY_DEFAULT; i++) {
        char room[8];
        (void)snprintf(room, sizeof(room), "%d", 1 + i);
        assert_made(desk_original(desk, room, room));
    }
    assert_list(desk, kc_list_keys, KC_FILTER_ALL, NULL, 0, BY_DEFAULT, false);
    assert_made(desk_original(desk, "4711", "4711"));
    assert_list(desk, kc_list_keys, KC_FILTER_ALL, NULL, 0, BY_DEFAULT, true);
    assert_list(desk, kc_list_ops, KC_FILTER_ALL, NULL, 0, BY_DEFAULT, true);
}

static void test_what_is_no_list_has_no_more(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *made = desk_original(desk, "4711", "101");
    assert_made(made);
    assert_int_equal(kc_op_has_more(made), 0);
    assert_int_equal(kc_op_has_more(desk_find(desk, kc_op_get_id(made))), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_a_list_tells_whether_there_are_more),
        DESK_TEST(test_a_list_of_a_file_tells_whether_there_are_more),
        DESK_TEST(test_a_list_of_the_unresolved_tells_whether_there_are_more),
        DESK_TEST(test_the_limit_that_nobody_gave),
        DESK_TEST(test_what_is_no_list_has_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
