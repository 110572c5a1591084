/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guest data stand in no log, event, warning or error (invariant 14), and no text can become protocol (invariant 15).
 */
#include <stdio.h>
#include <string.h>

#include "suite.h"

#define RULE(function)                                                                                                 \
    {                                                                                                                  \
        .name = #function, .check = function                                                                           \
    }

#define SECRET_GUEST   "Zdravka Tsvetanova"
#define SECRET_PHONE   "+359888765432"
#define SECRET_EMAIL   "zdravka.tsv@example.org"
#define SECRET_TEXT    "Happy birthday Zdravka"
#define SECRET_MESSAGE "Gate code 4455"

/* ---- Guest data -------------------------------------------------------------------------------------------------- */

/* Of every secret a part that stands nowhere else. */
static void expect_no_secret(const char *text, const char *where)
{
    static const char *const secrets[] = {"Zdravka", "Tsvetan", "765432", "birthday", "zdravka", "Gate code"};
    for (size_t i = 0; text && i < LENGTH_OF(secrets); i++) {
        const char *found = strstr(text, secrets[i]);
        EXPECT(!found, "%s in %s: %.80s", secrets[i], where, found);
    }
}

static void expect_op_keeps_secrets(const kc_op *op)
{
    const kc_error *error = kc_op_get_error(op);
    expect_no_secret(kc_error_get_message(error), "the message");
    expect_no_secret(kc_error_get_advice_text(error), "the advice");
    expect_no_secret(kc_error_get_vendor_text(error), "the vendor's text");
    expect_no_secret(kc_error_get_vendor_code(error), "the vendor's code");
    for (int32_t i = 0; i < kc_op_get_warning_count(op); i++)
        expect_no_secret(kc_op_get_warning_text(op, i), "a warning");
}

/* As much of a guest as the lock system takes. */
static kc_request *secret_request(struct hotel *hotel, const char *booking)
{
    kc_request *request = hotel_request(hotel, booking, hotel_room(hotel, 0));
    EXPECT_OK(kc_request_set_guest(request, SECRET_GUEST));
    if (hotel_limit(hotel, KC_LIMIT_TEXT_LINES) > 0)
        EXPECT_OK(kc_request_set_text(request, 1, SECRET_TEXT));
    return request;
}

static kc_request *secret_mobile_request(struct hotel *hotel, const char *booking)
{
    kc_request *request = secret_request(hotel, booking);
    EXPECT_OK(kc_request_set_phone(request, hotel_has(hotel, KC_CAPABILITY_PHONE) ? SECRET_PHONE : NULL));
    EXPECT_OK(kc_request_set_email(request, hotel_has(hotel, KC_CAPABILITY_EMAIL) ? SECRET_EMAIL : NULL));
    if (hotel_limit(hotel, KC_LIMIT_MESSAGE_LENGTH) > 0)
        EXPECT_OK(kc_request_set_message(request, SECRET_MESSAGE));
    return request;
}

/* Every verb that carries guest data. */
static void use_secrets(struct hotel *hotel)
{
    expect_op_keeps_secrets(hotel_run(hotel, kc_issue_original, secret_request(hotel, "4711")));
    expect_op_keeps_secrets(hotel_run(hotel, kc_issue_duplicate, secret_request(hotel, "4711")));
    expect_op_keeps_secrets(hotel_run(hotel, kc_send_mobile, secret_mobile_request(hotel, "4711")));
    expect_op_keeps_secrets(hotel_run(hotel, kc_issue_original, secret_mobile_request(hotel, "4712")));
    expect_op_keeps_secrets(hotel_run(hotel, kc_read_card, hotel_request(hotel, NULL, NULL)));
    expect_no_secret(hotel->log, "the log");
    EXPECT(hotel->log_length > 0, "nothing was logged");
}

static void invariant_14_guest_data_stay_out_of_log_and_errors(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    use_secrets(hotel);
}

static void invariant_14_guest_data_stay_out_when_text_is_refused(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    EXPECT_OK(kc_site_set_policy(hotel->site, "text", "refuse"));
    use_secrets(hotel);
    kc_request *request = secret_mobile_request(hotel, "4713"); /* with what the lock system does not take */
    EXPECT_OK(kc_request_set_phone(request, SECRET_PHONE));
    EXPECT_OK(kc_request_set_email(request, SECRET_EMAIL));
    EXPECT_OK(kc_request_set_message(request, SECRET_MESSAGE));
    EXPECT_OK(kc_request_set_text(request, 8, SECRET_TEXT));
    expect_op_keeps_secrets(hotel_run(hotel, kc_issue_original, request));
    expect_op_keeps_secrets(hotel_run(hotel, kc_send_mobile, request));
    expect_no_secret(hotel->log, "the log");
}

