/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The side of the lodging server in the LENS SOAP service: as strict as the web server in front of it, then the call
 * goes to the lock server's model. */
#include "simulator.h"

#include <stdio.h>
#include <string.h>

#include "../simulator/exchange.h"
#include "../simulator/protocol.h"
#include "../simulator/web.h"

extern const struct protocol simulated_saflok_lens, simulated_ambiance;

static const char xml[] = "text/xml; charset=utf-8";

/* ---- Answers that are not of the service ------------------------------------------------------------------------- */

static void answer_page(const struct web_call *call, unsigned status)
{
    const struct web_reply reply = {.status = status, .gap_ms = -1, .drop_at = -1};
    web_answer_page(call->server->http, call->id, &reply);
}

static void answer_xml(const struct web_call *call, unsigned status, const struct buf *body)
{
    const struct web_reply reply = {.status = status, .content_type = xml, .gap_ms = -1, .drop_at = -1};
    if (body->failed) {
        web_drop(call->server->http, call->id);
    } else {
        web_answer(call->server->http, call->id, &reply, body->data, body->length);
    }
}

/* A fault of SOAP itself (SOAP 1.1, section 4.4); with status 500 (section 6.2). */
static void soap_fault(bool from_client, const char *text, struct buf *out)
{
    const struct lens_answer answer = {.kind = LENS_ANSWER_SOAP_FAULT,
                                       .code = from_client ? "s:Client" : "s:Server",
                                       .text = text,
                                       .detail = "",
                                       .from_client = from_client,
                                       .transaction = -1};
    if (lens_answer_write(LENS_HELLO_WORLD_TEST, "", &answer, out) != 0) {
        out->failed = true;
    }
}

static void refuse_call(const struct web_call *call, const char *text)
{
    struct buf body;
    buf_init(&body);
    server_count(call->server, SIMULATOR_BAD_FRAMES);
    soap_fault(true, text, &body);
    answer_xml(call, 500, &body);
    buf_free(&body);
}

static void broken(const struct lock_order *order, struct buf *out)
{
    (void)order;
    soap_fault(false, "Server was unable to process request.", out);
}

/* ---- Calls --------------------------------------------------------------------------------------------------------
 */

/* The description at "?WSDL", or a page for people. */
static void answer_get(const struct web_call *call)
{
    char url[640];
    struct buf body;
    if (!call->wants_description || call->host == NULL) {
        answer_page(call, call->host == NULL ? 400 : 200);
        return;
    }
    snprintf(url, sizeof url, "%s://%.300s%s", call->secure ? "https" : "http", call->host, call->path);
    buf_init(&body);
    server_count(call->server, SIMULATOR_ENQUIRIES);
    lens_description_write(url, &body);
    answer_xml(call, 200, &body);
    buf_free(&body);
}

/* "text/xml", with UTF-8 if it names an encoding. */
static bool is_xml(const char *content_type)
{
    const char *rest = content_type != NULL ? web_behind(content_type, "text/xml") : NULL;
    if (rest == NULL) {
        return false;
    }
    rest += strspn(rest, " \t");
    if (*rest == '\0') {
        return true;
    }
    if (*rest != ';') {
        return false;
    }
    rest++;
    rest = web_behind(rest + strspn(rest, " \t"), "charset=");
    return rest != NULL && (web_same(rest, "utf-8") || web_same(rest, "\"utf-8\""));
}

/* Section 2: the namespace with a slash here, then the operation; with quotes or without. */
static bool is_action(const char *action, enum lens_operation operation)
{
    char plain[128], quoted[136];
    snprintf(plain, sizeof plain, "http://tempuri.org/%s", lens_operation_name(operation));
    snprintf(quoted, sizeof quoted, "\"%s\"", plain);
    return strcmp(action, plain) == 0 || strcmp(action, quoted) == 0;
}

