/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* POST /v1/operations: from a JSON body to a request of the library, and the start of the operation. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "track.h"

struct form {
    struct request *request;
    json_t *body;
    kc_request *wanted;
    bool answered; /* something was wrong */
};

/* ---- What the body may hold ------------------------------------------------------------------------------------ */

static const struct text_field {
    const char *name;
    int32_t (*set)(kc_request *, const char *);
} text_fields[] = {
    {"booking", kc_request_set_booking}, {"guest", kc_request_set_guest},
    {"station", kc_request_set_station}, {"encoder", kc_request_set_encoder},
    {"system", kc_request_set_system},   {"operator", kc_request_set_operator},
    {"phone", kc_request_set_phone},     {"email", kc_request_set_email},
    {"message", kc_request_set_message}, {"cardSerial", kc_request_set_card_serial},
};

static const struct text_field list_fields[] = {
    {"rooms", kc_request_add_room},
    {"areas", kc_request_add_area},
    {"deniedAreas", kc_request_remove_area},
};

/* Taken by hand below. */
static const char *const other_fields[] = {"verb", "key", "from", "until", "copies", "texts", "returnImage", "image"};

enum {
    TEXT_FIELDS = sizeof text_fields / sizeof *text_fields,
    LIST_FIELDS = sizeof list_fields / sizeof *list_fields,
    OTHER_FIELDS = sizeof other_fields / sizeof *other_fields
};

static bool is_known(const char *name)
{
    for (size_t i = 0; i < TEXT_FIELDS; i++) {
        if (strcmp(text_fields[i].name, name) == 0)
            return true;
    }
    for (size_t i = 0; i < LIST_FIELDS; i++) {
        if (strcmp(list_fields[i].name, name) == 0)
            return true;
    }
    for (size_t i = 0; i < OTHER_FIELDS; i++) {
        if (strcmp(other_fields[i], name) == 0)
            return true;
    }
    return false;
}

/* Base64 with its padding, and nothing else; NULL if it is none, is empty, or memory is used up. */
static uint8_t *decode_base64(const char *encoded, size_t *size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const size_t length = strlen(encoded), count = strspn(encoded, digits), padding = length - count;
    if (count == 0 || length % 4 != 0 || length > LARGEST_BODY || strspn(encoded + count, "=") != padding ||
        padding > 2)
        return NULL;
    uint8_t *bytes = malloc(length / 4 * 3);
    if (bytes != NULL && EVP_DecodeBlock(bytes, (const unsigned char *)encoded, (int)length) >= 0) {
        *size = length / 4 * 3 - padding;
        return bytes;
    }
    free(bytes);
    return NULL;
}

/* ---- Taking the body ------------------------------------------------------------------------------------------- */

static void refuse(struct form *form, const char *field, const char *detail)
{
    if (!form->answered)
        answer_problem(form->request, MHD_HTTP_UNPROCESSABLE_CONTENT, "invalid-argument", field, detail);
    form->answered = true;
}

/* What the library does not take stands at the field of the body. */
static void check(struct form *form, const char *field, int32_t status)
{
    if (status == KC_OK || form->answered)
        return;
    if (status == KC_ERROR_INVALID_ARGUMENT)
        refuse(form, field, kc_error_get_message(kc_request_get_error(form->wanted)));
    else
        answer_failure(form->request, status, kc_request_get_error(form->wanted));
    form->answered = true;
}

/* NULL if it is not there, or wrong. */
static const char *text(struct form *form, const char *name)
{
    const json_t *value = json_object_get(form->body, name);
    if (value != NULL && !json_is_string(value))
        refuse(form, name, "This must be text.");
    return json_string_value(value);
}

static void take_texts(struct form *form)
{
    for (size_t i = 0; i < TEXT_FIELDS; i++) {
        const char *value = text(form, text_fields[i].name);
        if (value != NULL)
            check(form, text_fields[i].name, text_fields[i].set(form->wanted, value));
    }
}

