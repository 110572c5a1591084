/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keycard-httpd: room keys over HTTP, for products that cannot link C. The command line, and the one loop. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "../common/clock.h"
#include "../common/program.h"
#include "track.h"

enum { BEAT_MILLISECONDS = 15000 };
enum { FLAG_CONFIG = 256, FLAG_LISTEN, FLAG_CHECK, FLAG_NEW_TOKEN, FLAG_VERBOSE, FLAG_HELP, FLAG_VERSION };

static const struct option flags[] = {
    {"config", required_argument, NULL, FLAG_CONFIG}, {"listen", required_argument, NULL, FLAG_LISTEN},
    {"check", no_argument, NULL, FLAG_CHECK},         {"new-token", no_argument, NULL, FLAG_NEW_TOKEN},
    {"verbose", no_argument, NULL, FLAG_VERBOSE},     {"help", no_argument, NULL, FLAG_HELP},
    {"version", no_argument, NULL, FLAG_VERSION},     {NULL, 0, NULL, 0},
};

static const char help[] =
    "usage: keycard-httpd --config FILE [--listen HOST:PORT] [--check] [--verbose]\n"
    "       keycard-httpd --new-token\n"
    "\n"
    "Room keys over HTTP: the verbs of libkeycard as JSON. GET /openapi.json describes the interface.\n"
    "\n"
    "  --config FILE       the configuration file\n"
    "  --listen HOST:PORT  instead of that in the file\n"
    "  --check             check the file and exit\n"
    "  --new-token         print a new token, and its hash for the file\n"
    "  --verbose           log more: the wire of the lock systems, guest data masked\n"
    "  --help, --version\n"
    "\n"
    "The file, with the defaults:\n"
    "\n"
    "  [httpd]          listen = 127.0.0.1:8490, allow-remote = no, certificate = FILE, private-key = FILE\n"
    "  [keycard]        ledger = URI, site = hotel, time-zone = UTC, check-in = 15:00, check-out = 11:00\n"
    "  [policy], [system NAME]  as in keycard.conf(5)\n"
    "  [token NAME]     sha256 = HASH, may = all or read\n";

struct command {
    const char *config, *listen;
    bool check, verbose;
};

/* -1: go on; else the exit status. */
static int read_command(int count, char **arguments, struct command *command)
{
    opterr = 0;
    for (int code; (code = getopt_long(count, arguments, ":", flags, NULL)) != -1;) {
        switch (code) {
        case FLAG_CONFIG:
            command->config = optarg;
            break;
        case FLAG_LISTEN:
            command->listen = optarg;
            break;
        case FLAG_CHECK:
            command->check = true;
            break;
        case FLAG_VERBOSE:
            command->verbose = true;
            break;
        case FLAG_NEW_TOKEN:
            return token_print_new();
        case FLAG_HELP:
            (void)fputs(help, stdout);
            return program_printed("keycard-httpd");
        case FLAG_VERSION:
            (void)printf("keycard-httpd %s\n", kc_version());
            return program_printed("keycard-httpd");
        case ':':
            return program_complain("keycard-httpd", arguments[optind - 1], " needs a value");
        default:
            return program_complain_unknown("keycard-httpd", flags, arguments[optind - 1]);
        }
    }
    if (optind < count)
        return program_complain("keycard-httpd", "one word too many: ", arguments[optind]);
    if (command->config == NULL)
        return program_complain("keycard-httpd", "which configuration? --config FILE; see --help", "");
    return -1;
}

/* ---- Opening --------------------------------------------------------------------------------------------------- */

static void log_line(void *user, int32_t level, const char *domain, const char *message)
{
    (void)user, (void)level;
    (void)fprintf(stderr, "keycard-httpd: %s: %s\n", domain, message);
}

static bool open_property(struct service *service, bool verbose, char *fault, size_t size)
{
    const struct settings *settings = &service->settings;
    const struct property_settings wanted = {
        .ledger = settings_value(settings, "ledger"),
        .site = settings_value(settings, "site"),
        .time_zone = settings_value(settings, "time-zone"),
        .check_in = settings_value(settings, "check-in"),
        .check_out = settings_value(settings, "check-out"),
        .policies = &settings->policies,
        .systems = &settings->systems,
        .log = log_line,
    };
    if (!property_open(&service->property, &wanted, fault, size))
        return false;
    /* what other stations do is told to those who listen; a ledger that nobody else can write has nothing to tell */
    const int32_t status = kc_context_watch_ledger(service->property.context, 0);
    if (status != KC_OK && status != KC_ERROR_NOT_OFFERED) {
        const char *message = kc_error_get_message(kc_context_get_error(service->property.context));
        (void)snprintf(fault, size, "ledger: %s", message[0] != '\0' ? message : kc_status_text(status));
        return false;
    }
    /* what is plugged in, too; the keys do not depend on it */
    if (kc_context_watch_devices(service->property.context, KC_DEVICES_LIST) != KC_OK)
        (void)fprintf(stderr, "keycard-httpd: devices are not watched: %s\n",
                      kc_error_get_message(kc_context_get_error(service->property.context)));
    if (!verbose)
        (void)kc_context_set_log(service->property.context, log_line, NULL, KC_LOG_WARNING);
    return true;
}

