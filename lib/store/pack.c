/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Packing and unpacking of records. The bytes:
 *
 *     verb | kind and outcome, four bits each | key state, and three bits for what is true or false
 *     which fields follow: a number of which each bit is one of `enum field`
 *     the last eight bytes of the identifier
 *     the fields, in that order
 *
 * Numbers are written seven bits at a time, the lowest first (LEB128); those with a sign zigzag. Times are differences
 * to one another, which are short. A text is its length and its bytes; a list one text in which each item ends with a
 * separator. An idempotency key that is a UUID as it is commonly written has length 0 and its 16 bytes. */
#include "store/pack.h"

#include <string.h>

#include "store/hash.h"
#include "util/text.h"
#include "util/word.h"

enum field {
    FIELD_SYSTEM, /* names, in the order of record_texts */
    FIELD_ENCODER,
    FIELD_STATION,
    FIELD_OPERATOR,
    FIELD_FINGERPRINT,
    FIELD_CREATED, /* other than the identifier says */
    FIELD_FINISHED,
    FIELD_FROM,
    FIELD_UNTIL,
    FIELD_BOOKING,
    FIELD_IDEMPOTENCY,
    FIELD_GUEST,
    FIELD_ROOMS,
    FIELD_SALT,
    /* What few finished operations have: without them the number of the fields has two bytes. */
    FIELD_INSTANCE,
    FIELD_COPIES, /* other than 1 */
    FIELD_STATUS,
    FIELD_RETRY_OF,
    FIELD_TARGET,
    FIELD_PHONE,
    FIELD_EMAIL,
    FIELD_MESSAGE,
    FIELD_ERROR_MESSAGE,
    FIELD_VENDOR_CODE,
    FIELD_VENDOR_TEXT,
    FIELD_AREAS,
    FIELD_DENIED,
    FIELD_TEXTS,
    FIELD_SERIALS,
    FIELD_SEALED,
    FIELD_COUNT
};
_Static_assert(FIELD_COUNT <= 32, "a bit for each field");
_Static_assert(RECORD_KIND_LAST < 16 && RECORD_OUTCOME_LAST < 16 && RECORD_KEY_STATE_LAST < 16, "four bits each");

#define BIT_UNCONFIRMED  0x10u
#define BIT_FORGOTTEN    0x20u
#define BIT_RETURN_IMAGE 0x40u
#define BITS_UNUSED      0x80u

#define NUMBER_MOST 10 /* bytes of a number */
#define HEAD_MOST   (3 + NUMBER_MOST + 8)
#define FIELD_MOST  SEAL_SIZE /* bytes of a field, but for those of texts and lists */
_Static_assert(FIELD_MOST >= NUMBER_MOST + sizeof(((struct uuid *)0)->bytes), "a key that is a UUID");

/* Which of record_texts and record_lists a field is. */
static const struct {
    enum field field;
    size_t index;
} texts[] = {{FIELD_BOOKING, 5},        {FIELD_IDEMPOTENCY, 6},  {FIELD_GUEST, 7},
             {FIELD_PHONE, 8},          {FIELD_EMAIL, 9},        {FIELD_MESSAGE, 10},
             {FIELD_ERROR_MESSAGE, 11}, {FIELD_VENDOR_CODE, 12}, {FIELD_VENDOR_TEXT, 13}},
  lists[] = {{FIELD_ROOMS, 0}, {FIELD_AREAS, 1}, {FIELD_DENIED, 2}, {FIELD_TEXTS, 3}, {FIELD_SERIALS, 4}};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))
#define LISTS (sizeof(lists) / sizeof(lists[0]))

/* ---- What is looked up by --------------------------------------------------------------------------------------- */

int32_t pack_flags(const struct record *record, const struct seal *seal)
{
    return (record_is_open(record->outcome) ? PACK_OPEN : 0) | (record->unconfirmed ? PACK_UNCONFIRMED : 0) |
           (record_is_active(record->key_state) ? PACK_ACTIVE : 0) | (seal->has_salt ? PACK_SALTED : 0) |
           (record->kind != 0 ? PACK_KEY : 0);
}

