/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A rig of transports with USB devices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "desk.h"
#include "util/arena.h"
#include "util/uri.h"

static const struct driver_usb_id hid_ids[] = {{0x0801, 0x0003}}, ccid_ids[] = {{0x072f, 0x2200}};
const struct driver_usb desk_hid = {hid_ids, 1, USB_CLASS_HID, false, true};
const struct driver_usb desk_ccid = {ccid_ids, 1, USB_CLASS_CCID, true, false};

static const struct transport_table *usb_table(void)
{
    const struct transport_table *table = transport_find("usb");

    assert_non_null(table);
    return table;
}

int desk_set_up(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);

    desk->rig = usb_rig_new();
    rig_init(&desk->line);
    *state = desk;
    return 0;
}

int desk_tear_down(void **state)
{
    struct desk *desk = *state;

    rig_close(&desk->line);
    usb_table()->await_end(desk->wait);
    rig_free(&desk->line);
    usb_rig_free(desk->rig);
    free(desk);
    return 0;
}

int32_t desk_try_open(struct desk *desk, const struct uri *uri, const struct driver_usb *usb, struct kc_error *error)
{
    rig_close(&desk->line);
    rig_begin(&desk->line);
    return usb_table()->open_device(desk->line.loop, uri, usb, &rig_events, &desk->line, &desk->line.transport, error);
}

void desk_open(struct desk *desk, const char *text, const struct driver_usb *usb)
{
    struct kc_error error = {0};
    struct arena arena;
    struct uri uri;

    arena_init(&arena);
    assert_int_equal(uri_parse(&arena, text, &uri, &error), KC_OK);
    if (desk_try_open(desk, &uri, usb, &error) != KC_OK)
        fail_msg("not opened: %s", error.message);
    arena_free(&arena); /* the URI need not live longer */
}

static void on_possible(void *user)
{
    struct desk *desk = user;

    assert_true(desk->line.dispatching);
    assert_int_equal(desk->possible, 0);
    desk->possible++;
    usb_table()->await_end(desk->wait);
    desk->wait = NULL;
}

void desk_await(struct desk *desk, const char *text, const struct driver_usb *usb, bool needed)
{
    struct kc_error error = {0};
    struct arena arena;
    struct uri uri;
    bool is_needed = !needed;

    arena_init(&arena);
    assert_int_equal(uri_parse(&arena, text, &uri, &error), KC_OK);
    desk->possible = 0;
    assert_int_equal(usb_table()->await(desk->line.loop, &uri, usb, on_possible, desk, &desk->wait, &is_needed), KC_OK);
    assert_int_equal(is_needed, needed);
    arena_free(&arena);
}

void desk_until_closed(struct desk *desk, int32_t code, const char *text)
{
    rig_until_closed(&desk->line);
    if (desk->line.error.code != code || strstr(desk->line.error.message, text) == NULL)
        fail_msg("closed with %d \"%s\", not \"%s\"", (int)desk->line.error.code, desk->line.error.message, text);
    rig_close(&desk->line);
}

void desk_settle(struct desk *desk)
{
    while (loop_wait(desk->line.loop, 100) == 1)
        rig_turn(&desk->line);
}

void desk_open_well(struct desk *desk, const char *uri, const struct driver_usb *usb)
{
    desk_open(desk, uri, usb);
    rig_until_connected(&desk->line);
}
