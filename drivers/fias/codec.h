/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The wire format of FIAS, the interface language between a hotel's PMS and outside systems: frames, records of fields,
 * the values in them. Bytes to records and back. No I/O, no clock, no log. Both ends use it.
 *
 *     frames.c    frames with and without check byte, the bytes of the serial handshake, the incremental decoder
 *     codec.c     records and fields, the table of field types, writing
 *     values.c    dates, times, lists, declarations of fields, the two parts of a cryptogram
 *
 * Functions that return int return 0, or -1 when the value cannot be put on, or does not make sense on, the wire.
 * "FIAS, section" in comments of this driver is the chapter of the interface specification by its subject. */
#ifndef FIAS_CODEC_H
#define FIAS_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

#define FIAS_STX 0x02
#define FIAS_ETX 0x03
#define FIAS_ENQ 0x05
#define FIAS_ACK 0x06
#define FIAS_NAK 0x15

#define FIAS_RECORD_BOUND 2000 /* characters of a record */
#define FIAS_FIELDS_BOUND 128  /* fields of a record; the longest known have about 30 */
#define FIAS_SEPARATOR    '|'

/* The two characters of the name of a record or field. */
typedef uint16_t fias_id;
#define FIAS_ID(text) ((fias_id)((uint8_t)(text)[0] << 8 | (uint8_t)(text)[1]))
/* NUL-terminated, into `out`. */
const char *fias_id_text(fias_id id, char out[3]);

/* ---- Frames (frames.c) ----------------------------------------------------------------------------------------- */

/* The check byte (LRC) without ETX: all bytes in exclusive or. */
uint8_t fias_check(const uint8_t *bytes, size_t count);
/* STX, record, ETX and, if wanted, the check byte. Refuses control bytes (but CR and LF), 7F and more than 2000. */
int fias_frame_encode(const uint8_t *record, size_t length, bool with_check, struct buf *out);

enum fias_event {
    FIAS_NOTHING, /* all bytes were taken */
    FIAS_ENQUIRY,
    FIAS_ACCEPTED,
    FIAS_REFUSED,
    FIAS_FRAME,    /* `body` holds it until the next call; `good` says whether the check byte is right */
    FIAS_TOO_LONG, /* more than FIAS_RECORD_BOUND: dropped */
    FIAS_NOISE     /* a byte between frames that means nothing */
};

struct fias_decoder {
    bool with_check; /* a check byte stands behind each ETX */
    bool handshake;  /* ENQ in a record breaks it off: its end was lost on the line */
    enum { FIAS_OUTSIDE, FIAS_INSIDE, FIAS_BEHIND, FIAS_SKIPPING, FIAS_SKIPPED } where;
    bool given; /* the frame in `body` was handed out */
    bool good;
    struct buf body;
};

/* An all-zero struct is good to start with as well. */
void fias_decoder_init(struct fias_decoder *decoder, bool with_check);
void fias_decoder_free(struct fias_decoder *decoder);
/* Forgets what was read so far. */
void fias_decoder_reset(struct fias_decoder *decoder);
/* Takes bytes up to the first event and returns how many. STX inside of a frame starts it anew; the check byte may have
 * any value, that of STX too. decoder->body.failed: memory is used up. */
size_t fias_decode(struct fias_decoder *decoder, const uint8_t *bytes, size_t count, enum fias_event *event);
/* In the middle of a frame. */
bool fias_decoder_is_inside(const struct fias_decoder *decoder);

/* ---- Records and fields (codec.c) ------------------------------------------------------------------------------ */

enum fias_type {
    FIAS_AN,   /* ASCII, 20 to 7E */
    FIAS_ANS,  /* any printable character of the code page: 20 to 7E, 80 to FF */
    FIAS_N,    /* digits, with a minus before them or not */
    FIAS_DATE, /* YYMMDD */
    FIAS_TIME, /* HHMMSS */
    FIAS_CLOCK /* HH:MM, the field DT alone */
};

struct fias_field_type {
    char id[3];
    enum fias_type type;
    size_t longest; /* 0: nothing is said */
    const char *name;
};
/* What the specification says of a field; NULL: not known. */
const struct fias_field_type *fias_field_type(fias_id id);

/* A value is borrowed from the bytes that were parsed, and not NUL-terminated. */
struct fias_field {
    fias_id id;
    const char *value;
    size_t length;
};

struct fias_record {
    fias_id id;
    bool dirty; /* a value has bytes that it must not have */
    size_t field_count;
    struct fias_field fields[FIAS_FIELDS_BOUND];
};

/* Takes the record without STX, ETX and check byte. Tolerates a missing separator behind the record's name and at the
 * end, and fields without a name, which it skips. -1: it has no name, or too many fields. */
int fias_parse(const uint8_t *bytes, size_t count, struct fias_record *record);
/* The first field of this name, or NULL. */
const struct fias_field *fias_find(const struct fias_record *record, fias_id id);
bool fias_field_is(const struct fias_field *field, const char *text);
/* Whether the record has the field more than once, and not each time with the same value. */
bool fias_contradicts(const struct fias_record *record, fias_id id);

/* Writes one record into a buffer; what cannot be written makes all of it wrong. */
struct fias_writer {
    struct buf *out;
    size_t start;
    bool wrong;
};
void fias_begin(struct fias_writer *writer, struct buf *out, fias_id record);
/* Appends a field. Wrong: a separator or control byte in it, or what the type does not allow. Longer than the type
 * allows is no matter of the writer. */
void fias_put(struct fias_writer *writer, fias_id field, const char *value);
/* 0, or -1 if anything was wrong; the buffer is as before then. */
int fias_end(struct fias_writer *writer);

/* ---- Values (values.c) ----------------------------------------------------------------------------------------- */

struct fias_date {
    int32_t year, month, day;
};
struct fias_time {
    int32_t hour, minute, second;
};

#define FIAS_PIVOT 70 /* years from 70 on are of the 20th century */

/* Buffers of 16 hold each of them. */
int fias_date_text(const struct fias_date *date, char out[16]);
int fias_time_text(const struct fias_time *time, char out[16]);
int fias_date_read(const struct fias_field *field, struct fias_date *date);
/* Six digits; a seventh, which official samples have, is not looked at. */
int fias_time_read(const struct fias_field *field, struct fias_time *time);
/* HH:MM, HHMM, HHMMSS or HH:MM:SS. */
int fias_clock_read(const struct fias_field *field, struct fias_time *time);

/* The names of fields that a link record declares. */
struct fias_fields {
    bool declared; /* there was a link record */
    size_t count;
    fias_id ids[FIAS_FIELDS_BOUND];
};
bool fias_fields_has(const struct fias_fields *fields, fias_id id);
/* What an LR is about, and its fields, added to those that stand there already. A last single character is not looked
 * at. -1: no record is named. */
int fias_link_record_about(const struct fias_record *record, fias_id *about);
void fias_link_record_add(const struct fias_record *record, struct fias_fields *fields);

/* The next item of a list of rooms, separated by ';' or ','. False at the end. */
bool fias_list_next(const struct fias_field *list, size_t *at, struct fias_field *item);

/* The two base64 texts of a cryptogram (field CG), each NUL-terminated. Whether something stands between them is not
 * certain, so the first and the last of the rest are taken. */
#define FIAS_CRYPTOGRAM_PART 24
int fias_cryptogram_parts(const struct fias_field *field, char vector[FIAS_CRYPTOGRAM_PART + 1],
                          char text[FIAS_CRYPTOGRAM_PART + 1]);

#endif
