/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The open key format, version 1: what a room key says, as an NDEF message for contactless cards and as track 2 of a
 * stripe. Bytes to values and back, without I/O, clock or state; doc/open-key.md describes every byte. For drivers that
 * write cards themselves, and for the verifier of keycard.h. */
#ifndef KEYCARD_OPEN_KEY_H
#define KEYCARD_OPEN_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/error.h"
#include "util/uuid.h"

#define OPEN_KEY_SITE_KEY_SIZE 32
#define OPEN_KEY_SITE_HIGHEST  65535 /* the number of a site, from 1 */
#define OPEN_KEY_ROOMS         16
#define OPEN_KEY_ROOM_LENGTH   20  /* bytes of a lock's name on a card: printable ASCII */
#define OPEN_KEY_ROOM_BYTES    176 /* of all names together, with one more for each */
#define OPEN_KEY_AREAS         64
#define OPEN_KEY_LAST_YEAR     2099
#define OPEN_KEY_UID_LEAST     4
#define OPEN_KEY_UID_MOST      16
#define OPEN_KEY_MESSAGE_MOST  270 /* bytes of an NDEF message */

#define OPEN_KEY_STRIPE_LENGTH       37    /* digits of track 2, without sentinels */
#define OPEN_KEY_STRIPE_ROOM_HIGHEST 99999 /* one room: a number from 1, without leading zeros */
#define OPEN_KEY_STRIPE_ROOM_LENGTH  5
#define OPEN_KEY_STRIPE_AREAS        6
#define OPEN_KEY_STRIPE_MINUTES      15 /* start and end are whole quarters of an hour */
#define OPEN_KEY_STRIPE_LAST_YEAR    2047

/* The property, and the secret that its encoders and locks share. */
struct open_key_site {
    uint32_t number;
    uint8_t key[OPEN_KEY_SITE_KEY_SIZE];
};

struct open_key {
    int32_t kind;      /* KC_KIND_ORIGINAL, KC_KIND_DUPLICATE or KC_KIND_ONE_SHOT */
    int64_t sequence;  /* seconds since 1970: driver_request.sequence */
    struct uuid issue; /* the operation that made it; nil on a stripe, which has no room for it */
    int64_t from_utc;  /* seconds since 1970, whole minutes; 0: valid at once */
    int64_t until_utc;
    size_t room_count;
    char rooms[OPEN_KEY_ROOMS][OPEN_KEY_ROOM_LENGTH + 1]; /* the lock's names; the first is the main room */
    uint64_t areas;                                       /* bit n - 1 is the area n */
};

/* From the values of two options: a number, and 64 hexadecimal digits. Field "site-number" or "site-key"; no message
 * shows the key. open_key_site_wipe() when it is not needed any more. */
int32_t open_key_site_read(const char *number, const char *key, struct open_key_site *site, struct kc_error *error);
void open_key_site_wipe(struct open_key_site *site);

struct driver_request;
/* What a request to issue a card asks for, at op_start: sequence and operation are set by then. */
int32_t open_key_from_request(const struct driver_request *request, struct open_key *key, struct kc_error *error);
/* For the slot `check`, where they are not: whether the key will fit the form. KC_ERROR_LIMIT says how much there is
 * room for. */
int32_t open_key_check_card(const struct driver_request *request, struct kc_error *error);
int32_t open_key_check_stripe(const struct driver_request *request, struct kc_error *error);

/* The NDEF message for the card with this serial number, at most OPEN_KEY_MESSAGE_MOST bytes; what wraps it on the card
 * (TLV, file) is the driver's. KC_ERROR_LIMIT: does not fit. KC_ERROR_CARD: a card that shows another serial number
 * each time. KC_ERROR_NOT_OFFERED: built without CBOR. KC_ERROR_SYSTEM: libcrypto. */
int32_t open_key_write_card(const struct open_key_site *site, const struct open_key *key, const uint8_t *uid,
                            size_t uid_size, uint8_t message[OPEN_KEY_MESSAGE_MOST], size_t *size,
                            struct kc_error *error);
/* Track 2, with a NUL. */
int32_t open_key_write_stripe(const struct open_key_site *site, const struct open_key *key,
                              char digits[OPEN_KEY_STRIPE_LENGTH + 1], struct kc_error *error);

/* The reverse, from any bytes: KC_OK only for exactly what the encoder makes. KC_ERROR_CARD_FORMAT: no open key, or of
 * another version. KC_ERROR_OTHER_SITE: says that it is another property's. KC_ERROR_NOT_AUTHENTIC: made with another
 * key, changed, or copied from another card. `key` is untouched then. */
int32_t open_key_read_card(const struct open_key_site *site, const uint8_t *message, size_t size, const uint8_t *uid,
                           size_t uid_size, struct open_key *key, struct kc_error *error);
int32_t open_key_read_stripe(const struct open_key_site *site, const char *digits, struct open_key *key,
                             struct kc_error *error);

/* The areas as numbers in text, for driver_card.areas; and the rooms. 0, or -1 when memory is used up. */
int open_key_lists(const struct open_key *key, struct arena *arena, struct strings *rooms, struct strings *areas);

#endif
