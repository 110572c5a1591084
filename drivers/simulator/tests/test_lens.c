/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The operations of the simulated LENS service: what each answers, and which keys open what afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "lens_client.h"

static struct simulator *start(void)
{
    struct simulator_options options = {.rooms = (const char *const[]){"101", "102", "103", NULL},
                                        .encoders = (const char *const[]){"1", "2", NULL}};
    return lens_start(&options);
}

static bool opens(struct simulator *simulator, size_t effect, const char *room)
{
    char key[32];
    lens_key(simulator, effect, key);
    return simulator_opens(simulator, key, room);
}

static void original_and_copies(void **state)
{
    (void)state;
    struct simulator *simulator = start();
    lens_must(simulator, "CreateNewBooking", lens_booking("R1", "1", "101"));
    lens_must(simulator, "MakeDuplicateKey", lens_copy("R1", "DESK1", "2"));
    assert_int_equal(simulator_keys_for(simulator, "101"), 2);
    assert_true(simulator_occupied(simulator, "101"));
    assert_int_equal(lens_journal_count(simulator, "\"command\":\"CreateNewBooking\""), 1);
    assert_int_equal(lens_journal_count(simulator, "\"kind\":\"original\""), 1);
    assert_int_equal(lens_journal_count(simulator, "\"kind\":\"duplicate\""), 1);
    assert_int_equal(lens_journal_count(simulator, "\"areas\":[3]"), 2);
    assert_int_equal(lens_journal_count(simulator, "\"reservation\":\"R1\",\"terminal\":\"DESK1\""), 4);
    /* Another booking of the room voids them all, and ends the first reservation. */
    lens_must(simulator, "CreateNewBooking", lens_booking("R2", "1", "101"));
    assert_int_equal(simulator_keys_for(simulator, "101"), 1);
    assert_false(opens(simulator, 0, "101"));
    assert_true(opens(simulator, 2, "101"));
    lens_must_not(simulator, "MakeDuplicateKey", lens_copy("R1", "DESK1", "1"), "ReservationCheckedOut");
    /* The same number again is a re-issue. */
    lens_must(simulator, "CreateNewBooking", lens_booking("R2", "1", "101"));
    assert_int_equal(simulator_keys_for(simulator, "101"), 1);
    assert_int_equal(simulator_count(simulator, SIMULATOR_EFFECTS), 4);
    assert_int_equal(simulator_count(simulator, SIMULATOR_REQUESTS), 5);
    simulator_stop(simulator);
}

static void refused_and_nothing_done(void **state)
{
    (void)state;
    struct simulator *simulator = start();
    lens_must_not(simulator, "CreateNewBooking", lens_booking("R1", "1", "999"), "RoomNumberNotFound");
    lens_must_not(simulator, "CreateNewBooking", lens_booking("R1", "1", ""), "RoomNameNotSet");
    lens_must_not(simulator, "CreateNewBooking", lens_booking("", "1", "101"), "ReservationNoInvalid");
    lens_must_not(simulator, "CreateNewBooking", lens_booking("R1", "7", "101"), "EncoderNotOnlineOrNotExist");
    lens_must_not(simulator, "CreateNewBooking", lens_booking("R1", "7", "101"), "EncoderMsg");
    lens_must_not(simulator, "MakeDuplicateKey", lens_copy("R9", "DESK1", "1"), "ReservationNotFound");
    lens_must_not(simulator, "CheckOutGuest", lens_reservation("R9"), "ReservationNotFound");
    lens_must_not(simulator, "DenyAccessToGuest", lens_reservation("R9"), "ReservationNotFound");
    lens_must_not(simulator, "AddSharedGuest", lens_share("R2", "1", "101"), "SharedWithMustHaveExistingStay");
    simulator_set_hand_ms(simulator, -1);
    lens_must_not(simulator, "CreateNewBooking", lens_booking("R1", "1", "101"), "TimeoutWaitingKey");
    assert_int_equal(simulator_count(simulator, SIMULATOR_EFFECTS), 0);
    assert_false(simulator_occupied(simulator, "101"));
    simulator_stop(simulator);
}

