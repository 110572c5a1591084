/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration file, read by libinih. Every line becomes the value of an option, so that the file and the command
 * line cannot differ in what they mean:
 *
 *     [keycard]        station = desk-1     is  --station desk-1
 *     [policy]         minutes = inward     is  --policy minutes=inward
 *     [system NAME]    uri = URI            is  --system NAME=URI
 *                      mobile = on          is  --option NAME.mobile=on
 */
#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGEST_FILE = 1024 * 1024 };

struct reading {
    struct settings *settings; /* what the command line says */
    struct settings file;      /* what the file says */
    struct complaint *complaint;
    const char *path;
    const char *text, *end; /* what is left to read */
    unsigned line;
    bool failed;
};

static bool fail(struct reading *reading, const char *what, const char *name, const char *nearest)
{
    if (reading->failed)
        return false;
    reading->failed = true;
    return complain(reading->complaint, "config", "%s, line %u: %s%s%s%s%s%s%s", reading->path, reading->line, what,
                    name != NULL ? " \"" : "", name != NULL ? name : "", name != NULL ? "\"" : "",
                    nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
                    nearest != NULL ? "\"?" : "");
}

static bool add(struct reading *reading, enum setting option, const char *value)
{
    return values_add(&reading->file.values[option], value) ? true : fail(reading, "memory is used up", NULL, NULL);
}

/* Adds BEFORE NAME = VALUE, as the command line would have it. */
static bool add_assignment(struct reading *reading, enum setting option, const char *before, const char *name,
                           const char *value)
{
    char *text = NULL;
    if (asprintf(&text, "%s%s=%s", before, name, value) < 0)
        return fail(reading, "memory is used up", NULL, NULL);
    const bool added = add(reading, option, text);
    free(text);
    return added;
}

static bool take_general(struct reading *reading, const char *name, const char *value)
{
    const enum setting option = option_find(name);
    if (option != OPTION_COUNT && option_facts[option].in_file) {
        if (options_given(&reading->file, option))
            return fail(reading, "this is given twice:", name, NULL);
        return add(reading, option, value);
    }
    const char *names[OPTION_COUNT + 1] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (option_facts[i].in_file)
            names[count++] = option_facts[i].name;
    }
    return fail(reading, "the section [keycard] knows no", name, nearest_name(name, names));
}

static bool take_system(struct reading *reading, const char *system, const char *name, const char *value)
{
    if (system[0] == '\0' || strchr(system, '=') != NULL)
        return fail(reading, "a system needs a name without \"=\": [system NAME], not", system, NULL);
    const struct values *systems = &reading->file.values[OPTION_SYSTEM];
    const size_t length = strlen(system);
    for (size_t i = 0; i < systems->count && strcmp(name, "uri") == 0; i++) {
        if (strncmp(systems->items[i], system, length) == 0 && systems->items[i][length] == '=')
            return fail(reading, "a second uri for the system", system, NULL);
    }
    if (strcmp(name, "uri") == 0)
        return add_assignment(reading, OPTION_SYSTEM, "", system, value);
    char *before = NULL;
    if (asprintf(&before, "%s.", system) < 0)
        return fail(reading, "memory is used up", NULL, NULL);
    const bool added = add_assignment(reading, OPTION_OPTION, before, name, value);
    free(before);
    return added;
}

/* libinih calls this for every line; 1 is success. */
static int take_line(void *user, const char *section, const char *name, const char *value)
{
    static const char *const sections[] = {"keycard", "policy", "system", NULL};
    static const char system_section[] = "system ";
    struct reading *reading = user;
    if (reading->failed)
        return 0;
    if (name[0] == '\0' || value[0] == '\0')
        return fail(reading, "a value is missing; write NAME = VALUE", NULL, NULL);
    if (strcmp(section, "keycard") == 0)
        return take_general(reading, name, value);
    if (strcmp(section, "policy") == 0)
        return add_assignment(reading, OPTION_POLICY, "", name, value);
    if (strncmp(section, system_section, sizeof system_section - 1) == 0) {
        const char *system = section + sizeof system_section - 1;
        return take_system(reading, system + strspn(system, " \t"), name, value);
    }
    if (section[0] == '\0')
        return fail(reading, "this stands before the first section, such as [keycard]:", name, NULL);
    return fail(reading, "there is no section", section, nearest_name(section, sections));
}

