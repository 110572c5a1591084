/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keycard-lock: a lock's decision in software, for open keys. The command line. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../common/nearest.h"
#include "../common/program.h"
#include "door.h"

static const char program[] = "keycard-lock";
enum { EXIT_REFUSED = 1, EXIT_FAULT = 3 };

enum { FLAG_SITE_NUMBER = 256, FLAG_SITE_KEY_FILE, FLAG_NAME, FLAG_AREA, FLAG_NOW, FLAG_HELP, FLAG_VERSION };
static const struct option flags[] = {
    {"site-number", required_argument, NULL, FLAG_SITE_NUMBER},
    {"site-key-file", required_argument, NULL, FLAG_SITE_KEY_FILE},
    {"name", required_argument, NULL, FLAG_NAME},
    {"area", required_argument, NULL, FLAG_AREA},
    {"now", required_argument, NULL, FLAG_NOW},
    {"help", no_argument, NULL, FLAG_HELP},
    {"version", no_argument, NULL, FLAG_VERSION},
    {NULL, 0, NULL, 0},
};

/* What the words and flags say. */
struct command {
    const char *verb, *path, *card, *site_key_file;
    struct state lock; /* for `new` */
    int64_t now;       /* 0: the clock of this computer */
    bool about_new;    /* a flag that only `new` takes */
};

static const char help[] =
    "usage: keycard-lock new STATE --site-number N --site-key-file FILE (--name NAME | --area N)...\n"
    "       keycard-lock present STATE CARD [--now TIME]\n"
    "       keycard-lock show STATE\n\n"
    "Decides as a lock does whether a card with an open key opens it.\n\n"
    "  new       makes the state of a lock that no key has opened yet\n"
    "  present   holds a card to it: \"open\" and exit status 0, or \"refused\" with the reason and 1\n"
    "  show      what the lock knows, without its site key\n\n"
    "  STATE                 the file in which the lock remembers\n"
    "  CARD                  the image of a card: lines \"uid HEX\" and \"ndef HEX\", or \"track1\" to \"track3\"\n"
    "  --site-number N       the property, 1 to 65535\n"
    "  --site-key-file FILE  its key, 64 hexadecimal digits\n"
    "  --name NAME           a name of the lock, as it stands on keys; up to 16 of them\n"
    "  --area N              an area whose door this is, 1 to 64\n"
    "  --now TIME            instead of the clock: 2026-06-15T14:00Z\n"
    "  --help, --version\n";

/* ---- The command line -------------------------------------------------------------------------------------------- */

/* A whole number up to `highest`; 0 if it is none. */
static int read_number(const char *text, int highest)
{
    int value = 0;
    for (const char *digit = text; *digit != '\0'; digit++) {
        if (*digit < '0' || *digit > '9')
            return 0;
        value = value * 10 + (*digit - '0');
        if (value > highest)
            return 0;
    }
    return text[0] != '0' ? value : 0;
}

