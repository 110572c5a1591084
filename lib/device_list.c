/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices of this computer: serial ports and devices on USB that a driver knows, listed and followed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "op.h"
#include "transport/ports.h"
#ifdef KEYCARD_USB
#include "usb/bus.h"
#endif

enum {
    SETTLE_MS = 1000,    /* until the rules of the system have given a new port its permissions */
    LIST_AGAIN_MS = 1000 /* after there was no memory for a device */
};

struct devices {
    struct ports_watch ports; /* first, so that it leads back here */
#ifdef KEYCARD_USB
    struct usb_watch usb;
    struct usb_bus *bus; /* NULL: not held */
#endif
    struct kc_context *context;
    struct kc_device *first;
    struct kc_site *site; /* in no list; NULL: none yet */
    int32_t wanted;       /* KC_DEVICES_... */
    bool incomplete;      /* there was no memory for all of it */
    struct loop_timer again;
};

static void list_again(struct loop_timer *timer);

static struct devices *devices_of(struct kc_context *context, struct kc_error *error)
{
    if (!context->devices) {
        context->devices = calloc(1, sizeof(*context->devices));
        if (!context->devices) {
            error_no_memory(error);
            return NULL;
        }
        context->devices->context = context;
        context->devices->again.expired = list_again;
    }
    return context->devices;
}

struct kc_device *devices_first(const struct kc_context *context)
{
    return context->devices ? context->devices->first : NULL;
}

int32_t devices_wanted(const struct kc_context *context)
{
    return context->devices ? context->devices->wanted : KC_DEVICES_OFF;
}

struct kc_site *devices_site(struct kc_context *context)
{
    struct kc_error error = {0};
    struct devices *devices = context->devices;
    if (!devices->site && site_make(context, "devices", &devices->site, &error) != KC_OK)
        return NULL;
    return devices->site;
}

/* ---- Names ----------------------------------------------------------------------------------------------------- */

static bool same_name(const struct kc_device *a, const struct kc_device *b)
{
    const struct device_name *id = &a->facts.id, *other = &b->facts.id;
    return a != b && a->facts.usb == b->facts.usb && b->facts.has_ids && id->vendor == other->vendor &&
           id->product == other->product && strcmp(id->serial, other->serial) == 0 &&
           id->interface == other->interface && id->port == other->port;
}

/* Makers give the same serial number to many devices: then only the place tells them apart. */
static void give_names(struct devices *devices)
{
    for (struct kc_device *device = devices->first; device; device = device->next) {
        const struct kc_device *twin = devices->first;
        while (device->facts.has_ids && twin && !same_name(device, twin))
            twin = twin->next;
        char name[sizeof(device->name)];
        if (device->facts.has_ids)
            device_name_print(&device->facts.id, twin != NULL, name);
        else
            snprintf(name, sizeof(name), "%s", device->facts.where);
        if (strcmp(name, device->name) == 0)
            continue;
        memcpy(device->name, name, sizeof(name));
        if (device->told)
            device_tell(device, true);
    }
}

/* ---- Coming and going ------------------------------------------------------------------------------------------ */

static struct kc_device *find(const struct devices *devices, bool usb, const char *where)
{
    for (struct kc_device *device = devices->first; device; device = device->next)
        if (device->facts.usb == usb && strcmp(device->facts.where, where) == 0)
            return device;
    return NULL;
}

static void remove_device(struct devices *devices, struct kc_device *device)
{
    struct kc_device **place = &devices->first;
    while (*place && *place != device)
        place = &(*place)->next;
    if (*place)
        *place = device->next;
    device->next = NULL;
    device_unask(device);
    loop_timer_cancel(devices->context->loop, &device->settle);
    device->listed = false;
    device_tell(device, true);
    device_drop(device);
    give_names(devices);
}

static void set_refused(struct kc_device *device, bool refused)
{
    struct kc_error error = {0};
    device->refused = refused;
    device_forget_error(device);
    if (!refused)
        return;
    error_set(&error, KC_ERROR_SYSTEM, "", "Permission denied: the user of this program may not open %s. %s",
              device->facts.usb ? device->label : device->facts.where,
              device->facts.usb
                  ? "Install libkeycard's udev rules (60-libkeycard.rules), or a rule of your own that gives "
                    "it a group; then plug it in again."
                  : "It must be in the group that may (dialout on Debian), or a udev rule must give it "
                    "access.");
    error_keep(&device->error, &error);
}

static bool is_allowed_now(const struct kc_device *device);

