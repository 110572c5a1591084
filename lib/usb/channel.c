/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Transfers to and from a claimed interface. */
#include "usb/channel.h"

#include <stdlib.h>
#include <string.h>

#include "usb/bus_private.h"

#define SEND_TIMEOUT_MS 5000                  /* a device that does not take a transfer for so long never will */
#define QUEUE_MAX       ((size_t)1024 * 1024) /* as other transports */
#define REPORT_MAX      4096                  /* of a control transfer, by the kernel */
#define FAULTS_MAX      3                     /* in a row on an endpoint, until it is given up */
#define SET_REPORT      0x09                  /* HID 1.11, 7.2.2 */
#define FEATURE_REPORT  0x0300

struct usb_pipe { /* of an IN endpoint */
    struct usb_channel *channel;
    struct libusb_transfer *transfer; /* NULL: not used */
    uint8_t *buffer;
    bool active; /* libusb has it, or its callback runs */
    bool interrupt;
    int faults;
};

struct message {
    struct message *next;
    size_t size;
    uint8_t bytes[]; /* with room for the setup packet in front, for reports */
};

struct usb_channel {
    struct usb_later later; /* first: frees it */
    struct usb_bus *bus;
    struct loop *loop;
    struct libusb_device_handle *handle;
    const struct driver_usb *usb;
    struct usb_layout layout;
    char title[USB_TITLE_SIZE];
    struct usb_channel_events events;
    void *user;
    bool closing, failed, claimed;
    struct usb_pipe in, interrupt;
    struct libusb_transfer *out;
    bool out_active;
    struct message *first, **last; /* `first` is on its way if out_active */
    size_t queued;
    struct loop_timer send_timer;
};

/* ---- Ending ---------------------------------------------------------------------------------------------------- */

static void free_message(struct usb_channel *channel)
{
    struct message *message = channel->first;

    channel->first = message->next;
    if (channel->first == NULL)
        channel->last = &channel->first;
    channel->queued -= message->size;
    free(message);
}

static void channel_free(struct usb_later *later)
{
    struct usb_channel *channel = (struct usb_channel *)(void *)later;

    if (channel->claimed)
        (void)libusb_release_interface(channel->handle, channel->layout.interface_number);
    if (channel->handle != NULL)
        libusb_close(channel->handle);
    libusb_free_transfer(channel->in.transfer);
    libusb_free_transfer(channel->interrupt.transfer);
    libusb_free_transfer(channel->out);
    free(channel->in.buffer);
    free(channel->interrupt.buffer);
    while (channel->first != NULL)
        free_message(channel);
    usb_layout_free(&channel->layout);
    usb_bus_closed(channel->bus);
    free(channel);
}

static void free_when_done(struct usb_channel *channel)
{
    if (channel->closing && !channel->in.active && !channel->interrupt.active && !channel->out_active)
        usb_bus_later(channel->bus, &channel->later);
}

void usb_channel_close(struct usb_channel *channel)
{
    if (channel == NULL)
        return;
    channel->closing = true;
    loop_timer_cancel(channel->loop, &channel->send_timer);
    if (channel->in.active)
        (void)libusb_cancel_transfer(channel->in.transfer);
    if (channel->interrupt.active)
        (void)libusb_cancel_transfer(channel->interrupt.transfer);
    if (channel->out_active)
        (void)libusb_cancel_transfer(channel->out);
    free_when_done(channel);
}

static void fail_with(struct usb_channel *channel, int32_t code, bool unplugged, const char *reason)
{
    struct kc_error error;

    if (channel->failed || channel->closing)
        return;
    channel->failed = true;
    error_set(&error, code, "", "the connection to %.200s was lost: %s", channel->title, reason);
    channel->events.failed(channel->user, unplugged, &error);
}

static void fail(struct usb_channel *channel, int32_t code, const char *reason)
{
    fail_with(channel, code, false, reason);
}

void usb_channel_unplugged(struct usb_channel *channel)
{
    fail_with(channel, KC_ERROR_CONNECTION_LOST, true, "it was unplugged");
}

