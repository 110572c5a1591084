/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is put on a card, and what a card that was read says: an open key, the bytes of another lock system, or the
 * caller's own tracks. */
#include <stdio.h>
#include <string.h>

#include "state.h"
#include "util/arena.h"

/* ---- Checks --------------------------------------------------------------------------------------------------------
 */

static int32_t check_texts(const struct driver_request *request, struct kc_error *error)
{
    struct msr_track track;
    size_t at = 0;
    bool any = false;
    for (size_t i = 0; i < request->texts.count && i < MSR_TRACKS; i++) {
        any = any || *request->texts.items[i];
        if (!msr_track_set(i, request->texts.items[i], &track, &at))
            return error_set(
                error, KC_ERROR_LIMIT, "text",
                "Track %zu takes %zu characters%s; that of line %zu at %zu is not one of them.", i + 1, msr_room(i),
                i == 0 ? " from blank to _ without % and ?, so no small letters" : " of 0123456789:<=>", i + 1, at + 1);
    }
    return any ? KC_OK
               : error_set(error, KC_ERROR_INVALID_ARGUMENT, "text",
                           "Nothing to write: give the tracks as lines of text (option content=tracks).");
}

/* "%...?;...?;...?": what a track does not have is left out, but for ";?" where track 3 follows an empty track 2. */
static bool parse_text(const uint8_t *bytes, size_t count, struct msr_tracks *tracks)
{
    char text[MSR_TRACK_MOST + 1];
    bool any = false;
    size_t at = 0, wrong;
    for (size_t track = 0; track < MSR_TRACKS && at < count; track++) {
        const uint8_t *end = memchr(bytes + at, MSR_END, count - at);
        if (bytes[at] != (track == 0 ? '%' : ';')) {
            if (track > 0)
                return false;
            continue; /* track 1 is left out */
        }
        size_t length = end ? (size_t)(end - (bytes + at)) - 1 : sizeof(text);
        if (length >= sizeof(text) || memchr(bytes + at + 1, '\0', length))
            return false;
        memcpy(text, bytes + at + 1, length);
        text[length] = '\0';
        if (!msr_track_set(track, text, &tracks->track[track], &wrong))
            return false;
        any = any || length > 0;
        at += length + 2;
    }
    return any && at == count;
}

static int32_t take_image(const struct settings *settings, const struct driver_request *request,
                          struct msr_tracks *tracks, struct kc_error *error)
{
    struct msr_track *track = &tracks->track[settings->image_track];
    memset(tracks, 0, sizeof(*tracks));
    if (!settings->image_bits)
        return parse_text(request->image, request->image_size, tracks)
                   ? KC_OK
                   : error_set(error, KC_ERROR_INVALID_ARGUMENT, "image",
                               "The bytes are not the text of tracks, %%...?;...?;...? with the characters that each "
                               "of them takes (option image-form).");
    if (request->image_size == 0 || request->image_size > MSR_TRACK_MOST)
        return error_set(error, KC_ERROR_LIMIT, "image", "A track takes 1 to %d bytes, not %zu (option image-form).",
                         MSR_TRACK_MOST, request->image_size);
    memcpy(track->bytes, request->image, request->image_size);
    track->length = request->image_size;
    track->state = MSR_TRACK_DATA;
    return KC_OK;
}

static int32_t check_image(const struct settings *settings, const struct driver_request *request,
                           struct kc_error *error)
{
    struct msr_tracks tracks;
    if (*request->card_serial)
        return error_set(error, KC_ERROR_NOT_OFFERED, "card-serial", "A magnetic stripe has no serial number.");
    return take_image(settings, request, &tracks, error);
}

/* A start that is past need not stand on the card, which has little room for long stays. */
static struct driver_request without_past(const struct driver_link *link, const struct driver_request *request)
{
    struct driver_request shown = *request;
    if (shown.from.utc <= driver_clock(link))
        shown.from = (struct moment){0};
    return shown;
}

