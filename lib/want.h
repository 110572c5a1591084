/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a request wants, as the host said it. */
#ifndef KEYCARD_WANT_H
#define KEYCARD_WANT_H

#include <keycard/keycard.h>
#include <stdbool.h>
#include <stddef.h>

#include "store.h"
#include "util/arena.h"
#include "util/moment.h"

/* Texts are never NULL; all live in one arena. */
struct want {
    const char *booking, *guest, *station, *encoder, *system, *operator_name, *phone, *email, *message;
    const char *idempotency_key;
    const char *card_serial; /* upper-case hex digits */
    const uint8_t *image;    /* to be written on a card; NULL: none */
    size_t image_size;
    struct strings rooms, areas, denied, texts;
    struct moment from, until; /* utc 0: not given */
    enum moment_note from_note, until_note;
    int32_t copies;
    bool return_image;
};

enum want_list { WANT_ROOMS, WANT_AREAS, WANT_DENIED, WANT_TEXTS, WANT_LISTS };

struct strings *want_list(struct want *want, enum want_list which);

/* One of the texts, by its offset. */
static inline const char **want_text(struct want *want, size_t offset)
{
    return (const char **)(void *)((char *)want + offset);
}

/* All texts "", one card. */
void want_init(struct want *want);
/* Copies into an arena. 0, or -1 when memory is used up. */
int want_copy(struct arena *arena, const struct want *from, struct want *to);
/* Copies the bytes for a card into an arena. 0, or -1. */
int want_set_image(struct arena *arena, struct want *want, const uint8_t *bytes, size_t size);
/* What an operation of the ledger wanted. 0, or -1. */
int want_from_record(struct arena *arena, struct kc_site *site, const struct record *record, struct want *to);
/* The same for the same request, to tell a repetition from another request; its lower half is of guest data, 0 if there
 * are none. */
uint64_t want_fingerprint(const struct want *want, int32_t verb);
/* That of a request that is about this key, too. */
uint64_t fingerprint_about(uint64_t fingerprint, const struct uuid *key);
/* That of the mobile key which follows a card. */
uint64_t fingerprint_of_follow_up(uint64_t fingerprint);
/* Whether a record is of the same request; its guest data may be forgotten. */
bool fingerprint_fits(const struct record *record, uint64_t fingerprint);

#endif
