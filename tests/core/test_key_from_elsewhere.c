/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A key that the lock system returns as bytes goes on a card at an encoder of the desk: two systems of one site, both
 * with their strict simulators at the other end, and nothing between them but the public functions. What ends up on the
 * card is held against what the vendor's side says that it sent. */
#include "place.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void go_the_whole_way(struct desk *desk, const struct maker *maker, const struct writer *how)
{
    struct place place;
    char serial[SERIAL_SIZE], hex[2 * 4096 + 1];
    size_t size = 0;
    open_place(&place, desk, maker, how, 0);
    ask_serial(&place, serial);
    kc_op *made = ask_key(&place, maker, kc_issue_original, serial);
    char *image = sent_image(&place);
    assert_has_key(&place, made, image);
    assert_null(strstr(desk->log, image));
    kc_op *written = write_key(&place, made, serial);
    assert_ended(written, KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(desk_count_events(desk, written, KC_EVENT_PROMPT), is_stripe(&place) ? 2 : 0);
    assert_card_holds(&place, serial, image);
    assert_recorded(&place, written, KC_OUTCOME_WRITTEN);
    assert_int_equal(kc_op_get_key_count(desk_keys(desk, KC_FILTER_BOOKING, "4711")), 1);
    kc_op *read = read_card(&place);
    assert_int_equal(kc_op_get_status(read), KC_OK);
    const uint8_t *bytes = kc_key_get_image(kc_op_get_key(read, 0), &size);
    assert_non_null(bytes);
    assert_true(size >= strlen(image) / 2);
    hex_of(bytes, strlen(image) / 2, hex);
    assert_string_equal(hex, image);
    assert_null(strstr(desk->log, image));
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_BAD_FRAMES), 0);
    assert_int_equal(simulator_count(place.reader, SIMULATOR_BAD_FRAMES), 0);
    free(image);
    close_place(&place);
}

static void test_every_key_goes_on_every_card(void **state)
{
    for (size_t i = 0; i < MAKER_COUNT; i++)
        for (size_t j = 0; j < WRITER_COUNT; j++) {
            go_the_whole_way(*state, &makers[i], &writers[j]);
            assert_int_equal(desk_teardown(state), 0);
            assert_int_equal(desk_setup(state), 0);
        }
}

static void test_a_duplicate_is_a_key_and_a_card_of_its_own(void **state)
{
    for (size_t i = SALTO; i <= LENS; i += LENS) {
        struct place place;
        char first[SERIAL_SIZE], second[SERIAL_SIZE];
        open_place(&place, *state, &makers[i], &writers[NTAG], 0);
        ask_serial(&place, first);
        kc_op *original = ask_key(&place, &makers[i], kc_issue_original, first);
        char *original_image = sent_image(&place);
        assert_ended(write_key(&place, original, first), KC_OK, KC_OUTCOME_WRITTEN);
        assert_true(simulator_present(place.reader, "", ""));
        ask_serial(&place, second);
        assert_string_not_equal(first, second);
        kc_op *copy = ask_key(&place, &makers[i], kc_issue_duplicate, second);
        char *copy_image = sent_image(&place);
        assert_has_key(&place, copy, copy_image);
        assert_string_not_equal(original_image, copy_image);
        assert_ended(write_key(&place, copy, second), KC_OK, KC_OUTCOME_WRITTEN);
        assert_card_holds(&place, first, original_image);
        assert_card_holds(&place, second, copy_image);
        assert_key_state(place.desk, original, KC_KEY_ACTIVE);
        assert_int_equal(simulator_keys_for(place.desk->simulator, "101"), 2);
        free(original_image);
        free(copy_image);
        close_place(&place);
        assert_int_equal(desk_teardown(state), 0);
        assert_int_equal(desk_setup(state), 0);
    }
}

/* The station's last encoder is the reader then, which makes no keys: nothing is sent, and the message says why. */
static void test_a_duplicate_without_a_card_goes_nowhere_else(void **state)
{
    struct place place;
    char serial[SERIAL_SIZE];
    open_place(&place, *state, &makers[SALTO], &writers[NTAG], 0);
    ask_serial(&place, serial);
    kc_op *made = ask_key(&place, &makers[SALTO], kc_issue_original, serial);
    assert_ended(write_key(&place, made, serial), KC_OK, KC_OUTCOME_WRITTEN);
    const size_t requests = simulator_count(place.desk->simulator, SIMULATOR_REQUESTS);
    assert_refused(desk_duplicate(place.desk, "4711"), KC_ERROR_NOT_OFFERED, "system");
    assert_int_equal(simulator_count(place.desk->simulator, SIMULATOR_REQUESTS), requests);
    close_place(&place);
}

