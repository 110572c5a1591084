/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole front desk: what all its parts reach each other by. There is one, in main(). */
#ifndef FRONTDESK_DESK_H
#define FRONTDESK_DESK_H

#include "../common/stream.h"
#include "assets.h"
#include "hotel.h"
#include "login.h"
#include "settings.h"

#include <keycard/keycard.h>

struct job;

/* A workstation, and the encoder that it used last, as far as was seen since the start. */
struct station {
    const char *name;
    char *encoder, *system;
};

struct desk {
    struct web web; /* comes first */
    struct settings settings;
    struct assets assets;
    struct logins logins;
    struct hotel hotel;
    struct station *stations;
    size_t station_count;

    kc_context *context;
    kc_site *site;
    kc_system **systems;
    size_t system_count;
    kc_encoder **encoders;
    size_t encoder_count;

    struct job *jobs; /* newest first */
    uint64_t last_job;
    struct streams streams;
    bool secure_cookies;
    bool closing;
};

/* What the library is to be used with: context, ledger, site, policies, systems. False after a complaint. */
bool systems_open(struct desk *desk);
void systems_close(struct desk *desk);
/* An encoder that was not known yet is kept. */
void systems_add_encoder(struct desk *desk, kc_encoder *encoder);
/* All systems with what they can do, their limits and encoders. */
json_t *systems_describe(const struct desk *desk);

/* Looks for encoders, without anybody having asked. */
void systems_discover(struct desk *desk);

/* The station of that name, or NULL. */
struct station *desk_station(const struct desk *desk, const char *name);
/* Remembers on which encoder a station worked. */
void desk_remember_encoder(struct desk *desk, const char *station, const char *encoder, const char *system);

#endif
