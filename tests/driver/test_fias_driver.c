/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The FIAS driver: the link in every legal order, and its key. */
#include "fias_talk.h"

/* ---- The link -------------------------------------------------------------------------------------------------- */

/* The dialogue of the document, as bytes, in pieces of every size. */
static void test_the_dialogue_of_the_document(void **state)
{
    (void)state;
    static const char bytes[] = "\x02" LD "\x03\x02LR|RIKR|FL" KR_FIELDS "|\x03\x02LR|RIKA|FLASCTKCWSG#|\x03\x02" ALIVE
                                "\x03";
    for (size_t piece = 1; piece < sizeof(bytes); piece++) {
        struct fake_core core;
        talk_open_core(&core, NULL);
        fake_core_up(&core);
        assert_sent(&core, LS);
        for (size_t at = 0; at < sizeof(bytes) - 1; at += piece)
            fake_core_receive(&core, bytes + at, sizeof(bytes) - 1 - at < piece ? sizeof(bytes) - 1 - at : piece);
        assert_sent(&core, LA);
        assert_true(core.ready);
        struct fake_op *op = talk_make_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        talk_with_areas(op);
        fake_core_start(&core, op);
        assert_sent(&core, NEW "KO1 2 1|");
        static const char answer[] = "\x02" DONE "\x03";
        for (size_t at = 0; at < sizeof(answer) - 1; at += piece)
            fake_core_receive(&core, answer + at, sizeof(answer) - 1 - at < piece ? sizeof(answer) - 1 - at : piece);
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
        assert_true(op->reached);
        fake_core_close(&core);
    }
}

static void test_the_lock_system_may_begin(void **state)
{
    (void)state;
    static const struct {
        const char *first, *answer;
    } rows[] = {{"LS|DA260115|TI093000|", LS " " LS},
                {"LA|DA260115|TI093000|", LS},
                {"LR|RIKR|FLRN|", LS},
                {"KA|KC1|ASOK|", LS},
                {"ZZ|", LS},
                {"", LS},
                {"LE", LS " LE|DA260115|TI093000|"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open_core(&core, NULL);
        fake_core_up(&core);
        talk_say(&core, rows[i].first);
        assert_sent(&core, rows[i].answer);
        assert_false(core.ready);
        if (strcmp(rows[i].first, "LE") == 0) {
            assert_false(core.up);
            fake_core_up(&core);
        }
        talk_say(&core, LD);
        talk_say(&core, ALIVE);
        assert_true(core.ready);
        fake_core_close(&core);
    }
    struct fake_core core;
    talk_open_core(&core, (const char *const[]){"first-speaker", "lock", NULL});
    fake_core_up(&core);
    assert_sent(&core, "");
    talk_say(&core, LD);
    talk_say(&core, ALIVE);
    assert_sent(&core, LA);
    assert_true(core.ready);
    fake_core_close(&core);
}

/* An LA is answered only by who did not cause it; two sides that greet each other come to an end. */
static void test_no_ping_pong(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_link(&core, NULL);
    talk_say(&core, ALIVE);
    assert_sent(&core, "");
    talk_say(&core, "LS|DA260115|TI093500|");
    assert_sent(&core, LA);
    talk_say(&core, ALIVE);
    assert_sent(&core, "");
    fake_core_close(&core);

    talk_open_core(&core, NULL);
    fake_core_up(&core);
    for (int i = 0; i < 100; i++)
        talk_say(&core, LS);
    assert_true(strlen(talk_sent(&core)) < 10 * strlen(LS));
    talk_say(&core, LD);
    talk_say(&core, ALIVE);
    assert_true(core.ready);
    fake_core_close(&core);
}

static void test_silence_at_the_start(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_core(&core, NULL);
    fake_core_up(&core);
    assert_sent(&core, LS);
    fake_core_advance(&core, 29999);
    assert_sent(&core, "");
    fake_core_advance(&core, 1);
    assert_sent(&core, "LS|DA260115|TI093030|");
    talk_say(&core, LD);
    fake_core_advance(&core, 20000); /* pauses in the description are no reason to hurry */
    talk_say(&core, "LR|RIKR|FLRN|");
    assert_sent(&core, "");
    talk_say(&core, ALIVE);
    assert_true(core.ready);
    fake_core_close(&core);
}

static void test_the_end_of_a_link(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_link(&core, NULL);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    talk_sent(&core);
    talk_say(&core, "LE|DA260115|TI235900|");
    assert_sent(&core, "LE|DA260115|TI093000|");
    assert_false(core.up);
    assert_done(op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    fake_core_close(&core);
}

static void test_configuration_is_told_if_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *type, *told;
    } rows[] = {{"RT0|", "LC|DA260115|TI093000|PHH1| "},
                {"RT1|", "LC|DA260115|TI093000|RP|PHH1| "},
                {"RT4|", "LC|DA260115|TI093000|A1libkeycard|PHH1| "},
                {"RT16|", "LC|DA260115|TI093000|A2libkeycard|PHH1| "},
                {"RT32|", "LC|DA260115|TI093000|A3FIAS 2.20|PHH1| "},
                {"RT128|", "LC|DA260115|TI093000|A060;30|PHH1| "},
                {"", ""}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        char record[100], expected[200];
        talk_open_core(&core, (const char *const[]){"hotel-id", "H1", NULL});
        fake_core_up(&core);
        talk_sent(&core);
        snprintf(record, sizeof(record), LD "%s", rows[i].type);
        talk_say(&core, record);
        talk_say(&core, ALIVE);
        snprintf(expected, sizeof(expected), "%s" LA, rows[i].told);
        assert_sent(&core, expected);
        fake_core_close(&core);
    }
}

