/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The reader at the link, whichever it is: one task after another, and what happens when it does not answer. */
#include <string.h>

#include "state.h"

/* What a reader may send beside its answers before that is a fault. */
enum { IGNORED_MOST = 4096 };

static const char silent[] = "The reader does not answer any more.";
static const char no_reader[] =
    "No reader answers here. Is it plugged in, and are speed (baud) and the option reader those of its manual?";

static void begin(struct driver_link *link)
{
    struct desk *desk = desk_of(link);
    desk->step = 0;
    desk->tries = 0;
    desk->extensions = 0;
    if (desk->type == READER_PN532)
        pn532_begin(link);
    else
        ccid_begin(link);
}

void reader_forget(struct driver_link *link)
{
    struct desk *desk = desk_of(link);
    pn532_decoder_reset(&desk->pn532);
    ccid_decoder_reset(&desk->ccid);
    ccid_frame_decoder_reset(&desk->ccid_frame);
    desk->task.name = desk->next.name = TASK_NONE;
    desk->ready = desk->pausing = desk->orphan = desk->listed = desk->powered = false;
    desk->lamp = LAMP_OFF;
    desk->firmware[0] = '\0';
    desk->found_count = 0;
}

/* As the option has it, else by the number that the reader says is its own. */
static enum reader_make make_of(const struct driver_link *link)
{
    static const uint16_t newer[] = {0x223B, 0x223E, 0x223F, 0x2224};
    enum { ACS = 0x072F, ACR122U = 0x2200 };
    struct driver_usb_id id = {0, 0};
    if (driver_option_is(link, OPTION_LAMP, "acr1252"))
        return MAKE_ACR1252;
    if (driver_option_is(link, OPTION_LAMP, "acr122") || desk_of(link)->type == READER_CCID_FRAME)
        return MAKE_ACR122;
    if (!driver_usb_id(link, &id) || id.vendor != ACS)
        return MAKE_OTHER;
    for (size_t i = 0; i < sizeof(newer) / sizeof(newer[0]); i++)
        if (id.product == newer[i])
            return MAKE_ACR1252;
    return id.product == ACR122U ? MAKE_ACR122 : MAKE_OTHER;
}

void reader_start(struct driver_link *link)
{
    struct desk *desk = desk_of(link);
    reader_forget(link);
    desk->make = make_of(link);
    desk->lit = !driver_option_is(link, OPTION_LAMP, "off");
    desk->task = (struct task){.name = TASK_START};
    begin(link);
}

/* ---- Tasks ----------------------------------------------------------------------------------------------------- */

static bool has_lamp(const struct desk *desk)
{
    return desk->lit && desk->make != MAKE_OTHER && desk->type != READER_PN532;
}

static void begin_lamp(struct driver_link *link)
{
    struct desk *desk = desk_of(link);
    desk->task = (struct task){.name = TASK_LAMP};
    begin(link);
}

void reader_do(struct driver_link *link, const struct task *task)
{
    struct desk *desk = desk_of(link);
    if (!desk->up || desk->failed)
        return;
    if (desk->pausing)
        driver_link_timer(link, -1);
    desk->pausing = false;
    if (desk->task.name != TASK_NONE) {
        desk->next = *task;
    } else if (desk->lamp != LAMP_OFF && has_lamp(desk)) {
        desk->next = *task;
        begin_lamp(link);
    } else {
        desk->task = *task;
        begin(link);
    }
}

void reader_show(struct driver_link *link, enum lamp lamp)
{
    struct desk *desk = desk_of(link);
    desk->lamp = lamp;
    if (has_lamp(desk) && lamp != LAMP_WAITING && desk->task.name == TASK_NONE && desk->up && !desk->failed &&
        !desk->pausing)
        begin_lamp(link);
}

void reader_find_later(struct driver_link *link)
{
    struct desk *desk = desk_of(link);
    if (!desk->up || desk->failed)
        return;
    desk->pausing = true;
    driver_link_timer(link, desk->settings.poll_interval);
}

void reader_abandon(struct driver_link *link)
{
    struct desk *desk = desk_of(link);
    if (desk->pausing)
        driver_link_timer(link, -1);
    desk->pausing = false;
    desk->next.name = TASK_NONE;
    desk->orphan = desk->task.name != TASK_NONE && desk->task.name != TASK_START;
}

