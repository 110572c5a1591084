# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_evening.py LOOP SIMULATOR PROGRAM [argument]...: the program of one event loop, an evening at two hotels.

The requests of all four desks must be on their way before the first answer comes: a relay before each lock system holds
the answers back until then. Otherwise nothing here is timed.
"""
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

PATIENCE = 120  # seconds; only ends what hangs
FOLDER = os.path.dirname(os.path.abspath(__file__))
LOOP, SIMULATOR, *PROGRAM = sys.argv[1:]
DESKS = 4
SKIPPED = 77 # the language is not there


class Barrier:
    """Opens when so many different requests have been seen by all relays together."""

    def __init__(self, wanted):
        self.wanted, self.seen = wanted, {}
        self.lock, self.open = threading.Lock(), threading.Event()

    def see(self, who, count):
        with self.lock:
            self.seen[who] = count
            if sum(self.seen.values()) >= self.wanted:
                self.open.set()


class Relay:
    """Between the program and a lock system. `request` is what each request of a key has in it, on the wire;
    `acknowledgement` is a byte that is no answer yet."""

    def __init__(self, target, request, barrier, acknowledgement=b""):
        self.target, self.request, self.barrier, self.acknowledgement = target, request, barrier, acknowledgement
        self.listener, self.ends = socket.create_server(("127.0.0.1", 0)), []
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.threads = []
        self.begin(self.accept)

    def begin(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            self.ends.append(near)
            far = socket.create_connection(self.target)
            self.ends.append(far)
            self.begin(self.forth, near, far)
            self.begin(self.back, far, near)

    def forth(self, near, far):
        everything = b""
        while data := self.receive(near):
            everything += data
            self.send(far, data)
            self.barrier.see(near, len(self.request.findall(everything)))
        self.shut(far)

    def back(self, far, near):
        while data := self.receive(far):
            answer = data.lstrip(self.acknowledgement) if self.acknowledgement else data
            self.send(near, data[:len(data) - len(answer)])
            if answer:
                self.barrier.open.wait()
                self.send(near, answer)
        self.shut(near)

    @staticmethod
    def send(one, data):
        try:
            one.sendall(data)
        except OSError:
            pass # it is gone, and its other direction ends

    @staticmethod
    def receive(one):
        try:
            return one.recv(65536)
        except OSError:
            return b""

    @staticmethod
    def shut(one):
        try:
            one.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.barrier.open.set()
        for one in (self.listener, *self.ends):
            try:
                one.shutdown(socket.SHUT_RDWR) # wakes the thread that waits there
            except OSError:
                pass
        for thread in self.threads:
            thread.join()
        for one in (self.listener, *self.ends):
            one.close()


def by_desk(text):
    """The lines of each desk in their order; desks take turns as they like. Addresses are those of this run."""
    desks = {}
    for line in re.sub(r"127\.0\.0\.1:\d+", "ADDRESS", text).splitlines():
        desks.setdefault(line.split(":")[0], []).append(line)
    return desks


class Evening(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="evening-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.ledger = "sqlite:" + os.path.join(self.folder, "keys.db")

    def simulator(self, driver, *arguments):
        """Returns the address and the name of its journal."""
        journal = os.path.join(self.folder, driver)
        process = subprocess.Popen([SIMULATOR, driver, "--listen", "127.0.0.1:0", "--journal", journal, *arguments],
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        host, port = process.stdout.readline().split()[-1].rsplit(":", 1)
        return (host, int(port)), journal

    def run_program(self, *arguments, status):
        ended = subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False)
        if ended.returncode == SKIPPED:
            self.skipTest(ended.stdout)
        self.assertEqual(ended.returncode, status, ended.stdout + ended.stderr)
        return ended

    def compare(self, output, expected):
        with open(os.path.join(FOLDER, expected), encoding="utf-8") as file:
            self.assertEqual(by_desk(output), by_desk(file.read()))

    def effects(self, journal):
        with open(journal, encoding="utf-8") as file:
            return sorted((line["kind"], line["rooms"][0]) for line in map(json.loads, file) if line["event"] == "effect")

    def test_four_desks_at_once(self):
        salto, salto_journal = self.simulator("salto", "--encoder", "Desk 1", "--encoder", "Desk 2", "--fault", "error:EP@1")
        ambiance, ambiance_journal = self.simulator("ambiance")
        barrier = Barrier(DESKS)
        relays = Relay(salto, re.compile(rb"\bCN\b"), barrier, b"\x06"), Relay(
            ambiance, re.compile(rb"(?i)\nSOAPAction:[^\n]*CreateNewBooking"), barrier)
        for relay in relays:
            self.addCleanup(relay.close)
        ended = self.run_program(
            self.ledger, f"salto+tcp://{relays[0].address}?requests-in-flight=per-encoder&acknowledge-timeout=100000",
            f"ambiance+http://{relays[1].address}/MessengerPMSWS.asmx", status=0)
        self.compare(ended.stdout, "four_desks.txt")
        for journal, rooms in (salto_journal, ("101", "102")), (ambiance_journal, ("7", "8")):
            self.assertEqual(self.effects(journal),
                             [(kind, room) for kind in ("duplicate", "original") for room in rooms])

    def test_timers_of_the_library_need_no_timer_of_the_loop(self):
        """One lock system is not there, the other one takes the request and stays silent."""
        with socket.create_server(("127.0.0.1", 0)) as silent, socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            ended = self.run_program(
                self.ledger, "salto+tcp://127.0.0.1:%d" % nobody.getsockname()[1],
                "ambiance+http://127.0.0.1:%d/MessengerPMSWS.asmx?encode-timeout=1500" % silent.getsockname()[1], status=1)
        self.compare(ended.stdout, "silent_and_away.txt")

    def test_what_is_wrong_is_said(self):
        self.assertIn("usage", self.run_program(status=2).stderr)
        for ledger, salto, ambiance, named in (
                ("sqlite:/nowhere/at/all", "salto+tcp://127.0.0.1:1", "ambiance+http://127.0.0.1:1/a", "/nowhere/at/all"),
                ("memory:", "salto+pigeon:1", "ambiance+http://127.0.0.1:1/a", "salto+pigeon"),
                ("memory:", "salto+tcp://127.0.0.1:1", "ambiance+http://127.0.0.1:1/a?colour=blue", "colour")):
            ended = self.run_program(ledger, salto, ambiance, status=1)
            self.assertIn(named, ended.stderr)


if PROGRAM == ["left-out"]:
    print(f"the library for {LOOP} is not here: sh .ci/packages.sh ci")
    sys.exit(1 if os.environ.get("KEYCARD_ALL_LOOPS") else SKIPPED)
del sys.argv[1:]
unittest.main()
