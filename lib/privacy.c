/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guest data never reach an error text, also where the lock system repeats them in its own words. */
#include <string.h>

#include "op.h"

enum { SHORTEST_SECRET = 3 }; /* shorter ones stand in other words by chance */

static void blot_out(char *text, const char *secret)
{
    size_t length = strlen(secret);
    for (char *at = text; length >= SHORTEST_SECRET && (at = strstr(at, secret)); at += length)
        memset(at, '*', length);
}

static void blot_out_all(char *text, const struct kc_op *op)
{
    const struct want *want = &op->want;
    const struct driver_request *request = &op->request;
    const char *const secrets[] = {want->guest, request->guest, want->phone,   request->phone,
                                   want->email, request->email, want->message, request->message};
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
        if (secrets[i])
            blot_out(text, secrets[i]);
    if (strspn(want->phone, "+0") > 0)
        blot_out(text, want->phone + strspn(want->phone, "+0")); /* without its prefix */
    for (size_t i = 0; i < want->texts.count; i++)
        blot_out(text, want->texts.items[i]);
    for (size_t i = 0; i < request->texts.count; i++)
        blot_out(text, request->texts.items[i]);
}

void privacy_mask(const struct kc_op *op, struct kc_error *error)
{
    blot_out_all(error->message, op);
    blot_out_all(error->vendor_text, op);
}
