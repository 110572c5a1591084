/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers of the LENS SOAP service, read: by local name and place, whatever prefix or namespace (section 6). What is
 * not plainly one of the forms is unreadable, because then nobody knows what became of the card. */
#include <string.h>

#include "codec.h"
#include "document.h"
#include "tables.h"
#include "values.h"

#define IMAGE_SIZE_MAX ((size_t)64 * 1024)

/* Where reading is. Its functions return 0, or -1 only when memory is used up. */
struct reading {
    struct lens_document *document;
    struct lens_answer *answer;
};

static int unreadable(struct reading *reading, const char *text, const char *name)
{
    reading->answer->kind = LENS_ANSWER_UNREADABLE;
    lens_problem(reading->answer->problem, text, name);
    return 0;
}

/* Text as it came; an element that is not there is "". */
static int raw(struct reading *reading, const struct lens_node *node, const char **text)
{
    *text = lens_node_text(reading->document, node);
    if (*text != NULL)
        return 0;
    *text = "";
    return -1;
}

/* A value without blanks round it. */
static int value(struct reading *reading, const struct lens_node *node, const char **text)
{
    *text = lens_node_value(reading->document, node);
    if (*text != NULL)
        return 0;
    *text = "";
    return -1;
}

/* 1, 0, or -1 if it is neither. */
static int truth_of(const char *text)
{
    if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0)
        return 1;
    return strcmp(text, "false") == 0 || strcmp(text, "0") == 0 ? 0 : -1;
}

/* More than one element of a name that may stand only once. */
static bool is_twice(const struct lens_node *node, const char *name)
{
    size_t found = 0;
    for (const struct lens_node *child = node->first; child != NULL; child = child->next)
        found += strcmp(child->name, name) == 0;
    return found > 1;
}

/* ---- Faults ---------------------------------------------------------------------------------------------------- */

static int read_fault(struct reading *reading, const struct lens_node *fault)
{
    struct lens_answer *answer = reading->answer;
    answer->kind = LENS_ANSWER_FAULT;
    if (raw(reading, lens_node_child(fault, "faultcode"), &answer->code) != 0 ||
        raw(reading, lens_node_child(fault, "faultstring"), &answer->text) != 0)
        return -1;
    return raw(reading, lens_node_child(fault, "detailInfo"), &answer->detail);
}

/* Whether SOAP's code says that the message was refused as it was: then nothing was done. */
static bool blames_client(const char *code)
{
    static const char *const codes[] = {"Client", "Sender", "VersionMismatch", "MustUnderstand"};
    const char *colon = strrchr(code, ':');
    const char *local = colon == NULL ? code : colon + 1;
    size_t length = strcspn(local, "."); /* a code may be refined: Client.Authentication */
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strlen(codes[i]) == length && strncmp(local, codes[i], length) == 0)
            return true;
    }
    return false;
}

static const struct lens_node *child_of(const struct lens_node *node, const char *name)
{
    return node == NULL ? NULL : lens_node_child(node, name);
}

/* Of SOAP 1.1, and of 1.2 in case a server answers with that. */
static int read_soap_fault(struct reading *reading, const struct lens_node *fault)
{
    struct lens_answer *answer = reading->answer;
    const struct lens_node *code = lens_node_child(fault, "faultcode");
    const struct lens_node *text = lens_node_child(fault, "faultstring");
    const struct lens_node *detail = lens_node_child(fault, "detail");
    if (code == NULL)
        code = child_of(lens_node_child(fault, "Code"), "Value");
    if (text == NULL)
        text = lens_node_child(fault, "Reason");
    if (detail == NULL)
        detail = lens_node_child(fault, "Detail");
    answer->kind = LENS_ANSWER_SOAP_FAULT;
    if (value(reading, code, &answer->code) != 0 || raw(reading, text, &answer->text) != 0 ||
        raw(reading, detail, &answer->detail) != 0)
        return -1;
    answer->from_client = blames_client(answer->code);
    return 0;
}

