/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The magnetic-stripe driver: encoders of the MSR family on the front desk's own computer, by serial line or USB. One
 * encoder is a whole lock system to the library; there is no server behind it. */
#include "driver.h"

#include <string.h>

#include "state.h"

static int32_t configure(struct driver_link *link, struct driver_profile *profile, struct kc_error *error)
{
    struct line *line = line_of(link);
    int32_t status = stripe_settings_read(link, &line->settings, error);
    if (status == KC_OK)
        stripe_profile_read(&line->settings, profile);
    return status;
}

static void link_up(struct driver_link *link)
{
    struct line *line = line_of(link);
    line->up = true;
    line->failed = line->awaiting = false;
    line->usb = strcmp(driver_link_transport(link), "usb") == 0;
    msr_assembly_reset(&line->assembly);
    stripe_greet(link);
}

static void link_down(struct driver_link *link)
{
    struct line *line = line_of(link);
    line->up = line->failed = line->awaiting = false;
}

static void on_timer(struct driver_link *link, struct driver_op *op)
{
    struct line *line = line_of(link);
    struct driver_op *running = driver_link_next_op(link, NULL);
    if (!line->up || line->failed)
        return;
    if (op)
        stripe_op_late(op);
    else if (line->greeting != GREETING_DONE)
        stripe_greeting_late(link);
    else if (running && line->awaiting)
        stripe_op_quiet(running);
}

static void release(struct driver_link *link)
{
    open_key_site_wipe(&line_of(link)->settings.site);
}

static const char *const schemes[] = {"magstripe+serial", "magstripe+usb", "magstripe+tcp", "magstripe+fd", NULL};

/* The MSR605X. The number is borrowed: it is also that of a card reader of the vendor's, which the greeting tells
 * apart. */
static const struct driver_usb_id devices[] = {{0x0801, 0x0003}};
static const struct driver_usb usb = {
    .ids = devices,
    .id_count = sizeof(devices) / sizeof(devices[0]),
    .interface_class = USB_CLASS_HID,
    .reports = true,
};

/* The bridge inside MSR605 and MSR606, and many other things: the greeting is sent to it, and nothing else. */
static const struct driver_usb_id bridges[] = {{0x067B, 0x2303}};

const struct driver driver_magstripe = {
    .name = "magstripe",
    .label = "Magnetic-stripe encoder (MSR206, MSR605, MSR606, MSR605X)",
    .maturity = "simulator-tested",
    .schemes = schemes,
    .profile = STRIPE_PROFILE,
    .options = magstripe_options,
    .option_count = OPTION_COUNT,
    .link_size = sizeof(struct line),
    .op_size = sizeof(struct job),
    .usb = &usb,
    .serial_ids = bridges,
    .serial_id_count = sizeof(bridges) / sizeof(bridges[0]),
    .configure = configure,
    .check = stripe_check,
    .link_up = link_up,
    .link_down = link_down,
    .op_start = stripe_op_start,
    .on_bytes = stripe_on_bytes,
    .on_timer = on_timer,
    .op_cancel = stripe_op_cancel,
    .op_end = stripe_op_end,
    .keep_alive = stripe_greet,
    .release = release,
};
