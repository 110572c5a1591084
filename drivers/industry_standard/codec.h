/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The wire format of the "industry standard" family (SALTO PMS Industry Standard; Onity HT is a second dialect of it):
 * bytes to frames and back, fields to requests and answers and back. No I/O, no clock, no log. Both ends use it.
 *
 *     codec.c     frames: encoder, incremental decoder, fields
 *     dialect.c   what differs between the dialects: authorisation symbols, dates, error codes
 *     requests.c  requests: encoding (the PMS) and parsing (the lock server)
 *     answers.c   answers: encoding (the lock server) and parsing (the PMS)
 *
 * Functions that return int return 0, or -1 when the value cannot be put on, or does not make sense on, the wire.
 * Functions that encode append one whole frame to `out`; look at out->failed for lack of memory. */
#ifndef INDUSTRY_STANDARD_CODEC_H
#define INDUSTRY_STANDARD_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

#define INDUSTRY_STX            0x02
#define INDUSTRY_ETX            0x03
#define INDUSTRY_ENQ            0x05
#define INDUSTRY_ACK            0x06
#define INDUSTRY_LINE_FEED      0x0A
#define INDUSTRY_CHECK_CONSTANT 0x0D /* as the check byte: "not computed" */
#define INDUSTRY_NAK            0x15
#define INDUSTRY_SEPARATOR      0xB3

#define INDUSTRY_FRAME_BOUND       65536 /* usual bound of the bytes between STX and ETX: mobile keys can be long */
#define INDUSTRY_FRAME_BOUND_LEAST 1024
#define INDUSTRY_FIELDS_AT_MOST    64
#define INDUSTRY_FIELDS_KNOWN      16 /* that the longest known frame has */
#define INDUSTRY_ROOMS             4
#define INDUSTRY_TEXTS             3
#define INDUSTRY_AREAS_AT_MOST     62

/* ---- Fields and frames (codec.c) ------------------------------------------------------------------------------- */

/* The bytes of one field, not NUL-terminated, borrowed from whoever made it. All-zero is the empty field. */
struct industry_field {
    const uint8_t *bytes;
    size_t length;
};
/* Of a text; NULL gives the empty field. */
struct industry_field industry_field_of(const char *text);
bool industry_field_equal(struct industry_field a, struct industry_field b);
bool industry_field_is(struct industry_field field, const char *text);
/* Whether it may be sent: no separator, no control byte; line feeds only if allowed. */
bool industry_field_is_clean(struct industry_field field, bool line_feeds);

/* How the sender writes frames; both ends take every style. All-zero: computed check byte, trailing fields trimmed. */
struct industry_style {
    bool constant_check; /* 0D instead of the computed check byte */
    bool keep_trailing;  /* empty fields at the end are sent */
};

/* One frame. Fields that are not clean are refused; a line feed is let through in field 14 of CNM and CCM only. */
int industry_encode(const struct industry_field *fields, size_t count, const struct industry_style *style,
                    struct buf *out);
/* The check byte (LRC): all bytes after STX up to and including ETX, in exclusive or. */
uint8_t industry_check(const uint8_t *bytes, size_t count);

enum industry_command {
    INDUSTRY_CN,   /* new guest */
    INDUSTRY_CC,   /* copy */
    INDUSTRY_CA,   /* one-shot */
    INDUSTRY_CO,   /* check-out */
    INDUSTRY_MC,   /* modify check-in */
    INDUSTRY_CP,   /* cancel card */
    INDUSTRY_LT,   /* read card */
    INDUSTRY_CNM,  /* mobile key, new guest */
    INDUSTRY_CCM,  /* mobile key, further phone */
    INDUSTRY_CNMB, /* mobile key as bytes, new guest */
    INDUSTRY_CCMB, /* mobile key as bytes, further phone */
    INDUSTRY_EX,   /* cancel and eject (Onity) */
    INDUSTRY_CNB,  /* key of a card as bytes, new guest */
    INDUSTRY_CCB,  /* key of a card as bytes, copy */
    INDUSTRY_COMMAND_COUNT
};

