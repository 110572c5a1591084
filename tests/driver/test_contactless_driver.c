/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contactless driver with each reader and each card: what it writes, what it asks of the clerk. */
#include <string.h>

#include "contactless_desk.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const enum simulated_type every_type[] = {SIMULATED_NTAG213,      SIMULATED_NTAG215,    SIMULATED_NTAG216,
                                                 SIMULATED_ULTRALIGHT_C, SIMULATED_CLASSIC_1K, SIMULATED_CLASSIC_4K,
                                                 SIMULATED_DESFIRE};

static void assert_key_is_there(const struct simulated_card *card, const char *room)
{
    struct open_key key;
    assert_int_equal(desk_key_on(card, &key), KC_OK);
    assert_int_equal(key.room_count, 1);
    assert_string_equal(key.rooms[0], room);
}

static void assert_made(const struct fake_op *op)
{
    assert_true(op->done);
    if (op->error.code != KC_OK)
        fail_msg("%d: %s", (int)op->error.code, op->error.message);
    assert_int_equal(op->outcome, KC_OUTCOME_WRITTEN);
}

static void assert_refused(const struct fake_op *op, int32_t status, const char *part)
{
    assert_true(op->done);
    if (op->error.code != status || !strstr(op->error.message, part))
        fail_msg("%d: %s", (int)op->error.code, op->error.message);
    assert_int_equal(op->outcome, KC_OUTCOME_NOT_WRITTEN);
}

/* ---- What it does ---------------------------------------------------------------------------------------------- */

static void test_each_reader_writes_each_card(void **state)
{
    (void)state;
    for (enum front front = FRONT_PN532; front < FRONT_COUNT; front++)
        for (size_t i = 0; i < COUNT(every_type); i++) {
            struct desk_rig desk;
            desk_open(&desk, front, every_type[i]);
            struct fake_op *op = desk_original(&desk);
            desk_run(&desk, op);
            assert_made(op);
            assert_key_is_there(&desk.card, "101");
            assert_int_equal(op->committed_count, 1);
            assert_true(op->reached);
            assert_int_equal(op->prompts_seen, 0);
            assert_int_equal(op->serial_count, 1);
            assert_memory_equal(op->serials[0], "04A1B2C3", 8);
            desk_close(&desk);
        }
}

static void test_each_reader_says_who_it_is(void **state)
{
    (void)state;
    static const char *const models[] = {[FRONT_PN532] = "PN532", [FRONT_ACR122S] = "ACR122S", [FRONT_USB] = ""};
    for (enum front front = FRONT_PN532; front < FRONT_COUNT; front++) {
        struct desk_rig desk;
        desk_open(&desk, front, SIMULATED_NTAG213);
        assert_true(desk.core.told_who);
        assert_string_equal(desk.core.model, models[front]);
        assert_string_equal(desk.core.firmware, front == FRONT_PN532 ? "1.6" : "");
        desk_close(&desk);
    }
}

static void test_a_card_is_read(void **state)
{
    (void)state;
    for (enum front front = FRONT_PN532; front < FRONT_COUNT; front++)
        for (size_t i = 0; i < COUNT(every_type); i++) {
            struct desk_rig desk;
            desk_open(&desk, front, every_type[i]);
            struct fake_op *blank = fake_core_op(&desk.core, KC_VERB_READ_CARD);
            desk_run(&desk, blank);
            assert_int_equal(blank->error.code, KC_OK);
            assert_true(blank->has_card);
            assert_int_equal(blank->card.kind, KC_KIND_UNKNOWN);
            assert_int_equal(blank->card.rooms.count, 0);
            assert_memory_equal(blank->card.serial, "04A1B2C3", 8);
            assert_int_equal(desk.card.writes, 0);
            desk_run(&desk, desk_original(&desk));
            struct fake_op *op = fake_core_op(&desk.core, KC_VERB_READ_CARD);
            desk_run(&desk, op);
            assert_int_equal(op->error.code, KC_OK);
            assert_false(op->committed);
            assert_int_equal(op->card.kind, KC_KIND_ORIGINAL);
            assert_int_equal(op->card.rooms.count, 1);
            assert_string_equal(op->card.rooms.items[0], "101");
            assert_string_equal(op->card.areas.items[0], "3");
            assert_int_equal(op->card.until.year, 2026);
            desk_close(&desk);
        }
}