int32_t pack_flags_wanted(const struct record_query *query)
{
    return (query->keys_only ? PACK_KEY : 0) | (query->active_only ? PACK_ACTIVE : 0) |
           (query->running_beside != 0 || query->find == RECORD_OPEN ? PACK_OPEN : 0) |
           (query->find == RECORD_UNCONFIRMED ? PACK_UNCONFIRMED : 0) |
           (query->find == RECORD_WITH_GUEST_DATA ? PACK_SALTED : 0);
}

static uint64_t read_big(const uint8_t bytes[8])
{
    uint64_t big;
    memcpy(&big, bytes, sizeof(big));
    return word_big_endian(big);
}

int64_t pack_id(const struct uuid *id)
{
    return (int64_t)read_big(id->bytes);
}

int64_t pack_id_rest(const struct uuid *id)
{
    return (int64_t)read_big(id->bytes + 8);
}

int64_t pack_hash(enum pack_lookup kind, const char *site, const char *value)
{
    const char first[] = {(char)kind, '\0'};
    const uint64_t code = hash_text(hash_text(hash_text(HASH_START, first), site), value);
    return (int32_t)(uint32_t)(code ^ code >> 32);
}

/* ---- Packing ---------------------------------------------------------------------------------------------------- */

/* Bytes are written behind one another where there is room for all: each function returns where the next ones go. */

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t count)
{
    memcpy(at, bytes, count);
    return at + count;
}

static uint8_t *put_number(uint8_t *at, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        *at++ = (uint8_t)(number | 0x80);
    *at++ = (uint8_t)number;
    return at;
}

void pack_number(struct buf *out, uint64_t number)
{
    uint8_t bytes[NUMBER_MOST];
    buf_append(out, bytes, (size_t)(put_number(bytes, number) - bytes));
}

/* From one number to another, which may be any. */
static uint8_t *put_step(uint8_t *at, int64_t from, int64_t to)
{
    const uint64_t step = (uint64_t)to - (uint64_t)from;
    return put_number(at, step << 1 ^ (step >> 63 ? ~UINT64_C(0) : 0));
}

static uint8_t *put_big(uint8_t *at, uint64_t number)
{
    const uint64_t big = word_big_endian(number);
    return put_bytes(at, &big, sizeof(big));
}

static uint8_t *put_list(uint8_t *at, const struct strings *list, size_t length)
{
    at = put_number(at, length);
    for (size_t i = 0; i < list->count; i++) {
        at = put_bytes(at, list->items[i], strlen(list->items[i]));
        *at++ = RECORD_SEPARATOR;
    }
    return at;
}

static uint8_t *put_key(uint8_t *at, const char *key, size_t length)
{
    char text[UUID_TEXT_SIZE];
    struct uuid uuid;
    if (length == UUID_TEXT_SIZE - 1 && uuid_parse(key, &uuid) == 0) {
        uuid_format(&uuid, text);
        if (strcmp(text, key) == 0)
            return put_bytes(put_number(at, 0), uuid.bytes, sizeof(uuid.bytes));
    }
    return put_bytes(put_number(at, length), key, length);
}

void pack_key(const char *key, struct buf *out)
{
    const size_t length = strlen(key);
    uint8_t *const start = buf_extend(out, NUMBER_MOST + length);
    if (start)
        out->length -= NUMBER_MOST + length - (size_t)(put_key(start, key, length) - start);
}

/* The identifier's first 48 bits. */
static int64_t moment_of(const struct uuid *id)
{
    return (int64_t)(read_big(id->bytes) >> 16);
}

static uint32_t bit_if(bool there, size_t field)
{
    return (there ? 1u : 0u) << field;
}

/* Which fields a record has, and how long its texts and lists are. */
struct shape {
    uint32_t fields;
    size_t words; /* bytes of all texts and lists */
    size_t lengths[FIELD_COUNT];
};

