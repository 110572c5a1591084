/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small PMS in a browser: the start, the one loop, and the end. */
#include "../common/clock.h"
#include "../common/program.h"
#include "jobs.h"
#include "stream.h"
#include "web.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BEAT_MILLISECONDS = 15000 };

static const char usage[] = "usage: frontdesk --config FILE [--listen HOST:PORT] [--web FOLDER]\n"
                            "       frontdesk --hash-password | --help\n";

struct arguments {
    const char *config, *listen, *web;
};

/* -1: go on; else the exit status. */
static int parse(int argc, char *const *argv, struct arguments *arguments)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'}, {"listen", required_argument, NULL, 'l'},
        {"web", required_argument, NULL, 'w'},    {"hash-password", no_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        switch (option) {
        case 'c':
            arguments->config = optarg;
            break;
        case 'l':
            arguments->listen = optarg;
            break;
        case 'w':
            arguments->web = optarg;
            break;
        case 'p':
            return secret_print_hash();
        case 'h':
            fputs(usage, stdout);
            return program_printed("frontdesk");
        case ':':
            return program_complain("frontdesk", argv[optind - 1], " needs a value");
        default:
            return program_complain_unknown("frontdesk", options, argv[optind - 1]);
        }
    }
    if (optind < argc)
        return program_complain("frontdesk", "one word too many: ", argv[optind]);
    if (arguments->config == NULL)
        return program_complain("frontdesk", "which configuration? --config FILE; see --help", "");
    return -1;
}

struct station *desk_station(const struct desk *desk, const char *name)
{
    for (size_t i = 0; i < desk->station_count; i++) {
        if (strcmp(desk->stations[i].name, name) == 0)
            return &desk->stations[i];
    }
    return NULL;
}

void desk_remember_encoder(struct desk *desk, const char *station, const char *encoder, const char *system)
{
    struct station *place = desk_station(desk, station);
    char *encoder_copy = strdup(encoder), *system_copy = strdup(system);
    if (place == NULL || encoder_copy == NULL || system_copy == NULL) {
        free(encoder_copy);
        free(system_copy);
        return;
    }
    free(place->encoder);
    free(place->system);
    place->encoder = encoder_copy;
    place->system = system_copy;
}

/* A name that a cookie can carry. */
static bool open_stations(struct desk *desk)
{
    static const char taken[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.";
    const size_t count = settings_count(&desk->settings, "station");
    desk->stations = calloc(count + 1, sizeof *desk->stations);
    if (desk->stations == NULL || count == 0) {
        fprintf(stderr, "frontdesk: %s: no station is named\n", desk->settings.path);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = settings_item(&desk->settings, "station", i);
        if (strspn(name, taken) != strlen(name) || strlen(name) > 40) {
            fprintf(stderr, "frontdesk: a station has letters, digits, hyphens and dots only, not \"%s\"\n", name);
            return false;
        }
        desk->stations[desk->station_count++].name = name;
    }
    return true;
}

/* "area = NAME LABEL" */
static bool open_areas(struct desk *desk)
{
    desk->hotel.areas = json_array();
    for (size_t i = 0; settings_item(&desk->settings, "area", i) != NULL; i++) {
        const char *text = settings_item(&desk->settings, "area", i);
        const size_t length = strcspn(text, " ");
        const char *label = text[length] != '\0' ? text + length + 1 : text;
        if (json_array_append_new(desk->hotel.areas, json_pack("{ss% ss}", "name", text, length, "label", label)) !=
            0) {
            fprintf(stderr, "frontdesk: the area \"%s\" is not valid UTF-8\n", text);
            return false;
        }
    }
    return desk->hotel.areas != NULL;
}

static const char *listen_address(const struct desk *desk, const struct arguments *arguments)
{
    return arguments->listen != NULL ? arguments->listen : settings_value(&desk->settings, "listen", "127.0.0.1:8480");
}

static bool desk_open(struct desk *desk, const struct arguments *arguments)
{
    const struct settings *settings = &desk->settings;
    if (!settings_read(&desk->settings, arguments->config) || !logins_check(settings))
        return false;
    desk->logins.settings = settings;
    const int remote = settings_switch(settings, "allow-remote"), secure = settings_switch(settings, "secure-cookies");
    const char *bookings = settings_value(settings, "bookings", NULL);
    if (remote < 0 || secure < 0)
        return false;
    if (bookings == NULL) {
        fprintf(stderr, "frontdesk: %s: no file of bookings is named\n", settings->path);
        return false;
    }
    desk->secure_cookies = secure == 1;
    return open_stations(desk) && open_areas(desk) && assets_open(&desk->assets, arguments->web) &&
           hotel_open(&desk->hotel, bookings) && systems_open(desk) &&
           desk_listen(desk, listen_address(desk, arguments), remote == 1);
}

static void desk_close(struct desk *desk)
{
    desk->closing = true;
    stream_end(desk, NULL);
    jobs_close(desk);
    web_drain(&desk->web);
    web_close(&desk->web);
    systems_close(desk);
    hotel_close(&desk->hotel);
    logins_free(&desk->logins);
    assets_free(&desk->assets);
    for (size_t i = 0; i < desk->station_count; i++) {
        free(desk->stations[i].encoder);
        free(desk->stations[i].system);
    }
    free(desk->stations);
    settings_free(&desk->settings);
}

/* How long the loop may sleep. */
static int patience(const struct desk *desk, int64_t next_beat)
{
    const int64_t wait = next_beat - clock_now();
    return wait > 0 ? web_patience(&desk->web, (int)wait) : 0;
}

/* The library and the web server, in turn, in one thread. */
static int run(struct desk *desk, int signals)
{
    struct pollfd wait[] = {{.fd = kc_context_get_fd(desk->context), .events = POLLIN},
                            {.fd = web_descriptor(&desk->web), .events = POLLIN},
                            {.fd = signals, .events = POLLIN}};
    int64_t next_beat = clock_now() + BEAT_MILLISECONDS;
    for (;;) {
        if (poll(wait, sizeof wait / sizeof *wait, patience(desk, next_beat)) < 0 && errno != EINTR) {
            perror("frontdesk: poll");
            return EXIT_FAILURE;
        }
        if (kc_context_dispatch(desk->context) != KC_OK) {
            fputs("frontdesk: the library cannot go on\n", stderr);
            return EXIT_FAILURE;
        }
        jobs_take_events(desk);
        if (clock_now() >= next_beat) {
            stream_beat(desk);
            next_beat = clock_now() + BEAT_MILLISECONDS;
        }
        if (program_must_end(signals))
            return EXIT_SUCCESS;
        web_run(&desk->web);
    }
}

static void print_address(const struct desk *desk, const struct arguments *arguments)
{
    const char *listen = listen_address(desk, arguments);
    printf("frontdesk: http://%.*s:%u/\n", (int)(strrchr(listen, ':') - listen), listen, web_port(&desk->web));
}

int main(int argc, char **argv)
{
    struct arguments arguments = {.web = FRONTDESK_WEB};
    struct desk desk = {.context = NULL};
    if (!program_open_streams())
        return EXIT_FAILURE;
    int status = parse(argc, argv, &arguments);
    if (status >= 0)
        return status;
    const int signals = program_open_signals();
    status = EXIT_FAILURE;
    if (signals >= 0 && desk_open(&desk, &arguments)) {
        systems_discover(&desk);
        print_address(&desk, &arguments);
        fflush(stdout);
        status = run(&desk, signals);
    }
    desk_close(&desk);
    if (signals >= 0)
        close(signals);
    return status;
}
