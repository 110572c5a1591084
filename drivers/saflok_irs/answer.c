/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the lock system's answer to a result. */
#include <string.h>

#include "state.h"

static const char *meaning_text(int32_t code)
{
    switch (code) {
    case KC_ERROR_NO_CARD:
        return "the encoder waited too long for a card";
    case KC_ERROR_ENCODER_OFFLINE:
        return "the encoder does not answer";
    case KC_ERROR_ENCODER_BUSY:
        return "the encoder has not finished its earlier task";
    case KC_OK:
        return "this number is not documented";
    default:
        return "see the option status-map";
    }
}

/* An error among several cards of one request may have come after the first of them. */
static int32_t outcome_of(const struct driver_op *op, int32_t code)
{
    if (code == KC_ERROR_VENDOR || code == KC_ERROR_LOCK_SYSTEM)
        return KC_OUTCOME_UNKNOWN;
    bool several = line_of(op->link)->settings.cards_in_one && op->request->copies > 1;
    return several && code != KC_ERROR_ENCODER_BUSY ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_NOT_WRITTEN;
}

static const char *field_of(int32_t code)
{
    switch (code) {
    case KC_ERROR_ENCODER_OFFLINE:
    case KC_ERROR_ENCODER_BUSY:
    case KC_ERROR_ENCODER_FAULT:
        return "encoder";
    case KC_ERROR_UNKNOWN_ROOM:
    case KC_ERROR_ROOM_UNAVAILABLE:
    case KC_ERROR_ROOM_BUSY:
    case KC_ERROR_NOT_CHECKED_IN:
        return "rooms";
    default:
        return "";
    }
}

static void take_error(struct driver_op *op, const struct irs_answer *answer, struct kc_error *error)
{
    const struct meaning *known = irs_meaning_find(&line_of(op->link)->settings, answer->status, answer->detail);
    int32_t code = known ? known->code : KC_ERROR_VENDOR;
    char both[8] = {answer->status[0], answer->status[1], '/', answer->detail[0],
                    answer->detail[1], answer->detail[2], '\0'};
    const char *meaning = meaning_text(known ? code : KC_OK);
    struct error_quoted room, encoder;
    error_set(error, code, field_of(code), "The lock system answered %s: %s. Room \"%s\". Encoder \"%s\".", both,
              meaning, error_quote(&room, op->request->rooms.items[0]), error_quote(&encoder, op->request->encoder));
    error_set_vendor(error, both, meaning);
    error->card_state = outcome_of(op, code);
    if (code == KC_ERROR_NO_CARD || (code <= KC_ERROR_CARD && code >= KC_ERROR_ENCODER_FAULT))
        driver_op_reached_encoder(op);
}

/* A line that sends back what it got would look like a success: the transaction 001 is read as status 00. */
static bool is_echo(const struct driver_op *op, const struct buf *body)
{
    const struct buf *sent = &exchange_of(op)->body;
    return body->length == sent->length && memcmp(body->data, sent->data, sent->length) == 0;
}

enum verdict irs_take_answer(struct driver_op *op, struct kc_error *error, const char **text)
{
    struct line *line = line_of(op->link);
    const struct buf *body = &line->decoder.body;
    struct irs_answer answer;
    if (is_echo(op, body)) {
        *text = "The request came back as it was sent: the line has an echo.";
        return VERDICT_UNREADABLE;
    }
    if (!irs_is_clean(body->data, body->length) || irs_answer_parse(body->data, body->length, &answer) != 0) {
        *text = "The lock system sent an answer that is too short or cannot be made out.";
        return VERDICT_UNREADABLE;
    }
    bool other = answer.terminal != exchange_of(op)->terminal;
    if (other && line->settings.counting) {
        *text = "The lock system sent an answer with the terminal number of another request.";
        return VERDICT_UNREADABLE;
    }
    if (other)
        driver_op_warn(op, "The answer of the lock system has another terminal number than the request.");
    if (strcmp(answer.status, "00") != 0) {
        take_error(op, &answer, error);
        return VERDICT_REFUSED;
    }
    driver_op_reached_encoder(op);
    if (answer.has_card && line->settings.card_serial)
        driver_op_serial(op, answer.card);
    return VERDICT_MADE;
}