/* A frame that was taken apart. */
struct industry_frame {
    struct industry_field fields[INDUSTRY_FIELDS_AT_MOST]; /* those from `count` to INDUSTRY_FIELDS_KNOWN are empty */
    size_t count;                                          /* 1 or more: field 0 is never empty */
    bool has_command;                                      /* field 0 is one, as industry_command_parse() says */
    enum industry_command command;                         /* if it is */
    int32_t digit;
};
/* Takes apart what stands between STX and ETX, without copying: the fields point into `body`. The separator after the
 * last field may be missing. -1: no separator at the start, an empty field 0, too many fields. */
int industry_split(const uint8_t *body, size_t length, struct industry_frame *frame);

enum industry_event {
    INDUSTRY_NOTHING,  /* all bytes taken, no event */
    INDUSTRY_ENQUIRY,  /* ENQ */
    INDUSTRY_ACCEPTED, /* ACK */
    INDUSTRY_REFUSED,  /* NAK */
    INDUSTRY_FRAME,    /* industry_decoder.frame is what stands between STX and ETX, until the next call */
    INDUSTRY_BAD_CHECK,
    INDUSTRY_TOO_LONG, /* the rest of that frame is skipped */
    INDUSTRY_NO_MEMORY /* the frame is dropped */
};

/* Feed it with bytes in any split. */
struct industry_decoder {
    uint8_t state;
    uint8_t check;
    bool accept_constant; /* 0D as the check byte passes whatever the content */
    size_t ignored;       /* bytes outside of frames that mean nothing, since industry_decoder_reset() */
    size_t bound;
    struct industry_field frame; /* in the bytes that were given if they had all of it, else in `body` */
    struct buf body;
};
/* `bound`: 0 for INDUSTRY_FRAME_BOUND. Owns memory: industry_decoder_free(). */
void industry_decoder_init(struct industry_decoder *decoder, size_t bound, bool accept_constant);
void industry_decoder_free(struct industry_decoder *decoder);
/* Forgets a half-read frame, keeps the settings. */
void industry_decoder_reset(struct industry_decoder *decoder);
/* Whether the start of a frame was read and its end was not. */
bool industry_decoder_is_inside(const struct industry_decoder *decoder);
/* Reads up to the next event and returns how many of the bytes it took. Call it again with the rest until it gives
 * INDUSTRY_NOTHING. An STX inside a frame starts that frame anew: the sender lost its place. */
size_t industry_decode(struct industry_decoder *decoder, const uint8_t *bytes, size_t count,
                       enum industry_event *event);

/* ---- Dialects (dialect.c) -------------------------------------------------------------------------------------- */

enum industry_fault {
    INDUSTRY_FAULT_SYNTAX,
    INDUSTRY_FAULT_ENCODER_OFFLINE,
    INDUSTRY_FAULT_LOCK_SYSTEM,
    INDUSTRY_FAULT_ENCODER_BUSY,
    INDUSTRY_FAULT_CARD,
    INDUSTRY_FAULT_CARD_FORMAT,
    INDUSTRY_FAULT_ENCODER_FAULT,
    INDUSTRY_FAULT_UNKNOWN_ROOM,
    INDUSTRY_FAULT_NO_CARD,
    INDUSTRY_FAULT_NOT_CHECKED_IN,
    INDUSTRY_FAULT_ONE_SHOT_LIMIT,
    INDUSTRY_FAULT_ROOM_UNAVAILABLE,
    INDUSTRY_FAULT_ROOM_BUSY,
    INDUSTRY_FAULT_CARD_REFUSED,
    INDUSTRY_FAULT_VENDOR,
    INDUSTRY_FAULT_AUDIT /* belongs to requests for the audit trail only */
};

