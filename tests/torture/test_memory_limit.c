/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process reaches its limit of memory while thousands of operations are queued: whoever asks for one more is told,
 * each that was taken ends once, the ledger says the same of it, and as soon as there is memory all goes on.
 *
 *     test_memory_limit LEDGER      LEDGER: sqlite or memory
 *
 * Unlike test_memory_exhausted.c the limit is that of the system (RLIMIT_AS), for all libraries and threads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "rig.h"

#define ENCODERS 40
#define OPS_MOST 200000
#define MORE     ((rlim_t)8 * 1024 * 1024) /* bytes that may still be taken */

static kc_op *ops[OPS_MOST];
static struct rlimit usual;

static void allow(rlim_t bytes)
{
    const struct rlimit limit = {.rlim_cur = bytes, .rlim_max = usual.rlim_max};
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0, "no limit");
}

static rlim_t bytes_now(void)
{
    char line[200];
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    CHECK(file && fgets(line, sizeof(line), file), "no /proc");
    fclose(file);
    pages = strtoul(line, NULL, 10);
    return (rlim_t)pages * 4096;
}

static void open_rig(struct rig *rig, const char *ledger)
{
    char uri[ENCODERS * 8 + 40], path[RIG_PATH_SIZE], place[RIG_PATH_SIZE + 10] = "memory:";
    size_t length = (size_t)snprintf(uri, sizeof(uri), "virtual:?encoders=E0");
    for (int i = 1; i < ENCODERS; i++)
        length += (size_t)snprintf(uri + length, sizeof(uri) - length, ";E%d", i);
    if (strcmp(ledger, "sqlite") == 0) {
        char name[40];
        static int files;
        snprintf(name, sizeof(name), "memory-limit-%d.db", files++);
        rig_path(path, name);
        snprintf(place, sizeof(place), "sqlite:%s", path);
    }
    rig_open(rig, place, uri, NULL);
}

/* A stay that no other has. KC_OK, or why there was none. */
static int32_t start(struct rig *rig, size_t number, kc_op **op)
{
    char text[24], encoder[16];
    kc_request *request = NULL;
    int32_t status = kc_request_new(rig->site, &request);
    snprintf(text, sizeof(text), "%zu", number);
    snprintf(encoder, sizeof(encoder), "E%zu", number % ENCODERS);
    if (status == KC_OK)
        status = kc_request_set_booking(request, text);
    if (status == KC_OK)
        status = kc_request_add_room(request, text);
    if (status == KC_OK)
        status = kc_request_set_guest(request, "Dupont, Anne");
    if (status == KC_OK)
        status = kc_request_set_station(request, encoder);
    if (status == KC_OK)
        status = kc_request_set_encoder(request, encoder);
    if (status == KC_OK)
        status = kc_request_set_validity(request, NULL, "2098-12-31T11:00");
    if (status == KC_OK)
        status = kc_issue_original(request, op);
    kc_request_unref(request);
    return status;
}

/* Until there is no memory for another one. */
static size_t fill(struct rig *rig)
{
    for (size_t count = 0; count < OPS_MOST; count++) {
        const int32_t status = start(rig, count, &ops[count]);
        if (status == KC_OK)
            continue;
        CHECK(status == KC_ERROR_NO_MEMORY, "%s", kc_status_name(status));
        CHECK(!ops[count], "an operation and an error");
        return count;
    }
    return 0;
}

static void finish_all(struct rig *rig, size_t count)
{
    rig->started += count;
    for (int idle = 0; rig->done < rig->started; idle++) {
        const size_t before = rig->done;
        (void)kc_context_wait(rig->context, 100);
        CHECK(kc_context_dispatch(rig->context) == KC_OK, "dispatch");
        rig_drain(rig);
        if (rig->done != before)
            idle = 0;
        CHECK(idle < 6000, "%zu of %zu are done, and nothing moves", rig->done, rig->started);
    }
}

struct tally {
    size_t written, refused, unknown;
};

/* What the ledger says. An outcome that could not be recorded for want of memory is recorded when there is some. -1:
 * nothing. */
