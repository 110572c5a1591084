/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading and checking the URI and the options of an HTTP link. */
#include "transport/http_options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "external/curl_calls.h"
#include "util/buf.h"

#define PEM_FILE_MAX    ((off_t)8 * 1024 * 1024) /* all authorities of a system are about 250 kB */
#define PIN_DIGITS      44                       /* 32 bytes in Base64 */
#define HEADER_MAX      8000
#define CREDENTIAL_MAX  1000
#define REPLY_LIMIT_MAX 67108864

const char *const http_option_names[] = {
    "ca-file",        "pinned-key",    "client-certificate", "client-key", "client-key-password",
    "http-user",      "http-password", "http-header",        "proxy",      "proxy-user",
    "proxy-password", "reply-timeout", "reply-limit",        NULL};
const char *const http_option_secrets[] = {"client-key-password", "http-password", "http-header", "proxy-password",
                                           NULL};

/* ---- Single values --------------------------------------------------------------------------------------------- */

static const char *option(const struct uri *uri, const char *name)
{
    for (size_t i = 0; i < uri->option_count; i++)
        if (strcmp(uri->options[i].name, name) == 0)
            return uri->options[i].value;
    return "";
}

static int32_t refuse(struct kc_error *error, const char *name, const char *text)
{
    return error_set(error, KC_ERROR_INVALID_ARGUMENT, name, "The option %s %s.", name, text);
}

bool http_is_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~";
    size_t length = strspn(name, allowed);

    return length > 0 && length < HEADER_MAX && name[length] == '\0';
}

bool http_is_value(const char *value)
{
    size_t length = 0;

    for (; value[length] != '\0'; length++)
        if ((uint8_t)value[length] < 0x20 || value[length] == 0x7F || length >= HEADER_MAX)
            return false;
    return true;
}

bool http_is_own_field(const char *name)
{
    static const char *const own[] = {
        "Connection", "Content-Length",     "Expect", "Host", "Keep-Alive", "TE", "Transfer-Encoding",
        "Upgrade",    "Proxy-Authorization"};

    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (curl_strequal(own[i], name))
            return true;
    return false;
}

static int32_t read_number(const struct uri *uri, const char *name, int64_t low, int64_t high, int64_t normal,
                           int64_t *out, struct kc_error *error)
{
    struct error_quoted quoted;
    const char *value = option(uri, name);
    size_t digits = strspn(value, "0123456789");

    *out = normal;
    if (value[0] == '\0')
        return KC_OK;
    if (digits > 0 && digits < 16 && value[digits] == '\0')
        *out = strtoll(value, NULL, 10);
    else
        *out = -1;
    if (*out >= low && *out <= high)
        return KC_OK;
    return error_set(error, KC_ERROR_INVALID_ARGUMENT, name,
                     "The option %s cannot be \"%s\"; give a whole number from %lld to %lld.", name,
                     error_quote(&quoted, value), (long long)low, (long long)high);
}

/* A file that cannot be used is better told of now than at the first key. */
static int32_t read_file(const struct uri *uri, const char *name, const char **out, struct kc_error *error)
{
    const char *value = option(uri, name), *what = NULL;
    struct error_quoted quoted;
    struct stat status;
    char reason[128];
    int fd;

    *out = value;
    if (value[0] == '\0')
        return KC_OK;
    fd = open(value, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &status) != 0)
        what = strerror_r(errno, reason, sizeof reason);
    else if (!S_ISREG(status.st_mode))
        what = "it is no ordinary file";
    else if (status.st_size == 0)
        what = "it is empty";
    else if (status.st_size > PEM_FILE_MAX)
        what = "it is far too large for a PEM file";
    if (fd >= 0)
        close(fd);
    if (what == NULL)
        return KC_OK;
    return error_set(error, KC_ERROR_INVALID_ARGUMENT, name,
                     "The file \"%s\" of the option %s cannot be used: %s; give a PEM file that this program may read.",
                     error_quote(&quoted, value), name, what);
}

/* sha256// and 32 bytes in Base64: 43 digits, the last with two bits of zero, and '='. */
static int32_t read_pin(const struct uri *uri, const char **out, struct kc_error *error)
{
    static const char start[] = "sha256//";
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *value = option(uri, "pinned-key"), *key = value + sizeof start - 1;

    *out = value;
    if (value[0] == '\0')
        return KC_OK;
    if (strncmp(value, start, sizeof start - 1) == 0 && strlen(key) == PIN_DIGITS &&
        strspn(key, digits) == PIN_DIGITS - 1 && key[PIN_DIGITS - 1] == '=' &&
        (strchr(digits, key[PIN_DIGITS - 2]) - digits) % 4 == 0)
        return KC_OK;
    return refuse(error, "pinned-key",
                  "has the form sha256//BASE64, with the 44 characters of the SHA-256 of the server's public key; one "
                  "key only");
}

