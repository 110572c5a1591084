/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error object behind the public kc_error. */
#ifndef KEYCARD_UTIL_ERROR_H
#define KEYCARD_UTIL_ERROR_H

#include <keycard/keycard.h>

struct kc_error {
    int32_t code;          /* KC_ERROR_... */
    int32_t card_state;    /* KC_OUTCOME_...; not written unless someone says otherwise */
    int32_t verb;          /* KC_VERB_... of the operation that it ended; 0: of none */
    const char *field;     /* static string, "" if none */
    char message[600];     /* no guest data, no secrets */
    char vendor_code[64];  /* "" if none */
    char vendor_text[256]; /* "" if none; control bytes replaced, no guest data */
};

/* Nothing wrong yet. Where each instruction counts: the texts behind their first byte are left as they are. */
static inline void error_init(struct kc_error *error)
{
    error->code = KC_OK;
    error->card_state = KC_OUTCOME_PENDING;
    error->verb = 0;
    error->field = "";
    error->message[0] = error->vendor_code[0] = error->vendor_text[0] = '\0';
}
/* Fills an error; `error` may be NULL (then only the code counts). Values from outside go through error_quote().
 * Text that does not fit is cut at a character. Returns code, so that `return error_set(...)` reads well. */
int32_t error_set(struct kc_error *error, int32_t code, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* KC_ERROR_NO_MEMORY, with its text. */
int32_t error_no_memory(struct kc_error *error);
/* Sets the vendor's code and text. Bytes that are not printable UTF-8 become '?'. NULL gives "". */
void error_set_vendor(struct kc_error *error, const char *code, const char *text);
/* The error came when some of several cards had been made: its message says so, and the card's state is "written"
 * unless it is unknown. */
void error_after_cards(struct kc_error *error, int32_t made, int32_t wanted);
/* Shows a value in a message: control bytes and invalid UTF-8 as \xNN, at most 60 characters, then "...". Returns
 * `out`. Never for guest data or secrets. */
struct error_quoted {
    char text[200];
};
const char *error_quote(struct error_quoted *out, const char *value);

#endif