/* ---- Responses ------------------------------------------------------------------------------------------------- */

/* Section 10: the image of a key, when the call named encoder 0. */
static int read_image(struct reading *reading, const struct lens_node *node)
{
    struct lens_answer *answer = reading->answer;
    const char *text = node == NULL ? "" : node->text;
    size_t size = 0;
    if (lens_base64_read(text, NULL, &size) != 0 || (node != NULL && node->first != NULL))
        return unreadable(reading, "the key image is not base64: ", "retAccessKey");
    if (size > IMAGE_SIZE_MAX)
        return unreadable(reading, "the key image is larger than 64 KiB: ", "retAccessKey");
    if (size == 0)
        return 0;
    uint8_t *image = arena_alloc(&reading->document->arena, size);
    if (image == NULL)
        return -1;
    (void)lens_base64_read(text, image, &size);
    answer->image = image;
    answer->image_size = size;
    return 0;
}

/* bSuccess, ResponseCode, ResponseMessage: in a CMessengerResponse, or in the result itself. */
static int read_response(struct reading *reading, const struct lens_node *node)
{
    struct lens_answer *answer = reading->answer;
    const struct lens_node *success = lens_node_child(node, "bSuccess");
    const char *truth = "";
    if (success == NULL)
        return unreadable(reading, "not there, or more than once: ", "bSuccess");
    if (value(reading, success, &truth) != 0)
        return -1;
    if (truth_of(truth) < 0)
        return unreadable(reading, "neither true nor false: ", "bSuccess");
    answer->kind = truth_of(truth) == 1 ? LENS_ANSWER_SUCCESS : LENS_ANSWER_NO_SUCCESS;
    if (value(reading, lens_node_child(node, "ResponseCode"), &answer->code) != 0)
        return -1;
    return raw(reading, lens_node_child(node, "ResponseMessage"), &answer->text);
}

static int read_usual(struct reading *reading, const struct lens_node *result)
{
    const struct lens_node *child = result->first;
    if (result->count != 1)
        return unreadable(reading,
                          result->count == 0 ? "the result is empty" : "the result holds more than one element", "");
    if (strcmp(child->name, "Fault") == 0)
        return read_fault(reading, child);
    if (strcmp(child->name, "CMessengerResponse") != 0)
        return unreadable(reading, "the result holds neither CMessengerResponse nor Fault", "");
    if (read_response(reading, child) != 0)
        return -1;
    if (reading->answer->kind != LENS_ANSWER_SUCCESS)
        return 0;
    if (is_twice(child, "retAccessKey"))
        return unreadable(reading, "more than once: ", "retAccessKey");
    return read_image(reading, lens_node_child(child, "retAccessKey"));
}

static int read_staff(struct reading *reading, const struct lens_node *result)
{
    if (result->first == NULL)
        return unreadable(reading, "the result is empty", "");
    if (read_response(reading, result) != 0)
        return -1;
    const char *number = "";
    if (value(reading, lens_node_child(result, "retPMSTransactionNo"), &number) != 0)
        return -1;
    if (number[0] != '\0' && !lens_read_number(number, &reading->answer->transaction))
        return unreadable(reading, "not a number: ", "retPMSTransactionNo");
    return 0;
}

static int read_text(struct reading *reading, const struct lens_node *result)
{
    if (result->first != NULL || result->text[0] == '\0')
        return unreadable(reading, "the result is not a text", "");
    reading->answer->kind = LENS_ANSWER_SUCCESS;
    reading->answer->text = result->text;
    return 0;
}

/* ---- GetMobileTransactionHistory ------------------------------------------------------------------------------- */

