# SPDX-License-Identifier: LGPL-2.1-or-later
"""binding.py COMPILER HEADER LIBRARY: what a binding in another language does, with nothing but header and library.

The header is preprocessed, its declarations are given to cffi as they are, the built library is opened, and a clerk's
job is done on the `virtual:` lock system: encoders, original, duplicate, a refusal, the list of keys.
"""
import os
import re
import select
import subprocess
import sys
import tempfile
import unittest

import cffi

COMPILER, HEADER, LIBRARY = sys.argv[1:4]
WAIT_MS = 60000


def declarations():
    """The header after the preprocessor. Its two standard headers are stubbed: cffi knows their types itself."""
    with tempfile.TemporaryDirectory() as stubs:
        for name in ("stddef.h", "stdint.h"):
            with open(os.path.join(stubs, name), "w", encoding="ascii") as file:
                file.write("\n")
        return subprocess.run([COMPILER, "-E", "-P", "-nostdinc", "-I", stubs, "-x", "c", HEADER], check=True,
                              stdout=subprocess.PIPE, text=True).stdout


def constants():
    """The plain numbers that the header defines."""
    lines = subprocess.run([COMPILER, "-E", "-dM", "-x", "c", HEADER], check=True, stdout=subprocess.PIPE,
                           text=True).stdout
    return {name: int(value) for name, value in
            re.findall(r"^#define (KC_\w+) \(?(-?\d+)\)?$", lines, re.M)}


ffi = cffi.FFI()
ffi.cdef(declarations())
library = ffi.dlopen(LIBRARY)
KC = constants()


def text(value):
    return ffi.string(value).decode("utf-8")


class Handle:
    """Keeps one reference of an object of the library, made by its constructor `function`."""

    def __init__(self, kind, function, *arguments):
        self.kind = kind
        out = ffi.new(f"kc_{kind} **")
        status = function(*arguments, out)
        if status != KC["KC_OK"]:
            raise RuntimeError(f"kc_{kind}: {text(library.kc_status_name(status))}")
        self.pointer = out[0]

    def __del__(self):
        if hasattr(self, "pointer"):
            assert getattr(library, f"kc_{self.kind}_unref")(self.pointer) == ffi.NULL


class Desk:
    """A context with one site, one virtual lock system and one encoder."""

    def __init__(self):
        self.context = Handle("context", library.kc_context_new)
        self.site = Handle("site", library.kc_site_new, self.context.pointer, b"Test Hotel")
        self.system = Handle("system", library.kc_system_new, self.site.pointer, b"lock", b"virtual:")
        self.check(library.kc_site_set_time_zone(self.site.pointer, b"Europe/Sofia"))

    def check(self, status):
        if status != KC["KC_OK"]:
            raise RuntimeError(text(library.kc_status_text(status)))

    def request(self, booking="4711", room="101"):
        request = Handle("request", library.kc_request_new, self.site.pointer)
        self.check(library.kc_request_set_booking(request.pointer, booking.encode()))
        if room:
            self.check(library.kc_request_add_room(request.pointer, room.encode()))
        self.check(library.kc_request_set_guest(request.pointer, "Élodie Müller-Жукова".encode()))
        self.check(library.kc_request_set_validity(request.pointer, ffi.NULL, b"2097-06-18T11:00"))
        self.check(library.kc_request_set_station(request.pointer, b"desk-1"))
        self.check(library.kc_request_set_encoder(request.pointer, b"Desk 1"))
        return request

    def events(self):
        while True:
            event = library.kc_context_next_event(self.context.pointer)
            if event == ffi.NULL:
                return
            yield ffi.gc(event, library.kc_event_unref)

    def run(self, op):
        """The event loop of a host: one descriptor, dispatch, pulled events. Returns the events of `op`."""
        seen = []
        poll = select.poll()
        poll.register(library.kc_context_get_fd(self.context.pointer), select.POLLIN)
        while not seen or library.kc_event_get_type(seen[-1]) != KC["KC_EVENT_DONE"]:
            if not poll.poll(WAIT_MS):
                raise RuntimeError("nothing happened for too long")
            self.check(library.kc_context_dispatch(self.context.pointer))
            seen += [event for event in self.events() if library.kc_event_get_op(event) == op.pointer]
        return seen


