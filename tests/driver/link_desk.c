/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The front desk of the tests of drivers end to end; see link_desk.h. */
#include "link_desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Opening and closing --------------------------------------------------------------------------------------- */

struct desk *desk_new(void)
{
    struct desk *desk = calloc(1, sizeof(*desk));
    assert_non_null(desk);
    snprintf(desk->folder, sizeof(desk->folder), "/tmp/keycard-desk-XXXXXX");
    assert_non_null(mkdtemp(desk->folder));
    snprintf(desk->line, sizeof(desk->line), "%s/ttyKC0", desk->folder);
    snprintf(desk->card, sizeof(desk->card), "%s/card", desk->folder);
    return desk;
}

static void note_address(void *user, int32_t level, const char *domain, const char *message)
{
    struct desk *desk = user;
    const char *at = strstr(message, "listening at ");
    (void)level;
    (void)domain;
    if (at)
        snprintf(desk->where, sizeof(desk->where), "%s", at + strlen("listening at "));
}

void desk_open(struct desk *desk, const char *uri)
{
    assert_int_equal(kc_context_new(&desk->context), KC_OK);
    kc_context_set_log(desk->context, note_address, desk, KC_LOG_INFO);
    assert_int_equal(kc_site_new(desk->context, "Hotel", &desk->site), KC_OK);
    if (kc_system_new(desk->site, "locks", uri, &desk->system) != KC_OK)
        fail_msg("%s", kc_error_get_message(kc_site_get_error(desk->site)));
}

struct simulator *desk_simulate(const struct simulator_options *options)
{
    char message[SIMULATOR_MESSAGE_SIZE];
    struct simulator *simulator = simulator_start(options, message);
    if (!simulator)
        fail_msg("%s", message);
    return simulator;
}

/* libserialport takes names below /dev only; a way up and out of it passes its check. */
static void name_line(struct desk *desk, char *address, size_t size)
{
    assert_int_equal(symlink(simulator_address(desk->simulator), desk->line), 0);
    pty_line.set = false;
    snprintf(address, size, "/dev/../../..%s", desk->line);
}

void desk_open_simulated(struct desk *desk, const struct simulator_options *options, const char *uri)
{
    const char *place = strstr(uri, "ADDRESS");
    char address[128], whole[400];
    assert_non_null(place);
    desk->simulator = desk_simulate(options);
    if (options->pseudo_terminal)
        name_line(desk, address, sizeof(address));
    else
        snprintf(address, sizeof(address), "%s", simulator_address(desk->simulator));
    snprintf(whole, sizeof(whole), "%.*s%s%s", (int)(place - uri), uri, address, place + strlen("ADDRESS"));
    desk_open(desk, whole);
}

void desk_close(struct desk *desk)
{
    kc_request_unref(desk->request);
    kc_system_unref(desk->system);
    kc_site_unref(desk->site);
    kc_context_unref(desk->context);
    simulator_stop(desk->simulator);
    unlink(desk->line);
    unlink(desk->card);
    rmdir(desk->folder);
    free(desk);
}

int desk_teardown(void **state)
{
    desk_close(*state);
    return 0;
}

/* ---- Requests and operations ----------------------------------------------------------------------------------- */

void desk_set(struct desk *desk, const char *option, const char *value)
{
    if (kc_system_set_option(desk->system, option, value) != KC_OK)
        fail_msg("%s", kc_error_get_message(kc_system_get_error(desk->system)));
}

void desk_request(struct desk *desk, const char *booking, const char *room, const char *encoder, const char *until)
{
    kc_request_unref(desk->request);
    assert_int_equal(kc_request_new(desk->site, &desk->request), KC_OK);
    assert_int_equal(kc_request_set_booking(desk->request, booking), KC_OK);
    assert_int_equal(kc_request_add_room(desk->request, room), KC_OK);
    assert_int_equal(kc_request_set_station(desk->request, "desk-1"), KC_OK);
    assert_int_equal(kc_request_set_encoder(desk->request, encoder), KC_OK);
    assert_int_equal(kc_request_set_validity(desk->request, NULL, until), KC_OK);
}

kc_op *desk_run(struct desk *desk, int32_t (*verb)(kc_request *, kc_op **))
{
    kc_op *op = NULL;
    assert_int_equal(verb(desk->request, &op), KC_OK);
    assert_int_equal(kc_op_wait(op, DESK_WAIT_MS), KC_OK);
    return op;
}

void desk_expect_at(kc_op *op, int32_t status, int32_t outcome, const char *file, int line)
{
    if (kc_op_get_status(op) != status)
        print_error("%s\n", kc_error_get_message(kc_op_get_error(op)));
    _assert_int_equal((uintmax_t)kc_op_get_status(op), (uintmax_t)status, file, line);
    _assert_int_equal((uintmax_t)kc_op_get_outcome(op), (uintmax_t)outcome, file, line);
    kc_op_unref(op);
}

static void strike(struct desk *desk, const struct desk_fault *fault)
{
    char message[SIMULATOR_MESSAGE_SIZE];
    print_message("fault %s\n", fault->fault);
    if (!simulator_add_fault(desk->simulator, fault->fault, message))
        fail_msg("%s", message);
    kc_op *op = desk_run(desk, kc_issue_original);
    int32_t outcome = kc_op_get_outcome(op);
    desk_expect(op, fault->status, fault->outcome);
    /* on a busy computer the lock system may hear of the request after it was given up */
    assert_true(simulator_wait_for(desk->simulator, SIMULATOR_EFFECTS, fault->effects, DESK_WAIT_MS));
    assert_true(simulator_wait_idle(desk->simulator, DESK_WAIT_MS));
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_EFFECTS), fault->effects);
    assert_true(simulator_count(desk->simulator, SIMULATOR_REQUESTS) <= 1); /* nothing is sent twice */
    if (outcome != KC_OUTCOME_UNKNOWN)
        assert_int_equal(outcome == KC_OUTCOME_WRITTEN, fault->effects > 0);
}

void desk_strike_each(struct desk *(*open)(void), void (*prepare)(struct desk *desk, const struct desk_fault *fault),
                      const struct desk_fault *faults, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct desk *desk = open();
        prepare(desk, &faults[i]);
        strike(desk, &faults[i]);
        desk_close(desk);
    }
}

void desk_line_goes_dead(void **state)
{
    struct desk *desk = *state;
    char message[SIMULATOR_MESSAGE_SIZE];
    desk_set(desk, "answer-timeout", "300");
    assert_true(simulator_add_fault(desk->simulator, "silent-after-ack", message));
    desk_expect(desk_run(desk, kc_issue_original), KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    assert_true(simulator_wait_for(desk->simulator, SIMULATOR_EFFECTS, 1, DESK_WAIT_MS));
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_REQUESTS), 1);
}
