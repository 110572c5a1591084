/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a reply of the server to a result: the HTTP status, the answer, its faults. */
#include <string.h>

#include "state.h"
#include "words.h"

/* ---- The reply itself ------------------------------------------------------------------------------------------ */

static const char *shown_type(const struct http_reply *reply)
{
    return *reply->content_type ? reply->content_type : "none";
}

/* Whether the status alone says that nothing was done. 303 says that it was, and where to see what came of it; 302 is
 * what many servers say instead, those of the vendor's platform also when the work was begun and broke off (ASP.NET's
 * custom error pages). The other 3xx are no answers to a POST. */
static bool is_refusal(int32_t status)
{
    return status / 100 == 4 || status == 301 || status == 307 || status == 308;
}

/* Where the server would rather be asked, without the query, which may carry anything. */
static void moved(const struct http_reply *reply, struct kc_error *error)
{
    struct error_quoted quoted;
    struct buf place = {0};
    size_t length = strcspn(reply->location, "?#");
    if (length > 0 && !memchr(reply->location, '@', length))
        buf_append(&place, reply->location, length);
    error_set(error, KC_ERROR_PROTOCOL, "",
              "The server wants to be asked elsewhere (HTTP status %d, \"%s\"), which is never followed. Put the "
              "address of the web service itself into the URI of the system%s.",
              (int)reply->status, error_quote(&quoted, buf_text(&place)),
              is_refusal(reply->status) ? "" : "; whether it has acted before is not known");
    buf_free(&place);
}

static bool asks_who(int32_t status)
{
    return status == 401 || status == 403 || status == 407;
}

static void refused(enum lens_operation operation, const struct http_reply *reply, struct kc_error *error)
{
    int status = (int)reply->status;
    if (asks_who(reply->status))
        error_set(error, KC_ERROR_CREDENTIALS, "user",
                  "The server refuses the request (HTTP status %d). It is the web server that asks here, not the lock "
                  "system: see the options http-user and http-password, and who may connect to it.",
                  status);
    else if (status >= 300 && status < 400)
        moved(reply, error);
    else if (status == 404 || status == 405 || status == 410)
        error_set(error, KC_ERROR_PROTOCOL, "",
                  "There is no such web service at this address (HTTP status %d). Check the path in the URI of the "
                  "system.",
                  status);
    else if (status == 429)
        error_set(error, KC_ERROR_NOT_ACCEPTED, "", "The server is asked too often (HTTP status 429).");
    else
        error_set(error, KC_ERROR_PROTOCOL, "",
                  "The server does not take the request (HTTP status %d). Check that the URI of the system leads to "
                  "the lock system's web service.",
                  status);
    bool open = !is_refusal(reply->status) && lens_call_acts(operation);
    error->card_state = open ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_NOT_WRITTEN;
}

/* HTTP says no. Returns whether the lock system's own words come with it, which say more. */
static bool explains_itself(enum lens_operation operation, const struct http_reply *reply,
                            const struct lens_answer *answer, struct kc_error *error)
{
    if (answer->kind == LENS_ANSWER_SUCCESS) {
        error_set(error, KC_ERROR_PROTOCOL, "",
                  "The server refuses the request (HTTP status %d), but with the answer that it was done. See what "
                  "stands between this computer and the lock system.",
                  (int)reply->status);
        error->card_state = lens_call_acts(operation) ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_NOT_WRITTEN;
        return false;
    }
    if (answer->kind != LENS_ANSWER_UNREADABLE && !(answer->kind == LENS_ANSWER_SOAP_FAULT && asks_who(reply->status)))
        return true;
    refused(operation, reply, error);
    return false;
}

/* Nothing that can be made out, or a server's own trouble: it may have acted before. */
static void unusable(enum lens_operation operation, const struct http_reply *reply, const char *problem,
                     struct kc_error *error)
{
    struct error_quoted quoted;
    if (reply->status >= 500)
        error_set(error, KC_ERROR_LOCK_SYSTEM, "",
                  "The server failed (HTTP status %d, content type \"%s\") and gave no answer of the lock system.",
                  (int)reply->status, error_quote(&quoted, shown_type(reply)));
    else
        error_set(error, KC_ERROR_PROTOCOL, "",
                  "The server gave no usable answer (HTTP status %d, content type \"%s\"): %s. Check that the URI of "
                  "the system leads to the lock system's web service.",
                  (int)reply->status, error_quote(&quoted, shown_type(reply)), *problem ? problem : "it is not XML");
    error->card_state = lens_call_acts(operation) ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_NOT_WRITTEN;
}

