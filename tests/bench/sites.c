/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What sites cost whose lock systems dial in (FIAS): time of a key at one of 1, 10, 100 and 1,000 sites in one process
 * and one thread, and memory of each. The lock systems are sockets in this thread, and their part is measured by itself
 * and taken off.
 *
 *     bench_sites                    all of it, one line for each number of sites
 *     bench_sites SITES KEYS         so many keys at so many sites, for counting instructions from outside
 *     bench_sites leave SITES        gives so many sites back, one after the other: give_back() is what to count */
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lock_side.h"
#include "memory_use.h"

enum { SITES_AT_MOST = 1000, KEYS = 2000, REQUEST_SIZE = 2048 };

struct site {
    kc_site *site;
    kc_system *system;
    kc_request *request;
    int peer;
};

struct sites {
    kc_context *context;
    struct site *list;
    size_t count;
    char where[80];
    double heap_bytes, resident_bytes; /* of one */
    int64_t peer_ns;                   /* the lock systems' part */
};

/* ---- The lock systems ------------------------------------------------------------------------------------------- */

static void say(int fd, const char *records)
{
    size_t length = strlen(records);
    NEED(send(fd, records, length, MSG_NOSIGNAL) == (ssize_t)length);
}

/* The records up to one that begins so; NULL: it has not come yet. */
static const char *hear(int fd, const char *beginning)
{
    static char bytes[REQUEST_SIZE];
    ssize_t got = recv(fd, bytes, sizeof(bytes) - 1, MSG_DONTWAIT);
    bytes[got > 0 ? got : 0] = '\0';
    return strstr(bytes, beginning);
}

static void describe(int fd)
{
    say(fd, "\x02LD|DA260115|TI093001|V#1.0|IFDL|\x03\x02LR|RIKR|FLWSKCRNKTG#GAGDDTGN|\x03"
            "\x02LR|RIKA|FLASCTKCWSG#|\x03\x02LA|DA260115|TI093001|\x03");
}

static void answer(int fd, const char *request)
{
    const char *number = strstr(request, "|G#");
    char record[120];
    NEED(number != NULL);
    snprintf(record, sizeof(record), "\x02KA|ASOK|KC1|WSdesk-1|G#%.*s|\x03", (int)strcspn(number + 3, "|"), number + 3);
    say(fd, record);
}

/* ---- The sites --------------------------------------------------------------------------------------------------- */

static void turn(struct sites *sites)
{
    NEED(kc_context_dispatch(sites->context) == KC_OK);
    for (kc_event *event; (event = kc_context_next_event(sites->context));)
        kc_event_unref(event);
}

static void note_address(void *user, int32_t level, const char *domain, const char *message)
{
    struct sites *sites = user;
    const char *at = strstr(message, "listening at ");
    (void)level;
    (void)domain;
    if (at)
        snprintf(sites->where, sizeof(sites->where), "%s", at + strlen("listening at "));
}

