/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls that wait for a device inside the kernel, up to seconds (claiming and giving back an interface, halts, resets):
 * done by one thread, one after the other, so that the loop never waits. */
#ifndef KEYCARD_USB_CHORE_H
#define KEYCARD_USB_CHORE_H

#include <stdbool.h>

#include "loop/loop.h"

/* Embedded in its owner, which lives until `done`. */
struct usb_chore {
    void (*run)(struct usb_chore *chore);  /* in the thread */
    void (*done)(struct usb_chore *chore); /* from the loop, afterwards */
    struct usb_chore *next;
};

struct usb_chores;

/* NULL: memory or descriptors are used up. The thread starts with the first chore. */
struct usb_chores *usb_chores_new(struct loop *loop);
/* All are done. Takes NULL. */
void usb_chores_free(struct usb_chores *chores);
void usb_chores_add(struct usb_chores *chores, struct usb_chore *chore);
/* At the end, outside of the loop: waits until the one that runs is done, and calls what is done. False: there are
 * none.
 */
bool usb_chores_wait(struct usb_chores *chores);

#endif
