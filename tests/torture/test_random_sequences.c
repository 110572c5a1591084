/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random sequences of calls against `virtual:`, whose script makes things go wrong. After each step:
 * - every operation has ended with one DONE;
 * - the lock system did one thing for each operation that was written, none for one that was not, at most one for one
 *   whose outcome is unknown; an answer to a repeated idempotency key did nothing;
 * - a duplicate went to the station's last used encoder and voided no card;
 * - nothing was tried again while its outcome was unknown;
 * - ledger and operations agree.
 *
 *     test_random_sequences LEDGER STEPS [SEED]     LEDGER: memory, sqlite or postgresql (tests/postgresql.py) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"
#include "system.h"
#include "virtual.h"

enum { BATCH_MOST = 5, RECENT = 40, BOOKINGS = 6, STATIONS = 3, NAME_SIZE = 40 };

static const char *const faults[] = {"busy",       "offline", "silent", "silent-after", "drop",
                                     "drop-after", "no-card", "card",   "vendor:XY",    "error:room-unavailable",
                                     "late:3",     "late:60"};

struct step_op {
    kc_op *op;
    bool shares;              /* the same handle as an earlier one of this step */
    char expected[NAME_SIZE]; /* of a duplicate alone: the encoder that it must go to */
};

struct world {
    struct rig rig;
    uint64_t seed;
    char ledger[RIG_PATH_SIZE + 200];
    kc_op *recent[RECENT];                  /* ended ones, to be retried, resolved ... */
    char last_encoder[STATIONS][NAME_SIZE]; /* "": not known to the model, "-": none */
    unsigned idempotency;
    kc_request *keyed; /* the last request with an idempotency key, and what it was for */
    unsigned keyed_verb;
    size_t counts[16], written, unknown, replays, refused, runs;
};

static struct driver_link *link_of(struct world *world)
{
    return &world->rig.system->link;
}

static unsigned below(struct world *world, unsigned limit)
{
    return (unsigned)rig_below(&world->seed, limit);
}

/* Each fault strikes some of the requests. */
static void write_script(struct world *world, char *script, size_t size)
{
    const unsigned count = sizeof(faults) / sizeof(faults[0]);
    size_t used = 0;
    script[0] = '\0';
    for (unsigned request = 5; request < 400 && used < size; request += 1 + below(world, 9))
        used += (size_t)snprintf(script + used, size - used, "%s%s@%u", used ? "," : "", faults[below(world, count)],
                                 request);
    CHECK(used < size, "the script is too long");
}

static void open_world(struct world *world)
{
    char script[4000];
    write_script(world, script, sizeof(script));
    const char *const options[] = {"hand",
                                   below(world, 2) ? "0" : "1",
                                   "script",
                                   script,
                                   "answer-timeout",
                                   "25",
                                   "encoders",
                                   "E0;E1;E2",
                                   "back-off",
                                   "0",
                                   NULL};
    rig_open(&world->rig, world->ledger, "virtual:", options);
    static const char *const values[] = {"warn", "confirm", "warn", "refuse"};
    kc_site_set_policy(world->rig.site, "second-original", values[below(world, 4)]);
    for (unsigned i = 0; i < STATIONS; i++)
        snprintf(world->last_encoder[i], NAME_SIZE, "%s", world->runs || world->ledger[0] == 's' ? "" : "-");
    world->runs++;
}

static void close_world(struct world *world)
{
    for (size_t i = 0; i < RECENT; i++)
        world->recent[i] = kc_op_unref(world->recent[i]);
    world->keyed = kc_request_unref(world->keyed);
    rig_close(&world->rig);
}

/* ---- One call --------------------------------------------------------------------------------------------------- */

static kc_request *random_request(struct world *world)
{
    char text[NAME_SIZE];
    kc_request *request = NULL;
    unsigned booking = below(world, BOOKINGS);
    CHECK(kc_request_new(world->rig.site, &request) == KC_OK, "no request");
    snprintf(text, sizeof(text), "b%u", booking);
    if (below(world, 12))
        kc_request_set_booking(request, text);
    snprintf(text, sizeof(text), "%u", 100 + (below(world, 8) ? booking : below(world, BOOKINGS)));
    if (below(world, 10))
        kc_request_add_room(request, text);
    snprintf(text, sizeof(text), "s%u", below(world, STATIONS));
    if (below(world, 20))
        kc_request_set_station(request, text);
    snprintf(text, sizeof(text), "E%u", below(world, 4)); /* there is no E3 */
    if (below(world, 5))
        kc_request_set_encoder(request, text);
    if (below(world, 6))
        CHECK(kc_request_set_validity(request, NULL, below(world, 30) ? "2059-12-31" : "2001-01-01") == KC_OK, "end");
    if (!below(world, 8))
        kc_request_set_phone(request, "+359881234567");
    if (!below(world, 6))
        kc_request_set_copies(request, 1 + (int32_t)below(world, 3));
    if (!below(world, 3)) {
        world->idempotency += below(world, 2);
        snprintf(text, sizeof(text), "i%u", world->idempotency);
        kc_request_set_idempotency_key(request, text);
        kc_request_unref(world->keyed);
        world->keyed = kc_request_ref(request);
    }
    return request;
}

