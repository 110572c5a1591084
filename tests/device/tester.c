/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The drivers and the encoder of the tests of devices. */
#include "tester.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "driver.h"

/* ---- The drivers ----------------------------------------------------------------------------------------------- */

struct line {
    char text[128];
    size_t length;
};

static void link_up(struct driver_link *link)
{
    driver_send(link, "who\n", 4);
    driver_link_timer(link, 400);
}

static void link_down(struct driver_link *link)
{
    ((struct line *)link->data)->length = 0;
}

static void on_timer(struct driver_link *link, struct driver_op *op)
{
    (void)op;
    driver_link_fail(link, KC_ERROR_TIMED_OUT, "It does not say who it is.");
}

static void on_line(struct driver_link *link, char *text)
{
    char *model = strchr(text, ' '), *firmware = model ? strrchr(text, ' ') : NULL;
    struct driver_op *op = driver_link_next_op(link, NULL);
    driver_link_timer(link, -1);
    if (strncmp(text, "tester ", 7) == 0 && firmware != model) {
        *model++ = *firmware++ = '\0';
        driver_link_identity(link, model, firmware);
        driver_link_ready(link);
    } else if (op && strcmp(text, "made") == 0) {
        driver_op_reached_encoder(op);
        driver_op_done(op, NULL);
    } else {
        driver_link_fail(link, KC_ERROR_PROTOCOL, "It is something else.");
    }
}

static void on_bytes(struct driver_link *link, const uint8_t *bytes, size_t count)
{
    struct line *line = link->data;
    for (size_t i = 0; i < count; i++) {
        if (line->length == sizeof(line->text) - 1) {
            driver_link_fail(link, KC_ERROR_PROTOCOL, "It talks without end.");
            return;
        }
        line->text[line->length++] = (char)bytes[i];
        if (bytes[i] != '\n')
            continue;
        line->text[line->length - 1] = '\0';
        line->length = 0;
        on_line(link, line->text);
    }
}

static void op_start(struct driver_op *op)
{
    if (op->request->verb == KC_VERB_DISCOVER) {
        driver_op_done(op, NULL);
        return;
    }
    driver_op_deadline(op, 10000, "no answer");
    driver_op_committed(op);
    driver_op_encoding(op);
    driver_send(op->link, "make\n", 5);
}

static const char *const tester_schemes[] = {"tester+serial", NULL};
static const char *const deaf_schemes[] = {"deaf+serial", NULL};
static const struct driver_usb_id tester_ids[] = {{0x067b, 0x2303}};
static const struct driver_usb_id deaf_ids[] = {{0x067b, 0x2303}, {0x1a86, 0x7523}};

#define ENCODER                                                                                                        \
    .maturity = "simulator-tested", .link_size = sizeof(struct line), .link_up = link_up, .link_down = link_down,      \
    .on_bytes = on_bytes, .on_timer = on_timer, .op_start = op_start,                                                  \
    .profile = {                                                                                                       \
        .capabilities = DRIVER_CAN(KC_CAPABILITY_ORIGINAL) | DRIVER_CAN(KC_CAPABILITY_DUPLICATE),                      \
        .limits = {.rooms = 4, .copies = 9, .minutes = 1, .last_year = 2099, .start = true, .charset = TEXT_UTF8},     \
        .in_flight = 1}

static const struct driver deaf_driver = {
    ENCODER, .name = "deaf", .label = "Nobody", .schemes = deaf_schemes, .serial_ids = deaf_ids, .serial_id_count = 2};
static const struct driver tester_driver = {ENCODER,
                                            .name = "tester",
                                            .label = "Tester",
                                            .schemes = tester_schemes,
                                            .serial_ids = tester_ids,
                                            .serial_id_count = 1};

/* Instead of the library's. */
const struct driver *const driver_table[] = {&tester_driver, &deaf_driver};
const size_t driver_table_count = 2;

/* ---- The encoder ----------------------------------------------------------------------------------------------- */

static void say(const struct tester *tester, const char *text)
{
    if (write(tester->far_end, text, strlen(text)) != (ssize_t)strlen(text))
        _exit(3);
}

static void hear(struct tester *tester, const char *line)
{
    static const char *const answers[] = {
        "tester T-1 2.5\n", "", "OK modem\n",
        "tester \x1B[2J\xC3naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaa \x07"
        "9\n",
        "tester T-1 2.5\n"};
    if (strcmp(line, "who") == 0) {
        tester->asked++;
        say(tester, answers[tester->manner]);
    } else if (strcmp(line, "make") == 0) {
        tester->made++;
        say(tester, tester->manner == TESTER_HALF_MADE ? "ma" : "made\n");
    }
}

void tester_turn(struct tester *tester)
{
    struct pollfd far_end = {.fd = tester->far_end, .events = POLLIN};
    while (tester->far_end >= 0 && poll(&far_end, 1, 0) == 1 && (far_end.revents & POLLIN)) {
        size_t used = strlen(tester->heard);
        ssize_t count = read(tester->far_end, tester->heard + used, sizeof(tester->heard) - used - 1);
        if (count <= 0)
            return;
        tester->heard[used + (size_t)count] = '\0';
        for (char *end; (end = strchr(tester->heard, '\n')) != NULL;) {
            *end = '\0';
            hear(tester, tester->heard);
            memmove(tester->heard, end + 1, strlen(end + 1) + 1);
        }
    }
}
