/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose answer it is, and from the answer to a result. FIAS, sections "key answer" and "answer status". */
#include <string.h>

#include "state.h"

/* ---- Meanings -------------------------------------------------------------------------------------------------- */

struct meaning {
    char status[3];
    int32_t code;
    bool nothing_done; /* it says so */
    const char *field, *text;
};

/* All values of the specification. Which of them concern keys is not said for each; what is no word about the card
 * leaves the outcome unknown. */
static const struct meaning meanings[] = {
    {"BY", KC_ERROR_ENCODER_BUSY, true, "encoder", "the encoder is busy or not there"},
    {"DE", KC_ERROR_VENDOR, true, "", "a key was deleted"},
    {"RY", KC_ERROR_NOT_ACCEPTED, true, "", "not now, try again"},
    {"UR", KC_ERROR_VENDOR, true, "", "the request cannot be processed"},
    {"DN", KC_ERROR_VENDOR, true, "", "the request is denied"},
    {"NG", KC_ERROR_UNKNOWN_ROOM, true, "rooms", "guest or room not found"},
    {"NR", KC_ERROR_ENCODER_OFFLINE, false, "encoder", "no response"},
    {"NA", KC_ERROR_NOT_ACCEPTED, true, "", "the night audit is running, try later"},
    {"IA", KC_ERROR_NOT_CHECKED_IN, true, "booking", "the reservation is not known"},
    {"FX", KC_ERROR_VENDOR, true, "", "the guest may not use this feature"},
    {"NF", KC_ERROR_VENDOR, true, "", "the feature is switched off"},
    {"CD", KC_ERROR_VENDOR, true, "", "the date of check-out is not today"},
    {"BM", KC_ERROR_VENDOR, true, "", "the balance is another"},
    {"CO", KC_ERROR_VENDOR, true, "", "posting denied"},
    {"DM", KC_ERROR_VENDOR, true, "", "the sums do not match"},
    {"NP", KC_ERROR_VENDOR, true, "", "no postings for this guest"},
    {"NM", KC_ERROR_VENDOR, true, "", "message not found"},
    {"AA", KC_ERROR_VENDOR, true, "", "number assigned already"},
    {"AN", KC_ERROR_VENDOR, true, "", "number not found"},
};

static const struct meaning *find_meaning(const struct fias_field *status)
{
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
        if (fias_field_is(status, meanings[i].status))
            return &meanings[i];
    return NULL;
}

static void copy_printable(const struct fias_field *field, char *out, size_t size)
{
    size_t length = field && field->length < size ? field->length : field ? size - 1 : 0;
    for (size_t i = 0; i < length; i++)
        out[i] = field->value[i] > 0x20 && field->value[i] < 0x7F ? field->value[i] : '?';
    out[length] = '\0';
}

static void take_error(struct driver_op *op, const struct fias_record *record, const struct fias_field *status,
                       struct kc_error *error)
{
    const struct meaning *known = find_meaning(status);
    int32_t mapped = fias_status_mapped(op->link, status);
    const struct fias_field *clear = fias_find(record, FIAS_ID("CT"));
    struct error_quoted encoder;
    struct buf text = {0};
    char code[8];
    copy_printable(status, code, sizeof(code));
    error_set(error,
              mapped  ? mapped
              : known ? known->code
                      : KC_ERROR_VENDOR,
              known && !mapped ? known->field : "", "The lock system answered %s: %s. Encoder \"%s\".", code,
              mapped  ? "its meaning is that of the option status-map"
              : known ? known->text
                      : "this value is not documented",
              error_quote(&encoder, op->request->encoder));
    if (clear)
        text_from_latin1((const uint8_t *)clear->value, clear->length, &text);
    error_set_vendor(error, code, text.length > 0 ? buf_text(&text) : known ? known->text : "");
    buf_free(&text);
    bool nothing_done = mapped ? mapped != KC_ERROR_VENDOR && mapped != KC_ERROR_LOCK_SYSTEM
                               : known && known->nothing_done;
    bool harmless = op->request->verb == KC_VERB_READ_CARD || nothing_done;
    error->card_state = harmless ? KC_OUTCOME_NOT_WRITTEN : KC_OUTCOME_UNKNOWN;
}

