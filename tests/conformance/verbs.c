/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each verb does where it is offered, seen at the lock and in the ledger, and that it is refused before a byte is
 * sent where it is not. Mobile keys: mobile.c. */
#include <string.h>

#include "suite.h"

#define RULE(function)                                                                                                 \
    {                                                                                                                  \
        .name = #function, .check = function                                                                           \
    }

/* The last effect is this one, and one more than before. */
static void expect_effect(struct hotel *hotel, size_t before, const char *kind, const char *room)
{
    struct effect effect;
    EXPECT(hotel_effects(hotel) == before + 1, "%zu effects after %zu", hotel_effects(hotel), before);
    hotel->driver->side->last_effect(hotel, &effect);
    EXPECT(strcmp(effect.kind, kind) == 0, "the lock system did: %s", effect.kind);
    EXPECT(strcmp(effect.room, room) == 0, "in the room %s", effect.room);
}

/* The key that an operation made opens the room, or does not. Without serial numbers nobody can tell the keys apart. */
static void expect_opens(struct hotel *hotel, kc_op *op, size_t room, bool opens)
{
    const kc_key *key = kc_op_get_key(op, 0);
    EXPECT(key != NULL, "the operation has no key");
    if (!hotel_has(hotel, KC_CAPABILITY_CARD_SERIAL))
        return;
    EXPECT(kc_key_get_serial_count(key) > 0, "no serial number, although they are offered");
    EXPECT(hotel->driver->side->opens(hotel, kc_key_get_serial(key, 0), hotel_room(hotel, room)) == opens,
           "the key %s %s", kc_key_get_serial(key, 0), opens ? "does not open" : "opens");
}

static void expect_key(struct hotel *hotel, kc_op *op, int32_t kind, int32_t state)
{
    const kc_key *key = hotel_key(hotel, kc_op_get_id(op));
    EXPECT(key != NULL, "the key is not in the ledger");
    EXPECT(kc_key_get_kind(key) == kind, "a key of the kind %s", kc_kind_name(kc_key_get_kind(key)));
    EXPECT(kc_key_get_state(key) == state, "a key that is %s", kc_key_state_name(kc_key_get_state(key)));
}

/* ---- Making keys ------------------------------------------------------------------------------------------------- */

static void original_opens_the_room_and_checks_it_in(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_op *op = hotel_original(hotel, "4711", 0);
    if (!hotel_has(hotel, KC_CAPABILITY_ORIGINAL)) {
        expect_not_offered(hotel, op, 0);
        return;
    }
    expect_made(hotel, op);
    expect_effect(hotel, 0, "original", hotel_room(hotel, 0));
    expect_opens(hotel, op, 0, true);
    expect_key(hotel, op, KC_KIND_ORIGINAL, KC_KEY_ACTIVE);
    EXPECT(hotel_keys_for(hotel, 0) == 1, "%zu keys open the room", hotel_keys_for(hotel, 0));
    EXPECT(hotel_occupied(hotel, 0), "nobody stays in the room");
    EXPECT(hotel_requests(hotel) == 1, "%zu requests", hotel_requests(hotel));
    EXPECT(strcmp(kc_op_get_encoder_name(op), hotel_encoder(hotel, 0)) == 0, "at %s", kc_op_get_encoder_name(op));
    EXPECT(kc_op_get_warning_count(op) == 0, "a warning: %s", kc_op_get_warning_text(op, 0));
}

static void original_goes_to_the_encoder_that_is_named(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    struct effect effect;
    kc_request *request = hotel_request(hotel, "4711", hotel_room(hotel, 0));
    EXPECT_OK(kc_request_set_encoder(request, hotel_encoder(hotel, 1)));
    kc_op *op = hotel_run(hotel, kc_issue_original, request);
    expect_made(hotel, op);
    hotel->driver->side->last_effect(hotel, &effect);
    EXPECT(strcmp(kc_op_get_encoder_name(op), hotel_encoder(hotel, 1)) == 0, "at %s", kc_op_get_encoder_name(op));
    EXPECT(!*effect.encoder || strcmp(effect.encoder, hotel_encoder(hotel, 1)) == 0, "at %s", effect.encoder);
}

