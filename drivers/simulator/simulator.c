/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interface of simulator.h: a server in a thread of its own. */
#include "simulator.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "connection.h"
#include "journal.h"
#include "reservation.h"
#include "server.h"
#include "web.h"

struct simulator {
    struct server *server;
    pthread_t thread;
};

static void *run(void *user)
{
    server_run(user, -1);
    return NULL;
}

struct simulator *simulator_start(const struct simulator_options *options, char message[SIMULATOR_MESSAGE_SIZE])
{
    struct simulator *simulator = calloc(1, sizeof *simulator);
    if (simulator == NULL) {
        snprintf(message, SIMULATOR_MESSAGE_SIZE, "out of memory");
        return NULL;
    }
    simulator->server = server_new(options, message);
    if (simulator->server == NULL) {
        free(simulator);
        return NULL;
    }
    /* Signals are the business of the program's own threads. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    const int status = pthread_create(&simulator->thread, NULL, run, simulator->server);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (status != 0) {
        snprintf(message, SIMULATOR_MESSAGE_SIZE, "cannot start a thread: %s", strerror(status));
        server_free(simulator->server);
        free(simulator);
        return NULL;
    }
    return simulator;
}

void simulator_stop(struct simulator *simulator)
{
    if (simulator == NULL) {
        return;
    }
    server_stop(simulator->server);
    pthread_join(simulator->thread, NULL);
    server_free(simulator->server);
    free(simulator);
}

const char *simulator_address(const struct simulator *simulator)
{
    return simulator->server->address;
}

uint16_t simulator_port(const struct simulator *simulator)
{
    return simulator->server->port;
}

static struct server *lock(struct simulator *simulator)
{
    pthread_mutex_lock(&simulator->server->mutex);
    return simulator->server;
}

static void unlock(struct server *server)
{
    pthread_mutex_unlock(&server->mutex);
}

bool simulator_add_fault(struct simulator *simulator, const char *text, char message[SIMULATOR_MESSAGE_SIZE])
{
    struct fault fault;
    if (fault_parse(text, &fault, message, SIMULATOR_MESSAGE_SIZE) != 0 ||
        !server_takes_fault(simulator->server, &fault, message)) {
        return false;
    }
    struct server *server = lock(simulator);
    const bool added = fault_list_add(&server->faults, &fault) == 0;
    unlock(server);
    if (!added) {
        snprintf(message, SIMULATOR_MESSAGE_SIZE, "out of memory");
    }
    return added;
}

void simulator_clear_faults(struct simulator *simulator)
{
    struct server *server = lock(simulator);
    fault_list_clear(&server->faults);
    unlock(server);
}

void simulator_set_hand_ms(struct simulator *simulator, int64_t hand_ms)
{
    struct server *server = lock(simulator);
    server->hand_ms = hand_ms;
    unlock(server);
}

void simulator_set_delivery_ms(struct simulator *simulator, int64_t delivery_ms)
{
    struct server *server = lock(simulator);
    lock_server_set_delivery(server->lock, delivery_ms);
    unlock(server);
}

bool simulator_present(struct simulator *simulator, const char *encoder, const char *serial)
{
    struct server *server = lock(simulator);
    const bool found = server->protocol->present != NULL ? server->protocol->present(server->world, serial)
                                                         : lock_server_present(server->lock, encoder, serial);
    unlock(server);
    return found;
}

void simulator_drop_connections(struct simulator *simulator)
{
    struct server *server = lock(simulator);
    for (struct connection *at = server->connections; at != NULL; at = at->next) {
        at->dead = !at->terminal;
    }
    if (server->http != NULL) {
        web_drop_all(server->http);
    }
    server_wake(server);
    unlock(server);
}

size_t simulator_count(struct simulator *simulator, enum simulator_counter counter)
{
    struct server *server = lock(simulator);
    const size_t count = server->counters[counter];
    unlock(server);
    return count;
}

static struct timespec time_after(int timeout_ms)
{
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += timeout_ms / 1000;
    end.tv_nsec += (long)(timeout_ms % 1000) * 1000000L;
    if (end.tv_nsec >= 1000000000L) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000L;
    }
    return end;
}

bool simulator_wait_for(struct simulator *simulator, enum simulator_counter counter, size_t count, int timeout_ms)
{
    const struct timespec end = time_after(timeout_ms);
    int status = 0;
    struct server *server = lock(simulator);
    while (status == 0 && server->counters[counter] < count) {
        status = pthread_cond_timedwait(&server->changed, &server->mutex, &end);
    }
    const bool reached = server->counters[counter] >= count;
    unlock(server);
    return reached;
}

bool simulator_wait_idle(struct simulator *simulator, int timeout_ms)
{
    const struct timespec end = time_after(timeout_ms);
    int status = 0;
    struct server *server = lock(simulator);
    while (status == 0 && server->counters[SIMULATOR_WAITING] > 0) {
        status = pthread_cond_timedwait(&server->changed, &server->mutex, &end);
    }
    const bool idle = server->counters[SIMULATOR_WAITING] == 0;
    unlock(server);
    return idle;
}

char *simulator_journal(struct simulator *simulator)
{
    struct server *server = lock(simulator);
    char *copy = strdup(journal_text(server->journal));
    unlock(server);
    return copy;
}

bool simulator_opens(struct simulator *simulator, const char *serial, const char *room)
{
    bool opens = false;
    struct server *server = lock(simulator);
    for (size_t i = 0; i < lock_server_card_count(server->lock); i++) {
        const struct lock_card *card = lock_server_card(server->lock, i);
        opens = opens || (strcmp(card->serial, serial) == 0 && lock_server_opens(server->lock, card, room));
    }
    unlock(server);
    return opens;
}

size_t simulator_keys_for(struct simulator *simulator, const char *room)
{
    size_t count = 0;
    struct server *server = lock(simulator);
    for (size_t i = 0; i < lock_server_card_count(server->lock); i++) {
        count += lock_server_opens(server->lock, lock_server_card(server->lock, i), room) ? 1 : 0;
    }
    unlock(server);
    return count;
}

bool simulator_occupied(struct simulator *simulator, const char *room)
{
    struct server *server = lock(simulator);
    const bool occupied = lock_server_occupied(server->lock, room);
    unlock(server);
    return occupied;
}
