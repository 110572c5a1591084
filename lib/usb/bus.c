/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bus: libusb's context, its descriptors in the loop, and who is plugged in. */
#include "usb/bus.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "usb/bus_private.h"

/* One of libusb's descriptors. */
struct pollfd_watch {
    struct loop_watch watch; /* first */
    struct usb_bus *bus;
    struct pollfd_watch *next;
};

struct usb_bus {
    struct loop_service service; /* first */
    struct loop *loop;
    libusb_context *context;
    libusb_hotplug_callback_handle hotplug;
    bool has_hotplug;
    struct pollfd_watch *pollfds;
    bool deaf;     /* a descriptor could not be watched */
    bool handling; /* inside libusb */
    size_t users, connections;
    struct usb_device *devices;
    struct usb_watch *watches;
    struct usb_watch *next_watch; /* whose turn it is when news are told */
    struct loop_task news, end;
    bool missed; /* a device came when memory was used up */
    struct loop_timer look_again;
    struct usb_later *later;
    struct usb_chores *chores;
};

enum { LOOK_AGAIN_MS = 1000 };

static const char kind; /* its address is the kind of the service */

struct loop *usb_bus_loop(const struct usb_bus *bus)
{
    return bus->loop;
}

/* ---- Descriptors ----------------------------------------------------------------------------------------------- */

static void handle_events(struct usb_bus *bus, long wait_us)
{
    struct timeval wait = {0, wait_us};

    if (bus->handling)
        return;
    bus->handling = true;
    libusb_handle_events_timeout_completed(bus->context, &wait, NULL);
    bus->handling = false;
    while (bus->later != NULL) {
        struct usb_later *later = bus->later;

        bus->later = later->next;
        later->run(later);
    }
}

void usb_bus_later(struct usb_bus *bus, struct usb_later *later)
{
    if (!bus->handling) {
        later->run(later);
        return;
    }
    later->next = bus->later;
    bus->later = later;
}

static void pollfd_ready(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    handle_events(((struct pollfd_watch *)(void *)watch)->bus, 0);
}

static void pollfd_added(int fd, short events, void *user)
{
    struct usb_bus *bus = user;
    struct pollfd_watch *added = calloc(1, sizeof *added);

    if (added == NULL) {
        bus->deaf = true;
        return;
    }
    added->bus = bus;
    added->watch.fd = fd;
    added->watch.ready = pollfd_ready;
    added->watch.events = (uint8_t)(((events & POLLIN) != 0 ? LOOP_READ : 0) |
                                    ((events & POLLOUT) != 0 ? LOOP_WRITE : 0));
    if (loop_watch_add(bus->loop, &added->watch) != KC_OK) {
        bus->deaf = true;
        free(added);
        return;
    }
    added->next = bus->pollfds;
    bus->pollfds = added;
}

static void pollfd_removed(int fd, void *user)
{
    struct usb_bus *bus = user;

    for (struct pollfd_watch **place = &bus->pollfds; *place != NULL; place = &(*place)->next) {
        struct pollfd_watch *found = *place;

        if (found->watch.fd != fd)
            continue;
        loop_watch_remove(bus->loop, &found->watch);
        *place = found->next;
        free(found);
        return;
    }
}

static void watch_descriptors(struct usb_bus *bus)
{
    const struct libusb_pollfd **list = libusb_get_pollfds(bus->context);

    if (list == NULL)
        bus->deaf = true;
    for (size_t i = 0; list != NULL && list[i] != NULL; i++)
        pollfd_added(list[i]->fd, list[i]->events, bus);
    libusb_free_pollfds(list);
    libusb_set_pollfd_notifiers(bus->context, pollfd_added, pollfd_removed, bus);
}

bool usb_bus_hears(struct usb_bus *bus)
{
    bool hears = !bus->deaf;

    bus->deaf = false; /* it is for who opened to mind */
    return hears;
}

struct usb_chores *usb_bus_chores(const struct usb_bus *bus)
{
    return bus->chores;
}

/* ---- Devices --------------------------------------------------------------------------------------------------- */

static struct usb_device *find_device(const struct usb_bus *bus, const libusb_device *handle)
{
    struct usb_device *device = bus->devices;

    while (device != NULL && (device->handle != handle || device->gone))
        device = device->next;
    return device;
}

/* In the order of the ports, so that lists and messages do not change by themselves. */
static void insert(struct usb_bus *bus, struct usb_device *device)
{
    struct usb_device **place = &bus->devices;

    while (*place != NULL && strverscmp((*place)->port, device->port) <= 0)
        place = &(*place)->next;
    device->next = *place;
    *place = device;
}

