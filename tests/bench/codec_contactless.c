/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Contactless readers: a block of 16 bytes to be written and one that was read, through a PN532 and through a CCID
 * reader. */
#include "contactless/codec.h"

#include "codec.h"

static const uint8_t block[CLASSIC_BLOCK] = "0123456789ABCDE";

static void pn532_encode(struct buf *out)
{
    static struct buf command;
    static const uint8_t exchange[] = {PN532_IN_DATA_EXCHANGE, 1};
    buf_clear(&command);
    buf_append(&command, exchange, sizeof exchange);
    card_write_block(4, block, &command);
    NEED(pn532_frame_encode(PN532_TO_CHIP, command.data, command.length, out) == 0);
}

static void pn532_answer(struct buf *out)
{
    uint8_t data[2 + CLASSIC_BLOCK] = {PN532_IN_DATA_EXCHANGE + 1, PN532_STATUS_GOOD};
    for (size_t i = 0; i < CLASSIC_BLOCK; i++)
        data[2 + i] = block[i];
    buf_append(out, pn532_ack, PN532_SHORT_SIZE);
    NEED(pn532_frame_encode(PN532_TO_HOST, data, sizeof data, out) == 0);
}

static void pn532_decode_all(const struct buf *bytes)
{
    static struct pn532_decoder decoder;
    enum pn532_event event = PN532_NOTHING;
    for (size_t at = 0; at < bytes->length && event != PN532_FRAME;)
        at += pn532_decode(&decoder, bytes->data + at, bytes->length - at, &event);
    NEED(event == PN532_FRAME && decoder.length == 2 + CLASSIC_BLOCK);
}

static void ccid_encode_write(struct buf *out)
{
    static struct buf command;
    buf_clear(&command);
    NEED(apdu_write_block(4, block, sizeof block, &command) == 0);
    const struct ccid_message message = {
        .type = CCID_TRANSFER, .sequence = 7, .data = command.data, .count = command.length};
    NEED(ccid_encode(&message, out) == 0);
}

static void ccid_answer(struct buf *out)
{
    uint8_t data[CLASSIC_BLOCK + 2] = {[CLASSIC_BLOCK] = APDU_GOOD >> 8};
    for (size_t i = 0; i < CLASSIC_BLOCK; i++)
        data[i] = block[i];
    const struct ccid_message message = {.type = CCID_DATA_BLOCK, .sequence = 7, .data = data, .count = sizeof data};
    NEED(ccid_encode(&message, out) == 0);
}

static void ccid_decode_all(const struct buf *bytes)
{
    static struct ccid_decoder decoder;
    enum ccid_event event;
    size_t count;
    uint16_t status;
    NEED(ccid_decode(&decoder, bytes->data, bytes->length, &event) == bytes->length && event == CCID_MESSAGE);
    NEED(apdu_split(decoder.message.data, decoder.message.count, &count, &status) == 0 && status == APDU_GOOD);
    ccid_decoder_reset(&decoder);
}

const struct bench_codec *codec_contactless(size_t more)
{
    static const struct bench_codec codecs[] = {{"contactless-pn532", pn532_encode, pn532_answer, pn532_decode_all},
                                                {"contactless-ccid", ccid_encode_write, ccid_answer, ccid_decode_all}};
    return more < 2 ? &codecs[more] : NULL;
}
