/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Saflok IRS driver: what is refused, what is sent, every kind of answer, what is traced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "saflok_irs_talk.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Requests -------------------------------------------------------------------------------------------------- */

static void test_verbs(void **state)
{
    (void)state;
    static const struct {
        int32_t verb;
        const char *frame;
    } rows[] = {{KC_VERB_ISSUE_ORIGINAL, NEW}, {KC_VERB_REISSUE, NEW}, {KC_VERB_ISSUE_DUPLICATE, COPY}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open(&core, "tcp", NULL);
        struct fake_op *op = talk_start_op(&core, rows[i].verb, 1);
        assert_true(op->committed);
        assert_int_equal(op->deadline, 60000);
        assert_string_equal(op->deadline_text, "no answer");
        assert_sent(&core, rows[i].frame);
        assert_int_equal(op->prompts_seen, 1);
        talk_answer(&core, DONE "~04A1", 0);
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
        assert_true(op->reached);
        assert_string_equal(op->serials[0], "04A1");
        assert_int_equal(op->warning_count, 0);
        assert_sent(&core, "");
        assert_true(core.up);
        fake_core_close(&core);
    }
}

static void assert_frame(const char *option, const char *value, const char *room, const char *area, const char *frame)
{
    struct fake_core core;
    talk_open(&core, "tcp", option, value, NULL);
    struct fake_op *op = talk_make_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    op->room_list[0] = room;
    if (area)
        fake_op_area(op, area);
    fake_core_begin(&core, op);
    assert_sent(&core, frame);
    fake_core_close(&core);
}

static void test_options_change_the_frame(void **state)
{
    (void)state;
    assert_frame("pass-tail", "none", "305", NULL, "200000070001DESK7  305  102FF0103152711300315271130");
    assert_frame("pass-tail", "flags", "305", NULL, "200000070001DESK7  305  102FF01031527113003152711301000000000000");
    assert_frame("pass-tail", "auto", "305", "12", "200000070001DESK7  305  102FF01031527113003152711301100000000000");
    assert_frame("pass-tail", "auto", "305", "1", "200000070001DESK7  305  102FF01031527113003152711301000000000001");
    assert_frame("key-number-width", "15", "WING-B305", NULL,
                 "200000070001DESK7  WING-B305      102FF01031527113003152711300000000000000");
    assert_frame("expiry-minutes", "30", "305", NULL,
                 "200000070001DESK7  305  102FF01031527113003152712000000000000000");
    assert_frame("terminal", "7", "305", NULL, "200000007001" REST);
    assert_frame("to-station", "5", "305", NULL, "200500070001" REST);
    assert_frame("from-station", "5", "305", NULL, "200005070001" REST);
    assert_frame("transaction-new", "42", "305", NULL, "200000070042" REST);
    assert_frame("key-level", "4", "305", NULL, "200000070001DESK7  305  402FF01031527113003152711300000000000000");
    assert_frame("led", "00", "305", NULL,
                 "200000070001DESK7  305  102"
                 "00"
                 "01031527113003152711300000000000000");
    assert_frame("lrc-send", "no", "305", NULL, NEW "!");
    assert_frame("encoders", "desk=9; 2 = 11", "305", NULL,
                 "200000070001DESK7  305  111FF01031527113003152711300000000000000");
}

static void assert_refused(const char *option, const char *value, void (*change)(struct fake_op *op), int32_t status)
{
    struct fake_core core;
    talk_open(&core, "tcp", option, value, NULL);
    struct fake_op *op = talk_make_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    if (change)
        change(op);
    assert_int_equal(fake_core_check(&core, op), status);
    assert_null(strstr(core.error.message, "DESK7"));
    fake_core_close(&core);
}

static void with_area_1(struct fake_op *op)
{
    fake_op_area(op, "1");
}
static void with_area_13(struct fake_op *op)
{
    fake_op_area(op, "13");
}
static void with_area_7(struct fake_op *op)
{
    fake_op_area(op, "7");
}
static void with_denied(struct fake_op *op)
{
    fake_op_denied(op, "1");
}
static void with_two_rooms(struct fake_op *op)
{
    fake_op_room(op, "306");
}
static void with_long_room(struct fake_op *op)
{
    op->room_list[0] = "305123";
}
static void with_control(struct fake_op *op)
{
    op->room_list[0] = "3\x03";
}
static void with_other_encoder(struct fake_op *op)
{
    op->request.encoder = "Desk";
}
static void with_number_100(struct fake_op *op)
{
    op->request.encoder = "100";
}
static void with_many_copies(struct fake_op *op)
{
    op->request.copies = 3;
}
static void without_end(struct fake_op *op)
{
    op->request.until.utc = 0;
}
static void with_text(struct fake_op *op)
{
    fake_op_text(op, "Welcome");
}

