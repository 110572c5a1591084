/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is refused before anything is sent, and from a request to the bytes of its next card. */
#include <string.h>

#include "state.h"
#include "util/text.h"

/* ---- Checks ---------------------------------------------------------------------------------------------------- */

static int32_t check_areas(const struct settings *settings, const struct driver_request *request,
                           struct kc_error *error)
{
    struct error_quoted quoted;
    if (request->denied.count > 0)
        return error_set(error, KC_ERROR_NOT_OFFERED, "areas", "The lock system cannot deny areas.");
    if (request->areas.count > 0 && (settings->tail == TAIL_NONE || settings->tail == TAIL_ZEROS))
        return error_set(error, KC_ERROR_NOT_OFFERED, "areas",
                         "No areas can be sent: the option pass-tail leaves them out. Set it to auto or flags.");
    for (size_t i = 0; i < request->areas.count; i++) {
        int32_t number = text_number(request->areas.items[i], IRS_PASSES);
        if (number < 1 || number > settings->pass_count)
            return error_set(
                error, KC_ERROR_INVALID_ARGUMENT, "areas",
                "The area \"%s\" is no pass number: the lock system numbers them 1 to %d. Give the number, "
                "or map the area to it.",
                error_quote(&quoted, request->areas.items[i]), (int)settings->pass_count);
    }
    return KC_OK;
}

static int32_t check_room(const struct settings *settings, const struct driver_request *request, struct kc_error *error)
{
    struct error_quoted quoted;
    if (request->rooms.count == 0 || !*request->rooms.items[0])
        return error_set(error, KC_ERROR_NO_ROOM, "rooms", "No room.");
    if (request->rooms.count > 1)
        return error_set(error, KC_ERROR_LIMIT, "rooms", "The lock system takes one room on one key, not %zu.",
                         request->rooms.count);
    const char *room = request->rooms.items[0];
    if (strlen(room) > settings->width || !irs_is_clean((const uint8_t *)room, strlen(room)) || room[0] == ' ')
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "rooms",
                         "The room \"%s\" must be 1 to %zu characters of plain ASCII and not begin with a blank. Map "
                         "the room to its key number in Saflok.",
                         error_quote(&quoted, room), settings->width);
    return KC_OK;
}

static int32_t check_tracks(const struct settings *settings, const struct driver_request *request,
                            struct kc_error *error)
{
    if (request->texts.count == 0)
        return KC_OK;
    if (!settings->tracks || request->texts.count > 2)
        return error_set(error, KC_ERROR_LIMIT, "text",
                         settings->tracks ? "The lock system writes two tracks, no more lines of text."
                                          : "The lock system writes no lines of text (see the option tracks).");
    struct buf tracks;
    buf_init(&tracks);
    int bad = irs_tracks_write(request->texts.items[0], request->texts.count > 1 ? request->texts.items[1] : "",
                               &tracks);
    buf_free(&tracks);
    return bad == 0 ? KC_OK
                    : error_set(error, KC_ERROR_LIMIT, "text",
                                "Track 1 takes %d characters of plain ASCII and track 2 takes %d.", IRS_TRACK_1,
                                IRS_TRACK_2);
}

int32_t irs_check_request(struct driver_link *link, const struct driver_request *request, struct kc_error *error)
{
    const struct settings *settings = &line_of(link)->settings;
    struct error_quoted quoted;
    if (!*driver_option_text(link, OPTION_PASSWORD))
        return error_set(error, KC_ERROR_NOT_OFFERED, "password",
                         "The option password is not set: the password of a Saflok operator who may make keys.");
    if (irs_encoder_number(link, request->encoder) < 0)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "encoder",
                         "The encoder \"%s\" has no number. Name it by its number in Saflok, 0 to 99, or give it one "
                         "by the option encoders.",
                         error_quote(&quoted, request->encoder));
    if (request->copies < 1 || request->copies > driver_option_number(link, OPTION_COPIES_AT_MOST))
        return error_set(error, KC_ERROR_LIMIT, "copies", "1 to %d cards can be made at once, not %d.",
                         (int)driver_option_number(link, OPTION_COPIES_AT_MOST), (int)request->copies);
    if (request->until.utc == 0)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "until", "No end of validity, which the lock system needs.");
    int32_t status = check_room(settings, request, error);
    if (status == KC_OK)
        status = check_areas(settings, request, error);
    return status == KC_OK ? check_tracks(settings, request, error) : status;
}

