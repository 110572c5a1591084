/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The drivers of devices on USB, as drivers.c has the others: for a program of its own, which needs umockdev. */
#include "suite.h"

const struct conform_driver conform_drivers[] = {
    {
        .name = "magstripe-usb", /* an MSR605X */
        .driver = "magstripe",
        .side = &side_usb_stripe,
        .profile = "msr605x",
        .uri = "magstripe+usb:",
        .options = LIST("back-off", "0", "site-number", "1", "site-key", SITE_KEY, "swipes", "1", "quiet", "1000",
                        "answer-timeout", "20000"),
        .hasty = LIST("swipe-timeout", "500", "answer-timeout", "200"),
        .encoders = LIST("Desk 1", "Desk 2"),
        .strange_encoder = "Bar",
        .rooms = LIST("101", "102", "103", "104"),
        .faults = device_faults,
        .lost_answer = "drop-after-ack",
        .errors = magstripe_errors,
    },
    {
        .name = "contactless-usb", /* an ACR122U with MIFARE Classic */
        .driver = "contactless",
        .side = &side_usb_reader,
        .profile = "acr122s-classic-1k",
        .uri = "contactless+usb:",
        .options = LIST("back-off", "0", "site-number", "1", "site-key", SITE_KEY, "answer-timeout", "4000",
                        "poll-interval", "1", "classic-key", "FFFFFFFFFFFF"),
        .hasty = LIST("answer-timeout", "500", "card-return", "0"),
        .encoders = LIST("1", "2"),
        .strange_encoder = "77",
        .rooms = LIST("101", "102", "103", "104"),
        .faults = reader_faults,
        .lost_answer = "drop-after-ack",
        .errors = no_errors,
    },
    {0},
};
