/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a durable ledger costs: one original alone and 256 at once, through the public API with a lock system that
 * answers at once, against two bare commits (one row inserted, then updated) of the same store on the same disk. In
 * turns, in one run. What an operation looks up first is measured by itself, too: the rest are its two durable steps.
 * And what a key takes on the disk. This process and all its threads share one core, so that nothing waits for an idle
 * one to wake up; a server is free to use the others.
 *
 *     ledger [ROUNDS]
 *
 * PostgreSQL is measured if KEYCARD_POSTGRESQL names a server: tests/postgresql.py --durable */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bare_store.h"
#include "lock_side.h"

enum { AT_ONCE = 256, ALONE = 20, WARM_UP = 60, SETTLE_S = 5, ROUNDS_MOST = 200, URI_SIZE = 400 };

struct contest {
    const char *store;
    char folder[64], uri[URI_SIZE], bare_uri[URI_SIZE];
    struct bare_store bare;
    kc_context *context;
    kc_site *site;
    kc_system *system;
    uint32_t stays;
    double bare_ns[ROUNDS_MOST * ALONE], alone_ns[ROUNDS_MOST * ALONE], together_ns[ROUNDS_MOST];
    double ratios[ROUNDS_MOST], gains[ROUNDS_MOST], processor_ns[ROUNDS_MOST], looked_up_ns[ROUNDS_MOST * ALONE];
    double durable_ratios[ROUNDS_MOST];
    kc_request *repeated;
};

#ifdef KEYCARD_POSTGRESQL
/* Bytes of all tables and indexes. */
static double pg_bytes(const struct contest *contest)
{
    PGresult *result = PQexec(contest->bare.connection,
                              "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND "
                              "relnamespace = 'keycard'::regnamespace");
    NEED(PQresultStatus(result) == PGRES_TUPLES_OK);
    const double bytes = atof(PQgetvalue(result, 0, 0));
    PQclear(result);
    return bytes;
}
#endif

/* ---- The library ------------------------------------------------------------------------------------------------ */

static kc_request *new_stay(struct contest *contest, uint32_t encoder)
{
    kc_request *request = NULL;
    char text[40];
    const uint32_t stay = contest->stays++;
    NEED(kc_request_new(contest->site, &request) == KC_OK);
    snprintf(text, sizeof(text), "B%u", stay);
    NEED(kc_request_set_booking(request, text) == KC_OK);
    snprintf(text, sizeof(text), "%u", stay);
    NEED(kc_request_add_room(request, text) == KC_OK);
    snprintf(text, sizeof(text), "E%u", encoder);
    NEED(kc_request_set_encoder(request, text) == KC_OK);
    snprintf(text, sizeof(text), "desk-%u", encoder);
    NEED(kc_request_set_station(request, text) == KC_OK);
    NEED(kc_request_set_guest(request, "Guest Number One") == KC_OK);
    NEED(kc_request_set_validity(request, NULL, "2059-12-31T11:00") == KC_OK);
    return request;
}

static double issue(struct contest *contest, uint32_t count)
{
    kc_request *requests[AT_ONCE];
    kc_op *ops[AT_ONCE];
    for (uint32_t i = 0; i < count; i++)
        requests[i] = new_stay(contest, i);
    const int64_t start = bench_now_ns();
    for (uint32_t i = 0; i < count; i++)
        NEED(kc_issue_original(requests[i], &ops[i]) == KC_OK);
    for (uint32_t i = 0; i < count; i++)
        NEED(kc_op_wait(ops[i], 600000) == KC_OK);
    const double taken = (double)(bench_now_ns() - start);
    for (uint32_t i = 0; i < count; i++) {
        if (kc_op_get_outcome(ops[i]) != KC_OUTCOME_WRITTEN)
            fprintf(stderr, "%s\n", kc_error_get_message(kc_op_get_error(ops[i])));
        NEED(kc_op_get_outcome(ops[i]) == KC_OUTCOME_WRITTEN);
        kc_op_unref(ops[i]);
        kc_request_unref(requests[i]);
    }
    for (kc_event *event; (event = kc_context_next_event(contest->context));)
        kc_event_unref(event);
    return taken;
}

