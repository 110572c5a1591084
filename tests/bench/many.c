/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many encoders at work at once, and many links that drop at once.
 *
 *     throughput   operations a second of 1 to 10,000 encoders, each on a link of its own, with the ledger in memory,
 *                  over TCP on the loopback and over descriptors of the caller's (sockets without a network); in turns
 *                  with a ping-pong of the same bytes over such connections, by epoll and without library;
 *                  `throughput library|ping-pong tcp|fd LINKS OPERATIONS` runs one of them, to be counted by strace or
 *                  perf
 *     fairness     1,000 encoders, each with another operation as soon as one has ended: the longest that one waited;
 *                  in turns with the ping-pong over as many
 *     storm        10,000 links over TCP are closed by the other side at the same moment, some with an operation, and
 *                  come back; in turns with a program without library: storm.c
 *
 * The lock systems are another process on the same core; what they cost is in both figures of `throughput`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "busy.h"

enum { OPERATIONS = 20000, FAIR_LINKS = 1000, FAIR_OPERATIONS = 50 * FAIR_LINKS };

/* ---- The ping-pong ---------------------------------------------------------------------------------------------- */

struct ping_pong {
    const int *fds;
    size_t count, sent, done, operations;
    size_t *got;        /* bytes of the answer, each */
    struct wait *waits; /* or NULL */
    struct bench_frame request;
    int epoll_fd;
};

static void ask(struct ping_pong *all, size_t index)
{
    if (all->waits)
        wait_begin(&all->waits[index], all->done);
    NEED(send(all->fds[index], all->request.bytes, all->request.count, MSG_NOSIGNAL) == (ssize_t)all->request.count);
}

static void take_answer(struct ping_pong *all, size_t index)
{
    const size_t answer = 1 + bench_frame_answer().count; /* ACK */
    uint8_t bytes[4096];
    const ssize_t size = recv(all->fds[index], bytes, sizeof(bytes), 0);
    NEED(size > 0);
    all->got[index] += (size_t)size;
    if (all->got[index] < answer)
        return;
    all->got[index] = 0;
    if (all->waits)
        wait_end(&all->waits[index], all->done);
    all->done++;
    if (all->sent++ < all->operations)
        ask(all, index);
}

/* Operations a second over all connections, each with its next request as soon as it has its answer. */
static double ping_pong(const int *fds, size_t count, size_t operations, struct wait *waits)
{
    struct ping_pong all = {.fds = fds,
                            .count = count,
                            .operations = operations,
                            .got = calloc(count, sizeof(size_t)),
                            .waits = waits,
                            .request = bench_frame_request(),
                            .epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
    NEED(all.got && all.epoll_fd >= 0);
    for (size_t i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};
        NEED(epoll_ctl(all.epoll_fd, EPOLL_CTL_ADD, fds[i], &event) == 0);
    }
    const int64_t start = bench_now_ns();
    for (; all.sent < count; all.sent++)
        ask(&all, all.sent);
    while (all.done < operations) {
        struct epoll_event events[64];
        const int ready = epoll_wait(all.epoll_fd, events, 64, -1);
        for (int i = 0; i < ready; i++)
            take_answer(&all, events[i].data.u64);
    }
    const double seconds = (double)(bench_now_ns() - start) / 1e9;
    close(all.epoll_fd);
    free(all.got);
    return (double)operations / seconds;
}

/* ---- Throughput and fairness --------------------------------------------------------------------------------------
 */

static double ping_pong_over(bool tcp, size_t count, size_t operations)
{
    struct bench_peers peers;
    int *fds = calloc(count, sizeof(int));
    uint16_t port;
    NEED(fds);
    if (tcp)
        bench_peers_start_tcp(&peers, &port);
    else
        bench_peers_start(&peers, count);
    for (size_t i = 0; i < count; i++)
        fds[i] = tcp ? lock_side_connect(port) : peers.fds[i];
    double rate = ping_pong(fds, count, operations, NULL);
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
    bench_peers_stop(&peers);
    free(fds);
    return rate;
}

static double library_over(bool tcp, size_t count, size_t operations)
{
    struct many many = {0};
    char uri[80] = "salto+fd:";
    uint16_t port;
    if (tcp) {
        bench_peers_start_tcp(&many.peers, &port);
        many_tcp_uri(uri, port);
    } else {
        bench_peers_start(&many.peers, count);
    }
    many_open(&many, count, "memory:");
    many_add_systems(&many, uri);
    many_run(&many, count); /* connects */
    double rate = many_run(&many, operations);
    many_close(&many);
    return rate;
}

static void throughput(bool tcp, size_t count)
{
    double bare[BUSY_TURNS], library[BUSY_TURNS], ratios[BUSY_TURNS];
    size_t operations = count > OPERATIONS / 2 ? 2 * count : OPERATIONS;
    for (size_t turn = 0; turn < BUSY_TURNS; turn++) {
        bare[turn] = ping_pong_over(tcp, count, operations);
        library[turn] = library_over(tcp, count, operations);
        ratios[turn] = library[turn] / bare[turn];
    }
    double middle = bench_percentile(ratios, BUSY_TURNS, 50); /* sorts */
    printf("{\"benchmark\":\"throughput\",\"link\":\"%s\",\"encoders\":%zu,\"operations_per_second\":%.0f,"
           "\"ping_pong_per_second\":%.0f,\"ratio\":%.3f,\"ratio_least\":%.3f,\"ratio_most\":%.3f}\n",
           tcp ? "tcp" : "fd", count, bench_percentile(library, BUSY_TURNS, 50), bench_percentile(bare, BUSY_TURNS, 50),
           middle, ratios[0], ratios[BUSY_TURNS - 1]);
    fflush(stdout);
}

