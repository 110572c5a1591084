/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The FIAS codec: every byte example of the protocol's documents, written from them and never from our output, each
 * split at every byte; hostile input; every record and field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fias/codec.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- The examples ---------------------------------------------------------------------------------------------- */

struct example {
    const char *record;
    const char *bytes; /* with STX and ETX, as the document shows them; NULL: it shows none */
    int check;         /* -1: it shows none */
};

static const struct example examples[] = {
    {"LS|DA260115|TI093000|", "02 4C 53 7C 44 41 32 36 30 31 31 35 7C 54 49 30 39 33 30 30 30 7C 03", 0x73},
    {"LD|DA260115|TI093001|V#1.0|IFDL|",
     "02 4C 44 7C 44 41 32 36 30 31 31 35 7C 54 49 30 39 33 30 30 31 7C "
     "56 23 31 2E 30 7C 49 46 44 4C 7C 03",
     0x38},
    {"LR|RIKR|FLWSKCRNKTG#GAGDDTGNKO|",
     "02 4C 52 7C 52 49 4B 52 7C 46 4C 57 53 4B 43 52 4E 4B 54 47 23 47 41 47 44 44 54 "
     "47 4E 4B 4F 7C 03",
     0x1A},
    {"LR|RIKD|FLWSKCRNG#|", "02 4C 52 7C 52 49 4B 44 7C 46 4C 57 53 4B 43 52 4E 47 23 7C 03", 0x0B},
    {"LR|RIKM|FLWSKCRNROG#GAGDDT|", NULL, 0x0A},
    {"LR|RIKZ|FLDATIKCWSG#RNGDDTASCT|", NULL, 0x1B},
    {"LR|RIKA|FLASCTKCWSG#|", "02 4C 52 7C 52 49 4B 41 7C 46 4C 41 53 43 54 4B 43 57 53 47 23 7C 03", 0x17},
    {"LA|DA260115|TI093001|", "02 4C 41 7C 44 41 32 36 30 31 31 35 7C 54 49 30 39 33 30 30 31 7C 03", 0x60},
    {"KR|WS3|KC1|RN2781|KTN|G#11122|GA260115|GD260118|DT11:00|GNDoe, Jane|KO1 2 1|",
     "02 4B 52 7C 57 53 33 7C 4B 43 31 7C 52 4E 32 37 38 31 7C 4B 54 4E 7C 47 23 31 31 31 32 32 7C "
     "47 41 32 36 30 31 31 35 7C 47 44 32 36 30 31 31 38 7C 44 54 31 31 3A 30 30 7C "
     "47 4E 44 6F 65 2C 20 4A 61 6E 65 7C 4B 4F 31 20 32 20 31 7C 03",
     0x03},
    {"KA|WS3|KC1|ASOK|CTkey made|G#11122|",
     "02 4B 41 7C 57 53 33 7C 4B 43 31 7C 41 53 4F 4B 7C 43 54 6B 65 79 20 6D 61 64 65 7C "
     "47 23 31 31 31 32 32 7C 03",
     0x09},
    {"KA|WS3|KC1|ASBY|CTencoder busy|G#11122|", NULL, 0x05},
    {"KA|WS3|KC1|ASUR|CTroom unknown|G#11122|", NULL, 0x07},
    {"KD|WS3|KC1|RN2781|G#11122|",
     "02 4B 44 7C 57 53 33 7C 4B 43 31 7C 52 4E 32 37 38 31 7C 47 23 31 31 31 32 32 7C 03", 0x3B},
    {"DR|DA260115|TI093005|", NULL, 0x7F},
    {"DS|DA260115|TI093006|", NULL, 0x7D},
    {"DE|DA260115|TI093020|", NULL, 0x6F},
    {"LE|DA260115|TI235900|", "02 4C 45 7C 44 41 32 36 30 31 31 35 7C 54 49 32 33 35 39 30 30 7C 03", 0x62},
    {"LC|DA260115|TI093002|RP116|A28.10.2.20|A31.13|A9IFC8 PMS Simulation|", NULL, -1},
    {"KR|WS3|KC1|RN2781|KTN|KO1 2 1|GA991229|GD000102|G#11122|$21000278100011122|", NULL, -1},
    {"KR|WS3|KC1|RN2781|KTO|KO1 2 1|GA080312|GD080312|DT12:00|", NULL, -1},
    {"KA|WS9|KC3|ASOK|G#12345|", NULL, -1},
    {"KD|WS9|KC3|RN2781|G#12345|", NULL, -1},
    {"KR|K#1|KC1|KTN|RN206|WS1|DA201214|DT12:00|G#16400|GN|GA201215|GD201216|TI131253|KO|", NULL, -1},
    {"KA|ASOK|CTOK|KC1|WS1|DA..|TI..|G#16400|$230431712|$3|", NULL, -1},
    {"KR|WS1|KC1|RN202|KTN|G#1|GA260704|GD260711|DT120000|GN...|", NULL, -1},
    {"KA|WS1|KC1|ASOK|", NULL, -1},
    /* from the tables of fields: each record with all of them */
    {"LD|DA260115|TI093001|V#1.4.2.2|IFDL|RT181|RL2000|"
     "CGFidCryptAB;EBESExQVFhcYGRobHB0eHw==Qh77m84s3j3Ztw7NixfN2g==|",
     NULL, -1},
    {"LC|DA260115|TI093002|RP116|A060;10|A1OPERA|A28.10.2.20|A31.13|PHHOTEL|CGx|", NULL, -1},
    {"KR|KC1|KTN|RN2781|WS3|$1TRACK1|$21000278100011122|A0a|A1b|A2c|A3d|A4e|A5f|A6g|A7h|A8i|A9j|CTwelcome|DA260115|"
     "TI093000|DT11:00|G#11122|GA260115|GD260118|GG77|GNDoe, Jane|IDanna|K#1|KO1 2 1|RT4|SI2782;2783|",
     NULL, -1},
    {"KD|KC1|RN2781|WS3|G#11122|DA260115|TI093000|IDanna|RT1|SI2782;2783|GNDoe, Jane|", NULL, -1},
    {"KM|G#11122|KC1|RN2781|WS3|RO2700|SI2782|UO2701;2702|$1TRACK1|$2100027|CTwelcome|A0a|A9j|DA260115|TI093000|"
     "DT11:00|GA260115|GD260118|GG77|GNDoe, Jane|IDanna|RT1|",
     NULL, -1},
    {"KZ|DA260115|TI093000|KC1|WS3|", NULL, -1},
    {"KZ|ASOK|CTread|KC1|RN2781|WS3|DA260115|TI093001|DT11:00|GNDoe, Jane|G#11122|GD260118|KO1|SI2782,2783|", NULL, -1},
    {"KA|ASOK|CTkey made|KC01|WS3|G#11122|$201030FE159|$3a key of 200 characters at most|DA260115|TI0930001|", NULL,
     -1},
    {"GI|RN2781|G#11122|GSN|A0a|A9j|CS1|DA260115|TI093000|G+4711|GA260115|GD260118|GFJane|GG77|GLEN|GNDoe|GTMs|GVV1|"
     "MRMU|NPN|SF|TVTU|VRVA|WS3|",
     NULL, -1},
    {"GO|RN2781|G#11122|GSY|DA260115|TI093000|SF|WS3|", NULL, -1},
    {"GC|RN2781|RO2700|G#11122|GSN|DA260115|TI093000|GA260115|GD260118|GNDoe|", NULL, -1},
    {"NS|DA260115|TI020000|", NULL, -1},
    {"NE|DA260115|TI024500|", NULL, -1},
    {"RE|RN2781|RS3|", NULL, -1},
};

