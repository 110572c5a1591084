/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sites. */
#include "site.h"

#include <stdlib.h>
#include <string.h>

#include "op.h"

/* ---- By name ----------------------------------------------------------------------------------------------------- */

/* Where it stands, or where it would. */
static struct kc_site **place_of(struct kc_context *context, const char *name)
{
    uint32_t hash = 2166136261; /* FNV-1a */
    for (const char *at = name; *at; at++)
        hash = (hash ^ (uint8_t)*at) * 16777619;
    struct kc_site **place = &context->named_sites[hash % CONTEXT_SITE_BUCKETS];
    while (*place && strcmp((*place)->name, name) != 0)
        place = &(*place)->next_named;
    return place;
}

struct kc_site *site_find(struct kc_context *context, const char *name)
{
    return *place_of(context, name);
}

/* ---- Beginning and end ------------------------------------------------------------------------------------------- */

int32_t site_make(struct kc_context *context, const char *name, struct kc_site **out, struct kc_error *error)
{
    struct kc_site *site = calloc(1, sizeof(*site));
    if (!site)
        return error_no_memory(error);
    int32_t status = KC_ERROR_NO_MEMORY;
    site->name = strdup(name);
    if (site->name)
        status = zone_open("UTC", &site->zone, error);
    if (status != KC_OK) {
        free(site->name);
        free(site);
        return status;
    }
    atomic_init(&site->refs, 1);
    site->context = context;
    site->check_in = (struct clock_time){15, 0};
    site->check_out = (struct clock_time){11, 0};
    *out = site;
    return KC_OK;
}

void site_free(struct kc_site *site)
{
    loop_timer_cancel(site->context->loop, &site->retention_timer);
    zone_close(site->zone);
    free(site->error);
    free(site->name);
    free(site);
}

int32_t kc_site_new(kc_context *context, const char *name, kc_site **out)
{
    if (!context || !out)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_error error = {0};
    if (!name || !*name || text_check(name, 100, false, NULL) != TEXT_GOOD) {
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "site",
                  "The name of a site is 1 to 100 characters of UTF-8 without control characters.");
        return error_keep(&context->error, &error);
    }
    struct kc_site **place = place_of(context, name);
    if (*place) {
        struct error_quoted quoted;
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "site", "There is a site \"%s\" already.",
                  error_quote(&quoted, name));
        return error_keep(&context->error, &error);
    }
    struct kc_site *site;
    int32_t status = site_make(context, name, &site, &error);
    if (status != KC_OK)
        return status;
    *place = site;
    site->next = context->sites;
    if (site->next)
        site->next->previous = site;
    context->sites = site;
    context_handle(context);
    *out = site;
    return KC_OK;
}

/* With the context's lock. */
static void add_dropped(struct kc_site *site)
{
    struct kc_context *context = site->context;
    if (site->dropped || context->closing)
        return;
    site->dropped = true;
    site->next_dropped = context->dropped_sites;
    context->dropped_sites = site;
}

void site_want_sweep(struct kc_site *site)
{
    struct kc_context *context = site->context;
    pthread_mutex_lock(&context->lock);
    add_dropped(site);
    pthread_mutex_unlock(&context->lock);
    loop_wakeup(context->loop);
}

/* The last reference is given back with the lock: site_sweep(), which looks with it, may then free the site. */
static void drop_last(struct kc_site *site)
{
    struct kc_context *context = site->context;
    pthread_mutex_lock(&context->lock);
    if (atomic_fetch_sub_explicit(&site->refs, 1, memory_order_acq_rel) == 1)
        add_dropped(site);
    pthread_mutex_unlock(&context->lock);
    loop_wakeup(context->loop);
}

void site_drop(struct kc_site *site)
{
    unsigned refs = atomic_load_explicit(&site->refs, memory_order_relaxed);
    do {
        if (refs == 1) {
            drop_last(site);
            return;
        }
    } while (!atomic_compare_exchange_weak_explicit(&site->refs, &refs, refs - 1, memory_order_acq_rel,
                                                    memory_order_relaxed));
}

kc_site *kc_site_ref(kc_site *site)
{
    if (site) {
        site_hold(site);
        context_handle(site->context);
    }
    return site;
}

kc_site *kc_site_unref(kc_site *site)
{
    if (site) {
        struct kc_context *context = site->context;
        site_drop(site);
        context_handle_back(context);
    }
    return NULL;
}

/* ---- The present minute ------------------------------------------------------------------------------------------ */

const struct site_now *site_work_out_now(struct kc_site *site)
{
    struct site_now *now = &site->now;
    int64_t utc = context_now_utc(site->context), minute = utc - utc % 60;
    now->known = moment_from_utc(site->zone, minute, &now->moment) == KC_OK;
    now->moment.utc = minute;
    moment_format(site->zone, minute, now->text);
    return now;
}

