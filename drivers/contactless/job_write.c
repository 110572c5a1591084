/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing a card so that it is known at each moment what stands on it. The marker is what makes a key be there (the
 * length of the message). First it is cleared, so that neither the old key nor half of the new one counts; then all the
 * rest is written and read back; the marker comes last, and is read back. A card that left on the way and comes back is
 * read and begun again. */
#include <stdio.h>
#include <string.h>

#include "state.h"

static size_t unit_count(const struct job *job)
{
    return (job->area.length + job->unit - 1) / job->unit;
}

static size_t marker_unit(const struct job *job)
{
    return job->area.marker / job->unit;
}

/* Bytes of a unit; the last one of a file may be shorter. */
static size_t unit_length(const struct job *job, size_t unit)
{
    size_t left = job->area.length - unit * job->unit;
    return job->kind.family == CARD_DESFIRE && left < job->unit ? left : job->unit;
}

/* As it shall stand on the card; behind the end of the message, what stood there before. */
static void unit_bytes(const struct job *job, size_t unit, bool with_marker, uint8_t out[DESFIRE_WRITE_MOST])
{
    const size_t start = unit * job->unit, length = unit_length(job, unit);
    for (size_t i = 0; i < length; i++) {
        size_t at = start + i;
        bool marker = at >= job->area.marker && at < job->area.marker + job->area.marker_length;
        out[i] = at >= job->area.length ? job->before[at] : job->area.bytes[at];
        if (marker && !with_marker)
            out[i] = 0;
    }
}

static bool stands_there(const struct job *job, size_t unit, bool with_marker)
{
    uint8_t bytes[DESFIRE_WRITE_MOST];
    unit_bytes(job, unit, with_marker, bytes);
    return memcmp(job->memory + unit * job->unit, bytes, unit_length(job, unit)) == 0;
}

static bool all_stands_there(const struct job *job, bool with_marker)
{
    for (size_t unit = 0; unit < unit_count(job); unit++)
        if (!stands_there(job, unit, with_marker))
            return false;
    return true;
}

static void write_unit(struct driver_op *op, size_t unit, bool with_marker)
{
    struct job *job = job_of(op);
    uint8_t bytes[DESFIRE_WRITE_MOST];
    unit_bytes(job, unit, with_marker, bytes);
    if (job->known == KNOWN_AS_BEFORE) {
        driver_op_committed(op);
        job->known = KNOWN_TOUCHED;
    }
    job_do_unit(op, true, unit, bytes, unit_length(job, unit));
}

/* It may lie there still when the next card is wanted. */
static void remember_card(struct driver_op *op)
{
    const struct card_target *card = &job_of(op)->card;
    struct desk *desk = desk_of(op->link);
    memcpy(desk->last_uid, card->uid, sizeof(desk->last_uid));
    desk->last_uid_size = card->uid_size;
}

/* ---- Before the first byte ------------------------------------------------------------------------------------- */

static bool is_locked(const struct job *job, uint16_t *page)
{
    enum { NDEF = 0xE1, ACCESS = 15, READ_ONLY = 0x0F };
    if (job->kind.family != CARD_TYPE_2)
        return false;
    *page = 3;
    if (job->head[12] == NDEF && (job->head[ACCESS] & 0x0F) == READ_ONLY)
        return true;
    for (size_t unit = 0; unit < unit_count(job); unit++) {
        *page = (uint16_t)(TYPE_2_FIRST_PAGE + unit);
        if (type_2_is_locked(&job->kind, job->head + 8, job->locks, *page))
            return true;
    }
    return false;
}

static bool compose(struct driver_op *op)
{
    struct job *job = job_of(op);
    const struct driver_request *request = op->request;
    char text[200];
    uint16_t page = 0;
    int bad;
    if (request->verb == KC_VERB_WRITE_IMAGE)
        bad = area_compose_raw(request->image, request->image_size, job->unit, &job->area);
    else if (job->kind.family == CARD_DESFIRE)
        bad = area_compose_file(job->message, job->message_length, &job->area);
    else
        bad = area_compose(job->memory, job->have, job->message, job->message_length, &job->area);
    if (bad != 0 || job->area.length > job->have) { /* as much was read as there is room for */
        snprintf(text, sizeof(text), "The card, %s, is too small: it has room for %zu bytes, and the key needs %zu.",
                 job->kind.name, job->capacity, job->area.length);
        job_fail(op, KC_ERROR_CARD_FORMAT, "", text);
        return false;
    }
    if (is_locked(job, &page)) {
        snprintf(text, sizeof(text), "The card, %s, is locked: page %d cannot be written any more.", job->kind.name,
                 (int)page);
        job_fail(op, KC_ERROR_CARD_REFUSED, "", text);
        return false;
    }
    return true;
}

