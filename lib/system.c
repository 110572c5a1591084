/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Systems: made from a URI, configured by options and names. */
#include "system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "limit_codes.h"
#include "op.h"
#include "options.h"

/* ---- By name ----------------------------------------------------------------------------------------------------- */

/* Where it stands, or where it would. */
static struct kc_system **place_of(const struct kc_site *site, const char *name)
{
    const uint64_t mixed = (uint64_t)(uintptr_t)site * UINT64_C(0x9e3779b97f4a7c15); /* many sites use the same names */
    uint32_t hash = 2166136261 ^ (uint32_t)(mixed >> 32);                            /* FNV-1a */
    for (const char *at = name; *at; at++)
        hash = (hash ^ (uint8_t)*at) * 16777619;
    struct kc_system **place = &site->context->named_systems[hash % CONTEXT_SYSTEM_BUCKETS];
    while (*place && ((*place)->site != site || strcmp((*place)->name, name) != 0))
        place = &(*place)->next_named;
    return place;
}

struct kc_system *site_find_system(const struct kc_site *site, const char *name)
{
    return *place_of(site, name);
}

void system_forget_name(struct kc_system *system)
{
    struct kc_system **place = place_of(system->site, system->name);
    if (*place == system)
        *place = system->next_named;
}

/* ---- From the URI ------------------------------------------------------------------------------------------------ */

static const struct driver *driver_for(const char *scheme)
{
    for (size_t i = 0; i < driver_table_count; i++)
        for (const char *const *known = driver_table[i]->schemes; *known; known++)
            if (strcmp(*known, scheme) == 0)
                return driver_table[i];
    return NULL;
}

/* For a message: as many as fit, whole ones. */
static const char *known_schemes(char *out, size_t size)
{
    static const char more[] = " ...";
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < driver_table_count; i++)
        for (const char *const *known = driver_table[i]->schemes; *known; known++) {
            size_t room = size - used - sizeof(more);
            int length = snprintf(out + used, room, "%s%s:", used ? ", " : "", *known);
            if (length < 0 || (size_t)length >= room) {
                memcpy(out + used, more, sizeof(more));
                return out;
            }
            used += (size_t)length;
        }
    return out;
}

static int32_t name_fault(const char *what, const char *name, struct kc_error *error)
{
    if (name && *name && text_check(name, 100, false, NULL) == TEXT_GOOD)
        return KC_OK;
    return error_set(error, KC_ERROR_INVALID_ARGUMENT, what,
                     "The name of %s %s is 1 to 100 characters of UTF-8 without control characters.",
                     strchr("ae", *what) ? "an" : "a", what);
}

static int32_t find_driver(struct kc_system *system, struct kc_error *error)
{
    struct error_quoted quoted;
    char known[520];
    const struct driver *driver = driver_for(system->uri.scheme);
    if (!driver)
        return error_set(error, KC_ERROR_NOT_FOUND, "uri", "No driver is compiled in for \"%s:\". There are %s.",
                         error_quote(&quoted, system->uri.scheme), known_schemes(known, sizeof(known)));
    const char *plus = strchr(system->uri.scheme, '+');
    system->transport_table = plus ? transport_find(plus + 1) : NULL;
    if (plus && !system->transport_table)
        return error_set(error, KC_ERROR_NOT_FOUND, "uri", "No transport is compiled in for \"%s:\".",
                         error_quote(&quoted, system->uri.scheme));
    if (system->transport_table && !system->transport_table->open && !driver->usb)
        return error_set(error, KC_ERROR_NOT_FOUND, "uri", "The driver %s has no devices of this kind.", driver->name);
    system->link.driver = driver;
    bool http = system->transport_table && system->transport_table->ask;
    system->url = http ? uri_http_url(&system->arena, plus + 1, &system->uri) : "";
    if (!system->url)
        return error_no_memory(error);
    if (driver->link_size)
        system->link.data = system + 1;
    return KC_OK;
}

/* Options of the query go to link and driver; those that the transport knows stay in the URI. */
static int32_t take_uri_options(struct kc_system *system, struct kc_error *error)
{
    struct uri given = system->uri;
    system->uri.option_count = 0;
    int32_t status = system->transport_table ? system->transport_table->check(&system->uri, error) : KC_OK;
    if (status == KC_OK)
        status = options_apply(system, error);
    for (size_t i = 0; i < given.option_count && status == KC_OK; i++)
        status = option_set(system, given.options[i].name, given.options[i].value, error);
    return status;
}

