/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A lock system that lost its data asks for all guests: it is told of those with active keys, of no others, each once,
 * and keys go on being made meanwhile. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fias_rig.h"

#define DR "DR|DA260115|TI093005|"

static const char *const guests_wanted[] = {"RIKR|FLWSKCRNKTG#GAGDDT", "RIKD|FLWSKCRNG#", "RIKA|FLASCTKCWSG#",
                                            "RIGI|FLRNG#GSGNGAGDSF", NULL};

static const char *const rooms_wanted[] = {"RIKR|FLWSKCRNKTG#GAGDDT", "RIKD|FLWSKCRNG#",   "RIKA|FLASCTKCWSG#",
                                           "RIGI|FLRNG#GSSF",         "RIGO|FLRNG#GSGNSF", NULL};

/* What stands between DS and DE. */
struct told {
    char records[1200][200];
    size_t count;
};

static void take_told(struct fias_rig *rig, struct fias_peer *peer, struct told *told)
{
    told->count = 0;
    assert_memory_equal(fias_peer_hear_request(rig, peer), "DS|", 3);
    for (;;) {
        const char *record = fias_peer_hear(rig, peer);
        if (strncmp(record, "DE|", 3) == 0)
            return;
        assert_true(strncmp(record, "GI|", 3) == 0 || strncmp(record, "GO|", 3) == 0);
        assert_true(told->count < sizeof(told->records) / sizeof(told->records[0]));
        snprintf(told->records[told->count++], sizeof(told->records[0]), "%s", record);
    }
}

static const char *find_told(const struct told *told, const char *part)
{
    const char *found = NULL;
    for (size_t i = 0; i < told->count; i++)
        if (strstr(told->records[i], part)) {
            assert_null(found); /* once */
            found = told->records[i];
        }
    return found;
}

static void make_stays(struct fias_rig *rig, struct fias_peer *peer, int count)
{
    for (int i = 0; i < count; i++) {
        char booking[16], room[16];
        snprintf(booking, sizeof(booking), "%d", 5000 + i);
        snprintf(room, sizeof(room), "%d", 1000 + i);
        fias_rig_make(rig, peer, kc_issue_original, booking, room, "Guest");
    }
}

/* More than one page of the ledger, and every kind of key. */
static void active_stays_are_told(bool file)
{
    static struct told told;
    struct fias_rig rig;
    struct fias_peer peer;
    fias_rig_open(&rig, file, NULL);
    assert_int_equal(kc_system_map_room(rig.system, "Penthouse", "9001"), KC_OK);
    fias_peer_start(&rig, &peer, guests_wanted);
    fias_peer_say(&peer, DR);
    take_told(&rig, &peer, &told);
    assert_int_equal(told.count, 0);
    make_stays(&rig, &peer, 150);
    fias_rig_make(&rig, &peer, kc_issue_original, "7", "Penthouse", "Günther|Łukasz");
    fias_rig_make(&rig, &peer, kc_issue_duplicate, "5000", "1000", "Guest"); /* no guest of its own */
    fias_rig_make(&rig, &peer, kc_issue_duplicate, "8", "1001", "Sharer");   /* one with a booking of his own */
    fias_rig_make(&rig, &peer, kc_issue_duplicate, "8", "1001", "Sharer");
    fias_rig_make(&rig, &peer, kc_check_out, "5002", "1002", "");
    fias_rig_make(&rig, &peer, kc_issue_original, "9", "1003", "Next"); /* the guest before has no key any more */
    fias_rig_make(&rig, &peer, kc_reissue, "5004", "1004", "Guest");
    kc_op *refused = fias_rig_ask(&rig, kc_issue_original, "10", "1200", "Nobody");
    fias_peer_answer(&peer, fias_peer_hear_request(&rig, &peer), "UR");
    fias_rig_expect(&rig, refused, KC_ERROR_VENDOR, KC_OUTCOME_NOT_WRITTEN);
    fias_peer_say(&peer, DR);
    take_told(&rig, &peer, &told);
    assert_int_equal(told.count, 150 - 2 + 3);
    const char *record = find_told(&told, "|G#7|");
    assert_non_null(record);
    assert_non_null(strstr(record, "GI|RN9001|G#7|GSN|GNGunther Lukasz|"));
    assert_non_null(strstr(record, "|GD600618|SF|"));
    assert_non_null(strstr(find_told(&told, "|G#8|"), "GI|RN1001|G#8|GSY|GNSharer|"));
    assert_non_null(strstr(find_told(&told, "|G#5001|"), "|GSN|"));
    assert_non_null(find_told(&told, "|G#5000|"));
    assert_non_null(find_told(&told, "|G#5004|"));
    assert_non_null(find_told(&told, "|G#9|"));
    assert_null(find_told(&told, "|G#5002|"));
    assert_null(find_told(&told, "|G#5003|"));
    assert_null(find_told(&told, "|G#10|"));
    fias_peer_close(&peer);
    fias_rig_close(&rig);
}

