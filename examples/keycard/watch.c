/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keycard watch: what other stations write into the ledger, as it comes, until Ctrl-C. */
#include "json.h"
#include "session.h"

struct watching {
    struct session *session;
    kc_op *question; /* the ledger has answered it: the feed is on */
    int32_t left;    /* changes to show; 0 without limit */
    bool over;
};

static void show_change(struct output *output, const kc_event *event)
{
    const kc_op *op = kc_event_get_op(event);
    if (output->json) {
        json_show_change(event);
        return;
    }
    if (op == NULL) {
        output_say(output, stdout, "%s.", kc_event_get_text(event));
        return;
    }
    output_say(output, stdout, "%s  %s  %s  booking %s  room %s  %s  %s", kc_op_get_created(op),
               kc_verb_name(kc_op_get_verb(op)), kc_outcome_name(kc_op_get_outcome(op)), kc_op_get_booking(op),
               kc_op_get_room(op), kc_op_get_station(op), kc_op_get_id(op));
}

static void take_event(struct watching *watching, const kc_event *event)
{
    struct output *output = &watching->session->output;
    const int32_t type = kc_event_get_type(event);
    if (type == KC_EVENT_DONE && kc_event_get_op(event) == watching->question) {
        watching->over = kc_op_get_status(watching->question) != KC_OK;
        if (output->json)
            json_show_texts("watching", NULL, NULL, 0);
        else
            output_say(output, stderr, "Watching the ledger; Ctrl-C ends this.");
    } else if (type == KC_EVENT_LEDGER && !watching->over) {
        show_change(output, event);
        watching->over = watching->left == 1;
        watching->left -= watching->left > 0;
    }
}

static int32_t watch(struct watching *watching)
{
    kc_context *context = watching->session->context;
    while (!watching->over) {
        const int32_t status = session_wait(watching->session, &watching->over);
        if (status != KC_OK || watching->over)
            return status;
        for (kc_event *event; (event = kc_context_next_event(context)) != NULL; kc_event_unref(event))
            take_event(watching, event);
    }
    return KC_OK;
}

int command_watch(struct session *session)
{
    struct complaint complaint;
    struct watching watching = {.session = session};
    if (!options_number(session->settings, OPTION_LIMIT, 1, 100000, &watching.left, &complaint))
        return session_complain(session, &complaint);
    int32_t status = kc_context_watch_ledger(session->context, 0);
    if (status != KC_OK)
        return session_fail(session, status, kc_context_get_error(session->context), kc_status_text(status));
    status = kc_list_ops(session->site, KC_FILTER_ALL, NULL, 1, &watching.question);
    if (status != KC_OK)
        return session_fail_start(session, status);
    status = watch(&watching);
    int exit_status = EXIT_DONE;
    if (status != KC_OK)
        exit_status = session_fail(session, status, NULL, kc_status_text(status));
    else
        exit_status = session_finish(session, watching.question);
    kc_op_unref(watching.question);
    return exit_status;
}
