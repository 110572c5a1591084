/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The FIAS driver: every kind of answer, several requests at once, late answers, and hostile input. */
#include "fias_talk.h"

/* ---- Answers --------------------------------------------------------------------------------------------------- */

static void test_every_status(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        int32_t code, outcome;
    } rows[] = {{"BY", KC_ERROR_ENCODER_BUSY, KC_OUTCOME_NOT_WRITTEN},
                {"DE", KC_ERROR_VENDOR, KC_OUTCOME_NOT_WRITTEN},
                {"RY", KC_ERROR_NOT_ACCEPTED, KC_OUTCOME_NOT_WRITTEN},
                {"UR", KC_ERROR_VENDOR, KC_OUTCOME_NOT_WRITTEN},
                {"DN", KC_ERROR_VENDOR, KC_OUTCOME_NOT_WRITTEN},
                {"NG", KC_ERROR_UNKNOWN_ROOM, KC_OUTCOME_NOT_WRITTEN},
                {"NR", KC_ERROR_ENCODER_OFFLINE, KC_OUTCOME_UNKNOWN},
                {"NA", KC_ERROR_NOT_ACCEPTED, KC_OUTCOME_NOT_WRITTEN},
                {"IA", KC_ERROR_NOT_CHECKED_IN, KC_OUTCOME_NOT_WRITTEN},
                {"FX", KC_ERROR_VENDOR, KC_OUTCOME_NOT_WRITTEN},
                {"NF", KC_ERROR_VENDOR, KC_OUTCOME_NOT_WRITTEN},
                {"CD", KC_ERROR_VENDOR, KC_OUTCOME_NOT_WRITTEN},
                {"BM", KC_ERROR_VENDOR, KC_OUTCOME_NOT_WRITTEN},
                {"CO", KC_ERROR_VENDOR, KC_OUTCOME_NOT_WRITTEN},
                {"DM", KC_ERROR_VENDOR, KC_OUTCOME_NOT_WRITTEN},
                {"NP", KC_ERROR_VENDOR, KC_OUTCOME_NOT_WRITTEN},
                {"NM", KC_ERROR_VENDOR, KC_OUTCOME_NOT_WRITTEN},
                {"AA", KC_ERROR_VENDOR, KC_OUTCOME_NOT_WRITTEN},
                {"AN", KC_ERROR_VENDOR, KC_OUTCOME_NOT_WRITTEN},
                {"SV", KC_ERROR_VENDOR, KC_OUTCOME_UNKNOWN},
                {"ok", KC_ERROR_VENDOR, KC_OUTCOME_UNKNOWN},
                {"", KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        char answer[64];
        talk_open_link(&core, NULL);
        struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        talk_sent(&core);
        snprintf(answer, sizeof(answer), "KA|WS3|KC1|AS%s|CTroom unknown|G#11122|", rows[i].status);
        talk_say(&core, answer);
        assert_done(op, rows[i].code, rows[i].outcome);
        if (*rows[i].status) {
            assert_string_equal(op->error.vendor_code, rows[i].status);
            assert_string_equal(op->error.vendor_text, "room unknown");
        }
        fake_core_advance(&core, 600000);
        assert_sent(&core, ""); /* never repeated by itself */
        assert_true(core.up);
        fake_core_close(&core);
    }
    struct fake_core core;
    talk_open_link(&core, "deleted-is-done", "on", NULL);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    talk_say(&core, "KA|WS3|KC1|ASDE|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

static void test_other_meanings_of_answers(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        int32_t code, outcome;
    } rows[] = {{"UR", KC_ERROR_NO_CARD, KC_OUTCOME_NOT_WRITTEN},
                {"ZZ", KC_ERROR_ENCODER_OFFLINE, KC_OUTCOME_NOT_WRITTEN},
                {"DN", KC_ERROR_VENDOR, KC_OUTCOME_UNKNOWN},
                {"NG", KC_ERROR_UNKNOWN_ROOM, KC_OUTCOME_NOT_WRITTEN}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        char answer[64];
        talk_open_link(&core, "status-map", "UR=no-card; ZZ = encoder-offline ;DN=vendor", NULL);
        struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        snprintf(answer, sizeof(answer), "KA|WS3|KC1|AS%s|G#11122|", rows[i].status);
        talk_say(&core, answer);
        assert_done(op, rows[i].code, rows[i].outcome);
        assert_string_equal(op->error.vendor_code, rows[i].status);
        fake_core_close(&core);
    }
}

/* Only the booking that was asked about: one that is no number cannot be told from its number. */
static void test_a_card_that_names_its_booking(void **state)
{
    (void)state;
    static const struct {
        const char *asked, *number;
        bool named;
    } rows[] = {{"11122", "11122", true},
                {"11122", "0011122", true},
                {"11122", "11123", false},
                {"", "11122", false},
                {"11122", "", false}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        char answer[100];
        talk_open_link(&core, NULL);
        struct fake_op *op = talk_make_op(&core, KC_VERB_READ_CARD, 1);
        op->request.booking = rows[i].asked;
        fake_core_start(&core, op);
        snprintf(answer, sizeof(answer), "KZ|WS3|KC1|ASOK|RN2781|GD260118|DT11:00|G#%s|", rows[i].number);
        talk_say(&core, answer);
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
        assert_true(op->has_card);
        assert_int_equal(op->card.kind, KC_KIND_UNKNOWN);
        assert_int_equal(op->card.booking != NULL, rows[i].named);
        if (rows[i].named)
            assert_string_equal(op->card.booking, "11122");
        fake_core_close(&core);
    }
}

/* So slowly that all answers behind it would be held up. */
static void test_a_record_that_does_not_end(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_link(&core, NULL);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    fake_core_receive(&core, "\x02KA|", 4);
    fake_core_advance(&core, 20000);
    fake_core_receive(&core, "WS3|KC1|ASOK|\x03\x02KA", 17); /* the first is whole: the time begins anew */
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    for (int i = 0; i < 39; i++) {
        fake_core_advance(&core, 1000);
        fake_core_receive(&core, "x", 1);
        assert_true(core.up);
    }
    fake_core_advance(&core, 1000);
    fake_core_receive(&core, "x", 1);
    assert_false(core.up);
    assert_int_equal(core.fail_status, KC_ERROR_TIMED_OUT);
    fake_core_up(&core);
    fake_core_receive(&core, "\x02", 1);
    assert_true(core.up);
    fake_core_close(&core);
}

static void test_tolerance_of_answers(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        const char *option, *value;
        bool good;
    } rows[] = {{"KA|WS3|KC1|ASOK|", "lrc", "on", true},
                {"KA|WS3|KC01|ASOK|", "lrc", "on", true},
                {"KA|WS3|KC00000001|ASOK|", "lrc", "on", true},
                {"KA|WS3|KC01|ASOK|", "coder-compare", "exact", false},
                {"KA|WS3|KC10|ASOK|", "lrc", "on", false},
                {"KA|KC1|ASOK|", "lrc", "on", true},
                {"KA|ASOK|", "lrc", "on", true},
                {"KAASOK|", "lrc", "on", true},
                {"KA|ASOK|CTOK|KC1|WS3|DA991231|TI0000001|G#11122|$2|$3|", "lrc", "on", true},
                {"KA|WS3|KC1|ASOK|G#0000011122|", "lrc", "on", true},
                {"KA|WS3|KC1|ASOK|G#|", "lrc", "on", true},
                {"KA|WS3|KC1|ASOK|G#11123|", "lrc", "on", false},
                {"KA|WS3|KC1|ASOK|G#11123|", "other-reservation", "accept", true},
                {"KA|WS4|KC1|ASOK|", "lrc", "on", false},
                {"KA|WS3|KC1|ASOK|ASOK|", "lrc", "on", true},
                {"KA|WS3|KC1|ASOK|ASUR|", "lrc", "on", false},
                {"KA|WS3|KC1|ASUR|ASOK|", "lrc", "on", false},
                {"KA|WS3|KC1|ASOK|AS|", "lrc", "on", false},
                {"KA|WS3|KC1|KC2|ASOK|", "lrc", "on", false},
                {"KA|WS3|KC1|ASOK|G#11122|G#11123|", "lrc", "on", false},
                {"KZ|WS3|KC1|ASOK|", "lrc", "on", false}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open_link(&core, rows[i].option, rows[i].value, NULL);
        struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        talk_say(&core, rows[i].answer);
        assert_int_equal(op->done, rows[i].good);
        if (op->done)
            assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
        fake_core_close(&core);
    }
}