static void test_resynchronisation_is_answered(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_link(&core, NULL);
    talk_say(&core, "DR|DA260115|TI093005|");
    assert_sent(&core, "DS|DA260115|TI093000| DE|DA260115|TI093000|");
    fake_core_close(&core);
    talk_open_link(&core, "resync", "ignore", NULL);
    talk_say(&core, "DR|DA260115|TI093005|");
    assert_sent(&core, "");
    assert_int_equal(core.stays_asked, 0);
    fake_core_close(&core);
}

static const char *const guests_wanted[] = {"RIKR|FL" KR_FIELDS, "RIGI|FLRNG#GSGNGAGDSIDTWSSF", NULL};

/* Page by page, each after a pause; a new description, or another connection, ends it. */
static void test_guests_are_told_page_by_page(void **state)
{
    (void)state;
    static const char *const rooms[] = {"2781", "2782", "2783"};
    struct driver_stay stays[] = {{"11122", "Doe|Jane", {rooms, 3}, {0}, {0}, false, false},
                                  {"ABC", "", {rooms + 1, 1}, {0}, {0}, true, false}};
    struct fake_core core;
    stays[0].from = (struct moment){1768485600, {2026, 1, 15, 14, 0}};
    stays[0].until = (struct moment){1768734000, {2026, 1, 18, 11, 0}};
    talk_open_core(&core, (const char *const[]){"reservation-number", "omit", NULL});
    talk_start_link(&core, guests_wanted);
    talk_say(&core, "DR|DA260115|TI093005|");
    assert_sent(&core, "DS|DA260115|TI093000|");
    assert_int_equal(core.stays_asked, 1);
    assert_true(core.stays_anew);
    talk_say(&core, "DR|DA260115|TI093005|"); /* it is being answered */
    assert_int_equal(core.stays_asked, 1);
    fake_core_stays(&core, stays, 2, false);
    assert_sent(&core, "GI|RN2781|GSN|GNDoe Jane|GA260115|GD260118|SI2782;2783|DT11:00|WSKEYCARD|SF| "
                       "GI|RN2782|GSY|WSKEYCARD|SF|");
    assert_int_equal(core.stays_asked, 0);
    fake_core_advance(&core, 20);
    assert_int_equal(core.stays_asked, 1);
    assert_false(core.stays_anew);
    fake_core_stays(&core, NULL, 0, true);
    assert_sent(&core, "DE|DA260115|TI093000|");
    fake_core_advance(&core, 60000);
    assert_int_equal(core.stays_asked, 0);
    talk_say(&core, "DR|DA260115|TI093005|");
    talk_sent(&core);
    assert_true(core.stays_anew);
    talk_say(&core, LD); /* it begins anew: the rest is not told */
    fake_core_stays(&core, stays, 2, true);
    assert_sent(&core, "");
    fake_core_close(&core);
    talk_open_core(&core, (const char *const[]){"resync", "empty", NULL});
    talk_start_link(&core, guests_wanted);
    talk_say(&core, "DR|DA260115|TI093005|");
    assert_sent(&core, "DS|DA260115|TI093000| DE|DA260115|TI093000|");
    assert_int_equal(core.stays_asked, 0);
    fake_core_close(&core);
}

/* A new description replaces the old one; what is asked for meanwhile waits, what is on its way goes on. */
static void test_a_new_description(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_link(&core, NULL);
    struct fake_op *first = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    talk_sent(&core);
    talk_say(&core, LD);
    struct fake_op *second = talk_make_op(&core, KC_VERB_ISSUE_DUPLICATE, 1);
    second->request.encoder = "2";
    fake_core_start(&core, second);
    assert_sent(&core, "");
    talk_say(&core, DONE);
    assert_done(first, KC_OK, KC_OUTCOME_WRITTEN);
    talk_say(&core, "LR|RIKR|FLRNKCKT|");
    talk_say(&core, "LR|RIKR|FLWSKT|"); /* twice: the union */
    talk_say(&core, ALIVE);
    assert_sent(&core, LA " KR|RN2781|KC2|KTD|WS3|");
    fake_core_close(&core);
}

/* ---- The key of the link --------------------------------------------------------------------------------------- */

