/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starting, checking and ending the link, and the bytes between. */
#include "link.h"

#include <keycard/keycard.h>
#include <stdio.h>
#include <string.h>

#include "say.h"

enum { END_WAIT = 2000, ANSWER_SPACING = 1000 };

/* ---- Sending --------------------------------------------------------------------------------------------------- */

void link_send(struct link *link, const struct buf *record)
{
    struct buf frame;
    buf_init(&frame);
    if (fias_frame_encode(record->data, record->length, false, &frame) == 0 && !frame.failed)
        line_send(&link->line, frame.data, frame.length);
    else
        say(KC_LOG_ERROR, "a record could not be sent: memory is used up, or it is too long");
    buf_free(&frame);
}

void link_put_now(struct fias_writer *writer)
{
    const struct tm wall = clock_wall();
    char text[16];
    if (fias_date_text(&(struct fias_date){wall.tm_year + 1900, wall.tm_mon + 1, wall.tm_mday}, text) == 0)
        fias_put(writer, FIAS_ID("DA"), text);
    const struct fias_time time = {wall.tm_hour, wall.tm_min, wall.tm_sec < 60 ? wall.tm_sec : 59};
    if (fias_time_text(&time, text) == 0)
        fias_put(writer, FIAS_ID("TI"), text);
}

/* LS, LA, LE; LD and LR have more in them. */
static void send_plain(struct link *link, const char *name)
{
    struct fias_writer writer;
    struct buf record;
    buf_init(&record);
    fias_begin(&writer, &record, FIAS_ID(name));
    link_put_now(&writer);
    if (fias_end(&writer) == 0)
        link_send(link, &record);
    buf_free(&record);
}

static void send_description(struct link *link)
{
    struct fias_writer writer;
    struct buf record;
    buf_init(&record);
    fias_begin(&writer, &record, FIAS_ID("LD"));
    link_put_now(&writer);
    fias_put(&writer, FIAS_ID("V#"), kc_version());
    fias_put(&writer, FIAS_ID("IF"), setting_text(link->settings, SETTING_FAMILY));
    if (fias_end(&writer) == 0)
        link_send(link, &record);
    for (size_t i = 0; i < link->declaration_count; i++) {
        buf_clear(&record);
        buf_append_format(&record, "LR|%s|", link->declarations[i]);
        if (!record.failed)
            link_send(link, &record);
    }
    buf_free(&record);
    send_plain(link, "LA");
}

void link_declare(struct link *link, const char *record, const char *fields)
{
    if (link->declaration_count < LINK_DECLARATIONS)
        (void)snprintf(link->declarations[link->declaration_count++], LINK_DECLARATION_SIZE, "RI%s|FL%s", record,
                       fields);
}

/* ---- Starting and checking ------------------------------------------------------------------------------------- */

/* FIAS: at each LS the lock system runs through its description again. */
static void describe(struct link *link)
{
    link->state = LINK_DESCRIBED;
    link->asked = false;
    link->due = clock_now() + setting_number(link->settings, SETTING_START_TIMEOUT);
    send_description(link);
}

static void alive(struct link *link)
{
    const int64_t check = setting_number(link->settings, SETTING_ALIVE_CHECK);
    if (!link->was_alive)
        say(KC_LOG_INFO, "the link to the PMS is up");
    link->was_alive = true;
    link->state = LINK_ALIVE;
    link->asked = false;
    link->attempts = 0;
    link->due = check > 0 ? clock_now() + check * 1000 : INT64_MAX;
}

/* FIAS: wait for the PMS to speak; if it does not, begin with LS, and then with the description itself. */
static void begin(struct link *link)
{
    const int64_t wait = setting_number(link->settings, SETTING_START_WAIT);
    link->attempts++;
    if (link->attempts % 2 == 0) {
        describe(link);
        return;
    }
    link->due = clock_now() + (wait > 1000 ? wait : 1000);
    send_plain(link, "LS");
}

static void on_time(struct link *link)
{
    const int64_t now = clock_now();
    link->due = INT64_MAX;
    switch (link->state) {
    case LINK_OPEN:
        begin(link);
        return;
    case LINK_DESCRIBED:
        say(KC_LOG_WARNING, "the PMS did not confirm the description of the link; starting again");
        link->state = LINK_OPEN;
        begin(link);
        return;
    case LINK_ALIVE:
        if (link->asked) {
            line_drop(&link->line, "the PMS did not answer whether it is alive");
            return;
        }
        if (now - link->last_heard < (int64_t)setting_number(link->settings, SETTING_ALIVE_CHECK) * 1000) {
            link->due = link->last_heard + (int64_t)setting_number(link->settings, SETTING_ALIVE_CHECK) * 1000;
            return;
        }
        link->asked = true;
        link->due = now + setting_number(link->settings, SETTING_START_TIMEOUT);
        send_plain(link, "LS");
        return;
    case LINK_ENDING:
        line_drop(&link->line, "the link was ended");
        return;
    case LINK_DOWN:
        return;
    }
}

