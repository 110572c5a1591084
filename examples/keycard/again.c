/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands about an operation of before: retry and resolve. */
#include "session.h"

#include <string.h>

/* Gets an operation from the ledger. NULL after having said what is wrong. */
static kc_op *find(struct session *session, const char *id, int *exit_status)
{
    kc_op *op = NULL;
    const int32_t status = kc_find_op(session->site, id, &op);
    if (status != KC_OK) {
        *exit_status = session_fail_start(session, status);
        return NULL;
    }
    session_follow(session, op);
    const int32_t found = kc_op_get_status(op);
    if (kc_op_get_verb(op) != KC_VERB_FIND_OP)
        return op;
    *exit_status = found == KC_OK ? EXIT_FAILED : session_finish(session, op);
    return kc_op_unref(op);
}

/* The newest operation of a booking, if it failed. Older failures are not looked at: what came after them counts. */
static kc_op *find_failed(struct session *session, const char *booking, int *exit_status)
{
    struct complaint complaint;
    kc_op *list = NULL, *op = NULL;
    const int32_t status = kc_list_ops(session->site, KC_FILTER_BOOKING, booking, 100, &list);
    if (status != KC_OK) {
        *exit_status = session_fail_start(session, status);
        return NULL;
    }
    session_follow(session, list);
    if (kc_op_get_status(list) != KC_OK) {
        *exit_status = session_finish(session, list);
        return kc_op_unref(list);
    }
    for (int32_t i = 0; i < kc_op_get_op_count(list) && op == NULL; i++) {
        if (kc_op_get_verb(kc_op_get_op(list, i)) < KC_VERB_DISCOVER)
            op = kc_op_get_op(list, i);
    }
    if (op == NULL || kc_op_get_outcome(op) == KC_OUTCOME_WRITTEN) {
        complain(&complaint, "booking",
                 op == NULL ? "the ledger has no operation of this booking"
                            : "the last operation of this booking did not fail");
        session_complain(session, &complaint);
        *exit_status = EXIT_FAILED;
        return kc_op_unref(list);
    }
    char id[64] = "";
    (void)snprintf(id, sizeof id, "%s", kc_op_get_id(op));
    kc_op_unref(list);
    return find(session, id, exit_status);
}

int command_retry(struct session *session)
{
    struct complaint complaint;
    const char *id = options_value(session->settings, OPTION_OPERATION);
    const char *booking = options_value(session->settings, OPTION_BOOKING);
    int exit_status = EXIT_FAILED;
    if ((id == NULL) == (booking == NULL)) {
        complain(&complaint, "operation", "retry needs either --operation ID or --booking BOOKING");
        return session_complain(session, &complaint);
    }
    kc_op *retry = NULL;
    kc_op *op = id != NULL ? find(session, id, &exit_status) : find_failed(session, booking, &exit_status);
    if (op == NULL)
        return exit_status;
    const int32_t status = kc_op_retry(op, &retry);
    if (status != KC_OK) {
        exit_status = session_fail_start(session, status);
    } else {
        session_follow(session, retry);
        exit_status = session_finish(session, retry);
    }
    kc_op_unref(retry);
    kc_op_unref(op);
    return exit_status;
}

/* The outcome shown is that of the operation in question; status and error are those of the resolution. */
static int finish_resolution(struct session *session, kc_op *op, kc_op *resolution)
{
    const struct result result = {.status = kc_op_get_status(resolution),
                                  .outcome = kc_op_get_outcome(op),
                                  .op = op,
                                  .resolution = resolution,
                                  .error = kc_op_get_error(resolution)};
    output_done(&session->output, &result);
    if (result.outcome == KC_OUTCOME_UNKNOWN || result.outcome == KC_OUTCOME_PENDING)
        return EXIT_UNKNOWN;
    return result.status == KC_OK ? EXIT_DONE : EXIT_FAILED;
}

/* One of KC_RESOLVE_..., 0 with a complaint. */
static int32_t how_to_resolve(const struct settings *settings, struct complaint *complaint)
{
    static const char *const names[] = {"read", "opens", "does-not-open", NULL};
    static const int32_t codes[] = {KC_RESOLVE_READ_CARD, KC_RESOLVE_OPENS, KC_RESOLVE_DOES_NOT_OPEN};
    const char *how = options_value(settings, OPTION_HOW);
    for (size_t i = 0; how != NULL && names[i] != NULL; i++) {
        if (strcmp(how, names[i]) == 0)
            return codes[i];
    }
    const char *nearest = how != NULL ? nearest_name(how, names) : NULL;
    if (nearest != NULL)
        complain(complaint, "how", "--how \"%s\" is not known; did you mean \"%s\"?", how, nearest);
    else if (how != NULL)
        complain(complaint, "how", "--how is one of read, opens and does-not-open, not \"%s\"", how);
    else
        complain(complaint, "how", "--how is one of read, opens and does-not-open");
    return 0;
}

int command_resolve(struct session *session)
{
    struct complaint complaint;
    const char *id = options_value(session->settings, OPTION_OPERATION);
    int exit_status = EXIT_FAILED;
    if (id == NULL) {
        complain(&complaint, "operation", "resolve needs --operation ID; keycard operations --unresolved shows them");
        return session_complain(session, &complaint);
    }
    const int32_t how = how_to_resolve(session->settings, &complaint);
    if (how == 0)
        return session_complain(session, &complaint);
    kc_op *op = find(session, id, &exit_status), *resolution = NULL;
    if (op == NULL)
        return exit_status;
    const int32_t status = kc_op_resolve(op, how, options_value(session->settings, OPTION_OPERATOR), &resolution);
    if (status != KC_OK) {
        exit_status = session_fail_start(session, status);
    } else {
        session_follow(session, resolution);
        exit_status = finish_resolution(session, op, resolution);
    }
    kc_op_unref(resolution);
    kc_op_unref(op);
    return exit_status;
}
