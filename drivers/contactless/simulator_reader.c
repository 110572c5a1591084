/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The field, and the two readers over it. Strict: what the real ones refuse is refused. */
#include "simulator_reader.h"

#include <string.h>

/* ---- The field -------------------------------------------------------------------------------------------------- */

/* A search; returns how many cards there are. */
static size_t simulated_field_find(struct simulated_field *field)
{
    size_t count = 0;
    if (field->looking)
        field->looking(field);
    for (size_t i = 0; i < FIELD_CARDS; i++)
        if (field->cards[i]) {
            simulated_card_wake(field->cards[i]);
            field->cards[count++] = field->cards[i];
        }
    for (size_t i = count; i < FIELD_CARDS; i++)
        field->cards[i] = NULL;
    return count;
}

/* One command to the first card. */
static enum simulated_reply simulated_field_do(struct simulated_field *field, const uint8_t *command, size_t count,
                                               uint8_t answer[256], size_t *answer_count)
{
    struct simulated_card *card = field->cards[0];
    *answer_count = 0;
    if (!card)
        return SIMULATED_SILENCE;
    field->commands++;
    const bool leaves = field->commands_left == 0;
    if (field->commands_left >= 0)
        field->commands_left--;
    if (leaves)
        field->cards[0] = NULL;
    if (leaves && field->torn)
        return SIMULATED_SILENCE;
    if (simulated_card_is_write(card, command, count) && !card->silent && field->writing &&
        !field->writing(field, card, command, count)) {
        card->silent = true;
        return SIMULATED_SILENCE;
    }
    enum simulated_reply reply = simulated_card_do(card, command, count, answer, answer_count);
    return leaves ? SIMULATED_SILENCE : reply;
}

/* ---- PN532 ------------------------------------------------------------------------------------------------------ */

enum {
    STATUS_GOOD = 0x00,
    STATUS_TIMED_OUT = 0x01,
    STATUS_REFUSED = 0x13,
    STATUS_AUTHENTICATION = 0x14,
    STATUS_CONTEXT = 0x27
};
enum { WAKE = 0x55, WAKE_BYTES = 2 };

void simulated_pn532_reset(struct simulated_pn532 *chip, struct simulated_field *field)
{
    memset(chip, 0, sizeof(*chip));
    chip->field = field;
}

static void put_answer(const uint8_t *data, size_t count, struct buf *answer)
{
    if (pn532_frame_encode(PN532_TO_HOST, data, count, answer) != 0)
        answer->failed = true;
}

static void put_error(struct buf *answer)
{
    static const uint8_t error[] = {0x00, 0x00, 0xFF, 0x01, 0xFF, 0x7F, 0x81, 0x00};
    buf_append(answer, error, sizeof(error));
}

static void list(struct simulated_pn532 *chip, const uint8_t *command, size_t count, struct buf *answer)
{
    struct card_target targets[FIELD_CARDS];
    struct buf data = {0};
    if (count != 3 || command[1] < 1 || command[1] > PN532_TARGETS || command[2] != 0) {
        put_error(answer);
        return;
    }
    size_t found = simulated_field_find(chip->field);
    found = found < command[1] ? found : command[1];
    if (found == 0 && !chip->limited)
        return; /* it looks for ever */
    for (size_t i = 0; i < found; i++) {
        targets[i] = chip->field->cards[i]->target;
        targets[i].number = (uint8_t)(i + 1);
    }
    chip->targets = found;
    buf_append_byte(&data, PN532_IN_LIST + 1);
    if (pn532_targets_write(targets, found, &data) != 0)
        data.failed = true;
    put_answer(data.data, data.length, answer);
    buf_free(&data);
}

