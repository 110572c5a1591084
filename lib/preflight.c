/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything that can be checked before anything is sent: limits, character sets, times, policies. Fills the request
 * that the driver gets. Loss is never silent: refused, or adapted with a warning. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "op.h"

static bool needs_validity(int32_t verb)
{
    return verb == KC_VERB_ISSUE_ORIGINAL || verb == KC_VERB_ISSUE_DUPLICATE || verb == KC_VERB_REISSUE ||
           verb == KC_VERB_SEND_MOBILE || verb == KC_VERB_MODIFY_STAY;
}

static bool makes_key(int32_t verb)
{
    return verb == KC_VERB_ISSUE_ORIGINAL || verb == KC_VERB_ISSUE_DUPLICATE || verb == KC_VERB_REISSUE ||
           verb == KC_VERB_ISSUE_ONE_SHOT || verb == KC_VERB_SEND_MOBILE;
}

static bool needs_room(int32_t verb)
{
    return verb_is_of_stay(verb);
}

static const char *mapped(const struct name_map *map, const char *name)
{
    const char *lock_name = name_map_find(map, name);
    return lock_name ? lock_name : name;
}

/* The map may change while the operation waits, so it gets names of its own. */
static int32_t copy_mapped(struct kc_op *op, const struct name_map *map, const struct strings *from, struct strings *to,
                           struct kc_error *error)
{
    if (!from->count)
        return KC_OK;
    const char **items = arena_alloc(&op->arena, from->count * sizeof(*items));
    for (size_t i = 0; items && i < from->count; i++)
        if (!(items[i] = arena_text(&op->arena, mapped(map, from->items[i]))))
            return error_no_memory(error);
    *to = (struct strings){items, from->count};
    return items ? KC_OK : error_no_memory(error);
}

/* Names that must arrive as they are: too long or in other characters is refused, never adapted. */
static int32_t map_names(struct kc_op *op, const struct name_map *map, const struct strings *from, size_t longest,
                         const char *field, struct strings *to, struct kc_error *error)
{
    int32_t status;
    struct error_quoted quoted;
    *to = *from;
    if (map->count && (status = copy_mapped(op, map, from, to, error)) != KC_OK)
        return status;
    for (size_t i = 0; i < to->count; i++) {
        const char *item = to->items[i];
        size_t length;
        bool ascii = text_is_ascii(item, &length);
        if (longest && length > longest && (ascii || text_length(item) > longest))
            return error_set(error, KC_ERROR_LIMIT, field, "\"%s\" is longer than the %zu characters that %s takes.",
                             error_quote(&quoted, item), longest, op->system->link.driver->label);
        if (!ascii && !text_fits(item, op->system->profile.limits.charset))
            return error_set(error, KC_ERROR_LIMIT, field, "\"%s\" has characters that %s does not take.",
                             error_quote(&quoted, item), op->system->link.driver->label);
    }
    return KC_OK;
}

/* Text for people: transliterated or cut with a warning, or refused, as the site says. */
static int32_t adapt_text(struct kc_op *op, const char *text, int32_t longest, const char *field, const char **out,
                          struct kc_error *error)
{
    enum text_charset charset = op->system->profile.limits.charset;
    size_t length;
    *out = text;
    bool ascii = text_is_ascii(text, &length);
    if (ascii && length <= (size_t)longest)
        return KC_OK;
    bool too_long = text_length(text) > (size_t)longest;
    if (!too_long && text_fits(text, charset))
        return KC_OK;
    if (op->site->policies[POLICY_TEXT] == TEXT_POLICY_REFUSE)
        return too_long
                   ? error_set(error, KC_ERROR_LIMIT, field, "The %s is longer than the %d characters that %s takes.",
                               field, longest, op->system->link.driver->label)
                   : error_set(error, KC_ERROR_LIMIT, field, "The %s has characters that %s does not take.", field,
                               op->system->link.driver->label);
    struct buf buf = {0};
    if (text_adapt(op->context->adapter, text, charset, &buf) != 0 || buf.failed) {
        buf_free(&buf);
        return error_no_memory(error);
    }
    char *adapted = arena_alloc(&op->arena, buf.length + 1);
    if (adapted)
        memcpy(adapted, buf.data, buf.length);
    buf_free(&buf);
    if (!adapted)
        return error_no_memory(error);
    text_cut(adapted, (size_t)longest);
    *out = adapted;
    if (op_warn(op, field, text, adapted, "The %s was adapted to what %s takes%s.", field,
                op->system->link.driver->label, too_long ? " and cut" : "") != KC_OK)
        return error_no_memory(error);
    return KC_OK;
}

