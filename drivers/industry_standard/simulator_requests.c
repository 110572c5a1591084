/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The requests of both dialects at the lock systems' side: strict, as the document of the protocol describes them, but
 * for dates of eight digits. */
#include "simulator_requests.h"

#include <stdio.h>
#include <string.h>

enum { ROOM_LENGTH = 24, OPERATOR_LENGTH = 24, MESSAGE_LENGTH = 256, AUTH_CODE_LENGTH = 64 };

/* Onity: the number that a hotel is given for mobile keys is the last one here. */
static const char mobile_encoder[] = "99";
enum { ONITY_ONE_SHOTS = 4 };

/* What lock_order.tag holds: the command and the two flags. */
static uint32_t make_tag(const struct industry_request *request)
{
    return (uint32_t)request->command | (uint32_t)request->serial_flag << 8 |
           (uint32_t)request->installation_flag << 16;
}

/* ---- Latin-1 on the wire, UTF-8 in the lock server -------------------------------------------------------------- */

static bool to_text(struct industry_field field, char *out, size_t size)
{
    size_t length = 0;
    for (size_t i = 0; i < field.length; i++) {
        const uint8_t byte = field.bytes[i];
        if (length + 3 > size) {
            return false;
        }
        if (byte >= 0x80) {
            out[length++] = (char)(0xC0 | byte >> 6);
            out[length++] = (char)(0x80 | (byte & 0x3F));
        } else {
            out[length++] = (char)byte;
        }
    }
    out[length] = '\0';
    return true;
}

static void list_areas(uint64_t areas, struct lock_areas *out)
{
    out->count = 0;
    for (int number = 1; number <= INDUSTRY_AREAS_AT_MOST; number++) {
        if ((areas & INDUSTRY_AREA(number)) != 0) {
            out->numbers[out->count++] = (uint16_t)number;
        }
    }
}

static void take_time(const struct industry_time *from, size_t digits, struct lock_time *to)
{
    *to = (struct lock_time){.given = from->year != 0,
                             .year = from->year,
                             .month = from->month,
                             .day = from->day,
                             .hour = from->hour,
                             .minute = from->minute,
                             .digits = (int)digits};
}

/* ---- Requests --------------------------------------------------------------------------------------------------- */

static bool is_mobile(enum industry_command command)
{
    return command >= INDUSTRY_CNM && command <= INDUSTRY_CCMB;
}

static bool is_bytes(enum industry_command command)
{
    return command == INDUSTRY_CNB || command == INDUSTRY_CCB;
}

bool industry_makes_card(enum industry_command command)
{
    return command <= INDUSTRY_CA;
}

/* No forbidden byte in any field, no more fields than the command has. */
static bool check_fields(const struct industry_dialect *dialect, const struct industry_frame *frame,
                         enum industry_command command)
{
    size_t most = command == INDUSTRY_EX ? 2 : 3;
    if (industry_makes_card(command)) {
        most = 12 + dialect->texts + (dialect->serial_flag ? 1 : 0);
    } else if (is_mobile(command)) {
        most = 16;
    } else if (is_bytes(command)) {
        most = industry_field_is(frame->fields[1], "0") ? 16 : 11;
    } else if (command == INDUSTRY_MC) {
        most = 5;
    }
    for (size_t i = 0; i < frame->count; i++) {
        const bool message = i == 14 && (command == INDUSTRY_CNM || command == INDUSTRY_CCM);
        const bool unused = (is_mobile(command) && i >= 11 && i <= 13) ||
                            (is_bytes(command) && most == 16 && (i == 2 || (i >= 12 && i <= 14)));
        if (!industry_field_is_clean(frame->fields[i], message) || (unused && frame->fields[i].length > 0)) {
            return false;
        }
    }
    return frame->count <= most;
}

