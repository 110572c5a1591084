// SPDX-License-Identifier: LGPL-2.1-or-later
// The library's functions.
//
// Made from doc/api.json by examples/bindings/generate.py.

using System;
using System.Runtime.InteropServices;

namespace Keycard
{
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    delegate void LogFunction(IntPtr user, int level, IntPtr domain, IntPtr message);

    static class Calls
    {
        const string Library = "libkeycard.so.0";

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_status_name(int status);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_status_text(int status);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_version();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_version_number();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_has_driver(byte[] name);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_outcome_name(int outcome);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_error_get_code(IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_error_get_advice(IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_error_get_advice_text(IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_error_get_card_state(IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_error_get_message(IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_error_get_field(IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_error_get_vendor_code(IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_error_get_vendor_text(IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_context_new(out IntPtr context);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_context_ref(IntPtr context);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_context_unref(IntPtr context);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_context_set_log(Reference context, LogFunction function, IntPtr user, int level);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_context_set_ledger(Reference context, byte[] uri);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_context_set_ledger_key(Reference context, byte[] key, UIntPtr size);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_context_watch_ledger(Reference context, int interval_ms);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_context_get_error(Reference context);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_context_get_fd(Reference context);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_context_dispatch(Reference context);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_context_wait(Reference context, int timeout_ms);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_context_run(Reference context, int timeout_ms);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_context_wakeup(Reference context);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_context_set_connection_rate(Reference context, int per_second);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_context_next_event(Reference context);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_event_type_name(int type);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_prompt_name(int prompt);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_event_ref(IntPtr @event);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_event_unref(IntPtr @event);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_event_get_type(Reference @event);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_event_get_op(Reference @event);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_event_get_state(Reference @event);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern long kc_event_get_entry(Reference @event);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_event_get_encoder(Reference @event);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_event_get_system(Reference @event);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_event_get_device(Reference @event);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_event_get_prompt(Reference @event);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_event_get_card_number(Reference @event);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_event_get_card_count(Reference @event);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_event_get_text(Reference @event);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_site_new(Reference context, byte[] name, out IntPtr site);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_site_ref(IntPtr site);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_site_unref(IntPtr site);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_site_get_name(Reference site);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_site_set_time_zone(Reference site, byte[] name);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_site_set_default_times(Reference site, byte[] check_in, byte[] check_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_site_set_policy(Reference site, byte[] name, byte[] value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_site_get_policy(Reference site, byte[] name);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_site_get_error(Reference site);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_driver_count();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_driver_get(int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_driver_find(byte[] name);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_driver_get_name(IntPtr driver);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_driver_get_label(IntPtr driver);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_driver_get_maturity(IntPtr driver);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_driver_get_scheme(IntPtr driver, int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_capability_name(int capability);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_driver_has(IntPtr driver, int capability);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_limit_name(int limit);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern long kc_driver_get_limit(IntPtr driver, int limit);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_driver_get_option_count(IntPtr driver);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_driver_get_option_name(IntPtr driver, int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_driver_get_option_default(IntPtr driver, int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_driver_get_option_values(IntPtr driver, int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_driver_get_option_help(IntPtr driver, int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_system_new(Reference site, byte[] name, byte[] uri, out IntPtr system);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_system_ref(IntPtr system);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_system_unref(IntPtr system);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_system_remove(Reference system);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_system_get_name(Reference system);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_system_get_driver(Reference system);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_system_set_option(Reference system, byte[] name, byte[] value);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_system_get_option(Reference system, byte[] name);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_system_map_room(Reference system, byte[] room, byte[] lock_name);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_system_map_area(Reference system, byte[] area, byte[] lock_name);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_system_add_encoder(Reference system, byte[] name);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_system_adopt_fd(Reference system, int fd);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_system_has(Reference system, int capability);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern long kc_system_get_limit(Reference system, int limit);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_system_get_state(Reference system);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_system_get_error(Reference system);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_encoder_state_name(int state);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_encoder_ref(IntPtr encoder);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_encoder_unref(IntPtr encoder);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_encoder_get_name(Reference encoder);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_encoder_get_system(Reference encoder);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_encoder_get_state(Reference encoder);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_encoder_get_last_contact(Reference encoder);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_site_discover(Reference site, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_context_watch_devices(Reference context, int how);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_context_get_device_count(Reference context);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_context_get_device(Reference context, int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_device_state_name(int state);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_device_ref(IntPtr device);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_device_unref(IntPtr device);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_device_get_name(Reference device);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_device_get_label(Reference device);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_device_get_transport(Reference device);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_device_get_place(Reference device);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_device_get_vendor_id(Reference device);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_device_get_product_id(Reference device);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_device_get_manufacturer(Reference device);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_device_get_product(Reference device);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_device_get_serial_number(Reference device);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_device_get_model(Reference device);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_device_get_firmware(Reference device);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_device_get_state(Reference device);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_device_get_since(Reference device);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_device_get_system(Reference device);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_device_get_error(Reference device);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_device_get_driver(Reference device, int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_device_get_uri(Reference device, IntPtr driver);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_device_identify(Reference device, byte[] driver, byte[] options);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_new(Reference site, out IntPtr request);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_request_ref(IntPtr request);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_request_unref(IntPtr request);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_request_get_error(Reference request);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_set_booking(Reference request, byte[] booking);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_add_room(Reference request, byte[] room);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_clear_rooms(Reference request);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_set_guest(Reference request, byte[] name);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_set_validity(Reference request, byte[] @from, byte[] until);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_set_station(Reference request, byte[] station);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_set_encoder(Reference request, byte[] encoder);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_set_system(Reference request, byte[] system);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_set_operator(Reference request, byte[] name);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_add_area(Reference request, byte[] area);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_remove_area(Reference request, byte[] area);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_clear_areas(Reference request);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_set_phone(Reference request, byte[] phone);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_set_email(Reference request, byte[] email);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_set_copies(Reference request, int copies);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_set_text(Reference request, int line, byte[] text);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_set_message(Reference request, byte[] text);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_set_return_image(Reference request, int wanted);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_set_card_serial(Reference request, byte[] serial);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_set_image(Reference request, byte[] bytes, UIntPtr size);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_request_set_idempotency_key(Reference request, byte[] key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_issue_original(Reference request, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_issue_duplicate(Reference request, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_reissue(Reference request, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_issue_one_shot(Reference request, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_send_mobile(Reference request, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_write_image(Reference request, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_read_card(Reference request, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_check_out(Reference request, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_modify_stay(Reference request, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_cancel_key(Reference request, byte[] key_id, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_block_stay(Reference request, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_unblock_stay(Reference request, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_check_mobile(Reference request, byte[] key_id, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_verb_name(int verb);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_state_name(int state);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_ref(IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_unref(IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_id(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_op_get_verb(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_op_get_state(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_op_get_status(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_op_get_outcome(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_error(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_encoder_name(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_booking(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_room(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_station(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_operator(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_created(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_system_name(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_target(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_retry_of(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_op_is_replay(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_follow_up(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_op_wait(Reference op, int timeout_ms);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_op_cancel(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_op_answer(Reference op, int answer);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_op_retry(Reference op, out IntPtr retry);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_op_resolve(Reference op, int how, byte[] operator_name, out IntPtr resolution);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_op_get_warning_count(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_warning_text(Reference op, int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_warning_field(Reference op, int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_warning_before(Reference op, int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_warning_after(Reference op, int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_op_get_key_count(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_key(Reference op, int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_op_get_voided_key_count(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_voided_key(Reference op, int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_op_get_encoder_count(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_encoder(Reference op, int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_op_get_device_count(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_device(Reference op, int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_op_get_op_count(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_op(Reference op, int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_op_has_more(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_op_set_user_data(Reference op, IntPtr data);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_user_data(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_list_keys(Reference site, int filter, byte[] value, int limit, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_list_ops(Reference site, int filter, byte[] value, int limit, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_find_op(Reference site, byte[] id, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_forget_guest(Reference site, byte[] booking, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_forget_departed(Reference site, int days, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern long kc_op_get_forgotten_count(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_verify_ledger(Reference site, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_copy_ledger(Reference site, byte[] uri, byte[] key, UIntPtr key_size, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_backup_ledger(Reference site, byte[] path, out IntPtr op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern long kc_op_get_entry_count(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_op_get_ledger_digest(Reference op);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_kind_name(int kind);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_key_state_name(int state);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_key_ref(IntPtr key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_key_unref(IntPtr key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_key_get_id(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_key_get_kind(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_key_get_state(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_key_is_unconfirmed(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_key_is_expired(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_key_get_status(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_key_get_vendor_code(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_key_get_booking(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_key_get_room_count(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_key_get_room(Reference key, int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_key_get_area_count(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_key_get_area(Reference key, int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_key_get_guest(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_key_get_from(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_key_get_until(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_key_get_created(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_key_get_station(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_key_get_encoder(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_key_get_system(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_key_get_operator(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_key_get_phone(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_key_get_email(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_key_get_copies(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_key_get_serial_count(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_key_get_serial(Reference key, int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_key_get_image(Reference key, out UIntPtr size);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_key_get_installation(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_open_key_check_card(int site_number, byte[] site_key, UIntPtr site_key_size, byte[] uid, UIntPtr uid_size, byte[] message, UIntPtr message_size, out IntPtr key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_open_key_check_stripe(int site_number, byte[] site_key, UIntPtr site_key_size, byte[] track, out IntPtr key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_open_key_ref(IntPtr key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_open_key_unref(IntPtr key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_open_key_get_kind(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern long kc_open_key_get_sequence(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_open_key_get_issue(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern long kc_open_key_get_from(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern long kc_open_key_get_until(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_open_key_get_room_count(Reference key);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kc_open_key_get_room(Reference key, int index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kc_open_key_has_area(Reference key, int area);
    }
}