static int hex(char c)
{
    return c >= 'A' ? c - 'A' + 10 : c - '0';
}

static void unhex(const char *text, struct buf *out)
{
    for (; *text; text += text[2] ? 3 : 2)
        buf_append_byte(out, (uint8_t)(hex(text[0]) * 16 + hex(text[1])));
}

/* As the document shows it, or made here without the codec. */
static void example_bytes(const struct example *example, bool with_check, struct buf *out)
{
    if (example->bytes) {
        unhex(example->bytes, out);
    } else {
        buf_append_byte(out, 2);
        buf_append_text(out, example->record);
        buf_append_byte(out, 3);
    }
    uint8_t check = 0;
    for (size_t i = 1; i < out->length; i++)
        check ^= out->data[i];
    if (example->check >= 0)
        assert_int_equal(check, example->check);
    if (with_check)
        buf_append_byte(out, check);
}

static void test_examples_are_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++)
        for (int with_check = 0; with_check < 2; with_check++) {
            struct buf expected = {0}, made = {0};
            const char *record = examples[i].record;
            example_bytes(&examples[i], with_check, &expected);
            assert_int_equal(fias_frame_encode((const uint8_t *)record, strlen(record), with_check, &made), 0);
            assert_int_equal(made.length, expected.length);
            assert_memory_equal(made.data, expected.data, expected.length);
            buf_free(&expected);
            buf_free(&made);
        }
    assert_int_equal(fias_check((const uint8_t *)"12345", 5) ^ FIAS_ETX, 0x32);
}

