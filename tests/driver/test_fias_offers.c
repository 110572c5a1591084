/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The FIAS driver: what a lock system declares beyond the plain keys. Guest records, mobile keys by fields that are
 * agreed, keys that come back as bytes, and the capabilities that follow from a declaration. */
#include "fias_talk.h"

/* ---- Guest records --------------------------------------------------------------------------------------------- */

#define KEYS   "RIKR|FLRNKT", "RIKD|FLRN", "RIKM|FLRNRO"
#define GUESTS "RIGI|FLRNG#GSGNGAGDSF", "RIGC|FLRNROG#GSGN", "RIGO|FLRNG#GSGNWS"

static void as_sharer(struct fake_op *op)
{
    op->request.sharer = true;
}
static void with_room_before(struct fake_op *op)
{
    op->request.room_before = "2700";
}

struct guest_case {
    int32_t verb;
    void (*change)(struct fake_op *op);
    const char *before, *request, *after; /* the answer */
};

static const struct guest_case guest_cases[] = {
    {KC_VERB_ISSUE_ORIGINAL, NULL, "GI|RN2781|G#11122|GSN|GNDoe, Jane|GA260115|GD260118| ", "KR|RN2781|KTN|", ""},
    {KC_VERB_ISSUE_DUPLICATE, NULL, "", "KR|RN2781|KTD|", ""},
    {KC_VERB_ISSUE_DUPLICATE, as_sharer, "GI|RN2781|G#11122|GSY|GNDoe, Jane|GA260115|GD260118| ", "KR|RN2781|KTD|", ""},
    {KC_VERB_REISSUE, NULL, "GC|RN2781|G#11122|GSN|GNDoe, Jane| ", "KR|RN2781|KTN|", ""},
    {KC_VERB_REISSUE, with_room_before, "GC|RN2781|RO2700|G#11122|GSN|GNDoe, Jane| ", "KR|RN2781|KTN|", ""},
    {KC_VERB_ISSUE_ONE_SHOT, NULL, "", "KR|RN2781|KTO|", ""},
    {KC_VERB_MODIFY_STAY, with_room_before, "GC|RN2781|RO2700|G#11122|GSN|GNDoe, Jane| ", "KM|RN2781|RO2700|", ""},
    {KC_VERB_CHECK_OUT, NULL, "", "KD|RN2781|", "GO|RN2781|G#11122|GSN|WS3|"},
};

