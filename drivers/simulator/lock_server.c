/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rooms, stays, encoders and cards of the simulated hotel. */
#include "lock_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lock_model.h"
#include "reservation.h"

struct lock_server *lock_server_new(void)
{
    return calloc(1, sizeof(struct lock_server));
}

void lock_server_free(struct lock_server *server)
{
    if (server == NULL) {
        return;
    }
    free(server->rooms);
    free(server->encoders);
    free(server->cards);
    free(server->reservations);
    free(server->transactions);
    free(server);
}

static void copy_name(char *to, const char *from)
{
    snprintf(to, LOCK_NAME_SIZE, "%s", from);
}

struct room *lock_room(const struct lock_server *server, const char *name)
{
    for (size_t i = 0; i < server->room_count; i++) {
        if (strcmp(server->rooms[i].name, name) == 0) {
            return &server->rooms[i];
        }
    }
    return NULL;
}

static struct encoder *find_encoder(const struct lock_server *server, const char *name)
{
    for (size_t i = 0; i < server->encoder_count; i++) {
        if (strcmp(server->encoders[i].name, name) == 0) {
            return &server->encoders[i];
        }
    }
    return NULL;
}

static int add_room(struct lock_server *server, const char *name)
{
    if (name[0] == '\0' || strlen(name) >= LOCK_NAME_SIZE) {
        return -1;
    }
    if (lock_room(server, name) != NULL) {
        return 0;
    }
    struct room *rooms = reallocarray(server->rooms, server->room_count + 1, sizeof *rooms);
    if (rooms == NULL) {
        return -1;
    }
    server->rooms = rooms;
    struct room *room = &rooms[server->room_count++];
    memset(room, 0, sizeof *room);
    copy_name(room->name, name);
    return 0;
}

static int add_encoder(struct lock_server *server, const char *name)
{
    if (name[0] == '\0' || strlen(name) >= LOCK_NAME_SIZE) {
        return -1;
    }
    if (find_encoder(server, name) != NULL) {
        return 0;
    }
    struct encoder *encoders = reallocarray(server->encoders, server->encoder_count + 1, sizeof *encoders);
    if (encoders == NULL) {
        return -1;
    }
    server->encoders = encoders;
    struct encoder *encoder = &encoders[server->encoder_count++];
    memset(encoder, 0, sizeof *encoder);
    copy_name(encoder->name, name);
    return 0;
}

int lock_server_add_room(struct lock_server *server, const char *name)
{
    server->rooms_given = true;
    return add_room(server, name);
}

int lock_server_add_encoder(struct lock_server *server, const char *name)
{
    server->encoders_given = true;
    return add_encoder(server, name);
}

bool lock_order_needs_card(const struct lock_order *order)
{
    switch (order->verb) {
    case LOCK_ORIGINAL:
    case LOCK_DUPLICATE:
    case LOCK_ONE_SHOT:
    case LOCK_READ_CARD:
    case LOCK_UNASSIGNED:
    case LOCK_SHARE:
    case LOCK_CHANGE_KEY:
        return order->carrier == LOCK_ON_CARD;
    case LOCK_MOBILE:
    case LOCK_MOBILE_FURTHER:
    case LOCK_CHECK_OUT:
    case LOCK_MODIFY:
    case LOCK_CANCEL:
    case LOCK_EJECT:
    case LOCK_EXTEND:
    case LOCK_MOVE:
    case LOCK_ADD_ROOMS:
    case LOCK_BLOCK:
    case LOCK_UNBLOCK:
    case LOCK_CLEAR_ROOM:
    case LOCK_CANCEL_MOBILE:
        break;
    }
    return false;
}

/* A name that is not known yet becomes known, unless the names were given. */
static bool know_room(struct lock_server *server, const char *name)
{
    if (lock_room(server, name) != NULL) {
        return true;
    }
    return !server->rooms_given && add_room(server, name) == 0;
}

static bool know_encoder(struct lock_server *server, const char *name)
{
    if (find_encoder(server, name) != NULL) {
        return true;
    }
    return !server->encoders_given && add_encoder(server, name) == 0;
}

/* Of the present stay. */
static int count_one_shots(const struct lock_server *server, const char *name)
{
    const struct room *room = lock_room(server, name);
    int count = 0;
    for (size_t i = 0; i < server->card_count; i++) {
        const struct lock_card *card = &server->cards[i];
        count += card->kind == LOCK_ONE_SHOT && strcmp(card->rooms[0], name) == 0 &&
                 card->sequence[0] == room->sequence;
    }
    return count;
}

