/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calls for options that follow from driver_option_text(), which each stand-in for the core has. A driver that asks
 * for a number or word that its table does not have fails the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver.h"

int64_t driver_option_number(const struct driver_link *link, size_t option)
{
    assert_non_null(strstr(link->driver->options[option].values, ".."));
    return strtoll(driver_option_text(link, option), NULL, 10);
}

bool driver_option_is(const struct driver_link *link, size_t option, const char *value)
{
    assert_non_null(strstr(link->driver->options[option].values, value));
    return strcmp(driver_option_text(link, option), value) == 0;
}
