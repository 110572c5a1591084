/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The FIAS driver: the link in every legal order, and what is sent. */
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

/* ---- Requests -------------------------------------------------------------------------------------------------- */

static void test_verbs(void **state)
{
    (void)state;
    static const struct {
        int32_t verb;
        const char *record, *answer;
    } rows[] = {{KC_VERB_ISSUE_ORIGINAL, NEW, DONE},
                {KC_VERB_REISSUE, NEW, DONE},
                {KC_VERB_ISSUE_DUPLICATE, COPY, DONE},
                {KC_VERB_ISSUE_ONE_SHOT, "KR|WS3|KC1|RN2781|KTO|GNDoe, Jane|", "KA|WS3|KC1|ASOK|"},
                {KC_VERB_CHECK_OUT, "KD|WS3|KC1|RN2781|G#11122|", DONE},
                {KC_VERB_CHECK_OUT, "KD|WS3|KC1|RN2781|G#11122|", "KA|WS3|KC1|ASDE|G#11122|"},
                {KC_VERB_MODIFY_STAY, "KM|WS3|KC1|RN2781|G#11122|GA260115|GD260118|DT11:00|", DONE},
                {KC_VERB_READ_CARD, "KZ|DA260115|TI093000|KC1|WS3|", "KZ|KC1|WS3|ASOK|RN2781|SI2782,2783|GD260118|"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open_link(&core, NULL);
        struct fake_op *op = talk_start_op(&core, rows[i].verb, 1);
        assert_true(op->committed);
        assert_sent(&core, rows[i].record);
        talk_say(&core, rows[i].answer);
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
        assert_int_equal(op->warning_count, 0);
        assert_int_equal(op->has_card, rows[i].verb == KC_VERB_READ_CARD);
        if (op->has_card) {
            assert_int_equal(op->card.rooms.count, 3);
            assert_string_equal(op->card.rooms.items[2], "2783");
            assert_int_equal(op->card.until.day, 18);
        }
        fake_core_close(&core);
    }
}

static void assert_request(const char *const *options, const char *const *declared, int32_t verb,
                           void (*change)(struct fake_op *op), const char *record)
{
    struct fake_core core;
    talk_open_core(&core, options);
    talk_start_link(&core, declared);
    struct fake_op *op = talk_make_op(&core, verb, 1);
    if (change)
        change(op);
    fake_core_begin(&core, op);
    assert_sent(&core, record);
    fake_core_close(&core);
}

static void with_more_rooms(struct fake_op *op)
{
    fake_op_room(op, "2782");
    fake_op_room(op, "2783");
}
static void with_room_before(struct fake_op *op)
{
    op->request.room_before = "2700";
}
static void with_text(struct fake_op *op)
{
    fake_op_text(op, "Wel|come");
    fake_op_text(op, "TRACK1");
    fake_op_text(op, "123");
}
static void with_denied(struct fake_op *op)
{
    fake_op_area(op, "2");
    fake_op_denied(op, "20");
}
static void as_sharer(struct fake_op *op)
{
    op->request.sharer = true;
}
static void with_booking_of_words(struct fake_op *op)
{
    op->request.booking = "B-77/x";
}
static void with_operator(struct fake_op *op)
{
    op->request.operator_name = "anna";
    op->request.guest = "M\xC3\xBCller";
}

static void test_fields(void **state)
{
    (void)state;
    static const char *const all[] = {"RIKR|FLK#KCKTRNWSDADTG#GNGAGDTIKOSICT$1$2ID", "RIKM|FLRNRO", "RIKD|FLRN", NULL};
    static const char *const none[] = {NULL};
    assert_request(none, all, KC_VERB_ISSUE_ORIGINAL, with_more_rooms,
                   "KR|K#1|KC1|KTN|RN2781|WS3|DA260115|DT11:00|G#11122|GNDoe, Jane|GA260115|GD260118|TI093000|"
                   "SI2782;2783|");
    assert_request((const char *const[]){"suite-separator", "comma", "key-count", "omit", NULL}, all,
                   KC_VERB_ISSUE_ORIGINAL, with_more_rooms,
                   "KR|KC1|KTN|RN2781|WS3|DA260115|DT11:00|G#11122|GNDoe, Jane|GA260115|GD260118|TI093000|"
                   "SI2782,2783|");
    assert_request((const char *const[]){"tracks", "on", NULL}, all, KC_VERB_ISSUE_ORIGINAL, with_text,
                   "KR|K#1|KC1|KTN|RN2781|WS3|DA260115|DT11:00|G#11122|GA260115|GD260118|TI093000|CTWel come|$1TRACK1|"
                   "$2123|");
    assert_request((const char *const[]){"tracks", "on", "text-and-name", "both", "empty-fields", "sent",
                                         "departure-time", "HHMMSS", NULL},
                   all, KC_VERB_ISSUE_ORIGINAL, with_text,
                   "KR|K#1|KC1|KTN|RN2781|WS3|DA260115|DT110000|G#11122|GNDoe, Jane|GA260115|GD260118|TI093000|KO|SI|"
                   "CTWel come|$1TRACK1|$2123|ID|");
    assert_request((const char *const[]){"departure-time", "HHMM", "workstation", "DESK", NULL}, all,
                   KC_VERB_ISSUE_ORIGINAL, with_denied,
                   "KR|K#1|KC1|KTN|RN2781|WSDESK|DA260115|DT1100|G#11122|GNDoe, Jane|GA260115|GD260118|TI093000|"
                   "KO 1                 0|");
    assert_request((const char *const[]){"code-page", "latin1", NULL}, all, KC_VERB_ISSUE_ORIGINAL, with_operator,
                   "KR|K#1|KC1|KTN|RN2781|WS3|DA260115|DT11:00|G#11122|GNM\xFCller|GA260115|GD260118|TI093000|IDanna|");
    assert_request((const char *const[]){"one-shot-stay", "send", NULL}, talk_usual, KC_VERB_ISSUE_ONE_SHOT,
                   talk_with_areas, "KR|WS3|KC1|RN2781|KTO|GA260115|GD260118|DT11:00|GNDoe, Jane|KO1 2 1|");
    assert_request(none, talk_usual, KC_VERB_ISSUE_DUPLICATE, as_sharer, COPY);
    assert_request((const char *const[]){"sharer-key", "N", NULL}, talk_usual, KC_VERB_ISSUE_DUPLICATE, as_sharer, NEW);
    assert_request(none, all, KC_VERB_MODIFY_STAY, with_room_before, "KM|RN2781|RO2700|");
    assert_request(none, (const char *const[]){"RIKR|FLRNG#", NULL}, KC_VERB_ISSUE_ORIGINAL, with_booking_of_words,
                   "KR|RN2781|G#686700417|");
    assert_request((const char *const[]){"reservation-number", "omit", NULL},
                   (const char *const[]){"RIKR|FLRNG#", NULL}, KC_VERB_ISSUE_ORIGINAL, NULL, "KR|RN2781|");
    assert_request((const char *const[]){"encoders", "desk=9; 1 = KC7", "default-coder", "5", NULL},
                   (const char *const[]){"RIKR|FLKCRN", "RIKD|FLKCRN", NULL}, KC_VERB_ISSUE_ORIGINAL, NULL,
                   "KR|KCKC7|RN2781|");
    assert_request((const char *const[]){"default-coder", "5", NULL}, (const char *const[]){"RIKD|FLKCRN", NULL},
                   KC_VERB_CHECK_OUT, NULL, "KD|KC5|RN2781|");
}

static void with_area_21(struct fake_op *op)
{
    fake_op_area(op, "21");
}
static void with_area_of_words(struct fake_op *op)
{
    fake_op_area(op, "spa");
}
static void with_bar_in_room(struct fake_op *op)
{
    op->room_list[0] = "27|81";
}
static void with_long_suite(struct fake_op *op)
{
    for (int i = 0; i < 5; i++)
        fake_op_room(op, "1234567");
}
static void with_encoder_of_words(struct fake_op *op)
{
    op->request.encoder = "front desk";
}
static void with_long_track(struct fake_op *op)
{
    fake_op_text(op, "");
    fake_op_text(op, "12345678901234567890123456789012345678901");
}

static void test_what_is_refused_before_the_link_is_up(void **state)
{
    (void)state;
    static const struct {
        void (*change)(struct fake_op *op);
        int32_t status;
    } rows[] = {{with_area_21, KC_ERROR_INVALID_ARGUMENT},          {with_area_of_words, KC_ERROR_INVALID_ARGUMENT},
                {with_bar_in_room, KC_ERROR_INVALID_ARGUMENT},      {with_long_suite, KC_ERROR_LIMIT},
                {with_encoder_of_words, KC_ERROR_INVALID_ARGUMENT}, {with_long_track, KC_ERROR_LIMIT}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open_core(&core, NULL);
        struct fake_op *op = talk_make_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        rows[i].change(op);
        assert_int_equal(fake_core_check(&core, op), rows[i].status);
        assert_true(*core.error.field);
        fake_core_close(&core);
    }
    struct fake_core core;
    talk_open_core(&core, (const char *const[]){"reservation-number", "strict", NULL});
    struct fake_op *op = talk_make_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    op->request.booking = "B1";
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_INVALID_ARGUMENT);
    fake_core_close(&core);
}