/* NULL, or the fault that says that they are not the right ones (section 8). */
static const char *check_credentials(const struct service_settings *service, const struct lens_header *header)
{
    if (service->user[0] == '\0' && service->password[0] == '\0') {
        return NULL;
    }
    if (header->user[0] == '\0') {
        return "UserCredentialsNotProvided";
    }
    return strcmp(header->user, service->user) == 0 && strcmp(header->password, service->password) == 0
               ? NULL
               : "PasswordInvalid";
}

/* A call of the service that is well-formed and says what it means. */
static void take_call(const struct web_call *call, const struct lens_incoming *incoming)
{
    struct lock_order order;
    struct buf body;
    memset(&order, 0, sizeof order);
    buf_init(&body);
    order.unacknowledged = true;
    order.tag = (uint32_t)incoming->call.operation;
    snprintf(order.id, sizeof order.id, "%.60s", incoming->header.message_id);
    const char *wrong = check_credentials(&call->server->service, &incoming->header);
    if (wrong != NULL) {
        server_count(call->server, SIMULATOR_BAD_FRAMES);
        lens_order_error(&order, wrong, &body);
        answer_xml(call, 200, &body);
    } else if (lens_question_answer(call->server, incoming, &body)) {
        server_count(call->server, SIMULATOR_ENQUIRIES);
        answer_xml(call, 200, &body);
    } else if (lens_order_take(call->server, &incoming->call, &order)) {
        exchange_begin_http(call, &order);
    } else {
        server_count(call->server, SIMULATOR_BAD_FRAMES);
        lens_order_error(&order, "KABALodgingInterfaceOperationNotSupported", &body);
        answer_xml(call, 200, &body);
    }
    buf_free(&body);
}

static void answer_post(const struct web_call *call)
{
    struct lens_incoming incoming;
    char text[300];
    memset(&incoming, 0, sizeof incoming);
    if (!is_xml(call->content_type)) {
        server_count(call->server, SIMULATOR_BAD_FRAMES);
        answer_page(call, 415);
        return;
    }
    if (call->body_size == 0) {
        server_count(call->server, SIMULATOR_BAD_FRAMES);
        answer_page(call, 400);
        return;
    }
    if (lens_call_read(call->body, call->body_size, &incoming) != 0) {
        snprintf(text, sizeof text, "Server was unable to read request. %s", incoming.problem);
        refuse_call(call, text);
    } else if (call->soap_action == NULL || !is_action(call->soap_action, incoming.call.operation)) {
        refuse_call(call, call->soap_action == NULL
                              ? "The request has no HTTP Header SOAPAction."
                              : "Server did not recognize the value of HTTP Header SOAPAction for this body.");
    } else {
        take_call(call, &incoming);
    }
    lens_incoming_free(&incoming);
}

static void asked(const struct web_call *call)
{
    if (!web_same(call->path, call->server->service.path)) {
        answer_page(call, 404);
    } else if (strcmp(call->method, "GET") == 0) {
        answer_get(call);
    } else if (strcmp(call->method, "POST") == 0) {
        answer_post(call);
    } else {
        answer_page(call, 405);
    }
}

/* Cut short, with the right length for the web server. */
static void spoil(struct buf *answer)
{
    answer->length -= answer->length / 4;
}

const struct protocol simulated_saflok_lens = {
    .asked = asked,
    .broken = broken,
    .name = "saflok-lens",
    .returns_keys = true,
    .label = "dormakaba Saflok System 6000 (Messenger LENS)",
    .busy_code = "BusyProcessingPreviousRequest",
    .answer = lens_order_answer,
    .error = lens_order_error,
    .spoil = spoil,
};

const struct protocol simulated_ambiance = {
    .asked = asked,
    .broken = broken,
    .name = "ambiance",
    .returns_keys = true,
    .label = "dormakaba Ambiance (LGS SOAP)",
    .busy_code = "BusyProcessingPreviousRequest",
    .answer = lens_order_answer,
    .error = lens_order_error,
    .spoil = spoil,
};
