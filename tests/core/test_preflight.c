/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is checked before anything is sent: limits, policies, texts that are hostile or foreign, guest data in errors.
 */
#include "desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECRET_GUEST "Zdravka Tsvetanova"
#define SECRET_PHONE "+359888765432"
#define SECRET_TEXT  "Happy birthday Zdravka"

static int32_t set(kc_request *request, const char *field, const char *value)
{
    if (strcmp(field, "rooms") == 0)
        return kc_request_add_room(request, value);
    if (strcmp(field, "areas") == 0)
        return *value == '-' ? kc_request_remove_area(request, value + 1) : kc_request_add_area(request, value);
    if (strcmp(field, "guest") == 0)
        return kc_request_set_guest(request, value);
    if (strcmp(field, "operator") == 0)
        return kc_request_set_operator(request, value);
    if (strcmp(field, "text") == 0)
        return kc_request_set_text(request, 1, value);
    if (strcmp(field, "message") == 0)
        return kc_request_set_message(request, value);
    if (strcmp(field, "booking") == 0)
        return kc_request_set_booking(request, value);
    if (strcmp(field, "station") == 0)
        return kc_request_set_station(request, value);
    if (strcmp(field, "encoder") == 0)
        return kc_request_set_encoder(request, value);
    if (strcmp(field, "copies") == 0)
        return kc_request_set_copies(request, atoi(value));
    if (strcmp(field, "from") == 0)
        return kc_request_set_validity(request, value, "2026-06-20T11:00");
    assert_string_equal(field, "until");
    return kc_request_set_validity(request, NULL, value);
}

static kc_op *run_with(struct desk *desk, const char *field, const char *value)
{
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(set(request, field, value));
    return desk_run(desk, kc_issue_original, request);
}

static void open_again(struct desk *desk, const char *query)
{
    desk_close(desk);
    desk_open_virtual(desk, query);
}

/* ---- Limits ------------------------------------------------------------------------------------------------------ */

static void test_invariant_08_each_limit_is_refused_before_sending_and_its_edge_is_taken(void **state)
{
    static const struct {
        const char *query, *field, *fits, *too_much;
        int32_t status;
    } limits[] = {
        {"rooms=2", "rooms", "102", NULL, KC_ERROR_LIMIT},
        {"room-length=5", "rooms", "12345", "123456", KC_ERROR_LIMIT},
        {"charset=ascii", "rooms", "Suite", "Cr\xC3\xA8me", KC_ERROR_LIMIT},
        {"charset=latin1", "rooms", "Cr\xC3\xA8me", "\xD0\x90\xD0\xBF\xD0\xB0\xD1\x80\xD1\x82", KC_ERROR_LIMIT},
        {"areas=0", "areas", NULL, "1", KC_ERROR_LIMIT},
        {"areas=5", "areas", "5", "6", KC_ERROR_LIMIT},
        {"areas=5", "areas", "-5", "-6", KC_ERROR_LIMIT},
        {"areas=5", "areas", "1", "0", KC_ERROR_LIMIT},
        {"deny-areas=off", "areas", "1", "-1", KC_ERROR_NOT_OFFERED},
        {"text-lines=0", "text", NULL, "Welcome", KC_ERROR_LIMIT},
        {"message-length=0", "message", NULL, "Welcome", KC_ERROR_LIMIT},
        {"copies=3", "copies", "3", "4", KC_ERROR_LIMIT},
        {"last-year=2027", "until", "2027-12-31", "2028-01-01", KC_ERROR_LIMIT},
        {"minutes=30", "until", "2026-06-20T11:30", "2026-06-20T11:31", KC_ERROR_LIMIT},
        {"minutes=30", "from", "2026-06-16T11:30", "2026-06-16T11:15", KC_ERROR_LIMIT},
        {"start=off", "from", "2026-06-15T08:00", "2026-06-15T08:01", KC_ERROR_LIMIT},
    };
    struct desk *desk = *state;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        open_again(desk, limits[i].query);
        size_t sent = 0;
        if (limits[i].fits) {
            kc_op *edge = run_with(desk, limits[i].field, limits[i].fits);
            assert_made(edge);
            assert_int_equal(desk_count_events(desk, edge, KC_EVENT_WARNING), 0);
            sent = 1;
        }
        kc_request *request = desk_request(desk, "4712", "201");
        if (limits[i].too_much) {
            assert_ok(set(request, limits[i].field, limits[i].too_much));
        } else {
            assert_ok(kc_request_add_room(request, "202"));
            assert_ok(kc_request_add_room(request, "203"));
        }
        assert_refused(desk_run(desk, kc_issue_original, request), limits[i].status, limits[i].field);
        assert_int_equal(desk_requests_seen(desk), sent);
        kc_op *keys = desk_keys(desk, KC_FILTER_BOOKING, "4712");
        assert_int_equal(kc_op_get_key_count(keys), 0); /* refused: not recorded either */
    }
}

