/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lock server behind `virtual:`; see model.h. */
#include "model.h"

#include <stdlib.h>
#include <string.h>

/* ---- Rooms ----------------------------------------------------------------------------------------------------- */

static size_t bucket_of(const struct model *model, const char *name)
{
    uint32_t hash = UINT32_C(2166136261);
    for (const char *at = name; *at != '\0'; at++)
        hash = (hash ^ (uint8_t)*at) * UINT32_C(16777619);
    return hash % model->bucket_count;
}

const struct model_room *model_room(const struct model *model, const char *name)
{
    if (model->bucket_count == 0)
        return NULL;
    const struct model_room *room = model->rooms[bucket_of(model, name)];
    while (room != NULL && strcmp(room->name, name) != 0)
        room = room->next;
    return room;
}

static void room_add(struct model *model, struct model_room *room)
{
    struct model_room **bucket = &model->rooms[bucket_of(model, room->name)];
    room->next = *bucket;
    *bucket = room;
}

/* For one more; false when memory is used up. */
static bool lists_make_room(struct model *model)
{
    const struct model old = *model;
    if (old.room_count < 2 * old.bucket_count)
        return true;
    const size_t count = old.bucket_count == 0 ? 64 : 4 * old.bucket_count;
    struct model_room **lists = calloc(count, sizeof(struct model_room *));
    if (lists == NULL)
        return false;
    model->rooms = lists;
    model->bucket_count = count;
    for (size_t i = 0; i < old.bucket_count; i++) {
        for (struct model_room *room = old.rooms[i], *next; room != NULL; room = next) {
            next = room->next;
            room_add(model, room);
        }
    }
    free(old.rooms);
    return true;
}

/* Finds or makes; NULL when memory is used up. */
static struct model_room *room_make(struct model *model, const char *name)
{
    struct model_room *room = (struct model_room *)model_room(model, name);
    if (room != NULL)
        return room;
    size_t size = strlen(name) + 1;
    if (!lists_make_room(model) || (room = calloc(1, sizeof *room + size)) == NULL)
        return NULL;
    memcpy(room->name, name, size);
    room_add(model, room);
    model->room_count++;
    return room;
}

static bool is_occupied(const struct model *model, const char *name)
{
    const struct model_room *room = model_room(model, name);
    return room != NULL && room->occupied;
}

/* ---- Cards ----------------------------------------------------------------------------------------------------- */

const struct model_card *model_card(const struct model *model, size_t card)
{
    if (card >= model->card_count || model->card_count - card > VIRTUAL_KEPT)
        return NULL;
    return model->cards[card % VIRTUAL_KEPT];
}

static const char *first_of(const struct strings *list)
{
    return list->count > 0 ? list->items[0] : "";
}

static const char *contact_of(const struct driver_request *request)
{
    if (request->verb != KC_VERB_SEND_MOBILE && request->verb != KC_VERB_CANCEL_KEY)
        return "";
    return request->phone[0] != '\0' ? request->phone : request->email;
}

/* Copies text to where the free part of a card's block begins. */
static const char *pack_text(char **free_part, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = *free_part;
    memcpy(copy, text, size);
    *free_part += size;
    return copy;
}

/* A card in one block, its doors still empty; NULL when memory is used up. */
static struct model_card *card_new(size_t door_count, const struct strings *areas, const char *operator_name,
                                   const char *text, const char *contact)
{
    size_t size = sizeof(struct model_card) + door_count * (sizeof(struct model_door) + sizeof(char *)) +
                  areas->count * sizeof(char *) + strlen(operator_name) + strlen(text) + strlen(contact) + 3;
    for (size_t i = 0; i < areas->count; i++)
        size += strlen(areas->items[i]) + 1;
    struct model_card *card = calloc(1, size);
    if (card == NULL)
        return NULL;
    card->doors = (struct model_door *)(card + 1);
    card->room_names = (const char **)(card->doors + door_count);
    const char **area_names = card->room_names + door_count;
    char *free_part = (char *)(area_names + areas->count);
    card->door_count = door_count;
    for (size_t i = 0; i < areas->count; i++)
        area_names[i] = pack_text(&free_part, areas->items[i]);
    card->areas = (struct strings){area_names, areas->count};
    card->operator_name = pack_text(&free_part, operator_name);
    card->text = pack_text(&free_part, text);
    card->contact = pack_text(&free_part, contact);
    return card;
}

static void card_set_door(struct model_card *card, size_t door, struct model_room *room, uint64_t stay)
{
    card->doors[door] = (struct model_door){room, stay};
    card->room_names[door] = room->name;
}

static bool belongs_to_stay(const struct model_door *door)
{
    return door->stay == door->room->stay;
}

