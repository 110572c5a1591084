/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The FIAS driver on a serial line: check bytes, ACK, NAK and ENQ with the counts and times of the specification. Bytes
 * are made and checked here by themselves, not through the codec. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake_core.h"

extern const struct driver driver_fias;

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define LS              "LS|DA260115|TI093000|"
#define LA              "LA|DA260115|TI093000|"
#define LD              "LD|DA260115|TI093001|V#1.0|IFDL|"
#define ALIVE           "LA|DA260115|TI093001|"
#define NEW             "KR|WS3|KC1|RN2781|KTN|G#11122|"
#define DONE            "KA|WS3|KC1|ASOK|CTkey made|G#11122|"

static uint8_t check_of(const char *record)
{
    uint8_t check = 3;
    for (size_t i = 0; record[i]; i++)
        check ^= (uint8_t)record[i];
    return check;
}

/* Since the last call: control bytes by name, records as their text; the check byte is checked. */
static const char *sent(struct fake_core *core)
{
    static char text[4096];
    size_t length = 0;
    const struct buf *bytes = &core->sent;
    for (size_t at = 0; at < bytes->length; at++) {
        static const char *const names[] = {[5] = "<ENQ>", [6] = "<ACK>", [21] = "<NAK>"};
        if (bytes->data[at] != 2) {
            assert_true(bytes->data[at] < COUNT_OF(names) && names[bytes->data[at]]);
            memcpy(text + length, names[bytes->data[at]], 5);
            length += 5;
            continue;
        }
        uint8_t check = 3;
        for (at++; bytes->data[at] != 3; at++) {
            check ^= bytes->data[at];
            text[length++] = (char)bytes->data[at];
        }
        if (at + 1 < bytes->length && bytes->data[at + 1] == check)
            at++;
        else
            text[length++] = '!'; /* no check byte */
        assert_true(length + 200 < sizeof(text));
    }
    text[length] = '\0';
    buf_clear(&core->sent);
    return text;
}

#define assert_sent(core, expected) assert_string_equal(sent(core), expected)

static void byte(struct fake_core *core, uint8_t value)
{
    fake_core_receive(core, &value, 1);
}

#define ack(core) byte(core, 0x06)
#define nak(core) byte(core, 0x15)
#define enq(core) byte(core, 0x05)

/* In pieces of single bytes. */
static void say_with(struct fake_core *core, const char *record, uint8_t spoil)
{
    byte(core, 2);
    for (size_t i = 0; record[i]; i++)
        byte(core, (uint8_t)record[i]);
    byte(core, 3);
    byte(core, check_of(record) ^ spoil);
}

static void say(struct fake_core *core, const char *record)
{
    say_with(core, record, 0);
}

static void open_line(struct fake_core *core)
{
    fake_core_open(core, &driver_fias);
    core->transport = "serial";
    fake_core_up(core);
    assert_sent(core, LS);
}

static void open_link_with(struct fake_core *core, const char *further)
{
    open_line(core);
    ack(core);
    say(core, LD);
    say(core, "LR|RIKR|FLWSKCRNKTG#|");
    say(core, "LR|RIKA|FLASCTKCWSG#|");
    if (further)
        say(core, further);
    say(core, ALIVE);
    assert_string_equal(sent(core), further ? "<ACK><ACK><ACK><ACK><ACK>" LA : "<ACK><ACK><ACK><ACK>" LA);
    ack(core);
    assert_true(core->ready);
    assert_sent(core, "");
}

static void open_link(struct fake_core *core)
{
    open_link_with(core, NULL);
}

static struct fake_op *start_op(struct fake_core *core, const char *encoder)
{
    struct fake_op *op = fake_core_op(core, KC_VERB_ISSUE_ORIGINAL);
    op->request.encoder = encoder;
    op->request.station = "3";
    op->request.booking = "11122";
    op->request.until = (struct moment){1768734000, {2026, 1, 18, 11, 0}};
    fake_op_room(op, "2781");
    fake_core_start(core, op);
    return op;
}

