/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options of links and drivers. */
#include "options.h"
#include "context.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct driver_option link_options[LINK_OPTION_COUNT] = {
    [LINK_CONNECT_TIMEOUT] = {"connect-timeout", "10000", "1..600000", "Milliseconds until a connection must stand."},
    [LINK_KEEP_ALIVE] = {"keep-alive", "30000", "0..86400000",
                         "Milliseconds of silence after which an idle link is checked; 0 = never."},
    [LINK_CONNECTION] = {"connection", "kept", "kept,per-request", "Whether the connection is kept after a request."},
    [LINK_BACK_OFF] = {"back-off", "1000", "0..60000",
                       "Milliseconds before the first reconnection by itself; 0 = only on demand."},
};

static const struct driver_option *option_at(const struct kc_system *system, size_t index)
{
    return index < LINK_OPTION_COUNT ? &link_options[index] : &system->link.driver->options[index - LINK_OPTION_COUNT];
}

static size_t option_count(const struct kc_system *system)
{
    return LINK_OPTION_COUNT + system->link.driver->option_count;
}

int32_t option_find(const struct kc_system *system, const char *name)
{
    for (size_t i = 0; i < option_count(system); i++)
        if (strcmp(option_at(system, i)->name, name) == 0)
            return (int32_t)i;
    return -1;
}

void options_free(struct kc_system *system)
{
    while (system->options) {
        struct option_value *value = system->options;
        system->options = value->next;
        free(value);
    }
}

static const char *value_at(const struct kc_system *system, size_t index)
{
    const struct option_value *value = system->options;
    while (value && value->index != index)
        value = value->next;
    return value ? value->text : option_at(system, index)->default_value;
}

static bool whole_number(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || end == text || *end || strchr(" \t\n+", *text))
        return false;
    *out = value;
    return true;
}

/* The word is one of a comma-separated list. */
static bool in_list(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; length && *at;) {
        size_t item = strcspn(at, ",");
        if (item == length && memcmp(at, word, length) == 0)
            return true;
        at += item + (at[item] == ',');
    }
    return false;
}

static int32_t check_value(const struct driver_option *option, const char *value, struct kc_error *error)
{
    struct error_quoted quoted;
    const char *dots = strstr(option->values, "..");
    bool is_text = strcmp(option->values, "text") == 0, is_secret = strcmp(option->values, "secret") == 0;
    bool good;
    if (is_text || is_secret) {
        good = text_check(value, 10000, false, NULL) == TEXT_GOOD;
    } else if (dots) {
        int64_t number = 0;
        good = whole_number(value, &number) && number >= strtoll(option->values, NULL, 10) &&
               number <= strtoll(dots + 2, NULL, 10);
    } else {
        good = in_list(option->values, value);
    }
    if (good)
        return KC_OK;
    return error_set(error, KC_ERROR_INVALID_ARGUMENT, option->name, "The option %s cannot be \"%s\". It takes %s.",
                     option->name, is_secret ? "..." : error_quote(&quoted, value), option->values);
}