/* ---- A card that was read -------------------------------------------------------------------------------------- */

static const char *keep_text(const struct fias_field *field, struct arena *arena)
{
    struct buf text = {0};
    if (field)
        text_from_latin1((const uint8_t *)field->value, field->length, &text);
    const char *copy = text.failed ? NULL : arena_text(arena, buf_text(&text));
    buf_free(&text);
    return copy ? copy : "";
}

static void take_end(const struct fias_record *record, struct wall_time *until)
{
    const struct fias_field *date_field = fias_find(record, FIAS_ID("GD"));
    const struct fias_field *time_field = fias_find(record, FIAS_ID("DT"));
    struct fias_date date;
    struct fias_time time = {0, 0, 0};
    if (!date_field || fias_date_read(date_field, &date) != 0 || date.year < 2000)
        return;
    if (time_field && fias_clock_read(time_field, &time) != 0)
        time = (struct fias_time){0, 0, 0};
    *until = (struct wall_time){date.year, date.month, date.day, time.hour, time.minute};
}

/* The answer does not tell the kind of the card; at best its booking. */
static void take_card(struct driver_op *op, const struct fias_record *record)
{
    const struct fias_field *room = fias_find(record, FIAS_ID("RN")), *suite = fias_find(record, FIAS_ID("SI"));
    const struct fias_field *number = fias_find(record, FIAS_ID("G#"));
    const char *rooms[FIAS_ROOMS_AT_MOST];
    struct driver_card card = {.kind = KC_KIND_UNKNOWN, .key_state = KC_KEY_ACTIVE, .operator_name = "", .text = ""};
    struct arena arena = {0};
    struct fias_field item;
    size_t count = 0;
    if (!room || room->length == 0)
        return; /* an empty card */
    rooms[count++] = keep_text(room, &arena);
    for (size_t at = 0; suite && count < FIAS_ROOMS_AT_MOST && fias_list_next(suite, &at, &item);)
        rooms[count++] = keep_text(&item, &arena);
    card.rooms = (struct strings){rooms, count};
    card.serial = keep_text(fias_find(record, FIAS_ID("$2")), &arena);
    if (number && fias_is_reservation_of(op->link, number, op->request->booking))
        card.booking = op->request->booking; /* which was asked about, to settle its outcome */
    take_end(record, &card.until);
    driver_op_card(op, &card);
    arena_free(&arena);
}

static void take_serial(struct driver_op *op, const struct fias_record *record)
{
    const struct fias_field *track = fias_find(record, FIAS_ID("$2"));
    struct arena arena = {0};
    bool ours = fias_fields_has(&line_of(op->link)->active.fields[DECLARED_KR], FIAS_ID("$2"));
    if (track && track->length > 0 && !ours && driver_option_is(op->link, OPTION_CARD_SERIAL, "on"))
        driver_op_serial(op, keep_text(track, &arena));
    arena_free(&arena);
}

static uint8_t hex_value(char digit)
{
    return (uint8_t)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
}

static bool take_hex(const struct fias_field *field, struct buf *out)
{
    for (size_t i = 0; i < field->length; i++)
        if (!strchr("0123456789abcdefABCDEF", field->value[i]) || !field->value[i])
            return false;
    for (size_t i = 0; i + 1 < field->length; i += 2)
        buf_append_byte(out, (uint8_t)(hex_value(field->value[i]) << 4 | hex_value(field->value[i + 1])));
    return field->length % 2 == 0;
}

