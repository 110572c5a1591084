/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the measurements share; see lock_side.h. */
#include "lock_side.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
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

/* Fields with '|' between them, with STX, separators, ETX and check byte. */
static struct bench_frame bench_frame_make(const char *fields)
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

void bench_die_with(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
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

pid_t lock_side_fork(void (*serve)(int listener), uint16_t *port)
{
    int listener = lock_side_listen(port);
    pid_t process = fork();
    NEED(process >= 0);
    if (process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(listener);
        _exit(0);
    }
    close(listener);
    return process;
}

pid_t lock_side_start(uint16_t *port)
{
    return lock_side_fork(serve_connections, port);
}

void lock_side_stop(pid_t process)
{
    kill(process, SIGKILL);
    waitpid(process, NULL, 0);
}

static int connect_to(uint16_t port, int flags)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    const int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    NEED(fd >= 0 && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
    NEED(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 || (flags && errno == EINPROGRESS));
    return fd;
}

int lock_side_connect(uint16_t port)
{
    return connect_to(port, 0);
}

int lock_side_connect_begin(uint16_t port)
{
    return connect_to(port, SOCK_NONBLOCK);
}

/* ---- Many lock systems ------------------------------------------------------------------------------------------- */

enum { PEERS_MOST = 20000, ORDER_DROP = -1, ORDER_COUNT = -2, WINDOW = 100 };

struct peer_side {
    int epoll_fd, listener, control;
    int *fds;
    uint32_t count, taken, most;
    int64_t windows[2]; /* number of the tenth of a second that runs, and connections in it */
};

static void accept_all(struct peer_side *side)
{
    for (int fd; (fd = accept4(side->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0;) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        const int on = 1;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        NEED(side->count < PEERS_MOST && epoll_ctl(side->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0);
        side->fds[side->count++] = fd;
        side->taken++;
        int64_t window = bench_now_ns() / (WINDOW * 1000000);
        side->windows[1] = window == side->windows[0] ? side->windows[1] + 1 : 1;
        side->windows[0] = window;
        if (side->windows[1] > side->most)
            side->most = (uint32_t)side->windows[1];
    }
}

/* False: the other side is gone. */
static bool take_order(struct peer_side *side)
{
    static const uint8_t enquiry = 0x05;
    int32_t order;
    if (recv(side->control, &order, sizeof(order), 0) != sizeof(order))
        return false;
    if (order >= 0) {
        NEED((uint32_t)order < side->count);
        send_all(side->fds[order], &enquiry, 1);
    } else if (order == ORDER_DROP) {
        for (uint32_t i = 0; i < side->count; i++)
            close(side->fds[i]);
        side->count = side->taken = side->most = 0;
        send_all(side->control, &enquiry, 1);
    } else {
        const uint32_t numbers[] = {side->taken, side->most};
        send_all(side->control, (const uint8_t *)numbers, sizeof(numbers));
    }
    return true;
}

static void serve_peers(int listener, int control)
{
    struct peer_side side = {.listener = listener, .control = control, .epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
    struct epoll_event own[] = {{.events = EPOLLIN, .data.fd = listener}, {.events = EPOLLIN, .data.fd = control}};
    side.fds = calloc(PEERS_MOST, sizeof(int));
    NEED(side.fds && epoll_ctl(side.epoll_fd, EPOLL_CTL_ADD, listener, &own[0]) == 0);
    NEED(epoll_ctl(side.epoll_fd, EPOLL_CTL_ADD, control, &own[1]) == 0);
    for (;;) {
        struct epoll_event events[64];
        int count = epoll_wait(side.epoll_fd, events, 64, -1);
        bool order = false;
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener)
                accept_all(&side);
            else if (fd == control)
                order = true; /* last, for it may close what is ready too */
            else if (!lock_side_serve(fd))
                epoll_ctl(side.epoll_fd, EPOLL_CTL_DEL, fd, NULL);
        }
        if (order && !take_order(&side))
            return;
    }
}

static void start_peers(struct bench_peers *peers, int listener)
{
    int pair[2];
    NEED(fcntl(listener, F_SETFL, O_NONBLOCK) == 0);
    NEED(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    peers->process = fork();
    NEED(peers->process >= 0);
    if (peers->process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGPIPE, SIG_IGN);
        close(pair[0]);
        serve_peers(listener, pair[1]);
        _exit(0);
    }
    close(pair[1]);
    close(listener);
    peers->control = pair[0];
}

void bench_peers_start(struct bench_peers *peers, size_t count)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t size = sizeof(address);
    *peers = (struct bench_peers){.count = count, .fds = calloc(count, sizeof(int))};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    NEED(peers->fds && listener >= 0); /* the system finds a name for it: */
    NEED(bind(listener, (struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path)) == 0);
    NEED(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    NEED(listen(listener, 4096) == 0);
    start_peers(peers, listener);
    for (size_t i = 0; i < count; i++) {
        peers->fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        NEED(peers->fds[i] >= 0 && connect(peers->fds[i], (struct sockaddr *)&address, size) == 0);
    }
    for (uint32_t taken = 0, most; taken < count;)
        bench_peers_count(peers, &taken, &most);
}

void bench_peers_start_tcp(struct bench_peers *peers, uint16_t *port)
{
    *peers = (struct bench_peers){0};
    int listener = lock_side_listen(port);
    NEED(listen(listener, 4096) == 0);
    start_peers(peers, listener);
}

static void give_order(struct bench_peers *peers, int32_t order)
{
    NEED(send(peers->control, &order, sizeof(order), MSG_NOSIGNAL) == sizeof(order));
}

void bench_peers_poke(struct bench_peers *peers, size_t index)
{
    give_order(peers, (int32_t)index);
}

void bench_peers_drop(struct bench_peers *peers)
{
    uint8_t done;
    give_order(peers, ORDER_DROP);
    NEED(recv(peers->control, &done, 1, 0) == 1);
}

void bench_peers_count(struct bench_peers *peers, uint32_t *taken, uint32_t *most_at_once)
{
    uint32_t numbers[2];
    give_order(peers, ORDER_COUNT);
    NEED(recv(peers->control, numbers, sizeof(numbers), 0) == sizeof(numbers));
    *taken = numbers[0];
    *most_at_once = numbers[1];
}

void bench_peers_stop(struct bench_peers *peers)
{
    close(peers->control);
    lock_side_stop(peers->process);
    free(peers->fds);
}

size_t bench_more_files(void)
{
    struct rlimit files;
    NEED(getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = files.rlim_max;
    NEED(setrlimit(RLIMIT_NOFILE, &files) == 0);
    return files.rlim_cur;
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

kc_site *bench_site_new(kc_context *context, size_t number)
{
    char name[32];
    kc_site *site;
    snprintf(name, sizeof(name), "Hotel %zu", number);
    NEED(kc_site_new(context, name, &site) == KC_OK);
    return site;
}

kc_request *bench_request_new(kc_site *site, const char *encoder)
{
    kc_request *request;
    NEED(kc_request_new(site, &request) == KC_OK);
    NEED(kc_request_set_booking(request, "B000001") == KC_OK);
    NEED(kc_request_add_room(request, "R100000") == KC_OK);
    NEED(kc_request_set_validity(request, NULL, "2098-06-18") == KC_OK);
    NEED(kc_request_set_station(request, "desk-1") == KC_OK);
    NEED(kc_request_set_encoder(request, encoder) == KC_OK);
    return request;
}

void bench_take_events(kc_context *context)
{
    for (kc_event *event; (event = kc_context_next_event(context));)
        kc_event_unref(event);
}

void bench_host_take_events(struct bench_host *host)
{
    bench_take_events(host->context);
}

void bench_host_issue(struct bench_host *host)
{
    kc_op *op;
    NEED(kc_issue_original(host->request, &op) == KC_OK);
    NEED(kc_op_wait(op, 60000) == KC_OK);
    if (kc_op_get_status(op) != KC_OK)
        fprintf(stderr, "%s\n", kc_error_get_message(kc_op_get_error(op)));
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