/* What one turn of it told: of all encoders the longest wait, and the mean one. */
struct fair {
    double mean_ms, longest_ms;
    size_t most_before;
};

static struct fair fair_of(const struct wait waits[FAIR_LINKS], double rate)
{
    struct fair fair = {.mean_ms = FAIR_LINKS / rate * 1000};
    for (size_t i = 0; i < FAIR_LINKS; i++) {
        const double longest_ms = (double)waits[i].longest_ns / 1e6;
        fair.longest_ms = longest_ms > fair.longest_ms ? longest_ms : fair.longest_ms;
        fair.most_before = waits[i].most_before > fair.most_before ? waits[i].most_before : fair.most_before;
    }
    return fair;
}

static struct fair fair_bare(void)
{
    static struct wait waits[FAIR_LINKS];
    struct bench_peers peers;
    bench_peers_start(&peers, FAIR_LINKS);
    (void)ping_pong(peers.fds, FAIR_LINKS, FAIR_LINKS, NULL);
    memset(waits, 0, sizeof(waits));
    const double rate = ping_pong(peers.fds, FAIR_LINKS, FAIR_OPERATIONS, waits);
    for (size_t i = 0; i < FAIR_LINKS; i++)
        close(peers.fds[i]);
    bench_peers_stop(&peers);
    return fair_of(waits, rate);
}

static struct fair fair_library(void)
{
    static struct wait waits[FAIR_LINKS];
    struct many many = {0};
    bench_peers_start(&many.peers, FAIR_LINKS);
    many_open(&many, FAIR_LINKS, "memory:");
    many_add_systems(&many, "salto+fd:");
    (void)many_run(&many, FAIR_LINKS);
    for (size_t i = 0; i < FAIR_LINKS; i++)
        many.links[i].wait = (struct wait){0};
    const double rate = many_run(&many, FAIR_OPERATIONS);
    for (size_t i = 0; i < FAIR_LINKS; i++)
        waits[i] = many.links[i].wait;
    many_close(&many);
    return fair_of(waits, rate);
}

/* A wait by the clock goes with how many operations a second there are; a wait in means of it, and in how many went
 * before, does not. */
static void fairness(void)
{
    double longest[BUSY_TURNS], bare_longest[BUSY_TURNS], ratios[BUSY_TURNS], evenness[BUSY_TURNS],
        bare_evenness[BUSY_TURNS];
    size_t most = 0, bare_most = 0;
    for (size_t turn = 0; turn < BUSY_TURNS; turn++) {
        const struct fair bare = fair_bare(), library = fair_library();
        longest[turn] = library.longest_ms;
        bare_longest[turn] = bare.longest_ms;
        ratios[turn] = library.longest_ms / bare.longest_ms;
        evenness[turn] = library.longest_ms / library.mean_ms;
        bare_evenness[turn] = bare.longest_ms / bare.mean_ms;
        most = library.most_before > most ? library.most_before : most;
        bare_most = bare.most_before > bare_most ? bare.most_before : bare_most;
    }
    const double ratio = bench_percentile(ratios, BUSY_TURNS, 50); /* sorts */
    printf("{\"benchmark\":\"fairness\",\"encoders\":%d,\"longest_ms\":%.2f,\"bare_longest_ms\":%.2f,"
           "\"ratio\":%.3f,\"ratio_least\":%.3f,\"ratio_most\":%.3f,\"longest_to_mean\":%.2f,"
           "\"bare_longest_to_mean\":%.2f,\"most_that_went_before\":%zu,\"bare_most_that_went_before\":%zu}\n",
           FAIR_LINKS, bench_percentile(longest, BUSY_TURNS, 50), bench_percentile(bare_longest, BUSY_TURNS, 50), ratio,
           ratios[0], ratios[BUSY_TURNS - 1], bench_percentile(evenness, BUSY_TURNS, 50),
           bench_percentile(bare_evenness, BUSY_TURNS, 50), most, bare_most);
    fflush(stdout);
}

static void all_throughputs(size_t files)
{
    static const size_t counts[] = {1, 10, 100, 1000, 10000};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        if (files >= counts[i] + 100) {
            throughput(true, counts[i]);
            throughput(false, counts[i]);
        } else {
            fprintf(stderr, "%zu encoders need more open files than the limit of %zu\n", counts[i], files);
        }
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : "";
    size_t files = bench_more_files();
    bench_pin();
    if (argc == 6) {
        size_t links = strtoul(argv[4], NULL, 10), operations = strtoul(argv[5], NULL, 10);
        bool library = strcmp(argv[2], "library") == 0, tcp = strcmp(argv[3], "tcp") == 0;
        printf("%.0f a second\n", (library ? library_over : ping_pong_over)(tcp, links, operations));
        return 0;
    }
    if (!*only || strcmp(only, "throughput") == 0)
        all_throughputs(files);
    if (!*only || strcmp(only, "fairness") == 0)
        fairness();
    if ((!*only || strcmp(only, "storm") == 0) && files >= STORM_LINKS + 100)
        storm();
    return 0;
}
