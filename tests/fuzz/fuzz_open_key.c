/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libFuzzer: any bytes as an open key, bare and with the right tag, and any values through encoder and decoder. What is
 * read is written again as the same bytes; what is written is read again as the same values. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "open_key/values.h"

static const struct open_key_site site = {.number = 7, .key = "the key of the site, 32 bytes.."};
static const uint8_t uid[] = {4, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80};

static bool same(const struct open_key *a, const struct open_key *b)
{
    bool good = a->kind == b->kind && a->sequence == b->sequence && a->from_utc == b->from_utc &&
                a->until_utc == b->until_utc && a->room_count == b->room_count && a->areas == b->areas;
    for (size_t i = 0; good && i < a->room_count; i++)
        good = strcmp(a->rooms[i], b->rooms[i]) == 0;
    return good;
}

/* ---- Cards ------------------------------------------------------------------------------------------------------- */

static void try_message(const uint8_t *message, size_t size)
{
    uint8_t again[OPEN_KEY_MESSAGE_MOST];
    size_t again_size = 0;
    struct kc_error error = {0};
    struct open_key key;
    int32_t status = open_key_read_card(&site, message, size, uid, sizeof(uid), &key, &error);
    if (status != KC_OK) {
        REQUIRE(error.code == status && error.message[0]);
        return;
    }
    REQUIRE(open_key_write_card(&site, &key, uid, sizeof(uid), again, &again_size, NULL) == KC_OK);
    REQUIRE(again_size == size && memcmp(again, message, size) == 0);
}

/* The bytes as the body of a message whose tag is right. */
static void try_body(const uint8_t *body, size_t size)
{
    static const uint8_t start[] = "\xD4\x0C\0keycard:open\x82\x58";
    uint8_t message[OPEN_KEY_MESSAGE_MOST], mac[OPEN_KEY_MAC];
    size_t at = sizeof(start) - 1;
    if (size < 24 || size > 220)
        return;
    memcpy(message, start, at);
    message[at++] = (uint8_t)size;
    memcpy(message + at, body, size);
    at += size;
    REQUIRE(open_key_mac(&site, uid, sizeof(uid), body, size, mac));
    message[at++] = 0x50;
    memcpy(message + at, mac, OPEN_KEY_TAG);
    at += OPEN_KEY_TAG;
    message[2] = (uint8_t)(at - 15);
    try_message(message, at);
}

/* ---- Stripes ----------------------------------------------------------------------------------------------------- */

static void try_digits(const char *digits)
{
    char again[OPEN_KEY_STRIPE_LENGTH + 1];
    struct kc_error error = {0};
    struct open_key key;
    int32_t status = open_key_read_stripe(&site, digits, &key, &error);
    if (status != KC_OK) {
        REQUIRE(error.code == status && error.message[0]);
        return;
    }
    REQUIRE(open_key_write_stripe(&site, &key, again, NULL) == KC_OK);
    REQUIRE(strcmp(again, digits) == 0);
}

/* The bytes as digits, with the right tag behind them. */
static void try_fields(const uint8_t *data, size_t size)
{
    char digits[OPEN_KEY_STRIPE_LENGTH + 1];
    uint8_t mac[OPEN_KEY_MAC];
    uint64_t tag = 0;
    if (size < 28)
        return;
    for (size_t i = 0; i < 28; i++)
        digits[i] = (char)('0' + data[i] % 10);
    REQUIRE(open_key_mac(&site, NULL, 0, (const uint8_t *)digits, 28, mac));
    for (size_t i = 0; i < 8; i++)
        tag = tag << 8 | mac[i];
    tag %= 1000000000;
    for (size_t i = 0; i < 9; i++, tag /= 10)
        digits[36 - i] = (char)('0' + tag % 10);
    digits[37] = '\0';
    try_digits(digits);
}

/* ---- Values ------------------------------------------------------------------------------------------------------ */

struct input {
    const uint8_t *data;
    size_t left;
};

static int64_t take_number(struct input *input)
{
    uint8_t bytes[8] = {0};
    size_t count = input->left < 5 ? input->left : 5;
    memcpy(bytes, input->data, count);
    input->data += count;
    input->left -= count;
    int64_t value = 0;
    for (size_t i = 0; i < 5; i++)
        value = value << 8 | bytes[i];
    return value;
}

static void take_rooms(struct input *input, struct open_key *key)
{
    while (input->left && key->room_count < OPEN_KEY_ROOMS) {
        size_t length = *input->data % (OPEN_KEY_ROOM_LENGTH + 1);
        input->data++;
        input->left--;
        length = length < input->left ? length : input->left;
        memcpy(key->rooms[key->room_count++], input->data, length);
        input->data += length;
        input->left -= length;
    }
}

static void try_values(const uint8_t *data, size_t size, bool stripe)
{
    struct input input = {data, size};
    struct open_key key = {.kind = (int32_t)(take_number(&input) & 3), .sequence = take_number(&input)}, read;
    uint8_t message[OPEN_KEY_MESSAGE_MOST];
    char digits[OPEN_KEY_STRIPE_LENGTH + 1];
    size_t message_size = 0;
    int64_t step = stripe ? 900 : 60;
    key.from_utc = take_number(&input) / step * step;
    key.until_utc = take_number(&input) / step * step;
    key.areas = (uint64_t)take_number(&input);
    take_rooms(&input, &key);
    if (stripe && open_key_write_stripe(&site, &key, digits, NULL) == KC_OK)
        REQUIRE(open_key_read_stripe(&site, digits, &read, NULL) == KC_OK && same(&read, &key));
    if (!stripe && open_key_write_card(&site, &key, uid, sizeof(uid), message, &message_size, NULL) == KC_OK)
        REQUIRE(open_key_read_card(&site, message, message_size, uid, sizeof(uid), &read, NULL) == KC_OK &&
                same(&read, &key));
}

/* The first byte says what the rest is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(1, size + 1);
    if (!text || size < 1) {
        free(text);
        return 0;
    }
    memcpy(text, data + 1, size - 1);
    switch (data[0] % 6) {
    case 0:
        try_message(data + 1, size - 1);
        break;
    case 1:
        try_body(data + 1, size - 1);
        break;
    case 2:
        try_digits(text);
        break;
    case 3:
        try_fields(data + 1, size - 1);
        break;
    default:
        try_values(data + 1, size - 1, data[0] % 6 == 5);
        break;
    }
    free(text);
    return 0;
}
