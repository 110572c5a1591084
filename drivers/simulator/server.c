/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The poll loop of a simulator. */
#include "server.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "address.h"
#include "card_file.h"
#include "connection.h"
#include "exchange.h"
#include "journal.h"
#include "reservation.h"
#include "web.h"

/* How long to wait with accept() after it found no free descriptor. */
enum { ACCEPT_PAUSE_MS = 50 };
/* Between two attempts to dial in. */
enum { DIAL_PAUSE_MS = 100 };

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void server_count(struct server *server, enum simulator_counter counter)
{
    server->counters[counter]++;
    pthread_cond_broadcast(&server->changed);
}

void server_uncount(struct server *server, enum simulator_counter counter)
{
    server->counters[counter]--;
    pthread_cond_broadcast(&server->changed);
}

struct connection *server_connection(struct server *server, uint64_t id)
{
    for (struct connection *at = server->connections; at != NULL; at = at->next) {
        if (at->id == id) {
            return at;
        }
    }
    return NULL;
}

void server_wake(struct server *server)
{
    const uint64_t one = 1;
    ssize_t written;
    do {
        written = write(server->wake, &one, sizeof one);
    } while (written < 0 && errno == EINTR);
}

void server_stop(struct server *server)
{
    pthread_mutex_lock(&server->mutex);
    server->stopping = true;
    server_wake(server);
    pthread_mutex_unlock(&server->mutex);
}

/* ---- Making one ------------------------------------------------------------------------------------------------- */

static bool add_names(struct server *server, const struct simulator_options *options, char *message)
{
    for (size_t i = 0; options->rooms != NULL && options->rooms[i] != NULL; i++) {
        if (lock_server_add_room(server->lock, options->rooms[i]) != 0) {
            snprintf(message, SIMULATOR_MESSAGE_SIZE, "room \"%.80s\" is not a name of 1 to %d bytes",
                     options->rooms[i], LOCK_NAME_SIZE - 1);
            return false;
        }
    }
    for (size_t i = 0; options->encoders != NULL && options->encoders[i] != NULL; i++) {
        if (lock_server_add_encoder(server->lock, options->encoders[i]) != 0) {
            snprintf(message, SIMULATOR_MESSAGE_SIZE, "encoder \"%.80s\" is not a name of 1 to %d bytes",
                     options->encoders[i], LOCK_NAME_SIZE - 1);
            return false;
        }
    }
    return true;
}

bool server_takes_fault(const struct server *server, const struct fault *fault, char message[SIMULATOR_MESSAGE_SIZE])
{
    if (fault_is_for_http(fault->name) && server->protocol->asked == NULL) {
        snprintf(message, SIMULATOR_MESSAGE_SIZE, "fault \"%s\" is for services over HTTP, and %s is none",
                 fault_name_text(fault->name), server->protocol->name);
        return false;
    }
    if (fault_is_for_devices(fault->name) && !server->protocol->device) {
        snprintf(message, SIMULATOR_MESSAGE_SIZE, "fault \"%s\" is for devices that write cards, and %s is none",
                 fault_name_text(fault->name), server->protocol->name);
        return false;
    }
    if (fault->name == FAULT_LEAVES && server->protocol->present == NULL) {
        snprintf(message, SIMULATOR_MESSAGE_SIZE, "fault \"%s\" is for readers on which cards lie, and %s is none",
                 fault_name_text(fault->name), server->protocol->name);
        return false;
    }
    return true;
}

static bool take_image_bytes(struct server *server, const struct simulator_options *options, char *message)
{
    if (options->image_bytes > LOCK_IMAGE_MOST || (options->image_bytes > 0 && !server->protocol->returns_keys)) {
        snprintf(message, SIMULATOR_MESSAGE_SIZE, "%s returns no keys as bytes, or %zu are more than %d",
                 server->protocol->name, options->image_bytes, LOCK_IMAGE_MOST);
        return false;
    }
    lock_server_set_image_size(server->lock, options->image_bytes);
    return true;
}

