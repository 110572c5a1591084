// SPDX-License-Identifier: LGPL-2.1-or-later
// Made from doc/api.json by examples/bindings/generate.py.
package keycard;

import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.NativeLongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.util.Map;

/** The library's functions, by JNA's direct mapping. KEYCARD_LIBRARY names another file. */
final class Calls {
    static {
        String file = java.lang.System.getenv("KEYCARD_LIBRARY");
        Native.register(NativeLibrary.getInstance(file == null ? "libkeycard.so.0" : file,
                Map.of(Library.OPTION_STRING_ENCODING, "UTF-8")));
    }

    private Calls() {
    }

    static native String kc_status_name(int status);

    static native String kc_status_text(int status);

    static native String kc_version();

    static native int kc_version_number();

    static native int kc_has_driver(byte[] name);

    static native String kc_outcome_name(int outcome);

    static native int kc_error_get_code(Pointer error);

    static native int kc_error_get_advice(Pointer error);

    static native String kc_error_get_advice_text(Pointer error);

    static native int kc_error_get_card_state(Pointer error);

    static native String kc_error_get_message(Pointer error);

    static native String kc_error_get_field(Pointer error);

    static native String kc_error_get_vendor_code(Pointer error);

    static native String kc_error_get_vendor_text(Pointer error);

    static native int kc_context_new(PointerByReference context);

    static native Pointer kc_context_ref(Pointer context);

    static native Pointer kc_context_unref(Pointer context);

    static native int kc_context_set_log(Pointer context, Callback function, Pointer user, int level);

    static native int kc_context_set_ledger(Pointer context, byte[] uri);

    static native Pointer kc_context_get_error(Pointer context);

    static native int kc_context_get_fd(Pointer context);

    static native int kc_context_dispatch(Pointer context);

    static native int kc_context_wait(Pointer context, int timeout_ms);

    static native int kc_context_wakeup(Pointer context);

    static native Pointer kc_context_next_event(Pointer context);

    static native String kc_event_type_name(int type);

    static native String kc_prompt_name(int prompt);

    static native Pointer kc_event_ref(Pointer event);

    static native Pointer kc_event_unref(Pointer event);

    static native int kc_event_get_type(Pointer event);

    static native Pointer kc_event_get_op(Pointer event);

    static native int kc_event_get_state(Pointer event);

    static native Pointer kc_event_get_encoder(Pointer event);

    static native Pointer kc_event_get_system(Pointer event);

    static native int kc_event_get_prompt(Pointer event);

    static native int kc_event_get_card_number(Pointer event);

    static native int kc_event_get_card_count(Pointer event);

    static native String kc_event_get_text(Pointer event);

    static native int kc_site_new(Pointer context, byte[] name, PointerByReference site);

    static native Pointer kc_site_ref(Pointer site);

    static native Pointer kc_site_unref(Pointer site);

    static native String kc_site_get_name(Pointer site);

    static native int kc_site_set_time_zone(Pointer site, byte[] name);

    static native int kc_site_set_default_times(Pointer site, byte[] check_in, byte[] check_out);

    static native int kc_site_set_policy(Pointer site, byte[] name, byte[] value);

    static native String kc_site_get_policy(Pointer site, byte[] name);

    static native Pointer kc_site_get_error(Pointer site);

    static native int kc_driver_count();

    static native Pointer kc_driver_get(int index);

    static native Pointer kc_driver_find(byte[] name);

    static native String kc_driver_get_name(Pointer driver);

    static native String kc_driver_get_label(Pointer driver);

    static native String kc_driver_get_maturity(Pointer driver);

    static native String kc_driver_get_scheme(Pointer driver, int index);

    static native String kc_capability_name(int capability);

    static native int kc_driver_has(Pointer driver, int capability);

    static native String kc_limit_name(int limit);

    static native long kc_driver_get_limit(Pointer driver, int limit);

    static native int kc_driver_get_option_count(Pointer driver);

    static native String kc_driver_get_option_name(Pointer driver, int index);

    static native String kc_driver_get_option_default(Pointer driver, int index);

    static native String kc_driver_get_option_values(Pointer driver, int index);

    static native String kc_driver_get_option_help(Pointer driver, int index);

    static native int kc_system_new(Pointer site, byte[] name, byte[] uri, PointerByReference system);

