/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libFuzzer: arbitrary bytes, in arbitrary pieces, through what reads a contactless reader and its cards: PN532 frames,
 * CCID messages on USB and on a serial line, descriptors, targets, answers to reset, versions, memory. */
#include <stdlib.h>
#include <string.h>

#include "contactless/codec.h"
#include "fuzz.h"

/* A frame that was read can be written, and is read as the same. */
static void check_frame(const struct pn532_decoder *decoder)
{
    struct pn532_decoder again;
    enum pn532_event event;
    struct buf out = {0};
    REQUIRE(decoder->length >= 1 && decoder->length <= PN532_DATA_MOST);
    REQUIRE(pn532_frame_encode(decoder->direction, decoder->data, decoder->length, &out) == 0);
    pn532_decoder_reset(&again);
    REQUIRE(out.failed || (pn532_decode(&again, out.data, out.length, &event) > 0 && event == PN532_FRAME));
    REQUIRE(out.failed || (again.length == decoder->length && memcmp(again.data, decoder->data, again.length) == 0));
    buf_free(&out);
}

static void check_targets(const uint8_t *data, size_t size)
{
    struct card_target targets[PN532_TARGETS];
    size_t found = 0;
    struct buf out = {0};
    if (pn532_targets_parse(data, size, targets, &found) != 0)
        return;
    REQUIRE(found <= PN532_TARGETS);
    REQUIRE(pn532_targets_write(targets, found, &out) == 0);
    REQUIRE(out.failed || found == 0 || (out.length == size && memcmp(out.data, data, size) == 0));
    buf_free(&out);
}

static size_t run_pn532(const uint8_t *data, size_t size, size_t piece, bool check)
{
    struct pn532_decoder decoder;
    size_t digest = 0;
    pn532_decoder_reset(&decoder);
    for (size_t start = 0; start < size; start += piece) {
        size_t count = size - start < piece ? size - start : piece;
        for (size_t at = 0; at < count;) {
            enum pn532_event event;
            size_t taken = pn532_decode(&decoder, data + start + at, count - at, &event);
            REQUIRE(taken > 0 && taken <= count - at);
            at += taken;
            if (event != PN532_NOTHING)
                digest = digest * 31 + (size_t)event;
            if (event == PN532_FRAME && check) {
                check_frame(&decoder);
                check_targets(decoder.data, decoder.length);
            }
        }
    }
    return digest;
}

static size_t run_serial(const uint8_t *data, size_t size, size_t piece, bool from_reader)
{
    struct ccid_frame_decoder decoder;
    size_t digest = 0;
    ccid_frame_decoder_reset(&decoder);
    for (size_t start = 0; start < size; start += piece) {
        size_t count = size - start < piece ? size - start : piece;
        for (size_t at = 0; at < count;) {
            enum ccid_frame_event event;
            size_t taken = ccid_frame_decode(&decoder, from_reader, data + start + at, count - at, &event);
            REQUIRE(taken > 0 && taken <= count - at);
            at += taken;
            if (event != CCID_FRAME_NOTHING)
                digest = digest * 31 + (size_t)event;
            if (event == CCID_FRAME_MESSAGE)
                REQUIRE(decoder.message.count <= CCID_DATA_MOST);
        }
    }
    return digest;
}

static void run_usb(const uint8_t *data, size_t size, size_t piece)
{
    struct ccid_decoder decoder;
    ccid_decoder_reset(&decoder);
    for (size_t start = 0; start < size; start += piece) {
        size_t count = size - start < piece ? size - start : piece;
        for (size_t at = 0; at < count;) {
            enum ccid_event event;
            size_t taken = ccid_decode(&decoder, data + start + at, count - at, &event);
            REQUIRE(taken > 0 && taken <= count - at);
            at += taken;
            if (event != CCID_MESSAGE)
                continue;
            size_t length = 0;
            uint16_t status = 0;
            REQUIRE(decoder.message.count <= CCID_DATA_MOST);
            if (apdu_split(decoder.message.data, decoder.message.count, &length, &status) == 0)
                REQUIRE(length + 2 == decoder.message.count);
            (void)card_by_atr(decoder.message.data, decoder.message.count);
        }
    }
}

/* What is composed over anything is found again, and without its marker there is nothing. */
static void check_area(const uint8_t *data, size_t size)
{
    static const uint8_t message[300] = {1, 2, 3};
    struct area area, again;
    if (area_parse(data, size, &area) == 0)
        REQUIRE(area.message <= size && area.message_length <= size - area.message);
    if (area_parse_file(data, size, &area) == 0)
        REQUIRE(area.message_length <= size - area.message);
    for (size_t length = 1; length <= sizeof(message); length += 149) {
        REQUIRE(area_compose(data, size, message, length, &area) == 0);
        REQUIRE(area_parse(area.bytes, area.length, &again) == 0 && again.message_length == length);
        REQUIRE(again.message == area.message && again.marker == area.marker);
        memset(area.bytes + area.marker, 0, area.marker_length);
        REQUIRE(area_parse(area.bytes, area.length, &again) == 0 && again.message_length == 0);
    }
}

static void check_cards(const uint8_t *data, size_t size)
{
    struct card_kind kind;
    struct ccid_descriptor descriptor;
    uint8_t probe;
    bool present;
    (void)card_by_atr(data, size);
    if (card_by_version(data, size, &kind) == 0)
        REQUIRE(kind.dynamic_lock == 0 || kind.blocks + TYPE_2_FIRST_PAGE <= kind.dynamic_lock);
    if (size >= 4 && card_by_container(data, &kind, &probe) == 0)
        REQUIRE(kind.blocks + TYPE_2_FIRST_PAGE <= (kind.dynamic_lock ? kind.dynamic_lock : 16));
    if (ccid_descriptor_parse(data, size, &descriptor) == 0)
        REQUIRE(descriptor.longest_message > CCID_HEADER);
    for (unsigned slot = 0; slot < 16; slot++)
        (void)ccid_slot_change_parse(data, size, (uint8_t)slot, &present);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t piece = (size_t)data[0] + 1;
    data++;
    size--;
    REQUIRE(run_pn532(data, size, piece, true) == run_pn532(data, size, size, false));
    REQUIRE(run_serial(data, size, piece, true) == run_serial(data, size, size, true));
    run_serial(data, size, piece, false);
    run_usb(data, size, piece);
    check_targets(data, size);
    check_area(data, size);
    check_cards(data, size);
    struct buf frame = {0}; /* with right check bytes, which the fuzzer would seldom guess */
    if (size <= PN532_DATA_MOST && pn532_frame_encode(PN532_TO_HOST, data, size, &frame) == 0 && !frame.failed)
        run_pn532(frame.data, frame.length, piece, true);
    buf_free(&frame);
    return 0;
}
