/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A model of a hotel's lock server that knows no protocol: rooms and their stays, encoders, cards and mobile keys, and
 * which of them opens what. All texts are UTF-8. Not thread-safe. */
#ifndef KEYCARD_SIMULATOR_LOCK_SERVER_H
#define KEYCARD_SIMULATOR_LOCK_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOCK_ROOMS       16
#define LOCK_AREAS       64
#define LOCK_NAME_SIZE   64 /* with the NUL, as all below */
#define LOCK_TEXT_SIZE   520
#define LOCK_SERIAL_SIZE 24
#define LOCK_COPIES_MAX  9
#define LOCK_IMAGE_MOST  4096 /* bytes of a key */
#define LOCK_IMAGE_USUAL 48

enum lock_verb {
    LOCK_ORIGINAL,
    LOCK_DUPLICATE,
    LOCK_ONE_SHOT,
    LOCK_MOBILE,         /* a mobile key that starts a stay */
    LOCK_MOBILE_FURTHER, /* a further mobile key of the stay */
    LOCK_CHECK_OUT,
    LOCK_MODIFY, /* another room or end for the stay of the first room */
    LOCK_CANCEL, /* the cards of the room open nothing any more */
    LOCK_READ_CARD,
    LOCK_EJECT, /* what waits for a card at the encoder comes to nothing */
    /* Those below, and what has a reservation, are done in reservation.c. */
    LOCK_UNASSIGNED,    /* a key for a reservation without a room, for areas only */
    LOCK_SHARE,         /* a key for a further reservation in rooms that have one */
    LOCK_CHANGE_KEY,    /* a further key of a reservation with other rooms or areas */
    LOCK_EXTEND,        /* another end for a reservation */
    LOCK_MOVE,          /* other rooms for a reservation; its keys follow */
    LOCK_ADD_ROOMS,     /* further rooms for a reservation; its keys follow */
    LOCK_BLOCK,         /* the keys of a reservation open nothing for now */
    LOCK_UNBLOCK,       /* and again */
    LOCK_CLEAR_ROOM,    /* every reservation of the room ends */
    LOCK_CANCEL_MOBILE, /* mobile keys open nothing any more */
};

/* What a key is made on. */
enum lock_carrier { LOCK_ON_CARD, LOCK_ON_PHONE, LOCK_AS_IMAGE };

/* Wall time of the property. */
struct lock_time {
    bool given;
    int year, month, day, hour, minute;
    int digits; /* how it came, so that it can be shown in the same form */
};

struct lock_areas {
    size_t count;
    uint16_t numbers[LOCK_AREAS];
};

/* What a request asks for. */
struct lock_order {
    enum lock_verb verb;
    char command[40];             /* the protocol's name for it, without a number of cards */
    char encoder[LOCK_NAME_SIZE]; /* "": none is involved */
    size_t room_count;
    char rooms[LOCK_ROOMS][LOCK_NAME_SIZE]; /* the first is the main room */
    char new_room[LOCK_NAME_SIZE];          /* LOCK_MODIFY: "" if the guest stays */
    int copies;                             /* cards in all */
    struct lock_areas granted, denied;
    struct lock_time from, until;
    char operator_name[LOCK_NAME_SIZE];
    char phone[LOCK_NAME_SIZE];
    char message[LOCK_TEXT_SIZE];
    char lines[3][LOCK_TEXT_SIZE]; /* text printed on the card */
    const char *refusal;           /* a reason of the protocol's own to refuse it, a static string; usually NULL */
    char id[LOCK_NAME_SIZE];       /* what the answer must name: encoder, phone or room, as it came */
    bool copy_starts_stay;         /* a duplicate for a room without a stay is made as an original */
    int one_shots_at_most;         /* for each stay in the main room; 0: any number */
    char serial[LOCK_SERIAL_SIZE]; /* of the card, where it has one already; "": a new one */
    uint32_t tag;                  /* for the protocol's own use: what the answer must contain */
    bool returns_image;            /* the answer carries the key as bytes */
    bool unacknowledged;           /* it is answered without an acknowledgement before */
    enum lock_carrier carrier;     /* other than a card: needs no encoder and no hand */
    char reservation[LOCK_NAME_SIZE];
    char label[LOCK_NAME_SIZE];    /* goes on the card as it is, and means nothing here */
    char terminal[LOCK_NAME_SIZE]; /* of whoever asks: has one order at a time; "": any number */
    int copies_at_most;            /* duplicates for each reservation; 0: any number */
    bool undeliverable;            /* LOCK_ON_PHONE: the delivery will fail */
    bool device;                   /* for a device itself: `lines` are the tracks of the card that is swiped, it waits
                                    * for it as long as it takes, and one that falls silent is hung */
};

