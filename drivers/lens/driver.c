/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The LENS driver: one call and one answer at a time for each operation, and for each PMS terminal. */
#include "driver.h"

#include <string.h>

#include "state.h"

/* ---- PMS terminals --------------------------------------------------------------------------------------------- */

static bool has_terminal(const struct driver_request *request)
{
    return request->verb != KC_VERB_DISCOVER && request->verb != KC_VERB_CHECK_MOBILE;
}

/* Whether the one is before the other at the same terminal. Asking for a delivery needs none. */
static bool is_before(const struct driver_op *op, const struct driver_op *other)
{
    const struct exchange *exchange = exchange_of(op), *before = exchange_of(other);
    if (op == other || !has_terminal(other->request) ||
        strcmp(lens_terminal_of(op->link, op->request), lens_terminal_of(op->link, other->request)) != 0)
        return false;
    return before->step == STEP_CALL || (before->step == STEP_WAITING && before->ticket < exchange->ticket);
}

/* LENS SOAP service, section on concurrency: the server seems to keep one open request for each caller, whom it
 * probably knows by PMSTerminalID. */
static bool must_wait(struct driver_op *op)
{
    if (!line_of(op->link)->settings.one_per_terminal || !has_terminal(op->request))
        return false;
    for (struct driver_op *other = driver_link_next_op(op->link, NULL); other;
         other = driver_link_next_op(op->link, other))
        if (is_before(op, other))
            return true;
    return false;
}

static void send_call(struct driver_op *op)
{
    struct kc_error error = {0};
    exchange_of(op)->step = STEP_CALL;
    if (lens_send(op->link, op, lens_next_call(op), &error) != KC_OK)
        lens_finish(op, &error);
}

/* Each send may end its operation and start another, so the search begins anew. */
static void send_those_that_wait(struct driver_link *link)
{
    struct driver_op *op = driver_link_next_op(link, NULL);
    while (op) {
        if (exchange_of(op)->step == STEP_WAITING && !must_wait(op)) {
            send_call(op);
            op = driver_link_next_op(link, NULL);
        } else {
            op = driver_link_next_op(link, op);
        }
    }
}

/* ---- Ends ------------------------------------------------------------------------------------------------------ */

/* With an error after some cards were made, these are told of. A stay that was changed by half is neither as it was nor
 * as it was to be. */
static void tell_of_made(const struct driver_op *op, struct kc_error *error)
{
    const struct exchange *exchange = exchange_of(op);
    bool cards = op->request->verb != KC_VERB_MODIFY_STAY;
    struct kc_error copy = *error; /* error_set() begins anew */
    error_set(error, copy.code, copy.field, "%d of %d %s were made, then: %s", (int)exchange->made,
              (int)exchange->calls, cards ? "cards" : "changes", copy.message);
    error_set_vendor(error, copy.vendor_code, copy.vendor_text);
    error->card_state = copy.card_state == KC_OUTCOME_UNKNOWN || !cards ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_WRITTEN;
}

void lens_finish(struct driver_op *op, struct kc_error *error)
{
    struct exchange *exchange = exchange_of(op);
    exchange->step = STEP_OVER;
    if (error && exchange->made > 0 && exchange->made < exchange->calls && op->request->verb != KC_VERB_DISCOVER)
        tell_of_made(op, error);
    driver_op_done(op, error);
}

/* ---- Replies --------------------------------------------------------------------------------------------------- */

static void call_made(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    struct kc_error error = {0};
    exchange->made++;
    if (op->request->verb == KC_VERB_SEND_MOBILE) {
        lens_delivery_begin(op);
    } else if (exchange->made >= exchange->calls) {
        lens_finish(op, NULL);
    } else if (exchange->cancelled) {
        error_set(&error, KC_ERROR_CANCELLED, "", "Cancelled.");
        error.card_state = KC_OUTCOME_NOT_WRITTEN;
        lens_finish(op, &error);
    } else {
        send_call(op);
    }
}

static void on_answer(struct driver_op *op, const struct http_reply *reply)
{
    enum lens_operation operation = exchange_of(op)->operation;
    struct kc_error error = {0};
    struct lens_answer answer = {0};
    int32_t status = lens_read_reply(op->link, op, reply, &answer, &error);
    bool read = status == KC_OK;
    if (read) {
        lens_trace_answer(op->link, operation, &answer);
        status = lens_judge(op, &answer, &error);
    }
    if (status == KC_OK && operation == LENS_GET_MOBILE_TRANSACTION_HISTORY) {
        lens_delivery_check(op, &answer);
    } else if (status == KC_OK) {
        call_made(op);
    } else if (operation == LENS_PUBLISH_FAULT_LIST) {
        driver_op_warn(op, "The lock system is there but does not tell its list of faults.");
        lens_finish(op, NULL);
    } else {
        lens_finish(op, &error);
    }
    if (read)
        lens_answer_free(&answer);
}

static void on_greeting(struct driver_link *link, const struct http_reply *reply)
{
    struct kc_error error = {0};
    struct lens_answer answer = {0};
    line_of(link)->asking = false;
    int32_t status = lens_read_reply(link, NULL, reply, &answer, &error);
    if (status == KC_OK) {
        lens_trace_answer(link, LENS_HELLO_WORLD_TEST, &answer);
        status = lens_judge_greeting(link, &answer, &error);
        lens_answer_free(&answer);
    }
    if (status == KC_OK)
        driver_link_ready(link);
    else
        driver_link_fail(link, error.code, error.message);
}

