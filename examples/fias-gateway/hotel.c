/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening the hotel; and which encoder a key coder is. */
#include "hotel.h"

#include <stdio.h>
#include <string.h>

#include "say.h"

static void log_line(void *user, int32_t level, const char *domain, const char *message)
{
    (void)user;
    say(level, "%s: %s", domain, message);
}

/* Each key coder must lead somewhere. */
static bool check_encoders(const struct property *hotel, const struct settings *settings, char *fault, size_t size)
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

bool hotel_open(struct property *hotel, const struct settings *settings, char *fault, size_t size)
{
    const struct property_settings wanted = {
        .ledger = setting_text(settings, SETTING_LEDGER),
        .site = setting_text(settings, SETTING_SITE),
        .time_zone = setting_text(settings, SETTING_TIME_ZONE),
        .check_in = setting_text(settings, SETTING_CHECK_IN),
        .check_out = setting_text(settings, SETTING_CHECK_OUT),
        .policies = &settings->policies,
        .systems = &settings->systems,
        .log = log_line,
    };
    if (strncmp(wanted.ledger, "none:", 5) == 0) {
        (void)snprintf(fault, size,
                       "ledger: without a ledger no repeated request would be recognised; use sqlite:PATH");
        return false;
    }
    return property_open(hotel, &wanted, fault, size) && check_encoders(hotel, settings, fault, size);
}

bool hotel_has(const struct property *hotel, int32_t capability)
{
    for (size_t i = 0; i < hotel->system_count; i++) {
        if (kc_system_has(hotel->systems[i], capability))
            return true;
    }
    return false;
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
static void split_place(const struct property *hotel, const char *text, struct place *place)
{
    const char *at = strrchr(text, '@');
    const kc_system *system = at != NULL && at != text && at[1] != '\0' ? property_system(hotel, at + 1) : NULL;
    const size_t length = system != NULL ? (size_t)(at - text) : strlen(text);
    place->system = system != NULL ? kc_system_get_name(system) : "";
    if (length < sizeof place->encoder)
        (void)snprintf(place->encoder, sizeof place->encoder, "%.*s", (int)length, text);
    else
        place->encoder[0] = '\0';
}

bool hotel_place(const struct property *hotel, const struct settings *settings, const char *coder, struct place *place)
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
