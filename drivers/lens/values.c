/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Single values of the LENS codec: the lexical forms of XML Schema that the service uses, escaping, base64. */
#include "values.h"

#include <string.h>

#include "util/utf8.h"

/* ---- Text ------------------------------------------------------------------------------------------------------ */

/* Printable ASCII but & < > " and '. */
static const bool is_plain[256] = {
    /* clang-format off */
    [' '] = 1, ['!'] = 1,            ['#'] = 1, ['$'] = 1, ['%'] = 1,            ['('] = 1, [')'] = 1, ['*'] = 1,
    ['+'] = 1, [','] = 1, ['-'] = 1, ['.'] = 1, ['/'] = 1, ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1,
    ['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1, [':'] = 1, [';'] = 1, ['='] = 1, ['?'] = 1, ['@'] = 1,
    ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1, ['F'] = 1, ['G'] = 1, ['H'] = 1, ['I'] = 1, ['J'] = 1,
    ['K'] = 1, ['L'] = 1, ['M'] = 1, ['N'] = 1, ['O'] = 1, ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1,
    ['U'] = 1, ['V'] = 1, ['W'] = 1, ['X'] = 1, ['Y'] = 1, ['Z'] = 1, ['['] = 1, ['\\'] = 1, [']'] = 1, ['^'] = 1,
    ['_'] = 1, ['`'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1,
    ['i'] = 1, ['j'] = 1, ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1,
    ['s'] = 1, ['t'] = 1, ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1, ['{'] = 1, ['|'] = 1,
    ['}'] = 1, ['~'] = 1,
    /* clang-format on */
};

size_t lens_plain_length(const char *text)
{
    size_t length = 0;
    while (is_plain[(uint8_t)text[length]])
        length++;
    return length;
}

bool lens_text_is_clean(const char *text)
{
    text += lens_plain_length(text);
    while (*text != '\0') {
        uint32_t character;
        size_t count = utf8_read(text, &character);
        if (count == 0 || utf8_is_control(character))
            return false;
        text += count;
    }
    return true;
}

static const char *entity_of(char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void lens_append_escaped(struct buf *out, const char *text)
{
    for (;;) {
        size_t length = lens_plain_length(text);
        buf_append(out, text, length);
        text += length;
        if (*text == '\0')
            return;
        const char *entity = entity_of(*text);
        if (entity != NULL)
            buf_append_text(out, entity);
        else
            buf_append_byte(out, (uint8_t)*text);
        text++;
    }
}

/* ---- Lexical forms --------------------------------------------------------------------------------------------- */

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_hex(char byte)
{
    char lower = (char)(byte | 0x20); /* which makes no other byte a letter from a to f */
    return is_digit(byte) || (lower >= 'a' && lower <= 'f');
}

bool lens_is_uuid(const char *text)
{
    static const uint8_t groups[] = {8, 4, 4, 4, 12};
    for (size_t i = 0; i < sizeof groups; i++) {
        for (const char *end = text + groups[i]; text < end; text++) {
            if (!is_hex(*text))
                return false;
        }
        if (*text != (i + 1 < sizeof groups ? '-' : '\0'))
            return false;
        text++;
    }
    return true;
}

bool lens_read_number(const char *text, int64_t *number)
{
    bool negative = *text == '-';
    uint64_t bound = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t value = 0;
    if (*text == '-' || *text == '+')
        text++;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (!is_digit(*text) || value > (bound - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *number = !negative ? (int64_t)value : value == 0 ? 0 : -(int64_t)(value - 1) - 1;
    return true;
}

uint64_t lens_identifier(const char *text)
{
    static const char urn[] = "urn:uuid:";
    char plain[37];
    uint64_t halves[2] = {0};
    if (strncmp(text, urn, sizeof urn - 1) == 0)
        text += sizeof urn - 1;
    else if (*text == '{')
        text++;
    size_t length = strnlen(text, sizeof plain - 1), digits = 0;
    memcpy(plain, text, length);
    plain[length] = '\0';
    if (!lens_is_uuid(plain) || strlen(text + length) > 1 || (text[length] != '\0' && text[length] != '}'))
        return 0;
    for (size_t i = 0; i < length; i++) {
        char digit = plain[i];
        if (digit == '-')
            continue;
        uint64_t *half = &halves[digits++ / 16];
        *half = *half << 4 | (uint64_t)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
    }
    return halves[0] ^ halves[1];
}

static bool is_number_between(const char *text, int64_t least, int64_t most)
{
    int64_t number;
    return lens_read_number(text, &number) && number >= least && number <= most;
}

/* Reads exactly so many digits and moves on; -1 if they are not there. */
static int take_digits(const char **at, size_t count)
{
    int value = 0;
    for (size_t i = 0; i < count; i++, (*at)++) {
        if (!is_digit(**at))
            return -1;
        value = value * 10 + (**at - '0');
    }
    return value;
}

static bool take_byte(const char **at, char byte)
{
    if (**at != byte)
        return false;
    (*at)++;
    return true;
}

static bool is_offset(const char *at)
{
    if (*at == '\0' || strcmp(at, "Z") == 0)
        return true;
    if (!take_byte(&at, '+') && !take_byte(&at, '-'))
        return false;
    int hours = take_digits(&at, 2);
    if (hours < 0 || !take_byte(&at, ':'))
        return false;
    int minutes = take_digits(&at, 2);
    return minutes >= 0 && minutes <= 59 && hours * 60 + minutes <= 14 * 60 && *at == '\0';
}

static bool is_day(int year, int month, int day)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1 || month < 1 || month > 12 || day < 1)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= days[month - 1] + (month == 2 && leap);
}

/* xs:dateTime with a year of four digits. */
static bool is_time(const char *at)
{
    int year = take_digits(&at, 4);
    if (year < 0 || !take_byte(&at, '-'))
        return false;
    int month = take_digits(&at, 2);
    if (month < 0 || !take_byte(&at, '-'))
        return false;
    int day = take_digits(&at, 2);
    if (!is_day(year, month, day) || !take_byte(&at, 'T'))
        return false;
    int hour = take_digits(&at, 2);
    if (hour < 0 || hour > 23 || !take_byte(&at, ':'))
        return false;
    int minute = take_digits(&at, 2);
    if (minute < 0 || minute > 59 || !take_byte(&at, ':'))
        return false;
    int second = take_digits(&at, 2);
    if (second < 0 || second > 59)
        return false;
    if (take_byte(&at, '.')) {
        if (!is_digit(*at))
            return false;
        at += strspn(at, "0123456789");
    }
    return is_offset(at);
}

static bool is_boolean(const char *text)
{
    return strcmp(text, "true") == 0 || strcmp(text, "false") == 0 || strcmp(text, "1") == 0 || strcmp(text, "0") == 0;
}

static bool is_reason(const char *text, bool detail)
{
    for (size_t i = 0; i < lens_fault_name_count; i++) {
        if (lens_fault_names[i].detail == detail && strcmp(lens_fault_names[i].name, text) == 0)
            return true;
    }
    return false;
}

/* ---- Base64 ---------------------------------------------------------------------------------------------------- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* 0 to 63, or -1. */
static int base64_digit(char byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return byte - 'A';
    if (byte >= 'a' && byte <= 'z')
        return byte - 'a' + 26;
    if (is_digit(byte))
        return byte - '0' + 52;
    return byte == '+' ? 62 : byte == '/' ? 63 : -1;
}

/* What is left of a group of four when the text has ended; `padding` are the equals signs at its end. */
static bool base64_end(size_t digits, size_t padding, uint32_t bits)
{
    if (digits == 0)
        return padding == 0;
    if (digits == 2)
        return padding == 2 && (bits & 0xFu) == 0;
    return digits == 3 && padding == 1 && (bits & 0x3u) == 0;
}

int lens_base64_read(const char *text, uint8_t *out, size_t *size)
{
    uint32_t bits = 0;
    size_t digits = 0, padding = 0, length = 0;
    for (; *text != '\0'; text++) {
        if (*text == ' ' || *text == '\t' || *text == '\r' || *text == '\n')
            continue;
        int digit = base64_digit(*text);
        if (*text == '=')
            padding++;
        else if (digit < 0 || padding > 0)
            return -1;
        else {
            bits = bits << 6 | (uint32_t)digit;
            if (digits % 4 != 0) {
                if (out != NULL)
                    out[length] = (uint8_t)(bits >> (6 - 2 * (digits % 4)));
                length++;
            }
            digits++;
        }
    }
    if (!base64_end(digits % 4, padding, bits))
        return -1;
    *size = length;
    return 0;
}

void lens_base64_write(const uint8_t *bytes, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i += 3) {
        size_t left = count - i;
        uint32_t bits = (uint32_t)bytes[i] << 16;
        bits |= left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
        bits |= left > 2 ? bytes[i + 2] : 0;
        const char group[4] = {alphabet[bits >> 18], alphabet[bits >> 12 & 63],
                               left > 1 ? alphabet[bits >> 6 & 63] : '=', left > 2 ? alphabet[bits & 63] : '='};
        buf_append(out, group, sizeof group);
    }
}

bool lens_value_is(enum lens_type type, const char *text)
{
    size_t size;
    switch (type) {
    case LENS_TYPE_TEXT:
        return true;
    case LENS_TYPE_TIME:
        return is_time(text);
    case LENS_TYPE_UNSIGNED:
        return is_number_between(text, 0, UINT32_MAX);
    case LENS_TYPE_INT:
        return is_number_between(text, INT32_MIN, INT32_MAX);
    case LENS_TYPE_LONG:
        return is_number_between(text, INT64_MIN, INT64_MAX);
    case LENS_TYPE_BOOLEAN:
        return is_boolean(text);
    case LENS_TYPE_BASE64:
        return lens_base64_read(text, NULL, &size) == 0;
    case LENS_TYPE_MAIN_REASON:
        return is_reason(text, false);
    case LENS_TYPE_DETAIL_REASON:
        return is_reason(text, true);
    case LENS_TYPE_ROOMS:
    case LENS_TYPE_AREAS:
    case LENS_TYPE_RESPONSE:
    case LENS_TYPE_FAULT:
        break;
    }
    return false;
}
