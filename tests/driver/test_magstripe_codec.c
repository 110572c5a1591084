/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The codec of the magnetic-stripe encoders: the byte examples of the manuals, each split at every byte, and what must
 * not pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "magstripe/codec.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Examples of the document ---------------------------------------------------------------------------------- */

static const uint8_t write_iso[] = {0x1B, 0x77, 0x1B, 0x73, 0x1B, 0x01, 0x52, 0x4F, 0x4F, 0x4D, 0x20, 0x31, 0x30,
                                    0x31, 0x1B, 0x02, 0x31, 0x30, 0x31, 0x3D, 0x34, 0x32, 0x1B, 0x03, 0x3F, 0x1C};
static const uint8_t read_iso[] = {0x1B, 0x73, 0x1B, 0x01, 0x25, 0x52, 0x4F, 0x4F, 0x4D, 0x20, 0x31,
                                   0x30, 0x31, 0x3F, 0x1B, 0x02, 0x3B, 0x31, 0x30, 0x31, 0x3D, 0x34,
                                   0x32, 0x3F, 0x1B, 0x03, 0x1B, 0x2B, 0x3F, 0x1C, 0x1B, 0x30};
/* the same with nothing between header and end, as the manual says */
static const uint8_t read_bare[] = {0x1B, 0x73, 0x1B, 0x01, 0x25, 0x52, 0x4F, 0x4F, 0x4D, 0x20,
                                    0x31, 0x30, 0x31, 0x3F, 0x1B, 0x02, 0x3B, 0x31, 0x30, 0x31,
                                    0x3D, 0x34, 0x32, 0x3F, 0x1B, 0x03, 0x3F, 0x1C, 0x1B, 0x30};
/* data on track 3: its own end sentinel, then the end of the block */
static const uint8_t read_third[] = {0x1B, 0x73, 0x1B, 0x01, 0x1B, 0x2A, 0x1B, 0x02, 0x1B,
                                     0x03, 0x3B, 0x39, 0x39, 0x3F, 0x3F, 0x1C, 0x1B, 0x31};
static const uint8_t raw_plain[] = {0x1B, 0x73, 0x1B, 0x01, 0x03, 0x1B, 0x02, 0x3F, 0x1B, 0x02,
                                    0x02, 0x3F, 0x1C, 0x1B, 0x03, 0x00, 0x3F, 0x1C, 0x1B, 0x30};
static const uint8_t raw_plus_one[] = {0x1B, 0x73, 0x1B, 0x01, 0x04, 0x1B, 0x02, 0x3F, 0x1B, 0x02,
                                       0x03, 0x3F, 0x1C, 0x1B, 0x03, 0x00, 0x3F, 0x1C, 0x1B, 0x30};

static const struct example {
    enum msr_command command;
    const uint8_t *bytes;
    size_t length;
} examples[] = {
    {MSR_READ_ISO, read_iso, sizeof(read_iso)},
    {MSR_READ_ISO, read_bare, sizeof(read_bare)},
    {MSR_READ_ISO, read_third, sizeof(read_third)},
    {MSR_READ_ISO, (const uint8_t *)"\x1B\x31", 2},
    {MSR_READ_RAW, raw_plain, sizeof(raw_plain)},
    {MSR_READ_RAW, raw_plus_one, sizeof(raw_plus_one)},
    {MSR_TEST, (const uint8_t *)"\x1By", 2},
    {MSR_GET_MODEL, (const uint8_t *)"\x1B\x33S", 3},
    {MSR_GET_FIRMWARE, (const uint8_t *)"\x1BREVH4.21", 9},
    {MSR_GET_ZEROS, (const uint8_t *)"\x1B\x3D\x16", 3},
    {MSR_SET_BITS, (const uint8_t *)"\x1B\x30\x07\x05\x05", 5},
    {MSR_SET_BITS, (const uint8_t *)"\x1B\x41", 2},
    {MSR_GET_COERCIVITY, (const uint8_t *)"\x1BH", 2},
    {MSR_GET_COERCIVITY, (const uint8_t *)"\x1Bl", 2},
    {MSR_WRITE_ISO, (const uint8_t *)"\x1B\x30", 2},
    {MSR_WRITE_RAW, (const uint8_t *)"\x1B\x39", 2},
    {MSR_ERASE, (const uint8_t *)"\x1B\x41", 2},
    {MSR_SET_DENSITY, (const uint8_t *)"\x1B\x30", 2},
    {MSR_SET_HI_CO, (const uint8_t *)"\x1B\x30", 2},
    {MSR_SET_ZEROS, (const uint8_t *)"\x1B\x30", 2},
};