static void test_more_lines_than_the_card_has(void **state)
{
    struct desk *desk = *state;
    open_again(desk, "text-lines=2");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_text(request, 2, "Welcome"));
    assert_made(desk_run(desk, kc_issue_original, request));
    assert_ok(kc_request_set_text(request, 3, "to us"));
    assert_refused(desk_run(desk, kc_issue_original, request), KC_ERROR_LIMIT, "text");
    assert_int_equal(desk_requests_seen(desk), 1);
}

/* The library says it itself, before the driver is asked. */
static void test_the_highest_area_is_named(void **state)
{
    struct desk *desk = *state;
    open_again(desk, "areas=5");
    kc_op *op = run_with(desk, "areas", "6");
    assert_refused(op, KC_ERROR_LIMIT, "areas");
    assert_non_null(strstr(kc_error_get_message(kc_op_get_error(op)), "\"6\" is beyond 5, the highest number"));
}

static void test_invariant_08_mapped_names_are_what_is_checked(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "room-length=5&areas=5");
    assert_ok(kc_system_map_room(desk->system, "101", "Suite 101"));
    assert_ok(kc_system_map_room(desk->system, "Presidential suite", "901"));
    assert_ok(kc_system_map_area(desk->system, "spa", "9"));
    assert_ok(kc_system_map_area(desk->system, "99", "5"));
    assert_refused(desk_original(desk, "4711", "101"), KC_ERROR_LIMIT, "rooms");
    kc_request *request = desk_request(desk, "4711", "Presidential suite");
    assert_ok(kc_request_add_area(request, "99"));
    assert_made(desk_run(desk, kc_issue_original, request));
    assert_ok(kc_request_add_area(request, "spa"));
    assert_refused(desk_run(desk, kc_issue_original, request), KC_ERROR_LIMIT, "areas");
    assert_int_equal(desk_requests_seen(desk), 1);
}

/* ---- Texts: adapted or refused ----------------------------------------------------------------------------------- */

static const struct {
    const char *query, *field, *before, *after;
} texts[] = {
    {"guest-length=5", "guest", "Ivanova", "Ivano"},
    {"operator-length=4", "operator", "Night desk", "Nigh"},
    {"text-length=7", "text", "Welcome back", "Welcome"},
    {"message-length=3", "message", "Hello", "Hel"},
    {"charset=ascii", "guest", "\xD0\x98\xD0\xB2\xD0\xB0\xD0\xBD", "Ivan"},
    {"charset=ascii", "operator", "M\xC3\xBCller", "Muller"},
    {"charset=ascii", "text", "\xF0\x9F\x8E\x89 party", "? party"},
    {"charset=ascii", "guest", "\xD7\x93\xD7\x95\xD7\x93", NULL}, /* right to left: whatever ICU makes of it */
    {"charset=ascii", "guest", "\xD9\x85\xD8\xAD\xD9\x85\xD8\xAF", NULL},
    {"charset=latin1", "guest", "M\xC3\xBCller \xD0\x98\xD0\xB2\xD0\xB0\xD0\xBD", "M\xC3\xBCller Ivan"},
    {"charset=ascii&guest-length=3", "guest", "\xD0\x98\xD0\xB2\xD0\xB0\xD0\xBD", "Iva"},
};

