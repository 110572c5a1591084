# SPDX-License-Identifier: LGPL-2.1-or-later
"""Devices on this computer: what is plugged in and may be an encoder."""
from ._library import NULL, Handle, code, decode, encode, lib, number, text
from .codes import DeviceState
from .errors import KeycardError, check
from .site import Driver, System


class Device(Handle):
    """Something plugged into this computer; it becomes an encoder of a site by giving its uri() to Site.system().

    Context.watch_devices() and Site.discover() find devices.
    """

    KIND = "device"
    __slots__ = ("_context",)

    def __init__(self, pointer, context):
        super().__init__(pointer)
        self._context = context

    name = text("kc_device_get_name")
    label = text("kc_device_get_label")
    transport = text("kc_device_get_transport")
    place = text("kc_device_get_place")
    vendor_id = number("kc_device_get_vendor_id")
    product_id = number("kc_device_get_product_id")
    manufacturer = text("kc_device_get_manufacturer")
    product = text("kc_device_get_product")
    serial_number = text("kc_device_get_serial_number")
    model = text("kc_device_get_model")
    firmware = text("kc_device_get_firmware")
    since = text("kc_device_get_since")
    state = code("kc_device_get_state", DeviceState)

    @property
    def system(self):
        """The system that is configured for it, or None."""
        return System.borrowed(lib.kc_device_get_system(self._pointer))

    @property
    def error(self):
        """Why it is NO_ENCODER or REFUSED, as an exception that is not raised; else None."""
        error = lib.kc_device_get_error(self._pointer)
        return KeycardError(lib.kc_error_get_code(error), error) if error else None

    @property
    def drivers(self):
        """Those that may drive it; first the one to which it answered."""
        drivers = []
        while pointer := lib.kc_device_get_driver(self._pointer, len(drivers)):
            drivers.append(Driver(pointer))
        return drivers

    def uri(self, driver=None):
        """The URI for Site.system(), by this Driver or the first of `drivers`; "" if that does not reach it."""
        return decode(lib.kc_device_get_uri(self._pointer, driver._pointer if driver else NULL))

    def identify(self, driver=None, options=None):
        """Asks it who it is, by the driver of this name or those that know it; `state` tells what came of it."""
        status = lib.kc_device_identify(self._pointer, encode(driver), encode(options))
        check(status, lib.kc_context_get_error, self._context._pointer)

    def __repr__(self):
        return f"<Device {self.name}: {self.state.label}>"
