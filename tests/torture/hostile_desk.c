/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A front desk at a hostile web server. */
#include "hostile_desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- Texts ------------------------------------------------------------------------------------------------------ */

static void check_printable(const char *text, const char *where)
{
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        size_t more = *at < 0x80 ? 0 : *at >= 0xF0 ? 3 : *at >= 0xE0 ? 2 : 1;
        CHECK(*at >= 0x20 && *at != 0x7F && (*at < 0x80 || *at >= 0xC2), "the byte %02X in %s: %s", *at, where, text);
        for (at++; more; more--, at++)
            CHECK((*at & 0xC0) == 0x80, "a broken character in %s: %s", where, text);
    }
}

/* That nothing of a guest and no password stands in a text, and that it is printable UTF-8. */
static void desk_check_text(const char *text, const char *where)
{
    /* the last two are the credentials in Base64: webuser:W3b-secret and its end */
    static const char *const secrets[] = {"Pa55",      "word<8",    "zdravka",       "cvetanov", "CVETANOVÁ",
                                          "cvetanová", "7654321",   "W3b-se",        "tok3n-s",  "platinum",
                                          "778899",    "d2VidXNlc", "VzNiLXNlY3JldA"};
    CHECK(text, "NULL for %s", where);
    check_printable(text, where);
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
        CHECK(!strcasestr(text, secrets[i]), "%s in %s: %s", secrets[i], where, text);
}

static void take_log(void *user, int32_t level, const char *domain, const char *message)
{
    (void)user, (void)level;
    desk_check_text(message, domain);
}

/* ---- The desk --------------------------------------------------------------------------------------------------- */

void desk_open(struct rig *rig, struct hostile_server *server, const char *scheme, const char *const *more)
{
    static const char *const options[] = {
        "user", "pmsuser7",      "password", SECRET_PASSWORD,   "mobile", "on", "tracks", "on", "back-off",
        "10",   "delivery-wait", "0",        "connect-timeout", "60000",  NULL};
    static const char *const web[] = {
        "http-user", "webuser", "http-password", SECRET_WEB, "http-header", "X-Token: tok3n-secret", NULL};
    char uri[200];
    snprintf(uri, sizeof(uri), "%s://127.0.0.1:%d/MessengerPMSWS.asmx", scheme, hostile_port(server));
    rig_open(rig, "memory:", uri, options);
    CHECK(kc_context_set_log(rig->context, take_log, NULL, KC_LOG_DEBUG) == KC_OK, "no log");
    const char *const *lists[] = {web, more};
    for (size_t i = 0; i < 2; i++)
        for (const char *const *pair = lists[i]; pair && *pair; pair += 2)
            CHECK(kc_system_set_option(rig->system, pair[0], pair[1]) == KC_OK, "%s: %s", pair[0],
                  kc_error_get_message(kc_system_get_error(rig->system)));
}

void desk_close(struct rig *rig)
{
    rig_close(rig);
}

kc_request *desk_request(struct rig *rig)
{
    kc_request *request = NULL;
    CHECK(kc_request_new(rig->site, &request) == KC_OK, "no request");
    CHECK(kc_request_set_booking(request, "4711") == KC_OK && kc_request_add_room(request, "101") == KC_OK &&
              kc_request_set_station(request, "desk") == KC_OK && kc_request_set_encoder(request, "1") == KC_OK &&
              kc_request_set_guest(request, SECRET_GUEST) == KC_OK &&
              kc_request_set_text(request, 1, SECRET_TRACK) == KC_OK &&
              kc_request_set_validity(request, NULL, "2059-12-31") == KC_OK,
          "%s", kc_error_get_message(kc_request_get_error(request)));
    return request;
}

void desk_check(const kc_op *op, const struct hostile_end *end)
{
    const kc_error *error = kc_op_get_error(op);
    const char *message = error ? kc_error_get_message(error) : "";
    CHECK(kc_op_get_status(op) == end->status, "it ended %s, not %s: %s", kc_status_name(kc_op_get_status(op)),
          kc_status_name(end->status), message);
    CHECK(kc_op_get_outcome(op) == end->outcome, "the outcome is %s, not %s: %s",
          kc_outcome_name(kc_op_get_outcome(op)), kc_outcome_name(end->outcome), message);
    CHECK(!end->says || strstr(message, end->says), "not \"%s\" but: %s", end->says, message);
    for (int32_t i = 0; i < kc_op_get_warning_count(op); i++)
        desk_check_text(kc_op_get_warning_text(op, i), "a warning");
    if (!error)
        return;
    desk_check_text(message, "the message");
    desk_check_text(kc_error_get_vendor_text(error), "the vendor's text");
    desk_check_text(kc_error_get_vendor_code(error), "the vendor's code");
    CHECK(strlen(message) > 20, "an error that says nothing: %s", message);
    CHECK(kc_error_get_advice(error) != KC_ADVICE_NONE || end->status == KC_ERROR_CANCELLED, "no advice");
    CHECK(kc_error_get_card_state(error) == end->outcome, "the error says another outcome");
}

void desk_original(struct rig *rig, const struct hostile_end *end, kc_op **out)
{
    kc_request *request = desk_request(rig);
    kc_op *op = NULL;
    CHECK(kc_issue_original(request, &op) == KC_OK, "no operation");
    kc_request_unref(request);
    rig_finish(rig, op);
    desk_check(op, end);
    if (out)
        *out = op;
    else
        kc_op_unref(op);
}

void desk_check_next(struct rig *rig, struct hostile_server *server)
{
    static const struct hostile_end good = {KC_OK, KC_OUTCOME_WRITTEN, NULL};
    size_t before = hostile_requests(server);
    hostile_set(server, hostile_good, NULL);
    desk_original(rig, &good, NULL);
    CHECK(hostile_requests(server) == before + 1, "the next operation made %zu requests",
          hostile_requests(server) - before);
}

size_t desk_peak_memory(void)
{
    char line[200];
    size_t kilobytes = 0;
    FILE *file = fopen("/proc/self/status", "re");
    CHECK(file, "no /proc");
    while (fgets(line, sizeof(line), file))
        if (sscanf(line, "VmHWM: %zu", &kilobytes) == 1)
            break;
    fclose(file);
    return kilobytes * 1024;
}
