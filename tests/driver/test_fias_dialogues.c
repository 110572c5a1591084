/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The FIAS driver: every dialogue of the document, byte by byte, over TCP and on a serial line with its check bytes and
 * acknowledgements; what the lock system says is split at every byte, and comes byte by byte. Check bytes (LRC) are
 * those that the document shows. */
#include "fias_talk.h"

enum { NONE_SHOWN = -1, SINGLE_BYTES = 0 };

/* ---- Replaying ------------------------------------------------------------------------------------------------- */

struct replay {
    struct fake_core core;
    bool serial;
    size_t cut; /* where the lock system's bytes are split; SINGLE_BYTES: everywhere */
    size_t fed;
    struct buf pending; /* said, and not given to the driver yet */
    size_t unacknowledged, checked;
};

typedef void (*dialogue_function)(struct replay *replay);

static void put_frame(const struct replay *replay, const char *record, int check, struct buf *out)
{
    uint8_t sum = 3;
    for (const char *at = record; *at; at++)
        sum ^= (uint8_t)*at;
    if (check != NONE_SHOWN)
        assert_int_equal(sum, check);
    buf_append_byte(out, 2);
    buf_append_text(out, record);
    buf_append_byte(out, 3);
    if (replay->serial)
        buf_append_byte(out, sum);
}

static void give(struct replay *replay, size_t from, size_t to)
{
    if (to > from)
        fake_core_receive(&replay->core, replay->pending.data + from, to - from);
}

static void flush(struct replay *replay)
{
    size_t count = replay->pending.length, cut = replay->cut - replay->fed;
    if (replay->cut == SINGLE_BYTES) {
        for (size_t i = 0; i < count; i++)
            give(replay, i, i + 1);
    } else if (replay->cut > replay->fed && cut < count) {
        give(replay, 0, cut);
        give(replay, cut, count);
    } else {
        give(replay, 0, count);
    }
    replay->fed += count;
    buf_clear(&replay->pending);
}

static void lock_says(struct replay *replay, const char *record, int check)
{
    put_frame(replay, record, check, &replay->pending);
    replay->unacknowledged += replay->serial ? 1 : 0;
}

static void lock_sends(struct replay *replay, uint8_t byte)
{
    buf_append_byte(&replay->pending, byte);
}

/* What the driver has sent next: these bytes. */
static void expect_bytes(struct replay *replay, const uint8_t *bytes, size_t count)
{
    const struct buf *sent = &replay->core.sent;
    assert_true(sent->length >= replay->checked + count);
    assert_memory_equal(sent->data + replay->checked, bytes, count);
    replay->checked += count;
}

static void expect_acknowledgements(struct replay *replay)
{
    for (; replay->unacknowledged > 0; replay->unacknowledged--)
        expect_bytes(replay, (const uint8_t *)"\x06", 1);
}

static void pms_sends(struct replay *replay, uint8_t byte)
{
    flush(replay);
    expect_acknowledgements(replay);
    expect_bytes(replay, &byte, 1);
}

static void pms_said(struct replay *replay, const char *record, int check)
{
    struct buf frame = {0};
    flush(replay);
    expect_acknowledgements(replay);
    put_frame(replay, record, check, &frame);
    expect_bytes(replay, frame.data, frame.length);
    buf_free(&frame);
}

/* On a serial line the lock system takes each record, too. */
static void pms_says(struct replay *replay, const char *record, int check)
{
    pms_said(replay, record, check);
    if (replay->serial)
        lock_sends(replay, 0x06);
}

static struct fake_op *start(struct replay *replay, struct fake_op *op)
{
    flush(replay);
    fake_core_begin(&replay->core, op);
    return op;
}

static void ends(struct replay *replay, const struct fake_op *op, int32_t status, int32_t outcome)
{
    flush(replay);
    assert_done(op, status, outcome);
}

static void play(dialogue_function dialogue, bool serial, size_t cut, size_t *total)
{
    struct replay replay = {.serial = serial, .cut = cut};
    talk_open_core(&replay.core, NULL);
    replay.core.transport = serial ? "serial" : "listen";
    dialogue(&replay);
    flush(&replay);
    expect_acknowledgements(&replay);
    assert_int_equal(replay.core.sent.length, replay.checked); /* and nothing else */
    *total = replay.fed;
    buf_free(&replay.pending);
    fake_core_close(&replay.core);
}

