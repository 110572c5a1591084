/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * @file keycard.h
 * @brief libkeycard: hotel room keys through the hotel's lock system.
 *
 * Read this file from top to bottom: it is the manual. The groups stand in the order of use.
 *
 * A property-management system (PMS) opens a context, describes a site (a hotel) and the lock systems of that site,
 * fills in a request, and starts an operation with it. The operation runs while kc_context_dispatch() is called; what
 * happens on the way arrives as events. Each operation ends with exactly one event KC_EVENT_DONE.
 *
 * @code
 * kc_context *context;  kc_site *site;  kc_system *salto;  kc_request *request;  kc_op *op;
 * kc_context_new(&context);
 * kc_context_set_ledger(context, "sqlite:/var/lib/pms/keys.db");
 * kc_site_new(context, "Grand Hotel", &site);
 * kc_site_set_time_zone(site, "Europe/Sofia");
 * kc_system_new(site, "salto", "salto+tcp://10.0.0.5:8090", &salto);
 * kc_request_new(site, &request);
 * kc_request_set_booking(request, "4711");
 * kc_request_add_room(request, "101");
 * kc_request_set_validity(request, "2026-06-15", "2026-06-18");
 * kc_request_set_station(request, "desk-1");
 * kc_request_set_encoder(request, "Online Encoder 1");
 * kc_issue_original(request, &op);
 * kc_op_wait(op, -1);
 * if (kc_op_get_status(op) != KC_OK)
 *     puts(kc_error_get_message(kc_op_get_error(op)));
 * @endcode
 *
 * Words. *Original*: first key of a stay; it makes every earlier key of that stay and room invalid. *Duplicate*: a
 * further key of the same stay; it invalidates nothing. *Re-issue*: a new original because dates, times, rooms or
 * areas changed. *Retry*: another attempt after an attempt that failed. *Station*: the workstation, kiosk or tablet
 * that asks; it remembers its last used encoder. *Ledger*: the durable record of operations and keys. *Outcome*: what
 * happened to the card or the lock server: not written, written, or unknown.
 *
 * Conventions
 * - Handles are opaque. Whoever gets a handle through an out-parameter, or from kc_context_next_event(), owns one
 *   reference and gives it back with the unref function. Handles that a getter returns are borrowed: they live as
 *   long as the object they came from; take a reference to keep one longer. Every unref takes NULL and returns NULL.
 *   Children keep their parents alive, so handles may be given back in any order.
 * - Functions that can fail return #KC_OK (0) or a negative status. Out-parameters come last and are untouched on
 *   failure. Text and detail of a failed setter stand in the error of its object (kc_request_get_error() and so on)
 *   until the next failing call on that object; those of an operation in kc_op_get_error().
 * - NULL for a handle gives #KC_ERROR_INVALID_ARGUMENT, or NULL, 0 or "" from a getter, or -1 where 0 would mean
 *   something (descriptors, limits, ids of USB); it never crashes. Getters that do not apply give the same.
 * - A function that gives a `kc_op **` starts an operation and returns at once: #KC_OK, #KC_ERROR_INVALID_ARGUMENT
 *   (NULL) or #KC_ERROR_NO_MEMORY. Whatever else is wrong is told by how the operation ends.
 * - Strings are NUL-terminated UTF-8, checked on entry and copied: nothing of the caller's need outlive the call.
 *   Returned strings are borrowed as handles are. The caller never frees library memory except by unref. A string
 *   getter returns "" where there is nothing, never NULL. Lengths "in characters" count code points of Unicode.
 * - Indexes count from 0. Past the end, and for negative ones, a getter returns NULL or "".
 * - Codes are only ever appended: treat an unknown code as "other". Names and messages are in English; names of codes
 *   are stable, messages are for people and may change.
 * - Times in requests are ISO 8601 ("2026-06-15T14:00", "2026-06-15", "2026-06-15T14:00+03:00"), of the years 2000 to
 *   2099. Without an offset they are the wall time of the site; the time zone of this computer is never used. Times
 *   that come back are text with offset. Durations are in milliseconds.
 * - The library never exits, prints, installs signal handlers, or changes locale or environment. The only callback is
 *   the optional log function.
 *
 * Threads. A context and everything reached from it belong to one thread at a time.
 *
 * | function | from which thread |
 * |---|---|
 * | kc_context_wait(), kc_context_wakeup() | any, at any time |
 * | kc_op_cancel() | any, at any time |
 * | every ref and unref function | any, at any time |
 * | getters of an operation that has ended, of its keys, warnings and error | any, while it is not being resolved |
 * | kc_version(), kc_version_number(), kc_has_driver(), kc_driver_... | any, at any time |
 * | kc_open_key_... | any, at any time |
 * | names and texts of codes: kc_status_name(), kc_status_text(), kc_verb_name() and so on | any, at any time |
 * | everything else | the thread that has the context |
 *
 * Different contexts are independent of each other.
 */
#ifndef KEYCARD_KEYCARD_H
#define KEYCARD_KEYCARD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef KC_API
#define KC_API
#endif

/** @defgroup types Handles
 * All are opaque. @{ */
typedef struct kc_context kc_context;   /**< One library instance: event loop, ledger, sites. */
typedef struct kc_site kc_site;         /**< One property: time zone, default times, policies, lock systems. */
typedef struct kc_system kc_system;     /**< One lock system of a site, reached by one driver over one link. */
typedef struct kc_encoder kc_encoder;   /**< What writes a card; belongs to a system. */
typedef struct kc_device kc_device;     /**< Something plugged into this computer that may be an encoder. */
typedef struct kc_request kc_request;   /**< What is wanted; filled in with setters, may be used again. */
typedef struct kc_op kc_op;             /**< One attempt. */
typedef struct kc_key kc_key;           /**< One record of the ledger, or what was read from a card. Immutable. */
typedef struct kc_event kc_event;       /**< Something that happened. Immutable. */
typedef struct kc_error kc_error;       /**< What went wrong, what it means for the card, and what to do. */
typedef struct kc_open_key kc_open_key; /**< What an open key says that was read from a card. Immutable. */
typedef struct kc_driver kc_driver;     /**< What is known of a kind of lock system. Static: no reference counting. */
/** @} */

/** @defgroup status Status codes
 * What calls and operations end with. Name and one-line text: kc_status_name(), kc_status_text(). @{ */
#define KC_OK                     0     /**< Done. */
#define KC_ERROR_INVALID_ARGUMENT (-1)  /**< A value is not valid; the error names field and fault. */
#define KC_ERROR_NO_MEMORY        (-2)  /**< Memory is used up. */
#define KC_ERROR_NOT_FOUND        (-3)  /**< No such operation, key, encoder, policy, option or driver. */
#define KC_ERROR_NOT_OFFERED      (-4)  /**< This lock system, or its configuration, does not offer this. */
#define KC_ERROR_POLICY           (-5)  /**< A policy of the site forbids this. */
#define KC_ERROR_NO_ROOM          (-6)  /**< No room is allocated: no room, no key. */
#define KC_ERROR_NO_ORIGINAL      (-7)  /**< No active original: a duplicate could void, so it is refused. */
#define KC_ERROR_NO_LAST_ENCODER  (-8)  /**< This station has no last used encoder. */
#define KC_ERROR_UNRESOLVED       (-9)  /**< The outcome of an earlier operation is unknown; resolve that first. */
#define KC_ERROR_LIMIT            (-10) /**< More than the lock system takes (rooms, areas, text, dates, copies). */
#define KC_ERROR_CONTACT          (-11) /**< The lock system does not take this kind of contact. */
#define KC_ERROR_IN_PROGRESS      (-12) /**< An operation with this idempotency key is still running elsewhere. */
#define KC_ERROR_IDEMPOTENCY      (-13) /**< This idempotency key was used for a different request. */
#define KC_ERROR_STATE            (-14) /**< Not possible in this state of the object. */
#define KC_ERROR_CANCELLED        (-15) /**< Cancelled by kc_op_cancel() or by the end of the context. */
#define KC_ERROR_DECLINED         (-16) /**< The person asked by a confirmation said no. */
#define KC_ERROR_LEDGER           (-20) /**< The ledger cannot be opened, read or written. */
#define KC_ERROR_LEDGER_FULL      (-21) /**< The disk under the ledger is full. */
#define KC_ERROR_LEDGER_DAMAGED   (-22) /**< The ledger file is damaged or is not a ledger. */
#define KC_ERROR_LEDGER_NEWER     (-23) /**< The ledger was written by a newer version of the library. */
#define KC_ERROR_LEDGER_BUSY      (-24) /**< The ledger is locked by another program. */
#define KC_ERROR_LEDGER_READ_ONLY (-25) /**< The ledger may not be written. */
#define KC_ERROR_LEDGER_KEY       (-26) /**< The ledger is encrypted with another key than was given. */
#define KC_ERROR_UNREACHABLE      (-30) /**< The lock system cannot be reached. */
#define KC_ERROR_CONNECTION_LOST  (-31) /**< The connection to the lock system was lost. */
#define KC_ERROR_TIMED_OUT        (-32) /**< The lock system did not answer in time. */
#define KC_ERROR_PROTOCOL         (-33) /**< The lock system answered something that its protocol does not allow. */
#define KC_ERROR_NOT_ACCEPTED     (-34) /**< The lock system did not take the request (busy or line error). */
#define KC_ERROR_ENCODER_OFFLINE  (-40) /**< The encoder does not answer the lock system. */
#define KC_ERROR_ENCODER_BUSY     (-41) /**< The encoder is busy with another task. */
#define KC_ERROR_NO_CARD          (-42) /**< No card was presented in time. */
#define KC_ERROR_CARD             (-43) /**< The card cannot be written or read. */
#define KC_ERROR_CARD_FORMAT      (-44) /**< The card belongs to another system or is damaged. */
#define KC_ERROR_CARD_REFUSED     (-45) /**< The card is in use otherwise, for example by staff. */
#define KC_ERROR_ENCODER_FAULT    (-46) /**< Mechanical fault of the encoder. */
#define KC_ERROR_UNKNOWN_ROOM     (-50) /**< The lock system does not know the room. */
#define KC_ERROR_ROOM_UNAVAILABLE (-51) /**< The room is out of service in the lock system. */
#define KC_ERROR_ROOM_BUSY        (-52) /**< A key of this room is being made at another station. */
#define KC_ERROR_NOT_CHECKED_IN   (-53) /**< For the lock system the room is checked out. */
#define KC_ERROR_ONE_SHOT_LIMIT   (-54) /**< No more one-shot keys for this room. */
#define KC_ERROR_LOCK_SYSTEM      (-55) /**< Fault in the lock system itself. */
#define KC_ERROR_VENDOR           (-56) /**< Another error of the lock system: see vendor code and text. */
#define KC_ERROR_MOBILE           (-57) /**< The lock system could not make the mobile key. */
#define KC_ERROR_SYNTAX           (-58) /**< The lock system rejected the request as malformed. */
#define KC_ERROR_CREDENTIALS      (-59) /**< The lock system, or a proxy before it, refuses user or password. */
#define KC_ERROR_SYSTEM           (-60) /**< The operating system refused something (descriptors, permissions). */
#define KC_ERROR_CERTIFICATE      (-61) /**< The certificate of the lock system is not trusted. */
#define KC_ERROR_UNKNOWN_AREA     (-62) /**< The lock system does not know the area, or not for this key. */
#define KC_ERROR_CONFLICT         (-63) /**< In the lock system another stay stands against this. */
#define KC_ERROR_KEY_LIMIT        (-64) /**< The lock system makes no more keys for this stay or room. */
#define KC_ERROR_LOCK_OFFLINE     (-65) /**< The lock cannot be reached, so it learns nothing without a new card. */
#define KC_ERROR_OTHER_SITE       (-66) /**< The key on the card is that of another property. */
#define KC_ERROR_NOT_AUTHENTIC    (-67) /**< The key on the card is copied, changed, or not made with this site's key. */

