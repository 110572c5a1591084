/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every store needs to know of a record: its fields as a table, what may stand in them, and its order. */
#ifndef KEYCARD_STORE_RECORD_H
#define KEYCARD_STORE_RECORD_H

#include <keycard/keycard.h>
#include <string.h>

#include "store.h"

/* More than the library lets in; bounds what a damaged or forged file can make us read. */
#define RECORD_TEXT_MAX  4000  /* characters of a text, or of an item of a list */
#define RECORD_LIST_MAX  1000  /* items */
#define RECORD_LIST_SIZE 65536 /* bytes of a whole list, separators included */
/* What an encrypted text begins with, and how long it may be; see vault.h. */
#define RECORD_ENCRYPTED     "enc1:"
#define RECORD_ENCRYPTED_MAX 24000
/* Bytes of a list of such texts. */
#define RECORD_ENCRYPTED_LIST_SIZE 262144
#define RECORD_SEPARATOR           0x1F /* of arena_split() */

#define RECORD_CREATED_MAX    ((INT64_C(1) << 42) - 1) /* milliseconds: the year 2109 */
#define RECORD_VERB_LAST      KC_VERB_WRITE_IMAGE
#define RECORD_KIND_LAST      KC_KIND_UNKNOWN
#define RECORD_OUTCOME_LAST   KC_OUTCOME_UNKNOWN
#define RECORD_KEY_STATE_LAST KC_KEY_BLOCKED
#define RECORD_ENCODER_LAST   KC_ENCODER_OFFLINE
#define RECORD_STATUS_LOWEST  (-1000)

enum record_text_form {
    RECORD_PLAIN,  /* no control characters */
    RECORD_LINES,  /* line feeds allowed */
    RECORD_FOREIGN /* words of a lock system or about one: any valid UTF-8 */
};

/* A text or a list in struct record. */
struct record_field {
    size_t offset; /* of a const char * or a struct strings */
    const char *name;
    enum record_text_form form;
    bool guest;   /* erased by forget() */
    bool outcome; /* changed by finish() */
};

#define RECORD_NAMES        5 /* the first so many texts are names that repeat: site, system, encoder, station, operator */
#define RECORD_NAME_ENCODER 2
#define RECORD_TEXTS        14
#define RECORD_LISTS        5
extern const struct record_field record_texts[RECORD_TEXTS];
extern const struct record_field record_lists[RECORD_LISTS];

static inline const char *record_text(const struct record *record, size_t field)
{
    const char *text;
    memcpy(&text, (const char *)record + record_texts[field].offset, sizeof(text));
    return text ? text : "";
}

static inline void record_set_text(struct record *record, size_t field, const char *text)
{
    memcpy((char *)record + record_texts[field].offset, &text, sizeof(text));
}

static inline const struct strings *record_list(const struct record *record, size_t field)
{
    return (const struct strings *)(const void *)((const char *)record + record_lists[field].offset);
}

static inline struct strings *record_list_of(struct record *record, size_t field)
{
    return (struct strings *)(void *)((char *)record + record_lists[field].offset);
}

/* Whether such a text may stand in a record. */
bool record_text_valid(const char *text, enum record_text_form form);
/* KC_OK, or KC_ERROR_INVALID_ARGUMENT for what no store would give back unharmed; the error names the field. */
int32_t record_check(const struct record *record, struct kc_error *error);
/* The same for the fields that finish() changes. */
int32_t record_check_outcome(const struct record *record, struct kc_error *error);
int32_t record_check_station(const char *site, const char *station, const struct station_record *record,
                             struct kc_error *error);
int32_t record_check_encoder(const char *site, const struct encoder_record *record, struct kc_error *error);
int32_t record_check_contact(const struct encoder_record *record, struct kc_error *error);
int32_t record_check_rooms(const struct strings *rooms, struct kc_error *error);
/* Parts of these: all numbers and codes, those that finish() changes, one text, one list; of an
 * encoder all but its names. */
int32_t record_check_numbers(const struct record *record, struct kc_error *error);
int32_t record_check_outcome_numbers(const struct record *record, struct kc_error *error);
int32_t record_check_text(const struct record *record, size_t field, struct kc_error *error);
int32_t record_check_list(const struct record *record, size_t field, struct kc_error *error);
int32_t record_check_key_state(int32_t key_state, struct kc_error *error);

/* KC_OK, or KC_ERROR_INVALID_ARGUMENT for a query that no store answers. */
int32_t record_check_query(const struct record_query *query, struct kc_error *error);

/* Whether a record is among the answers to a query, but for `after`, and RECORD_WITH_GUEST_DATA. */
bool record_answers(const struct record *record, const struct record_query *query);

/* What finish() does to a record: `outcome` has the new values, whose texts must live as long as the record. */
void record_apply_outcome(struct record *record, const struct record *outcome);
/* The same but for texts and lists. */
void record_apply_numbers(struct record *record, const struct record *outcome);
/* What forget() does to a record. */
void record_erase_guest(struct record *record);
/* Leaves out what is kept of an intent only. */
void record_settle(struct record *record);

/* Errors that every store has. */
int32_t record_known_key(const struct record *record, struct kc_error *error);
int32_t record_known_id(const struct record *record, struct kc_error *error);
int32_t record_unknown_id(const struct uuid *id, struct kc_error *error);

/* Active, blocked, being made, or not known: the keys that record_query.active_only asks for. */
bool record_is_active(int32_t key_state);
bool record_is_open(int32_t outcome);

#endif
