/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who has a device file open, by the names of the open files in /proc: those of other users are seen by root only. */
#include "transport/holder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/error.h"

#define LINKS_MOST 50000 /* that are looked at: the host waits meanwhile */

/* Whether a process has the file open. Reading a link never waits for what it names. */
static bool has_open(const char *process, const char *file, size_t *links)
{
    char folder[64], name[PATH_MAX];
    bool found = false;
    DIR *open_files;

    snprintf(folder, sizeof folder, "/proc/%.20s/fd", process);
    open_files = opendir(folder);
    if (open_files == NULL)
        return false;
    for (struct dirent *entry; !found && *links < LINKS_MOST && (entry = readdir(open_files)) != NULL; (*links)++) {
        ssize_t length = readlinkat(dirfd(open_files), entry->d_name, name, sizeof name - 1);

        found = length > 0 && (size_t)length == strlen(file) && memcmp(name, file, (size_t)length) == 0;
    }
    closedir(open_files);
    return found;
}

static void describe(const char *process, char *out, size_t size)
{
    struct error_quoted quoted;
    char path[64], name[64];
    ssize_t length = -1;

    snprintf(path, sizeof path, "/proc/%.20s/comm", process);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        length = read(fd, name, sizeof name - 1);
        close(fd);
    }
    name[length > 0 ? length : 0] = '\0';
    name[strcspn(name, "\n")] = '\0';
    snprintf(out, size, "%s%sprocess %.20s", error_quote(&quoted, name), *name ? ", " : "", process);
}

bool holder_real_path(const char *file, char *out, size_t size)
{
    char link[64];
    ssize_t length = -1;
    int number;
    int fd = open(file, O_PATH | O_CLOEXEC);

    if (fd < 0)
        return false;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, out, size - 1);
    number = errno;
    close(fd);
    errno = number;
    out[length > 0 ? length : 0] = '\0';
    return length > 0;
}

const char *holder_of(const char *file, char *out, size_t size)
{
    char self[24], real[PATH_MAX];
    DIR *processes = holder_real_path(file, real, sizeof real) ? opendir("/proc") : NULL;
    size_t links = 0;

    snprintf(out, size, "another program");
    snprintf(self, sizeof self, "%ld", (long)getpid());
    if (processes != NULL) {
        for (struct dirent *entry; links < LINKS_MOST && (entry = readdir(processes)) != NULL;) {
            if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || !has_open(entry->d_name, real, &links))
                continue;
            if (strcmp(entry->d_name, self) == 0) {
                snprintf(out, size, "this program");
                continue; /* perhaps only in trying; another one comes before us */
            }
            describe(entry->d_name, out, size);
            break;
        }
        closedir(processes);
    }
    return out;
}