static size_t first_event(const struct desk *desk, const kc_op *op, int32_t type)
{
    size_t at = 0;
    while (at < desk->event_count && (desk->events[at].op != op || desk->events[at].type != type))
        at++;
    return at;
}

static void test_invariant_08_adapted_text_is_a_warning_with_before_and_after(void **state)
{
    struct desk *desk = *state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char query[100];
        snprintf(query, sizeof(query), "%s&hand=1", texts[i].query);
        open_again(desk, query);
        kc_op *op = run_with(desk, texts[i].field, texts[i].before);
        assert_made(op);
        int32_t at = desk_find_warning(op, texts[i].field);
        assert_true(at >= 0);
        assert_int_equal(kc_op_get_warning_count(op), 1);
        const char *after = kc_op_get_warning_after(op, at);
        assert_string_equal(kc_op_get_warning_before(op, at), texts[i].before);
        if (texts[i].after)
            assert_string_equal(after, texts[i].after);
        else
            for (; *after; after++)
                assert_in_range(*after, 0x20, 0x7E);
        assert_null(strstr(kc_op_get_warning_text(op, at), texts[i].before));
        assert_int_equal(desk_count_events(desk, op, KC_EVENT_WARNING), 1);
        /* known before anybody is asked for a card */
        assert_true(first_event(desk, op, KC_EVENT_WARNING) < first_event(desk, op, KC_EVENT_PROMPT));
    }
}

static void test_invariant_08_policy_text_refuse_refuses_what_would_be_adapted(void **state)
{
    struct desk *desk = *state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        open_again(desk, texts[i].query);
        assert_ok(kc_site_set_policy(desk->site, "text", "refuse"));
        kc_op *op = run_with(desk, texts[i].field, texts[i].before);
        assert_refused(op, KC_ERROR_LIMIT, texts[i].field);
        assert_null(strstr(kc_error_get_message(kc_op_get_error(op)), texts[i].before));
        assert_int_equal(kc_op_get_warning_count(op), 0);
        assert_int_equal(desk_requests_seen(desk), 0);
    }
}

static void test_invariant_08_the_lock_system_gets_the_adapted_text(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "charset=ascii&operator-length=6");
    assert_made(run_with(desk, "operator", "\xD0\x98\xD0\xB2\xD0\xB0\xD0\xBD\xD0\xBE\xD0\xB2\xD0\xB0"));
    kc_op *read = desk_run(desk, kc_read_card, desk_request(desk, NULL, NULL));
    assert_ended(read, KC_OK, KC_OUTCOME_NOT_WRITTEN);
    assert_string_equal(kc_key_get_operator(kc_op_get_key(read, 0)), "Ivanov");
    kc_op *keys = desk_keys(desk, KC_FILTER_BOOKING, "4711"); /* the ledger has it as it was given */
    assert_string_equal(kc_key_get_operator(kc_op_get_key(keys, 0)),
                        "\xD0\x98\xD0\xB2\xD0\xB0\xD0\xBD\xD0\xBE\xD0\xB2\xD0\xB0");
}

/* ---- Times: the policies minutes and start ----------------------------------------------------------------------- */

