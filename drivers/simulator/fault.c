/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading the fault script. What a fault does is in exchange.c. */
#include "fault.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum argument_kind { NO_ARGUMENT, OPTIONAL_NUMBER, NUMBER, CODE };

struct fault_form {
    const char *name;
    enum argument_kind kind;
    int64_t least, usual, most;
    const char *argument; /* what it is, for messages */
};

static const struct fault_form forms[FAULT_NAME_COUNT] = {
    [FAULT_NAK] = {"nak", OPTIONAL_NUMBER, 1, 1, 1000000, "how many times in a row"},
    [FAULT_BUSY] = {"busy", OPTIONAL_NUMBER, 1, 1, 1000000, "how many times in a row"},
    [FAULT_SILENT_BEFORE_ACK] = {"silent-before-ack", NO_ARGUMENT, 0, 0, 0, ""},
    [FAULT_SILENT_AFTER_ACK] = {"silent-after-ack", NO_ARGUMENT, 0, 0, 0, ""},
    [FAULT_DROP_AFTER_REQUEST] = {"drop-after-request", NO_ARGUMENT, 0, 0, 0, ""},
    [FAULT_DROP_AFTER_ACK] = {"drop-after-ack", NO_ARGUMENT, 0, 0, 0, ""},
    [FAULT_DROP_AT] = {"drop-at", NUMBER, 0, 0, 1000000, "a number of bytes"},
    [FAULT_LATE] = {"late", NUMBER, 0, 0, 86400000, "milliseconds"},
    [FAULT_TWICE] = {"twice", NO_ARGUMENT, 0, 0, 0, ""},
    [FAULT_BAD_CHECK] = {"bad-check", NO_ARGUMENT, 0, 0, 0, ""},
    [FAULT_GARBAGE] = {"garbage", OPTIONAL_NUMBER, 1, 16, 1000000, "a number of bytes"},
    [FAULT_SPLIT] = {"split", OPTIONAL_NUMBER, 0, 1, 60000, "milliseconds between bytes"},
    [FAULT_GLUE] = {"glue", NO_ARGUMENT, 0, 0, 0, ""},
    [FAULT_ERROR] = {"error", CODE, 0, 0, 0, "an error code of the protocol"},
    [FAULT_UNREADABLE] = {"unreadable", OPTIONAL_NUMBER, 1, 1, 1000000, "a number of swipes"},
    [FAULT_LOST] = {"lost", NO_ARGUMENT, 0, 0, 0, ""},
    [FAULT_LEAVES] = {"leaves", OPTIONAL_NUMBER, 1, 1, 1000000, "the number of a write"},
    [FAULT_HTTP_STATUS] = {"http-status", NUMBER, 200, 0, 599, "a status"},
    [FAULT_HTML] = {"html", NO_ARGUMENT, 0, 0, 0, ""},
    [FAULT_SOAP_FAULT] = {"soap-fault", NO_ARGUMENT, 0, 0, 0, ""},
    [FAULT_UNDELIVERABLE] = {"undeliverable", NO_ARGUMENT, 0, 0, 0, ""},
};

const char *fault_name_text(enum fault_name name)
{
    return forms[name].name;
}

bool fault_is_for_http(enum fault_name name)
{
    return name >= FAULT_HTTP_STATUS;
}

bool fault_is_for_devices(enum fault_name name)
{
    return name == FAULT_UNREADABLE || name == FAULT_LOST || name == FAULT_LEAVES;
}

/* How many characters must change to make one word of the other; long words are as far apart as can be. */
static size_t distance(const char *a, const char *b)
{
    enum { LONGEST = 40 };
    size_t row[LONGEST + 1];
    const size_t a_length = strlen(a), b_length = strlen(b);
    if (a_length > LONGEST || b_length > LONGEST) {
        return LONGEST;
    }
    for (size_t j = 0; j <= b_length; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            const size_t above = row[j];
            size_t best = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            best = above + 1 < best ? above + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[b_length];
}

static int unknown_name(const char *name, char *message, size_t size)
{
    size_t nearest = 0, nearest_distance = SIZE_MAX;
    for (size_t i = 0; i < FAULT_NAME_COUNT; i++) {
        const size_t apart = distance(name, forms[i].name);
        if (apart < nearest_distance) {
            nearest = i;
            nearest_distance = apart;
        }
    }
    if (nearest_distance <= 4 && nearest_distance < strlen(forms[nearest].name)) {
        snprintf(message, size, "unknown fault \"%.40s\"; did you mean \"%s\"?", name, forms[nearest].name);
    } else {
        snprintf(
            message, size,
            "unknown fault \"%.40s\"; the faults are nak, busy, silent-before-ack, silent-after-ack, "
            "drop-after-request, drop-after-ack, drop-at:BYTE, late:MS, twice, bad-check, garbage, split, glue "
            "and error:CODE, of devices unreadable, lost and leaves, and over HTTP http-status:NNN, html, soap-fault "
            "and undeliverable",
            name);
    }
    return -1;
}

/* Decimal digits only, and within bounds. */
static bool parse_number(const char *text, int64_t least, int64_t most, int64_t *out)
{
    int64_t value = 0;
    if (text[0] == '\0') {
        return false;
    }
    for (const char *at = text; *at != '\0'; at++) {
        if (*at < '0' || *at > '9') {
            return false;
        }
        value = value * 10 + (*at - '0');
        if (value > most) {
            return false;
        }
    }
    *out = value;
    return value >= least;
}

static bool good_code(const char *code)
{
    const size_t length = strlen(code);
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)code[i]) && code[i] != '-' && code[i] != '.' && code[i] != '_') {
            return false;
        }
    }
    return length >= 1 && length < FAULT_CODE_SIZE;
}

