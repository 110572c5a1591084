/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libFuzzer: arbitrary bytes as a call and as an answer of the LENS SOAP service. What the strict side takes must
 * survive being written and read again. */
#include <string.h>

#include "fuzz.h"
#include "lens/codec.h"

static void check_call(const uint8_t *data, size_t size)
{
    struct lens_incoming got, again;
    struct lens_header header = {.url = "http://h/p",
                                 .from = "f",
                                 .message_id = "4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c01",
                                 .timestamp_id = "4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c02",
                                 .token_id = "4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c03",
                                 .created = "2026-05-04T13:05:00Z",
                                 .expires = "2026-05-04T13:15:00Z",
                                 .user = "u",
                                 .password = "p"};
    struct buf out = {0};
    int result = lens_call_read(data, size, &got);
    REQUIRE((result == 0) == (got.problem[0] == '\0'));
    if (result == 0) {
        REQUIRE(got.call.operation < LENS_OPERATION_COUNT && got.document != NULL);
        got.call.values[LENS_DUMMY_RESPONSE] = NULL; /* read, never written */
        /* text with control characters is read but not written */
        if (lens_call_write(&header, &got.call, &out) == 0 && !out.failed) {
            REQUIRE(lens_call_read(out.data, out.length, &again) == 0);
            for (size_t i = 0; i < LENS_FIELD_COUNT; i++) {
                if (got.call.values[i] != NULL)
                    REQUIRE(again.call.values[i] != NULL && strcmp(again.call.values[i], got.call.values[i]) == 0);
            }
            REQUIRE(again.call.room_count == got.call.room_count && again.call.area_count == got.call.area_count);
            lens_incoming_free(&again);
        }
    }
    lens_incoming_free(&got);
    buf_free(&out);
}

static void check_answer(enum lens_operation operation, const uint8_t *data, size_t size)
{
    struct lens_answer got, again;
    struct buf out = {0};
    if (lens_answer_read(operation, data, size, &got) == 0) {
        REQUIRE((got.kind == LENS_ANSWER_UNREADABLE) == (got.problem[0] != '\0'));
        REQUIRE(got.code != NULL && got.text != NULL && got.detail != NULL);
        REQUIRE(got.kind == LENS_ANSWER_UNREADABLE || (got.image == NULL) == (got.image_size == 0));
        (void)lens_fault_find(&got);
        if (got.kind != LENS_ANSWER_UNREADABLE && lens_answer_write(operation, "", &got, &out) == 0 && !out.failed) {
            REQUIRE(lens_answer_read(operation, out.data, out.length, &again) == 0);
            REQUIRE(again.kind == got.kind || (got.kind == LENS_ANSWER_FAULT && again.kind == LENS_ANSWER_SOAP_FAULT));
            REQUIRE(again.image_size == got.image_size && again.transaction_count == got.transaction_count);
            lens_answer_free(&again);
        }
    }
    lens_answer_free(&got);
    buf_free(&out);
}

/* A parser that has read other inputs reads this one as a new one does. */
static void check_kept(enum lens_operation operation, const uint8_t *data, size_t size)
{
    static struct lens_parser kept;
    struct lens_answer fresh, answer;
    int first = lens_answer_read(operation, data, size, &fresh);
    int second = lens_answer_read_with(&kept, operation, data, size, &answer);
    REQUIRE(first == second && fresh.kind == answer.kind && strcmp(fresh.problem, answer.problem) == 0);
    REQUIRE(strcmp(fresh.code, answer.code) == 0 && strcmp(fresh.text, answer.text) == 0);
    REQUIRE(fresh.image_size == answer.image_size && fresh.transaction_count == answer.transaction_count);
    lens_answer_free(&answer);
    lens_answer_free(&fresh);
}

/* The operation that an answer names, so that one input serves all. */
static enum lens_operation named_in(const uint8_t *data, size_t size)
{
    for (enum lens_operation i = 0; i < LENS_OPERATION_COUNT; i++) {
        const char *name = lens_operation_name(i);
        if (memmem(data, size, name, strlen(name)) != NULL)
            return i;
    }
    return LENS_CREATE_NEW_BOOKING;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_call(data, size);
    check_answer(named_in(data, size), data, size);
    check_kept(named_in(data, size), data, size);
    return 0;
}
