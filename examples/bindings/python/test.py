# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the evening does not show: several operations at once, the event loop, time-outs, refusals, closed handles."""
import asyncio
import contextlib
import gc
import os
import signal
import sqlite3
import tempfile
import threading
import unittest

import keycard

PATIENCE = 60  # seconds; nothing here is timed, this only ends what hangs
FOREVER = 600000  # milliseconds until the virtual hand presents a card
PLUGGED = os.environ.get("KEYCARD_PLUGGED")  # the name of the one device that is plugged in
SITE_KEY = bytes(range(32))  # with which the vectors of doc/open-key.md are made


class Desk(unittest.TestCase):
    def setUp(self):
        self.context = keycard.Context()
        self.addCleanup(self.context.close)
        self.site = self.context.site("Test Hotel", time_zone="Europe/Sofia")

    def system(self, hand=20, encoders=("Desk 1", "Desk 2"), **options):
        options = {"hand": str(hand), "encoders": ";".join(encoders), **options}
        return self.site.system("lock", "virtual:", options=options)

    def request(self, booking="4711", room="101", **values):
        return self.site.request(**{"booking": booking, "rooms": [room], "valid": (None, "2097-06-18"),
                                    "station": "desk-1", "encoder": "Desk 1", **values})


class Blocking(Desk):
    def test_version_and_names(self):
        self.assertRegex(keycard.version(), r"^\d+\.\d+\.\d+$")
        self.assertTrue(keycard.has_driver("virtual"))
        self.assertFalse(keycard.has_driver("no such driver"))
        self.assertIn("virtual", [driver.name for driver in keycard.Driver.all()])
        self.assertIsNone(keycard.Driver.find("no such driver"))
        for status in keycard.Status:
            self.assertEqual(keycard.status_name(status), status.label)

    def test_codes_of_a_newer_library(self):
        self.assertEqual(keycard.Kind(99).label, "unknown-99")
        self.assertEqual(keycard.Kind(99), 99)

    def test_capabilities_and_limits(self):
        system = self.system(mobile="off", rooms="4")
        self.assertFalse(system.has(keycard.Capability.MOBILE))
        self.assertTrue(system.driver.has(keycard.Capability.MOBILE))
        self.assertEqual(system.limit(keycard.Limit.ROOMS), 4)
        self.assertEqual(system.option("hand"), "20")

    def test_refused_values_name_their_field(self):
        self.system()
        request = self.request()
        with self.assertRaises(keycard.KeycardError) as caught:
            request.set(valid=(None, "2026-02-29"))
        self.assertEqual(caught.exception.code, keycard.Status.INVALID_ARGUMENT)
        self.assertEqual(caught.exception.field, "until")
        self.assertIn("2026-02-29", str(caught.exception))
        self.assertIsNone(caught.exception.operation)
        with self.assertRaises(TypeError):
            request.set(bed="2")
        with self.assertRaises(keycard.KeycardError) as caught:
            self.site.system("other", "no-such-scheme://host")
        self.assertEqual(caught.exception.code, keycard.Status.NOT_FOUND)
        with self.assertRaises(keycard.KeycardError) as caught:
            keycard.Context(ledger="sqlite:/no/such/folder/keys.db")
        self.assertEqual(caught.exception.advice, keycard.Advice.CHECK_LEDGER)

    def test_values_that_the_library_would_not_see_whole(self):
        request = self.request()
        for values in ({"guest": "A\0B"}, {"rooms": ["1\0"]}, {"guest": "\ud800"}):
            with self.assertRaises(ValueError):
                request.set(**values)
        with self.assertRaises(OverflowError):
            request.set(copies=2 ** 32 + 1)
        with self.assertRaises(TypeError):
            request.set(copies="one")
        for values in ({"guest": 4711}, {"rooms": "12"}, {"areas": "spa"}, {"denied_areas": "spa"}, {"texts": "line"}):
            with self.assertRaisesRegex(TypeError, "a text is a str|list of texts"):
                request.set(**values)

    def test_time_out_leaves_the_operation(self):
        self.system(hand=FOREVER)
        operation = self.request().issue_original()
        with self.assertRaises(TimeoutError):
            operation.wait(timeout=0.05)
        self.assertFalse(operation.done)
        operation.cancel()
        with self.assertRaises(keycard.KeycardError) as caught:
            operation.wait(PATIENCE)
        self.assertEqual(caught.exception.code, keycard.Status.CANCELLED)
        self.assertIs(caught.exception.operation, operation)

    def test_cancel_from_another_thread(self):
        self.system(hand=FOREVER)
        operation = self.request().issue_original()
        thread = None
        seen = []
        for event in operation.events():
            seen.append(event.type)
            if event.type == keycard.EventType.PROMPT:
                thread = threading.Thread(target=operation.cancel)
                thread.start()
        thread.join(PATIENCE)
        self.assertEqual(seen[-1], keycard.EventType.DONE)
        self.assertEqual(seen.count(keycard.EventType.DONE), 1)
        self.assertEqual(operation.status, keycard.Status.CANCELLED)
        self.assertEqual(list(operation.events()), [])

    def test_events_of_an_operation_that_nobody_holds(self):
        self.system()
        seen = [event.type for event in self.request().issue_original().events()]
        self.assertEqual(seen[-1], keycard.EventType.DONE)

    def test_interrupted_by_a_signal(self):
        self.system(hand=FOREVER)
        operation = self.request().issue_original()
        timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with self.assertRaises(KeyboardInterrupt):
            operation.wait(PATIENCE)
        timer.join()

    def test_confirmation(self):
        self.system()
        site = self.context.site("Strict Hotel", policies={"second-original": "confirm"})
        site.system("lock", "virtual:")
        request = site.request(booking="1", rooms=["7"], valid=(None, "2097-06-18"), station="s", encoder="Encoder 1")
        encoder = site.discover().wait(PATIENCE).encoders[0].name
        request.set(encoder=encoder).issue_original().wait(PATIENCE)
        second = request.issue_original()
        for event in second.events():
            if event.prompt == keycard.Prompt.CONFIRM:
                self.assertEqual(len(second.voided_keys), 1)
                second.answer(False)
        self.assertEqual(second.status, keycard.Status.DECLINED)

    def test_operations_and_keys_from_the_ledger(self):
        self.system()
        made = self.request(guest="A", areas=["12"], copies=2).issue_original().wait(PATIENCE)
        found = self.site.find_operation(made.id).wait(PATIENCE)
        self.assertEqual((found.verb, found.room, found.station), (keycard.Verb.ISSUE_ORIGINAL, "101", "desk-1"))
        key = self.site.list_keys(keycard.Filter.ROOM, "101").wait(PATIENCE).key
        self.assertEqual((key.guest, key.areas, key.copies, key.rooms), ("A", ["12"], 2, ["101"]))
        operations = self.site.list_operations(limit=5).wait(PATIENCE).operations
        self.assertEqual([operation.id for operation in operations], [made.id])
        self.site.forget_guest("4711").wait(PATIENCE)
        self.assertEqual(self.site.list_keys().wait(PATIENCE).key.guest, "")

    def test_image_of_a_key(self):
        self.system(**{"key-image": "on"})
        made = self.request(phone="+44 7700 900123", return_image=True).send_mobile().wait(PATIENCE)
        self.assertIsInstance(made.key.image, bytes)
        self.assertGreater(len(made.key.image), 0)

    def test_warnings(self):
        self.system(charset="ascii")
        made = self.request(guest="Жукова").issue_original().wait(PATIENCE)
        self.assertEqual([(warning.field, warning.before) for warning in made.warnings], [("guest", "Жукова")])

    def test_log(self):
        lines = []
        with keycard.Context(log=lambda *line: lines.append(line), log_level=keycard.LogLevel.DEBUG) as context:
            site = context.site("Logged")
            site.system("lock", "virtual:")
            site.discover().wait(PATIENCE)
        self.assertTrue(lines)
        self.assertIsInstance(lines[0][0], keycard.LogLevel)

    def test_what_was_closed_or_forgotten_does_not_crash(self):
        self.system(hand=FOREVER)
        request = self.request()
        operation = request.issue_original()
        key_of_nothing = operation.key
        operation.close()
        operation.close()
        self.assertIsNone(key_of_nothing)
        self.assertEqual(operation.id, "")
        with self.assertRaises(ValueError):
            operation.wait()
        self.site.close()
        with self.assertRaises(keycard.KeycardError):
            self.site.discover()
        request.close()
        with self.assertRaises(keycard.KeycardError):
            request.set(booking="1")
        self.context.close()
        with self.assertRaises(keycard.KeycardError):
            self.context.dispatch()
        del request, operation
        gc.collect()

    def test_a_forgotten_operation_goes_on(self):
        self.system()
        self.request().issue_original()
        gc.collect()
        events = self.context.events()
        seen = next(event for event in events if event.type == keycard.EventType.DONE)
        self.assertEqual(seen.operation.outcome, keycard.Outcome.WRITTEN)
        self.assertEqual(seen.state, keycard.State.DONE)
        self.assertIsNone(seen.prompt)


    def test_a_device_that_is_plugged_in(self):
        if PLUGGED is None:
            self.skipTest("nothing is known to be plugged in")
        events = self.context.events()
        self.context.watch_devices(keycard.DeviceWatch.IDENTIFY)
        seen = [next(events) for _ in range(3)]  # what it is cannot be asked: it is no whole serial port
        self.assertEqual([event.state for event in seen], [
            keycard.DeviceState.PRESENT, keycard.DeviceState.ASKING, keycard.DeviceState.REFUSED])
        self.assertIsNone(seen[2].operation)
        device = seen[2].device
        self.assertEqual((device.name, device.place, device.transport), (PLUGGED, "/dev/ttyUSB0", "serial"))
        self.assertEqual((device.vendor_id, device.product_id), (0x067b, 0x2303))
        self.assertEqual((device.label, device.manufacturer, device.product, device.serial_number),
                         ("Bridge (/dev/ttyUSB0)", "Maker", "Bridge", "K42"))
        self.assertEqual((device.model, device.firmware, device.system), ("", "", None))
        self.assertRegex(device.since, r"^20\d\d-\d\d-\d\dT.*[+-]\d\d:\d\d$")
        self.assertEqual(device.state, keycard.DeviceState.REFUSED)
        self.assertEqual(device.error.code, keycard.Status.UNREACHABLE)
        self.assertIn(PLUGGED, str(device.error))
        self.assertEqual([driver.name for driver in device.drivers], ["magstripe"])
        self.assertEqual(device.uri(), f"magstripe+serial:{PLUGGED}")
        self.assertEqual(device.uri(keycard.Driver.find("virtual")), "")
        with self.assertRaisesRegex(keycard.KeycardError, '"nobody"'):
            device.identify("nobody")
        self.system()
        found = self.site.discover().wait(PATIENCE)
        self.assertEqual([one.name for one in found.devices], [PLUGGED])
        self.assertEqual([one.name for one in self.context.devices], [PLUGGED])
        self.assertEqual([encoder.name for encoder in found.encoders], ["Desk 1", "Desk 2"])
        self.site.system("stripes", device.uri())
        self.assertEqual(device.system.name, "stripes")
        self.context.close()
        self.assertEqual(device.name, PLUGGED)

    def test_devices_are_listed(self):
        self.system()
        found = self.site.discover().wait(PATIENCE).devices
        self.assertEqual([device.name for device in self.context.devices], [device.name for device in found])
        self.context.watch_devices()
        self.context.watch_devices(keycard.DeviceWatch.OFF)
        with self.assertRaises(keycard.KeycardError) as caught:
            self.context.watch_devices(3)
        self.assertEqual(caught.exception.code, keycard.Status.INVALID_ARGUMENT)

    def test_open_keys(self):
        stripe = keycard.OpenKey.check_stripe(7, SITE_KEY, "1203673600226596002760010100165894130")
        self.assertEqual((stripe.kind, stripe.sequence, stripe.valid_from, stripe.valid_until, stripe.rooms, stripe.issue),
                         (keycard.Kind.ORIGINAL, 1781510400, 1781524800, 1781773200, ["101"], ""))
        with self.assertRaises(keycard.KeycardError) as caught:
            keycard.OpenKey.check_stripe(7, SITE_KEY[:31] + b"!", "1203673600226596002760010100165894130")
        self.assertEqual(caught.exception.code, keycard.Status.NOT_AUTHENTIC)
        if not keycard.has_driver("contactless"):
            self.skipTest("the library was built without contactless cards")
        message = bytes.fromhex("d40c3a6b6579636172643a6f70656e825826890102071a0c23d0005001975f6f000070008000"
                                "000000000001001a0033dd1c8163313031115088554bd72618abfec4fa79a72aa66ce9")
        card = keycard.OpenKey.check_card(7, SITE_KEY, bytes.fromhex("04a1b2c3d4e581"), message)
        self.assertEqual((card.kind, card.rooms, card.issue),
                         (keycard.Kind.DUPLICATE, ["101"], "01975f6f-0000-7000-8000-000000000001"))
        self.assertEqual([area for area in range(1, 65) if card.has_area(area)], [1, 5])
        with self.assertRaises(keycard.KeycardError) as caught:  # a copy on another card
            keycard.OpenKey.check_card(7, SITE_KEY, bytes.fromhex("04a1b2c3d4e582"), message)
        self.assertEqual(caught.exception.code, keycard.Status.NOT_AUTHENTIC)

    def test_settings_of_context_site_and_driver(self):
        with self.assertRaises(keycard.KeycardError) as caught:
            keycard.Context(ledger_key=bytes(31))
        self.assertEqual(caught.exception.code, keycard.Status.INVALID_ARGUMENT)
        with self.assertRaises(keycard.KeycardError) as caught:
            self.context.watch_ledger()
        self.assertEqual(caught.exception.code, keycard.Status.NOT_OFFERED)
        with self.assertRaises(keycard.KeycardError):
            self.context.set_connection_rate(-1)
        self.context.set_connection_rate(0)
        self.assertEqual((self.site.policy("text"), self.site.policy("no such policy")), ("adapt", ""))
        virtual = keycard.Driver.find("virtual")
        self.assertEqual(virtual.schemes, ["virtual"])
        self.assertEqual([option.default for option in virtual.options if option.name == "hand"], ["0"])

    def test_a_damaged_ledger_tells_what_can_be_read(self):
        with tempfile.TemporaryDirectory() as folder:
            with keycard.Context(ledger=f"sqlite:{folder}/keys.db") as context:
                site = context.site("Test Hotel")
                site.system("lock", "virtual:?encoders=E")
                made = [site.request(booking=room, rooms=[room], valid=(None, "2097-06-18"), station="s",
                                     encoder="E").issue_original().wait(PATIENCE).id for room in ("1", "2", "3")]
                self.assertFalse(site.list_keys(limit=3).wait(PATIENCE).has_more)
                self.assertTrue(site.list_keys(limit=2).wait(PATIENCE).has_more)
            with contextlib.closing(sqlite3.connect(f"{folder}/keys.db")) as database:
                database.execute("UPDATE operation SET packed = x'' WHERE id = "
                                 "(SELECT id FROM operation ORDER BY id LIMIT 1 OFFSET 1)")
                database.commit()
            with keycard.Context(ledger=f"sqlite:{folder}/keys.db") as context:
                site = context.site("Test Hotel")
                for question in (site.list_keys(), site.list_operations()):
                    with self.assertRaises(keycard.KeycardError) as caught:
                        question.wait(PATIENCE)
                    error = caught.exception
                    self.assertEqual(error.code, keycard.Status.LEDGER_DAMAGED)
                    found = error.operation.keys or error.operation.operations
                    self.assertEqual([one.id for one in found], [made[2], made[0]])

    def test_a_ledger_is_copied(self):
        with tempfile.TemporaryDirectory() as folder, \
                keycard.Context(ledger=f"sqlite:{folder}/keys.db", ledger_key=SITE_KEY) as context:
            site = context.site("Test Hotel")
            site.system("lock", "virtual:?encoders=E")
            events = context.events()
            context.watch_ledger(10)
            with keycard.Context(ledger=f"sqlite:{folder}/keys.db", ledger_key=SITE_KEY) as other:
                desk = other.site("Test Hotel")
                desk.system("lock", "virtual:?encoders=E")
                made = desk.request(booking="1", rooms=["7"], valid=(None, "2097-06-18"), station="s",
                                    encoder="E").issue_original().wait(PATIENCE)
            told = next(event for event in events if event.type == keycard.EventType.LEDGER)
            self.assertGreater(told.entry, 0)
            self.assertEqual(told.operation.id, made.id)
            self.assertEqual(site.forget_departed(1).wait(PATIENCE).forgotten_count, 0)
            backup = site.backup_ledger(f"{folder}/backup.db").wait(PATIENCE)
            copied = site.copy_ledger(f"sqlite:{folder}/copy.db").wait(PATIENCE)
            self.assertEqual((copied.entry_count, copied.ledger_digest), (backup.entry_count, backup.ledger_digest))
            with self.assertRaises(keycard.KeycardError) as caught:
                keycard.Context(ledger=f"sqlite:{folder}/copy.db", ledger_key=bytes(32))
            self.assertEqual(caught.exception.code, keycard.Status.LEDGER_KEY)


