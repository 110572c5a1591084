# SPDX-License-Identifier: LGPL-2.1-or-later
"""The codes of the library. Values of a newer library appear as UNKNOWN_N.

Made from doc/api.json by examples/bindings/generate.py."""

import enum

__all__ = ["Code", "Status", "Outcome", "Advice", "LogLevel", "EventType", "Prompt", "Capability",
           "Limit", "LinkState", "EncoderState", "DeviceWatch", "DeviceState", "Verb", "State", "Answer", "Resolution", "Filter", "Kind", "KeyState"]


class Code(enum.IntEnum):
    """A code; `label` is its stable name, such as "no-card"."""

    @property
    def label(self):
        return self.name.lower().replace("_", "-")

    @classmethod
    def _missing_(cls, value):
        if not isinstance(value, int):
            return None
        code = int.__new__(cls, value)
        code._name_ = f"UNKNOWN_{value}"
        code._value_ = value
        return code


class Status(Code):
    """
    What calls and operations end with. Name and one-line text: kc_status_name(), kc_status_text().
    """
    OK = 0
    INVALID_ARGUMENT = -1
    NO_MEMORY = -2
    NOT_FOUND = -3
    NOT_OFFERED = -4
    POLICY = -5
    NO_ROOM = -6
    NO_ORIGINAL = -7
    NO_LAST_ENCODER = -8
    UNRESOLVED = -9
    LIMIT = -10
    CONTACT = -11
    IN_PROGRESS = -12
    IDEMPOTENCY = -13
    STATE = -14
    CANCELLED = -15
    DECLINED = -16
    LEDGER = -20
    LEDGER_FULL = -21
    LEDGER_DAMAGED = -22
    LEDGER_NEWER = -23
    LEDGER_BUSY = -24
    LEDGER_READ_ONLY = -25
    LEDGER_KEY = -26
    UNREACHABLE = -30
    CONNECTION_LOST = -31
    TIMED_OUT = -32
    PROTOCOL = -33
    NOT_ACCEPTED = -34
    ENCODER_OFFLINE = -40
    ENCODER_BUSY = -41
    NO_CARD = -42
    CARD = -43
    CARD_FORMAT = -44
    CARD_REFUSED = -45
    ENCODER_FAULT = -46
    UNKNOWN_ROOM = -50
    ROOM_UNAVAILABLE = -51
    ROOM_BUSY = -52
    NOT_CHECKED_IN = -53
    ONE_SHOT_LIMIT = -54
    LOCK_SYSTEM = -55
    VENDOR = -56
    MOBILE = -57
    SYNTAX = -58
    CREDENTIALS = -59
    SYSTEM = -60
    CERTIFICATE = -61
    UNKNOWN_AREA = -62
    CONFLICT = -63
    KEY_LIMIT = -64
    LOCK_OFFLINE = -65
    OTHER_SITE = -66
    NOT_AUTHENTIC = -67


class Outcome(Code):
    """
    What happened to the card or in the lock server.
    """
    PENDING = 0
    NOT_WRITTEN = 1
    WRITTEN = 2
    UNKNOWN = 3


class Advice(Code):
    """
    What to do next.
    """
    NONE = 0
    CORRECT_REQUEST = 1
    RETRY = 2
    NEW_CARD = 3
    OTHER_ENCODER = 4
    RESOLVE = 5
    CHECK_CONFIGURATION = 6
    CHECK_CONNECTION = 7
    ISSUE_ORIGINAL = 8
    CALL_VENDOR = 9
    CHECK_LEDGER = 10
    READ_CARD = 11


class LogLevel(Code):
    """
    Levels of log messages.
    """
    ERROR = 1
    WARNING = 2
    INFO = 3
    DEBUG = 4


class EventType(Code):
    """
    Events of one operation come in order: states, prompts and warnings in between, and exactly one KC_EVENT_DONE as
    the last. What a person must do is an event, not an error.
    """
    STATE = 1
    PROMPT = 2
    WARNING = 3
    DONE = 4
    ENCODER = 5
    SYSTEM = 6
    LEDGER = 7
    DEVICE = 8


class Prompt(Code):
    """
    Values of prompt.
    """
    PRESENT_CARD = 1
    TAKE_CARD = 2
    CONFIRM = 3
    CHECK_CARD = 4


