/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options of TCP connections, addresses as text, lists of peers. */
#include "transport/socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#define KEEPALIVE_IDLE_S     20
#define KEEPALIVE_INTERVAL_S 5
#define KEEPALIVE_COUNT      3
#define USER_TIMEOUT_MS      ((KEEPALIVE_IDLE_S + KEEPALIVE_INTERVAL_S * KEEPALIVE_COUNT) * 1000)

#define ADDRESS_BITS 128
#define MAPPED_BITS  96 /* before the IPv4 address in an IPv6 one */

static void set_option(int fd, int level, int name, int value)
{
    (void)setsockopt(fd, level, name, &value, sizeof value);
}

void socket_set_options(int fd)
{
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT_MS);
}

/* ---- Addresses ------------------------------------------------------------------------------------------------- */

static void map(const struct in_addr *address, uint8_t out[16])
{
    memset(out, 0, 10);
    out[10] = out[11] = 0xFF;
    memcpy(out + 12, address, 4);
}

/* Every address as one of IPv6. False: it is of neither kind. */
static bool address_bytes(const struct sockaddr_storage *address, uint8_t out[16])
{
    if (address->ss_family == AF_INET) {
        map(&((const struct sockaddr_in *)address)->sin_addr, out);
        return true;
    }
    if (address->ss_family != AF_INET6)
        return false;
    memcpy(out, &((const struct sockaddr_in6 *)address)->sin6_addr, 16);
    return true;
}

void socket_address_text(const struct sockaddr_storage *address, char out[SOCKET_TEXT_SIZE])
{
    static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    char text[INET6_ADDRSTRLEN] = "?";
    uint8_t bytes[16] = {0};
    bool known = address_bytes(address, bytes);
    bool four = known && memcmp(bytes, mapped, sizeof mapped) == 0;
    unsigned port = address->ss_family == AF_INET ? ((const struct sockaddr_in *)address)->sin_port
                                                  : ((const struct sockaddr_in6 *)address)->sin6_port;

    if (known)
        (void)inet_ntop(four ? AF_INET : AF_INET6, four ? bytes + 12 : bytes, text, sizeof text);
    snprintf(out, SOCKET_TEXT_SIZE, four ? "%s:%u" : "[%s]:%u", text, (unsigned)ntohs((uint16_t)port));
}

/* ---- Lists of peers -------------------------------------------------------------------------------------------- */

static int parse_bits(const char *text, int32_t most)
{
    int32_t bits = 0;

    if (*text == '\0')
        return -1;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || bits > ADDRESS_BITS)
            return -1;
        bits = bits * 10 + (*text - '0');
    }
    return bits <= most ? bits : -1;
}

static int parse_prefix(char *text, struct socket_prefix *prefix)
{
    char *slash = strchr(text, '/');
    struct in_addr four;
    int32_t before = 0, bits;

    if (slash != NULL)
        *slash++ = '\0';
    if (inet_pton(AF_INET, text, &four) == 1) {
        map(&four, prefix->bytes);
        before = MAPPED_BITS;
    } else if (inet_pton(AF_INET6, text, prefix->bytes) != 1) {
        return -1;
    }
    bits = slash != NULL ? parse_bits(slash, ADDRESS_BITS - before) : ADDRESS_BITS - before;
    prefix->bits = before + bits;
    return bits < 0 ? -1 : 0;
}

int socket_prefix_next(const char **list, struct socket_prefix *prefix)
{
    char text[80];
    const char *start = *list + strspn(*list, ", ");
    size_t length = strcspn(start, ",");

    *list = start + length;
    while (length > 0 && start[length - 1] == ' ')
        length--;
    if (length == 0)
        return 0;
    if (length >= sizeof text)
        return -1;
    memcpy(text, start, length);
    text[length] = '\0';
    return parse_prefix(text, prefix) == 0 ? 1 : -1;
}

bool socket_prefix_holds(const struct socket_prefix *prefix, const struct sockaddr_storage *address)
{
    uint8_t bytes[16];
    size_t whole = (size_t)prefix->bits / 8;
    int rest = prefix->bits % 8;

    if (!address_bytes(address, bytes) || memcmp(bytes, prefix->bytes, whole) != 0)
        return false;
    return rest == 0 || (bytes[whole] ^ prefix->bytes[whole]) >> (8 - rest) == 0;
}