static bool add_faults(struct server *server, const struct simulator_options *options, char *message)
{
    for (size_t i = 0; options->faults != NULL && options->faults[i] != NULL; i++) {
        struct fault fault;
        if (fault_parse(options->faults[i], &fault, message, SIMULATOR_MESSAGE_SIZE) != 0 ||
            !server_takes_fault(server, &fault, message)) {
            return false;
        }
        if (fault_list_add(&server->faults, &fault) != 0) {
            snprintf(message, SIMULATOR_MESSAGE_SIZE, "out of memory");
            return false;
        }
    }
    return true;
}

static bool open_world(struct server *server, const struct simulator_options *options, char *message)
{
    const struct protocol *protocol = server->protocol;
    snprintf(server->cards, sizeof server->cards, "%s", options->cards != NULL ? options->cards : "");
    if (options->cards != NULL && (protocol->world_open == NULL || strlen(options->cards) >= sizeof server->cards)) {
        snprintf(message, SIMULATOR_MESSAGE_SIZE, "%s writes no cards into a folder, or its name is too long",
                 protocol->name);
        return false;
    }
    if (protocol->world_open == NULL) {
        return true;
    }
    server->world = calloc(1, protocol->world_size);
    return server->world != NULL && protocol->world_open(server->world, server) == 0;
}

static struct connection *add_connection(struct server *server, int fd, bool terminal)
{
    struct connection *connection = connection_new(server, fd, terminal);
    if (connection != NULL) {
        connection->id = ++server->last_connection;
        connection->next = server->connections;
        server->connections = connection;
        server->counters[SIMULATOR_OPEN_CONNECTIONS]++;
        server_count(server, SIMULATOR_CONNECTIONS);
        if (server->protocol->started != NULL) {
            server->protocol->started(connection, connection->session);
        }
    }
    return connection;
}

static bool copy_setting(char *to, size_t size, const char *from, const char *what, char *message)
{
    const int length = snprintf(to, size, "%s", from != NULL ? from : "");
    if (length < 0 || (size_t)length >= size) {
        snprintf(message, SIMULATOR_MESSAGE_SIZE, "the %s is too long: %zu bytes at most", what, size - 1);
        return false;
    }
    return true;
}

static bool take_service_settings(struct server *server, const struct simulator_options *options, char *message)
{
    struct service_settings *service = &server->service;
    const char *path = options->path != NULL ? options->path : "/MessengerPMSWS.asmx";
    size_t count = 0;
    if (!copy_setting(service->path, sizeof service->path, path, "path", message) ||
        !copy_setting(service->user, sizeof service->user, options->user, "user", message) ||
        !copy_setting(service->password, sizeof service->password, options->password, "password", message)) {
        return false;
    }
    if (path[0] != '/') {
        snprintf(message, SIMULATOR_MESSAGE_SIZE, "the path \"%.100s\" does not begin with a slash", path);
        return false;
    }
    service->copies_at_most = options->copies_at_most;
    lock_server_set_delivery(server->lock, options->delivery_ms);
    while (options->no_phones != NULL && options->no_phones[count] != NULL) {
        count++;
    }
    service->no_phones = calloc(count + 1, sizeof service->no_phones[0]);
    if (service->no_phones == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!copy_setting(service->no_phones[i], LOCK_NAME_SIZE, options->no_phones[i], "phone number", message)) {
            return false;
        }
        service->no_phone_count++;
    }
    return true;
}

static bool is_service(const struct simulator_options *options)
{
    return options->path != NULL || options->tls_certificate != NULL || options->tls_key != NULL ||
           options->user != NULL || options->password != NULL || options->no_phones != NULL ||
           options->delivery_ms != 0 || options->copies_at_most != 0;
}

/* HTTP and its options belong together. */
static bool open_service(struct server *server, const struct simulator_options *options, char *message)
{
    if (server->protocol->asked == NULL) {
        if (is_service(options)) {
            snprintf(message, SIMULATOR_MESSAGE_SIZE,
                     "%s is not a service over HTTP: it has no path, certificate, "
                     "user, phones or number of copies",
                     server->protocol->name);
            return false;
        }
        return true;
    }
    if (!take_service_settings(server, options, message)) {
        return false;
    }
    const int listener = server->listener;
    server->listener = -1;
    server->http = web_open(server, listener, options, message);
    return server->http != NULL;
}

