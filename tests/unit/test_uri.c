/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the URI parser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "util/uri.h"

static int32_t parse(struct arena *arena, const char *text, struct uri *uri)
{
    struct kc_error error;
    int32_t status = uri_parse(arena, text, uri, &error);
    if (status != KC_OK)
        print_message("%.80s: %s\n", text, error.message);
    return status;
}

static void reads_every_part(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct uri uri;
    assert_int_equal(
        parse(&arena, "SALTO+tcp://fr%6Fnt:p%40ss%3A:w@encoder-1.hotel_lan:8090/a%20b?mobile=on&x=%26%3D=y&z=", &uri),
        KC_OK);
    assert_string_equal(uri.scheme, "salto+tcp");
    assert_string_equal(uri.user, "front");
    assert_string_equal(uri.password, "p@ss::w");
    assert_string_equal(uri.host, "encoder-1.hotel_lan");
    assert_int_equal(uri.port, 8090);
    assert_string_equal(uri.path, "/a b");
    assert_int_equal(uri.option_count, 3);
    assert_string_equal(uri.options[0].name, "mobile");
    assert_string_equal(uri.options[0].value, "on");
    assert_string_equal(uri.options[1].value, "&==y");
    assert_string_equal(uri.options[2].name, "z");
    assert_string_equal(uri.options[2].value, "");
    arena_free(&arena);
}

static void absent_parts_are_empty(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct uri uri;
    assert_int_equal(parse(&arena, "virtual:", &uri), KC_OK);
    assert_string_equal(uri.scheme, "virtual");
    assert_string_equal(uri.user, "");
    assert_string_equal(uri.password, "");
    assert_string_equal(uri.host, "");
    assert_int_equal(uri.port, -1);
    assert_string_equal(uri.path, "");
    assert_int_equal(uri.option_count, 0);
    assert_int_equal(parse(&arena, "virtual:?slow=1", &uri), KC_OK);
    assert_int_equal(uri.option_count, 1);
    assert_int_equal(parse(&arena, "salto+tcp://10.0.0.5", &uri), KC_OK);
    assert_string_equal(uri.host, "10.0.0.5");
    assert_int_equal(uri.port, -1);
    assert_int_equal(parse(&arena, "salto+tcp://h:0?a=b", &uri), KC_OK);
    assert_int_equal(uri.port, 0);
    assert_string_equal(uri.path, "");
    assert_int_equal(parse(&arena, "x://user@h", &uri), KC_OK);
    assert_string_equal(uri.user, "user");
    assert_string_equal(uri.password, "");
    assert_int_equal(parse(&arena, "x://:secret@h:65535/", &uri), KC_OK);
    assert_string_equal(uri.user, "");
    assert_string_equal(uri.password, "secret");
    assert_int_equal(uri.port, 65535);
    assert_string_equal(uri.path, "/");
    arena_free(&arena);
}

static void reads_paths(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *path;
    } cases[] = {
        {"sqlite:///var/lib/keys.db", "/var/lib/keys.db"},
        {"sqlite:/var/lib/keys.db", "/var/lib/keys.db"},
        {"sqlite:keys.db", "keys.db"},
        {"sqlite:my%20keys%3F%23.db", "my keys?#.db"},
        {"sqlite:C:/keys@home.db", "C:/keys@home.db"},
        {"sqlite:/\xD1\x85\xD0\xBE\xD1\x82\xD0\xB5\xD0\xBB/%D1%85",
         "/\xD1\x85\xD0\xBE\xD1\x82\xD0\xB5\xD0\xBB/\xD1\x85"},
        {"salto+serial:/dev/serial/by-id/usb-FTDI_1-if00-port0?baud=9600", "/dev/serial/by-id/usb-FTDI_1-if00-port0"},
    };
    struct arena arena = {0};
    struct uri uri;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(parse(&arena, cases[i].text, &uri), KC_OK);
        assert_string_equal(uri.path, cases[i].path);
        assert_string_equal(uri.host, "");
    }
    arena_free(&arena);
}

