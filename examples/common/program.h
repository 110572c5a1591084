/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program does at its start: its standard streams, complaints about its command line, and signals that can be
 * read. */
#ifndef EXAMPLES_PROGRAM_H
#define EXAMPLES_PROGRAM_H

#include <getopt.h>
#include <stdbool.h>

enum { EXIT_USAGE = 2 };

/* Those of the standard streams that are closed become /dev/null: a file or socket that is opened later must not get
 * what is meant for a person. */
bool program_open_streams(void);

/* Whether all that was printed so far is where it should be; else complains on standard error. */
bool program_has_printed(const char *program);
/* The exit status of a program that is started to print something: a failure if that could not be written. */
int program_printed(const char *program);

/* Complains on standard error; EXIT_USAGE. */
int program_complain(const char *program, const char *what, const char *name);
/* The same about an option that is none of `flags`, with the one that may have been meant. */
int program_complain_unknown(const char *program, const struct option *flags, const char *word);

/* SIGTERM and SIGINT become readable, also for threads that are started later; -1 if that is not possible. */
int program_open_signals(void);
/* One of them is there. Ask right before new work is taken on: what poll() told may be old, a program can be stopped
 * after it. */
bool program_must_end(int signals);

#endif
