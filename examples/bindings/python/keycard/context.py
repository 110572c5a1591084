# SPDX-License-Identifier: LGPL-2.1-or-later
"""The context: ledger, event loop, events."""
import asyncio
import select
import weakref

from ._library import Handle, NULL, decode, encode, ffi, lib
from .codes import DeviceWatch, EventType, LogLevel
from .device import Device
from .errors import check
from .events import Event, Events, Queue
from .operation import Operation
from .site import Site


def _address(pointer):
    return int(ffi.cast("intptr_t", pointer))


def _log_function(log):
    @ffi.callback("kc_log_function")
    def function(_user, level, domain, message):
        log(LogLevel(level), decode(domain), decode(message))

    return function


class Context(Handle):
    """One instance of the library. It belongs to the thread, or the asyncio loop, that made it.

    Blocking programs need nothing else: operations have wait() and can be iterated over. In an asyncio program
    operations are awaited, or iterated over with `async for`; the loop watches the context's descriptor meanwhile.
    """

    KIND = "context"
    __slots__ = ("_operations", "_listeners", "_loop")

    def __init__(self, ledger="memory:", log=None, log_level=LogLevel.INFO, ledger_key=None):
        """`log(level, domain, message)` gets the messages up to a level; `ledger_key` (32 bytes) encrypts guest data."""
        out = ffi.new("kc_context **")
        check(lib.kc_context_new(out))
        function = _log_function(log) if log else NULL

        def release(pointer):
            # other handles may keep the context alive, and it must not call a function that is gone
            lib.kc_context_set_log(pointer, NULL, NULL, LogLevel.ERROR)
            lib.kc_context_unref(pointer)
            return function  # kept until now

        super().__init__(out[0], release)
        self._operations = weakref.WeakValueDictionary()  # by address: one object for each operation
        self._listeners = weakref.WeakSet()
        self._loop = None
        check(lib.kc_context_set_log(self._pointer, function, NULL, log_level))
        if ledger_key is not None:
            self._check(lib.kc_context_set_ledger_key(self._pointer, ledger_key, len(ledger_key)))
        self._check(lib.kc_context_set_ledger(self._pointer, encode(ledger)))

    def _check(self, status):
        check(status, lib.kc_context_get_error, self._pointer)

    def site(self, name, time_zone=None, check_in="15:00", check_out="11:00", policies=None):
        """Makes a site; `policies` is a mapping."""
        return Site(self, name, time_zone, check_in, check_out, policies or {})

    def fileno(self):
        """Readable when dispatch() is to be called: for select, selectors and other loops."""
        return lib.kc_context_get_fd(self._pointer)

    def dispatch(self):
        """Does what can be done now, and hands the events out. Never blocks."""
        check(lib.kc_context_dispatch(self._pointer))
        self._hand_out()

    def wait(self, timeout=None):
        """Waits until there is something to do, then does it. False when `timeout` (seconds) is over.

        The descriptor is polled here rather than by kc_context_wait(), so that Ctrl-C works.
        """
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        found = poll.poll(None if timeout is None else max(timeout, 0) * 1000)
        self.dispatch()
        return bool(found)

    def wakeup(self):
        """Lets wait() return. Any thread."""
        check(lib.kc_context_wakeup(self._pointer))

    def watch_devices(self, how=DeviceWatch.LIST):
        """Switches events of devices on or off; one comes for each that is there already."""
        self._check(lib.kc_context_watch_devices(self._pointer, DeviceWatch(how)))

    @property
    def devices(self):
        """Those that are there while they are watched, else those that the last discovery saw."""
        return [Device.borrowed(lib.kc_context_get_device(self._pointer, index), self)
                for index in range(lib.kc_context_get_device_count(self._pointer))]

    def watch_ledger(self, interval=0):
        """Switches events of what others do in the ledger on; `interval` in milliseconds, negative: off."""
        self._check(lib.kc_context_watch_ledger(self._pointer, interval))

    def set_connection_rate(self, per_second):
        """How many systems are connected in a second; 0: as fast as can be."""
        self._check(lib.kc_context_set_connection_rate(self._pointer, per_second))

    def events(self):
        """All events from now on: an iterator and asynchronous iterator that does not end by itself."""
        queue = Queue()
        self._listeners.add(queue)
        return Events(self, queue)

    def close(self):
        if self._loop and not self._loop.is_closed():
            self._loop.remove_reader(self.fileno())
        self._loop = None
        for operation in list(self._operations.values()):
            operation._queue.end()
        for listener in list(self._listeners):
            listener.end()
        super().close()

    # ---- For the other modules

    def _operation(self, pointer, owned=True):
        """The object of an operation, the same for each of its pointers."""
        found = self._operations.get(_address(pointer))
        if found is None:
            found = Operation(pointer if owned else lib.kc_op_ref(pointer), self)
            self._operations[_address(pointer)] = found
        elif owned:
            lib.kc_op_unref(pointer)
        return found

    def _forget(self, operation):
        """It is closed before it is collected, so its address may come again."""
        self._operations.pop(_address(operation._pointer), None)

    def _hand_out(self):
        while pointer := lib.kc_context_next_event(self._pointer):
            event = Event(pointer, self)
            operation = self._operations.get(_address(lib.kc_event_get_op(pointer)))
            for listener in list(self._listeners):
                listener.put(event)
            if operation is not None:
                operation._queue.put(event)
                if event.type == EventType.DONE:
                    operation._queue.end()

    def _attach(self):
        """Lets the running asyncio loop watch the descriptor."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            if self._loop is not None and not self._loop.is_closed():
                raise RuntimeError("this context belongs to another event loop")
            loop.add_reader(self.fileno(), self.dispatch)
            self._loop = loop
        return loop
