/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The library's side: the hotel as the settings say, and its encoders. */
#ifndef KEYCARD_GATEWAY_HOTEL_H
#define KEYCARD_GATEWAY_HOTEL_H

#include "../common/property.h"
#include "settings.h"

/* False with a sentence in `fault`; property_close() in either case. */
bool hotel_open(struct property *hotel, const struct settings *settings, char *fault, size_t size);
/* Whether any system offers this. */
bool hotel_has(const struct property *hotel, int32_t capability);

/* The encoder that a key coder of the PMS stands for, and its system; the system is "" if there is but one. 01 is the
 * key coder 1. False: it is not configured. */
struct place {
    char encoder[128];
    const char *system;
};
bool hotel_place(const struct property *hotel, const struct settings *settings, const char *coder, struct place *place);

#endif