/* ---- Requests -------------------------------------------------------------------------------------------------- */

static struct irs_date date_of(const struct wall_time *wall)
{
    return (struct irs_date){wall->year, wall->month, wall->day, wall->hour, wall->minute};
}

/* Another number than that of the last request, whose answer may be late. */
static int32_t next_terminal(struct line *line, int32_t first)
{
    if (!line->settings.counting)
        return first;
    line->last_terminal = line->has_terminal ? (line->last_terminal + 1) % 1000 : first;
    line->has_terminal = true;
    return line->last_terminal;
}

static void put_tail(const struct settings *settings, const struct driver_request *request, struct irs_request *out)
{
    out->has_tail = settings->tail != TAIL_NONE;
    out->pass_option = settings->tail == TAIL_FLAGS || request->areas.count > 0 ? '1' : '0';
    for (size_t i = 0; i < request->areas.count; i++)
        out->passes |= IRS_PASS(text_number(request->areas.items[i], IRS_PASSES));
}

/* The first card of an original is a new key; every further one a duplicate, for a second new key would void it. */
static int32_t transaction_of(const struct driver_op *op)
{
    bool is_new = op->request->verb != KC_VERB_ISSUE_DUPLICATE && exchange_of(op)->made == 0;
    return (int32_t)driver_option_number(op->link, is_new ? OPTION_TRANSACTION_NEW : OPTION_TRANSACTION_DUPLICATE);
}

int32_t irs_compose(struct driver_op *op, struct kc_error *error)
{
    const struct driver_request *request = op->request;
    struct line *line = line_of(op->link);
    const struct settings *settings = &line->settings;
    struct exchange *exchange = exchange_of(op);
    struct irs_request out = {
        .to_station = (int32_t)driver_option_number(op->link, OPTION_TO_STATION),
        .from_station = (int32_t)driver_option_number(op->link, OPTION_FROM_STATION),
        .terminal = next_terminal(line, (int32_t)driver_option_number(op->link, OPTION_TERMINAL)),
        .transaction = transaction_of(op),
        .key_level = driver_option_text(op->link, OPTION_KEY_LEVEL)[0] - '0',
        .encoder = irs_encoder_number(op->link, request->encoder),
        .keys = settings->cards_in_one ? request->copies : 1,
        .check_out = date_of(&request->until.wall),
    };
    struct buf tracks;
    buf_init(&tracks);
    buf_clear(&exchange->body);
    int bad = irs_check_request(op->link, request, error) != KC_OK ? 1 : 0;
    if (!bad) {
        /* the lengths were checked */
        memcpy(out.password, driver_option_text(op->link, OPTION_PASSWORD),
               strlen(driver_option_text(op->link, OPTION_PASSWORD)));
        memcpy(out.led, driver_option_text(op->link, OPTION_LED), 2);
        memcpy(out.key_number, request->rooms.items[0], strlen(request->rooms.items[0]));
        out.expiry = out.check_out;
        irs_date_add(&out.expiry, settings->expiry_minutes);
        put_tail(settings, request, &out);
        if (request->texts.count > 0)
            bad = irs_tracks_write(request->texts.items[0], request->texts.count > 1 ? request->texts.items[1] : "",
                                   &tracks);
        out.tracks = tracks.length > 0 ? buf_text(&tracks) : NULL;
        bad = bad || irs_request_write(&out, settings->width, &exchange->body) != 0;
        if (bad)
            error_set(error, KC_ERROR_INVALID_ARGUMENT, "until",
                      "The end of validity, or the expiry that follows from "
                      "it, cannot be sent: years go from 2000 to 2099.");
    }
    if (tracks.failed || exchange->body.failed) {
        error_set(error, KC_ERROR_NO_MEMORY, "", "Memory is used up.");
        bad = 1;
    }
    buf_free(&tracks);
    exchange->terminal = out.terminal;
    error->card_state = KC_OUTCOME_NOT_WRITTEN;
    return bad ? error->code : KC_OK;
}
