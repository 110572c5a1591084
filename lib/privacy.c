/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guest data never reach an error text, also where the lock system repeats them in its own words. */
#include <string.h>

#include "op.h"
#include "util/utf8.h"

enum { SHORTEST_SECRET = 3 }; /* shorter ones stand in other words by chance */

static void blot_out(char *text, const char *secret)
{
    size_t length = strlen(secret);
    for (char *at = text; length >= SHORTEST_SECRET && (at = strstr(at, secret)); at += length)
        memset(at, '*', length);
}

/* A text that was cut may end in the first part of a secret. */
static void blot_out_end(char *text, size_t size, const char *secret)
{
    size_t length = strlen(text), whole = strlen(secret);
    if (!whole || length + UTF8_BYTES_MAX < size)
        return; /* it was not cut */
    for (size_t part = whole - 1 < length ? whole - 1 : length; part >= SHORTEST_SECRET; part--)
        if (memcmp(text + length - part, secret, part) == 0) {
            memset(text + length - part, '*', part);
            return;
        }
}

static void blot_out_secret(char *text, size_t size, const char *secret)
{
    blot_out(text, secret);
    blot_out_end(text, size, secret);
}

static void blot_out_all(char *text, size_t size, const struct kc_op *op)
{
    const struct want *want = &op->want;
    const struct driver_request *request = &op->request;
    const char *const secrets[] = {want->guest, request->guest, want->phone,   request->phone,
                                   want->email, request->email, want->message, request->message};
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
        if (secrets[i])
            blot_out_secret(text, size, secrets[i]);
    if (strspn(want->phone, "+0") > 0)
        blot_out_secret(text, size, want->phone + strspn(want->phone, "+0")); /* without its prefix */
    for (size_t i = 0; i < want->texts.count; i++)
        blot_out_secret(text, size, want->texts.items[i]);
    for (size_t i = 0; i < request->texts.count; i++)
        blot_out_secret(text, size, request->texts.items[i]);
}

void privacy_mask(const struct kc_op *op, struct kc_error *error)
{
    blot_out_all(error->message, sizeof(error->message), op);
    blot_out_all(error->vendor_text, sizeof(error->vendor_text), op);
}
