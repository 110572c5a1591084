/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A stand-in for the core; see small_core.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "small_core.h"

static struct small_core *core_of(const struct driver_link *link)
{
    return (struct small_core *)link;
}

static struct small_op *live(struct driver_op *op)
{
    struct small_op *small = (struct small_op *)op;
    assert_true(small->used);
    assert_false(small->done);
    return small;
}

/* As much of the text as fits. */
static void copy_text(char *out, size_t size, const char *text)
{
    const size_t length = strnlen(text, size - 1);
    memcpy(out, text, length);
    out[length] = '\0';
}

#define copy(out, text) copy_text((out), sizeof(out), (text))

/* ---- The contract ---------------------------------------------------------------------------------------------- */

const char *driver_option_text(const struct driver_link *link, size_t option)
{
    assert_true(option < link->driver->option_count);
    const char *value = core_of(link)->options[option];
    return value != NULL ? value : link->driver->options[option].default_value;
}

bool driver_link_may_ask(struct driver_link *link)
{
    (void)link;
    return true;
}

const uint8_t *driver_usb_descriptor(const struct driver_link *link, size_t *count)
{
    (void)link;
    *count = 0;
    return NULL;
}

bool driver_usb_id(const struct driver_link *link, struct driver_usb_id *id)
{
    (void)link;
    *id = (struct driver_usb_id){0};
    return false;
}

const char *driver_link_transport(const struct driver_link *link)
{
    (void)link;
    return "";
}

void driver_link_ready(struct driver_link *link)
{
    core_of(link)->ready_count++;
}

void driver_send(struct driver_link *link, const void *bytes, size_t count)
{
    struct small_core *core = core_of(link);
    assert_true(count < sizeof core->sent - core->sent_length);
    memcpy(core->sent + core->sent_length, bytes, count);
    core->sent_length += count;
}

void driver_link_timer(struct driver_link *link, int64_t delay_ms)
{
    core_of(link)->link_timer = delay_ms < 0 ? -1 : core_of(link)->now + delay_ms;
}

void driver_link_fail(struct driver_link *link, int32_t status, const char *text)
{
    assert_true(status < 0);
    assert_true(text[0] != '\0');
    core_of(link)->failed = true;
    core_of(link)->fail_status = status;
}

struct driver_op *driver_link_next_op(struct driver_link *link, const struct driver_op *last)
{
    struct small_core *core = core_of(link);
    size_t from = last == NULL ? 0 : (size_t)((const struct small_op *)last - core->ops) + 1;
    for (size_t i = from; i < SMALL_CORE_OPS; i++) {
        if (core->ops[i].used && !core->ops[i].done)
            return &core->ops[i].op;
    }
    return NULL;
}

bool driver_encoder_is_known(const struct driver_link *link, const char *encoder)
{
    (void)link;
    (void)encoder;
    return false;
}

void driver_encoder_seen(struct driver_link *link, const char *encoder, int32_t state)
{
    struct small_core *core = core_of(link);
    assert_true(core->seen_count < SMALL_CORE_LIST);
    copy(core->seen[core->seen_count], encoder);
    core->seen_state[core->seen_count++] = state;
}

bool driver_tracing(const struct driver_link *link)
{
    (void)link;
    return true;
}

void driver_trace(struct driver_link *link, bool sent, const char *text)
{
    (void)sent;
    core_of(link)->trace_count++;
    copy(core_of(link)->last_trace, text);
}

void driver_op_committed(struct driver_op *op)
{
    assert_false(live(op)->committed);
    live(op)->committed = true;
}

void driver_op_released(struct driver_op *op)
{
    assert_true(live(op)->committed);
    live(op)->committed = false;
}

void driver_op_prompt(struct driver_op *op, int32_t prompt, int32_t card, int32_t count)
{
    assert_int_equal(prompt, KC_PROMPT_PRESENT_CARD);
    assert_in_range(card, 1, count);
    live(op)->prompt_count++;
    live(op)->prompted_card = card;
    live(op)->prompted_cards = count;
}

void driver_op_encoding(struct driver_op *op)
{
    live(op)->encoding_count++;
}

void driver_op_reached_encoder(struct driver_op *op)
{
    live(op)->reached = true;
}

void driver_op_timer(struct driver_op *op, int64_t delay_ms)
{
    live(op)->timer = delay_ms < 0 ? -1 : core_of(op->link)->now + delay_ms;
}