static void test_active_stays_are_told(void **state)
{
    (void)state;
    active_stays_are_told(false);
}

static void test_active_stays_are_told_from_a_file(void **state)
{
    (void)state;
    active_stays_are_told(true);
}

int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);

static time_t stands_at; /* where the clock on the wall has stopped; 0: it goes */

int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
    const int result = __real_clock_gettime(clock, time);
    if (stands_at != 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        *time = (struct timespec){.tv_sec = stands_at};
    return result;
}

/* A key of the lock system with an end of its own, or, without a peer, one of the other system. */
static void make_key(struct fias_rig *rig, struct fias_peer *peer, int32_t (*verb)(kc_request *, kc_op **),
                     const char *booking, const char *room, const char *until)
{
    kc_request *request;
    kc_op *op;
    assert_int_equal(kc_request_new(rig->site, &request), KC_OK);
    assert_int_equal(kc_request_set_system(request, peer ? "locks" : "other"), KC_OK);
    if (verb != kc_check_out)
        assert_int_equal(kc_request_set_encoder(request, peer ? "1" : "Desk 1"), KC_OK);
    assert_int_equal(kc_request_set_station(request, "desk"), KC_OK);
    assert_int_equal(kc_request_set_booking(request, booking), KC_OK);
    assert_int_equal(kc_request_add_room(request, room), KC_OK);
    assert_int_equal(kc_request_set_guest(request, "Guest"), KC_OK);
    assert_int_equal(kc_request_set_validity(request, NULL, until), KC_OK);
    assert_int_equal(verb(request, &op), KC_OK);
    kc_request_unref(request);
    if (peer)
        fias_peer_answer(peer, fias_peer_hear_request(rig, peer), "OK");
    fias_rig_expect(rig, op, KC_OK, KC_OUTCOME_WRITTEN);
}

/* Neither keys of another lock system, nor those whose time is over; and a sharer is told of by what he has left. */
static void test_only_keys_of_this_system_that_still_open(void **state)
{
    (void)state;
    static const char end[] = "2040-01-01T12:00", later[] = "2060-06-18T11:30";
    const time_t end_utc = 2209032000;
    static struct told told;
    struct fias_rig rig;
    struct fias_peer peer;
    kc_system *other;
    fias_rig_open(&rig, false, NULL);
    assert_int_equal(kc_system_new(rig.site, "other", "virtual:", &other), KC_OK);
    fias_peer_start(&rig, &peer, guests_wanted);
    make_key(&rig, NULL, kc_issue_original, "21", "1001", later);
    make_key(&rig, &peer, kc_issue_original, "22", "1002", end);
    make_key(&rig, &peer, kc_issue_original, "23", "1003", later);
    make_key(&rig, &peer, kc_issue_duplicate, "24", "1003", end);
    make_key(&rig, &peer, kc_issue_duplicate, "24", "1003", later);
    for (time_t before = 1; before >= 0; before--) {
        stands_at = end_utc - before;
        fias_peer_say(&peer, DR);
        take_told(&rig, &peer, &told);
        stands_at = 0;
        assert_int_equal(told.count, 2 + before);
        assert_null(find_told(&told, "|G#21|"));
        assert_int_equal(find_told(&told, "|G#22|") != NULL, before == 1);
        assert_non_null(find_told(&told, "|G#23|"));
        assert_non_null(strstr(find_told(&told, "|G#24|"), before == 1 ? "|GD400101|" : "|GD600618|"));
    }
    fias_peer_close(&peer);
    kc_system_unref(other);
    fias_rig_close(&rig);
}

/* One who shares rooms of two lock systems: this one is told of the key that he has here, though the other is older. A
 * duplicate goes where the station's last key was made, so each follows an original of its system. */
