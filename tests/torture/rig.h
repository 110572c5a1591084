/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the torture tests share: checks, a temporary folder, a context with one system, and the counting of DONE events.
 */
#ifndef KEYCARD_TORTURE_RIG_H
#define KEYCARD_TORTURE_RIG_H

#include <keycard/keycard.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ends the program if the condition does not hold. The message comes after what rig_case() said last. */
#define CHECK(condition, ...)                                                                                          \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            rig_failed(__FILE__, __LINE__, #condition, __VA_ARGS__);                                                   \
    } while (0)

void rig_failed(const char *file, int line, const char *condition, const char *format, ...)
    __attribute__((noreturn, format(printf, 4, 5)));
/* What is being tried, for messages. */
void rig_case(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define RIG_PATH_SIZE 300

/* The path of a file in a temporary folder, which is removed when the program ends. */
void rig_path(char path[RIG_PATH_SIZE], const char *name);

#define RIG_WAIT_MS 120000 /* so long that only a hanging operation takes it */

struct rig {
    kc_context *context;
    kc_site *site;
    kc_system *system;
    size_t started, done, prompts;
    const kc_op *watched; /* DONE events of one operation */
    size_t watched_done;
};

/* `options`: pairs of names and values, ended by NULL. */
void rig_open(struct rig *rig, const char *ledger, const char *uri, const char *const *options);
/* Checks that every operation has ended once. */
void rig_close(struct rig *rig);
/* Takes what events there are. */
void rig_drain(struct rig *rig);
/* Waits for an operation that was just started and checks that exactly one DONE came of it. */
void rig_finish(struct rig *rig, kc_op *op);
/* Ends of lists: the operation with this id, or NULL. */
kc_op *rig_find(kc_op *list, const char *id);
/* A list of operations or keys, ended well; the caller gives it back. */
kc_op *rig_list_ops(struct rig *rig, int32_t filter, const char *value);
kc_op *rig_list_keys(struct rig *rig, int32_t filter, const char *value);
/* What the ledger says that became of an operation; checks that it knows it if `known`. -1: it does not. */
int32_t rig_ledger_outcome(struct rig *rig, const char *id);

/* A number for a seed: splitmix64. */
uint64_t rig_random(uint64_t *state);
uint64_t rig_below(uint64_t *state, uint64_t limit);

#endif
