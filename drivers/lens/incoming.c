/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server's side of the LENS SOAP service: calls that came, read as strictly as the description allows (sections 3
 * to 5), so that a slip of the calling side shows. */
#include <string.h>

#include "codec.h"
#include "document.h"
#include "tables.h"
#include "values.h"

/* What is being read, and how far it got: children are taken strictly in order. */
struct taker {
    struct lens_document *document;
    struct lens_incoming *incoming;
    const struct lens_node *next; /* the child to be taken next; NULL after the last */
};

static int refuse(struct taker *taker, const char *text, const char *name)
{
    lens_problem(taker->incoming->problem, text, name);
    return -1;
}

/* The next child if it is this one, else NULL. */
static const struct lens_node *take(struct taker *taker, enum lens_space space, const char *name)
{
    const struct lens_node *node = taker->next;
    if (node == NULL || !lens_node_is(node, space, name))
        return NULL;
    taker->next = node->next;
    return node;
}

/* The value of an element that was taken; `*value` stays as it is for nil. */
static int value_of(struct taker *taker, const struct lens_node *node, const char *name, enum lens_type type,
                    const char **value)
{
    if (node->first != NULL)
        return refuse(taker, "there are elements in ", name);
    const char *text = type == LENS_TYPE_TEXT ? node->text : lens_node_value(taker->document, node);
    if (text == NULL)
        return refuse(taker, "memory is used up", "");
    if (!lens_value_is(type, text))
        return refuse(taker, "this is no value of its type: ", name);
    *value = text;
    return 0;
}

/* A text of the header, "" if it is not there. */
static int take_text(struct taker *taker, enum lens_space space, const char *name, const char **value)
{
    const struct lens_node *node = take(taker, space, name);
    return node == NULL ? 0 : value_of(taker, node, name, LENS_TYPE_TEXT, value);
}

static int take_required(struct taker *taker, const char *name, enum lens_type type, const char **value)
{
    const struct lens_node *node = take(taker, LENS_SPACE_UTILITY, name);
    if (node == NULL)
        return refuse(taker, "missing, or not in its place or namespace: ", name);
    return value_of(taker, node, name, type, value);
}

static int take_uuid(struct taker *taker, enum lens_space space, const char *name, const char **value)
{
    const struct lens_node *node = take(taker, space, name);
    if (node == NULL)
        return refuse(taker, "missing, or not in its place or namespace: ", name);
    const char *text = "";
    if (value_of(taker, node, name, LENS_TYPE_TEXT, &text) != 0)
        return -1;
    if (!lens_is_uuid(text))
        return refuse(taker, "not a UUID: ", name);
    *value = text;
    return 0;
}

/* Nothing may be left over in `name`, and no text stand between its elements. */
static int take_end(struct taker *taker, const struct lens_node *node, const char *name)
{
    if (taker->next != NULL)
        return refuse(taker, "an element too many, or out of its place or namespace, in ", name);
    return node->mixed ? refuse(taker, "text between the elements of ", name) : 0;
}

/* ---- The header, section 4 ------------------------------------------------------------------------------------- */

static int read_timestamp(struct taker *taker, const struct lens_node *node)
{
    struct lens_header *header = &taker->incoming->header;
    struct taker inner = {taker->document, taker->incoming, node->first};
    if (take_uuid(&inner, LENS_SPACE_UTILITY, "Id", &header->timestamp_id) != 0 ||
        take_required(&inner, "Created", LENS_TYPE_TIME, &header->created) != 0 ||
        take_required(&inner, "Expires", LENS_TYPE_TIME, &header->expires) != 0)
        return -1;
    return take_end(&inner, node, "Timestamp");
}

static int read_token(struct taker *taker, const struct lens_node *node)
{
    struct lens_header *header = &taker->incoming->header;
    struct taker inner = {taker->document, taker->incoming, node->first};
    const char *nonce = "", *created = "";
    if (take_uuid(&inner, LENS_SPACE_UTILITY, "Id", &header->token_id) != 0 ||
        take_text(&inner, LENS_SPACE_UTILITY, "Username", &header->user) != 0 ||
        take_text(&inner, LENS_SPACE_UTILITY, "Password", &header->password) != 0 ||
        take_text(&inner, LENS_SPACE_UTILITY, "Nonce", &nonce) != 0 ||
        take_required(&inner, "Created", LENS_TYPE_TIME, &created) != 0)
        return -1;
    if (header->created[0] == '\0')
        header->created = created;
    return take_end(&inner, node, "UsernameToken");
}

static int read_security(struct taker *taker, const struct lens_node *node)
{
    struct taker inner = {taker->document, taker->incoming, node->first};
    const struct lens_node *timestamp = take(&inner, LENS_SPACE_UTILITY, "Timestamp");
    if (timestamp != NULL && read_timestamp(&inner, timestamp) != 0)
        return -1;
    const struct lens_node *token = take(&inner, LENS_SPACE_UTILITY, "UsernameToken");
    if (token != NULL && read_token(&inner, token) != 0)
        return -1;
    return take_end(&inner, node, "Security");
}