/* What depends on the stays of the rooms; looked at when the order arrives and again when the card was presented. */
static enum lock_result check_stays(const struct lock_server *server, const struct lock_order *order, const char **text)
{
    const char *refusal = reservation_check(server, order);
    if (refusal != NULL) {
        *text = refusal;
        return LOCK_REFUSED;
    }
    if ((order->verb == LOCK_DUPLICATE && order->reservation[0] == '\0') || order->verb == LOCK_MOBILE_FURTHER) {
        for (size_t i = 0; i < order->room_count; i++) {
            if (!lock_room(server, order->rooms[i])->occupied && !order->copy_starts_stay) {
                return LOCK_CHECKED_OUT;
            }
        }
    }
    if (order->verb == LOCK_ONE_SHOT && order->one_shots_at_most > 0 &&
        count_one_shots(server, order->rooms[0]) >= order->one_shots_at_most) {
        return LOCK_ONE_SHOT_LIMIT;
    }
    if (order->verb == LOCK_MODIFY) {
        if (!lock_room(server, order->rooms[0])->occupied) {
            *text = "Room is not checked in";
            return LOCK_REFUSED;
        }
        if (order->new_room[0] != '\0' && lock_room(server, order->new_room)->occupied) {
            *text = "New room is occupied";
            return LOCK_REFUSED;
        }
    }
    return LOCK_DONE;
}

enum lock_result lock_server_start(struct lock_server *server, const struct lock_order *order, const char **text)
{
    struct encoder *encoder = NULL;
    if (order->refusal != NULL) {
        *text = order->refusal;
        return LOCK_REFUSED;
    }
    if (order->encoder[0] != '\0' && order->carrier == LOCK_ON_CARD) {
        if (!know_encoder(server, order->encoder)) {
            return LOCK_UNKNOWN_ENCODER;
        }
        encoder = find_encoder(server, order->encoder);
        if (encoder->busy && lock_order_needs_card(order)) {
            return LOCK_ENCODER_BUSY;
        }
    }
    for (size_t i = 0; i < order->room_count; i++) {
        if (!know_room(server, order->rooms[i])) {
            return LOCK_UNKNOWN_ROOM;
        }
    }
    if (order->new_room[0] != '\0' && !know_room(server, order->new_room)) {
        return LOCK_UNKNOWN_ROOM;
    }
    for (size_t i = 0; i < order->room_count; i++) {
        if (lock_room(server, order->rooms[i])->encoder[0] != '\0' && order->verb != LOCK_READ_CARD) {
            return LOCK_ROOM_BUSY;
        }
    }
    const enum lock_result result = check_stays(server, order, text);
    if (result == LOCK_DONE && encoder != NULL && lock_order_needs_card(order)) {
        encoder->busy = true;
        for (size_t i = 0; i < order->room_count; i++) {
            copy_name(lock_room(server, order->rooms[i])->encoder, order->encoder);
        }
    }
    return result;
}

void lock_server_take_blank(struct lock_server *server, const struct lock_order *order)
{
    struct encoder *encoder = find_encoder(server, order->encoder);
    if (encoder != NULL && !encoder->busy && lock_order_needs_card(order) && order->verb != LOCK_READ_CARD) {
        encoder->card = 0;
    }
}

static void make_serial(char serial[LOCK_SERIAL_SIZE], size_t index)
{
    /* An odd multiplier is a one-to-one map of 32-bit numbers, so serial numbers look random and are all different. */
    const uint32_t number = (uint32_t)(index + 1) * UINT32_C(2654435761);
    snprintf(serial, LOCK_SERIAL_SIZE, "%08X", (unsigned)number);
}

static bool starts_stay(const struct lock_order *order)
{
    return order->verb == LOCK_ORIGINAL || order->verb == LOCK_MOBILE;
}

bool lock_reserve_cards(struct lock_server *server, size_t count)
{
    if (server->card_count + count <= server->card_capacity) {
        return true;
    }
    const size_t capacity = server->card_capacity * 2 + count;
    struct lock_card *cards = reallocarray(server->cards, capacity, sizeof *cards);
    if (cards == NULL) {
        return false;
    }
    server->cards = cards;
    server->card_capacity = capacity;
    return true;
}

