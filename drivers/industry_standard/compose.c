/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what is wanted to the bytes of a request. */
#include <stdio.h>
#include <string.h>

#include "state.h"

/* Fields that are made here live until the frame is encoded. */
struct composer {
    const struct settings *settings;
    const struct driver_request *wanted;
    struct arena arena;
    bool failed; /* a text that the code page does not have, which check_request() lets nobody reach, or no memory */
};

static struct industry_field text_field(struct composer *composer, const char *text)
{
    struct industry_field field = {(const uint8_t *)text, 0};
    if (*text == '\0' || text_is_ascii(text, &field.length))
        return field;
    struct buf bytes;
    buf_init(&bytes);
    const char *copy = NULL;
    if (composer->settings->charset == TEXT_LATIN1 && text_to_latin1(text, &bytes) == 0 && !bytes.failed)
        copy = arena_text_n(&composer->arena, (const char *)bytes.data, bytes.length);
    field = (struct industry_field){(const uint8_t *)copy, copy ? bytes.length : 0};
    composer->failed |= !copy;
    buf_free(&bytes);
    return field;
}

static struct industry_field item_field(struct composer *composer, const struct strings *list, size_t index)
{
    return index < list->count ? text_field(composer, list->items[index]) : (struct industry_field){0};
}

static struct industry_time time_field(const struct moment *moment)
{
    const struct wall_time *wall = &moment->wall;
    if (moment->utc == 0)
        return (struct industry_time){0};
    return (struct industry_time){wall->year, wall->month, wall->day, wall->hour, wall->minute};
}

/* Decimal numbers, as check_request() has seen. */
static uint64_t area_set(const struct strings *areas)
{
    uint64_t set = 0;
    for (size_t i = 0; i < areas->count; i++) {
        int32_t number = 0;
        for (const char *digit = areas->items[i]; *digit >= '0' && *digit <= '9' && number < 100; digit++)
            number = number * 10 + (*digit - '0');
        if (number >= 1 && number <= INDUSTRY_AREAS_AT_MOST)
            set |= INDUSTRY_AREA(number);
    }
    return set;
}

static int32_t copies_digit(const struct settings *settings, int32_t copies)
{
    if (copies > 1)
        return settings->copies_are_extra ? copies - 1 : copies;
    return settings->single_digit && !settings->copies_are_extra ? 1 : -1;
}

static void set_stay(struct composer *composer, struct industry_request *request)
{
    const struct driver_request *wanted = composer->wanted;
    for (size_t i = 0; i < INDUSTRY_ROOMS; i++)
        request->rooms[i] = item_field(composer, &wanted->rooms, i);
    request->granted = area_set(&wanted->areas);
    request->denied = area_set(&wanted->denied);
    request->start = time_field(&wanted->from);
    request->expiry = time_field(&wanted->until);
    request->operator_name = text_field(composer, wanted->operator_name);
}

static void set_card(struct composer *composer, struct industry_request *request, enum industry_command command)
{
    const struct driver_request *wanted = composer->wanted;
    set_stay(composer, request);
    request->command = command;
    request->digit = copies_digit(composer->settings, wanted->copies);
    request->encoder = text_field(composer, wanted->encoder);
    request->after_write = composer->settings->after_write;
    request->serial_flag = composer->settings->serial_flag;
    for (size_t i = 0; i < INDUSTRY_TEXTS; i++)
        request->texts[i] = item_field(composer, &wanted->texts, i);
    if (command == INDUSTRY_CA && !composer->settings->one_shot_dates)
        request->start = request->expiry = (struct industry_time){0};
}

static struct industry_field phone_field(struct composer *composer, const char *phone)
{
    const char *digits = phone[0] == '+' ? phone + 1 : strncmp(phone, "00", 2) == 0 ? phone + 2 : phone;
    struct buf text;
    if (!*phone || composer->settings->phone_form == PHONE_AS_GIVEN)
        return text_field(composer, phone);
    buf_init(&text);
    buf_append_text(&text, composer->settings->phone_form == PHONE_PLUS ? "+" : "00");
    buf_append_text(&text, digits);
    const char *copy = arena_text(&composer->arena, buf_text(&text));
    composer->failed |= text.failed || !copy;
    buf_free(&text);
    return industry_field_of(copy);
}

