/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys as bytes, and cards at an encoder of the desk; see place.h. */
#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct maker makers[MAKER_COUNT] = {
    {"salto", "salto+tcp://ADDRESS?card-image=on", false},
    {"salto", "salto+tcp://ADDRESS?card-image=on&card-image-form=as-card", false},
    {"salto", "salto+tcp://ADDRESS?mobile-image=on", true},
    {"saflok-lens", "saflok+http://ADDRESS/MessengerPMSWS.asmx", false},
    {"ambiance", "ambiance+http://ADDRESS/MessengerPMSWS.asmx", false},
};
const struct writer writers[WRITER_COUNT] = {
    {"contactless", "ntag215", "content=image&card-return=0&poll-interval=1"},
    {"contactless", "ultralight-c", "content=image&poll-interval=1"},
    {"contactless", "classic-1k", "content=image&poll-interval=1&classic-key=FFFFFFFFFFFF"},
    {"contactless", "acr122s-classic-1k", "content=image&poll-interval=1&classic-key=FFFFFFFFFFFF&reader=acr122s"},
    {"magstripe", "msr605", "content=image&image-form=bits&image-track=3&quiet=20"},
    {"magstripe", "msr605x", "content=image&image-form=bits&image-track=3&quiet=20"},
};
bool is_stripe(const struct place *place)
{
    return strcmp(place->how->driver, "magstripe") == 0;
}

void open_writer(struct place *place)
{
    assert_ok(kc_system_new(place->desk->site, "own", place->uri, &place->writer));
    place->writer = kc_system_unref(place->writer); /* the site keeps it */
}

void open_place(struct place *place, struct desk *desk, const struct maker *maker, const struct writer *how,
                size_t image_bytes)
{
    const struct simulator_options vendor = {.driver = maker->driver, .image_bytes = image_bytes};
    struct simulator_options device = {.driver = how->driver, .profile = how->profile};
    char message[SIMULATOR_MESSAGE_SIZE], card[300];
    *place = (struct place){.desk = desk, .how = how};
    desk_use_file(desk);
    desk_open_simulated(desk, &vendor, maker->uri);
    snprintf(place->folder, sizeof(place->folder), "%s", desk->directory);
    snprintf(card, sizeof(card), "%s/stripe.card", place->folder);
    if (is_stripe(place))
        device.card = card;
    else
        device.cards = place->folder;
    place->reader = simulator_start(&device, message);
    if (!place->reader)
        fail_msg("%s", message);
    snprintf(place->uri, sizeof(place->uri), "%s+tcp://%s?%s", how->driver, simulator_address(place->reader),
             how->query);
    open_writer(place);
}

static void path_of(const struct place *place, const char *serial, char *path, size_t size)
{
    snprintf(path, size, "%s/%s.card", place->folder, is_stripe(place) ? "stripe" : serial);
}

void close_place(struct place *place)
{
    char command[300];
    desk_close(place->desk);
    simulator_stop(place->reader);
    snprintf(command, sizeof(command), "rm -f '%s'/*.card", place->folder);
    assert_int_equal(system(command), 0);
}

/* ---- What both sides say ----------------------------------------------------------------------------------------- */

char *sent_image(const struct place *place)
{
    static const char name[] = "\"image\"";
    char *journal = simulator_journal(place->desk->simulator), *last = NULL;
    assert_non_null(journal);
    for (char *at = strstr(journal, name); at; at = strstr(at + 1, name))
        last = at;
    assert_non_null(last);
    char *start = strchr(last + strlen(name), '"') + 1;
    char *hex = strndup(start, strcspn(start, "\""));
    assert_non_null(hex);
    free(journal);
    return hex;
}

void hex_of(const uint8_t *bytes, size_t size, char *out)
{
    for (size_t i = 0; i < size; i++)
        snprintf(out + 2 * i, 3, "%02X", bytes[i]);
}

char *card_content(const struct place *place, const char *serial)
{
    char path[300], name[40];
    static char text[20000], upper[20000];
    path_of(place, serial, path, sizeof(path));
    FILE *file = fopen(path, "re");
    if (!file)
        return NULL;
    upper[0] = '\0';
    while (fscanf(file, "%39s %19999s", name, text) == 2)
        if (strcmp(name, "memory") == 0 || strcmp(name, "track3") == 0)
            for (size_t i = 0; i == 0 || text[i - 1] != '\0'; i++)
                upper[i] = text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 32) : text[i];
    fclose(file);
    return strncmp(upper, "RAW:", 4) == 0 ? upper + 4 : upper;
}