struct lock_card *lock_make_card(struct lock_server *server, const struct lock_order *order, int index,
                                 struct lock_outcome *outcome)
{
    struct lock_card *card = &server->cards[server->card_count];
    memset(card, 0, sizeof *card);
    /* The second card of an order for an original is a copy already. */
    card->kind = order->verb == LOCK_ORIGINAL && index > 0 ? LOCK_DUPLICATE : order->verb;
    make_serial(card->serial, server->card_count);
    if (order->serial[0] != '\0') {
        memcpy(card->serial, order->serial, LOCK_SERIAL_SIZE);
    }
    copy_name(card->encoder, order->encoder);
    copy_name(card->phone, order->phone);
    copy_name(card->operator_name, order->operator_name);
    card->room_count = order->room_count;
    for (size_t i = 0; i < order->room_count; i++) {
        copy_name(card->rooms[i], order->rooms[i]);
        card->sequence[i] = lock_room(server, order->rooms[i])->sequence;
    }
    struct room *main_room = lock_room(server, order->rooms[0]);
    if (main_room == NULL) {
        card->copy = index; /* of a reservation without a room */
    } else if (card->kind == LOCK_DUPLICATE || card->kind == LOCK_MOBILE_FURTHER) {
        card->copy = ++main_room->copies;
    }
    card->granted = order->granted;
    card->denied = order->denied;
    card->from = order->from;
    card->until = order->until;
    copy_name(card->reservation, order->reservation);
    copy_name(card->label, order->label);
    memcpy(outcome->serials[outcome->card_count++], card->serial, LOCK_SERIAL_SIZE);
    server->card_count++;
    return card;
}

void lock_lay_on_encoder(struct lock_server *server, const struct lock_order *order)
{
    struct encoder *encoder = find_encoder(server, order->encoder);
    if (encoder != NULL && order->carrier == LOCK_ON_CARD) {
        encoder->card = server->card_count;
    }
}

static void make_cards(struct lock_server *server, const struct lock_order *order, struct lock_outcome *outcome)
{
    const int copies = order->copies < 1 ? 1 : order->copies > LOCK_COPIES_MAX ? LOCK_COPIES_MAX : order->copies;
    if (!lock_reserve_cards(server, (size_t)copies)) {
        outcome->result = LOCK_REFUSED;
        outcome->text = "Out of memory";
        return;
    }
    if (starts_stay(order)) {
        server->sequence++;
        for (size_t i = 0; i < order->room_count; i++) {
            struct room *room = lock_room(server, order->rooms[i]);
            room->sequence = server->sequence;
            room->occupied = true;
            room->copies = 0;
        }
    }
    for (int i = 0; i < copies; i++) {
        lock_make_card(server, order, i, outcome);
    }
    lock_lay_on_encoder(server, order);
}

/* Moves the stay or gives it another end. Its cards follow, as they do where locks are updated over the air. */
static void modify(struct lock_server *server, const struct lock_order *order)
{
    struct room *from = lock_room(server, order->rooms[0]);
    struct room *to = order->new_room[0] != '\0' ? lock_room(server, order->new_room) : from;
    const uint64_t before = from->sequence;
    if (to != from) {
        to->occupied = true;
        to->sequence = ++server->sequence;
        to->copies = from->copies;
        from->occupied = false;
        from->sequence = ++server->sequence;
    }
    for (size_t i = 0; i < server->card_count; i++) {
        struct lock_card *card = &server->cards[i];
        for (size_t k = 0; k < card->room_count; k++) {
            if (strcmp(card->rooms[k], from->name) != 0 || card->sequence[k] != before) {
                continue;
            }
            copy_name(card->rooms[k], to->name);
            card->sequence[k] = to->sequence;
            if (order->until.given) {
                card->until = order->until;
            }
            break;
        }
    }
}

static void read_card(const struct lock_server *server, const struct encoder *encoder, struct lock_outcome *outcome)
{
    if (encoder == NULL || encoder->card == 0) {
        return;
    }
    outcome->has_card = true;
    outcome->card = server->cards[encoder->card - 1];
    for (size_t i = 0; i < outcome->card.room_count; i++) {
        outcome->valid = outcome->valid || lock_server_opens(server, &outcome->card, outcome->card.rooms[i]);
    }
    const struct room *room = lock_room(server, outcome->card.rooms[0]);
    outcome->occupied = room != NULL && room->occupied && lock_server_opens(server, &outcome->card, room->name);
}

static void release(struct lock_server *server, const struct lock_order *order)
{
    struct encoder *encoder = find_encoder(server, order->encoder);
    if (encoder == NULL || !lock_order_needs_card(order)) {
        return;
    }
    encoder->busy = false;
    for (size_t i = 0; i < order->room_count; i++) {
        lock_room(server, order->rooms[i])->encoder[0] = '\0';
    }
}

