/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program: finds driver and subject, makes a test of each rule, runs them. */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_SKIPPED = 77 };

struct planned {
    struct rule rule;
    const struct conform_driver *driver;
    struct hotel hotel;
    char name[200];
};

static const struct {
    const char *name;
    void (*plan)(struct plan *plan);
} subjects[] = {
    {"verbs", plan_verbs},
    {"mobile", plan_mobile},
    {"limits", plan_limits},
    {"errors", plan_errors},
    {"invariants", plan_invariants},
    {"privacy", plan_privacy},
    {"faults-memory", plan_faults_memory},
    {"faults-sqlite", plan_faults_sqlite},
};

void plan_add(struct plan *plan, const struct rule *rule, const char *format, ...)
{
    va_list arguments;
    struct planned *grown = realloc(plan->rules, (plan->count + 1) * sizeof(*grown));
    if (!grown)
        exit(1);
    plan->rules = grown;
    struct planned *added = &grown[plan->count++];
    *added = (struct planned){.rule = *rule, .driver = plan->driver};
    int length = snprintf(added->name, sizeof(added->name), "%s: ", plan->driver->name);
    va_start(arguments, format);
    vsnprintf(added->name + length, sizeof(added->name) - (size_t)length, format, arguments);
    va_end(arguments);
}

void plan_add_all(struct plan *plan, const struct rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++)
        plan_add(plan, &rules[i], "%s", rules[i].name);
}

static int open_hotel(void **state)
{
    struct planned *planned = *state;
    hotel_open(&planned->hotel, planned->driver, &planned->rule.opening);
    return 0;
}

static void check_rule(void **state)
{
    struct planned *planned = *state;
    planned->rule.check(&planned->hotel, planned->rule.data, planned->rule.index);
    hotel_close(&planned->hotel);
}

static int abandon_hotel(void **state)
{
    struct planned *planned = *state;
    hotel_abandon(&planned->hotel);
    return 0;
}

static int run(struct plan *plan)
{
    struct CMUnitTest *tests = calloc(plan->count, sizeof(*tests));
    if (!tests)
        return 1;
    for (size_t i = 0; i < plan->count; i++)
        tests[i] = (struct CMUnitTest){.name = plan->rules[i].name,
                                       .test_func = check_rule,
                                       .setup_func = open_hotel,
                                       .teardown_func = abandon_hotel,
                                       .initial_state = &plan->rules[i]};
    int failed = _cmocka_run_group_tests("conformance", tests, plan->count, NULL, NULL);
    free(tests);
    return failed;
}

const char *driver_name(const struct conform_driver *driver)
{
    return driver->driver ? driver->driver : driver->name;
}

static const struct conform_driver *find_driver(const char *name)
{
    for (const struct conform_driver *driver = conform_drivers; driver->name; driver++)
        if (strcmp(driver->name, name) == 0)
            return driver;
    return NULL;
}

int main(int count, char **arguments)
{
    struct plan plan = {.driver = count > 2 ? find_driver(arguments[1]) : NULL};
    for (size_t i = 0; plan.driver && i < LENGTH_OF(subjects); i++)
        if (strcmp(subjects[i].name, arguments[2]) == 0)
            subjects[i].plan(&plan);
    if (!plan.count) {
        fprintf(stderr, "usage: conformance DRIVER SUBJECT [PATTERN OF NAMES]\n");
        return 2;
    }
    if (!kc_has_driver(driver_name(plan.driver))) {
        free(plan.rules);
        return EXIT_SKIPPED;
    }
    if (count > 3)
        cmocka_set_test_filter(arguments[3]);
    int failed = run(&plan);
    free(plan.rules);
    return failed;
}
