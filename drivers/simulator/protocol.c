/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of the protocols that can be simulated. */
#include "protocol.h"

#include <string.h>

#ifdef SIMULATE_INDUSTRY_STANDARD
extern const struct protocol simulated_salto, simulated_onity;
#endif
#ifdef SIMULATE_SAFLOK_IRS
extern const struct protocol simulated_saflok_irs;
#endif
#ifdef SIMULATE_LENS
extern const struct protocol simulated_saflok_lens, simulated_ambiance;
#endif

#ifdef SIMULATE_FIAS
extern const struct protocol simulated_fias;
#endif

static const struct protocol *const protocols[] = {
#ifdef SIMULATE_INDUSTRY_STANDARD
    &simulated_salto,
    &simulated_onity,
#endif
#ifdef SIMULATE_SAFLOK_IRS
    &simulated_saflok_irs,
#endif
#ifdef SIMULATE_LENS
    &simulated_saflok_lens,
    &simulated_ambiance,
#endif
#ifdef SIMULATE_FIAS
    &simulated_fias,
#endif
    NULL,
};

const struct protocol *protocol_at(size_t index)
{
    return index < sizeof protocols / sizeof protocols[0] ? protocols[index] : NULL;
}

const struct protocol *protocol_find(const char *name)
{
    for (size_t i = 0; protocols[i] != NULL; i++) {
        if (strcmp(protocols[i]->name, name) == 0) {
            return protocols[i];
        }
    }
    return NULL;
}
