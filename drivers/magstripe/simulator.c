/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An encoder of the MSR family with a hand that swipes a card through it. It is strict: what the manual does not have
 * is refused, and while it waits for a swipe it hears nothing but a reset. An open key on track 2 is an order to the
 * lock server behind it, which stands for the locks that will see the card. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../simulator/connection.h"
#include "../simulator/exchange.h"
#include "../simulator/protocol.h"
#include "../simulator/server.h"
#include "codec.h"

extern const struct protocol simulated_magstripe;

/* Habits: how an empty track is read, and what a raw length counts. */
enum { HABIT_MSR605, HABIT_MSR206, HABIT_MSR605X };
static const char *const habits[] = {"msr605", "msr206", "msr605x", NULL};

struct session {
    struct buf input;
    uint8_t bits[MSR_TRACKS], zeros[2];
    bool high_coercivity;
};

static void session_open(void *data)
{
    struct session *session = data;
    buf_init(&session->input);
    memcpy(session->bits, (const uint8_t[]){7, 5, 5}, MSR_TRACKS);
    session->zeros[0] = 61;
    session->zeros[1] = 22;
}

static void session_close(void *data)
{
    struct session *session = data;
    buf_free(&session->input);
}

/* ---- Tracks --------------------------------------------------------------------------------------------------------
 */

/* What a track holds, as text: characters with their sentinels, or "raw:" and bits that are none. */
static void show_bits(size_t track, const struct msr_track *raw, char line[LOCK_TEXT_SIZE])
{
    char text[MSR_TRACK_MOST + 1];
    if (raw->state != MSR_TRACK_DATA) {
        return;
    }
    if (msr_text_of(track, raw->bytes, raw->length, text)) {
        snprintf(line, LOCK_TEXT_SIZE, "%s", text);
        return;
    }
    int at = snprintf(line, LOCK_TEXT_SIZE, "raw:");
    for (size_t i = 0; i < raw->length; i++) {
        at += snprintf(line + at, LOCK_TEXT_SIZE - (size_t)at, "%02X", raw->bytes[i]);
    }
}

static void read_characters(size_t track, const char *line, struct msr_track *out)
{
    char text[MSR_TRACK_MOST + 1];
    out->length = strlen(line);
    out->state = MSR_TRACK_EMPTY;
    if (out->length == 0) {
        return;
    }
    out->state = MSR_TRACK_UNREADABLE;
    if (out->length > MSR_TRACK_MOST) {
        return;
    }
    memcpy(out->bytes, line, out->length + 1);
    out->state = MSR_TRACK_DATA;
    if (!msr_track_content(track, out, text)) {
        out->state = MSR_TRACK_UNREADABLE;
    }
}

/* As a raw read delivers them. */
static void read_bits(size_t track, const char *line, struct msr_track *out)
{
    char text[MSR_TRACK_MOST + 1];
    struct msr_track characters = {0};
    read_characters(track, line, &characters);
    if (characters.state == MSR_TRACK_DATA && msr_track_content(track, &characters, text)) {
        out->length = msr_bits_of(track, text, out->bytes);
    } else if (strncmp(line, "raw:", 4) == 0) {
        for (const char *digits = line + 4; digits[0] != '\0' && digits[1] != '\0' && out->length < MSR_TRACK_MOST;
             digits += 2) {
            const char pair[] = {digits[0], digits[1], '\0'};
            out->bytes[out->length++] = (uint8_t)strtoul(pair, NULL, 16);
        }
    }
    for (size_t i = 0; i < out->length; i++) {
        out->bytes[i] = msr_reverse(out->bytes[i]);
    }
    out->state = out->length > 0 ? MSR_TRACK_DATA : MSR_TRACK_EMPTY;
}

/* ---- Orders --------------------------------------------------------------------------------------------------------
 */

/* What the locks will make of the card: nothing, if its track 2 is no open key of the property. */
static void take_key(const struct server *server, struct lock_order *order)
{
    struct msr_track track = {0};
    char text[MSR_TRACK_MOST + 1];
    struct open_key key;
    struct kc_error error = {0};
    order->verb = LOCK_ORIGINAL;
    order->copies = 1;
    order->copy_starts_stay = true; /* an encoder has nothing to refuse it with */
    read_characters(1, order->lines[1], &track);
    if (track.state != MSR_TRACK_DATA || !msr_track_content(1, &track, text) ||
        open_key_read_stripe(&server->site, text, &key, &error) != KC_OK) {
        return;
    }
    order->verb = key.kind == KC_KIND_DUPLICATE  ? LOCK_DUPLICATE
                  : key.kind == KC_KIND_ONE_SHOT ? LOCK_ONE_SHOT
                                                 : LOCK_ORIGINAL;
    order->room_count = 1;
    snprintf(order->rooms[0], sizeof order->rooms[0], "%s", key.rooms[0]);
    for (unsigned area = 1; area <= 64; area++) {
        if (key.areas >> (area - 1) & 1) {
            order->granted.numbers[order->granted.count++] = (uint16_t)area;
        }
    }
}

