/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of UTF-8 checks and transliteration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unicode/uclean.h>

#include "util/text.h"
#include "util/word.h"

static void check_takes_names_of_all_scripts(void **state)
{
    (void)state;
    static const char *const good[] = {
        "",
        "Ann O'Neill-Smith; |,<>&\"{}",
        "Георги Христов",
        "Jürgen Groß",
        "محمد علي",
        "王小明",
        "Ann 😀",
        "\xC2\xA0\xC3\xBF",         /* U+00A0, U+00FF */
        "\xE2\x80\xA7\xE2\x80\xAF", /* U+2027, U+202F: the neighbours of what is refused */
        "\xE2\x81\xA5\xE2\x81\xAA", /* U+2065, U+206A */
        "\xED\x9F\xBF\xEE\x80\x80", /* U+D7FF, U+E000 */
        "\xEF\xB7\x8F\xEF\xB7\xB0", /* U+FDCF, U+FDF0 */
        "\xEF\xBF\xBD\xF0\x90\x80\x80\xF4\x8F\xBF\xBD",
        "👨‍👩‍👧",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        size_t at = 77;
        assert_int_equal(text_check(good[i], 100, false, &at), TEXT_GOOD);
        assert_int_equal(at, 77);
    }
}

static void check_finds_what_is_not_utf8(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "\x80", /* stray continuation */
        "\xBF",
        "\xC3", /* cut off */
        "\xC3(",
        "\xE4\xB8",
        "\xE4\xB8(",
        "\xF0\x9F\x98",
        "\xF0\x9F\x98(",
        "\xC0\x80", /* overlong NUL */
        "\xC0\xAF", /* overlong '/' */
        "\xC1\xBF",
        "\xE0\x80\xAF",
        "\xE0\x9F\xBF",
        "\xF0\x80\x80\xAF",
        "\xF0\x8F\xBF\xBF",
        "\xED\xA0\x80", /* surrogates */
        "\xED\xBF\xBF",
        "\xED\xA0\xBD\xED\xB8\x80",
        "\xF4\x90\x80\x80", /* past U+10FFFF */
        "\xF5\x80\x80\x80",
        "\xF8\x88\x80\x80\x80",
        "\xFC\x84\x80\x80\x80\x80",
        "\xFE",
        "\xFF",
    };
    char text[16];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        memcpy(text, "ok\xC3\xBC", 4);
        memcpy(text + 4, wrong[i], strlen(wrong[i]) + 1);
        size_t at = 0;
        assert_int_equal(text_check(text, 100, true, &at), TEXT_NOT_UTF8);
        assert_int_equal(at, 4);
    }
    assert_int_equal(text_check("\xFF", 100, true, NULL), TEXT_NOT_UTF8);
}

static void check_finds_controls(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "\x01",
        "\x02",
        "\x03",
        "\t",
        "\r",
        "\x1B[31m",
        "\x1F",
        "\x7F",
        "\xC2\x80",
        "\xC2\x85",
        "\xC2\x9F",
        "\xE2\x80\xA8",
        "\xE2\x80\xA9",
        "\xE2\x80\xAA",
        "\xE2\x80\xAE",
        "\xE2\x81\xA6",
        "\xE2\x81\xA9",
        "\xEF\xB7\x90",
        "\xEF\xB7\xAF",
        "\xEF\xBF\xBE",
        "\xEF\xBF\xBF",
        "\xF0\x9F\xBF\xBE",
        "\xF4\x8F\xBF\xBF",
    };
    char text[16];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        memcpy(text, "ab", 2);
        memcpy(text + 2, wrong[i], strlen(wrong[i]) + 1);
        size_t at = 0;
        assert_int_equal(text_check(text, 100, true, &at), TEXT_CONTROL);
        assert_int_equal(at, 2);
    }
    assert_int_equal(text_check("a\nb", 3, true, NULL), TEXT_GOOD);
    assert_int_equal(text_check("a\nb", 3, false, NULL), TEXT_CONTROL);
}

