/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The magnetic-stripe driver without the core: the dialogue on a serial line and in packets, what each end of a swipe
 * comes to, and an encoder that stalls, babbles, answers something else or vanishes at every step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake_core.h"
#include "magstripe/codec.h"
#include "open_key/open_key.h"

extern const struct driver driver_magstripe;

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SITE_KEY        "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"

/* What a device does at one step in place of the right answer. */
enum fault {
    FAULT_NONE,
    FAULT_SILENT,
    FAULT_FAILED,  /* ESC 41 */
    FAULT_UNKNOWN, /* ESC 34 */
    FAULT_SHORT,   /* the first byte only */
    FAULT_BABBLE,
    FAULT_OTHER, /* the answer to another command */
    FAULT_TWICE,
    FAULT_LATE, /* when the driver has given up */
    FAULT_STRANGE,
    FAULT_VANISH,
    FAULT_COUNT
};

struct bench {
    struct fake_core core;
    struct fake_op *op;
    struct msr_assembly assembly;
    struct buf input;
    enum msr_command swipe; /* awaited; 0: none */
    struct msr_answer with; /* what came with it */
    struct msr_tracks card; /* as it is read */
    int answers, fault_at;
    enum fault fault;
    int writes;
    bool hand; /* swipes by itself */
    bool plus_one;
    bool loses; /* silence is the loss of an answer: the card was written all the same */
    struct buf late;
};

static void send(struct bench *bench, const uint8_t *bytes, size_t count)
{
    struct buf packets = {0};
    if (strcmp(bench->core.transport, "usb") != 0) {
        fake_core_receive(&bench->core, bytes, count);
        return;
    }
    msr_put_packets(&packets, bytes, count, false);
    for (size_t at = 0; at < packets.length; at += MSR_PACKET)
        fake_core_receive(&bench->core, packets.data + at, MSR_PACKET);
    buf_free(&packets);
}

static void babble(struct bench *bench)
{
    uint8_t bytes[600];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 37 % 5 == 0 ? MSR_ESC : i * 89);
    send(bench, bytes, sizeof(bytes));
}

/* An answer, or what the fault makes of it. */
static void answer(struct bench *bench, const uint8_t *bytes, size_t count)
{
    static const uint8_t failed[] = {MSR_ESC, MSR_FAILED}, unknown[] = {MSR_ESC, MSR_UNKNOWN_COMMAND};
    static const uint8_t other[] = {MSR_ESC, '3', 'S'}, strange[] = {MSR_ESC, 0x35};
    bool struck = ++bench->answers == bench->fault_at;
    switch (struck ? bench->fault : FAULT_NONE) {
    case FAULT_SILENT:
        return;
    case FAULT_FAILED:
        send(bench, failed, sizeof(failed));
        return;
    case FAULT_UNKNOWN:
        send(bench, unknown, sizeof(unknown));
        return;
    case FAULT_STRANGE:
        send(bench, strange, sizeof(strange));
        return;
    case FAULT_SHORT:
        send(bench, bytes, 1);
        return;
    case FAULT_BABBLE:
        babble(bench);
        return;
    case FAULT_OTHER:
        send(bench, other, sizeof(other));
        return;
    case FAULT_LATE:
        buf_append(&bench->late, bytes, count);
        return;
    case FAULT_VANISH:
        fake_core_drop(&bench->core);
        return;
    case FAULT_TWICE:
        send(bench, bytes, count);
        break;
    default:
        break;
    }
    send(bench, bytes, count);
}

