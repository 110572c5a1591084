/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The line between such a device and its simulator. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay.h"

bool relay_say(struct relay *relay, const uint8_t *bytes, size_t count)
{
    for (size_t at = 0; relay->line >= 0 && at < count;) {
        const ssize_t sent = send(relay->line, bytes + at, count - at, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        at += (size_t)sent;
    }
    return relay->line >= 0;
}

ssize_t relay_idle(const struct relay *relay)
{
    return relay->broken ? USB_RIG_BREAK : USB_RIG_WAIT;
}

static void look_again(struct relay *relay)
{
    const ssize_t written = write(relay->wake[1], "", 1);
    (void)written; /* a full pipe wakes it, too */
}

static void hang_up(struct relay *relay)
{
    if (relay->line >= 0)
        close(relay->line);
    relay->line = -1;
}

/* In a thread of the rig's, with its lock held. */
static void connect_anew(void *model)
{
    struct relay *relay = model;
    const int on = 1;
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(relay->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    hang_up(relay);
    buf_clear(&relay->input);
    relay->broken = false;
    if (relay->form->begun)
        relay->form->begun(relay);
    relay->line = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (relay->line >= 0 && (connect(relay->line, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
                             setsockopt(relay->line, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0))
        hang_up(relay);
    relay->broken = relay->line < 0;
    look_again(relay);
}

/* What the line has now; with the lock held, so that it is the present line. */
static void hear(struct relay *relay)
{
    uint8_t bytes[600];
    const ssize_t count = recv(relay->line, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (count > 0) {
        relay->form->heard(relay, bytes, (size_t)count);
    } else if (count == 0) {
        hang_up(relay);
        relay->broken = true;
    }
}

static void *pump(void *user)
{
    struct relay *relay = user;
    for (;;) {
        char drained[64];
        usb_rig_lock(relay->rig);
        struct pollfd slots[2] = {{.fd = relay->wake[0], .events = POLLIN}, {.fd = relay->line, .events = POLLIN}};
        usb_rig_unlock(relay->rig);
        if (poll(slots, 2, -1) <= 0)
            continue;
        if (slots[0].revents != 0 && read(relay->wake[0], drained, sizeof(drained)) <= 0)
            return NULL;
        usb_rig_lock(relay->rig);
        const bool ending = relay->ending;
        if (slots[1].revents != 0 && relay->line == slots[1].fd)
            hear(relay);
        usb_rig_unlock(relay->rig);
        if (ending)
            return NULL;
        if (slots[1].revents != 0)
            usb_rig_kick(relay->device);
    }
}

void relay_plug(struct relay *relay, const struct relay_form *form, void *owner, struct usb_rig *rig, const char *port,
                uint16_t tcp_port)
{
    memset(relay, 0, sizeof(*relay));
    relay->form = form;
    relay->table = form->table;
    relay->table.on_claim = connect_anew;
    relay->owner = owner;
    relay->rig = rig;
    relay->port = tcp_port;
    relay->line = -1;
    assert_int_equal(pipe(relay->wake), 0);
    relay->device = usb_rig_plug(rig, port, form->description, &relay->table, relay);
    assert_int_equal(pthread_create(&relay->pump, NULL, pump, relay), 0);
}

void relay_turn(struct relay *relay, uint16_t tcp_port)
{
    usb_rig_lock(relay->rig);
    relay->port = tcp_port;
    usb_rig_unlock(relay->rig);
}

void relay_close(struct relay *relay)
{
    usb_rig_lock(relay->rig);
    relay->ending = true;
    usb_rig_unlock(relay->rig);
    look_again(relay);
    pthread_join(relay->pump, NULL);
    hang_up(relay);
    close(relay->wake[0]);
    close(relay->wake[1]);
    buf_free(&relay->input);
}
