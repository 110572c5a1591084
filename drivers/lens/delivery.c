/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a mobile key reached the phone: LENS SOAP service, section on mobile keys. The service takes the key and
 * delivers it later; GetMobileTransactionHistory tells how far it is. */
#include <string.h>

#include "state.h"

enum {
    CLOCK_SLACK = 300, /* seconds that the lock system's clock may be behind ours */
    DAY = 86400,
    ZONE_SLACK = 54000,  /* its zone is not known: 14 hours and one more */
    SUMMER_SLACK = 3600, /* the zone is known, but not whether it is summer time there */
};

enum delivery { DELIVERY_UNDER_WAY, DELIVERY_DONE, DELIVERY_FAILED, DELIVERY_NOT_LISTED };

static const char on_its_way[] = "The lock system took the mobile key; whether it reached the phone is not known yet.";
static const char not_told[] = "The lock system took the mobile key but did not tell whether it reached the phone.";

/* ---- Times of entries ------------------------------------------------------------------------------------------ */

/* Days since 1970-01-01 of a date of the Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t shifted = month <= 2 ? year - 1 : year;
    int64_t era = shifted / 400, of_era = shifted % 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool two_digits(const char *text, int64_t *out)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
        return false;
    *out = (text[0] - '0') * 10 + (text[1] - '0');
    return true;
}

/* xs:dateTime to seconds since 1970, read as UTC where it has no offset. */
static bool read_time(const char *text, int64_t *out, bool *has_offset)
{
    static const char form[] = "00-00-00T00:00:00"; /* behind the century */
    int64_t parts[7] = {0}, hours = 0, minutes = 0;
    if (strlen(text) < 2 + sizeof(form) - 1 || !two_digits(text, &parts[0]))
        return false;
    text += 2;
    for (size_t i = 0, part = 1; form[i]; i++) {
        if (form[i] != '0' && text[i] != form[i])
            return false;
        if (form[i] == '0' && (i == 0 || form[i - 1] != '0') && !two_digits(text + i, &parts[part++]))
            return false;
    }
    text += sizeof(form) - 1;
    if (*text == '.')
        text += 1 + strspn(text + 1, "0123456789");
    *has_offset = *text != '\0';
    bool ahead = *text == '+', behind = *text == '-';
    if ((ahead || behind) &&
        (strlen(text) != 6 || !two_digits(text + 1, &hours) || text[3] != ':' || !two_digits(text + 4, &minutes)))
        return false;
    if (*has_offset && !ahead && !behind && strcmp(text, "Z") != 0)
        return false;
    int64_t offset = (hours * 3600 + minutes * 60) * (behind ? -1 : 1);
    *out = days_of(parts[0] * 100 + parts[1], parts[2], parts[3]) * DAY + parts[4] * 3600 + parts[5] * 60 + parts[6] -
           offset;
    return true;
}

/* How far the site's wall clock is ahead of UTC, from a time of the request that has both. */
static bool zone_offset(const struct moment *moment, int64_t *offset)
{
    const struct wall_time *wall = &moment->wall;
    if (moment->utc == 0)
        return false;
    *offset = days_of(wall->year, wall->month, wall->day) * DAY + wall->hour * 3600 + wall->minute * 60 -
              moment->utc / 60 * 60;
    return true;
}

/* An entry of an earlier key must not be taken for that of this one. What cannot be told counts as new. */
static bool is_new(const struct driver_request *request, const char *time, int64_t since)
{
    int64_t at = 0, offset = 0, slack = CLOCK_SLACK;
    bool exact = false;
    if (!read_time(time, &at, &exact))
        return true;
    if (!exact) {
        const struct moment *known = request->from.utc != 0 ? &request->from : &request->until;
        if (!zone_offset(known, &offset))
            slack += ZONE_SLACK;
        else if (known->utc > since + DAY || known->utc < since - DAY)
            slack += SUMMER_SLACK;
    }
    return at - offset >= since - slack;
}

/* ---- Entries --------------------------------------------------------------------------------------------------- */

static bool is_newer(const struct lens_transaction *a, const struct lens_transaction *b)
{
    int64_t at = 0, other = 0;
    bool exact;
    if (read_time(a->time, &at, &exact) && read_time(b->time, &other, &exact) && at != other)
        return at > other;
    return a->number != b->number ? a->number > b->number : a->id > b->id;
}

/* The newest entry that can be of this key. The service chose by reservation and phone already. */
static const struct lens_transaction *find_entry(const struct driver_op *op, const struct lens_answer *answer,
                                                 int64_t since)
{
    const struct driver_request *request = op->request;
    const char *room = request->rooms.count > 0 ? request->rooms.items[0] : "";
    const struct lens_transaction *newest = NULL;
    for (size_t i = 0; i < answer->transaction_count; i++) {
        const struct lens_transaction *entry = &answer->transactions[i];
        bool same_room = !*room || !*entry->room || strcmp(entry->room, room) == 0;
        if (same_room && is_new(request, entry->time, since) && (!newest || is_newer(entry, newest)))
            newest = entry;
    }
    return newest;
}

