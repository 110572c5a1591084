/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times of a site: ISO 8601 in, instant and wall time out (ICU; never the host's zone). */
#ifndef KEYCARD_UTIL_MOMENT_H
#define KEYCARD_UTIL_MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

struct wall_time {
    int32_t year; /* 2000 to 2099 */
    int32_t month, day, hour, minute;
};

struct moment {
    int64_t utc;           /* seconds since 1970 */
    struct wall_time wall; /* the same in the zone of the site */
};

struct clock_time {
    int32_t hour, minute;
};

struct zone; /* an IANA time zone; immutable once open, but not to be used by two threads at once */
/* KC_OK, KC_ERROR_INVALID_ARGUMENT (not an IANA name; ICU's own "unknown zone" fallback is an error) or
 * KC_ERROR_NO_MEMORY. */
int32_t zone_open(const char *name, struct zone **zone, struct kc_error *error);
void zone_close(struct zone *zone);

enum moment_edge { MOMENT_FROM, MOMENT_UNTIL };
enum moment_note { MOMENT_EXACT, MOMENT_GAP, MOMENT_OVERLAP };

/* Reads "HH:MM", 00:00 to 23:59. */
int32_t clock_time_parse(const char *text, struct clock_time *out);
/* Reads YYYY-MM-DD, or that with T (or a blank) and hh:mm or hh:mm:ss (seconds must be 00), then nothing, Z, +hh:mm,
 * +hhmm or +hh. 24:00 is allowed as the end of a day. A date alone takes `usual`. Without offset it is wall time of the
 * zone: in the gap of a daylight-saving night it moves forward by the length of the gap; in the overlap MOMENT_FROM
 * takes the earlier and MOMENT_UNTIL the later instant; `note` (may be NULL) tells. With an offset it is exact, but
 * still noted as MOMENT_OVERLAP if its wall time is ambiguous. The years 2000 to 2099 only. The error names `field` and
 * the fault: form, no such day (29 February), hour, minute, offset, year. */
int32_t moment_parse(struct zone *zone, const char *text, enum moment_edge edge, const struct clock_time *usual,
                     const char *field, struct moment *out, enum moment_note *note, struct kc_error *error);
/* The instant in the zone. Returns KC_OK, or KC_ERROR_INVALID_ARGUMENT outside 2000 to 2099. */
int32_t moment_from_utc(struct zone *zone, int64_t utc, struct moment *out);
/* Moves the wall time to a whole multiple of `minutes` (1 to 60, a divisor of 60), down or up. Returns whether it
 * changed. Rounding is done on the wall clock; the result is resolved in the zone as in moment_parse(). */
bool moment_round(struct zone *zone, struct moment *moment, int32_t minutes, bool up, enum moment_edge edge);
/* "2026-06-15T14:00+03:00" with the NUL; always this form. */
#define MOMENT_TEXT_SIZE 32
void moment_format(struct zone *zone, int64_t utc, char out[MOMENT_TEXT_SIZE]);
/* The same for a moment whose wall time is worked out. */
void moment_format_known(const struct moment *moment, char out[MOMENT_TEXT_SIZE]);
/* "2026-06-15T11:00:00Z" with the NUL, for messages that carry a time of their own. Years 1970 to 9999. */
#define MOMENT_UTC_SIZE 21
void moment_format_utc(int64_t utc, char out[MOMENT_UTC_SIZE]);
/* "2026-06-15T13:00:00" with the NUL: a wall time without its zone. */
#define MOMENT_WALL_SIZE 20
void moment_format_wall(const struct wall_time *wall, char out[MOMENT_WALL_SIZE]);

#endif