/* Feeds bytes in two pieces and counts what comes out; the last frame must be this one. */
static void feed(const struct buf *bytes, size_t cut, bool with_check, size_t frames, const char *last)
{
    struct fias_decoder decoder;
    size_t seen = 0;
    fias_decoder_init(&decoder, with_check);
    for (size_t at = 0; at < bytes->length;) {
        size_t end = at < cut ? cut : bytes->length;
        uint8_t *piece = malloc(end - at);
        assert_non_null(piece);
        memcpy(piece, bytes->data + at, end - at);
        enum fias_event event;
        size_t taken = fias_decode(&decoder, piece, end - at, &event);
        free(piece);
        assert_true(taken > 0 && taken <= end - at);
        at += taken;
        if (event == FIAS_NOTHING)
            continue;
        assert_int_equal(event, FIAS_FRAME);
        assert_true(decoder.good);
        if (++seen == frames) {
            assert_int_equal(decoder.body.length, strlen(last));
            assert_memory_equal(decoder.body.data, last, decoder.body.length);
        }
    }
    assert_int_equal(seen, frames);
    assert_false(fias_decoder_is_inside(&decoder));
    fias_decoder_free(&decoder);
}

static void test_examples_are_read_split_at_every_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++)
        for (int with_check = 0; with_check < 2; with_check++) {
            struct buf bytes = {0};
            example_bytes(&examples[i], with_check, &bytes);
            for (size_t cut = 0; cut <= bytes.length; cut++)
                feed(&bytes, cut, with_check, 1, examples[i].record);
            buf_free(&bytes);
        }
}

static void test_all_examples_in_one_piece(void **state)
{
    (void)state;
    for (int with_check = 0; with_check < 2; with_check++) {
        struct buf bytes = {0};
        for (size_t i = 0; i < COUNT_OF(examples); i++) {
            struct buf one = {0};
            example_bytes(&examples[i], with_check, &one);
            buf_append(&bytes, one.data, one.length);
            buf_free(&one);
        }
        for (size_t cut = 0; cut <= bytes.length; cut++)
            feed(&bytes, cut, with_check, COUNT_OF(examples), examples[COUNT_OF(examples) - 1].record);
        buf_free(&bytes);
    }
}

static struct fias_record record;

static void parse(const char *text)
{
    assert_int_equal(fias_parse((const uint8_t *)text, strlen(text), &record), 0);
}

static void assert_field(const char *id, const char *value)
{
    const struct fias_field *field = fias_find(&record, FIAS_ID(id));
    assert_non_null(field);
    assert_true(fias_field_is(field, value));
}

