/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times of a site. ICU is asked once, when a zone is opened, for all its changes of offset; everything after that is
 * arithmetic of the Gregorian calendar on a table, so it is fast and the host's zone and locale cannot matter. */
#include "util/moment.h"

#include <stdlib.h>
#include <string.h>

#include "external/icu_calls.h"

#define YEAR_FIRST 2000
#define YEAR_LAST  2099

#define MINUTE INT64_C(60)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* The table reaches a month past the years that are allowed, so that their edges have neighbours in every zone. */
#define TABLE_START INT64_C(943920000)  /* 1999-11-30 */
#define TABLE_END   INT64_C(4105123200) /* 2100-02-01 */
#define TABLE_MAX   4096                /* more changes of offset than any zone has */

/* What is written, so that the year always has four digits. */
#define TEXT_FIRST INT64_C(-62135510400) /* 0001-01-02 */
#define TEXT_LAST  INT64_C(253402128000) /* 9999-12-30 */

#define ZONE_NAME_MAX   63
#define TEXT_LENGTH_MAX 40 /* more than any form needs */
#define OFFSET_MAX      (14 * HOUR)

/* From `start` on, to the next one, local time is `offset` seconds ahead of UTC. */
struct zone_span {
    int64_t start;
    int64_t offset;
};

struct zone {
    size_t count; /* at least 1 */
    struct zone_span *spans;
};

/* ---- Opening ---------------------------------------------------------------------------------------------------- */

/* Names that ICU knows and IANA does not, or that stand for "not set". Some of them would be a nasty surprise: "BST" is
 * Bangladesh there, "AST" Alaska. */