/* Nothing came after the device: its permissions are what they are. */
static void settled(struct loop_timer *timer)
{
    struct kc_device *device = (struct kc_device *)(void *)((char *)timer - offsetof(struct kc_device, settle));
    device->facts.allowed = is_allowed_now(device);
    set_refused(device, !device->facts.allowed);
    device_tell(device, false);
    device_ask_by_itself(device);
}

static void take_permissions(struct kc_device *device, bool allowed, bool may_settle)
{
    struct loop *loop = device->context->loop;
    device->facts.allowed = allowed;
    loop_timer_cancel(loop, &device->settle);
    device->settle.expired = settled;
    if (allowed && device->refused)
        set_refused(device, false);
    else if (!allowed && (!may_settle || loop_timer_set(loop, &device->settle, SETTLE_MS) != KC_OK))
        set_refused(device, true);
}

/* A list that is watched is made whole when there is memory again. */
static void miss(struct devices *devices, const char *what, const struct kc_error *error)
{
    context_log(devices->context, KC_LOG_ERROR, "device", "%s not listed: %s", what, error->message);
    if (error->code != KC_ERROR_NO_MEMORY)
        return;
    devices->incomplete = true;
    if (devices->wanted != KC_DEVICES_OFF)
        loop_timer_set(devices->context->loop, &devices->again, LIST_AGAIN_MS);
}

static void add_device(struct devices *devices, const struct device_facts *facts, bool just_now)
{
    struct kc_device *device = device_new(devices->context, facts), **place = &devices->first;
    struct kc_error error = {0};
    if (!device) {
        error_no_memory(&error);
        miss(devices, "A device was", &error);
        return;
    }
    while (*place) /* in the order of their coming */
        place = &(*place)->next;
    *place = device;
    device->seen = true;
    take_permissions(device, facts->allowed, just_now);
    give_names(devices);
    device_tell(device, false);
    device_ask_by_itself(device);
}

/* ---- Serial ports ---------------------------------------------------------------------------------------------- */

static void facts_of_port(const struct serial_port *port, struct device_facts *facts)
{
    *facts = (struct device_facts){.has_ids = port->usb, .id = port->name, .allowed = port->allowed};
    memcpy(facts->where, port->file, sizeof(port->file));
    memcpy(facts->manufacturer, port->manufacturer, sizeof(facts->manufacturer));
    memcpy(facts->product, port->product, sizeof(facts->product));
    memcpy(facts->serial_number, port->serial_number, sizeof(facts->serial_number));
}

static bool same_facts(const struct device_facts *a, const struct device_facts *b)
{
    return a->has_ids == b->has_ids && (!a->has_ids || device_name_fits(&a->id, &b->id)) &&
           strcmp(a->id.serial, b->id.serial) == 0;
}

/* It is still there; whether it may be opened may have changed. */
static void see_again(struct kc_device *device, const struct device_facts *facts, bool just_now)
{
    device->seen = true;
    if (device->facts.allowed == facts->allowed)
        return;
    take_permissions(device, facts->allowed, just_now);
    device_tell(device, false);
    device_ask_by_itself(device);
}

/* What is known of a port now: it came, changed, or is another one. */
static void see_port(struct devices *devices, const struct serial_port *port, bool just_now)
{
    struct device_facts facts;
    facts_of_port(port, &facts);
    struct kc_device *device = find(devices, false, facts.where);
    if (device && !same_facts(&device->facts, &facts)) {
        remove_device(devices, device);
        device = NULL;
    }
    if (!device) {
        add_device(devices, &facts, just_now);
        return;
    }
    see_again(device, &facts, just_now);
}

static void list_ports(struct devices *devices)
{
    struct serial_port *ports = NULL;
    size_t count = 0;
    struct kc_error error = {0};
    if (ports_list(&ports, &count, &error) != KC_OK) {
        miss(devices, "Serial ports were", &error);
        for (struct kc_device *device = devices->first; device; device = device->next)
            device->seen = device->seen || !device->facts.usb; /* as far as is known they are still there */
    }
    for (size_t i = 0; i < count; i++)
        see_port(devices, &ports[i], false);
    free(ports);
}

/* ---- USB ------------------------------------------------------------------------------------------------------- */

