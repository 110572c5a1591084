/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The drivers that the suite is run against: one entry each. meson.build finds their names here, too, so each entry
 * begins with its name on a line of its own. Data only; the rules ask the driver for its capabilities and limits. */
#include "suite.h"

#define LIST(...)                                                                                                      \
    (const char *const[])                                                                                              \
    {                                                                                                                  \
        __VA_ARGS__, NULL                                                                                              \
    }
#define NOTHING KC_OUTCOME_NOT_WRITTEN
#define OPEN    KC_OUTCOME_UNKNOWN

static const struct error_case virtual_errors[] = {
    {KC_ERROR_NO_CARD, "no-card", NOTHING, NULL},
    {KC_ERROR_ENCODER_BUSY, "busy", NOTHING, NULL},
    {KC_ERROR_ENCODER_OFFLINE, "offline", NOTHING, NULL},
    {KC_ERROR_CARD, "card", NOTHING, NULL},
    {KC_ERROR_UNKNOWN_ROOM, "error:unknown-room", NOTHING, NULL},
    {KC_ERROR_ROOM_BUSY, "error:room-busy", NOTHING, NULL},
    {KC_ERROR_LOCK_SYSTEM, "error:lock-system", NOTHING, NULL},
    {KC_ERROR_VENDOR, "vendor:X17", NOTHING, "X17"},
    {0},
};

static const struct error_case salto_errors[] = {
    {KC_ERROR_NO_CARD, "error:ED", NOTHING, "ED"},
    {KC_ERROR_ENCODER_BUSY, "error:OV", NOTHING, "OV"},
    {KC_ERROR_ENCODER_OFFLINE, "error:NC", NOTHING, "NC"},
    {KC_ERROR_CARD, "error:EP", NOTHING, "EP"},
    {KC_ERROR_CARD_FORMAT, "error:EF", NOTHING, "EF"},
    {KC_ERROR_CARD_REFUSED, "error:EV", NOTHING, "EV"},
    {KC_ERROR_UNKNOWN_ROOM, "error:TD", NOTHING, "TD"},
    {KC_ERROR_ROOM_UNAVAILABLE, "error:OS", NOTHING, "OS"},
    {KC_ERROR_ROOM_BUSY, "error:EO", NOTHING, "EO"},
    {KC_ERROR_LOCK_SYSTEM, "error:NF", NOTHING, "NF"},
    {KC_ERROR_SYNTAX, "error:ES", NOTHING, "ES"},
    {KC_ERROR_VENDOR, "error:EG", NOTHING, "EG"},
    {KC_ERROR_VENDOR, "error:ZZ", OPEN, "ZZ"},
    {0},
};

static const struct error_case onity_errors[] = {
    {KC_ERROR_NO_CARD, "error:ED", NOTHING, "ED"},
    {KC_ERROR_ENCODER_BUSY, "error:OV", NOTHING, "OV"},
    {KC_ERROR_ENCODER_OFFLINE, "error:NC", NOTHING, "NC"},
    {KC_ERROR_UNKNOWN_ROOM, "error:TD", NOTHING, "TD"},
    {KC_ERROR_SYNTAX, "error:ES", NOTHING, "ES"},
    {KC_ERROR_VENDOR, "error:ZZ", OPEN, "ZZ"},
    {0},
};

static const struct error_case saflok_irs_errors[] = {
    {KC_ERROR_NO_CARD, "error:03-190", NOTHING, NULL},
    {KC_ERROR_ENCODER_BUSY, "error:03-050", NOTHING, NULL},
    {KC_ERROR_ENCODER_OFFLINE, "error:03-157", NOTHING, NULL},
    {KC_ERROR_UNKNOWN_ROOM, "error:03-902", NOTHING, NULL},
    {KC_ERROR_VENDOR, "error:03-777", OPEN, NULL},
    {0},
};

static const struct error_case lens_errors[] = {
    {KC_ERROR_NO_CARD, "error:TimeoutWaitingKey", NOTHING, "TimeoutWaitingKey"},
    {KC_ERROR_ENCODER_BUSY, "error:EncoderBusy", NOTHING, "EncoderBusy"},
    {KC_ERROR_ENCODER_OFFLINE, "error:EncoderNotResponding", NOTHING, "EncoderNotResponding"},
    {KC_ERROR_CARD, "error:KeyJammed", NOTHING, "KeyJammed"},
    {KC_ERROR_UNKNOWN_ROOM, "error:RoomNumberNotFound", NOTHING, "RoomNumberNotFound"},
    {KC_ERROR_CREDENTIALS, "error:NoCallerID", NOTHING, "NoCallerID"},
    {KC_ERROR_NOT_ACCEPTED, "error:BusyProcessingPreviousRequest", NOTHING, "BusyProcessingPreviousRequest"},
    {KC_ERROR_VENDOR, "error:NobodyKnowsThis", OPEN, "NobodyKnowsThis"},
    {0},
};