static void begin(struct driver_op *op)
{
    struct job *job = job_of(op);
    job->phase = PHASE_BREAK;
    job->at = 0;
    write_unit(op, marker_unit(job), false);
}

/* The card was read again after something went wrong, so what stands on it is known. */
static void begin_again(struct driver_op *op)
{
    struct job *job = job_of(op);
    char text[200], code[8];
    if (all_stands_there(job, true)) {
        job_card_made(op);
        return;
    }
    size_t compared = job->have < job->before_length ? job->have : job->before_length;
    bool untouched = memcmp(job->memory, job->before, compared) == 0;
    if (untouched)
        job->known = KNOWN_AS_BEFORE;
    else if (stands_there(job, marker_unit(job), false))
        job->known = KNOWN_NO_KEY;
    desk_of(op->link)->last_uid_size = 0; /* no key is on it */
    if (job->restarts > JOB_RESTARTS) {
        job_code(job->trouble_code, code);
        snprintf(text, sizeof(text), "The card, %s, cannot be written: %s.", job->kind.name, job->trouble);
        job_fail(op, KC_ERROR_CARD, code, text);
        return;
    }
    begin(op);
}

void job_write(struct driver_op *op)
{
    struct job *job = job_of(op);
    driver_op_timer(op, -1);
    if (job->known != KNOWN_AS_BEFORE) {
        begin_again(op);
        return;
    }
    memcpy(job->before, job->memory, job->have);
    job->before_length = job->have;
    if (!compose(op))
        return;
    if (job->area.length <= job->have && all_stands_there(job, true))
        job_card_made(op); /* the same bytes once more */
    else
        begin(op);
}

/* ---- Step by step ---------------------------------------------------------------------------------------------- */

static void read_back(struct driver_op *op, enum phase phase)
{
    struct job *job = job_of(op);
    const bool is_file = job->kind.family == CARD_DESFIRE;
    job->phase = phase;
    job->have = 0;
    job->need = is_file ? job->area.length : unit_count(job) * job->unit;
    job_read_on(op);
}

static void write_next(struct driver_op *op)
{
    struct job *job = job_of(op);
    job->phase = PHASE_WRITE;
    while (job->at < unit_count(job) && job->at == marker_unit(job))
        job->at++;
    if (job->at < unit_count(job))
        write_unit(op, job->at, false);
    else
        read_back(op, PHASE_VERIFY);
}

void job_compare(struct driver_op *op)
{
    static const struct answer different = {.kind = ANSWER_REFUSED,
                                            .text = "what is read back is not what was written"};
    struct job *job = job_of(op);
    if (!all_stands_there(job, job->phase == PHASE_CONFIRM)) {
        job_lost(op, &different);
    } else if (job->phase == PHASE_CONFIRM) {
        job_card_made(op);
    } else {
        remember_card(op); /* from now on there may be a key that must not be written over */
        job->phase = PHASE_MARK;
        job->known = KNOWN_MARKER_SENT;
        write_unit(op, marker_unit(job), true);
    }
}

void job_write_answer(struct driver_op *op, const struct answer *answer)
{
    struct job *job = job_of(op);
    struct answer copy = *answer;
    if (job_was_opened(op, answer)) {
        if (job->phase == PHASE_WRITE)
            write_next(op);
        else
            write_unit(op, marker_unit(job), job->phase == PHASE_MARK);
        return;
    }
    if (!job_was_done(job, &copy)) {
        job_lost(op, &copy);
        return;
    }
    if (job->phase == PHASE_BREAK) {
        job->known = KNOWN_NO_KEY;
        write_next(op);
    } else if (job->phase == PHASE_WRITE) {
        job->at++;
        write_next(op);
    } else {
        read_back(op, PHASE_CONFIRM);
    }
}
