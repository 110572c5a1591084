/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of `virtual:`; see options.h. */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#define ENCODERS_MAX      1000
#define ENCODER_NAME_MAX  100
#define ON_OFF(what)      "on", "on,off", what
#define CAPABILITY(which) [OPTION_CAPABILITY + KC_CAPABILITY_##which - KC_CAPABILITY_ORIGINAL]

const struct driver_option virtual_options[OPTION_COUNT] = {
    [OPTION_ENCODERS] = {"encoders", "Desk 1;Desk 2", "text", "Names of the encoders, separated by ';'."},
    [OPTION_HAND] = {"hand", "0", "0..3600000",
                     "Milliseconds until a person has put each card on the encoder; 0: at once, without prompts."},
    [OPTION_SCRIPT] = {"script", "", "text",
                       "Faults, FAULT[:ARGUMENT][@REQUEST] separated by ',': busy, offline, no-card, card, "
                       "error:STATUS, vendor:CODE, silent, silent-after, drop, drop-after, late:MS."},
    [OPTION_ANSWER_TIMEOUT] = {"answer-timeout", "60000", "1..3600000",
                               "Milliseconds to wait for the answer to each card."},
    [OPTION_REQUESTS_IN_FLIGHT] = {"requests-in-flight", "per-encoder", "per-encoder,one",
                                   "Whether the encoders work at the same time or the link takes one request."},
    [OPTION_DELIVERY] = {"arrival", "at-once", "at-once,later,never,failed",
                         "When a mobile key reaches its phone; later: when it is asked for."},
    [OPTION_ROOMS] = {"rooms", "16", "0..16", "Rooms on one key."},
    [OPTION_ROOM_LENGTH] = {"room-length", "100", "1..100", "Characters of a room name."},
    [OPTION_AREAS] = {"areas", "64", "0..9999", "The highest area number; areas with other names are taken as well."},
    [OPTION_GUEST_LENGTH] = {"guest-length", "400", "0..400", "Characters of the guest's name."},
    [OPTION_OPERATOR_LENGTH] = {"operator-length", "100", "0..100", "Characters of the operator."},
    [OPTION_TEXT_LINES] = {"text-lines", "8", "0..8", "Lines of text on the card."},
    [OPTION_TEXT_LENGTH] = {"text-length", "400", "0..400", "Characters of such a line."},
    [OPTION_MESSAGE_LENGTH] = {"message-length", "1000", "0..1000", "Characters of the message with a mobile key."},
    [OPTION_COPIES] = {"copies", "99", "1..99", "Cards in one request."},
    [OPTION_MINUTES] = {"minutes", "1", "1,5,15,30,60", "Granularity of times in minutes."},
    [OPTION_LAST_YEAR] = {"last-year", "2099", "2000..2099", "The furthest year."},
    [OPTION_START] = {"start", ON_OFF("Whether the start of validity is taken; off: keys are valid at once.")},
    [OPTION_CHARSET] = {"charset", "utf8", "utf8,latin1,ascii", "Characters that texts may have."},
    CAPABILITY(ORIGINAL) = {"original", ON_OFF("Makes originals.")},
    CAPABILITY(DUPLICATE) = {"duplicate", ON_OFF("Makes duplicates.")},
    CAPABILITY(ONE_SHOT) = {"one-shot", ON_OFF("Makes keys that open once.")},
    CAPABILITY(MOBILE) = {"mobile", ON_OFF("Sends mobile keys.")},
    CAPABILITY(READ) = {"read", ON_OFF("Reads cards.")},
    CAPABILITY(CHECK_OUT) = {"check-out", ON_OFF("Checks rooms out.")},
    CAPABILITY(CANCEL_KEY) = {"cancel-key", ON_OFF("Cancels single keys.")},
    CAPABILITY(MODIFY_STAY) = {"modify-stay", ON_OFF("Changes stays without new cards.")},
    CAPABILITY(KEY_IMAGE) = {"key-image", ON_OFF("Returns mobile keys as bytes.")},
    CAPABILITY(PHONE) = {"phone", ON_OFF("Takes phone numbers for mobile keys.")},
    CAPABILITY(EMAIL) = {"email", ON_OFF("Takes e-mail addresses for mobile keys.")},
    CAPABILITY(DENY_AREAS) = {"deny-areas", ON_OFF("Takes areas that the room would bring along but must not.")},
    CAPABILITY(CARD_SERIAL) = {"card-serial", ON_OFF("Returns the serial numbers of cards.")},
    CAPABILITY(LIST_ENCODERS) = {"list-encoders", ON_OFF("Tells its encoders itself.")},
    CAPABILITY(BLOCK_STAY) = {"block-stay", ON_OFF("Blocks the keys of a stay and unblocks them.")},
    CAPABILITY(CARD_IMAGE) = {"card-image", ON_OFF("Returns the keys of cards as bytes.")},
    CAPABILITY(DELIVERY) = {"delivery", ON_OFF("Tells whether a mobile key arrived.")},
    CAPABILITY(WRITE_IMAGE) = {"write-image", ON_OFF("Writes keys that came as bytes.")},
};

