/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The evening at two hotels, without a loop: contexts, requests, and what is done about each event. */
#include "evening.h"

#include <keycard/keycard.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define DESKS 2

struct desk {
    struct hotel *hotel;
    const char *booking;
    kc_request *request;
    int keys;     /* made so far */
    bool retried; /* an attempt that failed is made once more, not for ever */
};

struct hotel {
    const char *name;
    kc_context *context;
    struct desk desks[DESKS];
    int running; /* operations that have not ended */
    int failed;  /* keys that could not be made */
};

struct plan {
    const char *hotel;
    const char *system;
    const char *encoders[DESKS], *stations[DESKS], *bookings[DESKS], *rooms[DESKS];
};

static const struct plan plans[HOTELS] = {
    {"Grand Hotel", "salto", {"Desk 1", "Desk 2"}, {"desk-1", "desk-2"}, {"4711", "4712"}, {"101", "102"}},
    {"Sea Hotel", "ambiance", {"1", "2"}, {"bar", "lobby"}, {"815", "816"}, {"7", "8"}},
};

/* ---- What a desk does -------------------------------------------------------------------------------------------- */

static void say(const struct desk *desk, const char *text, const char *more)
{
    printf("%s, %s: %s%s%s\n", desk->hotel->name, desk->booking, text, *more ? ": " : "", more);
    fflush(stdout);
}

/* The operation goes on by itself; it is known again by its user data. */
static void follow(struct desk *desk, int32_t status, kc_op *op)
{
    if (status == KC_OK && kc_op_set_user_data(op, desk) == KC_OK) {
        desk->hotel->running++;
    } else {
        desk->hotel->failed++;
        say(desk, "not begun", kc_status_text(status));
    }
    kc_op_unref(op);
}

static void make_key(struct desk *desk)
{
    kc_op *op = NULL;
    int32_t status = desk->keys == 0 ? kc_issue_original(desk->request, &op) : kc_issue_duplicate(desk->request, &op);
    follow(desk, status, op);
}

/* Nothing was written, and the advice is to try again: a person would be asked here. */
static bool may_retry(const struct desk *desk, kc_op *op)
{
    int32_t advice = kc_error_get_advice(kc_op_get_error(op));
    return !desk->retried && kc_op_get_outcome(op) == KC_OUTCOME_NOT_WRITTEN &&
           (advice == KC_ADVICE_RETRY || advice == KC_ADVICE_NEW_CARD);
}

static void ended(struct desk *desk, kc_op *op)
{
    desk->hotel->running--;
    if (kc_op_get_status(op) == KC_OK) {
        say(desk, "made", kc_kind_name(kc_key_get_kind(kc_op_get_key(op, 0))));
        if (++desk->keys == 1)
            make_key(desk);
        return;
    }
    const kc_error *error = kc_op_get_error(op);
    say(desk, kc_outcome_name(kc_op_get_outcome(op)), kc_error_get_message(error));
    say(desk, "advice", kc_error_get_advice_text(error));
    if (may_retry(desk, op)) {
        kc_op *retry = NULL;
        desk->retried = true;
        int32_t status = kc_op_retry(op, &retry);
        follow(desk, status, retry);
    } else {
        desk->hotel->failed++;
    }
}

/* ---- What a hotel does ------------------------------------------------------------------------------------------- */

static void take_event(const kc_event *event)
{
    kc_op *op = kc_event_get_op(event);
    struct desk *desk = (struct desk *)kc_op_get_user_data(op); /* NULL for events of encoders and systems */
    if (desk == NULL)
        return;
    switch (kc_event_get_type(event)) {
    case KC_EVENT_PROMPT:
    case KC_EVENT_WARNING:
        say(desk, kc_event_get_text(event), "");
        break;
    case KC_EVENT_DONE:
        ended(desk, op);
        break;
    default: /* a state; and what later versions add */
        break;
    }
}

