/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every fault of the simulator strikes originals, duplicates and mobile keys. Never two effects; "written" only if the
 * lock system did it, "not written" only if it did not; the ledger says the same; and the system works again. */
#include <stdio.h>
#include <string.h>

#include "suite.h"

enum victim { ORIGINAL, DUPLICATE, MOBILE, VICTIM_COUNT };

static const char *const victim_names[] = {"an original", "a duplicate", "a mobile key"};

/* A hasty driver on a slow computer may give up on what has no fault, too; then it is tried again. */
enum { HASTY_TRIES = 20, BYTES_AT_MOST = 4000 };

static bool is_offered(const struct hotel *hotel, enum victim victim)
{
    static const int32_t capabilities[] = {KC_CAPABILITY_ORIGINAL, KC_CAPABILITY_DUPLICATE, KC_CAPABILITY_MOBILE};
    return hotel_has(hotel, capabilities[victim]);
}

static size_t request_of(enum victim victim)
{
    return victim == DUPLICATE ? 2 : 1;
}

/* Opens with the fault for the request of the victim. Returns false if what must come before it did not come about. */
static bool prepare(struct hotel *hotel, enum victim victim, const struct fault_case *fault, bool file)
{
    struct opening opening = {.file = file, .hasty = fault->hasty};
    snprintf(opening.fault, sizeof(opening.fault), "%s@%zu", fault->text, request_of(victim));
    hotel_again(hotel, &opening);
    return victim != DUPLICATE || kc_op_get_status(hotel_original(hotel, "4711", 0)) == KC_OK;
}

static kc_op *strike(struct hotel *hotel, enum victim victim)
{
    if (victim == ORIGINAL)
        return hotel_original(hotel, "4711", 0);
    if (victim == DUPLICATE)
        return hotel_duplicate(hotel, "4711");
    return hotel_run(hotel, kc_send_mobile, hotel_mobile_request(hotel, "4711", hotel_room(hotel, 0)));
}

static void expect_ledger_agrees(struct hotel *hotel, kc_op *op)
{
    const char *id = kc_op_get_id(op);
    int32_t outcome = kc_op_get_outcome(op), state = hotel_key_state(hotel, id);
    EXPECT(hotel_outcome(hotel, id) == outcome, "ended %s, the ledger says %s", kc_outcome_name(outcome),
           kc_outcome_name(hotel_outcome(hotel, id)));
    EXPECT(hotel_is_listed(hotel, KC_FILTER_UNRESOLVED, id) == (outcome == KC_OUTCOME_UNKNOWN),
           "the list of the unresolved and the outcome %s disagree", kc_outcome_name(outcome));
    EXPECT(state == (outcome == KC_OUTCOME_WRITTEN   ? KC_KEY_ACTIVE
                     : outcome == KC_OUTCOME_UNKNOWN ? KC_KEY_UNRESOLVED
                                                     : KC_KEY_NOT_MADE),
           "the key is %s after %s", kc_key_state_name(state), kc_outcome_name(outcome));
}

static void expect_truth(struct hotel *hotel, kc_op *op, size_t effects, unsigned outcomes)
{
    int32_t outcome = kc_op_get_outcome(op), status = kc_op_get_status(op);
    const char *text = kc_error_get_message(kc_op_get_error(op));
    EXPECT(effects <= 1, "%zu effects of one request", effects);
    EXPECT(outcome != KC_OUTCOME_WRITTEN || effects == 1, "\"written\", but the lock system did nothing");
    EXPECT(outcome != KC_OUTCOME_NOT_WRITTEN || effects == 0, "\"not written\", but it was: %s", text);
    EXPECT((outcome == KC_OUTCOME_WRITTEN) == (status == KC_OK), "%s, %s", kc_outcome_name(outcome),
           kc_status_name(status));
    EXPECT(outcomes >> outcome & 1, "the outcome %s: %s", kc_outcome_name(outcome), text);
    if (status != KC_OK)
        expect_error_says(op);
    expect_ledger_agrees(hotel, op);
}

