/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log on standard error, and the clock on the wall. */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int32_t most_detailed = 3;

void say_level(int32_t level)
{
    most_detailed = level;
}

void say(int32_t level, const char *format, ...)
{
    static const char *const names[] = {"log", "error", "warning", "info", "debug"};
    char text[1024];
    va_list arguments;
    if (level > most_detailed)
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char *at = text; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f) /* a terminal may show this */
            *at = '?';
    }
    (void)fprintf(stderr, "keycard-fias-gateway: %s: %s\n", names[level >= 1 && level <= 4 ? level : 0], text);
}

struct tm clock_wall(void)
{
    const time_t now = time(NULL);
    struct tm wall;
    memset(&wall, 0, sizeof wall);
    (void)localtime_r(&now, &wall);
    return wall;
}
