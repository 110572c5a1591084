/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The web service of Saflok and Ambiance: CreateNewBooking, and its answer by a parser that is kept, as a link keeps
 * it. */
#include "lens/codec.h"

#include "codec.h"
#include "util/error.h"

static const struct lens_header header = {
    .url = "http://tempuri.org",
    .from = "pms",
    .message_id = "4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c01",
    .timestamp_id = "4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c02",
    .token_id = "4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c03",
    .created = "2026-05-04T13:05:00Z",
    .expires = "2026-05-04T13:15:00Z",
    .user = "pms",
    .password = "secret",
};

static void encode(struct buf *out)
{
    static const struct lens_area areas[] = {{1, LENS_AREA_DEFAULT}, {2, LENS_AREA_GRANT}, {3, LENS_AREA_DENY}};
    const struct lens_call call = {.operation = LENS_CREATE_NEW_BOOKING,
                                   .values = {[LENS_RESERVATION_ID] = "R20931",
                                              [LENS_SITE_NAME] = "Main",
                                              [LENS_PMS_TERMINAL_ID] = "DESK1",
                                              [LENS_ENCODER_ID] = "1",
                                              [LENS_CHECK_IN] = "2026-05-04T15:00:00",
                                              [LENS_CHECK_OUT] = "2026-05-07T12:00:00",
                                              [LENS_GUEST_NAME] = "Ortega",
                                              [LENS_MAIN_ROOM_NO] = "101",
                                              [LENS_SUITE_DOORS] = "false",
                                              [LENS_KEY_COUNT] = "1",
                                              [LENS_KEY_SIZE] = "0"},
                                   .areas = areas,
                                   .area_count = sizeof areas / sizeof *areas};
    NEED(lens_call_write(&header, &call, out) == 0);
}

static void answer(struct buf *out)
{
    const struct lens_answer answer = {
        .kind = LENS_ANSWER_SUCCESS, .code = "0", .text = "Success", .detail = "", .transaction = -1};
    NEED(lens_answer_write(LENS_CREATE_NEW_BOOKING, header.message_id, &answer, out) == 0);
}

static void decode(const struct buf *bytes)
{
    static struct lens_parser parser; /* its memory is that of the process */
    static bool is_there;
    struct lens_answer answer;
    struct kc_error error;
    is_there = is_there || lens_parser_need(&error) == KC_OK;
    NEED(is_there);
    NEED(lens_answer_read_with(&parser, LENS_CREATE_NEW_BOOKING, bytes->data, bytes->length, &answer) == 0);
    NEED(answer.kind == LENS_ANSWER_SUCCESS);
    lens_answer_free(&answer);
}

const struct bench_codec *codec_lens(size_t more)
{
    static const struct bench_codec codec = {"saflok-lens", encode, answer, decode};
    return more == 0 ? &codec : NULL;
}
