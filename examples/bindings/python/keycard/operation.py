# SPDX-License-Identifier: LGPL-2.1-or-later
"""Following an operation, and the keys that it made, listed or read."""
import collections
import time

from ._library import Handle, code, decode, encode, ffi, flag, items, lib, number, text
from .codes import Answer, KeyState, Kind, Outcome, Resolution, State, Status, Verb
from .device import Device
from .errors import KeycardError, check
from .events import Events, Queue
from .site import Encoder

Warning = collections.namedtuple("Warning", "text field before after")


class Key(Handle):
    """One record of the ledger, or what was read from a card. Immutable."""

    KIND = "key"
    __slots__ = ()
    id = text("kc_key_get_id")
    kind = code("kc_key_get_kind", Kind)
    state = code("kc_key_get_state", KeyState)
    status = code("kc_key_get_status", Status)
    is_unconfirmed = flag("kc_key_is_unconfirmed")
    is_expired = flag("kc_key_is_expired")
    booking = text("kc_key_get_booking")
    guest = text("kc_key_get_guest")
    valid_from = text("kc_key_get_from")
    valid_until = text("kc_key_get_until")
    created = text("kc_key_get_created")
    station = text("kc_key_get_station")
    encoder = text("kc_key_get_encoder")
    system = text("kc_key_get_system")
    operator = text("kc_key_get_operator")
    phone = text("kc_key_get_phone")
    email = text("kc_key_get_email")
    vendor_code = text("kc_key_get_vendor_code")
    installation = text("kc_key_get_installation")
    copies = number("kc_key_get_copies")
    rooms = items("kc_key_get_room_count", "kc_key_get_room", decode)
    areas = items("kc_key_get_area_count", "kc_key_get_area", decode)
    serials = items("kc_key_get_serial_count", "kc_key_get_serial", decode)

    @property
    def image(self):
        """The key as bytes, or None."""
        size = ffi.new("size_t *")
        pointer = lib.kc_key_get_image(self._pointer, size)
        return bytes(ffi.buffer(pointer, size[0])) if pointer else None

    def __repr__(self):
        return f"<Key {self.kind.label} {' '.join(self.rooms)}: {self.state.label}>"


class Operation(Handle):
    """One attempt. wait() blocks until it has ended, `await` does not block; both return it, or raise KeycardError.

    `for event in operation.events()` (or `async for`) tells what happens on the way; it ends with the operation and
    raises nothing. Closing or forgetting the object does not cancel the operation.
    """

    KIND = "op"
    __slots__ = ("_context", "_queue")

    def __init__(self, pointer, context):
        super().__init__(pointer)
        self._context = context
        self._queue = Queue()

    def close(self):
        """Gives it back at once. It goes on, but who waits for it gets a ValueError."""
        self._context._forget(self)
        super().close()
        self._queue.end()

    id = text("kc_op_get_id")
    verb = code("kc_op_get_verb", Verb)
    state = code("kc_op_get_state", State)
    status = code("kc_op_get_status", Status)
    outcome = code("kc_op_get_outcome", Outcome)
    encoder_name = text("kc_op_get_encoder_name")
    system_name = text("kc_op_get_system_name")
    booking = text("kc_op_get_booking")
    room = text("kc_op_get_room")
    station = text("kc_op_get_station")
    operator = text("kc_op_get_operator")
    created = text("kc_op_get_created")
    target = text("kc_op_get_target")
    retry_of = text("kc_op_get_retry_of")
    is_replay = flag("kc_op_is_replay")
    has_more = flag("kc_op_has_more")
    entry_count = number("kc_op_get_entry_count")
    forgotten_count = number("kc_op_get_forgotten_count")
    ledger_digest = text("kc_op_get_ledger_digest")
    keys = items("kc_op_get_key_count", "kc_op_get_key", Key.borrowed)
    voided_keys = items("kc_op_get_voided_key_count", "kc_op_get_voided_key", Key.borrowed)
    encoders = items("kc_op_get_encoder_count", "kc_op_get_encoder", Encoder.borrowed)

    @property
    def key(self):
        """The key that was made, or the card that was read; None if there is none."""
        return Key.borrowed(lib.kc_op_get_key(self._pointer, 0))

    @property
    def devices(self):
        """What is plugged into this computer, of discover()."""
        return [Device.borrowed(lib.kc_op_get_device(self._pointer, index), self._context)
                for index in range(lib.kc_op_get_device_count(self._pointer))]

    @property
    def operations(self):
        """What list_operations() found."""
        return [self._context._operation(lib.kc_op_get_op(self._pointer, index), owned=False)
                for index in range(lib.kc_op_get_op_count(self._pointer))]

    @property
    def follow_up(self):
        """The operation that was started by this one (the mobile key after the card), or None."""
        pointer = lib.kc_op_get_follow_up(self._pointer)
        return self._context._operation(pointer, owned=False) if pointer else None

    @property
    def warnings(self):
        """What was adapted or should be known; before and after may be guest data."""
        getters = [getattr(lib, f"kc_op_get_warning_{field}") for field in Warning._fields]
        return [Warning(*(decode(getter(self._pointer, index)) for getter in getters))
                for index in range(lib.kc_op_get_warning_count(self._pointer))]

    @property
    def error(self):
        """What went wrong, as an exception that is not raised; None if nothing did."""
        error = lib.kc_op_get_error(self._pointer)
        return KeycardError(lib.kc_error_get_code(error), error, self) if error else None

    @property
    def done(self):
        """Whether it has ended."""
        return lib.kc_op_get_state(self._pointer) == State.DONE

    def _pending(self):
        """Whether it is still to be waited for."""
        if self.done:
            return False
        if self._queue.ended:
            raise ValueError("the operation or its context was closed")
        return True

    def result(self):
        """This operation, if it ended well; else its error is raised."""
        if lib.kc_op_get_status(self._pointer) != Status.OK:
            raise self.error
        return self

    def events(self):
        """What happens to it until it has ended."""
        return Events(self._context, self._queue, self)

    def wait(self, timeout=None):
        """Waits until it has ended. TimeoutError when `timeout` (seconds) is over; the operation goes on then."""
        end = None if timeout is None else time.monotonic() + timeout
        while self._pending():
            left = None if end is None else end - time.monotonic()
            if not self._context.wait(left) and not self.done:
                raise TimeoutError(f"operation {self.id} is still {self.state.label}")
        return self.result()

    def __await__(self):
        while self._pending():
            yield from self._queue.more(self._context).__await__()
        return self.result()

    def cancel(self):
        """Asks to cancel. It still ends with DONE, and may have been written. Any thread."""
        check(lib.kc_op_cancel(self._pointer))

    def answer(self, yes):
        """Answers Prompt.CONFIRM."""
        check(lib.kc_op_answer(self._pointer, Answer.YES if yes else Answer.NO))

    def retry(self):
        """Starts a new operation with the request of this one, which failed."""
        out = ffi.new("kc_op **")
        check(lib.kc_op_retry(self._pointer, out))
        return self._context._operation(out[0])

    def resolve(self, how, operator=None):
        """Settles an unknown outcome; `how` is a Resolution."""
        out = ffi.new("kc_op **")
        check(lib.kc_op_resolve(self._pointer, Resolution(how), encode(operator), out))
        return self._context._operation(out[0])

    def __repr__(self):
        return f"<Operation {self.verb.label} {self.id}: {self.state.label}>"
