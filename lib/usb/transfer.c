/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Transfers to and from a claimed interface. */
#include <stdlib.h>
#include <string.h>

#include "usb/channel_private.h"

#define SEND_TIMEOUT_MS 5000                  /* a device that does not take a transfer for so long never will */
#define QUEUE_MAX       ((size_t)1024 * 1024) /* as other transports */
#define REPORT_MAX      4096                  /* of a control transfer, by the kernel */
#define FAULTS_MAX      3                     /* in a row on an endpoint, until it is given up */
#define FAULT_PAUSE_MS  100  /* an unplugged device fails first, and is reported as gone a little later */
#define SET_REPORT      0x09 /* HID 1.11, 7.2.2 */
#define FEATURE_REPORT  0x0300

/* ---- Input ----------------------------------------------------------------------------------------------------- */

static void submit(struct usb_pipe *pipe)
{
    int result = libusb_submit_transfer(pipe->transfer);

    pipe->active = result == LIBUSB_SUCCESS;
    if (!pipe->active)
        usb_channel_fail_libusb(pipe->channel, result);
}

static void clear_halt(struct usb_chore *chore)
{
    struct usb_pipe *pipe = (struct usb_pipe *)(void *)((char *)chore - offsetof(struct usb_pipe, chore));

    (void)libusb_clear_halt(pipe->channel->handle, pipe->transfer->endpoint); /* if not, the next transfer tells */
}

static void cleared(struct usb_chore *chore)
{
    struct usb_pipe *pipe = (struct usb_pipe *)(void *)((char *)chore - offsetof(struct usb_pipe, chore));

    pipe->clearing = false;
    if (pipe->channel->closing)
        usb_channel_end(pipe->channel);
    else if (!pipe->channel->failed)
        submit(pipe);
}

static void clear(struct usb_pipe *pipe)
{
    pipe->clearing = true;
    pipe->chore.run = clear_halt;
    pipe->chore.done = cleared;
    usb_chores_add(usb_bus_chores(pipe->channel->bus), &pipe->chore);
}

static void pause_over(struct loop_timer *timer)
{
    clear((struct usb_pipe *)(void *)((char *)timer - offsetof(struct usb_pipe, pause)));
}

/* The endpoint stands still until the device is told to go on. */
static void restart(struct usb_pipe *pipe, bool stalled)
{
    if (pipe->faults++ >= FAULTS_MAX) {
        usb_channel_fail(pipe->channel, true,
                         stalled ? "it stalls again and again" : "its input fails again and again");
        return;
    }
    pipe->pause.expired = pause_over;
    if (stalled)
        clear(pipe);
    else if (loop_timer_set(pipe->channel->loop, &pipe->pause, FAULT_PAUSE_MS) != KC_OK)
        usb_channel_fail_libusb(pipe->channel, LIBUSB_ERROR_NO_MEM);
}

static void take(struct usb_pipe *pipe)
{
    struct usb_channel *channel = pipe->channel;
    size_t count = (size_t)pipe->transfer->actual_length;

    pipe->faults = 0;
    channel->heard = true;
    channel->device->troubles = 0;
    if (count > 0 && pipe->interrupt)
        channel->events.interrupt(channel->user, pipe->buffer, count);
    else if (count > 0)
        channel->events.received(channel->user, pipe->buffer, count);
}

static void input_ended(struct usb_pipe *pipe, enum libusb_transfer_status status)
{
    switch (status) {
    case LIBUSB_TRANSFER_COMPLETED:
        submit(pipe);
        break;
    case LIBUSB_TRANSFER_STALL:
    case LIBUSB_TRANSFER_ERROR:
        restart(pipe, status == LIBUSB_TRANSFER_STALL);
        break;
    case LIBUSB_TRANSFER_OVERFLOW:
        usb_channel_fail(pipe->channel, true, "it sent more than its packets may hold");
        break;
    case LIBUSB_TRANSFER_NO_DEVICE:
        usb_channel_unplugged(pipe->channel);
        break;
    default:
        usb_channel_fail(pipe->channel, true, "its input was given up");
        break;
    }
}

static void LIBUSB_CALL input_done(struct libusb_transfer *transfer)
{
    struct usb_pipe *pipe = transfer->user_data;
    struct usb_channel *channel = pipe->channel;
    enum libusb_transfer_status status = transfer->status;

    if (status == LIBUSB_TRANSFER_COMPLETED && !channel->closing && !channel->failed)
        take(pipe);
    pipe->active = false;
    if (channel->closing)
        usb_channel_end(channel);
    else if (!channel->failed)
        input_ended(pipe, status);
}

void usb_transfers_listen(struct usb_channel *channel)
{
    submit(&channel->in);
    if (channel->interrupt.transfer != NULL && !channel->failed)
        submit(&channel->interrupt);
}

/* ---- Output ---------------------------------------------------------------------------------------------------- */

static void send_next(struct usb_channel *channel);

static void free_message(struct usb_channel *channel)
{
    struct usb_message *message = channel->first;

    channel->first = message->next;
    if (channel->first == NULL)
        channel->last = &channel->first;
    channel->queued -= message->size;
    free(message);
}

static void send_late(struct loop_timer *timer)
{
    struct usb_channel *channel = (struct usb_channel *)(void *)((char *)timer -
                                                                 offsetof(struct usb_channel, send_timer));

    usb_channel_fail(channel, true, "it does not take what is sent to it");
}

