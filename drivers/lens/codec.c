/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls of the LENS SOAP service to XML and back. Writing is plain appending, by the tables; reading is as strict as
 * the service's description, so that a slip of the writing side shows. */
#include "codec.h"

#include <string.h>

#include "document.h"
#include "tables.h"
#include "values.h"

#define USUAL_SIZE 4000

/* ---- Writing: elements ----------------------------------------------------------------------------------------- */

/* Puts bytes where there is room for them and goes on behind them. */
static uint8_t *put(uint8_t *at, const void *bytes, size_t count)
{
    memcpy(at, bytes, count);
    return at + count;
}
#define PUT(at, literal)     put(at, "" literal, sizeof(literal) - 1)
#define APPEND(out, literal) buf_append(out, "" literal, sizeof(literal) - 1)
#define LENGTH_OF(literal)   (sizeof("" literal) - 1)
#define NAME(literal)        (&(const struct lens_name)LENS_NAME_OF(literal))

static const struct lens_name no_space = {NULL, 0};
static const struct lens_name service_space = LENS_NAME_OF(LENS_URI_SERVICE);
static const struct lens_name addressing_space = LENS_NAME_OF(LENS_URI_ADDRESSING);
static const struct lens_name utility_space = LENS_NAME_OF(LENS_URI_UTILITY);

static uint8_t *put_name(uint8_t *at, const struct lens_name *name)
{
    return put(at, name->text, name->length);
}

/* The bytes of a start tag with the namespace, but for the '>'; of an end tag. */
static size_t start_size(const struct lens_name *name, const struct lens_name *space)
{
    return LENGTH_OF("<") + name->length + (space->text == NULL ? 0 : LENGTH_OF(" xmlns=\"\"") + space->length);
}

static size_t end_size(const struct lens_name *name)
{
    return LENGTH_OF("</>") + name->length;
}

static uint8_t *put_start(uint8_t *at, const struct lens_name *name, const struct lens_name *space)
{
    at = put_name(PUT(at, "<"), name);
    if (space->text == NULL)
        return at;
    at = put_name(PUT(at, " xmlns=\""), space);
    return PUT(at, "\"");
}

static uint8_t *put_end(uint8_t *at, const struct lens_name *name)
{
    at = put_name(PUT(at, "</"), name);
    return PUT(at, ">");
}

/* <name xmlns="space"> or, if it is empty, <name xmlns="space"/>; no namespace if its text is NULL. */
static void write_start(struct buf *out, const struct lens_name *name, const struct lens_name *space, bool empty)
{
    uint8_t *at = buf_extend(out, start_size(name, space) + LENGTH_OF(">") + empty);
    if (at == NULL)
        return;
    at = put_start(at, name, space);
    if (empty)
        at = PUT(at, "/");
    (void)PUT(at, ">");
}

static void write_end(struct buf *out, const struct lens_name *name)
{
    uint8_t *at = buf_extend(out, end_size(name));
    if (at != NULL)
        (void)put_end(at, name);
}

/* A text that stands for itself in XML. */
static void write_plain(struct buf *out, const struct lens_name *name, const struct lens_name *space, const char *text,
                        size_t length)
{
    uint8_t *at = buf_extend(out, start_size(name, space) + LENGTH_OF(">") + length + end_size(name));
    if (at == NULL)
        return;
    at = PUT(put_start(at, name, space), ">");
    (void)put_end(put(at, text, length), name);
}

/* An element with its own default namespace, as the service's clients write them. -1 if the text is not clean. */
static int write_text(struct buf *out, const struct lens_name *name, const struct lens_name *space, const char *text)
{
    size_t length = lens_plain_length(text);
    if (text[0] == '\0') {
        write_start(out, name, space, true);
    } else if (text[length] == '\0') {
        write_plain(out, name, space, text, length);
    } else {
        if (!lens_text_is_clean(text + length))
            return -1;
        write_start(out, name, space, false);
        lens_append_escaped(out, text);
        write_end(out, name);
    }
    return 0;
}

