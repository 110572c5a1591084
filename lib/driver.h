/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a driver is, and everything that it may call.
 *
 * A driver turns operations into the bytes of one lock system's protocol and back. It is a small state machine that the
 * core feeds with bytes and timer ticks. It opens no connection, reads no clock, starts no thread, keeps no global
 * state and knows no other driver; connecting, back-off, deadlines, queues, cancelling, ledger and events are the
 * core's. All slots and calls run in the thread that has the context. No slot may block.
 *
 * The life of a link: configure -> [link_up -> driver_link_ready -> op_start ... -> link_down] repeated -> release.
 * The life of an operation: op_start -> driver_op_committed before the first byte that may change anything ->
 * prompts and progress -> driver_op_done exactly once. If the link goes down, a deadline passes or the context ends
 * first, the core ends the operation itself: "not written" if it was not committed, else "unknown". */
#ifndef KEYCARD_DRIVER_H
#define KEYCARD_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/error.h"
#include "util/http.h"
#include "util/moment.h"
#include "util/text.h"
#include "util/usb.h"

/* ---- What the core tells a driver ---------------------------------------------------------------------------- */

/* What is wanted, checked against the limits, mapped to the lock system's names, text adapted. Lives as long as the
 * operation. Texts are never NULL. */
struct driver_request {
    int32_t verb; /* KC_VERB_ISSUE_ORIGINAL, _ISSUE_DUPLICATE, _REISSUE, _ISSUE_ONE_SHOT, _SEND_MOBILE, _READ_CARD,
                   * _CHECK_OUT, _MODIFY_STAY, _CANCEL_KEY, _BLOCK_STAY, _UNBLOCK_STAY, _CHECK_MOBILE,
                   * _WRITE_IMAGE or _DISCOVER */
    bool further; /* SEND_MOBILE: a further key of a stay that has an original */
    bool sharer;  /* ISSUE_DUPLICATE, SEND_MOBILE with `further`: the first key of a guest with a booking of his own
                   * who shares the room */
    bool changed; /* ISSUE_DUPLICATE: further rooms, areas or times are not those of the original */
    bool return_image;   /* SEND_MOBILE: the key is to come back as bytes */
    int32_t copies;      /* cards, 1 or more */
    const char *encoder; /* "" for verbs that need none */
    const char *booking;
    const char *station;     /* who asks, as the PMS calls it */
    const char *card_serial; /* ISSUE_...: hex digits; the card is written by the caller, who gets the key as bytes by
                              * driver_op_image(); `encoder` is "" then. WRITE_IMAGE: the only card that may be
                              * written. "" else */
    const uint8_t *image;    /* WRITE_IMAGE: what is to be written, as it is; NULL else */
    size_t image_size;
    struct strings rooms; /* the first is the main room */
    struct strings areas; /* granted */
    struct strings denied;
    struct moment from, until; /* utc 0: not given */
    const char *guest, *operator_name, *phone, *email, *message;
    struct strings texts;       /* lines on the card, by position; "" = empty line */
    const char *room_before;    /* MODIFY_STAY, REISSUE: the room that the stay has now */
    struct moment until_before; /* MODIFY_STAY: its end now, for protocols that must name it; utc 0: not known */
    int32_t key_kind;           /* CANCEL_KEY, CHECK_MOBILE: KC_KIND_... of the key that it is about, else 0 */
    int64_t key_created;        /* the same: when that was asked for, seconds since 1970 */
    /* Known from op_start on, and only with driver_profile.numbered. */
    const char *operation; /* the id under which the ledger has it, a UUID */
    int64_t sequence;      /* ISSUE_..., REISSUE: by which a lock that nobody reaches knows the later key. That of an
                            * original or one-shot key is when it was asked for, in seconds since 1970, but always
                            * higher than that of every earlier key of its rooms in the ledger, whatever the clocks
                            * did. A duplicate repeats that of its original. */
};

/* A guest whose key is active in the lock system, or the last one of a room that nobody has now, as the ledger knows
 * it; texts as in a request. */
