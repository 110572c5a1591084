/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the image of a card. */
#include "card.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { LINE = 2 * CARD_MESSAGE + 64 };
enum { UID, NDEF, TRACK1, TRACK2, TRACK3, NAMES };
static const char *const names[NAMES] = {"uid", "ndef", "track1", "track2", "track3"};

static int hex_value(char digit)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *found = digit != '\0' ? strchr(digits, digit) : NULL;
    return found == NULL ? -1 : (int)(found - digits) < 16 ? (int)(found - digits) : (int)(found - digits) - 6;
}

/* Pairs of digits; blanks, colons and hyphens between them do not matter. */
static bool read_hex(const char *text, uint8_t *out, size_t most, size_t *size)
{
    *size = 0;
    while (text += strspn(text, " :-"), *text != '\0') {
        int high = hex_value(text[0]), low = high < 0 ? -1 : hex_value(text[1]);
        if (low < 0 || *size == most)
            return false;
        out[(*size)++] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    return true;
}

/* Without the sentinels, if both are there. */
static bool read_track(const char *text, char out[CARD_TRACK])
{
    size_t length = strlen(text);
    if (length >= 2 && strchr("%;+", text[0]) != NULL && text[length - 1] == '?') {
        text++;
        length -= 2;
    }
    if (length >= CARD_TRACK)
        return false;
    memcpy(out, text, length);
    out[length] = '\0';
    return true;
}

static bool take(struct card *card, int name, const char *value)
{
    switch (name) {
    case UID:
        return read_hex(value, card->uid, sizeof card->uid, &card->uid_size);
    case NDEF:
        return read_hex(value, card->message, sizeof card->message, &card->message_size);
    default:
        return read_track(value, card->tracks[name - TRACK1]);
    }
}

static int name_of(char *line, char **value)
{
    size_t length = strcspn(line, " ");
    *value = line + length + strspn(line + length, " ");
    line[length] = '\0';
    for (int name = 0; name < NAMES; name++)
        if (strcmp(line, names[name]) == 0)
            return name;
    return NAMES;
}

/* The next of three lines that are the tracks themselves; NULL, or what is wrong. */
static const char *take_bare(struct card *card, const char *line, unsigned number)
{
    size_t length = strlen(line);
    if (number > 3)
        return length > 0 ? "a card has three tracks" : NULL;
    if (length > 0 && (length < 2 || strchr("%;+", line[0]) == NULL || line[length - 1] != '?'))
        return "a track that has no name begins with its start sentinel and ends with ?";
    return read_track(line, card->tracks[number - 1]) ? NULL : "the track is too long";
}

/* NULL, or what is wrong. */
static const char *read_lines(FILE *file, struct card *card, unsigned *number)
{
    static char line[LINE];
    bool there[NAMES] = {false}, bare = false;
    for (*number = 1; fgets(line, sizeof line, file) != NULL; (*number)++) {
        size_t length = strcspn(line, "\r\n");
        char *value;
        if (line[length] == '\0' && !feof(file))
            return "the line is too long";
        line[length] = '\0';
        bare |= *number == 1 && (length == 0 || line[0] == '%');
        const char *wrong = bare ? take_bare(card, line, *number) : NULL;
        if (wrong != NULL)
            return wrong;
        if (bare || length == 0)
            continue;
        int name = name_of(line, &value);
        if (name == NAMES)
            return "a line begins with uid, ndef, track1, track2 or track3";
        if (there[name])
            return "this is there twice";
        there[name] = true;
        if (!take(card, name, value))
            return name <= NDEF ? "these are no hexadecimal digits, or too many" : "the track is too long";
    }
    *number = 0;
    card->is_stripe = bare || there[TRACK1] || there[TRACK2] || there[TRACK3];
    if (ferror(file))
        return strerror(errno);
    if (card->is_stripe == (there[UID] || there[NDEF]))
        return card->is_stripe ? "a card is a stripe or contactless, not both" : "there is no card in it";
    return card->is_stripe || there[UID] ? NULL : "the serial number is missing: uid";
}

bool card_read(const char *path, struct card *card, char *fault, size_t size)
{
    unsigned line = 0;
    *card = (struct card){.is_stripe = false};
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        (void)snprintf(fault, size, "%s: %s", path, strerror(errno));
        return false;
    }
    const char *wrong = read_lines(file, card, &line);
    (void)fclose(file);
    if (wrong == NULL)
        return true;
    if (line > 0)
        (void)snprintf(fault, size, "%s:%u: %s", path, line, wrong);
    else
        (void)snprintf(fault, size, "%s: %s", path, wrong);
    return false;
}
