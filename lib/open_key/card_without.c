/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Open keys on contactless cards, in a build without libcbor. */
#include "values.h"

static int32_t not_offered(struct kc_error *error)
{
    return error_set(error, KC_ERROR_NOT_OFFERED, "", "This library was built without open keys on contactless cards.");
}

int32_t open_key_write_card(const struct open_key_site *site, const struct open_key *key, const uint8_t *uid,
                            size_t uid_size, uint8_t message[OPEN_KEY_MESSAGE_MOST], size_t *size,
                            struct kc_error *error)
{
    (void)site, (void)key, (void)uid, (void)uid_size, (void)message, (void)size;
    return not_offered(error);
}

int32_t open_key_read_card(const struct open_key_site *site, const uint8_t *message, size_t size, const uint8_t *uid,
                           size_t uid_size, struct open_key *key, struct kc_error *error)
{
    (void)site, (void)message, (void)size, (void)uid, (void)uid_size, (void)key;
    return not_offered(error);
}
