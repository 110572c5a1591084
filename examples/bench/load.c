/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Context, properties, systems and encoders of a load test, as the settings say. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "../common/program.h"

enum {
    CONNECT_PATIENCE = 60, /* seconds; the library's own time-outs are shorter */
    ROOMS_LEAST = 1000
};

int64_t load_clock(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool fail(struct load *load, const char *what, const kc_error *error)
{
    if (error == NULL)
        (void)snprintf(load->fault, sizeof load->fault, "%s", what);
    else
        (void)snprintf(load->fault, sizeof load->fault, "%s: %s (%s)", what, kc_error_get_message(error),
                       kc_error_get_advice_text(error));
    return false;
}

/* ---- The properties ------------------------------------------------------------------------------------------------
 */

static bool set_options(struct load *load, struct hotel *hotel)
{
    for (size_t i = 0; i < load->settings->options.count; i++) {
        char *name = strdup(load->settings->options.items[i]), *value = name;
        if (name == NULL)
            return fail(load, "memory is used up", NULL);
        (void)strsep(&value, "=");
        const int32_t status = kc_system_set_option(hotel->system, name, value);
        free(name);
        if (status != KC_OK)
            return fail(load, "--option", kc_system_get_error(hotel->system));
    }
    return true;
}

static bool open_hotel(struct load *load, struct hotel *hotel, size_t number)
{
    char name[64];
    (void)snprintf(name, sizeof name, "keycard-bench %zu", number + 1);
    if (kc_site_new(load->context, name, &hotel->site) != KC_OK)
        return fail(load, "no property can be made", kc_context_get_error(load->context));
    if (kc_system_new(hotel->site, "bench", load->settings->systems.items[number], &hotel->system) != KC_OK)
        return fail(load, "--system", kc_site_get_error(hotel->site));
    if (!set_options(load, hotel))
        return false;
    if (kc_site_discover(hotel->site, &hotel->discovery) != KC_OK)
        return fail(load, "memory is used up", NULL);
    return true;
}

/* Connects all systems at the same time. */
static bool connect_all(struct load *load)
{
    const int64_t end = load_clock() + (int64_t)CONNECT_PATIENCE * 1000000000;
    for (size_t i = 0; i < load->hotel_count; i++) {
        const kc_op *op = load->hotels[i].discovery;
        while (kc_op_get_state(op) != KC_STATE_DONE && load->stops == 0 && load_clock() < end)
            load_wait(load, end);
        if (kc_op_get_state(op) != KC_STATE_DONE)
            return fail(load, "stopped while it connected", NULL);
        if (kc_op_get_status(op) != KC_OK)
            return fail(load, load->settings->systems.items[i], kc_op_get_error(op));
    }
    return true;
}

static const struct names *hotel_encoders(const struct load *load, const struct hotel *hotel)
{
    return load->settings->encoders.count != 0 ? &load->settings->encoders : &hotel->encoders;
}

static bool find_encoders(struct load *load, struct hotel *hotel)
{
    for (int32_t i = 0; load->settings->encoders.count == 0 && i < kc_op_get_encoder_count(hotel->discovery); i++) {
        const char *name = kc_encoder_get_name(kc_op_get_encoder(hotel->discovery, i));
        if (!names_add(&hotel->encoders, name, load->fault, sizeof load->fault))
            return false;
    }
    if (hotel_encoders(load, hotel)->count == 0)
        return fail(load, "the lock system does not tell its encoders: name them with --encoder NAME", NULL);
    return true;
}

/* Rooms by numbers of as many digits as are needed, where none are named: so many that a room does not see hundreds of
 * guests within seconds, whose history the ledger would have to look through. */
static bool find_rooms(struct load *load, struct hotel *hotel)
{
    const size_t encoders = hotel_encoders(load, hotel)->count;
    const int64_t longest = kc_system_get_limit(hotel->system, KC_LIMIT_ROOM_LENGTH);
    const size_t least = longest == 0 || longest >= 4 ? ROOMS_LEAST : 0;
    const size_t wanted = 4 * encoders + 8 > least ? 4 * encoders + 8 : least;
    const struct names *given = &load->settings->rooms;
    char pattern[64];
    size_t first = 10000;
    if (given->count != 0 && given->count < 3 * encoders) {
        (void)snprintf(load->fault, sizeof load->fault,
                       "%zu encoders need at least %zu rooms, not %zu: --room, such as --room {101-%zu}", encoders,
                       3 * encoders, given->count, 100 + 3 * encoders);
        return false;
    }
    for (int64_t digits = 5; longest > 0 && digits > longest; digits--)
        first /= 10;
    if (first < wanted && longest > 0 && longest < 6)
        return fail(load, "the lock system's names of rooms are too short for so many: name them with --room", NULL);
    while (first < wanted)
        first *= 10;
    (void)snprintf(pattern, sizeof pattern, "{%zu-%zu}", first + 1, first + wanted);
    if (given->count == 0 && !names_add(&hotel->rooms, pattern, load->fault, sizeof load->fault))
        return false;
    if (!stays_open(&hotel->stays, given->count != 0 ? given : &hotel->rooms))
        return fail(load, "memory is used up", NULL);
    return true;
}

/* ---- The mix --------------------------------------------------------------------------------------------------------
 */

static bool check_mix(struct load *load)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        unsigned share = load->settings->has_mix ? load->settings->mix.shares[i] : kinds[i].share;
        for (size_t k = 0; k < load->hotel_count && share != 0; k++) {
            if (kc_system_has(load->hotels[k].system, kinds[i].capability))
                continue;
            if (load->settings->has_mix) {
                (void)snprintf(load->fault, sizeof load->fault,
                               "the lock system does not offer \"%s\": take it out of --mix", kinds[i].name);
                return false;
            }
            share = 0;
        }
        load->mix.shares[i] = share;
    }
    mix_complete(&load->mix);
    for (size_t k = 0; k < load->hotel_count; k++)
        if (load->settings->clean_up && !kc_system_has(load->hotels[k].system, KC_CAPABILITY_CHECK_OUT))
            return fail(load, "the lock system has no check-out for --clean-up", NULL);
    if (load->mix.total == 0)
        return fail(load, "the lock system offers none of the usual operations: say which with --mix", NULL);
    return true;
}

