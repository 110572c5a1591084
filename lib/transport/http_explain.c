/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What went wrong with an exchange, for people: where, what, and what to do. Nothing of the request, no credentials. */
#include <string.h>

#include "transport/http_transport.h"
#include "util/shortage.h"

#define CHECK_NETWORK                                                                                                  \
    "check address and port, the network, and that the lock system is running with its interface switched on"

/* libcurl and OpenSSL word it so; what is not found here is shown as they say it. */
struct fault {
    const char *sign;
    const char *text;
};

static const struct fault certificate_faults[] = {
    {"certificate has expired", "its certificate has expired; have a new one installed there"},
    {"not yet valid", "its certificate is not valid yet; check the clock of this computer and of the lock system"},
    {"self-signed certificate in certificate chain",
     "its certificate comes from an authority that is not trusted; give the file of that authority in the option "
     "ca-file"},
    {"self-signed",
     "its certificate is self-signed; give its key in the option pinned-key, or the certificate in ca-file"},
    {"self signed",
     "its certificate is self-signed; give its key in the option pinned-key, or the certificate in ca-file"},
    {"local issuer",
     "its certificate comes from an authority that is not trusted; give the file of that authority in the option "
     "ca-file"},
    {"unable to verify the first",
     "its certificate comes from an authority that is not trusted; give the file of that authority in the option "
     "ca-file"},
    {"does not match target host",
     "its certificate is for another host; use the name for which it was made in the URI"},
    {"no alternative certificate subject name",
     "its certificate is for another host; use the name for which it was made in the URI"},
    {"revoked", "its certificate was revoked; have a new one installed there"},
    {NULL, NULL}};

static const struct fault handshake_faults[] = {
    {"wrong version number", "it does not speak TLS on this port; check the port, or use a URI of http"},
    {"protocol version", "it speaks only versions of TLS before 1.2, which are not safe; have it updated"},
    {"unsupported protocol", "it speaks only versions of TLS before 1.2, which are not safe; have it updated"},
    {"certificate required", "it wants a certificate of this side; set the options client-certificate and client-key"},
    {"handshake failure", "it refuses the TLS connection; it may want a certificate of this side (options "
                          "client-certificate and client-key)"},
    {"alert unknown ca", "it does not know the authority of the client certificate; have it trusted there"},
    {"alert bad certificate", "it refuses the client certificate; see the options client-certificate and client-key"},
    {"alert certificate expired", "it refuses the client certificate, which has expired"},
    {"alert certificate", "it refuses the client certificate; see the options client-certificate and client-key"},
    {"alert unsupported certificate",
     "it refuses the client certificate; see the options client-certificate and client-key"},
    {"alert access denied", "it refuses the client certificate; see the options client-certificate and client-key"},
    {NULL, NULL}};

static const char *find_fault(const struct fault *faults, const char *text)
{
    for (; faults->sign != NULL; faults++)
        if (strstr(text, faults->sign) != NULL)
            return faults->text;
    return NULL;
}

/* What libcurl says, or what the code means. */
static const char *own_words(const struct transport_exchange *exchange)
{
    return exchange->text[0] != '\0' ? exchange->text : curl_easy_strerror(exchange->result);
}

/* Whom the connection goes to. */
static const char *next_hop(const struct transport_exchange *exchange)
{
    const struct http_options *options = &exchange->http->options;

    return options->proxy[0] != '\0' ? options->proxy_name : options->name;
}

static const char *hop_kind(const struct transport_exchange *exchange)
{
    return exchange->http->options.proxy[0] != '\0' ? "The proxy " : "";
}

/* ---- Ended by this side ---------------------------------------------------------------------------------------- */

static void explain_late(const struct transport_exchange *exchange, struct kc_error *error)
{
    const struct http_options *options = &exchange->http->options;

    switch (exchange->stopped_in) {
    case HTTP_WAITING:
        error_set(error, KC_ERROR_TIMED_OUT, "", "%s took the request but did not begin to answer within %lld ms.",
                  options->name, (long long)exchange->answer_ms);
        break;
    case HTTP_RECEIVING:
        error_set(error, KC_ERROR_TIMED_OUT, "",
                  "The reply of %s was not complete after %lld ms (option reply-timeout).", options->name,
                  (long long)options->reply_ms);
        break;
    case HTTP_RESOLVING:
    case HTTP_CONNECTING:
    case HTTP_ENDED:
        error_set(error, KC_ERROR_UNREACHABLE, "",
                  "%s cannot be reached: no connection within %lld ms (option connect-timeout); " CHECK_NETWORK ".",
                  options->name, (long long)options->connect_ms);
        break;
    }
}

