/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands and answers of the encoders, and tracks as text. Sections of the programmer's manuals are named in quotes.
 */
#include "codec.h"

#include <string.h>

/* ---- Tracks ("track format") ------------------------------------------------------------------------------------- */

static const struct {
    uint8_t lowest, highest, start;
    size_t most;
} formats[MSR_TRACKS] = {{0x20, 0x5F, '%', 76}, {0x30, 0x3E, ';', 37}, {0x30, 0x3E, ';', 104}};

static bool msr_takes(size_t track, uint8_t character)
{
    return character >= formats[track].lowest && character <= formats[track].highest &&
           character != formats[track].start && character != MSR_END;
}

size_t msr_room(size_t track)
{
    return formats[track].most;
}

bool msr_track_set(size_t track, const char *text, struct msr_track *out, size_t *at)
{
    size_t length = strlen(text), good = 0;
    while (good < length && good < formats[track].most && msr_takes(track, (uint8_t)text[good]))
        good++;
    if (good < length) {
        *at = good;
        return false;
    }
    memset(out, 0, sizeof(*out));
    memcpy(out->bytes, text, length);
    out->length = length;
    out->state = length > 0 ? MSR_TRACK_DATA : MSR_TRACK_EMPTY;
    return true;
}

bool msr_track_content(size_t track, const struct msr_track *in, char out[MSR_TRACK_MOST + 1])
{
    if (in->state != MSR_TRACK_DATA || in->length < 2 || in->bytes[0] != formats[track].start ||
        in->bytes[in->length - 1] != MSR_END)
        return false;
    for (size_t i = 1; i < in->length - 1; i++)
        if (!msr_takes(track, in->bytes[i]))
            return false;
    memcpy(out, in->bytes + 1, in->length - 2);
    out[in->length - 2] = '\0';
    return true;
}

/* ---- To the encoder ("command list") ------------------------------------------------------------------------------
 */

void msr_put_command(struct buf *out, enum msr_command command)
{
    buf_append_byte(out, MSR_ESC);
    buf_append_byte(out, (uint8_t)command);
}

void msr_put_command_with(struct buf *out, enum msr_command command, const uint8_t *values, size_t count)
{
    msr_put_command(out, command);
    buf_append(out, values, count);
}

static void put_header(struct buf *out, size_t track)
{
    buf_append_byte(out, MSR_ESC);
    buf_append_byte(out, (uint8_t)(track + 1));
}

static void put_begin(struct buf *out)
{
    buf_append_byte(out, MSR_ESC);
    buf_append_byte(out, 's');
}

static void put_end(struct buf *out)
{
    buf_append_byte(out, MSR_END);
    buf_append_byte(out, MSR_FS);
}

void msr_put_iso_block(struct buf *out, const struct msr_tracks *tracks, bool markers)
{
    put_begin(out);
    for (size_t i = 0; i < MSR_TRACKS; i++) {
        const struct msr_track *track = &tracks->track[i];
        put_header(out, i);
        if (track->state == MSR_TRACK_DATA) {
            buf_append(out, track->bytes, track->length);
        } else if (markers || track->state == MSR_TRACK_UNREADABLE) {
            buf_append_byte(out, MSR_ESC);
            buf_append_byte(out, track->state == MSR_TRACK_EMPTY ? '+' : '*');
        }
    }
    put_end(out);
}

void msr_put_raw_block(struct buf *out, const struct msr_tracks *tracks, bool plus_one)
{
    put_begin(out);
    for (size_t i = 0; i < MSR_TRACKS; i++) {
        const struct msr_track *track = &tracks->track[i];
        size_t length = track->state == MSR_TRACK_DATA ? track->length : 0;
        put_header(out, i);
        buf_append_byte(out, (uint8_t)(length + (plus_one && length > 0 && length < MSR_TRACK_MOST)));
        buf_append(out, track->bytes, length);
    }
    put_end(out);
}

void msr_put_status(struct buf *out, uint8_t status)
{
    buf_append_byte(out, MSR_ESC);
    buf_append_byte(out, status);
}

void msr_put_write(struct buf *out, enum msr_command command, const struct msr_tracks *tracks)
{
    msr_put_command(out, command);
    if (command == MSR_WRITE_RAW)
        msr_put_raw_block(out, tracks, false);
    else
        msr_put_iso_block(out, tracks, false);
}

bool msr_erase_selector(unsigned tracks, uint8_t *selector)
{
    if (tracks == 0 || tracks > 7)
        return false;
    *selector = tracks == 1 ? 0 : (uint8_t)tracks;
    return true;
}

unsigned msr_erased_tracks(uint8_t selector)
{
    return selector == 0 ? 1 : selector <= 7 ? selector : 0;
}