struct driver_stay {
    const char *booking, *guest; /* "" = not known */
    struct strings rooms;        /* the first is the main room */
    struct moment from, until;   /* utc 0: not given */
    bool sharer;                 /* has a booking of his own in the room of another one */
    bool ended;                  /* checked out, and nobody has the room; its guest is "" */
};

/* One link: one connection (or none, for drivers without transport) to one lock system. */
struct driver_link {
    const struct driver *driver;
    void *data; /* driver.link_size bytes, zeroed once when the system is made */
};

/* One operation on a link. */
struct driver_op {
    struct driver_link *link;
    const struct driver_request *request;
    void *data; /* driver.op_size bytes, zeroed before op_start */
};

/* ---- What a driver is ------------------------------------------------------------------------------------------ */

#define DRIVER_CAN(capability) (UINT32_C(1) << (capability)) /* of KC_CAPABILITY_... */

struct driver_limits { /* see KC_LIMIT_...; lengths in characters */
    int32_t rooms, room_length, areas, guest_length, operator_length, text_lines, text_length, message_length, copies;
    int32_t minutes, last_year;
    bool start;                /* the start is transmitted */
    bool start_day;            /* its date is, but not its time; `start` is false then */
    enum text_charset charset; /* of every text */
};

struct driver_profile {
    uint32_t capabilities; /* DRIVER_CAN(...) | ... */
    struct driver_limits limits;
    int32_t in_flight; /* operations at once on one link; 0: one per encoder, any number per link */
    bool numbered;     /* keys carry driver_request.sequence, so no two originals of a room may have the same */
};

struct driver_option {
    const char *name;
    const char *default_value;
    const char *values; /* "on,off" (the words that are allowed), "1..9" (a whole number), "text" or "secret" */
    const char *help;   /* one sentence; says "unverified" where the default is not confirmed on a real system */
};

struct driver {
    const char *name;     /* "salto" */
    const char *label;    /* "SALTO PMS Industry Standard" */
    const char *maturity; /* "simulator-tested", "interop-tested", "lab", "field" */
    const char *const
        *schemes; /* "salto+tcp", ..., NULL; what follows '+' names the transport, without '+' there is none */
    struct driver_profile profile; /* with default options; capabilities: all that any option can switch on */
    const struct driver_option *options;
    size_t option_count;
    size_t link_size, op_size;
    /* Schemes with +usb: which devices are meant, and how they are talked to (util/usb.h). NULL: none. */
    const struct driver_usb *usb;
    /* Serial ports by the USB ids of their bridge that may be probed for this driver. No other port is ever opened
     * unless the user names it. */
    const struct driver_usb_id *serial_ids;
    size_t serial_id_count;

    /* Reads the options (driver_option_...) into link->data and fills `profile` (which comes in as the one above) as it
     * is with them. Called when the system is made, after each change of an option, before anything is connected. May
     * be called again. Returns KC_OK, or an error for a combination of options that makes no sense. NULL: nothing to
     * configure. */
    int32_t (*configure)(struct driver_link *link, struct driver_profile *profile, struct kc_error *error);

    /* Checks what the limits cannot say, after they were checked and before anything is sent: the form of an area code,
     * an encoder that must be a number. May not send. Returns KC_OK or the reason to refuse. NULL: nothing to check. */
    int32_t (*check)(struct driver_link *link, const struct driver_request *request, struct kc_error *error);
    bool fixed_check; /* what it says depends on the request and the options only: no clock, nothing the lock system
                         said */

    /* The connection stands. Send a greeting if the protocol has one; call driver_link_ready() when operations may
     * start (at once, or later from on_bytes). NULL: ready at once. */
    void (*link_up)(struct driver_link *link);

    /* The connection is gone: forget half-read frames and everything else that belonged to it. The core ends the
     * operations itself after this. May not send. NULL: nothing to forget. */
    void (*link_down)(struct driver_link *link);

    /* Starts an operation; the link is ready and the encoder is free. Ends in driver_op_done() now or later. */
    void (*op_start)(struct driver_op *op);

