/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contactless driver with every fault at every answer of the reader, and the card taken away at every command:
 * keys, bytes of another system, and cards that are read. What is said of the card must be true. */
#include <string.h>

#include "contactless_desk.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const enum simulated_type every_type[] = {SIMULATED_NTAG213,      SIMULATED_NTAG215,    SIMULATED_NTAG216,
                                                 SIMULATED_ULTRALIGHT_C, SIMULATED_CLASSIC_1K, SIMULATED_CLASSIC_4K,
                                                 SIMULATED_DESFIRE};

static void assert_made(const struct fake_op *op)
{
    assert_true(op->done);
    if (op->error.code != KC_OK)
        fail_msg("%d: %s", (int)op->error.code, op->error.message);
    assert_int_equal(op->outcome, KC_OUTCOME_WRITTEN);
}

/* ---- What is wanted -------------------------------------------------------------------------------------------- */

enum job { JOB_KEY, JOB_IMAGE, JOB_READ };
enum { IMAGE_SIZE = 70 };

static const uint8_t *image_bytes(void)
{
    static uint8_t bytes[IMAGE_SIZE];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 11 + 3);
    return bytes;
}

static struct fake_op *make(struct desk_rig *desk, enum job job)
{
    if (job == JOB_KEY)
        return desk_original(desk);
    fake_core_option(&desk->core, "content", "image");
    struct fake_op *op = fake_core_op(&desk->core, job == JOB_IMAGE ? KC_VERB_WRITE_IMAGE : KC_VERB_READ_CARD);
    op->request.image = job == JOB_IMAGE ? image_bytes() : NULL;
    op->request.image_size = job == JOB_IMAGE ? IMAGE_SIZE : 0;
    return op;
}

/* Whether all of it stands there, and whether it begins as it must to count (the first page or block). */
static bool holds_image(const struct simulated_card *card, size_t count)
{
    uint8_t memory[SIMULATED_MEMORY];
    simulated_card_user_memory(card, memory);
    return memcmp(memory, image_bytes(), count) == 0;
}

static void assert_image_truth(const struct desk_rig *desk, const struct fake_op *op, const char *what, size_t n)
{
    const char *text = op->error.message;
    if (op->outcome == KC_OUTCOME_WRITTEN && !holds_image(&desk->card, IMAGE_SIZE))
        fail_msg("%s at %zu: \"written\", but it is not all there", what, n);
    if (op->outcome == KC_OUTCOME_NOT_WRITTEN && !desk_is_as_before(desk))
        fail_msg("%s at %zu: \"not written\", but it was: %s", what, n, text);
    if (holds_image(&desk->card, 4) && !holds_image(&desk->card, IMAGE_SIZE))
        fail_msg("%s at %zu: half of it begins as the whole", what, n);
    if (strstr(text, "holds no key now") && holds_image(&desk->card, 4))
        fail_msg("%s at %zu: \"no key\", but there is one: %s", what, n, text);
}

/* A reader that answers short may make the card look smaller than it is. */
static void assert_read_truth(const struct desk_rig *desk, const struct fake_op *op, const char *what, size_t n)
{
    uint8_t memory[SIMULATED_MEMORY];
    const size_t size = simulated_card_user_memory(&desk->card, memory), shown = op->image.length;
    assert_false(op->committed);
    assert_int_equal(desk->card.writes, 0);
    if (op->error.code != KC_OK)
        assert_int_equal(op->outcome, KC_OUTCOME_NOT_WRITTEN);
    else if (!op->has_card || shown > size || (shown > 0 && memcmp(op->image.data, memory, shown) != 0))
        fail_msg("%s at %zu: what was read is not what stands there", what, n);
}

/* ---- Faults ---------------------------------------------------------------------------------------------------- */

