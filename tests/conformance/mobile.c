/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mobile keys: by phone, by e-mail, after the card, as bytes; and contacts that the lock system does not serve. */
#include <string.h>

#include "suite.h"

#define RULE(function)                                                                                                 \
    {                                                                                                                  \
        .name = #function, .check = function                                                                           \
    }

/* A mobile key to the contact of the request, where the lock system has the capability; else refused. */
static void expect_mobile(struct hotel *hotel, kc_request *request, int32_t contact)
{
    kc_op *op = hotel_run(hotel, kc_send_mobile, request);
    if (!hotel_has(hotel, KC_CAPABILITY_MOBILE) || !hotel_has(hotel, contact)) {
        expect_not_offered(hotel, op, 0);
        return;
    }
    expect_made(hotel, op);
    EXPECT(hotel_effects(hotel) == 1 && hotel_requests(hotel) == 1, "%zu effects of %zu requests", hotel_effects(hotel),
           hotel_requests(hotel));
    EXPECT(hotel_keys_for(hotel, 0) == 1, "%zu keys open the room", hotel_keys_for(hotel, 0));
    EXPECT(hotel_occupied(hotel, 0), "the mobile key did not start a stay");
    const kc_key *key = hotel_key(hotel, kc_op_get_id(op));
    EXPECT(kc_key_get_kind(key) == KC_KIND_MOBILE, "a key of the kind %s", kc_kind_name(kc_key_get_kind(key)));
    EXPECT(kc_key_get_state(key) == KC_KEY_ACTIVE, "a key that is %s", kc_key_state_name(kc_key_get_state(key)));
}

static void mobile_key_by_phone_starts_a_stay(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_request *request = hotel_request(hotel, "4711", hotel_room(hotel, 0));
    EXPECT_OK(kc_request_set_phone(request, "+359881234567"));
    expect_mobile(hotel, request, KC_CAPABILITY_PHONE);
}

static void mobile_key_by_email_starts_a_stay(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_request *request = hotel_request(hotel, "4711", hotel_room(hotel, 0));
    EXPECT_OK(kc_request_set_email(request, "guest@example.org"));
    expect_mobile(hotel, request, KC_CAPABILITY_EMAIL);
}

static void mobile_key_of_a_stay_voids_nothing(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_op *original = hotel_original(hotel, "4711", 0);
    expect_made(hotel, original);
    kc_op *op = hotel_run(hotel, kc_send_mobile, hotel_mobile_request(hotel, "4711", NULL));
    if (!hotel_has(hotel, KC_CAPABILITY_MOBILE)) {
        expect_not_offered(hotel, op, 1);
        return;
    }
    expect_made(hotel, op);
    EXPECT(hotel_keys_for(hotel, 0) == 2, "%zu keys open the room", hotel_keys_for(hotel, 0));
    EXPECT(kc_key_get_kind(hotel_key(hotel, kc_op_get_id(op))) == KC_KIND_MOBILE_DUPLICATE, "a key of the kind %s",
           kc_kind_name(kc_key_get_kind(hotel_key(hotel, kc_op_get_id(op)))));
    EXPECT(hotel_key_state(hotel, kc_op_get_id(original)) == KC_KEY_ACTIVE, "the original is %s",
           kc_key_state_name(hotel_key_state(hotel, kc_op_get_id(original))));
}

static void original_with_a_contact_is_followed_by_a_mobile_key(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_request *request = hotel_mobile_request(hotel, "4711", hotel_room(hotel, 0));
    EXPECT_OK(kc_request_set_encoder(request, hotel_encoder(hotel, 0)));
    kc_op *op = hotel_run(hotel, kc_issue_original, request);
    if (!hotel_has(hotel, KC_CAPABILITY_MOBILE)) {
        expect_not_offered(hotel, op, 0);
        return;
    }
    expect_made(hotel, op);
    kc_op *follow_up = kc_op_get_follow_up(op);
    EXPECT(follow_up != NULL, "no mobile key follows");
    hotel_finish(hotel, kc_op_ref(follow_up));
    expect_made(hotel, follow_up);
    EXPECT(hotel_effects(hotel) == 2 && hotel_keys_for(hotel, 0) == 2, "%zu effects, %zu keys open the room",
           hotel_effects(hotel), hotel_keys_for(hotel, 0));
}