static void test_no_other_card_is_touched(void **state)
{
    struct place place;
    char first[SERIAL_SIZE], second[SERIAL_SIZE];
    open_place(&place, *state, &makers[LENS], &writers[NTAG], 0);
    ask_serial(&place, first);
    kc_op *made = ask_key(&place, &makers[LENS], kc_issue_original, first);
    assert_true(simulator_present(place.reader, "", ""));
    kc_op *op = write_key(&place, made, first);
    assert_ended(op, KC_ERROR_CARD_REFUSED, KC_OUTCOME_NOT_WRITTEN);
    assert_non_null(strstr(kc_error_get_message(kc_op_get_error(op)), first));
    ask_serial(&place, second);
    assert_null(card_content(&place, second));
    assert_recorded(&place, op, KC_OUTCOME_NOT_WRITTEN);
    assert_key_state(place.desk, made, KC_KEY_ACTIVE);
    assert_true(simulator_present(place.reader, "", first));
    assert_ended(write_key(&place, made, first), KC_OK, KC_OUTCOME_WRITTEN);
    char *image = sent_image(&place);
    assert_card_holds(&place, first, image);
    free(image);
    close_place(&place);
}

static bool says(const kc_op *op, const char *words)
{
    return strstr(kc_error_get_message(kc_op_get_error(op)), words) != NULL;
}

/* The card goes before each write of the twelve. Whatever it then holds, the message says so, and the same bytes can be
 * written again. */
static void test_a_card_that_leaves_is_written_again(void **state)
{
    struct place place;
    char serial[SERIAL_SIZE], fault[40], message[SIMULATOR_MESSAGE_SIZE];
    open_place(&place, *state, &makers[SALTO], &writers[NTAG], 0);
    for (int write = 1; write <= 14; write += 1) {
        simulator_clear_faults(place.reader);
        assert_true(simulator_present(place.reader, "", ""));
        ask_serial(&place, serial);
        kc_op *made = ask_key(&place, &makers[SALTO], kc_issue_original, serial);
        char *image = sent_image(&place);
        snprintf(fault, sizeof(fault), "leaves:%d", write);
        assert_true(simulator_add_fault(place.reader, fault, message));
        simulator_set_hand_ms(place.reader, -1);
        kc_op *torn = write_key(&place, made, serial);
        if (write == 14) { /* the marker, twelve pages without it, the marker */
            assert_ended(torn, KC_OK, KC_OUTCOME_WRITTEN);
        } else {
            assert_ended(torn, KC_ERROR_CARD, KC_OUTCOME_UNKNOWN);
            assert_true(says(torn, write == 1    ? "old contents, or none"
                                   : write == 13 ? "the new key or none"
                                                 : "no key now"));
            assert_recorded(&place, torn, KC_OUTCOME_UNKNOWN);
        }
        assert_key_state(place.desk, made, KC_KEY_ACTIVE);
        simulator_set_hand_ms(place.reader, 0);
        assert_true(simulator_present(place.reader, "", serial));
        assert_ended(write_key(&place, made, serial), KC_OK, KC_OUTCOME_WRITTEN);
        assert_card_holds(&place, serial, image);
        free(image);
    }
    close_place(&place);
}

