/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys in a loop of libuv: uv_poll watches, and its data is the hotel. */
#include <stdio.h>
#include <uv.h>

#include "evening.h"

static void readable(uv_poll_t *watch, int status, int events)
{
    (void)events;
    if (status < 0) {
        fprintf(stderr, "libuv: %s\n", uv_strerror(status));
        uv_stop(watch->loop);
    } else if (!hotel_go_on(watch->data)) {
        uv_close((uv_handle_t *)watch, NULL); /* the loop ends with its last handle */
    }
}

static int watch(uv_loop_t *loop, uv_poll_t *poll, struct hotel *hotel)
{
    int status = uv_poll_init(loop, poll, hotel_descriptor(hotel));
    if (status != 0)
        return status;
    poll->data = hotel;
    return uv_poll_start(poll, UV_READABLE, readable);
}

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

int main(int argc, char **argv)
{
    struct hotel *hotels[HOTELS];
    bool good = evening_open(argc, argv, hotels);
    uv_loop_t loop;
    if (good && (good = uv_loop_init(&loop) == 0)) {
        uv_poll_t polls[HOTELS];
        int status = 0;
        for (int number = 0; status == 0 && number < HOTELS; number++)
            status = watch(&loop, &polls[number], hotels[number]);
        if (status != 0)
            fprintf(stderr, "libuv: %s\n", uv_strerror(status));
        good = status == 0 && uv_run(&loop, UV_RUN_DEFAULT) == 0;
        /* Handles are part of the loop until it has run once more after they were closed. */
        uv_walk(&loop, close_handle, NULL);
        uv_run(&loop, UV_RUN_DEFAULT);
        uv_loop_close(&loop);
    }
    return evening_close(hotels, good);
}
