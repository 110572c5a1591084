/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A system: options, names, encoders, and the state of its link. */
#ifndef KEYCARD_SYSTEM_H
#define KEYCARD_SYSTEM_H

#include <keycard/keycard.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>

#include "driver.h"
#include "loop/loop.h"
#include "queue.h"
#include "transport.h"
#include "util/name_map.h"

struct kc_encoder {
    struct kc_system *system;
    const char *name; /* in the same memory; "" for the place where operations without an encoder queue */
    int32_t state;
    int64_t contact_ms;
    char *contact_text;    /* made when asked for */
    uint32_t ledger_place; /* the ledger's, see store_table.set_contact */
    struct encoder_queue queue;
    struct kc_encoder *next;
};

/* Options that every link has, before those of the driver. */
enum link_option { LINK_CONNECT_TIMEOUT, LINK_KEEP_ALIVE, LINK_CONNECTION, LINK_BACK_OFF, LINK_OPTION_COUNT };

struct link_settings {
    int64_t connect_timeout, keep_alive, back_off;
    bool per_request;
};

/* The value of an option that was set. */
struct option_value {
    struct option_value *next;
    uint32_t index; /* link options, then the driver's */
    char text[];
};

struct kc_system {
    atomic_uint refs; /* of the site until it is removed, handles, operations and events */
    int32_t state;    /* KC_LINK_... */
    struct kc_site *site;
    struct kc_system *next;
    struct kc_system *next_named; /* in the same bucket of the context */
    char *name;
    struct kc_error *error;

    struct arena arena; /* the URI */
    struct uri uri;
    const struct transport_table *transport_table; /* NULL: the driver needs none */
    int adopted_fd;
    bool encoders_known;          /* named by the host or told by the lock system: others are slips of the pen */
    struct option_value *options; /* those that do not have their default */
    struct link_settings settings;
    struct driver_profile profile;
    uint32_t withheld; /* capabilities that the options allow and the lock system does not offer, as it said itself */
    struct name_map rooms, areas; /* PMS name -> name in the lock system */

    struct kc_encoder *encoders, *last_encoder;
    struct kc_device *asked;       /* it is hidden, and only asks this device who it is; NULL in all others */
    struct name_map encoder_names; /* -> struct kc_encoder */
    struct kc_encoder no_encoder;

    struct transport_wait *wait;         /* for the device to be plugged in; NULL: none */
    struct stays *stays;                 /* that the driver asks for; NULL: none */
    struct transport_exchange *exchange; /* asked by the link itself: greeting, sign of life */
    const char *url;                     /* of a system that speaks HTTP, else "" */
    int32_t failure_status;              /* why the driver gave the link up */
    char *failure_text;                  /* NULL: memory was used up */
    struct loop_timer connect_timer, idle_timer, link_timer, reconnect_timer;
    struct loop_task fail_task, rest_task;

    /* From here on what is looked at whenever bytes come. It ends where the driver's data begin, in the same memory. */
    struct transport *transport;
    struct system_queue queue;
    struct kc_context *context;
    int64_t heard_ms;    /* when something was last heard or sent */
    int64_t back_off_ms; /* before the next connection by itself */
    bool ready;          /* operations may start */
    bool greeted;        /* it was ready since it connected */
    bool ending;         /* its operations are being ended: nothing new starts meanwhile */
    bool failing;        /* the driver gave the link up; it closes from the loop */
    bool deaf;           /* something could not be sent; it closes from the loop */
    bool removed;        /* no further operations */
    bool has_turn;       /* to connect, when reconnect_timer is over */
    bool used;           /* something was asked of it: its link is kept */
    alignas(max_align_t) struct driver_link link;
};

static inline struct kc_system *system_of(const struct driver_link *link)
{
    return (struct kc_system *)((uintptr_t)link - offsetof(struct kc_system, link));
}

/* Without adding it to the site. `system` has no reference yet; system_free(). */
int32_t system_make(struct kc_site *site, const char *name, const char *uri, struct kc_system **system,
                    struct kc_error *error);
void system_hold(struct kc_system *system);
void system_drop(struct kc_system *system);
/* Closes the link and frees everything. */
void system_free(struct kc_system *system);
/* Its driver writes cards itself on a device of this computer: the system is its own only encoder. */
bool system_is_device(const struct kc_system *system);
/* With its options, and as far as it has described itself. */
bool system_can(const struct kc_system *system, int32_t capability);
struct kc_system *site_find_system(const struct kc_site *site, const char *name);
/* It is found by its name no more; another one may have that. */
void system_forget_name(struct kc_system *system);

/* The encoder of this name; made if `make`. NULL: not known, or no memory. */
struct kc_encoder *encoder_find(struct kc_system *system, const char *name, bool make);
/* `op`: by which it changed, or NULL. */
void encoder_set_state(struct kc_encoder *encoder, int32_t state, bool heard, struct kc_op *op);

/* stays.c: the link goes down, nobody asks any more. */
void stays_forget(struct kc_system *system);

/* link.c: connects if that is not under way; operations of the queue start when the link is ready. */
void link_connect(struct kc_system *system);
/* Closes the link; operations in flight end, with `error` as the reason. */
void link_close(struct kc_system *system, const struct kc_error *error);
/* Nobody connects any more when the device is plugged in. */
void link_forget_device(struct kc_system *system);
/* After an operation: closes the link if it is not to be kept. */
void link_rest(struct kc_system *system);

#endif
