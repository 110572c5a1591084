/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The desk of the tests of the core; see desk.h. */
#include "desk.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "context.h"
#include "system.h"
#include "virtual.h"

/* ---- Opening and closing ----------------------------------------------------------------------------------------- */

int desk_setup(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));
    if (!desk)
        return -1;
    snprintf(desk->ledger, sizeof(desk->ledger), "memory:");
    desk->now = DESK_TODAY;
    *state = desk;
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

int desk_teardown(void **state)
{
    struct desk *desk = *state;
    desk_close(desk);
    simulator_stop(desk->simulator);
    if (*desk->directory)
        nftw(desk->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(desk->log);
    free(desk->events);
    free(desk);
    return 0;
}

static void keep_log(void *user, int32_t level, const char *domain, const char *message)
{
    struct desk *desk = user;
    size_t size = strlen(domain) + strlen(message) + 20;
    char *grown = realloc(desk->log, desk->log_length + size);
    assert_non_null(grown);
    desk->log = grown;
    int length = snprintf(desk->log + desk->log_length, size, "%d %s: %s\n", level, domain, message);
    assert_true(length > 0 && (size_t)length < size);
    desk->log_length += (size_t)length;
}

/* A store that a test brings along, in place of one that has a URI. */
static void use_store(struct desk *desk)
{
    struct kc_error error = {0};
    assert_ok(desk->store->table->instance_enter(desk->store, desk->context->instance, &error));
    assert_ok(worker_new(desk->context->loop, desk->store, 256, &desk->context->worker, &error));
    desk->store = NULL;
}

void desk_set_now(struct desk *desk, int64_t utc)
{
    struct loop *loop = desk->context->loop;
    loop_shift_wall(loop, utc * 1000 - loop_wall_ms(loop));
    desk->now = utc;
}

static void open_context(struct desk *desk)
{
    assert_ok(kc_context_new(&desk->context));
    assert_ok(kc_context_set_log(desk->context, keep_log, desk, KC_LOG_DEBUG));
    desk_set_now(desk, desk->now);
    if (desk->store)
        use_store(desk);
    else {
        assert_ok(kc_context_set_ledger_key(desk->context, desk->key, desk->key ? 32 : 0));
        assert_ok(kc_context_set_ledger(desk->context, desk->ledger));
    }
    assert_ok(kc_site_new(desk->context, "Grand Hotel", &desk->site));
    assert_ok(kc_system_new(desk->site, "locks", desk->uri, &desk->system));
}

void desk_open_virtual(struct desk *desk, const char *query)
{
    snprintf(desk->uri, sizeof(desk->uri), "virtual:%s%s", *query ? "?" : "", query);
    open_context(desk);
}

void desk_open_simulated(struct desk *desk, const struct simulator_options *options, const char *uri)
{
    char message[SIMULATOR_MESSAGE_SIZE];
    const char *address = strstr(uri, "ADDRESS");
    assert_non_null(address);
    desk->simulator = simulator_start(options, message);
    if (!desk->simulator)
        fail_msg("%s", message);
    snprintf(desk->uri, sizeof(desk->uri), "%.*s%s%s", (int)(address - uri), uri, simulator_address(desk->simulator),
             address + strlen("ADDRESS"));
    open_context(desk);
}

void desk_open_salto_with(struct desk *desk, const struct simulator_options *options, const char *query)
{
    char uri[500];
    snprintf(uri, sizeof(uri), "salto+tcp://ADDRESS%s%s", *query ? "?" : "", query);
    desk_open_simulated(desk, options, uri);
}

void desk_open_salto(struct desk *desk, const char *query)
{
    struct simulator_options options = {.driver = "salto"};
    desk_open_salto_with(desk, &options, query);
}

void desk_use_file(struct desk *desk)
{
    const char *temporary = getenv("TMPDIR");
    snprintf(desk->directory, sizeof(desk->directory), "%.40s/keycard-desk-XXXXXX",
             temporary && *temporary ? temporary : "/tmp");
    assert_non_null(mkdtemp(desk->directory));
    snprintf(desk->ledger, sizeof(desk->ledger), "sqlite:%s/keys.db", desk->directory);
}

static void check_done(const struct desk *desk)
{
    for (size_t i = 0; i < desk->watched_count; i++) {
        const struct desk_watched *watched = &desk->watched[i];
        const char *verb = kc_verb_name(kc_op_get_verb(watched->op));
        if (watched->done != 1)
            fail_msg("operation %zu (%s) ended with %zu DONE events", i, verb, watched->done);
        if (watched->event_after_done)
            fail_msg("operation %zu (%s) had an event after DONE", i, verb);
    }
}

static bool all_done(struct desk *desk, const void *what)
{
    (void)what;
    for (size_t i = 0; i < desk->watched_count; i++)
        if (!desk->watched[i].done)
            return false;
    return true;
}

void desk_end_now(struct desk *desk)
{
    for (size_t i = 0; i < desk->watched_count; i++)
        kc_op_unref(desk->watched[i].op);
    free(desk->watched);
    desk->watched = NULL;
    desk->watched_count = 0;
    for (size_t i = 0; i < desk->request_count; i++)
        kc_request_unref(desk->requests[i]);
    free(desk->requests);
    desk->requests = NULL;
    desk->request_count = 0;
    for (size_t i = 0; i < desk->event_count; i++)
        desk->events[i].op = NULL;
    desk->system = kc_system_unref(desk->system);
    desk->site = kc_site_unref(desk->site);
    desk->context = kc_context_unref(desk->context);
}

void desk_close(struct desk *desk)
{
    if (!desk->context)
        return;
    desk_wait_for(desk, all_done, NULL);
    desk_pump(desk, 0); /* a second DONE would come now */
    check_done(desk);
    desk_end_now(desk);
}

void desk_restart(struct desk *desk)
{
    desk_close(desk);
    open_context(desk);
}

/* ---- Events --------------------------------------------------------------------------------------------------------
 */

static struct desk_watched *find_watched(struct desk *desk, const kc_op *op)
{
    for (size_t i = 0; i < desk->watched_count; i++)
        if (desk->watched[i].op == op)
            return &desk->watched[i];
    return NULL;
}

kc_op *desk_watch(struct desk *desk, kc_op *op)
{
    assert_non_null(op);
    if (find_watched(desk, op)) {
        kc_op_unref(op);
        return op;
    }
    struct desk_watched *grown = realloc(desk->watched, (desk->watched_count + 1) * sizeof(*grown));
    assert_non_null(grown);
    desk->watched = grown;
    desk->watched[desk->watched_count++] = (struct desk_watched){.op = op};
    return op;
}

static void take_event(struct desk *desk, kc_event *event)
{
    kc_op *op = kc_event_get_op(event);
    struct desk_event seen = {.op = op,
                              .type = kc_event_get_type(event),
                              .state = kc_event_get_state(event),
                              .prompt = kc_event_get_prompt(event),
                              .card_number = kc_event_get_card_number(event),
                              .card_count = kc_event_get_card_count(event)};
    snprintf(seen.text, sizeof(seen.text), "%s", kc_event_get_text(event));
    if (op) {
        if (!find_watched(desk, op))
            desk_watch(desk, kc_op_ref(op));
        struct desk_watched *watched = find_watched(desk, op);
        if (watched->done)
            watched->event_after_done = true;
        watched->done += seen.type == KC_EVENT_DONE;
    }
    struct desk_event *grown = realloc(desk->events, (desk->event_count + 1) * sizeof(*grown));
    assert_non_null(grown);
    desk->events = grown;
    desk->events[desk->event_count++] = seen;
    kc_event_unref(event);
}

void desk_take_events(struct desk *desk)
{
    for (kc_event *event = kc_context_next_event(desk->context); event; event = kc_context_next_event(desk->context))
        take_event(desk, event);
}

void desk_pump(struct desk *desk, int32_t timeout_ms)
{
    assert_true(kc_context_wait(desk->context, timeout_ms) >= 0);
    assert_ok(kc_context_dispatch(desk->context));
    desk_take_events(desk);
}

static int64_t milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void desk_wait_for(struct desk *desk, bool (*over)(struct desk *desk, const void *what), const void *what)
{
    int64_t end = milliseconds() + DESK_PATIENCE_MS;
    while (!over(desk, what)) {
        if (milliseconds() > end)
            fail_msg("waited in vain; the log says:\n%.*s", (int)desk->log_length, desk->log ? desk->log : "");
        desk_pump(desk, 20);
    }
}

static bool has_ended(struct desk *desk, const void *what)
{
    const struct desk_watched *watched = find_watched(desk, what);
    return watched && watched->done;
}

void desk_finish(struct desk *desk, kc_op *op)
{
    desk_wait_for(desk, has_ended, op);
    assert_int_equal(kc_op_get_state(op), KC_STATE_DONE);
}

struct wanted {
    const void *of;
    int32_t code;
    size_t count;
};

static bool is_in_state(struct desk *desk, const void *what)
{
    const struct wanted *wanted = what;
    (void)desk;
    return kc_op_get_state(wanted->of) == wanted->code;
}

void desk_wait_state(struct desk *desk, const kc_op *op, int32_t state)
{
    desk_wait_for(desk, is_in_state, &(struct wanted){.of = op, .code = state});
}

static bool was_prompted(struct desk *desk, const void *what)
{
    const struct wanted *wanted = what;
    return desk_count_prompts(desk, wanted->of, wanted->code) > 0;
}

void desk_wait_prompt(struct desk *desk, const kc_op *op, int32_t prompt)
{
    desk_wait_for(desk, was_prompted, &(struct wanted){.of = op, .code = prompt});
}

static bool has_counted(struct desk *desk, const void *what)
{
    const struct wanted *wanted = what;
    return simulator_count(desk->simulator, (enum simulator_counter)wanted->code) >= wanted->count;
}

void desk_wait_count(struct desk *desk, enum simulator_counter counter, size_t count)
{
    desk_wait_for(desk, has_counted, &(struct wanted){.code = (int32_t)counter, .count = count});
}

static bool is_link_state(struct desk *desk, const void *what)
{
    return kc_system_get_state(desk->system) == ((const struct wanted *)what)->code;
}

void desk_wait_link(struct desk *desk, int32_t state)
{
    desk_wait_for(desk, is_link_state, &(struct wanted){.code = state});
}

size_t desk_count_events(const struct desk *desk, const kc_op *op, int32_t type)
{
    size_t count = 0;
    for (size_t i = 0; i < desk->event_count; i++)
        count += (!op || desk->events[i].op == op) && desk->events[i].type == type;
    return count;
}

size_t desk_count_prompts(const struct desk *desk, const kc_op *op, int32_t prompt)
{
    size_t count = 0;
    for (size_t i = 0; i < desk->event_count; i++)
        count += desk->events[i].op == op && desk->events[i].type == KC_EVENT_PROMPT &&
                 desk->events[i].prompt == prompt;
    return count;
}

/* ---- Requests and operations ---------------------------------------------------------------------------------------
 */

kc_request *desk_request(struct desk *desk, const char *booking, const char *room)
{
    kc_request *request = NULL;
    char until[40];
    time_t end = (time_t)desk->now + 3 * 86400;
    struct tm parts;
    assert_ok(kc_request_new(desk->site, &request));
    kc_request **grown = realloc(desk->requests, (desk->request_count + 1) * sizeof(kc_request *));
    assert_non_null(grown);
    desk->requests = grown;
    desk->requests[desk->request_count++] = request;
    assert_true(strftime(until, sizeof(until), "%Y-%m-%dT%H:%M+00:00", gmtime_r(&end, &parts)) > 0);
    assert_ok(kc_request_set_booking(request, booking));
    if (room)
        assert_ok(kc_request_add_room(request, room));
    assert_ok(kc_request_set_validity(request, NULL, until));
    assert_ok(kc_request_set_station(request, "desk-1"));
    assert_ok(kc_request_set_encoder(request, "Desk 1"));
    return request;
}

kc_op *desk_start(struct desk *desk, desk_verb verb, kc_request *request)
{
    kc_op *op = NULL;
    assert_ok(verb(request, &op));
    return desk_watch(desk, op);
}

kc_op *desk_run(struct desk *desk, desk_verb verb, kc_request *request)
{
    kc_op *op = desk_start(desk, verb, request);
    desk_finish(desk, op);
    return op;
}

kc_op *desk_run_at(struct desk *desk, desk_verb verb, const char *booking, const char *room, const char *station,
                   const char *encoder)
{
    kc_request *request = desk_request(desk, booking, room);
    assert_ok(kc_request_set_station(request, station));
    assert_ok(kc_request_set_encoder(request, encoder));
    return desk_run(desk, verb, request);
}

kc_op *desk_original(struct desk *desk, const char *booking, const char *room)
{
    return desk_run(desk, kc_issue_original, desk_request(desk, booking, room));
}

kc_op *desk_duplicate(struct desk *desk, const char *booking)
{
    return desk_run(desk, kc_issue_duplicate, desk_request(desk, booking, NULL));
}

static kc_op *finished(struct desk *desk, kc_op *op)
{
    desk_watch(desk, op);
    desk_finish(desk, op);
    return op;
}

kc_op *desk_retry(struct desk *desk, kc_op *failed)
{
    kc_op *op = NULL;
    assert_ok(kc_op_retry(failed, &op));
    return finished(desk, op);
}

kc_op *desk_resolve(struct desk *desk, kc_op *target, int32_t how)
{
    kc_op *op = NULL;
    assert_ok(kc_op_resolve(target, how, "Night manager", &op));
    return finished(desk, op);
}

kc_op *desk_find(struct desk *desk, const char *id)
{
    kc_op *op = NULL;
    assert_ok(kc_find_op(desk->site, id, &op));
    return finished(desk, op);
}

kc_op *desk_keys(struct desk *desk, int32_t filter, const char *value)
{
    kc_op *op = NULL;
    assert_ok(kc_list_keys(desk->site, filter, value, 0, &op));
    finished(desk, op);
    assert_ok(kc_op_get_status(op));
    return op;
}

kc_op *desk_ops(struct desk *desk, int32_t filter, const char *value)
{
    kc_op *op = NULL;
    assert_ok(kc_list_ops(desk->site, filter, value, 0, &op));
    finished(desk, op);
    assert_ok(kc_op_get_status(op));
    return op;
}

int32_t desk_key_state(struct desk *desk, const char *id)
{
    kc_op *list = desk_keys(desk, KC_FILTER_ALL, NULL);
    for (int32_t i = 0; i < kc_op_get_key_count(list); i++)
        if (strcmp(kc_key_get_id(kc_op_get_key(list, i)), id) == 0)
            return kc_key_get_state(kc_op_get_key(list, i));
    return 0;
}

int32_t desk_find_warning(const kc_op *op, const char *field)
{
    for (int32_t i = 0; i < kc_op_get_warning_count(op); i++)
        if (strcmp(kc_op_get_warning_field(op, i), field) == 0)
            return i;
    return -1;
}

size_t desk_requests_seen(const struct desk *desk)
{
    return desk->simulator ? simulator_count(desk->simulator, SIMULATOR_REQUESTS)
                           : virtual_request_count(&desk->system->link);
}

size_t desk_effects(const struct desk *desk)
{
    return desk->simulator ? simulator_count(desk->simulator, SIMULATOR_EFFECTS)
                           : virtual_effect_count(&desk->system->link);
}

/* ---- What is asserted ----------------------------------------------------------------------------------------------
 */

void assert_ended_at(const kc_op *op, int32_t status, int32_t outcome, const char *file, int line)
{
    const kc_error *error = kc_op_get_error(op);
    if (kc_op_get_state(op) != KC_STATE_DONE || kc_op_get_status(op) != status || kc_op_get_outcome(op) != outcome) {
        print_error("%s ended %s, outcome %s: %s\n", kc_verb_name(kc_op_get_verb(op)),
                    kc_status_name(kc_op_get_status(op)), kc_outcome_name(kc_op_get_outcome(op)),
                    kc_error_get_message(error));
        _fail(file, line);
    }
    if ((status == KC_OK) != !error || (error && kc_error_get_card_state(error) != outcome)) {
        print_error("the error does not fit the status and outcome\n");
        _fail(file, line);
    }
}

void assert_made_at(const kc_op *op, const char *file, int line)
{
    assert_ended_at(op, KC_OK, KC_OUTCOME_WRITTEN, file, line);
}

void assert_refused_at(const kc_op *op, int32_t status, const char *field, const char *file, int line)
{
    assert_ended_at(op, status, KC_OUTCOME_NOT_WRITTEN, file, line);
    const kc_error *error = kc_op_get_error(op);
    if (field && strcmp(kc_error_get_field(error), field) != 0) {
        print_error("the error names the field \"%s\": %s\n", kc_error_get_field(error), kc_error_get_message(error));
        _fail(file, line);
    }
    bool advised = kc_error_get_advice(error) == KC_ADVICE_NONE || *kc_error_get_advice_text(error);
    if (!*kc_error_get_message(error) || !advised) {
        print_error("the error says nothing\n");
        _fail(file, line);
    }
}
