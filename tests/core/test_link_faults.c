/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links that fail in unkind ways: they hang, close at once, answer late, or go while they are needed or removed. */
#include "desk.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "far_end.h"
#include "faulty_store.h"
#include "system.h"

enum { ENQ = 0x05, ACK = 0x06 };

static kc_op *start_original(struct desk *desk, const char *booking, const char *room, const char *encoder)
{
    kc_request *request = desk_request(desk, booking, room);
    assert_ok(kc_request_set_encoder(request, encoder));
    return desk_start(desk, kc_issue_original, request);
}

static void pump_rounds(struct desk *desk, int rounds)
{
    for (int i = 0; i < rounds; i++)
        desk_pump(desk, 1);
}

/* ---- No connection -------------------------------------------------------------------------------------------------
 */

static void test_refused_connection_is_named_and_comes_back_by_itself(void **state)
{
    struct desk *desk = *state;
    struct far_end end;
    char port[8];
    far_end_open(&end);
    desk_open_far_end(desk, &end, "back-off=1");
    kc_op *op = desk_original(desk, "4711", "101");
    assert_refused(op, KC_ERROR_UNREACHABLE, NULL);
    snprintf(port, sizeof(port), "%u", (unsigned)end.port);
    assert_non_null(strstr(kc_error_get_message(kc_op_get_error(op)), port));
    assert_int_equal(kc_error_get_advice(kc_op_get_error(op)), KC_ADVICE_CHECK_CONNECTION);
    assert_key_state(desk, op, KC_KEY_NOT_MADE);
    far_end_listen(&end);
    desk_wait_link(desk, KC_LINK_UP);
    far_end_close(&end);
}

static void test_connection_that_hangs_ends_by_connect_timeout(void **state)
{
    struct desk *desk = *state;
    struct far_end end;
    far_end_open(&end);
    far_end_block(&end);
    desk_open_far_end(desk, &end, "connect-timeout=50&back-off=0");
    kc_op *first = start_original(desk, "4711", "101", "Desk 1");
    kc_op *second = start_original(desk, "4712", "102", "Desk 2");
    desk_finish(desk, first);
    desk_finish(desk, second); /* with the first: it is not tried once for each */
    assert_refused(first, KC_ERROR_UNREACHABLE, NULL);
    assert_refused(second, KC_ERROR_UNREACHABLE, NULL);
    assert_non_null(strstr(kc_error_get_message(kc_op_get_error(first)), "50 ms"));
    assert_int_equal(kc_system_get_state(desk->system), KC_LINK_DOWN);
    far_end_close(&end);
}

/* ---- A server that takes connections only to close them ------------------------------------------------------------
 */

struct bouncer {
    struct far_end *end;
    size_t count;
    const kc_op *op;
};

static bool has_bounced(struct desk *desk, const void *what)
{
    const struct bouncer *bouncer = what;
    (void)desk;
    for (int fd = far_end_accept(bouncer->end); fd >= 0; fd = far_end_accept(bouncer->end))
        close(fd);
    return bouncer->op ? kc_op_get_state(bouncer->op) == KC_STATE_DONE : bouncer->end->accepted >= bouncer->count;
}

static void test_server_that_closes_at_once_is_asked_later_and_later(void **state)
{
    struct desk *desk = *state;
    struct far_end end;
    far_end_open(&end);
    far_end_listen(&end);
    desk_open_far_end(desk, &end, "back-off=1");
    kc_op *op = start_original(desk, "4711", "101", "Desk 1");
    desk_wait_for(desk, has_bounced, &(struct bouncer){.end = &end, .op = op});
    desk_finish(desk, op);
    assert_int_not_equal(kc_op_get_outcome(op), KC_OUTCOME_WRITTEN);
    assert_int_not_equal(kc_op_get_status(op), KC_OK);
    desk_wait_for(desk, has_bounced, &(struct bouncer){.end = &end, .count = 6});
    assert_true(desk->system->back_off_ms >= 16); /* 1, 2, 4, 8, 16: connecting alone does not start it over */
    far_end_close(&end);
}

