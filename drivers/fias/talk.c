/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The link: start, description, alive, configuration, end. FIAS, section "link records". */
#include <string.h>

#include "state.h"

/* How many LS are answered by LS before an LD comes: two sides that answer each other must not do so for ever. */
enum { STARTS_AT_MOST = 4 };

/* Between two pages of guests: what waits gets its turn, and the lock system time to take them. */
enum { RESYNC_PAUSE_MS = 20 };

/* ---- Sending --------------------------------------------------------------------------------------------------- */

void fias_now(const struct driver_link *link, char date[16], char time[16])
{
    struct wall_time wall;
    int32_t second;
    driver_site_time(link, &wall, &second);
    if (fias_date_text(&(struct fias_date){wall.year, wall.month, wall.day}, date) != 0)
        date[0] = '\0';
    if (fias_time_text(&(struct fias_time){wall.hour, wall.minute, second}, time) != 0)
        time[0] = '\0';
}

static void begin(struct driver_link *link, struct fias_writer *writer, struct buf *out, const char *record)
{
    char date[16], time[16];
    fias_now(link, date, time);
    fias_begin(writer, out, FIAS_ID(record));
    fias_put(writer, FIAS_ID("DA"), date);
    fias_put(writer, FIAS_ID("TI"), time);
    if (strcmp(record, "LS") == 0) {
        char(*last)[16] = line_of(link)->last_start;
        memcpy(last[1], last[0], sizeof(last[0]));
        memcpy(last[0], date, 6);
        memcpy(last[0] + 6, time, 7);
    }
}

static void end(struct driver_link *link, struct fias_writer *writer, struct buf *out)
{
    if (fias_end(writer) != 0 || !fias_send(link, NULL, out))
        fias_fail(link, KC_ERROR_NO_MEMORY,
                  "A record of the link could not be sent: memory is used up, or the lock "
                  "system takes nothing.");
    buf_free(out);
}

void fias_say(struct driver_link *link, const char *record)
{
    struct fias_writer writer;
    struct buf out = {0};
    begin(link, &writer, &out, record);
    end(link, &writer, &out);
}

void fias_start_link(struct driver_link *link)
{
    fias_say(link, "LS");
    fias_set_timer(link);
}

void fias_set_timer(struct driver_link *link)
{
    struct line *line = line_of(link);
    if (line->sent || line->failed || !line->up) /* the acknowledgement has its own time */
        return;
    if (line->state == LINK_ALIVE && line->resync == RESYNC_PAUSE)
        driver_link_timer(link, RESYNC_PAUSE_MS);
    else
        driver_link_timer(link, line->state == LINK_ALIVE || line->state == LINK_BARRED
                                    ? -1
                                    : driver_option_number(link, OPTION_START_TIMEOUT));
}

/* FIAS: LC tells what the bits of RT asked for. */
static void configure(struct driver_link *link, uint32_t asked)
{
    struct fias_writer writer;
    struct buf out = {0}, text = {0};
    bool swapped = driver_option_is(link, OPTION_VERSIONS, "a3-a2");
    begin(link, &writer, &out, "LC");
    if (asked & 1)
        fias_put(&writer, FIAS_ID("RP"), "");
    if (asked & 128) {
        const char *given = driver_option_text(link, OPTION_TIME_OUTS);
        long long seconds = (driver_option_number(link, OPTION_ANSWER_TIMEOUT) + 999) / 1000;
        buf_append_format(&text, "60;%lld", seconds);
        fias_put(&writer, FIAS_ID("A0"), *given ? given : buf_text(&text));
    }
    if (asked & 4)
        fias_put(&writer, FIAS_ID("A1"), "libkeycard");
    if (asked & 16)
        fias_put(&writer, FIAS_ID(swapped ? "A3" : "A2"), "libkeycard");
    if (asked & 32)
        fias_put(&writer, FIAS_ID(swapped ? "A2" : "A3"), "FIAS 2.20");
    if (*driver_option_text(link, OPTION_HOTEL_ID))
        fias_put(&writer, FIAS_ID("PH"), driver_option_text(link, OPTION_HOTEL_ID));
    buf_free(&text);
    end(link, &writer, &out);
}

/* ---- The description ------------------------------------------------------------------------------------------- */

enum declared fias_declared(fias_id record)
{
    static const char names[DECLARED_COUNT][3] = {"KR", "KD", "KM", "KZ", "KA", "GI", "GO", "GC"};
    enum declared index = 0;
    while (index < DECLARED_COUNT && FIAS_ID(names[index]) != record)
        index++;
    return index;
}

static size_t number_of(const struct fias_field *field, size_t most)
{
    size_t number = 0;
    for (size_t i = 0; field && i < field->length; i++) {
        if (field->value[i] < '0' || field->value[i] > '9' || number > most)
            return 0;
        number = number * 10 + (size_t)(field->value[i] - '0');
    }
    return number;
}

