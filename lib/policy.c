/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The policies of a site: names, values, defaults. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
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

/* The only policy that is a number, of days. */
static const char forget_after[] = "forget-after";
enum { DAYS_MOST = 36500 };

static int32_t set_forget_after(struct kc_site *site, const char *value, struct kc_error *error)
{
    struct error_quoted quoted;
    const bool never = strcmp(value, "never") == 0;
    const size_t length = strspn(value, "0123456789");
    const long days = length > 0 && length < 6 && !value[length] ? strtol(value, NULL, 10) : 0;
    if (!never && (days < 1 || days > DAYS_MOST))
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, forget_after,
                         "The policy %s cannot be \"%s\". It can be never, or a number of days from 1 to %d.",
                         forget_after, error_quote(&quoted, value), DAYS_MOST);
    site->forget_after = (int32_t)days;
    snprintf(site->forget_after_text, sizeof(site->forget_after_text), "%ld", days);
    retention_plan(site);
    return KC_OK;
}

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
    if (name && strcmp(name, forget_after) == 0)
        return set_forget_after(site, value ? value : "", error);
    if (policy < 0)
        return error_set(error, KC_ERROR_NOT_FOUND, "policy",
                         "There is no policy \"%s\". There are early-issue, second-original, text, minutes, start and "
                         "forget-after.",
                         error_quote(&quoted, name));
    const char *const *values = policies[policy].values;
    for (int32_t i = 0; i < 4 && values[i]; i++)
        if (value && strcmp(values[i], value) == 0) {
            site->policies[policy] = i;
            site->context->setup++;
            return KC_OK;
        }
    return error_set(error, KC_ERROR_INVALID_ARGUMENT, policies[policy].name,
                     "The policy %s cannot be \"%s\". It can be %s, %s%s%s.", name, error_quote(&quoted, value),
                     values[0], values[1], values[2] ? ", " : "", values[2] ? values[2] : "");
}

const char *policy_get(const struct kc_site *site, const char *name)
{
    int32_t policy = find_policy(name);
    if (name && strcmp(name, forget_after) == 0)
        return site->forget_after ? site->forget_after_text : "never";
    return policy < 0 ? "" : policies[policy].values[site->policies[policy]];
}
