/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests: what the PMS sends and the lock server reads. */
#include "codec.h"

#include <string.h>

static const char *const command_names[INDUSTRY_COMMAND_COUNT] = {
    [INDUSTRY_CN] = "CN",   [INDUSTRY_CC] = "CC",     [INDUSTRY_CA] = "CA",     [INDUSTRY_CO] = "CO",
    [INDUSTRY_MC] = "MC",   [INDUSTRY_CP] = "CP",     [INDUSTRY_LT] = "LT",     [INDUSTRY_CNM] = "CNM",
    [INDUSTRY_CCM] = "CCM", [INDUSTRY_CNMB] = "CNMB", [INDUSTRY_CCMB] = "CCMB", [INDUSTRY_EX] = "EX",
    [INDUSTRY_CNB] = "CNB", [INDUSTRY_CCB] = "CCB",
};

const char *industry_command_name(enum industry_command command)
{
    return (unsigned)command < INDUSTRY_COMMAND_COUNT ? command_names[command] : "";
}

bool industry_returns_key(enum industry_command command)
{
    return command == INDUSTRY_CNMB || command == INDUSTRY_CCMB || command == INDUSTRY_CNB || command == INDUSTRY_CCB;
}

/* For names of two letters and more; most differ in these. */
static bool is_name(struct industry_field field, const char *name)
{
    if (field.bytes[0] != (uint8_t)name[0] || field.bytes[1] != (uint8_t)name[1])
        return false;
    size_t at = 2;
    while (at < field.length && name[at] != '\0' && field.bytes[at] == (uint8_t)name[at])
        at++;
    return at == field.length && name[at] == '\0';
}

int industry_command_parse(struct industry_field field, enum industry_command *command, int32_t *digit)
{
    *digit = -1;
    if (field.length < 2 || field.length > 4)
        return -1;
    bool numbered = field.length == 3 && field.bytes[2] >= '0' && field.bytes[2] <= '9';
    const unsigned end = numbered ? INDUSTRY_CA + 1 : INDUSTRY_COMMAND_COUNT;
    struct industry_field name = {field.bytes, numbered ? 2 : field.length};
    for (unsigned i = 0; i < end; i++) {
        if (!is_name(name, command_names[i]))
            continue;
        *command = (enum industry_command)i;
        if (numbered)
            *digit = field.bytes[2] - '0';
        return 0;
    }
    return -1;
}

/* ---- Encoding -------------------------------------------------------------------------------------------------- */

/* Fields whose bytes are made here. */
struct scratch {
    char command[8];
    char granted[INDUSTRY_AREAS_AT_MOST + 1], denied[INDUSTRY_AREAS_AT_MOST + 1];
    char start[INDUSTRY_TIME_SIZE], expiry[INDUSTRY_TIME_SIZE];
    size_t command_length;
    uint8_t date_digits;
};

static struct industry_field made_field(const char *bytes, size_t length)
{
    return (struct industry_field){(const uint8_t *)bytes, length};
}

/* A time that is given has all digits. */
static struct industry_field date_field(const struct scratch *scratch, const char *text)
{
    return made_field(text, *text ? scratch->date_digits : 0);
}

static struct industry_field letter(const uint8_t *byte)
{
    struct industry_field field = {byte, *byte ? 1 : 0};
    return field;
}

/* Rooms, authorisations, dates, operator: the same eight fields in CN and, one earlier, in CNM. */
static size_t put_stay(const struct industry_request *request, const struct scratch *scratch,
                       struct industry_field *fields)
{
    for (size_t i = 0; i < INDUSTRY_ROOMS; i++)
        *fields++ = request->rooms[i];
    *fields++ = industry_field_of(scratch->granted);
    *fields++ = industry_field_of(scratch->denied);
    *fields++ = date_field(scratch, scratch->start);
    *fields++ = date_field(scratch, scratch->expiry);
    *fields = request->operator_name;
    return INDUSTRY_ROOMS + 5;
}

