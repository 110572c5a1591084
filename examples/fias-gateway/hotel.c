/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Context, ledger, site and systems; and which encoder a key coder is. */
#include "hotel.h"

#include <stdio.h>
#include <string.h>

#include "../common/nearest.h"
#include "say.h"

static bool fail(char *fault, size_t size, const char *what, int32_t status, const kc_error *error)
{
    const char *message = kc_error_get_message(error);
    (void)snprintf(fault, size, "%s: %s", what, message[0] != '\0' ? message : kc_status_text(status));
    return false;
}

static void log_line(void *user, int32_t level, const char *domain, const char *message)
{
    (void)user;
    say(level, "%s: %s", domain, message);
}

/* ---- Opening --------------------------------------------------------------------------------------------------- */

static bool open_site(struct hotel *hotel, const struct settings *settings, char *fault, size_t size)
{
    int32_t status = kc_site_new(hotel->context, setting_text(settings, SETTING_SITE), &hotel->site);
    if (status != KC_OK)
        return fail(fault, size, "site", status, kc_context_get_error(hotel->context));
    status = kc_site_set_time_zone(hotel->site, setting_text(settings, SETTING_TIME_ZONE));
    if (status != KC_OK)
        return fail(fault, size, "time-zone", status, kc_site_get_error(hotel->site));
    status = kc_site_set_default_times(hotel->site, setting_text(settings, SETTING_CHECK_IN),
                                       setting_text(settings, SETTING_CHECK_OUT));
    if (status != KC_OK)
        return fail(fault, size, "check-in, check-out", status, kc_site_get_error(hotel->site));
    for (size_t i = 0; i < settings->policies.count; i++) {
        static const char *const names[] = {"early-issue", "second-original", "text", "minutes", "start", NULL};
        const struct pair *policy = &settings->policies.items[i];
        status = kc_site_set_policy(hotel->site, policy->name, policy->value);
        const char *nearest = status == KC_ERROR_NOT_FOUND ? nearest_name(policy->name, names) : NULL;
        if (nearest != NULL) {
            (void)snprintf(fault, size, "there is no policy \"%s\"; did you mean \"%s\"?", policy->name, nearest);
            return false;
        }
        if (status != KC_OK)
            return fail(fault, size, "[policy]", status, kc_site_get_error(hotel->site));
    }
    return true;
}

/* A mistyped option: what it may have meant. */
static const char *nearest_option(const kc_system *system, const char *key)
{
    static const char *const general[] = {"uri",      "connect-timeout", "keep-alive", "connection",
                                          "back-off", "encoder",         NULL};
    enum { MOST = 64 };
    const char *names[MOST + 1] = {NULL};
    const kc_driver *driver = kc_system_get_driver(system);
    const int32_t count = kc_driver_get_option_count(driver);
    for (int32_t i = 0; i < count && i < MOST; i++)
        names[i] = kc_driver_get_option_name(driver, i);
    const char *nearest = nearest_name(key, names);
    return nearest != NULL ? nearest : nearest_name(key, general);
}

static bool set_option(kc_system *system, const struct pair *pair, char *fault, size_t size)
{
    int32_t status;
    char what[160];
    if (strcmp(pair->name, "encoder") == 0)
        status = kc_system_add_encoder(system, pair->value);
    else if (strncmp(pair->name, "room.", 5) == 0)
        status = kc_system_map_room(system, pair->name + 5, pair->value);
    else if (strncmp(pair->name, "area.", 5) == 0)
        status = kc_system_map_area(system, pair->name + 5, pair->value);
    else
        status = kc_system_set_option(system, pair->name, pair->value);
    const char *nearest = status == KC_ERROR_NOT_FOUND ? nearest_option(system, pair->name) : NULL;
    if (status == KC_OK)
        return true;
    if (nearest != NULL) {
        (void)snprintf(fault, size, "the system \"%s\" has no option \"%s\"; did you mean \"%s\"?", pair->section,
                       pair->name, nearest);
        return false;
    }
    (void)snprintf(what, sizeof what, "[system %s], %s", pair->section, pair->name);
    return fail(fault, size, what, status, kc_system_get_error(system));
}

static bool open_system(struct hotel *hotel, const struct settings *settings, const struct pair *uri, char *fault,
                        size_t size)
{
    kc_system *system = NULL;
    if (hotel->system_count == HOTEL_SYSTEMS) {
        (void)snprintf(fault, size, "more than %d lock systems", HOTEL_SYSTEMS);
        return false;
    }
    const int32_t status = kc_system_new(hotel->site, uri->section, uri->value, &system);
    if (status != KC_OK)
        return fail(fault, size, "uri", status, kc_site_get_error(hotel->site));
    hotel->systems[hotel->system_count++] = system;
    for (size_t i = 0; i < settings->systems.count; i++) {
        const struct pair *pair = &settings->systems.items[i];
        if (pair != uri && strcmp(pair->section, uri->section) == 0 && !set_option(system, pair, fault, size))
            return false;
    }
    return true;
}