static bool is_holding(struct desk *desk, const void *watch)
{
    (void)desk;
    return atomic_load(&((struct store_watch *)(uintptr_t)watch)->holding);
}

static void test_server_that_closes_at_once_is_not_asked_again_while_the_ledger_works(void **state)
{
    struct desk *desk = *state;
    struct far_end end;
    static struct store_watch watch; /* outlives a test that fails */
    far_end_open(&end);
    far_end_listen(&end);
    desk->store = faulty_store_new(&watch);
    desk_open_far_end(desk, &end, "back-off=60000&requests-in-flight=one");
    atomic_store(&watch.hold, true);
    kc_op *first = start_original(desk, "4711", "101", "Desk 1");
    kc_op *second = start_original(desk, "4712", "102", "Desk 2"); /* waits for its turn on the link */
    desk_wait_for(desk, is_holding, &watch);
    for (int i = 0; i < 200; i++) {
        has_bounced(desk, &(struct bouncer){.end = &end, .count = 1});
        desk_pump(desk, 1);
    }
    assert_in_range(end.accepted, 1, 2);
    atomic_store(&watch.hold, false);
    desk_wait_for(desk, has_bounced, &(struct bouncer){.end = &end, .op = first});
    desk_wait_for(desk, has_bounced, &(struct bouncer){.end = &end, .op = second});
    desk_finish(desk, first);
    desk_finish(desk, second);
    assert_in_range(end.accepted, 1, 8);
    desk_close(desk);
    far_end_close(&end);
}

/* The link fails in the round of the loop that brings the intents of two operations: the second one finds it failing.
 * In another order it finds it lost, or is in its queue; it is made all the same. */