/* What libinih would take in another way than it looks. */
static bool check_line(struct reading *reading, const char *line, size_t length, size_t room)
{
    /* libinih cuts a section's name at 49 bytes and a key's at 49 without a word. */
    enum { LONGEST_NAME = 49 };
    if (length + 3 > room)
        return fail(reading, "the line is too long; give this setting as an option instead", NULL, NULL);
    for (size_t i = 0; i < length; i++) {
        const unsigned char byte = (unsigned char)line[i];
        if ((byte < 0x20 && byte != '\t' && byte != '\r') || byte == 0x7f)
            return fail(reading, "there is a control byte", NULL, NULL);
    }
    const size_t blank = strspn(line, " \t\r\n");
    if (blank >= length || line[blank] == ';' || line[blank] == '#')
        return true;
    if (blank > 0)
        return fail(reading, "the line begins with a blank; values of several lines are not taken", NULL, NULL);
    const bool section = line[0] == '[';
    const size_t name_length = strcspn(line, section ? "]\n" : "=:\n");
    if (name_length >= length)
        return fail(reading, "this is neither [SECTION] nor NAME = VALUE", NULL, NULL);
    if (name_length > LONGEST_NAME)
        return fail(reading, "the name is too long; give this setting as an option instead", NULL, NULL);
    if (!section && line[name_length] == ':')
        return fail(reading, "write NAME = VALUE; a name may not contain \":\"", NULL, NULL);
    return true;
}

/* Gives libinih the next line, as fgets does. */
static char *next_line(char *buffer, int size, void *user)
{
    struct reading *reading = user;
    if (reading->failed || reading->text == reading->end || size <= 0)
        return NULL;
    reading->line++;
    const size_t left = (size_t)(reading->end - reading->text);
    const char *feed = memchr(reading->text, '\n', left);
    const size_t length = feed != NULL ? (size_t)(feed - reading->text) : left;
    if (!check_line(reading, reading->text, length, (size_t)size))
        return NULL;
    memcpy(buffer, reading->text, length);
    memcpy(buffer + length, "\n", 2);
    reading->text += length + (feed != NULL);
    return buffer;
}

/* The whole file, ended by NUL; NULL with errno, or with errno 0 if it is no such file as one wants to read. */
static char *read_whole(int descriptor, size_t *size)
{
    struct stat facts;
    if (fstat(descriptor, &facts) != 0)
        return NULL;
    errno = 0;
    if (!S_ISREG(facts.st_mode) || facts.st_size > LARGEST_FILE)
        return NULL;
    char *text = malloc(LARGEST_FILE + 1);
    *size = 0;
    while (text != NULL && *size < LARGEST_FILE) {
        const ssize_t got = read(descriptor, text + *size, LARGEST_FILE - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            free(text);
            return NULL;
        }
        if (got == 0)
            break;
        *size += (size_t)got;
    }
    if (text != NULL)
        text[*size] = '\0';
    return text;
}

static bool parse(struct reading *reading, const char *text, size_t size)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    if (size >= 3 && memcmp(text, byte_order_mark, 3) == 0) {
        text += 3;
        size -= 3;
    }
    reading->text = text;
    reading->end = text + size;
    const int line = ini_parse_stream(next_line, reading, take_line, reading);
    if (line > 0 && !reading->failed) {
        reading->line = (unsigned)line;
        return fail(reading, "this is neither [SECTION] nor NAME = VALUE", NULL, NULL);
    }
    if (line < 0 && !reading->failed)
        return fail(reading, "memory is used up", NULL, NULL);
    return !reading->failed;
}

/* Values of the file come first, so that those of the command line have the last word; where there can be only one,
 * that of the command line stands. */
static bool merge(struct reading *reading)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        struct values *file = &reading->file.values[i], *given = &reading->settings->values[i];
        if (file->count == 0 || (!option_facts[i].repeatable && given->count > 0))
            continue;
        for (size_t k = 0; k < given->count; k++) {
            if (!values_add(file, given->items[k]))
                return complain(reading->complaint, "", "memory is used up");
        }
        const struct values before = *given;
        *given = *file;
        *file = before; /* freed with the rest of the file's */
    }
    return true;
}

/* The path, and whether the user named it. */
static char *find_path(const struct settings *settings, bool *named)
{
    const char *path = options_value(settings, OPTION_CONFIG);
    *named = path != NULL;
    if (path != NULL)
        return strdup(path);
    const char *folder = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char *found = NULL;
    if (folder != NULL && folder[0] == '/')
        return asprintf(&found, "%s/keycard/keycard.conf", folder) < 0 ? NULL : found;
    if (home != NULL && home[0] == '/')
        return asprintf(&found, "%s/.config/keycard/keycard.conf", home) < 0 ? NULL : found;
    return NULL;
}

bool options_read_file(struct settings *settings, struct complaint *complaint)
{
    bool named = false, read = false;
    size_t size = 0;
    char *text = NULL, *path = find_path(settings, &named);
    if (path == NULL)
        return true;
    /* Not to hang on a pipe that nobody writes to. */
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct reading reading = {.settings = settings, .complaint = complaint, .path = path};
    if (descriptor < 0 && !named && (errno == ENOENT || errno == ENOTDIR)) {
        read = true;
        goto out;
    }
    if (descriptor >= 0)
        text = read_whole(descriptor, &size);
    if (text == NULL) {
        complain(complaint, "config", "%s cannot be read: %s", path,
                 errno != 0 ? strerror(errno) : "it is not a file of at most 1 MiB");
        goto out;
    }
    read = parse(&reading, text, size) && merge(&reading);
out:
    if (descriptor >= 0)
        close(descriptor);
    options_free(&reading.file);
    free(text);
    free(path);
    return read;
}
