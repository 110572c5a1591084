/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The SOAP service of dormakaba's lodging servers (Messenger LENS in front of Saflok System 6000, the Kaba Lodging
 * Interface, and Ambiance): calls and answers to XML and back. No I/O, no clock, no log. Both ends use it.
 *
 *     operations.c  the tables: operations, their fields in binding order, names, namespaces and types
 *     codec.c       calls written
 *     incoming.c    calls read, strictly (the server's side)
 *     answers.c     answers read, by the rules of the service's description
 *     replies.c     answers written (the server's side)
 *     description.c the service's description, from the tables
 *     document.c    hostile XML to a tree that is safe to walk (libxml2)
 *     faults.c      every fault name of the service and what it means
 *     values.c      single values: lexical forms, escaping, base64
 *
 * Everything that is written is UTF-8 and escaped; texts handed in are UTF-8 without control bytes (others are
 * refused). Functions that return int return 0 or -1; look at out->failed for lack of memory. */
#ifndef LENS_CODEC_H
#define LENS_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

/* ---- Operations and fields (operations.c) ---------------------------------------------------------------------- */

/* In the order of the service's description. */
enum lens_operation {
    LENS_HELLO_WORLD_TEST,
    LENS_PUBLISH_FAULT_LIST,
    LENS_PUBLISH_RESPONSE_COMPLEX_TYPES,
    LENS_CREATE_NEW_BOOKING,
    LENS_ADD_SHARED_GUEST,
    LENS_MAKE_DUPLICATE_KEY,
    LENS_CHANGE_KEY_ACCESS,
    LENS_EXTEND_CHECK_OUT,
    LENS_CHECK_OUT_GUEST,
    LENS_MAKE_UNASSIGNED_BOOKING,
    LENS_CHANGE_GUEST_ACCESS,
    LENS_ADD_GUEST_ACCESS,
    LENS_DENY_ACCESS_TO_GUEST,
    LENS_RE_ESTABLISH_ACCESS_TO_GUEST,
    LENS_CANCEL_GUESTS_ACCESS_TO_ROOM,
    LENS_CANCEL_GUESTS_MOBILE_ACCESS_TO_ROOM,
    LENS_CREATE_ONE_SHOT_KEY,
    LENS_GET_DEVICE_SEC_KEYS_RIGHTS, /* about card contents: known by name, never written */
    LENS_UPDATE_KEY_TRANSACTION_STATUS,
    LENS_GET_MOBILE_TRANSACTION_HISTORY,
    LENS_SEND_KEY_2_STAFF_MOBILE_DEVICE,
    LENS_UNREGISTER_STAFF,
    LENS_OPERATION_COUNT
};

/* "CreateNewBooking" */
const char *lens_operation_name(enum lens_operation operation);
/* LENS_OPERATION_COUNT if there is none of this name. */
enum lens_operation lens_operation_find(const char *name);

/* Every element that can stand in a call, named as on the wire. Which of them an operation has, in which order, in
 * which namespace, of which type and whether it may be absent stands in the tables. */
enum lens_field {
    LENS_S1,
    LENS_I1,
    LENS_DUMMY_RESPONSE, /* never sent: always an empty element or absent */
    LENS_DUMMY_FAULT,    /* the same */
    LENS_A_REASON,
    LENS_A_DETAIL_REASON,
    LENS_RESERVATION_ID,
    LENS_SITE_NAME,
    LENS_PMS_TERMINAL_ID,
    LENS_ENCODER_ID,
    LENS_CHECK_IN,
    LENS_CHECK_OUT,
    LENS_GUEST_NAME,
    LENS_MAIN_ROOM_NO,
    LENS_SUITE_DOORS,        /* bGrantAccessPredefinedSuiteDoors */
    LENS_VARIABLE_ROOM_LIST, /* a list: lens_call.rooms */
    LENS_ROOM_LIST,          /* a list: lens_call.rooms */
    LENS_COMMON_AREA_LIST,   /* a list: lens_call.areas */
    LENS_TRACK_II_FOLIO_NO,
    LENS_TRACK_I_GUEST_NO,
    LENS_KEY_COUNT,
    LENS_KEY_SIZE,
    LENS_UID,
    LENS_GUEST_MOBILE_NUMBER,
    LENS_PMS_TRANSACTION_ID,
    LENS_TRANSACTION_STATUS,
    LENS_EXTERNAL_REF_NO,
    LENS_QUALIFIER_REF,
    LENS_RETURNED_MSG,
    LENS_ROOM_NO,
    LENS_FROM,
    LENS_TO,
    LENS_VALID_FROM,
    LENS_VALID_TO,
    LENS_STAFF_ID,
    LENS_NAME,
    LENS_MOBILE_NUMBER,
    LENS_KEY_NAME,
    LENS_KEY_DATA, /* base64 text */
    LENS_SEND_SMS,
    LENS_FIELD_COUNT
};

enum lens_area_mode { LENS_AREA_DEFAULT, LENS_AREA_GRANT, LENS_AREA_DENY };
struct lens_area {
    uint32_t level; /* PassLevelNo */
    enum lens_area_mode mode;
};

/* ---- Calls (codec.c) ------------------------------------------------------------------------------------------- */

/* t:AuthHeader, in every call. Texts are never NULL; times as "2026-05-04T13:05:00Z". */
struct lens_header {
    const char *url; /* of the service; Action is URL/Operation */
    const char *from;
    const char *message_id, *timestamp_id, *token_id; /* UUIDs */
    const char *created, *expires;
    const char *user, *password; /* the password is sent as it is */
};

struct lens_call {
    enum lens_operation operation;
    const char *values[LENS_FIELD_COUNT]; /* as they stand on the wire, before escaping; NULL: not given */
    const char *const *rooms;             /* of the list of rooms that the operation has */
    size_t room_count;
    const struct lens_area *areas;
    size_t area_count;
};

/* Appends the whole envelope. A text or list that is not given is an empty element, a nillable time that is not given
 * is nil; -1 if a value does not fit its type (xs:dateTime, xs:unsignedInt ...), is missing though it is required and
 * of another type than text, does not belong to the operation, or is not clean UTF-8. */
int lens_call_write(const struct lens_header *header, const struct lens_call *call, struct buf *out);

/* The server's side: a call that came. To be freed with lens_incoming_free(), also after -1; texts live as long. */
struct lens_incoming {
    struct lens_call call;
    struct lens_header header; /* what is not there is "" */
    char problem[120];         /* after -1: what is wrong, for people */
    void *document;            /* what the texts live in */
};
/* Strict: order, namespaces, types and what is required. A call without AuthHeader is read, with an empty header. After
 * -1, call.operation is LENS_OPERATION_COUNT if it was not got so far, and the header holds what was read of it. */
int lens_call_read(const uint8_t *bytes, size_t count, struct lens_incoming *incoming);
void lens_incoming_free(struct lens_incoming *incoming);

/* Appends the service's description (WSDL 1.1, SOAP 1.1 binding) for the service at `url`, from the tables. */
void lens_description_write(const char *url, struct buf *out);

/* ---- Answers (answers.c) --------------------------------------------------------------------------------------- */

enum lens_answer_kind {
    LENS_ANSWER_SUCCESS,    /* bSuccess true; or, where the operation answers differently, its own result */
    LENS_ANSWER_NO_SUCCESS, /* bSuccess false, without a fault */
    LENS_ANSWER_FAULT,      /* the fault of the service, inside <Operation>Result */
    LENS_ANSWER_SOAP_FAULT, /* SOAP's own */
    LENS_ANSWER_UNREADABLE  /* no usable answer: `problem` says why */
};

/* One entry of GetMobileTransactionHistory. */
struct lens_transaction {
    int64_t id, number; /* ID, PMSTransactionNo */
    bool in_error;
    const char *activity, *time, *status, *guest, *message, *room; /* "" if absent */
};

struct lens_answer {
    enum lens_answer_kind kind;
    const char *code, *text,
        *detail;          /* ResponseCode and ResponseMessage; or faultcode, faultstring and detailInfo: raw */
    bool from_client;     /* SOAP's own fault speaks of our request (faultcode Client) */
    const uint8_t *image; /* retAccessKey, decoded; NULL if there is none */
    size_t image_size;
    int64_t transaction;             /* retPMSTransactionNo, -1 if absent */
    uint64_t message_id, relates_to; /* of the header, by lens_identifier(); 0 if absent or no identifiers */
    struct lens_transaction *transactions;
    size_t transaction_count;
    char problem[120]; /* never contains anything of the answer but numbers and element names of ours */
    void *document;    /* what the texts live in */
};

/* What reads answers, kept from one to the next, since making it takes longer than an answer does. All zero at first.
 */
struct lens_parser {
    void *context;
    size_t bytes; /* that it has read */
};
void lens_parser_free(struct lens_parser *parser);
struct kc_error;
/* Whether documents can be read at all: KC_OK, or the reason why the parser's library is not there. */
int32_t lens_parser_need(struct kc_error *error);

/* Reads the answer to `operation`: matches by local name and place, whatever prefix or namespace; success needs
 * bSuccess true or 1. Refuses document types, entities, external references, and an answer to another operation.
 * Returns 0 also for faults and unreadable answers; -1 only when memory is used up. To be freed with
 * lens_answer_free(). */
int lens_answer_read(enum lens_operation operation, const uint8_t *bytes, size_t count, struct lens_answer *answer);
/* The same, by a parser that is kept. */
int lens_answer_read_with(struct lens_parser *parser, enum lens_operation operation, const uint8_t *bytes, size_t count,
                          struct lens_answer *answer);
void lens_answer_free(struct lens_answer *answer);
/* What two identifiers have in common that are the same UUID: with braces or "urn:uuid:" or without, in small letters
 * or capitals. 0: the text is none. */
uint64_t lens_identifier(const char *text);
/* The server's side: appends the envelope of an answer. `answer->document` and `problem` are not looked at;
 * UNREADABLE is not written. A FAULT where the operation's result has no place for one (HelloWorldTest and the two for
 * staff) becomes SOAP's own, its name in the faultstring. No header without a message_id. */
int lens_answer_write(enum lens_operation operation, const char *message_id, const struct lens_answer *answer,
                      struct buf *out);

/* ---- Faults (faults.c) ----------------------------------------------------------------------------------------- */

/* What a fault comes to; the driver turns it into a generic error and an outcome. */
enum lens_meaning {
    LENS_MEANS_OK,             /* NoFault, NoActionRequired, Success ...: nothing is wrong, or nothing to say */
    LENS_MEANS_LOOK_AT_DETAIL, /* EncoderMsg */
    LENS_MEANS_UNAUTHORIZED,
    LENS_MEANS_NO_RESPONSE, /* server unavailable, time-out or lost request: outcome unknown */
    LENS_MEANS_BUSY,
    LENS_MEANS_ENCODER_BUSY,
    LENS_MEANS_ENCODER_OFFLINE,
    LENS_MEANS_NO_CARD,
    LENS_MEANS_CARD_ERROR,
    LENS_MEANS_BAD_ARGUMENT,
    LENS_MEANS_BAD_DATES,
    LENS_MEANS_UNKNOWN_ROOM,
    LENS_MEANS_NO_BOOKING, /* no such booking, no active guest */
    LENS_MEANS_CONFLICT,   /* with another stay, or a confirmation that nobody can give */
    LENS_MEANS_TOO_MANY_KEYS,
    LENS_MEANS_NOT_ALLOWED, /* for this room */
    LENS_MEANS_BAD_AREA,
    LENS_MEANS_LOCK_OFFLINE,
    LENS_MEANS_NOT_SUPPORTED,
    LENS_MEANS_BAD_PHONE,
    LENS_MEANS_MOBILE_FAILED,
    LENS_MEANS_INTERNAL, /* outcome unknown */
    LENS_MEANS_UNKNOWN   /* no name of the service: outcome unknown */
};

struct lens_fault_name {
    const char *name; /* the vendor's spelling, slips included */
    enum lens_meaning meaning;
    bool detail; /* of the encoder side, not a main reason */
};
extern const struct lens_fault_name lens_fault_names[];
extern const size_t lens_fault_name_count;

/* The first known name in faultcode, then faultstring, then detailInfo, without regard to case and as a whole word;
 * where that is EncoderMsg, the detail reason, or EncoderMsg itself if there is none. Names that say that nothing is
 * wrong count only if no other is there, alone in their place, and not behind a text that is not known. NULL: none is
 * known. */
const struct lens_fault_name *lens_fault_find(const struct lens_answer *answer);

#endif
