/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What many links cost one thread. Each link is a site's own lock system, as in a process that serves many hotels; its
 * other end is in another process on the same core, so that the descriptors of this one are the library's.
 *
 *     bench_links                         bytes of an idle link, and the time of one operation while 1 to 10,000 stand
 *                                         idle; then the time of one event with 100 and with 10,000, in turns
 *     bench_links --ratio                 the latter alone
 *     bench_links --events LINKS COUNT    takes COUNT events: links.py runs it under callgrind, which looks at
 *                                         take_event() alone */
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lock_side.h"
#include "memory_use.h"

enum { FEW = 100, MANY = 10000, OPERATIONS = 3000, ROUNDS = 60, EVENTS = 500 /* of a round */ };

struct links {
    kc_context *context;
    struct bench_link {
        kc_site *site;
        kc_system *system;
    } * all;
    kc_request **requests; /* one for each of a few links, made before the clock starts */
    struct bench_peers peers;
    size_t count;
    double heap_bytes, resident_bytes; /* of one */
    int epoll_fd;                      /* of the program without the library */
    size_t events;                     /* taken so far */
    bool quiet;                        /* no sign of life is asked for, however slowly it goes */
};

/* One original on one link. */
static void issue(struct links *links, kc_request *request)
{
    kc_op *op;
    NEED(kc_issue_original(request, &op) == KC_OK);
    NEED(kc_op_wait(op, 60000) == KC_OK && kc_op_get_outcome(op) == KC_OUTCOME_WRITTEN);
    bench_take_events(links->context);
    kc_op_unref(op);
}

/* A link that is not near the last one. */
static size_t some_link(const struct links *links, size_t round)
{
    return round * 7919 % links->count;
}

static void start_links(struct links *links, size_t count)
{
    *links = (struct links){.count = count, .epoll_fd = -1};
    links->all = calloc(count, sizeof(*links->all));
    links->requests = calloc(count, sizeof(*links->requests));
    NEED(links->all && links->requests);
    bench_peers_start(&links->peers, count);
}

/* Gives the connections to the library. */
static void open_links(struct links *links)
{
    const size_t count = links->count;
    NEED(kc_context_new(&links->context) == KC_OK);
    NEED(kc_context_set_ledger(links->context, "none:") == KC_OK);
    for (size_t i = 0; i < count; i++)
        links->all[i].site = bench_site_new(links->context, i);
    malloc_trim(0);
    size_t heap = heap_bytes(), resident = resident_bytes();
    for (size_t i = 0; i < count; i++) {
        NEED(kc_system_new(links->all[i].site, "salto", "salto+fd:", &links->all[i].system) == KC_OK);
        if (links->quiet)
            NEED(kc_system_set_option(links->all[i].system, "keep-alive", "3600000") == KC_OK);
        NEED(kc_system_adopt_fd(links->all[i].system, links->peers.fds[i]) == KC_OK);
        kc_request *request = bench_request_new(links->all[i].site, "Online Encoder 1");
        issue(links, request); /* connects it; what an operation leaves behind belongs to an idle link */
        kc_request_unref(request);
    }
    malloc_trim(0);
    links->heap_bytes = ((double)heap_bytes() - (double)heap) / (double)count;
    links->resident_bytes = ((double)resident_bytes() - (double)resident) / (double)count;
    for (size_t i = 0; i < count; i++)
        links->requests[i] = bench_request_new(links->all[i].site, "Online Encoder 1");
}

static void close_links(struct links *links)
{
    for (size_t i = 0; i < links->count; i++) {
        kc_request_unref(links->requests[i]);
        kc_system_unref(links->all[i].system);
        kc_site_unref(links->all[i].site);
    }
    kc_context_unref(links->context);
    bench_peers_stop(&links->peers);
    free(links->requests);
    free(links->all);
}

static double operation_nanoseconds(struct links *links)
{
    static double values[OPERATIONS];
    for (size_t i = 0; i < OPERATIONS; i++) {
        kc_request *request = links->requests[some_link(links, i)];
        int64_t start = bench_now_ns();
        issue(links, request);
        values[i] = (double)(bench_now_ns() - start);
    }
    return bench_percentile(values, OPERATIONS, 50);
}

static void show_idle_links(size_t count)
{
    struct links links;
    start_links(&links, count);
    open_links(&links);
    printf("{\"benchmark\":\"links\",\"links\":%zu,\"heap_bytes_per_link\":%.0f,\"resident_bytes_per_link\":%.0f,"
           "\"operation_ns\":%.0f}\n",
           count, links.heap_bytes, links.resident_bytes, operation_nanoseconds(&links));
    fflush(stdout);
    close_links(&links);
}

/* ---- One event: a byte that means nothing arrives on one of the links, and is taken
 * ------------------------------- */