int32_t stripe_check(struct driver_link *link, const struct driver_request *request, struct kc_error *error)
{
    const struct settings *settings = &line_of(link)->settings;
    if (request->verb == KC_VERB_WRITE_IMAGE)
        return check_image(settings, request, error);
    if (settings->content == CONTENT_OPEN_KEY && !settings->has_site)
        return error_set(error, KC_ERROR_NOT_OFFERED, "site-key",
                         "The options site-number and site-key are not set, which open keys need.");
    if (request->verb == KC_VERB_READ_CARD)
        return KC_OK;
    if (request->verb == KC_VERB_ISSUE_ONE_SHOT && request->copies > 1)
        return error_set(error, KC_ERROR_LIMIT, "copies",
                         "A key that opens once is one card: copies of it would open as often.");
    if (settings->content == CONTENT_TRACKS)
        return check_texts(request, error);
    if (settings->content != CONTENT_OPEN_KEY)
        return KC_OK;
    const struct driver_request shown = without_past(link, request);
    return open_key_check_stripe(&shown, error);
}

/* ---- Writing -------------------------------------------------------------------------------------------------------
 */

static int32_t compose_open_key(const struct driver_op *op, struct msr_tracks *tracks, struct kc_error *error)
{
    struct open_key key;
    char digits[OPEN_KEY_STRIPE_LENGTH + 1];
    size_t at;
    const struct driver_request shown = without_past(op->link, op->request);
    int32_t status = open_key_from_request(&shown, &key, error);
    if (status == KC_OK && key.kind == KC_KIND_ORIGINAL && job_of(op)->made > 0)
        key.kind = KC_KIND_DUPLICATE; /* the first card is the original */
    if (status == KC_OK)
        status = open_key_write_stripe(&line_of(op->link)->settings.site, &key, digits, error);
    if (status == KC_OK && !msr_track_set(1, digits, &tracks->track[1], &at))
        status = error_set(error, KC_ERROR_LIMIT, "", "The open key does not fit track 2.");
    memset(&key, 0, sizeof(key));
    return status;
}

static int32_t compose_texts(const struct driver_request *request, struct msr_tracks *tracks, struct kc_error *error)
{
    size_t at;
    int32_t status = check_texts(request, error);
    for (size_t i = 0; status == KC_OK && i < request->texts.count && i < MSR_TRACKS; i++)
        msr_track_set(i, request->texts.items[i], &tracks->track[i], &at);
    return status;
}

int32_t stripe_compose(struct driver_op *op, struct msr_tracks *tracks, struct kc_error *error)
{
    const struct settings *settings = &line_of(op->link)->settings;
    memset(tracks, 0, sizeof(*tracks));
    int32_t status = op->request->verb == KC_VERB_WRITE_IMAGE ? take_image(settings, op->request, tracks, error)
                     : settings->content == CONTENT_TRACKS    ? compose_texts(op->request, tracks, error)
                                                              : compose_open_key(op, tracks, error);
    error->card_state = KC_OUTCOME_NOT_WRITTEN;
    return status;
}

/* ---- Comparing -----------------------------------------------------------------------------------------------------
 */

static bool holds_track(bool raw, size_t number, const struct msr_track *wanted, const struct msr_track *got)
{
    char text[MSR_TRACK_MOST + 1];
    if (raw)
        return msr_same_stream(wanted->bytes, wanted->length, got->bytes, got->length);
    return msr_track_content(number, got, text) && strlen(text) == wanted->length &&
           memcmp(text, wanted->bytes, wanted->length) == 0;
}

/* Not what it holds in full: that may open a door. */
static void describe(const struct driver_op *op, const struct msr_tracks *tracks, size_t number, char *out, size_t size)
{
    const struct settings *settings = &line_of(op->link)->settings;
    const struct msr_track *got = &tracks->track[number];
    char text[MSR_TRACK_MOST + 1];
    struct open_key key;
    struct kc_error ignored = {0};
    if (got->state == MSR_TRACK_EMPTY)
        snprintf(out, size, "has nothing on track %zu", number + 1);
    else if (got->state == MSR_TRACK_UNREADABLE)
        snprintf(out, size, "has a track %zu that cannot be read", number + 1);
    else if (settings->content == CONTENT_OPEN_KEY && msr_track_content(number, got, text) &&
             open_key_read_stripe(&settings->site, text, &key, &ignored) == KC_OK)
        snprintf(out, size, "holds another key of this property: %s for room %.*s", kc_kind_name(key.kind),
                 OPEN_KEY_STRIPE_ROOM_LENGTH, key.rooms[0]);
    else
        snprintf(out, size, "holds something else on track %zu (%zu %s)", number + 1, got->length,
                 job_of(op)->raw ? "bytes" : "characters with sentinels");
}

