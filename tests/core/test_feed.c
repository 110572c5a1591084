/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What one context writes into a ledger, as the events of another one. Two processes: tests/torture/feed.c */
#include "desk.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct watcher {
    kc_context *context;
    kc_site *site;
    kc_system *system;
};

/* The next event of the feed, which the caller gives back. */
static kc_event *next_change(struct watcher *watcher)
{
    const time_t until = time(NULL) + DESK_PATIENCE_MS / 1000;
    while (time(NULL) < until) {
        kc_event *event = kc_context_next_event(watcher->context);
        if (event && kc_event_get_type(event) == KC_EVENT_LEDGER)
            return event;
        kc_event_unref(event);
        if (!event) {
            kc_context_wait(watcher->context, 1000);
            assert_ok(kc_context_dispatch(watcher->context));
        }
    }
    fail_msg("no event of the feed comes");
    return NULL;
}

/* Once a question is answered that was asked after the switch, the switch is done. */
static void settle(struct watcher *watcher)
{
    kc_op *op;
    assert_ok(kc_list_ops(watcher->site, KC_FILTER_ALL, NULL, 1, &op));
    assert_ok(kc_op_wait(op, DESK_PATIENCE_MS));
    kc_op_unref(op);
}

static void set_watch(struct watcher *watcher, int32_t interval_ms)
{
    assert_ok(kc_context_watch_ledger(watcher->context, interval_ms));
    settle(watcher);
}

static struct watcher watch(struct desk *desk, const char *site)
{
    struct watcher watcher = {0};
    assert_ok(kc_context_new(&watcher.context));
    assert_ok(kc_context_set_ledger(watcher.context, desk->ledger));
    assert_ok(kc_site_new(watcher.context, site, &watcher.site));
    assert_ok(kc_system_new(watcher.site, "locks", "virtual:", &watcher.system));
    set_watch(&watcher, 10);
    return watcher;
}

static void leave(struct watcher *watcher)
{
    kc_system_unref(watcher->system);
    kc_site_unref(watcher->site);
    kc_context_unref(watcher->context);
}

static void make_key(struct watcher *watcher, const char *booking, const char *room)
{
    kc_request *request;
    kc_op *op;
    assert_ok(kc_request_new(watcher->site, &request));
    assert_ok(kc_request_set_booking(request, booking));
    assert_ok(kc_request_add_room(request, room));
    assert_ok(kc_request_set_station(request, "desk-9"));
    assert_ok(kc_request_set_encoder(request, "Desk 1"));
    assert_ok(kc_request_set_validity(request, NULL, "2059-12-31T11:00"));
    assert_ok(kc_issue_original(request, &op));
    assert_ok(kc_op_wait(op, DESK_PATIENCE_MS));
    assert_ok(kc_op_get_status(op));
    kc_op_unref(op);
    kc_request_unref(request);
}

static void test_others_are_told(void **state)
{
    struct desk *desk = *state;
    desk_use_file(desk);
    desk_open_virtual(desk, "");
    struct watcher watcher = watch(desk, "Grand Hotel");
    kc_op *made = desk_original(desk, "4711", "101");
    assert_made(made);
    for (int64_t entry = 1; entry <= 2; entry++) { /* intent, outcome */
        kc_event *event = next_change(&watcher);
        kc_op *op = kc_event_get_op(event);
        assert_int_equal(kc_event_get_entry(event), entry);
        assert_int_equal(kc_event_get_state(event), KC_STATE_DONE);
        assert_string_equal(kc_op_get_id(op), kc_op_get_id(made));
        assert_int_equal(kc_op_get_verb(op), KC_VERB_ISSUE_ORIGINAL);
        assert_string_equal(kc_op_get_booking(op), "4711");
        assert_string_equal(kc_op_get_room(op), "101");
        assert_string_equal(kc_op_get_station(op), "desk-1");
        assert_non_null(strstr(kc_event_get_text(event), "desk-1"));
        if (entry == 2) {
            assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_WRITTEN);
            assert_int_equal(kc_key_get_state(kc_op_get_key(op, 0)), KC_KEY_ACTIVE);
        }
        kc_event_unref(event);
    }
    leave(&watcher);
}

static void test_what_becomes_void_is_told(void **state)
{
    struct desk *desk = *state;
    desk_use_file(desk);
    desk_open_virtual(desk, "");
    kc_op *first = desk_original(desk, "4711", "101");
    assert_made(first);
    struct watcher watcher = watch(desk, "Grand Hotel");
    assert_made(desk_original(desk, "4711", "101"));
    bool is_void = false;
    for (int i = 0; i < 3; i++) {
        kc_event *event = next_change(&watcher);
        const kc_op *op = kc_event_get_op(event);
        if (strcmp(kc_op_get_id(op), kc_op_get_id(first)) == 0)
            is_void = kc_key_get_state(kc_op_get_key(op, 0)) == KC_KEY_VOIDED;
        kc_event_unref(event);
    }
    assert_true(is_void);
    leave(&watcher);
}