void assert_card_holds(const struct place *place, const char *serial, const char *image)
{
    const char *content = card_content(place, serial);
    assert_non_null(content);
    if (strncmp(content, image, strlen(image)) != 0)
        fail_msg("the card holds %.100s, not %.100s", content, image);
    if (is_stripe(place))
        assert_int_equal(strlen(content), strlen(image));
}

/* ---- The three steps ----------------------------------------------------------------------------------------------
 */

static kc_request *at_reader(const struct place *place)
{
    kc_request *request = desk_request(place->desk, NULL, NULL);
    assert_ok(kc_request_set_system(request, "own"));
    assert_ok(kc_request_set_encoder(request, "own"));
    return request;
}

kc_op *read_card(const struct place *place)
{
    return desk_run(place->desk, kc_read_card, at_reader(place));
}

void ask_serial(const struct place *place, char serial[SERIAL_SIZE])
{
    snprintf(serial, SERIAL_SIZE, "04A1B2C3D4E580");
    if (is_stripe(place))
        return;
    kc_op *read = read_card(place);
    assert_int_equal(kc_op_get_status(read), KC_OK);
    snprintf(serial, SERIAL_SIZE, "%s", kc_key_get_serial(kc_op_get_key(read, 0), 0));
    assert_true(strlen(serial) >= 8);
}

kc_op *ask_key(const struct place *place, const struct maker *maker, desk_verb verb, const char *serial)
{
    kc_request *request = desk_request(place->desk, "4711", verb == kc_issue_duplicate ? NULL : "101");
    assert_ok(kc_request_set_system(request, "locks"));
    if (maker->mobile) {
        assert_ok(kc_request_set_return_image(request, 1));
        return desk_run(place->desk, kc_send_mobile, request);
    }
    assert_ok(kc_request_set_card_serial(request, serial));
    return desk_run(place->desk, verb, request);
}

kc_op *start_writing(const struct place *place, const uint8_t *bytes, size_t size, const char *serial)
{
    kc_request *request = at_reader(place);
    assert_ok(kc_request_set_booking(request, "4711"));
    assert_ok(kc_request_add_room(request, "101"));
    assert_ok(kc_request_set_image(request, bytes, size));
    if (!is_stripe(place))
        assert_ok(kc_request_set_card_serial(request, serial));
    return desk_start(place->desk, kc_write_image, request);
}

kc_op *write_key(const struct place *place, const kc_op *made, const char *serial)
{
    size_t size = 0;
    const uint8_t *bytes = kc_key_get_image(kc_op_get_key(made, 0), &size);
    assert_non_null(bytes);
    kc_op *op = start_writing(place, bytes, size, serial);
    desk_finish(place->desk, op);
    return op;
}

void assert_has_key(const struct place *place, const kc_op *made, const char *image)
{
    char hex[2 * 4096 + 1];
    size_t size = 0;
    const uint8_t *bytes = kc_key_get_image(kc_op_get_key(made, 0), &size);
    assert_made(made);
    assert_non_null(bytes);
    hex_of(bytes, size, hex);
    assert_string_equal(hex, image);
    assert_string_equal(kc_op_get_system_name(made), "locks");
    assert_string_equal(kc_op_get_encoder_name(made), "");
    assert_key_state(place->desk, made, KC_KEY_ACTIVE);
}

void assert_recorded(const struct place *place, const kc_op *written, int32_t outcome)
{
    kc_op *list = desk_ops(place->desk, KC_FILTER_BOOKING, "4711");
    const kc_op *found = NULL;
    for (int32_t i = 0; i < kc_op_get_op_count(list); i++)
        if (strcmp(kc_op_get_id(kc_op_get_op(list, i)), kc_op_get_id(written)) == 0)
            found = kc_op_get_op(list, i);
    assert_non_null(found);
    assert_int_equal(kc_op_get_verb(found), KC_VERB_WRITE_IMAGE);
    assert_int_equal(kc_op_get_outcome(found), outcome);
    assert_string_equal(kc_op_get_system_name(found), "own");
    assert_string_equal(kc_op_get_encoder_name(found), "own");
    assert_string_equal(kc_op_get_room(found), "101");
    assert_int_equal(kc_op_get_key_count(found), 0);
}
