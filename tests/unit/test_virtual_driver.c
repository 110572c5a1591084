/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The driver `virtual:`: its lock server, its encoders, the hand that puts cards on them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "virtual_requests.h"

static const char *const room_102[] = {"102"};
static const char *const suite[] = {"101", "102"};

/* ---- The lock server ------------------------------------------------------------------------------------------- */

static void test_original_voids_and_duplicate_does_not(void **state)
{
    struct fake_core *core = *state;
    struct fake_op *op = run(core, KC_VERB_ISSUE_ORIGINAL);
    assert_good(op);
    assert_true(op->committed && op->reached);
    assert_int_equal(op->prompts_seen, 0);
    assert_int_equal(op->serial_count, 1);
    assert_string_equal(op->serials[0], "V0000001");
    assert_true(virtual_card_opens(&core->link, 0, "101"));
    assert_false(virtual_card_opens(&core->link, 0, "102"));
    assert_good(run(core, KC_VERB_ISSUE_DUPLICATE));
    assert_true(virtual_card_opens(&core->link, 0, "101"));
    assert_true(virtual_card_opens(&core->link, 1, "101"));
    assert_int_equal(virtual_card_kind(&core->link, 1), KC_KIND_DUPLICATE);
    assert_good(run(core, KC_VERB_REISSUE));
    assert_false(virtual_card_opens(&core->link, 0, "101"));
    assert_false(virtual_card_opens(&core->link, 1, "101"));
    assert_true(virtual_card_opens(&core->link, 2, "101"));
    assert_int_equal(virtual_effect_count(&core->link), 3);
    assert_int_equal(virtual_request_count(&core->link), 3);
    assert_int_equal(virtual_effect_get(&core->link, 1)->verb, KC_VERB_ISSUE_DUPLICATE);
    assert_string_equal(virtual_effect_get(&core->link, 1)->room, "101");
    assert_null(virtual_effect_get(&core->link, 3));
    assert_string_equal(virtual_card_serial(&core->link, 2), "V0000003");
}

static void test_duplicate_needs_a_stay(void **state)
{
    struct fake_core *core = *state;
    assert_refused(run(core, KC_VERB_ISSUE_DUPLICATE), KC_ERROR_NOT_CHECKED_IN);
    assert_good(run(core, KC_VERB_ISSUE_ORIGINAL));
    struct fake_op *op = request(core, KC_VERB_ISSUE_DUPLICATE, "Desk 1");
    op->request.rooms = (struct strings){suite, 2}; /* 102 is vacant */
    start(core, op);
    assert_refused(op, KC_ERROR_NOT_CHECKED_IN);
    assert_good(run(core, KC_VERB_CHECK_OUT));
    assert_false(virtual_room_occupied(&core->link, "101"));
    assert_false(virtual_card_opens(&core->link, 0, "101"));
    assert_refused(run(core, KC_VERB_ISSUE_DUPLICATE), KC_ERROR_NOT_CHECKED_IN);
    assert_refused(run(core, KC_VERB_CHECK_OUT), KC_ERROR_NOT_CHECKED_IN);
    assert_int_equal(virtual_effect_count(&core->link), 2);
    assert_int_equal(virtual_card_count(&core->link), 1);
}

static void test_several_rooms(void **state)
{
    struct fake_core *core = *state;
    struct fake_op *op = request(core, KC_VERB_ISSUE_ORIGINAL, "Desk 2");
    op->request.rooms = (struct strings){suite, 2};
    start(core, op);
    assert_true(virtual_card_opens(&core->link, 0, "101") && virtual_card_opens(&core->link, 0, "102"));
    assert_good(run(core, KC_VERB_ISSUE_ORIGINAL)); /* another guest in 101 */
    assert_false(virtual_card_opens(&core->link, 0, "101"));
    assert_true(virtual_card_opens(&core->link, 0, "102"));
}