static int32_t check_counts(struct kc_op *op, struct kc_error *error)
{
    const struct driver_limits *limits = &op->system->profile.limits;
    const char *label = op->system->link.driver->label;
    if (op->want.rooms.count > (size_t)limits->rooms && verb_is_of_stay(op->verb))
        return error_set(error, KC_ERROR_LIMIT, "rooms", "%zu rooms are more than the %d that %s takes.",
                         op->want.rooms.count, limits->rooms, label);
    if (op->want.copies > limits->copies)
        return error_set(error, KC_ERROR_LIMIT, "copies", "%d cards are more than the %d that %s makes at once.",
                         op->want.copies, limits->copies, label);
    if (op->want.copies > 1 && *op->want.card_serial)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "copies",
                         "A serial number is that of one card, so %d cards cannot be made with it.", op->want.copies);
    if (op->want.areas.count && limits->areas == 0)
        return error_set(error, KC_ERROR_LIMIT, "areas", "%s takes no areas.", label);
    if (op->want.denied.count && !system_can(op->system, KC_CAPABILITY_DENY_AREAS))
        return error_set(error, KC_ERROR_NOT_OFFERED, "areas", "%s cannot deny areas.", label);
    if (op->want.texts.count && !limits->text_lines)
        return error_set(error, KC_ERROR_LIMIT, "text", "%s takes no text on the card.", label);
    if (op->want.texts.count > (size_t)limits->text_lines)
        return error_set(error, KC_ERROR_LIMIT, "text", "%zu lines of text are more than the %d that %s takes.",
                         op->want.texts.count, limits->text_lines, label);
    if (*op->want.message && limits->message_length == 0)
        return error_set(error, KC_ERROR_LIMIT, "message", "%s takes no message with a mobile key.", label);
    return KC_OK;
}

/* An area that is a number beyond the highest one; what else an area may be is the driver's to say. */
static int32_t check_areas(struct kc_op *op, const struct strings *areas, struct kc_error *error)
{
    const char digits[] = "0123456789";
    int32_t highest = op->system->profile.limits.areas;
    for (size_t i = 0; i < areas->count; i++) {
        struct error_quoted quoted;
        const char *area = areas->items[i];
        size_t length = strspn(area, digits);
        if (area[length] || length == 0 || area[0] == '0')
            continue;
        if (length > 9 || strtol(area, NULL, 10) > highest)
            return error_set(error, KC_ERROR_LIMIT, "areas",
                             "The area \"%s\" is beyond %d, the highest number of an area that %s takes.",
                             error_quote(&quoted, area), (int)highest, op->system->link.driver->label);
    }
    return KC_OK;
}

static int32_t take_names(struct kc_op *op, struct kc_error *error)
{
    const struct driver_limits *limits = &op->system->profile.limits;
    int32_t status = map_names(op, &op->system->rooms, &op->want.rooms, (size_t)limits->room_length, "rooms",
                               &op->request.rooms, error);
    if (status == KC_OK)
        status = map_names(op, &op->system->areas, &op->want.areas, 0, "areas", &op->request.areas, error);
    if (status == KC_OK)
        status = map_names(op, &op->system->areas, &op->want.denied, 0, "areas", &op->request.denied, error);
    if (status == KC_OK)
        status = check_areas(op, &op->request.areas, error);
    if (status == KC_OK)
        status = check_areas(op, &op->request.denied, error);
    if (status == KC_OK && !text_fits(op->request.encoder, limits->charset))
        status = error_set(error, KC_ERROR_LIMIT, "encoder", "The encoder's name has characters that %s does not take.",
                           op->system->link.driver->label);
    return status;
}