static void sharers_have_keys_of_their_own(void **state)
{
    (void)state;
    struct simulator *simulator = start();
    lens_must(simulator, "CreateNewBooking", lens_booking("R1", "1", "101"));
    lens_must(simulator, "AddSharedGuest", lens_share("R2", "1", "101"));
    assert_int_equal(simulator_keys_for(simulator, "101"), 2);
    lens_must(simulator, "CheckOutGuest", lens_reservation("R1"));
    assert_int_equal(simulator_keys_for(simulator, "101"), 1);
    assert_true(opens(simulator, 1, "101"));
    assert_true(simulator_occupied(simulator, "101"));
    lens_must_not(simulator, "CheckOutGuest", lens_reservation("R1"), "ReservationCheckedOut");
    lens_must(simulator, "CheckOutGuest", lens_reservation("R2"));
    assert_false(simulator_occupied(simulator, "101"));
    assert_int_equal(simulator_keys_for(simulator, "101"), 0);
    simulator_stop(simulator);
}

static void changed_key_opens_more(void **state)
{
    static const char area[] = "<CCommonAreas><PassLevelNo>7</PassLevelNo><eMode>DenyAccess</eMode></CCommonAreas>";
    static const char bad[] = "<CCommonAreas><PassLevelNo>900</PassLevelNo><eMode>GrantAccess</eMode></CCommonAreas>";
    (void)state;
    struct simulator *simulator = start();
    lens_must(simulator, "CreateNewBooking", lens_booking("R1", "1", "101"));
    lens_must(simulator, "CreateNewBooking", lens_booking("R2", "1", "103"));
    lens_must(simulator, "ChangeKeyAccess", lens_change("R1", "1", "<string>102</string>", area));
    assert_true(opens(simulator, 0, "101")); /* older keys work on as they are */
    assert_false(opens(simulator, 0, "102"));
    assert_true(opens(simulator, 2, "101"));
    assert_true(opens(simulator, 2, "102"));
    assert_int_equal(lens_journal_count(simulator, "\"denied\":[7]"), 2);
    lens_must_not(simulator, "ChangeKeyAccess", lens_change("R1", "1", "<string>103</string>", ""),
                  "RoomMustHaveSameStay");
    lens_must_not(simulator, "ChangeKeyAccess", lens_change("R1", "1", "", bad), "InvalidPassNumber");
    assert_int_equal(simulator_count(simulator, SIMULATOR_EFFECTS), 3);
    simulator_stop(simulator);
}

static void without_a_card(void **state)
{
    (void)state;
    struct simulator *simulator = start();
    lens_must(simulator, "CreateNewBooking", lens_booking("R1", "1", "101"));
    lens_must(simulator, "DenyAccessToGuest", lens_reservation("R1"));
    assert_int_equal(simulator_keys_for(simulator, "101"), 0);
    lens_must(simulator, "ReEstablishAccessToGuest", lens_reservation("R1"));
    assert_int_equal(simulator_keys_for(simulator, "101"), 1);
    lens_must(simulator, "ExtendCheckOut",
              "<ReservationID>R1</ReservationID><SiteName/><PMSTerminalID/><CheckOut>2026-05-09T12:00:00</CheckOut>");
    assert_int_equal(lens_journal_count(simulator, "\"until\":\"2026-05-09T12:00\""), 2);
    lens_must(simulator, "ChangeGuestAccess",
              "<ReservationID>R1</ReservationID><SiteName/><PMSTerminalID/><MainRoomNo>102</MainRoomNo><RoomList/>");
    assert_true(opens(simulator, 0, "102"));
    assert_false(opens(simulator, 0, "101"));
    assert_false(simulator_occupied(simulator, "101"));
    assert_true(simulator_occupied(simulator, "102"));
    lens_must(simulator, "AddGuestAccess",
              "<ReservationID>R1</ReservationID><SiteName/><PMSTerminalID/><RoomList><string>103</string></RoomList>");
    assert_true(opens(simulator, 0, "102"));
    assert_true(opens(simulator, 0, "103"));
    lens_must(simulator, "CreateNewBooking", lens_booking("R2", "1", "101"));
    lens_must_not(simulator, "ChangeGuestAccess",
                  "<ReservationID>R1</ReservationID><SiteName/><PMSTerminalID/><MainRoomNo>101</MainRoomNo><RoomList/>",
                  "RoomMoveMustHaveSameStay");
    lens_must(simulator, "CancelGuestsAccessToRoom",
              "<SiteName/><MainRoomNo>101</MainRoomNo><PMSTerminalID>D</PMSTerminalID>");
    assert_int_equal(simulator_keys_for(simulator, "101"), 0);
    assert_int_equal(simulator_keys_for(simulator, "102"), 1);
    lens_must_not(simulator, "CancelGuestsAccessToRoom",
                  "<SiteName/><MainRoomNo>101</MainRoomNo><PMSTerminalID>D</PMSTerminalID>", "NoActionRequired");
    lens_must_not(simulator, "ReEstablishAccessToGuest", lens_reservation("R2"), "ReservationCheckedOut");
    simulator_stop(simulator);
}

