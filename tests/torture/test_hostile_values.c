/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hostile values in every setter and every function that takes a value: broken UTF-8, control bytes, separators, huge
 * texts, extreme numbers. Each call is refused with a documented status and a readable error that shows no guest data,
 * or it is taken; what was taken can be made a key of, or is refused then. Out-parameters are untouched on failure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rig.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SECRET       "Zyxwvut" /* stands in every hostile text that is given as guest data */

static const int32_t numbers[] = {INT32_MIN, INT32_MIN + 1, -60,           -1,       0, 1, 2, 8, 9, 99,
                                  100,       1000,          INT32_MAX - 1, INT32_MAX};

static char huge[1 << 20], long_text[401], long_name[101];

static const char *const texts[] = {
    NULL,
    "",
    " ",
    "a",
    SECRET,
    SECRET "\xff",
    "\xfe" SECRET,
    SECRET "\xc0\x80",
    SECRET "\xe2\x82",
    SECRET "\xed\xa0\x80",
    SECRET "\xf4\x90\x80\x80",
    SECRET "\xf8\x88\x80\x80\x80",
    SECRET "\x80\x80\x80",
    SECRET "\x01\x02\x03\x04\x05\x06\x15\x1b\x7f",
    SECRET "\r\nCN",
    SECRET "\xc2\x85", /* a C1 control */
    SECRET "\xc2\xb3", /* the separator of SALTO as a character */
    SECRET "\xb3"
           "CN",           /* and as a byte */
    SECRET "\xe2\x80\xae", /* right-to-left override */
    SECRET "\xef\xbb\xbf\xef\xbf\xbe",
    SECRET "\xf0\x9f\x94\x91",
    SECRET "|;,:=&?%00%n%s%x%s%s",
    SECRET "\"}],{\"a\":\"'); DROP TABLE operation;--",
    SECRET "</RoomKey><!ENTITY x SYSTEM \"file:///etc/passwd\">",
    "../../../../" SECRET,
    "2026-06-15T14:00",
    "2059-12-31",
    "99999999999999999999-12-31",
    "2026-02-30T25:61",
    "2026-06-15T14:00+99:99",
    "-9223372036854775808",
    "18446744073709551616",
    "1e308",
    "0x10",
    "off",
    "+35988888777666555444333222111",
    "0035988123456" SECRET,
    "+359 (88) 123-45-67",
    SECRET "@",
    SECRET "@example.com",
    "@\"" SECRET "\"@@..",
    long_text,
    long_name,
    huge,
};

static void fill_long_texts(void)
{
    memset(huge, 'x', sizeof(huge) - 1);
    memcpy(huge, SECRET, strlen(SECRET));
    memset(long_text, 'y', sizeof(long_text) - 1);
    memset(long_name, 'z', sizeof(long_name) - 1);
}

/* ---- What must hold of errors and texts ------------------------------------------------------------------------- */

/* Printable UTF-8 of a sensible length. */
static void check_text(const char *text)
{
    CHECK(text, "NULL for a text");
    CHECK(strlen(text) < 1000, "a text of %zu bytes", strlen(text));
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        size_t more = *at < 0x80 ? 0 : *at >= 0xF0 ? 3 : *at >= 0xE0 ? 2 : 1;
        CHECK(*at >= 0x20 && *at != 0x7F && (*at < 0x80 || *at >= 0xC2), "the byte %02X", *at);
        for (at++; more; more--, at++)
            CHECK((*at & 0xC0) == 0x80, "a broken character");
    }
}

static void check_error(const kc_error *error, int32_t status, bool guest_data)
{
    CHECK(error, "%s without error", kc_status_name(status));
    CHECK(kc_error_get_code(error) == status, "the error says %s, the call %s",
          kc_status_name(kc_error_get_code(error)), kc_status_name(status));
    check_text(kc_error_get_message(error));
    check_text(kc_error_get_vendor_text(error));
    check_text(kc_error_get_vendor_code(error));
    CHECK(strlen(kc_error_get_message(error)) > 5, "an empty message");
    CHECK(!guest_data || !strstr(kc_error_get_message(error), SECRET), "guest data in \"%s\"",
          kc_error_get_message(error));
    check_text(kc_error_get_field(error));
    check_text(kc_error_get_advice_text(error));
}

