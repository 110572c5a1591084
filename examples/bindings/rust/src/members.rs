// SPDX-License-Identifier: LGPL-2.1-or-later
//! The members of the objects, as the public header has them.
//!
//! Made from doc/api.json by examples/bindings/generate.py.

use crate::error::Pass;
use crate::handle::Object;
use crate::*;
use std::ptr;

impl Object for ffi::kc_context {
    unsafe fn hold(pointer: *mut Self) {
        ffi::kc_context_ref(pointer);
    }
    unsafe fn release(pointer: *mut Self) {
        ffi::kc_context_unref(pointer);
    }
}

impl Object for ffi::kc_site {
    unsafe fn hold(pointer: *mut Self) {
        ffi::kc_site_ref(pointer);
    }
    unsafe fn release(pointer: *mut Self) {
        ffi::kc_site_unref(pointer);
    }
}

impl Object for ffi::kc_system {
    unsafe fn hold(pointer: *mut Self) {
        ffi::kc_system_ref(pointer);
    }
    unsafe fn release(pointer: *mut Self) {
        ffi::kc_system_unref(pointer);
    }
}

impl Object for ffi::kc_encoder {
    unsafe fn hold(pointer: *mut Self) {
        ffi::kc_encoder_ref(pointer);
    }
    unsafe fn release(pointer: *mut Self) {
        ffi::kc_encoder_unref(pointer);
    }
}

impl Object for ffi::kc_device {
    unsafe fn hold(pointer: *mut Self) {
        ffi::kc_device_ref(pointer);
    }
    unsafe fn release(pointer: *mut Self) {
        ffi::kc_device_unref(pointer);
    }
}

impl Object for ffi::kc_request {
    unsafe fn hold(pointer: *mut Self) {
        ffi::kc_request_ref(pointer);
    }
    unsafe fn release(pointer: *mut Self) {
        ffi::kc_request_unref(pointer);
    }
}

impl Object for ffi::kc_op {
    unsafe fn hold(pointer: *mut Self) {
        ffi::kc_op_ref(pointer);
    }
    unsafe fn release(pointer: *mut Self) {
        ffi::kc_op_unref(pointer);
    }
}

impl Object for ffi::kc_key {
    unsafe fn hold(pointer: *mut Self) {
        ffi::kc_key_ref(pointer);
    }
    unsafe fn release(pointer: *mut Self) {
        ffi::kc_key_unref(pointer);
    }
}

impl Object for ffi::kc_open_key {
    unsafe fn hold(pointer: *mut Self) {
        ffi::kc_open_key_ref(pointer);
    }
    unsafe fn release(pointer: *mut Self) {
        ffi::kc_open_key_unref(pointer);
    }
}

impl Object for ffi::kc_event {
    unsafe fn hold(pointer: *mut Self) {
        ffi::kc_event_ref(pointer);
    }
    unsafe fn release(pointer: *mut Self) {
        ffi::kc_event_unref(pointer);
    }
}

