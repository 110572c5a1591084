/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thread for calls that wait for a device. */
#include "usb/chore.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct list {
    struct usb_chore *first, **last;
};

struct usb_chores {
    struct loop *loop;
    struct loop_watch watch; /* an eventfd: something is done */
    pthread_t thread;
    bool started;
    size_t under_way; /* added and not told as done; only in the thread of the loop */
    pthread_mutex_t lock;
    pthread_cond_t news;
    bool ending; /* this and the lists under the lock */
    struct list wanted, done;
};

static void list_init(struct list *list)
{
    list->first = NULL;
    list->last = &list->first;
}

static void list_add(struct list *list, struct usb_chore *chore)
{
    chore->next = NULL;
    *list->last = chore;
    list->last = &chore->next;
}

static struct usb_chore *list_take(struct list *list)
{
    struct usb_chore *chore = list->first;

    if (chore == NULL)
        return NULL;
    list->first = chore->next;
    if (list->first == NULL)
        list->last = &list->first;
    return chore;
}

static void finish(struct usb_chores *chores, struct usb_chore *chore)
{
    const uint64_t one = 1;

    list_add(&chores->done, chore);
    pthread_cond_broadcast(&chores->news);
    (void)!write(chores->watch.fd, &one, sizeof one); /* it cannot overflow */
}

static void *work(void *user)
{
    struct usb_chores *chores = user;

    pthread_mutex_lock(&chores->lock);
    for (;;) {
        struct usb_chore *chore = list_take(&chores->wanted);

        if (chore != NULL) {
            pthread_mutex_unlock(&chores->lock);
            chore->run(chore);
            pthread_mutex_lock(&chores->lock);
            finish(chores, chore);
        } else if (chores->ending) {
            break;
        } else {
            pthread_cond_wait(&chores->news, &chores->lock);
        }
    }
    pthread_mutex_unlock(&chores->lock);
    return NULL;
}

/* The thread has all signals blocked: they are the host's business. */
static bool start(struct usb_chores *chores)
{
    sigset_t all;
    sigset_t before;

    if (chores->started)
        return true;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    chores->started = pthread_create(&chores->thread, NULL, work, chores) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (chores->started)
        pthread_setname_np(chores->thread, "keycard-usb");
    return chores->started;
}

void usb_chores_add(struct usb_chores *chores, struct usb_chore *chore)
{
    bool threaded = start(chores);

    chores->under_way++;
    if (!threaded)
        chore->run(chore); /* better late than never */
    pthread_mutex_lock(&chores->lock);
    if (threaded) {
        list_add(&chores->wanted, chore);
        pthread_cond_broadcast(&chores->news);
    } else {
        finish(chores, chore);
    }
    pthread_mutex_unlock(&chores->lock);
}

static struct usb_chore *take_done(struct usb_chores *chores)
{
    struct usb_chore *chore;

    pthread_mutex_lock(&chores->lock);
    chore = list_take(&chores->done);
    pthread_mutex_unlock(&chores->lock);
    return chore;
}

static void tell(struct usb_chores *chores)
{
    struct usb_chore *chore;

    while ((chore = take_done(chores)) != NULL) {
        chores->under_way--;
        chore->done(chore);
    }
}

static void ready(struct loop_watch *watch, uint32_t events)
{
    struct usb_chores *chores = (struct usb_chores *)(void *)((char *)watch - offsetof(struct usb_chores, watch));
    uint64_t count;

    (void)events;
    (void)!read(watch->fd, &count, sizeof count);
    tell(chores);
}

bool usb_chores_wait(struct usb_chores *chores)
{
    if (chores->under_way == 0)
        return false;
    pthread_mutex_lock(&chores->lock);
    while (chores->done.first == NULL)
        pthread_cond_wait(&chores->news, &chores->lock);
    pthread_mutex_unlock(&chores->lock);
    tell(chores);
    return true;
}

struct usb_chores *usb_chores_new(struct loop *loop)
{
    struct usb_chores *chores = calloc(1, sizeof *chores);

    if (chores == NULL)
        return NULL;
    chores->loop = loop;
    chores->watch.ready = ready;
    chores->watch.events = LOOP_READ;
    chores->watch.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (chores->watch.fd < 0 || loop_watch_add(loop, &chores->watch) != KC_OK) {
        if (chores->watch.fd >= 0)
            close(chores->watch.fd);
        free(chores);
        return NULL;
    }
    list_init(&chores->wanted);
    list_init(&chores->done);
    pthread_mutex_init(&chores->lock, NULL);
    pthread_cond_init(&chores->news, NULL);
    return chores;
}

void usb_chores_free(struct usb_chores *chores)
{
    if (chores == NULL)
        return;
    if (chores->started) {
        pthread_mutex_lock(&chores->lock);
        chores->ending = true;
        pthread_cond_broadcast(&chores->news);
        pthread_mutex_unlock(&chores->lock);
        pthread_join(chores->thread, NULL);
    }
    loop_watch_remove(chores->loop, &chores->watch);
    close(chores->watch.fd);
    pthread_cond_destroy(&chores->news);
    pthread_mutex_destroy(&chores->lock);
    free(chores);
}