void driver_op_deadline(struct driver_op *op, int64_t delay_ms, const char *text)
{
    assert_true(delay_ms > 0);
    live(op)->deadline = core_of(op->link)->now + delay_ms;
    live(op)->deadline_text = text;
}

void driver_op_serial(struct driver_op *op, const char *serial)
{
    struct small_op *small = live(op);
    assert_true(small->serial_count < SMALL_CORE_LIST);
    copy(small->serials[small->serial_count++], serial);
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
    struct small_op *small = live(op);
    assert_true(count <= sizeof small->image);
    memcpy(small->image, bytes, count);
    small->image_size = count;
    copy(small->installation, installation);
}

/* What other drivers of the table call, and `virtual:` does not. */
void driver_ask(struct driver_link *link, struct driver_op *op, const struct http_request *request)
{
    (void)link, (void)op, (void)request;
    fail();
}

void driver_ask_stays(struct driver_link *link, bool anew, int64_t ended_days)
{
    (void)link, (void)anew, (void)ended_days;
    fail();
}

void driver_link_identity(struct driver_link *link, const char *model, const char *firmware)
{
    (void)link;
    (void)model;
    (void)firmware;
}

void driver_link_offers(struct driver_link *link, uint32_t capabilities)
{
    (void)link, (void)capabilities;
    fail();
}

const char *driver_link_url(const struct driver_link *link)
{
    (void)link;
    return "";
}

int64_t driver_clock(const struct driver_link *link)
{
    (void)link;
    return 0;
}

void driver_new_id(struct driver_link *link, char out[37])
{
    (void)link;
    out[0] = '\0';
}

void driver_op_unconfirmed(struct driver_op *op)
{
    live(op)->unconfirmed = true;
}

void driver_op_card(struct driver_op *op, const struct driver_card *card)
{
    struct small_op *small = live(op);
    small->has_card = true;
    small->card_kind = card->kind;
    small->card_state = card->key_state;
    small->card_rooms = card->rooms.count;
    small->card_areas = card->areas.count;
    copy(small->card_room, card->rooms.items[0]);
    copy(small->card_serial, card->serial);
    copy(small->card_text, card->text);
    small->card_until = card->until;
}

