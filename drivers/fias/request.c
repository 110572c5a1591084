/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is refused before anything is sent, and from a request to the fields of its record. FIAS, section "key
 * records". */
#include <string.h>

#include "state.h"

/* ---- Areas and rooms ------------------------------------------------------------------------------------------- */

/* "7" is position 7; "7=2" is level 2 of it. False: it is neither. */
static bool read_area(const char *text, int32_t *position, char *level)
{
    *position = 0;
    for (; *text >= '0' && *text <= '9' && *position <= FIAS_AREAS_AT_MOST; text++)
        *position = *position * 10 + (*text - '0');
    *level = '1';
    if (text[0] == '=' && text[1] > 0x20 && text[1] < 0x7F && text[1] != FIAS_SEPARATOR && !text[2])
        *level = text[1];
    else if (*text)
        return false;
    return *position >= 1 && *position <= FIAS_AREAS_AT_MOST;
}

/* FIAS: one character for each position; blank leaves it to the lock system, 0 closes. */
static void put_areas(const struct driver_request *request, char out[FIAS_AREAS_AT_MOST + 1])
{
    int32_t position;
    char level;
    memset(out, ' ', FIAS_AREAS_AT_MOST);
    for (size_t i = 0; i < request->areas.count; i++)
        if (read_area(request->areas.items[i], &position, &level))
            out[position - 1] = level;
    for (size_t i = 0; i < request->denied.count; i++)
        if (read_area(request->denied.items[i], &position, &level))
            out[position - 1] = '0';
    size_t length = FIAS_AREAS_AT_MOST;
    while (length > 0 && out[length - 1] == ' ')
        length--;
    out[length] = '\0';
}

static int32_t check_areas(const struct strings *areas, struct kc_error *error)
{
    struct error_quoted quoted;
    int32_t position;
    char level;
    for (size_t i = 0; i < areas->count; i++)
        if (!read_area(areas->items[i], &position, &level))
            return error_set(error, KC_ERROR_INVALID_ARGUMENT, "areas",
                             "The area \"%s\" is no key option: the lock system numbers them 1 to 20. Give the number, "
                             "or number=level, or map the area to one of these.",
                             error_quote(&quoted, areas->items[i]));
    return KC_OK;
}

static int32_t check_rooms(const struct driver_link *link, const struct driver_request *request, struct kc_error *error)
{
    struct error_quoted quoted;
    size_t further = 0;
    for (size_t i = 0; i < request->rooms.count; i++) {
        const char *room = request->rooms.items[i];
        if (!*room || strchr(room, FIAS_SEPARATOR) || (request->rooms.count > 1 && strpbrk(room, ";,")))
            return error_set(error, KC_ERROR_INVALID_ARGUMENT, "rooms",
                             "The room \"%s\" cannot be sent: it has a bar, or a character that separates rooms.",
                             error_quote(&quoted, room));
        further += i > 0 ? text_length(room) + (i > 1 ? 1 : 0) : 0;
    }
    if (further > fias_field_type(FIAS_ID("SI"))->longest)
        return error_set(error, KC_ERROR_LIMIT, "rooms",
                         "The further rooms are longer than the 30 characters that the lock system takes for them.");
    if (request->verb != KC_VERB_MODIFY_STAY)
        return KC_OK;
    if (text_length(request->room_before) > (size_t)driver_option_number(link, OPTION_ROOM_LENGTH) ||
        strchr(request->room_before, FIAS_SEPARATOR))
        return error_set(error, KC_ERROR_LIMIT, "rooms", "The room \"%s\" cannot be sent to the lock system.",
                         error_quote(&quoted, request->room_before));
    return KC_OK;
}

static int32_t check_tracks(const struct driver_link *link, const struct driver_request *request,
                            struct kc_error *error)
{
    static const size_t longest[] = {0, 40, 16};
    const fias_id tracks[] = {0, FIAS_ID("$1"), FIAS_ID("$2")};
    fias_id own = fias_option_field(link, OPTION_CARD_FIELD);
    for (size_t i = 1; i < request->texts.count && i < 3; i++) {
        const char *text = request->texts.items[i];
        if (strlen(text) > longest[i] || !text_fits(text, TEXT_ASCII) || strchr(text, FIAS_SEPARATOR))
            return error_set(error, KC_ERROR_LIMIT, "text",
                             "Track %zu takes %zu characters of plain ASCII without a bar.", i, longest[i]);
        if (*text && *request->card_serial && own == tracks[i])
            return error_set(error, KC_ERROR_INVALID_ARGUMENT, "text",
                             "Track %zu takes the serial number of the card (see the option card-field), so no text.",
                             i);
    }
    return KC_OK;
}