static void take_log(void *user, int32_t level, const char *domain, const char *message)
{
    size_t *lines = user;
    ++*lines;
    CHECK(level >= KC_LOG_ERROR && level <= KC_LOG_DEBUG, "level %d", (int)level);
    check_text(domain);
    check_text(message);
}

/* ---- Requests --------------------------------------------------------------------------------------------------- */

struct setter {
    const char *name;
    int32_t (*set)(kc_request *request, const char *value);
    bool guest_data;
};

static int32_t set_from(kc_request *request, const char *value)
{
    return kc_request_set_validity(request, value, "2059-12-31");
}

static int32_t set_until(kc_request *request, const char *value)
{
    return kc_request_set_validity(request, NULL, value);
}

static int32_t set_text(kc_request *request, const char *value)
{
    return kc_request_set_text(request, 1, value);
}

static const struct setter setters[] = {
    {"booking", kc_request_set_booking, false},
    {"room", kc_request_add_room, false},
    {"guest", kc_request_set_guest, true},
    {"from", set_from, false},
    {"until", set_until, false},
    {"station", kc_request_set_station, false},
    {"encoder", kc_request_set_encoder, false},
    {"system", kc_request_set_system, false},
    {"operator", kc_request_set_operator, false},
    {"area", kc_request_add_area, false},
    {"denied area", kc_request_remove_area, false},
    {"phone", kc_request_set_phone, true},
    {"email", kc_request_set_email, true},
    {"text", set_text, true},
    {"message", kc_request_set_message, true},
    {"idempotency key", kc_request_set_idempotency_key, false},
};

/* The verbs cannot be called by name: most start with a request alone. */
static int32_t (*const verbs[])(kc_request *, kc_op **) = {kc_issue_original, kc_issue_duplicate, kc_reissue,
                                                           kc_issue_one_shot, kc_send_mobile,     kc_read_card,
                                                           kc_check_out,      kc_modify_stay};

static kc_request *good_request(struct rig *rig)
{
    kc_request *request = NULL;
    CHECK(kc_request_new(rig->site, &request) == KC_OK, "no request");
    CHECK(kc_request_set_booking(request, "b") == KC_OK && kc_request_add_room(request, "101") == KC_OK &&
              kc_request_set_station(request, "desk") == KC_OK && kc_request_set_encoder(request, "Desk 1") == KC_OK &&
              kc_request_set_validity(request, NULL, "2059-12-31") == KC_OK,
          "the values of the header");
    return request;
}

static void read_everything(const kc_op *op);

/* Whatever was taken: the operation ends, and says why if it was refused. */
static void try_operation(struct rig *rig, kc_request *request, size_t verb, bool guest_data)
{
    kc_op *op = NULL;
    CHECK(verbs[verb](request, &op) == KC_OK, "no operation");
    rig_finish(rig, op);
    if (kc_op_get_status(op) != KC_OK)
        check_error(kc_op_get_error(op), kc_op_get_status(op), guest_data);
    read_everything(op);
    kc_op_unref(op);
}

static void try_setters(struct rig *rig)
{
    for (size_t s = 0; s < COUNT(setters); s++)
        for (size_t t = 0; t < COUNT(texts); t++) {
            rig_case("%s, text %zu (%.30s)", setters[s].name, t, texts[t] ? texts[t] : "NULL");
            kc_request *request = good_request(rig);
            int32_t status = setters[s].set(request, texts[t]);
            CHECK(status == KC_OK || status == KC_ERROR_INVALID_ARGUMENT, "%s", kc_status_name(status));
            if (status != KC_OK)
                check_error(kc_request_get_error(request), status, setters[s].guest_data);
            CHECK(texts[t] != huge || status != KC_OK, "a megabyte was taken");
            bool broken = t >= 5 && t <= 13;
            CHECK(!broken || status != KC_OK, "broken or control bytes were taken");
            if (status == KC_OK)
                try_operation(rig, request, (s + t) % COUNT(verbs), setters[s].guest_data);
            kc_request_unref(request);
        }
}

