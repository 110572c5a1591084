/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys in a loop of libev: ev_io watches, and its data is the hotel. libevent's event_new(EV_READ | EV_PERSIST) is the
 * same thing. */
#define EV_COMPAT3 0 /* only the names of libev 4 */
#include <ev.h>
#include <stdio.h>

#include "evening.h"

static void readable(struct ev_loop *loop, ev_io *watch, int events)
{
    if ((events & EV_ERROR) != 0) {
        fprintf(stderr, "libev: the descriptor cannot be watched\n");
        ev_break(loop, EVBREAK_ALL);
    } else if (!hotel_go_on(watch->data)) {
        ev_io_stop(loop, watch); /* the loop ends with its last watcher */
    }
}

int main(int argc, char **argv)
{
    struct hotel *hotels[HOTELS];
    bool good = evening_open(argc, argv, hotels);
    if (good) {
        struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
        ev_io watches[HOTELS];
        for (int number = 0; loop != NULL && number < HOTELS; number++) {
            ev_io_init(&watches[number], readable, hotel_descriptor(hotels[number]), EV_READ);
            watches[number].data = hotels[number];
            ev_io_start(loop, &watches[number]);
        }
        good = loop != NULL && !ev_run(loop, 0);
        if (loop != NULL)
            ev_loop_destroy(loop);
        else
            fprintf(stderr, "libev: no loop\n");
    }
    return evening_close(hotels, good);
}
