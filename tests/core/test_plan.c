/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request that comes again: what the library remembers of it must never be told from what it would work out anew.
 * Each test runs one request until it follows its plan, changes something, and runs it once more beside a twin that
 * never ran before: both must end the same way and send the same bytes. */
#include "desk.h"
#include "far_end.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "op.h"

struct wire {
    int peer;
    size_t count; /* of the last request; 0: none was sent */
    uint8_t bytes[512];
};

static void open_wire(struct desk *desk, struct wire *wire)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    desk_open_uri(desk, "salto+fd:");
    assert_ok(kc_system_adopt_fd(desk->system, pair[0]));
    *wire = (struct wire){.peer = pair[1]};
}

/* ACK, and that the encoder which the request names has done it. */
static void answer(struct wire *wire)
{
    uint8_t frame[128] = {0x06, 0x02, 0xB3, 'C', 'N', 0xB3};
    const uint8_t *encoder = memchr(wire->bytes + 2, 0xB3, wire->count - 2);
    assert_non_null(encoder);
    const uint8_t *end = memchr(encoder + 1, 0xB3, wire->count - (size_t)(encoder + 1 - wire->bytes));
    assert_non_null(end);
    size_t count = 6, length = (size_t)(end - encoder); /* with the separator behind it */
    assert_true(length < sizeof(frame) - count - 2);
    memcpy(frame + count, encoder + 1, length);
    count += length;
    frame[count++] = 0x03;
    for (size_t i = 2; i < count; i++)
        frame[count] ^= frame[i];
    assert_int_equal(send(wire->peer, frame, count + 1, 0), count + 1);
}

/* One operation from its start to its end. */
static kc_op *run(struct desk *desk, struct wire *wire, kc_request *request)
{
    wire->count = 0;
    kc_op *op = desk_start(desk, kc_issue_original, request);
    while (kc_op_get_state(op) != KC_STATE_DONE) {
        struct pollfd entry = {.fd = wire->peer, .events = POLLIN};
        if (poll(&entry, 1, 0) == 1) {
            ssize_t got = recv(wire->peer, wire->bytes + wire->count, sizeof(wire->bytes) - wire->count, 0);
            assert_true(got >= 0); /* 0: the link was closed */
            wire->count += (size_t)got;
            if (wire->count > 3 && wire->bytes[wire->count - 2] == 0x03)
                answer(wire);
        }
        desk_pump(desk, 5);
    }
    return op;
}

static bool follows(const kc_op *op)
{
    return op->plan && op->plan->since >= 0 && op->asked->plan == op->plan;
}

static void run_until_planned(struct desk *desk, struct wire *wire, kc_request *request)
{
    kc_op *op = run(desk, wire, request);
    assert_made(op);
    assert_false(follows(op));
    op = run(desk, wire, request);
    assert_made(op);
    assert_true(follows(op)); /* it has made it */
    const struct plan *plan = op->plan;
    struct wire second = *wire;
    assert_non_null(plan->kept);
    op = run(desk, wire, request);
    assert_made(op);
    assert_ptr_equal(op->plan, plan);
    assert_int_equal(wire->count, second.count);
    assert_memory_equal(wire->bytes, second.bytes, second.count);
}

static void assert_same_key(const kc_op *a, const kc_op *b)
{
    const kc_key *one = kc_op_get_key(a, 0), *other = kc_op_get_key(b, 0);
    const char *(*const getters[])(const kc_key *) = {kc_key_get_booking, kc_key_get_guest,    kc_key_get_from,
                                                      kc_key_get_until,   kc_key_get_created,  kc_key_get_station,
                                                      kc_key_get_encoder, kc_key_get_operator, kc_key_get_system};
    assert_int_equal(kc_op_get_key_count(a), kc_op_get_key_count(b));
    for (size_t i = 0; i < sizeof(getters) / sizeof(getters[0]); i++)
        assert_string_equal(getters[i](one), getters[i](other));
    assert_int_equal(kc_key_get_room_count(one), kc_key_get_room_count(other));
    assert_int_equal(kc_key_get_area_count(one), kc_key_get_area_count(other));
    assert_int_equal(kc_key_get_copies(one), kc_key_get_copies(other));
}

