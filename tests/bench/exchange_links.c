/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One original through each driver and each kind of link, with each kind of ledger, beside a program without the
 * library that sends the same bytes and waits for as many in return; where the ledger is on a disk, with two bare
 * commits of the same store (bare_store.h) around it. All talk to simulated lock systems in processes of their own, in
 * turns, on one core. What the bare program sends was recorded before, between the library and the same simulator, so
 * it has the same round trips, but no time-outs, no checks and no pauses.
 *
 *     bench_exchange_links [DRIVER [LINK]]    with PostgreSQL if KEYCARD_POSTGRESQL names a server, as
 *                                             tests/postgresql.py --durable does
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
#include "bare_store.h"
#include "lock_side.h"
#include "simulator.h"

enum { ROUNDS = 1000, WARM_UP = 5, SLOW_EVERY = 5, SLOW_LEAST = 10, BUDGET_MS = 5000, QUIET_MS = 60, PATIENCE = 180 };
enum { PIECES_MOST = 8192, BYTES_MOST = 1 << 20, STEPS_MOST = 1024, ADDRESS = 160, OPTIONS = 3 };
enum link { LINK_TCP, LINK_FD, LINK_SERIAL, LINKS };
static const char *const link_names[] = {"tcp", "fd", "serial"};

#define SITE_KEY "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"

struct subject {
    const char *driver, *scheme, *encoder, *query; /* the query is for serial links */
    const char *options[OPTIONS][2];
};
/* Who takes turns. */
enum { BARE, BARE_SQLITE, BARE_POSTGRESQL, NONE, MEMORY, SQLITE, POSTGRESQL, LANES };
static const struct lane {
    const char *name;
    bool slow; /* waits for a disk: not in each round */
    int beside;
} lanes[] = {
    [BARE] = {"bare", false, BARE},
    [BARE_SQLITE] = {"bare-sqlite", true, BARE_SQLITE},
    [BARE_POSTGRESQL] = {"bare-postgresql", true, BARE_POSTGRESQL},
    [NONE] = {"none:", false, BARE},
    [MEMORY] = {"memory:", false, BARE},
    [SQLITE] = {"sqlite:", true, BARE_SQLITE},
    [POSTGRESQL] = {"postgresql:", true, BARE_POSTGRESQL},
};
static const char *server; /* what stands behind the "?" of its URIs; NULL: there is none */
static char folder[] = "keycard-bench-XXXXXX";
static struct bare_store stores[NONE]; /* of the bare lanes */

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

static const char *ledger_uri(int lane, char out[400])
{
    if (lane == POSTGRESQL || lane == BARE_POSTGRESQL)
        snprintf(out, 400, "postgresql:///postgres?%s", server);
    else if (lane == SQLITE)
        snprintf(out, 400, "sqlite:%s/ledger.db", folder);
    else
        snprintf(out, 400, "%s", lanes[lane].name);
    return out;
}

/* Another stay in another room each time, with as many characters. */
static void next_stay(struct bench_host *host, size_t number)
{
    char text[8];
    snprintf(text, sizeof text, "%04zu", 1000 + number % 9000);
    NEED(kc_request_set_booking(host->request, text) == KC_OK && kc_request_clear_rooms(host->request) == KC_OK);
    NEED(kc_request_add_room(host->request, text) == KC_OK);
}