    static native Pointer kc_system_ref(Pointer system);

    static native Pointer kc_system_unref(Pointer system);

    static native int kc_system_remove(Pointer system);

    static native String kc_system_get_name(Pointer system);

    static native Pointer kc_system_get_driver(Pointer system);

    static native int kc_system_set_option(Pointer system, byte[] name, byte[] value);

    static native String kc_system_get_option(Pointer system, byte[] name);

    static native int kc_system_map_room(Pointer system, byte[] room, byte[] lock_name);

    static native int kc_system_map_area(Pointer system, byte[] area, byte[] lock_name);

    static native int kc_system_add_encoder(Pointer system, byte[] name);

    static native int kc_system_adopt_fd(Pointer system, int fd);

    static native int kc_system_has(Pointer system, int capability);

    static native long kc_system_get_limit(Pointer system, int limit);

    static native int kc_system_get_state(Pointer system);

    static native Pointer kc_system_get_error(Pointer system);

    static native String kc_encoder_state_name(int state);

    static native Pointer kc_encoder_ref(Pointer encoder);

    static native Pointer kc_encoder_unref(Pointer encoder);

    static native String kc_encoder_get_name(Pointer encoder);

    static native Pointer kc_encoder_get_system(Pointer encoder);

    static native int kc_encoder_get_state(Pointer encoder);

    static native String kc_encoder_get_last_contact(Pointer encoder);

    static native int kc_site_discover(Pointer site, PointerByReference op);

    static native int kc_request_new(Pointer site, PointerByReference request);

    static native Pointer kc_request_ref(Pointer request);

    static native Pointer kc_request_unref(Pointer request);

    static native Pointer kc_request_get_error(Pointer request);

    static native int kc_request_set_booking(Pointer request, byte[] booking);

    static native int kc_request_add_room(Pointer request, byte[] room);

    static native int kc_request_clear_rooms(Pointer request);

    static native int kc_request_set_guest(Pointer request, byte[] name);

    static native int kc_request_set_validity(Pointer request, byte[] from, byte[] until);

    static native int kc_request_set_station(Pointer request, byte[] station);

    static native int kc_request_set_encoder(Pointer request, byte[] encoder);

    static native int kc_request_set_system(Pointer request, byte[] system);

    static native int kc_request_set_operator(Pointer request, byte[] name);

    static native int kc_request_add_area(Pointer request, byte[] area);

    static native int kc_request_remove_area(Pointer request, byte[] area);

    static native int kc_request_clear_areas(Pointer request);

    static native int kc_request_set_phone(Pointer request, byte[] phone);

    static native int kc_request_set_email(Pointer request, byte[] email);

    static native int kc_request_set_copies(Pointer request, int copies);

    static native int kc_request_set_text(Pointer request, int line, byte[] text);

    static native int kc_request_set_message(Pointer request, byte[] text);

    static native int kc_request_set_return_image(Pointer request, int wanted);

    static native int kc_request_set_card_serial(Pointer request, byte[] serial);

    static native int kc_request_set_idempotency_key(Pointer request, byte[] key);

    static native int kc_issue_original(Pointer request, PointerByReference op);

    static native int kc_issue_duplicate(Pointer request, PointerByReference op);

    static native int kc_reissue(Pointer request, PointerByReference op);

    static native int kc_issue_one_shot(Pointer request, PointerByReference op);

    static native int kc_send_mobile(Pointer request, PointerByReference op);

    static native int kc_read_card(Pointer request, PointerByReference op);

    static native int kc_check_out(Pointer request, PointerByReference op);

    static native int kc_modify_stay(Pointer request, PointerByReference op);

    static native int kc_cancel_key(Pointer request, byte[] key_id, PointerByReference op);

    static native int kc_block_stay(Pointer request, PointerByReference op);

    static native int kc_unblock_stay(Pointer request, PointerByReference op);

    static native int kc_check_mobile(Pointer request, byte[] key_id, PointerByReference op);

    static native String kc_verb_name(int verb);

    static native String kc_state_name(int state);

    static native Pointer kc_op_ref(Pointer op);

    static native Pointer kc_op_unref(Pointer op);

    static native String kc_op_get_id(Pointer op);

    static native int kc_op_get_verb(Pointer op);

    static native int kc_op_get_state(Pointer op);

    static native int kc_op_get_status(Pointer op);

