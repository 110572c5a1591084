/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The SALTO side: the commands as the document of the protocol describes them, and what the lock server then knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "peer.h"

static struct simulator *start_plain(void)
{
    const struct simulator_options options = {.hand_ms = 0};
    return start_simulator(&options);
}

static void original_voids_duplicate_does_not(void **state)
{
    char first[32], copy[32], second[32];
    (void)state;
    struct simulator *simulator = start_plain();
    const int fd = peer_connect(simulator);
    peer_ask(fd, "CN|2|R|101|102||||||1100180626", "CN|2");
    effect_key(simulator, 0, first);
    peer_ask(fd, "CC|3|R|101|||||||1100180626", "CC|3");
    effect_key(simulator, 1, copy);
    assert_true(simulator_opens(simulator, first, "101"));
    assert_true(simulator_opens(simulator, first, "102"));
    assert_true(simulator_opens(simulator, copy, "101"));
    assert_false(simulator_opens(simulator, copy, "102"));
    assert_int_equal(simulator_keys_for(simulator, "101"), 2);

    peer_ask(fd, "CN|2|R|101|||||||1100180626", "CN|2");
    effect_key(simulator, 2, second);
    assert_false(simulator_opens(simulator, first, "101"));
    assert_true(simulator_opens(simulator, first, "102")); /* that room has no new guest */
    assert_false(simulator_opens(simulator, copy, "101"));
    assert_true(simulator_opens(simulator, second, "101"));
    assert_int_equal(simulator_keys_for(simulator, "101"), 1);
    close(fd);
    simulator_stop(simulator);
}

static void check_out_leaves_cards_but_no_copies(void **state)
{
    char card[32];
    (void)state;
    struct simulator *simulator = start_plain();
    const int fd = peer_connect(simulator);
    peer_ask(fd, "CC|2|R|101|||||||1100180626", "EA|2"); /* nobody checked in yet */
    peer_ask(fd, "CN|2|R|101|||||||1100180626", "CN|2");
    effect_key(simulator, 0, card);
    assert_true(simulator_occupied(simulator, "101"));
    peer_ask(fd, "CO|2|101", "CO|2");
    assert_false(simulator_occupied(simulator, "101"));
    assert_true(simulator_opens(simulator, card, "101"));
    peer_ask(fd, "CC|2|R|101|||||||1100180626", "EA|2");
    peer_ask(fd, "CC|2|R|101|102||||||1100180626", "EA|2");
    peer_ask(fd, "CCM|+4670123456|101|||||||1100180626", "EA|+4670123456");
    assert_int_equal(effect_count(simulator), 2);
    close(fd);
    simulator_stop(simulator);
}

static void several_cards_and_serials(void **state)
{
    char answer[256], expected[256];
    (void)state;
    struct simulator *simulator = start_plain();
    const int fd = peer_connect(simulator);
    static const char *const requests[] = {"CN3|2|E|101|||||||1100180626|||||2", "CC2|2|E|101|||||||1100180626|||||1",
                                           "CC9|2|E|101|||||||1100180626|||||0"};
    for (size_t i = 0; i < 3; i++) {
        peer_send(fd, requests[i]);
        peer_expect_byte(fd, ACK);
        peer_read_frame(fd, answer, sizeof answer);
        json_t *effects = journal_lines(simulator, "effect");
        assert_int_equal(json_array_size(effects), i + 1);
        const json_t *keys = json_object_get(json_array_get(effects, i), "keys");
        static const size_t cards[] = {3, 2, 9};
        assert_int_equal(json_array_size(keys), cards[i]);
        assert_int_equal(json_integer_value(json_object_get(json_array_get(effects, i), "copies")), cards[i]);
        const char *last = json_string_value(json_array_get(keys, cards[i] - 1));
        assert_string_equal(line_text(effects, i, "key"), last);
        if (i == 0) {
            snprintf(expected, sizeof expected, "CN|2|%s|%s|%s", json_string_value(json_array_get(keys, 0)),
                     json_string_value(json_array_get(keys, 1)), last);
        } else {
            snprintf(expected, sizeof expected, "CC|2%s%s", i == 1 ? "|" : "", i == 1 ? last : "");
        }
        assert_string_equal(answer, expected);
        json_decref(effects);
    }
    assert_int_equal(simulator_keys_for(simulator, "101"), 14);
    close(fd);
    simulator_stop(simulator);
}

