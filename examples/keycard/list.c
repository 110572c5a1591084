/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands that ask the ledger and the library: keys, operations, drivers, encoders. */
#include "session.h"

#include <string.h>

enum { LIMIT = 100000 };

typedef int32_t lister(kc_site *site, int32_t filter, const char *value, int32_t limit, kc_op **op);

/* Which ones: one of KC_FILTER_... and its value. False with a complaint if several are named. */
static bool choose_filter(const struct settings *settings, int32_t *filter, const char **value,
                          struct complaint *complaint)
{
    static const struct {
        enum setting option;
        int32_t filter;
    } filters[] = {{OPTION_BOOKING, KC_FILTER_BOOKING},
                   {OPTION_ROOM, KC_FILTER_ROOM},
                   {OPTION_UNRESOLVED, KC_FILTER_UNRESOLVED},
                   {OPTION_NOT_CONFIRMED, KC_FILTER_NOT_CONFIRMED}};
    size_t chosen = 0;
    *filter = KC_FILTER_ALL;
    *value = NULL;
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        if (!options_given(settings, filters[i].option))
            continue;
        chosen += settings->values[filters[i].option].count > 1 && option_facts[filters[i].option].repeatable ? 2 : 1;
        *filter = filters[i].filter;
        *value = option_facts[filters[i].option].value_name != NULL ? options_value(settings, filters[i].option) : NULL;
    }
    if (chosen > 1)
        return complain(complaint, "", "give one of --booking, --room, --unresolved and --not-confirmed");
    return true;
}

/* A list that was cut off must not pass for the whole. The JSON has it in the event "done". */
static void tell_of_more(struct output *output, int32_t limit)
{
    if (output->json)
        return;
    if (limit < LIMIT)
        output_say(output, stderr, "There are older ones that are not shown; --limit NUMBER lists up to %d.", LIMIT);
    else
        output_say(output, stderr, "There are older ones that are not shown; ask by --booking or --room.");
}

static int list(struct session *session, lister *begin, void (*show)(struct output *output, const kc_op *op))
{
    struct complaint complaint;
    int32_t filter = KC_FILTER_ALL, limit = 0;
    const char *value = NULL;
    kc_op *op = NULL;
    if (!choose_filter(session->settings, &filter, &value, &complaint) ||
        !options_number(session->settings, OPTION_LIMIT, 1, LIMIT, &limit, &complaint))
        return session_complain(session, &complaint);
    const int32_t status = begin(session->site, filter, value, limit, &op);
    if (status != KC_OK)
        return session_fail_start(session, status);
    session_follow(session, op);
    session->output.guest_data = options_given(session->settings, OPTION_GUEST_DATA);
    if (kc_op_get_status(op) == KC_OK || kc_op_get_key_count(op) > 0 || kc_op_get_op_count(op) > 0)
        show(&session->output, op); /* also what can be read of a damaged ledger */
    if (kc_op_has_more(op))
        tell_of_more(&session->output, limit);
    const int exit_status = session_finish(session, op);
    kc_op_unref(op);
    return exit_status;
}

int command_keys(struct session *session)
{
    return list(session, kc_list_keys, output_keys);
}

int command_operations(struct session *session)
{
    return list(session, kc_list_ops, output_operations);
}

int command_encoders(struct session *session)
{
    kc_op *op = NULL;
    const int32_t status = kc_site_discover(session->site, &op);
    if (status != KC_OK)
        return session_fail_start(session, status);
    session_follow(session, op);
    if (kc_op_get_status(op) == KC_OK || kc_op_get_encoder_count(op) > 0)
        output_encoders(&session->output, op);
    const int exit_status = session_finish(session, op);
    kc_op_unref(op);
    return exit_status;
}

bool complain_driver(struct complaint *complaint, const char *field, const char *name)
{
    enum { MOST = 64 };
    const char *names[MOST + 1] = {NULL};
    for (int32_t i = 0; i < kc_driver_count() && i < MOST; i++)
        names[i] = kc_driver_get_name(kc_driver_get(i));
    const char *nearest = nearest_name(name, names);
    return complain(complaint, field, "there is no driver \"%s\"%s%s%s", name,
                    nearest != NULL ? "; did you mean \"" : "",
                    nearest != NULL ? nearest : "; keycard drivers lists them", nearest != NULL ? "\"?" : "");
}

int command_drivers(struct session *session)
{
    const struct result done = {.status = KC_OK, .outcome = KC_OUTCOME_NOT_WRITTEN};
    const char *name = session->settings->argument;
    struct complaint complaint;
    if (name != NULL && kc_driver_find(name) == NULL) {
        complain_driver(&complaint, "", name);
        return session_complain(session, &complaint);
    }
    if (name != NULL)
        output_driver(&session->output, kc_driver_find(name), true);
    for (int32_t i = 0; name == NULL && i < kc_driver_count(); i++)
        output_driver(&session->output, kc_driver_get(i), false);
    if (session->output.json)
        output_done(&session->output, &done);
    return EXIT_DONE;
}