static void check_guests(const struct guest_case *row, const char *const *options, const char *const *declared,
                         bool told)
{
    struct fake_core core;
    char expected[400];
    talk_open_core(&core, options);
    talk_start_link(&core, declared);
    struct fake_op *op = talk_make_op(&core, row->verb, 1);
    if (row->change)
        row->change(op);
    fake_core_begin(&core, op);
    snprintf(expected, sizeof(expected), "%s%s", told ? row->before : "", row->request);
    assert_sent(&core, expected);
    assert_false(op->done);
    talk_say(&core, "KA|WS3|KC1|ASOK|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_sent(&core, told ? row->after : "");
    fake_core_close(&core);
}

/* By default as the lock system declares; what it did not declare is not sent. */
static void test_guest_records_follow_the_declaration(void **state)
{
    (void)state;
    static const char *const none[] = {NULL}, *const off[] = {"guest-records", "off", NULL};
    static const char *const all[] = {KEYS, GUESTS, NULL}, *const keys[] = {KEYS, NULL};
    for (size_t i = 0; i < COUNT_OF(guest_cases); i++) {
        check_guests(&guest_cases[i], none, all, true);
        check_guests(&guest_cases[i], none, keys, false);
        check_guests(&guest_cases[i], off, all, false);
    }
    static const char *const check_ins[] = {KEYS, "RIGI|FLRNG#GSGNGAGDSF", NULL};
    for (size_t i = 0; i < COUNT_OF(guest_cases); i++) /* each by its own declaration */
        check_guests(&guest_cases[i], none, check_ins, strncmp(guest_cases[i].before, "GI", 2) == 0);
}

/* It is still a guest for the lock system if the deletion was refused or nobody knows. */
static void test_a_guest_leaves_only_with_his_keys(void **state)
{
    (void)state;
    static const char *const all[] = {KEYS, GUESTS, NULL};
    struct fake_core core;
    talk_open_core(&core, (const char *const[]){"late-answer", "0", NULL});
    talk_start_link(&core, all);
    struct fake_op *op = talk_start_op(&core, KC_VERB_CHECK_OUT, 1);
    assert_sent(&core, "KD|RN2781|");
    talk_say(&core, "KA|WS3|KC1|ASNG|");
    assert_true(op->done);
    op = talk_start_op(&core, KC_VERB_CHECK_OUT, 1);
    fake_core_advance(&core, 30000);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    assert_sent(&core, "KD|RN2781|");
    op = talk_start_op(&core, KC_VERB_CHECK_OUT, 1);
    talk_say(&core, "KA|WS3|KC1|ASDE|"); /* deleted before */
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_sent(&core, "KD|RN2781| GO|RN2781|G#11122|GSN|WS3|");
    fake_core_close(&core);
}

/* Once for all cards; too long a record is no reason to make no key; the key alone is what can take effect. */
static void test_a_guest_record_is_no_part_of_the_key(void **state)
{
    (void)state;
    static const char *const all[] = {"RIKR|FLRNKT", "RIGI|FLRNGNSF", NULL};
    struct fake_core core;
    talk_open_core(&core, NULL);
    talk_start_link(&core, all);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 2);
    assert_sent(&core, "GI|RN2781|GNDoe, Jane| KR|RN2781|KTN|");
    assert_int_equal(op->committed_count, 1);
    talk_say(&core, "KA|ASOK|");
    assert_sent(&core, "KR|RN2781|KTD|");
    talk_say(&core, "KA|ASOK|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
    talk_open_core(&core, NULL);
    fake_core_up(&core);
    talk_say(&core, "LD|DA260115|TI093001|V#1.0|IFDL|RL100|");
    talk_say(&core, "LR|RIKR|FLRNKT|");
    talk_say(&core, "LR|RIGI|FLRNGN|");
    talk_say(&core, ALIVE);
    talk_sent(&core);
    op = talk_make_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    op->request.guest = "A name of many, many words, that goes on and on and does not come to an end before the end "
                        "of the line";
    fake_core_start(&core, op);
    assert_sent(&core, "KR|RN2781|KTN|");
    assert_non_null(strstr(buf_text(&core.trace), "would be too long"));
    assert_null(strstr(buf_text(&core.trace), "many words"));
    fake_core_close(&core);
}

/* Rooms that are checked out, and guests, are told each only to who declared them. */
static void test_rooms_that_are_checked_out_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *declared[4], *days;
        int asked;
        int64_t asked_days;
        const char *told;
    } rows[] = {{{"RIGI|FLRNG#GSSF", "RIGO|FLRNG#GSSFGN"}, "90", 1, 90, "GI|RN1|G#7|GSN|SF| GO|RN2|G#8|GSN|SF| "},
                {{"RIGI|FLRNG#GSSF"}, "90", 1, 0, "GI|RN1|G#7|GSN|SF| "},
                {{"RIGO|FLRNDATISF"}, "30", 1, 30, "GO|RN2|DA260115|TI093000|SF| "},
                {{"RIGI|FLRNSF", "RIGO|FLRNSF"}, "0", 1, 0, "GI|RN1|SF| "},
                {{"RIGO|FLRNSF"}, "0", 0, 0, ""},
                {{"RIKR|FLRN"}, "90", 0, 0, ""}};
    static const char *const room = "1", *const empty = "2";
    const struct driver_stay stays[] = {{.booking = "7", .guest = "Doe", .rooms = {&room, 1}},
                                        {.booking = "8", .guest = "", .rooms = {&empty, 1}, .ended = true}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        char expected[200];
        talk_open_core(&core, (const char *const[]){"resync-days", rows[i].days, NULL});
        talk_start_link(&core, rows[i].declared);
        talk_say(&core, "DR|DA260115|TI093005|");
        assert_int_equal(core.stays_asked, rows[i].asked);
        assert_int_equal(core.stays_ended_days, rows[i].asked_days);
        if (core.stays_asked)
            fake_core_stays(&core, stays, rows[i].asked_days ? 2 : 1, true);
        snprintf(expected, sizeof(expected), "DS|DA260115|TI093000| %sDE|DA260115|TI093000|", rows[i].told);
        assert_sent(&core, expected);
        fake_core_close(&core);
    }
}

/* ---- Mobile keys ----------------------------------------------------------------------------------------------- */

#define AGREED "phone-field", "A1", "email-field", "A5", "card-field", "$1", "key-data", "hex"

static const char *const agreed[] = {AGREED, NULL};
static const char *const agreed_with_coder[] = {AGREED, "mobile-coder", "99", NULL};
static const char *const takes_all[] = {"RIKR|FLKCRNKTG#CT$1$2RTA1A5", "RIKA|FLASCTKCWSG#$3", NULL};

