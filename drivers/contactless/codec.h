/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What goes between a desk and a contactless reader, and between the reader and a card: bytes to messages and back. No
 * I/O, no clock, no log, no memory but buffers. Both ends use it.
 *
 *     pn532.c   frames and commands of the PN532 over UART
 *     ccid.c    messages of CCID readers, their functional descriptor, and the same messages in the frame of serial
 * ones apdu.c    commands of the reader itself in APDU form, and commands of cards card.c    what kind of card it is,
 * and which of its memory may be written area.c    how an NDEF message lies in that memory
 *
 * Functions that return int return 0, or -1 when the value cannot be put on, or does not make sense on, the wire.
 * Functions that encode append to `out`; look at out->failed for lack of memory. */
#ifndef CONTACTLESS_CODEC_H
#define CONTACTLESS_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

/* ---- PN532 (pn532.c) ------------------------------------------------------------------------------------------- */

#define PN532_TO_CHIP     0xD4
#define PN532_TO_HOST     0xD5
#define PN532_DATA_MOST   264 /* behind the direction byte */
#define PN532_NORMAL_MOST 254 /* the same in a normal frame */
#define PN532_IC          0x32

#define PN532_GET_FIRMWARE_VERSION 0x02
#define PN532_SAM_CONFIGURATION    0x14
#define PN532_RF_CONFIGURATION     0x32
#define PN532_IN_DATA_EXCHANGE     0x40
#define PN532_IN_COMMUNICATE_THRU  0x42
#define PN532_IN_LIST              0x4A
#define PN532_IN_RELEASE           0x52

#define PN532_SHORT_SIZE 6
extern const uint8_t pn532_ack[PN532_SHORT_SIZE], pn532_nack[PN532_SHORT_SIZE];
#define PN532_WAKE_SIZE 16
extern const uint8_t
    pn532_wake[PN532_WAKE_SIZE]; /* out of low power; the first command behind it is SAMConfiguration */

/* `data`: the command (or answer) and what belongs to it. Extended where the normal frame is too short. */
int pn532_frame_encode(uint8_t direction, const uint8_t *data, size_t count, struct buf *out);

enum pn532_event {
    PN532_NOTHING, /* all bytes were taken */
    PN532_ACK,
    PN532_NACK,
    PN532_ERROR,  /* the error frame: the chip did not understand */
    PN532_FRAME,  /* `data`, `length` and `direction` hold it until the next call */
    PN532_DAMAGED /* a length or check byte is wrong: dropped */
};

/* Finds frames by 00 FF in whatever comes, so that zeros before and behind a frame may be repeated or missing. */
struct pn532_decoder {
    enum { PN532_SEARCH, PN532_ZERO, PN532_HEADER, PN532_BODY } where;
    uint8_t header[5];
    size_t header_length, expected; /* expected: direction, data and check byte */
    uint8_t body[1 + PN532_DATA_MOST + 1];
    size_t body_length;
    uint8_t direction;
    const uint8_t *data;
    size_t length;
};

void pn532_decoder_reset(struct pn532_decoder *decoder);
/* Takes bytes up to the next event and returns how many. */
size_t pn532_decode(struct pn532_decoder *decoder, const uint8_t *bytes, size_t count, enum pn532_event *event);

/* A card of type A that answered the search. */
#define CARD_UID_MOST 10
#define CARD_ATS_MOST 64
struct card_target {
    uint8_t number;
    uint16_t atqa;
    uint8_t sak;
    uint8_t uid[CARD_UID_MOST];
    size_t uid_size; /* 4, 7 or 10 */
    uint8_t ats[CARD_ATS_MOST];
    size_t ats_size;
};
#define PN532_TARGETS 2
/* The answer to InListPassiveTarget for type A, behind its command byte. */
int pn532_targets_parse(const uint8_t *data, size_t count, struct card_target targets[PN532_TARGETS], size_t *found);
int pn532_targets_write(const struct card_target *targets, size_t count, struct buf *out);
/* The status of InDataExchange in words; the code counts by its low six bits. */
#define PN532_STATUS(byte)          ((byte)&0x3F)
#define PN532_STATUS_GOOD           0x00
#define PN532_STATUS_TIMED_OUT      0x01
#define PN532_STATUS_AUTHENTICATION 0x14
#define PN532_STATUS_CONTEXT        0x27
#define PN532_STATUS_CARD_GONE      0x2B
const char *pn532_status_text(uint8_t status);

/* ---- CCID (ccid.c) --------------------------------------------------------------------------------------------- */

#define CCID_HEADER    10
#define CCID_DATA_MOST 300 /* a short APDU and its answer, with room */

#define CCID_POWER_ON    0x62
#define CCID_POWER_OFF   0x63
#define CCID_SLOT_STATUS 0x65
#define CCID_TRANSFER    0x6F
#define CCID_ESCAPE      0x6B
#define CCID_ABORT       0x72
#define CCID_DATA_BLOCK  0x80
#define CCID_STATUS      0x81
#define CCID_ESCAPE_DATA 0x83

