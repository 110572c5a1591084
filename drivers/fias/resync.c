/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A lock system that lost its data asks for all guests (DR): those with active keys, and rooms that are checked out,
 * are told, page by page, between DS and DE. FIAS, sections "database resynchronisation" and "guest data". */
#include <string.h>

#include "state.h"

static void put_workstation(const struct driver_link *link, struct buf *out)
{
    const char *station = driver_option_text(link, OPTION_WORKSTATION);
    fias_put_text(*station ? station : "KEYCARD", out);
}

static void put_field(const struct driver_link *link, const struct driver_stay *stay, fias_id field, struct buf *out)
{
    char date[16], time[16];
    fias_now(link, date, time);
    if (field == FIAS_ID("RN"))
        fias_put_text(stay->rooms.items[0], out);
    else if (field == FIAS_ID("SI"))
        fias_put_suite(link, &stay->rooms, out);
    else if (field == FIAS_ID("G#"))
        fias_put_reservation(link, stay->booking, out);
    else if (field == FIAS_ID("GS"))
        buf_append_byte(out, stay->sharer ? 'Y' : 'N');
    else if (field == FIAS_ID("GN"))
        fias_put_text(stay->guest, out);
    else if (field == FIAS_ID("GA"))
        fias_put_date(&stay->from, out);
    else if (field == FIAS_ID("GD"))
        fias_put_date(&stay->until, out);
    else if (field == FIAS_ID("DT"))
        fias_put_clock(link, &stay->until, out);
    else if (field == FIAS_ID("WS"))
        put_workstation(link, out);
    else if (field == FIAS_ID("DA") || field == FIAS_ID("TI"))
        buf_append_text(out, field == FIAS_ID("DA") ? date : time);
}

/* The declared fields and no others. SF is empty: it tells this record from one of a guest who comes just now. */
static int compose(const struct driver_link *link, const struct driver_stay *stay, struct buf *out)
{
    const struct description *active = &line_of(link)->active;
    const struct fias_fields *fields = &active->fields[stay->ended ? DECLARED_GO : DECLARED_GI];
    bool empty = driver_option_is(link, OPTION_EMPTY_FIELDS, "sent");
    struct buf value = {0};
    struct fias_writer writer;
    fias_begin(&writer, out, FIAS_ID(stay->ended ? "GO" : "GI"));
    for (size_t i = 0; i < fields->count; i++) {
        buf_clear(&value);
        put_field(link, stay, fields->ids[i], &value);
        if (value.length > 0 || empty || fields->ids[i] == FIAS_ID("SF"))
            fias_put(&writer, fields->ids[i], buf_text(&value));
    }
    out->failed = out->failed || value.failed;
    buf_free(&value);
    return fias_end(&writer) == 0 && !out->failed && out->length <= active->longest ? 0 : -1;
}

static void send_stay(struct driver_link *link, const struct driver_stay *stay)
{
    struct buf record = {0};
    if (compose(link, stay, &record) != 0 && !record.failed)
        fias_trace_note(link, true, "(a guest could not be told of: the record would be too long)");
    else if (record.failed || !fias_send(link, NULL, &record))
        fias_fail(link, KC_ERROR_NO_MEMORY,
                  "The guests could not be told of: memory is used up, or the lock system "
                  "takes nothing.");
    buf_free(&record);
}

/* How far back rooms that are checked out are told of; 0: not at all. */
static int64_t ended_days(const struct driver_link *link)
{
    return line_of(link)->active.fields[DECLARED_GO].declared ? driver_option_number(link, OPTION_RESYNC_DAYS) : 0;
}

void fias_take_resync(struct driver_link *link)
{
    struct line *line = line_of(link);
    if (line->state != LINK_ALIVE || line->resync != RESYNC_NONE || driver_option_is(link, OPTION_RESYNC, "ignore"))
        return;
    bool wants_guests = line->active.fields[DECLARED_GI].declared || ended_days(link) > 0;
    fias_say(link, "DS");
    if (wants_guests && driver_option_is(link, OPTION_RESYNC, "stays")) {
        line->resync = RESYNC_ASKED;
        driver_ask_stays(link, true, ended_days(link));
    } else {
        fias_say(link, "DE");
    }
}

void fias_take_stays(struct driver_link *link, const struct driver_stay *stays, size_t count, bool last)
{
    struct line *line = line_of(link);
    if (!line->up || line->failed || line->resync != RESYNC_ASKED) /* it has begun anew meanwhile */
        return;
    for (size_t i = 0; i < count && !line->failed; i++)
        if (stays[i].ended || line->active.fields[DECLARED_GI].declared)
            send_stay(link, &stays[i]);
    line->resync = last ? RESYNC_NONE : RESYNC_PAUSE;
    if (last)
        fias_say(link, "DE");
    fias_set_timer(link);
}

void fias_resync_more(struct driver_link *link)
{
    line_of(link)->resync = RESYNC_ASKED;
    driver_ask_stays(link, false, ended_days(link));
}