class Asyncio(Desk):
    def run_async(self, coroutine):
        return asyncio.run(asyncio.wait_for(coroutine, PATIENCE))

    def test_several_at_once(self):
        self.system(encoders=[f"Desk {n}" for n in range(8)])

        async def keys():
            wanted = [self.request(f"b{n}", f"{n}", encoder=f"Desk {n}", station=f"s{n}").issue_original()
                      for n in range(8)]
            return [operation.key.rooms[0] for operation in await asyncio.gather(*wanted)]

        self.assertEqual(self.run_async(keys()), [str(n) for n in range(8)])

    def test_two_contexts_in_one_loop(self):
        self.system()

        async def both():
            with keycard.Context() as context:
                other = context.site("Other")
                other.system("lock", "virtual:")
                first, second = await asyncio.gather(self.request().issue_original(), other.discover())
                return first.key.kind, len(second.encoders) > 0

        self.assertEqual(self.run_async(both()), (keycard.Kind.ORIGINAL, True))

    def test_waiting_can_be_given_up(self):
        self.system(hand=FOREVER)

        async def impatient():
            operation = self.request().issue_original()
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(operation, 0.05)
            self.assertFalse(operation.done)
            operation.cancel()
            with self.assertRaises(keycard.KeycardError):
                await operation
            return operation.status

        self.assertEqual(self.run_async(impatient()), keycard.Status.CANCELLED)

    def test_events_of_the_context(self):
        self.system()

        async def first_done():
            events = self.context.events()
            operation = self.request().issue_original()
            async for event in events:
                if event.type == keycard.EventType.DONE:
                    return event.operation is operation

        self.assertTrue(self.run_async(first_done()))

    def test_closed_while_waiting(self):
        self.system(hand=FOREVER)

        async def closed():
            operation = self.request().issue_original()
            other = self.request("2", "102", encoder="Desk 2").issue_original()
            waiting = [asyncio.ensure_future(operation), asyncio.ensure_future(other)]
            await asyncio.sleep(0)
            operation.close()
            self.context.close()
            return await asyncio.gather(*waiting, return_exceptions=True)

        self.assertEqual([type(result) for result in self.run_async(closed())], [ValueError, ValueError])

    def test_one_context_in_a_second_loop(self):
        self.system()

        async def issue(verb):
            return (await getattr(self.request(), verb)()).key.kind

        self.assertEqual(self.run_async(issue("issue_original")), keycard.Kind.ORIGINAL)
        self.assertEqual(self.run_async(issue("issue_duplicate")), keycard.Kind.DUPLICATE)


unittest.main()
