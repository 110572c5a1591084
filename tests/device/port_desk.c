/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The desk of the tests of devices on serial ports; see port_desk.h. */
#include "port_desk.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct tty_plug encoder = {.place = "1-4.2",
                                 .ids = "067b:2303",
                                 .serial = "K42",
                                 .manufacturer = "Maker",
                                 .product = "Bridge",
                                 .node = "ttyUSB0"};
const struct tty_plug encoder_again = {.place = "1-1",
                                       .ids = "067b:2303",
                                       .serial = "K42",
                                       .manufacturer = "Maker",
                                       .product = "Bridge",
                                       .node = "ttyUSB7"};
const struct tty_plug modem = {.place = "1-3", .ids = "1a86:7523", .node = "ttyUSB1"};
const struct tty_plug unknown = {
    .place = "1-2", .ids = "0403:6001", .serial = "FT", .product = "Cable", .node = "ttyUSB2"};
const struct tty_plug own = {.node = "ttyS4", .type = "4"};

const char *denied;

int access(const char *path, int mode)
{
    if (denied && mode != F_OK && strstr(path, denied)) {
        errno = EACCES;
        return -1;
    }
    return ((int (*)(const char *, int))dlsym(RTLD_NEXT, "access"))(path, mode);
}

bool no_descriptors;

DIR *opendir(const char *path)
{
    if (no_descriptors && strcmp(path, "/sys/class/tty") == 0) {
        errno = EMFILE;
        return NULL;
    }
    return ((DIR * (*)(const char *)) dlsym(RTLD_NEXT, "opendir"))(path);
}

int open_desk(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));
    assert_non_null(desk);
    *state = desk;
    denied = NULL;
    no_descriptors = false;
    desk->ports = tty_rig_new();
    assert_int_equal(kc_context_new(&desk->context), KC_OK);
    assert_int_equal(kc_site_new(desk->context, "Hotel", &desk->site), KC_OK);
    return 0;
}

int close_desk(void **state)
{
    struct desk *desk = *state;
    kc_site_unref(desk->site);
    kc_context_unref(desk->context);
    if (desk->ports)
        tty_rig_free(desk->ports);
    free(desk);
    return 0;
}

struct desk *desk_of(void **state)
{
    struct desk *desk = *state;
    if (!desk->ports)
        skip();
    return desk;
}

struct tester *plug(struct desk *desk, const struct tty_plug *what, enum tester_manner manner)
{
    struct tester *tester = &desk->testers[desk->tester_count++];
    assert_true(desk->tester_count <= 4);
    tty_rig_plug(desk->ports, what);
    *tester = (struct tester){.far_end = tty_rig_far_end(desk->ports, what->node), .manner = manner};
    return tester;
}

void unplug(struct desk *desk, const struct tty_plug *what, struct tester *tester)
{
    tester->far_end = -1;
    tty_rig_unplug(desk->ports, what, true);
}

void take_events(struct desk *desk)
{
    for (kc_event *event; (event = kc_context_next_event(desk->context)) != NULL; kc_event_unref(event)) {
        if (kc_event_get_type(event) != KC_EVENT_DEVICE)
            continue;
        assert_non_null(kc_event_get_device(event));
        const char *place = kc_device_get_place(kc_event_get_device(event));
        size_t used = strlen(desk->events);
        snprintf(desk->events + used, sizeof(desk->events) - used, "%s %s, ",
                 strncmp(place, "/dev/", 5) == 0 ? place + 5 : place, kc_device_state_name(kc_event_get_state(event)));
        desk->event_count++;
        assert_non_null(strstr(kc_event_get_text(event), kc_device_state_name(kc_event_get_state(event))));
    }
}

void turn(struct desk *desk)
{
    for (size_t i = 0; i < desk->tester_count; i++)
        tester_turn(&desk->testers[i]);
    assert_true(kc_context_wait(desk->context, 10) >= 0);
    assert_int_equal(kc_context_dispatch(desk->context), KC_OK);
    take_events(desk);
}

void until_events(struct desk *desk, const char *wanted)
{
    for (int i = 0; strlen(desk->events) < strlen(wanted) && i < WAIT_ROUNDS; i++)
        turn(desk);
    assert_string_equal(desk->events, wanted);
    desk->events[0] = '\0';
}

kc_device *find(struct desk *desk, const char *node)
{
    char place[64];
    snprintf(place, sizeof(place), "/dev/%s", node);
    for (int32_t i = 0; i < kc_context_get_device_count(desk->context); i++)
        if (strcmp(kc_device_get_place(kc_context_get_device(desk->context, i)), place) == 0)
            return kc_context_get_device(desk->context, i);
    fail_msg("%s is not listed", node);
    return NULL;
}

void until_state(struct desk *desk, kc_device *device, int32_t state)
{
    for (int i = 0; kc_device_get_state(device) != state && i < WAIT_ROUNDS; i++)
        turn(desk);
    assert_string_equal(kc_device_state_name(kc_device_get_state(device)), kc_device_state_name(state));
}

void watch(struct desk *desk, int32_t how)
{
    assert_int_equal(kc_context_watch_devices(desk->context, how), KC_OK);
    take_events(desk);
}

void says(const kc_error *error, const char *text)
{
    assert_non_null(error);
    if (!strstr(kc_error_get_message(error), text))
        fail_msg("\"%s\" does not say \"%s\"", kc_error_get_message(error), text);
}

kc_system *add_system(struct desk *desk, const char *name, const char *uri)
{
    kc_system *system = NULL;
    if (kc_system_new(desk->site, name, uri, &system) != KC_OK)
        fail_msg("%s", kc_error_get_message(kc_site_get_error(desk->site)));
    return system;
}
