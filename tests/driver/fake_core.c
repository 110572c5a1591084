/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-in for the core; see fake_core.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "fake_core.h"

static struct fake_core *core_of(const struct driver_link *link)
{
    return (struct fake_core *)(uintptr_t)link;
}

/* Every call on an operation comes through here: it must be running. */
static struct fake_op *op_of(struct driver_op *op)
{
    struct fake_op *fake = (struct fake_op *)(void *)op;
    assert_true(fake->running);
    return fake;
}

/* ---- Life of a link -------------------------------------------------------------------------------------------- */

void fake_core_open(struct fake_core *core, const struct driver *driver)
{
    memset(core, 0, sizeof(*core));
    core->link.driver = driver;
    core->link.data = calloc(1, driver->link_size);
    assert_non_null(core->link.data);
    core->link_timer = -1;
    core->tracing = true;
    core->transport = "tcp";
    core->url = "http://lens.example:1619/MessengerPMSWS.asmx";
    core->clock = 1777899900; /* 2026-05-04T13:05:00Z */
    assert_true(driver->option_count < sizeof(core->values) / sizeof(core->values[0]));
    for (size_t i = 0; i < driver->option_count; i++)
        core->values[i] = driver->options[i].default_value;
    core->profile = driver->profile;
    assert_int_equal(driver->configure(&core->link, &core->profile, &core->error), KC_OK);
}

int32_t fake_core_try_option(struct fake_core *core, const char *name, const char *value)
{
    const struct driver *driver = core->link.driver;
    size_t index = 0;
    while (index < driver->option_count && strcmp(driver->options[index].name, name) != 0)
        index++;
    if (index == driver->option_count)
        fail_msg("no option %s", name);
    core->values[index] = value;
    core->profile = driver->profile;
    memset(&core->error, 0, sizeof(core->error));
    return driver->configure(&core->link, &core->profile, &core->error);
}

void fake_core_option(struct fake_core *core, const char *name, const char *value)
{
    assert_int_equal(fake_core_try_option(core, name, value), KC_OK);
}

int32_t fake_core_url(struct fake_core *core, const char *url)
{
    core->url = url;
    core->profile = core->link.driver->profile;
    memset(&core->error, 0, sizeof(core->error));
    return core->link.driver->configure(&core->link, &core->profile, &core->error);
}

void fake_core_transport(struct fake_core *core, const char *transport)
{
    core->transport = transport;
    core->profile = core->link.driver->profile;
    assert_int_equal(core->link.driver->configure(&core->link, &core->profile, &core->error), KC_OK);
}

void fake_core_up(struct fake_core *core)
{
    core->up = true;
    core->ready = core->failing = false;
    core->link.driver->link_up(&core->link);
}

static void forget_question(struct fake_question *question)
{
    arena_free(&question->arena);
    buf_free(&question->body);
    memset(question, 0, sizeof(*question));
}

static void end_op(struct fake_op *op)
{
    if (op->core->link.driver->op_end)
        op->core->link.driver->op_end(&op->op);
    op->running = op->question.asking = false;
    op->done = true;
    op->timer = op->deadline = -1;
    free(op->op.data); /* so that a driver that touches it afterwards is seen */
    op->op.data = NULL;
}

/* The core ends an operation by itself. */
static void end_early(struct fake_op *op, int32_t status, const char *text)
{
    bool committed = op->committed;
    end_op(op);
    error_set(&op->error, status, "", "%s", text);
    op->outcome = committed ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_NOT_WRITTEN;
    op->error.card_state = op->outcome;
}

static void go_down(struct fake_core *core, int32_t status, const char *text)
{
    if (!core->up)
        return;
    core->up = core->ready = core->failing = core->question.asking = false;
    core->link_timer = -1;
    core->down_count++;
    if (core->link.driver->link_down)
        core->link.driver->link_down(&core->link);
    for (size_t i = 0; i < FAKE_OPS; i++)
        if (core->ops[i].running)
            end_early(&core->ops[i], status, text);
}

/* driver_link_fail() takes effect when the driver has returned. */
static void settle(struct fake_core *core)
{
    if (core->failing)
        go_down(core, core->fail_status, core->fail_text);
}

void driver_link_offers(struct driver_link *link, uint32_t capabilities)
{
    core_of(link)->offers = capabilities;
}