static void test_one_shot(void **state)
{
    struct fake_core *core = *state;
    assert_int_equal(WITH("card-serial=off"), KC_OK);
    struct fake_op *op = run(core, KC_VERB_ISSUE_ONE_SHOT);
    assert_good(op);
    assert_int_equal(op->serial_count, 0);
    assert_true(virtual_card_opens(&core->link, 0, "101"));
    assert_false(virtual_room_occupied(&core->link, "101"));
    assert_good(run(core, KC_VERB_ISSUE_ORIGINAL));
    assert_false(virtual_card_opens(&core->link, 0, "101"));
}

static void test_mobile_keys(void **state)
{
    struct fake_core *core = *state;
    assert_int_equal(WITH("encoders="), KC_OK); /* needs none */
    struct fake_op *op = request(core, KC_VERB_SEND_MOBILE, "");
    op->request.phone = "+359888123456";
    start(core, op);
    assert_good(op);
    assert_false(op->reached);
    assert_int_equal(op->serial_count + op->image.length, 0);
    assert_int_equal(virtual_card_kind(&core->link, 0), KC_KIND_MOBILE);
    op = request(core, KC_VERB_SEND_MOBILE, "");
    op->request.email = "guest@example.com";
    op->request.further = op->request.return_image = true;
    start(core, op);
    assert_good(op);
    assert_int_equal(op->image.length, 64);
    assert_string_equal(op->installation, "virtual");
    assert_int_equal(virtual_card_kind(&core->link, 1), KC_KIND_MOBILE_DUPLICATE);
    assert_true(virtual_card_opens(&core->link, 0, "101") && virtual_card_opens(&core->link, 1, "101"));
    op = request(core, KC_VERB_SEND_MOBILE, "");
    op->request.further = true;
    op->request.rooms = (struct strings){room_102, 1};
    start(core, op);
    assert_refused(op, KC_ERROR_NOT_CHECKED_IN);
    assert_true(core->trace.length > 0);
    assert_null(strstr(buf_text(&core->trace), "359888"));
}

static void test_cancel_key(void **state)
{
    struct fake_core *core = *state;
    assert_refused(run(core, KC_VERB_CANCEL_KEY), KC_ERROR_NOT_FOUND);
    assert_good(run(core, KC_VERB_ISSUE_ORIGINAL));
    struct fake_op *op = request(core, KC_VERB_SEND_MOBILE, "");
    op->request.phone = "+359888123456";
    op->request.further = true;
    start(core, op);
    assert_good(run(core, KC_VERB_ISSUE_DUPLICATE));
    op = request(core, KC_VERB_CANCEL_KEY, "");
    op->request.phone = "+359888123456";
    start(core, op);
    assert_good(op);
    assert_false(virtual_card_opens(&core->link, 1, "101"));
    assert_good(run(core, KC_VERB_CANCEL_KEY)); /* the newest that is left */
    assert_false(virtual_card_opens(&core->link, 2, "101"));
    assert_true(virtual_card_opens(&core->link, 0, "101"));
}

static void test_modify_stay(void **state)
{
    struct fake_core *core = *state;
    struct fake_op *op = request(core, KC_VERB_MODIFY_STAY, "");
    op->request.room_before = "101";
    start(core, op);
    assert_refused(op, KC_ERROR_NOT_CHECKED_IN);
    assert_good(run(core, KC_VERB_ISSUE_ORIGINAL));
    op = request(core, KC_VERB_MODIFY_STAY, "");
    op->request.rooms = (struct strings){room_102, 1};
    op->request.room_before = "101";
    op->request.until.wall.day = 20;
    start(core, op);
    assert_good(op);
    assert_false(virtual_card_opens(&core->link, 0, "101"));
    assert_true(virtual_card_opens(&core->link, 0, "102"));
    assert_false(virtual_room_occupied(&core->link, "101"));
    op = run(core, KC_VERB_READ_CARD);
    assert_string_equal(op->card.rooms.items[0], "102");
    assert_int_equal(op->card.until.day, 20);
    assert_good(run(core, KC_VERB_ISSUE_ORIGINAL)); /* the next guest of 101 */
    assert_true(virtual_card_opens(&core->link, 0, "102"));
    op = request(core, KC_VERB_MODIFY_STAY, "");
    op->request.room_before = "102";
    start(core, op);
    assert_refused(op, KC_ERROR_ROOM_UNAVAILABLE);
}