static void reading_a_card(void **state)
{
    char first[32];
    (void)state;
    struct simulator *simulator = start_plain();
    const int fd = peer_connect(simulator);
    peer_ask(fd, "LT|2|E", "LT|2|LD");
    /* Different widths of dates come back as they came in. */
    peer_ask(fd, "CN|2|R|101|102|||1d}||1455051114|14201114|Ann|||1", "CN|2");
    peer_ask(fd, "LT|2|R", "LT|2|101|102|||CI|0|1d}|1455051114|14201114|Ann");
    effect_key(simulator, 0, first);
    peer_ask(fd, "CC|2|R|101|||||||1100180626", "CC|2");
    peer_ask(fd, "LT|2|T", "LT|2|101||||CI|1|||1100180626");
    peer_ask(fd, "CC2|2|R|101|||||||1100180626", "CC|2");
    peer_ask(fd, "LT|2|E", "LT|2|101||||CI|I|||1100180626");
    peer_ask(fd, "CA|2|R|101", "CA|2");
    peer_ask(fd, "LT|2|E", "LT|2|101||||CI|A");
    peer_ask(fd, "CO|0|101", "CO|0");
    peer_ask(fd, "LT|2|E", "LT|2|101||||CO|A");
    peer_ask(fd, "CN|3|R|101|||||||1100180626", "CN|3");
    assert_true(simulator_present(simulator, "2", first));
    peer_ask(fd, "LT|2|E", "LT|2|101|102|||CO|0|1d}|1455051114|14201114|Ann"); /* still opens 102 */
    peer_ask(fd, "CN|3|R|102|||||||1100180626", "CN|3");
    peer_ask(fd, "LT|2|E", "LT|2|LC");
    assert_true(simulator_present(simulator, "2", ""));
    peer_ask(fd, "LT|2|E", "LT|2|LD");
    assert_false(simulator_present(simulator, "2", "no such card"));
    close(fd);
    simulator_stop(simulator);
}

/* What a clerk finds who reads the card of an attempt that came to nothing: it is blank. */
static void card_of_a_failed_attempt_is_blank(void **state)
{
    char message[SIMULATOR_MESSAGE_SIZE];
    (void)state;
    struct simulator *simulator = start_plain();
    const int fd = peer_connect(simulator);
    peer_ask(fd, "CN|2|R|101|||||||1100180626", "CN|2");
    assert_true(simulator_add_fault(simulator, "error:EP@2", message));
    peer_ask(fd, "CC|2|R|101|||||||1100180626", "EP|2");
    peer_ask(fd, "LT|2|E", "LT|2|LD");
    close(fd);
    simulator_stop(simulator);
}

static void modify_moves_and_prolongs(void **state)
{
    char card[32];
    (void)state;
    struct simulator *simulator = start_plain();
    const int fd = peer_connect(simulator);
    peer_ask(fd, "MC|101||1100190626", "EG|101|Room is not checked in");
    peer_ask(fd, "CN|2|R|101|||||||1100180626", "CN|2");
    effect_key(simulator, 0, card);
    peer_ask(fd, "MC|101||1200190626", "MC|101");
    peer_ask(fd, "LT|2|E", "LT|2|101||||CI|0|||1200190626");
    peer_ask(fd, "CN|3|R|103|||||||1100180626", "CN|3");
    peer_ask(fd, "MC|101|103|1200190626", "EG|101|New room is occupied");
    peer_ask(fd, "MC|101|102|1200190626", "MC|101");
    assert_false(simulator_opens(simulator, card, "101"));
    assert_true(simulator_opens(simulator, card, "102"));
    assert_false(simulator_occupied(simulator, "101"));
    assert_true(simulator_occupied(simulator, "102"));
    json_t *effects = journal_lines(simulator, "effect");
    assert_string_equal(line_text(effects, 3, "kind"), "modify");
    assert_string_equal(line_text(effects, 3, "new_room"), "102");
    json_decref(effects);
    close(fd);
    simulator_stop(simulator);
}

static void cancel_voids_all_cards(void **state)
{
    (void)state;
    struct simulator *simulator = start_plain();
    const int fd = peer_connect(simulator);
    peer_ask(fd, "CN2|2|R|101|||||||1100180626", "CN|2");
    assert_int_equal(simulator_keys_for(simulator, "101"), 2);
    peer_ask(fd, "CP|2|101", "CP|2");
    assert_int_equal(simulator_keys_for(simulator, "101"), 0);
    peer_ask(fd, "LT|2|E", "LT|2|LC");
    peer_ask(fd, "CC|2|R|101|||||||1100180626", "CC|2"); /* the stay goes on */
    assert_int_equal(simulator_keys_for(simulator, "101"), 1);
    close(fd);
    simulator_stop(simulator);
}

