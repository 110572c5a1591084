/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The image of a card: what a lock's reader would get from it, as a file of text. Each line is a name, a blank and a
 * value. For a contactless card:
 *
 *     uid 04a1b2c3d4e580
 *     ndef d40c3e6b65...
 *
 * and for a stripe, each track as it was written, with or without its sentinels:
 *
 *     track1 GRAND HOTEL
 *     track2 1203673600226596002760010100165894130
 *     track3
 *
 * or just the three tracks with their sentinels, a line for each, as keycard-sim keeps the card in its hand. */
#ifndef EXAMPLES_LOCK_CARD_H
#define EXAMPLES_LOCK_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CARD_UID = 16, CARD_MESSAGE = 4096, CARD_TRACK = 200 };

struct card {
    bool is_stripe;
    uint8_t uid[CARD_UID];
    size_t uid_size;
    uint8_t message[CARD_MESSAGE];
    size_t message_size;
    char tracks[3][CARD_TRACK];
};

/* False after a sentence in `fault`. */
bool card_read(const char *path, struct card *card, char *fault, size_t size);

#endif