int32_t model_card_state(const struct model_card *card)
{
    if (card->cancelled || card->door_count == 0 || !belongs_to_stay(&card->doors[0]))
        return KC_KEY_VOIDED;
    if (card->kind != KC_KIND_ONE_SHOT && !card->doors[0].room->occupied)
        return KC_KEY_CHECKED_OUT;
    return KC_KEY_ACTIVE;
}

bool model_card_opens(const struct model_card *card, const char *room)
{
    for (size_t i = 0; !card->cancelled && i < card->door_count; i++) {
        const struct model_door *door = &card->doors[i];
        if (strcmp(door->room->name, room) == 0 && door->room->blocked)
            return false;
        if (strcmp(door->room->name, room) == 0)
            return belongs_to_stay(door) && (door->room->occupied || card->kind == KC_KIND_ONE_SHOT);
    }
    return false;
}

/* ---- Room for one more card and effect, before anything is changed --------------------------------------------- */

static int32_t no_memory(struct kc_error *error)
{
    return error_set(error, KC_ERROR_NO_MEMORY, "", "the virtual lock system has no memory left");
}

/* Makes the tables grow, doubling up to VIRTUAL_KEPT. */
static bool tables_make_room(struct model *model)
{
    const size_t first_size = 16;
    size_t cards = model->card_count, effects = model->effect_count;
    if (cards < VIRTUAL_KEPT && (cards == 0 || (cards >= first_size && (cards & (cards - 1)) == 0))) {
        size_t count = cards < first_size ? first_size : cards * 2;
        struct model_card **grown = realloc(model->cards, count * sizeof *grown);
        if (grown == NULL)
            return false;
        memset(grown + cards, 0, (count - cards) * sizeof *grown);
        model->cards = grown;
    }
    if (effects < VIRTUAL_KEPT && (effects == 0 || (effects >= first_size && (effects & (effects - 1)) == 0))) {
        size_t count = effects < first_size ? first_size : effects * 2;
        struct virtual_effect *grown = realloc(model->effects, count * sizeof *grown);
        if (grown == NULL)
            return false;
        model->effects = grown;
    }
    return true;
}

/* "V0000001" and so on; more digits when they are needed. */
static void write_serial(char serial[40], uint64_t number)
{
    char digits[20];
    size_t count = 0, length = 0;
    while (number > 0 || count < 7) {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    }
    serial[length++] = 'V';
    while (count > 0)
        serial[length++] = digits[--count];
    serial[length] = '\0';
}

/* Cannot fail after tables_make_room(). */
static void card_keep(struct model *model, struct model_card *card)
{
    struct model_card **place = &model->cards[model->card_count % VIRTUAL_KEPT];
    if (model->card_count >= VIRTUAL_KEPT)
        free(*place);
    *place = card;
    model->card_count++;
    bool mobile = card->kind == KC_KIND_MOBILE || card->kind == KC_KIND_MOBILE_DUPLICATE;
    if (!mobile && card->serial[0] == '\0')
        write_serial(card->serial, ++model->serial_count);
}

static void effect_keep(struct model *model, int32_t verb, const char *room, uint64_t number, size_t new_cards)
{
    model->effects[model->effect_count++ % VIRTUAL_KEPT] = (struct virtual_effect){
        .verb = verb,
        .room = room,
        .request = number,
        .first_card = model->card_count - new_cards,
        .card_count = new_cards,
    };
}

/* ---- What the lock server does --------------------------------------------------------------------------------- */

static bool starts_stay(const struct driver_request *request)
{
    return request->verb == KC_VERB_ISSUE_ORIGINAL || request->verb == KC_VERB_REISSUE ||
           (request->verb == KC_VERB_SEND_MOBILE && !request->further);
}

static int32_t kind_of(const struct driver_request *request)
{
    switch (request->verb) {
    case KC_VERB_ISSUE_DUPLICATE:
        return KC_KIND_DUPLICATE;
    case KC_VERB_ISSUE_ONE_SHOT:
        return KC_KIND_ONE_SHOT;
    case KC_VERB_SEND_MOBILE:
        return request->further ? KC_KIND_MOBILE_DUPLICATE : KC_KIND_MOBILE;
    default:
        return KC_KIND_ORIGINAL;
    }
}

/* The newest key that opens the main room, and went to the contact if one is given; NULL if there is none. */
static struct model_card *card_to_cancel(const struct model *model, const struct driver_request *request)
{
    const char *contact = contact_of(request);
    size_t oldest = model->card_count > VIRTUAL_KEPT ? model->card_count - VIRTUAL_KEPT : 0;
    for (size_t i = model->card_count; i > oldest; i--) {
        struct model_card *card = model->cards[(i - 1) % VIRTUAL_KEPT];
        if (model_card_opens(card, first_of(&request->rooms)) &&
            (contact[0] == '\0' || strcmp(contact, card->contact) == 0))
            return card;
    }
    return NULL;
}