/* ---- Receiving ------------------------------------------------------------------------------------------------- */

/* An LA that this side did not cause is answered, but not in a game of ping-pong with a PMS that answers each of them.
 */
static void take_alive(struct link *link)
{
    const int64_t now = clock_now();
    if (link->state == LINK_OPEN) { /* for the PMS the link was never down: it must hear the description all the same */
        describe(link);
        return;
    }
    if (link->state == LINK_ALIVE && !link->asked && now - link->last_answered >= ANSWER_SPACING) {
        link->last_answered = now;
        send_plain(link, "LA");
    }
    if (link->state == LINK_DESCRIBED || link->state == LINK_ALIVE)
        alive(link);
}

static void take_end(struct link *link)
{
    if (link->state != LINK_ENDING)
        send_plain(link, "LE");
    line_drop(&link->line, "the link was ended (LE)");
}

static void take_frame(struct link *link)
{
    struct fias_record record;
    char name[3];
    if (fias_parse(link->decoder.body.data, link->decoder.body.length, &record) != 0) {
        link->odd++;
        say(KC_LOG_WARNING, "a record of the PMS makes no sense and is ignored");
        return;
    }
    link->last_heard = clock_now();
    say(KC_LOG_DEBUG, "the PMS sent %s", fias_id_text(record.id, name));
    if (link->state == LINK_ENDING && record.id != FIAS_ID("LE"))
        return;
    if (record.id == FIAS_ID("LS"))
        describe(link);
    else if (record.id == FIAS_ID("LA"))
        take_alive(link);
    else if (record.id == FIAS_ID("LE"))
        take_end(link);
    else if (record.id == FIAS_ID("LC") || record.id == FIAS_ID("DS") || record.id == FIAS_ID("DE") ||
             record.id == FIAS_ID("NS") || record.id == FIAS_ID("NE"))
        return;
    else if (link->state == LINK_DESCRIBED || link->state == LINK_ALIVE)
        link->take(link->user, &record);
    else
        say(KC_LOG_WARNING, "%s came before the link was started and is ignored", name);
}

static void received(void *user, const uint8_t *bytes, size_t count)
{
    struct link *link = user;
    const uint64_t connection = link->connection;
    while (count > 0 && link->state != LINK_DOWN && link->connection == connection) {
        enum fias_event event;
        const size_t taken = fias_decode(&link->decoder, bytes, count, &event);
        bytes += taken;
        count -= taken;
        if (event == FIAS_FRAME) {
            take_frame(link);
        } else if (event == FIAS_TOO_LONG) {
            link->odd++;
            say(KC_LOG_WARNING, "a record of the PMS is longer than %d characters and is ignored", FIAS_RECORD_BOUND);
        } else if (event != FIAS_NOTHING && link->noise++ == 0) {
            say(KC_LOG_WARNING, "the PMS sends bytes between records; they are ignored");
        }
        if (link->decoder.body.failed)
            line_drop(&link->line, "memory is used up");
    }
}

static void opened(void *user)
{
    struct link *link = user;
    fias_decoder_reset(&link->decoder);
    link->connection++;
    link->state = LINK_OPEN;
    link->asked = link->was_alive = false;
    link->attempts = 0;
    link->noise = 0;
    link->last_heard = clock_now();
    link->last_answered = link->last_heard - ANSWER_SPACING;
    link->due = link->last_heard + setting_number(link->settings, SETTING_START_WAIT);
    say(KC_LOG_INFO, "connected to the PMS");
}

static void closed(void *user)
{
    struct link *link = user;
    link->state = LINK_DOWN;
    link->due = INT64_MAX;
}

/* ---- Open and close -------------------------------------------------------------------------------------------- */

void link_init(struct link *link)
{
    link->state = LINK_DOWN;
    link->due = INT64_MAX;
    fias_decoder_init(&link->decoder, false);
    line_init(&link->line);
}

bool link_open(struct link *link, const struct settings *settings, char *fault, size_t size)
{
    const struct line_user to = {opened, received, closed, link};
    link->settings = settings;
    return line_open(&link->line, settings, &to, fault, size);
}

void link_end(struct link *link)
{
    line_stop(&link->line);
    if (link->state == LINK_DOWN || link->state == LINK_ENDING)
        return;
    send_plain(link, "LE");
    link->state = LINK_ENDING;
    link->due = clock_now() + END_WAIT;
}

bool link_has_ended(const struct link *link)
{
    return link->state == LINK_DOWN;
}

void link_close(struct link *link)
{
    line_close(&link->line);
    fias_decoder_free(&link->decoder);
}

int64_t link_due(const struct link *link)
{
    const int64_t line = line_due(&link->line);
    return link->due < line ? link->due : line;
}

void link_run(struct link *link, const struct pollfd wait[LINE_DESCRIPTORS])
{
    line_run(&link->line, wait);
    if (clock_now() >= link->due)
        on_time(link);
}
