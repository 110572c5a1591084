/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program keycard-sim: options, the first line, and the end. */
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "protocol.h"
#include "server.h"

enum { STATUS_FAILED = 1, STATUS_USAGE = 2 };

static const char usage[] =
    "usage: keycard-sim DRIVER [--listen HOST:PORT | --connect HOST:PORT | --pty]\n"
    "                   [--profile NAME] [--encoder NAME]... [--room R]...\n"
    "                   [--fault NAME[:ARG][@N]]... [--hand-ms N] [--journal FILE]\n"
    "                   [--cards FOLDER]\n"
    "                   [--path PATH] [--tls-certificate FILE --tls-key FILE]\n"
    "                   [--user NAME --password TEXT] [--delivery-ms N] [--no-phone NUMBER]...\n"
    "                   [--copies-at-most N] [--image-bytes N]\n"
    "                   [--card FILE] [--site-number N] [--site-key HEX]\n";

static const char help[] =
    "\nA simulated lock system: answers like the real one, on a TCP port or a pseudo-terminal.\n"
    "The first line it prints is \"keycard-sim: DRIVER on ADDRESS\". It runs until SIGTERM or SIGINT.\n"
    "\n"
    "  --listen HOST:PORT  where to listen (127.0.0.1:0); port 0 picks a free one\n"
    "  --connect HOST:PORT dial in there instead, again and again after a loss\n"
    "  --pty               make a pseudo-terminal instead, as if it were a serial line\n"
    "  --profile NAME      the habits of a product\n"
    "  --encoder NAME      an encoder of the lock system; without any, every name is known\n"
    "  --room R            a room of the lock system; without any, every room is known\n"
    "  --fault FAULT       something goes wrong, NAME[:ARG][@N]; @N: with the Nth request only\n"
    "  --hand-ms N         milliseconds until a card is presented (0); -1: nobody comes\n"
    "  --journal FILE      append what was received and done, one JSON object a line\n"
    "  --cards FOLDER      each card that a reader wrote, as keycard-lock takes it\n"
    "  --help, --version\n"
    "\n"
    "of systems that return keys as bytes:\n"
    "  --image-bytes N         how many, 1 to 4096 (48)\n"
    "\n"
    "of services over HTTP:\n"
    "  --path PATH             where the service is (/MessengerPMSWS.asmx)\n"
    "  --tls-certificate FILE  HTTPS with this certificate (PEM) and\n"
    "  --tls-key FILE          its key\n"
    "  --user NAME             who may ask; without it, everyone\n"
    "  --password TEXT         and what that needs\n"
    "  --delivery-ms N         milliseconds until a mobile key is delivered (0); -1: never\n"
    "  --no-phone NUMBER       a phone to which no key can be delivered\n"
    "  --copies-at-most N      duplicates for each reservation; without it, any number\n"
    "\n"
    "of devices that write cards themselves:\n"
    "  --card FILE             the card in the hand, as for keycard-lock\n"
    "  --site-number N         the number of the property in open keys (1)\n"
    "  --site-key HEX          and their secret, 64 digits (000102...1F)\n"
    "\n"
    "faults:\n"
    "  nak[:N]             refuse N times in a row (1), then take the request\n"
    "  busy[:N]            refuse N ENQs (1), or answer \"encoder busy\" where no ENQ comes\n"
    "  silent-before-ack   do it and send nothing\n"
    "  silent-after-ack    acknowledge, do it and send nothing more\n"
    "  drop-after-request  close the connection before the acknowledgement, do nothing\n"
    "  drop-after-ack      close the connection after the acknowledgement, do it\n"
    "  drop-at:BYTE        do it, close after so many bytes of acknowledgement and answer\n"
    "  late:MS             answer so much later\n"
    "  twice               answer twice\n"
    "  bad-check           answer with a wrong check byte\n"
    "  garbage[:N]         send N bytes of noise (16) before the answer\n"
    "  split[:MS]          send byte by byte, MS milliseconds (1) apart\n"
    "  glue                send acknowledgement and answer in one piece\n"
    "  error:CODE          answer with an error code, do nothing\n"
    "  unreadable[:N]      the first N swipes (1) that read the card back fail\n"
    "  lost                say that the card was written, and do not\n"
    "  leaves[:N]          take the card away instead of its Nth write (1)\n"
    "  http-status:NNN     answer with this HTTP status; 300 to 499 and 503: do nothing\n"
    "  html                do it and answer with a page of HTML\n"
    "  soap-fault          do it and answer with a SOAP fault and status 500\n"
    "  undeliverable       never deliver the mobile key\n";

