/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every fault name of the LENS SOAP service, in the vendor's spelling, and what it means (section 8 of its
 * description). */
#include <string.h>

#include "tables.h"

const struct lens_fault_name lens_fault_names[] = {
    /* ---- Main reasons ---- */
    /* ok */
    {"NoFault", LENS_MEANS_OK, false},
    {"NoActionRequired", LENS_MEANS_OK, false},
    /* look at the detail reason */
    {"EncoderMsg", LENS_MEANS_LOOK_AT_DETAIL, false},
    /* unauthorized */
    {"UserCredentialsNotProvided", LENS_MEANS_UNAUTHORIZED, false},
    {"AuthHeaderNotRecognized", LENS_MEANS_UNAUTHORIZED, false},
    {"NoCallerID", LENS_MEANS_UNAUTHORIZED, false},
    /* server unavailable or time-out, outcome unknown */
    {"MessengerPMSServiceNoResponse", LENS_MEANS_NO_RESPONSE, false},
    {"IRSConnectionLost", LENS_MEANS_NO_RESPONSE, false},
    {"RequestTimeoutNoResponse", LENS_MEANS_NO_RESPONSE, false},
    {"CallerRequestWasLost", LENS_MEANS_NO_RESPONSE, false},
    /* busy, may be tried again by hand */
    {"BusyProcessingPreviousRequest", LENS_MEANS_BUSY, false},
    {"CallerRequestNotTheSame", LENS_MEANS_BUSY, false},
    /* syntax or bad argument */
    {"InvalidWSParameter", LENS_MEANS_BAD_ARGUMENT, false},
    {"NoRequestMsg", LENS_MEANS_BAD_ARGUMENT, false},
    {"InvalidHexValue", LENS_MEANS_BAD_ARGUMENT, false},
    {"SecuredKeyDeviceUIDEmpty", LENS_MEANS_BAD_ARGUMENT, false},
    {"SecuredKeyDeviceUIDLengthInvalid", LENS_MEANS_BAD_ARGUMENT, false},
    {"SecuredKeyDeviceUIDZeroOnly", LENS_MEANS_BAD_ARGUMENT, false},
    {"InvalidVIPRequestInfo", LENS_MEANS_BAD_ARGUMENT, false},
    /* unknown room */
    {"RoomNumberNotFound", LENS_MEANS_UNKNOWN_ROOM, false},
    {"RoomNameNotSet", LENS_MEANS_UNKNOWN_ROOM, false},
    /* no such booking, no active guest */
    {"ReservationNotFound", LENS_MEANS_NO_BOOKING, false},
    {"ReservationNoInvalid", LENS_MEANS_NO_BOOKING, false},
    {"ReservationHasExpired", LENS_MEANS_NO_BOOKING, false},
    {"ReservationCheckedOut", LENS_MEANS_NO_BOOKING, false},
    {"ReservationNoSuspended", LENS_MEANS_NO_BOOKING, false},
    {"KeyInstanceNotFound", LENS_MEANS_NO_BOOKING, false},
    {"UnassignDuplicateToNoneExistingReservation", LENS_MEANS_NO_BOOKING, false},
    /* conflict with another stay */
    {"SharedWithMustHaveExistingStay", LENS_MEANS_CONFLICT, false},
    {"RoomMoveMustHaveSameStay", LENS_MEANS_CONFLICT, false},
    {"RoomMustHaveSameStay", LENS_MEANS_CONFLICT, false},
    {"NoSharewithForSuites", LENS_MEANS_CONFLICT, false},
    /* too many keys */
    {"MaxSharedReached", LENS_MEANS_TOO_MANY_KEYS, false},
    {"MaxUnassignReached", LENS_MEANS_TOO_MANY_KEYS, false},
    /* not allowed for this room */
    {"GuestLevelNotAvailableInAllRooms", LENS_MEANS_NOT_ALLOWED, false},
    {"CannotCreateKeyForThisRoomType", LENS_MEANS_NOT_ALLOWED, false},
    /* lock offline */
    {"UnableToSendMessageToLock", LENS_MEANS_LOCK_OFFLINE, false},
    {"RoomOFFLine", LENS_MEANS_LOCK_OFFLINE, false},
    /* not supported */
    {"KABALodgingInterfaceOperationNotSupported", LENS_MEANS_NOT_SUPPORTED, false},
    {"SecuredKeyProductLineNotSupported", LENS_MEANS_NOT_SUPPORTED, false},
    /* bad phone number */
    {"EmptyPhoneNumber", LENS_MEANS_BAD_PHONE, false},
    {"PhoneNumberTooSmall", LENS_MEANS_BAD_PHONE, false},
    /* mobile delivery failed */
    {"UnableToDeliverToPhone", LENS_MEANS_MOBILE_FAILED, false},
    /* internal */
    {"ExceptionRequestFailed", LENS_MEANS_INTERNAL, false},
    {"FailedSetReservation", LENS_MEANS_INTERNAL, false},
    {"UnableToRegisterSessionForPMSTerminalID", LENS_MEANS_INTERNAL, false},
    {"UnableToSetPMSOperationNoInDB", LENS_MEANS_INTERNAL, false},
    {"UnableToChangeReservationInfo", LENS_MEANS_INTERNAL, false},
    {"UnableToChangeReservationKeyInfo", LENS_MEANS_INTERNAL, false},
    {"UnableToCompleteReservation", LENS_MEANS_INTERNAL, false},
    {"KABALodginInterfaceExceptionRaised", LENS_MEANS_INTERNAL, false},
    {"ExceptionFault", LENS_MEANS_INTERNAL, false},
    {"UndefinedFault", LENS_MEANS_INTERNAL, false},
    /* ---- Detail reasons, of the encoder's side ---- */
    /* ok, or nothing to say */
    {"Success", LENS_MEANS_OK, true},
    {"NotApplicable", LENS_MEANS_OK, true},
    {"VIP_None", LENS_MEANS_OK, true},
    {"VIP_Success", LENS_MEANS_OK, true},
    /* encoder offline or unknown */
    {"EncoderNotOnlineOrNotExist", LENS_MEANS_ENCODER_OFFLINE, true},
    {"EncoderNotResponding", LENS_MEANS_ENCODER_OFFLINE, true},
    {"EncoderNoResponse", LENS_MEANS_ENCODER_OFFLINE, true},
    {"InvalidEncoderNumber", LENS_MEANS_ENCODER_OFFLINE, true},
    {"InvalidEncoderReqTerminated", LENS_MEANS_ENCODER_OFFLINE, true},
    {"TransactionEncoderNumberOutOfRange", LENS_MEANS_ENCODER_OFFLINE, true},
    {"InvalidDestinationTerminalNumber", LENS_MEANS_ENCODER_OFFLINE, true},
    {"VIP_ENCODER_FAILURE", LENS_MEANS_ENCODER_OFFLINE, true},
    {"VIP_ENCODER_CONNECT_FAILED", LENS_MEANS_ENCODER_OFFLINE, true},
    {"VIP_ENCODER_DISCONNECT_FAILED", LENS_MEANS_ENCODER_OFFLINE, true},
    {"ATLASEncoderError", LENS_MEANS_ENCODER_OFFLINE, true},
    {"ATLASReaderError", LENS_MEANS_ENCODER_OFFLINE, true},
    {"ATLASInvalidDeviceAddress", LENS_MEANS_ENCODER_OFFLINE, true},
    {"ATLASDeviceInactive", LENS_MEANS_ENCODER_OFFLINE, true},
    {"ATLASCommFailure", LENS_MEANS_ENCODER_OFFLINE, true},
    /* busy */
    {"EncoderBusy", LENS_MEANS_ENCODER_BUSY, true},
    {"VIP_EncoderBusy", LENS_MEANS_ENCODER_BUSY, true},
    {"ATLASDeviceBusy", LENS_MEANS_ENCODER_BUSY, true},
    {"InternalSoftwareBusyArchiving", LENS_MEANS_ENCODER_BUSY, true},
    {"InternalSystemStartupBusy", LENS_MEANS_ENCODER_BUSY, true},
    {"InternalSystemBusyClearing", LENS_MEANS_ENCODER_BUSY, true},
    /* no card presented in time */
    {"TimeoutWaitingKey", LENS_MEANS_NO_CARD, true},
    {"VIP_NO_CARD_PRESENT", LENS_MEANS_NO_CARD, true},
    {"VIP_NO_TAGS_FOUND", LENS_MEANS_NO_CARD, true},
    {"VIP_READ_TIMEOUT", LENS_MEANS_NO_CARD, true},
    {"VIP_WRITE_TIMEOUT", LENS_MEANS_NO_CARD, true},
    {"ATLASCardNotInserted", LENS_MEANS_NO_CARD, true},
    /* card error */
    {"KeyJammed", LENS_MEANS_CARD_ERROR, true},
    {"KeyNotFaceUp", LENS_MEANS_CARD_ERROR, true},
    {"KeyMaybeDamaged", LENS_MEANS_CARD_ERROR, true},
    {"VIP_WRITE_ERROR", LENS_MEANS_CARD_ERROR, true},
    {"VIP_READ_ERROR", LENS_MEANS_CARD_ERROR, true},
    {"VIP_CARD_AUTH_FAILED", LENS_MEANS_CARD_ERROR, true},
    {"VIP_UNKNOWN_CARD_FORMAT", LENS_MEANS_CARD_ERROR, true},
    {"VIP_INVALID_SECTOR", LENS_MEANS_CARD_ERROR, true},
    {"VIP_CARD_NOT_FORMATED", LENS_MEANS_CARD_ERROR, true},
    {"VIP_TOO_MUCH_CARDS", LENS_MEANS_CARD_ERROR, true},
    {"VIP_NO_FREE_SECTORS", LENS_MEANS_CARD_ERROR, true},
    {"ATLASDecodingError", LENS_MEANS_CARD_ERROR, true},
    {"ATLASCardNotSupported", LENS_MEANS_CARD_ERROR, true},
    {"ATLASInvalidCoercivity", LENS_MEANS_CARD_ERROR, true},
    {"ATLASUnsupportedCoercivity", LENS_MEANS_CARD_ERROR, true},
    {"ATLASNotGuestCard", LENS_MEANS_CARD_ERROR, true},
    /* conflict, confirmation wanted */
    {"ConfirmKeyCancel", LENS_MEANS_CONFLICT, true},
    {"ConfirmKeyDuplicate", LENS_MEANS_CONFLICT, true},
    {"ConfirmExpireBeforeCheckout", LENS_MEANS_CONFLICT, true},
    {"ConfirmCheckBackIn", LENS_MEANS_CONFLICT, true},
    {"VIP_RequestConfirmationToOverwriteKey", LENS_MEANS_CONFLICT, true},
    {"ErrorNotOverridenReqTerminated", LENS_MEANS_CONFLICT, true},
    /* too many keys */
    {"MaxDuplicatesMadeReached", LENS_MEANS_TOO_MANY_KEYS, true},
    /* unknown room or key */
    {"TransactionKeyNumberNotAavailable", LENS_MEANS_UNKNOWN_ROOM, true},
    {"TransactionKeyNotValid", LENS_MEANS_UNKNOWN_ROOM, true},
    {"TransactionKeyAndLevelNotValid", LENS_MEANS_UNKNOWN_ROOM, true},
    {"TransactionKeyNumberOutOfRange", LENS_MEANS_UNKNOWN_ROOM, true},
    {"ATLASInvalidRoomNo", LENS_MEANS_UNKNOWN_ROOM, true},
    {"ATLASRoomNoOutOfRange", LENS_MEANS_UNKNOWN_ROOM, true},
    {"KeyNotPreRegistered", LENS_MEANS_UNKNOWN_ROOM, true},
    /* bad dates */
    {"InvalidPMSRequestDate", LENS_MEANS_BAD_DATES, true},
    {"InvalidPMSRequestTime", LENS_MEANS_BAD_DATES, true},
    {"CheckoutDateLessThanSystemDate", LENS_MEANS_BAD_DATES, true},
    {"KeyExpirationInFuture", LENS_MEANS_BAD_DATES, true},
    {"KeyExpirationInPast", LENS_MEANS_BAD_DATES, true},
    {"ATLASCheckInOutOfRange", LENS_MEANS_BAD_DATES, true},
    {"ATLASCheckInLargerCheckOut", LENS_MEANS_BAD_DATES, true},
    {"ATLASCheckInSmallerCreation", LENS_MEANS_BAD_DATES, true},
    {"ATLASInvalidExpiry", LENS_MEANS_BAD_DATES, true},
    {"ATLASInvalidCreation", LENS_MEANS_BAD_DATES, true},
    {"ATLASInvalidCheckIn", LENS_MEANS_BAD_DATES, true},
    /* unauthorized */
    {"PasswordInvalid", LENS_MEANS_UNAUTHORIZED, true},
    {"InsufficientPasswordLength", LENS_MEANS_UNAUTHORIZED, true},
    {"TransactionUnauthorized", LENS_MEANS_UNAUTHORIZED, true},
    {"TransactionUnauthorizedKey", LENS_MEANS_UNAUTHORIZED, true},
    {"ATLASInvalidAuthorization", LENS_MEANS_UNAUTHORIZED, true},
    {"ATLASHigherAuthorizarionNeeded", LENS_MEANS_UNAUTHORIZED, true},
    {"KABALodgingInterfaceCredentialError", LENS_MEANS_UNAUTHORIZED, true},
    /* area wrong */
    {"InvalidPassOption", LENS_MEANS_BAD_AREA, true},
    {"InvalidPassNumber", LENS_MEANS_BAD_AREA, true},
    {"PassNumberIsInvalid", LENS_MEANS_BAD_AREA, true},
    {"MustProvidePassLevelNo", LENS_MEANS_BAD_AREA, true},
    {"ATLASNoInnerDoorsSelected", LENS_MEANS_BAD_AREA, true},
    /* syntax or bad argument */
    {"TransactionKeyNumberIncorrectFormat", LENS_MEANS_BAD_ARGUMENT, true},
    {"TransactionKeyNumberNotNumeric", LENS_MEANS_BAD_ARGUMENT, true},
    {"TransactionKeyNumberNULL", LENS_MEANS_BAD_ARGUMENT, true},
    {"TransactionKeyNumberOfKeysZERO", LENS_MEANS_BAD_ARGUMENT, true},
    {"InvalidTransactionRequest", LENS_MEANS_BAD_ARGUMENT, true},
    {"InvalidTransactionTypeReceived", LENS_MEANS_BAD_ARGUMENT, true},
    {"InvalidNumericField", LENS_MEANS_BAD_ARGUMENT, true},
    {"InvalidPMSTerminalNumber", LENS_MEANS_BAD_ARGUMENT, true},
    {"InvalidPMSResponse", LENS_MEANS_BAD_ARGUMENT, true},
    {"InvalidNumberOfSeconds", LENS_MEANS_BAD_ARGUMENT, true},
    {"InvalidGRCCode", LENS_MEANS_BAD_ARGUMENT, true},
    {"ATLASIllegalCmdRcv", LENS_MEANS_BAD_ARGUMENT, true},
    {"ATLASIllegalField", LENS_MEANS_BAD_ARGUMENT, true},
    {"ATLASInsufficientData", LENS_MEANS_BAD_ARGUMENT, true},
    {"ATLASTooMuchData", LENS_MEANS_BAD_ARGUMENT, true},
    /* not supported */
    {"TransactionTypeNotAvailable", LENS_MEANS_NOT_SUPPORTED, true},
    {"TransactionTypeInvalid", LENS_MEANS_NOT_SUPPORTED, true},
    {"TransactionNotSupportKeyLevel", LENS_MEANS_NOT_SUPPORTED, true},
    {"TransactionKeyLevelNotAavailable", LENS_MEANS_NOT_SUPPORTED, true},
    {"OperationNotSupported", LENS_MEANS_NOT_SUPPORTED, true},
    {"IncompatiblePMSInterface", LENS_MEANS_NOT_SUPPORTED, true},
    {"ATLASDisabledFunction", LENS_MEANS_NOT_SUPPORTED, true},
    /* time-out, outcome unknown */
    {"TimeoutWaitingResponse", LENS_MEANS_NO_RESPONSE, true},
    {"TimeoutGeneralComError", LENS_MEANS_NO_RESPONSE, true},
    {"TransactionRequestWasLost", LENS_MEANS_NO_RESPONSE, true},
    {"UnableToProcessLostRequest", LENS_MEANS_NO_RESPONSE, true},
    {"RequestWasAborted", LENS_MEANS_NO_RESPONSE, true},
    /* mobile delivery failed */
    {"KDSFail", LENS_MEANS_MOBILE_FAILED, true},
    /* internal: system */
    {"SystemErrorFailed", LENS_MEANS_INTERNAL, true},
    {"GeneralSystemError", LENS_MEANS_INTERNAL, true},
    {"EncoderResponse", LENS_MEANS_INTERNAL, true},
    {"Undefined", LENS_MEANS_INTERNAL, true},
    {"EncoderMemoryError", LENS_MEANS_INTERNAL, true},
    {"UnableToProcessRequest", LENS_MEANS_INTERNAL, true},
    {"TransactionLockKeyInaccessible", LENS_MEANS_INTERNAL, true},
    {"TransactionKeyInaccessible", LENS_MEANS_INTERNAL, true},
    {"UnableToCreateKeyNewSequenceRequired", LENS_MEANS_INTERNAL, true},
    {"UnableToProcessVerifyGuestKey", LENS_MEANS_INTERNAL, true},
    /* internal: Internal... */
    {"InternalSoftwareErrorCompatibility", LENS_MEANS_INTERNAL, true},
    {"InternalSoftwareErrorDataFiles", LENS_MEANS_INTERNAL, true},
    {"InternalSoftwareErrorKeyFiles", LENS_MEANS_INTERNAL, true},
    {"InternalMemoryTimeoutError", LENS_MEANS_INTERNAL, true},
    {"InternalSyncTimeoutError", LENS_MEANS_INTERNAL, true},
    {"InternalPollingError", LENS_MEANS_INTERNAL, true},
    {"InternalOnlineError", LENS_MEANS_INTERNAL, true},
    {"InternalKeyDataFilesCorrupted", LENS_MEANS_INTERNAL, true},
    {"InternalSystemResponseError", LENS_MEANS_INTERNAL, true},
    {"InternalSystemExecError", LENS_MEANS_INTERNAL, true},
    {"InternalSystemErrorUnableToProcessRequests", LENS_MEANS_INTERNAL, true},
    {"InternalSystemErrorDriveAccessProblem", LENS_MEANS_INTERNAL, true},
    {"InternalSystemErrorTimeoutToProcessRequests", LENS_MEANS_INTERNAL, true},
    {"InternalSystemErrorFileDeletion", LENS_MEANS_INTERNAL, true},
    {"InternalSystemErrorFileCorrupted", LENS_MEANS_INTERNAL, true},
    {"InternalSystemErrorMemoryProblem", LENS_MEANS_INTERNAL, true},
    {"InternalSystemErrorClockProblem", LENS_MEANS_INTERNAL, true},
    {"InternalSystemErrorOverflowProblem", LENS_MEANS_INTERNAL, true},
    {"InternalSystemFilePointerProblem", LENS_MEANS_INTERNAL, true},
    {"InternalSystemOutOfDiskSpaceProblem", LENS_MEANS_INTERNAL, true},
    {"InternalSystemFileWriteProblem", LENS_MEANS_INTERNAL, true},
    {"InternalSystemFileNotFoundProblem", LENS_MEANS_INTERNAL, true},
    {"InternalSystemFileNotReadableProblem", LENS_MEANS_INTERNAL, true},
    /* internal: VIP... */
    {"VIP_CREATE_LOGFILE_FAILED", LENS_MEANS_INTERNAL, true},
    {"VIP_INVALID_COMMAND", LENS_MEANS_INTERNAL, true},
    {"VIP_INITIALIZATION_FAILED", LENS_MEANS_INTERNAL, true},
    {"VIP_REQUEST_STATUS_FAILED", LENS_MEANS_INTERNAL, true},
    {"VIP_NOT_SAFLOK_PUBLISHER", LENS_MEANS_INTERNAL, true},
    {"VIP_FatalErrorWithEViewer", LENS_MEANS_INTERNAL, true},
    {"VIP_DataNotFound", LENS_MEANS_INTERNAL, true},
    {"VIP_Failed", LENS_MEANS_INTERNAL, true},
    {"IncorrectVIPNumberFormat", LENS_MEANS_INTERNAL, true},
    {"VIPNumberFailedToBuild", LENS_MEANS_INTERNAL, true},
    {"VIPExceptionRaised", LENS_MEANS_INTERNAL, true},
    {"VIP_EROR_KeyConfigData", LENS_MEANS_INTERNAL, true},
    /* internal: other */
    {"KABALodgingInterfaceTranslationError", LENS_MEANS_INTERNAL, true},
    {"KABALodgingInterfaceWSURLError", LENS_MEANS_INTERNAL, true},
    {"KABALodgingInterfaceExceptionRaised", LENS_MEANS_INTERNAL, true},
    {"ATLASExceptionRaised", LENS_MEANS_INTERNAL, true},
    {"ATLASFailed", LENS_MEANS_INTERNAL, true},
};
const size_t lens_fault_name_count = sizeof lens_fault_names / sizeof lens_fault_names[0];

