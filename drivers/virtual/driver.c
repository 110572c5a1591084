/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The driver `virtual:`: takes requests to a lock server in the link's own data, and plays the person at the encoder
 * and the faults of the script on the way. */
#include "options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NO_ANSWER  "the virtual lock system did not answer"
#define IMAGE_SIZE 64
/* From the first to the last. */
#define ALL_CAPABILITIES ((DRIVER_CAN(KC_CAPABILITY_WRITE_IMAGE) << 1) - DRIVER_CAN(KC_CAPABILITY_ORIGINAL))

enum phase {
    PHASE_RUNNING, /* no timer */
    PHASE_WAITING, /* the person looks for the card */
    PHASE_LATE,    /* done; the answer is on its way */
};

struct virtual_op {
    const struct fault *fault; /* NULL: all goes well */
    uint64_t number;           /* of the request, from 1 */
    enum phase phase;
    bool cancelled;
    size_t encoder;
    int32_t cards_done;
    size_t last_card, effect; /* numbers in the model; valid if cards_done > 0 */
};

static struct virtual_link *link_of(const struct driver_op *op)
{
    return op->link->data;
}

/* ---- Answers --------------------------------------------------------------------------------------------------- */

static void trace_request(const struct driver_op *op)
{
    const struct virtual_op *state = op->data;
    const struct driver_request *request = op->request;
    char text[600];
    struct error_quoted encoder, room;
    if (!driver_tracing(op->link))
        return;
    (void)snprintf(text, sizeof text, "#%" PRIu64 " %s encoder=\"%s\" room=\"%s\" copies=%d", state->number,
                   kc_verb_name(request->verb), error_quote(&encoder, request->encoder),
                   error_quote(&room, request->rooms.count > 0 ? request->rooms.items[0] : ""), (int)request->copies);
    driver_trace(op->link, true, text);
}

static void answer(struct driver_op *op, const struct kc_error *error)
{
    const struct virtual_op *state = op->data;
    if (driver_tracing(op->link)) {
        char text[100];
        (void)snprintf(text, sizeof text, "#%" PRIu64 " %s", state->number,
                       error == NULL ? "ok" : kc_status_name(error->code));
        driver_trace(op->link, false, text);
    }
    driver_op_done(op, error);
}

static void refuse(struct driver_op *op, int32_t status, const char *vendor_code, const char *text)
{
    struct kc_error error = {0};
    error_set(&error, status, "", "%s", text);
    if (vendor_code != NULL)
        error_set_vendor(&error, vendor_code, "error of the script");
    error.card_state = KC_OUTCOME_NOT_WRITTEN;
    answer(op, &error);
}

static void expect_answer(struct driver_op *op)
{
    driver_op_deadline(op, link_of(op)->answer_ms, NO_ANSWER);
}

/* What becomes of a mobile key on its way to the phone. */
static void answer_with_delivery(struct driver_op *op)
{
    const struct virtual_link *link = link_of(op);
    bool asked = op->request->verb == KC_VERB_CHECK_MOBILE;
    if (link->delivery == DELIVERY_FAILED) {
        struct kc_error error = {0};
        error_set(&error, KC_ERROR_MOBILE, "", "the mobile key did not reach the phone");
        error.card_state = asked ? KC_OUTCOME_NOT_WRITTEN : KC_OUTCOME_WRITTEN;
        answer(op, &error);
        return;
    }
    if (link->delivery == DELIVERY_NEVER || (link->delivery == DELIVERY_LATER && !asked))
        driver_op_unconfirmed(op);
    answer(op, NULL);
}

static void answer_well(struct driver_op *op)
{
    const struct driver_request *request = op->request;
    bool on_its_way = request->verb == KC_VERB_SEND_MOBILE && !request->return_image;
    if (on_its_way || request->verb == KC_VERB_CHECK_MOBILE)
        answer_with_delivery(op);
    else
        answer(op, NULL);
}

