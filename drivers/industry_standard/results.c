/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the lock system's answer to a result: serial numbers, cards, mobile keys, errors. */
#include <string.h>

#include "state.h"

/* ---- Errors ---------------------------------------------------------------------------------------------------- */

struct fault_status {
    int32_t status;
    const char *field;
};

static struct fault_status status_of(enum industry_fault fault)
{
    static const struct fault_status table[] = {
        [INDUSTRY_FAULT_SYNTAX] = {KC_ERROR_SYNTAX, ""},
        [INDUSTRY_FAULT_ENCODER_OFFLINE] = {KC_ERROR_ENCODER_OFFLINE, "encoder"},
        [INDUSTRY_FAULT_LOCK_SYSTEM] = {KC_ERROR_LOCK_SYSTEM, ""},
        [INDUSTRY_FAULT_ENCODER_BUSY] = {KC_ERROR_ENCODER_BUSY, "encoder"},
        [INDUSTRY_FAULT_CARD] = {KC_ERROR_CARD, ""},
        [INDUSTRY_FAULT_CARD_FORMAT] = {KC_ERROR_CARD_FORMAT, ""},
        [INDUSTRY_FAULT_ENCODER_FAULT] = {KC_ERROR_ENCODER_FAULT, "encoder"},
        [INDUSTRY_FAULT_UNKNOWN_ROOM] = {KC_ERROR_UNKNOWN_ROOM, "rooms"},
        [INDUSTRY_FAULT_NO_CARD] = {KC_ERROR_NO_CARD, ""},
        [INDUSTRY_FAULT_NOT_CHECKED_IN] = {KC_ERROR_NOT_CHECKED_IN, "rooms"},
        [INDUSTRY_FAULT_ONE_SHOT_LIMIT] = {KC_ERROR_ONE_SHOT_LIMIT, "rooms"},
        [INDUSTRY_FAULT_ROOM_UNAVAILABLE] = {KC_ERROR_ROOM_UNAVAILABLE, "rooms"},
        [INDUSTRY_FAULT_ROOM_BUSY] = {KC_ERROR_ROOM_BUSY, "rooms"},
        [INDUSTRY_FAULT_CARD_REFUSED] = {KC_ERROR_CARD_REFUSED, ""},
        [INDUSTRY_FAULT_VENDOR] = {KC_ERROR_VENDOR, ""},
        [INDUSTRY_FAULT_AUDIT] = {KC_ERROR_VENDOR, ""},
    };
    return table[fault];
}

static bool is_mobile(const struct exchange *exchange)
{
    return exchange->command >= INDUSTRY_CNM && exchange->command <= INDUSTRY_CCMB;
}

static void blot_out(struct buf *text, const char *secret)
{
    size_t length = strlen(secret);
    if (text->failed || length < 4)
        return;
    for (size_t at = 0; at + length <= text->length; at++)
        if (memcmp(text->data + at, secret, length) == 0)
            memset(text->data + at, '*', length);
}

/* The lock system's own words; the guest's phone number or e-mail address in them is blotted out. */
static void own_words(const struct driver_op *op, struct industry_field field, struct buf *text)
{
    const char *phone = op->request->phone;
    text_from_latin1(field.bytes, field.length, text);
    blot_out(text, phone[0] == '+' ? phone + 1 : strncmp(phone, "00", 2) == 0 ? phone + 2 : phone);
    blot_out(text, op->request->email);
}

static int32_t outcome_of(const struct driver_op *op, const struct industry_error *known)
{
    if (op->request->verb == KC_VERB_READ_CARD)
        return KC_OUTCOME_NOT_WRITTEN;
    if (!known || known->fault == INDUSTRY_FAULT_AUDIT)
        return KC_OUTCOME_UNKNOWN; /* what that means for the card is written nowhere */
    bool several = needs_card(op->request) && op->request->copies > 1;
    return several && known->may_be_midway ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_NOT_WRITTEN;
}

/* EA means one thing in one dialect and another in the other, and a site may say which it is. */
static const struct industry_error *find_error(const struct settings *settings, struct industry_field code)
{
    bool other = settings->ea_is_checked_out && industry_field_is(code, "EA");
    return industry_error_find(other ? &industry_salto : settings->dialect, code);
}

