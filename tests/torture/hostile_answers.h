/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers that no lock system should give, each with what must come of it. */
#ifndef KEYCARD_TORTURE_HOSTILE_ANSWERS_H
#define KEYCARD_TORTURE_HOSTILE_ANSWERS_H

#include "hostile_desk.h"

struct hostile_answer {
    const char *name;
    hostile_play play;
    const char *status, *type, *more; /* for plays that take them: the line of status, the type, header lines */
    const char *body;                 /* %1$s: the operation, %2$d: the port of a server that nobody may ask */
    struct hostile_end end;
};

extern const struct hostile_answer hostile_answers[];
extern const size_t hostile_answer_count;
/* The server whose port stands in bodies and redirects. */
void hostile_answers_elsewhere(int port);

#endif
