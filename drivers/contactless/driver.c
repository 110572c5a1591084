/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contactless driver: cards written at the desk by a PN532 at a serial line, or by a CCID reader. */
#include "driver.h"

#include <string.h>

#include "state.h"

static int32_t configure(struct driver_link *link, struct driver_profile *profile, struct kc_error *error)
{
    struct desk *desk = desk_of(link);
    int32_t status = contactless_settings_read(link, &desk->settings, error);
    if (status == KC_OK)
        contactless_profile_read(&desk->settings, profile);
    return status;
}

static int32_t check(struct driver_link *link, const struct driver_request *request, struct kc_error *error)
{
    const struct settings *settings = &desk_of(link)->settings;
    if (request->verb == KC_VERB_WRITE_IMAGE && request->image_size > AREA_MOST)
        return error_set(error, KC_ERROR_LIMIT, "image", "%zu bytes are more than the %d that a card can take.",
                         request->image_size, AREA_MOST);
    if (request->verb == KC_VERB_WRITE_IMAGE || request->verb == KC_VERB_READ_CARD)
        return KC_OK;
    if (!settings->has_site)
        return error_set(error, KC_ERROR_NOT_OFFERED, "site-key",
                         "Keys need the options site-number and site-key, which are not set.");
    if (*request->card_serial)
        return error_set(error, KC_ERROR_NOT_OFFERED, "card-serial", "This reader writes cards, it returns no bytes.");
    return open_key_check_card(request, error);
}

static void link_up(struct driver_link *link)
{
    struct desk *desk = desk_of(link);
    desk->up = true;
    desk->failed = false;
    desk->type = strcmp(driver_link_transport(link), "usb") == 0    ? READER_CCID
                 : driver_option_is(link, OPTION_READER, "acr122s") ? READER_CCID_FRAME
                                                                    : READER_PN532;
    reader_start(link);
}

/* The core ends the operation, and cannot know what is on the card. */
static void link_down(struct driver_link *link)
{
    struct desk *desk = desk_of(link);
    desk->up = false;
    if (desk->op && *job_known_text(job_of(desk->op)))
        driver_op_warn(desk->op, job_known_text(job_of(desk->op)) + 1);
    reader_forget(link);
}

static void op_start(struct driver_op *op)
{
    if (op->request->verb == KC_VERB_DISCOVER)
        driver_op_done(op, NULL); /* the link is ready, so the reader is there */
    else
        job_begin(op);
}

static void op_end(struct driver_op *op)
{
    struct desk *desk = desk_of(op->link);
    if (desk->op != op)
        return;
    desk->op = NULL;
    reader_abandon(op->link);
}

static void on_timer(struct driver_link *link, struct driver_op *op)
{
    if (op)
        job_timer(op);
    else
        reader_timer(link);
}

static void release(struct driver_link *link)
{
    contactless_settings_wipe(&desk_of(link)->settings);
}

/* Every reader of the class; these are known. The bootloader of the ACR1252U is none of them. */
static const struct driver_usb_id readers[] = {
    {0x072F, 0x2200}, {0x072F, 0x90CC}, {0x072F, 0x2214}, {0x072F, 0x2206}, {0x072F, 0x221A},
    {0x072F, 0x2229}, {0x072F, 0x223B}, {0x072F, 0x223E}, {0x072F, 0x223F}, {0x072F, 0x2224},
    {0x072F, 0x2308}, {0x076B, 0x5022}, {0x04E6, 0x5790},
};
static const struct driver_usb usb = {
    .ids = readers,
    .id_count = sizeof(readers) / sizeof(readers[0]),
    .interface_class = USB_CLASS_CCID,
    .any_of_class = true,
};

const struct driver driver_contactless = {
    .name = "contactless",
    .label = "Contactless cards at the desk (PN532, CCID)",
    .maturity = "simulator-tested",
    .schemes = (const char *const[]){"contactless+serial", "contactless+usb", "contactless+tcp", "contactless+fd",
                                     NULL},
    .profile = CONTACTLESS_PROFILE,
    .options = contactless_options,
    .option_count = OPTION_COUNT,
    .link_size = sizeof(struct desk),
    .op_size = sizeof(struct job),
    .usb = &usb,
    .configure = configure,
    .check = check,
    .link_up = link_up,
    .link_down = link_down,
    .op_start = op_start,
    .on_bytes = reader_take,
    .on_interrupt = reader_interrupt,
    .on_timer = on_timer,
    .op_cancel = job_cancel,
    .op_end = op_end,
    .release = release,
};
