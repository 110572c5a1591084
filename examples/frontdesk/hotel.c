/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading, checking and writing the file of bookings. */
#include "hotel.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *booking_text(const json_t *booking, const char *name)
{
    const char *text = json_string_value(json_object_get(booking, name));
    return text != NULL ? text : "";
}

bool hotel_is_moment(const char *text)
{
    static const char form[] = "dddd-dd-ddTdd:dd";
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (strlen(text) != sizeof form - 1)
        return false;
    for (size_t i = 0; form[i] != '\0'; i++) {
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    }
    const long year = strtol(text, NULL, 10), month = strtol(text + 5, NULL, 10), day = strtol(text + 8, NULL, 10);
    if (month < 1 || month > 12 || day < 1)
        return false;
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= days[month - 1] + (month == 2 && leap) && strtol(text + 11, NULL, 10) < 24 &&
           strtol(text + 14, NULL, 10) < 60;
}

/* What is said of a booking on the way to a request must have a simple form. */
static bool is_identifier(const char *id)
{
    const size_t length = strlen(id);
    return length > 0 && length <= 40 &&
           strspn(id, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-") == length;
}

static const char *fault_of(const struct hotel *hotel, json_t *booking, size_t index)
{
    const char *id = booking_text(booking, "id");
    if (!is_identifier(id))
        return "the id is missing, or has other characters than letters, digits and hyphens";
    for (size_t i = 0; i < index; i++) {
        if (strcmp(booking_text(json_array_get(hotel->bookings, i), "id"), id) == 0)
            return "the id is there twice";
    }
    if (booking_text(booking, "guest")[0] == '\0')
        return "the guest is missing";
    if (!hotel_is_moment(booking_text(booking, "arrival")) || !hotel_is_moment(booking_text(booking, "departure")))
        return "arrival and departure are written YYYY-MM-DDTHH:MM";
    if (!json_is_array(json_object_get(booking, "areas")) && json_object_set_new(booking, "areas", json_array()) != 0)
        return "memory is used up";
    return NULL;
}

bool hotel_open(struct hotel *hotel, const char *path)
{
    json_error_t error;
    size_t index;
    json_t *booking;
    hotel->path = path;
    hotel->bookings = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_array(hotel->bookings)) {
        fprintf(stderr, "frontdesk: the bookings in %s cannot be read: %s\n", path,
                hotel->bookings == NULL ? error.text : "this is no array");
        return false;
    }
    json_array_foreach(hotel->bookings, index, booking)
    {
        const char *fault = fault_of(hotel, booking, index);
        if (fault == NULL)
            continue;
        fprintf(stderr, "frontdesk: %s, booking number %zu: %s\n", path, index + 1, fault);
        return false;
    }
    return true;
}

void hotel_close(struct hotel *hotel)
{
    json_decref(hotel->bookings);
    json_decref(hotel->areas);
    hotel->bookings = hotel->areas = NULL;
}

json_t *hotel_find(const struct hotel *hotel, const char *id)
{
    size_t index;
    json_t *booking;
    json_array_foreach(hotel->bookings, index, booking)
    {
        if (strcmp(booking_text(booking, "id"), id) == 0)
            return booking;
    }
    return NULL;
}

bool hotel_has_area(const struct hotel *hotel, const char *name)
{
    size_t index;
    json_t *area;
    json_array_foreach(hotel->areas, index, area)
    {
        if (strcmp(booking_text(area, "name"), name) == 0)
            return true;
    }
    return false;
}

bool hotel_save(const struct hotel *hotel)
{
    char *path = NULL;
    bool saved = false;
    if (asprintf(&path, "%s.new", hotel->path) < 0)
        return false;
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file >= 0) {
        saved = json_dumpfd(hotel->bookings, file, JSON_INDENT(2)) == 0 && fsync(file) == 0;
        close(file);
        saved = saved && rename(path, hotel->path) == 0;
    }
    free(path);
    return saved;
}
