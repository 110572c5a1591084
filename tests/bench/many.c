/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many encoders at work at once, and many links that drop at once.
 *
 *     throughput   operations a second of 1 to 10,000 encoders, each on a link of its own, with the ledger in memory,
 *                  over TCP on the loopback and over descriptors of the caller's (sockets without a network); in turns
 *                  with a ping-pong of the same bytes over such connections, by epoll and without library;
 *                  `throughput library|ping-pong tcp|fd LINKS OPERATIONS` runs one of them, to be counted by strace or
 *                  perf
 *     fairness     1,000 encoders, each with another operation as soon as one has ended: the longest that one waited
 *     storm        10,000 links over TCP are closed by the other side at the same moment, some with an operation, and
 *                  come back
 *
 * The lock systems are another process on the same core; what they cost is in both figures of `throughput`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lock_side.h"

enum {
    OPERATIONS = 20000,
    TURNS = 3,
    FAIR_LINKS = 1000,
    STORM_LINKS = 10000,
    STORM_BUSY = 1000,
    CONNECTION_RATE = 2000
};

struct link {
    kc_site *site;
    kc_system *system;
    kc_request *request;
    size_t stays;
    int64_t started_ns, longest_ns;
    size_t started_at,
        most_before; /* how many had ended when it started; the most that ended while one was under way */
};

struct many {
    kc_context *context;
    struct link *links;
    size_t count, ended;
    struct bench_peers peers;
};

/* ---- The ping-pong ---------------------------------------------------------------------------------------------- */

/* Operations a second over all connections, each with its next request as soon as it has its answer. */
static double ping_pong(const int *fds, size_t count, size_t operations)
{
    const struct bench_frame request = bench_frame_request();
    const size_t answer = 1 + bench_frame_answer().count; /* ACK */
    size_t *got = calloc(count, sizeof(size_t)), sent = 0, done = 0;
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    NEED(got && epoll_fd >= 0);
    for (size_t i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};
        NEED(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fds[i], &event) == 0);
    }
    int64_t start = bench_now_ns();
    for (; sent < count; sent++)
        NEED(send(fds[sent], request.bytes, request.count, MSG_NOSIGNAL) == (ssize_t)request.count);
    while (done < operations) {
        struct epoll_event events[64];
        int ready = epoll_wait(epoll_fd, events, 64, -1);
        for (int i = 0; i < ready; i++) {
            uint8_t bytes[4096];
            size_t index = events[i].data.u64;
            ssize_t size = recv(fds[index], bytes, sizeof(bytes), 0);
            NEED(size > 0);
            got[index] += (size_t)size;
            if (got[index] < answer)
                continue;
            got[index] = 0;
            done++;
            if (sent++ < operations)
                NEED(send(fds[index], request.bytes, request.count, MSG_NOSIGNAL) == (ssize_t)request.count);
        }
    }
    double seconds = (double)(bench_now_ns() - start) / 1e9;
    close(epoll_fd);
    free(got);
    return (double)operations / seconds;
}

/* ---- The library ------------------------------------------------------------------------------------------------ */

static void many_open(struct many *many, size_t count, const char *ledger)
{
    many->count = count;
    many->links = calloc(count, sizeof(*many->links));
    NEED(many->links && kc_context_new(&many->context) == KC_OK);
    NEED(kc_context_set_ledger(many->context, ledger) == KC_OK);
    for (size_t i = 0; i < count; i++) {
        many->links[i].site = bench_site_new(many->context, i);
        many->links[i].request = bench_request_new(many->links[i].site, BENCH_ENCODER);
    }
}

static void many_close(struct many *many)
{
    for (size_t i = 0; i < many->count; i++) {
        kc_request_unref(many->links[i].request);
        kc_system_unref(many->links[i].system);
        kc_site_unref(many->links[i].site);
    }
    kc_context_unref(many->context);
    free(many->links);
    bench_peers_stop(&many->peers);
}

/* One lock system for each encoder. Over TCP it connects with its first operation. */
static void add_systems(struct many *many, const char *uri)
{
    for (size_t i = 0; i < many->count; i++) {
        struct link *link = &many->links[i];
        NEED(kc_system_new(link->site, "salto", uri, &link->system) == KC_OK);
        if (many->peers.fds)
            NEED(kc_system_adopt_fd(link->system, many->peers.fds[i]) == KC_OK);
    }
}

