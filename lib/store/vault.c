/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Encryption of guest data above the stores, by libcrypto. Keys of a ledger are derived (HKDF, RFC 5869) from the
 * host's key and a salt of that ledger, so that one key may serve many ledgers. */
#include "store/vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "store/record.h"
#include "store/seal.h"

#define SALT_SIZE  16
#define CHECK_SIZE 32
#define NONCE_SIZE 12
#define TAG_SIZE   16
#define NOTE_START "key1:" /* then the salt and the check in hexadecimal digits, with a colon between them */

struct vault {
    uint8_t value_key[VAULT_KEY_SIZE];
    uint8_t mask_key[VAULT_KEY_SIZE];
};

void vault_wipe(void *bytes, size_t count)
{
    OPENSSL_cleanse(bytes, count);
}

void vault_free(struct vault *vault)
{
    if (vault)
        vault_wipe(vault, sizeof(*vault));
    free(vault);
}

static int32_t crypto_failed(struct kc_error *error)
{
    return error_set(error, KC_ERROR_SYSTEM, "ledger", "Guest data cannot be encrypted or decrypted: see libcrypto.");
}

/* ---- Keys and notes --------------------------------------------------------------------------------------------- */

static int32_t derive(const uint8_t key[VAULT_KEY_SIZE], const uint8_t salt[SALT_SIZE], struct vault **out,
                      uint8_t check[CHECK_SIZE], struct kc_error *error)
{
    uint8_t derived[2 * VAULT_KEY_SIZE + CHECK_SIZE];
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t) "SHA256", 0),
        OSSL_PARAM_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)key, VAULT_KEY_SIZE),
        OSSL_PARAM_octet_string(OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)salt, SALT_SIZE),
        OSSL_PARAM_octet_string(OSSL_KDF_PARAM_INFO, (char *)(uintptr_t) "keycard ledger 1", 16),
        OSSL_PARAM_END,
    };
    parameters[0].data_size = strlen(parameters[0].data);
    struct vault *vault = calloc(1, sizeof(*vault));
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    const bool derives = context && EVP_KDF_derive(context, derived, sizeof(derived), parameters) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    if (vault && derives) {
        memcpy(vault->value_key, derived, VAULT_KEY_SIZE);
        memcpy(vault->mask_key, derived + VAULT_KEY_SIZE, VAULT_KEY_SIZE);
        memcpy(check, derived + 2 * VAULT_KEY_SIZE, CHECK_SIZE);
        *out = vault;
    } else {
        vault_free(vault);
    }
    vault_wipe(derived, sizeof(derived));
    if (!vault)
        return error_no_memory(error);
    return derives ? KC_OK : crypto_failed(error);
}

static void write_hex(char *out, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * count] = '\0';
}

static void write_note(char note[VAULT_NOTE_SIZE], const uint8_t salt[SALT_SIZE], const uint8_t check[CHECK_SIZE])
{
    char salt_text[2 * SALT_SIZE + 1];
    char check_text[2 * CHECK_SIZE + 1];
    write_hex(salt_text, salt, SALT_SIZE);
    write_hex(check_text, check, CHECK_SIZE);
    snprintf(note, VAULT_NOTE_SIZE, NOTE_START "%s:%s", salt_text, check_text);
}

