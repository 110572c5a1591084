/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The operations of the LENS SOAP service and their fields in binding order (section 5 of its description). */
#include <string.h>

#include "tables.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

const char *const lens_area_mode_names[LENS_AREA_MODES] = {[LENS_AREA_DEFAULT] = "DefaultConfiguredAccess",
                                                           [LENS_AREA_GRANT] = "GrantAccess",
                                                           [LENS_AREA_DENY] = "DenyAccess"};

const struct lens_field_form lens_field_forms[LENS_FIELD_COUNT] = {
    [LENS_S1] = {LENS_NAME_OF("s1"), LENS_TYPE_TEXT},
    [LENS_I1] = {LENS_NAME_OF("i1"), LENS_TYPE_INT},
    [LENS_DUMMY_RESPONSE] = {LENS_NAME_OF("DummyResponse"), LENS_TYPE_RESPONSE},
    [LENS_DUMMY_FAULT] = {LENS_NAME_OF("DummyFault"), LENS_TYPE_FAULT},
    [LENS_A_REASON] = {LENS_NAME_OF("aReason"), LENS_TYPE_MAIN_REASON},
    [LENS_A_DETAIL_REASON] = {LENS_NAME_OF("aDetailReason"), LENS_TYPE_DETAIL_REASON},
    [LENS_RESERVATION_ID] = {LENS_NAME_OF("ReservationID"), LENS_TYPE_TEXT},
    [LENS_SITE_NAME] = {LENS_NAME_OF("SiteName"), LENS_TYPE_TEXT},
    [LENS_PMS_TERMINAL_ID] = {LENS_NAME_OF("PMSTerminalID"), LENS_TYPE_TEXT},
    [LENS_ENCODER_ID] = {LENS_NAME_OF("EncoderID"), LENS_TYPE_TEXT},
    [LENS_CHECK_IN] = {LENS_NAME_OF("CheckIn"), LENS_TYPE_TIME},
    [LENS_CHECK_OUT] = {LENS_NAME_OF("CheckOut"), LENS_TYPE_TIME},
    [LENS_GUEST_NAME] = {LENS_NAME_OF("GuestName"), LENS_TYPE_TEXT},
    [LENS_MAIN_ROOM_NO] = {LENS_NAME_OF("MainRoomNo"), LENS_TYPE_TEXT},
    [LENS_SUITE_DOORS] = {LENS_NAME_OF("bGrantAccessPredefinedSuiteDoors"), LENS_TYPE_BOOLEAN},
    [LENS_VARIABLE_ROOM_LIST] = {LENS_NAME_OF("VariableRoomList"), LENS_TYPE_ROOMS},
    [LENS_ROOM_LIST] = {LENS_NAME_OF("RoomList"), LENS_TYPE_ROOMS},
    [LENS_COMMON_AREA_LIST] = {LENS_NAME_OF("CommonAreaList"), LENS_TYPE_AREAS},
    [LENS_TRACK_II_FOLIO_NO] = {LENS_NAME_OF("TrackIIFolioNo"), LENS_TYPE_TEXT},
    [LENS_TRACK_I_GUEST_NO] = {LENS_NAME_OF("TrackIGuestNo"), LENS_TYPE_TEXT},
    [LENS_KEY_COUNT] = {LENS_NAME_OF("KeyCount"), LENS_TYPE_UNSIGNED},
    [LENS_KEY_SIZE] = {LENS_NAME_OF("KeySize"), LENS_TYPE_UNSIGNED},
    [LENS_UID] = {LENS_NAME_OF("UID"), LENS_TYPE_TEXT},
    [LENS_GUEST_MOBILE_NUMBER] = {LENS_NAME_OF("GuestMobileNumber"), LENS_TYPE_TEXT},
    [LENS_PMS_TRANSACTION_ID] = {LENS_NAME_OF("PMSTransactionID"), LENS_TYPE_LONG},
    [LENS_TRANSACTION_STATUS] = {LENS_NAME_OF("TransactionStatus"), LENS_TYPE_INT},
    [LENS_EXTERNAL_REF_NO] = {LENS_NAME_OF("ExternalRefNo"), LENS_TYPE_TEXT},
    [LENS_QUALIFIER_REF] = {LENS_NAME_OF("QualifierRef"), LENS_TYPE_UNSIGNED},
    [LENS_RETURNED_MSG] = {LENS_NAME_OF("ReturnedMsg"), LENS_TYPE_TEXT},
    [LENS_ROOM_NO] = {LENS_NAME_OF("RoomNo"), LENS_TYPE_TEXT},
    [LENS_FROM] = {LENS_NAME_OF("From"), LENS_TYPE_TIME},
    [LENS_TO] = {LENS_NAME_OF("To"), LENS_TYPE_TIME},
    [LENS_VALID_FROM] = {LENS_NAME_OF("ValidFrom"), LENS_TYPE_TIME},
    [LENS_VALID_TO] = {LENS_NAME_OF("ValidTo"), LENS_TYPE_TIME},
    [LENS_STAFF_ID] = {LENS_NAME_OF("StaffID"), LENS_TYPE_TEXT},
    [LENS_NAME] = {LENS_NAME_OF("Name"), LENS_TYPE_TEXT},
    [LENS_MOBILE_NUMBER] = {LENS_NAME_OF("MobileNumber"), LENS_TYPE_TEXT},
    [LENS_KEY_NAME] = {LENS_NAME_OF("KeyName"), LENS_TYPE_TEXT},
    [LENS_KEY_DATA] = {LENS_NAME_OF("KeyData"), LENS_TYPE_BASE64},
    [LENS_SEND_SMS] = {LENS_NAME_OF("SendSMS"), LENS_TYPE_BOOLEAN},
};

