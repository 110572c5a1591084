/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tasks as messages of a CCID reader, over USB or in the frames of a serial one. Memory of cards is read and written by
 * the commands that PC/SC part 3 gives to readers, so that every one of them will do. */
#include <string.h>

#include "state.h"

enum { STEP_STATUS, STEP_POWER, STEP_UID }; /* of TASK_FIND */
enum { STEP_LOAD, STEP_OPEN };              /* of TASK_AUTHENTICATE */
enum { EXTENSIONS_MOST = 60, EXTENSION_MOST = 10 };
enum { READ_LENGTH = 16 };

static const char broken_answer[] = "The reader sent an answer that makes no sense.";

static void send_message(struct driver_link *link, uint8_t type, const uint8_t *data, size_t count)
{
    struct desk *desk = desk_of(link);
    const struct ccid_message message = {.type = type, .sequence = ++desk->sequence, .data = data, .count = count};
    struct buf bytes = {0};
    int bad = desk->type == READER_CCID ? ccid_encode(&message, &bytes) : ccid_frame_encode(&message, &bytes);
    if (bad != 0)
        bytes.failed = true;
    desk->command = type;
    reader_sent(link, &bytes, desk->type == READER_CCID);
    buf_free(&bytes);
}

static void send_apdu(struct driver_link *link, uint8_t type, struct buf *apdu)
{
    if (apdu->failed)
        reader_fail(link, KC_ERROR_NO_MEMORY, "Memory is used up.");
    else
        send_message(link, type, apdu->data, apdu->length);
    buf_free(apdu);
}

/* ---- Lamp and buzzer ------------------------------------------------------------------------------------------- */

/* Orange blinks while a card is awaited; then green and one beep, or red and three. */
static void send_acr122_lamp(struct driver_link *link, enum lamp lamp)
{
    enum { RED = 0x01, GREEN = 0x02, SET = 0x0C, BLINK_BOTH = 0xF0, BEEP = 0x01 };
    struct buf apdu = {0};
    if (lamp == LAMP_WAITING)
        apdu_lamp(SET | RED | GREEN, 0, 0, 0, 0, &apdu);
    else if (lamp == LAMP_DONE)
        apdu_lamp(SET | GREEN, 2, 0, 1, BEEP, &apdu);
    else
        apdu_lamp(SET | RED, 1, 1, 3, BEEP, &apdu);
    send_apdu(link, desk_of(link)->powered ? CCID_TRANSFER : CCID_ESCAPE, &apdu);
}

/* Units of 10 ms. */
static void send_acr1252_buzzer(struct driver_link *link, enum lamp lamp)
{
    const uint8_t command[] = {0xE0, 0x00, 0x00, 0x28, 0x01, lamp == LAMP_FAILED ? 60 : 15};
    const struct answer silent = {.kind = ANSWER_GOOD};
    if (lamp == LAMP_WAITING)
        reader_done(link, &silent);
    else
        send_message(link, CCID_ESCAPE, command, sizeof(command));
}

static void send_lamp(struct driver_link *link)
{
    struct desk *desk = desk_of(link);
    const enum lamp lamp = desk->lamp;
    desk->lamp = LAMP_OFF;
    if (desk->make == MAKE_ACR122)
        send_acr122_lamp(link, lamp);
    else
        send_acr1252_buzzer(link, lamp);
}

/* ---- Requests -------------------------------------------------------------------------------------------------- */

static void send_find(struct driver_link *link)
{
    struct buf apdu = {0};
    switch (desk_of(link)->step) {
    case STEP_STATUS:
        send_message(link, CCID_SLOT_STATUS, NULL, 0);
        return;
    case STEP_POWER:
        send_message(link, CCID_POWER_ON, NULL, 0);
        return;
    default:
        apdu_get_uid(&apdu);
        send_apdu(link, CCID_TRANSFER, &apdu);
    }
}

/* Only a PN532 inside can ask for it. */
static void send_version(struct driver_link *link)
{
    static const uint8_t command[] = {PN532_IN_COMMUNICATE_THRU, CARD_GET_VERSION};
    const struct answer unsupported = {.kind = ANSWER_UNSUPPORTED, .text = "this reader has no such command"};
    struct buf apdu = {0};
    if (desk_of(link)->make != MAKE_ACR122) {
        reader_done(link, &unsupported);
        return;
    }
    if (apdu_direct(command, sizeof(command), &apdu) != 0)
        apdu.failed = true;
    send_apdu(link, CCID_TRANSFER, &apdu);
}

