/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One station watches what another one, a process of its own, writes into the ledger of both: each change once and in
 * the order of the journal, its own left out, whatever becomes of the connection between.
 *
 *     feed LEDGER [KEYS]
 *
 * The other one works in rounds. In even rounds this one makes keys at the same time; before the odd ones a PostgreSQL
 * server cuts its connection. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rig.h"

#ifdef KEYCARD_POSTGRESQL
#include <libpq-fe.h>
#endif

enum { ROUNDS = 10, OWN = 3, AT_ONCE = 20, ID_SIZE = 37, KEYS_MOST = 20000, URI_SIZE = 400 };

struct seen {
    char id[ID_SIZE];
    int events;
};

struct watch {
    struct rig rig;
    struct seen *seen; /* in the order of their first event */
    size_t count, events, anew;
    int64_t last_entry;
};

static void read_all(int fd, void *bytes, size_t count)
{
    for (size_t done = 0; done < count;) {
        const ssize_t got = read(fd, (char *)bytes + done, count - done);
        CHECK(got > 0, "the other station is gone");
        done += (size_t)got;
    }
}

static void write_all(int fd, const void *bytes, size_t count)
{
    CHECK(write(fd, bytes, count) == (ssize_t)count, "the pipe is full");
}

/* ---- The other station ------------------------------------------------------------------------------------------ */

static kc_op *start_key(kc_site *site, const char *who, unsigned number)
{
    kc_request *request = NULL;
    kc_op *op = NULL;
    char text[64];
    CHECK(kc_request_new(site, &request) == KC_OK, "no request");
    snprintf(text, sizeof(text), "%s-%u", who, number);
    kc_request_set_booking(request, text);
    kc_request_add_room(request, text);
    kc_request_set_station(request, who);
    snprintf(text, sizeof(text), "%s%u", who, number % AT_ONCE);
    kc_request_set_encoder(request, text);
    CHECK(kc_request_set_validity(request, NULL, "2059-12-31T11:00") == KC_OK, "validity");
    CHECK(kc_issue_original(request, &op) == KC_OK, "no operation");
    kc_request_unref(request);
    return op;
}

static void finish_key(struct rig *rig, kc_op *op)
{
    rig->started++;
    CHECK(kc_op_wait(op, RIG_WAIT_MS) == KC_OK, "hangs");
    CHECK(kc_op_get_outcome(op) == KC_OUTCOME_WRITTEN, "%s", kc_error_get_message(kc_op_get_error(op)));
}

static void open_rig(struct rig *rig, const char *ledger, const char *who)
{
    char encoders[400] = "";
    for (unsigned i = 0; i < AT_ONCE; i++)
        snprintf(encoders + strlen(encoders), sizeof(encoders) - strlen(encoders), "%s%s%u", i ? ";" : "", who, i);
    const char *const options[] = {"encoders", encoders, NULL};
    rig_open(rig, ledger, "virtual:", options);
}

static int make_keys(const char *ledger, unsigned each, int orders, int ids)
{
    struct rig rig;
    kc_site *elsewhere = NULL;
    kc_system *system = NULL;
    kc_op *ops[AT_ONCE];
    char order;
    open_rig(&rig, ledger, "maker");
    CHECK(kc_site_new(rig.context, "Elsewhere", &elsewhere) == KC_OK, "no site");
    CHECK(kc_system_new(elsewhere, "Locks", "virtual:?encoders=maker1", &system) == KC_OK, "no system");
    for (unsigned round = 0, made = 0; round <= ROUNDS; round++) {
        read_all(orders, &order, 1);
        kc_op *op = start_key(elsewhere, "maker", 1 + round * AT_ONCE);
        finish_key(&rig, op);
        kc_op_unref(op);
        for (unsigned i = 0; i < each; i += AT_ONCE) {
            const unsigned count = each - i < AT_ONCE ? each - i : AT_ONCE;
            for (unsigned k = 0; k < count; k++)
                ops[k] = start_key(rig.site, "maker", made++);
            for (unsigned k = 0; k < count; k++) {
                finish_key(&rig, ops[k]);
                write_all(ids, kc_op_get_id(ops[k]), ID_SIZE);
                kc_op_unref(ops[k]);
            }
        }
    }
    kc_system_unref(system);
    kc_site_unref(elsewhere);
    rig_close(&rig);
    return 0;
}