static void one_shot_and_unassigned(void **state)
{
    (void)state;
    struct simulator *simulator = start();
    lens_must(simulator, "CreateNewBooking", lens_booking("R1", "1", "101"));
    lens_must(simulator, "CreateOneShotKey",
              "<SiteName>Main</SiteName><PMSTerminalID>DESK1</PMSTerminalID><EncoderID>2</EncoderID>"
              "<MainRoomNo>101</MainRoomNo><CheckIn>2026-05-04T10:00:00</CheckIn>"
              "<CheckOut>2026-05-04T11:00:00</CheckOut><KeySize>0</KeySize><UID/>");
    assert_int_equal(simulator_keys_for(simulator, "101"), 2);
    lens_must_not(simulator, "CreateOneShotKey",
                  "<SiteName>Main</SiteName><PMSTerminalID>DESK1</PMSTerminalID><EncoderID>2</EncoderID>"
                  "<MainRoomNo>101</MainRoomNo><CheckIn>2026-05-04T10:00:00</CheckIn>"
                  "<CheckOut>2026-05-04T09:00:00</CheckOut><KeySize>0</KeySize><UID/>",
                  "ATLASCheckInLargerCheckOut");
    lens_must(simulator, "MakeUnassignedBooking",
              "<ReservationID>R3</ReservationID><SiteName/><PMSTerminalID/><EncoderID>1</EncoderID>"
              "<CheckIn>2026-05-04T10:00:00</CheckIn><CheckOut>2026-05-05T11:00:00</CheckOut>"
              "<GuestName xmlns=\"" WSSE "\">Lee</GuestName><CommonAreaList/><TrackIIFolioNo/><TrackIGuestNo/>"
              "<KeyCount>1</KeyCount><KeySize>0</KeySize><UID/>");
    lens_must(simulator, "MakeDuplicateKey", lens_copy("R3", "DESK1", "1"));
    assert_int_equal(lens_journal_count(simulator, "\"kind\":\"unassigned\""), 1);
    assert_int_equal(simulator_keys_for(simulator, "101"), 2);
    simulator_stop(simulator);
}

static void too_many_copies(void **state)
{
    (void)state;
    struct simulator_options options = {.copies_at_most = 2};
    struct simulator *simulator = lens_start(&options);
    lens_must(simulator, "CreateNewBooking", lens_booking("R1", "1", "101"));
    lens_must(simulator, "MakeDuplicateKey", lens_copy("R1", "DESK1", "1"));
    lens_must(simulator, "MakeDuplicateKey", lens_copy("R1", "DESK1", "1"));
    lens_must_not(simulator, "MakeDuplicateKey", lens_copy("R1", "DESK1", "1"), "MaxDuplicatesMadeReached");
    assert_int_equal(simulator_keys_for(simulator, "101"), 3);
    simulator_stop(simulator);
}

