/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is plugged into the computer of this service, and who it is. */
#include <string.h>

#include "../common/describe.h"
#include "../common/device.h"
#include "answer.h"

void ask_devices(struct request *request)
{
    answer_json(request, MHD_HTTP_OK,
                json_pack("{so}", "devices", describe_devices(request->service->property.context)));
}

/* What the body holds; false after an answer. */
struct question {
    const char *device, *driver, *options;
};

static bool take_question(struct request *request, const json_t *body, struct question *question)
{
    const char *const names[] = {"device", "driver", "options"};
    const char **const places[] = {&question->device, &question->driver, &question->options};
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)body, name, value)
    {
        size_t i = 0;
        while (i < 3 && strcmp(names[i], name) != 0)
            i++;
        if (i == 3 || !json_is_string(value)) {
            answer_problem(request, MHD_HTTP_UNPROCESSABLE_CONTENT, "invalid-argument", name,
                           i == 3 ? "There is no such field." : "This must be text.");
            return false;
        }
        *places[i] = json_string_value(value);
    }
    if (question->device != NULL)
        return true;
    answer_problem(request, MHD_HTTP_UNPROCESSABLE_CONTENT, "invalid-argument", "device",
                   "This must be the name of a device, as GET /v1/devices has it.");
    return false;
}

static void identify(struct request *request, const struct question *question)
{
    kc_context *context = request->service->property.context;
    kc_device *device = find_device(context, question->device);
    if (device == NULL) {
        answer_problem(request, MHD_HTTP_NOT_FOUND, "not-found", "device", "No device of this name is plugged in.");
        return;
    }
    const int32_t status = kc_device_identify(device, question->driver, question->options);
    if (status == KC_OK)
        answer_json(request, MHD_HTTP_ACCEPTED, describe_device(device, kc_device_get_state(device)));
    else
        answer_failure(request, status, kc_context_get_error(context));
}

/* The answer of the device comes as an event, and stands in the list. */
void ask_identify(struct request *request)
{
    json_error_t error;
    struct question question = {NULL, NULL, NULL};
    json_t *body = NULL;
    if (strcmp(request->parts[1], "identify") != 0) {
        answer_problem(request, MHD_HTTP_NOT_FOUND, "path", "", "A device can be asked to identify itself only.");
        return;
    }
    if (request->web.body != NULL)
        body = json_loadb(request->web.body, request->web.body_size, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(body))
        answer_problem(request, MHD_HTTP_BAD_REQUEST, "json", "", "The body must be one JSON object.");
    else if (take_question(request, body, &question))
        identify(request, &question);
    json_decref(body);
}