/* FIAS, section "key answer": track 3, which request type 4 asked for. How it is written is not said. */
static int32_t take_data(struct driver_op *op, const struct fias_record *record, struct kc_error *error)
{
    const struct fias_field *data = fias_find(record, FIAS_ID("$3"));
    struct buf bytes = {0};
    bool good = data && data->length > 0;
    if (good && driver_option_is(op->link, OPTION_KEY_DATA, "hex"))
        good = take_hex(data, &bytes);
    else if (good && driver_option_is(op->link, OPTION_KEY_DATA, "base64"))
        good = fias_read_base64(data, &bytes);
    else if (good)
        buf_append(&bytes, data->value, data->length);
    if (bytes.failed)
        error_set(error, KC_ERROR_NO_MEMORY, "", "The lock system made the key, but memory is used up.");
    else if (!good)
        error_set(error, KC_ERROR_PROTOCOL, *op->request->card_serial ? "card-serial" : "return-image",
                  "The lock system says that it made the key, but sent %s. Its earlier keys may be void.",
                  data && data->length > 0 ? "bytes that are not written as the option key-data says"
                                           : "none of its bytes");
    else
        driver_op_image(op, bytes.data, bytes.length, "");
    error->card_state = KC_OUTCOME_UNKNOWN;
    buf_free(&bytes);
    return error->code;
}

int32_t fias_take_answer(struct driver_op *op, const struct fias_record *record, struct kc_error *error)
{
    const struct fias_field *status = fias_find(record, FIAS_ID("AS"));
    int32_t verb = op->request->verb;
    if (!status || status->length == 0) {
        error_set(error, KC_ERROR_PROTOCOL, "", "The lock system sent an answer without a status.");
        error->card_state = verb == KC_VERB_READ_CARD ? KC_OUTCOME_NOT_WRITTEN : KC_OUTCOME_UNKNOWN;
        return error->code;
    }
    bool deleted = fias_field_is(status, "DE") &&
                   (verb == KC_VERB_CHECK_OUT || driver_option_is(op->link, OPTION_DELETED_IS_DONE, "on"));
    bool needs_encoder = *op->request->encoder;
    if (!fias_field_is(status, "OK") && !deleted) {
        take_error(op, record, status, error);
        return error->code;
    }
    if (needs_encoder)
        driver_op_reached_encoder(op);
    if (fias_wants_data(op->request))
        return take_data(op, record, error);
    if (verb == KC_VERB_READ_CARD)
        take_card(op, record);
    else if (needs_encoder)
        take_serial(op, record);
    return KC_OK;
}

/* ---- Whose answer it is ---------------------------------------------------------------------------------------- */

static const char *without_zeros(const char *text, size_t *length)
{
    for (; *length > 1 && *text == '0'; text++)
        --*length;
    return text;
}

static bool all_digits(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return length > 0;
}

bool fias_same_number(const char *a, size_t a_length, const char *b, size_t b_length)
{
    if (all_digits(a, a_length) && all_digits(b, b_length)) {
        a = without_zeros(a, &a_length);
        b = without_zeros(b, &b_length);
    }
    return a_length == b_length && memcmp(a, b, a_length) == 0;
}

static bool is_coder(const struct driver_link *link, const char *a, size_t a_length, const char *b, size_t b_length)
{
    if (driver_option_is(link, OPTION_CODER_COMPARE, "numeric"))
        return fias_same_number(a, a_length, b, b_length);
    return a_length == b_length && memcmp(a, b, a_length) == 0;
}

bool fias_same_coder(const struct driver_link *link, const char *a, const char *b)
{
    return is_coder(link, a, strlen(a), b, strlen(b));
}

static bool fits(const struct driver_op *op, const struct fias_record *record)
{
    const struct exchange *exchange = exchange_of(op);
    const struct fias_field *coder = fias_find(record, FIAS_ID("KC")), *station = fias_find(record, FIAS_ID("WS"));
    const struct fias_field *number = fias_find(record, FIAS_ID("G#"));
    bool of_reading = exchange->record == FIAS_ID("KZ");
    if (exchange->phase != PHASE_ANSWER && !exchange->left)
        return false;
    if (record->id == FIAS_ID("KZ") && !of_reading)
        return false;
    if (record->id == FIAS_ID("KA") && of_reading && fias_field_is(fias_find(record, FIAS_ID("AS")), "OK"))
        return false; /* it says nothing of the card: a late one for a key */
    if (coder && !is_coder(op->link, coder->value, coder->length, exchange->coder, strlen(exchange->coder)))
        return false;
    if (station && !fias_field_is(station, exchange->workstation))
        return false;
    if (!number || number->length == 0 || of_reading || !*exchange->reservation ||
        driver_option_is(op->link, OPTION_OTHER_RESERVATION, "accept"))
        return true;
    return fias_same_number(number->value, number->length, exchange->reservation, strlen(exchange->reservation));
}

