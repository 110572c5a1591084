/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The SALTO side: bytes, frames and fields, right and wrong ones, and what of them the journal says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "peer.h"

static struct simulator *start_plain(void)
{
    const struct simulator_options options = {.hand_ms = 0};
    return start_simulator(&options);
}

/* The byte examples of the document, SALTO dialect. */
static void byte_examples(void **state)
{
    static const uint8_t new_guest[] = {0x02, 0xB3, 0x43, 0x4E, 0xB3, 0x4F, 0x6E, 0x6C, 0x69, 0x6E, 0x65, 0x20,
                                        0x45, 0x6E, 0x63, 0x6F, 0x64, 0x65, 0x72, 0x20, 0x31, 0xB3, 0x52, 0xB3,
                                        0x31, 0x30, 0x31, 0xB3, 0xB3, 0xB3, 0xB3, 0xB3, 0xB3, 0x31, 0x35, 0x30,
                                        0x30, 0x31, 0x35, 0x30, 0x36, 0x32, 0x36, 0xB3, 0x31, 0x31, 0x30, 0x30,
                                        0x31, 0x38, 0x30, 0x36, 0x32, 0x36, 0xB3, 0x03, 0x2F};
    static const uint8_t check_out[] = {0x02, 0xB3, 0x43, 0x4F, 0xB3, 0x30, 0xB3, 0x31, 0x30, 0x31, 0xB3, 0x03, 0x0F};
    static const uint8_t read_card[] = {0x02, 0xB3, 0x4C, 0x54, 0xB3, 0x31, 0xB3, 0x45, 0xB3, 0x03, 0x6F};
    static const uint8_t modify[] = {0x02, 0xB3, 0x4D, 0x43, 0xB3, 0x31, 0x30, 0x31, 0xB3, 0xB3, 0x31, 0x31,
                                     0x30, 0x30, 0x31, 0x39, 0x30, 0x36, 0x32, 0x36, 0xB3, 0x03, 0x84};
    static const uint8_t unknown_room[] = {0x02, 0xB3, 0x54, 0x44, 0xB3, 0x31, 0xB3, 0x03, 0x91};
    const char *const rooms[] = {"101", NULL};
    const struct simulator_options options = {.rooms = rooms};
    uint8_t answer[sizeof unknown_room];
    (void)state;
    struct simulator *simulator = start_simulator(&options);
    const int fd = peer_connect(simulator);

    peer_send_bytes(fd, new_guest, sizeof new_guest);
    peer_expect_byte(fd, ACK);
    peer_expect_frame(fd, "CN|Online Encoder 1");
    peer_send_bytes(fd, modify, sizeof modify);
    peer_expect_byte(fd, ACK);
    peer_expect_frame(fd, "MC|101");
    peer_send_bytes(fd, read_card, sizeof read_card);
    peer_expect_byte(fd, ACK);
    peer_expect_frame(fd, "LT|1|LD"); /* another encoder: no written card there */
    peer_send_bytes(fd, check_out, sizeof check_out);
    peer_expect_byte(fd, ACK);
    peer_expect_frame(fd, "CO|0");
    peer_send(fd, "CN|1|R|102|||||||1100180626");
    peer_expect_byte(fd, ACK);
    peer_read_bytes(fd, answer, sizeof answer);
    assert_memory_equal(answer, unknown_room, sizeof answer);

    json_t *requests = journal_lines(simulator, "request");
    assert_string_equal(line_text(requests, 0, "encoder"), "Online Encoder 1");
    assert_string_equal(line_text(requests, 0, "from"), "2026-06-15T15:00");
    assert_string_equal(line_text(requests, 0, "until"), "2026-06-18T11:00");
    json_decref(requests);
    close(fd);
    simulator_stop(simulator);
}

