/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One original through each driver and each kind of link, ledger off, beside a program without the library that sends
 * the same bytes and waits for as many in return. Both talk to simulated lock systems in processes of their own, in
 * turns, on one core. What the bare program sends was recorded before, between the library and the same simulator, so
 * it has the same round trips, but no time-outs, no checks and no pauses.
 *
 *     bench_exchange_links [DRIVER [LINK]]
 *
 * A simulator takes its time, too, and some drivers wait for what a hand does. So the processor time of this process
 * is told besides: it is the library's, or the bare program's, with the kernel's part of it. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "../unit/pty_shim.h"
#include "lock_side.h"
#include "simulator.h"

enum { ROUNDS = 1000, WARM_UP = 5, BUDGET_MS = 3000, QUIET_MS = 60, PATIENCE = 120 };
enum { PIECES_MOST = 8192, BYTES_MOST = 1 << 20, STEPS_MOST = 1024, ADDRESS = 160, OPTIONS = 3 };
enum link { LINK_TCP, LINK_FD, LINK_SERIAL, LINKS };
static const char *const link_names[] = {"tcp", "fd", "serial"};

#define SITE_KEY "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"

struct subject {
    const char *driver, *scheme, *encoder, *query; /* the query is for serial links */
    const char *options[OPTIONS][2];
};
static const struct subject subjects[] = {
    {"salto", "salto", "Online Encoder 1", "", {{0}}},
    {"onity", "onity", "1", "", {{0}}},
    {"saflok-irs", "saflok", "2", "", {{"password", "secret"}}},
    {"fias", "fias", "1", "", {{0}}},
    {"magstripe", "magstripe", "bench", "", {{"site-number", "1"}, {"site-key", SITE_KEY}}},
    {"contactless",
     "contactless",
     "bench",
     "?baud=115200",
     {{"site-number", "1"}, {"site-key", SITE_KEY}, {"poll-interval", "1"}}},
};

/* ---- The other end --------------------------------------------------------------------------------------------------
 */

struct other_end {
    pid_t process;
    char address[ADDRESS]; /* host and port, or a terminal */
};

static void start_end(struct other_end *end, const struct subject *subject, bool terminal)
{
    int pair[2];
    NEED(pipe2(pair, O_CLOEXEC) == 0);
    const pid_t parent = getpid();
    end->process = fork();
    NEED(end->process >= 0);
    if (end->process == 0) {
        char message[SIMULATOR_MESSAGE_SIZE];
        const struct simulator_options options = {.driver = subject->driver, .pseudo_terminal = terminal};
        bench_die_with(parent);
        struct simulator *simulator = simulator_start(&options, message);
        if (!simulator)
            fprintf(stderr, "%s\n", message);
        NEED(simulator);
        snprintf(end->address, ADDRESS, "%s", simulator_address(simulator));
        NEED(write(pair[1], end->address, ADDRESS) == ADDRESS);
        for (;;)
            pause();
    }
    close(pair[1]);
    NEED(read(pair[0], end->address, ADDRESS) == ADDRESS);
    close(pair[0]);
}

/* As a plain program opens it. */
static int connect_end(const char *address)
{
    if (address[0] != '/')
        return lock_side_connect((uint16_t)strtoul(strrchr(address, ':') + 1, NULL, 10));
    struct termios settings;
    const int fd = open(address, O_RDWR | O_NOCTTY | O_CLOEXEC);
    NEED(fd >= 0 && tcgetattr(fd, &settings) == 0);
    cfmakeraw(&settings);
    NEED(tcsetattr(fd, TCSANOW, &settings) == 0);
    return fd;
}

/* ---- The recorder: a process between the library and the simulator
 * ---------------------------------------------------- */

struct piece {
    bool to_lock;
    uint32_t at, count;
};
struct tape {
    volatile uint32_t pieces;
    uint32_t used;
    struct piece piece[PIECES_MOST];
    uint8_t bytes[BYTES_MOST];
};
static struct tape *tape;

