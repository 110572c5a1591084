/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The wire format of the Saflok System 6000 interface "IRS": frames of fixed-width ASCII. Bytes to frames and back,
 * fields to requests and answers and back. No I/O, no clock, no log. Both ends use it.
 *
 *     frames.c    frames and the incremental decoder
 *     codec.c     requests and answers
 *
 * Functions that return int return 0, or -1 when the value cannot be put on, or does not make sense on, the wire.
 * Functions that encode append one whole frame to `out`; look at out->failed for lack of memory. */
#ifndef SAFLOK_IRS_CODEC_H
#define SAFLOK_IRS_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

#define IRS_STX 0x02
#define IRS_ETX 0x03
#define IRS_ENQ 0x05
#define IRS_ACK 0x06
#define IRS_NAK 0x15

#define IRS_BODY_BOUND   1024 /* bytes between STX and ETX; the longest known have less than 200 */
#define IRS_PASSWORD     7
#define IRS_KEY_NUMBER   15 /* the wider of the two widths */
#define IRS_PASSES       12
#define IRS_TRACK_1      79
#define IRS_TRACK_2      35
#define IRS_ANSWER_LEAST 14
#define IRS_CARD_NUMBER  64
#define IRS_PASSWORD_AT  12 /* in the body of a request */
#define IRS_PASS(number) (UINT32_C(1) << ((number)-1))

/* ---- Frames (frames.c) ----------------------------------------------------------------------------------------- */

/* The check byte (LRC): all bytes after STX up to and including ETX, in exclusive or. */
uint8_t irs_check(const uint8_t *bytes, size_t count);
/* Only 20 to 7E. */
bool irs_is_clean(const uint8_t *bytes, size_t count);
/* STX, body, ETX and, if wanted, the check byte. Refuses a body that is not clean. */
int irs_frame_encode(const uint8_t *body, size_t length, bool with_check, struct buf *out);

enum irs_event {
    IRS_NOTHING, /* all bytes were taken */
    IRS_ENQUIRY,
    IRS_ACCEPTED,
    IRS_REFUSED,
    IRS_FRAME,   /* `body` and `check` hold it until the next call */
    IRS_TOO_LONG /* more than IRS_BODY_BOUND bytes: dropped */
};

enum irs_check_state { IRS_CHECK_RIGHT, IRS_CHECK_WRONG, IRS_CHECK_MISSING };

/* Whether a frame has a check byte is seen at the byte behind it, if one comes: the right check byte; STX, which begins
 * the next frame, so that there was none; or anything else, which is a wrong one. If none comes in time, the caller
 * says so by irs_decoder_expire(). */
struct irs_decoder {
    enum { IRS_OUTSIDE, IRS_INSIDE, IRS_BEHIND, IRS_SKIPPING } where;
    bool given; /* the frame in `body` was handed out */
    struct buf body;
    enum irs_check_state check;
};

/* An all-zero struct is good to start with as well. */
void irs_decoder_init(struct irs_decoder *decoder);
void irs_decoder_free(struct irs_decoder *decoder);
/* Forgets what was read so far. */
void irs_decoder_reset(struct irs_decoder *decoder);
/* Takes bytes up to the first event and returns how many. Noise outside of frames is skipped; STX inside of one starts
 * it anew. decoder->body.failed: memory is used up. */
size_t irs_decode(struct irs_decoder *decoder, const uint8_t *bytes, size_t count, enum irs_event *event);
/* A frame is complete but for a check byte that may or may not come. */
bool irs_decoder_is_behind(const struct irs_decoder *decoder);
/* No check byte came: returns whether there is a frame without one. */
bool irs_decoder_expire(struct irs_decoder *decoder);

/* ---- Requests (codec.c) ---------------------------------------------------------------------------------------- */

struct irs_date {
    int32_t year; /* 2000 to 2099 */
    int32_t month, day, hour, minute;
};

struct irs_request {
    int32_t to_station, from_station; /* 0 to 99 */
    int32_t terminal, transaction;    /* 0 to 999 */
    char password[IRS_PASSWORD + 1];
    char key_number[IRS_KEY_NUMBER + 1];
    int32_t key_level; /* 0 to 9 */
    int32_t encoder;   /* 0 to 99 */
    char led[3];
    int32_t keys; /* 1 to 99 */
    struct irs_date check_out, expiry;
    bool has_tail;
    char pass_option;    /* '0' or '1' */
    uint32_t passes;     /* IRS_PASS(number) each */
    const char *tracks;  /* NULL or "": none; as it is sent */
    size_t track_length; /* when parsed: `tracks` is not NUL-terminated */
};

/* width: 5 or 15, of the key number. The body alone, without STX, ETX and check byte. */
int irs_request_write(const struct irs_request *request, size_t width, struct buf *body);
/* Tracks are borrowed from the body. */
int irs_request_parse(const uint8_t *body, size_t length, size_t width, struct irs_request *request);
/* The text of the track field; NULL or "": no such track. -1: too long or not clean. */
int irs_tracks_write(const char *track1, const char *track2, struct buf *out);
/* Two digits each with a leading zero, no such day refused. */
bool irs_date_is_good(const struct irs_date *date);
/* So much later, over midnight and the end of the year. */
void irs_date_add(struct irs_date *date, int32_t minutes);

/* ---- Answers (codec.c) ----------------------------------------------------------------------------------------- */

struct irs_answer {
    char head[7];     /* function, to and from station, as they came; not judged */
    int32_t terminal; /* -1: no number */
    char status[3], detail[4];
    bool has_card;
    char card[IRS_CARD_NUMBER + 1];
};

/* Fails for less than 14 characters, or if status and detail are not digits. */
int irs_answer_parse(const uint8_t *body, size_t length, struct irs_answer *answer);
int irs_answer_encode(const struct irs_answer *answer, bool with_check, struct buf *out);

#endif