/** Short stable name, such as "no-card"; "unknown" for an unknown code. Static string. @since 0.1 */
KC_API const char *kc_status_name(int32_t status);
/** One sentence in English. Static string. @since 0.1 */
KC_API const char *kc_status_text(int32_t status);
/** @} */

/** @defgroup version Version and features
 * @{ */
#define KC_VERSION_MAJOR 0 /**< Version of this header: major. */
#define KC_VERSION_MINOR 1 /**< Minor. */
#define KC_VERSION_PATCH 0 /**< Patch. */

/** Version of the library that runs, such as "0.1.0". Static string. @since 0.1 */
KC_API const char *kc_version(void);
/** The same as one number: major * 10000 + minor * 100 + patch. @since 0.1 */
KC_API int32_t kc_version_number(void);
/** 1 if a driver of this name is compiled in, else 0. @since 0.1 */
KC_API int32_t kc_has_driver(const char *name);
/** @} */

/** @defgroup error Errors
 * A kc_error belongs to the object it came from; there is none to give back. That of a setter is replaced by the next
 * failure on the same object, so take what you need at once. No error ever contains guest data or a secret. @{ */

/** What happened to the card or in the lock server. */
#define KC_OUTCOME_PENDING     0 /**< Not finished. */
#define KC_OUTCOME_NOT_WRITTEN 1 /**< Nothing took effect; also of a question that was answered. */
#define KC_OUTCOME_WRITTEN     2 /**< It took effect. */
#define KC_OUTCOME_UNKNOWN     3 /**< It may or may not have taken effect: settle it with kc_op_resolve(). */
/** "pending", "not-written", "written" or "unknown". Static string. @since 0.1 */
KC_API const char *kc_outcome_name(int32_t outcome);

/** What to do next. */
#define KC_ADVICE_NONE                0  /**< Nothing to do. */
#define KC_ADVICE_CORRECT_REQUEST     1  /**< Change the named field of the request, then ask again. */
#define KC_ADVICE_RETRY               2  /**< Try again; nothing was written. */
#define KC_ADVICE_NEW_CARD            3  /**< Take another card, then try again. */
#define KC_ADVICE_OTHER_ENCODER       4  /**< Use another encoder, or see to this one. */
#define KC_ADVICE_RESOLVE             5  /**< Find out what is on the card: read it or try the door. */
#define KC_ADVICE_CHECK_CONFIGURATION 6  /**< Correct the configuration here or in the lock system. */
#define KC_ADVICE_CHECK_CONNECTION    7  /**< See that the lock system runs and can be reached. */
#define KC_ADVICE_ISSUE_ORIGINAL      8  /**< Make an original first. */
#define KC_ADVICE_CALL_VENDOR         9  /**< Call who looks after the lock system; quote vendor code and text. */
#define KC_ADVICE_CHECK_LEDGER        10 /**< See to the ledger: disk space, permissions, backup. */
#define KC_ADVICE_READ_CARD           11 /**< Read a card at this station, so that it has a last used encoder. */

/** One of KC_OK and KC_ERROR_... @since 0.1 */
KC_API int32_t kc_error_get_code(const kc_error *error);
/** One of KC_ADVICE_... @since 0.1 */
KC_API int32_t kc_error_get_advice(const kc_error *error);
/** The advice as a sentence for the clerk. @since 0.1 */
KC_API const char *kc_error_get_advice_text(const kc_error *error);
/** What happened to the card: one of KC_OUTCOME_... @since 0.1 */
KC_API int32_t kc_error_get_card_state(const kc_error *error);
/** What was wrong, with the value where it is not guest data. @since 0.1 */
KC_API const char *kc_error_get_message(const kc_error *error);
/** What was wrong, or "": a field of the request, called as its setter ("booking", "rooms", "from", "until", "areas",
 * "card-serial" ...), an option ("ca-file"), or an argument ("key", "operation"). @since 0.1 */
KC_API const char *kc_error_get_field(const kc_error *error);
/** The lock system's own error code, such as "EP", or "". @since 0.1 */
KC_API const char *kc_error_get_vendor_code(const kc_error *error);
/** The lock system's own words, or its documented meaning of the code, or "". @since 0.1 */
KC_API const char *kc_error_get_vendor_text(const kc_error *error);
/** @} */

/** @defgroup context Context and event loop
 * The loop surface is one file descriptor: readable means call kc_context_dispatch(), then take events with
 * kc_context_next_event() until it returns NULL. Timers of the library make it readable too, so no other timer is
 * needed. Events wait in memory until they are taken: a program that only uses kc_op_wait() takes and gives back those
 * as well. @{ */

/** Levels of log messages. */
#define KC_LOG_ERROR   1 /**< Something failed. */
#define KC_LOG_WARNING 2 /**< Something is not as it should be. */
#define KC_LOG_INFO    3 /**< Links and operations. */
#define KC_LOG_DEBUG   4 /**< Also the wire, with guest data and secrets masked. */

/** The only callback. @a message is formatted UTF-8 without guest data, valid during the call. It is called in the
 * thread that has the context (or that gives back its last handle) and must not call back into the library. */
typedef void (*kc_log_function)(void *user, int32_t level, const char *domain, const char *message);

/** Makes a context. Without kc_context_set_ledger() it keeps its ledger in memory only.
 * @return #KC_OK, #KC_ERROR_NO_MEMORY, #KC_ERROR_SYSTEM (no file descriptors). @since 0.1 */
KC_API int32_t kc_context_new(kc_context **context);
/** Takes a reference. @return @a context. Any thread. @since 0.1 */
KC_API kc_context *kc_context_ref(kc_context *context);
/** Gives a reference back. When the last handle of a context and of all reached from it is given back, running
 * operations end (their outcome goes to the ledger, unknown if their request had left), links close, and the ledger
 * is closed; this waits for the ledger's last write. Any thread; a binding whose finalizers run in a thread of their
 * own gives its handles back in the thread that has the context, so that this does not happen in the middle of a
 * dispatch.
 * @return NULL. @since 0.1 */
KC_API kc_context *kc_context_unref(kc_context *context);
/** Sets or removes (NULL) the log function and the most detailed level that it gets, KC_LOG_.... The function must
 * stay callable until it is removed or the context has ended. @return #KC_OK or #KC_ERROR_INVALID_ARGUMENT (no
 * context).
 * @since 0.1 */
KC_API int32_t kc_context_set_log(kc_context *context, kc_log_function function, void *user, int32_t level);
/** Opens the ledger; to be called before the first operation. May block while the file is opened or migrated.
 *
 * | URI | ledger |
 * |---|---|
 * | `sqlite:PATH` | one file, made if it does not exist; many processes of one machine may share it |
 * | `postgresql://USER@HOST:PORT/DATABASE` | a PostgreSQL database, in its schema `keycard`; for many machines |
 * | `memory:` | kept until the context ends (the default) |
 * | `none:` | nothing is kept; for measurements |
 *
 * PostgreSQL is there if the library was built with it. The schema is made if it does not exist. The URI is one of
 * libpq: of several hosts (`HOST1:PORT1,HOST2:PORT2`) the one that can be written is taken, again whenever the
 * connection is lost; the password may stand in libpq's file of passwords instead. A pool between must not share
 * sessions.
 *
 * Without a ledger (`none:`) there is no history: duplicates are refused, stations have no last encoder, and
 * idempotency keys are refused.
 *
 * @return #KC_OK, #KC_ERROR_INVALID_ARGUMENT, #KC_ERROR_STATE (operations were started), or KC_ERROR_LEDGER...;
 * see kc_context_get_error(). @since 0.1 */
KC_API int32_t kc_context_set_ledger(kc_context *context, const char *uri);
/** Gives the key with which guest data are encrypted in the ledger; to be called before kc_context_set_ledger(). Names,
 * phone numbers, e-mail addresses, messages, texts and serial numbers of cards are then encrypted, each value by itself
 * (AES-256-GCM), before they reach the file or the server; bookings, rooms, dates, stations, operators and what lock
 * systems answered are not, for they are looked up or counted. Which of the values are empty, and about how long they
 * are, still shows. kc_verify_ledger() needs no key.
 *
 * A ledger is encrypted from its first entry on, or not at all: an empty one takes the key over, any other must have
 * been made with it. To encrypt one that is not, or to change the key, copy it: kc_copy_ledger(). A lost key cannot be
 * replaced. The bytes are copied, and wiped as soon as the ledger is open. `memory:` and `none:` take no notice of it.
 * @param context the context
 * @param key 32 bytes from a good random source, or NULL to take it back
 * @param size 32, or 0 with NULL
 * @return #KC_OK, #KC_ERROR_INVALID_ARGUMENT (another size), #KC_ERROR_STATE (the ledger is open). If it is not the
 *         key of the ledger, kc_context_set_ledger() fails with #KC_ERROR_LEDGER_KEY, and nothing was touched.
 * @since 0.1 */
KC_API int32_t kc_context_set_ledger_key(kc_context *context, const uint8_t *key, size_t size);
/** Switches KC_EVENT_LEDGER on or off, which tells what others do: other programs and machines with the same ledger.
 * From the call on, and before anything that is asked of the ledger later is answered: list after it, and nothing is
 * missed between. Each time that an operation of a site that this context knows is recorded or changed there is one
 * event, in the order of the ledger's journal, also of what was written while the connection to the ledger was lost.
 * What this context writes itself is not told. Off until this is called; costs nothing then.
 *
 * PostgreSQL tells by itself. A SQLite file is looked at now and then, in the ledger's thread: this context is woken
 * only when there is something.
 * @param context the context
 * @param interval_ms how often a SQLite file is looked at and a lost server is tried again, in milliseconds, up to
 * 3,600,000; 0: every 250; negative: off
 * @return #KC_OK, #KC_ERROR_NOT_OFFERED (`memory:` and `none:`: nobody else can write them),
 * #KC_ERROR_INVALID_ARGUMENT, #KC_ERROR_SYSTEM, or why the ledger cannot be opened; see kc_context_get_error().
 * @since 0.1 */
KC_API int32_t kc_context_watch_ledger(kc_context *context, int32_t interval_ms);
/** Error of the last call on this context that failed, or NULL. @since 0.1 */
KC_API const kc_error *kc_context_get_error(const kc_context *context);
/** A descriptor that is readable when kc_context_dispatch() is to be called. Owned by the context; use it with poll
 * or an event loop only. @since 0.1 */
KC_API int32_t kc_context_get_fd(const kc_context *context);
/** Does what can be done now. Never blocks, bounded work per call: at most 64 descriptors that are ready, 256 timers
 * that are over and 256 tasks of the library's own, in this order; from one connection at most 64 KiB, and after 20
 * milliseconds at most 4 KiB from each. When more is due the descriptor stays readable.
 * @return #KC_OK, #KC_ERROR_SYSTEM, or #KC_ERROR_STATE (called from inside itself: by the log function). @since 0.1 */
KC_API int32_t kc_context_dispatch(kc_context *context);
/** Waits until kc_context_dispatch() has something to do, kc_context_wakeup() is called, or the time is over. Touches
 * no state. Any thread.
 * @param context the context
 * @param timeout_ms milliseconds, -1 without limit
 * @return 1 if there is something to do or it was woken, 0 when the time is over, #KC_ERROR_INVALID_ARGUMENT (no
 * context) or #KC_ERROR_SYSTEM. A signal does not end it. @since 0.1 */
KC_API int32_t kc_context_wait(kc_context *context, int32_t timeout_ms);
/** Waits until there is something to do, at most so long, and does it as kc_context_dispatch() does: both in one call,
 * for a thread that has nothing else to do. Call it and take the events, in a circle: that costs half the system calls
 * of kc_context_wait() and kc_context_dispatch() in turns. It does not wait while events are to be taken, and may come
 * back before the time is over without any: after kc_context_wakeup(), a signal, a part of what is to be done, or when
 * an earlier wait would have ended. The descriptor of kc_context_get_fd() may stay readable until the next
 * kc_context_dispatch().
 * @param context the context
 * @param timeout_ms milliseconds, -1 without limit
 * @return #KC_OK, #KC_ERROR_INVALID_ARGUMENT (no context), #KC_ERROR_STATE (called by the log function) or
 * #KC_ERROR_SYSTEM. @since 0.1 */