/* What must arrive as it is. */
static int32_t check_contact(const struct driver_link *link, const struct driver_request *request,
                             struct kc_error *error)
{
    fias_id card = fias_option_field(link, OPTION_CARD_FIELD);
    size_t longest = card == FIAS_ID("$2") ? 16 : card == FIAS_ID("$1") ? 40 : 100;
    if (strlen(request->card_serial) > longest)
        return error_set(error, KC_ERROR_LIMIT, "card-serial",
                         "The serial number of the card is longer than the %zu digits that the lock system takes.",
                         longest);
    if (request->verb == KC_VERB_SEND_MOBILE &&
        (!text_fits(request->email, TEXT_ASCII) || strchr(request->email, FIAS_SEPARATOR)))
        return error_set(error, KC_ERROR_CONTACT, "email",
                         "The e-mail address has characters that FIAS cannot transmit: plain ASCII without a bar is "
                         "what it takes.");
    return KC_OK;
}

/* ---- Reservation numbers --------------------------------------------------------------------------------------- */

static bool is_reservation(const char *booking)
{
    size_t length = strlen(booking);
    return length >= 1 && length <= 10 && strspn(booking, "0123456789") == length;
}

/* A booking that is no number is sent as one that follows from it, the same at each time: FNV-1a, nine digits. */
void fias_put_reservation(const struct driver_link *link, const char *booking, struct buf *out)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    if (driver_option_is(link, OPTION_RESERVATION_NUMBER, "omit") || !*booking)
        return;
    if (is_reservation(booking)) {
        buf_append_text(out, booking);
        return;
    }
    for (; *booking; booking++)
        hash = (hash ^ (uint8_t)*booking) * UINT64_C(1099511628211);
    buf_append_format(out, "%llu", (unsigned long long)(hash % 999999999 + 1));
}

bool fias_is_reservation_of(const struct driver_link *link, const struct fias_field *number, const char *booking)
{
    struct buf own = {0};
    fias_put_reservation(link, booking, &own);
    bool same = own.length > 0 && !own.failed &&
                fias_same_number(number->value, number->length, buf_text(&own), own.length);
    buf_free(&own);
    return same;
}

/* ---- The whole request ----------------------------------------------------------------------------------------- */

/* The encoder by name, or for what needs none a key coder: requests must name one. */
static const char *encoder_of(const struct driver_link *link, const struct driver_request *request)
{
    bool none = request->verb == KC_VERB_SEND_MOBILE || *request->card_serial;
    return *request->encoder ? request->encoder : none ? driver_option_text(link, OPTION_MOBILE_CODER) : "";
}

int32_t fias_check_request(struct driver_link *link, const struct driver_request *request, struct kc_error *error)
{
    const struct line *line = line_of(link);
    struct error_quoted quoted;
    char coder[FIAS_CODER + 1];
    if (line->state == LINK_BARRED)
        return error_set(error, KC_ERROR_CREDENTIALS, "auth-key",
                         "The lock system does not know the key of the link. See that it has the key of the option "
                         "auth-key, then remove the system and make it anew.");
    if (request->verb == KC_VERB_DISCOVER)
        return KC_OK;
    if (!fias_coder(link, encoder_of(link, request), coder))
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "encoder",
                         "The encoder \"%s\" has no key coder. Name it as in the lock system, 1 to 8 characters of "
                         "plain ASCII, or give it one by the option encoders.",
                         error_quote(&quoted, request->encoder));
    if (driver_option_is(link, OPTION_RESERVATION_NUMBER, "strict") && *request->booking &&
        !is_reservation(request->booking))
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "booking",
                         "The booking \"%s\" is not a number of up to 10 digits, as the lock system wants it (see the "
                         "option reservation-number).",
                         error_quote(&quoted, request->booking));
    int32_t status = check_rooms(link, request, error);
    if (status == KC_OK)
        status = check_areas(&request->areas, error);
    if (status == KC_OK)
        status = check_areas(&request->denied, error);
    if (status == KC_OK)
        status = check_tracks(link, request, error);
    if (status == KC_OK)
        status = check_contact(link, request, error);
    if (status == KC_OK && line->state == LINK_ALIVE)
        status = fias_check_offer(link, request, error);
    return status;
}

