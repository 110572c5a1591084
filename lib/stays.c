/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guests with active keys, and then the rooms that are checked out, for lock systems that ask for all of them: read
 * from the ledger page by page, each when the driver wants it, so that their number needs next to no memory. */
#include <stdlib.h>
#include <string.h>

#include "op.h"

enum { STAYS_PAGE = 64, ENDED_ROOMS_MOST = 65536 };

struct stays {
    struct worker_job job;    /* first */
    struct kc_system *system; /* with a reference while the job runs; NULL: its link is gone */
    struct kc_context *context;
    bool running, telling;
    bool wanted, anew; /* asked for while the last ones were told of */
    int64_t wanted_days;

    /* the worker's while the job runs */
    const char *site, *name; /* of the system */
    int64_t now_utc, ended_days;
    bool ended;      /* the active ones were read: the next page is about the rooms that are checked out */
    bool told_ended; /* the page in `found` is about these */
    uint64_t *rooms; /* hashes of those that were told */
    size_t room_count;
    struct uuid first, after;
    struct arena arena;
    struct record **found;
    bool *sharers;
    size_t count;
    bool last;
};

/* ---- In the worker's thread ------------------------------------------------------------------------------------- */

static bool is_over(const struct stays *stays, const struct record *key)
{
    return key->until_utc && key->until_utc <= stays->now_utc;
}

/* The first key of a guest who shares the room: the oldest active key of a booking that has no original of its own,
 * while that of the room is active. */
static int32_t is_sharer(const struct stays *stays, const struct ledger *ledger, const struct record *key, bool *yes,
                         struct kc_error *error)
{
    struct arena arena = {0};
    struct ledger_lookup lookup = {.site = stays->site,
                                   .station = "",
                                   .booking = key->booking,
                                   .idempotency_key = "",
                                   .rooms = key->rooms,
                                   .wants_keys = true};
    const struct record *oldest = NULL;
    int32_t status = ledger_lookup_job(ledger, &lookup, &arena, error);
    const struct record *original = status == KC_OK ? ledger_active_original(&lookup, stays->now_utc) : NULL;
    for (size_t i = 0; status == KC_OK && i < lookup.stay.count; i++) {
        const struct record *other = &lookup.stay.records[i];
        if (other->kind == KC_KIND_DUPLICATE && other->key_state == KC_KEY_ACTIVE && !is_over(stays, other) &&
            strcmp(other->system, stays->name) == 0)
            oldest = other;
    }
    *yes = original && strcmp(original->booking, key->booking) != 0 && oldest && uuid_equal(&oldest->id, &key->id);
    arena_free(&arena);
    return status;
}

/* Somebody has a key of the room, or perhaps has one, or one is being made. */
static int32_t is_taken(const struct stays *stays, const struct ledger *ledger, const char *room, bool *yes,
                        struct kc_error *error)
{
    struct record_query query = {
        .find = RECORD_BY_ROOM, .site = stays->site, .value = room, .keys_only = true, .active_only = true, .limit = 1};
    struct arena arena = {0};
    struct record *records;
    size_t count = 0;
    int32_t status = ledger_find_job(ledger, &query, false, &arena, &records, &count, error);
    *yes = count > 0;
    arena_free(&arena);
    return status;
}

/* FNV-1a: only ever held against those of the same property. */
static uint64_t room_hash(const char *room)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *room; room++)
        hash = (hash ^ (uint8_t)*room) * UINT64_C(1099511628211);
    return hash;
}

/* Whether the room was met before; now it was. */
static int32_t met(struct stays *stays, const char *room, bool *before, struct kc_error *error)
{
    uint64_t hash = room_hash(room);
    *before = true;
    for (size_t i = 0; i < stays->room_count; i++)
        if (stays->rooms[i] == hash)
            return KC_OK;
    if (stays->room_count == ENDED_ROOMS_MOST)
        return KC_OK;
    if ((stays->room_count & (stays->room_count - 1)) == 0) { /* full: twice as much */
        size_t size = stays->room_count ? stays->room_count * 2 : 1;
        uint64_t *rooms = realloc(stays->rooms, size * sizeof(*rooms));
        if (!rooms)
            return error_no_memory(error);
        stays->rooms = rooms;
    }
    stays->rooms[stays->room_count++] = hash;
    *before = false;
    return KC_OK;
}

