/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The VFS that records. Shared memory is passed through: after a power cut SQLite makes it anew. */
#include "recording.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"

struct recorded_file {
    sqlite3_file base;
    int file;          /* -1: SQLite's temporary files, which are not recorded */
    bool syncs_folder; /* its first sync makes its name durable, too */
    sqlite3_file *real;
};

/* One per program: SQLite's list of VFS is that as well. */
static struct {
    pthread_mutex_t mutex;
    struct recorded_step *steps;
    size_t count, capacity;
    char *names[RECORDED_NAMES];
    int files[RECORDED_NAMES]; /* 1 + the file that the name has now; 0: none */
    int file_count;
    bool without_syncs;
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    sqlite3_io_methods methods;
} recording = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* ---- The sequence ----------------------------------------------------------------------------------------------- */

/* With the mutex held. */
static struct recorded_step *add(enum recorded what, int file)
{
    if (recording.count == recording.capacity) {
        recording.capacity = recording.capacity * 2 + 1024;
        recording.steps = realloc(recording.steps, recording.capacity * sizeof(*recording.steps));
        CHECK(recording.steps, "no memory");
    }
    struct recorded_step *step = &recording.steps[recording.count++];
    *step = (struct recorded_step){.what = what, .file = file, .name = -1};
    return step;
}

void recording_note(int note, int number)
{
    pthread_mutex_lock(&recording.mutex);
    struct recorded_step *step = add(RECORDED_NOTE, -1);
    step->note = note;
    step->number = number;
    pthread_mutex_unlock(&recording.mutex);
}

size_t recording_count(void)
{
    pthread_mutex_lock(&recording.mutex);
    const size_t count = recording.count;
    pthread_mutex_unlock(&recording.mutex);
    return count;
}

size_t recording_count_since_note(void)
{
    pthread_mutex_lock(&recording.mutex);
    size_t count = 0;
    while (count < recording.count && recording.steps[recording.count - 1 - count].what != RECORDED_NOTE)
        count++;
    pthread_mutex_unlock(&recording.mutex);
    return count;
}

const struct recorded_step *recording_step(size_t index)
{
    return &recording.steps[index];
}

const char *recording_name(int name)
{
    return name < RECORDED_NAMES ? recording.names[name] : NULL;
}

/* With the mutex held. The number of a name, which is given when it is first seen. */
static int name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *text = slash ? slash + 1 : path;
    int name = 0;
    while (recording.names[name] && strcmp(recording.names[name], text) != 0)
        CHECK(++name < RECORDED_NAMES, "more files than expected: %s", text);
    if (!recording.names[name])
        recording.names[name] = strdup(text);
    CHECK(recording.names[name], "no memory");
    return name;
}

/* With the mutex held. The file behind a path, which has just been opened. */
static int file_of(const char *path)
{
    const int name = name_of(path);
    if (!recording.files[name]) {
        CHECK(recording.file_count < RECORDED_FILES, "too many files");
        add(RECORDED_CREATE, recording.file_count)->name = name;
        recording.files[name] = ++recording.file_count;
    }
    return recording.files[name] - 1;
}

/* ---- Files ------------------------------------------------------------------------------------------------------ */

static struct recorded_file *recorded(sqlite3_file *file)
{
    return (struct recorded_file *)file;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return recorded(file)->real;
}

static int file_close(sqlite3_file *file)
{
    return real_of(file)->pMethods ? real_of(file)->pMethods->xClose(real_of(file)) : SQLITE_OK;
}

static int file_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset)
{
    return real_of(file)->pMethods->xRead(real_of(file), bytes, count, offset);
}

/* The mutex is held from before the change until it is written down, so that the order is the true one. */
static int file_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset)
{
    const int number = recorded(file)->file;
    pthread_mutex_lock(&recording.mutex);
    const int result = real_of(file)->pMethods->xWrite(real_of(file), bytes, count, offset);
    if (result == SQLITE_OK && number >= 0) {
        struct recorded_step *step = add(RECORDED_WRITE, number);
        step->offset = offset;
        step->size = (size_t)count;
        step->bytes = malloc(step->size);
        CHECK(step->bytes, "no memory");
        memcpy(step->bytes, bytes, step->size);
    }
    pthread_mutex_unlock(&recording.mutex);
    return result;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    pthread_mutex_lock(&recording.mutex);
    const int result = real_of(file)->pMethods->xTruncate(real_of(file), size);
    if (result == SQLITE_OK && recorded(file)->file >= 0)
        add(RECORDED_TRUNCATE, recorded(file)->file)->offset = size;
    pthread_mutex_unlock(&recording.mutex);
    return result;
}

