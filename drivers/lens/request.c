/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a request to its calls, and a call on its way. */
#include <string.h>

#include "state.h"

/* ---- Which calls ----------------------------------------------------------------------------------------------- */

static bool moves_room(const struct driver_request *request)
{
    return request->rooms.count > 0 && *request->room_before &&
           strcmp(request->rooms.items[0], request->room_before) != 0;
}

/* Several cards in one call: only where the service has KeyCount. */
static bool takes_count(const struct driver_link *link, const struct driver_request *request)
{
    return !line_of(link)->settings.one_per_card && request->verb != KC_VERB_ISSUE_ONE_SHOT;
}

int32_t lens_call_count(const struct driver_link *link, const struct driver_request *request)
{
    switch (request->verb) {
    case KC_VERB_ISSUE_ORIGINAL:
    case KC_VERB_REISSUE:
    case KC_VERB_ISSUE_DUPLICATE:
    case KC_VERB_ISSUE_ONE_SHOT:
        return takes_count(link, request) ? 1 : request->copies;
    case KC_VERB_MODIFY_STAY:
        return moves_room(request) && request->until.utc != 0 ? 2 : 1;
    case KC_VERB_DISCOVER:
        return 2;
    default:
        return 1;
    }
}

/* LENS SOAP service, section "use in libkeycard". CreateNewBooking voids all earlier keys of the rooms, so only the
 * first card of an original may be made by it. */
static enum lens_operation key_call(const struct driver_request *request, int32_t index)
{
    bool is_new = request->verb == KC_VERB_SEND_MOBILE ? !request->further : request->verb != KC_VERB_ISSUE_DUPLICATE;
    if (is_new)
        return index == 0 ? LENS_CREATE_NEW_BOOKING : LENS_MAKE_DUPLICATE_KEY;
    if (request->sharer)
        return index == 0 ? LENS_ADD_SHARED_GUEST : LENS_MAKE_DUPLICATE_KEY;
    return request->changed ? LENS_CHANGE_KEY_ACCESS : LENS_MAKE_DUPLICATE_KEY;
}

enum lens_operation lens_next_call(const struct driver_op *op)
{
    const struct driver_request *request = op->request;
    int32_t index = exchange_of(op)->made;
    switch (request->verb) {
    case KC_VERB_ISSUE_ONE_SHOT:
        return LENS_CREATE_ONE_SHOT_KEY;
    case KC_VERB_CHECK_OUT:
        return *request->booking ? LENS_CHECK_OUT_GUEST : LENS_CANCEL_GUESTS_ACCESS_TO_ROOM;
    case KC_VERB_CANCEL_KEY:
        return LENS_CANCEL_GUESTS_MOBILE_ACCESS_TO_ROOM;
    case KC_VERB_BLOCK_STAY:
        return LENS_DENY_ACCESS_TO_GUEST;
    case KC_VERB_UNBLOCK_STAY:
        return LENS_RE_ESTABLISH_ACCESS_TO_GUEST;
    case KC_VERB_MODIFY_STAY:
        return index == 0 && moves_room(request) ? LENS_CHANGE_GUEST_ACCESS : LENS_EXTEND_CHECK_OUT;
    case KC_VERB_CHECK_MOBILE:
        return LENS_GET_MOBILE_TRANSACTION_HISTORY;
    case KC_VERB_DISCOVER:
        return index == 0 ? LENS_HELLO_WORLD_TEST : LENS_PUBLISH_FAULT_LIST;
    default:
        return key_call(request, index);
    }
}

const char *lens_terminal_of(const struct driver_link *link, const struct driver_request *request)
{
    const char *own = driver_option_text(link, OPTION_TERMINAL);
    return *own ? own : *request->station ? request->station : "PMS";
}

