/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The serial ports of this computer, by the kernel's list (/sys/class/tty) and libserialport, which knows the device on
 * USB behind a port. Its own list is not used: it opens ports to look at them, which moves their modem lines, and
 * leaves out the ones that are in use. */
#include "transport/ports.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "external/serialport_calls.h"
#include "transport/holder.h"
#include "util/shortage.h"
#include "util/text.h"

#define CLASS          "/sys/class/tty"
#define PARENTS_MOST   5 /* from a port up to its device on USB */
#define ATTRIBUTE_SIZE 32

/* ---- One port -------------------------------------------------------------------------------------------------- */

/* The first line of a small file of the kernel's; "" if there is none. */
static const char *read_attribute(const char *folder, const char *name, char out[ATTRIBUTE_SIZE])
{
    char path[PORT_PATH_SIZE];
    ssize_t length = -1;
    int fd = -1;

    if (snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path)
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0) {
        length = read(fd, out, ATTRIBUTE_SIZE - 1);
        close(fd);
    }
    out[length > 0 ? length : 0] = '\0';
    out[strcspn(out, "\n")] = '\0';
    return out;
}

static int16_t read_number(const char *text)
{
    char *end;
    long value = strtol(text, &end, 10);

    return end != text && value >= 0 && value <= 255 ? (int16_t)value : 0;
}

/* The place of the device on USB, "1-4.2", and which of its ports it is. */
static void read_place(const char *folder, struct device_name *name)
{
    char text[ATTRIBUTE_SIZE];
    char link[PORT_PATH_SIZE];
    char *at;

    snprintf(link, sizeof link, "%s/device", folder);
    char *path = realpath(link, NULL);
    if (path == NULL)
        return;
    name->port = read_number(read_attribute(path, "port_number", text));
    for (int parent = 0; parent < PARENTS_MOST && (at = strrchr(path, '/')) != NULL && at != path; parent++) {
        const char *configuration = strchr(at, ':'); /* "1-4.2:1.0": configuration 1, interface 0 */
        const char *interface = configuration != NULL ? strchr(configuration, '.') : NULL;

        if (*read_attribute(path, "idVendor", text) != '\0') {
            snprintf(name->path, sizeof name->path, "%s", at + 1);
            break;
        }
        if (interface != NULL)
            name->interface = read_number(interface + 1);
        *at = '\0';
    }
    free(path);
}

static void copy_text(const char *text, char out[PORT_TEXT_SIZE])
{
    text_copy_printable(text != NULL ? text : "", out, PORT_TEXT_SIZE);
}

static void read_usb(struct sp_port *found, const char *folder, struct serial_port *port)
{
    int vendor = 0, product = 0;

    if (sp_get_port_transport(found) != SP_TRANSPORT_USB || sp_get_port_usb_vid_pid(found, &vendor, &product) != SP_OK)
        return;
    port->usb = true;
    port->name = (struct device_name){.vendor = (uint16_t)vendor, .product = (uint16_t)product};
    copy_text(sp_get_port_usb_manufacturer(found), port->manufacturer);
    copy_text(sp_get_port_usb_product(found), port->product);
    copy_text(sp_get_port_usb_serial(found), port->serial_number);
    device_name_set_serial(&port->name, port->serial_number);
    read_place(folder, &port->name);
}

/* Neither a console nor a pseudo-terminal, and there is a chip behind it. */
static bool is_hardware(const char *folder)
{
    char target[PORT_PATH_SIZE], type[ATTRIBUTE_SIZE];
    ssize_t length = readlink(folder, target, sizeof target - 1);

    target[length > 0 ? length : 0] = '\0';
    return length > 0 && strstr(target, "/virtual/") == NULL && strcmp(read_attribute(folder, "type", type), "0") != 0;
}

bool ports_read(const char *node, struct serial_port *port)
{
    struct sp_port *found = NULL;
    char folder[sizeof CLASS + PORT_NODE_SIZE];

    memset(port, 0, sizeof *port);
    if (serialport_need(NULL) != KC_OK)
        return false;
    if (strlen(node) >= PORT_NODE_SIZE || node[0] == '.' || strchr(node, '/') != NULL)
        return false;
    snprintf(port->node, sizeof port->node, "%s", node);
    snprintf(port->file, sizeof port->file, "/dev/%s", node);
    snprintf(folder, sizeof folder, CLASS "/%s", node);
    if (!is_hardware(folder) || access(port->file, F_OK) != 0 || sp_get_port_by_name(port->file, &found) != SP_OK)
        return false;
    read_usb(found, folder, port);
    sp_free_port(found);
    port->allowed = access(port->file, R_OK | W_OK) == 0;
    return true;
}

