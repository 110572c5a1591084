/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the measurements share: the bytes of a SALTO exchange, the other end of the wire, one operation of the library,
 * and statistics. None of it is made for anything but this one exchange. */
#ifndef KEYCARD_BENCH_LOCK_SIDE_H
#define KEYCARD_BENCH_LOCK_SIDE_H

#include <keycard/keycard.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define BENCH_ENCODER "Online Encoder 1"

/* Ends the program with a sentence if the condition does not hold. */
#define NEED(condition) need((condition), #condition, __FILE__, __LINE__)
void need(bool condition, const char *text, const char *file, int line);

struct bench_frame {
    uint8_t bytes[256];
    size_t count;
};
/* What the library sends for bench_request_new(), to the byte but for the time of day. */
struct bench_frame bench_frame_request(void);
/* The answer to it: a card was written. */
struct bench_frame bench_frame_answer(void);

/* For a child that serves its parent: it ends with it, also if that has ended already. */
void bench_die_with(pid_t parent);
/* Reads one frame, in as many pieces as it comes, and answers it: ACK and answer are two sends. False: closed. */
bool lock_side_serve(int fd);
/* A listening socket on a free port of 127.0.0.1. */
int lock_side_listen(uint16_t *port);
/* A process that serves one such socket until it is ended. */
pid_t lock_side_fork(void (*serve)(int listener), uint16_t *port);
/* The same with lock_side_serve() for every connection. */
pid_t lock_side_start(uint16_t *port);
void lock_side_stop(pid_t process);
int lock_side_connect(uint16_t port);
/* The same without blocking: it becomes writable when it is connected, or has failed. */
int lock_side_connect_begin(uint16_t port);

/* Lock systems in a process of their own, as many as there are links: connections of a socket in the file system of
 * names (so that no port is used up), or over TCP on the loopback. */
struct bench_peers {
    pid_t process;
    int control; /* one message for each order */
    int *fds;    /* this side of the connections; NULL over TCP, where who connects has them */
    size_t count;
};
void bench_peers_start(struct bench_peers *peers, size_t count);
/* Serves whoever connects to the port. */
void bench_peers_start_tcp(struct bench_peers *peers, uint16_t *port);
/* One of them sends a byte that means nothing. */
void bench_peers_poke(struct bench_peers *peers, size_t index);
/* All of them close their connections; the port stays open. */
void bench_peers_drop(struct bench_peers *peers);
/* How many connections were taken, and the most of them within a tenth of a second, since the last drop. */
void bench_peers_count(struct bench_peers *peers, uint32_t *taken, uint32_t *most_at_once);
/* The connections of this side belong to the library by then. */
void bench_peers_stop(struct bench_peers *peers);
/* Raises the limit of open files as far as is allowed; returns it. */
size_t bench_more_files(void);

/* A site with one system and a ledger. */
struct bench_host {
    kc_context *context;
    kc_site *site;
    kc_system *system;
    kc_request *request;
};
void bench_host_open(struct bench_host *host, const char *ledger, const char *uri);
void bench_host_close(struct bench_host *host);
/* Another stay, in another room: the operation after it voids nothing. */
void bench_host_next_stay(struct bench_host *host, uint32_t number);
/* Site number so and so, without a system; and a request of it for a stay. */
kc_site *bench_site_new(kc_context *context, size_t number);
kc_request *bench_request_new(kc_site *site, const char *encoder);
/* Takes every event. */
void bench_take_events(kc_context *context);
void bench_host_take_events(struct bench_host *host);
/* One original, from the call to its last event. */
void bench_host_issue(struct bench_host *host);

int64_t bench_now_ns(void);
/* Sorts. */
double bench_percentile(double *values, size_t count, double percent);
/* Keeps this process and its children on one core. */
void bench_pin(void);

#endif