static int32_t take_texts(struct kc_op *op, struct kc_error *error)
{
    const struct driver_limits *limits = &op->system->profile.limits;
    struct driver_request *request = &op->request;
    int32_t status = KC_OK;
    request->guest = request->operator_name = request->message = "";
    if (limits->guest_length)
        status = adapt_text(op, op->want.guest, limits->guest_length, "guest", &request->guest, error);
    if (status == KC_OK && limits->operator_length)
        status = adapt_text(op, op->want.operator_name, limits->operator_length, "operator", &request->operator_name,
                            error);
    if (status == KC_OK && limits->message_length)
        status = adapt_text(op, op->want.message, limits->message_length, "message", &request->message, error);
    if (status != KC_OK || !op->want.texts.count)
        return status;
    const char **lines = arena_alloc(&op->arena, op->want.texts.count * sizeof(*lines));
    if (!lines)
        return error_no_memory(error);
    for (size_t i = 0; i < op->want.texts.count && status == KC_OK; i++)
        status = adapt_text(op, op->want.texts.items[i], limits->text_length, "text", &lines[i], error);
    request->texts = (struct strings){lines, op->want.texts.count};
    return status;
}

/* An e-mail address given to a phone-only lock system is an error at once, not a message that never arrives. */
static int32_t take_contact(struct kc_op *op, struct kc_error *error)
{
    const char *label = op->system->link.driver->label;
    const char *phone = op->want.phone, *email = op->want.email;
    op->request.phone = phone;
    op->request.email = email;
    if (op->verb == KC_VERB_CANCEL_KEY || op->verb == KC_VERB_CHECK_MOBILE)
        return KC_OK; /* of the key that it is about */
    if (*email && !system_can(op->system, KC_CAPABILITY_EMAIL))
        return error_set(error, KC_ERROR_CONTACT, "email",
                         system_can(op->system, KC_CAPABILITY_PHONE) ? "%s sends mobile keys to phone numbers only."
                                                                     : "%s takes no e-mail address.",
                         label);
    if (*phone && (op->system->withheld & DRIVER_CAN(KC_CAPABILITY_PHONE)))
        return error_set(error, KC_ERROR_CONTACT, "phone", "%s: the lock system said itself that it takes none.",
                         label);
    if (*phone && !system_can(op->system, KC_CAPABILITY_PHONE))
        return error_set(error, KC_ERROR_CONTACT, "phone",
                         op->system->link.driver->profile.capabilities & DRIVER_CAN(KC_CAPABILITY_PHONE)
                             ? "%s takes no phone number with its present options."
                             : "%s takes no phone number.",
                         label);
    if ((*phone || *email) && !system_can(op->system, KC_CAPABILITY_MOBILE))
        return error_set(error, KC_ERROR_NOT_OFFERED, *phone ? "phone" : "email",
                         "%s sends no mobile keys with its present options.", label);
    if (op->want.return_image && !system_can(op->system, KC_CAPABILITY_KEY_IMAGE))
        return error_set(error, KC_ERROR_NOT_OFFERED, "return-image",
                         "%s returns no key images with its present options.", label);
    if (op->verb == KC_VERB_SEND_MOBILE && !*phone && !*email && !op->want.return_image)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "phone", "A mobile key needs %s.",
                         system_can(op->system, KC_CAPABILITY_EMAIL) ? "a phone number or an e-mail address"
                                                                     : "a phone number");
    return KC_OK;
}

