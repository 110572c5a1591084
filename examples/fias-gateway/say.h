/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the gateway tells on standard error, and the clocks it goes by. Neither guests' data nor secrets are told. */
#ifndef KEYCARD_GATEWAY_SAY_H
#define KEYCARD_GATEWAY_SAY_H

#include <stdint.h>
#include <time.h>

#include "../common/clock.h" /* for waiting */

/* Levels are those of kc_context_set_log(). */
void say_level(int32_t level);
void say(int32_t level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Date and time on the wall of the hotel: main() makes the site's time zone that of this process. */
struct tm clock_wall(void);

#endif