KC_API int32_t kc_context_run(kc_context *context, int32_t timeout_ms);
/** Lets kc_context_wait() and kc_context_run() return. Any thread, also in a signal handler. @since 0.1 */
KC_API int32_t kc_context_wakeup(kc_context *context);
/** How fast the context connects its systems, so that thousands of lock systems that come back after a power cut are
 * not overrun: with a rate of 1,000 (the default) at most 100 at the same moment, and 1,000 a second for as long as it
 * takes. In general a tenth of the rate at once, at least one. An operation whose link has to wait for that stays
 * queued. Tries that fail count too; systems that the lock system connects to, and adopted descriptors, do not.
 * @param context the context
 * @param per_second 1 to 100,000, or 0: as fast as can be
 * @return #KC_OK or #KC_ERROR_INVALID_ARGUMENT. @since 0.1 */
KC_API int32_t kc_context_set_connection_rate(kc_context *context, int32_t per_second);
/** Takes the next event, or NULL when there is none. The caller owns it: kc_event_unref(). @since 0.1 */
KC_API kc_event *kc_context_next_event(kc_context *context);
/** @} */

/** @defgroup event Events
 * Events of one operation come in order: states, prompts and warnings in between, and exactly one KC_EVENT_DONE as
 * the last. What a person must do is an event, not an error. @{ */
#define KC_EVENT_STATE   1 /**< The operation entered another state: kc_event_get_state(). */
#define KC_EVENT_PROMPT  2 /**< A person must do something: kc_event_get_prompt(). */
#define KC_EVENT_WARNING 3 /**< Adapted, or to be known, before anything is sent: kc_event_get_text(). */
#define KC_EVENT_DONE    4 /**< The operation ended: kc_op_get_status(). The last event of an operation. */
#define KC_EVENT_ENCODER 5 /**< An encoder appeared or changed state: kc_event_get_encoder(). */
#define KC_EVENT_SYSTEM  6 /**< A link came up or went down, or kc_system_has() changed: kc_event_get_system(). */
#define KC_EVENT_LEDGER  7 /**< Somebody else recorded or changed an operation: kc_context_watch_ledger(). */
#define KC_EVENT_DEVICE  8 /**< A device came, went or changed: kc_context_watch_devices(), kc_event_get_device(). */
/** Name such as "prompt". Static string. @since 0.1 */
KC_API const char *kc_event_type_name(int32_t type);

#define KC_PROMPT_PRESENT_CARD 1 /**< Put card number/count on the encoder. */
#define KC_PROMPT_TAKE_CARD    2 /**< Take the card away. */
#define KC_PROMPT_CONFIRM      3 /**< Answer with kc_op_answer(); kc_event_get_text() is the question. */
#define KC_PROMPT_CHECK_CARD   4 /**< Put card number/count on the encoder again: it is read back. */
/** Name such as "present-card". Static string. @since 0.1 */
KC_API const char *kc_prompt_name(int32_t prompt);

/** Takes a reference. Any thread. @since 0.1 */
KC_API kc_event *kc_event_ref(kc_event *event);
/** Gives a reference back. Any thread. @return NULL. @since 0.1 */
KC_API kc_event *kc_event_unref(kc_event *event);
/** One of KC_EVENT_... @since 0.1 */
KC_API int32_t kc_event_get_type(const kc_event *event);
/** The operation, or NULL for events of encoders, systems and devices. That of KC_EVENT_LEDGER is as from
 * kc_list_ops(), with its key: as the ledger had it when the event was made, which may be more than the event tells of.
 * NULL there: what changed is not known (a server took over that had not got everything, or the ledger could not be
 * reached when it was to be watched); list anew. @since 0.1 */
KC_API kc_op *kc_event_get_op(const kc_event *event);
/** The state that the operation (KC_STATE_...), encoder (KC_ENCODER_...), system (KC_LINK_...) or device
 * (KC_DEVICE_...) had when the event was made; 0 for other events. @since 0.1 */
KC_API int32_t kc_event_get_state(const kc_event *event);
/** The number of the journal's entry that KC_EVENT_LEDGER tells of, each higher than the one before; else 0.
 * @since 0.1 */
KC_API int64_t kc_event_get_entry(const kc_event *event);
/** The encoder that the event is about, or NULL. @since 0.1 */
KC_API kc_encoder *kc_event_get_encoder(const kc_event *event);
/** The system that the event is about, or NULL. @since 0.1 */
KC_API kc_system *kc_event_get_system(const kc_event *event);
/** The device that the event is about, or NULL. @since 0.1 */
KC_API kc_device *kc_event_get_device(const kc_event *event);
/** One of KC_PROMPT_..., 0 if this is no prompt. @since 0.1 */
KC_API int32_t kc_event_get_prompt(const kc_event *event);
/** Which card the prompt is about, from 1; 0 if it is about none. @since 0.1 */
KC_API int32_t kc_event_get_card_number(const kc_event *event);
/** How many cards there will be; 0 if it is about none. @since 0.1 */
KC_API int32_t kc_event_get_card_count(const kc_event *event);
/** The event as a sentence in English, such as "Present card 1 of 2 to Desk 1". @since 0.1 */
KC_API const char *kc_event_get_text(const kc_event *event);
/** @} */

/** @defgroup site Site
 * One property. A site stays with its context as long as it or something reached from it is referenced or used. @{ */

/** Makes a site. Set its time zone and default times before filling in requests: kc_request_set_validity() uses those
 * that it finds.
 * @param context the context
 * @param name how the ledger knows the property; 1 to 100 characters; unique in the context. Another name is another
 *        property: it does not see the keys of this one.
 * @param site the new site
 * @return #KC_OK, #KC_ERROR_INVALID_ARGUMENT (see kc_context_get_error()), #KC_ERROR_NO_MEMORY. @since 0.1 */
KC_API int32_t kc_site_new(kc_context *context, const char *name, kc_site **site);
/** Takes a reference. Any thread. @since 0.1 */
KC_API kc_site *kc_site_ref(kc_site *site);
/** Gives a reference back. Any thread. @return NULL. @since 0.1 */
KC_API kc_site *kc_site_unref(kc_site *site);
/** The name. @since 0.1 */
KC_API const char *kc_site_get_name(const kc_site *site);
/** Sets the time zone by its IANA name, such as "Europe/Sofia". Default "UTC".
 * @return #KC_OK, #KC_ERROR_INVALID_ARGUMENT, #KC_ERROR_NO_MEMORY. @since 0.1 */
KC_API int32_t kc_site_set_time_zone(kc_site *site, const char *name);
/** Sets the check-in and check-out times, "HH:MM", that complete a date without a time. Default "15:00" and "11:00".
 * @return #KC_OK, #KC_ERROR_INVALID_ARGUMENT. @since 0.1 */
KC_API int32_t kc_site_set_default_times(kc_site *site, const char *check_in, const char *check_out);
/** Sets a policy. The first value of each is the default.
 *
 * | policy | values | about |
 * |---|---|---|
 * | `early-issue` | `allow`, `refuse` | a key before the arrival day |
 * | `second-original` | `warn`, `confirm`, `refuse` | an original that voids active keys of booking or room |
 * | `text` | `adapt`, `refuse` | text that the lock system cannot take |
 * | `minutes` | `refuse`, `inward`, `outward` | times finer than the lock system knows |
 * | `start` | `refuse`, `drop` | a start in the future for a lock system that transmits no start |
 * | `forget-after` | `never`, `1` .. `36500` | days after departure after which guest data are forgotten |
 *
 * `confirm` asks by #KC_PROMPT_CONFIRM. `adapt` transliterates. `inward` rounds so that the key is valid shorter,
 * `outward` longer. `drop` makes the key valid at once. Whatever is adapted, rounded or dropped is a warning.
 *
 * `forget-after` does what kc_forget_departed() does, by itself: soon after the ledger was opened or the policy was
 * set, then once a day while the context is dispatched. It makes no events; what it did goes to the log.
 *
 * @return #KC_OK, #KC_ERROR_NOT_FOUND (no such policy), #KC_ERROR_INVALID_ARGUMENT (no such value). @since 0.1 */
KC_API int32_t kc_site_set_policy(kc_site *site, const char *name, const char *value);
/** The value of a policy, or "" if there is no such policy. Lives until the policy is set again. @since 0.1 */
KC_API const char *kc_site_get_policy(const kc_site *site, const char *name);
/** Error of the last call on this site that failed, or NULL. @since 0.1 */
KC_API const kc_error *kc_site_get_error(const kc_site *site);
/** @} */

/** @defgroup driver Drivers
 * What a kind of lock system can do, known before anything is connected. Static data; any thread. @{ */

/** Number of drivers compiled in. @since 0.1 */
KC_API int32_t kc_driver_count(void);
/** Driver by index, from 0; NULL past the end. @since 0.1 */
KC_API const kc_driver *kc_driver_get(int32_t index);
/** Driver by name, or NULL. @since 0.1 */
KC_API const kc_driver *kc_driver_find(const char *name);
/** Name, such as "salto". @since 0.1 */
KC_API const char *kc_driver_get_name(const kc_driver *driver);
/** Label for people, such as "SALTO PMS Industry Standard". @since 0.1 */
KC_API const char *kc_driver_get_label(const kc_driver *driver);
/** "simulator-tested", "interop-tested", "lab" or "field". @since 0.1 */
KC_API const char *kc_driver_get_maturity(const kc_driver *driver);
/** URI scheme by index, such as "salto+tcp", or "" past the end. @since 0.1 */
KC_API const char *kc_driver_get_scheme(const kc_driver *driver, int32_t index);

/** What a lock system may offer. Each is also asked of a system with kc_system_has(), where options may switch it. */
#define KC_CAPABILITY_ORIGINAL      1  /**< kc_issue_original(), kc_reissue() */
#define KC_CAPABILITY_DUPLICATE     2  /**< kc_issue_duplicate() */
#define KC_CAPABILITY_ONE_SHOT      3  /**< kc_issue_one_shot() */
#define KC_CAPABILITY_MOBILE        4  /**< kc_send_mobile() */
#define KC_CAPABILITY_READ          5  /**< kc_read_card() */
#define KC_CAPABILITY_CHECK_OUT     6  /**< kc_check_out() */
#define KC_CAPABILITY_CANCEL_KEY    7  /**< kc_cancel_key() */
#define KC_CAPABILITY_MODIFY_STAY   8  /**< kc_modify_stay() */
#define KC_CAPABILITY_KEY_IMAGE     9  /**< mobile key returned as bytes, kc_request_set_return_image() */
#define KC_CAPABILITY_PHONE         10 /**< takes a phone number */
#define KC_CAPABILITY_EMAIL         11 /**< takes an e-mail address */
#define KC_CAPABILITY_DENY_AREAS    12 /**< areas can be denied, kc_request_remove_area() */
#define KC_CAPABILITY_CARD_SERIAL   13 /**< returns the serial number of the card */
#define KC_CAPABILITY_LIST_ENCODERS 14 /**< tells its encoders itself */
#define KC_CAPABILITY_BLOCK_STAY    15 /**< kc_block_stay(), kc_unblock_stay() */
#define KC_CAPABILITY_CARD_IMAGE    16 /**< key of a card returned as bytes, kc_request_set_card_serial() */
#define KC_CAPABILITY_DELIVERY      17 /**< tells whether a mobile key arrived, kc_check_mobile() */
#define KC_CAPABILITY_WRITE_IMAGE   18 /**< writes a key that came as bytes, kc_write_image() */
/** Name such as "one-shot". Static string; "" past the last one, so that all can be listed from 1. @since 0.1 */
KC_API const char *kc_capability_name(int32_t capability);
/** 1 if the driver can offer this, perhaps only with an option; else 0. @since 0.1 */
KC_API int32_t kc_driver_has(const kc_driver *driver, int32_t capability);

