/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What differs between the dialects: error codes, authorisation symbols, dates. */
#include "codec.h"

#include <string.h>

/* ---- Error codes ----------------------------------------------------------------------------------------------- */

static const struct industry_error salto_errors[] = {
    {"ES", INDUSTRY_FAULT_SYNTAX, false, false,
     "syntax error: unknown command, bad parameters or forbidden characters"},
    {"NC", INDUSTRY_FAULT_ENCODER_OFFLINE, false, true, "the encoder does not answer: off, unplugged or name unknown"},
    {"NF", INDUSTRY_FAULT_LOCK_SYSTEM, false, true, "the database of the interface is damaged or missing"},
    {"OV", INDUSTRY_FAULT_ENCODER_BUSY, false, false, "the encoder is still busy with a previous task"},
    {"EP", INDUSTRY_FAULT_CARD, true, true, "card not found or badly inserted"},
    {"EF", INDUSTRY_FAULT_CARD_FORMAT, true, true, "the card was encoded by another system or is damaged"},
    {"EN", INDUSTRY_FAULT_CARD, true, true, "the card was recorded too weakly: dirty head or poor card"},
    {"ET", INDUSTRY_FAULT_ENCODER_FAULT, true, true, "the card jammed or has the wrong dimensions"},
    {"TD", INDUSTRY_FAULT_UNKNOWN_ROOM, false, false, "unknown room"},
    {"ED", INDUSTRY_FAULT_NO_CARD, true, true, "waited too long for a card; cancelled"},
    {"EA", INDUSTRY_FAULT_NOT_CHECKED_IN, false, false, "copy impossible: the room is checked out"},
    {"OS", INDUSTRY_FAULT_ROOM_UNAVAILABLE, false, false, "the room is out of service"},
    {"EO", INDUSTRY_FAULT_ROOM_BUSY, false, false, "a guest card for this room is being encoded at another station"},
    {"EV", INDUSTRY_FAULT_CARD_REFUSED, true, true, "the presented card belongs to a valid staff user"},
    {"EG", INDUSTRY_FAULT_VENDOR, false, true, "general error"},
    {"ER", INDUSTRY_FAULT_VENDOR, false, true, "general error"},
    {"WE", INDUSTRY_FAULT_AUDIT, false, false, "error of the audit trail"},
    {"WO", INDUSTRY_FAULT_AUDIT, false, false, "end of the audit trail"},
};

static const struct industry_error onity_errors[] = {
    {"ES", INDUSTRY_FAULT_SYNTAX, false, false,
     "syntax error: unknown command, bad parameters or forbidden characters"},
    {"NC", INDUSTRY_FAULT_ENCODER_OFFLINE, false, true, "the encoder does not answer: off, unplugged or name unknown"},
    {"NF", INDUSTRY_FAULT_LOCK_SYSTEM, false, true, "the database of the interface is damaged or missing"},
    {"OV", INDUSTRY_FAULT_ENCODER_BUSY, false, false, "the encoder is still busy with a previous task"},
    {"EP", INDUSTRY_FAULT_CARD, true, true, "the magnetic track is missing or the card is reversed"},
    {"EF", INDUSTRY_FAULT_CARD_FORMAT, true, true, "the card follows another norm or its stripe is defective"},
    {"EN", INDUSTRY_FAULT_CARD, true, true, "the card was recorded too weakly: dirty head or poor card"},
    {"ET", INDUSTRY_FAULT_ENCODER_FAULT, true, true, "the card jammed or has the wrong dimensions"},
    {"TD", INDUSTRY_FAULT_UNKNOWN_ROOM, false, false, "unknown room"},
    {"ED", INDUSTRY_FAULT_NO_CARD, true, true, "no card could be taken in in time"},
    {"EA", INDUSTRY_FAULT_ONE_SHOT_LIMIT, false, true, "no one-shot cards are left for this room (at most 4)"},
    {"OS", INDUSTRY_FAULT_ROOM_UNAVAILABLE, false, false, "the room is out of service"},
    {"EO", INDUSTRY_FAULT_ROOM_BUSY, false, false, "a guest card for this room is being encoded at another station"},
    {"EV", INDUSTRY_FAULT_CARD_REFUSED, true, true, "the presented card belongs to a valid staff user"},
    {"EG", INDUSTRY_FAULT_VENDOR, false, true, "general error"},
    {"ER", INDUSTRY_FAULT_VENDOR, false, true, "general error"},
};

/* ---- Dialects -------------------------------------------------------------------------------------------------- */

#define COMMAND(name)   (UINT32_C(1) << INDUSTRY_##name)
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

const struct industry_dialect industry_salto = {
    .name = "SALTO",
    .date_digits = 10,
    .area_symbols = "123456789abcdefghijklmnopqrstuvwxyz!#$%&()*+,-./:;<=>?@[\\]^_{}",
    .texts = 3,
    .serial_flag = true,
    .read_fields_least = 4,
    .read_serial = false,
    .further_copies = "12I",
    .commands = COMMAND(CN) | COMMAND(CC) | COMMAND(CA) | COMMAND(CO) | COMMAND(MC) | COMMAND(CP) | COMMAND(LT) |
                COMMAND(CNM) | COMMAND(CCM) | COMMAND(CNMB) | COMMAND(CCMB) | COMMAND(CNB) | COMMAND(CCB),
    .errors = salto_errors,
    .error_count = COUNT_OF(salto_errors),
};

