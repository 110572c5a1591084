#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""keycard-lock by the rules of doc/open-key.md: test_lock.py KEYCARD-LOCK VECTORS

The cards are made by tests/unit/open_key_vectors.py (VECTORS), which knows nothing of the library."""
import importlib.util
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM, VECTORS = sys.argv[1], sys.argv[2]
spec = importlib.util.spec_from_file_location("open_key_vectors", VECTORS)
open_key = importlib.util.module_from_spec(spec)
spec.loader.exec_module(open_key)

SITE, KEY = 7, open_key.KEY
UID = "04a1b2c3d4e580"
DAY = 86400
ARRIVAL = 1781524800  # 2026-06-15T12:00Z
DEPARTURE = 1781773200  # 2026-06-18T09:00Z


def clock(seconds):
    return time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(seconds))


class Lock:
    """A door and its memory."""

    def __init__(self, folder, name, *flags, site=SITE, key=KEY):
        self.path = os.path.join(folder, name)
        key_file = os.path.join(folder, name + ".key")
        with open(key_file, "w", encoding="ascii") as file:
            file.write(key.hex() + "\n")
        made = run("new", self.path, "--site-number", str(site), "--site-key-file", key_file, *flags)
        assert made.returncode == 0, made.stderr
        self.cards = 0

    def image(self, text):
        self.cards += 1
        path = f"{self.path}.card{self.cards}"
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path

    def present(self, text, now=ARRIVAL + 3600, **more):
        """"open", or the reason."""
        done = run("present", self.path, self.image(text), "--now", clock(now), **more)
        word = done.stdout.split(":")
        if done.returncode == 0 and word[0] == "open":
            return "open"
        if done.returncode == 1 and word[0] == "refused":
            return word[1].strip()
        return f"status {done.returncode}: {done.stdout}{done.stderr}"


def run(*arguments, **more):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60, check=False, **more)


def card(kind="original", sequence=ARRIVAL, rooms=("101",), areas=(), start=0, end=DEPARTURE, uid=UID, site=SITE,
         key=KEY, issue="01975f6e8c00712384560123456789ab", shown_uid=None):
    message = open_key.card(site, key, uid, kind, sequence, issue, start, end, list(rooms), list(areas))[2]
    return f"uid {shown_uid or uid}\nndef {message.hex()}\n"


def stripe(kind="original", sequence=ARRIVAL, rooms=("101",), areas=(), start=0, end=DEPARTURE, site=SITE, key=KEY):
    digits = open_key.stripe(site, key, kind, sequence, start, end, list(rooms), list(areas))[1]
    return f"track1 GRAND HOTEL\ntrack2 ;{digits}?\ntrack3\n"


class Rules(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def lock(self, *flags, name="door", **more):
        return Lock(self.folder.name, name, *(flags or ("--name", "101")), **more)

    def each_form(self):
        for make in (card, stripe):
            with self.subTest(form=make.__name__):
                yield make, self.lock(name=make.__name__)

    def test_a_new_original_voids_the_old_and_a_duplicate_does_not(self):
        for make, lock in self.each_form():
            self.assertEqual(lock.present(make()), "open")
            self.assertEqual(lock.present(make("duplicate")), "open")
            self.assertEqual(lock.present(make()), "open")
            self.assertEqual(lock.present(make(sequence=ARRIVAL + 1)), "open")
            self.assertEqual(lock.present(make()), "voided")
            self.assertEqual(lock.present(make("duplicate")), "voided")
            self.assertEqual(lock.present(make("duplicate", sequence=ARRIVAL + 1)), "open")

    def test_the_first_card_of_a_new_stay_voids_the_old_whichever_it_is(self):
        for make, lock in self.each_form():
            self.assertEqual(lock.present(make()), "open")
            self.assertEqual(lock.present(make("duplicate", sequence=ARRIVAL + 60)), "open")
            self.assertEqual(lock.present(make()), "voided")
            self.assertEqual(lock.present(make(sequence=ARRIVAL + 60)), "open")

    def test_a_refused_original_voids_nothing(self):
        for make, lock in self.each_form():
            tomorrow = make(sequence=ARRIVAL + 60, start=ARRIVAL + DAY)
            self.assertEqual(lock.present(make()), "open")
            self.assertEqual(lock.present(tomorrow), "not-yet")
            self.assertEqual(lock.present(make(sequence=ARRIVAL + 60, end=ARRIVAL)), "expired")
            self.assertEqual(lock.present(make()), "open")
            self.assertEqual(lock.present(tomorrow, now=ARRIVAL + DAY), "open")
            self.assertEqual(lock.present(make(), now=ARRIVAL + DAY), "voided")

    def test_a_one_shot_opens_once(self):
        for make, lock in self.each_form():
            self.assertEqual(lock.present(make()), "open")
            once = make("one-shot", sequence=ARRIVAL + 5)
            self.assertEqual(lock.present(once), "open")
            self.assertEqual(lock.present(once), "used")
            self.assertEqual(lock.present(make("one-shot", sequence=ARRIVAL + 6)), "open")
            self.assertEqual(lock.present(once), "used")
            self.assertEqual(lock.present(make()), "open")  # it voids nothing
            waiting = make("one-shot", sequence=ARRIVAL + 7)
            self.assertEqual(lock.present(make(sequence=ARRIVAL + 8)), "open")
            self.assertEqual(lock.present(waiting), "voided")
            self.assertEqual(lock.present(once), "voided")

    def test_a_one_shot_that_was_not_valid_yet_is_not_used_up(self):
        for make, lock in self.each_form():
            once = make("one-shot", start=ARRIVAL + DAY)
            self.assertEqual(lock.present(once), "not-yet")
            self.assertEqual(lock.present(once, now=ARRIVAL + DAY), "open")
            self.assertEqual(lock.present(once, now=ARRIVAL + DAY), "used")

    def test_used_one_shots_are_forgotten_when_they_have_expired(self):
        lock = self.lock()
        for number in range(5):
            self.assertEqual(lock.present(card("one-shot", sequence=ARRIVAL + number, end=ARRIVAL + DAY)), "open")
        self.assertEqual(lock.present(card("one-shot", sequence=ARRIVAL + 9), now=ARRIVAL + DAY), "open")
        shown = run("show", lock.path).stdout
        self.assertEqual(shown.count("one-shot"), 1)
        self.assertEqual(lock.present(card("one-shot", sequence=ARRIVAL, end=ARRIVAL + DAY)), "expired")

    def test_validity(self):
        for make, lock in self.each_form():
            key = make(start=ARRIVAL)
            self.assertEqual(lock.present(key, now=ARRIVAL - 60), "not-yet")
            self.assertEqual(lock.present(key, now=ARRIVAL), "open")
            self.assertEqual(lock.present(key, now=DEPARTURE - 60), "open")
            self.assertEqual(lock.present(key, now=DEPARTURE), "expired")

    def test_a_clock_that_went_back_revives_nothing(self):
        for make, lock in self.each_form():
            self.assertEqual(lock.present(make(), now=DEPARTURE - 60), "open")
            self.assertEqual(lock.present(make(end=DEPARTURE - 900), now=ARRIVAL - 365 * DAY), "expired")
            self.assertEqual(lock.present(make(), now=ARRIVAL - 365 * DAY), "open")

    def test_other_doors_sites_and_keys(self):
        for make, lock in self.each_form():
            self.assertEqual(lock.present(make(rooms=("102",))), "other-door")
            self.assertEqual(lock.present(make(rooms=("1010",))), "other-door")
            self.assertEqual(lock.present(make(site=8)), "other-site" if make is card else "not-authentic")
            self.assertEqual(lock.present(make(key=open_key.OTHER_KEY)), "not-authentic")
            self.assertEqual(lock.present(make()), "open")

    def test_a_copied_card(self):
        lock = self.lock()
        self.assertEqual(lock.present(card(shown_uid="04a1b2c3d4e581")), "not-authentic")
        self.assertEqual(lock.present(card(uid="04a1b2c3d4e581")), "open")
        stripes = self.lock(name="stripes")
        self.assertEqual(stripes.present(stripe()), "open")
        self.assertEqual(stripes.present(stripe()), "open")  # no lock can tell: the document says so

    def test_areas(self):
        lock = self.lock("--area", "5", "--area", "2", name="spa")
        self.assertEqual(lock.present(card()), "other-door")
        self.assertEqual(lock.present(card(areas=(1, 6))), "other-door")
        self.assertEqual(lock.present(card(areas=(5,))), "open")
        self.assertEqual(lock.present(stripe(areas=(2, 6))), "open")
        other_guest = card(areas=(5,), rooms=("205",), sequence=ARRIVAL - DAY)
        self.assertEqual(lock.present(other_guest), "open")  # of another room: numbers do not compare
        self.assertEqual(lock.present(card(areas=(5,), sequence=ARRIVAL + 60)), "open")
        self.assertEqual(lock.present(card(areas=(5,))), "voided")  # the guest before, of the same room
        self.assertEqual(lock.present(other_guest), "open")

    def test_several_rooms(self):
        between = self.lock("--name", "101", "--name", "102", name="between")
        suite = card(rooms=("101", "102"))
        self.assertEqual(between.present(suite), "open")
        self.assertEqual(between.present(card(rooms=("102",), sequence=ARRIVAL + 1)), "open")
        self.assertEqual(between.present(suite), "open")  # 101 is still theirs
        self.assertEqual(between.present(card(rooms=("101",), sequence=ARRIVAL + 1)), "open")
        self.assertEqual(between.present(suite), "voided")
        second = self.lock("--name", "102", name="second")
        self.assertEqual(second.present(suite), "open")

    def test_bare_tracks(self):
        lock = self.lock()
        digits = stripe().split()[4]
        for text in (f"%GRAND HOTEL?\n{digits}\n\n", f"\n{digits}\n\n", f"\n{digits}\n;1234?\n", f"\r\n{digits}"):
            self.assertEqual(lock.present(text), "open", text)
        for text in ("\n", "\n\n\n", f"\n\n{digits}\n", f"\n;{digits}\n\n"):
            self.assertEqual(lock.present(text), "no-key", text)

    def test_cards_that_are_no_keys(self):
        lock = self.lock()
        good = card().split()[3]
        for text in (f"uid {UID}\nndef\n", f"uid {UID}\n", f"uid {UID}\nndef d1010354656e41\n",
                     f"uid {UID}\nndef {good[:-2]}\n", f"uid {UID}\nndef {good}00\n", "track1 SMITH\n", "track2\n",
                     "track2 ;1234?\n", "track2 " + "9" * 37 + "\n", f"uid 04a1\nndef {good}\n"):
            self.assertEqual(lock.present(text), "no-key", text)
        for bit in range(0, len(good) * 4, 7):
            changed = bytearray.fromhex(good)
            changed[bit // 8] ^= 1 << bit % 8
            self.assertIn(lock.present(f"uid {UID}\nndef {changed.hex()}\n"),
                          ("no-key", "not-authentic", "other-site"))
        self.assertEqual(lock.present(f"ndef {good}\r\nuid 04:A1:B2:C3:D4:E5:80\r\n"), "open")


class Memory(unittest.TestCase):
    """Nothing that has opened is forgotten, whatever happens."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.lock = Lock(self.folder.name, "door", "--name", "101")

    def content(self):
        with open(self.lock.path, "rb") as file:
            return file.read()

    def test_refusals_leave_it_alone(self):
        self.assertEqual(self.lock.present(card()), "open")
        before = self.content()
        for text in (card(rooms=("102",)), card(end=ARRIVAL), card(key=open_key.OTHER_KEY), card(sequence=ARRIVAL - 1)):
            self.assertNotEqual(self.lock.present(text), "open")
            self.assertEqual(self.content(), before)

    def test_what_cannot_be_remembered_does_not_open(self):
        def no_file_may_grow():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        before = self.content()
        answer = self.lock.present(card("one-shot"), preexec_fn=no_file_may_grow)
        self.assertTrue(answer.startswith("status 3"), answer)
        self.assertEqual(self.content(), before)
        self.assertEqual(self.lock.present(card("one-shot")), "open")

    def test_what_a_crash_left_behind(self):
        for rest in (b"", b"{", b"\0" * 100):
            with open(self.lock.path + ".new", "wb") as file:
                file.write(rest)
            self.assertEqual(self.lock.present(card()), "open")

    def test_it_is_whole_whenever_the_program_is_killed(self):
        opened = 0
        for number in range(60):
            once = self.lock.image(card("one-shot", sequence=ARRIVAL + number))
            with subprocess.Popen([PROGRAM, "present", self.lock.path, once, "--now", clock(ARRIVAL)],
                                  stdout=subprocess.PIPE, text=True) as process:
                time.sleep(number * 0.0002)
                process.kill()
                said = process.stdout.read()
            state = json.loads(self.content())
            used = [entry["sequence"] for entry in state["one-shots"]]
            if said.startswith("open"):
                self.assertIn(ARRIVAL + number, used)
            opened += ARRIVAL + number in used
            self.assertEqual(len(used), opened)

    def test_many_at_once_open_once(self):
        once = self.lock.image(card("one-shot"))
        doors = [subprocess.Popen([PROGRAM, "present", self.lock.path, once, "--now", clock(ARRIVAL)],
                                  stdout=subprocess.PIPE, text=True) for _ in range(8)]
        said = [door.communicate(timeout=60)[0].split(":")[0] for door in doors]
        self.assertEqual(sorted(said), ["open"] + ["refused"] * 7)

    def test_a_damaged_one_opens_nothing(self):
        self.assertEqual(self.lock.present(card()), "open")
        good = self.content()
        whole = json.loads(good)
        damaged = [good[:size] for size in range(0, len(good) - 1, 5)]
        for name, value in (("keycard-lock", 2), ("site-number", 0), ("site-number", 70000), ("site-key", "00"),
                            ("site-key", "x" * 64), ("names", []), ("names", [""]), ("names", ["x"] * 17),
                            ("names", "101"), ("areas", [65]), ("areas", 5), ("clock", -1), ("clock", None),
                            ("originals", [{"room": "101"}]), ("originals", [{"room": "101", "sequence": 0}]),
                            ("originals", [{"room": "", "sequence": 1}]), ("one-shots", {}),
                            ("one-shots", [{"room": "101", "sequence": 1, "until": 2, "more": 3}]), ("more", 1)):
            damaged.append(json.dumps(whole | {name: value}).encode())
        for content in damaged:
            with open(self.lock.path, "wb") as file:
                file.write(content)
            answer = self.lock.present(card())
            self.assertTrue(answer.startswith("status 3"), (content, answer))
            self.assertIn("damaged", answer)

    def test_a_lock_cannot_remember_any_number_of_one_shots(self):
        state = json.loads(self.content())
        state["one-shots"] = [{"room": "101", "sequence": number + 1, "until": DEPARTURE} for number in range(256)]
        with open(self.lock.path, "w", encoding="ascii") as file:
            json.dump(state, file)
        self.assertEqual(self.lock.present(card("one-shot")), "full")
        self.assertEqual(self.lock.present(card()), "open")

    def test_it_keeps_its_secret(self):
        self.assertEqual(os.stat(self.lock.path).st_mode & 0o777, 0o600)
        self.lock.present(card())
        self.assertEqual(os.stat(self.lock.path).st_mode & 0o777, 0o600)
        shown = run("show", self.lock.path)
        self.assertEqual(shown.returncode, 0)
        self.assertNotIn(KEY.hex(), shown.stdout)
        self.assertEqual(shown.stdout, f"site 7\nname 101\nclock {clock(ARRIVAL + 3600)}\noriginal {ARRIVAL} 101\n")


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.lock = Lock(self.folder.name, "door", "--name", "101")

    def refuses(self, status, words, *arguments):
        done = run(*arguments)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done)
        self.assertIn(words, done.stderr)
        self.assertTrue(done.stderr.startswith("keycard-lock: "), done.stderr)

    def test_typing_errors(self):
        path, key = self.lock.path, self.lock.path + ".key"
        image = self.lock.image(card())
        new = ("new", path + "2", "--site-number", "7", "--site-key-file", key)
        self.refuses(2, "what is to be done? new, present or show")
        self.refuses(2, "there is no command presnt; did you mean present", "presnt", path, image)
        self.refuses(2, "there is no option --nmae; did you mean --name", *new, "--nmae", "101")
        self.refuses(2, "--name needs a value", *new, "--name")
        self.refuses(2, "which lock?", "show")
        self.refuses(2, "which card?", "present", path)
        self.refuses(2, "one word too many: more", "present", path, image, "more")
        self.refuses(2, "one word too many: more", "show", path, "more")
        self.refuses(2, "a lock needs a name or an area", *new)
        self.refuses(2, "a lock needs --site-number and --site-key-file", "new", path + "2", "--name", "101")
        self.refuses(2, "are given to a new lock only", "show", path, "--name", "101")
        self.refuses(2, "--now is for present only", "show", path, "--now", "2026-06-15T14:00Z")
        for number in ("0", "65536", "-1", "7x", "", "07"):
            self.refuses(2, "--site-number is 1 to 65535", "new", path, "--site-number", number)
        for area in ("0", "65", "spa"):
            self.refuses(2, "--area is 1 to 64", *new, "--area", area)
        for name in ("", "x" * 21, "Z\xfcrich", "1\n2"):
            self.refuses(2, "a name is 1 to 20 characters", *new, "--name", name)
        self.refuses(2, "at most 16 names", *new, *(word for n in range(17) for word in ("--name", str(n))))
        for moment in ("now", "2026-06-15", "2026-06-31T14:00Z", "2026-06-15T14:00", "2019-12-31T00:00Z",
                       "2026-06-15T14:00Z "):
            self.refuses(2, "--now is such as 2026-06-15T14:00Z", "present", path, image, "--now", moment)

    def test_files(self):
        path, key = self.lock.path, self.lock.path + ".key"
        self.refuses(3, "there is no such lock yet", "show", path + "2")
        self.refuses(3, "No such file", "present", path, path + ".nothing")
        self.refuses(3, "there is a file of this name", "new", path, "--site-number", "7", "--site-key-file", key,
                     "--name", "101")
        self.refuses(3, "No such file", "new", path + "2", "--site-number", "7", "--site-key-file", path + ".nothing",
                     "--name", "101")
        self.refuses(3, "64 hexadecimal digits", "new", path + "2", "--site-number", "7", "--site-key-file", path,
                     "--name", "101")
        self.refuses(3, "No such file", "show", path + ".nothing/door")
        for text, words in (("uid 04\nuid 05\n", ":2: this is there twice"), ("uid 0\n", ":1: these are no hex"),
                            ("uid zz\n", ":1: these are no hex"), ("uid " + "00" * 17, ":1: these are no hex"),
                            ("ndef " + "00" * 4097, "too"), ("track2 " + "1" * 201, ":1: the track is too long"),
                            ("", "there is no card in it"), ("ndef d4\n", "the serial number is missing"),
                            ("uid 04\ntrack2 1\n", "not both"), ("card 1\n", ":1: a line begins with uid"),
                            ("\n1234\n", ":2: a track that has no name"), ("\n\n\n;1?\n", ":4: a card has three"),
                            ("%" + "A" * 201 + "?\n", ":1: the track is too long")):
            self.refuses(3, words, "present", path, self.lock.image(text))

    def test_the_disk_is_full(self):
        image = self.lock.image(card())
        for arguments in (["--help"], ["--version"], ["show", self.lock.path],
                          ["present", self.lock.path, image, "--now", clock(ARRIVAL + 3600)]):
            with self.subTest(arguments), open("/dev/full", "wb") as full:
                done = subprocess.run([PROGRAM, *arguments], stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
                self.assertEqual(done.returncode, 3)
                self.assertIn(b"the output could not be written in full", done.stderr)

    def test_help_and_version(self):
        self.assertIn("usage: keycard-lock new", run("--help").stdout)
        self.assertRegex(run("--version").stdout, r"^keycard-lock \d+\.\d+\.\d+\n$")


unittest.main(argv=sys.argv[:1])
