/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tasks as commands of a PN532 at a serial line (user manual, 7.2 and 7.3). Each command is acknowledged first; what
 * comes before the acknowledgement belongs to an earlier one. */
#include <stdio.h>
#include <string.h>

#include "state.h"

enum { START_TRIES = 3, START_WAIT_MS = 400 };
enum { STEP_SAM, STEP_FIRMWARE, STEP_RETRIES }; /* of TASK_START */
enum { STEP_RELEASE, STEP_LIST };               /* of TASK_FIND */

static void send(struct driver_link *link, const uint8_t *command, size_t count, bool wake)
{
    struct buf bytes = {0};
    if (wake)
        buf_append(&bytes, pn532_wake, PN532_WAKE_SIZE);
    if (pn532_frame_encode(PN532_TO_CHIP, command, count, &bytes) != 0)
        bytes.failed = true;
    desk_of(link)->command = command[0];
    reader_sent(link, &bytes, false);
    buf_free(&bytes);
}

static void send_start(struct driver_link *link)
{
    static const uint8_t sam[] = {PN532_SAM_CONFIGURATION, 0x01, 0x14, 0x01}, firmware[] = {PN532_GET_FIRMWARE_VERSION};
    /* a card is looked for twice, not for ever */
    static const uint8_t retries[] = {PN532_RF_CONFIGURATION, 0x05, 0xFF, 0x01, 0x02};
    struct desk *desk = desk_of(link);
    if (desk->step == STEP_SAM) {
        send(link, sam, sizeof(sam), true);
        if (desk->settings.answer_timeout > START_WAIT_MS && !desk->failed)
            reader_wait(link, START_WAIT_MS);
    } else if (desk->step == STEP_FIRMWARE) {
        send(link, firmware, sizeof(firmware), false);
    } else {
        send(link, retries, sizeof(retries), false);
    }
}

bool pn532_silent(struct driver_link *link)
{
    struct desk *desk = desk_of(link);
    if (desk->step != STEP_SAM || ++desk->tries >= START_TRIES)
        return false;
    send_start(link);
    return true;
}

/* Up to two, so that a second card is noticed. */
static void send_find(struct driver_link *link)
{
    static const uint8_t release[] = {PN532_IN_RELEASE, 0x00}, list[] = {PN532_IN_LIST, PN532_TARGETS, 0x00};
    struct desk *desk = desk_of(link);
    if (desk->step == STEP_RELEASE && !desk->listed)
        desk->step = STEP_LIST;
    if (desk->step == STEP_RELEASE)
        send(link, release, sizeof(release), false);
    else
        send(link, list, sizeof(list), false);
}

/* A command for the card behind the command of the chip. */
static void send_exchange(struct driver_link *link)
{
    struct desk *desk = desk_of(link);
    const struct task *task = &desk->task;
    const struct card_target *card = &desk->found[0];
    struct buf command = {0};
    buf_append_byte(&command, task->name == TASK_VERSION ? PN532_IN_COMMUNICATE_THRU : PN532_IN_DATA_EXCHANGE);
    if (task->name != TASK_VERSION)
        buf_append_byte(&command, card->number);
    if (task->name == TASK_READ)
        card_read(task->block, &command);
    else if (task->name == TASK_WRITE && task->count == TYPE_2_PAGE)
        card_write_page(task->block, task->data, &command);
    else if (task->name == TASK_WRITE)
        card_write_block(task->block, task->data, &command);
    else if (task->name == TASK_AUTHENTICATE)
        card_authenticate(task->block, desk->settings.classic_key_type, desk->settings.classic_key, card->uid,
                          card->uid_size, &command);
    else if (task->name == TASK_VERSION)
        buf_append_byte(&command, CARD_GET_VERSION);
    else
        buf_append(&command, task->data, task->count);
    if (command.failed)
        reader_fail(link, KC_ERROR_NO_MEMORY, "Memory is used up.");
    else
        send(link, command.data, command.length, false);
    buf_free(&command);
}

void pn532_begin(struct driver_link *link)
{
    struct desk *desk = desk_of(link);
    const struct answer unsupported = {.kind = ANSWER_UNSUPPORTED, .text = "this reader cannot do that"};
    if (desk->task.name == TASK_START)
        send_start(link);
    else if (desk->task.name == TASK_FIND)
        send_find(link);
    else if (desk->task.name == TASK_LAMP)
        reader_done(link, &unsupported);
    else
        send_exchange(link);
}

/* ---- Answers --------------------------------------------------------------------------------------------------- */

