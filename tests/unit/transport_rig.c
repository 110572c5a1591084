/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The recorder of the transport tests. */
#include "transport_rig.h"

#include <poll.h>
#include <string.h>

#include "util/arena.h"
#include "util/uri.h"

static void close_if(struct rig *rig, enum rig_slot slot)
{
    if (rig->close_in == slot)
        rig_close(rig);
}

static void on_connected(void *user)
{
    struct rig *rig = user;

    assert_true(rig->dispatching);
    assert_int_equal(rig->connected, 0);
    assert_int_equal(rig->closed, 0);
    rig->connected++;
    close_if(rig, RIG_CONNECTED);
}

static void on_received(void *user, const uint8_t *bytes, size_t count)
{
    struct rig *rig = user;

    assert_true(rig->dispatching);
    assert_int_equal(rig->connected, 1);
    assert_int_equal(rig->closed, 0);
    assert_true(count > 0);
    rig->packets++;
    buf_append(&rig->received, bytes, count);
    if (rig->slow_ms > 0)
        poll(NULL, 0, rig->slow_ms);
    close_if(rig, RIG_RECEIVED);
}

static void on_interrupt(void *user, const uint8_t *bytes, size_t count)
{
    struct rig *rig = user;

    assert_true(rig->dispatching);
    assert_int_equal(rig->connected, 1);
    assert_int_equal(rig->closed, 0);
    buf_append(&rig->interrupt, bytes, count);
    close_if(rig, RIG_INTERRUPT);
}

static void on_closed(void *user, const struct kc_error *error)
{
    struct rig *rig = user;

    assert_true(rig->dispatching);
    assert_int_equal(rig->closed, 0);
    rig->closed++;
    close_if(rig, RIG_CLOSED);
    rig->error = *error; /* also good after the transport was closed */
}

const struct transport_events rig_events = {
    .connected = on_connected, .received = on_received, .closed = on_closed, .interrupt = on_interrupt};

void rig_init(struct rig *rig)
{
    struct kc_error error;

    memset(rig, 0, sizeof *rig);
    assert_int_equal(loop_new(&rig->loop, &error), KC_OK);
}

void rig_close(struct rig *rig)
{
    if (rig->transport != NULL)
        rig->transport->table->close(rig->transport);
    rig->transport = NULL;
}

void rig_begin(struct rig *rig)
{
    rig->connected = rig->closed = rig->packets = 0;
    rig->transport = NULL;
    buf_clear(&rig->received);
    buf_clear(&rig->interrupt);
}

void rig_free(struct rig *rig)
{
    rig_close(rig);
    buf_free(&rig->received);
    buf_free(&rig->interrupt);
    loop_free(rig->loop);
}

static const struct transport_table *find(const struct uri *uri)
{
    const char *plus = strchr(uri->scheme, '+');
    const struct transport_table *table;

    assert_non_null(plus);
    table = transport_find(plus + 1);
    assert_non_null(table);
    return table;
}

int32_t rig_open(struct rig *rig, const char *text, int fd, struct kc_error *error)
{
    struct arena arena;
    struct uri uri;
    int32_t status;

    arena_init(&arena);
    assert_int_equal(uri_parse(&arena, text, &uri, error), KC_OK);
    rig_begin(rig);
    status = find(&uri)->open(rig->loop, &uri, fd, &rig_events, rig, &rig->transport, error);
    arena_free(&arena); /* the URI need not live longer */
    assert_int_equal(status == KC_OK, rig->transport != NULL);
    return status;
}

int32_t rig_check(const char *text, struct kc_error *error)
{
    struct arena arena;
    struct uri uri;
    int32_t status;

    arena_init(&arena);
    memset(error, 0, sizeof *error);
    assert_int_equal(uri_parse(&arena, text, &uri, error), KC_OK);
    status = find(&uri)->check(&uri, error);
    arena_free(&arena);
    return status;
}

int32_t rig_send(struct rig *rig, const void *bytes, size_t count)
{
    return rig->transport->table->send(rig->transport, bytes, count);
}

void rig_turn(struct rig *rig)
{
    assert_int_equal(loop_wait(rig->loop, RIG_WAIT_MS), 1);
    rig->dispatching = true;
    assert_int_equal(loop_dispatch(rig->loop), KC_OK);
    rig->dispatching = false;
    rig->rounds++;
}

void rig_until_connected(struct rig *rig)
{
    while (rig->connected == 0) {
        if (rig->closed != 0)
            fail_msg("closed instead of connected: %s", rig->error.message);
        rig_turn(rig);
    }
}

void rig_until_closed(struct rig *rig)
{
    while (rig->closed == 0)
        rig_turn(rig);
}

void rig_until_received(struct rig *rig, size_t count)
{
    while (rig->received.length < count) {
        if (rig->closed != 0)
            fail_msg("closed before all was received: %s", rig->error.message);
        rig_turn(rig);
    }
}

void rig_settle(struct rig *rig)
{
    rig->dispatching = true;
    for (int i = 0; i < 5; i++)
        assert_int_equal(loop_dispatch(rig->loop), KC_OK);
    rig->dispatching = false;
}