static void take_lists(struct form *form)
{
    for (size_t i = 0; i < LIST_FIELDS; i++) {
        const char *name = list_fields[i].name;
        const json_t *list = json_object_get(form->body, name);
        if (list != NULL && !json_is_array(list))
            refuse(form, name, "This must be a list of texts.");
        for (size_t k = 0; k < json_array_size(list) && !form->answered; k++) {
            const char *item = json_string_value(json_array_get(list, k));
            if (item == NULL || item[0] == '\0')
                refuse(form, name, "This must be a list of texts, none of them empty.");
            else
                check(form, name, list_fields[i].set(form->wanted, item));
        }
    }
}

static void take_lines(struct form *form)
{
    const json_t *lines = json_object_get(form->body, "texts");
    if (lines != NULL && !json_is_array(lines))
        refuse(form, "texts", "This must be a list of lines.");
    for (size_t k = 0; k < json_array_size(lines) && !form->answered; k++) {
        const char *line = json_string_value(json_array_get(lines, k));
        if (line == NULL)
            refuse(form, "texts", "This must be a list of lines.");
        else
            check(form, "texts", kc_request_set_text(form->wanted, (int32_t)k + 1, line));
    }
}

static void take_rest(struct form *form)
{
    const json_t *copies = json_object_get(form->body, "copies"), *image = json_object_get(form->body, "returnImage");
    const char *from = text(form, "from"), *until = text(form, "until");
    if (!form->answered && (from != NULL || until != NULL)) {
        const int32_t status = kc_request_set_validity(form->wanted, from, until);
        const char *field = kc_error_get_field(kc_request_get_error(form->wanted));
        check(form, strcmp(field, "until") == 0 ? "until" : "from", status);
    }
    if (copies != NULL &&
        (!json_is_integer(copies) || json_integer_value(copies) < 1 || json_integer_value(copies) > 99))
        refuse(form, "copies", "This must be a whole number from 1 to 99.");
    else if (copies != NULL)
        check(form, "copies", kc_request_set_copies(form->wanted, (int32_t)json_integer_value(copies)));
    if (image != NULL && !json_is_boolean(image))
        refuse(form, "returnImage", "This must be true or false.");
    else if (image != NULL)
        check(form, "returnImage", kc_request_set_return_image(form->wanted, json_is_true(image)));
}

/* The bytes of a key, in Base64 as answers have them. */
static void take_image(struct form *form)
{
    const char *encoded = text(form, "image");
    size_t size = 0;
    if (encoded == NULL)
        return;
    uint8_t *bytes = decode_base64(encoded, &size);
    if (bytes == NULL)
        refuse(form, "image", "This must be bytes in Base64, as the image of a key is.");
    else
        check(form, "image", kc_request_set_image(form->wanted, bytes, size));
    if (bytes != NULL)
        explicit_bzero(bytes, size);
    free(bytes);
}

/* Idempotency-Key; and who asks is the holder of the token, if nobody else is named. */
static void take_headers(struct form *form)
{
    const char *key = web_header(&form->request->web, "Idempotency-Key");
    if (json_object_get(form->body, "operator") == NULL)
        check(form, "operator", kc_request_set_operator(form->wanted, form->request->holder.name));
    if (key != NULL && key[0] == '\0')
        refuse(form, "Idempotency-Key", "This header is empty.");
    else if (key != NULL)
        check(form, "Idempotency-Key", kc_request_set_idempotency_key(form->wanted, key));
}

/* ---- Starting -------------------------------------------------------------------------------------------------- */