static void do_order(struct lock_server *server, const struct lock_order *order, struct lock_outcome *outcome)
{
    struct lock_order original;
    switch (order->verb) {
    case LOCK_DUPLICATE:
    case LOCK_MOBILE_FURTHER:
        original = *order;
        original.verb = order->verb == LOCK_DUPLICATE ? LOCK_ORIGINAL : LOCK_MOBILE;
        outcome->started_stay = order->copy_starts_stay && !lock_room(server, order->rooms[0])->occupied;
        make_cards(server, outcome->started_stay ? &original : order, outcome);
        break;
    case LOCK_ORIGINAL:
    case LOCK_ONE_SHOT:
    case LOCK_MOBILE:
        make_cards(server, order, outcome);
        break;
    case LOCK_CHECK_OUT:
        /* The cards stay good until the next guest's, as with real locks. */
        lock_room(server, order->rooms[0])->occupied = false;
        break;
    case LOCK_MODIFY:
        modify(server, order);
        break;
    case LOCK_CANCEL:
        lock_room(server, order->rooms[0])->sequence = ++server->sequence;
        break;
    case LOCK_READ_CARD:
        read_card(server, find_encoder(server, order->encoder), outcome);
        break;
    default: /* LOCK_EJECT; and what reservation_concerns() */
        break;
    }
}

void lock_server_set_image_size(struct lock_server *server, size_t size)
{
    server->image_size = size;
}

/* Made of the card's number and how many keys there were before: noise that can be told from any other. */
static void make_image(const struct lock_server *server, struct lock_outcome *outcome)
{
    uint64_t state = server->card_count;
    for (const char *at = outcome->serials[0]; *at != '\0'; at++) {
        state = state * UINT64_C(0x100000001B3) ^ (uint8_t)*at;
    }
    outcome->image_size = server->image_size > 0 ? server->image_size : LOCK_IMAGE_USUAL;
    for (size_t i = 0; i < outcome->image_size; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        outcome->image[i] = (uint8_t)(state >> 56);
    }
}

static void finish(struct lock_server *server, const struct lock_order *order, struct lock_outcome *outcome)
{
    if (reservation_concerns(order)) {
        reservation_do(server, order, outcome);
    } else {
        do_order(server, order, outcome);
    }
    if (order->returns_image && outcome->result == LOCK_DONE && outcome->card_count > 0) {
        make_image(server, outcome);
    }
}

void lock_server_finish(struct lock_server *server, const struct lock_order *order, bool card_presented,
                        struct lock_outcome *outcome)
{
    memset(outcome, 0, sizeof *outcome);
    release(server, order);
    if (lock_order_needs_card(order) && !card_presented) {
        outcome->result = LOCK_NO_CARD;
        lock_server_take_blank(server, order);
        return;
    }
    outcome->result = check_stays(server, order, &outcome->text);
    if (outcome->result != LOCK_DONE) {
        lock_server_take_blank(server, order);
        return;
    }
    finish(server, order, outcome);
}
bool lock_server_present(struct lock_server *server, const char *name, const char *serial)
{
    if (!know_encoder(server, name)) {
        return false;
    }
    struct encoder *encoder = find_encoder(server, name);
    if (serial[0] == '\0') {
        encoder->card = 0;
        return true;
    }
    for (size_t i = 0; i < server->card_count; i++) {
        if (strcmp(server->cards[i].serial, serial) == 0) {
            encoder->card = i + 1;
            return true;
        }
    }
    return false;
}

void lock_server_withdraw(struct lock_server *server, const char *serial)
{
    for (size_t i = 0; i < server->card_count; i++) {
        if (strcmp(server->cards[i].serial, serial) == 0) {
            server->cards[i].withdrawn = true;
        }
    }
}

size_t lock_server_card_count(const struct lock_server *server)
{
    return server->card_count;
}

const struct lock_card *lock_server_card(const struct lock_server *server, size_t index)
{
    return index < server->card_count ? &server->cards[index] : NULL;
}

bool lock_server_opens(const struct lock_server *server, const struct lock_card *card, const char *name)
{
    const struct room *room = lock_room(server, name);
    if (room == NULL || card->undelivered || card->withdrawn || reservation_blocks(server, card)) {
        return false;
    }
    for (size_t i = 0; i < card->room_count; i++) {
        if (strcmp(card->rooms[i], name) == 0 && card->sequence[i] >= room->sequence) {
            return true;
        }
    }
    return false;
}

bool lock_server_occupied(const struct lock_server *server, const char *name)
{
    const struct room *room = lock_room(server, name);
    return room != NULL && room->occupied;
}
