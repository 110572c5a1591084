/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A ledger with as many keys as wanted, and single lookups in it: large_ledger.py runs this and counts.
 *
 *     bench_large_ledger fill LEDGER KEYS             writes them as the library does, through the table of the store
 *     bench_large_ledger copy LEDGER TO               as "keycard ledger copy" does, with a look whether the copy fits
 *     bench_large_ledger look LEDGER KEYS WHAT TIMES  looks something up so many times, each time another value;
 *                                                     prints the pages that it touched and read
 *
 * LEDGER is a URI with the scheme sqlite or postgresql, WHAT one of booking, room, idempotency, station, unresolved.
 *
 * A stay has an original and a duplicate; the next guest's original makes both void. So each key is written three times
 * (intent, outcome, void), with an entry in the journal each time. There are as many keys in one room as the time went
 * on, but a lookup finds the same number of records in a ledger of any size: 2 of a booking, the newest 20 of a room,
 * one with an idempotency key, the 10 that are unresolved. In SQLite the filling is not durable; nothing else differs
 * from what the library does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store.h"
#include "store/copy.h"
#include "store/sqlite.h"

#define SITES         5
#define ROOMS         100 /* of each site */
#define STATIONS      8   /* of each site */
#define UNRESOLVED    10
#define FIRST_MS      INT64_C(1577836800000) /* 2020 */
#define SECOND_MS     INT64_C(1000)
#define APART_MS      (20 * SECOND_MS) /* between two stays of the chain */
#define FOUND_IN_ROOM 20
/* So that each room has as many. */
#define KEYS_AT_LEAST (SITES * ROOMS * FOUND_IN_ROOM)
/* In one transaction: what goes into the indexes of a large ledger goes all over them, page by page. */
#define BATCH_STAYS 10000
/* In PostgreSQL, whose server cannot use the place of an old row again before the transaction is over: a ledger that is
 * worked with has short ones. */
#define FEW_STAYS 1

/* Ends the program with what the store says if it failed. */
static void need(int32_t status, const struct kc_error *error)
{
    if (status == KC_OK)
        return;
    fprintf(stderr, "large_ledger: %s\n", error->message);
    exit(1);
}

static uint64_t mixed(uint64_t value)
{
    value += 0x9E3779B97F4A7C15u;
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
    value = (value ^ value >> 27) * 0x94D049BB133111EBu;
    return value ^ value >> 31;
}

/* ---- What stands in it ------------------------------------------------------------------------------------------ */

/* The texts of one stay, which follow from its number. */
struct stay {
    uint64_t number;
    char site[32], booking[32], room[16], station[16], encoder[16], operator_name[16], guest[48];
    const char *rooms[1];
};

static void describe(struct stay *stay, uint64_t number)
{
    const unsigned room = (unsigned)(number % (SITES * ROOMS));
    stay->number = number;
    snprintf(stay->site, sizeof(stay->site), "Hotel %u", room % SITES);
    snprintf(stay->room, sizeof(stay->room), "%u", 101 + room / SITES);
    snprintf(stay->booking, sizeof(stay->booking), "%llu", 10000000 + (unsigned long long)number);
    const unsigned desk = (unsigned)(mixed(number) % STATIONS);
    snprintf(stay->station, sizeof(stay->station), "desk-%u", desk);
    snprintf(stay->encoder, sizeof(stay->encoder), "Encoder %u", desk);
    snprintf(stay->operator_name, sizeof(stay->operator_name), "clerk-%u", (unsigned)(mixed(~number) % 20));
    snprintf(stay->guest, sizeof(stay->guest), "Surname%05u, Given%03u", (unsigned)(mixed(number + 1) % 100000),
             (unsigned)(mixed(number + 2) % 1000));
    stay->rooms[0] = stay->room;
}

/* As a PMS makes it: a random UUID. */
static void idempotency_key(char text[40], uint64_t stay, unsigned which)
{
    const uint64_t high = mixed(stay * 2 + which);
    const uint64_t low = mixed(~high);
    snprintf(text, 40, "%08x-%04x-4%03x-8%03x-%012llx", (unsigned)(high >> 32), (unsigned)(high >> 16 & 0xFFFF),
             (unsigned)(high & 0xFFF), (unsigned)(low >> 52), (unsigned long long)(low & 0xFFFFFFFFFFFF));
}

static struct uuid key_id(uint64_t stay, unsigned which, int64_t created_ms)
{
    uint8_t random[10];
    const uint64_t bits[2] = {mixed(stay * 2 + which + 7), mixed(stay)};
    memcpy(random, bits, sizeof(random));
    return uuid_make(created_ms, random);
}

static int64_t created_of(uint64_t stay, unsigned which)
{
    return FIRST_MS + (int64_t)stay * APART_MS + (int64_t)which * 5 * SECOND_MS;
}

/* ---- Filling ---------------------------------------------------------------------------------------------------- */

