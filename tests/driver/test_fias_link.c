/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The FIAS driver end to end: public API, the simulated lock system that dials in, listens or stands at a serial line,
 * its habits, and each fault of its script. */
#include "link_desk.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const hotel_rooms[] = {"305", "306", NULL};
#define LOCK_SYSTEM .driver = "fias", .rooms = hotel_rooms

static void make_request(struct desk *desk, const char *booking, const char *room)
{
    desk_request(desk, booking, room, "2", "2060-06-18T11:30");
}

static void set_up(struct desk *desk)
{
    desk_set(desk, "connect-timeout", "60000");
    desk_set(desk, "late-answer", "0");
    make_request(desk, "1001", "305");
}

static struct desk *open_port(const char *uri)
{
    struct desk *desk = desk_new();
    desk_open(desk, uri);
    set_up(desk);
    return desk;
}

static struct simulator *dial_in(const struct desk *desk, const char *profile)
{
    return desk_simulate(&(struct simulator_options){LOCK_SYSTEM, .connect = desk->where, .profile = profile});
}

/* Discovery opens the port; then the lock system dials in. */
static struct desk *open_listening(const char *profile)
{
    struct desk *desk = open_port("fias+listen:0");
    kc_op *op;
    assert_int_equal(kc_site_discover(desk->site, &op), KC_OK);
    while (!*desk->where)
        assert_int_equal(kc_op_wait(op, 10), KC_ERROR_TIMED_OUT);
    desk->simulator = dial_in(desk, profile);
    assert_int_equal(kc_op_wait(op, DESK_WAIT_MS), KC_OK);
    assert_int_equal(kc_op_get_status(op), KC_OK);
    kc_op_unref(op);
    return desk;
}

static int listening(void **state)
{
    *state = open_listening(NULL);
    return 0;
}

static struct desk *open_at(const struct simulator_options *options, const char *uri)
{
    struct desk *desk = desk_new();
    desk_open_simulated(desk, options, uri);
    set_up(desk);
    return desk;
}

static struct desk *open_dialling(void)
{
    return open_at(&(struct simulator_options){LOCK_SYSTEM}, "fias+tcp://ADDRESS");
}

static int dialling(void **state)
{
    *state = open_dialling();
    return 0;
}

static struct desk *open_on_a_line(void)
{
    return open_at(&(struct simulator_options){LOCK_SYSTEM, .pseudo_terminal = true}, "fias+serial:ADDRESS?baud=9600");
}

static int on_a_line(void **state)
{
    *state = open_on_a_line();
    return 0;
}

/* Until the link has been lost, or stands again. */
static void turn_until(struct desk *desk, bool connected)
{
    while ((kc_system_get_state(desk->system) == KC_LINK_UP) != connected) {
        kc_event *event;
        assert_int_equal(kc_context_wait(desk->context, DESK_WAIT_MS), 1);
        assert_int_equal(kc_context_dispatch(desk->context), KC_OK);
        while ((event = kc_context_next_event(desk->context)))
            kc_event_unref(event);
    }
}

/* ---- Keys ------------------------------------------------------------------------------------------------------ */

