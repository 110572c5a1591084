/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lock system's side of the drivers with a simulator: simulator.h. */
#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "simulator.h"
#include "suite.h"

/* What every protocol has. */
#define COMMON_FAULTS                                                                                                  \
    {"twice", WRITTEN, false}, {"split", WRITTEN, false}, {"glue", WRITTEN, false}, {"late:30", WRITTEN, false},       \
        {"garbage:1", WRITTEN | UNKNOWN, false}, {"garbage", WRITTEN | UNKNOWN, false},                                \
        {"garbage:200", WRITTEN | UNKNOWN, false}, {"bad-check", UNKNOWN | WRITTEN, false},                            \
        {"drop-after-request", UNKNOWN, false}, {"drop-after-ack", UNKNOWN, false}, {"drop-at:0", UNKNOWN, false},     \
        {"silent-before-ack", UNKNOWN, true}, {"silent-after-ack", UNKNOWN, true}, {"late:1200", UNKNOWN, true},       \
    {                                                                                                                  \
        "split:800", UNKNOWN | WRITTEN, true                                                                           \
    }

const struct fault_case simulator_faults[] = {
    COMMON_FAULTS,
    {"busy", NOT_WRITTEN, false},
    {0},
};

/* Three attempts are the default of the drivers; what is refused for longer strikes the next operation, too. */
const struct fault_case acknowledging_faults[] = {
    COMMON_FAULTS,
    {"nak", WRITTEN, false},
    {"nak:2", WRITTEN, false},
    {"nak:3", NOT_WRITTEN, false},
    {"busy", WRITTEN | NOT_WRITTEN, false}, /* WRITTEN: it was asked by ENQ first, and again */
    {"busy:2", WRITTEN | NOT_WRITTEN, false},
    {"busy:3", NOT_WRITTEN, false},
    {0},
};

/* No byte but the answer says that a request came: NAK means nothing, and what spoils the answer loses it. */
const struct fault_case stream_faults[] = {
    COMMON_FAULTS,
    {"nak", UNKNOWN, true},
    {"busy", NOT_WRITTEN, false},
    {0},
};

/* Services over HTTP: what the reply holds is all that comes, and nothing of it is taken when it is not whole. */
const struct fault_case http_faults[] = {
    {"late:30", WRITTEN, false},
    {"split", WRITTEN, false},
    {"nak", UNKNOWN | NOT_WRITTEN, false},
    {"busy", NOT_WRITTEN, false},
    {"twice", UNKNOWN, false},
    {"garbage:1", UNKNOWN, false},
    {"garbage", UNKNOWN, false},
    {"garbage:200", UNKNOWN, false},
    {"bad-check", UNKNOWN, false},
    {"drop-after-request", UNKNOWN, false},
    {"drop-after-ack", UNKNOWN, false},
    {"drop-at:0", UNKNOWN, false},
    {"http-status:302", UNKNOWN | NOT_WRITTEN, false},
    {"http-status:401", UNKNOWN | NOT_WRITTEN, false},
    {"http-status:404", UNKNOWN | NOT_WRITTEN, false},
    {"http-status:500", UNKNOWN, false},
    {"http-status:502", UNKNOWN, false},
    {"html", UNKNOWN, false},
    {"soap-fault", UNKNOWN, false},
    {"silent-before-ack", UNKNOWN, true},
    {"silent-after-ack", UNKNOWN, true},
    {"late:1200", UNKNOWN, true},
    {"split:800", UNKNOWN | WRITTEN, true},
    {0},
};

/* The driver looks at the card when a write went wrong, and writes again; it cannot where the line is lost. */
const struct fault_case reader_faults[] = {
    COMMON_FAULTS, {"nak", WRITTEN | UNKNOWN, true}, {"busy", WRITTEN, false}, {"error:02", WRITTEN, false}, {0},
};

/* Devices: a swipe that they refuse may be tried again by hand only, and what a card holds is read back. */
const struct fault_case device_faults[] = {
    COMMON_FAULTS,
    {"nak", NOT_WRITTEN, false},
    {"busy", NOT_WRITTEN, false},
    {"unreadable", UNKNOWN, false},
    {"lost", UNKNOWN, false},
    {0},
};

