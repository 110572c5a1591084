// SPDX-License-Identifier: LGPL-2.1-or-later
//! The codes of the library. Those of a newer library are `Other`.
//!
//! Made from doc/api.json by examples/bindings/generate.py.

use crate::{ffi, text};

/// What calls and operations end with. Name and one-line text: kc_status_name(), kc_status_text().
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// Done.
    Ok,
    /// A value is not valid; the error names field and fault.
    InvalidArgument,
    /// Memory is used up.
    NoMemory,
    /// No such operation, key, encoder, policy, option or driver.
    NotFound,
    /// This lock system, or its configuration, does not offer this.
    NotOffered,
    /// A policy of the site forbids this.
    Policy,
    /// No room is allocated: no room, no key.
    NoRoom,
    /// No active original: a duplicate could void, so it is refused.
    NoOriginal,
    /// This station has no last used encoder.
    NoLastEncoder,
    /// The outcome of an earlier operation is unknown; resolve that first.
    Unresolved,
    /// More than the lock system takes (rooms, areas, text, dates, copies).
    Limit,
    /// The lock system does not take this kind of contact.
    Contact,
    /// An operation with this idempotency key is still running elsewhere.
    InProgress,
    /// This idempotency key was used for a different request.
    Idempotency,
    /// Not possible in this state of the object.
    State,
    /// Cancelled by kc_op_cancel() or by the end of the context.
    Cancelled,
    /// The person asked by a confirmation said no.
    Declined,
    /// The ledger cannot be opened, read or written.
    Ledger,
    /// The disk under the ledger is full.
    LedgerFull,
    /// The ledger file is damaged or is not a ledger.
    LedgerDamaged,
    /// The ledger was written by a newer version of the library.
    LedgerNewer,
    /// The ledger is locked by another program.
    LedgerBusy,
    /// The ledger may not be written.
    LedgerReadOnly,
    /// The ledger is encrypted with another key than was given.
    LedgerKey,
    /// The lock system cannot be reached.
    Unreachable,
    /// The connection to the lock system was lost.
    ConnectionLost,
    /// The lock system did not answer in time.
    TimedOut,
    /// The lock system answered something that its protocol does not allow.
    Protocol,
    /// The lock system did not take the request (busy or line error).
    NotAccepted,
    /// The encoder does not answer the lock system.
    EncoderOffline,
    /// The encoder is busy with another task.
    EncoderBusy,
    /// No card was presented in time.
    NoCard,
    /// The card cannot be written or read.
    Card,
    /// The card belongs to another system or is damaged.
    CardFormat,
    /// The card is in use otherwise, for example by staff.
    CardRefused,
    /// Mechanical fault of the encoder.
    EncoderFault,
    /// The lock system does not know the room.
    UnknownRoom,
    /// The room is out of service in the lock system.
    RoomUnavailable,
    /// A key of this room is being made at another station.
    RoomBusy,
    /// For the lock system the room is checked out.
    NotCheckedIn,
    /// No more one-shot keys for this room.
    OneShotLimit,
    /// Fault in the lock system itself.
    LockSystem,
    /// Another error of the lock system: see vendor code and text.
    Vendor,
    /// The lock system could not make the mobile key.
    Mobile,
    /// The lock system rejected the request as malformed.
    Syntax,
    /// The lock system, or a proxy before it, refuses user or password.
    Credentials,
    /// The operating system refused something (descriptors, permissions).
    System,
    /// The certificate of the lock system is not trusted.
    Certificate,
    /// The lock system does not know the area, or not for this key.
    UnknownArea,
    /// In the lock system another stay stands against this.
    Conflict,
    /// The lock system makes no more keys for this stay or room.
    KeyLimit,
    /// The lock cannot be reached, so it learns nothing without a new card.
    LockOffline,
    /// The key on the card is that of another property.
    OtherSite,
    /// The key on the card is copied, changed, or not made with this site's key.
    NotAuthentic,
    /// One that this crate does not know.
    Other(i32),
}