class Capability(Code):
    """
    What a lock system may offer. Each is also asked of a system with kc_system_has(), where options may switch it.
    """
    ORIGINAL = 1
    DUPLICATE = 2
    ONE_SHOT = 3
    MOBILE = 4
    READ = 5
    CHECK_OUT = 6
    CANCEL_KEY = 7
    MODIFY_STAY = 8
    KEY_IMAGE = 9
    PHONE = 10
    EMAIL = 11
    DENY_AREAS = 12
    CARD_SERIAL = 13
    LIST_ENCODERS = 14
    BLOCK_STAY = 15
    CARD_IMAGE = 16
    DELIVERY = 17
    WRITE_IMAGE = 18


class Limit(Code):
    """
    Limits. 0 means none are taken. The characters that a lock system takes are no limit to ask for: other ones are
    adapted in texts (policy `text`), and refused with KC_ERROR_LIMIT in names of rooms, areas and encoders, which
    must arrive as they are.
    """
    ROOMS = 1
    ROOM_LENGTH = 2
    AREAS = 3
    GUEST_LENGTH = 4
    OPERATOR_LENGTH = 5
    TEXT_LINES = 6
    TEXT_LENGTH = 7
    MESSAGE_LENGTH = 8
    COPIES = 9
    MINUTES = 10
    LAST_YEAR = 11
    START = 12


class LinkState(Code):
    """
    Values of link state.
    """
    DOWN = 1
    CONNECTING = 2
    UP = 3


class EncoderState(Code):
    """
    Values of encoder state.
    """
    UNKNOWN = 1
    ONLINE = 2
    BUSY = 3
    OFFLINE = 4


class DeviceWatch(Code):
    """
    What kc_context_watch_devices() tells.
    """
    OFF = 0
    LIST = 1
    IDENTIFY = 2


class DeviceState(Code):
    """
    How a device stands.
    """
    PRESENT = 1
    ASKING = 2
    ENCODER = 3
    NO_ENCODER = 4
    IN_USE = 5
    REFUSED = 6
    GONE = 7


class Verb(Code):
    """
    Values of verb.
    """
    ISSUE_ORIGINAL = 1
    ISSUE_DUPLICATE = 2
    REISSUE = 3
    ISSUE_ONE_SHOT = 4
    SEND_MOBILE = 5
    READ_CARD = 6
    CHECK_OUT = 7
    MODIFY_STAY = 8
    CANCEL_KEY = 9
    DISCOVER = 10
    RESOLVE = 11
    LIST_KEYS = 12
    LIST_OPS = 13
    FIND_OP = 14
    FORGET_GUEST = 15
    BLOCK_STAY = 16
    UNBLOCK_STAY = 17
    CHECK_MOBILE = 18
    VERIFY_LEDGER = 19
    FORGET_DEPARTED = 20
    COPY_LEDGER = 21
    BACKUP_LEDGER = 22
    WRITE_IMAGE = 23


class State(Code):
    """
    Values of state.
    """
    QUEUED = 1
    CONNECTING = 2
    WAITING = 3
    ENCODING = 4
    DONE = 5


class Answer(Code):
    """
    Values of answer.
    """
    NO = 0
    YES = 1


class Resolution(Code):
    """
    Values of resolve.
    """
    READ_CARD = 1
    OPENS = 2
    DOES_NOT_OPEN = 3


class Filter(Code):
    """
    Questions to the ledger are operations too: they never block the loop.
    """
    ALL = 1
    BOOKING = 2
    ROOM = 3
    UNRESOLVED = 4
    NOT_CONFIRMED = 5


class Kind(Code):
    """
    Immutable: a kc_key shows the record as it was when it was fetched.
    """
    ORIGINAL = 1
    DUPLICATE = 2
    ONE_SHOT = 3
    MOBILE = 4
    MOBILE_DUPLICATE = 5
    STAFF = 6
    SPARE = 7
    DIAGNOSTIC = 8
    UNKNOWN = 9


class KeyState(Code):
    """
    Values of key state.
    """
    PENDING = 1
    UNRESOLVED = 2
    ACTIVE = 3
    NOT_MADE = 4
    VOIDED = 5
    CHECKED_OUT = 6
    BLOCKED = 7
