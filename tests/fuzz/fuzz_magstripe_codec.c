/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libFuzzer: arbitrary bytes, in arbitrary pieces, as answers of a magnetic-stripe encoder, as packets of one on USB,
 * as commands to one, and as bits of a stripe. What is taken must survive being written and read again. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "magstripe/codec.h"

static const enum msr_command commands[] = {MSR_READ_ISO,       MSR_READ_RAW,     MSR_WRITE_ISO, MSR_TEST,
                                            MSR_GET_MODEL,      MSR_GET_FIRMWARE, MSR_SET_BITS,  MSR_GET_ZEROS,
                                            MSR_GET_COERCIVITY, MSR_SET_DENSITY};

static void expect_same(const struct msr_tracks *a, const struct msr_tracks *b)
{
    for (size_t i = 0; i < MSR_TRACKS; i++) {
        REQUIRE(a->track[i].state == b->track[i].state && a->track[i].length == b->track[i].length);
        REQUIRE(memcmp(a->track[i].bytes, b->track[i].bytes, a->track[i].length) == 0);
    }
}

static void check_read(enum msr_command command, const struct msr_answer *answer)
{
    struct msr_answer again;
    struct buf out = {0};
    size_t used;
    char text[MSR_TRACK_MOST + 1];
    for (size_t i = 0; i < MSR_TRACKS; i++) {
        const struct msr_track *track = &answer->tracks.track[i];
        REQUIRE(track->length <= MSR_TRACK_MOST && (track->state == MSR_TRACK_DATA) == (track->length > 0));
        REQUIRE(!msr_track_content(i, track, text) || strlen(text) + 2 == track->length);
    }
    if (command == MSR_READ_ISO)
        msr_put_iso_block(&out, &answer->tracks, true);
    else
        msr_put_raw_block(&out, &answer->tracks, false);
    msr_put_status(&out, answer->status);
    enum msr_result result = out.failed ? MSR_MORE
                                        : msr_parse_answer(command, MSR_LENGTH_PLAIN, false, out.data, out.length,
                                                           &again, &used);
    REQUIRE(out.failed || (result == MSR_WHOLE && used == out.length));
    if (!out.failed)
        expect_same(&answer->tracks, &again.tracks);
    buf_free(&out);
}

/* Whole or in pieces: the answers are the same. */
static size_t run_answers(enum msr_command command, const uint8_t *data, size_t size, size_t piece, bool check)
{
    static struct msr_decoder decoder;
    struct msr_answer answer;
    size_t digest = 0;
    msr_decoder_expect(&decoder, command, MSR_LENGTH_FITTING);
    for (size_t start = 0; start < size; start += piece) {
        size_t count = size - start < piece ? size - start : piece;
        for (size_t at = 0; at < count;) {
            bool whole;
            size_t taken = msr_decode(&decoder, data + start + at, count - at, &answer, &whole);
            REQUIRE(taken > 0 && taken <= count - at && decoder.count < MSR_ANSWER_MOST);
            at += taken;
            digest = whole ? digest * 31 + answer.status + answer.tracks.track[1].length : digest;
            if (whole && check && answer.status == MSR_DONE && (command == MSR_READ_ISO || command == MSR_READ_RAW))
                check_read(command, &answer);
        }
    }
    return digest * 2 + msr_decoder_quiet(&decoder, &answer);
}

static void run_packets(const uint8_t *data, size_t size, size_t piece)
{
    static struct msr_assembly assembly;
    struct buf out = {0};
    msr_assembly_reset(&assembly);
    for (size_t start = 0; start < size; start += piece) {
        size_t count = size - start < piece ? size - start : piece;
        msr_take_packet(&assembly, data + start, count);
        REQUIRE(assembly.count <= MSR_MESSAGE_MOST);
    }
    msr_assembly_reset(&assembly);
    msr_put_packets(&out, data, size < MSR_MESSAGE_MOST ? size : MSR_MESSAGE_MOST, false);
    bool whole = out.failed;
    for (size_t at = 0; at < out.length && !out.failed; at += MSR_PACKET)
        whole = msr_take_packet(&assembly, out.data + at, MSR_PACKET);
    REQUIRE(whole && (out.failed || memcmp(assembly.message, data, assembly.count) == 0));
    buf_free(&out);
}

static void run_commands(const uint8_t *data, size_t size)
{
    struct msr_answer with;
    enum msr_command command;
    size_t used;
    for (size_t at = 0; at < size; at += used)
        if (msr_parse_command(data + at, size - at, &command, &with, &used) == MSR_MORE)
            return;
        else
            REQUIRE(used > 0 && used <= size - at);
}

static void run_bits(const uint8_t *data, size_t size)
{
    char text[MSR_TRACK_MOST + 1];
    uint8_t bits[MSR_TRACK_MOST];
    for (size_t track = 0; track < MSR_TRACKS; track++) {
        struct msr_track read = {.state = MSR_TRACK_DATA};
        if (!msr_text_of(track, data, size, text))
            continue;
        read.length = strlen(text);
        memcpy(read.bytes, text, read.length);
        size_t count = msr_track_content(track, &read, text) ? msr_bits_of(track, text, bits) : 0;
        REQUIRE(count <= size);
    }
    for (size_t i = 0; i < size && i < sizeof(bits); i++)
        bits[i] = msr_reverse(data[i]);
    REQUIRE(size > sizeof(bits) || msr_same_stream(data, size, bits, size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    enum msr_command command = commands[data[0] % (sizeof(commands) / sizeof(commands[0]))];
    size_t piece = (size_t)data[1] + 1;
    data += 2;
    size -= 2;
    REQUIRE(run_answers(command, data, size, piece, true) == run_answers(command, data, size, size, false));
    run_packets(data, size, piece);
    run_commands(data, size);
    run_bits(data, size);
    return 0;
}
