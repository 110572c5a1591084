/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fault script: NAME[:ARG][@N] parsed, and which faults strike a request. */
#ifndef KEYCARD_SIMULATOR_FAULT_H
#define KEYCARD_SIMULATOR_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A request has a number once it has arrived whole and valid and was not refused by a NAK; the first is 1. "Each
 * request" below is the Nth one only if the fault ends in @N. Faults add up; the later of two of the same name wins. */
enum fault_name {
    FAULT_NAK,                /* [:N] each request is refused N times in a row (1) before it is taken */
    FAULT_BUSY,               /* [:N] the first N (1) ENQs before each request are refused; one that comes without a
                               * refused ENQ before it is answered "encoder busy" */
    FAULT_SILENT_BEFORE_ACK,  /* the request is taken and done, but not a byte is sent for it */
    FAULT_SILENT_AFTER_ACK,   /* it is acknowledged and done, but never answered */
    FAULT_DROP_AFTER_REQUEST, /* the connection is closed before the acknowledgement; nothing is done */
    FAULT_DROP_AFTER_ACK,     /* the connection is closed after the acknowledgement; the request is done */
    FAULT_DROP_AT,            /* :BYTE the connection is closed when so many bytes were sent for the request, the
                               * acknowledgement counted; the request is done */
    FAULT_LATE,               /* :MS the answer waits so long after what it tells was done */
    FAULT_TWICE,              /* the answer is sent twice */
    FAULT_BAD_CHECK,          /* the answer has a wrong check byte */
    FAULT_GARBAGE,            /* [:N] N bytes of noise (16) stand before the answer */
    FAULT_SPLIT,              /* [:MS] everything is sent byte by byte, MS (1) milliseconds apart */
    FAULT_GLUE,               /* acknowledgement and answer leave in one piece */
    FAULT_ERROR,              /* :CODE the request is answered with the code; nothing is done */
    /* Of devices only, which write the cards themselves. */
    FAULT_UNREADABLE, /* [:N] the first N (1) swipes that read the card back find nothing that can be read */
    FAULT_LOST,       /* the device says that it wrote, but the card holds what it held before */
    FAULT_LEAVES,     /* [:N] each card is taken from the reader once, instead of the Nth (1) write to it */
    /* Of services over HTTP only; what the others mean there is in keycard-sim(1). */
    FAULT_HTTP_STATUS,   /* :NNN the answer is this status with a page of HTML; 300 to 499 and 503: nothing is done */
    FAULT_HTML,          /* the request is done, and answered with a page of HTML and status 200 */
    FAULT_SOAP_FAULT,    /* it is done, and answered with a fault of SOAP itself and status 500 */
    FAULT_UNDELIVERABLE, /* the mobile key never reaches its phone */
    FAULT_NAME_COUNT
};

#define FAULT_CODE_SIZE 64

struct fault {
    enum fault_name name;
    int64_t argument;
    char code[FAULT_CODE_SIZE];
    uint64_t only; /* the number of the request; 0: each */
};

/* Reads one fault. Returns 0, or -1 with a message for people. */
int fault_parse(const char *text, struct fault *fault, char *message, size_t size);
const char *fault_name_text(enum fault_name name);
bool fault_is_for_http(enum fault_name name);
bool fault_is_for_devices(enum fault_name name);

struct fault_list {
    struct fault *items;
    size_t count;
};

/* Returns 0, or -1 when memory is used up. */
int fault_list_add(struct fault_list *list, const struct fault *fault);
void fault_list_clear(struct fault_list *list);

/* What strikes one request. */
struct fault_plan {
    bool on[FAULT_NAME_COUNT];
    int64_t argument[FAULT_NAME_COUNT];
    char code[FAULT_CODE_SIZE];
};

void fault_list_plan(const struct fault_list *list, uint64_t number, struct fault_plan *plan);

#endif
