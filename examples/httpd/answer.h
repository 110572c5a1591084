/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers: JSON, and problems as RFC 9457 has them. */
#ifndef HTTPD_ANSWER_H
#define HTTPD_ANSWER_H

#include "service.h"

/* `body` is taken over. */
void answer_json(struct request *request, unsigned status, json_t *body);
/* A problem of the request itself; `field` may be "". */
void answer_problem(struct request *request, unsigned status, const char *code, const char *field, const char *detail);
void answer_memory(struct request *request);
/* What a call of the library failed with; `error` may be NULL. */
void answer_failure(struct request *request, int32_t status, const kc_error *error);
/* The same, with further members; `more` may be NULL. */
void answer_failure_with(struct request *request, int32_t status, const kc_error *error, json_t *more);
/* An operation that has ended: itself, or the problem that it ended with and itself. */
void answer_ended(struct request *request, const kc_op *op);
/* An operation as JSON, with the guest's name and the bytes of its key. */
json_t *answer_operation(const kc_op *op);
json_t *answer_key(const kc_key *key);
/* Those that were found. */
json_t *answer_encoders(const kc_op *op);

#endif