static int32_t not_checked_in(const char *room, struct kc_error *error)
{
    struct error_quoted quoted;
    return error_set(error, KC_ERROR_NOT_CHECKED_IN, "rooms", "no stay is checked in in room \"%s\"",
                     error_quote(&quoted, room));
}

static int32_t check_move(const struct model *model, const struct driver_request *request, struct kc_error *error)
{
    const char *to = first_of(&request->rooms);
    const char *from = request->room_before[0] != '\0' ? request->room_before : to;
    struct error_quoted quoted;
    if (!is_occupied(model, from))
        return not_checked_in(from, error);
    if (to[0] != '\0' && strcmp(from, to) != 0 && is_occupied(model, to))
        return error_set(error, KC_ERROR_ROOM_UNAVAILABLE, "rooms", "room \"%s\" is occupied by another stay",
                         error_quote(&quoted, to));
    return KC_OK;
}

int32_t model_check(const struct model *model, const struct driver_request *request, struct kc_error *error)
{
    struct error_quoted quoted;
    if (request->verb == KC_VERB_READ_CARD || request->verb == KC_VERB_DISCOVER ||
        request->verb == KC_VERB_CHECK_MOBILE || request->verb == KC_VERB_WRITE_IMAGE)
        return KC_OK;
    if (request->verb == KC_VERB_MODIFY_STAY && (request->rooms.count > 0 || request->room_before[0] != '\0'))
        return check_move(model, request, error);
    if (request->rooms.count == 0)
        return error_set(error, KC_ERROR_NO_ROOM, "rooms", "the request names no room");
    bool of_stay = request->verb == KC_VERB_CHECK_OUT || request->verb == KC_VERB_BLOCK_STAY ||
                   request->verb == KC_VERB_UNBLOCK_STAY;
    if (of_stay && !is_occupied(model, request->rooms.items[0]))
        return not_checked_in(request->rooms.items[0], error);
    if (request->verb == KC_VERB_CANCEL_KEY && card_to_cancel(model, request) == NULL)
        return error_set(error, KC_ERROR_NOT_FOUND, "rooms", "no such key opens room \"%s\"",
                         error_quote(&quoted, request->rooms.items[0]));
    if (kind_of(request) == KC_KIND_DUPLICATE || kind_of(request) == KC_KIND_MOBILE_DUPLICATE) {
        for (size_t i = 0; i < request->rooms.count; i++) {
            if (!is_occupied(model, request->rooms.items[i]))
                return not_checked_in(request->rooms.items[i], error);
        }
    }
    return KC_OK;
}

/* Makes a card; a card that starts a stay also makes all earlier ones of its rooms void. */
static int32_t make_card(struct model *model, const struct driver_request *request, uint64_t number,
                         struct kc_error *error)
{
    size_t count = request->rooms.count;
    struct model_card *card = card_new(count, &request->areas, request->operator_name, first_of(&request->texts),
                                       contact_of(request));
    if (card == NULL)
        return no_memory(error);
    for (size_t i = 0; i < count; i++) {
        struct model_room *room = room_make(model, request->rooms.items[i]);
        if (room == NULL) {
            free(card);
            return no_memory(error);
        }
        card_set_door(card, i, room, room->stay + (starts_stay(request) ? 1 : 0));
    }
    card->kind = kind_of(request);
    memcpy(card->serial, request->card_serial, strnlen(request->card_serial, sizeof card->serial - 1));
    if (request->from.utc != 0)
        card->from = request->from.wall;
    if (request->until.utc != 0)
        card->until = request->until.wall;
    card_keep(model, card);
    for (size_t i = 0; starts_stay(request) && i < count; i++) {
        card->doors[i].room->stay = card->doors[i].stay;
        card->doors[i].room->occupied = true;
        card->doors[i].room->blocked = false;
    }
    effect_keep(model, request->verb, card->room_names[0], number, 1);
    return KC_OK;
}

/* Gives the keys of the stay another end, and another room if it moves. */
static int32_t modify_stay(struct model *model, const struct driver_request *request, uint64_t number,
                           struct kc_error *error)
{
    const char *wanted = first_of(&request->rooms);
    struct model_room *from = room_make(model, request->room_before[0] != '\0' ? request->room_before : wanted);
    struct model_room *to = from != NULL ? room_make(model, wanted[0] != '\0' ? wanted : from->name) : NULL;
    if (from == NULL || to == NULL)
        return no_memory(error);
    uint64_t stay = from->stay;
    if (to != from) {
        to->stay++;
        to->occupied = true;
        from->occupied = false;
    }
    size_t kept = model->card_count < VIRTUAL_KEPT ? model->card_count : VIRTUAL_KEPT;
    for (size_t i = 0; i < kept; i++) {
        struct model_card *card = model->cards[i];
        for (size_t j = 0; j < card->door_count; j++) {
            struct model_door *door = &card->doors[j];
            if (door->room != from || door->stay != stay)
                continue;
            card_set_door(card, j, to, to->stay);
            if (request->until.utc != 0)
                card->until = request->until.wall;
        }
    }
    effect_keep(model, request->verb, to->name, number, 0);
    return KC_OK;
}