/** Limits. 0 means none are taken. The characters that a lock system takes are no limit to ask for: other ones are
 * adapted in texts (policy `text`), and refused with #KC_ERROR_LIMIT in names of rooms, areas and encoders, which must
 * arrive as they are. */
#define KC_LIMIT_ROOMS           1  /**< rooms on one key */
#define KC_LIMIT_ROOM_LENGTH     2  /**< characters of a room name, as mapped; 0: any length */
#define KC_LIMIT_AREAS           3  /**< the highest area number, as mapped; 0: no areas */
#define KC_LIMIT_GUEST_LENGTH    4  /**< characters of the guest's name; 0: not transmitted */
#define KC_LIMIT_OPERATOR_LENGTH 5  /**< characters of the operator; 0: not transmitted */
#define KC_LIMIT_TEXT_LINES      6  /**< lines of text on the card */
#define KC_LIMIT_TEXT_LENGTH     7  /**< characters of such a line */
#define KC_LIMIT_MESSAGE_LENGTH  8  /**< characters of the message with a mobile key */
#define KC_LIMIT_COPIES          9  /**< cards in one request */
#define KC_LIMIT_MINUTES         10 /**< granularity of times in minutes: 1, or 60 for whole hours */
#define KC_LIMIT_LAST_YEAR       11 /**< the furthest year */
#define KC_LIMIT_START           12 /**< 1 if the start is transmitted, 0 if keys are valid at once */
/** Name such as "room-length". Static string; "" past the last one. @since 0.1 */
KC_API const char *kc_limit_name(int32_t limit);
/** A limit with default options, or -1 for an unknown one. @since 0.1 */
KC_API int64_t kc_driver_get_limit(const kc_driver *driver, int32_t limit);
/** Number of options of the driver; those of its link are listed at kc_system_set_option(). @since 0.1 */
KC_API int32_t kc_driver_get_option_count(const kc_driver *driver);
/** Name of an option by index, from 0, or "" past the end. @since 0.1 */
KC_API const char *kc_driver_get_option_name(const kc_driver *driver, int32_t index);
/** Its default as text. @since 0.1 */
KC_API const char *kc_driver_get_option_default(const kc_driver *driver, int32_t index);
/** The values it takes, as text: words such as "on,off", numbers such as "1..9", "text", or "secret" (a text that is
 * never shown again). @since 0.1 */
KC_API const char *kc_driver_get_option_values(const kc_driver *driver, int32_t index);
/** What it does, in one sentence; it tells where the default is not verified on a real system. @since 0.1 */
KC_API const char *kc_driver_get_option_help(const kc_driver *driver, int32_t index);
/** @} */

/** @defgroup system Systems
 * One lock system of a site. Nothing is connected before the first operation or discovery. @{ */

/** Makes a system.
 * @param site the site
 * @param name 1 to 100 characters, unique in the site; the ledger knows the system by it
 * @param uri where the lock system is, such as `salto+tcp://10.0.0.5:8090`, `salto+serial:/dev/ttyUSB0?baud=9600` or
 *        `saflok+https://lens.example/MessengerPMSWS.asmx`; kc_driver_get_scheme() tells what may stand before the
 *        first colon. A serial port on USB may also be named by its device, so that it is found again wherever it is
 *        plugged in: `salto+serial:067b:2303/SERIAL`, or by the socket it is plugged into, `067b:2303@1-4.2`. Options
 *        may be added as query, `?mobile=on&connect-timeout=5000`; in their values a `&`, `#`, `%` or space is
 *        written %26, %23, %25 or %20. User and password never belong here: they are options.
 * @param system the new system
 * @return #KC_OK, #KC_ERROR_INVALID_ARGUMENT, #KC_ERROR_NOT_FOUND (no such driver, or no such option in the query),
 *         #KC_ERROR_NO_MEMORY; see kc_site_get_error(). @since 0.1 */
KC_API int32_t kc_system_new(kc_site *site, const char *name, const char *uri, kc_system **system);
/** Takes a reference. Any thread. @since 0.1 */
KC_API kc_system *kc_system_ref(kc_system *system);
/** Gives a reference back. The site keeps the system until it ends itself or kc_system_remove(). Any thread.
 * @return NULL. @since 0.1 */
KC_API kc_system *kc_system_unref(kc_system *system);
/** Takes the system out of its site: no operation finds it any more, its name is free again, and its link closes after
 * its running operations. @return #KC_OK or #KC_ERROR_INVALID_ARGUMENT. @since 0.1 */
KC_API int32_t kc_system_remove(kc_system *system);
/** The name. @since 0.1 */
KC_API const char *kc_system_get_name(const kc_system *system);
/** The driver. @since 0.1 */
KC_API const kc_driver *kc_system_get_driver(const kc_system *system);
/** Sets an option of the driver or of the link; to be called before the first operation. Each call is checked
 * together with what is set already. Options of every link:
 *
 * | option | default | meaning |
 * |---|---|---|
 * | `connect-timeout` | 10000 | milliseconds until a connection must stand |
 * | `keep-alive` | 30000 | milliseconds of silence after which an idle link is checked; 0 = never |
 * | `connection` | kept | `kept` or `per-request` |
 * | `back-off` | 1000 | milliseconds before the first reconnection by itself; 0 = only on demand |
 *
 * The time of `back-off` is doubled after each attempt, up to 60 s. Over HTTP connections are made by the requests that
 * need them; `per-request` closes them after each.
 *
 * Options of serial links; see the driver's page for what the other side wants. The port is taken for this program
 * alone while the link is up:
 *
 * | option | default | meaning |
 * |---|---|---|
 * | `baud` | 9600 | bits per second, 50 to 4000000 |
 * | `data-bits` | 8 | `5`, `6`, `7` or `8` |
 * | `parity` | none | `none`, `odd`, `even`, `mark` or `space` |
 * | `stop-bits` | 1 | `1` or `2` |
 * | `flow-control` | none | `none`, `rts-cts` or `xon-xoff` |
 * | `dtr`, `rts` | on | `on` or `off`: the modem lines while the link is up; `rts` not with `rts-cts` |
 *
 * Options of HTTP links. The certificate of an `https` system is always checked, by TLS 1.2 or later, against the
 * authorities of this computer, a file of your own, or by its pinned key; the host in the URI must be the one for which
 * it was made, unless `pinned-key` alone decides; with `ca-file` too, both must be right. Files are looked for when the
 * option is set and read when it connects:
 *
 * | option | default | meaning |
 * |---|---|---|
 * | `ca-file` | | file of certificate authorities to trust instead of the system's, PEM |
 * | `pinned-key` | | `sha256//BASE64`, of the server's public key: trusted without an authority |
 * | `client-certificate` | | file of this side's certificate, PEM |
 * | `client-key` | | file of its private key, PEM |
 * | `client-key-password` | | password of that file; secret |
 * | `http-user`, `http-password` | | HTTP Basic authentication; the password is secret |
 * | `http-header` | | one more header line, `Name: value`, such as a token; secret |
 * | `proxy` | | `http://host:port`; the environment is not looked at |
 * | `proxy-user`, `proxy-password` | | credentials for it; the password is secret |
 * | `reply-timeout` | 20000 | milliseconds from the beginning of a reply to its end |
 * | `reply-limit` | 1048576 | bytes of a reply at most |
 *
 * How long the server may take until its reply begins is an option of the driver. Redirects are never followed.
 * The five options of TLS are refused for `http`, and every HTTP option for other links.
 * @return #KC_OK, #KC_ERROR_NOT_FOUND (no such option), #KC_ERROR_INVALID_ARGUMENT (no such value, or not together
 * with the others), #KC_ERROR_STATE (an operation was started), #KC_ERROR_NO_MEMORY; see kc_system_get_error(). The
 * old value stays then. @since 0.1 */
KC_API int32_t kc_system_set_option(kc_system *system, const char *name, const char *value);
/** The value of an option as text; "" if there is none of this name, and for a secret. An HTTP or serial option that
 * was not set is "" too. Lives until the option is set again. @since 0.1 */
KC_API const char *kc_system_get_option(const kc_system *system, const char *name);
/** Says how the lock system calls a room of the PMS; both 1 to 100 characters. Rooms without an entry are passed as
 * they are.
 * @return #KC_OK, #KC_ERROR_INVALID_ARGUMENT, #KC_ERROR_NO_MEMORY. @since 0.1 */
KC_API int32_t kc_system_map_room(kc_system *system, const char *room, const char *lock_name);
/** Says how the lock system calls an area of the PMS, such as "spa" = "12". Areas without an entry are passed as
 * they are. @return as kc_system_map_room(). @since 0.1 */
KC_API int32_t kc_system_map_area(kc_system *system, const char *area, const char *lock_name);
/** Names an encoder of the system, by 1 to 100 characters. One whose driver writes cards itself, on a device of this
 * computer, has its encoder from the start, called as the system is; further names are further names of the same. Once
 * one is known (named here, told by the lock system, or the device itself), requests may name only known ones, so that
 * a slip of the pen is found here. Before, any name is passed on.
 * @return #KC_OK, #KC_ERROR_INVALID_ARGUMENT, #KC_ERROR_NO_MEMORY. @since 0.1 */
KC_API int32_t kc_system_add_encoder(kc_system *system, const char *name);
/** Uses an open, connected descriptor (socket or terminal) as the link of a system whose URI ends in `+fd:`. The
 * library owns it from then on and closes it; if this call fails it stays the caller's. Once it is closed, another one
 * must be given. @return #KC_OK, #KC_ERROR_INVALID_ARGUMENT, #KC_ERROR_STATE. @since 0.1 */
KC_API int32_t kc_system_adopt_fd(kc_system *system, int32_t fd);
/** 1 if this system offers the capability with its present options; else 0. Where the lock system describes itself when
 * it connects (FIAS), only what it described then; before it first did, all that the options allow. @since 0.1 */
KC_API int32_t kc_system_has(const kc_system *system, int32_t capability);
/** A limit with the present options, or -1 for an unknown one. @since 0.1 */
KC_API int64_t kc_system_get_limit(const kc_system *system, int32_t limit);
#define KC_LINK_DOWN       1 /**< Not connected. */
#define KC_LINK_CONNECTING 2 /**< Being connected. */
#define KC_LINK_UP         3 /**< Connected; over HTTP: ready to ask. Whether anybody answers shows then. */
/** State of the link: one of KC_LINK_... @since 0.1 */
KC_API int32_t kc_system_get_state(const kc_system *system);
/** Error of the last call on this system that failed, or NULL. @since 0.1 */
KC_API const kc_error *kc_system_get_error(const kc_system *system);
/** @} */

/** @defgroup encoder Encoders
 * @{ */
#define KC_ENCODER_UNKNOWN 1 /**< Not heard of yet. */
#define KC_ENCODER_ONLINE  2 /**< It answered at its last contact. */
#define KC_ENCODER_BUSY    3 /**< An operation is using it. */
#define KC_ENCODER_OFFLINE 4 /**< It, or its lock system, did not answer at its last contact. */
/** Name such as "online". Static string. @since 0.1 */
KC_API const char *kc_encoder_state_name(int32_t state);

/** Takes a reference. Any thread. @since 0.1 */
KC_API kc_encoder *kc_encoder_ref(kc_encoder *encoder);
/** Gives a reference back. Any thread. @return NULL. @since 0.1 */
KC_API kc_encoder *kc_encoder_unref(kc_encoder *encoder);
/** The name. @since 0.1 */
KC_API const char *kc_encoder_get_name(const kc_encoder *encoder);
/** The system that it belongs to. @since 0.1 */
KC_API kc_system *kc_encoder_get_system(const kc_encoder *encoder);
/** One of KC_ENCODER_... @since 0.1 */
KC_API int32_t kc_encoder_get_state(const kc_encoder *encoder);
/** When it was last heard of, ISO 8601 with offset, or "". Lives until the next such call for this encoder. @since 0.1
 */
