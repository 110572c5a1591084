/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The FIAS driver: the link in every legal order, what is sent, every kind of answer. Records are made and checked here
 * by themselves, not through the codec; times are those of the document's examples. */
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

/* ---- The lock system's part ------------------------------------------------------------------------------------ */

/* Records that were sent since the last call, a space behind each; the frames are checked. */
static const char *sent(struct fake_core *core)
{
    static char text[8192];
    size_t length = 0;
    const struct buf *bytes = &core->sent;
    for (size_t at = 0; at < bytes->length; at++) {
        assert_int_equal(bytes->data[at], 2);
        for (at++; bytes->data[at] != 3; at++) {
            assert_true(at + 1 < bytes->length && length + 2 < sizeof(text));
            text[length++] = (char)bytes->data[at];
        }
        text[length++] = ' ';
    }
    text[length > 0 ? length - 1 : 0] = '\0';
    buf_clear(&core->sent);
    return text;
}

#define assert_sent(core, expected) assert_string_equal(sent(core), expected)

static void say(struct fake_core *core, const char *record)
{
    struct buf bytes = {0};
    buf_append_byte(&bytes, 2);
    buf_append_text(&bytes, record);
    buf_append_byte(&bytes, 3);
    fake_core_receive(core, bytes.data, bytes.length);
    buf_free(&bytes);
}

#define LS        "LS|DA260115|TI093000|"
#define LA        "LA|DA260115|TI093000|"
#define LD        "LD|DA260115|TI093001|V#1.0|IFDL|"
#define ALIVE     "LA|DA260115|TI093001|"
#define KR_FIELDS "WSKCRNKTG#GAGDDTGNKO"

static void open_core(struct fake_core *core, const char *const *options)
{
    fake_core_open(core, &driver_fias);
    core->transport = "listen";
    for (; options && options[0]; options += 2)
        fake_core_option(core, options[0], options[1]);
}

/* The start of the document, with these declarations: "RIKR|FL...", up to a NULL. */
static void start_link(struct fake_core *core, const char *const *declared)
{
    fake_core_up(core);
    assert_sent(core, LS);
    assert_false(core->ready);
    say(core, LD);
    for (; *declared; declared++) {
        char record[2000];
        snprintf(record, sizeof(record), "LR|%s|", *declared);
        say(core, record);
    }
    assert_sent(core, "");
    say(core, ALIVE);
    assert_sent(core, LA);
    assert_true(core->ready);
}

static const char *const usual[] = {"RIKR|FL" KR_FIELDS,           "RIKD|FLWSKCRNG#",   "RIKM|FLWSKCRNROG#GAGDDT",
                                    "RIKZ|FLDATIKCWSG#RNGDDTASCT", "RIKA|FLASCTKCWSG#", NULL};

static void open_link(struct fake_core *core, ...) __attribute__((sentinel));

static void open_link(struct fake_core *core, ...)
{
    const char *options[32] = {NULL};
    va_list list;
    va_start(list, core);
    for (size_t i = 0; (options[i] = va_arg(list, const char *)); i++)
        assert_true(i < COUNT_OF(options) - 1);
    va_end(list);
    open_core(core, options);
    start_link(core, usual);
}

static struct fake_op *make_op(struct fake_core *core, int32_t verb, int32_t copies)
{
    struct fake_op *op = fake_core_op(core, verb);
    bool at_encoder = verb != KC_VERB_CHECK_OUT && verb != KC_VERB_MODIFY_STAY;
    op->request.encoder = at_encoder ? "1" : "";
    op->request.copies = copies;
    op->request.station = "3";
    op->request.card_serial = "";
    op->request.booking = verb == KC_VERB_READ_CARD ? "" : "11122";
    op->request.guest = "Doe, Jane";
    if (verb == KC_VERB_READ_CARD)
        return op;
    op->request.from = (struct moment){1768485600, {2026, 1, 15, 14, 0}};
    op->request.until = (struct moment){1768734000, {2026, 1, 18, 11, 0}};
    fake_op_room(op, "2781");
    return op;
}