/* A list of words that ends with NULL. */
struct words {
    const char **items;
    size_t count;
};

struct arguments {
    struct words encoders, rooms, faults, no_phones;
    struct simulator_options options;
};

static int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int usage_error(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    fputs("keycard-sim: ", stderr);
    vfprintf(stderr, format, values);
    va_end(values);
    fprintf(stderr, "\n%sTry \"keycard-sim --help\".\n", usage);
    return STATUS_USAGE;
}

static int add_word(struct words *words, const char *word)
{
    const char **items = reallocarray(words->items, words->count + 2, sizeof *items);
    if (items == NULL) {
        return -1;
    }
    words->items = items;
    items[words->count++] = word;
    items[words->count] = NULL;
    return 0;
}

static void print_drivers(FILE *to)
{
    fputs("\ndrivers:\n", to);
    for (size_t i = 0; protocol_at(i) != NULL; i++) {
        fprintf(to, "  %-19s %s\n", protocol_at(i)->name, protocol_at(i)->label);
    }
}

/* Milliseconds up to a day, or -1 for never. */
static int parse_delay(const char *option, const char *text, int64_t *delay_ms)
{
    char *end = NULL;
    const long long value = strtoll(text, &end, 10);
    const char *digits = text[0] == '-' ? text + 1 : text;
    if (digits[0] < '0' || digits[0] > '9' || *end != '\0' || value < -1 || value > 86400000) {
        return usage_error("%s needs milliseconds from 0 to 86400000, or -1 for never, not \"%.40s\"", option, text);
    }
    *delay_ms = value;
    return 0;
}

static int parse_copies(const char *text, int *copies)
{
    const size_t length = strlen(text);
    if (length < 1 || length > 6 || strspn(text, "0123456789") != length) {
        return usage_error("--copies-at-most needs a number from 0 to 999999, not \"%.40s\"", text);
    }
    *copies = (int)strtol(text, NULL, 10);
    return 0;
}

static int parse_image_bytes(const char *text, size_t *bytes)
{
    const size_t length = strlen(text);
    *bytes = length <= 4 && strspn(text, "0123456789") == length ? strtoul(text, NULL, 10) : 0;
    if (*bytes == 0 || *bytes > LOCK_IMAGE_MOST) {
        return usage_error("--image-bytes needs a number from 1 to %d, not \"%.40s\"", LOCK_IMAGE_MOST, text);
    }
    return 0;
}

static int check_faults(const struct words *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct fault fault;
        char message[SIMULATOR_MESSAGE_SIZE];
        if (fault_parse(faults->items[i], &fault, message, sizeof message) != 0) {
            return usage_error("%s", message);
        }
    }
    return 0;
}

/* Options of services over HTTP and of devices. */
static int take_service_option(int option, struct simulator_options *options, struct words *no_phones)
{
    switch (option) {
    case 'a':
        options->path = optarg;
        return 0;
    case 'c':
        options->tls_certificate = optarg;
        return 0;
    case 'k':
        options->tls_key = optarg;
        return 0;
    case 'u':
        options->user = optarg;
        return 0;
    case 'w':
        options->password = optarg;
        return 0;
    case 'd':
        return parse_delay("--delivery-ms", optarg, &options->delivery_ms);
    case 'n':
        return add_word(no_phones, optarg);
    case 'x':
        return parse_copies(optarg, &options->copies_at_most);
    case 'i':
        return parse_image_bytes(optarg, &options->image_bytes);
    case 'C':
        options->card = optarg;
        return 0;
    case 'N':
        options->site_number = optarg;
        return 0;
    case 'K':
        options->site_key = optarg;
        return 0;
    default:
        fprintf(stderr, "%sTry \"keycard-sim --help\".\n", usage);
        return STATUS_USAGE;
    }
}

static int take_option(int option, struct arguments *arguments)
{
    switch (option) {
    case 'l':
        arguments->options.listen = optarg;
        return 0;
    case 't':
        arguments->options.connect = optarg;
        return 0;
    case 'f' + 256:
        arguments->options.profile = optarg;
        return 0;
    case 'p':
        arguments->options.pseudo_terminal = true;
        return 0;
    case 'e':
        return add_word(&arguments->encoders, optarg);
    case 'r':
        return add_word(&arguments->rooms, optarg);
    case 'f':
        return add_word(&arguments->faults, optarg);
    case 'm':
        return parse_delay("--hand-ms", optarg, &arguments->options.hand_ms);
    case 'j':
        arguments->options.journal = optarg;
        return 0;
    case 'b':
        arguments->options.cards = optarg;
        return 0;
    default:
        return take_service_option(option, &arguments->options, &arguments->no_phones);
    }
}