    static native int kc_op_get_outcome(Pointer op);

    static native Pointer kc_op_get_error(Pointer op);

    static native String kc_op_get_encoder_name(Pointer op);

    static native String kc_op_get_booking(Pointer op);

    static native String kc_op_get_room(Pointer op);

    static native String kc_op_get_station(Pointer op);

    static native String kc_op_get_operator(Pointer op);

    static native String kc_op_get_created(Pointer op);

    static native String kc_op_get_system_name(Pointer op);

    static native String kc_op_get_target(Pointer op);

    static native String kc_op_get_retry_of(Pointer op);

    static native int kc_op_is_replay(Pointer op);

    static native Pointer kc_op_get_follow_up(Pointer op);

    static native int kc_op_wait(Pointer op, int timeout_ms);

    static native int kc_op_cancel(Pointer op);

    static native int kc_op_answer(Pointer op, int answer);

    static native int kc_op_retry(Pointer op, PointerByReference retry);

    static native int kc_op_resolve(Pointer op, int how, byte[] operator_name, PointerByReference resolution);

    static native int kc_op_get_warning_count(Pointer op);

    static native String kc_op_get_warning_text(Pointer op, int index);

    static native String kc_op_get_warning_field(Pointer op, int index);

    static native String kc_op_get_warning_before(Pointer op, int index);

    static native String kc_op_get_warning_after(Pointer op, int index);

    static native int kc_op_get_key_count(Pointer op);

    static native Pointer kc_op_get_key(Pointer op, int index);

    static native int kc_op_get_voided_key_count(Pointer op);

    static native Pointer kc_op_get_voided_key(Pointer op, int index);

    static native int kc_op_get_encoder_count(Pointer op);

    static native Pointer kc_op_get_encoder(Pointer op, int index);

    static native int kc_op_get_op_count(Pointer op);

    static native Pointer kc_op_get_op(Pointer op, int index);

    static native int kc_op_set_user_data(Pointer op, Pointer data);

    static native Pointer kc_op_get_user_data(Pointer op);

    static native int kc_list_keys(Pointer site, int filter, byte[] value, int limit, PointerByReference op);

    static native int kc_list_ops(Pointer site, int filter, byte[] value, int limit, PointerByReference op);

    static native int kc_find_op(Pointer site, byte[] id, PointerByReference op);

    static native int kc_forget_guest(Pointer site, byte[] booking, PointerByReference op);

    static native int kc_verify_ledger(Pointer site, PointerByReference op);

    static native long kc_op_get_entry_count(Pointer op);

    static native String kc_op_get_ledger_digest(Pointer op);

    static native String kc_kind_name(int kind);

    static native String kc_key_state_name(int state);

    static native Pointer kc_key_ref(Pointer key);

    static native Pointer kc_key_unref(Pointer key);

    static native String kc_key_get_id(Pointer key);

    static native int kc_key_get_kind(Pointer key);

    static native int kc_key_get_state(Pointer key);

    static native int kc_key_is_unconfirmed(Pointer key);

    static native int kc_key_is_expired(Pointer key);

    static native int kc_key_get_status(Pointer key);

    static native String kc_key_get_vendor_code(Pointer key);

    static native String kc_key_get_booking(Pointer key);

    static native int kc_key_get_room_count(Pointer key);

    static native String kc_key_get_room(Pointer key, int index);

    static native int kc_key_get_area_count(Pointer key);

    static native String kc_key_get_area(Pointer key, int index);

    static native String kc_key_get_guest(Pointer key);

    static native String kc_key_get_from(Pointer key);

    static native String kc_key_get_until(Pointer key);

    static native String kc_key_get_created(Pointer key);

    static native String kc_key_get_station(Pointer key);

    static native String kc_key_get_encoder(Pointer key);

    static native String kc_key_get_system(Pointer key);

    static native String kc_key_get_operator(Pointer key);

    static native String kc_key_get_phone(Pointer key);

    static native String kc_key_get_email(Pointer key);

    static native int kc_key_get_copies(Pointer key);

    static native int kc_key_get_serial_count(Pointer key);

    static native String kc_key_get_serial(Pointer key, int index);

    static native Pointer kc_key_get_image(Pointer key, NativeLongByReference size);

    static native String kc_key_get_installation(Pointer key);
}