static void expect_equal(const struct msr_answer *one, const struct msr_answer *other)
{
    assert_int_equal(one->status, other->status);
    assert_memory_equal(one->values, other->values, sizeof(one->values));
    assert_string_equal(one->text, other->text);
    for (size_t i = 0; i < MSR_TRACKS; i++) {
        const struct msr_track *a = &one->tracks.track[i], *b = &other->tracks.track[i];
        assert_int_equal(a->state, b->state);
        assert_int_equal(a->length, b->length);
        assert_memory_equal(a->bytes, b->bytes, a->length);
    }
}

static void take_whole(const struct example *example, struct msr_answer *answer)
{
    struct msr_decoder decoder;
    bool whole;
    msr_decoder_expect(&decoder, example->command, MSR_LENGTH_FITTING);
    assert_int_equal(msr_decode(&decoder, example->bytes, example->length, answer, &whole), example->length);
    assert_true(whole);
    assert_int_equal(decoder.skipped, 0);
}

static void each_answer_is_the_same_wherever_it_is_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        const struct example *example = &examples[i];
        struct msr_answer whole_answer, answer;
        take_whole(example, &whole_answer);
        for (size_t at = 1; at < example->length; at++) {
            struct msr_decoder decoder;
            bool whole;
            msr_decoder_expect(&decoder, example->command, MSR_LENGTH_FITTING);
            assert_int_equal(msr_decode(&decoder, example->bytes, at, &answer, &whole), at);
            assert_false(whole);
            assert_int_equal(msr_decode(&decoder, example->bytes + at, example->length - at, &answer, &whole),
                             example->length - at);
            assert_true(whole);
            expect_equal(&answer, &whole_answer);
        }
    }
}

/* What comes behind an answer is left for whoever asks next; noise before it is skipped. */
static void noise_before_and_bytes_behind_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        uint8_t bytes[200] = {0x80, 0x1B, 0xFF, 0x00};
        struct msr_decoder decoder;
        struct msr_answer answer, wanted;
        bool whole;
        take_whole(&examples[i], &wanted);
        if (examples[i].command == MSR_GET_ZEROS || examples[i].command == MSR_GET_MODEL)
            bytes[1] = 0xA0; /* ESC and any two bytes are an answer there */
        memcpy(bytes + 4, examples[i].bytes, examples[i].length);
        bytes[4 + examples[i].length] = 0x1B;
        msr_decoder_expect(&decoder, examples[i].command, MSR_LENGTH_FITTING);
        assert_int_equal(msr_decode(&decoder, bytes, examples[i].length + 5, &answer, &whole), examples[i].length + 4);
        assert_true(whole);
        assert_int_equal(decoder.skipped, 4);
        expect_equal(&answer, &wanted);
    }
}

/* A block that counts wrongly, with an answer inside that is found once that shows: the bytes behind came before it. */
static void an_answer_in_a_damaged_block_is_found_wherever_it_is_split(void **state)
{
    static const uint8_t inner[] = {0x1B, 's', 0x1B, 1, 0, 0x1B, 2, 0, 0x1B, 3, 0, 0x3F, 0x1C, 0x1B, MSR_CARD_ERROR};
    uint8_t bytes[60] = {0x1B, 's', 0x1B, 1, 40};
    (void)state;
    memcpy(bytes + 10, inner, sizeof inner);
    for (size_t at = 1; at <= sizeof bytes; at++) {
        struct msr_decoder decoder;
        struct msr_answer answer;
        bool whole = false;
        size_t taken = 0;
        msr_decoder_expect(&decoder, MSR_READ_RAW, MSR_LENGTH_FITTING);
        while (taken < sizeof bytes && !whole) {
            const size_t left = sizeof bytes - taken;
            taken += msr_decode(&decoder, bytes + taken, left < at ? left : at, &answer, &whole);
        }
        assert_true(whole);
        assert_int_equal(answer.status, MSR_CARD_ERROR);
        assert_int_equal(taken, 5 + 40 + 1); /* where the next track should have begun */
        assert_int_equal(decoder.skipped, 10);
        assert_int_equal(decoder.count, 0);
    }
}

