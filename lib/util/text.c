/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of UTF-8, and the way to ASCII and Latin-1. ICU is opened only for text that needs it. */
#include "util/text.h"

#include <stdlib.h>
#include <string.h>

#include "external/icu_calls.h"
#include "util/utf8.h"
#include "util/word.h"

/* Text goes through ICU in pieces, so that a long one neither needs memory in proportion nor time in its square. */
#define PIECE_UNITS  128
#define RESULT_UNITS (PIECE_UNITS * 32) /* one unit becomes 18 letters at most (U+FDFA), and blanks between */

#define UTF8_FIRST_PAST_LATIN1 0xC4 /* first byte of U+0100 */

struct text_adapter {
    UTransliterator *to_ascii; /* NULL until the first text that needs it */
};

/* Printable ASCII. */
static bool are_plain(uint64_t eight)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones * 0x80;
    const uint64_t no_delete = eight ^ ones * 0x7F;
    return ((eight | (eight - ones * 0x20) | (no_delete - ones)) & tops) == 0;
}

/* How many of the bytes at the start of a text are printable ASCII; perhaps some fewer, if not all are. */
static size_t plain_start(const char *text, size_t length)
{
    const size_t word = sizeof(uint64_t);
    size_t at = 0;
    if (length < word)
        return length == 0 || are_plain(word_of(text, length)) ? length : 0;
    for (; at < length - word; at += word) {
        if (!are_plain(word_of(text + at, word)))
            return at;
    }
    return are_plain(word_of(text + length - word, word)) ? length : at; /* some of them once more */
}

bool text_is_plain(const char *text, size_t *length)
{
    *length = strlen(text);
    return plain_start(text, *length) == *length;
}

bool text_are_plain(const char *bytes, size_t count)
{
    return plain_start(bytes, count) == count;
}

/* Printable ASCII, or 0. */
static bool are_plain_or_ends(uint64_t eight)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones * 0x80;
    const uint64_t low = eight & ~tops; /* adding to its bytes carries nothing into the next one */
    const uint64_t not_zero = low + ones * 0x7F, no_control = low + ones * 0x60;
    return ((eight | (low + ones) | (not_zero & ~no_control)) & tops) == 0;
}

bool text_all_plain(const char *texts, size_t size)
{
    for (; size > sizeof(uint64_t); texts += sizeof(uint64_t), size -= sizeof(uint64_t)) {
        if (!are_plain_or_ends(word_of(texts, sizeof(uint64_t))))
            return false;
    }
    return size == 0 || are_plain_or_ends(word_of(texts, size));
}

enum text_fault text_check(const char *text, size_t max, bool line_feeds, size_t *at)
{
    enum text_fault found = TEXT_GOOD;
    const size_t plain = plain_start(text, strnlen(text, max));
    const char *place = text + plain;
    for (size_t characters = plain; *place != '\0'; characters++) {
        uint32_t character = 0;
        size_t count = utf8_read(place, &character);
        if (count == 0)
            found = TEXT_NOT_UTF8;
        else if (utf8_is_control(character) && !(character == '\n' && line_feeds))
            found = TEXT_CONTROL;
        else if (characters == max)
            found = TEXT_TOO_LONG;
        if (found != TEXT_GOOD)
            break;
        place += count;
    }
    if (found != TEXT_GOOD && at != NULL)
        *at = (size_t)(place - text);
    return found;
}

static bool begins_character(char byte)
{
    return ((uint8_t)byte & 0xC0u) != 0x80;
}

/* `name` is in small letters. */
static bool is_name(const char *text, const char *name)
{
    while (*name != '\0' && (*text | 0x20) == *name) {
        text++;
        name++;
    }
    return *name == '\0';
}

