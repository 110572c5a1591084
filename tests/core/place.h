/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a key that the lock system returns as bytes goes on a card at an encoder of the desk: who makes it, who writes
 * it, the steps, and what both sides say. */
#ifndef KEYCARD_TESTS_PLACE_H
#define KEYCARD_TESTS_PLACE_H

#include "desk.h"

#define SERIAL_SIZE 40

/* Who makes the key. */
struct maker {
    const char *driver, *uri;
    bool mobile; /* the key of an app, which is for no card in particular */
};

enum { SALTO = 0, LENS = 3, MAKER_COUNT = 5 };
extern const struct maker makers[MAKER_COUNT];

/* Who writes the card. */
struct writer {
    const char *driver, *profile, *query;
};

enum { NTAG = 0, CLASSIC = 2, STRIPE = 4, WRITER_COUNT = 6 };
extern const struct writer writers[WRITER_COUNT];

struct place {
    struct desk *desk;
    const struct writer *how;
    struct simulator *reader;
    kc_system *writer;
    char folder[200], uri[300];
};

bool is_stripe(const struct place *place);
/* Also after a restart of the desk. */
void open_writer(struct place *place);
void open_place(struct place *place, struct desk *desk, const struct maker *maker, const struct writer *how,
                size_t image_bytes);
void close_place(struct place *place);
/* The bytes that the vendor's side sent last, as it wrote them into its journal: hex digits, to be freed. */
char *sent_image(const struct place *place);
void hex_of(const uint8_t *bytes, size_t size, char *out);
/* What stands on the card, from where the bytes of a key begin. */
char *card_content(const struct place *place, const char *serial);
void assert_card_holds(const struct place *place, const char *serial, const char *image);
kc_op *read_card(const struct place *place);
/* Which card lies there? A stripe has no number, so any will do for the lock system. */
void ask_serial(const struct place *place, char serial[SERIAL_SIZE]);
kc_op *ask_key(const struct place *place, const struct maker *maker, desk_verb verb, const char *serial);
kc_op *start_writing(const struct place *place, const uint8_t *bytes, size_t size, const char *serial);
kc_op *write_key(const struct place *place, const kc_op *made, const char *serial);
void assert_has_key(const struct place *place, const kc_op *made, const char *image);
/* The ledger has the attempt by itself: what was tried, where, and what came of it. No key stands with it. */
void assert_recorded(const struct place *place, const kc_op *written, int32_t outcome);

#endif
