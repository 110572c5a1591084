/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The course of a load test. Each operation is due at a time that was fixed before; one that is due while its encoder
 * still has another waits, and what it takes is counted from when it was due. So a lock system that stalls shows in
 * the figures with all who had to wait for it, and not only with the one that it kept (coordinated omission). */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "live.h"
#include "load.h"

enum { SECOND = 1000000000, AT_ONCE = 256, LAST_PATIENCE = 5 };

/* ---- What came
 * ------------------------------------------------------------------------------------------------------- */

static void count_status(struct load *load, const struct lane *lane)
{
    const int32_t status = kc_op_get_status(lane->op);
    load->unknown += kc_op_get_outcome(lane->op) == KC_OUTCOME_UNKNOWN;
    if (status == KC_OK)
        return;
    const size_t code = status < 0 && status > -STATUSES ? (size_t)-status : STATUSES - 1;
    if (load->statuses[code]++ == 0 && kc_op_get_error(lane->op) != NULL)
        (void)snprintf(load->messages[code], MESSAGE_SIZE, "%s", kc_error_get_message(kc_op_get_error(lane->op)));
    load->all.failed++;
    load->kinds[lane->kind].failed++;
}

static void measure(struct load *load, const struct lane *lane, int64_t now)
{
    const uint64_t time = (uint64_t)(now - lane->due);
    histogram_record(&load->all.times, time);
    histogram_record(&load->kinds[lane->kind].times, time);
    histogram_record(&load->uncorrected, (uint64_t)(now - lane->started));
    count_status(load, lane);
}

static void end_of_preparation(struct load *load, const struct lane *lane)
{
    const kc_error *error = kc_op_get_error(lane->op);
    if (kc_op_get_status(lane->op) != KC_OK && load->stops == 0 && load->fault[0] == '\0')
        (void)snprintf(load->fault, sizeof load->fault, "the first keys cannot be made, here at encoder %s: %s (%s)",
                       lane->encoder, kc_error_get_message(error), kc_error_get_advice_text(error));
}

static int64_t due(const struct load *load, uint64_t number)
{
    return load->began + (int64_t)((double)number * (SECOND / load->settings->rate));
}

/* Starts what waits for this encoder, as far as it is free. */
static void start_next(struct load *load, struct lane *lane)
{
    const size_t index = (size_t)(lane - load->lanes);
    while (lane->op == NULL && lane->backlog != 0 && load->fault[0] == '\0') {
        const uint64_t number = plan_number(load->lane_count, index, lane->row++);
        lane->backlog--;
        lane->due = due(load, number);
        if (order_start(load, lane, plan_kind(&load->mix, number)))
            load->started++;
        else
            load->skipped++;
    }
}

static void take_end(struct load *load, struct lane *lane)
{
    const bool is_done = kc_op_get_status(lane->op) == KC_OK;
    switch (load->phase) {
    case PHASE_MEASURE:
        measure(load, lane, load_clock());
        order_end(load, lane);
        start_next(load, lane);
        return;
    case PHASE_PREPARE:
        end_of_preparation(load, lane);
        break;
    default:
        load->cleaned += is_done;
        load->not_cleaned += !is_done;
    }
    order_end(load, lane);
}

static void take_events(struct load *load)
{
    for (kc_event *event; (event = kc_context_next_event(load->context)) != NULL; kc_event_unref(event)) {
        const kc_op *op = kc_event_get_op(event);
        struct lane *lane = op != NULL ? kc_op_get_user_data(op) : NULL;
        if (kc_event_get_type(event) == KC_EVENT_DONE && lane != NULL && lane->op == op)
            take_end(load, lane);
    }
}

static void take_signals(struct load *load)
{
    struct signalfd_siginfo signal;
    while (read(load->signals, &signal, sizeof signal) == sizeof signal)
        load->stops++;
}

void load_wait(struct load *load, int64_t until)
{
    struct pollfd entries[] = {{.fd = kc_context_get_fd(load->context), .events = POLLIN},
                               {.fd = load->signals, .events = POLLIN}};
    const int64_t left = until - load_clock();
    const struct timespec patience = {.tv_sec = left > 0 ? left / SECOND : 0, .tv_nsec = left > 0 ? left % SECOND : 0};
    if (ppoll(entries, 2, &patience, NULL) < 0 && errno != EINTR)
        (void)snprintf(load->fault, sizeof load->fault, "nothing can be waited for");
    if (entries[0].revents != 0 && kc_context_dispatch(load->context) != KC_OK)
        (void)snprintf(load->fault, sizeof load->fault, "the library cannot go on");
    take_events(load);
    if (entries[1].revents != 0)
        take_signals(load);
}

/* ---- Before and after
 * -------------------------------------------------------------------------------------------------- */