static void on_reply(struct driver_link *link, struct driver_op *op, const struct http_reply *reply)
{
    if (!op) {
        lens_trace_reply(link, LENS_HELLO_WORLD_TEST, reply);
        on_greeting(link, reply);
        return;
    }
    lens_trace_reply(link, exchange_of(op)->operation, reply);
    if (exchange_of(op)->step == STEP_HISTORY)
        lens_delivery_reply(op, reply);
    else
        on_answer(op, reply);
}

static bool on_no_reply(struct driver_link *link, struct driver_op *op, bool left, const struct kc_error *error)
{
    struct kc_error copy = *error;
    (void)link;
    if (exchange_of(op)->step == STEP_HISTORY) {
        lens_delivery_no_reply(op);
        return true;
    }
    if (exchange_of(op)->made == 0)
        return false; /* the core knows as much */
    copy.card_state = left ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_NOT_WRITTEN;
    lens_finish(op, &copy);
    return true;
}

/* ---- Slots ----------------------------------------------------------------------------------------------------- */

static int32_t configure(struct driver_link *link, const struct product *product, struct driver_profile *profile,
                         struct kc_error *error)
{
    struct line *line = line_of(link);
    int32_t status = lens_parser_need(error);
    if (status == KC_OK)
        status = lens_settings_read(link, product, &line->settings, error);
    if (status == KC_OK)
        lens_profile_read(&line->settings, profile);
    return status;
}

static int32_t configure_saflok(struct driver_link *link, struct driver_profile *profile, struct kc_error *error)
{
    static const struct product saflok = {"/MessengerPMSWS.asmx", "Saflok System 6000"};
    return configure(link, &saflok, profile, error);
}

static int32_t configure_ambiance(struct driver_link *link, struct driver_profile *profile, struct kc_error *error)
{
    static const struct product ambiance = {NULL, "Ambiance"};
    return configure(link, &ambiance, profile, error);
}

static void ask_for_life(struct driver_link *link)
{
    struct kc_error error = {0};
    line_of(link)->asking = true;
    if (lens_send(link, NULL, LENS_HELLO_WORLD_TEST, &error) == KC_OK)
        return;
    line_of(link)->asking = false;
    driver_link_fail(link, error.code, error.message);
}

static void link_up(struct driver_link *link)
{
    struct line *line = line_of(link);
    line->up = true;
    line->asking = false;
    if (line->settings.greeting)
        ask_for_life(link);
    else
        driver_link_ready(link);
}

static void link_down(struct driver_link *link)
{
    line_of(link)->up = line_of(link)->asking = false;
}

static void op_start(struct driver_op *op)
{
    struct exchange *exchange = exchange_of(op);
    exchange->calls = lens_call_count(op->link, op->request);
    exchange->ticket = ++line_of(op->link)->tickets;
    exchange->step = STEP_WAITING;
    if (!must_wait(op))
        send_call(op);
}

static void on_timer(struct driver_link *link, struct driver_op *op)
{
    if (op)
        lens_delivery_timer(op);
    else
        send_those_that_wait(link);
}

/* No further card is begun, and nobody waits for a delivery. What was sent cannot be called back. */
static void op_cancel(struct driver_op *op)
{
    exchange_of(op)->cancelled = true;
    lens_delivery_stop(op);
}

static bool someone_waits(struct driver_link *link)
{
    struct driver_op *op = driver_link_next_op(link, NULL);
    while (op && exchange_of(op)->step != STEP_WAITING)
        op = driver_link_next_op(link, op);
    return op != NULL;
}

/* Its terminal is free: from the loop, for this operation is not out of the way yet. */
static void op_end(struct driver_op *op)
{
    exchange_of(op)->step = STEP_OVER;
    if (line_of(op->link)->up && someone_waits(op->link))
        driver_link_timer(op->link, 0);
}

static void release(struct driver_link *link)
{
    lens_parser_free(&line_of(link)->parser);
    buf_free(&line_of(link)->body);
}

static const char *const saflok_schemes[] = {"saflok+http", "saflok+https", NULL};
static const char *const ambiance_schemes[] = {"ambiance+http", "ambiance+https", NULL};

/* clang-format off */
#define SHARED_PARTS                        \
    .maturity = "simulator-tested",         \
    .profile = LENS_PROFILE,                \
    .options = lens_options,                \
    .option_count = OPTION_COUNT,           \
    .link_size = sizeof(struct line),       \
    .op_size = sizeof(struct exchange),     \
    .check = lens_check_request,            \
    .link_up = link_up,                     \
    .link_down = link_down,                 \
    .op_start = op_start,                   \
    .on_reply = on_reply,                   \
    .on_no_reply = on_no_reply,             \
    .on_timer = on_timer,                   \
    .op_cancel = op_cancel,                 \
    .op_end = op_end,                       \
    .keep_alive = ask_for_life,             \
    .release = release
/* clang-format on */

const struct driver driver_saflok_lens = {
    .name = "saflok-lens",
    .label = "Saflok System 6000 (Messenger LENS)",
    .schemes = saflok_schemes,
    .configure = configure_saflok,
    SHARED_PARTS,
};

const struct driver driver_ambiance = {
    .name = "ambiance",
    .label = "Ambiance (LGS SOAP)",
    .schemes = ambiance_schemes,
    .configure = configure_ambiance,
    SHARED_PARTS,
};
