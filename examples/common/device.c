/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is plugged into this computer. */
#include "device.h"

#include <stdio.h>
#include <string.h>

#include "members.h"

kc_device *find_device(const kc_context *context, const char *name)
{
    kc_device *device = NULL;
    for (int32_t i = 0; (device = kc_context_get_device(context, i)) != NULL; i++) {
        if (strcmp(kc_device_get_name(device), name) == 0)
            break;
    }
    return device;
}

static json_t *drivers_of(const kc_device *device)
{
    json_t *array = json_array();
    const kc_driver *driver;
    for (int32_t i = 0; (driver = kc_device_get_driver(device, i)) != NULL; i++) {
        json_t *object = json_object();
        put_text(object, "driver", kc_driver_get_name(driver));
        put_text(object, "uri", kc_device_get_uri(device, driver));
        (void)json_array_append_new(array, object);
    }
    return array;
}

void put_device(json_t *object, const kc_device *device, int32_t state, const char *name_member,
                const char *serial_number_member)
{
    const kc_system *system = kc_device_get_system(device);
    char ids[24] = "";
    if (kc_device_get_vendor_id(device) >= 0)
        (void)snprintf(ids, sizeof ids, "%04x:%04x", (unsigned)kc_device_get_vendor_id(device),
                       (unsigned)kc_device_get_product_id(device));
    put_text(object, name_member, kc_device_get_name(device));
    put_text(object, "label", kc_device_get_label(device));
    put_text(object, "transport", kc_device_get_transport(device));
    put_text(object, "place", kc_device_get_place(device));
    put_text(object, "ids", ids);
    put_text(object, "manufacturer", kc_device_get_manufacturer(device));
    put_text(object, "product", kc_device_get_product(device));
    put_text(object, serial_number_member, kc_device_get_serial_number(device));
    put_text(object, "model", kc_device_get_model(device));
    put_text(object, "firmware", kc_device_get_firmware(device));
    put_text(object, "state", kc_device_state_name(state));
    put_text(object, "since", kc_device_get_since(device));
    put(object, "system", system != NULL ? text_of(kc_system_get_name(system)) : json_null());
    put_text(object, "uri", kc_device_get_uri(device, NULL));
    put(object, "drivers", drivers_of(device));
}
