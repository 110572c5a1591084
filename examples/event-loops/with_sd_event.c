/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys in a loop of sd-event (libsystemd): an I/O source for each descriptor, and its user data is the hotel. */
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>

#include "evening.h"

struct watch {
    struct hotel *hotel;
    sd_event_source *source;
    int *open; /* hotels whose evening is not over */
};

static int readable(sd_event_source *source, int descriptor, uint32_t events, void *data)
{
    struct watch *watch = data;
    (void)descriptor;
    (void)events;
    if (hotel_go_on(watch->hotel))
        return 0;
    sd_event_source_set_enabled(source, SD_EVENT_OFF);
    return --*watch->open > 0 ? 0 : sd_event_exit(sd_event_source_get_event(source), 0);
}

static int run(sd_event *loop, struct hotel *hotels[HOTELS])
{
    struct watch watches[HOTELS] = {0};
    int open = HOTELS, status = 0;
    for (int number = 0; status >= 0 && number < HOTELS; number++) {
        struct watch *watch = &watches[number];
        watch->hotel = hotels[number];
        watch->open = &open;
        status = sd_event_add_io(loop, &watch->source, hotel_descriptor(watch->hotel), EPOLLIN, readable, watch);
    }
    if (status >= 0)
        status = sd_event_loop(loop);
    for (int number = 0; number < HOTELS; number++)
        sd_event_source_unref(watches[number].source);
    return status;
}

int main(int argc, char **argv)
{
    struct hotel *hotels[HOTELS];
    bool good = evening_open(argc, argv, hotels);
    if (good) {
        sd_event *loop = NULL;
        int status = sd_event_new(&loop);
        if (status >= 0)
            status = run(loop, hotels);
        if (status < 0)
            fprintf(stderr, "sd-event: %s\n", strerror(-status));
        sd_event_unref(loop);
        good = status >= 0;
    }
    return evening_close(hotels, good);
}