static int digit(char letter)
{
    return letter >= '0' && letter <= '9' ? letter - '0' : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

static bool read_hex(const char *text, uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const int high = digit(text[2 * i]);
        const int low = high < 0 ? -1 : digit(text[2 * i + 1]);
        if (low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

int32_t vault_new(const uint8_t key[VAULT_KEY_SIZE], struct vault **vault, char note[VAULT_NOTE_SIZE],
                  struct kc_error *error)
{
    uint8_t salt[SALT_SIZE];
    uint8_t check[CHECK_SIZE];
    if (RAND_bytes(salt, sizeof(salt)) != 1)
        return crypto_failed(error);
    const int32_t status = derive(key, salt, vault, check, error);
    if (status == KC_OK)
        write_note(note, salt, check);
    return status;
}

int32_t vault_open(const uint8_t key[VAULT_KEY_SIZE], const char *note, struct vault **out, struct kc_error *error)
{
    const size_t start = strlen(NOTE_START);
    struct vault *vault = NULL;
    uint8_t salt[SALT_SIZE];
    uint8_t check[CHECK_SIZE];
    char own[VAULT_NOTE_SIZE];
    if (strncmp(note, NOTE_START, start) != 0 || !read_hex(note + start, salt, SALT_SIZE))
        return error_set(error, KC_ERROR_LEDGER_NEWER, "key",
                         "The ledger is encrypted in a way that this library does not know; use the newer library.");
    const int32_t status = derive(key, salt, &vault, check, error);
    if (status != KC_OK)
        return status;
    write_note(own, salt, check);
    if (strlen(note) != strlen(own) || CRYPTO_memcmp(note, own, strlen(own)) != 0) {
        vault_free(vault);
        return error_set(error, KC_ERROR_LEDGER_KEY, "key",
                         "The ledger is encrypted with another key; nothing was touched. Give the right one.");
    }
    *out = vault;
    return KC_OK;
}

/* ---- Attaching -------------------------------------------------------------------------------------------------- */

/* An empty ledger takes the key over. */
static int32_t take_key(struct store *store, const uint8_t *key, struct vault **vault, char note[VAULT_NOTE_SIZE],
                        struct kc_error *error)
{
    struct seal_head head = {0};
    int32_t status = store->table->begin(store, true, error);
    if (status != KC_OK)
        return status;
    status = store->table->get_head(store, &head, error);
    if (status == KC_OK && head.entries > 0)
        status = error_set(error, KC_ERROR_LEDGER_KEY, "key",
                           "The ledger has entries and is not encrypted; nothing was touched. Copy it into a new one "
                           "with the key: keycard ledger copy.");
    if (status == KC_OK)
        status = vault_new(key, vault, note, error);
    if (status == KC_OK)
        status = store->table->set_note(store, note, error);
    if (status == KC_OK)
        return store->table->commit(store, error);
    store->table->rollback(store);
    return status;
}

static int32_t read_note(struct store *store, char note[VAULT_NOTE_SIZE], struct kc_error *error)
{
    struct arena arena = {0};
    const char *text = "";
    int32_t status = store->table->begin(store, false, error);
    if (status != KC_OK)
        return status;
    status = store->table->get_note(store, &arena, &text, error);
    if (status == KC_OK && strncmp(text, VAULT_NOTE_COPYING, strlen(VAULT_NOTE_COPYING)) == 0)
        status = error_set(error, KC_ERROR_LEDGER_KEY, "ledger",
                           "This ledger is the target of a copy that has not ended. Go on with keycard ledger copy.");
    else if (status == KC_OK && strlen(text) >= VAULT_NOTE_SIZE)
        status = error_set(error, KC_ERROR_LEDGER_NEWER, "ledger",
                           "The ledger has a note that this library does not know; use the newer library.");
    else if (status == KC_OK)
        snprintf(note, VAULT_NOTE_SIZE, "%s", text);
    store->table->rollback(store);
    arena_free(&arena);
    return status;
}

int32_t vault_attach(struct store *store, const uint8_t *key, struct kc_error *error)
{
    char note[VAULT_NOTE_SIZE] = "";
    struct vault *vault = NULL;
    if (!store->table->get_note)
        return KC_OK;
    int32_t status = read_note(store, note, error);
    if (status == KC_OK && note[0] != '\0' && !key)
        status = error_set(error, KC_ERROR_LEDGER_KEY, "key",
                           "The ledger is encrypted and no key was given; nothing was touched.");
    else if (status == KC_OK && note[0] != '\0')
        status = vault_open(key, note, &vault, error);
    else if (status == KC_OK && key)
        status = take_key(store, key, &vault, note, error);
    if (status == KC_OK)
        status = store_keep_note(store, note, error);
    if (status == KC_OK)
        store->vault = vault;
    else
        vault_free(vault);
    return status;
}

/* ---- Single values ---------------------------------------------------------------------------------------------- */

/* Where a value stands: it can be in no other place. */
struct place {
    uint8_t bytes[16 + 24 + 4];
    size_t count;
};

static struct place place_of(const struct record *record, const char *field, size_t index)
{
    struct place place = {{0}, 0};
    memcpy(place.bytes, record->id.bytes, 16);
    snprintf((char *)place.bytes + 16, 24, "%s", field);
    for (size_t i = 0; i < 4; i++)
        place.bytes[40 + i] = (uint8_t)(index >> (24 - 8 * i));
    place.count = sizeof(place.bytes);
    return place;
}

static bool encrypt(const struct vault *vault, const struct place *place, const char *text, uint8_t *out)
{
    const int size = (int)strlen(text);
    int length = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    const bool good = context && RAND_bytes(out, NONCE_SIZE) == 1 &&
                      EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, vault->value_key, out) == 1 &&
                      EVP_EncryptUpdate(context, NULL, &length, place->bytes, (int)place->count) == 1 &&
                      EVP_EncryptUpdate(context, out + NONCE_SIZE, &length, (const uint8_t *)text, size) == 1 &&
                      EVP_EncryptFinal_ex(context, out + NONCE_SIZE + size, &length) == 1 &&
                      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, out + NONCE_SIZE + size) == 1;
    EVP_CIPHER_CTX_free(context);
    return good;
}

/* `bytes` becomes the text, with a NUL behind it. KC_ERROR_LEDGER_DAMAGED if nobody with the key has written them
 * there, KC_ERROR_SYSTEM if libcrypto cannot tell. */
static int32_t decrypt(const struct vault *vault, const struct place *place, uint8_t *bytes, size_t count, char *text)
{
    if (count < NONCE_SIZE + TAG_SIZE)
        return KC_ERROR_LEDGER_DAMAGED;
    const size_t size = count - NONCE_SIZE - TAG_SIZE;
    int length = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    const bool ready = context && EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, vault->value_key, bytes) == 1 &&
                       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, bytes + NONCE_SIZE + size) == 1 &&
                       EVP_DecryptUpdate(context, NULL, &length, place->bytes, (int)place->count) == 1 &&
                       EVP_DecryptUpdate(context, (uint8_t *)text, &length, bytes + NONCE_SIZE, (int)size) == 1;
    const bool good = ready && EVP_DecryptFinal_ex(context, (uint8_t *)text + length, &length) == 1;
    EVP_CIPHER_CTX_free(context);
    text[good ? size : 0] = '\0';
    if (!ready)
        return KC_ERROR_SYSTEM;
    return good ? KC_OK : KC_ERROR_LEDGER_DAMAGED;
}