static void mobile_keys(void **state)
{
    char answer[512];
    (void)state;
    struct simulator *simulator = start_plain();
    const int fd = peer_connect(simulator);
    peer_ask(fd, "CN|2|R|101|||||||1100180626", "CN|2");
    peer_ask(fd, "CCM|+4670123456|101|||||||1100180626|Ann||||Room 101\nfloor 1", "CCM|+4670123456");
    assert_int_equal(simulator_keys_for(simulator, "101"), 2);
    peer_ask(fd, "CNM|004670123456|101|102||||||1100180626", "CNM|004670123456");
    assert_int_equal(simulator_keys_for(simulator, "101"), 1);
    static const char *const phones[] = {"070123456",         "+123", "+1234567890123456", "00x4670123456",
                                         "guest@example.com", ""};
    for (size_t i = 0; i < sizeof phones / sizeof phones[0]; i++) {
        char request[128], expected[128];
        snprintf(request, sizeof request, "CNM|%s|101|||||||1100180626", phones[i]);
        snprintf(expected, sizeof expected, "EG|%s|Phone number must begin with + or 00 and the country code",
                 phones[i]);
        peer_ask(fd, request, expected);
    }
    peer_send(fd, "CNMB||101|||||||1100180626|||||1");
    peer_expect_byte(fd, ACK);
    peer_read_frame(fd, answer, sizeof answer);
    assert_memory_equal(answer, "CNMB||", 6);
    assert_int_equal(strspn(answer + 6, "0123456789ABCDEF"), 96);
    assert_memory_equal(answer + 6 + 96, "|INST-", 6);
    peer_send(fd, "CCMB|+4670123456|101|||||||1100180626|||||0");
    peer_expect_byte(fd, ACK);
    peer_read_frame(fd, answer, sizeof answer);
    assert_int_equal(strlen(answer), strlen("CCMB|+4670123456|") + 96);
    assert_int_equal(simulator_keys_for(simulator, "101"), 2);

    json_t *effects = journal_lines(simulator, "effect");
    assert_int_equal(json_array_size(effects), 5);
    assert_string_equal(line_text(effects, 1, "kind"), "mobile");
    assert_string_equal(line_text(effects, 1, "phone"), "+4670123456");
    json_decref(effects);
    json_t *requests = journal_lines(simulator, "request");
    assert_string_equal(line_text(requests, 1, "message"), "Room 101\nfloor 1");
    json_decref(requests);
    close(fd);
    simulator_stop(simulator);
}

/* The key of a card comes back as bytes, another one each time, and the journal has it as it left. */
static void keys_as_bytes(void **state)
{
    static const char *const requests[] = {"CNB|04A1B2C3D4E580|101|||||||1100180626|Ann",
                                           "CCB|0||101|||||||1100180626|||||04A1B2C3D4E581",
                                           "CNB|04A1B2C3D4E582|101|||||||1100180626"};
    static const char *const heads[] = {"CNB|04A1B2C3D4E580|", "CCB|0|", "CNB|04A1B2C3D4E582|"};
    const struct simulator_options options = {.image_bytes = 7};
    char answers[3][256];
    (void)state;
    struct simulator *simulator = start_simulator(&options);
    const int fd = peer_connect(simulator);
    for (size_t i = 0; i < 3; i++) {
        peer_send(fd, requests[i]);
        peer_expect_byte(fd, ACK);
        peer_read_frame(fd, answers[i], sizeof answers[i]);
        const size_t head = strlen(heads[i]);
        assert_memory_equal(answers[i], heads[i], head);
        assert_int_equal(strspn(answers[i] + head, "0123456789ABCDEF"), 14);
        json_t *effects = journal_lines(simulator, "effect");
        assert_string_equal(line_text(effects, i, "kind"), i == 1 ? "duplicate" : "original");
        assert_string_equal(line_text(effects, i, "image"), answers[i] + head);
        json_decref(effects);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(answers[i] + head, answers[k] + strlen(heads[k]));
        }
    }
    assert_false(simulator_opens(simulator, "04A1B2C3D4E580", "101"));
    assert_false(simulator_opens(simulator, "04A1B2C3D4E581", "101"));
    assert_true(simulator_opens(simulator, "04A1B2C3D4E582", "101"));
    peer_ask(fd, "CCB|04A1B2C3D4E580|102|||||||1100180626", "EA|04A1B2C3D4E580"); /* nobody is there */
    close(fd);
    simulator_stop(simulator);
}

static void names_that_are_not_known(void **state)
{
    const char *const rooms[] = {"101", "102", "Sk\xC3\xA5ne", NULL}, *const encoders[] = {"Online Encoder 1", NULL};
    const struct simulator_options options = {.rooms = rooms, .encoders = encoders};
    (void)state;
    struct simulator *simulator = start_simulator(&options);
    const int fd = peer_connect(simulator);
    peer_ask(fd, "CN|Online Encoder 1|R|101|102||||||1100180626", "CN|Online Encoder 1");
    peer_ask(fd, "CN|Online Encoder 1|R|Sk\xE5ne|||||||1100180626", "CN|Online Encoder 1");
    peer_ask(fd, "CN|online encoder 1|R|101|||||||1100180626", "NC|online encoder 1");
    peer_ask(fd, "CN|Online Encoder 1|R|103|||||||1100180626", "TD|Online Encoder 1");
    peer_ask(fd, "CN|Online Encoder 1|R|101|103||||||1100180626", "TD|Online Encoder 1");
    peer_ask(fd, "MC|101|103|1100190626", "TD|101");
    peer_ask(fd, "CO|0|103", "TD|0");
    peer_ask(fd, "CO|2|101", "NC|2");
    peer_ask(fd, "LT|2|E", "NC|2");
    assert_int_equal(effect_count(simulator), 2);
    assert_int_equal(simulator_count(simulator, SIMULATOR_REQUESTS), 9);
    assert_false(simulator_present(simulator, "2", ""));
    close(fd);
    simulator_stop(simulator);
}