/* ---- Fields ---------------------------------------------------------------------------------------------------- */

/* In the code page of the lock system; the core saw to it that it fits. A bar becomes a blank. */
void fias_put_text(const char *text, struct buf *out)
{
    size_t start = out->length;
    if (text_to_latin1(text, out) != 0) {
        out->length = start;
        for (; *text; text++)
            if ((uint8_t)*text < 0x80 || (uint8_t)*text >= 0xC0)
                buf_append_byte(out, (uint8_t)*text < 0x80 ? (uint8_t)*text : '?');
    }
    for (size_t i = start; i < out->length; i++)
        if (out->data[i] == FIAS_SEPARATOR || out->data[i] < 0x20 || out->data[i] == 0x7F)
            out->data[i] = ' ';
}

void fias_put_date(const struct moment *moment, struct buf *out)
{
    char text[16];
    if (moment->utc &&
        fias_date_text(&(struct fias_date){moment->wall.year, moment->wall.month, moment->wall.day}, text) == 0)
        buf_append_text(out, text);
}

void fias_put_clock(const struct driver_link *link, const struct moment *moment, struct buf *out)
{
    if (!moment->utc)
        return;
    bool colon = driver_option_is(link, OPTION_DEPARTURE_TIME, "HH:MM");
    buf_append_format(out, colon ? "%02d:%02d" : "%02d%02d", (int)moment->wall.hour, (int)moment->wall.minute);
    if (driver_option_is(link, OPTION_DEPARTURE_TIME, "HHMMSS"))
        buf_append_text(out, "00");
}

void fias_put_suite(const struct driver_link *link, const struct strings *rooms, struct buf *out)
{
    for (size_t i = 1; i < rooms->count; i++) {
        if (i > 1)
            buf_append_byte(out, driver_option_is(link, OPTION_SUITE_SEPARATOR, "comma") ? ',' : ';');
        fias_put_text(rooms->items[i], out);
    }
}

/* FIAS, section "key request": what a one-shot key does not carry. */
static bool is_left_out(const struct driver_op *op, fias_id field)
{
    static const char always[] = "$1$2G#", by_option[] = "GAGDDTKO";
    if (op->request->verb != KC_VERB_ISSUE_ONE_SHOT)
        return false;
    for (size_t i = 0; always[i]; i += 2)
        if (FIAS_ID(always + i) == field)
            return true;
    for (size_t i = 0; by_option[i]; i += 2)
        if (FIAS_ID(by_option + i) == field)
            return driver_option_is(op->link, OPTION_ONE_SHOT_STAY, "omit");
    return false;
}

static const char *text_at(const struct driver_request *request, size_t index)
{
    return index < request->texts.count ? request->texts.items[index] : "";
}

static void put_name(const struct driver_op *op, fias_id record, struct buf *out)
{
    bool printed = record == FIAS_ID("KR") && *text_at(op->request, 0) &&
                   driver_option_is(op->link, OPTION_TEXT_AND_NAME, "text-only");
    if (!printed && record != FIAS_ID("GO"))
        fias_put_text(op->request->guest, out);
}

static void put_now(const struct driver_link *link, bool time, struct buf *out)
{
    char date[16], clock[16];
    fias_now(link, date, clock);
    buf_append_text(out, time ? clock : date);
}

/* FIAS, section "key request": the user-defined fields are agreed for each site. A key that comes back is not sent. */
static void put_agreed_field(const struct driver_op *op, fias_id field, struct buf *out)
{
    const struct driver_request *request = op->request;
    bool mobile = request->verb == KC_VERB_SEND_MOBILE && !request->return_image;
    if (mobile && field == fias_option_field(op->link, OPTION_PHONE_FIELD))
        fias_put_text(request->phone, out);
    else if (mobile && field == fias_option_field(op->link, OPTION_EMAIL_FIELD))
        fias_put_text(request->email, out);
    else if (field == fias_option_field(op->link, OPTION_CARD_FIELD))
        buf_append_text(out, request->card_serial);
}