static void check_counts_characters(void **state)
{
    (void)state;
    size_t at = 0;
    assert_int_equal(text_check("Жж😀", 3, false, NULL), TEXT_GOOD);
    assert_int_equal(text_check("Жж😀", 2, false, &at), TEXT_TOO_LONG);
    assert_int_equal(at, 4);
    assert_int_equal(text_check("", 0, false, NULL), TEXT_GOOD);
    assert_int_equal(text_check("x", 0, false, &at), TEXT_TOO_LONG);
    assert_int_equal(at, 0);
    char *text = malloc(20001);
    assert_non_null(text);
    for (size_t i = 0; i < 10000; i++)
        memcpy(text + 2 * i, "ж", 3);
    assert_int_equal(text_check(text, 10000, false, NULL), TEXT_GOOD);
    assert_int_equal(text_check(text, 400, false, &at), TEXT_TOO_LONG);
    assert_int_equal(at, 800);
    assert_int_equal(text_length(text), 10000);
    text_cut(text, 9999);
    assert_int_equal(text_length(text), 9999);
    free(text);
}

static void cuts_at_characters(void **state)
{
    (void)state;
    char text[] = "aЖ😀b";
    assert_int_equal(text_length(text), 4);
    text_cut(text, 5);
    text_cut(text, 4);
    assert_string_equal(text, "aЖ😀b");
    text_cut(text, 3);
    assert_string_equal(text, "aЖ😀");
    text_cut(text, 2);
    assert_string_equal(text, "aЖ");
    text_cut(text, 0);
    assert_string_equal(text, "");
    assert_int_equal(text_length(""), 0);
}

/* Each length, with each byte that is not plain in each place. */
static void sees_each_byte_that_is_not_plain(void **state)
{
    const char others[] = {'\x01', '\x1F', '\x7F', '\x80', '\xFF'};
    char text[32];
    (void)state;
    for (size_t length = 0; length < sizeof(text); length++) {
        size_t seen = 0;
        memset(text, '~', sizeof(text));
        text[length] = '\0';
        assert_true(text_is_plain(text, &seen));
        assert_int_equal(seen, length);
        assert_int_equal(text_check(text, SIZE_MAX, false, NULL), TEXT_GOOD);
        assert_int_equal(text_check(text, length, false, NULL), TEXT_GOOD);
        if (length > 0)
            assert_int_equal(text_check(text, length - 1, false, NULL), TEXT_TOO_LONG);
        for (size_t at = 0; at < length; at++)
            for (size_t i = 0; i < sizeof(others); i++) {
                size_t fault = 0;
                text[at] = others[i];
                assert_false(text_is_plain(text, &seen));
                assert_int_equal(text_is_ascii(text, &seen), others[i] >= 0);
                assert_int_not_equal(text_check(text, SIZE_MAX, false, &fault), TEXT_GOOD);
                assert_int_equal(fault, at);
                text[at] = ' ';
            }
    }
}

/* Texts one behind the other: each byte that is neither printable ASCII nor the end of one shows, wherever it stands.
 */
static void texts_in_a_row_are_plain(void **state)
{
    char texts[21] = "";
    (void)state;
    for (size_t size = 0; size <= sizeof(texts); size++) {
        for (size_t i = 0; i < size; i++)
            texts[i] = i % 5 == 4 ? '\0' : i % 2 == 0 ? ' ' : '~';
        assert_true(text_all_plain(texts, size));
        for (size_t at = 0; at < size; at++) {
            const char before = texts[at];
            for (int byte = 0; byte < 256; byte++) {
                texts[at] = (char)byte;
                assert_int_equal(text_all_plain(texts, size), byte == 0 || (byte >= ' ' && byte <= '~'));
            }
            texts[at] = before;
        }
    }
}

static void words_tell_bytes_apart(void **state)
{
    uint8_t bytes[8];
    (void)state;
    for (size_t count = 1; count <= sizeof(bytes); count++) {
        memset(bytes, 'a', sizeof(bytes));
        const uint64_t word = word_of(bytes, count);
        for (size_t at = 0; at < count; at++)
            for (uint8_t bit = 0; bit < 8; bit++) {
                bytes[at] ^= (uint8_t)(1u << bit);
                assert_true(word_of(bytes, count) != word);
                bytes[at] ^= (uint8_t)(1u << bit);
            }
        memset(bytes + count, 'b', sizeof(bytes) - count);
        assert_true(word_of(bytes, count) == word);
    }
}