static const struct lens_element nothing[] = {{LENS_S1, 0}};
static const struct lens_element hello_world_test[] = {{LENS_S1, 0}, {LENS_I1, LENS_REQUIRED}};
static const struct lens_element publish_response_complex_types[] = {{LENS_DUMMY_RESPONSE, 0},
                                                                     {LENS_DUMMY_FAULT, 0},
                                                                     {LENS_A_REASON, LENS_REQUIRED},
                                                                     {LENS_A_DETAIL_REASON, LENS_REQUIRED}};
static const struct lens_element create_new_booking[] = {
    {LENS_RESERVATION_ID, 0},           {LENS_SITE_NAME, 0},
    {LENS_PMS_TERMINAL_ID, 0},          {LENS_ENCODER_ID, 0},
    {LENS_CHECK_IN, LENS_REQUIRED},     {LENS_CHECK_OUT, LENS_REQUIRED},
    {LENS_GUEST_NAME, LENS_IN_UTILITY}, {LENS_MAIN_ROOM_NO, 0},
    {LENS_SUITE_DOORS, LENS_REQUIRED},  {LENS_VARIABLE_ROOM_LIST, 0},
    {LENS_COMMON_AREA_LIST, 0},         {LENS_TRACK_II_FOLIO_NO, 0},
    {LENS_TRACK_I_GUEST_NO, 0},         {LENS_KEY_COUNT, LENS_REQUIRED},
    {LENS_KEY_SIZE, LENS_REQUIRED},     {LENS_UID, 0}};
static const struct lens_element add_shared_guest[] = {{LENS_RESERVATION_ID, 0},
                                                       {LENS_SITE_NAME, 0},
                                                       {LENS_PMS_TERMINAL_ID, 0},
                                                       {LENS_ENCODER_ID, 0},
                                                       {LENS_CHECK_IN, LENS_REQUIRED},
                                                       {LENS_CHECK_OUT, LENS_REQUIRED},
                                                       {LENS_GUEST_NAME, LENS_IN_UTILITY},
                                                       {LENS_MAIN_ROOM_NO, 0},
                                                       {LENS_VARIABLE_ROOM_LIST, 0},
                                                       {LENS_COMMON_AREA_LIST, 0},
                                                       {LENS_TRACK_II_FOLIO_NO, 0},
                                                       {LENS_TRACK_I_GUEST_NO, 0},
                                                       {LENS_KEY_COUNT, LENS_REQUIRED},
                                                       {LENS_KEY_SIZE, LENS_REQUIRED},
                                                       {LENS_UID, 0}};
