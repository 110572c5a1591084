/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An open key as an NDEF message for a contactless card: doc/open-key.md, "On a contactless card". The payload is CBOR
 * in its one shortest form (RFC 8949, 4.2.1), by libcbor. */
#include <string.h>

#include "external/cbor_calls.h"
#include "values.h"

#define VERSION 1
enum { VALUES = 9 }; /* version, kind, site, sequence, issue, from, until, rooms, areas */

/* One short record, the only one of its message, of an external type (NDEF 1.0, 3.2; RTD 1.0, 3.4). */
#define RECORD_HEADER 0xD4
#define RECORD_TYPE   "keycard:open"
enum { TYPE_LENGTH = sizeof(RECORD_TYPE) - 1, PAYLOAD_AT = 3 + TYPE_LENGTH, PAYLOAD_MOST = 255 };

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

struct writer {
    uint8_t *bytes;
    size_t size, most;
    bool full;
};

/* What an encoder of libcbor wrote; 0: no room. */
static void advance(struct writer *writer, size_t written)
{
    writer->full |= written == 0;
    writer->size += written;
}

static void put_number(struct writer *writer, uint64_t value)
{
    advance(writer, cbor_encode_uint(value, writer->bytes + writer->size, writer->most - writer->size));
}

static void put_array(struct writer *writer, size_t count)
{
    advance(writer, cbor_encode_array_start(count, writer->bytes + writer->size, writer->most - writer->size));
}

static void put_content(struct writer *writer, const void *bytes, size_t count)
{
    if (writer->full || count > writer->most - writer->size) {
        writer->full = true;
        return;
    }
    memcpy(writer->bytes + writer->size, bytes, count);
    writer->size += count;
}

static void put_bytes(struct writer *writer, const void *bytes, size_t count)
{
    advance(writer, cbor_encode_bytestring_start(count, writer->bytes + writer->size, writer->most - writer->size));
    put_content(writer, bytes, count);
}

static void put_text(struct writer *writer, const char *text)
{
    advance(writer, cbor_encode_string_start(strlen(text), writer->bytes + writer->size, writer->most - writer->size));
    put_content(writer, text, strlen(text));
}

static void put_key(struct writer *writer, const struct open_key_site *site, const struct open_key *key)
{
    put_array(writer, VALUES);
    put_number(writer, VERSION);
    put_number(writer, (uint64_t)key->kind);
    put_number(writer, site->number);
    put_number(writer, (uint64_t)(key->sequence - OPEN_KEY_EPOCH));
    put_bytes(writer, key->issue.bytes, sizeof(key->issue.bytes));
    put_number(writer, key->from_utc ? (uint64_t)(key->from_utc - OPEN_KEY_EPOCH) / 60 : 0);
    put_number(writer, (uint64_t)(key->until_utc - OPEN_KEY_EPOCH) / 60);
    put_array(writer, key->room_count);
    for (size_t i = 0; i < key->room_count; i++)
        put_text(writer, key->rooms[i]);
    put_number(writer, key->areas);
}

/* The same key always gives the same bytes. */
static bool write_message(const struct open_key_site *site, const struct open_key *key, const uint8_t *uid,
                          size_t uid_size, uint8_t message[OPEN_KEY_MESSAGE_MOST], size_t *size)
{
    uint8_t content[PAYLOAD_MOST], mac[OPEN_KEY_MAC];
    struct writer body = {.bytes = content, .most = sizeof(content)};
    struct writer payload = {.bytes = message + PAYLOAD_AT, .most = PAYLOAD_MOST};
    put_key(&body, site, key);
    if (body.full || !open_key_mac(site, uid, uid_size, content, body.size, mac))
        return false;
    put_array(&payload, 2);
    put_bytes(&payload, content, body.size);
    put_bytes(&payload, mac, OPEN_KEY_TAG);
    if (payload.full)
        return false;
    message[0] = RECORD_HEADER;
    message[1] = TYPE_LENGTH;
    message[2] = (uint8_t)payload.size;
    memcpy(message + 3, RECORD_TYPE, TYPE_LENGTH);
    *size = PAYLOAD_AT + payload.size;
    return true;
}

static int32_t check_uid(const uint8_t *uid, size_t size, struct kc_error *error)
{
    if (size < OPEN_KEY_UID_LEAST || size > OPEN_KEY_UID_MOST)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "card-serial",
                         "A serial number of %zu bytes is not %d to %d.", size, OPEN_KEY_UID_LEAST, OPEN_KEY_UID_MOST);
    if (size == 4 && uid[0] == 0x08) /* ISO/IEC 14443-3, 6.5.4 */
        return error_set(error, KC_ERROR_CARD, "card-serial",
                         "The card shows another serial number each time, so a key cannot be bound to it. Take another "
                         "type of card.");
    return KC_OK;
}