static void test_a_copied_key_is_told(void **state)
{
    (void)state;
    static const uint8_t uid[] = {0x04, 1, 2, 3, 4, 5, 6};
    struct desk_rig desk;
    desk_open(&desk, FRONT_PN532, SIMULATED_NTAG213);
    desk_run(&desk, desk_original(&desk));
    struct simulated_card copy = desk.card;
    memcpy(copy.target.uid, uid, sizeof(uid));
    desk.field.cards[0] = &copy;
    struct fake_op *op = fake_core_op(&desk.core, KC_VERB_READ_CARD);
    desk_run(&desk, op);
    assert_refused(op, KC_ERROR_NOT_AUTHENTIC, "");
    desk_close(&desk);
}

static void test_the_clerk_is_asked_for_a_card(void **state)
{
    (void)state;
    for (enum front front = FRONT_PN532; front < FRONT_COUNT; front++) {
        struct desk_rig desk;
        desk_open(&desk, front, SIMULATED_NTAG213);
        desk.field.cards[0] = NULL;
        desk.searches_without = 5;
        struct fake_op *op = desk_original(&desk);
        desk_run(&desk, op);
        assert_made(op);
        assert_int_equal(op->prompts_seen, 1);
        assert_int_equal(op->prompts[0], KC_PROMPT_PRESENT_CARD);
        desk_close(&desk);
    }
}

static void test_nobody_comes(void **state)
{
    (void)state;
    struct desk_rig desk;
    desk_open(&desk, FRONT_PN532, SIMULATED_NTAG213);
    desk.field.cards[0] = NULL;
    struct fake_op *op = desk_original(&desk);
    desk_run(&desk, op);
    assert_refused(op, KC_ERROR_NO_CARD, "in time");
    assert_false(op->committed);
    desk.core.sent.length = 0;
    fake_core_advance(&desk.core, 60000); /* nothing is asked of the reader while nobody wants a card */
    assert_int_equal(desk.core.sent.length, 0);
    desk_close(&desk);
}

/* The card of the guest before lies there still. */
static void test_the_last_card_is_not_written_over(void **state)
{
    (void)state;
    struct desk_rig desk;
    desk_open(&desk, FRONT_PN532, SIMULATED_NTAG213);
    desk_run(&desk, desk_original(&desk));
    struct fake_op *op = desk_original(&desk);
    op->room_list[0] = "102";
    desk_run(&desk, op);
    assert_refused(op, KC_ERROR_NO_CARD, "still lies");
    assert_int_equal(op->prompts[0], KC_PROMPT_TAKE_CARD);
    assert_key_is_there(&desk.card, "101");
    op = desk_original(&desk);
    op->room_list[0] = "103";
    fake_core_start(&desk.core, op);
    desk_go_on(&desk, op, 1000);
    desk.field.cards[0] = NULL; /* lifted, and laid on again: so it is meant */
    desk.searches_without = 3;
    desk_go_on(&desk, op, 10000);
    assert_made(op);
    assert_key_is_there(&desk.card, "103");
    desk_close(&desk);
}

static void test_several_cards_one_after_another(void **state)
{
    (void)state;
    static const uint8_t uid[] = {0x04, 9, 9, 9, 9, 9, 9};
    struct desk_rig desk;
    desk_open(&desk, FRONT_PN532, SIMULATED_NTAG213);
    simulated_card_make(&desk.other, SIMULATED_NTAG215, uid, sizeof(uid));
    struct fake_op *op = desk_original(&desk);
    op->request.copies = 2;
    fake_core_start(&desk.core, op);
    desk_go_on(&desk, op, 500);
    assert_false(op->done);
    assert_int_equal(op->prompts[op->prompts_seen - 1], KC_PROMPT_TAKE_CARD);
    desk.field.cards[0] = NULL;
    desk_go_on(&desk, op, 500);
    assert_int_equal(op->prompts[op->prompts_seen - 1], KC_PROMPT_PRESENT_CARD);
    assert_int_equal(op->prompt_card, 2);
    desk.field.cards[0] = &desk.other;
    desk_go_on(&desk, op, 10000);
    assert_made(op);
    assert_int_equal(op->serial_count, 2);
    assert_string_equal(op->serials[1], "04090909090909");
    assert_key_is_there(&desk.card, "101");
    assert_key_is_there(&desk.other, "101");
    desk_close(&desk);
}

