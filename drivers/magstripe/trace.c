/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands and answers as text for the log. What is on a card opens doors, so only its length is shown. */
#include <string.h>

#include "state.h"

static const struct {
    enum msr_command command;
    const char *name;
} names[] = {
    {MSR_RESET, "reset"},           {MSR_SET_DENSITY, "set density"},
    {MSR_ERASE, "erase"},           {MSR_TEST, "communication test"},
    {MSR_READ_RAW, "read raw"},     {MSR_WRITE_RAW, "write raw"},
    {MSR_SET_BITS, "set bits"},     {MSR_READ_ISO, "read ISO"},
    {MSR_GET_MODEL, "get model"},   {MSR_GET_FIRMWARE, "get firmware"},
    {MSR_WRITE_ISO, "write ISO"},   {MSR_SET_HI_CO, "set Hi-Co"},
    {MSR_SET_LO_CO, "set Lo-Co"},   {MSR_SET_ZEROS, "set leading zeros"},
    {MSR_LEDS_OFF, "LEDs off"},     {MSR_LED_GREEN, "green LED"},
    {MSR_LED_YELLOW, "yellow LED"}, {MSR_LED_RED, "red LED"},
};

static const char *name_of(enum msr_command command)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].command == command)
            return names[i].name;
    return "?";
}

static void put_tracks(struct buf *text, const struct msr_tracks *tracks)
{
    static const char *const states[] = {"empty", "", "unreadable"};
    for (size_t i = 0; i < MSR_TRACKS; i++) {
        const struct msr_track *track = &tracks->track[i];
        if (track->state == MSR_TRACK_DATA)
            buf_append_format(text, ", track %zu: %zu characters", i + 1, track->length);
        else
            buf_append_format(text, ", track %zu: %s", i + 1, states[track->state]);
    }
}

static void show(struct driver_link *link, bool sent, struct buf *text)
{
    driver_trace(link, sent, text->failed ? "(a message)" : buf_text(text));
    buf_free(text);
}

void stripe_trace_command(struct driver_link *link, enum msr_command command, const uint8_t *values, size_t count)
{
    struct buf text = {0};
    if (!driver_tracing(link))
        return;
    buf_append_format(&text, "ESC %02X %s", (unsigned)command, name_of(command));
    for (size_t i = 0; i < count; i++)
        buf_append_format(&text, " %02X", values[i]);
    show(link, true, &text);
}

void stripe_trace_write(struct driver_link *link, enum msr_command command, const struct msr_tracks *tracks)
{
    struct buf text = {0};
    if (!driver_tracing(link))
        return;
    buf_append_format(&text, "ESC %02X %s", (unsigned)command, name_of(command));
    put_tracks(&text, tracks);
    show(link, true, &text);
}

void stripe_trace_answer(struct driver_link *link, enum msr_command command, const struct msr_answer *answer)
{
    struct buf text = {0};
    if (!driver_tracing(link))
        return;
    buf_append_format(&text, "answer to %s", name_of(command));
    if (command == MSR_GET_MODEL)
        buf_append_format(&text, ": %c", answer->values[0]);
    else if (command == MSR_GET_FIRMWARE)
        buf_append_format(&text, ": %s", answer->text);
    else if (command != MSR_TEST)
        buf_append_format(&text, ": %02X", answer->status);
    if (command == MSR_READ_ISO || command == MSR_READ_RAW)
        put_tracks(&text, &answer->tracks);
    show(link, false, &text);
}

void stripe_trace_note(struct driver_link *link, const char *text)
{
    if (driver_tracing(link))
        driver_trace(link, false, text);
}
