/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The operations of the LENS SOAP service and their fields in binding order (section 5 of its description). */
#include <string.h>

#include "tables.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

const char *const lens_area_mode_names[LENS_AREA_MODES] = {[LENS_AREA_DEFAULT] = "DefaultConfiguredAccess",
                                                           [LENS_AREA_GRANT] = "GrantAccess",
                                                           [LENS_AREA_DENY] = "DenyAccess"};

const struct lens_field_form lens_field_forms[LENS_FIELD_COUNT] = {
    [LENS_S1] = {"s1", LENS_TYPE_TEXT},
    [LENS_I1] = {"i1", LENS_TYPE_INT},
    [LENS_DUMMY_RESPONSE] = {"DummyResponse", LENS_TYPE_RESPONSE},
    [LENS_DUMMY_FAULT] = {"DummyFault", LENS_TYPE_FAULT},
    [LENS_A_REASON] = {"aReason", LENS_TYPE_MAIN_REASON},
    [LENS_A_DETAIL_REASON] = {"aDetailReason", LENS_TYPE_DETAIL_REASON},
    [LENS_RESERVATION_ID] = {"ReservationID", LENS_TYPE_TEXT},
    [LENS_SITE_NAME] = {"SiteName", LENS_TYPE_TEXT},
    [LENS_PMS_TERMINAL_ID] = {"PMSTerminalID", LENS_TYPE_TEXT},
    [LENS_ENCODER_ID] = {"EncoderID", LENS_TYPE_TEXT},
    [LENS_CHECK_IN] = {"CheckIn", LENS_TYPE_TIME},
    [LENS_CHECK_OUT] = {"CheckOut", LENS_TYPE_TIME},
    [LENS_GUEST_NAME] = {"GuestName", LENS_TYPE_TEXT},
    [LENS_MAIN_ROOM_NO] = {"MainRoomNo", LENS_TYPE_TEXT},
    [LENS_SUITE_DOORS] = {"bGrantAccessPredefinedSuiteDoors", LENS_TYPE_BOOLEAN},
    [LENS_VARIABLE_ROOM_LIST] = {"VariableRoomList", LENS_TYPE_ROOMS},
    [LENS_ROOM_LIST] = {"RoomList", LENS_TYPE_ROOMS},
    [LENS_COMMON_AREA_LIST] = {"CommonAreaList", LENS_TYPE_AREAS},
    [LENS_TRACK_II_FOLIO_NO] = {"TrackIIFolioNo", LENS_TYPE_TEXT},
    [LENS_TRACK_I_GUEST_NO] = {"TrackIGuestNo", LENS_TYPE_TEXT},
    [LENS_KEY_COUNT] = {"KeyCount", LENS_TYPE_UNSIGNED},
    [LENS_KEY_SIZE] = {"KeySize", LENS_TYPE_UNSIGNED},
    [LENS_UID] = {"UID", LENS_TYPE_TEXT},
    [LENS_GUEST_MOBILE_NUMBER] = {"GuestMobileNumber", LENS_TYPE_TEXT},
    [LENS_PMS_TRANSACTION_ID] = {"PMSTransactionID", LENS_TYPE_LONG},
    [LENS_TRANSACTION_STATUS] = {"TransactionStatus", LENS_TYPE_INT},
    [LENS_EXTERNAL_REF_NO] = {"ExternalRefNo", LENS_TYPE_TEXT},
    [LENS_QUALIFIER_REF] = {"QualifierRef", LENS_TYPE_UNSIGNED},
    [LENS_RETURNED_MSG] = {"ReturnedMsg", LENS_TYPE_TEXT},
    [LENS_ROOM_NO] = {"RoomNo", LENS_TYPE_TEXT},
    [LENS_FROM] = {"From", LENS_TYPE_TIME},
    [LENS_TO] = {"To", LENS_TYPE_TIME},
    [LENS_VALID_FROM] = {"ValidFrom", LENS_TYPE_TIME},
    [LENS_VALID_TO] = {"ValidTo", LENS_TYPE_TIME},
    [LENS_STAFF_ID] = {"StaffID", LENS_TYPE_TEXT},
    [LENS_NAME] = {"Name", LENS_TYPE_TEXT},
    [LENS_MOBILE_NUMBER] = {"MobileNumber", LENS_TYPE_TEXT},
    [LENS_KEY_NAME] = {"KeyName", LENS_TYPE_TEXT},
    [LENS_KEY_DATA] = {"KeyData", LENS_TYPE_BASE64},
    [LENS_SEND_SMS] = {"SendSMS", LENS_TYPE_BOOLEAN},
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
    const char *name;
    const struct lens_element *elements;
    size_t count;
    enum lens_result result;
} operations[LENS_OPERATION_COUNT] = {
    [LENS_HELLO_WORLD_TEST] = {"HelloWorldTest", ELEMENTS(hello_world_test), LENS_RESULT_TEXT},
    [LENS_PUBLISH_FAULT_LIST] = {"PublishFaultList", nothing, 0, LENS_RESULT_USUAL},
    [LENS_PUBLISH_RESPONSE_COMPLEX_TYPES] = {"PublishResponseComplexTypes", ELEMENTS(publish_response_complex_types),
                                             LENS_RESULT_USUAL},
    [LENS_CREATE_NEW_BOOKING] = {"CreateNewBooking", ELEMENTS(create_new_booking), LENS_RESULT_USUAL},
    [LENS_ADD_SHARED_GUEST] = {"AddSharedGuest", ELEMENTS(add_shared_guest), LENS_RESULT_USUAL},
    [LENS_MAKE_DUPLICATE_KEY] = {"MakeDuplicateKey", ELEMENTS(make_duplicate_key), LENS_RESULT_USUAL},
    [LENS_CHANGE_KEY_ACCESS] = {"ChangeKeyAccess", ELEMENTS(change_key_access), LENS_RESULT_USUAL},
    [LENS_EXTEND_CHECK_OUT] = {"ExtendCheckOut", ELEMENTS(extend_check_out), LENS_RESULT_USUAL},
    [LENS_CHECK_OUT_GUEST] = {"CheckOutGuest", ELEMENTS(guest_only), LENS_RESULT_USUAL},
    [LENS_MAKE_UNASSIGNED_BOOKING] = {"MakeUnassignedBooking", ELEMENTS(make_unassigned_booking), LENS_RESULT_USUAL},
    [LENS_CHANGE_GUEST_ACCESS] = {"ChangeGuestAccess", ELEMENTS(change_guest_access), LENS_RESULT_USUAL},
    [LENS_ADD_GUEST_ACCESS] = {"AddGuestAccess", ELEMENTS(add_guest_access), LENS_RESULT_USUAL},
    [LENS_DENY_ACCESS_TO_GUEST] = {"DenyAccessToGuest", ELEMENTS(guest_only), LENS_RESULT_USUAL},
    [LENS_RE_ESTABLISH_ACCESS_TO_GUEST] = {"ReEstablishAccessToGuest", ELEMENTS(guest_only), LENS_RESULT_USUAL},
    [LENS_CANCEL_GUESTS_ACCESS_TO_ROOM] = {"CancelGuestsAccessToRoom", ELEMENTS(cancel_room), LENS_RESULT_USUAL},
    [LENS_CANCEL_GUESTS_MOBILE_ACCESS_TO_ROOM] = {"CancelGuestsMobileAccessToRoom", ELEMENTS(cancel_mobile),
                                                  LENS_RESULT_USUAL},
    [LENS_CREATE_ONE_SHOT_KEY] = {"CreateOneShotKey", ELEMENTS(create_one_shot_key), LENS_RESULT_USUAL},
    [LENS_GET_DEVICE_SEC_KEYS_RIGHTS] = {"GetDeviceSecKeysRights", NULL, 0, LENS_RESULT_USUAL},
    [LENS_UPDATE_KEY_TRANSACTION_STATUS] = {"UpdateKeyTransactionStatus", ELEMENTS(update_key_transaction_status),
                                            LENS_RESULT_USUAL},
    [LENS_GET_MOBILE_TRANSACTION_HISTORY] = {"GetMobileTransactionHistory", ELEMENTS(get_mobile_transaction_history),
                                             LENS_RESULT_HISTORY},
    [LENS_SEND_KEY_2_STAFF_MOBILE_DEVICE] = {"SendKey2StaffMobileDevice", ELEMENTS(send_key_2_staff_mobile_device),
                                             LENS_RESULT_STAFF},
    [LENS_UNREGISTER_STAFF] = {"UnRegisterStaff", ELEMENTS(unregister_staff), LENS_RESULT_STAFF},
};

static const struct operation_form *form_of(enum lens_operation operation)
{
    return (size_t)operation < LENS_OPERATION_COUNT ? &operations[operation] : NULL;
}

const char *lens_operation_name(enum lens_operation operation)
{
    const struct operation_form *form = form_of(operation);
    return form == NULL ? "" : form->name;
}

enum lens_operation lens_operation_find(const char *name)
{
    for (size_t i = 0; i < LENS_OPERATION_COUNT; i++) {
        if (strcmp(operations[i].name, name) == 0)
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