/* The request was carried out: answers as the script says. */
static void finish(struct driver_op *op)
{
    struct virtual_op *state = op->data;
    if (state->fault == NULL) {
        answer_well(op);
        return;
    }
    switch (state->fault->kind) {
    case FAULT_SILENT_AFTER:
        expect_answer(op);
        break;
    case FAULT_DROP_AFTER:
        driver_link_fail(op->link, KC_ERROR_CONNECTION_LOST, "the script cut the link after the request was done");
        break;
    case FAULT_LATE:
        state->phase = PHASE_LATE;
        driver_op_encoding(op);
        expect_answer(op);
        driver_op_timer(op, state->fault->delay_ms);
        break;
    default: /* faults that are for cards, in a request that needs none */
        answer_well(op);
        break;
    }
}

/* ---- Carrying out ---------------------------------------------------------------------------------------------- */

static bool uses_encoder(const struct driver_request *request)
{
    if (request->verb != KC_VERB_WRITE_IMAGE && request->card_serial[0] != '\0')
        return false;
    switch (request->verb) {
    case KC_VERB_ISSUE_ORIGINAL:
    case KC_VERB_ISSUE_DUPLICATE:
    case KC_VERB_REISSUE:
    case KC_VERB_ISSUE_ONE_SHOT:
    case KC_VERB_READ_CARD:
    case KC_VERB_WRITE_IMAGE:
        return true;
    default:
        return false;
    }
}

static bool changes_something(const struct driver_request *request)
{
    return request->verb != KC_VERB_READ_CARD && request->verb != KC_VERB_CHECK_MOBILE;
}

static int32_t cards_of(const struct driver_request *request)
{
    return uses_encoder(request) && request->verb != KC_VERB_READ_CARD && request->copies > 1 ? request->copies : 1;
}

/* What was last written on the encoder is the card that lies there. */
static void read_card(struct driver_op *op)
{
    const struct virtual_link *link = link_of(op);
    const struct virtual_op *state = op->data;
    size_t card_on = link->card_on[state->encoder];
    const struct model_card *card = card_on > 0 ? model_card(&link->model, card_on - 1) : NULL;
    if (card == NULL) {
        refuse(op, KC_ERROR_NO_CARD, NULL, "no card was written on this encoder yet");
        return;
    }
    const struct driver_card found = {
        .kind = card->kind,
        .key_state = model_card_state(card),
        .rooms = {card->room_names, card->door_count},
        .areas = card->areas,
        .from = card->from,
        .until = card->until,
        .operator_name = card->operator_name,
        .serial = link->serials ? card->serial : "",
        .text = card->text,
    };
    driver_op_card(op, &found);
    finish(op);
}

static void return_image(struct driver_op *op)
{
    const struct virtual_op *state = op->data;
    uint8_t image[IMAGE_SIZE]; /* any bytes, zeros among them */
    for (size_t i = 0; i < sizeof image; i++)
        image[i] = (uint8_t)(state->number + i * 4);
    driver_op_image(op, image, sizeof image, "virtual");
}

/* Makes the next card, or does what is to be done without one. */
static int32_t act(struct driver_op *op, struct kc_error *error)
{
    struct virtual_link *link = link_of(op);
    struct virtual_op *state = op->data;
    size_t cards_before = link->model.card_count;
    int32_t status = state->cards_done == 0 ? model_act(&link->model, op->request, state->number, error)
                                            : model_copy(&link->model, state->last_card, state->effect, error);
    if (status != KC_OK)
        return status;
    if (state->cards_done == 0)
        state->effect = link->model.effect_count - 1;
    state->cards_done++;
    if (link->model.card_count == cards_before)
        return KC_OK;
    state->last_card = cards_before;
    if (op->request->verb == KC_VERB_SEND_MOBILE || op->request->card_serial[0] != '\0') {
        if (op->request->return_image || op->request->card_serial[0] != '\0')
            return_image(op);
        return KC_OK;
    }
    link->card_on[state->encoder] = cards_before + 1;
    if (link->serials)
        driver_op_serial(op, model_card(&link->model, cards_before)->serial);
    return KC_OK;
}

