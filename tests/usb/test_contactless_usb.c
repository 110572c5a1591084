/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A CCID reader on USB, end to end: the public API, the real libusb, and the models of reader and cards behind it. And
 * the key that another lock system returned, written by that reader. */
#include <keycard/keycard.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "reader_device.h"

enum { PATIENCE_MS = 60000 };

struct desk {
    struct usb_rig *rig;
    struct reader_device reader;
    kc_context *context;
    kc_site *site;
    kc_system *system;
};

/* ---- The desk ---------------------------------------------------------------------------------------------------- */

static void plug(struct desk *desk)
{
    reader_plug(&desk->reader, desk->rig, "1-1", &reader_description);
}

static int set_up(void **state)
{
    static struct desk desk;
    memset(&desk, 0, sizeof(desk));
    desk.rig = usb_rig_new();
    reader_init(&desk.reader);
    plug(&desk);
    assert_int_equal(kc_context_new(&desk.context), KC_OK);
    assert_int_equal(kc_site_new(desk.context, "Hotel", &desk.site), KC_OK);
    assert_int_equal(kc_system_new(desk.site, "desk", "contactless+usb:", &desk.system), KC_OK);
    assert_int_equal(kc_system_set_option(desk.system, "back-off", "0"), KC_OK);
    assert_int_equal(kc_system_add_encoder(desk.system, "Desk 1"), KC_OK);
    assert_int_equal(kc_system_set_option(desk.system, "site-number", "7"), KC_OK);
    assert_int_equal(kc_system_set_option(desk.system, "site-key",
                                          "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
                     KC_OK);
    *state = &desk;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;
    kc_system_unref(desk->system);
    kc_site_unref(desk->site);
    kc_context_unref(desk->context);
    usb_rig_free(desk->rig);
    reader_close(&desk->reader);
    return desk->reader.card.forbidden_writes == 0 ? 0 : -1;
}

static kc_request *make_request(struct desk *desk, const char *system)
{
    kc_request *request = NULL;
    assert_int_equal(kc_request_new(desk->site, &request), KC_OK);
    kc_request_set_booking(request, "4711");
    kc_request_add_room(request, "101");
    kc_request_set_station(request, "desk-1");
    kc_request_set_system(request, system);
    assert_int_equal(kc_request_set_validity(request, NULL, "2090-06-18T11:30"), KC_OK);
    return request;
}

typedef int32_t (*verb)(kc_request *request, kc_op **op);

static kc_op *run(verb begin, kc_request *request)
{
    kc_op *op = NULL;
    assert_int_equal(begin(request, &op), KC_OK);
    assert_int_equal(kc_op_wait(op, PATIENCE_MS), KC_OK);
    kc_request_unref(request);
    return op;
}

static kc_op *run_at_desk(struct desk *desk, verb begin)
{
    kc_request *request = make_request(desk, "desk");
    kc_request_set_encoder(request, "Desk 1");
    return run(begin, request);
}

static void assert_written(const kc_op *op)
{
    if (kc_op_get_status(op) != KC_OK)
        fail_msg("%s", kc_error_get_message(kc_op_get_error(op)));
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_WRITTEN);
}

/* ---- Tests ------------------------------------------------------------------------------------------------------- */

static void test_a_key_is_written_and_read(void **state)
{
    struct desk *desk = *state;
    kc_op *op = run_at_desk(desk, kc_issue_original);
    assert_written(op);
    assert_string_equal(kc_key_get_serial(kc_op_get_key(op, 0), 0), "04A1B2C3D4E580");
    kc_op_unref(op);
    op = run_at_desk(desk, kc_read_card);
    assert_int_equal(kc_op_get_status(op), KC_OK);
    assert_string_equal(kc_key_get_room(kc_op_get_key(op, 0), 0), "101");
    kc_op_unref(op);
}

/* The slot change brings the card to notice at once, although it would be looked for only much later. */
static void test_a_slot_change_is_heard(void **state)
{
    struct desk *desk = *state;
    kc_op *op = NULL;
    assert_int_equal(kc_system_set_option(desk->system, "poll-interval", "5000"), KC_OK);
    assert_int_equal(kc_system_set_option(desk->system, "card-timeout", "600000"), KC_OK);
    usb_rig_lock(desk->rig);
    desk->reader.field.cards[0] = NULL;
    usb_rig_unlock(desk->rig);
    kc_request *request = make_request(desk, "desk");
    kc_request_set_encoder(request, "Desk 1");
    assert_int_equal(kc_issue_original(request, &op), KC_OK);
    while (kc_op_get_state(op) != KC_STATE_WAITING) {
        assert_int_equal(kc_context_wait(desk->context, PATIENCE_MS), 1);
        assert_int_equal(kc_context_dispatch(desk->context), KC_OK);
    }
    usb_rig_lock(desk->rig);
    desk->reader.field.cards[0] = &desk->reader.card;
    desk->reader.change = 0x03;
    usb_rig_unlock(desk->rig);
    usb_rig_kick(desk->reader.device);
    assert_int_equal(kc_op_wait(op, PATIENCE_MS), KC_OK);
    assert_written(op);
    kc_op_unref(op);
    kc_request_unref(request);
}

