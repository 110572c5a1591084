/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies and backups of the ledger through the public interface; what the stores do is in test_store_copy.c. */
#include "desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"

static const uint8_t key_a[32] = {7};
static const uint8_t key_b[32] = {8};

static kc_op *make_key(struct desk *desk, const char *booking, const char *room)
{
    kc_request *request = desk_request(desk, booking, room);
    assert_ok(kc_request_set_guest(request, "Zebulon Quartermain"));
    assert_ok(kc_request_set_idempotency_key(request, booking));
    kc_op *made = desk_run(desk, kc_issue_original, request);
    assert_made(made);
    return made;
}

/* Of bookings and rooms "0", "1" ... */
static void make_keys(struct desk *desk, int count)
{
    for (int i = 0; i < count; i++) {
        char name[12];
        snprintf(name, sizeof(name), "%d", i);
        make_key(desk, name, name);
    }
}

/* What stands beside the ledger of the desk. */
static const char *beside(const struct desk *desk, const char *start, const char *name)
{
    static char path[120];
    snprintf(path, sizeof(path), "%s%s/%s", start, desk->directory, name);
    return path;
}

static kc_op *copy(struct desk *desk, const char *uri, const uint8_t *key)
{
    kc_op *op;
    assert_ok(kc_copy_ledger(desk->site, uri, key, key ? 32 : 0, &op));
    desk_watch(desk, op);
    desk_finish(desk, op);
    return op;
}

static kc_op *backup(struct desk *desk, const char *path)
{
    kc_op *op;
    assert_ok(kc_backup_ledger(desk->site, path, &op));
    desk_watch(desk, op);
    desk_finish(desk, op);
    return op;
}

static kc_op *verify(struct desk *desk)
{
    kc_op *op;
    assert_ok(kc_verify_ledger(desk->site, &op));
    desk_watch(desk, op);
    desk_finish(desk, op);
    assert_ok(kc_op_get_status(op));
    return op;
}

/* What an operation said of a ledger; it outlives the operation. */
struct said {
    int64_t entries;
    char digest[65];
};

static struct said said_by(const kc_op *op)
{
    struct said said = {.entries = kc_op_get_entry_count(op)};
    assert_ok(kc_op_get_status(op));
    snprintf(said.digest, sizeof(said.digest), "%s", kc_op_get_ledger_digest(op));
    return said;
}

static void assert_same_ledger(struct said a, struct said b)
{
    assert_int_equal(a.entries, b.entries);
    assert_string_equal(a.digest, b.digest);
    assert_int_equal(strlen(a.digest), 64);
}

/* The desk works with that ledger from now on. */
static void move_to(struct desk *desk, const char *uri, const uint8_t *key)
{
    desk_close(desk);
    snprintf(desk->ledger, sizeof(desk->ledger), "%s", uri);
    desk->key = key;
    desk_open_virtual(desk, "");
}

static void test_the_copy_is_the_same_ledger(void **state)
{
    struct desk *desk = *state;
    desk_use_file(desk);
    desk_open_virtual(desk, "");
    char made[64];
    snprintf(made, sizeof(made), "%s", kc_op_get_id(make_key(desk, "4711", "101")));
    make_key(desk, "4712", "102");
    struct said copied = said_by(copy(desk, beside(desk, "sqlite:", "copy.db"), NULL));
    assert_same_ledger(copied, said_by(verify(desk)));
    make_key(desk, "4713", "103"); /* it is brought up to date */
    copied = said_by(copy(desk, beside(desk, "sqlite:", "copy.db"), NULL));
    assert_same_ledger(copied, said_by(verify(desk)));
    move_to(desk, beside(desk, "sqlite:", "copy.db"), NULL);
    assert_same_ledger(copied, said_by(verify(desk)));
    kc_op *again = make_key(desk, "4711", "101");
    assert_true(kc_op_is_replay(again));
    assert_string_equal(kc_op_get_id(again), made);
    /* The station's last encoder came along (the virtual lock system knows no stays after a restart). */
    assert_string_equal(kc_op_get_encoder_name(desk_duplicate(desk, "4713")), "Desk 1");
    assert_string_equal(kc_key_get_guest(kc_op_get_key(desk_keys(desk, KC_FILTER_ROOM, "102"), 0)),
                        "Zebulon Quartermain");
}

