/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening what the library needs, as the configuration says, and describing it. */
#include "../common/describe.h"
#include "../common/option.h"
#include "desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool complain(const kc_error *error, int32_t status)
{
    const char *message = kc_error_get_message(error);
    fprintf(stderr, "frontdesk: %s\n", message[0] != '\0' ? message : kc_status_text(status));
    return false;
}

static bool open_site(struct desk *desk)
{
    const struct settings *settings = &desk->settings;
    int32_t status = kc_context_set_ledger(desk->context, settings_value(settings, "ledger", "memory:"));
    if (status == KC_OK)
        status = kc_site_new(desk->context, settings_value(settings, "site", "hotel"), &desk->site);
    if (status != KC_OK)
        return complain(kc_context_get_error(desk->context), status);
    status = kc_site_set_time_zone(desk->site, settings_value(settings, "time-zone", "UTC"));
    if (status == KC_OK)
        status = kc_site_set_default_times(desk->site, settings_value(settings, "check-in", "15:00"),
                                           settings_value(settings, "check-out", "11:00"));
    /* A clerk is always asked before a second original locks somebody out; the configuration may say otherwise. */
    if (status == KC_OK)
        status = kc_site_set_policy(desk->site, "second-original", "confirm");
    for (size_t i = 0; status == KC_OK && i < settings->count; i++) {
        const struct setting *item = &settings->items[i];
        if (strcmp(item->section, "policy") == 0)
            status = kc_site_set_policy(desk->site, item->name, item->value);
    }
    return status == KC_OK ? true : complain(kc_site_get_error(desk->site), status);
}

static bool open_system(struct desk *desk, const char *name, const char *uri)
{
    const struct settings *settings = &desk->settings;
    kc_system **systems = reallocarray(desk->systems, desk->system_count + 1, sizeof(kc_system *)), *system = NULL;
    if (systems == NULL)
        return false;
    desk->systems = systems;
    const int32_t status = kc_system_new(desk->site, name, uri, &system);
    if (status != KC_OK)
        return complain(kc_site_get_error(desk->site), status);
    systems[desk->system_count++] = system;
    for (size_t i = 0; i < settings->count; i++) {
        const struct setting *item = &settings->items[i];
        const char *of = settings_named(item, "system");
        if (of == NULL || strcmp(of, name) != 0 || strcmp(item->name, "uri") == 0)
            continue;
        if (set_option(system, item->name, item->value) != KC_OK) {
            settings_complain(settings, item, kc_error_get_message(kc_system_get_error(system)));
            return false;
        }
    }
    return true;
}

static bool open_systems(struct desk *desk)
{
    for (size_t i = 0; i < desk->settings.count; i++) {
        const struct setting *item = &desk->settings.items[i];
        const char *name = settings_named(item, "system");
        if (name != NULL && strcmp(item->name, "uri") == 0 && !open_system(desk, name, item->value))
            return false;
    }
    if (desk->system_count == 0)
        fprintf(stderr, "frontdesk: %s: no [system NAME] with a uri\n", desk->settings.path);
    return desk->system_count > 0;
}

bool systems_open(struct desk *desk)
{
    const int32_t status = kc_context_new(&desk->context);
    if (status != KC_OK)
        return complain(NULL, status);
    if (!open_site(desk) || !open_systems(desk))
        return false;
    /* What is plugged in here, too; the keys do not depend on it. */
    if (kc_context_watch_devices(desk->context, KC_DEVICES_LIST) != KC_OK)
        (void)complain(kc_context_get_error(desk->context), KC_ERROR_SYSTEM);
    /* Other front desks may have the same ledger; a ledger that cannot be shared needs no watching. */
    const int32_t watched = kc_context_watch_ledger(desk->context, 0);
    return watched == KC_OK || watched == KC_ERROR_NOT_OFFERED ||
           complain(kc_context_get_error(desk->context), watched);
}

void systems_close(struct desk *desk)
{
    for (size_t i = 0; i < desk->encoder_count; i++)
        kc_encoder_unref(desk->encoders[i]);
    for (size_t i = 0; i < desk->system_count; i++)
        kc_system_unref(desk->systems[i]);
    free(desk->encoders);
    free(desk->systems);
    desk->site = kc_site_unref(desk->site);
    desk->context = kc_context_unref(desk->context);
}

void systems_add_encoder(struct desk *desk, kc_encoder *encoder)
{
    for (size_t i = 0; i < desk->encoder_count; i++) {
        const kc_encoder *known = desk->encoders[i];
        if (kc_encoder_get_system(known) == kc_encoder_get_system(encoder) &&
            strcmp(kc_encoder_get_name(known), kc_encoder_get_name(encoder)) == 0)
            return;
    }
    kc_encoder **encoders = reallocarray(desk->encoders, desk->encoder_count + 1, sizeof(kc_encoder *));
    if (encoders == NULL)
        return;
    desk->encoders = encoders;
    encoders[desk->encoder_count++] = kc_encoder_ref(encoder);
}

static json_t *describe_system(const struct desk *desk, const kc_system *system)
{
    json_t *object = json_object(), *can = json_object(), *limits = json_object(), *encoders = json_array();
    for (int32_t i = 1; kc_capability_name(i)[0] != '\0'; i++)
        (void)json_object_set_new(can, kc_capability_name(i), json_boolean(kc_system_has(system, i)));
    for (int32_t i = 1; kc_limit_name(i)[0] != '\0'; i++)
        (void)json_object_set_new(limits, kc_limit_name(i), json_integer(kc_system_get_limit(system, i)));
    for (size_t i = 0; i < desk->encoder_count; i++) {
        if (kc_encoder_get_system(desk->encoders[i]) == system)
            (void)json_array_append_new(encoders, describe_encoder(desk->encoders[i]));
    }
    (void)json_object_set_new(object, "name", json_string(kc_system_get_name(system)));
    (void)json_object_set_new(object, "label", json_string(kc_driver_get_label(kc_system_get_driver(system))));
    (void)json_object_set_new(object, "link", json_string(describe_link(kc_system_get_state(system))));
    (void)json_object_set_new(object, "can", can);
    (void)json_object_set_new(object, "limits", limits);
    (void)json_object_set_new(object, "encoders", encoders);
    return object;
}

json_t *systems_describe(const struct desk *desk)
{
    json_t *array = json_array();
    for (size_t i = 0; i < desk->system_count; i++)
        (void)json_array_append_new(array, describe_system(desk, desk->systems[i]));
    return array;
}