/* What stands on the key, besides the stay. */
static void put_key_field(const struct driver_op *op, fias_id field, struct buf *out)
{
    const struct driver_request *request = op->request;
    bool mobile = request->verb == KC_VERB_SEND_MOBILE;
    char areas[FIAS_AREAS_AT_MOST + 1];
    size_t start = out->length;
    if (field == FIAS_ID("KO")) {
        put_areas(request, areas);
        buf_append_text(out, areas);
    } else if (field == FIAS_ID("RT") && fias_wants_data(request)) {
        buf_append_text(out, "4");
    } else if (field == FIAS_ID("CT") && !mobile) {
        fias_put_text(text_at(request, 0), out);
    } else if (field == FIAS_ID("$1") && !mobile) {
        buf_append_text(out, text_at(request, 1));
    } else if (field == FIAS_ID("$2") && !mobile) {
        buf_append_text(out, text_at(request, 2));
    }
    if (out->length == start)
        put_agreed_field(op, field, out);
}

static void put_stay_field(struct driver_op *op, fias_id record, fias_id field, struct buf *out)
{
    const struct driver_request *request = op->request;
    if (field == FIAS_ID("RO") && strcmp(request->room_before, request->rooms.items[0]) != 0) {
        fias_put_text(request->room_before, out);
    } else if (field == FIAS_ID("SI")) {
        fias_put_suite(op->link, &request->rooms, out);
    } else if (field == FIAS_ID("GA")) {
        fias_put_date(&request->from, out);
    } else if (field == FIAS_ID("GD")) {
        fias_put_date(&request->until, out);
    } else if (field == FIAS_ID("DT")) {
        fias_put_clock(op->link, &request->until, out);
    } else if (field == FIAS_ID("GN")) {
        put_name(op, record, out);
    } else if (field == FIAS_ID("GS")) {
        buf_append_byte(out, request->sharer ? 'Y' : 'N');
    } else if (record == FIAS_ID("KR")) {
        put_key_field(op, field, out);
    }
}

static bool is_of_guest(fias_id record)
{
    return record == FIAS_ID("GI") || record == FIAS_ID("GC") || record == FIAS_ID("GO");
}

/* Appends the value of a field; nothing: it has none. */
static void put_field(struct driver_op *op, fias_id record, fias_id field, struct buf *out)
{
    const struct driver_request *request = op->request;
    const struct exchange *exchange = exchange_of(op);
    if (is_left_out(op, field))
        return;
    if (field == FIAS_ID("KC"))
        buf_append_text(out, exchange->coder);
    else if (field == FIAS_ID("WS"))
        buf_append_text(out, exchange->workstation);
    else if (field == FIAS_ID("G#") && is_of_guest(record))
        fias_put_reservation(op->link, request->booking, out);
    else if (field == FIAS_ID("G#"))
        buf_append_text(out, exchange->reservation); /* by which the answer is known */
    else if (field == FIAS_ID("RN") && request->rooms.count > 0)
        fias_put_text(request->rooms.items[0], out);
    else if (field == FIAS_ID("KT"))
        buf_append_text(out, fias_key_type(op->link, request, exchange->made));
    else if (field == FIAS_ID("K#") && driver_option_is(op->link, OPTION_KEY_COUNT, "1"))
        buf_append_text(out, "1");
    else if (field == FIAS_ID("ID"))
        fias_put_text(request->operator_name, out);
    else if (field == FIAS_ID("DA") || field == FIAS_ID("TI"))
        put_now(op->link, field == FIAS_ID("TI"), out);
    else if (request->rooms.count > 0)
        put_stay_field(op, record, field, out);
}