/* Texts may be missing, but what is there as a number or truth value must be one. */
static int read_transaction(struct reading *reading, const struct lens_node *node, struct lens_transaction *entry)
{
    const char *id = "", *number = "", *in_error = "";
    if (value(reading, lens_node_child(node, "ID"), &id) != 0 ||
        value(reading, lens_node_child(node, "PMSTransactionNo"), &number) != 0 ||
        value(reading, lens_node_child(node, "TransactionInError"), &in_error) != 0 ||
        value(reading, lens_node_child(node, "ResponseDateTime"), &entry->time) != 0 ||
        raw(reading, lens_node_child(node, "SystemActivity"), &entry->activity) != 0 ||
        raw(reading, lens_node_child(node, "TransactionStatus"), &entry->status) != 0 ||
        raw(reading, lens_node_child(node, "GuestInfo"), &entry->guest) != 0 ||
        raw(reading, lens_node_child(node, "Message"), &entry->message) != 0 ||
        raw(reading, lens_node_child(node, "RoomNumber"), &entry->room) != 0)
        return -1;
    if (!lens_read_number(id, &entry->id) || !lens_read_number(number, &entry->number))
        return unreadable(reading, "a number is missing or wrong in ", "TransactionStatusHistory");
    if (truth_of(in_error) < 0)
        return unreadable(reading, "neither true nor false: ", "TransactionInError");
    entry->in_error = truth_of(in_error) == 1;
    return 0;
}

static int read_transactions(struct reading *reading, const struct lens_node *list)
{
    struct lens_answer *answer = reading->answer;
    if (list == NULL || list->count == 0)
        return 0;
    struct lens_transaction *entries = arena_alloc(&reading->document->arena, list->count * sizeof *entries);
    if (entries == NULL)
        return -1;
    size_t count = 0;
    for (const struct lens_node *node = list->first; node != NULL; node = node->next) {
        if (strcmp(node->name, "TransactionStatusHistory") != 0)
            return unreadable(reading, "something else than transactions in ", "PMStransactionList");
        if (read_transaction(reading, node, &entries[count]) != 0)
            return -1;
        if (answer->kind == LENS_ANSWER_UNREADABLE)
            return 0;
        count++;
    }
    answer->transactions = entries;
    answer->transaction_count = count;
    return 0;
}

/* RequestStatus is of open content: a response or a fault if there is one, and as such or in its own element. */
static int read_status(struct reading *reading, const struct lens_node *status)
{
    const struct lens_node *response = lens_node_child(status, "CMessengerResponse");
    const struct lens_node *fault = lens_node_child(status, "Fault");
    if (fault != NULL)
        return read_fault(reading, fault);
    if (lens_node_child(status, "faultcode") != NULL)
        return read_fault(reading, status);
    if (response != NULL || lens_node_child(status, "bSuccess") != NULL)
        return read_response(reading, response != NULL ? response : status);
    return 0;
}

static int read_history(struct reading *reading, const struct lens_node *result)
{
    const struct lens_node *status = lens_node_child(result, "RequestStatus");
    const struct lens_node *list = lens_node_child(result, "PMStransactionList");
    if (is_twice(result, "RequestStatus") || is_twice(result, "PMStransactionList"))
        return unreadable(reading, "more than one status or list in the result", "");
    (void)unreadable(reading, "the result holds neither a status nor a list", "");
    if (list != NULL)
        reading->answer->kind = LENS_ANSWER_SUCCESS;
    if (status != NULL && read_status(reading, status) != 0)
        return -1;
    return reading->answer->kind == LENS_ANSWER_SUCCESS ? read_transactions(reading, list) : 0;
}

/* ---- The envelope ---------------------------------------------------------------------------------------------- */

static int read_result(struct reading *reading, enum lens_operation operation, const struct lens_node *result)
{
    enum lens_result form = lens_operation_result(operation);
    if (form != LENS_RESULT_USUAL && result->count == 1 && strcmp(result->first->name, "Fault") == 0)
        return read_fault(reading, result->first);
    switch (form) {
    case LENS_RESULT_TEXT:
        return read_text(reading, result);
    case LENS_RESULT_STAFF:
        return read_staff(reading, result);
    case LENS_RESULT_HISTORY:
        return read_history(reading, result);
    case LENS_RESULT_USUAL:
        break;
    }
    return read_usual(reading, result);
}