static void exchange(struct simulated_pn532 *chip, const uint8_t *command, size_t count, struct buf *answer)
{
    const bool through = command[0] == PN532_IN_COMMUNICATE_THRU;
    const size_t head = through ? 1 : 2;
    uint8_t data[2 + 256] = {(uint8_t)(command[0] + 1), STATUS_GOOD};
    size_t size = 0;
    if (count <= head || (!through && (command[1] < 1 || command[1] > chip->targets))) {
        data[1] = STATUS_CONTEXT;
    } else if (!through && command[1] != 1) {
        data[1] = STATUS_TIMED_OUT; /* the second card only shows that it is there */
    } else {
        bool authenticates = !through && count == head + 12 && (command[head] == 0x60 || command[head] == 0x61);
        switch (simulated_field_do(chip->field, command + head, count - head, data + 2, &size)) {
        case SIMULATED_ANSWER:
            break;
        case SIMULATED_REFUSAL:
            data[1] = STATUS_REFUSED;
            break;
        case SIMULATED_SILENCE:
            data[1] = authenticates ? STATUS_AUTHENTICATION : STATUS_TIMED_OUT;
            break;
        }
    }
    put_answer(data, 2 + size, answer);
}

/* Before SAMConfiguration nothing else is done. */
static void obey(struct simulated_pn532 *chip, const uint8_t *command, size_t count, struct buf *answer)
{
    static const uint8_t firmware[] = {PN532_GET_FIRMWARE_VERSION + 1, PN532_IC, 0x01, 0x06, 0x07};
    const uint8_t plain[] = {(uint8_t)(command[0] + 1), STATUS_GOOD};
    if (command[0] != PN532_SAM_CONFIGURATION && !chip->configured) {
        put_error(answer);
        return;
    }
    switch (command[0]) {
    case PN532_SAM_CONFIGURATION:
        chip->configured = count >= 2 && command[1] == 1;
        if (chip->configured)
            put_answer(plain, 1, answer);
        else
            put_error(answer);
        return;
    case PN532_GET_FIRMWARE_VERSION:
        put_answer(firmware, sizeof(firmware), answer);
        return;
    case PN532_RF_CONFIGURATION:
        chip->limited = chip->limited || (count == 5 && command[1] == 0x05 && command[4] != 0xFF);
        put_answer(plain, 1, answer);
        return;
    case PN532_IN_RELEASE:
        chip->targets = 0;
        put_answer(plain, 2, answer);
        return;
    case PN532_IN_LIST:
        list(chip, command, count, answer);
        return;
    case PN532_IN_DATA_EXCHANGE:
    case PN532_IN_COMMUNICATE_THRU:
        exchange(chip, command, count, answer);
        return;
    default:
        put_error(answer);
    }
}

static void take_frame(struct simulated_pn532 *chip, struct buf *acknowledgement, struct buf *answer)
{
    if (chip->decoder.direction != PN532_TO_CHIP)
        return;
    buf_append(acknowledgement, pn532_ack, PN532_SHORT_SIZE);
    obey(chip, chip->decoder.data, chip->decoder.length, answer);
}

size_t simulated_pn532_take(struct simulated_pn532 *chip, const uint8_t *bytes, size_t count,
                            struct buf *acknowledgement, struct buf *answer)
{
    size_t taken = 0;
    while (taken < count && !chip->awake) {
        chip->wake_bytes = bytes[taken++] == WAKE ? chip->wake_bytes + 1 : 0;
        chip->awake = chip->wake_bytes >= WAKE_BYTES;
    }
    while (taken < count) {
        enum pn532_event event;
        taken += pn532_decode(&chip->decoder, bytes + taken, count - taken, &event);
        if (event == PN532_DAMAGED)
            buf_append(acknowledgement, pn532_nack, PN532_SHORT_SIZE);
        if (event == PN532_FRAME) {
            take_frame(chip, acknowledgement, answer);
            break;
        }
    }
    return taken;
}

/* ---- CCID ------------------------------------------------------------------------------------------------------- */

enum { ICC_ACTIVE = 0, ICC_PRESENT = 1, ICC_ABSENT = 2, FAILED = 0x40, MUTE = 0xFE, BAD_LENGTH = 0x01 };

void simulated_ccid_reset(struct simulated_ccid *reader, struct simulated_field *field)
{
    memset(reader, 0, sizeof(*reader));
    reader->field = field;
}

static size_t put_status(uint8_t *data, size_t count, uint16_t status)
{
    data[count] = (uint8_t)(status >> 8);
    data[count + 1] = (uint8_t)status;
    return count + 2;
}