#ifdef KEYCARD_USB
/* False: no driver knows such a device. */
static bool facts_of_usb(const struct usb_device *found, struct device_facts *facts)
{
    struct usb_interface interfaces[DEVICE_CLASSES_MOST];
    *facts = (struct device_facts){.usb = true, .has_ids = true};
    facts->id = (struct device_name){.vendor = found->vendor, .product = found->product};
    facts->release = found->release;
    facts->allowed = usb_device_allowed(found);
    device_name_set_serial(&facts->id, found->serial);
    memcpy(facts->id.path, found->port, sizeof(found->port));
    memcpy(facts->where, found->port, sizeof(found->port));
    memcpy(facts->manufacturer, found->manufacturer, sizeof(facts->manufacturer));
    memcpy(facts->product, found->product_name, sizeof(facts->product));
    memcpy(facts->serial_number, found->serial, sizeof(facts->serial_number));
    size_t count = usb_device_interfaces(found, interfaces, DEVICE_CLASSES_MOST);
    facts->class_count = count < DEVICE_CLASSES_MOST ? count : DEVICE_CLASSES_MOST;
    for (size_t i = 0; i < facts->class_count; i++)
        facts->classes[i] = interfaces[i].class_code;
    for (size_t i = 0; i < driver_table_count; i++)
        if (device_known_to(facts, driver_table[i], false))
            return true;
    return false;
}

static void see_usb(struct devices *devices, const struct usb_device *found, bool just_now)
{
    struct device_facts facts;
    if (!facts_of_usb(found, &facts))
        return; /* a keyboard, a camera */
    struct kc_device *device = find(devices, true, facts.where);
    if (device && !same_facts(&device->facts, &facts)) {
        remove_device(devices, device);
        device = NULL;
    }
    if (device)
        see_again(device, &facts, just_now);
    else
        add_device(devices, &facts, just_now);
}

static struct devices *of_usb_watch(struct usb_watch *watch)
{
    return (struct devices *)(void *)((char *)watch - offsetof(struct devices, usb));
}

static void usb_arrived(struct usb_watch *watch, struct usb_device *found)
{
    see_usb(of_usb_watch(watch), found, true);
}

static void usb_left(struct usb_watch *watch, struct usb_device *found)
{
    struct devices *devices = of_usb_watch(watch);
    struct kc_device *device = find(devices, true, found->port);
    if (device)
        remove_device(devices, device);
}

static bool usb_is_wanted(void)
{
    for (size_t i = 0; i < driver_table_count; i++)
        if (driver_table[i]->usb)
            return true;
    return false;
}

/* Without USB the serial ports are listed all the same. */
static void hold_bus(struct devices *devices)
{
    struct kc_error error = {0};
    if (devices->bus || !usb_is_wanted())
        return;
    if (usb_bus_hold(devices->context->loop, &devices->bus, &error) != KC_OK)
        miss(devices, "USB devices were", &error);
}

static void drop_bus(struct devices *devices)
{
    if (!devices->bus)
        return;
    usb_bus_unwatch(devices->bus, &devices->usb);
    usb_bus_drop(devices->bus);
    devices->bus = NULL;
}

static void watch_bus(struct devices *devices)
{
    devices->usb.arrived = usb_arrived;
    devices->usb.left = usb_left;
    if (devices->bus)
        usb_bus_watch(devices->bus, &devices->usb);
}

static void list_bus(struct devices *devices)
{
    struct usb_device *found = devices->bus ? usb_bus_next(devices->bus, NULL) : NULL;
    for (; found; found = usb_bus_next(devices->bus, found))
        see_usb(devices, found, false);
}

static const struct usb_device *on_bus(const struct kc_device *device)
{
    const struct devices *devices = device->context->devices;
    const struct usb_device *found = devices->bus && device->facts.usb ? usb_bus_next(devices->bus, NULL) : NULL;
    while (found && strcmp(found->port, device->facts.where) != 0)
        found = usb_bus_next(devices->bus, found);
    return found;
}

static bool is_allowed_now(const struct kc_device *device)
{
    const struct usb_device *found = on_bus(device);
    return found ? usb_device_allowed(found) : device->facts.allowed;
}

bool device_leaves(const struct kc_device *device)
{
    const struct usb_device *found = on_bus(device);
    return device->facts.usb && (!found || usb_device_leaves(found));
}
#else
static void hold_bus(struct devices *devices)
{
    (void)devices;
}

static void drop_bus(struct devices *devices)
{
    (void)devices;
}

static void watch_bus(struct devices *devices)
{
    (void)devices;
}

static void list_bus(struct devices *devices)
{
    (void)devices;
}

static bool is_allowed_now(const struct kc_device *device)
{
    return device->facts.allowed;
}

bool device_leaves(const struct kc_device *device)
{
    (void)device;
    return false;
}
#endif

