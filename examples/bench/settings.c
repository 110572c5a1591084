/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the command line says. */
#include "settings.h"

#include <keycard/keycard.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/program.h"
#include "target.h"

const char program[] = "keycard-bench";

enum {
    FLAG_SYSTEM = 256,
    FLAG_ENCODER,
    FLAG_OPTION,
    FLAG_ROOM,
    FLAG_RATE,
    FLAG_DURATION,
    FLAG_COUNT,
    FLAG_MIX,
    FLAG_LEDGER,
    FLAG_PHONE,
    FLAG_EMAIL,
    FLAG_DRAIN,
    FLAG_CLEAN_UP,
    FLAG_JSON,
    FLAG_HGRM,
    FLAG_QUIET,
    FLAG_NOT_LOOPBACK,
    FLAG_REAL_KEYS,
    FLAG_HELP,
    FLAG_VERSION
};
static const struct option flags[] = {
    {"system", required_argument, NULL, FLAG_SYSTEM},
    {"encoder", required_argument, NULL, FLAG_ENCODER},
    {"option", required_argument, NULL, FLAG_OPTION},
    {"room", required_argument, NULL, FLAG_ROOM},
    {"rate", required_argument, NULL, FLAG_RATE},
    {"duration", required_argument, NULL, FLAG_DURATION},
    {"count", required_argument, NULL, FLAG_COUNT},
    {"mix", required_argument, NULL, FLAG_MIX},
    {"ledger", required_argument, NULL, FLAG_LEDGER},
    {"phone", required_argument, NULL, FLAG_PHONE},
    {"email", required_argument, NULL, FLAG_EMAIL},
    {"drain", required_argument, NULL, FLAG_DRAIN},
    {"clean-up", no_argument, NULL, FLAG_CLEAN_UP},
    {"json", no_argument, NULL, FLAG_JSON},
    {"hgrm", required_argument, NULL, FLAG_HGRM},
    {"quiet", no_argument, NULL, FLAG_QUIET},
    {"not-loopback", required_argument, NULL, FLAG_NOT_LOOPBACK},
    {"i-know-it-makes-real-keys", no_argument, NULL, FLAG_REAL_KEYS},
    {"help", no_argument, NULL, FLAG_HELP},
    {"version", no_argument, NULL, FLAG_VERSION},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "usage: keycard-bench --system URI [OPTION]...\n\n"
    "Makes keys at an even rate, and tells how long they took, counted from when each was due.\n\n"
    "  --system URI          a lock system, such as salto+tcp://127.0.0.1:8090 (repeatable)\n"
    "  --encoder NAME        an encoder of each system (repeatable); default: those that it tells\n"
    "  --option NAME=VALUE   an option of each system (repeatable)\n"
    "  --room NAME           a room of each system (repeatable); default: 10001 and so on\n"
    "                        In all of these, {1-50} stands for the numbers from 1 to 50.\n"
    "  --rate NUMBER         operations a second, at all encoders together; default: 10\n"
    "  --duration SECONDS    how long they are started; default: 10, with --count no limit\n"
    "  --count NUMBER        how many are started at most\n"
    "  --mix KIND=SHARE,...  which, such as original=5,duplicate=3,check-out=1. Kinds: original, duplicate,\n"
    "                        reissue, one-shot, mobile, read, check-out, modify, cancel, block, unblock\n"
    "  --ledger URI          default: memory:; also none:, sqlite:NEW-FILE or postgresql://HOST/DATABASE\n"
    "  --phone NUMBER, --email ADDRESS\n"
    "                        to whom mobile keys go; default: a number or address that nobody has\n"
    "  --drain SECONDS       how long to wait for the last ones; default: 30\n"
    "  --clean-up            check out at the end who was checked in\n"
    "  --json                print one JSON object instead of the table\n"
    "  --hgrm FILE           write the distribution as HdrHistogram's plotters read it\n"
    "  --quiet               show nothing while it runs\n"
    "  --help, --version\n\n"
    "Only this computer is reached. What is not on it must be allowed twice:\n"
    "  --not-loopback NAME   this very host or device (repeatable), and\n"
    "  --i-know-it-makes-real-keys\n\n"
    "Exit status: 0 done, 1 some operations failed, 2 usage or refused, 3 the test could not run.\n";

static int complain(const char *fault)
{
    return program_complain(program, fault, "");
}

static int take_names(struct names *names, const char *pattern)
{
    char fault[256];
    if (pattern[0] == '\0')
        return complain("an empty name");
    return names_add(names, pattern, fault, sizeof fault) ? -1 : complain(fault);
}

static int take_number(const char *flag, const char *text, double least, double most, double *number)
{
    char *end = NULL;
    const double value = text[strspn(text, "0123456789.")] == '\0' ? strtod(text, &end) : 0;
    if (end == NULL || *end != '\0' || end == text || value < least || value > most) {
        (void)fprintf(stderr, "%s: --%s is a number from %g to %.0f, not %s\n", program, flag, least, most, text);
        return EXIT_USAGE;
    }
    *number = value;
    return -1;
}

static int take_count(const char *text, uint64_t *count)
{
    double number = 0;
    const int status = take_number("count", text, 1, 1e9, &number);
    *count = (uint64_t)number;
    return status < 0 && (double)*count < number ? complain("--count is a whole number") : status;
}

static int take_option(struct names *options, const char *text)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text)
        return program_complain(program, "--option is NAME=VALUE, not ", text);
    return take_names(options, text);
}