/* ---- Times ----------------------------------------------------------------------------------------------------- */

static int32_t warn_of_night(struct kc_op *op, const char *field, enum moment_note note, const struct moment *moment,
                             struct kc_error *error)
{
    char text[MOMENT_TEXT_SIZE];
    if (note == MOMENT_EXACT)
        return KC_OK;
    moment_format(op->site->zone, moment->utc, text);
    int32_t status = op_warn(op, field, "", text,
                             note == MOMENT_GAP ? "The time does not exist in this daylight-saving night; %s was taken."
                                                : "The time exists twice in this daylight-saving night; %s was taken.",
                             text);
    return status == KC_OK ? KC_OK : error_no_memory(error);
}

static int32_t round_moment(struct kc_op *op, struct moment *moment, enum moment_edge edge, struct kc_error *error)
{
    int32_t minutes = op->system->profile.limits.minutes;
    const char *field = edge == MOMENT_FROM ? "from" : "until";
    if (!moment->utc || minutes <= 1 || moment->wall.minute % minutes == 0)
        return KC_OK;
    char before[MOMENT_TEXT_SIZE], after[MOMENT_TEXT_SIZE];
    moment_format(op->site->zone, moment->utc, before);
    int32_t policy = op->site->policies[POLICY_MINUTES];
    /* A start that nobody named is now: rounding it down costs nothing. */
    bool unnamed = edge == MOMENT_FROM && !op->want.from.utc;
    if (policy == MINUTES_REFUSE && !unnamed)
        return error_set(
            error, KC_ERROR_LIMIT, field,
            "%s knows times in steps of %d minutes only, and %s is between two. Change it, or the policy minutes.",
            op->system->link.driver->label, minutes, before);
    bool outward = policy != MINUTES_INWARD || unnamed;
    bool up = outward == (edge == MOMENT_UNTIL);
    if (!moment_round(op->site->zone, moment, minutes, up, edge) || unnamed)
        return KC_OK;
    moment_format(op->site->zone, moment->utc, after);
    return op_warn(op, field, before, after, "%s knows times in steps of %d minutes only: %s became %s.",
                   op->system->link.driver->label, minutes, before, after) == KC_OK
               ? KC_OK
               : error_no_memory(error);
}

static bool is_later_day(const struct wall_time *a, const struct wall_time *b)
{
    if (a->year != b->year)
        return a->year > b->year;
    if (a->month != b->month)
        return a->month > b->month;
    return a->day > b->day;
}

static int32_t check_start(struct kc_op *op, const struct moment *now, struct kc_error *error)
{
    struct moment *from = &op->request.from;
    bool early = is_later_day(&from->wall, &now->wall);
    if (early && op->site->policies[POLICY_EARLY_ISSUE] == EARLY_REFUSE)
        return error_set(error, KC_ERROR_POLICY, "from",
                         "The site allows no keys before the arrival day, %04d-%02d-%02d.", from->wall.year,
                         from->wall.month, from->wall.day);
    if (op->system->profile.limits.start || from->utc <= now->utc)
        return KC_OK;
    bool day = op->system->profile.limits.start_day;
    if (op->site->policies[POLICY_START] == START_REFUSE)
        return error_set(
            error, KC_ERROR_LIMIT, "from",
            day ? "%s transmits the date of the start but not its time, so the key may open earlier. Make it later, or "
                  "change the policy start."
                : "%s transmits no start, so the key would open at once. Make it later, or change the policy start.",
            op->system->link.driver->label);
    char text[MOMENT_TEXT_SIZE];
    moment_format(op->site->zone, from->utc, text);
    return op_warn(op, "from", text, "",
                   day ? "%s transmits only the date of the start: the key may open earlier than %s."
                       : "%s transmits no start: the key opens at once, not from %s.",
                   op->system->link.driver->label, text) == KC_OK
               ? KC_OK
               : error_no_memory(error);
}