static void syntax_errors(void **state)
{
    static const char *const requests[] = {
        "XX|2",                                                  /* unknown command */
        "cn|2|R|101|||||||1100180626",                           /* it is capitals */
        "EX|2",                                                  /* Onity's */
        "CN0|2|R|101|||||||1100180626",                          /* no card */
        "CN12|2|R|101|||||||1100180626",                         /* two digits */
        "CO1|0|101",                                             /* no number of cards */
        "CN||R|101|||||||1100180626",                            /* no encoder */
        "CN|2||101|||||||1100180626",                            /* no after-write letter */
        "CN|2|X|101|||||||1100180626",                           /* unknown after-write letter */
        "CN|2|R||102||||||1100180626",                           /* no main room */
        "CN|2|R|101|101||||||1100180626",                        /* a room twice */
        "CN|2|R|1234567890123456789012345|||||||1100180626",     /* a room of 25 */
        "CN|2|R|101|||||||",                                     /* no expiry */
        "CN|2|R|101||||||1500150626|1100150626",                 /* ends before it begins */
        "CN|2|R|101||||||1500150626|1500150626",                 /* no time in between */
        "CN|2|R|101|||||||1100290226",                           /* 2026 is no leap year */
        "CN|2|R|101|||||||1100310626",                           /* June has 30 days */
        "CN|2|R|101|||||||1100001326",                           /* day 0 */
        "CN|2|R|101|||||||1100151326",                           /* month 13 */
        "CN|2|R|101|||||||2400180626",                           /* hour 24 */
        "CN|2|R|101|||||||1160180626",                           /* minute 60 */
        "CN|2|R|101|||||||110018062",                            /* 9 digits */
        "CN|2|R|101|||||||11 0180626",                           /* a blank */
        "CN|2|R|101||||0|||1100180626",                          /* 0 is no area */
        "CN|2|R|101||||A|||1100180626",                          /* nor is a capital */
        "CN|2|R|101||||\"|||1100180626",                         /* nor is a quote */
        "CN|2|R|101|||||||1100180626|1234567890123456789012345", /* an operator of 25 */
        "CN|2|R|101|||||||1100180626||a\rb",                     /* CR in the text */
        "CN|2|R|101|||||||1100180626||a\nb",                     /* LF in the text on a card */
        "CN|2|R|1\t1|||||||1100180626",                          /* a control byte */
        "CN|2|R|101|||||||1100180626|||||3",                     /* serial flag */
        "CN|2|R|101|||||||1100180626|||||1|x",                   /* a 17th field */
        "CO|0",                                                  /* no room */
        "CO|0|101|x",                                            /* a field too many */
        "MC|101",                                                /* no expiry */
        "MC||102|1100190626",                                    /* no room */
        "CP|2",                                                  /* no room */
        "LT|2",                                                  /* no letter */
        "LT||E",                                                 /* no encoder */
        "CNM|+4670123456||||||||1100180626",                     /* no room */
        "CNM|+4670123456|101",                                   /* no expiry */
        "CNM|+4670123456|101|||||||1100180626||x",               /* a field that must be empty */
        "CNMB||101|||||||1100180626|||||2",                      /* installation flag */
        "CNB||101|||||||1100180626",                             /* no card */
        "CNB|04A1B2|101|||||||1100180626",                       /* a serial number of three bytes */
        "CNB|04A1B2C|101|||||||1100180626",                      /* of half a byte too few */
        "CNB|04A1B2CX|101|||||||1100180626",                     /* no digits */
        "CNB|04A1B2C3||||||||1100180626",                        /* no room */
        "CNB|04A1B2C3|101",                                      /* no expiry */
        "CNB|04A1B2C3|101|||||||1100180626|Ann|x",               /* a field too many */
        "CCB|0||101|||||||1100180626|||||",                      /* no card behind encoder 0 */
        "CCB|0|E|101|||||||1100180626|||||04A1B2C3",             /* nobody takes a card away */
        "CNB1|04A1B2C3|101|||||||1100180626",                    /* one card only */
    };
    (void)state;
    struct simulator *simulator = start_plain();
    const int fd = peer_connect(simulator);
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        char answer[256];
        peer_send(fd, requests[i]);
        peer_expect_byte(fd, ACK);
        peer_read_frame(fd, answer, sizeof answer);
        if (strncmp(answer, "ES", 2) != 0) {
            fail_msg("\"%s\" gave \"%s\"", requests[i], answer);
        }
    }
    assert_int_equal(simulator_count(simulator, SIMULATOR_BAD_FRAMES), sizeof requests / sizeof requests[0]);
    assert_int_equal(simulator_count(simulator, SIMULATOR_REQUESTS), 0);
    assert_int_equal(effect_count(simulator), 0);
    /* And what looks odd but is right. */
    peer_ask(fd, "CN1|2|E|101||||||2359280224|0000290224", "CN|2");
    peer_ask(fd, "CC|2|T|101||||1d}|!_||11180626|123456789012345678901234|a|b|c|", "CC|2");
    peer_ask(fd, "CA1|2|E|101||||||1500150626|1100180626", "CA|2");
    close(fd);
    simulator_stop(simulator);
}

