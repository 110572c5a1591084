/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guest data that the ledger keeps encrypted, with a key of the host. */
#include "desk.h"

#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "files.h"
#include "forge.h"
#include "store/vault.h"

static const uint8_t key_a[32] = {1, 2, 3};
static const uint8_t key_b[32] = {3, 2, 1};

/* libcrypto, which begins nothing where memory is used up. */
static atomic_bool no_ciphers;
EVP_CIPHER_CTX *__real_EVP_CIPHER_CTX_new(void);
EVP_CIPHER_CTX *__wrap_EVP_CIPHER_CTX_new(void);

EVP_CIPHER_CTX *__wrap_EVP_CIPHER_CTX_new(void)
{
    return no_ciphers ? NULL : __real_EVP_CIPHER_CTX_new();
}

/* An original with all kinds of guest data, and its mobile key. */
static kc_op *make_key(struct desk *desk, const char *booking, const char *room)
{
    kc_request *request = desk_request(desk, booking, room);
    assert_ok(kc_request_set_guest(request, "Zebulon Quartermain"));
    assert_ok(kc_request_set_phone(request, "+359881234567"));
    assert_ok(kc_request_set_text(request, 1, "Welcome Zebulon"));
    assert_ok(kc_request_set_idempotency_key(request, booking));
    kc_op *made = desk_run(desk, kc_issue_original, request);
    assert_made(made);
    desk_finish(desk, kc_op_get_follow_up(made));
    return made;
}

static void assert_no_guest_in_files(const struct desk *desk)
{
    static const char *const secrets[] = {"Quartermain", "359881234567", "Welcome Zebulon"};
    for (size_t i = 0; i < 3; i++)
        assert_false(files_contain(desk->directory, secrets[i]));
}

/* Opens the ledger of the desk in a context of its own. */
static int32_t open_with(const struct desk *desk, const uint8_t *key, char message[400])
{
    kc_context *context;
    assert_ok(kc_context_new(&context));
    assert_ok(kc_context_set_ledger_key(context, key, key ? 32 : 0));
    const int32_t status = kc_context_set_ledger(context, desk->ledger);
    snprintf(message, 400, "%s", kc_error_get_message(kc_context_get_error(context)));
    kc_context_unref(context);
    return status;
}

static void use_key(struct desk *desk, const uint8_t *key)
{
    desk_use_file(desk);
    desk->key = key;
    desk_open_virtual(desk, "");
}

static void test_guest_data_are_read_with_the_key_and_not_in_the_files(void **state)
{
    struct desk *desk = *state;
    use_key(desk, key_a);
    make_key(desk, "4711", "101");
    assert_no_guest_in_files(desk);
    assert_true(files_contain(desk->directory, "4711"));
    desk_restart(desk);
    kc_op *keys = desk_keys(desk, KC_FILTER_BOOKING, "4711");
    assert_int_equal(kc_op_get_key_count(keys), 2);
    assert_string_equal(kc_key_get_guest(kc_op_get_key(keys, 0)), "Zebulon Quartermain");
    assert_string_equal(kc_key_get_phone(kc_op_get_key(keys, 0)), "+359881234567");
    assert_int_equal(kc_op_get_key_count(desk_keys(desk, KC_FILTER_ROOM, "101")), 2);
    assert_no_guest_in_files(desk);
}

static void test_key_is_wiped_once_the_ledger_is_open(void **state)
{
    struct desk *desk = *state;
    const uint8_t none[32] = {0};
    use_key(desk, key_a);
    assert_memory_equal(desk->context->ledger_key, none, 32);
    assert_int_equal(kc_context_set_ledger_key(desk->context, key_a, 32), KC_ERROR_STATE);
    assert_memory_equal(desk->context->ledger_key, none, 32);
}

