/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which encoder or system an operation goes to, and the keys that it would void. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "op.h"

static int32_t capability_of(const struct kc_op *op)
{
    switch (op->verb) {
    case KC_VERB_ISSUE_ORIGINAL:
    case KC_VERB_REISSUE:
        return KC_CAPABILITY_ORIGINAL;
    case KC_VERB_ISSUE_DUPLICATE:
        return KC_CAPABILITY_DUPLICATE;
    case KC_VERB_ISSUE_ONE_SHOT:
        return KC_CAPABILITY_ONE_SHOT;
    case KC_VERB_SEND_MOBILE:
        return op->want.return_image ? KC_CAPABILITY_KEY_IMAGE : KC_CAPABILITY_MOBILE;
    case KC_VERB_READ_CARD:
        return KC_CAPABILITY_READ;
    case KC_VERB_WRITE_IMAGE:
        return KC_CAPABILITY_WRITE_IMAGE;
    case KC_VERB_CHECK_OUT:
        return KC_CAPABILITY_CHECK_OUT;
    case KC_VERB_MODIFY_STAY:
        return KC_CAPABILITY_MODIFY_STAY;
    case KC_VERB_CANCEL_KEY:
        return KC_CAPABILITY_CANCEL_KEY;
    case KC_VERB_BLOCK_STAY:
    case KC_VERB_UNBLOCK_STAY:
        return KC_CAPABILITY_BLOCK_STAY;
    case KC_VERB_CHECK_MOBILE:
        return KC_CAPABILITY_DELIVERY;
    default:
        return 0;
    }
}

static bool makes_card(int32_t verb)
{
    return verb == KC_VERB_ISSUE_ORIGINAL || verb == KC_VERB_ISSUE_DUPLICATE || verb == KC_VERB_REISSUE ||
           verb == KC_VERB_ISSUE_ONE_SHOT;
}

/* The caller writes the card himself and gets the key as bytes. */
static bool returns_card(const struct kc_op *op)
{
    return makes_card(op->verb) && *op->want.card_serial;
}

static bool needs_encoder(const struct kc_op *op)
{
    return (makes_card(op->verb) && !returns_card(op)) || op->verb == KC_VERB_READ_CARD ||
           op->verb == KC_VERB_WRITE_IMAGE;
}

/* A duplicate goes nowhere else, whatever encoder is named. */
bool op_asks_last_encoder(const struct kc_op *op)
{
    return needs_encoder(op) && (op->verb == KC_VERB_ISSUE_DUPLICATE || !*op->want.encoder);
}

static bool offers(const struct kc_system *system, const struct kc_op *op)
{
    int32_t capability = capability_of(op);
    return (!capability || system_can(system, capability)) &&
           (!returns_card(op) || system_can(system, KC_CAPABILITY_CARD_IMAGE));
}

void op_take_target(struct kc_op *op, struct kc_system *system, struct kc_encoder *encoder)
{
    op->system = system;
    op->encoder = encoder;
    op->driver.link = &system->link;
    system_hold(system);
}

/* The next system that the request allows; NULL at the end. */
static struct kc_system *next_system(const struct kc_op *op, struct kc_system *after)
{
    struct kc_system *system = after ? after->next : op->site->systems;
    while (system && (system->removed || (*op->want.system && strcmp(system->name, op->want.system) != 0)))
        system = system->next;
    return system;
}

static int32_t no_system(const struct kc_op *op, struct kc_error *error)
{
    struct error_quoted quoted;
    if (*op->want.system)
        return error_set(error, KC_ERROR_NOT_FOUND, "system", "The site has no system \"%s\".",
                         error_quote(&quoted, op->want.system));
    return error_set(error, KC_ERROR_NOT_FOUND, "system", "The site has no lock system yet; add one.");
}

/* For a message: the names that could have been meant. */
static const char *known_encoders(const struct kc_op *op, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (struct kc_system *system = next_system(op, NULL); system; system = next_system(op, system))
        for (struct kc_encoder *encoder = system->encoders; encoder && used < size - 1; encoder = encoder->next) {
            struct error_quoted quoted;
            int length = snprintf(out + used, size - used, "%s\"%s\"", used ? ", " : "",
                                  error_quote(&quoted, encoder->name));
            used = length < 0 || (size_t)length >= size - used ? size - 1 : used + (size_t)length;
        }
    return *out ? out : "none";
}