/* Somebody swipes the card: it is written, erased or read. */
static void swipe(struct bench *bench, uint8_t status)
{
    struct buf out = {0};
    enum msr_command command = bench->swipe;
    bool struck = bench->answers + 1 == bench->fault_at;
    assert_true(command != 0);
    bench->swipe = (enum msr_command)0;
    if (struck && (bench->fault == FAULT_FAILED || bench->fault == FAULT_UNKNOWN))
        status = MSR_FAILED; /* it says so, and so it is */
    if (struck && bench->fault == FAULT_SILENT && !bench->loses)
        status = MSR_FAILED;
    for (size_t i = 0; i < MSR_TRACKS && status == MSR_DONE && command == MSR_WRITE_ISO; i++) {
        const struct msr_track *written = &bench->with.tracks.track[i];
        struct msr_track *track = &bench->card.track[i];
        if (written->length == 0)
            continue;
        track->state = MSR_TRACK_DATA;
        track->length = (size_t)snprintf((char *)track->bytes, sizeof(track->bytes), "%c%s?", i == 0 ? '%' : ';',
                                         (const char *)written->bytes);
    }
    for (size_t i = 0; i < MSR_TRACKS && status == MSR_DONE && command == MSR_WRITE_RAW; i++) {
        bench->card.track[i] = bench->with.tracks.track[i];
        for (size_t k = 0; k < bench->card.track[i].length; k++)
            bench->card.track[i].bytes[k] = msr_reverse(bench->card.track[i].bytes[k]);
    }
    if (status == MSR_DONE && command == MSR_ERASE)
        memset(&bench->card, 0, sizeof(bench->card));
    bench->writes += status == MSR_DONE && (command == MSR_WRITE_ISO || command == MSR_WRITE_RAW);
    if (command == MSR_READ_ISO && status == MSR_DONE)
        msr_put_iso_block(&out, &bench->card, true);
    if (command == MSR_READ_RAW && status == MSR_DONE)
        msr_put_raw_block(&out, &bench->card, bench->plus_one);
    msr_put_status(&out, status);
    answer(bench, out.data, out.length);
    buf_free(&out);
}

static void do_command(struct bench *bench, enum msr_command command, const struct msr_answer *with)
{
    static const uint8_t test[] = {MSR_ESC, 'y'}, model[] = {MSR_ESC, '3', 'S'}, done[] = {MSR_ESC, MSR_DONE};
    if (command == MSR_RESET)
        bench->swipe = (enum msr_command)0;
    if (!msr_has_answer(command))
        return;
    if (bench->late.length > 0) { /* in order: what it owes comes first */
        send(bench, bench->late.data, bench->late.length);
        buf_clear(&bench->late);
    }
    if (msr_waits_for_swipe(command)) {
        assert_int_equal(bench->swipe, 0);
        bench->swipe = command;
        bench->with = *with;
    } else if (command == MSR_TEST) {
        answer(bench, test, sizeof(test));
    } else if (command == MSR_GET_MODEL) {
        answer(bench, model, sizeof(model));
    } else if (command == MSR_GET_FIRMWARE) {
        answer(bench, (const uint8_t *)"\x1BREVU1.26", 9);
    } else if (command == MSR_SET_BITS) {
        const uint8_t bits[] = {MSR_ESC, MSR_DONE, with->values[0], with->values[1], with->values[2]};
        answer(bench, bits, sizeof(bits));
    } else {
        answer(bench, done, sizeof(done));
    }
}

/* Takes what was sent, as bytes or as packets. */
static void listen(struct bench *bench)
{
    struct buf *sent = &bench->core.sent;
    if (strcmp(bench->core.transport, "usb") != 0) {
        buf_append(&bench->input, sent->data, sent->length);
    } else {
        assert_int_equal(sent->length % MSR_PACKET, 0);
        for (size_t at = 0; at < sent->length; at += MSR_PACKET)
            if (msr_take_packet(&bench->assembly, sent->data + at, MSR_PACKET))
                buf_append(&bench->input, bench->assembly.message, bench->assembly.count);
    }
    buf_clear(sent);
}

/* The device answers until there is nothing more to answer. */
static void run(struct bench *bench)
{
    listen(bench);
    while (bench->input.length > 0) {
        struct msr_answer with;
        enum msr_command command = MSR_RESET;
        size_t used;
        assert_int_equal(msr_parse_command(bench->input.data, bench->input.length, &command, &with, &used), MSR_WHOLE);
        buf_consume(&bench->input, used);
        do_command(bench, command, &with);
        if (bench->swipe && bench->hand)
            swipe(bench, MSR_DONE);
        listen(bench);
    }
}

static void open_bench(struct bench *bench, const char *transport)
{
    memset(bench, 0, sizeof(*bench));
    fake_core_open(&bench->core, &driver_magstripe);
    fake_core_transport(&bench->core, transport);
    fake_core_option(&bench->core, "site-number", "1");
    fake_core_option(&bench->core, "site-key", SITE_KEY);
}

