/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The option `script` of `virtual:`: which request meets which fault. */
#ifndef KEYCARD_DRIVERS_VIRTUAL_SCRIPT_H
#define KEYCARD_DRIVERS_VIRTUAL_SCRIPT_H

#include "driver.h"

enum fault_kind {
    FAULT_ERROR,        /* refused with `status`, before anything was done */
    FAULT_NO_CARD,      /* nobody puts a card on the encoder */
    FAULT_CARD,         /* the card cannot be written */
    FAULT_SILENT,       /* nothing done, no answer */
    FAULT_SILENT_AFTER, /* done, no answer */
    FAULT_DROP,         /* nothing done, the link fails */
    FAULT_DROP_AFTER,   /* done, the link fails */
    FAULT_LATE,         /* done, the answer comes `delay_ms` later */
};

struct fault {
    enum fault_kind kind;
    uint64_t request; /* the request that it is for, from 1; 0: every one */
    int32_t status;
    const char *vendor_code;
    int64_t delay_ms;
};

struct script {
    const struct fault *faults;
    size_t count;
};

/* Reads `FAULT[:ARGUMENT][@NUMBER]` { `,` ... } into the arena; "" is the empty script. KC_OK, or
 * KC_ERROR_INVALID_ARGUMENT or KC_ERROR_NO_MEMORY. */
int32_t script_parse(struct arena *arena, const char *text, struct script *script, struct kc_error *error);
/* The first fault for this request, or NULL. */
const struct fault *script_find(const struct script *script, uint64_t request);

/* Reads a whole number from `min` to `max` that fills the text. */
bool script_number(const char *text, int64_t min, int64_t max, int64_t *out);

#endif