/* "" stays what it is: that there is nothing is no secret. */
static int32_t close_value(const struct vault *vault, const struct place *place, const char *text, struct arena *arena,
                           const char **out, struct kc_error *error)
{
    const size_t start = strlen(RECORD_ENCRYPTED);
    const size_t count = NONCE_SIZE + strlen(text) + TAG_SIZE;
    *out = text;
    if (text[0] == '\0')
        return KC_OK;
    uint8_t *bytes = malloc(count);
    char *value = arena_alloc(arena, start + 4 * ((count + 2) / 3) + 1);
    if (!bytes || !value) {
        free(bytes);
        return error_no_memory(error);
    }
    const bool good = encrypt(vault, place, text, bytes);
    memcpy(value, RECORD_ENCRYPTED, start);
    EVP_EncodeBlock((uint8_t *)value + start, bytes, (int)count);
    free(bytes);
    *out = value;
    return good ? KC_OK : crypto_failed(error);
}

/* base64 with its padding; the number of bytes, or -1. */
static int decode(uint8_t *bytes, const char *text)
{
    const size_t length = strlen(text);
    if (length == 0 || length % 4 != 0 || length > RECORD_ENCRYPTED_MAX)
        return -1;
    const int count = EVP_DecodeBlock(bytes, (const uint8_t *)text, (int)length);
    return count < 0 ? -1 : count - (text[length - 1] == '=') - (text[length - 2] == '=');
}