KC_API const char *kc_encoder_get_last_contact(const kc_encoder *encoder);
/** Looks for the encoders of all systems of a site: connects each system, asks it for its encoders where it can
 * tell (#KC_CAPABILITY_LIST_ENCODERS), and adds those that were named here or stand in the ledger. Ends #KC_OK if at
 * least one system answered; a system that did not is a warning of the operation. If none did it ends with their
 * reason, such as #KC_ERROR_CREDENTIALS, or #KC_ERROR_UNREACHABLE if they have several. So it is also the way to try a
 * configuration without making a key. The result: kc_op_get_encoder(), and what is plugged into this computer:
 * kc_op_get_device(), also when no system answered. It asks no device who it is: kc_context_watch_devices().
 * @return #KC_OK, #KC_ERROR_INVALID_ARGUMENT, #KC_ERROR_NO_MEMORY. @since 0.1 */
KC_API int32_t kc_site_discover(kc_site *site, kc_op **op);
/** @} */

/** @defgroup device Devices on this computer
 * Encoders that hang on this computer itself, found when they are plugged in: serial ports, and devices on USB that a
 * driver knows. A device becomes an encoder of the site by giving its kc_device_get_uri() to kc_system_new(); the URI
 * finds it again after re-plugging and restarts. The system then has one encoder, called as the system is, with the
 * state of the device; the station's last used encoder so stays the same.
 *
 * Listing opens nothing. Only asking a device who it is (kc_device_identify(), #KC_DEVICES_IDENTIFY) opens it, by the
 * test of identity of a driver: that resets an encoder and never touches a card. Without being named by the user only
 * devices are asked whose USB ids a driver lists as those of its encoders, and never one that a system of this context
 * is configured for.
 *
 * @code
 * kc_context_watch_devices(context, KC_DEVICES_IDENTIFY);
 * ...
 * if (kc_event_get_type(event) == KC_EVENT_DEVICE && kc_event_get_state(event) == KC_DEVICE_ENCODER)
 *     kc_system_new(site, "desk-1", kc_device_get_uri(kc_event_get_device(event), NULL), &system);
 * @endcode
 * @{ */

/** What kc_context_watch_devices() tells. */
#define KC_DEVICES_OFF      0 /**< No events of devices. */
#define KC_DEVICES_LIST     1 /**< Events of what comes and goes; nothing is opened. */
#define KC_DEVICES_IDENTIFY 2 /**< Also asks those that a driver lists by their USB ids who they are. */
/** Switches KC_EVENT_DEVICE on or off. When it is switched on there is one event for each device that is there already,
 * so that the events alone tell everything. It is told by the system, not polled: nothing wakes up while nothing comes
 * or goes. Where no udevd runs (containers) devices on USB are listed as they were at the call.
 * @param context the context
 * @param how one of KC_DEVICES_...
 * @return #KC_OK, #KC_ERROR_INVALID_ARGUMENT, #KC_ERROR_NO_MEMORY, #KC_ERROR_SYSTEM (the coming and going cannot be
 * watched); see kc_context_get_error(). @since 0.1 */
KC_API int32_t kc_context_watch_devices(kc_context *context, int32_t how);
/** Number of devices as far as known: those that are there now while they are watched, else those that the last
 * kc_site_discover() saw. @since 0.1 */
KC_API int32_t kc_context_get_device_count(const kc_context *context);
/** One of them, in the order of their coming; NULL past the end. Borrowed until the next kc_context_dispatch().
 * @since 0.1 */
KC_API kc_device *kc_context_get_device(const kc_context *context, int32_t index);

/** How a device stands. */
#define KC_DEVICE_PRESENT    1 /**< Plugged in; it was not asked who it is. */
#define KC_DEVICE_ASKING     2 /**< It is being asked; ends within seconds. */
#define KC_DEVICE_ENCODER    3 /**< It answered as an encoder: kc_device_get_driver(), kc_device_get_model(). */
#define KC_DEVICE_NO_ENCODER 4 /**< It did not answer as an encoder: kc_device_get_error(). */
#define KC_DEVICE_IN_USE     5 /**< A system of this context has it open: kc_device_get_system(). */
#define KC_DEVICE_REFUSED    6 /**< It could not be opened: kc_device_get_error() tells why, and what to do. */
#define KC_DEVICE_GONE       7 /**< It was unplugged. Plugged in again it is another handle with the same name. */
/** Name such as "in-use". Static string. @since 0.1 */
KC_API const char *kc_device_state_name(int32_t state);

/** Takes a reference. Any thread. @since 0.1 */
KC_API kc_device *kc_device_ref(kc_device *device);
/** Gives a reference back. Any thread. @return NULL. @since 0.1 */
KC_API kc_device *kc_device_unref(kc_device *device);
/** How it is called after re-plugging and restarts too: its USB ids with its serial number ("067b:2303/K42"), or with
 * the socket that it is plugged into if it has none or another device has the same ("067b:2303@1-4.2"); a port of the
 * computer itself by its file ("/dev/ttyS0"). @since 0.1 */
KC_API const char *kc_device_get_name(const kc_device *device);
/** For people: "USB-Serial Controller (/dev/ttyUSB0)". @since 0.1 */
KC_API const char *kc_device_get_label(const kc_device *device);
/** "serial" or "usb": what stands behind `+` in schemes that reach it. @since 0.1 */
KC_API const char *kc_device_get_transport(const kc_device *device);
/** Where it is now: "/dev/ttyUSB0", or the USB socket, "1-4.2". @since 0.1 */
KC_API const char *kc_device_get_place(const kc_device *device);
/** USB vendor id, or -1 if it is not on USB. @since 0.1 */
KC_API int32_t kc_device_get_vendor_id(const kc_device *device);
/** USB product id, or -1. @since 0.1 */
KC_API int32_t kc_device_get_product_id(const kc_device *device);
/** The maker, as the device says, or "". Of serial ports: of the chip in the cable. @since 0.1 */
KC_API const char *kc_device_get_manufacturer(const kc_device *device);
/** The product, as the device says, or "". @since 0.1 */
KC_API const char *kc_device_get_product(const kc_device *device);
/** The serial number, as the device says, or "". @since 0.1 */
KC_API const char *kc_device_get_serial_number(const kc_device *device);
/** The model that the encoder told when it was asked, or "". @since 0.1 */
KC_API const char *kc_device_get_model(const kc_device *device);
/** The version of its firmware, or "". @since 0.1 */
KC_API const char *kc_device_get_firmware(const kc_device *device);
/** One of KC_DEVICE_..., as it is now. @since 0.1 */
KC_API int32_t kc_device_get_state(const kc_device *device);
/** Since when, ISO 8601 with offset: in the time zone of the site that uses it, else of the context's first site, else
 * in UTC. Of what was there already: since it was first listed. Lives until the next such call for this device. @since
 * 0.1 */
KC_API const char *kc_device_get_since(const kc_device *device);
/** The system that is configured for it, connected or not, or NULL. @since 0.1 */
KC_API kc_system *kc_device_get_system(const kc_device *device);
/** Why it is #KC_DEVICE_NO_ENCODER or #KC_DEVICE_REFUSED, in words for the clerk; else NULL. @since 0.1 */
KC_API const kc_error *kc_device_get_error(const kc_device *device);
/** A driver that may drive it, by index from 0; NULL past the end. First the one to which it answered, then those that
 * know it by its ids or kind. A serial port may have a lock system of any driver at its other end. @since 0.1 */
KC_API const kc_driver *kc_device_get_driver(const kc_device *device, int32_t index);
/** The URI for kc_system_new(), such as `magstripe+serial:067b:2303/K42`.
 * @param device the device
 * @param driver any driver, or NULL: the first of kc_device_get_driver()
 * @return "" if there is none, or this driver does not reach devices of this kind. @since 0.1 */
KC_API const char *kc_device_get_uri(const kc_device *device, const kc_driver *driver);
/** Asks the device who it is, by the test of identity of a driver. It becomes #KC_DEVICE_ASKING, then
 * #KC_DEVICE_ENCODER, #KC_DEVICE_NO_ENCODER or #KC_DEVICE_REFUSED; each is an event while devices are watched, else ask
 * kc_device_get_state() after each kc_context_dispatch(). A system that connects to it meanwhile comes first: it is
 * #KC_DEVICE_PRESENT again.
 * @param device the device
 * @param driver name of the driver, or NULL: those that know it, one after the other
 * @param options of the URI that the driver needs to reach it, `baud=115200&parity=even`; or NULL
 * @return #KC_OK, #KC_ERROR_STATE (gone, asked already, or a system uses it), #KC_ERROR_NOT_FOUND (no such driver, or
 * none knows it), #KC_ERROR_NOT_OFFERED (the driver has no such devices), #KC_ERROR_INVALID_ARGUMENT,
 * #KC_ERROR_NO_MEMORY; see kc_context_get_error(). @since 0.1 */
KC_API int32_t kc_device_identify(kc_device *device, const char *driver, const char *options);
/** @} */

/** @defgroup request Request
 * What is wanted. Each setter checks its value at once and leaves the request unchanged if it is not valid; see
 * kc_request_get_error(). NULL or "" removes a value, and cannot be added to a list. All return #KC_OK,
 * #KC_ERROR_INVALID_ARGUMENT or #KC_ERROR_NO_MEMORY. An operation takes a copy when it is started: the request may be
 * changed and used again.
 *
 * Control bytes are refused everywhere. What the lock system can take besides is checked before anything is
 * sent: kc_system_get_limit(). @{ */

/** Makes an empty request. @return #KC_OK, #KC_ERROR_INVALID_ARGUMENT, #KC_ERROR_NO_MEMORY. @since 0.1 */
KC_API int32_t kc_request_new(kc_site *site, kc_request **request);
/** Takes a reference. Any thread. @since 0.1 */
KC_API kc_request *kc_request_ref(kc_request *request);
/** Gives a reference back. Any thread. @return NULL. @since 0.1 */
KC_API kc_request *kc_request_unref(kc_request *request);
/** Error of the last setter that failed, or NULL. @since 0.1 */
KC_API const kc_error *kc_request_get_error(const kc_request *request);
/** The PMS's own reference of the stay; at most 100 characters. @since 0.1 */
KC_API int32_t kc_request_set_booking(kc_request *request, const char *booking);
/** Adds a room; the first one is the main room. At most 16, each 1 to 100 characters; one that is there already is
 * refused. @since 0.1 */
KC_API int32_t kc_request_add_room(kc_request *request, const char *room);
/** Removes all rooms. @since 0.1 */
KC_API int32_t kc_request_clear_rooms(kc_request *request);
/** The main guest's name; at most 400 characters. @since 0.1 */
KC_API int32_t kc_request_set_guest(kc_request *request, const char *name);
/** When the key is valid, ISO 8601. A date alone takes the site's default time. @a from may be NULL: from now on (a
 * re-issue or duplicate: as the original). @a until may be NULL where it is taken from the original.
 * In the gap of a daylight-saving night a time moves forward by the gap; in the overlap @a from is the earlier and
 * @a until the later one. Both are reported as warnings.
 * @since 0.1 */
KC_API int32_t kc_request_set_validity(kc_request *request, const char *from, const char *until);
/** The workstation, kiosk or tablet that asks; at most 100 characters. @since 0.1 */
KC_API int32_t kc_request_set_station(kc_request *request, const char *station);
/** The encoder by name, at most 100 characters. Without it the station's last used one is taken, or the site's only
 * one. A duplicate always goes to the station's last used encoder, whatever is named here. @since 0.1 */
KC_API int32_t kc_request_set_encoder(kc_request *request, const char *encoder);
/** The system by name, at most 100 characters; needed only where the site has several and the encoder does not tell.
 * @since 0.1 */
KC_API int32_t kc_request_set_system(kc_request *request, const char *system);
/** Who asks, for the audit; at most 100 characters. @since 0.1 */
KC_API int32_t kc_request_set_operator(kc_request *request, const char *name);
/** Adds an area that the key opens besides the rooms. At most 64, each 1 to 100 characters; one that is there already
 * is refused. @since 0.1 */