static struct fake_op *start_op(struct fake_core *core, int32_t verb, int32_t copies)
{
    struct fake_op *op = make_op(core, verb, copies);
    assert_int_equal(fake_core_check(core, op), KC_OK);
    fake_core_start(core, op);
    return op;
}

static void with_areas(struct fake_op *op)
{
    fake_op_area(op, "1");
    fake_op_area(op, "3=2");
    fake_op_area(op, "5");
}

#define assert_done(op, status, card_state)                                                                            \
    do {                                                                                                               \
        assert_true((op)->done);                                                                                       \
        if ((op)->error.code != (status))                                                                              \
            print_error("error: %s\n", (op)->error.message);                                                           \
        assert_int_equal((op)->error.code, status);                                                                    \
        assert_int_equal((op)->outcome, card_state);                                                                   \
    } while (0)

#define NEW  "KR|WS3|KC1|RN2781|KTN|G#11122|GA260115|GD260118|DT11:00|GNDoe, Jane|"
#define COPY "KR|WS3|KC1|RN2781|KTD|G#11122|GA260115|GD260118|DT11:00|GNDoe, Jane|"
#define DONE "KA|WS3|KC1|ASOK|CTkey made|G#11122|"

/* ---- The link -------------------------------------------------------------------------------------------------- */

/* The dialogue of the document, as bytes, in pieces of every size. */
static void test_the_dialogue_of_the_document(void **state)
{
    (void)state;
    static const char bytes[] = "\x02" LD "\x03\x02LR|RIKR|FL" KR_FIELDS "|\x03\x02LR|RIKA|FLASCTKCWSG#|\x03\x02" ALIVE
                                "\x03";
    for (size_t piece = 1; piece < sizeof(bytes); piece++) {
        struct fake_core core;
        open_core(&core, NULL);
        fake_core_up(&core);
        assert_sent(&core, LS);
        for (size_t at = 0; at < sizeof(bytes) - 1; at += piece)
            fake_core_receive(&core, bytes + at, sizeof(bytes) - 1 - at < piece ? sizeof(bytes) - 1 - at : piece);
        assert_sent(&core, LA);
        assert_true(core.ready);
        struct fake_op *op = make_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        with_areas(op);
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
        open_core(&core, NULL);
        fake_core_up(&core);
        say(&core, rows[i].first);
        assert_sent(&core, rows[i].answer);
        assert_false(core.ready);
        if (strcmp(rows[i].first, "LE") == 0) {
            assert_false(core.up);
            fake_core_up(&core);
        }
        say(&core, LD);
        say(&core, ALIVE);
        assert_true(core.ready);
        fake_core_close(&core);
    }
    struct fake_core core;
    open_core(&core, (const char *const[]){"first-speaker", "lock", NULL});
    fake_core_up(&core);
    assert_sent(&core, "");
    say(&core, LD);
    say(&core, ALIVE);
    assert_sent(&core, LA);
    assert_true(core.ready);
    fake_core_close(&core);
}

/* An LA is answered only by who did not cause it; two sides that greet each other come to an end. */
static void test_no_ping_pong(void **state)
{
    (void)state;
    struct fake_core core;
    open_link(&core, NULL);
    say(&core, ALIVE);
    assert_sent(&core, "");
    say(&core, "LS|DA260115|TI093500|");
    assert_sent(&core, LA);
    say(&core, ALIVE);
    assert_sent(&core, "");
    fake_core_close(&core);

    open_core(&core, NULL);
    fake_core_up(&core);
    for (int i = 0; i < 100; i++)
        say(&core, LS);
    assert_true(strlen(sent(&core)) < 10 * strlen(LS));
    say(&core, LD);
    say(&core, ALIVE);
    assert_true(core.ready);
    fake_core_close(&core);
}

