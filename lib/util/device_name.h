/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of devices on USB that survive re-plugging and reboots:
 *
 *     067b:2303            vendor and product: the only device of its kind
 *     067b:2303/K42        by its serial number
 *     072f:2200@1-4.2      by the port that it is plugged into, for devices without a serial number
 *     0403:6010/K42~1      the port of its interface 1, of a device with several serial ports
 *     0403:6010/K42~0.2    the third port of its interface 0
 *
 * They are plain ASCII, and stand in URIs as they are. */
#ifndef KEYCARD_UTIL_DEVICE_NAME_H
#define KEYCARD_UTIL_DEVICE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEVICE_NAME_TEXT_SIZE   224
#define DEVICE_NAME_SERIAL_SIZE 128
#define DEVICE_NAME_PATH_SIZE   64
#define DEVICE_NAME_ANY         (-1)

struct device_name {
    uint16_t vendor, product;
    char serial[DEVICE_NAME_SERIAL_SIZE]; /* "": any, or the device has none */
    char path[DEVICE_NAME_PATH_SIZE];     /* "1-4.2"; "": any */
    int16_t interface, port;              /* of a serial port; DEVICE_NAME_ANY: any, or no serial port */
};

/* False if the text is no such name. */
bool device_name_parse(const char *text, struct device_name *name);
/* Takes a serial number as a device tells it. Everything that has a meaning in a name or URI becomes '_'. */
void device_name_set_serial(struct device_name *name, const char *serial);
/* Whether a name that somebody wrote means this device, of which everything is known. */
bool device_name_fits(const struct device_name *wanted, const struct device_name *device);
/* Writes the name of a device of which everything is known: by its serial number, or by its place if it has none or
 * `by_path`. Returns `out`. */
const char *device_name_print(const struct device_name *name, bool by_path, char out[DEVICE_NAME_TEXT_SIZE]);

#endif