static void test_cancelled_between_two_cards(void **state)
{
    (void)state;
    struct desk_rig desk;
    desk_open(&desk, FRONT_PN532, SIMULATED_NTAG213);
    struct fake_op *op = desk_original(&desk);
    op->request.copies = 3;
    fake_core_start(&desk.core, op);
    desk_go_on(&desk, op, 500);
    fake_core_cancel(&desk.core, op);
    assert_true(op->done);
    assert_int_equal(op->error.code, KC_ERROR_CANCELLED);
    assert_int_equal(op->outcome, KC_OUTCOME_WRITTEN);
    assert_non_null(strstr(op->error.message, "1 of 3 cards"));
    desk_close(&desk);
}

/* ---- Bytes from elsewhere -------------------------------------------------------------------------------------- */

static struct fake_op *image_op(struct desk_rig *desk, const uint8_t *image, size_t size, const char *serial)
{
    struct fake_op *op = fake_core_op(&desk->core, KC_VERB_WRITE_IMAGE);
    op->request.image = image;
    op->request.image_size = size;
    op->request.card_serial = serial;
    return op;
}

static void test_bytes_are_written_as_they_are(void **state)
{
    (void)state;
    uint8_t image[100], memory[SIMULATED_MEMORY];
    for (size_t i = 0; i < sizeof(image); i++)
        image[i] = (uint8_t)(i * 3 + 1);
    for (enum front front = FRONT_PN532; front < FRONT_COUNT; front++)
        for (size_t i = 0; i < COUNT(every_type); i++) {
            struct desk_rig desk;
            desk_open(&desk, front, every_type[i]);
            fake_core_option(&desk.core, "content", "image");
            assert_true(desk.core.profile.capabilities & DRIVER_CAN(KC_CAPABILITY_WRITE_IMAGE));
            assert_false(desk.core.profile.capabilities & DRIVER_CAN(KC_CAPABILITY_ORIGINAL));
            struct fake_op *op = image_op(&desk, image, sizeof(image), "");
            desk_run(&desk, op);
            assert_made(op);
            simulated_card_user_memory(&desk.card, memory);
            assert_memory_equal(memory, image, sizeof(image));
            size_t writes = desk.card.writes;
            op = image_op(&desk, image, sizeof(image), desk.card.target.uid_size == 4 ? "04A1B2C3" : "04A1B2C3D4E580");
            desk_run(&desk, op); /* once more: it stands there already */
            assert_made(op);
            assert_int_equal(desk.card.writes, writes);
            desk_close(&desk);
        }
}

static void test_bytes_for_another_card_are_not_written(void **state)
{
    (void)state;
    static const uint8_t image[] = {1, 2, 3};
    struct desk_rig desk;
    desk_open(&desk, FRONT_PN532, SIMULATED_NTAG213);
    fake_core_option(&desk.core, "content", "image");
    struct fake_op *op = image_op(&desk, image, sizeof(image), "04FFFFFFFFFFFF");
    desk_run(&desk, op);
    assert_refused(op, KC_ERROR_CARD_REFUSED, "04A1B2C3D4E580");
    assert_true(desk_is_as_before(&desk));
    desk_close(&desk);
}

/* ---- Cards that cannot be written ------------------------------------------------------------------------------ */

static struct fake_op *run_original(struct desk_rig *desk)
{
    struct fake_op *op = desk_original(desk);
    desk_run(desk, op);
    return op;
}

static struct fake_op *run_image(struct desk_rig *desk, size_t size)
{
    static const uint8_t bytes[200] = {0x55, 0xAA, 0x12};
    fake_core_option(&desk->core, "content", "image");
    struct fake_op *op = image_op(desk, bytes, size, "");
    desk_run(desk, op);
    return op;
}

static void test_locked_cards(void **state)
{
    (void)state;
    static const struct {
        enum simulated_type type;
        size_t at;
        uint8_t value;
    } rows[] = {
        {SIMULATED_NTAG213, 10, 0x10},               /* page 4 */
        {SIMULATED_NTAG213, 11, 0x80},               /* page 15 */
        {SIMULATED_NTAG213, (size_t)40 * 4, 0x01},   /* pages 16 and 17 */
        {SIMULATED_NTAG213, 15, 0x0F},               /* the container says: read only */
        {SIMULATED_ULTRALIGHT_C, 11, 0x01},          /* page 8 */
        {SIMULATED_ULTRALIGHT_C, (size_t)40 * 4, 1}, /* some page from 16 on */
        {SIMULATED_NTAG216, (size_t)226 * 4, 0x01},
    };
    for (enum front front = FRONT_PN532; front < FRONT_COUNT; front++)
        for (size_t i = 0; i < COUNT(rows); i++) {
            struct desk_rig desk;
            desk_open(&desk, front, rows[i].type);
            desk.card.memory[rows[i].at] |= rows[i].value;
            memcpy(desk.before, desk.card.memory, sizeof(desk.before));
            struct fake_op *op = run_original(&desk);
            assert_refused(op, KC_ERROR_CARD_REFUSED, "locked");
            assert_false(op->committed);
            op = run_image(&desk, 140);
            assert_refused(op, KC_ERROR_CARD_REFUSED, "locked");
            assert_false(op->committed);
            assert_true(desk_is_as_before(&desk));
            desk_close(&desk);
        }
}

