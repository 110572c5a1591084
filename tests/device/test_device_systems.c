/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Systems made of devices on this computer: they are their encoders, come back wherever they are plugged in again, and
 * leave in the middle of a key. */
#include "port_desk.h"

#include <string.h>

static kc_op *start_key(struct desk *desk, int32_t (*make)(kc_request *, kc_op **))
{
    kc_request *request = NULL;
    kc_op *op = NULL;
    assert_int_equal(kc_request_new(desk->site, &request), KC_OK);
    kc_request_set_booking(request, "B1");
    kc_request_add_room(request, "101");
    kc_request_set_station(request, "desk-1");
    assert_int_equal(kc_request_set_validity(request, NULL, "2090-06-18"), KC_OK);
    assert_int_equal(make(request, &op), KC_OK);
    kc_request_unref(request);
    return op;
}

static void until_done(struct desk *desk, const kc_op *op)
{
    for (int i = 0; kc_op_get_state(op) != KC_STATE_DONE && i < WAIT_ROUNDS; i++)
        turn(desk);
}

static kc_op *make_key(struct desk *desk, int32_t (*make)(kc_request *, kc_op **))
{
    kc_op *op = start_key(desk, make);
    until_done(desk, op);
    return op;
}

static void makes_key(struct desk *desk, int32_t (*make)(kc_request *, kc_op **), const char *encoder_name)
{
    kc_op *op = make_key(desk, make);
    if (kc_op_get_status(op) != KC_OK)
        fail_msg("%s", kc_error_get_message(kc_op_get_error(op)));
    assert_string_equal(kc_op_get_encoder_name(op), encoder_name);
    kc_op_unref(op);
}

static void until_encoder(struct desk *desk, kc_encoder *one, int32_t state)
{
    for (int i = 0; kc_encoder_get_state(one) != state && i < WAIT_ROUNDS; i++)
        turn(desk);
    assert_int_equal(kc_encoder_get_state(one), state);
}

static void a_device_is_the_encoder_of_its_system(void **state)
{
    struct desk *desk = desk_of(state);
    struct tester *tester = plug(desk, &encoder, TESTER_GOOD);
    watch(desk, KC_DEVICES_LIST);
    until_events(desk, "ttyUSB0 present, ");
    kc_device *device = kc_device_ref(find(desk, "ttyUSB0"));
    kc_system *system = add_system(desk, "desk-1 encoder", kc_device_get_uri(device, NULL));
    assert_ptr_equal(kc_device_get_system(device), system);
    assert_int_equal(kc_device_get_state(device), KC_DEVICE_PRESENT); /* nothing is connected yet */
    makes_key(desk, kc_issue_original, "desk-1 encoder");             /* no encoder needs a name */
    until_events(desk, "ttyUSB0 in-use, ttyUSB0 in-use, ");           /* with its model then */
    assert_string_equal(kc_device_get_model(device), "T-1");
    assert_int_equal(kc_device_identify(device, NULL, NULL), KC_ERROR_STATE);
    says(kc_context_get_error(desk->context), "desk-1 encoder");
    kc_op *op = NULL;
    assert_int_equal(kc_site_discover(desk->site, &op), KC_OK);
    assert_int_equal(kc_op_wait(op, 20000), KC_OK);
    assert_int_equal(kc_op_get_encoder_count(op), 1);
    kc_encoder *one = kc_encoder_ref(kc_op_get_encoder(op, 0));
    assert_int_equal(kc_encoder_get_state(one), KC_ENCODER_ONLINE);
    kc_op_unref(op);
    unplug(desk, &encoder, tester); /* and into another socket, where the kernel calls it another name */
    until_encoder(desk, one, KC_ENCODER_OFFLINE);
    until_state(desk, device, KC_DEVICE_GONE);
    assert_int_equal(kc_system_get_state(system), KC_LINK_DOWN);
    kc_device_unref(device);
    tester = plug(desk, &encoder_again, TESTER_GOOD);
    until_encoder(desk, one, KC_ENCODER_ONLINE); /* it is there again by itself */
    makes_key(desk, kc_issue_duplicate, "desk-1 encoder");
    assert_int_equal(tester->made, 1);
    assert_int_equal(kc_device_get_state(find(desk, "ttyUSB7")), KC_DEVICE_IN_USE);
    kc_encoder_unref(one);
    kc_system_unref(system);
}

