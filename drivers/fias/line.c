/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records on their way: at once over TCP; one after the other over a serial line, each with its acknowledgement. FIAS,
 * section "serial connection". */
#include <stdlib.h>
#include <string.h>

#include "state.h"

void fias_fail(struct driver_link *link, int32_t status, const char *text)
{
    struct line *line = line_of(link);
    if (!line->up || line->failed)
        return;
    line->failed = true;
    fias_trace_note(link, false, text);
    driver_link_fail(link, status, text);
}

static void send_control(struct driver_link *link, uint8_t byte)
{
    struct line *line = line_of(link);
    if (!line->up || line->failed)
        return;
    fias_trace_note(link, true, byte == FIAS_ACK ? "ACK" : byte == FIAS_NAK ? "NAK" : "ENQ");
    driver_send(link, &byte, 1);
}

/* ---- The queue of a serial line -------------------------------------------------------------------------------- */

static void free_frame(struct outgoing *frame)
{
    buf_free(&frame->frame);
    free(frame);
}

static struct outgoing *take_first(struct line *line)
{
    struct outgoing *first = line->first;
    line->first = first->next;
    line->waiting--;
    line->sent = false;
    line->sends = line->asks = 0;
    return first;
}

void fias_forget_frames(struct line *line)
{
    while (line->first)
        free_frame(take_first(line));
}

void fias_drop_frames(struct line *line, const struct driver_op *op)
{
    for (struct outgoing **place = &line->first; *place;) {
        struct outgoing *frame = *place;
        bool on_the_line = frame == line->first && line->sent;
        if (frame->op != op) {
            place = &frame->next;
        } else if (on_the_line) {
            frame->op = NULL; /* its acknowledgement still comes */
            place = &frame->next;
        } else {
            *place = frame->next;
            line->waiting--;
            free_frame(frame);
        }
    }
}

static void put_on_line(struct driver_link *link, const struct outgoing *frame, bool with_check)
{
    struct line *line = line_of(link);
    line->sent = true;
    line->sends++;
    line->asks = 0;
    fias_trace_record(link, true, frame->frame.data + 1, frame->frame.length - (with_check ? 3 : 2));
    driver_send(link, frame->frame.data, frame->frame.length);
}

/* What can change something is committed right before it leaves. */
static void send_first(struct driver_link *link)
{
    struct line *line = line_of(link);
    struct outgoing *first = line->first;
    if (!line->up || line->failed || !first)
        return;
    if (first->op) {
        driver_op_committed(first->op);
        exchange_of(first->op)->left = true;
    }
    put_on_line(link, first, line->decoder.with_check);
    driver_link_timer(link, driver_option_number(link, OPTION_ACKNOWLEDGE_TIMEOUT));
}

static void next_frame(struct driver_link *link)
{
    if (line_of(link)->first)
        send_first(link);
    else
        fias_set_timer(link);
}

bool fias_send(struct driver_link *link, struct driver_op *op, const struct buf *record)
{
    struct line *line = line_of(link);
    struct outgoing *frame = calloc(1, sizeof(*frame));
    bool with_check = line->decoder.with_check;
    if (!frame || !line->up || line->failed || line->waiting == WAITING_FRAMES_AT_MOST ||
        fias_frame_encode(record->data, record->length, with_check, &frame->frame) != 0 || frame->frame.failed) {
        if (frame)
            free_frame(frame);
        return false;
    }
    frame->op = op;
    frame->record = FIAS_ID(record->data);
    if (!fias_is_serial(link)) {
        if (op)
            driver_op_committed(op);
        fias_trace_record(link, true, record->data, record->length);
        driver_send(link, frame->frame.data, frame->frame.length);
        free_frame(frame);
        return true;
    }
    struct outgoing **place = &line->first;
    while (*place)
        place = &(*place)->next;
    *place = frame;
    line->waiting++;
    if (!line->sent)
        send_first(link);
    return true;
}

/* ---- Acknowledgements ------------------------------------------------------------------------------------------ */

/* The first record is off the line; its answer is due. */
static void on_taken(struct driver_link *link)
{
    struct line *line = line_of(link);
    struct outgoing *first = take_first(line);
    struct driver_op *op = first->op;
    free_frame(first);
    next_frame(link);
    if (op)
        fias_acknowledged(op);
}

static void on_accepted(struct driver_link *link)
{
    fias_trace_note(link, false, "ACK");
    if (line_of(link)->sent)
        on_taken(link);
}

/* NAK as answer to ENQ says that nothing is remembered. The record may have been taken all the same: any byte, noise or
 * our own ACK of another record, makes the other side forget that it had answered ACK. So a request that changes
 * something is not sent again; whether it was taken, its answer tells. */
static bool is_doubtful(const struct driver_link *link)
{
    const struct line *line = line_of(link);
    const struct driver_op *op = line->first->op;
    return op && line->asks > 0 && op->request->verb != KC_VERB_READ_CARD &&
           driver_option_is(link, OPTION_NAK_AFTER_ENQUIRY, "await");
}

