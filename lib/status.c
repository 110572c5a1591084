/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names and texts of all public codes. */
#include "status.h"

#include <stdbool.h>
#include <stddef.h>

struct status_entry {
    int32_t status;
    const char *name, *text;
    int32_t advice;
};

static const struct status_entry statuses[] = {
    {KC_OK, "ok", "Done.", KC_ADVICE_NONE},
    {KC_ERROR_INVALID_ARGUMENT, "invalid-argument", "A value is not valid.", KC_ADVICE_CORRECT_REQUEST},
    {KC_ERROR_NO_MEMORY, "no-memory", "Memory is used up.", KC_ADVICE_RETRY},
    {KC_ERROR_NOT_FOUND, "not-found", "There is nothing of this name.", KC_ADVICE_CORRECT_REQUEST},
    {KC_ERROR_NOT_OFFERED, "not-offered", "This lock system does not offer this.", KC_ADVICE_CHECK_CONFIGURATION},
    {KC_ERROR_POLICY, "policy", "A policy of the site forbids this.", KC_ADVICE_CORRECT_REQUEST},
    {KC_ERROR_NO_ROOM, "no-room", "No room is allocated: no room, no key.", KC_ADVICE_CORRECT_REQUEST},
    {KC_ERROR_NO_ORIGINAL, "no-original", "There is no active original, so a duplicate could void keys.",
     KC_ADVICE_ISSUE_ORIGINAL},
    {KC_ERROR_NO_LAST_ENCODER, "no-last-encoder", "This station has no last used encoder.", KC_ADVICE_READ_CARD},
    {KC_ERROR_UNRESOLVED, "unresolved", "The outcome of an operation is unknown and not settled.", KC_ADVICE_RESOLVE},
    {KC_ERROR_LIMIT, "limit", "The lock system does not take so much.", KC_ADVICE_CORRECT_REQUEST},
    {KC_ERROR_CONTACT, "contact", "The lock system does not take this kind of contact.", KC_ADVICE_CORRECT_REQUEST},
    {KC_ERROR_IN_PROGRESS, "in-progress", "The same request is still running.", KC_ADVICE_NONE},
    {KC_ERROR_IDEMPOTENCY, "idempotency", "The idempotency key was used for a different request.",
     KC_ADVICE_CORRECT_REQUEST},
    {KC_ERROR_STATE, "state", "Not possible in this state.", KC_ADVICE_NONE},
    {KC_ERROR_CANCELLED, "cancelled", "Cancelled.", KC_ADVICE_NONE},
    {KC_ERROR_DECLINED, "declined", "The question was answered with no.", KC_ADVICE_NONE},
    {KC_ERROR_LEDGER, "ledger", "The ledger cannot be used.", KC_ADVICE_CHECK_LEDGER},
    {KC_ERROR_LEDGER_FULL, "ledger-full", "The disk under the ledger is full.", KC_ADVICE_CHECK_LEDGER},
    {KC_ERROR_LEDGER_DAMAGED, "ledger-damaged", "The ledger is damaged.", KC_ADVICE_CHECK_LEDGER},
    {KC_ERROR_LEDGER_NEWER, "ledger-newer", "The ledger was written by a newer version.", KC_ADVICE_CHECK_LEDGER},
    {KC_ERROR_LEDGER_BUSY, "ledger-busy", "The ledger is locked by another program.", KC_ADVICE_RETRY},
    {KC_ERROR_LEDGER_READ_ONLY, "ledger-read-only", "The ledger may not be written.", KC_ADVICE_CHECK_LEDGER},
    {KC_ERROR_LEDGER_KEY, "ledger-key", "The ledger is encrypted with another key.", KC_ADVICE_CHECK_LEDGER},
    {KC_ERROR_UNREACHABLE, "unreachable", "The lock system cannot be reached.", KC_ADVICE_CHECK_CONNECTION},
    {KC_ERROR_CONNECTION_LOST, "connection-lost", "The connection to the lock system was lost.",
     KC_ADVICE_CHECK_CONNECTION},
    {KC_ERROR_TIMED_OUT, "timed-out", "There was no answer in time.", KC_ADVICE_RETRY},
    {KC_ERROR_PROTOCOL, "protocol", "The lock system answered something that its protocol does not allow.",
     KC_ADVICE_CHECK_CONFIGURATION},
    {KC_ERROR_NOT_ACCEPTED, "not-accepted", "The lock system did not take the request.", KC_ADVICE_RETRY},
    {KC_ERROR_ENCODER_OFFLINE, "encoder-offline", "The encoder does not answer.", KC_ADVICE_OTHER_ENCODER},
    {KC_ERROR_ENCODER_BUSY, "encoder-busy", "The encoder is busy.", KC_ADVICE_RETRY},
    {KC_ERROR_NO_CARD, "no-card", "No card was presented in time.", KC_ADVICE_RETRY},
    {KC_ERROR_CARD, "card", "The card cannot be written or read.", KC_ADVICE_NEW_CARD},
    {KC_ERROR_CARD_FORMAT, "card-format", "The card belongs to another system or is damaged.", KC_ADVICE_NEW_CARD},
    {KC_ERROR_CARD_REFUSED, "card-refused", "The card is in use otherwise.", KC_ADVICE_NEW_CARD},
    {KC_ERROR_ENCODER_FAULT, "encoder-fault", "The encoder has a mechanical fault.", KC_ADVICE_OTHER_ENCODER},
    {KC_ERROR_UNKNOWN_ROOM, "unknown-room", "The lock system does not know the room.", KC_ADVICE_CHECK_CONFIGURATION},
    {KC_ERROR_ROOM_UNAVAILABLE, "room-unavailable", "The room is out of service in the lock system.",
     KC_ADVICE_CHECK_CONFIGURATION},
    {KC_ERROR_ROOM_BUSY, "room-busy", "A key of this room is being made at another station.", KC_ADVICE_RETRY},
    {KC_ERROR_NOT_CHECKED_IN, "not-checked-in", "For the lock system the room is checked out.",
     KC_ADVICE_ISSUE_ORIGINAL},
    {KC_ERROR_ONE_SHOT_LIMIT, "one-shot-limit", "There are no more one-shot keys for this room.",
     KC_ADVICE_CORRECT_REQUEST},
    {KC_ERROR_LOCK_SYSTEM, "lock-system", "Fault in the lock system.", KC_ADVICE_CALL_VENDOR},
    {KC_ERROR_VENDOR, "vendor", "The lock system reported an error of its own.", KC_ADVICE_CALL_VENDOR},
    {KC_ERROR_MOBILE, "mobile", "The lock system could not make the mobile key.", KC_ADVICE_CHECK_CONFIGURATION},
    {KC_ERROR_SYNTAX, "syntax", "The lock system rejected the request as malformed.", KC_ADVICE_CALL_VENDOR},
    {KC_ERROR_CREDENTIALS, "credentials", "The lock system refuses user or password.", KC_ADVICE_CHECK_CONFIGURATION},
    {KC_ERROR_CERTIFICATE, "certificate", "The certificate of the lock system is not trusted.",
     KC_ADVICE_CHECK_CONFIGURATION},
    {KC_ERROR_UNKNOWN_AREA, "unknown-area", "The lock system does not know the area.", KC_ADVICE_CHECK_CONFIGURATION},
    {KC_ERROR_CONFLICT, "conflict", "In the lock system another stay stands against this.", KC_ADVICE_CORRECT_REQUEST},
    {KC_ERROR_KEY_LIMIT, "key-limit", "The lock system makes no more keys for this stay or room.",
     KC_ADVICE_CORRECT_REQUEST},
    {KC_ERROR_LOCK_OFFLINE, "lock-offline", "The lock cannot be reached, so it learns nothing.",
     KC_ADVICE_CORRECT_REQUEST},
    {KC_ERROR_OTHER_SITE, "other-site", "The key on the card is that of another property.", KC_ADVICE_NEW_CARD},
    {KC_ERROR_NOT_AUTHENTIC, "not-authentic",
     "The key on the card is copied, changed, or not made with the site's key.", KC_ADVICE_NEW_CARD},
    {KC_ERROR_SYSTEM, "system", "The operating system refused something.", KC_ADVICE_RETRY},
};