KC_API int32_t kc_request_add_area(kc_request *request, const char *area);
/** Denies an area that the room would bring along. Otherwise as kc_request_add_area(). @since 0.1 */
KC_API int32_t kc_request_remove_area(kc_request *request, const char *area);
/** Removes all areas, granted and denied. @since 0.1 */
KC_API int32_t kc_request_clear_areas(kc_request *request);
/** Phone number for the mobile key: `+` or `00`, country code, 8 to 15 digits; blanks, dots, hyphens, slashes and round
 * brackets are dropped. @since 0.1 */
KC_API int32_t kc_request_set_phone(kc_request *request, const char *phone);
/** E-mail address for the mobile key; at most 254 characters. @since 0.1 */
KC_API int32_t kc_request_set_email(kc_request *request, const char *email);
/** Number of cards, 1 to 99. Default 1. @since 0.1 */
KC_API int32_t kc_request_set_copies(kc_request *request, int32_t copies);
/** A line of text printed or encoded on the card; @a line counts from 1, at most 8 lines of 400 characters.
 * @since 0.1 */
KC_API int32_t kc_request_set_text(kc_request *request, int32_t line, const char *text);
/** The message shown with a mobile key; at most 1,000 characters; line feeds are allowed. @since 0.1 */
KC_API int32_t kc_request_set_message(kc_request *request, const char *text);
/** 1: the mobile key comes back as bytes, kc_key_get_image(), instead of being sent. Default 0. @since 0.1 */
KC_API int32_t kc_request_set_return_image(kc_request *request, int32_t wanted);
/** Serial number (UID) of the card that the caller writes by himself, as hex digits: 4 to 16 bytes, not all 0; blanks,
 * colons and hyphens between them are dropped. Originals, duplicates, re-issues and one-shot keys then come back as
 * bytes, kc_key_get_image(): no encoder takes part, none need be named, and the station's last used encoder stays. One
 * card for each request. For the lock system the key is made, and its outcome is "written" although the card is blank
 * yet: take the bytes while the operation or its key is held, for they are kept nowhere else and a replay has none. If
 * writing them fails, make the key again: an original by kc_reissue(), a duplicate by another one. Needs
 * #KC_CAPABILITY_CARD_IMAGE. @since 0.1 */
KC_API int32_t kc_request_set_card_serial(kc_request *request, const char *serial);
/** The bytes that kc_write_image() is to write, such as those of kc_key_get_image(); copied. At most 65,536; NULL and 0
 * remove them. They are kept in no ledger and shown in no log. @since 0.1 */
KC_API int32_t kc_request_set_image(kc_request *request, const uint8_t *bytes, size_t size);
/** A text of the caller's, 1 to 100 characters, that makes a request safe to repeat: the same key again, also after
 * a restart, answers with the first operation instead of acting again. While that one runs in this context, both
 * callers get the same handle. An attempt that failed after its intent was recorded has used its key up, also if it was
 * cancelled just before it was sent (kc_op_retry() is the way on); a request that was refused has not. @since 0.1 */
KC_API int32_t kc_request_set_idempotency_key(kc_request *request, const char *key);
/** @} */

/** @defgroup operation Operations
 * Each starts one operation and returns at once. A request that is refused also makes an operation: it ends with
 * KC_EVENT_DONE and the reason, and nothing is sent or recorded. The call itself fails only for NULL and for want of
 * memory. A handle may be given back at once; the operation goes on and its events come all the same.
 *
 * The stay that a call is about is that of the booking; where only a room is named, that of whoever has an active key
 * of it in the ledger. A booking without room takes the room of its latest original. Each wait for the lock
 * system has a time-out among the options of its driver or link; waiting for an encoder that another operation uses,
 * and for kc_op_answer(), has none: kc_op_cancel(). @{ */

/** Makes the first key of a stay. It voids the earlier keys of the booking and of the room. Needs a room and the end
 * of validity. With a phone number or e-mail address the lock system also gets a mobile key to send: when the card is
 * written, a second operation does that, kc_op_get_follow_up(). @since 0.1 */
KC_API int32_t kc_issue_original(kc_request *request, kc_op **op);
/** Makes a further key of a stay, on the station's last used encoder; voids nothing. Needs the booking, or the room
 * for a sharer with a booking of its own. What the request leaves open is taken from the original. Refused with
 * #KC_ERROR_NO_ORIGINAL if the ledger knows no active original. @since 0.1 */
KC_API int32_t kc_issue_duplicate(kc_request *request, kc_op **op);
/** Makes a new original for a booking that has keys. What the request leaves open is taken from its latest original.
 * This, kc_check_out() and kc_modify_stay() are refused with #KC_ERROR_STATE if the booking has no active key and its
 * room is another booking's now, unless the request names the room.
 * @since 0.1 */
KC_API int32_t kc_reissue(kc_request *request, kc_op **op);
/** Makes a key that opens once. Needs a room; the end of validity only where the lock system wants one. It belongs to
 * no original and voids nothing. @since 0.1 */
KC_API int32_t kc_issue_one_shot(kc_request *request, kc_op **op);
/** Sends a mobile key to the phone number or e-mail address. If the booking has an active original it is a further
 * key of that stay, else it is the original and voids as one. Done means that the lock system took it; where it tells
 * more (#KC_CAPABILITY_DELIVERY) the key is kc_key_is_unconfirmed() until it arrived: kc_check_mobile(). @since 0.1 */
KC_API int32_t kc_send_mobile(kc_request *request, kc_op **op);
/** Writes the bytes of kc_request_set_image() on the card at an encoder of the desk: a key that another system made and
 * gave back as bytes. With kc_request_set_card_serial() only on the card that has this serial number, and no other one
 * is touched; give it where the bytes are for one card only. The key is that of the operation that returned the bytes,
 * so this one makes none and voids none: the ledger records that it was tried and what came of it, with booking and
 * rooms for the audit, which it does not need. After #KC_OUTCOME_UNKNOWN or a failure the same bytes can be written
 * again by another call. Needs #KC_CAPABILITY_WRITE_IMAGE. @since 0.1 */
KC_API int32_t kc_write_image(kc_request *request, kc_op **op);
/** Reads the card on the encoder; kc_op_get_key() is what stands on it. Changes nothing. @since 0.1 */
KC_API int32_t kc_read_card(kc_request *request, kc_op **op);
/** Checks the room of the booking out in the lock system. A request that names only a room checks out whoever has it.
 * Keys become #KC_KEY_CHECKED_OUT, blocked ones too. If the outcome is unknown, or the lock system refused, they stay
 * what they were and are kc_key_is_unconfirmed(); call it again. @since 0.1 */
KC_API int32_t kc_check_out(kc_request *request, kc_op **op);
/** Changes the end of a stay, or moves it to the request's room, in lock systems that update keys by themselves.
 * @since 0.1 */
KC_API int32_t kc_modify_stay(kc_request *request, kc_op **op);
/** Cancels one key, for example a lost one.
 * @param request station and operator; booking, rooms and contact are those of the key
 * @param key_id kc_key_get_id() of an active key; #KC_ERROR_STATE if it is not (a blocked one: unblock it first),
 *        #KC_ERROR_NOT_FOUND if the ledger of the site has none such
 * @param op the operation @since 0.1 */
KC_API int32_t kc_cancel_key(kc_request *request, const char *key_id, kc_op **op);
/** Blocks all keys of a stay at once, for example while a payment is open; nobody is checked out. Its active keys
 * become #KC_KEY_BLOCKED. Until it is unblocked no duplicate and no mobile key is made for it (#KC_ERROR_STATE). A new
 * original is made: it voids the blocked keys, opens, and so ends the block. Refused or of unknown outcome, it leaves
 * the keys active and kc_key_is_unconfirmed(). Blocking what is blocked is asked of the lock system again. Needs
 * booking or room, and #KC_CAPABILITY_BLOCK_STAY. @since 0.1 */
KC_API int32_t kc_block_stay(kc_request *request, kc_op **op);
/** Takes that back: the blocked keys of the stay open again; those that were voided meanwhile do not. @since 0.1 */
KC_API int32_t kc_unblock_stay(kc_request *request, kc_op **op);
/** Asks the lock system what became of a mobile key: #KC_OK means that it was delivered or is still on its way (see
 * kc_key_is_unconfirmed() of the key), #KC_ERROR_MOBILE that it could not be; any other status says nothing about it.
 * Changes nothing in the lock system; the ledger keeps the answer. Ask seconds apart, not in a loop.
 * @param request station and operator; booking, rooms and contact are those of the key
 * @param key_id kc_key_get_id() of a mobile key that was made, else #KC_ERROR_STATE
 * @param op the operation; its key is the mobile key as it stands now @since 0.1 */
KC_API int32_t kc_check_mobile(kc_request *request, const char *key_id, kc_op **op);
/** @} */

/** @defgroup following Following an operation
 * @{ */
#define KC_VERB_ISSUE_ORIGINAL  1  /**< kc_issue_original() */
#define KC_VERB_ISSUE_DUPLICATE 2  /**< kc_issue_duplicate() */
#define KC_VERB_REISSUE         3  /**< kc_reissue() */
#define KC_VERB_ISSUE_ONE_SHOT  4  /**< kc_issue_one_shot() */
#define KC_VERB_SEND_MOBILE     5  /**< kc_send_mobile() */
#define KC_VERB_READ_CARD       6  /**< kc_read_card() */
#define KC_VERB_CHECK_OUT       7  /**< kc_check_out() */
#define KC_VERB_MODIFY_STAY     8  /**< kc_modify_stay() */
#define KC_VERB_CANCEL_KEY      9  /**< kc_cancel_key() */
#define KC_VERB_DISCOVER        10 /**< kc_site_discover() */
#define KC_VERB_RESOLVE         11 /**< kc_op_resolve() */
#define KC_VERB_LIST_KEYS       12 /**< kc_list_keys() */
#define KC_VERB_LIST_OPS        13 /**< kc_list_ops() */
#define KC_VERB_FIND_OP         14 /**< kc_find_op() */
#define KC_VERB_FORGET_GUEST    15 /**< kc_forget_guest() */
#define KC_VERB_BLOCK_STAY      16 /**< kc_block_stay() */
#define KC_VERB_UNBLOCK_STAY    17 /**< kc_unblock_stay() */
#define KC_VERB_CHECK_MOBILE    18 /**< kc_check_mobile() */
#define KC_VERB_VERIFY_LEDGER   19 /**< kc_verify_ledger() */
#define KC_VERB_FORGET_DEPARTED 20 /**< kc_forget_departed() */
#define KC_VERB_COPY_LEDGER     21 /**< kc_copy_ledger() */
#define KC_VERB_BACKUP_LEDGER   22 /**< kc_backup_ledger() */
#define KC_VERB_WRITE_IMAGE     23 /**< kc_write_image() */
/** Name such as "issue-original". Static string. @since 0.1 */
KC_API const char *kc_verb_name(int32_t verb);

#define KC_STATE_QUEUED     1 /**< Waits for its encoder, the ledger, or an answer to a confirmation. */
#define KC_STATE_CONNECTING 2 /**< Waits for the link. */
#define KC_STATE_WAITING    3 /**< Sent; the encoder waits for a card. */
#define KC_STATE_ENCODING   4 /**< Sent; the lock system is at work. */
#define KC_STATE_DONE       5 /**< Ended. */
/** Name such as "waiting". Static string. @since 0.1 */
KC_API const char *kc_state_name(int32_t state);

/** Takes a reference. Any thread. @since 0.1 */
KC_API kc_op *kc_op_ref(kc_op *op);
/** Gives a reference back; does not cancel. Any thread. @return NULL. @since 0.1 */
KC_API kc_op *kc_op_unref(kc_op *op);
/** Identifier, a UUID, the same in the ledger and in kc_key_get_id(). That of an operation from kc_find_op() and of a
 * replay becomes that of the operation found when it ends. @since 0.1 */