/* In the order of the declaration. */
static int compose(struct driver_op *op, fias_id record, struct buf *out)
{
    const struct description *active = &line_of(op->link)->active;
    const struct fias_fields *fields = &active->fields[fias_declared(record)];
    bool empty = driver_option_is(op->link, OPTION_EMPTY_FIELDS, "sent");
    struct buf value = {0};
    struct fias_writer writer;
    fias_begin(&writer, out, record);
    for (size_t i = 0; i < fields->count; i++) {
        buf_clear(&value);
        put_field(op, record, fields->ids[i], &value);
        if (value.length > 0 || (empty && fields->ids[i] != FIAS_ID("RO") && fields->ids[i] != FIAS_ID("SF")))
            fias_put(&writer, fields->ids[i], buf_text(&value));
    }
    writer.wrong = writer.wrong || value.failed;
    buf_free(&value);
    if (fias_end(&writer) != 0 || out->failed)
        return -1;
    return out->length <= active->longest ? 0 : -1;
}

void fias_address(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    const char *station = driver_option_text(op->link, OPTION_WORKSTATION);
    struct buf text = {0};
    bool given = *station;
    fias_coder(op->link, encoder_of(op->link, op->request), exchange->coder);
    if (!given)
        station = *op->request->station ? op->request->station : "KEYCARD";
    bool changed = !text_fits(station, TEXT_ASCII) || text_length(station) > FIAS_WORKSTATION || strchr(station, '|');
    for (size_t i = 0; *station && i < FIAS_WORKSTATION; station++)
        if ((uint8_t)*station < 0x80 || (uint8_t)*station >= 0xC0)
            exchange->workstation[i++] = *station < 0x20 || *station == '|' ? '?' : *station;
    if (changed && op->request->verb != KC_VERB_DISCOVER)
        driver_op_warn(op,
                       "The lock system takes 16 characters of plain ASCII as name of the station: it was changed.");
    fias_put_reservation(op->link, op->request->booking, &text);
    if (op->request->verb != KC_VERB_ISSUE_ONE_SHOT && text.length < sizeof(exchange->reservation) && text.length > 0)
        memcpy(exchange->reservation, text.data, text.length);
    buf_free(&text);
}

int32_t fias_compose(struct driver_op *op, struct buf *out, struct kc_error *error)
{
    struct exchange *exchange = exchange_of(op);
    int32_t status = fias_check_request(op->link, op->request, error);
    error->card_state = KC_OUTCOME_NOT_WRITTEN;
    if (status != KC_OK)
        return status;
    exchange->record = fias_record_of(op->request->verb);
    if (!fias_fields_has(&line_of(op->link)->active.fields[fias_declared(exchange->record)], FIAS_ID("G#")))
        exchange->reservation[0] = '\0'; /* it is not sent, so no answer can name it */
    if (compose(op, exchange->record, out) == 0)
        return KC_OK;
    status = error_set(error, out->failed ? KC_ERROR_NO_MEMORY : KC_ERROR_LIMIT, "",
                       out->failed ? "Memory is used up."
                                   : "The request is longer than the lock system takes, or has something in it that "
                                     "cannot be sent.");
    error->card_state = KC_OUTCOME_NOT_WRITTEN;
    return status;
}

/* Before the key, so that the lock system knows the guest; after the deletion, so that it still does. */
static const char *guest_record(const struct driver_request *request)
{
    switch (request->verb) {
    case KC_VERB_ISSUE_ORIGINAL:
        return "GI";
    case KC_VERB_ISSUE_DUPLICATE:
        return request->sharer ? "GI" : NULL;
    case KC_VERB_SEND_MOBILE:
        return !request->further || request->sharer ? "GI" : NULL;
    case KC_VERB_REISSUE:
    case KC_VERB_MODIFY_STAY:
        return "GC";
    case KC_VERB_CHECK_OUT:
        return "GO";
    default:
        return NULL;
    }
}

bool fias_compose_guest(struct driver_op *op, struct buf *out)
{
    const struct description *active = &line_of(op->link)->active;
    const char *record = guest_record(op->request);
    if (!record || !driver_option_is(op->link, OPTION_GUEST_RECORDS, "auto") ||
        !active->fields[fias_declared(FIAS_ID(record))].declared)
        return false;
    if (compose(op, FIAS_ID(record), out) == 0)
        return true;
    fias_trace_note(op->link, true, "(a guest could not be told of: the record would be too long)");
    return false;
}
