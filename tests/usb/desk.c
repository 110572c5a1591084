/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The recorder of the USB tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "desk.h"
#include "util/arena.h"
#include "util/uri.h"

#define WAIT_MS 60000 /* "for ever": only reached when something is broken */

static const struct driver_usb_id hid_ids[] = {{0x0801, 0x0003}}, ccid_ids[] = {{0x072f, 0x2200}};
const struct driver_usb desk_hid = {hid_ids, 1, USB_CLASS_HID, false, true};
const struct driver_usb desk_ccid = {ccid_ids, 1, USB_CLASS_CCID, true, false};

static const struct transport_table *usb_table(void)
{
    const struct transport_table *table = transport_find("usb");

    assert_non_null(table);
    return table;
}

static void close_if(struct desk *desk, enum desk_slot slot)
{
    if (desk->close_in == slot)
        desk_close(desk);
}

static void on_connected(void *user)
{
    struct desk *desk = user;

    assert_true(desk->dispatching);
    assert_int_equal(desk->connected, 0);
    assert_int_equal(desk->closed, 0);
    desk->connected++;
    close_if(desk, DESK_CONNECTED);
}

static void on_received(void *user, const uint8_t *bytes, size_t count)
{
    struct desk *desk = user;

    assert_true(desk->dispatching);
    assert_int_equal(desk->connected, 1);
    assert_int_equal(desk->closed, 0);
    assert_true(count > 0);
    desk->packets++;
    buf_append(&desk->received, bytes, count);
    close_if(desk, DESK_RECEIVED);
}

static void on_interrupt(void *user, const uint8_t *bytes, size_t count)
{
    struct desk *desk = user;

    assert_true(desk->dispatching);
    assert_int_equal(desk->connected, 1);
    assert_int_equal(desk->closed, 0);
    buf_append(&desk->interrupt, bytes, count);
    close_if(desk, DESK_INTERRUPT);
}

static void on_closed(void *user, const struct kc_error *error)
{
    struct desk *desk = user;

    assert_true(desk->dispatching);
    assert_int_equal(desk->closed, 0);
    desk->closed++;
    close_if(desk, DESK_CLOSED);
    desk->error = *error; /* also good after the transport was closed */
}

int desk_set_up(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);
    struct kc_error error;

    desk->rig = usb_rig_new();
    if (loop_new(&desk->loop, &error) != KC_OK)
        return -1;
    *state = desk;
    return 0;
}

void desk_close(struct desk *desk)
{
    if (desk->transport != NULL)
        desk->transport->table->close(desk->transport);
    desk->transport = NULL;
}

int desk_tear_down(void **state)
{
    struct desk *desk = *state;

    desk_close(desk);
    usb_table()->await_end(desk->wait);
    buf_free(&desk->received);
    buf_free(&desk->interrupt);
    loop_free(desk->loop);
    usb_rig_free(desk->rig);
    free(desk);
    return 0;
}

int32_t desk_try_open(struct desk *desk, const struct uri *uri, const struct driver_usb *usb, struct kc_error *error)
{
    static const struct transport_events events = {
        .connected = on_connected, .received = on_received, .closed = on_closed, .interrupt = on_interrupt};

    desk_close(desk);
    desk->connected = desk->closed = desk->packets = 0;
    buf_clear(&desk->received);
    buf_clear(&desk->interrupt);
    return usb_table()->open_device(desk->loop, uri, usb, &events, desk, &desk->transport, error);
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

    assert_true(desk->dispatching);
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
    assert_int_equal(usb_table()->await(desk->loop, &uri, usb, on_possible, desk, &desk->wait, &is_needed), KC_OK);
    assert_int_equal(is_needed, needed);
    arena_free(&arena);
}

int32_t desk_send(struct desk *desk, const void *bytes, size_t count)
{
    return desk->transport->table->send(desk->transport, bytes, count);
}

void desk_turn(struct desk *desk)
{
    assert_int_equal(loop_wait(desk->loop, WAIT_MS), 1);
    desk->dispatching = true;
    assert_int_equal(loop_dispatch(desk->loop), KC_OK);
    desk->dispatching = false;
    desk->rounds++;
}

void desk_until_connected(struct desk *desk)
{
    while (desk->connected == 0) {
        if (desk->closed != 0)
            fail_msg("closed instead of connected: %s", desk->error.message);
        desk_turn(desk);
    }
}

void desk_until_closed(struct desk *desk, int32_t code, const char *text)
{
    while (desk->closed == 0)
        desk_turn(desk);
    if (desk->error.code != code || strstr(desk->error.message, text) == NULL)
        fail_msg("closed with %d \"%s\", not \"%s\"", (int)desk->error.code, desk->error.message, text);
    desk_close(desk);
}

void desk_until_received(struct desk *desk, size_t count)
{
    while (desk->received.length < count) {
        if (desk->closed != 0)
            fail_msg("closed before all was received: %s", desk->error.message);
        desk_turn(desk);
    }
}

void desk_settle(struct desk *desk)
{
    while (loop_wait(desk->loop, 100) == 1)
        desk_turn(desk);
}

void desk_open_well(struct desk *desk, const char *uri, const struct driver_usb *usb)
{
    desk_open(desk, uri, usb);
    desk_until_connected(desk);
}
