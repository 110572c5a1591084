/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The smallest complete driver, to be copied: one verb, one request at a time, over TCP or a serial line. */
#include "driver.h"
#include "codec.h"

enum { OPTION_ANSWER_TIMEOUT };

static const struct driver_option options[] = {
    [OPTION_ANSWER_TIMEOUT] = {"answer-timeout", "60000", "1000..600000",
                               "Milliseconds to wait for the card and the answer; unverified."},
};

struct template_link {
    struct template_reader reader;
};

/* What the limits cannot say: a blank in a name would become a separator. Nothing was sent yet. */
static int32_t check(struct driver_link *link, const struct driver_request *request, struct kc_error *error)
{
    (void)link;
    struct error_quoted quoted;
    if (!template_word_fits(request->encoder))
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "encoder", "encoder \"%s\" must be one word of ASCII",
                         error_quote(&quoted, request->encoder));
    if (!template_word_fits(request->rooms.items[0]))
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "rooms", "room \"%s\" must be one word of ASCII",
                         error_quote(&quoted, request->rooms.items[0]));
    return KC_OK;
}

static void link_down(struct driver_link *link)
{
    *(struct template_link *)link->data = (struct template_link){0};
}

static void op_start(struct driver_op *op)
{
    const struct driver_request *request = op->request;
    const struct wall_time *end = &request->until.wall;
    struct buf until = {0}, line = {0};
    buf_append_format(&until, "%04d-%02d-%02dT%02d:%02d", end->year, end->month, end->day, end->hour, end->minute);
    template_write_key(&line, request->encoder, request->rooms.items[0], buf_text(&until));
    if (until.failed || line.failed) {
        struct kc_error error = {0};
        error_set(&error, KC_ERROR_NO_MEMORY, "", "no memory for the request");
        error.card_state = KC_OUTCOME_NOT_WRITTEN;
        driver_op_done(op, &error);
    } else {
        driver_op_committed(op); /* from here on the card may be written, whatever we hear of it */
        driver_send(op->link, line.data, line.length);
        driver_op_prompt(op, KC_PROMPT_PRESENT_CARD, 1, 1);
        driver_op_deadline(op, driver_option_number(op->link, OPTION_ANSWER_TIMEOUT), "no answer to KEY");
    }
    buf_free(&until);
    buf_free(&line);
}

static void take_answer(struct driver_link *link, enum template_answer answer, const char *text)
{
    struct driver_op *op = driver_link_next_op(link, NULL);
    if (answer == TEMPLATE_BROKEN || op == NULL) {
        driver_link_fail(link, KC_ERROR_PROTOCOL, op == NULL ? "an answer to nothing" : "neither OK nor ERR");
        return;
    }
    driver_op_reached_encoder(op);
    if (answer == TEMPLATE_OK) {
        driver_op_done(op, NULL);
        return;
    }
    struct kc_error error = {0};
    error_set(&error, KC_ERROR_VENDOR, "", "the lock system refused the request");
    error_set_vendor(&error, "ERR", text);
    error.card_state = KC_OUTCOME_NOT_WRITTEN;
    driver_op_done(op, &error);
}

/* The next operation may start inside driver_op_done(), so what follows an answer must not be taken for its answer. */
static void on_bytes(struct driver_link *link, const uint8_t *bytes, size_t count)
{
    struct template_link *state = link->data;
    size_t used = 0;
    const char *text = "";
    enum template_answer answer = template_read(&state->reader, bytes, count, &used, &text);
    if (answer != TEMPLATE_NEED_MORE && used < count)
        driver_link_fail(link, KC_ERROR_PROTOCOL, "more than one answer");
    else if (answer != TEMPLATE_NEED_MORE)
        take_answer(link, answer, text);
}

static const char *const schemes[] = {"template+tcp", "template+serial", NULL};

const struct driver driver_template = {
    .name = "template",
    .label = "Template of a driver",
    .maturity = "simulator-tested",
    .schemes = schemes,
    .profile = {.capabilities = DRIVER_CAN(KC_CAPABILITY_ORIGINAL),
                .limits = {.rooms = 1,
                           .room_length = 20,
                           .copies = 1,
                           .minutes = 1,
                           .last_year = 2099,
                           .start = false,
                           .charset = TEXT_ASCII},
                .in_flight = 1},
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .link_size = sizeof(struct template_link),
    .check = check,
    .link_down = link_down,
    .op_start = op_start,
    .on_bytes = on_bytes,
};