static void expect_works_again(struct hotel *hotel, bool hasty)
{
    kc_op *op = NULL;
    size_t effects = hotel_effects(hotel);
    for (int attempt = 0; attempt < (hasty ? HASTY_TRIES : 1); attempt++) {
        char booking[24];
        snprintf(booking, sizeof(booking), "after-%d", attempt);
        effects = hotel_effects(hotel);
        op = hotel_original(hotel, booking, 1);
        if (kc_op_get_status(op) == KC_OK)
            break;
    }
    expect_made(hotel, op);
    EXPECT(hotel_effects(hotel) == effects + 1, "%zu effects of the next original", hotel_effects(hotel) - effects);
    EXPECT(hotel_keys_for(hotel, 1) == 1, "%zu keys open the other room", hotel_keys_for(hotel, 1));
}

/* Returns the outcome. */
static int32_t try_fault(struct hotel *hotel, enum victim victim, const struct fault_case *fault, bool file)
{
    int tries = fault->hasty ? HASTY_TRIES : 1;
    while (!prepare(hotel, victim, fault, file))
        EXPECT(--tries > 0, "the original that it needs was not made");
    size_t before = hotel_effects(hotel);
    kc_op *op = strike(hotel, victim);
    size_t effects = hotel_effects(hotel) - before;
    int32_t outcome = kc_op_get_outcome(op);
    /* on a slow computer a hasty driver may give up before anything left */
    expect_truth(hotel, op, effects, fault->outcomes | (fault->hasty ? NOT_WRITTEN : 0));
    expect_works_again(hotel, fault->hasty);
    return outcome;
}

static void check_fault(struct hotel *hotel, const void *data, size_t victim)
{
    if (!is_offered(hotel, (enum victim)victim))
        skip();
    try_fault(hotel, (enum victim)victim, data, hotel->opening.file);
}

/* The connection breaks after each byte that the lock system sends, until all of them came through. */
static void check_each_byte(struct hotel *hotel, const void *data, size_t victim)
{
    (void)data;
    int32_t outcome = KC_OUTCOME_UNKNOWN;
    char text[24];
    struct fault_case fault = {text, UNKNOWN | WRITTEN, false};
    if (!is_offered(hotel, (enum victim)victim))
        skip();
    int at = 1;
    for (; outcome != KC_OUTCOME_WRITTEN; at++) {
        EXPECT(at < BYTES_AT_MOST, "no answer is as long as that");
        snprintf(text, sizeof(text), "drop-at:%d", at);
        outcome = try_fault(hotel, (enum victim)victim, &fault, hotel->opening.file);
    }
    EXPECT(at > 8, "an answer of %d bytes", at);
}

static bool breaks_at_bytes(const struct conform_driver *driver)
{
    for (const struct fault_case *fault = driver->faults; fault->text; fault++)
        if (strncmp(fault->text, "drop-at:", strlen("drop-at:")) == 0)
            return true;
    return false;
}

static void plan_faults(struct plan *plan, bool file)
{
    for (size_t victim = 0; victim < VICTIM_COUNT; victim++) {
        for (const struct fault_case *fault = plan->driver->faults; fault->text; fault++)
            plan_add(plan, &(struct rule){.check = check_fault, .data = fault, .index = victim, .opening.file = file},
                     "%s struck by %s", victim_names[victim], fault->text);
        if (breaks_at_bytes(plan->driver))
            plan_add(plan, &(struct rule){.check = check_each_byte, .index = victim, .opening.file = file},
                     "%s cut off after each byte of the answer", victim_names[victim]);
    }
}

void plan_faults_memory(struct plan *plan)
{
    plan_faults(plan, false);
}

void plan_faults_sqlite(struct plan *plan)
{
    plan_faults(plan, true);
}
