/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations that copy the ledger: into another store, and into a file as a backup. Both go on in many jobs of the
 * ledger's thread, so that others get their turn between. */
#include <string.h>

#include "op.h"

/* What of `op` is not over when a job was done: true if there is more to do. */
static bool goes_on(struct kc_op *op, bool over)
{
    struct kc_error error = {0};
    if (op->job.status != KC_OK)
        op_say_why(&op->job, &error);
    else if (!over && (atomic_load(&op->cancel_wanted) || op->context->closing))
        error_set(&error, KC_ERROR_CANCELLED, "", "Cancelled.");
    if (error.code)
        op_refuse(op, &error);
    return !error.code && !over;
}

static int32_t begin(struct kc_op *op, struct kc_error *error,
                     int32_t (*run)(struct worker_job *, struct store *, struct kc_error *),
                     void (*done)(struct worker_job *))
{
    if (!error->code)
        context_need_ledger(op->context, error);
    if (error->code) {
        op_refuse(op, error);
        return KC_OK;
    }
    op->phase = OP_LOOKUP;
    op->job.alone = true;
    op_submit(op, run, done, false);
    return KC_OK;
}

/* ---- Into another store ----------------------------------------------------------------------------------------- */

static int32_t run_copy(struct worker_job *job, struct store *store, struct kc_error *error)
{
    struct kc_op *op = op_of_job(job);
    const int32_t status = store_copy_run(op->inquiry.copy, store, error);
    if (status != KC_OK)
        store_copy_end(op->inquiry.copy);
    return status;
}

static void copied(struct worker_job *job)
{
    struct kc_op *op = op_of_job(job);
    struct store_copy *copy = op->inquiry.copy;
    const bool over = copy->step == COPY_DONE;
    op->progress = copy->step == COPY_DONE ? copy->result.entries : copy->copied.entries;
    if (goes_on(op, over)) {
        op_submit(op, run_copy, copied, false);
        return;
    }
    store_copy_end(copy);
    if (op->state == KC_STATE_DONE)
        return;
    op->inquiry.check = copy->result;
    op_show_check(op);
    op->outcome = KC_OUTCOME_NOT_WRITTEN;
    op_complete(op);
}

int32_t kc_copy_ledger(kc_site *site, const char *uri, const uint8_t *key, size_t key_size, kc_op **out)
{
    if (!site || !out)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_op *op = op_new(site, KC_VERB_COPY_LEDGER, NULL);
    struct kc_error error = {0};
    if (!op)
        return KC_ERROR_NO_MEMORY;
    op_hand_out(op, out);
    op->inquiry.copy = arena_alloc(&op->arena, sizeof(*op->inquiry.copy));
    const char *target = arena_text(&op->arena, uri);
    if (!op->inquiry.copy || !target)
        error_no_memory(&error);
    else if (!*target || text_check(target, SIZE_MAX, false, NULL) != TEXT_GOOD)
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "target", "The target's URI is missing or not valid.");
    else if (key ? key_size != VAULT_KEY_SIZE : key_size != 0)
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "key", "A ledger's key has %d bytes, not %zu.", VAULT_KEY_SIZE,
                  key_size);
    if (!error.code) {
        op->inquiry.copy->uri = target;
        op->inquiry.copy->has_key = key != NULL;
        if (key)
            memcpy(op->inquiry.copy->key, key, VAULT_KEY_SIZE);
    }
    return begin(op, &error, run_copy, copied);
}

/* ---- Into a file ------------------------------------------------------------------------------------------------ */

static int32_t run_backup(struct worker_job *job, struct store *store, struct kc_error *error)
{
    struct kc_op *op = op_of_job(job);
    if (!store->table->backup)
        return error_set(error, KC_ERROR_NOT_OFFERED, "ledger",
                         "There is no backup of this ledger into a file: %s:. Copy it, or use the server's own tools.",
                         store->table->scheme);
    const int32_t status = store->table->backup(store, op->inquiry.backup_path, &op->inquiry.backup, &op->inquiry.check,
                                                error);
    op->inquiry.backup_done = status == KC_OK && !op->inquiry.backup;
    return status;
}

static void backed_up(struct worker_job *job)
{
    struct kc_op *op = op_of_job(job);
    const bool over = op->inquiry.backup_done;
    if (goes_on(op, over)) {
        op_submit(op, run_backup, backed_up, false);
        return;
    }
    if (op->inquiry.backup)
        worker_store(op->context->worker)->table->backup_drop(op->inquiry.backup);
    op->inquiry.backup = NULL;
    if (op->state == KC_STATE_DONE)
        return;
    op_show_check(op);
    op->outcome = KC_OUTCOME_NOT_WRITTEN;
    op_complete(op);
}

int32_t kc_backup_ledger(kc_site *site, const char *path, kc_op **out)
{
    if (!site || !out)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_op *op = op_new(site, KC_VERB_BACKUP_LEDGER, NULL);
    struct kc_error error = {0};
    if (!op)
        return KC_ERROR_NO_MEMORY;
    op_hand_out(op, out);
    op->inquiry.backup_path = arena_text(&op->arena, path);
    if (!op->inquiry.backup_path)
        error_no_memory(&error);
    else if (!*op->inquiry.backup_path || text_check(op->inquiry.backup_path, SIZE_MAX, false, NULL) != TEXT_GOOD)
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "path", "The name of the backup's file is missing or not valid.");
    return begin(op, &error, run_backup, backed_up);
}