/* The one with GuestName in the service's own namespace, and last. */
static const struct lens_element make_duplicate_key[] = {{LENS_RESERVATION_ID, LENS_REQUIRED | LENS_NILLABLE},
                                                         {LENS_SITE_NAME, 0},
                                                         {LENS_PMS_TERMINAL_ID, 0},
                                                         {LENS_ENCODER_ID, 0},
                                                         {LENS_KEY_COUNT, LENS_REQUIRED},
                                                         {LENS_KEY_SIZE, LENS_REQUIRED},
                                                         {LENS_UID, 0},
                                                         {LENS_GUEST_NAME, 0}};
static const struct lens_element change_key_access[] = {
    {LENS_RESERVATION_ID, 0},           {LENS_SITE_NAME, 0},
    {LENS_PMS_TERMINAL_ID, 0},          {LENS_ENCODER_ID, 0},
    {LENS_CHECK_IN, LENS_REQUIRED},     {LENS_CHECK_OUT, LENS_REQUIRED},
    {LENS_GUEST_NAME, LENS_IN_UTILITY}, {LENS_VARIABLE_ROOM_LIST, 0},
    {LENS_COMMON_AREA_LIST, 0},         {LENS_TRACK_II_FOLIO_NO, 0},
    {LENS_TRACK_I_GUEST_NO, 0},         {LENS_KEY_COUNT, LENS_REQUIRED},
    {LENS_KEY_SIZE, LENS_REQUIRED},     {LENS_UID, 0}};
static const struct lens_element extend_check_out[] = {
    {LENS_RESERVATION_ID, 0}, {LENS_SITE_NAME, 0}, {LENS_PMS_TERMINAL_ID, 0}, {LENS_CHECK_OUT, LENS_REQUIRED}};
/* CheckOutGuest, DenyAccessToGuest, ReEstablishAccessToGuest */
static const struct lens_element guest_only[] = {
    {LENS_RESERVATION_ID, 0}, {LENS_SITE_NAME, 0}, {LENS_PMS_TERMINAL_ID, 0}};
static const struct lens_element make_unassigned_booking[] = {{LENS_RESERVATION_ID, 0},
                                                              {LENS_SITE_NAME, 0},
                                                              {LENS_PMS_TERMINAL_ID, 0},
                                                              {LENS_ENCODER_ID, 0},
                                                              {LENS_CHECK_IN, LENS_REQUIRED},
                                                              {LENS_CHECK_OUT, LENS_REQUIRED},
                                                              {LENS_GUEST_NAME, LENS_IN_UTILITY},
                                                              {LENS_COMMON_AREA_LIST, 0},
                                                              {LENS_TRACK_II_FOLIO_NO, 0},
                                                              {LENS_TRACK_I_GUEST_NO, 0},
                                                              {LENS_KEY_COUNT, LENS_REQUIRED},
                                                              {LENS_KEY_SIZE, LENS_REQUIRED},
                                                              {LENS_UID, 0}};
static const struct lens_element change_guest_access[] = {{LENS_RESERVATION_ID, 0},
                                                          {LENS_SITE_NAME, 0},
                                                          {LENS_PMS_TERMINAL_ID, 0},
                                                          {LENS_MAIN_ROOM_NO, 0},
                                                          {LENS_ROOM_LIST, 0}};
static const struct lens_element add_guest_access[] = {
    {LENS_RESERVATION_ID, 0}, {LENS_SITE_NAME, 0}, {LENS_PMS_TERMINAL_ID, 0}, {LENS_ROOM_LIST, 0}};
static const struct lens_element cancel_room[] = {
    {LENS_SITE_NAME, 0}, {LENS_MAIN_ROOM_NO, 0}, {LENS_PMS_TERMINAL_ID, 0}};
static const struct lens_element cancel_mobile[] = {{LENS_SITE_NAME, 0},
                                                    {LENS_RESERVATION_ID, 0},
                                                    {LENS_MAIN_ROOM_NO, 0},
                                                    {LENS_GUEST_MOBILE_NUMBER, 0},
                                                    {LENS_PMS_TERMINAL_ID, 0}};