static int by_node(const void *a, const void *b)
{
    return strverscmp(((const struct serial_port *)a)->node, ((const struct serial_port *)b)->node);
}

static int32_t explain_folder(int number, struct kc_error *error)
{
    char reason[128];
    bool is_short = number == EMFILE || number == ENFILE || number == ENOMEM;

    return error_set(error, is_short ? KC_ERROR_NO_MEMORY : KC_ERROR_SYSTEM, "",
                     "the list of serial ports cannot be read: %s%s", strerror_r(number, reason, sizeof reason),
                     is_short ? "; end what is not needed (see ulimit -n)" : "");
}

int32_t ports_list(struct serial_port **ports, size_t *count, struct kc_error *error)
{
    DIR *folder;
    struct serial_port *list = NULL;
    size_t used = 0, capacity = 0;
    int32_t status = serialport_need(error);

    if (status != KC_OK)
        return status;
    folder = opendir(CLASS);
    if (folder == NULL && errno != ENOENT)
        status = explain_folder(errno, error);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        if (used == capacity) {
            size_t more = capacity > 0 ? capacity * 2 : 8;
            struct serial_port *grown = reallocarray(list, more, sizeof *list);

            if (grown == NULL) {
                status = error_no_memory(error);
                break;
            }
            list = grown;
            capacity = more;
        }
        used += ports_read(entry->d_name, &list[used]);
    }
    if (folder != NULL)
        closedir(folder);
    if (status != KC_OK || used == 0) {
        free(list);
        list = NULL;
        used = 0;
    }
    if (status == KC_OK) {
        if (used > 0)
            qsort(list, used, sizeof *list, by_node);
        *ports = list;
        *count = used;
    }
    return status;
}

/* ---- Which port is meant --------------------------------------------------------------------------------------- */

static bool is_port(const char *file)
{
    struct sp_port *port = NULL;
    bool good = sp_get_port_by_name(file, &port) == SP_OK;

    if (good)
        sp_free_port(port);
    return good;
}

/* libserialport knows only the names that the kernel gives. The links under /dev/serial are taken one step far, for a
 * node may itself be a link in a container. */
static int32_t resolve_file(const char *path, char *out, struct kc_error *error)
{
    struct error_quoted quoted;
    char target[PORT_PATH_SIZE], short_of[SHORTAGE_SIZE];
    ssize_t length = is_port(path) ? 0 : readlink(path, target, sizeof target - 1);

    if (length == 0)
        snprintf(out, PORT_PATH_SIZE, "%s", path);
    if (length == 0)
        return KC_OK;
    target[length > 0 ? length : 0] = '\0';
    const char *slash = strrchr(target, '/');
    snprintf(out, PORT_PATH_SIZE, "/dev/%.255s", slash != NULL ? slash + 1 : target);
    if (length > 0 && is_port(out))
        return KC_OK;
    if (holder_real_path(path, out, PORT_PATH_SIZE))
        return KC_OK; /* opening it tells whether it is one */
    const int number = errno;
    if (is_shortage(number))
        return error_set(error, KC_ERROR_SYSTEM, "", "serial port %s cannot be opened: %s", error_quote(&quoted, path),
                         shortage_text(number, short_of));
    return error_set(error, KC_ERROR_UNREACHABLE, "", "serial port %s cannot be opened: %s", error_quote(&quoted, path),
                     number == ENOENT || number == ENOTDIR
                         ? "there is no such port; check the name and that the device is plugged in"
                         : "its name cannot be looked up; check the name");
}

static int32_t resolve_name(const char *text, const struct device_name *wanted, char *out, struct kc_error *error)
{
    char first[DEVICE_NAME_TEXT_SIZE], second[DEVICE_NAME_TEXT_SIZE];
    struct serial_port *ports = NULL;
    const struct serial_port *found = NULL, *other = NULL;
    size_t count = 0;
    int32_t status = KC_OK;

    if ((status = ports_list(&ports, &count, error)) != KC_OK)
        return status;
    for (size_t i = 0; i < count; i++) {
        if (!ports[i].usb || !device_name_fits(wanted, &ports[i].name))
            continue;
        other = found;
        found = &ports[i];
        if (other != NULL)
            break;
    }
    if (other != NULL)
        status = error_set(error, KC_ERROR_UNREACHABLE, "",
                           "serial port %s cannot be chosen: %s and %s are both plugged in; name one of them", text,
                           device_name_print(&other->name, true, first), device_name_print(&found->name, true, second));
    else if (found == NULL)
        status = error_set(
            error, KC_ERROR_UNREACHABLE, "",
            "serial port %s cannot be opened: there is no such port; check that the device is plugged in", text);
    else
        snprintf(out, PORT_PATH_SIZE, "%s", found->file);
    free(ports);
    return status;
}

