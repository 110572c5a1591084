/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is plugged into the computer of the front desk, and who it is. */
#include "../common/describe.h"
#include "../common/device.h"
#include "api.h"
#include "fields.h"

enum { LONGEST_NAME = 200 };

void api_devices(struct request *request)
{
    answer_json(request, MHD_HTTP_OK, json_pack("{so}", "devices", describe_devices(request->desk->context)));
}

/* The answer of the device is told to all pages. */
static void identify(struct request *request, const char *name)
{
    kc_context *context = request->desk->context;
    kc_device *device = find_device(context, name);
    if (device == NULL)
        answer_error(request, MHD_HTTP_NOT_FOUND, "device", "This device is not plugged in.");
    else if (kc_device_identify(device, NULL, NULL) == KC_OK)
        answer_json(request, MHD_HTTP_ACCEPTED, describe_device(device, kc_device_get_state(device)));
    else
        answer_error(request, MHD_HTTP_CONFLICT, "state", kc_error_get_message(kc_context_get_error(context)));
}

void api_identify(struct request *request)
{
    static const char *const names[] = {"device", NULL};
    struct fields fields;
    if (!fields_open(&fields, request, names))
        return;
    const char *name = fields_needed(&fields, "device", LONGEST_NAME);
    if (!fields_check(&fields))
        return;
    identify(request, name);
    fields_close(&fields);
}