/* A command to the card and what a reader makes of its answer. */
static size_t card_command(struct simulated_ccid *reader, const uint8_t *command, size_t count, uint8_t *data,
                           bool *silent)
{
    uint8_t answer[256];
    size_t size = 0;
    enum simulated_reply reply = simulated_field_do(reader->field, command, count, answer, &size);
    *silent = reply == SIMULATED_SILENCE;
    if (reply != SIMULATED_ANSWER)
        return put_status(data, 0, 0x6300);
    memcpy(data, answer, size);
    return put_status(data, size, APDU_GOOD);
}

static size_t authenticate(struct simulated_ccid *reader, const uint8_t *apdu, uint8_t *data)
{
    struct buf command = {0};
    const struct simulated_card *card = reader->field->cards[0];
    bool silent;
    if (!reader->key_loaded || !card || (apdu[8] != 0x60 && apdu[8] != 0x61) || apdu[9] != 0)
        return put_status(data, 0, 0x6300);
    card_authenticate(apdu[7], apdu[8] == 0x60 ? CLASSIC_KEY_A : CLASSIC_KEY_B, reader->key, card->target.uid,
                      card->target.uid_size, &command);
    size_t size = card_command(reader, command.data, command.length, data, &silent);
    buf_free(&command);
    return size;
}

static size_t write_block(struct simulated_ccid *reader, const uint8_t *apdu, uint8_t *data)
{
    struct buf command = {0};
    bool silent;
    if (apdu[4] == TYPE_2_PAGE)
        card_write_page(apdu[3], apdu + 5, &command);
    else
        card_write_block(apdu[3], apdu + 5, &command);
    size_t size = card_command(reader, command.data, command.length, data, &silent);
    buf_free(&command);
    return size;
}

/* The PN532 inside an ACR122. */
static size_t direct(struct simulated_ccid *reader, const uint8_t *apdu, size_t count, uint8_t *data)
{
    bool silent;
    uint8_t answer[260];
    if (count < 8 || apdu[5] != PN532_TO_CHIP || apdu[6] != PN532_IN_COMMUNICATE_THRU)
        return put_status(data, 0, 0x637F);
    size_t size = card_command(reader, apdu + 7, count - 7, answer, &silent) - 2;
    const uint8_t head[] = {PN532_TO_HOST, PN532_IN_COMMUNICATE_THRU + 1, size > 0 ? STATUS_GOOD : STATUS_TIMED_OUT};
    memcpy(data, head, sizeof(head));
    memcpy(data + sizeof(head), answer, size);
    return put_status(data, sizeof(head) + size, APDU_GOOD);
}

/* What begins with FF is for the reader. */
static size_t reader_command(struct simulated_ccid *reader, const uint8_t *apdu, size_t count, uint8_t *data)
{
    const struct simulated_card *card = reader->field->cards[0];
    const uint8_t read[] = {0x30, count > 3 ? apdu[3] : 0};
    bool silent;
    switch (count > 1 ? apdu[1] : 0) {
    case 0xCA:
        if (!card || apdu[2] != 0)
            return put_status(data, 0, 0x6300);
        memcpy(data, card->target.uid, card->target.uid_size);
        return put_status(data, card->target.uid_size, APDU_GOOD);
    case 0x82:
        if (count != 11 || apdu[3] > 1 || apdu[4] != CLASSIC_KEY_SIZE)
            return put_status(data, 0, 0x6300);
        memcpy(reader->key, apdu + 5, CLASSIC_KEY_SIZE);
        reader->key_loaded = true;
        return put_status(data, 0, APDU_GOOD);
    case 0x86:
        return count == 10 ? authenticate(reader, apdu, data) : put_status(data, 0, 0x6300);
    case 0xB0:
        return count == 5 && apdu[4] == 16 ? card_command(reader, read, sizeof(read), data, &silent)
                                           : put_status(data, 0, 0x6300);
    case 0xD6:
        return count == 5 + (size_t)apdu[4] && (apdu[4] == TYPE_2_PAGE || apdu[4] == CLASSIC_BLOCK)
                   ? write_block(reader, apdu, data)
                   : put_status(data, 0, 0x6300);
    case 0x00:
        if (reader->plain)
            return put_status(data, 0, 0x6A81);
        if (count == 9 && apdu[2] == 0x40) {
            reader->lamp_commands++;
            return put_status(data, 0, (uint16_t)(0x9000 | (apdu[3] & 3)));
        }
        return count > 5 && apdu[2] == 0 ? direct(reader, apdu, count, data) : put_status(data, 0, 0x6300);
    default:
        return put_status(data, 0, 0x6A81);
    }
}

