/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is done to reservations, and the way of mobile keys to their phones. */
#include "reservation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lock_model.h"

const char reservation_unknown[] = "There is no such reservation";
const char reservation_ended[] = "The reservation is checked out";
const char reservation_no_stay[] = "There is no stay to share";
const char reservation_other_stay[] = "A room belongs to another stay";
const char reservation_copies_used_up[] = "There are too many keys already";
const char reservation_nothing_to_do[] = "There is nothing to do";
const char reservation_no_mobile_key[] = "There is no such mobile key";
const char reservation_too_many_rooms[] = "There are too many rooms";

struct reservation {
    char id[LOCK_NAME_SIZE];
    size_t room_count;
    char rooms[LOCK_ROOMS][LOCK_NAME_SIZE];
    uint64_t sequence[LOCK_ROOMS]; /* of the stay in each; an older one than the room's own is over */
    bool unassigned;               /* has no rooms yet */
    bool ended, blocked;
    int copies;
    struct lock_time until;
};

static void copy_name(char *to, const char *from)
{
    size_t length = strlen(from);
    if (length > LOCK_NAME_SIZE - 1)
        length = LOCK_NAME_SIZE - 1;
    memcpy(to, from, length);
    to[length] = '\0';
}

static struct reservation *find(const struct lock_server *server, const char *id)
{
    for (size_t i = 0; i < server->reservation_count; i++) {
        if (strcmp(server->reservations[i].id, id) == 0) {
            return &server->reservations[i];
        }
    }
    return NULL;
}

/* Does it have the room now? */
static bool holds(const struct lock_server *server, const struct reservation *reservation, const char *name)
{
    const struct room *room = lock_room(server, name);
    for (size_t i = 0; !reservation->ended && room != NULL && i < reservation->room_count; i++) {
        if (strcmp(reservation->rooms[i], name) == 0 && reservation->sequence[i] >= room->sequence) {
            return true;
        }
    }
    return false;
}

static bool is_active(const struct lock_server *server, const struct reservation *reservation)
{
    if (reservation->unassigned) {
        return !reservation->ended;
    }
    for (size_t i = 0; i < reservation->room_count; i++) {
        if (holds(server, reservation, reservation->rooms[i])) {
            return true;
        }
    }
    return false;
}

bool reservation_fill_rooms(const struct lock_server *server, struct lock_order *order)
{
    const struct reservation *reservation = find(server, order->reservation);
    char rooms[LOCK_ROOMS][LOCK_NAME_SIZE];
    size_t count = 0;
    if (reservation == NULL) {
        return false;
    }
    for (size_t i = 0; i < reservation->room_count; i++) {
        if (holds(server, reservation, reservation->rooms[i])) {
            copy_name(rooms[count++], reservation->rooms[i]);
        }
    }
    const size_t own = count;
    for (size_t i = 0; i < order->room_count; i++) {
        bool twice = false;
        for (size_t k = 0; k < own; k++) {
            twice = twice || strcmp(rooms[k], order->rooms[i]) == 0;
        }
        if (twice) {
            continue;
        }
        if (count == LOCK_ROOMS) {
            return false;
        }
        copy_name(rooms[count++], order->rooms[i]);
    }
    memcpy(order->rooms, rooms, count * sizeof rooms[0]);
    order->room_count = count;
    return true;
}

bool reservation_concerns(const struct lock_order *order)
{
    return order->verb >= LOCK_UNASSIGNED || (order->reservation[0] != '\0' && order->verb != LOCK_ONE_SHOT);
}

bool reservation_blocks(const struct lock_server *server, const struct lock_card *card)
{
    const struct reservation *reservation = card->reservation[0] != '\0' ? find(server, card->reservation) : NULL;
    return reservation != NULL && reservation->blocked;
}

/* ---- What speaks against an order ------------------------------------------------------------------------------- */

