/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files as a power cut leaves them. */
#include "power_cut.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recording.h"
#include "rig.h"

struct content {
    uint8_t *bytes;
    size_t size, capacity;
};

/* All files, and which of them the names have: 1 + its number, 0 for none. */
struct folder {
    struct content files[RECORDED_FILES];
    int names[RECORDED_NAMES];
};

struct power_cut_disk {
    size_t at;
    struct folder synced; /* what is on the disk for sure */
    struct folder all;    /* if nothing is lost */
    size_t *pending;      /* steps that are not on the disk for sure, in order */
    size_t pending_count, pending_capacity;
};

/* ---- Contents --------------------------------------------------------------------------------------------------- */

static void resize(struct content *content, size_t size)
{
    if (size > content->capacity) {
        content->capacity = size * 2;
        content->bytes = realloc(content->bytes, content->capacity);
        CHECK(content->bytes, "no memory");
    }
    if (size > content->size)
        memset(content->bytes + content->size, 0, size - content->size);
    content->size = size;
}

static void put(struct content *content, const struct recorded_step *step, size_t from, size_t to)
{
    if (from >= to)
        return;
    const size_t start = (size_t)step->offset + from;
    const size_t end = (size_t)step->offset + to;
    if (end > content->size)
        resize(content, end);
    memcpy(content->bytes + start, step->bytes + from, to - from);
}

static void forget(struct content *content)
{
    free(content->bytes);
    *content = (struct content){0};
}

/* A whole step. */
static void apply(struct folder *folder, const struct recorded_step *step)
{
    struct content *content = &folder->files[step->file];
    if (step->what == RECORDED_WRITE)
        put(content, step, 0, step->size);
    else if (step->what == RECORDED_TRUNCATE)
        resize(content, (size_t)step->offset);
    else if (step->what == RECORDED_CREATE)
        folder->names[step->name] = step->file + 1;
    else if (step->what == RECORDED_DELETE)
        folder->names[step->name] = 0;
    if (step->what == RECORDED_DELETE)
        forget(content);
}

static void forget_all(struct folder *folder)
{
    for (int i = 0; i < RECORDED_FILES; i++)
        forget(&folder->files[i]);
}

/* Some of the sectors of a write. */
static void apply_sectors(struct content *content, const struct recorded_step *step, uint64_t *seed)
{
    for (size_t from = 0; from < step->size;) {
        size_t to = from + POWER_CUT_SECTOR - ((size_t)step->offset + from) % POWER_CUT_SECTOR;
        if (to > step->size)
            to = step->size;
        if (rig_below(seed, 2))
            put(content, step, from, to);
        from = to;
    }
}

/* ---- Going on --------------------------------------------------------------------------------------------------- */

struct power_cut_disk *power_cut_new(void)
{
    struct power_cut_disk *disk = calloc(1, sizeof(*disk));
    CHECK(disk, "no memory");
    return disk;
}

void power_cut_free(struct power_cut_disk *disk)
{
    forget_all(&disk->synced);
    forget_all(&disk->all);
    free(disk->pending);
    free(disk);
}

static bool is_name(const struct recorded_step *step)
{
    return step->what == RECORDED_CREATE || step->what == RECORDED_DELETE;
}

/* What is pending and of this kind is on the disk now. */
static void settle(struct power_cut_disk *disk, bool names, int file)
{
    size_t kept = 0;
    for (size_t i = 0; i < disk->pending_count; i++) {
        const struct recorded_step *step = recording_step(disk->pending[i]);
        if (is_name(step) == names && (names || step->file == file))
            apply(&disk->synced, step);
        else
            disk->pending[kept++] = disk->pending[i];
    }
    disk->pending_count = kept;
}