static kc_op *any_recent(struct world *world)
{
    return world->recent[below(world, RECENT)];
}

/* An operation of any kind, or NULL if there is nothing to do it with. */
static kc_op *random_call(struct world *world)
{
    static int32_t (*const verbs[])(kc_request *, kc_op **) = {
        kc_issue_original, kc_issue_original, kc_issue_duplicate, kc_issue_duplicate, kc_reissue,
        kc_issue_one_shot, kc_send_mobile,    kc_read_card,       kc_check_out,       kc_modify_stay};
    const unsigned verb_count = sizeof(verbs) / sizeof(verbs[0]);
    char text[NAME_SIZE];
    kc_op *op = NULL, *recent = any_recent(world);
    unsigned choice = below(world, verb_count + 7);
    int32_t status = KC_OK;
    if (world->keyed && !below(world, 4)) { /* the same again, with the same key */
        CHECK(verbs[world->keyed_verb](world->keyed, &op) == KC_OK, "the same again");
        return op;
    }
    kc_request *request = random_request(world);
    if (request == world->keyed)
        world->keyed_verb = choice %= verb_count;
    snprintf(text, sizeof(text), "b%u", below(world, BOOKINGS));
    if (choice < verb_count)
        status = verbs[choice](request, &op);
    else if (choice == verb_count && recent)
        status = kc_cancel_key(request, kc_op_get_id(recent), &op);
    else if (choice <= verb_count + 2 && recent)
        status = kc_op_retry(recent, &op);
    else if (choice <= verb_count + 4 && recent)
        status = kc_op_resolve(recent, 1 + (int32_t)below(world, 3), "clerk", &op);
    else if (choice == verb_count + 5)
        status = kc_site_discover(world->rig.site, &op);
    else if (choice == verb_count + 6 && !below(world, 4))
        status = kc_forget_guest(world->rig.site, text, &op);
    CHECK(status == KC_OK, "a call gave %s", kc_status_name(status));
    kc_request_unref(request);
    return op;
}

/* ---- One step: some calls at the same time, until all have ended ------------------------------------------------- */

static bool acts(int32_t verb)
{
    return verb >= KC_VERB_ISSUE_ORIGINAL && verb <= KC_VERB_CANCEL_KEY && verb != KC_VERB_READ_CARD;
}

/* Goes on until the operation has ended; answers what is asked, cancels now and then. */
static void run_to_end(struct world *world, kc_op *op)
{
    struct rig *rig = &world->rig;
    while (kc_op_get_state(op) != KC_STATE_DONE) {
        size_t prompts = rig->prompts;
        int32_t status = kc_op_wait(op, (int32_t)below(world, 8));
        CHECK(status == KC_OK || status == KC_ERROR_TIMED_OUT, "waiting gave %s", kc_status_name(status));
        rig_drain(rig);
        if (kc_op_answer(op, (int32_t)(below(world, 4) > 0)) == KC_OK)
            CHECK(rig->prompts > 0, "an answer before the question");
        if (rig->prompts > prompts && !below(world, 10))
            CHECK(kc_op_cancel(op) == KC_OK, "cancel");
    }
}

struct tally {
    size_t written, unknown; /* of operations that act */
};

static void tally_op(struct world *world, kc_op *op, struct tally *tally)
{
    int32_t verb = kc_op_get_verb(op), outcome = kc_op_get_outcome(op);
    world->replays += kc_op_is_replay(op) != 0;
    if (!acts(verb) || kc_op_is_replay(op))
        return;
    world->counts[verb]++;
    tally->written += outcome == KC_OUTCOME_WRITTEN;
    tally->unknown += outcome == KC_OUTCOME_UNKNOWN;
    world->refused += outcome == KC_OUTCOME_NOT_WRITTEN;
    CHECK((outcome == KC_OUTCOME_WRITTEN) == (kc_op_get_status(op) == KC_OK), "%s ended %s with %s", kc_verb_name(verb),
          kc_outcome_name(outcome), kc_status_name(kc_op_get_status(op)));
}

