# SPDX-License-Identifier: LGPL-2.1-or-later
"""Events, and iterating over them."""
import collections

from ._library import Handle, code, lib, number, text
from .codes import DeviceState, EncoderState, EventType, LinkState, Prompt, State
from .device import Device
from .site import Encoder, System


class Event(Handle):
    """Something that happened."""

    KIND = "event"
    __slots__ = ("_context",)
    STATES = {EventType.STATE: State, EventType.ENCODER: EncoderState, EventType.SYSTEM: LinkState,
              EventType.DEVICE: DeviceState}

    def __init__(self, pointer, context):
        super().__init__(pointer)
        self._context = context

    type = code("kc_event_get_type", EventType)
    text = text("kc_event_get_text")
    card_number = number("kc_event_get_card_number")
    card_count = number("kc_event_get_card_count")
    entry = number("kc_event_get_entry")

    @property
    def prompt(self):
        """What a person must do; None if this is no prompt."""
        value = lib.kc_event_get_prompt(self._pointer)
        return Prompt(value) if value else None

    @property
    def state(self):
        """The state that operation, encoder, system or device had when the event was made."""
        return self.STATES.get(self.type, State)(lib.kc_event_get_state(self._pointer))

    @property
    def operation(self):
        """The operation, or None for events of encoders, systems and devices."""
        pointer = lib.kc_event_get_op(self._pointer)
        return self._context._operation(pointer, owned=False) if pointer else None

    @property
    def encoder(self):
        """The encoder that the event is about, or None."""
        return Encoder.borrowed(lib.kc_event_get_encoder(self._pointer))

    @property
    def system(self):
        """The system that the event is about, or None."""
        return System.borrowed(lib.kc_event_get_system(self._pointer))

    @property
    def device(self):
        """The device that the event is about, or None."""
        return Device.borrowed(lib.kc_event_get_device(self._pointer), self._context)

    def __repr__(self):
        return f"<Event {self.type.label}: {self.text}>"


class Queue:
    """Events that wait to be read, and the futures of those who wait for more."""

    def __init__(self):
        self.events = collections.deque()
        self.ended = False
        self._futures = []

    def put(self, event):
        self.events.append(event)
        self._wake()

    def end(self):
        """Nothing more will come: the last event came, or what it is about was closed."""
        self.ended = True
        self._wake()

    def _wake(self):
        futures, self._futures = self._futures, []
        for future in futures:
            if not future.done():
                future.set_result(None)

    async def more(self, context):
        """Waits in the running asyncio loop until another event came."""
        future = context._attach().create_future()
        self._futures.append(future)
        await future


class Events:
    """Events in order, for `for` or `async for`. Those of one operation end with its DONE."""

    def __init__(self, context, queue, source=None):
        """`source` is what the events are about; it is kept as long as this."""
        self._context = context
        self._queue = queue
        self._source = source

    def __iter__(self):
        return self

    def __next__(self):
        while not self._queue.events:
            if self._queue.ended:
                raise StopIteration
            self._context.wait()
        return self._queue.events.popleft()

    def __aiter__(self):
        return self

    async def __anext__(self):
        while not self._queue.events:
            if self._queue.ended:
                raise StopAsyncIteration
            await self._queue.more(self._context)
        return self._queue.events.popleft()