impl Status {
    /// The number that the library uses.
    pub fn code(self) -> i32 {
        match self {
            Self::Ok => 0,
            Self::InvalidArgument => -1,
            Self::NoMemory => -2,
            Self::NotFound => -3,
            Self::NotOffered => -4,
            Self::Policy => -5,
            Self::NoRoom => -6,
            Self::NoOriginal => -7,
            Self::NoLastEncoder => -8,
            Self::Unresolved => -9,
            Self::Limit => -10,
            Self::Contact => -11,
            Self::InProgress => -12,
            Self::Idempotency => -13,
            Self::State => -14,
            Self::Cancelled => -15,
            Self::Declined => -16,
            Self::Ledger => -20,
            Self::LedgerFull => -21,
            Self::LedgerDamaged => -22,
            Self::LedgerNewer => -23,
            Self::LedgerBusy => -24,
            Self::LedgerReadOnly => -25,
            Self::LedgerKey => -26,
            Self::Unreachable => -30,
            Self::ConnectionLost => -31,
            Self::TimedOut => -32,
            Self::Protocol => -33,
            Self::NotAccepted => -34,
            Self::EncoderOffline => -40,
            Self::EncoderBusy => -41,
            Self::NoCard => -42,
            Self::Card => -43,
            Self::CardFormat => -44,
            Self::CardRefused => -45,
            Self::EncoderFault => -46,
            Self::UnknownRoom => -50,
            Self::RoomUnavailable => -51,
            Self::RoomBusy => -52,
            Self::NotCheckedIn => -53,
            Self::OneShotLimit => -54,
            Self::LockSystem => -55,
            Self::Vendor => -56,
            Self::Mobile => -57,
            Self::Syntax => -58,
            Self::Credentials => -59,
            Self::System => -60,
            Self::Certificate => -61,
            Self::UnknownArea => -62,
            Self::Conflict => -63,
            Self::KeyLimit => -64,
            Self::LockOffline => -65,
            Self::OtherSite => -66,
            Self::NotAuthentic => -67,
            Self::Other(code) => code,
        }
    }

    /// Its stable name, such as it stands in logs.
    pub fn label(self) -> &'static str {
        unsafe { text::fixed(ffi::kc_status_name(self.code())) }
    }
}

impl From<i32> for Status {
    fn from(code: i32) -> Self {
        match code {
            0 => Self::Ok,
            -1 => Self::InvalidArgument,
            -2 => Self::NoMemory,
            -3 => Self::NotFound,
            -4 => Self::NotOffered,
            -5 => Self::Policy,
            -6 => Self::NoRoom,
            -7 => Self::NoOriginal,
            -8 => Self::NoLastEncoder,
            -9 => Self::Unresolved,
            -10 => Self::Limit,
            -11 => Self::Contact,
            -12 => Self::InProgress,
            -13 => Self::Idempotency,
            -14 => Self::State,
            -15 => Self::Cancelled,
            -16 => Self::Declined,
            -20 => Self::Ledger,
            -21 => Self::LedgerFull,
            -22 => Self::LedgerDamaged,
            -23 => Self::LedgerNewer,
            -24 => Self::LedgerBusy,
            -25 => Self::LedgerReadOnly,
            -26 => Self::LedgerKey,
            -30 => Self::Unreachable,
            -31 => Self::ConnectionLost,
            -32 => Self::TimedOut,
            -33 => Self::Protocol,
            -34 => Self::NotAccepted,
            -40 => Self::EncoderOffline,
            -41 => Self::EncoderBusy,
            -42 => Self::NoCard,
            -43 => Self::Card,
            -44 => Self::CardFormat,
            -45 => Self::CardRefused,
            -46 => Self::EncoderFault,
            -50 => Self::UnknownRoom,
            -51 => Self::RoomUnavailable,
            -52 => Self::RoomBusy,
            -53 => Self::NotCheckedIn,
            -54 => Self::OneShotLimit,
            -55 => Self::LockSystem,
            -56 => Self::Vendor,
            -57 => Self::Mobile,
            -58 => Self::Syntax,
            -59 => Self::Credentials,
            -60 => Self::System,
            -61 => Self::Certificate,
            -62 => Self::UnknownArea,
            -63 => Self::Conflict,
            -64 => Self::KeyLimit,
            -65 => Self::LockOffline,
            -66 => Self::OtherSite,
            -67 => Self::NotAuthentic,
            other => Self::Other(other),
        }
    }
}

/// What happened to the card or in the lock server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// Not finished.
    Pending,
    /// Nothing took effect; also of a question that was answered.
    NotWritten,
    /// It took effect.
    Written,
    /// It may or may not have taken effect: settle it with kc_op_resolve().
    Unknown,
    /// One that this crate does not know.
    Other(i32),
}

