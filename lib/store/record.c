/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fields of a record as a table, and the checks that all stores make before they write. */
#include "store/record.h"

#include <string.h>

#include "util/text.h"

#define FIELD(member, form, guest, outcome)                                                                            \
    {                                                                                                                  \
        offsetof(struct record, member), #member, form, guest, outcome                                                 \
    }

const struct record_field record_texts[RECORD_TEXTS] = {
    FIELD(site, RECORD_PLAIN, false, false),
    FIELD(system, RECORD_PLAIN, false, false),
    FIELD(encoder, RECORD_PLAIN, false, true),
    FIELD(station, RECORD_PLAIN, false, false),
    FIELD(operator_name, RECORD_PLAIN, false, false),
    FIELD(booking, RECORD_PLAIN, false, false),
    FIELD(idempotency_key, RECORD_PLAIN, false, false),
    FIELD(guest, RECORD_PLAIN, true, false),
    FIELD(phone, RECORD_PLAIN, true, false),
    FIELD(email, RECORD_PLAIN, true, false),
    FIELD(message, RECORD_LINES, true, false),
    FIELD(error_message, RECORD_FOREIGN, false, true),
    FIELD(vendor_code, RECORD_FOREIGN, false, true),
    FIELD(vendor_text, RECORD_FOREIGN, false, true),
};

const struct record_field record_lists[RECORD_LISTS] = {
    FIELD(rooms, RECORD_PLAIN, false, false),   FIELD(areas, RECORD_PLAIN, false, false),
    FIELD(denied, RECORD_PLAIN, false, false),  FIELD(texts, RECORD_PLAIN, true, false),
    FIELD(serials, RECORD_FOREIGN, true, true),
};

int record_copy(struct arena *arena, const struct record *from, struct record *to)
{
    *to = *from;
    for (size_t i = 0; i < RECORD_TEXTS; i++) {
        const char *text = record_text(from, i);
        if (!(text = arena_text(arena, text)))
            return -1;
        record_set_text(to, i, text);
    }
    for (size_t i = 0; i < RECORD_LISTS; i++) {
        if (arena_strings(arena, record_list(from, i), record_list_of(to, i)) < 0)
            return -1;
    }
    return 0;
}

/* Bytes of the character that starts with this byte of valid UTF-8. */
static size_t character_size(char first)
{
    const unsigned char byte = (unsigned char)first;
    if (byte < 0x80)
        return 1;
    if (byte < 0xE0)
        return 2;
    return byte < 0xF0 ? 3 : 4;
}

static bool is_encrypted(const char *text)
{
    return strncmp(text, RECORD_ENCRYPTED, strlen(RECORD_ENCRYPTED)) == 0;
}

bool record_text_valid(const char *text, enum record_text_form form)
{
    size_t length;
    if (text_is_plain(text, &length) && length <= RECORD_TEXT_MAX)
        return true;
    const size_t longest = is_encrypted(text) ? RECORD_ENCRYPTED_MAX : RECORD_TEXT_MAX;
    for (;;) {
        size_t at = 0;
        const enum text_fault fault = text_check(text, longest, form != RECORD_PLAIN, &at);
        if (fault == TEXT_GOOD)
            return true;
        if (fault != TEXT_CONTROL || form != RECORD_FOREIGN)
            return false;
        text += at + character_size(text[at]);
    }
}

static int32_t check_text(const char *text, const struct record_field *field, struct kc_error *error)
{
    if (text[0] == '\0' || record_text_valid(text, field->form))
        return KC_OK;
    return error_set(error, KC_ERROR_INVALID_ARGUMENT, field->name,
                     "%s cannot be kept in the ledger: not UTF-8, control characters, or over %d characters",
                     field->name, RECORD_TEXT_MAX);
}

static int32_t check_list(const struct strings *list, const struct record_field *field, struct kc_error *error)
{
    size_t size = 0;
    if (list->count == 0)
        return KC_OK;
    if (list->count > RECORD_LIST_MAX)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, field->name, "%s: %zu entries, at most %d can be kept",
                         field->name, list->count, RECORD_LIST_MAX);
    for (size_t i = 0; i < list->count; i++) {
        const int32_t status = check_text(list->items[i], field, error);
        if (status != KC_OK)
            return status;
        if (strchr(list->items[i], RECORD_SEPARATOR))
            return error_set(error, KC_ERROR_INVALID_ARGUMENT, field->name, "%s: a separator byte in an entry",
                             field->name);
        size += strlen(list->items[i]) + 1;
    }
    const bool encrypted = is_encrypted(list->items[0]);
    if (size > (encrypted ? RECORD_ENCRYPTED_LIST_SIZE : RECORD_LIST_SIZE))
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, field->name, "%s: %zu bytes, at most %d can be kept",
                         field->name, size, RECORD_LIST_SIZE);
    return KC_OK;
}