/* Many requests at once on one connection: one ACK and one answer each, one effect each. */
static void many_encoders_on_one_connection(void **state)
{
    enum { COUNT = 64 };
    bool answered[COUNT] = {false};
    (void)state;
    struct simulator *simulator = start_plain();
    const int fd = peer_connect(simulator);
    simulator_set_hand_ms(simulator, 30);
    uint8_t frames[COUNT * 64];
    size_t length = 0, acknowledged = 0;
    for (int i = 0; i < COUNT; i++) {
        char request[64];
        snprintf(request, sizeof request, "CN|%d|R|1%02d|||||||1100180626", i, i);
        length += peer_frame(request, frames + length, sizeof frames - length);
    }
    peer_send_bytes(fd, frames, length); /* back to back */
    for (int i = 0; i < COUNT; i++) {
        char text[64];
        int encoder = -1;
        uint8_t byte;
        while ((byte = peer_read_byte(fd)) == ACK) {
            acknowledged++;
        }
        assert_int_equal(byte, 0x02);
        size_t at = 0;
        while ((byte = peer_read_byte(fd)) != 0x03) {
            assert_true(at + 1 < sizeof text);
            text[at++] = byte == 0xB3 ? '|' : (char)byte;
        }
        text[at] = '\0';
        peer_read_byte(fd);
        assert_int_equal(sscanf(text, "|CN|%d|", &encoder), 1);
        assert_in_range(encoder, 0, COUNT - 1);
        assert_false(answered[encoder]);
        answered[encoder] = true;
    }
    assert_int_equal(acknowledged, COUNT);
    assert_int_equal(effect_count(simulator), COUNT);
    peer_expect_quiet(fd);
    close(fd);
    simulator_stop(simulator);
}

