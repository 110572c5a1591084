/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of a system as a person writes them. */
#include "option.h"

#include <string.h>

#include "nearest.h"

int32_t set_option(kc_system *system, const char *name, const char *value)
{
    if (strcmp(name, "encoder") == 0)
        return kc_system_add_encoder(system, value);
    if (strncmp(name, "room.", 5) == 0)
        return kc_system_map_room(system, name + 5, value);
    if (strncmp(name, "area.", 5) == 0)
        return kc_system_map_area(system, name + 5, value);
    return kc_system_set_option(system, name, value);
}

const char *nearest_option(const kc_system *system, const char *name)
{
    static const char *const general[] = {"connect-timeout", "keep-alive", "connection", "back-off", "encoder", NULL};
    enum { MOST = 64 };
    const char *names[MOST + 1] = {NULL};
    const kc_driver *driver = kc_system_get_driver(system);
    const int32_t count = kc_driver_get_option_count(driver);
    for (int32_t i = 0; i < count && i < MOST; i++)
        names[i] = kc_driver_get_option_name(driver, i);
    const char *nearest = nearest_name(name, names);
    return nearest != NULL ? nearest : nearest_name(name, general);
}

const char *nearest_policy(const char *name)
{
    static const char *const names[] = {"early-issue", "second-original", "text", "minutes",
                                        "start",       "forget-after",    NULL};
    return nearest_name(name, names);
}
