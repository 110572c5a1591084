/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One original on SALTO over TCP through the public API, with each kind of ledger, against a bare exchange of the same
 * bytes in C: send the request, read ACK, read the answer. All take turns within one run on one core, so that what
 * disturbs the computer disturbs all alike.
 *
 *     bench_exchange                      measures; PostgreSQL too if KEYCARD_POSTGRESQL names a server, as
 *                                         tests/postgresql.py --durable does
 *     bench_exchange --only NAME COUNT    runs one of them COUNT times, to be counted by strace or perf */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bare_store.h"
#include "lock_side.h"

enum { ROUNDS = 3000, WARM_UP = 200, SLOW_EVERY = 10, MOST = 9 };

struct contestant {
    const char *name;
    bool slow;          /* waits for a disk: runs in one round of ten */
    bool both_at_once;  /* the low-water mark of its socket is that of ACK and answer */
    const char *ledger; /* NULL: without the library */
    const char *server; /* where PostgreSQL is: what stands behind the "?" of its URI */
    void (*run)(struct contestant *contestant, uint32_t number);
    struct bench_host host;
    int fd, epoll_fd;
    struct bare_store store;
    double *micros;
    size_t count;
};

static struct bench_frame request; /* made once: the bare exchange is no more than the exchange */
static char folder[] = "/tmp/keycard-bench-XXXXXX";

static const char *path_in_folder(const char *name, char out[128])
{
    snprintf(out, 128, "%s/%s", folder, name);
    return out;
}

/* ---- The bare exchange ------------------------------------------------------------------------------------------ */

/* Reads until ACK and a whole frame are there. */
static bool is_answered(const uint8_t *bytes, size_t count)
{
    return count > 3 && bytes[0] == 0x06 && bytes[1] == 0x02 && bytes[count - 2] == 0x03;
}

static void bare_blocking(struct contestant *contestant, uint32_t number)
{
    uint8_t bytes[256];
    size_t count = 0;
    (void)number;
    NEED(send(contestant->fd, request.bytes, request.count, MSG_NOSIGNAL) == (ssize_t)request.count);
    while (!is_answered(bytes, count)) {
        ssize_t got = recv(contestant->fd, bytes + count, sizeof(bytes) - count, 0);
        NEED(got > 0);
        count += (size_t)got;
    }
}

/* The same as a program does it that wants time-outs, or more than one connection. */
static void bare_epoll(struct contestant *contestant, uint32_t number)
{
    uint8_t bytes[256];
    size_t count = 0;
    (void)number;
    NEED(send(contestant->fd, request.bytes, request.count, MSG_NOSIGNAL) == (ssize_t)request.count);
    while (!is_answered(bytes, count)) {
        struct epoll_event event;
        NEED(epoll_wait(contestant->epoll_fd, &event, 1, 60000) == 1);
        ssize_t got = recv(contestant->fd, bytes + count, sizeof(bytes) - count, MSG_DONTWAIT);
        NEED(got > 0);
        count += (size_t)got;
    }
}

/* The same as it can be at best: ACK alone wakes nobody. Nothing looks whether it stays alone, so this is the bare
 * exchange with a peer that never refuses. */
static void take_both_at_once(int fd)
{
    const int bytes = 2;
    NEED(setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes)) == 0);
}

/* Intent and outcome as a program without the library would have to keep them. */
static void bare_with_commits(struct contestant *contestant, uint32_t number)
{
    bare_store_insert(&contestant->store);
    bare_blocking(contestant, number);
    bare_store_update(&contestant->store);
}

/* ---- The library ------------------------------------------------------------------------------------------------ */

static void library(struct contestant *contestant, uint32_t number)
{
    (void)number;
    bench_host_issue(&contestant->host);
}

static void open_contestant(struct contestant *contestant, uint16_t port)
{
    char uri[64], path[128], where[400];
    snprintf(uri, sizeof(uri), "salto+tcp://127.0.0.1:%u", port);
    contestant->micros = calloc(ROUNDS, sizeof(double));
    NEED(contestant->micros);
    if (contestant->server)
        snprintf(where, sizeof(where), "postgresql:///postgres?%s", contestant->server);
    else
        snprintf(where, sizeof(where), "%s%s", contestant->ledger ? contestant->ledger : "",
                 contestant->slow ? path_in_folder(contestant->ledger ? "ledger.db" : "bare.db", path) : "");
    if (contestant->ledger) {
        bench_host_open(&contestant->host, where, uri);
        return;
    }
    contestant->fd = lock_side_connect(port);
    contestant->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    NEED(epoll_ctl(contestant->epoll_fd, EPOLL_CTL_ADD, contestant->fd, &event) == 0);
    if (contestant->both_at_once)
        take_both_at_once(contestant->fd);
    if (contestant->slow)
        bare_store_open(&contestant->store, where);
}

static void close_contestant(struct contestant *contestant)
{
    if (contestant->ledger) {
        bench_host_close(&contestant->host);
    } else {
        close(contestant->fd);
        close(contestant->epoll_fd);
    }
    bare_store_close(&contestant->store);
    free(contestant->micros);
}