static bool makes_key(enum lens_operation operation)
{
    return operation == LENS_CREATE_NEW_BOOKING || operation == LENS_ADD_SHARED_GUEST ||
           operation == LENS_MAKE_DUPLICATE_KEY || operation == LENS_CHANGE_KEY_ACCESS ||
           operation == LENS_CREATE_ONE_SHOT_KEY;
}

bool lens_drives_encoder(const struct driver_request *request, enum lens_operation operation)
{
    return makes_key(operation) && request->verb != KC_VERB_SEND_MOBILE && !*request->card_serial;
}

bool lens_call_acts(enum lens_operation operation)
{
    return operation != LENS_HELLO_WORLD_TEST && operation != LENS_PUBLISH_FAULT_LIST &&
           operation != LENS_GET_MOBILE_TRANSACTION_HISTORY;
}

/* ---- The values of a call -------------------------------------------------------------------------------------- */

/* Room for what a call's values point to. */
struct composer {
    struct driver_link *link;
    const struct driver_request *request; /* NULL: of the link */
    struct lens_call call;
    struct buf reservation, encoder, phone, uid;
    char from[32], until[32], count[12], size[12];
    char action[80];     /* with one of our names of operations */
    uint64_t identifier; /* of the call */
    struct lens_area areas[LENS_PASS_LEVELS_AT_MOST];
};

static void put_time(const struct settings *settings, const struct moment *moment, char out[32])
{
    if (settings->utc)
        moment_format_utc(moment->utc, out);
    else
        moment_format_wall(&moment->wall, out);
}

static void put_number(uint32_t number, char out[12])
{
    char digits[12], *at = digits + sizeof(digits);
    *--at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    memcpy(out, at, (size_t)(digits + sizeof(digits) - at));
}

/* LENS SOAP service, section on areas: all levels in rising order, changed where the request says so. */
static void put_areas(struct composer *composer)
{
    const struct settings *settings = &line_of(composer->link)->settings;
    const struct driver_request *request = composer->request;
    enum lens_area_mode modes[LENS_PASS_LEVELS_AT_MOST + 1] = {LENS_AREA_DEFAULT};
    bool all = settings->all_levels;
    if (request->verb == KC_VERB_SEND_MOBILE && request->areas.count + request->denied.count == 0)
        all = false;
    for (size_t i = 0; i < request->areas.count; i++)
        modes[lens_area_number(request->areas.items[i])] = LENS_AREA_GRANT;
    for (size_t i = 0; i < request->denied.count; i++)
        modes[lens_area_number(request->denied.items[i])] = LENS_AREA_DENY;
    composer->call.areas = composer->areas;
    for (int32_t level = 1; level <= settings->pass_levels; level++)
        if (all || modes[level] != LENS_AREA_DEFAULT)
            composer->areas[composer->call.area_count++] = (struct lens_area){(uint32_t)level, modes[level]};
}

const char *lens_phone_digits(const char *phone)
{
    return phone[0] == '+' ? phone + 1 : strncmp(phone, "00", 2) == 0 ? phone + 2 : phone;
}

static void put_phone(const char *phone, bool plus, struct buf *out)
{
    if (plus)
        buf_append_byte(out, '+');
    buf_append_text(out, lens_phone_digits(phone));
}

/* LENS SOAP service, section on mobile keys: 999 and the phone number stand for the encoder. */
static void put_mobile_encoder(struct composer *composer)
{
    const char *text = driver_option_text(composer->link, OPTION_MOBILE_ENCODER), *mark = strstr(text, "%s");
    if (!mark)
        return;
    buf_append(&composer->encoder, text, (size_t)(mark - text));
    put_phone(composer->request->phone, line_of(composer->link)->settings.phone_plus, &composer->encoder);
    buf_append_text(&composer->encoder, mark + 2);
}

/* LENS SOAP service, section on the key image: encoder 0, and the UID in upper case without separators. */
static void put_image(struct composer *composer)
{
    buf_append_text(&composer->encoder, "0");
    for (const char *at = composer->request->card_serial; *at; at++)
        buf_append_byte(&composer->uid, (uint8_t)(*at >= 'a' && *at <= 'f' ? *at - 'a' + 'A' : *at));
}

