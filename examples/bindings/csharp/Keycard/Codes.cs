// SPDX-License-Identifier: LGPL-2.1-or-later
// The codes of the library. Those of a newer library are numbers without a name here.
//
// Made from doc/api.json by examples/bindings/generate.py.


namespace Keycard
{
    /// <summary>What calls and operations end with. Name and one-line text: kc_status_name(),
    /// kc_status_text().</summary>
    public enum Status
    {
        /// <summary>Done.</summary>
        Ok = 0,
        /// <summary>A value is not valid; the error names field and fault.</summary>
        InvalidArgument = -1,
        /// <summary>Memory is used up.</summary>
        NoMemory = -2,
        /// <summary>No such operation, key, encoder, policy, option or driver.</summary>
        NotFound = -3,
        /// <summary>This lock system, or its configuration, does not offer this.</summary>
        NotOffered = -4,
        /// <summary>A policy of the site forbids this.</summary>
        Policy = -5,
        /// <summary>No room is allocated: no room, no key.</summary>
        NoRoom = -6,
        /// <summary>No active original: a duplicate could void, so it is refused.</summary>
        NoOriginal = -7,
        /// <summary>This station has no last used encoder.</summary>
        NoLastEncoder = -8,
        /// <summary>The outcome of an earlier operation is unknown; resolve that first.</summary>
        Unresolved = -9,
        /// <summary>More than the lock system takes (rooms, areas, text, dates, copies).</summary>
        Limit = -10,
        /// <summary>The lock system does not take this kind of contact.</summary>
        Contact = -11,
        /// <summary>An operation with this idempotency key is still running elsewhere.</summary>
        InProgress = -12,
        /// <summary>This idempotency key was used for a different request.</summary>
        Idempotency = -13,
        /// <summary>Not possible in this state of the object.</summary>
        State = -14,
        /// <summary>Cancelled by kc_op_cancel() or by the end of the context.</summary>
        Cancelled = -15,
        /// <summary>The person asked by a confirmation said no.</summary>
        Declined = -16,
        /// <summary>The ledger cannot be opened, read or written.</summary>
        Ledger = -20,
        /// <summary>The disk under the ledger is full.</summary>
        LedgerFull = -21,
        /// <summary>The ledger file is damaged or is not a ledger.</summary>
        LedgerDamaged = -22,
        /// <summary>The ledger was written by a newer version of the library.</summary>
        LedgerNewer = -23,
        /// <summary>The ledger is locked by another program.</summary>
        LedgerBusy = -24,
        /// <summary>The ledger may not be written.</summary>
        LedgerReadOnly = -25,
        /// <summary>The ledger is encrypted with another key than was given.</summary>
        LedgerKey = -26,
        /// <summary>The lock system cannot be reached.</summary>
        Unreachable = -30,
        /// <summary>The connection to the lock system was lost.</summary>
        ConnectionLost = -31,
        /// <summary>The lock system did not answer in time.</summary>
        TimedOut = -32,
        /// <summary>The lock system answered something that its protocol does not allow.</summary>
        Protocol = -33,
        /// <summary>The lock system did not take the request (busy or line error).</summary>
        NotAccepted = -34,
        /// <summary>The encoder does not answer the lock system.</summary>
        EncoderOffline = -40,
        /// <summary>The encoder is busy with another task.</summary>
        EncoderBusy = -41,
        /// <summary>No card was presented in time.</summary>
        NoCard = -42,
        /// <summary>The card cannot be written or read.</summary>
        Card = -43,
        /// <summary>The card belongs to another system or is damaged.</summary>
        CardFormat = -44,
        /// <summary>The card is in use otherwise, for example by staff.</summary>
        CardRefused = -45,
        /// <summary>Mechanical fault of the encoder.</summary>
        EncoderFault = -46,
        /// <summary>The lock system does not know the room.</summary>
        UnknownRoom = -50,
        /// <summary>The room is out of service in the lock system.</summary>
        RoomUnavailable = -51,
        /// <summary>A key of this room is being made at another station.</summary>
        RoomBusy = -52,
        /// <summary>For the lock system the room is checked out.</summary>
        NotCheckedIn = -53,
        /// <summary>No more one-shot keys for this room.</summary>
        OneShotLimit = -54,
        /// <summary>Fault in the lock system itself.</summary>
        LockSystem = -55,
        /// <summary>Another error of the lock system: see vendor code and text.</summary>
        Vendor = -56,
        /// <summary>The lock system could not make the mobile key.</summary>
        Mobile = -57,
        /// <summary>The lock system rejected the request as malformed.</summary>
        Syntax = -58,
        /// <summary>The lock system, or a proxy before it, refuses user or password.</summary>
        Credentials = -59,
        /// <summary>The operating system refused something (descriptors, permissions).</summary>
        System = -60,
        /// <summary>The certificate of the lock system is not trusted.</summary>
        Certificate = -61,
        /// <summary>The lock system does not know the area, or not for this key.</summary>
        UnknownArea = -62,
        /// <summary>In the lock system another stay stands against this.</summary>
        Conflict = -63,
        /// <summary>The lock system makes no more keys for this stay or room.</summary>
        KeyLimit = -64,
        /// <summary>The lock cannot be reached, so it learns nothing without a new card.</summary>
        LockOffline = -65,
        /// <summary>The key on the card is that of another property.</summary>
        OtherSite = -66,
        /// <summary>The key on the card is copied, changed, or not made with this site's key.</summary>
        NotAuthentic = -67,
    }