static void second_original_voids_the_first(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_op *first = hotel_original(hotel, "4711", 0), *second = hotel_original(hotel, "4712", 0);
    expect_made(hotel, first);
    expect_made(hotel, second);
    EXPECT(kc_op_get_voided_key_count(second) == 1, "it voids %d keys", (int)kc_op_get_voided_key_count(second));
    expect_effect(hotel, 1, "original", hotel_room(hotel, 0));
    expect_opens(hotel, first, 0, false);
    expect_opens(hotel, second, 0, true);
    expect_key(hotel, first, KC_KIND_ORIGINAL, KC_KEY_VOIDED);
    expect_key(hotel, second, KC_KIND_ORIGINAL, KC_KEY_ACTIVE);
    EXPECT(hotel_keys_for(hotel, 0) == 1, "%zu keys open the room", hotel_keys_for(hotel, 0));
}

static void several_cards_all_open(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_request *request = hotel_request(hotel, "4711", hotel_room(hotel, 0));
    int32_t cards = hotel_limit(hotel, KC_LIMIT_COPIES) < 3 ? (int32_t)hotel_limit(hotel, KC_LIMIT_COPIES) : 3;
    EXPECT_OK(kc_request_set_copies(request, cards));
    kc_op *op = hotel_run(hotel, kc_issue_original, request);
    expect_made(hotel, op);
    EXPECT(hotel_keys_for(hotel, 0) == (size_t)cards, "%zu of %d keys open", hotel_keys_for(hotel, 0), (int)cards);
    EXPECT(kc_key_get_copies(hotel_key(hotel, kc_op_get_id(op))) == cards, "the ledger has another number");
}

static void duplicate_opens_and_voids_nothing(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_op *original = hotel_original(hotel, "4711", 0);
    expect_made(hotel, original);
    kc_op *op = hotel_duplicate(hotel, "4711");
    if (!hotel_has(hotel, KC_CAPABILITY_DUPLICATE)) {
        expect_not_offered(hotel, op, 1);
        return;
    }
    expect_made(hotel, op);
    expect_effect(hotel, 1, "duplicate", hotel_room(hotel, 0));
    expect_opens(hotel, original, 0, true);
    expect_opens(hotel, op, 0, true);
    expect_key(hotel, original, KC_KIND_ORIGINAL, KC_KEY_ACTIVE);
    expect_key(hotel, op, KC_KIND_DUPLICATE, KC_KEY_ACTIVE);
    EXPECT(hotel_keys_for(hotel, 0) == 2, "%zu keys open the room", hotel_keys_for(hotel, 0));
    EXPECT(kc_op_get_voided_key_count(op) == 0, "it voids %d keys", (int)kc_op_get_voided_key_count(op));
}

static void reissue_is_a_new_original_of_the_stay(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_op *original = hotel_original(hotel, "4711", 0);
    expect_made(hotel, original);
    kc_request *request = hotel_request(hotel, "4711", NULL);
    hotel_end_after(request, 5);
    kc_op *op = hotel_run(hotel, kc_reissue, request);
    expect_made(hotel, op);
    expect_effect(hotel, 1, "original", hotel_room(hotel, 0));
    expect_opens(hotel, original, 0, false);
    expect_opens(hotel, op, 0, true);
    expect_key(hotel, original, KC_KIND_ORIGINAL, KC_KEY_VOIDED);
    expect_key(hotel, op, KC_KIND_ORIGINAL, KC_KEY_ACTIVE);
    EXPECT(hotel_keys_for(hotel, 0) == 1, "%zu keys open the room", hotel_keys_for(hotel, 0));
}

static void one_shot_opens_beside_the_others(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    expect_made(hotel, hotel_original(hotel, "4711", 0));
    kc_op *op = hotel_run(hotel, kc_issue_one_shot, hotel_request(hotel, "4712", hotel_room(hotel, 0)));
    if (!hotel_has(hotel, KC_CAPABILITY_ONE_SHOT)) {
        expect_not_offered(hotel, op, 1);
        return;
    }
    expect_made(hotel, op);
    expect_effect(hotel, 1, "one-shot", hotel_room(hotel, 0));
    expect_key(hotel, op, KC_KIND_ONE_SHOT, KC_KEY_ACTIVE);
    EXPECT(hotel_keys_for(hotel, 0) == 2, "%zu keys open the room", hotel_keys_for(hotel, 0));
}