static const struct status_entry *find_status(int32_t status)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (statuses[i].status == status)
            return &statuses[i];
    return NULL;
}

const char *kc_status_name(int32_t status)
{
    const struct status_entry *entry = find_status(status);
    return entry ? entry->name : "unknown";
}

const char *kc_status_text(int32_t status)
{
    const struct status_entry *entry = find_status(status);
    return entry ? entry->text : "Unknown status.";
}

/* Only a key can be made instead of one for which there is no stay. */
static bool makes_key(int32_t verb)
{
    return verb == KC_VERB_ISSUE_ORIGINAL || verb == KC_VERB_ISSUE_DUPLICATE || verb == KC_VERB_REISSUE ||
           verb == KC_VERB_ISSUE_ONE_SHOT || verb == KC_VERB_SEND_MOBILE || verb == KC_VERB_WRITE_IMAGE;
}

int32_t status_advice(int32_t status, int32_t card_state, int32_t verb)
{
    if (card_state == KC_OUTCOME_UNKNOWN)
        return KC_ADVICE_RESOLVE;
    if (card_state == KC_OUTCOME_WRITTEN)
        return KC_ADVICE_NONE; /* a part was done, or something to know about what was done: not to be done again */
    if (status == KC_ERROR_NOT_CHECKED_IN && verb && !makes_key(verb))
        return KC_ADVICE_CORRECT_REQUEST; /* a stay that is not there is looked for in another room or booking */
    const struct status_entry *entry = find_status(status);
    return entry ? entry->advice : KC_ADVICE_CALL_VENDOR;
}