static void take_error(struct driver_op *op, const struct industry_frame *frame, struct kc_error *error)
{
    const struct exchange *exchange = exchange_of(op);
    const struct industry_error *known = find_error(&line_of(op->link)->settings, frame->fields[0]);
    struct fault_status status = status_of(known ? known->fault : INDUSTRY_FAULT_VENDOR);
    const char *meaning = known ? known->meaning : "this code is not documented";
    struct error_quoted room, encoder;
    char code[3] = {(char)frame->fields[0].bytes[0], (char)frame->fields[0].bytes[1], '\0'};
    if (is_mobile(exchange) && known && known->fault == INDUSTRY_FAULT_SYNTAX)
        status.status = KC_ERROR_MOBILE; /* a version without mobile keys does not know the command */
    if (*op->request->card_serial && known && known->fault == INDUSTRY_FAULT_SYNTAX)
        status = (struct fault_status){KC_ERROR_NOT_OFFERED, "card-serial"}; /* the same, of keys as bytes */
    if (exchange->cancelled && known && known->fault == INDUSTRY_FAULT_NO_CARD)
        status = (struct fault_status){KC_ERROR_CANCELLED, ""};
    error_set(error, status.status, status.field, "The lock system answered %s: %s.%s%s%s%s%s%s", code, meaning,
              op->request->rooms.count > 0 ? " Room \"" : "",
              op->request->rooms.count > 0 ? error_quote(&room, op->request->rooms.items[0]) : "",
              op->request->rooms.count > 0 ? "\"." : "", *op->request->encoder ? " Encoder \"" : "",
              *op->request->encoder ? error_quote(&encoder, op->request->encoder) : "",
              *op->request->encoder ? "\"." : "");
    error->card_state = outcome_of(op, known);

    struct buf words;
    buf_init(&words);
    bool general = !known || known->fault == INDUSTRY_FAULT_VENDOR;
    if (general && frame->fields[2].length > 0)
        own_words(op, frame->fields[2], &words);
    error_set_vendor(error, code, words.length > 0 ? buf_text(&words) : known ? known->meaning : "");
    buf_free(&words);
    if (known && known->reached_encoder && needs_card(op->request))
        driver_op_reached_encoder(op);
}

static void set_unreadable(struct driver_op *op, const char *what, struct kc_error *error)
{
    error_set(error, KC_ERROR_PROTOCOL, "", "The lock system answered %s with %s.",
              industry_command_name(exchange_of(op)->command), what);
    error->card_state = op->request->verb == KC_VERB_READ_CARD ? KC_OUTCOME_NOT_WRITTEN : KC_OUTCOME_UNKNOWN;
}

/* ---- Cards that were read -------------------------------------------------------------------------------------- */

static bool is_plain(struct industry_field field)
{
    return text_are_plain((const char *)field.bytes, field.length);
}

static const char *latin1_text(struct arena *arena, struct industry_field field)
{
    struct buf text;
    if (is_plain(field)) {
        const char *same = arena_text_n(arena, (const char *)field.bytes, field.length);
        return same ? same : "";
    }
    buf_init(&text);
    text_from_latin1(field.bytes, field.length, &text);
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] < 0x20 || text.data[i] == 0x7F)
            text.data[i] = '?';
    const char *copy = text.failed ? NULL : arena_text_n(arena, (const char *)text.data, text.length);
    buf_free(&text);
    return copy ? copy : "";
}

static struct wall_time wall_of(const struct industry_time *time)
{
    return (struct wall_time){time->year, time->month, time->day, time->hour, time->minute};
}

static int32_t guest_kind(const struct industry_dialect *dialect, uint8_t copy)
{
    if (copy == '0')
        return KC_KIND_ORIGINAL;
    if (copy == 'A')
        return KC_KIND_ONE_SHOT;
    return copy && strchr(dialect->further_copies, copy) ? KC_KIND_DUPLICATE : KC_KIND_UNKNOWN;
}

static void put_guest_card(struct driver_op *op, const struct industry_card *read, struct driver_card *card,
                           struct arena *arena)
{
    const struct industry_dialect *dialect = line_of(op->link)->settings.dialect;
    const char *rooms[INDUSTRY_ROOMS], *areas[INDUSTRY_AREAS_AT_MOST];
    char numbers[INDUSTRY_AREAS_AT_MOST][3];
    size_t room_count = 0, area_count = 0;
    for (size_t i = 0; i < INDUSTRY_ROOMS; i++)
        if (read->rooms[i].length > 0)
            rooms[room_count++] = latin1_text(arena, read->rooms[i]);
    for (int32_t number = 1; number <= INDUSTRY_AREAS_AT_MOST; number++) {
        if (!(read->areas & INDUSTRY_AREA(number)))
            continue;
        char *text = numbers[area_count];
        if (number > 9)
            *text++ = (char)('0' + number / 10);
        *text++ = (char)('0' + number % 10);
        *text = '\0';
        areas[area_count] = numbers[area_count];
        area_count++;
    }
    card->kind = guest_kind(dialect, read->copy);
    card->key_state = read->checked_out ? KC_KEY_CHECKED_OUT : KC_KEY_ACTIVE;
    card->rooms = (struct strings){rooms, room_count};
    card->areas = (struct strings){areas, area_count};
    card->from = wall_of(&read->start);
    card->until = wall_of(&read->expiry);
    card->operator_name = latin1_text(arena, read->operator_name);
    card->serial = latin1_text(arena, read->serial);
    if (read->unknown_areas)
        driver_op_warn(op, "The card has authorisations that are not in the table of the lock system.");
    if (card->kind == KC_KIND_UNKNOWN)
        driver_op_warn(op, "The lock system does not say whether this card is an original or a copy.");
    driver_op_card(op, card);
}

