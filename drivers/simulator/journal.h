/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The journal: one JSON object a line, for what arrived whole and valid ("request") and for what the lock server then
 * did ("effect"). */
#ifndef KEYCARD_SIMULATOR_JOURNAL_H
#define KEYCARD_SIMULATOR_JOURNAL_H

#include <stdint.h>

#include "lock_server.h"

struct journal;

/* Appends to the file, or keeps the lines in memory if `path` is NULL. NULL with errno set if it cannot be opened. */
struct journal *journal_open(const char *path);
void journal_close(struct journal *journal);

/* Each writes one whole line at once, so that it is there even if a process is killed the moment after. Returns 0, or
 * -1 with errno set. */
int journal_request(struct journal *journal, uint64_t number, const struct lock_order *order);
int journal_effect(struct journal *journal, uint64_t number, const struct lock_order *order,
                   const struct lock_outcome *outcome);

/* All lines kept in memory; "" for a journal in a file. Valid until the next line. */
const char *journal_text(struct journal *journal);

#endif