static void measure_words(struct shape *shape, const struct record *record)
{
    for (size_t i = 0; i < TEXTS; i++) {
        const char *text = record_text(record, texts[i].index);
        if (text[0] == '\0')
            continue;
        shape->fields |= 1u << texts[i].field;
        shape->lengths[texts[i].field] = strlen(text);
        shape->words += shape->lengths[texts[i].field];
    }
    for (size_t i = 0; i < LISTS; i++) {
        const struct strings *list = record_list(record, lists[i].index);
        size_t length = 0;
        if (list->count == 0)
            continue;
        for (size_t k = 0; k < list->count; k++)
            length += strlen(list->items[k]) + 1;
        shape->fields |= 1u << lists[i].field;
        shape->lengths[lists[i].field] = length;
        shape->words += length;
    }
}

static uint32_t fields_of(const struct packed *packed)
{
    const struct record *record = &packed->record;
    uint32_t fields = 0;
    for (size_t i = 1; i < RECORD_NAMES; i++)
        fields |= bit_if(packed->names[i] != 0, FIELD_SYSTEM + i - 1);
    return fields | bit_if(record->fingerprint != 0, FIELD_FINGERPRINT) |
           bit_if(record->finished_ms != 0, FIELD_FINISHED) | bit_if(record->from_utc != 0, FIELD_FROM) |
           bit_if(record->until_utc != 0, FIELD_UNTIL) | bit_if(packed->seal.has_salt, FIELD_SALT) |
           bit_if(record->copies != 1, FIELD_COPIES) | bit_if(record->instance != 0, FIELD_INSTANCE) |
           bit_if(record->status != 0, FIELD_STATUS) | bit_if(!uuid_is_nil(&record->retry_of), FIELD_RETRY_OF) |
           bit_if(!uuid_is_nil(&record->target), FIELD_TARGET) |
           bit_if(record->created_ms != moment_of(&record->id), FIELD_CREATED) |
           bit_if(packed->seal.has_sealed, FIELD_SEALED);
}

static uint8_t *put_words(uint8_t *at, enum field field, const struct record *record, size_t length)
{
    if (field == FIELD_IDEMPOTENCY)
        return put_key(at, record->idempotency_key, length);
    for (size_t i = 0; i < TEXTS; i++) {
        if (texts[i].field == field)
            return put_bytes(put_number(at, length), record_text(record, texts[i].index), length);
    }
    for (size_t i = 0; i < LISTS; i++) {
        if (lists[i].field == field)
            return put_list(at, record_list(record, lists[i].index), length);
    }
    return at;
}

static uint8_t *put_field(uint8_t *at, enum field field, const struct packed *packed, const struct shape *shape)
{
    const struct record *record = &packed->record;
    switch (field) {
    case FIELD_SYSTEM:
    case FIELD_ENCODER:
    case FIELD_STATION:
    case FIELD_OPERATOR:
        return put_number(at, (uint64_t)packed->names[field - FIELD_SYSTEM + 1]);
    case FIELD_FINGERPRINT:
        return put_big(at, record->fingerprint);
    case FIELD_FINISHED:
        return put_step(at, record->created_ms, record->finished_ms);
    case FIELD_FROM:
        return put_step(at, record->created_ms / 1000, record->from_utc);
    case FIELD_UNTIL:
        return put_step(at, record->from_utc, record->until_utc);
    case FIELD_SALT:
        return put_bytes(at, packed->seal.salt, SEAL_SALT_SIZE);
    case FIELD_COPIES:
        return put_number(at, (uint64_t)record->copies);
    case FIELD_INSTANCE:
        return put_big(at, record->instance);
    case FIELD_STATUS:
        return put_step(at, 0, record->status);
    case FIELD_RETRY_OF:
        return put_bytes(at, record->retry_of.bytes, sizeof(record->retry_of.bytes));
    case FIELD_TARGET:
        return put_bytes(at, record->target.bytes, sizeof(record->target.bytes));
    case FIELD_CREATED:
        return put_step(at, moment_of(&record->id), record->created_ms);
    case FIELD_SEALED:
        return put_bytes(at, packed->seal.sealed, SEAL_SIZE);
    default:
        return put_words(at, field, record, shape->lengths[field]);
    }
}