/* ---- Reading and finding ----------------------------------------------------------------------------------------- */

static void read_card_tells_the_room_and_changes_nothing(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_op *original = hotel_original(hotel, "4711", 0);
    expect_made(hotel, original);
    kc_op *op = hotel_run(hotel, kc_read_card, hotel_request(hotel, NULL, NULL));
    if (!hotel_has(hotel, KC_CAPABILITY_READ)) {
        expect_not_offered(hotel, op, 1);
        return;
    }
    EXPECT(kc_op_get_status(op) == KC_OK, "%s", kc_error_get_message(kc_op_get_error(op)));
    EXPECT(kc_op_get_outcome(op) == KC_OUTCOME_NOT_WRITTEN, "%s", kc_outcome_name(kc_op_get_outcome(op)));
    const kc_key *card = kc_op_get_key(op, 0);
    EXPECT(kc_op_get_key_count(op) == 1 && kc_key_get_room_count(card) > 0, "%d keys", (int)kc_op_get_key_count(op));
    EXPECT(strcmp(kc_key_get_room(card, 0), hotel_room(hotel, 0)) == 0, "the room %s", kc_key_get_room(card, 0));
    EXPECT(hotel_effects(hotel) == 1, "%zu effects", hotel_effects(hotel));
    EXPECT(hotel_keys_for(hotel, 0) == 1, "%zu keys open the room", hotel_keys_for(hotel, 0));
}

static bool finds_encoder(const kc_op *op, const char *name)
{
    for (int32_t i = 0; i < kc_op_get_encoder_count(op); i++)
        if (strcmp(kc_encoder_get_name(kc_op_get_encoder(op, i)), name) == 0)
            return true;
    return false;
}

static void discover_finds_what_can_be_found_and_makes_no_key(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_op *op = NULL;
    if (!hotel_has(hotel, KC_CAPABILITY_LIST_ENCODERS))
        for (size_t i = 0; i < 2; i++)
            EXPECT_OK(kc_system_add_encoder(hotel->system, hotel_encoder(hotel, i)));
    EXPECT_OK(kc_site_discover(hotel->site, &op));
    hotel_finish(hotel, op);
    EXPECT(kc_op_get_status(op) == KC_OK, "%s", kc_error_get_message(kc_op_get_error(op)));
    for (size_t i = 0; i < 2; i++)
        EXPECT(finds_encoder(op, hotel_encoder(hotel, i)), "%s is not among %d", hotel_encoder(hotel, i),
               (int)kc_op_get_encoder_count(op));
    EXPECT(hotel_effects(hotel) == 0, "%zu effects", hotel_effects(hotel));
    expect_made(hotel, hotel_original(hotel, "4711", 0));
}

/* ---- Changing stays ---------------------------------------------------------------------------------------------- */

static void check_out_frees_the_room_and_ends_the_stay(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_op *original = hotel_original(hotel, "4711", 0);
    expect_made(hotel, original);
    kc_op *op = hotel_run(hotel, kc_check_out, hotel_request(hotel, "4711", NULL));
    if (!hotel_has(hotel, KC_CAPABILITY_CHECK_OUT)) {
        expect_not_offered(hotel, op, 1);
        expect_key(hotel, original, KC_KIND_ORIGINAL, KC_KEY_ACTIVE);
        return;
    }
    expect_made(hotel, op);
    expect_effect(hotel, 1, "check-out", hotel_room(hotel, 0));
    EXPECT(!hotel_occupied(hotel, 0), "somebody stays in the room still");
    expect_key(hotel, original, KC_KIND_ORIGINAL, KC_KEY_CHECKED_OUT);
    EXPECT(!kc_key_is_unconfirmed(hotel_key(hotel, kc_op_get_id(original))), "confirmed, but it does not say so");
    expect_refused(hotel, hotel_duplicate(hotel, "4711"), KC_ERROR_NO_ORIGINAL, 2);
}

