/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers: what the lock server sends and the PMS reads. */
#include "codec.h"

#include <string.h>

/* ---- Done and errors ------------------------------------------------------------------------------------------- */

static void hex_append(struct buf *out, struct industry_field bytes)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < bytes.length; i++) {
        buf_append_byte(out, (uint8_t)digits[bytes.bytes[i] >> 4]);
        buf_append_byte(out, (uint8_t)digits[bytes.bytes[i] & 15]);
    }
}

int industry_done_encode(const struct industry_done *done, const struct industry_style *style, struct buf *out)
{
    struct industry_field fields[INDUSTRY_FIELDS_AT_MOST];
    char command[8] = {0};
    struct buf hex;
    const char *name = industry_command_name(done->command);
    size_t length = strlen(name), count = 2;
    if (length == 0 || done->digit > 9 || done->serial_count > INDUSTRY_FIELDS_AT_MOST - 2)
        return -1;
    memcpy(command, name, length);
    if (done->command <= INDUSTRY_CA && done->digit >= 0)
        command[length] = (char)('0' + done->digit);
    fields[0] = industry_field_of(command);
    fields[1] = done->id;
    for (size_t i = 0; i < done->serial_count; i++)
        fields[count++] = done->serials[i];

    buf_init(&hex);
    if (industry_returns_key(done->command)) {
        hex_append(&hex, done->key);
        fields[2] = (struct industry_field){hex.data, hex.length};
        fields[3] = done->installation;
        count = 4;
    }
    int result = industry_encode(fields, count, style, out);
    if (hex.failed)
        out->failed = true;
    buf_free(&hex);
    return result;
}

int industry_error_encode(const char *code, struct industry_field id, struct industry_field text,
                          const struct industry_style *style, struct buf *out)
{
    struct industry_field fields[3] = {industry_field_of(code), id, text};
    return industry_encode(fields, 3, style, out);
}

/* ---- Cards that were read -------------------------------------------------------------------------------------- */

static const char *const card_codes[INDUSTRY_CARD_KIND_COUNT] = {
    [INDUSTRY_CARD_STAFF] = "LM",   [INDUSTRY_CARD_SPARE] = "LR",      [INDUSTRY_CARD_VOID] = "LC",
    [INDUSTRY_CARD_UNKNOWN] = "LD", [INDUSTRY_CARD_DIAGNOSTIC] = "LS",
};

int industry_card_encode(const struct industry_dialect *dialect, const struct industry_card *card,
                         const struct industry_style *style, struct buf *out)
{
    struct industry_field fields[13] = {{0}};
    char areas[INDUSTRY_AREAS_AT_MOST + 1], start[INDUSTRY_TIME_SIZE], expiry[INDUSTRY_TIME_SIZE];
    if ((unsigned)card->kind >= INDUSTRY_CARD_KIND_COUNT)
        return -1;
    fields[0] = industry_field_of("LT");
    fields[1] = card->encoder;
    if (card->kind != INDUSTRY_CARD_GUEST) {
        fields[2] = industry_field_of(card_codes[card->kind]);
        return industry_encode(fields, 3, style, out);
    }
    if (industry_areas_format(dialect, card->areas, areas) != 0 ||
        industry_time_format(&card->start, card->start_digits ? card->start_digits : dialect->date_digits, start) !=
            0 ||
        industry_time_format(&card->expiry, card->expiry_digits ? card->expiry_digits : dialect->date_digits, expiry) !=
            0)
        return -1;
    memcpy(fields + 2, card->rooms, sizeof(card->rooms));
    fields[6] = industry_field_of(card->checked_out ? "CO" : "CI");
    fields[7] = (struct industry_field){&card->copy, card->copy ? 1 : 0};
    fields[8] = industry_field_of(areas);
    fields[9] = industry_field_of(start);
    fields[10] = industry_field_of(expiry);
    fields[11] = card->operator_name;
    if (dialect->read_serial)
        fields[12] = card->serial;
    return industry_encode(fields, dialect->read_serial ? 13 : 12, style, out);
}

static int parse_guest_card(const struct industry_dialect *dialect, const struct industry_frame *frame,
                            struct industry_card *card)
{
    memcpy(card->rooms, frame->fields + 2, sizeof(card->rooms));
    card->checked_out = industry_field_is(frame->fields[6], "CO");
    if (!card->checked_out && !industry_field_is(frame->fields[6], "CI"))
        return -1;
    if (frame->fields[7].length > 1)
        return -1;
    if (frame->fields[7].length == 1)
        card->copy = frame->fields[7].bytes[0];
    card->unknown_areas = industry_areas_parse(dialect, frame->fields[8], &card->areas) != 0;
    if (industry_time_parse(frame->fields[9], &card->start, &card->start_digits) != 0 ||
        industry_time_parse(frame->fields[10], &card->expiry, &card->expiry_digits) != 0)
        return -1;
    card->operator_name = frame->fields[11];
    if (dialect->read_serial)
        card->serial = frame->fields[12];
    return 0;
}

int industry_card_parse(const struct industry_dialect *dialect, const struct industry_frame *frame,
                        struct industry_card *card)
{
    memset(card, 0, sizeof(*card));
    if (!industry_field_is(frame->fields[0], "LT"))
        return -1;
    card->encoder = frame->fields[1];
    /* A room may be called LM: the number of fields decides, empty ones at the end not counted. */
    size_t count = frame->count;
    while (count > 1 && frame->fields[count - 1].length == 0)
        count--;
    if (count >= dialect->read_fields_least)
        return parse_guest_card(dialect, frame, card);
    for (unsigned kind = INDUSTRY_CARD_STAFF; kind < INDUSTRY_CARD_KIND_COUNT; kind++) {
        if (industry_field_is(frame->fields[2], card_codes[kind])) {
            card->kind = (enum industry_card_kind)kind;
            return 0;
        }
    }
    return -1;
}

/* ---- Mobile keys ----------------------------------------------------------------------------------------------- */

static int hex_value(uint8_t digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return -1;
}

int industry_hex_parse(struct industry_field field, struct buf *out)
{
    if (field.length == 0 || field.length % 2 != 0)
        return -1;
    for (size_t i = 0; i < field.length; i++)
        if (hex_value(field.bytes[i]) < 0)
            return -1;
    for (size_t i = 0; i < field.length; i += 2)
        buf_append_byte(out, (uint8_t)(hex_value(field.bytes[i]) << 4 | hex_value(field.bytes[i + 1])));
    return 0;
}