static bool take_profile(struct server *server, const struct simulator_options *options, char *message)
{
    const char *const *names = server->protocol->profiles;
    for (size_t i = 0; options->profile != NULL && names != NULL && names[i] != NULL; i++) {
        if (strcmp(names[i], options->profile) == 0) {
            server->profile = i;
            return true;
        }
    }
    if (options->profile != NULL) {
        snprintf(message, SIMULATOR_MESSAGE_SIZE, "%s has no profile \"%.60s\"", server->protocol->name,
                 options->profile);
    }
    return options->profile == NULL;
}

/* Dials in if there is no connection; returns when it does so next. */
static int64_t dial(struct server *server)
{
    char message[SIMULATOR_MESSAGE_SIZE];
    if (server->dial == NULL || server->connections != NULL) {
        return INT64_MAX;
    }
    if (server->now >= server->dial_due) {
        const int fd = address_dial(server->dial, message, sizeof message);
        server->dial_due = server->now + DIAL_PAUSE_MS;
        if (fd >= 0) {
            add_connection(server, fd, false);
        }
    }
    return server->dial_due;
}

/* The card and the secret of a device. */
static bool open_device(struct server *server, const struct simulator_options *options, char *message)
{
    static const char usual_key[] = "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F";
    struct kc_error error = {0};
    if (!server->protocol->device) {
        if (options->card != NULL || options->site_key != NULL || options->site_number != NULL) {
            snprintf(message, SIMULATOR_MESSAGE_SIZE,
                     "%s writes no cards itself: it has no card, site number or site key", server->protocol->name);
            return false;
        }
        return true;
    }
    if (open_key_site_read(options->site_number != NULL ? options->site_number : "1",
                           options->site_key != NULL ? options->site_key : usual_key, &server->site, &error) != KC_OK) {
        snprintf(message, SIMULATOR_MESSAGE_SIZE, "%.300s", error.message);
        return false;
    }
    server->card_file = options->card != NULL ? strdup(options->card) : NULL;
    if (options->card != NULL && (server->card_file == NULL || card_file_load(server) != 0)) {
        snprintf(message, SIMULATOR_MESSAGE_SIZE, "cannot read the card \"%.200s\": %s", options->card,
                 strerror(errno));
        return false;
    }
    return true;
}

static bool open_address(struct server *server, const struct simulator_options *options, char *message)
{
    if (options->pseudo_terminal && server->protocol->asked != NULL) {
        snprintf(message, SIMULATOR_MESSAGE_SIZE, "%s is a service over HTTP and has no serial line",
                 server->protocol->name);
        return false;
    }
    if (options->connect != NULL) {
        const int fd = address_dial(options->connect, message, SIMULATOR_MESSAGE_SIZE);
        server->dial = fd >= 0 || errno == ECONNREFUSED ? strdup(options->connect) : NULL;
        snprintf(server->address, sizeof server->address, "%s", options->connect);
        return server->dial != NULL && (fd < 0 || add_connection(server, fd, false) != NULL);
    }
    if (options->pseudo_terminal) {
        const int fd = address_terminal(server->address, sizeof server->address, message, SIMULATOR_MESSAGE_SIZE);
        return fd >= 0 && add_connection(server, fd, true) != NULL;
    }
    const char *where = options->listen != NULL ? options->listen : "127.0.0.1:0";
    server->listener = address_listen(where, server->address, sizeof server->address, &server->port, message,
                                      SIMULATOR_MESSAGE_SIZE);
    return server->listener >= 0;
}

static bool open_journal(struct server *server, const struct simulator_options *options, char *message)
{
    server->journal = journal_open(options->journal);
    if (server->journal == NULL) {
        snprintf(message, SIMULATOR_MESSAGE_SIZE, "cannot open the journal \"%.200s\": %s",
                 options->journal != NULL ? options->journal : "in memory", strerror(errno));
        return false;
    }
    return true;
}