static void contact_that_is_not_served_is_refused_before_the_card(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_request *request = hotel_request(hotel, "4711", hotel_room(hotel, 0));
    bool phone = hotel_has(hotel, KC_CAPABILITY_PHONE), email = hotel_has(hotel, KC_CAPABILITY_EMAIL);
    if (phone && email)
        return; /* both are served: the rules above */
    if (email)
        EXPECT_OK(kc_request_set_phone(request, "+359881234567"));
    else
        EXPECT_OK(kc_request_set_email(request, "guest@example.org"));
    kc_op *op = hotel_run(hotel, kc_issue_original, request);
    expect_refused(hotel, op, KC_ERROR_CONTACT, 0);
    EXPECT(strcmp(kc_error_get_field(kc_op_get_error(op)), email ? "phone" : "email") == 0, "the field %s",
           kc_error_get_field(kc_op_get_error(op)));
}

static void mobile_key_needs_a_contact(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_op *op = hotel_run(hotel, kc_send_mobile, hotel_request(hotel, "4711", hotel_room(hotel, 0)));
    if (!hotel_has(hotel, KC_CAPABILITY_MOBILE))
        expect_not_offered(hotel, op, 0);
    else
        expect_refused(hotel, op, KC_ERROR_INVALID_ARGUMENT, 0);
}

static void mobile_key_comes_back_as_bytes(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    size_t size = 0;
    kc_request *request = hotel_mobile_request(hotel, "4711", hotel_room(hotel, 0));
    EXPECT_OK(kc_request_set_return_image(request, 1));
    kc_op *op = hotel_run(hotel, kc_send_mobile, request);
    if (!hotel_has(hotel, KC_CAPABILITY_KEY_IMAGE)) {
        expect_not_offered(hotel, op, 0);
        return;
    }
    expect_made(hotel, op);
    EXPECT(kc_key_get_image(kc_op_get_key(op, 0), &size) && size > 0, "no image");
    EXPECT(hotel_keys_for(hotel, 0) == 1, "%zu keys open the room", hotel_keys_for(hotel, 0));
    EXPECT(!kc_key_get_image(hotel_key(hotel, kc_op_get_id(op)), NULL), "the ledger has kept the image");
}

static void delivery_of_a_mobile_key_can_be_asked_for(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_op *sent = hotel_run(hotel, kc_send_mobile, hotel_mobile_request(hotel, "4711", hotel_room(hotel, 0))),
          *op = NULL;
    if (!hotel_has(hotel, KC_CAPABILITY_MOBILE))
        return;
    expect_made(hotel, sent);
    EXPECT_OK(kc_check_mobile(hotel_request(hotel, NULL, NULL), kc_op_get_id(sent), &op));
    hotel_finish(hotel, op);
    if (!hotel_has(hotel, KC_CAPABILITY_DELIVERY)) {
        expect_not_offered(hotel, op, 1);
        return;
    }
    EXPECT(kc_op_get_status(op) == KC_OK, "%s", kc_error_get_message(kc_op_get_error(op)));
    EXPECT(hotel_effects(hotel) == 1, "%zu effects", hotel_effects(hotel));
    EXPECT(strcmp(kc_key_get_id(kc_op_get_key(op, 0)), kc_op_get_id(sent)) == 0, "its key is %s",
           kc_key_get_id(kc_op_get_key(op, 0)));
}

void plan_mobile(struct plan *plan)
{
    static const struct rule rules[] = {
        RULE(mobile_key_by_phone_starts_a_stay),
        RULE(mobile_key_by_email_starts_a_stay),
        RULE(mobile_key_of_a_stay_voids_nothing),
        RULE(original_with_a_contact_is_followed_by_a_mobile_key),
        RULE(contact_that_is_not_served_is_refused_before_the_card),
        RULE(mobile_key_needs_a_contact),
        RULE(mobile_key_comes_back_as_bytes),
        RULE(delivery_of_a_mobile_key_can_be_asked_for),
    };
    plan_add_all(plan, rules, LENGTH_OF(rules));
}
