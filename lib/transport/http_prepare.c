/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of libcurl's handles: those that all requests of a link share, set once, and those of one request. */
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "transport/http_transport.h"

/* An option that is "" is not set. */
#define SET(option, value) (good = good && curl_easy_setopt(easy, option, value) == CURLE_OK)
#define SET_TEXT(option, value)                                                                                        \
    (good = good && ((value)[0] == '\0' || curl_easy_setopt(easy, option, value) == CURLE_OK))

/* ---- What all requests share ----------------------------------------------------------------------------------- */

/* There is no way to switch the checks off: without an authority the key is compared. */
static bool prepare_tls(CURL *easy, const struct http_options *options)
{
    bool good = true;
    bool only_pin = options->pinned_key[0] != '\0' && options->ca_file[0] == '\0';

    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, only_pin ? 0L : 1L);
    SET(CURLOPT_SSL_VERIFYHOST, only_pin ? 0L : 2L);
    SET_TEXT(CURLOPT_PINNEDPUBLICKEY, options->pinned_key);
    if (options->ca_file[0] != '\0') {
        SET(CURLOPT_CAINFO, options->ca_file);
        SET(CURLOPT_CAPATH, NULL);
    }
    if (options->client_certificate[0] != '\0') {
        SET(CURLOPT_SSLCERTTYPE, "PEM");
        SET(CURLOPT_SSLCERT, options->client_certificate);
        SET(CURLOPT_SSLKEYTYPE, "PEM");
        SET_TEXT(CURLOPT_SSLKEY, options->client_key);
        /* also if it is empty: without one, OpenSSL asks for it at the terminal */
        SET(CURLOPT_KEYPASSWD, options->client_key_password);
    }
    return good;
}

/* The environment, which belongs to the host, is never looked at. */
static bool prepare_proxy(CURL *easy, const struct http_options *options)
{
    bool good = true;

    SET(CURLOPT_PROXY, options->proxy);
    SET(CURLOPT_NOPROXY, "");
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 0L); /* so that their size is watched */
    if (options->proxy_user[0] != '\0') {
        SET(CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC);
        SET(CURLOPT_PROXYUSERNAME, options->proxy_user);
        SET(CURLOPT_PROXYPASSWORD, options->proxy_password);
    }
    return good;
}

static bool prepare_http(CURL *easy, const struct http_options *options)
{
    bool good = true;

    SET(CURLOPT_PROTOCOLS_STR, options->tls ? "https" : "http");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_ms);
    SET(CURLOPT_MAXAGE_CONN, (long)HTTP_IDLE_S);
    SET(CURLOPT_DNS_CACHE_TIMEOUT, -1L);
    if (options->user[0] != '\0') {
        SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        SET(CURLOPT_USERNAME, options->user);
        SET(CURLOPT_PASSWORD, options->password);
    }
    return good;
}

int32_t http_prepare(struct transport_exchange *exchange)
{
    CURL *easy = exchange->easy;
    struct http *http = exchange->http;
    bool good = true;

    SET(CURLOPT_PRIVATE, exchange);
    SET(CURLOPT_ERRORBUFFER, exchange->text);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* never wait for a thread of libcurl */
    SET(CURLOPT_OPENSOCKETFUNCTION, http_open_socket);
    SET(CURLOPT_OPENSOCKETDATA, exchange);
    SET(CURLOPT_CLOSESOCKETFUNCTION, http_close_socket);
    SET(CURLOPT_CLOSESOCKETDATA, http);
    SET(CURLOPT_PREREQFUNCTION, http_on_send);
    SET(CURLOPT_PREREQDATA, exchange);
    SET(CURLOPT_HEADERFUNCTION, http_on_header);
    SET(CURLOPT_HEADERDATA, exchange);
    SET(CURLOPT_WRITEFUNCTION, http_on_body);
    SET(CURLOPT_WRITEDATA, exchange);
    good = good && prepare_http(easy, &http->options) && prepare_proxy(easy, &http->options);
    if (http->options.tls)
        good = good && prepare_tls(easy, &http->options);
    return good ? KC_OK : KC_ERROR_NO_MEMORY;
}

