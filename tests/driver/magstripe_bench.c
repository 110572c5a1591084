/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* That bench. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "magstripe_bench.h"

extern const struct driver driver_magstripe;

void bench_send(struct bench *bench, const uint8_t *bytes, size_t count)
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
    bench_send(bench, bytes, sizeof(bytes));
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
        bench_send(bench, failed, sizeof(failed));
        return;
    case FAULT_UNKNOWN:
        bench_send(bench, unknown, sizeof(unknown));
        return;
    case FAULT_STRANGE:
        bench_send(bench, strange, sizeof(strange));
        return;
    case FAULT_SHORT:
        bench_send(bench, bytes, 1);
        return;
    case FAULT_BABBLE:
        babble(bench);
        return;
    case FAULT_OTHER:
        bench_send(bench, other, sizeof(other));
        return;
    case FAULT_LATE:
        buf_append(&bench->late, bytes, count);
        return;
    case FAULT_VANISH:
        fake_core_drop(&bench->core);
        return;
    case FAULT_TWICE:
        bench_send(bench, bytes, count);
        break;
    default:
        break;
    }
    bench_send(bench, bytes, count);
}

/* Somebody swipes the card: it is written, erased or read. */
void bench_swipe(struct bench *bench, uint8_t status)
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
        bench_send(bench, bench->late.data, bench->late.length);
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
void bench_run(struct bench *bench)
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
            bench_swipe(bench, MSR_DONE);
        listen(bench);
    }
}

void bench_open(struct bench *bench, const char *transport)
{
    memset(bench, 0, sizeof(*bench));
    fake_core_open(&bench->core, &driver_magstripe);
    fake_core_transport(&bench->core, transport);
    fake_core_option(&bench->core, "site-number", "1");
    fake_core_option(&bench->core, "site-key", BENCH_SITE_KEY);
}

void bench_plug_in(struct bench *bench)
{
    fake_core_up(&bench->core);
    bench_run(bench);
}

void bench_close(struct bench *bench)
{
    fake_core_close(&bench->core);
    buf_free(&bench->input);
    buf_free(&bench->late);
}

struct fake_op *bench_original(struct bench *bench, int32_t copies)
{
    struct fake_op *op = fake_core_op(&bench->core, KC_VERB_ISSUE_ORIGINAL);
    fake_op_room(op, "101");
    op->request.encoder = "Desk 1";
    op->request.copies = copies;
    op->request.until.utc = 1778140800; /* 2026-05-07T08:00:00Z */
    op->request.until.wall = (struct wall_time){2026, 5, 7, 8, 0};
    return op;
}

struct fake_op *bench_begin(struct bench *bench, struct fake_op *op)
{
    fake_core_begin(&bench->core, op);
    bench->op = op;
    bench_run(bench);
    return op;
}

void bench_expect(const struct fake_op *op, int32_t status, int32_t outcome)
{
    assert_true(op->done);
    if (op->error.code != status)
        print_error("%s\n", op->error.message);
    assert_int_equal(op->error.code, status);
    assert_int_equal(op->outcome, outcome);
}

struct fake_op *bench_image(struct bench *bench, const void *bytes, size_t count)
{
    struct fake_op *op = fake_core_op(&bench->core, KC_VERB_WRITE_IMAGE);
    op->request.encoder = "Desk 1";
    op->request.image = (const uint8_t *)bytes;
    op->request.image_size = count;
    return op;
}