static void try_numbers(struct rig *rig)
{
    for (size_t n = 0; n < COUNT(numbers); n++) {
        int32_t number = numbers[n];
        rig_case("the number %d", (int)number);
        kc_request *request = good_request(rig);
        bool good = number >= 1 && number <= 99;
        CHECK((kc_request_set_copies(request, number) == KC_OK) == good, "copies");
        CHECK((kc_request_set_text(request, number, "a") == KC_OK) == (number >= 1 && number <= 8), "lines");
        CHECK(kc_request_set_return_image(request, number) == KC_OK, "image");
        for (size_t verb = 0; verb < COUNT(verbs); verb++)
            try_operation(rig, request, verb, false);
        kc_request_unref(request);
        CHECK(kc_context_set_log(rig->context, NULL, NULL, number) == KC_OK, "log");
        CHECK(kc_context_wait(rig->context, number < 0 || number > 100 ? 0 : number) >= 0, "wait");
    }
}

/* More of everything than fits. */
static void try_too_many(struct rig *rig)
{
    char name[24];
    kc_request *request = good_request(rig);
    size_t rooms = 1, areas = 0, denied = 0;
    rig_case("too many");
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof(name), "%d", 1000 + i);
        rooms += kc_request_add_room(request, name) == KC_OK;
        areas += kc_request_add_area(request, name) == KC_OK;
        denied += kc_request_remove_area(request, name) == KC_OK;
    }
    CHECK(rooms == 16 && areas == 64 && denied <= 64, "%zu rooms, %zu areas, %zu denied", rooms, areas, denied);
    for (size_t verb = 0; verb < COUNT(verbs); verb++)
        try_operation(rig, request, verb, false);
    for (int i = 0; i < 2000; i++) /* old values must not pile up */
        CHECK(kc_request_set_guest(request, i % 2 ? long_text : SECRET) >= KC_ERROR_INVALID_ARGUMENT, "guest");
    CHECK(kc_request_clear_rooms(request) == KC_OK && kc_request_clear_areas(request) == KC_OK, "clear");
    kc_request_unref(request);
}

/* ---- Everything else -------------------------------------------------------------------------------------------- */

static void read_key(const kc_key *key)
{
    const char *const lines[] = {kc_key_get_id(key),      kc_key_get_vendor_code(key), kc_key_get_booking(key),
                                 kc_key_get_guest(key),   kc_key_get_from(key),        kc_key_get_until(key),
                                 kc_key_get_created(key), kc_key_get_station(key),     kc_key_get_encoder(key),
                                 kc_key_get_system(key),  kc_key_get_operator(key),    kc_key_get_phone(key),
                                 kc_key_get_email(key),   kc_key_get_installation(key)};
    for (size_t i = 0; i < COUNT(lines); i++)
        check_text(lines[i]);
    for (size_t n = 0; n < COUNT(numbers); n++) {
        check_text(kc_key_get_room(key, numbers[n]));
        check_text(kc_key_get_area(key, numbers[n]));
        check_text(kc_key_get_serial(key, numbers[n]));
    }
    size_t size = 77;
    const uint8_t *image = kc_key_get_image(key, &size);
    CHECK((image != NULL) == (size > 0), "an image of %zu bytes", size);
}