static size_t transfer(struct simulated_ccid *reader, const struct ccid_message *message, struct ccid_message *answer,
                       uint8_t *data)
{
    uint8_t card_answer[256];
    size_t size = 0;
    if (message->count >= 5 && message->data[0] == 0xFF)
        return reader_command(reader, message->data, message->count, data);
    if (message->count == 0 ||
        simulated_field_do(reader->field, message->data, message->count, card_answer, &size) != SIMULATED_ANSWER) {
        answer->three[0] |= FAILED;
        answer->three[1] = message->count == 0 ? BAD_LENGTH : MUTE;
        return 0;
    }
    memcpy(data, card_answer, size);
    return size;
}

/* Two families, as if they were one: the commands of an APDU without a card, and those of the ACR1252U. */
static void escape(struct simulated_ccid *reader, const struct ccid_message *message, struct ccid_message *answer,
                   uint8_t *data)
{
    static const uint8_t buzzer[] = {0xE0, 0x00, 0x00, 0x28, 0x01}, done[] = {0xE1, 0x00, 0x00, 0x00, 0x01};
    if (reader->plain) {
        answer->three[0] |= FAILED; /* command not supported */
    } else if (message->count == sizeof(buzzer) + 1 && memcmp(message->data, buzzer, sizeof(buzzer)) == 0) {
        reader->buzzer_commands++;
        memcpy(data, done, sizeof(done));
        data[sizeof(done)] = message->data[sizeof(buzzer)];
        answer->count = sizeof(done) + 1;
    } else {
        answer->count = reader_command(reader, message->data, message->count, data);
    }
}

void simulated_ccid_do(struct simulated_ccid *reader, const struct ccid_message *message, struct ccid_message *answer,
                       uint8_t data[CCID_DATA_MOST])
{
    const size_t present = message->type == CCID_SLOT_STATUS ? simulated_field_find(reader->field)
                                                             : reader->field->cards[0] != NULL;
    reader->powered = reader->powered && present > 0;
    *answer = (struct ccid_message){.slot = message->slot, .sequence = message->sequence, .data = data};
    if (message->type == CCID_POWER_ON)
        reader->powered = present > 0;
    if (message->type == CCID_POWER_ON && present > 0)
        simulated_card_wake(reader->field->cards[0]);
    answer->three[0] = present == 0 ? ICC_ABSENT : reader->powered ? ICC_ACTIVE : ICC_PRESENT;
    answer->type = message->type == CCID_POWER_ON || message->type == CCID_TRANSFER ? CCID_DATA_BLOCK
                   : message->type == CCID_ESCAPE                                   ? CCID_ESCAPE_DATA
                                                                                    : CCID_STATUS;
    if (message->slot != 0) {
        answer->three[0] = FAILED | ICC_ABSENT;
        answer->three[1] = 5; /* the place of the wrong byte */
    } else if (message->type == CCID_POWER_ON && present == 0) {
        answer->three[0] |= FAILED;
        answer->three[1] = MUTE;
    } else if (message->type == CCID_POWER_ON) {
        answer->count = simulated_card_atr(reader->field->cards[0], data);
    } else if (message->type == CCID_ESCAPE) {
        escape(reader, message, answer, data);
    } else if (message->type == CCID_TRANSFER) {
        if (present == 0 || !reader->powered) {
            answer->three[0] |= FAILED;
            answer->three[1] = MUTE;
        } else {
            answer->count = transfer(reader, message, answer, data);
        }
    } else if (message->type != CCID_SLOT_STATUS && message->type != CCID_POWER_OFF) {
        answer->three[0] |= FAILED; /* command not supported */
    }
    if (message->type == CCID_POWER_OFF)
        reader->powered = false;
}