static const struct verb {
    int32_t verb;
    int32_t (*start)(kc_request *, kc_op **);
    int32_t (*start_with_key)(kc_request *, const char *, kc_op **);
    int32_t (*start_with_booking)(kc_site *, const char *, kc_op **);
    int32_t (*start_with_site)(kc_site *, kc_op **);
} verbs[] = {
    {.verb = KC_VERB_ISSUE_ORIGINAL, .start = kc_issue_original},
    {.verb = KC_VERB_ISSUE_DUPLICATE, .start = kc_issue_duplicate},
    {.verb = KC_VERB_REISSUE, .start = kc_reissue},
    {.verb = KC_VERB_ISSUE_ONE_SHOT, .start = kc_issue_one_shot},
    {.verb = KC_VERB_SEND_MOBILE, .start = kc_send_mobile},
    {.verb = KC_VERB_WRITE_IMAGE, .start = kc_write_image},
    {.verb = KC_VERB_READ_CARD, .start = kc_read_card},
    {.verb = KC_VERB_CHECK_OUT, .start = kc_check_out},
    {.verb = KC_VERB_MODIFY_STAY, .start = kc_modify_stay},
    {.verb = KC_VERB_BLOCK_STAY, .start = kc_block_stay},
    {.verb = KC_VERB_UNBLOCK_STAY, .start = kc_unblock_stay},
    {.verb = KC_VERB_CANCEL_KEY, .start_with_key = kc_cancel_key},
    {.verb = KC_VERB_CHECK_MOBILE, .start_with_key = kc_check_mobile},
    {.verb = KC_VERB_FORGET_GUEST, .start_with_booking = kc_forget_guest},
    {.verb = KC_VERB_DISCOVER, .start_with_site = kc_site_discover},
    {.verb = KC_VERB_VERIFY_LEDGER, .start_with_site = kc_verify_ledger},
};

static const struct verb *find_verb(struct form *form)
{
    const char *name = text(form, "verb");
    for (size_t i = 0; name != NULL && i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(kc_verb_name(verbs[i].verb), name) == 0)
            return &verbs[i];
    }
    refuse(form, "verb", "This must be a verb, such as \"issue-original\"; the description of the API lists them.");
    return NULL;
}

static void start(struct form *form, const struct verb *verb)
{
    kc_site *site = form->request->service->property.site;
    const char *key = text(form, "key"), *booking = text(form, "booking");
    int32_t status;
    kc_op *op = NULL;
    if (form->answered)
        return;
    if (verb->start_with_key != NULL && (key == NULL || key[0] == '\0')) {
        refuse(form, "key", "This verb needs the id of a key.");
        return;
    }
    if (verb->start_with_booking != NULL && (booking == NULL || booking[0] == '\0')) {
        refuse(form, "booking", "This verb needs a booking.");
        return;
    }
    if (verb->start_with_key != NULL)
        status = verb->start_with_key(form->wanted, key, &op);
    else if (verb->start_with_booking != NULL)
        status = verb->start_with_booking(site, booking, &op);
    else
        status = verb->start_with_site != NULL ? verb->start_with_site(site, &op) : verb->start(form->wanted, &op);
    if (status == KC_OK)
        track_show(form->request, op);
    else
        answer_failure(form->request, status, NULL);
}

static void take_body(struct form *form)
{
    const char *name;
    json_t *value;
    if (!json_is_object(form->body)) {
        answer_problem(form->request, MHD_HTTP_BAD_REQUEST, "json", "", "The body must be one JSON object.");
        return;
    }
    json_object_foreach(form->body, name, value)
    {
        if (!is_known(name))
            refuse(form, name, "There is no such field.");
    }
    const struct verb *verb = find_verb(form);
    if (verb == NULL)
        return;
    take_texts(form);
    take_lists(form);
    take_lines(form);
    take_rest(form);
    take_image(form);
    take_headers(form);
    start(form, verb);
}

void ask_start(struct request *request)
{
    struct form form = {.request = request};
    json_error_t error;
    const int32_t status = kc_request_new(request->service->property.site, &form.wanted);
    if (status != KC_OK) {
        answer_failure(request, status, NULL);
        return;
    }
    if (request->web.body != NULL)
        form.body = json_loadb(request->web.body, request->web.body_size, JSON_REJECT_DUPLICATES, &error);
    take_body(&form);
    json_decref(form.body);
    kc_request_unref(form.wanted);
}
