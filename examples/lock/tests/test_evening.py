#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Keys from the desk to the door: the tool makes them on simulated encoders, the card is held to keycard-lock.

test_evening.py KEYCARD KEYCARD-SIM KEYCARD-LOCK stripe|contactless
"""
import datetime
import glob
import os
import subprocess
import sys
import tempfile
import unittest

KEYCARD, SIMULATOR, LOCK, FORM = sys.argv[1:5]
PATIENCE = 120  # seconds; nothing here is timed, this only ends what hangs
KEY = "a1" * 32
OTHER_KEY = "b2" * 32


def moment(hours):
    """A whole hour, as both forms know it; UTC."""
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=hours)
    return now.strftime("%Y-%m-%dT%H:00")


class Evening(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="keycard-lock-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.system = None
        os.mkdir(self.path("cards"))
        self.open_desk()

    def path(self, name):
        return os.path.join(self.folder, name)

    def open_desk(self, key=KEY):
        """An encoder, and the options that reach it."""
        driver = "magstripe" if FORM == "stripe" else "contactless"
        keeps = ["--card", self.path("card")] if FORM == "stripe" else ["--cards", self.path("cards")]
        simulator = subprocess.Popen([SIMULATOR, driver, "--listen", "127.0.0.1:0", "--site-number", "7", "--site-key",
                                      key, *keeps], stdout=subprocess.PIPE, text=True)
        self.addCleanup(simulator.stdout.close)
        self.addCleanup(simulator.wait)
        self.addCleanup(simulator.kill)
        address = simulator.stdout.readline().split()[-1]
        self.system = ["--system", f"desk={driver}+tcp://{address}", "--option", "desk.site-number=7", "--option",
                       f"desk.site-key={key}", "--ledger", f"sqlite:{self.path('ledger')}", "--station", "desk-1"]

    def make(self, verb, *arguments, status=0):
        """The image of the card that was made, under a name of its own."""
        if FORM == "contactless":
            for old in glob.glob(self.path("cards/*")):
                os.remove(old)
        encoder = [] if verb == "duplicate" else ["--encoder", "desk"]
        done = subprocess.run([KEYCARD, verb, *self.system, *encoder, *arguments], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        if status:
            return done.stderr
        found = [self.path("card")] if FORM == "stripe" else glob.glob(self.path("cards/*"))
        self.assertEqual(len(found), 1, found)
        kept = self.path(f"key-{len(os.listdir(self.folder))}")
        os.rename(found[0], kept)
        return kept

    def issue(self, booking="4711", room="101", until=48, *more):
        return self.make("issue", "--booking", booking, "--room", room, "--until", moment(until), *more)

    def new_lock(self, *flags, key=KEY):
        state = self.path(f"lock-{len(os.listdir(self.folder))}")
        with open(state + ".key", "w", encoding="ascii") as file:
            file.write(key)
        made = subprocess.run([LOCK, "new", state, "--site-number", "7", "--site-key-file", state + ".key", *flags],
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual(made.returncode, 0, made.stderr)
        return state

    def present(self, state, card, *flags):
        done = subprocess.run([LOCK, "present", state, card, *flags], capture_output=True, text=True, timeout=PATIENCE,
                              check=False)
        words = done.stdout.split(": ")
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return words[0] if done.returncode == 0 else words[1]

    def test_original_duplicate_new_original(self):
        lock = self.new_lock("--name", "101")
        original, duplicate = self.issue(), self.make("duplicate", "--booking", "4711")
        for card in (original, duplicate, original):
            self.assertEqual(self.present(lock, card), "open")
        renewed = self.make("reissue", "--booking", "4711", "--until", moment(72))  # within the same second, or not
        self.assertEqual(self.present(lock, original), "open")  # the lock has not heard of it yet
        self.assertEqual(self.present(lock, renewed), "open")
        self.assertEqual(self.present(lock, original), "voided")
        self.assertEqual(self.present(lock, duplicate), "voided")
        self.assertEqual(self.present(lock, self.make("duplicate", "--booking", "4711")), "open")
        next_guest = self.issue("4712")
        self.assertEqual(self.present(lock, next_guest), "open")
        self.assertEqual(self.present(lock, renewed), "voided")

    def test_originals_in_one_second_have_their_order(self):
        lock = self.new_lock("--name", "101")
        cards = [self.issue(str(booking)) for booking in range(6)]
        for number, card in enumerate(cards):
            self.assertEqual(self.present(lock, card), "open", number)
        for card in cards[:-1]:
            self.assertEqual(self.present(lock, card), "voided")

    def test_one_shot(self):
        lock = self.new_lock("--name", "101")
        original = self.issue()
        once = self.make("one-shot", "--room", "101", "--until", moment(4))
        self.assertEqual(self.present(lock, original), "open")
        self.assertEqual(self.present(lock, once), "open")
        self.assertEqual(self.present(lock, once), "used")
        self.assertEqual(self.present(lock, original), "open")

    def test_dates_rooms_areas_and_sites(self):
        card = self.issue("4711", "101", 48, "--area", "5")
        lock, spa = self.new_lock("--name", "101"), self.new_lock("--area", "5")
        self.assertEqual(self.present(spa, card), "open")
        self.assertEqual(self.present(lock, card, "--now", moment(48) + "Z"), "expired")
        self.assertEqual(self.present(lock, card), "open")
        self.assertEqual(self.present(self.new_lock("--name", "102", "--area", "4"), card), "other-door")
        self.assertEqual(self.present(self.new_lock("--name", "101", key=OTHER_KEY), card), "not-authentic")
        later = self.make("issue", "--booking", "4713", "--room", "101", "--from", moment(72), "--until", moment(96))
        self.assertEqual(self.present(lock, later), "not-yet")
        self.assertEqual(self.present(lock, card), "open")

    def test_a_copied_card(self):
        lock = self.new_lock("--name", "101")
        card = self.issue()
        with open(card, encoding="ascii") as file:
            text = file.read()
        if FORM == "contactless":
            uid = text.split()[1]
            text = text.replace(uid, uid[:-1] + ("0" if uid[-1] != "0" else "1"), 1)
        copy = self.path("copy")
        with open(copy, "w", encoding="ascii") as file:
            file.write(text)
        self.assertEqual(self.present(lock, copy), "not-authentic" if FORM == "contactless" else "open")

    def test_what_does_not_fit_is_refused_before_a_card_is_asked_for(self):
        room = "Suite 12-A of the north wing"
        self.make("issue", "--booking", "1", "--room", room, "--until", moment(24), status=3)
        self.make("issue", "--booking", "1", "--room", "101", "--until", moment(24), "--area", "65", status=3)
        self.make("issue", "--booking", "1", "--room", "101", "--until", moment(24), "--area", "spa", status=3)
        self.assertEqual(os.listdir(self.path("cards")), [])


unittest.main(argv=sys.argv[:1])
