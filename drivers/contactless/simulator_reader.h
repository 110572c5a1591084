/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Readers as the desk sees them: a PN532, and a CCID reader. Both over one field in which cards come and go. Bytes in,
 * bytes out, no I/O: the same models are behind keycard-sim, the tests of the driver, and a USB device. */
#ifndef CONTACTLESS_SIMULATOR_READER_H
#define CONTACTLESS_SIMULATOR_READER_H

#include "codec.h"
#include "simulator_card.h"

#define FIELD_CARDS 2

struct simulated_field {
    struct simulated_card *cards[FIELD_CARDS]; /* NULL: none there */
    void *owner;
    /* Before a search: cards may come and go. NULL: nobody does anything. */
    void (*looking)(struct simulated_field *field);
    /* Before a write that would change memory: false keeps it from the card, which then falls silent. NULL: all are
     * done. */
    bool (*writing)(struct simulated_field *field, struct simulated_card *card, const uint8_t *command, size_t count);
    /* The first card leaves after so many more commands to it; negative: it stays. `torn`: the last one is not done. */
    int64_t commands_left;
    bool torn;
    size_t commands; /* since the beginning */
};

/* ---- PN532 ------------------------------------------------------------------------------------------------------ */

struct simulated_pn532 {
    struct simulated_field *field;
    struct pn532_decoder decoder;
    bool awake, configured, limited; /* limited: a search ends */
    size_t wake_bytes;
    size_t targets;
};

void simulated_pn532_reset(struct simulated_pn532 *chip, struct simulated_field *field);
/* Takes bytes up to the end of a command, and returns how many. What the chip sends at once goes into
 * `acknowledgement`, what it sends when it is done into `answer`. */
size_t simulated_pn532_take(struct simulated_pn532 *chip, const uint8_t *bytes, size_t count,
                            struct buf *acknowledgement, struct buf *answer);

/* ---- CCID ------------------------------------------------------------------------------------------------------- */

struct simulated_ccid {
    struct simulated_field *field;
    bool powered, key_loaded;
    uint8_t key[CLASSIC_KEY_SIZE];
    bool plain;                             /* it has no commands of its maker's */
    uint8_t lamp_commands, buzzer_commands; /* of the ACR122, and of the ACR1252U */
};

void simulated_ccid_reset(struct simulated_ccid *reader, struct simulated_field *field);
/* One message; the answer's data go into `data`. */
void simulated_ccid_do(struct simulated_ccid *reader, const struct ccid_message *message, struct ccid_message *answer,
                       uint8_t data[CCID_DATA_MOST]);

#endif