static int32_t read_credential(const struct uri *uri, const char *name, const char **out, struct kc_error *error)
{
    const char *value = option(uri, name);

    *out = value;
    if (http_is_value(value) && strlen(value) <= CREDENTIAL_MAX)
        return KC_OK;
    return refuse(error, name, "may hold no control bytes and at most 1000 bytes");
}

static int32_t read_user(const struct uri *uri, const char *name, const char **out, struct kc_error *error)
{
    int32_t status = read_credential(uri, name, out, error);

    if (status == KC_OK && strchr(*out, ':') != NULL)
        status = refuse(error, name, "may hold no ':', by the rules of Basic authentication");
    return status;
}

/* "Name: value", made anew from its parts. */
static int32_t read_header(struct arena *arena, const struct uri *uri, const char **out, struct kc_error *error)
{
    const char *value = option(uri, "http-header"), *colon = strchr(value, ':'), *name, *text;
    size_t length, size;
    char *line;

    *out = "";
    if (value[0] == '\0')
        return KC_OK;
    if (colon == NULL)
        return refuse(error, "http-header", "has the form Name: value");
    name = arena_text_n(arena, value, (size_t)(colon - value));
    if (name == NULL)
        return error_no_memory(error);
    text = colon + 1 + strspn(colon + 1, " ");
    length = strlen(text);
    while (length > 0 && text[length - 1] == ' ')
        length--;
    if (!http_is_name(name) || !http_is_value(text) || length == 0)
        return refuse(error, "http-header",
                      "has the form Name: value, with a name of letters, digits and '-' and no control bytes");
    if (http_is_own_field(name) || curl_strequal(name, "Content-Type"))
        return refuse(error, "http-header", "cannot set a field that belongs to the protocol");
    size = strlen(name) + 2 + length + 1;
    line = arena_alloc(arena, size);
    if (line == NULL)
        return error_no_memory(error);
    snprintf(line, size, "%s: %.*s", name, (int)length, text);
    *out = line;
    return KC_OK;
}

/* ---- Addresses ------------------------------------------------------------------------------------------------- */

/* "host:port" for people, with the brackets of an IPv6 address. */
static const char *name_of(struct arena *arena, const char *host, int32_t port)
{
    bool digits = strchr(host, ':') != NULL;
    struct error_quoted quoted;
    char name[sizeof quoted.text + 16];

    snprintf(name, sizeof name, "%s%s%s:%d", digits ? "[" : "", error_quote(&quoted, host), digits ? "]" : "",
             (int)port);
    return arena_text(arena, name);
}

static int32_t read_proxy(struct arena *arena, const struct uri *uri, struct http_options *options,
                          struct kc_error *error)
{
    const char *value = option(uri, "proxy");
    struct kc_error ignored;
    struct uri proxy;
    int32_t status;

    options->proxy = options->proxy_name = options->proxy_host = "";
    if (value[0] == '\0')
        return KC_OK;
    status = uri_parse(arena, value, &proxy, &ignored);
    if (status == KC_ERROR_NO_MEMORY)
        return error_no_memory(error);
    if (status == KC_OK && (proxy.user[0] != '\0' || proxy.password[0] != '\0'))
        return refuse(error, "proxy", "takes no user and password; give them in proxy-user and proxy-password");
    if (status == KC_OK && strcmp(proxy.scheme, "http") != 0)
        return refuse(error, "proxy", "takes a proxy that is spoken to by HTTP: http://host:port");
    if (status != KC_OK || proxy.host[0] == '\0' || proxy.port < 1 || proxy.option_count > 0 ||
        (proxy.path[0] != '\0' && strcmp(proxy.path, "/") != 0))
        return refuse(error, "proxy", "has the form http://host:port, with a port from 1 to 65535");
    options->proxy = uri_http_url(arena, "http", &proxy);
    options->proxy_name = name_of(arena, proxy.host, proxy.port);
    options->proxy_host = proxy.host;
    options->proxy_port = proxy.port;
    return options->proxy == NULL || options->proxy_name == NULL ? error_no_memory(error) : KC_OK;
}

static int32_t read_address(struct arena *arena, const struct uri *uri, struct http_options *options,
                            struct kc_error *error)
{
    const char *what = NULL;

    if (uri->user[0] != '\0' || uri->password[0] != '\0')
        what = "user and password do not belong into the URI, which is shown; set them by the driver's own options "
               "or, for HTTP Basic authentication, by http-user and http-password";
    else if (uri->host[0] == '\0')
        what = "an HTTP link needs a host";
    else if (uri->port == 0)
        what = "an HTTP link needs a port from 1 to 65535, or none";
    if (what != NULL)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "uri", "%s: write %s://host:port/path", what, uri->scheme);
    options->host = arena_text(arena, uri->host);
    options->port = uri->port > 0 ? uri->port : options->tls ? 443 : 80;
    options->name = name_of(arena, uri->host, options->port);
    options->base = uri_http_url(arena, options->tls ? "https" : "http", uri);
    options->rootless = uri->path[0] == '\0';
    return options->host == NULL || options->name == NULL || options->base == NULL ? error_no_memory(error) : KC_OK;
}