/* ---- The one that watches --------------------------------------------------------------------------------------- */

static struct seen *find_seen(struct watch *watch, const char *id)
{
    for (size_t i = watch->count; i > 0; i--)
        if (strcmp(watch->seen[i - 1].id, id) == 0)
            return &watch->seen[i - 1];
    return NULL;
}

static void take_change(struct watch *watch, const kc_event *event)
{
    kc_op *op = kc_event_get_op(event);
    if (!op) {
        watch->anew++;
        return;
    }
    struct seen *seen = find_seen(watch, kc_op_get_id(op));
    CHECK(kc_event_get_entry(event) > watch->last_entry, "entry %lld after %lld", (long long)kc_event_get_entry(event),
          (long long)watch->last_entry);
    CHECK(strcmp(kc_op_get_station(op), "maker") == 0, "of station %s", kc_op_get_station(op));
    CHECK(kc_op_get_key(op, 0), "no key");
    watch->last_entry = kc_event_get_entry(event);
    watch->events++;
    if (!seen) {
        CHECK(watch->count < KEYS_MOST, "too many");
        seen = &watch->seen[watch->count++];
        snprintf(seen->id, sizeof(seen->id), "%s", kc_op_get_id(op));
    }
    seen->events++;
    if (seen->events == 2)
        CHECK(kc_op_get_outcome(op) == KC_OUTCOME_WRITTEN, "outcome %d", (int)kc_op_get_outcome(op));
}

static void take_events(struct watch *watch)
{
    for (kc_event *event; (event = kc_context_next_event(watch->rig.context)); kc_event_unref(event)) {
        watch->rig.done += kc_event_get_type(event) == KC_EVENT_DONE;
        if (kc_event_get_type(event) == KC_EVENT_LEDGER)
            take_change(watch, event);
    }
}

static void wait_for_events(struct watch *watch, size_t events)
{
    const time_t until = time(NULL) + RIG_WAIT_MS / 1000;
    while (take_events(watch), watch->events < events) {
        CHECK(time(NULL) < until, "%zu of %zu changes were told", watch->events, events);
        kc_context_wait(watch->rig.context, 1000);
        CHECK(kc_context_dispatch(watch->rig.context) == KC_OK, "dispatch");
    }
}

static void make_own(struct watch *watch)
{
    static unsigned number;
    for (int i = 0; i < OWN; i++) {
        kc_op *op = start_key(watch->rig.site, "own", number++);
        finish_key(&watch->rig, op);
        kc_op_unref(op);
        take_events(watch);
    }
}

static void cut_connection(const char *server)
{
#ifdef KEYCARD_POSTGRESQL
    char uri[URI_SIZE];
    snprintf(uri, sizeof(uri), "postgresql:///postgres?%s", server);
    PGconn *connection = PQconnectdb(uri);
    PGresult *result = PQexec(connection, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                          "WHERE application_name = 'watcher'");
    CHECK(PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1, "nothing was cut: %s",
          PQerrorMessage(connection));
    PQclear(result);
    PQfinish(connection);
#else
    (void)server;
#endif
}

/* Everything that the other one made, in its order, twice each: the intent and the outcome. */
static void check_seen(struct watch *watch, unsigned keys, int ids)
{
    char id[ID_SIZE];
    CHECK(watch->anew == 0, "%zu times it was to be listed anew", watch->anew);
    CHECK(watch->count == keys && watch->events == 2 * (size_t)keys, "%zu operations, %zu changes for %u keys",
          watch->count, watch->events, keys);
    for (unsigned i = 0; i < keys; i++) {
        read_all(ids, id, sizeof(id));
        CHECK(find_seen(watch, id) && find_seen(watch, id)->events == 2, "operation %s was told %d times", id,
              find_seen(watch, id) ? find_seen(watch, id)->events : 0);
    }
}

