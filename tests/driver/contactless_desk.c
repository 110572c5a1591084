/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See contactless_desk.h. */
#include "contactless_desk.h"

#include <string.h>

extern const struct driver driver_contactless;

static const uint8_t desk_uid[7] = {0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80};

#define SITE_NUMBER "7"
#define SITE_KEY    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* As an ACR122U has it. */
static const uint8_t functional[54] = {54, 0x21, 0x10, 0x01, 0, 7, 2, 0, 0, 0, [40] = 0x40, 0, 0x02, 0, 0x0F, 0x01};

enum { STEP_MS = 20, LATE_MS = 900, TIMEOUT_MS = 1000, PATIENCE_MS = 100000 };

/* The card comes back after some searches. */
static void looking(struct simulated_field *field)
{
    struct desk_rig *desk = field->owner;
    if (field->cards[0] || desk->searches_without < 0)
        return;
    if (desk->searches_without-- == 0)
        field->cards[0] = &desk->card;
}

/* ---- The reader's side ----------------------------------------------------------------------------------------- */

static void deliver(struct desk_rig *desk, const struct buf *bytes)
{
    if (bytes->length > 0 && desk->core.up)
        fake_core_receive(&desk->core, bytes->data, bytes->length);
}

static void put_frame(const struct desk_rig *desk, const struct ccid_message *message, struct buf *out)
{
    int bad = desk->front == FRONT_ACR122S ? ccid_frame_encode(message, out) : ccid_encode(message, out);
    assert_int_equal(bad, 0);
}

/* The content of the answer, changed and wrapped again as it should be. */
static void change_content(struct desk_rig *desk, struct buf *answer, enum desk_fault fault)
{
    uint8_t bytes[600] = {0};
    size_t length = 0;
    struct buf changed = {0};
    if (desk->front == FRONT_PN532) {
        struct pn532_decoder decoder;
        enum pn532_event event;
        pn532_decoder_reset(&decoder);
        pn532_decode(&decoder, answer->data, answer->length, &event);
        if (event != PN532_FRAME)
            return;
        memcpy(bytes, decoder.data, decoder.length);
        length = fault == FAULT_SHORT ? (decoder.length + 1) / 2 : decoder.length + (fault == FAULT_LONG ? 5 : 0);
        bytes[0] = (uint8_t)(bytes[0] + (fault == FAULT_OTHER_COMMAND ? 2 : 0));
        assert_int_equal(pn532_frame_encode(PN532_TO_HOST, bytes, length, &changed), 0);
    } else {
        const size_t head = desk->front == FRONT_ACR122S ? 1 : 0;
        struct ccid_message message = {.type = answer->data[head], .sequence = answer->data[head + 6], .data = bytes};
        length = answer->data[head + 1];
        memcpy(message.three, answer->data + head + 7, 3);
        memcpy(bytes, answer->data + head + CCID_HEADER, length);
        message.count = fault == FAULT_SHORT ? length / 2 : length + (fault == FAULT_LONG ? 5 : 0);
        message.sequence = (uint8_t)(message.sequence - (fault == FAULT_OTHER_COMMAND ? 1 : 0));
        put_frame(desk, &message, &changed);
    }
    buf_free(answer);
    *answer = changed;
}

static void strike(struct desk_rig *desk, struct buf *answer)
{
    uint8_t noise[200];
    struct buf copy = {0};
    desk->struck = true;
    memset(noise, 0xA5, sizeof(noise));
    switch (desk->fault) {
    case FAULT_LATE:
        fake_core_advance(&desk->core, LATE_MS);
        break;
    case FAULT_TWICE:
        buf_append(&copy, answer->data, answer->length);
        buf_append(answer, copy.data, copy.length);
        buf_free(&copy);
        break;
    case FAULT_SHORT:
    case FAULT_LONG:
    case FAULT_OTHER_COMMAND:
        change_content(desk, answer, desk->fault);
        break;
    case FAULT_DAMAGED:
        if (answer->length > 6)
            answer->data[desk->front == FRONT_USB ? 0 : answer->length - 3] ^= 0x40;
        break;
    case FAULT_NOISE:
        buf_append(&copy, noise, desk->front == FRONT_USB ? 0 : sizeof(noise));
        buf_append(&copy, answer->data, answer->length);
        buf_free(answer);
        *answer = copy;
        break;
    default:
        buf_clear(answer);
        break;
    }
}

