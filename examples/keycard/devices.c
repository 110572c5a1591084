/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keycard devices: what may be an encoder, at lock systems and on this computer, as one list; who a device is; and what
 * comes and goes, until Ctrl-C. */
#include "json.h"
#include "session.h"
#include "table.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct looking {
    struct session *session;
    const char *name; /* of the only device that is of interest, or NULL */
    kc_op *discovery; /* which asked the lock systems, or NULL */
    int32_t left;     /* changes to show; 0 without limit */
    bool over;
};

/* ---- Which one ------------------------------------------------------------------------------------------------- */

/* Whether this is a link to the file of the port, as those in /dev/serial/by-id are. */
static bool is_link_to(const char *path, const char *node)
{
    char target[PATH_MAX];
    const ssize_t length = path[0] == '/' ? readlink(path, target, sizeof target - 1) : -1;
    if (length <= 0)
        return false;
    target[length] = '\0';
    const char *slash = strrchr(target, '/');
    return strcmp(slash != NULL ? slash + 1 : target, node) == 0;
}

/* By its name, its place, with or without "/dev/", or a link to the file of its port. */
static bool is_meant(const struct looking *looking, const kc_device *device)
{
    const char *name = looking->name, *place = kc_device_get_place(device);
    const char *node = strncmp(place, "/dev/", 5) == 0 ? place + 5 : NULL;
    return name == NULL || strcmp(name, kc_device_get_name(device)) == 0 || strcmp(name, place) == 0 ||
           (node != NULL && (strcmp(name, node) == 0 || is_link_to(name, node)));
}

static kc_device *find_meant(const struct looking *looking)
{
    const kc_context *context = looking->session->context;
    for (int32_t i = 0; i < kc_context_get_device_count(context); i++) {
        if (is_meant(looking, kc_context_get_device(context, i)))
            return kc_context_get_device(context, i);
    }
    return NULL;
}

static int complain_missing(const struct looking *looking)
{
    enum { MOST = 64 };
    const char *names[2 * MOST + 1] = {NULL};
    struct complaint complaint;
    const kc_context *context = looking->session->context;
    for (int32_t i = 0; i < kc_context_get_device_count(context) && i < MOST; i++) {
        names[2 * i] = kc_device_get_name(kc_context_get_device(context, i));
        names[2 * i + 1] = kc_device_get_place(kc_context_get_device(context, i));
    }
    const char *nearest = nearest_name(looking->name, names);
    complain(&complaint, "", "no device \"%s\" is plugged into this computer%s%s%s", looking->name,
             nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "; keycard devices lists them",
             nearest != NULL ? "\"?" : "");
    return session_complain(looking->session, &complaint);
}

/* ---- The list -------------------------------------------------------------------------------------------------- */

/* The encoder of the system, if discovery told of one. */
static const kc_encoder *encoder_of(const kc_op *discovery, const kc_system *system)
{
    for (int32_t i = 0; system != NULL && i < kc_op_get_encoder_count(discovery); i++) {
        if (kc_encoder_get_system(kc_op_get_encoder(discovery, i)) == system)
            return kc_op_get_encoder(discovery, i);
    }
    return NULL;
}

/* Whether the encoder is one of the devices, which have lines of their own. */
static bool is_device(const kc_context *context, const kc_encoder *encoder)
{
    for (int32_t i = 0; i < kc_context_get_device_count(context); i++) {
        if (kc_device_get_system(kc_context_get_device(context, i)) == kc_encoder_get_system(encoder))
            return true;
    }
    return false;
}

/* What it said when it was asked comes first. */
static char *what_it_is(const kc_device *device)
{
    char *text = NULL;
    const char *model = kc_device_get_model(device), *firmware = kc_device_get_firmware(device);
    if (asprintf(&text, "%s%s%s%s%s", model, firmware[0] != '\0' ? " " : "", firmware, model[0] != '\0' ? ", " : "",
                 kc_device_get_label(device)) < 0)
        return NULL;
    return text;
}