static void test_what_is_refused(void **state)
{
    (void)state;
    assert_refused("password", "", NULL, KC_ERROR_NOT_OFFERED);
    assert_refused("pass-tail", "none", with_area_1, KC_ERROR_NOT_OFFERED);
    assert_refused("pass-tail", "zeros", with_area_1, KC_ERROR_NOT_OFFERED);
    assert_refused("pass-tail", "auto", with_area_13, KC_ERROR_INVALID_ARGUMENT);
    assert_refused("pass-count", "6", with_area_7, KC_ERROR_INVALID_ARGUMENT);
    assert_refused("pass-tail", "auto", with_denied, KC_ERROR_NOT_OFFERED);
    assert_refused("pass-tail", "auto", with_two_rooms, KC_ERROR_LIMIT);
    assert_refused("pass-tail", "auto", with_long_room, KC_ERROR_INVALID_ARGUMENT);
    assert_refused("pass-tail", "auto", with_control, KC_ERROR_INVALID_ARGUMENT);
    assert_refused("encoders", "Bar=1", with_other_encoder, KC_ERROR_INVALID_ARGUMENT);
    assert_refused("pass-tail", "auto", with_number_100, KC_ERROR_INVALID_ARGUMENT);
    assert_refused("copies-at-most", "2", with_many_copies, KC_ERROR_LIMIT);
    assert_refused("pass-tail", "auto", without_end, KC_ERROR_INVALID_ARGUMENT);
    assert_refused("tracks", "off", with_text, KC_ERROR_LIMIT);
}

static void test_options_that_make_no_sense(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"password", "SECRET77"},
                                          {"led", "F"},
                                          {"encoders", "desk"},
                                          {"encoders", "desk=100"},
                                          {"status-map", "03/19=no-card"},
                                          {"status-map", "03/190=nothing"},
                                          {"status-map", "00/000=no-card"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        fake_core_open(&core, &driver_saflok_irs);
        for (size_t at = 0; at < driver_saflok_irs.option_count; at++)
            if (strcmp(driver_saflok_irs.options[at].name, rows[i][0]) == 0)
                core.values[at] = rows[i][1];
        int32_t status = driver_saflok_irs.configure(&core.link, &core.profile, &core.error);
        assert_int_equal(status, KC_ERROR_INVALID_ARGUMENT);
        assert_string_equal(core.error.field, rows[i][0]);
        assert_null(strstr(core.error.message, "SECRET"));
        fake_core_close(&core);
    }
}

/* ---- Answers --------------------------------------------------------------------------------------------------- */

static void test_every_status(void **state)
{
    (void)state;
    static const struct {
        const char *numbers, *map;
        int32_t status, outcome;
        const char *vendor;
    } rows[] = {{"03190", "", KC_ERROR_NO_CARD, KC_OUTCOME_NOT_WRITTEN, "03/190"},
                {"03000", "", KC_ERROR_ENCODER_OFFLINE, KC_OUTCOME_NOT_WRITTEN, "03/000"},
                {"03157", "", KC_ERROR_ENCODER_OFFLINE, KC_OUTCOME_NOT_WRITTEN, "03/157"},
                {"03050", "", KC_ERROR_ENCODER_BUSY, KC_OUTCOME_NOT_WRITTEN, "03/050"},
                {"03191", "", KC_ERROR_VENDOR, KC_OUTCOME_UNKNOWN, "03/191"},
                {"04190", "", KC_ERROR_VENDOR, KC_OUTCOME_UNKNOWN, "04/190"},
                {"99999", "", KC_ERROR_VENDOR, KC_OUTCOME_UNKNOWN, "99/999"},
                {"04190", "04/190=card; 04/191=vendor", KC_ERROR_CARD, KC_OUTCOME_NOT_WRITTEN, "04/190"},
                {"03190", "03/190=lock-system", KC_ERROR_LOCK_SYSTEM, KC_OUTCOME_UNKNOWN, "03/190"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        char body[32] = "200000070";
        memcpy(body + 9, rows[i].numbers, 6);
        talk_open(&core, "tcp", "status-map", rows[i].map, NULL);
        struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        talk_answer(&core, body, 0);
        assert_done(op, rows[i].status, rows[i].outcome);
        assert_string_equal(op->error.vendor_code, rows[i].vendor);
        assert_true(*op->error.vendor_text);
        assert_int_equal(core.up, rows[i].outcome != KC_OUTCOME_UNKNOWN); /* else the connection is closed */
        fake_core_close(&core);
    }
}

static void test_answers_that_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        int spoil;
    } rows[] = {{"2000000700000", 0},
                {"20000007000A00", 0},
                {DONE, 0x40},
                {"2000000\x01"
                 "000000",
                 0},
                {NEW, 0}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open(&core, "tcp", NULL);
        struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        talk_answer(&core, rows[i].body, rows[i].spoil);
        assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
        assert_false(core.up);
        fake_core_close(&core);
    }
}