void driver_op_warn(struct driver_op *op, const char *text)
{
    (void)live(op);
    assert_true(text[0] != '\0');
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

static void end_op(struct small_core *core, struct small_op *op, const struct kc_error *error)
{
    if (core->link.driver->op_end != NULL)
        core->link.driver->op_end(&op->op);
    op->done = true;
    op->timer = op->deadline = -1;
    if (error != NULL) {
        op->status = error->code;
        op->error = *error;
    }
    free(op->op.data);
    op->op.data = NULL;
}

void driver_op_done(struct driver_op *op, const struct kc_error *error)
{
    struct small_op *small = live(op);
    struct small_core *core = core_of(op->link);
    assert_true(error == NULL || error->code < 0);
    end_op(core, small, error);
    if (core->next != NULL) {
        struct small_op *next = core->next;
        core->next = NULL;
        small_core_start(core, next);
    }
}

/* ---- For tests ------------------------------------------------------------------------------------------------- */

void small_core_open(struct small_core *core, const struct driver *driver)
{
    memset(core, 0, sizeof *core);
    assert_true(driver->option_count <= SMALL_CORE_OPTIONS);
    core->link_timer = -1;
    core->link.driver = driver;
    core->link.data = calloc(1, driver->link_size);
    assert_non_null(core->link.data);
    core->profile = driver->profile;
}

static void set_option(struct small_core *core, const char *setting)
{
    const struct driver *driver = core->link.driver;
    size_t length = strcspn(setting, "=");
    for (size_t i = 0; i < driver->option_count; i++) {
        if (strlen(driver->options[i].name) == length && strncmp(driver->options[i].name, setting, length) == 0) {
            core->options[i] = setting + length + 1;
            return;
        }
    }
    fail_msg("no option for %s", setting);
}

int32_t small_core_configure(struct small_core *core, ...)
{
    va_list settings;
    va_start(settings, core);
    for (const char *setting = va_arg(settings, const char *); setting != NULL;
         setting = va_arg(settings, const char *))
        set_option(core, setting);
    va_end(settings);
    core->profile = core->link.driver->profile;
    return core->link.driver->configure(&core->link, &core->profile, &core->error);
}

void small_core_up(struct small_core *core)
{
    if (core->link.driver->link_up != NULL)
        core->link.driver->link_up(&core->link);
    else
        driver_link_ready(&core->link);
}

void small_core_close(struct small_core *core)
{
    for (size_t i = 0; i < SMALL_CORE_OPS; i++) {
        if (core->ops[i].used && !core->ops[i].done)
            end_op(core, &core->ops[i], NULL);
    }
    if (core->link.driver->release != NULL)
        core->link.driver->release(&core->link);
    free(core->link.data);
}

struct small_op *small_core_op(struct small_core *core, size_t index, int32_t verb, const char *encoder)
{
    struct small_op *op = &core->ops[index];
    assert_true(index < SMALL_CORE_OPS && (!op->used || op->done));
    memset(op, 0, sizeof *op);
    op->request = (struct driver_request){
        .verb = verb,
        .copies = 1,
        .encoder = encoder,
        .booking = "",
        .station = "",
        .card_serial = "",
        .operation = "01975f6e-8c00-7123-8456-0123456789ab",
        .sequence = 1768469400,
        .guest = "",
        .operator_name = "",
        .phone = "",
        .email = "",
        .message = "",
        .room_before = "",
    };
    op->timer = op->deadline = -1;
    return op;
}

/* The connection closes: what the core does after driver_link_fail(). */
static void settle(struct small_core *core)
{
    if (!core->failed)
        return;
    core->failed = false;
    core->link.driver->link_down(&core->link);
    for (size_t i = 0; i < SMALL_CORE_OPS; i++) {
        struct small_op *op = &core->ops[i];
        struct kc_error error = {0};
        if (!op->used || op->done)
            continue;
        error.code = core->fail_status;
        error.card_state = op->committed ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_NOT_WRITTEN;
        end_op(core, op, &error);
    }
}

void small_core_start(struct small_core *core, struct small_op *op)
{
    const struct driver *driver = core->link.driver;
    assert_false(op->used);
    op->used = true;
    op->op.link = &core->link;
    op->op.request = &op->request;
    op->op.data = malloc(driver->op_size + 1);
    assert_non_null(op->op.data);
    memset(op->op.data, 0, driver->op_size);
    if (driver->check != NULL && driver->check(&core->link, &op->request, &core->error) != KC_OK) {
        end_op(core, op, &core->error);
        return;
    }
    driver->op_start(&op->op);
    settle(core);
}

/* Fires what is due first, at most at `end`. Returns whether there was anything. */
static bool fire_first(struct small_core *core, int64_t end)
{
    struct small_op *first = NULL;
    int64_t when = end + 1;
    for (size_t i = 0; i < SMALL_CORE_OPS; i++) {
        struct small_op *op = &core->ops[i];
        if (!op->used || op->done)
            continue;
        if (op->timer >= 0 && op->timer < when) {
            first = op;
            when = op->timer;
        }
        if (op->deadline >= 0 && op->deadline < when) {
            first = op;
            when = op->deadline;
        }
    }
    if (first == NULL)
        return false;
    core->now = when;
    if (first->timer == when) {
        first->timer = -1;
        core->link.driver->on_timer(&core->link, &first->op);
        settle(core);
        return true;
    }
    struct kc_error error = {.code = KC_ERROR_TIMED_OUT};
    error.card_state = first->committed ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_NOT_WRITTEN;
    copy(error.message, first->deadline_text);
    end_op(core, first, &error);
    return true;
}

void small_core_advance(struct small_core *core, int64_t ms)
{
    int64_t end = core->now + ms;
    while (fire_first(core, end))
        ;
    core->now = end;
}

void small_core_receive(struct small_core *core, const char *bytes, size_t count)
{
    core->link.driver->on_bytes(&core->link, (const uint8_t *)bytes, count);
    settle(core);
}

void small_core_cancel(struct small_core *core, struct small_op *op)
{
    struct kc_error error = {.code = KC_ERROR_CANCELLED, .card_state = KC_OUTCOME_NOT_WRITTEN};
    if (core->link.driver->op_cancel != NULL)
        core->link.driver->op_cancel(&op->op);
    assert_false(op->done); /* the core still looks at it */
    if (!op->committed)
        end_op(core, op, &error);
    settle(core);
}

void driver_site_time(const struct driver_link *link, struct wall_time *wall, int32_t *second)
{
    (void)link;
    *wall = (struct wall_time){2026, 1, 15, 9, 30};
    if (second)
        *second = 0;
}

struct wall_time driver_site_wall(const struct driver_link *link, int64_t utc)
{
    (void)link;
    (void)utc;
    return (struct wall_time){0};
}