static bool zone_name_is_foreign(const char *name)
{
    static const char *const names[] = {
        "ACT", "AET", "AGT", "ART", "AST", "BET", "BST", "CAT", "CNT", "CST", "CTT", "EAT",         "ECT",     "IET",
        "IST", "JST", "MIT", "NET", "NST", "PLT", "PNT", "PRT", "PST", "SST", "VST", "Etc/Unknown", "Factory",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return strncmp(name, "SystemV/", 8) == 0;
}

/* Copies a name to UTF-16 if it can be one. Returns its length, or 0. */
static int32_t zone_name_units(const char *name, UChar units[ZONE_NAME_MAX + 1])
{
    size_t length = name == NULL ? 0 : strnlen(name, ZONE_NAME_MAX + 1);
    if (length == 0 || length > ZONE_NAME_MAX || zone_name_is_foreign(name))
        return 0;
    for (size_t i = 0; i < length; i++) {
        char c = name[i];
        bool good = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                    (c != '\0' && strchr("/_+-", c) != NULL);
        if (!good)
            return 0;
        units[i] = (UChar)c;
    }
    units[length] = 0;
    return (int32_t)length;
}

/* Adds a span unless the offset stays the same. Returns false when memory is used up. */
static bool zone_add(struct zone *zone, size_t *capacity, struct zone_span span)
{
    if (zone->count > 0 && zone->spans[zone->count - 1].offset == span.offset)
        return true;
    if (zone->count == *capacity) {
        size_t larger = *capacity == 0 ? 8 : *capacity * 2;
        struct zone_span *spans = realloc(zone->spans, larger * sizeof *spans);
        if (spans == NULL)
            return false;
        zone->spans = spans;
        *capacity = larger;
    }
    zone->spans[zone->count++] = span;
    return true;
}

/* Fills the table from a calendar of the zone. */
static void zone_fill(struct zone *zone, UCalendar *calendar, UErrorCode *status)
{
    size_t capacity = 0;
    struct zone_span span = {.start = TABLE_START};
    for (size_t i = 0; i < TABLE_MAX && span.start < TABLE_END; i++) {
        ucal_setMillis(calendar, (UDate)span.start * 1000, status);
        int32_t offset_ms = ucal_get(calendar, UCAL_ZONE_OFFSET, status) + ucal_get(calendar, UCAL_DST_OFFSET, status);
        span.offset = offset_ms / 1000;
        if (U_SUCCESS(*status) && !zone_add(zone, &capacity, span))
            *status = U_MEMORY_ALLOCATION_ERROR;
        UDate next = 0;
        UBool more = ucal_getTimeZoneTransitionDate(calendar, UCAL_TZ_TRANSITION_NEXT, &next, status);
        if (U_FAILURE(*status) || !more || next / 1000 <= (UDate)span.start || next / 1000 >= (UDate)TABLE_END)
            return;
        span.start = (int64_t)(next / 1000);
    }
}

/* The zone that every site begins with: nothing has to be asked for it. */
static int32_t open_utc(struct zone **zone, struct kc_error *error)
{
    size_t capacity = 0;
    struct zone *opened = calloc(1, sizeof *opened);
    if (opened == NULL || !zone_add(opened, &capacity, (struct zone_span){.start = TABLE_START})) {
        zone_close(opened);
        return error_set(error, KC_ERROR_NO_MEMORY, "time-zone", "memory is used up");
    }
    *zone = opened;
    return KC_OK;
}

int32_t zone_open(const char *name, struct zone **zone, struct kc_error *error)
{
    if (name != NULL && strcmp(name, "UTC") == 0)
        return open_utc(zone, error);
    const int32_t loaded = icu_need(error);
    if (loaded != KC_OK)
        return loaded;
    UChar units[ZONE_NAME_MAX + 1];
    int32_t length = zone_name_units(name, units);
    UChar canonical[ZONE_NAME_MAX * 2];
    UBool known = 0;
    UErrorCode status = length == 0 ? U_ILLEGAL_ARGUMENT_ERROR : U_ZERO_ERROR;
    ucal_getCanonicalTimeZoneID(units, length, canonical, ZONE_NAME_MAX * 2, &known, &status);
    if (U_SUCCESS(status) && !known) /* such as "GMT+3", which ICU takes and IANA does not have */
        status = U_ILLEGAL_ARGUMENT_ERROR;
    UCalendar *calendar = NULL;
    struct zone *opened = NULL;
    if (U_SUCCESS(status))
        calendar = ucal_open(units, length, "en", UCAL_GREGORIAN, &status);
    if (U_SUCCESS(status)) {
        opened = calloc(1, sizeof *opened);
        if (opened == NULL)
            status = U_MEMORY_ALLOCATION_ERROR;
        else
            zone_fill(opened, calendar, &status);
    }
    if (calendar != NULL)
        ucal_close(calendar);
    if (U_SUCCESS(status)) {
        *zone = opened;
        return KC_OK;
    }
    zone_close(opened);
    if (status == U_MEMORY_ALLOCATION_ERROR)
        return error_set(error, KC_ERROR_NO_MEMORY, "time-zone", "memory is used up");
    struct error_quoted quoted;
    return error_set(error, KC_ERROR_INVALID_ARGUMENT, "time-zone",
                     "\"%s\" is no time zone of the IANA database; use a name such as \"Europe/Sofia\"",
                     error_quote(&quoted, name));
}

void zone_close(struct zone *zone)
{
    if (zone == NULL)
        return;
    free(zone->spans);
    free(zone);
}

/* ---- Calendar --------------------------------------------------------------------------------------------------- */

static bool is_leap_year(int32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int32_t days_of_month(int32_t year, int32_t month)
{
    static const int32_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap_year(year) ? 29 : days[month - 1];
}

/* Days since 1970. The year is counted from March, so that the day of a leap year is its last one. */
static int64_t days_of_date(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

/* Seconds since 1970 on the wall clock. */
static int64_t local_of_wall(const struct wall_time *wall)
{
    return days_of_date(wall->year, wall->month, wall->day) * DAY + wall->hour * HOUR + wall->minute * MINUTE;
}

/* From the year 1 to the year 9999. Counted from the March of the year 0 all numbers are positive. */
static struct wall_time wall_of_local(int64_t local)
{
    uint64_t since = (uint64_t)(local + 719468 * DAY);
    uint32_t days = (uint32_t)(since / DAY), minutes = (uint32_t)(since % DAY) / 60;
    uint32_t era = days / 146097, day_of_era = days % 146097;
    uint32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint32_t month_from_march = (5 * day_of_year + 2) / 153;
    bool next_year = month_from_march >= 10;
    return (struct wall_time){
        .year = (int32_t)(year_of_era + era * 400 + next_year),
        .month = (int32_t)(next_year ? month_from_march - 9 : month_from_march + 3),
        .day = (int32_t)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
        .hour = (int32_t)(minutes / 60),
        .minute = (int32_t)(minutes % 60),
    };
}

static int64_t zone_offset(const struct zone *zone, int64_t utc)
{
    size_t low = 0;
    size_t high = zone->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (zone->spans[middle].start <= utc)
            low = middle;
        else
            high = middle;
    }
    return zone->spans[low].offset;
}

/* The instant of a wall clock's time. No offset is a whole day, so the instant lies within a day of the same number
 * read as UTC, and at most one change of offset falls into these two days. */
static int64_t zone_resolve(const struct zone *zone, int64_t local, enum moment_edge edge, enum moment_note *note)
{
    int64_t before = local - zone_offset(zone, local - DAY);
    int64_t after = local - zone_offset(zone, local + DAY);
    bool before_exists = before + zone_offset(zone, before) == local;
    bool after_exists = after + zone_offset(zone, after) == local;
    *note = MOMENT_EXACT;
    if (before_exists && after_exists && before != after) {
        *note = MOMENT_OVERLAP;
        return edge == MOMENT_FROM ? before : after;
    }
    if (before_exists || after_exists)
        return before_exists ? before : after;
    /* The clock read as if it had not been changed: the wall time moves forward by the gap. */
    *note = MOMENT_GAP;
    return before;
}

int32_t moment_from_utc(struct zone *zone, int64_t utc, struct moment *out)
{
    if (utc < TABLE_START || utc >= TABLE_END)
        return KC_ERROR_INVALID_ARGUMENT;
    struct wall_time wall = wall_of_local(utc + zone_offset(zone, utc));
    if (wall.year < YEAR_FIRST || wall.year > YEAR_LAST)
        return KC_ERROR_INVALID_ARGUMENT;
    *out = (struct moment){.utc = utc, .wall = wall};
    return KC_OK;
}

bool moment_round(struct zone *zone, struct moment *moment, int32_t minutes, bool up, enum moment_edge edge)
{
    const int64_t step = minutes * MINUTE;
    int64_t local = local_of_wall(&moment->wall);
    if (minutes < 1 || minutes > 60 || 60 % minutes != 0 || local % step == 0)
        return false;
    local -= local % step;
    if (up && wall_of_local(local + step).year <= YEAR_LAST) /* past the last year only down is left */
        local += step;
    /* A gap of half an hour can move it off the multiple: then the next one in the same direction. */
    for (;; local += up ? step : -step) {
        enum moment_note note;
        struct moment rounded;
        int64_t utc = zone_resolve(zone, local, edge, &note);
        if (moment_from_utc(zone, utc, &rounded) != KC_OK)
            return false;
        if (local_of_wall(&rounded.wall) % step == 0) {
            *moment = rounded;
            return true;
        }
    }
}

static char *write_two(char *out, int64_t number)
{
    uint32_t small = (uint32_t)number;
    out[0] = (char)('0' + small / 10);
    out[1] = (char)('0' + small % 10);
    return out + 2;
}

static char *write_wall(char *out, const struct wall_time *wall)
{
    out = write_two(out, wall->year / 100);
    out = write_two(out, wall->year % 100);
    *out++ = '-';
    out = write_two(out, wall->month);
    *out++ = '-';
    out = write_two(out, wall->day);
    *out++ = 'T';
    out = write_two(out, wall->hour);
    *out++ = ':';
    return write_two(out, wall->minute);
}

void moment_format_wall(const struct wall_time *wall, char out[MOMENT_WALL_SIZE])
{
    memcpy(write_wall(out, wall), ":00", sizeof ":00");
}

static void write_with_offset(char *out, const struct wall_time *wall, int64_t minutes)
{
    char *at = write_wall(out, wall);
    *at++ = minutes < 0 ? '-' : '+';
    uint32_t ahead = (uint32_t)(minutes < 0 ? -minutes : minutes);
    at = write_two(at, ahead / 60);
    *at++ = ':';
    at = write_two(at, ahead % 60);
    *at = '\0';
}

void moment_format(struct zone *zone, int64_t utc, char out[MOMENT_TEXT_SIZE])
{
    utc = utc < TEXT_FIRST ? TEXT_FIRST : utc > TEXT_LAST ? TEXT_LAST : utc;
    int64_t offset = zone_offset(zone, utc);
    struct wall_time wall = wall_of_local(utc + offset);
    write_with_offset(out, &wall, offset / MINUTE);
}

void moment_format_known(const struct moment *moment, char out[MOMENT_TEXT_SIZE])
{
    /* the wall time has no seconds */
    write_with_offset(out, &moment->wall, local_of_wall(&moment->wall) / MINUTE - moment->utc / MINUTE);
}

/* ---- Reading ---------------------------------------------------------------------------------------------------- */

/* Reads two digits. Returns the number, or -1. Never reads past the NUL. */
static int32_t two_digits(const char *text)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
        return -1;
    return (text[0] - '0') * 10 + (text[1] - '0');
}

int32_t clock_time_parse(const char *text, struct clock_time *out)
{
    if (text == NULL || strnlen(text, 6) != 5 || text[2] != ':')
        return KC_ERROR_INVALID_ARGUMENT;
    int32_t hour = two_digits(text);
    int32_t minute = two_digits(text + 3);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59)
        return KC_ERROR_INVALID_ARGUMENT;
    *out = (struct clock_time){.hour = hour, .minute = minute};
    return KC_OK;
}