/* ---- Several at once ----------------------------------------------------------------------------------------------
 */

static void one_request_of_a_terminal_and_of_an_encoder(void **state)
{
    struct lens_pending pending;
    (void)state;
    struct simulator *simulator = start();
    lens_must(simulator, "CreateNewBooking", lens_booking("R1", "1", "101"));
    lens_must(simulator, "CreateNewBooking", lens_booking("R2", "1", "102"));
    simulator_set_hand_ms(simulator, 3600000); /* for the first only */
    lens_begin(&pending, simulator, "MakeDuplicateKey", lens_copy("R1", "DESK1", "1"));
    assert_true(simulator_wait_for(simulator, SIMULATOR_WAITING, 1, LENS_PATIENCE_MS));
    simulator_set_hand_ms(simulator, 0);
    lens_must_not(simulator, "MakeDuplicateKey", lens_copy("R2", "DESK1", "2"), "BusyProcessingPreviousRequest");
    lens_must_not(simulator, "MakeDuplicateKey", lens_copy("R2", "DESK2", "1"), "EncoderBusy");
    lens_must(simulator, "MakeDuplicateKey", lens_copy("R2", "DESK2", "2"));
    assert_int_equal(simulator_keys_for(simulator, "101"), 1);
    assert_int_equal(simulator_keys_for(simulator, "102"), 2);
    simulator_stop(simulator); /* while the first is pending */
    lens_end(&pending);
    assert_int_not_equal(pending.reply.curl, CURLE_OK);
    assert_int_equal(pending.reply.size, 0);
    lens_reply_free(&pending.reply);
}

static void a_hand_that_takes_its_time(void **state)
{
    struct lens_pending pending;
    (void)state;
    struct simulator_options options = {.hand_ms = 50};
    struct simulator *simulator = lens_start(&options);
    lens_begin(&pending, simulator, "CreateNewBooking", lens_booking("R1", "1", "101"));
    lens_end(&pending);
    assert_true(lens_has(&pending.reply, ">true<"));
    lens_reply_free(&pending.reply);
    lens_must(simulator, "MakeDuplicateKey", lens_copy("R1", "DESK1", "1"));
    assert_int_equal(simulator_keys_for(simulator, "101"), 2);
    simulator_stop(simulator);
}

/* ---- Images -------------------------------------------------------------------------------------------------------
 */

static const char *image_of(const char *uid, char *out, size_t size)
{
    snprintf(out, size,
             "<ReservationID>R1</ReservationID><SiteName/><PMSTerminalID/><EncoderID>0</EncoderID>"
             "<KeyCount>1</KeyCount><KeySize>1</KeySize><UID>%s</UID><GuestName/>",
             uid);
    return out;
}

static void images(void **state)
{
    char fields[600];
    struct lens_reply first, second;
    (void)state;
    struct simulator *simulator = start();
    simulator_set_hand_ms(simulator, 0);
    lens_must(simulator, "CreateNewBooking", lens_booking("R1", "1", "101"));
    simulator_set_hand_ms(simulator, -1); /* no hand is needed */
    lens_must_not(simulator, "MakeDuplicateKey", image_of("", fields, sizeof fields), "SecuredKeyDeviceUIDEmpty");
    lens_must_not(simulator, "MakeDuplicateKey", image_of("12345G78", fields, sizeof fields), "InvalidHexValue");
    lens_must_not(simulator, "MakeDuplicateKey", image_of("123456", fields, sizeof fields),
                  "SecuredKeyDeviceUIDLengthInvalid");
    lens_must_not(simulator, "MakeDuplicateKey", image_of("00000000", fields, sizeof fields),
                  "SecuredKeyDeviceUIDZeroOnly");
    lens_tell(simulator, "MakeDuplicateKey", image_of("04A1B2C3D4E5F6", fields, sizeof fields), &first);
    lens_tell(simulator, "MakeDuplicateKey", image_of("04A1B2C3D4E5F6", fields, sizeof fields), &second);
    const char *image = strstr(first.text, "retAccessKey"), *other = strstr(second.text, "retAccessKey");
    assert_non_null(image);
    assert_non_null(other);
    assert_true(strcspn(strchr(image, '>') + 1, "<") == 64); /* 48 bytes in base64 */
    assert_string_not_equal(image, other);
    assert_int_equal(simulator_keys_for(simulator, "101"), 3);
    lens_reply_free(&first);
    lens_reply_free(&second);
    simulator_stop(simulator);
}

