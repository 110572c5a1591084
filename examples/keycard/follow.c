/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running one operation to its end: the loop, the questions, and Ctrl-C. */
#include "session.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct following {
    struct session *session;
    kc_op *op;   /* what is being waited for */
    bool asking; /* a question stands on the terminal */
    bool ended;
    int interruptions;
};

static void answer(struct following *following, int32_t what)
{
    following->asking = false;
    (void)kc_op_answer(following->op, what);
}

/* A question is put to a person only where there is one. */
static void take_question(struct following *following)
{
    struct output *output = &following->session->output;
    if (options_given(following->session->settings, OPTION_YES)) {
        answer(following, KC_ANSWER_YES);
    } else if (output->terminal && isatty(STDIN_FILENO) == 1) {
        following->asking = true;
        fputs("[y/N] ", stderr);
        fflush(stderr);
    } else {
        if (!output->json)
            output_say(output, stderr, "Nobody can be asked here, so the answer is no; --yes answers yes.");
        answer(following, KC_ANSWER_NO);
    }
}

static void take_answer(struct following *following)
{
    char line[64];
    const ssize_t got = read(STDIN_FILENO, line, sizeof line);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    const bool yes = got > 0 && (line[0] == 'y' || line[0] == 'Y');
    answer(following, yes ? KC_ANSWER_YES : KC_ANSWER_NO);
}

/* What the card's operation started (the mobile key) is waited for too. */
static void take_end(struct following *following, kc_op *op)
{
    kc_op *next = kc_op_get_follow_up(op);
    if (op != following->op)
        return;
    following->asking = false;
    if (next == NULL) {
        following->ended = true;
        return;
    }
    output_follow_up(&following->session->output, op, next);
    following->op = next;
    following->interruptions = 0;
    following->ended = kc_op_get_state(next) == KC_STATE_DONE;
}

static void take_events(struct following *following)
{
    struct session *session = following->session;
    const bool lists_encoders = kc_op_get_verb(following->op) == KC_VERB_DISCOVER;
    for (kc_event *event; (event = kc_context_next_event(session->context)) != NULL; kc_event_unref(event)) {
        const int32_t type = kc_event_get_type(event);
        kc_op *op = kc_event_get_op(event);
        const bool result = lists_encoders && (type == KC_EVENT_ENCODER || type == KC_EVENT_DEVICE);
        if (!result) /* which follows */
            output_event(&session->output, event);
        if (type == KC_EVENT_PROMPT && kc_event_get_prompt(event) == KC_PROMPT_CONFIRM && op == following->op)
            take_question(following);
        if (type == KC_EVENT_DONE && op != NULL)
            take_end(following, op);
    }
}

/* The second Ctrl-C. The intent stands in the ledger without an outcome: it is listed as unresolved from now on. */
static void leave(struct following *following)
{
    struct output *output = &following->session->output;
    kc_op *op = following->op;
    const int32_t state = kc_op_get_state(op);
    const bool sent = state == KC_STATE_WAITING || state == KC_STATE_ENCODING;
    const int32_t verb = kc_op_get_verb(op);
    const bool changes = verb != KC_VERB_READ_CARD && verb != KC_VERB_DISCOVER &&
                         (verb < KC_VERB_LIST_KEYS || verb == KC_VERB_WRITE_IMAGE);
    if (!sent || !changes) {
        output_say(output, stderr, "keycard: left before the end; nothing was changed");
        _exit(EXIT_FAILED);
    }
    const struct result result = {.status = KC_ERROR_CANCELLED, .outcome = KC_OUTCOME_UNKNOWN, .op = op};
    if (!output->json)
        output_say(output, stderr, "keycard: left before the answer; the ledger has this as unresolved");
    output_done(output, &result);
    _exit(EXIT_UNKNOWN);
}

static void take_signal(struct following *following)
{
    struct signalfd_siginfo signal;
    while (read(following->session->signals, &signal, sizeof signal) == (ssize_t)sizeof signal) {
        if (++following->interruptions > 1)
            leave(following);
        following->asking = false;
        output_cancelling(&following->session->output, following->op);
        (void)kc_op_cancel(following->op);
    }
}

void session_follow(struct session *session, kc_op *op)
{
    struct following following = {.session = session, .op = op};
    for (;;) {
        take_events(&following);
        if (following.ended)
            return;
        struct pollfd wait[] = {
            {.fd = kc_context_get_fd(session->context), .events = POLLIN},
            {.fd = session->signals, .events = POLLIN},
            {.fd = following.asking ? STDIN_FILENO : -1, .events = POLLIN},
        };
        const bool ticks = session->output.terminal && !following.asking && session->output.line[0] != '\0';
        if (poll(wait, sizeof wait / sizeof *wait, ticks ? 1000 : -1) < 0 && errno != EINTR) {
            output_say(&session->output, stderr, "keycard: waiting failed: %s", strerror(errno));
            return;
        }
        if (wait[1].revents != 0)
            take_signal(&following);
        if (wait[2].revents != 0 && following.asking)
            take_answer(&following);
        if (kc_context_dispatch(session->context) != KC_OK) {
            output_say(&session->output, stderr, "keycard: the library cannot go on: %s",
                       kc_error_get_message(kc_context_get_error(session->context)));
            return;
        }
        output_progress(&session->output, following.op);
        if (ticks)
            output_tick(&session->output);
    }
}

int32_t session_wait(struct session *session, bool *over)
{
    struct pollfd wait[] = {{.fd = kc_context_get_fd(session->context), .events = POLLIN},
                            {.fd = session->signals, .events = POLLIN},
                            {.fd = STDOUT_FILENO}}; /* tells by itself that its reader has gone */
    if (ferror(stdout)) {
        *over = true; /* a disk that is full does not */
        return KC_OK;
    }
    if (poll(wait, sizeof wait / sizeof *wait, -1) < 0)
        return errno == EINTR ? KC_OK : KC_ERROR_SYSTEM;
    *over = wait[1].revents != 0 || wait[2].revents != 0;
    return kc_context_dispatch(session->context);
}

bool session_is_read(void)
{
    struct pollfd look = {.fd = STDOUT_FILENO};
    return poll(&look, 1, 0) == 0;
}

int session_finish(struct session *session, kc_op *op)
{
    const struct result result = {
        .status = kc_op_get_status(op), .outcome = kc_op_get_outcome(op), .op = op, .error = kc_op_get_error(op)};
    kc_op *next = kc_op_get_follow_up(op);
    output_done(&session->output, &result);
    const bool unknown = result.outcome == KC_OUTCOME_UNKNOWN || result.outcome == KC_OUTCOME_PENDING;
    if (unknown || (next != NULL && kc_op_get_outcome(next) == KC_OUTCOME_UNKNOWN))
        return EXIT_UNKNOWN;
    return result.status == KC_OK || result.outcome == KC_OUTCOME_WRITTEN ? EXIT_DONE : EXIT_FAILED;
}