static void explain_stop(const struct transport_exchange *exchange, struct kc_error *error)
{
    const struct http_options *options = &exchange->http->options;
    struct error_quoted quoted;
    char shortage[SHORTAGE_SIZE];

    switch (exchange->stop) {
    case HTTP_TOO_LATE:
        explain_late(exchange, error);
        break;
    case HTTP_TOO_LONG:
        error_set(error, KC_ERROR_PROTOCOL, "",
                  "The reply of %s is longer than %zu bytes (option reply-limit); check that the URI is that of the "
                  "lock system.",
                  options->name, options->reply_limit);
        break;
    case HTTP_HEADER_LONG:
        error_set(error, KC_ERROR_PROTOCOL, "",
                  "The header of the reply of %s is longer than %zu bytes; check that the URI is that of the lock "
                  "system.",
                  exchange->left ? options->name : next_hop(exchange), HTTP_HEADER_MAX);
        break;
    case HTTP_TWICE:
        error_set(error, KC_ERROR_CONNECTION_LOST, "",
                  "The connection to %s was lost after the request was sent; it was not sent again, as it may have "
                  "arrived.",
                  options->name);
        break;
    case HTTP_UNKNOWN_HOST:
        error_set(error, KC_ERROR_UNREACHABLE, "",
                  "%s%s cannot be reached: %s; check the host name, and that this computer can look names up, or give "
                  "the address in digits.",
                  hop_kind(exchange), next_hop(exchange), exchange->text);
        break;
    case HTTP_NO_SOCKET:
    case HTTP_NO_WATCH:
    case HTTP_CANNOT_RESOLVE:
        error_set(error, KC_ERROR_SYSTEM, "", "%s%s cannot be reached: %s; then try again.", hop_kind(exchange),
                  next_hop(exchange),
                  exchange->stop == HTTP_CANNOT_RESOLVE ? exchange->text
                  : exchange->stop == HTTP_NO_SOCKET    ? shortage_text(exchange->shortage, shortage)
                                                        : "its socket cannot be watched, memory may be short");
        break;
    case HTTP_NOT_TAKEN:
        error_set(error, KC_ERROR_SYSTEM, "", "The request to %s cannot be sent: %s.", options->name,
                  error_quote(&quoted, exchange->text));
        break;
    case HTTP_NO_MEMORY:
    case HTTP_DEAD: /* is never told of */
    case HTTP_NOT_STOPPED:
        error_no_memory(error);
        break;
    }
}

/* ---- Ended by libcurl ------------------------------------------------------------------------------------------ */

static void explain_connect(const struct transport_exchange *exchange, struct kc_error *error)
{
    char text[128];
    long number = 0;

    curl_easy_getinfo(exchange->easy, CURLINFO_OS_ERRNO, &number);
    error_set(error, KC_ERROR_UNREACHABLE, "", "%s%s cannot be reached: %s; " CHECK_NETWORK ".", hop_kind(exchange),
              next_hop(exchange), number != 0 ? strerror_r((int)number, text, sizeof text) : "no connection");
}

/* The proxy answered CONNECT with something else than yes. */
static void explain_proxy(const struct transport_exchange *exchange, long status, struct kc_error *error)
{
    const struct http_options *options = &exchange->http->options;

    if (status == 407)
        error_set(error, KC_ERROR_CREDENTIALS, "",
                  "The proxy %s refuses user or password; check the options proxy-user and proxy-password.",
                  options->proxy_name);
    else
        error_set(error, KC_ERROR_UNREACHABLE, "",
                  "The proxy %s does not connect to %s: it answers with status %ld; check its rules, and that the "
                  "lock system is running.",
                  options->proxy_name, options->name, status);
}

static void explain_certificate(const struct transport_exchange *exchange, const struct fault *faults,
                                struct kc_error *error)
{
    const char *known = find_fault(faults, exchange->text);
    bool another = known != NULL && strstr(known, "ca-file") != NULL && exchange->http->options.ca_file[0] != '\0';

    if (known != NULL)
        error_set(error, KC_ERROR_CERTIFICATE, "", "%s is not trusted: %s%s.", exchange->http->options.name, known,
                  another ? "; the file that is given there now holds another" : "");
    else
        error_set(error, KC_ERROR_CERTIFICATE, "", "%s is not trusted: %s.", exchange->http->options.name,
                  own_words(exchange));
}

/* While TLS is set up: a refusal is told apart from a line that broke. */
static void explain_handshake(const struct transport_exchange *exchange, struct kc_error *error)
{
    const char *known = find_fault(handshake_faults, exchange->text);

    if (known != NULL)
        error_set(error, KC_ERROR_CERTIFICATE, "", "No safe connection to %s: %s.", exchange->http->options.name,
                  known);
    else if (strstr(exchange->text, "SYSCALL") != NULL || strstr(exchange->text, "reset") != NULL ||
             strstr(exchange->text, "unexpected eof") != NULL)
        error_set(error, KC_ERROR_UNREACHABLE, "",
                  "%s closes the connection while TLS is set up; check the port, and that it speaks TLS there.",
                  exchange->http->options.name);
    else
        error_set(error, KC_ERROR_CERTIFICATE, "", "No safe connection to %s: %s.", exchange->http->options.name,
                  own_words(exchange));
}

