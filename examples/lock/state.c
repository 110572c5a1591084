/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory of a lock. */
#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool state_is_name(const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++)
        if (name[i] < 0x20 || name[i] > 0x7E)
            return false;
    return length >= 1 && length < LOCK_NAME_SIZE;
}

static int hex_value(char digit)
{
    return digit >= '0' && digit <= '9'   ? digit - '0'
           : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
           : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                          : -1;
}

bool state_take_site_key(struct state *state, const char *text)
{
    if (strlen(text) != (size_t)2 * LOCK_SITE_KEY)
        return false;
    for (size_t i = 0; i < LOCK_SITE_KEY; i++) {
        int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        state->site_key[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static struct seen *find_seen(const struct state *state, const char *room)
{
    for (size_t i = 0; i < state->seen_count; i++)
        if (strcmp(state->seen[i].room, room) == 0)
            return &state->seen[i];
    return NULL;
}

int64_t state_highest(const struct state *state, const char *room)
{
    const struct seen *seen = find_seen(state, room);
    return seen != NULL ? seen->sequence : 0;
}

bool state_raise(struct state *state, const char *room, int64_t sequence)
{
    struct seen *seen = find_seen(state, room);
    if (seen == NULL) {
        struct seen *more = state->seen_count < LOCK_ROOMS && state_is_name(room)
                                ? realloc(state->seen, (state->seen_count + 1) * sizeof *more)
                                : NULL;
        if (more == NULL)
            return false;
        state->seen = more;
        seen = &more[state->seen_count++];
        *seen = (struct seen){.sequence = 0};
        memcpy(seen->room, room, strlen(room) + 1);
    }
    if (sequence > seen->sequence)
        seen->sequence = sequence;
    return true;
}

bool state_is_used(const struct state *state, const char *room, int64_t sequence)
{
    for (size_t i = 0; i < state->used_count; i++)
        if (state->used[i].sequence == sequence && strcmp(state->used[i].room, room) == 0)
            return true;
    return false;
}

bool state_use(struct state *state, const struct used *used)
{
    size_t kept = 0;
    for (size_t i = 0; i < state->used_count; i++)
        if (state->used[i].until > state->clock)
            state->used[kept++] = state->used[i];
    state->used_count = kept;
    struct used *more = kept < LOCK_ONE_SHOTS ? realloc(state->used, (kept + 1) * sizeof *more) : NULL;
    if (more == NULL)
        return false;
    state->used = more;
    more[state->used_count++] = *used;
    return true;
}

void state_free(struct state *state)
{
    free(state->seen);
    free(state->used);
    explicit_bzero(state, sizeof *state);
}