/* Written from its fields, every example is what it was. */
static void test_examples_are_written_from_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct buf out = {0};
        struct fias_writer writer;
        if (strstr(examples[i].record, "DA..")) /* not a date; only shown shortened in the document */
            continue;
        parse(examples[i].record);
        fias_begin(&writer, &out, record.id);
        for (size_t k = 0; k < record.field_count; k++) {
            char value[100];
            assert_true(record.fields[k].length < sizeof(value));
            memcpy(value, record.fields[k].value, record.fields[k].length);
            value[record.fields[k].length] = '\0';
            fias_put(&writer, record.fields[k].id, value);
        }
        assert_int_equal(fias_end(&writer), 0);
        assert_string_equal(buf_text(&out), examples[i].record);
        buf_free(&out);
    }
}

static void test_fields_of_the_examples(void **state)
{
    (void)state;
    parse(examples[8].record);
    assert_int_equal(record.id, FIAS_ID("KR"));
    assert_int_equal(record.field_count, 10);
    assert_field("WS", "3");
    assert_field("KC", "1");
    assert_field("RN", "2781");
    assert_field("KT", "N");
    assert_field("G#", "11122");
    assert_field("GA", "260115");
    assert_field("GD", "260118");
    assert_field("DT", "11:00");
    assert_field("GN", "Doe, Jane");
    assert_field("KO", "1 2 1");
    assert_null(fias_find(&record, FIAS_ID("SI")));
    parse(examples[18].record);
    assert_field("$2", "1000278100011122");
    parse(examples[22].record);
    assert_field("GN", "");
    assert_field("KO", "");
    assert_field("K#", "1");
    parse(examples[23].record);
    assert_field("$2", "30431712");
    assert_field("$3", "");
}

