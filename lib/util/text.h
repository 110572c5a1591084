/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UTF-8 checks and the way to the small character sets of lock systems (ICU). */
#ifndef KEYCARD_UTIL_TEXT_H
#define KEYCARD_UTIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

enum text_fault { TEXT_GOOD, TEXT_NOT_UTF8, TEXT_CONTROL, TEXT_TOO_LONG };

/* What is wrong with a text, and where. Control: U+0000..1F, U+007F..9F, U+2028, U+2029, the bidirectional controls
 * (U+202A..202E, U+2066..2069), noncharacters; LF is let through if `line_feeds`. Surrogates and overlong forms are not
 * UTF-8. `at` (may be NULL) receives the byte offset of the fault. `max` counts characters (code points). */
enum text_fault text_check(const char *text, size_t max, bool line_feeds, size_t *at);
/* Number of characters (code points) of valid UTF-8. */
size_t text_length(const char *text);

/* How many bytes of `text` say what `start` says, whatever the case, and also where characters are written as in XML
 * and HTML ("&amp;", "&#38;"); 0 if it does not begin so, or `start` is "". `cut` (may be NULL): the text ends in the
 * middle of `start`, and the bytes are all of it. For finding what must not be shown. */
size_t text_begins_with(const char *text, const char *start, bool *cut);

/* Copies what a device says of itself: printable UTF-8, other bytes become '?', blanks at the end are dropped, and what
 * does not fit is cut at a character. */
void text_copy_printable(const char *text, char *out, size_t size);

enum text_charset { TEXT_ASCII, TEXT_LATIN1, TEXT_UTF8 };

/* Transliteration. Opening ICU's tables is slow, so one is kept per context and made at its first real use. */
struct text_adapter;
/* NULL when memory is used up. Makes nothing yet. */
struct text_adapter *text_adapter_new(void);
void text_adapter_free(struct text_adapter *adapter);
/* Whether all of it is ASCII. `length` receives its bytes, which are its characters then. */
bool text_is_ascii(const char *text, size_t *length);
/* Whether all of it is printable ASCII. */
bool text_is_plain(const char *text, size_t *length);
/* The same for texts that stand one behind the other, each with its NUL. */
bool text_all_plain(const char *texts, size_t size);
/* The same for bytes without a NUL. */
bool text_are_plain(const char *bytes, size_t count);
/* 1 if every character of valid UTF-8 is in the set. Fast for plain ASCII. */
bool text_fits(const char *text, enum text_charset charset);
/* Appends the text, as UTF-8 whose characters all are in the set, to `out`: transliterated (ICU "Any-Latin;
 * Latin-ASCII" for ASCII), what has no counterpart (emoji) becomes '?'. Characters already in the set stay as they are;
 * control bytes that come out become blanks (LF stays). Returns 0, or -1 when memory is used up or ICU has no such
 * data. */
int text_adapt(struct text_adapter *adapter, const char *text, enum text_charset charset, struct buf *out);
/* Cuts valid UTF-8 to at most `max` characters, in place. */
void text_cut(char *text, size_t max);
/* UTF-8 that fits Latin-1 to bytes, one per character. Returns 0, or -1 if a character does not fit. */
int text_to_latin1(const char *text, struct buf *out);
/* Latin-1 bytes to UTF-8. */
void text_from_latin1(const uint8_t *bytes, size_t count, struct buf *out);

/* The number from 1 to `most` that the text is, with no zero before it, as lock systems number areas; 0 if it is none.
 */
int32_t text_number(const char *text, int32_t most);

#endif