bool system_is_device(const struct kc_system *system)
{
    return system->link.driver->usb || system->link.driver->serial_ids;
}

/* With its URI, and with the driver's data behind it. */
static int32_t allocate(struct loop *loop, const char *text, struct kc_system **out, struct kc_error *error)
{
    struct arena arena = {0};
    struct uri uri;
    int32_t status = uri_parse(&arena, text ? text : "", &uri, error);
    const struct driver *driver = status == KC_OK ? driver_for(uri.scheme) : NULL;
    struct kc_system *system = NULL;
    if (status == KC_OK)
        system = loop_memory_take(loop, sizeof(*system) + (driver ? driver->link_size : 0));
    if (!system) {
        arena_free(&arena);
        return status == KC_OK ? error_no_memory(error) : status;
    }
    system->arena = arena;
    system->uri = uri;
    *out = system;
    return KC_OK;
}

int32_t system_make(struct kc_site *site, const char *name, const char *uri, struct kc_system **out,
                    struct kc_error *error)
{
    struct error_quoted quoted;
    int32_t status = name_fault("system", name, error);
    if (status != KC_OK)
        return status;
    if (site_find_system(site, name))
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "system", "The site has a system \"%s\" already.",
                         error_quote(&quoted, name));
    struct kc_system *system = NULL;
    status = allocate(site->context->loop, uri, &system, error);
    if (status != KC_OK)
        return status;
    system->adopted_fd = -1;
    system->context = site->context;
    system->site = site;
    system->state = KC_LINK_DOWN;
    system->no_encoder.system = system;
    system->no_encoder.state = KC_ENCODER_UNKNOWN;
    system->name = strdup(name);
    system->no_encoder.name = "";
    status = system->name ? find_driver(system, error) : error_no_memory(error);
    if (status == KC_OK)
        status = take_uri_options(system, error);
    system->encoders_known = status == KC_OK && system_is_device(system);
    if (system->encoders_known && !encoder_find(system, name, true))
        status = error_no_memory(error);
    if (status != KC_OK) {
        system_free(system);
        return status;
    }
    *out = system;
    return KC_OK;
}

int32_t kc_system_new(kc_site *site, const char *name, const char *uri, kc_system **out)
{
    if (!site || !out)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_error error = {0};
    struct kc_system *system;
    int32_t status = system_make(site, name, uri, &system, &error);
    if (status != KC_OK)
        return error_keep(&site->error, &error);
    atomic_init(&system->refs, 2); /* of the caller and of the site, until kc_system_remove() */
    *(site->last_system ? &site->last_system->next : &site->systems) = system;
    site->last_system = system;
    *place_of(site, name) = system;
    site->context->setup++;
    site_hold(site);
    context_handle(site->context);
    *out = system;
    return KC_OK;
}

void system_hold(struct kc_system *system)
{
    atomic_fetch_add_explicit(&system->refs, 1, memory_order_relaxed);
    site_hold(system->site);
}

void system_drop(struct kc_system *system)
{
    struct kc_site *site = system->site;
    if (atomic_fetch_sub_explicit(&system->refs, 1, memory_order_acq_rel) == 1)
        site_want_sweep(site);
    site_drop(site);
}

int32_t kc_system_remove(kc_system *system)
{
    if (!system)
        return KC_ERROR_INVALID_ARGUMENT;
    if (system->removed)
        return KC_OK;
    system->removed = true;
    system_forget_name(system);
    system->context->setup++;
    loop_timer_cancel(system->context->loop, &system->reconnect_timer);
    link_forget_device(system);
    link_rest(system);
    site_hold(system->site); /* system_drop() gives back one of each */
    system_drop(system);
    return KC_OK;
}

void system_free(struct kc_system *system)
{
    struct loop *loop = system->context->loop;
    system->context->setup++; /* another one may get its memory */
    stays_forget(system);
    link_forget_device(system);
    if (system->transport)
        system->transport->table->close(system->transport);
    struct loop_timer *const timers[] = {&system->connect_timer, &system->idle_timer, &system->link_timer,
                                         &system->reconnect_timer};
    for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++)
        loop_timer_cancel(loop, timers[i]);
    loop_task_cancel(loop, &system->fail_task);
    loop_task_cancel(loop, &system->rest_task);
    if (system->link.data && system->link.driver->release)
        system->link.driver->release(&system->link);
    if (system->link.driver)
        options_free(system);
    transport_discard_fd(system->adopted_fd);
    while (system->encoders) {
        struct kc_encoder *encoder = system->encoders;
        system->encoders = encoder->next;
        free(encoder->contact_text);
        free(encoder);
    }
    name_map_free(&system->encoder_names, NULL);
    name_map_free(&system->rooms, free);
    name_map_free(&system->areas, free);
    free(system->failure_text);
    arena_free(&system->arena);
    free(system->error);
    free(system->name);
    loop_memory_give(loop, system);
}