/* With the bytes gone the way on is a new key: the ledger says what is open, and what to do about it. */
static void test_after_a_restart_the_ledger_leads_on(void **state)
{
    struct place place;
    struct desk *desk = *state;
    char serial[SERIAL_SIZE], torn_id[40], made_id[40], message[SIMULATOR_MESSAGE_SIZE];
    open_place(&place, desk, &makers[LENS], &writers[NTAG], 0);
    ask_serial(&place, serial);
    kc_op *made = ask_key(&place, &makers[LENS], kc_issue_original, serial);
    assert_true(simulator_add_fault(place.reader, "leaves:5", message));
    simulator_set_hand_ms(place.reader, -1);
    kc_op *torn = write_key(&place, made, serial);
    assert_ended(torn, KC_ERROR_CARD, KC_OUTCOME_UNKNOWN);
    snprintf(torn_id, sizeof(torn_id), "%s", kc_op_get_id(torn));
    snprintf(made_id, sizeof(made_id), "%s", kc_op_get_id(made));
    desk_restart(desk);
    open_writer(&place);

    kc_op *open = desk_ops(desk, KC_FILTER_UNRESOLVED, NULL);
    assert_int_equal(kc_op_get_op_count(open), 1);
    assert_string_equal(kc_op_get_id(kc_op_get_op(open, 0)), torn_id);
    assert_int_equal(kc_op_get_verb(kc_op_get_op(open, 0)), KC_VERB_WRITE_IMAGE);
    assert_int_equal(desk_key_state(desk, made_id), KC_KEY_ACTIVE); /* for the lock system it is made */
    assert_null(kc_key_get_image(kc_op_get_key(desk_keys(desk, KC_FILTER_BOOKING, "4711"), 0), NULL));
    assert_refused(desk_retry(desk, desk_find(desk, torn_id)), KC_ERROR_UNRESOLVED, "operation");
    kc_op *settled = desk_resolve(desk, desk_find(desk, torn_id), KC_RESOLVE_DOES_NOT_OPEN);
    assert_int_equal(kc_op_get_status(settled), KC_OK);
    assert_int_equal(kc_op_get_op_count(desk_ops(desk, KC_FILTER_UNRESOLVED, NULL)), 0);
    assert_refused(desk_retry(desk, desk_find(desk, torn_id)), KC_ERROR_INVALID_ARGUMENT, "image");

    simulator_set_hand_ms(place.reader, 0);
    assert_true(simulator_present(place.reader, "", serial));
    kc_op *again = ask_key(&place, &makers[LENS], kc_reissue, serial);
    char *image = sent_image(&place);
    assert_has_key(&place, again, image);
    assert_ended(write_key(&place, again, serial), KC_OK, KC_OUTCOME_WRITTEN);
    assert_card_holds(&place, serial, image);
    assert_int_equal(desk_key_state(desk, made_id), KC_KEY_VOIDED);
    assert_int_equal(simulator_keys_for(desk->simulator, "101"), 1);
    free(image);
    close_place(&place);
}

/* Whoever kept the bytes needs no new key. */
static void test_bytes_that_were_kept_are_written_after_a_restart(void **state)
{
    struct place place;
    struct desk *desk = *state;
    char serial[SERIAL_SIZE], message[SIMULATOR_MESSAGE_SIZE];
    uint8_t kept[200];
    size_t size = 0;
    open_place(&place, desk, &makers[SALTO], &writers[CLASSIC], 0);
    ask_serial(&place, serial);
    kc_op *made = ask_key(&place, &makers[SALTO], kc_issue_original, serial);
    const uint8_t *bytes = kc_key_get_image(kc_op_get_key(made, 0), &size);
    assert_in_range(size, 1, sizeof(kept));
    memcpy(kept, bytes, size);
    assert_true(simulator_add_fault(place.reader, "leaves:2", message));
    kc_op *torn = start_writing(&place, kept, size, serial);
    simulator_set_hand_ms(place.reader, -1);
    desk_wait_prompt(desk, torn, KC_PROMPT_PRESENT_CARD); /* it is asked for again: the program ends meanwhile */
    char id[40];
    snprintf(id, sizeof(id), "%s", kc_op_get_id(torn));
    kc_op_cancel(torn);
    desk_finish(desk, torn);
    assert_int_equal(kc_op_get_outcome(torn), KC_OUTCOME_UNKNOWN);
    desk_restart(desk);
    open_writer(&place);
    simulator_set_hand_ms(place.reader, 0);
    kc_op *second = start_writing(&place, kept, size, serial);
    desk_finish(desk, second);
    assert_ended(second, KC_OK, KC_OUTCOME_WRITTEN);
    char *image = sent_image(&place);
    assert_card_holds(&place, serial, image);
    free(image);
    assert_int_equal(kc_op_get_key_count(desk_keys(desk, KC_FILTER_BOOKING, "4711")), 1);
    assert_int_equal(kc_op_get_status(desk_resolve(desk, desk_find(desk, id), KC_RESOLVE_OPENS)), KC_OK);
    close_place(&place);
}

