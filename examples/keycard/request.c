/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request, as the settings say. */
#include "session.h"

#include <string.h>
#include <unistd.h>

typedef int32_t setter(kc_request *request, const char *value);

static const struct {
    enum setting option;
    setter *set;
} setters[] = {
    {OPTION_BOOKING, kc_request_set_booking},
    {OPTION_ROOM, kc_request_add_room},
    {OPTION_GUEST, kc_request_set_guest},
    {OPTION_AREA, kc_request_add_area},
    {OPTION_DENY_AREA, kc_request_remove_area},
    {OPTION_PHONE, kc_request_set_phone},
    {OPTION_EMAIL, kc_request_set_email},
    {OPTION_MESSAGE, kc_request_set_message},
    {OPTION_ENCODER, kc_request_set_encoder},
    {OPTION_STATION, kc_request_set_station},
    {OPTION_OPERATOR, kc_request_set_operator},
    {OPTION_IDEMPOTENCY_KEY, kc_request_set_idempotency_key},
    {OPTION_CARD_SERIAL, kc_request_set_card_serial},
};

static int32_t set_texts(const struct settings *settings, kc_request *request)
{
    int32_t status = KC_OK;
    for (size_t i = 0; i < sizeof setters / sizeof *setters; i++) {
        const struct values *values = &settings->values[setters[i].option];
        for (size_t k = 0; k < values->count && status == KC_OK; k++)
            status = setters[i].set(request, values->items[k]);
    }
    const struct values *lines = &settings->values[OPTION_TEXT];
    for (size_t i = 0; i < lines->count && status == KC_OK; i++)
        status = kc_request_set_text(request, (int32_t)i + 1, lines->items[i]);
    return status;
}

/* The name of this computer, so that it remembers its last used encoder. */
static int32_t set_default_station(const struct settings *settings, kc_request *request)
{
    char name[101] = "";
    if (options_given(settings, OPTION_STATION) || gethostname(name, sizeof name - 1) != 0)
        return KC_OK;
    return kc_request_set_station(request, name);
}

/* "--system NAME" chooses, where "--system NAME=URI" describes. */
static int32_t choose_system(const struct settings *settings, kc_request *request)
{
    const struct values *systems = &settings->values[OPTION_SYSTEM];
    int32_t status = KC_OK;
    for (size_t i = 0; i < systems->count && status == KC_OK; i++) {
        if (strchr(systems->items[i], '=') == NULL)
            status = kc_request_set_system(request, systems->items[i]);
    }
    return status;
}

int session_request(struct session *session, kc_request **request)
{
    const struct settings *settings = session->settings;
    const char *from = options_value(settings, OPTION_FROM), *until = options_value(settings, OPTION_UNTIL);
    struct complaint complaint;
    int32_t copies = 1;
    kc_request *made = NULL;
    if (!options_number(settings, OPTION_COPIES, 1, 99, &copies, &complaint))
        return session_complain(session, &complaint);
    int32_t status = kc_request_new(session->site, &made);
    if (status == KC_OK)
        status = set_texts(settings, made);
    if (status == KC_OK)
        status = set_default_station(settings, made);
    if (status == KC_OK)
        status = choose_system(settings, made);
    if (status == KC_OK && (from != NULL || until != NULL))
        status = kc_request_set_validity(made, from, until);
    if (status == KC_OK && options_given(settings, OPTION_COPIES))
        status = kc_request_set_copies(made, copies);
    if (status == KC_OK) {
        *request = made;
        return EXIT_DONE;
    }
    const int failed = session_fail(session, status, kc_request_get_error(made), NULL);
    kc_request_unref(made);
    return failed;
}