static void iso_block_is_written_as_in_the_manual(void **state)
{
    (void)state;
    struct msr_tracks tracks = {0};
    struct buf out = {0};
    size_t at;
    assert_true(msr_track_set(0, "ROOM 101", &tracks.track[0], &at));
    assert_true(msr_track_set(1, "101=42", &tracks.track[1], &at));
    msr_put_write(&out, MSR_WRITE_ISO, &tracks);
    assert_int_equal(out.length, sizeof(write_iso));
    assert_memory_equal(out.data, write_iso, sizeof(write_iso));
    buf_free(&out);
}

static void tracks_come_with_their_sentinels_and_go_without(void **state)
{
    (void)state;
    struct msr_answer answer;
    char text[MSR_TRACK_MOST + 1];
    take_whole(&examples[0], &answer);
    assert_true(msr_track_content(0, &answer.tracks.track[0], text));
    assert_string_equal(text, "ROOM 101");
    assert_true(msr_track_content(1, &answer.tracks.track[1], text));
    assert_string_equal(text, "101=42");
    assert_false(msr_track_content(2, &answer.tracks.track[2], text));
    assert_int_equal(answer.tracks.track[2].state, MSR_TRACK_EMPTY);
    take_whole(&examples[2], &answer);
    assert_int_equal(answer.status, MSR_CARD_ERROR);
    assert_int_equal(answer.tracks.track[0].state, MSR_TRACK_UNREADABLE);
    assert_int_equal(answer.tracks.track[1].state, MSR_TRACK_EMPTY);
    assert_true(msr_track_content(2, &answer.tracks.track[2], text));
    assert_string_equal(text, "99");
}

static void raw_lengths_are_what_lands_on_the_next_header(void **state)
{
    (void)state;
    struct msr_answer plain, plus_one;
    size_t used;
    take_whole(&examples[4], &plain);
    take_whole(&examples[5], &plus_one);
    expect_equal(&plain, &plus_one);
    assert_int_equal(plain.tracks.track[0].length, 3);
    assert_memory_equal(plain.tracks.track[0].bytes, "\x1B\x02\x3F", 3);
    assert_int_equal(plain.tracks.track[1].length, 2);
    assert_int_equal(
        msr_parse_answer(MSR_READ_RAW, MSR_LENGTH_PLAIN, false, raw_plus_one, sizeof(raw_plus_one), &plain, &used),
        MSR_BAD);
    assert_int_equal(
        msr_parse_answer(MSR_READ_RAW, MSR_LENGTH_PLUS_ONE, false, raw_plain, sizeof(raw_plain), &plain, &used),
        MSR_BAD);
    assert_int_equal(msr_parse_answer(MSR_READ_RAW, MSR_LENGTH_PLUS_ONE, false, raw_plus_one, sizeof(raw_plus_one),
                                      &plus_one, &used),
                     MSR_WHOLE);
}

/* A firmware text has no end: eight characters, or as many as came before the line was quiet. */
static void firmware_ends_when_the_line_is_quiet(void **state)
{
    (void)state;
    struct msr_decoder decoder;
    struct msr_answer answer;
    bool whole;
    msr_decoder_expect(&decoder, MSR_GET_FIRMWARE, MSR_LENGTH_FITTING);
    msr_decode(&decoder, (const uint8_t *)"\x1BREV1", 5, &answer, &whole);
    assert_false(whole);
    assert_true(msr_decoder_quiet(&decoder, &answer));
    assert_string_equal(answer.text, "REV1");
    msr_decoder_expect(&decoder, MSR_GET_FIRMWARE, MSR_LENGTH_FITTING);
    assert_false(msr_decoder_quiet(&decoder, &answer));
}

