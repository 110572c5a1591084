/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The link: unreachable, lost, found again, half-open, used once, adopted, removed. */
#include "desk.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void test_unreachable_is_not_written_and_comes_back_by_itself(void **state)
{
    struct desk *desk = *state;
    char message[SIMULATOR_MESSAGE_SIZE], address[64];
    desk_open_salto(desk, "back-off=5");
    assert_made(desk_original(desk, "4710", "100"));
    snprintf(address, sizeof(address), "%s", simulator_address(desk->simulator));
    simulator_stop(desk->simulator);
    desk->simulator = NULL;
    desk_wait_link(desk, KC_LINK_DOWN);
    kc_op *op = desk_original(desk, "4711", "101");
    assert_ended(op, KC_ERROR_UNREACHABLE, KC_OUTCOME_NOT_WRITTEN);
    assert_int_equal(kc_error_get_advice(kc_op_get_error(op)), KC_ADVICE_CHECK_CONNECTION);
    struct simulator_options options = {.driver = "salto", .listen = address};
    desk->simulator = simulator_start(&options, message);
    if (!desk->simulator)
        fail_msg("%s", message);
    desk_wait_link(desk, KC_LINK_UP); /* nobody asked */
    assert_int_equal(desk_requests_seen(desk), 0);
    assert_made(desk_retry(desk, op));
    assert_int_equal(desk_effects(desk), 1);
}

static void test_operations_wait_while_the_link_is_made(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "");
    kc_op *op = desk_start(desk, kc_issue_original, desk_request(desk, "4711", "101"));
    desk_finish(desk, op);
    assert_made(op);
    bool connecting = false, up = false;
    for (size_t i = 0; i < desk->event_count; i++) {
        const struct desk_event *event = &desk->events[i];
        connecting = connecting || (event->op == op && event->state == KC_STATE_CONNECTING);
        up = up || (event->type == KC_EVENT_SYSTEM && event->state == KC_LINK_UP);
    }
    assert_true(connecting);
    assert_true(up);
}

static void test_idle_link_is_kept_alive(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "keep-alive=20");
    assert_made(desk_original(desk, "4711", "101"));
    desk_wait_count(desk, SIMULATOR_ENQUIRIES, 3);
    assert_made(desk_original(desk, "4711", "101"));
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_CONNECTIONS), 1);
}

static bool link_went_down(struct desk *desk, const void *what)
{
    (void)what;
    for (size_t i = 0; i < desk->event_count; i++)
        if (desk->events[i].type == KC_EVENT_SYSTEM && desk->events[i].state == KC_LINK_DOWN)
            return true;
    return false;
}

/* A peer that is there for the kernel and says nothing: the other end of a socket pair. */
static void test_half_open_peer_is_noticed_by_keep_alive(void **state)
{
    struct desk *desk = *state;
    int ends[2];
    desk_open_virtual(desk, "");
    kc_system *salto = NULL;
    kc_op *op = NULL;
    assert_ok(kc_system_new(desk->site, "salto", "salto+fd:?keep-alive=20&enquiry-timeout=50&enquiry-tries=1", &salto));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_ok(kc_system_adopt_fd(salto, ends[0]));
    assert_int_equal(kc_system_adopt_fd(salto, ends[0]), KC_ERROR_STATE);
    assert_int_equal(kc_system_adopt_fd(desk->system, ends[1]), KC_ERROR_STATE);
    assert_ok(kc_site_discover(desk->site, &op)); /* opens the link */
    desk_watch(desk, op);
    desk_wait_for(desk, link_went_down, NULL);
    desk_finish(desk, op);
    assert_int_equal(kc_op_get_status(op), KC_OK); /* the virtual system answered */
    assert_int_not_equal(desk_find_warning(op, "system"), -1);
    close(ends[1]);
    kc_system_unref(salto);
}

static void test_adopted_descriptor_is_used_and_closed(void **state)
{
    struct desk *desk = *state;
    int ends[2];
    unsigned char byte = 0;
    desk_open_virtual(desk, "");
    kc_system *salto = NULL;
    kc_op *op = NULL;
    assert_ok(kc_system_new(desk->site, "salto", "salto+fd:", &salto));
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_system(request, "salto"));
    op = desk_run(desk, kc_issue_original, request);
    assert_ended(op, KC_ERROR_UNREACHABLE, KC_OUTCOME_NOT_WRITTEN); /* none was given yet */
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_ok(kc_system_adopt_fd(salto, ends[0]));
    op = desk_start(desk, kc_issue_original, request);
    while (recv(ends[1], &byte, 1, MSG_DONTWAIT) != 1)
        desk_pump(desk, 10);
    assert_int_equal(byte, 0x02); /* the start of the frame */
    close(ends[1]);
    desk_finish(desk, op);
    assert_ended(op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    kc_system_unref(salto);
}