/* Every getter of an operation, with every number. */
static void read_everything(const kc_op *op)
{
    const char *const lines[] = {kc_op_get_id(op),      kc_op_get_encoder_name(op), kc_op_get_booking(op),
                                 kc_op_get_room(op),    kc_op_get_station(op),      kc_op_get_operator(op),
                                 kc_op_get_created(op), kc_op_get_retry_of(op)};
    for (size_t i = 0; i < COUNT(lines); i++)
        check_text(lines[i]);
    for (size_t n = 0; n < COUNT(numbers); n++) {
        int32_t at = numbers[n];
        check_text(kc_op_get_warning_text(op, at));
        check_text(kc_op_get_warning_field(op, at));
        check_text(kc_op_get_warning_before(op, at));
        check_text(kc_op_get_warning_after(op, at));
        CHECK(!strstr(kc_op_get_warning_text(op, at), SECRET " "), "guest data in a warning");
        CHECK((kc_op_get_key(op, at) != NULL) == (at >= 0 && at < kc_op_get_key_count(op)), "keys");
        CHECK((kc_op_get_voided_key(op, at) != NULL) == (at >= 0 && at < kc_op_get_voided_key_count(op)), "voided");
        CHECK((kc_op_get_encoder(op, at) != NULL) == (at >= 0 && at < kc_op_get_encoder_count(op)), "encoders");
        CHECK((kc_op_get_op(op, at) != NULL) == (at >= 0 && at < kc_op_get_op_count(op)), "operations");
    }
    if (kc_op_get_key_count(op) > 0)
        read_key(kc_op_get_key(op, 0));
}

static void try_site_and_context(struct rig *rig)
{
    for (size_t t = 0; t < COUNT(texts); t++) {
        const char *text = texts[t];
        kc_site *site = NULL;
        rig_case("site, text %zu", t);
        int32_t status = kc_site_new(rig->context, text, &site);
        CHECK((status == KC_OK) == (site != NULL), "%s", kc_status_name(status));
        if (status != KC_OK)
            check_error(kc_context_get_error(rig->context), status, false);
        kc_site_unref(site);
        status = kc_site_set_time_zone(rig->site, text);
        CHECK(status == KC_ERROR_INVALID_ARGUMENT, "the zone %.30s", text ? text : "NULL");
        check_error(kc_site_get_error(rig->site), status, false);
        status = kc_site_set_default_times(rig->site, text, "11:00");
        CHECK(status == KC_ERROR_INVALID_ARGUMENT, "the time");
        status = kc_site_set_default_times(rig->site, "15:00", text);
        CHECK(status == KC_ERROR_INVALID_ARGUMENT, "the time");
        check_error(kc_site_get_error(rig->site), status, false);
        status = kc_site_set_policy(rig->site, text, "allow");
        CHECK(status == KC_ERROR_NOT_FOUND || status == KC_ERROR_INVALID_ARGUMENT, "%s", kc_status_name(status));
        check_error(kc_site_get_error(rig->site), status, false);
        CHECK(kc_site_set_policy(rig->site, "early-issue", text) == KC_ERROR_INVALID_ARGUMENT, "policy");
        CHECK(strcmp(kc_site_get_policy(rig->site, text), "") == 0, "a policy");
        CHECK(kc_has_driver(text) == 0 && !kc_driver_find(text), "a driver");
        status = kc_context_set_ledger(rig->context, text);
        CHECK(status == KC_ERROR_STATE || status == KC_ERROR_INVALID_ARGUMENT, "%s", kc_status_name(status));
        check_error(kc_context_get_error(rig->context), status, false);
    }
}

static void try_systems(struct rig *rig)
{
    static const char *const uris[] = {"salto+tcp:",
                                       "salto+tcp://",
                                       "salto+tcp://:1",
                                       "salto+tcp://[::1",
                                       "salto+tcp://h:99999",
                                       "salto+tcp://h:-1",
                                       "salto+tcp://h:1?",
                                       "salto+tcp://h:1?mobile",
                                       "salto+tcp://h:1?mobile=perhaps",
                                       "salto+tcp://h:1?=on",
                                       "salto+serial:",
                                       "salto+serial:?baud=0",
                                       "salto+serial:/dev/null?baud=99999999999",
                                       "salto+:",
                                       "+tcp://h:1",
                                       "virtual:?script=drop@",
                                       "virtual:?encoders=;;;",
                                       "virtual:?hand=-1",
                                       "virtual:?%",
                                       "virtual:?a=%00",
                                       "VIRTUAL:",
                                       "salto+udp://h:1",
                                       "virtual+tcp://h:1",
                                       "salto+fd:3",
                                       "salto+tcp://u:p@h:1/x#y"};
    for (size_t t = 0; t < COUNT(texts) + COUNT(uris); t++) {
        bool is_uri = t >= COUNT(texts);
        const char *text = is_uri ? uris[t - COUNT(texts)] : texts[t];
        rig_case("system, text %zu (%.30s)", t, text ? text : "NULL");
        kc_system *system = NULL;
        int32_t status = kc_system_new(rig->site, "x", text, &system);
        CHECK((status == KC_OK) == (system != NULL), "%s", kc_status_name(status));
        CHECK(is_uri || status != KC_OK, "a system at a hostile place");
        if (status != KC_OK)
            check_error(kc_site_get_error(rig->site), status, false);
        else
            CHECK(kc_system_remove(system) == KC_OK, "remove");
        kc_system_unref(system);
        system = NULL;
        status = kc_system_new(rig->site, text, "virtual:", &system);
        if (status != KC_OK)
            check_error(kc_site_get_error(rig->site), status, false);
        else
            CHECK(kc_system_remove(system) == KC_OK, "remove");
        kc_system_unref(system);
    }
}

