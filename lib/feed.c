/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The change feed: what others write into the ledger becomes events. */
#include <string.h>

#include "op.h"

enum { INTERVAL_MS = 250, INTERVAL_MS_MOST = 3600000 };

/* The ledger may have other sites, of which this context knows nothing. */
static void tell(struct kc_context *context, const struct store_change *change)
{
    struct kc_site *site = site_find(context, change->record.site);
    if (!site)
        return;
    struct kc_op *op = op_of_record(site, &change->record);
    if (!op)
        context_log(context, KC_LOG_ERROR, "event", "Memory is used up; a change of the ledger was dropped.");
    event_ledger(context, op, change->entry);
}

static void changed(void *user, const struct store_change *changes, size_t count, bool anew)
{
    struct kc_context *context = user;
    if (anew)
        event_ledger(context, NULL, 0);
    for (size_t i = 0; i < count; i++)
        tell(context, &changes[i]);
}

int32_t kc_context_watch_ledger(kc_context *context, int32_t interval_ms)
{
    struct kc_error error = {0};
    if (!context)
        return KC_ERROR_INVALID_ARGUMENT;
    int32_t status = interval_ms > INTERVAL_MS_MOST
                         ? error_set(&error, KC_ERROR_INVALID_ARGUMENT, "interval",
                                     "The interval is at most %d ms, not %d.", INTERVAL_MS_MOST, interval_ms)
                         : context_need_ledger(context, &error);
    if (status == KC_OK)
        status = worker_watch(context->worker, interval_ms == 0 ? INTERVAL_MS : interval_ms, changed, context, &error);
    return status == KC_OK ? KC_OK : error_keep(&context->error, &error);
}