static void replay_all(dialogue_function dialogue, bool on_tcp, bool on_a_line)
{
    for (int serial = on_tcp ? 0 : 1; serial <= (on_a_line ? 1 : 0); serial++) {
        size_t total = 1;
        play(dialogue, serial, SINGLE_BYTES, &total);
        for (size_t cut = 1; cut <= total; cut++)
            play(dialogue, serial, cut, &total);
    }
}

/* ---- The start ------------------------------------------------------------------------------------------------- */

/* From now on it is this time. */
static void at(struct replay *replay, int32_t hour, int32_t minute, int32_t second)
{
    flush(replay);
    replay->core.site = (struct wall_time){2026, 1, 15, hour, minute};
    replay->core.site_second = second;
}

static void describe(struct replay *replay)
{
    at(replay, 9, 30, 1);
    lock_says(replay, "LD|DA260115|TI093001|V#1.0|IFDL|", 0x38);
    lock_says(replay, "LR|RIKR|FLWSKCRNKTG#GAGDDTGNKO|", 0x1A);
    lock_says(replay, "LR|RIKD|FLWSKCRNG#|", 0x0B);
    lock_says(replay, "LR|RIKM|FLWSKCRNROG#GAGDDT|", 0x0A);
    lock_says(replay, "LR|RIKZ|FLDATIKCWSG#RNGDDTASCT|", 0x1B);
    lock_says(replay, "LR|RIKA|FLASCTKCWSG#|", 0x17);
    lock_says(replay, "LA|DA260115|TI093001|", 0x60);
    pms_says(replay, "LA|DA260115|TI093001|", 0x60);
    flush(replay);
    assert_true(replay->core.ready);
}

static void link_start(struct replay *replay)
{
    fake_core_up(&replay->core);
    pms_says(replay, "LS|DA260115|TI093000|", 0x73);
    describe(replay);
}

static void test_the_start(void **state)
{
    (void)state;
    replay_all(link_start, true, true);
}

/* The lock system begins, by LS or by LD at once. */
static void lock_begins_with_start(struct replay *replay)
{
    fake_core_up(&replay->core);
    pms_says(replay, "LS|DA260115|TI093000|", 0x73);
    lock_says(replay, "LS|DA260115|TI093000|", 0x73);
    pms_says(replay, "LS|DA260115|TI093000|", 0x73);
    describe(replay);
}

static void lock_begins_with_description(struct replay *replay)
{
    fake_core_option(&replay->core, "first-speaker", "lock");
    fake_core_up(&replay->core);
    describe(replay);
}

static void test_the_lock_system_begins(void **state)
{
    (void)state;
    replay_all(lock_begins_with_start, true, true);
    replay_all(lock_begins_with_description, true, true);
}

/* "LC|...| (only if LD had RT)", before LA; then the sign of life: LS, and LA as its answer. */
static void configured_and_alive(struct replay *replay)
{
    fake_core_up(&replay->core);
    pms_says(replay, "LS|DA260115|TI093000|", 0x73);
    at(replay, 9, 30, 1);
    lock_says(replay, "LD|DA260115|TI093001|V#1.0|IFDL|RT128|", NONE_SHOWN);
    lock_says(replay, "LR|RIKR|FLWSKCRNKTG#GAGDDTGNKO|", 0x1A);
    lock_says(replay, "LA|DA260115|TI093001|", 0x60);
    pms_says(replay, "LC|DA260115|TI093001|A060;30|", NONE_SHOWN);
    pms_says(replay, "LA|DA260115|TI093001|", 0x60);
    lock_says(replay, "LS|DA260115|TI093000|", 0x73);
    pms_says(replay, "LA|DA260115|TI093001|", 0x60);
    lock_says(replay, "LA|DA260115|TI093001|", 0x60); /* no ping-pong */
}

static void test_configuration_and_sign_of_life(void **state)
{
    (void)state;
    replay_all(configured_and_alive, true, true);
}

/* ---- Keys ------------------------------------------------------------------------------------------------------ */

