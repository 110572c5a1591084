/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The driver `virtual:`: the script of faults, want of memory, the options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "virtual_requests.h"

static const char *const room_102[] = {"102"};
static const char *const suite[] = {"101", "102"};

/* ---- The script ------------------------------------------------------------------------------------------------ */

static void test_refusals_of_the_script(void **state)
{
    struct fake_core *core = *state;
    const struct {
        int32_t status;
        bool reached;
    } expected[] = {{KC_OK, true},
                    {KC_ERROR_ENCODER_BUSY, false},
                    {KC_ERROR_NO_CARD, true},
                    {KC_ERROR_CARD, true},
                    {KC_ERROR_ENCODER_OFFLINE, false},
                    {KC_ERROR_ROOM_UNAVAILABLE, false},
                    {KC_ERROR_CARD_REFUSED, true},
                    {KC_ERROR_VENDOR, false},
                    {KC_OK, true}};
    char error_6[40], error_7[40], script[200];
    (void)snprintf(error_6, sizeof error_6, "error:%s@6", kc_status_name(KC_ERROR_ROOM_UNAVAILABLE));
    (void)snprintf(error_7, sizeof error_7, "error:%s@7", kc_status_name(KC_ERROR_CARD_REFUSED));
    (void)snprintf(script, sizeof script, "script=busy@2,no-card@3,card@4,offline@5,%s,%s,vendor:EP@8", error_6,
                   error_7);
    assert_int_equal(WITH(script), KC_OK);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_good(run(core, KC_VERB_DISCOVER)); /* is not counted */
        struct fake_op *op = run(core, KC_VERB_ISSUE_ORIGINAL);
        assert_true(op->done && op->committed);
        assert_int_equal(op->error.code, expected[i].status);
        assert_int_equal(op->reached, expected[i].reached);
        if (op->error.code != KC_OK)
            assert_refused(op, expected[i].status);
        if (op->error.code == KC_ERROR_VENDOR)
            assert_string_equal(op->error.vendor_code, "EP");
    }
    assert_int_equal(core->seen_state[12], KC_ENCODER_OFFLINE); /* after a connection and five discoveries of two */
    assert_int_equal(virtual_effect_count(&core->link), 2);
}

static void test_silence_before_and_after(void **state)
{
    struct fake_core *core = *state;
    assert_int_equal(WITH("script=silent@1,silent-after@2,silent@3"), KC_OK);
    struct fake_op *op = run(core, KC_VERB_ISSUE_ORIGINAL);
    fake_core_advance(core, 59999);
    assert_false(op->done);
    fake_core_advance(core, 1);
    assert_int_equal(op->error.code, KC_ERROR_TIMED_OUT);
    assert_int_equal(op->outcome, KC_OUTCOME_UNKNOWN);
    assert_int_equal(virtual_effect_count(&core->link), 0);
    op = run(core, KC_VERB_ISSUE_ORIGINAL);
    fake_core_advance(core, 60000);
    assert_int_equal(op->outcome, KC_OUTCOME_UNKNOWN);
    assert_int_equal(virtual_effect_count(&core->link), 1);
    assert_true(virtual_card_opens(&core->link, 0, "101"));
    op = run(core, KC_VERB_READ_CARD);
    fake_core_advance(core, 60000);
    assert_int_equal(op->outcome, KC_OUTCOME_NOT_WRITTEN);
    op = run(core, KC_VERB_READ_CARD); /* tells that it was written */
    assert_string_equal(op->card.rooms.items[0], "101");
}

static void test_drop_before_and_after(void **state)
{
    struct fake_core *core = *state;
    assert_int_equal(WITH("hand=10", "script=drop@1,drop-after@2"), KC_OK);
    for (int32_t i = 0; i < 2; i++) {
        struct fake_op *op = run(core, KC_VERB_ISSUE_ORIGINAL);
        fake_core_advance(core, 9);
        assert_false(op->done);
        fake_core_advance(core, 1);
        assert_int_equal(op->error.code, KC_ERROR_CONNECTION_LOST);
        assert_int_equal(op->outcome, KC_OUTCOME_UNKNOWN);
        assert_int_equal(virtual_effect_count(&core->link), i);
        assert_int_equal(core->down_count, i + 1);
    }
    struct fake_op *op = run(core, KC_VERB_ISSUE_DUPLICATE);
    fake_core_advance(core, 10);
    assert_good(op);
}

