/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each limit: what reaches it is taken as it is, what goes beyond is refused before anything is sent, or adapted with a
 * warning that shows both, as the site's policy says. The limits are asked of the system. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "suite.h"

#define RULE(function)                                                                                                 \
    {                                                                                                                  \
        .name = #function, .check = function                                                                           \
    }

/* What the setters take at most, whatever the lock system. */
enum { MOST_ROOMS = 16, MOST_NAME = 100, MOST_TEXT = 400, MOST_LINES = 8, MOST_COPIES = 99, MOST_MESSAGE = 1000 };

static kc_request *new_request(struct hotel *hotel)
{
    return hotel_request(hotel, "4711", hotel_room(hotel, 0));
}

static kc_op *issue(struct hotel *hotel, kc_request *request)
{
    return hotel_run(hotel, kc_issue_original, request);
}

static void expect_taken_as_it_is(struct hotel *hotel, kc_op *op)
{
    expect_made(hotel, op);
    EXPECT(kc_op_get_warning_count(op) == 0, "a warning: %s", kc_op_get_warning_text(op, 0));
}

static void expect_limit(struct hotel *hotel, kc_op *op, const char *field, size_t requests)
{
    expect_refused(hotel, op, KC_ERROR_LIMIT, requests);
    EXPECT(strcmp(kc_error_get_field(kc_op_get_error(op)), field) == 0, "the field %s",
           kc_error_get_field(kc_op_get_error(op)));
}

/* So many characters; to be freed. */
static char *text_of(size_t length, char of)
{
    char *text = calloc(1, length + 1);
    EXPECT(text != NULL, "no memory");
    memset(text, of, length);
    return text;
}

/* ---- Names and numbers ------------------------------------------------------------------------------------------- */

static void add_rooms(struct hotel *hotel, kc_request *request, int64_t count)
{
    char room[24];
    for (int64_t i = 1; i < count; i++) {
        snprintf(room, sizeof(room), "%d", 200 + (int)i);
        EXPECT_OK(kc_request_add_room(request, room));
    }
    (void)hotel;
}

static void rooms(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    int64_t limit = hotel_limit(hotel, KC_LIMIT_ROOMS);
    EXPECT(limit >= 1, "%d rooms", (int)limit);
    kc_request *request = new_request(hotel);
    add_rooms(hotel, request, limit);
    kc_op *op = issue(hotel, request);
    expect_taken_as_it_is(hotel, op);
    EXPECT(kc_key_get_room_count(kc_op_get_key(op, 0)) == limit, "%d rooms on the key",
           (int)kc_key_get_room_count(kc_op_get_key(op, 0)));
    size_t sent = hotel_requests(hotel);
    if (limit >= MOST_ROOMS)
        return;
    request = new_request(hotel);
    add_rooms(hotel, request, limit + 1);
    expect_limit(hotel, issue(hotel, request), "rooms", sent);
}

static void room_length(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    size_t limit = (size_t)hotel_limit(hotel, KC_LIMIT_ROOM_LENGTH);
    EXPECT(limit >= 1 && limit <= MOST_NAME, "%zu characters", limit);
    char *name = text_of(limit, '1');
    kc_op *op = issue(hotel, hotel_request(hotel, "4711", name));
    free(name);
    expect_taken_as_it_is(hotel, op);
    if (limit >= MOST_NAME)
        return;
    name = text_of(limit + 1, '1');
    op = issue(hotel, hotel_request(hotel, "4712", name));
    free(name);
    expect_limit(hotel, op, "rooms", 1);
}

static void areas(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    char area[24];
    int64_t limit = hotel_limit(hotel, KC_LIMIT_AREAS);
    kc_request *request = new_request(hotel);
    if (limit > 0) {
        snprintf(area, sizeof(area), "%lld", (long long)limit);
        EXPECT_OK(kc_request_add_area(request, area));
        expect_taken_as_it_is(hotel, issue(hotel, request));
    }
    request = new_request(hotel);
    snprintf(area, sizeof(area), "%lld", (long long)limit + 1);
    EXPECT_OK(kc_request_add_area(request, area));
    expect_limit(hotel, issue(hotel, request), "areas", limit > 0 ? 1 : 0);
}

static void denied_areas(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_request *request = new_request(hotel);
    EXPECT_OK(kc_request_remove_area(request, "1"));
    kc_op *op = issue(hotel, request);
    if (hotel_has(hotel, KC_CAPABILITY_DENY_AREAS))
        expect_taken_as_it_is(hotel, op);
    else
        expect_refused(hotel, op, KC_ERROR_NOT_OFFERED, 0);
}

