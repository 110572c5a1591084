/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A driver of encoders on serial ports for the tests of devices, and the encoder at the far end of the cable: asked
 * "who", it says "tester MODEL FIRMWARE"; asked "make", it says "made". The tests' own table of drivers has this one
 * and a second one for the same ports, to which nothing ever answers. */
#ifndef KEYCARD_TESTS_DEVICE_TESTER_H
#define KEYCARD_TESTS_DEVICE_TESTER_H

#include <stdbool.h>

enum tester_manner {
    TESTER_GOOD,
    TESTER_SILENT,
    TESTER_STRANGE,  /* answers, but as something else */
    TESTER_HOSTILE,  /* control bytes and much too long a name */
    TESTER_HALF_MADE /* begins to answer "make" and says no more */
};

/* What came to the far end since it was plugged in; it is read without waiting. */
struct tester {
    int far_end;
    enum tester_manner manner;
    char heard[64];
    int asked, made; /* how often it was asked who it is, and to make a key */
};

/* Reads and answers. */
void tester_turn(struct tester *tester);

#endif
