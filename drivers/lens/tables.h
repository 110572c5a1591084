/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of the LENS codec, for its own files only: fields, their types, and what each operation is made of. */
#ifndef LENS_TABLES_H
#define LENS_TABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "codec.h"

/* Namespaces, section 3. A name of its own for each that the service uses; all others are LENS_SPACE_OTHER. */
#define LENS_URI_SERVICE    "http://tempuri.org"
#define LENS_URI_ADDRESSING "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define LENS_URI_ANONYMOUS  "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
#define LENS_URI_UTILITY    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
#define LENS_URI_ENVELOPE   "http://schemas.xmlsoap.org/soap/envelope/"
#define LENS_URI_INSTANCE   "http://www.w3.org/2001/XMLSchema-instance"
enum lens_space {
    LENS_SPACE_NONE,
    LENS_SPACE_SERVICE,
    LENS_SPACE_ADDRESSING,
    LENS_SPACE_ANONYMOUS,
    LENS_SPACE_UTILITY,
    LENS_SPACE_ENVELOPE,
    LENS_SPACE_OTHER
};

enum lens_type {
    LENS_TYPE_TEXT,
    LENS_TYPE_TIME,     /* xs:dateTime */
    LENS_TYPE_UNSIGNED, /* xs:unsignedInt */
    LENS_TYPE_INT,
    LENS_TYPE_LONG,
    LENS_TYPE_BOOLEAN,
    LENS_TYPE_BASE64,
    LENS_TYPE_MAIN_REASON, /* a main fault name, in the vendor's spelling */
    LENS_TYPE_DETAIL_REASON,
    LENS_TYPE_ROOMS,
    LENS_TYPE_AREAS,
    LENS_TYPE_RESPONSE, /* CMessengerResponse and Fault as fields of a call; their content is never given */
    LENS_TYPE_FAULT
};

/* A text that is written often, with its length. */
struct lens_name {
    const char *text;
    size_t length;
};
#define LENS_NAME_OF(literal)                                                                                          \
    {                                                                                                                  \
        "" literal, sizeof(literal) - 1                                                                                \
    }

struct lens_field_form {
    struct lens_name name;
    enum lens_type type;
};
extern const struct lens_field_form lens_field_forms[LENS_FIELD_COUNT];

#define LENS_REQUIRED   1u /* the element must be there */
#define LENS_NILLABLE   2u /* and may be nil */
#define LENS_IN_UTILITY 4u /* in the namespace of the security utilities, not in the service's */
struct lens_element {
    enum lens_field field;
    unsigned flags;
};
/* What a call of this operation is made of, in binding order. `count` 0 and not NULL: nothing. NULL: not for us. */
const struct lens_element *lens_operation_elements(enum lens_operation operation, size_t *count);

/* What the element of a call is called; "" for what is no operation. */
struct lens_name lens_operation_element(enum lens_operation operation);

/* How the result of an operation is made, section 6. */
enum lens_result {
    LENS_RESULT_USUAL,  /* a CMessengerResponse or a Fault */
    LENS_RESULT_TEXT,   /* a plain string */
    LENS_RESULT_STAFF,  /* bSuccess and the rest directly in the result, with a transaction number */
    LENS_RESULT_HISTORY /* RequestStatus and a list of transactions */
};
enum lens_result lens_operation_result(enum lens_operation operation);

/* "DefaultConfiguredAccess" ..., by lens_area_mode. */
#define LENS_AREA_MODES 3
extern const char *const lens_area_mode_names[LENS_AREA_MODES];

#endif
