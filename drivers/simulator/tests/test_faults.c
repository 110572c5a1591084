/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each fault on a real connection: what is sent, and what the lock server did all the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "peer.h"

static const char issue[] = "CN|2|R|101||||||1500150626|1100180626";
static const char done[] = "CN|2";

static struct simulator *start_with(const char *first, const char *second)
{
    const char *const faults[] = {first, second, NULL};
    const struct simulator_options options = {.faults = faults};
    return start_simulator(&options);
}

/* Everything after the fault is as if there had been none. */
static void expect_health(struct simulator *simulator, int fd)
{
    simulator_clear_faults(simulator);
    peer_expect_quiet(fd);
    peer_ask(fd, "CC|9|R|101|||||||1100180626", "CC|9");
}

static void nak_in_a_row(void **state)
{
    (void)state;
    struct simulator *simulator = start_with("nak:3", NULL);
    const int fd = peer_connect(simulator);
    for (int round = 1; round <= 2; round++) { /* each request is refused three times, then taken */
        for (int i = 0; i < 3; i++) {
            peer_send(fd, issue);
            peer_expect_byte(fd, NAK);
            peer_expect_quiet(fd); /* ENQ is not touched by it */
        }
        peer_ask(fd, issue, done);
        assert_int_equal(effect_count(simulator), round);
        assert_int_equal(simulator_count(simulator, SIMULATOR_REQUESTS), round);
        assert_int_equal(simulator_count(simulator, SIMULATOR_REFUSALS), 3 * round);
    }
    close(fd);
    simulator_stop(simulator);
}

static void nak_for_the_second_only(void **state)
{
    (void)state;
    struct simulator *simulator = start_with("nak@2", NULL);
    const int fd = peer_connect(simulator);
    peer_ask(fd, issue, done);
    peer_send(fd, issue);
    peer_expect_byte(fd, NAK);
    assert_int_equal(effect_count(simulator), 1);
    peer_ask(fd, issue, done);
    peer_ask(fd, issue, done);
    assert_int_equal(effect_count(simulator), 3);
    close(fd);
    simulator_stop(simulator);
}

static void busy(void **state)
{
    (void)state;
    struct simulator *simulator = start_with("busy:2@1", "busy@2");
    const int fd = peer_connect(simulator);
    peer_send_byte(fd, ENQ);
    peer_expect_byte(fd, NAK);
    peer_send_byte(fd, ENQ);
    peer_expect_byte(fd, NAK);
    peer_expect_quiet(fd);
    peer_ask(fd, issue, done);
    peer_ask(fd, issue, "OV|2"); /* the second comes without ENQ */
    assert_int_equal(effect_count(simulator), 1);
    peer_expect_quiet(fd);
    peer_ask(fd, issue, done);
    assert_int_equal(simulator_count(simulator, SIMULATOR_ENQUIRIES), 4);
    close(fd);
    simulator_stop(simulator);
}

static void silent(const char *fault, bool acknowledged)
{
    struct simulator *simulator = start_with(fault, NULL);
    const int fd = peer_connect(simulator);
    peer_send(fd, issue);
    assert_true(simulator_wait_for(simulator, SIMULATOR_EFFECTS, 1, PEER_PATIENCE_MS));
    assert_true(simulator_wait_idle(simulator, PEER_PATIENCE_MS));
    if (acknowledged) {
        peer_expect_byte(fd, ACK);
    }
    peer_expect_quiet(fd);
    assert_int_equal(simulator_count(simulator, SIMULATOR_ANSWERS), 0);
    assert_int_equal(effect_count(simulator), 1);
    expect_health(simulator, fd);
    close(fd);
    simulator_stop(simulator);
}

static void silent_before_ack(void **state)
{
    (void)state;
    silent("silent-before-ack", false);
}

static void silent_after_ack(void **state)
{
    (void)state;
    silent("silent-after-ack", true);
}

static void drop_after_request(void **state)
{
    (void)state;
    struct simulator *simulator = start_with("drop-after-request@1", NULL);
    int fd = peer_connect(simulator);
    peer_send(fd, issue);
    peer_expect_end(fd);
    close(fd);
    assert_int_equal(simulator_count(simulator, SIMULATOR_REQUESTS), 1);
    assert_int_equal(effect_count(simulator), 0);
    fd = peer_connect(simulator);
    peer_ask(fd, issue, done);
    close(fd);
    simulator_stop(simulator);
}