static void test_check_byte_by_option(void **state)
{
    (void)state;
    static const struct {
        const char *option;
        int spoil;
        bool good;
    } rows[] = {{"lenient", 0, true},  {"lenient", -1, true},   {"lenient", 0x40, false}, {"strict", 0, true},
                {"strict", -1, false}, {"strict", 0x40, false}, {"off", -1, true},        {"off", 0x40, true}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open(&core, "tcp", "lrc-check", rows[i].option, NULL);
        struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        talk_answer(&core, DONE, rows[i].spoil);
        assert_int_equal(op->done, rows[i].spoil >= 0);
        fake_core_advance(&core, 99);
        assert_int_equal(op->done, rows[i].spoil >= 0);
        fake_core_advance(&core, 1);
        assert_done(op, rows[i].good ? KC_OK : KC_ERROR_PROTOCOL,
                    rows[i].good ? KC_OUTCOME_WRITTEN : KC_OUTCOME_UNKNOWN);
        fake_core_close(&core);
    }
}

static void test_an_answer_in_single_bytes(void **state)
{
    (void)state;
    struct fake_core core;
    struct buf bytes = {0};
    talk_open(&core, "tcp", NULL);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    talk_frame(&bytes, DONE, 0);
    for (size_t i = 0; i < bytes.length; i++) {
        assert_false(op->done);
        fake_core_receive(&core, bytes.data + i, 1);
        fake_core_advance(&core, 50);
    }
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    buf_free(&bytes);
    fake_core_close(&core);
}

/* Clients that send no check byte exist, and servers may close the connection right after the answer. */
static void test_closed_behind_an_answer_without_check_byte(void **state)
{
    (void)state;
    static const struct {
        const char *option;
        int32_t copies, status, outcome;
    } rows[] = {{"lenient", 1, KC_OK, KC_OUTCOME_WRITTEN},
                {"strict", 1, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN},
                {"lenient", 2, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_WRITTEN}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open(&core, "tcp", "lrc-check", rows[i].option, NULL);
        struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, rows[i].copies);
        talk_answer(&core, DONE, -1);
        fake_core_drop(&core);
        assert_done(op, rows[i].status, rows[i].outcome);
        fake_core_close(&core);
    }
    struct fake_core core;
    talk_open(&core, "tcp", NULL);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    fake_core_receive(&core, "\x02" DONE, 15);
    fake_core_drop(&core);
    assert_done(op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    fake_core_close(&core);
}

static void test_terminal_number(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "tcp", NULL);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    talk_answer(&core, "20000007100000", 0);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(op->warning_count, 1);
    fake_core_close(&core);

    talk_open(&core, "tcp", "terminal-number", "counting", "terminal", "999", NULL);
    op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    assert_sent(&core, "200000999001" REST);
    talk_answer(&core, "20000099900000", 0);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    op = talk_start_op(&core, KC_VERB_ISSUE_DUPLICATE, 1);
    assert_sent(&core, "200000000003" REST);
    talk_answer(&core, "20000099900000", 0); /* late, and of the first */
    assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
    fake_core_close(&core);
}

/* The second answer must not be taken for that of the next request, which starts as soon as the first is done. */
static void test_an_answer_that_comes_twice(void **state)
{
    (void)state;
    struct fake_core core;
    struct buf bytes = {0};
    talk_open(&core, "tcp", NULL);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    struct fake_op *next = talk_make_op(&core, KC_VERB_ISSUE_DUPLICATE, 1);
    core.next_on_done = next;
    talk_frame(&bytes, DONE, 0);
    talk_frame(&bytes, DONE, 0);
    fake_core_receive(&core, bytes.data, bytes.length);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_false(next->running || next->done);
    assert_false(core.up);
    buf_free(&bytes);
    fake_core_close(&core);

    talk_open(&core, "tcp", NULL); /* when nothing runs: ignored */
    talk_answer(&core, DONE, 0);
    assert_true(core.up);
    op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    assert_false(op->done);
    fake_core_close(&core);
}