static void plug_in(struct bench *bench)
{
    fake_core_up(&bench->core);
    run(bench);
}

static void close_bench(struct bench *bench)
{
    fake_core_close(&bench->core);
    buf_free(&bench->input);
    buf_free(&bench->late);
}

static struct fake_op *original(struct bench *bench, int32_t copies)
{
    struct fake_op *op = fake_core_op(&bench->core, KC_VERB_ISSUE_ORIGINAL);
    fake_op_room(op, "101");
    op->request.encoder = "Desk 1";
    op->request.copies = copies;
    op->request.until.utc = 1778140800; /* 2026-05-07T08:00:00Z */
    op->request.until.wall = (struct wall_time){2026, 5, 7, 8, 0};
    return op;
}

static struct fake_op *begin(struct bench *bench, struct fake_op *op)
{
    assert_int_equal(fake_core_check(&bench->core, op), KC_OK);
    fake_core_start(&bench->core, op);
    bench->op = op;
    run(bench);
    return op;
}

static void expect_end(const struct fake_op *op, int32_t status, int32_t outcome)
{
    assert_true(op->done);
    if (op->error.code != status)
        print_error("%s\n", op->error.message);
    assert_int_equal(op->error.code, status);
    assert_int_equal(op->outcome, outcome);
}

/* ---- The greeting --------------------------------------------------------------------------------------------------
 */

/* Whatever its ids say: a device that does not pass the communication test is sent nothing else. */
static void only_reset_and_test_go_to_a_strange_device(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, "serial");
    fake_core_up(&bench.core);
    fake_core_receive(&bench.core, "AT\r\nOK\r\n", 8);
    fake_core_advance(&bench.core, 20000);
    assert_int_equal(bench.core.sent.length, 8);
    assert_memory_equal(bench.core.sent.data, "\x1B\x61\x1B\x65\x1B\x61\x1B\x65", 8);
    assert_false(bench.core.ready);
    assert_int_equal(bench.core.fail_status, KC_ERROR_UNREACHABLE);
    close_bench(&bench);
}

/* Such as a MagTek reader, which has the id of an MSR605X. */
static void only_reset_and_test_go_to_a_strange_usb_device(void **state)
{
    (void)state;
    struct bench bench;
    uint8_t packet[MSR_PACKET] = {0x00, 0x0D, 0x05};
    open_bench(&bench, "usb");
    fake_core_up(&bench.core);
    fake_core_receive(&bench.core, packet, sizeof(packet));
    fake_core_receive(&bench.core, packet, 0);
    memset(packet, 0xFF, sizeof(packet));
    for (int i = 0; i < 100; i++)
        fake_core_receive(&bench.core, packet, sizeof(packet));
    fake_core_advance(&bench.core, 20000);
    assert_int_equal(bench.core.sent.length, 4 * MSR_PACKET);
    assert_memory_equal(bench.core.sent.data, "\xC2\x1B\x61\x00", 4);
    assert_memory_equal(bench.core.sent.data + MSR_PACKET, "\xC2\x1B\x65\x00", 4);
    assert_int_equal(bench.core.fail_status, KC_ERROR_UNREACHABLE);
    close_bench(&bench);
}

static void an_encoder_without_model_and_firmware_is_one(void **state)
{
    (void)state;
    for (int usb = 0; usb < 2; usb++) {
        struct bench bench;
        open_bench(&bench, usb ? "usb" : "serial");
        fake_core_up(&bench.core);
        send(&bench, (const uint8_t *)"\x1By", 2);
        assert_false(bench.core.ready);
        fake_core_advance(&bench.core, 1000);
        assert_true(bench.core.ready);
        assert_true(bench.core.told_who);
        assert_string_equal(bench.core.model, "MSR");
        assert_string_equal(bench.core.firmware, "");
        close_bench(&bench);
    }
}