static void put_refusal(struct desk_rig *desk, struct buf *ack, struct buf *answer)
{
    static const uint8_t chip_error[] = {0x00, 0x00, 0xFF, 0x01, 0xFF, 0x7F, 0x81, 0x00}, nak[] = {0x02, 0xFF, 0xFF, 3};
    if (desk->front == FRONT_PN532) {
        buf_append(ack, pn532_ack, PN532_SHORT_SIZE);
        buf_append(answer, chip_error, sizeof(chip_error));
    } else if (desk->front == FRONT_ACR122S) {
        buf_append(answer, nak, sizeof(nak));
    } else {
        const struct ccid_message message = {
            .type = ccid_answers(desk->core.sent.data[0], CCID_DATA_BLOCK) ? CCID_DATA_BLOCK : CCID_STATUS,
            .sequence = desk->core.sent.data[6],
            .three = {0x40, 0xFB, 0}};
        put_frame(desk, &message, answer);
    }
}

static void answer_message(struct desk_rig *desk, const struct ccid_message *message, struct buf *out)
{
    struct ccid_message answer;
    uint8_t data[CCID_DATA_MOST];
    simulated_ccid_do(&desk->reader, message, &answer, data);
    put_frame(desk, &answer, out);
}

/* What the desk sent, as far as one request goes; returns how many bytes that is. */
static size_t hear(struct desk_rig *desk, const uint8_t *bytes, size_t count, struct buf *ack, struct buf *answer)
{
    if (desk->front == FRONT_PN532)
        return simulated_pn532_take(&desk->chip, bytes, count, ack, answer);
    if (desk->front == FRONT_ACR122S) {
        enum ccid_frame_event event;
        size_t taken = ccid_frame_decode(&desk->serial, false, bytes, count, &event);
        if (event == CCID_FRAME_MESSAGE) {
            buf_append(ack, ccid_frame_ack, CCID_FRAME_ACK_SIZE);
            answer_message(desk, &desk->serial.message, answer);
        }
        return taken;
    }
    enum ccid_event event;
    size_t taken = ccid_decode(&desk->usb, bytes, count, &event);
    if (event == CCID_MESSAGE)
        answer_message(desk, &desk->usb.message, answer);
    return taken;
}

static void babble(struct desk_rig *desk)
{
    uint8_t bytes[1024];
    memset(bytes, 0, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++) /* headers that make no sense, or messages that nobody asked for */
        bytes[i] = desk->front == FRONT_PN532     ? (uint8_t)(i % 4 < 2    ? 0
                                                              : i % 4 == 2 ? 0xFF
                                                                           : 5)
                   : desk->front == FRONT_ACR122S ? (uint8_t)(i % 4 == 0 ? 2 : 7)
                                                  : (uint8_t)(i % 10 == 0 ? 0x81 : 0);
    for (size_t i = 0; i < sizeof(bytes) && desk->front == FRONT_USB; i++)
        bytes[i] = i % 10 == 6 ? 0xEE : bytes[i];
    for (int i = 0; i < 60 && desk->core.up && !desk->core.failing; i++)
        fake_core_receive(&desk->core, bytes, sizeof(bytes) - sizeof(bytes) % 20);
}

/* One request and what comes of it. */
static void answer_once(struct desk_rig *desk)
{
    struct buf sent = desk->core.sent, ack = {0}, answer = {0};
    const bool hit = ++desk->answers == desk->strike;
    const bool kept = hit && (desk->fault == FAULT_NOTHING || desk->fault == FAULT_REFUSED);
    desk->core.sent = (struct buf){0};
    for (size_t at = 0; at < sent.length && !kept;)
        at += hear(desk, sent.data + at, sent.length - at, &ack, &answer);
    if (hit && desk->fault == FAULT_REFUSED) {
        desk->core.sent = sent;
        put_refusal(desk, &ack, &answer);
        desk->core.sent = (struct buf){0};
        desk->struck = true;
    } else if (hit) {
        strike(desk, &answer);
    }
    if (!(hit && desk->fault == FAULT_SILENT))
        deliver(desk, &ack);
    deliver(desk, &answer);
    if (hit && desk->fault == FAULT_BABBLE)
        babble(desk);
    if (hit && desk->fault == FAULT_GONE && desk->core.up)
        fake_core_drop(&desk->core);
    buf_free(&sent);
    buf_free(&ack);
    buf_free(&answer);
}