KC_API const char *kc_op_get_id(const kc_op *op);
/** One of KC_VERB_... @since 0.1 */
KC_API int32_t kc_op_get_verb(const kc_op *op);
/** One of KC_STATE_... @since 0.1 */
KC_API int32_t kc_op_get_state(const kc_op *op);
/** How it ended: #KC_OK or KC_ERROR_...; KC_OK also while it runs. @since 0.1 */
KC_API int32_t kc_op_get_status(const kc_op *op);
/** One of KC_OUTCOME_... @since 0.1 */
KC_API int32_t kc_op_get_outcome(const kc_op *op);
/** What went wrong, or NULL. With the outcome "written" it is about a part: of several cards some were made, or a
 * mobile key was made and not delivered. @since 0.1 */
KC_API const kc_error *kc_op_get_error(const kc_op *op);
/** The encoder that was chosen, or "". @since 0.1 */
KC_API const char *kc_op_get_encoder_name(const kc_op *op);
/** The booking, or "". @since 0.1 */
KC_API const char *kc_op_get_booking(const kc_op *op);
/** The main room, or "". @since 0.1 */
KC_API const char *kc_op_get_room(const kc_op *op);
/** The station that asked, or "". @since 0.1 */
KC_API const char *kc_op_get_station(const kc_op *op);
/** Who asked, or "". @since 0.1 */
KC_API const char *kc_op_get_operator(const kc_op *op);
/** When it was asked for, ISO 8601 with offset. @since 0.1 */
KC_API const char *kc_op_get_created(const kc_op *op);
/** The system that was chosen, or "". @since 0.1 */
KC_API const char *kc_op_get_system_name(const kc_op *op);
/** What a resolution or cancellation is about: the id of that operation or key, or "". @since 0.1 */
KC_API const char *kc_op_get_target(const kc_op *op);
/** The operation that this one is a retry of, by its id, or "". @since 0.1 */
KC_API const char *kc_op_get_retry_of(const kc_op *op);
/** 1 if this is the answer of an earlier operation with the same idempotency key. @since 0.1 */
KC_API int32_t kc_op_is_replay(const kc_op *op);
/** The operation that was started by this one (the mobile key after the card), or NULL. @since 0.1 */
KC_API kc_op *kc_op_get_follow_up(const kc_op *op);
/** Runs the context until this operation has ended or the time is over: kc_context_dispatch() in a loop that waits
 * until there is something to do. Events stay queued for kc_context_next_event().
 * @param op the operation
 * @param timeout_ms milliseconds, -1 without limit
 * @return #KC_OK when it has ended (whatever its status), #KC_ERROR_TIMED_OUT when the time is over,
 * #KC_ERROR_INVALID_ARGUMENT (no operation), #KC_ERROR_SYSTEM, or #KC_ERROR_STATE (called from inside
 * kc_context_dispatch()). A signal does not end it. Without limit it does not return while a confirmation waits for
 * kc_op_answer(). @since 0.1 */
KC_API int32_t kc_op_wait(kc_op *op, int32_t timeout_ms);
/** Asks to cancel. The operation still ends with KC_EVENT_DONE, and its outcome may be "written": what has left
 * cannot be called back in every lock system. Any thread. @return #KC_OK, also if it had ended. @since 0.1 */
KC_API int32_t kc_op_cancel(kc_op *op);
#define KC_ANSWER_NO  0 /**< Do not go on: #KC_ERROR_DECLINED. */
#define KC_ANSWER_YES 1 /**< Go on. */
/** Answers KC_PROMPT_CONFIRM. @return #KC_OK, #KC_ERROR_STATE (nothing was asked), #KC_ERROR_INVALID_ARGUMENT. @since
 * 0.1 */
KC_API int32_t kc_op_answer(kc_op *op, int32_t answer);
/** Starts a new operation with the request of one that failed. Never by itself, never blindly: the new one ends with
 * #KC_ERROR_UNRESOLVED while the outcome of the first is unknown, and #KC_ERROR_STATE if it was written. It has no
 * idempotency key: call it once. @since 0.1 */
KC_API int32_t kc_op_retry(kc_op *op, kc_op **retry);
#define KC_RESOLVE_READ_CARD     1 /**< Read the card and compare; the clerk puts it on the encoder. */
#define KC_RESOLVE_OPENS         2 /**< The clerk says: it opens, it took effect. */
#define KC_RESOLVE_DOES_NOT_OPEN 3 /**< The clerk says: it does not, nothing took effect. */
/** Settles an operation whose outcome is unknown.
 * @param op the operation, also one from kc_find_op()
 * @param how one of KC_RESOLVE_...
 * @param operator_name who says so, for the audit, or NULL
 * @param resolution the operation that settles it; when it ends #KC_OK, @a op has its outcome. A card that does not
 *        match settles nothing (#KC_ERROR_UNRESOLVED), for it may be another card. It ends #KC_ERROR_STATE if the
 *        outcome is not unknown, and #KC_ERROR_NOT_OFFERED where no card can be read.
 * @since 0.1 */
KC_API int32_t kc_op_resolve(kc_op *op, int32_t how, const char *operator_name, kc_op **resolution);
/** Number of warnings. @since 0.1 */
KC_API int32_t kc_op_get_warning_count(const kc_op *op);
/** A warning as a sentence, from 0; "" past the end. Guest data are not in it. @since 0.1 */
KC_API const char *kc_op_get_warning_text(const kc_op *op, int32_t index);
/** The field that it is about. @since 0.1 */
KC_API const char *kc_op_get_warning_field(const kc_op *op, int32_t index);
/** The value before and after it was adapted; these may be guest data: show them, do not log them. @since 0.1 */
KC_API const char *kc_op_get_warning_before(const kc_op *op, int32_t index);
/** See kc_op_get_warning_before(). @since 0.1 */
KC_API const char *kc_op_get_warning_after(const kc_op *op, int32_t index);
/** Number of keys: the one that was made, the ones that were listed, or the card that was read. @since 0.1 */
KC_API int32_t kc_op_get_key_count(const kc_op *op);
/** A key by index, from 0; NULL past the end. Borrowed. @since 0.1 */
KC_API kc_key *kc_op_get_key(const kc_op *op, int32_t index);
/** Number of active or blocked keys that this original voids, known from the first event on. @since 0.1 */
KC_API int32_t kc_op_get_voided_key_count(const kc_op *op);
/** One of them; NULL past the end. Borrowed. @since 0.1 */
KC_API kc_key *kc_op_get_voided_key(const kc_op *op, int32_t index);
/** Number of encoders that kc_site_discover() found. @since 0.1 */
KC_API int32_t kc_op_get_encoder_count(const kc_op *op);
/** One of them; NULL past the end. Borrowed. @since 0.1 */
KC_API kc_encoder *kc_op_get_encoder(const kc_op *op, int32_t index);
/** Number of devices on this computer, of kc_site_discover(). @since 0.1 */
KC_API int32_t kc_op_get_device_count(const kc_op *op);
/** One of them; NULL past the end. Borrowed. @since 0.1 */
KC_API kc_device *kc_op_get_device(const kc_op *op, int32_t index);
/** Number of operations that kc_list_ops() found. @since 0.1 */
KC_API int32_t kc_op_get_op_count(const kc_op *op);
/** One of them; NULL past the end. Borrowed. @since 0.1 */
KC_API kc_op *kc_op_get_op(const kc_op *op, int32_t index);
/** 1 if the ledger has more than the limit of kc_list_keys() or kc_list_ops() let through. @since 0.1 */
KC_API int32_t kc_op_has_more(const kc_op *op);
/** Keeps a pointer of the caller's with the operation; the library does not look at it.
 * @return #KC_OK or #KC_ERROR_INVALID_ARGUMENT (no operation). @since 0.1 */
KC_API int32_t kc_op_set_user_data(kc_op *op, void *data);
/** That pointer, or NULL. @since 0.1 */
KC_API void *kc_op_get_user_data(const kc_op *op);
/** @} */

/** @defgroup ledger Ledger
 * Questions to the ledger are operations too: they never block the loop. @{ */
#define KC_FILTER_ALL           1 /**< of the whole site */
#define KC_FILTER_BOOKING       2 /**< of one booking */
#define KC_FILTER_ROOM          3 /**< of one room */
#define KC_FILTER_UNRESOLVED    4 /**< outcome unknown and not settled; @a value is not used */
#define KC_FILTER_NOT_CONFIRMED 5 /**< wanted, but not confirmed by the lock system */
/** Lists keys, newest first: kc_op_get_key().
 * @param site the site
 * @param filter one of KC_FILTER_...
 * @param value booking or room, else NULL
 * @param limit at most so many, the newest; 0 = 1,000. kc_op_has_more() tells whether there are older ones.
 * @param op the operation. Where some cannot be read it ends #KC_ERROR_LEDGER_DAMAGED, and its list has the others.
 * @since 0.1 */
KC_API int32_t kc_list_keys(kc_site *site, int32_t filter, const char *value, int32_t limit, kc_op **op);
/** Lists operations in the same way, those that make no key (check-out and so on) included: kc_op_get_op().
 * @since 0.1 */
KC_API int32_t kc_list_ops(kc_site *site, int32_t filter, const char *value, int32_t limit, kc_op **op);
/** Gets an earlier operation, also one from before a restart. The handle *is* that operation once it is DONE: with its
 * outcome, error and key, for kc_op_retry() and kc_op_resolve(). Unknown id: it ends #KC_ERROR_NOT_FOUND, and
 * #KC_ERROR_INVALID_ARGUMENT if it is none at all. @since 0.1 */
KC_API int32_t kc_find_op(kc_site *site, const char *id, kc_op **op);
/** Erases name, phone number, e-mail address, texts and card contents of a booking from the ledger; the records stay.
 * Refused with #KC_ERROR_UNRESOLVED while an operation of the booking runs or is unresolved. @since 0.1 */
KC_API int32_t kc_forget_guest(kc_site *site, const char *booking, kc_op **op);
/** Does the same for all guests of the site who departed so many days ago or earlier. A stay ends with the last key
 * that still opens, or with its last operation if that is later or no key opens any more. Stays with an operation that
 * runs or is unresolved are left out; records without a booking go one by one. In many small steps: other operations go
 * on meanwhile. See also the policy `forget-after`.
 * @param site the site
 * @param days 0 to 36,500
 * @param op the operation; kc_op_get_forgotten_count() @since 0.1 */
KC_API int32_t kc_forget_departed(kc_site *site, int32_t days, kc_op **op);
/** Number of stays whose guest data kc_forget_departed() erased; else 0. @since 0.1 */
KC_API int64_t kc_op_get_forgotten_count(const kc_op *op);
/** Holds the whole ledger, all sites, against its journal: an entry for each time that an operation was recorded or
 * changed, with a digest (SHA-256) of its content, chained to the entry before. Forgetting guests leaves it whole. Ends
 * #KC_OK, or #KC_ERROR_LEDGER_DAMAGED with a message that names the first entry that does not fit, and its operation.
 * Other operations go on meanwhile. #KC_ERROR_NOT_OFFERED: `memory:` and `none:` keep no journal.
 *
 * Who can write the ledger's tables can also write a new chain. Keep kc_op_get_ledger_digest() in another place now and
 * then: the digest after so many entries never changes. @since 0.1 */