static void set_mobile(struct composer *composer, struct industry_request *request, const char *auth_code)
{
    const struct driver_request *wanted = composer->wanted;
    set_stay(composer, request);
    request->phone = phone_field(composer, wanted->phone);
    request->auth_code = text_field(composer, auth_code);
    if (wanted->return_image) {
        request->command = wanted->further ? INDUSTRY_CCMB : INDUSTRY_CNMB;
        request->installation_flag = composer->settings->installation_id ? '1' : '0';
    } else {
        request->command = wanted->further ? INDUSTRY_CCM : INDUSTRY_CNM;
        request->message = text_field(composer, wanted->message);
    }
}

/* The caller writes the card: no encoder takes part. */
static void set_bytes(struct composer *composer, struct industry_request *request)
{
    set_stay(composer, request);
    request->command = composer->wanted->verb == KC_VERB_ISSUE_DUPLICATE ? INDUSTRY_CCB : INDUSTRY_CNB;
    request->as_card = composer->settings->image_as_card;
    request->serial = text_field(composer, composer->wanted->card_serial);
    request->encoder = industry_field_of("0");
}

static struct industry_field number_field(struct composer *composer, int64_t number)
{
    char text[24];
    snprintf(text, sizeof(text), "%lld", (long long)number);
    const char *copy = arena_text(&composer->arena, text);
    composer->failed |= !copy;
    return industry_field_of(copy);
}

/* A mobile key as a card that is made at the lock system's encoder for mobile keys. */
static void set_mobile_card(struct composer *composer, struct industry_request *request)
{
    const struct settings *settings = composer->settings;
    const struct driver_request *wanted = composer->wanted;
    bool is_phone = *wanted->phone;
    set_card(composer, request, wanted->further ? INDUSTRY_CC : INDUSTRY_CN);
    request->digit = copies_digit(settings, 1);
    request->encoder = number_field(composer, settings->mobile_encoder);
    struct industry_field contact = is_phone ? phone_field(composer, wanted->phone)
                                             : text_field(composer, contact_of(wanted));
    if (settings->contact == CONTACT_OPERATOR)
        request->operator_name = contact;
    else
        request->texts[settings->contact == CONTACT_TRACK_1 ? 0 : 1] = contact;
}

static void set_change(struct composer *composer, struct industry_request *request, const char *auth_code)
{
    const struct driver_request *wanted = composer->wanted;
    const char *room = wanted->rooms.count > 0 ? wanted->rooms.items[0] : "";
    bool moves = *wanted->room_before && *room && strcmp(room, wanted->room_before) != 0;
    request->command = INDUSTRY_MC;
    request->rooms[0] = text_field(composer, *wanted->room_before ? wanted->room_before : room);
    if (moves)
        request->new_room = text_field(composer, room);
    request->expiry = time_field(wanted->until.utc ? &wanted->until : &wanted->until_before);
    request->auth_code = text_field(composer, auth_code);
}

static void set_room_only(struct composer *composer, struct industry_request *request, enum industry_command command,
                          bool real_encoder)
{
    const char *encoder = composer->wanted->encoder;
    request->command = command;
    request->encoder = text_field(composer, real_encoder && *encoder ? encoder : "0");
    request->rooms[0] = item_field(composer, &composer->wanted->rooms, 0);
}

/* A lock system of numbered encoders wants one even where none is involved. */
static void set_check_out(struct composer *composer, struct industry_request *request)
{
    const struct settings *settings = composer->settings;
    set_room_only(composer, request, INDUSTRY_CO, settings->real_checkout_encoder);
    if (settings->real_checkout_encoder && settings->checkout_number > 0 && !*composer->wanted->encoder)
        request->encoder = number_field(composer, settings->checkout_number);
}

static void set_all(struct composer *composer, struct industry_request *request, const char *auth_code)
{
    if (*composer->wanted->card_serial) {
        set_bytes(composer, request);
        return;
    }
    switch (composer->wanted->verb) {
    case KC_VERB_ISSUE_DUPLICATE:
        set_card(composer, request, INDUSTRY_CC);
        return;
    case KC_VERB_ISSUE_ONE_SHOT:
        set_card(composer, request, INDUSTRY_CA);
        return;
    case KC_VERB_SEND_MOBILE:
        if (composer->settings->mobile_encoder > 0)
            set_mobile_card(composer, request);
        else
            set_mobile(composer, request, auth_code);
        return;
    case KC_VERB_READ_CARD:
        request->command = INDUSTRY_LT;
        request->encoder = text_field(composer, composer->wanted->encoder);
        request->after_write = composer->settings->after_write;
        return;
    case KC_VERB_CHECK_OUT:
        set_check_out(composer, request);
        return;
    case KC_VERB_CANCEL_KEY:
        set_room_only(composer, request, INDUSTRY_CP, true);
        return;
    case KC_VERB_MODIFY_STAY:
        set_change(composer, request, auth_code);
        return;
    default:
        set_card(composer, request, INDUSTRY_CN);
        return;
    }
}