/* The character that an entity or a number at `text` stands for. Returns its bytes, or 0 if there is none. */
static size_t read_reference(const char *text, uint32_t *character)
{
    static const struct {
        const char *text;
        char character;
    } names[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    if (text[0] != '&')
        return 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (is_name(text, names[i].text)) {
            *character = (uint32_t)names[i].character;
            return strlen(names[i].text);
        }
    if (text[1] != '#')
        return 0;
    bool hex = text[2] == 'x' || text[2] == 'X';
    const char *digits = text + (hex ? 3 : 2);
    size_t count = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");
    if (count == 0 || count > 8 || digits[count] != ';')
        return 0;
    *character = (uint32_t)strtoul(digits, NULL, hex ? 16 : 10);
    return (size_t)(digits - text) + count + 1;
}

static uint32_t small_letter(uint32_t character)
{
    return character >= 'A' && character <= 'Z' ? character + ('a' - 'A') : character;
}

/* Without ICU all letters past ASCII are taken for the same: rather too much is hidden than too little. */
static bool is_same(uint32_t a, uint32_t b)
{
    if (a < 0x80 && b < 0x80)
        return small_letter(a) == small_letter(b);
    return a == b || icu_need(NULL) != KC_OK ||
           u_foldCase((UChar32)a, U_FOLD_CASE_DEFAULT) == u_foldCase((UChar32)b, U_FOLD_CASE_DEFAULT);
}

size_t text_begins_with(const char *text, const char *start, bool *cut)
{
    const char *at = text;
    if (cut)
        *cut = false;
    while (*start != '\0') {
        uint32_t character = 0, wanted = 0, meant = 0;
        size_t step = utf8_read(start, &wanted), count = utf8_read(at, &character);
        size_t reference = read_reference(at, &meant);
        if (cut && *at == '\0')
            *cut = at > text;
        if (step == 0 || count == 0 || *at == '\0')
            return cut && *cut ? (size_t)(at - text) : 0;
        if (reference > 0 && is_same(meant, wanted))
            at += reference;
        else if (is_same(character, wanted))
            at += count;
        else
            return 0;
        start += step;
    }
    return (size_t)(at - text);
}

void text_copy_printable(const char *text, char *out, size_t size)
{
    size_t used = 0;
    while (*text) {
        uint32_t character = 0;
        size_t count = utf8_read(text, &character);
        bool good = count > 0 && !utf8_is_control(character);
        size_t length = good ? count : 1;
        if (used + length >= size)
            break;
        memcpy(out + used, good ? text : "?", length);
        used += length;
        text += count > 0 ? count : 1;
    }
    while (used > 0 && out[used - 1] == ' ')
        used--;
    out[used] = '\0';
}

size_t text_length(const char *text)
{
    size_t length = 0;
    for (; *text != '\0'; text++) {
        if (begins_character(*text))
            length++;
    }
    return length;
}

void text_cut(char *text, size_t max)
{
    size_t length = 0;
    for (; *text != '\0'; text++) {
        if (!begins_character(*text))
            continue;
        if (length == max) {
            *text = '\0';
            return;
        }
        length++;
    }
}

static bool in_charset(uint32_t character, enum text_charset charset)
{
    switch (charset) {
    case TEXT_ASCII:
        return character < 0x80;
    case TEXT_LATIN1:
        return character < 0x100;
    case TEXT_UTF8:
        return true;
    }
    return false;
}

bool text_is_ascii(const char *text, size_t *length)
{
    const size_t count = strlen(text), word = sizeof(uint64_t);
    uint64_t all = 0;
    if (count >= word) {
        for (size_t at = 0; at < count - word; at += word)
            all |= word_of(text + at, word);
        all |= word_of(text + count - word, word); /* some of them once more */
    } else if (count > 0) {
        all = word_of(text, count);
    }
    *length = count;
    return (all & UINT64_C(0x8080808080808080)) == 0;
}

bool text_fits(const char *text, enum text_charset charset)
{
    if (charset == TEXT_UTF8)
        return true;
    size_t length;
    if (text_is_ascii(text, &length))
        return true;
    if (charset == TEXT_ASCII)
        return false;
    const uint8_t past = UTF8_FIRST_PAST_LATIN1;
    for (; *text != '\0'; text++) {
        if ((uint8_t)*text >= past)
            return false;
    }
    return true;
}

struct text_adapter *text_adapter_new(void)
{
    return calloc(1, sizeof(struct text_adapter));
}

void text_adapter_free(struct text_adapter *adapter)
{
    if (adapter == NULL)
        return;
    if (adapter->to_ascii != NULL)
        utrans_close(adapter->to_ascii);
    free(adapter);
}

static int text_adapter_open(struct text_adapter *adapter)
{
    if (adapter->to_ascii != NULL)
        return 0;
    if (icu_need(NULL) != KC_OK)
        return -1;
    /* Cyrillic as in passports (zh, sht, ya), not as in libraries. The marks of scholars for hard and soft signs, ayin
     * and hamza are left out: they would end as quotes or '?'. */
    static const UChar rules[] = u"х > h; Х > H; ь > y; Ь > Y; :: Bulgarian-Latin/BGN; ŭ > a; Ŭ > A; :: Any-Latin; "
                                 u":: [\u02B9\u02BA\u02BE\u02BF] Remove; :: Latin-ASCII;";
    static const UChar name[] = u"to-lock-system";
    UErrorCode status = U_ZERO_ERROR;
    UTransliterator *opened = utrans_openU(name, -1, UTRANS_FORWARD, rules, -1, NULL, &status);
    if (U_FAILURE(status) || opened == NULL)
        return -1;
    adapter->to_ascii = opened;
    return 0;
}

static void append_character(struct buf *out, uint32_t character)
{
    uint8_t bytes[UTF8_BYTES_MAX];
    bool blank = utf8_is_control(character) && character != '\n';
    buf_append(out, bytes, utf8_write(blank ? ' ' : character, bytes));
}

/* Text whose characters all are in the set. */
static void append_plain(struct buf *out, const char *text)
{
    while (*text != '\0') {
        size_t plain = 0;
        while (text[plain] >= 0x20 && text[plain] < 0x7F)
            plain++;
        buf_append(out, text, plain);
        text += plain;
        uint32_t character = 0;
        size_t count = utf8_read(text, &character);
        if (count == 0 || *text == '\0')
            break;
        append_character(out, character);
        text += count;
    }
}

/* Characters that only change their neighbour: without it they would leave a '?' that stands for nothing seen. */
static bool is_attached(uint32_t character)
{
    switch (u_charType((UChar32)character)) {
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_FORMAT_CHAR:
        return true;
    default:
        return false;
    }
}

/* Reads a character of UTF-16 and moves on; a lone surrogate is returned as it is. */
static uint32_t next_character(const UChar *units, int32_t *at, int32_t count)
{
    uint32_t first = units[(*at)++];
    if (!U16_IS_LEAD(first) || *at == count || !U16_IS_TRAIL(units[*at]))
        return first;
    uint32_t second = units[(*at)++];
    return 0x10000 + ((first & 0x3FFu) << 10) + (second & 0x3FFu);
}

/* Appends what came out of ICU. */
static void append_result(struct buf *out, const UChar *units, int32_t count, enum text_charset charset)
{
    for (int32_t i = 0; i < count;) {
        uint32_t character = next_character(units, &i, count);
        if (in_charset(character, charset) || utf8_is_control(character))
            append_character(out, character);
        else if (!is_attached(character))
            buf_append_byte(out, '?');
    }
}

/* Transliterates characters that are not in the set. */
static int adapt_piece(struct text_adapter *adapter, const UChar *units, int32_t count, enum text_charset charset,
                       struct buf *out)
{
    UChar result[RESULT_UNITS];
    u_memcpy(result, units, count);
    int32_t length = count;
    int32_t limit = count;
    UErrorCode status = U_ZERO_ERROR;
    utrans_transUChars(adapter->to_ascii, result, &length, RESULT_UNITS, 0, &limit, &status);
    if (U_FAILURE(status) || length > RESULT_UNITS)
        return -1;
    append_result(out, result, length, charset);
    return 0;
}

/* Where the piece ends that begins at `start`: at the next character in the set, or when it is large enough. */
static int32_t piece_end(const UChar *units, int32_t start, int32_t count, enum text_charset charset)
{
    int32_t end = start;
    while (end < count && end - start < PIECE_UNITS - 1) {
        int32_t next = end;
        if (in_charset(next_character(units, &next, count), charset))
            break;
        end = next;
    }
    return end;
}

/* Only what is not in the set goes to ICU: it would change some of the rest too, such as ';' among Greek letters. */
static int adapt_units(struct text_adapter *adapter, const UChar *units, int32_t count, enum text_charset charset,
                       struct buf *out)
{
    for (int32_t at = 0; at < count;) {
        if (in_charset(units[at], charset)) {
            append_character(out, units[at++]);
            continue;
        }
        int32_t end = piece_end(units, at, count, charset);
        if (adapt_piece(adapter, units + at, end - at, charset, out) < 0)
            return -1;
        at = end;
    }
    return 0;
}

/* UTF-16 with letters and their accents composed, so that an accent does not stand alone where its letter is in the
 * set. Returns memory for free(), or NULL. */
static UChar *composed_units(const char *text, size_t length, int32_t *count)
{
    if (length > INT32_MAX / 4)
        return NULL;
    UErrorCode status = U_ZERO_ERROR;
    int32_t capacity = (int32_t)length; /* no character of UTF-8 takes more units than bytes */
    UChar *units = malloc(length * sizeof *units);
    int32_t composed_capacity = capacity * 3; /* the most by which composing can lengthen */
    UChar *composed = malloc((size_t)composed_capacity * sizeof *composed);
    if (units == NULL || composed == NULL)
        goto out;
    int32_t unit_count = 0;
    u_strFromUTF8(units, capacity, &unit_count, text, (int32_t)length, &status);
    const UNormalizer2 *normalizer = unorm2_getNFCInstance(&status);
    *count = unorm2_normalize(normalizer, units, unit_count, composed, composed_capacity, &status);
    if (U_FAILURE(status)) {
        free(composed);
        composed = NULL;
    }
    free(units);
    return composed;

out:
    free(units);
    free(composed);
    return NULL;
}

int text_adapt(struct text_adapter *adapter, const char *text, enum text_charset charset, struct buf *out)
{
    if (text_fits(text, charset)) {
        append_plain(out, text);
        return out->failed ? -1 : 0;
    }
    if (text_adapter_open(adapter) < 0)
        return -1;
    int32_t count = 0;
    UChar *units = composed_units(text, strlen(text), &count);
    if (units == NULL)
        return -1;
    size_t before = out->length;
    int result = adapt_units(adapter, units, count, charset, out);
    free(units);
    if (result < 0 && !out->failed)
        out->length = before;
    return result < 0 || out->failed ? -1 : 0;
}

int text_to_latin1(const char *text, struct buf *out)
{
    size_t before = out->length;
    while (*text != '\0') {
        uint32_t character = 0;
        size_t count = utf8_read(text, &character);
        if (count == 0 || character > 0xFF) {
            out->length = before;
            return -1;
        }
        buf_append_byte(out, (uint8_t)character);
        text += count;
    }
    return 0;
}

void text_from_latin1(const uint8_t *bytes, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t encoded[UTF8_BYTES_MAX];
        buf_append(out, encoded, utf8_write(bytes[i], encoded));
    }
}

int32_t text_number(const char *text, int32_t most)
{
    int64_t number = 0;
    if (*text == '0')
        return 0;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || number > most)
            return 0;
        number = number * 10 + (*text - '0');
    }
    return number <= most ? (int32_t)number : 0;
}