static void add_device(struct usb_bus *bus, libusb_device *handle)
{
    struct usb_device *device;

    if (!usb_device_new(handle, &device)) {
        bus->missed = true;
        (void)loop_timer_set(bus->loop, &bus->look_again, LOOK_AGAIN_MS); /* if not, then who comes next looks */
    } else if (device != NULL) {
        insert(bus, device);
        loop_task_queue(bus->loop, &bus->news);
    }
}

/* Nobody tells a second time of a device for which there was no memory when it came. */
static void find_missed(struct usb_bus *bus)
{
    libusb_device **list = NULL;
    ssize_t count = bus->missed ? libusb_get_device_list(bus->context, &list) : 0;

    bus->missed = count < 0;
    for (ssize_t i = 0; i < count; i++)
        if (find_device(bus, list[i]) == NULL)
            add_device(bus, list[i]);
    if (list != NULL)
        libusb_free_device_list(list, 1);
}

static void look_again(struct loop_timer *timer)
{
    find_missed((struct usb_bus *)(void *)((char *)timer - offsetof(struct usb_bus, look_again)));
}

/* libusb calls it while it handles events, or while it is registered: nothing but notes are taken. */
static int LIBUSB_CALL on_hotplug(libusb_context *context, libusb_device *handle, libusb_hotplug_event event,
                                  void *user)
{
    struct usb_bus *bus = user;
    struct usb_device *device = find_device(bus, handle);

    (void)context;
    if (event == LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT && device != NULL) {
        device->gone = true;
        loop_task_queue(bus->loop, &bus->news);
    } else if (event == LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED && device == NULL) {
        add_device(bus, handle);
    }
    return 0; /* go on */
}

void usb_bus_lost(struct usb_bus *bus, struct usb_device *device)
{
    device->gone = true;
    loop_task_queue(bus->loop, &bus->news);
}

struct usb_device *usb_bus_next(const struct usb_bus *bus, const struct usb_device *last)
{
    struct usb_device *device = last == NULL ? bus->devices : last->next;

    while (device != NULL && (!device->announced || device->gone))
        device = device->next;
    return device;
}

void usb_bus_watch(struct usb_bus *bus, struct usb_watch *watch)
{
    if (watch->added)
        return;
    watch->added = true;
    watch->next = bus->watches; /* at the front, so that one that is added in a callback is not called for its reason */
    bus->watches = watch;
}

void usb_bus_unwatch(struct usb_bus *bus, struct usb_watch *watch)
{
    struct usb_watch **place = &bus->watches;

    if (!watch->added)
        return;
    watch->added = false;
    while (*place != watch)
        place = &(*place)->next;
    *place = watch->next;
    if (bus->next_watch == watch)
        bus->next_watch = watch->next;
}

static void tell(struct usb_bus *bus, struct usb_device *device, bool arrived)
{
    for (struct usb_watch *watch = bus->watches; watch != NULL; watch = bus->next_watch) {
        void (*call)(struct usb_watch *, struct usb_device *) = arrived ? watch->arrived : watch->left;

        bus->next_watch = watch->next;
        if (call != NULL)
            call(watch, device);
    }
    bus->next_watch = NULL;
}

/* The bus lives as long as this runs: it ends by a task of its own. */
static void tell_news(struct loop_task *task)
{
    struct usb_bus *bus = (struct usb_bus *)(void *)((char *)task - offsetof(struct usb_bus, news));

    for (struct usb_device **place = &bus->devices; *place != NULL;) {
        struct usb_device *device = *place;

        if (device->gone) {
            *place = device->next; /* first, so that who lists them in the callback does not see it */
            if (device->announced)
                tell(bus, device, false);
            usb_device_drop(device);
            place = &bus->devices; /* nothing is told twice */
            continue;
        }
        if (!device->announced) {
            device->announced = true;
            tell(bus, device, true);
        }
        place = &device->next;
    }
}

/* ---- Life ------------------------------------------------------------------------------------------------------ */

/* Whoever had a connection has closed it; what the kernel has not given back is waited for, but not for ever. */
static void drain(struct usb_bus *bus)
{
    for (int i = 0; bus->connections > 0 && i < 50;) {
        if (!usb_chores_wait(bus->chores)) {
            handle_events(bus, 20000);
            i++;
        }
    }
}