void driver_ask_stays(struct driver_link *link, bool anew, int64_t ended_days)
{
    struct fake_core *core = core_of(link);
    assert_true(core->up);
    core->stays_asked++;
    core->stays_anew = anew;
    core->stays_ended_days = ended_days;
}

void fake_core_stays(struct fake_core *core, const struct driver_stay *stays, size_t count, bool last)
{
    assert_true(core->stays_asked > 0);
    core->stays_asked = 0;
    core->link.driver->on_stays(&core->link, stays, count, last);
    settle(core);
}

void fake_core_drop(struct fake_core *core)
{
    go_down(core, KC_ERROR_CONNECTION_LOST, "The connection was lost.");
}

void fake_core_close(struct fake_core *core)
{
    fake_core_drop(core);
    if (core->link.driver->release)
        core->link.driver->release(&core->link);
    free(core->link.data);
    for (size_t i = 0; i < FAKE_OPS; i++) {
        arena_free(&core->ops[i].results);
        buf_free(&core->ops[i].image);
        forget_question(&core->ops[i].question);
    }
    forget_question(&core->question);
    buf_free(&core->sent);
    buf_free(&core->trace);
}

/* ---- Life of an operation -------------------------------------------------------------------------------------- */

struct fake_op *fake_core_op(struct fake_core *core, int32_t verb)
{
    size_t index = 0;
    while (index < FAKE_OPS && core->ops[index].used && !core->ops[index].done)
        index++;
    assert_true(index < FAKE_OPS);
    struct fake_op *op = &core->ops[index];
    arena_free(&op->results);
    buf_free(&op->image);
    forget_question(&op->question);
    memset(op, 0, sizeof(*op));
    op->used = true;
    op->core = core;
    op->timer = op->deadline = -1;
    op->installation = "";
    op->op.link = &core->link;
    op->op.request = &op->request;
    op->request = (struct driver_request){.verb = verb,
                                          .copies = 1,
                                          .encoder = "",
                                          .booking = "",
                                          .guest = "",
                                          .operator_name = "",
                                          .phone = "",
                                          .email = "",
                                          .message = "",
                                          .room_before = "",
                                          .station = "",
                                          .card_serial = "",
                                          .operation = "01975f6e-8c00-7123-8456-0123456789ab",
                                          .sequence = core->clock + core->now / 1000,
                                          .rooms = {op->room_list, 0},
                                          .areas = {op->area_list, 0},
                                          .denied = {op->denied_list, 0},
                                          .texts = {op->text_list, 0}};
    return op;
}

static void add(struct strings *list, const char **items, const char *text)
{
    assert_true(list->count < FAKE_LIST);
    items[list->count++] = text;
}

void fake_op_room(struct fake_op *op, const char *room)
{
    add(&op->request.rooms, op->room_list, room);
}

void fake_op_area(struct fake_op *op, const char *area)
{
    add(&op->request.areas, op->area_list, area);
}

void fake_op_denied(struct fake_op *op, const char *area)
{
    add(&op->request.denied, op->denied_list, area);
}

void fake_op_text(struct fake_op *op, const char *text)
{
    add(&op->request.texts, op->text_list, text);
}

int32_t fake_core_check(struct fake_core *core, struct fake_op *op)
{
    memset(&core->error, 0, sizeof(core->error));
    size_t before = core->sent.length;
    int32_t status = core->link.driver->check(&core->link, &op->request, &core->error);
    assert_int_equal(core->sent.length, before);
    if (status != KC_OK)
        assert_int_equal(core->error.code, status);
    return status;
}

static void start(struct fake_core *core, struct fake_op *op)
{
    assert_true(core->ready);
    assert_false(op->running || op->done);
    op->op.data = calloc(1, core->link.driver->op_size);
    assert_non_null(op->op.data);
    op->running = true;
    core->link.driver->op_start(&op->op);
}

void fake_core_start(struct fake_core *core, struct fake_op *op)
{
    start(core, op);
    settle(core);
}

void fake_core_receive(struct fake_core *core, const void *bytes, size_t count)
{
    if (!core->up)
        return;
    uint8_t *copy = malloc(count + 1); /* exact, so that the sanitizers see overruns */
    assert_non_null(copy);
    memcpy(copy, bytes, count);
    core->link.driver->on_bytes(&core->link, copy, count);
    free(copy);
    settle(core);
}