kc_system *kc_system_ref(kc_system *system)
{
    if (system) {
        system_hold(system);
        context_handle(system->context);
    }
    return system;
}

kc_system *kc_system_unref(kc_system *system)
{
    if (system) {
        struct kc_context *context = system->context;
        system_drop(system);
        context_handle_back(context);
    }
    return NULL;
}

const char *kc_system_get_name(const kc_system *system)
{
    return system ? system->name : "";
}

const kc_driver *kc_system_get_driver(const kc_system *system)
{
    return system ? (const kc_driver *)(const void *)system->link.driver : NULL;
}

int32_t kc_system_set_option(kc_system *system, const char *name, const char *value)
{
    if (!system)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_error error = {0};
    int32_t status;
    if (system->used)
        status = error_set(&error, KC_ERROR_STATE, "option", "Options are to be set before the first operation.");
    else
        status = option_set(system, name ? name : "", value ? value : "", &error);
    return status == KC_OK ? KC_OK : error_keep(&system->error, &error);
}

const char *kc_system_get_option(const kc_system *system, const char *name)
{
    return system && name ? option_get(system, name) : "";
}

static int32_t map_name(struct kc_system *system, struct name_map *map, const char *what, const char *name,
                        const char *lock_name)
{
    struct kc_error error = {0};
    void *old = NULL;
    char *copy = NULL;
    int32_t status = name_fault(what, name, &error);
    if (status == KC_OK)
        status = name_fault(what, lock_name, &error);
    if (status == KC_OK && (!(copy = strdup(lock_name)) || name_map_set(map, name, copy, &old) != 0))
        status = error_no_memory(&error);
    if (status != KC_OK) {
        free(copy);
        return error_keep(&system->error, &error);
    }
    free(old);
    system->context->setup++;
    return KC_OK;
}

int32_t kc_system_map_room(kc_system *system, const char *room, const char *lock_name)
{
    return system ? map_name(system, &system->rooms, "room", room, lock_name) : KC_ERROR_INVALID_ARGUMENT;
}

int32_t kc_system_map_area(kc_system *system, const char *area, const char *lock_name)
{
    return system ? map_name(system, &system->areas, "area", area, lock_name) : KC_ERROR_INVALID_ARGUMENT;
}

int32_t kc_system_add_encoder(kc_system *system, const char *name)
{
    if (!system)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_error error = {0};
    int32_t status = name_fault("encoder", name, &error);
    if (status == KC_OK && !encoder_find(system, name, true))
        status = error_no_memory(&error);
    if (status != KC_OK)
        return error_keep(&system->error, &error);
    system->encoders_known = true;
    system->context->setup++;
    return KC_OK;
}

int32_t kc_system_adopt_fd(kc_system *system, int32_t fd)
{
    if (!system || fd < 0)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_error error = {0};
    bool takes_fd = system->transport_table && system->transport_table->adopts;
    if (!takes_fd || system->transport || system->adopted_fd >= 0) {
        error_set(&error, KC_ERROR_STATE, "fd",
                  takes_fd ? "The system has a descriptor already."
                           : "Only a system with a URI of +fd: takes a descriptor.");
        return error_keep(&system->error, &error);
    }
    system->adopted_fd = fd;
    return KC_OK;
}

bool system_can(const struct kc_system *system, int32_t capability)
{
    return (system->profile.capabilities & ~system->withheld & DRIVER_CAN(capability)) != 0;
}

int32_t kc_system_has(const kc_system *system, int32_t capability)
{
    return system && *kc_capability_name(capability) && system_can(system, capability);
}

int64_t kc_system_get_limit(const kc_system *system, int32_t limit)
{
    return system ? limit_of(&system->profile.limits, limit) : -1;
}

int32_t kc_system_get_state(const kc_system *system)
{
    return system ? system->state : 0;
}

const kc_error *kc_system_get_error(const kc_system *system)
{
    return system ? system->error : NULL;
}