static void copies(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    int32_t limit = (int32_t)hotel_limit(hotel, KC_LIMIT_COPIES);
    EXPECT(limit >= 1 && limit <= MOST_COPIES, "%d copies", (int)limit);
    kc_request *request = new_request(hotel);
    EXPECT_OK(kc_request_set_copies(request, limit));
    expect_taken_as_it_is(hotel, issue(hotel, request));
    EXPECT(hotel_keys_for(hotel, 0) == (size_t)limit, "%zu keys open the room", hotel_keys_for(hotel, 0));
    if (limit >= MOST_COPIES)
        return;
    size_t sent = hotel_requests(hotel);
    EXPECT_OK(kc_request_set_copies(request, limit + 1));
    expect_limit(hotel, issue(hotel, request), "copies", sent);
}

/* ---- Texts: adapted or refused ----------------------------------------------------------------------------------- */

struct text_field {
    const char *name;
    int32_t limit;
    size_t most; /* that the setter takes */
};

static const struct text_field text_fields[] = {
    {"guest", KC_LIMIT_GUEST_LENGTH, MOST_TEXT},
    {"operator", KC_LIMIT_OPERATOR_LENGTH, MOST_NAME},
    {"text", KC_LIMIT_TEXT_LENGTH, MOST_TEXT},
    {"message", KC_LIMIT_MESSAGE_LENGTH, MOST_MESSAGE},
};
enum { FIELD_GUEST, FIELD_OPERATOR, FIELD_TEXT, FIELD_MESSAGE };

static kc_op *issue_with_text(struct hotel *hotel, const struct text_field *field, const char *value)
{
    bool is_message = field == &text_fields[FIELD_MESSAGE];
    bool mobile = is_message && hotel_has(hotel, KC_CAPABILITY_MOBILE);
    kc_request *request = mobile ? hotel_mobile_request(hotel, "4711", hotel_room(hotel, 0)) : new_request(hotel);
    if (is_message)
        EXPECT_OK(kc_request_set_message(request, value));
    else if (field == &text_fields[FIELD_GUEST])
        EXPECT_OK(kc_request_set_guest(request, value));
    else if (field == &text_fields[FIELD_OPERATOR])
        EXPECT_OK(kc_request_set_operator(request, value));
    else
        EXPECT_OK(kc_request_set_text(request, 1, value));
    return hotel_run(hotel, mobile ? kc_send_mobile : kc_issue_original, request);
}

/* Guest and operator are left out by a lock system that has no place for them; lines and messages are wanted to be seen
 * by somebody, so they are refused. */
static bool is_left_out(const struct hotel *hotel, const struct text_field *field)
{
    return hotel_limit(hotel, field->limit) == 0 &&
           (field == &text_fields[FIELD_GUEST] || field == &text_fields[FIELD_OPERATOR]);
}

static bool is_refused(const struct hotel *hotel, const struct text_field *field)
{
    return field == &text_fields[FIELD_TEXT] ? hotel_limit(hotel, KC_LIMIT_TEXT_LINES) == 0
                                             : hotel_limit(hotel, field->limit) == 0;
}

static void text_length(struct hotel *hotel, const void *data, size_t index)
{
    (void)index;
    const struct text_field *field = data;
    size_t limit = (size_t)hotel_limit(hotel, field->limit);
    if (is_left_out(hotel, field)) {
        expect_taken_as_it_is(hotel, issue_with_text(hotel, field, "Anybody"));
        return;
    }
    if (is_refused(hotel, field)) {
        expect_limit(hotel, issue_with_text(hotel, field, "Anybody"), field->name, 0);
        return;
    }
    char *text = text_of(limit, 'a');
    expect_taken_as_it_is(hotel, issue_with_text(hotel, field, text));
    free(text);
    if (limit >= field->most)
        return;
    text = text_of(limit + 1, 'a');
    kc_op *op = issue_with_text(hotel, field, text);
    expect_made(hotel, op);
    int32_t at = find_warning(op, field->name);
    EXPECT(at >= 0, "no warning that it was cut");
    EXPECT(strcmp(kc_op_get_warning_before(op, at), text) == 0, "before: %s", kc_op_get_warning_before(op, at));
    EXPECT(strlen(kc_op_get_warning_after(op, at)) == limit, "after: %s", kc_op_get_warning_after(op, at));
    EXPECT_OK(kc_site_set_policy(hotel->site, "text", "refuse"));
    size_t sent = hotel_requests(hotel);
    expect_limit(hotel, issue_with_text(hotel, field, text), field->name, sent);
    free(text);
}

