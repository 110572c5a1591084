// SPDX-License-Identifier: LGPL-2.1-or-later
// Made from doc/api.json by examples/bindings/generate.py.
package keycard;

import com.sun.jna.Callback;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/** The library's functions, by JNA's direct mapping. KEYCARD_LIBRARY names another file. */
final class Calls {
    static {
        if (Native.POINTER_SIZE != Long.BYTES)
            throw new UnsatisfiedLinkError("this binding has pointers as long: it needs a Java of 64 bits");
        String file = java.lang.System.getenv("KEYCARD_LIBRARY");
        Native.register(NativeLibrary.getInstance(file == null ? "libkeycard.so.0" : file));
    }

    private Calls() {
    }

    static native long kc_status_name(int status);

    static native long kc_status_text(int status);

    static native long kc_version();

    static native int kc_version_number();

    static native int kc_has_driver(byte[] name);

    static native long kc_outcome_name(int outcome);

    static native int kc_error_get_code(long error);

    static native int kc_error_get_advice(long error);

    static native long kc_error_get_advice_text(long error);

    static native int kc_error_get_card_state(long error);

    static native long kc_error_get_message(long error);

    static native long kc_error_get_field(long error);

    static native long kc_error_get_vendor_code(long error);

    static native long kc_error_get_vendor_text(long error);

    static native int kc_context_new(long[] context);

    static native long kc_context_ref(long context);

    static native long kc_context_unref(long context);

    static native int kc_context_set_log(long context, Callback function, long user, int level);

    static native int kc_context_set_ledger(long context, byte[] uri);

    static native int kc_context_set_ledger_key(long context, byte[] key, long size);

    static native int kc_context_watch_ledger(long context, int interval_ms);

    static native long kc_context_get_error(long context);

    static native int kc_context_get_fd(long context);

    static native int kc_context_dispatch(long context);

    static native int kc_context_wait(long context, int timeout_ms);

    static native int kc_context_run(long context, int timeout_ms);

    static native int kc_context_wakeup(long context);

    static native int kc_context_set_connection_rate(long context, int per_second);

    static native long kc_context_next_event(long context);

    static native long kc_event_type_name(int type);

    static native long kc_prompt_name(int prompt);

    static native long kc_event_ref(long event);

    static native long kc_event_unref(long event);

    static native int kc_event_get_type(long event);

    static native long kc_event_get_op(long event);

    static native int kc_event_get_state(long event);

    static native long kc_event_get_entry(long event);

    static native long kc_event_get_encoder(long event);

    static native long kc_event_get_system(long event);

    static native long kc_event_get_device(long event);

    static native int kc_event_get_prompt(long event);

    static native int kc_event_get_card_number(long event);

    static native int kc_event_get_card_count(long event);

    static native long kc_event_get_text(long event);

    static native int kc_site_new(long context, byte[] name, long[] site);

    static native long kc_site_ref(long site);

    static native long kc_site_unref(long site);

    static native long kc_site_get_name(long site);

    static native int kc_site_set_time_zone(long site, byte[] name);

    static native int kc_site_set_default_times(long site, byte[] check_in, byte[] check_out);

    static native int kc_site_set_policy(long site, byte[] name, byte[] value);

    static native long kc_site_get_policy(long site, byte[] name);

    static native long kc_site_get_error(long site);

    static native int kc_driver_count();

    static native long kc_driver_get(int index);

    static native long kc_driver_find(byte[] name);

    static native long kc_driver_get_name(long driver);

    static native long kc_driver_get_label(long driver);

    static native long kc_driver_get_maturity(long driver);

    static native long kc_driver_get_scheme(long driver, int index);

    static native long kc_capability_name(int capability);

    static native int kc_driver_has(long driver, int capability);

    static native long kc_limit_name(int limit);

    static native long kc_driver_get_limit(long driver, int limit);

    static native int kc_driver_get_option_count(long driver);

    static native long kc_driver_get_option_name(long driver, int index);

    static native long kc_driver_get_option_default(long driver, int index);

    static native long kc_driver_get_option_values(long driver, int index);

    static native long kc_driver_get_option_help(long driver, int index);

    static native int kc_system_new(long site, byte[] name, byte[] uri, long[] system);

    static native long kc_system_ref(long system);

    static native long kc_system_unref(long system);

    static native int kc_system_remove(long system);

    static native long kc_system_get_name(long system);

    static native long kc_system_get_driver(long system);

    static native int kc_system_set_option(long system, byte[] name, byte[] value);

    static native long kc_system_get_option(long system, byte[] name);

    static native int kc_system_map_room(long system, byte[] room, byte[] lock_name);

