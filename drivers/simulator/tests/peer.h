/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A bare client for the tests of the simulators: bytes in, bytes out, nothing shared with the codec. Every wait is
 * bounded, and a wait that is over fails the test. Frames are written as text with '|' for the separator. */
#ifndef KEYCARD_SIMULATOR_TESTS_PEER_H
#define KEYCARD_SIMULATOR_TESTS_PEER_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "simulator.h"

#define ENQ 0x05
#define ACK 0x06
#define NAK 0x15

enum { PEER_PATIENCE_MS = 20000 };

/* Starts a simulator of SALTO; the test fails if it cannot. */
struct simulator *start_simulator(const struct simulator_options *options);

int peer_connect(const struct simulator *simulator);
int peer_open_terminal(const char *path);
void peer_send_bytes(int fd, const void *bytes, size_t count);
void peer_send_byte(int fd, uint8_t byte);
/* Sends "CN|2|R|101" as |CN|2|R|101| with STX, ETX and the check byte. */
void peer_send(int fd, const char *fields);
/* The same into memory; returns the number of bytes. */
size_t peer_frame(const char *fields, uint8_t *out, size_t size);

uint8_t peer_read_byte(int fd);
void peer_read_bytes(int fd, uint8_t *out, size_t count);
/* Reads bytes up to the end of the connection and returns how many there were. */
size_t peer_read_to_end(int fd, uint8_t *out, size_t size);
/* The next byte must be this. */
void peer_expect_byte(int fd, uint8_t byte);
/* The next frame, with a right check byte, must say this ("CN|2"). */
void peer_expect_frame(int fd, const char *fields);
/* Reads the next frame as text; the caller gives room. */
void peer_read_frame(int fd, char *out, size_t size);
/* Sends a request and expects ACK and this answer. */
void peer_ask(int fd, const char *request, const char *answer);
/* Nothing more came so far: an ENQ is answered by ACK and by nothing before it. */
void peer_expect_quiet(int fd);
void peer_expect_end(int fd);

/* The lines of the journal with this "event" (all with NULL), as a list of objects. */
json_t *journal_lines(struct simulator *simulator, const char *event);
/* The text of a field of a line; "" if there is none. */
const char *line_text(const json_t *lines, size_t index, const char *field);
/* Serial number ("key") of the effect with this index. */
void effect_key(struct simulator *simulator, size_t index, char out[32]);
size_t effect_count(struct simulator *simulator);

#endif
