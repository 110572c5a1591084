/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The byte language of the MSR206, MSR605, MSR606 and MSR605X magnetic-stripe encoders: commands, answers, the ISO and
 * the raw data block, characters as bits, and the packets of the MSR605X on USB. Both ends use it: the driver and the
 * simulated encoder. */
#ifndef MAGSTRIPE_CODEC_H
#define MAGSTRIPE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

/* ---- Commands (manual, "command list") -------------------------------------------------------------------------- */

enum { MSR_ESC = 0x1B, MSR_FS = 0x1C, MSR_END = 0x3F };

/* The byte behind ESC. */
enum msr_command {
    MSR_RESET = 0x61,       /* no answer; ends a waiting swipe */
    MSR_SET_DENSITY = 0x62, /* one byte of enum msr_density; answered by a status */
    MSR_ERASE = 0x63,       /* one byte of msr_erase_selector(); waits for a swipe; status */
    MSR_GET_COERCIVITY = 0x64,
    MSR_TEST = 0x65, /* communication test: ESC y */
    MSR_GET_ZEROS = 0x6C,
    MSR_READ_RAW = 0x6D,  /* waits for a swipe; raw block, status */
    MSR_WRITE_RAW = 0x6E, /* raw block follows; waits for a swipe; status */
    MSR_SET_BITS = 0x6F,  /* three bytes, 5 to 8; ESC 30 and the three bytes */
    MSR_READ_ISO = 0x72,  /* waits for a swipe; ISO block, status */
    MSR_GET_MODEL = 0x74,
    MSR_GET_FIRMWARE = 0x76,
    MSR_WRITE_ISO = 0x77, /* ISO block follows; waits for a swipe; status */
    MSR_SET_HI_CO = 0x78, /* status */
    MSR_SET_LO_CO = 0x79, /* status */
    MSR_SET_ZEROS = 0x7A, /* two bytes; status */
    MSR_LEDS_OFF = 0x81,  /* no answer, as for all five */
    MSR_LEDS_ON = 0x82,
    MSR_LED_GREEN = 0x83,
    MSR_LED_YELLOW = 0x84,
    MSR_LED_RED = 0x85,
    MSR_SENSOR_TEST = 0x86, /* waits for a swipe */
    MSR_RAM_TEST = 0x87
};

enum msr_density {
    MSR_TRACK_1_210 = 0xA1,
    MSR_TRACK_1_75 = 0xA0,
    MSR_TRACK_2_210 = 0xD2,
    MSR_TRACK_2_75 = 0x4B,
    MSR_TRACK_3_210 = 0xC1,
    MSR_TRACK_3_75 = 0xC0
};

/* The byte behind the last ESC of an answer (manual, "status byte"). */
enum msr_status {
    MSR_DONE = 0x30,
    MSR_CARD_ERROR = 0x31, /* read or write error */
    MSR_FORMAT_ERROR = 0x32,
    MSR_UNKNOWN_COMMAND = 0x34,
    MSR_BAD_SWIPE = 0x39, /* while writing: too fast, too slow or stopped */
    MSR_FAILED = 0x41     /* set, select, test and erase commands */
};

/* ---- Tracks ------------------------------------------------------------------------------------------------------ */

/* A raw track is counted by one byte; an ISO track is shorter. */
enum { MSR_TRACKS = 3, MSR_TRACK_MOST = 255 };

enum msr_track_state {
    MSR_TRACK_EMPTY,
    MSR_TRACK_DATA,
    MSR_TRACK_UNREADABLE /* the encoder saw something that it could not read */
};

/* ISO: text with its sentinels if it was read, without them if it is to be written; NUL-terminated. Raw: bytes. */
struct msr_track {
    enum msr_track_state state;
    size_t length;
    uint8_t bytes[MSR_TRACK_MOST + 1];
};

struct msr_tracks {
    struct msr_track track[MSR_TRACKS];
};

/* The most characters of an ISO track, without sentinels. Tracks count from 0 here. */
size_t msr_room(size_t track);
/* False if the text, which is to be written, is too long for the track or has a character that it cannot hold: `at` is
 * where. */
bool msr_track_set(size_t track, const char *text, struct msr_track *out, size_t *at);
/* The text between the sentinels of a track that was read; false if they are not there, or something else is wrong. */
bool msr_track_content(size_t track, const struct msr_track *in, char out[MSR_TRACK_MOST + 1]);

/* ---- To the encoder ---------------------------------------------------------------------------------------------- */

void msr_put_command(struct buf *out, enum msr_command command);
void msr_put_command_with(struct buf *out, enum msr_command command, const uint8_t *values, size_t count);
/* ESC w or ESC n and the data block. */
void msr_put_write(struct buf *out, enum msr_command command, const struct msr_tracks *tracks);
/* The byte behind ESC c, for a set of tracks: bit 0 is track 1. 0: no such set. */
bool msr_erase_selector(unsigned tracks, uint8_t *selector);
unsigned msr_erased_tracks(uint8_t selector);