void power_cut_step(struct power_cut_disk *disk)
{
    const struct recorded_step *step = recording_step(disk->at);
    if (step->what == RECORDED_SYNC) {
        settle(disk, false, step->file);
    } else if (step->what == RECORDED_SYNC_FOLDER) {
        settle(disk, true, -1);
    } else if (step->what != RECORDED_NOTE) {
        if (disk->pending_count == disk->pending_capacity) {
            disk->pending_capacity = disk->pending_capacity * 2 + 256;
            disk->pending = realloc(disk->pending, disk->pending_capacity * sizeof(*disk->pending));
            CHECK(disk->pending, "no memory");
        }
        disk->pending[disk->pending_count++] = disk->at;
        apply(&disk->all, step);
    }
    disk->at++;
}

size_t power_cut_at(const struct power_cut_disk *disk)
{
    return disk->at;
}

size_t power_cut_last_write(const struct power_cut_disk *disk)
{
    const struct recorded_step *last = disk->at ? recording_step(disk->at - 1) : NULL;
    return last && last->what == RECORDED_WRITE ? last->size : 0;
}

size_t power_cut_unsynced(const struct power_cut_disk *disk)
{
    return disk->pending_count;
}

/* ---- The cut ---------------------------------------------------------------------------------------------------- */

static void write_file(const char *path, const struct content *content)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0, "%s", path);
    for (size_t done = 0; done < content->size;) {
        const ssize_t count = write(fd, content->bytes + done, content->size - done);
        CHECK(count > 0, "%s: cannot be written", path);
        done += (size_t)count;
    }
    close(fd);
}

/* Each pending step alone: it is there, it is not, or some of its sectors are. */
static void lose_some(const struct power_cut_disk *disk, struct folder *folder, uint64_t *seed)
{
    const uint64_t most = rig_below(seed, 5); /* of 4 parts; 0 and 4 are rare kinds of "some" as well */
    for (size_t i = 0; i < disk->pending_count; i++) {
        const struct recorded_step *step = recording_step(disk->pending[i]);
        const uint64_t choice = rig_below(seed, 5);
        if (choice < most)
            apply(folder, step);
        else if (choice == 4 && step->what == RECORDED_WRITE)
            apply_sectors(&folder->files[step->file], step, seed);
    }
}

static void copy(struct folder *to, const struct folder *from)
{
    *to = (struct folder){0};
    memcpy(to->names, from->names, sizeof(to->names));
    for (int i = 0; i < RECORDED_FILES; i++) {
        resize(&to->files[i], from->files[i].size);
        if (from->files[i].size)
            memcpy(to->files[i].bytes, from->files[i].bytes, from->files[i].size);
    }
}

/* The bytes that the last write did not reach are as they were before it. */
static void tear(const struct power_cut_disk *disk, struct folder *folder, size_t torn)
{
    for (size_t i = 0; i < disk->pending_count; i++) {
        const struct recorded_step *step = recording_step(disk->pending[i]);
        if (disk->pending[i] + 1 == disk->at && step->what == RECORDED_WRITE)
            put(&folder->files[step->file], step, 0, torn);
        else
            apply(folder, step);
    }
}

void power_cut_write(const struct power_cut_disk *disk, enum power_cut kind, size_t torn, uint64_t *seed,
                     const char *prefix)
{
    static const char *const others[] = {"ledger-shm", "ledger-live"};
    struct folder made;
    char path[RIG_PATH_SIZE + 100];
    copy(&made, kind == POWER_CUT_WRITTEN ? &disk->all : &disk->synced);
    if (kind == POWER_CUT_SOME)
        lose_some(disk, &made, seed);
    else if (kind == POWER_CUT_TORN)
        tear(disk, &made, torn);
    for (int i = 0; i < RECORDED_NAMES && recording_name(i); i++) {
        snprintf(path, sizeof(path), "%s%s", prefix, recording_name(i));
        unlink(path);
        if (made.names[i])
            write_file(path, &made.files[made.names[i] - 1]);
    }
    forget_all(&made);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        snprintf(path, sizeof(path), "%s%s", prefix, others[i]);
        unlink(path);
    }
}