static void handle(struct web_request *web)
{
    struct request *request = (struct request *)web;
    request->service = (struct service *)web->web; /* its first member */
    route(request);
}

static void release(struct web_request *web)
{
    struct request *request = (struct request *)web;
    if (request->service != NULL)
        track_gone(request);
}

/* With --check it says only whether it would listen there. */
static bool open_web(struct service *service, const struct command *command)
{
    static const char *const methods[] = {"GET", "POST", NULL};
    static const char *const headers[][2] = {
        {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cache-Control", "no-store"},
        {NULL, NULL},
    };
    const struct settings *settings = &service->settings;
    const struct web_options options = {
        .program = "keycard-httpd",
        .listen = command->listen != NULL ? command->listen : settings_value(settings, "listen"),
        .allow_remote = strcmp(settings_value(settings, "allow-remote"), "yes") == 0,
        .remote_advice = "allow-remote = yes, and TLS",
        .certificate = settings->certificate,
        .private_key = settings->private_key,
        .methods = methods,
        .headers = headers,
        .request_size = sizeof(struct request),
        .largest_body = LARGEST_BODY,
        .handle = handle,
        .release = release,
    };
    return command->check ? web_check(&options) : web_open(&service->web, &options);
}

/* ---- The loop -------------------------------------------------------------------------------------------------- */

static bool may_listen(const void *data, const char *owner)
{
    (void)data, (void)owner;
    return true;
}

static void end_answers(struct service *service)
{
    service->closing = true;
    streams_end(&service->streams, NULL);
    track_close(service);
    web_drain(&service->web);
}

/* The library and the web server, in turn, in one thread. */
static int run(struct service *service, int signals)
{
    int64_t next_beat = clock_now() + BEAT_MILLISECONDS;
    struct pollfd wait[] = {{.fd = kc_context_get_fd(service->property.context), .events = POLLIN},
                            {.fd = web_descriptor(&service->web), .events = POLLIN},
                            {.fd = signals, .events = POLLIN}};
    for (;;) {
        const int64_t beat = next_beat - clock_now();
        const int patience = track_patience(service, web_patience(&service->web, beat > 0 ? (int)beat : 0));
        if (poll(wait, sizeof wait / sizeof *wait, patience) < 0 && errno != EINTR) {
            perror("keycard-httpd: poll");
            return EXIT_FAILURE;
        }
        if (kc_context_dispatch(service->property.context) != KC_OK) {
            (void)fputs("keycard-httpd: the library cannot go on\n", stderr);
            return EXIT_FAILURE;
        }
        track_events(service);
        if (clock_now() >= next_beat) {
            streams_beat(&service->streams, may_listen, NULL);
            next_beat = clock_now() + BEAT_MILLISECONDS;
        }
        if (program_must_end(signals))
            return EXIT_SUCCESS;
        web_run(&service->web);
    }
}

static int serve(struct service *service, const struct command *command, int signals)
{
    char fault[640] = "";
    if (!settings_read(command->config, &service->settings, fault, sizeof fault)) {
        (void)fprintf(stderr, "keycard-httpd: %s\n", fault);
        return EXIT_USAGE;
    }
    if (!open_property(service, command->verbose, fault, sizeof fault)) {
        (void)fprintf(stderr, "keycard-httpd: %s: %s\n", command->config, fault);
        return EXIT_USAGE;
    }
    if (!open_web(service, command))
        return EXIT_FAILURE;
    if (command->check) {
        (void)printf("keycard-httpd: %s is good\n", command->config);
        return program_printed("keycard-httpd");
    }
    const char *listen = service->web.options.listen;
    (void)printf("keycard-httpd: http%s://%.*s:%u/\n", service->settings.certificate != NULL ? "s" : "",
                 (int)(strrchr(listen, ':') - listen), listen, web_port(&service->web));
    (void)fflush(stdout);
    const int status = run(service, signals);
    end_answers(service);
    return status;
}

int main(int count, char **arguments)
{
    struct command command = {.config = NULL};
    if (!program_open_streams())
        return EXIT_FAILURE;
    int status = read_command(count, arguments, &command);
    if (status >= 0)
        return status;
    struct service *service = calloc(1, sizeof *service);
    const int signals = program_open_signals();
    status = EXIT_FAILURE;
    if (service != NULL && signals >= 0) {
        status = serve(service, &command, signals);
        web_close(&service->web);
        property_close(&service->property);
        settings_free(&service->settings);
    }
    free(service);
    if (signals >= 0)
        close(signals);
    return status;
}