const char *status_advice_text(int32_t advice)
{
    static const char *const texts[] = {
        [KC_ADVICE_NONE] = "",
        [KC_ADVICE_CORRECT_REQUEST] = "Correct the request, then ask again.",
        [KC_ADVICE_RETRY] = "Nothing was written: try again.",
        [KC_ADVICE_NEW_CARD] = "Take another card, then try again.",
        [KC_ADVICE_OTHER_ENCODER] = "Use another encoder, or see to this one.",
        [KC_ADVICE_RESOLVE] = "Find out what is on the card: read it, or try it at the door.",
        [KC_ADVICE_CHECK_CONFIGURATION] = "Correct the configuration here or in the lock system.",
        [KC_ADVICE_CHECK_CONNECTION] = "See that the lock system runs and can be reached, then try again.",
        [KC_ADVICE_ISSUE_ORIGINAL] = "Make an original key first.",
        [KC_ADVICE_CALL_VENDOR] = "Call who looks after the lock system; quote the vendor's code and text.",
        [KC_ADVICE_CHECK_LEDGER] = "See to the ledger: disk space, permissions, backup.",
        [KC_ADVICE_READ_CARD] = "Read a card on an encoder of this station first, or ask at another station.",
    };
    if (advice < 0 || (size_t)advice >= sizeof(texts) / sizeof(texts[0]))
        return "";
    return texts[advice];
}

/* Names by code, from 1; "unknown" beyond. */
static const char *name_of(const char *const *names, size_t count, int32_t code)
{
    return code >= 1 && (size_t)code < count && names[code] ? names[code] : "unknown";
}

#define NAME_OF(names, code) name_of(names, sizeof(names) / sizeof(names[0]), code)

const char *kc_outcome_name(int32_t outcome)
{
    static const char *const names[] = {NULL, "not-written", "written", "unknown"};
    return outcome == KC_OUTCOME_PENDING ? "pending" : NAME_OF(names, outcome);
}

const char *kc_event_type_name(int32_t type)
{
    static const char *const names[] = {NULL,      "state",  "prompt", "warning", "done",
                                        "encoder", "system", "ledger", "device"};
    return NAME_OF(names, type);
}

const char *kc_device_state_name(int32_t state)
{
    static const char *const names[] = {NULL,         "present", "asking",  "encoder",
                                        "no-encoder", "in-use",  "refused", "gone"};
    return NAME_OF(names, state);
}

const char *kc_prompt_name(int32_t prompt)
{
    static const char *const names[] = {NULL, "present-card", "take-card", "confirm", "check-card"};
    return NAME_OF(names, prompt);
}

const char *kc_encoder_state_name(int32_t state)
{
    static const char *const names[] = {NULL, "unknown", "online", "busy", "offline"};
    return NAME_OF(names, state);
}

const char *kc_verb_name(int32_t verb)
{
    static const char *const names[] = {
        NULL,           "issue-original", "issue-duplicate", "reissue",      "issue-one-shot", "send-mobile",
        "read-card",    "check-out",      "modify-stay",     "cancel-key",   "discover",       "resolve",
        "list-keys",    "list-ops",       "find-op",         "forget-guest", "block-stay",     "unblock-stay",
        "check-mobile", "verify-ledger",  "forget-departed", "copy-ledger",  "backup-ledger",  "write-image"};
    return NAME_OF(names, verb);
}

const char *kc_state_name(int32_t state)
{
    static const char *const names[] = {NULL, "queued", "connecting", "waiting", "encoding", "done"};
    return NAME_OF(names, state);
}

const char *kc_kind_name(int32_t kind)
{
    static const char *const names[] = {NULL,    "original", "duplicate",  "one-shot", "mobile", "mobile-duplicate",
                                        "staff", "spare",    "diagnostic", "unknown"};
    return NAME_OF(names, kind);
}

const char *kc_key_state_name(int32_t state)
{
    static const char *const names[] = {NULL,       "pending", "unresolved",  "active",
                                        "not-made", "voided",  "checked-out", "blocked"};
    return NAME_OF(names, state);
}