static void test_connection_per_request(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "connection=per-request");
    for (size_t i = 1; i <= 3; i++) {
        assert_made(desk_original(desk, "4711", "101"));
        desk_wait_link(desk, KC_LINK_DOWN);
        assert_int_equal(simulator_count(desk->simulator, SIMULATOR_CONNECTIONS), i);
    }
    assert_int_equal(desk_effects(desk), 3);
}

static void test_removed_system_ends_its_work_and_frees_its_name(void **state)
{
    struct desk *desk = *state;
    struct simulator_options options = {.driver = "salto", .hand_ms = 100};
    desk_open_salto_with(desk, &options, "");
    kc_op *op = desk_start(desk, kc_issue_original, desk_request(desk, "4711", "101"));
    desk_wait_prompt(desk, op, KC_PROMPT_PRESENT_CARD);
    assert_ok(kc_system_remove(desk->system));
    assert_int_equal(kc_op_get_status(desk_original(desk, "4712", "102")), KC_ERROR_NOT_FOUND);
    desk_finish(desk, op);
    assert_made(op);
    desk_wait_link(desk, KC_LINK_DOWN);
    kc_system *next = NULL;
    assert_ok(kc_system_new(desk->site, "locks", desk->uri, &next));
    assert_made(desk_original(desk, "4712", "102"));
    kc_system_unref(next);
}

static void test_deadlines_are_told_apart(void **state)
{
    struct desk *desk = *state;
    char message[SIMULATOR_MESSAGE_SIZE], uri[200];
    kc_system *patient = NULL; /* a computer may be busy: this one waits for nothing but the answer in vain */
    desk_open_salto(desk, "acknowledge-timeout=100&back-off=1");
    snprintf(uri, sizeof(uri), "salto+tcp://%s?answer-timeout=200", simulator_address(desk->simulator));
    assert_ok(kc_system_new(desk->site, "patient", uri, &patient));
    assert_ok(kc_system_set_option(patient, "acknowledge-timeout", "60000"));
    assert_true(simulator_add_fault(desk->simulator, "silent-before-ack@1", message));
    assert_true(simulator_add_fault(desk->simulator, "silent-after-ack@2", message));
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_system(request, "locks"));
    kc_op *unacknowledged = desk_run(desk, kc_issue_original, request);
    assert_ended(unacknowledged, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    request = desk_request(desk, "4712", "102");
    assert_ok(kc_request_set_system(request, "patient"));
    kc_op *unanswered = desk_run(desk, kc_issue_original, request);
    assert_ended(unanswered, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    assert_non_null(strstr(kc_error_get_message(kc_op_get_error(unacknowledged)), "no acknowledgement"));
    assert_non_null(strstr(kc_error_get_message(kc_op_get_error(unanswered)), "no answer"));
    kc_system_unref(patient);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* One connection a second: the second system waits for its turn, and its operation stays queued. */
static void test_connections_come_at_the_rate_that_is_set(void **state)
{
    struct desk *desk = *state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    char uri[64];
    kc_system *systems[2];
    kc_op *ops[2];
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 4), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    desk_open_virtual(desk, "");
    assert_int_equal(kc_context_set_connection_rate(desk->context, -1), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(kc_context_set_connection_rate(desk->context, 100001), KC_ERROR_INVALID_ARGUMENT);
    assert_ok(kc_context_set_connection_rate(desk->context, 1));
    snprintf(uri, sizeof(uri), "salto+tcp://127.0.0.1:%u", ntohs(address.sin_port));
    int64_t begin = now_ms();
    for (size_t i = 0; i < 2; i++) {
        kc_request *request = desk_request(desk, i ? "4711" : "4712", i ? "101" : "102");
        assert_ok(kc_system_new(desk->site, i ? "second" : "first", uri, &systems[i]));
        assert_ok(kc_request_set_system(request, i ? "second" : "first"));
        ops[i] = desk_start(desk, kc_issue_original, request);
    }
    while (kc_system_get_state(systems[0]) == KC_LINK_DOWN)
        desk_pump(desk, 50);
    while (kc_system_get_state(systems[1]) == KC_LINK_DOWN) {
        assert_int_equal(kc_op_get_state(ops[1]), KC_STATE_QUEUED);
        desk_pump(desk, 50);
    }
    assert_true(now_ms() - begin >= 900);
    for (size_t i = 0; i < 2; i++) {
        assert_ok(kc_op_cancel(ops[i]));
        desk_finish(desk, ops[i]);
        kc_system_unref(systems[i]);
    }
    close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_unreachable_is_not_written_and_comes_back_by_itself),
        DESK_TEST(test_operations_wait_while_the_link_is_made),
        DESK_TEST(test_idle_link_is_kept_alive),
        DESK_TEST(test_half_open_peer_is_noticed_by_keep_alive),
        DESK_TEST(test_adopted_descriptor_is_used_and_closed),
        DESK_TEST(test_connection_per_request),
        DESK_TEST(test_removed_system_ends_its_work_and_frees_its_name),
        DESK_TEST(test_deadlines_are_told_apart),
        DESK_TEST(test_connections_come_at_the_rate_that_is_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