static void test_keys_have_32_bytes(void **state)
{
    kc_context *context;
    (void)state;
    assert_ok(kc_context_new(&context));
    assert_int_equal(kc_context_set_ledger_key(context, key_a, 31), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(kc_context_set_ledger_key(context, key_a, 0), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(kc_context_set_ledger_key(context, NULL, 32), KC_ERROR_INVALID_ARGUMENT);
    assert_ok(kc_context_set_ledger_key(context, key_a, 32));
    assert_ok(kc_context_set_ledger_key(context, NULL, 0));
    assert_ok(kc_context_set_ledger_key(context, key_b, 32));
    assert_ok(kc_context_set_ledger(context, "memory:"));
    kc_context_unref(context);
}

static void test_wrong_or_missing_keys_touch_nothing(void **state)
{
    struct desk *desk = *state;
    char message[400];
    size_t size;
    use_key(desk, key_a);
    make_key(desk, "4711", "101");
    desk_close(desk);
    uint8_t *before = file_read(strchr(desk->ledger, ':') + 1, &size);
    assert_int_equal(open_with(desk, key_b, message), KC_ERROR_LEDGER_KEY);
    assert_non_null(strstr(message, "another key"));
    assert_int_equal(open_with(desk, NULL, message), KC_ERROR_LEDGER_KEY);
    assert_non_null(strstr(message, "no key was given"));
    file_is(strchr(desk->ledger, ':') + 1, before, size);
    free(before);
    assert_ok(open_with(desk, key_a, message));
}

/* A note that is not to the letter what the key makes of it is that of another key. */
static void test_notes_are_whole(void **state)
{
    char note[VAULT_NOTE_SIZE], changed[VAULT_NOTE_SIZE + 1];
    struct vault *vault = NULL;
    struct kc_error error = {0};
    (void)state;
    assert_ok(vault_new(key_a, &vault, note, &error));
    vault_free(vault);
    assert_ok(vault_open(key_a, note, &vault, &error));
    vault_free(vault);
    vault = NULL;
    snprintf(changed, sizeof(changed), "%s0", note);
    assert_int_equal(vault_open(key_a, changed, &vault, &error), KC_ERROR_LEDGER_KEY);
    snprintf(changed, sizeof(changed), "%.*s", (int)strlen(note) - 1, note);
    assert_int_equal(vault_open(key_a, changed, &vault, &error), KC_ERROR_LEDGER_KEY);
    snprintf(changed, sizeof(changed), "%s", note);
    changed[strlen(changed) - 1] = changed[strlen(changed) - 1] == '0' ? '1' : '0';
    assert_int_equal(vault_open(key_a, changed, &vault, &error), KC_ERROR_LEDGER_KEY);
    assert_int_equal(vault_open(key_b, note, &vault, &error), KC_ERROR_LEDGER_KEY);
    assert_null(vault);
}

static void test_ledgers_with_entries_take_no_key(void **state)
{
    struct desk *desk = *state;
    char message[400];
    size_t size;
    use_key(desk, NULL);
    make_key(desk, "4711", "101");
    desk_close(desk);
    uint8_t *before = file_read(strchr(desk->ledger, ':') + 1, &size);
    assert_int_equal(open_with(desk, key_a, message), KC_ERROR_LEDGER_KEY);
    assert_non_null(strstr(message, "ledger copy"));
    file_is(strchr(desk->ledger, ':') + 1, before, size);
    free(before);
    assert_ok(open_with(desk, NULL, message));
}

static kc_op *verify(struct desk *desk)
{
    kc_op *op;
    assert_ok(kc_verify_ledger(desk->site, &op));
    desk_watch(desk, op);
    desk_finish(desk, op);
    return op;
}

static void test_rules_and_journal_hold(void **state)
{
    struct desk *desk = *state;
    kc_op *forget;
    use_key(desk, key_a);
    kc_op *first = make_key(desk, "4711", "101");
    kc_op *again = make_key(desk, "4711", "101");
    assert_true(kc_op_is_replay(again));
    assert_string_equal(kc_op_get_id(again), kc_op_get_id(first));
    kc_request *other = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_guest(other, "Somebody Else"));
    assert_ok(kc_request_set_idempotency_key(other, "4711"));
    assert_refused(desk_run(desk, kc_issue_original, other), KC_ERROR_IDEMPOTENCY, "idempotency-key");
    assert_made(desk_duplicate(desk, "4711"));
    assert_ok(kc_op_get_status(verify(desk)));
    assert_ok(kc_forget_guest(desk->site, "4711", &forget));
    desk_watch(desk, forget);
    desk_finish(desk, forget);
    assert_ok(kc_op_get_status(forget));
    assert_string_equal(kc_key_get_guest(kc_op_get_key(desk_keys(desk, KC_FILTER_BOOKING, "4711"), 0)), "");
    assert_true(kc_op_is_replay(make_key(desk, "4711", "101")));
    assert_ok(kc_op_get_status(verify(desk)));
}

static void guest_of_another(struct packed *packed, const struct packed *other)
{
    packed->record.guest = other->record.guest;
}

static void phone_as_guest(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.guest = packed->record.phone;
}

static void plain_text(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.guest = "Plain Text";
}

static void nothing_encrypted(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.guest = "enc1:";
}

static void too_little(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.guest = "enc1:AAAA";
}

/* With some characters of the guest's value replaced. */
static void overwrite(struct packed *packed, size_t at, const char *by)
{
    static char text[4000];
    snprintf(text, sizeof(text), "%s", packed->record.guest);
    memcpy(text + at, by, strlen(by));
    packed->record.guest = text;
}

static void no_digits(struct packed *packed, const struct packed *other)
{
    (void)other;
    overwrite(packed, 5, "===");
}

static void other_digits(struct packed *packed, const struct packed *other)
{
    (void)other;
    overwrite(packed, 20, "xxxx");
}

static void texts_twice(struct packed *packed, const struct packed *other)
{
    static const char *twice[20];
    const struct strings *texts = &packed->record.texts;
    (void)other;
    assert_true(texts->count <= 10);
    for (size_t i = 0; i < 2 * texts->count; i++)
        twice[i] = texts->items[i % texts->count];
    packed->record.texts = (struct strings){twice, 2 * texts->count};
}

/* The list of all has the two keys of this booking, and says how many of the other one are left out. */
static void assert_shown_without_others(struct desk *desk, const char *booking)
{
    kc_op *all;
    char expected[40];
    int32_t own = 0;
    assert_ok(kc_list_keys(desk->site, KC_FILTER_ALL, NULL, 0, &all));
    desk_watch(desk, all);
    desk_finish(desk, all);
    const int32_t count = kc_op_get_key_count(all);
    for (int32_t i = 0; i < count; i++)
        own += strcmp(kc_key_get_booking(kc_op_get_key(all, i)), booking) == 0;
    assert_int_equal(own, 2);
    assert_in_range(count, 2, 3);
    assert_int_equal(kc_op_get_status(all), KC_ERROR_LEDGER_DAMAGED);
    snprintf(expected, sizeof(expected), " %d left out: ", 4 - count);
    assert_non_null(strstr(kc_error_get_message(kc_op_get_error(all)), expected));
}

/* A value that was copied from another record, another field, or changed, is not believed. */
static void test_values_cannot_be_swapped(void **state)
{
    static const forge_change changes[] = {guest_of_another, phone_as_guest, plain_text,   nothing_encrypted,
                                           too_little,       no_digits,      other_digits, texts_twice};
    struct desk *desk = *state;
    const char *path = NULL;
    use_key(desk, key_a);
    make_key(desk, "4711", "101");
    make_key(desk, "4712", "102");
    path = strchr(desk->ledger, ':') + 1;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        sqlite3 *db;
        desk_close(desk);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT * FROM operation",
                                      NULL, NULL, NULL),
                         SQLITE_OK);
        forge(store_find("sqlite"), path, "Grand Hotel", "4711", "4712", changes[i]);
        desk_open_virtual(desk, "");
        kc_op *keys;
        assert_ok(kc_list_keys(desk->site, KC_FILTER_BOOKING, "4711", 0, &keys));
        desk_watch(desk, keys);
        desk_finish(desk, keys);
        if (kc_op_get_status(keys) != KC_ERROR_LEDGER_DAMAGED)
            fail_msg("change %zu: %d", i, kc_op_get_status(keys));
        assert_non_null(strstr(kc_error_get_message(kc_op_get_error(keys)), "cannot be decrypted"));
        assert_ok(kc_op_get_status(desk_keys(desk, KC_FILTER_BOOKING, "4712")));
        assert_shown_without_others(desk, "4712");
        assert_int_equal(sqlite3_exec(db,
                                      "UPDATE operation SET packed = (SELECT packed FROM kept WHERE kept.id = "
                                      "operation.id)",
                                      NULL, NULL, NULL),
                         SQLITE_OK);
        sqlite3_close(db);
    }
    assert_ok(kc_op_get_status(desk_keys(desk, KC_FILTER_BOOKING, "4711")));
    assert_ok(kc_op_get_status(verify(desk)));
}