/* The ledger knows whatever may have taken effect, with the same outcome. */
static void compare_with_ledger(struct world *world, const kc_op *op)
{
    int32_t outcome = kc_op_get_outcome(op), recorded = rig_ledger_outcome(&world->rig, kc_op_get_id(op));
    CHECK(recorded == outcome || (recorded == -1 && outcome == KC_OUTCOME_NOT_WRITTEN),
          "%s%s ended %s, the ledger says %d", kc_verb_name(kc_op_get_verb(op)),
          kc_op_is_replay(op) ? " (of before)" : "", kc_outcome_name(outcome), (int)recorded);
}

static void remember(struct world *world, kc_op *op)
{
    unsigned place = below(world, RECENT);
    kc_op_unref(world->recent[place]);
    world->recent[place] = kc_op_ref(op);
}

/* A duplicate that was alone: no card that opened before may stop opening. */
static size_t open_cards(struct world *world, unsigned char *opens)
{
    size_t count = virtual_card_count(link_of(world)), from = count > 500 ? count - 500 : 0;
    memset(opens, 0, 500);
    for (size_t card = from; card < count; card++)
        for (unsigned room = 0; room < BOOKINGS; room++) {
            char name[NAME_SIZE];
            snprintf(name, sizeof(name), "%u", 100 + room);
            opens[card % 500] |= (unsigned char)(virtual_card_opens(link_of(world), card, name) << room);
        }
    return count;
}

static void check_duplicate(struct world *world, const kc_op *op, const char *last, const unsigned char *before,
                            size_t cards_before)
{
    unsigned char after[500];
    if (kc_op_get_outcome(op) == KC_OUTCOME_NOT_WRITTEN)
        return;
    size_t cards = open_cards(world, after);
    for (size_t card = cards > 500 ? cards - 500 : 0; card < cards_before; card++)
        CHECK((before[card % 500] & ~after[card % 500]) == 0, "card %zu does not open any more", card);
    CHECK(!*last || strcmp(last, kc_op_get_encoder_name(op)) == 0, "a duplicate on %s instead of %s",
          kc_op_get_encoder_name(op), last);
}

/* Which encoder each station used last, as far as one operation alone shows it. */
static void learn_encoder(struct world *world, const kc_op *op)
{
    unsigned station;
    bool card = kc_op_get_verb(op) <= KC_VERB_ISSUE_ONE_SHOT;
    if (sscanf(kc_op_get_station(op), "s%u", &station) != 1 || station >= STATIONS || kc_op_is_replay(op))
        return;
    if (card && kc_op_get_outcome(op) == KC_OUTCOME_WRITTEN)
        snprintf(world->last_encoder[station], NAME_SIZE, "%s", kc_op_get_encoder_name(op));
    else if (kc_op_get_outcome(op) != KC_OUTCOME_WRITTEN || kc_op_get_verb(op) > KC_VERB_ISSUE_ONE_SHOT)
        world->last_encoder[station][0] = '\0'; /* it depends on whether the encoder took part */
}

static size_t start_batch(struct world *world, struct step_op *batch, size_t wanted)
{
    size_t count = 0;
    for (size_t i = 0; i < wanted; i++) {
        struct step_op one = {.op = random_call(world)};
        if (!one.op)
            continue;
        for (size_t k = 0; k < count; k++)
            one.shares = one.shares || batch[k].op == one.op;
        world->rig.started += !one.shares;
        if (!below(world, 15))
            CHECK(kc_op_cancel(one.op) == KC_OK, "cancel");
        batch[count++] = one;
    }
    return count;
}

static void end_batch(struct world *world, struct step_op *batch, size_t count, struct tally *tally)
{
    for (size_t i = 0; i < count; i++) {
        kc_op *op = batch[i].op;
        run_to_end(world, op);
        kc_op *follow_up = batch[i].shares ? NULL : kc_op_get_follow_up(op);
        if (follow_up) {
            world->rig.started++;
            run_to_end(world, follow_up);
            tally_op(world, follow_up, tally);
        }
        if (!batch[i].shares)
            tally_op(world, op, tally);
    }
    rig_drain(&world->rig);
    CHECK(world->rig.started == world->rig.done, "%zu operations, %zu DONE", world->rig.started, world->rig.done);
}

