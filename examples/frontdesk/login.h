/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is logged in. Sessions live in memory: after a restart everybody logs in again. */
#ifndef FRONTDESK_LOGIN_H
#define FRONTDESK_LOGIN_H

#include "secret.h"
#include "settings.h"

#include <stdint.h>

struct session {
    struct session *next;
    char token[TOKEN_SIZE]; /* in the cookie */
    char proof[TOKEN_SIZE]; /* in the header of every request that changes something */
    char *user;
    int64_t seen; /* seconds */
};

struct logins {
    const struct settings *settings;
    struct session *sessions;
    int64_t failed_since;
    unsigned failed;
};

enum login_result { LOGIN_DONE, LOGIN_WRONG, LOGIN_TOO_MANY, LOGIN_NO_MEMORY };

/* Whether at least one user has a password that is a hash. */
bool logins_check(const struct settings *settings);
enum login_result logins_begin(struct logins *logins, const char *user, const char *password, struct session **session);
/* The session of a cookie that is not too old, or NULL. */
struct session *logins_find(struct logins *logins, const char *token);
/* Whether there is such a session still; asking does not keep it alive. */
bool logins_alive(const struct logins *logins, const char *token);
void logins_end(struct logins *logins, struct session *session);
void logins_free(struct logins *logins);

#endif