static void text_lines(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    int32_t limit = (int32_t)hotel_limit(hotel, KC_LIMIT_TEXT_LINES);
    EXPECT(limit >= 0 && limit <= MOST_LINES, "%d lines", (int)limit);
    kc_request *request = new_request(hotel);
    for (int32_t line = 1; line <= limit; line++)
        EXPECT_OK(kc_request_set_text(request, line, "Hi"));
    expect_taken_as_it_is(hotel, issue(hotel, request));
    if (limit >= MOST_LINES)
        return;
    EXPECT_OK(kc_request_set_text(request, limit + 1, "Hi"));
    expect_limit(hotel, issue(hotel, request), "text", 1);
}

/* Cyrillic, an emoji, Hebrew, Latin with marks. */
static const char *const foreign_texts[] = {"\xD0\x98\xD0\xB2\xD0\xB0\xD0\xBD", "\xF0\x9F\x8E\x89 x",
                                            "\xD7\x93\xD7\x95\xD7\x93", "Cr\xC3\xA8me"};

/* Taken as it is, or adapted with a warning that shows both; under the policy "refuse" taken or refused. */
static void foreign_text(struct hotel *hotel, const void *data, size_t index)
{
    const struct text_field *field = data;
    const char *value = foreign_texts[index];
    if (is_refused(hotel, field) && !is_left_out(hotel, field))
        return; /* any text is: see text_length */
    kc_op *op = issue_with_text(hotel, field, value);
    expect_made(hotel, op);
    int32_t at = find_warning(op, field->name);
    bool adapted = at >= 0;
    EXPECT(!adapted || !is_left_out(hotel, field), "a warning about what is not sent");
    if (adapted) {
        EXPECT(strcmp(kc_op_get_warning_before(op, at), value) == 0, "before: %s", kc_op_get_warning_before(op, at));
        EXPECT(strcmp(kc_op_get_warning_after(op, at), value) != 0, "after: %s", kc_op_get_warning_after(op, at));
        EXPECT(!strstr(kc_op_get_warning_text(op, at), value), "guest data in: %s", kc_op_get_warning_text(op, at));
    }
    EXPECT_OK(kc_site_set_policy(hotel->site, "text", "refuse"));
    size_t sent = hotel_requests(hotel);
    op = issue_with_text(hotel, field, value);
    if (adapted)
        expect_limit(hotel, op, field->name, sent);
    else
        expect_made(hotel, op);
}