static void invariant_14_guest_data_stay_out_of_failures(struct hotel *hotel, const void *data, size_t index)
{
    (void)index;
    struct opening opening = {0};
    snprintf(opening.fault, sizeof(opening.fault), "%s", (const char *)data); /* strikes every request */
    hotel_again(hotel, &opening);
    use_secrets(hotel);
}

/* ---- Hostile text ------------------------------------------------------------------------------------------------ */

/* What means something to a wire, XML, JSON, SQL, printf or a shell. The room 666 is never asked for. */
static const char *const hostile_texts[] = {
    "a|b;c&d<e>\"f'\\g%s%n",
    "\xC2\xB3"
    "666\xC2\xB3"
    "CN",
    "</guestName><roomName>666</roomName><x>",
    "]]><roomName>666</roomName><![CDATA[",
    "&lt;&#0;&unknown;&#x1;",
    "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>&b;",
    "'; DROP TABLE keys; --",
    "{\"room\":\"666\"}",
    "$(reboot)`reboot`",
};

/* Either refused before anything is sent, or one request with one effect for the very room. */
static void expect_harmless(struct hotel *hotel, kc_op *op, const char *room)
{
    struct effect effect;
    if (hotel_requests(hotel) == 0) {
        expect_refused(hotel, op, kc_op_get_status(op), 0);
    } else {
        EXPECT(hotel_requests(hotel) == 1 && hotel_effects(hotel) <= 1, "%zu requests, %zu effects",
               hotel_requests(hotel), hotel_effects(hotel));
        expect_made(hotel, op);
        hotel->driver->side->last_effect(hotel, &effect);
        EXPECT(strcmp(effect.kind, "original") == 0, "the lock system did: %s", effect.kind);
        EXPECT(strcmp(effect.room, room) == 0, "for the room %s", effect.room);
        EXPECT(effect.keys == 1, "%zu keys", effect.keys);
        EXPECT(!*effect.encoder || strcmp(effect.encoder, hotel_encoder(hotel, 0)) == 0, "at %s", effect.encoder);
    }
    EXPECT(hotel->driver->side->keys_for(hotel, "666") == 0, "a key for another room came of it");
}

static void set_everything(struct hotel *hotel, kc_request *request, const char *text)
{
    EXPECT_OK(kc_request_set_guest(request, text));
    EXPECT_OK(kc_request_set_operator(request, text));
    EXPECT_OK(kc_request_set_booking(request, text));
    EXPECT_OK(kc_request_set_station(request, text));
    for (int32_t line = 1; line <= hotel_limit(hotel, KC_LIMIT_TEXT_LINES); line++)
        EXPECT_OK(kc_request_set_text(request, line, text));
    if (hotel_limit(hotel, KC_LIMIT_MESSAGE_LENGTH) > 0)
        EXPECT_OK(kc_request_set_message(request, text));
}

static void invariant_15_hostile_text_does_not_become_protocol(struct hotel *hotel, const void *data, size_t index)
{
    (void)index;
    kc_request *request = hotel_request(hotel, "4711", hotel_room(hotel, 0));
    set_everything(hotel, request, data);
    expect_harmless(hotel, hotel_run(hotel, kc_issue_original, request), hotel_room(hotel, 0));
    kc_op *next = hotel_original(hotel, "4799", 1); /* the link is as good as before */
    expect_made(hotel, next);
}

static void invariant_15_hostile_guest_does_not_become_protocol(struct hotel *hotel, const void *data, size_t index)
{
    (void)index;
    kc_request *request = hotel_request(hotel, "4711", hotel_room(hotel, 0));
    EXPECT_OK(kc_request_set_guest(request, data));
    kc_op *op = hotel_run(hotel, kc_issue_original, request);
    expect_harmless(hotel, op, hotel_room(hotel, 0));
    EXPECT(strcmp(kc_key_get_guest(hotel_key(hotel, kc_op_get_id(op))), data) == 0 || kc_op_get_status(op) != KC_OK,
           "the ledger has another name");
}

