/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading and writing that file. */
#include "card_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "server.h"

enum { TRACKS = 3 };

int card_file_load(struct server *server)
{
    if (server->card_file == NULL) {
        return 0;
    }
    memset(server->card, 0, sizeof server->card);
    FILE *file = fopen(server->card_file, "re");
    if (file == NULL) {
        return errno == ENOENT ? 0 : -1;
    }
    for (size_t i = 0; i < TRACKS && fgets(server->card[i], sizeof server->card[i], file) != NULL; i++) {
        server->card[i][strcspn(server->card[i], "\r\n")] = '\0';
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
    for (size_t i = 0; i < TRACKS; i++) {
        fprintf(file, "%s\n", server->card[i]);
    }
    return fclose(file) != 0 ? -1 : 0;
}
