/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public face of errors, and the error that each object keeps. */
#include <stdlib.h>

#include "context.h"
#include "status.h"

int32_t kc_error_get_code(const kc_error *error)
{
    return error ? error->code : KC_OK;
}

int32_t kc_error_get_advice(const kc_error *error)
{
    return error ? status_advice(error->code, error->card_state, error->verb) : KC_ADVICE_NONE;
}

const char *kc_error_get_advice_text(const kc_error *error)
{
    return status_advice_text(kc_error_get_advice(error));
}

int32_t kc_error_get_card_state(const kc_error *error)
{
    return error ? error->card_state : KC_OUTCOME_PENDING;
}

const char *kc_error_get_message(const kc_error *error)
{
    return error ? error->message : "";
}

const char *kc_error_get_field(const kc_error *error)
{
    return error && error->field ? error->field : "";
}

const char *kc_error_get_vendor_code(const kc_error *error)
{
    return error ? error->vendor_code : "";
}

const char *kc_error_get_vendor_text(const kc_error *error)
{
    return error ? error->vendor_text : "";
}

int32_t error_keep(struct kc_error **slot, const struct kc_error *error)
{
    if (!*slot)
        *slot = malloc(sizeof(**slot));
    if (*slot && *slot != error)
        **slot = *error;
    return error->code;
}