/* ---- Writing: the header --------------------------------------------------------------------------------------- */

static bool header_is_good(const struct lens_header *header)
{
    const char *const texts[] = {header->url,          header->from,     header->message_id,
                                 header->timestamp_id, header->token_id, header->created,
                                 header->expires,      header->user,     header->password};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i] == NULL)
            return false;
    }
    return lens_is_uuid(header->message_id) && lens_is_uuid(header->timestamp_id) && lens_is_uuid(header->token_id) &&
           lens_value_is(LENS_TYPE_TIME, header->created) && lens_value_is(LENS_TYPE_TIME, header->expires) &&
           lens_text_is_clean(header->url);
}

/* LENS SOAP service, section 4. */
static int write_header(const struct lens_header *header, const struct lens_name *operation, struct buf *out)
{
    int bad = 0;
    APPEND(out, "<s:Header><AuthHeader xmlns=\"" LENS_URI_SERVICE "\"><Action xmlns=\"" LENS_URI_ADDRESSING "\">");
    lens_append_escaped(out, header->url);
    APPEND(out, "/");
    buf_append(out, operation->text, operation->length);
    APPEND(out, "</Action>");
    bad |= write_text(out, NAME("From"), &addressing_space, header->from);
    bad |= write_text(out, NAME("MessageID"), &addressing_space, header->message_id);
    APPEND(out, "<ReplyTo xmlns=\"" LENS_URI_ANONYMOUS "\"/>");
    bad |= write_text(out, NAME("To"), &addressing_space, header->url);
    APPEND(out, "<Security><Timestamp xmlns=\"" LENS_URI_UTILITY "\">");
    bad |= write_text(out, NAME("Id"), &no_space, header->timestamp_id);
    bad |= write_text(out, NAME("Created"), &no_space, header->created);
    bad |= write_text(out, NAME("Expires"), &no_space, header->expires);
    APPEND(out, "</Timestamp><UsernameToken xmlns=\"" LENS_URI_UTILITY "\">");
    bad |= write_text(out, NAME("Id"), &no_space, header->token_id);
    bad |= write_text(out, NAME("Username"), &no_space, header->user);
    bad |= write_text(out, NAME("Password"), &no_space, header->password);
    APPEND(out, "<Nonce/>");
    bad |= write_text(out, NAME("Created"), &no_space, header->created);
    APPEND(out, "</UsernameToken></Security></AuthHeader></s:Header>");
    return bad;
}

/* ---- Writing: the body ----------------------------------------------------------------------------------------- */

static int write_rooms(const struct lens_call *call, const struct lens_name *name, struct buf *out)
{
    write_start(out, name, &no_space, call->room_count == 0);
    for (size_t i = 0; i < call->room_count; i++) {
        if (call->rooms[i] == NULL || write_text(out, NAME("string"), &no_space, call->rooms[i]) != 0)
            return -1;
    }
    if (call->room_count > 0)
        write_end(out, name);
    return 0;
}

#define AREA_START "<CCommonAreas><PassLevelNo>"
#define AREA_MODE  "</PassLevelNo><eMode>"
#define AREA_END   "</eMode></CCommonAreas>"
#define DIGITS_MAX 10 /* of a number of 32 bits */

