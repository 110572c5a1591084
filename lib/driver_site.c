/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a driver may know of the site. */
#include "op.h"

void driver_site_time(const struct driver_link *link, struct wall_time *wall, int32_t *second)
{
    const struct kc_system *system = system_of(link);
    int64_t now = loop_wall_ms(system->context->loop) / 1000;
    struct moment moment;
    if (moment_from_utc(system->site->zone, now, &moment) != KC_OK)
        moment.wall = (struct wall_time){2000, 1, 1, 0, 0}; /* the clock of this computer is far off */
    *wall = moment.wall;
    if (second)
        *second = (int32_t)(now % 60);
}

struct wall_time driver_site_wall(const struct driver_link *link, int64_t utc)
{
    const struct kc_system *system = system_of(link);
    struct moment moment;
    return moment_from_utc(system->site->zone, utc, &moment) == KC_OK ? moment.wall : (struct wall_time){0};
}
