/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See usb_rig_deny() in usb_rig.h. */
#ifndef KEYCARD_TESTS_USB_RIG_DENY_H
#define KEYCARD_TESTS_USB_RIG_DENY_H

#include <stdbool.h>

void usb_rig_deny_node(const char *node, bool deny);

#endif