static enum delivery state_of(const struct driver_link *link, const struct lens_transaction *entry)
{
    if (!entry)
        return DELIVERY_NOT_LISTED;
    const char *failed = driver_option_text(link, OPTION_DELIVERY_FAILED_WORDS);
    const char *done = driver_option_text(link, OPTION_DELIVERY_DONE_WORDS);
    if (entry->in_error || lens_words_match(failed, entry->status))
        return DELIVERY_FAILED;
    return lens_words_match(done, entry->status) ? DELIVERY_DONE : DELIVERY_UNDER_WAY;
}

static void finish_failed(struct driver_op *op, const struct lens_transaction *entry)
{
    struct kc_error error = {0};
    const char *texts[] = {entry->status, entry->message};
    bool made = op->request->verb == KC_VERB_SEND_MOBILE;
    error_set(&error, KC_ERROR_MOBILE, "phone",
              made ? "The lock system made the mobile key but could not deliver it to the phone. Check the number, and "
                     "send another mobile key."
                   : "The lock system could not deliver the mobile key to the phone. Check the number, and send "
                     "another mobile key.");
    lens_set_vendor(op->link, op->request, "TransactionInError", texts, 2, &error);
    error.card_state = made ? KC_OUTCOME_WRITTEN : KC_OUTCOME_NOT_WRITTEN;
    lens_finish(op, &error);
}

static void finish_unconfirmed(struct driver_op *op, const char *text)
{
    driver_op_unconfirmed(op);
    driver_op_warn(op, text);
    lens_finish(op, NULL);
}

/* ---- A key that was just taken --------------------------------------------------------------------------------- */

static void pause(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    const struct settings *settings = &line_of(op->link)->settings;
    int64_t spent = (driver_clock(op->link) - exchange->began) * 1000;
    if (exchange->cancelled || exchange->asked_ms >= settings->delivery_wait || spent >= settings->delivery_wait * 2) {
        finish_unconfirmed(op, on_its_way);
        return;
    }
    int64_t rest = settings->delivery_wait - exchange->asked_ms;
    int64_t delay = rest < settings->delivery_interval ? rest : settings->delivery_interval;
    exchange->step = STEP_PAUSE;
    exchange->asked_ms += delay;
    driver_op_timer(op, delay);
}

void lens_delivery_begin(struct driver_op *op)
{
    exchange_of(op)->began = driver_clock(op->link);
    driver_op_encoding(op);
    driver_link_timer(op->link, 0); /* the PMS terminal is free for others */
    pause(op);
}

void lens_delivery_timer(struct driver_op *op)
{
    struct kc_error error = {0};
    if (exchange_of(op)->step != STEP_PAUSE)
        return;
    exchange_of(op)->step = STEP_HISTORY;
    if (lens_send(op->link, op, LENS_GET_MOBILE_TRANSACTION_HISTORY, &error) != KC_OK)
        finish_unconfirmed(op, not_told);
}

void lens_delivery_stop(struct driver_op *op)
{
    if (exchange_of(op)->step != STEP_PAUSE)
        return;
    driver_op_timer(op, -1);
    finish_unconfirmed(op, on_its_way);
}

/* That the question fails says nothing of the key. */
void lens_delivery_no_reply(struct driver_op *op)
{
    finish_unconfirmed(op, not_told);
}

void lens_delivery_reply(struct driver_op *op, const struct http_reply *reply)
{
    struct kc_error error = {0};
    struct lens_answer answer = {0};
    if (lens_read_reply(op->link, op, reply, &answer, &error) != KC_OK) {
        finish_unconfirmed(op, not_told);
        return;
    }
    lens_trace_answer(op->link, LENS_GET_MOBILE_TRANSACTION_HISTORY, &answer);
    const struct lens_transaction *entry = answer.kind == LENS_ANSWER_SUCCESS
                                               ? find_entry(op, &answer, exchange_of(op)->sent)
                                               : NULL;
    enum delivery state = state_of(op->link, entry);
    if (answer.kind != LENS_ANSWER_SUCCESS)
        finish_unconfirmed(op, not_told);
    else if (state == DELIVERY_FAILED)
        finish_failed(op, entry);
    else if (state == DELIVERY_DONE)
        lens_finish(op, NULL);
    else
        pause(op);
    lens_answer_free(&answer);
}

/* ---- CHECK_MOBILE ---------------------------------------------------------------------------------------------- */

void lens_delivery_check(struct driver_op *op, const struct lens_answer *answer)
{
    const struct lens_transaction *entry = find_entry(op, answer, op->request->key_created);
    switch (state_of(op->link, entry)) {
    case DELIVERY_FAILED:
        finish_failed(op, entry);
        return;
    case DELIVERY_DONE:
        lens_finish(op, NULL);
        return;
    case DELIVERY_NOT_LISTED:
        finish_unconfirmed(op, "The lock system lists no delivery of this mobile key.");
        return;
    case DELIVERY_UNDER_WAY:
        finish_unconfirmed(op, "The mobile key is still on its way to the phone.");
        return;
    }
}
