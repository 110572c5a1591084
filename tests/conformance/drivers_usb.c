/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The drivers of devices on USB, as drivers.c has the others: for a program of its own, which needs umockdev. */
#include "suite.h"

#define LIST(...)                                                                                                      \
    (const char *const[])                                                                                              \
    {                                                                                                                  \
        __VA_ARGS__, NULL                                                                                              \
    }
#define SITE_KEY "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"

static const struct error_case reader_errors[] = {{0}};

static const struct error_case stripe_errors[] = {
    {KC_ERROR_CARD, "error:31", KC_OUTCOME_NOT_WRITTEN, "31"},
    {KC_ERROR_CARD, "error:39", KC_OUTCOME_NOT_WRITTEN, "39"},
    {KC_ERROR_SYNTAX, "error:32", KC_OUTCOME_NOT_WRITTEN, "32"},
    {KC_ERROR_VENDOR, "error:35", KC_OUTCOME_UNKNOWN, "35"},
    {0},
};

const struct conform_driver conform_drivers[] = {
    {
        .name = "magstripe-usb", /* an MSR605X */
        .driver = "magstripe",
        .side = &side_usb_stripe,
        .profile = "msr605x",
        .uri = "magstripe+usb:",
        .options = LIST("back-off", "0", "site-number", "1", "site-key", SITE_KEY, "swipes", "1", "quiet", "150"),
        .hasty = LIST("swipe-timeout", "500", "answer-timeout", "200"),
        .encoders = LIST("Desk 1", "Desk 2"),
        .strange_encoder = "Bar",
        .rooms = LIST("101", "102", "103", "104"),
        .faults = device_faults,
        .lost_answer = "drop-after-ack",
        .errors = stripe_errors,
    },
    {
        .name = "contactless-usb", /* an ACR122U with MIFARE Classic */
        .driver = "contactless",
        .side = &side_usb_reader,
        .profile = "acr122s-classic-1k",
        .uri = "contactless+usb:",
        .options = LIST("back-off", "0", "site-number", "1", "site-key", SITE_KEY, "poll-interval", "1", "classic-key",
                        "FFFFFFFFFFFF"),
        .hasty = LIST("answer-timeout", "500", "card-return", "0"),
        .encoders = LIST("1", "2"),
        .strange_encoder = "77",
        .rooms = LIST("101", "102", "103", "104"),
        .faults = reader_faults,
        .lost_answer = "drop-after-ack",
        .errors = reader_errors,
    },
    {0},
};