static void output_ended(struct usb_channel *channel, const struct libusb_transfer *transfer)
{
    int front = channel->usb->reports ? (int)LIBUSB_CONTROL_SETUP_SIZE : 0;

    switch (transfer->status) {
    case LIBUSB_TRANSFER_COMPLETED:
        if (transfer->actual_length < transfer->length - front) {
            usb_channel_fail(channel, true, "it took only a part of what was sent to it");
            break;
        }
        free_message(channel);
        send_next(channel);
        break;
    case LIBUSB_TRANSFER_STALL:
        usb_channel_fail(channel, true, "it refused what was sent to it (stalled)");
        break;
    case LIBUSB_TRANSFER_NO_DEVICE:
        usb_channel_unplugged(channel);
        break;
    default:
        usb_channel_fail(channel, true, "sending to it failed");
        break;
    }
}

static void LIBUSB_CALL output_done(struct libusb_transfer *transfer)
{
    struct usb_channel *channel = transfer->user_data;

    channel->out_active = false;
    loop_timer_cancel(channel->loop, &channel->send_timer);
    if (channel->closing)
        usb_channel_end(channel);
    else if (!channel->failed)
        output_ended(channel, transfer);
}

static void send_next(struct usb_channel *channel)
{
    struct usb_message *message = channel->first;
    int result;

    if (message == NULL)
        return;
    if (channel->usb->reports) {
        libusb_fill_control_transfer(channel->out, channel->handle, message->bytes, output_done, channel, 0);
    } else {
        libusb_fill_bulk_transfer(channel->out, channel->handle, channel->layout.out.address, message->bytes,
                                  (int)message->size, output_done, channel, 0);
        /* a message that fills its packets ends with an empty one, or the device would wait for more */
        channel->out->flags = message->size % channel->layout.out.packet == 0 ? (uint8_t)LIBUSB_TRANSFER_ADD_ZERO_PACKET
                                                                              : 0;
    }
    result = libusb_submit_transfer(channel->out);
    channel->out_active = result == LIBUSB_SUCCESS;
    if (!channel->out_active) {
        usb_channel_fail_libusb(channel, result);
        return;
    }
    channel->sent = true;
    channel->send_timer.expired = send_late;
    if (loop_timer_set(channel->loop, &channel->send_timer, SEND_TIMEOUT_MS) != KC_OK)
        usb_channel_fail_libusb(channel, LIBUSB_ERROR_NO_MEM);
}

static int32_t refuse(struct usb_channel *channel, const char *reason)
{
    usb_channel_fail(channel, false, reason);
    return KC_ERROR_CONNECTION_LOST;
}

int32_t usb_channel_send(struct usb_channel *channel, const uint8_t *bytes, size_t count)
{
    size_t front = channel->usb->reports ? LIBUSB_CONTROL_SETUP_SIZE : 0;
    struct usb_message *message;

    if (channel->failed || !channel->open)
        return KC_ERROR_CONNECTION_LOST;
    if (count == 0)
        return KC_OK;
    if (channel->usb->reports && count > REPORT_MAX)
        return refuse(channel, "a report of that length does not exist");
    if (count > QUEUE_MAX - channel->queued)
        return refuse(channel, "it does not take what is sent to it");
    message = malloc(sizeof *message + front + count);
    if (message == NULL) {
        usb_channel_fail_libusb(channel, LIBUSB_ERROR_NO_MEM);
        return KC_ERROR_NO_MEMORY;
    }
    message->next = NULL;
    message->size = front + count;
    if (channel->usb->reports)
        libusb_fill_control_setup(message->bytes,
                                  (uint8_t)LIBUSB_ENDPOINT_OUT | LIBUSB_REQUEST_TYPE_CLASS | LIBUSB_RECIPIENT_INTERFACE,
                                  SET_REPORT, FEATURE_REPORT, channel->layout.interface_number, (uint16_t)count);
    memcpy(message->bytes + front, bytes, count);
    *channel->last = message;
    channel->last = &message->next;
    channel->queued += message->size;
    if (!channel->out_active)
        send_next(channel);
    return channel->failed ? KC_ERROR_CONNECTION_LOST : KC_OK;
}

/* ---- Making and ending ----------------------------------------------------------------------------------------- */

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

bool usb_transfers_make(struct usb_channel *channel)
{
    channel->out = libusb_alloc_transfer(0);
    if (channel->out == NULL || !make_pipe(channel, &channel->in, &channel->layout.in, !channel->usb->reports))
        return false;
    if (channel->events.interrupt == NULL || channel->layout.interrupt.address == 0)
        return true;
    channel->interrupt.interrupt = true;
    return make_pipe(channel, &channel->interrupt, &channel->layout.interrupt, false);
}

static void cancel_pipe(struct usb_channel *channel, struct usb_pipe *pipe)
{
    loop_timer_cancel(channel->loop, &pipe->pause);
    if (pipe->active)
        (void)libusb_cancel_transfer(pipe->transfer);
}

void usb_transfers_cancel(struct usb_channel *channel)
{
    loop_timer_cancel(channel->loop, &channel->send_timer);
    cancel_pipe(channel, &channel->in);
    cancel_pipe(channel, &channel->interrupt);
    if (channel->out_active)
        (void)libusb_cancel_transfer(channel->out);
}

bool usb_transfers_active(const struct usb_channel *channel)
{
    return channel->in.active || channel->in.clearing || channel->interrupt.active || channel->interrupt.clearing ||
           channel->out_active;
}

void usb_transfers_free(struct usb_channel *channel)
{
    libusb_free_transfer(channel->in.transfer);
    libusb_free_transfer(channel->interrupt.transfer);
    libusb_free_transfer(channel->out);
    free(channel->in.buffer);
    free(channel->interrupt.buffer);
    while (channel->first != NULL)
        free_message(channel);
}
