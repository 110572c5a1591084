/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One operation of a load test: the request that it is made of, and what it leaves of its stay. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "load.h"

/* Ofcom and RFC 2606 keep them for such uses: nobody has them. */
static const char nobodys_phone[] = "+447700900123", nobodys_email[] = "load-test@example.invalid";

bool order_needs_stay(enum kind kind)
{
    return kinds[kind].needs == STAY_ACTIVE || kinds[kind].needs == STAY_BLOCKED;
}

static int32_t set_contact(const struct load *load, const struct hotel *hotel, kc_request *request)
{
    const char *phone = load->settings->phone, *email = load->settings->email;
    if (phone == NULL && email == NULL) {
        const bool has_phone = kc_system_has(hotel->system, KC_CAPABILITY_PHONE);
        phone = has_phone ? nobodys_phone : NULL;
        email = has_phone ? NULL : nobodys_email;
    }
    const int32_t status = kc_request_set_phone(request, phone);
    return status != KC_OK ? status : kc_request_set_email(request, email);
}

/* Who asks, and where the card is. */
static int32_t set_desk(const struct lane *lane, kc_request *request)
{
    const bool has_card = lane->kind <= KIND_ONE_SHOT || lane->kind == KIND_READ;
    int32_t status = kc_request_set_station(request, lane->station);
    if (status == KC_OK)
        status = kc_request_set_operator(request, "bench");
    if (status == KC_OK && has_card)
        status = kc_request_set_encoder(request, lane->encoder);
    return status;
}

static int32_t set_stay(struct load *load, struct lane *lane, kc_request *request)
{
    struct stay *stay = lane->stay;
    int32_t status = KC_OK;
    if (stay == NULL || lane->kind == KIND_CANCEL)
        return KC_OK;
    if (lane->kind == KIND_ORIGINAL) {
        (void)snprintf(stay->booking, sizeof stay->booking, "%010" PRIu64, load->bookings++ % UINT64_C(10000000000));
        stay->is_longer = false;
        status = kc_request_set_guest(request, "Load Test");
    }
    if (status == KC_OK && lane->kind != KIND_ONE_SHOT)
        status = kc_request_set_booking(request, stay->booking);
    if (status == KC_OK && (lane->kind == KIND_ORIGINAL || lane->kind == KIND_ONE_SHOT || lane->kind == KIND_CHECK_OUT))
        status = kc_request_add_room(request, stay->room);
    if (status == KC_OK && (lane->kind == KIND_ORIGINAL || lane->kind == KIND_ONE_SHOT))
        status = kc_request_set_validity(request, NULL, load->until[0]);
    if (status == KC_OK && lane->kind == KIND_MODIFY)
        status = kc_request_set_validity(request, NULL, load->until[!stay->is_longer]);
    return status;
}

static int32_t ask(struct lane *lane, kc_request *request)
{
    switch (lane->kind) {
    case KIND_ORIGINAL:
        return kc_issue_original(request, &lane->op);
    case KIND_DUPLICATE:
        return kc_issue_duplicate(request, &lane->op);
    case KIND_REISSUE:
        return kc_reissue(request, &lane->op);
    case KIND_ONE_SHOT:
        return kc_issue_one_shot(request, &lane->op);
    case KIND_MOBILE:
        return kc_send_mobile(request, &lane->op);
    case KIND_READ:
        return kc_read_card(request, &lane->op);
    case KIND_CHECK_OUT:
        return kc_check_out(request, &lane->op);
    case KIND_MODIFY:
        return kc_modify_stay(request, &lane->op);
    case KIND_CANCEL:
        return kc_cancel_key(request, lane->stay->key, &lane->op);
    case KIND_BLOCK:
        return kc_block_stay(request, &lane->op);
    default:
        return kc_unblock_stay(request, &lane->op);
    }
}

bool order_start(struct load *load, struct lane *lane, enum kind kind)
{
    kc_request *request = NULL;
    const enum stay_state needs = kinds[kind].needs;
    lane->kind = kind;
    lane->started = load_clock();
    if (needs != STAY_NONE && lane->stay == NULL && (lane->stay = stays_take(&lane->hotel->stays, needs)) == NULL)
        return false;
    int32_t status = kc_request_new(lane->hotel->site, &request);
    if (status == KC_OK)
        status = set_desk(lane, request);
    if (status == KC_OK)
        status = set_stay(load, lane, request);
    if (status == KC_OK && kind == KIND_MOBILE)
        status = set_contact(load, lane->hotel, request);
    if (status == KC_OK)
        status = ask(lane, request);
    if (status == KC_OK)
        (void)kc_op_set_user_data(lane->op, lane);
    else
        (void)snprintf(load->fault, sizeof load->fault, "an operation (%s) cannot be asked for: %s", kinds[kind].name,
                       request != NULL && kc_request_get_error(request) != NULL
                           ? kc_error_get_message(kc_request_get_error(request))
                           : kc_status_text(status));
    kc_request_unref(request);
    load->busy += status == KC_OK;
    return status == KC_OK;
}

/* What became of the stay. One of which that is not known, or that the ledger thinks otherwise of, is not used again:
 * the next guest of its room has another booking. */
static enum stay_state state_after(const struct lane *lane)
{
    const int32_t status = kc_op_get_status(lane->op), outcome = kc_op_get_outcome(lane->op);
    if (kinds[lane->kind].needs == STAY_ANY)
        return lane->stay->state;
    if (status == KC_OK)
        return kinds[lane->kind].makes;
    if (lane->kind == KIND_ORIGINAL || outcome == KC_OUTCOME_UNKNOWN || status == KC_ERROR_NO_ORIGINAL ||
        status == KC_ERROR_UNRESOLVED || status == KC_ERROR_STATE)
        return STAY_FREE;
    return lane->stay->state;
}

void order_end(struct load *load, struct lane *lane)
{
    struct stay *stay = lane->stay;
    if (stay != NULL) {
        const bool is_done = kc_op_get_status(lane->op) == KC_OK;
        if (is_done && (lane->kind == KIND_ORIGINAL || lane->kind == KIND_REISSUE))
            (void)snprintf(stay->key, sizeof stay->key, "%s", kc_op_get_id(lane->op));
        if (is_done && lane->kind == KIND_MODIFY)
            stay->is_longer = !stay->is_longer;
        stays_put(&lane->hotel->stays, stay, state_after(lane));
    }
    lane->stay = NULL;
    lane->op = kc_op_unref(lane->op);
    load->busy--;
}