static void wait_for_card(struct driver_op *op)
{
    struct virtual_op *state = op->data;
    state->phase = PHASE_WAITING;
    driver_op_prompt(op, KC_PROMPT_PRESENT_CARD, state->cards_done + 1, cards_of(op->request));
    expect_answer(op);
    driver_op_timer(op, link_of(op)->hand_ms);
}

/* Faults between the person's hand and the effect. Returns whether the request ended here. */
static bool fails_at_card(struct driver_op *op)
{
    const struct virtual_op *state = op->data;
    if (state->fault == NULL || state->cards_done > 0)
        return false;
    if (state->fault->kind == FAULT_DROP) {
        driver_link_fail(op->link, KC_ERROR_CONNECTION_LOST, "the script cut the link before the request was done");
        return true;
    }
    if (!uses_encoder(op->request))
        return false;
    if (state->fault->kind == FAULT_NO_CARD)
        refuse(op, KC_ERROR_NO_CARD, NULL, "no card was put on the encoder");
    else if (state->fault->kind == FAULT_CARD)
        refuse(op, KC_ERROR_CARD, NULL, "the card cannot be used");
    else
        return false;
    return true;
}

/* The card lies on the encoder, or none is needed. */
static void proceed(struct driver_op *op)
{
    const struct virtual_op *state = op->data;
    bool slow_hand = link_of(op)->hand_ms > 0 && uses_encoder(op->request);
    if (fails_at_card(op))
        return;
    if (slow_hand)
        driver_op_encoding(op);
    if (op->request->verb == KC_VERB_READ_CARD) {
        read_card(op);
        return;
    }
    if (op->request->verb == KC_VERB_CHECK_MOBILE) {
        finish(op);
        return;
    }
    while (state->cards_done < cards_of(op->request)) {
        struct kc_error error = {0};
        if (act(op, &error) != KC_OK) {
            error.card_state = state->cards_done > 0 ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_NOT_WRITTEN;
            answer(op, &error);
            return;
        }
        if (slow_hand && state->cards_done < cards_of(op->request)) {
            wait_for_card(op);
            return;
        }
    }
    finish(op);
}

/* ---- The start of a request ------------------------------------------------------------------------------------ */

static void tell_encoders(struct driver_link *link)
{
    const struct virtual_link *state = link->data;
    for (size_t i = 0; state->tells_encoders && i < state->encoders.count; i++)
        driver_encoder_seen(link, state->encoders.items[i], KC_ENCODER_ONLINE);
}

/* Whether an error tells that the encoder had the card, or waited for it. */
static bool is_of_encoder(int32_t status)
{
    return status == KC_ERROR_NO_CARD || status == KC_ERROR_CARD || status == KC_ERROR_CARD_FORMAT ||
           status == KC_ERROR_CARD_REFUSED || status == KC_ERROR_ENCODER_FAULT;
}

/* Faults before anything happens. Returns whether the request ended here (or waits for ever). */
static bool fails_at_start(struct driver_op *op)
{
    const struct fault *fault = ((const struct virtual_op *)op->data)->fault;
    struct kc_error error = {0};
    if (fault != NULL && fault->kind == FAULT_SILENT) {
        expect_answer(op);
        return true;
    }
    if (fault != NULL && fault->kind == FAULT_ERROR) {
        if (uses_encoder(op->request) && is_of_encoder(fault->status))
            driver_op_reached_encoder(op);
        if (uses_encoder(op->request) && fault->status == KC_ERROR_ENCODER_OFFLINE)
            driver_encoder_seen(op->link, op->request->encoder, KC_ENCODER_OFFLINE);
        refuse(op, fault->status, fault->vendor_code, kc_status_text(fault->status));
        return true;
    }
    if (model_check(&link_of(op)->model, op->request, &error) != KC_OK) {
        error.card_state = KC_OUTCOME_NOT_WRITTEN;
        answer(op, &error);
        return true;
    }
    return false;
}