class Binding(unittest.TestCase):
    def setUp(self):
        self.desk = Desk()

    def issue(self, function, request):
        op = Handle("op", function, request.pointer)
        events = self.desk.run(op)
        done = [event for event in events if library.kc_event_get_type(event) == KC["KC_EVENT_DONE"]]
        self.assertEqual(len(done), 1)
        return op

    def assert_made(self, op, kind):
        error = library.kc_op_get_error(op.pointer)
        why = "" if error == ffi.NULL else text(library.kc_error_get_message(error))
        self.assertEqual(library.kc_op_get_status(op.pointer), KC["KC_OK"], why)
        self.assertEqual(library.kc_op_get_outcome(op.pointer), KC["KC_OUTCOME_WRITTEN"])
        self.assertEqual(library.kc_op_get_key_count(op.pointer), 1)
        key = library.kc_op_get_key(op.pointer, 0)
        self.assertEqual(library.kc_key_get_kind(key), KC[kind])
        self.assertEqual(library.kc_key_get_state(key), KC["KC_KEY_ACTIVE"])
        self.assertEqual(text(library.kc_key_get_room(key, 0)), "101")
        self.assertEqual(text(library.kc_key_get_id(key)), text(library.kc_op_get_id(op.pointer)))
        # borrowed from the operation: a reference keeps it longer
        return ffi.gc(library.kc_key_ref(key), library.kc_key_unref)

    def test_version(self):
        number = KC["KC_VERSION_MAJOR"] * 10000 + KC["KC_VERSION_MINOR"] * 100 + KC["KC_VERSION_PATCH"]
        self.assertEqual(library.kc_version_number(), number)
        self.assertEqual(library.kc_has_driver(b"virtual"), 1)
        self.assertEqual(library.kc_has_driver(b"no such driver"), 0)

    def test_every_declared_function_is_there(self):
        names = re.findall(r"\b(kc_\w+)\s*\([^()]*\)\s*;", declarations())
        self.assertGreater(len(names), 100)
        for name in names:
            self.assertTrue(callable(getattr(library, name)), name)

    def test_statuses_have_names(self):
        names = {text(library.kc_status_name(value)) for name, value in KC.items() if name.startswith("KC_ERROR_")}
        self.assertEqual(len(names), sum(name.startswith("KC_ERROR_") for name in KC))
        self.assertNotIn("unknown", names)
        self.assertEqual(text(library.kc_status_name(-9999)), "unknown")

    def test_original_and_duplicate(self):
        first = self.assert_made(self.issue(library.kc_issue_original, self.desk.request()), "KC_KIND_ORIGINAL")
        self.assertEqual(text(library.kc_key_get_guest(first)), "Élodie Müller-Жукова")
        self.assertRegex(text(library.kc_key_get_until(first)), r"^2097-06-18T11:00(:00)?\+03:00$")
        duplicate = self.assert_made(self.issue(library.kc_issue_duplicate, self.desk.request()), "KC_KIND_DUPLICATE")
        self.assertEqual(text(library.kc_key_get_encoder(duplicate)), "Desk 1")

        keys = Handle("op", library.kc_list_keys, self.desk.site.pointer, KC["KC_FILTER_BOOKING"], b"4711", 0)
        self.desk.run(keys)
        kinds = [library.kc_key_get_kind(library.kc_op_get_key(keys.pointer, index))
                 for index in range(library.kc_op_get_key_count(keys.pointer))]
        self.assertEqual(sorted(kinds), [KC["KC_KIND_ORIGINAL"], KC["KC_KIND_DUPLICATE"]])

    def test_refusal_tells_what_to_do(self):
        op = self.issue(library.kc_issue_original, self.desk.request(room=None))
        self.assertEqual(library.kc_op_get_status(op.pointer), KC["KC_ERROR_NO_ROOM"])
        self.assertEqual(library.kc_op_get_outcome(op.pointer), KC["KC_OUTCOME_NOT_WRITTEN"])
        error = library.kc_op_get_error(op.pointer)
        self.assertEqual(library.kc_error_get_card_state(error), KC["KC_OUTCOME_NOT_WRITTEN"])
        self.assertNotEqual(text(library.kc_error_get_message(error)), "")
        self.assertNotEqual(text(library.kc_error_get_advice_text(error)), "")

    def test_wrong_values_are_named(self):
        request = self.desk.request()
        status = library.kc_request_set_validity(request.pointer, ffi.NULL, b"2026-02-29")
        self.assertEqual(status, KC["KC_ERROR_INVALID_ARGUMENT"])
        error = library.kc_request_get_error(request.pointer)
        self.assertIn("2026-02-29", text(library.kc_error_get_message(error)))
        self.assertEqual(library.kc_request_set_guest(request.pointer, b"\xff\xfe"), KC["KC_ERROR_INVALID_ARGUMENT"])
        self.assertEqual(library.kc_request_set_guest(ffi.NULL, b"x"), KC["KC_ERROR_INVALID_ARGUMENT"])

    def test_log_callback(self):
        lines = []

        @ffi.callback("void(void *, int32_t, const char *, const char *)")
        def log(_user, _level, domain, message):
            lines.append((text(domain), text(message)))

        self.desk.check(library.kc_context_set_log(self.desk.context.pointer, log, ffi.NULL, KC["KC_LOG_DEBUG"]))
        self.assert_made(self.issue(library.kc_issue_original, self.desk.request()), "KC_KIND_ORIGINAL")
        self.desk.check(library.kc_context_set_log(self.desk.context.pointer, ffi.NULL, ffi.NULL, 0))
        self.assertTrue(lines)
        for _, message in lines:
            self.assertNotIn("Élodie", message)
            self.assertNotIn("Жукова", message)

    def test_user_data(self):
        op = self.issue(library.kc_issue_original, self.desk.request())
        mine = ffi.new("int *", 7)
        self.desk.check(library.kc_op_set_user_data(op.pointer, mine))
        self.assertEqual(library.kc_op_get_user_data(op.pointer), mine)

    def test_handles_may_end_in_any_order(self):
        op = self.issue(library.kc_issue_original, self.desk.request())
        del self.desk.context
        del self.desk.site
        del self.desk.system
        self.assertEqual(library.kc_op_get_status(op.pointer), KC["KC_OK"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
