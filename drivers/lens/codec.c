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

/* <name xmlns="uri"> or, if it is empty, <name xmlns="uri"/>; no namespace if `uri` is NULL. */
static void write_start(struct buf *out, const char *name, const char *uri, bool empty)
{
    size_t name_length = strlen(name), uri_length = uri == NULL ? 0 : strlen(uri);
    size_t space_length = uri == NULL ? 0 : LENGTH_OF(" xmlns=\"\"") + uri_length;
    uint8_t *at = buf_extend(out, name_length + space_length + LENGTH_OF("<>") + empty);
    if (at == NULL)
        return;
    at = put(PUT(at, "<"), name, name_length);
    if (uri != NULL) {
        at = put(PUT(at, " xmlns=\""), uri, uri_length);
        at = PUT(at, "\"");
    }
    if (empty)
        at = PUT(at, "/");
    (void)PUT(at, ">");
}

static void write_end(struct buf *out, const char *name)
{
    size_t name_length = strlen(name);
    uint8_t *at = buf_extend(out, name_length + LENGTH_OF("</>"));
    if (at == NULL)
        return;
    at = put(PUT(at, "</"), name, name_length);
    (void)PUT(at, ">");
}

/* An element with its own default namespace if `uri` is not NULL, as the service's clients write them. -1 if the text
 * is not clean. */
static int write_text(struct buf *out, const char *name, const char *uri, const char *text)
{
    size_t length = lens_plain_length(text);
    bool plain = text[length] == '\0';
    if (!plain && !lens_text_is_clean(text + length))
        return -1;
    write_start(out, name, uri, text[0] == '\0');
    if (text[0] == '\0')
        return 0;
    if (plain)
        buf_append(out, text, length);
    else
        lens_append_escaped(out, text);
    write_end(out, name);
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
static int write_header(const struct lens_header *header, const char *operation, struct buf *out)
{
    int bad = 0;
    APPEND(out, "<s:Header><AuthHeader xmlns=\"" LENS_URI_SERVICE "\"><Action xmlns=\"" LENS_URI_ADDRESSING "\">");
    lens_append_escaped(out, header->url);
    APPEND(out, "/");
    buf_append_text(out, operation);
    APPEND(out, "</Action>");
    bad |= write_text(out, "From", LENS_URI_ADDRESSING, header->from);
    bad |= write_text(out, "MessageID", LENS_URI_ADDRESSING, header->message_id);
    APPEND(out, "<ReplyTo xmlns=\"" LENS_URI_ANONYMOUS "\"/>");
    bad |= write_text(out, "To", LENS_URI_ADDRESSING, header->url);
    APPEND(out, "<Security><Timestamp xmlns=\"" LENS_URI_UTILITY "\">");
    bad |= write_text(out, "Id", NULL, header->timestamp_id);
    bad |= write_text(out, "Created", NULL, header->created);
    bad |= write_text(out, "Expires", NULL, header->expires);
    APPEND(out, "</Timestamp><UsernameToken xmlns=\"" LENS_URI_UTILITY "\">");
    bad |= write_text(out, "Id", NULL, header->token_id);
    bad |= write_text(out, "Username", NULL, header->user);
    bad |= write_text(out, "Password", NULL, header->password);
    APPEND(out, "<Nonce/>");
    bad |= write_text(out, "Created", NULL, header->created);
    APPEND(out, "</UsernameToken></Security></AuthHeader></s:Header>");
    return bad;
}

/* ---- Writing: the body ----------------------------------------------------------------------------------------- */

static int write_rooms(const struct lens_call *call, const char *name, struct buf *out)
{
    write_start(out, name, NULL, call->room_count == 0);
    for (size_t i = 0; i < call->room_count; i++) {
        if (call->rooms[i] == NULL || write_text(out, "string", NULL, call->rooms[i]) != 0)
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
    const char *uri = element->flags & LENS_IN_UTILITY ? LENS_URI_UTILITY : NULL;
    if (value == NULL && form->type == LENS_TYPE_TEXT)
        value = "";
    if (value != NULL) {
        if (!lens_value_is(form->type, value) || write_text(out, form->name, uri, value) != 0)
            return -1;
    } else if (element->flags & LENS_NILLABLE) {
        APPEND(out, "<");
        buf_append_text(out, form->name);
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
        return value != NULL ? -1 : write_rooms(call, form->name, out);
    case LENS_TYPE_AREAS:
        return value != NULL ? -1 : write_areas(call, out);
    case LENS_TYPE_RESPONSE: /* an empty one would lack what its type requires */
        return value != NULL ? -1 : 0;
    case LENS_TYPE_FAULT:
        if (value != NULL && value[0] != '\0')
            return -1;
        return value != NULL ? write_text(out, form->name, NULL, "") : 0;
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
    const char *operation = lens_operation_name(call->operation);
    if (elements == NULL || !header_is_good(header) || !call_fits(call, elements, count))
        return -1;
    /* room for a usual call in one piece */
    if (buf_extend(out, USUAL_SIZE) != NULL)
        out->length = start;
    APPEND(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"" LENS_URI_ENVELOPE "\">");
    int bad = write_header(header, operation, out);
    APPEND(out, "<s:Body>");
    write_start(out, operation, LENS_URI_SERVICE, false);
    for (size_t i = 0; i < count && bad == 0; i++)
        bad = write_element(call, &elements[i], out);
    write_end(out, operation);
    APPEND(out, "</s:Body></s:Envelope>");
    if (bad != 0)
        out->length = start;
    return bad;
}
