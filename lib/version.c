/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Version and features. */
#include <keycard/keycard.h>

#define TEXT_OF(x)                        #x
#define VERSION_TEXT(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

const char *kc_version(void)
{
    return VERSION_TEXT(KC_VERSION_MAJOR, KC_VERSION_MINOR, KC_VERSION_PATCH);
}

int32_t kc_version_number(void)
{
    return KC_VERSION_MAJOR * 10000 + KC_VERSION_MINOR * 100 + KC_VERSION_PATCH;
}

int32_t kc_has_driver(const char *name)
{
    return kc_driver_find(name) != NULL;
}
