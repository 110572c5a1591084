/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the HTTP transport share: a recorder in the place of the core, and servers that are played by the
 * test's own thread. */
#ifndef KEYCARD_TESTS_HTTP_RIG_H
#define KEYCARD_TESTS_HTTP_RIG_H

#include "tcp_server.h"

struct http_rig;

/* What one exchange ended in. */
struct http_answer {
    struct http_rig *rig;
    void (*inside)(struct http_answer *answer); /* called inside `answered`, or NULL */
    struct http_answer *next;                   /* for `inside` */
    struct transport_exchange *exchange;
    int count; /* of calls */
    bool left;
    int32_t status; /* 0: none, see error */
    char content_type[80], location[200];
    struct buf body;
    struct kc_error error;
};

struct http_rig {
    struct loop *loop;
    struct transport *transport; /* NULL: none or closed */
    bool dispatching;
    int connected;
};

void http_rig_init(struct http_rig *rig);
void http_rig_free(struct http_rig *rig);
void http_rig_close(struct http_rig *rig);
/* Parses and opens, with what open() returns; on success goes on until `connected`. */
int32_t http_rig_try(struct http_rig *rig, struct kc_error *error, const char *uri);
void http_rig_open(struct http_rig *rig, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Asks; the answer is emptied first. */
void http_rig_ask(struct http_rig *rig, const struct http_request *request, struct http_answer *answer);
/* The same for a request without fields; `body` NULL: GET. */
void http_rig_send(struct http_rig *rig, const char *path, const char *body, bool repeatable,
                   struct http_answer *answer);
void http_rig_until_answered(struct http_rig *rig, const struct http_answer *answer);
void http_rig_settle(struct http_rig *rig);
void http_answer_free(struct http_answer *answer);
/* What must hold of an exchange that failed. `text` stands in the message. */
void expect_error(const struct http_answer *answer, int32_t code, bool left, const char *text);
void expect_reply(const struct http_answer *answer, int32_t status, const char *body);

/* The server's side; the loop goes on meanwhile. */
int peer_accept(struct http_rig *rig, const struct server *server);
/* Until the descriptor has something to read, or its end. */
void peer_wait(struct http_rig *rig, int fd);
/* Reads a header to its blank line and the body after it. Returns 0 at the end of the connection. */
size_t peer_read(struct http_rig *rig, int fd, char *out, size_t size);
void peer_write(struct http_rig *rig, int fd, const void *bytes, size_t count);
void peer_say(struct http_rig *rig, int fd, const char *text);
/* That nobody connects (any more). */
void expect_nobody(struct http_rig *rig, const struct server *server);
int count_in(const char *text, const char *part);

#endif