static void model_and_firmware_are_told(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, "serial");
    plug_in(&bench);
    assert_true(bench.core.told_who);
    assert_string_equal(bench.core.model, "MSR, tracks 1 to 3");
    assert_string_equal(bench.core.firmware, "REVU1.26");
    fake_core_keep_alive(&bench.core); /* another one may have been put in its place */
    send(&bench, (const uint8_t *)"\x1By", 2);
    send(&bench,
         (const uint8_t *)"\x1B"
                          "2S",
         3);
    send(&bench, (const uint8_t *)"\x1BREV0", 5);
    fake_core_advance(&bench.core, 1000);
    assert_string_equal(bench.core.model, "MSR, tracks 2 and 3");
    assert_string_equal(bench.core.firmware, "REV0");
    close_bench(&bench);
}

/* ---- Keys
 * ------------------------------------------------------------------------------------------------------------ */

static void card_is_written_and_read_back(void **state)
{
    (void)state;
    for (int usb = 0; usb < 2; usb++) {
        struct bench bench;
        char digits[MSR_TRACK_MOST + 1];
        struct open_key_site site;
        struct open_key key;
        struct kc_error error;
        open_bench(&bench, usb ? "usb" : "serial");
        plug_in(&bench);
        struct fake_op *op = begin(&bench, original(&bench, 1));
        assert_int_equal(bench.swipe, MSR_WRITE_ISO);
        assert_true(op->committed && op->reached);
        assert_int_equal(op->prompts[0], KC_PROMPT_PRESENT_CARD);
        assert_int_equal(op->prompts_seen, 1);
        swipe(&bench, MSR_DONE);
        run(&bench);
        assert_int_equal(bench.swipe, MSR_READ_ISO);
        assert_int_equal(op->prompts[1], KC_PROMPT_CHECK_CARD);
        assert_false(op->done);
        swipe(&bench, MSR_DONE);
        expect_end(op, KC_OK, KC_OUTCOME_WRITTEN);
        assert_int_equal(open_key_site_read("1", SITE_KEY, &site, &error), KC_OK);
        assert_true(msr_track_content(1, &bench.card.track[1], digits));
        assert_int_equal(open_key_read_stripe(&site, digits, &key, &error), KC_OK);
        assert_int_equal(key.kind, KC_KIND_ORIGINAL);
        assert_string_equal(key.rooms[0], "101");
        assert_null(strstr(buf_text(&bench.core.trace), digits)); /* a log must open no door */
        close_bench(&bench);
    }
}

static void further_cards_are_duplicates(void **state)
{
    (void)state;
    struct bench bench;
    char digits[MSR_TRACK_MOST + 1];
    open_bench(&bench, "serial");
    plug_in(&bench);
    struct fake_op *op = begin(&bench, original(&bench, 2));
    for (int card = 0; card < 2; card++) {
        assert_int_equal(op->prompt_card, card + 1);
        assert_int_equal(op->prompt_count, 2);
        swipe(&bench, MSR_DONE);
        assert_true(msr_track_content(1, &bench.card.track[1], digits));
        assert_int_equal(digits[0], '1' + card);
        run(&bench);
        swipe(&bench, MSR_DONE);
        run(&bench);
    }
    expect_end(op, KC_OK, KC_OUTCOME_WRITTEN);
    close_bench(&bench);
}

static void nobody_swipes(void **state)
{
    (void)state;
    for (int proves = 0; proves < 2; proves++) {
        struct bench bench;
        open_bench(&bench, "serial");
        fake_core_option(&bench.core, "reset-proves", proves ? "yes" : "no");
        plug_in(&bench);
        struct fake_op *op = begin(&bench, original(&bench, 1));
        fake_core_advance(&bench.core, 30000);
        assert_false(op->done);
        run(&bench);
        assert_int_equal(bench.swipe, 0); /* the encoder waits no more */
        expect_end(op, KC_ERROR_NO_CARD, proves ? KC_OUTCOME_NOT_WRITTEN : KC_OUTCOME_UNKNOWN);
        assert_true(bench.core.ready);
        close_bench(&bench);
    }
}

static void cancelled_while_the_swipe_is_awaited(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, "serial");
    plug_in(&bench);
    struct fake_op *op = begin(&bench, original(&bench, 1));
    fake_core_cancel(&bench.core, op);
    run(&bench);
    expect_end(op, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN);
    bench.hand = true;
    op = begin(&bench, original(&bench, 1));
    expect_end(op, KC_OK, KC_OUTCOME_WRITTEN);
    close_bench(&bench);
}