bool stripe_holds(const struct driver_op *op, const struct msr_answer *answer, char *instead, size_t size)
{
    const struct msr_tracks *wanted = &job_of(op)->wanted;
    for (size_t i = 0; i < MSR_TRACKS; i++) {
        if (wanted->track[i].state != MSR_TRACK_DATA)
            continue;
        if (!holds_track(job_of(op)->raw, i, &wanted->track[i], &answer->tracks.track[i])) {
            describe(op, &answer->tracks, i, instead, size);
            return false;
        }
    }
    return true;
}

/* ---- Reading -------------------------------------------------------------------------------------------------------
 */

static int32_t take_open_key(struct driver_op *op, const struct msr_track *track, struct kc_error *error)
{
    struct open_key key;
    struct arena arena;
    char text[MSR_TRACK_MOST + 1];
    struct driver_card card = {.key_state = KC_KEY_ACTIVE, .operator_name = "", .serial = "", .text = ""};
    if (!msr_track_content(1, track, text))
        return error_set(error, KC_ERROR_CARD_FORMAT, "",
                         track->state == MSR_TRACK_EMPTY ? "There is nothing on track 2 of the card."
                                                         : "Track 2 of the card cannot be read.");
    int32_t status = open_key_read_stripe(&line_of(op->link)->settings.site, text, &key, error);
    if (status != KC_OK)
        return status;
    arena_init(&arena);
    if (open_key_lists(&key, &arena, &card.rooms, &card.areas) != 0) {
        arena_free(&arena);
        return error_no_memory(error);
    }
    card.kind = key.kind;
    if (key.from_utc)
        card.from = driver_site_wall(op->link, key.from_utc);
    card.until = driver_site_wall(op->link, key.until_utc);
    driver_op_card(op, &card);
    arena_free(&arena);
    return KC_OK;
}

/* As the caller gives images: %...?;...?;...?, or the bits of one track. */
static void put_image(const struct settings *settings, const struct msr_tracks *tracks, struct buf *out)
{
    if (settings->image_bits && settings->content == CONTENT_IMAGE) {
        const struct msr_track *track = &tracks->track[settings->image_track];
        for (size_t i = 0; i < track->length; i++)
            buf_append_byte(out, msr_reverse(track->bytes[i]));
        return;
    }
    for (size_t i = 0; i < MSR_TRACKS; i++) {
        const struct msr_track *track = &tracks->track[i];
        if (track->state == MSR_TRACK_DATA)
            buf_append(out, track->bytes, track->length);
        else if (i == 1 && tracks->track[2].state == MSR_TRACK_DATA)
            buf_append_text(out, ";?");
    }
}

/* The card is not the library's: its tracks are handed on as they are. */
static int32_t take_tracks(struct driver_op *op, const struct msr_tracks *tracks, struct kc_error *error)
{
    static const struct driver_card card = {
        .kind = KC_KIND_UNKNOWN, .key_state = KC_KEY_ACTIVE, .operator_name = "", .serial = "", .text = ""};
    struct buf image = {0};
    put_image(&line_of(op->link)->settings, tracks, &image);
    bool failed = image.failed, blank = image.length == 0;
    if (!failed && !blank) {
        driver_op_image(op, image.data, image.length, "");
        driver_op_card(op, &card);
    }
    buf_free(&image);
    if (failed)
        return error_no_memory(error);
    return blank ? error_set(error, KC_ERROR_CARD_FORMAT, "", "The card is blank.") : KC_OK;
}

int32_t stripe_take_card(struct driver_op *op, const struct msr_answer *answer, struct kc_error *error)
{
    if (line_of(op->link)->settings.content == CONTENT_OPEN_KEY)
        return take_open_key(op, &answer->tracks.track[1], error);
    return take_tracks(op, &answer->tracks, error);
}