/* One error code: field 0 of an answer. */
struct industry_error {
    char code[3];
    enum industry_fault fault;
    bool reached_encoder; /* the encoder took part: someone stood there with a card */
    bool may_be_midway;   /* of several cards, some may be written already */
    const char *meaning;  /* in English, as documented */
};

struct industry_dialect {
    const char *name;
    uint8_t date_digits;        /* 10: hhmmDDMMYY; 8: HHDDMMYY */
    const char *area_symbols;   /* the symbol of authorisation n stands at n - 1 */
    size_t texts;               /* fields after the operator of CN: 3 print lines or 2 tracks */
    bool serial_flag;           /* then a field that asks for serial numbers */
    size_t read_fields_least;   /* an answer to LT with fewer fields is shape B (a code instead of rooms) */
    bool read_serial;           /* field 12 of the answer to LT is the serial number */
    const char *further_copies; /* values of the copy field of LT that mean a duplicate */
    uint32_t commands;          /* 1 << enum industry_command that exist in it */
    const struct industry_error *errors;
    size_t error_count;
};
extern const struct industry_dialect industry_salto, industry_onity;

/* NULL if the dialect has no such code. */
const struct industry_error *industry_error_find(const struct industry_dialect *dialect, struct industry_field code);

/* Authorisations: numbers from 1; 0 or NUL if there is none. */
uint8_t industry_area_symbol(const struct industry_dialect *dialect, int32_t number);
int32_t industry_area_number(const struct industry_dialect *dialect, uint8_t symbol);
/* As a set: authorisation n is bit n - 1. */
#define INDUSTRY_AREA(number) (UINT64_C(1) << ((number)-1))
/* Writes the symbols in the order of the numbers, with a NUL; -1 if one is not in the dialect. */
int industry_areas_format(const struct industry_dialect *dialect, uint64_t areas, char out[INDUSTRY_AREAS_AT_MOST + 1]);
/* -1 if a symbol is not in the dialect; the others are in the set all the same. */
int industry_areas_parse(const struct industry_dialect *dialect, struct industry_field field, uint64_t *areas);

struct industry_time {
    int32_t year; /* 2000 to 2099; 0: not given */
    int32_t month, day, hour, minute;
};
#define INDUSTRY_TIME_SIZE 11
/* With 10 or 8 digits and a NUL; a time that is not given becomes "". -1: no such time, or minutes that 8 digits cannot
 * tell. */
int industry_time_format(const struct industry_time *time, uint8_t digits, char out[INDUSTRY_TIME_SIZE]);
/* Both widths, told apart by the length; an empty field is "not given". `digits` (may be NULL) receives the width. */
int industry_time_parse(struct industry_field field, struct industry_time *time, uint8_t *digits);

/* ---- Requests (requests.c) ------------------------------------------------------------------------------------- */

/* CNMB, CCMB, CNB, CCB: the answer brings the key. */
bool industry_returns_key(enum industry_command command);
/* "CN" and so on. */
const char *industry_command_name(enum industry_command command);
/* Field 0 as a command: "CN", "CN3"; `digit` receives the digit after CN, CC or CA, or -1. -1: no command. */
int industry_command_parse(struct industry_field field, enum industry_command *command, int32_t *digit);