static void bus_free(struct usb_bus *bus)
{
    loop_timer_cancel(bus->loop, &bus->look_again);
    loop_task_cancel(bus->loop, &bus->news);
    loop_task_cancel(bus->loop, &bus->end);
    if (bus->has_hotplug)
        libusb_hotplug_deregister_callback(bus->context, bus->hotplug);
    while (bus->devices != NULL) {
        struct usb_device *device = bus->devices;

        bus->devices = device->next;
        usb_device_drop(device);
    }
    if (bus->context != NULL) {
        libusb_set_pollfd_notifiers(bus->context, NULL, NULL, NULL);
        while (bus->pollfds != NULL)
            pollfd_removed(bus->pollfds->watch.fd, bus);
        libusb_exit(bus->context);
    }
    usb_chores_free(bus->chores);
    free(bus);
}

static void end_with_loop(struct loop_service *service)
{
    struct usb_bus *bus = (struct usb_bus *)(void *)service;

    drain(bus);
    bus_free(bus);
}

/* From the loop, for the last user may have gone inside one of libusb's callbacks. */
static void end_unused(struct loop_task *task)
{
    struct usb_bus *bus = (struct usb_bus *)(void *)((char *)task - offsetof(struct usb_bus, end));

    if (bus->users > 0 || bus->connections > 0)
        return;
    loop_service_remove(bus->loop, &bus->service);
    bus_free(bus);
}

/* Threads that libusb starts have all signals blocked: they are the host's business. */
static int start_libusb(struct usb_bus *bus)
{
    sigset_t all;
    sigset_t before;
    int result;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    result = libusb_init(&bus->context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

static int register_hotplug(struct usb_bus *bus)
{
    int result;

    if (libusb_has_capability(LIBUSB_CAP_HAS_HOTPLUG) == 0)
        return LIBUSB_ERROR_NOT_SUPPORTED;
    result = libusb_hotplug_register_callback(
        bus->context, LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT, LIBUSB_HOTPLUG_ENUMERATE,
        LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY, on_hotplug, bus, &bus->hotplug);
    bus->has_hotplug = result == LIBUSB_SUCCESS;
    return result;
}

/* Who comes first finds them in the list. */
static void announce_silently(struct usb_bus *bus)
{
    for (struct usb_device *device = bus->devices; device != NULL; device = device->next)
        device->announced = true;
}

static int32_t bus_new(struct loop *loop, struct usb_bus **out, struct kc_error *error)
{
    int32_t status = usb_need(error);
    struct usb_bus *bus;
    int result;

    if (status != KC_OK)
        return status;
    bus = calloc(1, sizeof *bus);
    if (bus == NULL)
        return error_no_memory(error);
    bus->service = (struct loop_service){.kind = &kind, .end = end_with_loop};
    bus->loop = loop;
    bus->news.run = tell_news;
    bus->end.run = end_unused;
    bus->look_again.expired = look_again;
    bus->chores = usb_chores_new(loop);
    result = bus->chores == NULL ? LIBUSB_ERROR_NO_MEM : start_libusb(bus);
    if (result == LIBUSB_SUCCESS) {
        watch_descriptors(bus);
        result = bus->deaf ? LIBUSB_ERROR_NO_MEM : register_hotplug(bus);
        if (bus->missed)
            result = LIBUSB_ERROR_NO_MEM;
    } else {
        bus->context = NULL;
    }
    if (result != LIBUSB_SUCCESS) {
        bus_free(bus);
        return error_set(error, result == LIBUSB_ERROR_NO_MEM ? KC_ERROR_NO_MEMORY : KC_ERROR_SYSTEM, "",
                         "USB cannot be used: %s; memory or file descriptors may be short (see ulimit -n)",
                         libusb_strerror(result));
    }
    announce_silently(bus);
    loop_task_cancel(loop, &bus->news);
    loop_service_add(loop, &bus->service);
    *out = bus;
    return KC_OK;
}

int32_t usb_bus_hold(struct loop *loop, struct usb_bus **out, struct kc_error *error)
{
    struct usb_bus *bus = (struct usb_bus *)(void *)loop_service_find(loop, &kind);

    if (bus == NULL) {
        int32_t status = bus_new(loop, &bus, error);

        if (status != KC_OK)
            return status;
    } else if (bus->missed) {
        find_missed(bus);
        if (bus->watches == NULL)
            announce_silently(bus);
    }
    bus->users++;
    *out = bus;
    return KC_OK;
}

static void end_later(struct usb_bus *bus)
{
    if (bus->users == 0 && bus->connections == 0)
        loop_task_queue(bus->loop, &bus->end);
}

void usb_bus_drop(struct usb_bus *bus)
{
    if (bus == NULL)
        return;
    bus->users--;
    end_later(bus);
}

void usb_bus_opened(struct usb_bus *bus)
{
    bus->connections++;
}

void usb_bus_closed(struct usb_bus *bus)
{
    bus->connections--;
    end_later(bus);
}
