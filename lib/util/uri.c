/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The strict parser for URIs. Its errors tell the place and the fault but show nothing of the text: a slip such as a
 * forgotten '@' or an unescaped '/' makes a password look like a port or a path. */
#include "util/uri.h"

#include <stdbool.h>
#include <string.h>

#include "util/buf.h"
#include "util/utf8.h"

#define URI_LENGTH_MAX  8192
#define URI_HOST_MAX    253 /* of a DNS name */
#define URI_OPTIONS_MAX 64
#define URI_PORT_DIGITS 5
#define URI_PORT_MAX    65535

struct uri_reader {
    struct arena *arena;
    const char *start; /* of the whole text, so that errors can tell the place */
    struct kc_error *error;
};

/* A part of the text, not decoded yet. */
struct uri_part {
    const char *text;
    size_t length;
};

static int32_t fault(const struct uri_reader *reader, const char *at, const char *what)
{
    return error_set(reader->error, KC_ERROR_INVALID_ARGUMENT, "uri", "the URI is not valid: %s (at byte %zu)", what,
                     (size_t)(at - reader->start) + 1);
}

static int32_t no_memory(const struct uri_reader *reader)
{
    return error_set(reader->error, KC_ERROR_NO_MEMORY, "uri", "memory is used up");
}

/* ASCII only, whatever the locale. */
static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* What is wrong anywhere in the text, whichever part it belongs to. */
static int32_t check_characters(const struct uri_reader *reader)
{
    const char *at = reader->start;
    while (*at != '\0') {
        uint32_t character = 0;
        size_t count = utf8_read(at, &character);
        if ((size_t)(at - reader->start) >= URI_LENGTH_MAX)
            return fault(reader, at, "it is too long");
        if (count == 0)
            return fault(reader, at, "it is not UTF-8");
        if (utf8_is_control(character))
            return fault(reader, at, "a control character");
        if (character == ' ')
            return fault(reader, at, "a space; write it as %20");
        if (character == '#')
            return fault(reader, at, "a fragment; write '#' as %23 if it belongs to a value");
        at += count;
    }
    return KC_OK;
}

/* Decodes percent-escapes. The result is UTF-8 without control characters, as the text itself. */
static int32_t decode(const struct uri_reader *reader, struct uri_part part, const char **out)
{
    char *decoded = arena_alloc(reader->arena, part.length + 1);
    if (decoded == NULL)
        return no_memory(reader);
    size_t length = 0;
    for (size_t i = 0; i < part.length; i++) {
        char c = part.text[i];
        if (c == '%') {
            int high = part.length - i > 2 ? hex_value(part.text[i + 1]) : -1;
            int low = high < 0 ? -1 : hex_value(part.text[i + 2]);
            if (low < 0)
                return fault(reader, part.text + i, "'%' without two hexadecimal digits; write '%' itself as %25");
            c = (char)(high << 4 | low);
            if (c == '\0')
                return fault(reader, part.text + i, "%00 is not allowed");
            i += 2;
        }
        decoded[length++] = c;
    }
    for (const char *at = decoded; *at != '\0';) {
        uint32_t character = 0;
        size_t count = utf8_read(at, &character);
        if (count == 0)
            return fault(reader, part.text, "its escapes are not UTF-8");
        if (utf8_is_control(character))
            return fault(reader, part.text, "a control character in an escape");
        at += count;
    }
    *out = decoded;
    return KC_OK;
}

static int32_t parse_scheme(const struct uri_reader *reader, const char **rest, struct uri *uri)
{
    const char *text = reader->start;
    size_t length = 0;
    while (is_letter(text[length]) || is_digit(text[length]) || (text[length] != '\0' && strchr("+-.", text[length])))
        length++;
    if (length == 0 || text[length] != ':' || !is_letter(text[0]))
        return fault(reader, text + length, "it must begin with a scheme and ':', such as \"virtual:\" or \"sqlite:\"");
    char *scheme = arena_alloc(reader->arena, length + 1);
    if (scheme == NULL)
        return no_memory(reader);
    for (size_t i = 0; i < length; i++)
        scheme[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] - 'A' + 'a' : text[i]);
    uri->scheme = scheme;
    *rest = text + length + 1;
    return KC_OK;
}

static int32_t parse_user(const struct uri_reader *reader, struct uri_part part, struct uri *uri)
{
    for (size_t i = 0; i < part.length; i++) {
        if (part.text[i] == '@')
            return fault(reader, part.text + i, "more than one '@'; write '@' in a user name or password as %40");
    }
    const char *colon = memchr(part.text, ':', part.length);
    size_t user_length = colon == NULL ? part.length : (size_t)(colon - part.text);
    int32_t status = decode(reader, (struct uri_part){part.text, user_length}, &uri->user);
    if (status != KC_OK || colon == NULL)
        return status;
    return decode(reader, (struct uri_part){colon + 1, part.length - user_length - 1}, &uri->password);
}

