/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of files of the browser's side, and their contents. */
#include "assets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCRIPT "text/javascript; charset=utf-8"
#define TEXTS  "application/json"

static const struct asset list[] = {
    {"/", "index.html", "text/html; charset=utf-8", false},
    {"/login", "login.html", "text/html; charset=utf-8", true},
    {"/desk.css", "desk.css", "text/css; charset=utf-8", true},
    {"/icon.svg", "icon.svg", "image/svg+xml", true},
    {"/login.js", "login.js", SCRIPT, true},
    {"/server.js", "server.js", SCRIPT, true},
    {"/texts.js", "texts.js", SCRIPT, true},
    {"/page.js", "page.js", SCRIPT, true},
    {"/desk.js", "desk.js", SCRIPT, false},
    {"/live.js", "live.js", SCRIPT, false},
    {"/arrivals.js", "arrivals.js", SCRIPT, false},
    {"/booking.js", "booking.js", SCRIPT, false},
    {"/keywindow.js", "keywindow.js", SCRIPT, false},
    {"/keyform.js", "keyform.js", SCRIPT, false},
    {"/keylist.js", "keylist.js", SCRIPT, false},
    {"/progress.js", "progress.js", SCRIPT, false},
    {"/devices.js", "devices.js", SCRIPT, false},
    {"/unresolved.js", "unresolved.js", SCRIPT, false},
    {"/texts/en.json", "texts/en.json", TEXTS, true},
    {"/texts/de.json", "texts/de.json", TEXTS, true},
    {"/texts/es.json", "texts/es.json", TEXTS, true},
    {"/texts/bg.json", "texts/bg.json", TEXTS, true},
};
enum { COUNT = sizeof list / sizeof *list, LARGEST = 1024 * 1024 };

static bool read_file(struct assets *assets, size_t index, const char *folder)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", folder, list[index].file) < 0)
        return false;
    FILE *file = fopen(path, "re");
    char *content = file != NULL ? malloc(LARGEST) : NULL;
    const size_t size = content != NULL ? fread(content, 1, LARGEST, file) : 0;
    const bool good = content != NULL && !ferror(file) && size < LARGEST;
    if (!good)
        fprintf(stderr, "frontdesk: %s cannot be read: %m\n", path);
    if (file != NULL)
        fclose(file);
    free(path);
    assets->contents[index] = content;
    assets->sizes[index] = size;
    return good;
}

bool assets_open(struct assets *assets, const char *folder)
{
    assets->contents = calloc(COUNT, sizeof *assets->contents);
    assets->sizes = calloc(COUNT, sizeof *assets->sizes);
    if (assets->contents == NULL || assets->sizes == NULL)
        return false;
    for (size_t i = 0; i < COUNT; i++) {
        if (!read_file(assets, i, folder))
            return false;
    }
    return true;
}

void assets_free(struct assets *assets)
{
    for (size_t i = 0; assets->contents != NULL && i < COUNT; i++)
        free(assets->contents[i]);
    free(assets->contents);
    free(assets->sizes);
    *assets = (struct assets){.contents = NULL};
}

int assets_find(const char *path)
{
    for (int i = 0; i < COUNT; i++) {
        if (strcmp(list[i].path, path) == 0)
            return i;
    }
    return -1;
}

const struct asset *assets_get(int index)
{
    return &list[index];
}