/* Each key coder must lead somewhere. */
static bool check_encoders(const struct hotel *hotel, const struct settings *settings, char *fault, size_t size)
{
    for (size_t i = 0; i < settings->encoders.count; i++) {
        struct place place;
        const struct pair *pair = &settings->encoders.items[i];
        if (hotel_place(hotel, settings, pair->name, &place) && place.encoder[0] != '\0' &&
            (place.system[0] != '\0' || hotel->system_count == 1))
            continue;
        (void)snprintf(fault, size, "[encoders], %s: write ENCODER@SYSTEM, since there are several systems, not \"%s\"",
                       pair->name, pair->value);
        return false;
    }
    return true;
}

bool hotel_open(struct hotel *hotel, const struct settings *settings, char *fault, size_t size)
{
    const char *ledger = setting_text(settings, SETTING_LEDGER);
    int32_t status = kc_context_new(&hotel->context);
    if (status != KC_OK)
        return fail(fault, size, "the library cannot be started", status, NULL);
    (void)kc_context_set_log(hotel->context, log_line, NULL, KC_LOG_DEBUG);
    if (!open_site(hotel, settings, fault, size))
        return false;
    for (size_t i = 0; i < settings->systems.count; i++) {
        const struct pair *pair = &settings->systems.items[i];
        if (strcmp(pair->name, "uri") == 0 && !open_system(hotel, settings, pair, fault, size))
            return false;
    }
    if (!check_encoders(hotel, settings, fault, size))
        return false;
    if (strncmp(ledger, "none:", 5) == 0) {
        (void)snprintf(fault, size,
                       "ledger: without a ledger no repeated request would be recognised; use sqlite:PATH");
        return false;
    }
    status = kc_context_set_ledger(hotel->context, ledger);
    return status == KC_OK || fail(fault, size, "ledger", status, kc_context_get_error(hotel->context));
}

void hotel_close(struct hotel *hotel)
{
    for (size_t i = 0; i < hotel->system_count; i++)
        kc_system_unref(hotel->systems[i]);
    hotel->system_count = 0;
    hotel->site = kc_site_unref(hotel->site);
    hotel->context = kc_context_unref(hotel->context);
}

bool hotel_has(const struct hotel *hotel, int32_t capability)
{
    for (size_t i = 0; i < hotel->system_count; i++) {
        if (kc_system_has(hotel->systems[i], capability))
            return true;
    }
    return false;
}

kc_system *hotel_system(const struct hotel *hotel, const char *name)
{
    for (size_t i = 0; i < hotel->system_count; i++) {
        if (strcmp(kc_system_get_name(hotel->systems[i]), name) == 0)
            return hotel->systems[i];
    }
    return hotel->system_count == 1 && name[0] == '\0' ? hotel->systems[0] : NULL;
}

/* ---- Encoders -------------------------------------------------------------------------------------------------- */

static bool is_number(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* Some PMSs send key coders of two digits. */
static bool same_coder(const char *one, const char *other)
{
    if (is_number(one) && is_number(other)) {
        one += strspn(one, "0");
        other += strspn(other, "0");
    }
    return strcmp(one, other) == 0;
}

/* ENCODER@SYSTEM, or ENCODER where what follows @ is no system. */
static void split_place(const struct hotel *hotel, const char *text, struct place *place)
{
    const char *at = strrchr(text, '@');
    const kc_system *system = at != NULL && at != text && at[1] != '\0' ? hotel_system(hotel, at + 1) : NULL;
    const size_t length = system != NULL ? (size_t)(at - text) : strlen(text);
    place->system = system != NULL ? kc_system_get_name(system) : "";
    if (length < sizeof place->encoder)
        (void)snprintf(place->encoder, sizeof place->encoder, "%.*s", (int)length, text);
    else
        place->encoder[0] = '\0';
}

bool hotel_place(const struct hotel *hotel, const struct settings *settings, const char *coder, struct place *place)
{
    for (size_t i = 0; i < settings->encoders.count; i++) {
        const struct pair *pair = &settings->encoders.items[i];
        if (same_coder(pair->name, coder)) {
            split_place(hotel, pair->value, place);
            return true;
        }
    }
    if (settings->encoders.count > 0)
        return false;
    split_place(hotel, coder, place); /* nothing is mapped: the names are the same on both sides */
    return true;
}