struct ccid_message {
    uint8_t type, slot, sequence;
    uint8_t three[3]; /* in an answer: status, error, and one more */
    const uint8_t *data;
    size_t count;
};

int ccid_encode(const struct ccid_message *message, struct buf *out);

enum ccid_event {
    CCID_NOTHING, /* all bytes were taken */
    CCID_MESSAGE, /* `message` holds it until the next call */
    CCID_TOO_LONG /* it claims more than CCID_DATA_MOST bytes: dropped with the rest of what came with it */
};
/* Of a bulk endpoint: one message begins where the one before ended. */
struct ccid_decoder {
    uint8_t bytes[CCID_HEADER + CCID_DATA_MOST];
    size_t length;
    struct ccid_message message;
};
void ccid_decoder_reset(struct ccid_decoder *decoder);
size_t ccid_decode(struct ccid_decoder *decoder, const uint8_t *bytes, size_t count, enum ccid_event *event);
/* Whether an answer is of the type that the request calls for. */
bool ccid_answers(uint8_t request, uint8_t answer);

enum ccid_icc { CCID_CARD_ACTIVE, CCID_CARD_PRESENT, CCID_CARD_ABSENT, CCID_CARD_UNKNOWN };
enum ccid_result { CCID_GOOD, CCID_FAILED, CCID_TIME_EXTENSION, CCID_RESERVED };
enum ccid_icc ccid_icc(const struct ccid_message *answer);
enum ccid_result ccid_result(const struct ccid_message *answer);
#define CCID_ERROR_MUTE 0xFE
const char *ccid_error_text(uint8_t error);

/* A message of the interrupt endpoint: whether a card is in the slot now. -1: it says nothing about this slot. */
int ccid_slot_change_parse(const uint8_t *bytes, size_t count, uint8_t slot, bool *present);

#define CCID_DESCRIPTOR_SIZE 54
#define CCID_DESCRIPTOR_TYPE 0x21
enum ccid_level { CCID_LEVEL_CHARACTER, CCID_LEVEL_TPDU, CCID_LEVEL_SHORT_APDU, CCID_LEVEL_EXTENDED_APDU };
struct ccid_descriptor {
    uint8_t highest_slot;
    uint32_t protocols, features, longest_message;
    enum ccid_level level;
};
/* Finds it among the descriptors behind that of the interface, whatever lengths they claim. */
int ccid_descriptor_parse(const uint8_t *bytes, size_t count, struct ccid_descriptor *out);

/* The same messages over a serial line: 02, header, data, the XOR of both, 03. */
#define CCID_FRAME_ACK_SIZE 4
extern const uint8_t ccid_frame_ack[CCID_FRAME_ACK_SIZE];
int ccid_frame_encode(const struct ccid_message *message, struct buf *out);

enum ccid_frame_event {
    CCID_FRAME_NOTHING,
    CCID_FRAME_ACK,
    CCID_FRAME_REFUSED, /* a short frame that is no acknowledgement: the reader did not take the last one */
    CCID_FRAME_MESSAGE, /* `message` holds it until the next call */
    CCID_FRAME_DAMAGED  /* a length, check byte or end is wrong: dropped */
};
struct ccid_frame_decoder {
    uint8_t bytes[1 + CCID_HEADER + CCID_DATA_MOST + 2];
    size_t length;
    struct ccid_message message;
};
void ccid_frame_decoder_reset(struct ccid_frame_decoder *decoder);
/* `from_reader`: acknowledgements and answers; else the requests of a desk, which have no acknowledgement. */
size_t ccid_frame_decode(struct ccid_frame_decoder *decoder, bool from_reader, const uint8_t *bytes, size_t count,
                         enum ccid_frame_event *event);

/* ---- Commands (apdu.c) ----------------------------------------------------------------------------------------- */

#define APDU_MOST 261 /* header, length, 255 bytes, expected length */

#define CLASSIC_KEY_SIZE 6
enum classic_key_type { CLASSIC_KEY_A, CLASSIC_KEY_B };

/* Of the reader, as PC/SC part 3 has them. */
void apdu_get_uid(struct buf *out);
void apdu_load_key(const uint8_t key[CLASSIC_KEY_SIZE], struct buf *out);
void apdu_authenticate(uint8_t block, enum classic_key_type type, struct buf *out);
void apdu_read_block(uint8_t block, uint8_t length, struct buf *out);
int apdu_write_block(uint8_t block, const uint8_t *data, size_t count, struct buf *out);
/* Of the ACR122 family: a command to the PN532 inside; lamp and buzzer. */
int apdu_direct(const uint8_t *command, size_t count, struct buf *out);
void apdu_lamp(uint8_t state, uint8_t on, uint8_t off, uint8_t times, uint8_t buzzer, struct buf *out);

