# SPDX-License-Identifier: LGPL-2.1-or-later
"""libkeycard from Python: hotel room keys through the hotel's lock system.

    with keycard.Context("sqlite:/var/lib/pms/keys.db") as context:
        site = context.site("Grand Hotel", time_zone="Europe/Sofia")
        site.system("salto", "salto+tcp://10.0.0.5:8090", encoders=["Desk 1"])
        request = site.request(booking="4711", rooms=["101"], valid=(None, "2026-06-18"), station="desk-1",
                               encoder="Desk 1")
        print(request.issue_original().wait().key)      # or, in a coroutine: (await request.issue_original()).key
"""
from . import codes as _codes
from ._library import decode as _decode, encode as _encode, lib as _lib, string as _string
from .codes import *  # noqa: F403
from .context import Context
from .device import Device
from .errors import KeycardError
from .events import Event, Events
from .open_key import OpenKey
from .operation import Key, Operation, Warning
from .request import Request
from .site import Driver, DriverOption, Encoder, Site, System

__all__ = ["Context", "Site", "System", "Encoder", "Device", "Driver", "DriverOption", "Request", "Operation", "Key",
           "OpenKey", "Event", "Events", "Warning", "KeycardError", "version", "status_name", "has_driver", *_codes.__all__]


def version():
    """Version of the library that runs."""
    return _decode(_lib.kc_version())


def status_name(status, _call=_lib.kc_status_name):
    """The stable name of a status, such as "no-card"."""
    return _string(_call(status)).decode()


def has_driver(name):
    """Whether a driver of this name is compiled in."""
    return bool(_lib.kc_has_driver(_encode(name)))