static void test_invariant_08_policy_minutes(void **state)
{
    static const struct {
        const char *policy, *from, *until, *from_after, *until_after;
    } cases[] = {
        {"inward", "2026-06-15T09:20", "2026-06-18T11:40", "2026-06-15T10:00+00:00", "2026-06-18T11:00+00:00"},
        {"outward", "2026-06-15T09:20", "2026-06-18T11:40", "2026-06-15T09:00+00:00", "2026-06-18T12:00+00:00"},
        {"inward", "2026-06-15T23:30", "2026-06-18T00:10", "2026-06-16T00:00+00:00", "2026-06-18T00:00+00:00"},
        {"outward", "2026-06-15T23:30", "2026-06-30T23:10", "2026-06-15T23:00+00:00", "2026-07-01T00:00+00:00"},
    };
    struct desk *desk = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        open_again(desk, "minutes=60");
        kc_request *request = desk_request(desk, "4711", "101");
        assert_ok(kc_request_set_validity(request, cases[i].from, cases[i].until));
        assert_refused(desk_run(desk, kc_issue_original, request), KC_ERROR_LIMIT, "from"); /* the default */
        assert_int_equal(desk_requests_seen(desk), 0);
        assert_ok(kc_site_set_policy(desk->site, "minutes", cases[i].policy));
        kc_op *op = desk_run(desk, kc_issue_original, request);
        assert_made(op);
        int32_t from = desk_find_warning(op, "from"), until = desk_find_warning(op, "until");
        assert_int_equal(kc_op_get_warning_count(op), 2);
        assert_int_equal(strncmp(kc_op_get_warning_before(op, from), cases[i].from, 16), 0);
        assert_int_equal(strncmp(kc_op_get_warning_before(op, until), cases[i].until, 16), 0);
        assert_string_equal(kc_op_get_warning_after(op, from), cases[i].from_after);
        assert_string_equal(kc_op_get_warning_after(op, until), cases[i].until_after);
        assert_string_equal(kc_key_get_from(kc_op_get_key(op, 0)), cases[i].from_after);
        assert_string_equal(kc_key_get_until(kc_op_get_key(op, 0)), cases[i].until_after);
    }
}

static void test_invariant_08_rounding_never_makes_a_forbidden_time(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "minutes=60&last-year=2026");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_site_set_policy(desk->site, "minutes", "inward"));
    assert_ok(kc_request_set_validity(request, "2026-06-15T09:10", "2026-06-15T09:50"));
    assert_refused(desk_run(desk, kc_issue_original, request), KC_ERROR_INVALID_ARGUMENT, "until");
    assert_ok(kc_request_set_validity(request, NULL, "2026-06-15T08:50")); /* becomes 08:00, which is now */
    assert_refused(desk_run(desk, kc_issue_original, request), KC_ERROR_INVALID_ARGUMENT, "until");
    assert_ok(kc_site_set_policy(desk->site, "minutes", "outward"));
    assert_ok(kc_request_set_validity(request, NULL, "2026-12-31T23:30"));
    assert_refused(desk_run(desk, kc_issue_original, request), KC_ERROR_LIMIT, "until");
    assert_int_equal(desk_requests_seen(desk), 0);
}

static void test_invariant_08_policy_start(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "start=off");
    assert_refused(run_with(desk, "from", "2026-06-17T15:00"), KC_ERROR_LIMIT, "from");
    assert_int_equal(desk_requests_seen(desk), 0);
    assert_ok(kc_site_set_policy(desk->site, "start", "drop"));
    kc_op *op = run_with(desk, "from", "2026-06-17T15:00");
    assert_made(op);
    int32_t at = desk_find_warning(op, "from");
    assert_true(at >= 0);
    assert_string_equal(kc_op_get_warning_before(op, at), "2026-06-17T15:00+00:00");
    assert_string_equal(kc_op_get_warning_after(op, at), "");
    assert_made(desk_original(desk, "4712", "102")); /* from now on: nothing is dropped */
    assert_int_equal(desk_count_events(desk, NULL, KC_EVENT_WARNING), 1);
}

/* ---- Hostile values ---------------------------------------------------------------------------------------------- */