static void test_the_serial_number_of_a_card(void **state)
{
    (void)state;
    static const struct {
        const char *declared, *option, *value;
        size_t count;
    } rows[] = {{"RIKR|FLRN", "card-serial", "on", 1},
                {"RIKR|FLRN", "card-serial", "off", 0},
                {"RIKR|FLRN$2", "card-serial", "on", 0}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open_core(&core, (const char *const[]){rows[i].option, rows[i].value, NULL});
        talk_start_link(&core, (const char *const[]){rows[i].declared, NULL});
        struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        talk_say(&core, "KA|ASOK|CTOK|KC1|WS3|G#11122|$230431712|$3|");
        assert_int_equal(op->serial_count, rows[i].count);
        if (op->serial_count)
            assert_string_equal(op->serials[0], "30431712");
        fake_core_close(&core);
    }
}

/* ---- Several cards, several requests --------------------------------------------------------------------------- */

static void test_several_cards_are_a_new_key_and_duplicates(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_link(&core, NULL);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 3);
    assert_sent(&core, NEW);
    talk_say(&core, DONE);
    assert_sent(&core, COPY);
    talk_say(&core, DONE);
    assert_sent(&core, COPY);
    assert_int_equal(op->prompt_card, 3);
    assert_false(op->done);
    talk_say(&core, DONE);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_sent(&core, "");
    fake_core_close(&core);
}