/* Nobody is to restore a backup because memory was used up. */
static void test_what_cannot_be_decrypted_now_is_not_damaged(void **state)
{
    struct desk *desk = *state;
    kc_op *keys;
    use_key(desk, key_a);
    make_key(desk, "4711", "101");
    assert_ok(kc_list_keys(desk->site, KC_FILTER_ALL, NULL, 0, &keys));
    desk_watch(desk, keys);
    no_ciphers = true;
    desk_finish(desk, keys);
    no_ciphers = false;
    assert_int_equal(kc_op_get_status(keys), KC_ERROR_SYSTEM);
    assert_int_equal(kc_op_get_key_count(keys), 0);
    assert_int_equal(kc_op_get_key_count(desk_keys(desk, KC_FILTER_ALL, NULL)), 2);
}

/* The longest that a request takes, of characters with four bytes. */
static void test_long_values_come_back(void **state)
{
    struct desk *desk = *state;
    char name[4 * 400 + 1];
    char message[4 * 1000 + 1];
    for (size_t i = 0; i < 1000; i++)
        memcpy(message + 4 * i, "\xF0\x9F\x97\x9D", 5);
    memcpy(name, message, sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    use_key(desk, key_a);
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_guest(request, name));
    assert_ok(kc_request_set_email(request, "guest@example.com"));
    assert_ok(kc_request_set_message(request, message));
    for (int32_t i = 1; i <= 8; i++)
        assert_ok(kc_request_set_text(request, i, name));
    kc_op *op = desk_run(desk, kc_send_mobile, request);
    assert_made(op);
    desk_restart(desk);
    kc_op *keys = desk_keys(desk, KC_FILTER_BOOKING, "4711");
    assert_string_equal(kc_key_get_guest(kc_op_get_key(keys, 0)), name);
    assert_string_equal(kc_key_get_email(kc_op_get_key(keys, 0)), "guest@example.com");
}