/* What the lock system did not declare is refused by `check` and, if that came before the description, at the start. */
static void test_what_is_not_declared_is_not_offered(void **state)
{
    (void)state;
    static const struct {
        int32_t verb, copies;
        const char *declared;
        void (*change)(struct fake_op *op);
    } rows[] = {{KC_VERB_ISSUE_ORIGINAL, 1, "RIKD|FLRN", NULL},
                {KC_VERB_CHECK_OUT, 1, "RIKR|FLRN", NULL},
                {KC_VERB_MODIFY_STAY, 1, "RIKR|FLRN", NULL},
                {KC_VERB_READ_CARD, 1, "RIKR|FLRN", NULL},
                {KC_VERB_ISSUE_ORIGINAL, 1, "RIKR|FLKCKT", NULL},
                {KC_VERB_ISSUE_ORIGINAL, 1, "RIKR|FLRNKT", talk_with_areas},
                {KC_VERB_ISSUE_ORIGINAL, 1, "RIKR|FLRNKT", with_more_rooms},
                {KC_VERB_ISSUE_ORIGINAL, 1, "RIKR|FLRNKT", with_text},
                {KC_VERB_ISSUE_ORIGINAL, 1, "RIKR|FLRNKT$1", with_text},
                {KC_VERB_ISSUE_DUPLICATE, 1, "RIKR|FLRN", NULL},
                {KC_VERB_ISSUE_ONE_SHOT, 1, "RIKR|FLRN", NULL},
                {KC_VERB_ISSUE_ORIGINAL, 2, "RIKR|FLRN", NULL}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open_core(&core, NULL);
        struct fake_op *op = talk_make_op(&core, rows[i].verb, rows[i].copies);
        if (rows[i].change)
            rows[i].change(op);
        assert_int_equal(fake_core_check(&core, op), KC_OK); /* nothing is known yet */
        talk_start_link(&core, (const char *const[]){rows[i].declared, NULL});
        assert_int_equal(fake_core_check(&core, op), KC_ERROR_NOT_OFFERED);
        fake_core_start(&core, op);
        assert_sent(&core, "");
        assert_done(op, KC_ERROR_NOT_OFFERED, KC_OUTCOME_NOT_WRITTEN);
        assert_int_equal(op->committed_count, 0);
        fake_core_close(&core);
    }
}

