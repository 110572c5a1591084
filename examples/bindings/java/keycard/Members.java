// SPDX-License-Identifier: LGPL-2.1-or-later
// Made from doc/api.json by examples/bindings/generate.py.
package keycard;

import java.lang.ref.Reference;
import java.util.List;

/** The members of the classes, as the public header has them. */
final class Members {
    private Members() {
    }

    abstract static class OfContext extends Handle {
        OfContext(long pointer, Handle.Unref unref, References references) {
            super(pointer, unref, null, references);
        }

        /**
         * Switches KC_EVENT_LEDGER on or off, which tells what others do: other programs and machines with the same
         * ledger.
         */
        public Context watchLedger(int intervalMs) {
            try {
                KeycardException.check(Calls.kc_context_watch_ledger(pointer(), intervalMs),
                        () -> Calls.kc_context_get_error(pointer()));
                return (Context) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /**
         * How fast the context connects its systems, so that thousands of lock systems that come back after a power cut
         * are not overrun: with a rate of 1,000 (the default) at most 100 at the same moment, and 1,000 a second for as
         * long as it takes.
         */
        public Context setConnectionRate(int perSecond) {
            try {
                KeycardException.check(Calls.kc_context_set_connection_rate(pointer(), perSecond),
                        () -> Calls.kc_context_get_error(pointer()));
                return (Context) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Switches KC_EVENT_DEVICE on or off. */
        public Context watchDevices(Codes.DeviceWatch how) {
            try {
                KeycardException.check(Calls.kc_context_watch_devices(pointer(), how.code),
                        () -> Calls.kc_context_get_error(pointer()));
                return (Context) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /**
         * Devices as far as known: those that are there now while they are watched, else those that the last
         * kc_site_discover() saw.
         */
        public List<Device> devices() {
            try {
                return Handle.list(Calls.kc_context_get_device_count(pointer()), index -> Device.borrowed(Calls.kc_context_get_device(pointer(), index), (Context) this));
            } finally {
                Reference.reachabilityFence(this);
            }
        }
    }

    abstract static class OfSite extends Handle {
        OfSite(long pointer, Handle.Unref unref, Context context) {
            super(pointer, unref, context);
        }

        /** The name. */
        public String name() {
            try {
                return Text.decode(Calls.kc_site_get_name(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Sets the time zone by its IANA name, such as "Europe/Sofia". */
        public Site setTimeZone(String name) {
            try {
                KeycardException.check(Calls.kc_site_set_time_zone(pointer(), Text.encode(name)),
                        () -> Calls.kc_site_get_error(pointer()));
                return (Site) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Sets the check-in and check-out times, "HH:MM", that complete a date without a time. */
        public Site setDefaultTimes(String checkIn, String checkOut) {
            try {
                KeycardException.check(Calls.kc_site_set_default_times(pointer(), Text.encode(checkIn), Text.encode(checkOut)),
                        () -> Calls.kc_site_get_error(pointer()));
                return (Site) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Sets a policy. */
        public Site setPolicy(String name, String value) {
            try {
                KeycardException.check(Calls.kc_site_set_policy(pointer(), Text.encode(name), Text.encode(value)),
                        () -> Calls.kc_site_get_error(pointer()));
                return (Site) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The value of a policy, or "" if there is no such policy. */
        public String policy(String name) {
            try {
                return Text.decode(Calls.kc_site_get_policy(pointer(), Text.encode(name)));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /**
         * Looks for the encoders of all systems of a site: connects each system, asks it for its encoders where it can
         * tell (KC_CAPABILITY_LIST_ENCODERS), and adds those that were named here or stand in the ledger.
         */
        public Operation discover() {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_site_discover(pointer(), operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Lists keys, newest first: kc_op_get_key(). */
        public Operation listKeys(Codes.Filter filter, String value, int limit) {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_list_keys(pointer(), filter.code, Text.encode(value), limit, operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Lists operations in the same way, those that make no key (check-out and so on) included: kc_op_get_op(). */
        public Operation listOperations(Codes.Filter filter, String value, int limit) {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_list_ops(pointer(), filter.code, Text.encode(value), limit, operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Gets an earlier operation, also one from before a restart. */
        public Operation findOperation(String id) {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_find_op(pointer(), Text.encode(id), operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /**
         * Erases name, phone number, e-mail address, texts and card contents of a booking from the ledger; the records
         * stay.
         */
        public Operation forgetGuest(String booking) {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_forget_guest(pointer(), Text.encode(booking), operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Does the same for all guests of the site who departed so many days ago or earlier. */
        public Operation forgetDeparted(int days) {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_forget_departed(pointer(), days, operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /**
         * Holds the whole ledger, all sites, against its journal: an entry for each time that an operation was recorded
         * or changed, with a digest (SHA-256) of its content, chained to the entry before.
         */
        public Operation verifyLedger() {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_verify_ledger(pointer(), operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /**
         * Copies the whole ledger, all sites, into another store: from SQLite to PostgreSQL, back, or to another one of
         * its kind.
         */
        public Operation copyLedger(String uri, byte[] key) {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_copy_ledger(pointer(), Text.encode(uri), key, key == null ? 0 : key.length, operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /**
         * Copies the whole ledger, all sites, into another store: from SQLite to PostgreSQL, back, or to another one of
         * its kind.
         */
        public Operation copyLedger(String uri) {
            return copyLedger(uri, (byte[]) null);
        }

        /**
         * Copies a SQLite ledger into a new file while it is used, by this program and by others: as it was at one
         * moment, in small steps.
         */
        public Operation backupLedger(String path) {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_backup_ledger(pointer(), Text.encode(path), operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }
    }

    abstract static class OfLockSystem extends Handle {
        OfLockSystem(long pointer, Handle.Unref unref, Context context) {
            super(pointer, unref, context);
        }

        /**
         * Takes the system out of its site: no operation finds it any more, its name is free again, and its link closes
         * after its running operations.
         */
        public LockSystem remove() {
            try {
                KeycardException.check(Calls.kc_system_remove(pointer()),
                        () -> Calls.kc_system_get_error(pointer()));
                return (LockSystem) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The name. */
        public String name() {
            try {
                return Text.decode(Calls.kc_system_get_name(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The driver. */
        public Driver driver() {
            try {
                return Driver.borrowed(Calls.kc_system_get_driver(pointer()), context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Sets an option of the driver or of the link; to be called before the first operation. */
        public LockSystem setOption(String name, String value) {
            try {
                KeycardException.check(Calls.kc_system_set_option(pointer(), Text.encode(name), Text.encode(value)),
                        () -> Calls.kc_system_get_error(pointer()));
                return (LockSystem) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The value of an option as text; "" if there is none of this name, and for a secret. */
        public String option(String name) {
            try {
                return Text.decode(Calls.kc_system_get_option(pointer(), Text.encode(name)));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Says how the lock system calls a room of the PMS; both 1 to 100 characters. */
        public LockSystem mapRoom(String room, String lockName) {
            try {
                KeycardException.check(Calls.kc_system_map_room(pointer(), Text.encode(room), Text.encode(lockName)),
                        () -> Calls.kc_system_get_error(pointer()));
                return (LockSystem) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Says how the lock system calls an area of the PMS, such as "spa" = "12". */
        public LockSystem mapArea(String area, String lockName) {
            try {
                KeycardException.check(Calls.kc_system_map_area(pointer(), Text.encode(area), Text.encode(lockName)),
                        () -> Calls.kc_system_get_error(pointer()));
                return (LockSystem) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Names an encoder of the system, by 1 to 100 characters. */
        public LockSystem addEncoder(String name) {
            try {
                KeycardException.check(Calls.kc_system_add_encoder(pointer(), Text.encode(name)),
                        () -> Calls.kc_system_get_error(pointer()));
                return (LockSystem) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Uses an open, connected descriptor (socket or terminal) as the link of a system whose URI ends in `+fd:`. */
        public LockSystem adoptFd(int fd) {
            try {
                KeycardException.check(Calls.kc_system_adopt_fd(pointer(), fd),
                        () -> Calls.kc_system_get_error(pointer()));
                return (LockSystem) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Whether this system offers the capability with its present options; else 0. */
        public boolean has(Codes.Capability capability) {
            try {
                return Calls.kc_system_has(pointer(), capability.code) != 0;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** A limit with the present options, or -1 for an unknown one. */
        public long limit(Codes.Limit limit) {
            try {
                return Calls.kc_system_get_limit(pointer(), limit.code);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** State of the link: LinkState. */
        public Codes.LinkState state() {
            try {
                return Codes.LinkState.of(Calls.kc_system_get_state(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }
    }

    abstract static class OfEncoder extends Handle {
        OfEncoder(long pointer, Handle.Unref unref, Context context) {
            super(pointer, unref, context);
        }

        /** The name. */
        public String name() {
            try {
                return Text.decode(Calls.kc_encoder_get_name(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The system that it belongs to. */
        public LockSystem system() {
            try {
                return LockSystem.borrowed(Calls.kc_encoder_get_system(pointer()), context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** EncoderState. */
        public Codes.EncoderState state() {
            try {
                return Codes.EncoderState.of(Calls.kc_encoder_get_state(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** When it was last heard of, ISO 8601 with offset, or "". */
        public String lastContact() {
            try {
                return Text.decode(Calls.kc_encoder_get_last_contact(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }
    }

    abstract static class OfDevice extends Handle {
        OfDevice(long pointer, Handle.Unref unref, Context context) {
            super(pointer, unref, context);
        }

        /**
         * How it is called after re-plugging and restarts too: its USB ids with its serial number ("067b:2303/K42"), or
         * with the socket that it is plugged into if it has none or another device has the same ("067b:2303@1-4.2"); a
         * port of the computer itself by its file ("/dev/ttyS0").
         */
        public String name() {
            try {
                return Text.decode(Calls.kc_device_get_name(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** For people: "USB-Serial Controller (/dev/ttyUSB0)". */
        public String label() {
            try {
                return Text.decode(Calls.kc_device_get_label(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** "serial" or "usb": what stands behind `+` in schemes that reach it. */
        public String transport() {
            try {
                return Text.decode(Calls.kc_device_get_transport(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Where it is now: "/dev/ttyUSB0", or the USB socket, "1-4.2". */
        public String place() {
            try {
                return Text.decode(Calls.kc_device_get_place(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** USB vendor id, or -1 if it is not on USB. */
        public int vendorId() {
            try {
                return Calls.kc_device_get_vendor_id(pointer());
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** USB product id, or -1. */
        public int productId() {
            try {
                return Calls.kc_device_get_product_id(pointer());
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The maker, as the device says, or "". */
        public String manufacturer() {
            try {
                return Text.decode(Calls.kc_device_get_manufacturer(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The product, as the device says, or "". */
        public String product() {
            try {
                return Text.decode(Calls.kc_device_get_product(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The serial number, as the device says, or "". */
        public String serialNumber() {
            try {
                return Text.decode(Calls.kc_device_get_serial_number(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The model that the encoder told when it was asked, or "". */
        public String model() {
            try {
                return Text.decode(Calls.kc_device_get_model(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The version of its firmware, or "". */
        public String firmware() {
            try {
                return Text.decode(Calls.kc_device_get_firmware(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** DeviceState, as it is now. */
        public Codes.DeviceState state() {
            try {
                return Codes.DeviceState.of(Calls.kc_device_get_state(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /**
         * Since when, ISO 8601 with offset: in the time zone of the site that uses it, else of the context's first
         * site, else in UTC.
         */
        public String since() {
            try {
                return Text.decode(Calls.kc_device_get_since(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The system that is configured for it, connected or not, or NULL. */
        public LockSystem system() {
            try {
                return LockSystem.borrowed(Calls.kc_device_get_system(pointer()), context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** A driver that may drive it, by index from 0; NULL past the end. */
        public List<Driver> drivers() {
            try {
                return Handle.series(index -> Driver.borrowed(Calls.kc_device_get_driver(pointer(), index), context), null);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The URI for kc_system_new(), such as `magstripe+serial:067b:2303/K42`. */
        public String uri(Driver driver) {
            try {
                return Text.decode(Calls.kc_device_get_uri(pointer(), driver == null ? 0 : driver.pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The URI for kc_system_new(), such as `magstripe+serial:067b:2303/K42`. */
        public String uri() {
            return uri((Driver) null);
        }

        /** Asks the device who it is, by the test of identity of a driver. */
        public Device identify(String driver, String options) {
            try {
                KeycardException.check(Calls.kc_device_identify(pointer(), Text.encode(driver), Text.encode(options)),
                        () -> Calls.kc_context_get_error(context.pointer()));
                return (Device) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Asks the device who it is, by the test of identity of a driver. */
        public Device identify() {
            return identify((String) null, (String) null);
        }
    }

    abstract static class OfRequest extends Handle {
        OfRequest(long pointer, Handle.Unref unref, Context context) {
            super(pointer, unref, context);
        }

        /** The PMS's own reference of the stay; at most 100 characters. */
        public Request setBooking(String booking) {
            try {
                KeycardException.check(Calls.kc_request_set_booking(pointer(), Text.encode(booking)),
                        () -> Calls.kc_request_get_error(pointer()));
                return (Request) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Adds a room; the first one is the main room. */
        public Request addRoom(String room) {
            try {
                KeycardException.check(Calls.kc_request_add_room(pointer(), Text.encode(room)),
                        () -> Calls.kc_request_get_error(pointer()));
                return (Request) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Removes all rooms. */
        public Request clearRooms() {
            try {
                KeycardException.check(Calls.kc_request_clear_rooms(pointer()),
                        () -> Calls.kc_request_get_error(pointer()));
                return (Request) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The main guest's name; at most 400 characters. */
        public Request setGuest(String name) {
            try {
                KeycardException.check(Calls.kc_request_set_guest(pointer(), Text.encode(name)),
                        () -> Calls.kc_request_get_error(pointer()));
                return (Request) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** When the key is valid, ISO 8601. */
        public Request setValidity(String from, String until) {
            try {
                KeycardException.check(Calls.kc_request_set_validity(pointer(), Text.encode(from), Text.encode(until)),
                        () -> Calls.kc_request_get_error(pointer()));
                return (Request) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The workstation, kiosk or tablet that asks; at most 100 characters. */
        public Request setStation(String station) {
            try {
                KeycardException.check(Calls.kc_request_set_station(pointer(), Text.encode(station)),
                        () -> Calls.kc_request_get_error(pointer()));
                return (Request) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The encoder by name, at most 100 characters. */
        public Request setEncoder(String encoder) {
            try {
                KeycardException.check(Calls.kc_request_set_encoder(pointer(), Text.encode(encoder)),
                        () -> Calls.kc_request_get_error(pointer()));
                return (Request) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /**
         * The system by name, at most 100 characters; needed only where the site has several and the encoder does not
         * tell.
         */
        public Request setSystem(String system) {
            try {
                KeycardException.check(Calls.kc_request_set_system(pointer(), Text.encode(system)),
                        () -> Calls.kc_request_get_error(pointer()));
                return (Request) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Who asks, for the audit; at most 100 characters. */
        public Request setOperator(String name) {
            try {
                KeycardException.check(Calls.kc_request_set_operator(pointer(), Text.encode(name)),
                        () -> Calls.kc_request_get_error(pointer()));
                return (Request) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Adds an area that the key opens besides the rooms. */
        public Request addArea(String area) {
            try {
                KeycardException.check(Calls.kc_request_add_area(pointer(), Text.encode(area)),
                        () -> Calls.kc_request_get_error(pointer()));
                return (Request) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Denies an area that the room would bring along. */
        public Request removeArea(String area) {
            try {
                KeycardException.check(Calls.kc_request_remove_area(pointer(), Text.encode(area)),
                        () -> Calls.kc_request_get_error(pointer()));
                return (Request) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Removes all areas, granted and denied. */
        public Request clearAreas() {
            try {
                KeycardException.check(Calls.kc_request_clear_areas(pointer()),
                        () -> Calls.kc_request_get_error(pointer()));
                return (Request) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /**
         * Phone number for the mobile key: `+` or `00`, country code, 8 to 15 digits; blanks, dots, hyphens, slashes
         * and round brackets are dropped.
         */
        public Request setPhone(String phone) {
            try {
                KeycardException.check(Calls.kc_request_set_phone(pointer(), Text.encode(phone)),
                        () -> Calls.kc_request_get_error(pointer()));
                return (Request) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** E-mail address for the mobile key; at most 254 characters. */
        public Request setEmail(String email) {
            try {
                KeycardException.check(Calls.kc_request_set_email(pointer(), Text.encode(email)),
                        () -> Calls.kc_request_get_error(pointer()));
                return (Request) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Number of cards, 1 to 99. */
        public Request setCopies(int copies) {
            try {
                KeycardException.check(Calls.kc_request_set_copies(pointer(), copies),
                        () -> Calls.kc_request_get_error(pointer()));
                return (Request) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** A line of text printed or encoded on the card; line counts from 1, at most 8 lines of 400 characters. */
        public Request setText(int line, String text) {
            try {
                KeycardException.check(Calls.kc_request_set_text(pointer(), line, Text.encode(text)),
                        () -> Calls.kc_request_get_error(pointer()));
                return (Request) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The message shown with a mobile key; at most 1,000 characters; line feeds are allowed. */
        public Request setMessage(String text) {
            try {
                KeycardException.check(Calls.kc_request_set_message(pointer(), Text.encode(text)),
                        () -> Calls.kc_request_get_error(pointer()));
                return (Request) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** 1: the mobile key comes back as bytes, kc_key_get_image(), instead of being sent. */
        public Request setReturnImage(boolean wanted) {
            try {
                KeycardException.check(Calls.kc_request_set_return_image(pointer(), wanted ? 1 : 0),
                        () -> Calls.kc_request_get_error(pointer()));
                return (Request) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /**
         * Serial number (UID) of the card that the caller writes by himself, as hex digits: 4 to 16 bytes, not all 0;
         * blanks, colons and hyphens between them are dropped.
         */
        public Request setCardSerial(String serial) {
            try {
                KeycardException.check(Calls.kc_request_set_card_serial(pointer(), Text.encode(serial)),
                        () -> Calls.kc_request_get_error(pointer()));
                return (Request) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The bytes that kc_write_image() is to write, such as those of kc_key_get_image(); copied. */
        public Request setImage(byte[] bytes) {
            try {
                KeycardException.check(Calls.kc_request_set_image(pointer(), bytes, bytes == null ? 0 : bytes.length),
                        () -> Calls.kc_request_get_error(pointer()));
                return (Request) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /**
         * A text of the caller's, 1 to 100 characters, that makes a request safe to repeat: the same key again, also
         * after a restart, answers with the first operation instead of acting again.
         */
        public Request setIdempotencyKey(String key) {
            try {
                KeycardException.check(Calls.kc_request_set_idempotency_key(pointer(), Text.encode(key)),
                        () -> Calls.kc_request_get_error(pointer()));
                return (Request) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Makes the first key of a stay. */
        public Operation issueOriginal() {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_issue_original(pointer(), operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Makes a further key of a stay, on the station's last used encoder; voids nothing. */
        public Operation issueDuplicate() {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_issue_duplicate(pointer(), operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Makes a new original for a booking that has keys. */
        public Operation reissue() {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_reissue(pointer(), operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Makes a key that opens once. */
        public Operation issueOneShot() {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_issue_one_shot(pointer(), operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Sends a mobile key to the phone number or e-mail address. */
        public Operation sendMobile() {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_send_mobile(pointer(), operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /**
         * Writes the bytes of kc_request_set_image() on the card at an encoder of the desk: a key that another system
         * made and gave back as bytes.
         */
        public Operation writeImage() {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_write_image(pointer(), operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Reads the card on the encoder; kc_op_get_key() is what stands on it. */
        public Operation readCard() {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_read_card(pointer(), operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Checks the room of the booking out in the lock system. */
        public Operation checkOut() {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_check_out(pointer(), operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /**
         * Changes the end of a stay, or moves it to the request's room, in lock systems that update keys by themselves.
         */
        public Operation modifyStay() {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_modify_stay(pointer(), operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Cancels one key, for example a lost one. */
        public Operation cancelKey(String keyId) {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_cancel_key(pointer(), Text.encode(keyId), operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Blocks all keys of a stay at once, for example while a payment is open; nobody is checked out. */
        public Operation blockStay() {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_block_stay(pointer(), operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Takes that back: the blocked keys of the stay open again; those that were voided meanwhile do not. */
        public Operation unblockStay() {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_unblock_stay(pointer(), operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /**
         * Asks the lock system what became of a mobile key: KC_OK means that it was delivered or is still on its way
         * (see kc_key_is_unconfirmed() of the key), KC_ERROR_MOBILE that it could not be; any other status says nothing
         * about it.
         */
        public Operation checkMobile(String keyId) {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_check_mobile(pointer(), Text.encode(keyId), operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }
    }

    abstract static class OfOperation extends Handle {
        OfOperation(long pointer, Handle.Unref unref, Context context) {
            super(pointer, unref, context);
        }

        /** Identifier, a UUID, the same in the ledger and in kc_key_get_id(). */
        public String id() {
            try {
                return Text.decode(Calls.kc_op_get_id(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Verb. */
        public Codes.Verb verb() {
            try {
                return Codes.Verb.of(Calls.kc_op_get_verb(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** State. */
        public Codes.State state() {
            try {
                return Codes.State.of(Calls.kc_op_get_state(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** How it ended: KC_OK or KC_ERROR_...; KC_OK also while it runs. */
        public Codes.Status status() {
            try {
                return Codes.Status.of(Calls.kc_op_get_status(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Outcome. */
        public Codes.Outcome outcome() {
            try {
                return Codes.Outcome.of(Calls.kc_op_get_outcome(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The encoder that was chosen, or "". */
        public String encoderName() {
            try {
                return Text.decode(Calls.kc_op_get_encoder_name(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The booking, or "". */
        public String booking() {
            try {
                return Text.decode(Calls.kc_op_get_booking(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The main room, or "". */
        public String room() {
            try {
                return Text.decode(Calls.kc_op_get_room(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The station that asked, or "". */
        public String station() {
            try {
                return Text.decode(Calls.kc_op_get_station(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Who asked, or "". */
        public String operator() {
            try {
                return Text.decode(Calls.kc_op_get_operator(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** When it was asked for, ISO 8601 with offset. */
        public String created() {
            try {
                return Text.decode(Calls.kc_op_get_created(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The system that was chosen, or "". */
        public String systemName() {
            try {
                return Text.decode(Calls.kc_op_get_system_name(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** What a resolution or cancellation is about: the id of that operation or key, or "". */
        public String target() {
            try {
                return Text.decode(Calls.kc_op_get_target(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The operation that this one is a retry of, by its id, or "". */
        public String retryOf() {
            try {
                return Text.decode(Calls.kc_op_get_retry_of(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Whether this is the answer of an earlier operation with the same idempotency key. */
        public boolean isReplay() {
            try {
                return Calls.kc_op_is_replay(pointer()) != 0;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The operation that was started by this one (the mobile key after the card), or NULL. */
        public Operation followUp() {
            try {
                return Operation.borrowed(Calls.kc_op_get_follow_up(pointer()), context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Asks to cancel. */
        public Operation cancel() {
            try {
                KeycardException.check(Calls.kc_op_cancel(pointer()),
                        null);
                return (Operation) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Answers KC_PROMPT_CONFIRM. */
        public Operation answer(Codes.Answer answer) {
            try {
                KeycardException.check(Calls.kc_op_answer(pointer(), answer.code),
                        null);
                return (Operation) this;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Starts a new operation with the request of one that failed. */
        public Operation retry() {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_op_retry(pointer(), operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Settles an operation whose outcome is unknown. */
        public Operation resolve(Codes.Resolution how, String operatorName) {
            try {
                long[] operation = new long[1];
                KeycardException.check(Calls.kc_op_resolve(pointer(), how.code, Text.encode(operatorName), operation), null);
                return Operation.started(operation[0], context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Settles an operation whose outcome is unknown. */
        public Operation resolve(Codes.Resolution how) {
            return resolve(how, (String) null);
        }

        /** Warnings. */
        public List<Warning> warnings() {
            try {
                return Handle.list(Calls.kc_op_get_warning_count(pointer()), index -> new Warning(
                        Text.decode(Calls.kc_op_get_warning_text(pointer(), index)),
                        Text.decode(Calls.kc_op_get_warning_field(pointer(), index)),
                        Text.decode(Calls.kc_op_get_warning_before(pointer(), index)),
                        Text.decode(Calls.kc_op_get_warning_after(pointer(), index))));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Keys: the one that was made, the ones that were listed, or the card that was read. */
        public List<Key> keys() {
            try {
                return Handle.list(Calls.kc_op_get_key_count(pointer()), index -> Key.borrowed(Calls.kc_op_get_key(pointer(), index), context));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Active or blocked keys that this original voids, known from the first event on. */
        public List<Key> voidedKeys() {
            try {
                return Handle.list(Calls.kc_op_get_voided_key_count(pointer()), index -> Key.borrowed(Calls.kc_op_get_voided_key(pointer(), index), context));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Encoders that kc_site_discover() found. */
        public List<Encoder> encoders() {
            try {
                return Handle.list(Calls.kc_op_get_encoder_count(pointer()), index -> Encoder.borrowed(Calls.kc_op_get_encoder(pointer(), index), context));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Devices on this computer, of kc_site_discover(). */
        public List<Device> devices() {
            try {
                return Handle.list(Calls.kc_op_get_device_count(pointer()), index -> Device.borrowed(Calls.kc_op_get_device(pointer(), index), context));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Operations that kc_list_ops() found. */
        public List<Operation> operations() {
            try {
                return Handle.list(Calls.kc_op_get_op_count(pointer()), index -> Operation.borrowed(Calls.kc_op_get_op(pointer(), index), context));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Whether the ledger has more than the limit of kc_list_keys() or kc_list_ops() let through. */
        public boolean hasMore() {
            try {
                return Calls.kc_op_has_more(pointer()) != 0;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Number of stays whose guest data kc_forget_departed() erased; else 0. */
        public long forgottenCount() {
            try {
                return Calls.kc_op_get_forgotten_count(pointer());
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /**
         * Number of journal entries that fit, of kc_verify_ledger(), kc_copy_ledger() and kc_backup_ledger(); else 0.
         */
        public long entryCount() {
            try {
                return Calls.kc_op_get_entry_count(pointer());
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The chain's digest after so many entries: 64 hexadecimal digits; "" if it is none of these three. */
        public String ledgerDigest() {
            try {
                return Text.decode(Calls.kc_op_get_ledger_digest(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }
    }

    abstract static class OfKey extends Handle {
        OfKey(long pointer, Handle.Unref unref, Context context) {
            super(pointer, unref, context);
        }

        /** Identifier: that of the operation that made it; "" for a card that was read. */
        public String id() {
            try {
                return Text.decode(Calls.kc_key_get_id(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Kind. */
        public Codes.Kind kind() {
            try {
                return Codes.Kind.of(Calls.kc_key_get_kind(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** KeyState. */
        public Codes.KeyState state() {
            try {
                return Codes.KeyState.of(Calls.kc_key_get_state(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /**
         * Whether voiding, check-out or change was wanted but not confirmed by the lock system, or if a mobile key was
         * accepted but its delivery is not confirmed.
         */
        public boolean isUnconfirmed() {
            try {
                return Calls.kc_key_is_unconfirmed(pointer()) != 0;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Whether the end of validity was past when the key was fetched. */
        public boolean isExpired() {
            try {
                return Calls.kc_key_is_expired(pointer()) != 0;
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** How its operation ended: KC_OK or KC_ERROR_... */
        public Codes.Status status() {
            try {
                return Codes.Status.of(Calls.kc_key_get_status(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The lock system's own error code, or "". */
        public String vendorCode() {
            try {
                return Text.decode(Calls.kc_key_get_vendor_code(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The booking. */
        public String booking() {
            try {
                return Text.decode(Calls.kc_key_get_booking(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Rooms. */
        public List<String> rooms() {
            try {
                return Handle.list(Calls.kc_key_get_room_count(pointer()), index -> Text.decode(Calls.kc_key_get_room(pointer(), index)));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Areas granted. */
        public List<String> areas() {
            try {
                return Handle.list(Calls.kc_key_get_area_count(pointer()), index -> Text.decode(Calls.kc_key_get_area(pointer(), index)));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The guest's name, "" if it was not given or was forgotten. */
        public String guest() {
            try {
                return Text.decode(Calls.kc_key_get_guest(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Start of validity, ISO 8601 with offset, or "". */
        public String from() {
            try {
                return Text.decode(Calls.kc_key_get_from(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** End of validity, ISO 8601 with offset, or "". */
        public String until() {
            try {
                return Text.decode(Calls.kc_key_get_until(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** When it was asked for, ISO 8601 with offset. */
        public String created() {
            try {
                return Text.decode(Calls.kc_key_get_created(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The station. */
        public String station() {
            try {
                return Text.decode(Calls.kc_key_get_station(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The encoder. */
        public String encoder() {
            try {
                return Text.decode(Calls.kc_key_get_encoder(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The system. */
        public String system() {
            try {
                return Text.decode(Calls.kc_key_get_system(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Who asked. */
        public String operator() {
            try {
                return Text.decode(Calls.kc_key_get_operator(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Phone number that was given for a mobile key, "" if none or forgotten. */
        public String phone() {
            try {
                return Text.decode(Calls.kc_key_get_phone(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** E-mail address that was given for a mobile key, "" if none or forgotten. */
        public String email() {
            try {
                return Text.decode(Calls.kc_key_get_email(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** How many cards were asked for. */
        public int copies() {
            try {
                return Calls.kc_key_get_copies(pointer());
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Serial numbers that the lock system returned. */
        public List<String> serials() {
            try {
                return Handle.list(Calls.kc_key_get_serial_count(pointer()), index -> Text.decode(Calls.kc_key_get_serial(pointer(), index)));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The installation identifier that came with the image, or "". */
        public String installation() {
            try {
                return Text.decode(Calls.kc_key_get_installation(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }
    }

    abstract static class OfOpenKey extends Handle {
        OfOpenKey(long pointer, Handle.Unref unref, Context context) {
            super(pointer, unref, context);
        }

        /** Kind: KC_KIND_ORIGINAL, KC_KIND_DUPLICATE or KC_KIND_ONE_SHOT. */
        public Codes.Kind kind() {
            try {
                return Codes.Kind.of(Calls.kc_open_key_get_kind(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /**
         * By which a lock knows the later key of a room: that of an original is higher than that of all before, a
         * duplicate has that of its original.
         */
        public long sequence() {
            try {
                return Calls.kc_open_key_get_sequence(pointer());
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** kc_key_get_id() of the key in the ledger; "" on a stripe, which has no room for it. */
        public String issue() {
            try {
                return Text.decode(Calls.kc_open_key_get_issue(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Start of validity, in seconds since 1970 by UTC; 0: valid at once. */
        public long from() {
            try {
                return Calls.kc_open_key_get_from(pointer());
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** End of validity, in seconds since 1970 by UTC: from then on it opens no more. */
        public long until() {
            try {
                return Calls.kc_open_key_get_until(pointer());
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Rooms, 1 or more. */
        public List<String> rooms() {
            try {
                return Handle.list(Calls.kc_open_key_get_room_count(pointer()), index -> Text.decode(Calls.kc_open_key_get_room(pointer(), index)));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Whether the key opens the area of this number, 1 to 64; else 0. */
        public boolean hasArea(int area) {
            try {
                return Calls.kc_open_key_has_area(pointer(), area) != 0;
            } finally {
                Reference.reachabilityFence(this);
            }
        }
    }

    abstract static class OfEvent extends Handle {
        OfEvent(long pointer, Handle.Unref unref, Context context) {
            super(pointer, unref, context);
        }

        /** EventType. */
        public Codes.EventType type() {
            try {
                return Codes.EventType.of(Calls.kc_event_get_type(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The operation, or NULL for events of encoders, systems and devices. */
        public Operation operation() {
            try {
                return Operation.borrowed(Calls.kc_event_get_op(pointer()), context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The number of the journal's entry that KC_EVENT_LEDGER tells of, each higher than the one before; else 0. */
        public long entry() {
            try {
                return Calls.kc_event_get_entry(pointer());
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The encoder that the event is about, or NULL. */
        public Encoder encoder() {
            try {
                return Encoder.borrowed(Calls.kc_event_get_encoder(pointer()), context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The system that the event is about, or NULL. */
        public LockSystem system() {
            try {
                return LockSystem.borrowed(Calls.kc_event_get_system(pointer()), context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The device that the event is about, or NULL. */
        public Device device() {
            try {
                return Device.borrowed(Calls.kc_event_get_device(pointer()), context);
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** Which card the prompt is about, from 1; 0 if it is about none. */
        public int cardNumber() {
            try {
                return Calls.kc_event_get_card_number(pointer());
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** How many cards there will be; 0 if it is about none. */
        public int cardCount() {
            try {
                return Calls.kc_event_get_card_count(pointer());
            } finally {
                Reference.reachabilityFence(this);
            }
        }

        /** The event as a sentence in English, such as "Present card 1 of 2 to Desk 1". */
        public String text() {
            try {
                return Text.decode(Calls.kc_event_get_text(pointer()));
            } finally {
                Reference.reachabilityFence(this);
            }
        }
    }

    abstract static class OfDriver {
        abstract long pointer();

        /** Name, such as "salto". */
        public String name() {
            return Text.decode(Calls.kc_driver_get_name(pointer()));
        }

        /** Label for people, such as "SALTO PMS Industry Standard". */
        public String label() {
            return Text.decode(Calls.kc_driver_get_label(pointer()));
        }

        /** "simulator-tested", "interop-tested", "lab" or "field". */
        public String maturity() {
            return Text.decode(Calls.kc_driver_get_maturity(pointer()));
        }

        /** URI scheme by index, such as "salto+tcp", or "" past the end. */
        public List<String> schemes() {
            return Handle.series(index -> Text.decode(Calls.kc_driver_get_scheme(pointer(), index)), "");
        }

        /** Whether the driver can offer this, perhaps only with an option; else 0. */
        public boolean has(Codes.Capability capability) {
            return Calls.kc_driver_has(pointer(), capability.code) != 0;
        }

        /** A limit with default options, or -1 for an unknown one. */
        public long limit(Codes.Limit limit) {
            return Calls.kc_driver_get_limit(pointer(), limit.code);
        }

        /** Options of the driver; those of its link are listed at kc_system_set_option(). */
        public List<DriverOption> options() {
            return Handle.list(Calls.kc_driver_get_option_count(pointer()), index -> new DriverOption(
                    Text.decode(Calls.kc_driver_get_option_name(pointer(), index)),
                    Text.decode(Calls.kc_driver_get_option_default(pointer(), index)),
                    Text.decode(Calls.kc_driver_get_option_values(pointer(), index)),
                    Text.decode(Calls.kc_driver_get_option_help(pointer(), index))));
        }
    }
}