static void test_another_key(void **state)
{
    struct desk *desk = *state;
    desk_use_file(desk);
    desk_open_virtual(desk, "");
    make_key(desk, "4711", "101");
    make_key(desk, "4712", "102");
    const int64_t entries = kc_op_get_entry_count(verify(desk));
    const struct said first = said_by(copy(desk, beside(desk, "sqlite:", "a.db"), key_a));
    assert_int_equal(first.entries, entries + 2);
    assert_false(file_contains(beside(desk, "", "a.db"), "Quartermain"));
    assert_refused(copy(desk, beside(desk, "sqlite:", "a.db"), key_a), KC_ERROR_STATE, "target");
    assert_refused(copy(desk, beside(desk, "sqlite:", "a.db"), NULL), KC_ERROR_STATE, "target");
    move_to(desk, beside(desk, "sqlite:", "a.db"), key_a);
    assert_same_ledger(said_by(copy(desk, beside(desk, "sqlite:", "same.db"), NULL)), first);
    const struct said second = said_by(copy(desk, beside(desk, "sqlite:", "b.db"), key_b));
    move_to(desk, beside(desk, "sqlite:", "same.db"), key_a);
    assert_true(kc_op_is_replay(make_key(desk, "4711", "101")));
    move_to(desk, beside(desk, "sqlite:", "b.db"), key_b);
    assert_string_equal(kc_key_get_guest(kc_op_get_key(desk_keys(desk, KC_FILTER_ROOM, "101"), 0)),
                        "Zebulon Quartermain");
    assert_true(kc_op_is_replay(make_key(desk, "4712", "102")));
    assert_same_ledger(second, said_by(verify(desk)));
}

static void test_other_targets_are_refused(void **state)
{
    struct desk *desk = *state;
    size_t size;
    kc_op *op;
    desk_use_file(desk);
    desk_open_virtual(desk, "");
    make_key(desk, "4711", "101");
    move_to(desk, beside(desk, "sqlite:", "other.db"), NULL);
    make_key(desk, "4712", "102");
    desk_close(desk);
    uint8_t *before = file_read(beside(desk, "", "keys.db"), &size);
    desk_open_virtual(desk, "");
    assert_refused(copy(desk, beside(desk, "sqlite:", "keys.db"), NULL), KC_ERROR_STATE, "target");
    assert_refused(copy(desk, beside(desk, "sqlite:", "keys.db"), key_a), KC_ERROR_STATE, "target");
    file_is(beside(desk, "", "keys.db"), before, size);
    free(before);
    assert_refused(copy(desk, "memory:", NULL), KC_ERROR_NOT_OFFERED, "target");
    assert_refused(copy(desk, "none:", NULL), KC_ERROR_NOT_OFFERED, "target");
    assert_refused(copy(desk, "", NULL), KC_ERROR_INVALID_ARGUMENT, "target");
    assert_refused(copy(desk, NULL, NULL), KC_ERROR_INVALID_ARGUMENT, "target");
    assert_refused(copy(desk, "nonsense", NULL), KC_ERROR_INVALID_ARGUMENT, "ledger");
    assert_refused(copy(desk, "sqlite:/nowhere/at/all.db", NULL), KC_ERROR_LEDGER, "ledger");
    assert_ok(kc_copy_ledger(desk->site, "sqlite:x", key_a, 31, &op));
    desk_watch(desk, op);
    assert_refused(op, KC_ERROR_INVALID_ARGUMENT, "key");
}

static void test_memory_cannot_be_copied(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    make_key(desk, "4711", "101");
    assert_refused(copy(desk, "sqlite:/nowhere.db", NULL), KC_ERROR_NOT_OFFERED, "ledger");
    assert_refused(backup(desk, "/nowhere.db"), KC_ERROR_NOT_OFFERED, "ledger");
}