/* What stands in the text, its form checked and its numbers not yet. */
struct reading {
    struct wall_time wall;
    bool has_time, has_offset;
    int32_t second;
    int32_t offset_sign, offset_hour, offset_minute;
};

static bool read_date(const char *text, size_t length, struct wall_time *wall)
{
    if (length < 10 || text[4] != '-' || text[7] != '-')
        return false;
    int32_t century = two_digits(text);
    int32_t year = two_digits(text + 2);
    wall->month = two_digits(text + 5);
    wall->day = two_digits(text + 8);
    if (century < 0 || year < 0 || wall->month < 0 || wall->day < 0)
        return false;
    wall->year = century * 100 + year;
    return true;
}

/* Z, +hh:mm, +hhmm or +hh, to the end. */
static bool read_offset(const char *text, struct reading *reading)
{
    reading->has_offset = true;
    reading->offset_sign = text[0] == '-' ? -1 : 1;
    if (strcmp(text, "Z") == 0)
        return true;
    if (text[0] != '+' && text[0] != '-')
        return false;
    size_t length = strlen(text);
    if (length < 3)
        return false;
    reading->offset_hour = two_digits(text + 1);
    if (length == 5)
        reading->offset_minute = two_digits(text + 3);
    else if (length == 6 && text[3] == ':')
        reading->offset_minute = two_digits(text + 4);
    else if (length != 3)
        return false;
    return reading->offset_hour >= 0 && reading->offset_minute >= 0;
}