/* Returns 0 to go on, -1 to end well (help was shown), or the exit status. */
static int parse(int argc, char *const *argv, struct arguments *arguments)
{
    static const struct option options[] = {{"listen", required_argument, NULL, 'l'},
                                            {"connect", required_argument, NULL, 't'},
                                            {"profile", required_argument, NULL, 'f' + 256},
                                            {"pty", no_argument, NULL, 'p'},
                                            {"encoder", required_argument, NULL, 'e'},
                                            {"room", required_argument, NULL, 'r'},
                                            {"fault", required_argument, NULL, 'f'},
                                            {"hand-ms", required_argument, NULL, 'm'},
                                            {"journal", required_argument, NULL, 'j'},
                                            {"cards", required_argument, NULL, 'b'},
                                            {"path", required_argument, NULL, 'a'},
                                            {"tls-certificate", required_argument, NULL, 'c'},
                                            {"tls-key", required_argument, NULL, 'k'},
                                            {"user", required_argument, NULL, 'u'},
                                            {"password", required_argument, NULL, 'w'},
                                            {"delivery-ms", required_argument, NULL, 'd'},
                                            {"no-phone", required_argument, NULL, 'n'},
                                            {"copies-at-most", required_argument, NULL, 'x'},
                                            {"image-bytes", required_argument, NULL, 'i'},
                                            {"card", required_argument, NULL, 'C'},
                                            {"site-number", required_argument, NULL, 'N'},
                                            {"site-key", required_argument, NULL, 'K'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'v'},
                                            {NULL, 0, NULL, 0}};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h') {
            printf("%s%s", usage, help);
            print_drivers(stdout);
            return -1;
        }
        if (option == 'v') {
            puts("keycard-sim " KEYCARD_VERSION);
            return -1;
        }
        const int status = take_option(option, arguments);
        if (status != 0) {
            return status < 0 ? STATUS_FAILED : status;
        }
    }
    if (optind >= argc) {
        return usage_error("which driver? say for example \"keycard-sim salto\"");
    }
    if (optind + 1 < argc) {
        return usage_error("\"%.60s\" is one word too many after the driver", argv[optind + 1]);
    }
    arguments->options.driver = argv[optind];
    if (protocol_find(arguments->options.driver) == NULL) {
        const int status = usage_error("there is no simulator for \"%.60s\"", arguments->options.driver);
        print_drivers(stderr);
        return status;
    }
    if (arguments->options.pseudo_terminal + (arguments->options.listen != NULL) +
            (arguments->options.connect != NULL) >
        1) {
        return usage_error("--listen, --connect and --pty exclude each other");
    }
    return check_faults(&arguments->faults);
}

/* SIGTERM and SIGINT become readable. */
static int stop_signals(void)
{
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    if (sigprocmask(SIG_BLOCK, &stop, NULL) != 0) {
        return -1;
    }
    return signalfd(-1, &stop, SFD_CLOEXEC);
}

static int run(struct arguments *arguments)
{
    char message[SIMULATOR_MESSAGE_SIZE];
    struct simulator_options *options = &arguments->options;
    options->encoders = arguments->encoders.items;
    options->rooms = arguments->rooms.items;
    options->faults = arguments->faults.items;
    options->no_phones = arguments->no_phones.items;
    const int stop_fd = stop_signals();
    if (stop_fd < 0) {
        perror("keycard-sim: signalfd");
        return STATUS_FAILED;
    }
    int status = STATUS_FAILED;
    struct server *server = server_new(options, message);
    if (server == NULL) {
        fprintf(stderr, "keycard-sim: %s\n", message);
    } else if (printf("keycard-sim: %s on %s\n", options->driver, server->address) < 0 || fflush(stdout) != 0) {
        perror("keycard-sim: standard output");
    } else if (!server_run(server, stop_fd)) {
        fprintf(stderr, "keycard-sim: %s\n", server->failure);
    } else {
        status = EXIT_SUCCESS;
    }
    server_free(server);
    close(stop_fd);
    return status;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    memset(&arguments, 0, sizeof arguments);
    int status = parse(argc, argv, &arguments);
    if (status == 0) {
        status = run(&arguments);
    } else if (status < 0) {
        status = fflush(stdout) == 0 && !ferror(stdout) ? EXIT_SUCCESS : STATUS_FAILED;
        if (status != EXIT_SUCCESS) {
            perror("keycard-sim: standard output");
        }
    }
    free(arguments.encoders.items);
    free(arguments.rooms.items);
    free(arguments.faults.items);
    free(arguments.no_phones.items);
    return status;
}