/* Runs both; they are one and the same but for what was remembered. */
static kc_op *assert_no_difference(struct desk *desk, struct wire *wire, kc_request *again, kc_request *twin)
{
    kc_op *second = run(desk, wire, again);
    struct wire sent = *wire;
    kc_op *first = run(desk, wire, twin);
    assert_false(follows(first));
    assert_int_equal(kc_op_get_status(second), kc_op_get_status(first));
    assert_string_equal(kc_error_get_message(kc_op_get_error(second)), kc_error_get_message(kc_op_get_error(first)));
    assert_int_equal(desk_find_warning(second, "from"), desk_find_warning(first, "from"));
    assert_int_equal(desk_find_warning(second, "text"), desk_find_warning(first, "text"));
    assert_int_equal(sent.count, wire->count);
    assert_memory_equal(sent.bytes, wire->bytes, sent.count);
    assert_same_key(second, first);
    return second;
}

static kc_request *base_request(struct desk *desk)
{
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_validity(request, "2026-06-15T07:30", "2026-06-18T11:00"));
    assert_ok(kc_request_set_operator(request, "desk"));
    assert_ok(kc_request_add_area(request, "3"));
    return request;
}

/* ---- Setters ----------------------------------------------------------------------------------------------------- */

static int32_t change_booking(kc_request *request)
{
    return kc_request_set_booking(request, "4712");
}

static int32_t change_station(kc_request *request)
{
    return kc_request_set_station(request, "desk-9");
}

static int32_t change_encoder(kc_request *request)
{
    return kc_request_set_encoder(request, "Desk 2");
}

static int32_t change_operator(kc_request *request)
{
    return kc_request_set_operator(request, "night");
}

static int32_t change_guest(kc_request *request)
{
    return kc_request_set_guest(request, "Ada");
}

static int32_t add_room(kc_request *request)
{
    return kc_request_add_room(request, "102");
}

static int32_t change_room(kc_request *request)
{
    assert_ok(kc_request_clear_rooms(request));
    return kc_request_add_room(request, "103");
}

static int32_t clear_rooms(kc_request *request)
{
    return kc_request_clear_rooms(request);
}

static int32_t add_area(kc_request *request)
{
    return kc_request_add_area(request, "5");
}

static int32_t remove_area(kc_request *request)
{
    return kc_request_remove_area(request, "7");
}

static int32_t clear_areas(kc_request *request)
{
    return kc_request_clear_areas(request);
}

static int32_t change_validity(kc_request *request)
{
    return kc_request_set_validity(request, NULL, "2026-06-19T12:00");
}

static int32_t change_copies(kc_request *request)
{
    return kc_request_set_copies(request, 3);
}

static int32_t change_text(kc_request *request)
{
    return kc_request_set_text(request, 2, "Welcome");
}

static int32_t make_text_foreign(kc_request *request)
{
    return kc_request_set_text(request, 1, "\xD0\x90\xD0\xB4\xD0\xB0"); /* adapted, with a warning */
}

static int32_t give_serial(kc_request *request)
{
    return kc_request_set_card_serial(request, "04A1B2C3D4E5F6");
}

static int32_t give_email(kc_request *request)
{
    return kc_request_set_email(request, "ada@example.com"); /* refused: phones only */
}

static void test_each_setter_ends_the_plan(void **state)
{
    static const struct {
        int32_t (*change)(kc_request *request);
        bool on_the_wire;
    } setters[] = {{change_booking, false}, {change_station, false}, {change_encoder, true},    {change_operator, true},
                   {change_guest, false},   {add_room, true},        {change_room, true},       {clear_rooms, true},
                   {add_area, true},        {remove_area, true},     {clear_areas, true},       {change_validity, true},
                   {change_copies, true},   {change_text, true},     {make_text_foreign, true}, {give_serial, true},
                   {give_email, true}};
    struct desk *desk = *state;
    struct wire wire;
    open_wire(desk, &wire);
    for (size_t i = 0; i < sizeof(setters) / sizeof(setters[0]); i++) {
        kc_request *again = base_request(desk), *twin = base_request(desk);
        run_until_planned(desk, &wire, again);
        struct wire before = wire;
        assert_ok(setters[i].change(again));
        assert_ok(setters[i].change(twin));
        assert_no_difference(desk, &wire, again, twin);
        bool same = wire.count == before.count && memcmp(wire.bytes, before.bytes, wire.count) == 0;
        if (same == setters[i].on_the_wire)
            fail_msg("setter %zu", i);
    }
    close(wire.peer);
}

