/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Digests of records and the chain of the journal (SHA-256 of libcrypto). Every value is hashed with its length before
 * it, so that no two records give the same bytes. */
#include "store/seal.h"

#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>
#include <openssl/rand.h>

#include "store/record.h"
#include "store/sha256.h"
#include "util/word.h"

/* What libcrypto takes long to set up, kept for the life of a store. */
struct sealer {
    struct sha256 *sha256;
    size_t random_left;
    uint8_t random[32 * SEAL_SALT_SIZE];
};

static struct sealer *sealer_of(struct store *store)
{
    if (!store->sealer)
        store->sealer = calloc(1, sizeof(*store->sealer));
    /* What memory was used up for is tried again the next time. */
    if (store->sealer && !store->sealer->sha256)
        store->sealer->sha256 = sha256_new();
    return store->sealer;
}

void seal_free(struct sealer *sealer)
{
    if (!sealer)
        return;
    sha256_free(sealer->sha256);
    explicit_bzero(sealer->random, sizeof(sealer->random));
    free(sealer);
}

#define NUMBER_SIZE sizeof(uint64_t)

/* Values are gathered before they are hashed: a call of libcrypto costs more than the hashing of one. */
struct hasher {
    struct sha256 *sha256; /* the sealer's: one digest is made at a time */
    size_t gathered;
    bool failed;
    uint8_t bytes[1024];
};

static void hash(struct hasher *hasher, const void *bytes, size_t count)
{
    if (!hasher->failed)
        hasher->failed = !sha256_add(hasher->sha256, bytes, count);
}

static void hash_gathered(struct hasher *hasher)
{
    hash(hasher, hasher->bytes, hasher->gathered);
    hasher->gathered = 0;
}

/* Room for so many bytes, which are few. */
static inline uint8_t *make_room(struct hasher *hasher, size_t count)
{
    if (count > sizeof(hasher->bytes) - hasher->gathered)
        hash_gathered(hasher);
    hasher->gathered += count;
    return hasher->bytes + hasher->gathered - count;
}

/* What there is no room for. */
static void gather_more(struct hasher *hasher, const void *bytes, size_t count)
{
    hash_gathered(hasher);
    if (count <= sizeof(hasher->bytes))
        memcpy(make_room(hasher, count), bytes, count);
    else
        hash(hasher, bytes, count);
}

static inline void gather(struct hasher *hasher, const void *bytes, size_t count)
{
    if (count <= sizeof(hasher->bytes) - hasher->gathered)
        memcpy(make_room(hasher, count), bytes, count);
    else
        gather_more(hasher, bytes, count);
}

static void hasher_start(struct hasher *hasher, struct store *store, const char *purpose)
{
    const struct sealer *sealer = sealer_of(store);
    hasher->sha256 = sealer ? sealer->sha256 : NULL;
    hasher->gathered = 0;
    hasher->failed = !hasher->sha256 || !sha256_start(hasher->sha256);
    gather(hasher, purpose, strlen(purpose) + 1);
}

static inline void put_number(uint8_t *to, uint64_t number)
{
    const uint64_t big = word_big_endian(number);
    memcpy(to, &big, sizeof(big));
}

static inline void add_number(struct hasher *hasher, uint64_t number)
{
    put_number(make_room(hasher, NUMBER_SIZE), number);
}

static inline void add_bytes(struct hasher *hasher, const void *bytes, size_t count)
{
    add_number(hasher, count);
    gather(hasher, bytes, count);
}

/* Most texts are empty. */
static inline void add_text(struct hasher *hasher, const char *text)
{
    if (text[0] == '\0')
        add_number(hasher, 0);
    else
        add_bytes(hasher, text, strlen(text));
}

static void add_list(struct hasher *hasher, const struct strings *list)
{
    add_number(hasher, list->count);
    for (size_t i = 0; i < list->count; i++)
        add_text(hasher, list->items[i]);
}

static int32_t hasher_end(struct hasher *hasher, uint8_t out[SEAL_SIZE], struct kc_error *error)
{
    hash_gathered(hasher);
    if (!hasher->failed)
        hasher->failed = !sha256_end(hasher->sha256, out);
    return hasher->failed ? error_set(error, KC_ERROR_SYSTEM, "ledger", "SHA-256 cannot be computed: see libcrypto")
                          : KC_OK;
}