/* Each encoder does its part, all at the same time, until none has anything left. */
static void work_off(struct load *load, bool (*next)(struct load *load, struct lane *lane))
{
    const int stops = load->stops;
    for (bool more = true; more && load->fault[0] == '\0' && load->stops == stops;) {
        more = load->busy != 0;
        for (size_t i = 0; i < load->lane_count && load->fault[0] == '\0'; i++)
            if (load->lanes[i].op == NULL)
                more = next(load, &load->lanes[i]) || more;
        if (more)
            load_wait(load, load_clock() + SECOND);
    }
}

static bool prepare_next(struct load *load, struct lane *lane)
{
    if (lane->to_prepare != 0) {
        lane->to_prepare--;
        return order_start(load, lane, KIND_ORIGINAL);
    }
    if (!lane->to_block)
        return false;
    lane->to_block = false;
    return order_start(load, lane, KIND_BLOCK);
}

static bool clean_next(struct load *load, struct lane *lane)
{
    lane->stay = stays_take(&lane->hotel->stays, STAY_ACTIVE);
    if (lane->stay == NULL)
        lane->stay = stays_take(&lane->hotel->stays, STAY_BLOCKED);
    if (lane->stay == NULL)
        return false;
    lane->stay->state = STAY_FREE; /* whatever comes of it: once is enough */
    return order_start(load, lane, KIND_CHECK_OUT);
}

/* ---- The measurement
 * --------------------------------------------------------------------------------------------------- */

static void start_due(struct load *load, int64_t now)
{
    for (int i = 0; i < AT_ONCE && load->next < load->planned && due(load, load->next) <= now; i++) {
        struct lane *lane = &load->lanes[plan_lane(load->lane_count, load->next++)];
        const bool is_free = lane->op == NULL && lane->backlog == 0;
        lane->backlog++;
        start_next(load, lane);
        if (is_free && lane->op != NULL)
            histogram_record(&load->late, (uint64_t)(lane->started - lane->due));
    }
}

static uint64_t backlog(const struct load *load)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < load->lane_count; i++)
        sum += load->lanes[i].backlog;
    return sum;
}

static void drop_backlog(struct load *load)
{
    load->not_started += backlog(load);
    for (size_t i = 0; i < load->lane_count; i++)
        load->lanes[i].backlog = 0;
}

static void plan(struct load *load)
{
    const double by_time = load->settings->duration * load->settings->rate;
    load->planned = by_time < 1e12 ? (uint64_t)by_time : UINT64_C(1000000000000);
    if (load->settings->count != 0 && load->settings->count < load->planned)
        load->planned = load->settings->count;
    if (load->planned == 0)
        load->planned = 1;
}

/* Everything was started, or shall not be: waits for the rest, then cancels it. */
static void drain(struct load *load, struct live *live)
{
    int64_t end = load_clock() + (int64_t)(load->settings->drain * SECOND);
    bool is_cancelled = false;
    while ((load->busy != 0 || backlog(load) != 0) && load->fault[0] == '\0' && load->stops < 2) {
        const int64_t now = load_clock();
        if (now >= end && is_cancelled)
            break;
        if (now >= end) {
            drop_backlog(load);
            for (size_t i = 0; i < load->lane_count; i++)
                (void)kc_op_cancel(load->lanes[i].op);
            is_cancelled = true;
            end = now + (int64_t)LAST_PATIENCE * SECOND;
        }
        const int64_t tick = live_tick(live, load, now);
        load_wait(load, tick < end ? tick : end);
        if (load->stops == 1)
            drop_backlog(load);
    }
    drop_backlog(load);
    load->unfinished = load->busy;
}

static void run(struct load *load)
{
    struct live live;
    plan(load);
    load->phase = PHASE_MEASURE;
    load->began = load_clock();
    live_start(&live, load);
    while (load->next < load->planned && load->stops == 0 && load->fault[0] == '\0') {
        const int64_t now = load_clock();
        start_due(load, now);
        const int64_t tick = live_tick(&live, load, now), next = due(load, load->next);
        load_wait(load, next < tick ? next : tick);
    }
    if (load->stops != 0)
        drop_backlog(load);
    drain(load, &live);
    load->ended = load_clock();
    live_end(&live, load);
}

bool load_run(struct load *load)
{
    work_off(load, prepare_next);
    if (load->stops != 0)
        (void)snprintf(load->fault, sizeof load->fault, "stopped before anything was measured");
    if (load->fault[0] != '\0')
        return false;
    run(load);
    if (load->fault[0] == '\0' && load->settings->clean_up && load->unfinished == 0) {
        load->phase = PHASE_CLEAN_UP;
        work_off(load, clean_next);
    }
    return load->fault[0] == '\0';
}
