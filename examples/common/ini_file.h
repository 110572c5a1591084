/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A configuration file, read by libinih line by line, with what libinih would cut or join without a word refused. */
#ifndef EXAMPLES_INI_FILE_H
#define EXAMPLES_INI_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct ini_file {
    const char *path;
    /* Called for each NAME = VALUE, neither of them empty. False ends the reading; whoever returns it has complained.
     */
    bool (*take)(void *user, const char *section, const char *name, const char *value);
    void *user;
    unsigned line; /* that is being read, from 1 */
    bool missing;  /* there is no such file */
    /* What was wrong with the file, with its path and the line; "" if `take` ended the reading. */
    char fault[640];
};

/* Says in `fault` what is wrong with the line that is being read, or with the whole file if line is 0; false. */
bool ini_file_complain(const struct ini_file *file, char *fault, size_t size, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* False: see `fault`. All but path, take and user are to be zero. */
bool ini_file_read(struct ini_file *file);
/* The same for a `take` that complains into `fault`: there the file's own faults stand, too. */
bool ini_file_read_or_say(struct ini_file *file, char *fault, size_t size);

#endif