static int init_locks(struct server *server)
{
    pthread_condattr_t monotonic;
    pthread_mutex_init(&server->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&server->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    server->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return server->wake < 0 ? -1 : 0;
}

struct server *server_new(const struct simulator_options *options, char message[SIMULATOR_MESSAGE_SIZE])
{
    struct server *server = calloc(1, sizeof *server);
    snprintf(message, SIMULATOR_MESSAGE_SIZE, "out of memory");
    if (server == NULL) {
        return NULL;
    }
    server->listener = -1;
    server->hand_ms = options->hand_ms;
    server->now = clock_ms();
    const bool ready = init_locks(server) == 0;
    server->protocol = options->driver != NULL ? protocol_find(options->driver) : NULL;
    server->lock = lock_server_new();
    if (server->protocol == NULL) {
        snprintf(message, SIMULATOR_MESSAGE_SIZE, "there is no simulator for \"%.60s\"",
                 options->driver != NULL ? options->driver : "");
    } else if (ready && server->lock != NULL && add_names(server, options, message) &&
               take_image_bytes(server, options, message) && add_faults(server, options, message) &&
               take_profile(server, options, message) && open_device(server, options, message) &&
               open_world(server, options, message) && open_journal(server, options, message) &&
               open_address(server, options, message) && open_service(server, options, message)) {
        message[0] = '\0';
        return server;
    }
    server_free(server);
    return NULL;
}

void server_free(struct server *server)
{
    if (server == NULL) {
        return;
    }
    exchanges_forget(server);
    web_close(server->http);
    free(server->service.no_phones);
    while (server->connections != NULL) {
        struct connection *connection = server->connections;
        server->connections = connection->next;
        connection_free(connection);
    }
    free(server->dial);
    free(server->card_file);
    if (server->listener >= 0) {
        close(server->listener);
    }
    if (server->wake >= 0) {
        close(server->wake);
    }
    free(server->world);
    lock_server_free(server->lock);
    journal_close(server->journal);
    fault_list_clear(&server->faults);
    pthread_cond_destroy(&server->changed);
    pthread_mutex_destroy(&server->mutex);
    free(server);
}

/* ---- Running ---------------------------------------------------------------------------------------------------- */

static void accept_all(struct server *server)
{
    const int on = 1;
    for (;;) {
        const int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR && errno != ECONNABORTED) {
                server->listener_pause = server->now + ACCEPT_PAUSE_MS;
            }
            return;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        add_connection(server, fd, false);
    }
}

/* Sends what is due, frees what is dead, and returns when the next byte is due. */
static int64_t flush_all(struct server *server)
{
    int64_t next = INT64_MAX;
    struct connection **link = &server->connections;
    while (*link != NULL) {
        struct connection *connection = *link;
        connection_flush(connection, server->now);
        if (connection->dead) {
            *link = connection->next;
            connection_free(connection);
            server_uncount(server, SIMULATOR_OPEN_CONNECTIONS);
            continue;
        }
        const int64_t due = connection_next_time(connection);
        next = due < next ? due : next;
        link = &connection->next;
    }
    return next;
}

/* What poll() looks at: the wake-up, the caller's stop, the listener, HTTP, then the connections in the order of the
 * list. */
enum { SLOT_WAKE, SLOT_STOP, SLOT_LISTENER, SLOT_HTTP, SLOT_FIRST };

struct poll_set {
    struct pollfd *slots;
    struct connection **connections; /* of slots[SLOT_FIRST] and on */
    size_t count, capacity;          /* of connections */
};

static bool grow(struct poll_set *set, size_t count)
{
    if (count <= set->capacity && set->slots != NULL) {
        return true;
    }
    const size_t capacity = count * 2 + 8;
    struct pollfd *slots = reallocarray(set->slots, capacity + SLOT_FIRST, sizeof *slots);
    if (slots != NULL) {
        set->slots = slots;
    }
    struct connection **connections = reallocarray(set->connections, capacity, sizeof(struct connection *));
    if (connections != NULL) {
        set->connections = connections;
    }
    if (slots == NULL || connections == NULL) {
        return false;
    }
    set->capacity = capacity;
    return true;
}

