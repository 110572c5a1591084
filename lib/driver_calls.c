/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a driver may do with an operation. */
#include <stdlib.h>
#include <string.h>

#include "op.h"

static struct kc_op *op_of(struct driver_op *op)
{
    return (struct kc_op *)(void *)op;
}

void driver_op_committed(struct driver_op *op)
{
    op_of(op)->committed = true;
}

void driver_op_released(struct driver_op *op)
{
    op_of(op)->committed = false;
}

void driver_op_prompt(struct driver_op *op, int32_t prompt, int32_t card, int32_t count)
{
    op_enter(op_of(op), KC_STATE_WAITING);
    event_prompt(op_of(op), prompt, card, count, NULL);
}

void driver_op_encoding(struct driver_op *op)
{
    op_enter(op_of(op), KC_STATE_ENCODING);
}

void driver_op_reached_encoder(struct driver_op *op)
{
    op_of(op)->reached = true;
}

static void set_timer(struct kc_op *op, struct loop_timer *timer, int64_t delay_ms)
{
    struct loop *loop = op->context->loop;
    if (delay_ms >= 0)
        loop_timer_must(loop, timer, delay_ms);
    else if (loop_timer_is_set(timer))
        loop_timer_cancel(loop, timer);
}

void driver_op_timer(struct driver_op *op, int64_t delay_ms)
{
    set_timer(op_of(op), &op_of(op)->step_timer, delay_ms);
}

void driver_op_deadline(struct driver_op *op, int64_t delay_ms, const char *text)
{
    op_of(op)->deadline_text = text;
    set_timer(op_of(op), &op_of(op)->deadline_timer, delay_ms);
}

enum { SERIAL_MOST = 200 }; /* characters */

static void take_serial(struct kc_op *op, const char *serial, size_t length)
{
    const size_t count = op->serials.count;
    const char *copy = arena_text_n(&op->arena, serial, length);
    const char **items = count ? arena_alloc(&op->arena, (count + 1) * sizeof(*items)) : &op->only_serial;
    if (!copy || !items)
        return;
    if (count)
        memcpy(items, op->serials.items, count * sizeof(*items));
    items[count] = copy;
    op->serials = (struct strings){items, count + 1};
}

void driver_op_serial(struct driver_op *op, const char *serial)
{
    if (text_check(serial, SERIAL_MOST, false, NULL) == TEXT_GOOD)
        take_serial(op_of(op), serial, strlen(serial));
}

bool driver_op_serial_bytes(struct driver_op *op, const uint8_t *bytes, size_t count)
{
    bool good = count <= SERIAL_MOST && text_are_plain((const char *)bytes, count);
    if (good)
        take_serial(op_of(op), (const char *)bytes, count);
    return good;
}

void driver_op_image(struct driver_op *handle, const uint8_t *bytes, size_t count, const char *installation)
{
    struct kc_op *op = op_of(handle);
    free(op->image);
    op->image = malloc(count ? count : 1);
    op->installation = arena_text(&op->arena, installation);
    if (!op->image || !op->installation) {
        free(op->image);
        op->image = NULL;
        op_warn(op, "image", "", "", "The key image was lost: memory is used up.");
        return;
    }
    memcpy(op->image, bytes, count);
    op->image_size = count;
}

void driver_op_unconfirmed(struct driver_op *op)
{
    op_of(op)->on_its_way = true;
}

void driver_op_card(struct driver_op *handle, const struct driver_card *card)
{
    struct kc_op *op = op_of(handle);
    struct driver_card *copy = arena_alloc(&op->arena, sizeof(*copy));
    if (!copy)
        return;
    *copy = *card;
    copy->rooms = copy->areas = (struct strings){0};
    copy->operator_name = arena_text(&op->arena, card->operator_name);
    copy->serial = arena_text(&op->arena, card->serial);
    copy->text = arena_text(&op->arena, card->text);
    copy->booking = arena_text(&op->arena, card->booking ? card->booking : "");
    if (!copy->operator_name || !copy->serial || !copy->text || !copy->booking ||
        (card->rooms.count && arena_strings(&op->arena, &card->rooms, &copy->rooms) != 0) ||
        (card->areas.count && arena_strings(&op->arena, &card->areas, &copy->areas) != 0))
        return;
    op->card = copy;
}

void driver_op_warn(struct driver_op *op, const char *text)
{
    op_warn(op_of(op), "", "", "", "%s", text);
}

void driver_op_done(struct driver_op *handle, const struct kc_error *error)
{
    struct kc_op *op = op_of(handle);
    if (op->phase != OP_STARTED)
        return;
    op_finish_as_told(op, error);
}
