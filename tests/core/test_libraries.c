/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Libraries of drivers, links and ledgers are loaded by who uses them, and by nobody else. One process: the tests are
 * in the order in which more and more is loaded. */
#include <dlfcn.h>
#include <keycard/keycard.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* after the four above */
#include <cmocka.h>

static const char *const all[] = {"libicu", "libcurl", "libxml2", "libserialport", "libusb", "libpq", "libcbor"};

/* Which library is not to be found, "" for none. */
static const char *missing = "";

/* The library's own call comes here too. */
void *dlopen(const char *file, int flags)
{
    void *(*next)(const char *, int) = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
    return file && *missing && strstr(file, missing) ? NULL : next(file, flags);
}

static bool is_loaded(const char *library)
{
    char line[512], name[64];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "re");
    assert_non_null(maps);
    snprintf(name, sizeof(name), "/%s", library);
    while (!found && fgets(line, sizeof(line), maps))
        found = strstr(line, name) != NULL;
    fclose(maps);
    return found;
}

struct hotel {
    kc_context *context;
    kc_site *site;
};

static void open_hotel(struct hotel *hotel)
{
    assert_int_equal(kc_context_new(&hotel->context), KC_OK);
    assert_int_equal(kc_context_set_ledger(hotel->context, "memory:"), KC_OK);
    assert_int_equal(kc_site_new(hotel->context, "Grand Hotel", &hotel->site), KC_OK);
}

static void close_hotel(struct hotel *hotel)
{
    kc_site_unref(hotel->site);
    kc_context_unref(hotel->context);
}

static void a_key_in_the_process_needs_none(void **state)
{
    struct hotel hotel;
    kc_system *system;
    kc_request *request;
    kc_op *op;
    (void)state;
    open_hotel(&hotel);
    assert_int_equal(kc_system_new(hotel.site, "locks", "virtual:?encoders=Desk", &system), KC_OK);
    assert_int_equal(kc_request_new(hotel.site, &request), KC_OK);
    assert_int_equal(kc_request_set_booking(request, "4711"), KC_OK);
    assert_int_equal(kc_request_add_room(request, "101"), KC_OK);
    assert_int_equal(kc_request_set_guest(request, "Dupont, Anne"), KC_OK);
    assert_int_equal(kc_request_set_station(request, "desk"), KC_OK);
    assert_int_equal(kc_request_set_encoder(request, "Desk"), KC_OK);
    assert_int_equal(kc_request_set_validity(request, NULL, "2097-06-18"), KC_OK);
    assert_int_equal(kc_issue_original(request, &op), KC_OK);
    assert_int_equal(kc_op_wait(op, 60000), KC_OK);
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_WRITTEN);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (is_loaded(all[i]))
            print_message("%s is loaded\n", all[i]);
        assert_false(is_loaded(all[i]));
    }
    kc_op_unref(op);
    kc_request_unref(request);
    kc_system_unref(system);
    close_hotel(&hotel);
}

/* Opening what needs `library` says so at once while it is not there, and works as soon as it is. */
static void zone_needs_icu(void **state)
{
    struct hotel hotel;
    (void)state;
    open_hotel(&hotel);
    missing = "libicu";
    assert_int_equal(kc_site_set_time_zone(hotel.site, "Europe/Sofia"), KC_ERROR_SYSTEM);
    assert_non_null(strstr(kc_error_get_message(kc_site_get_error(hotel.site)), "libicui18n.so"));
    missing = "";
    assert_int_equal(kc_site_set_time_zone(hotel.site, "Europe/Sofia"), KC_OK);
    assert_true(is_loaded("libicui18n"));
    assert_false(is_loaded("libcurl"));
    close_hotel(&hotel);
}

static void system_needs(const char *library, const char *uri)
{
    struct hotel hotel;
    kc_system *system = NULL;
    open_hotel(&hotel);
    assert_false(is_loaded(library));
    missing = library;
    assert_int_equal(kc_system_new(hotel.site, "locks", uri, &system), KC_ERROR_SYSTEM);
    assert_null(system);
    const char *message = kc_error_get_message(kc_site_get_error(hotel.site));
    assert_non_null(strstr(message, library));
    assert_non_null(strstr(message, "Install it"));
    missing = "";
    assert_int_equal(kc_system_new(hotel.site, "locks", uri, &system), KC_OK);
    assert_true(is_loaded(library));
    kc_system_unref(system);
    close_hotel(&hotel);
}

#ifdef HAS_LENS
/* A lock server that speaks SOAP over HTTP: the link and the driver need one each. */
static void web_service_needs_two(void **state)
{
    static const char *const both[] = {"libcurl", "libxml2"};
    struct hotel hotel;
    kc_system *system = NULL;
    (void)state;
    open_hotel(&hotel);
    for (size_t i = 0; i < 2; i++) {
        missing = both[i];
        assert_int_equal(kc_system_new(hotel.site, "locks", "saflok+https://127.0.0.1:9/", &system), KC_ERROR_SYSTEM);
        assert_non_null(strstr(kc_error_get_message(kc_site_get_error(hotel.site)), both[i]));
        assert_false(is_loaded(both[i]));
    }
    missing = "";
    assert_int_equal(kc_system_new(hotel.site, "locks", "saflok+https://127.0.0.1:9/", &system), KC_OK);
    assert_true(is_loaded("libcurl") && is_loaded("libxml2"));
    kc_system_unref(system);
    close_hotel(&hotel);
}
#endif

static void serial_line_needs_serialport(void **state)
{
    (void)state;
    system_needs("libserialport", "salto+serial:/dev/ttyS99");
}

#ifdef HAS_USB
static void usb_needs_libusb(void **state)
{
    (void)state;
    system_needs("libusb", "magstripe+usb:");
}
#endif

#ifdef HAS_POSTGRESQL
static void postgresql_needs_libpq(void **state)
{
    kc_context *context;
    (void)state;
    assert_false(is_loaded("libpq"));
    assert_int_equal(kc_context_new(&context), KC_OK);
    missing = "libpq";
    assert_int_equal(kc_context_set_ledger(context, "postgresql://127.0.0.1:9/none"), KC_ERROR_SYSTEM);
    assert_non_null(strstr(kc_error_get_message(kc_context_get_error(context)), "libpq.so"));
    missing = "";
    assert_int_equal(kc_context_set_ledger(context, "postgresql://127.0.0.1:9/none"), KC_ERROR_LEDGER);
    assert_true(is_loaded("libpq"));
    kc_context_unref(context);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_in_the_process_needs_none),
        cmocka_unit_test(zone_needs_icu),
#ifdef HAS_LENS
        cmocka_unit_test(web_service_needs_two),
#endif
        cmocka_unit_test(serial_line_needs_serialport),
#ifdef HAS_USB
        cmocka_unit_test(usb_needs_libusb),
#endif
#ifdef HAS_POSTGRESQL
        cmocka_unit_test(postgresql_needs_libpq),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