/* The texts and lists of a record: those of the guest, or the others. */
static void add_fields(struct hasher *hasher, const struct record *record, bool guest)
{
    for (size_t i = 0; i < RECORD_TEXTS; i++) {
        if (record_texts[i].guest == guest)
            add_text(hasher, record_text(record, i));
    }
    for (size_t i = 0; i < RECORD_LISTS; i++) {
        if (record_lists[i].guest == guest)
            add_list(hasher, record_list(record, i));
    }
}

bool seal_has_guest_data(const struct record *record)
{
    for (size_t i = 0; i < RECORD_TEXTS; i++) {
        if (record_texts[i].guest && record_text(record, i)[0] != '\0')
            return true;
    }
    for (size_t i = 0; i < RECORD_LISTS; i++) {
        if (record_lists[i].guest && record_list(record, i)->count > 0)
            return true;
    }
    return (record->fingerprint & ~RECORD_FINGERPRINT_KEPT) != 0;
}

/* Random bytes are drawn for many salts at once. */
static int32_t need_random(struct sealer *sealer, struct kc_error *error)
{
    if (!sealer)
        return error_no_memory(error);
    if (sealer->random_left >= SEAL_SALT_SIZE)
        return KC_OK;
    if (RAND_bytes(sealer->random, sizeof(sealer->random)) != 1)
        return error_set(error, KC_ERROR_SYSTEM, "ledger",
                         "libcrypto gives no random numbers, perhaps because memory is used up");
    sealer->random_left = sizeof(sealer->random);
    return KC_OK;
}

/* None is kept once it is used. */
int32_t seal_make_salt(struct store *store, uint8_t salt[SEAL_SALT_SIZE], struct kc_error *error)
{
    struct sealer *sealer = sealer_of(store);
    const int32_t status = need_random(sealer, error);
    if (status != KC_OK)
        return status;
    sealer->random_left -= SEAL_SALT_SIZE;
    memcpy(salt, sealer->random + sealer->random_left, SEAL_SALT_SIZE);
    explicit_bzero(sealer->random + sealer->random_left, SEAL_SALT_SIZE);
    return KC_OK;
}

int32_t seal_begin(struct store *store, const struct record *record, struct seal *seal, struct kc_error *error)
{
    seal->has_salt = seal_has_guest_data(record);
    /* The outcome may need one. If no random numbers can be had, that must show before anything is sent. One is
     * kept ready at least; of many operations under way, others draw theirs when their outcomes come. */
    return seal->has_salt ? seal_make_salt(store, seal->salt, error) : need_random(sealer_of(store), error);
}

int32_t seal_apply_outcome(struct store *store, struct record *record, struct seal *seal, const struct record *outcome,
                           struct kc_error *error)
{
    /* Serial numbers are all of an outcome that is guest data, and may be the first that the record has. */
    if (record->serials.count > 0 || outcome->serials.count > 0)
        seal->has_digest = false;
    record_apply_outcome(record, outcome);
    if (seal->has_salt || record->serials.count == 0)
        return KC_OK;
    seal->has_salt = true;
    return seal_make_salt(store, seal->salt, error);
}

int32_t seal_guest_data(struct store *store, const struct record *record, const uint8_t salt[SEAL_SALT_SIZE],
                        uint8_t sealed[SEAL_SIZE], struct kc_error *error)
{
    struct hasher hasher;
    hasher_start(&hasher, store, "keycard guest 1");
    add_bytes(&hasher, salt, SEAL_SALT_SIZE);
    add_fields(&hasher, record, true);
    add_number(&hasher, record->fingerprint & ~RECORD_FINGERPRINT_KEPT);
    return hasher_end(&hasher, sealed, error);
}

static void add_numbers(struct hasher *hasher, const struct record *record)
{
    const int64_t numbers[] = {
        (int64_t)record->instance, record->verb,        record->kind,
        record->outcome,           record->status,      record->key_state,
        record->unconfirmed,       record->forgotten,   (int64_t)(record->fingerprint & RECORD_FINGERPRINT_KEPT),
        record->created_ms,        record->finished_ms, record->from_utc,
        record->until_utc,         record->copies,      record->return_image,
    };
    const size_t count = sizeof(numbers) / sizeof(numbers[0]);
    uint8_t *to = make_room(hasher, count * NUMBER_SIZE);
    for (size_t i = 0; i < count; i++)
        put_number(to + i * NUMBER_SIZE, (uint64_t)numbers[i]);
}