void pack_record(const struct packed *packed, struct buf *out)
{
    const struct record *record = &packed->record;
    struct shape shape = {.fields = fields_of(packed)};
    measure_words(&shape, record);
    const size_t most = HEAD_MOST + FIELD_COUNT * FIELD_MOST + shape.words;
    uint8_t *const start = buf_extend(out, most);
    if (!start)
        return;
    const uint8_t first[] = {(uint8_t)record->verb, (uint8_t)(record->kind | record->outcome << 4),
                             (uint8_t)((uint32_t)record->key_state | (record->unconfirmed ? BIT_UNCONFIRMED : 0) |
                                       (record->forgotten ? BIT_FORGOTTEN : 0) |
                                       (record->return_image ? BIT_RETURN_IMAGE : 0))};
    uint8_t *at = put_bytes(start, first, sizeof(first));
    at = put_number(at, shape.fields);
    at = put_bytes(at, record->id.bytes + 8, 8);
    for (uint32_t left = shape.fields; left != 0; left &= left - 1)
        at = put_field(at, (enum field)__builtin_ctz(left), packed, &shape);
    out->length -= most - (size_t)(at - start);
}

/* ---- Unpacking -------------------------------------------------------------------------------------------------- */

struct reader {
    const uint8_t *at;
    size_t left;
    struct arena *arena;
    const char *wrong; /* the first field that no record has; NULL while all is well */
    bool refused;      /* the field that is read just now is wrong */
    bool lost;         /* where the next field begins is not known */
    bool no_memory;
};

static void refuse(struct reader *reader, const char *what)
{
    reader->wrong = reader->wrong ? reader->wrong : what;
    reader->refused = true;
}

static void lose(struct reader *reader, const char *what)
{
    refuse(reader, what);
    reader->lost = true;
}

static const uint8_t *take(struct reader *reader, size_t count, const char *what)
{
    if (reader->lost || count > reader->left) {
        lose(reader, what);
        return NULL;
    }
    reader->at += count;
    reader->left -= count;
    return reader->at - count;
}

static void take_bytes(struct reader *reader, void *bytes, size_t count, const char *what)
{
    const uint8_t *from = take(reader, count, what);
    if (from)
        memcpy(bytes, from, count);
}

static uint64_t take_big(struct reader *reader, const char *what)
{
    const uint8_t *from = take(reader, 8, what);
    return from ? read_big(from) : 0;
}