static bool take_rooms(const struct industry_request *request, struct lock_order *order)
{
    if (request->rooms[0].length == 0) {
        return request->command == INDUSTRY_LT || request->command == INDUSTRY_EX;
    }
    for (size_t i = 0; i < INDUSTRY_ROOMS; i++) {
        const struct industry_field room = request->rooms[i];
        if (room.length == 0) {
            continue;
        }
        for (size_t k = 0; k < i; k++) {
            if (industry_field_equal(room, request->rooms[k])) {
                return false;
            }
        }
        if (room.length > ROOM_LENGTH || !to_text(room, order->rooms[order->room_count], LOCK_NAME_SIZE)) {
            return false;
        }
        order->room_count++;
    }
    return request->new_room.length <= ROOM_LENGTH && to_text(request->new_room, order->new_room, LOCK_NAME_SIZE);
}

static bool is_before(const struct lock_time *a, const struct lock_time *b)
{
    const int left[] = {a->year, a->month, a->day, a->hour, a->minute};
    const int right[] = {b->year, b->month, b->day, b->hour, b->minute};
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++) {
        if (left[i] != right[i]) {
            return left[i] < right[i];
        }
    }
    return false;
}

static bool take_validity(const struct industry_request *request, const struct industry_frame *frame,
                          struct lock_order *order)
{
    const enum industry_command command = request->command;
    if (!industry_makes_card(command) && !is_mobile(command) && !is_bytes(command) && command != INDUSTRY_MC) {
        return true;
    }
    const size_t expiry_at = command == INDUSTRY_MC ? 3 : industry_makes_card(command) || request->as_card ? 10 : 9;
    take_time(&request->start, frame->fields[expiry_at - 1].length, &order->from);
    take_time(&request->expiry, frame->fields[expiry_at].length, &order->until);
    if (!order->until.given) {
        return command == INDUSTRY_CA;
    }
    return !order->from.given || is_before(&order->from, &order->until);
}

/* "+" or "00", then 8 to 15 digits. */
static bool good_phone(struct industry_field phone)
{
    size_t at = 0;
    if (phone.length >= 1 && phone.bytes[0] == '+') {
        at = 1;
    } else if (phone.length >= 2 && phone.bytes[0] == '0' && phone.bytes[1] == '0') {
        at = 2;
    } else {
        return false;
    }
    const size_t digits = phone.length - at;
    for (size_t i = at; i < phone.length; i++) {
        if (phone.bytes[i] < '0' || phone.bytes[i] > '9') {
            return false;
        }
    }
    return digits >= 8 && digits <= 15;
}

static bool take_mobile(const struct industry_request *request, struct lock_order *order)
{
    const bool as_bytes = request->command == INDUSTRY_CNMB || request->command == INDUSTRY_CCMB;
    if (!(as_bytes && request->phone.length == 0) && !good_phone(request->phone)) {
        order->refusal = "Phone number must begin with + or 00 and the country code";
    }
    return request->message.length <= MESSAGE_LENGTH && request->auth_code.length <= AUTH_CODE_LENGTH &&
           to_text(request->phone, order->phone, sizeof order->phone) &&
           to_text(request->message, order->message, sizeof order->message);
}

static bool take_card(const struct industry_request *request, struct lock_order *order)
{
    for (size_t i = 0; i < INDUSTRY_TEXTS; i++) {
        if (!to_text(request->texts[i], order->lines[i], sizeof order->lines[i])) {
            return false;
        }
    }
    order->copies = request->digit < 0 ? 1 : request->digit;
    return order->copies > 0 && request->after_write != 0;
}

/* The serial number of the very card, 4 to 10 bytes. */
static bool take_serial(const struct industry_request *request, struct lock_order *order)
{
    order->carrier = LOCK_AS_IMAGE;
    return to_text(request->serial, order->serial, sizeof order->serial) && request->serial.length >= 8 &&
           request->serial.length <= 20 && request->serial.length % 2 == 0 &&
           strspn(order->serial, "0123456789ABCDEFabcdef") == request->serial.length;
}