/* The URI for the driver; without one, what a URI for it begins with. Owned by the caller. */
static char *uri_for(const kc_device *device, const kc_driver *driver)
{
    char *text = NULL;
    const bool serial = kc_device_get_vendor_id(device) < 0;
    if (driver != NULL)
        return strdup(kc_device_get_uri(device, driver));
    if (asprintf(&text, "DRIVER+%s:%s", kc_device_get_transport(device),
                 serial ? kc_device_get_place(device) : kc_device_get_name(device)) < 0)
        return NULL;
    return text;
}

enum { COLUMNS = 9 };

/* One line for the device, and one for each further driver that might take it. */
static void add_device(struct table *table, const struct looking *looking, const kc_device *device)
{
    const kc_system *system = kc_device_get_system(device);
    const kc_encoder *encoder = encoder_of(looking->discovery, system);
    const char *state = encoder != NULL ? kc_encoder_state_name(kc_encoder_get_state(encoder))
                                        : kc_device_state_name(kc_device_get_state(device));
    const char *since = encoder != NULL ? kc_encoder_get_last_contact(encoder) : kc_device_get_since(device);
    char *what = what_it_is(device);
    for (int32_t i = 0; i == 0 || kc_device_get_driver(device, i) != NULL; i++) {
        const kc_driver *driver = kc_device_get_driver(device, i);
        char *uri = uri_for(device, driver);
        const bool first = i == 0;
        const char *const cells[COLUMNS] = {first ? kc_device_get_name(device) : "",
                                            first ? kc_device_get_transport(device) : "",
                                            first && what != NULL ? what : "",
                                            driver != NULL ? kc_driver_get_name(driver) : "",
                                            first ? state : "",
                                            first ? since : "",
                                            first && system != NULL ? kc_system_get_name(system) : "",
                                            first ? kc_encoder_get_name(encoder) : "",
                                            uri != NULL ? uri : ""};
        table_add(table, cells);
        free(uri);
    }
    free(what);
}

static void add_encoder(struct table *table, const kc_encoder *encoder)
{
    const kc_system *system = kc_encoder_get_system(encoder);
    const kc_driver *driver = kc_system_get_driver(system);
    const char *const cells[COLUMNS] = {kc_encoder_get_name(encoder),
                                        "encoder",
                                        kc_driver_get_label(driver),
                                        kc_driver_get_name(driver),
                                        kc_encoder_state_name(kc_encoder_get_state(encoder)),
                                        kc_encoder_get_last_contact(encoder),
                                        kc_system_get_name(system),
                                        kc_encoder_get_name(encoder),
                                        ""};
    table_add(table, cells);
}

static void show_troubles(const struct looking *looking)
{
    struct output *output = &looking->session->output;
    const kc_context *context = looking->session->context;
    for (int32_t i = 0; i < kc_context_get_device_count(context); i++) {
        const kc_device *device = kc_context_get_device(context, i);
        if (kc_device_get_error(device) != NULL && is_meant(looking, device))
            output_say(output, stdout, "%s: %s", kc_device_get_name(device),
                       kc_error_get_message(kc_device_get_error(device)));
    }
}

/* The one to show how a system is made of it: one that answered comes first. NULL if there is none. */
static const kc_device *find_spare(const struct looking *looking)
{
    const kc_context *context = looking->session->context;
    const kc_device *found = NULL;
    for (int32_t i = 0; i < kc_context_get_device_count(context); i++) {
        const kc_device *device = kc_context_get_device(context, i);
        const int32_t state = kc_device_get_state(device);
        if (!is_meant(looking, device) || kc_device_get_system(device) != NULL ||
            kc_device_get_driver(device, 0) == NULL)
            continue;
        if (state == KC_DEVICE_ENCODER)
            return device;
        if (found == NULL && state == KC_DEVICE_PRESENT)
            found = device;
    }
    return found;
}