static void test_read_card(void **state)
{
    struct fake_core *core = *state;
    struct fake_op *op = run(core, KC_VERB_READ_CARD);
    assert_refused(op, KC_ERROR_NO_CARD);
    assert_false(op->committed); /* reading changes nothing */
    static const char *const texts[] = {"Welcome", ""};
    static const char *const areas[] = {"1", "spa"};
    op = request(core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    op->request.texts = (struct strings){texts, 2};
    op->request.areas = (struct strings){areas, 2};
    start(core, op);
    op = run(core, KC_VERB_READ_CARD);
    assert_good(op);
    assert_true(op->has_card);
    assert_int_equal(op->card.kind, KC_KIND_ORIGINAL);
    assert_int_equal(op->card.key_state, KC_KEY_ACTIVE);
    assert_string_equal(op->card.rooms.items[0], "101");
    assert_string_equal(op->card.serial, "V0000001");
    assert_string_equal(op->card.text, "Welcome");
    assert_int_equal(op->card.areas.count, 2);
    assert_int_equal(op->card.until.hour, 11);
    assert_good(run(core, KC_VERB_CHECK_OUT));
    assert_int_equal(run(core, KC_VERB_READ_CARD)->card.key_state, KC_KEY_CHECKED_OUT);
    op = request(core, KC_VERB_ISSUE_ORIGINAL, "Desk 2");
    start(core, op);
    assert_int_equal(run(core, KC_VERB_READ_CARD)->card.key_state, KC_KEY_VOIDED);
    assert_int_equal(virtual_effect_count(&core->link), 3);
}

static void test_old_cards_and_effects_are_counted_but_forgotten(void **state)
{
    struct fake_core *core = *state;
    for (size_t i = 0; i < VIRTUAL_KEPT + 100; i++)
        assert_good(run(core, i == 0 ? KC_VERB_ISSUE_ORIGINAL : KC_VERB_ISSUE_DUPLICATE));
    assert_int_equal(virtual_card_count(&core->link), VIRTUAL_KEPT + 100);
    assert_int_equal(virtual_effect_count(&core->link), VIRTUAL_KEPT + 100);
    assert_null(virtual_effect_get(&core->link, 99));
    assert_non_null(virtual_effect_get(&core->link, 100));
    assert_int_equal(virtual_card_kind(&core->link, 99), 0);
    assert_true(virtual_card_opens(&core->link, 100, "101"));
    assert_good(run(core, KC_VERB_CANCEL_KEY));
    assert_false(virtual_card_opens(&core->link, VIRTUAL_KEPT + 99, "101"));
    assert_good(run(core, KC_VERB_MODIFY_STAY));
}

/* ---- Encoders -------------------------------------------------------------------------------------------------- */

static void test_encoders(void **state)
{
    struct fake_core *core = *state;
    assert_int_equal(WITH("encoders=Lobby;\xD0\x91\xD0\xB0\xD1\x80"), KC_OK);
    fake_core_up(core);
    assert_int_equal(core->ready_count, 1);
    assert_int_equal(core->seen_count, 2);
    assert_string_equal(core->seen[0], "Lobby");
    assert_int_equal(core->seen_state[1], KC_ENCODER_ONLINE);
    struct fake_op *op = run(core, KC_VERB_ISSUE_ORIGINAL);
    assert_refused(op, KC_ERROR_ENCODER_OFFLINE);
    assert_false(op->reached);
    assert_non_null(strstr(op->error.message, "Desk 1"));
    op = run(core, KC_VERB_DISCOVER);
    assert_good(op);
    assert_int_equal(core->seen_count, 4);
    assert_int_equal(virtual_request_count(&core->link), 1);
    assert_int_equal(WITH("list-encoders=off"), KC_OK);
    fake_core_up(core);
    assert_int_equal(core->seen_count, 4);
    assert_int_equal(virtual_effect_count(&core->link), 0);
}

static void test_hand_and_copies(void **state)
{
    struct fake_core *core = *state;
    assert_int_equal(WITH("hand=20"), KC_OK);
    struct fake_op *op = request(core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    struct fake_op *other = request(core, KC_VERB_ISSUE_ORIGINAL, "Desk 2");
    op->request.copies = 3;
    other->request.rooms = (struct strings){room_102, 1};
    start(core, op);
    fake_core_advance(core, 10);
    start(core, other); /* the encoders work at the same time */
    assert_true(op->committed && op->reached && !op->done);
    assert_int_equal(op->prompts[0], KC_PROMPT_PRESENT_CARD);
    assert_int_equal(op->prompt_card, 1);
    assert_int_equal(op->prompt_count, 3);
    assert_int_equal(virtual_effect_count(&core->link), 0);
    fake_core_advance(core, 10);
    assert_int_equal(op->prompt_card, 2);
    assert_int_equal(op->encoding_count, 1);
    assert_int_equal(virtual_effect_count(&core->link), 1);
    fake_core_advance(core, 10);
    assert_good(other);
    fake_core_advance(core, 29);
    assert_false(op->done);
    fake_core_advance(core, 1);
    assert_good(op);
    assert_int_equal(op->prompts_seen, 3);
    assert_int_equal(op->serial_count, 3);
    assert_int_equal(virtual_effect_count(&core->link), 2);
    assert_int_equal(virtual_effect_get(&core->link, 0)->card_count, 3);
    assert_int_equal(virtual_card_kind(&core->link, 0), KC_KIND_ORIGINAL);
    assert_int_equal(virtual_card_kind(&core->link, 1), KC_KIND_ORIGINAL); /* of 102 */
    assert_int_equal(virtual_card_kind(&core->link, 3), KC_KIND_DUPLICATE);
    assert_true(virtual_card_opens(&core->link, 0, "101") && virtual_card_opens(&core->link, 3, "101"));
}

static void test_copies_at_once(void **state)
{
    struct fake_core *core = *state;
    struct fake_op *op = request(core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    op->request.copies = 20;
    start(core, op);
    assert_good(op);
    assert_int_equal(op->serial_count, 20);
    assert_string_equal(op->serials[19], "V0000020");
    assert_int_equal(virtual_effect_count(&core->link), 1);
    assert_true(virtual_card_opens(&core->link, 0, "101") && virtual_card_opens(&core->link, 19, "101"));
}

static void test_slow_hand_meets_the_deadline(void **state)
{
    struct fake_core *core = *state;
    assert_int_equal(WITH("hand=5000", "answer-timeout=3000"), KC_OK);
    struct fake_op *op = run(core, KC_VERB_ISSUE_ORIGINAL);
    fake_core_advance(core, 60000);
    assert_int_equal(op->error.code, KC_ERROR_TIMED_OUT);
    assert_int_equal(op->outcome, KC_OUTCOME_UNKNOWN);
    assert_int_equal(virtual_effect_count(&core->link), 0);
}

static void test_cancel(void **state)
{
    struct fake_core *core = *state;
    assert_int_equal(WITH("hand=100"), KC_OK);
    struct fake_op *op = run(core, KC_VERB_ISSUE_ORIGINAL);
    fake_core_advance(core, 50);
    fake_core_cancel(core, op);
    fake_core_advance(core, 0);
    assert_refused(op, KC_ERROR_CANCELLED);
    assert_int_equal(virtual_effect_count(&core->link), 0);
    op = request(core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    op->request.copies = 2;
    start(core, op);
    fake_core_advance(core, 150);
    fake_core_cancel(core, op); /* too late: the first card is written */
    fake_core_advance(core, 50);
    assert_good(op);
    assert_int_equal(virtual_card_count(&core->link), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_original_voids_and_duplicate_does_not),
        TEST(test_duplicate_needs_a_stay),
        TEST(test_several_rooms),
        TEST(test_one_shot),
        TEST(test_mobile_keys),
        TEST(test_cancel_key),
        TEST(test_modify_stay),
        TEST(test_read_card),
        TEST(test_old_cards_and_effects_are_counted_but_forgotten),
        TEST(test_encoders),
        TEST(test_hand_and_copies),
        TEST(test_copies_at_once),
        TEST(test_slow_hand_meets_the_deadline),
        TEST(test_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