/* Is every room of the order free or the reservation's own, or one of those who share its first room? */
static bool rooms_are_free(const struct lock_server *server, const struct lock_order *order,
                           const struct reservation *own)
{
    for (size_t i = 0; i < order->room_count; i++) {
        const struct room *room = lock_room(server, order->rooms[i]);
        bool free_or_own = !room->occupied || (own != NULL && holds(server, own, room->name));
        for (size_t k = 0; order->verb == LOCK_SHARE && k < server->reservation_count && !free_or_own; k++) {
            const struct reservation *other = &server->reservations[k];
            free_or_own = holds(server, other, room->name) && holds(server, other, order->rooms[0]);
        }
        if (!free_or_own) {
            return false;
        }
    }
    return true;
}

/* The present keys of one phone, of a reservation, for a room: what is "" is any. */
static bool is_meant(const struct lock_server *server, const struct lock_card *card, const struct lock_order *order)
{
    const char *phone = order->phone[0] == '+' ? order->phone + 1 : order->phone;
    const char *has = card->phone[0] == '+' ? card->phone + 1 : card->phone;
    bool room = order->room_count == 0;
    for (size_t i = 0; i < card->room_count && !room; i++) {
        room = strcmp(card->rooms[i], order->rooms[0]) == 0 &&
               card->sequence[i] >= lock_room(server, card->rooms[i])->sequence;
    }
    return card->phone[0] != '\0' && !card->withdrawn && room && (phone[0] == '\0' || strcmp(phone, has) == 0) &&
           (order->reservation[0] == '\0' || strcmp(order->reservation, card->reservation) == 0);
}

static const char *check_mobile(const struct lock_server *server, const struct lock_order *order)
{
    for (size_t i = 0; i < server->card_count; i++) {
        if (is_meant(server, &server->cards[i], order)) {
            return NULL;
        }
    }
    return reservation_no_mobile_key;
}

static const char *check_share(const struct lock_server *server, const struct lock_order *order)
{
    if (order->room_count == 0 || !lock_room(server, order->rooms[0])->occupied) {
        return reservation_no_stay;
    }
    return rooms_are_free(server, order, NULL) ? NULL : reservation_other_stay;
}

static const char *check_rooms(const struct lock_server *server, const struct lock_order *order,
                               const struct reservation *own)
{
    if (order->room_count == 0) {
        return reservation_nothing_to_do;
    }
    if (order->verb == LOCK_ADD_ROOMS && own->room_count + order->room_count > LOCK_ROOMS) {
        return reservation_too_many_rooms;
    }
    return rooms_are_free(server, order, own) ? NULL : reservation_other_stay;
}

const char *reservation_check(const struct lock_server *server, const struct lock_order *order)
{
    if (!reservation_concerns(order)) {
        return NULL;
    }
    switch (order->verb) {
    case LOCK_ORIGINAL:
    case LOCK_UNASSIGNED:
        return NULL;
    case LOCK_SHARE:
        return check_share(server, order);
    case LOCK_CLEAR_ROOM:
        return lock_room(server, order->rooms[0])->occupied ? NULL : reservation_nothing_to_do;
    case LOCK_CANCEL_MOBILE:
        return check_mobile(server, order);
    default:
        break;
    }
    const struct reservation *own = find(server, order->reservation);
    if (own == NULL) {
        return reservation_unknown;
    }
    if (!is_active(server, own)) {
        return reservation_ended;
    }
    if (order->verb == LOCK_MOVE || order->verb == LOCK_ADD_ROOMS) {
        return check_rooms(server, order, own);
    }
    if (order->verb == LOCK_CHANGE_KEY && !rooms_are_free(server, order, own)) {
        return reservation_other_stay;
    }
    if (order->verb == LOCK_DUPLICATE && order->copies_at_most > 0 &&
        own->copies + order->copies > order->copies_at_most) {
        return reservation_copies_used_up;
    }
    return NULL;
}

/* ---- Doing it --------------------------------------------------------------------------------------------------- */