static const struct error_case fias_errors[] = {
    {KC_ERROR_ENCODER_BUSY, "error:BY", NOTHING, "BY"},
    {KC_ERROR_ENCODER_OFFLINE, "error:UR", NOTHING, "UR"}, /* by the option status-map */
    {KC_ERROR_ENCODER_OFFLINE, "error:NR", OPEN, "NR"},
    {KC_ERROR_UNKNOWN_ROOM, "error:NG", NOTHING, "NG"},
    {KC_ERROR_NOT_ACCEPTED, "error:RY", NOTHING, "RY"},
    {KC_ERROR_NOT_CHECKED_IN, "error:IA", NOTHING, "IA"},
    {KC_ERROR_VENDOR, "error:DN", NOTHING, "DN"},
    {KC_ERROR_VENDOR, "error:ZZ", OPEN, "ZZ"},
    {0},
};

/* Readers at the desk: what goes wrong there goes wrong at the card, see reader_faults. */
static const struct error_case no_errors[] = {{0}};

static const struct error_case magstripe_errors[] = {
    {KC_ERROR_CARD, "error:31", NOTHING, "31"},   {KC_ERROR_CARD, "error:39", NOTHING, "39"},
    {KC_ERROR_SYNTAX, "error:32", NOTHING, "32"}, {KC_ERROR_SYNTAX, "error:34", NOTHING, "34"},
    {KC_ERROR_VENDOR, "error:35", OPEN, "35"},    {0},
};

#define SITE_KEY "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"

