/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands as APDUs: those that a PC/SC reader answers itself (PC/SC part 3, 3.2.2), those of the ACR122 family (API
 * manual), and those of cards. */
#include <string.h>

#include "codec.h"

enum { KEY_SLOT = 0, KEY_A = 0x60, KEY_B = 0x61 };

static uint8_t key_command(enum classic_key_type type)
{
    return type == CLASSIC_KEY_A ? KEY_A : KEY_B;
}

static void put(struct buf *out, const void *bytes, size_t count)
{
    buf_append(out, bytes, count);
}

/* ---- Of the reader --------------------------------------------------------------------------------------------- */

void apdu_get_uid(struct buf *out)
{
    put(out, "\xFF\xCA\x00\x00\x00", 5);
}

void apdu_load_key(const uint8_t key[CLASSIC_KEY_SIZE], struct buf *out)
{
    const uint8_t head[] = {0xFF, 0x82, 0x00, KEY_SLOT, CLASSIC_KEY_SIZE};
    put(out, head, sizeof(head));
    put(out, key, CLASSIC_KEY_SIZE);
}

void apdu_authenticate(uint8_t block, enum classic_key_type type, struct buf *out)
{
    const uint8_t command[] = {0xFF, 0x86, 0x00, 0x00, 0x05, 0x01, 0x00, block, key_command(type), KEY_SLOT};
    put(out, command, sizeof(command));
}

void apdu_read_block(uint8_t block, uint8_t length, struct buf *out)
{
    const uint8_t command[] = {0xFF, 0xB0, 0x00, block, length};
    put(out, command, sizeof(command));
}

int apdu_write_block(uint8_t block, const uint8_t *data, size_t count, struct buf *out)
{
    const uint8_t head[] = {0xFF, 0xD6, 0x00, block, (uint8_t)count};
    if (count != TYPE_2_PAGE && count != CLASSIC_BLOCK)
        return -1;
    put(out, head, sizeof(head));
    put(out, data, count);
    return 0;
}

int apdu_direct(const uint8_t *command, size_t count, struct buf *out)
{
    const uint8_t head[] = {0xFF, 0x00, 0x00, 0x00, (uint8_t)(count + 1), PN532_TO_CHIP};
    if (count == 0 || count > 254)
        return -1;
    put(out, head, sizeof(head));
    put(out, command, count);
    return 0;
}

void apdu_lamp(uint8_t state, uint8_t on, uint8_t off, uint8_t times, uint8_t buzzer, struct buf *out)
{
    const uint8_t command[] = {0xFF, 0x00, 0x40, state, 0x04, on, off, times, buzzer};
    put(out, command, sizeof(command));
}

int apdu_split(const uint8_t *answer, size_t count, size_t *data_count, uint16_t *status)
{
    if (count < 2)
        return -1;
    *data_count = count - 2;
    *status = (uint16_t)(answer[count - 2] << 8 | answer[count - 1]);
    return 0;
}

/* ---- Of cards -------------------------------------------------------------------------------------------------- */

void card_authenticate(uint8_t block, enum classic_key_type type, const uint8_t key[CLASSIC_KEY_SIZE],
                       const uint8_t *uid, size_t uid_size, struct buf *out)
{
    buf_append_byte(out, key_command(type));
    buf_append_byte(out, block);
    put(out, key, CLASSIC_KEY_SIZE);
    put(out, uid + (uid_size < 4 ? 0 : uid_size - 4), 4); /* the last four of a longer one */
}

void card_read(uint8_t block, struct buf *out)
{
    const uint8_t command[] = {0x30, block};
    put(out, command, sizeof(command));
}

void card_write_page(uint8_t page, const uint8_t data[4], struct buf *out)
{
    const uint8_t head[] = {0xA2, page};
    put(out, head, sizeof(head));
    put(out, data, 4);
}

void card_write_block(uint8_t block, const uint8_t data[16], struct buf *out)
{
    const uint8_t head[] = {0xA0, block};
    put(out, head, sizeof(head));
    put(out, data, 16);
}

/* ---- Of DESFire ------------------------------------------------------------------------------------------------ */

static void put_number(struct buf *out, uint32_t value)
{
    const uint8_t bytes[] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16)};
    put(out, bytes, sizeof(bytes));
}

static void put_head(struct buf *out, uint8_t command, size_t count)
{
    const uint8_t head[] = {0x90, command, 0x00, 0x00, (uint8_t)count};
    put(out, head, sizeof(head));
}

void desfire_select(uint32_t application, struct buf *out)
{
    put_head(out, 0x5A, 3);
    put_number(out, application);
    buf_append_byte(out, 0);
}

void desfire_read(uint8_t file, uint32_t offset, uint32_t count, struct buf *out)
{
    put_head(out, 0xBD, 7);
    buf_append_byte(out, file);
    put_number(out, offset);
    put_number(out, count);
    buf_append_byte(out, 0);
}

int desfire_write(uint8_t file, uint32_t offset, const uint8_t *data, size_t count, struct buf *out)
{
    if (count == 0 || count > DESFIRE_WRITE_MOST || offset > DESFIRE_OFFSET_MOST)
        return -1;
    put_head(out, 0x3D, 7 + count);
    buf_append_byte(out, file);
    put_number(out, offset);
    put_number(out, (uint32_t)count);
    put(out, data, count);
    buf_append_byte(out, 0);
    return 0;
}

const char *desfire_status_text(uint16_t status)
{
    switch (status) {
    case DESFIRE_DONE:
        return "done";
    case 0x91A0:
        return "no such application";
    case DESFIRE_NO_FILE:
        return "no such file";
    case DESFIRE_FORBIDDEN:
        return "not permitted";
    case DESFIRE_NEEDS_KEY:
        return "a key is needed";
    case DESFIRE_BEYOND_END:
        return "beyond the end of the file";
    case 0x910E:
        return "the card is full";
    case 0x911C:
        return "the card does not know the command";
    default:
        return "refused";
    }
}
