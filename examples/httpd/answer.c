/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which status of HTTP an error of the library is, and the forms of answers. */
#include "answer.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/describe.h"

/* 422: the request must be changed. 409: the request was right, but it cannot be done as things stand. 502 and 504: the
 * lock system behind this service. 503: this service. */
static unsigned http_status(int32_t status)
{
    static const struct {
        int32_t status;
        unsigned http;
    } table[] = {
        {KC_ERROR_INVALID_ARGUMENT, MHD_HTTP_UNPROCESSABLE_CONTENT},
        {KC_ERROR_LIMIT, MHD_HTTP_UNPROCESSABLE_CONTENT},
        {KC_ERROR_CONTACT, MHD_HTTP_UNPROCESSABLE_CONTENT},
        {KC_ERROR_NO_ROOM, MHD_HTTP_UNPROCESSABLE_CONTENT},
        {KC_ERROR_NOT_OFFERED, MHD_HTTP_UNPROCESSABLE_CONTENT},
        {KC_ERROR_UNKNOWN_ROOM, MHD_HTTP_UNPROCESSABLE_CONTENT},
        {KC_ERROR_UNKNOWN_AREA, MHD_HTTP_UNPROCESSABLE_CONTENT},
        {KC_ERROR_IDEMPOTENCY, MHD_HTTP_UNPROCESSABLE_CONTENT},
        {KC_ERROR_SYNTAX, MHD_HTTP_UNPROCESSABLE_CONTENT},
        {KC_ERROR_NOT_FOUND, MHD_HTTP_NOT_FOUND},
        {KC_ERROR_NO_MEMORY, MHD_HTTP_SERVICE_UNAVAILABLE},
        {KC_ERROR_SYSTEM, MHD_HTTP_SERVICE_UNAVAILABLE},
        {KC_ERROR_LEDGER, MHD_HTTP_SERVICE_UNAVAILABLE},
        {KC_ERROR_LEDGER_FULL, MHD_HTTP_SERVICE_UNAVAILABLE},
        {KC_ERROR_LEDGER_DAMAGED, MHD_HTTP_SERVICE_UNAVAILABLE},
        {KC_ERROR_LEDGER_NEWER, MHD_HTTP_SERVICE_UNAVAILABLE},
        {KC_ERROR_LEDGER_BUSY, MHD_HTTP_SERVICE_UNAVAILABLE},
        {KC_ERROR_LEDGER_READ_ONLY, MHD_HTTP_SERVICE_UNAVAILABLE},
        {KC_ERROR_UNREACHABLE, MHD_HTTP_BAD_GATEWAY},
        {KC_ERROR_CONNECTION_LOST, MHD_HTTP_BAD_GATEWAY},
        {KC_ERROR_PROTOCOL, MHD_HTTP_BAD_GATEWAY},
        {KC_ERROR_CREDENTIALS, MHD_HTTP_BAD_GATEWAY},
        {KC_ERROR_CERTIFICATE, MHD_HTTP_BAD_GATEWAY},
        {KC_ERROR_LOCK_SYSTEM, MHD_HTTP_BAD_GATEWAY},
        {KC_ERROR_VENDOR, MHD_HTTP_BAD_GATEWAY},
        {KC_ERROR_TIMED_OUT, MHD_HTTP_GATEWAY_TIMEOUT},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].status == status)
            return table[i].http;
    }
    return MHD_HTTP_CONFLICT;
}

void answer_json(struct request *request, unsigned status, json_t *body)
{
    web_answer_json(&request->web, status, "application/json", body);
}

static json_t *problem(unsigned http, const char *code, const char *title, const char *detail)
{
    json_t *object = json_pack("{ss ss si ss}", "code", code, "title", title, "status", (int)http, "detail",
                               detail[0] != '\0' ? detail : title);
    char type[100];
    (void)snprintf(type, sizeof type, "urn:libkeycard:problem:%s", code);
    if (object != NULL)
        (void)json_object_set_new(object, "type", json_string(type));
    return object;
}