impl Outcome {
    /// The number that the library uses.
    pub fn code(self) -> i32 {
        match self {
            Self::Pending => 0,
            Self::NotWritten => 1,
            Self::Written => 2,
            Self::Unknown => 3,
            Self::Other(code) => code,
        }
    }

    /// Its stable name, such as it stands in logs.
    pub fn label(self) -> &'static str {
        unsafe { text::fixed(ffi::kc_outcome_name(self.code())) }
    }
}

impl From<i32> for Outcome {
    fn from(code: i32) -> Self {
        match code {
            0 => Self::Pending,
            1 => Self::NotWritten,
            2 => Self::Written,
            3 => Self::Unknown,
            other => Self::Other(other),
        }
    }
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Advice {
    /// Nothing to do.
    None,
    /// Change the named field of the request, then ask again.
    CorrectRequest,
    /// Try again; nothing was written.
    Retry,
    /// Take another card, then try again.
    NewCard,
    /// Use another encoder, or see to this one.
    OtherEncoder,
    /// Find out what is on the card: read it or try the door.
    Resolve,
    /// Correct the configuration here or in the lock system.
    CheckConfiguration,
    /// See that the lock system runs and can be reached.
    CheckConnection,
    /// Make an original first.
    IssueOriginal,
    /// Call who looks after the lock system; quote vendor code and text.
    CallVendor,
    /// See to the ledger: disk space, permissions, backup.
    CheckLedger,
    /// Read a card at this station, so that it has a last used encoder.
    ReadCard,
    /// One that this crate does not know.
    Other(i32),
}

impl Advice {
    /// The number that the library uses.
    pub fn code(self) -> i32 {
        match self {
            Self::None => 0,
            Self::CorrectRequest => 1,
            Self::Retry => 2,
            Self::NewCard => 3,
            Self::OtherEncoder => 4,
            Self::Resolve => 5,
            Self::CheckConfiguration => 6,
            Self::CheckConnection => 7,
            Self::IssueOriginal => 8,
            Self::CallVendor => 9,
            Self::CheckLedger => 10,
            Self::ReadCard => 11,
            Self::Other(code) => code,
        }
    }
}

impl From<i32> for Advice {
    fn from(code: i32) -> Self {
        match code {
            0 => Self::None,
            1 => Self::CorrectRequest,
            2 => Self::Retry,
            3 => Self::NewCard,
            4 => Self::OtherEncoder,
            5 => Self::Resolve,
            6 => Self::CheckConfiguration,
            7 => Self::CheckConnection,
            8 => Self::IssueOriginal,
            9 => Self::CallVendor,
            10 => Self::CheckLedger,
            11 => Self::ReadCard,
            other => Self::Other(other),
        }
    }
}

/// Levels of log messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LogLevel {
    /// Something failed.
    Error,
    /// Something is not as it should be.
    Warning,
    /// Links and operations.
    Info,
    /// Also the wire, with guest data and secrets masked.
    Debug,
    /// One that this crate does not know.
    Other(i32),
}

impl LogLevel {
    /// The number that the library uses.
    pub fn code(self) -> i32 {
        match self {
            Self::Error => 1,
            Self::Warning => 2,
            Self::Info => 3,
            Self::Debug => 4,
            Self::Other(code) => code,
        }
    }
}

impl From<i32> for LogLevel {
    fn from(code: i32) -> Self {
        match code {
            1 => Self::Error,
            2 => Self::Warning,
            3 => Self::Info,
            4 => Self::Debug,
            other => Self::Other(other),
        }
    }
}

/// Events of one operation come in order: states, prompts and warnings in between, and exactly one KC_EVENT_DONE as the
/// last. What a person must do is an event, not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventType {
    /// The operation entered another state: kc_event_get_state().
    State,
    /// A person must do something: kc_event_get_prompt().
    Prompt,
    /// Adapted, or to be known, before anything is sent: kc_event_get_text().
    Warning,
    /// The operation ended: kc_op_get_status(). The last event of an operation.
    Done,
    /// An encoder appeared or changed state: kc_event_get_encoder().
    Encoder,
    /// A link came up or went down, or kc_system_has() changed: kc_event_get_system().
    System,
    /// Somebody else recorded or changed an operation: kc_context_watch_ledger().
    Ledger,
    /// A device came, went or changed: kc_context_watch_devices(), kc_event_get_device().
    Device,
    /// One that this crate does not know.
    Other(i32),
}