static void put_encoder(struct composer *composer)
{
    const struct driver_link *link = composer->link;
    const struct driver_request *request = composer->request;
    const char **values = composer->call.values;
    bool mobile = request->verb == KC_VERB_SEND_MOBILE, image = *request->card_serial != '\0';
    if (mobile)
        put_mobile_encoder(composer);
    else if (image)
        put_image(composer);
    else
        lens_encoder_id(link, request->encoder, &composer->encoder);
    int64_t size = driver_option_number(link, image ? OPTION_KEY_SIZE_IMAGE : OPTION_KEY_SIZE);
    put_number(mobile ? 0 : (uint32_t)size, composer->size);
    put_number(takes_count(link, request) && !mobile ? (uint32_t)request->copies : 1, composer->count);
    values[LENS_ENCODER_ID] = buf_text(&composer->encoder);
    values[LENS_UID] = mobile ? "" : image ? buf_text(&composer->uid) : driver_option_text(link, OPTION_UID_DUMMY);
    values[LENS_KEY_SIZE] = composer->size;
    if (composer->call.operation != LENS_CREATE_ONE_SHOT_KEY)
        values[LENS_KEY_COUNT] = composer->count;
}

static void put_rooms(struct composer *composer, bool all)
{
    size_t skipped = all || composer->request->rooms.count == 0 ? 0 : 1;
    composer->call.rooms = composer->request->rooms.items + skipped;
    composer->call.room_count = composer->request->rooms.count - skipped;
}

static void put_key(struct composer *composer)
{
    const struct driver_request *request = composer->request;
    const struct settings *settings = &line_of(composer->link)->settings;
    struct lens_call *call = &composer->call;
    put_encoder(composer);
    if (request->verb == KC_VERB_SEND_MOBILE && call->operation != LENS_MAKE_DUPLICATE_KEY)
        call->values[LENS_SITE_NAME] = driver_option_text(composer->link, OPTION_MOBILE_SITE);
    if (call->operation != LENS_CREATE_ONE_SHOT_KEY)
        call->values[LENS_GUEST_NAME] = request->guest;
    if (call->operation == LENS_MAKE_DUPLICATE_KEY)
        return;
    put_time(settings, &request->from, composer->from);
    put_time(settings, &request->until, composer->until);
    call->values[LENS_CHECK_IN] = composer->from;
    call->values[LENS_CHECK_OUT] = composer->until;
    if (call->operation != LENS_CHANGE_KEY_ACCESS && request->rooms.count > 0)
        call->values[LENS_MAIN_ROOM_NO] = request->rooms.items[0];
    if (call->operation == LENS_CREATE_ONE_SHOT_KEY)
        return;
    if (call->operation == LENS_CREATE_NEW_BOOKING)
        call->values[LENS_SUITE_DOORS] = settings->suite_doors ? "true" : "false";
    call->values[LENS_TRACK_I_GUEST_NO] = request->texts.count > 0 ? request->texts.items[0] : "";
    call->values[LENS_TRACK_II_FOLIO_NO] = request->texts.count > 1 ? request->texts.items[1] : "";
    put_rooms(composer, false);
    put_areas(composer);
}

static void put_stay(struct composer *composer)
{
    const struct driver_request *request = composer->request;
    struct lens_call *call = &composer->call;
    if (call->operation == LENS_EXTEND_CHECK_OUT) {
        put_time(&line_of(composer->link)->settings, &request->until, composer->until);
        call->values[LENS_CHECK_OUT] = composer->until;
    } else if (call->operation == LENS_CHANGE_GUEST_ACCESS) {
        call->values[LENS_MAIN_ROOM_NO] = request->rooms.items[0];
        put_rooms(composer, line_of(composer->link)->settings.all_rooms);
    } else if (call->operation == LENS_CANCEL_GUESTS_ACCESS_TO_ROOM) {
        call->values[LENS_MAIN_ROOM_NO] = request->rooms.items[0];
    } else if (call->operation == LENS_CANCEL_GUESTS_MOBILE_ACCESS_TO_ROOM) {
        put_phone(request->phone, true, &composer->phone);
        call->values[LENS_MAIN_ROOM_NO] = request->rooms.items[0];
        call->values[LENS_GUEST_MOBILE_NUMBER] = buf_text(&composer->phone);
    }
}

