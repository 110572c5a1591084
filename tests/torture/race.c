/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stations on many machines that want the same thing at the same moment: as many processes with one ledger. In each
 * round all start at once, and exactly one of them may win; the others get a conflict that says what it is.
 *
 *     race LEDGER [PROCESSES [ROUNDS]]
 *
 * A held round: the encoder of the winner waits for a card until all others have lost, and is cancelled then. A quick
 * round: the winner makes its key at once, and whoever looks later finds it made. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

#define PROCESSES_MOST 32

enum prize { BOOKING, ROOM, ENCODER, IDEMPOTENCY_KEY, PRIZES };
static const char *const prizes[PRIZES] = {"booking", "room", "encoder", "idempotency key"};

struct shared {
    pthread_barrier_t barrier;
    atomic_uint won, lost;
};

struct contest {
    struct shared *shared;
    unsigned processes, rounds, index;
    struct rig rig;
    unsigned seen[64]; /* -status of those that lost */
};

static kc_request *new_request(struct contest *contest, unsigned round, enum prize prize)
{
    kc_request *request = NULL;
    char text[64];
    /* Only the prize is the same for all. */
    const unsigned other = (round + 1) * 1000 + contest->index;
    CHECK(kc_request_new(contest->rig.site, &request) == KC_OK, "no request");
    const bool same_stay = prize == BOOKING || prize == IDEMPOTENCY_KEY;
    snprintf(text, sizeof(text), "b-%u", same_stay ? round : other);
    kc_request_set_booking(request, text);
    snprintf(text, sizeof(text), "%u", prize == ROOM || prize == IDEMPOTENCY_KEY ? round : other);
    kc_request_add_room(request, text);
    snprintf(text, sizeof(text), "E%u", prize == ENCODER || prize == IDEMPOTENCY_KEY ? 0 : contest->index);
    kc_request_set_encoder(request, text);
    snprintf(text, sizeof(text), "desk-%u", prize == IDEMPOTENCY_KEY ? 0 : contest->index);
    kc_request_set_station(request, text);
    if (prize == IDEMPOTENCY_KEY) {
        snprintf(text, sizeof(text), "key-%u", round);
        CHECK(kc_request_set_idempotency_key(request, text) == KC_OK, "idempotency key");
    }
    CHECK(kc_request_set_validity(request, NULL, "2059-12-31T11:00") == KC_OK, "validity");
    return request;
}

/* What may be said to one who lost. */
static bool is_conflict(enum prize prize, bool held, int32_t status)
{
    switch (prize) {
    case IDEMPOTENCY_KEY:
        return status == KC_ERROR_IN_PROGRESS;
    case ENCODER:
        return status == KC_ERROR_ENCODER_BUSY;
    default: /* who came later found the first one's key */
        return status == KC_ERROR_ROOM_BUSY || (!held && status == KC_ERROR_POLICY);
    }
}

/* Waits until the card is asked for (true) or the operation has ended. */
static bool reaches_encoder(struct contest *contest, kc_op *op)
{
    const size_t before = contest->rig.prompts;
    for (;;) {
        rig_drain(&contest->rig);
        if (kc_op_get_state(op) == KC_STATE_DONE)
            return false;
        if (contest->rig.prompts > before)
            return true;
        CHECK(kc_context_wait(contest->rig.context, RIG_WAIT_MS) == 1, "hangs");
        CHECK(kc_context_dispatch(contest->rig.context) == KC_OK, "dispatch");
    }
}

static void take_part(struct contest *contest, unsigned round, enum prize prize, bool held)
{
    kc_request *request = new_request(contest, round, prize);
    kc_op *op = NULL;
    CHECK(kc_issue_original(request, &op) == KC_OK, "no operation");
    contest->rig.started++;
    if (held && reaches_encoder(contest, op)) {
        CHECK(atomic_fetch_add(&contest->shared->won, 1) == 0, "two have won");
        while (atomic_load(&contest->shared->lost) + 1 < contest->processes)
            usleep(1000);
        kc_op_cancel(op);
    }
    CHECK(kc_op_wait(op, RIG_WAIT_MS) == KC_OK, "hangs");
    rig_drain(&contest->rig);
    const int32_t status = kc_op_get_status(op);
    if (held && status == KC_ERROR_CANCELLED) {
        CHECK(kc_op_get_outcome(op) == KC_OUTCOME_NOT_WRITTEN, "cancelled, but not unwritten");
    } else if (!held && status == KC_OK && !kc_op_is_replay(op)) {
        CHECK(atomic_fetch_add(&contest->shared->won, 1) == 0, "two have won");
    } else {
        CHECK(is_conflict(prize, held, status) || (!held && status == KC_OK && kc_op_is_replay(op)), "%s: %s",
              kc_status_name(status), kc_error_get_message(kc_op_get_error(op)));
        contest->seen[-status % 64]++;
        atomic_fetch_add(&contest->shared->lost, 1);
    }
    kc_op_unref(op);
    kc_request_unref(request);
}