static void keys_are_made_and_open_the_door(void **state)
{
    struct desk *desk = *state;
    char first[32];
    kc_op *op = desk_run(desk, kc_issue_original);
    snprintf(first, sizeof(first), "%s", kc_key_get_serial(kc_op_get_key(op, 0), 0));
    desk_expect(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_true(simulator_opens(desk->simulator, first, "305"));
    kc_request_set_copies(desk->request, 2);
    desk_expect(desk_run(desk, kc_issue_duplicate), KC_OK, KC_OUTCOME_WRITTEN);
    assert_true(simulator_opens(desk->simulator, first, "305")); /* a duplicate voids nothing */
    assert_int_equal(simulator_keys_for(desk->simulator, "305"), 3);
    kc_request_set_copies(desk->request, 1);
    op = desk_run(desk, kc_read_card);
    assert_string_equal(kc_key_get_room(kc_op_get_key(op, 0), 0), "305");
    desk_expect(op, KC_OK, KC_OUTCOME_NOT_WRITTEN);
    desk_expect(desk_run(desk, kc_reissue), KC_OK, KC_OUTCOME_WRITTEN);
    assert_false(simulator_opens(desk->simulator, first, "305"));
    desk_expect(desk_run(desk, kc_issue_one_shot), KC_OK, KC_OUTCOME_WRITTEN);
    desk_expect(desk_run(desk, kc_check_out), KC_OK, KC_OUTCOME_WRITTEN);
    assert_false(simulator_occupied(desk->simulator, "305"));
}

static void areas_and_times_arrive(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(kc_system_map_area(desk->system, "spa", "12"), KC_OK);
    kc_request_add_area(desk->request, "spa");
    kc_request_add_area(desk->request, "3");
    desk_expect(desk_run(desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
    char *journal = simulator_journal(desk->simulator);
    assert_non_null(journal);
    assert_non_null(strstr(journal, "\"areas\":[3,12]"));
    assert_non_null(strstr(journal, "2060-06-18T11:30"));
    free(journal);
}

static void a_failure_among_several_cards_is_told(void **state)
{
    struct desk *desk = *state;
    char message[SIMULATOR_MESSAGE_SIZE];
    kc_request_set_copies(desk->request, 3);
    assert_true(simulator_add_fault(desk->simulator, "error:BY@2", message));
    kc_op *op = desk_run(desk, kc_issue_original);
    assert_non_null(strstr(kc_error_get_message(kc_op_get_error(op)), "1 of 3 cards were made"));
    assert_string_equal(kc_error_get_vendor_code(kc_op_get_error(op)), "BY");
    desk_expect(op, KC_ERROR_ENCODER_BUSY, KC_OUTCOME_WRITTEN);
    assert_int_equal(simulator_keys_for(desk->simulator, "305"), 1);
}

static void an_unknown_room_is_refused(void **state)
{
    struct desk *desk = *state;
    make_request(desk, "1002", "999");
    desk_expect(desk_run(desk, kc_issue_original), KC_ERROR_UNKNOWN_ROOM, KC_OUTCOME_NOT_WRITTEN);
}

/* ---- Habits ---------------------------------------------------------------------------------------------------- */

static void habits_of_products(void **state)
{
    (void)state;
    static const char *const profiles[] = {"plain", "description-first", "off-line", "building", "resync", "mobile"};
    for (size_t i = 0; i < COUNT_OF(profiles); i++) {
        struct desk *desk = open_listening(profiles[i]);
        print_message("profile %s\n", profiles[i]);
        desk_expect(desk_run(desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
        desk_expect(desk_run(desk, kc_issue_duplicate), KC_OK, KC_OUTCOME_WRITTEN);
        bool reads = strcmp(profiles[i], "plain") == 0 || strcmp(profiles[i], "mobile") == 0;
        const kc_system *system = desk->system;
        assert_int_equal(kc_system_has(system, KC_CAPABILITY_READ), reads); /* as it declared */
        assert_int_equal(kc_system_has(system, KC_CAPABILITY_MODIFY_STAY), reads);
        assert_int_equal(kc_system_has(system, KC_CAPABILITY_ORIGINAL), 1);
        desk_expect(desk_run(desk, kc_read_card), reads ? KC_OK : KC_ERROR_NOT_OFFERED, KC_OUTCOME_NOT_WRITTEN);
        assert_int_equal(simulator_keys_for(desk->simulator, "305"), 2);
        desk_close(desk);
    }
}

/* LE, and not a word more: the answer that came before it counts, and the next connection is a new link. */
static void a_lock_system_that_ends_the_link(void **state)
{
    (void)state;
    struct desk *desk = open_listening("ends-the-link");
    desk_expect(desk_run(desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
    turn_until(desk, false);
    desk_expect(desk_run(desk, kc_issue_duplicate), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(simulator_keys_for(desk->simulator, "305"), 2);
    assert_true(simulator_count(desk->simulator, SIMULATOR_CONNECTIONS) >= 2);
    desk_close(desk);
}

/* ---- The link -------------------------------------------------------------------------------------------------- */

static void a_lost_link_comes_back(void **state)
{
    struct desk *desk = *state;
    desk_expect(desk_run(desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
    for (int i = 0; i < 3; i++) {
        simulator_drop_connections(desk->simulator);
        turn_until(desk, false);
        desk_expect(desk_run(desk, kc_issue_duplicate), KC_OK, KC_OUTCOME_WRITTEN);
    }
    assert_int_equal(simulator_keys_for(desk->simulator, "305"), 4);
}

static void nobody_dials_in(void **state)
{
    struct desk *desk = open_port("fias+listen:0?allow=10.0.0.1");
    (void)state;
    desk_set(desk, "connect-timeout", "100");
    desk_expect(desk_run(desk, kc_issue_original), KC_ERROR_UNREACHABLE, KC_OUTCOME_NOT_WRITTEN);
    assert_true(*desk->where);
    desk->simulator = dial_in(desk, NULL); /* it is not allowed */
    desk_expect(desk_run(desk, kc_issue_original), KC_ERROR_UNREACHABLE, KC_OUTCOME_NOT_WRITTEN);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_REQUESTS), 0);
    assert_int_equal(kc_system_remove(desk->system), KC_OK); /* gives the port back */
    desk_close(desk);
}

static int dial(const char *where)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unsigned port = 0;
    assert_int_equal(sscanf(where, "127.0.0.1:%u", &port), 1);
    to.sin_port = htons((uint16_t)port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
        return fd;
    close(fd);
    return -1;
}

/* It connects, and says nothing: what waits for it ends after connect-timeout, and the link is not given up. */
static void a_lock_system_that_says_nothing(void **state)
{
    struct desk *desk = open_port("fias+listen:0");
    (void)state;
    desk_set(desk, "connect-timeout", "300");
    desk_expect(desk_run(desk, kc_issue_original), KC_ERROR_UNREACHABLE, KC_OUTCOME_NOT_WRITTEN);
    int fd = dial(desk->where);
    assert_true(fd >= 0);
    turn_until(desk, true);
    kc_op *op = desk_run(desk, kc_issue_original);
    assert_non_null(strstr(kc_error_get_message(kc_op_get_error(op)), "not ready"));
    desk_expect(op, KC_ERROR_UNREACHABLE, KC_OUTCOME_NOT_WRITTEN);
    assert_int_equal(kc_system_get_state(desk->system), KC_LINK_UP);
    static const char late[] =
        "\x02LD|DA260115|TI093001|V#1.0|IFDL|\x03\x02LR|RIKR|FLRN|\x03\x02LA|DA260115|TI093001|\x03";
    assert_int_equal(send(fd, late, sizeof(late) - 1, 0), (ssize_t)sizeof(late) - 1);
    kc_op *next; /* now it is ready: the request leaves, and the other side goes away with it */
    char got[2048];
    size_t length = 0;
    assert_int_equal(kc_issue_original(desk->request, &next), KC_OK);
    while (length < 4 || !memmem(got, length, "KR|RN305|", 9)) {
        kc_op_wait(next, 10);
        ssize_t count = recv(fd, got + length, sizeof(got) - length, MSG_DONTWAIT);
        length += count > 0 ? (size_t)count : 0;
        assert_true(length < sizeof(got) && kc_op_get_state(next) != KC_STATE_DONE);
    }
    close(fd);
    assert_int_equal(kc_op_wait(next, DESK_WAIT_MS), KC_OK);
    desk_expect(next, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    desk_close(desk);
}

/* Whoever comes and goes does not make what waits wait longer. */
static void visitors_do_not_hold_anything_up(void **state)
{
    struct desk *desk = open_port("fias+listen:0");
    kc_op *op;
    (void)state;
    desk_set(desk, "connect-timeout", "400");
    assert_int_equal(kc_issue_original(desk->request, &op), KC_OK);
    while (!*desk->where)
        kc_op_wait(op, 10);
    for (int i = 0; i < 3000 && kc_op_get_state(op) != KC_STATE_DONE; i++) {
        int fd = dial(desk->where);
        assert_true(fd >= 0);
        kc_op_wait(op, 20);
        close(fd);
    }
    assert_int_equal(kc_op_get_state(op), KC_STATE_DONE);
    desk_expect(op, KC_ERROR_UNREACHABLE, KC_OUTCOME_NOT_WRITTEN);
    desk_close(desk);
}

/* From the first operation until the system is removed. */
static void the_port_is_kept_and_given_back(void **state)
{
    struct desk *desk = *state;
    simulator_stop(desk->simulator);
    desk->simulator = NULL;
    turn_until(desk, false);
    for (int i = 0; i < 3; i++) {
        int fd = dial(desk->where);
        assert_true(fd >= 0);
        turn_until(desk, true);
        close(fd);
        turn_until(desk, false);
    }
    assert_int_equal(kc_system_remove(desk->system), KC_OK);
    int fd = -1;
    for (int i = 0; i < 1000 && (fd = dial(desk->where)) >= 0; i++) {
        close(fd);
        kc_context_wait(desk->context, 10);
        assert_int_equal(kc_context_dispatch(desk->context), KC_OK);
    }
    assert_int_equal(fd, -1);
}

/* A second lock system takes the place of the first; what the first had not answered is unknown. */
static void a_second_client_takes_the_link(void **state)
{
    struct desk *desk = *state;
    kc_op *op;
    simulator_set_hand_ms(desk->simulator, 3600000);
    assert_int_equal(kc_issue_original(desk->request, &op), KC_OK);
    while (simulator_count(desk->simulator, SIMULATOR_REQUESTS) == 0)
        kc_op_wait(op, 10);
    struct simulator *second = dial_in(desk, NULL);
    assert_int_equal(kc_op_wait(op, DESK_WAIT_MS), KC_OK);
    desk_expect(op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    simulator_stop(second);
}

/* ---- Faults ---------------------------------------------------------------------------------------------------- */

static void set_times(struct desk *desk, const struct desk_fault *row)
{
    bool silent = row->status == KC_ERROR_TIMED_OUT; /* no others may run out of time on a slow machine */
    desk_set(desk, "answer-timeout", silent ? "500" : "60000");
    desk_set(desk, "acknowledge-timeout", silent ? "300" : "20000");
}

static void each_fault_over_tcp(void **state)
{
    (void)state;
    static const struct desk_fault rows[] = {
        {"nak", KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN, 0}, /* means nothing over TCP */
        {"busy", KC_ERROR_ENCODER_BUSY, KC_OUTCOME_NOT_WRITTEN, 0},
        {"silent-before-ack", KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN, 1},
        {"silent-after-ack", KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN, 1},
        {"drop-after-request", KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN, 0},
        {"drop-after-ack", KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN, 1},
        {"drop-at:0", KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN, 1},
        {"drop-at:10", KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN, 1},
        {"late:10", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"late:2000", KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN, 1},
        {"twice", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"bad-check", KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN, 1}, /* a record without its end */
        {"garbage:40", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"split:1", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"glue", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"error:NG", KC_ERROR_UNKNOWN_ROOM, KC_OUTCOME_NOT_WRITTEN, 0},
        {"error:RY", KC_ERROR_NOT_ACCEPTED, KC_OUTCOME_NOT_WRITTEN, 0},
        {"error:XY", KC_ERROR_VENDOR, KC_OUTCOME_UNKNOWN, 0},
    };
    desk_strike_each(open_dialling, set_times, rows, COUNT_OF(rows));
}

static void each_fault_over_a_serial_line(void **state)
{
    (void)state;
    static const struct desk_fault rows[] = {
        {"nak:2", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"busy", KC_ERROR_ENCODER_BUSY, KC_OUTCOME_NOT_WRITTEN, 0},
        {"silent-after-ack", KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN, 1},
        {"drop-after-request", KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN, 0},
        {"drop-at:10", KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN, 1},
        {"late:10", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"twice", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"bad-check", KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN, 1}, /* the simulator repeats no answers */
        {"garbage:40", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"split:1", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"error:UR", KC_ERROR_VENDOR, KC_OUTCOME_NOT_WRITTEN, 0},
    };
    desk_strike_each(open_on_a_line, set_times, rows, COUNT_OF(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_are_made_and_open_the_door, listening, desk_teardown),
        cmocka_unit_test_setup_teardown(keys_are_made_and_open_the_door, dialling, desk_teardown),
        cmocka_unit_test_setup_teardown(keys_are_made_and_open_the_door, on_a_line, desk_teardown),
        cmocka_unit_test_setup_teardown(areas_and_times_arrive, listening, desk_teardown),
        cmocka_unit_test_setup_teardown(a_failure_among_several_cards_is_told, listening, desk_teardown),
        cmocka_unit_test_setup_teardown(an_unknown_room_is_refused, dialling, desk_teardown),
        cmocka_unit_test(habits_of_products),
        cmocka_unit_test(a_lock_system_that_ends_the_link),
        cmocka_unit_test_setup_teardown(a_lost_link_comes_back, listening, desk_teardown),
        cmocka_unit_test_setup_teardown(a_lost_link_comes_back, dialling, desk_teardown),
        cmocka_unit_test(nobody_dials_in),
        cmocka_unit_test(a_lock_system_that_says_nothing),
        cmocka_unit_test(visitors_do_not_hold_anything_up),
        cmocka_unit_test_setup_teardown(the_port_is_kept_and_given_back, listening, desk_teardown),
        cmocka_unit_test_setup_teardown(a_second_client_takes_the_link, listening, desk_teardown),
        cmocka_unit_test(each_fault_over_tcp),
        cmocka_unit_test(each_fault_over_a_serial_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
