/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libFuzzer: arbitrary bytes, in arbitrary pieces, through the decoder and the parsers of the FIAS codec. What a parser
 * takes must survive being written and read again. */
#include <stdlib.h>
#include <string.h>

#include "fias/codec.h"
#include "fuzz.h"

static void check_values(const struct fias_field *field)
{
    struct fias_date date;
    struct fias_time time;
    struct fias_field item;
    char text[16], vector[FIAS_CRYPTOGRAM_PART + 1], secret[FIAS_CRYPTOGRAM_PART + 1];
    if (fias_date_read(field, &date) == 0)
        REQUIRE(fias_date_text(&date, text) == 0 && fias_field_is(field, text));
    if (fias_time_read(field, &time) == 0)
        REQUIRE(fias_time_text(&time, text) == 0 && memcmp(field->value, text, 6) == 0);
    if (fias_clock_read(field, &time) == 0)
        REQUIRE(fias_time_text(&time, text) == 0);
    size_t total = 0;
    for (size_t at = 0; fias_list_next(field, &at, &item);)
        total += item.length;
    REQUIRE(total <= field->length);
    if (fias_cryptogram_parts(field, vector, secret) == 0)
        REQUIRE(strlen(vector) <= FIAS_CRYPTOGRAM_PART && strlen(secret) <= FIAS_CRYPTOGRAM_PART);
}

static void check_record(const struct buf *body)
{
    static struct fias_record record, again;
    struct buf out = {0}, value = {0};
    struct fias_writer writer;
    struct fias_fields fields = {0};
    fias_id about;
    if (fias_parse(body->data, body->length, &record) != 0)
        return;
    fias_begin(&writer, &out, record.id);
    for (size_t i = 0; i < record.field_count; i++) {
        check_values(&record.fields[i]);
        buf_clear(&value);
        buf_append(&value, record.fields[i].value, record.fields[i].length);
        fias_put(&writer, record.fields[i].id, buf_text(&value));
    }
    if (fias_end(&writer) == 0) {
        REQUIRE(fias_parse(out.data, out.length, &again) == 0);
        REQUIRE(again.id == record.id && again.field_count == record.field_count);
    }
    if (fias_link_record_about(&record, &about) == 0)
        fias_link_record_add(&record, &fields);
    REQUIRE(fields.count <= FIAS_FIELDS_BOUND);
    buf_free(&value);
    buf_free(&out);
}

/* Whole or in pieces: the events are the same. */
static size_t run(const uint8_t *data, size_t size, size_t piece, bool with_check, bool check)
{
    struct fias_decoder decoder;
    size_t digest = 0;
    fias_decoder_init(&decoder, with_check);
    for (size_t start = 0; start < size; start += piece) {
        size_t count = size - start < piece ? size - start : piece;
        for (size_t at = 0; at < count;) {
            enum fias_event event;
            size_t taken = fias_decode(&decoder, data + start + at, count - at, &event);
            REQUIRE(taken > 0 && taken <= count - at && decoder.body.length <= FIAS_RECORD_BOUND);
            at += taken;
            if (event != FIAS_NOTHING)
                digest = digest * 31 + (size_t)event + decoder.body.length + (size_t)decoder.good * 7;
            if (event == FIAS_FRAME && check)
                check_record(&decoder.body);
        }
    }
    digest = digest * 2 + fias_decoder_is_inside(&decoder);
    fias_decoder_free(&decoder);
    return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t piece = (size_t)(data[0] >> 1) + 1;
    bool with_check = data[0] & 1;
    data++;
    size--;
    REQUIRE(run(data, size, piece, with_check, true) == run(data, size, size, with_check, false));
    /* Frames with a right check byte, which the fuzzer would seldom guess. */
    struct buf frame = {0};
    if (fias_frame_encode(data, size, with_check, &frame) == 0 && !frame.failed)
        run(frame.data, frame.length, piece, with_check, true);
    buf_free(&frame);
    return 0;
}