static void start_with(struct hotel *hotel, const char *connect, char address[NAME_SIZE])
{
    char message[SIMULATOR_MESSAGE_SIZE];
    const char *const faults[] = {hotel->opening.fault, NULL};
    struct simulator_options options = {.driver = driver_name(hotel->driver),
                                        .profile = hotel->driver->profile,
                                        .encoders = hotel->driver->encoders,
                                        .faults = *hotel->opening.fault ? faults : NULL,
                                        .hand_ms = hotel->opening.hand_ms,
                                        .connect = connect};
    if (!hotel->simulator)
        hotel->simulator = simulator_start(&options, message);
    EXPECT(hotel->simulator != NULL, "%s", message);
    snprintf(address, NAME_SIZE, "%s", simulator_address(hotel->simulator));
}

void simulated_start(struct hotel *hotel, char address[NAME_SIZE])
{
    start_with(hotel, NULL, address);
}

/* A free port, bound but not listened at: nobody else gets it, and the system may listen at it, again after it was made
 * anew. The lock system dials it until somebody is there. */
static void start_dialling(struct hotel *hotel, char address[NAME_SIZE])
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(own);
    const int on = 1;
    char where[NAME_SIZE];
    if (hotel->port == 0) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        EXPECT(fd > 0, "no socket");
        hotel->port = fd;
        EXPECT(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
                   bind(fd, (struct sockaddr *)&own, sizeof(own)) == 0,
               "no port");
    }
    EXPECT(getsockname(hotel->port, (struct sockaddr *)&own, &length) == 0, "no address");
    snprintf(where, sizeof(where), "127.0.0.1:%d", ntohs(own.sin_port));
    start_with(hotel, where, address);
}

void simulated_stop(struct hotel *hotel)
{
    if (hotel->port != 0)
        close(hotel->port);
    hotel->port = 0;
    simulator_stop(hotel->simulator);
    hotel->simulator = NULL;
}

void simulated_settle(struct hotel *hotel)
{
    EXPECT(simulator_wait_idle(hotel->simulator, PATIENCE_MS), "the simulator is busy for ever");
}

size_t simulated_requests(struct hotel *hotel)
{
    return simulator_count(hotel->simulator, SIMULATOR_REQUESTS);
}

size_t simulated_effects(struct hotel *hotel)
{
    return simulator_count(hotel->simulator, SIMULATOR_EFFECTS);
}

static void copy_text(char to[NAME_SIZE], const json_t *text)
{
    snprintf(to, NAME_SIZE, "%s", json_is_string(text) ? json_string_value(text) : "");
}

void simulated_last_effect(struct hotel *hotel, struct effect *effect)
{
    char *journal = simulator_journal(hotel->simulator), *found = NULL;
    memset(effect, 0, sizeof(*effect));
    EXPECT(journal != NULL, "no journal");
    for (char *at = strstr(journal, "{\"event\":\"effect\""); at; at = strstr(at + 1, "{\"event\":\"effect\""))
        found = at;
    json_t *line = found ? json_loadb(found, strcspn(found, "\n"), 0, NULL) : NULL;
    copy_text(effect->kind, json_object_get(line, "kind"));
    copy_text(effect->encoder, json_object_get(line, "encoder"));
    copy_text(effect->room, json_array_get(json_object_get(line, "rooms"), 0));
    effect->keys = json_array_size(json_object_get(line, "keys"));
    json_decref(line);
    free(journal);
}

bool simulated_opens(struct hotel *hotel, const char *serial, const char *room)
{
    return simulator_opens(hotel->simulator, serial, room);
}

size_t simulated_keys_for(struct hotel *hotel, const char *room)
{
    return simulator_keys_for(hotel->simulator, room);
}

bool simulated_occupied(struct hotel *hotel, const char *room)
{
    return simulator_occupied(hotel->simulator, room);
}

/* A device has one encoder, and the names that the host gives it. */
void simulated_names(struct hotel *hotel)
{
    for (const char *const *name = hotel->driver->encoders; *name; name++)
        EXPECT_OK(kc_system_add_encoder(hotel->system, *name));
}

const struct side side_simulator = {
    .start = simulated_start, .stop = simulated_stop, SIMULATED_SIDE, .settle = simulated_settle};
const struct side side_desk = {.start = simulated_start,
                               .prepare = simulated_names,
                               .stop = simulated_stop,
                               SIMULATED_SIDE,
                               .settle = simulated_settle};
const struct side side_dialling = {
    .start = start_dialling, .stop = simulated_stop, SIMULATED_SIDE, .settle = simulated_settle};
