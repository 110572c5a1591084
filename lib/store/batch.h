/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs jobs of the worker in transactions. */
#ifndef KEYCARD_STORE_BATCH_H
#define KEYCARD_STORE_BATCH_H

#include "store/worker.h"

/* Runs the first jobs of a list in one transaction. Returns the first one that was not run, because it is not in that
 * transaction or a failure ended it before: it starts the next one. `no_memory` becomes the error of a job where there
 * is no memory for its own. */
struct worker_job *batch_run(struct store *store, struct worker_job *first, struct kc_error *no_memory);
/* Runs one job in a transaction of its own. */
void batch_run_one(struct store *store, struct worker_job *job, struct kc_error *no_memory);

#endif
