/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long guest data are kept: forgetting the guests who departed long ago, asked for by the host or by the policy
 * forget-after, then once a day. */
#include <string.h>

#include "op.h"

#define PAGE      50   /* records that one job looks at */
#define FIRST_MS  1000 /* after the ledger was opened or the policy was set */
#define DAY_MS    INT64_C(86400000)
#define MINUTE_MS 60000
#define DAYS_MOST 36500

/* ---- In the ledger's thread ------------------------------------------------------------------------------------- */

/* When the guest of a record was last known to be here: a key that is active counts until its end. */
static int64_t last_moment(const struct record *record)
{
    int64_t moment = record->created_ms > record->finished_ms ? record->created_ms : record->finished_ms;
    const bool opens = record->key_state == KC_KEY_ACTIVE || record->key_state == KC_KEY_BLOCKED;
    if (opens && record->until_utc < INT64_MAX / 1000 && record->until_utc * 1000 > moment)
        moment = record->until_utc * 1000;
    return moment;
}

static bool is_open(const struct record *record)
{
    return record->outcome == KC_OUTCOME_PENDING || record->outcome == KC_OUTCOME_UNKNOWN;
}

static int32_t has_departed(struct store *store, const struct record *record, int64_t before_ms, bool *departed,
                            struct kc_error *error)
{
    struct arena arena = {0};
    struct record *records = NULL;
    size_t count = 0;
    const struct record_query query = {.find = RECORD_BY_BOOKING, .site = record->site, .value = record->booking};
    const int32_t status = store->table->find(store, &query, &arena, &records, &count, error);
    *departed = status == KC_OK;
    for (size_t i = 0; i < count && *departed; i++)
        *departed = !is_open(&records[i]) && last_moment(&records[i]) < before_ms;
    arena_free(&arena);
    return status;
}

static bool stands_before(const struct record *records, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(records[i].booking, records[index].booking) == 0)
            return true;
    return false;
}

/* One that belongs to no booking is forgotten by itself. */
static int32_t forget_departed(struct store *store, const struct record *records, size_t index,
                               struct retention *retention, struct kc_error *error)
{
    const struct record *record = &records[index];
    bool departed = !is_open(record) && last_moment(record) < retention->before_ms;
    int32_t status = KC_OK;
    if (!departed || (*record->booking && stands_before(records, index)))
        return KC_OK;
    if (*record->booking)
        status = has_departed(store, record, retention->before_ms, &departed, error);
    if (status != KC_OK || !departed)
        return status;
    status = *record->booking ? store->table->forget(store, record->site, record->booking, error)
                              : store->table->forget_record(store, &record->id, error);
    retention->forgotten += status == KC_OK;
    return status;
}

static int32_t run_forget(struct worker_job *job, struct store *store, struct kc_error *error)
{
    struct kc_op *op = op_of_job(job);
    struct arena arena = {0};
    struct record *records = NULL;
    size_t count = 0;
    const struct record_query query = {
        .find = RECORD_WITH_GUEST_DATA, .site = op->site->name, .limit = PAGE, .after = op->retention.after};
    struct retention next = op->retention;
    int32_t status = store->table->find(store, &query, &arena, &records, &count, error);
    for (size_t i = 0; status == KC_OK && i < count; i++)
        status = forget_departed(store, records, i, &next, error);
    next.done = count < PAGE;
    if (count)
        next.after = records[count - 1].id;
    if (status == KC_OK)
        op->retention = next;
    arena_free(&arena);
    return status;
}

/* ---- In the loop's thread --------------------------------------------------------------------------------------- */

static void end(struct kc_op *op, const struct kc_error *error)
{
    if (!op->quiet && error->code) {
        op_refuse(op, error);
        return;
    }
    if (op->quiet && error->code)
        context_log(op->context, KC_LOG_ERROR, "ledger", "Guests could not be forgotten by the policy forget-after: %s",
                    error->message);
    else if (op->quiet && op->retention.forgotten)
        context_log(op->context, KC_LOG_INFO, "ledger",
                    "Forgot the guest data of %lld stays by the policy forget-after.",
                    (long long)op->retention.forgotten);
    op->outcome = KC_OUTCOME_NOT_WRITTEN;
    if (op->quiet)
        op_complete_quietly(op);
    else
        op_complete(op);
}

static void forgotten(struct worker_job *job)
{
    struct kc_op *op = op_of_job(job);
    struct kc_error error = {0};
    if (job->status != KC_OK)
        op_say_why(job, &error);
    else if (!op->retention.done && (atomic_load(&op->cancel_wanted) || op->context->closing))
        error_set(&error, KC_ERROR_CANCELLED, "", "Cancelled.");
    else if (!op->retention.done) {
        op_submit(op, run_forget, forgotten, true); /* others get their turn between */
        return;
    }
    end(op, &error);
}

static void start(struct kc_op *op, int32_t days)
{
    op->retention.before_ms = loop_wall_ms(op->context->loop) - days * DAY_MS;
    op->phase = OP_LOOKUP;
    op_submit(op, run_forget, forgotten, true);
}

int32_t kc_forget_departed(kc_site *site, int32_t days, kc_op **out)
{
    if (!site || !out)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_op *op = op_new(site, KC_VERB_FORGET_DEPARTED, NULL);
    struct kc_error error = {0};
    if (!op)
        return KC_ERROR_NO_MEMORY;
    op_hand_out(op, out);
    if (days < 0 || days > DAYS_MOST)
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "days", "The number of days is from 0 to %d, not %d.", DAYS_MOST,
                  days);
    else
        context_need_ledger(site->context, &error);
    if (error.code)
        op_refuse(op, &error);
    else
        start(op, days);
    return KC_OK;
}

int64_t kc_op_get_forgotten_count(const kc_op *op)
{
    return op && op->state == KC_STATE_DONE ? op->retention.forgotten : 0;
}

/* ---- By policy -------------------------------------------------------------------------------------------------- */

/* What is forgotten does not come back, and a clock that was set by years may be wrong. */
static bool clock_may_be_wrong(const struct kc_site *site)
{
    const int64_t days = (loop_wall_jump(site->context->loop) + MINUTE_MS) / DAY_MS; /* the clocks differ a little */
    if (days < 1)
        return false;
    context_log(
        site->context, KC_LOG_WARNING, "ledger",
        "No guest of \"%s\" is forgotten by the policy forget-after: the clock of this computer was set forward "
        "by %lld days. If it is right now, restart the program; else set it.",
        site->name, (long long)days);
    return true;
}

static void due(struct loop_timer *timer)
{
    struct kc_site *site = (struct kc_site *)(void *)((char *)timer - offsetof(struct kc_site, retention_timer));
    if (!site->forget_after || !site->context->worker || site->context->closing)
        return;
    loop_timer_must(site->context->loop, timer, DAY_MS);
    if (clock_may_be_wrong(site))
        return;
    struct kc_op *op = op_new(site, KC_VERB_FORGET_DEPARTED, NULL);
    if (op) {
        op->quiet = true;
        start(op, site->forget_after);
    }
}

void retention_plan(struct kc_site *site)
{
    site->retention_timer.expired = due;
    if (site->forget_after && site->context->worker)
        loop_timer_must(site->context->loop, &site->retention_timer, FIRST_MS);
    else
        loop_timer_cancel(site->context->loop, &site->retention_timer);
}