int32_t ports_resolve(const char *path, char *out, struct kc_error *error)
{
    struct device_name wanted;
    int32_t status = serialport_need(error);

    if (status != KC_OK)
        return status;
    return device_name_parse(path, &wanted) ? resolve_name(path, &wanted, out, error) : resolve_file(path, out, error);
}

bool ports_present(const char *path)
{
    char file[PORT_PATH_SIZE];

    return ports_resolve(path, file, NULL) == KC_OK && access(file, F_OK) == 0;
}

/* ---- Coming and going ------------------------------------------------------------------------------------------ */

/* One descriptor for all that watch in a loop. */
struct ports_service {
    struct loop_service service;
    struct loop *loop;
    struct loop_watch watch;
    struct ports_watch *watches;
    struct ports_watch *next; /* that is told after the one that is told now */
    bool telling;
};

static const char kind;

static struct ports_service *service_of(const struct loop *loop)
{
    return (struct ports_service *)(void *)loop_service_find(loop, &kind);
}

/* Of all that comes and goes in /dev. Consoles change when somebody logs in. */
static bool may_be_port(const char *node)
{
    return strncmp(node, "tty", 3) == 0 && node[3] != '\0' && strspn(node + 3, "0123456789") != strlen(node + 3);
}

static void tell(struct ports_service *service, const char *node, bool gone)
{
    for (struct ports_watch *watch = service->watches; watch != NULL; watch = service->next) {
        service->next = watch->next;
        watch->changed(watch, node, gone);
    }
}

static void end_service(struct loop_service *loop_service)
{
    struct ports_service *service = (struct ports_service *)(void *)loop_service;

    loop_watch_remove(service->loop, &service->watch);
    if (service->watch.fd >= 0)
        close(service->watch.fd);
    free(service);
}

static void end_if_unused(struct ports_service *service)
{
    if (service->watches != NULL || service->telling)
        return;
    loop_service_remove(service->loop, &service->service);
    end_service(&service->service);
}

static void ready(struct loop_watch *watch, uint32_t events)
{
    struct ports_service *service = (struct ports_service *)(void *)((char *)watch -
                                                                     offsetof(struct ports_service, watch));
    _Alignas(struct inotify_event) char bytes[4096];
    ssize_t count = read(watch->fd, bytes, sizeof bytes);

    (void)events;
    service->telling = true;
    for (ssize_t at = 0; at < count;) {
        const struct inotify_event *event = (const struct inotify_event *)(const void *)(bytes + at);

        at += (ssize_t)(sizeof *event + event->len);
        if ((event->mask & IN_Q_OVERFLOW) != 0)
            tell(service, NULL, false);
        else if (event->len > 0 && may_be_port(event->name))
            tell(service, event->name, (event->mask & IN_DELETE) != 0);
    }
    service->telling = false;
    end_if_unused(service);
}

static struct ports_service *start_service(struct loop *loop, struct kc_error *error)
{
    struct ports_service *service = calloc(1, sizeof *service);
    char reason[SHORTAGE_SIZE];

    if (service == NULL) {
        error_no_memory(error);
        return NULL;
    }
    service->loop = loop;
    service->service = (struct loop_service){.kind = &kind, .end = end_service};
    service->watch = (struct loop_watch){.ready = ready, .events = LOOP_READ};
    service->watch.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (service->watch.fd < 0 ||
        inotify_add_watch(service->watch.fd, "/dev", IN_CREATE | IN_DELETE | IN_ATTRIB | IN_ONLYDIR) < 0 ||
        loop_watch_add(loop, &service->watch) != KC_OK) {
        error_set(error, KC_ERROR_SYSTEM, "", "the coming and going of serial ports cannot be watched: %s",
                  shortage_text(errno, reason));
        end_service(&service->service);
        return NULL;
    }
    loop_service_add(loop, &service->service);
    return service;
}

int32_t ports_watch_add(struct loop *loop, struct ports_watch *watch, struct kc_error *error)
{
    struct ports_service *service = service_of(loop);
    struct kc_error reason = {0};

    if (service == NULL)
        service = start_service(loop, &reason);
    if (service == NULL) {
        if (error != NULL)
            *error = reason;
        return reason.code;
    }
    watch->next = service->watches;
    watch->added = true;
    service->watches = watch;
    return KC_OK;
}

void ports_watch_remove(struct loop *loop, struct ports_watch *watch)
{
    struct ports_service *service = watch->added ? service_of(loop) : NULL;

    if (service == NULL)
        return;
    struct ports_watch **place = &service->watches;
    while (*place != watch)
        place = &(*place)->next;
    *place = watch->next;
    if (service->next == watch)
        service->next = watch->next;
    watch->added = false;
    end_if_unused(service);
}