/* ---- Addresses ------------------------------------------------------------------------------------------------- */

/* libcurl's own look-up would be waited for when a request is dropped, so it gets the addresses:
 * "host:port:address,address". */
int32_t http_set_addresses(struct transport_exchange *exchange)
{
    const struct http *http = exchange->http;
    const struct http_options *options = &http->options;
    bool proxy = options->proxy[0] != '\0', first = true;
    struct buf text = {0};
    struct curl_slist *list;

    if (http->list == NULL || exchange->addresses == http->list_number)
        return KC_OK;
    buf_append_format(&text, "%s:%d:", proxy ? options->proxy_host : options->host,
                      (int)(proxy ? options->proxy_port : options->port));
    for (size_t i = 0; i < http->list->count; i++) {
        const struct resolve_address *item = &http->list->items[i];
        char digits[64];

        if (getnameinfo((const struct sockaddr *)&item->address, item->length, digits, sizeof digits, NULL, 0,
                        NI_NUMERICHOST) != 0 ||
            strchr(digits, '%') != NULL)
            continue;
        buf_append_text(&text, first ? "" : ",");
        buf_append_text(&text, digits);
        first = false;
    }
    list = text.failed || first ? NULL : curl_slist_append(NULL, buf_text(&text));
    if (text.failed)
        list = NULL;
    buf_free(&text);
    if (list == NULL && !first)
        return KC_ERROR_NO_MEMORY;
    curl_easy_setopt(exchange->easy, CURLOPT_RESOLVE, list);
    curl_slist_free_all(exchange->resolved);
    exchange->resolved = list;
    exchange->addresses = http->list_number;
    return KC_OK;
}

/* ---- One request ----------------------------------------------------------------------------------------------- */

static int32_t refuse(struct kc_error *error, const char *what)
{
    return error_set(error, KC_ERROR_INVALID_ARGUMENT, "", "The HTTP request was not sent: %s.", what);
}

static int32_t check_request(const struct http_request *request, struct kc_error *error)
{
    if (!http_is_name(request->method))
        return refuse(error, "its method is no word of HTTP");
    for (const char *at = request->path; *at != '\0'; at++)
        if (*at <= ' ' || *at > '~' || *at == '#')
            return refuse(error, "its path holds a character that stands in no URL as it is");
    for (size_t i = 0; i < request->field_count; i++) {
        const struct http_field *field = &request->fields[i];
        struct error_quoted name;

        if (!http_is_name(field->name))
            return refuse(error, "the name of a header field is no word of HTTP");
        if (http_is_value(field->value) && !http_is_own_field(field->name))
            continue;
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "", "The HTTP request was not sent: its header field %s %s.",
                         error_quote(&name, field->name),
                         http_is_own_field(field->name) ? "is set by HTTP itself" : "has a value with control bytes");
    }
    return KC_OK;
}

static bool add_line(struct transport_exchange *exchange, const char *line)
{
    struct curl_slist *list = curl_slist_append(exchange->fields, line);

    if (list != NULL)
        exchange->fields = list;
    return list != NULL;
}

/* libcurl takes "Name;" for a field without a value. */
static bool add_field(struct transport_exchange *exchange, const struct http_field *field, struct buf *line)
{
    bool empty = field->value[strspn(field->value, " ")] == '\0';

    buf_clear(line);
    buf_append_text(line, field->name);
    buf_append_text(line, empty ? ";" : ": ");
    buf_append_text(line, empty ? "" : field->value);
    const char *text = buf_text(line);
    return !line->failed && add_line(exchange, text);
}

static bool compose_fields(struct transport_exchange *exchange, const struct http_request *request)
{
    const struct http_options *options = &exchange->http->options;
    struct buf line = {0};
    bool typed = false, good;

    curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(exchange->fields);
    exchange->fields = NULL;
    good = add_line(exchange, "Expect:"); /* nothing that libcurl adds by itself */
    for (size_t i = 0; i < request->field_count && good; i++) {
        typed = typed || curl_strequal(request->fields[i].name, "Content-Type");
        good = add_field(exchange, &request->fields[i], &line);
    }
    if (good && !typed)
        good = add_line(exchange, "Content-Type:");
    if (good && options->header[0] != '\0')
        good = add_line(exchange, options->header);
    buf_free(&line);
    return good && curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, exchange->fields) == CURLE_OK;
}

