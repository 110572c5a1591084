/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The link to the PMS, from the lock system's side: it describes itself, sees whether the PMS is alive, and hands the
 * other records on. FIAS, section "link records". */
#ifndef KEYCARD_GATEWAY_LINK_H
#define KEYCARD_GATEWAY_LINK_H

#include "line.h"

enum { LINK_DECLARATIONS = 12, LINK_DECLARATION_SIZE = 96 };

enum link_state {
    LINK_DOWN,      /* no connection */
    LINK_OPEN,      /* connected; somebody has to begin */
    LINK_DESCRIBED, /* LD, LR and LA are sent, LA is awaited */
    LINK_ALIVE,
    LINK_ENDING /* LE is sent */
};

struct link {
    const struct settings *settings;
    struct line line;
    struct fias_decoder decoder;
    enum link_state state;
    bool asked;        /* LS is sent and its answer awaited */
    bool was_alive;    /* on this connection */
    unsigned attempts; /* to start, on this connection */
    int64_t due;       /* when something is to be done; INT64_MAX: never */
    int64_t last_heard, last_answered;
    uint64_t connection;                                         /* their number; answers never go to another one */
    uint64_t noise, odd;                                         /* bytes and records that made no sense */
    char declarations[LINK_DECLARATIONS][LINK_DECLARATION_SIZE]; /* of LR: "RIKR|FL..." */
    size_t declaration_count;
    void (*take)(void *user, const struct fias_record *record);
    void *user;
};

/* A link that link_close() takes although it was never opened. */
void link_init(struct link *link);
bool link_open(struct link *link, const struct settings *settings, char *fault, size_t size);
/* What LR will tell: the record, and the run of its fields. */
void link_declare(struct link *link, const char *record, const char *fields);
/* Sends a record without STX and ETX. */
void link_send(struct link *link, const struct buf *record);
/* Date and time of now into a record. */
void link_put_now(struct fias_writer *writer);
/* Says LE, and dials and listens no more. */
void link_end(struct link *link);
bool link_has_ended(const struct link *link);
void link_close(struct link *link);

int64_t link_due(const struct link *link);
void link_run(struct link *link, const struct pollfd wait[LINE_DESCRIPTORS]);

#endif
