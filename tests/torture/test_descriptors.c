/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* File descriptors that run out, at each place in turn:
 *
 *     test_descriptors PART      PART: context, ledger, tcp, name, http, listen
 *
 * The process may open no more, then one more, and so on, until it works. Each failure names the limit with its value
 * and leaves no descriptor open; nothing has taken effect; and as soon as the limit is gone the same objects work. */
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"
#include "simulator.h"

#define DESCRIPTORS_MOST 60 /* that any part may need */
#define PLENTY           30 /* with so many nobody has to wait for one */

/* ---- The limit -------------------------------------------------------------------------------------------------- */

static struct rlimit usual;

static void limit_to(rlim_t count)
{
    const struct rlimit limit = {.rlim_cur = count, .rlim_max = usual.rlim_max};
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0, "no limit");
}

static void allow_all(void)
{
    limit_to(usual.rlim_cur);
}

/* From here on `more` can be opened. Returns the limit. */
static int allow(size_t more)
{
    int limit = 0;
    for (size_t free = 0; free < more || fcntl(limit, F_GETFD) >= 0; limit++)
        free += fcntl(limit, F_GETFD) < 0;
    limit_to((rlim_t)limit);
    return limit;
}

static size_t open_descriptors(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    CHECK(folder, "no /proc");
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

/* Whether it says what is used up and how many there may be. */
static void check_text(const char *text, int limit)
{
    char expected[80];
    snprintf(expected, sizeof(expected), "this process may have %d open at a time (ulimit -n)", limit);
    CHECK(strstr(text, expected), "the message is: %s; expected: %s", text, expected);
}

/* ---- Context and ledger ----------------------------------------------------------------------------------------- */

static void try_contexts(void)
{
    const size_t before = open_descriptors();
    kc_context *context = NULL;
    size_t more = 0;
    for (int32_t status = KC_ERROR_SYSTEM; status != KC_OK; more++) {
        rig_case("a context with %zu descriptors", more);
        allow(more);
        status = kc_context_new(&context);
        allow_all();
        CHECK(status == KC_OK || (status == KC_ERROR_SYSTEM && !context), "%s", kc_status_name(status));
        CHECK(more < DESCRIPTORS_MOST, "it never works");
        context = kc_context_unref(context);
        CHECK(open_descriptors() == before, "descriptors stay open");
    }
    CHECK(more > 1, "no context needs a descriptor");
}

static void fill(kc_request *request, unsigned number)
{
    char text[24];
    snprintf(text, sizeof(text), "%u", number);
    CHECK(kc_request_set_booking(request, text) == KC_OK && kc_request_add_room(request, text) == KC_OK, "stay");
    CHECK(kc_request_set_station(request, "desk") == KC_OK && kc_request_set_encoder(request, "E1") == KC_OK, "desk");
    CHECK(kc_request_set_operator(request, "op") == KC_OK, "operator");
    CHECK(kc_request_set_validity(request, NULL, "2059-12-31T11:00") == KC_OK, "validity");
}

static kc_op *start_original(struct rig *rig, unsigned number)
{
    kc_request *request = NULL;
    kc_op *op = NULL;
    CHECK(kc_request_new(rig->site, &request) == KC_OK, "no request");
    fill(request, number);
    CHECK(kc_issue_original(request, &op) == KC_OK, "no operation");
    kc_request_unref(request);
    return op;
}

/* A key made now is recorded. */
static void make_key(struct rig *rig, unsigned number)
{
    kc_op *op = start_original(rig, number);
    rig_finish(rig, op);
    CHECK(kc_op_get_outcome(op) == KC_OUTCOME_WRITTEN, "%s", kc_error_get_message(kc_op_get_error(op)));
    CHECK(rig_ledger_outcome(rig, kc_op_get_id(op)) == KC_OUTCOME_WRITTEN, "the ledger does not know");
    kc_op_unref(op);
}

static int32_t open_ledger(struct rig *rig, const char *ledger, size_t more)
{
    const size_t before = open_descriptors();
    const int limit = allow(more);
    const int32_t status = kc_context_set_ledger(rig->context, ledger);
    allow_all();
    if (status == KC_OK)
        return status;
    CHECK(status == KC_ERROR_SYSTEM, "%s: %s", kc_status_name(status),
          kc_error_get_message(kc_context_get_error(rig->context)));
    check_text(kc_error_get_message(kc_context_get_error(rig->context)), limit);
    CHECK(open_descriptors() == before, "descriptors stay open");
    return status;
}

/* A new file each time, then the one that is there. */
static void try_ledgers(bool anew)
{
    char path[RIG_PATH_SIZE], ledger[RIG_PATH_SIZE + 10];
    bool failed = false, worked = false;
    for (size_t more = 0; !worked; more++) {
        struct rig rig = {0};
        char name[40];
        rig_case("%s ledger with %zu descriptors", anew ? "a new" : "an old", more);
        CHECK(more < DESCRIPTORS_MOST, "it never works");
        snprintf(name, sizeof(name), "descriptors-%zu.db", anew ? more : 0);
        rig_path(path, name);
        snprintf(ledger, sizeof(ledger), "sqlite:%s", path);
        CHECK(kc_context_new(&rig.context) == KC_OK, "no context");
        worked = open_ledger(&rig, ledger, more) == KC_OK;
        failed |= !worked;
        if (!worked) /* the same context, the same file */
            CHECK(kc_context_set_ledger(rig.context, ledger) == KC_OK, "%s",
                  kc_error_get_message(kc_context_get_error(rig.context)));
        CHECK(kc_site_new(rig.context, "Torture", &rig.site) == KC_OK, "no site");
        CHECK(kc_system_new(rig.site, "Locks", "virtual:?encoders=E1", &rig.system) == KC_OK, "no system");
        allow(0); /* an open ledger needs no more of them */
        make_key(&rig, (unsigned)more + 1);
        allow_all();
        rig_close(&rig);
    }
    CHECK(failed, "no ledger needs a descriptor");
}

/* ---- Links ------------------------------------------------------------------------------------------------------ */

struct place {
    const char *driver, *form; /* the form gets the address, or the port behind a name */
    bool by_name;
};

static void check_failure(struct rig *rig, kc_op *op, int limit)
{
    CHECK(kc_op_get_outcome(op) == KC_OUTCOME_NOT_WRITTEN, "%s", kc_outcome_name(kc_op_get_outcome(op)));
    CHECK(kc_op_get_status(op) == KC_ERROR_SYSTEM, "%s: %s", kc_status_name(kc_op_get_status(op)),
          kc_error_get_message(kc_op_get_error(op)));
    check_text(kc_error_get_message(kc_op_get_error(op)), limit);
    CHECK(rig_ledger_outcome(rig, kc_op_get_id(op)) == KC_OUTCOME_NOT_WRITTEN, "the ledger says otherwise");
}

/* Returns whether the first attempt worked. What the simulator in this process does not get either, such as its side
 * of the connection, it gets when the limit is gone, for which an operation that waits is given a moment. */
static bool try_link(const struct place *place, size_t more)
{
    const struct simulator_options options = {.driver = place->driver};
    char message[SIMULATOR_MESSAGE_SIZE], uri[200], port[16], path[RIG_PATH_SIZE], ledger[RIG_PATH_SIZE + 10];
    struct simulator *simulator = simulator_start(&options, message);
    struct rig rig;
    CHECK(simulator, "%s", message);
    snprintf(port, sizeof(port), "%u", (unsigned)simulator_port(simulator));
    snprintf(uri, sizeof(uri), place->form, place->by_name ? port : simulator_address(simulator));
    rig_path(path, "links.db");
    snprintf(ledger, sizeof(ledger), "sqlite:%s", path);
    rig_open(&rig, ledger, uri, NULL);
    kc_op *op = start_original(&rig, 1000 + (unsigned)more);
    const int limit = allow(more);
    const int looks = more < PLENTY ? 20 : 2000; /* a slow computer is not short of anything */
    for (int i = 0; i < looks && kc_op_get_state(op) != KC_STATE_DONE; i++)
        (void)kc_op_wait(op, 50);
    const bool over = kc_op_get_state(op) == KC_STATE_DONE;
    allow_all();
    rig_finish(&rig, op);
    const bool worked = kc_op_get_outcome(op) == KC_OUTCOME_WRITTEN;
    if (over && !worked)
        check_failure(&rig, op, limit);
    if (!worked) {
        kc_op *again = NULL;
        CHECK(kc_op_retry(op, &again) == KC_OK, "no retry");
        rig_finish(&rig, again);
        CHECK(kc_op_get_outcome(again) == KC_OUTCOME_WRITTEN, "%s", kc_error_get_message(kc_op_get_error(again)));
        kc_op_unref(again);
    }
    CHECK(simulator_count(simulator, SIMULATOR_EFFECTS) == 1, "%zu keys",
          simulator_count(simulator, SIMULATOR_EFFECTS));
    kc_op_unref(op);
    rig_close(&rig);
    simulator_stop(simulator);
    return over && worked;
}

static void try_links(const struct place *place)
{
    bool worked = false, failed = false;
    for (size_t more = 0; !worked; more++) {
        rig_case("%s with %zu descriptors", place->form, more);
        CHECK(more < DESCRIPTORS_MOST, "it never works");
        worked = try_link(place, more);
        failed |= !worked;
    }
    CHECK(failed, "it needs no descriptor");
}

/* ---- A port at which the lock system dials in ---------------------------------------------------------------------
 */

struct heard {
    int port;
    size_t warnings;
    char warning[400];
};

static void hear(void *user, int32_t level, const char *domain, const char *text)
{
    struct heard *heard = user;
    const char *at = strstr(text, "listening at 127.0.0.1:");
    (void)domain;
    if (at)
        heard->port = atoi(at + strlen("listening at 127.0.0.1:"));
    if (level == KC_LOG_WARNING && strstr(text, "Nobody can be let in")) {
        heard->warnings++;
        snprintf(heard->warning, sizeof(heard->warning), "%s", text);
    }
}

static void turn(struct rig *rig, int32_t milliseconds)
{
    (void)kc_context_wait(rig->context, milliseconds);
    CHECK(kc_context_dispatch(rig->context) == KC_OK, "dispatch");
    rig_drain(rig);
}

static void try_listening(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct heard heard = {0};
    struct rig rig;
    kc_op *found = NULL;
    char byte;
    size_t turns = 0;
    rig_case("a lock system that dials in");
    rig_open(&rig, "memory:", "fias+listen:0", NULL);
    CHECK(kc_context_set_log(rig.context, hear, &heard, KC_LOG_INFO) == KC_OK, "no log");
    CHECK(kc_site_discover(rig.site, &found) == KC_OK, "no discovery");
    rig.started++;
    while (!heard.port)
        turn(&rig, 10);
    const int peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(peer >= 0, "no socket");
    at.sin_port = htons((uint16_t)heard.port);
    const int limit = allow(0);
    CHECK(connect(peer, (struct sockaddr *)&at, sizeof(at)) == 0, "not connected");
    /* As long as it takes for the loop to wake up some times: a port that is ready at each look would give thousands of
     * them. */
    for (int i = 0; i < 20; i++) {
        int32_t woken;
        for (int k = 0; (woken = kc_context_wait(rig.context, 50)) > 0 && k < 1000; k++, turns++)
            turn(&rig, 0);
        CHECK(woken >= 0, "waiting");
    }
    CHECK(turns < 200, "it spins: %zu turns", turns);
    CHECK(heard.warnings == 1, "%zu warnings", heard.warnings);
    check_text(heard.warning, limit);
    allow_all();
    for (ssize_t got = -1; got <= 0; got = recv(peer, &byte, 1, MSG_DONTWAIT)) {
        CHECK(got != 0, "the peer was turned away");
        turn(&rig, 50);
    }
    close(peer);
    CHECK(kc_op_cancel(found) == KC_OK, "cancel");
    while (kc_op_get_state(found) != KC_STATE_DONE)
        turn(&rig, 50);
    rig_drain(&rig);
    kc_op_unref(found);
    rig_close(&rig);
}

int main(int count, char **values)
{
    const struct place tcp = {"salto", "salto+tcp://%s", false};
    const struct place name = {"salto", "salto+tcp://localhost:%s", true};
    const struct place http = {"saflok-lens", "saflok+http://%s", false};
    const char *part = count == 2 ? values[1] : "";
    CHECK(getrlimit(RLIMIT_NOFILE, &usual) == 0, "no limits here");
    setenv("RES_OPTIONS", "attempts:1 timeout:1", 1);
    if (strcmp(part, "context") == 0) {
        try_contexts();
    } else if (strcmp(part, "ledger") == 0) {
        try_ledgers(true);
        try_ledgers(false);
    } else if (strcmp(part, "listen") == 0) {
        try_listening();
    } else if (strcmp(part, "http") == 0) {
        try_links(&http);
    } else {
        CHECK(strcmp(part, "tcp") == 0 || strcmp(part, "name") == 0,
              "say what: context, ledger, tcp, name, http, listen");
        try_links(strcmp(part, "tcp") == 0 ? &tcp : &name);
    }
    return 0;
}