    static native int kc_system_map_area(long system, byte[] area, byte[] lock_name);

    static native int kc_system_add_encoder(long system, byte[] name);

    static native int kc_system_adopt_fd(long system, int fd);

    static native int kc_system_has(long system, int capability);

    static native long kc_system_get_limit(long system, int limit);

    static native int kc_system_get_state(long system);

    static native long kc_system_get_error(long system);

    static native long kc_encoder_state_name(int state);

    static native long kc_encoder_ref(long encoder);

    static native long kc_encoder_unref(long encoder);

    static native long kc_encoder_get_name(long encoder);

    static native long kc_encoder_get_system(long encoder);

    static native int kc_encoder_get_state(long encoder);

    static native long kc_encoder_get_last_contact(long encoder);

    static native int kc_site_discover(long site, long[] op);

    static native int kc_context_watch_devices(long context, int how);

    static native int kc_context_get_device_count(long context);

    static native long kc_context_get_device(long context, int index);

    static native long kc_device_state_name(int state);

    static native long kc_device_ref(long device);

    static native long kc_device_unref(long device);

    static native long kc_device_get_name(long device);

    static native long kc_device_get_label(long device);

    static native long kc_device_get_transport(long device);

    static native long kc_device_get_place(long device);

    static native int kc_device_get_vendor_id(long device);

    static native int kc_device_get_product_id(long device);

    static native long kc_device_get_manufacturer(long device);

    static native long kc_device_get_product(long device);

    static native long kc_device_get_serial_number(long device);

    static native long kc_device_get_model(long device);

    static native long kc_device_get_firmware(long device);

    static native int kc_device_get_state(long device);

    static native long kc_device_get_since(long device);

    static native long kc_device_get_system(long device);

    static native long kc_device_get_error(long device);

    static native long kc_device_get_driver(long device, int index);

    static native long kc_device_get_uri(long device, long driver);

    static native int kc_device_identify(long device, byte[] driver, byte[] options);

    static native int kc_request_new(long site, long[] request);

    static native long kc_request_ref(long request);

    static native long kc_request_unref(long request);

    static native long kc_request_get_error(long request);

    static native int kc_request_set_booking(long request, byte[] booking);

    static native int kc_request_add_room(long request, byte[] room);

    static native int kc_request_clear_rooms(long request);

    static native int kc_request_set_guest(long request, byte[] name);

    static native int kc_request_set_validity(long request, byte[] from, byte[] until);

    static native int kc_request_set_station(long request, byte[] station);

    static native int kc_request_set_encoder(long request, byte[] encoder);

    static native int kc_request_set_system(long request, byte[] system);

    static native int kc_request_set_operator(long request, byte[] name);

    static native int kc_request_add_area(long request, byte[] area);

    static native int kc_request_remove_area(long request, byte[] area);

    static native int kc_request_clear_areas(long request);

    static native int kc_request_set_phone(long request, byte[] phone);

    static native int kc_request_set_email(long request, byte[] email);

    static native int kc_request_set_copies(long request, int copies);

    static native int kc_request_set_text(long request, int line, byte[] text);

    static native int kc_request_set_message(long request, byte[] text);

    static native int kc_request_set_return_image(long request, int wanted);

    static native int kc_request_set_card_serial(long request, byte[] serial);

    static native int kc_request_set_image(long request, byte[] bytes, long size);

    static native int kc_request_set_idempotency_key(long request, byte[] key);

    static native int kc_issue_original(long request, long[] op);

    static native int kc_issue_duplicate(long request, long[] op);

    static native int kc_reissue(long request, long[] op);

    static native int kc_issue_one_shot(long request, long[] op);

    static native int kc_send_mobile(long request, long[] op);

    static native int kc_write_image(long request, long[] op);

    static native int kc_read_card(long request, long[] op);

    static native int kc_check_out(long request, long[] op);

    static native int kc_modify_stay(long request, long[] op);

    static native int kc_cancel_key(long request, byte[] key_id, long[] op);

    static native int kc_block_stay(long request, long[] op);

    static native int kc_unblock_stay(long request, long[] op);

    static native int kc_check_mobile(long request, byte[] key_id, long[] op);

    static native long kc_verb_name(int verb);

    static native long kc_state_name(int state);

    static native long kc_op_ref(long op);

    static native long kc_op_unref(long op);

    static native long kc_op_get_id(long op);

    static native int kc_op_get_verb(long op);

    static native int kc_op_get_state(long op);

    static native int kc_op_get_status(long op);

    static native int kc_op_get_outcome(long op);

    static native long kc_op_get_error(long op);

    static native long kc_op_get_encoder_name(long op);

    static native long kc_op_get_booking(long op);