static void explain_nonsense(const struct transport_exchange *exchange, struct kc_error *error)
{
    struct error_quoted quoted;

    error_set(error, KC_ERROR_PROTOCOL, "",
              "The reply of %s is no HTTP that can be understood: %s; check that the URI is that of the lock system.",
              exchange->http->options.name, error_quote(&quoted, curl_easy_strerror(exchange->result)));
}

static void explain_lost(const struct transport_exchange *exchange, struct kc_error *error)
{
    const struct http_options *options = &exchange->http->options;
    long status = 0;

    curl_easy_getinfo(exchange->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    if (!exchange->left && status != 0 && status / 100 != 2)
        explain_proxy(exchange, status, error);
    else if (find_fault(handshake_faults, exchange->text) != NULL)
        explain_handshake(exchange, error); /* TLS 1.3 tells of the client's certificate after the request was sent */
    else if (strstr(exchange->text, "chunked-encoding") != NULL)
        explain_nonsense(exchange, error);
    else if (!exchange->left && strstr(exchange->text, "response too large") != NULL)
        error_set(error, KC_ERROR_PROTOCOL, "",
                  "The header of the reply of %s has a line that is too long; check the option proxy.",
                  next_hop(exchange));
    else if (!exchange->left)
        error_set(error, KC_ERROR_UNREACHABLE, "",
                  "%s%s closes the connection before the request can be sent; " CHECK_NETWORK ".", hop_kind(exchange),
                  next_hop(exchange));
    else if (!options->tls && exchange->header_size == 0)
        error_set(error, KC_ERROR_CONNECTION_LOST, "",
                  "The connection to %s was lost before the reply began; see the lock system's own log, and use a URI "
                  "of https if it wants TLS on this port.",
                  options->name);
    else
        error_set(error, KC_ERROR_CONNECTION_LOST, "",
                  "The connection to %s was lost before the reply was complete; see the lock system's own log.",
                  options->name);
}

static void explain_local_file(const struct transport_exchange *exchange, struct kc_error *error)
{
    const struct http_options *options = &exchange->http->options;
    struct error_quoted quoted;

    if (exchange->result == CURLE_SSL_CACERT_BADFILE)
        error_set(error, KC_ERROR_CERTIFICATE, "",
                  "The file \"%s\" of the option ca-file cannot be used; it must hold certificates in PEM.",
                  error_quote(&quoted, options->ca_file));
    else
        error_set(error, KC_ERROR_CERTIFICATE, "",
                  "The client certificate \"%s\" cannot be used; check that certificate and key are PEM files that "
                  "belong together, and the option client-key-password.",
                  error_quote(&quoted, options->client_certificate));
}

/* libcurl says the same of a header line without end as of memory that is used up. */
static void explain_memory(const struct transport_exchange *exchange, struct kc_error *error)
{
    if (exchange->left && !exchange->header_done)
        error_set(error, KC_ERROR_PROTOCOL, "",
                  "The header of the reply of %s has a line that is too long, or memory is used up; check that the URI "
                  "is that of the lock system.",
                  exchange->http->options.name);
    else
        error_no_memory(error);
}

static void explain_result(const struct transport_exchange *exchange, struct kc_error *error)
{
    const struct http_options *options = &exchange->http->options;

    switch ((int)exchange->result) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
        explain_connect(exchange, error);
        break;
    case CURLE_OPERATION_TIMEDOUT: /* only libcurl's time for connecting is set, to the same as ours */
        error_set(error, exchange->left ? KC_ERROR_TIMED_OUT : KC_ERROR_UNREACHABLE, "",
                  "%s%s cannot be reached: no connection within %lld ms (option connect-timeout); " CHECK_NETWORK ".",
                  hop_kind(exchange), next_hop(exchange), (long long)options->connect_ms);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        explain_certificate(exchange, certificate_faults, error);
        break;
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        error_set(error, KC_ERROR_CERTIFICATE, "",
                  "%s is not trusted: its key is another one than that of the option pinned-key; if it was really "
                  "changed there, pin the new one.",
                  options->name);
        break;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_USE_SSL_FAILED:
        explain_handshake(exchange, error);
        break;
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
        explain_local_file(exchange, error);
        break;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
        explain_lost(exchange, error);
        break;
    case CURLE_OUT_OF_MEMORY:
        explain_memory(exchange, error);
        break;
    default:
        explain_nonsense(exchange, error);
        break;
    }
}

void http_explain(const struct transport_exchange *exchange, struct kc_error *error)
{
    if (exchange->stop != HTTP_NOT_STOPPED)
        explain_stop(exchange, error);
    else if (exchange->result == CURLE_OK)
        explain_proxy(exchange, 407, error);
    else
        explain_result(exchange, error);
}
