/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of answers, and the records KA and KZ. */
#include "answer.h"

#include <stdio.h>
#include <string.h>

#include "link.h"

/* Only values that the specification has for keys: BY (encoder busy), RY (temporary, try again), UR (do not try again),
 * NG (not found). What is not listed is UR with the library's own words. */
struct meaning {
    int32_t code;
    char status[3];
    const char *text;
};

static const struct meaning meanings[] = {
    {KC_ERROR_POLICY, "UR", "The rules of the hotel forbid this"},
    {KC_ERROR_NO_ROOM, "UR", "No room, no key"},
    {KC_ERROR_NO_ORIGINAL, "UR", "No new key made yet: make a new key"},
    {KC_ERROR_NO_LAST_ENCODER, "UR", "Read a key at this desk first"},
    {KC_ERROR_UNRESOLVED, "UR", "An earlier key is in doubt: try its card"},
    {KC_ERROR_LIMIT, "UR", "More than the lock system takes"},
    {KC_ERROR_NOT_OFFERED, "UR", "The lock system does not offer this"},
    {KC_ERROR_IN_PROGRESS, "BY", "The same request is being worked on"},
    {KC_ERROR_IDEMPOTENCY, "UR", "Request was used: ask anew"},
    {KC_ERROR_CANCELLED, "RY", "Given up in time: nothing was made"},
    {KC_ERROR_LEDGER, "RY", "The gateway's ledger cannot be written"},
    {KC_ERROR_LEDGER_FULL, "RY", "The gateway's disk is full"},
    {KC_ERROR_LEDGER_BUSY, "RY", "The gateway's ledger is busy"},
    {KC_ERROR_UNREACHABLE, "RY", "The lock system cannot be reached"},
    {KC_ERROR_CONNECTION_LOST, "RY", "Connection to the lock system lost"},
    {KC_ERROR_TIMED_OUT, "RY", "The lock system does not answer"},
    {KC_ERROR_NOT_ACCEPTED, "RY", "The lock system is busy: try again"},
    {KC_ERROR_ENCODER_OFFLINE, "BY", "The encoder does not answer"},
    {KC_ERROR_ENCODER_BUSY, "BY", "The encoder is busy"},
    {KC_ERROR_NO_CARD, "RY", "No card was presented"},
    {KC_ERROR_CARD, "RY", "Card not written: take another one"},
    {KC_ERROR_CARD_FORMAT, "RY", "Card of another system: take another"},
    {KC_ERROR_CARD_REFUSED, "UR", "This card is in use otherwise"},
    {KC_ERROR_ENCODER_FAULT, "UR", "The encoder is out of order"},
    {KC_ERROR_UNKNOWN_ROOM, "NG", "The lock system does not know the room"},
    {KC_ERROR_ROOM_UNAVAILABLE, "UR", "Room out of service in the lock system"},
    {KC_ERROR_ROOM_BUSY, "RY", "A key of this room is being made"},
    {KC_ERROR_NOT_CHECKED_IN, "UR", "Checked out in the lock system"},
    {KC_ERROR_ONE_SHOT_LIMIT, "UR", "No more one-shot keys for this room"},
    {KC_ERROR_LOCK_SYSTEM, "UR", "Fault in the lock system"},
    {KC_ERROR_CREDENTIALS, "UR", "Lock system refuses user or password"},
    {KC_ERROR_CERTIFICATE, "UR", "Lock system's certificate not trusted"},
    {KC_ERROR_UNKNOWN_AREA, "UR", "The lock system does not know the area"},
    {KC_ERROR_CONFLICT, "UR", "Another stay stands against this"},
    {KC_ERROR_KEY_LIMIT, "UR", "No more keys for this stay or room"},
    {KC_ERROR_LOCK_OFFLINE, "UR", "Lock off-line: make a new card"},
};

struct answer answer_refusal(const char *status, const char *text)
{
    struct answer answer;
    (void)snprintf(answer.status, sizeof answer.status, "%s", status);
    (void)snprintf(answer.text, sizeof answer.text, "%s", text);
    return answer;
}

static struct answer done(const struct order *order, kc_op *op)
{
    static const char *const texts[] = {
        [ORDER_NEW] = "New key made",    [ORDER_DUPLICATE] = "Duplicate made", [ORDER_ONE_SHOT] = "One-shot key made",
        [ORDER_DELETE] = "Keys deleted", [ORDER_CHANGE] = "Keys changed",      [ORDER_READ] = "Card read",
        [ORDER_LEFT] = "Checked out",
    };
    struct answer answer = answer_refusal("OK", texts[order->kind]);
    const char *encoder = kc_op_get_encoder_name(op);
    const size_t length = strlen(answer.text);
    if (order->kind == ORDER_DUPLICATE && strcmp(encoder, order->place.encoder) != 0)
        (void)snprintf(answer.text, sizeof answer.text, "Made on %s", encoder);
    else if (order->copies > 1)
        (void)snprintf(answer.text + length, sizeof answer.text - length, ": %d cards", (int)order->copies);
    else if (kc_op_is_replay(op))
        (void)snprintf(answer.text + length, sizeof answer.text - length, " before, not again");
    return answer;
}

static struct answer read_card(kc_op *op)
{
    const int32_t kind = kc_key_get_kind(kc_op_get_key(op, 0));
    char text[80];
    if (kc_op_get_key_count(op) == 0)
        return answer_refusal("UR", "Empty card");
    if (kind == KC_KIND_UNKNOWN && kc_key_get_room_count(kc_op_get_key(op, 0)) == 0)
        return answer_refusal("UR", "Empty card, or not of this system");
    (void)snprintf(text, sizeof text, "Card: %s", kc_kind_name(kind));
    return answer_refusal("OK", text);
}

