/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each operation of the LENS service asks of the lock server, and what is wrong with what it says. */
#include "simulator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../simulator/reservation.h"

enum { LEVEL_MOST = 64, PHONE_DIGITS_LEAST = 7 };

struct operation_form {
    bool known;
    enum lock_verb verb;
    bool needs_reservation, needs_room;
    bool own_rooms; /* those of the reservation are meant, too */
    bool makes_key;
};

/* Section 5. */
static const struct operation_form forms[LENS_OPERATION_COUNT] = {
    [LENS_CREATE_NEW_BOOKING] = {true, LOCK_ORIGINAL, true, true, false, true},
    [LENS_ADD_SHARED_GUEST] = {true, LOCK_SHARE, true, true, false, true},
    [LENS_MAKE_DUPLICATE_KEY] = {true, LOCK_DUPLICATE, true, false, true, true},
    [LENS_CHANGE_KEY_ACCESS] = {true, LOCK_CHANGE_KEY, true, false, true, true},
    [LENS_EXTEND_CHECK_OUT] = {true, LOCK_EXTEND, true, false, true, false},
    [LENS_CHECK_OUT_GUEST] = {true, LOCK_CHECK_OUT, true, false, true, false},
    [LENS_MAKE_UNASSIGNED_BOOKING] = {true, LOCK_UNASSIGNED, true, false, false, true},
    [LENS_CHANGE_GUEST_ACCESS] = {true, LOCK_MOVE, true, false, false, false},
    [LENS_ADD_GUEST_ACCESS] = {true, LOCK_ADD_ROOMS, true, false, false, false},
    [LENS_DENY_ACCESS_TO_GUEST] = {true, LOCK_BLOCK, true, false, true, false},
    [LENS_RE_ESTABLISH_ACCESS_TO_GUEST] = {true, LOCK_UNBLOCK, true, false, true, false},
    [LENS_CANCEL_GUESTS_ACCESS_TO_ROOM] = {true, LOCK_CLEAR_ROOM, false, true, false, false},
    [LENS_CANCEL_GUESTS_MOBILE_ACCESS_TO_ROOM] = {true, LOCK_CANCEL_MOBILE, false, false, false, false},
    [LENS_CREATE_ONE_SHOT_KEY] = {true, LOCK_ONE_SHOT, false, true, false, true},
};

static const char *value_of(const struct lens_call *call, enum lens_field field)
{
    return call->values[field] != NULL ? call->values[field] : "";
}

/* The first thing that is wrong is what the answer says. */
static void refuse(struct lock_order *order, const char *fault)
{
    if (order->refusal == NULL) {
        order->refusal = fault;
    }
}

static void take_text(struct lock_order *order, char *to, const char *from, const char *fault)
{
    if (strlen(from) >= LOCK_NAME_SIZE) {
        refuse(order, fault);
        return;
    }
    snprintf(to, LOCK_NAME_SIZE, "%s", from);
}

/* xs:dateTime as far as minutes; the codec has looked at its form. */
static void take_time(const char *text, struct lock_time *time)
{
    time->given = sscanf(text, "%4d-%2d-%2dT%2d:%2d", &time->year, &time->month, &time->day, &time->hour,
                         &time->minute) == 5;
    time->digits = 12;
}

static int64_t minutes_of(const struct lock_time *time)
{
    return (((int64_t)time->year * 12 + time->month) * 31 + time->day) * 1440 + time->hour * 60 + time->minute;
}

static void take_times(const struct lens_call *call, struct lock_order *order)
{
    take_time(value_of(call, LENS_CHECK_IN), &order->from);
    take_time(value_of(call, LENS_CHECK_OUT), &order->until);
    if (order->from.given && order->until.given && minutes_of(&order->from) >= minutes_of(&order->until)) {
        refuse(order, "ATLASCheckInLargerCheckOut");
    }
}

static void take_room(struct lock_order *order, const char *name)
{
    for (size_t i = 0; i < order->room_count; i++) {
        if (strcmp(order->rooms[i], name) == 0) {
            return;
        }
    }
    if (name[0] == '\0') {
        refuse(order, "RoomNameNotSet");
    } else if (order->room_count == LOCK_ROOMS) {
        refuse(order, "InvalidWSParameter");
    } else {
        take_text(order, order->rooms[order->room_count], name, "RoomNumberNotFound");
        order->room_count++;
    }
}

static void take_rooms(const struct lens_call *call, const struct operation_form *form, struct lock_order *order)
{
    const char *main_room = value_of(call, LENS_MAIN_ROOM_NO);
    if (main_room[0] != '\0' || form->needs_room) {
        take_room(order, main_room);
    }
    for (size_t i = 0; i < call->room_count; i++) {
        take_room(order, call->rooms[i]);
    }
}