static void reads_ipv6(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *host;
        int32_t port;
    } cases[] = {
        {"x://[::1]:8090", "::1", 8090},
        {"x://[::]", "::", -1},
        {"x://[1::]/p", "1::", -1},
        {"x://[2001:db8:0:1:2:3:4:5]:1?a=b", "2001:db8:0:1:2:3:4:5", 1},
        {"x://[2001:DB8::5]", "2001:DB8::5", -1},
        {"x://[::ffff:10.0.0.5]:80", "::ffff:10.0.0.5", 80},
        {"x://[fe80::1%25eth0.5]:80", "fe80::1%eth0.5", 80},
        {"x://u:p@[::1]:80", "::1", 80},
    };
    static const char *const wrong[] = {
        "x://[]",
        "x://[:]",
        "x://[::1",
        "x://::1",
        "x://[::1]8090",
        "x://[::1]x",
        "x://[1:2:3:4:5:6:7]",
        "x://[1:2:3:4:5:6:7:8:9]",
        "x://[1:2:3:4:5:6:7:8::]",
        "x://[1::2::3]",
        "x://[:::]",
        "x://[:1::2]",
        "x://[1::2:]",
        "x://[12345::]",
        "x://[g::1]",
        "x://[10.0.0.5]",
        "x://[::10.0.0.256]",
        "x://[::10.0.5]",
        "x://[::10.0.0.5.6]",
        "x://[::10.0.0.5:1]",
        "x://[fe80::1%eth0]",
        "x://[fe80::1%25]",
        "x://[fe80::1%25a/b]",
        "x://[fe80::1%25a%00]",
    };
    struct arena arena = {0};
    struct uri uri;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(parse(&arena, cases[i].text, &uri), KC_OK);
        assert_string_equal(uri.host, cases[i].host);
        assert_int_equal(uri.port, cases[i].port);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(parse(&arena, wrong[i], &uri), KC_ERROR_INVALID_ARGUMENT);
    arena_free(&arena);
}

static void refuses_what_is_wrong(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "x",
        ":",
        "//host",
        "10.0.0.5:8090",
        "1x:",
        "+x:",
        "sal to:",
        "s\xC3\xA4lto:",
        "x://",
        "x://?a=b",
        "x://:80",
        "x://:80/p",
        "x://user@",
        "x://user@/p",
        "x://a@b@c",
        "x://h:",
        "x://h:/p",
        "x://h:65536",
        "x://h:999999",
        "x://h:000080",
        "x://h:-1",
        "x://h:+80",
        "x://h:8a",
        "x://h:80:80",
        "x://h%41",
        "x://h\\i",
        "x://h<i>",
        "x://h\xC3\xA4",
        "x:a b",
        "x:a\tb",
        "x:a\nb",
        "x:a\x7F",
        "x:\xC2\x85",
        "x:\xE2\x80\xAE",
        "x:\xFF",
        "x:\xC0\x80",
        "x:\xED\xA0\x80",
        "x:%",
        "x:%4",
        "x:%4g",
        "x:%g4",
        "x:%00",
        "x:%0A",
        "x:%7f",
        "x:%FF",
        "x:%E2%80%AE",
        "x:p#",
        "x:p#f",
        "x:?",
        "x:?a",
        "x:?=b",
        "x:?a=b&",
        "x:?&a=b",
        "x:?a=b&&c=d",
        "x:?a=1&a=2",
        "x:?a=1&b=2&%61=3",
        "x:?a=%",
        "x:?%=a",
        "x:?a=%0",
        "x:?a=b%00",
        "x://u%@h",
        "x://u%00@h",
        "x://u:%zz@h",
        "x://u:p%0D@h",
    };
    struct arena arena = {0};
    struct uri uri;
    memset(&uri, 0xAA, sizeof uri);
    struct uri before;
    memcpy(&before, &uri, sizeof uri);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct kc_error error = {0};
        int32_t status = uri_parse(&arena, wrong[i], &uri, &error);
        if (status != KC_ERROR_INVALID_ARGUMENT)
            fail_msg("\"%s\" was taken", wrong[i]);
        assert_int_equal(error.code, status);
        assert_string_equal(error.field, "uri");
        assert_true(strlen(error.message) > 10);
    }
    assert_int_equal(uri_parse(&arena, NULL, &uri, NULL), KC_ERROR_INVALID_ARGUMENT);
    assert_memory_equal(&uri, &before, sizeof uri);
    arena_free(&arena);
}