static void test_silence_and_loss_leave_the_outcome_unknown(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "tcp", "answer-timeout", "1000", NULL);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    nak(&core); /* not in use without handshake */
    fake_core_advance(&core, 1000);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    assert_false(core.up);
    fake_core_up(&core);
    op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    fake_core_drop(&core);
    assert_done(op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    fake_core_close(&core);
}

/* ---- Several cards --------------------------------------------------------------------------------------------- */

static void test_several_cards_are_several_requests(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "tcp", NULL);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 3);
    assert_sent(&core, NEW);
    talk_answer(&core, DONE "~A1", 0);
    assert_sent(&core, COPY); /* a second new key would void the first */
    talk_answer(&core, DONE "~A2", 0);
    assert_sent(&core, COPY);
    assert_false(op->done);
    assert_int_equal(op->prompt_card, 3);
    talk_answer(&core, DONE "~A3", 0);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(op->serial_count, 3);
    fake_core_close(&core);
}

static void test_several_cards_stop_at_the_first_failure(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        int32_t status, outcome;
    } rows[] = {{"20000007003190", KC_ERROR_NO_CARD, KC_OUTCOME_WRITTEN},
                {"20000007009999", KC_ERROR_VENDOR, KC_OUTCOME_UNKNOWN},
                {"200000070", KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open(&core, "tcp", NULL);
        struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 3);
        talk_answer(&core, DONE, 0);
        talk_sent(&core);
        talk_answer(&core, rows[i].body, 0);
        assert_done(op, rows[i].status, rows[i].outcome);
        assert_non_null(strstr(op->error.message, "1 of 3 cards were made"));
        assert_int_equal(*op->error.vendor_code != 0, rows[i].status != KC_ERROR_PROTOCOL);
        assert_sent(&core, "");
        fake_core_close(&core);
    }
    struct fake_core core;
    talk_open(&core, "tcp", NULL);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 3);
    fake_core_cancel(&core, op); /* the first is on its way and cannot be called back */
    assert_false(op->done);
    talk_answer(&core, DONE, 0);
    assert_done(op, KC_ERROR_CANCELLED, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

static void test_several_cards_in_one_request(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "tcp", "cards", "in-one-request", NULL);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 12);
    assert_sent(&core, "200000070001DESK7  305  102FF12031527113003152711300000000000000");
    assert_int_equal(op->deadline, 720000);
    talk_answer(&core, "20000007003190", 0); /* perhaps after the first of them */
    assert_done(op, KC_ERROR_NO_CARD, KC_OUTCOME_UNKNOWN);
    fake_core_up(&core);
    op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 2);
    talk_answer(&core, "20000007003050", 0); /* busy: not begun */
    assert_done(op, KC_ERROR_ENCODER_BUSY, KC_OUTCOME_NOT_WRITTEN);
    fake_core_close(&core);
}

/* ---- Traces ---------------------------------------------------------------------------------------------------- */

static void test_the_password_is_in_no_trace(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "tcp", "password", "7777777", NULL);
    talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    const char *frame = talk_sent(&core);
    char echo[200];
    memcpy(echo, frame, strlen(frame) + 1);
    talk_answer(&core, echo, 0);
    assert_non_null(strstr(buf_text(&core.trace), "200000070001*******305  1"));
    assert_null(strstr(buf_text(&core.trace), "77"));
    fake_core_close(&core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verbs),
        cmocka_unit_test(test_options_change_the_frame),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_options_that_make_no_sense),
        cmocka_unit_test(test_every_status),
        cmocka_unit_test(test_answers_that_are_none),
        cmocka_unit_test(test_check_byte_by_option),
        cmocka_unit_test(test_an_answer_in_single_bytes),
        cmocka_unit_test(test_closed_behind_an_answer_without_check_byte),
        cmocka_unit_test(test_terminal_number),
        cmocka_unit_test(test_an_answer_that_comes_twice),
        cmocka_unit_test(test_silence_and_loss_leave_the_outcome_unknown),
        cmocka_unit_test(test_several_cards_are_several_requests),
        cmocka_unit_test(test_several_cards_stop_at_the_first_failure),
        cmocka_unit_test(test_several_cards_in_one_request),
        cmocka_unit_test(test_the_password_is_in_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