/* ---- From the encoder ----------------------------------------------------------------------------------------------
 */

bool msr_has_answer(enum msr_command command)
{
    return command != MSR_RESET && !(command >= MSR_LEDS_OFF && command <= MSR_LED_RED);
}

bool msr_waits_for_swipe(enum msr_command command)
{
    return command == MSR_READ_ISO || command == MSR_READ_RAW || command == MSR_WRITE_ISO || command == MSR_WRITE_RAW ||
           command == MSR_ERASE || command == MSR_SENSOR_TEST;
}

/* What stands at `*at`: MSR_WHOLE and `*at` moves behind it, MSR_MORE if the bytes end first, else MSR_BAD. */
static enum msr_result take(const uint8_t *bytes, size_t count, size_t *at, uint8_t first, uint8_t second)
{
    if (*at < count && bytes[*at] != first)
        return MSR_BAD;
    if (*at + 1 < count && bytes[*at + 1] != second)
        return MSR_BAD;
    if (*at + 2 > count)
        return MSR_MORE;
    *at += 2;
    return MSR_WHOLE;
}

/* "ISO data block": ends at the next header, or for track 3 at the end of the block. ESC is also the first byte of the
 * marks of an empty or unreadable track. */
static enum msr_result take_iso_track(const uint8_t *bytes, size_t count, size_t *at, size_t number,
                                      struct msr_track *track)
{
    size_t start = *at, end = start, most = formats[number].most + 3;
    const bool last = number == MSR_TRACKS - 1;
    if (start + 2 > count)
        return MSR_MORE;
    if (bytes[start] == MSR_ESC && (bytes[start + 1] == '+' || bytes[start + 1] == '*')) {
        track->state = bytes[start + 1] == '+' ? MSR_TRACK_EMPTY : MSR_TRACK_UNREADABLE;
        *at += 2;
        return MSR_WHOLE;
    }
    for (;; end++) {
        if (end >= count)
            return MSR_MORE;
        if (!last && bytes[end] == MSR_ESC)
            break;
        if (last && bytes[end] == MSR_FS)
            break;
        if (bytes[end] < formats[number].lowest || bytes[end] > formats[number].highest + (number > 0))
            return MSR_BAD;
        if (end - start > most)
            return MSR_BAD;
    }
    if (last && (end == start || bytes[--end] != MSR_END))
        return MSR_BAD;
    track->length = end - start;
    track->state = track->length > 0 ? MSR_TRACK_DATA : MSR_TRACK_EMPTY;
    memcpy(track->bytes, bytes + start, track->length);
    *at = end;
    return MSR_WHOLE;
}

/* What must follow a track. */
static enum msr_result look(const uint8_t *bytes, size_t count, size_t at, size_t number)
{
    const bool last = number == MSR_TRACKS - 1;
    return take(bytes, count, &at, last ? MSR_END : MSR_ESC, last ? MSR_FS : (uint8_t)(number + 2));
}

/* "RAW data block": counted, never searched, for its bytes are any. The length that lands on what must follow is taken;
 * both cannot, since neither pair of bytes has two equal ones. */
static enum msr_result take_raw_track(const uint8_t *bytes, size_t count, size_t *at, size_t number,
                                      enum msr_length mode, struct msr_track *track)
{
    if (*at >= count)
        return MSR_MORE;
    size_t start = *at + 1, said = bytes[*at], length = said;
    const bool may_be_less = mode != MSR_LENGTH_PLAIN && said > 0;
    enum msr_result result = MSR_BAD;
    if (mode != MSR_LENGTH_PLUS_ONE || said == 0)
        result = look(bytes, count, start + length, number);
    if (result == MSR_BAD && may_be_less)
        result = look(bytes, count, start + --length, number);
    if (result != MSR_WHOLE)
        return result;
    track->length = length;
    track->state = length > 0 ? MSR_TRACK_DATA : MSR_TRACK_EMPTY;
    memcpy(track->bytes, bytes + start, length);
    *at = start + length;
    return MSR_WHOLE;
}

static enum msr_result take_block(const uint8_t *bytes, size_t count, size_t *at, bool raw, enum msr_length mode,
                                  struct msr_tracks *tracks)
{
    enum msr_result result = take(bytes, count, at, MSR_ESC, 's');
    for (size_t i = 0; i < MSR_TRACKS && result == MSR_WHOLE; i++) {
        result = take(bytes, count, at, MSR_ESC, (uint8_t)(i + 1));
        if (result != MSR_WHOLE)
            break;
        result = raw ? take_raw_track(bytes, count, at, i, mode, &tracks->track[i])
                     : take_iso_track(bytes, count, at, i, &tracks->track[i]);
    }
    return result == MSR_WHOLE ? take(bytes, count, at, MSR_END, MSR_FS) : result;
}