static void answer_now(struct connection *connection, const uint8_t *bytes, size_t count)
{
    connection_send(connection, bytes, count, -1);
}

static void status_now(struct connection *connection, uint8_t status)
{
    const uint8_t bytes[] = {MSR_ESC, status};
    answer_now(connection, bytes, sizeof bytes);
}

static void refuse_command(struct connection *connection, uint8_t status)
{
    server_count(connection->server, SIMULATOR_BAD_FRAMES);
    status_now(connection, status);
}

/* False: a track that is too long, has other characters than it may, or none of them has any. */
static bool take_tracks(const struct session *session, enum msr_command command, const struct msr_tracks *tracks,
                        struct lock_order *order)
{
    static const char sentinels[] = "%;;";
    bool any = false;
    for (size_t i = 0; i < MSR_TRACKS; i++) {
        const struct msr_track *track = &tracks->track[i];
        struct msr_track checked;
        size_t at;
        any = any || track->length > 0;
        if (command == MSR_WRITE_RAW) {
            if (session->bits[i] != 8) {
                return false;
            }
            show_bits(i, track, order->lines[i]);
        } else if (track->state == MSR_TRACK_UNREADABLE ||
                   !msr_track_set(i, (const char *)track->bytes, &checked, &at)) {
            return false;
        } else if (track->length > 0) {
            snprintf(order->lines[i], sizeof order->lines[i], "%c%s?", sentinels[i], (const char *)track->bytes);
        }
    }
    return any;
}

static void begin_swipe(struct connection *connection, const struct session *session, enum msr_command command,
                        const struct msr_answer *with)
{
    struct lock_order order;
    memset(&order, 0, sizeof order);
    order.device = order.unacknowledged = true;
    order.verb = LOCK_READ_CARD;
    snprintf(order.command, sizeof order.command, "%c", (char)command);
    snprintf(order.id, sizeof order.id, "%s", habits[connection->server->profile]);
    if (command == MSR_ERASE) {
        order.tag = msr_erased_tracks(with->values[0]);
        if (order.tag == 0) {
            refuse_command(connection, MSR_FAILED);
            return;
        }
    }
    if (command != MSR_WRITE_ISO && command != MSR_WRITE_RAW) {
        exchange_follow(connection, &order);
        return;
    }
    if (!take_tracks(session, command, &with->tracks, &order)) {
        refuse_command(connection, MSR_FORMAT_ERROR);
        return;
    }
    take_key(connection->server, &order);
    exchange_begin(connection, &order);
}

/* ---- Commands ------------------------------------------------------------------------------------------------------
 */

static void set_bits(struct connection *connection, struct session *session, const uint8_t values[3])
{
    for (size_t i = 0; i < 3; i++) {
        if (values[i] < 5 || values[i] > 8) {
            refuse_command(connection, MSR_FAILED);
            return;
        }
    }
    memcpy(session->bits, values, 3);
    const uint8_t bytes[] = {MSR_ESC, MSR_DONE, values[0], values[1], values[2]};
    answer_now(connection, bytes, sizeof bytes);
}

static void set_density(struct connection *connection, uint8_t density)
{
    static const uint8_t known[] = {MSR_TRACK_1_210, MSR_TRACK_1_75,  MSR_TRACK_2_210,
                                    MSR_TRACK_2_75,  MSR_TRACK_3_210, MSR_TRACK_3_75};
    if (memchr(known, density, sizeof known) != NULL) {
        status_now(connection, MSR_DONE);
    } else {
        refuse_command(connection, MSR_FAILED);
    }
}

static void answer_values(struct connection *connection, const struct session *session, enum msr_command command)
{
    static const uint8_t test[] = {MSR_ESC, 'y'}, model[] = {MSR_ESC, '3', 'S'};
    static const uint8_t firmware[] = {MSR_ESC, 'R', 'E', 'V', 'U', '1', '.', '2', '6'};
    const uint8_t zeros[] = {MSR_ESC, session->zeros[0], session->zeros[1]};
    const uint8_t coercivity[] = {MSR_ESC, session->high_coercivity ? 'H' : 'L'};
    if (command == MSR_TEST) {
        answer_now(connection, test, sizeof test);
    } else if (command == MSR_GET_MODEL) {
        answer_now(connection, model, sizeof model);
    } else if (command == MSR_GET_FIRMWARE) {
        answer_now(connection, firmware, sizeof firmware);
    } else if (command == MSR_GET_ZEROS) {
        answer_now(connection, zeros, sizeof zeros);
    } else if (command == MSR_GET_COERCIVITY) {
        answer_now(connection, coercivity, sizeof coercivity);
    } else {
        status_now(connection, MSR_DONE); /* RAM test */
    }
}