/* A card without the room, of no use, or without its key: not a byte is written, and the key waits for another card. */
static void test_cards_that_cannot_take_it(void **state)
{
    static const struct {
        struct writer how;
        size_t bytes;
        int32_t status;
        const char *words;
    } cases[] = {
        {{"contactless", "ntag213", "content=image"}, 145, KC_ERROR_CARD_FORMAT, "144 bytes, and 145"},
        {{"contactless", "ntag215", "content=image"}, 4096, KC_ERROR_CARD_FORMAT, "504 bytes, and 4096"},
        {{"contactless", "classic-1k", "content=image"}, 48, KC_ERROR_CARD_FORMAT, "classic-key"},
        {{"contactless", "classic-1k", "content=image&classic-key=A0A1A2A3A4A5"},
         48,
         KC_ERROR_CARD_REFUSED,
         "sector 1"},
        {{"contactless", "classic-1k", "content=image&classic-key=FFFFFFFFFFFF"},
         721,
         KC_ERROR_CARD_FORMAT,
         "720 bytes"},
        {{"contactless", "desfire", "content=image"}, 48, KC_ERROR_CARD_FORMAT, "desfire-application"},
        {{"contactless", "desfire", "content=image&desfire-application=654321"},
         48,
         KC_ERROR_CARD_FORMAT,
         "application"},
        {{"contactless", "desfire", "content=image&desfire-application=123456"},
         513,
         KC_ERROR_CARD_FORMAT,
         "513 bytes"},
        {{"magstripe", "msr605", "content=image&image-form=bits"}, 256, KC_ERROR_LIMIT, "1 to 255 bytes, not 256"},
        {{"magstripe", "msr605", "content=image"}, 48, KC_ERROR_INVALID_ARGUMENT, "not the text of tracks"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct place place;
        char serial[SERIAL_SIZE];
        open_place(&place, *state, &makers[SALTO], &cases[i].how, cases[i].bytes);
        ask_serial(&place, serial);
        kc_op *made = ask_key(&place, &makers[SALTO], kc_issue_original, serial);
        assert_made(made);
        kc_op *op = write_key(&place, made, serial);
        if (kc_op_get_status(op) != cases[i].status || !says(op, cases[i].words))
            fail_msg("case %zu: %d %s", i, (int)kc_op_get_status(op), kc_error_get_message(kc_op_get_error(op)));
        assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_NOT_WRITTEN);
        assert_null(card_content(&place, serial));
        assert_key_state(place.desk, made, KC_KEY_ACTIVE);
        close_place(&place);
        assert_int_equal(desk_teardown(state), 0);
        assert_int_equal(desk_setup(state), 0);
    }
}

static void test_a_desfire_takes_it(void **state)
{
    static const struct writer how = {"contactless", "desfire", "content=image&desfire-application=123456"};
    struct place place;
    char serial[SERIAL_SIZE];
    open_place(&place, *state, &makers[LENS], &how, 512);
    ask_serial(&place, serial);
    kc_op *made = ask_key(&place, &makers[LENS], kc_issue_original, serial);
    assert_ended(write_key(&place, made, serial), KC_OK, KC_OUTCOME_WRITTEN);
    char *image = sent_image(&place);
    assert_card_holds(&place, serial, image);
    free(image);
    close_place(&place);
}

/* Nothing comes back, so there is nothing to write; what the lock system may have made is open. */
static void test_an_answer_that_is_lost_is_an_open_key(void **state)
{
    struct place place;
    struct desk *desk = *state;
    char serial[SERIAL_SIZE], message[SIMULATOR_MESSAGE_SIZE];
    open_place(&place, desk, &makers[SALTO], &writers[NTAG], 0);
    ask_serial(&place, serial);
    assert_true(simulator_add_fault(desk->simulator, "drop-after-ack@1", message));
    kc_op *lost = ask_key(&place, &makers[SALTO], kc_issue_original, serial);
    assert_int_equal(kc_op_get_outcome(lost), KC_OUTCOME_UNKNOWN);
    assert_null(kc_key_get_image(kc_op_get_key(lost, 0), NULL));
    assert_int_equal(simulator_keys_for(desk->simulator, "101"), 1);
    assert_int_equal(kc_op_get_status(desk_resolve(desk, lost, KC_RESOLVE_DOES_NOT_OPEN)), KC_OK);
    kc_op *again = desk_retry(desk, lost);
    char *image = sent_image(&place);
    assert_has_key(&place, again, image);
    assert_ended(write_key(&place, again, serial), KC_OK, KC_OUTCOME_WRITTEN);
    assert_card_holds(&place, serial, image);
    assert_int_equal(simulator_keys_for(desk->simulator, "101"), 1);
    free(image);
    close_place(&place);
}