static void frames_of_every_kind(void **state)
{
    static const uint8_t read_card[] = {0x02, 0xB3, 'L', 'T', 0xB3, '1', 0xB3, 'E', 0xB3, 0x03, 0x6F};
    uint8_t frame[sizeof read_card];
    (void)state;
    struct simulator *simulator = start_plain();
    int fd = peer_connect(simulator);
    memcpy(frame, read_card, sizeof frame);
    frame[sizeof frame - 1] = 0x6E; /* a wrong check byte */
    peer_send_bytes(fd, frame, sizeof frame);
    peer_expect_byte(fd, NAK);
    frame[sizeof frame - 1] = 0x0D; /* "do not check" */
    peer_send_bytes(fd, frame, sizeof frame);
    peer_expect_byte(fd, ACK);
    peer_expect_frame(fd, "LT|1|LD");
    peer_send_bytes(fd, "noise\xB3\x03\xFF", 8);
    peer_send_bytes(fd, read_card, sizeof read_card);
    peer_expect_byte(fd, ACK);
    peer_expect_frame(fd, "LT|1|LD");
    for (size_t i = 0; i < sizeof read_card; i++) { /* byte by byte */
        peer_send_byte(fd, read_card[i]);
    }
    peer_expect_byte(fd, ACK);
    peer_expect_frame(fd, "LT|1|LD");
    peer_send_bytes(fd, read_card, 5); /* cut off, then begun anew */
    peer_send_bytes(fd, read_card, sizeof read_card);
    peer_expect_byte(fd, ACK);
    peer_expect_frame(fd, "LT|1|LD");
    peer_send_bytes(fd, "\x02\x03\x03", 3); /* a frame without a field */
    peer_expect_byte(fd, ACK);
    peer_expect_frame(fd, "ES");
    assert_int_equal(simulator_count(simulator, SIMULATOR_REQUESTS), 4);
    close(fd);
    for (int i = 0; i < 20; i++) { /* a connection per request, ENQ and frame glued */
        fd = peer_connect(simulator);
        peer_send_byte(fd, ENQ);
        peer_send_bytes(fd, read_card, sizeof read_card);
        peer_expect_byte(fd, ACK);
        peer_expect_byte(fd, ACK);
        peer_expect_frame(fd, "LT|1|LD");
        close(fd);
    }
    simulator_stop(simulator);
}

static void frame_without_end(void **state)
{
    static uint8_t filler[70000];
    (void)state;
    struct simulator *simulator = start_plain();
    const int fd = peer_connect(simulator);
    memset(filler, 'x', sizeof filler);
    filler[0] = 0x02;
    peer_send_bytes(fd, filler, sizeof filler);
    peer_expect_byte(fd, NAK);
    peer_send_byte(fd, 0x03);
    peer_send_byte(fd, 0x00);
    peer_ask(fd, "LT|1|E", "LT|1|LD");
    close(fd);
    simulator_stop(simulator);
}

/* Frames with single bytes changed, and cut and joined at will: an answer or none, but the next good one is taken. */
static void hostile_bytes(void **state)
{
    static const char *const requests[] = {"CN2|2|R|101|102|103|104|1d}|2|1500150626|1100180626|Ann|a|b|c|2",
                                           "CC|2|R|101|||||||11180626",
                                           "LT|2|E",
                                           "MC|101|105|1100190626|code",
                                           "CCM|+4670123456|101|||||||1100180626|Ann||||hello\nyou|code",
                                           "CNMB||101|||||||1100180626|||||1",
                                           "CO|0|101",
                                           "CP|2|101",
                                           "CA3|2|T|101",
                                           "CNB|04A1B2C3|101|||||||1100180626|Ann",
                                           "CCB|0||101|||||||1100180626|||||04A1B2C3"};
    uint32_t random = 12345;
    (void)state;
    struct simulator *simulator = start_plain();
    for (int round = 0; round < 40; round++) {
        const int fd = peer_connect(simulator);
        for (int i = 0; i < 60; i++) {
            uint8_t frame[256];
            random = random * UINT32_C(1664525) + UINT32_C(1013904223);
            size_t count = peer_frame(requests[(random >> 8) % 11], frame, sizeof frame);
            frame[(random >> 12) % count] = (uint8_t)(random >> 24);
            if ((random & 64) != 0) {
                frame[count - 1] = 0x0D; /* so that the change gets past the check */
            }
            count -= (random & 128) != 0 ? (random >> 16) % count : 0;
            peer_send_bytes(fd, frame, count);
        }
        close(fd); /* with answers that nobody has read */
    }
    const int fd = peer_connect(simulator);
    peer_ask(fd, "CN|2|R|101|||||||1100180626", "CN|2");
    assert_true(simulator_count(simulator, SIMULATOR_REQUESTS) > 1);
    assert_true(simulator_count(simulator, SIMULATOR_BAD_FRAMES) > 1);
    assert_true(simulator_count(simulator, SIMULATOR_REFUSALS) > 1);
    json_decref(journal_lines(simulator, NULL)); /* every line is JSON */
    close(fd);
    simulator_stop(simulator);
}