enum lock_result {
    LOCK_DONE,
    LOCK_UNKNOWN_ROOM,
    LOCK_UNKNOWN_ENCODER,
    LOCK_ENCODER_BUSY,
    LOCK_ROOM_BUSY, /* a card for it is being made on another encoder */
    LOCK_NO_CARD,
    LOCK_CHECKED_OUT, /* a copy for a room without a stay */
    LOCK_ONE_SHOT_LIMIT,
    LOCK_REFUSED, /* see text */
};

struct lock_card {
    enum lock_verb kind; /* LOCK_ORIGINAL, _DUPLICATE, _ONE_SHOT, _MOBILE or _MOBILE_FURTHER */
    char serial[LOCK_SERIAL_SIZE];
    char encoder[LOCK_NAME_SIZE];
    char phone[LOCK_NAME_SIZE];
    char operator_name[LOCK_NAME_SIZE];
    size_t room_count;
    char rooms[LOCK_ROOMS][LOCK_NAME_SIZE];
    uint64_t sequence[LOCK_ROOMS]; /* of the stay in each room; an older one than the room's own opens nothing */
    int copy;                      /* 0 is the original, 1 the first copy ... */
    struct lock_areas granted, denied;
    struct lock_time from, until;
    char reservation[LOCK_NAME_SIZE];
    char label[LOCK_NAME_SIZE];
    bool undelivered; /* its phone does not have it (yet) */
    bool withdrawn;   /* opens nothing any more */
};

/* What came of an order. */
struct lock_outcome {
    enum lock_result result;
    const char *text;  /* with LOCK_REFUSED; a static string */
    bool started_stay; /* a duplicate became an original */
    size_t card_count;
    char serials[LOCK_COPIES_MAX][LOCK_SERIAL_SIZE]; /* of the cards or the mobile key that were made */
    size_t image_size;                               /* 0 unless the order returns_image */
    uint8_t image[LOCK_IMAGE_MOST];                  /* opaque, and another one for each key */
    bool has_card;                                   /* LOCK_READ_CARD: a written card was presented */
    bool valid;                                      /* it opens at least one of its rooms */
    bool occupied;                                   /* its main room has a stay that it belongs to */
    struct lock_card card;
};

struct lock_server;

/* NULL when memory is used up. */
struct lock_server *lock_server_new(void);
void lock_server_free(struct lock_server *server);
/* How long keys are that are returned as bytes, up to LOCK_IMAGE_MOST; 0: LOCK_IMAGE_USUAL. */
void lock_server_set_image_size(struct lock_server *server, size_t size);
/* Once a room (an encoder) was added, only those that were added are known; until then every name is. Twice is the same
 * as once. Returns 0, or -1 when memory is used up or the name is empty or too long. */
int lock_server_add_room(struct lock_server *server, const char *name);
int lock_server_add_encoder(struct lock_server *server, const char *name);

/* Does the order need a card and so a hand that presents it? */
bool lock_order_needs_card(const struct lock_order *order);
/* Looks at an order as it arrives. If the result is LOCK_DONE and it needs a card, its encoder and rooms are taken
 * until lock_server_finish(). */
enum lock_result lock_server_start(struct lock_server *server, const struct lock_order *order, const char **text);
/* Lets go of what lock_server_start() took; then, with `card_presented` (or if none is needed), does the order. */
void lock_server_finish(struct lock_server *server, const struct lock_order *order, bool card_presented,
                        struct lock_outcome *outcome);
/* The hand took a new blank card for an order that came to nothing, so that a later read does not find an older one. */
void lock_server_take_blank(struct lock_server *server, const struct lock_order *order);
/* Puts a card (a blank one with serial "") into the hand at an encoder, for the next read. Returns false if there is
 * no such card or encoder. */
bool lock_server_present(struct lock_server *server, const char *encoder, const char *serial);

/* The card was written over: what was made with this serial number opens nothing any more. */
void lock_server_withdraw(struct lock_server *server, const char *serial);

/* Every card that was made, in order of making. */
size_t lock_server_card_count(const struct lock_server *server);
const struct lock_card *lock_server_card(const struct lock_server *server, size_t index);
/* A card of an older stay than the room's, one that was withdrawn, was not delivered or is blocked opens nothing. */
bool lock_server_opens(const struct lock_server *server, const struct lock_card *card, const char *room);
bool lock_server_occupied(const struct lock_server *server, const char *room);

#endif