static void test_invariant_15_control_bytes_and_monsters_are_refused_by_the_setter(void **state)
{
    static const char *const fields[] = {"guest",   "operator", "text",    "message",
                                         "booking", "station",  "encoder", "rooms"};
    static const char *const bad[] = {"Ann\x02",         "Ann\x03 CN",     "\x1B[2J",         "Ann\x7F",
                                      "Ann\r",           "Ann\xC2\x85",    "Ann\xE2\x80\xAE", "Ann\xE2\x81\xA6",
                                      "Ann\xB3",         "Ann\xC0\xAF",    "Ann\xED\xA0\x80", "Ann\xF4\x90\x80\x80",
                                      "Ann\xE2\x80\xA8", "Ann\xEF\xBF\xBF"};
    static char huge[10001];
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    memset(huge, 'A', sizeof(huge) - 1);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        kc_request *request = desk_request(desk, "4711", "101");
        for (size_t k = 0; k <= sizeof(bad) / sizeof(bad[0]); k++) {
            const char *value = k < sizeof(bad) / sizeof(bad[0]) ? bad[k] : huge;
            assert_int_equal(set(request, fields[i], value), KC_ERROR_INVALID_ARGUMENT);
            const kc_error *error = kc_request_get_error(request);
            assert_string_equal(kc_error_get_field(error), fields[i]);
            assert_null(strstr(kc_error_get_message(error), "Ann"));
            assert_null(strstr(kc_error_get_message(error), "AAAA"));
        }
        kc_op *op = desk_run(desk, kc_issue_original, request); /* it is as it was before */
        assert_made(op);
        assert_string_equal(kc_op_get_booking(op), "4711");
        assert_int_equal(kc_key_get_room_count(kc_op_get_key(op, 0)), 1);
        assert_int_equal(kc_op_get_warning_count(op), i ? 1 : 0); /* second original only */
    }
}

/* Characters that mean something somewhere: to the wire, to XML and JSON, to SQL, to printf. */
#define SEPARATORS "|;&<>\"'\\%s%n\xC2\xB3]]>{}--"

/* The whole line of the journal about the last request. */
static char *last_line(struct desk *desk, const char *event)
{
    char *journal = simulator_journal(desk->simulator), *found = NULL;
    assert_non_null(journal);
    for (char *at = strstr(journal, event); at; at = strstr(at + 1, event))
        found = at;
    assert_non_null(found);
    char *line = strndup(found, strcspn(found, "\n"));
    free(journal);
    assert_non_null(line);
    return line;
}

static void assert_in_line(struct desk *desk, const char *text)
{
    char *line = last_line(desk, "\"event\":\"request\"");
    if (!strstr(line, text))
        fail_msg("%s is not in %s", text, line);
    free(line);
}

static kc_request *hostile_request(struct desk *desk)
{
    kc_request *request = desk_request(desk, "4711" SEPARATORS, "101");
    assert_ok(kc_request_set_guest(request, "Guest" SEPARATORS));
    assert_ok(kc_request_set_operator(request, "Op" SEPARATORS));
    assert_ok(kc_request_set_text(request, 1, "Line" SEPARATORS));
    assert_ok(kc_request_set_text(request, 3, "Third" SEPARATORS));
    return request;
}

static void test_invariant_15_separators_cannot_change_a_salto_message(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "operator-length=50&print-length=50");
    kc_op *op = desk_run(desk, kc_issue_original, hostile_request(desk));
    assert_made(op);
    /* B3 does not exist in ASCII: adapted with a warning; the other bytes arrive as they are, in their own fields */
    int32_t at = desk_find_warning(op, "operator");
    assert_true(at >= 0);
    assert_string_equal(kc_op_get_warning_before(op, at), "Op" SEPARATORS);
    assert_in_line(desk, "\"command\":\"CN\"");
    assert_in_line(desk, "\"encoder\":\"Desk 1\"");
    assert_in_line(desk, "\"rooms\":[\"101\"]");
    assert_in_line(desk, "\"copies\":1");
    assert_in_line(desk, "\"operator\":\"Op|;&<>\\\"'\\\\%s%n?]]>{}--\"");
    assert_in_line(desk, "\"lines\":[\"Line|;&<>\\\"'\\\\%s%n?]]>{}--\",\"\",\"Third|;&<>\\\"'\\\\%s%n?]]>{}--\"]");
    char *line = last_line(desk, "\"event\":\"request\"");
    assert_null(strstr(line, "Guest")); /* is not part of the protocol */
    assert_null(strstr(line, "areas"));
    free(line);
    assert_int_equal(desk_effects(desk), 1);
    kc_op *keys = desk_keys(desk, KC_FILTER_BOOKING, "4711" SEPARATORS);
    assert_int_equal(kc_op_get_key_count(keys), 1);
    assert_string_equal(kc_key_get_guest(kc_op_get_key(keys, 0)), "Guest" SEPARATORS);
}