    static native long kc_op_get_room(long op);

    static native long kc_op_get_station(long op);

    static native long kc_op_get_operator(long op);

    static native long kc_op_get_created(long op);

    static native long kc_op_get_system_name(long op);

    static native long kc_op_get_target(long op);

    static native long kc_op_get_retry_of(long op);

    static native int kc_op_is_replay(long op);

    static native long kc_op_get_follow_up(long op);

    static native int kc_op_wait(long op, int timeout_ms);

    static native int kc_op_cancel(long op);

    static native int kc_op_answer(long op, int answer);

    static native int kc_op_retry(long op, long[] retry);

    static native int kc_op_resolve(long op, int how, byte[] operator_name, long[] resolution);

    static native int kc_op_get_warning_count(long op);

    static native long kc_op_get_warning_text(long op, int index);

    static native long kc_op_get_warning_field(long op, int index);

    static native long kc_op_get_warning_before(long op, int index);

    static native long kc_op_get_warning_after(long op, int index);

    static native int kc_op_get_key_count(long op);

    static native long kc_op_get_key(long op, int index);

    static native int kc_op_get_voided_key_count(long op);

    static native long kc_op_get_voided_key(long op, int index);

    static native int kc_op_get_encoder_count(long op);

    static native long kc_op_get_encoder(long op, int index);

    static native int kc_op_get_device_count(long op);

    static native long kc_op_get_device(long op, int index);

    static native int kc_op_get_op_count(long op);

    static native long kc_op_get_op(long op, int index);

    static native int kc_op_has_more(long op);

    static native int kc_op_set_user_data(long op, long data);

    static native long kc_op_get_user_data(long op);

    static native int kc_list_keys(long site, int filter, byte[] value, int limit, long[] op);

    static native int kc_list_ops(long site, int filter, byte[] value, int limit, long[] op);

    static native int kc_find_op(long site, byte[] id, long[] op);

    static native int kc_forget_guest(long site, byte[] booking, long[] op);

    static native int kc_forget_departed(long site, int days, long[] op);

    static native long kc_op_get_forgotten_count(long op);

    static native int kc_verify_ledger(long site, long[] op);

    static native int kc_copy_ledger(long site, byte[] uri, byte[] key, long key_size, long[] op);

    static native int kc_backup_ledger(long site, byte[] path, long[] op);

    static native long kc_op_get_entry_count(long op);

    static native long kc_op_get_ledger_digest(long op);

    static native long kc_kind_name(int kind);

    static native long kc_key_state_name(int state);

    static native long kc_key_ref(long key);

    static native long kc_key_unref(long key);

    static native long kc_key_get_id(long key);

    static native int kc_key_get_kind(long key);

    static native int kc_key_get_state(long key);

    static native int kc_key_is_unconfirmed(long key);

    static native int kc_key_is_expired(long key);

    static native int kc_key_get_status(long key);

    static native long kc_key_get_vendor_code(long key);

    static native long kc_key_get_booking(long key);

    static native int kc_key_get_room_count(long key);

    static native long kc_key_get_room(long key, int index);

    static native int kc_key_get_area_count(long key);

    static native long kc_key_get_area(long key, int index);

    static native long kc_key_get_guest(long key);

    static native long kc_key_get_from(long key);

    static native long kc_key_get_until(long key);

    static native long kc_key_get_created(long key);

    static native long kc_key_get_station(long key);

    static native long kc_key_get_encoder(long key);

    static native long kc_key_get_system(long key);

    static native long kc_key_get_operator(long key);

    static native long kc_key_get_phone(long key);

    static native long kc_key_get_email(long key);

    static native int kc_key_get_copies(long key);

    static native int kc_key_get_serial_count(long key);

    static native long kc_key_get_serial(long key, int index);

    static native long kc_key_get_image(long key, long[] size);

    static native long kc_key_get_installation(long key);

    static native int kc_open_key_check_card(int site_number, byte[] site_key, long site_key_size, byte[] uid, long uid_size, byte[] message, long message_size, long[] key);

    static native int kc_open_key_check_stripe(int site_number, byte[] site_key, long site_key_size, byte[] track, long[] key);

    static native long kc_open_key_ref(long key);

    static native long kc_open_key_unref(long key);

    static native int kc_open_key_get_kind(long key);

    static native long kc_open_key_get_sequence(long key);

    static native long kc_open_key_get_issue(long key);

    static native long kc_open_key_get_from(long key);

    static native long kc_open_key_get_until(long key);

    static native int kc_open_key_get_room_count(long key);

    static native long kc_open_key_get_room(long key, int index);

    static native int kc_open_key_has_area(long key, int area);
}
