/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files of the browser's side. The list is fixed, so no path of a request ever reaches the file system. */
#ifndef FRONTDESK_ASSETS_H
#define FRONTDESK_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

struct asset {
    const char *path; /* as in the request */
    const char *file; /* below the folder */
    const char *type;
    bool open; /* also for who is not logged in */
};

struct assets {
    char **contents; /* in the order of the list */
    size_t *sizes;
};

/* Reads all files; false after a complaint. */
bool assets_open(struct assets *assets, const char *folder);
void assets_free(struct assets *assets);
/* The index of a path, or -1. */
int assets_find(const char *path);
const struct asset *assets_get(int index);

#endif
