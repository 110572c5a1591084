/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests and answers as fields of fixed width. */
#include "codec.h"

#include <string.h>

enum { FUNCTION_TRANSACTION = 20, LEAST_YEAR = 2000, LAST_YEAR = 2099 };

/* ---- Fields ---------------------------------------------------------------------------------------------------- */

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static int write_number(struct buf *out, int32_t value, size_t width)
{
    static const int32_t ends[] = {1, 10, 100, 1000};
    if (value < 0 || value >= ends[width])
        return -1;
    for (size_t place = width; place-- > 0;)
        buf_append_byte(out, (uint8_t)('0' + value / ends[place] % 10));
    return 0;
}

static int write_text(struct buf *out, const char *text, size_t width)
{
    size_t length = strlen(text);
    if (length > width || !irs_is_clean((const uint8_t *)text, length))
        return -1;
    buf_append(out, text, length);
    while (length++ < width)
        buf_append_byte(out, ' ');
    return 0;
}

/* Reads one field after the other; the first that is wrong makes the rest wrong. */
struct reader {
    const uint8_t *bytes;
    size_t left;
    bool wrong;
};

static const uint8_t *read_field(struct reader *reader, size_t width)
{
    const uint8_t *field = reader->bytes;
    if (reader->wrong || reader->left < width) {
        reader->wrong = true;
        return NULL;
    }
    reader->bytes += width;
    reader->left -= width;
    return field;
}

static int32_t read_number(struct reader *reader, size_t width)
{
    const uint8_t *field = read_field(reader, width);
    int32_t value = 0;
    for (size_t i = 0; field && i < width; i++) {
        if (!is_digit(field[i])) {
            reader->wrong = true;
            return 0;
        }
        value = value * 10 + (field[i] - '0');
    }
    return value;
}

/* Without the blanks at its end. */
static void read_text(struct reader *reader, size_t width, char *out)
{
    const uint8_t *field = read_field(reader, width);
    size_t length = field ? width : 0;
    while (length > 0 && field[length - 1] == ' ')
        length--;
    if (length > 0 && !irs_is_clean(field, length))
        reader->wrong = true;
    if (length > 0)
        memcpy(out, field, length);
    out[length] = '\0';
}

/* ---- Dates ----------------------------------------------------------------------------------------------------- */

static int32_t days_of(int32_t year, int32_t month)
{
    static const int32_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

bool irs_date_is_good(const struct irs_date *date)
{
    return date->year >= LEAST_YEAR && date->year <= LAST_YEAR && date->month >= 1 && date->month <= 12 &&
           date->day >= 1 && date->day <= days_of(date->year, date->month) && date->hour >= 0 && date->hour <= 23 &&
           date->minute >= 0 && date->minute <= 59;
}

void irs_date_add(struct irs_date *date, int32_t minutes)
{
    int32_t sum = date->minute + minutes;
    date->minute = sum % 60;
    date->hour += sum / 60;
    date->day += date->hour / 24;
    date->hour %= 24;
    while (date->day > days_of(date->year, date->month)) {
        date->day -= days_of(date->year, date->month);
        if (++date->month > 12) {
            date->month = 1;
            date->year++;
        }
    }
}

static int write_date(struct buf *out, const struct irs_date *date)
{
    if (!irs_date_is_good(date))
        return -1;
    write_number(out, date->month, 2);
    write_number(out, date->day, 2);
    write_number(out, date->year % 100, 2);
    write_number(out, date->hour, 2);
    return write_number(out, date->minute, 2);
}

static void read_date(struct reader *reader, struct irs_date *date)
{
    date->month = read_number(reader, 2);
    date->day = read_number(reader, 2);
    date->year = LEAST_YEAR + read_number(reader, 2);
    date->hour = read_number(reader, 2);
    date->minute = read_number(reader, 2);
    reader->wrong = reader->wrong || !irs_date_is_good(date);
}

/* ---- Requests -------------------------------------------------------------------------------------------------- */

static int write_tail(const struct irs_request *request, struct buf *body)
{
    if ((request->pass_option != '0' && request->pass_option != '1') || request->passes >> IRS_PASSES != 0)
        return -1;
    buf_append_byte(body, (uint8_t)request->pass_option);
    for (int32_t number = IRS_PASSES; number >= 1; number--)
        buf_append_byte(body, request->passes & IRS_PASS(number) ? '1' : '0');
    return 0;
}

int irs_request_write(const struct irs_request *request, size_t width, struct buf *body)
{
    if ((width != 5 && width != 15) || !*request->key_number || strlen(request->led) != 2 || request->keys < 1 ||
        request->key_level < 0)
        return -1;
    int bad = write_number(body, FUNCTION_TRANSACTION, 2);
    bad |= write_number(body, request->to_station, 2);
    bad |= write_number(body, request->from_station, 2);
    bad |= write_number(body, request->terminal, 3);
    bad |= write_number(body, request->transaction, 3);
    bad |= write_text(body, request->password, IRS_PASSWORD);
    bad |= write_text(body, request->key_number, width);
    bad |= write_number(body, request->key_level, 1);
    bad |= write_number(body, request->encoder, 2);
    bad |= write_text(body, request->led, 2);
    bad |= write_number(body, request->keys, 2);
    bad |= write_date(body, &request->check_out);
    bad |= write_date(body, &request->expiry);
    if (request->has_tail)
        bad |= write_tail(request, body);
    if (request->tracks) {
        size_t length = strlen(request->tracks);
        if (!irs_is_clean((const uint8_t *)request->tracks, length))
            return -1;
        buf_append(body, request->tracks, length);
    }
    return bad ? -1 : 0;
}

static void read_tail(struct reader *reader, struct irs_request *request)
{
    const uint8_t *option = read_field(reader, 1), *flags = read_field(reader, IRS_PASSES);
    if (!option || !flags || (*option != '0' && *option != '1')) {
        reader->wrong = true;
        return;
    }
    request->has_tail = true;
    request->pass_option = (char)*option;
    for (int32_t i = 0; i < IRS_PASSES; i++) {
        if (flags[i] == '1')
            request->passes |= IRS_PASS(IRS_PASSES - i);
        else if (flags[i] != '0')
            reader->wrong = true;
    }
}

int irs_request_parse(const uint8_t *body, size_t length, size_t width, struct irs_request *request)
{
    struct reader reader = {body, length, width != 5 && width != 15};
    memset(request, 0, sizeof(*request));
    request->pass_option = '0';
    if (read_number(&reader, 2) != FUNCTION_TRANSACTION)
        return -1;
    request->to_station = read_number(&reader, 2);
    request->from_station = read_number(&reader, 2);
    request->terminal = read_number(&reader, 3);
    request->transaction = read_number(&reader, 3);
    read_text(&reader, IRS_PASSWORD, request->password);
    read_text(&reader, width, request->key_number);
    request->key_level = read_number(&reader, 1);
    request->encoder = read_number(&reader, 2);
    read_text(&reader, 2, request->led);
    request->keys = read_number(&reader, 2);
    read_date(&reader, &request->check_out);
    read_date(&reader, &request->expiry);
    if (!reader.wrong && reader.left > 0)
        read_tail(&reader, request);
    if (reader.wrong || !*request->key_number || strlen(request->led) != 2 || request->keys < 1 ||
        !irs_is_clean(reader.bytes, reader.left))
        return -1;
    request->tracks = (const char *)reader.bytes;
    request->track_length = reader.left;
    return 0;
}

static int write_track(struct buf *out, const char *mark, const char *data)
{
    buf_append_text(out, mark);
    int bad = write_number(out, (int32_t)strlen(data), 2);
    buf_append_text(out, data);
    return bad;
}

int irs_tracks_write(const char *track1, const char *track2, struct buf *out)
{
    size_t length1 = track1 ? strlen(track1) : 0, length2 = track2 ? strlen(track2) : 0;
    if (length1 > IRS_TRACK_1 || length2 > IRS_TRACK_2 || !irs_is_clean((const uint8_t *)track1, length1) ||
        !irs_is_clean((const uint8_t *)track2, length2))
        return -1;
    if (length1 == 0) {
        buf_append(out, track2, length2);
        return 0;
    }
    if (length2 == 0)
        return write_track(out, "*1", track1);
    int bad = write_track(out, "*2", track2);
    return write_track(out, "1", track1) | bad;
}

/* ---- Answers --------------------------------------------------------------------------------------------------- */

static bool all_digits(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!is_digit(bytes[i]))
            return false;
    return true;
}