static void knows_what_fits(void **state)
{
    (void)state;
    size_t length = 0;
    assert_true(text_is_ascii("", &length));
    assert_int_equal(length, 0);
    assert_true(text_is_ascii("Online Encoder 17", &length));
    assert_int_equal(length, 17);
    assert_false(text_is_ascii("1234567ü", &length));
    assert_false(text_is_ascii("ü2345678901", &length));
    assert_false(text_is_ascii("12345678é", &length));
    assert_true(text_fits("plain ~", TEXT_ASCII));
    assert_true(text_fits("", TEXT_ASCII));
    assert_false(text_fits("ü", TEXT_ASCII));
    assert_true(text_fits("Größe \xC3\xBF", TEXT_LATIN1));
    assert_false(text_fits("\xC4\x80", TEXT_LATIN1)); /* U+0100 */
    assert_false(text_fits("a😀", TEXT_LATIN1));
    assert_true(text_fits("a😀Ж", TEXT_UTF8));
}

static void adapts(struct text_adapter *adapter, const char *text, enum text_charset charset, const char *expected)
{
    struct buf out = {0};
    buf_append_text(&out, "before:");
    assert_int_equal(text_adapt(adapter, text, charset, &out), 0);
    assert_string_equal(buf_text(&out) + 7, expected);
    assert_true(text_fits(buf_text(&out), charset));
    buf_free(&out);
}

static void text_that_fits_needs_no_tables(void **state)
{
    (void)state;
    /* Without an adapter: it would crash if it were looked at. */
    adapts(NULL, "Ann\tO'Neill", TEXT_ASCII, "Ann O'Neill");
    adapts(NULL, "Müller", TEXT_LATIN1, "Müller");
    adapts(NULL, "Иван", TEXT_UTF8, "Иван");
}

static void adapts_to_ascii(void **state)
{
    struct text_adapter *adapter = *state;
    adapts(adapter, "Ann O'Neill; 2|3", TEXT_ASCII, "Ann O'Neill; 2|3");
    adapts(adapter, "", TEXT_ASCII, "");
    adapts(adapter, "Георги Христов", TEXT_ASCII, "Georgi Hristov");
    adapts(adapter, "Стефан Щърбев, Кольо", TEXT_ASCII, "Stefan Shtarbev, Kolyo");
    adapts(adapter, "Müller Groß Ärger", TEXT_ASCII, "Muller Gross Arger");
    adapts(adapter, "محمد علي", TEXT_ASCII, "mhmd ly");
    adapts(adapter, "王小明", TEXT_ASCII, "wang xiao ming");
    adapts(adapter, "Łódź Ærø", TEXT_ASCII, "Lodz AEro");
    adapts(adapter, "Αθήνα; Πάτρα", TEXT_ASCII, "Athena; Patra"); /* ICU alone would make "?" of ';' */
    adapts(adapter, "e\xCC\x81q\xCC\x82", TEXT_ASCII, "eq");      /* accents that stand behind their letter */
    adapts(adapter, "‘Ann’ – „Bo“ …", TEXT_ASCII, "'Ann' - ,,Bo\" ...");
}

static void adapts_to_latin1(void **state)
{
    struct text_adapter *adapter = *state;
    adapts(adapter, "Müller Groß", TEXT_LATIN1, "Müller Groß");
    adapts(adapter, "Łódź", TEXT_LATIN1, "Lódz");
    adapts(adapter, "Иван Müller", TEXT_LATIN1, "Ivan Müller");
    adapts(adapter, "e\xCC\x81 Ж", TEXT_LATIN1, "é ZH");
    adapts(adapter, "Иван", TEXT_UTF8, "Иван");
}

static void what_has_no_counterpart_becomes_a_question_mark(void **state)
{
    struct text_adapter *adapter = *state;
    adapts(adapter, "Ann 😀!", TEXT_ASCII, "Ann ?!");
    adapts(adapter, "😀😀", TEXT_LATIN1, "??");
    adapts(adapter, "\xE2\x9D\xA4\xEF\xB8\x8F", TEXT_ASCII, "?"); /* heart with its variation selector */
    adapts(adapter, "\xEE\x80\x80", TEXT_ASCII, "?");             /* private use */
}