static void absurd_answers_are_bounded(void **state)
{
    (void)state;
    static struct msr_decoder decoder;
    struct msr_answer answer;
    bool whole = false;
    const uint8_t head[] = {0x1B, 0x73, 0x1B, 0x01};
    msr_decoder_expect(&decoder, MSR_READ_ISO, MSR_LENGTH_FITTING);
    msr_decode(&decoder, head, sizeof(head), &answer, &whole);
    for (size_t i = 0; i < 3000; i++) {
        msr_decode(&decoder, (const uint8_t *)"A", 1, &answer, &whole);
        assert_false(whole);
        assert_true(decoder.count < 100);
    }
    msr_decode(&decoder, read_iso, sizeof(read_iso), &answer, &whole); /* and it finds its way back */
    assert_true(whole);
}

/* Each single byte of an ISO answer that is another one: nothing is ever longer than a track may be. */
static void one_wrong_byte_never_gives_too_much(void **state)
{
    (void)state;
    for (size_t at = 0; at < sizeof(read_iso); at++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            uint8_t bytes[sizeof(read_iso)];
            struct msr_answer answer;
            size_t used;
            memcpy(bytes, read_iso, sizeof(bytes));
            bytes[at] = (uint8_t)byte;
            if (msr_parse_answer(MSR_READ_ISO, MSR_LENGTH_FITTING, false, bytes, sizeof(bytes), &answer, &used) !=
                MSR_WHOLE)
                continue;
            assert_true(used <= sizeof(bytes));
            for (size_t i = 0; i < MSR_TRACKS; i++)
                assert_true(answer.tracks.track[i].length <= msr_room(i) + 3);
        }
    }
}

/* ---- What may be written ----------------------------------------------------------------------------------------- */

static void characters_and_lengths_are_those_of_the_track(void **state)
{
    (void)state;
    char text[200];
    struct msr_track track;
    size_t at;
    const size_t most[] = {76, 37, 104};
    for (size_t i = 0; i < MSR_TRACKS; i++) {
        assert_int_equal(msr_room(i), most[i]);
        memset(text, '1', sizeof(text));
        text[most[i]] = '\0';
        assert_true(msr_track_set(i, text, &track, &at));
        assert_int_equal(track.length, most[i]);
        text[most[i]] = '1';
        text[most[i] + 1] = '\0';
        assert_false(msr_track_set(i, text, &track, &at));
        assert_int_equal(at, most[i]);
    }
    for (unsigned character = 1; character < 256; character++) {
        const char one[] = {(char)character, '\0'};
        bool first = character >= 0x20 && character <= 0x5F && character != '%' && character != '?';
        bool second = character >= 0x30 && character <= 0x3E && character != ';';
        assert_int_equal(msr_track_set(0, one, &track, &at), first);
        assert_int_equal(msr_track_set(1, one, &track, &at), second);
        assert_int_equal(msr_track_set(2, one, &track, &at), second);
    }
}

static void erase_selects_tracks_as_the_manual_counts_them(void **state)
{
    (void)state;
    static const struct {
        unsigned tracks;
        uint8_t selector;
    } rows[] = {{1, 0}, {2, 2}, {4, 4}, {3, 3}, {5, 5}, {6, 6}, {7, 7}};
    uint8_t selector = 99;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_true(msr_erase_selector(rows[i].tracks, &selector));
        assert_int_equal(selector, rows[i].selector);
        assert_int_equal(msr_erased_tracks(rows[i].selector), rows[i].tracks);
    }
    assert_false(msr_erase_selector(0, &selector));
    assert_false(msr_erase_selector(8, &selector));
    assert_int_equal(msr_erased_tracks(1), 1);
    assert_int_equal(msr_erased_tracks(8), 0);
}

/* ---- Bits -------------------------------------------------------------------------------------------------------- */

/* Worked out by hand: ';' = B, '1' = 1, '?' = F, LRC = B ^ 1 ^ F = 5; odd parity: 0B 01 1F 15; least significant bit
 * first 11010 10000 11111 10101. */