static void test_sharer_with_an_older_key_of_another_system(void **state)
{
    (void)state;
    static const char until[] = "2060-06-18T11:30";
    static struct told told;
    struct fias_rig rig;
    struct fias_peer peer;
    kc_system *other;
    fias_rig_open(&rig, false, NULL);
    assert_int_equal(kc_system_new(rig.site, "other", "virtual:", &other), KC_OK);
    fias_peer_start(&rig, &peer, guests_wanted);
    make_key(&rig, NULL, kc_issue_original, "25", "1005", until);
    make_key(&rig, NULL, kc_issue_duplicate, "24", "1005", until);
    make_key(&rig, &peer, kc_issue_original, "23", "1003", until);
    make_key(&rig, &peer, kc_issue_duplicate, "24", "1003", until);
    fias_peer_say(&peer, DR);
    take_told(&rig, &peer, &told);
    assert_int_equal(told.count, 2);
    assert_non_null(find_told(&told, "|G#23|"));
    const char *sharer = find_told(&told, "|G#24|");
    assert_non_null(sharer);
    assert_memory_equal(sharer, "GI|RN1003|G#24|GSY|", 19);
    fias_peer_close(&peer);
    kc_system_unref(other);
    fias_rig_close(&rig);
}

/* Exactly whole pages: the last one is empty. */
static void test_whole_pages(void **state)
{
    (void)state;
    static struct told told;
    struct fias_rig rig;
    struct fias_peer peer;
    fias_rig_open(&rig, false, NULL);
    fias_peer_start(&rig, &peer, guests_wanted);
    make_stays(&rig, &peer, 128);
    fias_peer_say(&peer, DR);
    fias_peer_say(&peer, DR); /* once more, while it is answered: one answer */
    take_told(&rig, &peer, &told);
    assert_int_equal(told.count, 128);
    fias_rig_make(&rig, &peer, kc_issue_original, "1", "101", "Guest"); /* nothing else was said */
    fias_peer_close(&peer);
    fias_rig_close(&rig);
}