/* The status crosses the reset on the line. */
static void swiped_in_the_last_moment(void **state)
{
    (void)state;
    for (int cancelled = 0; cancelled < 2; cancelled++) {
        struct bench bench;
        open_bench(&bench, "serial");
        plug_in(&bench);
        struct fake_op *op = begin(&bench, original(&bench, 1));
        if (cancelled)
            fake_core_cancel(&bench.core, op);
        else
            fake_core_advance(&bench.core, 30000);
        swipe(&bench, MSR_DONE);
        run(&bench);
        if (cancelled) {
            expect_end(op, KC_ERROR_CANCELLED, KC_OUTCOME_UNKNOWN);
        } else {
            assert_int_equal(bench.swipe, MSR_READ_ISO); /* it counts, and is checked */
            swipe(&bench, MSR_DONE);
            expect_end(op, KC_OK, KC_OUTCOME_WRITTEN);
        }
        close_bench(&bench);
    }
}

static void bad_swipes_are_asked_for_again(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, "serial");
    plug_in(&bench);
    struct fake_op *op = begin(&bench, original(&bench, 1));
    for (int i = 0; i < 2; i++) {
        swipe(&bench, MSR_BAD_SWIPE);
        run(&bench);
        assert_int_equal(bench.swipe, MSR_WRITE_ISO);
    }
    swipe(&bench, MSR_BAD_SWIPE);
    expect_end(op, KC_ERROR_CARD, KC_OUTCOME_NOT_WRITTEN);
    assert_string_equal(op->error.vendor_code, "39");
    op = begin(&bench, original(&bench, 1));
    swipe(&bench, MSR_CARD_ERROR);
    run(&bench);
    swipe(&bench, MSR_DONE);
    run(&bench);
    swipe(&bench, MSR_CARD_ERROR); /* the check, too, may need another swipe */
    run(&bench);
    swipe(&bench, MSR_DONE);
    expect_end(op, KC_OK, KC_OUTCOME_WRITTEN);
    close_bench(&bench);
}

static void another_card_at_the_check_is_told(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, "serial");
    fake_core_option(&bench.core, "swipes", "1");
    plug_in(&bench);
    bench.hand = true;
    struct fake_op *first = original(&bench, 1);
    first->request.rooms.count = 0;
    fake_op_room(first, "207");
    expect_end(begin(&bench, first), KC_OK, KC_OUTCOME_WRITTEN);
    struct msr_tracks other = bench.card;
    bench.hand = false;
    struct fake_op *op = begin(&bench, original(&bench, 1));
    swipe(&bench, MSR_DONE);
    run(&bench);
    bench.card = other;
    swipe(&bench, MSR_DONE);
    expect_end(op, KC_ERROR_CARD, KC_OUTCOME_UNKNOWN);
    assert_non_null(strstr(op->error.message, "original for room 207"));
    op = begin(&bench, original(&bench, 1));
    swipe(&bench, MSR_DONE);
    run(&bench);
    memset(&bench.card, 0, sizeof(bench.card));
    swipe(&bench, MSR_DONE);
    expect_end(op, KC_ERROR_CARD, KC_OUTCOME_UNKNOWN);
    assert_non_null(strstr(op->error.message, "nothing on track 2"));
    close_bench(&bench);
}

static void dumb_after_the_write_is_unknown_and_ends_the_link(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, "usb");
    plug_in(&bench);
    struct fake_op *op = begin(&bench, original(&bench, 1));
    fake_core_advance(&bench.core, 60000);
    expect_end(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    assert_false(bench.core.up);
    close_bench(&bench);
}

static void stammering_is_settled_by_the_card(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, "serial");
    plug_in(&bench);
    struct fake_op *op = begin(&bench, original(&bench, 1));
    bench.fault = FAULT_SHORT;
    bench.fault_at = bench.answers + 1;
    swipe(&bench, MSR_DONE);
    fake_core_advance(&bench.core, 1000);
    run(&bench);
    assert_int_equal(bench.swipe, MSR_READ_ISO);
    swipe(&bench, MSR_DONE);
    expect_end(op, KC_OK, KC_OUTCOME_WRITTEN);
    close_bench(&bench);
}