/* A call has a dozen of these: printf would take longer than the rest of the call. */
static void write_area(const struct lens_area *area, struct buf *out)
{
    const char *mode = lens_area_mode_names[area->mode];
    size_t mode_length = strlen(mode), start = DIGITS_MAX;
    uint32_t number = area->level;
    char digits[DIGITS_MAX];
    do {
        digits[--start] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    uint8_t *at = buf_extend(out, LENGTH_OF(AREA_START AREA_MODE AREA_END) + DIGITS_MAX - start + mode_length);
    if (at == NULL)
        return;
    at = put(PUT(at, AREA_START), digits + start, DIGITS_MAX - start);
    at = put(PUT(at, AREA_MODE), mode, mode_length);
    (void)PUT(at, AREA_END);
}

static int write_areas(const struct lens_call *call, struct buf *out)
{
    if (call->area_count == 0) {
        APPEND(out, "<CommonAreaList/>");
        return 0;
    }
    APPEND(out, "<CommonAreaList>");
    for (size_t i = 0; i < call->area_count; i++) {
        if ((size_t)call->areas[i].mode >= LENS_AREA_MODES)
            return -1;
        write_area(&call->areas[i], out);
    }
    APPEND(out, "</CommonAreaList>");
    return 0;
}

static int write_value(const struct lens_call *call, const struct lens_element *element, struct buf *out)
{
    const struct lens_field_form *form = &lens_field_forms[element->field];
    const char *value = call->values[element->field];
    const struct lens_name *space = element->flags & LENS_IN_UTILITY ? &utility_space : &no_space;
    if (value == NULL && form->type == LENS_TYPE_TEXT)
        value = "";
    if (value != NULL) {
        if (!lens_value_is(form->type, value) || write_text(out, &form->name, space, value) != 0)
            return -1;
    } else if (element->flags & LENS_NILLABLE) {
        APPEND(out, "<");
        buf_append(out, form->name.text, form->name.length);
        APPEND(out, " xmlns:xsi=\"" LENS_URI_INSTANCE "\" xsi:nil=\"true\"/>");
    } else if (element->flags & LENS_REQUIRED) {
        return -1;
    }
    return 0;
}

static int write_element(const struct lens_call *call, const struct lens_element *element, struct buf *out)
{
    const struct lens_field_form *form = &lens_field_forms[element->field];
    const char *value = call->values[element->field];
    switch (form->type) {
    case LENS_TYPE_ROOMS:
        return value != NULL ? -1 : write_rooms(call, &form->name, out);
    case LENS_TYPE_AREAS:
        return value != NULL ? -1 : write_areas(call, out);
    case LENS_TYPE_RESPONSE: /* an empty one would lack what its type requires */
        return value != NULL ? -1 : 0;
    case LENS_TYPE_FAULT:
        if (value != NULL && value[0] != '\0')
            return -1;
        return value != NULL ? write_text(out, &form->name, &no_space, "") : 0;
    default:
        return write_value(call, element, out);
    }
}

/* Whether everything that is given has a place in the operation. */
static bool call_fits(const struct lens_call *call, const struct lens_element *elements, size_t count)
{
    bool has[LENS_FIELD_COUNT] = {false}, has_rooms = false, has_areas = false;
    for (size_t i = 0; i < count; i++) {
        has[elements[i].field] = true;
        has_rooms = has_rooms || lens_field_forms[elements[i].field].type == LENS_TYPE_ROOMS;
        has_areas = has_areas || lens_field_forms[elements[i].field].type == LENS_TYPE_AREAS;
    }
    for (size_t i = 0; i < LENS_FIELD_COUNT; i++) {
        if (call->values[i] != NULL && !has[i])
            return false;
    }
    return (has_rooms || call->room_count == 0) && (has_areas || call->area_count == 0);
}

int lens_call_write(const struct lens_header *header, const struct lens_call *call, struct buf *out)
{
    size_t count, start = out->length;
    const struct lens_element *elements = lens_operation_elements(call->operation, &count);
    const struct lens_name operation = lens_operation_element(call->operation);
    if (elements == NULL || !header_is_good(header) || !call_fits(call, elements, count))
        return -1;
    /* room for a usual call in one piece */
    if (buf_extend(out, USUAL_SIZE) != NULL)
        out->length = start;
    APPEND(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"" LENS_URI_ENVELOPE "\">");
    int bad = write_header(header, &operation, out);
    APPEND(out, "<s:Body>");
    write_start(out, &operation, &service_space, false);
    for (size_t i = 0; i < count && bad == 0; i++)
        bad = write_element(call, &elements[i], out);
    write_end(out, &operation);
    APPEND(out, "</s:Body></s:Envelope>");
    if (bad != 0)
        out->length = start;
    return bad;
}