impl Context {
    /// Switches KC_EVENT_LEDGER on or off, which tells what others do: other programs and machines with the same
    /// ledger.
    pub fn watch_ledger(&self, interval_ms: i32) -> Result<&Self> {
        unsafe { ffi::kc_context_watch_ledger(self.pointer(), interval_ms) }
            .pass(|| unsafe { ffi::kc_context_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// How fast the context connects its systems, so that thousands of lock systems that come back after a power cut
    /// are not overrun: with a rate of 1,000 (the default) at most 100 at the same moment, and 1,000 a second for as
    /// long as it takes.
    pub fn set_connection_rate(&self, per_second: i32) -> Result<&Self> {
        unsafe { ffi::kc_context_set_connection_rate(self.pointer(), per_second) }
            .pass(|| unsafe { ffi::kc_context_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// Switches KC_EVENT_DEVICE on or off.
    pub fn watch_devices(&self, how: DeviceWatch) -> Result<&Self> {
        unsafe { ffi::kc_context_watch_devices(self.pointer(), how.code()) }
            .pass(|| unsafe { ffi::kc_context_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// Devices as far as known: those that are there now while they are watched, else those that the last
    /// kc_site_discover() saw.
    pub fn devices(&self) -> Vec<Device> {
        let count = unsafe { ffi::kc_context_get_device_count(self.pointer()) };
        (0..count).map(|index| unsafe { Device::borrowed(ffi::kc_context_get_device(self.pointer(), index), self.shared()).expect("the library has it") }).collect()
    }
}

impl Site {
    /// The name.
    pub fn name(&self) -> String {
        unsafe { text::owned(ffi::kc_site_get_name(self.pointer())) }
    }

    /// Sets the time zone by its IANA name, such as "Europe/Sofia".
    pub fn set_time_zone(&self, name: &str) -> Result<&Self> {
        let name = text::Given::new(name)?;
        unsafe { ffi::kc_site_set_time_zone(self.pointer(), name.pointer()) }
            .pass(|| unsafe { ffi::kc_site_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// Sets the check-in and check-out times, "HH:MM", that complete a date without a time.
    pub fn set_default_times(&self, check_in: &str, check_out: &str) -> Result<&Self> {
        let check_in = text::Given::new(check_in)?;
        let check_out = text::Given::new(check_out)?;
        unsafe { ffi::kc_site_set_default_times(self.pointer(), check_in.pointer(), check_out.pointer()) }
            .pass(|| unsafe { ffi::kc_site_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// Sets a policy.
    pub fn set_policy(&self, name: &str, value: &str) -> Result<&Self> {
        let name = text::Given::new(name)?;
        let value = text::Given::new(value)?;
        unsafe { ffi::kc_site_set_policy(self.pointer(), name.pointer(), value.pointer()) }
            .pass(|| unsafe { ffi::kc_site_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// The value of a policy, or "" if there is no such policy.
    pub fn policy(&self, name: &str) -> Result<String> {
        let name = text::Given::new(name)?;
        Ok(unsafe { text::owned(ffi::kc_site_get_policy(self.pointer(), name.pointer())) })
    }

    /// Looks for the encoders of all systems of a site: connects each system, asks it for its encoders where it can
    /// tell (KC_CAPABILITY_LIST_ENCODERS), and adds those that were named here or stand in the ledger.
    pub fn discover(&self) -> Result<Operation> {
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_site_discover(self.pointer(), &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Lists keys, newest first: kc_op_get_key().
    pub fn list_keys<'a>(&self, filter: Filter, value: impl Into<Option<&'a str>>, limit: i32) -> Result<Operation> {
        let value = text::Given::optional(value.into())?;
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_list_keys(self.pointer(), filter.code(), value.pointer(), limit, &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Lists operations in the same way, those that make no key (check-out and so on) included: kc_op_get_op().
    pub fn list_operations<'a>(
        &self,
        filter: Filter,
        value: impl Into<Option<&'a str>>,
        limit: i32,
    ) -> Result<Operation> {
        let value = text::Given::optional(value.into())?;
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_list_ops(self.pointer(), filter.code(), value.pointer(), limit, &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Gets an earlier operation, also one from before a restart.
    pub fn find_operation(&self, id: &str) -> Result<Operation> {
        let id = text::Given::new(id)?;
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_find_op(self.pointer(), id.pointer(), &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Erases name, phone number, e-mail address, texts and card contents of a booking from the ledger; the records
    /// stay.
    pub fn forget_guest(&self, booking: &str) -> Result<Operation> {
        let booking = text::Given::new(booking)?;
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_forget_guest(self.pointer(), booking.pointer(), &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Does the same for all guests of the site who departed so many days ago or earlier.
    pub fn forget_departed(&self, days: i32) -> Result<Operation> {
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_forget_departed(self.pointer(), days, &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Holds the whole ledger, all sites, against its journal: an entry for each time that an operation was recorded or
    /// changed, with a digest (SHA-256) of its content, chained to the entry before.
    pub fn verify_ledger(&self) -> Result<Operation> {
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_verify_ledger(self.pointer(), &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Copies the whole ledger, all sites, into another store: from SQLite to PostgreSQL, back, or to another one of
    /// its kind.
    pub fn copy_ledger(&self, uri: &str, key: Option<&[u8]>) -> Result<Operation> {
        let uri = text::Given::new(uri)?;
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_copy_ledger(self.pointer(), uri.pointer(), key.map_or(ptr::null(), <[u8]>::as_ptr), key.map_or(0, <[u8]>::len) as _, &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Copies a SQLite ledger into a new file while it is used, by this program and by others: as it was at one moment,
    /// in small steps.
    pub fn backup_ledger(&self, path: &str) -> Result<Operation> {
        let path = text::Given::new(path)?;
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_backup_ledger(self.pointer(), path.pointer(), &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }
}

impl System {
    /// Takes the system out of its site: no operation finds it any more, its name is free again, and its link closes
    /// after its running operations.
    pub fn remove(&self) -> Result<&Self> {
        unsafe { ffi::kc_system_remove(self.pointer()) }
            .pass(|| unsafe { ffi::kc_system_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// The name.
    pub fn name(&self) -> String {
        unsafe { text::owned(ffi::kc_system_get_name(self.pointer())) }
    }

    /// The driver.
    pub fn driver(&self) -> Driver {
        unsafe { Driver::borrowed(ffi::kc_system_get_driver(self.pointer()), self.shared()).expect("the library has it") }
    }

    /// Sets an option of the driver or of the link; to be called before the first operation.
    pub fn set_option(&self, name: &str, value: &str) -> Result<&Self> {
        let name = text::Given::new(name)?;
        let value = text::Given::new(value)?;
        unsafe { ffi::kc_system_set_option(self.pointer(), name.pointer(), value.pointer()) }
            .pass(|| unsafe { ffi::kc_system_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// The value of an option as text; "" if there is none of this name, and for a secret.
    pub fn option(&self, name: &str) -> Result<String> {
        let name = text::Given::new(name)?;
        Ok(unsafe { text::owned(ffi::kc_system_get_option(self.pointer(), name.pointer())) })
    }

    /// Says how the lock system calls a room of the PMS; both 1 to 100 characters.
    pub fn map_room(&self, room: &str, lock_name: &str) -> Result<&Self> {
        let room = text::Given::new(room)?;
        let lock_name = text::Given::new(lock_name)?;
        unsafe { ffi::kc_system_map_room(self.pointer(), room.pointer(), lock_name.pointer()) }
            .pass(|| unsafe { ffi::kc_system_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// Says how the lock system calls an area of the PMS, such as "spa" = "12".
    pub fn map_area(&self, area: &str, lock_name: &str) -> Result<&Self> {
        let area = text::Given::new(area)?;
        let lock_name = text::Given::new(lock_name)?;
        unsafe { ffi::kc_system_map_area(self.pointer(), area.pointer(), lock_name.pointer()) }
            .pass(|| unsafe { ffi::kc_system_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// Names an encoder of the system, by 1 to 100 characters.
    pub fn add_encoder(&self, name: &str) -> Result<&Self> {
        let name = text::Given::new(name)?;
        unsafe { ffi::kc_system_add_encoder(self.pointer(), name.pointer()) }
            .pass(|| unsafe { ffi::kc_system_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// Uses an open, connected descriptor (socket or terminal) as the link of a system whose URI ends in `+fd:`.
    pub fn adopt_fd(&self, fd: i32) -> Result<&Self> {
        unsafe { ffi::kc_system_adopt_fd(self.pointer(), fd) }
            .pass(|| unsafe { ffi::kc_system_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// Whether this system offers the capability with its present options; else 0.
    pub fn has(&self, capability: Capability) -> bool {
        unsafe { ffi::kc_system_has(self.pointer(), capability.code()) != 0 }
    }

    /// A limit with the present options, or -1 for an unknown one.
    pub fn limit(&self, limit: Limit) -> i64 {
        unsafe { ffi::kc_system_get_limit(self.pointer(), limit.code()) }
    }

    /// State of the link: LinkState.
    pub fn state(&self) -> LinkState {
        unsafe { LinkState::from(ffi::kc_system_get_state(self.pointer())) }
    }
}

impl Encoder {
    /// The name.
    pub fn name(&self) -> String {
        unsafe { text::owned(ffi::kc_encoder_get_name(self.pointer())) }
    }

    /// The system that it belongs to.
    pub fn system(&self) -> System {
        unsafe { System::borrowed(ffi::kc_encoder_get_system(self.pointer()), self.shared()).expect("the library has it") }
    }

    /// EncoderState.
    pub fn state(&self) -> EncoderState {
        unsafe { EncoderState::from(ffi::kc_encoder_get_state(self.pointer())) }
    }

    /// When it was last heard of, ISO 8601 with offset, or "".
    pub fn last_contact(&self) -> String {
        unsafe { text::owned(ffi::kc_encoder_get_last_contact(self.pointer())) }
    }
}

impl Device {
    /// How it is called after re-plugging and restarts too: its USB ids with its serial number ("067b:2303/K42"), or
    /// with the socket that it is plugged into if it has none or another device has the same ("067b:2303@1-4.2"); a
    /// port of the computer itself by its file ("/dev/ttyS0").
    pub fn name(&self) -> String {
        unsafe { text::owned(ffi::kc_device_get_name(self.pointer())) }
    }

    /// For people: "USB-Serial Controller (/dev/ttyUSB0)".
    pub fn label(&self) -> String {
        unsafe { text::owned(ffi::kc_device_get_label(self.pointer())) }
    }

    /// "serial" or "usb": what stands behind `+` in schemes that reach it.
    pub fn transport(&self) -> String {
        unsafe { text::owned(ffi::kc_device_get_transport(self.pointer())) }
    }

    /// Where it is now: "/dev/ttyUSB0", or the USB socket, "1-4.2".
    pub fn place(&self) -> String {
        unsafe { text::owned(ffi::kc_device_get_place(self.pointer())) }
    }

    /// USB vendor id, or -1 if it is not on USB.
    pub fn vendor_id(&self) -> i32 {
        unsafe { ffi::kc_device_get_vendor_id(self.pointer()) }
    }

    /// USB product id, or -1.
    pub fn product_id(&self) -> i32 {
        unsafe { ffi::kc_device_get_product_id(self.pointer()) }
    }

    /// The maker, as the device says, or "".
    pub fn manufacturer(&self) -> String {
        unsafe { text::owned(ffi::kc_device_get_manufacturer(self.pointer())) }
    }

    /// The product, as the device says, or "".
    pub fn product(&self) -> String {
        unsafe { text::owned(ffi::kc_device_get_product(self.pointer())) }
    }

    /// The serial number, as the device says, or "".
    pub fn serial_number(&self) -> String {
        unsafe { text::owned(ffi::kc_device_get_serial_number(self.pointer())) }
    }

    /// The model that the encoder told when it was asked, or "".
    pub fn model(&self) -> String {
        unsafe { text::owned(ffi::kc_device_get_model(self.pointer())) }
    }

    /// The version of its firmware, or "".
    pub fn firmware(&self) -> String {
        unsafe { text::owned(ffi::kc_device_get_firmware(self.pointer())) }
    }

    /// DeviceState, as it is now.
    pub fn state(&self) -> DeviceState {
        unsafe { DeviceState::from(ffi::kc_device_get_state(self.pointer())) }
    }

    /// Since when, ISO 8601 with offset: in the time zone of the site that uses it, else of the context's first site,
    /// else in UTC.
    pub fn since(&self) -> String {
        unsafe { text::owned(ffi::kc_device_get_since(self.pointer())) }
    }

    /// The system that is configured for it, connected or not, or NULL.
    pub fn system(&self) -> Option<System> {
        unsafe { System::borrowed(ffi::kc_device_get_system(self.pointer()), self.shared()) }
    }

    /// A driver that may drive it, by index from 0; NULL past the end.
    pub fn drivers(&self) -> Vec<Driver> {
        (0..).map_while(|index| unsafe { Driver::borrowed(ffi::kc_device_get_driver(self.pointer(), index), self.shared()) }).collect()
    }

    /// The URI for kc_system_new(), such as `magstripe+serial:067b:2303/K42`.
    pub fn uri(&self, driver: Option<Driver>) -> String {
        unsafe { text::owned(ffi::kc_device_get_uri(self.pointer(), driver.map_or(ptr::null(), |driver| driver.pointer()))) }
    }

    /// Asks the device who it is, by the test of identity of a driver.
    pub fn identify<'a>(
        &self,
        driver: impl Into<Option<&'a str>>,
        options: impl Into<Option<&'a str>>,
    ) -> Result<&Self> {
        let driver = text::Given::optional(driver.into())?;
        let options = text::Given::optional(options.into())?;
        unsafe { ffi::kc_device_identify(self.pointer(), driver.pointer(), options.pointer()) }
            .pass(|| self.shared().error())?;
        Ok(self)
    }
}

impl Request {
    /// The PMS's own reference of the stay; at most 100 characters.
    pub fn set_booking<'a>(&self, booking: impl Into<Option<&'a str>>) -> Result<&Self> {
        let booking = text::Given::optional(booking.into())?;
        unsafe { ffi::kc_request_set_booking(self.pointer(), booking.pointer()) }
            .pass(|| unsafe { ffi::kc_request_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// Adds a room; the first one is the main room.
    pub fn add_room(&self, room: &str) -> Result<&Self> {
        let room = text::Given::new(room)?;
        unsafe { ffi::kc_request_add_room(self.pointer(), room.pointer()) }
            .pass(|| unsafe { ffi::kc_request_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// Removes all rooms.
    pub fn clear_rooms(&self) -> Result<&Self> {
        unsafe { ffi::kc_request_clear_rooms(self.pointer()) }
            .pass(|| unsafe { ffi::kc_request_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// The main guest's name; at most 400 characters.
    pub fn set_guest<'a>(&self, name: impl Into<Option<&'a str>>) -> Result<&Self> {
        let name = text::Given::optional(name.into())?;
        unsafe { ffi::kc_request_set_guest(self.pointer(), name.pointer()) }
            .pass(|| unsafe { ffi::kc_request_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// When the key is valid, ISO 8601.
    pub fn set_validity<'a>(
        &self,
        from: impl Into<Option<&'a str>>,
        until: impl Into<Option<&'a str>>,
    ) -> Result<&Self> {
        let from = text::Given::optional(from.into())?;
        let until = text::Given::optional(until.into())?;
        unsafe { ffi::kc_request_set_validity(self.pointer(), from.pointer(), until.pointer()) }
            .pass(|| unsafe { ffi::kc_request_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// The workstation, kiosk or tablet that asks; at most 100 characters.
    pub fn set_station<'a>(&self, station: impl Into<Option<&'a str>>) -> Result<&Self> {
        let station = text::Given::optional(station.into())?;
        unsafe { ffi::kc_request_set_station(self.pointer(), station.pointer()) }
            .pass(|| unsafe { ffi::kc_request_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// The encoder by name, at most 100 characters.
    pub fn set_encoder<'a>(&self, encoder: impl Into<Option<&'a str>>) -> Result<&Self> {
        let encoder = text::Given::optional(encoder.into())?;
        unsafe { ffi::kc_request_set_encoder(self.pointer(), encoder.pointer()) }
            .pass(|| unsafe { ffi::kc_request_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// The system by name, at most 100 characters; needed only where the site has several and the encoder does not
    /// tell.
    pub fn set_system<'a>(&self, system: impl Into<Option<&'a str>>) -> Result<&Self> {
        let system = text::Given::optional(system.into())?;
        unsafe { ffi::kc_request_set_system(self.pointer(), system.pointer()) }
            .pass(|| unsafe { ffi::kc_request_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// Who asks, for the audit; at most 100 characters.
    pub fn set_operator<'a>(&self, name: impl Into<Option<&'a str>>) -> Result<&Self> {
        let name = text::Given::optional(name.into())?;
        unsafe { ffi::kc_request_set_operator(self.pointer(), name.pointer()) }
            .pass(|| unsafe { ffi::kc_request_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// Adds an area that the key opens besides the rooms.
    pub fn add_area(&self, area: &str) -> Result<&Self> {
        let area = text::Given::new(area)?;
        unsafe { ffi::kc_request_add_area(self.pointer(), area.pointer()) }
            .pass(|| unsafe { ffi::kc_request_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// Denies an area that the room would bring along.
    pub fn remove_area(&self, area: &str) -> Result<&Self> {
        let area = text::Given::new(area)?;
        unsafe { ffi::kc_request_remove_area(self.pointer(), area.pointer()) }
            .pass(|| unsafe { ffi::kc_request_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// Removes all areas, granted and denied.
    pub fn clear_areas(&self) -> Result<&Self> {
        unsafe { ffi::kc_request_clear_areas(self.pointer()) }
            .pass(|| unsafe { ffi::kc_request_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// Phone number for the mobile key: `+` or `00`, country code, 8 to 15 digits; blanks, dots, hyphens, slashes and
    /// round brackets are dropped.
    pub fn set_phone<'a>(&self, phone: impl Into<Option<&'a str>>) -> Result<&Self> {
        let phone = text::Given::optional(phone.into())?;
        unsafe { ffi::kc_request_set_phone(self.pointer(), phone.pointer()) }
            .pass(|| unsafe { ffi::kc_request_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// E-mail address for the mobile key; at most 254 characters.
    pub fn set_email<'a>(&self, email: impl Into<Option<&'a str>>) -> Result<&Self> {
        let email = text::Given::optional(email.into())?;
        unsafe { ffi::kc_request_set_email(self.pointer(), email.pointer()) }
            .pass(|| unsafe { ffi::kc_request_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// Number of cards, 1 to 99.
    pub fn set_copies(&self, copies: i32) -> Result<&Self> {
        unsafe { ffi::kc_request_set_copies(self.pointer(), copies) }
            .pass(|| unsafe { ffi::kc_request_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// A line of text printed or encoded on the card; line counts from 1, at most 8 lines of 400 characters.
    pub fn set_text<'a>(&self, line: i32, text: impl Into<Option<&'a str>>) -> Result<&Self> {
        let text = text::Given::optional(text.into())?;
        unsafe { ffi::kc_request_set_text(self.pointer(), line, text.pointer()) }
            .pass(|| unsafe { ffi::kc_request_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// The message shown with a mobile key; at most 1,000 characters; line feeds are allowed.
    pub fn set_message<'a>(&self, text: impl Into<Option<&'a str>>) -> Result<&Self> {
        let text = text::Given::optional(text.into())?;
        unsafe { ffi::kc_request_set_message(self.pointer(), text.pointer()) }
            .pass(|| unsafe { ffi::kc_request_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// 1: the mobile key comes back as bytes, kc_key_get_image(), instead of being sent.
    pub fn set_return_image(&self, wanted: bool) -> Result<&Self> {
        unsafe { ffi::kc_request_set_return_image(self.pointer(), wanted as i32) }
            .pass(|| unsafe { ffi::kc_request_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// Serial number (UID) of the card that the caller writes by himself, as hex digits: 4 to 16 bytes, not all 0;
    /// blanks, colons and hyphens between them are dropped.
    pub fn set_card_serial<'a>(&self, serial: impl Into<Option<&'a str>>) -> Result<&Self> {
        let serial = text::Given::optional(serial.into())?;
        unsafe { ffi::kc_request_set_card_serial(self.pointer(), serial.pointer()) }
            .pass(|| unsafe { ffi::kc_request_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// The bytes that kc_write_image() is to write, such as those of kc_key_get_image(); copied.
    pub fn set_image(&self, bytes: Option<&[u8]>) -> Result<&Self> {
        unsafe { ffi::kc_request_set_image(self.pointer(), bytes.map_or(ptr::null(), <[u8]>::as_ptr), bytes.map_or(0, <[u8]>::len) as _) }
            .pass(|| unsafe { ffi::kc_request_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// A text of the caller's, 1 to 100 characters, that makes a request safe to repeat: the same key again, also after
    /// a restart, answers with the first operation instead of acting again.
    pub fn set_idempotency_key<'a>(&self, key: impl Into<Option<&'a str>>) -> Result<&Self> {
        let key = text::Given::optional(key.into())?;
        unsafe { ffi::kc_request_set_idempotency_key(self.pointer(), key.pointer()) }
            .pass(|| unsafe { ffi::kc_request_get_error(self.pointer()) })?;
        Ok(self)
    }

    /// Makes the first key of a stay.
    pub fn issue_original(&self) -> Result<Operation> {
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_issue_original(self.pointer(), &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Makes a further key of a stay, on the station's last used encoder; voids nothing.
    pub fn issue_duplicate(&self) -> Result<Operation> {
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_issue_duplicate(self.pointer(), &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Makes a new original for a booking that has keys.
    pub fn reissue(&self) -> Result<Operation> {
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_reissue(self.pointer(), &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Makes a key that opens once.
    pub fn issue_one_shot(&self) -> Result<Operation> {
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_issue_one_shot(self.pointer(), &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Sends a mobile key to the phone number or e-mail address.
    pub fn send_mobile(&self) -> Result<Operation> {
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_send_mobile(self.pointer(), &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Writes the bytes of kc_request_set_image() on the card at an encoder of the desk: a key that another system made
    /// and gave back as bytes.
    pub fn write_image(&self) -> Result<Operation> {
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_write_image(self.pointer(), &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Reads the card on the encoder; kc_op_get_key() is what stands on it.
    pub fn read_card(&self) -> Result<Operation> {
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_read_card(self.pointer(), &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Checks the room of the booking out in the lock system.
    pub fn check_out(&self) -> Result<Operation> {
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_check_out(self.pointer(), &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Changes the end of a stay, or moves it to the request's room, in lock systems that update keys by themselves.
    pub fn modify_stay(&self) -> Result<Operation> {
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_modify_stay(self.pointer(), &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Cancels one key, for example a lost one.
    pub fn cancel_key(&self, key_id: &str) -> Result<Operation> {
        let key_id = text::Given::new(key_id)?;
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_cancel_key(self.pointer(), key_id.pointer(), &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Blocks all keys of a stay at once, for example while a payment is open; nobody is checked out.
    pub fn block_stay(&self) -> Result<Operation> {
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_block_stay(self.pointer(), &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Takes that back: the blocked keys of the stay open again; those that were voided meanwhile do not.
    pub fn unblock_stay(&self) -> Result<Operation> {
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_unblock_stay(self.pointer(), &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Asks the lock system what became of a mobile key: KC_OK means that it was delivered or is still on its way (see
    /// kc_key_is_unconfirmed() of the key), KC_ERROR_MOBILE that it could not be; any other status says nothing about
    /// it.
    pub fn check_mobile(&self, key_id: &str) -> Result<Operation> {
        let key_id = text::Given::new(key_id)?;
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_check_mobile(self.pointer(), key_id.pointer(), &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }
}

/// Warnings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Text.
    pub text: String,
    /// Field.
    pub field: String,
    /// Before.
    pub before: String,
    /// After.
    pub after: String,
}

impl Operation {
    /// Identifier, a UUID, the same in the ledger and in kc_key_get_id().
    pub fn id(&self) -> String {
        unsafe { text::owned(ffi::kc_op_get_id(self.pointer())) }
    }

    /// Verb.
    pub fn verb(&self) -> Verb {
        unsafe { Verb::from(ffi::kc_op_get_verb(self.pointer())) }
    }

    /// State.
    pub fn state(&self) -> State {
        unsafe { State::from(ffi::kc_op_get_state(self.pointer())) }
    }

    /// How it ended: KC_OK or KC_ERROR_...; KC_OK also while it runs.
    pub fn status(&self) -> Status {
        unsafe { Status::from(ffi::kc_op_get_status(self.pointer())) }
    }

    /// Outcome.
    pub fn outcome(&self) -> Outcome {
        unsafe { Outcome::from(ffi::kc_op_get_outcome(self.pointer())) }
    }

    /// The encoder that was chosen, or "".
    pub fn encoder_name(&self) -> String {
        unsafe { text::owned(ffi::kc_op_get_encoder_name(self.pointer())) }
    }

    /// The booking, or "".
    pub fn booking(&self) -> String {
        unsafe { text::owned(ffi::kc_op_get_booking(self.pointer())) }
    }

    /// The main room, or "".
    pub fn room(&self) -> String {
        unsafe { text::owned(ffi::kc_op_get_room(self.pointer())) }
    }

    /// The station that asked, or "".
    pub fn station(&self) -> String {
        unsafe { text::owned(ffi::kc_op_get_station(self.pointer())) }
    }

    /// Who asked, or "".
    pub fn operator(&self) -> String {
        unsafe { text::owned(ffi::kc_op_get_operator(self.pointer())) }
    }

    /// When it was asked for, ISO 8601 with offset.
    pub fn created(&self) -> String {
        unsafe { text::owned(ffi::kc_op_get_created(self.pointer())) }
    }

    /// The system that was chosen, or "".
    pub fn system_name(&self) -> String {
        unsafe { text::owned(ffi::kc_op_get_system_name(self.pointer())) }
    }

    /// What a resolution or cancellation is about: the id of that operation or key, or "".
    pub fn target(&self) -> String {
        unsafe { text::owned(ffi::kc_op_get_target(self.pointer())) }
    }

    /// The operation that this one is a retry of, by its id, or "".
    pub fn retry_of(&self) -> String {
        unsafe { text::owned(ffi::kc_op_get_retry_of(self.pointer())) }
    }

    /// Whether this is the answer of an earlier operation with the same idempotency key.
    pub fn is_replay(&self) -> bool {
        unsafe { ffi::kc_op_is_replay(self.pointer()) != 0 }
    }

    /// The operation that was started by this one (the mobile key after the card), or NULL.
    pub fn follow_up(&self) -> Option<Operation> {
        unsafe { Operation::borrowed(ffi::kc_op_get_follow_up(self.pointer()), self.shared()) }
    }

    /// Asks to cancel.
    pub fn cancel(&self) -> Result<&Self> {
        unsafe { ffi::kc_op_cancel(self.pointer()) }
            .pass(ptr::null)?;
        Ok(self)
    }

    /// Answers KC_PROMPT_CONFIRM.
    pub fn answer(&self, answer: Answer) -> Result<&Self> {
        unsafe { ffi::kc_op_answer(self.pointer(), answer.code()) }
            .pass(ptr::null)?;
        Ok(self)
    }

    /// Starts a new operation with the request of one that failed.
    pub fn retry(&self) -> Result<Operation> {
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_op_retry(self.pointer(), &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Settles an operation whose outcome is unknown.
    pub fn resolve<'a>(&self, how: Resolution, operator_name: impl Into<Option<&'a str>>) -> Result<Operation> {
        let operator_name = text::Given::optional(operator_name.into())?;
        let mut operation = ptr::null_mut();
        unsafe { ffi::kc_op_resolve(self.pointer(), how.code(), operator_name.pointer(), &mut operation) }
            .pass(ptr::null)?;
        Ok(Operation::started(operation, self.shared()))
    }

    /// Warnings.
    pub fn warnings(&self) -> Vec<Warning> {
        let count = unsafe { ffi::kc_op_get_warning_count(self.pointer()) };
        let read = |index| unsafe {
            Warning {
                text: text::owned(ffi::kc_op_get_warning_text(self.pointer(), index)),
                field: text::owned(ffi::kc_op_get_warning_field(self.pointer(), index)),
                before: text::owned(ffi::kc_op_get_warning_before(self.pointer(), index)),
                after: text::owned(ffi::kc_op_get_warning_after(self.pointer(), index)),
            }
        };
        (0..count).map(read).collect()
    }

    /// Keys: the one that was made, the ones that were listed, or the card that was read.
    pub fn keys(&self) -> Vec<Key> {
        let count = unsafe { ffi::kc_op_get_key_count(self.pointer()) };
        (0..count).map(|index| unsafe { Key::borrowed(ffi::kc_op_get_key(self.pointer(), index), self.shared()).expect("the library has it") }).collect()
    }

    /// Active or blocked keys that this original voids, known from the first event on.
    pub fn voided_keys(&self) -> Vec<Key> {
        let count = unsafe { ffi::kc_op_get_voided_key_count(self.pointer()) };
        (0..count).map(|index| unsafe { Key::borrowed(ffi::kc_op_get_voided_key(self.pointer(), index), self.shared()).expect("the library has it") }).collect()
    }

    /// Encoders that kc_site_discover() found.
    pub fn encoders(&self) -> Vec<Encoder> {
        let count = unsafe { ffi::kc_op_get_encoder_count(self.pointer()) };
        (0..count).map(|index| unsafe { Encoder::borrowed(ffi::kc_op_get_encoder(self.pointer(), index), self.shared()).expect("the library has it") }).collect()
    }

    /// Devices on this computer, of kc_site_discover().
    pub fn devices(&self) -> Vec<Device> {
        let count = unsafe { ffi::kc_op_get_device_count(self.pointer()) };
        (0..count).map(|index| unsafe { Device::borrowed(ffi::kc_op_get_device(self.pointer(), index), self.shared()).expect("the library has it") }).collect()
    }

    /// Operations that kc_list_ops() found.
    pub fn operations(&self) -> Vec<Operation> {
        let count = unsafe { ffi::kc_op_get_op_count(self.pointer()) };
        (0..count).map(|index| unsafe { Operation::borrowed(ffi::kc_op_get_op(self.pointer(), index), self.shared()).expect("the library has it") }).collect()
    }

    /// Whether the ledger has more than the limit of kc_list_keys() or kc_list_ops() let through.
    pub fn has_more(&self) -> bool {
        unsafe { ffi::kc_op_has_more(self.pointer()) != 0 }
    }

    /// Number of stays whose guest data kc_forget_departed() erased; else 0.
    pub fn forgotten_count(&self) -> i64 {
        unsafe { ffi::kc_op_get_forgotten_count(self.pointer()) }
    }

    /// Number of journal entries that fit, of kc_verify_ledger(), kc_copy_ledger() and kc_backup_ledger(); else 0.
    pub fn entry_count(&self) -> i64 {
        unsafe { ffi::kc_op_get_entry_count(self.pointer()) }
    }

    /// The chain's digest after so many entries: 64 hexadecimal digits; "" if it is none of these three.
    pub fn ledger_digest(&self) -> String {
        unsafe { text::owned(ffi::kc_op_get_ledger_digest(self.pointer())) }
    }
}

impl Key {
    /// Identifier: that of the operation that made it; "" for a card that was read.
    pub fn id(&self) -> String {
        unsafe { text::owned(ffi::kc_key_get_id(self.pointer())) }
    }

    /// Kind.
    pub fn kind(&self) -> Kind {
        unsafe { Kind::from(ffi::kc_key_get_kind(self.pointer())) }
    }

    /// KeyState.
    pub fn state(&self) -> KeyState {
        unsafe { KeyState::from(ffi::kc_key_get_state(self.pointer())) }
    }

    /// Whether voiding, check-out or change was wanted but not confirmed by the lock system, or if a mobile key was
    /// accepted but its delivery is not confirmed.
    pub fn is_unconfirmed(&self) -> bool {
        unsafe { ffi::kc_key_is_unconfirmed(self.pointer()) != 0 }
    }

    /// Whether the end of validity was past when the key was fetched.
    pub fn is_expired(&self) -> bool {
        unsafe { ffi::kc_key_is_expired(self.pointer()) != 0 }
    }

    /// How its operation ended: KC_OK or KC_ERROR_...
    pub fn status(&self) -> Status {
        unsafe { Status::from(ffi::kc_key_get_status(self.pointer())) }
    }

    /// The lock system's own error code, or "".
    pub fn vendor_code(&self) -> String {
        unsafe { text::owned(ffi::kc_key_get_vendor_code(self.pointer())) }
    }

    /// The booking.
    pub fn booking(&self) -> String {
        unsafe { text::owned(ffi::kc_key_get_booking(self.pointer())) }
    }

    /// Rooms.
    pub fn rooms(&self) -> Vec<String> {
        let count = unsafe { ffi::kc_key_get_room_count(self.pointer()) };
        (0..count).map(|index| unsafe { text::owned(ffi::kc_key_get_room(self.pointer(), index)) }).collect()
    }

    /// Areas granted.
    pub fn areas(&self) -> Vec<String> {
        let count = unsafe { ffi::kc_key_get_area_count(self.pointer()) };
        (0..count).map(|index| unsafe { text::owned(ffi::kc_key_get_area(self.pointer(), index)) }).collect()
    }

    /// The guest's name, "" if it was not given or was forgotten.
    pub fn guest(&self) -> String {
        unsafe { text::owned(ffi::kc_key_get_guest(self.pointer())) }
    }

    /// Start of validity, ISO 8601 with offset, or "".
    pub fn from(&self) -> String {
        unsafe { text::owned(ffi::kc_key_get_from(self.pointer())) }
    }

    /// End of validity, ISO 8601 with offset, or "".
    pub fn until(&self) -> String {
        unsafe { text::owned(ffi::kc_key_get_until(self.pointer())) }
    }

    /// When it was asked for, ISO 8601 with offset.
    pub fn created(&self) -> String {
        unsafe { text::owned(ffi::kc_key_get_created(self.pointer())) }
    }

    /// The station.
    pub fn station(&self) -> String {
        unsafe { text::owned(ffi::kc_key_get_station(self.pointer())) }
    }

    /// The encoder.
    pub fn encoder(&self) -> String {
        unsafe { text::owned(ffi::kc_key_get_encoder(self.pointer())) }
    }

    /// The system.
    pub fn system(&self) -> String {
        unsafe { text::owned(ffi::kc_key_get_system(self.pointer())) }
    }

    /// Who asked.
    pub fn operator(&self) -> String {
        unsafe { text::owned(ffi::kc_key_get_operator(self.pointer())) }
    }

    /// Phone number that was given for a mobile key, "" if none or forgotten.
    pub fn phone(&self) -> String {
        unsafe { text::owned(ffi::kc_key_get_phone(self.pointer())) }
    }

    /// E-mail address that was given for a mobile key, "" if none or forgotten.
    pub fn email(&self) -> String {
        unsafe { text::owned(ffi::kc_key_get_email(self.pointer())) }
    }

    /// How many cards were asked for.
    pub fn copies(&self) -> i32 {
        unsafe { ffi::kc_key_get_copies(self.pointer()) }
    }

    /// Serial numbers that the lock system returned.
    pub fn serials(&self) -> Vec<String> {
        let count = unsafe { ffi::kc_key_get_serial_count(self.pointer()) };
        (0..count).map(|index| unsafe { text::owned(ffi::kc_key_get_serial(self.pointer(), index)) }).collect()
    }

    /// The installation identifier that came with the image, or "".
    pub fn installation(&self) -> String {
        unsafe { text::owned(ffi::kc_key_get_installation(self.pointer())) }
    }
}

impl OpenKey {
    /// Kind: KC_KIND_ORIGINAL, KC_KIND_DUPLICATE or KC_KIND_ONE_SHOT.
    pub fn kind(&self) -> Kind {
        unsafe { Kind::from(ffi::kc_open_key_get_kind(self.pointer())) }
    }

    /// By which a lock knows the later key of a room: that of an original is higher than that of all before, a
    /// duplicate has that of its original.
    pub fn sequence(&self) -> i64 {
        unsafe { ffi::kc_open_key_get_sequence(self.pointer()) }
    }

    /// kc_key_get_id() of the key in the ledger; "" on a stripe, which has no room for it.
    pub fn issue(&self) -> String {
        unsafe { text::owned(ffi::kc_open_key_get_issue(self.pointer())) }
    }

    /// Start of validity, in seconds since 1970 by UTC; 0: valid at once.
    pub fn from(&self) -> i64 {
        unsafe { ffi::kc_open_key_get_from(self.pointer()) }
    }

    /// End of validity, in seconds since 1970 by UTC: from then on it opens no more.
    pub fn until(&self) -> i64 {
        unsafe { ffi::kc_open_key_get_until(self.pointer()) }
    }

    /// Rooms, 1 or more.
    pub fn rooms(&self) -> Vec<String> {
        let count = unsafe { ffi::kc_open_key_get_room_count(self.pointer()) };
        (0..count).map(|index| unsafe { text::owned(ffi::kc_open_key_get_room(self.pointer(), index)) }).collect()
    }

    /// Whether the key opens the area of this number, 1 to 64; else 0.
    pub fn has_area(&self, area: i32) -> bool {
        unsafe { ffi::kc_open_key_has_area(self.pointer(), area) != 0 }
    }
}

impl Event {
    /// EventType.
    pub fn event_type(&self) -> EventType {
        unsafe { EventType::from(ffi::kc_event_get_type(self.pointer())) }
    }

    /// The operation, or NULL for events of encoders, systems and devices.
    pub fn operation(&self) -> Option<Operation> {
        unsafe { Operation::borrowed(ffi::kc_event_get_op(self.pointer()), self.shared()) }
    }

    /// The number of the journal's entry that KC_EVENT_LEDGER tells of, each higher than the one before; else 0.
    pub fn entry(&self) -> i64 {
        unsafe { ffi::kc_event_get_entry(self.pointer()) }
    }

    /// The encoder that the event is about, or NULL.
    pub fn encoder(&self) -> Option<Encoder> {
        unsafe { Encoder::borrowed(ffi::kc_event_get_encoder(self.pointer()), self.shared()) }
    }

    /// The system that the event is about, or NULL.
    pub fn system(&self) -> Option<System> {
        unsafe { System::borrowed(ffi::kc_event_get_system(self.pointer()), self.shared()) }
    }

    /// The device that the event is about, or NULL.
    pub fn device(&self) -> Option<Device> {
        unsafe { Device::borrowed(ffi::kc_event_get_device(self.pointer()), self.shared()) }
    }

    /// Which card the prompt is about, from 1; 0 if it is about none.
    pub fn card_number(&self) -> i32 {
        unsafe { ffi::kc_event_get_card_number(self.pointer()) }
    }

    /// How many cards there will be; 0 if it is about none.
    pub fn card_count(&self) -> i32 {
        unsafe { ffi::kc_event_get_card_count(self.pointer()) }
    }

    /// The event as a sentence in English, such as "Present card 1 of 2 to Desk 1".
    pub fn text(&self) -> String {
        unsafe { text::owned(ffi::kc_event_get_text(self.pointer())) }
    }
}

/// Options of the driver; those of its link are listed at kc_system_set_option().
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverOption {
    /// Name.
    pub name: String,
    /// Default.
    pub default_value: String,
    /// Values.
    pub values: String,
    /// Help.
    pub help: String,
}

impl Driver {
    /// Name, such as "salto".
    pub fn name(&self) -> String {
        unsafe { text::owned(ffi::kc_driver_get_name(self.pointer())) }
    }

    /// Label for people, such as "SALTO PMS Industry Standard".
    pub fn label(&self) -> String {
        unsafe { text::owned(ffi::kc_driver_get_label(self.pointer())) }
    }

    /// "simulator-tested", "interop-tested", "lab" or "field".
    pub fn maturity(&self) -> String {
        unsafe { text::owned(ffi::kc_driver_get_maturity(self.pointer())) }
    }

    /// URI scheme by index, such as "salto+tcp", or "" past the end.
    pub fn schemes(&self) -> Vec<String> {
        let read = |index| unsafe { text::owned(ffi::kc_driver_get_scheme(self.pointer(), index)) };
        (0..).map(read).take_while(|text| !text.is_empty()).collect()
    }

    /// Whether the driver can offer this, perhaps only with an option; else 0.
    pub fn has(&self, capability: Capability) -> bool {
        unsafe { ffi::kc_driver_has(self.pointer(), capability.code()) != 0 }
    }

    /// A limit with default options, or -1 for an unknown one.
    pub fn limit(&self, limit: Limit) -> i64 {
        unsafe { ffi::kc_driver_get_limit(self.pointer(), limit.code()) }
    }

    /// Options of the driver; those of its link are listed at kc_system_set_option().
    pub fn options(&self) -> Vec<DriverOption> {
        let count = unsafe { ffi::kc_driver_get_option_count(self.pointer()) };
        let read = |index| unsafe {
            DriverOption {
                name: text::owned(ffi::kc_driver_get_option_name(self.pointer(), index)),
                default_value: text::owned(ffi::kc_driver_get_option_default(self.pointer(), index)),
                values: text::owned(ffi::kc_driver_get_option_values(self.pointer(), index)),
                help: text::owned(ffi::kc_driver_get_option_help(self.pointer(), index)),
            }
        };
        (0..count).map(read).collect()
    }
}