static enum lock_verb verb_of(enum industry_command command)
{
    static const enum lock_verb verbs[INDUSTRY_COMMAND_COUNT] = {
        [INDUSTRY_CN] = LOCK_ORIGINAL,  [INDUSTRY_CC] = LOCK_DUPLICATE,        [INDUSTRY_CA] = LOCK_ONE_SHOT,
        [INDUSTRY_CO] = LOCK_CHECK_OUT, [INDUSTRY_MC] = LOCK_MODIFY,           [INDUSTRY_CP] = LOCK_CANCEL,
        [INDUSTRY_LT] = LOCK_READ_CARD, [INDUSTRY_CNM] = LOCK_MOBILE,          [INDUSTRY_CCM] = LOCK_MOBILE_FURTHER,
        [INDUSTRY_CNMB] = LOCK_MOBILE,  [INDUSTRY_CCMB] = LOCK_MOBILE_FURTHER, [INDUSTRY_EX] = LOCK_EJECT,
        [INDUSTRY_CNB] = LOCK_ORIGINAL, [INDUSTRY_CCB] = LOCK_DUPLICATE,
    };
    return verbs[command];
}

/* In CO and CP "0" (or nothing) stands for "no encoder is involved". */
static bool take_encoder(const struct industry_request *request, struct lock_order *order)
{
    const bool may_be_none = request->command == INDUSTRY_CO || request->command == INDUSTRY_CP ||
                             is_bytes(request->command);
    if (may_be_none && industry_field_is(request->encoder, "0")) {
        return true;
    }
    return to_text(request->encoder, order->encoder, sizeof order->encoder) &&
           (request->encoder.length > 0 || may_be_none || is_mobile(request->command) || is_bytes(request->command) ||
            request->command == INDUSTRY_MC);
}

static bool looks_like_contact(const char *text)
{
    return strchr(text, '@') != NULL || good_phone(industry_field_of(text));
}

/* Onity: a card for the encoder of mobile keys is one. Where the contact stands is not known, so any of the three
 * fields will do. The numbers of encoders are numbers; a copy for a vacant room is a check-in. */
static bool take_numbered(const struct industry_request *request, struct lock_order *order)
{
    const char *const fields[] = {order->lines[0], order->lines[1], order->operator_name};
    const size_t digits = strspn(order->encoder, "0123456789");
    if (digits == 0 || digits > 2 || order->encoder[digits] != '\0') {
        return false;
    }
    order->copy_starts_stay = request->command == INDUSTRY_CC;
    order->one_shots_at_most = ONITY_ONE_SHOTS;
    if (!industry_makes_card(request->command) || strcmp(order->encoder, mobile_encoder) != 0) {
        return true;
    }
    order->verb = request->command == INDUSTRY_CC ? LOCK_MOBILE_FURTHER : LOCK_MOBILE;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (looks_like_contact(fields[i]) && strlen(fields[i]) < sizeof order->phone) {
            snprintf(order->phone, sizeof order->phone, "%.*s", (int)sizeof order->phone - 1, fields[i]);
            return request->command != INDUSTRY_CA && order->copies == 1;
        }
    }
    return false;
}

bool industry_take_order(const struct industry_dialect *dialect, const struct industry_frame *frame,
                         struct lock_order *order)
{
    struct industry_request request;
    if (!to_text(frame->fields[1], order->id, sizeof order->id)) {
        order->id[0] = '\0';
    }
    if (industry_request_parse(dialect, frame, &request) != 0) {
        return false;
    }
    order->verb = verb_of(request.command);
    order->tag = make_tag(&request);
    order->copies = 1;
    order->returns_image = industry_returns_key(request.command);
    snprintf(order->command, sizeof order->command, "%s", industry_command_name(request.command));
    list_areas(request.granted, &order->granted);
    list_areas(request.denied, &order->denied);
    if (!check_fields(dialect, frame, request.command) || !take_encoder(&request, order) ||
        !take_rooms(&request, order) || !take_validity(&request, frame, order) ||
        request.operator_name.length > OPERATOR_LENGTH ||
        !to_text(request.operator_name, order->operator_name, sizeof order->operator_name)) {
        return false;
    }
    if (industry_makes_card(request.command) && !take_card(&request, order)) {
        return false;
    }
    if (dialect == &industry_onity && !take_numbered(&request, order)) {
        return false;
    }
    if (is_mobile(request.command)) {
        return take_mobile(&request, order);
    }
    if (is_bytes(request.command)) {
        return take_serial(&request, order);
    }
    return request.command != INDUSTRY_LT || request.after_write != 0;
}