/* The encoder that the request names. */
static int32_t take_named(struct kc_op *op, struct kc_error *error)
{
    struct error_quoted quoted;
    char known[200];
    struct kc_system *open = NULL;
    struct kc_encoder *held = NULL;
    size_t open_count = 0, holders = 0;
    for (struct kc_system *system = next_system(op, NULL); system; system = next_system(op, system)) {
        struct kc_encoder *own = encoder_find(system, op->want.encoder, false);
        if (own) {
            held = own;
            holders++;
        } else if (!system->encoders_known) {
            open = system;
            open_count++;
        }
    }
    if (holders > 1 || (!holders && open_count > 1))
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "system",
                         "More than one system may have the encoder \"%s\"; name the system.",
                         error_quote(&quoted, op->want.encoder));
    if (!holders && !open_count)
        return error_set(error, KC_ERROR_NOT_FOUND, "encoder", "There is no encoder \"%s\". Known: %s.",
                         error_quote(&quoted, op->want.encoder), known_encoders(op, known, sizeof(known)));
    if (!held && !(held = encoder_find(open, op->want.encoder, true)))
        return error_no_memory(error);
    op_take_target(op, held->system, held);
    return KC_OK;
}

/* The encoder that the station used last. */
static int32_t take_last(struct kc_op *op, struct kc_error *error)
{
    struct error_quoted quoted;
    const struct station_record *last = &op->lookup.station_last;
    struct kc_system *system = site_find_system(op->site, last->system);
    if (!system)
        return error_set(error, KC_ERROR_NOT_FOUND, "system",
                         "The station's last used encoder belongs to the system \"%s\", which the site no longer has.",
                         error_quote(&quoted, last->system));
    struct kc_encoder *encoder = encoder_find(system, last->encoder, true);
    if (!encoder)
        return error_no_memory(error);
    op_take_target(op, system, encoder);
    return KC_OK;
}

static int32_t take_only_one(struct kc_op *op, struct kc_error *error)
{
    char known[200];
    struct kc_encoder *only = NULL;
    size_t count = 0;
    for (struct kc_system *system = next_system(op, NULL); system; system = next_system(op, system))
        for (struct kc_encoder *encoder = system->encoders; encoder; encoder = encoder->next) {
            only = encoder;
            count++;
        }
    if (count == 0)
        return error_set(
            error, KC_ERROR_INVALID_ARGUMENT, "encoder",
            "Name the encoder, as the lock system calls it. None is known yet: discovering asks for them.");
    if (count > 1)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "encoder", "Name the encoder. Known: %s.",
                         known_encoders(op, known, sizeof(known)));
    op_take_target(op, only->system, only);
    return KC_OK;
}

static int32_t take_encoder(struct kc_op *op, struct kc_error *error)
{
    struct error_quoted quoted;
    const struct ledger_lookup *lookup = &op->lookup;
    if (op->verb == KC_VERB_ISSUE_DUPLICATE) {
        if (!lookup->has_station)
            return error_set(error, KC_ERROR_NO_LAST_ENCODER, "station",
                             "The station \"%s\" has not used an encoder yet, so there is none for a duplicate.",
                             error_quote(&quoted, op->want.station));
        return take_last(op, error);
    }
    if (*op->want.encoder)
        return take_named(op, error);
    bool last_fits = lookup->has_station && site_find_system(op->site, lookup->station_last.system) &&
                     (!*op->want.system || strcmp(op->want.system, lookup->station_last.system) == 0);
    return last_fits ? take_last(op, error) : take_only_one(op, error);
}

/* Operations without an encoder go to the only system that offers them. */
static int32_t take_system(struct kc_op *op, struct kc_error *error)
{
    struct kc_system *found = NULL, *any = NULL;
    size_t count = 0;
    for (struct kc_system *system = next_system(op, NULL); system; system = next_system(op, system)) {
        any = system;
        if (offers(system, op)) {
            found = system;
            count++;
        }
    }
    if (!any)
        return no_system(op, error);
    if (count > 1)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "system",
                         "More than one system of the site offers this; name the system.");
    op_take_target(op, count ? found : any, count ? &found->no_encoder : &any->no_encoder);
    return KC_OK;
}