static int32_t check_out(struct model *model, const struct driver_request *request, uint64_t number,
                         struct kc_error *error)
{
    struct model_room *main_room = room_make(model, first_of(&request->rooms));
    if (main_room == NULL)
        return no_memory(error);
    for (size_t i = 0; i < request->rooms.count; i++) {
        /* Rooms that are not known here are vacant already. */
        if (model_room(model, request->rooms.items[i]) != NULL)
            room_make(model, request->rooms.items[i])->occupied = false;
    }
    main_room->blocked = false;
    effect_keep(model, request->verb, main_room->name, number, 0);
    return KC_OK;
}

/* All keys of the stay open nothing, or open again. */
static int32_t block_stay(struct model *model, const struct driver_request *request, uint64_t number,
                          struct kc_error *error)
{
    struct model_room *main_room = room_make(model, first_of(&request->rooms));
    if (main_room == NULL)
        return no_memory(error);
    for (size_t i = 0; i < request->rooms.count; i++) {
        if (model_room(model, request->rooms.items[i]) != NULL)
            room_make(model, request->rooms.items[i])->blocked = request->verb == KC_VERB_BLOCK_STAY;
    }
    effect_keep(model, request->verb, main_room->name, number, 0);
    return KC_OK;
}

static int32_t cancel_key(struct model *model, const struct driver_request *request, uint64_t number)
{
    struct model_card *card = card_to_cancel(model, request);
    card->cancelled = true;
    effect_keep(model, request->verb, card->room_names[0], number, 0);
    return KC_OK;
}

int32_t model_act(struct model *model, const struct driver_request *request, uint64_t number, struct kc_error *error)
{
    int32_t status = model_check(model, request, error);
    if (status != KC_OK)
        return status;
    if (!tables_make_room(model))
        return no_memory(error);
    switch (request->verb) {
    case KC_VERB_ISSUE_ORIGINAL:
    case KC_VERB_ISSUE_DUPLICATE:
    case KC_VERB_REISSUE:
    case KC_VERB_ISSUE_ONE_SHOT:
    case KC_VERB_SEND_MOBILE:
        return make_card(model, request, number, error);
    case KC_VERB_CHECK_OUT:
        return check_out(model, request, number, error);
    case KC_VERB_MODIFY_STAY:
        return modify_stay(model, request, number, error);
    case KC_VERB_BLOCK_STAY:
    case KC_VERB_UNBLOCK_STAY:
        return block_stay(model, request, number, error);
    case KC_VERB_CANCEL_KEY:
        return cancel_key(model, request, number);
    case KC_VERB_WRITE_IMAGE:
        effect_keep(model, request->verb, first_of(&request->rooms), number, 0);
        return KC_OK;
    default:
        return error_set(error, KC_ERROR_NOT_OFFERED, "", "the virtual lock system does not know request %d",
                         (int)request->verb);
    }
}

int32_t model_copy(struct model *model, size_t last, size_t effect, struct kc_error *error)
{
    const struct model_card *from = model_card(model, last);
    if (from == NULL)
        return error_set(error, KC_ERROR_LOCK_SYSTEM, "", "the card to be copied is no longer known");
    struct model_card *card = NULL;
    if (tables_make_room(model))
        card = card_new(from->door_count, &from->areas, from->operator_name, from->text, from->contact);
    if (card == NULL)
        return no_memory(error);
    for (size_t i = 0; i < from->door_count; i++)
        card_set_door(card, i, from->doors[i].room, from->doors[i].stay);
    card->kind = from->kind == KC_KIND_ORIGINAL ? KC_KIND_DUPLICATE : from->kind;
    card->from = from->from;
    card->until = from->until;
    card_keep(model, card);
    if (effect < model->effect_count && model->effect_count - effect <= VIRTUAL_KEPT)
        model->effects[effect % VIRTUAL_KEPT].card_count++;
    return KC_OK;
}

void model_free(struct model *model)
{
    for (size_t i = 0; i < model->bucket_count; i++) {
        while (model->rooms[i] != NULL) {
            struct model_room *room = model->rooms[i];
            model->rooms[i] = room->next;
            free(room);
        }
    }
    free(model->rooms);
    for (size_t i = 0; i < model->card_count && i < VIRTUAL_KEPT; i++)
        free(model->cards[i]);
    free(model->cards);
    free(model->effects);
    memset(model, 0, sizeof *model);
}
