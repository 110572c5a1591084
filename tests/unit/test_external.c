/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of libraries that are loaded when they are first needed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "util/external.h"

struct functions {
    __typeof__(cos) *to_cos;
    void *second;
};

static const char *const good_names[] = {"cos", "sin"};
static const char *const bad_names[] = {"cos", "no_such_function"};

static void finds_its_functions(void **state)
{
    (void)state;
    struct functions functions = {0};
    struct external external = {.file = "libm.so.6",
                                .purpose = "angles",
                                .names = good_names,
                                .functions = &functions,
                                .count = 2,
                                .needed = 2};
    assert_int_equal(external_need(&external, NULL), KC_OK);
    assert_non_null(functions.second);
    assert_true(functions.to_cos(0) > 0.5);
    functions.second = NULL;
    assert_int_equal(external_need(&external, NULL), KC_OK); /* does not look again */
    assert_null(functions.second);
}

static void a_library_that_is_not_there_is_named(void **state)
{
    (void)state;
    struct functions functions = {0};
    struct kc_error error = {0};
    struct external external = {.file = "libno-such-library.so.7",
                                .purpose = "angles",
                                .names = good_names,
                                .functions = &functions,
                                .count = 2,
                                .needed = 2};
    assert_int_equal(external_need(&external, &error), KC_ERROR_SYSTEM);
    assert_non_null(strstr(error.message, "libno-such-library.so.7, for angles, cannot be loaded"));
    assert_non_null(strstr(error.message, "Install it"));
    assert_int_equal(external_need(&external, NULL), KC_ERROR_SYSTEM);
    external.file = "libm.so.6"; /* it was installed meanwhile */
    assert_int_equal(external_need(&external, &error), KC_OK);
}

static void a_function_that_is_not_there_is_named(void **state)
{
    (void)state;
    struct functions functions = {0};
    struct kc_error error = {0};
    struct external external = {
        .file = "libm.so.6", .purpose = "angles", .names = bad_names, .functions = &functions, .count = 2, .needed = 2};
    assert_int_equal(external_need(&external, &error), KC_ERROR_SYSTEM);
    assert_non_null(strstr(error.message, "it has no no_such_function"));
    external.needed = 1; /* the other may be missing */
    assert_int_equal(external_need(&external, &error), KC_OK);
    assert_non_null(functions.to_cos);
    assert_null(functions.second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_its_functions),
        cmocka_unit_test(a_library_that_is_not_there_is_named),
        cmocka_unit_test(a_function_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