/* ---- All of it ------------------------------------------------------------------------------------------------- */

static int32_t refuse_tls_options(const struct uri *uri, struct kc_error *error)
{
    static const char *const names[] = {"ca-file", "pinned-key", "client-certificate", "client-key",
                                        "client-key-password"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (option(uri, names[i])[0] != '\0')
            return refuse(error, names[i], "belongs to TLS, and this system is reached without: use a URI of https");
    return KC_OK;
}

static int32_t check_together(const struct http_options *options, struct kc_error *error)
{
    if (options->client_key[0] != '\0' && options->client_certificate[0] == '\0')
        return refuse(error, "client-key", "needs the option client-certificate too");
    if (options->client_key_password[0] != '\0' && options->client_certificate[0] == '\0')
        return refuse(error, "client-key-password", "needs the options client-certificate and client-key too");
    if (options->password[0] != '\0' && options->user[0] == '\0')
        return refuse(error, "http-password", "needs the option http-user too");
    if (options->user[0] != '\0' && curl_strnequal(options->header, "Authorization:", 14))
        return refuse(error, "http-header", "cannot be Authorization while http-user is set");
    if (options->proxy_user[0] != '\0' && options->proxy[0] == '\0')
        return refuse(error, "proxy-user", "needs the option proxy too");
    if (options->proxy_password[0] != '\0' && options->proxy_user[0] == '\0')
        return refuse(error, "proxy-password", "needs the option proxy-user too");
    return KC_OK;
}

/* Copies what still points into the URI. */
static int32_t copy_texts(struct arena *arena, struct http_options *options, struct kc_error *error)
{
    const char **texts[] = {&options->ca_file,    &options->pinned_key,          &options->client_certificate,
                            &options->client_key, &options->client_key_password, &options->user,
                            &options->password,   &options->proxy_user,          &options->proxy_password};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        *texts[i] = arena_text(arena, *texts[i]);
        if (*texts[i] == NULL)
            return error_no_memory(error);
    }
    return KC_OK;
}

static int32_t read_tls(const struct uri *uri, struct http_options *options, struct kc_error *error)
{
    int32_t status = read_file(uri, "ca-file", &options->ca_file, error);

    if (status == KC_OK)
        status = read_pin(uri, &options->pinned_key, error);
    if (status == KC_OK)
        status = read_file(uri, "client-certificate", &options->client_certificate, error);
    if (status == KC_OK)
        status = read_file(uri, "client-key", &options->client_key, error);
    if (status == KC_OK)
        status = read_credential(uri, "client-key-password", &options->client_key_password, error);
    if (status == KC_OK && !options->tls)
        status = refuse_tls_options(uri, error);
    return status;
}

static int32_t read_limits(const struct uri *uri, struct http_options *options, struct kc_error *error)
{
    int64_t limit = 0;
    int32_t status = read_number(uri, "connect-timeout", 1, 600000, 10000, &options->connect_ms, error);

    if (status == KC_OK)
        status = read_number(uri, "reply-timeout", 1, 3600000, 20000, &options->reply_ms, error);
    if (status == KC_OK)
        status = read_number(uri, "reply-limit", 1, REPLY_LIMIT_MAX, 1048576, &limit, error);
    options->reply_limit = (size_t)limit;
    return status;
}

int32_t http_options_read(struct arena *arena, const struct uri *uri, bool tls, bool whole,
                          struct http_options *options, struct kc_error *error)
{
    int32_t status;

    *options = (struct http_options){.tls = tls};
    status = read_address(arena, uri, options, error);
    if (status == KC_OK)
        status = read_tls(uri, options, error);
    if (status == KC_OK)
        status = read_user(uri, "http-user", &options->user, error);
    if (status == KC_OK)
        status = read_credential(uri, "http-password", &options->password, error);
    if (status == KC_OK)
        status = read_header(arena, uri, &options->header, error);
    if (status == KC_OK)
        status = read_proxy(arena, uri, options, error);
    if (status == KC_OK)
        status = read_user(uri, "proxy-user", &options->proxy_user, error);
    if (status == KC_OK)
        status = read_credential(uri, "proxy-password", &options->proxy_password, error);
    if (status == KC_OK)
        status = read_limits(uri, options, error);
    if (status == KC_OK && whole)
        status = check_together(options, error);
    if (status == KC_OK && whole)
        status = copy_texts(arena, options, error);
    return status;
}