static struct fake_op *new_key(struct replay *replay)
{
    struct fake_op *op = talk_make_op(&replay->core, KC_VERB_ISSUE_ORIGINAL, 1);
    talk_with_areas(op);
    start(replay, op);
    pms_says(replay, "KR|WS3|KC1|RN2781|KTN|G#11122|GA260115|GD260118|DT11:00|GNDoe, Jane|KO1 2 1|", 0x03);
    return op;
}

static void key_made(struct replay *replay)
{
    link_start(replay);
    const struct fake_op *op = new_key(replay);
    lock_says(replay, "KA|WS3|KC1|ASOK|CTkey made|G#11122|", 0x09);
    ends(replay, op, KC_OK, KC_OUTCOME_WRITTEN);
}

static void keys_not_made(struct replay *replay)
{
    link_start(replay);
    const struct fake_op *op = new_key(replay);
    lock_says(replay, "KA|WS3|KC1|ASBY|CTencoder busy|G#11122|", 0x05);
    ends(replay, op, KC_ERROR_ENCODER_BUSY, KC_OUTCOME_NOT_WRITTEN);
    assert_string_equal(op->error.vendor_text, "encoder busy");
    op = new_key(replay);
    lock_says(replay, "KA|WS3|KC1|ASUR|CTroom unknown|G#11122|", 0x07);
    ends(replay, op, KC_ERROR_VENDOR, KC_OUTCOME_NOT_WRITTEN);
    assert_string_equal(op->error.vendor_text, "room unknown");
}

static void test_keys(void **state)
{
    (void)state;
    replay_all(key_made, true, true);
    replay_all(keys_not_made, true, true);
}