static int32_t value_damaged(const struct record *record, const char *field, struct kc_error *error)
{
    char id[UUID_TEXT_SIZE];
    uuid_format(&record->id, id);
    return error_set(error, KC_ERROR_LEDGER_DAMAGED, "ledger",
                     "The ledger is damaged: %s of operation %s cannot be decrypted, so it was changed; restore a "
                     "backup.",
                     field, id);
}

static int32_t open_value(const struct vault *vault, const struct record *record, const struct record_field *field,
                          size_t index, const char **text, struct arena *arena, struct kc_error *error)
{
    const size_t start = strlen(RECORD_ENCRYPTED);
    const struct place place = place_of(record, field->name, index);
    if ((*text)[0] == '\0')
        return KC_OK;
    if (strncmp(*text, RECORD_ENCRYPTED, start) != 0)
        return value_damaged(record, field->name, error);
    const size_t size = strlen(*text) - start;
    uint8_t *bytes = malloc(size + 3);
    char *value = arena_alloc(arena, size + 3);
    if (!bytes || !value) {
        free(bytes);
        return error_no_memory(error);
    }
    const int count = decode(bytes, *text + start);
    const int32_t status = count > 0 ? decrypt(vault, &place, bytes, (size_t)count, value) : KC_ERROR_LEDGER_DAMAGED;
    free(bytes);
    *text = value;
    if (status == KC_ERROR_SYSTEM)
        return crypto_failed(error);
    const bool good = status == KC_OK && strlen(value) + NONCE_SIZE + TAG_SIZE == (size_t)count &&
                      record_text_valid(value, field->form);
    return good ? KC_OK : value_damaged(record, field->name, error);
}

/* ---- Records ---------------------------------------------------------------------------------------------------- */