/* Unplugged at the n-th transfer: what is said of the card is true, and the reader works again once it is back. */
static void test_unplugged_at_each_transfer(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(kc_system_set_option(desk->system, "connect-timeout", "2000"), KC_OK);
    for (int n = 1; n < 80; n += 6) {
        uint8_t before[SIMULATED_MEMORY];
        usb_rig_lock(desk->rig);
        simulated_card_make(&desk->reader.card, SIMULATED_NTAG215, reader_card_uid, sizeof(reader_card_uid));
        desk->reader.card.target.uid[6] = (uint8_t)n; /* another card each time */
        memcpy(before, desk->reader.card.memory, sizeof(before));
        usb_rig_unlock(desk->rig);
        usb_rig_fault(desk->reader.device, USB_RIG_FAULT_VANISH, -1, n, 1);
        kc_op *op = run_at_desk(desk, kc_issue_original);
        if (kc_op_get_outcome(op) == KC_OUTCOME_NOT_WRITTEN)
            assert_memory_equal(before, desk->reader.card.memory, sizeof(before));
        if (kc_op_get_outcome(op) == KC_OUTCOME_UNKNOWN)
            assert_true(kc_op_get_warning_count(op) > 0);
        kc_op_unref(op);
        usb_rig_unplug(desk->reader.device);
        plug(desk);
    }
}

/* SALTO or another system makes the key for the card on the reader, and the reader puts it there. */
static void test_a_key_from_elsewhere(void **state)
{
    struct desk *desk = *state;
    kc_system *locks = NULL;
    uint8_t memory[SIMULATED_MEMORY];
    size_t size = 0;
    assert_int_equal(kc_system_set_option(desk->system, "content", "image"), KC_OK);
    assert_int_equal(kc_system_new(desk->site, "locks", "virtual:", &locks), KC_OK);
    kc_op *card = run_at_desk(desk, kc_read_card);
    assert_int_equal(kc_op_get_status(card), KC_OK);
    const char *serial = kc_key_get_serial(kc_op_get_key(card, 0), 0);
    assert_string_equal(serial, "04A1B2C3D4E580");
    kc_request *request = make_request(desk, "locks");
    assert_int_equal(kc_request_set_card_serial(request, serial), KC_OK);
    kc_op *key = run(kc_issue_original, request);
    assert_written(key);
    const uint8_t *image = kc_key_get_image(kc_op_get_key(key, 0), &size);
    assert_non_null(image);
    request = make_request(desk, "desk");
    kc_request_set_encoder(request, "Desk 1");
    assert_int_equal(kc_request_set_card_serial(request, serial), KC_OK);
    assert_int_equal(kc_request_set_image(request, image, size), KC_OK);
    kc_op *written = run(kc_write_image, request);
    assert_written(written);
    assert_int_equal(kc_op_get_key_count(written), 0);
    simulated_card_user_memory(&desk->reader.card, memory);
    assert_memory_equal(memory, image, size);
    request = make_request(desk, "desk"); /* and not on another card */
    kc_request_set_encoder(request, "Desk 1");
    assert_int_equal(kc_request_set_card_serial(request, "04FFFFFFFFFFFF"), KC_OK);
    assert_int_equal(kc_request_set_image(request, image, size), KC_OK);
    kc_op *refused = run(kc_write_image, request);
    assert_int_equal(kc_op_get_status(refused), KC_ERROR_CARD_REFUSED);
    assert_int_equal(kc_op_get_outcome(refused), KC_OUTCOME_NOT_WRITTEN);
    kc_op_unref(refused);
    kc_op_unref(written);
    kc_op_unref(key);
    kc_op_unref(card);
    kc_system_unref(locks);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_key_is_written_and_read),
        TEST(test_a_slot_change_is_heard),
        TEST(test_unplugged_at_each_transfer),
        TEST(test_a_key_from_elsewhere),
    };
    if (!usb_rig_possible())
        return usb_rig_skipped();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
