// SPDX-License-Identifier: LGPL-2.1-or-later
// The members of the classes, as the public header has them.
//
// Made from doc/api.json by examples/bindings/generate.py.

using System;
using System.Collections.Generic;

namespace Keycard
{
    public partial class Context
    {
        /// <summary>Switches KC_EVENT_LEDGER on or off, which tells what others do: other programs and machines with
        /// the same ledger.</summary>
        public Context WatchLedger(int intervalMs)
        {
            KeycardException.Check(Calls.kc_context_watch_ledger(Reference, intervalMs),
                                   () => Calls.kc_context_get_error(Reference));
            return this;
        }

        /// <summary>How fast the context connects its systems, so that thousands of lock systems that come back after a
        /// power cut are not overrun: with a rate of 1,000 (the default) at most 100 at the same moment, and 1,000 a
        /// second for as long as it takes.</summary>
        public Context SetConnectionRate(int perSecond)
        {
            KeycardException.Check(Calls.kc_context_set_connection_rate(Reference, perSecond),
                                   () => Calls.kc_context_get_error(Reference));
            return this;
        }

        /// <summary>Switches KC_EVENT_DEVICE on or off.</summary>
        public Context WatchDevices(DeviceWatch how)
        {
            KeycardException.Check(Calls.kc_context_watch_devices(Reference, (int)how),
                                   () => Calls.kc_context_get_error(Reference));
            return this;
        }

        /// <summary>Devices as far as known: those that are there now while they are watched, else those that the last
        /// kc_site_discover() saw.</summary>
        public IReadOnlyList<Device> Devices
        {
            get
            {
                var value = Handle.List(Calls.kc_context_get_device_count(Reference),
                                    index => Device.Borrowed(Calls.kc_context_get_device(Reference, index), this));
                GC.KeepAlive(this);
                return value;
            }
        }
    }