/* Whether an Action ends with "/" and the operation. */
static bool names_operation(const char *action, const char *operation)
{
    const char *slash = strrchr(action, '/');
    return slash != NULL && strcmp(slash + 1, operation) == 0;
}

static int read_auth_header(struct taker *taker, const struct lens_node *node, const char *operation)
{
    struct lens_header *header = &taker->incoming->header;
    struct taker inner = {taker->document, taker->incoming, node->first};
    const char *action = "", *reply_to = "";
    if (take_text(&inner, LENS_SPACE_ADDRESSING, "Action", &action) != 0 ||
        take_text(&inner, LENS_SPACE_ADDRESSING, "From", &header->from) != 0 ||
        take_uuid(&inner, LENS_SPACE_ADDRESSING, "MessageID", &header->message_id) != 0 ||
        take_text(&inner, LENS_SPACE_ANONYMOUS, "ReplyTo", &reply_to) != 0 ||
        take_text(&inner, LENS_SPACE_ADDRESSING, "To", &header->url) != 0)
        return -1;
    const struct lens_node *security = take(&inner, LENS_SPACE_SERVICE, "Security");
    if (security != NULL && read_security(&inner, security) != 0)
        return -1;
    if (take_end(&inner, node, "AuthHeader") != 0)
        return -1;
    if (action[0] != '\0' && !names_operation(action, operation))
        return refuse(&inner, "the Action of the header does not end with /", operation);
    return 0;
}

/* ---- The body, sections 5 and 7 -------------------------------------------------------------------------------- */

static int read_rooms(struct taker *taker, const struct lens_node *list, const char *name)
{
    struct taker inner = {taker->document, taker->incoming, list->first};
    struct lens_call *call = &taker->incoming->call;
    const char **rooms = arena_alloc(&taker->document->arena, list->count * sizeof *rooms);
    if (rooms == NULL)
        return refuse(taker, "memory is used up", "");
    for (size_t i = 0; i < list->count; i++) {
        const struct lens_node *room = take(&inner, LENS_SPACE_SERVICE, "string");
        if (room == NULL)
            break;
        if (value_of(&inner, room, "string", LENS_TYPE_TEXT, &rooms[i]) != 0)
            return -1;
    }
    if (take_end(&inner, list, name) != 0)
        return -1;
    call->rooms = rooms;
    call->room_count = list->count;
    return 0;
}

static int read_area(struct taker *taker, const struct lens_node *node, struct lens_area *area)
{
    struct taker inner = {taker->document, taker->incoming, node->first};
    const char *level = "", *mode = "";
    const struct lens_node *child = take(&inner, LENS_SPACE_SERVICE, "PassLevelNo");
    int64_t number;
    if (child == NULL || value_of(&inner, child, "PassLevelNo", LENS_TYPE_UNSIGNED, &level) != 0 ||
        !lens_read_number(level, &number))
        return refuse(taker, "missing or wrong: ", "PassLevelNo");
    child = take(&inner, LENS_SPACE_SERVICE, "eMode");
    if (child == NULL || value_of(&inner, child, "eMode", LENS_TYPE_TEXT, &mode) != 0)
        return refuse(taker, "missing or wrong: ", "eMode");
    for (size_t i = 0; i < LENS_AREA_MODES; i++) {
        if (strcmp(mode, lens_area_mode_names[i]) == 0) {
            *area = (struct lens_area){.level = (uint32_t)number, .mode = (enum lens_area_mode)i};
            return take_end(&inner, node, "CCommonAreas");
        }
    }
    return refuse(taker, "this is no value of its type: ", "eMode");
}

static int read_areas(struct taker *taker, const struct lens_node *list)
{
    struct taker inner = {taker->document, taker->incoming, list->first};
    struct lens_call *call = &taker->incoming->call;
    struct lens_area *areas = arena_alloc(&taker->document->arena, list->count * sizeof *areas);
    if (areas == NULL)
        return refuse(taker, "memory is used up", "");
    for (size_t i = 0; i < list->count; i++) {
        const struct lens_node *area = take(&inner, LENS_SPACE_SERVICE, "CCommonAreas");
        if (area == NULL)
            break;
        if (read_area(&inner, area, &areas[i]) != 0)
            return -1;
    }
    if (take_end(&inner, list, "CommonAreaList") != 0)
        return -1;
    call->areas = areas;
    call->area_count = list->count;
    return 0;
}