static void tells_the_place(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct uri uri;
    struct kc_error error;
    uri_parse(&arena, "salto+tcp://host:80x90", &uri, &error);
    assert_string_equal(error.message, "the URI is not valid: the port must be a number from 0 to 65535 (at byte 18)");
    uri_parse(&arena, "x:abc%zz", &uri, &error);
    assert_non_null(strstr(error.message, "(at byte 6)"));
    arena_free(&arena);
}

static void never_shows_user_or_password(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "x://clerk:geheim@h:port",   "x://clerk:geheim@",           "x://clerk:geheim",      "x://clerk:geheim%@h",
        "x://clerk:a?geheim=1@h",    "x://clerk:a/geheim %@h",      "x://clerk@geheim@h",    "x://clerk:geheim@h ",
        "x://clerk:?geheim=&geheim", "x://clerk@h?geheim=&geheim=", "clerk:geheim@h#geheim", "x://clerk:[geheim@[h]",
    };
    struct arena arena = {0};
    struct uri uri;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct kc_error error;
        assert_int_equal(uri_parse(&arena, wrong[i], &uri, &error), KC_ERROR_INVALID_ARGUMENT);
        assert_null(strstr(error.message, "geheim"));
        assert_null(strstr(error.message, "clerk"));
    }
    arena_free(&arena);
}

static void bounds_what_is_long(void **state)
{
    (void)state;
    static char text[100001];
    struct arena arena = {0};
    struct uri uri;
    memset(text, 'a', sizeof text - 1);
    text[1] = ':';
    assert_int_equal(parse(&arena, text, &uri), KC_ERROR_INVALID_ARGUMENT);
    text[8000] = '\0';
    assert_int_equal(parse(&arena, text, &uri), KC_OK);
    assert_int_equal(strlen(uri.path), 7998);
    memcpy(text, "x://", 4);
    text[4 + 253] = '\0';
    assert_int_equal(parse(&arena, text, &uri), KC_OK);
    text[4 + 253] = 'a';
    text[4 + 254] = '\0';
    assert_int_equal(parse(&arena, text, &uri), KC_ERROR_INVALID_ARGUMENT);
    memset(text, '&', 1000);
    memcpy(text, "x:?", 3);
    assert_int_equal(parse(&arena, text, &uri), KC_ERROR_INVALID_ARGUMENT);
    arena_free(&arena);
}

static void makes_urls_of_http(void **state)
{
    static const struct {
        const char *uri, *url;
    } cases[] = {
        {"saflok+http://lens.example:1619/MessengerPMSWS.asmx?mobile=on",
         "http://lens.example:1619/MessengerPMSWS.asmx"},
        {"x+http://lens.example", "http://lens.example"},
        {"x+http://[fe80::1%25eth0]:80/a%20b/%C3%A9?x=y", "http://[fe80::1%25eth0]:80/a%20b/%C3%A9"},
        {"x+http://user:secret@host/%3Cx%3E%22%3F%23", "http://host/%3Cx%3E%22%3F%23"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena arena = {0};
        struct uri uri;
        assert_int_equal(parse(&arena, cases[i].uri, &uri), KC_OK);
        assert_string_equal(uri_http_url(&arena, "http", &uri), cases[i].url);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_part),
        cmocka_unit_test(absent_parts_are_empty),
        cmocka_unit_test(reads_paths),
        cmocka_unit_test(reads_ipv6),
        cmocka_unit_test(refuses_what_is_wrong),
        cmocka_unit_test(tells_the_place),
        cmocka_unit_test(never_shows_user_or_password),
        cmocka_unit_test(bounds_what_is_long),
        cmocka_unit_test(makes_urls_of_http),
    };
    return cmocka_run_group_tests_name("uri", tests, NULL, NULL);
}