/* ---- Encoders -------------------------------------------------------------------------------------------------- */

static int32_t read_encoder(const char *name, const char **names, size_t before, struct kc_error *error)
{
    struct error_quoted quoted;
    if (name == NULL)
        return error_set(error, KC_ERROR_NO_MEMORY, "encoders", "no memory for the names of the encoders");
    if (name[0] == '\0' || text_check(name, ENCODER_NAME_MAX, false, NULL) != TEXT_GOOD)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "encoders",
                         "\"%s\" is no name of an encoder; give 1 to %d characters", error_quote(&quoted, name),
                         ENCODER_NAME_MAX);
    for (size_t i = 0; i < before; i++) {
        if (strcmp(names[i], name) == 0)
            return error_set(error, KC_ERROR_INVALID_ARGUMENT, "encoders", "the encoder \"%s\" is named twice",
                             error_quote(&quoted, name));
    }
    names[before] = name;
    return KC_OK;
}

static int32_t read_encoders(struct arena *arena, const char *text, struct strings *encoders, struct kc_error *error)
{
    *encoders = (struct strings){NULL, 0};
    if (text[0] == '\0')
        return KC_OK;
    size_t count = 1;
    for (const char *at = strchr(text, ';'); at != NULL; at = strchr(at + 1, ';'))
        count++;
    if (count > ENCODERS_MAX)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "encoders", "%zu encoders are more than %d", count,
                         ENCODERS_MAX);
    const char **names = arena_alloc(arena, count * sizeof *names);
    if (names == NULL)
        return error_set(error, KC_ERROR_NO_MEMORY, "encoders", "no memory for the names of the encoders");
    for (size_t i = 0; i < count; i++) {
        size_t length = strcspn(text, ";");
        int32_t status = read_encoder(arena_text_n(arena, text, length), names, i, error);
        if (status != KC_OK)
            return status;
        text += length + 1;
    }
    *encoders = (struct strings){names, count};
    return KC_OK;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(((const struct encoder_name *)left)->name, ((const struct encoder_name *)right)->name);
}

static struct encoder_name *sort_encoders(struct arena *arena, const struct strings *encoders)
{
    struct encoder_name *names = arena_alloc(arena, (encoders->count + 1) * sizeof *names);
    for (size_t i = 0; names != NULL && i < encoders->count; i++)
        names[i] = (struct encoder_name){encoders->items[i], i};
    if (names != NULL)
        qsort(names, encoders->count, sizeof *names, compare_names);
    return names;
}

bool virtual_find_encoder(const struct virtual_link *link, const char *name, size_t *encoder)
{
    const struct encoder_name wanted = {name, 0};
    const struct encoder_name *found = NULL;
    if (link->encoders.count > 0)
        found = bsearch(&wanted, link->encoder_names, link->encoders.count, sizeof wanted, compare_names);
    if (found != NULL)
        *encoder = found->encoder;
    return found != NULL;
}

/* ---- Limits and capabilities ----------------------------------------------------------------------------------- */