/* ---- The encoders
 * ----------------------------------------------------------------------------------------------------- */

static bool open_lanes(struct load *load)
{
    bool needs_stays = false;
    size_t count = 0;
    for (size_t i = 0; i < KIND_COUNT; i++)
        needs_stays = needs_stays || (load->mix.shares[i] != 0 && order_needs_stay((enum kind)i));
    for (size_t i = 0; i < load->hotel_count; i++)
        count += hotel_encoders(load, &load->hotels[i])->count;
    load->lanes = calloc(count, sizeof *load->lanes);
    if (load->lanes == NULL)
        return fail(load, "memory is used up", NULL);
    for (size_t i = 0; i < load->hotel_count; i++) {
        const struct names *encoders = hotel_encoders(load, &load->hotels[i]);
        for (size_t k = 0; k < encoders->count; k++) {
            struct lane *lane = &load->lanes[load->lane_count++];
            lane->hotel = &load->hotels[i];
            lane->encoder = encoders->items[k];
            lane->to_prepare = needs_stays ? 2 : load->mix.shares[KIND_ORIGINAL] != 0;
            lane->to_block = load->mix.shares[KIND_UNBLOCK] != 0;
            lane->to_prepare += lane->to_block;
            (void)snprintf(lane->station, sizeof lane->station, "bench-%zu", k + 1);
        }
    }
    return true;
}

static bool open_histograms(struct load *load)
{
    bool good = histogram_open(&load->all.times) && histogram_open(&load->uncorrected) && histogram_open(&load->late);
    for (size_t i = 0; i < KIND_COUNT && good; i++)
        good = load->mix.shares[i] == 0 || histogram_open(&load->kinds[i].times);
    load->messages = calloc(STATUSES, sizeof *load->messages);
    return (good && load->messages != NULL) || fail(load, "memory is used up", NULL);
}

/* ---- The whole
 * -------------------------------------------------------------------------------------------------------- */

/* Two nights, and three: by UTC, which is the time of the properties. */
static void set_ends(struct load *load)
{
    for (size_t i = 0; i < 2; i++) {
        const time_t end = time(NULL) + (time_t)(2 + i) * 86400;
        struct tm tm;
        (void)gmtime_r(&end, &tm);
        (void)strftime(load->until[i], sizeof load->until[i], "%Y-%m-%d", &tm);
    }
}

static void raise_limit_of_files(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
}

bool load_open(struct load *load, const struct settings *settings)
{
    *load = (struct load){.settings = settings, .signals = program_open_signals()};
    load->bookings = ((uint64_t)time(NULL) % 9000 + 1000) * 1000000;
    set_ends(load);
    raise_limit_of_files();
    (void)prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL); /* starts within microseconds of when they are due */
    if (load->signals < 0)
        return fail(load, "signals cannot be read", NULL);
    load->hotels = calloc(settings->systems.count, sizeof *load->hotels);
    if (load->hotels == NULL || kc_context_new(&load->context) != KC_OK)
        return fail(load, "memory or file descriptors are used up", NULL);
    if (kc_context_set_ledger(load->context, settings->ledger) != KC_OK)
        return fail(load, "--ledger", kc_context_get_error(load->context));
    while (load->hotel_count < settings->systems.count) {
        struct hotel *hotel = &load->hotels[load->hotel_count];
        if (!open_hotel(load, hotel, load->hotel_count++))
            return false;
    }
    if (!connect_all(load) || !check_mix(load))
        return false;
    for (size_t i = 0; i < load->hotel_count; i++)
        if (!find_encoders(load, &load->hotels[i]) || !find_rooms(load, &load->hotels[i]))
            return false;
    return open_lanes(load) && open_histograms(load);
}

static void close_hotel(struct hotel *hotel)
{
    kc_op_unref(hotel->discovery);
    kc_system_unref(hotel->system);
    kc_site_unref(hotel->site);
    stays_close(&hotel->stays);
    names_free(&hotel->encoders);
    names_free(&hotel->rooms);
}

void load_close(struct load *load)
{
    for (size_t i = 0; i < load->lane_count; i++)
        kc_op_unref(load->lanes[i].op);
    for (size_t i = 0; i < load->hotel_count; i++)
        close_hotel(&load->hotels[i]);
    kc_context_unref(load->context);
    histogram_close(&load->all.times);
    histogram_close(&load->uncorrected);
    histogram_close(&load->late);
    for (size_t i = 0; i < KIND_COUNT; i++)
        histogram_close(&load->kinds[i].times);
    free(load->messages);
    free(load->lanes);
    free(load->hotels);
    if (load->signals >= 0)
        (void)close(load->signals);
}
