/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the options of a URI say about a serial line. */
#ifndef KEYCARD_TRANSPORT_SERIAL_SETTINGS_H
#define KEYCARD_TRANSPORT_SERIAL_SETTINGS_H

#include <stdbool.h>

#include "external/serialport_calls.h"
#include "util/error.h"
#include "util/uri.h"

struct serial_settings {
    int baud, data_bits, stop_bits;
    enum sp_parity parity;
    enum sp_flowcontrol flow_control;
    bool dtr, rts; /* raised while it is open */
};

/* KC_OK or KC_ERROR_INVALID_ARGUMENT, which names the option and its value. */
int32_t serial_settings_read(const struct uri *uri, struct serial_settings *settings, struct kc_error *error);

#endif