/* The last guest of a room, if he was checked out and nobody has it. */
static int32_t add_ended(struct stays *stays, const struct ledger *ledger, struct record *key, struct kc_error *error)
{
    bool skip;
    if (key->key_state != KC_KEY_CHECKED_OUT || !kind_is_original(key->kind) || strcmp(key->system, stays->name) != 0 ||
        !key->rooms.count)
        return KC_OK;
    int32_t status = met(stays, key->rooms.items[0], &skip, error);
    if (status == KC_OK && !skip)
        status = is_taken(stays, ledger, key->rooms.items[0], &skip, error);
    if (status != KC_OK || skip)
        return status;
    key->guest = "";
    stays->found[stays->count] = key;
    stays->sharers[stays->count++] = false;
    return KC_OK;
}

static int32_t add(struct stays *stays, const struct ledger *ledger, struct record *key, struct kc_error *error)
{
    bool sharer = false;
    if (stays->ended)
        return add_ended(stays, ledger, key, error);
    if (key->key_state != KC_KEY_ACTIVE || strcmp(key->system, stays->name) != 0 || is_over(stays, key) ||
        !key->rooms.count)
        return KC_OK;
    if (!kind_is_original(key->kind)) {
        if (key->kind != KC_KIND_DUPLICATE || !*key->booking)
            return KC_OK;
        int32_t status = is_sharer(stays, ledger, key, &sharer, error);
        if (status != KC_OK || !sharer)
            return status;
    }
    stays->found[stays->count] = key;
    stays->sharers[stays->count++] = sharer;
    return KC_OK;
}

/* Where the next page begins, if there is one. */
static void turn_page(struct stays *stays, const struct record *records, size_t count)
{
    int64_t oldest = (stays->now_utc - stays->ended_days * 86400) * 1000;
    bool more = count == STAYS_PAGE && (!stays->ended || records[count - 1].created_ms >= oldest);
    stays->told_ended = stays->ended;
    stays->last = !more && (stays->ended || stays->ended_days <= 0);
    if (more) {
        stays->first = records[0].id;
        stays->after = records[count - 1].id;
    } else {
        stays->ended = true;
        memset(&stays->first, 0, sizeof(stays->first));
        memset(&stays->after, 0, sizeof(stays->after));
    }
}

static int32_t read_page(struct worker_job *job, struct store *store, struct kc_error *error)
{
    struct stays *stays = (struct stays *)job;
    struct ledger ledger = {store, stays->context->instance};
    struct record_query query = {.find = RECORD_ALL,
                                 .site = stays->site,
                                 .keys_only = true,
                                 .active_only = !stays->ended,
                                 .limit = STAYS_PAGE,
                                 .after = stays->after};
    struct record *records = NULL;
    size_t count = 0;
    int32_t status = ledger_find_job(&ledger, &query, false, &stays->arena, &records, &count, error);
    stays->count = 0;
    stays->found = arena_alloc(&stays->arena, STAYS_PAGE * sizeof(*stays->found));
    stays->sharers = arena_alloc(&stays->arena, STAYS_PAGE * sizeof(*stays->sharers));
    if (status == KC_OK && (!stays->found || !stays->sharers))
        status = error_no_memory(error);
    if (status == KC_OK && count > 0 && uuid_equal(&records[0].id, &stays->first))
        status = error_set(error, KC_ERROR_LEDGER, "ledger", "This ledger cannot be read page by page.");
    for (size_t i = 0; status == KC_OK && i < count; i++)
        status = add(stays, &ledger, &records[i], error);
    if (status == KC_OK)
        turn_page(stays, records, count);
    return status;
}

/* ---- In the loop's thread --------------------------------------------------------------------------------------- */

static const char *guest_text(struct stays *stays, const char *guest)
{
    const struct driver_limits *limits = &stays->system->profile.limits;
    struct buf text = {0};
    char *copy = NULL;
    if (text_adapt(stays->context->adapter, guest, limits->charset, &text) == 0 && !text.failed &&
        (copy = arena_alloc(&stays->arena, text.length + 1))) {
        if (text.length)
            memcpy(copy, text.data, text.length);
        text_cut(copy, (size_t)limits->guest_length);
    }
    buf_free(&text);
    return copy;
}

static void moment_at(const struct kc_site *site, int64_t utc, struct moment *out)
{
    if (!utc || moment_from_utc(site->zone, utc, out) != KC_OK)
        memset(out, 0, sizeof(*out));
}