/* ---- From the encoder -------------------------------------------------------------------------------------------- */

/* How a raw track's length byte counts when it is read. Sources disagree for the MSR605X. */
enum msr_length { MSR_LENGTH_FITTING, MSR_LENGTH_PLAIN, MSR_LENGTH_PLUS_ONE };

struct msr_answer {
    uint8_t status;    /* of a read, write, erase or setting; MSR_DONE for what has none */
    uint8_t values[3]; /* model; coercivity; leading zeros (2); bits (3) */
    char text[17];     /* firmware */
    struct msr_tracks tracks;
};

enum msr_result { MSR_MORE, MSR_WHOLE, MSR_BAD };

/* Reads the answer to a command from the beginning of `bytes`. MSR_MORE: it may go on; MSR_BAD: it does not begin here;
 * MSR_WHOLE: `used` bytes are the answer. A firmware text has no end: it is whole with eight characters, before that
 * when the line was quiet, which is what `quiet` says. */
enum msr_result msr_parse_answer(enum msr_command command, enum msr_length length, bool quiet, const uint8_t *bytes,
                                 size_t count, struct msr_answer *answer, size_t *used);
bool msr_has_answer(enum msr_command command);
bool msr_waits_for_swipe(enum msr_command command);

/* Longer than any answer. */
enum { MSR_ANSWER_MOST = 3 * (MSR_TRACK_MOST + 3) + 8 };

/* Takes bytes as they come, skips what cannot be an answer. */
struct msr_decoder {
    enum msr_command command;
    enum msr_length length_mode;
    size_t count, skipped;
    uint8_t bytes[MSR_ANSWER_MOST];
};

void msr_decoder_expect(struct msr_decoder *decoder, enum msr_command command, enum msr_length length_mode);
/* Takes up to `count` bytes; returns how many, and in `whole` whether an answer stands in `answer` now. */
size_t msr_decode(struct msr_decoder *decoder, const uint8_t *bytes, size_t count, struct msr_answer *answer,
                  bool *whole);
/* Nothing more came for a while: whether what came is an answer all the same. */
bool msr_decoder_quiet(struct msr_decoder *decoder, struct msr_answer *answer);

/* ---- The encoder's side ------------------------------------------------------------------------------------------ */

/* One command from the beginning of `bytes`, as an encoder sees it. `answer` gets the values or tracks that came with
 * it. MSR_BAD: no command, `used` bytes are to be refused. */
enum msr_result msr_parse_command(const uint8_t *bytes, size_t count, enum msr_command *command,
                                  struct msr_answer *with, size_t *used);
/* What a read answers. */
void msr_put_iso_block(struct buf *out, const struct msr_tracks *tracks, bool markers);
void msr_put_raw_block(struct buf *out, const struct msr_tracks *tracks, bool plus_one);
void msr_put_status(struct buf *out, uint8_t status);

/* ---- Characters as bits (bits.c) --------------------------------------------------------------------------------- */

/* The bits that an ISO text becomes on the stripe: sentinels, text, LRC; each character least significant bit first,
 * with odd parity. Packed least significant bit first, as a raw write with 8 bits per character takes them. Returns the
 * number of bytes, or 0 if the text is not for this track. */
size_t msr_bits_of(size_t track, const char *text, uint8_t out[MSR_TRACK_MOST]);
/* Takes the bits of a raw write apart: the text with its sentinels. False: parity, sentinels or LRC are wrong. */
bool msr_text_of(size_t track, const uint8_t *bytes, size_t count, char out[MSR_TRACK_MOST + 1]);
/* A raw read delivers the stream with each byte reversed. */
uint8_t msr_reverse(uint8_t byte);
/* Whether the stream that was read (as it came) has the written one in it, blanks before and behind left aside. */
bool msr_same_stream(const uint8_t *written, size_t written_count, const uint8_t *read, size_t read_count);

/* ---- Packets of the MSR605X (packets.c) -------------------------------------------------------------------------- */

enum { MSR_PACKET = 64, MSR_PACKET_MOST = 63, MSR_MESSAGE_MOST = 1024 };

/* Appends whole packets of 64 bytes. `padded`: their length says 63 even where less is in them. */
void msr_put_packets(struct buf *out, const uint8_t *message, size_t count, bool padded);

struct msr_assembly {
    bool open;      /* a first packet came, the last did not */
    size_t damaged; /* packets and messages that were thrown away */
    size_t count;
    uint8_t message[MSR_MESSAGE_MOST];
};

/* Takes one packet as it came; true: a message is whole, and stands in the assembly until the next call. */
bool msr_take_packet(struct msr_assembly *assembly, const uint8_t *packet, size_t count);
void msr_assembly_reset(struct msr_assembly *assembly);

#endif
