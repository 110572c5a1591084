/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whoever can reach the port: two lock systems that fight for the link, port scans, peers that never read, never end
 * what they say, or say nonsense. No request is lost or sent twice, memory stays bounded, and then keys are made. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "fias_rig.h"

enum { FIGHTS = 12, VISITS = 100, MEMORY_MOST = 8 * 1024 * 1024 };

static size_t heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void expect_works(struct fias_rig *rig, struct fias_peer *peer)
{
    fias_rig_make(rig, peer, kc_issue_original, "4711", "305", "Guest");
}

/* Each takes the link from the other while a card is awaited: that request is unknown, and nobody hears it again. */
static void test_two_lock_systems_fight_for_the_link(void **state)
{
    (void)state;
    struct fias_rig rig;
    struct fias_peer peers[2];
    fias_rig_open(&rig, false, NULL);
    fias_peer_start(&rig, &peers[0], fias_usual);
    for (int i = 0; i < FIGHTS; i++) {
        struct fias_peer *first = &peers[i % 2], *second = &peers[(i + 1) % 2];
        char number[16], mark[24];
        snprintf(number, sizeof(number), "%d", 100 + i);
        snprintf(mark, sizeof(mark), "|G#%s|", number);
        kc_op *op = fias_rig_ask(&rig, kc_issue_original, number, number, "Guest");
        assert_non_null(strstr(fias_peer_hear(&rig, first), mark));
        fias_peer_start(&rig, second, fias_usual);
        fias_rig_expect(&rig, op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
        assert_string_equal(fias_peer_hear(&rig, first), ""); /* closed */
        fias_peer_close(first);
    }
    expect_works(&rig, &peers[FIGHTS % 2]); /* the first thing that it hears */
    fias_peer_close(&peers[FIGHTS % 2]);
    fias_rig_close(&rig);
}

/* Visitors that go at once take nothing from the lock system that is there. */
static void test_port_scans_do_not_disturb_a_key(void **state)
{
    (void)state;
    struct fias_rig rig;
    struct fias_peer peer, visitor;
    fias_rig_open(&rig, false, NULL);
    fias_peer_start(&rig, &peer, fias_usual);
    kc_op *op = fias_rig_ask(&rig, kc_issue_original, "1", "101", "Guest");
    char request[300];
    snprintf(request, sizeof(request), "%s", fias_peer_hear(&rig, &peer));
    for (int i = 0; i < VISITS; i++) {
        const struct linger now = {1, 0};
        fias_peer_dial(&rig, &visitor);
        if (i % 2) /* some of them break it off */
            assert_int_equal(setsockopt(visitor.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
        fias_peer_close(&visitor);
        if (i % 7 == 0)
            fias_rig_turn(&rig);
    }
    fias_peer_answer(&peer, request, "OK");
    fias_rig_expect(&rig, op, KC_OK, KC_OUTCOME_WRITTEN);
    expect_works(&rig, &peer);
    fias_peer_close(&peer);
    fias_rig_close(&rig);
}

/* It makes the library answer, and never takes the answers: the link is given up, not memory. */
static void test_a_peer_that_sends_and_never_reads(void **state)
{
    (void)state;
    static const char start[] = "\x02LS|DA260115|TI093000|\x03";
    struct fias_rig rig;
    struct fias_peer greedy, peer;
    fias_rig_open(&rig, false, (const char *const[]){"answer-timeout", "3600000", NULL});
    fias_peer_start(&rig, &greedy, fias_usual);
    kc_op *op = fias_rig_ask(&rig, kc_issue_original, "1", "101", "Guest");
    while (kc_op_get_state(op) < KC_STATE_WAITING)
        fias_rig_turn(&rig);
    size_t before = heap_bytes(), most = 0;
    bool lost = false;
    for (int i = 0; !lost && i < 4000000; i++) {
        ssize_t count = send(greedy.fd, start, sizeof(start) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        lost = count < 0 && errno != EAGAIN;
        if (i % 500 == 0 || count < 0) {
            fias_rig_turn(&rig);
            size_t now = heap_bytes();
            most = now > before && now - before > most ? now - before : most;
        }
    }
    assert_true(lost);
    assert_true(most < MEMORY_MOST);
    fias_rig_expect(&rig, op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    fias_peer_start(&rig, &peer, fias_usual);
    expect_works(&rig, &peer);
    fias_peer_close(&greedy);
    fias_peer_close(&peer);
    fias_rig_close(&rig);
}

/* A byte now and then, of a record without end; it holds up the link for the record's time and no longer. */
static void test_a_peer_that_never_ends_its_record(void **state)
{
    (void)state;
    struct fias_rig rig;
    struct fias_peer slow, peer;
    bool lost = false;
    fias_rig_open(&rig, false, (const char *const[]){"record-timeout", "1000", NULL});
    fias_peer_start(&rig, &slow, fias_usual);
    kc_op *op = fias_rig_ask(&rig, kc_issue_original, "1", "101", "Guest");
    assert_memory_equal(fias_peer_hear(&rig, &slow), "KR|", 3);
    fias_peer_send(&slow, "\x02", 1);
    for (int i = 0; !lost && i < 10000; i++) {
        lost = send(slow.fd, "K", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0;
        usleep(10000);
        fias_rig_turn(&rig);
    }
    assert_true(lost);
    fias_rig_expect(&rig, op, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    fias_peer_start(&rig, &peer, fias_usual);
    expect_works(&rig, &peer);
    fias_peer_close(&slow);
    fias_peer_close(&peer);
    fias_rig_close(&rig);
}

/* One that says nothing at all: what waits ends by its own time, and the next one to dial in is served. */
static void test_a_peer_that_says_nothing(void **state)
{
    (void)state;
    struct fias_rig rig;
    struct fias_peer mute, peer;
    fias_rig_open(&rig, false, (const char *const[]){"connect-timeout", "300", NULL});
    fias_peer_dial(&rig, &mute);
    assert_memory_equal(fias_peer_hear(&rig, &mute), "LS|", 3);
    fias_rig_expect(&rig, fias_rig_ask(&rig, kc_issue_original, "1", "101", "Guest"), KC_ERROR_UNREACHABLE,
                    KC_OUTCOME_NOT_WRITTEN);
    fias_peer_start(&rig, &peer, fias_usual);
    expect_works(&rig, &peer);
    fias_peer_close(&mute);
    fias_peer_close(&peer);
    fias_rig_close(&rig);
}

static void send_long_record(struct fias_peer *peer, size_t length)
{
    static char bytes[300000];
    memset(bytes, 'x', sizeof(bytes));
    memcpy(bytes, "\x02KA|KC1|ASOK|CT", 15);
    bytes[length - 1] = 3;
    fias_peer_send(peer, bytes, length);
}

/* Nothing of it is an answer, and the link is as it was. */
static void test_nonsense_is_no_answer(void **state)
{
    (void)state;
    static const char *const nonsense[] = {"",
                                           "|",
                                           "K",
                                           "XX|YY|ZZ1|",
                                           "KA|KC99|ASOK|",
                                           "KR|KC1|ASOK|",
                                           "LR|",
                                           "LR|RI|FL|",
                                           "LA",
                                           "DE|",
                                           "KA|KC1|WSother|ASOK|",
                                           "KA\x01|KC1\x7f|WS\x04|AS\x15OK|",
                                           "||||||||||",
                                           "KA||||KC|AS|WS|"};
    struct fias_rig rig;
    struct fias_peer peer;
    char request[300];
    uint8_t bytes[256];
    fias_rig_open(&rig, false, NULL);
    fias_peer_start(&rig, &peer, fias_usual);
    kc_op *op = fias_rig_ask(&rig, kc_issue_original, "1", "101", "Guest");
    snprintf(request, sizeof(request), "%s", fias_peer_hear(&rig, &peer));
    size_t before = heap_bytes();
    for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
        fias_peer_say(&peer, nonsense[i]);
        fias_rig_turn(&rig);
    }
    for (size_t i = 0; i < sizeof(bytes); i++) /* control bytes without a frame, then all bytes in one */
        bytes[i] = (uint8_t)i == 2 ? 0 : (uint8_t)i;
    fias_peer_send(&peer, bytes, sizeof(bytes));
    send_long_record(&peer, 2003); /* one character too many */
    send_long_record(&peer, 65537);
    send_long_record(&peer, 300000);
    fias_rig_turn(&rig);
    assert_int_not_equal(kc_op_get_state(op), KC_STATE_DONE);
    assert_true(heap_bytes() < before + 65536);
    fias_peer_answer(&peer, request, "OK");
    fias_rig_expect(&rig, op, KC_OK, KC_OUTCOME_WRITTEN);
    expect_works(&rig, &peer); /* nothing else was said by us meanwhile */
    fias_peer_close(&peer);
    fias_rig_close(&rig);
}

#define PROOF_KEY "AAECAwQFBgcICQoLDA0ODw==" /* 00, 01 ... 0F */

/* The proof of who knows the key: date and time of the LS that was heard. */
static void say_proof(struct fias_peer *peer, const char *start, uint8_t first_byte_of_key)
{
    uint8_t key[16], vector[16] = {7}, cipher[32];
    char text[12], first[25], second[25], record[160];
    int length = 0, rest = 0;
    for (uint8_t i = 0; i < sizeof(key); i++)
        key[i] = i;
    key[0] = first_byte_of_key;
    assert_int_equal(strlen(start), strlen("LS|DA260115|TI093000|"));
    memcpy(text, start + 5, 6);
    memcpy(text + 6, start + 14, 6);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    assert_non_null(context);
    assert_int_equal(EVP_EncryptInit_ex(context, EVP_aes_128_cbc(), NULL, key, vector), 1);
    assert_int_equal(EVP_EncryptUpdate(context, cipher, &length, (const uint8_t *)text, 12), 1);
    assert_int_equal(EVP_EncryptFinal_ex(context, cipher + length, &rest), 1);
    EVP_CIPHER_CTX_free(context);
    assert_int_equal(length + rest, 16);
    EVP_EncodeBlock((uint8_t *)first, vector, 16);
    EVP_EncodeBlock((uint8_t *)second, cipher, 16);
    snprintf(record, sizeof(record), "LD|DA260115|TI093001|V#1.0|IFDL|RT1|CGFidCryptAB;%s%s|", first, second);
    fias_peer_say(peer, record);
}

static void dial_with_proof(struct fias_rig *rig, struct fias_peer *peer, uint8_t first_byte_of_key)
{
    char start[64];
    fias_peer_dial(rig, peer);
    snprintf(start, sizeof(start), "%s", fias_peer_hear(rig, peer));
    say_proof(peer, start, first_byte_of_key);
}

/* Who does not know the key of the link is sent away, and whoever waits for a key is told why; then the right one is
 * let in. */
static void test_a_wrong_proof_and_then_a_right_one(void **state)
{
    (void)state;
    struct fias_rig rig;
    struct fias_peer peer;
    fias_rig_open(&rig, false,
                  (const char *const[]){"auth-key", "FidCrypt0S|" PROOF_KEY, "connect-timeout", "1500", NULL});
    for (int i = 0; i < 2; i++) {
        dial_with_proof(&rig, &peer, 0xFF);
        assert_string_equal(fias_peer_hear(&rig, &peer), ""); /* not a word, and closed */
        fias_peer_close(&peer);
        kc_op *op = fias_rig_ask(&rig, kc_issue_original, "1", "101", "Guest");
        while (kc_op_get_state(op) != KC_STATE_DONE)
            fias_rig_turn(&rig);
        assert_non_null(strstr(kc_error_get_message(kc_op_get_error(op)), "auth-key"));
        assert_int_equal(kc_error_get_advice(kc_op_get_error(op)), KC_ADVICE_CHECK_CONFIGURATION);
        fias_rig_expect(&rig, op, KC_ERROR_CREDENTIALS, KC_OUTCOME_NOT_WRITTEN);
    }
    kc_op *op = fias_rig_ask(&rig, kc_issue_original, "1", "101", "Guest");
    dial_with_proof(&rig, &peer, 0);
    fias_peer_say(&peer, "LR|RIKR|FLWSKCRNKTG#|");
    fias_peer_say(&peer, "LA|DA260115|TI093001|");
    assert_memory_equal(fias_peer_hear(&rig, &peer), "LC|", 3);
    assert_memory_equal(fias_peer_hear(&rig, &peer), "LA|", 3);
    fias_peer_answer(&peer, fias_peer_hear(&rig, &peer), "OK");
    fias_rig_expect(&rig, op, KC_OK, KC_OUTCOME_WRITTEN);
    fias_peer_close(&peer);
    while (kc_system_get_state(rig.system) == KC_LINK_UP)
        fias_rig_turn(&rig);
    op = fias_rig_ask(&rig, kc_issue_original, "2", "102", "Guest"); /* nobody is there: that is all there is to it */
    fias_rig_expect(&rig, op, KC_ERROR_UNREACHABLE, KC_OUTCOME_NOT_WRITTEN);
    fias_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_lock_systems_fight_for_the_link),
        cmocka_unit_test(test_port_scans_do_not_disturb_a_key),
        cmocka_unit_test(test_a_peer_that_sends_and_never_reads),
        cmocka_unit_test(test_a_peer_that_never_ends_its_record),
        cmocka_unit_test(test_a_peer_that_says_nothing),
        cmocka_unit_test(test_nonsense_is_no_answer),
        cmocka_unit_test(test_a_wrong_proof_and_then_a_right_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