static void characters_become_bits(void **state)
{
    (void)state;
    uint8_t bytes[MSR_TRACK_MOST];
    char text[MSR_TRACK_MOST + 1];
    assert_int_equal(msr_bits_of(1, "1", bytes), 3);
    assert_memory_equal(bytes, "\x2B\xFC\x0A", 3);
    assert_true(msr_text_of(1, bytes, 3, text));
    assert_string_equal(text, ";1?");
    /* '%' = 05 with parity 45, 'A' = 21 -> 61, '?' = 1F -> 1F, LRC = 05 ^ 21 ^ 1F = 3B -> 3B */
    assert_int_equal(msr_bits_of(0, "A", bytes), 4);
    const uint32_t stream = 0x45u | 0x61u << 7 | 0x1Fu << 14 | 0x3Bu << 21;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(bytes[i], stream >> (8 * i) & 0xFF);
    assert_true(msr_text_of(0, bytes, 4, text));
    assert_string_equal(text, "%A?");
    assert_int_equal(msr_bits_of(1, "A", bytes), 0);
    assert_int_equal(msr_bits_of(1, "", bytes), 0);
}

static void each_wrong_bit_is_noticed(void **state)
{
    (void)state;
    uint8_t bytes[MSR_TRACK_MOST];
    char text[MSR_TRACK_MOST + 1];
    for (size_t track = 0; track < MSR_TRACKS; track++) {
        size_t count = msr_bits_of(track, "1234567890", bytes), bits = 13 * (track == 0 ? 7 : 5);
        for (size_t bit = 0; bit < bits; bit++) {
            bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1u << bit % 8);
            assert_false(msr_text_of(track, bytes, count, text));
            bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1u << bit % 8);
        }
        assert_true(msr_text_of(track, bytes, count, text));
        for (size_t cut = 0; cut < count - 1; cut++)
            assert_false(msr_text_of(track, bytes, cut, text));
    }
}

/* A raw read delivers the stream with each byte reversed, with blanks before it. */
static void streams_are_compared_wherever_they_begin(void **state)
{
    (void)state;
    uint8_t written[MSR_TRACK_MOST], read[MSR_TRACK_MOST] = {0};
    size_t count = msr_bits_of(1, "4711", written);
    for (size_t shift = 0; shift < 20; shift++) {
        memset(read, 0, sizeof(read));
        for (size_t bit = 0; bit < count * 8; bit++)
            if (written[bit / 8] >> bit % 8 & 1)
                read[(bit + shift) / 8] = (uint8_t)(read[(bit + shift) / 8] | 0x80u >> (bit + shift) % 8);
        assert_true(msr_same_stream(written, count, read, count + 4));
        read[1] ^= 0x10;
        assert_false(msr_same_stream(written, count, read, count + 4));
    }
    assert_int_equal(msr_reverse(0x2B), 0xD4);
    assert_true(msr_same_stream(written, 0, read, 0));
    assert_false(msr_same_stream(written, count, read, 0));
}

/* ---- Packets ----------------------------------------------------------------------------------------------------- */

static void packets_are_those_of_the_document(void **state)
{
    (void)state;
    struct buf out = {0};
    static const uint8_t firmware[] = {0xC2, 0x1B, 0x76}, reset[] = {0xC2, 0x1B, 0x61};
    static const uint8_t zeros[MSR_PACKET] = {0};
    uint8_t message[150];
    msr_put_packets(&out, firmware + 1, 2, false);
    assert_int_equal(out.length, MSR_PACKET);
    assert_memory_equal(out.data, firmware, 3);
    assert_memory_equal(out.data + 3, zeros, MSR_PACKET - 3);
    buf_clear(&out);
    msr_put_packets(&out, reset + 1, 2, true);
    assert_int_equal(out.data[0], 0xFF);
    buf_clear(&out);
    for (size_t i = 0; i < sizeof(message); i++)
        message[i] = (uint8_t)i;
    msr_put_packets(&out, message, sizeof(message), false);
    assert_int_equal(out.length, 3 * MSR_PACKET);
    assert_int_equal(out.data[0], 0xBF);
    assert_int_equal(out.data[MSR_PACKET], 0x3F);
    assert_int_equal(out.data[2 * MSR_PACKET], 0x58);
    struct msr_assembly assembly = {0};
    assert_false(msr_take_packet(&assembly, out.data, MSR_PACKET));
    assert_false(msr_take_packet(&assembly, out.data + MSR_PACKET, MSR_PACKET));
    assert_true(msr_take_packet(&assembly, out.data + 2 * MSR_PACKET, 25)); /* shorter than 64 */
    assert_int_equal(assembly.count, sizeof(message));
    assert_memory_equal(assembly.message, message, sizeof(message));
    buf_free(&out);
}