static enum msr_result take_status(const uint8_t *bytes, size_t count, size_t *at, uint8_t *status)
{
    if (*at < count && bytes[*at] != MSR_ESC)
        return MSR_BAD;
    if (*at + 2 > count)
        return MSR_MORE;
    *status = bytes[*at + 1];
    if (*status < 0x30 || *status > 0x41)
        return MSR_BAD;
    *at += 2;
    return MSR_WHOLE;
}

/* A read that failed may be answered by its status alone. */
static enum msr_result take_read(enum msr_command command, enum msr_length mode, const uint8_t *bytes, size_t count,
                                 size_t *at, struct msr_answer *answer)
{
    if (count >= 2 && bytes[0] == MSR_ESC && bytes[1] != 's')
        return bytes[1] == MSR_DONE ? MSR_BAD : take_status(bytes, count, at, &answer->status);
    enum msr_result result = take_block(bytes, count, at, command == MSR_READ_RAW, mode, &answer->tracks);
    return result == MSR_WHOLE ? take_status(bytes, count, at, &answer->status) : result;
}

/* "get firmware version": no end is told. */
static enum msr_result take_firmware(bool quiet, const uint8_t *bytes, size_t count, size_t *at,
                                     struct msr_answer *answer)
{
    enum { CHARACTERS = 8 };
    size_t length = 0;
    if (count > 0 && bytes[0] != MSR_ESC)
        return MSR_BAD;
    while (1 + length < count && length < CHARACTERS) {
        uint8_t byte = bytes[1 + length];
        if (byte < 0x20 || byte > 0x7E)
            return MSR_BAD;
        answer->text[length++] = (char)byte;
    }
    answer->text[length] = '\0';
    *at = 1 + length;
    return length == CHARACTERS || (quiet && length > 0) ? MSR_WHOLE : MSR_MORE;
}

/* ESC and then so many bytes of any value. */
static enum msr_result take_values(size_t wanted, const uint8_t *bytes, size_t count, size_t *at,
                                   struct msr_answer *answer)
{
    if (count > 0 && bytes[0] != MSR_ESC)
        return MSR_BAD;
    if (count < 1 + wanted)
        return MSR_MORE;
    memcpy(answer->values, bytes + 1, wanted);
    *at = 1 + wanted;
    return MSR_WHOLE;
}

static enum msr_result take_model(const uint8_t *bytes, size_t count, size_t *at, struct msr_answer *answer)
{
    enum msr_result result = take_values(2, bytes, count, at, answer);
    if (result == MSR_WHOLE && (answer->values[0] < '0' || answer->values[0] > '9' || answer->values[1] != 'S'))
        return MSR_BAD;
    return result;
}

/* Manuals say H and L, drivers on hardware see h and l. */
static enum msr_result take_coercivity(const uint8_t *bytes, size_t count, size_t *at, struct msr_answer *answer)
{
    enum msr_result result = take_values(1, bytes, count, at, answer);
    if (result == MSR_WHOLE)
        answer->values[0] &= 0xDF;
    return result == MSR_WHOLE && answer->values[0] != 'H' && answer->values[0] != 'L' ? MSR_BAD : result;
}

/* "set BPC": the status and the three numbers back; a failure has no numbers. */
static enum msr_result take_bits(const uint8_t *bytes, size_t count, size_t *at, struct msr_answer *answer)
{
    enum msr_result result = take_status(bytes, count, at, &answer->status);
    if (result != MSR_WHOLE || answer->status != MSR_DONE)
        return result;
    if (count < *at + 3)
        return MSR_MORE;
    memcpy(answer->values, bytes + *at, 3);
    *at += 3;
    for (size_t i = 0; i < 3; i++)
        if (answer->values[i] < 5 || answer->values[i] > 8)
            return MSR_BAD;
    return MSR_WHOLE;
}

enum msr_result msr_parse_answer(enum msr_command command, enum msr_length length, bool quiet, const uint8_t *bytes,
                                 size_t count, struct msr_answer *answer, size_t *used)
{
    size_t at = 0;
    enum msr_result result;
    memset(answer, 0, sizeof(*answer));
    answer->status = MSR_DONE;
    switch (command) {
    case MSR_READ_ISO:
    case MSR_READ_RAW:
        result = take_read(command, length, bytes, count, &at, answer);
        break;
    case MSR_TEST:
        result = take(bytes, count, &at, MSR_ESC, 'y');
        break;
    case MSR_GET_MODEL:
        result = take_model(bytes, count, &at, answer);
        break;
    case MSR_GET_FIRMWARE:
        result = take_firmware(quiet, bytes, count, &at, answer);
        break;
    case MSR_GET_COERCIVITY:
        result = take_coercivity(bytes, count, &at, answer);
        break;
    case MSR_GET_ZEROS:
        result = take_values(2, bytes, count, &at, answer);
        break;
    case MSR_SET_BITS:
        result = take_bits(bytes, count, &at, answer);
        break;
    default:
        result = msr_has_answer(command) ? take_status(bytes, count, &at, &answer->status) : MSR_BAD;
        break;
    }
    *used = at;
    return result;
}