/* A refused key leaves the card as it is, and one that is asked for twice comes as two. */
static void test_what_the_lock_system_refuses(void **state)
{
    for (size_t i = SALTO; i <= LENS; i += LENS) {
        struct place place;
        struct desk *desk = *state;
        char serial[SERIAL_SIZE], message[SIMULATOR_MESSAGE_SIZE];
        open_place(&place, desk, &makers[i], &writers[NTAG], 0);
        ask_serial(&place, serial);
        assert_true(
            simulator_add_fault(desk->simulator, i == SALTO ? "error:TD@1" : "error:RoomNumberNotFound@1", message));
        kc_op *refused = ask_key(&place, &makers[i], kc_issue_original, serial);
        assert_ended(refused, KC_ERROR_UNKNOWN_ROOM, KC_OUTCOME_NOT_WRITTEN);
        assert_null(kc_key_get_image(kc_op_get_key(refused, 0), NULL));
        kc_op *first = desk_retry(desk, refused);
        assert_made(first);
        char *first_image = sent_image(&place);
        kc_op *second = ask_key(&place, &makers[i], kc_reissue, serial);
        char *second_image = sent_image(&place);
        assert_string_not_equal(first_image, second_image);
        assert_has_key(&place, second, second_image);
        assert_key_state(desk, first, KC_KEY_VOIDED);
        assert_ended(write_key(&place, first, serial), KC_OK, KC_OUTCOME_WRITTEN); /* the bytes are the caller's */
        assert_card_holds(&place, serial, first_image);
        assert_ended(write_key(&place, second, serial), KC_OK, KC_OUTCOME_WRITTEN);
        assert_card_holds(&place, serial, second_image);
        free(first_image);
        free(second_image);
        close_place(&place);
        assert_int_equal(desk_teardown(state), 0);
        assert_int_equal(desk_setup(state), 0);
    }
}

/* What the encoder for stripes says it wrote and did not is found out by the second swipe. */
static void test_a_stripe_that_was_not_written_is_found_out(void **state)
{
    struct place place;
    char serial[SERIAL_SIZE], message[SIMULATOR_MESSAGE_SIZE];
    static const struct writer how = {"magstripe", "msr605",
                                      "content=image&image-form=bits&image-track=3&quiet=20&swipes=1"};
    open_place(&place, *state, &makers[LENS], &how, 0);
    ask_serial(&place, serial);
    kc_op *made = ask_key(&place, &makers[LENS], kc_issue_original, serial);
    assert_true(simulator_add_fault(place.reader, "lost@1", message));
    kc_op *op = write_key(&place, made, serial);
    assert_ended(op, KC_ERROR_CARD, KC_OUTCOME_UNKNOWN);
    assert_recorded(&place, op, KC_OUTCOME_UNKNOWN);
    assert_ended(write_key(&place, made, serial), KC_OK, KC_OUTCOME_WRITTEN);
    char *image = sent_image(&place);
    assert_card_holds(&place, serial, image);
    free(image);
    close_place(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_every_key_goes_on_every_card),
        DESK_TEST(test_a_duplicate_is_a_key_and_a_card_of_its_own),
        DESK_TEST(test_a_duplicate_without_a_card_goes_nowhere_else),
        DESK_TEST(test_no_other_card_is_touched),
        DESK_TEST(test_a_card_that_leaves_is_written_again),
        DESK_TEST(test_after_a_restart_the_ledger_leads_on),
        DESK_TEST(test_bytes_that_were_kept_are_written_after_a_restart),
        DESK_TEST(test_cards_that_cannot_take_it),
        DESK_TEST(test_a_desfire_takes_it),
        DESK_TEST(test_an_answer_that_is_lost_is_an_open_key),
        DESK_TEST(test_what_the_lock_system_refuses),
        DESK_TEST(test_a_stripe_that_was_not_written_is_found_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
