/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asking a device who it is: by the link of a driver as a system would have it, so that the driver's own test of
 * identity decides. Nothing is ever written to a card, and no port is opened that is in use. */
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "op.h"

enum {
    ANSWER_MS = 5000, /* in which it must say who it is */
    AGAIN_MS = 2000,  /* after which one that another program has is asked again; doubled each time */
    ATTEMPTS_MOST = 5
};

#define OWNER(pointer, member) ((struct kc_device *)(void *)((char *)(pointer)-offsetof(struct kc_device, member)))

static struct loop *loop_of(const struct kc_device *device)
{
    return device->context->loop;
}

/* ---- The end of a question ------------------------------------------------------------------------------------- */

/* Closes the hidden link. */
static void close_link(struct kc_device *device)
{
    struct device_question *question = &device->question;
    struct kc_system *system = question->system;
    struct kc_error none = {0};
    loop_task_cancel(loop_of(device), &question->task);
    loop_timer_cancel(loop_of(device), &question->late);
    question->ended = true; /* what the link tells from here on is not listened to */
    system->removed = true;
    link_close(system, &none);
    system_free(system);
    question->system = NULL;
}

void device_unask(struct kc_device *device)
{
    loop_timer_cancel(loop_of(device), &device->question.again);
    if (device->question.system)
        close_link(device);
}

static void ask_again(struct loop_timer *timer)
{
    device_ask_by_itself(OWNER(timer, question.again));
}

/* It could not be opened. Programs that look for modems let go of it after a while. */
static void take_refusal(struct kc_device *device)
{
    struct device_question *question = &device->question;
    device->refused = true;
    error_keep(&device->error, &question->reason);
    if (!question->by_itself || ++question->attempts >= ATTEMPTS_MOST)
        return;
    question->again.expired = ask_again;
    loop_timer_must(loop_of(device), &question->again, (int64_t)AGAIN_MS << (question->attempts - 1));
}

static bool begin(struct kc_device *device, const struct driver *driver, struct kc_error *error);

/* The driver after the one that asked, of those that know the device. */
static bool ask_next(struct kc_device *device)
{
    struct device_question *question = &device->question;
    struct kc_error error = {0};
    size_t i = 0;
    while (i < device->driver_count && device->drivers[i] != question->driver)
        i++;
    while (question->all && ++i < device->driver_count)
        if ((!question->by_itself || device_known_to(&device->facts, device->drivers[i], true)) &&
            begin(device, device->drivers[i], &error))
            return true;
    return false;
}

static void question_ends(struct loop_task *task)
{
    struct kc_device *device = OWNER(task, question.task);
    struct device_question *question = &device->question;
    const struct kc_error *reason = &question->reason;
    close_link(device);
    device->refused = false;
    if (reason->code == KC_OK) {
        device->answer = KC_DEVICE_ENCODER;
        device->encoder = question->driver;
    } else if (!question->opened) {
        const bool leaves = question->by_itself && question->attempts == 0 && device_leaves(device);
        take_refusal(device);
        if (leaves) /* that it is gone is told in a moment; if not, the next refusal is */
            return;
    } else if (ask_next(device)) {
        return;
    } else {
        device->answer = KC_DEVICE_NO_ENCODER;
        error_keep(&device->error, reason);
    }
    device_tell(device, false);
}

void device_answered(struct kc_system *system, const struct kc_error *reason, bool opened)
{
    struct kc_device *device = system->asked;
    struct device_question *question = &device->question;
    if (question->ended)
        return;
    question->ended = true;
    question->opened = opened;
    question->reason = reason ? *reason : (struct kc_error){0};
    question->task.run = question_ends;
    loop_task_queue(loop_of(device), &question->task);
}

static void too_late(struct loop_timer *timer)
{
    struct kc_device *device = OWNER(timer, question.late);
    struct kc_error error = {0};
    error_set(&error, KC_ERROR_TIMED_OUT, "", "It did not answer as an encoder within %d ms.", ANSWER_MS);
    device_answered(device->question.system, &error, device->question.system->state == KC_LINK_UP);
}

/* ---- Asking ---------------------------------------------------------------------------------------------------- */

/* False: the driver cannot ask, for the reason given. */
static bool begin(struct kc_device *device, const struct driver *driver, struct kc_error *error)
{
    struct device_question *question = &device->question;
    const struct device_facts *facts = &device->facts;
    struct kc_site *site = devices_site(device->context);
    char uri[DEVICE_NAME_TEXT_SIZE + DEVICE_OPTIONS_SIZE + 100];
    snprintf(uri, sizeof(uri), "%s:%s%s%s", device_scheme(facts, driver), facts->has_ids ? device->name : facts->where,
             *device->options ? "?" : "", device->options);
    int32_t status = site ? system_make(site, device->label, uri, &question->system, error) : error_no_memory(error);
    question->late.expired = too_late;
    if (status == KC_OK && loop_timer_set(loop_of(device), &question->late, ANSWER_MS) != KC_OK) {
        system_free(question->system);
        question->system = NULL;
        status = error_no_memory(error);
    }
    if (status != KC_OK)
        return false;
    question->driver = driver;
    question->ended = false;
    question->system->asked = device;
    link_connect(question->system);
    return true;
}