/* The wrong one, or none at all. True: the link goes on. */
static bool is_proven(struct driver_link *link, const struct fias_record *record)
{
    struct line *line = line_of(link);
    const char *key = driver_option_text(link, OPTION_AUTH_KEY);
    const struct fias_field *cryptogram = fias_find(record, FIAS_ID("CG"));
    if (!*key)
        return true;
    if (!cryptogram && driver_option_is(link, OPTION_AUTH_MISSING, "allow"))
        return true;
    if (cryptogram && !*line->last_start[0]) { /* it proves the time of an LS, and there was none */
        fias_start_link(link);
        return false;
    }
    if (cryptogram && (fias_prove(key, cryptogram, line->last_start[0]) == 0 ||
                       fias_prove(key, cryptogram, line->last_start[1]) == 0)) /* two LS that crossed on the way */
        return true;
    if (driver_option_is(link, OPTION_AUTH_WRONG, "drop") || !cryptogram) {
        fias_fail(link, KC_ERROR_CREDENTIALS,
                  cryptogram ? "The lock system does not know the key of the link (see the option auth-key)."
                             : "The lock system sends no proof that it knows the key of the link (see the option "
                               "auth-missing).");
        return false;
    }
    line->state = LINK_BARRED;
    fias_trace_note(link, false, "(wrong proof: nothing is said any more until the system is made anew)");
    fias_set_timer(link);
    return false;
}

static void take_description(struct driver_link *link, const struct fias_record *record)
{
    struct line *line = line_of(link);
    const struct fias_field *family = fias_find(record, FIAS_ID("IF")), *type = fias_find(record, FIAS_ID("RT"));
    if (!is_proven(link, record))
        return;
    memset(&line->coming, 0, sizeof(line->coming));
    line->resync = RESYNC_NONE; /* it begins anew: what it knew of guests may be gone */
    if (family && family->length == 2)
        memcpy(line->coming.family, family->value, 2);
    line->coming.longest = number_of(fias_find(record, FIAS_ID("RL")), FIAS_RECORD_BOUND);
    if (line->coming.longest < 100 || line->coming.longest > FIAS_RECORD_BOUND)
        line->coming.longest = FIAS_RECORD_BOUND;
    if (type)
        line->coming.asked = (uint32_t)number_of(type, 255) | ASKED_ANYTHING;
    line->starts = 0;
    line->state = LINK_DESCRIBING;
    fias_set_timer(link);
}

static void take_declaration(struct line *line, const struct fias_record *record)
{
    fias_id about;
    if (line->state != LINK_DESCRIBING || fias_link_record_about(record, &about) != 0)
        return;
    enum declared index = fias_declared(about);
    if (index < DECLARED_COUNT)
        fias_link_record_add(record, &line->coming.fields[index]);
}

/* The end of the description. FIAS: an LA is answered only by who did not cause it, so never once the link is alive. */
static void take_alive(struct driver_link *link)
{
    struct line *line = line_of(link);
    if (line->state != LINK_DESCRIBING)
        return;
    line->active = line->coming;
    line->state = LINK_ALIVE;
    line->was_alive = true;
    line->checking = false;
    driver_link_offers(link, fias_offers(link, &line->active));
    if (line->active.asked)
        configure(link, line->active.asked);
    fias_say(link, "LA");
    fias_set_timer(link);
    if (line->up && !line->failed)
        driver_link_ready(link);
    if (line->up && !line->failed)
        fias_run_waiting(link);
}

/* ---- The rest -------------------------------------------------------------------------------------------------- */

static void take_start(struct driver_link *link)
{
    struct line *line = line_of(link);
    if (line->state == LINK_ALIVE) {
        fias_say(link, "LA");
    } else if (line->starts < STARTS_AT_MOST) {
        line->starts++;
        line->state = LINK_STARTING;
        fias_start_link(link);
    }
}

static void take_end(struct driver_link *link)
{
    fias_say(link, "LE");
    fias_fail(link, KC_ERROR_CONNECTION_LOST, "The lock system has ended the link (LE).");
}

bool fias_take_link_record(struct driver_link *link, const struct fias_record *record)
{
    struct line *line = line_of(link);
    if (line->state == LINK_BARRED)
        return true;
    if (record->id == FIAS_ID("LS"))
        take_start(link);
    else if (record->id == FIAS_ID("LD"))
        take_description(link, record);
    else if (record->id == FIAS_ID("LR"))
        take_declaration(line, record);
    else if (record->id == FIAS_ID("LA"))
        take_alive(link);
    else if (record->id == FIAS_ID("LE"))
        take_end(link);
    else if (record->id == FIAS_ID("DR"))
        fias_take_resync(link);
    else
        return false;
    return true;
}
