/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Context, ledger, site, systems and requests, as the settings say. */
#include "session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/option.h"

int session_complain(struct session *session, const struct complaint *complaint)
{
    const struct result result = {.status = KC_ERROR_INVALID_ARGUMENT,
                                  .outcome = KC_OUTCOME_NOT_WRITTEN,
                                  .message = complaint->text,
                                  .field = complaint->field};
    output_done(&session->output, &result);
    return EXIT_USAGE;
}

static bool is_usage(int32_t status)
{
    return status == KC_ERROR_INVALID_ARGUMENT || status == KC_ERROR_NOT_FOUND;
}

int session_fail(struct session *session, int32_t status, const kc_error *error, const char *fallback)
{
    struct result result = {.status = status, .outcome = KC_OUTCOME_NOT_WRITTEN, .error = error};
    if (error == NULL || kc_error_get_message(error)[0] == '\0') {
        result.message = fallback != NULL ? fallback : kc_status_text(status);
        result.error = NULL;
    }
    output_done(&session->output, &result);
    return is_usage(status) ? EXIT_USAGE : EXIT_FAILED;
}

int session_fail_start(struct session *session, int32_t status)
{
    return session_fail(session, status, NULL, NULL);
}

static void show_log(void *user, int32_t level, const char *domain, const char *message)
{
    static const char *const names[] = {"log", "error", "warning", "info", "debug"};
    struct output *output = user;
    output_say(output, stderr, "[%s %s] %s", names[level >= 1 && level <= 4 ? level : 0], domain, message);
}