static void test_invariant_15_superscript_three_is_refused_where_it_would_be_b3(void **state)
{
    static const char *const fields[] = {"operator", "text", "encoder", "rooms"};
    struct desk *desk = *state;
    desk_open_salto(desk, "code-page=latin1&mobile=on");
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        kc_op *op = run_with(desk, fields[i],
                             "A\xC2\xB3"
                             "102");
        assert_refused(op, KC_ERROR_INVALID_ARGUMENT, fields[i]);
    }
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_phone(request, SECRET_PHONE));
    assert_ok(kc_request_set_message(request, "m\xC2\xB3"));
    assert_refused(desk_run(desk, kc_send_mobile, request), KC_ERROR_INVALID_ARGUMENT, "message");
    assert_int_equal(desk_requests_seen(desk), 0);
    assert_made(run_with(desk, "guest", "Guest\xC2\xB3")); /* is not sent */
    assert_made(run_with(desk, "operator", "J\xC3\xB6rg\xC2\xB2|"));
    assert_in_line(desk, "\"operator\":\"J\xC3\xB6rg\xC2\xB2|\"");
}

static void test_invariant_08_foreign_names_reach_salto_in_its_characters(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_operator(request, "\xF0\x9F\x98\x80 \xD7\x93\xD7\x95\xD7\x93 \xD0\x98\xD0\xB2\xD0\xB0"));
    assert_ok(kc_request_set_text(request, 2, "\xD0\x94\xD0\xBE\xD0\xB1\xD1\x80\xD0\xB5"));
    kc_op *op = desk_run(desk, kc_issue_original, request);
    assert_made(op);
    assert_int_equal(kc_op_get_warning_count(op), 2);
    char expected[200];
    snprintf(expected, sizeof(expected), "\"operator\":\"%s\"",
             kc_op_get_warning_after(op, desk_find_warning(op, "operator")));
    assert_in_line(desk, expected);
    assert_in_line(desk, "\"lines\":[\"\",\"Dobre\"]");
    assert_ok(kc_site_set_policy(desk->site, "text", "refuse"));
    assert_refused(desk_run(desk, kc_issue_original, request), KC_ERROR_LIMIT, "operator");
    assert_int_equal(desk_requests_seen(desk), 1);
}

/* ---- Guest data in errors and logs ------------------------------------------------------------------------------- */

static kc_request *secret_request(struct desk *desk)
{
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_guest(request, SECRET_GUEST));
    assert_ok(kc_request_set_text(request, 1, SECRET_TEXT));
    return request;
}

/* Of every secret of the tests a part that stands nowhere else. */
static void assert_no_secret(const char *text)
{
    static const char *const secrets[] = {"Zdravka", "Tsvetan", "765432", "birthday", "zt@", "Gate code"};
    for (size_t i = 0; text && i < sizeof(secrets) / sizeof(secrets[0]); i++)
        if (strstr(text, secrets[i]))
            fail_msg("\"%s\" is in: %s", secrets[i], text);
}

static void assert_op_keeps_secrets(const kc_op *op)
{
    assert_no_secret(kc_error_get_message(kc_op_get_error(op)));
    assert_no_secret(kc_error_get_vendor_text(kc_op_get_error(op)));
    for (int32_t i = 0; i < kc_op_get_warning_count(op); i++)
        assert_no_secret(kc_op_get_warning_text(op, i));
}