static bool is_of_another(const struct line *line, uint64_t call, uint64_t identifier)
{
    if (identifier == 0 || identifier == call)
        return false;
    size_t count = line->call_count < CALLS_REMEMBERED ? line->call_count : CALLS_REMEMBERED;
    for (size_t i = 0; i < count; i++)
        if (line->calls[i] == identifier)
            return true;
    return false;
}

/* LENS SOAP service, section on the header: whether the server repeats the MessageID is not known, so nobody asks for
 * that. But one that belongs to another call of ours says that something on the way has mixed up the answers. */
static bool is_mixed_up(const struct line *line, const struct driver_op *op, const struct lens_answer *answer)
{
    uint64_t call = op ? exchange_of(op)->call : line->call;
    return is_of_another(line, call, answer->message_id) || is_of_another(line, call, answer->relates_to);
}

static int32_t refuse_mixed_up(enum lens_operation operation, struct lens_answer *answer, struct kc_error *error)
{
    lens_answer_free(answer);
    error_set(error, KC_ERROR_PROTOCOL, "",
              "The server gave the answer to another request: its MessageID is not that of %s. See what stands between "
              "this computer and the lock system.",
              lens_operation_name(operation));
    error->card_state = lens_call_acts(operation) ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_NOT_WRITTEN;
    return error->code;
}

int32_t lens_read_reply(struct driver_link *link, const struct driver_op *op, const struct http_reply *reply,
                        struct lens_answer *answer, struct kc_error *error)
{
    enum lens_operation operation = op ? exchange_of(op)->operation : LENS_HELLO_WORLD_TEST;
    bool no = reply->status >= 300 && reply->status < 500;
    if (lens_answer_read_with(&line_of(link)->parser, operation, reply->body, reply->body_size, answer) != 0) {
        lens_answer_free(answer);
        error_no_memory(error);
        error->card_state = lens_call_acts(operation) ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_NOT_WRITTEN;
        return error->code;
    }
    if (is_mixed_up(line_of(link), op, answer))
        return refuse_mixed_up(operation, answer, error);
    if (no ? explains_itself(operation, reply, answer, error) : answer->kind != LENS_ANSWER_UNREADABLE)
        return KC_OK;
    if (!no)
        unusable(operation, reply, answer->problem, error);
    lens_answer_free(answer);
    return error->code;
}

/* ---- Faults ---------------------------------------------------------------------------------------------------- */

