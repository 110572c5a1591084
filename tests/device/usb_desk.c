/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* That desk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "usb_desk.h"

int open_desk(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));
    assert_non_null(desk);
    desk->rig = usb_rig_new();
    reader_init(&desk->reader);
    assert_int_equal(kc_context_new(&desk->context), KC_OK);
    assert_int_equal(kc_site_new(desk->context, "Hotel", &desk->site), KC_OK);
    *state = desk;
    return 0;
}

int close_desk(void **state)
{
    struct desk *desk = *state;
    kc_site_unref(desk->site);
    kc_context_unref(desk->context);
    if (desk->has_stripe)
        stripe_close(&desk->stripe);
    usb_rig_free(desk->rig);
    reader_close(&desk->reader);
    free(desk);
    return 0;
}

void plug_stripe(struct desk *desk, const char *port)
{
    desk->has_stripe = true;
    stripe_plug(&desk->stripe, desk->rig, port, NULL);
}

void take_events(struct desk *desk)
{
    for (kc_event *event; (event = kc_context_next_event(desk->context)) != NULL; kc_event_unref(event)) {
        if (kc_event_get_type(event) != KC_EVENT_DEVICE)
            continue;
        size_t used = strlen(desk->events);
        snprintf(desk->events + used, sizeof(desk->events) - used, "%s %s, ",
                 kc_device_get_place(kc_event_get_device(event)), kc_device_state_name(kc_event_get_state(event)));
    }
}

void until_events(struct desk *desk, const char *wanted)
{
    take_events(desk);
    while (strlen(desk->events) < strlen(wanted)) {
        if (kc_context_wait(desk->context, WAIT_MS) != 1)
            fail_msg("\"%s\" instead of \"%s\"", desk->events, wanted);
        assert_int_equal(kc_context_dispatch(desk->context), KC_OK);
        take_events(desk);
    }
    assert_string_equal(desk->events, wanted);
    desk->events[0] = '\0';
}

void watch(struct desk *desk, int32_t how)
{
    assert_int_equal(kc_context_watch_devices(desk->context, how), KC_OK);
}

kc_device *find(struct desk *desk, const char *port)
{
    for (int32_t i = 0; i < kc_context_get_device_count(desk->context); i++)
        if (strcmp(kc_device_get_place(kc_context_get_device(desk->context, i)), port) == 0)
            return kc_context_get_device(desk->context, i);
    fail_msg("nothing is listed at %s", port);
    return NULL;
}

void assert_untouched(struct usb_rig_device *device)
{
    struct usb_rig_counts counts = usb_rig_counts(device);
    assert_int_equal(counts.claims, 0);
    assert_int_equal(counts.detaches, 0);
    assert_int_equal(counts.transfers, 0);
}

void says(const kc_device *device, const char *text)
{
    const kc_error *error = kc_device_get_error(device);
    assert_non_null(error);
    if (!strstr(kc_error_get_message(error), text))
        fail_msg("\"%s\" does not say \"%s\"", kc_error_get_message(error), text);
}