static void test_records_that_are_not_quite_right(void **state)
{
    (void)state;
    parse("KR|FO-PC1|KC1|"); /* an official sample without the name WS */
    assert_field("FO", "-PC1");
    assert_field("KC", "1");
    parse("KA|ASOK"); /* no separator at the end */
    assert_field("AS", "OK");
    parse("KA||A||ASOK|");
    assert_int_equal(record.field_count, 1);
    assert_field("AS", "OK");
    parse("LA|");
    assert_int_equal(record.field_count, 0);
    parse("LA");
    assert_int_equal(record.id, FIAS_ID("LA"));
    parse("ZZ|QQ1|ASOK|"); /* unknown record, unknown field */
    assert_field("QQ", "1");
    assert_field("AS", "OK");
    parse("KA|KO 1  2|KO9|"); /* leading blanks count; the first of two is it */
    assert_field("KO", " 1  2");
    assert_false(record.dirty);
    parse("KA|ASOK|CTa\r\nb|");
    assert_false(record.dirty);
    assert_int_equal(fias_parse((const uint8_t *)"KA|ASOK|CT\x01|", 11, &record), 0);
    assert_true(record.dirty);
    assert_field("AS", "OK");
    static const char *const bad[] = {"", "K", "|", " KA|", "K|A|", "\x01\x02|", "K\xE9|AS|"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(fias_parse((const uint8_t *)bad[i], strlen(bad[i]), &record), -1);
    static uint8_t many[FIAS_RECORD_BOUND + 1];
    memset(many, 'A', sizeof(many));
    assert_int_equal(fias_parse(many, FIAS_RECORD_BOUND, &record), 0);
    assert_int_equal(fias_parse(many, FIAS_RECORD_BOUND + 1, &record), -1);
    for (size_t i = 2; i < sizeof(many); i += 3)
        many[i] = '|';
    assert_int_equal(fias_parse(many, FIAS_RECORD_BOUND, &record), -1); /* too many fields */
    assert_int_equal(fias_parse(many, 3 + 3 * FIAS_FIELDS_BOUND, &record), 0);
}

static void test_link_records(void **state)
{
    (void)state;
    fias_id about = 0;
    struct fias_fields fields = {0};
    parse(examples[2].record);
    assert_int_equal(fias_link_record_about(&record, &about), 0);
    assert_int_equal(about, FIAS_ID("KR"));
    fias_link_record_add(&record, &fields);
    assert_true(fields.declared);
    assert_int_equal(fields.count, 10);
    assert_true(fias_fields_has(&fields, FIAS_ID("G#")));
    assert_true(fias_fields_has(&fields, FIAS_ID("KO")));
    assert_false(fias_fields_has(&fields, FIAS_ID("SI")));
    parse("LR|RIKR|FLSIKOX|"); /* twice: the union; an odd character at the end */
    fias_link_record_add(&record, &fields);
    assert_int_equal(fields.count, 11);
    assert_true(fias_fields_has(&fields, FIAS_ID("SI")));
    parse("LRGI|");
    assert_int_equal(fias_link_record_about(&record, &about), 0);
    assert_int_equal(about, FIAS_ID("GI"));
    static const char *const bad[] = {"LR|", "LR|FLAA|", "LR|RI|FL|", "LR|RIKRX|"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        parse(bad[i]);
        assert_int_equal(fias_link_record_about(&record, &about), -1);
    }
    struct buf long_one = {0};
    buf_append_text(&long_one, "LR|RIKA|FL");
    for (int i = 0; i < 400; i++)
        buf_append_format(&long_one, "%c%c", 'A' + i / 26 % 26, 'A' + i % 26);
    parse(buf_text(&long_one));
    memset(&fields, 0, sizeof(fields));
    fias_link_record_add(&record, &fields);
    assert_int_equal(fields.count, FIAS_FIELDS_BOUND);
    buf_free(&long_one);
}

/* ---- Records and fields ------------------------------------------------------------------------------------------ */

/* So each of them is written, read and split at every byte by the tests above. */
static void test_every_record_has_an_example(void **state)
{
    (void)state;
    static const char *const records[] = {"LS", "LD", "LR", "LA", "LC", "LE", "KR", "KD", "KM", "KZ",
                                          "KA", "GI", "GO", "GC", "DR", "DS", "DE", "NS", "NE", "RE"};
    for (size_t i = 0; i < COUNT_OF(records); i++) {
        size_t count = 0;
        for (size_t k = 0; k < COUNT_OF(examples); k++)
            count += strncmp(examples[k].record, records[i], 2) == 0;
        if (count == 0)
            fail_msg("no example of %s", records[i]);
    }
    for (size_t k = 0; k < COUNT_OF(examples); k++) { /* all of whose fields the codec knows */
        parse(examples[k].record);
        assert_false(record.dirty);
        for (size_t f = 0; record.id != FIAS_ID("RE") && f < record.field_count; f++)
            assert_non_null(fias_field_type(record.fields[f].id));
    }
}

static void test_every_field_has_a_type(void **state)
{
    (void)state;
    static const char fields[] =
        "DATIV#IFRTRLCGRIFLRPPHA0A1A2A3A4A5A6A7A8A9KCKTRNROWS$1$2$3CTDTG#G+GAGDGFGGGLGNGSGTGVCSMR"
        "NPSFTVVRIDK#KOSIUOAS";
    char text[3];
    for (size_t i = 0; fields[i]; i += 2) {
        const struct fias_field_type *type = fias_field_type(FIAS_ID(fields + i));
        assert_non_null(type);
        assert_int_equal(FIAS_ID(type->id), FIAS_ID(fias_id_text(FIAS_ID(fields + i), text)));
    }
    assert_null(fias_field_type(FIAS_ID("ZZ")));
    static const struct {
        const char *id;
        size_t longest;
    } lengths[] = {{"KC", 8},  {"WS", 16}, {"$1", 40}, {"$2", 19}, {"$3", 200}, {"G#", 10}, {"GG", 10}, {"GN", 200},
                   {"ID", 16}, {"K#", 2},  {"KO", 20}, {"SI", 30}, {"AS", 2},   {"GF", 80}, {"V#", 10}};
    for (size_t i = 0; i < COUNT_OF(lengths); i++)
        assert_int_equal(fias_field_type(FIAS_ID(lengths[i].id))->longest, lengths[i].longest);
}

/* ---- The stream ------------------------------------------------------------------------------------------------ */

/* What comes out, one letter for each event: E ENQ, A ACK, N NAK, F a good frame, B one with a bad check, T too long,
 * - noise. */
static void assert_events(bool with_check, const char *bytes, size_t count, const char *expected)
{
    for (size_t piece = 1; piece <= count; piece++) {
        struct fias_decoder decoder;
        char seen[64];
        size_t length = 0;
        fias_decoder_init(&decoder, with_check);
        for (size_t start = 0; start < count; start += piece)
            for (size_t at = start; at < count && at < start + piece;) {
                enum fias_event event;
                size_t end = start + piece < count ? start + piece : count;
                at += fias_decode(&decoder, (const uint8_t *)bytes + at, end - at, &event);
                static const char letters[] = {[FIAS_ENQUIRY] = 'E',
                                               [FIAS_ACCEPTED] = 'A',
                                               [FIAS_REFUSED] = 'N',
                                               [FIAS_TOO_LONG] = 'T',
                                               [FIAS_NOISE] = '-'};
                if (event == FIAS_FRAME)
                    seen[length++] = decoder.good ? 'F' : 'B';
                else if (event != FIAS_NOTHING)
                    seen[length++] = letters[event];
            }
        seen[length] = '\0';
        assert_string_equal(seen, expected);
        fias_decoder_free(&decoder);
    }
}

static void test_streams(void **state)
{
    (void)state;
#define EVENTS(check, bytes, expected) assert_events(check, bytes, sizeof(bytes) - 1, expected)
    EVENTS(false, "\x02KA|\x03\x02KA|\x03", "FF");
    EVENTS(false, "xy\x02KA|\x03z", "--F-");
    EVENTS(false, "\x02KR|\x02KA|\x03", "F"); /* STX inside: starts anew */
    EVENTS(false, "\x03\x03", "--");
    EVENTS(false, "\x02\x03", "F"); /* empty: not a record, but a frame */
    EVENTS(true, "\x05\x06\x15", "EAN");
    EVENTS(true,
           "\x02"
           "12345\x03\x32",
           "F");
    EVENTS(true,
           "\x02"
           "12345\x03\x33",
           "B");
    EVENTS(true,
           "\x02"
           "12345\x03\x02\x02"
           "12345\x03\x32",
           "BF"); /* the check byte is at its place, whatever it is */
    EVENTS(true,
           "\x02"
           "12345\x03\x05\x05",
           "BE");
    EVENTS(true,
           "\x02"
           "12345\x03\x32\x06",
           "FA");
    EVENTS(true,
           "\x02"
           "1\x05\x06\x15"
           "2\x03\x16",
           "F"); /* inside of a record they are no control bytes: a parser sees */
}

/* On a line with handshake: its end was lost, and its sender asks. */
static void test_an_enquiry_breaks_a_record_off(void **state)
{
    (void)state;
    static const uint8_t bytes[] = "\x02KR|\x05\x02"
                                   "12345\x03\x32";
    struct fias_decoder decoder;
    enum fias_event event;
    fias_decoder_init(&decoder, true);
    decoder.handshake = true;
    assert_int_equal(fias_decode(&decoder, bytes, sizeof(bytes) - 1, &event), 5);
    assert_int_equal(event, FIAS_ENQUIRY);
    fias_decode(&decoder, bytes + 5, sizeof(bytes) - 6, &event);
    assert_int_equal(event, FIAS_FRAME);
    assert_true(decoder.good);
    uint8_t *long_one = calloc(1, FIAS_RECORD_BOUND + 2);
    memset(long_one, 'x', FIAS_RECORD_BOUND + 2);
    long_one[0] = FIAS_STX;
    fias_decode(&decoder, long_one, FIAS_RECORD_BOUND + 2, &event);
    assert_int_equal(event, FIAS_NOTHING);
    fias_decode(&decoder, bytes + 4, 1, &event);
    assert_int_equal(event, FIAS_ENQUIRY);
    assert_false(fias_decoder_is_inside(&decoder));
    free(long_one);
    fias_decoder_free(&decoder);
}

static void test_check_bytes_that_look_like_control_bytes(void **state)
{
    (void)state;
    struct buf bytes = {0};
    example_bytes(&examples[8], true, &bytes);
    assert_int_equal(bytes.data[bytes.length - 1], FIAS_ETX);
    assert_events(true, (const char *)bytes.data, bytes.length, "F");
    buf_free(&bytes);
    example_bytes(&examples[10], true, &bytes);
    assert_int_equal(bytes.data[bytes.length - 1], FIAS_ENQ);
    buf_append_byte(&bytes, FIAS_ENQ);
    assert_events(true, (const char *)bytes.data, bytes.length, "FE");
    buf_free(&bytes);
}

static void test_records_that_are_too_long(void **state)
{
    (void)state;
    for (int with_check = 0; with_check < 2; with_check++) {
        struct fias_decoder decoder;
        enum fias_event event;
        struct buf bytes = {0};
        fias_decoder_init(&decoder, with_check);
        buf_append_byte(&bytes, FIAS_STX);
        for (int i = 0; i < 100000; i++)
            buf_append_byte(&bytes, 'x');
        assert_int_equal(fias_decode(&decoder, bytes.data, bytes.length, &event), bytes.length);
        assert_int_equal(event, FIAS_NOTHING);
        assert_true(decoder.body.capacity < 3 * FIAS_RECORD_BOUND);
        static const uint8_t end[] = {FIAS_ETX, 0x77};
        fias_decode(&decoder, end, with_check ? 2 : 1, &event);
        assert_int_equal(event, FIAS_TOO_LONG);
        fias_decode(&decoder,
                    (const uint8_t *)"\x02"
                                     "12345\x03\x32",
                    with_check ? 8 : 7, &event);
        assert_int_equal(event, FIAS_FRAME);
        bytes.length = FIAS_RECORD_BOUND + 1; /* just as long as may be */
        buf_append_byte(&bytes, FIAS_ETX);
        buf_append_byte(&bytes, FIAS_ETX ^ 0); /* 2000 times x: nothing is left of it */
        fias_decode(&decoder, bytes.data, bytes.length - (with_check ? 0 : 1), &event);
        assert_int_equal(event, FIAS_FRAME);
        assert_true(decoder.good);
        assert_int_equal(decoder.body.length, FIAS_RECORD_BOUND);
        buf_free(&bytes);
        fias_decoder_free(&decoder);
    }
}

/* One wrong byte anywhere in a record with a check byte never passes for the record. */
static void test_every_single_wrong_byte_is_seen(void **state)
{
    (void)state;
    struct buf bytes = {0};
    example_bytes(&examples[8], true, &bytes);
    for (size_t place = 0; place < bytes.length; place++)
        for (int bit = 0; bit < 8; bit++) {
            struct fias_decoder decoder;
            bytes.data[place] ^= (uint8_t)(1 << bit);
            fias_decoder_init(&decoder, true);
            for (size_t at = 0; at < bytes.length;) {
                enum fias_event event;
                at += fias_decode(&decoder, bytes.data + at, bytes.length - at, &event);
                assert_false(event == FIAS_FRAME && decoder.good && decoder.body.length == bytes.length - 3);
            }
            fias_decoder_free(&decoder);
            bytes.data[place] ^= (uint8_t)(1 << bit);
        }
    buf_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples_are_written),
        cmocka_unit_test(test_examples_are_read_split_at_every_byte),
        cmocka_unit_test(test_all_examples_in_one_piece),
        cmocka_unit_test(test_examples_are_written_from_fields),
        cmocka_unit_test(test_fields_of_the_examples),
        cmocka_unit_test(test_records_that_are_not_quite_right),
        cmocka_unit_test(test_link_records),
        cmocka_unit_test(test_every_record_has_an_example),
        cmocka_unit_test(test_every_field_has_a_type),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_an_enquiry_breaks_a_record_off),
        cmocka_unit_test(test_check_bytes_that_look_like_control_bytes),
        cmocka_unit_test(test_records_that_are_too_long),
        cmocka_unit_test(test_every_single_wrong_byte_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