int32_t open_key_write_card(const struct open_key_site *site, const struct open_key *key, const uint8_t *uid,
                            size_t uid_size, uint8_t message[OPEN_KEY_MESSAGE_MOST], size_t *size,
                            struct kc_error *error)
{
    int32_t status = check_uid(uid, uid_size, error);
    if (status == KC_OK)
        status = cbor_need(error);
    if (status == KC_OK)
        status = open_key_check_values(key, error);
    if (status != KC_OK)
        return status;
    return write_message(site, key, uid, uid_size, message, size) ? KC_OK : open_key_mac_failed(error);
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

enum item_type { ITEM_NONE, ITEM_NUMBER, ITEM_BYTES, ITEM_TEXT, ITEM_ARRAY };

/* One item of CBOR. Content points into the input. */
struct item {
    enum item_type type;
    uint64_t number; /* the value, or how many bytes or items */
    const uint8_t *content;
};

static void took(void *item, enum item_type type, uint64_t number, const uint8_t *content)
{
    struct item *out = item;
    out->type = type;
    out->number = number;
    out->content = content;
}

static void on_uint8(void *item, uint8_t value)
{
    took(item, ITEM_NUMBER, value, NULL);
}

static void on_uint16(void *item, uint16_t value)
{
    took(item, ITEM_NUMBER, value, NULL);
}

static void on_uint32(void *item, uint32_t value)
{
    took(item, ITEM_NUMBER, value, NULL);
}

static void on_uint64(void *item, uint64_t value)
{
    took(item, ITEM_NUMBER, value, NULL);
}

static void on_bytes(void *item, cbor_data bytes, size_t count)
{
    took(item, ITEM_BYTES, count, bytes);
}

static void on_text(void *item, cbor_data bytes, size_t count)
{
    took(item, ITEM_TEXT, count, bytes);
}

static void on_array(void *item, size_t count)
{
    took(item, ITEM_ARRAY, count, NULL);
}

struct reader {
    const uint8_t *bytes;
    size_t left;
    bool bad;
};

/* The next item, which must be of this type. After a fault: zero, and so for all that follow. */
static struct item next(struct reader *reader, enum item_type type)
{
    struct cbor_callbacks callbacks = cbor_empty_callbacks;
    struct item item = {.type = ITEM_NONE};
    callbacks.uint8 = on_uint8;
    callbacks.uint16 = on_uint16;
    callbacks.uint32 = on_uint32;
    callbacks.uint64 = on_uint64;
    callbacks.byte_string = on_bytes;
    callbacks.string = on_text;
    callbacks.array_start = on_array;
    if (!reader->bad && reader->left) {
        struct cbor_decoder_result result = cbor_stream_decode(reader->bytes, reader->left, &callbacks, &item);
        reader->bad = result.status != CBOR_DECODER_FINISHED || item.type != type || result.read > reader->left;
        if (!reader->bad) {
            reader->bytes += result.read;
            reader->left -= result.read;
            return item;
        }
    }
    reader->bad = true;
    return (struct item){.type = ITEM_NONE};
}

/* At most `highest`. */
static uint64_t next_number(struct reader *reader, uint64_t highest)
{
    struct item item = next(reader, ITEM_NUMBER);
    reader->bad |= item.number > highest;
    return reader->bad ? 0 : item.number;
}

static void expect_array(struct reader *reader, size_t count)
{
    reader->bad |= next(reader, ITEM_ARRAY).number != count;
}

/* Anything at most as long as what holds it can be. */
static struct item next_bytes(struct reader *reader)
{
    struct item item = next(reader, ITEM_BYTES);
    return reader->bad || item.number > PAYLOAD_MOST ? (struct item){.type = ITEM_NONE} : item;
}

static void read_rooms(struct reader *reader, struct open_key *key)
{
    uint64_t count = next(reader, ITEM_ARRAY).number;
    reader->bad |= count > OPEN_KEY_ROOMS;
    key->room_count = reader->bad ? 0 : (size_t)count;
    for (size_t i = 0; i < key->room_count; i++) {
        struct item name = next(reader, ITEM_TEXT);
        reader->bad |= name.number > OPEN_KEY_ROOM_LENGTH ||
                       (name.content && memchr(name.content, 0, (size_t)name.number));
        if (reader->bad)
            return;
        if (name.content)
            memcpy(key->rooms[i], name.content, (size_t)name.number);
    }
}

/* The parts of a body that say whose it is, before it is known whether that is true. */
static void read_head(struct reader *reader, uint64_t *version, uint64_t *kind, uint64_t *site)
{
    struct item array = next(reader, ITEM_ARRAY);
    reader->bad |= array.number == 0;
    *version = next_number(reader, UINT64_MAX);
    if (*version != VERSION)
        return;
    reader->bad |= array.number != VALUES;
    *kind = next_number(reader, KC_KIND_ONE_SHOT);
    *site = next_number(reader, OPEN_KEY_SITE_HIGHEST);
}

static bool read_body(struct reader *reader, uint64_t kind, struct open_key *key)
{
    *key = (struct open_key){.kind = (int32_t)kind};
    key->sequence = OPEN_KEY_EPOCH + (int64_t)next_number(reader, OPEN_KEY_LATEST - OPEN_KEY_EPOCH);
    struct item issue = next_bytes(reader);
    reader->bad |= issue.number != sizeof(key->issue.bytes);
    if (!reader->bad && issue.content)
        memcpy(key->issue.bytes, issue.content, sizeof(key->issue.bytes));
    uint64_t from = next_number(reader, (OPEN_KEY_LATEST - OPEN_KEY_EPOCH) / 60);
    uint64_t until = next_number(reader, (OPEN_KEY_LATEST - OPEN_KEY_EPOCH) / 60);
    key->from_utc = from ? OPEN_KEY_EPOCH + (int64_t)from * 60 : 0;
    key->until_utc = OPEN_KEY_EPOCH + (int64_t)until * 60;
    read_rooms(reader, key);
    key->areas = next_number(reader, UINT64_MAX);
    return !reader->bad && reader->left == 0;
}

/* The one record of a message that is an open key. */
static bool read_record(const uint8_t *message, size_t size, struct reader *payload)
{
    if (size < PAYLOAD_AT || message[0] != RECORD_HEADER || message[1] != TYPE_LENGTH ||
        message[2] != size - PAYLOAD_AT || memcmp(message + 3, RECORD_TYPE, TYPE_LENGTH) != 0)
        return false;
    *payload = (struct reader){.bytes = message + PAYLOAD_AT, .left = size - PAYLOAD_AT};
    return true;
}

static int32_t check_site(const struct open_key_site *site, uint64_t number, struct kc_error *error)
{
    if (number == site->number)
        return KC_OK;
    return error_set(error, KC_ERROR_OTHER_SITE, "card", "The key on the card is that of site %u, not of site %u.",
                     (unsigned)number, (unsigned)site->number);
}

/* Its one form: a key that is the same but has other bytes is none. */
static bool is_canonical(const struct open_key_site *site, const struct open_key *key, const uint8_t *uid,
                         size_t uid_size, const uint8_t *message, size_t size)
{
    uint8_t again[OPEN_KEY_MESSAGE_MOST];
    size_t again_size = 0;
    return open_key_check_values(key, NULL) == KC_OK && write_message(site, key, uid, uid_size, again, &again_size) &&
           again_size == size && memcmp(again, message, size) == 0;
}

int32_t open_key_read_card(const struct open_key_site *site, const uint8_t *message, size_t size, const uint8_t *uid,
                           size_t uid_size, struct open_key *key, struct kc_error *error)
{
    struct reader payload;
    struct open_key read;
    uint64_t version = 0, kind = 0, number = 0;
    uint8_t mac[OPEN_KEY_MAC];
    if (uid_size < OPEN_KEY_UID_LEAST || uid_size > OPEN_KEY_UID_MOST)
        return open_key_not_one(error, "its serial number is not 4 to 16 bytes");
    if (!read_record(message, size, &payload))
        return open_key_not_one(error, "its content is not one record of the type " RECORD_TYPE);
    int32_t status = cbor_need(error);
    if (status != KC_OK)
        return status;
    expect_array(&payload, 2);
    struct item body = next_bytes(&payload), tag = next_bytes(&payload);
    if (payload.bad || payload.left || !body.content || !tag.content || tag.number != OPEN_KEY_TAG)
        return open_key_not_one(error, "its record is damaged");
    struct reader reader = {.bytes = body.content, .left = (size_t)body.number};
    read_head(&reader, &version, &kind, &number);
    if (reader.bad)
        return open_key_not_one(error, "its record is damaged");
    if (version != VERSION)
        return open_key_not_one(error, "it is of a version that is not known here");
    status = check_site(site, number, error);
    if (status != KC_OK)
        return status;
    if (!open_key_mac(site, uid, uid_size, body.content, (size_t)body.number, mac))
        return open_key_mac_failed(error);
    if (!open_key_same(mac, tag.content, OPEN_KEY_TAG))
        return open_key_not_authentic(error, ", or copied from another card");
    if (!read_body(&reader, kind, &read) || !is_canonical(site, &read, uid, uid_size, message, size))
        return open_key_not_one(error, "a value is out of range");
    *key = read;
    return KC_OK;
}