static void modify_stay_gives_the_keys_another_end(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_op *original = hotel_original(hotel, "4711", 0);
    expect_made(hotel, original);
    char before[40];
    memcpy(before, kc_key_get_until(kc_op_get_key(original, 0)), 11);
    before[11] = '\0';
    kc_request *request = hotel_request(hotel, "4711", NULL);
    hotel_end_after(request, 6);
    kc_op *op = hotel_run(hotel, kc_modify_stay, request);
    if (!hotel_has(hotel, KC_CAPABILITY_MODIFY_STAY)) {
        expect_not_offered(hotel, op, 1);
        return;
    }
    expect_made(hotel, op);
    expect_effect(hotel, 1, "modify", hotel_room(hotel, 0));
    const char *after = kc_key_get_until(hotel_key(hotel, kc_op_get_id(original)));
    EXPECT(strncmp(before, after, 11) < 0, "the end of the key: %s, then %s", before, after);
    EXPECT(hotel_keys_for(hotel, 0) == 1, "%zu keys open the room", hotel_keys_for(hotel, 0));
}

static void modify_stay_moves_to_another_room(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    expect_made(hotel, hotel_original(hotel, "4711", 0));
    kc_request *request = hotel_request(hotel, "4711", hotel_room(hotel, 1));
    kc_request_set_validity(request, NULL, NULL);
    kc_op *op = hotel_run(hotel, kc_modify_stay, request);
    if (!hotel_has(hotel, KC_CAPABILITY_MODIFY_STAY)) {
        expect_not_offered(hotel, op, 1);
        return;
    }
    expect_made(hotel, op);
    EXPECT(hotel_effects(hotel) == 2, "%zu effects", hotel_effects(hotel));
    EXPECT(!hotel_occupied(hotel, 0) && hotel_occupied(hotel, 1), "the stay is not in the new room");
    EXPECT(hotel_keys_for(hotel, 0) == 0 && hotel_keys_for(hotel, 1) == 1,
           "%zu keys open the old room, %zu the new one", hotel_keys_for(hotel, 0), hotel_keys_for(hotel, 1));
}

/* A lock system may be able to cancel mobile keys only; a card is refused before anything is sent then. */
static void cancelled_key_opens_nothing(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    struct opening opening = {0};
    kc_op *key = hotel_original(hotel, "4711", 0);
    expect_made(hotel, key);
    kc_op *op = hotel_cancel_key(hotel, hotel_request(hotel, NULL, NULL), kc_op_get_id(key));
    bool refused = kc_op_get_status(op) == KC_ERROR_NOT_OFFERED;
    if (refused || !hotel_has(hotel, KC_CAPABILITY_CANCEL_KEY)) {
        expect_not_offered(hotel, op, 1);
        expect_key(hotel, key, KC_KIND_ORIGINAL, KC_KEY_ACTIVE);
        EXPECT(hotel_keys_for(hotel, 0) == 1, "%zu keys open the room", hotel_keys_for(hotel, 0));
    }
    if (!hotel_has(hotel, KC_CAPABILITY_CANCEL_KEY))
        return;
    if (refused) {
        hotel_again(hotel, &opening);
        key = hotel_run(hotel, kc_send_mobile, hotel_mobile_request(hotel, "4711", hotel_room(hotel, 0)));
        expect_made(hotel, key);
        op = hotel_cancel_key(hotel, hotel_request(hotel, NULL, NULL), kc_op_get_id(key));
    }
    expect_made(hotel, op);
    EXPECT(hotel_effects(hotel) == 2, "%zu effects", hotel_effects(hotel));
    EXPECT(hotel_keys_for(hotel, 0) == 0, "%zu keys open the room", hotel_keys_for(hotel, 0));
    expect_key(hotel, key, refused ? KC_KIND_MOBILE : KC_KIND_ORIGINAL, KC_KEY_VOIDED);
    EXPECT(strcmp(kc_op_get_target(op), kc_op_get_id(key)) == 0, "the target %s", kc_op_get_target(op));
}

