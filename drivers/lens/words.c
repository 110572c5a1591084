/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words in texts; see words.h. */
#include "words.h"

#include <string.h>

#include "util/text.h"

enum { SHORT_WORD = 3, WORD_SIZE = 200 };

static char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

static bool is_word_letter(char letter)
{
    return (lower(letter) >= 'a' && lower(letter) <= 'z') || (letter >= '0' && letter <= '9') || letter == '_' ||
           (unsigned char)letter >= 0x80;
}

static bool begins_with(const char *text, const char *word, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!text[i] || lower(text[i]) != lower(word[i]))
            return false;
    return true;
}

bool lens_has_word(const char *text, const char *word, size_t length)
{
    for (const char *at = text; length > 0 && *at; at++) {
        bool free_before = at == text || !is_word_letter(at[-1]);
        if (free_before && begins_with(at, word, length) && !is_word_letter(at[length]))
            return true;
    }
    return false;
}

/* How much of the text at `at` is the secret, or one of its longer words. */
static size_t secret_length(const char *at, const char *secret)
{
    char word[WORD_SIZE];
    size_t found = text_begins_with(at, secret, NULL);
    while (*secret && found == 0) {
        size_t length = strcspn(secret, " ,.;+");
        if (length >= SHORT_WORD && length < WORD_SIZE) {
            memcpy(word, secret, length);
            word[length] = '\0';
            found = text_begins_with(at, word, NULL);
        }
        secret += length + (secret[length] ? 1 : 0);
    }
    return found;
}

void lens_mask(const char *text, const char *const *secrets, size_t count, struct buf *out)
{
    while (*text) {
        size_t length = 0;
        for (size_t i = 0; i < count && length == 0; i++)
            length = secret_length(text, secrets[i]);
        if (length > 0)
            buf_append_text(out, "***");
        else
            buf_append_byte(out, (uint8_t)*text);
        text += length > 0 ? length : 1;
    }
}
