# SPDX-License-Identifier: LGPL-2.1-or-later
"""Open keys, for who makes locks."""
from ._library import Handle, code, decode, encode, ffi, items, lib, number, text
from .codes import Kind
from .errors import check


class OpenKey(Handle):
    """What an open key says that was read from a card, after it was held against the site's key. Any thread."""

    KIND = "open_key"
    __slots__ = ()
    kind = code("kc_open_key_get_kind", Kind)
    sequence = number("kc_open_key_get_sequence")
    issue = text("kc_open_key_get_issue")
    valid_from = number("kc_open_key_get_from")
    valid_until = number("kc_open_key_get_until")
    rooms = items("kc_open_key_get_room_count", "kc_open_key_get_room", decode)

    @classmethod
    def check_card(cls, site_number, site_key, uid, message):
        """Reads one from the NDEF message of a contactless card with this serial number; all but the first are bytes."""
        return cls._checked(lib.kc_open_key_check_card, site_number, site_key, len(site_key), uid, len(uid), message,
                            len(message))

    @classmethod
    def check_stripe(cls, site_number, site_key, track):
        """Reads one from the 37 digits of track 2 of a stripe."""
        return cls._checked(lib.kc_open_key_check_stripe, site_number, site_key, len(site_key), encode(track))

    @classmethod
    def _checked(cls, function, *arguments):
        out = ffi.new("kc_open_key **")
        check(function(*arguments, out))
        return cls(out[0])

    def has_area(self, area):
        """Whether it opens the area of this number, 1 to 64."""
        return bool(lib.kc_open_key_has_area(self._pointer, area))
