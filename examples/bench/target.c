/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a load test stays on this computer; see target.h. Whatever is not understood is not here. */
#include "target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
static const struct target here = {.is_here = true};

__attribute__((format(printf, 3, 4))) static struct target elsewhere(const char *name, size_t length,
                                                                     const char *reason, ...)
{
    struct target target = {.is_here = false};
    va_list arguments;
    (void)snprintf(target.name, sizeof target.name, "%.*s", (int)(length < TARGET_NAME ? length : TARGET_NAME - 1),
                   name);
    va_start(arguments, reason);
    (void)vsnprintf(target.reason, sizeof target.reason, reason, arguments);
    va_end(arguments);
    return target;
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
        return ntohl(four->sin_addr.s_addr) >> 24 == 127;
    }
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
    return address->sa_family == AF_INET6 &&
           (IN6_IS_ADDR_LOOPBACK(&six->sin6_addr) ||
            (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr) && six->sin6_addr.s6_addr[12] == 127));
}

/* Every address that the name has, for any of them may be taken. */
static struct target target_of_host(const char *text, size_t length)
{
    char host[NI_MAXHOST], number[INET6_ADDRSTRLEN] = "?";
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses = NULL;
    struct target target = here;
    if (length == 0 || length >= sizeof host)
        return elsewhere(text, length, "no host is named");
    memcpy(host, text, length);
    host[length] = '\0';
    const int status = getaddrinfo(host, NULL, &hints, &addresses);
    if (status != 0)
        return elsewhere(text, length, "the host cannot be looked up: %s", gai_strerror(status));
    for (const struct addrinfo *one = addresses; one != NULL && target.is_here; one = one->ai_next) {
        if (is_loopback(one->ai_addr))
            continue;
        (void)getnameinfo(one->ai_addr, one->ai_addrlen, number, sizeof number, NULL, 0, NI_NUMERICHOST);
        target = elsewhere(text, length, "its address %s is not of the loopback", number);
    }
    freeaddrinfo(addresses);
    return target;
}

static bool is_port(const char *text, size_t length)
{
    return length == 0 || (text[0] == ':' && strspn(text + 1, "0123456789") >= length - 1);
}

/* HOST, HOST:PORT or [ADDRESS]:PORT, and nothing that another reader could take for something else. */
static struct target target_of_authority(const char *text, size_t length)
{
    if (length > 0 && text[0] == '[') {
        const char *close = memchr(text, ']', length);
        const size_t inside = close != NULL ? (size_t)(close - text) - 1 : 0;
        if (close == NULL || strspn(text + 1, "0123456789abcdefABCDEF:.") != inside ||
            !is_port(close + 1, length - inside - 2))
            return elsewhere(text, length, "it is no address");
        return target_of_host(text + 1, inside);
    }
    const char *colon = memchr(text, ':', length);
    const size_t host = colon != NULL ? (size_t)(colon - text) : length;
    if (strspn(text, letters) < host || !is_port(text + host, length - host))
        return elsewhere(text, length, "it cannot be checked what host that is");
    return target_of_host(text, host);
}

/* The other end of a pseudo-terminal is a program on this computer. */
static struct target target_of_terminal(const char *path, size_t length)
{
    char given[PATH_MAX], real[PATH_MAX];
    struct stat facts;
    if (length >= sizeof given || length == 0 || path[0] != '/' || memchr(path, '%', length) != NULL)
        return elsewhere(path, length, "it is a device");
    memcpy(given, path, length);
    given[length] = '\0';
    if (realpath(given, real) == NULL || stat(real, &facts) != 0)
        return elsewhere(path, length, "%s", strerror(errno));
    /* Linux, Documentation/admin-guide/devices.txt: 136 to 143 are the slaves of Unix98 pseudo-terminals. */
    const bool is_pseudo = S_ISCHR(facts.st_mode) && major(facts.st_rdev) >= 136 && major(facts.st_rdev) <= 143;
    return is_pseudo ? here : elsewhere(path, length, "it is a device, not a pseudo-terminal");
}

