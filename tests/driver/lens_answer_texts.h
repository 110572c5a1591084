/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers of the LENS SOAP service as texts, and as what they are read. Needs cmocka's headers before it. */
#ifndef LENS_ANSWER_TEXTS_H
#define LENS_ANSWER_TEXTS_H

#include <string.h>

#include "lens/codec.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define ENVELOPE(body)                                                                                                 \
    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>" body "</s:Body></s:Envelope>"
#define RESULT(inner)                                                                                                  \
    ENVELOPE("<CheckOutGuestResponse xmlns=\"http://tempuri.org\"><CheckOutGuestResult>" inner                         \
             "</CheckOutGuestResult></CheckOutGuestResponse>")
#define RESPONSE(inner) RESULT("<CMessengerResponse>" inner "</CMessengerResponse>")

static inline enum lens_answer_kind read_as(enum lens_operation operation, const char *text, struct lens_answer *answer)
{
    assert_int_equal(lens_answer_read(operation, (const uint8_t *)text, strlen(text), answer), 0);
    return answer->kind;
}

static inline enum lens_answer_kind kind_of(const char *text)
{
    struct lens_answer answer;
    enum lens_answer_kind kind = read_as(LENS_CHECK_OUT_GUEST, text, &answer);
    assert_true((kind == LENS_ANSWER_UNREADABLE) == (answer.problem[0] != '\0'));
    lens_answer_free(&answer);
    return kind;
}

#endif