static void erased_first_takes_a_swipe_of_its_own(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, "serial");
    fake_core_option(&bench.core, "erase-first", "on");
    plug_in(&bench);
    struct fake_op *op = begin(&bench, original(&bench, 1));
    assert_int_equal(bench.swipe, MSR_ERASE);
    assert_int_equal(bench.with.values[0], 7);
    swipe(&bench, MSR_FAILED);
    run(&bench);
    assert_int_equal(bench.swipe, MSR_ERASE);
    swipe(&bench, MSR_DONE);
    run(&bench);
    swipe(&bench, MSR_DONE);
    run(&bench);
    swipe(&bench, MSR_DONE);
    expect_end(op, KC_OK, KC_OUTCOME_WRITTEN);
    close_bench(&bench);
}

/* ---- Attacks
 * --------------------------------------------------------------------------------------------------------- */

/* One fault at one answer; what it came to agrees with what the card went through. */
static bool strike(const char *transport, enum fault fault, int at, bool loses)
{
    struct bench bench;
    open_bench(&bench, transport);
    bench.loses = loses;
    fake_core_option(&bench.core, "reset-proves", loses ? "no" : "yes");
    bench.fault = fault;
    bench.fault_at = at;
    bench.hand = true;
    plug_in(&bench);
    fake_core_advance(&bench.core, 100);
    run(&bench);
    for (int i = 0; i < 20 && bench.core.up && !bench.core.ready; i++) {
        fake_core_advance(&bench.core, 1000);
        run(&bench);
    }
    if (bench.core.ready) {
        struct fake_op *op = begin(&bench, original(&bench, 2));
        for (int i = 0; i < 400 && !op->done; i++) {
            fake_core_advance(&bench.core, 500);
            run(&bench);
        }
        assert_true(op->done);
        assert_true(op->outcome != KC_OUTCOME_WRITTEN || bench.writes > 0);
        assert_true(op->outcome != KC_OUTCOME_NOT_WRITTEN || bench.writes == 0);
        assert_true(op->error.code != KC_OK || bench.writes >= 2);
    }
    bool reached = bench.answers >= at;
    close_bench(&bench);
    return reached;
}

static void every_fault_at_every_answer_ends_in_the_truth(void **state)
{
    (void)state;
    static const char *const transports[] = {"serial", "usb"};
    for (size_t transport = 0; transport < COUNT_OF(transports); transport++)
        for (int fault = FAULT_SILENT; fault < FAULT_COUNT; fault++) {
            int at = 1;
            while (strike(transports[transport], (enum fault)fault, at, false) &&
                   strike(transports[transport], (enum fault)fault, at, true))
                at++;
            assert_true(at > 10);
        }
}

/* Packets of every kind in place of each answer, on USB. */
static void damaged_packets_are_borne(void **state)
{
    (void)state;
    static const uint8_t heads[] = {0x00, 0x3F, 0x40, 0x7F, 0x80, 0xBF, 0xC0, 0xC3, 0xFF};
    for (size_t head = 0; head < COUNT_OF(heads); head++) {
        for (size_t length = 0; length <= MSR_PACKET; length += 16) {
            struct bench bench;
            uint8_t packet[MSR_PACKET];
            memset(packet, MSR_ESC, sizeof(packet));
            packet[0] = heads[head];
            open_bench(&bench, "usb");
            plug_in(&bench);
            struct fake_op *op = begin(&bench, original(&bench, 1));
            fake_core_receive(&bench.core, packet, length);
            for (int i = 0; i < 100 && !op->done; i++) {
                fake_core_advance(&bench.core, 1000);
                run(&bench);
            }
            assert_true(op->done);
            assert_true(op->outcome != KC_OUTCOME_WRITTEN);
            close_bench(&bench);
        }
    }
}

/* ---- Other contents
 * -------------------------------------------------------------------------------------------------- */

static struct fake_op *image(struct bench *bench, const char *bytes, size_t count)
{
    struct fake_op *op = fake_core_op(&bench->core, KC_VERB_WRITE_IMAGE);
    op->request.encoder = "Desk 1";
    op->request.image = (const uint8_t *)bytes;
    op->request.image_size = count;
    return op;
}