static void test_silence_at_the_start(void **state)
{
    (void)state;
    struct fake_core core;
    open_core(&core, NULL);
    fake_core_up(&core);
    assert_sent(&core, LS);
    fake_core_advance(&core, 29999);
    assert_sent(&core, "");
    fake_core_advance(&core, 1);
    assert_sent(&core, "LS|DA260115|TI093030|");
    say(&core, LD);
    fake_core_advance(&core, 20000); /* pauses in the description are no reason to hurry */
    say(&core, "LR|RIKR|FLRN|");
    assert_sent(&core, "");
    say(&core, ALIVE);
    assert_true(core.ready);
    fake_core_close(&core);
}

static void test_the_end_of_a_link(void **state)
{
    (void)state;
    struct fake_core core;
    open_link(&core, NULL);
    struct fake_op *op = start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    sent(&core);
    say(&core, "LE|DA260115|TI235900|");
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
        open_core(&core, (const char *const[]){"hotel-id", "H1", NULL});
        fake_core_up(&core);
        sent(&core);
        snprintf(record, sizeof(record), LD "%s", rows[i].type);
        say(&core, record);
        say(&core, ALIVE);
        snprintf(expected, sizeof(expected), "%s" LA, rows[i].told);
        assert_sent(&core, expected);
        fake_core_close(&core);
    }
}

static void test_resynchronisation_is_answered(void **state)
{
    (void)state;
    struct fake_core core;
    open_link(&core, NULL);
    say(&core, "DR|DA260115|TI093005|");
    assert_sent(&core, "DS|DA260115|TI093000| DE|DA260115|TI093000|");
    fake_core_close(&core);
    open_link(&core, "resync", "ignore", NULL);
    say(&core, "DR|DA260115|TI093005|");
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
    struct driver_stay stays[] = {{"11122", "Doe|Jane", {rooms, 3}, {0}, {0}, false},
                                  {"ABC", "", {rooms + 1, 1}, {0}, {0}, true}};
    struct fake_core core;
    stays[0].from = (struct moment){1768485600, {2026, 1, 15, 14, 0}};
    stays[0].until = (struct moment){1768734000, {2026, 1, 18, 11, 0}};
    open_core(&core, (const char *const[]){"reservation-number", "omit", NULL});
    start_link(&core, guests_wanted);
    say(&core, "DR|DA260115|TI093005|");
    assert_sent(&core, "DS|DA260115|TI093000|");
    assert_int_equal(core.stays_asked, 1);
    assert_true(core.stays_anew);
    say(&core, "DR|DA260115|TI093005|"); /* it is being answered */
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
    say(&core, "DR|DA260115|TI093005|");
    sent(&core);
    assert_true(core.stays_anew);
    say(&core, LD); /* it begins anew: the rest is not told */
    fake_core_stays(&core, stays, 2, true);
    assert_sent(&core, "");
    fake_core_close(&core);
    open_core(&core, (const char *const[]){"resync", "empty", NULL});
    start_link(&core, guests_wanted);
    say(&core, "DR|DA260115|TI093005|");
    assert_sent(&core, "DS|DA260115|TI093000| DE|DA260115|TI093000|");
    assert_int_equal(core.stays_asked, 0);
    fake_core_close(&core);
}

/* A new description replaces the old one; what is asked for meanwhile waits, what is on its way goes on. */
static void test_a_new_description(void **state)
{
    (void)state;
    struct fake_core core;
    open_link(&core, NULL);
    struct fake_op *first = start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    sent(&core);
    say(&core, LD);
    struct fake_op *second = make_op(&core, KC_VERB_ISSUE_DUPLICATE, 1);
    second->request.encoder = "2";
    fake_core_start(&core, second);
    assert_sent(&core, "");
    say(&core, DONE);
    assert_done(first, KC_OK, KC_OUTCOME_WRITTEN);
    say(&core, "LR|RIKR|FLRNKCKT|");
    say(&core, "LR|RIKR|FLWSKT|"); /* twice: the union */
    say(&core, ALIVE);
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
    open_core(&core, (const char *const[]){"auth-key", KEY, NULL});
    fake_core_up(&core);
    sent(&core);
    say(&core, LD PROOF);
    say(&core, ALIVE);
    assert_true(core.ready);
    assert_null(strstr(buf_text(&core.trace), "AAECAw"));
    fake_core_close(&core);

    open_core(&core, (const char *const[]){"auth-key", KEY, "first-speaker", "lock", NULL});
    fake_core_up(&core);
    assert_sent(&core, "");
    say(&core, LD PROOF); /* of which LS? it is asked for anew */
    assert_sent(&core, LS);
    say(&core, ALIVE);
    assert_false(core.ready);
    say(&core, LD PROOF);
    say(&core, ALIVE);
    assert_true(core.ready);
    fake_core_close(&core);
}