static void try_system_setters(struct rig *rig)
{
    for (size_t t = 0; t < COUNT(texts); t++) {
        const char *text = texts[t];
        kc_system *system = NULL;
        rig_case("options, text %zu", t);
        CHECK(kc_system_new(rig->site, "y", "salto+tcp://127.0.0.1:1", &system) == KC_OK, "no system");
        const int32_t results[] = {
            kc_system_set_option(system, text, "1"),         kc_system_set_option(system, "connect-timeout", text),
            kc_system_set_option(system, "nak-tries", text), kc_system_map_room(system, text, "1"),
            kc_system_map_room(system, "1", text),           kc_system_map_area(system, text, "1"),
            kc_system_map_area(system, "1", text),           kc_system_add_encoder(system, text)};
        for (size_t i = 0; i < COUNT(results); i++)
            CHECK(results[i] == KC_OK || results[i] == KC_ERROR_INVALID_ARGUMENT || results[i] == KC_ERROR_NOT_FOUND,
                  "setter %zu: %s", i, kc_status_name(results[i]));
        CHECK(results[1] != KC_OK && results[2] != KC_OK, "an option took it");
        check_text(kc_system_get_option(system, text));
        if (results[7] != KC_OK)
            check_error(kc_system_get_error(system), kc_error_get_code(kc_system_get_error(system)), false);
        for (size_t n = 0; n < COUNT(numbers); n++) {
            CHECK(kc_system_adopt_fd(system, numbers[n]) != KC_OK, "a descriptor for TCP");
            int32_t has = kc_system_has(system, numbers[n]);
            CHECK(has == 0 || (has == 1 && *kc_capability_name(numbers[n])), "capability");
            CHECK(kc_system_get_limit(system, numbers[n]) >= -1, "limit");
        }
        CHECK(kc_system_remove(system) == KC_OK && kc_system_remove(system) <= KC_OK, "remove");
        kc_system_unref(system);
    }
}

