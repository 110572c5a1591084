/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls of the LENS SOAP service to XML and back. Writing is plain appending, by the tables; reading is as strict as
 * the service's description, so that a slip of the writing side shows. */
#include "codec.h"

#include <string.h>

#include "document.h"
#include "tables.h"
#include "values.h"

#define USUAL_SIZE 4000

/* ---- Writing: the header --------------------------------------------------------------------------------------- */

/* An element with its own default namespace if `uri` is not NULL, as the service's clients write them. */
static void write_text(struct buf *out, const char *name, const char *uri, const char *text)
{
    buf_append_byte(out, '<');
    buf_append_text(out, name);
    if (uri != NULL) {
        buf_append_text(out, " xmlns=\"");
        buf_append_text(out, uri);
        buf_append_byte(out, '"');
    }
    if (text[0] == '\0') {
        buf_append_text(out, "/>");
        return;
    }
    buf_append_byte(out, '>');
    lens_append_escaped(out, text);
    buf_append_text(out, "</");
    buf_append_text(out, name);
    buf_append_byte(out, '>');
}

static bool header_is_good(const struct lens_header *header)
{
    const char *const texts[] = {header->url,          header->from,     header->message_id,
                                 header->timestamp_id, header->token_id, header->created,
                                 header->expires,      header->user,     header->password};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i] == NULL || !lens_text_is_clean(texts[i]))
            return false;
    }
    return lens_is_uuid(header->message_id) && lens_is_uuid(header->timestamp_id) && lens_is_uuid(header->token_id) &&
           lens_value_is(LENS_TYPE_TIME, header->created) && lens_value_is(LENS_TYPE_TIME, header->expires);
}

/* LENS SOAP service, section 4. */
static void write_header(const struct lens_header *header, const char *operation, struct buf *out)
{
    buf_append_text(out, "<s:Header><AuthHeader xmlns=\"" LENS_URI_SERVICE "\">"
                         "<Action xmlns=\"" LENS_URI_ADDRESSING "\">");
    lens_append_escaped(out, header->url);
    buf_append_byte(out, '/');
    buf_append_text(out, operation);
    buf_append_text(out, "</Action>");
    write_text(out, "From", LENS_URI_ADDRESSING, header->from);
    write_text(out, "MessageID", LENS_URI_ADDRESSING, header->message_id);
    write_text(out, "ReplyTo", LENS_URI_ANONYMOUS, "");
    write_text(out, "To", LENS_URI_ADDRESSING, header->url);
    buf_append_text(out, "<Security><Timestamp xmlns=\"" LENS_URI_UTILITY "\">");
    write_text(out, "Id", NULL, header->timestamp_id);
    write_text(out, "Created", NULL, header->created);
    write_text(out, "Expires", NULL, header->expires);
    buf_append_text(out, "</Timestamp><UsernameToken xmlns=\"" LENS_URI_UTILITY "\">");
    write_text(out, "Id", NULL, header->token_id);
    write_text(out, "Username", NULL, header->user);
    write_text(out, "Password", NULL, header->password);
    write_text(out, "Nonce", NULL, "");
    write_text(out, "Created", NULL, header->created);
    buf_append_text(out, "</UsernameToken></Security></AuthHeader></s:Header>");
}

/* ---- Writing: the body ----------------------------------------------------------------------------------------- */

static int write_rooms(const struct lens_call *call, const char *name, struct buf *out)
{
    if (call->room_count == 0) {
        write_text(out, name, NULL, "");
        return 0;
    }
    buf_append_byte(out, '<');
    buf_append_text(out, name);
    buf_append_byte(out, '>');
    for (size_t i = 0; i < call->room_count; i++) {
        if (call->rooms[i] == NULL || !lens_text_is_clean(call->rooms[i]))
            return -1;
        write_text(out, "string", NULL, call->rooms[i]);
    }
    buf_append_text(out, "</");
    buf_append_text(out, name);
    buf_append_byte(out, '>');
    return 0;
}

/* A call has a dozen of these: printf would take longer than the rest of the call. */
static void write_number(struct buf *out, uint32_t number)
{
    char digits[10];
    size_t start = sizeof digits;
    do {
        digits[--start] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    buf_append(out, digits + start, sizeof digits - start);
}

static int write_areas(const struct lens_call *call, struct buf *out)
{
    if (call->area_count == 0) {
        buf_append_text(out, "<CommonAreaList/>");
        return 0;
    }
    buf_append_text(out, "<CommonAreaList>");
    for (size_t i = 0; i < call->area_count; i++) {
        if ((size_t)call->areas[i].mode >= LENS_AREA_MODES)
            return -1;
        buf_append_text(out, "<CCommonAreas><PassLevelNo>");
        write_number(out, call->areas[i].level);
        buf_append_text(out, "</PassLevelNo><eMode>");
        buf_append_text(out, lens_area_mode_names[call->areas[i].mode]);
        buf_append_text(out, "</eMode></CCommonAreas>");
    }
    buf_append_text(out, "</CommonAreaList>");
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
        if (!lens_text_is_clean(value) || !lens_value_is(form->type, value))
            return -1;
        write_text(out, form->name, uri, value);
    } else if (element->flags & LENS_NILLABLE) {
        buf_append_byte(out, '<');
        buf_append_text(out, form->name);
        buf_append_text(out, " xmlns:xsi=\"" LENS_URI_INSTANCE "\" xsi:nil=\"true\"/>");
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
        if (value != NULL)
            write_text(out, form->name, NULL, "");
        return 0;
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
    buf_append_text(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"" LENS_URI_ENVELOPE "\">");
    write_header(header, operation, out);
    buf_append_text(out, "<s:Body><");
    buf_append_text(out, operation);
    buf_append_text(out, " xmlns=\"" LENS_URI_SERVICE "\">");
    for (size_t i = 0; i < count; i++) {
        if (write_element(call, &elements[i], out) != 0) {
            out->length = start;
            return -1;
        }
    }
    buf_append_text(out, "</");
    buf_append_text(out, operation);
    buf_append_text(out, "></s:Body></s:Envelope>");
    return 0;
}
