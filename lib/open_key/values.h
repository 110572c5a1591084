/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What both forms of an open key share: its zero of time, its limits and its authentication. */
#ifndef KEYCARD_OPEN_KEY_VALUES_H
#define KEYCARD_OPEN_KEY_VALUES_H

#include "open_key.h"

#define OPEN_KEY_EPOCH  INT64_C(1577836800) /* 2020-01-01T00:00Z, in seconds since 1970 */
#define OPEN_KEY_LATEST INT64_C(4102444799) /* the end of 2099 */
#define OPEN_KEY_TAG    16                  /* bytes on a card */

/* Whether the values are within the limits of a card. */
int32_t open_key_check_values(const struct open_key *key, struct kc_error *error);
int32_t open_key_not_one(struct kc_error *error, const char *why);

/* HMAC-SHA-256 of `text` with a key derived from that of the site: for a card also from its serial number, for a stripe
 * `uid_size` is 0. False if libcrypto fails. */
#define OPEN_KEY_MAC 32
bool open_key_mac(const struct open_key_site *site, const uint8_t *uid, size_t uid_size, const uint8_t *text,
                  size_t size, uint8_t mac[OPEN_KEY_MAC]);
bool open_key_same(const uint8_t *a, const uint8_t *b, size_t size); /* in a time that tells nothing */
int32_t open_key_mac_failed(struct kc_error *error);
int32_t open_key_not_authentic(struct kc_error *error, const char *more);

#endif