static void images_of_text_are_tracks(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tracks[3];
    } rows[] = {
        {"%ROOM 101?;101=42?;99?", {"%ROOM 101?", ";101=42?", ";99?"}},
        {";101=42?", {"", ";101=42?", ""}},
        {"%A?", {"%A?", "", ""}},
        {"%A?;?;7?", {"%A?", "", ";7?"}},
    };
    static const char *const bad[] = {"",    "%",      "A?",        "%?",         ";?",    "%A?;",        "%a?",
                                      ";A?", "%A?%B?", ";1?;2?;3?", "%A?;1?;2?x", ";1?\n", "%A?;1?;2?;3?"};
    struct bench bench;
    open_bench(&bench, "serial");
    plug_in(&bench);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_true(fake_core_check(&bench.core, image(&bench, bad[i], strlen(bad[i]))) != KC_OK);
    bench.hand = true;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        memset(&bench.card, 0, sizeof(bench.card));
        expect_end(begin(&bench, image(&bench, rows[i].text, strlen(rows[i].text))), KC_OK, KC_OUTCOME_WRITTEN);
        for (size_t track = 0; track < MSR_TRACKS; track++)
            assert_string_equal((const char *)bench.card.track[track].bytes, rows[i].tracks[track]);
    }
    close_bench(&bench);
}

static void images_of_bits_come_back_as_they_went(void **state)
{
    (void)state;
    char bytes[200];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 91 + 1);
    bytes[10] = MSR_ESC;
    bytes[11] = 3;
    for (int plus_one = 0; plus_one < 2; plus_one++) {
        struct bench bench;
        open_bench(&bench, "usb");
        fake_core_option(&bench.core, "content", "image");
        fake_core_option(&bench.core, "image-form", "bits");
        fake_core_option(&bench.core, "image-track", "3");
        bench.plus_one = plus_one == 1;
        bench.hand = true;
        plug_in(&bench);
        expect_end(begin(&bench, image(&bench, bytes, sizeof(bytes))), KC_OK, KC_OUTCOME_WRITTEN);
        assert_int_equal(bench.card.track[2].length, sizeof(bytes));
        struct fake_op *read = fake_core_op(&bench.core, KC_VERB_READ_CARD);
        begin(&bench, read);
        assert_int_equal(read->error.code, KC_OK);
        assert_int_equal(read->image.length, sizeof(bytes));
        assert_memory_equal(read->image.data, bytes, sizeof(bytes));
        close_bench(&bench);
    }
}

static void texts_are_tracks_and_come_back_as_bytes(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, "serial");
    fake_core_option(&bench.core, "content", "tracks");
    bench.hand = true;
    plug_in(&bench);
    struct fake_op *op = original(&bench, 1);
    assert_int_equal(fake_core_check(&bench.core, op), KC_ERROR_INVALID_ARGUMENT);
    fake_op_text(op, "small letters");
    assert_int_equal(fake_core_check(&bench.core, op), KC_ERROR_LIMIT);
    assert_string_equal(bench.core.error.field, "text");
    op->request.texts.count = 0;
    fake_op_text(op, "ROOM 101");
    fake_op_text(op, "");
    fake_op_text(op, "4711");
    expect_end(begin(&bench, op), KC_OK, KC_OUTCOME_WRITTEN);
    struct fake_op *read = begin(&bench, fake_core_op(&bench.core, KC_VERB_READ_CARD));
    assert_int_equal(read->image.length, strlen("%ROOM 101?;?;4711?"));
    assert_memory_equal(read->image.data, "%ROOM 101?;?;4711?", read->image.length);
    assert_null(strstr(buf_text(&bench.core.trace), "ROOM 101"));
    close_bench(&bench);
}