/* Of cards, as InDataExchange takes them. */
void card_authenticate(uint8_t block, enum classic_key_type type, const uint8_t key[CLASSIC_KEY_SIZE],
                       const uint8_t *uid, size_t uid_size, struct buf *out);
void card_read(uint8_t block, struct buf *out);
void card_write_page(uint8_t page, const uint8_t data[4], struct buf *out);
void card_write_block(uint8_t block, const uint8_t data[16], struct buf *out);
#define CARD_GET_VERSION  0x60
#define CARD_VERSION_SIZE 8

/* Of DESFire, wrapped as APDUs. */
#define DESFIRE_DONE        0x9100
#define DESFIRE_NO_FILE     0x91F0
#define DESFIRE_FORBIDDEN   0x919D
#define DESFIRE_NEEDS_KEY   0x91AE
#define DESFIRE_BEYOND_END  0x91BE
#define DESFIRE_WRITE_MOST  32
#define DESFIRE_OFFSET_MOST 0xFFFFFF
void desfire_select(uint32_t application, struct buf *out);
void desfire_read(uint8_t file, uint32_t offset, uint32_t count, struct buf *out);
int desfire_write(uint8_t file, uint32_t offset, const uint8_t *data, size_t count, struct buf *out);
const char *desfire_status_text(uint16_t status);

/* Takes the two status bytes off the end of an answer. */
int apdu_split(const uint8_t *answer, size_t count, size_t *data_count, uint16_t *status);
#define APDU_GOOD 0x9000

/* ---- Cards (card.c) -------------------------------------------------------------------------------------------- */

enum card_family {
    CARD_OTHER,
    CARD_TYPE_2, /* Ultralight, Ultralight C, NTAG: pages of 4 bytes */
    CARD_CLASSIC,
    CARD_DESFIRE /* or whatever takes APDUs */
};

struct card_kind {
    enum card_family family;
    const char *name;      /* for people; static */
    uint16_t blocks;       /* CLASSIC: 20, 64 or 256; TYPE_2: pages of user memory, 0 if not known yet */
    uint16_t dynamic_lock; /* TYPE_2: the page with the lock bits of the pages from 16 on; 0: none */
    uint8_t pages_per_bit; /* TYPE_2: that one of them locks; 0: not known, then any of them counts for all */
    bool may_have_version; /* TYPE_2: worth asking for */
};

struct card_kind card_by_sak(uint16_t atqa, uint8_t sak);
/* The answer to reset that a PC/SC reader makes of the card. */
struct card_kind card_by_atr(const uint8_t *atr, size_t count);
/* From the eight bytes of the version; -1 if they are of no card that is known. */
int card_by_version(const uint8_t *version, size_t count, struct card_kind *out);

#define TYPE_2_FIRST_PAGE 4
#define TYPE_2_PAGE       4
#define TYPE_2_PROBE_PAGE 16 /* there is one on all but the smallest */
/* Without a version: what the capability container (page 3) says, as far as it is a size that exists. `probe`: the
 * first byte of user memory that only a card of this size has, as a page to be read; 0: none is needed. */
int card_by_container(const uint8_t container[4], struct card_kind *out, uint8_t *probe);
/* No container: the smallest, or the one above if page 16 can be read. */
struct card_kind card_by_probe(bool has_page_16);
/* Whether a page from 4 on is locked by the lock bits in page 2 and, for those from 16 on, in the dynamic ones. */
bool type_2_is_locked(const struct card_kind *kind, const uint8_t page_2[4], const uint8_t dynamic[4], uint16_t page);

#define CLASSIC_BLOCK 16
uint8_t classic_sector(uint8_t block);
bool classic_is_trailer(uint8_t block);
/* The n-th block of data from a sector on, sector trailers and block 0 left out; -1 past the end of the card. */
int classic_data_block(const struct card_kind *kind, uint8_t first_sector, size_t n, uint8_t *block);

/* ---- Memory (area.c) ------------------------------------------------------------------------------------------- */

/* Memory of tags of type 2 and of blocks of a Classic: TLVs. Those that tell of lock and reserved bytes stay where they
 * are; behind them the message, and a terminator. */
#define AREA_MOST 4096
struct area {
    uint8_t bytes[AREA_MOST];
    size_t length;
    size_t marker, marker_length; /* the bytes that make the message be there: zeros there mean that there is none */
    size_t message, message_length;
};
int area_compose(const uint8_t *present, size_t count, const uint8_t *message, size_t message_length, struct area *out);
/* What is there: message_length 0 if there is none. -1: TLVs that lead beyond the end. */
int area_parse(const uint8_t *bytes, size_t count, struct area *out);
/* A file of DESFire (as of a tag of type 4): two bytes of length, the message. */
int area_compose_file(const uint8_t *message, size_t message_length, struct area *out);
int area_parse_file(const uint8_t *bytes, size_t count, struct area *out);
/* Bytes as they are; the first so many of them are the marker. */
int area_compose_raw(const uint8_t *bytes, size_t count, size_t marker_length, struct area *out);

#endif