static int32_t parse_port(const struct uri_reader *reader, struct uri_part part, struct uri *uri)
{
    int32_t port = 0;
    bool good = part.length > 0 && part.length <= URI_PORT_DIGITS;
    for (size_t i = 0; good && i < part.length; i++) {
        good = is_digit(part.text[i]);
        port = port * 10 + (part.text[i] - '0');
    }
    if (!good || port > URI_PORT_MAX)
        return fault(reader, part.text, "the port must be a number from 0 to 65535");
    uri->port = port;
    return KC_OK;
}

/* Whether a part is an IPv4 address in its usual form. */
static bool is_ipv4(struct uri_part part)
{
    size_t at = 0;
    for (int number = 0; number < 4; number++) {
        if (number > 0 && (at == part.length || part.text[at++] != '.'))
            return false;
        int value = 0;
        size_t digits = 0;
        while (at < part.length && is_digit(part.text[at]) && digits < 4) {
            value = value * 10 + (part.text[at++] - '0');
            digits++;
        }
        if (digits == 0 || digits > 3 || value > 255)
            return false;
    }
    return at == part.length;
}

/* Whether a part is an IPv6 address without its zone: eight groups, "::" once for some, the last two also as IPv4. */
static bool is_ipv6(struct uri_part part)
{
    size_t at = 0;
    int groups = 0;
    bool shortened = false;
    if (part.length >= 2 && part.text[0] == ':' && part.text[1] != ':')
        return false;
    while (at < part.length) {
        if (part.text[at] == ':') {
            /* Between groups one stands alone; two shorten. */
            bool two = part.length - at >= 2 && part.text[at + 1] == ':';
            if (two && shortened)
                return false;
            if (!two && at + 1 == part.length)
                return false;
            shortened = shortened || two;
            at += two ? 2 : 1;
            if (at == part.length)
                break;
        }
        size_t digits = 0;
        while (at + digits < part.length && hex_value(part.text[at + digits]) >= 0)
            digits++;
        if (at + digits < part.length && part.text[at + digits] == '.') {
            if (!is_ipv4((struct uri_part){part.text + at, part.length - at}))
                return false;
            groups += 2;
            break;
        }
        if (digits == 0 || digits > 4 || (at + digits < part.length && part.text[at + digits] != ':'))
            return false;
        groups++;
        at += digits;
    }
    return shortened ? groups < 8 : groups == 8;
}

/* What stands in brackets: an IPv6 address, maybe with "%25" and a zone such as eth0 (RFC 6874). */
static int32_t parse_bracketed(const struct uri_reader *reader, struct uri_part part, struct uri *uri)
{
    const char *percent = memchr(part.text, '%', part.length);
    size_t length = percent == NULL ? part.length : (size_t)(percent - part.text);
    if (!is_ipv6((struct uri_part){part.text, length}))
        return fault(reader, part.text, "no IPv6 address in the brackets");
    if (percent == NULL) {
        uri->host = arena_text_n(reader->arena, part.text, part.length);
        return uri->host == NULL ? no_memory(reader) : KC_OK;
    }
    bool good = part.length - length > 3 && part.length - length < 32 && strncmp(percent, "%25", 3) == 0;
    for (size_t i = length + 3; good && i < part.length; i++) {
        char c = part.text[i];
        good = is_letter(c) || is_digit(c) || strchr("-._~", c) != NULL;
    }
    if (!good)
        return fault(reader, percent, "after an IPv6 address only %25 and the name of an interface may follow");
    return decode(reader, part, &uri->host);
}

static int32_t parse_host(const struct uri_reader *reader, struct uri_part part, struct uri *uri)
{
    for (size_t i = 0; i < part.length; i++) {
        char c = part.text[i];
        if (!is_letter(c) && !is_digit(c) && c != '-' && c != '.' && c != '_')
            return fault(reader, part.text + i,
                         "a character that no host name has; IPv6 addresses stand in brackets, and '/', '?' and '@' of "
                         "a password are escaped");
    }
    if (part.length > URI_HOST_MAX)
        return fault(reader, part.text, "the host name is too long");
    uri->host = arena_text_n(reader->arena, part.text, part.length);
    return uri->host == NULL ? no_memory(reader) : KC_OK;
}

static int32_t parse_host_and_port(const struct uri_reader *reader, struct uri_part part, struct uri *uri)
{
    const char *end = part.text + part.length;
    const char *colon;
    int32_t status;
    if (part.length > 0 && part.text[0] == '[') {
        const char *bracket = memchr(part.text, ']', part.length);
        if (bracket == NULL)
            return fault(reader, part.text, "'[' without ']'");
        if (bracket + 1 != end && bracket[1] != ':')
            return fault(reader, bracket + 1, "only ':' and a port may follow ']'");
        status = parse_bracketed(reader, (struct uri_part){part.text + 1, (size_t)(bracket - part.text) - 1}, uri);
        colon = bracket + 1 == end ? NULL : bracket + 1;
    } else {
        colon = memchr(part.text, ':', part.length);
        size_t length = colon == NULL ? part.length : (size_t)(colon - part.text);
        status = parse_host(reader, (struct uri_part){part.text, length}, uri);
    }
    if (status != KC_OK || colon == NULL)
        return status;
    return parse_port(reader, (struct uri_part){colon + 1, (size_t)(end - colon) - 1}, uri);
}

