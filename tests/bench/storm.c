/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All links drop at once and come back: by the library, and by a program without it that connects again at the same
 * rate, by epoll. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "busy.h"

enum { BUSY = 1000, CONNECTION_RATE = 2000, OUTCOMES = 4 };

/* Of one turn. */
struct back {
    double seconds, processor_seconds; /* until all were back; of this process */
    uint32_t connections, most_at_once;
    size_t outcomes[OUTCOMES]; /* of the operations that ran */
};

static double processor_seconds(void)
{
    struct timespec used;
    NEED(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static double seconds_since(int64_t start)
{
    return (double)(bench_now_ns() - start) / 1e9;
}

/* ---- Without library -------------------------------------------------------------------------------------------- */

struct bare {
    int *fds; /* -1: none */
    int epoll_fd;
    uint16_t port;
    size_t *lost; /* indices that wait for their turn; a ring, for each is in it once at most */
    size_t lost_first, lost_count, up;
};

static void watch(const struct bare *bare, size_t index, uint32_t events, int how)
{
    struct epoll_event event = {.events = events, .data.u64 = index};
    NEED(epoll_ctl(bare->epoll_fd, how, bare->fds[index], &event) == 0);
}

/* Closed, or refused since the other side's queue is full: it comes again. */
static void lose(struct bare *bare, size_t index)
{
    close(bare->fds[index]);
    bare->fds[index] = -1;
    bare->lost[(bare->lost_first + bare->lost_count++) % STORM_LINKS] = index;
}

static void connect_next(struct bare *bare)
{
    const size_t index = bare->lost[bare->lost_first];
    bare->lost_first = (bare->lost_first + 1) % STORM_LINKS;
    bare->lost_count--;
    bare->fds[index] = lock_side_connect_begin(bare->port);
    watch(bare, index, EPOLLOUT, EPOLL_CTL_ADD);
}

static void take_event(struct bare *bare, const struct epoll_event *event)
{
    const size_t index = event->data.u64;
    uint8_t bytes[4096];
    int failed = 0;
    socklen_t size = sizeof(failed);
    if (event->events & EPOLLOUT) {
        NEED(getsockopt(bare->fds[index], SOL_SOCKET, SO_ERROR, &failed, &size) == 0);
        if (failed) {
            lose(bare, index);
            return;
        }
        bare->up++;
        watch(bare, index, EPOLLIN, EPOLL_CTL_MOD);
        return;
    }
    const ssize_t got = recv(bare->fds[index], bytes, sizeof(bytes), 0);
    NEED(got >= 0 || errno == ECONNRESET || errno == EAGAIN);
    if (got == 0 || (got < 0 && errno == ECONNRESET)) {
        bare->up--;
        lose(bare, index);
    }
}

/* Until all are up; at an even rate. */
static void connect_all(struct bare *bare)
{
    const int64_t begin = bench_now_ns();
    size_t begun = 0;
    while (bare->up < STORM_LINKS) {
        const size_t due = (size_t)(seconds_since(begin) * CONNECTION_RATE) + 1;
        struct epoll_event events[64];
        while (bare->lost_count > 0 && begun < due) {
            connect_next(bare);
            begun++;
        }
        const int ready = epoll_wait(bare->epoll_fd, events, 64, 1);
        for (int i = 0; i < ready; i++)
            take_event(bare, &events[i]);
    }
}

/* The other side has closed all; none is taken for up before that is known. */
static void notice_all(struct bare *bare)
{
    while (bare->lost_count < STORM_LINKS) {
        struct epoll_event events[64];
        const int ready = epoll_wait(bare->epoll_fd, events, 64, -1);
        for (int i = 0; i < ready; i++)
            take_event(bare, &events[i]);
    }
}

static struct back storm_bare(void)
{
    struct bench_peers peers;
    struct back back = {0};
    struct bare bare = {.fds = calloc(STORM_LINKS, sizeof(int)),
                        .lost = calloc(STORM_LINKS, sizeof(size_t)),
                        .epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
    const struct bench_frame request = bench_frame_request();
    NEED(bare.fds && bare.lost && bare.epoll_fd >= 0);
    bench_peers_start_tcp(&peers, &bare.port);
    for (size_t i = 0; i < STORM_LINKS; i++)
        bare.lost[i] = i;
    bare.lost_count = STORM_LINKS;
    connect_all(&bare);
    const int64_t begin = bench_now_ns();
    const double used = processor_seconds();
    for (size_t i = 0; i < BUSY; i++)
        NEED(send(bare.fds[i * (STORM_LINKS / BUSY)], request.bytes, request.count, MSG_NOSIGNAL) > 0);
    bench_peers_drop(&peers);
    notice_all(&bare);
    connect_all(&bare);
    back.seconds = seconds_since(begin);
    back.processor_seconds = processor_seconds() - used;
    bench_peers_count(&peers, &back.connections, &back.most_at_once);
    for (size_t i = 0; i < STORM_LINKS; i++)
        close(bare.fds[i]);
    bench_peers_stop(&peers);
    close(bare.epoll_fd);
    free(bare.fds);
    free(bare.lost);
    return back;
}

/* ---- The library ------------------------------------------------------------------------------------------------ */

static size_t links_up(const struct many *many)
{
    size_t up = 0;
    for (size_t i = 0; i < many->count; i++)
        up += kc_system_get_state(many->links[i].system) == KC_LINK_UP;
    return up;
}

static void await_links(struct many *many, size_t wanted)
{
    while (links_up(many) != wanted) {
        for (size_t i = 0; i < 50; i++) {
            (void)kc_context_wait(many->context, 2);
            NEED(kc_context_dispatch(many->context) == KC_OK);
        }
        bench_take_events(many->context);
    }
}

/* Operations that run or wait while the links drop: each ends, and tells what happened to its card. */
static void start_some(struct many *many, kc_op **ops)
{
    for (size_t i = 0; i < BUSY; i++)
        NEED(kc_issue_original(many->links[i * (many->count / BUSY)].request, &ops[i]) == KC_OK);
}

static struct back storm_library(void)
{
    struct many many = {0};
    struct back back = {0};
    kc_op *ops[BUSY];
    uint16_t port;
    char uri[80];
    bench_peers_start_tcp(&many.peers, &port);
    many_open(&many, STORM_LINKS, "memory:");
    NEED(kc_context_set_connection_rate(many.context, CONNECTION_RATE) == KC_OK);
    many_tcp_uri(uri, port);
    many_add_systems(&many, uri);
    many_use_all(&many);
    NEED(links_up(&many) == STORM_LINKS);
    const int64_t begin = bench_now_ns();
    const double used = processor_seconds();
    start_some(&many, ops);
    bench_peers_drop(&many.peers);
    NEED(kc_context_dispatch(many.context) == KC_OK);
    await_links(&many, STORM_LINKS);
    back.seconds = seconds_since(begin);
    back.processor_seconds = processor_seconds() - used;
    for (size_t i = 0; i < BUSY; i++) {
        NEED(kc_op_wait(ops[i], 60000) == KC_OK);
        back.outcomes[kc_op_get_outcome(ops[i])]++;
        kc_op_unref(ops[i]);
    }
    NEED(back.outcomes[KC_OUTCOME_PENDING] == 0);
    bench_peers_count(&many.peers, &back.connections, &back.most_at_once);
    bench_take_events(many.context);
    many_close(&many);
    return back;
}

/* ---- Both ------------------------------------------------------------------------------------------------------- */

void storm(void)
{
    double seconds[BUSY_TURNS], bare_seconds[BUSY_TURNS], ratios[BUSY_TURNS], work[BUSY_TURNS], bare_work[BUSY_TURNS];
    struct back library = {0}, bare = {0};
    uint32_t most = 0, bare_most = 0;
    for (size_t turn = 0; turn < BUSY_TURNS; turn++) {
        bare = storm_bare();
        library = storm_library();
        seconds[turn] = library.seconds;
        bare_seconds[turn] = bare.seconds;
        ratios[turn] = library.seconds / bare.seconds;
        work[turn] = library.processor_seconds;
        bare_work[turn] = bare.processor_seconds;
        most = library.most_at_once > most ? library.most_at_once : most;
        bare_most = bare.most_at_once > bare_most ? bare.most_at_once : bare_most;
    }
    const double ratio = bench_percentile(ratios, BUSY_TURNS, 50); /* sorts */
    printf("{\"benchmark\":\"storm\",\"links\":%d,\"connection_rate\":%d,\"seconds_until_all_back\":%.2f,"
           "\"bare_seconds\":%.2f,\"ratio\":%.3f,\"ratio_least\":%.3f,\"ratio_most\":%.3f,"
           "\"processor_seconds\":%.2f,\"bare_processor_seconds\":%.2f,\"connections\":%u,"
           "\"bare_connections\":%u,\"most_in_100_ms\":%u,\"bare_most_in_100_ms\":%u,\"operations\":%d,"
           "\"written\":%zu,\"not_written\":%zu,\"unknown\":%zu}\n",
           STORM_LINKS, CONNECTION_RATE, bench_percentile(seconds, BUSY_TURNS, 50),
           bench_percentile(bare_seconds, BUSY_TURNS, 50), ratio, ratios[0], ratios[BUSY_TURNS - 1],
           bench_percentile(work, BUSY_TURNS, 50), bench_percentile(bare_work, BUSY_TURNS, 50), library.connections,
           bare.connections, most, bare_most, BUSY, library.outcomes[KC_OUTCOME_WRITTEN],
           library.outcomes[KC_OUTCOME_NOT_WRITTEN], library.outcomes[KC_OUTCOME_UNKNOWN]);
    fflush(stdout);
}