    /* Bytes came. Take all of them; keep what is not a whole frame yet, within a bound. On USB each call brings exactly
     * one packet of the device, as long as the device made it; a message that is longer than a packet comes in several
     * calls (one whose length is a multiple of it may, but need not, end with an empty packet, which is not passed on).
     * Bytes that break the protocol: driver_link_fail(). NULL only for drivers without transport or with HTTP. */
    void (*on_bytes)(struct driver_link *link, const uint8_t *bytes, size_t count);

    /* USB with bulk transfers: a packet of the interrupt endpoint came, which tells of changes by itself. NULL: that
     * endpoint is not read. */
    void (*on_interrupt)(struct driver_link *link, const uint8_t *bytes, size_t count);

    /* The reply to driver_ask(); `op` is NULL for one that the link itself asked. Only replies come here: an exchange
     * that failed ends the operation (or, asked by the link, closes the link) in the core. NULL only for drivers
     * without HTTP. */
    void (*on_reply)(struct driver_link *link, struct driver_op *op, const struct http_reply *reply);

    /* No reply came to what the operation asked; `left` says whether the request may have reached the lock system.
     * True: the driver goes on or ends the operation itself. False, or NULL: the core ends it, "not written" if the
     * request did not leave or the operation was not committed, else "unknown". */
    bool (*on_no_reply)(struct driver_link *link, struct driver_op *op, bool left, const struct kc_error *error);

    /* The timer of an operation (driver_op_timer) or, with op NULL, of the link (driver_link_timer) is over. */
    void (*on_timer)(struct driver_link *link, struct driver_op *op);

    /* The clerk wants to cancel a started operation. Do what the protocol has for it. If the operation is not committed
     * the core ends it itself right after this call (unless the driver did, which it may); else it goes on until the
     * lock system answers or the deadline passes. NULL: the protocol has nothing. */
    void (*op_cancel)(struct driver_op *op);

    /* The operation is about to end, by driver_op_done() or by the core: drop what op->data owns and every pointer to
     * op. NULL if there is nothing. */
    void (*op_end)(struct driver_op *op);

    /* No operation runs and nothing was heard for the option keep-alive: ask for a sign of life. No operation starts
     * before driver_link_ready() is called again; set a timer and call driver_link_fail() if nothing comes. NULL: the
     * protocol has nothing. */
    void (*keep_alive)(struct driver_link *link);

    /* What driver_ask_stays() asked for: the next few stays, perhaps none. `last`: there are no more. Never called from
     * within driver_ask_stays(); not called at all if the link goes down first. NULL only for drivers that never ask.
     */
    void (*on_stays)(struct driver_link *link, const struct driver_stay *stays, size_t count, bool last);

    /* The system ends: free what link->data owns. NULL: nothing. */
    void (*release)(struct driver_link *link);
};

/* ---- What a driver may call ------------------------------------------------------------------------------------ */

/* Options by their index in driver.options. */
const char *driver_option_text(const struct driver_link *link, size_t option);
int64_t driver_option_number(const struct driver_link *link, size_t option);
bool driver_option_is(const struct driver_link *link, size_t option, const char *value);
/* What follows '+' in the scheme of the URI: "tcp", "serial", "usb" ...; "" if there is no transport. */
const char *driver_link_transport(const struct driver_link *link);

/* The device behind the link has said who it is: model ("MSR605") and firmware; on USB "" stands for what its
 * descriptor says (product, bcdDevice), elsewhere for nothing. Before driver_link_ready(), each time. Drivers with
 * `usb` or `serial_ids` are also asked for a device that nobody has configured, on a link of its own: ready means that
 * it is an encoder, driver_link_fail() that it is none and why. Their link_up sends a reset and a test of identity,
 * answers within 5 seconds, waits for no card and needs no option. */
void driver_link_identity(struct driver_link *link, const char *model, const char *firmware);
/* Operations may start (again). */
void driver_link_ready(struct driver_link *link);
/* Sends bytes. Whole frames in one call; on USB each call is one transfer, sent in order. A failure needs no handling
 * here: the link goes down from the loop. */
