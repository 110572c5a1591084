<?php
// SPDX-License-Identifier: LGPL-2.1-or-later
// The codes of the library.
// Made from doc/api.json by examples/bindings/generate.py.

declare(strict_types=1);

namespace Keycard;

trait Label
{
    /** The code's stable name, such as 'no-card'. */
    public function label(): string
    {
        return strtolower(preg_replace('/(?<!^)[A-Z]/', '-$0', $this->name));
    }
}

/** What calls and operations end with. Name and one-line text: kc_status_name(), kc_status_text(). */
enum Status: int
{
    use Label;

    case Ok = 0;
    case InvalidArgument = -1;
    case NoMemory = -2;
    case NotFound = -3;
    case NotOffered = -4;
    case Policy = -5;
    case NoRoom = -6;
    case NoOriginal = -7;
    case NoLastEncoder = -8;
    case Unresolved = -9;
    case Limit = -10;
    case Contact = -11;
    case InProgress = -12;
    case Idempotency = -13;
    case State = -14;
    case Cancelled = -15;
    case Declined = -16;
    case Ledger = -20;
    case LedgerFull = -21;
    case LedgerDamaged = -22;
    case LedgerNewer = -23;
    case LedgerBusy = -24;
    case LedgerReadOnly = -25;
    case LedgerKey = -26;
    case Unreachable = -30;
    case ConnectionLost = -31;
    case TimedOut = -32;
    case Protocol = -33;
    case NotAccepted = -34;
    case EncoderOffline = -40;
    case EncoderBusy = -41;
    case NoCard = -42;
    case Card = -43;
    case CardFormat = -44;
    case CardRefused = -45;
    case EncoderFault = -46;
    case UnknownRoom = -50;
    case RoomUnavailable = -51;
    case RoomBusy = -52;
    case NotCheckedIn = -53;
    case OneShotLimit = -54;
    case LockSystem = -55;
    case Vendor = -56;
    case Mobile = -57;
    case Syntax = -58;
    case Credentials = -59;
    case System = -60;
    case Certificate = -61;
    case UnknownArea = -62;
    case Conflict = -63;
    case KeyLimit = -64;
    case LockOffline = -65;
    case OtherSite = -66;
    case NotAuthentic = -67;
}

/** What happened to the card or in the lock server. */
enum Outcome: int
{
    use Label;

    case Pending = 0;
    case NotWritten = 1;
    case Written = 2;
    case Unknown = 3;
}

/** What to do next. */
enum Advice: int
{
    use Label;

    case None = 0;
    case CorrectRequest = 1;
    case Retry = 2;
    case NewCard = 3;
    case OtherEncoder = 4;
    case Resolve = 5;
    case CheckConfiguration = 6;
    case CheckConnection = 7;
    case IssueOriginal = 8;
    case CallVendor = 9;
    case CheckLedger = 10;
    case ReadCard = 11;
}

/** Levels of log messages. */
enum LogLevel: int
{
    use Label;

    case Error = 1;
    case Warning = 2;
    case Info = 3;
    case Debug = 4;
}

/**
 * Events of one operation come in order: states, prompts and warnings in between, and exactly one KC_EVENT_DONE as
 * the last. What a person must do is an event, not an error.
 */
enum EventType: int
{
    use Label;

    case State = 1;
    case Prompt = 2;
    case Warning = 3;
    case Done = 4;
    case Encoder = 5;
    case System = 6;
    case Ledger = 7;
    case Device = 8;
}

enum Prompt: int
{
    use Label;

    case PresentCard = 1;
    case TakeCard = 2;
    case Confirm = 3;
    case CheckCard = 4;
}

/** What a lock system may offer. Each is also asked of a system with kc_system_has(), where options may switch it. */
enum Capability: int
{
    use Label;

    case Original = 1;
    case Duplicate = 2;
    case OneShot = 3;
    case Mobile = 4;
    case Read = 5;
    case CheckOut = 6;
    case CancelKey = 7;
    case ModifyStay = 8;
    case KeyImage = 9;
    case Phone = 10;
    case Email = 11;
    case DenyAreas = 12;
    case CardSerial = 13;
    case ListEncoders = 14;
    case BlockStay = 15;
    case CardImage = 16;
    case Delivery = 17;
    case WriteImage = 18;
}

/**
 * Limits. 0 means none are taken. The characters that a lock system takes are no limit to ask for: other ones are
 * adapted in texts (policy `text`), and refused with KC_ERROR_LIMIT in names of rooms, areas and encoders, which
 * must arrive as they are.
 */
enum Limit: int
{
    use Label;

    case Rooms = 1;
    case RoomLength = 2;
    case Areas = 3;
    case GuestLength = 4;
    case OperatorLength = 5;
    case TextLines = 6;
    case TextLength = 7;
    case MessageLength = 8;
    case Copies = 9;
    case Minutes = 10;
    case LastYear = 11;
    case Start = 12;
}

enum LinkState: int
{
    use Label;

    case Down = 1;
    case Connecting = 2;
    case Up = 3;
}

enum EncoderState: int
{
    use Label;

    case Unknown = 1;
    case Online = 2;
    case Busy = 3;
    case Offline = 4;
}

/** What kc_context_watch_devices() tells. */
enum DeviceWatch: int
{
    use Label;

    case Off = 0;
    case List = 1;
    case Identify = 2;
}

/** How a device stands. */
enum DeviceState: int
{
    use Label;

    case Present = 1;
    case Asking = 2;
    case Encoder = 3;
    case NoEncoder = 4;
    case InUse = 5;
    case Refused = 6;
    case Gone = 7;
}

enum Verb: int
{
    use Label;

    case IssueOriginal = 1;
    case IssueDuplicate = 2;
    case Reissue = 3;
    case IssueOneShot = 4;
    case SendMobile = 5;
    case ReadCard = 6;
    case CheckOut = 7;
    case ModifyStay = 8;
    case CancelKey = 9;
    case Discover = 10;
    case Resolve = 11;
    case ListKeys = 12;
    case ListOps = 13;
    case FindOp = 14;
    case ForgetGuest = 15;
    case BlockStay = 16;
    case UnblockStay = 17;
    case CheckMobile = 18;
    case VerifyLedger = 19;
    case ForgetDeparted = 20;
    case CopyLedger = 21;
    case BackupLedger = 22;
    case WriteImage = 23;
}

enum State: int
{
    use Label;

    case Queued = 1;
    case Connecting = 2;
    case Waiting = 3;
    case Encoding = 4;
    case Done = 5;
}

enum Answer: int
{
    use Label;

    case No = 0;
    case Yes = 1;
}

enum Resolution: int
{
    use Label;

    case ReadCard = 1;
    case Opens = 2;
    case DoesNotOpen = 3;
}

/** Questions to the ledger are operations too: they never block the loop. */
enum Filter: int
{
    use Label;

    case All = 1;
    case Booking = 2;
    case Room = 3;
    case Unresolved = 4;
    case NotConfirmed = 5;
}

/** Immutable: a kc_key shows the record as it was when it was fetched. */
enum Kind: int
{
    use Label;

    case Original = 1;
    case Duplicate = 2;
    case OneShot = 3;
    case Mobile = 4;
    case MobileDuplicate = 5;
    case Staff = 6;
    case Spare = 7;
    case Diagnostic = 8;
    case Unknown = 9;
}

enum KeyState: int
{
    use Label;

    case Pending = 1;
    case Unresolved = 2;
    case Active = 3;
    case NotMade = 4;
    case Voided = 5;
    case CheckedOut = 6;
    case Blocked = 7;
}