static void strange_packets_are_borne(void **state)
{
    (void)state;
    struct msr_assembly assembly = {0};
    uint8_t packet[MSR_PACKET] = {0xC9, 0x1B};
    assert_false(msr_take_packet(&assembly, packet, 0));
    assert_false(msr_take_packet(&assembly, packet, 9)); /* nine bytes are said, eight are there */
    assert_int_equal(assembly.damaged, 1);
    packet[0] = 0x02;
    assert_false(msr_take_packet(&assembly, packet, MSR_PACKET)); /* goes on with nothing */
    assert_int_equal(assembly.damaged, 2);
    packet[0] = 0x82;
    assert_false(msr_take_packet(&assembly, packet, MSR_PACKET));
    packet[0] = 0xC1; /* a second first: the message that was begun is lost */
    assert_true(msr_take_packet(&assembly, packet, MSR_PACKET));
    assert_int_equal(assembly.count, 1);
    assert_int_equal(assembly.damaged, 3);
    packet[0] = 0xBF; /* never ends */
    for (size_t i = 0; i < 1000; i++) {
        assert_false(msr_take_packet(&assembly, packet, MSR_PACKET));
        assert_true(assembly.count <= MSR_MESSAGE_MOST);
        packet[0] = 0x3F;
    }
    assert_true(assembly.damaged > 3);
    packet[0] = 0xC0; /* empty, but whole */
    assert_true(msr_take_packet(&assembly, packet, 1));
    assert_int_equal(assembly.count, 0);
}

/* ---- The encoder's side -------------------------------------------------------------------------------------------
 */

static void commands_are_read_as_they_are_written(void **state)
{
    (void)state;
    struct msr_answer with;
    enum msr_command command;
    size_t used;
    for (size_t at = 0; at < sizeof(write_iso); at++)
        assert_int_equal(msr_parse_command(write_iso, at, &command, &with, &used), MSR_MORE);
    assert_int_equal(msr_parse_command(write_iso, sizeof(write_iso), &command, &with, &used), MSR_WHOLE);
    assert_int_equal(used, sizeof(write_iso));
    assert_int_equal(command, MSR_WRITE_ISO);
    assert_string_equal((const char *)with.tracks.track[1].bytes, "101=42");
    assert_int_equal(msr_parse_command((const uint8_t *)"\x1Bo\x08\x08\x08", 5, &command, &with, &used), MSR_WHOLE);
    assert_int_equal(used, 5);
    assert_int_equal(with.values[2], 8);
    assert_int_equal(msr_parse_command((const uint8_t *)"\x1B\x90", 2, &command, &with, &used), MSR_BAD);
    assert_int_equal(used, 2);
    assert_int_equal(msr_parse_command((const uint8_t *)"x", 1, &command, &with, &used), MSR_BAD);
    assert_int_equal(used, 1);
}

/* Each track takes its characters, two sentinels and a check character; one more is no track. */
static void iso_tracks_end_at_their_length(void **state)
{
    (void)state;
    static const char *const heads[] = {"\x1Bs\x1B\x01", "\x1Bs\x1B\x01\x1B+\x1B\x02",
                                        "\x1Bs\x1B\x01\x1B+\x1B\x02\x1B+\x1B\x03"};
    static const char *const tails[] = {"\x1B\x02\x1B+\x1B\x03\x1B+?\x1C\x1B\x30", "\x1B\x03\x1B+?\x1C\x1B\x30",
                                        "?\x1C\x1B\x30"};
    static const size_t most[] = {80, 41, 107};
    for (size_t track = 0; track < MSR_TRACKS; track++) {
        for (size_t more = 0; more < 2; more++) {
            struct msr_answer answer;
            struct buf out = {0};
            size_t used;
            buf_append_text(&out, heads[track]);
            for (size_t i = 0; i < most[track] + more; i++)
                buf_append_byte(&out, '7');
            buf_append_text(&out, tails[track]);
            assert_int_equal(
                msr_parse_answer(MSR_READ_ISO, MSR_LENGTH_FITTING, false, out.data, out.length, &answer, &used),
                more == 0 ? MSR_WHOLE : MSR_BAD);
            if (more == 0)
                assert_int_equal(answer.tracks.track[track].length, most[track]);
            buf_free(&out);
        }
    }
}