impl EventType {
    /// The number that the library uses.
    pub fn code(self) -> i32 {
        match self {
            Self::State => 1,
            Self::Prompt => 2,
            Self::Warning => 3,
            Self::Done => 4,
            Self::Encoder => 5,
            Self::System => 6,
            Self::Ledger => 7,
            Self::Device => 8,
            Self::Other(code) => code,
        }
    }

    /// Its stable name, such as it stands in logs.
    pub fn label(self) -> &'static str {
        unsafe { text::fixed(ffi::kc_event_type_name(self.code())) }
    }
}

impl From<i32> for EventType {
    fn from(code: i32) -> Self {
        match code {
            1 => Self::State,
            2 => Self::Prompt,
            3 => Self::Warning,
            4 => Self::Done,
            5 => Self::Encoder,
            6 => Self::System,
            7 => Self::Ledger,
            8 => Self::Device,
            other => Self::Other(other),
        }
    }
}

/// Values of prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prompt {
    /// Put card number/count on the encoder.
    PresentCard,
    /// Take the card away.
    TakeCard,
    /// Answer with kc_op_answer(); kc_event_get_text() is the question.
    Confirm,
    /// Put card number/count on the encoder again: it is read back.
    CheckCard,
    /// One that this crate does not know.
    Other(i32),
}

impl Prompt {
    /// The number that the library uses.
    pub fn code(self) -> i32 {
        match self {
            Self::PresentCard => 1,
            Self::TakeCard => 2,
            Self::Confirm => 3,
            Self::CheckCard => 4,
            Self::Other(code) => code,
        }
    }

    /// Its stable name, such as it stands in logs.
    pub fn label(self) -> &'static str {
        unsafe { text::fixed(ffi::kc_prompt_name(self.code())) }
    }
}

impl From<i32> for Prompt {
    fn from(code: i32) -> Self {
        match code {
            1 => Self::PresentCard,
            2 => Self::TakeCard,
            3 => Self::Confirm,
            4 => Self::CheckCard,
            other => Self::Other(other),
        }
    }
}

/// What a lock system may offer. Each is also asked of a system with kc_system_has(), where options may switch it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// kc_issue_original(), kc_reissue()
    Original,
    /// kc_issue_duplicate()
    Duplicate,
    /// kc_issue_one_shot()
    OneShot,
    /// kc_send_mobile()
    Mobile,
    /// kc_read_card()
    Read,
    /// kc_check_out()
    CheckOut,
    /// kc_cancel_key()
    CancelKey,
    /// kc_modify_stay()
    ModifyStay,
    /// mobile key returned as bytes, kc_request_set_return_image()
    KeyImage,
    /// takes a phone number
    Phone,
    /// takes an e-mail address
    Email,
    /// areas can be denied, kc_request_remove_area()
    DenyAreas,
    /// returns the serial number of the card
    CardSerial,
    /// tells its encoders itself
    ListEncoders,
    /// kc_block_stay(), kc_unblock_stay()
    BlockStay,
    /// key of a card returned as bytes, kc_request_set_card_serial()
    CardImage,
    /// tells whether a mobile key arrived, kc_check_mobile()
    Delivery,
    /// writes a key that came as bytes, kc_write_image()
    WriteImage,
    /// One that this crate does not know.
    Other(i32),
}

impl Capability {
    /// The number that the library uses.
    pub fn code(self) -> i32 {
        match self {
            Self::Original => 1,
            Self::Duplicate => 2,
            Self::OneShot => 3,
            Self::Mobile => 4,
            Self::Read => 5,
            Self::CheckOut => 6,
            Self::CancelKey => 7,
            Self::ModifyStay => 8,
            Self::KeyImage => 9,
            Self::Phone => 10,
            Self::Email => 11,
            Self::DenyAreas => 12,
            Self::CardSerial => 13,
            Self::ListEncoders => 14,
            Self::BlockStay => 15,
            Self::CardImage => 16,
            Self::Delivery => 17,
            Self::WriteImage => 18,
            Self::Other(code) => code,
        }
    }