void fake_core_reply(struct fake_core *core, struct fake_op *op, const struct http_reply *reply)
{
    struct fake_question *question = op ? &op->question : &core->question;
    assert_true(core->up && question->asking);
    question->asking = false;
    struct http_reply copy = *reply;
    uint8_t *body = malloc(reply->body_size + 1); /* exact, so that the sanitizers see overruns */
    assert_non_null(body);
    if (reply->body_size > 0)
        memcpy(body, reply->body, reply->body_size);
    copy.body = body;
    core->link.driver->on_reply(&core->link, op ? &op->op : NULL, &copy);
    free(body);
    settle(core);
}

void fake_core_no_reply(struct fake_core *core, struct fake_op *op, bool left, int32_t status)
{
    const struct driver *driver = core->link.driver;
    struct kc_error error = {0};
    error_set(&error, status, "", "The exchange failed.");
    assert_true(op->question.asking);
    op->question.asking = false;
    if (!driver->on_no_reply || !driver->on_no_reply(&core->link, &op->op, left, &error)) {
        op->committed = op->committed && left;
        end_early(op, status, error.message);
    }
    settle(core);
}

void fake_core_cancel(struct fake_core *core, struct fake_op *op)
{
    if (core->link.driver->op_cancel)
        core->link.driver->op_cancel(&op->op);
    if (op->running && !op->committed)
        end_early(op, KC_ERROR_CANCELLED, "Cancelled.");
    settle(core);
}

void fake_core_keep_alive(struct fake_core *core)
{
    core->ready = false;
    core->link.driver->keep_alive(&core->link);
    settle(core);
}

/* ---- Clock ----------------------------------------------------------------------------------------------------- */

static int64_t next_due(const struct fake_core *core)
{
    int64_t due = core->link_timer;
    for (size_t i = 0; i < FAKE_OPS; i++) {
        const struct fake_op *op = &core->ops[i];
        if (op->running && op->timer >= 0 && (due < 0 || op->timer < due))
            due = op->timer;
        if (op->running && op->deadline >= 0 && (due < 0 || op->deadline < due))
            due = op->deadline;
    }
    return due;
}

static void run_op(struct fake_core *core, struct fake_op *op)
{
    if (op->running && op->timer >= 0 && op->timer <= core->now) {
        op->timer = -1;
        core->link.driver->on_timer(&core->link, &op->op);
        settle(core);
    }
    if (op->running && op->deadline >= 0 && op->deadline <= core->now) {
        bool committed = op->committed;
        end_early(op, KC_ERROR_TIMED_OUT, op->deadline_text);
        if (committed)
            go_down(core, KC_ERROR_CONNECTION_LOST, "Closed after a deadline.");
        settle(core);
    }
}

void fake_core_advance(struct fake_core *core, int64_t ms)
{
    int64_t end = core->now + ms;
    for (int64_t due = next_due(core); due >= 0 && due <= end; due = next_due(core)) {
        if (due > core->now)
            core->now = due;
        if (core->link_timer >= 0 && core->link_timer <= core->now) {
            core->link_timer = -1;
            core->link.driver->on_timer(&core->link, NULL);
            settle(core);
        }
        for (size_t i = 0; i < FAKE_OPS; i++)
            run_op(core, &core->ops[i]);
    }
    core->now = end;
}

/* ---- Calls of the driver: options and link --------------------------------------------------------------------- */

const char *driver_option_text(const struct driver_link *link, size_t option)
{
    assert_true(option < link->driver->option_count);
    return core_of(link)->values[option];
}

int64_t driver_option_number(const struct driver_link *link, size_t option)
{
    assert_non_null(strstr(link->driver->options[option].values, ".."));
    return strtoll(driver_option_text(link, option), NULL, 10);
}

const uint8_t *driver_usb_descriptor(const struct driver_link *link, size_t *count)
{
    const struct fake_core *core = (const struct fake_core *)(const void *)link;

    *count = core->descriptor_size;
    return core->descriptor_size > 0 ? core->descriptor : NULL;
}

bool driver_usb_id(const struct driver_link *link, struct driver_usb_id *id)
{
    const struct fake_core *core = (const struct fake_core *)(const void *)link;

    *id = core->usb_id;
    return id->vendor != 0;
}

const char *driver_link_transport(const struct driver_link *link)
{
    return core_of(link)->transport;
}

bool driver_option_is(const struct driver_link *link, size_t option, const char *value)
{
    assert_non_null(strstr(link->driver->options[option].values, value));
    return strcmp(driver_option_text(link, option), value) == 0;
}