static void statuses_are_those_of_the_manual(void **state)
{
    (void)state;
    for (int status = 0; status < 256; status++) {
        const uint8_t bytes[] = {0x1B, (uint8_t)status};
        struct msr_answer answer;
        size_t used;
        const bool good = status >= 0x30 && status <= 0x41;
        assert_int_equal(msr_parse_answer(MSR_ERASE, MSR_LENGTH_FITTING, false, bytes, sizeof(bytes), &answer, &used),
                         good ? MSR_WHOLE : MSR_BAD);
        if (good)
            assert_int_equal(answer.status, status);
    }
}

/* A length that counts itself has no number for the longest track. */
static void the_longest_raw_track_is_counted_plainly(void **state)
{
    (void)state;
    struct msr_tracks tracks = {0};
    tracks.track[0].state = MSR_TRACK_DATA;
    for (size_t length = MSR_TRACK_MOST - 1; length <= MSR_TRACK_MOST; length++) {
        struct buf out = {0};
        tracks.track[0].length = length;
        msr_put_raw_block(&out, &tracks, true);
        assert_int_equal(out.data[4], MSR_TRACK_MOST);
        assert_int_equal(out.data[5 + length], 0x1B);
        buf_free(&out);
    }
}

static void blocks_are_read_as_they_are_written(void **state)
{
    (void)state;
    struct msr_answer answer, again;
    struct buf out = {0};
    size_t used;
    for (int markers = 0; markers < 2; markers++) {
        take_whole(&examples[0], &answer);
        buf_clear(&out);
        msr_put_iso_block(&out, &answer.tracks, markers == 1);
        msr_put_status(&out, MSR_DONE);
        assert_int_equal(msr_parse_answer(MSR_READ_ISO, MSR_LENGTH_FITTING, false, out.data, out.length, &again, &used),
                         MSR_WHOLE);
        assert_int_equal(used, out.length);
        expect_equal(&answer, &again);
    }
    for (int plus_one = 0; plus_one < 2; plus_one++) {
        take_whole(&examples[4], &answer);
        buf_clear(&out);
        msr_put_raw_block(&out, &answer.tracks, plus_one == 1);
        msr_put_status(&out, MSR_DONE);
        assert_int_equal(msr_parse_answer(MSR_READ_RAW, MSR_LENGTH_FITTING, false, out.data, out.length, &again, &used),
                         MSR_WHOLE);
        expect_equal(&answer, &again);
    }
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_answer_is_the_same_wherever_it_is_split),
        cmocka_unit_test(noise_before_and_bytes_behind_are_told_apart),
        cmocka_unit_test(an_answer_in_a_damaged_block_is_found_wherever_it_is_split),
        cmocka_unit_test(iso_block_is_written_as_in_the_manual),
        cmocka_unit_test(tracks_come_with_their_sentinels_and_go_without),
        cmocka_unit_test(raw_lengths_are_what_lands_on_the_next_header),
        cmocka_unit_test(firmware_ends_when_the_line_is_quiet),
        cmocka_unit_test(absurd_answers_are_bounded),
        cmocka_unit_test(iso_tracks_end_at_their_length),
        cmocka_unit_test(statuses_are_those_of_the_manual),
        cmocka_unit_test(the_longest_raw_track_is_counted_plainly),
        cmocka_unit_test(one_wrong_byte_never_gives_too_much),
        cmocka_unit_test(characters_and_lengths_are_those_of_the_track),
        cmocka_unit_test(erase_selects_tracks_as_the_manual_counts_them),
        cmocka_unit_test(characters_become_bits),
        cmocka_unit_test(each_wrong_bit_is_noticed),
        cmocka_unit_test(streams_are_compared_wherever_they_begin),
        cmocka_unit_test(packets_are_those_of_the_document),
        cmocka_unit_test(strange_packets_are_borne),
        cmocka_unit_test(commands_are_read_as_they_are_written),
        cmocka_unit_test(blocks_are_read_as_they_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