/* The stay is prepared before the clock starts: it is the host's business. */
static void run_once(struct contestant *contestant, uint32_t number, bool counts)
{
    if (contestant->ledger)
        bench_host_next_stay(&contestant->host, number);
    int64_t start = bench_now_ns();
    contestant->run(contestant, number);
    if (counts)
        contestant->micros[contestant->count++] = (double)(bench_now_ns() - start) / 1000;
}

/* ---- The result ------------------------------------------------------------------------------------------------- */

/* Times as long as another one, of runs that were neighbours. */
struct spread {
    double median, low, high;
};

/* Where some rounds were left out by one of both, those that both have are compared. */
static struct spread compare(const struct contestant *one, const struct contestant *other)
{
    static double ratios[ROUNDS];
    const size_t count = one->count < other->count ? one->count : other->count;
    for (size_t i = 0; i < count; i++)
        ratios[i] = one->micros[i * (one->count / count)] / other->micros[i * (other->count / count)];
    return (struct spread){bench_percentile(ratios, count, 50), bench_percentile(ratios, count, 10),
                           bench_percentile(ratios, count, 90)};
}

/* With whom all are compared: where the contestants with these names stand. */
static const struct {
    const char *name;
    size_t place;
} references[] = {{"bare", 0}, {"bare-epoll", 1}, {"bare-commits", 3}, {"bare-commits-pg", 7}};

static void report_one(struct contestant *one, const struct spread *spreads, size_t shown)
{
    printf("{\"benchmark\":\"exchange\",\"name\":\"%s\",\"runs\":%zu,\"median_us\":%.2f,\"p10_us\":%.2f,"
           "\"p90_us\":%.2f",
           one->name, one->count, bench_percentile(one->micros, one->count, 50),
           bench_percentile(one->micros, one->count, 10), bench_percentile(one->micros, one->count, 90));
    for (size_t k = 0; k < shown; k++)
        printf(",\"ratio_%s\":%.3f,\"ratio_%s_p10\":%.3f,\"ratio_%s_p90\":%.3f", references[k].name, spreads[k].median,
               references[k].name, spreads[k].low, references[k].name, spreads[k].high);
    printf("}\n");
}

static void report(struct contestant *all, size_t count)
{
    const size_t shown = count > 7 ? 4 : 3;
    struct spread spreads[MOST][4];
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < shown; k++)
            spreads[i][k] = compare(&all[i], &all[references[k].place]);
    for (size_t i = 0; i < count; i++)
        report_one(&all[i], spreads[i], shown); /* sorts the times */
    printf("\n%-16s %10s %10s %10s", "", "median us", "p10", "p90");
    for (size_t k = 0; k < shown; k++)
        printf("   x %-22s", references[k].name);
    for (size_t i = 0; i < count; i++) {
        printf("\n%-16s %10.2f %10.2f %10.2f", all[i].name, bench_percentile(all[i].micros, all[i].count, 50),
               bench_percentile(all[i].micros, all[i].count, 10), bench_percentile(all[i].micros, all[i].count, 90));
        for (size_t k = 0; k < shown; k++)
            printf("   %8.3f (%.3f-%.3f)", spreads[i][k].median, spreads[i][k].low, spreads[i][k].high);
    }
    printf("\n");
}

static void run_one(struct contestant *all, size_t count, const char *name, uint32_t runs)
{
    for (size_t i = 0; i < count; i++)
        for (uint32_t n = 0; strcmp(all[i].name, name) == 0 && n < runs; n++)
            run_once(&all[i], n, false);
}

int main(int argc, char **argv)
{
    static struct contestant all[MOST] = {
        {.name = "bare", .run = bare_blocking},
        {.name = "bare-epoll", .run = bare_epoll},
        {.name = "bare-epoll-mark", .run = bare_epoll, .both_at_once = true},
        {.name = "bare-commits", .run = bare_with_commits, .slow = true},
        {.name = "none", .run = library, .ledger = "none:"},
        {.name = "memory", .run = library, .ledger = "memory:"},
        {.name = "sqlite", .run = library, .ledger = "sqlite:", .slow = true},
        {.name = "bare-commits-pg", .run = bare_with_commits, .slow = true},
        {.name = "postgresql", .run = library, .ledger = "postgresql:", .slow = true},
    };
    const char *server = getenv("KEYCARD_POSTGRESQL");
    const size_t count = sizeof(all) / sizeof(all[0]) - (server ? 0 : 2);
    char command[160];
    uint16_t port;
    for (size_t i = 7; i < count; i++)
        all[i].server = server;
    request = bench_frame_request();
    NEED(mkdtemp(folder));
    bench_pin();
    pid_t process = lock_side_start(&port);
    for (size_t i = 0; i < count; i++)
        open_contestant(&all[i], port);
    if (argc == 4 && strcmp(argv[1], "--only") == 0) {
        run_one(all, count, argv[2], (uint32_t)strtoul(argv[3], NULL, 10));
    } else {
        for (uint32_t round = 0; round < WARM_UP + ROUNDS; round++)
            for (size_t i = 0; i < count; i++)
                if (!all[i].slow || round % SLOW_EVERY == 0)
                    run_once(&all[i], round, round >= WARM_UP);
        report(all, count);
    }
    for (size_t i = 0; i < count; i++)
        close_contestant(&all[i]);
    lock_side_stop(process);
    snprintf(command, sizeof(command), "rm -rf -- %s", folder);
    return system(command) == 0 ? 0 : 1;
}
