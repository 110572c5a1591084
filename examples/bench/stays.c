/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stays of one lock system under load; see stays.h. */
#include "stays.h"

#include <stdlib.h>

bool stays_open(struct stays *stays, const struct names *rooms)
{
    *stays = (struct stays){.all = calloc(rooms->count + 1, sizeof(struct stay)), .count = rooms->count};
    for (size_t i = 0; stays->all != NULL && i < stays->count; i++) {
        stays->all[i].room = rooms->items[i];
        stays_put(stays, &stays->all[i], STAY_FREE);
    }
    return stays->all != NULL;
}

void stays_close(struct stays *stays)
{
    free(stays->all);
    *stays = (struct stays){.all = NULL};
}

struct stay *stays_take(struct stays *stays, enum stay_state state)
{
    const enum stay_state wanted = state == STAY_ANY ? STAY_FREE : state;
    struct stay *stay = stays->lines[wanted].first;
    if (stay == NULL)
        return wanted == STAY_FREE ? stays_take(stays, STAY_ACTIVE) : NULL;
    stays->lines[wanted].first = stay->next;
    if (stay->next == NULL)
        stays->lines[wanted].last = NULL;
    stay->next = NULL;
    return stay;
}

void stays_put(struct stays *stays, struct stay *stay, enum stay_state state)
{
    stay->state = state;
    if (stays->lines[state].last != NULL)
        stays->lines[state].last->next = stay;
    else
        stays->lines[state].first = stay;
    stays->lines[state].last = stay;
}
