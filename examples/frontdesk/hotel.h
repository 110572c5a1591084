/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The PMS's own data: the bookings, kept in one JSON file. Each is an object with the texts id, guest, room (empty if
 * none is allocated), arrival and departure (wall time of the site, YYYY-MM-DDTHH:MM), phone, email and note, the
 * number cards, and the array areas.
 */
#ifndef FRONTDESK_HOTEL_H
#define FRONTDESK_HOTEL_H

#include <jansson.h>
#include <stdbool.h>

struct hotel {
    const char *path;
    json_t *bookings; /* an array */
    json_t *areas;    /* an array of objects with name and label */
};

/* Reads the file; false after a complaint. */
bool hotel_open(struct hotel *hotel, const char *path);
void hotel_close(struct hotel *hotel);
/* Borrowed, or NULL. */
json_t *hotel_find(const struct hotel *hotel, const char *id);
/* Writes the file anew: all or nothing. */
bool hotel_save(const struct hotel *hotel);
bool hotel_has_area(const struct hotel *hotel, const char *name);
const char *booking_text(const json_t *booking, const char *name);
/* Whether this is a real date and time, YYYY-MM-DDTHH:MM. */
bool hotel_is_moment(const char *text);

#endif