static const char *until_text(const struct kc_op *op, char out[MOMENT_TEXT_SIZE])
{
    moment_format(op->site->zone, op->request.until.utc, out);
    return out;
}

static int32_t check_end(struct kc_op *op, const struct moment *now, struct kc_error *error)
{
    const struct moment *until = &op->request.until, *from = &op->request.from;
    char text[MOMENT_TEXT_SIZE];
    if (!until->utc)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "until", "The end of validity is missing.");
    if (until->utc <= now->utc)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "until", "The end of validity, %s, is past.",
                         until_text(op, text));
    if (from->utc && until->utc <= from->utc)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "until", "The end of validity, %s, is not after its start.",
                         until_text(op, text));
    if (until->wall.year > op->system->profile.limits.last_year)
        return error_set(error, KC_ERROR_LIMIT, "until", "%s knows dates up to the year %d only, not %s.",
                         op->system->link.driver->label, op->system->profile.limits.last_year, until_text(op, text));
    return KC_OK;
}

static int32_t take_validity(struct kc_op *op, struct kc_error *error)
{
    /* some lock systems want that of a one-shot key, and those that do not leave it out */
    bool wanted = op->verb == KC_VERB_ISSUE_ONE_SHOT && op->want.until.utc;
    if (!needs_validity(op->verb) && !wanted)
        return KC_OK;
    const struct site_now *now = site_now(op->site);
    if (!now->known)
        return error_set(error, KC_ERROR_SYSTEM, "",
                         "The clock of this computer says %s, which cannot be: set it, then try again.", now->text);
    op->request.from = op->want.from.utc || op->verb == KC_VERB_MODIFY_STAY ? op->want.from : now->moment;
    op->request.until = op->want.until;
    if (op->verb == KC_VERB_MODIFY_STAY && !op->want.until.utc)
        return KC_OK;
    int32_t status = warn_of_night(op, "from", op->want.from_note, &op->want.from, error);
    if (status == KC_OK)
        status = warn_of_night(op, "until", op->want.until_note, &op->want.until, error);
    if (status == KC_OK)
        status = round_moment(op, &op->request.from, MOMENT_FROM, error);
    if (status == KC_OK)
        status = round_moment(op, &op->request.until, MOMENT_UNTIL, error);
    if (status == KC_OK)
        status = check_end(op, &now->moment, error);
    if (status == KC_OK && op->request.from.utc)
        status = check_start(op, &now->moment, error);
    return status;
}

int32_t preflight(struct kc_op *op, struct kc_error *error)
{
    struct driver_request *request = &op->request;
    request->verb = op->verb;
    request->return_image = op->want.return_image;
    request->copies = op->want.copies;
    request->encoder = op->encoder->name;
    request->booking = op->want.booking;
    request->station = op->want.station;
    request->card_serial = op->want.card_serial;
    request->operation = "";
    request->image = op->want.image;
    request->image_size = op->want.image_size;
    if (!request->room_before)
        request->room_before = "";
    if (needs_room(op->verb) && !op->want.rooms.count)
        return error_set(error, KC_ERROR_NO_ROOM, "rooms",
                         makes_key(op->verb) ? "No room is allocated to the booking: no room, no key."
                                             : "The ledger knows no original of this booking; name the room.");
    int32_t status = check_counts(op, error);
    if (status == KC_OK)
        status = take_names(op, error);
    if (status == KC_OK)
        status = take_contact(op, error);
    if (status == KC_OK)
        status = take_texts(op, error);
    if (status == KC_OK)
        status = take_validity(op, error);
    const struct driver *driver = op->system->link.driver;
    if (status == KC_OK && driver->check)
        status = driver->check(&op->system->link, request, error);
    return status;
}

int32_t preflight_again(struct kc_op *op, struct kc_error *error)
{
    const struct driver *driver = op->system->link.driver;
    return driver->check && !driver->fixed_check ? driver->check(&op->system->link, op->driver.request, error) : KC_OK;
}