/* Keys are made while it goes on, and it comes to its end. */
static void test_keys_are_made_meanwhile(void **state)
{
    (void)state;
    struct fias_rig rig;
    struct fias_peer peer;
    size_t told = 0, requests = 0;
    fias_rig_open(&rig, false, NULL);
    fias_peer_start(&rig, &peer, guests_wanted);
    make_stays(&rig, &peer, 300);
    fias_peer_say(&peer, DR);
    assert_memory_equal(fias_peer_hear(&rig, &peer), "DS|", 3);
    assert_memory_equal(fias_peer_hear(&rig, &peer), "GI|", 3);
    kc_op *op = fias_rig_ask(&rig, kc_issue_original, "1", "101", "Guest");
    for (const char *record = fias_peer_hear(&rig, &peer); strncmp(record, "DE|", 3) != 0;
         record = fias_peer_hear(&rig, &peer)) {
        told += strncmp(record, "GI|", 3) == 0 && strstr(record, "|SF|"); /* without it: who comes just now */
        if (strncmp(record, "KR|", 3) == 0) {
            assert_true(told < 250);
            requests++;
            fias_peer_answer(&peer, record, "OK");
        }
    }
    assert_int_equal(requests, 1);
    fias_rig_expect(&rig, op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(told, 299); /* and the first; the new one is not among them, it was told of by its request */
    fias_peer_close(&peer);
    fias_rig_close(&rig);
}

/* The stays of a large house need no memory by their number: 2,000 of them, as structs alone, were over a megabyte. */
static void test_memory_is_bounded(void **state)
{
    (void)state;
    enum { COUNT = 2000, MOST = 400 * 1024 };
    struct fias_rig rig;
    struct fias_peer peer;
    size_t most = 0, told = 0;
    fias_rig_open(&rig, false, NULL);
    fias_peer_start(&rig, &peer, guests_wanted);
    make_stays(&rig, &peer, COUNT);
    struct mallinfo2 before = mallinfo2();
    fias_peer_say(&peer, DR);
    for (const char *record = ""; strncmp(record, "DE|", 3) != 0; record = fias_peer_hear(&rig, &peer)) {
        struct mallinfo2 now = mallinfo2();
        size_t grown = now.uordblks + now.hblkhd - before.uordblks - before.hblkhd;
        told += strncmp(record, "GI|", 3) == 0;
        if (grown > most && grown < SIZE_MAX / 2)
            most = grown;
    }
    print_message("%zu bytes for %zu stays\n", most, told);
    assert_int_equal(told, COUNT);
    assert_true(most < MOST);
    fias_peer_close(&peer);
    fias_rig_close(&rig);
}

/* Rooms that are checked out come behind the guests, each once, with its last guest; never one that somebody has, or
 * may have. */
static void checked_out_rooms_are_told(bool file)
{
    enum { VACANT = 150 };
    static struct told told;
    struct fias_rig rig;
    struct fias_peer peer;
    kc_system *other;
    size_t guests = 0;
    fias_rig_open(&rig, file, NULL);
    assert_int_equal(kc_system_new(rig.site, "other", "virtual:", &other), KC_OK);
    fias_peer_start(&rig, &peer, rooms_wanted);
    for (int i = 0; i < VACANT; i++) {
        char booking[16], room[16];
        snprintf(booking, sizeof(booking), "%d", 5000 + i);
        snprintf(room, sizeof(room), "%d", 1000 + i);
        fias_rig_make(&rig, &peer, kc_issue_original, booking, room, "Guest");
        fias_rig_make(&rig, &peer, kc_check_out, booking, room, "");
    }
    fias_rig_make(&rig, &peer, kc_issue_original, "1", "1001", "Next"); /* after another one, who is still there */
    fias_rig_make(&rig, &peer, kc_issue_original, "2", "1002", "Next"); /* who has left, too */
    fias_rig_make(&rig, &peer, kc_check_out, "2", "1002", "");
    fias_rig_make(&rig, &peer, kc_issue_original, "11", "2001", "Host");
    fias_rig_make(&rig, &peer, kc_issue_duplicate, "12", "2001",
                  "Sharer"); /* who leaves last, but it was not his room */
    fias_rig_make(&rig, &peer, kc_check_out, "11", "2001", "");
    fias_rig_make(&rig, &peer, kc_check_out, "12", "2001", "");
    make_key(&rig, NULL, kc_issue_original, "13", "2002", "2060-06-18T11:30"); /* of another lock system */
    make_key(&rig, NULL, kc_check_out, "13", "2002", NULL);
    fias_rig_make(&rig, &peer, kc_issue_original, "3", "2000", "Host");
    fias_rig_make(&rig, &peer, kc_issue_duplicate, "4", "2000", "Sharer");
    fias_rig_make(&rig, &peer, kc_check_out, "3", "2000", ""); /* the sharer stays */
    kc_op *op = fias_rig_ask(&rig, kc_issue_original, "5", "1005", "Perhaps");
    assert_memory_equal(fias_peer_hear_request(&rig, &peer), "KR|", 3);
    fias_peer_close(&peer);
    fias_rig_expect(&rig, op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    fias_peer_start(&rig, &peer, rooms_wanted);
    fias_peer_say(&peer, DR);
    take_told(&rig, &peer, &told);
    for (size_t i = 0; i < told.count; i++) {
        guests += strncmp(told.records[i], "GI|", 3) == 0;
        assert_true(i < guests || strncmp(told.records[i], "GO|", 3) == 0);
    }
    assert_int_equal(told.count - guests, VACANT - 2 + 1); /* 1001 and 1005 are not among them, but 2001 */
    assert_string_equal(find_told(&told, "|RN2001|"), "GO|RN2001|G#11|GSN|SF|");
    assert_null(find_told(&told, "|RN2002|"));
    assert_string_equal(find_told(&told, "|RN1000|"), "GO|RN1000|G#5000|GSN|SF|");
    assert_string_equal(find_told(&told, "|RN1002|"), "GO|RN1002|G#2|GSN|SF|");
    assert_string_equal(find_told(&told, "|RN1149|"), "GO|RN1149|G#5149|GSN|SF|");
    assert_memory_equal(find_told(&told, "|RN1001|"), "GI|", 3);
    assert_null(find_told(&told, "|RN1005|"));
    const char *shared = find_told(&told, "|RN2000|");
    assert_true(!shared || strncmp(shared, "GI|", 3) == 0);
    fias_peer_close(&peer);
    kc_system_unref(other);
    fias_rig_close(&rig);
}

static void test_checked_out_rooms_are_told(void **state)
{
    (void)state;
    checked_out_rooms_are_told(false);
}

static void test_checked_out_rooms_are_told_from_a_file(void **state)
{
    (void)state;
    checked_out_rooms_are_told(true);
}

/* Somebody moves into such a room while the list is told: once his key was asked for, the room is not told as empty. */
static void test_a_room_that_is_taken_meanwhile(void **state)
{
    (void)state;
    enum { VACANT = 140 };
    struct fias_rig rig;
    struct fias_peer peer;
    bool taken = false;
    size_t told = 0;
    fias_rig_open(&rig, true, NULL);
    fias_peer_start(&rig, &peer, rooms_wanted);
    for (int i = 0; i < VACANT; i++) {
        char booking[16], room[16];
        snprintf(booking, sizeof(booking), "%d", 5000 + i);
        snprintf(room, sizeof(room), "%d", 1000 + i);
        fias_rig_make(&rig, &peer, kc_issue_original, booking, room, "Guest");
        fias_rig_make(&rig, &peer, kc_check_out, booking, room, "");
    }
    fias_peer_say(&peer, DR);
    assert_memory_equal(fias_peer_hear_request(&rig, &peer), "DS|", 3);
    assert_memory_equal(fias_peer_hear(&rig, &peer), "GO|", 3);
    kc_op *op = fias_rig_ask(&rig, kc_issue_original, "1", "1000", "Guest"); /* of the last page */
    for (const char *record = fias_peer_hear(&rig, &peer); strncmp(record, "DE|", 3) != 0;
         record = fias_peer_hear(&rig, &peer)) {
        told += strncmp(record, "GO|", 3) == 0;
        assert_false(taken && strncmp(record, "GO|RN1000|", 10) == 0);
        if (strncmp(record, "KR|", 3) == 0) {
            taken = true;
            fias_peer_answer(&peer, record, "OK");
        }
    }
    fias_rig_expect(&rig, op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_true(told >= VACANT - 2);
    fias_peer_close(&peer);
    fias_rig_close(&rig);
}

/* The link goes down in the middle: the next one begins from the beginning. */
static void test_a_loss_in_the_middle(void **state)
{
    (void)state;
    static struct told told;
    struct fias_rig rig;
    struct fias_peer peer;
    fias_rig_open(&rig, true, NULL);
    fias_peer_start(&rig, &peer, guests_wanted);
    make_stays(&rig, &peer, 200);
    fias_peer_say(&peer, DR);
    assert_memory_equal(fias_peer_hear(&rig, &peer), "DS|", 3);
    assert_memory_equal(fias_peer_hear(&rig, &peer), "GI|", 3);
    fias_peer_close(&peer);
    fias_peer_start(&rig, &peer, guests_wanted);
    fias_peer_say(&peer, DR);
    take_told(&rig, &peer, &told);
    assert_int_equal(told.count, 200);
    fias_peer_say(&peer, DR); /* and the site may go in the middle, too */
    assert_memory_equal(fias_peer_hear(&rig, &peer), "DS|", 3);
    fias_rig_close(&rig);
    fias_peer_close(&peer);
}

/* What was not declared is not told: no names, or no guests at all. */
static void test_what_is_not_declared_is_not_told(void **state)
{
    (void)state;
    static const char *const nameless[] = {"RIKR|FLWSKCRNKTG#GAGDDT", "RIGI|FLRNG#GS", NULL};
    static struct told told;
    struct fias_rig rig;
    struct fias_peer peer;
    fias_rig_open(&rig, false, NULL);
    fias_peer_start(&rig, &peer, nameless);
    fias_rig_make(&rig, &peer, kc_issue_original, "11", "101", "Secret Name");
    fias_peer_say(&peer, DR);
    take_told(&rig, &peer, &told);
    assert_int_equal(told.count, 1);
    assert_string_equal(told.records[0], "GI|RN101|G#11|GSN|");
    fias_peer_close(&peer);
    fias_peer_start(&rig, &peer, fias_usual);
    fias_peer_say(&peer, DR);
    take_told(&rig, &peer, &told);
    assert_int_equal(told.count, 0);
    fias_peer_close(&peer);
    fias_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_active_stays_are_told),
        cmocka_unit_test(test_active_stays_are_told_from_a_file),
        cmocka_unit_test(test_only_keys_of_this_system_that_still_open),
        cmocka_unit_test(test_sharer_with_an_older_key_of_another_system),
        cmocka_unit_test(test_whole_pages),
        cmocka_unit_test(test_keys_are_made_meanwhile),
        cmocka_unit_test(test_memory_is_bounded),
        cmocka_unit_test(test_checked_out_rooms_are_told),
        cmocka_unit_test(test_checked_out_rooms_are_told_from_a_file),
        cmocka_unit_test(test_a_room_that_is_taken_meanwhile),
        cmocka_unit_test(test_a_loss_in_the_middle),
        cmocka_unit_test(test_what_is_not_declared_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
