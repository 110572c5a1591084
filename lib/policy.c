/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The policies of a site: names, values, defaults. */
#include <stddef.h>
#include <string.h>

#include "site.h"

static const struct {
    const char *name;
    const char *values[4]; /* the first is the default */
} policies[POLICY_COUNT] = {
    [POLICY_EARLY_ISSUE] = {"early-issue", {"allow", "refuse"}},
    [POLICY_SECOND_ORIGINAL] = {"second-original", {"warn", "confirm", "refuse"}},
    [POLICY_TEXT] = {"text", {"adapt", "refuse"}},
    [POLICY_MINUTES] = {"minutes", {"refuse", "inward", "outward"}},
    [POLICY_START] = {"start", {"refuse", "drop"}},
};

static int32_t find_policy(const char *name)
{
    for (int32_t i = 0; i < POLICY_COUNT; i++)
        if (name && strcmp(policies[i].name, name) == 0)
            return i;
    return -1;
}

int32_t policy_set(struct kc_site *site, const char *name, const char *value, struct kc_error *error)
{
    struct error_quoted quoted;
    int32_t policy = find_policy(name);
    if (policy < 0)
        return error_set(error, KC_ERROR_NOT_FOUND, "policy",
                         "There is no policy \"%s\". There are early-issue, second-original, text, minutes and start.",
                         error_quote(&quoted, name));
    const char *const *values = policies[policy].values;
    for (int32_t i = 0; i < 4 && values[i]; i++)
        if (value && strcmp(values[i], value) == 0) {
            site->policies[policy] = i;
            return KC_OK;
        }
    return error_set(error, KC_ERROR_INVALID_ARGUMENT, policies[policy].name,
                     "The policy %s cannot be \"%s\". It can be %s, %s%s%s.", name, error_quote(&quoted, value),
                     values[0], values[1], values[2] ? ", " : "", values[2] ? values[2] : "");
}

const char *policy_get(const struct kc_site *site, const char *name)
{
    int32_t policy = find_policy(name);
    return policy < 0 ? "" : policies[policy].values[site->policies[policy]];
}