static void fail_libusb(struct usb_channel *channel, int result)
{
    if (result == LIBUSB_ERROR_NO_DEVICE)
        usb_channel_unplugged(channel);
    else if (result == LIBUSB_ERROR_NO_MEM)
        fail(channel, KC_ERROR_SYSTEM, "memory for its transfers is used up");
    else
        fail(channel, KC_ERROR_CONNECTION_LOST, libusb_strerror(result));
}

/* ---- Input ----------------------------------------------------------------------------------------------------- */

static void submit(struct usb_pipe *pipe)
{
    int result = libusb_submit_transfer(pipe->transfer);

    pipe->active = result == LIBUSB_SUCCESS;
    if (!pipe->active)
        fail_libusb(pipe->channel, result);
}

/* The endpoint stands still until this is told to the device. */
static void restart(struct usb_pipe *pipe)
{
    if (pipe->faults++ >= FAULTS_MAX) {
        fail(pipe->channel, KC_ERROR_CONNECTION_LOST, "it stalls again and again");
        return;
    }
    (void)libusb_clear_halt(pipe->channel->handle, pipe->transfer->endpoint);
    submit(pipe);
}

static void take(struct usb_pipe *pipe)
{
    struct usb_channel *channel = pipe->channel;
    size_t count = (size_t)pipe->transfer->actual_length;

    pipe->faults = 0;
    if (count > 0 && pipe->interrupt)
        channel->events.interrupt(channel->user, pipe->buffer, count);
    else if (count > 0)
        channel->events.received(channel->user, pipe->buffer, count);
}

static void LIBUSB_CALL input_done(struct libusb_transfer *transfer)
{
    struct usb_pipe *pipe = transfer->user_data;
    struct usb_channel *channel = pipe->channel;
    enum libusb_transfer_status status = transfer->status;

    if (status == LIBUSB_TRANSFER_COMPLETED && !channel->closing && !channel->failed)
        take(pipe);
    pipe->active = false;
    if (channel->closing) {
        free_when_done(channel);
        return;
    }
    if (channel->failed)
        return;
    switch (status) {
    case LIBUSB_TRANSFER_COMPLETED:
        submit(pipe);
        break;
    case LIBUSB_TRANSFER_STALL:
    case LIBUSB_TRANSFER_ERROR:
        restart(pipe);
        break;
    case LIBUSB_TRANSFER_OVERFLOW:
        fail(channel, KC_ERROR_CONNECTION_LOST, "it sent more than its packets may hold");
        break;
    case LIBUSB_TRANSFER_NO_DEVICE:
        usb_channel_unplugged(channel);
        break;
    default:
        fail(channel, KC_ERROR_CONNECTION_LOST, "its input was given up");
        break;
    }
}

void usb_channel_listen(struct usb_channel *channel)
{
    submit(&channel->in);
    if (channel->interrupt.transfer != NULL && !channel->failed)
        submit(&channel->interrupt);
}

/* ---- Output ---------------------------------------------------------------------------------------------------- */

static void send_next(struct usb_channel *channel);

static void send_late(struct loop_timer *timer)
{
    struct usb_channel *channel = (struct usb_channel *)(void *)((char *)timer -
                                                                 offsetof(struct usb_channel, send_timer));

    fail(channel, KC_ERROR_CONNECTION_LOST, "it does not take what is sent to it");
}

static void LIBUSB_CALL output_done(struct libusb_transfer *transfer)
{
    struct usb_channel *channel = transfer->user_data;

    channel->out_active = false;
    loop_timer_cancel(channel->loop, &channel->send_timer);
    if (channel->closing) {
        free_when_done(channel);
        return;
    }
    if (channel->failed)
        return;
    switch (transfer->status) {
    case LIBUSB_TRANSFER_COMPLETED:
        if (transfer->actual_length < transfer->length - (channel->usb->reports ? (int)LIBUSB_CONTROL_SETUP_SIZE : 0)) {
            fail(channel, KC_ERROR_CONNECTION_LOST, "it took only a part of what was sent to it");
            break;
        }
        free_message(channel);
        send_next(channel);
        break;
    case LIBUSB_TRANSFER_STALL:
        fail(channel, KC_ERROR_CONNECTION_LOST, "it refused what was sent to it (stalled)");
        break;
    case LIBUSB_TRANSFER_NO_DEVICE:
        usb_channel_unplugged(channel);
        break;
    default:
        fail(channel, KC_ERROR_CONNECTION_LOST, "sending to it failed");
        break;
    }
}

