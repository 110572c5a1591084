/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The FIAS driver under random sequences of everything that can happen, against a lock system that knows the truth:
 * nothing is sent twice, and no answer is ever given to another request, however late it comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake_core.h"

extern const struct driver driver_fias;

enum { OPS = 60, STEPS = 400, RUNS = 150, ANSWER_MS = 30000, LATE_MS = 10000 };

/* What the lock system knows of a request, by its reservation number. */
struct request {
    bool sent, pending, done;
    char coder;
    int64_t forgotten; /* it answers before this time, or never */
};

struct hotel {
    struct fake_core core;
    struct request requests[OPS];
    struct fake_op *op_of[OPS]; /* NULL: its place was used again */
    int started;
    uint32_t random;
    bool numbered; /* answers name the reservation */
    bool serial;
    size_t read; /* of core.sent */
    int downs;
    int64_t before; /* when the step began: what is read after it was sent no earlier */
};

static uint32_t roll(struct hotel *hotel, uint32_t sides)
{
    hotel->random = hotel->random * 1664525 + 1013904223;
    return (hotel->random >> 8) % sides;
}

/* ---- The lock system ------------------------------------------------------------------------------------------- */

static void say(struct hotel *hotel, const char *record)
{
    struct buf bytes = {0};
    uint8_t check = 3;
    buf_append_byte(&bytes, 2);
    buf_append_text(&bytes, record);
    buf_append_byte(&bytes, 3);
    for (size_t i = 0; record[i]; i++)
        check ^= (uint8_t)record[i];
    if (hotel->serial)
        buf_append_byte(&bytes, check);
    fake_core_receive(&hotel->core, bytes.data, bytes.length);
    buf_free(&bytes);
}

static void take_request(struct hotel *hotel, const char *record)
{
    const char *number = strstr(record, "|G#"), *coder = strstr(record, "|KC");
    int index = 0;
    assert_true(number && coder);
    assert_int_equal(sscanf(number, "|G#%d|", &index), 1);
    struct request *request = &hotel->requests[index - 1];
    assert_false(request->sent); /* nothing is sent twice */
    request->sent = request->pending = true;
    request->coder = coder[3];
    request->forgotten = hotel->before + ANSWER_MS + LATE_MS - 2000;
}

/* Reads what was sent; on a serial line each record is acknowledged, at once. */
static void read_all(struct hotel *hotel)
{
    struct buf *sent = &hotel->core.sent;
    while (hotel->read < sent->length) {
        if (sent->data[hotel->read] != 2) { /* ACK, NAK, ENQ, or a check byte */
            hotel->read++;
            continue;
        }
        char record[600];
        size_t length = 0;
        for (hotel->read++; sent->data[hotel->read] != 3; hotel->read++)
            record[length++] = (char)sent->data[hotel->read];
        record[length] = '\0';
        hotel->read += hotel->serial ? 2 : 1;
        if (strncmp(record, "KR|", 3) == 0)
            take_request(hotel, record);
        if (hotel->serial && hotel->core.up)
            fake_core_receive(&hotel->core, "\x06", 1);
    }
    buf_clear(sent);
    hotel->read = 0;
}

static void answer(struct hotel *hotel)
{
    static const char *const statuses[] = {"OK", "OK", "OK", "BY", "UR"};
    uint32_t from = roll(hotel, OPS);
    for (uint32_t i = 0; i < OPS; i++) {
        uint32_t index = (from + i) % OPS;
        struct request *request = &hotel->requests[index];
        if (!request->pending || hotel->core.now >= request->forgotten)
            continue;
        char record[64], number[16] = "";
        const char *status = statuses[roll(hotel, 5)];
        if (hotel->numbered)
            snprintf(number, sizeof(number), "G#%u|", (unsigned)index + 1);
        snprintf(record, sizeof(record), "KA|KC0%c|AS%s|%s", request->coder, status, number);
        request->pending = false;
        request->done = strcmp(status, "OK") == 0;
        say(hotel, record);
        return;
    }
}

/* The link was lost in this step, perhaps by the driver: what was asked before is soon forgotten. */
static void see_losses(struct hotel *hotel)
{
    for (size_t i = 0; i < OPS && hotel->downs != hotel->core.down_count; i++)
        if (hotel->requests[i].forgotten > hotel->before + LATE_MS - 2000)
            hotel->requests[i].forgotten = hotel->before + LATE_MS - 2000;
    hotel->downs = hotel->core.down_count;
}

static void lose_link(struct hotel *hotel, bool politely)
{
    if (politely)
        say(hotel, "LE|DA260115|TI235900|");
    fake_core_drop(&hotel->core);
    fake_core_up(&hotel->core);
}