static void test_what_is_lost_is_warned_of(void **state)
{
    (void)state;
    static const struct {
        const char *declared;
        int32_t day;
        const char *warning;
    } rows[] = {{"RIKR|FLRNGADT", 15, "no date of departure"},
                {"RIKR|FLRNGAGD", 15, "no time of departure"},
                {"RIKR|FLRNGAGDDT", 16, NULL}, /* the core tells of the time: the limit is the day */
                {"RIKR|FLRNGDDT", 16, "opens at once"},
                {"RIKR|FLRNGDDT", 15, NULL},
                {"RIKR|FLRNGAGDDT", 15, NULL}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open_core(&core, NULL);
        talk_start_link(&core, (const char *const[]){rows[i].declared, NULL});
        struct fake_op *op = talk_make_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        op->request.from.wall.day = rows[i].day;
        fake_core_start(&core, op);
        assert_int_equal(op->warning_count, rows[i].warning ? 1 : 0);
        if (rows[i].warning)
            assert_non_null(strstr(op->warnings[0], rows[i].warning));
        fake_core_close(&core);
    }
}

static void test_a_record_longer_than_the_lock_system_takes(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_core(&core, NULL);
    fake_core_up(&core);
    talk_say(&core, "LD|DA260115|TI093001|V#1.0|IFDL|RL100|");
    talk_say(&core, "LR|RIKR|FLRNGN|");
    talk_say(&core, ALIVE);
    talk_sent(&core);
    struct fake_op *op = talk_make_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    op->request.guest = "A name of many, many words, that goes on and on and does not come to an end before the end "
                        "of the line";
    fake_core_start(&core, op);
    assert_sent(&core, "");
    assert_done(op, KC_ERROR_LIMIT, KC_OUTCOME_NOT_WRITTEN);
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
        cmocka_unit_test(test_verbs),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_what_is_refused_before_the_link_is_up),
        cmocka_unit_test(test_what_is_not_declared_is_not_offered),
        cmocka_unit_test(test_what_is_lost_is_warned_of),
        cmocka_unit_test(test_a_record_longer_than_the_lock_system_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
