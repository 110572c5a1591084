/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A time zone for a test. Needs cmocka's headers before it. */
#ifndef KEYCARD_TESTS_OPEN_ZONE_H
#define KEYCARD_TESTS_OPEN_ZONE_H

#include "util/moment.h"

/* Fails the test if there is none of this name. */
static inline struct zone *open_zone(const char *name)
{
    struct zone *zone = NULL;
    struct kc_error error;
    if (zone_open(name, &zone, &error) != KC_OK)
        fail_msg("%s", error.message);
    return zone;
}

#endif
