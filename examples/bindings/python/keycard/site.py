# SPDX-License-Identifier: LGPL-2.1-or-later
"""The property: sites, their lock systems and encoders, and what is known of a kind of lock system."""
import collections

from ._library import NULL, Handle, code, decode, encode, ffi, lib, text
from .codes import Capability, EncoderState, Filter, Limit, LinkState
from .errors import check
from .request import Request

DriverOption = collections.namedtuple("DriverOption", "name default values help")


class Driver:
    """What is known of a kind of lock system. Static, so there is nothing to close."""

    def __init__(self, pointer):
        self._pointer = pointer

    @classmethod
    def find(cls, name):
        """The driver of this name, or None."""
        pointer = lib.kc_driver_find(encode(name))
        return cls(pointer) if pointer else None

    @classmethod
    def all(cls):
        return [cls(lib.kc_driver_get(index)) for index in range(lib.kc_driver_count())]

    name = text("kc_driver_get_name")
    label = text("kc_driver_get_label")
    maturity = text("kc_driver_get_maturity")

    @property
    def schemes(self):
        """What may stand before the first colon of a URI."""
        schemes = []
        while scheme := decode(lib.kc_driver_get_scheme(self._pointer, len(schemes))):
            schemes.append(scheme)
        return schemes

    @property
    def options(self):
        """The options of the driver itself, without those of its link."""
        getters = [getattr(lib, f"kc_driver_get_option_{field}") for field in DriverOption._fields]
        return [DriverOption(*(decode(getter(self._pointer, index)) for getter in getters))
                for index in range(lib.kc_driver_get_option_count(self._pointer))]

    def has(self, capability):
        return bool(lib.kc_driver_has(self._pointer, Capability(capability)))

    def limit(self, limit):
        return lib.kc_driver_get_limit(self._pointer, Limit(limit))


class Encoder(Handle):
    """What writes a card."""

    KIND = "encoder"
    __slots__ = ()
    name = text("kc_encoder_get_name")
    state = code("kc_encoder_get_state", EncoderState)
    last_contact = text("kc_encoder_get_last_contact")

    @property
    def system(self):
        return System.borrowed(lib.kc_encoder_get_system(self._pointer))


class System(Handle):
    """One lock system of a site."""

    KIND = "system"
    __slots__ = ()
    name = text("kc_system_get_name")
    state = code("kc_system_get_state", LinkState)

    def _check(self, status):
        check(status, lib.kc_system_get_error, self._pointer)

    @property
    def driver(self):
        return Driver(lib.kc_system_get_driver(self._pointer))

    def set_option(self, name, value):
        self._check(lib.kc_system_set_option(self._pointer, encode(name), encode(value)))

    def option(self, name):
        return decode(lib.kc_system_get_option(self._pointer, encode(name)))

    def add_encoder(self, name):
        self._check(lib.kc_system_add_encoder(self._pointer, encode(name)))

    def map_room(self, room, lock_name):
        self._check(lib.kc_system_map_room(self._pointer, encode(room), encode(lock_name)))

    def map_area(self, area, lock_name):
        self._check(lib.kc_system_map_area(self._pointer, encode(area), encode(lock_name)))

    def has(self, capability):
        """Whether this system offers a Capability with its present options."""
        return bool(lib.kc_system_has(self._pointer, Capability(capability)))

    def limit(self, limit):
        return lib.kc_system_get_limit(self._pointer, Limit(limit))

    def adopt_fd(self, fd):
        """Hands over an open socket or terminal as the link; the library closes it."""
        self._check(lib.kc_system_adopt_fd(self._pointer, fd))

    def remove(self):
        """Takes the system out of its site."""
        self._check(lib.kc_system_remove(self._pointer))


class Site(Handle):
    """One property. Questions to its ledger are operations: see Operation."""

    KIND = "site"
    __slots__ = ("_context",)
    name = text("kc_site_get_name")

    def __init__(self, context, name, time_zone, check_in, check_out, policies):
        out = ffi.new("kc_site **")
        check(lib.kc_site_new(context._pointer, encode(name), out), lib.kc_context_get_error, context._pointer)
        super().__init__(out[0])
        self._context = context
        if time_zone is not None:
            self._check(lib.kc_site_set_time_zone(self._pointer, encode(time_zone)))
        self._check(lib.kc_site_set_default_times(self._pointer, encode(check_in), encode(check_out)))
        for policy, value in policies.items():
            self._check(lib.kc_site_set_policy(self._pointer, encode(policy), encode(value)))

    def _check(self, status):
        check(status, lib.kc_site_get_error, self._pointer)

    def policy(self, name):
        """The value of a policy, or ""."""
        return decode(lib.kc_site_get_policy(self._pointer, encode(name)))

    def _start(self, function, *arguments):
        out = ffi.new("kc_op **")
        self._check(function(self._pointer, *arguments, out))
        return self._context._operation(out[0])

    def system(self, name, uri, encoders=(), options=None):
        """Makes a lock system; `encoders` are names, `options` is a mapping."""
        out = ffi.new("kc_system **")
        self._check(lib.kc_system_new(self._pointer, encode(name), encode(uri), out))
        system = System(out[0])
        for option, value in (options or {}).items():
            system.set_option(option, value)
        for encoder in encoders:
            system.add_encoder(encoder)
        return system

    def request(self, **values):
        """Makes a request; see Request for the values."""
        return Request(self, **values)

    def discover(self):
        """Looks for the encoders of all systems: Operation.encoders; and what is plugged in: Operation.devices."""
        return self._start(lib.kc_site_discover)

    def list_keys(self, filter=Filter.ALL, value=None, limit=0):
        """Keys in the ledger, newest first: Operation.keys; has_more tells whether `limit` left out some.

        Of a damaged ledger, KeycardError.operation has those that can be read.
        """
        return self._start(lib.kc_list_keys, Filter(filter), encode(value), limit)

    def list_operations(self, filter=Filter.ALL, value=None, limit=0):
        """Operations in the ledger, newest first: Operation.operations; has_more tells whether `limit` left out some.

        Of a damaged ledger, KeycardError.operation has those that can be read.
        """
        return self._start(lib.kc_list_ops, Filter(filter), encode(value), limit)

    def find_operation(self, id):
        """An earlier operation, also from before a restart; it is that operation once it is done."""
        return self._start(lib.kc_find_op, encode(id))

    def forget_guest(self, booking):
        """Erases the guest's data of a booking from the ledger."""
        return self._start(lib.kc_forget_guest, encode(booking))

    def forget_departed(self, days):
        """Does the same for all who departed so many days ago: Operation.forgotten_count."""
        return self._start(lib.kc_forget_departed, days)

    def copy_ledger(self, uri, key=None):
        """Copies the whole ledger into another store, encrypted with `key` (32 bytes) or as it is."""
        return self._start(lib.kc_copy_ledger, encode(uri), key if key else NULL, len(key or b""))

    def backup_ledger(self, path):
        """Copies a SQLite ledger into a new file while it is used."""
        return self._start(lib.kc_backup_ledger, encode(path))

    def verify_ledger(self):
        """Holds the ledger against its journal: Operation.entry_count, Operation.ledger_digest."""
        return self._start(lib.kc_verify_ledger)