/* What to do with what was listed. */
static void show_hints(const struct looking *looking)
{
    struct output *output = &looking->session->output;
    const kc_context *context = looking->session->context;
    const kc_device *spare = find_spare(looking);
    bool strange = false;
    for (int32_t i = 0; i < kc_context_get_device_count(context); i++) {
        const kc_device *device = kc_context_get_device(context, i);
        strange = strange || (is_meant(looking, device) && kc_device_get_driver(device, 0) == NULL);
    }
    if (strange)
        output_say(output, stdout,
                   "DRIVER: a serial port does not tell what is at its other end. keycard drivers lists the drivers;\n"
                   "keycard devices --identify NAME --driver DRIVER asks.");
    if (spare != NULL)
        output_say(output, stdout,
                   "To use a device, give its URI to a system: --system desk=%s\n"
                   "or the lines [system desk] and uri = %s in keycard.conf(5).",
                   kc_device_get_uri(spare, NULL), kc_device_get_uri(spare, NULL));
}

static void list_json(const struct looking *looking)
{
    const kc_context *context = looking->session->context;
    for (int32_t i = 0; i < kc_context_get_device_count(context); i++) {
        const kc_device *device = kc_context_get_device(context, i);
        if (is_meant(looking, device))
            json_show_device(device, kc_device_get_state(device));
    }
    for (int32_t i = 0; i < kc_op_get_encoder_count(looking->discovery); i++)
        json_show_encoder(kc_op_get_encoder(looking->discovery, i));
}

static void list(const struct looking *looking)
{
    static const char *const titles[COLUMNS] = {"NAME",  "KIND",   "WHAT",    "DRIVER", "STATE",
                                                "SINCE", "SYSTEM", "ENCODER", "URI"};
    struct output *output = &looking->session->output;
    const kc_context *context = looking->session->context;
    int32_t count = 0;
    if (output->json) {
        list_json(looking);
        return;
    }
    struct table *table = table_new(COLUMNS, titles);
    for (int32_t i = 0; i < kc_context_get_device_count(context); i++) {
        const kc_device *device = kc_context_get_device(context, i);
        if (is_meant(looking, device)) {
            add_device(table, looking, device);
            count++;
        }
    }
    for (int32_t i = 0; i < kc_op_get_encoder_count(looking->discovery); i++) {
        const kc_encoder *encoder = kc_op_get_encoder(looking->discovery, i);
        if (!is_device(context, encoder)) {
            add_encoder(table, encoder);
            count++;
        }
    }
    table_show(table, stdout);
    if (count == 0 && looking->name == NULL)
        output_say(output, stdout,
                   "Nothing that could be an encoder is plugged into this computer: no serial port, and no USB device\n"
                   "that a driver knows. %s",
                   looking->session->system_count > 0
                       ? "The lock systems told of no encoder."
                       : "No lock system is named either: --system NAME=URI, or keycard.conf(5).");
    if (looking->name == NULL || !options_given(looking->session->settings, OPTION_IDENTIFY))
        show_troubles(looking); /* else it is how the command ends */
    show_hints(looking);
}

/* ---- Following ------------------------------------------------------------------------------------------------- */

static void show_change(struct looking *looking, const kc_event *event)
{
    struct output *output = &looking->session->output;
    const kc_device *device = kc_event_get_device(event);
    const kc_encoder *encoder = kc_event_get_encoder(event);
    const int32_t state = kc_event_get_state(event);
    if (device != NULL ? !is_meant(looking, device) : encoder == NULL || looking->name != NULL)
        return;
    if (output->json && device != NULL)
        json_show_device(device, state);
    else if (output->json)
        json_show_event(event);
    else if (device != NULL) {
        char *what = what_it_is(device), *uri = uri_for(device, kc_device_get_driver(device, 0));
        const kc_error *error = kc_device_get_error(device);
        output_say(output, stdout, "%s  %s  %s  %s  %s%s%s", kc_device_get_since(device), kc_device_get_name(device),
                   kc_device_state_name(state), what != NULL ? what : "", uri != NULL ? uri : "",
                   error != NULL ? "  " : "", error != NULL ? kc_error_get_message(error) : "");
        free(what);
        free(uri);
    } else {
        output_say(output, stdout, "%s  %s  %s  encoder of %s", kc_encoder_get_last_contact(encoder),
                   kc_encoder_get_name(encoder), kc_encoder_state_name(state),
                   kc_system_get_name(kc_encoder_get_system(encoder)));
    }
    looking->over = looking->left == 1;
    looking->left -= looking->left > 0;
}

