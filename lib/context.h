/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The context: loop, ledger worker, lists of everything that lives, and the count of handles. */
#ifndef KEYCARD_CONTEXT_H
#define KEYCARD_CONTEXT_H

#include <keycard/keycard.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "event.h"
#include "loop/loop.h"
#include "store/vault.h"
#include "store/worker.h"
#include "util/pool.h"
#include "util/text.h"
#include "util/uuid.h"

enum { CONTEXT_SITE_BUCKETS = 256, CONTEXT_SYSTEM_BUCKETS = 256 };

struct kc_context {
    /* Handles that the host holds, of the context and of everything reached from it; at 0 the context ends. */
    atomic_uint handles;
    struct loop *loop;
    struct worker *worker; /* NULL until the ledger is opened, at the latest by the first operation */
    uint64_t instance;     /* number of this context in the ledger */
    bool keeps_nothing;    /* that is "none:" */
    uint8_t random[250];   /* from the system, for identifiers; used from its end */
    size_t random_left;
    struct uuid last_id; /* the newest one */
    struct text_adapter *adapter;
    uint8_t ledger_key[VAULT_KEY_SIZE]; /* until the ledger is open */
    bool has_ledger_key;
    struct kc_error *error;
    struct kc_error *ledger_error; /* of the ledger that was wanted and could not be opened */
    int64_t record_time_ms;
    struct kc_op *unrecorded; /* ended, but their outcome could not be recorded yet */
    kc_log_function log;
    void *log_user;
    int32_t log_level;
    struct kc_site *sites;
    struct kc_site *named_sites[CONTEXT_SITE_BUCKETS];       /* the same, by their names */
    struct kc_system *named_systems[CONTEXT_SYSTEM_BUCKETS]; /* of all sites, by name and site */
    uint64_t setup; /* counts the changes of sites, systems and encoders that may change what becomes of a request */
    struct devices *devices; /* of this computer; NULL until somebody asks */
    struct pool ops;
    int64_t connection_gap_us;  /* between two connections; 0: none */
    int64_t next_connection_us; /* of an even flow, by the loop's clock */
    struct kc_op *live;         /* operations that have not ended, newest first */
    struct event_queue events;
    bool closing;

    pthread_mutex_t lock;          /* guards the two lists that other threads add to */
    struct kc_op *cancel_wanted;   /* each with a reference */
    struct kc_site *dropped_sites; /* that lost their last reference, or one of whose systems did */
};

/* Ends what runs, lets the ledger write it down, and frees everything. */
void context_end(struct kc_context *context);
/* Counts a handle, or gives it back; the last one ends the context. Any thread. */
static inline void context_handle(struct kc_context *context)
{
    atomic_fetch_add_explicit(&context->handles, 1, memory_order_relaxed);
}
static inline void context_handle_back(struct kc_context *context)
{
    if (atomic_fetch_sub_explicit(&context->handles, 1, memory_order_acq_rel) == 1)
        context_end(context);
}
/* Opens the memory ledger if none was set. A ledger that was wanted and could not be opened is an error. */
int32_t context_need_ledger(struct kc_context *context, struct kc_error *error);
/* A new identifier by the wall clock. The random part comes from the system, for many identifiers at a time. KC_OK or
 * KC_ERROR_SYSTEM. */
int32_t context_new_id(struct kc_context *context, struct uuid *id);
/* The wall clock for a record, in milliseconds, later than that of every record before: their order decides which key
 * is the earlier one. `next_second`: by seconds, too. */
int64_t context_record_time(struct kc_context *context, bool next_second);
/* Takes a place among the connections; how many milliseconds it is from now. */
int64_t context_connection_delay(struct kc_context *context);
void context_log(struct kc_context *context, int32_t level, const char *domain, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Sets the error that an object keeps (allocated at its first failure). Returns code. */
int32_t error_keep(struct kc_error **slot, const struct kc_error *error);
int64_t context_now_utc(struct kc_context *context); /* seconds, wall clock */

#endif