    /// Its stable name, such as it stands in logs.
    pub fn label(self) -> &'static str {
        unsafe { text::fixed(ffi::kc_capability_name(self.code())) }
    }
}

impl From<i32> for Capability {
    fn from(code: i32) -> Self {
        match code {
            1 => Self::Original,
            2 => Self::Duplicate,
            3 => Self::OneShot,
            4 => Self::Mobile,
            5 => Self::Read,
            6 => Self::CheckOut,
            7 => Self::CancelKey,
            8 => Self::ModifyStay,
            9 => Self::KeyImage,
            10 => Self::Phone,
            11 => Self::Email,
            12 => Self::DenyAreas,
            13 => Self::CardSerial,
            14 => Self::ListEncoders,
            15 => Self::BlockStay,
            16 => Self::CardImage,
            17 => Self::Delivery,
            18 => Self::WriteImage,
            other => Self::Other(other),
        }
    }
}

/// Limits. 0 means none are taken. The characters that a lock system takes are no limit to ask for: other ones are
/// adapted in texts (policy `text`), and refused with KC_ERROR_LIMIT in names of rooms, areas and encoders, which must
/// arrive as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// rooms on one key
    Rooms,
    /// characters of a room name, as mapped; 0: any length
    RoomLength,
    /// the highest area number, as mapped; 0: no areas
    Areas,
    /// characters of the guest's name; 0: not transmitted
    GuestLength,
    /// characters of the operator; 0: not transmitted
    OperatorLength,
    /// lines of text on the card
    TextLines,
    /// characters of such a line
    TextLength,
    /// characters of the message with a mobile key
    MessageLength,
    /// cards in one request
    Copies,
    /// granularity of times in minutes: 1, or 60 for whole hours
    Minutes,
    /// the furthest year
    LastYear,
    /// 1 if the start is transmitted, 0 if keys are valid at once
    Start,
    /// One that this crate does not know.
    Other(i32),
}

impl Limit {
    /// The number that the library uses.
    pub fn code(self) -> i32 {
        match self {
            Self::Rooms => 1,
            Self::RoomLength => 2,
            Self::Areas => 3,
            Self::GuestLength => 4,
            Self::OperatorLength => 5,
            Self::TextLines => 6,
            Self::TextLength => 7,
            Self::MessageLength => 8,
            Self::Copies => 9,
            Self::Minutes => 10,
            Self::LastYear => 11,
            Self::Start => 12,
            Self::Other(code) => code,
        }
    }

    /// Its stable name, such as it stands in logs.
    pub fn label(self) -> &'static str {
        unsafe { text::fixed(ffi::kc_limit_name(self.code())) }
    }
}

impl From<i32> for Limit {
    fn from(code: i32) -> Self {
        match code {
            1 => Self::Rooms,
            2 => Self::RoomLength,
            3 => Self::Areas,
            4 => Self::GuestLength,
            5 => Self::OperatorLength,
            6 => Self::TextLines,
            7 => Self::TextLength,
            8 => Self::MessageLength,
            9 => Self::Copies,
            10 => Self::Minutes,
            11 => Self::LastYear,
            12 => Self::Start,
            other => Self::Other(other),
        }
    }
}

/// Values of link state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LinkState {
    /// Not connected.
    Down,
    /// Being connected.
    Connecting,
    /// Connected; over HTTP: ready to ask. Whether anybody answers shows then.
    Up,
    /// One that this crate does not know.
    Other(i32),
}

impl LinkState {
    /// The number that the library uses.
    pub fn code(self) -> i32 {
        match self {
            Self::Down => 1,
            Self::Connecting => 2,
            Self::Up => 3,
            Self::Other(code) => code,
        }
    }
}

impl From<i32> for LinkState {
    fn from(code: i32) -> Self {
        match code {
            1 => Self::Down,
            2 => Self::Connecting,
            3 => Self::Up,
            other => Self::Other(other),
        }
    }
}

/// Values of encoder state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EncoderState {
    /// Not heard of yet.
    Unknown,
    /// It answered at its last contact.
    Online,
    /// An operation is using it.
    Busy,
    /// It, or its lock system, did not answer at its last contact.
    Offline,
    /// One that this crate does not know.
    Other(i32),
}