static struct record key_of(const struct stay *stay, unsigned which, const char *idempotency)
{
    const int64_t created_ms = created_of(stay->number, which);
    const int64_t day = created_ms / SECOND_MS / 86400 * 86400;
    return (struct record){
        .id = key_id(stay->number, which, created_ms),
        .instance = mixed((uint64_t)day),
        .verb = which == 0 ? KC_VERB_ISSUE_ORIGINAL : KC_VERB_ISSUE_DUPLICATE,
        .kind = which == 0 ? KC_KIND_ORIGINAL : KC_KIND_DUPLICATE,
        .outcome = KC_OUTCOME_PENDING,
        .key_state = KC_KEY_PENDING,
        .site = stay->site,
        .system = "Locks",
        .encoder = stay->encoder,
        .station = stay->station,
        .operator_name = stay->operator_name,
        .booking = stay->booking,
        .idempotency_key = idempotency,
        .fingerprint = mixed(stay->number + which),
        .created_ms = created_ms,
        .rooms = {stay->rooms, 1},
        .from_utc = day + 15 * 3600,
        .until_utc = day + 3 * 86400 + 11 * 3600,
        .copies = 1,
        .guest = stay->guest,
        .phone = "",
        .email = "",
        .message = "",
        .error_message = "",
        .vendor_code = "",
        .vendor_text = "",
    };
}

/* One key: its intent, its outcome. */
static void make_key(struct store *store, const struct stay *stay, unsigned which, bool unresolved)
{
    char idempotency[40];
    struct kc_error error = {0};
    idempotency_key(idempotency, stay->number, which);
    struct record key = key_of(stay, which, idempotency);
    need(store->table->insert(store, &key, &error), &error);
    key.outcome = unresolved ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_WRITTEN;
    key.status = unresolved ? KC_ERROR_TIMED_OUT : KC_OK;
    key.key_state = unresolved ? KC_KEY_UNRESOLVED : KC_KEY_ACTIVE;
    key.error_message = unresolved ? "The lock system did not answer in time." : "";
    key.finished_ms = key.created_ms + 3 * SECOND_MS;
    need(store->table->finish(store, &key, &error), &error);
}

static void void_stay(struct store *store, uint64_t number)
{
    struct kc_error error = {0};
    for (unsigned which = 0; which < 2; which++) {
        const struct uuid id = key_id(number, which, created_of(number, which));
        need(store->table->set_key_state(store, &id, KC_KEY_VOIDED, false, &error), &error);
    }
}

static bool is_unresolved(uint64_t number, uint64_t stays)
{
    return number % (stays / UNRESOLVED) == stays / UNRESOLVED / 2;
}

static void make_stay(struct store *store, uint64_t number, uint64_t stays)
{
    struct stay stay;
    struct kc_error error = {0};
    describe(&stay, number);
    const struct station_record last = {"Locks", stay.encoder};
    make_key(store, &stay, 0, false);
    if (number >= SITES * ROOMS && !is_unresolved(number - SITES * ROOMS, stays))
        void_stay(store, number - SITES * ROOMS);
    make_key(store, &stay, 1, is_unresolved(number, stays));
    need(store->table->set_station(store, stay.site, stay.station, &last, &error), &error);
}

/* A SQLite ledger is filled without waiting for the disk. */
static void hurry(struct store *store)
{
    if (strcmp(store->table->scheme, "sqlite") != 0)
        return;
    sqlite3 *db = ((struct sqlite_store *)store)->db;
    sqlite3_exec(db, "PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA wal_autocheckpoint = 40000", NULL,
                 NULL, NULL);
}

static void fill(struct store *store, uint64_t keys)
{
    struct kc_error error = {0};
    const uint64_t stays = keys / 2;
    const uint64_t batch = strcmp(store->table->scheme, "sqlite") == 0 ? BATCH_STAYS : FEW_STAYS;
    hurry(store);
    for (uint64_t first = 0; first < stays; first += batch) {
        need(store->table->begin(store, true, &error), &error);
        for (uint64_t number = first; number < stays && number < first + batch; number++)
            make_stay(store, number, stays);
        need(store->table->commit(store, &error), &error);
    }
}

static void copy_into(struct store *from, const char *uri)
{
    struct kc_error error = {0};
    struct store_copy copy = {.uri = uri};
    while (copy.step != COPY_DONE) {
        need(from->table->begin(from, false, &error), &error);
        need(store_copy_run(&copy, from, &error), &error);
        from->table->rollback(from);
    }
    store_copy_end(&copy);
}

/* ---- Looking up ------------------------------------------------------------------------------------------------- */

/* One lookup as lib/ledger.c does it; the number of records that it found. Callgrind counts this function. */
__attribute__((noinline)) size_t look_up(struct store *store, const struct record_query *query, const char *station);
__attribute__((noinline)) size_t look_up(struct store *store, const struct record_query *query, const char *station)
{
    struct kc_error error = {0};
    struct arena arena = {0};
    struct record *records = NULL;
    struct station_record last = {"", ""};
    size_t count = 0;
    need(store->table->begin(store, false, &error), &error);
    if (station)
        need(store->table->get_station(store, query->site, station, &arena, &last, &error), &error);
    else
        need(store->table->find(store, query, &arena, &records, &count, &error), &error);
    need(store->table->commit(store, &error), &error);
    if (station)
        count = last.encoder[0] != '\0';
    arena_free(&arena);
    return count;
}

