/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading and writing that file. */
#include "card_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "server.h"

enum { TRACKS = 3 };
static const char name[] = "track";

int card_file_load(struct server *server)
{
    char line[LOCK_TEXT_SIZE + 16];
    if (server->card_file == NULL) {
        return 0;
    }
    memset(server->card, 0, sizeof server->card);
    FILE *file = fopen(server->card_file, "re");
    if (file == NULL) {
        return errno == ENOENT ? 0 : -1;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        const size_t length = strlen(line), head = sizeof name + 1; /* "track2 " */
        const int track = length > head && length - head < LOCK_TEXT_SIZE && memcmp(line, name, sizeof name - 1) == 0
                              ? line[head - 2] - '1'
                              : TRACKS;
        if (track >= 0 && track < TRACKS && line[head - 1] == ' ') {
            memcpy(server->card[track], line + head, length - head + 1);
        }
    }
    const int status = ferror(file) != 0 ? -1 : 0;
    fclose(file);
    return status;
}

int card_file_save(const struct server *server)
{
    if (server->card_file == NULL) {
        return 0;
    }
    FILE *file = fopen(server->card_file, "we");
    if (file == NULL) {
        return -1;
    }
    for (int i = 0; i < TRACKS; i++) {
        if (server->card[i][0] != '\0') {
            fprintf(file, "%s%d %s\n", name, i + 1, server->card[i]);
        }
    }
    return fclose(file) != 0 ? -1 : 0;
}