static void journal_fields(void **state)
{
    (void)state;
    struct simulator *simulator = start_plain();
    const int fd = peer_connect(simulator);
    peer_ask(fd, "CN2|2|R|101|Sk\xE5ne|||1d}|2|1500150626|1100180626|\xC5sa|Hello", "CN|2");
    json_t *all = journal_lines(simulator, NULL);
    assert_int_equal(json_array_size(all), 2);
    assert_string_equal(line_text(all, 0, "event"), "request");
    assert_string_equal(line_text(all, 0, "command"), "CN");
    assert_string_equal(line_text(all, 1, "event"), "effect");
    assert_string_equal(line_text(all, 1, "kind"), "original");
    for (size_t i = 0; i < 2; i++) {
        const json_t *line = json_array_get(all, i);
        json_t *rooms = json_pack("[s,s]", "101", "Sk\xC3\xA5ne"), *areas = json_pack("[i,i,i]", 1, 13, 62);
        json_t *denied = json_pack("[i]", 2);
        assert_int_equal(json_integer_value(json_object_get(line, "number")), 1);
        assert_string_equal(line_text(all, i, "encoder"), "2");
        assert_string_equal(line_text(all, i, "operator"), "\xC3\x85sa");
        assert_string_equal(line_text(all, i, "from"), "2026-06-15T15:00");
        assert_string_equal(line_text(all, i, "until"), "2026-06-18T11:00");
        assert_int_equal(strlen(line_text(all, i, "time")), strlen("2026-01-01T00:00:00.000Z"));
        assert_int_equal(json_integer_value(json_object_get(line, "copies")), 2);
        assert_true(json_equal(rooms, json_object_get(line, "rooms")));
        assert_true(json_equal(areas, json_object_get(line, "areas")));
        assert_true(json_equal(denied, json_object_get(line, "denied")));
        json_decref(rooms);
        json_decref(areas);
        json_decref(denied);
    }
    json_decref(all);
    close(fd);
    simulator_stop(simulator);
}

static void pseudo_terminal(void **state)
{
    const char *const faults[] = {"drop-at:3@2", NULL};
    const struct simulator_options options = {.pseudo_terminal = true, .faults = faults};
    (void)state;
    struct simulator *simulator = start_simulator(&options);
    assert_int_equal(simulator_port(simulator), 0);
    for (int i = 0; i < 3; i++) { /* a client opens the line, closes it, opens it again */
        uint8_t bytes[3];
        const int fd = peer_open_terminal(simulator_address(simulator));
        peer_expect_quiet(fd);
        peer_send(fd, "CN|2|R|101|||||||1100180626");
        peer_expect_byte(fd, ACK);
        if (i == 1) { /* a serial line cannot be dropped: the rest gets lost */
            peer_read_bytes(fd, bytes, 2);
            assert_memory_equal(bytes, "\x02\xB3", 2);
            assert_true(simulator_wait_for(simulator, SIMULATOR_EFFECTS, 2, PEER_PATIENCE_MS));
        } else {
            peer_expect_frame(fd, "CN|2");
        }
        peer_expect_quiet(fd);
        close(fd);
    }
    assert_int_equal(effect_count(simulator), 3);
    simulator_stop(simulator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(byte_examples),
        cmocka_unit_test(syntax_errors),
        cmocka_unit_test(many_encoders_on_one_connection),
        cmocka_unit_test(frames_of_every_kind),
        cmocka_unit_test(frame_without_end),
        cmocka_unit_test(hostile_bytes),
        cmocka_unit_test(journal_fields),
        cmocka_unit_test(pseudo_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