static void tcp_uri(char uri[80], uint16_t port)
{
    snprintf(uri, 80, "salto+tcp://127.0.0.1:%u?connect-timeout=60000", port);
}

/* A letter and six digits; printf() would be a tenth of all that is measured. */
static void write_name(char name[8], char letter, size_t number)
{
    name[0] = letter;
    for (size_t i = 6; i > 0; i--, number /= 10)
        name[i] = (char)('0' + number % 10);
    name[7] = '\0';
}

/* Another stay in another room each time, as in life: what the setters cost is in the figures. */
static void start(const struct many *many, struct link *link)
{
    kc_op *op;
    char booking[8], room[8];
    write_name(booking, 'B', link->stays);
    write_name(room, 'R', link->stays++);
    NEED(kc_request_set_booking(link->request, booking) == KC_OK);
    NEED(kc_request_clear_rooms(link->request) == KC_OK && kc_request_add_room(link->request, room) == KC_OK);
    link->started_ns = bench_now_ns();
    link->started_at = many->ended;
    NEED(kc_issue_original(link->request, &op) == KC_OK && kc_op_set_user_data(op, link) == KC_OK);
    kc_op_unref(op);
}

/* Takes what has happened; an operation that has ended is followed by the next. Returns how many ended. */
static size_t take(struct many *many, size_t *sent, size_t operations)
{
    size_t done = 0;
    for (kc_event *event; (event = kc_context_next_event(many->context)); kc_event_unref(event)) {
        if (kc_event_get_type(event) != KC_EVENT_DONE)
            continue;
        kc_op *op = kc_event_get_op(event);
        struct link *link = kc_op_get_user_data(op);
        int64_t waited = bench_now_ns() - link->started_ns;
        if (kc_op_get_outcome(op) != KC_OUTCOME_WRITTEN)
            fprintf(stderr, "%s\n", kc_error_get_message(kc_op_get_error(op)));
        NEED(kc_op_get_outcome(op) == KC_OUTCOME_WRITTEN);
        link->longest_ns = waited > link->longest_ns ? waited : link->longest_ns;
        const size_t before = many->ended++ - link->started_at;
        link->most_before = before > link->most_before ? before : link->most_before;
        done++;
        if (*sent < operations) {
            (*sent)++;
            start(many, link);
        }
    }
    return done;
}

static double run(struct many *many, size_t operations)
{
    size_t sent = many->count, done = 0;
    int64_t begin = bench_now_ns();
    for (size_t i = 0; i < many->count; i++)
        start(many, &many->links[i]);
    while (done < operations) {
        NEED(kc_context_run(many->context, 60000) == KC_OK);
        done += take(many, &sent, operations);
    }
    return (double)operations / ((double)(bench_now_ns() - begin) / 1e9);
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
    double rate = ping_pong(fds, count, operations);
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
        tcp_uri(uri, port);
    } else {
        bench_peers_start(&many.peers, count);
    }
    many_open(&many, count, "memory:");
    add_systems(&many, uri);
    run(&many, count); /* connects */
    double rate = run(&many, operations);
    many_close(&many);
    return rate;
}

static void throughput(bool tcp, size_t count)
{
    double bare[TURNS], library[TURNS], ratios[TURNS];
    size_t operations = count > OPERATIONS / 2 ? 2 * count : OPERATIONS;
    for (size_t turn = 0; turn < TURNS; turn++) {
        bare[turn] = ping_pong_over(tcp, count, operations);
        library[turn] = library_over(tcp, count, operations);
        ratios[turn] = library[turn] / bare[turn];
    }
    double middle = bench_percentile(ratios, TURNS, 50); /* sorts */
    printf("{\"benchmark\":\"throughput\",\"link\":\"%s\",\"encoders\":%zu,\"operations_per_second\":%.0f,"
           "\"ping_pong_per_second\":%.0f,\"ratio\":%.3f,\"ratio_least\":%.3f,\"ratio_most\":%.3f}\n",
           tcp ? "tcp" : "fd", count, bench_percentile(library, TURNS, 50), bench_percentile(bare, TURNS, 50), middle,
           ratios[0], ratios[TURNS - 1]);
    fflush(stdout);
}