static void no_control_byte_comes_out(void **state)
{
    struct text_adapter *adapter = *state;
    adapts(adapter, "a\tb\nc\x1B\x7F", TEXT_ASCII, "a b\nc  ");
    adapts(adapter, "Ж\tб\nц\x02", TEXT_ASCII, "ZH b\nts ");
    adapts(adapter, "a\xC2\x85z", TEXT_LATIN1, "a z");
    adapts(adapter, "Ж\xC2\x85z", TEXT_LATIN1, "ZH z");
    adapts(adapter,
           "a\xE2\x80\xAE"
           "b\xE2\x80\xA8"
           "c",
           TEXT_ASCII, "a b c");
    adapts(adapter,
           "a\xE2\x80\xAE"
           "b",
           TEXT_UTF8, "a b");
}

/* Every character of the first two planes, between letters: the result is always in the set, and whole. */
static void every_character_comes_out_in_the_set(void **state)
{
    struct text_adapter *adapter = *state;
    for (uint32_t first = 0x80; first < 0x20000; first += 64) {
        struct buf text = {0};
        for (uint32_t code = first; code < first + 64; code++) {
            if (code >= 0xD800 && code <= 0xDFFF)
                continue;
            buf_append_byte(&text, 'x');
            if (code < 0x800) {
                buf_append_byte(&text, (uint8_t)(0xC0 | code >> 6));
            } else if (code < 0x10000) {
                buf_append_byte(&text, (uint8_t)(0xE0 | code >> 12));
                buf_append_byte(&text, (uint8_t)(0x80 | (code >> 6 & 0x3F)));
            } else {
                buf_append_byte(&text, (uint8_t)(0xF0 | code >> 18));
                buf_append_byte(&text, (uint8_t)(0x80 | (code >> 12 & 0x3F)));
                buf_append_byte(&text, (uint8_t)(0x80 | (code >> 6 & 0x3F)));
            }
            buf_append_byte(&text, (uint8_t)(0x80 | (code & 0x3F)));
        }
        struct buf out = {0};
        assert_int_equal(text_adapt(adapter, buf_text(&text), TEXT_ASCII, &out), 0);
        assert_true(text_fits(buf_text(&out), TEXT_ASCII));
        assert_int_equal(text_check(buf_text(&out), SIZE_MAX, false, NULL), TEXT_GOOD);
        buf_free(&out);
        buf_free(&text);
    }
}

static void adapts_ten_thousand_characters(void **state)
{
    struct text_adapter *adapter = *state;
    static const char *const characters[] = {"ж", "王", "😀", "\xEF\xB7\xBA"}; /* U+FDFA becomes 18 letters */
    for (size_t kind = 0; kind < 4; kind++) {
        struct buf text = {0}, out = {0};
        for (size_t i = 0; i < 10000; i++)
            buf_append_text(&text, characters[kind]);
        assert_int_equal(text_adapt(adapter, buf_text(&text), TEXT_ASCII, &out), 0);
        assert_true(text_fits(buf_text(&out), TEXT_ASCII));
        assert_true(out.length >= 10000);
        buf_free(&text);
        buf_free(&out);
    }
}

static void latin1_bytes_and_back(void **state)
{
    (void)state;
    uint8_t bytes[255];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i + 1);
    struct buf text = {0}, back = {0};
    text_from_latin1(bytes, sizeof bytes, &text);
    assert_int_equal(text_length(buf_text(&text)), 255);
    assert_true(text_fits(buf_text(&text), TEXT_LATIN1));
    assert_int_equal(text_to_latin1(buf_text(&text), &back), 0);
    assert_int_equal(back.length, 255);
    assert_memory_equal(back.data, bytes, 255);
    assert_int_equal(text_to_latin1("abcЖ", &back), -1);
    assert_int_equal(text_to_latin1("abc\xFF", &back), -1);
    assert_int_equal(back.length, 255); /* nothing of a text that does not fit */
    buf_free(&text);
    buf_free(&back);
}

