/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole service, and one request to it. */
#ifndef HTTPD_SERVICE_H
#define HTTPD_SERVICE_H

#include "../common/property.h"
#include "../common/stream.h"
#include "../common/web.h"
#include "settings.h"
#include "token.h"

#include <stdint.h>

enum { LARGEST_BODY = 64 * 1024 };

struct tracked;
struct request;

struct service {
    struct web web; /* comes first */
    struct settings settings;
    struct property property;
    struct tracked *tracked; /* operations, newest first */
    size_t tracked_ended;
    struct request *waiting; /* for the end of an operation */
    struct streams streams;
    bool closing;
};

struct request {
    struct web_request web; /* comes first */
    struct service *service;
    const char *parts[WEB_PATH_PARTS]; /* what stands between the slashes behind /v1/, NULL behind the last */
    struct token_holder holder;
    struct tracked *question; /* the request waits for the ledger */
    struct tracked *awaited;  /* or for the end of this operation */
    struct request *next_waiting;
    int64_t until; /* and not longer than this, clock_now() */
};

/* Finds who is to answer; routes.c. */
void route(struct request *request);

/* What can be asked for: one function for each path of routes.c. */
void ask_start(struct request *request);       /* ask.c */
void ask_retry(struct request *request);       /* follow.c */
void ask_resolve(struct request *request);     /* follow.c */
void ask_cancel(struct request *request);      /* follow.c */
void ask_answer(struct request *request);      /* follow.c */
void ask_operation(struct request *request);   /* lists.c */
void ask_operations(struct request *request);  /* lists.c */
void ask_keys(struct request *request);        /* lists.c */
void ask_encoders(struct request *request);    /* facts.c */
void ask_devices(struct request *request);     /* devices.c */
void ask_identify(struct request *request);    /* devices.c */
void ask_systems(struct request *request);     /* facts.c */
void ask_drivers(struct request *request);     /* facts.c */
void ask_site(struct request *request);        /* facts.c */
void ask_description(struct request *request); /* facts.c */
void ask_events(struct request *request);      /* track.c */

#endif
