/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the calls of the driver need of the stand-in for the core; not for tests. */
#ifndef FAKE_CORE_CALLS_H
#define FAKE_CORE_CALLS_H

#include "fake_core.h"

void fake_op_start(struct fake_core *core, struct fake_op *op);
void fake_op_end(struct fake_op *op);
void fake_question_forget(struct fake_question *question);

#endif