impl EncoderState {
    /// The number that the library uses.
    pub fn code(self) -> i32 {
        match self {
            Self::Unknown => 1,
            Self::Online => 2,
            Self::Busy => 3,
            Self::Offline => 4,
            Self::Other(code) => code,
        }
    }

    /// Its stable name, such as it stands in logs.
    pub fn label(self) -> &'static str {
        unsafe { text::fixed(ffi::kc_encoder_state_name(self.code())) }
    }
}

impl From<i32> for EncoderState {
    fn from(code: i32) -> Self {
        match code {
            1 => Self::Unknown,
            2 => Self::Online,
            3 => Self::Busy,
            4 => Self::Offline,
            other => Self::Other(other),
        }
    }
}

/// What kc_context_watch_devices() tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeviceWatch {
    /// No events of devices.
    Off,
    /// Events of what comes and goes; nothing is opened.
    List,
    /// Also asks those that a driver lists by their USB ids who they are.
    Identify,
    /// One that this crate does not know.
    Other(i32),
}

impl DeviceWatch {
    /// The number that the library uses.
    pub fn code(self) -> i32 {
        match self {
            Self::Off => 0,
            Self::List => 1,
            Self::Identify => 2,
            Self::Other(code) => code,
        }
    }
}

impl From<i32> for DeviceWatch {
    fn from(code: i32) -> Self {
        match code {
            0 => Self::Off,
            1 => Self::List,
            2 => Self::Identify,
            other => Self::Other(other),
        }
    }
}

/// How a device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeviceState {
    /// Plugged in; it was not asked who it is.
    Present,
    /// It is being asked; ends within seconds.
    Asking,
    /// It answered as an encoder: kc_device_get_driver(), kc_device_get_model().
    Encoder,
    /// It did not answer as an encoder: kc_device_get_error().
    NoEncoder,
    /// A system of this context has it open: kc_device_get_system().
    InUse,
    /// It could not be opened: kc_device_get_error() tells why, and what to do.
    Refused,
    /// It was unplugged. Plugged in again it is another handle with the same name.
    Gone,
    /// One that this crate does not know.
    Other(i32),
}

impl DeviceState {
    /// The number that the library uses.
    pub fn code(self) -> i32 {
        match self {
            Self::Present => 1,
            Self::Asking => 2,
            Self::Encoder => 3,
            Self::NoEncoder => 4,
            Self::InUse => 5,
            Self::Refused => 6,
            Self::Gone => 7,
            Self::Other(code) => code,
        }
    }

    /// Its stable name, such as it stands in logs.
    pub fn label(self) -> &'static str {
        unsafe { text::fixed(ffi::kc_device_state_name(self.code())) }
    }
}

impl From<i32> for DeviceState {
    fn from(code: i32) -> Self {
        match code {
            1 => Self::Present,
            2 => Self::Asking,
            3 => Self::Encoder,
            4 => Self::NoEncoder,
            5 => Self::InUse,
            6 => Self::Refused,
            7 => Self::Gone,
            other => Self::Other(other),
        }
    }
}

/// Values of verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verb {
    /// kc_issue_original()
    IssueOriginal,
    /// kc_issue_duplicate()
    IssueDuplicate,
    /// kc_reissue()
    Reissue,
    /// kc_issue_one_shot()
    IssueOneShot,
    /// kc_send_mobile()
    SendMobile,
    /// kc_read_card()
    ReadCard,
    /// kc_check_out()
    CheckOut,
    /// kc_modify_stay()
    ModifyStay,
    /// kc_cancel_key()
    CancelKey,
    /// kc_site_discover()
    Discover,
    /// kc_op_resolve()
    Resolve,
    /// kc_list_keys()
    ListKeys,
    /// kc_list_ops()
    ListOps,
    /// kc_find_op()
    FindOp,
    /// kc_forget_guest()
    ForgetGuest,
    /// kc_block_stay()
    BlockStay,
    /// kc_unblock_stay()
    UnblockStay,
    /// kc_check_mobile()
    CheckMobile,
    /// kc_verify_ledger()
    VerifyLedger,
    /// kc_forget_departed()
    ForgetDeparted,
    /// kc_copy_ledger()
    CopyLedger,
    /// kc_backup_ledger()
    BackupLedger,
    /// kc_write_image()
    WriteImage,
    /// One that this crate does not know.
    Other(i32),
}