/* The answers' types as fields of a call: only their form is looked at. */
static int read_answer_type(struct taker *taker, const struct lens_node *node, const struct lens_field_form *form)
{
    static const struct {
        const char *name;
        enum lens_type type;
        bool required;
    } parts[2][4] = {{{"bSuccess", LENS_TYPE_BOOLEAN, true},
                      {"ResponseCode", LENS_TYPE_INT, true},
                      {"ResponseMessage", LENS_TYPE_TEXT, false},
                      {"retAccessKey", LENS_TYPE_TEXT, false}},
                     {{"faultcode", LENS_TYPE_TEXT, false},
                      {"faultstring", LENS_TYPE_TEXT, false},
                      {"detailInfo", LENS_TYPE_TEXT, false},
                      {NULL, LENS_TYPE_TEXT, false}}};
    struct taker inner = {taker->document, taker->incoming, node->first};
    size_t which = form->type == LENS_TYPE_FAULT;
    for (size_t i = 0; i < 4 && parts[which][i].name != NULL; i++) {
        const char *ignored;
        const struct lens_node *part = take(&inner, LENS_SPACE_SERVICE, parts[which][i].name);
        if (part == NULL && parts[which][i].required)
            return refuse(taker, "missing, or not in its place or namespace: ", parts[which][i].name);
        if (part != NULL && value_of(&inner, part, parts[which][i].name, parts[which][i].type, &ignored) != 0)
            return -1;
    }
    taker->incoming->call.values[which ? LENS_DUMMY_FAULT : LENS_DUMMY_RESPONSE] = "";
    return take_end(&inner, node, form->name.text);
}

static int read_element(struct taker *taker, const struct lens_element *element)
{
    const struct lens_field_form *form = &lens_field_forms[element->field];
    const struct lens_node *node = take(
        taker, element->flags & LENS_IN_UTILITY ? LENS_SPACE_UTILITY : LENS_SPACE_SERVICE, form->name.text);
    if (node == NULL)
        return element->flags & LENS_REQUIRED
                   ? refuse(taker, "missing, or not in its place or namespace: ", form->name.text)
                   : 0;
    if (node->nil) {
        if (!(element->flags & LENS_NILLABLE) || node->first != NULL || node->text[0] != '\0')
            return refuse(taker, "nil, but may not be: ", form->name.text);
        return 0;
    }
    switch (form->type) {
    case LENS_TYPE_ROOMS:
        return read_rooms(taker, node, form->name.text);
    case LENS_TYPE_AREAS:
        return read_areas(taker, node);
    case LENS_TYPE_RESPONSE:
    case LENS_TYPE_FAULT:
        return read_answer_type(taker, node, form);
    default:
        return value_of(taker, node, form->name.text, form->type, &taker->incoming->call.values[element->field]);
    }
}

static int read_body(struct taker *taker, const struct lens_node *node)
{
    size_t count;
    enum lens_operation operation = taker->incoming->call.operation;
    const struct lens_element *elements = lens_operation_elements(operation, &count);
    struct taker inner = {taker->document, taker->incoming, node->first};
    if (elements == NULL)
        return refuse(taker, "this operation is not served: ", lens_operation_name(operation));
    for (size_t i = 0; i < count; i++) {
        if (read_element(&inner, &elements[i]) != 0)
            return -1;
    }
    return take_end(&inner, node, lens_operation_name(operation));
}

/* ---- The envelope ---------------------------------------------------------------------------------------------- */

static int read_envelope(struct taker *taker)
{
    const struct lens_node *envelope = taker->document->root;
    if (!lens_node_is(envelope, LENS_SPACE_ENVELOPE, "Envelope"))
        return refuse(taker, "not an Envelope of SOAP 1.1", "");
    taker->next = envelope->first;
    const struct lens_node *header = take(taker, LENS_SPACE_ENVELOPE, "Header");
    const struct lens_node *body = take(taker, LENS_SPACE_ENVELOPE, "Body");
    if (body == NULL)
        return refuse(taker, "no Body", "");
    if (take_end(taker, envelope, "Envelope") != 0)
        return -1;
    if (body->count != 1 || body->mixed)
        return refuse(taker, "the Body does not hold one element", "");
    const struct lens_node *call = body->first;
    enum lens_operation operation = lens_operation_find(call->name);
    if (call->space != LENS_SPACE_SERVICE || operation == LENS_OPERATION_COUNT)
        return refuse(taker, "no operation of this service, or not in its namespace", "");
    taker->incoming->call.operation = operation;
    if (header != NULL) {
        struct taker inner = {taker->document, taker->incoming, header->first};
        const struct lens_node *auth = take(&inner, LENS_SPACE_SERVICE, "AuthHeader");
        if (auth != NULL && read_auth_header(taker, auth, lens_operation_name(operation)) != 0)
            return -1;
        if (take_end(&inner, header, "Header") != 0)
            return -1;
    }
    return read_body(taker, call);
}

int lens_call_read(const uint8_t *bytes, size_t count, struct lens_incoming *incoming)
{
    *incoming = (struct lens_incoming){.call = {.operation = LENS_OPERATION_COUNT},
                                       .header = {.url = "",
                                                  .from = "",
                                                  .message_id = "",
                                                  .timestamp_id = "",
                                                  .token_id = "",
                                                  .created = "",
                                                  .expires = "",
                                                  .user = "",
                                                  .password = ""}};
    struct lens_document *document;
    if (lens_document_read(NULL, bytes, count, &document, incoming->problem) != LENS_READ)
        return -1;
    incoming->document = document;
    struct taker taker = {.document = document, .incoming = incoming};
    return read_envelope(&taker);
}

void lens_incoming_free(struct lens_incoming *incoming)
{
    lens_document_free(incoming->document);
    incoming->document = NULL;
}
