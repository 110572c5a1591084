/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keycard-fias-gateway: for a PMS that speaks FIAS this is a lock system; behind it is any that libkeycard knows. The
 * command line, and the one loop. */
#include <errno.h>
#include <fcntl.h>
#include <keycard/keycard.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "../common/program.h"
#include "desk.h"
#include "say.h"

enum { FLAG_CONFIG = 256, FLAG_CHECK, FLAG_VERBOSE, FLAG_HELP, FLAG_VERSION };

static const struct option flags[] = {
    {"config", required_argument, NULL, FLAG_CONFIG}, {"check", no_argument, NULL, FLAG_CHECK},
    {"verbose", no_argument, NULL, FLAG_VERBOSE},     {"help", no_argument, NULL, FLAG_HELP},
    {"version", no_argument, NULL, FLAG_VERSION},     {NULL, 0, NULL, 0},
};

struct command {
    const char *config;
    bool check, verbose;
};

static void show_help(void)
{
    (void)printf("usage: keycard-fias-gateway --config FILE [--check] [--verbose]\n\n"
                 "For a PMS that speaks FIAS this is a lock system. Behind it are the lock systems of the file.\n\n"
                 "  --config FILE  the configuration file\n"
                 "  --check        check the file and exit\n"
                 "  --verbose      log more: the link, and the wire of the lock systems, guest data masked\n"
                 "  --help, --version\n\n"
                 "The sections [policy] and [system NAME] of the file are as in keycard.conf(5). Further:\n\n"
                 "  [encoders]  KEY CODER = ENCODER, or ENCODER@SYSTEM where there are several systems\n"
                 "  [options]   POSITION = AREA, for key options (KO); 3B is position 3 with B; - is: ignore it\n");
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting_facts *facts = &setting_facts[i];
        if (i == 0 || strcmp(facts->section, setting_facts[i - 1].section) != 0)
            (void)printf("\n[%s]\n", facts->section);
        (void)printf("  %s%s%s\n      %s\n", facts->name, facts->value[0] != '\0' ? " = " : "", facts->value,
                     facts->help);
    }
}

/* -1: go on; else the exit status. */
static int read_command(int count, char **arguments, struct command *command)
{
    opterr = 0;
    for (int code; (code = getopt_long(count, arguments, ":", flags, NULL)) != -1;) {
        switch (code) {
        case FLAG_CONFIG:
            command->config = optarg;
            break;
        case FLAG_CHECK:
            command->check = true;
            break;
        case FLAG_VERBOSE:
            command->verbose = true;
            break;
        case FLAG_HELP:
            show_help();
            return program_printed("keycard-fias-gateway");
        case FLAG_VERSION:
            (void)printf("keycard-fias-gateway %s\n", kc_version());
            return program_printed("keycard-fias-gateway");
        case ':':
            return program_complain("keycard-fias-gateway", arguments[optind - 1], " needs a value");
        default:
            return program_complain_unknown("keycard-fias-gateway", flags, arguments[optind - 1]);
        }
    }
    if (optind < count)
        return program_complain("keycard-fias-gateway", "one word too many: ", arguments[optind]);
    if (command->config == NULL)
        return program_complain("keycard-fias-gateway", "which configuration? --config FILE; see --help", "");
    return -1;
}

/* The wall clock of this process becomes that of the hotel; the library does not look at it. */
static bool take_time_zone(const struct settings *settings)
{
    char zone[120];
    (void)snprintf(zone, sizeof zone, ":%s", setting_text(settings, SETTING_TIME_ZONE));
    if (setenv("TZ", zone, 1) != 0)
        return false;
    tzset();
    return true;
}

/* ---- The loop -------------------------------------------------------------------------------------------------- */

static int wait_time(int64_t due)
{
    const int64_t left = due == INT64_MAX ? -1 : due - clock_now();
    if (due == INT64_MAX)
        return -1;
    return left <= 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

/* How often it was asked to end. */
static int take_signals(int signals)
{
    struct signalfd_siginfo info;
    int count = 0;
    while (read(signals, &info, sizeof info) == (ssize_t)sizeof info)
        count++;
    return count;
}

/* At the first signal nothing new is taken, and what runs gets its answer; at the second one the gateway ends at once,
 * and what ran stands in the ledger without an outcome. */
static int run(struct desk *desk, int signals)
{
    int asked = 0;
    bool ending = false;
    for (;;) {
        struct pollfd wait[2 + LINE_DESCRIPTORS] = {
            {.fd = kc_context_get_fd(desk->hotel.context), .events = POLLIN},
            {.fd = signals, .events = POLLIN},
        };
        if (!desk_run(desk))
            return EXIT_FAILURE;
        if (asked > 0 && !ending && !desk_is_busy(desk)) {
            ending = true;
            link_end(&desk->link);
        }
        if (asked > 1 || (ending && link_has_ended(&desk->link)))
            return EXIT_SUCCESS;
        line_poll(&desk->link.line, wait + 2);
        if (poll(wait, sizeof wait / sizeof *wait, wait_time(desk_due(desk))) < 0) {
            if (errno == EINTR)
                continue;
            say(KC_LOG_ERROR, "waiting failed: %s", strerror(errno));
            return EXIT_FAILURE;
        }
        if (wait[1].revents != 0) {
            asked += take_signals(signals);
            desk->closing = asked > 0;
        }
        link_run(&desk->link, wait + 2);
    }
}

static int serve(struct desk *desk, const struct settings *settings, const struct command *command)
{
    char fault[640], where[80];
    int exit_status = EXIT_FAILURE;
    const int signals = program_open_signals();
    if (signals < 0 || !take_time_zone(settings)) {
        say(KC_LOG_ERROR, "cannot be started: %s", strerror(errno));
    } else if (!desk_open(desk, settings, !command->check, fault, sizeof fault)) {
        say(KC_LOG_ERROR, "%s: %s", command->config, fault);
        exit_status = EXIT_USAGE;
    } else if (command->check) {
        (void)printf("keycard-fias-gateway: %s is good\n", command->config);
        exit_status = program_printed("keycard-fias-gateway");
    } else {
        line_where(&desk->link.line, where, sizeof where);
        (void)printf("keycard-fias-gateway: %s %s\n", where[0] != '\0' ? "listening on" : "dialling",
                     where[0] != '\0' ? where : setting_text(settings, SETTING_CONNECT));
        (void)fflush(stdout);
        exit_status = run(desk, signals);
    }
    if (signals >= 0)
        close(signals);
    return exit_status;
}

int main(int count, char **arguments)
{
    struct command command = {.config = NULL};
    struct settings settings;
    char fault[640];
    memset(&settings, 0, sizeof settings);
    if (!program_open_streams())
        return EXIT_FAILURE;
    int exit_status = read_command(count, arguments, &command);
    if (exit_status >= 0)
        return exit_status;
    say_level(command.verbose ? KC_LOG_DEBUG : KC_LOG_INFO);
    struct desk *desk = desk_new();
    if (desk == NULL) {
        say(KC_LOG_ERROR, "memory is used up");
        return EXIT_FAILURE;
    }
    if (settings_read(command.config, &settings, fault, sizeof fault)) {
        exit_status = serve(desk, &settings, &command);
    } else {
        say(KC_LOG_ERROR, "%s", fault);
        exit_status = EXIT_USAGE;
    }
    desk_free(desk);
    settings_free(&settings);
    return exit_status;
}