static void test_a_wrong_proof_stops_the_link(void **state)
{
    (void)state;
    struct fake_core core;
    open_core(&core, (const char *const[]){"auth-key", KEY, NULL});
    fake_core_up(&core);
    sent(&core);
    say(&core, LD WRONG);
    say(&core, ALIVE);
    assert_sent(&core, "");
    fake_core_drop(&core);
    fake_core_up(&core);
    say(&core, LD PROOF);
    say(&core, ALIVE);
    assert_sent(&core, "");
    assert_false(core.ready);
    struct fake_op *op = make_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_CREDENTIALS);
    fake_core_close(&core);

    open_core(&core, (const char *const[]){"auth-key", KEY, "auth-wrong", "drop", NULL});
    fake_core_up(&core);
    fake_core_advance(&core, 1000); /* the time of the next LS is another */
    say(&core, LD WRONG);
    assert_false(core.up);
    assert_int_equal(core.fail_status, KC_ERROR_CREDENTIALS);
    fake_core_up(&core);
    say(&core, LD PROOF); /* of the first LS */
    assert_false(core.up);
    fake_core_close(&core);
}

static void test_no_proof(void **state)
{
    (void)state;
    struct fake_core core;
    open_core(&core, (const char *const[]){"auth-key", KEY, NULL});
    fake_core_up(&core);
    say(&core, LD);
    assert_false(core.up);
    fake_core_close(&core);
    open_core(&core, (const char *const[]){"auth-key", KEY, "auth-missing", "allow", NULL});
    fake_core_up(&core);
    say(&core, LD);
    say(&core, ALIVE);
    assert_true(core.ready);
    fake_core_close(&core);
    open_core(&core, NULL); /* no key is set: nothing is checked */
    fake_core_up(&core);
    say(&core, LD WRONG);
    say(&core, ALIVE);
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
        open_link(&core, NULL);
        struct fake_op *op = start_op(&core, rows[i].verb, 1);
        assert_true(op->committed);
        assert_sent(&core, rows[i].record);
        say(&core, rows[i].answer);
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
    open_core(&core, options);
    start_link(&core, declared);
    struct fake_op *op = make_op(&core, verb, 1);
    if (change)
        change(op);
    assert_int_equal(fake_core_check(&core, op), KC_OK);
    fake_core_start(&core, op);
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
    static const char *const all[] = {"RIKR|FLK#KCKTRNWSDADTG#GNGAGDTIKOSICT$1$2ID",
                                      "RIKM|FLRNRO",
                                      "RIGI|FLRNG#GSGNSF",
                                      "RIGC|FLRNRO",
                                      "RIGO|FLRNGN",
                                      "RIKD|FLRN",
                                      NULL};
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
    assert_request((const char *const[]){"one-shot-stay", "send", NULL}, usual, KC_VERB_ISSUE_ONE_SHOT, with_areas,
                   "KR|WS3|KC1|RN2781|KTO|GA260115|GD260118|DT11:00|GNDoe, Jane|KO1 2 1|");
    assert_request(none, usual, KC_VERB_ISSUE_DUPLICATE, as_sharer, COPY);
    assert_request((const char *const[]){"sharer-key", "N", NULL}, usual, KC_VERB_ISSUE_DUPLICATE, as_sharer, NEW);
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
    assert_request((const char *const[]){"guest-records", "on", NULL}, all, KC_VERB_ISSUE_ORIGINAL, NULL,
                   "GI|RN2781|G#11122|GSN|GNDoe, Jane| KR|K#1|KC1|KTN|RN2781|WS3|DA260115|DT11:00|G#11122|GNDoe, Jane|"
                   "GA260115|GD260118|TI093000|");
    assert_request((const char *const[]){"guest-records", "on", NULL}, all, KC_VERB_MODIFY_STAY, with_room_before,
                   "GC|RN2781|RO2700| KM|RN2781|RO2700|");
    assert_request((const char *const[]){"guest-records", "on", NULL}, all, KC_VERB_CHECK_OUT, NULL,
                   "GO|RN2781| KD|RN2781|");
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
        open_core(&core, NULL);
        struct fake_op *op = make_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        rows[i].change(op);
        assert_int_equal(fake_core_check(&core, op), rows[i].status);
        assert_true(*core.error.field);
        fake_core_close(&core);
    }
    struct fake_core core;
    open_core(&core, (const char *const[]){"reservation-number", "strict", NULL});
    struct fake_op *op = make_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
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
                {KC_VERB_ISSUE_ORIGINAL, 1, "RIKR|FLRNKT", with_areas},
                {KC_VERB_ISSUE_ORIGINAL, 1, "RIKR|FLRNKT", with_more_rooms},
                {KC_VERB_ISSUE_ORIGINAL, 1, "RIKR|FLRNKT", with_text},
                {KC_VERB_ISSUE_ORIGINAL, 1, "RIKR|FLRNKT$1", with_text},
                {KC_VERB_ISSUE_DUPLICATE, 1, "RIKR|FLRN", NULL},
                {KC_VERB_ISSUE_ONE_SHOT, 1, "RIKR|FLRN", NULL},
                {KC_VERB_ISSUE_ORIGINAL, 2, "RIKR|FLRN", NULL}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        open_core(&core, NULL);
        struct fake_op *op = make_op(&core, rows[i].verb, rows[i].copies);
        if (rows[i].change)
            rows[i].change(op);
        assert_int_equal(fake_core_check(&core, op), KC_OK); /* nothing is known yet */
        start_link(&core, (const char *const[]){rows[i].declared, NULL});
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
        open_core(&core, NULL);
        start_link(&core, (const char *const[]){rows[i].declared, NULL});
        struct fake_op *op = make_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
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
    open_core(&core, NULL);
    fake_core_up(&core);
    say(&core, "LD|DA260115|TI093001|V#1.0|IFDL|RL100|");
    say(&core, "LR|RIKR|FLRNGN|");
    say(&core, ALIVE);
    sent(&core);
    struct fake_op *op = make_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    op->request.guest = "A name of many, many words, that goes on and on and does not come to an end before the end "
                        "of the line";
    fake_core_start(&core, op);
    assert_sent(&core, "");
    assert_done(op, KC_ERROR_LIMIT, KC_OUTCOME_NOT_WRITTEN);
    fake_core_close(&core);
}

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
        open_link(&core, NULL);
        struct fake_op *op = start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        sent(&core);
        snprintf(answer, sizeof(answer), "KA|WS3|KC1|AS%s|CTroom unknown|G#11122|", rows[i].status);
        say(&core, answer);
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
    open_link(&core, "deleted-is-done", "on", NULL);
    struct fake_op *op = start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    say(&core, "KA|WS3|KC1|ASDE|");
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
        open_link(&core, "status-map", "UR=no-card; ZZ = encoder-offline ;DN=vendor", NULL);
        struct fake_op *op = start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        snprintf(answer, sizeof(answer), "KA|WS3|KC1|AS%s|G#11122|", rows[i].status);
        say(&core, answer);
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
        open_link(&core, NULL);
        struct fake_op *op = make_op(&core, KC_VERB_READ_CARD, 1);
        op->request.booking = rows[i].asked;
        fake_core_start(&core, op);
        snprintf(answer, sizeof(answer), "KZ|WS3|KC1|ASOK|RN2781|GD260118|DT11:00|G#%s|", rows[i].number);
        say(&core, answer);
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
    open_link(&core, NULL);
    struct fake_op *op = start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
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
                {"KZ|WS3|KC1|ASOK|", "lrc", "on", false}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        open_link(&core, rows[i].option, rows[i].value, NULL);
        struct fake_op *op = start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        say(&core, rows[i].answer);
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
        open_core(&core, (const char *const[]){rows[i].option, rows[i].value, NULL});
        start_link(&core, (const char *const[]){rows[i].declared, NULL});
        struct fake_op *op = start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        say(&core, "KA|ASOK|CTOK|KC1|WS3|G#11122|$230431712|$3|");
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
    open_link(&core, NULL);
    struct fake_op *op = start_op(&core, KC_VERB_ISSUE_ORIGINAL, 3);
    assert_sent(&core, NEW);
    say(&core, DONE);
    assert_sent(&core, COPY);
    say(&core, DONE);
    assert_sent(&core, COPY);
    assert_int_equal(op->prompt_card, 3);
    assert_false(op->done);
    say(&core, DONE);
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
        open_link(&core, NULL);
        struct fake_op *op = start_op(&core, KC_VERB_ISSUE_ORIGINAL, 3);
        say(&core, DONE);
        sent(&core);
        if (rows[i].answer)
            say(&core, rows[i].answer);
        else
            fake_core_advance(&core, 30000);
        assert_done(op, rows[i].status, rows[i].outcome);
        assert_non_null(strstr(op->error.message, "1 of 3 cards were made"));
        assert_sent(&core, "");
        fake_core_close(&core);
    }
    struct fake_core core;
    open_link(&core, NULL);
    struct fake_op *op = start_op(&core, KC_VERB_ISSUE_ORIGINAL, 3);
    fake_core_cancel(&core, op); /* the first is on its way and cannot be called back */
    assert_false(op->done);
    say(&core, DONE);
    assert_done(op, KC_ERROR_CANCELLED, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);

    open_link(&core, NULL);
    op = start_op(&core, KC_VERB_ISSUE_ORIGINAL, 3);
    say(&core, LD); /* the link is described anew: the second card waits */
    say(&core, DONE);
    assert_false(op->done);
    fake_core_drop(&core);
    assert_done(op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

static void test_requests_of_several_encoders(void **state)
{
    (void)state;
    struct fake_core core;
    open_link(&core, NULL);
    struct fake_op *ops[3];
    static const char *const encoders[] = {"1", "2", "01"};
    for (size_t i = 0; i < 3; i++) {
        ops[i] = make_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        ops[i]->request.encoder = encoders[i];
        fake_core_start(&core, ops[i]);
    }
    sent(&core);
    assert_false(ops[2]->committed); /* 01 is 1, and that is at work */
    say(&core, "KA|ASOK|");          /* of which? of none, then */
    assert_false(ops[0]->done || ops[1]->done);
    say(&core, "KA|KC2|ASOK|");
    assert_true(ops[1]->done);
    say(&core, "KA|KC1|ASOK|");
    assert_true(ops[0]->done);
    assert_int_equal(strncmp(sent(&core), "KR|WS3|KC01|", 12), 0);
    say(&core, "KA|KC01|ASOK|");
    assert_done(ops[2], KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
    open_link(&core, "outstanding", "one-per-link", NULL);
    assert_int_equal(core.profile.in_flight, 1);
    fake_core_close(&core);
}

/* Check-outs have no encoder, so the core does not make them wait for each other; they share a key coder. */
static void test_check_outs_wait_for_each_other(void **state)
{
    (void)state;
    struct fake_core core;
    open_link(&core, NULL);
    struct fake_op *first = start_op(&core, KC_VERB_CHECK_OUT, 1);
    struct fake_op *second = make_op(&core, KC_VERB_CHECK_OUT, 1);
    second->request.booking = "11123";
    fake_core_start(&core, second);
    assert_sent(&core, "KD|WS3|KC1|RN2781|G#11122|");
    say(&core, "KA|WS3|KC1|ASOK|");
    assert_done(first, KC_OK, KC_OUTCOME_WRITTEN);
    assert_sent(&core, "KD|WS3|KC1|RN2781|G#11123|");
    say(&core, "KA|WS3|KC1|ASOK|");
    assert_done(second, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

/* ---- Late answers ---------------------------------------------------------------------------------------------- */

static void test_a_late_answer_is_never_given_to_the_next_request(void **state)
{
    (void)state;
    struct fake_core core;
    open_link(&core, NULL);
    struct fake_op *op = start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    fake_core_advance(&core, 30000);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    sent(&core);
    op = start_op(&core, KC_VERB_ISSUE_DUPLICATE, 1); /* the same guest: it must wait */
    fake_core_advance(&core, 5000);
    assert_sent(&core, "");
    assert_false(op->committed);
    say(&core, DONE); /* here it is */
    assert_false(op->done);
    assert_sent(&core, COPY);
    say(&core, DONE);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);

    op = start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    fake_core_advance(&core, 30000);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    sent(&core);
    op = make_op(&core, KC_VERB_ISSUE_ORIGINAL, 1); /* another guest: the answers tell which is which */
    op->request.booking = "999";
    fake_core_start(&core, op);
    assert_true(op->committed);
    say(&core, DONE);
    assert_false(op->done);
    say(&core, "KA|WS3|KC1|ASOK|G#999|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);

    op = start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1); /* nothing comes: after a while it may start */
    fake_core_advance(&core, 30000);
    sent(&core);
    op = start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    fake_core_advance(&core, 11000);
    assert_sent(&core, NEW);
    fake_core_close(&core);
}

/* Also over a loss of the connection: lock systems may answer on the next one. */
static void test_a_late_answer_on_the_next_connection(void **state)
{
    (void)state;
    struct fake_core core;
    open_link(&core, NULL);
    struct fake_op *op = start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    fake_core_drop(&core);
    assert_done(op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    sent(&core);
    start_link(&core, usual);
    op = start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    assert_sent(&core, "");
    say(&core, DONE);
    assert_false(op->done);
    assert_sent(&core, NEW);
    say(&core, DONE);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

static void test_answers_that_nobody_waits_for(void **state)
{
    (void)state;
    struct fake_core core;
    open_link(&core, NULL);
    say(&core, DONE);
    say(&core, "KZ|KC1|ASOK|RN1|");
    struct fake_op *op = start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    assert_false(op->done);
    say(&core, DONE);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    say(&core, DONE); /* twice */
    assert_true(core.up);
    op = fake_core_op(&core, KC_VERB_DISCOVER);
    op->request.station = "";
    sent(&core);
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
    open_link(&core, NULL);
    struct fake_op *op = start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    sent(&core);
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
    say(&core, "RE|RN1|RS1|"); /* known elsewhere */
    say(&core, "XX|YY|");
    say(&core, "|||");
    assert_true(core.up);
    assert_false(op->done);
    assert_sent(&core, "");
    say(&core, DONE);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

static void test_guests_are_in_no_trace(void **state)
{
    (void)state;
    struct fake_core core;
    open_link(&core, NULL);
    struct fake_op *op = start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    say(&core, "KA|WS3|KC1|ASOK|CTkey of Jane|$2SECRET|");
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
    open_link(&core, NULL);
    fake_core_keep_alive(&core);
    assert_true(core.ready);
    assert_sent(&core, "");
    fake_core_close(&core);
    open_link(&core, "alive-check", "ls", NULL);
    fake_core_keep_alive(&core);
    assert_sent(&core, LS);
    assert_false(core.ready);
    say(&core, LD);
    say(&core, ALIVE);
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
        cmocka_unit_test(test_no_proof),
        cmocka_unit_test(test_verbs),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_what_is_refused_before_the_link_is_up),
        cmocka_unit_test(test_what_is_not_declared_is_not_offered),
        cmocka_unit_test(test_what_is_lost_is_warned_of),
        cmocka_unit_test(test_a_record_longer_than_the_lock_system_takes),
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
