/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Authentication of open keys: HMAC-SHA-256 (RFC 2104, FIPS 198-1), by libcrypto. */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "values.h"

/* doc/open-key.md, "Keys and tags" */
static size_t derivation_text(const struct open_key_site *site, const uint8_t *uid, size_t uid_size, uint8_t out[64])
{
    const char *form = uid_size ? "open key 1 card" : "open key 1 stripe";
    size_t length = strlen(form);
    memcpy(out, form, length);
    for (size_t i = 0; i < 4; i++)
        out[length++] = (uint8_t)(site->number >> (24 - 8 * i));
    if (uid_size)
        memcpy(out + length, uid, uid_size);
    return length + uid_size;
}

bool open_key_mac(const struct open_key_site *site, const uint8_t *uid, size_t uid_size, const uint8_t *text,
                  size_t size, uint8_t mac[OPEN_KEY_MAC])
{
    uint8_t about[64], key[OPEN_KEY_MAC];
    unsigned int length = 0;
    if (uid_size > OPEN_KEY_UID_MOST)
        return false;
    size_t about_size = derivation_text(site, uid, uid_size, about);
    bool good = HMAC(EVP_sha256(), site->key, sizeof(site->key), about, about_size, key, &length) != NULL;
    good = good && HMAC(EVP_sha256(), key, sizeof(key), text, size, mac, &length) != NULL;
    OPENSSL_cleanse(key, sizeof(key));
    return good;
}

bool open_key_same(const uint8_t *a, const uint8_t *b, size_t size)
{
    return CRYPTO_memcmp(a, b, size) == 0;
}

void open_key_site_wipe(struct open_key_site *site)
{
    OPENSSL_cleanse(site, sizeof(*site));
}

int32_t open_key_mac_failed(struct kc_error *error)
{
    return error_set(error, KC_ERROR_SYSTEM, "", "The key cannot be authenticated: see libcrypto.");
}
