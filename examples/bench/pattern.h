/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of names, written short: "Online Encoder {1-50}", "salto+tcp://127.0.0.1:{8001-8010}". */
#ifndef BENCH_PATTERN_H
#define BENCH_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

enum { NAMES_MOST = 100000 };
struct names {
    char **items;
    size_t count, room;
};

/* Adds what the pattern stands for; {01-12} keeps the zeros. False with a sentence in `fault`. */
bool names_add(struct names *names, const char *pattern, char *fault, size_t size);
void names_free(struct names *names);

#endif