/* ---- The desk -------------------------------------------------------------------------------------------------- */

void desk_open(struct desk_rig *desk, enum front front, enum simulated_type card)
{
    memset(desk, 0, sizeof(*desk));
    desk->front = front;
    desk->searches_without = -1;
    desk->field = (struct simulated_field){.owner = desk, .looking = looking, .commands_left = -1};
    simulated_card_make(&desk->card, card, desk_uid,
                        card == SIMULATED_CLASSIC_1K || card == SIMULATED_CLASSIC_4K ? 4 : sizeof(desk_uid));
    desk->field.cards[0] = &desk->card;
    simulated_pn532_reset(&desk->chip, &desk->field);
    simulated_ccid_reset(&desk->reader, &desk->field);
    fake_core_open(&desk->core, &driver_contactless);
    desk->core.descriptor = functional;
    desk->core.descriptor_size = sizeof(functional);
    desk->core.clock = 1780000000;
    fake_core_transport(&desk->core, front == FRONT_USB ? "usb" : "serial");
    fake_core_option(&desk->core, "site-number", SITE_NUMBER);
    fake_core_option(&desk->core, "site-key", SITE_KEY);
    fake_core_option(&desk->core, "reader", front == FRONT_ACR122S ? "acr122s" : "pn532");
    fake_core_option(&desk->core, "classic-key", "FFFFFFFFFFFF");
    fake_core_option(&desk->core, "desfire-application", "123456");
    fake_core_option(&desk->core, "answer-timeout", "1000");
    fake_core_up(&desk->core);
    desk_go_on(desk, NULL, TIMEOUT_MS);
    assert_true(desk->core.ready);
    desk->answers = 0;
    memcpy(desk->before, desk->card.memory, sizeof(desk->before));
}

void desk_close(struct desk_rig *desk)
{
    assert_int_equal(desk->card.forbidden_writes, 0);
    assert_int_equal(desk->other.forbidden_writes, 0);
    fake_core_close(&desk->core);
}

struct fake_op *desk_original(struct desk_rig *desk)
{
    struct fake_op *op = fake_core_op(&desk->core, KC_VERB_ISSUE_ORIGINAL);
    fake_op_room(op, "101");
    fake_op_area(op, "3");
    op->request.from = (struct moment){.utc = 1780000000 / 60 * 60};
    op->request.until = (struct moment){.utc = (1780000000 + 3 * 86400) / 60 * 60};
    return op;
}

void desk_go_on(struct desk_rig *desk, struct fake_op *op, int64_t ms)
{
    int64_t passed = 0;
    while (passed < ms && !(op && op->done) && !(op == NULL && desk->core.ready)) {
        if (desk->core.sent.length > 0 && desk->core.up && !desk->core.failing) {
            answer_once(desk);
        } else {
            fake_core_advance(&desk->core, STEP_MS);
            passed += STEP_MS;
        }
    }
}

void desk_run(struct desk_rig *desk, struct fake_op *op)
{
    fake_core_start(&desk->core, op);
    desk_go_on(desk, op, PATIENCE_MS);
    assert_true(op->done);
}

/* ---- The card -------------------------------------------------------------------------------------------------- */

int32_t desk_key_on(const struct simulated_card *card, struct open_key *key)
{
    uint8_t memory[SIMULATED_MEMORY];
    struct area area;
    struct open_key_site site;
    assert_int_equal(open_key_site_read(SITE_NUMBER, SITE_KEY, &site, NULL), KC_OK);
    size_t count = simulated_card_user_memory(card, memory);
    int bad = card->type == SIMULATED_DESFIRE ? area_parse_file(memory, count, &area)
                                              : area_parse(memory, count, &area);
    if (bad != 0)
        return KC_ERROR_CARD_FORMAT;
    if (area.message_length == 0)
        return KC_ERROR_NOT_FOUND;
    return open_key_read_card(&site, memory + area.message, area.message_length, card->target.uid,
                              card->target.uid_size, key, NULL);
}

bool desk_is_as_before(const struct desk_rig *desk)
{
    return memcmp(desk->before, desk->card.memory, sizeof(desk->before)) == 0;
}