/* What asks the ledger, and what works on operations. */
static void try_queries(struct rig *rig)
{
    kc_request *request = good_request(rig);
    kc_op *made = NULL, *op = NULL;
    CHECK(kc_issue_original(request, &made) == KC_OK, "no operation");
    rig_finish(rig, made);
    for (size_t i = 0; i < COUNT(texts) * COUNT(numbers); i++) {
        const char *text = texts[i / COUNT(numbers)];
        int32_t number = numbers[i % COUNT(numbers)], status[8], count = 0;
        kc_op *ops[8] = {NULL};
        rig_case("queries, text %zu, number %d", i / COUNT(numbers), (int)number);
        if (text == huge && number > 2)
            continue;
        status[count] = kc_list_keys(rig->site, number, text, 5, &ops[count]), count++;
        status[count] = kc_list_keys(rig->site, KC_FILTER_BOOKING, text, number, &ops[count]), count++;
        status[count] = kc_list_ops(rig->site, number, text, 5, &ops[count]), count++;
        status[count] = kc_list_ops(rig->site, KC_FILTER_ROOM, text, number, &ops[count]), count++;
        status[count] = kc_find_op(rig->site, text, &ops[count]), count++;
        status[count] = kc_cancel_key(request, text, &ops[count]), count++;
        status[count] = kc_op_resolve(made, number, text, &ops[count]), count++;
        status[count] = kc_forget_guest(rig->site, text, &ops[count]), count++;
        for (int32_t q = 0; q < count; q++) {
            CHECK(status[q] == KC_OK || status[q] == KC_ERROR_INVALID_ARGUMENT, "query %d: %s", (int)q,
                  kc_status_name(status[q]));
            CHECK((status[q] == KC_OK) == (ops[q] != NULL), "query %d", (int)q);
            rig->started += ops[q] != NULL;
        }
        for (int32_t q = 0; q < count; q++) {
            CHECK(!ops[q] || kc_op_wait(ops[q], RIG_WAIT_MS) == KC_OK, "query %d hangs", (int)q);
            if (ops[q] && kc_op_get_status(ops[q]) != KC_OK)
                check_error(kc_op_get_error(ops[q]), kc_op_get_status(ops[q]), false);
            if (ops[q] && number < 3)
                read_everything(ops[q]);
            kc_op_unref(ops[q]);
        }
        rig_drain(rig);
        CHECK(rig->started == rig->done, "%zu operations, %zu DONE", rig->started, rig->done);
        CHECK(kc_op_answer(made, number) == KC_ERROR_STATE, "an answer that nobody wanted");
    }
    CHECK(kc_op_cancel(made) == KC_OK && kc_op_cancel(made) == KC_OK, "cancel");
    CHECK(kc_op_retry(made, &op) == KC_OK, "retry");
    rig_finish(rig, op);
    CHECK(kc_op_get_status(op) == KC_ERROR_STATE, "a success was tried again");
    kc_op_unref(op);
    kc_op_unref(made);
    kc_request_unref(request);
}

/* Ledgers that cannot be. */
static void try_ledgers(void)
{
    static const char *const uris[] = {"sqlite:",
                                       "sqlite:/",
                                       "sqlite:/nowhere/at/all",
                                       "sqlite:/dev/null",
                                       "sqlite:/dev/full",
                                       "sqlite::memory:",
                                       "sqlite:file:x?mode=memory",
                                       "memory",
                                       "postgres:",
                                       ":",
                                       "sqlite:\xff"};
    char working[RIG_PATH_SIZE], here[RIG_PATH_SIZE];
    rig_path(working, "nothing");
    working[strlen(working) - strlen("nothing") - 1] = '\0';
    CHECK(getcwd(here, sizeof(here)) && chdir(working) == 0, "the folder"); /* "sqlite::memory:" is a name of a file */
    for (size_t i = 0; i < COUNT(uris) + COUNT(texts); i++) {
        const char *text = i < COUNT(uris) ? uris[i] : texts[i - COUNT(uris)];
        kc_context *context = NULL;
        rig_case("ledger %.40s", text ? text : "NULL");
        CHECK(kc_context_new(&context) == KC_OK, "no context");
        int32_t status = kc_context_set_ledger(context, text);
        CHECK(status == KC_OK || status == KC_ERROR_INVALID_ARGUMENT || status <= KC_ERROR_LEDGER, "%s",
              kc_status_name(status));
        CHECK(status != KC_OK || i == 5 || i == 6, "a ledger in %.40s", text ? text : "NULL");
        if (status != KC_OK)
            check_error(kc_context_get_error(context), status, false);
        kc_context_unref(context);
    }
    CHECK(chdir(here) == 0, "the folder");
}

int main(void)
{
    struct rig rig;
    size_t lines = 0;
    fill_long_texts();
    rig_open(&rig, "memory:", "virtual:", NULL);
    CHECK(kc_context_set_log(rig.context, take_log, &lines, KC_LOG_DEBUG) == KC_OK, "log");
    try_setters(&rig);
    try_too_many(&rig);
    try_site_and_context(&rig);
    try_systems(&rig);
    try_system_setters(&rig);
    try_queries(&rig);
    try_numbers(&rig);
    rig_close(&rig);
    try_ledgers();
    return 0;
}