static void describe(struct hotel *hotel)
{
    say(hotel, "LD|DA260115|TI093001|V#1.0|IFDL|");
    say(hotel, "LR|RIKR|FLWSKCRNKTG#|");
    say(hotel, hotel->numbered ? "LR|RIKA|FLASKCG#|" : "LR|RIKA|FLASKC|");
    if (roll(hotel, 4))
        say(hotel, "LA|DA260115|TI093001|");
}

/* ---- The desk -------------------------------------------------------------------------------------------------- */

static bool is_free(const struct hotel *hotel, const char *encoder)
{
    size_t running = 0;
    for (size_t i = 0; i < FAKE_OPS; i++) {
        const struct fake_op *op = &hotel->core.ops[i];
        running += op->running;
        if (op->running && strcmp(op->request.encoder, encoder) == 0)
            return false;
    }
    return running < FAKE_OPS;
}

static void start_op(struct hotel *hotel)
{
    static const char *const encoders[] = {"1", "2", "3"};
    static char numbers[OPS][16];
    const char *encoder = encoders[roll(hotel, 3)];
    if (hotel->started == OPS || !hotel->core.ready || !is_free(hotel, encoder))
        return;
    int index = hotel->started++;
    struct fake_op *op = fake_core_op(&hotel->core, KC_VERB_ISSUE_ORIGINAL);
    for (int i = 0; i < index; i++)
        if (hotel->op_of[i] == op)
            hotel->op_of[i] = NULL;
    hotel->op_of[index] = op;
    snprintf(numbers[index], sizeof(numbers[index]), "%d", index + 1);
    op->request.booking = numbers[index];
    op->request.encoder = encoder;
    op->request.station = "3";
    fake_op_room(op, "2781");
    fake_core_start(&hotel->core, op);
}

/* What an operation says of its end is true. */
static void check_ends(const struct hotel *hotel)
{
    for (int i = 0; i < hotel->started; i++) {
        const struct fake_op *op = hotel->op_of[i];
        const struct request *request = &hotel->requests[i];
        if (!op || !op->done)
            continue;
        if (op->outcome == KC_OUTCOME_WRITTEN)
            assert_true(request->done);
        else if (op->outcome == KC_OUTCOME_NOT_WRITTEN)
            assert_false(request->done || (request->sent && request->pending));
    }
}

static void step(struct hotel *hotel)
{
    hotel->before = hotel->core.now;
    switch (roll(hotel, 16)) {
    case 0:
        lose_link(hotel, roll(hotel, 2));
        break;
    case 1:
    case 2:
        describe(hotel);
        break;
    case 3:
        say(hotel, "LS|DA260115|TI093000|");
        break;
    case 4:
        fake_core_advance(&hotel->core, 100 + roll(hotel, 60) * 700);
        break;
    case 5:
        fake_core_receive(&hotel->core, "\x02KA|garb\xFF", 9);
        break;
    case 6:
        say(hotel, "KA|KC9|ASOK|");
        break;
    case 7:
        if (hotel->started && hotel->op_of[hotel->started - 1]->running)
            fake_core_cancel(&hotel->core, hotel->op_of[hotel->started - 1]);
        break;
    case 8:
    case 9:
    case 10:
        answer(hotel);
        break;
    default:
        start_op(hotel);
        break;
    }
    read_all(hotel);
    see_losses(hotel);
    check_ends(hotel);
}

static size_t run(uint32_t seed, bool numbered, bool serial)
{
    struct hotel hotel = {.random = seed, .numbered = numbered, .serial = serial};
    size_t written = 0;
    fake_core_open(&hotel.core, &driver_fias);
    hotel.core.transport = serial ? "serial" : "listen";
    hotel.core.tracing = false;
    fake_core_up(&hotel.core);
    describe(&hotel);
    for (int i = 0; i < STEPS; i++)
        step(&hotel);
    fake_core_advance(&hotel.core, 600000); /* everything comes to an end */
    for (size_t i = 0; i < FAKE_OPS; i++)
        assert_false(hotel.core.ops[i].running);
    for (size_t i = 0; i < OPS; i++)
        written += hotel.requests[i].done;
    fake_core_close(&hotel.core);
    return written;
}

static void test_random(void **state)
{
    (void)state;
    size_t written[4] = {0};
    for (uint32_t seed = 1; seed <= RUNS; seed++)
        for (uint32_t way = 0; way < 4; way++)
            written[way] += run(seed * 7919, way & 1, way & 2);
    for (size_t way = 0; way < 4; way++)
        assert_true(written[way] > RUNS); /* it was no idle talk */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