static int32_t ask(struct kc_device *device, const struct driver *driver, const char *options, bool by_itself,
                   struct kc_error *error)
{
    struct device_question *question = &device->question;
    loop_timer_cancel(loop_of(device), &question->again);
    snprintf(device->options, sizeof(device->options), "%s", options);
    question->by_itself = by_itself;
    if (!begin(device, driver, error))
        return error->code;
    device->answer = 0;
    device->refused = false;
    device_forget_error(device);
    device->encoder = NULL;
    device->model[0] = device->firmware[0] = '\0';
    device_tell(device, false);
    return KC_OK;
}

int32_t device_ask(struct kc_device *device, const struct driver *driver, const char *options, struct kc_error *error)
{
    const struct kc_system *system = device->listed ? device_system(device) : NULL;
    if (!device->listed)
        return error_set(error, KC_ERROR_STATE, "device", "It is not plugged in any more.");
    if (system && system->state != KC_LINK_DOWN)
        return error_set(error, KC_ERROR_STATE, "device", "The system \"%s\" uses it.", system->name);
    if (device->question.system)
        return error_set(error, KC_ERROR_STATE, "device", "It is being asked already.");
    if (!driver && !device->driver_count)
        return error_set(error, KC_ERROR_NOT_FOUND, "driver",
                         "No driver knows it by its USB ids; name the driver that is to ask.");
    if (driver && (!device_scheme(&device->facts, driver) || (device->facts.usb && !driver->usb)))
        return error_set(error, KC_ERROR_NOT_OFFERED, "driver", "The driver %s has no devices of this kind.",
                         driver->name);
    if (strlen(options) >= DEVICE_OPTIONS_SIZE)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "options", "The options are too long.");
    device->question.attempts = 0;
    device->question.all = !driver;
    return ask(device, driver ? driver : device->drivers[0], options, false, error);
}

void device_ask_by_itself(struct kc_device *device)
{
    struct kc_error error = {0};
    if (devices_wanted(device->context) != KC_DEVICES_IDENTIFY || !device->listed || !device->facts.allowed ||
        device->question.system || device->answer || device_system(device))
        return;
    for (size_t i = 0; i < device->driver_count; i++)
        if (device_known_to(&device->facts, device->drivers[i], true)) {
            device->question.all = true;
            if (ask(device, device->drivers[i], "", true, &error) != KC_OK)
                context_log(device->context, KC_LOG_WARNING, "device", "%s: %s", device->label, error.message);
            return;
        }
}

/* ---- What links tell ------------------------------------------------------------------------------------------- */

void devices_yield(struct kc_system *system)
{
    for (struct kc_device *device = devices_first(system->context); device; device = device->next)
        if (device->question.system && device->question.system != system && device_is_of(device, system)) {
            device_unask(device);
            device_tell(device, false);
        }
}

void devices_link_changed(struct kc_system *system)
{
    for (struct kc_device *device = devices_first(system->context); device; device = device->next)
        if (device_is_of(device, system))
            device_tell(device, false);
}

/* What the driver does not know a device on USB may say in its descriptor: bcdDevice is the release of its firmware.
 * False: all that was known. */
static bool set_identity(struct kc_device *device, const struct driver *driver, const char *model, const char *firmware)
{
    const struct device_facts *facts = &device->facts;
    char model_before[sizeof(device->model)], firmware_before[sizeof(device->firmware)], release[8] = "";
    bool is_known = device->answer == KC_DEVICE_ENCODER && device->encoder == driver;
    memcpy(model_before, device->model, sizeof(model_before));
    memcpy(firmware_before, device->firmware, sizeof(firmware_before));
    if (facts->usb)
        snprintf(release, sizeof(release), "%x.%02x", facts->release >> 8, facts->release & 0xFFu);
    text_copy_printable(*model || !facts->usb ? model : facts->product, device->model, sizeof(device->model));
    text_copy_printable(*firmware ? firmware : release, device->firmware, sizeof(device->firmware));
    return !is_known || strcmp(model_before, device->model) != 0 || strcmp(firmware_before, device->firmware) != 0;
}

void devices_identity(struct kc_system *system, const char *model, const char *firmware)
{
    const struct driver *driver = system->link.driver;
    if (system->asked) {
        set_identity(system->asked, driver, model, firmware);
        return;
    }
    for (struct kc_device *device = devices_first(system->context); device; device = device->next)
        if (device_is_of(device, system) && set_identity(device, driver, model, firmware)) {
            device->encoder = driver;
            device->answer = KC_DEVICE_ENCODER;
            device_tell(device, true);
        }
}