    public partial class Site
    {
        /// <summary>The name.</summary>
        public string Name
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_site_get_name(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Sets the time zone by its IANA name, such as "Europe/Sofia".</summary>
        public Site SetTimeZone(string name)
        {
            KeycardException.Check(Calls.kc_site_set_time_zone(Reference, Utf8.Encode(name)),
                                   () => Calls.kc_site_get_error(Reference));
            return this;
        }

        /// <summary>Sets the check-in and check-out times, "HH:MM", that complete a date without a time.</summary>
        public Site SetDefaultTimes(string checkIn, string checkOut)
        {
            KeycardException.Check(Calls.kc_site_set_default_times(Reference, Utf8.Encode(checkIn), Utf8.Encode(checkOut)),
                                   () => Calls.kc_site_get_error(Reference));
            return this;
        }

        /// <summary>Sets a policy.</summary>
        public Site SetPolicy(string name, string value)
        {
            KeycardException.Check(Calls.kc_site_set_policy(Reference, Utf8.Encode(name), Utf8.Encode(value)),
                                   () => Calls.kc_site_get_error(Reference));
            return this;
        }

        /// <summary>The value of a policy, or "" if there is no such policy.</summary>
        public string Policy(string name)
        {
            var value = Utf8.Decode(Calls.kc_site_get_policy(Reference, Utf8.Encode(name)));
            GC.KeepAlive(this);
            return value;
        }

        /// <summary>Looks for the encoders of all systems of a site: connects each system, asks it for its encoders
        /// where it can tell (KC_CAPABILITY_LIST_ENCODERS), and adds those that were named here or stand in the
        /// ledger.</summary>
        public Operation Discover()
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_site_discover(Reference, out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Lists keys, newest first: kc_op_get_key().</summary>
        public Operation ListKeys(Filter filter, string value, int limit)
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_list_keys(Reference, (int)filter, Utf8.Encode(value), limit, out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Lists operations in the same way, those that make no key (check-out and so on) included:
        /// kc_op_get_op().</summary>
        public Operation ListOperations(Filter filter, string value, int limit)
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_list_ops(Reference, (int)filter, Utf8.Encode(value), limit, out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Gets an earlier operation, also one from before a restart.</summary>
        public Operation FindOperation(string id)
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_find_op(Reference, Utf8.Encode(id), out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Erases name, phone number, e-mail address, texts and card contents of a booking from the ledger;
        /// the records stay.</summary>
        public Operation ForgetGuest(string booking)
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_forget_guest(Reference, Utf8.Encode(booking), out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Does the same for all guests of the site who departed so many days ago or earlier.</summary>
        public Operation ForgetDeparted(int days)
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_forget_departed(Reference, days, out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Holds the whole ledger, all sites, against its journal: an entry for each time that an operation
        /// was recorded or changed, with a digest (SHA-256) of its content, chained to the entry before.</summary>
        public Operation VerifyLedger()
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_verify_ledger(Reference, out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Copies the whole ledger, all sites, into another store: from SQLite to PostgreSQL, back, or to
        /// another one of its kind.</summary>
        public Operation CopyLedger(string uri, byte[] key = null)
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_copy_ledger(Reference, Utf8.Encode(uri), key, new UIntPtr(key == null ? 0u : (uint)key.Length), out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Copies a SQLite ledger into a new file while it is used, by this program and by others: as it was
        /// at one moment, in small steps.</summary>
        public Operation BackupLedger(string path)
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_backup_ledger(Reference, Utf8.Encode(path), out operation));
            return Operation.Started(operation, Context);
        }
    }

    public partial class LockSystem
    {
        /// <summary>Takes the system out of its site: no operation finds it any more, its name is free again, and its
        /// link closes after its running operations.</summary>
        public LockSystem Remove()
        {
            KeycardException.Check(Calls.kc_system_remove(Reference),
                                   () => Calls.kc_system_get_error(Reference));
            return this;
        }

        /// <summary>The name.</summary>
        public string Name
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_system_get_name(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The driver.</summary>
        public Driver Driver
        {
            get
            {
                var value = Driver.Borrowed(Calls.kc_system_get_driver(Reference), Context);
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Sets an option of the driver or of the link; to be called before the first operation.</summary>
        public LockSystem SetOption(string name, string value)
        {
            KeycardException.Check(Calls.kc_system_set_option(Reference, Utf8.Encode(name), Utf8.Encode(value)),
                                   () => Calls.kc_system_get_error(Reference));
            return this;
        }

        /// <summary>The value of an option as text; "" if there is none of this name, and for a secret.</summary>
        public string Option(string name)
        {
            var value = Utf8.Decode(Calls.kc_system_get_option(Reference, Utf8.Encode(name)));
            GC.KeepAlive(this);
            return value;
        }

        /// <summary>Says how the lock system calls a room of the PMS; both 1 to 100 characters.</summary>
        public LockSystem MapRoom(string room, string lockName)
        {
            KeycardException.Check(Calls.kc_system_map_room(Reference, Utf8.Encode(room), Utf8.Encode(lockName)),
                                   () => Calls.kc_system_get_error(Reference));
            return this;
        }

        /// <summary>Says how the lock system calls an area of the PMS, such as "spa" = "12".</summary>
        public LockSystem MapArea(string area, string lockName)
        {
            KeycardException.Check(Calls.kc_system_map_area(Reference, Utf8.Encode(area), Utf8.Encode(lockName)),
                                   () => Calls.kc_system_get_error(Reference));
            return this;
        }

        /// <summary>Names an encoder of the system, by 1 to 100 characters.</summary>
        public LockSystem AddEncoder(string name)
        {
            KeycardException.Check(Calls.kc_system_add_encoder(Reference, Utf8.Encode(name)),
                                   () => Calls.kc_system_get_error(Reference));
            return this;
        }

        /// <summary>Uses an open, connected descriptor (socket or terminal) as the link of a system whose URI ends in
        /// `+fd:`.</summary>
        public LockSystem AdoptFd(int fd)
        {
            KeycardException.Check(Calls.kc_system_adopt_fd(Reference, fd),
                                   () => Calls.kc_system_get_error(Reference));
            return this;
        }

        /// <summary>Whether this system offers the capability with its present options; else 0.</summary>
        public bool Has(Capability capability)
        {
            return Calls.kc_system_has(Reference, (int)capability) != 0;
        }

        /// <summary>A limit with the present options, or -1 for an unknown one.</summary>
        public long Limit(Limit limit)
        {
            return Calls.kc_system_get_limit(Reference, (int)limit);
        }

        /// <summary>State of the link: LinkState.</summary>
        public LinkState State
        {
            get { return (LinkState)Calls.kc_system_get_state(Reference); }
        }
    }

    public partial class Encoder
    {
        /// <summary>The name.</summary>
        public string Name
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_encoder_get_name(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The system that it belongs to.</summary>
        public LockSystem System
        {
            get
            {
                var value = LockSystem.Borrowed(Calls.kc_encoder_get_system(Reference), Context);
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>EncoderState.</summary>
        public EncoderState State
        {
            get { return (EncoderState)Calls.kc_encoder_get_state(Reference); }
        }

        /// <summary>When it was last heard of, ISO 8601 with offset, or "".</summary>
        public string LastContact
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_encoder_get_last_contact(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }
    }

    public partial class Device
    {
        /// <summary>How it is called after re-plugging and restarts too: its USB ids with its serial number
        /// ("067b:2303/K42"), or with the socket that it is plugged into if it has none or another device has the same
        /// ("067b:2303@1-4.2"); a port of the computer itself by its file ("/dev/ttyS0").</summary>
        public string Name
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_device_get_name(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>For people: "USB-Serial Controller (/dev/ttyUSB0)".</summary>
        public string Label
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_device_get_label(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>"serial" or "usb": what stands behind `+` in schemes that reach it.</summary>
        public string Transport
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_device_get_transport(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Where it is now: "/dev/ttyUSB0", or the USB socket, "1-4.2".</summary>
        public string Place
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_device_get_place(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>USB vendor id, or -1 if it is not on USB.</summary>
        public int VendorId
        {
            get { return Calls.kc_device_get_vendor_id(Reference); }
        }

        /// <summary>USB product id, or -1.</summary>
        public int ProductId
        {
            get { return Calls.kc_device_get_product_id(Reference); }
        }

        /// <summary>The maker, as the device says, or "".</summary>
        public string Manufacturer
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_device_get_manufacturer(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The product, as the device says, or "".</summary>
        public string Product
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_device_get_product(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The serial number, as the device says, or "".</summary>
        public string SerialNumber
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_device_get_serial_number(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The model that the encoder told when it was asked, or "".</summary>
        public string Model
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_device_get_model(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The version of its firmware, or "".</summary>
        public string Firmware
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_device_get_firmware(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>DeviceState, as it is now.</summary>
        public DeviceState State
        {
            get { return (DeviceState)Calls.kc_device_get_state(Reference); }
        }

        /// <summary>Since when, ISO 8601 with offset: in the time zone of the site that uses it, else of the context's
        /// first site, else in UTC.</summary>
        public string Since
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_device_get_since(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The system that is configured for it, connected or not, or NULL.</summary>
        public LockSystem System
        {
            get
            {
                var value = LockSystem.Borrowed(Calls.kc_device_get_system(Reference), Context);
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>A driver that may drive it, by index from 0; NULL past the end.</summary>
        public IReadOnlyList<Driver> Drivers
        {
            get
            {
                var value = Handle.Series(index => Driver.Borrowed(Calls.kc_device_get_driver(Reference, index), Context), null);
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The URI for kc_system_new(), such as `magstripe+serial:067b:2303/K42`.</summary>
        public string Uri(Driver driver = null)
        {
            var value = Utf8.Decode(Calls.kc_device_get_uri(Reference, Driver.Address(driver)));
            GC.KeepAlive(this);
            return value;
        }

        /// <summary>Asks the device who it is, by the test of identity of a driver.</summary>
        public Device Identify(string driver = null, string options = null)
        {
            KeycardException.Check(Calls.kc_device_identify(Reference, Utf8.Encode(driver), Utf8.Encode(options)),
                                   () => Calls.kc_context_get_error(Context.Reference));
            return this;
        }
    }

    public partial class Request
    {
        /// <summary>The PMS's own reference of the stay; at most 100 characters.</summary>
        public Request SetBooking(string booking)
        {
            KeycardException.Check(Calls.kc_request_set_booking(Reference, Utf8.Encode(booking)),
                                   () => Calls.kc_request_get_error(Reference));
            return this;
        }

        /// <summary>Adds a room; the first one is the main room.</summary>
        public Request AddRoom(string room)
        {
            KeycardException.Check(Calls.kc_request_add_room(Reference, Utf8.Encode(room)),
                                   () => Calls.kc_request_get_error(Reference));
            return this;
        }

        /// <summary>Removes all rooms.</summary>
        public Request ClearRooms()
        {
            KeycardException.Check(Calls.kc_request_clear_rooms(Reference),
                                   () => Calls.kc_request_get_error(Reference));
            return this;
        }

        /// <summary>The main guest's name; at most 400 characters.</summary>
        public Request SetGuest(string name)
        {
            KeycardException.Check(Calls.kc_request_set_guest(Reference, Utf8.Encode(name)),
                                   () => Calls.kc_request_get_error(Reference));
            return this;
        }

        /// <summary>When the key is valid, ISO 8601.</summary>
        public Request SetValidity(string @from, string until)
        {
            KeycardException.Check(Calls.kc_request_set_validity(Reference, Utf8.Encode(@from), Utf8.Encode(until)),
                                   () => Calls.kc_request_get_error(Reference));
            return this;
        }

        /// <summary>The workstation, kiosk or tablet that asks; at most 100 characters.</summary>
        public Request SetStation(string station)
        {
            KeycardException.Check(Calls.kc_request_set_station(Reference, Utf8.Encode(station)),
                                   () => Calls.kc_request_get_error(Reference));
            return this;
        }

        /// <summary>The encoder by name, at most 100 characters.</summary>
        public Request SetEncoder(string encoder)
        {
            KeycardException.Check(Calls.kc_request_set_encoder(Reference, Utf8.Encode(encoder)),
                                   () => Calls.kc_request_get_error(Reference));
            return this;
        }

        /// <summary>The system by name, at most 100 characters; needed only where the site has several and the encoder
        /// does not tell.</summary>
        public Request SetSystem(string system)
        {
            KeycardException.Check(Calls.kc_request_set_system(Reference, Utf8.Encode(system)),
                                   () => Calls.kc_request_get_error(Reference));
            return this;
        }

        /// <summary>Who asks, for the audit; at most 100 characters.</summary>
        public Request SetOperator(string name)
        {
            KeycardException.Check(Calls.kc_request_set_operator(Reference, Utf8.Encode(name)),
                                   () => Calls.kc_request_get_error(Reference));
            return this;
        }

        /// <summary>Adds an area that the key opens besides the rooms.</summary>
        public Request AddArea(string area)
        {
            KeycardException.Check(Calls.kc_request_add_area(Reference, Utf8.Encode(area)),
                                   () => Calls.kc_request_get_error(Reference));
            return this;
        }

        /// <summary>Denies an area that the room would bring along.</summary>
        public Request RemoveArea(string area)
        {
            KeycardException.Check(Calls.kc_request_remove_area(Reference, Utf8.Encode(area)),
                                   () => Calls.kc_request_get_error(Reference));
            return this;
        }

        /// <summary>Removes all areas, granted and denied.</summary>
        public Request ClearAreas()
        {
            KeycardException.Check(Calls.kc_request_clear_areas(Reference),
                                   () => Calls.kc_request_get_error(Reference));
            return this;
        }

        /// <summary>Phone number for the mobile key: `+` or `00`, country code, 8 to 15 digits; blanks, dots, hyphens,
        /// slashes and round brackets are dropped.</summary>
        public Request SetPhone(string phone)
        {
            KeycardException.Check(Calls.kc_request_set_phone(Reference, Utf8.Encode(phone)),
                                   () => Calls.kc_request_get_error(Reference));
            return this;
        }

        /// <summary>E-mail address for the mobile key; at most 254 characters.</summary>
        public Request SetEmail(string email)
        {
            KeycardException.Check(Calls.kc_request_set_email(Reference, Utf8.Encode(email)),
                                   () => Calls.kc_request_get_error(Reference));
            return this;
        }

        /// <summary>Number of cards, 1 to 99.</summary>
        public Request SetCopies(int copies)
        {
            KeycardException.Check(Calls.kc_request_set_copies(Reference, copies),
                                   () => Calls.kc_request_get_error(Reference));
            return this;
        }

        /// <summary>A line of text printed or encoded on the card; line counts from 1, at most 8 lines of 400
        /// characters.</summary>
        public Request SetText(int line, string text)
        {
            KeycardException.Check(Calls.kc_request_set_text(Reference, line, Utf8.Encode(text)),
                                   () => Calls.kc_request_get_error(Reference));
            return this;
        }

        /// <summary>The message shown with a mobile key; at most 1,000 characters; line feeds are allowed.</summary>
        public Request SetMessage(string text)
        {
            KeycardException.Check(Calls.kc_request_set_message(Reference, Utf8.Encode(text)),
                                   () => Calls.kc_request_get_error(Reference));
            return this;
        }

        /// <summary>1: the mobile key comes back as bytes, kc_key_get_image(), instead of being sent.</summary>
        public Request SetReturnImage(bool wanted)
        {
            KeycardException.Check(Calls.kc_request_set_return_image(Reference, wanted ? 1 : 0),
                                   () => Calls.kc_request_get_error(Reference));
            return this;
        }

        /// <summary>Serial number (UID) of the card that the caller writes by himself, as hex digits: 4 to 16 bytes,
        /// not all 0; blanks, colons and hyphens between them are dropped.</summary>
        public Request SetCardSerial(string serial)
        {
            KeycardException.Check(Calls.kc_request_set_card_serial(Reference, Utf8.Encode(serial)),
                                   () => Calls.kc_request_get_error(Reference));
            return this;
        }

        /// <summary>The bytes that kc_write_image() is to write, such as those of kc_key_get_image(); copied.</summary>
        public Request SetImage(byte[] bytes)
        {
            KeycardException.Check(Calls.kc_request_set_image(Reference, bytes, new UIntPtr(bytes == null ? 0u : (uint)bytes.Length)),
                                   () => Calls.kc_request_get_error(Reference));
            return this;
        }

        /// <summary>A text of the caller's, 1 to 100 characters, that makes a request safe to repeat: the same key
        /// again, also after a restart, answers with the first operation instead of acting again.</summary>
        public Request SetIdempotencyKey(string key)
        {
            KeycardException.Check(Calls.kc_request_set_idempotency_key(Reference, Utf8.Encode(key)),
                                   () => Calls.kc_request_get_error(Reference));
            return this;
        }

        /// <summary>Makes the first key of a stay.</summary>
        public Operation IssueOriginal()
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_issue_original(Reference, out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Makes a further key of a stay, on the station's last used encoder; voids nothing.</summary>
        public Operation IssueDuplicate()
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_issue_duplicate(Reference, out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Makes a new original for a booking that has keys.</summary>
        public Operation Reissue()
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_reissue(Reference, out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Makes a key that opens once.</summary>
        public Operation IssueOneShot()
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_issue_one_shot(Reference, out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Sends a mobile key to the phone number or e-mail address.</summary>
        public Operation SendMobile()
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_send_mobile(Reference, out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Writes the bytes of kc_request_set_image() on the card at an encoder of the desk: a key that
        /// another system made and gave back as bytes.</summary>
        public Operation WriteImage()
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_write_image(Reference, out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Reads the card on the encoder; kc_op_get_key() is what stands on it.</summary>
        public Operation ReadCard()
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_read_card(Reference, out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Checks the room of the booking out in the lock system.</summary>
        public Operation CheckOut()
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_check_out(Reference, out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Changes the end of a stay, or moves it to the request's room, in lock systems that update keys by
        /// themselves.</summary>
        public Operation ModifyStay()
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_modify_stay(Reference, out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Cancels one key, for example a lost one.</summary>
        public Operation CancelKey(string keyId)
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_cancel_key(Reference, Utf8.Encode(keyId), out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Blocks all keys of a stay at once, for example while a payment is open; nobody is checked
        /// out.</summary>
        public Operation BlockStay()
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_block_stay(Reference, out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Takes that back: the blocked keys of the stay open again; those that were voided meanwhile do
        /// not.</summary>
        public Operation UnblockStay()
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_unblock_stay(Reference, out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Asks the lock system what became of a mobile key: KC_OK means that it was delivered or is still on
        /// its way (see kc_key_is_unconfirmed() of the key), KC_ERROR_MOBILE that it could not be; any other status
        /// says nothing about it.</summary>
        public Operation CheckMobile(string keyId)
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_check_mobile(Reference, Utf8.Encode(keyId), out operation));
            return Operation.Started(operation, Context);
        }
    }

    /// <summary>Warnings.</summary>
    public sealed class Warning
    {
        public readonly string Text;
        public readonly string Field;
        public readonly string Before;
        public readonly string After;

        internal Warning(string text, string field, string before, string after)
        {
            Text = text;
            Field = field;
            Before = before;
            After = after;
        }
    }

    public partial class Operation
    {
        /// <summary>Identifier, a UUID, the same in the ledger and in kc_key_get_id().</summary>
        public string Id
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_op_get_id(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Verb.</summary>
        public Verb Verb
        {
            get { return (Verb)Calls.kc_op_get_verb(Reference); }
        }

        /// <summary>State.</summary>
        public State State
        {
            get { return (State)Calls.kc_op_get_state(Reference); }
        }

        /// <summary>How it ended: KC_OK or KC_ERROR_...; KC_OK also while it runs.</summary>
        public Status Status
        {
            get { return (Status)Calls.kc_op_get_status(Reference); }
        }

        /// <summary>Outcome.</summary>
        public Outcome Outcome
        {
            get { return (Outcome)Calls.kc_op_get_outcome(Reference); }
        }

        /// <summary>The encoder that was chosen, or "".</summary>
        public string EncoderName
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_op_get_encoder_name(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The booking, or "".</summary>
        public string Booking
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_op_get_booking(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The main room, or "".</summary>
        public string Room
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_op_get_room(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The station that asked, or "".</summary>
        public string Station
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_op_get_station(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Who asked, or "".</summary>
        public string Operator
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_op_get_operator(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>When it was asked for, ISO 8601 with offset.</summary>
        public string Created
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_op_get_created(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The system that was chosen, or "".</summary>
        public string SystemName
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_op_get_system_name(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>What a resolution or cancellation is about: the id of that operation or key, or "".</summary>
        public string Target
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_op_get_target(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The operation that this one is a retry of, by its id, or "".</summary>
        public string RetryOf
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_op_get_retry_of(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Whether this is the answer of an earlier operation with the same idempotency key.</summary>
        public bool IsReplay
        {
            get { return Calls.kc_op_is_replay(Reference) != 0; }
        }

        /// <summary>The operation that was started by this one (the mobile key after the card), or NULL.</summary>
        public Operation FollowUp
        {
            get
            {
                var value = Operation.Borrowed(Calls.kc_op_get_follow_up(Reference), Context);
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Asks to cancel.</summary>
        public Operation Cancel()
        {
            KeycardException.Check(Calls.kc_op_cancel(Reference));
            return this;
        }

        /// <summary>Answers KC_PROMPT_CONFIRM.</summary>
        public Operation Answer(Answer answer)
        {
            KeycardException.Check(Calls.kc_op_answer(Reference, (int)answer));
            return this;
        }

        /// <summary>Starts a new operation with the request of one that failed.</summary>
        public Operation Retry()
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_op_retry(Reference, out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Settles an operation whose outcome is unknown.</summary>
        public Operation Resolve(Resolution how, string operatorName = null)
        {
            IntPtr operation;
            KeycardException.Check(Calls.kc_op_resolve(Reference, (int)how, Utf8.Encode(operatorName), out operation));
            return Operation.Started(operation, Context);
        }

        /// <summary>Warnings.</summary>
        public IReadOnlyList<Warning> Warnings
        {
            get
            {
                var value = Handle.List(Calls.kc_op_get_warning_count(Reference),
                                    index => new Warning(
                                    Utf8.Decode(Calls.kc_op_get_warning_text(Reference, index)),
                                    Utf8.Decode(Calls.kc_op_get_warning_field(Reference, index)),
                                    Utf8.Decode(Calls.kc_op_get_warning_before(Reference, index)),
                                    Utf8.Decode(Calls.kc_op_get_warning_after(Reference, index))));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Keys: the one that was made, the ones that were listed, or the card that was read.</summary>
        public IReadOnlyList<Key> Keys
        {
            get
            {
                var value = Handle.List(Calls.kc_op_get_key_count(Reference),
                                    index => Key.Borrowed(Calls.kc_op_get_key(Reference, index), Context));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Active or blocked keys that this original voids, known from the first event on.</summary>
        public IReadOnlyList<Key> VoidedKeys
        {
            get
            {
                var value = Handle.List(Calls.kc_op_get_voided_key_count(Reference),
                                    index => Key.Borrowed(Calls.kc_op_get_voided_key(Reference, index), Context));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Encoders that kc_site_discover() found.</summary>
        public IReadOnlyList<Encoder> Encoders
        {
            get
            {
                var value = Handle.List(Calls.kc_op_get_encoder_count(Reference),
                                    index => Encoder.Borrowed(Calls.kc_op_get_encoder(Reference, index), Context));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Devices on this computer, of kc_site_discover().</summary>
        public IReadOnlyList<Device> Devices
        {
            get
            {
                var value = Handle.List(Calls.kc_op_get_device_count(Reference),
                                    index => Device.Borrowed(Calls.kc_op_get_device(Reference, index), Context));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Operations that kc_list_ops() found.</summary>
        public IReadOnlyList<Operation> Operations
        {
            get
            {
                var value = Handle.List(Calls.kc_op_get_op_count(Reference),
                                    index => Operation.Borrowed(Calls.kc_op_get_op(Reference, index), Context));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Whether the ledger has more than the limit of kc_list_keys() or kc_list_ops() let
        /// through.</summary>
        public bool HasMore
        {
            get { return Calls.kc_op_has_more(Reference) != 0; }
        }

        /// <summary>Number of stays whose guest data kc_forget_departed() erased; else 0.</summary>
        public long ForgottenCount
        {
            get { return Calls.kc_op_get_forgotten_count(Reference); }
        }

        /// <summary>Number of journal entries that fit, of kc_verify_ledger(), kc_copy_ledger() and kc_backup_ledger();
        /// else 0.</summary>
        public long EntryCount
        {
            get { return Calls.kc_op_get_entry_count(Reference); }
        }

        /// <summary>The chain's digest after so many entries: 64 hexadecimal digits; "" if it is none of these
        /// three.</summary>
        public string LedgerDigest
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_op_get_ledger_digest(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }
    }

    public partial class Key
    {
        /// <summary>Identifier: that of the operation that made it; "" for a card that was read.</summary>
        public string Id
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_key_get_id(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Kind.</summary>
        public Kind Kind
        {
            get { return (Kind)Calls.kc_key_get_kind(Reference); }
        }

        /// <summary>KeyState.</summary>
        public KeyState State
        {
            get { return (KeyState)Calls.kc_key_get_state(Reference); }
        }

        /// <summary>Whether voiding, check-out or change was wanted but not confirmed by the lock system, or if a
        /// mobile key was accepted but its delivery is not confirmed.</summary>
        public bool IsUnconfirmed
        {
            get { return Calls.kc_key_is_unconfirmed(Reference) != 0; }
        }

        /// <summary>Whether the end of validity was past when the key was fetched.</summary>
        public bool IsExpired
        {
            get { return Calls.kc_key_is_expired(Reference) != 0; }
        }

        /// <summary>How its operation ended: KC_OK or KC_ERROR_...</summary>
        public Status Status
        {
            get { return (Status)Calls.kc_key_get_status(Reference); }
        }

        /// <summary>The lock system's own error code, or "".</summary>
        public string VendorCode
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_key_get_vendor_code(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The booking.</summary>
        public string Booking
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_key_get_booking(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Rooms.</summary>
        public IReadOnlyList<string> Rooms
        {
            get
            {
                var value = Handle.List(Calls.kc_key_get_room_count(Reference),
                                    index => Utf8.Decode(Calls.kc_key_get_room(Reference, index)));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Areas granted.</summary>
        public IReadOnlyList<string> Areas
        {
            get
            {
                var value = Handle.List(Calls.kc_key_get_area_count(Reference),
                                    index => Utf8.Decode(Calls.kc_key_get_area(Reference, index)));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The guest's name, "" if it was not given or was forgotten.</summary>
        public string Guest
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_key_get_guest(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Start of validity, ISO 8601 with offset, or "".</summary>
        public string From
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_key_get_from(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>End of validity, ISO 8601 with offset, or "".</summary>
        public string Until
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_key_get_until(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>When it was asked for, ISO 8601 with offset.</summary>
        public string Created
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_key_get_created(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The station.</summary>
        public string Station
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_key_get_station(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The encoder.</summary>
        public string Encoder
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_key_get_encoder(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The system.</summary>
        public string System
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_key_get_system(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Who asked.</summary>
        public string Operator
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_key_get_operator(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Phone number that was given for a mobile key, "" if none or forgotten.</summary>
        public string Phone
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_key_get_phone(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>E-mail address that was given for a mobile key, "" if none or forgotten.</summary>
        public string Email
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_key_get_email(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>How many cards were asked for.</summary>
        public int Copies
        {
            get { return Calls.kc_key_get_copies(Reference); }
        }

        /// <summary>Serial numbers that the lock system returned.</summary>
        public IReadOnlyList<string> Serials
        {
            get
            {
                var value = Handle.List(Calls.kc_key_get_serial_count(Reference),
                                    index => Utf8.Decode(Calls.kc_key_get_serial(Reference, index)));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The installation identifier that came with the image, or "".</summary>
        public string Installation
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_key_get_installation(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }
    }

    public partial class OpenKey
    {
        /// <summary>Kind: KC_KIND_ORIGINAL, KC_KIND_DUPLICATE or KC_KIND_ONE_SHOT.</summary>
        public Kind Kind
        {
            get { return (Kind)Calls.kc_open_key_get_kind(Reference); }
        }

        /// <summary>By which a lock knows the later key of a room: that of an original is higher than that of all
        /// before, a duplicate has that of its original.</summary>
        public long Sequence
        {
            get { return Calls.kc_open_key_get_sequence(Reference); }
        }

        /// <summary>kc_key_get_id() of the key in the ledger; "" on a stripe, which has no room for it.</summary>
        public string Issue
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_open_key_get_issue(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Start of validity, in seconds since 1970 by UTC; 0: valid at once.</summary>
        public long From
        {
            get { return Calls.kc_open_key_get_from(Reference); }
        }

        /// <summary>End of validity, in seconds since 1970 by UTC: from then on it opens no more.</summary>
        public long Until
        {
            get { return Calls.kc_open_key_get_until(Reference); }
        }

        /// <summary>Rooms, 1 or more.</summary>
        public IReadOnlyList<string> Rooms
        {
            get
            {
                var value = Handle.List(Calls.kc_open_key_get_room_count(Reference),
                                    index => Utf8.Decode(Calls.kc_open_key_get_room(Reference, index)));
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Whether the key opens the area of this number, 1 to 64; else 0.</summary>
        public bool HasArea(int area)
        {
            return Calls.kc_open_key_has_area(Reference, area) != 0;
        }
    }

    public partial class Event
    {
        /// <summary>EventType.</summary>
        public EventType Type
        {
            get { return (EventType)Calls.kc_event_get_type(Reference); }
        }

        /// <summary>The operation, or NULL for events of encoders, systems and devices.</summary>
        public Operation Operation
        {
            get
            {
                var value = Operation.Borrowed(Calls.kc_event_get_op(Reference), Context);
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The number of the journal's entry that KC_EVENT_LEDGER tells of, each higher than the one before;
        /// else 0.</summary>
        public long Entry
        {
            get { return Calls.kc_event_get_entry(Reference); }
        }

        /// <summary>The encoder that the event is about, or NULL.</summary>
        public Encoder Encoder
        {
            get
            {
                var value = Encoder.Borrowed(Calls.kc_event_get_encoder(Reference), Context);
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The system that the event is about, or NULL.</summary>
        public LockSystem System
        {
            get
            {
                var value = LockSystem.Borrowed(Calls.kc_event_get_system(Reference), Context);
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>The device that the event is about, or NULL.</summary>
        public Device Device
        {
            get
            {
                var value = Device.Borrowed(Calls.kc_event_get_device(Reference), Context);
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Which card the prompt is about, from 1; 0 if it is about none.</summary>
        public int CardNumber
        {
            get { return Calls.kc_event_get_card_number(Reference); }
        }

        /// <summary>How many cards there will be; 0 if it is about none.</summary>
        public int CardCount
        {
            get { return Calls.kc_event_get_card_count(Reference); }
        }

        /// <summary>The event as a sentence in English, such as "Present card 1 of 2 to Desk 1".</summary>
        public string Text
        {
            get
            {
                var value = Utf8.Decode(Calls.kc_event_get_text(Reference));
                GC.KeepAlive(this);
                return value;
            }
        }
    }

    /// <summary>Options of the driver; those of its link are listed at kc_system_set_option().</summary>
    public sealed class DriverOption
    {
        public readonly string Name;
        public readonly string Default;
        public readonly string Values;
        public readonly string Help;

        internal DriverOption(string name, string @default, string values, string help)
        {
            Name = name;
            Default = @default;
            Values = values;
            Help = help;
        }
    }

    public partial class Driver
    {
        /// <summary>Name, such as "salto".</summary>
        public string Name
        {
            get { return Utf8.Decode(Calls.kc_driver_get_name(pointer)); }
        }

        /// <summary>Label for people, such as "SALTO PMS Industry Standard".</summary>
        public string Label
        {
            get { return Utf8.Decode(Calls.kc_driver_get_label(pointer)); }
        }

        /// <summary>"simulator-tested", "interop-tested", "lab" or "field".</summary>
        public string Maturity
        {
            get { return Utf8.Decode(Calls.kc_driver_get_maturity(pointer)); }
        }

        /// <summary>URI scheme by index, such as "salto+tcp", or "" past the end.</summary>
        public IReadOnlyList<string> Schemes
        {
            get
            {
                var value = Handle.Series(index => Utf8.Decode(Calls.kc_driver_get_scheme(pointer, index)), "");
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>Whether the driver can offer this, perhaps only with an option; else 0.</summary>
        public bool Has(Capability capability)
        {
            return Calls.kc_driver_has(pointer, (int)capability) != 0;
        }

        /// <summary>A limit with default options, or -1 for an unknown one.</summary>
        public long Limit(Limit limit)
        {
            return Calls.kc_driver_get_limit(pointer, (int)limit);
        }

        /// <summary>Options of the driver; those of its link are listed at kc_system_set_option().</summary>
        public IReadOnlyList<DriverOption> Options
        {
            get
            {
                var value = Handle.List(Calls.kc_driver_get_option_count(pointer),
                                    index => new DriverOption(
                                    Utf8.Decode(Calls.kc_driver_get_option_name(pointer, index)),
                                    Utf8.Decode(Calls.kc_driver_get_option_default(pointer, index)),
                                    Utf8.Decode(Calls.kc_driver_get_option_values(pointer, index)),
                                    Utf8.Decode(Calls.kc_driver_get_option_help(pointer, index))));
                GC.KeepAlive(this);
                return value;
            }
        }
    }
}
