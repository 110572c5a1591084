/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading the address. */
#include "listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool listen_address_read(const char *text, struct listen_address *address)
{
    struct sockaddr_in *four = (struct sockaddr_in *)&address->storage;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address->storage;
    char host[64];
    char *end = NULL;
    const char *colon = strrchr(text, ':');
    memset(address, 0, sizeof *address);
    if (colon == NULL || colon == text || (size_t)(colon - text) >= sizeof host || colon[1] < '0' || colon[1] > '9')
        return false;
    const unsigned long port = strtoul(colon + 1, &end, 10);
    if (*end != '\0' || port > 65535)
        return false;
    const size_t length = (size_t)(colon - text);
    const bool brackets = text[0] == '[' && text[length - 1] == ']' && length > 2;
    memcpy(host, text + brackets, length - 2 * brackets);
    host[length - 2 * brackets] = '\0';
    if (strcmp(host, "localhost") == 0)
        (void)snprintf(host, sizeof host, "127.0.0.1");
    if (!brackets && inet_pton(AF_INET, host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)port);
        address->loopback = ntohl(four->sin_addr.s_addr) >> 24 == 127;
        return true;
    }
    address->six = true;
    six->sin6_family = AF_INET6;
    six->sin6_port = htons((uint16_t)port);
    address->loopback = false;
    if (!brackets || inet_pton(AF_INET6, host, &six->sin6_addr) != 1)
        return false;
    address->loopback = IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
    return true;
}
