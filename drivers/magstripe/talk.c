/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands and answers on the line, as bytes or as packets, and the greeting: a device is an encoder once it has
 * answered the communication test. Its USB id or that of its bridge proves nothing, and until then it gets nothing but
 * a reset and that test. */
#include <string.h>

#include "state.h"

enum { TESTS_AT_MOST = 2 };

static const char no_encoder[] =
    "The device does not answer as a magnetic-stripe encoder of the MSR family (communication test). Nothing was "
    "written to a card. See that it is the right device and has power, and that the line has 9600 bit/s, 8N1.";

void stripe_fail(struct driver_link *link, int32_t status, const char *text)
{
    struct line *line = line_of(link);
    if (!line->up || line->failed)
        return;
    line->failed = true;
    line->awaiting = false;
    stripe_trace_note(link, text);
    driver_link_fail(link, status, text);
}

/* ---- Sending ------------------------------------------------------------------------------------------------------
 */

static void send_message(struct driver_link *link, struct buf *message)
{
    struct line *line = line_of(link);
    struct buf packets = {0};
    if (line->usb)
        msr_put_packets(&packets, message->data, message->length, line->settings.padded);
    if (message->failed || packets.failed)
        stripe_fail(link, KC_ERROR_NO_MEMORY, "Memory is used up.");
    else if (!line->usb)
        driver_send(link, message->data, message->length);
    for (size_t at = 0; !line->failed && at < packets.length; at += MSR_PACKET)
        driver_send(link, packets.data + at, MSR_PACKET);
    buf_free(&packets);
    buf_free(message);
}

static void expect(struct line *line, enum msr_command command)
{
    line->awaiting = msr_has_answer(command);
    if (line->awaiting)
        msr_decoder_expect(&line->decoder, command, line->settings.raw_length);
}

static bool usable(const struct line *line)
{
    return line->up && !line->failed;
}

void stripe_say(struct driver_link *link, enum msr_command command)
{
    struct buf message = {0};
    if (!usable(line_of(link)))
        return;
    stripe_trace_command(link, command, NULL, 0);
    msr_put_command(&message, command);
    send_message(link, &message);
}

void stripe_ask(struct driver_link *link, enum msr_command command, const uint8_t *values, size_t count)
{
    struct line *line = line_of(link);
    struct buf message = {0};
    if (!usable(line))
        return;
    stripe_trace_command(link, command, values, count);
    msr_put_command_with(&message, command, values, count);
    expect(line, command);
    msr_decoder_expect(&line->late, MSR_WRITE_ISO, MSR_LENGTH_PLAIN);
    driver_link_timer(link, -1);
    send_message(link, &message);
}

void stripe_ask_write(struct driver_link *link, enum msr_command command, const struct msr_tracks *tracks)
{
    struct line *line = line_of(link);
    struct buf message = {0};
    if (!usable(line))
        return;
    stripe_trace_write(link, command, tracks);
    msr_put_write(&message, command, tracks);
    expect(line, command);
    driver_link_timer(link, -1);
    send_message(link, &message);
}

/* ---- Greeting ------------------------------------------------------------------------------------------------------
 */

/* The model says which tracks its heads have (MSR206 programmer's manual, "get device model"). */
static void tell_identity(struct driver_link *link)
{
    const struct line *line = line_of(link);
    const char *model = "MSR";
    if (line->model == '1')
        model = "MSR, track 2";
    else if (line->model == '2')
        model = "MSR, tracks 2 and 3";
    else if (line->model == '3')
        model = "MSR, tracks 1 to 3";
    else if (line->model == '5')
        model = "MSR, tracks 1 and 2";
    driver_link_identity(link, model, line->firmware);
}

/* A device that is an encoder, whatever else it said. */
static void welcome(struct driver_link *link)
{
    struct line *line = line_of(link);
    line->greeting = GREETING_DONE;
    line->awaiting = false;
    driver_link_timer(link, -1);
    tell_identity(link);
    driver_link_ready(link);
}

static void test(struct driver_link *link)
{
    line_of(link)->tests++;
    stripe_say(link, MSR_RESET);
    stripe_ask(link, MSR_TEST, NULL, 0);
    driver_link_timer(link, line_of(link)->settings.answer_timeout);
}