static size_t character_count(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

/* A name must arrive as it is. */
static void foreign_room(struct hotel *hotel, const void *data, size_t index)
{
    (void)data;
    struct effect effect;
    if (character_count(foreign_texts[index]) > (size_t)hotel_limit(hotel, KC_LIMIT_ROOM_LENGTH))
        skip();
    kc_op *op = issue(hotel, hotel_request(hotel, "4711", foreign_texts[index]));
    if (kc_op_get_status(op) != KC_OK) {
        bool invalid = kc_op_get_status(op) == KC_ERROR_INVALID_ARGUMENT;
        expect_refused(hotel, op, invalid ? KC_ERROR_INVALID_ARGUMENT : KC_ERROR_LIMIT, 0);
        return;
    }
    expect_taken_as_it_is(hotel, op);
    hotel->driver->side->last_effect(hotel, &effect);
    EXPECT(strcmp(effect.room, foreign_texts[index]) == 0, "it became %s", effect.room);
}

/* ---- Times ------------------------------------------------------------------------------------------------------- */

static void in_days(char text[40], int32_t days, const char *format)
{
    struct tm parts;
    time_t then = time(NULL) + (time_t)days * 86400;
    EXPECT(strftime(text, 40, format, gmtime_r(&then, &parts)) > 0, "no time");
}

static void minutes(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    char odd[40], even[40];
    int64_t limit = hotel_limit(hotel, KC_LIMIT_MINUTES);
    in_days(odd, 3, "%Y-%m-%dT11:59");
    in_days(even, 3, "%Y-%m-%dT11:00");
    kc_request *request = new_request(hotel);
    EXPECT_OK(kc_request_set_validity(request, NULL, even));
    expect_taken_as_it_is(hotel, issue(hotel, request));
    EXPECT_OK(kc_request_set_validity(request, NULL, odd));
    if (limit == 1) {
        EXPECT_OK(kc_request_set_booking(request, "4712"));
        EXPECT_OK(kc_request_clear_rooms(request));
        EXPECT_OK(kc_request_add_room(request, hotel_room(hotel, 1)));
        kc_op *op = issue(hotel, request);
        expect_taken_as_it_is(hotel, op);
        EXPECT(strncmp(kc_key_get_until(kc_op_get_key(op, 0)), odd, 16) == 0, "until %s",
               kc_key_get_until(kc_op_get_key(op, 0)));
        return;
    }
    expect_limit(hotel, issue(hotel, request), "until", 1);
    EXPECT_OK(kc_site_set_policy(hotel->site, "minutes", "inward"));
    kc_op *op = issue(hotel, request);
    expect_made(hotel, op);
    int32_t at = find_warning(op, "until");
    EXPECT(at >= 0, "no warning that it was rounded");
    EXPECT(strncmp(kc_op_get_warning_before(op, at), odd, 16) == 0, "before: %s", kc_op_get_warning_before(op, at));
    EXPECT(strncmp(kc_op_get_warning_after(op, at), odd, 16) < 0, "after: %s", kc_op_get_warning_after(op, at));
    EXPECT_OK(kc_site_set_policy(hotel->site, "minutes", "outward"));
    op = issue(hotel, request);
    expect_made(hotel, op);
    at = find_warning(op, "until");
    EXPECT(at >= 0 && strncmp(kc_op_get_warning_after(op, at), odd, 16) > 0, "after: %s",
           kc_op_get_warning_after(op, at));
}

static void last_year(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    char text[40];
    int limit = (int)hotel_limit(hotel, KC_LIMIT_LAST_YEAR);
    EXPECT(limit >= 2045 && limit <= 9999, "the year %d", limit);
    kc_request *request = new_request(hotel);
    snprintf(text, sizeof(text), "%04d-12-31T11:00", limit);
    EXPECT_OK(kc_request_set_validity(request, NULL, text));
    expect_taken_as_it_is(hotel, issue(hotel, request));
    snprintf(text, sizeof(text), "%04d-01-01T11:00", limit + 1);
    if (limit + 1 <= 9999 && kc_request_set_validity(request, NULL, text) == KC_OK)
        expect_limit(hotel, issue(hotel, request), "until", 1);
}

static void start(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    char from[40], until[40];
    in_days(from, 2, "%Y-%m-%dT15:00");
    in_days(until, 5, "%Y-%m-%dT11:00");
    kc_request *request = new_request(hotel);
    EXPECT_OK(kc_request_set_validity(request, from, until));
    kc_op *op = issue(hotel, request);
    if (hotel_limit(hotel, KC_LIMIT_START)) {
        expect_taken_as_it_is(hotel, op);
        EXPECT(strncmp(kc_key_get_from(kc_op_get_key(op, 0)), from, 16) == 0, "from %s",
               kc_key_get_from(kc_op_get_key(op, 0)));
        return;
    }
    expect_limit(hotel, op, "from", 0);
    EXPECT_OK(kc_site_set_policy(hotel->site, "start", "drop"));
    op = issue(hotel, request);
    expect_made(hotel, op);
    int32_t at = find_warning(op, "from");
    EXPECT(at >= 0, "no warning that the start was dropped");
    EXPECT(strncmp(kc_op_get_warning_before(op, at), from, 16) == 0, "before: %s", kc_op_get_warning_before(op, at));
}

void plan_limits(struct plan *plan)
{
    static const struct rule rules[] = {
        RULE(rooms),      RULE(room_length), RULE(areas),     RULE(denied_areas), RULE(copies),
        RULE(text_lines), RULE(minutes),     RULE(last_year), RULE(start),
    };
    plan_add_all(plan, rules, LENGTH_OF(rules));
    for (size_t i = 0; i < LENGTH_OF(text_fields); i++)
        plan_add(plan, &(struct rule){.check = text_length, .data = &text_fields[i]}, "length of %s",
                 text_fields[i].name);
    for (size_t text = 0; text < LENGTH_OF(foreign_texts); text++) {
        for (size_t i = 0; i < LENGTH_OF(text_fields); i++)
            plan_add(plan, &(struct rule){.check = foreign_text, .data = &text_fields[i], .index = text},
                     "foreign characters (%zu) in %s", text, text_fields[i].name);
        plan_add(plan, &(struct rule){.check = foreign_room, .index = text}, "foreign characters (%zu) in a room",
                 text);
    }
}
