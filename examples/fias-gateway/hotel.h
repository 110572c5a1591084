/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The library's side: context, ledger, site and lock systems, as the settings say. */
#ifndef KEYCARD_GATEWAY_HOTEL_H
#define KEYCARD_GATEWAY_HOTEL_H

#include <keycard/keycard.h>

#include "settings.h"

enum { HOTEL_SYSTEMS = 16 };

struct hotel {
    kc_context *context;
    kc_site *site;
    kc_system *systems[HOTEL_SYSTEMS];
    size_t system_count;
};

/* False with a sentence in `fault`. */
bool hotel_open(struct hotel *hotel, const struct settings *settings, char *fault, size_t size);
void hotel_close(struct hotel *hotel);
/* Whether any system offers this. */
bool hotel_has(const struct hotel *hotel, int32_t capability);
kc_system *hotel_system(const struct hotel *hotel, const char *name);

/* The encoder that a key coder of the PMS stands for, and its system; the system is "" if there is but one. 01 is the
 * key coder 1. False: it is not configured. */
struct place {
    char encoder[128];
    const char *system;
};
bool hotel_place(const struct hotel *hotel, const struct settings *settings, const char *coder, struct place *place);

#endif