static bool stands_in(const char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static bool transport_takes(const struct kc_system *system, const char *name)
{
    return system->transport_table && stands_in(system->transport_table->options, name);
}

/* An option of the transport that is never shown. */
static bool transport_hides(const struct kc_system *system, const char *name)
{
    return system->transport_table && stands_in(system->transport_table->secrets, name);
}

/* Options of the transport stand in the URI. */
static int32_t set_transport_option(struct kc_system *system, const char *name, const char *value,
                                    struct kc_error *error)
{
    size_t count = system->uri.option_count, at = 0;
    while (at < count && strcmp(system->uri.options[at].name, name) != 0)
        at++;
    size_t size = at == count ? count + 1 : count;
    struct uri_option *options = arena_alloc(&system->arena, size * sizeof(*options));
    const char *own_name = arena_text(&system->arena, name), *own_value = arena_text(&system->arena, value);
    if (!options || !own_name || !own_value)
        return error_no_memory(error);
    if (count)
        memcpy(options, system->uri.options, count * sizeof(*options));
    options[at] = (struct uri_option){own_name, own_value};
    struct uri changed = system->uri;
    changed.options = options;
    changed.option_count = size;
    int32_t status = system->transport_table->check(&changed, error);
    if (status == KC_OK)
        system->uri = changed;
    return status;
}

int32_t option_set(struct kc_system *system, const char *name, const char *value, struct kc_error *error)
{
    struct error_quoted quoted;
    if (transport_takes(system, name))
        return set_transport_option(system, name, value, error);
    int32_t index = option_find(system, name);
    if (index < 0)
        return error_set(error, KC_ERROR_NOT_FOUND, "option", "The driver %s has no option \"%s\".",
                         system->link.driver->name, error_quote(&quoted, name));
    int32_t status = check_value(option_at(system, (size_t)index), value, error);
    if (status != KC_OK)
        return status;
    const size_t size = strlen(value) + 1;
    struct option_value *fresh = malloc(sizeof(*fresh) + size), **place = &system->options;
    if (!fresh)
        return error_no_memory(error);
    while (*place && (*place)->index != (uint32_t)index)
        place = &(*place)->next;
    struct option_value *old = *place;
    fresh->next = old ? old->next : NULL;
    fresh->index = (uint32_t)index;
    memcpy(fresh->text, value, size);
    *place = fresh;
    status = options_apply(system, error);
    if (status == KC_OK) {
        free(old);
        return KC_OK;
    }
    *place = old;
    free(fresh);
    struct kc_error ignored = {0};
    options_apply(system, &ignored);
    return status;
}

static int64_t number_at(const struct kc_system *system, size_t index)
{
    return strtoll(value_at(system, index), NULL, 10);
}

int32_t options_apply(struct kc_system *system, struct kc_error *error)
{
    const struct driver *driver = system->link.driver;
    system->settings = (struct link_settings){
        .connect_timeout = number_at(system, LINK_CONNECT_TIMEOUT),
        .keep_alive = number_at(system, LINK_KEEP_ALIVE),
        .back_off = number_at(system, LINK_BACK_OFF),
        .per_request = strcmp(value_at(system, LINK_CONNECTION), "per-request") == 0,
    };
    struct driver_profile profile = driver->profile;
    int32_t status = driver->configure ? driver->configure(&system->link, &profile, error) : KC_OK;
    if (status == KC_OK)
        system->profile = profile;
    system->context->setup++;
    return status;
}

const char *option_get(const struct kc_system *system, const char *name)
{
    if (transport_hides(system, name))
        return "";
    for (size_t i = 0; i < system->uri.option_count; i++)
        if (transport_takes(system, name) && strcmp(system->uri.options[i].name, name) == 0)
            return system->uri.options[i].value;
    int32_t index = option_find(system, name);
    if (index < 0 || strcmp(option_at(system, (size_t)index)->values, "secret") == 0)
        return "";
    return value_at(system, (size_t)index);
}

const char *option_secret(const struct kc_system *system, size_t index)
{
    size_t own = option_count(system);
    if (index < own)
        return strcmp(option_at(system, index)->values, "secret") == 0 ? value_at(system, index) : "";
    if (index - own >= system->uri.option_count)
        return NULL;
    const struct uri_option *option = &system->uri.options[index - own];
    return transport_hides(system, option->name) ? option->value : "";
}

const char *driver_option_text(const struct driver_link *link, size_t option)
{
    return value_at(system_of(link), LINK_OPTION_COUNT + option);
}

int64_t driver_option_number(const struct driver_link *link, size_t option)
{
    return strtoll(driver_option_text(link, option), NULL, 10);
}

bool driver_option_is(const struct driver_link *link, size_t option, const char *value)
{
    return strcmp(driver_option_text(link, option), value) == 0;
}

const char *driver_link_transport(const struct driver_link *link)
{
    const struct kc_system *system = system_of(link);
    return system->transport_table ? system->transport_table->suffix : "";
}
