/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What idle links cost: bytes of each with 10 and with 1,000 of them, and the time of one event and of one operation
 * while 1, 100 or 1,000 links stand idle. The other ends of the wires are in this process. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lock_side.h"

enum { LINKS_AT_MOST = 1000, ROUNDS = 3000 };

struct links {
    struct bench_host host; /* with a system of its own that is never connected */
    kc_system *systems[LINKS_AT_MOST];
    int peers[LINKS_AT_MOST];
    size_t count;
    double heap_bytes, resident_bytes; /* of one */
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

static void add_link(struct links *links)
{
    char name[24];
    int pair[2];
    snprintf(name, sizeof(name), "s%zu", links->count);
    NEED(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    NEED(kc_system_new(links->host.site, name, "salto+fd:", &links->systems[links->count]) == KC_OK);
    NEED(kc_system_adopt_fd(links->systems[links->count], pair[0]) == KC_OK);
    links->peers[links->count++] = pair[1];
}

/* One original on one link. */
static void issue_on(struct links *links, size_t link)
{
    char name[24];
    kc_op *op;
    snprintf(name, sizeof(name), "s%zu", link);
    NEED(kc_request_set_system(links->host.request, name) == KC_OK);
    NEED(kc_issue_original(links->host.request, &op) == KC_OK);
    while (kc_system_get_state(links->systems[link]) != KC_LINK_UP)
        NEED(kc_context_dispatch(links->host.context) == KC_OK);
    NEED(lock_side_serve(links->peers[link]));
    NEED(kc_op_wait(op, 60000) == KC_OK && kc_op_get_outcome(op) == KC_OUTCOME_WRITTEN);
    bench_host_take_events(&links->host);
    kc_op_unref(op);
}

static void open_links(struct links *links, size_t count)
{
    memset(links, 0, sizeof(*links));
    bench_host_open(&links->host, "none:", "salto+fd:");
    malloc_trim(0);
    size_t heap = heap_bytes(), resident = resident_bytes();
    while (links->count < count)
        add_link(links);
    for (size_t i = 0; i < count; i++)
        issue_on(links, i); /* connects it; what an operation leaves behind belongs to an idle link */
    malloc_trim(0);
    links->heap_bytes = ((double)heap_bytes() - (double)heap) / (double)count;
    links->resident_bytes = ((double)resident_bytes() - (double)resident) / (double)count;
}

static void close_links(struct links *links)
{
    for (size_t i = 0; i < links->count; i++)
        kc_system_unref(links->systems[i]);
    bench_host_close(&links->host);
    for (size_t i = 0; i < links->count; i++)
        close(links->peers[i]);
}

/* One byte that means nothing arrives on one of the links, and is taken. */
static double event_nanoseconds(struct links *links)
{
    static const uint8_t enquiry = 0x05;
    static double values[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++) {
        NEED(send(links->peers[i * 7 % links->count], &enquiry, 1, MSG_NOSIGNAL) == 1);
        int64_t start = bench_now_ns();
        NEED(kc_context_dispatch(links->host.context) == KC_OK);
        values[i] = (double)(bench_now_ns() - start);
    }
    return bench_percentile(values, ROUNDS, 50);
}

static double operation_nanoseconds(struct links *links)
{
    static double values[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++) {
        int64_t start = bench_now_ns();
        issue_on(links, i * 7 % links->count);
        values[i] = (double)(bench_now_ns() - start);
    }
    return bench_percentile(values, ROUNDS, 50);
}

int main(void)
{
    static const size_t counts[] = {1, 10, 100, 1000};
    static struct links links;
    struct rlimit files;
    NEED(getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = files.rlim_max;
    NEED(setrlimit(RLIMIT_NOFILE, &files) == 0);
    bench_pin();
    open_links(&links, 10); /* so that what is made once is not counted */
    close_links(&links);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        if (files.rlim_cur < counts[i] * 2 + 50) {
            fprintf(stderr, "%zu links need more open files than the limit of %lu\n", counts[i],
                    (unsigned long)files.rlim_cur);
            continue;
        }
        open_links(&links, counts[i]);
        printf("{\"benchmark\":\"links\",\"links\":%zu,\"heap_bytes_per_link\":%.0f,\"resident_bytes_per_link\":%.0f,",
               counts[i], links.heap_bytes, links.resident_bytes);
        printf("\"event_ns\":%.0f,\"operation_ns\":%.0f}\n", event_nanoseconds(&links), operation_nanoseconds(&links));
        fflush(stdout);
        close_links(&links);
    }
    return 0;
}