static struct reservation *find_or_add(struct lock_server *server, const char *id)
{
    struct reservation *found = find(server, id);
    if (found != NULL) {
        return found;
    }
    struct reservation *all = reallocarray(server->reservations, server->reservation_count + 1, sizeof *all);
    if (all == NULL) {
        return NULL;
    }
    server->reservations = all;
    struct reservation *added = &all[server->reservation_count++];
    memset(added, 0, sizeof *added);
    copy_name(added->id, id);
    return added;
}

/* Nobody stays where no active reservation is left. */
static void empty_rooms(struct lock_server *server, const struct reservation *of)
{
    for (size_t i = 0; i < of->room_count; i++) {
        struct room *room = lock_room(server, of->rooms[i]);
        bool occupied = of->sequence[i] < room->sequence && room->occupied; /* by a later stay */
        for (size_t k = 0; k < server->reservation_count && !occupied; k++) {
            occupied = holds(server, &server->reservations[k], room->name);
        }
        room->occupied = occupied;
    }
}

static void withdraw_cards(struct lock_server *server, const char *id)
{
    for (size_t i = 0; i < server->card_count; i++) {
        struct lock_card *card = &server->cards[i];
        card->withdrawn = card->withdrawn || strcmp(card->reservation, id) == 0;
    }
}

static void end_reservation(struct lock_server *server, struct reservation *reservation)
{
    reservation->ended = true;
    withdraw_cards(server, reservation->id);
    empty_rooms(server, reservation);
    for (size_t i = 0; i < server->transaction_count; i++) {
        struct lock_transaction *transaction = &server->transactions[i];
        if (transaction->state == LOCK_DELIVERY_WAITS && strcmp(transaction->reservation, reservation->id) == 0) {
            transaction->state = LOCK_DELIVERY_WITHDRAWN;
        }
    }
}

static void take_room(struct reservation *reservation, struct room *room)
{
    copy_name(reservation->rooms[reservation->room_count], room->name);
    reservation->sequence[reservation->room_count++] = room->sequence;
    room->occupied = true;
}

/* Every key that was made before for these rooms opens nothing any more. */
static void begin_stay(struct lock_server *server, struct reservation *reservation, const struct lock_order *order)
{
    end_reservation(server, reservation); /* of the same name, if there was one */
    server->sequence++;
    for (size_t i = 0; i < order->room_count; i++) {
        struct room *room = lock_room(server, order->rooms[i]);
        room->sequence = server->sequence;
        room->copies = 0;
    }
    reservation->room_count = 0;
    for (size_t i = 0; i < order->room_count; i++) {
        take_room(reservation, lock_room(server, order->rooms[i]));
    }
    reservation->unassigned = order->room_count == 0;
    reservation->ended = reservation->blocked = false;
    reservation->copies = 0;
    reservation->until = order->until;
}

static void take_free_rooms(struct lock_server *server, struct reservation *reservation, const struct lock_order *order)
{
    for (size_t i = 0; i < order->room_count; i++) {
        struct room *room = lock_room(server, order->rooms[i]);
        if (holds(server, reservation, room->name) || reservation->room_count == LOCK_ROOMS) {
            continue;
        }
        if (!room->occupied) {
            room->sequence = ++server->sequence;
        }
        take_room(reservation, room);
    }
    reservation->unassigned = false;
}

/* The keys of the reservation open its rooms as they are now, as where locks are updated over the air. */
static void update_cards(struct lock_server *server, const struct reservation *reservation)
{
    for (size_t i = 0; i < server->card_count; i++) {
        struct lock_card *card = &server->cards[i];
        if (strcmp(card->reservation, reservation->id) != 0 || card->withdrawn) {
            continue;
        }
        card->room_count = reservation->room_count;
        memcpy(card->rooms, reservation->rooms, sizeof card->rooms);
        memcpy(card->sequence, reservation->sequence, sizeof card->sequence);
    }
}

static void extend(struct lock_server *server, struct reservation *reservation, const struct lock_time *until)
{
    reservation->until = *until;
    for (size_t i = 0; i < server->card_count; i++) {
        struct lock_card *card = &server->cards[i];
        if (strcmp(card->reservation, reservation->id) == 0) {
            card->until = *until;
        }
    }
}