/* False: the line is down. */
static bool pass_on(int from, int to, bool to_lock)
{
    uint8_t *place = tape->bytes + tape->used;
    const ssize_t got = read(from, place, BYTES_MOST - tape->used);
    if (got <= 0)
        return false;
    NEED(tape->pieces < PIECES_MOST && write(to, place, (size_t)got) == got);
    tape->piece[tape->pieces] = (struct piece){to_lock, tape->used, (uint32_t)got};
    tape->used += (uint32_t)got;
    tape->pieces++;
    return true;
}

static void record(int desk, const char *address)
{
    const int lock = connect_end(address);
    struct pollfd entries[] = {{.fd = desk, .events = POLLIN}, {.fd = lock, .events = POLLIN}};
    for (;;) {
        NEED(poll(entries, 2, -1) > 0);
        const bool desk_lives = !entries[0].revents || pass_on(desk, lock, true);
        NEED(!entries[1].revents || pass_on(lock, desk, false));
        if (!desk_lives) /* nobody has opened that end of the terminal yet */
            usleep(1000);
    }
}

/* The address for the library is that of the recorder then. */
static pid_t start_recorder(const struct other_end *end, struct pty_port *port, char address[ADDRESS])
{
    uint16_t number = 0;
    const bool terminal = end->address[0] == '/';
    const int listener = terminal ? -1 : lock_side_listen(&number);
    const int on = 1;
    NEED(!terminal || pty_port_open(port) == 0);
    tape->pieces = tape->used = 0;
    const pid_t parent = getpid();
    const pid_t process = fork();
    NEED(process >= 0);
    if (process == 0) {
        bench_die_with(parent);
        const int desk = terminal ? port->master : accept(listener, NULL, NULL);
        NEED(terminal || setsockopt(desk, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
        record(desk, end->address);
    }
    if (listener >= 0)
        close(listener);
    snprintf(address, ADDRESS, "127.0.0.1:%u", number);
    if (terminal)
        snprintf(address, ADDRESS, "%s", port->path);
    return process;
}

static uint32_t wait_until_quiet(void)
{
    const int64_t end = bench_now_ns() + INT64_C(3000) * 1000000;
    for (uint32_t before = UINT32_MAX; before != tape->pieces && bench_now_ns() < end;) {
        before = tape->pieces;
        usleep(QUIET_MS * 1000);
    }
    return tape->pieces;
}

/* ---- The bare program
 * --------------------------------------------------------------------------------------------------- */

struct step {
    uint32_t at, send, receive;
};
struct script {
    struct step steps[STEPS_MOST];
    size_t count, first; /* those from `first` on are one operation; those before come once */
};

static void add_pieces(struct script *script, uint32_t from, uint32_t to)
{
    bool receiving = true;
    for (uint32_t i = from; i < to; i++) {
        const struct piece *piece = &tape->piece[i];
        if (piece->to_lock && receiving) {
            NEED(script->count < STEPS_MOST);
            script->steps[script->count++] = (struct step){.at = piece->at};
        } else if (!piece->to_lock && i == from) {
            script->steps[script->count++] = (struct step){.at = piece->at}; /* the lock system begins */
        }
        struct step *step = &script->steps[script->count - 1];
        if (piece->to_lock && !receiving && step->at + step->send != piece->at)
            NEED(false); /* pieces of one direction follow each other on the tape */
        *(piece->to_lock ? &step->send : &step->receive) += piece->count;
        receiving = !piece->to_lock;
    }
}

static void run_steps(int fd, const struct step *steps, size_t count)
{
    uint8_t bytes[4096];
    for (size_t i = 0; i < count; i++) {
        NEED(write(fd, tape->bytes + steps[i].at, steps[i].send) == (ssize_t)steps[i].send);
        for (size_t left = steps[i].receive; left > 0;) {
            const ssize_t got = read(fd, bytes, left < sizeof bytes ? left : sizeof bytes);
            NEED(got > 0);
            left -= (size_t)got;
        }
    }
}

/* ---- The library
 * ---------------------------------------------------------------------------------------------------------- */

static void name_terminal(struct pty_port *port, char address[ADDRESS])
{
    snprintf(port->folder, sizeof port->folder, "/tmp/keycard-bench-XXXXXX");
    NEED(mkdtemp(port->folder));
    snprintf(port->link, sizeof port->link, "%s/tty", port->folder);
    NEED(symlink(address, port->link) == 0);
    snprintf(address, ADDRESS, "/dev/../../..%s", port->link);
}

static void open_library(struct bench_host *host, const struct subject *subject, enum link link, const char *address)
{
    char uri[320];
    *host = (struct bench_host){0};
    if (link == LINK_TCP)
        snprintf(uri, sizeof uri, "%s+tcp://%s", subject->scheme, address);
    else if (link == LINK_FD)
        snprintf(uri, sizeof uri, "%s+fd:", subject->scheme);
    else
        snprintf(uri, sizeof uri, "%s+serial:%s%s", subject->scheme, address, subject->query);
    NEED(kc_context_new(&host->context) == KC_OK && kc_context_set_ledger(host->context, "none:") == KC_OK);
    host->site = bench_site_new(host->context, 1);
    NEED(kc_system_new(host->site, "bench", uri, &host->system) == KC_OK);
    for (size_t i = 0; i < OPTIONS && subject->options[i][0]; i++)
        NEED(kc_system_set_option(host->system, subject->options[i][0], subject->options[i][1]) == KC_OK);
    if (link == LINK_FD)
        NEED(kc_system_adopt_fd(host->system, connect_end(address)) == KC_OK);
    NEED(kc_request_new(host->site, &host->request) == KC_OK);
    NEED(kc_request_set_booking(host->request, "4711") == KC_OK && kc_request_add_room(host->request, "101") == KC_OK);
    NEED(kc_request_set_validity(host->request, NULL, "2046-06-18") == KC_OK);
    NEED(kc_request_set_station(host->request, "desk-1") == KC_OK);
    NEED(kc_request_set_encoder(host->request, subject->encoder) == KC_OK);
}

/* Twice to come to rest, then the operation that is kept. */
static void make_script(struct script *script, const struct subject *subject, enum link link)
{
    struct other_end end;
    struct pty_port port = {.master = -1};
    struct bench_host host;
    char address[ADDRESS];
    start_end(&end, subject, link == LINK_SERIAL);
    const pid_t recorder = start_recorder(&end, &port, address);
    open_library(&host, subject, link, address);
    bench_host_issue(&host);
    bench_host_issue(&host);
    const uint32_t before = wait_until_quiet();
    bench_host_issue(&host);
    const uint32_t after = wait_until_quiet();
    script->count = 0;
    add_pieces(script, 0, before);
    script->first = script->count;
    add_pieces(script, before, after);
    bench_host_close(&host);
    lock_side_stop(recorder);
    lock_side_stop(end.process);
    if (link == LINK_SERIAL)
        pty_port_close(&port);
}

/* ---- Measuring
 * ------------------------------------------------------------------------------------------------------------ */

struct times {
    double wall[ROUNDS], processor[ROUNDS];
};

static int64_t processor_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void take_time(struct times *times, size_t round, int64_t wall, int64_t processor)
{
    if (round < WARM_UP)
        return;
    times->wall[round - WARM_UP] = (double)(bench_now_ns() - wall) / 1000;
    times->processor[round - WARM_UP] = (double)(processor_ns() - processor) / 1000;
}

static size_t take_turns(struct bench_host *host, int fd, const struct script *script, struct times *library,
                         struct times *bare)
{
    const int64_t end = bench_now_ns() + INT64_C(1000000) * BUDGET_MS;
    size_t round = 0;
    for (; round < ROUNDS + WARM_UP && (round < WARM_UP + 20 || bench_now_ns() < end); round++) {
        int64_t wall = bench_now_ns(), processor = processor_ns();
        bench_host_issue(host);
        take_time(library, round, wall, processor);
        wall = bench_now_ns(), processor = processor_ns();
        run_steps(fd, script->steps + script->first, script->count - script->first);
        take_time(bare, round, wall, processor);
    }
    return round - WARM_UP;
}

/* One line of the table at the end. */
struct row {
    const struct subject *subject;
    enum link link;
    size_t round_trips;
    double wall[2], processor[2], ratio, low, high; /* the library, the bare program */
};

static void measure(struct row *row, const struct script *script, size_t rounds, struct times *library,
                    struct times *bare)
{
    double ratios[ROUNDS], sent = 0, received = 0;
    for (size_t i = 0; i < rounds; i++)
        ratios[i] = library->wall[i] / bare->wall[i];
    for (size_t i = script->first; i < script->count; i++) {
        sent += script->steps[i].send;
        received += script->steps[i].receive;
    }
    row->round_trips = script->count - script->first;
    row->ratio = bench_percentile(ratios, rounds, 50);
    row->low = bench_percentile(ratios, rounds, 10);
    row->high = bench_percentile(ratios, rounds, 90);
    for (size_t i = 0; i < 2; i++) {
        struct times *times = i == 0 ? library : bare;
        row->wall[i] = bench_percentile(times->wall, rounds, 50);
        row->processor[i] = bench_percentile(times->processor, rounds, 50);
    }
    printf("{\"benchmark\":\"exchange-links\",\"driver\":\"%s\",\"link\":\"%s\",\"rounds\":%zu,\"round_trips\":%zu,"
           "\"bytes_sent\":%.0f,\"bytes_received\":%.0f,\"median_us\":%.1f,\"bare_us\":%.1f,\"ratio_bare\":%.3f,"
           "\"ratio_p10\":%.3f,\"ratio_p90\":%.3f,\"processor_us\":%.1f,\"bare_processor_us\":%.1f}\n",
           row->subject->driver, link_names[row->link], rounds, row->round_trips, sent, received, row->wall[0],
           row->wall[1], row->ratio, row->low, row->high, row->processor[0], row->processor[1]);
    fflush(stdout);
}

static void show_table(const struct row *rows, size_t count)
{
    printf("\n%-12s %-7s %12s %12s %12s %8s %8s %8s %14s %14s\n", "", "", "round trips", "median us", "bare us",
           "x bare", "p10", "p90", "processor us", "bare");
    for (const struct row *row = rows; row < rows + count; row++)
        printf("%-12s %-7s %12zu %12.1f %12.1f %8.2f %8.2f %8.2f %14.1f %14.1f\n", row->subject->driver,
               link_names[row->link], row->round_trips, row->wall[0], row->wall[1], row->ratio, row->low, row->high,
               row->processor[0], row->processor[1]);
}

static void compare(const struct subject *subject, enum link link, struct row *row)
{
    static struct script script;
    static struct times library, bare;
    struct other_end ends[2];
    struct pty_port port = {.master = -1};
    struct bench_host host;
    (void)alarm(PATIENCE); /* an operation of another course than the recorded one would be waited for in vain */
    make_script(&script, subject, link);
    for (size_t i = 0; i < 2; i++)
        start_end(&ends[i], subject, link == LINK_SERIAL);
    const int fd = connect_end(ends[1].address);
    run_steps(fd, script.steps, script.first);
    if (link == LINK_SERIAL)
        name_terminal(&port, ends[0].address);
    open_library(&host, subject, link, ends[0].address);
    const size_t rounds = take_turns(&host, fd, &script, &library, &bare);
    *row = (struct row){.subject = subject, .link = link};
    measure(row, &script, rounds, &library, &bare);
    bench_host_close(&host);
    close(fd);
    for (size_t i = 0; i < 2; i++)
        lock_side_stop(ends[i].process);
    if (link == LINK_SERIAL)
        NEED(unlink(port.link) == 0 && rmdir(port.folder) == 0);
}

int main(int argc, char **argv)
{
    struct row rows[sizeof subjects / sizeof *subjects * LINKS];
    size_t count = 0;
    tape = mmap(NULL, sizeof *tape, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    NEED(tape != MAP_FAILED);
    bench_pin();
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        for (int link = 0; link < LINKS; link++)
            if (kc_has_driver(subjects[i].driver) && (argc < 2 || strcmp(argv[1], subjects[i].driver) == 0) &&
                (argc < 3 || strcmp(argv[2], link_names[link]) == 0))
                compare(&subjects[i], (enum link)link, &rows[count++]);
    show_table(rows, count);
    return 0;
}