static void a_configured_device_is_not_asked(void **state)
{
    struct desk *desk = desk_of(state);
    kc_system *system = add_system(desk, "desk-1", "tester+serial:067b:2303");
    struct tester *tester = plug(desk, &encoder, TESTER_GOOD);
    watch(desk, KC_DEVICES_IDENTIFY);
    until_events(desk, "ttyUSB0 present, ");
    for (int i = 0; i < 10; i++)
        turn(desk);
    assert_int_equal(tester->asked, 0);
    kc_system_unref(system);
}

/* Asking lets go at once when a key is wanted. */
static void an_operation_comes_before_asking(void **state)
{
    struct desk *desk = desk_of(state);
    struct tester *tester = plug(desk, &encoder, TESTER_SILENT);
    watch(desk, KC_DEVICES_IDENTIFY);
    until_events(desk, "ttyUSB0 present, ttyUSB0 asking, ");
    kc_system *system = add_system(desk, "desk-1", "tester+serial:/dev/ttyUSB0");
    for (int i = 0; !tester->asked && i < WAIT_ROUNDS; i++)
        turn(desk);
    tester->manner = TESTER_GOOD;
    makes_key(desk, kc_issue_original, "desk-1");
    until_events(desk, "ttyUSB0 present, ttyUSB0 in-use, ttyUSB0 in-use, ");
    assert_int_equal(tester->asked, 2);
    kc_system_unref(system);
}

/* Unplugged after the request left: nobody knows what is on the card. */
static void unplugged_in_the_middle_is_unknown(void **state)
{
    struct desk *desk = desk_of(state);
    struct tester *tester = plug(desk, &encoder, TESTER_HALF_MADE);
    kc_system *system = add_system(desk, "desk-1", "tester+serial:067b:2303/K42");
    kc_op *op = start_key(desk, kc_issue_original);
    for (int i = 0; !tester->made && i < WAIT_ROUNDS; i++)
        turn(desk);
    unplug(desk, &encoder, tester);
    until_done(desk, op);
    assert_int_equal(kc_op_get_status(op), KC_ERROR_CONNECTION_LOST);
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_UNKNOWN);
    assert_int_equal(kc_error_get_advice(kc_op_get_error(op)), KC_ADVICE_RESOLVE);
    kc_op_unref(op);
    kc_system_unref(system);
}

/* Two that cannot be told apart by the name in the URI: when one leaves, the other one is meant. */
static void one_of_two_leaves(void **state)
{
    struct desk *desk = desk_of(state);
    struct tty_plug twin = encoder;
    twin.place = "1-5";
    twin.node = "ttyUSB5";
    plug(desk, &encoder, TESTER_GOOD);
    struct tester *second = plug(desk, &twin, TESTER_GOOD);
    kc_system *system = add_system(desk, "desk-1", "tester+serial:067b:2303/K42");
    assert_int_equal(kc_system_set_option(system, "back-off", "60000"), KC_OK); /* the timer brings nothing back */
    kc_op *op = make_key(desk, kc_issue_original);
    assert_int_equal(kc_op_get_status(op), KC_ERROR_UNREACHABLE);
    says(kc_op_get_error(op), "both plugged in");
    kc_op_unref(op);
    unplug(desk, &twin, second);
    for (int i = 0; kc_system_get_state(system) != KC_LINK_UP && i < WAIT_ROUNDS; i++)
        turn(desk);
    assert_int_equal(kc_system_get_state(system), KC_LINK_UP);
    makes_key(desk, kc_issue_original, "desk-1");
    kc_system_unref(system);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_device_is_the_encoder_of_its_system),
        TEST(a_configured_device_is_not_asked),
        TEST(an_operation_comes_before_asking),
        TEST(unplugged_in_the_middle_is_unknown),
        TEST(one_of_two_leaves),
    };
    return cmocka_run_group_tests_name("device systems", tests, NULL, NULL);
}