static void do_command(struct connection *connection, struct session *session, enum msr_command command,
                       const struct msr_answer *with)
{
    if (command == MSR_RESET) {
        exchange_reset(connection->server);
    } else if (msr_waits_for_swipe(command)) {
        begin_swipe(connection, session, command, with);
    } else if (command == MSR_SET_HI_CO || command == MSR_SET_LO_CO) {
        session->high_coercivity = command == MSR_SET_HI_CO;
        status_now(connection, MSR_DONE);
    } else if (command == MSR_SET_ZEROS) {
        memcpy(session->zeros, with->values, 2);
        status_now(connection, MSR_DONE);
    } else if (command == MSR_SET_BITS) {
        set_bits(connection, session, with->values);
    } else if (command == MSR_SET_DENSITY) {
        set_density(connection, with->values[0]);
    } else if (msr_has_answer(command)) {
        answer_values(connection, session, command);
    }
}

/* While a card is awaited: everything up to a reset is not heard. */
static bool skip_to_reset(struct connection *connection, struct buf *input)
{
    for (size_t i = 0; i + 1 < input->length; i++) {
        if (input->data[i] == MSR_ESC && input->data[i + 1] == MSR_RESET) {
            buf_consume(input, i);
            return true;
        }
    }
    const bool half = input->length > 0 && input->data[input->length - 1] == MSR_ESC;
    if (input->length > half) {
        server_count(connection->server, SIMULATOR_BAD_FRAMES);
    }
    buf_consume(input, input->length - half);
    return false;
}

/* Stops while an answer is late: the device is at work, and hears the rest afterwards. */
static void take_commands(struct connection *connection, struct session *session)
{
    struct buf *input = &session->input;
    while (input->length > 0 && !connection_is_closing(connection) && !connection->deaf) {
        const enum exchange_wait wait = exchange_waiting(connection->server);
        if (wait == EXCHANGE_LATE || (wait == EXCHANGE_CARD && !skip_to_reset(connection, input))) {
            return;
        }
        enum msr_command command = MSR_RESET;
        struct msr_answer with;
        size_t used;
        const enum msr_result result = msr_parse_command(input->data, input->length, &command, &with, &used);
        if (result == MSR_MORE) {
            return;
        }
        if (result == MSR_BAD && used == 1) {
            server_count(connection->server, SIMULATOR_BAD_FRAMES);
        } else if (result == MSR_BAD) {
            const bool block = command == MSR_WRITE_ISO || command == MSR_WRITE_RAW;
            refuse_command(connection, block ? MSR_FORMAT_ERROR : MSR_UNKNOWN_COMMAND);
            used = block ? input->length : used;
        }
        buf_consume(input, used);
        if (result == MSR_WHOLE) {
            do_command(connection, session, command, &with);
        }
    }
}

static void received(struct connection *connection, void *data, const uint8_t *bytes, size_t count)
{
    enum { INPUT_BOUND = 4096 };
    struct session *session = data;
    buf_append(&session->input, bytes, count);
    if (session->input.failed || session->input.length > INPUT_BOUND) {
        buf_clear(&session->input);
    }
    take_commands(connection, session);
}

static void answered(struct connection *connection, void *data)
{
    take_commands(connection, data);
}

/* ---- Answers -------------------------------------------------------------------------------------------------------
 */

static void nothing(struct buf *out)
{
    (void)out;
}

static void refuse(struct buf *out)
{
    msr_put_status(out, MSR_BAD_SWIPE);
}

static void answer(const struct lock_order *order, const struct lock_outcome *outcome, struct buf *out)
{
    struct msr_tracks tracks;
    const enum msr_command command = (enum msr_command)order->command[0];
    bool unreadable = false;
    memset(&tracks, 0, sizeof tracks);
    if (outcome->result != LOCK_DONE) {
        msr_put_status(out, MSR_CARD_ERROR);
        return;
    }
    for (size_t i = 0; i < MSR_TRACKS && (command == MSR_READ_ISO || command == MSR_READ_RAW); i++) {
        if (command == MSR_READ_ISO) {
            read_characters(i, order->lines[i], &tracks.track[i]);
        } else {
            read_bits(i, order->lines[i], &tracks.track[i]);
        }
        unreadable = unreadable || tracks.track[i].state == MSR_TRACK_UNREADABLE;
    }
    if (command == MSR_READ_ISO) {
        msr_put_iso_block(out, &tracks, strcmp(order->id, habits[HABIT_MSR206]) != 0);
    } else if (command == MSR_READ_RAW) {
        msr_put_raw_block(out, &tracks, strcmp(order->id, habits[HABIT_MSR605X]) == 0);
    }
    msr_put_status(out, unreadable ? MSR_CARD_ERROR : MSR_DONE);
}

static void error(const struct lock_order *order, const char *code, struct buf *out)
{
    (void)order;
    msr_put_status(out, (uint8_t)strtoul(code, NULL, 16));
}

static void spoil(struct buf *answer)
{
    answer->data[0] ^= 1;
}

const struct protocol simulated_magstripe = {
    .name = "magstripe",
    .label = "Magnetic-stripe encoder (MSR206, MSR605, MSR606, MSR605X)",
    .busy_code = "31",
    .session_size = sizeof(struct session),
    .session_open = session_open,
    .session_close = session_close,
    .profiles = habits,
    .received = received,
    .answered = answered,
    .device = true,
    .acknowledge = nothing,
    .refuse = refuse,
    .answer = answer,
    .error = error,
    .spoil = spoil,
};
