/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serial ports in a umockdev testbed. */
#include "tty_rig.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <umockdev.h>
#include <unistd.h>

struct tty_rig {
    UMockdevTestbed *testbed;
    char path[512];
    int minor, number; /* of the next port and device: each its own */
};

static void device_path(const struct tty_plug *plug, char out[128])
{
    if (plug->place)
        snprintf(out, 128, "/devices/pci0000:00/usb1/%s", plug->place);
    else
        snprintf(out, 128, "/devices/platform/uart-%s", plug->node);
}

static void interface_path(const struct tty_plug *plug, char out[192])
{
    char device[128];
    device_path(plug, device);
    snprintf(out, 192, "%s/%s:1.%d", device, plug->place, plug->interface);
}

static void node_path(const struct tty_plug *plug, char out[320])
{
    char interface[192], device[128];
    interface_path(plug, interface);
    device_path(plug, device);
    if (plug->place)
        snprintf(out, 320, "%s/%s/tty/%s", interface, plug->node, plug->node);
    else
        snprintf(out, 320, "%s/tty/%s", device, plug->node);
}

static void add(struct tty_rig *rig, const char *text)
{
    GError *error = NULL;
    if (umockdev_testbed_add_from_string(rig->testbed, text, &error))
        return;
    fprintf(stderr, "%s\n%s\n", error->message, text);
    abort();
}

struct tty_rig *tty_rig_in(void *testbed)
{
    struct tty_rig *rig = calloc(1, sizeof(*rig));
    if (!rig)
        abort();
    rig->number = 1;
    rig->testbed = g_object_ref(testbed);
    return rig;
}

struct tty_rig *tty_rig_new(void)
{
    UMockdevTestbed *testbed = umockdev_testbed_new();
    struct tty_rig *rig = umockdev_in_mock_environment() ? tty_rig_in(testbed) : NULL;
    g_object_unref(testbed);
    return rig;
}

void tty_rig_free(struct tty_rig *rig)
{
    g_object_unref(rig->testbed);
    free(rig);
}

const char *tty_rig_path(struct tty_rig *rig, const char *file)
{
    char *root = umockdev_testbed_get_root_dir(rig->testbed);
    snprintf(rig->path, sizeof(rig->path), "%s/dev/%s", root, file);
    g_free(root);
    return rig->path;
}

static bool is_there(struct tty_rig *rig, const char *path)
{
    char *root = umockdev_testbed_get_root_dir(rig->testbed), full[600];
    snprintf(full, sizeof(full), "%s/sys%s", root, path);
    g_free(root);
    return access(full, F_OK) == 0;
}

static void plug_device(struct tty_rig *rig, const struct tty_plug *plug)
{
    char text[2000], device[128];
    device_path(plug, device);
    if (!plug->place || is_there(rig, device))
        return;
    int used = snprintf(text, sizeof(text),
                        "P: %s\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\nA: busnum=1\\n\nA: devnum=%d\\n\n"
                        "A: idVendor=%.4s\\n\nA: idProduct=%s\\n\n",
                        device, rig->number++, plug->ids, plug->ids + 5);
    const char *const names[] = {"serial", "manufacturer", "product"};
    const char *const values[] = {plug->serial, plug->manufacturer, plug->product};
    for (int i = 0; i < 3; i++)
        if (values[i])
            used += snprintf(text + used, sizeof(text) - (size_t)used, "A: %s=%s\\n\n", names[i], values[i]);
    add(rig, text);
}

void tty_rig_plug(struct tty_rig *rig, const struct tty_plug *plug)
{
    char text[2000], interface[192], node[320];
    interface_path(plug, interface);
    node_path(plug, node);
    plug_device(rig, plug);
    if (plug->place && !is_there(rig, interface)) {
        snprintf(text, sizeof(text), "P: %s\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_interface\n", interface);
        add(rig, text);
    }
    if (plug->place) {
        snprintf(text, sizeof(text), "P: %s/%s\nE: SUBSYSTEM=usb-serial\nA: port_number=%d\\n\n", interface, plug->node,
                 plug->port);
        add(rig, text);
    }
    snprintf(text, sizeof(text),
             "P: %s\nN: %s\nL: device=../../%s%s\nE: SUBSYSTEM=tty\nE: DEVNAME=/dev/%s\nA: dev=188:%d\\n\n", node,
             plug->node, plug->place ? "../" : "", plug->place ? plug->node : "", plug->node, rig->minor++);
    if (!plug->place)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "A: type=%s\\n\n", plug->type ? plug->type : "4");
    add(rig, text);
}

int tty_rig_far_end(struct tty_rig *rig, const char *node)
{
    char file[64];
    snprintf(file, sizeof(file), "/dev/%s", node);
    return umockdev_testbed_get_dev_fd(rig->testbed, file);
}

/* umockdev keeps a note of the pseudo-terminal, and stumbles over it when the next device gets the same one. */
static void forget_terminal(struct tty_rig *rig, int far_end)
{
    char name[64], note[96];
    if (ptsname_r(far_end, name, sizeof(name)) != 0)
        abort();
    snprintf(note, sizeof(note), ".ptymap/%s", name);
    for (char *at = note + 8; (at = strchr(at, '/')) != NULL;)
        *at = '_';
    unlink(tty_rig_path(rig, note));
    close(far_end);
}

void tty_rig_unplug(struct tty_rig *rig, const struct tty_plug *plug, bool device)
{
    char path[400], node[320], interface[192], root[128];
    int far_end = tty_rig_far_end(rig, plug->node);
    node_path(plug, node);
    interface_path(plug, interface);
    device_path(plug, root);
    snprintf(path, sizeof(path), "/sys%s", node);
    umockdev_testbed_uevent(rig->testbed, path, "remove");
    umockdev_testbed_remove_device(rig->testbed, path);
    const char *const parents[] = {interface, root};
    if (plug->place) {
        snprintf(path, sizeof(path), "/sys%s/%s", interface, plug->node);
        umockdev_testbed_remove_device(rig->testbed, path);
    }
    for (size_t i = plug->place ? 0 : 1; device && i < 2; i++) {
        snprintf(path, sizeof(path), "/sys%s", parents[i]);
        if (plug->place)
            umockdev_testbed_remove_device(rig->testbed, path);
    }
    forget_terminal(rig, far_end);
}

void tty_rig_say(struct tty_rig *rig, const struct tty_plug *plug, const char *what, const char *text)
{
    char path[160], device[128];
    device_path(plug, device);
    snprintf(path, sizeof(path), "/sys%s", device);
    umockdev_testbed_set_attribute_binary(rig->testbed, path, what, (guint8 *)(uintptr_t)text, (gint)strlen(text));
}

void tty_rig_link(struct tty_rig *rig, const char *name, const char *target)
{
    char path[512];
    snprintf(path, sizeof(path), "%s", tty_rig_path(rig, name));
    for (char *slash = strchr(path + strlen(tty_rig_path(rig, "")), '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
    if (symlink(target, path) != 0)
        abort();
}
