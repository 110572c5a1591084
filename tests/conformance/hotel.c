/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hotel that a rule works in: context, site, one lock system, and a watch over every operation. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "suite.h"

/* ---- Opening and closing ----------------------------------------------------------------------------------------- */

static void keep_log(void *user, int32_t level, const char *domain, const char *message)
{
    struct hotel *hotel = user;
    size_t size = strlen(domain) + strlen(message) + 20;
    char *grown = realloc(hotel->log, hotel->log_length + size);
    if (!grown)
        abort();
    hotel->log = grown;
    hotel->log_length += (size_t)snprintf(grown + hotel->log_length, size, "%d %s: %s\n", (int)level, domain, message);
}

static void set_options(struct hotel *hotel, const char *const *options)
{
    for (; options && *options; options += 2)
        EXPECT(kc_system_set_option(hotel->system, options[0], options[1]) == KC_OK, "option %s: %s", options[0],
               kc_error_get_message(kc_system_get_error(hotel->system)));
}

static void make_ledger(struct hotel *hotel)
{
    const char *temporary = getenv("TMPDIR");
    snprintf(hotel->ledger, sizeof(hotel->ledger), "memory:");
    if (!hotel->opening.file)
        return;
    snprintf(hotel->directory, sizeof(hotel->directory), "%.30s/keycard-conform-XXXXXX",
             temporary && *temporary ? temporary : "/tmp");
    EXPECT(mkdtemp(hotel->directory) != NULL, "no directory %s", hotel->directory);
    snprintf(hotel->ledger, sizeof(hotel->ledger), "sqlite:%s/keys.db", hotel->directory);
}

static void open_context(struct hotel *hotel, const char *uri)
{
    EXPECT_OK(kc_context_new(&hotel->context));
    EXPECT_OK(kc_context_set_log(hotel->context, keep_log, hotel, KC_LOG_DEBUG));
    EXPECT(kc_context_set_ledger(hotel->context, hotel->ledger) == KC_OK, "%s",
           kc_error_get_message(kc_context_get_error(hotel->context)));
    EXPECT_OK(kc_site_new(hotel->context, "Grand Hotel", &hotel->site));
    EXPECT(kc_system_new(hotel->site, "locks", uri, &hotel->system) == KC_OK, "%s: %s", uri,
           kc_error_get_message(kc_site_get_error(hotel->site)));
    set_options(hotel, hotel->driver->options);
    if (hotel->opening.hasty)
        set_options(hotel, hotel->driver->hasty);
    if (hotel->driver->side->prepare)
        hotel->driver->side->prepare(hotel);
}

static void make_uri(const struct conform_driver *driver, const char *address, char *uri, size_t size)
{
    const char *place = strstr(driver->uri, "ADDRESS");
    if (place)
        snprintf(uri, size, "%.*s%s%s", (int)(place - driver->uri), driver->uri, address, place + strlen("ADDRESS"));
    else
        snprintf(uri, size, "%s", driver->uri);
}

static void open_with_lock_system(struct hotel *hotel)
{
    char address[NAME_SIZE] = "", uri[400];
    hotel->driver->side->start(hotel, address);
    make_uri(hotel->driver, address, uri, sizeof(uri));
    open_context(hotel, uri);
}

void hotel_open(struct hotel *hotel, const struct conform_driver *driver, const struct opening *opening)
{
    memset(hotel, 0, sizeof(*hotel));
    hotel->driver = driver;
    hotel->opening = *opening;
    make_ledger(hotel);
    open_with_lock_system(hotel);
}

static void drop_handles(struct hotel *hotel)
{
    for (size_t i = 0; i < hotel->watched_count; i++)
        kc_op_unref(hotel->watched[i].op);
    free(hotel->watched);
    hotel->watched = NULL;
    hotel->watched_count = 0;
    for (size_t i = 0; i < hotel->request_count; i++)
        kc_request_unref(hotel->requests[i]);
    free(hotel->requests);
    hotel->requests = NULL;
    hotel->request_count = 0;
    hotel->system = kc_system_unref(hotel->system);
    hotel->site = kc_site_unref(hotel->site);
    hotel->context = kc_context_unref(hotel->context);
}