static void test_small_cards_are_too_small(void **state)
{
    (void)state;
    for (enum front front = FRONT_PN532; front < FRONT_COUNT; front++) {
        struct desk_rig desk;
        desk_open(&desk, front, SIMULATED_ULTRALIGHT);
        struct fake_op *op = run_original(&desk);
        assert_refused(op, KC_ERROR_CARD_FORMAT, "room for 48 bytes");
        assert_refused(run_image(&desk, 49), KC_ERROR_CARD_FORMAT, "room for 48 bytes, and 49");
        assert_true(desk_is_as_before(&desk));
        assert_made(run_image(&desk, 48));
        desk_close(&desk);
    }
}

/* A container that says more than the card has: what lies behind user memory would be lock bits and keys. */
static void test_a_container_that_lies(void **state)
{
    (void)state;
    static const uint8_t sizes[] = {0x06, 0x12, 0x3E, 0x6D, 0xFF, 0x00};
    static const enum simulated_type types[] = {SIMULATED_NTAG213, SIMULATED_ULTRALIGHT_C, SIMULATED_ULTRALIGHT};
    for (enum front front = FRONT_PN532; front < FRONT_COUNT; front++)
        for (size_t t = 0; t < COUNT(types); t++)
            for (size_t i = 0; i < COUNT(sizes); i++) {
                struct desk_rig desk;
                uint8_t image[140];
                desk_open(&desk, front, types[t]);
                fake_core_option(&desk.core, "content", "image");
                memset(image, 0x77, sizeof(image));
                memcpy(desk.card.memory + 12, (const uint8_t[]){0xE1, 0x10, sizes[i], 0x00}, 4);
                for (size_t size = 40; size <= sizeof(image); size += 100) {
                    struct fake_op *op = image_op(&desk, image, size, "");
                    desk_run(&desk, op);
                    assert_true(op->outcome != KC_OUTCOME_UNKNOWN);
                    desk.field.cards[0] = NULL;
                    desk.searches_without = 1;
                }
                desk_close(&desk); /* looks for forbidden writes */
            }
}

static void test_cards_with_other_keys(void **state)
{
    (void)state;
    for (enum front front = FRONT_PN532; front < FRONT_COUNT; front++) {
        struct desk_rig desk;
        desk_open(&desk, front, SIMULATED_CLASSIC_1K);
        fake_core_option(&desk.core, "classic-key", "A0A1A2A3A4A5");
        struct fake_op *op = run_original(&desk);
        assert_refused(op, KC_ERROR_CARD_REFUSED, "sector 1");
        fake_core_option(&desk.core, "classic-key", "");
        op = run_original(&desk);
        assert_refused(op, KC_ERROR_CARD_FORMAT, "classic-key");
        fake_core_option(&desk.core, "classic-key", "FFFFFFFFFFFF");
        fake_core_option(&desk.core, "classic-sector", "16");
        op = run_original(&desk);
        assert_refused(op, KC_ERROR_CARD_FORMAT, "no such sector");
        assert_true(desk_is_as_before(&desk));
        desk_close(&desk);
        desk_open(&desk, front, SIMULATED_DESFIRE);
        fake_core_option(&desk.core, "desfire-application", "654321");
        op = run_original(&desk);
        assert_refused(op, KC_ERROR_CARD_FORMAT, "no such application");
        assert_string_equal(op->error.vendor_code, "91A0");
        fake_core_option(&desk.core, "desfire-application", "");
        op = run_original(&desk);
        assert_refused(op, KC_ERROR_CARD_FORMAT, "desfire-application");
        fake_core_option(&desk.core, "desfire-application", "123456");
        fake_core_option(&desk.core, "desfire-file", "2");
        op = run_original(&desk);
        assert_refused(op, KC_ERROR_CARD_FORMAT, "no such file");
        assert_string_equal(op->error.vendor_code, "91F0");
        fake_core_option(&desk.core, "desfire-file", "1");
        desk.card.size = 40;
        op = run_original(&desk);
        assert_refused(op, KC_ERROR_CARD_FORMAT, "no room for");
        assert_true(desk_is_as_before(&desk));
        desk_close(&desk);
    }
}

