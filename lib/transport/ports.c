/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The serial ports of this computer, by the kernel's list (/sys/class/tty) and libserialport, which knows the device on
 * USB behind a port. Its own list is not used: it opens ports to look at them, which moves their modem lines, and
 * leaves out the ones that are in use. */
#include "transport/ports.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "util/utf8.h"

#define CLASS          "/sys/class/tty"
#define PARENTS_MOST   5 /* from a port up to its device on USB */
#define ATTRIBUTE_SIZE 32

/* ---- One port -------------------------------------------------------------------------------------------------- */

/* The first line of a small file of the kernel's; "" if there is none. */
static const char *read_attribute(const char *folder, const char *name, char out[ATTRIBUTE_SIZE])
{
    char path[PATH_MAX];
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
    char link[PATH_MAX];
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

/* What a device says of itself: anything may come. */
static void copy_text(char out[PORT_TEXT_SIZE], const char *text)
{
    size_t used = 0;

    while (text != NULL && *text != '\0') {
        uint32_t character = 0;
        size_t count = utf8_read(text, &character);
        bool good = count > 0 && !utf8_is_control(character);

        if (used + (good ? count : 1) >= PORT_TEXT_SIZE)
            break;
        memcpy(out + used, good ? text : "?", good ? count : 1);
        used += good ? count : 1;
        text += count > 0 ? count : 1;
    }
    while (used > 0 && out[used - 1] == ' ')
        used--;
    out[used] = '\0';
}

static void read_usb(struct sp_port *found, const char *folder, struct serial_port *port)
{
    int vendor = 0, product = 0;

    if (sp_get_port_transport(found) != SP_TRANSPORT_USB || sp_get_port_usb_vid_pid(found, &vendor, &product) != SP_OK)
        return;
    port->usb = true;
    port->name = (struct device_name){.vendor = (uint16_t)vendor, .product = (uint16_t)product};
    copy_text(port->manufacturer, sp_get_port_usb_manufacturer(found));
    copy_text(port->product, sp_get_port_usb_product(found));
    copy_text(port->serial_number, sp_get_port_usb_serial(found));
    device_name_set_serial(&port->name, port->serial_number);
    read_place(folder, &port->name);
}

/* Neither a console nor a pseudo-terminal, and there is a chip behind it. */
static bool is_hardware(const char *folder)
{
    char target[PATH_MAX], type[ATTRIBUTE_SIZE];
    ssize_t length = readlink(folder, target, sizeof target - 1);

    target[length > 0 ? length : 0] = '\0';
    return length > 0 && strstr(target, "/virtual/") == NULL && strcmp(read_attribute(folder, "type", type), "0") != 0;
}

bool ports_read(const char *node, struct serial_port *port)
{
    struct sp_port *found = NULL;
    char folder[sizeof CLASS + PORT_NODE_SIZE];

    memset(port, 0, sizeof *port);
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

int ports_list(struct serial_port **ports, size_t *count)
{
    DIR *folder = opendir(CLASS);
    struct serial_port *list = NULL;
    size_t used = 0, capacity = 0;
    int status = 0;

    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        if (used == capacity) {
            size_t more = capacity > 0 ? capacity * 2 : 8;
            struct serial_port *grown = reallocarray(list, more, sizeof *list);

            if (grown == NULL) {
                status = -1;
                break;
            }
            list = grown;
            capacity = more;
        }
        used += ports_read(entry->d_name, &list[used]);
    }
    if (folder != NULL)
        closedir(folder);
    if (status != 0 || used == 0) {
        free(list);
        list = NULL;
        used = 0;
    }
    if (status == 0) {
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
    char target[PATH_MAX];
    ssize_t length = is_port(path) ? 0 : readlink(path, target, sizeof target - 1);

    if (length == 0)
        snprintf(out, PATH_MAX, "%s", path);
    if (length == 0)
        return KC_OK;
    target[length > 0 ? length : 0] = '\0';
    const char *slash = strrchr(target, '/');
    snprintf(out, PATH_MAX, "/dev/%.255s", slash != NULL ? slash + 1 : target);
    if (length > 0 && is_port(out))
        return KC_OK;
    char *real = realpath(path, NULL);
    int number = errno;
    if (real != NULL) {
        snprintf(out, PATH_MAX, "%s", real);
        free(real);
        return KC_OK; /* opening it tells whether it is one */
    }
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

    if (ports_list(&ports, &count) != 0)
        return error_set(error, KC_ERROR_SYSTEM, "", "serial port %s cannot be looked for: memory is used up", text);
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
        snprintf(out, PATH_MAX, "%s", found->file);
    free(ports);
    return status;
}

int32_t ports_resolve(const char *path, char *out, struct kc_error *error)
{
    struct device_name wanted;

    return device_name_parse(path, &wanted) ? resolve_name(path, &wanted, out, error) : resolve_file(path, out, error);
}

bool ports_present(const char *path)
{
    char file[PATH_MAX];

    return ports_resolve(path, file, NULL) == KC_OK && access(file, F_OK) == 0;
}

/* ---- Coming and going ------------------------------------------------------------------------------------------ */

struct ports_watch {
    struct loop *loop;
    struct loop_watch watch;
    void (*changed)(void *user, const char *node);
    void *user;
};

/* Of all that comes and goes in /dev. Consoles change when somebody logs in. */
static bool may_be_port(const char *node)
{
    return strncmp(node, "tty", 3) == 0 && node[3] != '\0' && strspn(node + 3, "0123456789") != strlen(node + 3);
}

static void tell(struct loop_watch *loop_watch, uint32_t events)
{
    struct ports_watch *watch = (struct ports_watch *)((char *)loop_watch - offsetof(struct ports_watch, watch));
    _Alignas(struct inotify_event) char bytes[4096];
    ssize_t count = read(watch->watch.fd, bytes, sizeof bytes);

    (void)events;
    for (ssize_t at = 0; at < count;) {
        const struct inotify_event *event = (const struct inotify_event *)(const void *)(bytes + at);

        at += (ssize_t)(sizeof *event + event->len);
        if ((event->mask & IN_Q_OVERFLOW) != 0)
            watch->changed(watch->user, NULL);
        else if (event->len > 0 && may_be_port(event->name))
            watch->changed(watch->user, event->name);
    }
}

int32_t ports_watch_new(struct loop *loop, void (*changed)(void *user, const char *node), void *user,
                        struct ports_watch **out, struct kc_error *error)
{
    struct ports_watch *watch = calloc(1, sizeof *watch);
    char reason[128];

    if (watch == NULL)
        return error_no_memory(error);
    watch->loop = loop;
    watch->changed = changed;
    watch->user = user;
    watch->watch.ready = tell;
    watch->watch.events = LOOP_READ;
    watch->watch.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watch->watch.fd < 0 ||
        inotify_add_watch(watch->watch.fd, "/dev", IN_CREATE | IN_DELETE | IN_ATTRIB | IN_ONLYDIR) < 0 ||
        loop_watch_add(loop, &watch->watch) != KC_OK) {
        error_set(error, KC_ERROR_SYSTEM, "", "the coming and going of serial ports cannot be watched: %s",
                  strerror_r(errno, reason, sizeof reason));
        ports_watch_free(watch);
        return KC_ERROR_SYSTEM;
    }
    *out = watch;
    return KC_OK;
}

void ports_watch_free(struct ports_watch *watch)
{
    if (watch == NULL)
        return;
    loop_watch_remove(watch->loop, &watch->watch);
    if (watch->watch.fd >= 0)
        close(watch->watch.fd);
    free(watch);
}