    /// <summary>What happened to the card or in the lock server.</summary>
    public enum Outcome
    {
        /// <summary>Not finished.</summary>
        Pending = 0,
        /// <summary>Nothing took effect; also of a question that was answered.</summary>
        NotWritten = 1,
        /// <summary>It took effect.</summary>
        Written = 2,
        /// <summary>It may or may not have taken effect: settle it with kc_op_resolve().</summary>
        Unknown = 3,
    }

    /// <summary>What to do next.</summary>
    public enum Advice
    {
        /// <summary>Nothing to do.</summary>
        None = 0,
        /// <summary>Change the named field of the request, then ask again.</summary>
        CorrectRequest = 1,
        /// <summary>Try again; nothing was written.</summary>
        Retry = 2,
        /// <summary>Take another card, then try again.</summary>
        NewCard = 3,
        /// <summary>Use another encoder, or see to this one.</summary>
        OtherEncoder = 4,
        /// <summary>Find out what is on the card: read it or try the door.</summary>
        Resolve = 5,
        /// <summary>Correct the configuration here or in the lock system.</summary>
        CheckConfiguration = 6,
        /// <summary>See that the lock system runs and can be reached.</summary>
        CheckConnection = 7,
        /// <summary>Make an original first.</summary>
        IssueOriginal = 8,
        /// <summary>Call who looks after the lock system; quote vendor code and text.</summary>
        CallVendor = 9,
        /// <summary>See to the ledger: disk space, permissions, backup.</summary>
        CheckLedger = 10,
        /// <summary>Read a card at this station, so that it has a last used encoder.</summary>
        ReadCard = 11,
    }

    /// <summary>Levels of log messages.</summary>
    public enum LogLevel
    {
        /// <summary>Something failed.</summary>
        Error = 1,
        /// <summary>Something is not as it should be.</summary>
        Warning = 2,
        /// <summary>Links and operations.</summary>
        Info = 3,
        /// <summary>Also the wire, with guest data and secrets masked.</summary>
        Debug = 4,
    }

    /// <summary>Events of one operation come in order: states, prompts and warnings in between, and exactly one
    /// KC_EVENT_DONE as the last. What a person must do is an event, not an error.</summary>
    public enum EventType
    {
        /// <summary>The operation entered another state: kc_event_get_state().</summary>
        State = 1,
        /// <summary>A person must do something: kc_event_get_prompt().</summary>
        Prompt = 2,
        /// <summary>Adapted, or to be known, before anything is sent: kc_event_get_text().</summary>
        Warning = 3,
        /// <summary>The operation ended: kc_op_get_status(). The last event of an operation.</summary>
        Done = 4,
        /// <summary>An encoder appeared or changed state: kc_event_get_encoder().</summary>
        Encoder = 5,
        /// <summary>A link came up or went down, or kc_system_has() changed: kc_event_get_system().</summary>
        System = 6,
        /// <summary>Somebody else recorded or changed an operation: kc_context_watch_ledger().</summary>
        Ledger = 7,
        /// <summary>A device came, went or changed: kc_context_watch_devices(), kc_event_get_device().</summary>
        Device = 8,
    }

