/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices on this computer that may be encoders: the list, what is known of each, and asking one who it is. */
#ifndef KEYCARD_DEVICE_H
#define KEYCARD_DEVICE_H

#include <keycard/keycard.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "driver.h"
#include "loop/loop.h"
#include "util/device_name.h"
#include "util/moment.h"

enum {
    DEVICE_TEXT_SIZE = 128,
    DEVICE_WHERE_SIZE = 80,
    DEVICE_DRIVERS_MOST = 8,
    DEVICE_OPTIONS_SIZE = 200,
    DEVICE_CLASSES_MOST = 16
};

/* What is known of a device without asking it. Texts are what it says of itself: printable UTF-8, or "". */
struct device_facts {
    bool usb;     /* reached by the transport "usb"; else it is a serial port */
    bool has_ids; /* `id` tells it apart: it is on USB */
    struct device_name id;
    char where[DEVICE_WHERE_SIZE]; /* "/dev/ttyUSB0"; on USB the port that it is plugged into, "1-4.2" */
    char manufacturer[DEVICE_TEXT_SIZE], product[DEVICE_TEXT_SIZE], serial_number[DEVICE_TEXT_SIZE];
    uint8_t classes[DEVICE_CLASSES_MOST]; /* of its interfaces on USB */
    size_t class_count;
    uint16_t release; /* bcdDevice on USB */
    bool allowed;     /* as far as permissions tell */
};

struct device_uri {
    struct device_uri *next;
    char text[];
};

/* Asking a device who it is: a link of the driver's to it, as a system that nobody sees. */
struct device_question {
    struct kc_system *system;      /* NULL: not being asked */
    const struct driver *driver;   /* that asks */
    bool all;                      /* if it does not answer to this one, the next known driver asks */
    bool by_itself;                /* nobody asked for it */
    bool opened;                   /* it could be opened: what came then is its own answer */
    bool ended;                    /* the answer is there; the link closes from the loop */
    struct kc_error reason;        /* why it is no encoder; code KC_OK: it is one */
    struct loop_task task;         /* the end, for the link may be in the middle of something */
    struct loop_timer late, again; /* it must answer in time; another program has it, perhaps not for long */
    int attempts;
};

struct kc_device {
    atomic_uint refs; /* of the list, handles and events */
    struct kc_context *context;
    struct kc_device *next; /* in the list */
    struct device_facts facts;
    char name[DEVICE_NAME_TEXT_SIZE];
    char label[DEVICE_TEXT_SIZE + DEVICE_WHERE_SIZE + 16];
    bool listed;    /* false: it is gone */
    bool seen;      /* while listing anew */
    bool refused;   /* it could not be opened */
    int32_t answer; /* KC_DEVICE_ENCODER or KC_DEVICE_NO_ENCODER, when it was asked; else 0 */
    int32_t told;   /* state of the last event; 0: none yet */
    int32_t state;  /* as it was last seen, and since when */
    int64_t since_ms;
    char since[MOMENT_TEXT_SIZE];                      /* the text is made when asked for */
    const struct driver *drivers[DEVICE_DRIVERS_MOST]; /* that know it by its ids */
    size_t driver_count;
    const struct driver *encoder;      /* to which it answered as an encoder */
    char options[DEVICE_OPTIONS_SIZE]; /* of the URI by which it was asked */
    char model[64], firmware[64];
    struct kc_error *error;
    struct device_question question;
    struct device_uri *uris;
    struct loop_timer settle; /* its permissions may come a moment after itself */
};

/* ---- device.c: one device -------------------------------------------------------------------------------------- */

/* NULL: no memory. With one reference, of the list. */
struct kc_device *device_new(struct kc_context *context, const struct device_facts *facts);
void device_hold(struct kc_device *device);
void device_drop(struct kc_device *device); /* any thread */
/* A system that reaches this device by its URI; NULL: none. One that has it open comes first. */
struct kc_system *device_system(const struct kc_device *device);
bool device_is_of(const struct kc_device *device, const struct kc_system *system);
/* It was unplugged, but nobody has told yet. */
bool device_leaves(const struct kc_device *device);
/* The driver knows devices with these ids, or, if not `by_ids`, with such an interface. */
bool device_known_to(const struct device_facts *facts, const struct driver *driver, bool by_ids);
/* The scheme of the driver's URIs for this kind of device; NULL: it has none. */
const char *device_scheme(const struct device_facts *facts, const struct driver *driver);
void device_forget_error(struct kc_device *device);
/* Notes the time of another state, and makes the event if it is another one than was told, or `anew`. */
void device_tell(struct kc_device *device, bool anew);

/* ---- device_list.c: the list of a context ---------------------------------------------------------------------- */

/* Lists what is there now; a list that is watched is up to date without it. */
int32_t devices_list(struct kc_context *context, struct kc_error *error);
/* The first device of the list, the others by `next`; NULL if there is none, or nobody asked for a list. */
struct kc_device *devices_first(const struct kc_context *context);
/* KC_DEVICES_...: what is wanted of this context. */
int32_t devices_wanted(const struct kc_context *context);
/* The hidden site of the systems by which devices are asked; NULL: no memory. */
struct kc_site *devices_site(struct kc_context *context);
/* The end of the context: nobody is asked any more, and the list is gone. */
void devices_end(struct kc_context *context);

/* ---- device_ask.c: who it is ----------------------------------------------------------------------------------- */

/* Asks by the driver, or by those that know it if it is NULL. */
int32_t device_ask(struct kc_device *device, const struct driver *driver, const char *options, struct kc_error *error);
/* Asks if that is wanted of all devices and this one may be asked without a word of the user. */
void device_ask_by_itself(struct kc_device *device);
/* It is not asked any more; what it would have answered stays unknown. */
void device_unask(struct kc_device *device);

/* What the links of systems tell. The first is about hidden ones: ready (NULL), or ended with a reason. */
void device_answered(struct kc_system *system, const struct kc_error *reason, bool opened);
/* The device behind a link, hidden or not, has said who it is. */
void devices_identity(struct kc_system *system, const char *model, const char *firmware);
/* A system connects now: its device is not asked any more. */
void devices_yield(struct kc_system *system);
/* The link of a system came up or went down. */
void devices_link_changed(struct kc_system *system);

#endif
