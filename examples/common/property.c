/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening the context, the ledger, the site and its systems; with a guess where a name was mistyped. */
#include "property.h"

#include <stdio.h>
#include <string.h>

#include "nearest.h"
#include "option.h"

static bool fail(char *fault, size_t size, const char *what, int32_t status, const kc_error *error)
{
    const char *message = kc_error_get_message(error);
    (void)snprintf(fault, size, "%s: %s", what, message[0] != '\0' ? message : kc_status_text(status));
    return false;
}

static bool open_site(struct property *property, const struct property_settings *settings, char *fault, size_t size)
{
    int32_t status = kc_site_new(property->context, settings->site, &property->site);
    if (status != KC_OK)
        return fail(fault, size, "site", status, kc_context_get_error(property->context));
    status = kc_site_set_time_zone(property->site, settings->time_zone);
    if (status != KC_OK)
        return fail(fault, size, "time-zone", status, kc_site_get_error(property->site));
    status = kc_site_set_default_times(property->site, settings->check_in, settings->check_out);
    if (status != KC_OK)
        return fail(fault, size, "check-in, check-out", status, kc_site_get_error(property->site));
    for (size_t i = 0; i < settings->policies->count; i++) {
        const struct pair *policy = &settings->policies->items[i];
        status = kc_site_set_policy(property->site, policy->name, policy->value);
        const char *nearest = status == KC_ERROR_NOT_FOUND ? nearest_policy(policy->name) : NULL;
        if (nearest != NULL) {
            (void)snprintf(fault, size, "there is no policy \"%s\"; did you mean \"%s\"?", policy->name, nearest);
            return false;
        }
        if (status != KC_OK)
            return fail(fault, size, "[policy]", status, kc_site_get_error(property->site));
    }
    return true;
}

static bool take_option(kc_system *system, const struct pair *pair, char *fault, size_t size)
{
    static const char *const of_section[] = {"uri", NULL};
    const int32_t status = set_option(system, pair->name, pair->value);
    char what[160];
    const char *nearest = status == KC_ERROR_NOT_FOUND ? nearest_option(system, pair->name) : NULL;
    if (status == KC_OK)
        return true;
    if (status == KC_ERROR_NOT_FOUND && nearest == NULL)
        nearest = nearest_name(pair->name, of_section);
    if (nearest != NULL) {
        (void)snprintf(fault, size, "the system \"%s\" has no option \"%s\"; did you mean \"%s\"?", pair->section,
                       pair->name, nearest);
        return false;
    }
    (void)snprintf(what, sizeof what, "[system %s], %s", pair->section, pair->name);
    return fail(fault, size, what, status, kc_system_get_error(system));
}

static bool open_system(struct property *property, const struct property_settings *settings, const struct pair *uri,
                        char *fault, size_t size)
{
    kc_system *system = NULL;
    if (property->system_count == PROPERTY_SYSTEMS) {
        (void)snprintf(fault, size, "more than %d lock systems", PROPERTY_SYSTEMS);
        return false;
    }
    const int32_t status = kc_system_new(property->site, uri->section, uri->value, &system);
    if (status != KC_OK)
        return fail(fault, size, "uri", status, kc_site_get_error(property->site));
    property->systems[property->system_count++] = system;
    for (size_t i = 0; i < settings->systems->count; i++) {
        const struct pair *pair = &settings->systems->items[i];
        if (pair != uri && strcmp(pair->section, uri->section) == 0 && !take_option(system, pair, fault, size))
            return false;
    }
    return true;
}

bool property_open(struct property *property, const struct property_settings *settings, char *fault, size_t size)
{
    *property = (struct property){.context = NULL};
    int32_t status = kc_context_new(&property->context);
    if (status != KC_OK)
        return fail(fault, size,
                    status == KC_ERROR_SYSTEM
                        ? "the library cannot be started: are file descriptors used up (ulimit -n)?"
                        : "the library cannot be started",
                    status, NULL);
    (void)kc_context_set_log(property->context, settings->log, NULL, KC_LOG_DEBUG);
    if (!open_site(property, settings, fault, size))
        return false;
    for (size_t i = 0; i < settings->systems->count; i++) {
        const struct pair *pair = &settings->systems->items[i];
        if (strcmp(pair->name, "uri") == 0 && !open_system(property, settings, pair, fault, size))
            return false;
    }
    status = kc_context_set_ledger(property->context, settings->ledger);
    return status == KC_OK || fail(fault, size, "ledger", status, kc_context_get_error(property->context));
}

void property_close(struct property *property)
{
    for (size_t i = 0; i < property->system_count; i++)
        kc_system_unref(property->systems[i]);
    property->system_count = 0;
    property->site = kc_site_unref(property->site);
    property->context = kc_context_unref(property->context);
}

kc_system *property_system(const struct property *property, const char *name)
{
    for (size_t i = 0; i < property->system_count; i++) {
        if (strcmp(kc_system_get_name(property->systems[i]), name) == 0)
            return property->systems[i];
    }
    return property->system_count == 1 && name[0] == '\0' ? property->systems[0] : NULL;
}