/* ---- The good way ---------------------------------------------------------------------------------------------- */

static void test_a_key(void **state)
{
    (void)state;
    struct fake_core core;
    open_link(&core);
    struct fake_op *op = start_op(&core, "1");
    assert_sent(&core, NEW);
    assert_true(op->committed);
    assert_int_equal(op->prompts_seen, 0); /* not taken yet */
    ack(&core);
    assert_int_equal(op->prompts_seen, 1);
    say(&core, DONE);
    assert_sent(&core, "<ACK>");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

/* One record after the other; what waits is not committed. */
static void test_records_wait_for_acknowledgements(void **state)
{
    (void)state;
    struct fake_core core;
    open_link(&core);
    struct fake_op *first = start_op(&core, "1"), *second = start_op(&core, "2");
    assert_sent(&core, NEW);
    assert_true(first->committed);
    assert_false(second->committed);
    say(&core, "LS|DA260115|TI093500|"); /* its answer queues up too */
    assert_sent(&core, "<ACK>");
    ack(&core);
    assert_sent(&core, "KR|WS3|KC2|RN2781|KTN|G#11122|");
    ack(&core);
    assert_sent(&core, LA);
    ack(&core);
    say(&core, "KA|KC2|ASOK|");
    say(&core, "KA|KC1|ASOK|");
    assert_done(first, KC_OK, KC_OUTCOME_WRITTEN);
    assert_done(second, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

static void test_an_answer_before_the_acknowledgement(void **state)
{
    (void)state;
    struct fake_core core;
    open_link(&core);
    struct fake_op *op = start_op(&core, "1");
    say(&core, DONE);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    ack(&core);
    op = start_op(&core, "1");
    assert_string_equal(sent(&core), NEW "<ACK>" NEW);
    fake_core_close(&core);
}

/* It goes before the key; that is made whatever the lock system does with it, or has not left if the line is dead. */
static void test_a_guest_record_before_the_key(void **state)
{
    (void)state;
    struct fake_core core;
    open_link_with(&core, "LR|RIGI|FLRNG#GS|");
    struct fake_op *op = start_op(&core, "1");
    for (int i = 0; i < 4; i++) {
        assert_sent(&core, "GI|RN2781|G#11122|GSN|");
        assert_false(op->committed);
        nak(&core);
    }
    assert_sent(&core, NEW); /* given up, and the key goes its way */
    assert_true(op->committed);
    ack(&core);
    say(&core, DONE);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    sent(&core);
    op = start_op(&core, "1");
    assert_sent(&core, "GI|RN2781|G#11122|GSN|");
    for (int i = 0; i < 3; i++) {
        fake_core_advance(&core, 3000);
        assert_sent(&core, "<ENQ>");
    }
    fake_core_advance(&core, 3000);
    assert_false(core.up);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_NOT_WRITTEN);
    fake_core_close(&core);
}

static void test_a_line_without_check_bytes(void **state)
{
    (void)state;
    struct fake_core core;
    fake_core_open(&core, &driver_fias);
    core.transport = "serial";
    fake_core_option(&core, "lrc", "off");
    fake_core_up(&core);
    assert_sent(&core, LS "!");
    ack(&core);
    fake_core_receive(&core, "\x02" LD "\x03\x02" ALIVE "\x03", 2 * 2 + sizeof(LD) - 1 + sizeof(ALIVE) - 1);
    assert_sent(&core, "<ACK><ACK>" LA "!");
    assert_true(core.ready);
    fake_core_close(&core);
}

/* ---- Faults of the line ---------------------------------------------------------------------------------------- */

/* The example of the document: a wrong LRC, and an ACK that is lost. */
static void test_the_faults_of_the_document(void **state)
{
    (void)state;
    struct fake_core core;
    open_link(&core);
    struct fake_op *op = start_op(&core, "1");
    ack(&core);
    sent(&core);
    say_with(&core, DONE, 0x40);
    assert_sent(&core, "<NAK>");
    assert_false(op->done);
    say(&core, DONE);
    assert_sent(&core, "<ACK>"); /* lost on the way */
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    enq(&core);
    assert_sent(&core, "<ACK>"); /* the answer again, and nothing is processed twice */
    enq(&core);
    assert_sent(&core, "<ACK>");
    byte(&core, 'x'); /* any other byte, and the answer is NAK */
    enq(&core);
    assert_sent(&core, "<NAK>");
    fake_core_close(&core);
}

static void test_enquiries(void **state)
{
    (void)state;
    struct fake_core core;
    open_line(&core);
    enq(&core);
    assert_sent(&core, "<NAK>"); /* at start-up there is no answer */
    fake_core_close(&core);
    open_link(&core);
    fake_core_receive(&core, "\x02KA|WS3|KC1|AS", 13); /* the rest is lost; its sender asks */
    enq(&core);
    assert_sent(&core, "<NAK>");
    fake_core_close(&core);
}

static void test_a_request_that_is_refused_is_sent_four_times(void **state)
{
    (void)state;
    struct fake_core core;
    open_link(&core);
    struct fake_op *op = start_op(&core, "1");
    for (int i = 0; i < 3; i++) {
        assert_sent(&core, NEW);
        nak(&core);
        assert_false(op->done);
    }
    assert_sent(&core, NEW);
    nak(&core);
    assert_done(op, KC_ERROR_NOT_ACCEPTED, KC_OUTCOME_NOT_WRITTEN);
    assert_sent(&core, "");
    assert_true(core.up);
    op = start_op(&core, "1"); /* and the line goes on */
    assert_sent(&core, NEW);
    nak(&core);
    assert_sent(&core, NEW);
    ack(&core);
    say(&core, DONE);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

static void test_a_missing_acknowledgement_is_asked_for(void **state)
{
    (void)state;
    struct fake_core core;
    open_link(&core);
    struct fake_op *op = start_op(&core, "1");
    assert_sent(&core, NEW);
    fake_core_advance(&core, 2999);
    assert_sent(&core, "");
    fake_core_advance(&core, 1);
    assert_sent(&core, "<ENQ>");
    fake_core_advance(&core, 3000);
    assert_sent(&core, "<ENQ>");
    ack(&core); /* it was taken: never sent again */
    fake_core_advance(&core, 10000);
    assert_sent(&core, "");
    say(&core, DONE);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    sent(&core);

    /* NAK means that nothing is remembered: its ACK may have been lost, so it is not sent again */
    op = start_op(&core, "1");
    fake_core_advance(&core, 3000);
    sent(&core);
    nak(&core);
    assert_sent(&core, "");
    assert_true(core.up);
    say(&core, DONE);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    sent(&core);
    op = start_op(&core, "1");
    fake_core_advance(&core, 3000);
    nak(&core);
    sent(&core);
    fake_core_advance(&core, 60000);
    assert_sent(&core, "");
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    fake_core_close(&core);
}

/* The lock system has taken the request and its ACK is lost on the way; then our own ACK of another record makes it
 * forget that it has answered. */
static void test_a_lost_acknowledgement_never_doubles_a_request(void **state)
{
    (void)state;
    struct fake_core core;
    open_link(&core);
    struct fake_op *op = start_op(&core, "1");
    assert_sent(&core, NEW);
    say(&core, "LS|DA260115|TI093000|");
    fake_core_advance(&core, 3000);
    assert_non_null(strstr(sent(&core), "<ENQ>"));
    nak(&core);
    assert_null(strstr(sent(&core), "KR|"));
    assert_false(op->done);
    say(&core, DONE);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

/* As the specification says; and what changes nothing, in any case. */
static void test_a_request_that_may_be_sent_again(void **state)
{
    (void)state;
    struct fake_core core;
    open_link(&core);
    fake_core_option(&core, "nak-after-enquiry", "resend");
    struct fake_op *op = start_op(&core, "1");
    fake_core_advance(&core, 3000);
    sent(&core);
    nak(&core);
    assert_sent(&core, NEW);
    ack(&core);
    say(&core, DONE);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

static void test_nobody_answers(void **state)
{
    (void)state;
    struct fake_core core;
    open_link(&core);
    struct fake_op *op = start_op(&core, "1");
    fake_core_advance(&core, 12000);
    assert_sent(&core, NEW "<ENQ><ENQ><ENQ>");
    assert_false(core.up);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    fake_core_close(&core);
}

/* A line at whose other end nobody is yet: LS again about every 12 s, and no opening and closing of the port. */
static void test_the_start_is_repeated_every_twelve_seconds(void **state)
{
    (void)state;
    struct fake_core core;
    open_line(&core);
    fake_core_advance(&core, 12000);
    assert_sent(&core, "<ENQ><ENQ><ENQ>LS|DA260115|TI093012|");
    fake_core_advance(&core, 12000);
    assert_sent(&core, "<ENQ><ENQ><ENQ>LS|DA260115|TI093024|");
    assert_int_equal(core.down_count, 0);
    ack(&core);
    say(&core, LD);
    say(&core, ALIVE);
    assert_true(core.ready);
    fake_core_close(&core);
}

static void test_a_loss_leaves_nothing_behind(void **state)
{
    (void)state;
    struct fake_core core;
    open_link(&core);
    struct fake_op *first = start_op(&core, "1"), *second = start_op(&core, "2");
    fake_core_drop(&core);
    assert_done(first, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    assert_done(second, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_NOT_WRITTEN); /* it never left */
    sent(&core);
    fake_core_up(&core);
    assert_sent(&core, LS);
    fake_core_close(&core);
}

/* A request that waits behind a record of the link must not be forgotten with it. */
static void test_a_request_behind_a_record_that_nobody_takes(void **state)
{
    (void)state;
    struct fake_core core;
    open_link(&core);
    say(&core, "LS|DA260115|TI093500|"); /* its answer is not acknowledged */
    struct fake_op *op = start_op(&core, "1");
    say(&core, LD);
    fake_core_advance(&core, 12000);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_NOT_WRITTEN);
    assert_false(core.up);
    fake_core_close(&core);
}

static void test_a_record_without_end(void **state)
{
    (void)state;
    struct fake_core core;
    static uint8_t bytes[5000];
    memset(bytes, 'x', sizeof(bytes));
    bytes[0] = 2;
    bytes[4998] = 3;
    open_link(&core);
    fake_core_receive(&core, bytes, sizeof(bytes));
    assert_sent(&core, "<NAK>");
    assert_true(core.up);
    fake_core_close(&core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_key),
        cmocka_unit_test(test_records_wait_for_acknowledgements),
        cmocka_unit_test(test_an_answer_before_the_acknowledgement),
        cmocka_unit_test(test_a_guest_record_before_the_key),
        cmocka_unit_test(test_a_line_without_check_bytes),
        cmocka_unit_test(test_the_faults_of_the_document),
        cmocka_unit_test(test_enquiries),
        cmocka_unit_test(test_a_request_that_is_refused_is_sent_four_times),
        cmocka_unit_test(test_a_missing_acknowledgement_is_asked_for),
        cmocka_unit_test(test_a_lost_acknowledgement_never_doubles_a_request),
        cmocka_unit_test(test_a_request_that_may_be_sent_again),
        cmocka_unit_test(test_nobody_answers),
        cmocka_unit_test(test_the_start_is_repeated_every_twelve_seconds),
        cmocka_unit_test(test_a_loss_leaves_nothing_behind),
        cmocka_unit_test(test_a_request_behind_a_record_that_nobody_takes),
        cmocka_unit_test(test_a_record_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
