/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options of a serial line: reading and checking. */
#include "transport/serial_settings.h"

#include <stdlib.h>
#include <string.h>

#define BAUD_MIN 50
#define BAUD_MAX 4000000

struct word {
    const char *text;
    int value;
};

static const struct word parities[] = {{"none", SP_PARITY_NONE}, {"odd", SP_PARITY_ODD},     {"even", SP_PARITY_EVEN},
                                       {"mark", SP_PARITY_MARK}, {"space", SP_PARITY_SPACE}, {NULL, 0}};
static const struct word data_bits[] = {{"5", 5}, {"6", 6}, {"7", 7}, {"8", 8}, {NULL, 0}};
static const struct word stop_bits[] = {{"1", 1}, {"2", 2}, {NULL, 0}};
static const struct word flow_controls[] = {
    {"none", SP_FLOWCONTROL_NONE}, {"rts-cts", SP_FLOWCONTROL_RTSCTS}, {"xon-xoff", SP_FLOWCONTROL_XONXOFF}, {NULL, 0}};
static const struct word switches[] = {{"on", 1}, {"off", 0}, {NULL, 0}};

static const char *option(const struct uri *uri, const char *name, const char *default_value)
{
    for (size_t i = 0; i < uri->option_count; i++)
        if (strcmp(uri->options[i].name, name) == 0)
            return uri->options[i].value;
    return default_value;
}

static int32_t refuse(const char *name, const char *value, const char *allowed, struct kc_error *error)
{
    struct error_quoted quoted;

    return error_set(error, KC_ERROR_INVALID_ARGUMENT, name, "%s \"%s\" is not possible; give %s", name,
                     error_quote(&quoted, value), allowed);
}

static int32_t read_word(const struct uri *uri, const char *name, const char *default_value, const struct word *words,
                         const char *allowed, int *out, struct kc_error *error)
{
    const char *value = option(uri, name, default_value);

    for (; words->text != NULL; words++) {
        if (strcmp(words->text, value) == 0) {
            *out = words->value;
            return KC_OK;
        }
    }
    return refuse(name, value, allowed, error);
}

static int32_t read_baud(const struct uri *uri, int *out, struct kc_error *error)
{
    const char *value = option(uri, "baud", "9600");
    size_t digits = strspn(value, "0123456789");
    long baud = digits > 0 && digits < 8 && value[digits] == '\0' ? strtol(value, NULL, 10) : 0;

    if (baud < BAUD_MIN || baud > BAUD_MAX)
        return refuse("baud", value, "a whole number from 50 to 4000000, such as 9600", error);
    *out = (int)baud;
    return KC_OK;
}

int32_t serial_settings_read(const struct uri *uri, struct serial_settings *settings, struct kc_error *error)
{
    int parity = 0, flow_control = 0, dtr = 1, rts = 1;
    int32_t status = read_baud(uri, &settings->baud, error);

    if (status == KC_OK)
        status = read_word(uri, "data-bits", "8", data_bits, "5, 6, 7 or 8", &settings->data_bits, error);
    if (status == KC_OK)
        status = read_word(uri, "parity", "none", parities, "none, odd, even, mark or space", &parity, error);
    if (status == KC_OK)
        status = read_word(uri, "stop-bits", "1", stop_bits, "1 or 2", &settings->stop_bits, error);
    if (status == KC_OK)
        status = read_word(uri, "flow-control", "none", flow_controls, "none, rts-cts or xon-xoff", &flow_control,
                           error);
    if (status == KC_OK)
        status = read_word(uri, "dtr", "on", switches, "on or off", &dtr, error);
    if (status == KC_OK)
        status = read_word(uri, "rts", "on", switches, "on or off", &rts, error);
    if (status == KC_OK && !rts && flow_control == SP_FLOWCONTROL_RTSCTS)
        status = error_set(error, KC_ERROR_INVALID_ARGUMENT, "rts",
                           "rts \"off\" is not possible with flow-control rts-cts, which moves that line itself");
    settings->dtr = dtr != 0;
    settings->rts = rts != 0;
    settings->parity = (enum sp_parity)parity;
    settings->flow_control = (enum sp_flowcontrol)flow_control;
    return status;
}
