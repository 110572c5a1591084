/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-in for the core: what a driver may call; see fake_core.h and lib/driver.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "fake_core_calls.h"

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

/* ---- Options and link ------------------------------------------------------------------------------------------ */

const char *driver_option_text(const struct driver_link *link, size_t option)
{
    assert_true(option < link->driver->option_count);
    return core_of(link)->values[option];
}

bool driver_link_may_ask(struct driver_link *link)
{
    struct fake_core *core = core_of(link);
    core->looks++;
    return !core->unread;
}

const uint8_t *driver_usb_descriptor(const struct driver_link *link, size_t *count)
{
    const struct fake_core *core = core_of(link);
    *count = core->descriptor_size;
    return core->descriptor_size > 0 ? core->descriptor : NULL;
}

bool driver_usb_id(const struct driver_link *link, struct driver_usb_id *id)
{
    const struct fake_core *core = core_of(link);
    *id = core->usb_id;
    return id->vendor != 0;
}

const char *driver_link_transport(const struct driver_link *link)
{
    return core_of(link)->transport;
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
    fake_question_forget(question);
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
    struct fake_core *core = core_of(link);
    assert_true(*encoder && state >= KC_ENCODER_UNKNOWN && state <= KC_ENCODER_OFFLINE);
    if (core->seen_count < FAKE_LIST) {
        snprintf(core->seen[core->seen_count], sizeof(core->seen[0]), "%s", encoder);
        core->seen_state[core->seen_count] = state;
    }
    core->seen_count++;
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

/* ---- Operations ------------------------------------------------------------------------------------------------ */

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
    op_of(op)->encoding_count++;
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
    if (card->booking)
        fake->card.booking = arena_text(&fake->results, card->booking);
}

void driver_op_warn(struct driver_op *op, const char *text)
{
    struct fake_op *fake = op_of(op);
    assert_true(text && *text);
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
    fake_op_end(fake);
    fake->error = copy;
    fake->outcome = error ? copy.card_state : KC_OUTCOME_WRITTEN;
    struct fake_op *next = core->next_on_done;
    core->next_on_done = NULL;
    if (next && core->ready)
        fake_op_start(core, next);
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