static void fairness(void)
{
    struct many many = {0};
    double *longest = calloc(FAIR_LINKS, sizeof(double));
    bench_peers_start(&many.peers, FAIR_LINKS);
    many_open(&many, FAIR_LINKS, "memory:");
    add_systems(&many, "salto+fd:");
    run(&many, FAIR_LINKS);
    for (size_t i = 0; i < FAIR_LINKS; i++)
        many.links[i].longest_ns = 0, many.links[i].most_before = 0;
    double mean_ms = FAIR_LINKS / run(&many, 50 * FAIR_LINKS) * 1000;
    NEED(longest);
    size_t most = 0;
    for (size_t i = 0; i < FAIR_LINKS; i++) {
        longest[i] = (double)many.links[i].longest_ns / 1e6;
        most = many.links[i].most_before > most ? many.links[i].most_before : most;
    }
    double median = bench_percentile(longest, FAIR_LINKS, 50);
    printf("{\"benchmark\":\"fairness\",\"encoders\":%d,\"mean_wait_ms\":%.2f,\"median_longest_ms\":%.2f,"
           "\"longest_ms\":%.2f,\"longest_to_mean\":%.2f,\"most_that_went_before\":%zu}\n",
           FAIR_LINKS, mean_ms, median, longest[FAIR_LINKS - 1], longest[FAIR_LINKS - 1] / mean_ms, most);
    fflush(stdout);
    free(longest);
    many_close(&many);
}

/* ---- Storm --------------------------------------------------------------------------------------------------------
 */

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

static double seconds_since(int64_t start)
{
    return (double)(bench_now_ns() - start) / 1e9;
}

/* One original on each link, so that it connects; each ends well. */
static void use_all(struct many *many)
{
    size_t sent = many->count;
    for (size_t i = 0; i < many->count; i++)
        start(many, &many->links[i]);
    for (size_t done = 0; done < many->count;) {
        NEED(kc_context_run(many->context, 60000) == KC_OK);
        done += take(many, &sent, 0);
    }
}

/* Operations that run or wait while the links drop: each ends, and tells what happened to its card. */
static void start_some(struct many *many, kc_op **ops)
{
    for (size_t i = 0; i < STORM_BUSY; i++)
        NEED(kc_issue_original(many->links[i * (many->count / STORM_BUSY)].request, &ops[i]) == KC_OK);
}

static void storm(void)
{
    struct many many = {0};
    kc_op *ops[STORM_BUSY];
    uint16_t port;
    char uri[80];
    uint32_t taken, most;
    bench_peers_start_tcp(&many.peers, &port);
    many_open(&many, STORM_LINKS, "memory:");
    NEED(kc_context_set_connection_rate(many.context, CONNECTION_RATE) == KC_OK);
    tcp_uri(uri, port);
    add_systems(&many, uri);
    use_all(&many);
    NEED(links_up(&many) == STORM_LINKS);
    int64_t begin = bench_now_ns();
    start_some(&many, ops);
    bench_peers_drop(&many.peers);
    NEED(kc_context_dispatch(many.context) == KC_OK);
    await_links(&many, STORM_LINKS);
    double back = seconds_since(begin);
    size_t outcomes[4] = {0};
    for (size_t i = 0; i < STORM_BUSY; i++) {
        NEED(kc_op_wait(ops[i], 60000) == KC_OK);
        outcomes[kc_op_get_outcome(ops[i])]++;
        kc_op_unref(ops[i]);
    }
    bench_peers_count(&many.peers, &taken, &most);
    NEED(outcomes[KC_OUTCOME_PENDING] == 0);
    printf("{\"benchmark\":\"storm\",\"links\":%d,\"seconds_until_all_back\":%.2f,\"connection_rate\":%d,"
           "\"connections\":%u,\"most_in_100_ms\":%u,\"operations\":%d,\"written\":%zu,\"not_written\":%zu,"
           "\"unknown\":%zu}\n",
           STORM_LINKS, back, CONNECTION_RATE, taken, most, STORM_BUSY, outcomes[KC_OUTCOME_WRITTEN],
           outcomes[KC_OUTCOME_NOT_WRITTEN], outcomes[KC_OUTCOME_UNKNOWN]);
    bench_take_events(many.context);
    many_close(&many);
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
