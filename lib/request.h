/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request, and what it wants. */
#ifndef KEYCARD_REQUEST_H
#define KEYCARD_REQUEST_H

#include <keycard/keycard.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "plan.h"
#include "store.h"
#include "util/arena.h"
#include "util/moment.h"

#define REQUEST_ROOMS 16
#define REQUEST_AREAS 64
#define REQUEST_TEXTS 8
#define REQUEST_IMAGE 65536

/* What is wanted, as the host said it. Texts are never NULL; all live in one arena. */
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

/* What a request wants, shared with the operations that it started. Nothing in it changes while it is shared: a setter
 * then makes another one. */
struct asked {
    atomic_uint refs;
    struct arena arena;
    struct want want;
    struct plan *plan;                           /* what the last operation made of it; NULL: none */
    bool comes_again;                            /* a second operation makes a plan */
    size_t outdated;                             /* bytes of the arena that earlier plans have */
    max_align_t room[480 / sizeof(max_align_t)]; /* where the arena begins: enough for most */
};

struct kc_request {
    atomic_uint refs;
    struct kc_site *site;
    struct kc_error *error;
    struct asked *asked;
    const char *
        *lists[4];  /* rooms, areas, denied, texts: behind those of `asked`; NULL or room for as many as may be */
    size_t dropped; /* bytes of the arena that no field uses any more */
};

static inline struct asked *asked_hold(struct asked *asked)
{
    atomic_fetch_add_explicit(&asked->refs, 1, memory_order_relaxed);
    return asked;
}
/* Any thread; takes NULL. */
void asked_drop(struct asked *asked);

/* Before each operation: drops the plans that no operation will follow, once they are many. */
void request_tidy(struct kc_request *request);

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