bool hotel_go_on(struct hotel *hotel)
{
    int32_t status = kc_context_dispatch(hotel->context);
    for (kc_event *event; (event = kc_context_next_event(hotel->context)) != NULL; kc_event_unref(event))
        take_event(event);
    if (status != KC_OK) {
        fprintf(stderr, "%s: %s\n", hotel->name, kc_status_text(status));
        hotel->failed++;
    }
    return status == KC_OK && hotel->running > 0;
}

int hotel_descriptor(const struct hotel *hotel)
{
    return kc_context_get_fd(hotel->context);
}

/* ---- Opening and closing ----------------------------------------------------------------------------------------- */

static bool complain(const struct hotel *hotel, const kc_error *error)
{
    fprintf(stderr, "%s: %s\n", hotel->name, error ? kc_error_get_message(error) : "It could not be opened.");
    return false;
}

static bool desk_open(struct desk *desk, kc_site *site, const struct plan *plan, int number)
{
    desk->booking = plan->bookings[number];
    if (kc_request_new(site, &desk->request) != KC_OK)
        return complain(desk->hotel, kc_site_get_error(site));
    if (kc_request_set_booking(desk->request, desk->booking) != KC_OK ||
        kc_request_add_room(desk->request, plan->rooms[number]) != KC_OK ||
        kc_request_set_validity(desk->request, NULL, "2036-06-18") != KC_OK ||
        kc_request_set_station(desk->request, plan->stations[number]) != KC_OK ||
        kc_request_set_encoder(desk->request, plan->encoders[number]) != KC_OK)
        return complain(desk->hotel, kc_request_get_error(desk->request));
    make_key(desk);
    return true;
}

static bool hotel_open(struct hotel *hotel, const struct plan *plan, const char *ledger, const char *uri)
{
    kc_site *site = NULL;
    kc_system *system = NULL;
    bool good = true;
    hotel->name = plan->hotel;
    if (kc_context_new(&hotel->context) != KC_OK || kc_context_set_ledger(hotel->context, ledger) != KC_OK ||
        kc_site_new(hotel->context, plan->hotel, &site) != KC_OK)
        good = complain(hotel, kc_context_get_error(hotel->context));
    else if (kc_site_set_time_zone(site, "Europe/Sofia") != KC_OK ||
             kc_system_new(site, plan->system, uri, &system) != KC_OK)
        good = complain(hotel, kc_site_get_error(site));
    for (int number = 0; good && number < DESKS; number++) {
        hotel->desks[number].hotel = hotel;
        good = desk_open(&hotel->desks[number], site, plan, number);
    }
    kc_system_unref(system);
    kc_site_unref(site); /* the requests keep it */
    return good;
}

bool evening_open(int argc, char **argv, struct hotel *hotels[HOTELS])
{
    for (int number = 0; number < HOTELS; number++)
        hotels[number] = NULL;
    if (argc != 4) {
        fprintf(stderr, "usage: %s LEDGER SALTO-URI AMBIANCE-URI\n", argv[0]);
        return false;
    }
    for (int number = 0; number < HOTELS; number++) {
        hotels[number] = (struct hotel *)calloc(1, sizeof(struct hotel));
        if (hotels[number] == NULL) {
            fprintf(stderr, "Memory is used up.\n");
            return false;
        }
        if (!hotel_open(hotels[number], &plans[number], argv[1], argv[2 + number]))
            return false;
    }
    return true;
}

static int hotel_close(struct hotel *hotel)
{
    int failed = hotel->failed + hotel->running;
    for (int number = 0; number < DESKS; number++)
        kc_request_unref(hotel->desks[number].request);
    kc_context_unref(hotel->context);
    free(hotel);
    return failed;
}

int evening_close(struct hotel *hotels[HOTELS], bool loop_worked)
{
    int failed = loop_worked ? 0 : 1;
    if (hotels[0] == NULL)
        return 2;
    for (int number = 0; number < HOTELS; number++)
        failed += hotels[number] != NULL ? hotel_close(hotels[number]) : 1;
    return failed == 0 ? 0 : 1;
}