static void test_two_cards_at_once(void **state)
{
    (void)state;
    static const uint8_t uid[] = {0x04, 9, 9, 9, 9, 9, 9};
    struct desk_rig desk;
    desk_open(&desk, FRONT_PN532, SIMULATED_NTAG213);
    simulated_card_make(&desk.other, SIMULATED_NTAG213, uid, sizeof(uid));
    desk.field.cards[1] = &desk.other;
    struct fake_op *op = run_original(&desk);
    assert_refused(op, KC_ERROR_CARD, "More than one card");
    assert_refused(run_image(&desk, 40), KC_ERROR_CARD, "More than one card");
    assert_true(desk_is_as_before(&desk));
    desk_close(&desk);
}

/* ---- Readers --------------------------------------------------------------------------------------------------- */

static void test_what_is_no_reader_is_told(void **state)
{
    (void)state;
    struct fake_core core;
    extern const struct driver driver_contactless;
    fake_core_open(&core, &driver_contactless);
    fake_core_transport(&core, "serial");
    fake_core_up(&core);
    for (int i = 0; i < 20 && core.down_count == 0; i++)
        fake_core_advance(&core, 1000);
    assert_int_equal(core.down_count, 1);
    assert_int_equal(core.fail_status, KC_ERROR_TIMED_OUT);
    assert_non_null(strstr(core.fail_text, "baud"));
    fake_core_close(&core);
}

/* A device of the class whose description makes no sense is not talked to. */
static void test_absurd_descriptors(void **state)
{
    (void)state;
    extern const struct driver driver_contactless;
    uint8_t bytes[54] = {54, 0x21, [44] = 0xFF};
    static const struct {
        uint8_t length, type, longest;
        size_t count;
    } rows[] = {{54, 0x21, 20, 54},  {255, 0x21, 255, 54}, {0, 0x21, 255, 54},
                {54, 0x22, 255, 54}, {54, 0x21, 255, 53},  {54, 0x21, 255, 0}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fake_core core;
        fake_core_open(&core, &driver_contactless);
        bytes[0] = rows[i].length;
        bytes[1] = rows[i].type;
        bytes[44] = rows[i].longest;
        core.descriptor = bytes;
        core.descriptor_size = rows[i].count;
        fake_core_transport(&core, "usb");
        fake_core_up(&core);
        fake_core_advance(&core, 1);
        assert_true(core.failing || core.down_count == 1);
        assert_int_equal(core.sent.length, 0);
        assert_int_equal(core.fail_status, KC_ERROR_PROTOCOL);
        fake_core_close(&core);
    }
}

/* Until a reader answers as one, it is only asked what it is. */
static void test_a_probe_writes_nothing(void **state)
{
    (void)state;
    struct desk_rig desk;
    desk_open(&desk, FRONT_PN532, SIMULATED_NTAG213);
    assert_int_equal(desk.field.commands, 0);
    desk_close(&desk);
    desk_open(&desk, FRONT_ACR122S, SIMULATED_NTAG213);
    assert_int_equal(desk.field.commands, 0);
    desk_close(&desk);
}

static void test_lamp_and_buzzer(void **state)
{
    (void)state;
    struct desk_rig desk;
    desk_open(&desk, FRONT_ACR122S, SIMULATED_NTAG213);
    desk_run(&desk, desk_original(&desk));
    desk_go_on(&desk, desk.core.ops, 100);
    desk_run(&desk, fake_core_op(&desk.core, KC_VERB_READ_CARD));
    assert_int_equal(desk.reader.lamp_commands, 3); /* waiting, done; waiting */
    desk_close(&desk);
}

static void open_again(struct desk_rig *desk)
{
    fake_core_drop(&desk->core);
    fake_core_up(&desk->core);
    desk_go_on(desk, NULL, 5000);
    assert_true(desk->core.ready);
}