static int32_t seal_content(struct store *store, const struct record *record, struct seal *seal,
                            uint8_t content[SEAL_CONTENT_SIZE], struct kc_error *error)
{
    uint8_t whole[SEAL_SIZE];
    if (seal->has_salt && !seal->has_digest) {
        const int32_t status = seal_guest_data(store, record, seal->salt, seal->digest, error);
        if (status != KC_OK)
            return status;
        seal->has_digest = true;
    }
    const uint8_t *sealed = seal->has_salt ? seal->digest : seal->sealed;
    struct hasher hasher;
    hasher_start(&hasher, store, "keycard record 1");
    add_bytes(&hasher, record->id.bytes, sizeof(record->id.bytes));
    add_bytes(&hasher, record->retry_of.bytes, sizeof(record->retry_of.bytes));
    add_bytes(&hasher, record->target.bytes, sizeof(record->target.bytes));
    add_numbers(&hasher, record);
    add_fields(&hasher, record, false);
    add_bytes(&hasher, sealed, seal->has_salt || seal->has_sealed ? SEAL_SIZE : 0);
    /* Guest data that nothing vouches for must not pass. */
    add_number(&hasher, !seal->has_salt && seal_has_guest_data(record));
    const int32_t status = hasher_end(&hasher, whole, error);
    if (status == KC_OK)
        memcpy(content, whole, SEAL_CONTENT_SIZE);
    return status;
}

int32_t seal_follow(struct store *store, struct seal_head *head, const struct uuid *id,
                    const uint8_t content[SEAL_CONTENT_SIZE], struct kc_error *error)
{
    struct hasher hasher;
    hasher_start(&hasher, store, "keycard entry 1");
    add_bytes(&hasher, head->chain, SEAL_SIZE);
    add_number(&hasher, (uint64_t)head->entries + 1);
    add_bytes(&hasher, id->bytes, sizeof(id->bytes));
    add_bytes(&hasher, content, SEAL_CONTENT_SIZE);
    const int32_t status = hasher_end(&hasher, head->chain, error);
    if (status == KC_OK)
        head->entries++;
    return status;
}

int32_t seal_append(struct store *store, struct seal_head *head, const struct record *record, struct seal *seal,
                    struct seal_entry *entry, struct kc_error *error)
{
    int32_t status = seal_content(store, record, seal, entry->content, error);
    if (status == KC_OK)
        status = seal_follow(store, head, &record->id, entry->content, error);
    entry->number = head->entries;
    memcpy(entry->link, head->chain, SEAL_LINK_SIZE);
    return status;
}

/* ---- Checking --------------------------------------------------------------------------------------------------- */

static int32_t does_not_fit(struct store_check *check, const char *fault, int64_t entry, const struct uuid *id)
{
    check->fault = fault;
    check->entry = entry;
    check->id = id ? *id : (struct uuid){{0}};
    check->done = true;
    return KC_OK;
}

int32_t seal_check(struct store *store, struct store_check *check, const struct seal_found *found,
                   struct kc_error *error)
{
    struct seal_head head = {.entries = check->entries};
    uint8_t content[SEAL_CONTENT_SIZE];
    const struct uuid *id = &found->record.id;
    memcpy(head.chain, check->chain, SEAL_SIZE);
    if (found->entry.number != check->entries + 1)
        return does_not_fit(check, "it is missing", check->entries + 1, NULL);
    if (!found->has_operation)
        return does_not_fit(check, "its operation is missing", found->entry.number, NULL);
    if (!found->is_readable)
        return does_not_fit(check, "its operation has values that no ledger has", found->entry.number, id);
    int32_t status = seal_follow(store, &head, id, found->entry.content, error);
    if (status == KC_OK && memcmp(head.chain, found->entry.link, SEAL_LINK_SIZE) != 0)
        return does_not_fit(check, "it was changed, or one before it", found->entry.number, id);
    if (status == KC_OK && found->is_last) {
        struct seal seal = found->seal;
        status = seal_content(store, &found->record, &seal, content, error);
        if (status == KC_OK && memcmp(content, found->entry.content, SEAL_CONTENT_SIZE) != 0)
            return does_not_fit(check, "its operation was changed", found->entry.number, id);
    }
    if (status == KC_OK) {
        check->entries = head.entries;
        memcpy(check->chain, head.chain, SEAL_SIZE);
    }
    return status;
}

void seal_check_head(struct store_check *check, const struct seal_head *head)
{
    check->journal_read = true;
    if (head->entries != check->entries)
        does_not_fit(check, "it is missing", check->entries + 1, NULL);
    else if (memcmp(head->chain, check->chain, SEAL_SIZE) != 0)
        does_not_fit(check, "the head of the journal was changed", check->entries, NULL);
}
