/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A table of a fixed size: what falls out of it counts as written. */
#include "store/marks.h"

#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/hash.h"

enum { SETS = 1024, WAYS = 8 };

struct mark {
    uint64_t code;
    uint64_t clock; /* 0: free */
};

struct marks {
    uint64_t clock;
    uint64_t floor; /* anything may have been written up to then */
    struct mark sets[SETS][WAYS];
};

static struct marks *marks_of(struct store *store)
{
    if (!store->marks)
        store->marks = calloc(1, sizeof(*store->marks));
    return store->marks;
}

void marks_free(struct marks *marks)
{
    free(marks);
}

static struct mark *set_of(struct marks *marks, uint64_t code)
{
    return marks->sets[(code ^ code >> 32) % SETS];
}

static void add(struct marks *marks, uint64_t code)
{
    struct mark *set = set_of(marks, code);
    struct mark *place = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].code == code && set[i].clock != 0) {
            place = &set[i];
            break;
        }
        if (set[i].clock < place->clock)
            place = &set[i];
    }
    if (place->code != code && place->clock > marks->floor)
        marks->floor = place->clock;
    *place = (struct mark){code, marks->clock};
}

static uint64_t clock_of(struct marks *marks, uint64_t code)
{
    const struct mark *set = set_of(marks, code);
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].code == code && set[i].clock != 0)
            return set[i].clock;
    }
    return 0;
}

/* What a record can be found by. */
enum what { BOOKING, IDEMPOTENCY, ROOM };

static uint64_t code_of(enum what what, uint64_t site, const char *value)
{
    return hash_quick_text(site + what, value);
}

int32_t marks_now(struct store *store, struct marks_stamp *now, struct kc_error *error)
{
    const struct marks *marks = store->table->epoch ? marks_of(store) : NULL;
    *now = (struct marks_stamp){0};
    if (!marks)
        return KC_OK;
    now->clock = marks->clock;
    return store->table->epoch(store, &now->epoch, error);
}

void marks_add(struct store *store, const struct record *record)
{
    struct marks *marks = store->table->epoch ? marks_of(store) : NULL;
    if (!marks)
        return; /* without them nothing counts as unchanged */
    const uint64_t site = hash_quick_text(HASH_START, record->site);
    marks->clock++;
    if (record->booking[0] != '\0')
        add(marks, code_of(BOOKING, site, record->booking));
    if (record->idempotency_key[0] != '\0')
        add(marks, code_of(IDEMPOTENCY, site, record->idempotency_key));
    for (size_t i = 0; i < record->rooms.count; i++)
        add(marks, code_of(ROOM, site, record->rooms.items[i]));
}

void marks_add_all(struct store *store)
{
    if (store->marks)
        store->marks->floor = ++store->marks->clock;
}

bool marks_unchanged(struct store *store, const struct marks_stamp *since, const struct marks_stamp *now,
                     const struct record *record)
{
    struct marks *marks = store->marks;
    if (!marks || since->epoch == 0 || since->epoch != now->epoch || marks->floor > since->clock)
        return false;
    const uint64_t site = hash_quick_text(HASH_START, record->site);
    if (record->booking[0] != '\0' && clock_of(marks, code_of(BOOKING, site, record->booking)) > since->clock)
        return false;
    if (record->idempotency_key[0] != '\0' &&
        clock_of(marks, code_of(IDEMPOTENCY, site, record->idempotency_key)) > since->clock)
        return false;
    for (size_t i = 0; i < record->rooms.count; i++) {
        if (clock_of(marks, code_of(ROOM, site, record->rooms.items[i])) > since->clock)
            return false;
    }
    return true;
}