void stripe_greet(struct driver_link *link)
{
    struct line *line = line_of(link);
    line->greeting = GREETING_TEST;
    line->tests = 0;
    line->model = line->firmware[0] = '\0';
    test(link);
}

/* Model and firmware are for people: an encoder that does not tell them is one all the same. */
static void greet_further(struct driver_link *link, enum greeting greeting)
{
    struct line *line = line_of(link);
    line->greeting = greeting;
    if (greeting == GREETING_DONE) {
        welcome(link);
        return;
    }
    stripe_ask(link, greeting == GREETING_MODEL ? MSR_GET_MODEL : MSR_GET_FIRMWARE, NULL, 0);
    driver_link_timer(link, line->settings.quiet);
}

static void take_greeting(struct driver_link *link, const struct msr_answer *answer)
{
    struct line *line = line_of(link);
    stripe_trace_answer(link, line->decoder.command, answer);
    if (line->greeting == GREETING_MODEL)
        line->model = (char)answer->values[0];
    else if (line->greeting == GREETING_FIRMWARE)
        memcpy(line->firmware, answer->text, sizeof(line->firmware));
}

void stripe_greeting_late(struct driver_link *link)
{
    struct line *line = line_of(link);
    struct msr_answer answer;
    if (line->greeting == GREETING_TEST && line->tests < TESTS_AT_MOST)
        test(link);
    else if (line->greeting == GREETING_TEST)
        stripe_fail(link, KC_ERROR_UNREACHABLE, no_encoder);
    else if (line->greeting == GREETING_FIRMWARE && msr_decoder_quiet(&line->decoder, &answer))
        take_greeting(link, &answer);
    if (usable(line) && line->greeting != GREETING_TEST)
        greet_further(link, (enum greeting)(line->greeting + 1));
}

/* ---- Receiving -----------------------------------------------------------------------------------------------------
 */

static void answered(struct driver_link *link, const struct msr_answer *answer)
{
    struct line *line = line_of(link);
    struct driver_op *op = driver_link_next_op(link, NULL);
    line->awaiting = false;
    driver_link_timer(link, -1);
    if (line->greeting != GREETING_DONE) {
        take_greeting(link, answer);
        greet_further(link, (enum greeting)(line->greeting + 1));
        return;
    }
    stripe_trace_answer(link, line->decoder.command, answer);
    if (op)
        stripe_op_answer(op, answer);
}

/* While the communication test is awaited the answer to a write may still come before its own. */
static void watch_for_status(struct driver_link *link, const uint8_t *bytes, size_t count)
{
    struct line *line = line_of(link);
    struct driver_op *op = driver_link_next_op(link, NULL);
    for (size_t at = 0; op && at < count;) {
        struct msr_answer answer;
        bool whole;
        at += msr_decode(&line->late, bytes + at, count - at, &answer, &whole);
        if (whole)
            stripe_op_status(op, answer.status);
    }
}

/* What comes in one piece with an answer, behind it, is of the past: the next question was not asked yet. */
static void take_bytes(struct driver_link *link, const uint8_t *bytes, size_t count)
{
    struct line *line = line_of(link);
    struct msr_answer answer;
    bool whole = false;
    if (!line->awaiting)
        return;
    size_t taken = msr_decode(&line->decoder, bytes, count, &answer, &whole);
    if (line->decoder.command == MSR_TEST && line->greeting == GREETING_DONE)
        watch_for_status(link, bytes, taken);
    if (whole)
        answered(link, &answer);
    else if (line->greeting == GREETING_DONE && line->decoder.command != MSR_TEST)
        driver_link_timer(link, line->settings.quiet);
    else if (line->greeting == GREETING_FIRMWARE)
        driver_link_timer(link, line->settings.quiet);
}

void stripe_on_bytes(struct driver_link *link, const uint8_t *bytes, size_t count)
{
    struct line *line = line_of(link);
    if (!usable(line))
        return;
    if (!line->usb)
        take_bytes(link, bytes, count);
    else if (msr_take_packet(&line->assembly, bytes, count))
        take_bytes(link, line->assembly.message, line->assembly.count);
}