static size_t put_card(const struct industry_dialect *dialect, const struct industry_request *request,
                       const struct scratch *scratch, struct industry_field *fields)
{
    fields[1] = request->encoder;
    fields[2] = letter(&request->after_write);
    size_t count = 3 + put_stay(request, scratch, fields + 3);
    for (size_t i = 0; i < dialect->texts; i++)
        fields[count++] = request->texts[i];
    if (dialect->serial_flag)
        fields[count++] = letter(&request->serial_flag);
    return count;
}

static size_t put_mobile(const struct industry_request *request, const struct scratch *scratch,
                         struct industry_field *fields)
{
    bool as_bytes = request->command == INDUSTRY_CNMB || request->command == INDUSTRY_CCMB;
    fields[1] = request->phone;
    for (size_t i = 2 + put_stay(request, scratch, fields + 2); i < 14; i++)
        fields[i] = (struct industry_field){0};
    fields[14] = as_bytes ? letter(&request->installation_flag) : request->message;
    fields[15] = request->auth_code;
    return 16;
}

/* Known by their names only. Either the card's serial number stands in the place of the phone, or there is encoder 0
 * and it stands in the place of the flag for serial numbers. */
static size_t put_bytes(const struct industry_request *request, const struct scratch *scratch,
                        struct industry_field *fields)
{
    fields[1] = request->as_card ? request->encoder : request->serial;
    if (!request->as_card)
        return 2 + put_stay(request, scratch, fields + 2);
    fields[2] = (struct industry_field){0};
    size_t count = 3 + put_stay(request, scratch, fields + 3);
    while (count < 15)
        fields[count++] = (struct industry_field){0};
    fields[count++] = request->serial;
    return count;
}

static size_t put_fields(const struct industry_dialect *dialect, const struct industry_request *request,
                         const struct scratch *scratch, struct industry_field *fields)
{
    fields[0] = made_field(scratch->command, scratch->command_length);
    switch (request->command) {
    case INDUSTRY_CN:
    case INDUSTRY_CC:
    case INDUSTRY_CA:
        return put_card(dialect, request, scratch, fields);
    case INDUSTRY_CO:
    case INDUSTRY_CP:
        fields[1] = request->encoder;
        fields[2] = request->rooms[0];
        return 3;
    case INDUSTRY_MC:
        fields[1] = request->rooms[0];
        fields[2] = request->new_room;
        fields[3] = date_field(scratch, scratch->expiry);
        fields[4] = request->auth_code;
        return 5;
    case INDUSTRY_LT:
        fields[1] = request->encoder;
        fields[2] = letter(&request->after_write);
        return 3;
    case INDUSTRY_EX:
        fields[1] = request->encoder;
        return 2;
    case INDUSTRY_CNB:
    case INDUSTRY_CCB:
        return put_bytes(request, scratch, fields);
    default:
        return put_mobile(request, scratch, fields);
    }
}

int industry_request_encode(const struct industry_dialect *dialect, const struct industry_request *request,
                            uint8_t date_digits, const struct industry_style *style, struct buf *out)
{
    struct scratch scratch;
    struct industry_field fields[INDUSTRY_FIELDS_AT_MOST];
    if ((unsigned)request->command >= INDUSTRY_COMMAND_COUNT || !(dialect->commands >> request->command & 1))
        return -1;
    const char *name = command_names[request->command];
    scratch.command_length = 0;
    for (; name[scratch.command_length]; scratch.command_length++)
        scratch.command[scratch.command_length] = name[scratch.command_length];
    if (request->command <= INDUSTRY_CA && request->digit >= 0) {
        if (request->digit > 9)
            return -1;
        scratch.command[scratch.command_length++] = (char)('0' + request->digit);
    }
    if (date_digits == 0)
        date_digits = dialect->date_digits;
    scratch.date_digits = date_digits;
    if (industry_areas_format(dialect, request->granted, scratch.granted) != 0 ||
        industry_areas_format(dialect, request->denied, scratch.denied) != 0 ||
        industry_time_format(&request->start, date_digits, scratch.start) != 0 ||
        industry_time_format(&request->expiry, date_digits, scratch.expiry) != 0)
        return -1;
    size_t count = put_fields(dialect, request, &scratch, fields);
    return industry_encode(fields, count, style, out);
}