/* Parsed here, for libcurl would parse the text anew in each exchange. */
static bool compose_url(struct transport_exchange *exchange, const struct http_request *request)
{
    const struct http_options *options = &exchange->http->options;
    CURL *easy = exchange->easy;
    bool good = true;

    buf_clear(&exchange->url);
    buf_append_text(&exchange->url, options->base);
    if (options->rootless && request->path[0] != '/')
        buf_append_byte(&exchange->url, '/');
    buf_append_text(&exchange->url, request->path);
    const char *text = buf_text(&exchange->url);
    if (exchange->url.failed ||
        curl_url_set(exchange->parsed, CURLUPART_URL, text, CURLU_PATH_AS_IS | CURLU_DISALLOW_USER) != CURLUE_OK)
        return false;
    SET(CURLOPT_URL, text);
    SET(CURLOPT_CURLU, exchange->parsed);
    return good;
}

static bool has_body(const struct http_request *request)
{
    return request->body_size > 0 || strcmp(request->method, "POST") == 0 || strcmp(request->method, "PUT") == 0;
}

static bool compose_method(struct transport_exchange *exchange, const struct http_request *request)
{
    CURL *easy = exchange->easy;
    bool good = true;

    SET(CURLOPT_HTTPGET, 1L); /* takes back NOBODY and POST of an earlier request */
    if (!has_body(request) && strcmp(request->method, "HEAD") == 0)
        SET(CURLOPT_NOBODY, 1L);
    SET(CURLOPT_CUSTOMREQUEST, request->method);
    return good;
}

static bool compose_body(struct transport_exchange *exchange, const struct http_request *request)
{
    CURL *easy = exchange->easy;
    bool good = true;

    buf_clear(&exchange->body);
    buf_append(&exchange->body, request->body, request->body_size);
    const char *text = buf_text(&exchange->body);
    if (exchange->body.failed)
        return false;
    if (has_body(request)) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
        SET(CURLOPT_POSTFIELDS, text);
    }
    return good;
}

/* What decides about everything but the body, each text with its NUL. */
static bool describe(const struct http_request *request, struct buf *head)
{
    buf_clear(head);
    buf_append_byte(head, has_body(request));
    buf_append(head, request->method, strlen(request->method) + 1);
    buf_append(head, request->path, strlen(request->path) + 1);
    for (size_t i = 0; i < request->field_count; i++) {
        buf_append(head, request->fields[i].name, strlen(request->fields[i].name) + 1);
        buf_append(head, request->fields[i].value, strlen(request->fields[i].value) + 1);
    }
    return !head->failed;
}

static bool is_composed(const struct transport_exchange *exchange)
{
    const struct buf *head = &exchange->head, *composed = &exchange->composed;

    return head->length == composed->length && memcmp(head->data, composed->data, head->length) == 0;
}

static int32_t compose_head(struct transport_exchange *exchange, const struct http_request *request,
                            struct kc_error *error)
{
    int32_t status = check_request(request, error);
    struct buf before = exchange->composed;

    if (status != KC_OK)
        return status;
    buf_clear(&exchange->composed); /* until all of it is set */
    if (!compose_url(exchange, request) || !compose_method(exchange, request) || !compose_fields(exchange, request))
        return error_no_memory(error);
    exchange->composed = exchange->head;
    exchange->head = before;
    return KC_OK;
}

/* Most requests of a link have one head, so that only the body is new. */
int32_t http_compose(struct transport_exchange *exchange, const struct http_request *request, struct kc_error *error)
{
    int32_t status = KC_OK;

    if (request->answer_ms <= 0)
        return refuse(error, "it has no time to be answered in");
    if (!describe(request, &exchange->head))
        return error_no_memory(error);
    if (!is_composed(exchange))
        status = compose_head(exchange, request, error);
    if (status == KC_OK && !compose_body(exchange, request))
        status = error_no_memory(error);
    return status;
}