static void forget_events(const struct looking *looking)
{
    for (kc_event *event; (event = kc_context_next_event(looking->session->context)) != NULL;)
        kc_event_unref(event);
}

static int follow(struct looking *looking)
{
    struct session *session = looking->session;
    if (session->output.json)
        json_show_texts("watching", NULL, NULL, 0);
    else
        output_say(&session->output, stderr, "Watching what comes and goes; Ctrl-C ends this.");
    while (!looking->over) {
        const int32_t status = session_wait(session, &looking->over);
        if (status != KC_OK)
            return session_fail(session, status, kc_context_get_error(session->context), NULL);
        for (kc_event *event; (event = kc_context_next_event(session->context)) != NULL; kc_event_unref(event)) {
            if (!looking->over)
                show_change(looking, event);
        }
    }
    return EXIT_DONE;
}

/* ---- Asking ---------------------------------------------------------------------------------------------------- */

static bool is_anyone_asked(const kc_context *context)
{
    for (int32_t i = 0; i < kc_context_get_device_count(context); i++) {
        if (kc_device_get_state(kc_context_get_device(context, i)) == KC_DEVICE_ASKING)
            return true;
    }
    return false;
}

/* Until all that are asked have said who they are, which they do within seconds, or have not. */
static int wait_for_answers(struct looking *looking)
{
    struct session *session = looking->session;
    if (is_anyone_asked(session->context) && !session->output.json)
        output_say(&session->output, stderr, "Asking who they are.");
    while (!looking->over && is_anyone_asked(session->context)) {
        const int32_t status = session_wait(session, &looking->over);
        if (status != KC_OK)
            return session_fail(session, status, kc_context_get_error(session->context), NULL);
        forget_events(looking);
    }
    if (!looking->over)
        return EXIT_DONE;
    return session_fail(session, KC_ERROR_CANCELLED, NULL, "left before it was known who they are");
}

/* The driver of "--driver NAME?OPTIONS"; false with a complaint. */
static bool check_driver(const struct session *session, kc_device *device, char **driver, struct complaint *complaint)
{
    const char *given = options_value(session->settings, OPTION_DRIVER);
    *driver = NULL;
    if (given == NULL && kc_device_get_driver(device, 0) == NULL)
        return complain(complaint, "driver",
                        "%s does not tell what is at its other end; name the driver that is to ask, with the options\n"
                        "that reach it: --driver DRIVER?OPTIONS, such as --driver contactless?baud=115200",
                        kc_device_get_name(device));
    if (given == NULL)
        return true;
    *driver = strndup(given, strcspn(given, "?"));
    if (*driver == NULL)
        return complain(complaint, "", "memory is used up");
    return kc_driver_find(*driver) != NULL || complain_driver(complaint, "driver", *driver);
}

static int ask(struct looking *looking, kc_device *device)
{
    struct session *session = looking->session;
    struct complaint complaint;
    char *driver = NULL;
    const char *given = options_value(session->settings, OPTION_DRIVER);
    const char *options = given != NULL ? strchr(given, '?') : NULL;
    if (!check_driver(session, device, &driver, &complaint)) {
        free(driver);
        return session_complain(session, &complaint);
    }
    if (given == NULL && kc_device_get_state(device) == KC_DEVICE_IN_USE)
        return EXIT_DONE;
    const int32_t status = kc_device_identify(device, driver, options != NULL ? options + 1 : NULL);
    free(driver);
    if (status != KC_OK)
        return session_fail(session, status, kc_context_get_error(session->context), NULL);
    return wait_for_answers(looking);
}

