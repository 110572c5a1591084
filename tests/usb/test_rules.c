/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_rules RULES: the installed udev rules name each USB device of each driver's list, and no other by its id. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"

static char *read_rules(const char *path)
{
    char *text = calloc(1, 64 * 1024);
    FILE *file = fopen(path, "r");

    if (text == NULL || file == NULL || fread(text, 1, 64 * 1024 - 1, file) == 0) {
        perror(path);
        exit(1);
    }
    fclose(file);
    return text;
}

static int line_of(char *out, size_t size, const struct driver_usb_id *id)
{
    return snprintf(out, size, "ATTR{idVendor}==\"%04x\", ATTR{idProduct}==\"%04x\", TAG+=\"uaccess\"\n",
                    (unsigned)id->vendor, (unsigned)id->product);
}

static bool is_listed(unsigned vendor, unsigned product)
{
    for (size_t i = 0; i < driver_table_count; i++)
        for (size_t k = 0; driver_table[i]->usb != NULL && k < driver_table[i]->usb->id_count; k++)
            if (driver_table[i]->usb->ids[k].vendor == vendor && driver_table[i]->usb->ids[k].product == product)
                return true;
    return false;
}

static int missing(const char *rules)
{
    int faults = 0;

    for (size_t i = 0; i < driver_table_count; i++) {
        const struct driver *driver = driver_table[i];

        for (size_t k = 0; driver->usb != NULL && !driver->usb->any_of_class && k < driver->usb->id_count; k++) {
            char line[128];

            line_of(line, sizeof line, &driver->usb->ids[k]);
            if (strstr(rules, line) == NULL) {
                printf("no rule for a device of the driver %s: %s", driver->name, line);
                faults++;
            }
        }
        if (driver->usb != NULL && driver->usb->any_of_class &&
            strstr(rules, "ID_USB_INTERFACES}==\"*:0b*:*\"") == NULL) {
            printf("no rule for the class of the driver %s\n", driver->name);
            faults++;
        }
    }
    return faults;
}

static int superfluous(const char *rules)
{
    int faults = 0;

    for (const char *at = rules; (at = strstr(at, "ATTR{idVendor}==\"")) != NULL; at++) {
        unsigned vendor = 0, product = 0;

        if (sscanf(at, "ATTR{idVendor}==\"%4x\", ATTR{idProduct}==\"%4x\"", &vendor, &product) != 2 ||
            !is_listed(vendor, product)) {
            printf("a rule for %04x:%04x, which no driver lists\n", vendor, product);
            faults++;
        }
    }
    return faults;
}

int main(int argc, char **argv)
{
    char *rules;
    int faults;

    if (argc != 2)
        return 2;
    rules = read_rules(argv[1]);
    faults = missing(rules) + superfluous(rules);
    free(rules);
    return faults == 0 ? 0 : 1;
}