static struct answer failed(kc_op *op)
{
    const int32_t code = kc_op_get_status(op);
    const kc_error *error = kc_op_get_error(op);
    const char *vendor = kc_error_get_vendor_code(error), *field = kc_error_get_field(error);
    struct answer answer = answer_refusal("UR", kc_status_text(code));
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (meanings[i].code == code)
            answer = answer_refusal(meanings[i].status, meanings[i].text);
    }
    if (code == KC_ERROR_INVALID_ARGUMENT || code == KC_ERROR_NOT_FOUND)
        (void)snprintf(answer.text, sizeof answer.text, "Not valid: %s", field[0] != '\0' ? field : "the request");
    if (code == KC_ERROR_VENDOR)
        (void)snprintf(answer.text, sizeof answer.text, "%s", kc_error_get_vendor_text(error));
    const size_t length = strlen(answer.text);
    if (vendor[0] != '\0' && length + strlen(vendor) + 3 <= ANSWER_TEXT)
        (void)snprintf(answer.text + length, sizeof answer.text - length, " (%s)", vendor);
    return answer;
}

/* FIAS: UR is the one value that says: do not try again. */
struct answer answer_unknown(const struct order *order, const struct settings *settings)
{
    const char *unknown = setting_text(settings, SETTING_UNKNOWN_ANSWER);
    const bool encodes = order->kind == ORDER_NEW || order->kind == ORDER_DUPLICATE || order->kind == ORDER_ONE_SHOT;
    if (order->kind == ORDER_READ)
        return answer_refusal("RY", "The lock system does not answer");
    return answer_refusal(strcmp(unknown, "none") == 0 ? "" : unknown,
                          encodes ? "Unknown if made: try card before new one" : "Unknown: see the lock system");
}

struct answer answer_of(const struct order *order, kc_op *op, const struct settings *settings)
{
    const int32_t status = kc_op_get_status(op), outcome = kc_op_get_outcome(op);
    const bool reads = order->kind == ORDER_READ;
    if (reads && status == KC_OK)
        return read_card(op);
    if (!reads && (outcome == KC_OUTCOME_UNKNOWN || outcome == KC_OUTCOME_PENDING))
        return answer_unknown(order, settings);
    if (status == KC_OK)
        return done(order, op);
    if (outcome == KC_OUTCOME_WRITTEN)
        return answer_refusal("UR", "Not all cards made: make duplicates");
    /* the PMS wants no more keys to open, and none does */
    if (status == KC_ERROR_NOT_CHECKED_IN && order->kind == ORDER_DELETE)
        return answer_refusal("OK", "Was checked out already");
    return failed(op);
}

/* ---- Records --------------------------------------------------------------------------------------------------- */

static void put(struct fias_writer *writer, const char *id, const char *value)
{
    if (value[0] != '\0')
        fias_put(writer, FIAS_ID(id), value);
}

static void put_words(struct fias_writer *writer, const struct words *words, const char *id, const char *text,
                      size_t longest)
{
    char value[201];
    words_out(words, text, value, longest < sizeof value ? longest : sizeof value - 1);
    put(writer, id, value);
}

/* "2026-06-18T11:00+03:00" is wall time of the site. */
static void put_end(struct fias_writer *writer, const char *until)
{
    int year, month, day, hour, minute;
    char text[16];
    if (sscanf(until, "%4d-%2d-%2dT%2d:%2d", &year, &month, &day, &hour, &minute) != 5)
        return;
    if (fias_date_text(&(struct fias_date){year, month, day}, text) == 0)
        fias_put(writer, FIAS_ID("GD"), text);
    if (hour >= 0 && hour < 24 && minute >= 0 && minute < 60) {
        (void)snprintf(text, sizeof text, "%02d:%02d", hour, minute);
        fias_put(writer, FIAS_ID("DT"), text);
    }
}

static void put_card(struct fias_writer *writer, const kc_key *key, const struct words *words)
{
    char suite[31] = "";
    put_words(writer, words, "RN", kc_key_get_room(key, 0), 60);
    put_end(writer, kc_key_get_until(key));
    put_words(writer, words, "GN", kc_key_get_guest(key), 40);
    for (int32_t i = 1; i < kc_key_get_room_count(key); i++) {
        char room[31];
        const size_t length = strlen(suite);
        words_out(words, kc_key_get_room(key, i), room, sizeof room - 1);
        if (length + strlen(room) + 1 < sizeof suite)
            (void)snprintf(suite + length, sizeof suite - length, "%s%s", length > 0 ? ";" : "", room);
    }
    put(writer, "SI", suite);
}

bool answer_write(const struct answer *answer, const struct order *order, kc_op *op, const struct settings *settings,
                  const struct words *words, struct buf *out)
{
    struct fias_writer writer;
    const bool reads = order->record == FIAS_ID("KZ");
    kc_key *key = kc_op_get_key(op, 0);
    fias_begin(&writer, out, FIAS_ID(reads ? "KZ" : "KA"));
    put(&writer, "WS", order->workstation);
    put(&writer, "KC", order->coder);
    put(&writer, "AS", answer->status);
    put_words(&writer, words, "CT", answer->text, ANSWER_TEXT);
    link_put_now(&writer);
    put(&writer, "G#", order->reservation);
    if (reads && strcmp(answer->status, "OK") == 0)
        put_card(&writer, key, words);
    else if (!reads && setting_is(settings, SETTING_CARD_NUMBER, "on") && strcmp(answer->status, "OK") == 0 &&
             order->copies == 1 && kc_key_get_serial_count(key) > 0)
        put_words(&writer, words, "$2", kc_key_get_serial(key, 0), 19);
    return fias_end(&writer) == 0 && !out->failed;
}