static const struct lens_element create_one_shot_key[] = {{LENS_SITE_NAME, 0},
                                                          {LENS_PMS_TERMINAL_ID, 0},
                                                          {LENS_ENCODER_ID, 0},
                                                          {LENS_MAIN_ROOM_NO, 0},
                                                          {LENS_CHECK_IN, LENS_REQUIRED},
                                                          {LENS_CHECK_OUT, LENS_REQUIRED},
                                                          {LENS_KEY_SIZE, LENS_REQUIRED},
                                                          {LENS_UID, 0}};
/* The one with MainRoomNo in the namespace of the security utilities. */
static const struct lens_element update_key_transaction_status[] = {{LENS_PMS_TRANSACTION_ID, LENS_REQUIRED},
                                                                    {LENS_RESERVATION_ID, 0},
                                                                    {LENS_ENCODER_ID, 0},
                                                                    {LENS_MAIN_ROOM_NO, LENS_IN_UTILITY},
                                                                    {LENS_TRANSACTION_STATUS, LENS_REQUIRED},
                                                                    {LENS_EXTERNAL_REF_NO, 0},
                                                                    {LENS_QUALIFIER_REF, LENS_REQUIRED},
                                                                    {LENS_RETURNED_MSG, 0}};
static const struct lens_element get_mobile_transaction_history[] = {{LENS_RESERVATION_ID, 0},
                                                                     {LENS_ROOM_NO, 0},
                                                                     {LENS_ENCODER_ID, 0},
                                                                     {LENS_FROM, LENS_REQUIRED | LENS_NILLABLE},
                                                                     {LENS_TO, LENS_REQUIRED | LENS_NILLABLE}};
static const struct lens_element send_key_2_staff_mobile_device[] = {{LENS_PMS_TERMINAL_ID, 0},
                                                                     {LENS_VALID_FROM, LENS_REQUIRED},
                                                                     {LENS_VALID_TO, LENS_REQUIRED},
                                                                     {LENS_STAFF_ID, 0},
                                                                     {LENS_NAME, 0},
                                                                     {LENS_MOBILE_NUMBER, 0},
                                                                     {LENS_KEY_NAME, 0},
                                                                     {LENS_KEY_DATA, 0},
                                                                     {LENS_SEND_SMS, LENS_REQUIRED}};
static const struct lens_element unregister_staff[] = {
    {LENS_STAFF_ID, 0}, {LENS_MOBILE_NUMBER, 0}, {LENS_KEY_NAME, 0}, {LENS_KEY_DATA, 0}};