static struct target target_of_proxy(const char *value, size_t length)
{
    static const char scheme[] = "http://";
    if (length == 0)
        return here;
    if (length < sizeof scheme || strncmp(value, scheme, sizeof scheme - 1) != 0)
        return elsewhere(value, length, "it cannot be checked where the proxy is");
    const char *host = value + sizeof scheme - 1;
    const size_t rest = length - (sizeof scheme - 1), slash = strcspn(host, "/");
    return target_of_authority(host, slash < rest ? slash : rest);
}

struct target target_of_option(const char *name, const char *value)
{
    return strcmp(name, "proxy") == 0 ? target_of_proxy(value, strlen(value)) : here;
}

static struct target target_of_query(const char *query)
{
    struct target target = here;
    while (*query != '\0' && target.is_here) {
        const size_t length = strcspn(query, "&"), name = strcspn(query, "=&");
        if (memchr(query, '%', name) != NULL)
            return elsewhere(query, length, "it cannot be checked what option that is");
        if (name == 5 && strncmp(query, "proxy", 5) == 0 && length > name)
            target = target_of_proxy(query + name + 1, length - name - 1);
        query += length + (query[length] == '&');
    }
    return target;
}

struct target target_of_system(const char *uri)
{
    static const char *const with_host[] = {"tcp", "listen", "http", "https"};
    const size_t scheme = strcspn(uri, ":");
    const char *plus = memchr(uri, '+', scheme), *rest = uri + scheme + (uri[scheme] == ':');
    const size_t main_part = strcspn(rest, "?#");
    struct target target = elsewhere(uri, strcspn(uri, "?#"), "it cannot be checked where that is");
    if (strncmp(uri, "virtual:", 8) == 0)
        return here;
    const char *transport = plus != NULL ? plus + 1 : "";
    const size_t length = plus != NULL ? (size_t)(uri + scheme - transport) : 0;
    for (size_t i = 0; i < sizeof with_host / sizeof *with_host; i++)
        if (strlen(with_host[i]) == length && strncmp(transport, with_host[i], length) == 0 &&
            strncmp(rest, "//", 2) == 0)
            target = target_of_authority(rest + 2, strcspn(rest + 2, "/?#"));
    if (length == 6 && strncmp(transport, "serial", 6) == 0)
        target = target_of_terminal(rest, main_part);
    if (length == 3 && strncmp(transport, "usb", 3) == 0)
        target = elsewhere(uri, strcspn(uri, "?#"), "it is a device");
    if (target.is_here && rest[main_part] == '?')
        target = target_of_query(rest + main_part + 1);
    return target;
}

/* Several hosts, with commas; libpq's other ways to name a host are left to those who do without the check. */
static struct target target_of_server(const char *authority)
{
    const size_t end = strcspn(authority, "/?#");
    const char *query = strchr(authority, '?'), *hosts = authority;
    struct target target = here;
    /* libpq takes all before an '@' for the user, even a '?'. */
    if (strchr(authority + end, '@') != NULL ||
        (query != NULL && (strstr(query, "host") != NULL || strstr(query, "service") != NULL || strchr(query, '%'))))
        return elsewhere("postgresql", 10, "host and service in the query cannot be checked");
    for (const char *at = authority; at < authority + end; at++)
        if (*at == '@')
            hosts = at + 1;
    for (;;) {
        const size_t left = (size_t)(authority + end - hosts), length = strcspn(hosts, ",/?#");
        target = target_of_authority(hosts, length < left ? length : left);
        if (!target.is_here || hosts[length] != ',')
            return target;
        hosts += length + 1;
    }
}

struct target target_of_ledger(const char *uri)
{
    struct stat facts;
    if (strcmp(uri, "memory:") == 0 || strcmp(uri, "none:") == 0)
        return here;
    if (strncmp(uri, "sqlite:", 7) == 0)
        return lstat(uri + 7, &facts) != 0 && errno == ENOENT
                   ? here
                   : elsewhere(uri, strlen(uri), "a load test does not write into a ledger that is there already");
    if (strncmp(uri, "postgresql://", 13) == 0)
        return target_of_server(uri + 13);
    return elsewhere(uri, strcspn(uri, ":"), "a ledger is memory:, none:, sqlite:PATH or postgresql://HOST/DATABASE");
}