static int32_t recorded_outcome(struct rig *rig, const char *id)
{
    for (int i = 0;; i++) {
        kc_op *found = NULL;
        CHECK(i < 1200, "the outcome is not recorded");
        CHECK(kc_find_op(rig->site, id, &found) == KC_OK, "no search");
        CHECK(kc_op_wait(found, RIG_WAIT_MS) == KC_OK, "the search hangs");
        for (kc_event *event; (event = kc_context_next_event(rig->context)); kc_event_unref(event)) {
        }
        const int32_t status = kc_op_get_status(found), outcome = kc_op_get_outcome(found);
        kc_op_unref(found);
        if (status != KC_ERROR_IN_PROGRESS)
            return status == KC_ERROR_NOT_FOUND ? -1 : outcome;
        for (int k = 0; k < 2; k++) { /* the first wait may end at once, with what was told before */
            (void)kc_context_wait(rig->context, 100);
            CHECK(kc_context_dispatch(rig->context) == KC_OK, "dispatch");
        }
    }
}

static void compare(struct rig *rig, kc_op *op, struct tally *tally)
{
    const int32_t outcome = kc_op_get_outcome(op), recorded = recorded_outcome(rig, kc_op_get_id(op));
    CHECK(recorded == outcome || (recorded == -1 && outcome == KC_OUTCOME_NOT_WRITTEN), "ended %s, the ledger says %d",
          kc_outcome_name(outcome), (int)recorded);
    tally->written += outcome == KC_OUTCOME_WRITTEN;
    tally->refused += outcome == KC_OUTCOME_NOT_WRITTEN;
    tally->unknown += outcome == KC_OUTCOME_UNKNOWN;
    if (outcome == KC_OUTCOME_NOT_WRITTEN)
        CHECK(kc_op_get_status(op) == KC_ERROR_NO_MEMORY, "%s: %s", kc_status_name(kc_op_get_status(op)),
              kc_error_get_message(kc_op_get_error(op)));
    kc_op_unref(op);
}

/* `slack`: bytes that come free when the work begins. Returns how many were written. */
static size_t run(const char *ledger, rlim_t slack)
{
    struct tally tally = {0};
    struct rig rig;
    kc_op *op = NULL;
    open_rig(&rig, ledger);
    CHECK(start(&rig, OPS_MOST, &op) == KC_OK, "the first");
    rig_finish(&rig, op); /* what is made once is made */
    kc_op_unref(op);
    const rlim_t limit = bytes_now() + MORE;
    allow(limit);
    const size_t taken = fill(&rig);
    CHECK(taken >= 1000, "%zu operations", taken);
    rig_case("%zu operations, %llu bytes", taken, (unsigned long long)slack);
    allow(limit + slack);
    finish_all(&rig, taken);
    allow(usual.rlim_cur);
    for (size_t i = 0; i < taken; i++)
        compare(&rig, ops[i], &tally);
    printf("%llu bytes, %zu taken: %zu written, %zu refused, %zu unknown\n", (unsigned long long)slack, taken,
           tally.written, tally.refused, tally.unknown);
    memset(ops, 0, sizeof(ops));
    CHECK(tally.unknown == 0, "what was sent got its answer");
    CHECK(start(&rig, OPS_MOST + 1, &op) == KC_OK, "the next");
    rig_finish(&rig, op);
    CHECK(kc_op_get_outcome(op) == KC_OUTCOME_WRITTEN, "%s", kc_error_get_message(kc_op_get_error(op)));
    kc_op_unref(op);
    rig_close(&rig);
    return tally.written;
}

int main(int count, char **values)
{
    static const rlim_t slacks[] = {0, 128 * 1024, 1024 * 1024, 64 * 1024 * 1024};
    size_t written = 0;
    CHECK(count == 2, "which ledger?");
    CHECK(getrlimit(RLIMIT_AS, &usual) == 0, "no limits here");
    for (size_t i = 0; i < sizeof(slacks) / sizeof(slacks[0]); i++)
        written = run(values[1], slacks[i]);
    CHECK(written > 1000, "with enough memory they are written");
    return 0;
}