/* 0 if it is none. */
static int64_t read_time(const char *text)
{
    struct tm tm = {.tm_year = 0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%MZ", &tm);
    char again[24];
    if (end == NULL || *end != '\0' || tm.tm_year < 120 || tm.tm_year > 199)
        return 0;
    const time_t time = timegm(&tm);
    (void)strftime(again, sizeof again, "%Y-%m-%dT%H:%MZ", &tm); /* 31 June became 1 July */
    return strcmp(again, text) == 0 ? (int64_t)time : 0;
}

static int take_name(struct state *lock, const char *name)
{
    if (!state_is_name(name))
        return program_complain(program, "a name is 1 to 20 characters of ASCII, not ", name);
    if (lock->name_count == LOCK_NAMES)
        return program_complain(program, "a lock has at most 16 names; one too many: ", name);
    memcpy(lock->names[lock->name_count++], name, strlen(name) + 1);
    return -1;
}

/* -1: go on; else the exit status. */
static int take_flag(struct command *command, int code, const char *value)
{
    int number;
    switch (code) {
    case FLAG_SITE_NUMBER:
        command->about_new = true;
        command->lock.site_number = read_number(value, 65535);
        return command->lock.site_number != 0 ? -1
                                              : program_complain(program, "--site-number is 1 to 65535, not ", value);
    case FLAG_SITE_KEY_FILE:
        command->about_new = true;
        command->site_key_file = value;
        return -1;
    case FLAG_NAME:
        command->about_new = true;
        return take_name(&command->lock, value);
    case FLAG_AREA:
        command->about_new = true;
        number = read_number(value, 64);
        if (number == 0)
            return program_complain(program, "--area is 1 to 64, not ", value);
        command->lock.areas |= UINT64_C(1) << (number - 1);
        return -1;
    case FLAG_NOW:
        command->now = read_time(value);
        return command->now != 0 ? -1 : program_complain(program, "--now is such as 2026-06-15T14:00Z, not ", value);
    case FLAG_HELP:
        (void)fputs(help, stdout);
        return EXIT_SUCCESS;
    default:
        (void)printf("keycard-lock %s\n", kc_version());
        return EXIT_SUCCESS;
    }
}

static int check_verb(const struct command *command, int words)
{
    static const char *const verbs[] = {"new", "present", "show", NULL};
    static const int wanted[] = {2, 3, 2};
    size_t verb = 0;
    if (command->verb == NULL)
        return program_complain(program, "what is to be done? new, present or show; see --help", "");
    while (verbs[verb] != NULL && strcmp(verbs[verb], command->verb) != 0)
        verb++;
    if (verbs[verb] == NULL) {
        const char *nearest = nearest_name(command->verb, verbs);
        (void)fprintf(stderr, "%s: there is no command %s%s%s\n", program, command->verb,
                      nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "");
        return EXIT_USAGE;
    }
    if (words < wanted[verb])
        return program_complain(program, command->path == NULL ? "which lock? Name its state file" : "which card?", "");
    if (command->about_new && verb != 0)
        return program_complain(program, "site, names and areas are given to a new lock only: ", command->verb);
    if (command->now != 0 && verb != 1)
        return program_complain(program, "--now is for present only: ", command->verb);
    if (verb != 0)
        return -1;
    if (command->lock.site_number == 0 || command->site_key_file == NULL)
        return program_complain(program, "a lock needs --site-number and --site-key-file", "");
    if (command->lock.name_count == 0 && command->lock.areas == 0)
        return program_complain(program, "a lock needs a name or an area: --name, --area", "");
    return -1;
}

static int read_command(int count, char **arguments, struct command *command)
{
    const char **const words[] = {&command->verb, &command->path, &command->card};
    int given = 0;
    opterr = 0;
    for (int code; (code = getopt_long(count, arguments, ":", flags, NULL)) != -1;) {
        if (code == ':')
            return program_complain(program, arguments[optind - 1], " needs a value");
        if (code == '?')
            return program_complain_unknown(program, flags, arguments[optind - 1]);
        int status = take_flag(command, code, optarg);
        if (status >= 0)
            return status;
    }
    for (; optind < count; optind++) {
        bool is_last = given == 2 && (strcmp(command->verb, "new") == 0 || strcmp(command->verb, "show") == 0);
        if (given == 3 || is_last)
            return program_complain(program, "one word too many: ", arguments[optind]);
        *words[given++] = arguments[optind];
    }
    return check_verb(command, given);
}

/* ---- What is done ------------------------------------------------------------------------------------------------ */

static int fail(const char *fault)
{
    (void)fprintf(stderr, "%s: %s\n", program, fault);
    return EXIT_FAULT;
}

static bool read_site_key(struct command *command)
{
    char text[80] = "";
    FILE *file = fopen(command->site_key_file, "re");
    if (file == NULL) {
        (void)fprintf(stderr, "%s: %s: %s\n", program, command->site_key_file, strerror(errno));
        return false;
    }
    size_t length = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[length] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    bool good = state_take_site_key(&command->lock, text);
    explicit_bzero(text, sizeof text);
    if (!good)
        (void)fprintf(stderr, "%s: %s: a site key is 64 hexadecimal digits\n", program, command->site_key_file);
    return good;
}

static int make(struct command *command, struct state_file *file)
{
    if (!read_site_key(command))
        return EXIT_FAULT;
    return state_write(file, &command->lock, true) ? EXIT_SUCCESS : fail(file->fault);
}

static void show_time(const char *before, int64_t seconds)
{
    char text[24] = "";
    const time_t time = (time_t)seconds;
    struct tm tm;
    if (gmtime_r(&time, &tm) != NULL)
        (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%MZ", &tm);
    (void)printf("%s%s", before, text);
}

static int show(const struct state *state)
{
    (void)printf("site %d\n", (int)state->site_number);
    for (size_t i = 0; i < state->name_count; i++)
        (void)printf("name %s\n", state->names[i]);
    for (int area = 1; area <= 64; area++)
        if ((state->areas >> (area - 1) & 1) != 0)
            (void)printf("area %d\n", area);
    if (state->clock != 0)
        show_time("clock ", state->clock), (void)printf("\n");
    for (size_t i = 0; i < state->seen_count; i++)
        (void)printf("original %lld %s\n", (long long)state->seen[i].sequence, state->seen[i].room);
    for (size_t i = 0; i < state->used_count; i++)
        (void)printf("one-shot %lld %s\n", (long long)state->used[i].sequence, state->used[i].room);
    return EXIT_SUCCESS;
}

/* The door opens only when the lock will remember it. */
static int present(const struct command *command, struct state_file *file, struct state *state)
{
    struct card card;
    char fault[400];
    kc_open_key *key = NULL;
    if (!card_read(command->card, &card, fault, sizeof fault))
        return fail(fault);
    enum verdict verdict = door_read(state, &card, &key);
    if (verdict == DOOR_OPENS) {
        verdict = door_decide(state, key, command->now != 0 ? command->now : (int64_t)time(NULL));
        if (verdict == DOOR_OPENS && !state_write(file, state, false)) {
            kc_open_key_unref(key);
            return fail(file->fault);
        }
    }
    if (verdict == DOOR_OPENS) {
        (void)printf("open: %s of %s", kc_kind_name(kc_open_key_get_kind(key)), kc_open_key_get_room(key, 0));
        show_time(", until ", kc_open_key_get_until(key));
        (void)printf("\n");
    } else {
        (void)printf("refused: %s: %s\n", door_word(verdict), door_sentence(verdict));
    }
    kc_open_key_unref(key);
    return verdict == DOOR_OPENS ? EXIT_SUCCESS : verdict == DOOR_FAULT ? EXIT_FAULT : EXIT_REFUSED;
}

int main(int count, char **arguments)
{
    struct command command = {.verb = NULL};
    struct state_file file = {.directory = -1};
    struct state state = {.site_number = 0};
    int status = read_command(count, arguments, &command);
    if (status >= 0)
        goto out;
    if (!state_open(&file, command.path))
        status = fail(file.fault);
    else if (strcmp(command.verb, "new") == 0)
        status = make(&command, &file);
    else if (!state_read(&file, &state))
        status = fail(file.fault);
    else
        status = strcmp(command.verb, "show") == 0 ? show(&state) : present(&command, &file, &state);
out:
    if (!program_has_printed(program))
        status = EXIT_FAULT;
    state_close(&file);
    state_free(&state);
    state_free(&command.lock);
    return status;
}