static int take_mix(struct settings *settings, const char *text)
{
    char fault[256];
    settings->has_mix = mix_read(&settings->mix, text, fault, sizeof fault);
    return settings->has_mix ? -1 : complain(fault);
}

static int take_text(const char **place, const char *value)
{
    *place = value;
    return value[0] != '\0' ? -1 : complain("an empty value");
}

static int take_switch(struct settings *settings, int code)
{
    switch (code) {
    case FLAG_CLEAN_UP:
        settings->clean_up = true;
        return -1;
    case FLAG_JSON:
        settings->json = true;
        return -1;
    case FLAG_QUIET:
        settings->quiet = true;
        return -1;
    case FLAG_REAL_KEYS:
        settings->real_keys = true;
        return -1;
    case FLAG_HELP:
        (void)fputs(help, stdout);
        return EXIT_SUCCESS;
    default:
        (void)printf("keycard-bench %s\n", kc_version());
        return EXIT_SUCCESS;
    }
}

static int take_flag(struct settings *settings, int code, const char *value)
{
    switch (code) {
    case FLAG_SYSTEM:
        return take_names(&settings->systems, value);
    case FLAG_ENCODER:
        return take_names(&settings->encoders, value);
    case FLAG_ROOM:
        return take_names(&settings->rooms, value);
    case FLAG_NOT_LOOPBACK:
        return take_names(&settings->elsewhere, value);
    case FLAG_OPTION:
        return take_option(&settings->options, value);
    case FLAG_RATE:
        return take_number("rate", value, 0.001, 1e6, &settings->rate);
    case FLAG_DURATION:
        return take_number("duration", value, 0.1, 1e7, &settings->duration);
    case FLAG_DRAIN:
        return take_number("drain", value, 0, 1e5, &settings->drain);
    case FLAG_COUNT:
        return take_count(value, &settings->count);
    case FLAG_MIX:
        return take_mix(settings, value);
    case FLAG_LEDGER:
        return take_text(&settings->ledger, value);
    case FLAG_PHONE:
        return take_text(&settings->phone, value);
    case FLAG_EMAIL:
        return take_text(&settings->email, value);
    case FLAG_HGRM:
        return take_text(&settings->distribution, value);
    default:
        return take_switch(settings, code);
    }
}