/* ---- Mobile keys --------------------------------------------------------------------------------------------------
 */

#define NO_TIMES                                                                                                       \
    "<From xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:nil=\"true\"/>"                                     \
    "<To xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:nil=\"true\"/>"

static const char history_of_r1[] = "<ReservationID>R1</ReservationID><RoomNo/><EncoderID/>" NO_TIMES;

static bool history_has(struct simulator *simulator, const char *fields, const char *text)
{
    struct lens_reply reply;
    lens_tell(simulator, "GetMobileTransactionHistory", fields, &reply);
    assert_int_equal(reply.status, 200);
    const bool found = lens_has(&reply, text);
    lens_reply_free(&reply);
    return found;
}

static void delivery_later(void **state)
{
    (void)state;
    struct simulator_options options = {.delivery_ms = 300};
    struct simulator *simulator = lens_start(&options);
    lens_must(simulator, "CreateNewBooking", lens_booking("R1", "999Tcustom#w1-7", "101"));
    const struct timespec moment = {.tv_nsec = 10000000};
    for (int i = 0; !history_has(simulator, history_of_r1, ">Delivered<"); i++) {
        assert_true(i < 2000);
        nanosleep(&moment, NULL);
    }
    assert_int_equal(simulator_keys_for(simulator, "101"), 1);
    simulator_set_delivery_ms(simulator, -1);
    lens_must(simulator, "MakeDuplicateKey", lens_copy("R1", "DESK1", "999+41791234567"));
    assert_true(history_has(simulator, history_of_r1, ">Pending<"));
    assert_int_equal(simulator_keys_for(simulator, "101"), 1);
    assert_int_equal(lens_journal_count(simulator, "\"kind\":\"mobile\""), 2);
    assert_int_equal(lens_journal_count(simulator, "\"phone\":\"+41791234567\""), 2);
    /* Filters. */
    assert_false(history_has(simulator, "<ReservationID>R2</ReservationID><RoomNo/><EncoderID/>" NO_TIMES, "Pending"));
    assert_true(history_has(simulator, "<ReservationID/><RoomNo>101</RoomNo><EncoderID/>" NO_TIMES, "Pending"));
    assert_false(history_has(simulator, "<ReservationID/><RoomNo>102</RoomNo><EncoderID/>" NO_TIMES, "Pending"));
    assert_false(history_has(simulator,
                             "<ReservationID/><RoomNo/><EncoderID/><From>2000-01-01T00:00:00Z</From>"
                             "<To>2001-01-01T00:00:00Z</To>",
                             "Pending"));
    /* What asks only is neither a request nor an effect. */
    assert_int_equal(simulator_count(simulator, SIMULATOR_REQUESTS), 2);
    simulator_stop(simulator);
}

