/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What many links cost one thread: bytes of an idle one, and the time of one event and of one operation while 1 to
 * 10,000 stand idle. Each link is a site's own lock system, as in a process that serves many hotels; its other end is
 * in another process on the same core, so that the descriptors of this one are the library's. */
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lock_side.h"

enum { LINKS_AT_MOST = 10000, ROUNDS = 3000 };

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
    double bare_ns;                    /* of one event, before the library had the connections */
};

static size_t heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static size_t resident_bytes(void)
{
    size_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    NEED(file && fscanf(file, "%*s %zu", &pages) == 1);
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

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

/* The same byte as below, taken by a program that has no more than epoll. */
static double bare_nanoseconds(struct links *links)
{
    static double values[ROUNDS];
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    NEED(epoll_fd >= 0);
    for (size_t i = 0; i < links->count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = links->peers.fds[i]};
        NEED(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, links->peers.fds[i], &event) == 0);
    }
    for (size_t i = 0; i < ROUNDS; i++) {
        struct epoll_event event;
        struct pollfd entry = {.fd = epoll_fd, .events = POLLIN};
        uint8_t byte;
        bench_peers_poke(&links->peers, some_link(links, i));
        NEED(poll(&entry, 1, 60000) == 1);
        int64_t start = bench_now_ns();
        NEED(epoll_wait(epoll_fd, &event, 1, 0) == 1 && recv(event.data.fd, &byte, 1, 0) == 1);
        values[i] = (double)(bench_now_ns() - start);
    }
    close(epoll_fd);
    return bench_percentile(values, ROUNDS, 50);
}

static void open_links(struct links *links, size_t count)
{
    memset(links, 0, sizeof(*links));
    links->count = count;
    links->all = calloc(count, sizeof(*links->all));
    links->requests = calloc(count, sizeof(*links->requests));
    NEED(links->all && links->requests);
    bench_peers_start(&links->peers, count);
    links->bare_ns = bare_nanoseconds(links);
    NEED(kc_context_new(&links->context) == KC_OK);
    NEED(kc_context_set_ledger(links->context, "none:") == KC_OK);
    for (size_t i = 0; i < count; i++)
        links->all[i].site = bench_site_new(links->context, i);
    malloc_trim(0);
    size_t heap = heap_bytes(), resident = resident_bytes();
    for (size_t i = 0; i < count; i++) {
        NEED(kc_system_new(links->all[i].site, "salto", "salto+fd:", &links->all[i].system) == KC_OK);
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

/* One byte that means nothing arrives on one of the links, and is taken. */
static double event_nanoseconds(struct links *links)
{
    static double values[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++) {
        bench_peers_poke(&links->peers, some_link(links, i));
        NEED(kc_context_wait(links->context, 60000) == 1);
        int64_t start = bench_now_ns();
        NEED(kc_context_dispatch(links->context) == KC_OK);
        values[i] = (double)(bench_now_ns() - start);
    }
    return bench_percentile(values, ROUNDS, 50);
}

static double operation_nanoseconds(struct links *links)
{
    static double values[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++) {
        kc_request *request = links->requests[some_link(links, i)];
        int64_t start = bench_now_ns();
        issue(links, request);
        values[i] = (double)(bench_now_ns() - start);
    }
    return bench_percentile(values, ROUNDS, 50);
}

int main(void)
{
    static const size_t counts[] = {1, 10, 100, 1000, LINKS_AT_MOST};
    static struct links links;
    bench_pin();
    size_t files = bench_more_files();
    open_links(&links, 10); /* so that what is made once is not counted */
    close_links(&links);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        if (files < counts[i] + 50) {
            fprintf(stderr, "%zu links need more open files than the limit of %zu\n", counts[i], files);
            continue;
        }
        open_links(&links, counts[i]);
        printf("{\"benchmark\":\"links\",\"links\":%zu,\"heap_bytes_per_link\":%.0f,\"resident_bytes_per_link\":%.0f,",
               counts[i], links.heap_bytes, links.resident_bytes);
        printf("\"bare_event_ns\":%.0f,", links.bare_ns);
        printf("\"event_ns\":%.0f,", event_nanoseconds(&links));
        printf("\"operation_ns\":%.0f}\n", operation_nanoseconds(&links));
        fflush(stdout);
        close_links(&links);
    }
    return 0;
}