static bool is_over(const struct stale *stale, int64_t now)
{
    return stale->until == 0 || now >= stale->until || now < stale->since;
}

/* An answer that may be a late one: it is then taken for that, which never costs more than an unknown outcome. */
static bool take_stale(struct driver_link *link, const struct fias_record *record)
{
    struct line *line = line_of(link);
    const struct fias_field *coder = fias_find(record, FIAS_ID("KC")), *number = fias_find(record, FIAS_ID("G#"));
    int64_t now = driver_clock(link);
    for (size_t i = 0; i < STALE_AT_MOST; i++) {
        struct stale *stale = &line->stale[i];
        if (is_over(stale, now) ||
            (coder && !is_coder(link, coder->value, coder->length, stale->coder, strlen(stale->coder))) ||
            (number && *stale->reservation &&
             !fias_same_number(number->value, number->length, stale->reservation, strlen(stale->reservation))))
            continue;
        stale->until = 0;
        return true;
    }
    return false;
}

struct driver_op *fias_match(struct driver_link *link, const struct fias_record *record)
{
    struct driver_op *found = NULL;
    size_t count = 0;
    if (take_stale(link, record)) {
        fias_trace_note(link, false, "(a late answer)");
        return NULL;
    }
    for (struct driver_op *op = driver_link_next_op(link, NULL); op; op = driver_link_next_op(link, op))
        if (fits(op, record)) {
            found = op;
            count++;
        }
    if (count == 1)
        return found;
    fias_trace_note(link, false,
                    count == 0 ? "(an answer that nobody waits for)"
                               : "(an answer that could belong to several requests)");
    return NULL;
}

void fias_remember_stale(struct driver_op *op)
{
    struct line *line = line_of(op->link);
    const struct exchange *exchange = exchange_of(op);
    int64_t now = driver_clock(op->link), wait = (driver_option_number(op->link, OPTION_LATE_ANSWER) + 999) / 1000;
    struct stale *place = &line->stale[0];
    for (size_t i = 0; i < STALE_AT_MOST; i++) {
        if (is_over(&line->stale[i], now)) {
            place = &line->stale[i];
            break;
        }
        if (line->stale[i].since < place->since)
            place = &line->stale[i];
    }
    *place = (struct stale){.since = now, .until = wait > 0 ? now + wait : 0};
    memcpy(place->coder, exchange->coder, sizeof(place->coder));
    memcpy(place->reservation, exchange->reservation, sizeof(place->reservation));
}

bool fias_is_in_doubt(const struct driver_op *op)
{
    const struct line *line = line_of(op->link);
    const struct exchange *exchange = exchange_of(op);
    bool numbered = *exchange->reservation && fias_fields_has(&line->active.fields[DECLARED_KA], FIAS_ID("G#")) &&
                    fias_fields_has(&line->active.fields[DECLARED_KR], FIAS_ID("G#")) &&
                    driver_option_is(op->link, OPTION_OTHER_RESERVATION, "ignore");
    int64_t now = driver_clock(op->link);
    for (size_t i = 0; i < STALE_AT_MOST; i++) {
        const struct stale *stale = &line->stale[i];
        if (is_over(stale, now) || !fias_same_coder(op->link, stale->coder, exchange->coder))
            continue;
        if (!numbered || !*stale->reservation ||
            fias_same_number(stale->reservation, strlen(stale->reservation), exchange->reservation,
                             strlen(exchange->reservation)))
            return true;
    }
    return false;
}