static void take_events(struct desk *desk)
{
    for (kc_event *event; (event = kc_context_next_event(desk->context));)
        kc_event_unref(event);
}

/* Nothing is left of these operations: the setter finds the request unshared. */
static void run_and_forget(struct desk *desk, struct wire *wire, kc_request *request)
{
    kc_op *op;
    wire->count = 0;
    assert_ok(kc_issue_original(request, &op));
    while (kc_op_get_state(op) != KC_STATE_DONE) {
        struct pollfd entry = {.fd = wire->peer, .events = POLLIN};
        if (poll(&entry, 1, 0) == 1) {
            wire->count = (size_t)recv(wire->peer, wire->bytes, sizeof(wire->bytes), 0);
            answer(wire);
        }
        assert_true(kc_context_wait(desk->context, 5) >= 0);
        assert_ok(kc_context_dispatch(desk->context));
    }
    assert_made(op);
    take_events(desk);
    kc_op_unref(op);
}

static void test_setter_ends_the_plan_of_an_unshared_request(void **state)
{
    struct desk *desk = *state;
    struct wire wire;
    open_wire(desk, &wire);
    kc_request *request = base_request(desk);
    for (int i = 0; i < 3; i++)
        run_and_forget(desk, &wire, request);
    struct wire before = wire;
    struct asked *asked = request->asked;
    assert_non_null(asked->plan);
    assert_ok(change_encoder(request));
    assert_ptr_equal(request->asked, asked); /* changed in place */
    run_and_forget(desk, &wire, request);
    assert_int_equal(wire.count, before.count);
    assert_memory_not_equal(wire.bytes, before.bytes, before.count);
    close(wire.peer);
}

/* A setter that refuses its value has changed nothing. */
static void test_refused_value_changes_nothing(void **state)
{
    struct desk *desk = *state;
    struct wire wire;
    open_wire(desk, &wire);
    kc_request *again = base_request(desk), *twin = base_request(desk);
    run_until_planned(desk, &wire, again);
    assert_int_not_equal(kc_request_set_validity(again, NULL, "never"), KC_OK);
    assert_no_difference(desk, &wire, again, twin);
    close(wire.peer);
}

/* Another verb with the same request has a plan of its own. */
static void test_each_verb_is_planned_by_itself(void **state)
{
    struct desk *desk = *state;
    struct wire wire;
    open_wire(desk, &wire);
    kc_request *request = base_request(desk);
    run_until_planned(desk, &wire, request);
    kc_op *op = desk_start(desk, kc_issue_one_shot, request);
    while (poll(&(struct pollfd){.fd = wire.peer, .events = POLLIN}, 1, 0) == 0)
        desk_pump(desk, 5);
    assert_true(recv(wire.peer, wire.bytes, sizeof(wire.bytes), 0) > 4);
    assert_memory_equal(wire.bytes + 2, "CA", 2);
    assert_string_equal(kc_op_get_encoder_name(op), "Desk 1");
    close(wire.peer);
}

/* ---- Site and system --------------------------------------------------------------------------------------------- */

static void map_room(struct desk *desk)
{
    assert_ok(kc_system_map_room(desk->system, "101", "901"));
}

static void map_area(struct desk *desk)
{
    assert_ok(kc_system_map_area(desk->system, "3", "8"));
}

static void know_encoders(struct desk *desk)
{
    assert_ok(kc_system_add_encoder(desk->system, "Desk 7"));
}

static void add_system(struct desk *desk)
{
    kc_system *other;
    assert_ok(kc_system_new(desk->site, "others", "virtual:", &other));
    assert_ok(kc_system_add_encoder(other, "Desk 1")); /* whose is it now? */
    kc_system_unref(other);
}