    /// <summary>Values of prompt.</summary>
    public enum Prompt
    {
        /// <summary>Put card number/count on the encoder.</summary>
        PresentCard = 1,
        /// <summary>Take the card away.</summary>
        TakeCard = 2,
        /// <summary>Answer with kc_op_answer(); kc_event_get_text() is the question.</summary>
        Confirm = 3,
        /// <summary>Put card number/count on the encoder again: it is read back.</summary>
        CheckCard = 4,
    }

    /// <summary>What a lock system may offer. Each is also asked of a system with kc_system_has(), where options may
    /// switch it.</summary>
    public enum Capability
    {
        /// <summary>kc_issue_original(), kc_reissue()</summary>
        Original = 1,
        /// <summary>kc_issue_duplicate()</summary>
        Duplicate = 2,
        /// <summary>kc_issue_one_shot()</summary>
        OneShot = 3,
        /// <summary>kc_send_mobile()</summary>
        Mobile = 4,
        /// <summary>kc_read_card()</summary>
        Read = 5,
        /// <summary>kc_check_out()</summary>
        CheckOut = 6,
        /// <summary>kc_cancel_key()</summary>
        CancelKey = 7,
        /// <summary>kc_modify_stay()</summary>
        ModifyStay = 8,
        /// <summary>mobile key returned as bytes, kc_request_set_return_image()</summary>
        KeyImage = 9,
        /// <summary>takes a phone number</summary>
        Phone = 10,
        /// <summary>takes an e-mail address</summary>
        Email = 11,
        /// <summary>areas can be denied, kc_request_remove_area()</summary>
        DenyAreas = 12,
        /// <summary>returns the serial number of the card</summary>
        CardSerial = 13,
        /// <summary>tells its encoders itself</summary>
        ListEncoders = 14,
        /// <summary>kc_block_stay(), kc_unblock_stay()</summary>
        BlockStay = 15,
        /// <summary>key of a card returned as bytes, kc_request_set_card_serial()</summary>
        CardImage = 16,
        /// <summary>tells whether a mobile key arrived, kc_check_mobile()</summary>
        Delivery = 17,
        /// <summary>writes a key that came as bytes, kc_write_image()</summary>
        WriteImage = 18,
    }

    /// <summary>Limits. 0 means none are taken. The characters that a lock system takes are no limit to ask for: other
    /// ones are adapted in texts (policy `text`), and refused with KC_ERROR_LIMIT in names of rooms, areas and
    /// encoders, which must arrive as they are.</summary>
    public enum Limit
    {
        /// <summary>rooms on one key</summary>
        Rooms = 1,
        /// <summary>characters of a room name, as mapped; 0: any length</summary>
        RoomLength = 2,
        /// <summary>the highest area number, as mapped; 0: no areas</summary>
        Areas = 3,
        /// <summary>characters of the guest's name; 0: not transmitted</summary>
        GuestLength = 4,
        /// <summary>characters of the operator; 0: not transmitted</summary>
        OperatorLength = 5,
        /// <summary>lines of text on the card</summary>
        TextLines = 6,
        /// <summary>characters of such a line</summary>
        TextLength = 7,
        /// <summary>characters of the message with a mobile key</summary>
        MessageLength = 8,
        /// <summary>cards in one request</summary>
        Copies = 9,
        /// <summary>granularity of times in minutes: 1, or 60 for whole hours</summary>
        Minutes = 10,
        /// <summary>the furthest year</summary>
        LastYear = 11,
        /// <summary>1 if the start is transmitted, 0 if keys are valid at once</summary>
        Start = 12,
    }

    /// <summary>Values of link state.</summary>
    public enum LinkState
    {
        /// <summary>Not connected.</summary>
        Down = 1,
        /// <summary>Being connected.</summary>
        Connecting = 2,
        /// <summary>Connected; over HTTP: ready to ask. Whether anybody answers shows then.</summary>
        Up = 3,
    }

