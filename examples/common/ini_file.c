/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lines of a configuration file, and what must not be in them. */
#include "ini_file.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGEST_FILE = 1024 * 1024 };

struct reading {
    struct ini_file *file;
    const char *text, *end; /* what is left to read */
    bool failed;
};

static bool fail(struct reading *reading, const char *what)
{
    if (!reading->failed)
        (void)snprintf(reading->file->fault, sizeof reading->file->fault, "%s, line %u: %s", reading->file->path,
                       reading->file->line, what);
    reading->failed = true;
    return false;
}

/* libinih calls this for every line; 1 is success. */
static int take_line(void *user, const char *section, const char *name, const char *value)
{
    struct reading *reading = user;
    if (reading->failed)
        return 0;
    if (name[0] == '\0' || value[0] == '\0')
        return fail(reading, "a value is missing; write NAME = VALUE");
    if (reading->file->take(reading->file->user, section, name, value))
        return 1;
    reading->failed = true;
    return 0;
}

/* What libinih would take in another way than it looks. */
static bool check_line(struct reading *reading, const char *line, size_t length, size_t room)
{
    /* libinih cuts a section's name at 49 bytes and a key's at 49 without a word. */
    enum { LONGEST_NAME = 49 };
    if (length + 3 > room)
        return fail(reading, "the line is too long; give this setting as an option instead");
    for (size_t i = 0; i < length; i++) {
        const unsigned char byte = (unsigned char)line[i];
        if ((byte < 0x20 && byte != '\t' && byte != '\r') || byte == 0x7f)
            return fail(reading, "there is a control byte");
    }
    const size_t blank = strspn(line, " \t\r\n");
    if (blank >= length || line[blank] == ';' || line[blank] == '#')
        return true;
    if (blank > 0)
        return fail(reading, "the line begins with a blank; values of several lines are not taken");
    const bool section = line[0] == '[';
    const size_t name_length = strcspn(line, section ? "]\n" : "=:\n");
    if (name_length >= length)
        return fail(reading, "this is neither [SECTION] nor NAME = VALUE");
    if (name_length > LONGEST_NAME)
        return fail(reading, "the name is too long; give this setting as an option instead");
    if (!section && line[name_length] == ':')
        return fail(reading, "write NAME = VALUE; a name may not contain \":\"");
    return true;
}

/* Gives libinih the next line, as fgets does. */
static char *next_line(char *buffer, int size, void *user)
{
    struct reading *reading = user;
    if (reading->failed || reading->text == reading->end || size <= 0)
        return NULL;
    reading->file->line++;
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
        reading->file->line = (unsigned)line;
        return fail(reading, "this is neither [SECTION] nor NAME = VALUE");
    }
    if (line < 0 && !reading->failed)
        return fail(reading, "memory is used up");
    return !reading->failed;
}

bool ini_file_read(struct ini_file *file)
{
    struct reading reading = {.file = file};
    size_t size = 0;
    /* Not to hang on a pipe that nobody writes to. */
    const int descriptor = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    file->missing = descriptor < 0 && (errno == ENOENT || errno == ENOTDIR);
    char *text = descriptor >= 0 ? read_whole(descriptor, &size) : NULL;
    if (text == NULL)
        (void)snprintf(file->fault, sizeof file->fault, "%s cannot be read: %s", file->path,
                       errno != 0 ? strerror(errno) : "it is not a file of at most 1 MiB");
    if (descriptor >= 0)
        close(descriptor);
    const bool read = text != NULL && parse(&reading, text, size);
    free(text);
    return read;
}

bool ini_file_read_or_say(struct ini_file *file, char *fault, size_t size)
{
    fault[0] = '\0';
    if (ini_file_read(file))
        return true;
    if (file->fault[0] != '\0')
        (void)snprintf(fault, size, "%s", file->fault);
    return false;
}

bool ini_file_complain(const struct ini_file *file, char *fault, size_t size, const char *format, ...)
{
    va_list arguments;
    char text[400];
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (file->line > 0)
        (void)snprintf(fault, size, "%s, line %u: %s", file->path, file->line, text);
    else
        (void)snprintf(fault, size, "%s: %s", file->path, text);
    return false;
}