static void assert_desk_keeps_secrets(const struct desk *desk)
{
    assert_no_secret(desk->log);
    for (size_t i = 0; i < desk->event_count; i++)
        assert_no_secret(desk->events[i].text);
}

static void test_invariant_14_no_guest_data_in_refusals_warnings_and_log(void **state)
{
    static const char *const queries[] = {"charset=ascii&guest-length=4&text-length=4&message-length=4",
                                          "phone=off",
                                          "email=off",
                                          "mobile=off",
                                          "text-lines=0",
                                          "message-length=0",
                                          "script=vendor:X1",
                                          "script=card",
                                          "script=drop",
                                          ""};
    struct desk *desk = *state;
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        for (int refuse = 0; refuse < 2; refuse++) {
            open_again(desk, queries[i]);
            assert_ok(kc_site_set_policy(desk->site, "text", refuse ? "refuse" : "adapt"));
            kc_request *request = secret_request(desk);
            assert_ok(kc_request_set_phone(request, SECRET_PHONE));
            assert_ok(kc_request_set_email(request, "zt@example.org"));
            assert_ok(kc_request_set_message(request, "Gate code 4455"));
            assert_op_keeps_secrets(desk_run(desk, kc_issue_original, request));
            assert_op_keeps_secrets(desk_run(desk, kc_send_mobile, request));
            assert_op_keeps_secrets(desk_run(desk, kc_issue_duplicate, request));
        }
    }
    assert_desk_keeps_secrets(desk);
    assert_int_not_equal(desk->log_length, 0);
}

static void test_invariant_14_no_guest_data_in_errors_of_setters(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_int_equal(kc_request_set_guest(request, SECRET_GUEST "\x01"), KC_ERROR_INVALID_ARGUMENT);
    assert_no_secret(kc_error_get_message(kc_request_get_error(request)));
    assert_int_equal(kc_request_set_phone(request, "0888765432"), KC_ERROR_INVALID_ARGUMENT);
    assert_no_secret(kc_error_get_message(kc_request_get_error(request)));
    assert_int_equal(kc_request_set_phone(request, "zt@example.org"), KC_ERROR_INVALID_ARGUMENT);
    assert_no_secret(kc_error_get_message(kc_request_get_error(request)));
    assert_int_equal(kc_request_set_email(request, "zt@example"), KC_ERROR_INVALID_ARGUMENT);
    assert_no_secret(kc_error_get_message(kc_request_get_error(request)));
    assert_desk_keeps_secrets(desk);
}

/* A lock system at the other end of a pair of sockets, which takes one request and answers with an error of its own
 * words. Returns the operation when it has ended. */
static kc_op *answered_with(struct desk *desk, desk_verb verb, kc_request *request, const char *id, const char *words)
{
    int ends[2];
    kc_system *system = NULL;
    char frame[700], taken[1024];
    size_t received = 0;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    assert_ok(kc_system_remove(desk->system));
    desk->system = kc_system_unref(desk->system);
    assert_ok(kc_system_new(desk->site, "locks", "salto+fd:?mobile=on&back-off=0&keep-alive=0", &system));
    desk->system = system;
    assert_ok(kc_system_adopt_fd(system, ends[0]));
    kc_op *op = desk_start(desk, verb, request);
    while (received < 2 || taken[received - 2] != '\x03') { /* the check byte stands behind it */
        ssize_t count = read(ends[1], taken + received, sizeof(taken) - received);
        received += count > 0 ? (size_t)count : 0;
        assert_true(received < sizeof(taken));
        assert_true(kc_op_get_state(op) != KC_STATE_DONE);
        desk_pump(desk, 10);
    }
    int length = snprintf(frame, sizeof(frame),
                          "\x06\x02\xB3"
                          "EG\xB3%s\xB3%s\xB3\x03\r",
                          id, words);
    assert_int_equal(write(ends[1], frame, (size_t)length), length);
    desk_finish(desk, op);
    close(ends[1]);
    return op;
}