/* Ctrl-C and termination become readable here, in every thread that is started after this. */
static int open_signals(void)
{
    sigset_t set;
    struct sigaction hang_up;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    if (sigaction(SIGHUP, NULL, &hang_up) == 0 && hang_up.sa_handler != SIG_IGN) /* nohup */
        sigaddset(&set, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The folder and those above it. */
static bool make_folder(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const bool made = mkdir(path, 0700) == 0 || errno == EEXIST;
        *slash = '/';
        if (!made)
            return false;
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

/* The ledger of this user. NULL with a complaint. */
static char *default_ledger(struct complaint *complaint)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    char *folder = NULL, *uri = NULL;
    int length = -1;
    if (state != NULL && state[0] == '/')
        length = asprintf(&folder, "%s/keycard", state);
    else if (home != NULL && home[0] == '/')
        length = asprintf(&folder, "%s/.local/state/keycard", home);
    else
        complain(complaint, "ledger", "HOME is not set; say where the ledger is: --ledger sqlite:PATH");
    if (length < 0)
        return NULL;
    if (!make_folder(folder))
        complain(complaint, "ledger",
                 "the folder %s cannot be made (%s); say where the ledger is: --ledger sqlite:PATH", folder,
                 strerror(errno));
    else if (asprintf(&uri, "sqlite:%s/ledger.db", folder) < 0)
        uri = NULL;
    free(folder);
    return uri;
}

/* From the file that the option or the environment names. */
static int set_ledger_key(struct session *session)
{
    struct complaint complaint;
    uint8_t key[LEDGER_KEY_SIZE];
    const char *path = options_value(session->settings, OPTION_KEY_FILE);
    if (path == NULL)
        path = getenv("KEYCARD_KEY_FILE");
    if (path == NULL || path[0] == '\0')
        return EXIT_DONE;
    if (!ledger_read_key(path, key, &complaint))
        return session_complain(session, &complaint);
    const int32_t status = kc_context_set_ledger_key(session->context, key, sizeof key);
    explicit_bzero(key, sizeof key);
    return status == KC_OK ? EXIT_DONE : session_fail(session, status, kc_context_get_error(session->context), NULL);
}

/* It would have named encoders, no more. */
static int go_without_ledger(struct session *session, const char *reason)
{
    struct complaint complaint;
    complain(&complaint, "ledger", "The encoders that the ledger remembers are left out: %s", reason);
    output_warn(&session->output, complaint.text);
    const int32_t status = kc_context_set_ledger(session->context, "memory:");
    return status == KC_OK ? EXIT_DONE : session_fail(session, status, kc_context_get_error(session->context), NULL);
}

/* Of a command that is about a ledger as it is: a mistyped name would make an empty one, which is whole. */
static bool check_ledger_is_there(const char *uri, struct complaint *complaint)
{
    static const char scheme[] = "sqlite:";
    const char *path = uri + sizeof scheme - 1;
    if (strncmp(uri, scheme, sizeof scheme - 1) != 0 || path[0] == '\0' || access(path, F_OK) == 0 || errno != ENOENT)
        return true;
    return complain(complaint, "ledger", "there is no ledger %s", path);
}

static int open_ledger(struct session *session, enum ledger_use use)
{
    struct complaint complaint = {.text = "memory is used up", .field = ""};
    const int failed = set_ledger_key(session);
    if (failed)
        return failed;
    const bool copies = strcmp(session->settings->command, "ledger") == 0 && session->settings->word_count == 2;
    const char *given = copies ? session->settings->words[0] : options_value(session->settings, OPTION_LEDGER);
    char *uri = given != NULL ? strdup(given) : default_ledger(&complaint);
    if (uri == NULL && use == LEDGER_HELPS)
        return go_without_ledger(session, complaint.text);
    const bool looks = strcmp(session->settings->command, "ledger") == 0 ||
                       strcmp(session->settings->command, "verify-ledger") == 0;
    if (uri == NULL || (looks && !check_ledger_is_there(uri, &complaint))) {
        session_complain(session, &complaint);
        free(uri);
        return EXIT_FAILED;
    }
    const int32_t status = kc_context_set_ledger(session->context, uri);
    const kc_error *error = kc_context_get_error(session->context);
    free(uri);
    if (status == KC_OK)
        return EXIT_DONE;
    if (use == LEDGER_HELPS && !is_usage(status))
        return go_without_ledger(session, kc_error_get_message(error));
    return session_fail(session, status, error, NULL);
}

/* "NAME=VALUE" as two texts; `name` is owned. False with a complaint. */
static bool split(const char *text, enum setting option, char **name, const char **value, struct complaint *complaint)
{
    const char *equals = strchr(text, '=');
    const struct option_facts *facts = &option_facts[option];
    if (equals == NULL || equals == text || equals[1] == '\0')
        return complain(complaint, facts->name, "--%s is written %s, not \"%s\"", facts->name, facts->value_name, text);
    *name = strndup(text, (size_t)(equals - text));
    *value = equals + 1;
    return *name != NULL ? true : complain(complaint, "", "memory is used up");
}

static int set_policies(struct session *session)
{
    const struct values *policies = &session->settings->values[OPTION_POLICY];
    for (size_t i = 0; i < policies->count; i++) {
        struct complaint complaint;
        char *name = NULL;
        const char *value = NULL;
        if (!split(policies->items[i], OPTION_POLICY, &name, &value, &complaint))
            return session_complain(session, &complaint);
        const int32_t status = kc_site_set_policy(session->site, name, value);
        const char *nearest = status == KC_ERROR_NOT_FOUND ? nearest_policy(name) : NULL;
        if (nearest != NULL)
            complain(&complaint, "policy", "there is no policy \"%s\"; did you mean \"%s\"?", name, nearest);
        free(name);
        if (nearest != NULL)
            return session_complain(session, &complaint);
        if (status != KC_OK)
            return session_fail(session, status, kc_site_get_error(session->site), NULL);
    }
    return EXIT_DONE;
}

static int open_site(struct session *session)
{
    const struct settings *settings = session->settings;
    const char *name = options_value(settings, OPTION_SITE), *zone = options_value(settings, OPTION_TIME_ZONE);
    const char *in = options_value(settings, OPTION_CHECK_IN), *out = options_value(settings, OPTION_CHECK_OUT);
    int32_t status = kc_site_new(session->context, name != NULL ? name : "hotel", &session->site);
    if (status != KC_OK)
        return session_fail(session, status, kc_context_get_error(session->context), NULL);
    if (zone != NULL)
        status = kc_site_set_time_zone(session->site, zone);
    if (status == KC_OK && (in != NULL || out != NULL))
        status = kc_site_set_default_times(session->site, in != NULL ? in : "15:00", out != NULL ? out : "11:00");
    if (status != KC_OK)
        return session_fail(session, status, kc_site_get_error(session->site), NULL);
    return set_policies(session);
}

/* The last URI that is given for a name counts: that of the command line comes after that of the file. */
static bool is_given_again(const struct values *systems, size_t index, size_t name_length)
{
    for (size_t i = index + 1; i < systems->count; i++) {
        if (strncmp(systems->items[i], systems->items[index], name_length + 1) == 0)
            return true;
    }
    return false;
}

/* There may be many systems. The value of an option may stand in the message, but for a secret. */
static int fail_option(struct session *session, int32_t status, const char *name, const kc_error *error)
{
    struct complaint complaint;
    const bool unknown = status == KC_ERROR_NOT_FOUND && strcmp(kc_error_get_field(error), "option") == 0;
    if (!is_usage(status))
        return session_fail(session, status, error, NULL);
    complain(&complaint, "option", "the system \"%s\": %s%s", name, kc_error_get_message(error),
             unknown ? " keycard drivers DRIVER lists them." : "");
    return session_complain(session, &complaint);
}

/* What "--option NAME.KEY=VALUE" says, where the system NAME is the given one. */
static int set_system_options(struct session *session, kc_system *system, const char *name)
{
    const struct values *options = &session->settings->values[OPTION_OPTION];
    const size_t length = strlen(name);
    for (size_t i = 0; i < options->count; i++) {
        struct complaint complaint;
        char *whole = NULL;
        const char *value = NULL;
        if (strncmp(options->items[i], name, length) != 0 || options->items[i][length] != '.')
            continue;
        if (!split(options->items[i], OPTION_OPTION, &whole, &value, &complaint))
            return session_complain(session, &complaint);
        const char *key = whole + length + 1;
        const int32_t status = set_option(system, key, value);
        const char *nearest = status == KC_ERROR_NOT_FOUND ? nearest_option(system, key) : NULL;
        if (nearest != NULL)
            complain(&complaint, "option", "the system \"%s\" has no option \"%s\"; did you mean \"%s\"?", name, key,
                     nearest);
        free(whole);
        if (nearest != NULL)
            return session_complain(session, &complaint);
        if (status != KC_OK)
            return fail_option(session, status, name, kc_system_get_error(system));
    }
    return EXIT_DONE;
}

/* A mistyped scheme: what it may have meant. */
static const char *nearest_scheme(const char *uri)
{
    enum { MOST = 64 };
    const char *names[MOST + 1] = {NULL};
    char scheme[40];
    size_t count = 0;
    (void)snprintf(scheme, sizeof scheme, "%.*s", (int)strcspn(uri, ":"), uri);
    for (int32_t i = 0; i < kc_driver_count(); i++) {
        const char *name;
        for (int32_t k = 0; count < MOST && (name = kc_driver_get_scheme(kc_driver_get(i), k))[0] != '\0'; k++)
            names[count++] = name;
    }
    return nearest_name(scheme, names);
}

/* There may be many systems, and the URI, which may hold a secret, is not shown. */
static int fail_system(struct session *session, int32_t status, const char *name, const char *uri)
{
    struct complaint complaint;
    const kc_error *error = kc_site_get_error(session->site);
    const bool no_driver = status == KC_ERROR_NOT_FOUND && strcmp(kc_error_get_field(error), "uri") == 0;
    const char *nearest = no_driver ? nearest_scheme(uri) : NULL;
    if (!is_usage(status))
        return session_fail(session, status, error, NULL);
    if (nearest != NULL)
        complain(&complaint, "system", "the URI of the system \"%s\" begins with \"%.*s:\"; did you mean \"%s:\"?",
                 name, (int)strcspn(uri, ":"), uri, nearest);
    else
        return fail_option(session, status, name, error);
    return session_complain(session, &complaint);
}

static int make_systems(struct session *session)
{
    const struct values *systems = &session->settings->values[OPTION_SYSTEM];
    session->systems = calloc(systems->count + 1, sizeof(kc_system *));
    if (session->systems == NULL)
        return session_fail(session, KC_ERROR_NO_MEMORY, NULL, NULL);
    for (size_t i = 0; i < systems->count; i++) {
        struct complaint complaint;
        kc_system *system = NULL;
        char *name = NULL;
        const char *uri = NULL;
        if (strchr(systems->items[i], '=') == NULL)
            continue; /* chooses one of several */
        if (!split(systems->items[i], OPTION_SYSTEM, &name, &uri, &complaint))
            return session_complain(session, &complaint);
        if (is_given_again(systems, i, strlen(name))) {
            free(name);
            continue;
        }
        const int32_t status = kc_system_new(session->site, name, uri, &system);
        const int failed = status == KC_OK ? set_system_options(session, system, name)
                                           : fail_system(session, status, name, uri);
        free(name);
        if (system != NULL)
            session->systems[session->system_count++] = system;
        if (failed)
            return failed;
    }
    return EXIT_DONE;
}

/* The option may also stand in a section of the configuration. Its value, which may be a secret, is not shown. */
static bool complain_of_system(const char *text, struct complaint *complaint)
{
    const int whole = (int)strcspn(text, "="), length = (int)strcspn(text, ".=");
    if (length == 0 || length == whole)
        return complain(complaint, "option", "--option is written SYSTEM.NAME=VALUE; \"%.*s\" is not", whole, text);
    return complain(
        complaint, "option",
        "the option %.*s begins with the name of no system: give the URI of \"%.*s\" by --system %.*s=URI, or "
        "as uri in the section [system %.*s]",
        whole, text, length, text, length, text, length, text);
}

/* Every --option must belong to a system. */
static bool check_options(const struct settings *settings, struct complaint *complaint)
{
    const struct values *options = &settings->values[OPTION_OPTION], *systems = &settings->values[OPTION_SYSTEM];
    for (size_t i = 0; i < options->count; i++) {
        const char *text = options->items[i];
        bool found = false;
        for (size_t k = 0; k < systems->count && !found; k++) {
            const size_t length = strcspn(systems->items[k], "=");
            found = systems->items[k][length] == '=' && strncmp(text, systems->items[k], length) == 0 &&
                    text[length] == '.';
        }
        if (!found)
            return complain_of_system(text, complaint);
    }
    return true;
}

static void complain_no_system(const struct settings *settings, struct complaint *complaint)
{
    const struct values *systems = &settings->values[OPTION_SYSTEM];
    if (systems->count > 0 && strchr(systems->items[0], ':') != NULL)
        complain(complaint, "system",
                 "a lock system needs a name before its URI: --system NAME=URI, such as "
                 "--system locks=URI");
    else if (systems->count > 0)
        complain(
            complaint, "system",
            "no lock system is named \"%s\": give it as --system %s=URI, such as salto+tcp://10.0.0.5:8090 for the "
            "URI, or in a configuration file",
            systems->items[0], systems->items[0]);
    else
        complain(complaint, "system",
                 "no lock system is named: --system NAME=URI, such as "
                 "--system salto=salto+tcp://10.0.0.5:8090, or a configuration file");
}

int session_open(struct session *session, bool systems_needed, enum ledger_use ledger)
{
    struct complaint complaint;
    session->signals = open_signals();
    if (session->signals < 0) {
        complain(&complaint, "", "signals cannot be taken: %s", strerror(errno));
        session_complain(session, &complaint);
        return EXIT_FAILED;
    }
    if (!check_options(session->settings, &complaint))
        return session_complain(session, &complaint);
    const int32_t status = kc_context_new(&session->context);
    if (status != KC_OK)
        return session_fail(session, status, NULL,
                            status == KC_ERROR_SYSTEM
                                ? "the library cannot be started: file descriptors are used up (ulimit -n)"
                                : NULL);
    if (options_given(session->settings, OPTION_VERBOSE))
        (void)kc_context_set_log(session->context, show_log, &session->output, KC_LOG_DEBUG);
    int failed = open_site(session);
    if (!failed)
        failed = make_systems(session);
    if (!failed && systems_needed && session->system_count == 0) {
        complain_no_system(session->settings, &complaint);
        failed = session_complain(session, &complaint);
    }
    /* without systems, or where only one device is of interest, nothing is asked that the ledger could add to */
    const bool unused = session->system_count == 0 || session->settings->argument != NULL;
    if (failed || (ledger == LEDGER_HELPS && unused))
        return failed;
    return open_ledger(session, ledger);
}

void session_close(struct session *session)
{
    for (size_t i = 0; i < session->system_count; i++)
        kc_system_unref(session->systems[i]);
    free(session->systems);
    session->site = kc_site_unref(session->site);
    session->context = kc_context_unref(session->context);
    if (session->signals >= 0)
        close(session->signals);
    session->signals = -1;
}
