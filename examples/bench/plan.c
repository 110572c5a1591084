/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which operation comes when; see plan.h. */
#include "plan.h"

#include <keycard/keycard.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/nearest.h"

const struct kind_facts kinds[KIND_COUNT] = {
    [KIND_ORIGINAL] = {"original", KC_CAPABILITY_ORIGINAL, STAY_FREE, STAY_ACTIVE, 5},
    [KIND_DUPLICATE] = {"duplicate", KC_CAPABILITY_DUPLICATE, STAY_ACTIVE, STAY_ACTIVE, 3},
    [KIND_REISSUE] = {"reissue", KC_CAPABILITY_ORIGINAL, STAY_ACTIVE, STAY_ACTIVE, 0},
    [KIND_ONE_SHOT] = {"one-shot", KC_CAPABILITY_ONE_SHOT, STAY_ANY, STAY_ANY, 0},
    [KIND_MOBILE] = {"mobile", KC_CAPABILITY_MOBILE, STAY_ACTIVE, STAY_ACTIVE, 0},
    [KIND_READ] = {"read", KC_CAPABILITY_READ, STAY_NONE, STAY_NONE, 1},
    [KIND_CHECK_OUT] = {"check-out", KC_CAPABILITY_CHECK_OUT, STAY_ACTIVE, STAY_FREE, 1},
    [KIND_MODIFY] = {"modify", KC_CAPABILITY_MODIFY_STAY, STAY_ACTIVE, STAY_ACTIVE, 0},
    [KIND_CANCEL] = {"cancel", KC_CAPABILITY_CANCEL_KEY, STAY_ACTIVE, STAY_FREE, 0},
    [KIND_BLOCK] = {"block", KC_CAPABILITY_BLOCK_STAY, STAY_ACTIVE, STAY_BLOCKED, 0},
    [KIND_UNBLOCK] = {"unblock", KC_CAPABILITY_BLOCK_STAY, STAY_BLOCKED, STAY_ACTIVE, 0},
};

static unsigned common_divisor(unsigned a, unsigned b)
{
    while (b != 0) {
        const unsigned rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

void mix_complete(struct mix *mix)
{
    mix->total = 0;
    for (size_t i = 0; i < KIND_COUNT; i++)
        mix->total += mix->shares[i];
    /* The golden ratio spreads best; without a common divisor every place is visited. */
    mix->step = (unsigned)((double)mix->total * 0.618) + 1;
    while (mix->total > 1 && common_divisor(mix->step, mix->total) != 1)
        mix->step++;
}

static bool take_share(struct mix *mix, char *word, char *fault, size_t size)
{
    const char *names[KIND_COUNT + 1] = {NULL};
    char *value = strchr(word, '='), *end = NULL;
    unsigned long share = 1;
    if (value != NULL)
        *value++ = '\0';
    size_t kind = 0;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        names[i] = kinds[i].name;
        if (strcmp(word, names[i]) == 0)
            kind = i + 1;
    }
    if (kind == 0) {
        const char *nearest = nearest_name(word, names);
        (void)snprintf(fault, size, "--mix has no operation \"%.40s\"%s%s%s", word,
                       nearest != NULL ? "; did you mean \"" : "; see --help", nearest != NULL ? nearest : "",
                       nearest != NULL ? "\"?" : "");
        return false;
    }
    if (value != NULL)
        share = value[0] >= '0' && value[0] <= '9' ? strtoul(value, &end, 10) : 0;
    if (share == 0 || share > SHARE_HIGHEST || (end != NULL && *end != '\0')) {
        (void)snprintf(fault, size, "the share of %s in --mix is a whole number from 1 to %d, not \"%.40s\"", word,
                       SHARE_HIGHEST, value);
        return false;
    }
    if (mix->shares[kind - 1] != 0) {
        (void)snprintf(fault, size, "--mix names %s twice", word);
        return false;
    }
    mix->shares[kind - 1] = (unsigned)share;
    return true;
}

/* Stays would run out. */
static bool check_balance(const struct mix *mix, char *fault, size_t size)
{
    const unsigned *shares = mix->shares;
    const unsigned ends = shares[KIND_CHECK_OUT] + shares[KIND_CANCEL];
    if (ends > shares[KIND_ORIGINAL]) {
        (void)snprintf(fault, size,
                       "check-out and cancel end stays that originals begin: with a share of %u they need one of "
                       "original that is no less, not %u",
                       ends, shares[KIND_ORIGINAL]);
        return false;
    }
    if (shares[KIND_BLOCK] != shares[KIND_UNBLOCK]) {
        (void)snprintf(fault, size, "block and unblock need the same share in --mix, not %u and %u", shares[KIND_BLOCK],
                       shares[KIND_UNBLOCK]);
        return false;
    }
    return true;
}

bool mix_read(struct mix *mix, const char *text, char *fault, size_t size)
{
    char *copy = strdup(text), *rest = copy;
    bool good = copy != NULL;
    *mix = (struct mix){.total = 0};
    if (!good)
        (void)snprintf(fault, size, "memory is used up");
    for (char *word; good && (word = strsep(&rest, ",")) != NULL;)
        good = take_share(mix, word, fault, size);
    free(copy);
    mix_complete(mix);
    return good && check_balance(mix, fault, size);
}

enum kind plan_kind(const struct mix *mix, uint64_t number)
{
    unsigned place = (unsigned)(number % mix->total * mix->step % mix->total);
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (place < mix->shares[i])
            return (enum kind)i;
        place -= mix->shares[i];
    }
    return KIND_ORIGINAL; /* not reached */
}

/* SplitMix64: the order of a row, the same in each run. */
static uint64_t scatter(uint64_t row)
{
    uint64_t value = (row + 1) * UINT64_C(0x9E3779B97F4A7C15);
    value = (value ^ value >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ value >> 27) * UINT64_C(0x94D049BB133111EB);
    return value ^ value >> 31;
}

size_t plan_lane(size_t lanes, uint64_t number)
{
    return (size_t)((number % lanes + scatter(number / lanes) % lanes) % lanes);
}

uint64_t plan_number(size_t lanes, size_t lane, uint64_t row)
{
    return row * lanes + (lane + lanes - scatter(row) % lanes) % lanes;
}