/* ---- Search ---------------------------------------------------------------------------------------------------- */

enum wanted { WANTED_FAULT, WANTED_DETAIL, WANTED_NOTHING_WRONG };

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
}

static bool is_word(const char *text, size_t length, const char *name)
{
    for (size_t i = 0; i < length; i++) {
        if (name[i] == '\0' || lower(text[i]) != lower(name[i]))
            return false;
    }
    return name[length] == '\0';
}

/* Of letters, digits, underscores; bytes of other characters than ASCII count as letters. */
static bool is_part_of_word(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || (unsigned char)byte >= 0x80;
}

static bool fits(const struct lens_fault_name *name, enum wanted wanted)
{
    if (wanted == WANTED_DETAIL)
        return name->detail && name->meaning != LENS_MEANS_OK;
    return (name->meaning == LENS_MEANS_OK) == (wanted == WANTED_NOTHING_WRONG);
}

static const struct lens_fault_name *find_word(const char *text, size_t length, enum wanted wanted)
{
    for (size_t i = 0; i < lens_fault_name_count; i++) {
        if (fits(&lens_fault_names[i], wanted) && is_word(text, length, lens_fault_names[i].name))
            return &lens_fault_names[i];
    }
    return NULL;
}

static const struct lens_fault_name *find_in(const char *text, enum wanted wanted)
{
    while (text != NULL && *text != '\0') {
        size_t length = 0;
        while (is_part_of_word(text[length]))
            length++;
        const struct lens_fault_name *name = length == 0 ? NULL : find_word(text, length, wanted);
        if (name != NULL)
            return name;
        text += length == 0 ? 1 : length;
    }
    return NULL;
}