static void open_library(struct contest *contest)
{
    NEED(kc_context_new(&contest->context) == KC_OK);
    NEED(kc_context_set_ledger(contest->context, contest->uri) == KC_OK);
    NEED(kc_site_new(contest->context, "Hotel", &contest->site) == KC_OK);
    NEED(kc_system_new(contest->site, "locks", "virtual:", &contest->system) == KC_OK);
    char encoders[AT_ONCE * 6] = "";
    for (uint32_t i = 0; i < AT_ONCE; i++)
        snprintf(encoders + strlen(encoders), sizeof(encoders) - strlen(encoders), "%sE%u", i ? ";" : "", i);
    NEED(kc_system_set_option(contest->system, "encoders", encoders) == KC_OK);
}

static void close_library(struct contest *contest)
{
    kc_system_unref(contest->system);
    kc_site_unref(contest->site);
    kc_context_unref(contest->context);
}

/* ---- The contest ------------------------------------------------------------------------------------------------ */

/* What the ledger takes on the disk now. */
static double bytes_of(const struct contest *contest)
{
#ifdef KEYCARD_POSTGRESQL
    if (contest->bare.connection)
        return pg_bytes(contest);
#endif
    sqlite3 *database = NULL;
    sqlite3_stmt *pages = NULL;
    NEED(sqlite3_open(strchr(contest->uri, ':') + 1, &database) == SQLITE_OK);
    NEED(sqlite3_prepare_v2(database, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", -1,
                            &pages, NULL) == SQLITE_OK &&
         sqlite3_step(pages) == SQLITE_ROW);
    const double bytes = sqlite3_column_double(pages, 0);
    sqlite3_finalize(pages);
    sqlite3_close(database);
    return bytes;
}

/* An original that was made before, by its idempotency key: what an operation looks up in the ledger, and nothing that
 * is durable. */
static double look_up(struct contest *contest, int32_t is_replay)
{
    kc_op *op = NULL;
    const int64_t start = bench_now_ns();
    NEED(kc_issue_original(contest->repeated, &op) == KC_OK && kc_op_wait(op, 600000) == KC_OK);
    const double taken = (double)(bench_now_ns() - start);
    NEED(kc_op_get_outcome(op) == KC_OUTCOME_WRITTEN && kc_op_is_replay(op) == is_replay);
    kc_op_unref(op);
    for (kc_event *event; (event = kc_context_next_event(contest->context));)
        kc_event_unref(event);
    return taken;
}