static void test_own_are_not_told(void **state)
{
    struct desk *desk = *state;
    desk_use_file(desk);
    desk_open_virtual(desk, "");
    struct watcher watcher = watch(desk, "Grand Hotel");
    make_key(&watcher, "4711", "101");
    assert_made(desk_original(desk, "4712", "102"));
    make_key(&watcher, "4713", "103");
    assert_made(desk_original(desk, "4714", "104"));
    static const int64_t entries[] = {3, 4, 7, 8};
    for (size_t i = 0; i < 4; i++) {
        kc_event *event = next_change(&watcher);
        assert_int_equal(kc_event_get_entry(event), entries[i]);
        kc_event_unref(event);
    }
    leave(&watcher);
}

static void test_off_is_off(void **state)
{
    struct desk *desk = *state;
    desk_use_file(desk);
    desk_open_virtual(desk, "");
    struct watcher watcher = watch(desk, "Grand Hotel");
    set_watch(&watcher, -1);
    assert_made(desk_original(desk, "4711", "101"));
    set_watch(&watcher, 0);
    assert_made(desk_original(desk, "4712", "102"));
    kc_event *event = next_change(&watcher);
    assert_string_equal(kc_op_get_booking(kc_event_get_op(event)), "4712");
    assert_int_equal(kc_event_get_entry(event), 3);
    leave(&watcher);
    assert_string_equal(kc_op_get_booking(kc_event_get_op(event)), "4712"); /* it keeps what it is about */
    kc_event_unref(event);
}

static void test_sites_that_are_not_known_are_left_out(void **state)
{
    struct desk *desk = *state;
    desk_use_file(desk);
    desk_open_virtual(desk, "");
    struct watcher watcher = watch(desk, "Annex");
    struct watcher other = watch(desk, "Annex");
    assert_made(desk_original(desk, "4711", "101"));
    make_key(&other, "4712", "102");
    kc_event *event = next_change(&watcher);
    assert_string_equal(kc_op_get_booking(kc_event_get_op(event)), "4712");
    kc_event_unref(event);
    leave(&other);
    leave(&watcher);
}

static void copy_database(sqlite3 *from, sqlite3 *to)
{
    sqlite3_backup *copy = sqlite3_backup_init(to, "main", from, "main");
    assert_non_null(copy);
    assert_int_equal(sqlite3_backup_step(copy, -1), SQLITE_DONE);
    assert_int_equal(sqlite3_backup_finish(copy), SQLITE_OK);
}

/* The ledger was restored from a backup, or another server took over. */
static void test_another_journal_is_to_be_listed_anew(void **state)
{
    struct desk *desk = *state;
    sqlite3 *db, *backup;
    desk_use_file(desk);
    desk_open_virtual(desk, "");
    assert_made(desk_original(desk, "4711", "101"));
    assert_int_equal(sqlite3_open(strchr(desk->ledger, ':') + 1, &db), SQLITE_OK);
    assert_int_equal(sqlite3_open(":memory:", &backup), SQLITE_OK);
    copy_database(db, backup);
    assert_made(desk_original(desk, "4712", "102"));
    struct watcher watcher = watch(desk, "Grand Hotel");
    copy_database(backup, db);
    kc_event *event = next_change(&watcher);
    assert_null(kc_event_get_op(event));
    assert_int_equal(kc_event_get_entry(event), 0);
    assert_string_not_equal(kc_event_get_text(event), "");
    kc_event_unref(event);
    assert_made(desk_original(desk, "4713", "103"));
    event = next_change(&watcher);
    assert_string_equal(kc_op_get_booking(kc_event_get_op(event)), "4713");
    kc_event_unref(event);
    leave(&watcher);
    sqlite3_close(backup);
    sqlite3_close(db);
}

static void test_ledgers_that_nobody_shares(void **state)
{
    static const char *const ledgers[] = {"memory:", "none:"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        kc_context *context;
        assert_ok(kc_context_new(&context));
        assert_ok(kc_context_set_ledger(context, ledgers[i]));
        assert_int_equal(kc_context_watch_ledger(context, 0), KC_ERROR_NOT_OFFERED);
        assert_non_null(strstr(kc_error_get_message(kc_context_get_error(context)), ledgers[i]));
        assert_int_equal(kc_context_watch_ledger(context, 3600001), KC_ERROR_INVALID_ARGUMENT);
        kc_context_unref(context);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_others_are_told),
        DESK_TEST(test_what_becomes_void_is_told),
        DESK_TEST(test_own_are_not_told),
        DESK_TEST(test_off_is_off),
        DESK_TEST(test_sites_that_are_not_known_are_left_out),
        DESK_TEST(test_another_journal_is_to_be_listed_anew),
        cmocka_unit_test(test_ledgers_that_nobody_shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
