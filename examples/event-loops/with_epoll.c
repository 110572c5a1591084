/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys in a loop of your own on epoll; poll() and select() work in the same way. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "evening.h"

static bool run(int loop, struct hotel *hotels[HOTELS])
{
    int open = 0;
    for (; open < HOTELS; open++) {
        struct epoll_event watch = {.events = EPOLLIN, .data.ptr = hotels[open]};
        if (epoll_ctl(loop, EPOLL_CTL_ADD, hotel_descriptor(hotels[open]), &watch) != 0)
            return false;
    }
    while (open > 0) {
        struct epoll_event ready[HOTELS];
        int count = epoll_wait(loop, ready, HOTELS, -1);
        if (count < 0 && errno != EINTR)
            return false;
        for (int number = 0; number < count; number++) {
            struct hotel *hotel = ready[number].data.ptr;
            if (!hotel_go_on(hotel)) {
                epoll_ctl(loop, EPOLL_CTL_DEL, hotel_descriptor(hotel), NULL);
                open--;
            }
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    struct hotel *hotels[HOTELS];
    bool good = evening_open(argc, argv, hotels);
    if (good) {
        int loop = epoll_create1(EPOLL_CLOEXEC);
        good = loop >= 0 && run(loop, hotels);
        if (!good)
            perror("epoll");
        if (loop >= 0)
            close(loop);
    }
    return evening_close(hotels, good);
}