static int open_adapter(void **state)
{
    *state = text_adapter_new();
    return *state == NULL ? -1 : 0;
}

static int close_adapter(void **state)
{
    text_adapter_free(*state);
    text_adapter_free(NULL);
    u_cleanup(); /* what ICU keeps for the process would look like leaks */
    return 0;
}

/* How secrets are found in what somebody else wrote. */
static void begins_whatever_the_form(void **state)
{
    (void)state;
    static const struct {
        const char *text, *start;
        size_t length;
    } rows[] = {
        {"Smith and more", "Smith", 5},
        {"SMITH", "smith", 5},
        {"\xC3\x9C"
         "BER",
         "\xC3\xBC"
         "ber",
         5},                                         /* U+00DC and U+00FC */
        {"\xD0\x98\xD0\x92", "\xD0\xB8\xD0\xB2", 4}, /* Cyrillic */
        {"A&amp;B&lt;c&GT;", "a&b<C>", 16},
        {"&#65;&#x42;&#X43;", "abc", 17},
        {"&quot;&apos;", "\"'", 12},
        {"&amp;lt;", "&lt;", 8},
        {"&lt;", "&lt;", 4},
        {"a&b", "a&b", 3},
        {"&", "&", 1},
        {"&#;", "&#;", 3},
        {"&#99999999999;", "c", 0},
        {"Smit", "Smith", 0},
        {"Smyth", "Smith", 0},
        {"", "Smith", 0},
        {"Smith", "", 0},
        {"Smith\xFF", "Smith\xFF", 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool cut = true;
        assert_int_equal(text_begins_with(rows[i].text, rows[i].start, NULL), rows[i].length);
        size_t length = text_begins_with(rows[i].text, rows[i].start, &cut);
        assert_int_equal(cut, strcmp(rows[i].text, "Smit") == 0);
        assert_int_equal(length, cut ? 4 : rows[i].length);
    }
}

static void reads_numbers_of_areas(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t most, number;
    } rows[] = {
        {"1", 12, 1},
        {"9", 12, 9},
        {"12", 12, 12},
        {"13", 12, 0},
        {"62", 62, 62},
        {"63", 62, 0},
        {"99", 99, 99},
        {"100", 99, 0},
        {"", 99, 0},
        {"0", 99, 0},
        {"07", 99, 0},
        {"-1", 99, 0},
        {"+1", 99, 0},
        {" 1", 99, 0},
        {"1 ", 99, 0},
        {"1a", 99, 0},
        {"spa", 99, 0},
        {"4294967297", 99, 0},
        {"2147483647", INT32_MAX, INT32_MAX},
        {"2147483648", INT32_MAX, 0},
        {"99999999999999999999", 99, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(text_number(rows[i].text, rows[i].most), rows[i].number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_takes_names_of_all_scripts),
        cmocka_unit_test(check_finds_what_is_not_utf8),
        cmocka_unit_test(check_finds_controls),
        cmocka_unit_test(check_counts_characters),
        cmocka_unit_test(cuts_at_characters),
        cmocka_unit_test(sees_each_byte_that_is_not_plain),
        cmocka_unit_test(texts_in_a_row_are_plain),
        cmocka_unit_test(words_tell_bytes_apart),
        cmocka_unit_test(knows_what_fits),
        cmocka_unit_test(text_that_fits_needs_no_tables),
        cmocka_unit_test(adapts_to_ascii),
        cmocka_unit_test(adapts_to_latin1),
        cmocka_unit_test(what_has_no_counterpart_becomes_a_question_mark),
        cmocka_unit_test(no_control_byte_comes_out),
        cmocka_unit_test(every_character_comes_out_in_the_set),
        cmocka_unit_test(adapts_ten_thousand_characters),
        cmocka_unit_test(latin1_bytes_and_back),
        cmocka_unit_test(begins_whatever_the_form),
        cmocka_unit_test(reads_numbers_of_areas),
    };
    return cmocka_run_group_tests_name("text", tests, open_adapter, close_adapter);
}
