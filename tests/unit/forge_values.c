/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See forge_values.h. */
#include "forge_values.h"

#include <string.h>

#include "store/record.h"

void forge_bad_guest(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.guest = "\xFF";
}

static void forge_control_in_guest(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.guest = "\x02";
}

static void forge_hidden_direction(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.booking = "\xE2\x80\xAE";
}

void forge_half_a_pair(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.vendor_text = "\xED\xA0\x80";
}

void forge_too_long(struct packed *packed, const struct packed *other)
{
    static char text[4002];
    (void)other;
    memset(text, 'x', sizeof(text) - 1);
    packed->record.error_message = text;
}

static void forge_line_in_room(struct packed *packed, const struct packed *other)
{
    static const char *const rooms[] = {"101\n"};
    (void)other;
    packed->record.rooms = (struct strings){rooms, 1};
}

void forge_too_many_areas(struct packed *packed, const struct packed *other)
{
    static const char *areas[RECORD_LIST_MAX + 1];
    (void)other;
    for (size_t i = 0; i < RECORD_LIST_MAX + 1; i++)
        areas[i] = "1";
    packed->record.areas = (struct strings){areas, RECORD_LIST_MAX + 1};
}

void forge_too_many_copies(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.copies = -1;
}

static void forge_good_status(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.status = 1;
}

void forge_low_status(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.status = INT32_MIN;
}

static void forge_late_date(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.created_ms = RECORD_CREATED_MAX + 1;
}

static void forge_late_verb(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.verb = RECORD_VERB_LAST + 1;
}

static void forge_late_kind(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.kind = RECORD_KIND_LAST + 1;
}

static void forge_late_outcome(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.outcome = RECORD_OUTCOME_LAST + 1;
}

static void forge_late_key_state(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.key_state = RECORD_KEY_STATE_LAST + 1;
}

const forge_change forge_values[] = {
    forge_late_verb,        forge_late_kind,        forge_late_outcome, forge_late_key_state, forge_bad_guest,
    forge_control_in_guest, forge_hidden_direction, forge_half_a_pair,  forge_too_long,       forge_line_in_room,
    forge_too_many_areas,   forge_too_many_copies,  forge_good_status,  forge_low_status,     forge_late_date};
const size_t forge_value_count = sizeof(forge_values) / sizeof(forge_values[0]);