/* `rest` stands behind the "//". */
static int32_t parse_authority(const struct uri_reader *reader, const char **rest, struct uri *uri)
{
    const char *text = *rest;
    size_t length = strcspn(text, "/?");
    const char *at = NULL;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '@')
            at = text + i;
    }
    int32_t status = KC_OK;
    struct uri_part host = {text, length};
    if (at != NULL) {
        status = parse_user(reader, (struct uri_part){text, (size_t)(at - text)}, uri);
        host = (struct uri_part){at + 1, length - (size_t)(at - text) - 1};
    }
    if (status == KC_OK)
        status = parse_host_and_port(reader, host, uri);
    if (status != KC_OK)
        return status;
    if (uri->host[0] == '\0' && (length > 0 || text[length] != '/'))
        return fault(reader, host.text, "the host is missing");
    *rest = text + length;
    return KC_OK;
}

static int32_t parse_option(const struct uri_reader *reader, struct uri_part part, struct uri_option *options,
                            size_t count)
{
    const char *equals = memchr(part.text, '=', part.length);
    if (equals == NULL || equals == part.text)
        return fault(reader, part.text, "an option must have the form name=value");
    size_t name_length = (size_t)(equals - part.text);
    struct uri_option option = {0};
    int32_t status = decode(reader, (struct uri_part){part.text, name_length}, &option.name);
    if (status == KC_OK)
        status = decode(reader, (struct uri_part){equals + 1, part.length - name_length - 1}, &option.value);
    if (status != KC_OK)
        return status;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(options[i].name, option.name) == 0)
            return fault(reader, part.text, "an option stands there twice");
    }
    options[count] = option;
    return KC_OK;
}

/* `text` stands behind the '?'. */
static int32_t parse_options(const struct uri_reader *reader, const char *text, struct uri *uri)
{
    size_t count = 1;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '&')
            count++;
    }
    if (count > URI_OPTIONS_MAX)
        return fault(reader, text, "too many options");
    struct uri_option *options = arena_alloc(reader->arena, count * sizeof *options);
    if (options == NULL)
        return no_memory(reader);
    for (size_t i = 0; i < count; i++) {
        size_t length = strcspn(text, "&");
        int32_t status = parse_option(reader, (struct uri_part){text, length}, options, i);
        if (status != KC_OK)
            return status;
        text += length + (text[length] == '\0' ? 0 : 1);
    }
    uri->options = options;
    uri->option_count = count;
    return KC_OK;
}

int32_t uri_parse(struct arena *arena, const char *text, struct uri *uri, struct kc_error *error)
{
    if (text == NULL || text[0] == '\0')
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "uri", "the URI is missing");
    const struct uri_reader reader = {.arena = arena, .start = text, .error = error};
    struct uri parsed = {.user = "", .password = "", .host = "", .port = -1, .path = ""};
    const char *rest = text;
    int32_t status = check_characters(&reader);
    if (status == KC_OK)
        status = parse_scheme(&reader, &rest, &parsed);
    if (status == KC_OK && strncmp(rest, "//", 2) == 0) {
        rest += 2;
        status = parse_authority(&reader, &rest, &parsed);
    }
    if (status != KC_OK)
        return status;
    size_t path_length = strcspn(rest, "?");
    status = decode(&reader, (struct uri_part){rest, path_length}, &parsed.path);
    if (status == KC_OK && rest[path_length] == '?')
        status = parse_options(&reader, rest + path_length + 1, &parsed);
    if (status == KC_OK)
        *uri = parsed;
    return status;
}

/* ---- URLs of HTTP ------------------------------------------------------------------------------------------------ */

/* The zone of an IPv6 address follows an escaped '%'. */
static void append_host(struct buf *url, const char *host)
{
    bool digits = strchr(host, ':') != NULL;
    buf_append_text(url, digits ? "[" : "");
    for (; *host != '\0'; host++)
        if (*host == '%')
            buf_append_text(url, "%25");
        else
            buf_append_byte(url, (uint8_t)*host);
    buf_append_text(url, digits ? "]" : "");
}

/* RFC 3986, section 3.3: what may stand in a path as it is. */
static void append_path(struct buf *url, const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@/";
    for (; *path != '\0'; path++)
        if (strchr(plain, *path) != NULL)
            buf_append_byte(url, (uint8_t)*path);
        else
            buf_append_format(url, "%%%02X", (unsigned)(uint8_t)*path);
}

const char *uri_http_url(struct arena *arena, const char *scheme, const struct uri *uri)
{
    struct buf url = {0};
    buf_append_format(&url, "%s://", scheme);
    append_host(&url, uri->host);
    if (uri->port >= 0)
        buf_append_format(&url, ":%d", (int)uri->port);
    append_path(&url, uri->path);
    const char *text = buf_text(&url);
    const char *copy = url.failed ? NULL : arena_text(arena, text);
    buf_free(&url);
    return copy;
}