static void remove_system(struct desk *desk)
{
    assert_ok(kc_system_remove(desk->system));
}

static void round_times(struct desk *desk)
{
    assert_ok(kc_site_set_policy(desk->site, "text", "refuse"));
}

static void move_zone(struct desk *desk)
{
    assert_ok(kc_site_set_time_zone(desk->site, "Europe/Sofia"));
}

static void withhold(struct desk *desk)
{
    driver_link_offers(&desk->system->link, 0);
}

static void test_each_change_of_site_and_system_ends_the_plan(void **state)
{
    void (*const changes[])(struct desk *) = {map_room,      map_area,    know_encoders, add_system,
                                              remove_system, round_times, move_zone,     withhold};
    struct desk *desk = *state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        struct wire wire;
        open_wire(desk, &wire);
        kc_request *again = base_request(desk), *twin = base_request(desk);
        run_until_planned(desk, &wire, again);
        const struct plan *plan = again->asked->plan;
        changes[i](desk);
        kc_op *op = assert_no_difference(desk, &wire, again, twin);
        assert_ptr_not_equal(op->plan, plan);
        desk_close(desk);
        close(wire.peer);
    }
}

/* ---- The clock --------------------------------------------------------------------------------------------------- */

static void test_clock_ends_the_plan(void **state)
{
    enum { MINUTE = 60, DAY = 24 * 3600 };
    struct desk *desk = *state;
    struct wire wire;
    open_wire(desk, &wire);
    kc_request *again = base_request(desk);
    assert_ok(kc_request_set_validity(again, NULL, "2026-06-18T11:00")); /* from now */
    run_until_planned(desk, &wire, again);
    struct wire before = wire;
    const int64_t moments[] = {DESK_TODAY + MINUTE, DESK_TODAY, DESK_TODAY + DAY, DESK_TODAY + 4 * DAY, DESK_TODAY};
    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        kc_request *twin = base_request(desk);
        assert_ok(kc_request_set_validity(twin, NULL, "2026-06-18T11:00"));
        desk_set_now(desk, moments[i]);
        kc_op *op = assert_no_difference(desk, &wire, again, twin);
        bool same = wire.count == before.count && memcmp(wire.bytes, before.bytes, wire.count) == 0;
        assert_int_equal(same, moments[i] == DESK_TODAY);
        assert_int_equal(kc_op_get_status(op) == KC_OK, moments[i] < DESK_TODAY + 3 * DAY);
    }
    close(wire.peer);
}

/* A stay that begins later: what was found before its beginning does not hold after it. */
static void test_beginning_of_the_stay_ends_the_plan(void **state)
{
    struct desk *desk = *state;
    struct wire wire;
    open_wire(desk, &wire);
    kc_request *again = base_request(desk), *twin = base_request(desk);
    assert_ok(kc_request_set_validity(again, "2026-06-15T09:00", "2026-06-18T11:00"));
    assert_ok(kc_request_set_validity(twin, "2026-06-15T09:00", "2026-06-18T11:00"));
    run_until_planned(desk, &wire, again);
    const struct plan *plan = again->asked->plan;
    desk_set_now(desk, DESK_TODAY + 3599);
    assert_ptr_equal(run(desk, &wire, again)->plan, plan);
    desk_set_now(desk, DESK_TODAY + 3600);
    assert_ptr_not_equal(assert_no_difference(desk, &wire, again, twin)->plan, plan);
    close(wire.peer);
}

/* Whoever was warned is warned each time. */
static void test_what_is_warned_of_is_not_planned(void **state)
{
    struct desk *desk = *state;
    struct wire wire;
    open_wire(desk, &wire);
    kc_request *request = base_request(desk);
    assert_ok(make_text_foreign(request));
    for (int i = 0; i < 4; i++) {
        kc_op *op = run(desk, &wire, request);
        assert_made(op);
        assert_true(desk_find_warning(op, "text") >= 0);
        assert_null(op->plan);
    }
    close(wire.peer);
}

