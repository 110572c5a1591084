/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forgetting guests, as the durable stores do it: the digest of what is forgotten stays, the guest data and the salt of
 * their digest go. */
#ifndef KEYCARD_STORE_FORGET_H
#define KEYCARD_STORE_FORGET_H

#include "store/seal.h"

/* Takes the guest out of a record that is then written. */
int32_t forget_guest(struct store *store, struct record *record, struct seal *seal, struct kc_error *error);
/* The slot `forget`, by means of `find` and `forget_record`. */
int32_t forget_booking(struct store *store, const char *site, const char *booking, struct kc_error *error);

#endif
