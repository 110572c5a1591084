/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the measurements share; see lock_side.h. */
#include "lock_side.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void need(bool condition, const char *text, const char *file, int line)
{
    if (condition)
        return;
    fprintf(stderr, "%s:%d: this does not hold: %s\n", file, line, text);
    exit(1);
}

/* ---- Bytes ------------------------------------------------------------------------------------------------------ */

struct bench_frame bench_frame_make(const char *fields)
{
    struct bench_frame frame = {.bytes = {0x02, 0xB3}, .count = 2};
    uint8_t check = 0;
    for (const char *at = fields; *at; at++)
        frame.bytes[frame.count++] = *at == '|' ? 0xB3 : (uint8_t)*at;
    frame.bytes[frame.count++] = 0xB3;
    frame.bytes[frame.count++] = 0x03;
    for (size_t i = 1; i < frame.count; i++)
        check ^= frame.bytes[i];
    frame.bytes[frame.count++] = check;
    return frame;
}

struct bench_frame bench_frame_request(void)
{
    return bench_frame_make("CN|" BENCH_ENCODER "|E|R100000||||||1000150698|1100180698|desk||||1");
}

struct bench_frame bench_frame_answer(void)
{
    return bench_frame_make("CN|" BENCH_ENCODER "|04A1B2C3D4E5F6");
}

/* ---- The other end of the wire ---------------------------------------------------------------------------------- */

static void send_all(int fd, const uint8_t *bytes, size_t count)
{
    NEED(send(fd, bytes, count, MSG_NOSIGNAL) == (ssize_t)count);
}

bool lock_side_serve(int fd)
{
    static const uint8_t acknowledge = 0x06;
    uint8_t bytes[1024];
    size_t count = 0;
    while (count < 3 || bytes[count - 2] != 0x03) {
        ssize_t got = recv(fd, bytes + count, sizeof(bytes) - count, 0);
        if (got <= 0)
            return false;
        count += (size_t)got;
        if (bytes[0] == 0x05 && count == 1) { /* ENQ */
            send_all(fd, &acknowledge, 1);
            return true;
        }
        NEED(count < sizeof(bytes));
    }
    static struct bench_frame answer;
    if (!answer.count)
        answer = bench_frame_answer();
    send_all(fd, &acknowledge, 1);
    (void)sched_yield(); /* on one core the other side now gets to read the ACK by itself, as in life */
    send_all(fd, answer.bytes, answer.count);
    return true;
}

static void serve_connections(int listener)
{
    struct pollfd entries[16] = {{.fd = listener, .events = POLLIN}};
    nfds_t count = 1;
    const int on = 1;
    for (;;) {
        NEED(poll(entries, count, -1) > 0);
        for (nfds_t i = 1; i < count; i++)
            if (entries[i].revents && !lock_side_serve(entries[i].fd)) {
                close(entries[i].fd);
                entries[i--] = entries[--count];
            }
        if (!(entries[0].revents & POLLIN))
            continue;
        int fd = accept(listener, NULL, NULL);
        NEED(fd >= 0 && count < sizeof(entries) / sizeof(entries[0]));
        NEED(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
        entries[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
}

int lock_side_listen(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    NEED(listener >= 0 && bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0);
    NEED(listen(listener, 16) == 0 && getsockname(listener, (struct sockaddr *)&address, &length) == 0);
    *port = ntohs(address.sin_port);
    return listener;
}

pid_t lock_side_start(uint16_t *port)
{
    int listener = lock_side_listen(port);
    pid_t process = fork();
    NEED(process >= 0);
    if (process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve_connections(listener);
        _exit(0);
    }
    close(listener);
    return process;
}

void lock_side_stop(pid_t process)
{
    kill(process, SIGKILL);
    waitpid(process, NULL, 0);
}

int lock_side_connect(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    const int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    NEED(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    NEED(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
    return fd;
}

/* ---- The library ------------------------------------------------------------------------------------------------ */

void bench_host_open(struct bench_host *host, const char *ledger, const char *uri)
{
    NEED(kc_context_new(&host->context) == KC_OK);
    NEED(kc_context_set_ledger(host->context, ledger) == KC_OK);
    NEED(kc_site_new(host->context, "Benchmark", &host->site) == KC_OK);
    NEED(kc_site_set_time_zone(host->site, "Europe/Sofia") == KC_OK);
    NEED(kc_system_new(host->site, "salto", uri, &host->system) == KC_OK);
    NEED(kc_request_new(host->site, &host->request) == KC_OK);
    NEED(kc_request_set_guest(host->request, "Ann Other") == KC_OK);
    NEED(kc_request_set_validity(host->request, NULL, "2098-06-18") == KC_OK);
    NEED(kc_request_set_station(host->request, "desk-1") == KC_OK);
    NEED(kc_request_set_encoder(host->request, BENCH_ENCODER) == KC_OK);
    NEED(kc_request_set_operator(host->request, "desk") == KC_OK);
    bench_host_next_stay(host, 0);
}

void bench_host_close(struct bench_host *host)
{
    kc_request_unref(host->request);
    kc_system_unref(host->system);
    kc_site_unref(host->site);
    kc_context_unref(host->context);
}

void bench_host_next_stay(struct bench_host *host, uint32_t number)
{
    char booking[16], room[16];
    snprintf(booking, sizeof(booking), "B%06u", number % 900000);
    snprintf(room, sizeof(room), "R%06u", 100000 + number % 900000);
    NEED(kc_request_set_booking(host->request, booking) == KC_OK);
    NEED(kc_request_clear_rooms(host->request) == KC_OK);
    NEED(kc_request_add_room(host->request, room) == KC_OK);
}

void bench_host_take_events(struct bench_host *host)
{
    for (kc_event *event; (event = kc_context_next_event(host->context));)
        kc_event_unref(event);
}

void bench_host_issue(struct bench_host *host)
{
    kc_op *op;
    NEED(kc_issue_original(host->request, &op) == KC_OK);
    NEED(kc_op_wait(op, 60000) == KC_OK);
    NEED(kc_op_get_outcome(op) == KC_OUTCOME_WRITTEN);
    bench_host_take_events(host);
    kc_op_unref(op);
}

/* ---- Measuring -------------------------------------------------------------------------------------------------- */

int64_t bench_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

double bench_percentile(double *values, size_t count, double percent)
{
    qsort(values, count, sizeof(*values), by_value);
    return values[(size_t)((double)(count - 1) * percent / 100)];
}

void bench_pin(void)
{
    cpu_set_t allowed, one;
    NEED(sched_getaffinity(0, sizeof(allowed), &allowed) == 0);
    CPU_ZERO(&one);
    for (size_t core = CPU_SETSIZE; core-- > 0;)
        if (CPU_ISSET(core, &allowed)) {
            CPU_SET(core, &one);
            break;
        }
    NEED(sched_setaffinity(0, sizeof(one), &one) == 0);
}