/* Without a name all were asked, of whom a driver knows the ids, when the watch began. */
static int identify(struct looking *looking)
{
    kc_device *device = looking->name != NULL ? find_meant(looking) : NULL;
    if (device == NULL)
        return wait_for_answers(looking);
    kc_device_ref(device);
    const int failed = ask(looking, device);
    kc_device_unref(device);
    return failed;
}

/* ---- The command ----------------------------------------------------------------------------------------------- */

static bool check(struct looking *looking, struct complaint *complaint)
{
    const struct settings *settings = looking->session->settings;
    const bool watches = options_given(settings, OPTION_WATCH);
    if (options_given(settings, OPTION_DRIVER) && (looking->name == NULL || !options_given(settings, OPTION_IDENTIFY)))
        return complain(complaint, "driver", "--driver says how one device is asked: --identify NAME --driver DRIVER");
    if (options_given(settings, OPTION_LIMIT) && !watches)
        return complain(complaint, "limit", "--limit goes with --watch");
    return options_number(settings, OPTION_LIMIT, 1, 100000, &looking->left, complaint);
}

static int discover(struct looking *looking)
{
    struct session *session = looking->session;
    if (session->system_count == 0 || looking->name != NULL)
        return EXIT_DONE;
    const int32_t status = kc_site_discover(session->site, &looking->discovery);
    if (status != KC_OK)
        return session_fail_start(session, status);
    session_follow(session, looking->discovery);
    return kc_op_get_status(looking->discovery) == KC_ERROR_CANCELLED ? session_finish(session, looking->discovery)
                                                                      : EXIT_DONE;
}

/* How it ended: by the device that was asked, by the lock systems, or well. */
static int finish(struct looking *looking)
{
    struct session *session = looking->session;
    const struct result done = {.status = KC_OK, .outcome = KC_OUTCOME_NOT_WRITTEN, .op = looking->discovery};
    const kc_device *device = looking->name != NULL ? find_meant(looking) : NULL;
    const kc_error *error = kc_device_get_error(device);
    if (options_given(session->settings, OPTION_IDENTIFY) && error != NULL)
        return session_fail(session, kc_error_get_code(error), error, NULL);
    if (looking->discovery != NULL)
        return session_finish(session, looking->discovery);
    if (session->output.json)
        output_done(&session->output, &done);
    return EXIT_DONE;
}

static int look(struct looking *looking)
{
    struct session *session = looking->session;
    const bool asks = options_given(session->settings, OPTION_IDENTIFY);
    const bool watches = options_given(session->settings, OPTION_WATCH);
    const int32_t status = kc_context_watch_devices(
        session->context, asks && looking->name == NULL ? KC_DEVICES_IDENTIFY : KC_DEVICES_LIST);
    if (status != KC_OK)
        return session_fail(session, status, kc_context_get_error(session->context), NULL);
    if (looking->name != NULL && !watches && find_meant(looking) == NULL)
        return complain_missing(looking);
    int failed = asks ? identify(looking) : EXIT_DONE;
    if (!failed)
        failed = discover(looking);
    if (failed)
        return failed;
    forget_events(looking); /* what they told is in the list */
    list(looking);
    if (watches)
        failed = follow(looking);
    return failed ? failed : finish(looking);
}

int command_devices(struct session *session)
{
    struct complaint complaint;
    struct looking looking = {.session = session, .name = session->settings->argument};
    if (!check(&looking, &complaint))
        return session_complain(session, &complaint);
    const int exit_status = look(&looking);
    kc_op_unref(looking.discovery);
    return exit_status;
}