impl Verb {
    /// The number that the library uses.
    pub fn code(self) -> i32 {
        match self {
            Self::IssueOriginal => 1,
            Self::IssueDuplicate => 2,
            Self::Reissue => 3,
            Self::IssueOneShot => 4,
            Self::SendMobile => 5,
            Self::ReadCard => 6,
            Self::CheckOut => 7,
            Self::ModifyStay => 8,
            Self::CancelKey => 9,
            Self::Discover => 10,
            Self::Resolve => 11,
            Self::ListKeys => 12,
            Self::ListOps => 13,
            Self::FindOp => 14,
            Self::ForgetGuest => 15,
            Self::BlockStay => 16,
            Self::UnblockStay => 17,
            Self::CheckMobile => 18,
            Self::VerifyLedger => 19,
            Self::ForgetDeparted => 20,
            Self::CopyLedger => 21,
            Self::BackupLedger => 22,
            Self::WriteImage => 23,
            Self::Other(code) => code,
        }
    }

    /// Its stable name, such as it stands in logs.
    pub fn label(self) -> &'static str {
        unsafe { text::fixed(ffi::kc_verb_name(self.code())) }
    }
}

impl From<i32> for Verb {
    fn from(code: i32) -> Self {
        match code {
            1 => Self::IssueOriginal,
            2 => Self::IssueDuplicate,
            3 => Self::Reissue,
            4 => Self::IssueOneShot,
            5 => Self::SendMobile,
            6 => Self::ReadCard,
            7 => Self::CheckOut,
            8 => Self::ModifyStay,
            9 => Self::CancelKey,
            10 => Self::Discover,
            11 => Self::Resolve,
            12 => Self::ListKeys,
            13 => Self::ListOps,
            14 => Self::FindOp,
            15 => Self::ForgetGuest,
            16 => Self::BlockStay,
            17 => Self::UnblockStay,
            18 => Self::CheckMobile,
            19 => Self::VerifyLedger,
            20 => Self::ForgetDeparted,
            21 => Self::CopyLedger,
            22 => Self::BackupLedger,
            23 => Self::WriteImage,
            other => Self::Other(other),
        }
    }
}

/// Values of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Waits for its encoder, the ledger, or an answer to a confirmation.
    Queued,
    /// Waits for the link.
    Connecting,
    /// Sent; the encoder waits for a card.
    Waiting,
    /// Sent; the lock system is at work.
    Encoding,
    /// Ended.
    Done,
    /// One that this crate does not know.
    Other(i32),
}

impl State {
    /// The number that the library uses.
    pub fn code(self) -> i32 {
        match self {
            Self::Queued => 1,
            Self::Connecting => 2,
            Self::Waiting => 3,
            Self::Encoding => 4,
            Self::Done => 5,
            Self::Other(code) => code,
        }
    }

    /// Its stable name, such as it stands in logs.
    pub fn label(self) -> &'static str {
        unsafe { text::fixed(ffi::kc_state_name(self.code())) }
    }
}

impl From<i32> for State {
    fn from(code: i32) -> Self {
        match code {
            1 => Self::Queued,
            2 => Self::Connecting,
            3 => Self::Waiting,
            4 => Self::Encoding,
            5 => Self::Done,
            other => Self::Other(other),
        }
    }
}

/// Values of answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Answer {
    /// Do not go on: KC_ERROR_DECLINED.
    No,
    /// Go on.
    Yes,
    /// One that this crate does not know.
    Other(i32),
}

impl Answer {
    /// The number that the library uses.
    pub fn code(self) -> i32 {
        match self {
            Self::No => 0,
            Self::Yes => 1,
            Self::Other(code) => code,
        }
    }
}

impl From<i32> for Answer {
    fn from(code: i32) -> Self {
        match code {
            0 => Self::No,
            1 => Self::Yes,
            other => Self::Other(other),
        }
    }
}

/// Values of resolve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Resolution {
    /// Read the card and compare; the clerk puts it on the encoder.
    ReadCard,
    /// The clerk says: it opens, it took effect.
    Opens,
    /// The clerk says: it does not, nothing took effect.
    DoesNotOpen,
    /// One that this crate does not know.
    Other(i32),
}

impl Resolution {
    /// The number that the library uses.
    pub fn code(self) -> i32 {
        match self {
            Self::ReadCard => 1,
            Self::Opens => 2,
            Self::DoesNotOpen => 3,
            Self::Other(code) => code,
        }
    }
}