/* One request for ever, whose plan holds for a minute: what it remembers stays bounded. */
static void test_plans_do_not_pile_up(void **state)
{
    struct desk *desk = *state;
    struct wire wire;
    open_wire(desk, &wire);
    kc_request *request = base_request(desk);
    assert_ok(kc_request_set_validity(request, NULL, "2026-06-18T11:00"));
    const struct asked *asked = request->asked;
    bool renewed = false;
    for (int minute = 0; minute < 30; minute++) {
        desk_set_now(desk, DESK_TODAY + minute * 60);
        assert_made(run(desk, &wire, request));
        assert_true(request->asked->outdated < 8192);
        renewed = renewed || request->asked != asked;
    }
    assert_true(renewed);
    close(wire.peer);
}

/* The lists that the lock system's names were put into belong to the plan, not to the operation that made it. */
static void test_plan_has_its_own_lists(void **state)
{
    struct desk *desk = *state;
    struct wire wire;
    open_wire(desk, &wire);
    assert_ok(kc_system_map_room(desk->system, "101", "901"));
    assert_ok(kc_system_map_area(desk->system, "3", "8"));
    assert_ok(kc_system_map_area(desk->system, "7", "9"));
    kc_request *request = base_request(desk);
    assert_ok(kc_request_remove_area(request, "7"));
    assert_ok(kc_request_set_text(request, 1, "Welcome"));
    run(desk, &wire, request);
    const kc_op *maker = run(desk, &wire, request);
    assert_true(follows(maker));
    const struct driver_request *own = &maker->request, *kept = &maker->plan->request;
    const struct strings *const lists[][2] = {{&own->rooms, &kept->rooms},
                                              {&own->areas, &kept->areas},
                                              {&own->denied, &kept->denied},
                                              {&own->texts, &kept->texts}};
    static const char *const names[] = {"901", "8", "9", "Welcome"};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        assert_int_equal(lists[i][1]->count, 1);
        assert_ptr_not_equal(lists[i][1]->items, lists[i][0]->items);
        assert_string_equal(lists[i][1]->items[0], names[i]);
    }
    close(wire.peer);
}

/* A key shows its names after everything but itself is gone. */
static void test_key_outlives_request_and_system(void **state)
{
    struct desk *desk = *state;
    struct wire wire;
    open_wire(desk, &wire);
    kc_request *request;
    kc_op *op;
    kc_key *key = NULL;
    assert_ok(kc_request_new(desk->site, &request));
    assert_ok(kc_request_set_encoder(request, "Desk 1"));
    assert_ok(kc_request_add_room(request, "101"));
    assert_ok(kc_request_set_validity(request, NULL, "2026-06-18T11:00"));
    for (int i = 0; i < 3; i++) {
        op = run(desk, &wire, request);
        assert_made(op);
        kc_key_unref(key);
        key = kc_key_ref(kc_op_get_key(op, 0));
    }
    assert_true(follows(op));
    kc_request_unref(request);
    desk_close(desk);
    close(wire.peer);
    assert_string_equal(kc_key_get_system(key), "locks");
    assert_string_equal(kc_key_get_encoder(key), "Desk 1");
    assert_string_equal(kc_key_get_room(key, 0), "101");
    assert_string_equal(kc_key_get_from(key), "2026-06-15T08:00+00:00");
    assert_string_equal(kc_key_get_until(key), "2026-06-18T11:00+00:00");
    kc_key_unref(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_each_setter_ends_the_plan),
        DESK_TEST(test_setter_ends_the_plan_of_an_unshared_request),
        DESK_TEST(test_refused_value_changes_nothing),
        DESK_TEST(test_each_verb_is_planned_by_itself),
        DESK_TEST(test_each_change_of_site_and_system_ends_the_plan),
        DESK_TEST(test_clock_ends_the_plan),
        DESK_TEST(test_beginning_of_the_stay_ends_the_plan),
        DESK_TEST(test_what_is_warned_of_is_not_planned),
        DESK_TEST(test_plans_do_not_pile_up),
        DESK_TEST(test_plan_has_its_own_lists),
        DESK_TEST(test_key_outlives_request_and_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
