# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is wanted, and starting operations with it."""
from ._library import Handle, encode, ffi, lib
from .errors import check


class Request(Handle):
    """What is wanted. Values are given at once, or set later; a request may be changed and used again.

    booking, guest, station, encoder, system, operator, phone, email, message, card_serial and idempotency_key are
    texts, copies is a number, return_image is True or False, rooms, areas, denied_areas and texts are lists of texts;
    valid is a pair of times (from, until), either of which may be None; image are bytes for write_image().
    """

    KIND = "request"
    __slots__ = ("_site",)
    TEXTS = ("booking", "guest", "station", "encoder", "system", "operator", "phone", "email", "message", "card_serial",
             "idempotency_key")
    LISTS = ("rooms", "areas", "denied_areas", "texts")

    def __init__(self, site, **values):
        out = ffi.new("kc_request **")
        check(lib.kc_request_new(site._pointer, out))
        super().__init__(out[0])
        self._site = site
        self.set(**values)

    def set(self, **values):
        """Changes values. Each is checked at once; a KeycardError names the field. Returns the request."""
        for name, value in values.items():
            if name in self.LISTS and isinstance(value, (str, bytes)):  # whose letters would be rooms
                raise TypeError(f"{name} is a list of texts, not one text")
            if name in self.TEXTS:
                self._call(f"kc_request_set_{name}", encode(value))
            elif name == "valid":
                self._call("kc_request_set_validity", *map(encode, value))
            elif name in ("copies", "return_image"):
                self._call(f"kc_request_set_{name}", value)
            elif name == "image":
                self._call("kc_request_set_image", value if value else ffi.NULL, len(value or b""))
            elif name == "rooms":
                self._replace("clear_rooms", add_room=value)
            elif name in ("areas", "denied_areas"):
                continue
            elif name == "texts":
                for line, text in enumerate(value, 1):
                    self._call("kc_request_set_text", line, encode(text))
            else:
                raise TypeError(f"a request has no {name}")
        if "areas" in values or "denied_areas" in values:
            self._replace("clear_areas", add_area=values.get("areas", ()), remove_area=values.get("denied_areas", ()))
        return self

    def _call(self, function, *arguments):
        check(getattr(lib, function)(self._pointer, *arguments), lib.kc_request_get_error, self._pointer)

    def _replace(self, clear, **lists):
        self._call(f"kc_request_{clear}")
        for function, values in lists.items():
            for value in values:
                self._call(f"kc_request_{function}", encode(value))

    def _start(self, function, *arguments):
        out = ffi.new("kc_op **")
        check(function(self._pointer, *arguments, out))
        return self._site._context._operation(out[0])

    def issue_original(self):
        """Makes the first key of a stay; it voids the earlier keys of booking and room."""
        return self._start(lib.kc_issue_original)

    def issue_duplicate(self):
        """Makes a further key, on the station's last used encoder; voids nothing."""
        return self._start(lib.kc_issue_duplicate)

    def reissue(self):
        """Makes a new original for a booking that has keys."""
        return self._start(lib.kc_reissue)

    def issue_one_shot(self):
        """Makes a key that opens once."""
        return self._start(lib.kc_issue_one_shot)

    def send_mobile(self):
        """Sends a mobile key to the phone number or e-mail address."""
        return self._start(lib.kc_send_mobile)

    def read_card(self):
        """Reads the card on the encoder: Operation.keys."""
        return self._start(lib.kc_read_card)

    def write_image(self):
        """Writes the bytes of `image`, as another system returned them, on the card at an encoder of the desk."""
        return self._start(lib.kc_write_image)

    def check_out(self):
        """Checks the room of the booking out in the lock system."""
        return self._start(lib.kc_check_out)

    def modify_stay(self):
        """Changes the end of a stay, or moves it to the request's room."""
        return self._start(lib.kc_modify_stay)

    def cancel_key(self, key_id):
        """Cancels one key, for example a lost one."""
        return self._start(lib.kc_cancel_key, encode(key_id))

    def block_stay(self):
        """Blocks all keys of a stay at once."""
        return self._start(lib.kc_block_stay)

    def unblock_stay(self):
        """Takes that back."""
        return self._start(lib.kc_unblock_stay)

    def check_mobile(self, key_id):
        """Asks what became of a mobile key."""
        return self._start(lib.kc_check_mobile, encode(key_id))