/* Of this process, all its threads. */
static double processor_ns(void)
{
    struct rusage usage;
    NEED(getrusage(RUSAGE_SELF, &usage) == 0);
    return ((double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec) * 1e9 +
           ((double)usage.ru_utime.tv_usec + (double)usage.ru_stime.tv_usec) * 1e3;
}

static void run_round(struct contest *contest, size_t round)
{
    double bare = 0, alone = 0, looked_up = 0;
    for (size_t i = round * ALONE; i < (round + 1) * ALONE; i++) {
        const int64_t start = bench_now_ns();
        bare_store_insert(&contest->bare);
        bare_store_update(&contest->bare);
        contest->bare_ns[i] = (double)(bench_now_ns() - start);
        contest->alone_ns[i] = issue(contest, 1);
        contest->looked_up_ns[i] = look_up(contest, 1);
        bare += contest->bare_ns[i];
        alone += contest->alone_ns[i];
        looked_up += contest->looked_up_ns[i];
    }
    const double before = processor_ns();
    contest->together_ns[round] = issue(contest, AT_ONCE);
    contest->processor_ns[round] = (processor_ns() - before) / AT_ONCE;
    contest->ratios[round] = alone / bare;
    contest->durable_ratios[round] = (alone - looked_up) / bare;
    contest->gains[round] = alone / ALONE / (contest->together_ns[round] / AT_ONCE);
}

static void run(struct contest *contest, size_t rounds)
{
    open_library(contest);
    for (uint32_t i = 0; i < WARM_UP; i++) /* statements are prepared, pages are read, the log was emptied once */
        issue(contest, AT_ONCE);
    sleep(SETTLE_S); /* the library looks twice at files whose folder was changed a moment ago */
    issue(contest, AT_ONCE);
    contest->repeated = new_stay(contest, 0);
    NEED(kc_request_set_idempotency_key(contest->repeated, "the same") == KC_OK);
    look_up(contest, 0);
    const double before = bytes_of(contest);
    const uint32_t stays = contest->stays;
    for (size_t i = 0; i < rounds; i++)
        run_round(contest, i);
    const double grown = (bytes_of(contest) - before) / (contest->stays - stays);
    kc_request_unref(contest->repeated);
    close_library(contest);
    const double bare = bench_percentile(contest->bare_ns, rounds * ALONE, 50);
    const double alone = bench_percentile(contest->alone_ns, rounds * ALONE, 50);
    const double together = bench_percentile(contest->together_ns, rounds, 50) / AT_ONCE;
    printf("{\"benchmark\":\"ledger\",\"store\":\"%s\",\"rounds\":%zu,\"two_bare_commits_us\":%.1f,\"alone_us\":%.1f,"
           "\"at_once\":%d,\"each_of_them_us\":%.1f,\"each_processor_us\":%.1f,\"alone_by_bare\":%.2f,\"at_once_by_"
           "alone\":%.1f,\"looked_up_us\":%.1f,\"round_durable_ratio_median\":%.2f,\"round_durable_ratio_p10\":%.2f,"
           "\"round_durable_ratio_p90\":%.2f,\"round_ratio_median\":%.2f,\"round_gain_median\":%.1f,"
           "\"round_gain_p10\":%.1f,\"round_gain_p90\":%.1f,\"round_gain_best\":%.1f,\"bytes_per_key\":%.0f}\n",
           contest->store, rounds, bare / 1000, alone / 1000, (int)AT_ONCE, together / 1000,
           bench_percentile(contest->processor_ns, rounds, 50) / 1000, alone / bare, alone / together,
           bench_percentile(contest->looked_up_ns, rounds * ALONE, 50) / 1000,
           bench_percentile(contest->durable_ratios, rounds, 50), bench_percentile(contest->durable_ratios, rounds, 10),
           bench_percentile(contest->durable_ratios, rounds, 90), bench_percentile(contest->ratios, rounds, 50),
           bench_percentile(contest->gains, rounds, 50), bench_percentile(contest->gains, rounds, 10),
           bench_percentile(contest->gains, rounds, 90), bench_percentile(contest->gains, rounds, 100), grown);
    fflush(stdout);
}

static void compete_sqlite(struct contest *contest, size_t rounds)
{
    char command[100];
    *contest = (struct contest){.store = "sqlite"};
    snprintf(contest->folder, sizeof(contest->folder), "ledger-bench-XXXXXX"); /* on the disk of the build */
    NEED(mkdtemp(contest->folder));
    snprintf(contest->uri, sizeof(contest->uri), "sqlite:%s/keys.db", contest->folder);
    snprintf(contest->bare_uri, sizeof(contest->bare_uri), "%s/bare.db", contest->folder);
    bare_store_open(&contest->bare, contest->bare_uri);
    run(contest, rounds);
    bare_store_close(&contest->bare);
    snprintf(command, sizeof(command), "rm -r %s", contest->folder);
    NEED(system(command) == 0);
}

#ifdef KEYCARD_POSTGRESQL
static void compete_pg(struct contest *contest, size_t rounds, const char *server)
{
    *contest = (struct contest){.store = "postgresql"};
    snprintf(contest->uri, sizeof(contest->uri), "postgresql:///postgres?%s", server);
    snprintf(contest->bare_uri, sizeof(contest->bare_uri), "%s", contest->uri);
    bare_store_open(&contest->bare, contest->bare_uri);
    run(contest, rounds);
    bare_store_close(&contest->bare);
}
#endif

int main(int count, char **arguments)
{
    const size_t rounds = count > 1 ? (size_t)atoi(arguments[1]) : 15;
    struct contest *contest = malloc(sizeof(*contest));
    NEED(contest && rounds >= 1 && rounds <= ROUNDS_MOST);
    bench_pin();
    compete_sqlite(contest, rounds);
#ifdef KEYCARD_POSTGRESQL
    const char *server = getenv("KEYCARD_POSTGRESQL");
    if (server)
        compete_pg(contest, rounds, server);
#endif
    free(contest);
    return 0;
}
