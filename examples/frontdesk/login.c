/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sessions, their age, and the brake on guessing passwords. */
#include "login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/clock.h"

enum { IDLE_SECONDS = 8 * 3600, MOST_SESSIONS = 500, FAILURES_AT_MOST = 10, FAILURE_SECONDS = 60 };

static int64_t seconds(void)
{
    return clock_now() / 1000;
}

bool logins_check(const struct settings *settings)
{
    size_t users = 0;
    for (size_t i = 0; i < settings->count; i++) {
        const struct setting *item = &settings->items[i];
        if (settings_named(item, "user") == NULL)
            continue;
        if (item->value[0] != '$') {
            settings_complain(settings, item, "this is no hash of a password; frontdesk --hash-password makes one");
            return false;
        }
        users++;
    }
    if (users == 0)
        fprintf(stderr, "frontdesk: %s: no [user NAME] with a password, so nobody could log in\n", settings->path);
    return users > 0;
}

/* The hash of a user; that of anybody for an unknown name, so that the answer takes as long. */
static const char *find_hash(const struct settings *settings, const char *user, bool *known)
{
    const char *hash = NULL;
    *known = false;
    for (size_t i = 0; i < settings->count; i++) {
        const char *name = settings_named(&settings->items[i], "user");
        if (name == NULL)
            continue;
        if (strcmp(name, user) == 0) {
            *known = true;
            return settings->items[i].value;
        }
        hash = settings->items[i].value;
    }
    return hash;
}

static void unlink_session(struct logins *logins, const struct session *session)
{
    struct session **place = &logins->sessions;
    while (*place != NULL && *place != session)
        place = &(*place)->next;
    if (*place != NULL)
        *place = session->next;
}

void logins_end(struct logins *logins, struct session *session)
{
    unlink_session(logins, session);
    explicit_bzero(session->token, sizeof session->token);
    free(session->user);
    free(session);
}

/* The oldest go first when there are too many. */
static void make_room(struct logins *logins, int64_t now)
{
    size_t count = 0;
    struct session *next, *oldest = NULL;
    for (struct session *session = logins->sessions; session != NULL; session = next) {
        next = session->next;
        if (now - session->seen > IDLE_SECONDS) {
            logins_end(logins, session);
            continue;
        }
        count++;
        if (oldest == NULL || session->seen < oldest->seen)
            oldest = session;
    }
    if (count >= MOST_SESSIONS)
        logins_end(logins, oldest);
}

enum login_result logins_begin(struct logins *logins, const char *user, const char *password, struct session **session)
{
    const int64_t now = seconds();
    bool known = false;
    const char *hash = find_hash(logins->settings, user, &known);
    if (now - logins->failed_since > FAILURE_SECONDS)
        logins->failed = 0;
    if (logins->failed >= FAILURES_AT_MOST)
        return LOGIN_TOO_MANY;
    if (hash == NULL || !secret_password_fits(password, hash) || !known) {
        if (logins->failed++ == 0)
            logins->failed_since = now;
        return LOGIN_WRONG;
    }
    make_room(logins, now);
    struct session *made = calloc(1, sizeof *made);
    if (made == NULL)
        return LOGIN_NO_MEMORY;
    made->user = strdup(user);
    made->seen = now;
    if (made->user == NULL || !secret_token(made->token) || !secret_token(made->proof)) {
        free(made->user);
        free(made);
        return LOGIN_NO_MEMORY;
    }
    made->next = logins->sessions;
    logins->sessions = made;
    *session = made;
    return LOGIN_DONE;
}

struct session *logins_find(struct logins *logins, const char *token)
{
    const int64_t now = seconds();
    for (struct session *session = logins->sessions; token != NULL && session != NULL; session = session->next) {
        if (!secret_equal(session->token, token))
            continue;
        if (now - session->seen > IDLE_SECONDS) {
            logins_end(logins, session);
            return NULL;
        }
        session->seen = now;
        return session;
    }
    return NULL;
}

bool logins_alive(const struct logins *logins, const char *token)
{
    const int64_t now = seconds();
    const struct session *session = logins->sessions;
    while (session != NULL && !secret_equal(session->token, token))
        session = session->next;
    return session != NULL && now - session->seen <= IDLE_SECONDS;
}

void logins_free(struct logins *logins)
{
    while (logins->sessions != NULL)
        logins_end(logins, logins->sessions);
}
