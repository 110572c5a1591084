/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libFuzzer: any text as a URI, a time, the name of a zone, an option, and in each setter of a request. What is taken
 * must make sense and survive being written and read again; what is refused must come with a reason. */
#include <keycard/keycard.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "util/moment.h"
#include "util/text.h"
#include "util/uri.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void check_error(const struct kc_error *error, int32_t status)
{
    REQUIRE(status != KC_OK && error && error->code == status && *error->message);
    REQUIRE(text_check(error->message, sizeof(error->message), false, NULL) == TEXT_GOOD);
    REQUIRE(text_check(error->field, 100, false, NULL) == TEXT_GOOD);
}

static void try_uri(const char *text)
{
    struct arena arena = {0};
    struct uri uri;
    struct kc_error error = {0};
    int32_t status = uri_parse(&arena, text, &uri, &error);
    if (status != KC_OK) {
        check_error(&error, status);
        arena_free(&arena);
        return;
    }
    const char *const parts[] = {uri.scheme, uri.user, uri.password, uri.host, uri.path};
    REQUIRE(*uri.scheme && uri.port >= -1 && uri.port <= 65535);
    for (size_t i = 0; i < COUNT(parts); i++)
        REQUIRE(strlen(parts[i]) <= strlen(text));
    for (const char *letter = uri.scheme; *letter; letter++)
        REQUIRE(*letter < 'A' || *letter > 'Z');
    for (size_t i = 0; i < uri.option_count; i++)
        for (size_t k = 0; k < i; k++)
            REQUIRE(strcmp(uri.options[i].name, uri.options[k].name) != 0);
    arena_free(&arena);
}

static void check_moment(struct zone *zone, const struct moment *moment, enum moment_edge edge)
{
    static const int32_t steps[] = {5, 15, 60};
    char text[MOMENT_TEXT_SIZE];
    struct moment again;
    struct kc_error error = {0};
    REQUIRE(moment->wall.year >= 2000 && moment->wall.year <= 2099);
    REQUIRE(moment->wall.month >= 1 && moment->wall.month <= 12 && moment->wall.day >= 1 && moment->wall.day <= 31);
    moment_format(zone, moment->utc, text);
    REQUIRE(moment_parse(zone, text, edge, NULL, "again", &again, NULL, &error) == KC_OK);
    REQUIRE(again.utc == moment->utc && memcmp(&again.wall, &moment->wall, sizeof(again.wall)) == 0);
    REQUIRE(moment_from_utc(zone, moment->utc, &again) == KC_OK && again.wall.minute == moment->wall.minute);
    for (size_t i = 0; i < COUNT(steps); i++) {
        again = *moment;
        moment_round(zone, &again, steps[i], edge == MOMENT_UNTIL, edge);
        REQUIRE(again.wall.hour >= 0 && again.wall.hour <= 23 && again.wall.minute >= 0 && again.wall.minute <= 59);
    }
}

static void try_time(struct zone *zone, const char *text, enum moment_edge edge)
{
    static const struct clock_time usual = {15, 0};
    struct clock_time clock;
    struct moment moment;
    enum moment_note note;
    struct kc_error error = {0};
    int32_t status = moment_parse(zone, text, edge, &usual, "until", &moment, &note, &error);
    if (status == KC_OK)
        check_moment(zone, &moment, edge);
    else
        check_error(&error, status);
    if (clock_time_parse(text, &clock) == KC_OK)
        REQUIRE(clock.hour >= 0 && clock.hour <= 23 && clock.minute >= 0 && clock.minute <= 59);
}

static void try_zone(const char *text)
{
    struct kc_error error = {0};
    struct zone *zone = NULL;
    int32_t status = zone_open(text, &zone, &error);
    if (status != KC_OK) {
        check_error(&error, status);
        return;
    }
    try_time(zone, "2026-10-25T02:30", MOMENT_UNTIL);
    zone_close(zone);
}

static void try_request(kc_site *site, const char *text, const char *other)
{
    typedef int32_t (*setter)(kc_request *, const char *);
    static const setter setters[] = {kc_request_set_booking,        kc_request_add_room,    kc_request_set_guest,
                                     kc_request_set_station,        kc_request_set_encoder, kc_request_set_system,
                                     kc_request_set_operator,       kc_request_add_area,    kc_request_remove_area,
                                     kc_request_set_phone,          kc_request_set_email,   kc_request_set_message,
                                     kc_request_set_idempotency_key};
    kc_request *request;
    REQUIRE(kc_request_new(site, &request) == KC_OK);
    for (size_t round = 0; round < 20; round++)
        for (size_t i = 0; i < COUNT(setters); i++) {
            int32_t status = setters[i](request, round % 2 ? other : text);
            if (status != KC_OK)
                check_error(kc_request_get_error(request), status);
        }
    for (int32_t line = 0; line < 10; line++)
        kc_request_set_text(request, line, text);
    if (kc_request_set_validity(request, text, other) != KC_OK)
        check_error(kc_request_get_error(request), kc_error_get_code(kc_request_get_error(request)));
    kc_request_clear_rooms(request);
    kc_request_clear_areas(request);
    kc_request_unref(request);
}

/* Nothing is connected by this. */
static void try_system(kc_site *site, const char *text, const char *other)
{
    kc_system *system = NULL;
    int32_t status = kc_system_new(site, other, text, &system);
    if (status != KC_OK) {
        check_error(kc_site_get_error(site), status);
        return;
    }
    kc_system_set_option(system, text, other);
    kc_system_set_option(system, other, text);
    kc_system_map_room(system, text, other);
    kc_system_add_encoder(system, other);
    REQUIRE(kc_system_get_option(system, other));
    kc_system_remove(system);
    kc_system_unref(system);
}

static void try_site(const char *text, const char *other)
{
    kc_context *context;
    kc_site *site;
    REQUIRE(kc_context_new(&context) == KC_OK);
    if (kc_site_new(context, other, &site) != KC_OK)
        REQUIRE(kc_site_new(context, "Fuzz", &site) == KC_OK);
    kc_site_set_policy(site, text, other);
    kc_site_set_default_times(site, text, other);
    try_request(site, text, other);
    try_system(site, text, other);
    kc_site_unref(site);
    kc_context_unref(context);
}

/* The first byte says what the rest is for; a NUL in it divides two texts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct zone *zones[3];
    static const char *const names[COUNT(zones)] = {"UTC", "Europe/Sofia", "Australia/Lord_Howe"};
    for (size_t i = 0; i < COUNT(zones); i++)
        REQUIRE(zones[i] || zone_open(names[i], &zones[i], NULL) == KC_OK);
    char *text = calloc(1, size + 2);
    if (!text || size < 1) {
        free(text);
        return 0;
    }
    memcpy(text, data + 1, size - 1);
    const char *other = text + strlen(text) + (strlen(text) < size ? 1 : 0);
    switch (data[0] % 4) {
    case 0:
        try_uri(text);
        break;
    case 1:
        try_time(zones[data[0] / 4 % COUNT(zones)], text, data[0] & 64 ? MOMENT_FROM : MOMENT_UNTIL);
        break;
    case 2:
        try_zone(text);
        break;
    default:
        try_site(text, other);
        break;
    }
    free(text);
    return 0;
}