#define ELEMENTS(array) (array), COUNT_OF(array)
static const struct operation_form {
    struct lens_name name;
    const struct lens_element *elements;
    size_t count;
    enum lens_result result;
} operations[LENS_OPERATION_COUNT] = {
    [LENS_HELLO_WORLD_TEST] = {LENS_NAME_OF("HelloWorldTest"), ELEMENTS(hello_world_test), LENS_RESULT_TEXT},
    [LENS_PUBLISH_FAULT_LIST] = {LENS_NAME_OF("PublishFaultList"), nothing, 0, LENS_RESULT_USUAL},
    [LENS_PUBLISH_RESPONSE_COMPLEX_TYPES] = {LENS_NAME_OF("PublishResponseComplexTypes"),
                                             ELEMENTS(publish_response_complex_types), LENS_RESULT_USUAL},
    [LENS_CREATE_NEW_BOOKING] = {LENS_NAME_OF("CreateNewBooking"), ELEMENTS(create_new_booking), LENS_RESULT_USUAL},
    [LENS_ADD_SHARED_GUEST] = {LENS_NAME_OF("AddSharedGuest"), ELEMENTS(add_shared_guest), LENS_RESULT_USUAL},
    [LENS_MAKE_DUPLICATE_KEY] = {LENS_NAME_OF("MakeDuplicateKey"), ELEMENTS(make_duplicate_key), LENS_RESULT_USUAL},
    [LENS_CHANGE_KEY_ACCESS] = {LENS_NAME_OF("ChangeKeyAccess"), ELEMENTS(change_key_access), LENS_RESULT_USUAL},
    [LENS_EXTEND_CHECK_OUT] = {LENS_NAME_OF("ExtendCheckOut"), ELEMENTS(extend_check_out), LENS_RESULT_USUAL},
    [LENS_CHECK_OUT_GUEST] = {LENS_NAME_OF("CheckOutGuest"), ELEMENTS(guest_only), LENS_RESULT_USUAL},
    [LENS_MAKE_UNASSIGNED_BOOKING] = {LENS_NAME_OF("MakeUnassignedBooking"), ELEMENTS(make_unassigned_booking),
                                      LENS_RESULT_USUAL},
    [LENS_CHANGE_GUEST_ACCESS] = {LENS_NAME_OF("ChangeGuestAccess"), ELEMENTS(change_guest_access), LENS_RESULT_USUAL},
    [LENS_ADD_GUEST_ACCESS] = {LENS_NAME_OF("AddGuestAccess"), ELEMENTS(add_guest_access), LENS_RESULT_USUAL},
    [LENS_DENY_ACCESS_TO_GUEST] = {LENS_NAME_OF("DenyAccessToGuest"), ELEMENTS(guest_only), LENS_RESULT_USUAL},
    [LENS_RE_ESTABLISH_ACCESS_TO_GUEST] = {LENS_NAME_OF("ReEstablishAccessToGuest"), ELEMENTS(guest_only),
                                           LENS_RESULT_USUAL},
    [LENS_CANCEL_GUESTS_ACCESS_TO_ROOM] = {LENS_NAME_OF("CancelGuestsAccessToRoom"), ELEMENTS(cancel_room),
                                           LENS_RESULT_USUAL},
    [LENS_CANCEL_GUESTS_MOBILE_ACCESS_TO_ROOM] = {LENS_NAME_OF("CancelGuestsMobileAccessToRoom"),
                                                  ELEMENTS(cancel_mobile), LENS_RESULT_USUAL},
    [LENS_CREATE_ONE_SHOT_KEY] = {LENS_NAME_OF("CreateOneShotKey"), ELEMENTS(create_one_shot_key), LENS_RESULT_USUAL},
    [LENS_GET_DEVICE_SEC_KEYS_RIGHTS] = {LENS_NAME_OF("GetDeviceSecKeysRights"), NULL, 0, LENS_RESULT_USUAL},
    [LENS_UPDATE_KEY_TRANSACTION_STATUS] = {LENS_NAME_OF("UpdateKeyTransactionStatus"),
                                            ELEMENTS(update_key_transaction_status), LENS_RESULT_USUAL},
    [LENS_GET_MOBILE_TRANSACTION_HISTORY] = {LENS_NAME_OF("GetMobileTransactionHistory"),
                                             ELEMENTS(get_mobile_transaction_history), LENS_RESULT_HISTORY},
    [LENS_SEND_KEY_2_STAFF_MOBILE_DEVICE] = {LENS_NAME_OF("SendKey2StaffMobileDevice"),
                                             ELEMENTS(send_key_2_staff_mobile_device), LENS_RESULT_STAFF},
    [LENS_UNREGISTER_STAFF] = {LENS_NAME_OF("UnRegisterStaff"), ELEMENTS(unregister_staff), LENS_RESULT_STAFF},
};

static const struct operation_form *form_of(enum lens_operation operation)
{
    return (size_t)operation < LENS_OPERATION_COUNT ? &operations[operation] : NULL;
}

const char *lens_operation_name(enum lens_operation operation)
{
    const struct operation_form *form = form_of(operation);
    return form == NULL ? "" : form->name.text;
}

struct lens_name lens_operation_element(enum lens_operation operation)
{
    const struct operation_form *form = form_of(operation);
    return form == NULL ? (struct lens_name){"", 0} : form->name;
}

enum lens_operation lens_operation_find(const char *name)
{
    for (size_t i = 0; i < LENS_OPERATION_COUNT; i++) {
        if (strcmp(operations[i].name.text, name) == 0)
            return (enum lens_operation)i;
    }
    return LENS_OPERATION_COUNT;
}

const struct lens_element *lens_operation_elements(enum lens_operation operation, size_t *count)
{
    const struct operation_form *form = form_of(operation);
    *count = form == NULL ? 0 : form->count;
    return form == NULL ? NULL : form->elements;
}

enum lens_result lens_operation_result(enum lens_operation operation)
{
    const struct operation_form *form = form_of(operation);
    return form == NULL ? LENS_RESULT_USUAL : form->result;
}