static void check_round(struct contest *contest, unsigned round, enum prize prize, bool held)
{
    char text[64];
    CHECK(atomic_load(&contest->shared->won) == 1, "%u have won", atomic_load(&contest->shared->won));
    CHECK(atomic_load(&contest->shared->lost) + 1 == contest->processes, "some are missing");
    atomic_store(&contest->shared->won, 0);
    atomic_store(&contest->shared->lost, 0);
    if (prize == ENCODER)
        return;
    snprintf(text, sizeof(text), prize == ROOM ? "%u" : "b-%u", round);
    kc_op *keys = rig_list_keys(&contest->rig, prize == ROOM ? KC_FILTER_ROOM : KC_FILTER_BOOKING, text);
    int32_t recorded = 0;
    for (int32_t i = 0; i < kc_op_get_key_count(keys); i++) {
        const int32_t state = kc_key_get_state(kc_op_get_key(keys, i));
        CHECK(state == (held ? KC_KEY_NOT_MADE : KC_KEY_ACTIVE), "a key is %s", kc_key_state_name(state));
        recorded++;
    }
    CHECK(recorded == 1, "%d keys are recorded", (int)recorded);
    kc_op_unref(keys);
}

static void run_rounds(struct contest *contest, bool held, const char *ledger)
{
    char encoders[200] = "";
    for (unsigned i = 0; i < contest->processes; i++)
        snprintf(encoders + strlen(encoders), sizeof(encoders) - strlen(encoders), "%sE%u", i ? ";" : "", i);
    const char *const options[] = {"encoders", encoders, "hand", held ? "3600000" : "0", NULL};
    rig_open(&contest->rig, ledger, "virtual:", options);
    CHECK(kc_site_set_policy(contest->rig.site, "second-original", "refuse") == KC_OK, "policy");
    for (unsigned i = 0; i < contest->rounds * PRIZES; i++) {
        const enum prize prize = (enum prize)(i % PRIZES);
        const unsigned round = i + (held ? 0 : contest->rounds * PRIZES);
        if (!held && prize == ENCODER)
            continue; /* one after the other may use it */
        rig_case("%s, round %u, process %u", prizes[prize], round, contest->index);
        pthread_barrier_wait(&contest->shared->barrier);
        take_part(contest, round, prize, held);
        pthread_barrier_wait(&contest->shared->barrier);
        if (contest->index == 0)
            check_round(contest, round, prize, held);
        pthread_barrier_wait(&contest->shared->barrier);
    }
    rig_close(&contest->rig);
}

static int be_station(struct contest *contest, const char *ledger)
{
    run_rounds(contest, true, ledger);
    run_rounds(contest, false, ledger);
    printf("station %u:", contest->index);
    for (int32_t i = 0; i < 64; i++)
        if (contest->seen[i])
            printf(" %s %u", kc_status_name(-i), contest->seen[i]);
    printf("\n");
    return 0;
}

int main(int count, char **arguments)
{
    if (count < 2) {
        fprintf(stderr, "usage: race LEDGER [PROCESSES [ROUNDS]]\n");
        return 2;
    }
    struct contest contest = {.processes = count > 2 ? (unsigned)atoi(arguments[2]) : 8,
                              .rounds = count > 3 ? (unsigned)atoi(arguments[3]) : 5};
    char uri[RIG_PATH_SIZE + 20];
    char path[RIG_PATH_SIZE];
    pid_t children[PROCESSES_MOST];
    const char *server = getenv("KEYCARD_POSTGRESQL");
    pthread_barrierattr_t attributes;
    int failed = 0;
    CHECK(contest.processes >= 2 && contest.processes <= PROCESSES_MOST, "processes");
    if (strcmp(arguments[1], "sqlite") == 0) {
        rig_path(path, "ledger");
        snprintf(uri, sizeof(uri), "sqlite:%s", path);
    } else {
        CHECK(server, "KEYCARD_POSTGRESQL is not set");
        snprintf(uri, sizeof(uri), "postgresql:///postgres?%s", server);
    }
    contest.shared = mmap(NULL, sizeof(*contest.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(contest.shared != MAP_FAILED, "no shared memory");
    pthread_barrierattr_init(&attributes);
    pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&contest.shared->barrier, &attributes, contest.processes);
    for (unsigned i = 0; i < contest.processes; i++) {
        contest.index = i;
        children[i] = fork();
        CHECK(children[i] >= 0, "fork");
        if (children[i] == 0)
            exit(be_station(&contest, uri));
    }
    for (unsigned i = 0; i < contest.processes; i++) {
        int status = 0;
        wait(&status);
        if (status != 0 && !failed) { /* the others would wait for it */
            failed = 1;
            for (unsigned k = 0; k < contest.processes; k++)
                kill(children[k], SIGKILL);
        }
    }
    return failed;
}
