/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a lock knows and remembers, and the file in which that survives a loss of power. */
#ifndef EXAMPLES_LOCK_STATE_H
#define EXAMPLES_LOCK_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOCK_NAMES = 16,     /* a door between two rooms has both names */
    LOCK_NAME_SIZE = 21, /* 20 bytes of ASCII */
    LOCK_SITE_KEY = 32,
    LOCK_ROOMS = 4096, /* at the door of an area: main rooms whose keys have opened it */
    LOCK_ONE_SHOTS = 256,
};

/* The highest sequence of a key that opened, by the name of its room. */
struct seen {
    char room[LOCK_NAME_SIZE];
    int64_t sequence;
};
/* A one-shot key that opened, until it ends anyway. */
struct used {
    char room[LOCK_NAME_SIZE];
    int64_t sequence, until;
};

struct state {
    int32_t site_number;
    uint8_t site_key[LOCK_SITE_KEY];
    char names[LOCK_NAMES][LOCK_NAME_SIZE];
    size_t name_count;
    uint64_t areas; /* bit n - 1 is the area n */
    int64_t clock;  /* when it opened last, seconds since 1970: its time never goes back behind that */
    struct seen *seen;
    size_t seen_count; /* at most LOCK_ROOMS */
    struct used *used;
    size_t used_count; /* at most LOCK_ONE_SHOTS */
};

/* A state file that one program has at a time, from opening to closing. */
struct state_file {
    const char *path;
    int directory; /* with a lock on it; -1: not open */
    char fault[400];
};

/* All false after a sentence in `fault`. */
bool state_open(struct state_file *file, const char *path);
bool state_read(struct state_file *file, struct state *state);
/* Durable when it returns true, and the old state if it does not. `anew`: there must be none yet. */
bool state_write(struct state_file *file, const struct state *state, bool anew);
void state_close(struct state_file *file);

bool state_is_name(const char *name);
/* 64 hexadecimal digits. */
bool state_take_site_key(struct state *state, const char *text);
/* The highest sequence of the room, 0 if none was seen. */
int64_t state_highest(const struct state *state, const char *room);
/* Remembers a higher one. False if there is no room for it, or memory is used up. */
bool state_raise(struct state *state, const char *room, int64_t sequence);
bool state_is_used(const struct state *state, const char *room, int64_t sequence);
/* Forgets one-shot keys that could open no more anyway, then remembers this one. False: no room for it. */
bool state_use(struct state *state, const struct used *used);
void state_free(struct state *state);

#endif