bool unpack_number(const uint8_t **at, size_t *left, uint64_t *number)
{
    *number = 0;
    for (unsigned shift = 0; shift < 64 && *left > 0; shift += 7) {
        const uint8_t byte = *(*at)++;
        --*left;
        if (shift == 63 && byte > 1)
            return false;
        *number |= (uint64_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

static uint64_t take_number(struct reader *reader, const char *what)
{
    uint64_t number = 0;
    if (!reader->lost && unpack_number(&reader->at, &reader->left, &number))
        return number;
    lose(reader, what);
    return 0;
}

static int64_t take_step(struct reader *reader, int64_t from, const char *what)
{
    const uint64_t number = take_number(reader, what);
    const uint64_t step = number >> 1 ^ (number & 1 ? ~UINT64_C(0) : 0);
    return (int64_t)((uint64_t)from + step);
}

static int64_t take_within(struct reader *reader, int64_t low, int64_t high, const char *what)
{
    const uint64_t number = take_number(reader, what);
    if (number < (uint64_t)low || number > (uint64_t)high) {
        refuse(reader, what);
        return low;
    }
    return (int64_t)number;
}

/* So many bytes as a text. */
static const char *take_plain(struct reader *reader, size_t length, const char *what)
{
    const uint8_t *from = take(reader, length, what);
    if (!from)
        return "";
    if (memchr(from, 0, length)) {
        refuse(reader, what);
        return "";
    }
    const char *text = arena_text_n(reader->arena, (const char *)from, length);
    reader->no_memory = reader->no_memory || !text;
    return text ? text : "";
}

static const char *take_text(struct reader *reader, const struct record_field *field)
{
    const uint64_t length = take_number(reader, field->name);
    const char *text = take_plain(reader, length > reader->left ? reader->left + 1 : (size_t)length, field->name);
    if (record_text_valid(text, field->form))
        return text;
    refuse(reader, field->name);
    return "";
}

static const char *take_key(struct reader *reader, const struct record_field *field)
{
    char text[UUID_TEXT_SIZE];
    struct uuid uuid = {{0}};
    if (reader->left == 0 || *reader->at != 0)
        return take_text(reader, field);
    take(reader, 1, field->name);
    take_bytes(reader, uuid.bytes, sizeof(uuid.bytes), field->name);
    uuid_format(&uuid, text);
    const char *key = arena_text(reader->arena, text);
    reader->no_memory = reader->no_memory || !key;
    return key ? key : "";
}

/* Each item ends with a separator. */
static void take_list(struct reader *reader, const struct record_field *field, struct strings *list)
{
    const uint64_t length = take_number(reader, field->name);
    if (length == 0 || length > RECORD_ENCRYPTED_LIST_SIZE || length > reader->left ||
        reader->at[length - 1] != RECORD_SEPARATOR)
        lose(reader, field->name);
    if (reader->lost)
        return;
    const char *joined = take_plain(reader, (size_t)length - 1, field->name);
    take(reader, 1, field->name);
    /* arena_split() takes "" for no item at all */
    static const char *const one_empty[] = {""};
    if (joined[0] == '\0')
        *list = (struct strings){one_empty, 1};
    else if (arena_split(reader->arena, joined, list) < 0)
        reader->no_memory = true;
    bool good = list->count <= RECORD_LIST_MAX;
    for (size_t i = 0; good && i < list->count; i++)
        good = record_text_valid(list->items[i], field->form);
    if (good)
        return;
    refuse(reader, field->name);
    *list = (struct strings){0};
}

static void take_words(struct reader *reader, enum field field, struct record *record)
{
    for (size_t i = 0; i < TEXTS; i++) {
        if (texts[i].field == field)
            record_set_text(record, texts[i].index, take_text(reader, &record_texts[texts[i].index]));
    }
    for (size_t i = 0; i < LISTS; i++) {
        if (lists[i].field == field)
            take_list(reader, &record_lists[lists[i].index], record_list_of(record, lists[i].index));
    }
}

static void take_status(struct reader *reader, struct record *record)
{
    const int64_t status = take_step(reader, 0, "status");
    if (status < RECORD_STATUS_LOWEST || status > 0)
        refuse(reader, "status");
    else
        record->status = (int32_t)status;
}

static void take_field(struct reader *reader, enum field field, struct packed *packed)
{
    struct record *record = &packed->record;
    switch (field) {
    case FIELD_SYSTEM:
    case FIELD_ENCODER:
    case FIELD_STATION:
    case FIELD_OPERATOR:
        packed->names[field - FIELD_SYSTEM + 1] = take_within(reader, 1, INT64_MAX, "name");
        break;
    case FIELD_FINGERPRINT:
        record->fingerprint = take_big(reader, "fingerprint");
        break;
    case FIELD_FINISHED:
        record->finished_ms = take_step(reader, record->created_ms, "finished");
        break;
    case FIELD_FROM:
        record->from_utc = take_step(reader, record->created_ms / 1000, "from");
        break;
    case FIELD_UNTIL:
        record->until_utc = take_step(reader, record->from_utc, "until");
        break;
    case FIELD_IDEMPOTENCY:
        record->idempotency_key = take_key(reader, &record_texts[6]);
        break;
    case FIELD_SALT:
        packed->seal.has_salt = true;
        take_bytes(reader, packed->seal.salt, SEAL_SALT_SIZE, "salt");
        break;
    case FIELD_COPIES:
        record->copies = (int32_t)take_within(reader, 0, INT32_MAX, "copies");
        break;
    case FIELD_INSTANCE:
        record->instance = take_big(reader, "instance");
        break;
    case FIELD_STATUS:
        take_status(reader, record);
        break;
    case FIELD_RETRY_OF:
        take_bytes(reader, record->retry_of.bytes, sizeof(record->retry_of.bytes), "retry");
        break;
    case FIELD_TARGET:
        take_bytes(reader, record->target.bytes, sizeof(record->target.bytes), "target");
        break;
    case FIELD_CREATED:
        record->created_ms = take_step(reader, record->created_ms, "created");
        break;
    case FIELD_SEALED:
        packed->seal.has_sealed = true;
        take_bytes(reader, packed->seal.sealed, SEAL_SIZE, "seal");
        break;
    default:
        take_words(reader, field, record);
    }
}

/* What stands before the fields. If it is wrong, so may they be. */
static uint32_t take_head(struct reader *reader, int64_t id, struct record *record)
{
    uint8_t head[3] = {0};
    take_bytes(reader, head, sizeof(head), "verb");
    record->verb = head[0];
    record->kind = head[1] & 15;
    record->outcome = head[1] >> 4;
    record->key_state = head[2] & 15;
    record->unconfirmed = (head[2] & BIT_UNCONFIRMED) != 0;
    record->forgotten = (head[2] & BIT_FORGOTTEN) != 0;
    record->return_image = (head[2] & BIT_RETURN_IMAGE) != 0;
    if (record->verb == 0 || record->verb > RECORD_VERB_LAST)
        lose(reader, "verb");
    if (record->kind > RECORD_KIND_LAST || record->outcome > RECORD_OUTCOME_LAST)
        lose(reader, "outcome");
    if (record->key_state > RECORD_KEY_STATE_LAST || (head[2] & BITS_UNUSED))
        lose(reader, "key state");
    const int64_t fields = take_within(reader, 0, (INT64_C(1) << FIELD_COUNT) - 1, "fields");
    for (size_t i = 0; i < 8; i++)
        record->id.bytes[i] = (uint8_t)((uint64_t)id >> (56 - 8 * i));
    take_bytes(reader, record->id.bytes + 8, 8, "an identifier");
    reader->lost = reader->wrong != NULL;
    return (uint32_t)fields;
}

int32_t unpack_record(int64_t id, const uint8_t *bytes, size_t count, struct arena *arena, struct packed *packed,
                      const char **what)
{
    struct reader reader = {.at = bytes, .left = bytes ? count : 0, .arena = arena};
    *packed = (struct packed){.record.copies = 1};
    for (size_t i = 0; i < RECORD_TEXTS; i++)
        record_set_text(&packed->record, i, "");
    const uint32_t fields = take_head(&reader, id, &packed->record);
    packed->record.created_ms = moment_of(&packed->record.id);
    packed->has_lookups = true;
    for (size_t i = 0; i < FIELD_COUNT && !reader.lost && !reader.no_memory; i++) {
        reader.refused = false;
        if (fields >> i & 1)
            take_field(&reader, (enum field)i, packed);
        if (reader.refused && (i == FIELD_BOOKING || i == FIELD_IDEMPOTENCY || i == FIELD_ROOMS))
            packed->has_lookups = false;
    }
    packed->has_lookups = packed->has_lookups && !reader.lost && reader.left == 0;
    if (reader.no_memory)
        return KC_ERROR_NO_MEMORY;
    if (!reader.wrong && (packed->record.created_ms < 0 || packed->record.created_ms > RECORD_CREATED_MAX))
        reader.wrong = "created";
    if (!reader.wrong && reader.left > 0)
        reader.wrong = "a record";
    *what = reader.wrong;
    return reader.wrong ? KC_ERROR_LEDGER_DAMAGED : KC_OK;
}
