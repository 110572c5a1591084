/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of names of devices on USB. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "util/device_name.h"

static void reads_what_it_writes(void **state)
{
    (void)state;
    static const char *const names[] = {
        "067b:2303",         "067b:2303/K42",      "072f:2200@1-4.2",   "0403:6010/K42~1",
        "0403:6010@2-1~0.3", "0403:6010/K42~1.12", "ffff:0000/A_b.c-9", "1a86:7523@1-1.2.3.4~255",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct device_name name;
        char text[DEVICE_NAME_TEXT_SIZE];
        if (!device_name_parse(names[i], &name))
            fail_msg("%s", names[i]);
        assert_string_equal(device_name_print(&name, false, text), names[i]);
    }
}

static void refuses_everything_else(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        ":",
        "067b",
        "067b:",
        "067b:230",
        "067b:23034",
        "67b:2303",
        "067g:2303",
        "067b-2303",
        "067b:2303/",
        "067b:2303@",
        "067b:2303@usb1",
        "067b:2303/K 42",
        "067b:2303/K42@1-1",
        "067b:2303~",
        "067b:2303~256",
        "067b:2303~1.",
        "067b:2303~1.2.3",
        "067b:2303~-1",
        "067b:2303~0000",
        " 067b:2303",
        "067b:2303 ",
        "/dev/ttyUSB0",
    };
    struct device_name name;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (device_name_parse(wrong[i], &name))
            fail_msg("%s", wrong[i]);
    char text[300] = "067b:2303/";
    memset(text + 10, 'x', DEVICE_NAME_SERIAL_SIZE - 1);
    assert_true(device_name_parse(text, &name));
    text[10 + DEVICE_NAME_SERIAL_SIZE - 1] = 'x';
    assert_false(device_name_parse(text, &name));
}

static void serial_numbers_become_plain(void **state)
{
    (void)state;
    struct device_name name = {.vendor = 0x0801, .product = 3, .path = "1-1"};
    char text[DEVICE_NAME_TEXT_SIZE], many[1000];
    device_name_set_serial(&name, "A/B?c#d e~f@g%20\xC3\xA4\n");
    assert_string_equal(device_name_print(&name, false, text), "0801:0003/A_B_c_d_e_f_g_20___");
    assert_string_equal(device_name_print(&name, true, text), "0801:0003@1-1");
    memset(many, '9', sizeof(many));
    many[sizeof(many) - 1] = '\0';
    device_name_set_serial(&name, many);
    name.interface = 255;
    name.port = 255;
    struct device_name read;
    assert_true(device_name_parse(device_name_print(&name, false, text), &read));
    assert_true(device_name_fits(&read, &name));
    device_name_set_serial(&name, "");
    name.interface = name.port = 0;
    assert_string_equal(device_name_print(&name, false, text), "0801:0003@1-1");
}

static void fits(void **state)
{
    (void)state;
    struct device_name device = {.vendor = 0x0403, .product = 0x6010, .serial = "K42", .path = "1-2", .interface = 1};
    static const struct {
        const char *text;
        bool fits;
    } cases[] = {
        {"0403:6010", true},       {"0403:6010/K42", true},  {"0403:6010@1-2", true},    {"0403:6010/K42~1", true},
        {"0403:6010~1.0", true},   {"0403:6010/k42", false}, {"0403:6010@1-2.1", false}, {"0403:6010~0", false},
        {"0403:6010~1.1", false},  {"0403:6011", false},     {"0404:6010", false},       {"0403:6010@1-20", false},
        {"0403:6010/K421", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct device_name wanted;
        assert_true(device_name_parse(cases[i].text, &wanted));
        if (device_name_fits(&wanted, &device) != cases[i].fits)
            fail_msg("%s", cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(refuses_everything_else),
        cmocka_unit_test(serial_numbers_become_plain),
        cmocka_unit_test(fits),
    };
    return cmocka_run_group_tests_name("device-name", tests, NULL, NULL);
}