/* Behind the date: T or a blank, hh:mm or hh:mm:ss, maybe an offset. */
static bool read_time(const char *text, size_t length, struct reading *reading)
{
    if (length < 6 || (text[0] != 'T' && text[0] != ' ') || text[3] != ':')
        return false;
    reading->has_time = true;
    reading->wall.hour = two_digits(text + 1);
    reading->wall.minute = two_digits(text + 4);
    if (reading->wall.hour < 0 || reading->wall.minute < 0)
        return false;
    text += 6;
    if (text[0] == ':') {
        if (text[1] == '\0')
            return false;
        reading->second = two_digits(text + 1);
        if (reading->second < 0)
            return false;
        text += 3;
    }
    return text[0] == '\0' || read_offset(text, reading);
}

/* What is wrong with the numbers, or NULL. */
static const char *reading_fault(const struct reading *reading)
{
    const struct wall_time *wall = &reading->wall;
    if (wall->year < YEAR_FIRST || wall->year > YEAR_LAST)
        return "the year must be 2000 to 2099";
    if (wall->month < 1 || wall->month > 12)
        return "the month must be 01 to 12";
    if (wall->month == 2 && wall->day == 29 && !is_leap_year(wall->year))
        return "no such day: this year has no 29 February";
    if (wall->day < 1 || wall->day > days_of_month(wall->year, wall->month))
        return "no such day in this month";
    if (wall->hour > 24)
        return "the hour must be 00 to 23, or 24:00 for the end of the day";
    if (wall->minute > 59)
        return "the minute must be 00 to 59";
    if (wall->hour == 24 && wall->minute > 0)
        return "the hour 24 goes only with the minute 00";
    if (reading->second != 0)
        return "the seconds must be 00";
    if (reading->offset_minute > 59 || reading->offset_hour * HOUR + reading->offset_minute * MINUTE > OFFSET_MAX)
        return "the offset must be -14:00 to +14:00";
    return NULL;
}