static void drop_after_ack(void **state)
{
    (void)state;
    struct simulator *simulator = start_with("drop-after-ack", NULL);
    const int fd = peer_connect(simulator);
    simulator_set_hand_ms(simulator, 20);
    peer_send(fd, issue);
    peer_expect_byte(fd, ACK);
    peer_expect_end(fd);
    close(fd);
    assert_true(simulator_wait_for(simulator, SIMULATOR_EFFECTS, 1, PEER_PATIENCE_MS));
    assert_int_equal(effect_count(simulator), 1);
    simulator_stop(simulator);
}

/* ACK and the answer |CN|2| are 10 bytes; the connection is closed at each of them, and after the last. */
static void drop_at_each_byte(void **state)
{
    (void)state;
    uint8_t whole[16] = {ACK};
    const size_t length = 1 + peer_frame(done, whole + 1, sizeof whole - 1);
    struct simulator *simulator = start_with(NULL, NULL);
    for (size_t at = 0; at <= length + 1; at++) {
        char fault[32], message[SIMULATOR_MESSAGE_SIZE];
        uint8_t bytes[64];
        const int fd = peer_connect(simulator);
        simulator_clear_faults(simulator);
        snprintf(fault, sizeof fault, "drop-at:%zu@%zu", at, at + 1);
        assert_true(simulator_add_fault(simulator, fault, message));
        peer_send(fd, issue);
        if (at <= length) {
            assert_int_equal(peer_read_to_end(fd, bytes, sizeof bytes), at);
        } else { /* the fault lies behind the answer: nothing happens */
            peer_read_bytes(fd, bytes, length);
            peer_expect_quiet(fd);
        }
        assert_memory_equal(bytes, whole, at < length ? at : length);
        assert_true(simulator_wait_for(simulator, SIMULATOR_EFFECTS, at + 1, PEER_PATIENCE_MS));
        close(fd);
    }
    simulator_stop(simulator);
}

static void late(void **state)
{
    (void)state;
    struct simulator *simulator = start_with("late:60000@1", "late:30@3");
    const int fd = peer_connect(simulator);
    peer_send(fd, issue);
    peer_expect_byte(fd, ACK);
    assert_true(simulator_wait_for(simulator, SIMULATOR_EFFECTS, 1, PEER_PATIENCE_MS)); /* it is done at once */
    peer_ask(fd, "CC|3|R|101|||||||1100180626", "CC|3");                                /* overtakes the answer */
    assert_int_equal(simulator_count(simulator, SIMULATOR_WAITING), 1);
    peer_ask(fd, "CC|4|R|101|||||||1100180626", "CC|4");
    assert_int_equal(simulator_count(simulator, SIMULATOR_ANSWERS), 2);
    close(fd);
    simulator_stop(simulator);
}

static void twice(void **state)
{
    (void)state;
    struct simulator *simulator = start_with("twice", NULL);
    const int fd = peer_connect(simulator);
    peer_ask(fd, issue, done);
    peer_expect_frame(fd, done);
    assert_int_equal(effect_count(simulator), 1);
    expect_health(simulator, fd);
    close(fd);
    simulator_stop(simulator);
}

static void bad_check(void **state)
{
    (void)state;
    struct simulator *simulator = start_with("bad-check", NULL);
    const int fd = peer_connect(simulator);
    /* Answers of many lengths and check bytes: none may be right, or 0D, which says "do not check". */
    for (int i = 1; i <= 200; i++) {
        char request[64], answer[16];
        uint8_t right[32], came[32];
        snprintf(request, sizeof request, "CN|%d|R|101|||||||1100180626", i);
        snprintf(answer, sizeof answer, "CN|%d", i);
        const size_t count = peer_frame(answer, right, sizeof right);
        peer_send(fd, request);
        peer_expect_byte(fd, ACK);
        peer_read_bytes(fd, came, count);
        assert_memory_equal(came, right, count - 1);
        assert_int_not_equal(came[count - 1], right[count - 1]);
        assert_int_not_equal(came[count - 1], 0x0D);
    }
    assert_int_equal(effect_count(simulator), 200);
    expect_health(simulator, fd);
    close(fd);
    simulator_stop(simulator);
}

