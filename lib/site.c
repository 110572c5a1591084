/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sites. */
#include "site.h"

#include <stdlib.h>
#include <string.h>

#include "op.h"

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
    if (name_map_find(&site->context->site_names, site->name) == site)
        name_map_remove(&site->context->site_names, site->name);
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
    if (name_map_find(&context->site_names, name)) {
        struct error_quoted quoted;
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "site", "There is a site \"%s\" already.",
                  error_quote(&quoted, name));
        return error_keep(&context->error, &error);
    }
    struct kc_site *site;
    int32_t status = site_make(context, name, &site, &error);
    if (status != KC_OK)
        return status;
    if (name_map_set(&context->site_names, name, site, NULL) != 0) {
        site_free(site);
        return KC_ERROR_NO_MEMORY;
    }
    site->next = context->sites;
    context->sites = site;
    context_handle(context);
    *out = site;
    return KC_OK;
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

static void sweep_systems(struct kc_site *site, bool all)
{
    for (struct kc_system **place = &site->systems; *place;) {
        struct kc_system *system = *place;
        if (!all && atomic_load_explicit(&system->refs, memory_order_acquire) > 0) {
            place = &system->next;
            continue;
        }
        *place = system->next;
        system_free(system);
    }
}

void site_sweep(struct kc_context *context, bool all)
{
    for (struct kc_site **place = &context->sites; *place;) {
        struct kc_site *site = *place;
        bool unused = all || atomic_load_explicit(&site->refs, memory_order_acquire) == 0;
        sweep_systems(site, unused);
        if (!unused) {
            place = &site->next;
            continue;
        }
        *place = site->next;
        site_free(site);
    }
}

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
