/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rig inside: devices and what waits at their endpoints. The testbed is in usb_rig.c, the kernel's part in
 * usb_rig_kernel.c. */
#ifndef KEYCARD_TESTS_USB_RIG_PARTS_H
#define KEYCARD_TESTS_USB_RIG_PARTS_H

#include <pthread.h>
#include <umockdev.h>

#include "usb_rig.h"

#define ENDPOINTS   32
#define DEVICES_MAX 1024

/* What the model has sent on an endpoint and the host has not fetched. */
struct pipe_state {
    uint8_t *bytes; /* NULL: nothing */
    size_t count, sent;
    bool stalled, broken;
};

struct usb_rig_device {
    struct usb_rig *rig;
    int number; /* of the device on the bus */
    char node[40], path[128], port[32];
    UMockdevIoctlBase *base;
    const struct usb_device_model *table;
    void *model;
    char *driver;               /* of the kernel; NULL: none */
    GQueue pending, done, held; /* IN urbs that wait; urbs to reap; urbs that come late */
    struct pipe_state pipes[ENDPOINTS];
    bool gone, plugged, other;
    bool kicked;    /* the model is to be asked, in the next call of the host: only then its memory can be reached */
    int gate, shut; /* our end of the device node, a FIFO; 1 = nothing to reap */
    enum usb_rig_fault fault;
    int fault_endpoint, fault_nth, fault_count;
    struct usb_rig_counts counts;
};

struct usb_rig {
    UMockdevTestbed *testbed;
    char *root;
    pthread_mutex_t lock;
    struct usb_rig_device *devices[DEVICES_MAX];
    size_t count;
};

/* The device node is writable if there is something to reap, and never again otherwise. */
void usb_rig_set_gate(struct usb_rig_device *device);
void usb_rig_drop(struct pipe_state *pipe);
void usb_rig_vanish(struct usb_rig_device *device);
gboolean usb_rig_on_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *client, struct usb_rig_device *device);

#endif