/* On USB by the number that the reader shows, which other readers of the class do not have. */
static void test_lamp_and_buzzer_on_usb(void **state)
{
    (void)state;
    static const struct {
        struct driver_usb_id id;
        const char *lamp;
        size_t lamps, buzzers;
    } rows[] = {
        {{0x072F, 0x2200}, "auto", 3, 0}, {{0x072F, 0x223B}, "auto", 0, 1}, {{0x076B, 0x5022}, "auto", 0, 0},
        {{0x0001, 0x2200}, "auto", 0, 0}, {{0x072F, 0x2200}, "off", 0, 0},  {{0x076B, 0x5022}, "acr122", 3, 0},
        {{0, 0}, "auto", 0, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct desk_rig desk;
        desk_open(&desk, FRONT_USB, SIMULATED_NTAG213);
        desk.core.usb_id = rows[i].id;
        fake_core_option(&desk.core, "lamp", rows[i].lamp);
        open_again(&desk);
        desk_run(&desk, desk_original(&desk));
        assert_made(desk.core.ops);
        desk_run(&desk, fake_core_op(&desk.core, KC_VERB_READ_CARD));
        assert_int_equal(desk.reader.lamp_commands, rows[i].lamps);
        assert_int_equal(desk.reader.buzzer_commands, rows[i].buzzers);
        desk_close(&desk);
    }
}

/* What only looks like such a reader does not know the command: the key is made all the same. */
static void test_a_lamp_that_is_none(void **state)
{
    (void)state;
    static const uint16_t products[] = {0x2200, 0x223B};
    for (size_t i = 0; i < COUNT(products); i++) {
        struct desk_rig desk;
        desk_open(&desk, FRONT_USB, SIMULATED_NTAG213);
        desk.core.usb_id = (struct driver_usb_id){0x072F, products[i]};
        desk.reader.plain = true;
        open_again(&desk);
        desk_run(&desk, desk_original(&desk));
        assert_made(desk.core.ops);
        struct fake_op *read = fake_core_op(&desk.core, KC_VERB_READ_CARD);
        desk_run(&desk, read);
        assert_int_equal(read->error.code, KC_OK);
        desk_close(&desk);
    }
}

/* ---- Options and checks ---------------------------------------------------------------------------------------- */

static void test_options_that_make_no_sense(void **state)
{
    (void)state;
    struct fake_core core;
    extern const struct driver driver_contactless;
    fake_core_open(&core, &driver_contactless);
    assert_int_equal(fake_core_try_option(&core, "classic-key", "A0A1"), KC_ERROR_INVALID_ARGUMENT);
    assert_null(strstr(core.error.message, "A0A1"));
    fake_core_option(&core, "classic-key", "");
    assert_int_equal(fake_core_try_option(&core, "desfire-application", "12345G"), KC_ERROR_INVALID_ARGUMENT);
    fake_core_option(&core, "desfire-application", "");
    fake_core_option(&core, "site-number", "7");
    assert_int_equal(fake_core_try_option(&core, "site-key", "00"), KC_ERROR_INVALID_ARGUMENT);
    fake_core_option(&core, "site-key", "");
    struct fake_op *op = fake_core_op(&core, KC_VERB_ISSUE_ORIGINAL);
    fake_op_room(op, "101");
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_NOT_OFFERED);
    fake_core_close(&core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_reader_writes_each_card),
        cmocka_unit_test(test_each_reader_says_who_it_is),
        cmocka_unit_test(test_a_card_is_read),
        cmocka_unit_test(test_a_copied_key_is_told),
        cmocka_unit_test(test_the_clerk_is_asked_for_a_card),
        cmocka_unit_test(test_nobody_comes),
        cmocka_unit_test(test_the_last_card_is_not_written_over),
        cmocka_unit_test(test_several_cards_one_after_another),
        cmocka_unit_test(test_cancelled_between_two_cards),
        cmocka_unit_test(test_bytes_are_written_as_they_are),
        cmocka_unit_test(test_bytes_for_another_card_are_not_written),
        cmocka_unit_test(test_locked_cards),
        cmocka_unit_test(test_small_cards_are_too_small),
        cmocka_unit_test(test_a_container_that_lies),
        cmocka_unit_test(test_cards_with_other_keys),
        cmocka_unit_test(test_two_cards_at_once),
        cmocka_unit_test(test_what_is_no_reader_is_told),
        cmocka_unit_test(test_absurd_descriptors),
        cmocka_unit_test(test_a_probe_writes_nothing),
        cmocka_unit_test(test_lamp_and_buzzer),
        cmocka_unit_test(test_lamp_and_buzzer_on_usb),
        cmocka_unit_test(test_a_lamp_that_is_none),
        cmocka_unit_test(test_options_that_make_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