void driver_link_identity(struct driver_link *link, const char *model, const char *firmware)
{
    struct fake_core *core = core_of(link);
    snprintf(core->model, sizeof(core->model), "%s", model);
    snprintf(core->firmware, sizeof(core->firmware), "%s", firmware);
    core->told_who = true;
}

void driver_link_ready(struct driver_link *link)
{
    core_of(link)->ready = true;
    core_of(link)->ready_count++;
}

void driver_send(struct driver_link *link, const void *bytes, size_t count)
{
    struct fake_core *core = core_of(link);
    assert_true(core->up && count > 0);
    if (!core->failing)
        buf_append(&core->sent, bytes, count);
}

void driver_link_timer(struct driver_link *link, int64_t delay_ms)
{
    struct fake_core *core = core_of(link);
    assert_true(core->up);
    core->link_timer = delay_ms < 0 ? -1 : core->now + delay_ms;
}

void driver_link_fail(struct driver_link *link, int32_t status, const char *text)
{
    struct fake_core *core = core_of(link);
    assert_true(status < 0 && text && *text);
    if (core->failing || !core->up)
        return;
    core->failing = true;
    core->ready = false;
    core->fail_status = status;
    snprintf(core->fail_text, sizeof(core->fail_text), "%s", text);
}

void driver_ask(struct driver_link *link, struct driver_op *op, const struct http_request *request)
{
    struct fake_core *core = core_of(link);
    struct fake_question *question = op ? &op_of(op)->question : &core->question;
    assert_true(core->up && !core->failing && !question->asking && request->field_count <= FAKE_FIELDS);
    int count = question->count;
    forget_question(question);
    question->asking = true;
    question->count = count + 1;
    question->method = arena_text(&question->arena, request->method);
    question->path = arena_text(&question->arena, request->path);
    for (size_t i = 0; i < request->field_count; i++) {
        question->names[i] = arena_text(&question->arena, request->fields[i].name);
        question->values[i] = arena_text(&question->arena, request->fields[i].value);
    }
    question->field_count = request->field_count;
    buf_append(&question->body, request->body, request->body_size);
    question->repeatable = request->repeatable;
    question->answer_ms = request->answer_ms;
}

const char *driver_link_url(const struct driver_link *link)
{
    return core_of(link)->url;
}

int64_t driver_clock(const struct driver_link *link)
{
    return core_of(link)->clock + core_of(link)->now / 1000;
}

void driver_new_id(struct driver_link *link, char out[37])
{
    snprintf(out, 37, "4f0c1d7e-52b0-4c1b-9a43-%012x", (unsigned)core_of(link)->ids++ & 0xFFFFFFFFu);
}

/* The newest first: drivers may not lean on an order. */
struct driver_op *driver_link_next_op(struct driver_link *link, const struct driver_op *last)
{
    struct fake_core *core = core_of(link);
    size_t index = FAKE_OPS;
    if (last)
        index = (size_t)((const struct fake_op *)(const void *)last - core->ops);
    while (index-- > 0)
        if (core->ops[index].running)
            return &core->ops[index].op;
    return NULL;
}

void driver_encoder_seen(struct driver_link *link, const char *encoder, int32_t state)
{
    (void)link;
    assert_true(*encoder && state >= KC_ENCODER_UNKNOWN && state <= KC_ENCODER_OFFLINE);
}

bool driver_encoder_is_known(const struct driver_link *link, const char *encoder)
{
    const char *known = core_of(link)->known_encoder;
    return known && strcmp(known, encoder) == 0;
}

bool driver_tracing(const struct driver_link *link)
{
    return core_of(link)->tracing;
}

void driver_trace(struct driver_link *link, bool sent, const char *text)
{
    struct buf *trace = &core_of(link)->trace;
    buf_append_format(trace, "%s %s\n", sent ? "->" : "<-", text);
}

/* ---- Calls of the driver: operations --------------------------------------------------------------------------- */

void driver_op_committed(struct driver_op *op)
{
    op_of(op)->committed = true;
    op_of(op)->committed_count++;
}

void driver_op_released(struct driver_op *op)
{
    assert_true(op_of(op)->committed);
    op_of(op)->committed = false;
    op_of(op)->released_count++;
}

void driver_op_prompt(struct driver_op *op, int32_t prompt, int32_t card, int32_t count)
{
    struct fake_op *fake = op_of(op);
    assert_true(fake->prompts_seen < FAKE_PROMPT && card >= 1 && card <= count);
    fake->prompts[fake->prompts_seen++] = prompt;
    fake->prompt_card = card;
    fake->prompt_count = count;
}