static void check_ends(struct hotel *hotel)
{
    for (size_t i = 0; i < hotel->watched_count;
         i++) { /* grows: follow-ups too, whether they had an event yet or not */
        kc_op *op = hotel->watched[i].op;
        EXPECT(kc_op_wait(op, PATIENCE_MS) == KC_OK, "%s hangs in state %s", kc_verb_name(kc_op_get_verb(op)),
               kc_state_name(kc_op_get_state(op)));
        if (kc_op_get_follow_up(op))
            hotel_watch(hotel, kc_op_ref(kc_op_get_follow_up(op)));
    }
    EXPECT_OK(kc_context_dispatch(hotel->context)); /* a second DONE would come now */
    hotel_take_events(hotel);
    for (size_t i = 0; i < hotel->watched_count; i++) {
        const struct watched *watched = &hotel->watched[i];
        EXPECT(watched->done == 1 && !watched->event_after_done, "%s: %zu DONE%s",
               kc_verb_name(kc_op_get_verb(watched->op)), watched->done,
               watched->event_after_done ? ", and an event after it" : "");
    }
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void hotel_abandon(struct hotel *hotel)
{
    if (!hotel->driver)
        return;
    drop_handles(hotel);
    hotel->driver->side->stop(hotel);
    if (*hotel->directory)
        nftw(hotel->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(hotel->log);
    memset(hotel, 0, sizeof(*hotel));
}

void hotel_close(struct hotel *hotel)
{
    check_ends(hotel);
    hotel_abandon(hotel);
}

void hotel_again(struct hotel *hotel, const struct opening *opening)
{
    const struct conform_driver *driver = hotel->driver;
    struct opening copy = *opening;
    hotel_close(hotel);
    hotel_open(hotel, driver, &copy);
}

void hotel_restart(struct hotel *hotel)
{
    char uri[400];
    drop_handles(hotel);
    if (hotel->simulator) {
        char address[NAME_SIZE];
        hotel->driver->side->start(hotel, address); /* which runs: tells its address */
        make_uri(hotel->driver, address, uri, sizeof(uri));
        open_context(hotel, uri);
    } else {
        open_with_lock_system(hotel);
    }
}

/* ---- Events ------------------------------------------------------------------------------------------------------ */

static struct watched *find_watched(struct hotel *hotel, const kc_op *op)
{
    for (size_t i = 0; i < hotel->watched_count; i++)
        if (hotel->watched[i].op == op)
            return &hotel->watched[i];
    return NULL;
}

const struct watched *hotel_watched(const struct hotel *hotel, const kc_op *op)
{
    for (size_t i = 0; i < hotel->watched_count; i++)
        if (hotel->watched[i].op == op)
            return &hotel->watched[i];
    return NULL;
}

kc_op *hotel_watch(struct hotel *hotel, kc_op *op)
{
    EXPECT(op != NULL, "no operation");
    if (find_watched(hotel, op)) {
        kc_op_unref(op);
        return op;
    }
    struct watched *grown = realloc(hotel->watched, (hotel->watched_count + 1) * sizeof(*grown));
    EXPECT(grown != NULL, "no memory");
    hotel->watched = grown;
    hotel->watched[hotel->watched_count++] = (struct watched){.op = op};
    return op;
}

static void take_event(struct hotel *hotel, const kc_event *event)
{
    kc_op *op = kc_event_get_op(event);
    int32_t type = kc_event_get_type(event);
    if (!op)
        return;
    if (!find_watched(hotel, op))
        hotel_watch(hotel, kc_op_ref(op));
    struct watched *watched = find_watched(hotel, op);
    watched->event_after_done = watched->event_after_done || watched->done;
    watched->done += type == KC_EVENT_DONE;
    watched->cards_asked += type == KC_EVENT_PROMPT && kc_event_get_prompt(event) == KC_PROMPT_PRESENT_CARD;
}

void hotel_take_events(struct hotel *hotel)
{
    for (kc_event *event = kc_context_next_event(hotel->context); event;
         event = kc_context_next_event(hotel->context)) {
        take_event(hotel, event);
        kc_event_unref(event);
    }
}

/* ---- Requests ---------------------------------------------------------------------------------------------------- */

void hotel_end_after(kc_request *request, int32_t days)
{
    char until[40];
    struct tm parts;
    time_t end = time(NULL) + (time_t)days * 86400;
    EXPECT(strftime(until, sizeof(until), "%Y-%m-%dT11:00", gmtime_r(&end, &parts)) > 0, "no time");
    EXPECT_OK(kc_request_set_validity(request, NULL, until));
}

kc_request *hotel_request(struct hotel *hotel, const char *booking, const char *room)
{
    kc_request *request = NULL;
    EXPECT_OK(kc_request_new(hotel->site, &request));
    kc_request **grown = realloc(hotel->requests, (hotel->request_count + 1) * sizeof(kc_request *));
    EXPECT(grown != NULL, "no memory");
    hotel->requests = grown;
    hotel->requests[hotel->request_count++] = request;
    EXPECT_OK(kc_request_set_booking(request, booking));
    if (room)
        EXPECT_OK(kc_request_add_room(request, room));
    EXPECT_OK(kc_request_set_station(request, "desk-1"));
    EXPECT_OK(kc_request_set_encoder(request, hotel_encoder(hotel, 0)));
    hotel_end_after(request, 3);
    return request;
}

kc_request *hotel_mobile_request(struct hotel *hotel, const char *booking, const char *room)
{
    kc_request *request = hotel_request(hotel, booking, room);
    EXPECT_OK(kc_request_set_encoder(request, NULL));
    if (hotel_has(hotel, KC_CAPABILITY_PHONE))
        EXPECT_OK(kc_request_set_phone(request, "+359881234567"));
    else
        EXPECT_OK(kc_request_set_email(request, "guest@example.org"));
    return request;
}

kc_op *hotel_finish(struct hotel *hotel, kc_op *op)
{
    hotel_watch(hotel, op);
    EXPECT(kc_op_wait(op, PATIENCE_MS) == KC_OK, "%s hangs in state %s", kc_verb_name(kc_op_get_verb(op)),
           kc_state_name(kc_op_get_state(op)));
    hotel_take_events(hotel);
    EXPECT(kc_op_get_state(op) == KC_STATE_DONE, "state %s", kc_state_name(kc_op_get_state(op)));
    return op;
}

kc_op *hotel_start(struct hotel *hotel, hotel_verb verb, kc_request *request)
{
    kc_op *op = NULL;
    EXPECT_OK(verb(request, &op));
    return hotel_watch(hotel, op);
}

kc_op *hotel_run(struct hotel *hotel, hotel_verb verb, kc_request *request)
{
    kc_op *op = NULL;
    EXPECT_OK(verb(request, &op));
    return hotel_finish(hotel, op);
}

kc_op *hotel_original(struct hotel *hotel, const char *booking, size_t room)
{
    return hotel_run(hotel, kc_issue_original, hotel_request(hotel, booking, hotel_room(hotel, room)));
}

kc_op *hotel_duplicate(struct hotel *hotel, const char *booking)
{
    return hotel_run(hotel, kc_issue_duplicate, hotel_request(hotel, booking, NULL));
}

kc_op *hotel_cancel_key(struct hotel *hotel, kc_request *request, const char *key_id)
{
    kc_op *op = NULL;
    EXPECT_OK(kc_cancel_key(request, key_id, &op));
    return hotel_finish(hotel, op);
}

kc_op *hotel_retry(struct hotel *hotel, kc_op *failed)
{
    kc_op *op = NULL;
    EXPECT_OK(kc_op_retry(failed, &op));
    return hotel_finish(hotel, op);
}

kc_op *hotel_resolve(struct hotel *hotel, kc_op *target, int32_t how)
{
    kc_op *op = NULL;
    EXPECT_OK(kc_op_resolve(target, how, "Night manager", &op));
    return hotel_finish(hotel, op);
}

/* ---- The ledger -------------------------------------------------------------------------------------------------- */

kc_op *hotel_keys(struct hotel *hotel, int32_t filter, const char *value)
{
    kc_op *op = NULL;
    EXPECT_OK(kc_list_keys(hotel->site, filter, value, 0, &op));
    hotel_finish(hotel, op);
    EXPECT_OK(kc_op_get_status(op));
    return op;
}

static kc_op *hotel_ops(struct hotel *hotel, int32_t filter, const char *value)
{
    kc_op *op = NULL;
    EXPECT_OK(kc_list_ops(hotel->site, filter, value, 0, &op));
    hotel_finish(hotel, op);
    EXPECT_OK(kc_op_get_status(op));
    return op;
}

kc_key *hotel_key(struct hotel *hotel, const char *id)
{
    kc_op *list = hotel_keys(hotel, KC_FILTER_ALL, NULL);
    kc_key *found = NULL;
    for (int32_t i = 0; i < kc_op_get_key_count(list); i++)
        if (strcmp(kc_key_get_id(kc_op_get_key(list, i)), id) == 0) {
            EXPECT(!found, "the key %s is listed twice", id);
            found = kc_op_get_key(list, i);
        }
    return found;
}

int32_t hotel_key_state(struct hotel *hotel, const char *id)
{
    return kc_key_get_state(hotel_key(hotel, id));
}

int32_t hotel_outcome(struct hotel *hotel, const char *id)
{
    kc_op *op = NULL;
    EXPECT_OK(kc_find_op(hotel->site, id, &op));
    hotel_finish(hotel, op);
    return kc_op_get_status(op) == KC_ERROR_NOT_FOUND ? -1 : kc_op_get_outcome(op);
}

bool hotel_is_listed(struct hotel *hotel, int32_t filter, const char *id)
{
    kc_op *list = hotel_ops(hotel, filter, NULL);
    for (int32_t i = 0; i < kc_op_get_op_count(list); i++)
        if (strcmp(kc_op_get_id(kc_op_get_op(list, i)), id) == 0)
            return true;
    return false;
}

/* ---- Short ways -------------------------------------------------------------------------------------------------- */

bool hotel_has(const struct hotel *hotel, int32_t capability)
{
    return kc_system_has(hotel->system, capability) == 1;
}

int64_t hotel_limit(const struct hotel *hotel, int32_t limit)
{
    return kc_system_get_limit(hotel->system, limit);
}

const char *hotel_room(const struct hotel *hotel, size_t index)
{
    return hotel->driver->rooms[index];
}

const char *hotel_encoder(const struct hotel *hotel, size_t index)
{
    return hotel->driver->encoders[index];
}

size_t hotel_requests(struct hotel *hotel)
{
    return hotel->driver->side->requests(hotel);
}

size_t hotel_effects(struct hotel *hotel)
{
    hotel->driver->side->settle(hotel);
    return hotel->driver->side->effects(hotel);
}

size_t hotel_keys_for(struct hotel *hotel, size_t room)
{
    return hotel->driver->side->keys_for(hotel, hotel_room(hotel, room));
}

bool hotel_occupied(struct hotel *hotel, size_t room)
{
    return hotel->driver->side->occupied(hotel, hotel_room(hotel, room));
}