/* The transactions of one phone, or of the stay if the number is not known. No times: the zone that the service takes
 * them in is unknown, so they are compared here. */
static void put_history(struct composer *composer)
{
    const struct driver_request *request = composer->request;
    const char **values = composer->call.values;
    if (*request->phone)
        put_mobile_encoder(composer);
    values[LENS_ENCODER_ID] = buf_text(&composer->encoder);
    values[LENS_ROOM_NO] = request->rooms.count > 0 ? request->rooms.items[0] : "";
}

static const char *put_reservation(struct composer *composer)
{
    const char *booking = composer->request->booking;
    const char *prefix = driver_option_text(composer->link, OPTION_RESERVATION_PREFIX);
    if (!*booking || !*prefix)
        return booking;
    buf_append_text(&composer->reservation, prefix);
    buf_append_text(&composer->reservation, booking);
    return buf_text(&composer->reservation);
}

static void put_values(struct composer *composer)
{
    struct lens_call *call = &composer->call;
    enum lens_operation operation = call->operation;
    if (operation == LENS_HELLO_WORLD_TEST) {
        call->values[LENS_S1] = "libkeycard";
        call->values[LENS_I1] = "1";
    }
    if (!composer->request || operation == LENS_HELLO_WORLD_TEST || operation == LENS_PUBLISH_FAULT_LIST)
        return;
    if (operation != LENS_CREATE_ONE_SHOT_KEY && operation != LENS_CANCEL_GUESTS_ACCESS_TO_ROOM) {
        call->values[LENS_RESERVATION_ID] = put_reservation(composer);
    }
    if (operation == LENS_GET_MOBILE_TRANSACTION_HISTORY) {
        put_history(composer);
        return;
    }
    call->values[LENS_SITE_NAME] = driver_option_text(composer->link, OPTION_SITE_NAME);
    call->values[LENS_PMS_TERMINAL_ID] = lens_terminal_of(composer->link, composer->request);
    if (makes_key(operation))
        put_key(composer);
    else
        put_stay(composer);
}

/* ---- The envelope and its way ---------------------------------------------------------------------------------- */

/* LENS SOAP service, section on the header: all of it, with identifiers of its own in each call. */
static int write_envelope(struct composer *composer, struct buf *body)
{
    struct driver_link *link = composer->link;
    struct buf url = {0};
    char ids[3][37], created[21], expires[21];
    int64_t now = driver_clock(link);
    for (size_t i = 0; i < 3; i++)
        driver_new_id(link, ids[i]);
    moment_format_utc(now, created);
    moment_format_utc(now + line_of(link)->settings.expires, expires);
    buf_append_text(&url, driver_link_url(link));
    buf_append_text(&url, line_of(link)->settings.path);
    struct lens_header header = {
        .url = buf_text(&url),
        .from = driver_option_text(link, OPTION_FROM),
        .message_id = ids[0],
        .timestamp_id = ids[1],
        .token_id = ids[2],
        .created = created,
        .expires = expires,
        .user = driver_option_text(link, OPTION_USER),
        .password = driver_option_text(link, OPTION_PASSWORD),
    };
    bool failed = url.failed || composer->reservation.failed || composer->encoder.failed || composer->phone.failed ||
                  composer->uid.failed;
    int bad = failed ? 0 : lens_call_write(&header, &composer->call, body);
    composer->identifier = lens_identifier(ids[0]);
    body->failed = body->failed || failed;
    buf_free(&url);
    return bad;
}