static void run_step(struct world *world)
{
    struct step_op batch[BATCH_MOST];
    struct tally tally = {0, 0};
    unsigned char opens[500];
    char last[STATIONS][NAME_SIZE];
    memcpy(last, world->last_encoder, sizeof(last));
    size_t effects = virtual_effect_count(link_of(world)), cards = open_cards(world, opens);
    size_t count = start_batch(world, batch, below(world, 2) ? 1 : 2 + below(world, BATCH_MOST - 1));
    end_batch(world, batch, count, &tally);
    effects = virtual_effect_count(link_of(world)) - effects;
    CHECK(effects >= tally.written && effects <= tally.written + tally.unknown,
          "%zu effects of %zu written and %zu unknown operations", effects, tally.written, tally.unknown);
    for (size_t i = 0; i < count; i++) {
        kc_op *op = batch[i].op;
        unsigned station;
        bool known = sscanf(kc_op_get_station(op), "s%u", &station) == 1 && station < STATIONS;
        bool duplicate = kc_op_get_verb(op) == KC_VERB_ISSUE_DUPLICATE && !kc_op_is_replay(op);
        if (count == 1 && duplicate && known)
            check_duplicate(world, op, last[station], opens, cards);
        /* What was of before may have been settled by another call of this step. */
        if (acts(kc_op_get_verb(op)) && !below(world, 3) && (count == 1 || !kc_op_is_replay(op)))
            compare_with_ledger(world, op);
        if (count == 1)
            learn_encoder(world, op);
        else if (known)
            world->last_encoder[station][0] = '\0';
        if (acts(kc_op_get_verb(op)) || kc_op_get_verb(op) == KC_VERB_READ_CARD)
            remember(world, op);
    }
    for (size_t i = 0; i < count; i++)
        kc_op_unref(batch[i].op);
    world->written += tally.written;
    world->unknown += tally.unknown;
}

/* ---- The whole ledger ------------------------------------------------------------------------------------------- */

static void check_lists(struct world *world)
{
    kc_op *all = rig_list_ops(&world->rig, KC_FILTER_ALL, NULL);
    kc_op *open = rig_list_ops(&world->rig, KC_FILTER_UNRESOLVED, NULL);
    int32_t unknown = 0;
    for (int32_t i = 0; i < kc_op_get_op_count(all); i++) {
        const kc_op *op = kc_op_get_op(all, i);
        bool acted = acts(kc_op_get_verb(op));
        CHECK(kc_op_get_outcome(op) != KC_OUTCOME_PENDING, "operation %s is pending", kc_op_get_id(op));
        unknown += acted && kc_op_get_outcome(op) == KC_OUTCOME_UNKNOWN;
    }
    CHECK(unknown == kc_op_get_op_count(open), "%d unknown, %d unresolved", (int)unknown,
          (int)kc_op_get_op_count(open));
    kc_op_unref(all);
    kc_op_unref(open);
}

int main(int count, char **arguments)
{
    static struct world world;
    char path[RIG_PATH_SIZE];
    if (count < 3) {
        fprintf(stderr, "usage: test_random_sequences memory|sqlite|postgresql STEPS [SEED]\n");
        return 2;
    }
    const bool file = strcmp(arguments[1], "sqlite") == 0;
    const char *server = getenv("KEYCARD_POSTGRESQL");
    const char *seed = count > 3 ? arguments[3] : getenv("KEYCARD_SEED");
    unsigned long steps = strtoul(arguments[2], NULL, 10);
    world.seed = seed ? strtoull(seed, NULL, 10) : 20260615;
    rig_path(path, "ledger");
    snprintf(world.ledger, sizeof(world.ledger), file ? "sqlite:%s" : "memory:", path);
    if (strcmp(arguments[1], "postgresql") == 0) {
        CHECK(server, "no server: tests/postgresql.py");
        snprintf(world.ledger, sizeof(world.ledger), "postgresql:///postgres?%s", server);
    }
    open_world(&world);
    for (unsigned long step = 0; step < steps; step++) {
        rig_case("step %lu, seed %s", step, seed ? seed : "of the test");
        run_step(&world);
        if (step % 50 == 49)
            check_lists(&world);
        if (step % 250 == 249) { /* a restart, now and then */
            close_world(&world);
            open_world(&world);
        }
    }
    check_lists(&world);
    close_world(&world);
    printf("%zu written, %zu unknown, %zu not written, %zu replays\n", world.written, world.unknown, world.refused,
           world.replays);
    for (int32_t verb = KC_VERB_ISSUE_ORIGINAL; verb <= KC_VERB_CANCEL_KEY; verb++)
        CHECK(verb == KC_VERB_READ_CARD || steps < 500 || world.counts[verb] > 0, "%s was never tried",
              kc_verb_name(verb));
    CHECK(steps < 500 || (world.written > 50 && world.unknown > 5 && world.replays > 5), "too little happened");
    return 0;
}
