/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program that is killed: it makes keys as fast as it can until somebody ends it. See kill.py.
 *
 *     load run LEDGER ADDRESS FIRST SEED   works without end, from booking number FIRST upwards; first of all it asks
 *                                          again for what the run before it may have left, with the same keys
 *     load list LEDGER                     prints what the ledger knows, through the public API, and how long its
 *                                          journal is, with the digest; fails if that is not whole
 *     load work LEDGER ADDRESS NUMBER      one original, one duplicate; fails if they do not work
 *
 * Nothing is printed or kept of what `run` does: only the ledger and the lock server's journal know. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"

#define DESKS 4 /* each with its encoder, all at work at the same time */

static const char *const options[] = {
    "mobile",      "on",       "modify-stay", "on", "cancel-key", "on", "requests-in-flight",
    "per-encoder", "back-off", "0",           NULL};

/* What is done for one booking, in this order. */
enum step { ORIGINAL, DUPLICATE, REISSUE, MOBILE, ONE_SHOT, MODIFY, CANCEL, CHECK_OUT, STEP_COUNT };
static const char letters[] = "odrmsycx";

struct desk {
    struct rig *rig;
    unsigned index, number;
    int step;
    char key_id[64]; /* of the re-issued original */
    kc_op *op;
};

static kc_request *new_request(struct rig *rig, unsigned desk, unsigned number, enum step step)
{
    kc_request *request = NULL;
    char text[64];
    CHECK(kc_request_new(rig->site, &request) == KC_OK, "no request");
    snprintf(text, sizeof(text), "b-%u", number);
    kc_request_set_booking(request, text);
    snprintf(text, sizeof(text), "%u", number);
    kc_request_add_room(request, text);
    snprintf(text, sizeof(text), "op-%u-%c", number, letters[step]);
    kc_request_set_operator(request, text);
    CHECK(kc_request_set_idempotency_key(request, text) == KC_OK, "idempotency key");
    snprintf(text, sizeof(text), "E%u", desk);
    kc_request_set_encoder(request, text);
    snprintf(text, sizeof(text), "desk-%u", desk);
    kc_request_set_station(request, text);
    CHECK(kc_request_set_validity(request, NULL, step == MODIFY ? "2059-12-31T12:00" : "2059-12-31T11:00") == KC_OK,
          "validity");
    if (step == MOBILE)
        CHECK(kc_request_set_phone(request, "+359881234567") == KC_OK, "phone");
    return request;
}

static kc_op *start(struct rig *rig, unsigned desk, unsigned number, enum step step, const char *key_id)
{
    static int32_t (*const starts[STEP_COUNT])(kc_request *, kc_op **) = {
        kc_issue_original, kc_issue_duplicate, kc_reissue, kc_send_mobile,
        kc_issue_one_shot, kc_modify_stay,     NULL,       kc_check_out};
    kc_op *op = NULL;
    kc_request *request = new_request(rig, desk, number, step);
    int32_t status = starts[step] ? starts[step](request, &op) : kc_cancel_key(request, key_id, &op);
    CHECK(status == KC_OK, "%s", kc_status_name(status));
    rig->started++;
    kc_request_unref(request);
    return op;
}

/* ---- run -------------------------------------------------------------------------------------------------------- */

static void desk_next(struct desk *desk, unsigned *next_number)
{
    if (desk->op && desk->step == REISSUE)
        snprintf(desk->key_id, sizeof(desk->key_id), "%s", kc_op_get_id(desk->op));
    desk->op = kc_op_unref(desk->op);
    if (++desk->step == STEP_COUNT) {
        desk->step = ORIGINAL;
        desk->number = (*next_number)++;
    }
    desk->op = start(desk->rig, desk->index, desk->number, (enum step)desk->step, desk->key_id);
}

/* What the run before may have had in hand: the newest bookings of the ledger. The keys are the same, so that nothing
 * is done twice, whatever of it was done. Cancellations are left out: the id of their key is not known any more. */
static void ask_again(struct rig *rig, uint64_t *seed)
{
    kc_op *list = rig_list_ops(rig, KC_FILTER_ALL, NULL);
    for (int32_t i = 0; i < kc_op_get_op_count(list) && i < 12; i++) {
        unsigned number;
        char letter;
        const kc_op *known = kc_op_get_op(list, i);
        const char *place;
        bool ours = sscanf(kc_op_get_operator(known), "op-%u-%c", &number, &letter) == 2;
        if (!ours || !(place = strchr(letters, letter)) || place - letters == CANCEL)
            continue;
        unsigned desk = 0;
        CHECK(sscanf(kc_op_get_station(known), "desk-%u", &desk) == 1, "station");
        kc_op *op = start(rig, desk, number, (enum step)(place - letters), "");
        if (rig_below(seed, 4)) { /* sometimes several at the same time */
            CHECK(kc_op_wait(op, RIG_WAIT_MS) == KC_OK, "asking again hangs");
            CHECK(kc_op_is_replay(op), "operation %s was made again: %s", kc_op_get_operator(known),
                  kc_error_get_message(kc_op_get_error(op)));
            CHECK(strcmp(kc_op_get_id(op), kc_op_get_id(known)) == 0, "another operation answers");
        }
        kc_op_unref(op);
    }
    kc_op_unref(list);
}

