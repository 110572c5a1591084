/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lock systems and encoders, and the station's last one. */
#include "api.h"
#include "jobs.h"
#include "stream.h"

#include <string.h>

enum { LOOK_BACK = 500 };

static void answer_systems(struct request *request, const char *encoder, const char *system)
{
    answer_json(request, MHD_HTTP_OK,
                json_pack("{so s{ss ss}}", "systems", systems_describe(request->desk), "last", "encoder", encoder,
                          "system", system));
}

/* Whether an operation reached its encoder, as far as the ledger tells. */
static bool reached(const kc_op *op)
{
    const int32_t status = kc_op_get_status(op), outcome = kc_op_get_outcome(op);
    return kc_op_get_encoder_name(op)[0] != '\0' && kc_op_get_verb(op) <= KC_VERB_READ_CARD &&
           (outcome == KC_OUTCOME_WRITTEN || outcome == KC_OUTCOME_UNKNOWN ||
            (status <= KC_ERROR_ENCODER_OFFLINE && status >= KC_ERROR_ENCODER_FAULT));
}

static void look_back(struct desk *desk, struct request *request, kc_op *list, void *data)
{
    const char *station = request->station->name;
    (void)data;
    for (int32_t i = 0; i < kc_op_get_op_count(list); i++) {
        const kc_op *op = kc_op_get_op(list, i);
        if (strcmp(kc_op_get_station(op), station) != 0 || !reached(op))
            continue;
        desk_remember_encoder(desk, station, kc_op_get_encoder_name(op), kc_op_get_system_name(op));
        break;
    }
    const char *encoder = request->station->encoder, *system = request->station->system;
    answer_systems(request, encoder != NULL ? encoder : "", system != NULL ? system : "");
}

void api_systems(struct request *request)
{
    kc_op *list = NULL;
    const struct station *station = request->station;
    if (station == NULL)
        answer_systems(request, "", "");
    else if (station->encoder != NULL)
        answer_systems(request, station->encoder, station->system);
    else if (kc_list_ops(request->desk->site, KC_FILTER_ALL, NULL, LOOK_BACK, &list) == KC_OK)
        job_ask(request->desk, request, list, look_back, NULL);
    else
        answer_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "memory", "Memory is used up.");
}

static void discovered(struct desk *desk, struct request *request, kc_op *op, void *data)
{
    (void)data;
    for (int32_t i = 0; i < kc_op_get_encoder_count(op); i++)
        systems_add_encoder(desk, kc_op_get_encoder(op, i));
    stream_publish(desk, "systems", json_pack("{so}", "systems", systems_describe(desk)));
    if (request != NULL)
        answer_systems(request, "", "");
}

void api_discover(struct request *request)
{
    kc_op *op = NULL;
    if (kc_site_discover(request->desk->site, &op) == KC_OK)
        job_ask(request->desk, request, op, discovered, NULL);
    else
        answer_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "memory", "Memory is used up.");
}

void systems_discover(struct desk *desk)
{
    kc_op *op = NULL;
    if (kc_site_discover(desk->site, &op) == KC_OK)
        job_ask(desk, NULL, op, discovered, NULL);
}