/* Made with openssl enc -aes-128-cbc from the key 000102...0F, the vector 101112...1F and "260115093000". */
#define KEY   "FidCrypt0S|AAECAwQFBgcICQoLDA0ODw=="
#define PROOF "CGFidCryptAB;EBESExQVFhcYGRobHB0eHw==Qh77m84s3j3Ztw7NixfN2g==|"
#define WRONG "CGFidCryptAB;EBESExQVFhcYGRobHB0eHw==EBESExQVFhcYGRobHB0eHw==|"

static void test_a_right_proof(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_core(&core, (const char *const[]){"auth-key", KEY, NULL});
    fake_core_up(&core);
    talk_sent(&core);
    talk_say(&core, LD PROOF);
    talk_say(&core, ALIVE);
    assert_true(core.ready);
    assert_null(strstr(buf_text(&core.trace), "AAECAw"));
    fake_core_close(&core);

    talk_open_core(&core, (const char *const[]){"auth-key", KEY, "first-speaker", "lock", NULL});
    fake_core_up(&core);
    assert_sent(&core, "");
    talk_say(&core, LD PROOF); /* of which LS? it is asked for anew */
    assert_sent(&core, LS);
    talk_say(&core, ALIVE);
    assert_false(core.ready);
    talk_say(&core, LD PROOF);
    talk_say(&core, ALIVE);
    assert_true(core.ready);
    fake_core_close(&core);
}

static void test_a_wrong_proof_stops_the_link(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_core(&core, (const char *const[]){"auth-key", KEY, "auth-wrong", "stop", NULL});
    fake_core_up(&core);
    talk_sent(&core);
    talk_say(&core, LD WRONG);
    talk_say(&core, ALIVE);
    assert_sent(&core, "");
    fake_core_drop(&core);
    fake_core_up(&core);
    talk_say(&core, LD PROOF);
    talk_say(&core, ALIVE);
    assert_sent(&core, "");
    assert_false(core.ready);
    struct fake_op *op = talk_make_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_CREDENTIALS);
    fake_core_close(&core);
}

/* By default only the connection ends, and the next one is judged by its own proof: by that of the last LS and no
 * other. */
static void test_after_a_wrong_proof_the_next_connection_is_judged_afresh(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_core(&core, (const char *const[]){"auth-key", KEY, NULL});
    for (int i = 0; i < 3; i++) {
        fake_core_up(&core);
        talk_sent(&core);
        talk_say(&core, LD WRONG);
        assert_sent(&core, "");
        assert_false(core.up);
        assert_int_equal(core.fail_status, KC_ERROR_CREDENTIALS);
        assert_null(strstr(core.fail_text, "FidCrypt"));
        struct fake_op *op = talk_make_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        assert_int_equal(fake_core_check(&core, op), KC_OK); /* it may be tried: the right one may come */
    }
    fake_core_up(&core);
    talk_sent(&core);
    talk_say(&core, LD PROOF);
    talk_say(&core, ALIVE);
    assert_sent(&core, LA);
    assert_true(core.ready);
    fake_core_drop(&core);
    fake_core_advance(&core, 1000); /* the time of the next LS is another */
    fake_core_up(&core);
    talk_say(&core, LD PROOF); /* of the first LS: said again by whoever heard it */
    assert_false(core.up);
    assert_int_equal(core.fail_status, KC_ERROR_CREDENTIALS);
    fake_core_close(&core);
}

static void test_no_proof(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_core(&core, (const char *const[]){"auth-key", KEY, NULL});
    fake_core_up(&core);
    talk_say(&core, LD);
    assert_false(core.up);
    fake_core_close(&core);
    talk_open_core(&core, (const char *const[]){"auth-key", KEY, "auth-missing", "allow", NULL});
    fake_core_up(&core);
    talk_say(&core, LD);
    talk_say(&core, ALIVE);
    assert_true(core.ready);
    fake_core_close(&core);
    talk_open_core(&core, NULL); /* no key is set: nothing is checked */
    fake_core_up(&core);
    talk_say(&core, LD WRONG);
    talk_say(&core, ALIVE);
    assert_true(core.ready);
    fake_core_close(&core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_dialogue_of_the_document),
        cmocka_unit_test(test_the_lock_system_may_begin),
        cmocka_unit_test(test_no_ping_pong),
        cmocka_unit_test(test_silence_at_the_start),
        cmocka_unit_test(test_the_end_of_a_link),
        cmocka_unit_test(test_configuration_is_told_if_asked_for),
        cmocka_unit_test(test_resynchronisation_is_answered),
        cmocka_unit_test(test_guests_are_told_page_by_page),
        cmocka_unit_test(test_a_new_description),
        cmocka_unit_test(test_a_right_proof),
        cmocka_unit_test(test_a_wrong_proof_stops_the_link),
        cmocka_unit_test(test_after_a_wrong_proof_the_next_connection_is_judged_afresh),
        cmocka_unit_test(test_no_proof),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
