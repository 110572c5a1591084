/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client of the LENS service for the tests of its simulator: envelopes as text, nothing shared with the codec, sent
 * with libcurl. Every wait is bounded, and a wait that is over fails the test. */
#ifndef KEYCARD_SIMULATOR_TESTS_LENS_CLIENT_H
#define KEYCARD_SIMULATOR_TESTS_LENS_CLIENT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "simulator.h"

enum { LENS_PATIENCE_MS = 20000, LENS_IMPATIENCE_MS = 400 };

#define WSSE "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"

struct lens_question {
    const char *scheme, *path; /* NULL: "http", "/MessengerPMSWS.asmx" */
    const char *method;        /* NULL: POST with a body */
    const char *type, *action; /* whole lines of the header; NULL: as they should be, "": none */
    const char *body;          /* the whole envelope */
    const char *ca_file;
    long timeout_ms; /* 0: LENS_PATIENCE_MS */
};

struct lens_reply {
    int curl; /* CURLE_OK: it came whole */
    long status;
    char type[80];
    char *text; /* never NULL */
    size_t size;
};

struct simulator *lens_start(struct simulator_options *options);
/* An envelope with the fields in the operation's element; to be freed. */
char *lens_envelope(const char *operation, const char *fields, const char *user, const char *password);
/* `operation` for the header SOAPAction. */
void lens_ask(const struct simulator *simulator, const struct lens_question *question, const char *operation,
              struct lens_reply *reply);
void lens_reply_free(struct lens_reply *reply);

/* Sends an operation of a good caller. */
void lens_tell(const struct simulator *simulator, const char *operation, const char *fields, struct lens_reply *reply);
/* The answer must be a success. */
void lens_must(const struct simulator *simulator, const char *operation, const char *fields);
/* The answer must be a fault inside a good answer that names this. */
void lens_must_not(const struct simulator *simulator, const char *operation, const char *fields, const char *fault);
bool lens_has(const struct lens_reply *reply, const char *text);

/* The fields of operations, in turning buffers: good for a few calls. */
const char *lens_booking(const char *reservation, const char *encoder, const char *room);
const char *lens_share(const char *reservation, const char *encoder, const char *room);
const char *lens_copy(const char *reservation, const char *terminal, const char *encoder);
const char *lens_change(const char *reservation, const char *encoder, const char *rooms, const char *areas);
const char *lens_reservation(const char *reservation);

/* A call in a thread. */
struct lens_pending {
    pthread_t thread;
    const struct simulator *simulator;
    const char *operation;
    char fields[4096];
    struct lens_reply reply;
};
void lens_begin(struct lens_pending *pending, const struct simulator *simulator, const char *operation,
                const char *fields);
void lens_end(struct lens_pending *pending);

/* How often this stands in the journal. */
size_t lens_journal_count(struct simulator *simulator, const char *text);
/* "key" of the effect with this index. */
void lens_key(struct simulator *simulator, size_t index, char out[32]);

#endif
