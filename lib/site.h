/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A site and its policies. */
#ifndef KEYCARD_SITE_H
#define KEYCARD_SITE_H

#include <keycard/keycard.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "context.h"
#include "loop/loop.h"
#include "util/moment.h"

enum policy { POLICY_EARLY_ISSUE, POLICY_SECOND_ORIGINAL, POLICY_TEXT, POLICY_MINUTES, POLICY_START, POLICY_COUNT };

/* Values in the order of their table; the first of each is the default. */
enum { EARLY_ALLOW, EARLY_REFUSE };
enum { SECOND_WARN, SECOND_CONFIRM, SECOND_REFUSE };
enum { TEXT_POLICY_ADAPT, TEXT_POLICY_REFUSE };
enum { MINUTES_REFUSE, MINUTES_INWARD, MINUTES_OUTWARD };
enum { START_REFUSE, START_DROP };

/* The present minute at a site. */
struct site_now {
    bool known;                  /* false: the clock of the computer is far off */
    struct moment moment;        /* if it is known */
    char text[MOMENT_TEXT_SIZE]; /* as it is */
};

struct kc_site {
    atomic_uint refs; /* handles, systems, requests and operations */
    struct kc_context *context;
    char *name;
    struct zone *zone;
    struct site_now now; /* the last minute that was asked for */
    struct clock_time check_in, check_out;
    int32_t policies[POLICY_COUNT];
    int32_t forget_after; /* days; 0 = never */
    char forget_after_text[12];
    struct loop_timer retention_timer;
    struct kc_error *error;
    struct kc_system *systems, *last_system;
    struct kc_site *next, *previous; /* in the context */
    struct kc_site *next_named;      /* whose name falls into the same bucket */
    struct kc_site *next_dropped;    /* guarded by the context's lock, as `dropped` is */
    bool dropped;                    /* it is among those that site_sweep() looks at, or being freed */
};

/* Without adding it to the context. */
int32_t site_make(struct kc_context *context, const char *name, struct kc_site **site, struct kc_error *error);
/* Its systems are gone, and nobody holds it. */
void site_free(struct kc_site *site);
static inline void site_hold(struct kc_site *site)
{
    atomic_fetch_add_explicit(&site->refs, 1, memory_order_relaxed);
}
/* NULL: the context has none of that name. */
struct kc_site *site_find(struct kc_context *context, const char *name);
/* Any thread. */
void site_drop(struct kc_site *site);
/* Something of it was dropped, and the caller still holds it: site_sweep() looks at it at the next dispatch. Any
 * thread. */
void site_want_sweep(struct kc_site *site);
/* Another minute has come. */
const struct site_now *site_work_out_now(struct kc_site *site);
/* Worked out once a minute, for each operation wants it. Valid until it is called again. */
static inline const struct site_now *site_now(struct kc_site *site)
{
    int64_t since = loop_wall_ms(site->context->loop) - site->now.moment.utc * 1000;
    return *site->now.text && since >= 0 && since < 60000 ? &site->now : site_work_out_now(site);
}
/* As moment_format(); nothing is worked out for the present minute. */
void site_format(const struct kc_site *site, int64_t utc, char out[MOMENT_TEXT_SIZE]);
/* The same for a moment of the site, whose wall time need not be worked out again. */
void site_format_known(const struct kc_site *site, const struct moment *moment, char out[MOMENT_TEXT_SIZE]);
/* Frees what nobody holds of the sites of which something was dropped since, and of their systems. */
void site_sweep(struct kc_context *context);
/* Frees all sites with their systems: the end of the context. */
void site_free_all(struct kc_context *context);

int32_t policy_set(struct kc_site *site, const char *name, const char *value, struct kc_error *error);
/* retention.c: begins, moves or ends what the policy forget-after asks for. */
void retention_plan(struct kc_site *site);
const char *policy_get(const struct kc_site *site, const char *name);

#endif