static void answer(struct request *request, unsigned http, json_t *object)
{
    web_answer_json(&request->web, http, "application/problem+json", object);
}

void answer_problem(struct request *request, unsigned status, const char *code, const char *field, const char *detail)
{
    json_t *object = problem(status, code, MHD_get_reason_phrase_for(status), detail);
    if (object != NULL && field[0] != '\0')
        (void)json_object_set_new(object, "field", json_string(field));
    answer(request, status, object);
}

void answer_memory(struct request *request)
{
    answer_failure(request, KC_ERROR_NO_MEMORY, NULL);
}

static json_t *failure(int32_t status, const kc_error *error)
{
    json_t *object = problem(http_status(status), kc_status_name(status), kc_status_text(status),
                             kc_error_get_message(error));
    json_t *details = error != NULL && object != NULL ? describe_error(error) : NULL;
    if (details != NULL) {
        (void)json_object_del(details, "status");
        (void)json_object_del(details, "message");
        (void)json_object_update_missing(object, details);
    }
    json_decref(details);
    return object;
}

void answer_failure_with(struct request *request, int32_t status, const kc_error *error, json_t *more)
{
    json_t *object = failure(status, error);
    if (object != NULL && more != NULL)
        (void)json_object_update_missing(object, more);
    answer(request, http_status(status), object);
}

void answer_failure(struct request *request, int32_t status, const kc_error *error)
{
    answer_failure_with(request, status, error, NULL);
}

void answer_ended(struct request *request, const kc_op *op)
{
    const int32_t status = kc_op_get_status(op);
    json_t *operation = answer_operation(op);
    if (status == KC_OK) {
        answer_json(request, MHD_HTTP_OK, operation);
        return;
    }
    json_t *object = failure(status, kc_op_get_error(op));
    if (object != NULL)
        (void)json_object_set(object, "operation", operation);
    json_decref(operation);
    answer(request, http_status(status), object);
}

static json_t *base64(const uint8_t *bytes, size_t size)
{
    char *text = size < INT32_MAX / 2 ? malloc((size + 2) / 3 * 4 + 1) : NULL;
    if (text == NULL)
        return NULL;
    (void)EVP_EncodeBlock((unsigned char *)text, bytes, (int)size);
    json_t *string = json_string(text);
    free(text);
    return string;
}

json_t *answer_key(const kc_key *key)
{
    size_t size = 0;
    const uint8_t *image = kc_key_get_image(key, &size);
    json_t *object = describe_key(key);
    (void)json_object_set_new(object, "guest", json_string(kc_key_get_guest(key)));
    if (image != NULL) {
        (void)json_object_set_new(object, "image", base64(image, size));
        (void)json_object_set_new(object, "installation", json_string(kc_key_get_installation(key)));
    }
    return object;
}

json_t *answer_encoders(const kc_op *op)
{
    json_t *encoders = json_array();
    for (int32_t i = 0; i < kc_op_get_encoder_count(op); i++)
        (void)json_array_append_new(encoders, describe_encoder(kc_op_get_encoder(op, i)));
    return encoders;
}

json_t *answer_operation(const kc_op *op)
{
    json_t *object = describe_op(op);
    const kc_op *next = kc_op_get_follow_up(op);
    if (kc_op_get_key_count(op) == 1)
        (void)json_object_set_new(object, "key", answer_key(kc_op_get_key(op, 0)));
    if (kc_op_get_verb(op) == KC_VERB_DISCOVER)
        (void)json_object_set_new(object, "encoders", answer_encoders(op));
    (void)json_object_set_new(object, "followUp", next != NULL ? json_string(kc_op_get_id(next)) : json_null());
    (void)json_object_set_new(object, "replay", json_boolean(kc_op_is_replay(op)));
    if (kc_op_get_verb(op) == KC_VERB_VERIFY_LEDGER) {
        (void)json_object_set_new(object, "entries", json_integer(kc_op_get_entry_count(op)));
        (void)json_object_set_new(object, "digest", json_string(kc_op_get_ledger_digest(op)));
    }
    return object;
}
