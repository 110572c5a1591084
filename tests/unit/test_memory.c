/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the utilities when memory is used up: each allocation fails once, in turn. The linker sends the calls of
 * malloc() and so on here (see meson.build). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util/arena.h"
#include "util/buf.h"
#include "util/moment.h"
#include "util/text.h"
#include "util/uri.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static int until_failure = -1; /* calls that still succeed; -1: all */

static bool fails(void)
{
    return until_failure >= 0 && until_failure-- == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails() ? NULL : __real_realloc(memory, size);
}

/* Runs `attempt` with the first, second ... allocation failing, until none fails. It returns whether it succeeded. */
static void with_each_failure(bool (*attempt)(void), int at_least)
{
    for (int n = 0;; n++) {
        until_failure = n;
        bool good = attempt();
        bool failed = until_failure < 0;
        until_failure = -1;
        assert_int_equal(good, !failed);
        if (good) {
            assert_true(n >= at_least);
            return;
        }
        assert_true(n < 1000);
    }
}

static bool open_zone(void)
{
    struct zone *zone = NULL;
    struct kc_error error;
    int32_t status = zone_open("Europe/Sofia", &zone, &error);
    if (status == KC_OK)
        zone_close(zone);
    else if (status != KC_ERROR_NO_MEMORY || error.code != status || zone != NULL)
        until_failure = 1000; /* the wrong error: makes the check of the caller fail */
    return status == KC_OK;
}

static bool parse_uri(void)
{
    static char text[5000];
    memset(text, 'p', sizeof text - 1);
    memcpy(text, "x://user:password@host:1/", 25);
    memcpy(text + 3000, "?a=", 3);
    memcpy(text + 4000, "&b=", 3);
    struct arena arena = {0};
    struct uri uri = {0};
    struct kc_error error;
    int32_t status = uri_parse(&arena, text, &uri, &error);
    if (status != KC_OK && (status != KC_ERROR_NO_MEMORY || uri.scheme != NULL))
        until_failure = 1000;
    arena_free(&arena);
    return status == KC_OK;
}

static bool handle_lists(void)
{
    struct arena arena = {0};
    const char *items[600];
    for (size_t i = 0; i < 600; i++)
        items[i] = "an item of a list that needs some room";
    struct strings list = {items, 600}, copy, again;
    bool good = arena_strings(&arena, &list, &copy) == 0;
    good = good &&
           arena_split(&arena,
                       "an item\x1F"
                       "another",
                       &again) == 0 &&
           again.count == 2;
    arena_free(&arena);
    return good;
}

static bool fill_buffer(void)
{
    struct buf buf = {0};
    for (int i = 0; i < 500; i++)
        buf_append_format(&buf, "%d,", i);
    bool good = !buf.failed;
    if (good != (strlen(buf_text(&buf)) == 1890))
        until_failure = 1000;
    good = !buf.failed;
    buf_free(&buf);
    return good;
}

static bool adapt_text(void)
{
    struct text_adapter *adapter = text_adapter_new();
    if (adapter == NULL)
        return false;
    struct buf out = {0};
    bool good = true;
    for (int i = 0; good && i < 20; i++)
        good = text_adapt(adapter, "Георги Христов ", TEXT_ASCII, &out) == 0;
    buf_free(&out);
    text_adapter_free(adapter);
    return good;
}

static void every_failure_is_reported(void **state)
{
    (void)state;
    with_each_failure(open_zone, 3);
    with_each_failure(parse_uri, 2);
    with_each_failure(handle_lists, 5);
    with_each_failure(fill_buffer, 3);
    with_each_failure(adapt_text, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_failure_is_reported)};
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
