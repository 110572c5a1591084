/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bare client. */
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cmocka.h>

struct simulator *start_simulator(const struct simulator_options *options)
{
    char message[SIMULATOR_MESSAGE_SIZE] = "";
    struct simulator_options copy = *options;
    copy.driver = "salto";
    struct simulator *simulator = simulator_start(&copy, message);
    if (simulator == NULL) {
        fail_msg("%s", message);
    }
    return simulator;
}

int peer_connect(const struct simulator *simulator)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(simulator_port(simulator)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

int peer_open_terminal(const char *path)
{
    const int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios settings;
    assert_true(fd >= 0);
    assert_int_equal(tcgetattr(fd, &settings), 0);
    assert_int_equal(settings.c_lflag & (tcflag_t)(ICANON | ECHO | ISIG), 0); /* the simulator made it raw */
    assert_int_equal(settings.c_iflag & (tcflag_t)(ICRNL | IXON), 0);
    return fd;
}

void peer_send_bytes(int fd, const void *bytes, size_t count)
{
    const uint8_t *at = bytes;
    while (count > 0) {
        const ssize_t written = write(fd, at, count);
        assert_true(written > 0);
        at += written;
        count -= (size_t)written;
    }
}

void peer_send_byte(int fd, uint8_t byte)
{
    peer_send_bytes(fd, &byte, 1);
}

size_t peer_frame(const char *fields, uint8_t *out, size_t size)
{
    const size_t length = strlen(fields);
    uint8_t check = 0;
    assert_true(length + 5 <= size);
    out[0] = 0x02;
    out[1] = 0xB3;
    for (size_t i = 0; i < length; i++) {
        out[2 + i] = fields[i] == '|' ? 0xB3 : (uint8_t)fields[i];
    }
    out[length + 2] = 0xB3;
    out[length + 3] = 0x03;
    for (size_t i = 1; i < length + 4; i++) {
        check ^= out[i];
    }
    out[length + 4] = check;
    return length + 5;
}

void peer_send(int fd, const char *fields)
{
    uint8_t frame[2048];
    const size_t count = peer_frame(fields, frame, sizeof frame);
    peer_send_bytes(fd, frame, count);
}

/* -1 at the end of the connection. */
static int read_byte(int fd)
{
    uint8_t byte;
    struct pollfd slot = {.fd = fd, .events = POLLIN};
    if (poll(&slot, 1, PEER_PATIENCE_MS) != 1) {
        fail_msg("nothing came in %d ms", PEER_PATIENCE_MS);
    }
    const ssize_t count = read(fd, &byte, 1);
    if (count < 0) {
        assert_int_equal(errno, ECONNRESET);
    }
    return count == 1 ? byte : -1;
}

uint8_t peer_read_byte(int fd)
{
    const int byte = read_byte(fd);
    if (byte < 0) {
        fail_msg("the connection was closed");
    }
    return (uint8_t)byte;
}

void peer_read_bytes(int fd, uint8_t *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = peer_read_byte(fd);
    }
}

size_t peer_read_to_end(int fd, uint8_t *out, size_t size)
{
    size_t count = 0;
    int byte;
    while ((byte = read_byte(fd)) >= 0) {
        assert_true(count < size);
        out[count++] = (uint8_t)byte;
    }
    return count;
}

void peer_expect_byte(int fd, uint8_t byte)
{
    assert_int_equal(peer_read_byte(fd), byte);
}

void peer_expect_end(int fd)
{
    assert_int_equal(read_byte(fd), -1);
}

void peer_read_frame(int fd, char *out, size_t size)
{
    uint8_t check = 0, byte;
    size_t length = 0;
    peer_expect_byte(fd, 0x02);
    peer_expect_byte(fd, 0xB3);
    check ^= 0xB3;
    while ((byte = peer_read_byte(fd)) != 0x03) {
        check ^= byte;
        assert_true(length + 1 < size);
        out[length++] = byte == 0xB3 ? '|' : (char)byte;
    }
    assert_true(length > 0 && out[length - 1] == '|');
    out[length - 1] = '\0';
    peer_expect_byte(fd, check ^ 0x03);
}

void peer_expect_frame(int fd, const char *fields)
{
    char text[2048];
    peer_read_frame(fd, text, sizeof text);
    assert_string_equal(text, fields);
}

void peer_ask(int fd, const char *request, const char *answer)
{
    peer_send(fd, request);
    peer_expect_byte(fd, ACK);
    peer_expect_frame(fd, answer);
}

void peer_expect_quiet(int fd)
{
    peer_send_byte(fd, ENQ);
    peer_expect_byte(fd, ACK);
}

json_t *journal_lines(struct simulator *simulator, const char *event)
{
    char *text = simulator_journal(simulator);
    json_t *lines = json_array();
    assert_non_null(text);
    for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL && rest != NULL;) {
        json_error_t error;
        json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &error);
        if (object == NULL) {
            fail_msg("not JSON: %s: %s", error.text, line);
        }
        const json_t *kind = json_object_get(object, "event");
        assert_true(json_is_string(kind));
        if (event == NULL || strcmp(json_string_value(kind), event) == 0) {
            json_array_append(lines, object);
        }
        json_decref(object);
    }
    free(text);
    return lines;
}

const char *line_text(const json_t *lines, size_t index, const char *field)
{
    const char *text = json_string_value(json_object_get(json_array_get(lines, index), field));
    return text != NULL ? text : "";
}

void effect_key(struct simulator *simulator, size_t index, char out[32])
{
    json_t *effects = journal_lines(simulator, "effect");
    assert_true(index < json_array_size(effects));
    snprintf(out, 32, "%s", line_text(effects, index, "key"));
    assert_true(strlen(out) == 8);
    json_decref(effects);
}

size_t effect_count(struct simulator *simulator)
{
    json_t *effects = journal_lines(simulator, "effect");
    const size_t count = json_array_size(effects);
    json_decref(effects);
    assert_int_equal(count, simulator_count(simulator, SIMULATOR_EFFECTS));
    return count;
}