impl From<i32> for Resolution {
    fn from(code: i32) -> Self {
        match code {
            1 => Self::ReadCard,
            2 => Self::Opens,
            3 => Self::DoesNotOpen,
            other => Self::Other(other),
        }
    }
}

/// Questions to the ledger are operations too: they never block the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Filter {
    /// of the whole site
    All,
    /// of one booking
    Booking,
    /// of one room
    Room,
    /// outcome unknown and not settled; value is not used
    Unresolved,
    /// wanted, but not confirmed by the lock system
    NotConfirmed,
    /// One that this crate does not know.
    Other(i32),
}

impl Filter {
    /// The number that the library uses.
    pub fn code(self) -> i32 {
        match self {
            Self::All => 1,
            Self::Booking => 2,
            Self::Room => 3,
            Self::Unresolved => 4,
            Self::NotConfirmed => 5,
            Self::Other(code) => code,
        }
    }
}

impl From<i32> for Filter {
    fn from(code: i32) -> Self {
        match code {
            1 => Self::All,
            2 => Self::Booking,
            3 => Self::Room,
            4 => Self::Unresolved,
            5 => Self::NotConfirmed,
            other => Self::Other(other),
        }
    }
}

/// Immutable: a kc_key shows the record as it was when it was fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// first key of a stay
    Original,
    /// further key of a stay
    Duplicate,
    /// opens once
    OneShot,
    /// mobile key that started the stay
    Mobile,
    /// mobile key as a further key of the stay
    MobileDuplicate,
    /// read from a card: staff or master card
    Staff,
    /// read from a card: spare guest card
    Spare,
    /// read from a card: diagnostic card
    Diagnostic,
    /// read from a card: not a card of this system
    Unknown,
    /// One that this crate does not know.
    Other(i32),
}

impl Kind {
    /// The number that the library uses.
    pub fn code(self) -> i32 {
        match self {
            Self::Original => 1,
            Self::Duplicate => 2,
            Self::OneShot => 3,
            Self::Mobile => 4,
            Self::MobileDuplicate => 5,
            Self::Staff => 6,
            Self::Spare => 7,
            Self::Diagnostic => 8,
            Self::Unknown => 9,
            Self::Other(code) => code,
        }
    }

    /// Its stable name, such as it stands in logs.
    pub fn label(self) -> &'static str {
        unsafe { text::fixed(ffi::kc_kind_name(self.code())) }
    }
}

impl From<i32> for Kind {
    fn from(code: i32) -> Self {
        match code {
            1 => Self::Original,
            2 => Self::Duplicate,
            3 => Self::OneShot,
            4 => Self::Mobile,
            5 => Self::MobileDuplicate,
            6 => Self::Staff,
            7 => Self::Spare,
            8 => Self::Diagnostic,
            9 => Self::Unknown,
            other => Self::Other(other),
        }
    }
}

/// Values of key state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyState {
    /// being made
    Pending,
    /// outcome unknown
    Unresolved,
    /// made, and not known to be void
    Active,
    /// the attempt failed, nothing was written
    NotMade,
    /// made void: by a later original, or cancelled and confirmed by the lock system
    Voided,
    /// its stay is checked out
    CheckedOut,
    /// its stay is blocked: kc_unblock_stay() makes it active again
    Blocked,
    /// One that this crate does not know.
    Other(i32),
}

impl KeyState {
    /// The number that the library uses.
    pub fn code(self) -> i32 {
        match self {
            Self::Pending => 1,
            Self::Unresolved => 2,
            Self::Active => 3,
            Self::NotMade => 4,
            Self::Voided => 5,
            Self::CheckedOut => 6,
            Self::Blocked => 7,
            Self::Other(code) => code,
        }
    }

    /// Its stable name, such as it stands in logs.
    pub fn label(self) -> &'static str {
        unsafe { text::fixed(ffi::kc_key_state_name(self.code())) }
    }
}

impl From<i32> for KeyState {
    fn from(code: i32) -> Self {
        match code {
            1 => Self::Pending,
            2 => Self::Unresolved,
            3 => Self::Active,
            4 => Self::NotMade,
            5 => Self::Voided,
            6 => Self::CheckedOut,
            7 => Self::Blocked,
            other => Self::Other(other),
        }
    }
}