static int parse_argument(const struct fault_form *form, const char *argument, struct fault *fault, char *message,
                          size_t size)
{
    if (argument == NULL) {
        if (form->kind == NUMBER || form->kind == CODE) {
            snprintf(message, size, "fault \"%s\" needs %s, as in \"%s:%s\"", form->name, form->argument, form->name,
                     form->kind == CODE  ? "ES"
                     : form->least > 100 ? "500"
                                         : "5");
            return -1;
        }
        return 0;
    }
    if (form->kind == NO_ARGUMENT) {
        snprintf(message, size, "fault \"%s\" takes no argument, but \"%.40s\" was given", form->name, argument);
        return -1;
    }
    if (form->kind == CODE) {
        if (!good_code(argument)) {
            snprintf(message, size, "fault \"error\" needs a code of 1 to %d letters and digits, not \"%.40s\"",
                     FAULT_CODE_SIZE - 1, argument);
            return -1;
        }
        snprintf(fault->code, sizeof fault->code, "%s", argument);
        return 0;
    }
    if (!parse_number(argument, form->least, form->most, &fault->argument)) {
        snprintf(message, size, "fault \"%s\" needs %s from %lld to %lld, not \"%.40s\"", form->name, form->argument,
                 (long long)form->least, (long long)form->most, argument);
        return -1;
    }
    return 0;
}

int fault_parse(const char *text, struct fault *fault, char *message, size_t size)
{
    char copy[128];
    const size_t length = strlen(text);
    memset(fault, 0, sizeof *fault);
    if (length >= sizeof copy) {
        snprintf(message, size, "fault \"%.40s...\" is too long", text);
        return -1;
    }
    memcpy(copy, text, length + 1);
    char *number = strrchr(copy, '@');
    if (number != NULL) {
        int64_t only = 0;
        *number++ = '\0';
        if (!parse_number(number, 1, INT64_C(1000000000), &only)) {
            snprintf(message, size, "\"%.40s\" after @ is not the number of a request (1 is the first)", number);
            return -1;
        }
        fault->only = (uint64_t)only;
    }
    char *argument = strchr(copy, ':');
    if (argument != NULL) {
        *argument++ = '\0';
    }
    for (size_t i = 0; i < FAULT_NAME_COUNT; i++) {
        if (strcmp(copy, forms[i].name) == 0) {
            fault->name = (enum fault_name)i;
            fault->argument = forms[i].usual;
            return parse_argument(&forms[i], argument, fault, message, size);
        }
    }
    return unknown_name(copy, message, size);
}

int fault_list_add(struct fault_list *list, const struct fault *fault)
{
    struct fault *items = reallocarray(list->items, list->count + 1, sizeof *items);
    if (items == NULL) {
        return -1;
    }
    list->items = items;
    items[list->count++] = *fault;
    return 0;
}

void fault_list_clear(struct fault_list *list)
{
    free(list->items);
    list->items = NULL;
    list->count = 0;
}

void fault_list_plan(const struct fault_list *list, uint64_t number, struct fault_plan *plan)
{
    memset(plan, 0, sizeof *plan);
    for (size_t i = 0; i < list->count; i++) {
        const struct fault *fault = &list->items[i];
        if (fault->only != 0 && fault->only != number) {
            continue;
        }
        plan->on[fault->name] = true;
        plan->argument[fault->name] = fault->argument;
        if (fault->name == FAULT_ERROR) {
            memcpy(plan->code, fault->code, sizeof plan->code);
        }
    }
}