static void run(struct rig *rig, unsigned first, uint64_t seed)
{
    struct desk desks[DESKS];
    unsigned next_number = first;
    memset(desks, 0, sizeof(desks));
    if (rig_below(&seed, 3))
        ask_again(rig, &seed);
    for (unsigned i = 0; i < DESKS; i++) {
        desks[i] = (struct desk){.rig = rig, .index = i, .number = next_number++, .step = -1};
        desk_next(&desks[i], &next_number);
    }
    for (;;) {
        CHECK(kc_context_wait(rig->context, RIG_WAIT_MS) == 1, "nothing happens any more");
        CHECK(kc_context_dispatch(rig->context) == KC_OK, "dispatch");
        rig_drain(rig);
        for (unsigned i = 0; i < DESKS; i++)
            if (kc_op_get_state(desks[i].op) == KC_STATE_DONE)
                desk_next(&desks[i], &next_number);
    }
}

/* ---- list and work ---------------------------------------------------------------------------------------------- */

static void print_ops(struct rig *rig, const char *list_name, int32_t filter)
{
    kc_op *list = rig_list_ops(rig, filter, NULL);
    for (int32_t i = 0; i < kc_op_get_op_count(list); i++) {
        const kc_op *op = kc_op_get_op(list, i);
        printf("%s\t%s\t%s\t%s\t%s\t%s\n", list_name, kc_op_get_id(op), kc_verb_name(kc_op_get_verb(op)),
               kc_op_get_operator(op), kc_op_get_room(op), kc_outcome_name(kc_op_get_outcome(op)));
    }
    kc_op_unref(list);
}

static void print_keys(struct rig *rig)
{
    kc_op *list = rig_list_keys(rig, KC_FILTER_ALL, NULL);
    for (int32_t i = 0; i < kc_op_get_key_count(list); i++) {
        const kc_key *key = kc_op_get_key(list, i);
        printf("key\t%s\t%s\t%s\t%s\t%s\n", kc_key_get_id(key), kc_kind_name(kc_key_get_kind(key)),
               kc_key_get_operator(key), kc_key_get_room(key, 0), kc_key_state_name(kc_key_get_state(key)));
    }
    kc_op_unref(list);
}

static void print_journal(struct rig *rig)
{
    kc_op *op = NULL;
    CHECK(kc_verify_ledger(rig->site, &op) == KC_OK, "no check");
    rig_finish(rig, op);
    CHECK(kc_op_get_status(op) == KC_OK, "%s", kc_error_get_message(kc_op_get_error(op)));
    printf("journal\t%lld\t%s\n", (long long)kc_op_get_entry_count(op), kc_op_get_ledger_digest(op));
    kc_op_unref(op);
}

/* The lock server may refuse one, or break the connection; then the next booking must do. */
static void work(struct rig *rig, unsigned number)
{
    for (unsigned attempt = 0;; attempt++) {
        int32_t status = KC_OK;
        for (enum step step = ORIGINAL; step <= DUPLICATE && status == KC_OK; step++) {
            kc_op *op = start(rig, 0, number + attempt, step, "");
            CHECK(kc_op_wait(op, RIG_WAIT_MS) == KC_OK, "hangs");
            status = kc_op_get_status(op);
            CHECK(status == KC_OK || attempt < 5, "step %d: %s", (int)step, kc_error_get_message(kc_op_get_error(op)));
            kc_op_unref(op);
        }
        if (status == KC_OK)
            return;
    }
}

int main(int count, char **arguments)
{
    struct rig rig;
    char uri[200];
    if (count < 3) {
        fprintf(stderr, "usage: load run LEDGER ADDRESS FIRST SEED | list LEDGER | work LEDGER ADDRESS NUMBER\n");
        return 2;
    }
    bool list = strcmp(arguments[1], "list") == 0;
    snprintf(uri, sizeof(uri), "salto+tcp://%s", list ? "127.0.0.1:1" : arguments[3]);
    rig_open(&rig, arguments[2], uri, options);
    if (list) {
        print_ops(&rig, "op", KC_FILTER_ALL);
        print_ops(&rig, "unresolved", KC_FILTER_UNRESOLVED);
        print_keys(&rig);
        print_journal(&rig);
    } else if (strcmp(arguments[1], "work") == 0) {
        work(&rig, (unsigned)strtoul(arguments[4], NULL, 10));
    } else {
        run(&rig, (unsigned)strtoul(arguments[4], NULL, 10), strtoull(arguments[5], NULL, 10));
    }
    rig_close(&rig);
    return 0;
}