static int dial(const char *where)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_port = htons((uint16_t)strtol(strrchr(where, ':') + 1, NULL, 10));
    NEED(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    NEED(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
    return fd;
}

static void open_request(struct site *site)
{
    NEED(kc_request_new(site->site, &site->request) == KC_OK);
    NEED(kc_request_set_guest(site->request, "Ann Other") == KC_OK);
    NEED(kc_request_set_validity(site->request, NULL, "2060-06-18T11:00") == KC_OK);
    NEED(kc_request_set_station(site->request, "desk-1") == KC_OK);
    NEED(kc_request_set_encoder(site->request, "1") == KC_OK);
}

/* Opens its port, and its lock system dials in and describes itself. */
static void open_site(struct sites *sites, struct site *site)
{
    char name[32];
    kc_op *op;
    snprintf(name, sizeof(name), "Hotel %zu", sites->count++);
    NEED(kc_site_new(sites->context, name, &site->site) == KC_OK);
    NEED(kc_site_set_time_zone(site->site, "Europe/Sofia") == KC_OK);
    NEED(kc_system_new(site->site, "locks", "fias+listen:0", &site->system) == KC_OK);
    open_request(site);
    sites->where[0] = '\0';
    NEED(kc_site_discover(site->site, &op) == KC_OK);
    while (!*sites->where)
        turn(sites);
    site->peer = dial(sites->where);
    while (!hear(site->peer, "LS|"))
        turn(sites);
    describe(site->peer);
    while (!hear(site->peer, "LA|") || kc_op_get_state(op) != KC_STATE_DONE)
        turn(sites);
    NEED(kc_op_get_status(op) == KC_OK);
    kc_op_unref(op);
}

/* One original, from the call to its end. */
static void make_key(struct sites *sites, size_t index, uint32_t number)
{
    struct site *site = &sites->list[index];
    const char *request = NULL;
    char booking[16];
    kc_op *op;
    snprintf(booking, sizeof(booking), "%u", 100000 + number);
    NEED(kc_request_set_booking(site->request, booking) == KC_OK);
    NEED(kc_request_clear_rooms(site->request) == KC_OK);
    NEED(kc_request_add_room(site->request, booking) == KC_OK);
    NEED(kc_issue_original(site->request, &op) == KC_OK);
    while (!request) {
        turn(sites);
        int64_t start = bench_now_ns();
        if ((request = hear(site->peer, "KR|")))
            answer(site->peer, request);
        sites->peer_ns += bench_now_ns() - start;
    }
    while (kc_op_get_state(op) != KC_STATE_DONE)
        turn(sites);
    NEED(kc_op_get_outcome(op) == KC_OUTCOME_WRITTEN);
    kc_op_unref(op);
}

static void open_sites(struct sites *sites, size_t count)
{
    memset(sites, 0, sizeof(*sites));
    sites->list = calloc(count, sizeof(*sites->list));
    NEED(sites->list && kc_context_new(&sites->context) == KC_OK);
    NEED(kc_context_set_log(sites->context, note_address, sites, KC_LOG_INFO) == KC_OK);
    NEED(kc_context_set_ledger(sites->context, "none:") == KC_OK);
    malloc_trim(0);
    size_t heap = heap_bytes(), resident = resident_bytes();
    while (sites->count < count)
        open_site(sites, &sites->list[sites->count]);
    for (size_t i = 0; i < count; i++)
        make_key(sites, i, (uint32_t)i); /* what a key leaves behind belongs to a site */
    malloc_trim(0);
    sites->heap_bytes = ((double)heap_bytes() - (double)heap) / (double)count;
    sites->resident_bytes = ((double)resident_bytes() - (double)resident) / (double)count;
    kc_context_set_log(sites->context, NULL, NULL, 0);
}

static void close_sites(struct sites *sites)
{
    for (size_t i = 0; i < sites->count; i++) {
        kc_request_unref(sites->list[i].request);
        kc_system_unref(sites->list[i].system);
        kc_site_unref(sites->list[i].site);
        close(sites->list[i].peer);
    }
    kc_context_unref(sites->context);
    free(sites->list);
}

__attribute__((noinline)) void give_back(kc_context *context, kc_site *site);
__attribute__((noinline)) void give_back(kc_context *context, kc_site *site)
{
    kc_site_unref(site);
    NEED(kc_context_dispatch(context) == KC_OK);
}

/* One lock system each, not connected. */
static void leave_sites(size_t count)
{
    kc_context *context;
    kc_site **sites = calloc(count, sizeof(kc_site *));
    NEED(sites && kc_context_new(&context) == KC_OK);
    for (size_t i = 0; i < count; i++) {
        char name[32];
        kc_system *system;
        snprintf(name, sizeof(name), "Hotel %zu", i);
        NEED(kc_site_new(context, name, &sites[i]) == KC_OK);
        NEED(kc_system_new(sites[i], "locks", "virtual:", &system) == KC_OK);
        kc_system_unref(system);
    }
    for (size_t i = 0; i < count; i++)
        give_back(context, sites[i]);
    kc_context_unref(context);
    free(sites);
}

/* The same work in the same order with every number of sites: only who is asked differs. */
static double key_nanoseconds(struct sites *sites, double *peer)
{
    static double values[KEYS];
    int64_t before = sites->peer_ns;
    for (size_t i = 0; i < KEYS; i++) {
        int64_t start = bench_now_ns(), aside = sites->peer_ns;
        make_key(sites, i * 7 % sites->count, (uint32_t)(SITES_AT_MOST + i));
        values[i] = (double)(bench_now_ns() - start - (sites->peer_ns - aside));
    }
    *peer = (double)(sites->peer_ns - before) / KEYS;
    return bench_percentile(values, KEYS, 50);
}

static void report(size_t count)
{
    struct sites sites;
    double peer;
    open_sites(&sites, count);
    double key = key_nanoseconds(&sites, &peer);
    printf(
        "{\"benchmark\":\"sites\",\"sites\":%zu,\"key_ns\":%.0f,\"lock_system_ns\":%.0f,\"heap_bytes_per_site\":%.0f,"
        "\"resident_bytes_per_site\":%.0f}\n",
        count, key, peer, sites.heap_bytes, sites.resident_bytes);
    fflush(stdout);
    close_sites(&sites);
}

int main(int argument_count, char **arguments)
{
    static const size_t counts[] = {1, 10, 100, 1000};
    struct sites sites;
    struct rlimit files;
    NEED(getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = files.rlim_max;
    NEED(setrlimit(RLIMIT_NOFILE, &files) == 0);
    NEED(files.rlim_cur > 3 * SITES_AT_MOST + 50);
    if (argument_count == 3 && strcmp(arguments[1], "leave") == 0) {
        leave_sites(strtoul(arguments[2], NULL, 10));
        return 0;
    }
    if (argument_count == 3) {
        size_t count = strtoul(arguments[1], NULL, 10), keys = strtoul(arguments[2], NULL, 10);
        NEED(count >= 1 && count <= SITES_AT_MOST);
        open_sites(&sites, count);
        for (size_t i = 0; i < keys; i++)
            make_key(&sites, i * 7 % count, (uint32_t)(SITES_AT_MOST + i));
        close_sites(&sites);
        return 0;
    }
    bench_pin();
    open_sites(&sites, 10); /* so that what is made once is not counted */
    close_sites(&sites);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        report(counts[i]);
    return 0;
}