static void send_exchange(struct driver_link *link)
{
    struct desk *desk = desk_of(link);
    const struct task *task = &desk->task;
    struct buf apdu = {0};
    if (task->name == TASK_READ)
        apdu_read_block(task->block, READ_LENGTH, &apdu);
    else if (task->name == TASK_WRITE && apdu_write_block(task->block, task->data, task->count, &apdu) != 0)
        apdu.failed = true;
    else if (task->name == TASK_AUTHENTICATE && desk->step == STEP_LOAD)
        apdu_load_key(desk->settings.classic_key, &apdu);
    else if (task->name == TASK_AUTHENTICATE)
        apdu_authenticate(task->block, desk->settings.classic_key_type, &apdu);
    else if (task->name == TASK_APDU)
        buf_append(&apdu, task->data, task->count);
    send_apdu(link, CCID_TRANSFER, &apdu);
}

/* Any device can say that it is of the class; what it says of itself must make sense before it is talked to. */
static bool is_reader(struct driver_link *link)
{
    enum { MESSAGE_LEAST = CCID_HEADER + 5 + CLASSIC_BLOCK };
    struct ccid_descriptor descriptor;
    size_t count = 0;
    const uint8_t *bytes = driver_usb_descriptor(link, &count);
    return desk_of(link)->type != READER_CCID || (bytes && ccid_descriptor_parse(bytes, count, &descriptor) == 0 &&
                                                  descriptor.longest_message >= MESSAGE_LEAST);
}

void ccid_begin(struct driver_link *link)
{
    switch (desk_of(link)->task.name) {
    case TASK_START:
        if (is_reader(link))
            send_message(link, CCID_SLOT_STATUS, NULL, 0);
        else
            reader_fail(link, KC_ERROR_PROTOCOL, "The USB device does not describe itself as a card reader (CCID).");
        return;
    case TASK_FIND:
        send_find(link);
        return;
    case TASK_LAMP:
        send_lamp(link);
        return;
    case TASK_VERSION:
        send_version(link);
        return;
    default:
        send_exchange(link);
    }
}

/* ---- Answers --------------------------------------------------------------------------------------------------- */

static void find_nothing(struct driver_link *link)
{
    const struct answer good = {.kind = ANSWER_GOOD};
    desk_of(link)->powered = false;
    desk_of(link)->found_count = 0;
    reader_done(link, &good);
}

static void take_uid(struct driver_link *link, const struct ccid_message *message)
{
    struct desk *desk = desk_of(link);
    struct card_target *card = &desk->found[0];
    const struct answer good = {.kind = ANSWER_GOOD};
    size_t size = 0;
    uint16_t status = 0;
    if (apdu_split(message->data, message->count, &size, &status) != 0 || status != APDU_GOOD ||
        (size != 4 && size != 7 && size != 10)) {
        const struct answer refused = {
            .kind = ANSWER_REFUSED, .text = "the reader does not tell the card's serial number", .code = status};
        reader_done(link, &refused);
        return;
    }
    memset(card, 0, sizeof(*card));
    memcpy(card->uid, message->data, size);
    card->uid_size = size;
    desk->found_count = 1;
    reader_done(link, &good);
}

static void take_find(struct driver_link *link, const struct ccid_message *message)
{
    struct desk *desk = desk_of(link);
    bool failed = ccid_result(message) == CCID_FAILED;
    if (desk->step != STEP_UID && (failed || ccid_icc(message) == CCID_CARD_ABSENT)) {
        find_nothing(link);
        return;
    }
    if (desk->step == STEP_UID) {
        take_uid(link, message);
        return;
    }
    if (desk->step == STEP_POWER) {
        desk->powered = true;
        desk->found_kind = card_by_atr(message->data, message->count);
    }
    desk->step++;
    send_find(link);
}

/* An answer of the PN532 inside: D5 43, its status, then what the card said. */
static void take_version(struct driver_link *link, const struct ccid_message *message)
{
    const uint8_t *data = message->data;
    enum { HEAD = 3 };
    struct answer answer = {.kind = ANSWER_REFUSED, .text = "the card has no version"};
    if (message->count >= HEAD + CARD_VERSION_SIZE + 2 && data[0] == PN532_TO_HOST &&
        data[1] == PN532_IN_COMMUNICATE_THRU + 1 && PN532_STATUS(data[2]) == PN532_STATUS_GOOD)
        answer = (struct answer){.kind = ANSWER_GOOD, .data = data + HEAD, .count = CARD_VERSION_SIZE};
    reader_done(link, &answer);
}

