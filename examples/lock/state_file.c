/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of a lock as a file of JSON. It is replaced as a whole and made durable before a door opens, so a loss of
 * power at any moment leaves the old state or the new one, and what has opened is never forgotten. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "state.h"

enum { VERSION = 1 };

static bool complain(struct state_file *file, const char *what)
{
    (void)snprintf(file->fault, sizeof file->fault, "%s: %s", file->path, what);
    return false;
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

static json_t *names_of(const struct state *state)
{
    json_t *names = json_array();
    for (size_t i = 0; i < state->name_count; i++)
        json_array_append_new(names, json_string(state->names[i]));
    return names;
}

static json_t *areas_of(const struct state *state)
{
    json_t *areas = json_array();
    for (int area = 1; area <= 64; area++)
        if (state->areas >> (area - 1) & 1)
            json_array_append_new(areas, json_integer(area));
    return areas;
}

static json_t *seen_of(const struct state *state)
{
    json_t *list = json_array();
    for (size_t i = 0; i < state->seen_count; i++)
        json_array_append_new(
            list, json_pack("{ss sI}", "room", state->seen[i].room, "sequence", (json_int_t)state->seen[i].sequence));
    return list;
}

static json_t *used_of(const struct state *state)
{
    json_t *list = json_array();
    for (size_t i = 0; i < state->used_count; i++)
        json_array_append_new(list, json_pack("{ss sI sI}", "room", state->used[i].room, "sequence",
                                              (json_int_t)state->used[i].sequence, "until",
                                              (json_int_t)state->used[i].until));
    return list;
}

/* NULL if memory is used up; nothing is left out then. */
static char *text_of(const struct state *state)
{
    char key[2 * LOCK_SITE_KEY + 1];
    for (size_t i = 0; i < LOCK_SITE_KEY; i++)
        (void)snprintf(key + 2 * i, 3, "%02x", state->site_key[i]);
    json_t *seen = seen_of(state), *used = used_of(state), *names = names_of(state), *areas = areas_of(state);
    bool whole = json_array_size(seen) == state->seen_count && json_array_size(used) == state->used_count &&
                 json_array_size(names) == state->name_count &&
                 json_array_size(areas) == (size_t)__builtin_popcountll(state->areas);
    json_t *root = json_pack("{si si ss so so sI so so}", "keycard-lock", VERSION, "site-number",
                             (int)state->site_number, "site-key", key, "names", names, "areas", areas, "clock",
                             (json_int_t)state->clock, "originals", seen, "one-shots", used);
    char *text = root != NULL && whole ? json_dumps(root, JSON_INDENT(1)) : NULL;
    json_decref(root);
    explicit_bzero(key, sizeof key);
    return text;
}

static bool write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, text, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        text += written;
        length -= (size_t)written;
    }
    return true;
}

static const char *name_in_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Under another name, then that of the state in one step. */
static bool replace(const struct state_file *file, const char *text)
{
    char temporary[300];
    const char *name = name_in_directory(file->path);
    int length = snprintf(temporary, sizeof temporary, "%s.new", name);
    if (length < 0 || (size_t)length >= sizeof temporary) {
        errno = ENAMETOOLONG;
        return false;
    }
    int fd = openat(file->directory, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return false;
    bool good = write_all(fd, text, strlen(text)) && fsync(fd) == 0;
    int reason = errno;
    good = close(fd) == 0 && good;
    if (good && renameat(file->directory, temporary, file->directory, name) == 0 && fsync(file->directory) == 0)
        return true;
    errno = good ? errno : reason;
    return false;
}

bool state_write(struct state_file *file, const struct state *state, bool anew)
{
    if (anew && faccessat(file->directory, name_in_directory(file->path), F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return complain(file, "there is a file of this name");
    char *text = text_of(state);
    if (text == NULL)
        return complain(file, "memory is used up");
    bool good = replace(file, text);
    int reason = errno;
    explicit_bzero(text, strlen(text));
    free(text);
    return good || complain(file, strerror(reason));
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

static bool take_names(const json_t *list, struct state *state)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (name == NULL || !state_is_name(name) || i >= LOCK_NAMES)
            return false;
        memcpy(state->names[i], name, strlen(name) + 1);
        state->name_count++;
    }
    return json_is_array(list);
}

static bool take_areas(const json_t *list, struct state *state)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_int_t area = json_integer_value(json_array_get(list, i));
        if (area < 1 || area > 64)
            return false;
        state->areas |= UINT64_C(1) << (area - 1);
    }
    return json_is_array(list);
}

static bool take_seen(json_t *list, struct state *state)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *room;
        json_int_t sequence;
        if (json_unpack(json_array_get(list, i), "{ss sI !}", "room", &room, "sequence", &sequence) != 0 ||
            sequence < 1 || !state_raise(state, room, sequence))
            return false;
    }
    return json_is_array(list);
}

static bool take_used(json_t *list, struct state *state)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *room;
        json_int_t sequence, until;
        struct used used = {.sequence = 0};
        if (json_unpack(json_array_get(list, i), "{ss sI sI !}", "room", &room, "sequence", &sequence, "until",
                        &until) != 0 ||
            sequence < 1 || !state_is_name(room))
            return false;
        memcpy(used.room, room, strlen(room) + 1);
        used.sequence = sequence;
        used.until = until;
        if (!state_use(state, &used))
            return false;
    }
    return json_is_array(list);
}

static bool take(json_t *root, struct state *state)
{
    int version, site_number;
    const char *key;
    json_int_t clock;
    json_t *names, *areas, *seen, *used;
    if (json_unpack(root, "{si si ss so so sI so so !}", "keycard-lock", &version, "site-number", &site_number,
                    "site-key", &key, "names", &names, "areas", &areas, "clock", &clock, "originals", &seen,
                    "one-shots", &used) != 0 ||
        version != VERSION || site_number < 1 || site_number > 65535 || clock < 0)
        return false;
    state->site_number = site_number;
    state->clock = clock;
    return state_take_site_key(state, key) && take_names(names, state) && take_areas(areas, state) &&
           take_seen(seen, state) && take_used(used, state) && (state->name_count > 0 || state->areas != 0);
}

bool state_read(struct state_file *file, struct state *state)
{
    json_error_t error;
    *state = (struct state){.site_number = 0};
    int fd = openat(file->directory, name_in_directory(file->path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return complain(file, errno == ENOENT ? "there is no such lock yet: keycard-lock new" : strerror(errno));
    json_t *root = json_loadfd(fd, JSON_REJECT_DUPLICATES, &error);
    (void)close(fd);
    bool good = root != NULL && take(root, state);
    json_decref(root);
    if (!good)
        state_free(state);
    return good || complain(file, "this is not the state of a lock, or it is damaged");
}

/* ---- Opening ----------------------------------------------------------------------------------------------------- */

bool state_open(struct state_file *file, const char *path)
{
    *file = (struct state_file){.path = path, .directory = -1};
    const char *name = name_in_directory(path);
    char *directory = strndup(path, (size_t)(name - path));
    if (directory == NULL)
        return complain(file, "memory is used up");
    file->directory = open(*directory != '\0' ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(directory);
    if (file->directory < 0)
        return complain(file, strerror(errno));
    while (flock(file->directory, LOCK_EX) != 0)
        if (errno != EINTR)
            return complain(file, strerror(errno));
    return *name != '\0' || complain(file, "name a file");
}

void state_close(struct state_file *file)
{
    if (file->directory >= 0)
        (void)close(file->directory);
    file->directory = -1;
}
