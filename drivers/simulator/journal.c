/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Journal lines with jansson. */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "util/buf.h"

struct journal {
    int fd; /* -1: kept in memory */
    struct buf lines;
};

struct journal *journal_open(const char *path)
{
    struct journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL) {
        return NULL;
    }
    buf_init(&journal->lines);
    journal->fd = -1;
    if (path != NULL) {
        journal->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (journal->fd < 0) {
            const int saved = errno;
            journal_close(journal);
            errno = saved;
            return NULL;
        }
    }
    return journal;
}

void journal_close(struct journal *journal)
{
    if (journal == NULL) {
        return;
    }
    if (journal->fd >= 0) {
        close(journal->fd);
    }
    buf_free(&journal->lines);
    free(journal);
}

static int write_line(struct journal *journal, char *line)
{
    const size_t length = strlen(line);
    line[length] = '\n'; /* in place of the NUL: one write, one line */
    if (journal->fd < 0) {
        buf_append(&journal->lines, line, length + 1);
        errno = ENOMEM;
        return journal->lines.failed ? -1 : 0;
    }
    ssize_t written;
    do {
        written = write(journal->fd, line, length + 1);
    } while (written < 0 && errno == EINTR);
    if (written >= 0 && (size_t)written != length + 1) {
        errno = ENOSPC;
        return -1;
    }
    return written < 0 ? -1 : 0;
}

/* Writes the object and gives it back; NULL (memory used up while it was made) is an error. */
static int write_object(struct journal *journal, json_t *object)
{
    int result = -1;
    char *line = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    errno = ENOMEM;
    if (line != NULL) {
        result = write_line(journal, line);
        free(line);
    }
    const int saved = errno;
    json_decref(object);
    errno = saved;
    return result;
}

static json_t *time_now(void)
{
    struct timespec now;
    struct tm utc;
    char text[40], whole[48];
    clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &utc) == NULL || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc) == 0) {
        return NULL;
    }
    snprintf(whole, sizeof whole, "%s.%03dZ", text, (int)(now.tv_nsec / 1000000));
    return json_string(whole);
}

static void set_text(json_t *object, const char *name, const char *text)
{
    if (text[0] != '\0') {
        json_object_set_new(object, name, json_string(text));
    }
}

static void set_time(json_t *object, const char *name, const struct lock_time *time)
{
    char text[64];
    if (time->given) {
        snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d", time->year, time->month, time->day, time->hour,
                 time->minute);
        set_text(object, name, text);
    }
}

static void set_areas(json_t *object, const char *name, const struct lock_areas *areas)
{
    if (areas->count == 0) {
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < areas->count; i++) {
        json_array_append_new(list, json_integer(areas->numbers[i]));
    }
    json_object_set_new(object, name, list);
}

static void set_lines(json_t *object, const struct lock_order *order)
{
    size_t count = sizeof order->lines / sizeof order->lines[0];
    while (count > 0 && order->lines[count - 1][0] == '\0') {
        count--;
    }
    if (count == 0) {
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list, json_string(order->lines[i]));
    }
    json_object_set_new(object, "lines", list);
}

static bool makes_cards(const struct lock_order *order)
{
    return lock_order_needs_card(order) && order->verb != LOCK_READ_CARD;
}

/* What both kinds of line say. */
static json_t *start_line(const char *event, uint64_t number)
{
    json_t *object = json_object();
    if (object != NULL) {
        json_object_set_new(object, "event", json_string(event));
        json_object_set_new(object, "time", time_now());
        json_object_set_new(object, "number", json_integer((json_int_t)number));
    }
    return object;
}

static void set_order(json_t *object, const struct lock_order *order)
{
    json_object_set_new(object, "encoder", json_string(order->encoder)); /* "" if none is involved */
    json_t *rooms = json_array();
    for (size_t i = 0; i < order->room_count; i++) {
        json_array_append_new(rooms, json_string(order->rooms[i]));
    }
    json_object_set_new(object, "rooms", rooms);
    set_text(object, "new_room", order->new_room);
    set_time(object, "from", &order->from);
    set_time(object, "until", &order->until);
    set_areas(object, "areas", &order->granted);
    set_areas(object, "denied", &order->denied);
    set_text(object, "operator", order->operator_name);
    set_text(object, "phone", order->phone);
    set_text(object, "reservation", order->reservation);
    set_text(object, "terminal", order->terminal);
    if (makes_cards(order) || order->carrier != LOCK_ON_CARD) {
        json_object_set_new(object, "copies", json_integer(order->copies));
    }
}

int journal_request(struct journal *journal, uint64_t number, const struct lock_order *order)
{
    json_t *object = start_line("request", number);
    if (object != NULL) {
        json_object_set_new(object, "command", json_string(order->command));
        set_order(object, order);
        set_text(object, "message", order->message);
        set_lines(object, order);
    }
    return write_object(journal, object);
}

static const char *effect_kind(enum lock_verb verb)
{
    switch (verb) {
    case LOCK_ORIGINAL:
        return "original";
    case LOCK_DUPLICATE:
        return "duplicate";
    case LOCK_ONE_SHOT:
        return "one-shot";
    case LOCK_MOBILE:
    case LOCK_MOBILE_FURTHER:
        return "mobile";
    case LOCK_CHECK_OUT:
        return "check-out";
    case LOCK_MODIFY:
        return "modify";
    case LOCK_CANCEL:
        return "void";
    case LOCK_UNASSIGNED:
        return "unassigned";
    case LOCK_SHARE:
        return "shared";
    case LOCK_CHANGE_KEY:
        return "changed";
    case LOCK_EXTEND:
    case LOCK_MOVE:
    case LOCK_ADD_ROOMS:
        return "modify";
    case LOCK_BLOCK:
        return "block";
    case LOCK_UNBLOCK:
        return "unblock";
    case LOCK_CLEAR_ROOM:
    case LOCK_CANCEL_MOBILE:
        return "void";
    case LOCK_READ_CARD:
    case LOCK_EJECT:
        break;
    }
    return "none";
}

static void set_image(json_t *object, const struct lock_outcome *outcome)
{
    char hex[2 * LOCK_IMAGE_MOST + 1] = "";
    for (size_t i = 0; i < outcome->image_size; i++) {
        snprintf(hex + 2 * i, 3, "%02X", outcome->image[i]);
    }
    json_object_set_new(object, "image", json_string(hex));
}

int journal_effect(struct journal *journal, uint64_t number, const struct lock_order *order,
                   const struct lock_outcome *outcome)
{
    json_t *object = start_line("effect", number);
    if (object != NULL) {
        json_object_set_new(object, "kind",
                            json_string(outcome->started_stay && order->verb == LOCK_DUPLICATE ? "original"
                                        : order->carrier == LOCK_ON_PHONE                      ? "mobile"
                                                                          : effect_kind(order->verb)));
        set_order(object, order);
    }
    if (object != NULL && outcome->card_count > 0) {
        json_t *keys = json_array();
        for (size_t i = 0; i < outcome->card_count; i++) {
            json_array_append_new(keys, json_string(outcome->serials[i]));
        }
        json_object_set_new(object, "key", json_string(outcome->serials[outcome->card_count - 1]));
        json_object_set_new(object, "keys", keys);
    }
    if (object != NULL && outcome->image_size > 0) {
        set_image(object, outcome);
    }
    return write_object(journal, object);
}

const char *journal_text(struct journal *journal)
{
    return buf_text(&journal->lines);
}
