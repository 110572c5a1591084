/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The device that sends back what it gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "echo.h"

const struct usb_rig_description echo_hid = {.vendor = 0x0801,
                                             .product = 0x0003,
                                             .name = "Echo",
                                             .interfaces = &usb_rig_hid,
                                             .interface_count = 1,
                                             .kernel_driver = "usbhid"};
const struct usb_rig_description echo_ccid = {
    .vendor = 0x072f, .product = 0x2200, .name = "Echo CCID", .interfaces = &usb_rig_ccid, .interface_count = 1};

void echo_say(struct echo *echo, uint8_t endpoint, const void *bytes, size_t count)
{
    size_t at = echo->last++ % ECHO_MAX;

    assert_true(echo->last - echo->first <= ECHO_MAX);
    assert_true(count <= sizeof echo->queue[at].bytes);
    echo->queue[at].endpoint = endpoint;
    echo->queue[at].count = count;
    if (count > 0)
        memcpy(echo->queue[at].bytes, bytes, count);
}

static ssize_t take(struct echo *echo, uint8_t endpoint, const uint8_t *bytes, size_t count)
{
    echo->messages++;
    echo->received += count;
    if (!echo->silent)
        echo_say(echo, endpoint, bytes, count);
    return (ssize_t)count;
}

/* As a real device: only SET_REPORT for the feature report without number, of its very length. */
static ssize_t on_control(void *model, const uint8_t setup[8], uint8_t *data, size_t size)
{
    static const uint8_t set_report[8] = {0x21, 0x09, 0x00, 0x03, 0x00, 0x00, 0x40, 0x00};
    struct echo *echo = model;

    memcpy(echo->setup, setup, 8);
    return memcmp(setup, set_report, 8) == 0 ? take(echo, 0x81, data, size) : USB_RIG_STALL;
}

static ssize_t on_out(void *model, uint8_t endpoint, const uint8_t *bytes, size_t count, bool zero)
{
    struct echo *echo = model;

    if (endpoint != 0x02 || zero != (count % 64 == 0))
        return USB_RIG_STALL;
    echo->zero_packets += zero;
    return take(echo, 0x82, bytes, count);
}

static ssize_t next_in(void *model, uint8_t endpoint, uint8_t *bytes, size_t size)
{
    struct echo *echo = model;
    size_t at = echo->first % ECHO_MAX;

    if (echo->first == echo->last || echo->queue[at].endpoint != endpoint)
        return USB_RIG_WAIT;
    assert_true(echo->queue[at].count <= size);
    memcpy(bytes, echo->queue[at].bytes, echo->queue[at].count);
    echo->first++;
    return (ssize_t)echo->queue[at].count;
}

const struct usb_device_model echo_model = {.on_control = on_control, .on_out = on_out, .next_in = next_in};