static void test_invariant_14_guest_data_that_the_lock_system_repeats_are_masked(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *op = answered_with(desk, kc_issue_original, secret_request(desk), "Desk 1",
                              "Cannot print '" SECRET_TEXT "' for " SECRET_GUEST "!");
    assert_ended(op, KC_ERROR_VENDOR, KC_OUTCOME_NOT_WRITTEN);
    assert_string_equal(kc_error_get_vendor_code(kc_op_get_error(op)), "EG");
    assert_non_null(strstr(kc_error_get_vendor_text(kc_op_get_error(op)), "Cannot print '***"));
    assert_op_keeps_secrets(op);

    kc_request *request = secret_request(desk);
    assert_ok(kc_request_set_phone(request, SECRET_PHONE));
    assert_ok(kc_request_set_message(request, "Gate code 4455"));
    op = answered_with(desk, kc_send_mobile, request, SECRET_PHONE, "No app at 00359888765432; Gate code 4455");
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_NOT_WRITTEN);
    assert_non_null(strstr(kc_error_get_vendor_text(kc_op_get_error(op)), "No app at"));
    assert_op_keeps_secrets(op);
    assert_op_keeps_secrets(desk_find(desk, kc_op_get_id(op))); /* nor in the ledger */
    assert_desk_keeps_secrets(desk);
}

/* A text that is cut must not leave the first half of a name. */
static void test_invariant_14_guest_data_at_the_edge_of_a_cut_text_are_masked(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    for (size_t blanks = 215; blanks < 260; blanks += 3) {
        char words[400];
        snprintf(words, sizeof(words), "%*s" SECRET_GUEST, (int)blanks, "x");
        kc_op *op = answered_with(desk, kc_issue_original, secret_request(desk), "Desk 1", words);
        assert_ended(op, KC_ERROR_VENDOR, KC_OUTCOME_NOT_WRITTEN);
        assert_null(strstr(kc_error_get_vendor_text(kc_op_get_error(op)), "Zdr"));
        assert_null(strstr(kc_error_get_message(kc_op_get_error(op)), "Zdr"));
    }
    assert_desk_keeps_secrets(desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_invariant_08_each_limit_is_refused_before_sending_and_its_edge_is_taken),
        DESK_TEST(test_more_lines_than_the_card_has),
        DESK_TEST(test_the_highest_area_is_named),
        DESK_TEST(test_invariant_08_mapped_names_are_what_is_checked),
        DESK_TEST(test_invariant_08_adapted_text_is_a_warning_with_before_and_after),
        DESK_TEST(test_invariant_08_policy_text_refuse_refuses_what_would_be_adapted),
        DESK_TEST(test_invariant_08_the_lock_system_gets_the_adapted_text),
        DESK_TEST(test_invariant_08_policy_minutes),
        DESK_TEST(test_invariant_08_rounding_never_makes_a_forbidden_time),
        DESK_TEST(test_invariant_08_policy_start),
        DESK_TEST(test_invariant_15_control_bytes_and_monsters_are_refused_by_the_setter),
        DESK_TEST(test_invariant_15_separators_cannot_change_a_salto_message),
        DESK_TEST(test_invariant_15_superscript_three_is_refused_where_it_would_be_b3),
        DESK_TEST(test_invariant_08_foreign_names_reach_salto_in_its_characters),
        DESK_TEST(test_invariant_14_no_guest_data_in_refusals_warnings_and_log),
        DESK_TEST(test_invariant_14_no_guest_data_in_errors_of_setters),
        DESK_TEST(test_invariant_14_guest_data_that_the_lock_system_repeats_are_masked),
        DESK_TEST(test_invariant_14_guest_data_at_the_edge_of_a_cut_text_are_masked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