static void send_next(struct usb_channel *channel)
{
    struct message *message = channel->first;
    int result;

    if (message == NULL)
        return;
    if (channel->usb->reports) {
        libusb_fill_control_transfer(channel->out, channel->handle, message->bytes, output_done, channel, 0);
    } else {
        libusb_fill_bulk_transfer(channel->out, channel->handle, channel->layout.out.address, message->bytes,
                                  (int)message->size, output_done, channel, 0);
        /* a message that fills its packets ends with an empty one, or the device would wait for more */
        if (message->size % channel->layout.out.packet == 0)
            channel->out->flags |= LIBUSB_TRANSFER_ADD_ZERO_PACKET;
        else
            channel->out->flags &= (uint8_t)~LIBUSB_TRANSFER_ADD_ZERO_PACKET;
    }
    result = libusb_submit_transfer(channel->out);
    channel->out_active = result == LIBUSB_SUCCESS;
    if (!channel->out_active) {
        fail_libusb(channel, result);
        return;
    }
    channel->send_timer.expired = send_late;
    if (loop_timer_set(channel->loop, &channel->send_timer, SEND_TIMEOUT_MS) != KC_OK)
        fail(channel, KC_ERROR_SYSTEM, "memory is used up");
}

static int32_t refuse(struct usb_channel *channel, int32_t code, const char *reason)
{
    fail(channel, code, reason);
    return code == KC_ERROR_SYSTEM ? KC_ERROR_NO_MEMORY : KC_ERROR_CONNECTION_LOST;
}

int32_t usb_channel_send(struct usb_channel *channel, const uint8_t *bytes, size_t count)
{
    size_t front = channel->usb->reports ? LIBUSB_CONTROL_SETUP_SIZE : 0;
    struct message *message;

    if (channel->failed)
        return KC_ERROR_CONNECTION_LOST;
    if (count == 0)
        return KC_OK;
    if (channel->usb->reports && count > REPORT_MAX)
        return refuse(channel, KC_ERROR_CONNECTION_LOST, "a report of that length does not exist");
    if (count > QUEUE_MAX - channel->queued)
        return refuse(channel, KC_ERROR_CONNECTION_LOST, "it does not take what is sent to it");
    message = malloc(sizeof *message + front + count);
    if (message == NULL)
        return refuse(channel, KC_ERROR_SYSTEM, "memory is used up");
    message->next = NULL;
    message->size = front + count;
    if (channel->usb->reports)
        libusb_fill_control_setup(message->bytes,
                                  LIBUSB_ENDPOINT_OUT | LIBUSB_REQUEST_TYPE_CLASS | LIBUSB_RECIPIENT_INTERFACE,
                                  SET_REPORT, FEATURE_REPORT, channel->layout.interface_number, (uint16_t)count);
    memcpy(message->bytes + front, bytes, count);
    *channel->last = message;
    channel->last = &message->next;
    channel->queued += message->size;
    if (!channel->out_active)
        send_next(channel);
    return channel->failed ? KC_ERROR_CONNECTION_LOST : KC_OK;
}

/* ---- Opening --------------------------------------------------------------------------------------------------- */

