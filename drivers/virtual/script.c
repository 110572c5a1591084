/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the option `script`; see script.h. */
#include "script.h"

#include <string.h>

#define FAULTS_MAX    10000
#define LATE_MAX_MS   3600000
#define LAST_REQUEST  INT64_C(1000000000000)
#define LOWEST_STATUS (-200) /* status codes are looked for by name down to here */

enum argument { ARGUMENT_NONE, ARGUMENT_STATUS, ARGUMENT_CODE, ARGUMENT_DELAY };

static const struct fault_word {
    const char *word;
    enum fault_kind kind;
    int32_t status;
    enum argument argument;
} fault_words[] = {
    {"busy", FAULT_ERROR, KC_ERROR_ENCODER_BUSY, ARGUMENT_NONE},
    {"offline", FAULT_ERROR, KC_ERROR_ENCODER_OFFLINE, ARGUMENT_NONE},
    {"error", FAULT_ERROR, 0, ARGUMENT_STATUS},
    {"vendor", FAULT_ERROR, KC_ERROR_VENDOR, ARGUMENT_CODE},
    {"no-card", FAULT_NO_CARD, KC_ERROR_NO_CARD, ARGUMENT_NONE},
    {"card", FAULT_CARD, KC_ERROR_CARD, ARGUMENT_NONE},
    {"silent", FAULT_SILENT, 0, ARGUMENT_NONE},
    {"silent-after", FAULT_SILENT_AFTER, 0, ARGUMENT_NONE},
    {"drop", FAULT_DROP, KC_ERROR_CONNECTION_LOST, ARGUMENT_NONE},
    {"drop-after", FAULT_DROP_AFTER, KC_ERROR_CONNECTION_LOST, ARGUMENT_NONE},
    {"late", FAULT_LATE, 0, ARGUMENT_DELAY},
};

bool script_number(const char *text, int64_t min, int64_t max, int64_t *out)
{
    int64_t number = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 15 || text[digits] != '\0')
        return false;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (text[i] - '0');
    if (number < min || number > max)
        return false;
    *out = number;
    return true;
}

/* 0 if no status has this name. */
static int32_t status_by_name(const char *name)
{
    if (strcmp(name, "unknown") == 0) /* what codes without a name are called */
        return 0;
    for (int32_t status = -1; status >= LOWEST_STATUS; status--) {
        if (strcmp(kc_status_name(status), name) == 0)
            return status;
    }
    return 0;
}

static int32_t bad_entry(const char *entry, const char *fault, struct kc_error *error)
{
    struct error_quoted quoted;
    return error_set(error, KC_ERROR_INVALID_ARGUMENT, "script", "the entry \"%s\" of the script %s",
                     error_quote(&quoted, entry), fault);
}

static const char *read_argument(const char *argument, enum argument wanted, struct fault *fault)
{
    if (wanted == ARGUMENT_NONE)
        return argument == NULL ? NULL : "takes nothing after ':'";
    if (argument == NULL)
        return "needs something after ':'";
    if (wanted == ARGUMENT_STATUS) {
        fault->status = status_by_name(argument);
        return fault->status != 0 ? NULL : "names no status; take one of kc_status_name()";
    }
    if (wanted == ARGUMENT_DELAY)
        return script_number(argument, 0, LATE_MAX_MS, &fault->delay_ms) ? NULL
                                                                         : "needs milliseconds from 0 to 3600000";
    fault->vendor_code = argument;
    size_t length = strlen(argument);
    return length >= 1 && length < sizeof((struct kc_error *)NULL)->vendor_code ? NULL
                                                                                : "needs a code of 1 to 63 characters";
}

/* Reads one entry; `words` is a copy of it that may be cut into pieces. */
static int32_t read_entry(const char *entry, char *words, struct fault *fault, struct kc_error *error)
{
    int64_t request = 0;
    char *at = strrchr(words, '@');
    if (at != NULL) {
        *at = '\0';
        if (!script_number(at + 1, 1, LAST_REQUEST, &request))
            return bad_entry(entry, "needs the number of a request, from 1, after '@'", error);
    }
    char *argument = strchr(words, ':');
    if (argument != NULL)
        *argument++ = '\0';
    for (size_t i = 0; i < sizeof fault_words / sizeof fault_words[0]; i++) {
        const struct fault_word *known = &fault_words[i];
        if (strcmp(known->word, words) != 0)
            continue;
        *fault = (struct fault){known->kind, (uint64_t)request, known->status, NULL, 0};
        const char *wrong = read_argument(argument, known->argument, fault);
        return wrong == NULL ? KC_OK : bad_entry(entry, wrong, error);
    }
    return bad_entry(entry,
                     "is none of busy, offline, error:STATUS, vendor:CODE, no-card, card, silent, silent-after, drop, "
                     "drop-after, late:MS",
                     error);
}

int32_t script_parse(struct arena *arena, const char *text, struct script *script, struct kc_error *error)
{
    *script = (struct script){NULL, 0};
    if (text[0] == '\0')
        return KC_OK;
    size_t count = 1;
    for (const char *at = strchr(text, ','); at != NULL; at = strchr(at + 1, ','))
        count++;
    if (count > FAULTS_MAX)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "script", "the script has %zu entries, more than %d", count,
                         FAULTS_MAX);
    struct fault *faults = arena_alloc(arena, count * sizeof *faults);
    if (faults == NULL)
        return error_set(error, KC_ERROR_NO_MEMORY, "script", "no memory for the script");
    for (size_t i = 0; i < count; i++) {
        size_t length = strcspn(text, ",");
        const char *entry = arena_text_n(arena, text, length);
        char *words = arena_alloc(arena, length + 1);
        if (entry == NULL || words == NULL)
            return error_set(error, KC_ERROR_NO_MEMORY, "script", "no memory for the script");
        memcpy(words, entry, length);
        int32_t status = read_entry(entry, words, &faults[i], error);
        if (status != KC_OK)
            return status;
        text += length + 1;
    }
    *script = (struct script){faults, count};
    return KC_OK;
}

const struct fault *script_find(const struct script *script, uint64_t request)
{
    for (size_t i = 0; i < script->count; i++) {
        if (script->faults[i].request == 0 || script->faults[i].request == request)
            return &script->faults[i];
    }
    return NULL;
}