/* ---- Bytes as they come --------------------------------------------------------------------------------------------
 */

void msr_decoder_expect(struct msr_decoder *decoder, enum msr_command command, enum msr_length length_mode)
{
    decoder->command = command;
    decoder->length_mode = length_mode;
    decoder->count = decoder->skipped = 0;
}

/* Drops from the front what cannot begin an answer. */
static bool settle(struct msr_decoder *decoder, bool quiet, struct msr_answer *answer)
{
    size_t used = 0;
    while (decoder->count > 0) {
        enum msr_result result = msr_parse_answer(decoder->command, decoder->length_mode, quiet, decoder->bytes,
                                                  decoder->count, answer, &used);
        if (result == MSR_WHOLE) {
            decoder->count = 0;
            return true;
        }
        if (result == MSR_MORE && decoder->count < sizeof(decoder->bytes))
            return false;
        memmove(decoder->bytes, decoder->bytes + 1, --decoder->count);
        decoder->skipped++;
    }
    return false;
}

/* Mostly a piece goes on with the answer that has begun, or ends it. If it does neither, the byte counts at which that
 * showed: an answer further on ends there. */
static bool take_piece(struct msr_decoder *decoder, const uint8_t *bytes, size_t *count, struct msr_answer *answer,
                       bool *whole)
{
    const size_t all = decoder->count + *count;
    size_t used = 0;
    if (all >= sizeof(decoder->bytes))
        return false;
    memcpy(decoder->bytes + decoder->count, bytes, *count);
    const enum msr_result result = msr_parse_answer(decoder->command, decoder->length_mode, false, decoder->bytes, all,
                                                    answer, &used);
    *whole = result == MSR_WHOLE;
    if (*whole)
        *count = used - decoder->count;
    if (result != MSR_BAD)
        decoder->count = *whole ? 0 : all;
    return result != MSR_BAD;
}

size_t msr_decode(struct msr_decoder *decoder, const uint8_t *bytes, size_t count, struct msr_answer *answer,
                  bool *whole)
{
    if (take_piece(decoder, bytes, &count, answer, whole))
        return count;
    *whole = false;
    for (size_t i = 0; i < count; i++) {
        decoder->bytes[decoder->count++] = bytes[i];
        if (settle(decoder, false, answer)) {
            *whole = true;
            return i + 1;
        }
    }
    return count;
}

bool msr_decoder_quiet(struct msr_decoder *decoder, struct msr_answer *answer)
{
    return settle(decoder, true, answer);
}

/* ---- The encoder's side --------------------------------------------------------------------------------------------
 */

/* How many bytes stand behind the command; MSR_BAD: no command of these encoders. */
static enum msr_result count_values(uint8_t command, size_t *values)
{
    *values = command == MSR_SET_BITS                              ? 3
              : command == MSR_SET_ZEROS                           ? 2
              : command == MSR_SET_DENSITY || command == MSR_ERASE ? 1
                                                                   : 0;
    if (command >= MSR_LEDS_OFF && command <= MSR_RAM_TEST)
        return MSR_WHOLE;
    return command != 0 && memchr("abcdelmnortvwxyz", command, 16) ? MSR_WHOLE : MSR_BAD;
}

enum msr_result msr_parse_command(const uint8_t *bytes, size_t count, enum msr_command *command,
                                  struct msr_answer *with, size_t *used)
{
    size_t values = 0, at = 2;
    memset(with, 0, sizeof(*with));
    *used = 1;
    if (count > 0 && bytes[0] != MSR_ESC)
        return MSR_BAD;
    if (count < 2)
        return MSR_MORE;
    *used = 2;
    *command = (enum msr_command)bytes[1];
    if (count_values(bytes[1], &values) != MSR_WHOLE)
        return MSR_BAD;
    if (*command == MSR_WRITE_ISO || *command == MSR_WRITE_RAW) {
        enum msr_result result = take_block(bytes, count, &at, *command == MSR_WRITE_RAW, MSR_LENGTH_PLAIN,
                                            &with->tracks);
        *used = result == MSR_WHOLE ? at : *used;
        return result;
    }
    if (count < at + values)
        return MSR_MORE;
    memcpy(with->values, bytes + at, values);
    *used = at + values;
    return MSR_WHOLE;
}