/* Names like Success are words of plain language too: they count only where nothing else stands, and not after
 * something that is not understood. */
static const struct lens_fault_name *find_nothing_wrong(const char *const places[3])
{
    static const char blanks[] = " \t\r\n";
    for (size_t i = 0; i < 3; i++) {
        const char *text = places[i] == NULL ? "" : places[i] + strspn(places[i], blanks);
        size_t length = strcspn(text, blanks);
        if (*text == '\0')
            continue;
        return text[length + strspn(text + length, blanks)] == '\0' ? find_word(text, length, WANTED_NOTHING_WRONG)
                                                                    : NULL;
    }
    return NULL;
}

/* Section 6, rules 5 and 6. */
const struct lens_fault_name *lens_fault_find(const struct lens_answer *answer)
{
    const char *const places[] = {answer->code, answer->text, answer->detail};
    const struct lens_fault_name *found = NULL;
    for (size_t i = 0; i < 3 && found == NULL; i++)
        found = find_in(places[i], WANTED_FAULT);
    if (found == NULL)
        return find_nothing_wrong(places);
    if (found->meaning != LENS_MEANS_LOOK_AT_DETAIL)
        return found;
    /* The detail's own place first; the others may hold it in a sentence. */
    for (size_t i = 3; i > 0; i--) {
        const struct lens_fault_name *detail = find_in(places[i - 1], WANTED_DETAIL);
        if (detail != NULL)
            return detail;
    }
    return found;
}