/* What follows '~', without blanks around it. */
static void read_card(const uint8_t *bytes, size_t count, struct irs_answer *answer)
{
    const uint8_t *mark = count > 0 ? memchr(bytes, '~', count) : NULL;
    if (!mark)
        return;
    const uint8_t *start = mark + 1;
    size_t length = (size_t)(bytes + count - start);
    while (length > 0 && *start == ' ') {
        start++;
        length--;
    }
    while (length > 0 && start[length - 1] == ' ')
        length--;
    if (length == 0 || length > IRS_CARD_NUMBER || !irs_is_clean(start, length))
        return;
    answer->has_card = true;
    memcpy(answer->card, start, length);
    answer->card[length] = '\0';
}

int irs_answer_parse(const uint8_t *body, size_t length, struct irs_answer *answer)
{
    memset(answer, 0, sizeof(*answer));
    answer->terminal = -1;
    if (length < IRS_ANSWER_LEAST || !all_digits(body + 9, 5))
        return -1;
    memcpy(answer->head, body, 6);
    if (all_digits(body + 6, 3))
        answer->terminal = (body[6] - '0') * 100 + (body[7] - '0') * 10 + (body[8] - '0');
    memcpy(answer->status, body + 9, 2);
    memcpy(answer->detail, body + 11, 3);
    read_card(body + IRS_ANSWER_LEAST, length - IRS_ANSWER_LEAST, answer);
    return 0;
}

int irs_answer_encode(const struct irs_answer *answer, bool with_check, struct buf *out)
{
    struct buf body;
    buf_init(&body);
    int bad = strlen(answer->head) == 6 ? 0 : -1;
    buf_append_text(&body, answer->head);
    bad |= write_number(&body, answer->terminal, 3);
    bad |= write_text(&body, answer->status, 2);
    bad |= write_text(&body, answer->detail, 3);
    if (answer->has_card) {
        buf_append_byte(&body, '~');
        buf_append_text(&body, answer->card);
    }
    if (!all_digits((const uint8_t *)answer->status, 2) || !all_digits((const uint8_t *)answer->detail, 3))
        bad = -1;
    if (bad == 0 && !body.failed)
        bad = irs_frame_encode(body.data, body.length, with_check, out);
    out->failed = out->failed || body.failed;
    buf_free(&body);
    return bad;
}
