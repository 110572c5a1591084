/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Remembering requests. */
#include "repeat.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "say.h"

bool repeats_open(struct repeats *repeats)
{
    uint64_t number;
    memset(repeats, 0, sizeof *repeats);
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        return false;
    (void)snprintf(repeats->life, sizeof repeats->life, "%016" PRIx64, number);
    return true;
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t count)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ at[i]) * UINT64_C(1099511628211); /* FNV-1a */
    return hash;
}

/* The order of fields means nothing, and an empty one says as much as none. */
static uint64_t hash_of(const struct fias_record *record)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < record->field_count; i++) {
        const struct fias_field *field = &record->fields[i];
        uint64_t hash = mix(UINT64_C(14695981039346656037), &field->id, sizeof field->id);
        if (field->length > 0)
            sum += mix(hash, field->value, field->length);
    }
    sum = mix(mix(UINT64_C(14695981039346656037), &record->id, sizeof record->id), &sum, sizeof sum);
    return sum != 0 ? sum : 1;
}

static struct repeat *find(struct repeats *repeats, uint64_t hash)
{
    struct repeat *oldest = NULL;
    for (size_t i = 0; i < REPEAT_REMEMBERED; i++) {
        struct repeat *item = &repeats->items[i];
        if (item->hash == hash)
            return item;
        if (item->running == 0 &&
            (oldest == NULL || item->hash == 0 || (oldest->hash != 0 && item->when < oldest->when)))
            oldest = item;
    }
    if (oldest != NULL)
        *oldest = (struct repeat){.hash = 0};
    return oldest;
}

struct repeat *repeats_take(struct repeats *repeats, const struct fias_record *record, uint64_t connection,
                            int64_t window_ms, char key[REPEAT_KEY_SIZE])
{
    const struct fias_field *date = fias_find(record, FIAS_ID("DA")), *time = fias_find(record, FIAS_ID("TI"));
    struct fias_date day;
    struct fias_time clock;
    const bool stamped = date != NULL && time != NULL && fias_date_read(date, &day) == 0 &&
                         fias_time_read(time, &clock) == 0;
    const uint64_t hash = hash_of(record);
    const int64_t now = clock_now();
    struct repeat *item = find(repeats, hash);
    if (item == NULL) /* more requests run than can be remembered */
        return NULL;
    const bool later = item->hash != 0 && item->connection != connection;
    const bool same = item->running > 0 || (later && (stamped || (!item->answered && now - item->when < window_ms)));
    if (item->hash != 0 && !same)
        item->number++;
    if (!same)
        item->answered = false;
    item->hash = hash;
    item->connection = connection;
    item->when = now;
    item->running++;
    (void)snprintf(key, REPEAT_KEY_SIZE, "fias/%s/%016" PRIx64 "/%" PRIu32, stamped ? "t" : repeats->life, hash,
                   item->number);
    return item;
}