static void cancelling_a_key_that_nobody_made_is_refused(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_op *op = hotel_cancel_key(hotel, hotel_request(hotel, NULL, NULL), "8a7d0c1e-0000-4000-8000-000000000000");
    expect_refused(hotel, op, KC_ERROR_NOT_FOUND, 0);
}

static void blocked_stay_opens_nothing_until_it_is_unblocked(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_op *original = hotel_original(hotel, "4711", 0);
    expect_made(hotel, original);
    kc_op *op = hotel_run(hotel, kc_block_stay, hotel_request(hotel, "4711", NULL));
    if (!hotel_has(hotel, KC_CAPABILITY_BLOCK_STAY)) {
        expect_not_offered(hotel, op, 1);
        expect_not_offered(hotel, hotel_run(hotel, kc_unblock_stay, hotel_request(hotel, "4711", NULL)), 1);
        return;
    }
    expect_made(hotel, op);
    EXPECT(hotel_keys_for(hotel, 0) == 0, "%zu keys open the room", hotel_keys_for(hotel, 0));
    EXPECT(hotel_occupied(hotel, 0), "blocking checked the guest out");
    expect_key(hotel, original, KC_KIND_ORIGINAL, KC_KEY_BLOCKED);
    expect_made(hotel, hotel_run(hotel, kc_unblock_stay, hotel_request(hotel, "4711", NULL)));
    EXPECT(hotel_keys_for(hotel, 0) == 1, "%zu keys open the room", hotel_keys_for(hotel, 0));
    expect_key(hotel, original, KC_KIND_ORIGINAL, KC_KEY_ACTIVE);
    EXPECT(hotel_effects(hotel) == 3, "%zu effects", hotel_effects(hotel));
}

static void card_image_is_a_key_without_an_encoder(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    size_t size = 0;
    kc_request *request = hotel_request(hotel, "4711", hotel_room(hotel, 0));
    EXPECT_OK(kc_request_set_encoder(request, NULL));
    EXPECT_OK(kc_request_set_card_serial(request, "04A1B2C3D4E5F6"));
    kc_op *op = hotel_run(hotel, kc_issue_original, request);
    if (!hotel_has(hotel, KC_CAPABILITY_CARD_IMAGE)) {
        expect_not_offered(hotel, op, 0);
        return;
    }
    expect_made(hotel, op);
    EXPECT(kc_key_get_image(kc_op_get_key(op, 0), &size) && size > 0, "no image");
    EXPECT(!*kc_op_get_encoder_name(op), "at the encoder %s", kc_op_get_encoder_name(op));
    EXPECT(hotel_keys_for(hotel, 0) == 1, "%zu keys open the room", hotel_keys_for(hotel, 0));
    /* no encoder took part, so the station has none yet */
    if (hotel_has(hotel, KC_CAPABILITY_DUPLICATE))
        expect_refused(hotel, hotel_duplicate(hotel, "4711"), KC_ERROR_NO_LAST_ENCODER, 1);
}

void plan_verbs(struct plan *plan)
{
    static const struct rule rules[] = {
        RULE(original_opens_the_room_and_checks_it_in),
        RULE(original_goes_to_the_encoder_that_is_named),
        RULE(second_original_voids_the_first),
        RULE(several_cards_all_open),
        RULE(duplicate_opens_and_voids_nothing),
        RULE(reissue_is_a_new_original_of_the_stay),
        RULE(one_shot_opens_beside_the_others),
        RULE(read_card_tells_the_room_and_changes_nothing),
        RULE(discover_finds_what_can_be_found_and_makes_no_key),
        RULE(check_out_frees_the_room_and_ends_the_stay),
        RULE(modify_stay_gives_the_keys_another_end),
        RULE(modify_stay_moves_to_another_room),
        RULE(cancelled_key_opens_nothing),
        RULE(cancelling_a_key_that_nobody_made_is_refused),
        RULE(blocked_stay_opens_nothing_until_it_is_unblocked),
        RULE(card_image_is_a_key_without_an_encoder),
    };
    plan_add_all(plan, rules, LENGTH_OF(rules));
}