static void move(struct lock_server *server, struct reservation *reservation, const struct lock_order *order)
{
    const struct reservation before = *reservation;
    reservation->room_count = 0;
    for (size_t i = 0; i < order->room_count; i++) {
        struct room *room = lock_room(server, order->rooms[i]);
        if (!holds(server, &before, room->name)) {
            room->sequence = ++server->sequence;
        }
        take_room(reservation, room);
    }
    empty_rooms(server, &before);
    update_cards(server, reservation);
}

static void clear_room(struct lock_server *server, const char *name)
{
    struct room *room = lock_room(server, name);
    for (size_t i = 0; i < server->reservation_count; i++) {
        if (holds(server, &server->reservations[i], name)) {
            end_reservation(server, &server->reservations[i]);
        }
    }
    room->sequence = ++server->sequence;
    room->occupied = false;
}

static void cancel_mobile(struct lock_server *server, const struct lock_order *order)
{
    for (size_t i = 0; i < server->card_count; i++) {
        if (!is_meant(server, &server->cards[i], order)) {
            continue;
        }
        server->cards[i].withdrawn = true;
        for (size_t k = 0; k < server->transaction_count; k++) {
            if (server->transactions[k].card == i && server->transactions[k].state == LOCK_DELIVERY_WAITS) {
                server->transactions[k].state = LOCK_DELIVERY_WITHDRAWN;
            }
        }
    }
}

