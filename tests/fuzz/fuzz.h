/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each fuzz target has: what libFuzzer calls, and how it is told that something is wrong. */
#ifndef KEYCARD_TESTS_FUZZ_H
#define KEYCARD_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#define REQUIRE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            __builtin_trap();                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