/* Whether an element is called as the operation, with this ending. */
static bool is_named(const struct lens_node *node, enum lens_operation operation, const char *ending)
{
    const char *name = lens_operation_name(operation);
    size_t length = strlen(name);
    return strncmp(node->name, name, length) == 0 && strcmp(node->name + length, ending) == 0;
}

static int read_identifier(struct reading *reading, const struct lens_node *node, uint64_t *identifier)
{
    const char *text = "";
    if (node == NULL || value(reading, node, &text) != 0)
        return node == NULL ? 0 : -1;
    *identifier = lens_identifier(text);
    return 0;
}

/* Section 4: AuthHeader comes back in the header of the answer. RelatesTo is where WS-Addressing puts what is answered.
 */
static int read_header(struct reading *reading, const struct lens_node *header)
{
    struct lens_answer *answer = reading->answer;
    const struct lens_node *own = child_of(header, "AuthHeader"), *node = child_of(own, "MessageID");
    if (read_identifier(reading, node != NULL ? node : child_of(header, "MessageID"), &answer->message_id) != 0)
        return -1;
    node = child_of(own, "RelatesTo");
    return read_identifier(reading, node != NULL ? node : child_of(header, "RelatesTo"), &answer->relates_to);
}

static int read_envelope(struct reading *reading, enum lens_operation operation)
{
    const struct lens_node *root = reading->document->root;
    if (strcmp(root->name, "Envelope") != 0)
        return unreadable(reading, strcmp(root->name, "html") == 0 ? "it is a web page" : "it is not an Envelope", "");
    if (read_header(reading, lens_node_child(root, "Header")) != 0)
        return -1;
    const struct lens_node *body = lens_node_child(root, "Body");
    if (body == NULL || body->count != 1)
        return unreadable(reading, "no Body, or not one element in it", "");
    if (strcmp(body->first->name, "Fault") == 0)
        return read_soap_fault(reading, body->first);
    if (!is_named(body->first, operation, "Response"))
        return unreadable(reading, "it is not the answer to ", lens_operation_name(operation));
    if (body->first->count != 1 || !is_named(body->first->first, operation, "Result"))
        return unreadable(reading, "no result in the answer to ", lens_operation_name(operation));
    return read_result(reading, operation, body->first->first);
}

int lens_answer_read(enum lens_operation operation, const uint8_t *bytes, size_t count, struct lens_answer *answer)
{
    return lens_answer_read_with(NULL, operation, bytes, count, answer);
}

int lens_answer_read_with(struct lens_parser *parser, enum lens_operation operation, const uint8_t *bytes, size_t count,
                          struct lens_answer *answer)
{
    *answer = (struct lens_answer){
        .kind = LENS_ANSWER_UNREADABLE, .code = "", .text = "", .detail = "", .transaction = -1};
    struct lens_document *document;
    enum lens_reading got = lens_document_read(parser, bytes, count, &document, answer->problem);
    if (got != LENS_READ)
        return got == LENS_NO_MEMORY ? -1 : 0;
    answer->document = document;
    struct reading reading = {.document = document, .answer = answer};
    if (read_envelope(&reading, operation) != 0) {
        (void)unreadable(&reading, "memory is used up", "");
        return -1;
    }
    if (answer->kind != LENS_ANSWER_UNREADABLE)
        answer->problem[0] = '\0';
    return 0;
}

void lens_answer_free(struct lens_answer *answer)
{
    /* The image opens a door: not one copy more than needed. */
    if (answer->image != NULL && answer->document != NULL)
        explicit_bzero((uint8_t *)answer->image, answer->image_size);
    lens_document_free(answer->document);
    *answer = (struct lens_answer){
        .kind = LENS_ANSWER_UNREADABLE, .code = "", .text = "", .detail = "", .transaction = -1};
}