/* Another NAK says that the record was not taken: it is sent again, a few times, and then dropped. */
static void on_refused(struct driver_link *link)
{
    struct line *line = line_of(link);
    fias_trace_note(link, false, "NAK");
    if (!line->sent)
        return;
    if (is_doubtful(link)) {
        on_taken(link);
        return;
    }
    if (line->sends < driver_option_number(link, OPTION_FRAME_TRIES)) {
        send_first(link);
        return;
    }
    struct outgoing *first = take_first(line);
    struct driver_op *op = first->op;
    free_frame(first);
    next_frame(link);
    if (op)
        fias_refused(op);
}

static bool carries_request(const struct line *line)
{
    for (const struct outgoing *frame = line->first; frame; frame = frame->next)
        if (frame->op)
            return true;
    return false;
}

/* FIAS: no answer within 3 s: ENQ, up to three times; the other side then repeats its last answer. */
void fias_acknowledge_late(struct driver_link *link)
{
    struct line *line = line_of(link);
    if (!line->sent) {
        fias_set_timer(link);
        return;
    }
    if (line->asks < driver_option_number(link, OPTION_ENQUIRY_TRIES)) {
        line->asks++;
        send_control(link, FIAS_ENQ);
        driver_link_timer(link, driver_option_number(link, OPTION_ACKNOWLEDGE_TIMEOUT));
        return;
    }
    if (carries_request(line) || line->state == LINK_ALIVE) {
        fias_fail(link, KC_ERROR_TIMED_OUT, "Nobody answers on the serial line: see to cable, speed and lock system.");
        return;
    }
    fias_forget_frames(line); /* nobody is there yet: the link is started again and again */
    fias_start_link(link);
}

static void acknowledge(struct driver_link *link, bool good)
{
    struct line *line = line_of(link);
    if (!fias_is_serial(link))
        return;
    line->answer = good ? FIAS_ACK : FIAS_NAK;
    send_control(link, line->answer);
}

/* ---- What comes ------------------------------------------------------------------------------------------------ */

static void on_frame(struct driver_link *link)
{
    struct line *line = line_of(link);
    if (!line->decoder.good) {
        fias_trace_note(link, false, "(a record with a wrong check byte)");
        acknowledge(link, false);
        return;
    }
    struct buf record = line->decoder.body; /* the decoder may be used again before it is done with */
    buf_init(&line->decoder.body);
    acknowledge(link, true);
    fias_trace_record(link, false, record.data, record.length);
    fias_take_record(link, record.data, record.length);
    buf_free(&record);
}

static void on_event(struct driver_link *link, enum fias_event event)
{
    struct line *line = line_of(link);
    switch (event) {
    case FIAS_FRAME:
        on_frame(link);
        return;
    case FIAS_ENQUIRY:
        fias_trace_note(link, false, "ENQ");
        if (fias_is_serial(link))
            send_control(link, line->answer);
        return;
    case FIAS_ACCEPTED:
        if (fias_is_serial(link))
            on_accepted(link);
        return;
    case FIAS_REFUSED:
        if (fias_is_serial(link))
            on_refused(link);
        return;
    case FIAS_TOO_LONG:
        fias_trace_note(link, false, "(a record of more than 2000 characters)");
        acknowledge(link, false);
        return;
    case FIAS_NOISE:
    case FIAS_NOTHING:
        return;
    }
}

/* A peer that sends a record so slowly that it never ends holds up all answers behind it. */
static void watch_record(struct driver_link *link, bool another)
{
    struct line *line = line_of(link);
    int64_t now = driver_clock(link), most = (driver_option_number(link, OPTION_RECORD_TIMEOUT) + 999) / 1000;
    if (!fias_decoder_is_inside(&line->decoder))
        line->since = 0;
    else if (another || line->since == 0 || now < line->since)
        line->since = now;
    else if (now - line->since >= most)
        fias_fail(link, KC_ERROR_TIMED_OUT,
                  "The lock system did not end a record that it began (see the option "
                  "record-timeout).");
}

void fias_take_bytes(struct driver_link *link, const uint8_t *bytes, size_t count)
{
    struct line *line = line_of(link);
    bool another = false;
    while (count > 0 && line->up && !line->failed) {
        enum fias_event event;
        size_t taken = fias_decode(&line->decoder, bytes, count, &event);
        if (line->decoder.body.failed) {
            fias_fail(link, KC_ERROR_NO_MEMORY, "Memory is used up.");
            return;
        }
        /* FIAS: any byte but ENQ makes the answer to a later ENQ a NAK, so that nothing is taken for accepted twice */
        if (event != FIAS_ENQUIRY || taken > 1)
            line->answer = FIAS_NAK;
        bytes += taken;
        count -= taken;
        another = another || event == FIAS_FRAME || event == FIAS_TOO_LONG;
        on_event(link, event);
    }
    if (line->up && !line->failed)
        watch_record(link, another);
}
