/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which contexts live: each holds a lock on one byte of a side file, which the system takes away with the process. */
#ifndef KEYCARD_STORE_LIVENESS_H
#define KEYCARD_STORE_LIVENESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/error.h"

struct liveness {
    int fd; /* -1 when not open */
    atomic_bool entered;
    _Atomic uint64_t own;
};

/* Opens or makes the side file. KC_OK, KC_ERROR_LEDGER or KC_ERROR_NO_MEMORY. */
int32_t liveness_open(struct liveness *liveness, const char *ledger_path, struct kc_error *error);
void liveness_close(struct liveness *liveness);
int32_t liveness_enter(struct liveness *liveness, uint64_t instance, struct kc_error *error);
/* True also where the system does not tell: what may live is left alone. */
bool liveness_alive(struct liveness *liveness, uint64_t instance);

#endif