/* Each in a hotel of its own, for the ledgers are the same files. */
static void open_library(struct bench_host *host, const struct subject *subject, enum link link, const char *address,
                         int lane)
{
    static size_t hotels;
    char uri[320], ledger[400];
    *host = (struct bench_host){0};
    if (link == LINK_TCP)
        snprintf(uri, sizeof uri, "%s+tcp://%s", subject->scheme, address);
    else if (link == LINK_FD)
        snprintf(uri, sizeof uri, "%s+fd:", subject->scheme);
    else
        snprintf(uri, sizeof uri, "%s+serial:%s%s", subject->scheme, address, subject->query);
    NEED(kc_context_new(&host->context) == KC_OK);
    NEED(kc_context_set_ledger(host->context, ledger_uri(lane, ledger)) == KC_OK);
    host->site = bench_site_new(host->context, hotels++);
    NEED(kc_system_new(host->site, "bench", uri, &host->system) == KC_OK);
    for (size_t i = 0; i < OPTIONS && subject->options[i][0]; i++)
        NEED(kc_system_set_option(host->system, subject->options[i][0], subject->options[i][1]) == KC_OK);
    if (link == LINK_FD)
        NEED(kc_system_adopt_fd(host->system, connect_end(address)) == KC_OK);
    NEED(kc_request_new(host->site, &host->request) == KC_OK);
    next_stay(host, 0);
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
    open_library(&host, subject, link, address, NONE);
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

/* One in the turns, with its simulator. */
struct runner {
    struct other_end end; /* not of the bare ones with commits, who share the bare one's line */
    struct bench_host host;
    struct pty_port port;
    size_t count;
    double wall[ROUNDS], processor[ROUNDS];
};

/* All of one driver and link. */
struct race {
    const struct subject *subject;
    enum link link;
    struct script script;
    int fd; /* of the bare program */
    struct runner runners[LANES];
};

static bool takes_part(int lane)
{
    return server || (lane != POSTGRESQL && lane != BARE_POSTGRESQL);
}

static int64_t processor_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void exchange_bare(struct race *race, int lane)
{
    const struct script *script = &race->script;
    if (lanes[lane].slow)
        bare_store_insert(&stores[lane]);
    run_steps(race->fd, script->steps + script->first, script->count - script->first);
    if (lanes[lane].slow)
        bare_store_update(&stores[lane]);
}

static void take_turn(struct race *race, int lane, size_t round)
{
    struct runner *runner = &race->runners[lane];
    if (lane >= NONE)
        next_stay(&runner->host, round);
    const int64_t wall = bench_now_ns(), processor = processor_ns();
    if (lane >= NONE)
        bench_host_issue(&runner->host);
    else
        exchange_bare(race, lane);
    if (round < WARM_UP)
        return;
    runner->wall[runner->count] = (double)(bench_now_ns() - wall) / 1000;
    runner->processor[runner->count++] = (double)(processor_ns() - processor) / 1000;
}

static void take_turns(struct race *race)
{
    const int64_t end = bench_now_ns() + INT64_C(1000000) * BUDGET_MS;
    const size_t least = WARM_UP + SLOW_EVERY * SLOW_LEAST;
    for (size_t round = 0; round < ROUNDS + WARM_UP && (round < least || bench_now_ns() < end); round++)
        for (int lane = 0; lane < LANES; lane++)
            if (takes_part(lane) && (!lanes[lane].slow || round < WARM_UP || round % SLOW_EVERY == 0))
                take_turn(race, lane, round);
}

/* One line of the table at the end. */
struct row {
    const char *driver, *link, *ledger;
    size_t round_trips;
    double wall, processor, bare_wall, bare_processor, ratio, low, high;
};

static struct row measure(struct race *race, int lane)
{
    static double ratios[ROUNDS];
    struct runner *runner = &race->runners[lane], *bare = &race->runners[lanes[lane].beside];
    for (size_t i = 0; i < runner->count; i++)
        ratios[i] = runner->wall[i] / bare->wall[i];
    return (struct row){
        .driver = race->subject->driver,
        .link = link_names[race->link],
        .ledger = lanes[lane].name,
        .round_trips = race->script.count - race->script.first,
        .ratio = bench_percentile(ratios, runner->count, 50),
        .low = bench_percentile(ratios, runner->count, 10),
        .high = bench_percentile(ratios, runner->count, 90),
    };
}

/* Sorts the times, so after the ratios of all. */
static void show(struct row *row, struct race *race, int lane)
{
    struct runner *runner = &race->runners[lane], *bare = &race->runners[lanes[lane].beside];
    row->wall = bench_percentile(runner->wall, runner->count, 50);
    row->processor = bench_percentile(runner->processor, runner->count, 50);
    row->bare_wall = bench_percentile(bare->wall, bare->count, 50);
    row->bare_processor = bench_percentile(bare->processor, bare->count, 50);
    printf("{\"benchmark\":\"exchange-links\",\"driver\":\"%s\",\"link\":\"%s\",\"ledger\":\"%s\",\"rounds\":%zu,"
           "\"round_trips\":%zu,\"median_us\":%.1f,\"bare_us\":%.1f,\"ratio_bare\":%.3f,\"ratio_p10\":%.3f,"
           "\"ratio_p90\":%.3f,\"processor_us\":%.1f,\"bare_processor_us\":%.1f}\n",
           row->driver, row->link, row->ledger, runner->count, row->round_trips, row->wall, row->bare_wall, row->ratio,
           row->low, row->high, row->processor, row->bare_processor);
    fflush(stdout);
}

static void show_table(const struct row *rows, size_t count)
{
    printf("\n%-12s %-7s %-12s %12s %12s %12s %8s %8s %8s %14s %14s\n", "", "", "ledger", "round trips", "median us",
           "bare us", "x bare", "p10", "p90", "processor us", "bare");
    for (const struct row *row = rows; row < rows + count; row++)
        printf("%-12s %-7s %-12s %12zu %12.1f %12.1f %8.2f %8.2f %8.2f %14.1f %14.1f\n", row->driver, row->link,
               row->ledger, row->round_trips, row->wall, row->bare_wall, row->ratio, row->low, row->high,
               row->processor, row->bare_processor);
}

static bool has_end(int lane)
{
    return takes_part(lane) && (lane == BARE || lane >= NONE);
}

static void open_race(struct race *race)
{
    for (int lane = 0; lane < LANES; lane++)
        if (has_end(lane)) /* all before the library has threads */
            start_end(&race->runners[lane].end, race->subject, race->link == LINK_SERIAL);
    race->fd = connect_end(race->runners[BARE].end.address);
    run_steps(race->fd, race->script.steps, race->script.first);
    for (int lane = NONE; lane < LANES; lane++)
        if (has_end(lane)) {
            struct runner *runner = &race->runners[lane];
            if (race->link == LINK_SERIAL)
                name_terminal(&runner->port, runner->end.address);
            open_library(&runner->host, race->subject, race->link, runner->end.address, lane);
        }
}

static void close_race(struct race *race)
{
    close(race->fd);
    for (int lane = 0; lane < LANES; lane++) {
        struct runner *runner = &race->runners[lane];
        if (lane >= NONE && has_end(lane)) {
            bench_host_close(&runner->host);
            NEED(race->link != LINK_SERIAL || (unlink(runner->port.link) == 0 && rmdir(runner->port.folder) == 0));
        }
        if (has_end(lane))
            lock_side_stop(runner->end.process);
    }
}

/* Returns how many rows were filled. */
static size_t compare(const struct subject *subject, enum link link, struct row *rows)
{
    static struct race race;
    size_t count = 0;
    (void)alarm(PATIENCE); /* an operation of another course than the recorded one would be waited for in vain */
    memset(&race, 0, sizeof race);
    race.subject = subject;
    race.link = link;
    make_script(&race.script, subject, link);
    open_race(&race);
    take_turns(&race);
    for (int lane = NONE; lane < LANES; lane++)
        if (takes_part(lane))
            rows[count++] = measure(&race, lane);
    count = 0;
    for (int lane = NONE; lane < LANES; lane++)
        if (takes_part(lane))
            show(&rows[count++], &race, lane);
    close_race(&race);
    return count;
}

static void open_stores(void)
{
    char where[400];
    NEED(mkdtemp(folder));
    snprintf(where, sizeof where, "%s/bare.db", folder);
    bare_store_open(&stores[BARE_SQLITE], where);
    if (server)
        bare_store_open(&stores[BARE_POSTGRESQL], ledger_uri(BARE_POSTGRESQL, where));
}

static int close_stores(void)
{
    char command[160];
    for (size_t i = 0; i < NONE; i++)
        bare_store_close(&stores[i]);
    snprintf(command, sizeof command, "rm -rf -- %s", folder);
    return system(command) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    static struct row rows[sizeof subjects / sizeof *subjects * LINKS * (LANES - NONE)];
    size_t count = 0;
    tape = mmap(NULL, sizeof *tape, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    NEED(tape != MAP_FAILED);
    server = getenv("KEYCARD_POSTGRESQL");
    bench_pin();
    open_stores();
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        for (int link = 0; link < LINKS; link++)
            if (kc_has_driver(subjects[i].driver) && (argc < 2 || strcmp(argv[1], subjects[i].driver) == 0) &&
                (argc < 3 || strcmp(argv[2], link_names[link]) == 0))
                count += compare(&subjects[i], (enum link)link, rows + count);
    show_table(rows, count);
    return close_stores();
}
