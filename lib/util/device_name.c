/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of devices on USB: reading, writing, comparing. */
#include "util/device_name.h"

#include <stdio.h>
#include <string.h>

#define SERIAL_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
#define PATH_CHARACTERS   "0123456789.-"
#define NUMBER_MOST       255

static bool read_id(const char **text, uint16_t *out)
{
    unsigned value = 0;
    for (int digit = 0; digit < 4; digit++) {
        const char *hex = "0123456789abcdef0123456789ABCDEF";
        const char *at = (*text)[digit] ? strchr(hex, (*text)[digit]) : NULL;
        if (!at)
            return false;
        value = value << 4 | ((unsigned)(at - hex) & 0xF);
    }
    *text += 4;
    *out = (uint16_t)value;
    return true;
}

/* At least one of the characters. */
static bool read_word(const char **text, const char *characters, char *out, size_t size)
{
    size_t length = strspn(*text, characters);
    if (length == 0 || length >= size)
        return false;
    memcpy(out, *text, length);
    out[length] = '\0';
    *text += length;
    return true;
}

static bool read_number(const char **text, int16_t *out)
{
    size_t digits = strspn(*text, "0123456789");
    int value = 0;
    if (digits == 0 || digits > 3)
        return false;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + ((*text)[i] - '0');
    *text += digits;
    *out = (int16_t)value;
    return value <= NUMBER_MOST;
}

bool device_name_parse(const char *text, struct device_name *name)
{
    struct device_name read = {.interface = DEVICE_NAME_ANY, .port = DEVICE_NAME_ANY};
    bool good = read_id(&text, &read.vendor) && *text++ == ':' && read_id(&text, &read.product);
    if (good && *text == '/') {
        text++;
        good = read_word(&text, SERIAL_CHARACTERS, read.serial, sizeof(read.serial));
    } else if (good && *text == '@') {
        text++;
        good = read_word(&text, PATH_CHARACTERS, read.path, sizeof(read.path));
    }
    if (good && *text == '~') {
        text++;
        good = read_number(&text, &read.interface);
        read.port = 0;
        if (good && *text == '.') {
            text++;
            good = read_number(&text, &read.port);
        }
    }
    if (!good || *text)
        return false;
    *name = read;
    return true;
}

void device_name_set_serial(struct device_name *name, const char *serial)
{
    size_t length = 0;
    for (; serial[length] && length < sizeof(name->serial) - 1; length++)
        name->serial[length] = strchr(SERIAL_CHARACTERS, serial[length]) ? serial[length] : '_';
    name->serial[length] = '\0';
}

static bool number_fits(int16_t wanted, int16_t number)
{
    return wanted == DEVICE_NAME_ANY || wanted == (number == DEVICE_NAME_ANY ? 0 : number);
}

bool device_name_fits(const struct device_name *wanted, const struct device_name *device)
{
    return wanted->vendor == device->vendor && wanted->product == device->product &&
           (!*wanted->serial || strcmp(wanted->serial, device->serial) == 0) &&
           (!*wanted->path || strcmp(wanted->path, device->path) == 0) &&
           number_fits(wanted->interface, device->interface) && number_fits(wanted->port, device->port);
}

const char *device_name_print(const struct device_name *name, bool by_path, char out[DEVICE_NAME_TEXT_SIZE])
{
    bool serial = *name->serial && !(by_path && *name->path), path = !serial && *name->path;
    int length = snprintf(out, DEVICE_NAME_TEXT_SIZE, "%04x:%04x%s%s", name->vendor, name->product,
                          serial ? "/"
                          : path ? "@"
                                 : "",
                          serial ? name->serial
                          : path ? name->path
                                 : "");
    size_t used = length < 0 ? 0 : (size_t)length;
    if (name->port > 0)
        snprintf(out + used, DEVICE_NAME_TEXT_SIZE - used, "~%d.%d", name->interface, name->port);
    else if (name->interface > 0)
        snprintf(out + used, DEVICE_NAME_TEXT_SIZE - used, "~%d", name->interface);
    return out;
}