const struct conform_driver conform_drivers[] = {
    {
        .name = "virtual",
        .side = &side_virtual,
        .uri = "virtual:",
        .options = LIST("back-off", "0"),
        .hasty = LIST("answer-timeout", "500"),
        .encoders = LIST("Desk 1", "Desk 2"),
        .strange_encoder = "Bar",
        .rooms = LIST("101", "102", "103", "104"),
        .faults = virtual_faults,
        .lost_answer = "drop-after",
        .errors = virtual_errors,
    },
    {
        .name = "salto",
        .side = &side_simulator,
        .uri = "salto+tcp://ADDRESS",
        .options = LIST("back-off", "0", "pause-after-nak", "1", "mobile", "on", "mobile-image", "on", "card-image",
                        "on", "modify-stay", "on", "cancel-key", "on"),
        .hasty = LIST("acknowledge-timeout", "500", "answer-timeout", "500", "byte-timeout", "500", "enquiry-timeout",
                      "500"),
        .encoders = LIST("Desk 1", "Desk 2"),
        .strange_encoder = "Bar",
        .rooms = LIST("101", "102", "103", "104"),
        .faults = acknowledging_faults,
        .lost_answer = "drop-after-ack",
        .errors = salto_errors,
    },
    {
        .name = "salto-asking", /* as above, but asks by ENQ and lets each encoder work by itself */
        .driver = "salto",
        .side = &side_simulator,
        .uri = "salto+tcp://ADDRESS",
        .options = LIST("back-off", "0", "pause-after-nak", "1", "mobile", "on", "mobile-image", "on", "card-image",
                        "on", "modify-stay", "on", "cancel-key", "on", "enquiry", "always", "requests-in-flight",
                        "per-encoder"),
        .hasty = LIST("acknowledge-timeout", "500", "answer-timeout", "500", "byte-timeout", "500", "enquiry-timeout",
                      "500"),
        .encoders = LIST("Desk 1", "Desk 2"),
        .strange_encoder = "Bar",
        .rooms = LIST("101", "102", "103", "104"),
        .faults = acknowledging_faults,
        .lost_answer = "drop-after-ack",
        .errors = salto_errors,
    },
    {
        .name = "onity",
        .side = &side_simulator,
        .uri = "onity+tcp://ADDRESS",
        .options = LIST("back-off", "0", "pause-after-nak", "1", "mobile-encoder", "99", "one-shot", "on"),
        .hasty = LIST("acknowledge-timeout", "500", "answer-timeout", "500", "byte-timeout", "500", "enquiry-timeout",
                      "500"),
        .encoders = LIST("1", "2", "99"),
        .strange_encoder = "77",
        .rooms = LIST("101", "102", "103", "104"),
        .faults = acknowledging_faults,
        .lost_answer = "drop-after-ack",
        .errors = onity_errors,
    },
    {
        .name = "saflok-irs",
        .side = &side_simulator,
        .uri = "saflok+tcp://ADDRESS?connection=per-request",
        .options = LIST("back-off", "0", "password", "DESK7", "status-map", "03/902=unknown-room"),
        .hasty = LIST("acknowledge-timeout", "500", "answer-timeout", "500"),
        .encoders = LIST("01", "02"),
        .strange_encoder = "77",
        .rooms = LIST("101", "102", "103", "104"),
        .faults = simulator_faults,
        .lost_answer = "drop-after-ack",
        .errors = saflok_irs_errors,
    },
    {
        .name = "saflok-irs-handshake", /* as on a serial line */
        .driver = "saflok-irs",
        .side = &side_simulator,
        .uri = "saflok+tcp://ADDRESS?connection=per-request",
        .options = LIST("back-off", "0", "handshake", "enq", "pause-after-nak", "1", "password", "DESK7", "status-map",
                        "03/902=unknown-room"),
        .hasty = LIST("acknowledge-timeout", "500", "answer-timeout", "500"),
        .encoders = LIST("01", "02"),
        .strange_encoder = "77",
        .rooms = LIST("101", "102", "103", "104"),
        .faults = acknowledging_faults,
        .lost_answer = "drop-after-ack",
        .errors = saflok_irs_errors,
    },
    {
        .name = "saflok-lens",
        .side = &side_simulator,
        .uri = "saflok+http://ADDRESS/MessengerPMSWS.asmx",
        .options = LIST("back-off", "0", "mobile", "on", "online-locks", "on", "tracks", "on", "delivery-interval",
                        "100"),
        .hasty = LIST("encode-timeout", "500", "answer-timeout", "500", "reply-timeout", "500", "delivery-wait", "500"),
        .encoders = LIST("1", "2"),
        .strange_encoder = "77",
        .rooms = LIST("101", "102", "103", "104"),
        .faults = http_faults,
        .lost_answer = "drop-after-ack",
        .errors = lens_errors,
    },
    {
        .name = "ambiance",
        .side = &side_simulator,
        .uri = "ambiance+http://ADDRESS/MessengerPMSWS.asmx",
        .options = LIST("back-off", "0", "mobile", "on", "online-locks", "on", "tracks", "on", "delivery-interval",
                        "100"),
        .hasty = LIST("encode-timeout", "500", "answer-timeout", "500", "reply-timeout", "500", "delivery-wait", "500"),
        .encoders = LIST("1", "2"),
        .strange_encoder = "77",
        .rooms = LIST("101", "102", "103", "104"),
        .faults = http_faults,
        .lost_answer = "drop-after-ack",
        .errors = lens_errors,
    },
    {
        .name = "fias",
        .side = &side_simulator,
        .profile = "mobile",
        .uri = "fias+tcp://ADDRESS",
        .options = LIST("back-off", "0", "status-map", "UR=encoder-offline", "phone-field", "A1", "email-field", "A2",
                        "card-field", "A3", "key-data", "hex"),
        .hasty = LIST("answer-timeout", "500", "late-answer", "0", "record-timeout", "1000"),
        .encoders = LIST("1", "2"),
        .strange_encoder = "77",
        .rooms = LIST("101", "102", "103", "104"),
        .faults = stream_faults,
        .lost_answer = "drop-after-ack",
        .errors = fias_errors,
    },
    {
        .name = "fias-listening", /* one without mobile keys, that dials in */
        .driver = "fias",
        .side = &side_dialling,
        .uri = "fias+listen://ADDRESS",
        .options = LIST("back-off", "0", "status-map", "UR=encoder-offline"),
        .hasty = LIST("answer-timeout", "500", "late-answer", "0", "record-timeout", "1000"),
        .encoders = LIST("1", "2"),
        .strange_encoder = "77",
        .rooms = LIST("101", "102", "103", "104"),
        .faults = stream_faults,
        .lost_answer = "drop-after-ack",
        .errors = fias_errors,
    },
    {
        .name = "contactless", /* a PN532 with NTAG215 */
        .side = &side_desk,
        .uri = "contactless+tcp://ADDRESS",
        .options = LIST("back-off", "0", "site-number", "1", "site-key", SITE_KEY, "poll-interval", "1"),
        .hasty = LIST("answer-timeout", "500", "card-return", "0"),
        .encoders = LIST("1", "2"),
        .strange_encoder = "77",
        .rooms = LIST("101", "102", "103", "104"),
        .faults = reader_faults,
        .lost_answer = "drop-after-ack",
        .errors = no_errors,
    },
    {
        .name = "contactless-acr122s", /* with MIFARE Classic */
        .driver = "contactless",
        .side = &side_desk,
        .profile = "acr122s-classic-1k",
        .uri = "contactless+tcp://ADDRESS",
        .options = LIST("back-off", "0", "site-number", "1", "site-key", SITE_KEY, "poll-interval", "1", "reader",
                        "acr122s", "classic-key", "FFFFFFFFFFFF"),
        .hasty = LIST("answer-timeout", "500", "card-return", "0"),
        .encoders = LIST("1", "2"),
        .strange_encoder = "77",
        .rooms = LIST("101", "102", "103", "104"),
        .faults = reader_faults,
        .lost_answer = "drop-after-ack",
        .errors = no_errors,
    },
    {
        .name = "magstripe",
        .side = &side_desk,
        .uri = "magstripe+tcp://ADDRESS",
        .options = LIST("back-off", "0", "site-number", "1", "site-key", SITE_KEY, "swipes", "1", "quiet", "50"),
        .hasty = LIST("swipe-timeout", "500", "answer-timeout", "200"),
        .encoders = LIST("Desk 1", "Desk 2"),
        .strange_encoder = "Bar",
        .rooms = LIST("101", "102", "103", "104"),
        .faults = device_faults,
        .lost_answer = "drop-after-ack",
        .errors = magstripe_errors,
    },
    {0},
};