/* Deletion, change and reading, in the fields that the start of the document declares. */
static void other_requests(struct replay *replay)
{
    link_start(replay);
    struct fake_op *op = start(replay, talk_make_op(&replay->core, KC_VERB_CHECK_OUT, 1));
    pms_says(replay, "KD|WS3|KC1|RN2781|G#11122|", 0x3B);
    lock_says(replay, "KA|WS3|KC1|ASOK|CTkey made|G#11122|", 0x09);
    ends(replay, op, KC_OK, KC_OUTCOME_WRITTEN);
    op = talk_make_op(&replay->core, KC_VERB_MODIFY_STAY, 1);
    op->request.room_before = "2700";
    start(replay, op);
    pms_says(replay, "KM|WS3|KC1|RN2781|RO2700|G#11122|GA260115|GD260118|DT11:00|", NONE_SHOWN);
    lock_says(replay, "KA|WS3|KC1|ASOK|CTkey made|G#11122|", 0x09);
    ends(replay, op, KC_OK, KC_OUTCOME_WRITTEN);
    op = start(replay, talk_make_op(&replay->core, KC_VERB_READ_CARD, 1));
    pms_says(replay, "KZ|DA260115|TI093001|KC1|WS3|", NONE_SHOWN);
    lock_says(replay, "KZ|ASOK|CT|KC1|RN2781|WS3|GD260118|DT11:00|G#11122|", NONE_SHOWN);
    ends(replay, op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_true(op->has_card);
    assert_string_equal(op->card.rooms.items[0], "2781");
    assert_int_equal(op->card.until.day, 18);
    assert_int_equal(op->card.until.hour, 11);
}

static void test_deletion_change_and_reading(void **state)
{
    (void)state;
    replay_all(other_requests, true, true);
}

/* ---- Guests, and the end --------------------------------------------------------------------------------------- */

static void resynchronisation(struct replay *replay)
{
    static const char *const room = "2781", *const empty = "2782";
    const struct driver_stay stays[] = {{.booking = "11122", .guest = "Doe, Jane", .rooms = {&room, 1}},
                                        {.booking = "11121", .guest = "", .rooms = {&empty, 1}, .ended = true}};
    link_start(replay);
    lock_says(replay, "LD|DA260115|TI093001|V#1.0|IFDL|", 0x38);
    lock_says(replay, "LR|RIGI|FLRNG#GSGNSF|", NONE_SHOWN);
    lock_says(replay, "LR|RIGO|FLRNG#GSSF|", NONE_SHOWN);
    lock_says(replay, "LA|DA260115|TI093001|", 0x60);
    pms_says(replay, "LA|DA260115|TI093001|", 0x60);
    at(replay, 9, 30, 6);
    lock_says(replay, "DR|DA260115|TI093005|", 0x7F);
    pms_says(replay, "DS|DA260115|TI093006|", 0x7D);
    at(replay, 9, 30, 20);
    fake_core_stays(&replay->core, stays, 2, true);
    pms_says(replay, "GI|RN2781|G#11122|GSN|GNDoe, Jane|SF|", NONE_SHOWN);
    pms_says(replay, "GO|RN2782|G#11121|GSN|SF|", NONE_SHOWN);
    pms_says(replay, "DE|DA260115|TI093020|", 0x6F);
}

static void resynchronisation_without_guests(struct replay *replay)
{
    link_start(replay);
    at(replay, 9, 30, 6);
    lock_says(replay, "DR|DA260115|TI093005|", 0x7F);
    pms_says(replay, "DS|DA260115|TI093006|", 0x7D);
    pms_says(replay, "DE|DA260115|TI093006|", NONE_SHOWN);
}

static void test_resynchronisation(void **state)
{
    (void)state;
    replay_all(resynchronisation, true, true);
    replay_all(resynchronisation_without_guests, true, true);
}

/* On a serial line its LE leaves behind our ACK, before the line is closed. */
static void link_end(struct replay *replay)
{
    link_start(replay);
    at(replay, 23, 59, 0);
    lock_says(replay, "LE|DA260115|TI235900|", 0x62);
    pms_said(replay, "LE|DA260115|TI235900|", 0x62);
    assert_false(replay->core.up);
}

static void test_the_end(void **state)
{
    (void)state;
    replay_all(link_end, true, true);
}

/* ---- Faults of the line ---------------------------------------------------------------------------------------- */

/* The example of the section on serial faults: the PMS's record is spoilt, and then the ACK of the lock system is lost:
 * asked for it, the lock system repeats its answer, and the record is not processed twice. */
static void serial_faults(struct replay *replay)
{
    link_start(replay);
    struct fake_op *op = talk_make_op(&replay->core, KC_VERB_ISSUE_ORIGINAL, 1);
    static const char record[] = "KR|WS3|KC1|RN2781|KTN|G#11122|GA260115|GD260118|DT11:00|GNDoe, Jane|KO1 2 1|";
    talk_with_areas(op);
    start(replay, op);
    pms_said(replay, record, 0x03);
    lock_sends(replay, 0x15);
    pms_said(replay, record, 0x03);
    fake_core_advance(&replay->core, 3000);
    pms_sends(replay, 0x05);
    lock_sends(replay, 0x06);
    lock_says(replay, "KA|WS3|KC1|ASOK|CTkey made|G#11122|", 0x09);
    ends(replay, op, KC_OK, KC_OUTCOME_WRITTEN);
}

static void test_serial_faults(void **state)
{
    (void)state;
    replay_all(serial_faults, false, true);
}

/* ---- Records of the specification and from the field ----------------------------------------------------------- */

static void begin_with(struct replay *replay, const char *const *said)
{
    fake_core_up(&replay->core);
    pms_says(replay, "LS|DA260115|TI093000|", 0x73);
    for (; *said; said++)
        lock_says(replay, *said, NONE_SHOWN);
    lock_says(replay, "LA|DA260115|TI093001|", 0x60);
    pms_says(replay, LA, NONE_SHOWN);
    flush(replay);
    assert_true(replay->core.ready);
}

static void samples_of_the_specification(struct replay *replay)
{
    static const char *const said[] = {"LD|DA080312|TI120000|V#1.0|IFDL|", "LR|RIKR|FLWSKCRNKTKOGAGDDTG#$2|",
                                       "LR|RIKD|FLWSKCRNG#|", NULL};
    fake_core_option(&replay->core, "tracks", "on");
    fake_core_option(&replay->core, "one-shot-stay", "send");
    begin_with(replay, said);
    struct fake_op *op = talk_make_op(&replay->core, KC_VERB_ISSUE_ORIGINAL, 1);
    talk_with_areas(op);
    op->request.from = (struct moment){946422000, {1999, 12, 29, 0, 0}};
    op->request.until = (struct moment){946774800, {2000, 1, 2, 1, 0}};
    fake_op_text(op, "");
    fake_op_text(op, "");
    fake_op_text(op, "1000278100011122");
    start(replay, op);
    pms_says(replay, "KR|WS3|KC1|RN2781|KTN|KO1 2 1|GA991229|GD000102|DT01:00|G#11122|$21000278100011122|", NONE_SHOWN);
    lock_says(replay, "KA|WS3|KC1|ASOK|G#11122|", NONE_SHOWN);
    ends(replay, op, KC_OK, KC_OUTCOME_WRITTEN);
    op = talk_make_op(&replay->core, KC_VERB_ISSUE_ONE_SHOT, 1);
    talk_with_areas(op);
    op->request.from = op->request.until = (struct moment){1205323200, {2008, 3, 12, 12, 0}};
    start(replay, op);
    pms_says(replay, "KR|WS3|KC1|RN2781|KTO|KO1 2 1|GA080312|GD080312|DT12:00|", NONE_SHOWN);
    lock_says(replay, "KA|WS3|KC1|ASOK|", NONE_SHOWN);
    ends(replay, op, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_option(&replay->core, "default-coder", "3");
    op = talk_make_op(&replay->core, KC_VERB_CHECK_OUT, 1);
    op->request.station = "9";
    op->request.booking = "12345";
    start(replay, op);
    pms_says(replay, "KD|WS9|KC3|RN2781|G#12345|", NONE_SHOWN);
    lock_says(replay, "KA|WS9|KC3|ASOK|G#12345|", NONE_SHOWN);
    ends(replay, op, KC_OK, KC_OUTCOME_WRITTEN);
}

/* One PMS vendor's manual: declared fields are sent without a value, too; the answer tells the number of the card. */
static void records_of_a_manual(struct replay *replay)
{
    static const char *const said[] = {"LD|DA201214|TI131253|V#1.4.2.2|IFDL|",  "LR|RIRE|FLRNRS|",
                                       "LR|RIKR|FLK#KCKTRNWSDADTG#GNGAGDTIKO|", "LR|RIKD|FLKCRNWSDATIG#|",
                                       "LR|RIKA|FLASKCWSCTDATIG#$2$3|",         NULL};
    fake_core_option(&replay->core, "empty-fields", "sent");
    begin_with(replay, said);
    struct fake_op *op = talk_make_op(&replay->core, KC_VERB_ISSUE_ORIGINAL, 1);
    at(replay, 13, 12, 53);
    replay->core.site.year = 2020;
    replay->core.site.month = 12;
    replay->core.site.day = 14;
    op->request.guest = "";
    op->request.booking = "16400";
    op->request.station = "1";
    op->room_list[0] = "206";
    op->request.from = (struct moment){1608036000, {2020, 12, 15, 14, 0}};
    op->request.until = (struct moment){1608116400, {2020, 12, 16, 12, 0}};
    start(replay, op);
    pms_says(replay, "KR|K#1|KC1|KTN|RN206|WS1|DA201214|DT12:00|G#16400|GN|GA201215|GD201216|TI131253|KO|", NONE_SHOWN);
    lock_says(replay, "KA|ASOK|CTOK|KC1|WS1|DA201214|TI131254|G#16400|$230431712|$3|", NONE_SHOWN);
    ends(replay, op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(op->serial_count, 1);
    assert_string_equal(op->serials[0], "30431712");
}

/* A bridge of another PMS sends the time of departure with seconds. */
static void records_of_a_bridge(struct replay *replay)
{
    static const char *const said[] = {"LD|DA260704|TI120000|V#1|IFDL|", "LR|RIKR|FLWSKCRNKTG#GAGDDTGN|",
                                       "LR|RIKA|FLWSKCAS|", NULL};
    fake_core_option(&replay->core, "departure-time", "HHMMSS");
    begin_with(replay, said);
    struct fake_op *op = talk_make_op(&replay->core, KC_VERB_ISSUE_ORIGINAL, 1);
    op->request.booking = op->request.station = "1";
    op->request.guest = "...";
    op->room_list[0] = "202";
    op->request.from = (struct moment){1783166400, {2026, 7, 4, 12, 0}};
    op->request.until = (struct moment){1783771200, {2026, 7, 11, 12, 0}};
    start(replay, op);
    pms_says(replay, "KR|WS1|KC1|RN202|KTN|G#1|GA260704|GD260711|DT120000|GN...|", NONE_SHOWN);
    lock_says(replay, "KA|WS1|KC1|ASOK|", NONE_SHOWN);
    ends(replay, op, KC_OK, KC_OUTCOME_WRITTEN);
}

/* The declarations of a program in C#, of one in C++ that is of the family VI, and of a test program that declares no
 * answers. */
static void declarations_from_the_field(struct replay *replay)
{
    static const struct {
        const char *said[6], *request, *deletion;
    } rows[] = {
        {{"LD|DA260115|TI093001|V#1|IFDL|", "LR|RIKR|FLWSKCRNKTK#GAGDGNTI|", "LR|RIKD|FLWSKCRN|", "LR|RIKA|FLWSKCAS|"},
         "KR|WS3|KC1|RN2781|KTN|K#1|GA260115|GD260118|GNDoe, Jane|TI093000|",
         "KD|WS3|KC1|RN2781|"},
        {{"LD|DA260115|TI093001|V#2|IFVI|", "LR|RIKR|FLWSKCRNKTK#G#GNGDDT$2|", "LR|RIKD|FLWSKCRNG#|",
          "LR|RIKA|FLASKCWS|"},
         "KR|WS3|KC1|RN2781|KTN|K#1|G#11122|GNDoe, Jane|GD260118|DT11:00|",
         "KD|WS3|KC1|RN2781|G#11122|"},
        {{"LD|DA260115|TI093001|V#1|IFWW|", "LR|RIKR|FLKCKTRNWSCTDATIG#GAGDDTGGGNIDK#KORTSTA0|",
          "LR|RIKD|FLKCRNWSDATIG#IDRT|", "LR|RIKM|FLG#KCRNROWSDATIDTGAGDGGGNIDRT|",
          "LR|RIKZ|FLKCRNWSCTDATIG#GDDTGNKOAS|"},
         "KR|KC1|KTN|RN2781|WS3|DA260115|TI093000|G#11122|GA260115|GD260118|DT11:00|GNDoe, Jane|K#1|",
         "KD|KC1|RN2781|WS3|DA260115|TI093000|G#11122|"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (i > 0) { /* it begins anew */
            for (const char *const *said = rows[i].said; *said; said++)
                lock_says(replay, *said, NONE_SHOWN);
            lock_says(replay, "LA|DA260115|TI093001|", 0x60);
            pms_says(replay, LA, NONE_SHOWN);
        } else {
            begin_with(replay, rows[i].said);
        }
        struct fake_op *op = start(replay, talk_make_op(&replay->core, KC_VERB_ISSUE_ORIGINAL, 1));
        pms_says(replay, rows[i].request, NONE_SHOWN);
        lock_says(replay, "KA|WS3|KC01|ASOK|", NONE_SHOWN);
        ends(replay, op, KC_OK, KC_OUTCOME_WRITTEN);
        op = start(replay, talk_make_op(&replay->core, KC_VERB_CHECK_OUT, 1));
        pms_says(replay, rows[i].deletion, NONE_SHOWN);
        lock_says(replay, "KA|WS3|KC1|ASDE|", NONE_SHOWN);
        ends(replay, op, KC_OK, KC_OUTCOME_WRITTEN);
    }
}

static void test_records_from_the_field(void **state)
{
    (void)state;
    replay_all(samples_of_the_specification, true, true);
    replay_all(records_of_a_manual, true, true);
    replay_all(records_of_a_bridge, true, true);
    replay_all(declarations_from_the_field, true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_start),
        cmocka_unit_test(test_the_lock_system_begins),
        cmocka_unit_test(test_configuration_and_sign_of_life),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_deletion_change_and_reading),
        cmocka_unit_test(test_resynchronisation),
        cmocka_unit_test(test_the_end),
        cmocka_unit_test(test_serial_faults),
        cmocka_unit_test(test_records_from_the_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