static struct fake_op *make_mobile(struct fake_core *core, const char *phone, const char *email, bool further)
{
    struct fake_op *op = talk_make_op(core, KC_VERB_SEND_MOBILE, 1);
    op->request.encoder = "";
    op->request.phone = phone;
    op->request.email = email;
    op->request.further = further;
    fake_op_text(op, "for a card");
    return op;
}

static void test_mobile_keys(void **state)
{
    (void)state;
    static const struct {
        const char *const *options;
        const char *phone, *email, *answer, *record;
        bool further, sharer;
    } rows[] = {
        {agreed, "+359881234567", "", "1", "KR|KC1|RN2781|KTN|G#11122|A1+359881234567|", false, false},
        {agreed, "", "a@b.example", "1", "KR|KC1|RN2781|KTN|G#11122|A5a@b.example|", false, false},
        {agreed, "+359881234567", "", "1", "KR|KC1|RN2781|KTD|G#11122|A1+359881234567|", true, false},
        {agreed, "+359881234567", "", "1", "KR|KC1|RN2781|KTD|G#11122|A1+359881234567|", true, true},
        {agreed_with_coder, "+359881234567", "a@b.example", "99",
         "KR|KC99|RN2781|KTN|G#11122|A1+359881234567|A5a@b.example|", false, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        char answer[80];
        talk_open_core(&core, rows[i].options);
        talk_start_link(&core, takes_all);
        struct fake_op *op = make_mobile(&core, rows[i].phone, rows[i].email, rows[i].further);
        op->request.sharer = rows[i].sharer;
        fake_core_begin(&core, op);
        assert_sent(&core, rows[i].record);
        assert_true(op->committed);
        assert_int_equal(op->prompts_seen, 0);
        snprintf(answer, sizeof(answer), "KA|WS3|KC%s|ASOK|G#11122|$2ABCD|", rows[i].answer);
        talk_say(&core, answer);
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
        assert_false(op->reached);
        assert_int_equal(op->serial_count, 0); /* there is no card */
        assert_null(strstr(buf_text(&core.trace), "35988"));
        assert_null(strstr(buf_text(&core.trace), "b.example"));
        fake_core_close(&core);
    }
}

static void test_a_mobile_key_that_the_lock_system_does_not_take(void **state)
{
    (void)state;
    static const struct {
        const char *declared, *phone, *email;
        const char *const *options;
        int32_t status;
    } rows[] = {{"RIKR|FLRNKTA5", "+359881234567", "", agreed, KC_ERROR_NOT_OFFERED},
                {"RIKR|FLRNKTA1", "", "a@b.example", agreed, KC_ERROR_NOT_OFFERED},
                {"RIKR|FLRNKTA1", "+359881234567", "a@b.example", agreed, KC_ERROR_NOT_OFFERED},
                {"RIKR|FLRNKTA1A5", "+359881234567", "", NULL, KC_ERROR_NOT_OFFERED},
                {"RIKR|FLRNKTA1A5", "", "a|b@c.example", agreed, KC_ERROR_CONTACT},
                {"RIKR|FLRNKTA1A5", "", "\xC3\xA4@c.example", agreed, KC_ERROR_CONTACT}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open_core(&core, rows[i].options);
        talk_start_link(&core, (const char *const[]){rows[i].declared, NULL});
        struct fake_op *op = make_mobile(&core, rows[i].phone, rows[i].email, false);
        assert_int_equal(fake_core_check(&core, op), rows[i].status);
        fake_core_start(&core, op); /* it may have come before the description */
        assert_done(op, rows[i].status, KC_OUTCOME_NOT_WRITTEN);
        assert_int_equal(op->committed_count, 0);
        assert_sent(&core, "");
        fake_core_close(&core);
    }
}

/* ---- Keys as bytes --------------------------------------------------------------------------------------------- */

static void assert_image(const struct fake_op *op, const char *bytes, size_t count)
{
    assert_int_equal(op->image.length, count);
    assert_memory_equal(op->image.data, bytes, count);
}

static void test_key_data_comes_back(void **state)
{
    (void)state;
    static const struct {
        const char *form, *data, *bytes; /* NULL: it is not good */
        size_t count;
    } rows[] = {{"text", "$3Any thing+", "Any thing+", 10},
                {"hex", "$300fF7a", "\x00\xFF\x7A", 3},
                {"hex", "$300f", NULL, 0},
                {"hex", "$300gg", NULL, 0},
                {"base64", "$3AP96", "\x00\xFF\x7A", 3},
                {"base64", "$3AP8=", "\x00\xFF", 2},
                {"base64", "$3AA==", "\x00", 1},
                {"base64", "$3AP8", NULL, 0},
                {"base64", "$3A===", NULL, 0},
                {"base64", "$3AA==AP96", NULL, 0},
                {"base64", "$3AP 6", NULL, 0},
                {"base64", "$3AP!6", NULL, 0},
                {"text", "$3", NULL, 0},
                {"hex", "CTmade", NULL, 0}};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (int card = 0; card < 2; card++) {
            struct fake_core core;
            char answer[100];
            talk_open_core(&core, (const char *const[]){AGREED, "key-data", rows[i].form, NULL});
            talk_start_link(&core, takes_all);
            struct fake_op *op = make_mobile(&core, card ? "" : "+359881234567", "", false);
            op->request.verb = card ? KC_VERB_ISSUE_ORIGINAL : KC_VERB_SEND_MOBILE;
            op->request.return_image = !card;
            op->request.card_serial = card ? "04A1B2C3D4E5F6" : "";
            fake_core_begin(&core, op);
            assert_sent(&core, card ? "KR|KC1|RN2781|KTN|G#11122|CTfor a card|$104A1B2C3D4E5F6|RT4|"
                                    : "KR|KC1|RN2781|KTN|G#11122|RT4|"); /* what comes back is not sent to a phone */
            assert_int_equal(op->prompts_seen, 0);
            snprintf(answer, sizeof(answer), "KA|WS3|KC1|ASOK|G#11122|%s|", rows[i].data);
            talk_say(&core, answer);
            assert_false(op->reached);
            if (rows[i].bytes) {
                assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
                assert_image(op, rows[i].bytes, rows[i].count);
            } else {
                assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
                assert_image(op, "", 0);
            }
            assert_null(strstr(buf_text(&core.trace), "04A1B2"));
            assert_null(strstr(buf_text(&core.trace), "Any thing"));
            fake_core_close(&core);
        }
}

/* A card that an encoder writes: nothing is asked for, and what comes all the same is not taken. */
static void test_key_data_is_not_asked_for_without_need(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_core(&core, agreed);
    talk_start_link(&core, takes_all);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    assert_sent(&core, "KR|KC1|RN2781|KTN|G#11122|");
    talk_say(&core, "KA|WS3|KC1|ASOK|G#11122|$3ABCD|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_image(op, "", 0);
    fake_core_close(&core);
}

static void test_a_card_of_the_callers_own_that_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *request, *answer, *field, *serial;
        int32_t verb, status;
    } rows[] = {{"RIKR|FLRNKT$1", "RIKA|FLAS$3", "$1", "04A1B2C3", KC_VERB_ISSUE_ORIGINAL, KC_ERROR_NOT_OFFERED},
                {"RIKR|FLRNKT$1RT", "RIKA|FLAS", "$1", "04A1B2C3", KC_VERB_ISSUE_ORIGINAL, KC_ERROR_NOT_OFFERED},
                {"RIKR|FLRNKTRT", "RIKA|FLAS$3", "$1", "04A1B2C3", KC_VERB_ISSUE_ORIGINAL, KC_ERROR_NOT_OFFERED},
                {"RIKR|FLRNKT$1RT", "RIKA|FLAS$3", "$1", "04A1B2C3", KC_VERB_ISSUE_ONE_SHOT, KC_ERROR_NOT_OFFERED},
                {"RIKR|FLRNKTA0RT", "RIKA|FLAS$3", "A0", "04A1B2C3", KC_VERB_ISSUE_ONE_SHOT, KC_OK},
                {"RIKR|FLRNKT$2RT", "RIKA|FLAS$3", "$2", "04A1B2C304A1B2C3", KC_VERB_ISSUE_ORIGINAL, KC_OK},
                {"RIKR|FLRNKT$2RT", "RIKA|FLAS$3", "$2", "04A1B2C304A1B2C3FF", KC_VERB_ISSUE_ORIGINAL, KC_ERROR_LIMIT}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open_core(&core, (const char *const[]){"key-data", "text", "card-field", rows[i].field, NULL});
        talk_start_link(&core, (const char *const[]){rows[i].request, rows[i].answer, NULL});
        struct fake_op *op = talk_make_op(&core, rows[i].verb, 1);
        op->request.encoder = "";
        op->request.card_serial = rows[i].serial;
        assert_int_equal(fake_core_check(&core, op), rows[i].status);
        fake_core_close(&core);
    }
    struct fake_core core; /* the field is one thing or the other */
    talk_open_core(&core, (const char *const[]){AGREED, "tracks", "on", NULL});
    struct fake_op *op = talk_make_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    op->request.encoder = "";
    op->request.card_serial = "04A1B2C3";
    fake_op_text(op, "");
    fake_op_text(op, "TRACK1");
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_INVALID_ARGUMENT);
    fake_core_close(&core);
}