/* LENS SOAP service, sections on generic errors and on what a fault says about the card. */
static const struct {
    int32_t code;
    const char *field, *text;
    bool unknown;   /* the outcome is; else nothing was written */
    bool at_card;   /* the encoder took part */
    bool mid_count; /* among several cards of one call it may have come after the first */
} meanings[] = {
    [LENS_MEANS_OK] = {KC_ERROR_PROTOCOL, "", "a fault that says that there is none", true, false, false},
    [LENS_MEANS_LOOK_AT_DETAIL] = {KC_ERROR_VENDOR, "", "a fault without its reason", true, false, false},
    [LENS_MEANS_UNAUTHORIZED] = {KC_ERROR_CREDENTIALS, "user",
                                 "it refuses user or password, or the right to do this (options user, password)", false,
                                 false, false},
    [LENS_MEANS_NO_RESPONSE] = {KC_ERROR_LOCK_SYSTEM, "", "what stands behind the web service does not answer", true,
                                false, false},
    [LENS_MEANS_BUSY] = {KC_ERROR_NOT_ACCEPTED, "", "it is busy with an earlier request", false, false, false},
    [LENS_MEANS_ENCODER_BUSY] = {KC_ERROR_ENCODER_BUSY, "encoder", "the encoder is busy", false, false, true},
    [LENS_MEANS_ENCODER_OFFLINE] = {KC_ERROR_ENCODER_OFFLINE, "encoder", "the encoder does not answer or is not known",
                                    false, false, true},
    [LENS_MEANS_NO_CARD] = {KC_ERROR_NO_CARD, "", "no card was presented in time", false, true, true},
    [LENS_MEANS_CARD_ERROR] = {KC_ERROR_CARD, "", "the card cannot be written; take another one", false, true, true},
    [LENS_MEANS_BAD_ARGUMENT] = {KC_ERROR_SYNTAX, "", "something in the request has a form that it does not take",
                                 false, false, false},
    [LENS_MEANS_BAD_DATES] = {KC_ERROR_LIMIT, "until", "it does not take these times", false, false, false},
    [LENS_MEANS_UNKNOWN_ROOM] = {KC_ERROR_UNKNOWN_ROOM, "rooms", "it does not know the room", false, false, false},
    [LENS_MEANS_NO_BOOKING] = {KC_ERROR_NOT_CHECKED_IN, "booking", "it has no active stay of this booking", false,
                               false, false},
    [LENS_MEANS_CONFLICT] = {KC_ERROR_CONFLICT, "",
                             "another stay stands against this, or it asks for a confirmation that nobody can give; "
                             "choose another kind of key",
                             false, false, false},
    [LENS_MEANS_TOO_MANY_KEYS] = {KC_ERROR_KEY_LIMIT, "copies", "it makes no more keys for this stay", false, false,
                                  true},
    [LENS_MEANS_NOT_ALLOWED] = {KC_ERROR_NOT_OFFERED, "rooms", "it does not allow this for the room", false, false,
                                false},
    [LENS_MEANS_BAD_AREA] = {KC_ERROR_UNKNOWN_AREA, "areas",
                             "it does not take one of the pass levels (option pass-levels)", false, false, false},
    [LENS_MEANS_LOCK_OFFLINE] = {KC_ERROR_LOCK_OFFLINE, "rooms", "the lock cannot be reached", false, false, false},
    [LENS_MEANS_NOT_SUPPORTED] = {KC_ERROR_NOT_OFFERED, "", "it does not support this", false, false, false},
    [LENS_MEANS_BAD_PHONE] = {KC_ERROR_CONTACT, "phone",
                              "it does not take the form of the phone number (option phone-form)", false, false, false},
    [LENS_MEANS_MOBILE_FAILED] = {KC_ERROR_MOBILE, "phone", "it could not deliver to the phone", true, false, false},
    [LENS_MEANS_INTERNAL] = {KC_ERROR_LOCK_SYSTEM, "", "it has a fault of its own", true, false, false},
    [LENS_MEANS_UNKNOWN] = {KC_ERROR_VENDOR, "", "this is not in the list of its faults", true, false, false},
};

void lens_set_vendor(const struct driver_link *link, const struct driver_request *request, const char *code,
                     const char *const *texts, size_t count, struct kc_error *error)
{
    size_t lines = request ? request->texts.count : 0;
    const char *secrets[] = {
        driver_option_text(link, OPTION_PASSWORD),        request ? request->guest : "",
        request ? lens_phone_digits(request->phone) : "", request ? request->email : "",
        lines > 0 ? request->texts.items[0] : "",         lines > 1 ? request->texts.items[1] : ""};
    const size_t secret_count = sizeof(secrets) / sizeof(secrets[0]);
    struct buf text = {0}, masked_code = {0};
    for (size_t i = 0; i < count; i++) {
        if (!*texts[i])
            continue;
        buf_append_text(&text, text.length > 0 ? "; " : "");
        lens_mask(texts[i], secrets, secret_count, &text);
    }
    lens_mask(code, secrets, secret_count, &masked_code);
    error_set_vendor(error, buf_text(&masked_code), buf_text(&text));
    buf_free(&text);
    buf_free(&masked_code);
}

static void set_texts(const struct driver_link *link, const struct driver_request *request,
                      const struct lens_answer *answer, const struct lens_fault_name *name, struct kc_error *error)
{
    const char *texts[] = {answer->code, answer->text, answer->detail};
    lens_set_vendor(link, request, *answer->code ? answer->code : name ? name->name : "", texts, 3, error);
    if (name) /* one of the service's own names cannot be a guest's */
        memcpy(error->vendor_code, name->name, strnlen(name->name, sizeof(error->vendor_code) - 1) + 1);
    error->vendor_code[sizeof(error->vendor_code) - 1] = '\0';
}