void driver_op_encoding(struct driver_op *op)
{
    op_of(op)->encoding = true;
}

void driver_op_reached_encoder(struct driver_op *op)
{
    op_of(op)->reached = true;
}

void driver_op_timer(struct driver_op *op, int64_t delay_ms)
{
    op_of(op)->timer = delay_ms < 0 ? -1 : op_of(op)->core->now + delay_ms;
}

void driver_op_deadline(struct driver_op *op, int64_t delay_ms, const char *text)
{
    assert_true(delay_ms >= 0 && text && *text);
    op_of(op)->deadline = op_of(op)->core->now + delay_ms;
    op_of(op)->deadline_text = text;
}

void driver_op_serial(struct driver_op *op, const char *serial)
{
    struct fake_op *fake = op_of(op);
    if (fake->serial_count < FAKE_LIST)
        fake->serials[fake->serial_count++] = arena_text(&fake->results, serial);
}

bool driver_op_serial_bytes(struct driver_op *op, const uint8_t *bytes, size_t count)
{
    char serial[201];
    if (count >= sizeof(serial) || !text_are_plain((const char *)bytes, count))
        return false;
    memcpy(serial, bytes, count);
    serial[count] = '\0';
    driver_op_serial(op, serial);
    return true;
}

void driver_op_image(struct driver_op *op, const uint8_t *bytes, size_t count, const char *installation)
{
    struct fake_op *fake = op_of(op);
    buf_append(&fake->image, bytes, count);
    fake->installation = arena_text(&fake->results, installation);
}

void driver_op_unconfirmed(struct driver_op *op)
{
    op_of(op)->unconfirmed = true;
}

void driver_op_card(struct driver_op *op, const struct driver_card *card)
{
    struct fake_op *fake = op_of(op);
    assert_false(fake->has_card);
    fake->has_card = true;
    fake->card = *card;
    assert_int_equal(arena_strings(&fake->results, &card->rooms, &fake->card.rooms), 0);
    assert_int_equal(arena_strings(&fake->results, &card->areas, &fake->card.areas), 0);
    fake->card.operator_name = arena_text(&fake->results, card->operator_name);
    fake->card.serial = arena_text(&fake->results, card->serial);
    fake->card.text = arena_text(&fake->results, card->text);
}

void driver_op_warn(struct driver_op *op, const char *text)
{
    struct fake_op *fake = op_of(op);
    if (fake->warning_count < FAKE_LIST)
        fake->warnings[fake->warning_count++] = arena_text(&fake->results, text);
}

const void *driver_op_kept(const struct driver_op *op)
{
    (void)op;
    return NULL;
}

void *driver_op_keep(const struct driver_op *op, size_t size)
{
    (void)op, (void)size;
    return NULL;
}

void driver_op_done(struct driver_op *op, const struct kc_error *error)
{
    struct fake_op *fake = op_of(op);
    struct fake_core *core = fake->core;
    struct kc_error copy = {0};
    if (error) {
        assert_true(error->code < 0);
        copy = *error;
    }
    end_op(fake);
    fake->error = copy;
    fake->outcome = error ? copy.card_state : KC_OUTCOME_WRITTEN;
    struct fake_op *next = core->next_on_done;
    core->next_on_done = NULL;
    if (next && core->ready)
        start(core, next);
}

/* ---- The site -------------------------------------------------------------------------------------------------- */

/* As if the site were in UTC. */
struct wall_time driver_site_wall(const struct driver_link *link, int64_t utc)
{
    time_t time = (time_t)utc;
    struct tm tm;
    (void)link;
    if (!gmtime_r(&time, &tm))
        return (struct wall_time){0};
    return (struct wall_time){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min};
}

/* 15 January 2026, 09:30:00; it goes on with the clock for half an hour. Or as the test says. */
void driver_site_time(const struct driver_link *link, struct wall_time *wall, int32_t *second)
{
    const struct fake_core *core = core_of(link);
    int32_t seconds = (int32_t)(core->now / 1000 % 1800);
    bool given = core->site.year != 0;
    *wall = given ? core->site : (struct wall_time){2026, 1, 15, 9, 30 + seconds / 60};
    if (second)
        *second = given ? core->site_second : seconds % 60;
}