/* The guest's part of the fingerprint is compared, so it cannot have a nonce: a mask of the record hides it. */
static int32_t mask_fingerprint(const struct vault *vault, struct record *record, struct kc_error *error)
{
    uint8_t mask[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (record->forgotten || record->idempotency_key[0] == '\0')
        return KC_OK;
    if (!HMAC(EVP_sha256(), vault->mask_key, VAULT_KEY_SIZE, record->id.bytes, sizeof(record->id.bytes), mask, &size))
        return crypto_failed(error);
    record->fingerprint ^= (uint64_t)mask[0] << 24 | (uint64_t)mask[1] << 16 | (uint64_t)mask[2] << 8 | mask[3];
    return KC_OK;
}

static int32_t close_list(const struct vault *vault, const struct record *record, size_t field, struct arena *arena,
                          struct strings *out, struct kc_error *error)
{
    const struct strings *list = record_list(record, field);
    const char **items = arena_alloc(arena, (list->count + 1) * sizeof(*items));
    int32_t status = items ? KC_OK : error_no_memory(error);
    for (size_t i = 0; status == KC_OK && i < list->count; i++) {
        const struct place place = place_of(record, record_lists[field].name, i);
        status = close_value(vault, &place, list->items[i], arena, &items[i], error);
    }
    if (status == KC_OK)
        *out = (struct strings){items, list->count};
    return status;
}

int32_t vault_close_record(const struct vault *vault, const struct record *record, struct arena *arena,
                           struct record *out, struct kc_error *error)
{
    *out = *record;
    int32_t status = mask_fingerprint(vault, out, error);
    for (size_t i = 0; status == KC_OK && i < RECORD_TEXTS; i++) {
        const char *text = record_text(record, i);
        const struct place place = place_of(record, record_texts[i].name, 0);
        if (!record_texts[i].guest)
            continue;
        status = close_value(vault, &place, text, arena, &text, error);
        record_set_text(out, i, text);
    }
    for (size_t i = 0; status == KC_OK && i < RECORD_LISTS; i++) {
        if (record_lists[i].guest)
            status = close_list(vault, record, i, arena, record_list_of(out, i), error);
    }
    return status;
}

int32_t vault_open_record(const struct vault *vault, struct record *record, struct arena *arena, struct kc_error *error)
{
    int32_t status = mask_fingerprint(vault, record, error);
    for (size_t i = 0; status == KC_OK && i < RECORD_TEXTS; i++) {
        const char *text = record_text(record, i);
        if (!record_texts[i].guest)
            continue;
        status = open_value(vault, record, &record_texts[i], 0, &text, arena, error);
        record_set_text(record, i, text);
    }
    for (size_t i = 0; status == KC_OK && i < RECORD_LISTS; i++) {
        struct strings *list = record_list_of(record, i);
        if (!record_lists[i].guest || list->count == 0)
            continue;
        const char **items = arena_alloc(arena, list->count * sizeof(*items));
        if (!items)
            return error_no_memory(error);
        for (size_t k = 0; status == KC_OK && k < list->count; k++) {
            items[k] = list->items[k];
            status = open_value(vault, record, &record_lists[i], k, &items[k], arena, error);
        }
        list->items = items;
    }
    return status;
}

void vault_show_record(const struct vault *vault, struct record *record, struct arena *arena)
{
    struct record shown = *record;
    if (vault_open_record(vault, &shown, arena, NULL) == KC_OK) {
        *record = shown;
        return;
    }
    for (size_t i = 0; i < RECORD_TEXTS; i++) {
        if (record_texts[i].guest)
            record_set_text(record, i, "");
    }
    for (size_t i = 0; i < RECORD_LISTS; i++) {
        if (record_lists[i].guest)
            *record_list_of(record, i) = (struct strings){0};
    }
}

/* ---- Above the tables ------------------------------------------------------------------------------------------- */

/* Makes records clear; those that cannot be are left out, if the query does not mind. */
static int32_t open_found(struct store *store, const struct record_query *query, struct record *records, size_t *count,
                          struct arena *arena, struct kc_error *error)
{
    int32_t status = KC_OK;
    size_t kept = 0;
    for (size_t i = 0; status == KC_OK && i < *count; i++) {
        records[kept] = records[i];
        status = vault_open_record(store->vault, &records[kept], arena, error);
        if (status == KC_OK) {
            kept++;
        } else if (status == KC_ERROR_LEDGER_DAMAGED && query->unreadable) {
            ++*query->unreadable;
            status = KC_OK;
        }
    }
    *count = kept;
    return status;
}

int32_t vault_find(struct store *store, const struct record_query *query, struct arena *arena, struct record **records,
                   size_t *count, struct kc_error *error)
{
    struct record *found = NULL;
    size_t length = 0;
    int32_t status = store->table->find(store, query, arena, &found, &length, error);
    if (status == KC_OK && store->vault)
        status = open_found(store, query, found, &length, arena, error);
    if (status == KC_OK) {
        *records = found;
        *count = length;
    }
    return status;
}

typedef int32_t (*writer)(struct store *store, const struct record *record, struct kc_error *error);

static int32_t write_closed(struct store *store, const struct record *record, writer write, struct kc_error *error)
{
    struct arena arena = {0};
    struct record closed;
    if (!store->vault)
        return write(store, record, error);
    int32_t status = record_check(record, error); /* what comes back must be valid in clear */
    if (status == KC_OK)
        status = vault_close_record(store->vault, record, &arena, &closed, error);
    if (status == KC_OK)
        status = write(store, &closed, error);
    arena_free(&arena);
    return status;
}

int32_t vault_insert(struct store *store, const struct record *record, struct kc_error *error)
{
    return write_closed(store, record, store->table->insert, error);
}

int32_t vault_finish(struct store *store, const struct record *record, struct kc_error *error)
{
    return write_closed(store, record, store->table->finish, error);
}