/* Says why a device cannot be used, and what to do. */
static int32_t explain(const char *title, int result, struct kc_error *error)
{
    switch (result) {
    case LIBUSB_ERROR_ACCESS:
        return error_set(error, KC_ERROR_UNREACHABLE, "",
                         "%.200s cannot be opened: permission denied; install libkeycard's udev rules "
                         "(60-libkeycard.rules), then plug it in again",
                         title);
    case LIBUSB_ERROR_BUSY:
        return error_set(
            error, KC_ERROR_UNREACHABLE, "",
            "%.200s cannot be used: another program has it (a smart card service such as pcscd, or a second "
            "copy of this one); end that program",
            title);
    case LIBUSB_ERROR_NO_DEVICE:
    case LIBUSB_ERROR_NOT_FOUND:
        return error_set(error, KC_ERROR_UNREACHABLE, "", "%.200s cannot be opened: it was unplugged, or was reset",
                         title);
    case LIBUSB_ERROR_NO_MEM:
        return error_set(error, KC_ERROR_SYSTEM, "", "%.200s cannot be opened: memory is used up", title);
    default:
        return error_set(error, KC_ERROR_UNREACHABLE, "",
                         "%.200s cannot be opened: %s; plug it in again, and see that this program may have more files "
                         "open (ulimit -n)",
                         title, libusb_strerror(result));
    }
}

static bool make_pipe(struct usb_channel *channel, struct usb_pipe *pipe, const struct usb_endpoint *endpoint,
                      bool bulk)
{
    pipe->channel = channel;
    pipe->transfer = libusb_alloc_transfer(0);
    pipe->buffer = malloc(endpoint->packet);
    if (pipe->transfer == NULL || pipe->buffer == NULL)
        return false;
    if (bulk)
        libusb_fill_bulk_transfer(pipe->transfer, channel->handle, endpoint->address, pipe->buffer, endpoint->packet,
                                  input_done, pipe, 0);
    else
        libusb_fill_interrupt_transfer(pipe->transfer, channel->handle, endpoint->address, pipe->buffer,
                                       endpoint->packet, input_done, pipe, 0);
    return true;
}

static bool make_transfers(struct usb_channel *channel)
{
    channel->out = libusb_alloc_transfer(0);
    if (channel->out == NULL || !make_pipe(channel, &channel->in, &channel->layout.in, !channel->usb->reports))
        return false;
    if (channel->events.interrupt == NULL || channel->layout.interrupt.address == 0)
        return true;
    channel->interrupt.interrupt = true;
    return make_pipe(channel, &channel->interrupt, &channel->layout.interrupt, false);
}

static int claim(struct usb_channel *channel)
{
    int result;

    (void)libusb_set_auto_detach_kernel_driver(channel->handle, 1); /* not on all platforms */
    result = libusb_claim_interface(channel->handle, channel->layout.interface_number);
    channel->claimed = result == LIBUSB_SUCCESS;
    return result;
}

int32_t usb_channel_open(struct usb_bus *bus, struct usb_device *device, const struct driver_usb *usb,
                         const char *title, const struct usb_channel_events *events, void *user,
                         struct usb_channel **out, struct kc_error *error)
{
    struct usb_channel *channel = calloc(1, sizeof *channel);
    int32_t status;
    int result;

    if (channel == NULL)
        return error_no_memory(error);
    usb_bus_opened(bus);
    channel->bus = bus;
    channel->later.run = channel_free;
    channel->loop = usb_bus_loop(bus);
    channel->usb = usb;
    channel->events = *events;
    channel->user = user;
    channel->last = &channel->first;
    memcpy(channel->title, title, strlen(title) + 1);
    status = usb_layout_read(device, usb, title, &channel->layout, error);
    if (status == KC_OK) {
        result = libusb_open(device->handle, &channel->handle);
        if (result == LIBUSB_SUCCESS && !usb_bus_hears(bus))
            result = LIBUSB_ERROR_NO_MEM;
        if (result == LIBUSB_SUCCESS)
            result = claim(channel);
        if (result == LIBUSB_SUCCESS && !make_transfers(channel))
            result = LIBUSB_ERROR_NO_MEM;
        status = result == LIBUSB_SUCCESS ? KC_OK : explain(title, result, error);
    }
    if (status != KC_OK) {
        channel_free(&channel->later);
        return status;
    }
    *out = channel;
    return KC_OK;
}

const struct usb_layout *usb_channel_layout(const struct usb_channel *channel)
{
    return &channel->layout;
}