static bool sets_state(enum lens_operation operation)
{
    return operation == LENS_CHECK_OUT_GUEST || operation == LENS_DENY_ACCESS_TO_GUEST ||
           operation == LENS_RE_ESTABLISH_ACCESS_TO_GUEST || operation == LENS_CANCEL_GUESTS_ACCESS_TO_ROOM ||
           operation == LENS_CANCEL_GUESTS_MOBILE_ACCESS_TO_ROOM || operation == LENS_EXTEND_CHECK_OUT ||
           operation == LENS_CHANGE_GUEST_ACCESS;
}

/* LENS SOAP service, section on idempotency: a repetition of what sets a state finds it so already. */
static bool is_so_already(enum lens_operation operation, const struct lens_fault_name *name)
{
    bool ends_stay = operation == LENS_CHECK_OUT_GUEST || operation == LENS_CANCEL_GUESTS_ACCESS_TO_ROOM ||
                     operation == LENS_CANCEL_GUESTS_MOBILE_ACCESS_TO_ROOM;
    bool nothing_to_do = name->meaning == LENS_MEANS_OK;
    bool over = ends_stay && strcmp(name->name, "ReservationCheckedOut") == 0;
    return sets_state(operation) && (nothing_to_do || over);
}

static bool is_several(const struct driver_op *op)
{
    return exchange_of(op)->calls == 1 && op->request->copies > 1;
}

/* A meaning of one's own, by the option fault-map. */
static void take_mapped(struct driver_op *op, const struct lens_answer *answer, int32_t code, struct kc_error *error)
{
    struct error_quoted quoted;
    error_set(error, code, "",
              "The lock system answered with a fault that the option fault-map explains. "
              "Encoder \"%s\".",
              error_quote(&quoted, op->request->encoder));
    set_texts(op->link, op->request, answer, NULL, error);
    bool card = code == KC_ERROR_NO_CARD || (code <= KC_ERROR_CARD && code >= KC_ERROR_ENCODER_FAULT);
    bool open = code == KC_ERROR_VENDOR || code == KC_ERROR_LOCK_SYSTEM || is_several(op);
    error->card_state = open ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_NOT_WRITTEN;
    if (card && lens_drives_encoder(op->request, exchange_of(op)->operation))
        driver_op_reached_encoder(op);
}

static void take_meaning(struct driver_op *op, const struct lens_answer *answer, const struct lens_fault_name *name,
                         struct kc_error *error)
{
    enum lens_operation operation = exchange_of(op)->operation;
    enum lens_meaning meaning = name ? name->meaning : LENS_MEANS_UNKNOWN;
    if (name && strcmp(name->name, "VIP_WRITE_TIMEOUT") == 0) /* the card itself may be spoilt */
        meaning = LENS_MEANS_CARD_ERROR;
    bool drives = lens_drives_encoder(op->request, operation);
    struct error_quoted room, encoder;
    error_set(error, meanings[meaning].code, meanings[meaning].field,
              "The lock system answered %s: %s. Room \"%s\". Encoder \"%s\".", name ? name->name : "with a fault",
              meanings[meaning].text,
              error_quote(&room, op->request->rooms.count > 0 ? op->request->rooms.items[0] : ""),
              error_quote(&encoder, op->request->encoder));
    set_texts(op->link, op->request, answer, name, error);
    bool open = meanings[meaning].unknown || (meanings[meaning].mid_count && is_several(op)) ||
                (meaning == LENS_MEANS_LOCK_OFFLINE && !sets_state(operation));
    error->card_state = open && lens_call_acts(operation) ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_NOT_WRITTEN;
    if (drives && meanings[meaning].at_card)
        driver_op_reached_encoder(op);
    bool at_encoder = meanings[meaning].at_card || strcmp(meanings[meaning].field, "encoder") == 0;
    if (operation == LENS_CREATE_NEW_BOOKING && at_encoder)
        driver_op_warn(op, "The lock system may already have voided the earlier keys of the room in its books; whether "
                           "it does so when the encoder fails is not known. Make the original again.");
}

