/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was read from a card, as the host sees it and as it compares with the ledger. */
#include <stdio.h>
#include <string.h>

#include "op.h"

/* The PMS's name of a room or area of the lock system. */
static const char *unmapped(const struct name_map *map, const char *lock_name)
{
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->entries[i].value, lock_name) == 0)
            return map->entries[i].name;
    return lock_name;
}

static int unmap_names(struct kc_op *op, const struct name_map *map, const struct strings *from, struct strings *to)
{
    const char **items = from->count ? arena_alloc(&op->arena, from->count * sizeof(*items)) : NULL;
    if (from->count && !items)
        return -1;
    for (size_t i = 0; i < from->count; i++)
        items[i] = unmapped(map, from->items[i]);
    *to = (struct strings){items, from->count};
    return 0;
}

static int64_t utc_of_wall(struct kc_op *op, const struct wall_time *wall, enum moment_edge edge)
{
    char text[40];
    struct moment moment;
    struct kc_error ignored = {0};
    if (!wall->year)
        return 0;
    snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d", wall->year, wall->month, wall->day, wall->hour,
             wall->minute);
    struct clock_time unused = {0, 0};
    return moment_parse(op->site->zone, text, edge, &unused, "card", &moment, NULL, &ignored) == KC_OK ? moment.utc : 0;
}

struct kc_key *key_of_card(struct kc_op *op)
{
    const struct driver_card *card = op->card;
    struct record record;
    record_init(&record);
    record.kind = card->kind;
    record.key_state = card->key_state;
    record.system = op->system->name;
    record.encoder = op->encoder->name;
    record.station = op->want.station;
    record.operator_name = card->operator_name;
    record.booking = card->booking;
    record.from_utc = utc_of_wall(op, &card->from, MOMENT_FROM);
    record.until_utc = utc_of_wall(op, &card->until, MOMENT_UNTIL);
    record.created_ms = loop_wall_ms(op->context->loop);
    record.copies = 1;
    if (unmap_names(op, &op->system->rooms, &card->rooms, &record.rooms) != 0 ||
        unmap_names(op, &op->system->areas, &card->areas, &record.areas) != 0)
        return NULL;
    const char *serial = card->serial;
    if (*serial)
        record.serials = (struct strings){&serial, 1};
    return key_new(op->site, &record);
}

static bool same_rooms(const struct record *record, const struct record *card)
{
    if (!record->rooms.count || record->rooms.count != card->rooms.count)
        return false;
    for (size_t i = 0; i < record->rooms.count; i++)
        if (strcmp(record->rooms.items[i], card->rooms.items[i]) != 0)
            return false;
    return true;
}

static bool same_minute(int64_t a, int64_t b)
{
    return a / 60 == b / 60;
}

/* A card that does not tell its kind must name the booking, and the end that was asked for. */
static bool same_kind(const struct record *record, const struct record *card)
{
    if (card->kind != KC_KIND_UNKNOWN)
        return record->kind == card->kind;
    return *record->booking && strcmp(record->booking, card->booking) == 0 && record->until_utc && card->until_utc;
}

bool card_matches(const struct record *record, const struct kc_key *card)
{
    const struct record *read = card->record;
    bool same_serial = !record->serials.count || !read->serials.count ||
                       strcmp(record->serials.items[0], read->serials.items[0]) == 0;
    bool same_end = !record->until_utc || !read->until_utc || same_minute(record->until_utc, read->until_utc);
    bool same_start = !record->from_utc || !read->from_utc || same_minute(record->from_utc, read->from_utc);
    return same_kind(record, read) && same_rooms(record, read) && same_end && same_start && same_serial;
}