/* ---- Capabilities ---------------------------------------------------------------------------------------------- */

#define CAN(name) DRIVER_CAN(KC_CAPABILITY_##name)

static void test_capabilities_follow_the_declaration(void **state)
{
    (void)state;
    static const uint32_t keys = CAN(ORIGINAL) | CAN(DUPLICATE) | CAN(ONE_SHOT);
    static const struct {
        const char *declared[4];
        uint32_t offers;
    } rows[] = {
        {{"RIKR|FLRNKT"}, keys},
        {{"RIKR|FLRN"}, CAN(ORIGINAL)},
        {{"RIKR|FLKT"}, 0},
        {{"RIKD|FLRN", "RIKM|FLRN", "RIKZ|FLKC"}, CAN(CHECK_OUT) | CAN(MODIFY_STAY) | CAN(READ)},
        {{"RIKR|FLRNKTKO", "RIKA|FLAS$2"}, keys | CAN(DENY_AREAS) | CAN(CARD_SERIAL)},
        {{"RIKR|FLRNKT$2", "RIKA|FLAS$2"}, keys},
        {{"RIKR|FLRNKTA1"}, keys | CAN(MOBILE) | CAN(PHONE)},
        {{"RIKR|FLRNKTA5"}, keys | CAN(MOBILE) | CAN(EMAIL)},
        {{"RIKR|FLRNKTRT"}, keys},
        {{"RIKR|FLRNKT", "RIKA|FLAS$3"}, keys},
        {{"RIKR|FLRNKTRT", "RIKA|FLAS$3"}, keys | CAN(KEY_IMAGE)},
        {{"RIKR|FLRNKTRT$1", "RIKA|FLAS$3"}, keys | CAN(KEY_IMAGE) | CAN(CARD_IMAGE)},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open_core(&core, agreed);
        assert_int_equal(core.offers, 0);
        talk_start_link(&core, rows[i].declared);
        assert_int_equal(core.offers, rows[i].offers);
        talk_say(&core, LD); /* a new description is another one */
        talk_say(&core, "LR|RIKR|FLRN|");
        assert_int_equal(core.offers, rows[i].offers); /* not whole yet */
        talk_say(&core, ALIVE);
        assert_int_equal(core.offers, CAN(ORIGINAL));
        fake_core_close(&core);
    }
    static const struct {
        const char *option, *value;
        uint32_t added;
    } options[] = {{"phone-field", "A1", CAN(MOBILE) | CAN(PHONE)},
                   {"email-field", "A0", CAN(MOBILE) | CAN(EMAIL)},
                   {"key-data", "text", CAN(KEY_IMAGE)},
                   {"card-field", "$2", 0}};
    struct fake_core core;
    talk_open_core(&core, NULL);
    const uint32_t usual = core.profile.capabilities;
    fake_core_close(&core);
    assert_int_equal(usual & (CAN(MOBILE) | CAN(PHONE) | CAN(EMAIL) | CAN(KEY_IMAGE) | CAN(CARD_IMAGE)), 0);
    for (size_t i = 0; i < COUNT_OF(options); i++) {
        talk_open_core(&core, (const char *const[]){options[i].option, options[i].value, NULL});
        assert_int_equal(core.profile.capabilities, usual | options[i].added);
        fake_core_close(&core);
    }
    talk_open_core(&core, (const char *const[]){"key-data", "text", "card-field", "$2", NULL});
    assert_int_equal(core.profile.capabilities, usual | CAN(KEY_IMAGE) | CAN(CARD_IMAGE));
    fake_core_close(&core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guest_records_follow_the_declaration),
        cmocka_unit_test(test_a_guest_leaves_only_with_his_keys),
        cmocka_unit_test(test_a_guest_record_is_no_part_of_the_key),
        cmocka_unit_test(test_rooms_that_are_checked_out_are_told),
        cmocka_unit_test(test_mobile_keys),
        cmocka_unit_test(test_a_mobile_key_that_the_lock_system_does_not_take),
        cmocka_unit_test(test_key_data_comes_back),
        cmocka_unit_test(test_key_data_is_not_asked_for_without_need),
        cmocka_unit_test(test_a_card_of_the_callers_own_that_is_refused),
        cmocka_unit_test(test_capabilities_follow_the_declaration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