/* Whatever was said of the card is so. */
static void assert_key_truth(const struct desk_rig *desk, const struct fake_op *op, const char *what, size_t n)
{
    struct open_key key;
    const int32_t there = desk_key_on(&desk->card, &key);
    const char *text = op->error.message;
    if (op->outcome == KC_OUTCOME_WRITTEN && there != KC_OK)
        fail_msg("%s at %zu: \"written\", but there is no key (%d)", what, n, (int)there);
    if (op->outcome == KC_OUTCOME_NOT_WRITTEN && !desk_is_as_before(desk))
        fail_msg("%s at %zu: \"not written\", but it was: %s", what, n, text);
    if (strstr(text, "holds no key now") && there != KC_ERROR_NOT_FOUND && there != KC_ERROR_CARD_FORMAT)
        fail_msg("%s at %zu: \"no key\", but there is one: %s", what, n, text);
    if (there != KC_OK && there != KC_ERROR_NOT_FOUND &&
        !(there == KC_ERROR_CARD_FORMAT && op->outcome != KC_OUTCOME_WRITTEN))
        fail_msg("%s at %zu: half a key counts as one (%d)", what, n, (int)there);
    if (op->error.code != KC_OK && op->committed && op->outcome == KC_OUTCOME_UNKNOWN && desk->fault != FAULT_GONE &&
        !strstr(text, "he card holds") && op->warning_count == 0)
        fail_msg("%s at %zu: it does not say what is on the card: %s", what, n, text);
}

static void assert_truth(const struct desk_rig *desk, enum job job, const struct fake_op *op, const char *what,
                         size_t n)
{
    static void (*const truths[])(const struct desk_rig *, const struct fake_op *, const char *, size_t) = {
        [JOB_KEY] = assert_key_truth, [JOB_IMAGE] = assert_image_truth, [JOB_READ] = assert_read_truth};
    truths[job](desk, op, what, n);
    assert_int_equal(desk->card.forbidden_writes, 0);
}

/* A read that is told nothing wrong is right. */
static void assert_well(enum job job, const struct fake_op *op)
{
    if (job != JOB_READ)
        assert_made(op);
    else
        assert_int_equal(op->error.code, KC_OK);
}

static const char *const fault_names[FAULT_COUNT] = {"none",  "silence", "nothing", "lateness", "twice",
                                                     "short", "long",    "damage",  "other",    "refusal",
                                                     "noise", "babble",  "gone"};

static void strike_every_answer(enum front front, enum simulated_type type, enum job job, enum desk_fault fault)
{
    size_t n = 1, unknown = 0;
    for (bool struck = true; struck; n++) {
        struct desk_rig desk;
        assert_true(n < 2000);
        desk_open(&desk, front, type);
        desk.strike = n;
        desk.fault = fault;
        struct fake_op *op = make(&desk, job);
        desk_run(&desk, op);
        assert_truth(&desk, job, op, fault_names[fault], n);
        struck = desk.struck;
        unknown += op->outcome == KC_OUTCOME_UNKNOWN;
        bool harmless = fault == FAULT_LATE || fault == FAULT_TWICE || fault == FAULT_NOISE;
        if (!struck || harmless)
            assert_well(job, op);
        desk_close(&desk);
    }
    assert_true(n > (job == JOB_READ ? 3 : 10));
    if (job == JOB_READ)
        assert_int_equal(unknown, 0);
    else if (fault == FAULT_GONE || fault == FAULT_SILENT)
        assert_true(unknown > 2);
}

static void test_every_fault_at_every_answer(void **state)
{
    (void)state;
    static const enum simulated_type types[] = {SIMULATED_NTAG213, SIMULATED_CLASSIC_1K, SIMULATED_DESFIRE,
                                                SIMULATED_ULTRALIGHT_C};
    for (enum front front = FRONT_PN532; front < FRONT_COUNT; front++)
        for (size_t i = 0; i < COUNT(types); i++)
            for (enum desk_fault fault = NO_FAULT + 1; fault < FAULT_COUNT; fault++)
                strike_every_answer(front, types[i], JOB_KEY, fault);
}