static void take_start(struct driver_link *link, const uint8_t *data, size_t count)
{
    struct desk *desk = desk_of(link);
    const struct answer good = {.kind = ANSWER_GOOD};
    if (desk->step == STEP_FIRMWARE && (count < 2 || data[0] != PN532_IC)) {
        reader_fail(link, KC_ERROR_PROTOCOL, "What answers here is no PN532: it says that it is another chip.");
        return;
    }
    if (desk->step == STEP_FIRMWARE && count >= 3) /* version and revision */
        snprintf(desk->firmware, sizeof(desk->firmware), "%u.%u", data[1], data[2]);
    if (desk->step == STEP_RETRIES) {
        reader_done(link, &good);
        return;
    }
    desk->step++;
    send_start(link);
}

static void take_find(struct driver_link *link, const uint8_t *data, size_t count)
{
    struct desk *desk = desk_of(link);
    const struct answer good = {.kind = ANSWER_GOOD};
    if (desk->step == STEP_RELEASE) {
        desk->listed = false;
        desk->step = STEP_LIST;
        send_find(link);
        return;
    }
    if (pn532_targets_parse(data, count, desk->found, &desk->found_count) != 0) {
        reader_fail(link, KC_ERROR_PROTOCOL, "The reader told of cards in a way that makes no sense.");
        return;
    }
    desk->listed = desk->found_count > 0;
    if (desk->listed)
        desk->found_kind = card_by_sak(desk->found[0].atqa, desk->found[0].sak);
    reader_done(link, &good);
}

static enum answer_kind kind_of(uint8_t status)
{
    switch (PN532_STATUS(status)) {
    case PN532_STATUS_GOOD:
        return ANSWER_GOOD;
    case PN532_STATUS_AUTHENTICATION:
        return ANSWER_NOT_AUTHENTICATED;
    case PN532_STATUS_TIMED_OUT:
    case PN532_STATUS_CONTEXT:
    case PN532_STATUS_CARD_GONE:
        return ANSWER_GONE;
    default:
        return ANSWER_REFUSED;
    }
}

static void take_exchange(struct driver_link *link, const uint8_t *data, size_t count)
{
    const enum task_name name = desk_of(link)->task.name;
    if (count < 1) {
        reader_fail(link, KC_ERROR_PROTOCOL, "The reader sent an answer without a status.");
        return;
    }
    struct answer answer = {.kind = kind_of(data[0]),
                            .text = pn532_status_text(data[0]),
                            .code = PN532_STATUS(data[0]),
                            .data = data + 1,
                            .count = count - 1};
    bool is_short = (name == TASK_READ && answer.count < 16) ||
                    (name == TASK_VERSION && answer.count < CARD_VERSION_SIZE);
    if (answer.kind == ANSWER_GOOD && is_short) {
        answer.kind = ANSWER_REFUSED;
        answer.text = "the answer is too short";
    }
    reader_done(link, &answer);
}

static void take_frame(struct driver_link *link)
{
    struct desk *desk = desk_of(link);
    const uint8_t *data = desk->pn532.data;
    const size_t count = desk->pn532.length;
    bool ours = desk->pn532.direction == PN532_TO_HOST && desk->acknowledged && desk->task.name != TASK_NONE &&
                data[0] == desk->command + 1;
    if (!ours)
        reader_ignores(link, "(an answer that nobody waits for)");
    else if (desk->task.name == TASK_START)
        take_start(link, data + 1, count - 1);
    else if (desk->task.name == TASK_FIND)
        take_find(link, data + 1, count - 1);
    else
        take_exchange(link, data + 1, count - 1);
}

/* The answer to the present command is lost: the card may have done it. */
static void take_loss(struct driver_link *link, const char *text)
{
    struct desk *desk = desk_of(link);
    const struct answer lost = {.kind = ANSWER_REFUSED, .text = text};
    const bool exchange = desk->task.name > TASK_FIND;
    if (!exchange || !desk->acknowledged)
        reader_ignores(link, text);
    else
        reader_done(link, &lost);
}

void pn532_take(struct driver_link *link, const uint8_t *bytes, size_t count)
{
    struct desk *desk = desk_of(link);
    while (count > 0 && desk->up && !desk->failed) {
        enum pn532_event event;
        size_t taken = pn532_decode(&desk->pn532, bytes, count, &event);
        bytes += taken;
        count -= taken;
        if (event == PN532_ACK && desk->task.name != TASK_NONE && !desk->acknowledged)
            desk->acknowledged = true;
        else if (event == PN532_FRAME)
            take_frame(link);
        else if (event == PN532_ERROR)
            take_loss(link, "the reader does not understand the command");
        else if (event == PN532_NACK)
            take_loss(link, "the reader did not understand the command");
        else if (event == PN532_DAMAGED)
            take_loss(link, "the answer is damaged");
        else if (event != PN532_NOTHING)
            reader_ignores(link, "(an acknowledgement that nobody waits for)");
    }
}