int32_t op_choose_target(struct kc_op *op, struct kc_error *error)
{
    int32_t status;
    if (op->system) /* an internal operation knows its own */
        return KC_OK;
    if (!next_system(op, NULL))
        return no_system(op, error);
    status = needs_encoder(op) ? take_encoder(op, error) : take_system(op, error);
    if (status != KC_OK || offers(op->system, op))
        return status;
    int32_t capability = capability_of(op);
    if (system_can(op->system, capability))
        capability = KC_CAPABILITY_CARD_IMAGE;
    const struct driver *driver = op->system->link.driver;
    if (!(driver->profile.capabilities & DRIVER_CAN(capability)))
        return error_set(error, KC_ERROR_NOT_OFFERED, "system", "%s (system \"%s\") does not offer this: %s.",
                         driver->label, op->system->name, kc_capability_name(capability));
    if (op->system->withheld & DRIVER_CAN(capability))
        return error_set(error, KC_ERROR_NOT_OFFERED, "system",
                         "%s (system \"%s\") does not offer this, as the lock system said itself: %s.", driver->label,
                         op->system->name, kc_capability_name(capability));
    return error_set(error, KC_ERROR_NOT_OFFERED, "system",
                     "%s (system \"%s\") does not offer this with its present options: %s. See the options of the "
                     "driver %s.",
                     driver->label, op->system->name, kc_capability_name(capability), driver->name);
}

/* ---- What an original voids ------------------------------------------------------------------------------------- */

static bool would_void(const struct kc_op *op, const struct record *key)
{
    bool exists = key->kind && (key->key_state == KC_KEY_ACTIVE || key->key_state == KC_KEY_BLOCKED);
    return exists && (!key->until_utc || key->until_utc > context_now_utc(op->context));
}

static bool listed(const struct kc_op *op, const struct record *key)
{
    for (size_t i = 0; i < op->voided_count; i++)
        if (uuid_equal(&op->voided[i]->record->id, &key->id))
            return true;
    return false;
}

static int32_t collect_voided(struct kc_op *op, const struct record_list *list, struct kc_error *error)
{
    const struct record *keys = list->records;
    for (size_t i = 0; i < list->count; i++) {
        if (!would_void(op, &keys[i]) || listed(op, &keys[i]))
            continue;
        struct kc_key **grown = realloc(op->voided, (op->voided_count + 1) * sizeof(struct kc_key *));
        if (!grown)
            return error_no_memory(error);
        op->voided = grown;
        struct kc_key *key = key_new(op->site, &keys[i]);
        if (!key)
            return error_no_memory(error);
        op->voided[op->voided_count++] = key;
    }
    return KC_OK;
}

static void describe_voided(const struct kc_op *op, char *out, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < op->voided_count && i < 5; i++) {
        struct error_quoted room;
        const struct record *key = op->voided[i]->record;
        int length = snprintf(out + used, size - used, "%s%s for room %s", used ? ", " : "", kc_kind_name(key->kind),
                              error_quote(&room, key->rooms.count ? key->rooms.items[0] : "?"));
        if (length < 0 || (size_t)length >= size - used)
            return;
        used += (size_t)length;
    }
}

int32_t op_ask_second_original(struct kc_op *op, struct kc_error *error)
{
    bool original = op->verb == KC_VERB_ISSUE_ORIGINAL || op->verb == KC_VERB_REISSUE ||
                    (op->verb == KC_VERB_SEND_MOBILE && !op->driver.request->further);
    if (!original || !(op->lookup.stay.count + op->lookup.room_keys.count + op->lookup.host_stay.count))
        return KC_OK;
    int32_t status = collect_voided(op, &op->lookup.stay, error);
    if (status == KC_OK)
        status = collect_voided(op, &op->lookup.room_keys, error);
    if (status == KC_OK && ledger_doubt(&op->lookup, NULL))
        status = op_warn(
            op, "booking", "", "",
            "The outcome of an earlier operation of this stay or room is not settled; what it may have made "
            "becomes void.");
    if (status != KC_OK || !op->voided_count || op->verb == KC_VERB_REISSUE)
        return status;
    char keys[300] = "";
    const char *noun = op->voided_count == 1 ? "key" : "keys";
    describe_voided(op, keys, sizeof(keys));
    switch (op->site->policies[POLICY_SECOND_ORIGINAL]) {
    case SECOND_REFUSE:
        return error_set(error, KC_ERROR_POLICY, "booking",
                         "A second original would void %zu active %s (%s), which the site does not allow.",
                         op->voided_count, noun, keys);
    case SECOND_CONFIRM: {
        char question[400];
        snprintf(question, sizeof(question), "This original voids %zu active %s (%s). Make it?", op->voided_count, noun,
                 keys);
        if (!event_prompt(op, KC_PROMPT_CONFIRM, 0, 0, question))
            return error_no_memory(error); /* nobody would know that there is something to answer */
        op->phase = OP_CONFIRM;
        return KC_OK;
    }
    default:
        return op_warn(op, "booking", "", "", "This original voids %zu active %s: %s.", op->voided_count, noun, keys) ==
                       KC_OK
                   ? KC_OK
                   : error_no_memory(error);
    }
}