static int file_sync(sqlite3_file *file, int flags)
{
    pthread_mutex_lock(&recording.mutex);
    const int result = real_of(file)->pMethods->xSync(real_of(file), flags);
    if (result == SQLITE_OK && recorded(file)->file >= 0 && !recording.without_syncs) {
        add(RECORDED_SYNC, recorded(file)->file);
        if (recorded(file)->syncs_folder)
            add(RECORDED_SYNC_FOLDER, -1);
        recorded(file)->syncs_folder = false;
    }
    pthread_mutex_unlock(&recording.mutex);
    return result;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int file_lock(sqlite3_file *file, int lock)
{
    return real_of(file)->pMethods->xLock(real_of(file), lock);
}

static int file_unlock(sqlite3_file *file, int lock)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), lock);
}

static int file_check_lock(sqlite3_file *file, int *reserved)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), reserved);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int file_sector_size(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int file_characteristics(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int file_map(sqlite3_file *file, int region, int size, int extend, void volatile **mapped)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), region, size, extend, mapped);
}

static int file_map_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void file_map_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int file_unmap(sqlite3_file *file, int delete)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), delete);
}

/* ---- The VFS ---------------------------------------------------------------------------------------------------- */

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *flags_out)
{
    struct recorded_file *made = recorded(file);
    const int durable = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL;
    (void)vfs;
    *made = (struct recorded_file){.file = -1, .real = (sqlite3_file *)(made + 1)};
    made->real->pMethods = NULL;
    pthread_mutex_lock(&recording.mutex);
    const int result = recording.real->xOpen(recording.real, path, made->real, flags, flags_out);
    if (result == SQLITE_OK && path && flags & durable) {
        made->file = file_of(path);
        /* as os_unix.c does it */
        made->syncs_folder = flags & SQLITE_OPEN_CREATE && !(flags & SQLITE_OPEN_MAIN_DB);
    }
    pthread_mutex_unlock(&recording.mutex);
    /* Even after a failure SQLite closes a file that has methods. */
    made->base.pMethods = made->real->pMethods ? &recording.methods : NULL;
    return result;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
    (void)vfs;
    pthread_mutex_lock(&recording.mutex);
    const int result = recording.real->xDelete(recording.real, path, sync_folder);
    const int name = name_of(path);
    if (result == SQLITE_OK && recording.files[name]) {
        add(RECORDED_DELETE, recording.files[name] - 1)->name = name;
        recording.files[name] = 0;
        if (sync_folder)
            add(RECORDED_SYNC_FOLDER, -1);
    }
    pthread_mutex_unlock(&recording.mutex);
    return result;
}

void recording_without_syncs(bool without)
{
    recording.without_syncs = without;
}

void recording_start(void)
{
    recording.real = sqlite3_vfs_find(NULL);
    recording.methods = (sqlite3_io_methods){
        .iVersion = 2, /* without reading by memory map, which the library does not use */
        .xClose = file_close,
        .xRead = file_read,
        .xWrite = file_write,
        .xTruncate = file_truncate,
        .xSync = file_sync,
        .xFileSize = file_size,
        .xLock = file_lock,
        .xUnlock = file_unlock,
        .xCheckReservedLock = file_check_lock,
        .xFileControl = file_control,
        .xSectorSize = file_sector_size,
        .xDeviceCharacteristics = file_characteristics,
        .xShmMap = file_map,
        .xShmLock = file_map_lock,
        .xShmBarrier = file_map_barrier,
        .xShmUnmap = file_unmap,
    };
    recording.vfs = *recording.real; /* the rest is that of the usual one, which looks at no field of it */
    recording.vfs.zName = "recording";
    recording.vfs.szOsFile = (int)sizeof(struct recorded_file) + recording.real->szOsFile;
    recording.vfs.xOpen = vfs_open;
    recording.vfs.xDelete = vfs_delete;
    CHECK(sqlite3_vfs_register(&recording.vfs, 1) == SQLITE_OK, "no recorder");
}

void recording_stop(void)
{
    CHECK(sqlite3_vfs_unregister(&recording.vfs) == SQLITE_OK, "the recorder stays");
    CHECK(sqlite3_vfs_find(NULL) == recording.real, "another VFS than before");
}

void recording_free(void)
{
    for (size_t i = 0; i < recording.count; i++)
        free(recording.steps[i].bytes);
    free(recording.steps);
    for (int i = 0; i < RECORDED_NAMES; i++)
        free(recording.names[i]);
}
