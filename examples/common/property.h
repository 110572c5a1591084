/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening a hotel as a configuration file says: context, site with its policies, lock systems, ledger. */
#ifndef EXAMPLES_PROPERTY_H
#define EXAMPLES_PROPERTY_H

#include <keycard/keycard.h>

#include "pairs.h"

enum { PROPERTY_SYSTEMS = 16 };

struct property {
    kc_context *context;
    kc_site *site;
    kc_system *systems[PROPERTY_SYSTEMS];
    size_t system_count;
};

struct property_settings {
    const char *ledger, *site, *time_zone, *check_in, *check_out;
    const struct pairs *policies; /* [policy] */
    const struct pairs *systems;  /* [system NAME]: uri, encoder, room.R, area.A and options, in order */
    kc_log_function log;          /* gets all that the library logs at KC_LOG_DEBUG */
};

/* False with a sentence in `fault`; property_close() in either case. */
bool property_open(struct property *property, const struct property_settings *settings, char *fault, size_t size);
void property_close(struct property *property);
/* By its name, or the only one for ""; else NULL. */
kc_system *property_system(const struct property *property, const char *name);

#endif