const struct industry_dialect industry_onity = {
    .name = "Onity",
    .date_digits = 8,
    .area_symbols = "12345678",
    .texts = 2,
    .serial_flag = false,
    .read_fields_least = 5,
    .read_serial = true,
    .further_copies = "1234I",
    .commands = COMMAND(CN) | COMMAND(CC) | COMMAND(CA) | COMMAND(CO) | COMMAND(LT) | COMMAND(EX),
    .errors = onity_errors,
    .error_count = COUNT_OF(onity_errors),
};

const struct industry_error *industry_error_find(const struct industry_dialect *dialect, struct industry_field code)
{
    for (size_t i = 0; i < dialect->error_count; i++)
        if (industry_field_is(code, dialect->errors[i].code))
            return &dialect->errors[i];
    return NULL;
}

/* ---- Authorisations -------------------------------------------------------------------------------------------- */

uint8_t industry_area_symbol(const struct industry_dialect *dialect, int32_t number)
{
    if (number < 1 || (size_t)number > strlen(dialect->area_symbols))
        return 0;
    return (uint8_t)dialect->area_symbols[number - 1];
}

int32_t industry_area_number(const struct industry_dialect *dialect, uint8_t symbol)
{
    const char *found = symbol ? strchr(dialect->area_symbols, symbol) : NULL;
    return found ? (int32_t)(found - dialect->area_symbols) + 1 : 0;
}

int industry_areas_format(const struct industry_dialect *dialect, uint64_t areas, char out[INDUSTRY_AREAS_AT_MOST + 1])
{
    out[0] = '\0';
    if (areas == 0)
        return 0;
    size_t known = strlen(dialect->area_symbols);
    size_t length = 0;
    for (size_t i = 0; i < 64 && areas >> i; i++) {
        if (!(areas >> i & 1))
            continue;
        if (i >= known)
            return -1;
        out[length++] = dialect->area_symbols[i];
    }
    out[length] = '\0';
    return 0;
}

int industry_areas_parse(const struct industry_dialect *dialect, struct industry_field field, uint64_t *areas)
{
    int result = 0;
    *areas = 0;
    for (size_t i = 0; i < field.length; i++) {
        int32_t number = industry_area_number(dialect, field.bytes[i]);
        if (number > 0)
            *areas |= INDUSTRY_AREA(number);
        else
            result = -1;
    }
    return result;
}

/* ---- Dates ----------------------------------------------------------------------------------------------------- */

static bool time_exists(const struct industry_time *time)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (time->year < 2000 || time->year > 2099 || time->month < 1 || time->month > 12)
        return false;
    /* 2000 to 2099: every fourth year is a leap year. */
    int32_t last = days[time->month - 1] + (time->month == 2 && time->year % 4 == 0 ? 1 : 0);
    return time->day >= 1 && time->day <= last && time->hour >= 0 && time->hour <= 23 && time->minute >= 0 &&
           time->minute <= 59;
}

static char *two_digits(char *out, int32_t value)
{
    const uint32_t number = (uint32_t)value;
    *out++ = (char)('0' + number / 10);
    *out++ = (char)('0' + number % 10);
    return out;
}

int industry_time_format(const struct industry_time *time, uint8_t digits, char out[INDUSTRY_TIME_SIZE])
{
    out[0] = '\0';
    if (time->year == 0)
        return 0;
    if (!time_exists(time) || (digits != 10 && digits != 8) || (digits == 8 && time->minute != 0))
        return -1;
    out = two_digits(out, time->hour);
    if (digits == 10)
        out = two_digits(out, time->minute);
    out = two_digits(out, time->day);
    out = two_digits(out, time->month);
    out = two_digits(out, time->year - 2000);
    *out = '\0';
    return 0;
}

int industry_time_parse(struct industry_field field, struct industry_time *time, uint8_t *digits)
{
    memset(time, 0, sizeof(*time));
    if (digits)
        *digits = (uint8_t)(field.length == 8 || field.length == 10 ? field.length : 0);
    if (field.length == 0)
        return 0;
    if (field.length != 8 && field.length != 10)
        return -1;
    int32_t pairs[5];
    size_t count = field.length / 2;
    for (size_t i = 0; i < count; i++) {
        int32_t tens = field.bytes[2 * i] - '0', ones = field.bytes[2 * i + 1] - '0';
        if (tens < 0 || tens > 9 || ones < 0 || ones > 9)
            return -1;
        pairs[i] = 10 * tens + ones;
    }
    struct industry_time read = {2000 + pairs[count - 1], pairs[count - 2], pairs[count - 3], pairs[0],
                                 count == 5 ? pairs[1] : 0};
    if (!time_exists(&read))
        return -1;
    *time = read;
    return 0;
}
