/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A simulated lock system in a thread of the calling program: start it, talk to its address, ask what happened.
 *
 *     struct simulator_options options = {.driver = "salto", .rooms = (const char *[]){"101", "102", NULL}};
 *     char message[SIMULATOR_MESSAGE_SIZE];
 *     struct simulator *simulator = simulator_start(&options, message);
 *     ... talk to simulator_address(simulator) ...
 *     simulator_wait_for(simulator, SIMULATOR_EFFECTS, 1, 10000);
 *     simulator_stop(simulator);
 *
 * Every function may be called from any thread, and any number of simulators may run at the same time. The language
 * of the fault script is described in fault.h and in keycard-sim(1), the journal there too. */
#ifndef KEYCARD_SIMULATOR_H
#define KEYCARD_SIMULATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct simulator;

#define SIMULATOR_MESSAGE_SIZE 400

/* All-zero is: 127.0.0.1 with a free port, every room and encoder known, no fault, a hand that presents the card at
 * once, the journal in memory. The lists end with NULL. */
struct simulator_options {
    const char *driver;          /* "salto", "onity", "saflok-irs", "saflok-lens", "ambiance", "fias", "magstripe",
                                  * "contactless" */
    const char *listen;          /* "HOST:PORT", "[::1]:PORT"; port 0 picks a free one */
    bool pseudo_terminal;        /* instead of listening */
    const char *connect;         /* instead of listening: dials in at "HOST:PORT", again and again after a loss */
    const char *profile;         /* habits of a product, by a name that the driver's simulator knows */
    const char *const *encoders; /* if any is given, others are unknown */
    const char *const *rooms;    /* if any is given, others are unknown */
    const char *const *faults;   /* NAME[:ARG][@N] each */
    size_t image_bytes;          /* of keys that are returned as bytes, up to 4096; 0: 48 */
    int64_t hand_ms;             /* until a card is presented, each time; -1: nobody comes */
    const char *journal;         /* file to append to; NULL: in memory */
    /* Of a device that writes cards itself. */
    const char *card;        /* the file that is the card in the hand, as for keycard-lock; NULL: in memory */
    const char *cards;       /* a folder into which each card goes that a contactless reader wrote; NULL: none */
    const char *site_number; /* of open keys; NULL: 1 */
    const char *site_key;    /* their secret; NULL: 000102...1F */
    /* Services over HTTP; the rest of the URI is "http://", simulator_address() and the path. */
    const char *path;             /* NULL: "/MessengerPMSWS.asmx"; others are not found */
    const char *tls_certificate;  /* files in PEM form: HTTPS; both or none */
    const char *tls_key;          /* of the certificate */
    const char *user, *password;  /* who may ask; NULL or "": everyone */
    int64_t delivery_ms;          /* until a mobile key is on its phone; -1: never */
    const char *const *no_phones; /* nothing can be delivered to these, as they stand behind "999" */
    int copies_at_most;           /* duplicates for each reservation; 0: any number */
};

/* NULL with a message for people, if something is wrong with the options or the address cannot be had. */
struct simulator *simulator_start(const struct simulator_options *options, char message[SIMULATOR_MESSAGE_SIZE]);
/* Closes every connection and frees it; what waits for a card comes to nothing. Takes NULL. */
void simulator_stop(struct simulator *simulator);

/* "127.0.0.1:40123", "[::1]:40123" or "/dev/pts/4". */
const char *simulator_address(const struct simulator *simulator);
/* The port alone; 0 for a pseudo-terminal. */
uint16_t simulator_port(const struct simulator *simulator);

/* Faults strike requests that arrive after the call. Returns false with a message if the text is wrong. */
bool simulator_add_fault(struct simulator *simulator, const char *text, char message[SIMULATOR_MESSAGE_SIZE]);
void simulator_clear_faults(struct simulator *simulator);
/* For requests that arrive after the call. */
void simulator_set_delivery_ms(struct simulator *simulator, int64_t delivery_ms);
/* For requests that arrive after the call. */
void simulator_set_hand_ms(struct simulator *simulator, int64_t hand_ms);
/* The card that the next read at this encoder finds: one that was made (by its serial number), or "" for a blank one.
 * On a contactless reader, whose encoder has no name: "" for a new one, or one of the last that lay there.
 * Without this call it is the last one that was made there, or a blank one if the last attempt made none. Returns
 * false if there is no such encoder or card. */
bool simulator_present(struct simulator *simulator, const char *encoder, const char *serial);
/* Closes every connection now, as a lock server does that is restarted; cards that wait for a hand are still made. */
void simulator_drop_connections(struct simulator *simulator);

enum simulator_counter {
    SIMULATOR_REQUESTS,         /* "request" lines of the journal */
    SIMULATOR_EFFECTS,          /* "effect" lines of the journal */
    SIMULATOR_ENQUIRIES,        /* ENQs that came; HTTP: calls that change nothing */
    SIMULATOR_REFUSALS,         /* NAKs that were sent; HTTP: answers 503 */
    SIMULATOR_BAD_FRAMES,       /* whole frames or calls that were not valid */
    SIMULATOR_ANSWERS,          /* answers that were put on the way, faulty ones too */
    SIMULATOR_CONNECTIONS,      /* made so far */
    SIMULATOR_OPEN_CONNECTIONS, /* now */
    SIMULATOR_WAITING,          /* orders that wait for a hand or for a late answer, now */
    SIMULATOR_COUNTER_COUNT
};
size_t simulator_count(struct simulator *simulator, enum simulator_counter counter);
/* Waits until a counter is at least so much; false if that takes too long. */
bool simulator_wait_for(struct simulator *simulator, enum simulator_counter counter, size_t count, int timeout_ms);
/* Waits until no order waits any more; false if that takes too long. */
bool simulator_wait_idle(struct simulator *simulator, int timeout_ms);

/* All lines of the journal in memory; to be freed with free(). NULL when memory is used up. */
char *simulator_journal(struct simulator *simulator);

/* Whether the card or mobile key with this serial number ("key" in the journal) opens the room now. */
bool simulator_opens(struct simulator *simulator, const char *serial, const char *room);
/* How many cards and mobile keys open the room now. */
size_t simulator_keys_for(struct simulator *simulator, const char *room);
/* Whether somebody stays in the room. */
bool simulator_occupied(struct simulator *simulator, const char *room);

#endif