static void set_begun(struct lock_transaction *transaction, time_t now)
{
    struct tm utc;
    transaction->begun = (int64_t)now;
    if (gmtime_r(&now, &utc) != NULL) {
        (void)strftime(transaction->begun_text, sizeof transaction->begun_text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    }
}

static bool add_transaction(struct lock_server *server, const struct lock_order *order, size_t card)
{
    struct lock_transaction *all = reallocarray(server->transactions, server->transaction_count + 1, sizeof *all);
    if (all == NULL) {
        return false;
    }
    server->transactions = all;
    struct lock_transaction *added = &all[server->transaction_count++];
    memset(added, 0, sizeof *added);
    added->number = (int64_t)server->transaction_count;
    copy_name(added->activity, order->command);
    copy_name(added->reservation, order->reservation);
    copy_name(added->room, order->rooms[0]);
    copy_name(added->encoder, order->encoder);
    copy_name(added->phone, order->phone);
    added->undeliverable = order->undeliverable;
    added->card = card;
    set_begun(added, time(NULL));
    added->due = server->delivery_ms < 0 ? INT64_MAX : server->now + server->delivery_ms;
    return true;
}

/* One key for each copy, on cards, a phone or as an image. */
static void make_keys(struct lock_server *server, struct reservation *reservation, const struct lock_order *order,
                      struct lock_outcome *outcome)
{
    for (int i = 0; i < order->copies; i++) {
        struct lock_card *card = lock_make_card(server, order, i, outcome);
        reservation->copies += order->verb == LOCK_DUPLICATE ? 1 : 0;
        if (order->carrier == LOCK_ON_PHONE) {
            card->undelivered = true;
            if (!add_transaction(server, order, server->card_count - 1)) {
                card->withdrawn = true;
            }
        }
    }
    lock_lay_on_encoder(server, order);
    lock_server_deliver(server, server->now);
}

static bool makes_keys(enum lock_verb verb)
{
    return verb == LOCK_ORIGINAL || verb == LOCK_DUPLICATE || verb == LOCK_UNASSIGNED || verb == LOCK_SHARE ||
           verb == LOCK_CHANGE_KEY;
}

static void change(struct lock_server *server, struct reservation *reservation, const struct lock_order *order)
{
    switch (order->verb) {
    case LOCK_ORIGINAL:
    case LOCK_UNASSIGNED:
        begin_stay(server, reservation, order);
        break;
    case LOCK_SHARE:
    case LOCK_CHANGE_KEY:
        if (order->verb == LOCK_SHARE && !is_active(server, reservation)) {
            reservation->room_count = 0;
            reservation->ended = reservation->blocked = false;
            reservation->copies = 0;
            reservation->until = order->until;
        }
        take_free_rooms(server, reservation, order);
        break;
    case LOCK_EXTEND:
        extend(server, reservation, &order->until);
        break;
    case LOCK_MOVE:
        move(server, reservation, order);
        break;
    case LOCK_ADD_ROOMS:
        take_free_rooms(server, reservation, order);
        update_cards(server, reservation);
        break;
    case LOCK_BLOCK:
    case LOCK_UNBLOCK:
        reservation->blocked = order->verb == LOCK_BLOCK;
        break;
    case LOCK_CHECK_OUT:
        end_reservation(server, reservation);
        break;
    default:
        break;
    }
}

void reservation_do(struct lock_server *server, const struct lock_order *order, struct lock_outcome *outcome)
{
    if (order->verb == LOCK_CLEAR_ROOM) {
        clear_room(server, order->rooms[0]);
        return;
    }
    if (order->verb == LOCK_CANCEL_MOBILE) {
        cancel_mobile(server, order);
        return;
    }
    const bool makes = makes_keys(order->verb);
    struct reservation *reservation = find_or_add(server, order->reservation);
    if (reservation == NULL || (makes && !lock_reserve_cards(server, (size_t)order->copies))) {
        outcome->result = LOCK_REFUSED;
        outcome->text = "Out of memory";
        return;
    }
    change(server, reservation, order);
    if (makes) {
        make_keys(server, reservation, order, outcome);
    }
}

/* ---- Delivery --------------------------------------------------------------------------------------------------- */

void lock_server_set_delivery(struct lock_server *server, int64_t delivery_ms)
{
    server->delivery_ms = delivery_ms;
}

int64_t lock_server_deliver(struct lock_server *server, int64_t now)
{
    int64_t next = INT64_MAX;
    server->now = now;
    for (size_t i = 0; i < server->transaction_count; i++) {
        struct lock_transaction *transaction = &server->transactions[i];
        if (transaction->state != LOCK_DELIVERY_WAITS) {
            continue;
        }
        if (transaction->due > now) {
            next = transaction->due < next ? transaction->due : next;
            continue;
        }
        transaction->state = transaction->undeliverable ? LOCK_DELIVERY_FAILED : LOCK_DELIVERED;
        server->cards[transaction->card].undelivered = transaction->undeliverable;
    }
    return next;
}

size_t lock_server_transaction_count(const struct lock_server *server)
{
    return server->transaction_count;
}

const struct lock_transaction *lock_server_transaction(const struct lock_server *server, size_t index)
{
    return index < server->transaction_count ? &server->transactions[index] : NULL;
}

/* Seconds since 1970 of an xs:dateTime; `slack` is how far that may be off where it names no time zone. */
static bool read_time(const char *text, int64_t *seconds, int64_t *slack)
{
    enum { ZONES = 14 * 3600 };
    struct tm parts;
    int hours = 0, minutes = 0;
    memset(&parts, 0, sizeof parts);
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d", &parts.tm_year, &parts.tm_mon, &parts.tm_mday, &parts.tm_hour,
               &parts.tm_min, &parts.tm_sec) != 6) {
        return false;
    }
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    *seconds = (int64_t)timegm(&parts);
    const char *zone = text + strcspn(text, "Z+");
    zone = *zone == '\0' && strlen(text) > 19 ? strrchr(text, '-') : zone;
    *slack = *zone == '\0' ? ZONES : 0;
    if ((*zone == '+' || *zone == '-') && sscanf(zone + 1, "%2d:%2d", &hours, &minutes) == 2) {
        *seconds -= (*zone == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    }
    return true;
}

bool lock_transaction_is_within(const struct lock_transaction *transaction, const char *from, const char *to)
{
    int64_t limit, slack;
    if (read_time(from, &limit, &slack) && transaction->begun < limit - slack) {
        return false;
    }
    return !read_time(to, &limit, &slack) || transaction->begun <= limit + slack;
}