/* ---- The list -------------------------------------------------------------------------------------------------- */

static void list_anew(struct devices *devices)
{
    for (struct kc_device *device = devices->first; device; device = device->next)
        device->seen = false;
    list_ports(devices);
    list_bus(devices);
    for (struct kc_device *device = devices->first, *next; device; device = next) {
        next = device->next;
        if (!device->seen)
            remove_device(devices, device);
    }
}

static void list_again(struct loop_timer *timer)
{
    struct devices *devices = (struct devices *)(void *)((char *)timer - offsetof(struct devices, again));
    devices->incomplete = false;
    hold_bus(devices);
    watch_bus(devices);
    list_anew(devices);
}

int32_t devices_list(struct kc_context *context, struct kc_error *error)
{
    struct devices *devices = devices_of(context, error);
    if (!devices)
        return KC_ERROR_NO_MEMORY;
    if (devices->wanted != KC_DEVICES_OFF)
        return KC_OK;
    hold_bus(devices);
    list_anew(devices);
    drop_bus(devices);
    return KC_OK;
}

static void port_changed(struct ports_watch *watch, const char *node, bool gone)
{
    struct devices *devices = (struct devices *)(void *)watch;
    struct serial_port port;
    if (!node) {
        list_anew(devices);
    } else if (gone) {
        char where[PORT_FILE_SIZE];
        snprintf(where, sizeof(where), "/dev/%.*s", PORT_NODE_SIZE - 1, node);
        struct kc_device *device = find(devices, false, where);
        if (device)
            remove_device(devices, device);
    } else if (ports_read(node, &port)) {
        see_port(devices, &port, true);
    }
}

static void unwatch(struct devices *devices)
{
    devices->wanted = KC_DEVICES_OFF;
    loop_timer_cancel(devices->context->loop, &devices->again);
    ports_watch_remove(devices->context->loop, &devices->ports);
    drop_bus(devices);
    for (struct kc_device *device = devices->first; device; device = device->next) {
        device_unask(device);
        loop_timer_cancel(devices->context->loop, &device->settle);
        device->told = 0;
    }
}

int32_t kc_context_watch_devices(kc_context *context, int32_t how)
{
    if (!context)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_error error = {0};
    if (how < KC_DEVICES_OFF || how > KC_DEVICES_IDENTIFY) {
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "how", "There is no way %d to watch devices.", how);
        return error_keep(&context->error, &error);
    }
    struct devices *devices = devices_of(context, &error);
    int32_t status = devices ? KC_OK : KC_ERROR_NO_MEMORY;
    if (status == KC_OK && how == KC_DEVICES_OFF) {
        unwatch(devices);
        return KC_OK;
    }
    if (status == KC_OK && devices->wanted == KC_DEVICES_OFF) {
        devices->ports.changed = port_changed;
        status = ports_watch_add(context->loop, &devices->ports, &error);
    }
    if (status != KC_OK)
        return error_keep(&context->error, &error);
    if (devices->wanted == KC_DEVICES_OFF) { /* watched first, so that nothing is missed between */
        devices->incomplete = false;
        hold_bus(devices);
        watch_bus(devices);
        list_anew(devices);
    }
    devices->wanted = how;
    if (devices->incomplete && loop_timer_set(context->loop, &devices->again, LIST_AGAIN_MS) != KC_OK) {
        unwatch(devices);
        error_no_memory(&error);
        return error_keep(&context->error, &error);
    }
    for (struct kc_device *device = devices->first; device; device = device->next) {
        device_tell(device, false);
        device_ask_by_itself(device);
    }
    return KC_OK;
}

int32_t kc_context_get_device_count(const kc_context *context)
{
    int32_t count = 0;
    for (const struct kc_device *device = context ? devices_first(context) : NULL; device; device = device->next)
        count++;
    return count;
}

kc_device *kc_context_get_device(const kc_context *context, int32_t index)
{
    struct kc_device *device = context && index >= 0 ? devices_first(context) : NULL;
    for (int32_t i = 0; device && i < index; i++)
        device = device->next;
    return device;
}

void devices_end(struct kc_context *context)
{
    struct devices *devices = context->devices;
    if (!devices)
        return;
    unwatch(devices);
    while (devices->first) {
        struct kc_device *device = devices->first;
        devices->first = device->next;
        device->next = NULL;
        device->listed = false;
        device_drop(device);
    }
    if (devices->site)
        site_free(devices->site);
    free(devices);
    context->devices = NULL;
}