/* ---- Parsing --------------------------------------------------------------------------------------------------- */

/* A field of at most one byte out of `allowed`. */
static int take_letter(struct industry_field field, const char *allowed, uint8_t *letter)
{
    if (field.length == 0)
        return 0;
    if (field.length > 1 || field.bytes[0] == 0 || !strchr(allowed, field.bytes[0]))
        return -1;
    *letter = field.bytes[0];
    return 0;
}

static int take_stay(const struct industry_dialect *dialect, const struct industry_field *fields,
                     struct industry_request *request)
{
    memcpy(request->rooms, fields, sizeof(request->rooms));
    request->operator_name = fields[8];
    if (industry_areas_parse(dialect, fields[4], &request->granted) != 0 ||
        industry_areas_parse(dialect, fields[5], &request->denied) != 0 ||
        industry_time_parse(fields[6], &request->start, NULL) != 0)
        return -1;
    return industry_time_parse(fields[7], &request->expiry, NULL);
}

static int take_card(const struct industry_dialect *dialect, const struct industry_frame *frame,
                     struct industry_request *request)
{
    request->encoder = frame->fields[1];
    for (size_t i = 0; i < dialect->texts; i++)
        request->texts[i] = frame->fields[12 + i];
    if (take_letter(frame->fields[2], "ERT", &request->after_write) != 0)
        return -1;
    if (dialect->serial_flag && take_letter(frame->fields[12 + dialect->texts], "012", &request->serial_flag) != 0)
        return -1;
    return take_stay(dialect, frame->fields + 3, request);
}

static int take_mobile(const struct industry_dialect *dialect, const struct industry_frame *frame,
                       struct industry_request *request)
{
    bool as_bytes = request->command == INDUSTRY_CNMB || request->command == INDUSTRY_CCMB;
    request->phone = frame->fields[1];
    request->auth_code = frame->fields[15];
    if (!as_bytes)
        request->message = frame->fields[14];
    else if (take_letter(frame->fields[14], "01", &request->installation_flag) != 0)
        return -1;
    return take_stay(dialect, frame->fields + 2, request);
}

static int take_bytes(const struct industry_dialect *dialect, const struct industry_frame *frame,
                      struct industry_request *request)
{
    request->as_card = industry_field_is(frame->fields[1], "0");
    request->serial = frame->fields[request->as_card ? 15 : 1];
    if (request->as_card)
        request->encoder = frame->fields[1];
    return take_stay(dialect, frame->fields + (request->as_card ? 3 : 2), request);
}

int industry_request_parse(const struct industry_dialect *dialect, const struct industry_frame *frame,
                           struct industry_request *request)
{
    memset(request, 0, sizeof(*request));
    request->digit = -1;
    if (!frame->has_command || !(dialect->commands >> frame->command & 1))
        return -1;
    request->command = frame->command;
    request->digit = frame->digit;
    switch (request->command) {
    case INDUSTRY_CN:
    case INDUSTRY_CC:
    case INDUSTRY_CA:
        return take_card(dialect, frame, request);
    case INDUSTRY_CO:
    case INDUSTRY_CP:
        request->encoder = frame->fields[1];
        request->rooms[0] = frame->fields[2];
        return 0;
    case INDUSTRY_MC:
        request->rooms[0] = frame->fields[1];
        request->new_room = frame->fields[2];
        request->auth_code = frame->fields[4];
        return industry_time_parse(frame->fields[3], &request->expiry, NULL);
    case INDUSTRY_LT:
        request->encoder = frame->fields[1];
        return take_letter(frame->fields[2], "ERT", &request->after_write);
    case INDUSTRY_EX:
        request->encoder = frame->fields[1];
        return 0;
    case INDUSTRY_CNB:
    case INDUSTRY_CCB:
        return take_bytes(dialect, frame, request);
    default:
        return take_mobile(dialect, frame, request);
    }
}