int32_t record_check_text(const struct record *record, size_t field, struct kc_error *error)
{
    return check_text(record_text(record, field), &record_texts[field], error);
}

int32_t record_check_list(const struct record *record, size_t field, struct kc_error *error)
{
    return check_list(record_list(record, field), &record_lists[field], error);
}

static int32_t check_fields(const struct record *record, bool all, struct kc_error *error)
{
    int32_t status = KC_OK;
    for (size_t i = 0; status == KC_OK && i < RECORD_TEXTS; i++) {
        if (all || record_texts[i].outcome)
            status = record_check_text(record, i, error);
    }
    for (size_t i = 0; status == KC_OK && i < RECORD_LISTS; i++) {
        if (all || record_lists[i].outcome)
            status = record_check_list(record, i, error);
    }
    return status;
}

static int32_t check_number(int64_t value, int64_t low, int64_t high, const char *field, struct kc_error *error)
{
    if (value >= low && value <= high)
        return KC_OK;
    return error_set(error, KC_ERROR_INVALID_ARGUMENT, field, "%s is %lld, which the ledger does not know", field,
                     (long long)value);
}

int32_t record_check_key_state(int32_t key_state, struct kc_error *error)
{
    return check_number(key_state, 0, RECORD_KEY_STATE_LAST, "key state", error);
}

int32_t record_check_rooms(const struct strings *rooms, struct kc_error *error)
{
    return check_list(rooms, &record_lists[0], error); /* rooms are the first list */
}

int32_t record_check_outcome_numbers(const struct record *record, struct kc_error *error)
{
    int32_t status = check_number(record->outcome, 0, RECORD_OUTCOME_LAST, "outcome", error);
    if (status == KC_OK)
        status = check_number(record->status, RECORD_STATUS_LOWEST, 0, "status", error);
    if (status == KC_OK)
        status = record_check_key_state(record->key_state, error);
    return status;
}

int32_t record_check_outcome(const struct record *record, struct kc_error *error)
{
    const int32_t status = record_check_outcome_numbers(record, error);
    return status == KC_OK ? check_fields(record, false, error) : status;
}

int32_t record_check_numbers(const struct record *record, struct kc_error *error)
{
    int32_t status = check_number(record->verb, 1, RECORD_VERB_LAST, "verb", error);
    if (status == KC_OK)
        status = check_number(record->kind, 0, RECORD_KIND_LAST, "kind", error);
    if (status == KC_OK)
        status = check_number(record->copies, 0, INT32_MAX, "copies", error);
    if (status == KC_OK)
        status = check_number(record->created_ms, 0, RECORD_CREATED_MAX, "created", error);
    return status == KC_OK ? record_check_outcome_numbers(record, error) : status;
}

int32_t record_check(const struct record *record, struct kc_error *error)
{
    const int32_t status = record_check_numbers(record, error);
    return status == KC_OK ? check_fields(record, true, error) : status;
}

static int32_t check_name(const char *name, const char *field, struct kc_error *error)
{
    const struct record_field plain = {.name = field, .form = RECORD_PLAIN};
    return check_text(name, &plain, error);
}

int32_t record_check_station(const char *site, const char *station, const struct station_record *record,
                             struct kc_error *error)
{
    int32_t status = check_name(site, "site", error);
    if (status == KC_OK)
        status = check_name(station, "station", error);
    if (status == KC_OK)
        status = check_name(record->system, "system", error);
    if (status == KC_OK)
        status = check_name(record->encoder, "encoder", error);
    return status;
}

int32_t record_check_contact(const struct encoder_record *record, struct kc_error *error)
{
    const int32_t status = check_number(record->state, 0, RECORD_ENCODER_LAST, "encoder state", error);
    return status == KC_OK ? check_number(record->contact_ms, 0, INT64_MAX, "time of contact", error) : status;
}

int32_t record_check_encoder(const char *site, const struct encoder_record *record, struct kc_error *error)
{
    int32_t status = check_name(site, "site", error);
    if (status == KC_OK)
        status = check_name(record->system, "system", error);
    if (status == KC_OK)
        status = check_name(record->encoder, "encoder", error);
    return status == KC_OK ? record_check_contact(record, error) : status;
}