/* Field 1, by which the answer is known. */
static struct industry_field id_field(const struct industry_request *request)
{
    switch (request->command) {
    case INDUSTRY_CNM:
    case INDUSTRY_CCM:
    case INDUSTRY_CNMB:
    case INDUSTRY_CCMB:
        return request->phone;
    case INDUSTRY_MC:
        return request->rooms[0];
    case INDUSTRY_CNB:
    case INDUSTRY_CCB:
        return request->as_card ? request->encoder : request->serial;
    default:
        return request->encoder;
    }
}

/* Where it stands in the frame, of which it is known that it has one of this length. */
static size_t field_one_at(const struct buf *frame)
{
    size_t at = 2; /* behind STX and separator */
    while (frame->data[at] != INDUSTRY_SEPARATOR)
        at++;
    return at + 1;
}

/* A request that was composed, with its frame behind it. */
struct composed {
    enum industry_command command;
    int32_t digit;
    size_t id_at, id_length, length;
};

static void take_composed(struct exchange *exchange, const struct composed *composed, const uint8_t *frame)
{
    exchange->command = composed->command;
    exchange->digit = composed->digit;
    exchange->frame = (struct industry_field){frame, composed->length};
    exchange->id = (struct industry_field){frame + composed->id_at, composed->id_length};
}

/* The next operation with the same request sends the same bytes. */
static void keep(struct driver_op *op, const struct composed *composed, const uint8_t *frame)
{
    struct composed *copy = driver_op_keep(op, sizeof(*copy) + composed->length);
    if (!copy)
        return;
    *copy = *composed;
    memcpy(copy + 1, frame, composed->length);
}

static int32_t compose_anew(struct driver_op *op, struct kc_error *error)
{
    struct exchange *exchange = exchange_of(op);
    struct composer composer = {.settings = &line_of(op->link)->settings, .wanted = op->request};
    struct industry_request request;
    memset(&request, 0, sizeof(request));
    request.digit = -1;
    arena_init(&composer.arena);
    set_all(&composer, &request, composer.settings->auth_code);
    struct composed composed = {.command = request.command, .digit = request.digit};
    composed.id_length = id_field(&request).length;
    int encoded = industry_request_encode(composer.settings->dialect, &request, composer.settings->date_digits,
                                          &composer.settings->style, &exchange->made);
    bool failed = composer.failed;
    arena_free(&composer.arena);
    if (exchange->made.failed)
        return error_set(error, KC_ERROR_NO_MEMORY, "", "Memory is used up.");
    if (failed || encoded != 0)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "",
                         "The request cannot be written in the lock system's format (%s).",
                         industry_command_name(request.command));
    composed.length = exchange->made.length;
    composed.id_at = composed.id_length > 0 ? field_one_at(&exchange->made) : 0;
    take_composed(exchange, &composed, exchange->made.data);
    keep(op, &composed, exchange->made.data);
    return KC_OK;
}

int32_t compose(struct driver_op *op, struct kc_error *error)
{
    const struct composed *kept = driver_op_kept(op);
    if (!kept)
        return compose_anew(op, error);
    take_composed(exchange_of(op), kept, (const uint8_t *)(kept + 1));
    return KC_OK;
}

int32_t compose_eject(struct driver_op *op, struct buf *out)
{
    const struct settings *settings = &line_of(op->link)->settings;
    struct industry_request request;
    memset(&request, 0, sizeof(request));
    request.command = INDUSTRY_EX;
    request.digit = -1;
    request.encoder = exchange_of(op)->id;
    int encoded = industry_request_encode(settings->dialect, &request, 0, &settings->style, out);
    return encoded == 0 && !out->failed ? KC_OK : KC_ERROR_NO_MEMORY;
}