/* 63 00 is all that a reader says when a card does not do what it is told. */
static void take_exchange(struct driver_link *link, const struct ccid_message *message)
{
    struct desk *desk = desk_of(link);
    const enum task_name name = desk->task.name;
    struct answer answer = {.kind = ANSWER_GOOD, .data = message->data, .count = message->count};
    size_t size = 0;
    uint16_t status = 0;
    if (ccid_result(message) == CCID_FAILED) {
        bool gone = ccid_icc(message) == CCID_CARD_ABSENT || message->three[1] == CCID_ERROR_MUTE;
        answer.kind = gone ? ANSWER_GONE : ANSWER_REFUSED;
        answer.text = ccid_error_text(message->three[1]);
        answer.code = message->three[1];
    } else if (apdu_split(message->data, message->count, &size, &status) != 0) {
        answer.kind = ANSWER_REFUSED;
        answer.text = "the answer is too short";
    } else if (name != TASK_APDU && status != APDU_GOOD) {
        answer.kind = name == TASK_AUTHENTICATE ? ANSWER_NOT_AUTHENTICATED : ANSWER_REFUSED;
        answer.text = "the card does not do it";
        answer.code = status;
    } else if (name == TASK_AUTHENTICATE && desk->step == STEP_LOAD) {
        desk->step = STEP_OPEN;
        send_exchange(link);
        return;
    } else if (name != TASK_APDU) {
        answer.count = size;
    }
    if (name == TASK_READ && answer.kind == ANSWER_GOOD && answer.count < READ_LENGTH) {
        answer.kind = ANSWER_REFUSED;
        answer.text = "the answer is too short";
    }
    reader_done(link, &answer);
}

/* The reader needs longer: the error byte is by how much, in its own units. */
static void extend(struct driver_link *link, const struct ccid_message *message)
{
    struct desk *desk = desk_of(link);
    int64_t times = message->three[1];
    if (++desk->extensions > EXTENSIONS_MOST) {
        reader_fail(link, KC_ERROR_TIMED_OUT, "The reader asks for more time again and again.");
        return;
    }
    times = times < 1 ? 1 : times > EXTENSION_MOST ? EXTENSION_MOST : times;
    reader_wait(link, desk->settings.answer_timeout * times);
}

static void take_message(struct driver_link *link, const struct ccid_message *message)
{
    struct desk *desk = desk_of(link);
    const struct answer good = {.kind = ANSWER_GOOD};
    if (desk->task.name == TASK_NONE || message->slot != 0 || message->sequence != desk->sequence ||
        !desk->acknowledged || !ccid_answers(desk->command, message->type)) {
        reader_ignores(link, "(a message that is no answer to the last one)");
        return;
    }
    if (ccid_result(message) == CCID_TIME_EXTENSION) {
        extend(link, message);
        return;
    }
    switch (desk->task.name) {
    case TASK_START: /* whatever the slot says: a reader answered */
    case TASK_LAMP:
        reader_done(link, &good);
        return;
    case TASK_FIND:
        take_find(link, message);
        return;
    case TASK_VERSION:
        take_version(link, message);
        return;
    default:
        take_exchange(link, message);
    }
}

static void take_bulk(struct driver_link *link, const uint8_t *bytes, size_t count)
{
    struct desk *desk = desk_of(link);
    while (count > 0 && desk->up && !desk->failed) {
        enum ccid_event event;
        size_t taken = ccid_decode(&desk->ccid, bytes, count, &event);
        bytes += taken;
        count -= taken;
        if (event == CCID_MESSAGE)
            take_message(link, &desk->ccid.message);
        else if (event == CCID_TOO_LONG)
            reader_fail(link, KC_ERROR_PROTOCOL, broken_answer);
    }
}

static void take_serial(struct driver_link *link, const uint8_t *bytes, size_t count)
{
    struct desk *desk = desk_of(link);
    while (count > 0 && desk->up && !desk->failed) {
        enum ccid_frame_event event;
        const struct answer lost = {.kind = ANSWER_REFUSED, .text = "the answer is damaged"};
        const struct answer refused = {.kind = ANSWER_REFUSED, .text = "the reader did not take the command"};
        size_t taken = ccid_frame_decode(&desk->ccid_frame, true, bytes, count, &event);
        const bool exchange = desk->task.name > TASK_FIND;
        bytes += taken;
        count -= taken;
        if (event == CCID_FRAME_MESSAGE)
            take_message(link, &desk->ccid_frame.message);
        else if (event == CCID_FRAME_ACK && desk->task.name != TASK_NONE && !desk->acknowledged)
            desk->acknowledged = true;
        else if (event == CCID_FRAME_DAMAGED && exchange && desk->acknowledged)
            reader_done(link, &lost);
        else if (event == CCID_FRAME_REFUSED && exchange && !desk->acknowledged)
            reader_done(link, &refused);
        else if (event != CCID_FRAME_NOTHING)
            reader_ignores(link, "(an acknowledgement that nobody waits for, or damage)");
    }
}

void ccid_take(struct driver_link *link, const uint8_t *bytes, size_t count)
{
    if (desk_of(link)->type == READER_CCID)
        take_bulk(link, bytes, count);
    else
        take_serial(link, bytes, count);
}