static void test_intent_that_meets_a_failing_link_brings_it_back(void **state)
{
    const struct timespec until_the_ledger_has_done_it = {.tv_nsec = 30 * 1000000};
    struct desk *desk = *state;
    static struct store_watch watch;
    desk->store = faulty_store_new(&watch);
    desk_open_virtual(desk, "script=drop@2");
    assert_made(desk_run_at(desk, kc_issue_original, "4711", "101", "desk-1", "Desk 1"));
    kc_op *dropped = start_original(desk, "4712", "102", "Desk 1");
    kc_op *next = start_original(desk, "4713", "103", "Desk 2");
    for (int round = 0; round < 2; round++) { /* both are looked up, then both are recorded */
        nanosleep(&until_the_ledger_has_done_it, NULL);
        desk_pump(desk, 0);
    }
    desk_finish(desk, dropped);
    desk_finish(desk, next);
    assert_ended(dropped, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    assert_made(next);
    assert_int_equal(desk_requests_seen(desk), 3);
}

/* ---- A peer that falls silent --------------------------------------------------------------------------------------
 */

static void test_keep_alive_goes_on_while_it_is_answered_and_ends_a_silent_link(void **state)
{
    struct desk *desk = *state;
    struct far_end end;
    kc_op *op = NULL;
    const uint8_t acknowledge = ACK;
    far_end_open(&end);
    far_end_listen(&end);
    desk_open_far_end(desk, &end, "keep-alive=10&enquiry-timeout=2000&back-off=0");
    assert_ok(kc_site_discover(desk->site, &op));
    desk_watch(desk, op);
    int peer = far_end_wait_connection(&end, desk);
    for (int i = 0; i < 4; i++) { /* the first one is of the discovery */
        assert_int_equal(far_end_wait_byte(desk, peer), ENQ);
        assert_int_equal(write(peer, &acknowledge, 1), 1);
    }
    desk_finish(desk, op);
    assert_int_equal(kc_op_get_status(op), KC_OK);
    assert_int_equal(kc_system_get_state(desk->system), KC_LINK_UP);
    assert_int_equal(far_end_wait_byte(desk, peer), ENQ); /* now it is silent */
    far_end_wait_closed(desk, peer);
    desk_wait_link(desk, KC_LINK_DOWN);
    close(peer);
    far_end_close(&end);
}

static void test_invariant_01_operation_waits_for_the_sign_of_life_and_is_sent_once(void **state)
{
    struct desk *desk = *state;
    struct far_end end;
    kc_op *discovery = NULL;
    const uint8_t acknowledge = ACK;
    far_end_open(&end);
    far_end_listen(&end);
    desk_open_far_end(desk, &end, "keep-alive=10&enquiry-timeout=2000&back-off=0");
    assert_ok(kc_site_discover(desk->site, &discovery));
    desk_watch(desk, discovery);
    int silent = far_end_wait_connection(&end, desk);
    assert_int_equal(far_end_wait_byte(desk, silent), ENQ);
    assert_int_equal(write(silent, &acknowledge, 1), 1);
    assert_int_equal(far_end_wait_byte(desk, silent), ENQ); /* of the keep-alive; never answered */
    kc_op *op = start_original(desk, "4711", "101", "Desk 1");
    int other = far_end_wait_connection(&end, desk);
    assert_int_equal(far_end_wait_byte(desk, other), 0x02); /* the request goes over the new connection */
    assert_int_equal(recv(silent, &(uint8_t){0}, 1, 0), 0); /* and no byte of it over the silent one */
    close(silent);
    close(other);
    desk_finish(desk, op);
    assert_ended(op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    pump_rounds(desk, 20);
    assert_int_equal(far_end_accept(&end), -1);
    far_end_close(&end);
}

/* ---- Answers that come too late ------------------------------------------------------------------------------------
 */

static void test_invariant_01_late_answer_is_not_taken_for_the_next_operation(void **state)
{
    struct desk *desk = *state;
    char message[SIMULATOR_MESSAGE_SIZE];
    desk_open_salto(desk,
                    "answer-timeout=1000&back-off=1"); /* the second one must be in time on a busy computer, too */
    assert_true(simulator_add_fault(desk->simulator, "late:3000@1", message));
    kc_op *first = desk_original(desk, "4711", "101");
    assert_ended(first, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    kc_op *second = desk_run_at(desk, kc_issue_original, "4712", "102", "desk-1", "Desk 2");
    assert_made(second);
    assert_true(simulator_wait_idle(desk->simulator, DESK_PATIENCE_MS)); /* the late answer has left */
    pump_rounds(desk, 20);
    assert_ended(first, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    const char *serial = kc_key_get_serial(kc_op_get_key(second, 0), 0);
    assert_true(simulator_opens(desk->simulator, serial, "102"));
    assert_false(simulator_opens(desk->simulator, serial, "101"));
    assert_int_equal(desk_requests_seen(desk), 2);
    assert_int_equal(desk_effects(desk), 2);
}

static void test_invariant_01_one_deadline_leaves_all_on_the_link_unknown_and_none_is_sent_again(void **state)
{
    struct desk *desk = *state;
    struct simulator_options options = {.driver = "salto", .hand_ms = 600000};
    desk_open_salto_with(desk, &options, "requests-in-flight=per-encoder&answer-timeout=1500&back-off=1");
    kc_op *first = start_original(desk, "4711", "101", "Desk 1");
    kc_op *second = start_original(desk, "4712", "102", "Desk 2");
    desk_finish(desk, first);
    desk_finish(desk, second);
    assert_int_equal(kc_op_get_outcome(first), KC_OUTCOME_UNKNOWN);
    assert_int_equal(kc_op_get_outcome(second), KC_OUTCOME_UNKNOWN);
    desk_wait_count(desk, SIMULATOR_CONNECTIONS, 2);
    desk_wait_link(desk, KC_LINK_UP);
    pump_rounds(desk, 20);
    assert_int_equal(desk_requests_seen(desk), 2);
}

/* ---- Links that are not kept ---------------------------------------------------------------------------------------
 */

/* The operation for which the link was made has gone before it stood. */
static void nothing_keeps_the_link(struct desk *desk, const char *query, bool remove)
{
    struct far_end end;
    far_end_open(&end);
    far_end_block(&end);
    desk_open_far_end(desk, &end, query);
    kc_op *op = start_original(desk, "4711", "101", "Desk 1");
    desk_wait_state(desk, op, KC_STATE_CONNECTING);
    assert_ok(kc_op_cancel(op));
    desk_finish(desk, op);
    if (remove)
        assert_ok(kc_system_remove(desk->system));
    far_end_unblock(&end);
    int peer = far_end_wait_connection(&end, desk);
    far_end_wait_closed(desk, peer);
    desk_wait_link(desk, KC_LINK_DOWN);
    pump_rounds(desk, 20);
    assert_int_equal(far_end_accept(&end), -1);
    close(peer);
    far_end_close(&end);
}

static void test_connection_per_request_is_closed_if_the_request_was_cancelled(void **state)
{
    nothing_keeps_the_link(*state, "connection=per-request&connect-timeout=600000&keep-alive=0", false);
}

static void test_connection_of_a_removed_system_is_closed_if_nothing_needs_it(void **state)
{
    nothing_keeps_the_link(*state, "back-off=1&connect-timeout=600000&keep-alive=0", true);
}

static bool nobody_is_connected(struct desk *desk, const void *what)
{
    (void)what;
    return simulator_count(desk->simulator, SIMULATOR_OPEN_CONNECTIONS) == 0;
}

static void test_removed_idle_system_closes_its_link_and_stays_away(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "back-off=1");
    assert_made(desk_original(desk, "4711", "101"));
    assert_int_equal(kc_system_get_state(desk->system), KC_LINK_UP);
    assert_ok(kc_system_remove(desk->system));
    assert_ok(kc_system_remove(desk->system));
    desk_wait_link(desk, KC_LINK_DOWN);
    desk_wait_for(desk, nobody_is_connected, NULL);
    pump_rounds(desk, 20);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_CONNECTIONS), 1);
    assert_string_equal(kc_system_get_name(desk->system), "locks");
    assert_int_equal(kc_op_get_status(desk_original(desk, "4712", "102")), KC_ERROR_NOT_FOUND);
    assert_int_equal(kc_system_remove(NULL), KC_ERROR_INVALID_ARGUMENT);
}

static void test_removed_busy_system_ends_what_waits_for_it_without_any_handle(void **state)
{
    struct desk *desk = *state;
    struct simulator_options options = {.driver = "salto", .hand_ms = 30};
    kc_op *ops[3];
    char room[8];
    desk_open_salto_with(desk, &options, "");
    for (size_t i = 0; i < 3; i++) {
        snprintf(room, sizeof(room), "10%zu", i);
        ops[i] = start_original(desk, NULL, room, "Desk 1");
    }
    desk_wait_prompt(desk, ops[0], KC_PROMPT_PRESENT_CARD);
    assert_ok(kc_system_remove(desk->system));
    desk->system = kc_system_unref(desk->system);
    for (size_t i = 0; i < 3; i++) {
        desk_finish(desk, ops[i]);
        assert_made(ops[i]);
    }
    desk_wait_for(desk, nobody_is_connected, NULL);
    assert_int_equal(desk_effects(desk), 3);
}

/* ---- Adopted descriptors -------------------------------------------------------------------------------------------
 */

static int connect_simulator(const struct desk *desk)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(simulator_port(desk->simulator)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void test_adopted_connection_makes_keys_until_it_is_lost_and_another_is_given(void **state)
{
    struct desk *desk = *state;
    struct simulator_options options = {.driver = "salto"};
    char message[SIMULATOR_MESSAGE_SIZE];
    desk->simulator = simulator_start(&options, message);
    assert_non_null(desk->simulator);
    desk_open_uri(desk, "salto+fd:?back-off=1");
    assert_ok(kc_system_adopt_fd(desk->system, connect_simulator(desk)));
    assert_made(desk_original(desk, "4711", "101"));
    assert_made(desk_duplicate(desk, "4711"));
    simulator_drop_connections(desk->simulator);
    desk_wait_link(desk, KC_LINK_DOWN);
    pump_rounds(desk, 20);
    assert_int_equal(kc_system_get_state(desk->system), KC_LINK_DOWN);
    kc_op *op = desk_original(desk, "4712", "102");
    assert_refused(op, KC_ERROR_UNREACHABLE, NULL);
    assert_ok(kc_system_adopt_fd(desk->system, connect_simulator(desk)));
    assert_made(desk_retry(desk, op));
    assert_int_equal(desk_effects(desk), 3);
}

static void test_descriptor_that_is_not_taken_stays_with_the_caller(void **state)
{
    struct desk *desk = *state;
    kc_system *adopting = NULL;
    int pair[2];
    desk_open_virtual(desk, "");
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(kc_system_adopt_fd(NULL, pair[0]), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(kc_system_adopt_fd(desk->system, -1), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(kc_system_adopt_fd(desk->system, pair[0]), KC_ERROR_STATE);
    assert_string_equal(kc_error_get_field(kc_system_get_error(desk->system)), "fd");
    assert_ok(kc_system_new(desk->site, "adopting", "salto+fd:", &adopting));
    assert_ok(kc_system_adopt_fd(adopting, pair[0]));
    assert_int_equal(kc_system_adopt_fd(adopting, pair[1]), KC_ERROR_STATE);
    assert_true(fcntl(pair[1], F_GETFD) >= 0);
    assert_ok(kc_system_remove(adopting)); /* it was never used: closed all the same */
    kc_system_unref(adopting);
    far_end_wait_closed(desk, pair[1]);
    close(pair[1]);
}

static void test_descriptor_that_is_no_link_is_closed_and_named(void **state)
{
    struct desk *desk = *state;
    desk_open_uri(desk, "salto+fd:");
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_ok(kc_system_adopt_fd(desk->system, fd));
    kc_op *op = desk_original(desk, "4711", "101");
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_NOT_WRITTEN);
    assert_non_null(strstr(kc_error_get_message(kc_op_get_error(op)), "cannot be both read and written"));
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_refused_connection_is_named_and_comes_back_by_itself),
        DESK_TEST(test_connection_that_hangs_ends_by_connect_timeout),
        DESK_TEST(test_server_that_closes_at_once_is_asked_later_and_later),
        DESK_TEST(test_server_that_closes_at_once_is_not_asked_again_while_the_ledger_works),
        DESK_TEST(test_intent_that_meets_a_failing_link_brings_it_back),
        DESK_TEST(test_keep_alive_goes_on_while_it_is_answered_and_ends_a_silent_link),
        DESK_TEST(test_invariant_01_operation_waits_for_the_sign_of_life_and_is_sent_once),
        DESK_TEST(test_invariant_01_late_answer_is_not_taken_for_the_next_operation),
        DESK_TEST(test_invariant_01_one_deadline_leaves_all_on_the_link_unknown_and_none_is_sent_again),
        DESK_TEST(test_connection_per_request_is_closed_if_the_request_was_cancelled),
        DESK_TEST(test_connection_of_a_removed_system_is_closed_if_nothing_needs_it),
        DESK_TEST(test_removed_idle_system_closes_its_link_and_stays_away),
        DESK_TEST(test_removed_busy_system_ends_what_waits_for_it_without_any_handle),
        DESK_TEST(test_adopted_connection_makes_keys_until_it_is_lost_and_another_is_given),
        DESK_TEST(test_descriptor_that_is_not_taken_stays_with_the_caller),
        DESK_TEST(test_descriptor_that_is_no_link_is_closed_and_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
