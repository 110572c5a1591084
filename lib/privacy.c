/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guest data and credentials never reach an error text, also where the lock system repeats them in its own words. */
#include <string.h>

#include "op.h"
#include "options.h"
#include "util/text.h"
#include "util/utf8.h"

enum { SHORTEST_SECRET = 3 }; /* shorter ones stand in other words by chance */

static void blot_out(char *text, const char *secret)
{
    bool is_short = strlen(secret) < SHORTEST_SECRET;
    for (char *at = text; *at && !is_short;) {
        size_t length = text_begins_with(at, secret, NULL);
        memset(at, '*', length);
        at += length > 0 ? length : 1;
    }
}

/* A text that was cut may end in the first part of a secret. */
static void blot_out_end(char *text, size_t size, const char *secret)
{
    size_t length = strlen(text);
    if (length + UTF8_BYTES_MAX < size)
        return; /* it was not cut */
    for (char *at = text; strlen(at) >= SHORTEST_SECRET; at++) {
        bool cut = false;
        size_t part = text_begins_with(at, secret, &cut);
        if (cut)
            memset(at, '*', part);
    }
}

static void blot_out_secret(char *text, size_t size, const char *secret)
{
    blot_out(text, secret);
    blot_out_end(text, size, secret);
}

/* What the system is reached with. A header is a secret as a line and by its value; what stands behind the name of
 * HTTP's own is a password in another guise. */
static void blot_out_credentials(char *text, size_t size, const struct kc_system *system)
{
    const char *secret;
    for (size_t i = 0; system && (secret = option_secret(system, i)) != NULL; i++) {
        const char *colon = strchr(secret, ':');
        blot_out_secret(text, size, secret);
        if (colon)
            blot_out_secret(text, size, colon + 1 + strspn(colon + 1, " "));
    }
    char *header = strcasestr(text, "authorization");
    if (header) {
        header += strlen("authorization");
        memset(header, '*', strlen(header));
    }
}

static void blot_out_all(char *text, size_t size, const struct kc_op *op)
{
    const struct want *want = &op->want;
    const struct driver_request *request = op->driver.request;
    blot_out_credentials(text, size, op->system);
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