static void test_late_answer(void **state)
{
    struct fake_core *core = *state;
    assert_int_equal(WITH("script=late:500", "answer-timeout=1000"), KC_OK);
    struct fake_op *op = run(core, KC_VERB_ISSUE_ORIGINAL);
    assert_int_equal(virtual_effect_count(&core->link), 1);
    fake_core_cancel(core, op); /* nothing to be cancelled any more */
    fake_core_advance(core, 499);
    assert_false(op->done);
    fake_core_advance(core, 1);
    assert_good(op);
    assert_int_equal(WITH("script=late:1001"), KC_OK);
    op = run(core, KC_VERB_CHECK_OUT);
    fake_core_advance(core, 2000);
    assert_int_equal(op->outcome, KC_OUTCOME_UNKNOWN);
    assert_false(virtual_room_occupied(&core->link, "101"));
}

static void test_faults_of_verbs_without_card(void **state)
{
    struct fake_core *core = *state;
    assert_int_equal(WITH("hand=10", "script=no-card@2,drop@3,card@4"), KC_OK);
    struct fake_op *op = run(core, KC_VERB_ISSUE_ORIGINAL);
    fake_core_advance(core, 10);
    assert_good(op);
    op = run(core, KC_VERB_CHECK_OUT); /* no card is needed, so none is missing */
    assert_good(op);
    assert_int_equal(op->prompts_seen, 0);
    op = request(core, KC_VERB_SEND_MOBILE, "");
    start(core, op);
    assert_int_equal(op->error.code, KC_ERROR_CONNECTION_LOST);
    assert_int_equal(virtual_effect_count(&core->link), 2);
    op = request(core, KC_VERB_SEND_MOBILE, "");
    start(core, op);
    assert_good(op);
}

static void test_room_is_checked_out_while_the_encoder_waits(void **state)
{
    struct fake_core *core = *state;
    assert_good(run(core, KC_VERB_ISSUE_ORIGINAL));
    assert_int_equal(WITH("hand=20"), KC_OK);
    struct fake_op *op = run(core, KC_VERB_ISSUE_DUPLICATE);
    struct fake_op *other = request(core, KC_VERB_CHECK_OUT, "");
    start(core, other);
    assert_good(other);
    assert_false(op->done);
    fake_core_advance(core, 20);
    assert_refused(op, KC_ERROR_NOT_CHECKED_IN);
}

/* ---- Memory ---------------------------------------------------------------------------------------------------- */

void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static size_t fail_at; /* which of the coming allocations fails; 0: none */

static bool fails_now(void)
{
    return fail_at > 0 && --fail_at == 0;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails_now() ? NULL : __real_realloc(memory, size);
}

/* Fails each allocation of the request once; returns how many there were. */
static size_t run_without_memory(struct fake_core *core, int32_t verb)
{
    size_t effects = virtual_effect_count(&core->link), cards = virtual_card_count(&core->link);
    bool occupied = virtual_room_occupied(&core->link, "102");
    for (size_t i = 1;; i++) {
        struct fake_op *op = request(core, verb, "Desk 1");
        op->request.room_before = "101";
        op->request.rooms = (struct strings){verb == KC_VERB_MODIFY_STAY ? room_102 : suite, 1};
        fail_at = i;
        start(core, op);
        bool failed = fail_at == 0;
        fail_at = 0;
        if (!failed) {
            assert_good(op);
            return i - 1;
        }
        assert_refused(op, KC_ERROR_NO_MEMORY);
        assert_int_equal(virtual_effect_count(&core->link), effects);
        assert_int_equal(virtual_card_count(&core->link), cards);
        assert_int_equal(virtual_room_occupied(&core->link, "102"), occupied);
    }
}

static void test_without_memory_nothing_changes(void **state)
{
    struct fake_core *core = *state;
    core->tracing = false; /* the lines are kept by the stand-in */
    assert_in_range(run_without_memory(core, KC_VERB_ISSUE_ORIGINAL), 4, 20);
    assert_in_range(run_without_memory(core, KC_VERB_ISSUE_DUPLICATE), 1, 20);
    assert_true(virtual_card_opens(&core->link, 0, "101"));
    assert_in_range(run_without_memory(core, KC_VERB_MODIFY_STAY), 1, 20);
    assert_true(virtual_card_opens(&core->link, 0, "102"));
}