static void cards_that_are_read(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, "serial");
    bench.hand = true;
    plug_in(&bench);
    struct fake_op *read = begin(&bench, fake_core_op(&bench.core, KC_VERB_READ_CARD));
    expect_end(read, KC_ERROR_CARD_FORMAT, KC_OUTCOME_NOT_WRITTEN);
    expect_end(begin(&bench, original(&bench, 1)), KC_OK, KC_OUTCOME_WRITTEN);
    read = begin(&bench, fake_core_op(&bench.core, KC_VERB_READ_CARD));
    assert_int_equal(read->error.code, KC_OK);
    assert_true(read->has_card);
    assert_int_equal(read->card.kind, KC_KIND_ORIGINAL);
    assert_string_equal(read->card.rooms.items[0], "101");
    assert_int_equal(read->card.until.day, 7);
    bench.card.track[1].bytes[20] = bench.card.track[1].bytes[20] == '1' ? '2' : '1'; /* somebody changed it */
    read = begin(&bench, fake_core_op(&bench.core, KC_VERB_READ_CARD));
    expect_end(read, KC_ERROR_NOT_AUTHENTIC, KC_OUTCOME_NOT_WRITTEN);
    bench.hand = false;
    read = begin(&bench, fake_core_op(&bench.core, KC_VERB_READ_CARD));
    fake_core_advance(&bench.core, 30000);
    run(&bench);
    expect_end(read, KC_ERROR_NO_CARD, KC_OUTCOME_NOT_WRITTEN);
    read = begin(&bench, fake_core_op(&bench.core, KC_VERB_READ_CARD));
    fake_core_cancel(&bench.core, read);
    run(&bench);
    assert_int_equal(bench.swipe, 0);
    expect_end(read, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN);
    close_bench(&bench);
}

static void what_cannot_be_is_refused_before_anything_is_sent(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, "serial");
    plug_in(&bench);
    struct fake_op *op = original(&bench, 1);
    assert_int_equal(fake_core_check(&bench.core, op), KC_OK);
    op->request.verb = KC_VERB_ISSUE_ONE_SHOT;
    op->request.copies = 2;
    assert_int_equal(fake_core_check(&bench.core, op), KC_ERROR_LIMIT);
    op->request.copies = 1;
    assert_int_equal(fake_core_check(&bench.core, op), KC_OK);
    op->room_list[0] = "101A";
    assert_int_equal(fake_core_check(&bench.core, op), KC_ERROR_LIMIT);
    struct fake_op *bytes = image(&bench, "%A?", 3);
    bytes->request.card_serial = "04AABBCC";
    assert_int_equal(fake_core_check(&bench.core, bytes), KC_ERROR_NOT_OFFERED);
    assert_true(fake_core_try_option(&bench.core, "site-key", "00") != KC_OK);
    assert_int_equal(fake_core_try_option(&bench.core, "site-key", ""), KC_OK);
    op->room_list[0] = "101";
    assert_int_equal(fake_core_check(&bench.core, op), KC_ERROR_NOT_OFFERED);
    close_bench(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_reset_and_test_go_to_a_strange_device),
        cmocka_unit_test(only_reset_and_test_go_to_a_strange_usb_device),
        cmocka_unit_test(an_encoder_without_model_and_firmware_is_one),
        cmocka_unit_test(model_and_firmware_are_told),
        cmocka_unit_test(card_is_written_and_read_back),
        cmocka_unit_test(further_cards_are_duplicates),
        cmocka_unit_test(nobody_swipes),
        cmocka_unit_test(cancelled_while_the_swipe_is_awaited),
        cmocka_unit_test(swiped_in_the_last_moment),
        cmocka_unit_test(bad_swipes_are_asked_for_again),
        cmocka_unit_test(another_card_at_the_check_is_told),
        cmocka_unit_test(dumb_after_the_write_is_unknown_and_ends_the_link),
        cmocka_unit_test(stammering_is_settled_by_the_card),
        cmocka_unit_test(erased_first_takes_a_swipe_of_its_own),
        cmocka_unit_test(every_fault_at_every_answer_ends_in_the_truth),
        cmocka_unit_test(damaged_packets_are_borne),
        cmocka_unit_test(images_of_text_are_tracks),
        cmocka_unit_test(images_of_bits_come_back_as_they_went),
        cmocka_unit_test(texts_are_tracks_and_come_back_as_bytes),
        cmocka_unit_test(cards_that_are_read),
        cmocka_unit_test(what_cannot_be_is_refused_before_anything_is_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