    /// <summary>Values of encoder state.</summary>
    public enum EncoderState
    {
        /// <summary>Not heard of yet.</summary>
        Unknown = 1,
        /// <summary>It answered at its last contact.</summary>
        Online = 2,
        /// <summary>An operation is using it.</summary>
        Busy = 3,
        /// <summary>It, or its lock system, did not answer at its last contact.</summary>
        Offline = 4,
    }

    /// <summary>What kc_context_watch_devices() tells.</summary>
    public enum DeviceWatch
    {
        /// <summary>No events of devices.</summary>
        Off = 0,
        /// <summary>Events of what comes and goes; nothing is opened.</summary>
        List = 1,
        /// <summary>Also asks those that a driver lists by their USB ids who they are.</summary>
        Identify = 2,
    }

    /// <summary>How a device stands.</summary>
    public enum DeviceState
    {
        /// <summary>Plugged in; it was not asked who it is.</summary>
        Present = 1,
        /// <summary>It is being asked; ends within seconds.</summary>
        Asking = 2,
        /// <summary>It answered as an encoder: kc_device_get_driver(), kc_device_get_model().</summary>
        Encoder = 3,
        /// <summary>It did not answer as an encoder: kc_device_get_error().</summary>
        NoEncoder = 4,
        /// <summary>A system of this context has it open: kc_device_get_system().</summary>
        InUse = 5,
        /// <summary>It could not be opened: kc_device_get_error() tells why, and what to do.</summary>
        Refused = 6,
        /// <summary>It was unplugged. Plugged in again it is another handle with the same name.</summary>
        Gone = 7,
    }

    /// <summary>Values of verb.</summary>
    public enum Verb
    {
        /// <summary>kc_issue_original()</summary>
        IssueOriginal = 1,
        /// <summary>kc_issue_duplicate()</summary>
        IssueDuplicate = 2,
        /// <summary>kc_reissue()</summary>
        Reissue = 3,
        /// <summary>kc_issue_one_shot()</summary>
        IssueOneShot = 4,
        /// <summary>kc_send_mobile()</summary>
        SendMobile = 5,
        /// <summary>kc_read_card()</summary>
        ReadCard = 6,
        /// <summary>kc_check_out()</summary>
        CheckOut = 7,
        /// <summary>kc_modify_stay()</summary>
        ModifyStay = 8,
        /// <summary>kc_cancel_key()</summary>
        CancelKey = 9,
        /// <summary>kc_site_discover()</summary>
        Discover = 10,
        /// <summary>kc_op_resolve()</summary>
        Resolve = 11,
        /// <summary>kc_list_keys()</summary>
        ListKeys = 12,
        /// <summary>kc_list_ops()</summary>
        ListOps = 13,
        /// <summary>kc_find_op()</summary>
        FindOp = 14,
        /// <summary>kc_forget_guest()</summary>
        ForgetGuest = 15,
        /// <summary>kc_block_stay()</summary>
        BlockStay = 16,
        /// <summary>kc_unblock_stay()</summary>
        UnblockStay = 17,
        /// <summary>kc_check_mobile()</summary>
        CheckMobile = 18,
        /// <summary>kc_verify_ledger()</summary>
        VerifyLedger = 19,
        /// <summary>kc_forget_departed()</summary>
        ForgetDeparted = 20,
        /// <summary>kc_copy_ledger()</summary>
        CopyLedger = 21,
        /// <summary>kc_backup_ledger()</summary>
        BackupLedger = 22,
        /// <summary>kc_write_image()</summary>
        WriteImage = 23,
    }

    /// <summary>Values of state.</summary>
    public enum State
    {
        /// <summary>Waits for its encoder, the ledger, or an answer to a confirmation.</summary>
        Queued = 1,
        /// <summary>Waits for the link.</summary>
        Connecting = 2,
        /// <summary>Sent; the encoder waits for a card.</summary>
        Waiting = 3,
        /// <summary>Sent; the lock system is at work.</summary>
        Encoding = 4,
        /// <summary>Ended.</summary>
        Done = 5,
    }