/* One request; what a command does not have stays all-zero. */
struct industry_request {
    enum industry_command command;
    int32_t digit;                 /* CN, CC, CA: the digit after it, -1 for none. Mind that all-zero means "CN0" */
    struct industry_field encoder; /* CN CC CA CO CP LT EX; "0" in CO where none is involved */
    uint8_t after_write;           /* CN CC CA LT: 'E', 'R' or 'T'; 0: left empty */
    struct industry_field rooms[INDUSTRY_ROOMS]; /* CO MC CP: the first only */
    struct industry_field new_room;              /* MC; empty if the guest stays */
    uint64_t granted, denied;
    struct industry_time start, expiry; /* MC: the expiry only */
    struct industry_field operator_name;
    struct industry_field texts[INDUSTRY_TEXTS]; /* CN CC CA: print lines or tracks */
    uint8_t serial_flag;                         /* CN CC CA: '0', '1' or '2'; 0: left empty */
    struct industry_field phone;                 /* CNM CCM CNMB CCMB */
    struct industry_field message;               /* CNM CCM */
    uint8_t installation_flag;                   /* CNMB CCMB: '0' or '1'; 0: left empty */
    struct industry_field serial;                /* CNB CCB: of the card */
    bool as_card;                                /* CNB CCB: laid out as CN, not as CNMB */
    struct industry_field auth_code;             /* MC CNM CCM CNMB CCMB */
};
/* `date_digits`: 0 for the dialect's own. */
int industry_request_encode(const struct industry_dialect *dialect, const struct industry_request *request,
                            uint8_t date_digits, const struct industry_style *style, struct buf *out);
/* The other side. The fields point into the frame. -1: a command that the dialect does not have, or a parameter that
 * cannot be read (the lock server answers ES). Whether rooms, encoders and dates make sense is for the caller. */
int industry_request_parse(const struct industry_dialect *dialect, const struct industry_frame *frame,
                           struct industry_request *request);

/* ---- Answers (answers.c) --------------------------------------------------------------------------------------- */

/* What the lock server answers when it did what was asked, for every command but LT. */
struct industry_done {
    enum industry_command command;
    int32_t digit;            /* the digit of the request if it is to be echoed, else -1. Mind that all-zero is "CN0" */
    struct industry_field id; /* encoder, phone or room: field 1 of the request */
    const struct industry_field *serials; /* CN CC CA */
    size_t serial_count;
    struct industry_field key; /* CNMB CCMB CNB CCB: the bytes; they travel as hex */
    struct industry_field installation;
};
int industry_done_encode(const struct industry_done *done, const struct industry_style *style, struct buf *out);
/* `id` and `text` may be empty. */
int industry_error_encode(const char *code, struct industry_field id, struct industry_field text,
                          const struct industry_style *style, struct buf *out);

enum industry_card_kind {
    INDUSTRY_CARD_GUEST,      /* shape A */
    INDUSTRY_CARD_STAFF,      /* LM; the rest is shape B */
    INDUSTRY_CARD_SPARE,      /* LR */
    INDUSTRY_CARD_VOID,       /* LC: a guest card that is no longer valid */
    INDUSTRY_CARD_UNKNOWN,    /* LD */
    INDUSTRY_CARD_DIAGNOSTIC, /* LS */
    INDUSTRY_CARD_KIND_COUNT
};
/* The answer to LT. All but `encoder` and `kind` belong to guest cards. */
struct industry_card {
    struct industry_field encoder;
    enum industry_card_kind kind;
    struct industry_field rooms[INDUSTRY_ROOMS];
    bool checked_out;
    uint8_t copy; /* '0' original; '1', '2' ('3', '4'), 'I' further copies; 'A' one-shot */
    uint64_t areas;
    bool unknown_areas; /* parsing: a symbol was not in the dialect */
    struct industry_time start, expiry;
    uint8_t start_digits, expiry_digits; /* 8 or 10; encoding: 0 for the dialect's own */
    struct industry_field operator_name;
    struct industry_field serial; /* Onity */
};
int industry_card_encode(const struct industry_dialect *dialect, const struct industry_card *card,
                         const struct industry_style *style, struct buf *out);
/* -1: neither shape A nor shape B. */
int industry_card_parse(const struct industry_dialect *dialect, const struct industry_frame *frame,
                        struct industry_card *card);
/* Appends the bytes that a field of hex digits stands for. -1: an odd number of digits, or none, or no digits. */
int industry_hex_parse(struct industry_field field, struct buf *out);

#endif