static void invariant_15_hostile_room_is_a_room_or_refused(struct hotel *hotel, const void *data, size_t index)
{
    (void)index;
    kc_op *op = hotel_run(hotel, kc_issue_original, hotel_request(hotel, "4711", data));
    expect_harmless(hotel, op, data);
}

static void invariant_15_hostile_encoder_is_an_encoder_or_refused(struct hotel *hotel, const void *data, size_t index)
{
    (void)index;
    kc_request *request = hotel_request(hotel, "4711", hotel_room(hotel, 0));
    EXPECT_OK(kc_request_set_encoder(request, data));
    kc_op *op = hotel_run(hotel, kc_issue_original, request);
    EXPECT(kc_op_get_status(op) != KC_OK && kc_op_get_outcome(op) == KC_OUTCOME_NOT_WRITTEN, "%s",
           kc_outcome_name(kc_op_get_outcome(op)));
    EXPECT(hotel_effects(hotel) == 0 && hotel_requests(hotel) <= 1, "%zu effects of %zu requests", hotel_effects(hotel),
           hotel_requests(hotel));
}

static void invariant_15_control_bytes_are_refused_by_every_setter(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    typedef int32_t (*setter)(kc_request * request, const char *value);
    static const setter setters[] = {kc_request_set_guest,   kc_request_set_operator, kc_request_set_booking,
                                     kc_request_set_station, kc_request_set_encoder,  kc_request_add_room,
                                     kc_request_set_message, kc_request_add_area,     kc_request_set_phone,
                                     kc_request_set_email};
    kc_request *request = hotel_request(hotel, "4711", hotel_room(hotel, 0));
    for (int byte = 1; byte < 0x20; byte++) {
        char text[] = {'A', 'n', 'n', (char)byte, '6', '\0'};
        for (size_t i = 0; i < LENGTH_OF(setters); i++) {
            bool line_feed = byte == '\n' && setters[i] == kc_request_set_message;
            EXPECT(line_feed || setters[i](request, text) == KC_ERROR_INVALID_ARGUMENT,
                   "the byte %02X was taken by %zu", (unsigned)byte, i);
        }
        EXPECT(kc_request_set_text(request, 1, text) == KC_ERROR_INVALID_ARGUMENT, "the byte %02X", (unsigned)byte);
    }
    expect_made(hotel, hotel_run(hotel, kc_issue_original, request));
    EXPECT(hotel_keys_for(hotel, 0) == 1, "%zu keys open the room", hotel_keys_for(hotel, 0));
}

void plan_privacy(struct plan *plan)
{
    static const struct rule rules[] = {
        RULE(invariant_14_guest_data_stay_out_of_log_and_errors),
        RULE(invariant_14_guest_data_stay_out_when_text_is_refused),
        RULE(invariant_15_control_bytes_are_refused_by_every_setter),
    };
    static const struct {
        const char *name;
        void (*check)(struct hotel *hotel, const void *data, size_t index);
    } hostile[] = {
        {"invariant_15_hostile_text_does_not_become_protocol", invariant_15_hostile_text_does_not_become_protocol},
        {"invariant_15_hostile_guest_does_not_become_protocol", invariant_15_hostile_guest_does_not_become_protocol},
        {"invariant_15_hostile_room_is_a_room_or_refused", invariant_15_hostile_room_is_a_room_or_refused},
        {"invariant_15_hostile_encoder_is_an_encoder_or_refused",
         invariant_15_hostile_encoder_is_an_encoder_or_refused},
    };
    plan_add_all(plan, rules, LENGTH_OF(rules));
    for (const struct error_case *error = plan->driver->errors; error->fault; error++)
        plan_add(plan, &(struct rule){.check = invariant_14_guest_data_stay_out_of_failures, .data = error->fault},
                 "invariant_14_guest_data_stay_out_of_failures: %s", error->fault);
    for (const struct fault_case *fault = plan->driver->faults; fault->text; fault++)
        if (!fault->hasty)
            plan_add(plan, &(struct rule){.check = invariant_14_guest_data_stay_out_of_failures, .data = fault->text},
                     "invariant_14_guest_data_stay_out_of_failures: %s", fault->text);
    for (size_t rule = 0; rule < LENGTH_OF(hostile); rule++)
        for (size_t i = 0; i < LENGTH_OF(hostile_texts); i++)
            plan_add(plan, &(struct rule){.check = hostile[rule].check, .data = hostile_texts[i]}, "%s: %zu",
                     hostile[rule].name, i);
}