/* An operation that is cancelled, or whose context ends, leaves a copy that goes on, and no part of a backup. */
static void test_copies_end_with_their_context(void **state)
{
    struct desk *desk = *state;
    kc_op *op;
    desk_use_file(desk);
    desk_open_virtual(desk, "");
    make_keys(desk, 12);
    for (int rounds = 0; rounds < 8; rounds++) {
        assert_ok(kc_copy_ledger(desk->site, beside(desk, "sqlite:", "copy.db"), NULL, 0, &op));
        desk_watch(desk, op);
        assert_ok(kc_backup_ledger(desk->site, beside(desk, "", "backup.db"), &op));
        desk_watch(desk, op);
        for (int i = 0; i < rounds; i++)
            desk_pump(desk, 1);
        if (rounds % 2) {
            for (size_t i = 0; i < desk->watched_count; i++)
                kc_op_cancel(desk->watched[i].op);
            desk_finish(desk, op);
        }
        desk_restart(desk);
        remove(beside(desk, "", "backup.db")); /* it may have been quick */
        assert_int_equal(files_named(desk->directory, "*.part*"), 0);
    }
    struct said copied = said_by(copy(desk, beside(desk, "sqlite:", "copy.db"), NULL));
    assert_same_ledger(copied, said_by(verify(desk)));
}

static void test_a_backup_is_a_ledger(void **state)
{
    struct desk *desk = *state;
    desk_use_file(desk);
    desk->key = key_a;
    desk_open_virtual(desk, "");
    make_key(desk, "4711", "101");
    const struct said made = said_by(backup(desk, beside(desk, "", "backup.db")));
    assert_same_ledger(made, said_by(verify(desk)));
    assert_int_equal(files_named(desk->directory, "backup.db*"), 1);
    make_key(desk, "4712", "102");
    assert_refused(backup(desk, beside(desk, "", "backup.db")), KC_ERROR_INVALID_ARGUMENT, "path");
    assert_refused(backup(desk, beside(desk, "", "none/backup.db")), KC_ERROR_LEDGER, "path");
    assert_refused(backup(desk, ""), KC_ERROR_INVALID_ARGUMENT, "path");
    assert_refused(backup(desk, NULL), KC_ERROR_INVALID_ARGUMENT, "path");
    assert_int_equal(files_named(desk->directory, "*.part*"), 0);
    move_to(desk, beside(desk, "sqlite:", "backup.db"), key_a);
    assert_same_ledger(made, said_by(verify(desk)));
    assert_string_equal(kc_key_get_guest(kc_op_get_key(desk_keys(desk, KC_FILTER_ROOM, "101"), 0)),
                        "Zebulon Quartermain");
}

/* Neither the file, nor its log while it is open, nor a backup has what was forgotten. */
static void test_forgotten_guests_are_in_no_file(void **state)
{
    struct desk *desk = *state;
    kc_op *op;
    desk_use_file(desk);
    desk_open_virtual(desk, "");
    make_keys(desk, 20);
    assert_true(files_contain(desk->directory, "Quartermain"));
    for (int i = 0; i < 20; i++) {
        char name[12];
        snprintf(name, sizeof(name), "%d", i);
        assert_ok(kc_forget_guest(desk->site, name, &op));
        desk_watch(desk, op);
        desk_finish(desk, op);
        assert_ok(kc_op_get_status(op));
    }
    assert_int_equal(files_named(desk->directory, "keys.db-wal"), 1);
    assert_false(files_contain(desk->directory, "Quartermain"));
    assert_ok(kc_op_get_status(backup(desk, beside(desk, "", "backup.db"))));
    assert_false(files_contain(desk->directory, "Quartermain"));
    assert_true(file_contains(beside(desk, "", "backup.db"), "desk-1"));
    assert_true(kc_op_is_replay(make_key(desk, "7", "7")));
    assert_false(files_contain(desk->directory, "Quartermain"));
    kc_request *other = desk_request(desk, "7", "8"); /* what is not of the guest is still compared */
    assert_ok(kc_request_set_idempotency_key(other, "7"));
    assert_refused(desk_run(desk, kc_issue_original, other), KC_ERROR_IDEMPOTENCY, "idempotency-key");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_the_copy_is_the_same_ledger),     DESK_TEST(test_another_key),
        DESK_TEST(test_other_targets_are_refused),       DESK_TEST(test_memory_cannot_be_copied),
        DESK_TEST(test_copies_end_with_their_context),   DESK_TEST(test_a_backup_is_a_ledger),
        DESK_TEST(test_forgotten_guests_are_in_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