    /// <summary>Values of answer.</summary>
    public enum Answer
    {
        /// <summary>Do not go on: KC_ERROR_DECLINED.</summary>
        No = 0,
        /// <summary>Go on.</summary>
        Yes = 1,
    }

    /// <summary>Values of resolve.</summary>
    public enum Resolution
    {
        /// <summary>Read the card and compare; the clerk puts it on the encoder.</summary>
        ReadCard = 1,
        /// <summary>The clerk says: it opens, it took effect.</summary>
        Opens = 2,
        /// <summary>The clerk says: it does not, nothing took effect.</summary>
        DoesNotOpen = 3,
    }

    /// <summary>Questions to the ledger are operations too: they never block the loop.</summary>
    public enum Filter
    {
        /// <summary>of the whole site</summary>
        All = 1,
        /// <summary>of one booking</summary>
        Booking = 2,
        /// <summary>of one room</summary>
        Room = 3,
        /// <summary>outcome unknown and not settled; value is not used</summary>
        Unresolved = 4,
        /// <summary>wanted, but not confirmed by the lock system</summary>
        NotConfirmed = 5,
    }

    /// <summary>Immutable: a kc_key shows the record as it was when it was fetched.</summary>
    public enum Kind
    {
        /// <summary>first key of a stay</summary>
        Original = 1,
        /// <summary>further key of a stay</summary>
        Duplicate = 2,
        /// <summary>opens once</summary>
        OneShot = 3,
        /// <summary>mobile key that started the stay</summary>
        Mobile = 4,
        /// <summary>mobile key as a further key of the stay</summary>
        MobileDuplicate = 5,
        /// <summary>read from a card: staff or master card</summary>
        Staff = 6,
        /// <summary>read from a card: spare guest card</summary>
        Spare = 7,
        /// <summary>read from a card: diagnostic card</summary>
        Diagnostic = 8,
        /// <summary>read from a card: not a card of this system</summary>
        Unknown = 9,
    }

    /// <summary>Values of key state.</summary>
    public enum KeyState
    {
        /// <summary>being made</summary>
        Pending = 1,
        /// <summary>outcome unknown</summary>
        Unresolved = 2,
        /// <summary>made, and not known to be void</summary>
        Active = 3,
        /// <summary>the attempt failed, nothing was written</summary>
        NotMade = 4,
        /// <summary>made void: by a later original, or cancelled and confirmed by the lock system</summary>
        Voided = 5,
        /// <summary>its stay is checked out</summary>
        CheckedOut = 6,
        /// <summary>its stay is blocked: kc_unblock_stay() makes it active again</summary>
        Blocked = 7,
    }

    /// <summary>The stable names of codes, such as "no-card".</summary>
    public static class Names
    {
        public static string Label(this Status code)
        {
            return Utf8.Decode(Calls.kc_status_name((int)code));
        }

        public static string Label(this Outcome code)
        {
            return Utf8.Decode(Calls.kc_outcome_name((int)code));
        }

        public static string Label(this EventType code)
        {
            return Utf8.Decode(Calls.kc_event_type_name((int)code));
        }

        public static string Label(this Prompt code)
        {
            return Utf8.Decode(Calls.kc_prompt_name((int)code));
        }

        public static string Label(this Capability code)
        {
            return Utf8.Decode(Calls.kc_capability_name((int)code));
        }

        public static string Label(this Limit code)
        {
            return Utf8.Decode(Calls.kc_limit_name((int)code));
        }

        public static string Label(this EncoderState code)
        {
            return Utf8.Decode(Calls.kc_encoder_state_name((int)code));
        }

        public static string Label(this DeviceState code)
        {
            return Utf8.Decode(Calls.kc_device_state_name((int)code));
        }

        public static string Label(this Verb code)
        {
            return Utf8.Decode(Calls.kc_verb_name((int)code));
        }

        public static string Label(this State code)
        {
            return Utf8.Decode(Calls.kc_state_name((int)code));
        }

        public static string Label(this Kind code)
        {
            return Utf8.Decode(Calls.kc_kind_name((int)code));
        }

        public static string Label(this KeyState code)
        {
            return Utf8.Decode(Calls.kc_key_state_name((int)code));
        }
    }
}