static const char *const wanted[] = {"booking", "room", "idempotency", "station", "unresolved"};
enum { BOOKING, ROOM, IDEMPOTENCY, STATION, OPEN, WANTED_COUNT };

static size_t look_for(struct store *store, size_t what, uint64_t stay_number)
{
    static const size_t expected[WANTED_COUNT] = {2, FOUND_IN_ROOM, 1, 1, UNRESOLVED};
    struct stay stay;
    char idempotency[40];
    describe(&stay, stay_number);
    idempotency_key(idempotency, stay_number, 1);
    const struct record_query queries[WANTED_COUNT] = {
        [BOOKING] = {.find = RECORD_BY_BOOKING, .site = stay.site, .value = stay.booking, .limit = 500},
        [ROOM] = {.find = RECORD_BY_ROOM, .site = stay.site, .value = stay.room, .limit = FOUND_IN_ROOM},
        [IDEMPOTENCY] = {.find = RECORD_BY_IDEMPOTENCY, .site = stay.site, .value = idempotency, .limit = 1},
        [STATION] = {.site = stay.site},
        [OPEN] = {.find = RECORD_OPEN},
    };
    const size_t count = look_up(store, &queries[what], what == STATION ? stay.station : NULL);
    if (count != expected[what]) {
        fprintf(stderr, "large_ledger: %s of stay %llu: %zu found, not %zu\n", wanted[what],
                (unsigned long long)stay_number, count, expected[what]);
        exit(1);
    }
    return count;
}

static int cache_status(struct store *store, int which)
{
    int now = 0;
    int most = 0;
    sqlite3_db_status(((struct sqlite_store *)store)->db, which, &now, &most, 1);
    return now;
}

/* Values from all over the ledger, the same for every run. Before each lookup the cache of pages is empty, and
 * so is what the store itself remembers. */
static void look(struct store *store, uint64_t keys, size_t what, unsigned times)
{
    const bool in_file = strcmp(store->table->scheme, "sqlite") == 0;
    unsigned long long touched = 0;
    unsigned long long read = 0;
    look_for(store, what, 0); /* prepares the statement */
    for (unsigned i = 0; i < times; i++) {
        if (in_file) {
            sqlite3_db_release_memory(((struct sqlite_store *)store)->db);
            sqlite_taken_back((struct sqlite_store *)store); /* nothing else is remembered, either */
            cache_status(store, SQLITE_DBSTATUS_CACHE_HIT);
            cache_status(store, SQLITE_DBSTATUS_CACHE_MISS);
        }
        look_for(store, what, mixed(i) % (keys / 2));
        if (in_file) {
            const int missed = cache_status(store, SQLITE_DBSTATUS_CACHE_MISS);
            read += (unsigned long long)missed;
            touched += (unsigned long long)(missed + cache_status(store, SQLITE_DBSTATUS_CACHE_HIT));
        }
    }
    printf("%llu %llu\n", touched, read);
}

/* The store of a URI. */
static struct store *open_ledger(char *uri)
{
    struct kc_error error = {0};
    struct store *store = NULL;
    char *path = strchr(uri, ':');
    if (path)
        *path++ = '\0';
    const struct store_table *table = path ? store_find(uri) : NULL;
    if (!table) {
        fprintf(stderr, "large_ledger: no ledger \"%s\"\n", uri);
        exit(2);
    }
    need(table->open(path, &store, &error), &error);
    return store;
}

static int wrong_usage(const char *program)
{
    fprintf(stderr,
            "usage: %s fill LEDGER KEYS | copy LEDGER TO | look LEDGER KEYS WHAT TIMES\n"
            "KEYS: %d or more\n",
            program, KEYS_AT_LEAST);
    return 2;
}

int main(int count, char **arguments)
{
    size_t what = 0;
    const bool fills = count == 4 && strcmp(arguments[1], "fill") == 0;
    const bool copies = count == 4 && strcmp(arguments[1], "copy") == 0;
    const bool looks = count == 6 && strcmp(arguments[1], "look") == 0;
    const uint64_t keys = fills || looks ? strtoull(arguments[3], NULL, 10) : 0;
    while (looks && what < WANTED_COUNT && strcmp(arguments[4], wanted[what]) != 0)
        what++;
    if ((!copies && keys < KEYS_AT_LEAST) || what == WANTED_COUNT)
        return wrong_usage(arguments[0]);
    struct store *store = open_ledger(arguments[2]);
    if (copies)
        copy_into(store, arguments[3]);
    else if (looks)
        look(store, keys, what, (unsigned)strtoul(arguments[5], NULL, 10));
    else
        fill(store, keys);
    store_close(store); /* as a program does that ends */
    return 0;
}