static const char *read_moment(const char *text, struct reading *reading)
{
    static const char form[] = "write YYYY-MM-DD, YYYY-MM-DDThh:mm or YYYY-MM-DDThh:mm+hh:mm";
    size_t length = strnlen(text, TEXT_LENGTH_MAX);
    if (length == TEXT_LENGTH_MAX || !read_date(text, length, &reading->wall))
        return form;
    if (length > 10 && !read_time(text + 10, length - 10, reading))
        return form;
    return reading_fault(reading);
}

static int64_t resolve_reading(struct zone *zone, const struct reading *reading, enum moment_edge edge,
                               enum moment_note *note)
{
    int64_t local = local_of_wall(&reading->wall); /* 24:00 is the start of the next day by itself */
    if (!reading->has_offset)
        return zone_resolve(zone, local, edge, note);
    int64_t utc = local - reading->offset_sign * (reading->offset_hour * HOUR + reading->offset_minute * MINUTE);
    zone_resolve(zone, utc + zone_offset(zone, utc), edge, note);
    return utc;
}

int32_t moment_parse(struct zone *zone, const char *text, enum moment_edge edge, const struct clock_time *usual,
                     const char *field, struct moment *out, enum moment_note *note, struct kc_error *error)
{
    struct reading reading = {0};
    struct moment moment;
    enum moment_note found = MOMENT_EXACT;
    const char *fault = read_moment(text == NULL ? "" : text, &reading);
    if (fault == NULL) {
        if (!reading.has_time && usual != NULL) {
            reading.wall.hour = usual->hour;
            reading.wall.minute = usual->minute;
        }
        int64_t utc = resolve_reading(zone, &reading, edge, &found);
        if (moment_from_utc(zone, utc, &moment) != KC_OK)
            fault = "the year must be 2000 to 2099, also in the time zone of the site";
    }
    if (fault != NULL) {
        struct error_quoted quoted;
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, field, "the time \"%s\" is not valid: %s",
                         error_quote(&quoted, text), fault);
    }
    *out = moment;
    if (note != NULL)
        *note = found;
    return KC_OK;
}

/* The proleptic Gregorian calendar in eras of 400 years that begin in March, so that the leap day is the last. */
void moment_format_utc(int64_t utc, char out[MOMENT_UTC_SIZE])
{
    const int64_t last = INT64_C(253402300799); /* of the year 9999 */
    if (utc < 0 || utc > last)
        utc = utc < 0 ? 0 : last;
    struct wall_time wall = wall_of_local(utc);
    char *at = write_wall(out, &wall);
    *at++ = ':';
    at = write_two(at, utc % MINUTE);
    memcpy(at, "Z", sizeof "Z");
}