static bool format_now(const struct kc_site *site, int64_t utc, char out[MOMENT_TEXT_SIZE])
{
    const struct site_now *now = &site->now;
    bool is_now = *now->text && utc >= now->moment.utc && utc < now->moment.utc + 60;
    if (is_now)
        memcpy(out, now->text, sizeof(now->text));
    return is_now;
}

void site_format(const struct kc_site *site, int64_t utc, char out[MOMENT_TEXT_SIZE])
{
    if (!format_now(site, utc, out))
        moment_format(site->zone, utc, out);
}

void site_format_known(const struct kc_site *site, const struct moment *moment, char out[MOMENT_TEXT_SIZE])
{
    if (!format_now(site, moment->utc, out))
        moment_format_known(moment, out);
}

/* ---- What nobody holds any more -----------------------------------------------------------------------------------
 */

static void sweep_systems(struct kc_site *site, bool all)
{
    site->last_system = NULL;
    for (struct kc_system **place = &site->systems; *place;) {
        struct kc_system *system = *place;
        if (!all && atomic_load_explicit(&system->refs, memory_order_acquire) > 0) {
            site->last_system = system;
            place = &system->next;
            continue;
        }
        *place = system->next;
        system_forget_name(system);
        system_free(system);
    }
}

static void remove_site(struct kc_site *site)
{
    sweep_systems(site, true);
    *place_of(site->context, site->name) = site->next_named;
    if (site->next)
        site->next->previous = site->previous;
    if (site->previous)
        site->previous->next = site->next;
    else
        site->context->sites = site->next;
    site_free(site);
}

/* One of those of which something was dropped; NULL: there is none. Nobody can hold it any more if it is unused. */
static struct kc_site *take_dropped(struct kc_context *context, bool *unused)
{
    pthread_mutex_lock(&context->lock);
    struct kc_site *site = context->dropped_sites;
    if (site) {
        context->dropped_sites = site->next_dropped;
        *unused = atomic_load_explicit(&site->refs, memory_order_acquire) == 0;
        site->dropped = *unused; /* while it is freed it is not added again */
    }
    pthread_mutex_unlock(&context->lock);
    return site;
}

void site_sweep(struct kc_context *context)
{
    bool unused = false;
    for (struct kc_site *site; (site = take_dropped(context, &unused));) {
        if (unused)
            remove_site(site);
        else
            sweep_systems(site, false);
    }
}

void site_free_all(struct kc_context *context)
{
    while (context->sites)
        remove_site(context->sites);
}

/* ---- Settings -----------------------------------------------------------------------------------------------------
 */

const char *kc_site_get_name(const kc_site *site)
{
    return site ? site->name : "";
}

int32_t kc_site_set_time_zone(kc_site *site, const char *name)
{
    if (!site)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_error error = {0};
    struct zone *zone;
    int32_t status = zone_open(name ? name : "", &zone, &error);
    if (status != KC_OK)
        return error_keep(&site->error, &error);
    zone_close(site->zone);
    site->zone = zone;
    site->now = (struct site_now){0};
    site->context->setup++;
    return KC_OK;
}

int32_t kc_site_set_default_times(kc_site *site, const char *check_in, const char *check_out)
{
    if (!site)
        return KC_ERROR_INVALID_ARGUMENT;
    struct clock_time in, out;
    const char *wrong = NULL;
    if (clock_time_parse(check_in ? check_in : "", &in) != KC_OK)
        wrong = check_in ? check_in : "";
    else if (clock_time_parse(check_out ? check_out : "", &out) != KC_OK)
        wrong = check_out ? check_out : "";
    if (!wrong) {
        site->check_in = in;
        site->check_out = out;
        return KC_OK;
    }
    struct kc_error error = {0};
    struct error_quoted quoted;
    error_set(&error, KC_ERROR_INVALID_ARGUMENT, "default-times",
              "\"%s\" is no time of day; write it as HH:MM, such as 15:00.", error_quote(&quoted, wrong));
    return error_keep(&site->error, &error);
}

int32_t kc_site_set_policy(kc_site *site, const char *name, const char *value)
{
    if (!site)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_error error = {0};
    int32_t status = policy_set(site, name ? name : "", value ? value : "", &error);
    return status == KC_OK ? KC_OK : error_keep(&site->error, &error);
}

const char *kc_site_get_policy(const kc_site *site, const char *name)
{
    return site && name ? policy_get(site, name) : "";
}

const kc_error *kc_site_get_error(const kc_site *site)
{
    return site ? site->error : NULL;
}
