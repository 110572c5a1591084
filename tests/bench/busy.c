/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The library at work on many links, for the measurements of them. */
#include "busy.h"

#include <stdio.h>
#include <stdlib.h>

void wait_begin(struct wait *wait, size_t answers)
{
    wait->started_ns = bench_now_ns();
    wait->started_at = answers;
}

void wait_end(struct wait *wait, size_t answers)
{
    const int64_t waited = bench_now_ns() - wait->started_ns;
    const size_t before = answers - wait->started_at;
    wait->longest_ns = waited > wait->longest_ns ? waited : wait->longest_ns;
    wait->most_before = before > wait->most_before ? before : wait->most_before;
}

void many_open(struct many *many, size_t count, const char *ledger)
{
    many->count = count;
    many->links = calloc(count, sizeof(*many->links));
    NEED(many->links && kc_context_new(&many->context) == KC_OK);
    NEED(kc_context_set_ledger(many->context, ledger) == KC_OK);
    for (size_t i = 0; i < count; i++) {
        many->links[i].site = bench_site_new(many->context, i);
        many->links[i].request = bench_request_new(many->links[i].site, BENCH_ENCODER);
    }
}

void many_close(struct many *many)
{
    for (size_t i = 0; i < many->count; i++) {
        kc_request_unref(many->links[i].request);
        kc_system_unref(many->links[i].system);
        kc_site_unref(many->links[i].site);
    }
    kc_context_unref(many->context);
    free(many->links);
    bench_peers_stop(&many->peers);
}

void many_add_systems(struct many *many, const char *uri)
{
    for (size_t i = 0; i < many->count; i++) {
        struct link *link = &many->links[i];
        NEED(kc_system_new(link->site, "salto", uri, &link->system) == KC_OK);
        if (many->peers.fds)
            NEED(kc_system_adopt_fd(link->system, many->peers.fds[i]) == KC_OK);
    }
}

void many_tcp_uri(char uri[80], uint16_t port)
{
    snprintf(uri, 80, "salto+tcp://127.0.0.1:%u?connect-timeout=60000", port);
}

/* A letter and six digits; printf() would be a tenth of all that is measured. */
static void write_name(char name[8], char letter, size_t number)
{
    name[0] = letter;
    for (size_t i = 6; i > 0; i--, number /= 10)
        name[i] = (char)('0' + number % 10);
    name[7] = '\0';
}

/* Another stay in another room each time, as in life: what the setters cost is in the figures. */
static void start(const struct many *many, struct link *link)
{
    kc_op *op;
    char booking[8], room[8];
    write_name(booking, 'B', link->stays);
    write_name(room, 'R', link->stays++);
    NEED(kc_request_set_booking(link->request, booking) == KC_OK);
    NEED(kc_request_clear_rooms(link->request) == KC_OK && kc_request_add_room(link->request, room) == KC_OK);
    wait_begin(&link->wait, many->ended);
    NEED(kc_issue_original(link->request, &op) == KC_OK && kc_op_set_user_data(op, link) == KC_OK);
    kc_op_unref(op);
}

/* Takes what has happened; an operation that has ended is followed by the next. Returns how many ended. */
static size_t take(struct many *many, size_t *sent, size_t operations)
{
    size_t done = 0;
    for (kc_event *event; (event = kc_context_next_event(many->context)); kc_event_unref(event)) {
        if (kc_event_get_type(event) != KC_EVENT_DONE)
            continue;
        kc_op *op = kc_event_get_op(event);
        struct link *link = kc_op_get_user_data(op);
        wait_end(&link->wait, many->ended);
        if (kc_op_get_outcome(op) != KC_OUTCOME_WRITTEN)
            fprintf(stderr, "%s\n", kc_error_get_message(kc_op_get_error(op)));
        NEED(kc_op_get_outcome(op) == KC_OUTCOME_WRITTEN);
        many->ended++;
        done++;
        if (*sent < operations) {
            (*sent)++;
            start(many, link);
        }
    }
    return done;
}

double many_run(struct many *many, size_t operations)
{
    size_t sent = many->count, done = 0;
    int64_t begin = bench_now_ns();
    for (size_t i = 0; i < many->count; i++)
        start(many, &many->links[i]);
    while (done < operations) {
        NEED(kc_context_run(many->context, 60000) == KC_OK);
        done += take(many, &sent, operations);
    }
    return (double)operations / ((double)(bench_now_ns() - begin) / 1e9);
}

void many_use_all(struct many *many)
{
    size_t sent = many->count;
    for (size_t i = 0; i < many->count; i++)
        start(many, &many->links[i]);
    for (size_t done = 0; done < many->count;) {
        NEED(kc_context_run(many->context, 60000) == KC_OK);
        done += take(many, &sent, 0);
    }
}
