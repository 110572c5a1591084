/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-in for the core: the life of its link and operations, and the clock; see fake_core.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "fake_core_calls.h"

/* ---- Life of a link -------------------------------------------------------------------------------------------- */

static int32_t configure(struct fake_core *core)
{
    const struct driver *driver = core->link.driver;
    core->profile = driver->profile;
    memset(&core->error, 0, sizeof(core->error));
    return driver->configure ? driver->configure(&core->link, &core->profile, &core->error) : KC_OK;
}

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
    assert_int_equal(configure(core), KC_OK);
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
    return configure(core);
}

void fake_core_option(struct fake_core *core, const char *name, const char *value)
{
    assert_int_equal(fake_core_try_option(core, name, value), KC_OK);
}

int32_t fake_core_url(struct fake_core *core, const char *url)
{
    core->url = url;
    return configure(core);
}

void fake_core_transport(struct fake_core *core, const char *transport)
{
    core->transport = transport;
    assert_int_equal(configure(core), KC_OK);
}

void fake_core_up(struct fake_core *core)
{
    core->up = true;
    core->ready = core->failing = false;
    if (core->link.driver->link_up)
        core->link.driver->link_up(&core->link);
    else
        driver_link_ready(&core->link);
}

void fake_question_forget(struct fake_question *question)
{
    arena_free(&question->arena);
    buf_free(&question->body);
    memset(question, 0, sizeof(*question));
}

void fake_op_end(struct fake_op *op)
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
    fake_op_end(op);
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
        fake_question_forget(&core->ops[i].question);
    }
    fake_question_forget(&core->question);
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
    fake_question_forget(&op->question);
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

void fake_op_start(struct fake_core *core, struct fake_op *op)
{
    assert_true(core->ready);
    assert_false(op->running || op->done);
    op->op.data = malloc(core->link.driver->op_size + 1); /* not what tests let fail in drivers */
    assert_non_null(op->op.data);
    memset(op->op.data, 0, core->link.driver->op_size);
    op->running = true;
    core->link.driver->op_start(&op->op);
}

void fake_core_start(struct fake_core *core, struct fake_op *op)
{
    fake_op_start(core, op);
    settle(core);
}

void fake_core_begin(struct fake_core *core, struct fake_op *op)
{
    int32_t status = fake_core_check(core, op);
    if (status != KC_OK)
        print_error("check: %s\n", core->error.message);
    assert_int_equal(status, KC_OK);
    fake_core_start(core, op);
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