/* Another station with the key sees what this one does, with the guest's name. */
static void test_the_feed_is_in_clear(void **state)
{
    struct desk *desk = *state;
    kc_context *context;
    kc_site *site;
    kc_op *op;
    bool seen = false;
    use_key(desk, key_a);
    assert_ok(kc_context_new(&context));
    assert_ok(kc_context_set_ledger_key(context, key_a, 32));
    assert_ok(kc_context_set_ledger(context, desk->ledger));
    assert_ok(kc_site_new(context, "Grand Hotel", &site));
    assert_ok(kc_context_watch_ledger(context, 10));
    assert_ok(kc_list_ops(site, KC_FILTER_ALL, NULL, 1, &op));
    assert_ok(kc_op_wait(op, DESK_PATIENCE_MS));
    kc_op_unref(op);
    make_key(desk, "4711", "101");
    for (int rounds = 0; !seen && rounds < DESK_PATIENCE_MS / 100; rounds++) {
        kc_context_wait(context, 100);
        assert_ok(kc_context_dispatch(context));
        for (kc_event *event; (event = kc_context_next_event(context)); kc_event_unref(event)) {
            const kc_op *told = kc_event_get_type(event) == KC_EVENT_LEDGER ? kc_event_get_op(event) : NULL;
            if (!told || kc_op_get_key_count(told) == 0)
                continue;
            assert_string_equal(kc_key_get_guest(kc_op_get_key(told, 0)), "Zebulon Quartermain");
            seen = true;
        }
    }
    assert_true(seen);
    kc_site_unref(site);
    kc_context_unref(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_guest_data_are_read_with_the_key_and_not_in_the_files),
        DESK_TEST(test_key_is_wiped_once_the_ledger_is_open),
        DESK_TEST(test_keys_have_32_bytes),
        DESK_TEST(test_wrong_or_missing_keys_touch_nothing),
        cmocka_unit_test(test_notes_are_whole),
        DESK_TEST(test_ledgers_with_entries_take_no_key),
        DESK_TEST(test_rules_and_journal_hold),
        DESK_TEST(test_values_cannot_be_swapped),
        DESK_TEST(test_what_cannot_be_decrypted_now_is_not_damaged),
        DESK_TEST(test_long_values_come_back),
        DESK_TEST(test_the_feed_is_in_clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