int32_t record_known_key(const struct record *record, struct kc_error *error)
{
    struct error_quoted quoted;
    return error_set(error, KC_ERROR_IN_PROGRESS, "idempotency key",
                     "another operation with the idempotency key %s came first; ask again for its result",
                     error_quote(&quoted, record->idempotency_key));
}

int32_t record_known_id(const struct record *record, struct kc_error *error)
{
    char text[UUID_TEXT_SIZE];
    uuid_format(&record->id, text);
    return error_set(error, KC_ERROR_LEDGER, "ledger", "the ledger has an operation %s already; try again", text);
}

int32_t record_unknown_id(const struct uuid *id, struct kc_error *error)
{
    char text[UUID_TEXT_SIZE];
    uuid_format(id, text);
    return error_set(error, KC_ERROR_NOT_FOUND, "operation", "the ledger has no operation %s", text);
}

bool record_is_active(int32_t key_state)
{
    return key_state == KC_KEY_ACTIVE || key_state == KC_KEY_PENDING || key_state == KC_KEY_UNRESOLVED ||
           key_state == KC_KEY_BLOCKED;
}

bool record_is_open(int32_t outcome)
{
    return outcome == KC_OUTCOME_PENDING || outcome == KC_OUTCOME_UNKNOWN;
}

static bool has_room(const struct record *record, const char *room)
{
    for (size_t i = 0; i < record->rooms.count; i++) {
        if (strcmp(record->rooms.items[i], room) == 0)
            return true;
    }
    return false;
}

int32_t record_check_query(const struct record_query *query, struct kc_error *error)
{
    const bool by_value = query->find == RECORD_BY_IDEMPOTENCY || query->find == RECORD_BY_BOOKING ||
                          query->find == RECORD_BY_ROOM;
    if ((unsigned int)query->find > RECORD_FIND_LAST)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "query", "no such kind of query: %d", (int)query->find);
    if (by_value && !query->site)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "site", "bookings, rooms and idempotency keys are a site's");
    return KC_OK;
}

bool record_answers(const struct record *record, const struct record_query *query)
{
    if ((query->site && strcmp(record->site, query->site) != 0) || (query->keys_only && record->kind == 0) ||
        (query->active_only && !record_is_active(record->key_state)))
        return false;
    if (query->running_beside != 0 &&
        (record->outcome != KC_OUTCOME_PENDING || record->instance == query->running_beside))
        return false;
    switch (query->find) {
    case RECORD_BY_ID:
        return uuid_equal(&record->id, &query->id);
    case RECORD_BY_IDEMPOTENCY:
        return query->value && strcmp(record->idempotency_key, query->value) == 0;
    case RECORD_BY_BOOKING:
        return query->value && strcmp(record->booking, query->value) == 0;
    case RECORD_BY_ROOM:
        return query->value && has_room(record, query->value);
    case RECORD_OPEN:
        return record_is_open(record->outcome);
    case RECORD_UNCONFIRMED:
        return record->unconfirmed;
    case RECORD_ALL:
    case RECORD_WITH_GUEST_DATA:
        break;
    }
    return true;
}

void record_settle(struct record *record)
{
    if (record->outcome != KC_OUTCOME_PENDING)
        record->instance = 0;
}

void record_apply_numbers(struct record *record, const struct record *outcome)
{
    record->outcome = outcome->outcome;
    record->status = outcome->status;
    record->key_state = outcome->key_state;
    record->unconfirmed = outcome->unconfirmed;
    record->finished_ms = outcome->finished_ms;
    record_settle(record);
}

void record_apply_outcome(struct record *record, const struct record *outcome)
{
    record_apply_numbers(record, outcome);
    for (size_t i = 0; i < RECORD_TEXTS; i++) {
        if (record_texts[i].outcome)
            record_set_text(record, i, record_text(outcome, i));
    }
    for (size_t i = 0; i < RECORD_LISTS; i++) {
        if (record_lists[i].outcome)
            *record_list_of(record, i) = *record_list(outcome, i);
    }
}

void record_erase_guest(struct record *record)
{
    record->forgotten = true;
    record->fingerprint &= RECORD_FINGERPRINT_KEPT;
    for (size_t i = 0; i < RECORD_TEXTS; i++) {
        if (record_texts[i].guest)
            record_set_text(record, i, "");
    }
    for (size_t i = 0; i < RECORD_LISTS; i++) {
        if (record_lists[i].guest)
            *record_list_of(record, i) = (struct strings){0};
    }
}
