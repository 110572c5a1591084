/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What does not change from request to request: the site, its systems and their encoders, the drivers, and the
 * description of this interface. */
#include <string.h>

#include "../common/describe.h"
#include "answer.h"
#include "description.h"
#include "track.h"

void ask_site(struct request *request)
{
    const struct service *service = request->service;
    answer_json(request, MHD_HTTP_OK,
                json_pack("{ss ss ss ss ss}", "name", kc_site_get_name(service->property.site), "timeZone",
                          settings_value(&service->settings, "time-zone"), "checkIn",
                          settings_value(&service->settings, "check-in"), "checkOut",
                          settings_value(&service->settings, "check-out"), "version", kc_version()));
}

/* ---- Systems and encoders -------------------------------------------------------------------------------------- */

static json_t *describe_system(const kc_system *system)
{
    json_t *object = json_object(), *can = json_object(), *limits = json_object();
    const kc_driver *driver = kc_system_get_driver(system);
    for (int32_t i = 1; kc_capability_name(i)[0] != '\0'; i++)
        (void)json_object_set_new(can, kc_capability_name(i), json_boolean(kc_system_has(system, i)));
    for (int32_t i = 1; kc_limit_name(i)[0] != '\0'; i++)
        (void)json_object_set_new(limits, kc_limit_name(i), json_integer(kc_system_get_limit(system, i)));
    (void)json_object_set_new(object, "name", json_string(kc_system_get_name(system)));
    (void)json_object_set_new(object, "driver", json_string(kc_driver_get_name(driver)));
    (void)json_object_set_new(object, "label", json_string(kc_driver_get_label(driver)));
    (void)json_object_set_new(object, "link", json_string(describe_link(kc_system_get_state(system))));
    (void)json_object_set_new(object, "can", can);
    (void)json_object_set_new(object, "limits", limits);
    return object;
}

void ask_systems(struct request *request)
{
    const struct property *property = &request->service->property;
    json_t *systems = json_array();
    for (size_t i = 0; i < property->system_count; i++)
        (void)json_array_append_new(systems, describe_system(property->systems[i]));
    answer_json(request, MHD_HTTP_OK, json_pack("{so}", "systems", systems));
}

static void show_encoders(struct request *request, kc_op *op, int how)
{
    json_t *unreachable = json_array();
    (void)how;
    if (kc_op_get_status(op) != KC_OK) {
        json_decref(unreachable);
        answer_failure(request, kc_op_get_status(op), kc_op_get_error(op));
        return;
    }
    for (int32_t i = 0; i < kc_op_get_warning_count(op); i++)
        (void)json_array_append_new(unreachable, json_string(kc_op_get_warning_text(op, i)));
    answer_json(request, MHD_HTTP_OK, json_pack("{so so}", "encoders", answer_encoders(op), "warnings", unreachable));
}

void ask_encoders(struct request *request)
{
    kc_op *op = NULL;
    const int32_t status = kc_site_discover(request->service->property.site, &op);
    if (status == KC_OK)
        track_ask(request, op, show_encoders, 0);
    else
        answer_failure(request, status, NULL);
}

/* ---- Drivers --------------------------------------------------------------------------------------------------- */

static json_t *describe_options(const kc_driver *driver)
{
    json_t *options = json_array();
    for (int32_t i = 0; i < kc_driver_get_option_count(driver); i++)
        (void)json_array_append_new(options, json_pack("{ss ss ss ss}", "name", kc_driver_get_option_name(driver, i),
                                                       "default", kc_driver_get_option_default(driver, i), "values",
                                                       kc_driver_get_option_values(driver, i), "help",
                                                       kc_driver_get_option_help(driver, i)));
    return options;
}

static json_t *describe_driver(const kc_driver *driver)
{
    json_t *object = json_object(), *schemes = json_array(), *can = json_object();
    for (int32_t i = 0; kc_driver_get_scheme(driver, i)[0] != '\0'; i++)
        (void)json_array_append_new(schemes, json_string(kc_driver_get_scheme(driver, i)));
    for (int32_t i = 1; kc_capability_name(i)[0] != '\0'; i++)
        (void)json_object_set_new(can, kc_capability_name(i), json_boolean(kc_driver_has(driver, i)));
    (void)json_object_set_new(object, "name", json_string(kc_driver_get_name(driver)));
    (void)json_object_set_new(object, "label", json_string(kc_driver_get_label(driver)));
    (void)json_object_set_new(object, "maturity", json_string(kc_driver_get_maturity(driver)));
    (void)json_object_set_new(object, "schemes", schemes);
    (void)json_object_set_new(object, "can", can);
    (void)json_object_set_new(object, "options", describe_options(driver));
    return object;
}

void ask_drivers(struct request *request)
{
    json_t *drivers = json_array();
    for (int32_t i = 0; i < kc_driver_count(); i++)
        (void)json_array_append_new(drivers, describe_driver(kc_driver_get(i)));
    answer_json(request, MHD_HTTP_OK, json_pack("{so}", "drivers", drivers));
}

void ask_description(struct request *request)
{
    request->web.status = MHD_HTTP_OK;
    request->web.response = web_response(request->web.web, strlen(description), (void *)(uintptr_t)description,
                                         MHD_RESPMEM_PERSISTENT, "application/json");
}