/* A reader on USB is called as its descriptor says; the frames of a serial one are those of the ACR122S. */
static void tell_identity(struct driver_link *link)
{
    const struct desk *desk = desk_of(link);
    const char *model = desk->type == READER_PN532 ? "PN532" : desk->type == READER_CCID_FRAME ? "ACR122S" : "";
    driver_link_identity(link, model, desk->firmware);
}

void reader_done(struct driver_link *link, const struct answer *answer)
{
    struct desk *desk = desk_of(link);
    const enum task_name name = desk->task.name;
    const bool awaited = !desk->orphan && name != TASK_LAMP && name != TASK_START;
    driver_link_timer(link, -1);
    desk->task.name = TASK_NONE;
    desk->orphan = false;
    if (name == TASK_START) {
        desk->ready = true;
        tell_identity(link);
        driver_link_ready(link);
    } else if (awaited && desk->op) {
        job_answer(desk->op, answer);
    } else if (desk->next.name != TASK_NONE) {
        desk->task = desk->next;
        desk->next.name = TASK_NONE;
        begin(link);
    }
}

/* ---- Sending and waiting --------------------------------------------------------------------------------------- */

void reader_wait(struct driver_link *link, int64_t ms)
{
    driver_link_timer(link, ms);
}

void reader_sent(struct driver_link *link, const struct buf *bytes, bool acknowledged)
{
    struct desk *desk = desk_of(link);
    if (bytes->failed) {
        reader_fail(link, KC_ERROR_NO_MEMORY, "Memory is used up.");
        return;
    }
    desk->acknowledged = acknowledged;
    desk->ignored = 0;
    contactless_trace(link, true, bytes->data, bytes->length);
    driver_send(link, bytes->data, bytes->length);
    reader_wait(link, desk->settings.answer_timeout);
}

void reader_fail(struct driver_link *link, int32_t status, const char *text)
{
    struct desk *desk = desk_of(link);
    if (!desk->up || desk->failed)
        return;
    desk->failed = true;
    desk->task.name = desk->next.name = TASK_NONE;
    driver_link_fail(link, status, text);
    if (desk->op)
        job_fail(desk->op, status, "", text);
}

bool reader_ignores(struct driver_link *link, const char *what)
{
    struct desk *desk = desk_of(link);
    if (driver_tracing(link))
        driver_trace(link, false, what);
    if (++desk->ignored <= IGNORED_MOST)
        return false;
    reader_fail(link, KC_ERROR_PROTOCOL, "The reader sends what nobody asked for, without an end.");
    return true;
}

void reader_timer(struct driver_link *link)
{
    static const struct task find = {.name = TASK_FIND};
    struct desk *desk = desk_of(link);
    if (desk->pausing) {
        desk->pausing = false;
        reader_do(link, &find);
    } else if (desk->task.name == TASK_START) {
        if (desk->type == READER_PN532 && pn532_silent(link))
            return;
        if (desk->type == READER_PN532 && driver_option_is(link, OPTION_READER, "auto")) {
            desk->type = READER_CCID_FRAME;
            reader_start(link);
            return;
        }
        reader_fail(link, KC_ERROR_TIMED_OUT, no_reader);
    } else if (desk->task.name != TASK_NONE) {
        reader_fail(link, KC_ERROR_TIMED_OUT, silent);
    }
}

/* A look for a card that was to come later is due now. */
void reader_interrupt(struct driver_link *link, const uint8_t *bytes, size_t count)
{
    struct desk *desk = desk_of(link);
    bool present;
    if (desk->pausing && ccid_slot_change_parse(bytes, count, 0, &present) == 0)
        driver_link_timer(link, 0);
}

void reader_take(struct driver_link *link, const uint8_t *bytes, size_t count)
{
    struct desk *desk = desk_of(link);
    if (desk->failed)
        return;
    contactless_trace(link, false, bytes, count);
    if (desk->type == READER_PN532)
        pn532_take(link, bytes, count);
    else
        ccid_take(link, bytes, count);
}