__attribute__((noinline)) static void take_event(kc_context *context)
{
    NEED(kc_context_dispatch(context) == KC_OK);
}

static int64_t library_event(struct links *links)
{
    bench_peers_poke(&links->peers, some_link(links, links->events++));
    NEED(kc_context_wait(links->context, 60000) == 1);
    const int64_t start = bench_now_ns();
    take_event(links->context);
    return bench_now_ns() - start;
}

/* Taken by a program that has no more than epoll. */
static int64_t bare_event(struct links *links)
{
    struct epoll_event event;
    struct pollfd entry = {.fd = links->epoll_fd, .events = POLLIN};
    uint8_t bytes[4096]; /* it does not know what comes */
    bench_peers_poke(&links->peers, some_link(links, links->events++));
    NEED(poll(&entry, 1, 60000) == 1);
    const int64_t start = bench_now_ns();
    NEED(epoll_wait(links->epoll_fd, &event, 1, 0) == 1 && recv(event.data.fd, bytes, sizeof(bytes), 0) == 1);
    return bench_now_ns() - start;
}

static void watch_bare(struct links *links)
{
    links->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    NEED(links->epoll_fd >= 0);
    for (size_t i = 0; i < links->count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = links->peers.fds[i]};
        NEED(epoll_ctl(links->epoll_fd, EPOLL_CTL_ADD, links->peers.fds[i], &event) == 0);
    }
}

/* Medians of the rounds, and of the rounds' ratios. */
struct comparison {
    double few_ns, many_ns, ratio, least, most;
};

static double round_of(struct links *links, int64_t (*event)(struct links *links))
{
    static double values[EVENTS];
    for (size_t i = 0; i < EVENTS; i++)
        values[i] = (double)event(links);
    return bench_percentile(values, EVENTS, 50);
}

/* Rounds with few and with many links, in turns. */
static struct comparison compare(struct links *few, struct links *many, int64_t (*event)(struct links *links))
{
    double of_few[ROUNDS], of_many[ROUNDS], ratios[ROUNDS];
    round_of(few, event);
    round_of(many, event);
    for (size_t i = 0; i < ROUNDS; i++) {
        if (i % 2)
            of_many[i] = round_of(many, event);
        of_few[i] = round_of(few, event);
        if (i % 2 == 0)
            of_many[i] = round_of(many, event);
        ratios[i] = of_many[i] / of_few[i];
    }
    return (struct comparison){bench_percentile(of_few, ROUNDS, 50), bench_percentile(of_many, ROUNDS, 50),
                               bench_percentile(ratios, ROUNDS, 50), bench_percentile(ratios, ROUNDS, 10),
                               bench_percentile(ratios, ROUNDS, 90)};
}

static void show_comparison(const char *name, const struct comparison *of)
{
    printf("{\"benchmark\":\"links\",\"event\":\"%s\",\"ns_of_%d\":%.0f,\"ns_of_%d\":%.0f,\"ratio\":%.3f,"
           "\"ratio_p10\":%.3f,\"ratio_p90\":%.3f}\n",
           name, FEW, of->few_ns, MANY, of->many_ns, of->ratio, of->least, of->most);
    fflush(stdout);
}

static void compare_events(void)
{
    struct links few, many;
    start_links(&few, FEW);
    start_links(&many, MANY);
    watch_bare(&few);
    watch_bare(&many);
    const struct comparison bare = compare(&few, &many, bare_event);
    close(few.epoll_fd);
    close(many.epoll_fd);
    open_links(&few);
    open_links(&many);
    const struct comparison library = compare(&few, &many, library_event);
    show_comparison("bare", &bare);
    show_comparison("library", &library);
    close_links(&few);
    close_links(&many);
}

static void take_events(size_t count, size_t events)
{
    struct links links;
    start_links(&links, count);
    links.quiet = true;
    open_links(&links);
    for (size_t i = 0; i < events; i++)
        library_event(&links);
    close_links(&links);
}

int main(int argc, char **argv)
{
    static const size_t counts[] = {1, 10, 100, 1000, MANY};
    bench_pin();
    const size_t files = bench_more_files();
    if (argc == 4 && strcmp(argv[1], "--events") == 0) {
        take_events(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--ratio") == 0) {
        NEED(files >= FEW + MANY + 50);
        compare_events();
        return 0;
    }
    struct links first;
    start_links(&first, 10); /* so that what is made once is not counted */
    open_links(&first);
    close_links(&first);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        if (files >= counts[i] + 50)
            show_idle_links(counts[i]);
        else
            fprintf(stderr, "%zu links need more open files than the limit of %zu\n", counts[i], files);
    if (files >= FEW + MANY + 50)
        compare_events();
    return 0;
}
