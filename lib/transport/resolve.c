/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking names up with getaddrinfo() in a short-lived thread.
 *
 * getaddrinfo() cannot be interrupted and may take minutes, so nobody ever waits for the thread: it shares a job with
 * the caller, and the last of the two frees it. */
#include "transport/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "util/shortage.h"

#define PORT_TEXT_SIZE 12

/* What the thread and the caller share. */
struct job {
    atomic_int holders;
    int event_fd; /* written when the result is there */
    char port[PORT_TEXT_SIZE];
    struct resolve_list *list; /* the result, from here on */
    int status;                /* of getaddrinfo() */
    int system_error;          /* errno, if the status is EAI_SYSTEM */
    char host[];
};

/* What only the caller has. */
struct resolve {
    struct loop *loop;
    struct loop_watch watch;
    struct job *job;
    resolve_done *done;
    void *user;
};

static void job_drop(struct job *job)
{
    if (atomic_fetch_sub(&job->holders, 1) != 1)
        return;
    close(job->event_fd);
    free(job->list);
    free(job);
}

static struct resolve_list *copy_list(const struct addrinfo *from)
{
    size_t count = 0;
    struct resolve_list *list;

    for (const struct addrinfo *item = from; item != NULL && count < RESOLVE_MAX; item = item->ai_next)
        count++;
    list = calloc(1, sizeof *list + count * sizeof list->items[0]);
    if (list == NULL)
        return NULL;
    for (const struct addrinfo *item = from; item != NULL && list->count < count; item = item->ai_next) {
        struct resolve_address *to = &list->items[list->count];

        if (item->ai_addrlen > sizeof to->address || (item->ai_family != AF_INET && item->ai_family != AF_INET6))
            continue;
        memcpy(&to->address, item->ai_addr, item->ai_addrlen);
        to->length = item->ai_addrlen;
        list->count++;
    }
    return list;
}

/* Returns a status of getaddrinfo(); `list` is set if that is 0. */
static int look_up(const char *host, const char *port, int flags, struct resolve_list **list)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags};
    struct addrinfo *found = NULL;
    int status = getaddrinfo(host, port, &hints, &found);

    if (status != 0)
        return status;
    *list = copy_list(found);
    freeaddrinfo(found);
    if (*list == NULL)
        return EAI_MEMORY;
    if ((*list)->count > 0)
        return 0;
    free(*list);
    *list = NULL;
    return EAI_FAMILY;
}

/* Without a descriptor for its files and sockets getaddrinfo() says that there is no such name, or that it should be
 * tried later. */
static void look_for_shortage(struct job *job)
{
    int spare = fcntl(job->event_fd, F_DUPFD_CLOEXEC, 0);

    if (spare >= 0) {
        close(spare);
    } else {
        job->status = EAI_SYSTEM;
        job->system_error = errno;
    }
}

static void *run(void *user)
{
    const uint64_t one = 1;
    struct job *job = user;
    ssize_t written;

    pthread_setname_np(pthread_self(), "keycard-resolve");
    job->status = look_up(job->host, job->port, 0, &job->list);
    job->system_error = errno;
    if (job->status != 0)
        look_for_shortage(job);
    do
        written = write(job->event_fd, &one, sizeof one);
    while (written < 0 && errno == EINTR);
    job_drop(job);
    return NULL;
}

static bool job_was_short(const struct job *job)
{
    return job->status == EAI_MEMORY || (job->status == EAI_SYSTEM && is_shortage(job->system_error));
}

static void finished(struct loop_watch *watch, uint32_t events)
{
    struct resolve *resolve = (struct resolve *)((char *)watch - offsetof(struct resolve, watch));
    resolve_done *done = resolve->done;
    void *user = resolve->user;
    struct job *job = resolve->job;
    struct resolve_list *list;
    char text[SHORTAGE_SIZE];
    const char *reason = NULL;
    bool is_short;
    uint64_t count;

    (void)events;
    /* Reading orders what the thread wrote before this. */
    if (read(job->event_fd, &count, sizeof count) != (ssize_t)sizeof count)
        return;
    list = job->list;
    job->list = NULL;
    if (list == NULL)
        reason = job->status == EAI_SYSTEM ? shortage_text(job->system_error, text) : gai_strerror(job->status);
    is_short = job_was_short(job);
    resolve_cancel(resolve);
    done(user, list, reason, is_short);
}

/* Starts the thread with all signals blocked, so that the handlers of the host never run in it. Returns errno. */
static int start_thread(struct job *job)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    pthread_t thread;
    int status = pthread_attr_init(&attributes);

    if (status != 0)
        return status;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    status = pthread_create(&thread, &attributes, run, job);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return status;
}

int32_t resolve_numeric(const char *host, int32_t port, struct resolve_list **list)
{
    char text[PORT_TEXT_SIZE];

    *list = NULL;
    snprintf(text, sizeof text, "%d", (int)port);
    return look_up(host, text, AI_NUMERICHOST, list) == EAI_MEMORY ? KC_ERROR_NO_MEMORY : KC_OK;
}

static struct job *job_new(const char *host, int32_t port)
{
    size_t length = strlen(host);
    struct job *job = calloc(1, sizeof *job + length + 1);

    if (job == NULL)
        return NULL;
    atomic_init(&job->holders, 1);
    memcpy(job->host, host, length + 1);
    snprintf(job->port, sizeof job->port, "%d", (int)port);
    job->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (job->event_fd < 0) {
        free(job);
        return NULL;
    }
    return job;
}

int32_t resolve_start(struct loop *loop, const char *host, int32_t port, resolve_done *done, void *user,
                      struct resolve **out, struct kc_error *error)
{
    struct resolve *resolve = calloc(1, sizeof *resolve);
    char reason[SHORTAGE_SIZE];
    int number;

    if (resolve == NULL)
        return error_set(error, KC_ERROR_NO_MEMORY, "", "memory is used up");
    resolve->job = job_new(host, port);
    if (resolve->job == NULL) {
        number = errno;
        goto failed;
    }
    resolve->loop = loop;
    resolve->done = done;
    resolve->user = user;
    resolve->watch = (struct loop_watch){.ready = finished, .fd = resolve->job->event_fd, .events = LOOP_READ};
    if (loop_watch_add(loop, &resolve->watch) != KC_OK) {
        number = errno;
        goto failed;
    }
    atomic_fetch_add(&resolve->job->holders, 1);
    number = start_thread(resolve->job);
    if (number == 0) {
        *out = resolve;
        return KC_OK;
    }
    job_drop(resolve->job);

failed:
    resolve_cancel(resolve);
    return error_set(error, KC_ERROR_SYSTEM, "", "a name cannot be looked up: %s", shortage_text(number, reason));
}

void resolve_cancel(struct resolve *resolve)
{
    if (resolve == NULL)
        return;
    loop_watch_remove(resolve->loop, &resolve->watch);
    if (resolve->job != NULL)
        job_drop(resolve->job);
    free(resolve);
}