static int32_t number_of(const struct driver_link *link, size_t option)
{
    return (int32_t)driver_option_number(link, option);
}

static void read_profile(const struct driver_link *link, struct driver_profile *profile)
{
    int64_t minutes = 1;
    (void)script_number(driver_option_text(link, OPTION_MINUTES), 1, 60, &minutes);
    bool latin1 = driver_option_is(link, OPTION_CHARSET, "latin1");
    bool ascii = driver_option_is(link, OPTION_CHARSET, "ascii");
    profile->limits = (struct driver_limits){
        .rooms = number_of(link, OPTION_ROOMS),
        .room_length = number_of(link, OPTION_ROOM_LENGTH),
        .areas = number_of(link, OPTION_AREAS),
        .guest_length = number_of(link, OPTION_GUEST_LENGTH),
        .operator_length = number_of(link, OPTION_OPERATOR_LENGTH),
        .text_lines = number_of(link, OPTION_TEXT_LINES),
        .text_length = number_of(link, OPTION_TEXT_LENGTH),
        .message_length = number_of(link, OPTION_MESSAGE_LENGTH),
        .copies = number_of(link, OPTION_COPIES),
        .minutes = (int32_t)minutes,
        .last_year = number_of(link, OPTION_LAST_YEAR),
        .start = driver_option_is(link, OPTION_START, "on"),
        .charset = ascii    ? TEXT_ASCII
                   : latin1 ? TEXT_LATIN1
                            : TEXT_UTF8,
    };
    profile->in_flight = driver_option_is(link, OPTION_REQUESTS_IN_FLIGHT, "one") ? 1 : 0;
    profile->capabilities = 0;
    for (int32_t capability = KC_CAPABILITY_ORIGINAL; capability <= KC_CAPABILITY_WRITE_IMAGE; capability++) {
        size_t option = OPTION_CAPABILITY + (size_t)(capability - KC_CAPABILITY_ORIGINAL);
        if (driver_option_is(link, option, "on"))
            profile->capabilities |= DRIVER_CAN(capability);
    }
}

int32_t virtual_configure(struct driver_link *link, struct driver_profile *profile, struct kc_error *error)
{
    struct virtual_link *state = link->data;
    struct arena arena = {0};
    struct strings encoders;
    struct script script;
    int32_t status = read_encoders(&arena, driver_option_text(link, OPTION_ENCODERS), &encoders, error);
    if (status == KC_OK)
        status = script_parse(&arena, driver_option_text(link, OPTION_SCRIPT), &script, error);
    size_t *card_on = NULL;
    struct encoder_name *encoder_names = NULL;
    if (status == KC_OK) {
        card_on = arena_alloc(&arena, (encoders.count + 1) * sizeof *card_on);
        encoder_names = sort_encoders(&arena, &encoders);
        if (card_on == NULL || encoder_names == NULL)
            status = error_set(error, KC_ERROR_NO_MEMORY, "encoders", "no memory for the encoders");
    }
    if (status != KC_OK) {
        arena_free(&arena);
        return status;
    }
    arena_free(&state->arena);
    state->arena = arena;
    state->encoders = encoders;
    state->encoder_names = encoder_names;
    state->script = script;
    state->card_on = card_on;
    state->hand_ms = driver_option_number(link, OPTION_HAND);
    state->answer_ms = driver_option_number(link, OPTION_ANSWER_TIMEOUT);
    state->delivery = driver_option_is(link, OPTION_DELIVERY, "later")    ? DELIVERY_LATER
                      : driver_option_is(link, OPTION_DELIVERY, "never")  ? DELIVERY_NEVER
                      : driver_option_is(link, OPTION_DELIVERY, "failed") ? DELIVERY_FAILED
                                                                          : DELIVERY_AT_ONCE;
    read_profile(link, profile);
    state->highest_area = profile->limits.areas;
    state->serials = (profile->capabilities & DRIVER_CAN(KC_CAPABILITY_CARD_SERIAL)) != 0;
    state->tells_encoders = (profile->capabilities & DRIVER_CAN(KC_CAPABILITY_LIST_ENCODERS)) != 0;
    return KC_OK;
}
