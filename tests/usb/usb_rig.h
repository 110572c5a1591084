/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* USB devices written in C behind the real libusb: a umockdev testbed in which devices are plugged in and unplugged,
 * and which answers the kernel's calls for them by a small table of the model. Needs cmocka's headers before it.
 *
 * The model's functions run in a thread of umockdev, under the lock of the rig; a test that looks at the model's own
 * data takes usb_rig_lock(). A model need not know about transfers: packets, waiting, cancelling, stalls and unplugging
 * are the rig's. */
#ifndef KEYCARD_TESTS_USB_RIG_H
#define KEYCARD_TESTS_USB_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define USB_RIG_STALL (-1) /* what a model's function returns to refuse */
#define USB_RIG_WAIT  (-2) /* next_in: nothing to send now */
#define USB_RIG_BREAK (-3) /* next_in: the bus fails now (EPROTO) */

struct usb_device_model {
    /* A control transfer of a class or vendor: 8 bytes of setup; OUT: `data` is what came, and the result how much was
     * taken (or USB_RIG_STALL); IN: fills `data`, at most `size` bytes, and returns how many. NULL: stalls. */
    ssize_t (*on_control)(void *model, const uint8_t setup[8], uint8_t *data, size_t size);
    /* A bulk or interrupt OUT transfer, whole. Returns how many bytes were taken, or USB_RIG_STALL. `zero`: the host
     * ends it with an empty packet. NULL: stalls. */
    ssize_t (*on_out)(void *model, uint8_t endpoint, const uint8_t *bytes, size_t count, bool zero);
    /* The host waits for input: what the device sends next, at most `size` bytes, cut into packets by the rig. Called
     * whenever something may have changed. USB_RIG_WAIT, USB_RIG_STALL, USB_RIG_BREAK, or how many bytes (0: an empty
     * packet). Two messages are two calls. NULL: nothing ever. */
    ssize_t (*next_in)(void *model, uint8_t endpoint, uint8_t *bytes, size_t size);
    /* A host takes the interface: what was half said to the last one is over. NULL: the device does not notice. */
    void (*on_claim)(void *model);
};

struct usb_rig_endpoint {
    uint8_t address, attributes; /* attributes: 2 = bulk, 3 = interrupt */
    uint16_t packet;
};

struct usb_rig_interface {
    uint8_t class_code, subclass, protocol;
    const uint8_t *extra; /* the class's own descriptors; NULL: none */
    size_t extra_size;
    const struct usb_rig_endpoint *endpoints;
    size_t endpoint_count;
};

struct usb_rig_description {
    uint16_t vendor, product;
    const char *manufacturer, *name, *serial; /* NULL: the device has no such text */
    const struct usb_rig_interface *interfaces;
    size_t interface_count;
    const char *kernel_driver;  /* that is bound to the interfaces, such as "usbhid"; NULL: none */
    const uint8_t *descriptors; /* instead of all that stands above: these bytes as they are */
    size_t descriptors_size;
};

/* The two that are needed most. */
extern const struct usb_rig_interface usb_rig_hid;  /* 81 interrupt IN of 64 bytes */
extern const struct usb_rig_interface usb_rig_ccid; /* 81 interrupt IN of 8, 02 and 82 bulk of 64; ACR122U */

/* What may happen to a transfer that would have been good. */
enum usb_rig_fault {
    USB_RIG_FAULT_NONE,
    USB_RIG_FAULT_STALL,  /* EPIPE; IN: the packet comes after the halt is cleared */
    USB_RIG_FAULT_ERROR,  /* EPROTO: the bus failed; IN: the packet is lost */
    USB_RIG_FAULT_BABBLE, /* EOVERFLOW; the packet is lost */
    USB_RIG_FAULT_SHORT,  /* half of it */
    USB_RIG_FAULT_LONG,   /* IN: filled up to a whole packet; OUT: as if all were taken and more */
    USB_RIG_FAULT_LATE,   /* it ends only with usb_rig_release() */
    USB_RIG_FAULT_VANISH  /* the device is unplugged instead */
};

struct usb_rig;
struct usb_rig_device;

/* Whether tests can run; if not, the program ends with usb_rig_skipped() before its first test. Makes the testbed of
 * the process. */
bool usb_rig_possible(void);
/* 77, or a failure where nothing may be skipped. Says why. */
int usb_rig_skipped(void);

struct usb_rig *usb_rig_new(void);
/* Unplugs everything. Whoever uses libusb has ended it before. */
void usb_rig_free(struct usb_rig *rig);

/* The testbed, for other rigs in it: a UMockdevTestbed. */
void *usb_rig_testbed(struct usb_rig *rig);

/* Plugs a device in, at a port such as "1-1" or "1-4.2". `model` is given to the functions of `table`. */
struct usb_rig_device *usb_rig_plug(struct usb_rig *rig, const char *port,
                                    const struct usb_rig_description *description, const struct usb_device_model *table,
                                    void *model);
/* Unplugs it; what waits ends. The device's struct lives as long as the rig. */
void usb_rig_unplug(struct usb_rig_device *device);

/* The model has something to send by itself. */
void usb_rig_kick(struct usb_rig_device *device);
void usb_rig_lock(struct usb_rig *rig);
void usb_rig_unlock(struct usb_rig *rig);

/* Transfer number `nth` from now on (1 = the next; control, OUT and IN ones that carry something are counted) has this
 * fault, and `count` - 1 more after it. Only those to or from `endpoint`; -1: any; 0: control. */
void usb_rig_fault(struct usb_rig_device *device, enum usb_rig_fault fault, int endpoint, int nth, int count);
/* Transfers that were held by USB_RIG_FAULT_LATE end now. */
void usb_rig_release(struct usb_rig_device *device);
/* Another program has the interfaces. */
void usb_rig_claim_by_other(struct usb_rig_device *device, bool claimed);
/* The device node may not be opened: nobody has given the permission. */
void usb_rig_deny(struct usb_rig_device *device, bool denied);

/* What the host did. */
struct usb_rig_counts {
    int transfers; /* that carried something, as usb_rig_fault() counts */
    int open_urbs; /* waiting now */
    int struck;    /* faults that usb_rig_fault() brought */
    int struck_at; /* endpoint of the last of them; 0: control */
    int claims, releases, detaches, attaches, halts_cleared, resets;
    bool kernel_driver; /* the kernel's driver is bound now */
    bool claimed;
};
struct usb_rig_counts usb_rig_counts(struct usb_rig_device *device);

#endif
