/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The FIAS driver: what requests become, what is refused or warned of for the lock system's sake. */
#include "fias_talk.h"

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
        cmocka_unit_test(test_verbs),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_what_is_refused_before_the_link_is_up),
        cmocka_unit_test(test_what_is_not_declared_is_not_offered),
        cmocka_unit_test(test_what_is_lost_is_warned_of),
        cmocka_unit_test(test_a_record_longer_than_the_lock_system_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
