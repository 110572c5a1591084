/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the torture tests share. */
#include "rig.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[RIG_PATH_SIZE - 100];
static pid_t folder_owner;
static char now_trying[400] = "start";

void rig_case(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(now_trying, sizeof(now_trying), format, arguments);
    va_end(arguments);
}

void rig_failed(const char *file, int line, const char *condition, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "%s:%d: [%s] %s: ", file, line, now_trying, condition);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static void remove_folder(void)
{
    if (getpid() != folder_owner)
        return;
    DIR *entries = opendir(folder);
    for (struct dirent *entry = entries ? readdir(entries) : NULL; entry; entry = readdir(entries))
        unlinkat(dirfd(entries), entry->d_name, 0);
    if (entries)
        closedir(entries);
    rmdir(folder);
}

void rig_path(char path[RIG_PATH_SIZE], const char *name)
{
    if (!*folder) {
        const char *parent = getenv("TMPDIR");
        snprintf(folder, sizeof(folder), "%s/keycard-torture-XXXXXX", parent && *parent ? parent : "/tmp");
        CHECK(mkdtemp(folder), "no temporary folder");
        folder_owner = getpid();
        atexit(remove_folder);
    }
    snprintf(path, RIG_PATH_SIZE, "%s/%s", folder, name);
}

void rig_open(struct rig *rig, const char *ledger, const char *uri, const char *const *options)
{
    memset(rig, 0, sizeof(*rig));
    CHECK(kc_context_new(&rig->context) == KC_OK, "no context");
    CHECK(kc_context_set_ledger(rig->context, ledger) == KC_OK, "%s",
          kc_error_get_message(kc_context_get_error(rig->context)));
    CHECK(kc_site_new(rig->context, "Torture", &rig->site) == KC_OK, "no site");
    CHECK(kc_system_new(rig->site, "Locks", uri, &rig->system) == KC_OK, "%s",
          kc_error_get_message(kc_site_get_error(rig->site)));
    for (; options && *options; options += 2)
        CHECK(kc_system_set_option(rig->system, options[0], options[1]) == KC_OK, "%s",
              kc_error_get_message(kc_system_get_error(rig->system)));
}

void rig_close(struct rig *rig)
{
    rig_drain(rig);
    CHECK(rig->done == rig->started, "%zu operations, %zu DONE", rig->started, rig->done);
    rig->system = kc_system_unref(rig->system);
    rig->site = kc_site_unref(rig->site);
    rig->context = kc_context_unref(rig->context);
}

void rig_drain(struct rig *rig)
{
    for (kc_event *event = kc_context_next_event(rig->context); event; event = kc_context_next_event(rig->context)) {
        int32_t type = kc_event_get_type(event);
        const kc_op *op = kc_event_get_op(event);
        CHECK(type != KC_EVENT_STATE && type != KC_EVENT_PROMPT && type != KC_EVENT_WARNING ? 1 : op != NULL,
              "an event of type %d without operation", (int)type);
        if (type == KC_EVENT_DONE) {
            rig->done++;
            rig->watched_done += op == rig->watched;
            CHECK(kc_op_get_state(op) == KC_STATE_DONE, "DONE in state %d", (int)kc_op_get_state(op));
            CHECK(kc_op_get_outcome(op) != KC_OUTCOME_PENDING, "DONE but pending");
            CHECK((kc_op_get_status(op) == KC_OK) == (kc_op_get_error(op) == NULL), "status %d without its error",
                  (int)kc_op_get_status(op));
        } else if (op && op == rig->watched) {
            CHECK(!rig->watched_done, "%s after DONE", kc_event_type_name(type));
        }
        rig->prompts += type == KC_EVENT_PROMPT;
        kc_event_unref(event);
    }
}

void rig_finish(struct rig *rig, kc_op *op)
{
    rig->started++;
    rig->watched = op;
    rig->watched_done = 0;
    CHECK(kc_op_wait(op, RIG_WAIT_MS) == KC_OK, "%s hangs in state %s", kc_verb_name(kc_op_get_verb(op)),
          kc_state_name(kc_op_get_state(op)));
    kc_op *follow_up = kc_op_get_follow_up(op);
    if (follow_up) {
        rig->started++;
        CHECK(kc_op_wait(follow_up, RIG_WAIT_MS) == KC_OK, "the follow-up hangs");
    }
    rig_drain(rig);
    CHECK(kc_context_dispatch(rig->context) == KC_OK, "dispatch");
    rig_drain(rig);
    CHECK(rig->watched_done == 1, "%zu DONE", rig->watched_done);
    CHECK(rig->done == rig->started, "%zu operations, %zu DONE", rig->started, rig->done);
    rig->watched = NULL;
}

kc_op *rig_find(kc_op *list, const char *id)
{
    kc_op *found = NULL;
    for (int32_t i = 0; i < kc_op_get_op_count(list); i++)
        if (strcmp(kc_op_get_id(kc_op_get_op(list, i)), id) == 0) {
            CHECK(!found, "operation %s is listed twice", id);
            found = kc_op_get_op(list, i);
        }
    return found;
}

kc_op *rig_list_ops(struct rig *rig, int32_t filter, const char *value)
{
    kc_op *list = NULL;
    CHECK(kc_list_ops(rig->site, filter, value, 1000000, &list) == KC_OK, "no list");
    rig_finish(rig, list);
    CHECK(kc_op_get_status(list) == KC_OK, "%s", kc_error_get_message(kc_op_get_error(list)));
    return list;
}

kc_op *rig_list_keys(struct rig *rig, int32_t filter, const char *value)
{
    kc_op *list = NULL;
    CHECK(kc_list_keys(rig->site, filter, value, 1000000, &list) == KC_OK, "no list");
    rig_finish(rig, list);
    CHECK(kc_op_get_status(list) == KC_OK, "%s", kc_error_get_message(kc_op_get_error(list)));
    return list;
}

int32_t rig_ledger_outcome(struct rig *rig, const char *id)
{
    kc_op *found = NULL;
    CHECK(kc_find_op(rig->site, id, &found) == KC_OK, "no search");
    rig->started++;
    CHECK(kc_op_wait(found, RIG_WAIT_MS) == KC_OK, "the search hangs");
    rig_drain(rig);
    int32_t outcome = kc_op_get_status(found) == KC_ERROR_NOT_FOUND ? -1 : kc_op_get_outcome(found);
    CHECK(outcome == -1 || strcmp(kc_op_get_id(found), id) == 0, "another operation was found");
    kc_op_unref(found);
    return outcome;
}

uint64_t rig_random(uint64_t *state)
{
    uint64_t value = *state += 0x9E3779B97F4A7C15u;
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
    value = (value ^ value >> 27) * 0x94D049BB133111EBu;
    return value ^ value >> 31;
}

uint64_t rig_below(uint64_t *state, uint64_t limit)
{
    return rig_random(state) % limit;
}