static void delivery_that_fails(void **state)
{
    char message[SIMULATOR_MESSAGE_SIZE];
    (void)state;
    struct simulator_options options = {.no_phones = (const char *const[]){"+41790000000", NULL}};
    struct simulator *simulator = lens_start(&options);
    lens_must(simulator, "CreateNewBooking", lens_booking("R1", "999+41790000000", "101"));
    assert_true(history_has(simulator, history_of_r1, ">Failed<"));
    assert_true(history_has(simulator, history_of_r1, ">true<"));
    assert_int_equal(simulator_keys_for(simulator, "101"), 0);
    assert_true(simulator_add_fault(simulator, "undeliverable@2", message));
    lens_must(simulator, "CreateNewBooking", lens_booking("R2", "999T+41791111111", "102"));
    assert_int_equal(simulator_keys_for(simulator, "102"), 0);
    lens_must(simulator, "MakeDuplicateKey", lens_copy("R2", "DESK1", "999T+41791111111"));
    assert_int_equal(simulator_keys_for(simulator, "102"), 1);
    lens_must_not(simulator, "MakeDuplicateKey", lens_copy("R2", "DESK1", "999"), "EmptyPhoneNumber");
    lens_must_not(simulator, "MakeDuplicateKey", lens_copy("R2", "DESK1", "999123"), "PhoneNumberTooSmall");
    lens_must_not(simulator, "MakeDuplicateKey", lens_copy("R2", "DESK1", "999Xabc"), "InvalidWSParameter");
    simulator_stop(simulator);
}

static void mobile_key_withdrawn(void **state)
{
    static const char cancel[] = "<SiteName/><ReservationID>R1</ReservationID><MainRoomNo>101</MainRoomNo>"
                                 "<GuestMobileNumber>+41791111111</GuestMobileNumber><PMSTerminalID/>";
    (void)state;
    struct simulator_options options = {.driver = "ambiance"};
    struct simulator *simulator = lens_start(&options);
    lens_must(simulator, "CreateNewBooking", lens_booking("R1", "1", "101"));
    lens_must(simulator, "MakeDuplicateKey", lens_copy("R1", "DESK1", "99941791111111"));
    assert_int_equal(simulator_keys_for(simulator, "101"), 2);
    lens_must(simulator, "CancelGuestsMobileAccessToRoom", cancel);
    assert_int_equal(simulator_keys_for(simulator, "101"), 1);
    lens_must_not(simulator, "CancelGuestsMobileAccessToRoom", cancel, "KeyInstanceNotFound");
    simulator_stop(simulator);
}

/* ---- Tests of the connection --------------------------------------------------------------------------------------
 */

static void questions(void **state)
{
    struct lens_reply reply;
    (void)state;
    struct simulator *simulator = start();
    lens_tell(simulator, "HelloWorldTest", "<s1>here</s1><i1>7</i1>", &reply);
    assert_int_equal(reply.status, 200);
    assert_true(lens_has(&reply, "HelloWorldTestResult") && lens_has(&reply, "Hello World here 7"));
    lens_reply_free(&reply);
    lens_tell(simulator, "PublishFaultList", "", &reply);
    assert_true(lens_has(&reply, "EncoderMsg") && lens_has(&reply, "VIP_EROR_KeyConfigData"));
    lens_reply_free(&reply);
    lens_must(simulator, "PublishResponseComplexTypes",
              "<aReason>NoFault</aReason><aDetailReason>NotApplicable</aDetailReason>");
    lens_must_not(simulator, "PublishResponseComplexTypes",
                  "<aReason>EncoderMsg</aReason><aDetailReason>KeyJammed</aDetailReason>", "KeyJammed");
    assert_int_equal(simulator_count(simulator, SIMULATOR_ENQUIRIES), 4);
    assert_int_equal(simulator_count(simulator, SIMULATOR_REQUESTS), 0);
    simulator_stop(simulator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(original_and_copies),
        cmocka_unit_test(refused_and_nothing_done),
        cmocka_unit_test(sharers_have_keys_of_their_own),
        cmocka_unit_test(changed_key_opens_more),
        cmocka_unit_test(without_a_card),
        cmocka_unit_test(one_shot_and_unassigned),
        cmocka_unit_test(too_many_copies),
        cmocka_unit_test(one_request_of_a_terminal_and_of_an_encoder),
        cmocka_unit_test(a_hand_that_takes_its_time),
        cmocka_unit_test(images),
        cmocka_unit_test(delivery_later),
        cmocka_unit_test(delivery_that_fails),
        cmocka_unit_test(mobile_key_withdrawn),
        cmocka_unit_test(questions),
    };
    curl_global_init(CURL_GLOBAL_DEFAULT);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return failed;
}