static void test_several_cards_stop_at_the_first_failure(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        int32_t status, outcome;
    } rows[] = {{"KA|WS3|KC1|ASBY|", KC_ERROR_ENCODER_BUSY, KC_OUTCOME_WRITTEN},
                {"KA|WS3|KC1|ASXX|", KC_ERROR_VENDOR, KC_OUTCOME_UNKNOWN},
                {NULL, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open_link(&core, NULL);
        struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 3);
        talk_say(&core, DONE);
        talk_sent(&core);
        if (rows[i].answer)
            talk_say(&core, rows[i].answer);
        else
            fake_core_advance(&core, 30000);
        assert_done(op, rows[i].status, rows[i].outcome);
        assert_non_null(strstr(op->error.message, "1 of 3 cards were made"));
        assert_sent(&core, "");
        fake_core_close(&core);
    }
    struct fake_core core;
    talk_open_link(&core, NULL);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 3);
    fake_core_cancel(&core, op); /* the first is on its way and cannot be called back */
    assert_false(op->done);
    talk_say(&core, DONE);
    assert_done(op, KC_ERROR_CANCELLED, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);

    talk_open_link(&core, NULL);
    op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 3);
    talk_say(&core, LD); /* the link is described anew: the second card waits */
    talk_say(&core, DONE);
    assert_false(op->done);
    fake_core_drop(&core);
    assert_done(op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

static void test_requests_of_several_encoders(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_link(&core, NULL);
    struct fake_op *ops[3];
    static const char *const encoders[] = {"1", "2", "01"};
    for (size_t i = 0; i < 3; i++) {
        ops[i] = talk_make_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        ops[i]->request.encoder = encoders[i];
        fake_core_start(&core, ops[i]);
    }
    talk_sent(&core);
    assert_false(ops[2]->committed); /* 01 is 1, and that is at work */
    talk_say(&core, "KA|ASOK|");     /* of which? of none, then */
    assert_false(ops[0]->done || ops[1]->done);
    talk_say(&core, "KA|KC2|ASOK|");
    assert_true(ops[1]->done);
    talk_say(&core, "KA|KC1|ASOK|");
    assert_true(ops[0]->done);
    assert_int_equal(strncmp(talk_sent(&core), "KR|WS3|KC01|", 12), 0);
    talk_say(&core, "KA|KC01|ASOK|");
    assert_done(ops[2], KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
    talk_open_link(&core, "outstanding", "one-per-link", NULL);
    assert_int_equal(core.profile.in_flight, 1);
    fake_core_close(&core);
}

/* Check-outs have no encoder, so the core does not make them wait for each other; they share a key coder. */
static void test_check_outs_wait_for_each_other(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_link(&core, NULL);
    struct fake_op *first = talk_start_op(&core, KC_VERB_CHECK_OUT, 1);
    struct fake_op *second = talk_make_op(&core, KC_VERB_CHECK_OUT, 1);
    second->request.booking = "11123";
    fake_core_start(&core, second);
    assert_sent(&core, "KD|WS3|KC1|RN2781|G#11122|");
    talk_say(&core, "KA|WS3|KC1|ASOK|");
    assert_done(first, KC_OK, KC_OUTCOME_WRITTEN);
    assert_sent(&core, "KD|WS3|KC1|RN2781|G#11123|");
    talk_say(&core, "KA|WS3|KC1|ASOK|");
    assert_done(second, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

/* ---- Late answers ---------------------------------------------------------------------------------------------- */

static void test_a_late_answer_is_never_given_to_the_next_request(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_link(&core, NULL);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    fake_core_advance(&core, 30000);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    talk_sent(&core);
    op = talk_start_op(&core, KC_VERB_ISSUE_DUPLICATE, 1); /* the same guest: it must wait */
    fake_core_advance(&core, 5000);
    assert_sent(&core, "");
    assert_false(op->committed);
    talk_say(&core, DONE); /* here it is */
    assert_false(op->done);
    assert_sent(&core, COPY);
    talk_say(&core, DONE);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);

    op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    fake_core_advance(&core, 30000);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    talk_sent(&core);
    op = talk_make_op(&core, KC_VERB_ISSUE_ORIGINAL, 1); /* another guest: the answers tell which is which */
    op->request.booking = "999";
    fake_core_start(&core, op);
    assert_true(op->committed);
    talk_say(&core, DONE);
    assert_false(op->done);
    talk_say(&core, "KA|WS3|KC1|ASOK|G#999|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);

    op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1); /* nothing comes: after a while it may start */
    fake_core_advance(&core, 30000);
    talk_sent(&core);
    op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    fake_core_advance(&core, 11000);
    assert_sent(&core, NEW);
    fake_core_close(&core);
}

/* Also over a loss of the connection: lock systems may answer on the next one. */
static void test_a_late_answer_on_the_next_connection(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_link(&core, NULL);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    fake_core_drop(&core);
    assert_done(op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    talk_sent(&core);
    talk_start_link(&core, talk_usual);
    op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    assert_sent(&core, "");
    talk_say(&core, DONE);
    assert_false(op->done);
    assert_sent(&core, NEW);
    talk_say(&core, DONE);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

static void test_answers_that_nobody_waits_for(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_link(&core, NULL);
    talk_say(&core, DONE);
    talk_say(&core, "KZ|KC1|ASOK|RN1|");
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    assert_false(op->done);
    talk_say(&core, DONE);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    talk_say(&core, DONE); /* twice */
    assert_true(core.up);
    op = fake_core_op(&core, KC_VERB_DISCOVER);
    op->request.station = "";
    talk_sent(&core);
    fake_core_start(&core, op);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_sent(&core, "");
    fake_core_close(&core);
}

/* ---- Hostile input --------------------------------------------------------------------------------------------- */

static void test_nonsense_leaves_the_link_as_it_is(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_link(&core, NULL);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    talk_sent(&core);
    static uint8_t bytes[50000];
    uint32_t random = 7;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        random = random * 1664525 + 1013904223;
        bytes[i] = (uint8_t)(random >> 24);
    }
    fake_core_receive(&core, bytes, sizeof(bytes));
    memset(bytes, 'x', sizeof(bytes));
    bytes[0] = 2;
    fake_core_receive(&core, bytes, sizeof(bytes));
    talk_say(&core, "RE|RN1|RS1|"); /* known elsewhere */
    talk_say(&core, "XX|YY|");
    talk_say(&core, "|||");
    assert_true(core.up);
    assert_false(op->done);
    assert_sent(&core, "");
    talk_say(&core, DONE);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

static void test_guests_are_in_no_trace(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_link(&core, NULL);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    talk_say(&core, "KA|WS3|KC1|ASOK|CTkey of Jane|$2SECRET|");
    assert_true(op->done);
    assert_non_null(strstr(buf_text(&core.trace), "KR|WS3|KC1|RN2781|KTN|"));
    assert_null(strstr(buf_text(&core.trace), "Jane"));
    assert_null(strstr(buf_text(&core.trace), "SECRET"));
    fake_core_close(&core);
}

static void test_a_sign_of_life(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_link(&core, NULL);
    fake_core_keep_alive(&core);
    assert_true(core.ready);
    assert_sent(&core, "");
    fake_core_close(&core);
    talk_open_link(&core, "alive-check", "ls", NULL);
    fake_core_keep_alive(&core);
    assert_sent(&core, LS);
    assert_false(core.ready);
    talk_say(&core, LD);
    talk_say(&core, ALIVE);
    assert_true(core.ready);
    fake_core_keep_alive(&core);
    fake_core_advance(&core, 30000);
    assert_false(core.up);
    assert_int_equal(core.fail_status, KC_ERROR_TIMED_OUT);
    fake_core_close(&core);
}

static void test_options_that_make_no_sense(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"encoders", "desk"},       {"encoders", "desk=123456789"},
        {"default-coder", ""},      {"workstation", "12345678901234567"},
        {"workstation", "a|b"},     {"hotel-id", "a|b"},
        {"status-map", "UR"},       {"status-map", "OK=vendor"},
        {"status-map", "U=vendor"}, {"status-map", "UR=ok"},
        {"auth-key", "SECRET"},     {"auth-key", "FidCrypt0S|SECRETSECRETSECRETSECRET"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        fake_core_open(&core, &driver_fias);
        for (size_t at = 0; at < driver_fias.option_count; at++)
            if (strcmp(driver_fias.options[at].name, rows[i][0]) == 0)
                core.values[at] = rows[i][1];
        assert_int_equal(driver_fias.configure(&core.link, &core.profile, &core.error), KC_ERROR_INVALID_ARGUMENT);
        assert_string_equal(core.error.field, rows[i][0]);
        assert_null(strstr(core.error.message, "SECRET"));
        fake_core_close(&core);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_status),
        cmocka_unit_test(test_other_meanings_of_answers),
        cmocka_unit_test(test_a_card_that_names_its_booking),
        cmocka_unit_test(test_a_record_that_does_not_end),
        cmocka_unit_test(test_tolerance_of_answers),
        cmocka_unit_test(test_the_serial_number_of_a_card),
        cmocka_unit_test(test_several_cards_are_a_new_key_and_duplicates),
        cmocka_unit_test(test_several_cards_stop_at_the_first_failure),
        cmocka_unit_test(test_requests_of_several_encoders),
        cmocka_unit_test(test_check_outs_wait_for_each_other),
        cmocka_unit_test(test_a_late_answer_is_never_given_to_the_next_request),
        cmocka_unit_test(test_a_late_answer_on_the_next_connection),
        cmocka_unit_test(test_answers_that_nobody_waits_for),
        cmocka_unit_test(test_nonsense_leaves_the_link_as_it_is),
        cmocka_unit_test(test_guests_are_in_no_trace),
        cmocka_unit_test(test_a_sign_of_life),
        cmocka_unit_test(test_options_that_make_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