static int32_t take_fault(struct driver_op *op, const struct lens_answer *answer, struct kc_error *error)
{
    const char *texts[] = {answer->code, answer->text, answer->detail};
    const struct lens_fault_name *name = lens_fault_find(answer);
    if (name && name->detail && name->meaning == LENS_MEANS_OK)
        name = NULL; /* "Success" and the like in some text explains nothing */
    int32_t mapped = lens_fault_mapped(op->link, texts, 3);
    bool is_fault = answer->kind == LENS_ANSWER_FAULT;
    if (mapped == KC_OK && is_fault && name && is_so_already(exchange_of(op)->operation, name))
        return KC_OK;
    if (mapped != KC_OK)
        take_mapped(op, answer, mapped, error);
    else
        take_meaning(op, answer, name, error);
    return error->code;
}

/* ---- Answers --------------------------------------------------------------------------------------------------- */

/* SOAP's own fault: about our request, or after the work was begun. Calls whose answer has no place for a fault tell of
 * user and password this way. */
static int32_t take_soap_fault(const struct driver_link *link, const struct driver_request *request,
                               enum lens_operation operation, const struct lens_answer *answer, struct kc_error *error)
{
    const struct lens_fault_name *name = lens_fault_find(answer);
    if (name && name->meaning == LENS_MEANS_UNAUTHORIZED)
        error_set(error, KC_ERROR_CREDENTIALS, "user", "The lock system answered %s: %s.", name->name,
                  meanings[name->meaning].text);
    else if (answer->from_client)
        error_set(error, KC_ERROR_SYNTAX, "",
                  "The web service does not take the request %s (SOAP fault). It may be another version of the "
                  "service, or another service.",
                  lens_operation_name(operation));
    else
        error_set(error, KC_ERROR_LOCK_SYSTEM, "", "The web service failed at the request %s (SOAP fault).",
                  lens_operation_name(operation));
    set_texts(link, request, answer, NULL, error);
    error->card_state = answer->from_client || !lens_call_acts(operation) ? KC_OUTCOME_NOT_WRITTEN : KC_OUTCOME_UNKNOWN;
    return error->code;
}

static int32_t take_success(struct driver_op *op, const struct lens_answer *answer, struct kc_error *error)
{
    if (lens_drives_encoder(op->request, exchange_of(op)->operation))
        driver_op_reached_encoder(op);
    if (!*op->request->card_serial)
        return KC_OK;
    if (!answer->image || answer->image_size == 0) {
        error_set(error, KC_ERROR_PROTOCOL, "card-serial",
                  "The lock system says that it made the key but sent nothing to be written on the card. Its earlier "
                  "keys may be void.");
        error->card_state = KC_OUTCOME_UNKNOWN;
        return error->code;
    }
    driver_op_image(op, answer->image, answer->image_size, "");
    return KC_OK;
}

int32_t lens_judge(struct driver_op *op, const struct lens_answer *answer, struct kc_error *error)
{
    switch (answer->kind) {
    case LENS_ANSWER_SUCCESS:
        return take_success(op, answer, error);
    case LENS_ANSWER_SOAP_FAULT:
        return take_soap_fault(op->link, op->request, exchange_of(op)->operation, answer, error);
    default: /* one without success may have the name of a fault in its text, too */
        return take_fault(op, answer, error);
    }
}

int32_t lens_judge_greeting(const struct driver_link *link, const struct lens_answer *answer, struct kc_error *error)
{
    const struct lens_fault_name *name = lens_fault_find(answer);
    if (answer->kind == LENS_ANSWER_SOAP_FAULT)
        return take_soap_fault(link, NULL, LENS_HELLO_WORLD_TEST, answer, error);
    if (answer->kind == LENS_ANSWER_SUCCESS || !name || name->meaning != LENS_MEANS_UNAUTHORIZED)
        return KC_OK; /* it is there, whatever it says */
    error_set(error, KC_ERROR_CREDENTIALS, "user", "The lock system answered %s: %s.", name->name,
              meanings[name->meaning].text);
    return error->code;
}