static bool take_card(struct driver_op *op, const struct industry_frame *frame, struct kc_error *error)
{
    static const struct {
        int32_t kind, key_state;
        const char *text;
    } others[INDUSTRY_CARD_KIND_COUNT] = {
        [INDUSTRY_CARD_STAFF] = {KC_KIND_STAFF, KC_KEY_ACTIVE, "staff or master card"},
        [INDUSTRY_CARD_SPARE] = {KC_KIND_SPARE, KC_KEY_ACTIVE, "spare guest card"},
        [INDUSTRY_CARD_VOID] = {KC_KIND_UNKNOWN, KC_KEY_VOIDED, "guest card that is no longer valid"},
        [INDUSTRY_CARD_UNKNOWN] = {KC_KIND_UNKNOWN, KC_KEY_VOIDED, "unknown card"},
        [INDUSTRY_CARD_DIAGNOSTIC] = {KC_KIND_DIAGNOSTIC, KC_KEY_ACTIVE, "diagnostic card"},
    };
    struct industry_card read;
    struct driver_card card = {.operator_name = "", .serial = "", .text = ""};
    if (industry_card_parse(line_of(op->link)->settings.dialect, frame, &read) != 0) {
        set_unreadable(op, "a card that cannot be made out", error);
        return false;
    }
    if (read.kind == INDUSTRY_CARD_GUEST) {
        struct arena arena;
        arena_init(&arena);
        put_guest_card(op, &read, &card, &arena);
        arena_free(&arena);
    } else {
        card.kind = others[read.kind].kind;
        card.key_state = others[read.kind].key_state;
        card.text = others[read.kind].text;
        driver_op_card(op, &card);
    }
    return true;
}

/* ---- Keys that were made --------------------------------------------------------------------------------------- */

static void take_odd_serial(struct driver_op *op, struct industry_field field)
{
    struct arena arena;
    arena_init(&arena);
    driver_op_serial(op, latin1_text(&arena, field));
    arena_free(&arena);
}

/* Where "all serial numbers" stand is shown nowhere: every field after the encoder is taken for one. */
static void take_serials(struct driver_op *op, const struct industry_frame *frame)
{
    for (size_t i = 2; i < frame->count; i++) {
        struct industry_field field = frame->fields[i];
        if (field.length > 0 && !driver_op_serial_bytes(op, field.bytes, field.length))
            take_odd_serial(op, field);
    }
}

static bool take_image(struct driver_op *op, const struct industry_frame *frame, struct kc_error *error)
{
    struct buf key;
    struct arena arena;
    bool good = true;
    arena_init(&arena);
    buf_init(&key);
    if (industry_hex_parse(frame->fields[2], &key) != 0) {
        set_unreadable(op, "a key that is not hexadecimal", error);
        good = false;
    } else if (key.failed) {
        error_set(error, KC_ERROR_NO_MEMORY, "", "Memory is used up.");
        error->card_state = KC_OUTCOME_UNKNOWN;
        good = false;
    } else {
        driver_op_image(op, key.data, key.length,
                        is_mobile(exchange_of(op)) ? latin1_text(&arena, frame->fields[3]) : "");
    }
    buf_free(&key);
    arena_free(&arena);
    return good;
}

static bool take_done(struct driver_op *op, const struct industry_frame *frame, struct kc_error *error)
{
    if (needs_card(op->request))
        driver_op_reached_encoder(op);
    switch (exchange_of(op)->command) {
    case INDUSTRY_CN:
    case INDUSTRY_CC:
    case INDUSTRY_CA:
        take_serials(op, frame);
        if (op->request->verb == KC_VERB_SEND_MOBILE && *op->request->operator_name &&
            line_of(op->link)->settings.contact == CONTACT_OPERATOR)
            driver_op_warn(op, "The operator was not sent: the guest's contact stands in its place.");
        return true;
    case INDUSTRY_LT:
        return take_card(op, frame, error);
    case INDUSTRY_CNMB:
    case INDUSTRY_CCMB:
    case INDUSTRY_CNB:
    case INDUSTRY_CCB:
        return take_image(op, frame, error);
    case INDUSTRY_CO:
    case INDUSTRY_CP:
        if (op->request->rooms.count > 1)
            driver_op_warn(op, "The lock system was told the main room only.");
        return true;
    default:
        return true;
    }
}

bool take_answer(struct driver_op *op, const struct industry_frame *frame, bool original, struct kc_error *error)
{
    const struct settings *settings = &line_of(op->link)->settings;
    if (!frame->has_command) {
        take_error(op, frame, error);
        return false;
    }
    if (original && !settings->accept_original_for_copy) {
        if (needs_card(op->request))
            driver_op_reached_encoder(op);
        set_unreadable(op, "a key for a new guest instead of a copy; earlier keys may have become void", error);
        error_set_vendor(error, industry_command_name(frame->command), "");
        return false;
    }
    if (original)
        driver_op_warn(op, "The lock system answered with a new guest instead of a copy: earlier keys may be void.");
    return take_done(op, frame, error);
}