void driver_send(struct driver_link *link, const void *bytes, size_t count);
/* Before the first bytes of a request that is answered by a single byte (ACK) and then by more. Over TCP, where such
 * answers come within a few milliseconds, it lets that byte wait for what follows, for 20 ms at most, so that both wake
 * the host once; everything else is as without it. Not for a driver that has a time-out of less than 100 ms. False:
 * something came before; send nothing and return, on_bytes() or link_down() follows. True on other transports. */
bool driver_link_may_ask(struct driver_link *link);
/* USB: the descriptors that belong to the claimed interface and stand behind its own (the functional descriptor of a
 * class), as the device gave them: lengths in them are only claims. Lives while the link is up; NULL with a count of 0
 * if there are none, or on other transports. */
const uint8_t *driver_usb_descriptor(const struct driver_link *link, size_t *count);
/* USB: vendor and product as the device says, which proves nothing: for a habit that other devices take no harm from.
 * False while the link is down, or on other transports. */
bool driver_usb_id(const struct driver_link *link, struct driver_usb_id *id);
/* HTTP: sends a request; its reply comes to on_reply(). One at a time for an operation, and one for the link (`op`
 * NULL): a greeting, a sign of life. Nothing of `request` need live longer than the call. For an operation that acts
 * call driver_op_committed() right before; an exchange whose request cannot have left takes that back by itself.
 * Time-outs are those of the request; driver_op_deadline() is for other links. */
void driver_ask(struct driver_link *link, struct driver_op *op, const struct http_request *request);
/* HTTP: the URL of the system without options: "http://lens.example:1619/MessengerPMSWS.asmx". Lives as the link. */
const char *driver_link_url(const struct driver_link *link);
/* For messages that carry a time or an identifier of their own: seconds since 1970 by the wall clock; a fresh UUID. */
int64_t driver_clock(const struct driver_link *link);
void driver_new_id(struct driver_link *link, char out[37]);
/* Calls on_timer(link, NULL) after so many milliseconds; once; setting it again moves it, negative stops it. */
void driver_link_timer(struct driver_link *link, int64_t delay_ms);
/* The other side broke the protocol or is silent: closes the connection. Operations in flight end with `status`
 * (KC_ERROR_PROTOCOL, KC_ERROR_TIMED_OUT ...), their outcome by whether they were committed. Return to the loop right
 * after it. */
void driver_link_fail(struct driver_link *link, int32_t status, const char *text);
/* The lock system has described itself: of what the options allow (driver_profile.capabilities), it offers these. Holds
 * until the next call, also while the link is down; before the first call it is all that the options allow. */
void driver_link_offers(struct driver_link *link, uint32_t capabilities);
/* Operations in flight on the link, for matching answers: first with NULL, then each after the last; NULL at the end.
 */
struct driver_op *driver_link_next_op(struct driver_link *link, const struct driver_op *last);
/* The lock system told of an encoder, or its state (KC_ENCODER_...). Not for drivers with `usb` or `serial_ids`: their
 * link is the encoder. The core makes it with the system, called as the system is, and keeps its state by the link. */
void driver_encoder_seen(struct driver_link *link, const char *encoder, int32_t state);
/* Whether the system has an encoder of this name, so far: by the list that the lock system told, by its configuration
 * or because somebody used it. */
bool driver_encoder_is_known(const struct driver_link *link, const char *encoder);
/* Shows one message of the wire in the log at KC_LOG_DEBUG, domain "wire". `text` must have guest data and secrets
 * masked. driver_tracing() tells whether anyone listens, so that building the text can be spared. */
bool driver_tracing(const struct driver_link *link);
void driver_trace(struct driver_link *link, bool sent, const char *text);

/* Asks the ledger, in its thread, for the guests of the site who have active keys in this system, newest first. With
 * `ended_days` over 0 the rooms that are checked out follow, each once, as far as their last original is not older than
 * so many days: none of which somebody has or may have a key, and a request for one that is recorded later is also sent
 * later. A few of them come to on_stays(); call it again for the next few, or with `anew` for the first ones. The link
 * must be up. If the ledger cannot be read the link is closed, so that no list is taken for whole that is not. */