/* Section 7: the numbers are levels of the property; what is as configured is neither granted nor denied. */
static void take_areas(const struct lens_call *call, struct lock_order *order)
{
    for (size_t i = 0; i < call->area_count; i++) {
        const struct lens_area *area = &call->areas[i];
        if (area->level < 1 || area->level > LEVEL_MOST) {
            refuse(order, "InvalidPassNumber");
            return;
        }
        if (area->mode == LENS_AREA_DEFAULT) {
            continue;
        }
        struct lock_areas *list = area->mode == LENS_AREA_GRANT ? &order->granted : &order->denied;
        if (list->count == LOCK_AREAS) {
            refuse(order, "InvalidPassOption");
            return;
        }
        list->numbers[list->count++] = (uint16_t)area->level;
    }
}

/* ---- What the key is made on ------------------------------------------------------------------------------------- */

/* Section 10: the UID of the very card, 4, 7 or 10 bytes in hex. */
static void check_uid(const char *uid, struct lock_order *order)
{
    const size_t length = strlen(uid);
    if (length == 0) {
        refuse(order, "SecuredKeyDeviceUIDEmpty");
    } else if (strspn(uid, "0123456789ABCDEFabcdef") != length) {
        refuse(order, "InvalidHexValue");
    } else if (length != 8 && length != 14 && length != 20) {
        refuse(order, "SecuredKeyDeviceUIDLengthInvalid");
    } else if (strspn(uid, "0") == length) {
        refuse(order, "SecuredKeyDeviceUIDZeroOnly");
    }
}

/* Section 9: behind "999" stands a phone number, or T and what the phone's app is known by. */
static void take_phone(const struct server *server, const char *text, struct lock_order *order)
{
    const bool wallet = text[0] == 'T';
    const char *phone = text + (wallet ? 1 : 0);
    const char *digits = phone + (phone[0] == '+' ? 1 : 0);
    const size_t count = strspn(digits, "0123456789");
    order->carrier = LOCK_ON_PHONE;
    take_text(order, order->phone, phone, "InvalidWSParameter");
    if (phone[0] == '\0') {
        refuse(order, "EmptyPhoneNumber");
    } else if (digits[count] != '\0' && !wallet) {
        refuse(order, "InvalidWSParameter");
    } else if (digits[count] == '\0' && count < PHONE_DIGITS_LEAST) {
        refuse(order, "PhoneNumberTooSmall");
    }
    for (size_t i = 0; i < server->service.no_phone_count; i++) {
        order->undeliverable = order->undeliverable || strcmp(server->service.no_phones[i], order->phone) == 0;
    }
}

static void take_carrier(const struct server *server, const struct lens_call *call, struct lock_order *order)
{
    const char *encoder = value_of(call, LENS_ENCODER_ID);
    const char *count = call->values[LENS_KEY_COUNT];
    take_text(order, order->encoder, encoder, "EncoderNotOnlineOrNotExist");
    order->copies = 1;
    if (count != NULL) {
        const unsigned long copies = strtoul(count, NULL, 10);
        if (copies == 0) {
            refuse(order, "TransactionKeyNumberOfKeysZERO");
        } else if (copies > LOCK_COPIES_MAX) {
            refuse(order, "InvalidWSParameter");
        }
        order->copies = copies > LOCK_COPIES_MAX ? 1 : (int)copies;
    }
    if (encoder[0] == '\0') {
        refuse(order, "InvalidEncoderNumber");
    } else if (strcmp(encoder, "0") == 0) {
        order->carrier = LOCK_AS_IMAGE;
        order->returns_image = true;
        check_uid(value_of(call, LENS_UID), order);
        snprintf(order->serial, sizeof order->serial, "%.*s", LOCK_SERIAL_SIZE - 1, value_of(call, LENS_UID));
    } else if (strncmp(encoder, "999", 3) == 0) {
        take_phone(server, encoder + 3, order);
    }
    if (order->carrier != LOCK_ON_CARD && order->copies > 1) {
        refuse(order, "InvalidWSParameter");
    }
}

bool lens_order_take(const struct server *server, const struct lens_call *call, struct lock_order *order)
{
    const struct operation_form *form = &forms[call->operation];
    if (!form->known) {
        return false;
    }
    order->verb = form->verb;
    order->copies_at_most = server->service.copies_at_most;
    snprintf(order->command, sizeof order->command, "%s", lens_operation_name(call->operation));
    take_text(order, order->terminal, value_of(call, LENS_PMS_TERMINAL_ID), "InvalidWSParameter");
    take_text(order, order->reservation, value_of(call, LENS_RESERVATION_ID), "ReservationNoInvalid");
    if (form->needs_reservation && order->reservation[0] == '\0') {
        refuse(order, "ReservationNoInvalid");
    }
    take_text(order, order->phone, value_of(call, LENS_GUEST_MOBILE_NUMBER), "InvalidWSParameter");
    take_rooms(call, form, order);
    take_areas(call, order);
    take_times(call, order);
    if (form->makes_key) {
        take_carrier(server, call, order);
    }
    if (form->own_rooms) {
        reservation_fill_rooms(server->lock, order); /* an unknown one is found out by the lock server */
    }
    return true;
}