static void garbage(void **state)
{
    (void)state;
    struct simulator *simulator = start_with("garbage:300", NULL);
    const int fd = peer_connect(simulator);
    peer_send(fd, issue);
    peer_expect_byte(fd, ACK);
    for (int i = 0; i < 300; i++) {
        assert_true(peer_read_byte(fd) >= 0x80); /* nothing that means anything outside of a frame */
    }
    peer_expect_frame(fd, done);
    expect_health(simulator, fd);
    close(fd);
    simulator_stop(simulator);
}

static void split(void **state)
{
    (void)state;
    struct simulator *simulator = start_with("split:60000@1", "split@3");
    const int fd = peer_connect(simulator), other = peer_connect(simulator);
    uint8_t byte;
    peer_send(fd, issue);
    peer_expect_byte(fd, ACK);
    peer_ask(other, "CC|3|R|101|||||||1100180626", "CC|3"); /* nobody else waits for it */
    assert_int_equal(simulator_count(simulator, SIMULATOR_ANSWERS), 2);
    assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
    peer_ask(other, issue, done);
    expect_health(simulator, other);
    close(fd);
    close(other);
    simulator_stop(simulator);
}

static void glue(void **state)
{
    (void)state;
    struct simulator *simulator = start_with("glue", NULL);
    const int fd = peer_connect(simulator);
    uint8_t expected[64] = {ACK}, bytes[64];
    const size_t count = 1 + peer_frame(done, expected + 1, sizeof expected - 1);
    simulator_set_hand_ms(simulator, 20);
    peer_send(fd, issue);
    const ssize_t came = recv(fd, bytes, sizeof bytes, 0); /* one piece: one recv */
    assert_int_equal(came, count);
    assert_memory_equal(bytes, expected, count);
    simulator_set_hand_ms(simulator, 0);
    expect_health(simulator, fd);
    close(fd);
    simulator_stop(simulator);
}

static void any_error_code(void **state)
{
    static const char *const codes[] = {"ES", "NC", "NF", "OV", "EP", "EF", "EN", "ET", "TD", "ED",
                                        "EA", "OS", "EO", "EV", "EG", "WE", "WO", "ER", "ZZ", "X9"};
    (void)state;
    struct simulator *simulator = start_with(NULL, NULL);
    const int fd = peer_connect(simulator);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        char fault[16], answer[64], message[SIMULATOR_MESSAGE_SIZE];
        simulator_clear_faults(simulator);
        snprintf(fault, sizeof fault, "error:%s", codes[i]);
        assert_true(simulator_add_fault(simulator, fault, message));
        snprintf(answer, sizeof answer, "%s|2%s", codes[i], strcmp(codes[i], "EG") == 0 ? "|General error" : "");
        peer_ask(fd, issue, answer);
    }
    assert_int_equal(effect_count(simulator), 0);
    assert_int_equal(simulator_count(simulator, SIMULATOR_REQUESTS), sizeof codes / sizeof codes[0]);
    assert_false(simulator_add_fault(simulator, "error:", (char[SIMULATOR_MESSAGE_SIZE]){0}));
    close(fd);
    simulator_stop(simulator);
}

static void faults_add_up(void **state)
{
    (void)state;
    struct simulator *simulator = start_with("twice", "garbage:4");
    char message[SIMULATOR_MESSAGE_SIZE];
    const int fd = peer_connect(simulator);
    uint8_t bytes[64];
    assert_true(simulator_add_fault(simulator, "drop-at:17", message)); /* 1 + 4 + 9 + 3 of the second answer */
    peer_send(fd, issue);
    assert_int_equal(peer_read_to_end(fd, bytes, sizeof bytes), 17);
    assert_int_equal(bytes[0], ACK);
    assert_int_equal(bytes[5], 0x02);
    assert_int_equal(bytes[14], 0x02);
    close(fd);
    simulator_stop(simulator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nak_in_a_row),
        cmocka_unit_test(nak_for_the_second_only),
        cmocka_unit_test(busy),
        cmocka_unit_test(silent_before_ack),
        cmocka_unit_test(silent_after_ack),
        cmocka_unit_test(drop_after_request),
        cmocka_unit_test(drop_after_ack),
        cmocka_unit_test(drop_at_each_byte),
        cmocka_unit_test(late),
        cmocka_unit_test(twice),
        cmocka_unit_test(bad_check),
        cmocka_unit_test(garbage),
        cmocka_unit_test(split),
        cmocka_unit_test(glue),
        cmocka_unit_test(any_error_code),
        cmocka_unit_test(faults_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
