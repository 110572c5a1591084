/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a record to a request. FIAS, section "key records". */
#include "order.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"

enum { NAME_SIZE = 1300, POSITIONS = 20 };

struct reading {
    struct order *order;
    const struct fias_record *record;
    const struct property *hotel;
    const struct settings *settings;
    const struct words *words;
    const kc_system *system; /* NULL: not known before the library chooses */
};

/* The first fault counts. Always false. */
static bool fail(struct order *order, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool fail(struct order *order, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (order->fault[0] == '\0')
        (void)vsnprintf(order->fault, sizeof order->fault, format, arguments);
    va_end(arguments);
    return false;
}

/* What the library says of a setter. */
static bool set(const struct reading *reading, int32_t status, const char *field)
{
    if (status == KC_OK)
        return true;
    say(KC_LOG_WARNING, "field %s: %s", field, kc_error_get_message(kc_request_get_error(reading->order->request)));
    return fail(reading->order, "field %s is not valid", field);
}

static const struct fias_field *find(const struct reading *reading, const char *id)
{
    const struct fias_field *field = fias_find(reading->record, FIAS_ID(id));
    return field != NULL && field->length > 0 ? field : NULL;
}

/* Whether the value can be sent back. */
static bool is_sendable(const char *id, const char *value)
{
    struct fias_writer writer;
    struct buf record;
    buf_init(&record);
    fias_begin(&writer, &record, FIAS_ID("KA"));
    fias_put(&writer, FIAS_ID(id), value);
    const bool good = fias_end(&writer) == 0;
    buf_free(&record);
    return good;
}

/* A value as it came. */
static bool copy(const struct reading *reading, const char *id, char out[ORDER_NAME_SIZE])
{
    const struct fias_field *field = find(reading, id);
    out[0] = '\0';
    if (field == NULL)
        return true;
    if (field->length >= ORDER_NAME_SIZE)
        return fail(reading->order, "field %s is too long", id);
    memcpy(out, field->value, field->length);
    out[field->length] = '\0';
    if (is_sendable(id, out))
        return true;
    out[0] = '\0';
    return fail(reading->order, "field %s is not valid", id);
}

static bool text(const struct reading *reading, const char *id, char *out, size_t size)
{
    return words_in(reading->words, find(reading, id), out, size) || fail(reading->order, "field %s is not valid", id);
}

/* ---- Who, where, which stay ------------------------------------------------------------------------------------ */

static bool read_kind(const struct reading *reading)
{
    struct order *order = reading->order;
    const struct fias_field *type = find(reading, "KT");
    if (order->record == FIAS_ID("KD"))
        order->kind = ORDER_DELETE;
    else if (order->record == FIAS_ID("KM"))
        order->kind = ORDER_CHANGE;
    else if (order->record == FIAS_ID("KZ"))
        order->kind = ORDER_READ;
    else if (order->record == FIAS_ID("GO"))
        order->kind = ORDER_LEFT;
    else if (fias_field_is(type, "N"))
        order->kind = ORDER_NEW;
    else if (fias_field_is(type, "D"))
        order->kind = ORDER_DUPLICATE;
    else if (fias_field_is(type, "O"))
        order->kind = ORDER_ONE_SHOT;
    else
        return fail(order, "key type KT is N, D or O");
    return true;
}

/* GO has no encoder; KD and KM have one, although nothing is encoded. */
static bool read_place(struct reading *reading)
{
    struct order *order = reading->order;
    char coder[ORDER_NAME_SIZE * 4];
    const bool encodes = order->kind != ORDER_DELETE && order->kind != ORDER_CHANGE && order->kind != ORDER_LEFT;
    if (!text(reading, "KC", coder, sizeof coder))
        return false;
    if (encodes && coder[0] == '\0')
        return fail(order, "no key coder KC");
    const bool known = coder[0] != '\0' && hotel_place(reading->hotel, reading->settings, coder, &order->place);
    if (encodes && !known)
        return fail(order, "key coder %.8s is not configured", coder);
    if (!known)
        order->place = (struct place){.system = ""};
    reading->system = property_system(reading->hotel, order->place.system);
    if (order->place.system[0] != '\0' &&
        !set(reading, kc_request_set_system(order->request, order->place.system), "KC"))
        return false;
    return !encodes || set(reading, kc_request_set_encoder(order->request, order->place.encoder), "KC");
}

static bool read_station(const struct reading *reading)
{
    struct order *order = reading->order;
    const char *station = setting_text(reading->settings, SETTING_STATION);
    char workstation[NAME_SIZE], operator_name[NAME_SIZE];
    if (!text(reading, "WS", workstation, sizeof workstation) ||
        !text(reading, "ID", operator_name, sizeof operator_name))
        return false;
    if (strcmp(station, "encoder") == 0)
        station = order->place.encoder;
    else if (strcmp(station, "workstation") == 0)
        station = workstation[0] != '\0' ? workstation : order->place.encoder;
    if (operator_name[0] == '\0')
        (void)snprintf(operator_name, sizeof operator_name, "%s", setting_text(reading->settings, SETTING_OPERATOR));
    return set(reading, kc_request_set_station(order->request, station), "WS") &&
           set(reading, kc_request_set_operator(order->request, operator_name), "ID");
}

static bool read_rooms(const struct reading *reading)
{
    struct order *order = reading->order;
    const struct fias_field *suite = find(reading, "SI");
    struct fias_field item;
    char room[NAME_SIZE];
    if (!text(reading, "RN", order->room, sizeof order->room) ||
        !text(reading, "RO", order->room_before, sizeof order->room_before))
        return false;
    if (order->kind == ORDER_READ)
        return true;
    if (order->room[0] == '\0')
        return fail(order, "no room RN");
    if (!set(reading, kc_request_add_room(order->request, order->room), "RN"))
        return false;
    for (size_t at = 0; suite != NULL && order->kind != ORDER_DELETE && fias_list_next(suite, &at, &item);) {
        if (!words_in(reading->words, &item, room, sizeof room))
            return fail(order, "field SI is not valid");
        if (strcmp(room, order->room) != 0 && !set(reading, kc_request_add_room(order->request, room), "SI"))
            return false;
    }
    return true;
}

static bool read_guest(const struct reading *reading)
{
    struct order *order = reading->order;
    char name[NAME_SIZE], print[NAME_SIZE];
    if (!text(reading, "G#", order->booking, sizeof order->booking) ||
        !set(reading, kc_request_set_booking(order->request, order->booking), "G#"))
        return false;
    if (order->kind == ORDER_READ || order->kind == ORDER_DELETE || order->kind == ORDER_LEFT)
        return true;
    if (!text(reading, "GN", name, sizeof name) || !set(reading, kc_request_set_guest(order->request, name), "GN"))
        return false;
    const bool prints = setting_is(reading->settings, SETTING_PRINT_TEXT, "on") && order->kind != ORDER_CHANGE &&
                        reading->system != NULL && kc_system_get_limit(reading->system, KC_LIMIT_TEXT_LINES) > 0;
    return !prints || (text(reading, "CT", print, sizeof print) &&
                       set(reading, kc_request_set_text(order->request, 1, print), "CT"));
}

/* ---- When ------------------------------------------------------------------------------------------------------ */

static int32_t day_number(const struct fias_date *date)
{
    return (date->year * 100 + date->month) * 100 + date->day;
}

/* The day of the request, as the PMS says, else by the clock of this computer in the site's zone. */
static int32_t today(const struct reading *reading)
{
    const struct fias_field *field = find(reading, "DA");
    const struct tm wall = clock_wall();
    struct fias_date date = {wall.tm_year + 1900, wall.tm_mon + 1, wall.tm_mday};
    if (field != NULL)
        (void)fias_date_read(field, &date);
    return day_number(&date);
}

static bool read_date(const struct reading *reading, const char *id, struct fias_date *date)
{
    const struct fias_field *field = find(reading, id);
    *date = (struct fias_date){0, 0, 0};
    return field == NULL || fias_date_read(field, date) == 0 || fail(reading->order, "%s is not YYMMDD", id);
}

/* FIAS has no time of arrival: a key of today starts now, a later one at the check-in time. The further keys of a stay
 * start as the first one did. */
static bool read_validity(const struct reading *reading)
{
    struct order *order = reading->order;
    const struct fias_field *clock = find(reading, "DT");
    struct fias_date arrival, departure;
    struct fias_time time = {0, 0, 0};
    char from[40], until[40];
    if (!read_date(reading, "GA", &arrival) || !read_date(reading, "GD", &departure))
        return false;
    if (clock != NULL && fias_clock_read(clock, &time) != 0)
        return fail(order, "DT is not HH:MM");
    if (order->kind == ORDER_NEW && departure.year == 0)
        return fail(order, "no departure date GD");
    /* a one-shot key has no dates; samples have them all the same, with the day of the request */
    if (departure.year == 0 || (order->kind == ORDER_ONE_SHOT && day_number(&departure) <= today(reading)))
        return true;
    const bool at_check_in = setting_is(reading->settings, SETTING_ARRIVAL_DAY, "check-in");
    const int32_t earliest = today(reading) + (at_check_in ? 0 : 1);
    const bool starts = order->kind == ORDER_NEW && arrival.year != 0 && day_number(&arrival) >= earliest;
    (void)snprintf(from, sizeof from, "%04d-%02d-%02d", (int)arrival.year, (int)arrival.month, (int)arrival.day);
    (void)snprintf(until, sizeof until, "%04d-%02d-%02d", (int)departure.year, (int)departure.month,
                   (int)departure.day);
    if (clock != NULL)
        (void)snprintf(until + 10, sizeof until - 10, "T%02d:%02d", (int)time.hour, (int)time.minute);
    return set(reading, kc_request_set_validity(order->request, starts ? from : NULL, until), "GD");
}

/* ---- Cards and areas ------------------------------------------------------------------------------------------- */

static bool read_copies(const struct reading *reading)
{
    struct order *order = reading->order;
    const struct fias_field *count = find(reading, "K#");
    order->copies = 1;
    if (count == NULL || (order->kind != ORDER_NEW && order->kind != ORDER_DUPLICATE) ||
        setting_is(reading->settings, SETTING_KEY_COUNT, "off"))
        return true;
    int32_t number = 0;
    for (size_t i = 0; i < count->length; i++) {
        if (count->value[i] < '0' || count->value[i] > '9' || i > 1)
            return fail(order, "key count K# is not valid");
        number = number * 10 + (count->value[i] - '0');
    }
    order->copies = number > 0 ? number : 1;
    return set(reading, kc_request_set_copies(order->request, order->copies), "K#");
}

/* What [options] says of a character at a position: that of both, else that of the position. */
static const char *area_of(const struct settings *settings, size_t position, char letter)
{
    char both[24], alone[24];
    const char *area = NULL;
    (void)snprintf(both, sizeof both, "%zu%c", position, letter);
    (void)snprintf(alone, sizeof alone, "%zu", position);
    for (size_t i = 0; i < settings->options.count; i++) {
        const struct pair *pair = &settings->options.items[i];
        if (strcmp(pair->name, both) == 0)
            return pair->value;
        if (strcmp(pair->name, alone) == 0)
            area = pair->value;
    }
    return area;
}

/* FIAS, section "key options": blank leaves it to the lock system, 0 closes, anything else opens. */
static bool read_areas(const struct reading *reading)
{
    struct order *order = reading->order;
    const struct fias_field *options = find(reading, "KO");
    const bool denies = setting_is(reading->settings, SETTING_CLOSED_OPTIONS, "deny") && reading->system != NULL &&
                        kc_system_has(reading->system, KC_CAPABILITY_DENY_AREAS);
    if (options == NULL || (order->kind != ORDER_NEW && order->kind != ORDER_DUPLICATE))
        return true;
    if (options->length > POSITIONS)
        return fail(order, "more than %d key options KO", POSITIONS);
    for (size_t i = 0; i < options->length; i++) {
        const char letter = options->value[i];
        const char *area = letter == ' ' ? NULL : area_of(reading->settings, i + 1, letter);
        if (letter == ' ' || (letter == '0' && (area == NULL || !denies)))
            continue;
        if (area == NULL)
            return fail(order, "key option %zu is not configured", i + 1);
        if (strcmp(area, "-") == 0)
            continue;
        const int32_t status = letter == '0' ? kc_request_remove_area(order->request, area)
                                             : kc_request_add_area(order->request, area);
        if (!set(reading, status, "KO"))
            return false;
    }
    return true;
}

/* ---- The whole ------------------------------------------------------------------------------------------------- */

static bool read_all(struct reading *reading)
{
    struct order *order = reading->order;
    const bool workstation = copy(reading, "WS", order->workstation), coder = copy(reading, "KC", order->coder);
    const bool reservation = copy(reading, "G#", order->reservation);
    if (!workstation || !coder || !reservation || !read_kind(reading))
        return false;
    if (reading->record->dirty)
        return fail(order, "a field has control bytes");
    if (kc_request_new(reading->hotel->site, &order->request) != KC_OK)
        return fail(order, "memory is used up");
    if (!read_place(reading) || !read_station(reading) || !read_rooms(reading) || !read_guest(reading))
        return false;
    if (order->kind == ORDER_READ || order->kind == ORDER_DELETE || order->kind == ORDER_LEFT)
        return true;
    return read_validity(reading) && read_copies(reading) && read_areas(reading);
}

void order_read(struct order *order, const struct fias_record *record, const struct property *hotel,
                const struct settings *settings, const struct words *words)
{
    struct reading reading = {.order = order, .record = record, .hotel = hotel, .settings = settings, .words = words};
    *order = (struct order){.record = record->id, .copies = 1, .place = {.system = ""}};
    if (!read_all(&reading))
        order->request = kc_request_unref(order->request);
}

void order_free(struct order *order)
{
    order->request = kc_request_unref(order->request);
}