KC_API int32_t kc_verify_ledger(kc_site *site, kc_op **op);
/** Copies the whole ledger, all sites, into another store: from SQLite to PostgreSQL, back, or to another one of its
 * kind. Entries go in the order of the journal, some hundred at a time, each held against the chain; at the end the
 * target is verified as a whole. Other operations go on meanwhile, and what they record is copied too. Whenever it is
 * ended, also by a crash, the same call goes on where it was; until it has ended the target cannot be opened as a
 * ledger (#KC_ERROR_LEDGER_KEY).
 *
 * Without a key the target becomes the same ledger, with the same digest, encrypted or not as the source is; called
 * again it brings the target up to date, as long as nobody wrote to that. With a key guest data are encrypted anew, or
 * for the first time; they are never in clear in the target. The target's journal then has all entries of the source,
 * and behind them one for each record that was encrypted anew; meanwhile nobody may write to the source
 * (#KC_ERROR_STATE).
 *
 * Ends #KC_OK (kc_op_get_entry_count() and kc_op_get_ledger_digest() are those of the target), #KC_ERROR_STATE if the
 * target holds another ledger, #KC_ERROR_LEDGER_KEY if a copy was begun with another key, #KC_ERROR_NOT_OFFERED
 * (`memory:` and `none:` keep no journal), #KC_ERROR_LEDGER_DAMAGED, or KC_ERROR_LEDGER... of either.
 * @param site any site of the context
 * @param uri the target, as for kc_context_set_ledger(); made if it does not exist
 * @param key may be NULL: as the source is; else the target's key, 32 bytes, copied and wiped at the end
 * @param key_size 0 or 32
 * @param op the operation @since 0.1 */
KC_API int32_t kc_copy_ledger(kc_site *site, const char *uri, const uint8_t *key, size_t key_size, kc_op **op);
/** Copies a SQLite ledger into a new file while it is used, by this program and by others: as it was at one moment, in
 * small steps. The file gets its name when it is whole, durable and verified. Ends #KC_OK (kc_op_get_entry_count(),
 * kc_op_get_ledger_digest()), #KC_ERROR_INVALID_ARGUMENT if there is a file of this name, #KC_ERROR_LEDGER_FULL,
 * #KC_ERROR_NOT_OFFERED for other ledgers. A backup is a ledger, with the same key. @since 0.1 */
KC_API int32_t kc_backup_ledger(kc_site *site, const char *path, kc_op **op);
/** Number of journal entries that fit, of kc_verify_ledger(), kc_copy_ledger() and kc_backup_ledger(); else 0. While a
 * copy runs: those of the source that are in the target. @since 0.1 */
KC_API int64_t kc_op_get_entry_count(const kc_op *op);
/** The chain's digest after so many entries: 64 hexadecimal digits; "" if it is none of these three. @since 0.1 */
KC_API const char *kc_op_get_ledger_digest(const kc_op *op);
/** @} */

/** @defgroup key Keys
 * Immutable: a kc_key shows the record as it was when it was fetched. @{ */
#define KC_KIND_ORIGINAL         1 /**< first key of a stay */
#define KC_KIND_DUPLICATE        2 /**< further key of a stay */
#define KC_KIND_ONE_SHOT         3 /**< opens once */
#define KC_KIND_MOBILE           4 /**< mobile key that started the stay */
#define KC_KIND_MOBILE_DUPLICATE 5 /**< mobile key as a further key of the stay */
#define KC_KIND_STAFF            6 /**< read from a card: staff or master card */
#define KC_KIND_SPARE            7 /**< read from a card: spare guest card */
#define KC_KIND_DIAGNOSTIC       8 /**< read from a card: diagnostic card */
#define KC_KIND_UNKNOWN          9 /**< read from a card: not a card of this system */
/** Name such as "duplicate". Static string. @since 0.1 */
KC_API const char *kc_kind_name(int32_t kind);

#define KC_KEY_PENDING     1 /**< being made */
#define KC_KEY_UNRESOLVED  2 /**< outcome unknown */
#define KC_KEY_ACTIVE      3 /**< made, and not known to be void */
#define KC_KEY_NOT_MADE    4 /**< the attempt failed, nothing was written */
#define KC_KEY_VOIDED      5 /**< made void: by a later original, or cancelled and confirmed by the lock system */
#define KC_KEY_CHECKED_OUT 6 /**< its stay is checked out */
#define KC_KEY_BLOCKED     7 /**< its stay is blocked: kc_unblock_stay() makes it active again */
/** Name such as "active". Static string. @since 0.1 */
KC_API const char *kc_key_state_name(int32_t state);

/** Takes a reference. Any thread. @since 0.1 */
KC_API kc_key *kc_key_ref(kc_key *key);
/** Gives a reference back. Any thread. @return NULL. @since 0.1 */
KC_API kc_key *kc_key_unref(kc_key *key);
/** Identifier: that of the operation that made it; "" for a card that was read. @since 0.1 */
KC_API const char *kc_key_get_id(const kc_key *key);
/** One of KC_KIND_... @since 0.1 */
KC_API int32_t kc_key_get_kind(const kc_key *key);
/** One of KC_KEY_... @since 0.1 */
KC_API int32_t kc_key_get_state(const kc_key *key);
/** 1 if voiding, check-out or change was wanted but not confirmed by the lock system, or if a mobile key was accepted
 * but its delivery is not confirmed. @since 0.1 */
KC_API int32_t kc_key_is_unconfirmed(const kc_key *key);
/** 1 if the end of validity was past when the key was fetched. @since 0.1 */
KC_API int32_t kc_key_is_expired(const kc_key *key);
/** How its operation ended: KC_OK or KC_ERROR_... @since 0.1 */
KC_API int32_t kc_key_get_status(const kc_key *key);
/** The lock system's own error code, or "". @since 0.1 */
KC_API const char *kc_key_get_vendor_code(const kc_key *key);
/** The booking. @since 0.1 */
KC_API const char *kc_key_get_booking(const kc_key *key);
/** Number of rooms. @since 0.1 */
KC_API int32_t kc_key_get_room_count(const kc_key *key);
/** A room by index, from 0. @since 0.1 */
KC_API const char *kc_key_get_room(const kc_key *key, int32_t index);
/** Number of areas granted. @since 0.1 */
KC_API int32_t kc_key_get_area_count(const kc_key *key);
/** A granted area by index, from 0. @since 0.1 */
KC_API const char *kc_key_get_area(const kc_key *key, int32_t index);
/** The guest's name, "" if it was not given or was forgotten. @since 0.1 */
KC_API const char *kc_key_get_guest(const kc_key *key);
/** Start of validity, ISO 8601 with offset, or "". @since 0.1 */
KC_API const char *kc_key_get_from(const kc_key *key);
/** End of validity, ISO 8601 with offset, or "". @since 0.1 */
KC_API const char *kc_key_get_until(const kc_key *key);
/** When it was asked for, ISO 8601 with offset. @since 0.1 */
KC_API const char *kc_key_get_created(const kc_key *key);
/** The station. @since 0.1 */
KC_API const char *kc_key_get_station(const kc_key *key);
/** The encoder. @since 0.1 */
KC_API const char *kc_key_get_encoder(const kc_key *key);
/** The system. @since 0.1 */
KC_API const char *kc_key_get_system(const kc_key *key);
/** Who asked. @since 0.1 */
KC_API const char *kc_key_get_operator(const kc_key *key);
/** Phone number that was given for a mobile key, "" if none or forgotten. @since 0.1 */
KC_API const char *kc_key_get_phone(const kc_key *key);
/** E-mail address that was given for a mobile key, "" if none or forgotten. @since 0.1 */
KC_API const char *kc_key_get_email(const kc_key *key);
/** How many cards were asked for. @since 0.1 */
KC_API int32_t kc_key_get_copies(const kc_key *key);
/** Number of serial numbers that the lock system returned. @since 0.1 */
KC_API int32_t kc_key_get_serial_count(const kc_key *key);
/** A serial number by index, from 0. @since 0.1 */
KC_API const char *kc_key_get_serial(const kc_key *key, int32_t index);
/** A key returned as bytes, kc_request_set_return_image(), kc_request_set_card_serial(). Only of the operation that
 * made it: it is not kept in the ledger, so a key that was listed, or of a replay, has none.
 * @param key the key
 * @param size receives the number of bytes; may be NULL
 * @return the bytes, borrowed, or NULL if there are none. @since 0.1 */
KC_API const uint8_t *kc_key_get_image(const kc_key *key, size_t *size);
/** The installation identifier that came with the image, or "". @since 0.1 */
KC_API const char *kc_key_get_installation(const kc_key *key);
/** @} */

/** @defgroup open_key Open keys
 * For who makes locks: what a key says that the drivers for encoders on the desk wrote, after it was held against the
 * site's key. Needs no context. What a lock does with it, and every byte of the format, stands in doc/open-key.md; the
 * program keycard-lock is an example. @{ */

/** Reads an open key from a contactless card.
 * @param site_number the number of the property, 1 to 65535, as the encoders have it
 * @param site_key the key of the property, 32 bytes, copied and wiped
 * @param site_key_size 32
 * @param uid the serial number that the card itself shows: a key that was copied to another card is not authentic
 * @param uid_size 4 to 16
 * @param message the NDEF message on the card, without the TLV or file around it
 * @param message_size its bytes
 * @param key what it says
 * @return #KC_OK, #KC_ERROR_CARD_FORMAT (no open key, damaged, or of a version that this library does not know),
 *         #KC_ERROR_OTHER_SITE, #KC_ERROR_NOT_AUTHENTIC, #KC_ERROR_INVALID_ARGUMENT, #KC_ERROR_NO_MEMORY,
 *         #KC_ERROR_NOT_OFFERED (built without libcbor), #KC_ERROR_SYSTEM (libcrypto). @since 0.1 */
KC_API int32_t kc_open_key_check_card(int32_t site_number, const uint8_t *site_key, size_t site_key_size,
                                      const uint8_t *uid, size_t uid_size, const uint8_t *message, size_t message_size,
                                      kc_open_key **key);
/** Reads an open key from a stripe, where a copy cannot be told from the key and another site's key is not authentic.
 * @param site_number as for kc_open_key_check_card()
 * @param site_key the same
 * @param site_key_size 32
 * @param track the 37 digits of track 2, without sentinels
 * @param key what it says
 * @return #KC_OK, #KC_ERROR_CARD_FORMAT, #KC_ERROR_NOT_AUTHENTIC, #KC_ERROR_INVALID_ARGUMENT, #KC_ERROR_NO_MEMORY,
 *         #KC_ERROR_SYSTEM (libcrypto). @since 0.1 */
KC_API int32_t kc_open_key_check_stripe(int32_t site_number, const uint8_t *site_key, size_t site_key_size,
                                        const char *track, kc_open_key **key);
/** Takes a reference. Any thread. @since 0.1 */
KC_API kc_open_key *kc_open_key_ref(kc_open_key *key);
/** Gives a reference back. Any thread. @return NULL. @since 0.1 */
KC_API kc_open_key *kc_open_key_unref(kc_open_key *key);
/** One of KC_KIND_...: #KC_KIND_ORIGINAL, #KC_KIND_DUPLICATE or #KC_KIND_ONE_SHOT. @since 0.1 */
KC_API int32_t kc_open_key_get_kind(const kc_open_key *key);
/** By which a lock knows the later key of a room: that of an original is higher than that of all before, a duplicate
 * has that of its original. In seconds since 1970, as the original was asked for. @since 0.1 */
KC_API int64_t kc_open_key_get_sequence(const kc_open_key *key);
/** kc_key_get_id() of the key in the ledger; "" on a stripe, which has no room for it. @since 0.1 */
KC_API const char *kc_open_key_get_issue(const kc_open_key *key);
/** Start of validity, in seconds since 1970 by UTC; 0: valid at once. @since 0.1 */
KC_API int64_t kc_open_key_get_from(const kc_open_key *key);
/** End of validity, in seconds since 1970 by UTC: from then on it opens no more. @since 0.1 */
KC_API int64_t kc_open_key_get_until(const kc_open_key *key);
/** Number of rooms, 1 or more. @since 0.1 */
KC_API int32_t kc_open_key_get_room_count(const kc_open_key *key);
/** The name of a room's lock by index, from 0, the main room first; "" past the end. @since 0.1 */
KC_API const char *kc_open_key_get_room(const kc_open_key *key, int32_t index);
/** 1 if the key opens the area of this number, 1 to 64; else 0. @since 0.1 */
KC_API int32_t kc_open_key_has_area(const kc_open_key *key, int32_t area);
/** @} */

#ifdef __cplusplus
}
#endif

#endif