static void op_start(struct driver_op *op)
{
    struct virtual_link *link = link_of(op);
    struct virtual_op *state = op->data;
    const struct driver_request *request = op->request;
    if (request->verb == KC_VERB_DISCOVER) {
        tell_encoders(op->link);
        driver_op_done(op, NULL);
        return;
    }
    state->number = ++link->request_count;
    state->fault = script_find(&link->script, state->number);
    trace_request(op);
    if (uses_encoder(request) && !virtual_find_encoder(link, request->encoder, &state->encoder)) {
        struct error_quoted quoted;
        char text[300];
        (void)snprintf(text, sizeof text, "the virtual lock system has no encoder \"%s\"; see the option encoders",
                       error_quote(&quoted, request->encoder));
        refuse(op, KC_ERROR_ENCODER_OFFLINE, NULL, text);
        return;
    }
    if (changes_something(request))
        driver_op_committed(op);
    if (fails_at_start(op))
        return;
    if (uses_encoder(request))
        driver_op_reached_encoder(op);
    if (uses_encoder(request) && link->hand_ms > 0)
        wait_for_card(op);
    else
        proceed(op);
}

/* ---- The other slots ------------------------------------------------------------------------------------------- */

static int32_t check(struct driver_link *link, const struct driver_request *request, struct kc_error *error)
{
    const struct virtual_link *state = link->data;
    const struct strings *lists[] = {&request->areas, &request->denied};
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < lists[i]->count; j++) {
            const char *area = lists[i]->items[j];
            struct error_quoted quoted;
            int64_t number;
            bool digits = area[0] != '\0' && area[strspn(area, "0123456789")] == '\0';
            if (digits && !script_number(area, 1, state->highest_area, &number))
                return error_set(error, KC_ERROR_LIMIT, "areas", "area \"%s\" is not from 1 to %d",
                                 error_quote(&quoted, area), (int)state->highest_area);
        }
    }
    return KC_OK;
}

static void link_up(struct driver_link *link)
{
    tell_encoders(link);
    driver_link_ready(link);
}

static void link_down(struct driver_link *link)
{
    (void)link; /* nothing here belongs to a connection */
}

static void on_timer(struct driver_link *link, struct driver_op *op)
{
    (void)link;
    struct virtual_op *state = op != NULL ? op->data : NULL;
    if (state == NULL)
        return;
    enum phase phase = state->phase;
    state->phase = PHASE_RUNNING;
    if (phase == PHASE_LATE)
        answer_well(op);
    else if (phase == PHASE_WAITING && state->cancelled)
        refuse(op, KC_ERROR_CANCELLED, NULL, "cancelled while the encoder waited for the card; nothing was written");
    else if (phase == PHASE_WAITING)
        proceed(op);
}

/* The lock system stops waiting for the first card. Once a card is written it is too late. */
static void op_cancel(struct driver_op *op)
{
    struct virtual_op *state = op->data;
    if (state->phase != PHASE_WAITING || state->cards_done > 0)
        return;
    state->cancelled = true;
    driver_op_timer(op, 0);
}

static void release(struct driver_link *link)
{
    struct virtual_link *state = link->data;
    model_free(&state->model);
    arena_free(&state->arena);
}

static const char *const schemes[] = {"virtual", NULL};

const struct driver driver_virtual = {
    .name = "virtual",
    .label = "Virtual lock system in this process, for examples and tests",
    .maturity = "simulator-tested",
    .schemes = schemes,
    .profile = {.capabilities = ALL_CAPABILITIES,
                .limits = {.rooms = 16,
                           .room_length = 100,
                           .areas = 64,
                           .guest_length = 400,
                           .operator_length = 100,
                           .text_lines = 8,
                           .text_length = 400,
                           .message_length = 1000,
                           .copies = 99,
                           .minutes = 1,
                           .last_year = 2099,
                           .start = true,
                           .charset = TEXT_UTF8},
                .in_flight = 0},
    .options = virtual_options,
    .option_count = OPTION_COUNT,
    .link_size = sizeof(struct virtual_link),
    .op_size = sizeof(struct virtual_op),
    .configure = virtual_configure,
    .check = check,
    .fixed_check = true,
    .link_up = link_up,
    .link_down = link_down,
    .op_start = op_start,
    .on_timer = on_timer,
    .op_cancel = op_cancel,
    .release = release,
};