static void test_outcome_is_unknown_when_memory_ends_at_a_further_copy(void **state)
{
    struct fake_core *core = *state;
    core->tracing = false;
    assert_int_equal(WITH("hand=20"), KC_OK);
    struct fake_op *op = request(core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    op->request.copies = 2;
    start(core, op);
    fake_core_advance(core, 20);
    fail_at = 1;
    fake_core_advance(core, 20);
    assert_true(op->done);
    assert_int_equal(op->error.code, KC_ERROR_NO_MEMORY);
    assert_int_equal(op->outcome, KC_OUTCOME_UNKNOWN);
}

/* ---- Options --------------------------------------------------------------------------------------------------- */

static void test_bad_options_are_refused_and_change_nothing(void **state)
{
    struct fake_core *core = *state;
    static const char *const bad_scripts[] = {
        "script=,",
        "script=busy,",
        "script=Busy",
        "script=busy@0",
        "script=busy@",
        "script=busy@-1",
        "script=busy@1x",
        "script=busy:1",
        "script=late",
        "script=late:",
        "script=late:1 ",
        "script=late:99999999",
        "script=error",
        "script=error:nope",
        "script=error:unknown",
        "script=vendor:",
        "script=vendor",
        "script=error:ok",
        "script=silent-",
        "script= busy",
        "script=busy@9999999999999999999",
        "script=vendor:1234567890123456789012345678901234567890123456789012345678901234",
    };
    static const char *const bad_encoders[] = {"encoders=;", "encoders=A;", "encoders=A;;B", "encoders=A;A",
                                               "encoders=A\x01"};
    assert_int_equal(WITH("script=busy@1"), KC_OK);
    for (size_t i = 0; i < COUNT_OF(bad_scripts); i++) {
        core->error = (struct kc_error){0};
        assert_int_equal(WITH(bad_scripts[i]), KC_ERROR_INVALID_ARGUMENT);
        assert_string_equal(core->error.field, "script");
        assert_true(core->error.message[0] != '\0');
    }
    assert_int_equal(WITH("script=vendor:123456789012345678901234567890123456789012345678901234567890123@7,late:0"),
                     KC_OK);
    for (size_t i = 0; i < COUNT_OF(bad_encoders); i++) {
        assert_int_equal(WITH(bad_encoders[i]), KC_ERROR_INVALID_ARGUMENT);
        assert_string_equal(core->error.field, "encoders");
    }
    struct fake_op *op = run(core, KC_VERB_ISSUE_ORIGINAL); /* still the last good ones: late:0, Desk 1 */
    assert_false(op->done);
    fake_core_advance(core, 0);
    assert_good(op);
}

static void test_defaults_are_the_profile(void **state)
{
    struct fake_core *core = *state;
    const struct driver_profile *expected = &driver_virtual.profile;
    assert_int_equal(core->profile.capabilities, expected->capabilities);
    assert_int_equal(core->profile.in_flight, expected->in_flight);
    const struct driver_limits *limits = &core->profile.limits, *stated = &expected->limits;
    assert_int_equal(limits->rooms, stated->rooms);
    assert_int_equal(limits->room_length, stated->room_length);
    assert_int_equal(limits->areas, stated->areas);
    assert_int_equal(limits->guest_length, stated->guest_length);
    assert_int_equal(limits->operator_length, stated->operator_length);
    assert_int_equal(limits->text_lines, stated->text_lines);
    assert_int_equal(limits->text_length, stated->text_length);
    assert_int_equal(limits->message_length, stated->message_length);
    assert_int_equal(limits->copies, stated->copies);
    assert_int_equal(limits->minutes, stated->minutes);
    assert_int_equal(limits->last_year, stated->last_year);
    assert_int_equal(limits->start, stated->start);
    assert_int_equal(limits->charset, stated->charset);
}

static void test_options_bend_the_limits(void **state)
{
    struct fake_core *core = *state;
    assert_int_equal(WITH("rooms=2", "room-length=5", "areas=12", "guest-length=20", "operator-length=0",
                          "text-lines=1", "text-length=16", "message-length=140", "copies=3", "minutes=30",
                          "last-year=2030", "start=off", "charset=ascii", "requests-in-flight=one"),
                     KC_OK);
    const struct driver_limits *limits = &core->profile.limits;
    assert_int_equal(limits->rooms, 2);
    assert_int_equal(limits->room_length, 5);
    assert_int_equal(limits->areas, 12);
    assert_int_equal(limits->guest_length, 20);
    assert_int_equal(limits->operator_length, 0);
    assert_int_equal(limits->text_lines, 1);
    assert_int_equal(limits->text_length, 16);
    assert_int_equal(limits->message_length, 140);
    assert_int_equal(limits->copies, 3);
    assert_int_equal(limits->minutes, 30);
    assert_int_equal(limits->last_year, 2030);
    assert_false(limits->start);
    assert_int_equal(limits->charset, TEXT_ASCII);
    assert_int_equal(core->profile.in_flight, 1);
    assert_int_equal(WITH("charset=latin1"), KC_OK);
    assert_int_equal(limits->charset, TEXT_LATIN1);
}

static void test_each_capability_can_be_switched_off(void **state)
{
    struct fake_core *core = *state;
    static const char *const off[] = {
        "original=off",    "duplicate=off",     "one-shot=off",   "mobile=off",     "read=off",     "check-out=off",
        "cancel-key=off",  "modify-stay=off",   "key-image=off",  "phone=off",      "email=off",    "deny-areas=off",
        "card-serial=off", "list-encoders=off", "block-stay=off", "card-image=off", "delivery=off", "write-image=off"};
    uint32_t left = driver_virtual.profile.capabilities;
    assert_int_equal(COUNT_OF(off), KC_CAPABILITY_WRITE_IMAGE);
    for (size_t i = 0; i < COUNT_OF(off); i++) {
        left &= ~DRIVER_CAN(i + KC_CAPABILITY_ORIGINAL);
        assert_int_equal(WITH(off[i]), KC_OK);
        assert_int_equal(core->profile.capabilities, left);
    }
    assert_int_equal(left, 0);
}

static bool has_option(const char *name)
{
    for (size_t i = 0; i < driver_virtual.option_count; i++) {
        if (strcmp(driver_virtual.options[i].name, name) == 0)
            return true;
    }
    return false;
}

static void test_options_are_called_as_in_the_api(void **state)
{
    (void)state;
    for (int32_t i = KC_CAPABILITY_ORIGINAL; i <= KC_CAPABILITY_LIST_ENCODERS; i++)
        assert_true(has_option(kc_capability_name(i)));
    for (int32_t i = KC_LIMIT_ROOMS; i <= KC_LIMIT_START; i++)
        assert_true(has_option(kc_limit_name(i)));
}

static void test_area_numbers(void **state)
{
    struct fake_core *core = *state;
    static const char *const areas[] = {"spa", "0012", "12", "13", "0", "99999999999999999999"};
    assert_int_equal(WITH("areas=12"), KC_OK);
    for (size_t i = 0; i < COUNT_OF(areas); i++) {
        struct fake_op *op = request(core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
        struct strings *list = i % 2 == 0 ? &op->request.areas : &op->request.denied;
        *list = (struct strings){&areas[i], 1};
        if (i >= 3) {
            assert_int_equal(fake_core_check(core, op), KC_ERROR_LIMIT);
            assert_string_equal(core->error.field, "areas");
            continue;
        }
        start(core, op);
        assert_good(op);
    }
    assert_int_equal(virtual_request_count(&core->link), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_refusals_of_the_script),
        TEST(test_silence_before_and_after),
        TEST(test_drop_before_and_after),
        TEST(test_late_answer),
        TEST(test_faults_of_verbs_without_card),
        TEST(test_room_is_checked_out_while_the_encoder_waits),
        TEST(test_without_memory_nothing_changes),
        TEST(test_outcome_is_unknown_when_memory_ends_at_a_further_copy),
        TEST(test_bad_options_are_refused_and_change_nothing),
        TEST(test_defaults_are_the_profile),
        TEST(test_options_bend_the_limits),
        TEST(test_each_capability_can_be_switched_off),
        TEST(test_options_are_called_as_in_the_api),
        TEST(test_area_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
