/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fields of a JSON body, checked one by one. What is wrong is collected, so that a form can show all of it. */
#ifndef FRONTDESK_FIELDS_H
#define FRONTDESK_FIELDS_H

#include "web.h"

struct fields {
    struct request *request;
    json_t *body;
    json_t *faults; /* {"until": {"code": "moment", "message": "..."}} */
};

/* Takes the body apart; it must be an object with no other names than these (ends with NULL). Answers and returns false
 * if not. */
bool fields_open(struct fields *fields, struct request *request, const char *const *names);
/* Answers with the faults, if any; true if there were none. */
bool fields_check(struct fields *fields);
void fields_close(struct fields *fields);

void fields_fault(struct fields *fields, const char *name, const char *code, const char *message);
/* Text of at most so many characters and no control characters; "" if it is missing. */
const char *fields_text(struct fields *fields, const char *name, size_t most);
/* The same, and it must not be empty. */
const char *fields_needed(struct fields *fields, const char *name, size_t most);
/* Empty, or YYYY-MM-DDTHH:MM. */
const char *fields_moment(struct fields *fields, const char *name);
/* A whole number; `otherwise` if it is missing. */
int32_t fields_number(struct fields *fields, const char *name, int32_t least, int32_t most, int32_t otherwise);
/* An array of areas of the hotel; NULL if it is missing or wrong. */
json_t *fields_areas(struct fields *fields, const char *name);

#endif
