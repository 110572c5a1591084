/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cards as they behave in the field of a reader: what they take, what they refuse, and how they fall silent. */
#ifndef CONTACTLESS_SIMULATOR_CARD_H
#define CONTACTLESS_SIMULATOR_CARD_H

#include "codec.h"

enum simulated_type {
    SIMULATED_NTAG213,
    SIMULATED_NTAG215,
    SIMULATED_NTAG216,
    SIMULATED_ULTRALIGHT,
    SIMULATED_ULTRALIGHT_C,
    SIMULATED_CLASSIC_1K,
    SIMULATED_CLASSIC_4K,
    SIMULATED_DESFIRE
};

#define SIMULATED_MEMORY 4096
struct simulated_card {
    enum simulated_type type;
    struct card_target target;
    uint8_t memory[SIMULATED_MEMORY]; /* pages, blocks with their trailers, or the file */
    size_t size;                      /* bytes of it */
    uint32_t application;             /* DESFire */
    uint8_t file;
    /* since it came into the field */
    bool silent;     /* until it is found again */
    int open_sector; /* -1: none */
    bool selected;
    /* for tests */
    size_t writes, forbidden_writes; /* of the second, what a careful driver never does: lock bits, trailers ... */
};

/* A new, blank card of the type, with the usual keys; a DESFire with application 123456 and its file 1. */
void simulated_card_make(struct simulated_card *card, enum simulated_type type, const uint8_t *uid, size_t uid_size);
/* It comes into the field, or is found again there. */
void simulated_card_wake(struct simulated_card *card);

enum simulated_reply { SIMULATED_ANSWER, SIMULATED_REFUSAL, SIMULATED_SILENCE };
/* One command to the card, as InDataExchange carries it. `answer` has room for 256 bytes. */
enum simulated_reply simulated_card_do(struct simulated_card *card, const uint8_t *command, size_t count,
                                       uint8_t answer[256], size_t *answer_count);
/* Whether the command would change memory. */
bool simulated_card_is_write(const struct simulated_card *card, const uint8_t *command, size_t count);
/* The memory of the user, one piece after another; returns how many bytes. */
size_t simulated_card_user_memory(const struct simulated_card *card, uint8_t out[SIMULATED_MEMORY]);
/* The answer to reset that a PC/SC reader makes. */
size_t simulated_card_atr(const struct simulated_card *card, uint8_t out[32]);

#endif