void driver_ask_stays(struct driver_link *link, bool anew, int64_t ended_days);

/* What the driver made of a request, for the next operation with the same request, texts and times, while the options
 * are the same: its bytes on the wire. The first gives what an earlier operation kept, aligned for any type, or NULL;
 * the second, memory of that size to be filled at once, or NULL if nothing is to be kept. Both live as long as the
 * operation. */
const void *driver_op_kept(const struct driver_op *op);
void *driver_op_keep(const struct driver_op *op, size_t size);

/* From now on the lock system may have acted: call it right before driver_send() of the bytes that carry the request.
 */
void driver_op_committed(struct driver_op *op);
/* The lock system said that it did not take the request (NAK): nothing happened after all. */
void driver_op_released(struct driver_op *op);
/* A person must act: prompt KC_PROMPT_PRESENT_CARD, _TAKE_CARD or _CHECK_CARD, card number of count. Enters the
 * state WAITING. */
void driver_op_prompt(struct driver_op *op, int32_t prompt, int32_t card, int32_t count);
/* The lock system is at work. Enters the state ENCODING. */
void driver_op_encoding(struct driver_op *op);
/* The encoder itself took part: it becomes the station's last used encoder, whatever the result. */
void driver_op_reached_encoder(struct driver_op *op);
/* Calls on_timer(link, op) after so many milliseconds, for steps of the protocol; negative stops it. */
void driver_op_timer(struct driver_op *op, int64_t delay_ms);
/* How long the operation may take from now. When it passes, the core ends the operation with KC_ERROR_TIMED_OUT and
 * `text` ("no acknowledgement"; a static string), and closes the connection if the operation was committed, so that a
 * late answer cannot be taken for that of another. */
void driver_op_deadline(struct driver_op *op, int64_t delay_ms, const char *text);
/* Results, before driver_op_done(). They are copied. */
void driver_op_serial(struct driver_op *op, const char *serial);
/* The same for bytes as they came, if they are printable ASCII and not too many; else false, and nothing is taken. */
bool driver_op_serial_bytes(struct driver_op *op, const uint8_t *bytes, size_t count);
void driver_op_image(struct driver_op *op, const uint8_t *bytes, size_t count, const char *installation);
/* The lock system took the mobile key; whether it reached the phone is not known yet. */
void driver_op_unconfirmed(struct driver_op *op);
struct driver_card {
    int32_t kind;      /* KC_KIND_... */
    int32_t key_state; /* KC_KEY_ACTIVE, KC_KEY_VOIDED or KC_KEY_CHECKED_OUT, as the card or the lock system says */
    struct strings rooms, areas;
    struct wall_time from, until; /* year 0: not given */
    const char *operator_name, *serial, *text;
    const char *booking; /* the booking that the card says it is for; NULL: it says none */
};
void driver_op_card(struct driver_op *op, const struct driver_card *card);
/* A warning that belongs to the result, without guest data ("the lock system answered with a new guest instead of a
 * copy"). */
void driver_op_warn(struct driver_op *op, const char *text);
/* The end. The error is copied; NULL is success. error.card_state says what happened: KC_OUTCOME_NOT_WRITTEN (the lock
 * system said that nothing took effect) or KC_OUTCOME_UNKNOWN (or KC_OUTCOME_WRITTEN for a success that brings an error
 * text). The operation must not be touched after it; the next one may start before it returns. */
void driver_op_done(struct driver_op *op, const struct kc_error *error);

/* The present time at the site, for protocols whose messages carry it. `second` may be NULL. */
void driver_site_time(const struct driver_link *link, struct wall_time *wall, int32_t *second);
/* The time at the site at another moment, seconds since 1970; year 0 if that is not in 2000 to 2099. */
struct wall_time driver_site_wall(const struct driver_link *link, int64_t utc);

/* Compiled-in drivers, in a generated table. */
extern const struct driver *const driver_table[];
extern const size_t driver_table_count;

#endif