static int64_t answer_time(const struct composer *composer)
{
    const struct settings *settings = &line_of(composer->link)->settings;
    const struct driver_request *request = composer->request;
    enum lens_operation operation = composer->call.operation;
    if (request && lens_drives_encoder(request, operation))
        return settings->encode_timeout * (takes_count(composer->link, request) ? request->copies : 1);
    bool short_question = request && request->verb == KC_VERB_SEND_MOBILE &&
                          operation == LENS_GET_MOBILE_TRANSACTION_HISTORY &&
                          settings->delivery_wait < settings->answer_timeout;
    return short_question ? settings->delivery_wait : settings->answer_timeout;
}

static const char *put_action(struct composer *composer)
{
    static const char space[] = "\"http://tempuri.org/";
    bool quotes = line_of(composer->link)->settings.quotes;
    const char *name = lens_operation_name(composer->call.operation);
    size_t length = strnlen(name, sizeof(composer->action) - sizeof(space) - 1);
    char *at = composer->action + sizeof(space) - 1;
    memcpy(composer->action, space, sizeof(space) - 1);
    memcpy(at, name, length);
    at += length;
    if (quotes)
        *at++ = '"';
    *at = '\0';
    return composer->action + (quotes ? 0 : 1);
}

static void remember_call(const struct composer *composer, struct driver_op *op)
{
    struct line *line = line_of(composer->link);
    *(op ? &exchange_of(op)->call : &line->call) = composer->identifier;
    line->calls[line->call_count++ % CALLS_REMEMBERED] = composer->identifier;
}

/* Prompts and the commit come before the request leaves, for its failure may end the operation. */
static void ask(struct composer *composer, struct driver_op *op, const char *action, const struct buf *body)
{
    struct driver_link *link = composer->link;
    const struct settings *settings = &line_of(link)->settings;
    enum lens_operation operation = composer->call.operation;
    const struct http_field fields[] = {{"Content-Type", "text/xml; charset=utf-8"}, {"SOAPAction", action}};
    struct http_request request = {
        .method = "POST",
        .path = settings->path,
        .fields = fields,
        .field_count = 2,
        .body = body->data,
        .body_size = body->length,
        .repeatable = !lens_call_acts(operation),
        .answer_ms = answer_time(composer),
    };
    lens_trace_call(link, composer->request, &composer->call);
    remember_call(composer, op);
    if (op && lens_call_acts(operation)) {
        exchange_of(op)->sent = driver_clock(link);
        driver_op_committed(op);
    }
    if (op && lens_drives_encoder(op->request, operation))
        driver_op_prompt(op, KC_PROMPT_PRESENT_CARD, exchange_of(op)->made + 1, op->request->copies);
    driver_ask(link, op, &request);
}

int32_t lens_send(struct driver_link *link, struct driver_op *op, enum lens_operation operation, struct kc_error *error)
{
    struct composer composer = {.link = link, .request = op ? op->request : NULL, .call = {.operation = operation}};
    struct buf *body = &line_of(link)->body;
    int32_t status = KC_OK;
    buf_clear(body);
    put_values(&composer);
    if (op)
        exchange_of(op)->operation = operation;
    if (write_envelope(&composer, body) != 0)
        status = error_set(error, KC_ERROR_INVALID_ARGUMENT, "",
                           "The request cannot be sent to the lock system: a text or time in it, or in the options "
                           "user, site-name and the like, has characters that XML does not take.");
    const char *action = put_action(&composer);
    if (status == KC_OK && body->failed)
        status = error_no_memory(error);
    if (status == KC_OK)
        ask(&composer, op, action, body);
    else
        error->card_state = KC_OUTCOME_NOT_WRITTEN;
    buf_free(&composer.reservation);
    buf_free(&composer.encoder);
    buf_free(&composer.phone);
    buf_free(&composer.uid);
    return status;
}