/* `next` comes in as the next time for other reasons and goes out with the pauses in it. */
static bool fill(struct server *server, struct poll_set *set, int stop_fd, int64_t *next)
{
    size_t count = 0;
    for (const struct connection *at = server->connections; at != NULL; at = at->next) {
        count++;
    }
    if (!grow(set, count)) {
        return false;
    }
    const bool paused = server->listener_pause > server->now;
    set->slots[SLOT_WAKE] = (struct pollfd){.fd = server->wake, .events = POLLIN};
    set->slots[SLOT_STOP] = (struct pollfd){.fd = stop_fd, .events = POLLIN};
    set->slots[SLOT_LISTENER] = (struct pollfd){.fd = paused ? -1 : server->listener, .events = POLLIN};
    set->slots[SLOT_HTTP] = (struct pollfd){.fd = server->http != NULL ? web_descriptor(server->http) : -1,
                                            .events = POLLIN};
    if (paused && server->listener_pause < *next) {
        *next = server->listener_pause;
    }
    set->count = 0;
    for (struct connection *at = server->connections; at != NULL; at = at->next) {
        const bool resting = at->pause > server->now;
        const int events = (at->closing ? 0 : POLLIN) | (at->blocked ? POLLOUT : 0);
        set->slots[SLOT_FIRST + set->count] = (struct pollfd){.fd = resting || events == 0 ? -1 : at->fd,
                                                              .events = (short)events};
        set->connections[set->count++] = at;
        if (resting && at->pause < *next) {
            *next = at->pause;
        }
    }
    return true;
}

static int timeout_until(const struct server *server, int64_t next)
{
    if (next == INT64_MAX) {
        return -1;
    }
    const int64_t delay = next - server->now;
    return delay < 0 ? 0 : delay > INT32_MAX ? INT32_MAX : (int)delay;
}

/* After poll(): nothing was added to or taken from the list of connections meanwhile. */
static void serve(struct server *server, const struct poll_set *set)
{
    uint64_t wakes;
    server->now = clock_ms();
    if (set->slots[SLOT_WAKE].revents != 0 && read(server->wake, &wakes, sizeof wakes) < 0) {
        wakes = 0; /* it was read already: harmless */
    }
    for (size_t i = 0; i < set->count; i++) {
        struct connection *connection = set->connections[i];
        if ((set->slots[SLOT_FIRST + i].revents & ~POLLOUT) != 0 && !connection_is_closing(connection)) {
            connection_read(connection, server->now);
        }
    }
    if (set->slots[SLOT_LISTENER].revents != 0) {
        accept_all(server);
    }
}

/* Does what is due, and returns when the next thing is. */
static int64_t run_due(struct server *server)
{
    server->now = clock_ms();
    if (server->http != NULL) {
        web_run(server->http); /* first: it may begin exchanges */
    }
    int64_t next = exchanges_run(server);
    const int64_t next_delivery = lock_server_deliver(server->lock, server->now);
    const int64_t next_byte = flush_all(server);
    const int64_t next_call = server->http != NULL ? web_next_time(server->http) : INT64_MAX;
    next = next_delivery < next ? next_delivery : next;
    next = next_byte < next ? next_byte : next;
    return next_call < next ? next_call : next;
}

bool server_run(struct server *server, int stop_fd)
{
    struct poll_set set = {NULL, NULL, 0, 0};
    pthread_mutex_lock(&server->mutex);
    while (!server->stopping && server->failure[0] == '\0') {
        int64_t next = run_due(server);
        const int64_t next_dial = dial(server);
        next = next_dial < next ? next_dial : next;
        if (!fill(server, &set, stop_fd, &next)) {
            snprintf(server->failure, sizeof server->failure, "out of memory");
            break;
        }
        const int timeout = timeout_until(server, next);
        pthread_mutex_unlock(&server->mutex);
        const int ready = poll(set.slots, SLOT_FIRST + (nfds_t)set.count, timeout);
        const int saved = errno;
        pthread_mutex_lock(&server->mutex);
        if (ready < 0 && saved != EINTR) {
            snprintf(server->failure, sizeof server->failure, "cannot wait: %s", strerror(saved));
        }
        if (ready > 0) {
            serve(server, &set);
            server->stopping = server->stopping || set.slots[SLOT_STOP].revents != 0;
        }
    }
    const bool good = server->failure[0] == '\0';
    pthread_mutex_unlock(&server->mutex);
    free(set.slots);
    free(set.connections);
    return good;
}