static void test_every_fault_at_every_answer_of_bytes(void **state)
{
    (void)state;
    static const enum simulated_type types[] = {SIMULATED_NTAG213, SIMULATED_CLASSIC_1K};
    for (enum front front = FRONT_PN532; front < FRONT_COUNT; front++)
        for (size_t i = 0; i < COUNT(types); i++)
            for (enum desk_fault fault = NO_FAULT + 1; fault < FAULT_COUNT; fault++) {
                strike_every_answer(front, types[i], JOB_IMAGE, fault);
                strike_every_answer(front, types[i], JOB_READ, fault);
            }
}

/* Taken away at the n-th command to it, which is done or not; it comes back or does not. */
static void take_away(enum front front, enum simulated_type type, enum job job, bool torn, int searches_without)
{
    size_t n = 0, lost = 0;
    for (bool left = true; left; n++) {
        struct desk_rig desk;
        assert_true(n < 2000);
        desk_open(&desk, front, type);
        desk.field.commands_left = (int64_t)n;
        desk.field.torn = torn;
        desk.searches_without = searches_without;
        struct fake_op *op = make(&desk, job);
        desk_run(&desk, op);
        assert_truth(&desk, job, op, torn ? "torn" : "taken away", n);
        left = desk.field.commands_left < 0;
        if (searches_without >= 0 || !left)
            assert_made(op);
        lost += op->outcome == KC_OUTCOME_UNKNOWN;
        if (op->outcome == KC_OUTCOME_UNKNOWN)
            assert_non_null(strstr(op->error.message, "The card holds"));
        desk_close(&desk);
    }
    assert_true(n > 10);
    assert_true(searches_without >= 0 ? lost == 0 : lost > 2);
}

static void test_taken_away_at_every_command(void **state)
{
    (void)state;
    for (enum front front = FRONT_PN532; front < FRONT_COUNT; front++)
        for (size_t i = 0; i < COUNT(every_type); i++)
            for (int torn = 0; torn < 2; torn++) {
                take_away(front, every_type[i], JOB_KEY, torn, -1);
                take_away(front, every_type[i], JOB_KEY, torn, 4);
            }
}

static void test_taken_away_at_every_command_of_bytes(void **state)
{
    (void)state;
    static const enum simulated_type types[] = {SIMULATED_NTAG213, SIMULATED_CLASSIC_1K, SIMULATED_DESFIRE};
    for (size_t i = 0; i < COUNT(types); i++)
        for (int torn = 0; torn < 2; torn++) {
            take_away(FRONT_PN532, types[i], JOB_IMAGE, torn, -1);
            take_away(FRONT_USB, types[i], JOB_IMAGE, torn, 4);
        }
}

/* A second card instead of the one that left is not written. */
static void test_another_card_instead(void **state)
{
    (void)state;
    static const uint8_t uid[] = {0x04, 9, 9, 9, 9, 9, 9};
    struct desk_rig desk;
    desk_open(&desk, FRONT_PN532, SIMULATED_NTAG213);
    simulated_card_make(&desk.other, SIMULATED_NTAG213, uid, sizeof(uid));
    desk.field.commands_left = 30;
    struct fake_op *op = desk_original(&desk);
    fake_core_start(&desk.core, op);
    while (desk.field.cards[0])
        desk_go_on(&desk, op, 20);
    desk.field.cards[0] = &desk.other;
    desk_go_on(&desk, op, 60000);
    assert_true(op->done);
    assert_int_equal(op->outcome, KC_OUTCOME_UNKNOWN);
    assert_non_null(strstr(op->error.message, "holds no key now"));
    assert_int_equal(desk.other.writes, 0);
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_fault_at_every_answer), cmocka_unit_test(test_every_fault_at_every_answer_of_bytes),
        cmocka_unit_test(test_taken_away_at_every_command), cmocka_unit_test(test_taken_away_at_every_command_of_bytes),
        cmocka_unit_test(test_another_card_instead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