int settings_read(struct settings *settings, int count, char **arguments)
{
    *settings = (struct settings){.rate = 10, .duration = 0, .drain = 30, .ledger = "memory:"};
    opterr = 0;
    for (int code; (code = getopt_long(count, arguments, ":", flags, NULL)) != -1;) {
        if (code == ':')
            return program_complain(program, arguments[optind - 1], " needs a value");
        if (code == '?' && optopt >= FLAG_SYSTEM)
            return program_complain(program, arguments[optind - 1], " takes no value");
        if (code == '?')
            return program_complain_unknown(program, flags, arguments[optind - 1]);
        const int status = take_flag(settings, code, optarg);
        if (status >= 0)
            return status;
    }
    if (optind < count)
        return program_complain(program, "one word too many: ", arguments[optind]);
    if (settings->systems.count == 0)
        return complain("which lock system? --system URI; see --help");
    if (settings->duration <= 0)
        settings->duration = settings->count != 0 ? 1e9 : 10;
    return -1;
}

/* ---- What may be reached ------------------------------------------------------------------------------------------
 */

struct verdict {
    const struct settings *settings;
    bool *used; /* of settings->elsewhere */
    size_t refused;
};

static void judge(struct verdict *verdict, const char *what, struct target target)
{
    bool named = false;
    if (target.is_here)
        return;
    for (size_t i = 0; i < verdict->settings->elsewhere.count; i++) {
        const bool same = strcmp(verdict->settings->elsewhere.items[i], target.name) == 0;
        verdict->used[i] = verdict->used[i] || same;
        named = named || same;
    }
    if ((named && verdict->settings->real_keys) || verdict->refused++ != 0)
        return;
    (void)fprintf(stderr,
                  "%s: refused: the %s \"%s\" is not on this computer's loopback: %s.\n"
                  "A load test makes keys that open doors and voids those that guests have. If that is what you want,\n"
                  "say so twice: --not-loopback '%s' --i-know-it-makes-real-keys\n",
                  program, what, target.name, target.reason, target.name);
}

/* A file is not a lock system: nothing allows to spoil the ledger that is in it. */
static int check_ledger(struct verdict *verdict)
{
    const char *ledger = verdict->settings->ledger;
    const struct target target = target_of_ledger(ledger);
    if (target.is_here || strncmp(ledger, "postgresql:", 11) == 0) {
        judge(verdict, "ledger", target);
        return -1;
    }
    (void)fprintf(stderr, "%s: --ledger \"%s\": %s\n", program, target.name, target.reason);
    return EXIT_USAGE;
}

int settings_check_targets(const struct settings *settings)
{
    struct verdict verdict = {.settings = settings, .used = calloc(settings->elsewhere.count + 1, sizeof(bool))};
    if (verdict.used == NULL)
        return complain("memory is used up");
    int status = check_ledger(&verdict);
    for (size_t i = 0; i < settings->systems.count; i++)
        judge(&verdict, "lock system", target_of_system(settings->systems.items[i]));
    for (size_t i = 0; i < settings->options.count; i++) {
        char *option = strdup(settings->options.items[i]), *value = option;
        const char *name = strsep(&value, "=");
        if (option != NULL)
            judge(&verdict, "proxy", target_of_option(name, value));
        else
            status = complain("memory is used up");
        free(option);
    }
    if (verdict.refused > 1)
        (void)fprintf(stderr, "%s: so are %zu more\n", program, verdict.refused - 1);
    if (verdict.refused != 0)
        status = EXIT_USAGE;
    for (size_t i = 0; status < 0 && i < settings->elsewhere.count; i++)
        if (!verdict.used[i])
            status = program_complain(program,
                                      "--not-loopback names nothing that is used here: ", settings->elsewhere.items[i]);
    free(verdict.used);
    return status;
}

void settings_free(struct settings *settings)
{
    names_free(&settings->systems);
    names_free(&settings->encoders);
    names_free(&settings->rooms);
    names_free(&settings->options);
    names_free(&settings->elsewhere);
}