static void watch_rounds(struct watch *watch, unsigned each, const char *server, int orders, int ids)
{
    CHECK(kc_context_watch_ledger(watch->rig.context, 20) == KC_OK, "%s",
          kc_error_get_message(kc_context_get_error(watch->rig.context)));
    make_own(watch); /* what was asked of the ledger after the call was answered: the feed is on */
    for (unsigned round = 0; round < ROUNDS; round++) {
        rig_case("round %u", round);
        if (round % 2 == 1 && server)
            cut_connection(server);
        write_all(orders, "g", 1);
        if (round % 2 == 0)
            make_own(watch);
        wait_for_events(watch, (size_t)(round + 1) * each * 2);
    }
    rig_case("when it is off");
    CHECK(kc_context_watch_ledger(watch->rig.context, -1) == KC_OK, "off");
    make_own(watch);
    check_seen(watch, ROUNDS * each, ids);
}

/* What came while the feed was off is not told when it is on again. */
static void watch_again(struct watch *watch, unsigned each, int orders, int ids, pid_t maker)
{
    char id[ID_SIZE];
    int status = 0;
    write_all(orders, "g", 1);
    for (unsigned i = 0; i < each; i++)
        read_all(ids, id, sizeof(id));
    CHECK(waitpid(maker, &status, 0) == maker && status == 0, "the other station failed");
    CHECK(kc_context_watch_ledger(watch->rig.context, 20) == KC_OK, "on again");
    make_own(watch);
    CHECK(watch->events == 2 * (size_t)(ROUNDS * each), "%zu changes", watch->events);
}

static void find_ledger(const char *kind, char uri[URI_SIZE], char watcher[URI_SIZE], const char *server)
{
    char path[RIG_PATH_SIZE];
    if (strcmp(kind, "sqlite") == 0) {
        rig_path(path, "ledger");
        snprintf(uri, URI_SIZE, "sqlite:%s", path);
        snprintf(watcher, URI_SIZE, "%s", uri);
    } else {
        CHECK(server, "KEYCARD_POSTGRESQL is not set");
        snprintf(uri, URI_SIZE, "postgresql:///postgres?%s", server);
        snprintf(watcher, URI_SIZE, "postgresql:///postgres?%s&application_name=watcher", server);
    }
}

int main(int count, char **arguments)
{
    if (count < 2) {
        fprintf(stderr, "usage: feed sqlite|postgresql [KEYS]\n");
        return 2;
    }
    const unsigned each = (count > 2 ? (unsigned)atoi(arguments[2]) : 1000) / ROUNDS;
    const char *server = strcmp(arguments[1], "sqlite") == 0 ? NULL : getenv("KEYCARD_POSTGRESQL");
    char uri[URI_SIZE], watcher[URI_SIZE];
    int orders[2], ids[2];
    struct watch watch = {.seen = calloc(KEYS_MOST, sizeof(*watch.seen))};
    CHECK(watch.seen && pipe(orders) == 0 && pipe(ids) == 0, "no pipes");
    find_ledger(arguments[1], uri, watcher, server);
    const pid_t maker = fork();
    CHECK(maker >= 0, "fork");
    if (maker == 0)
        _exit(make_keys(uri, each, orders[0], ids[1]));
    close(orders[0]);
    close(ids[1]);
    open_rig(&watch.rig, watcher, "own");
    watch_rounds(&watch, each, server, orders[1], ids[0]);
    watch_again(&watch, each, orders[1], ids[0], maker);
    printf("%zu changes of %zu operations\n", watch.events, watch.count);
    rig_close(&watch.rig);
    free(watch.seen);
    return 0;
}
