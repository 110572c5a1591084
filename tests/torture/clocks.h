/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clocks that a test moves: the library's clock_gettime() and timerfd_settime() are those of clocks.c. */
#ifndef KEYCARD_TORTURE_CLOCKS_H
#define KEYCARD_TORTURE_CLOCKS_H

#include <stdint.h>

/* Somebody sets the clock of the computer: forward, or back. */
void clocks_set_wall(int64_t forward_ms);
/* The clock of the computer says what it really is again. */
void clocks_set_right(void);
/* The computer sleeps for so long: the wall clock and the one that counts sleep go on, timers that end meanwhile are
 * over. */
void clocks_sleep(int64_t ms);

#endif