static int make_stay(struct stays *stays, size_t index, struct driver_stay *out)
{
    const struct record *key = stays->found[index];
    const char **rooms = arena_alloc(&stays->arena, key->rooms.count * sizeof(*rooms));
    if (!rooms || !(out->guest = guest_text(stays, key->guest)))
        return -1;
    for (size_t i = 0; i < key->rooms.count; i++) {
        const char *mapped = name_map_find(&stays->system->rooms, key->rooms.items[i]);
        rooms[i] = mapped ? mapped : key->rooms.items[i];
    }
    out->rooms = (struct strings){rooms, key->rooms.count};
    out->booking = key->booking;
    out->sharer = stays->sharers[index];
    out->ended = stays->told_ended;
    moment_at(stays->system->site, key->from_utc, &out->from);
    moment_at(stays->system->site, key->until_utc, &out->until);
    return 0;
}

static struct driver_stay *make_stays(struct stays *stays)
{
    struct driver_stay *list = arena_alloc(&stays->arena, (stays->count + 1) * sizeof(*list));
    for (size_t i = 0; list && i < stays->count; i++)
        if (make_stay(stays, i, &list[i]) != 0)
            return NULL;
    return list;
}

static void stays_free(struct stays *stays)
{
    arena_free(&stays->arena);
    free(stays->rooms);
    free(stays);
}

static void submit(struct stays *stays);

static void tell(struct stays *stays)
{
    struct kc_system *system = stays->system;
    struct driver_stay *list = make_stays(stays);
    if (!list) {
        driver_link_fail(&system->link, KC_ERROR_NO_MEMORY, "Memory is used up.");
        return;
    }
    stays->telling = true;
    system->link.driver->on_stays(&system->link, list, stays->count, stays->last);
    stays->telling = false;
    arena_free(&stays->arena);
    if (system->stays != stays) {
        stays_free(stays);
    } else if (stays->wanted) {
        submit(stays);
    } else if (stays->last) {
        system->stays = NULL;
        stays_free(stays);
    }
}

static void page_read(struct worker_job *job)
{
    struct stays *stays = (struct stays *)job;
    struct kc_system *system = stays->system;
    stays->running = false;
    if (system->stays != stays || system->context->closing) {
        if (system->stays == stays)
            system->stays = NULL;
        stays_free(stays);
    } else if (job->status != KC_OK) {
        context_log(stays->context, KC_LOG_ERROR, "ledger", "%s: %s", system->name,
                    job->error ? kc_error_get_message(job->error) : kc_status_text(job->status));
        driver_link_fail(&system->link, job->status, "The guests could not be read from the ledger.");
    } else if (system->state == KC_LINK_UP && !system->failing) {
        tell(stays);
    }
    system_drop(system);
}

static void submit(struct stays *stays)
{
    if (stays->anew) {
        stays->ended = false;
        stays->room_count = 0;
        memset(&stays->first, 0, sizeof(stays->first));
        memset(&stays->after, 0, sizeof(stays->after));
    }
    stays->wanted = stays->anew = false;
    stays->ended_days = stays->wanted_days;
    stays->now_utc = context_now_utc(stays->context);
    stays->running = true;
    stays->job.run = read_page;
    stays->job.done = page_read;
    arena_free(&stays->arena);
    system_hold(stays->system);
    worker_submit(stays->context->worker, &stays->job);
}

void driver_ask_stays(struct driver_link *link, bool anew, int64_t ended_days)
{
    struct kc_system *system = system_of(link);
    struct kc_error error = {0};
    if (system->state != KC_LINK_UP || system->failing || system->context->closing)
        return;
    if (context_need_ledger(system->context, &error) == KC_OK && !system->stays &&
        !(system->stays = calloc(1, sizeof(*system->stays))))
        error_no_memory(&error);
    if (error.code != KC_OK) {
        driver_link_fail(link, error.code, error.message);
        return;
    }
    struct stays *stays = system->stays;
    stays->system = system;
    stays->context = system->context;
    stays->site = system->site->name;
    stays->name = system->name;
    stays->wanted_days = ended_days;
    stays->anew = stays->anew || anew;
    if (stays->telling)
        stays->wanted = true;
    else if (!stays->running)
        submit(stays);
}

void stays_forget(struct kc_system *system)
{
    struct stays *stays = system->stays;
    system->stays = NULL;
    if (stays && !stays->running && !stays->telling)
        stays_free(stays); /* else when its job is done */
}
