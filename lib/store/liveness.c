/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Locks of the open file description (not of the process): two contexts of one process see each other, and closing
 * another descriptor of the file takes nothing away. A child that was forked and never calls exec keeps its parent's
 * registration alive, as it keeps the descriptor. */
#include "store/liveness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/shortage.h"

/* File offsets are signed. */
#define OFFSET_MASK ((UINT64_C(1) << 62) - 1)

static struct flock lock_of(uint64_t instance)
{
    return (struct flock){
        .l_type = F_WRLCK,
        .l_whence = SEEK_SET,
        .l_start = (off_t)(instance & OFFSET_MASK),
        .l_len = 1,
    };
}

static int32_t refused(const char *path, int reason, struct kc_error *error)
{
    struct error_quoted quoted;
    char text[SHORTAGE_SIZE];
    if (is_shortage(reason) && reason != ENOSPC)
        return error_set(error, KC_ERROR_SYSTEM, "ledger", "cannot use %s, which stands beside the ledger: %s",
                         error_quote(&quoted, path), shortage_text(reason, text));
    return error_set(error, KC_ERROR_LEDGER, "ledger",
                     "cannot use %s, which stands beside the ledger: %s; give write permission to the directory and "
                     "to files in it",
                     error_quote(&quoted, path), strerror_r(reason, text, sizeof(text)));
}

int32_t liveness_open(struct liveness *liveness, const char *ledger_path, struct kc_error *error)
{
    struct stat found;
    char *path = NULL;
    int32_t status = KC_OK;
    liveness->fd = -1;
    atomic_init(&liveness->entered, false);
    atomic_init(&liveness->own, 0);
    if (asprintf(&path, "%s-live", ledger_path) < 0)
        return error_set(error, KC_ERROR_NO_MEMORY, "", "out of memory");
    /* O_NONBLOCK: whoever put a FIFO there must not be able to make us wait. */
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0)
        status = refused(path, errno, error);
    else if (fstat(fd, &found) < 0)
        status = refused(path, errno, error);
    else if (!S_ISREG(found.st_mode))
        status = refused(path, EINVAL, error);
    if (status == KC_OK)
        liveness->fd = fd;
    else if (fd >= 0)
        close(fd);
    free(path);
    return status;
}

void liveness_close(struct liveness *liveness)
{
    if (liveness->fd >= 0)
        close(liveness->fd);
    liveness->fd = -1;
}

int32_t liveness_enter(struct liveness *liveness, uint64_t instance, struct kc_error *error)
{
    char text[100];
    struct flock lock = lock_of(instance);
    if (fcntl(liveness->fd, F_OFD_SETLK, &lock) < 0)
        return error_set(error, KC_ERROR_LEDGER, "ledger",
                         "cannot register with the ledger: %s; the ledger must be on a file system with locks",
                         strerror_r(errno, text, sizeof(text)));
    atomic_store(&liveness->own, instance);
    atomic_store(&liveness->entered, true);
    return KC_OK;
}

bool liveness_alive(struct liveness *liveness, uint64_t instance)
{
    struct flock lock = lock_of(instance);
    if (atomic_load(&liveness->entered) && atomic_load(&liveness->own) == instance)
        return true;
    if (fcntl(liveness->fd, F_OFD_GETLK, &lock) < 0)
        return true;
    return lock.l_type != F_UNLCK;
}