/* The lock server gives up after a while. */
static void nobody_presents_a_card(void **state)
{
    const struct simulator_options options = {.hand_ms = -1};
    (void)state;
    struct simulator *simulator = start_simulator(&options);
    const int fd = peer_connect(simulator);
    peer_ask(fd, "CN|2|R|101|||||||1100180626", "ED|2");
    peer_ask(fd, "LT|2|E", "ED|2");
    assert_false(simulator_occupied(simulator, "101"));
    peer_ask(fd, "CNM|+4670123456|101|||||||1100180626", "CNM|+4670123456"); /* needs no hand */
    assert_int_equal(effect_count(simulator), 1);
    close(fd);
    simulator_stop(simulator);
}

static void encoders_work_side_by_side(void **state)
{
    (void)state;
    struct simulator *simulator = start_plain();
    const int fd = peer_connect(simulator), other = peer_connect(simulator);
    simulator_set_hand_ms(simulator, 3600000);
    peer_send(fd, "CN|2|R|101|102||||||1100180626");
    peer_expect_byte(fd, ACK);
    assert_true(simulator_wait_for(simulator, SIMULATOR_WAITING, 1, PEER_PATIENCE_MS));
    simulator_set_hand_ms(simulator, 0);
    peer_ask(fd, "CN|2|R|103|||||||1100180626", "OV|2");
    peer_ask(other, "LT|2|E", "OV|2");
    peer_ask(other, "CN|3|R|102|||||||1100180626", "EO|3"); /* the room is being encoded on 2 */
    peer_ask(other, "CO|0|101", "EO|0");
    peer_ask(fd, "CN|3|R|103|||||||1100180626", "CN|3");
    peer_ask(other, "CN|4|R|104|||||||1100180626", "CN|4");
    assert_int_equal(effect_count(simulator), 2);
    assert_int_equal(simulator_count(simulator, SIMULATOR_WAITING), 1);
    close(fd);
    close(other);
    simulator_stop(simulator); /* with a card still awaited */
}

/* The card that waits is made all the same. */
static void connection_lost_while_a_card_is_awaited(void **state)
{
    (void)state;
    struct simulator *simulator = start_plain();
    int fd = peer_connect(simulator);
    simulator_set_hand_ms(simulator, 50);
    peer_send(fd, "CN|2|R|101|||||||1100180626");
    peer_expect_byte(fd, ACK);
    close(fd);
    assert_true(simulator_wait_for(simulator, SIMULATOR_EFFECTS, 1, PEER_PATIENCE_MS));
    fd = peer_connect(simulator);
    peer_send(fd, "CC|2|R|101|||||||1100180626");
    peer_expect_byte(fd, ACK);
    simulator_drop_connections(simulator); /* the same from the other side */
    peer_expect_end(fd);
    close(fd);
    assert_true(simulator_wait_for(simulator, SIMULATOR_EFFECTS, 2, PEER_PATIENCE_MS));
    simulator_set_hand_ms(simulator, 0);
    fd = peer_connect(simulator);
    peer_ask(fd, "LT|2|E", "LT|2|101||||CI|1|||1100180626");
    close(fd);
    assert_int_equal(simulator_count(simulator, SIMULATOR_CONNECTIONS), 3);
    simulator_stop(simulator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(original_voids_duplicate_does_not),
        cmocka_unit_test(check_out_leaves_cards_but_no_copies),
        cmocka_unit_test(several_cards_and_serials),
        cmocka_unit_test(reading_a_card),
        cmocka_unit_test(card_of_a_failed_attempt_is_blank),
        cmocka_unit_test(modify_moves_and_prolongs),
        cmocka_unit_test(cancel_voids_all_cards),
        cmocka_unit_test(mobile_keys),
        cmocka_unit_test(names_that_are_not_known),
        cmocka_unit_test(nobody_presents_a_card),
        cmocka_unit_test(encoders_work_side_by_side),
        cmocka_unit_test(keys_as_bytes),
        cmocka_unit_test(connection_lost_while_a_card_is_awaited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
