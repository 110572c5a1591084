# SPDX-License-Identifier: LGPL-2.1-or-later
"""Simulated lock systems for one run of a program, in a folder of its own."""
import json
import os
import re
import select
import subprocess
import tempfile
import time

PATIENCE = 600  # seconds; nothing here is timed, this only ends what hangs. What runs may have to be compiled before
SIMULATORS = {"salto": ["--encoder", "Desk 1", "--encoder", "Desk 2", "--fault", "error:EP@4"], "saflok-lens": []}
SCHEMES = {"salto": "salto+tcp", "saflok-lens": "saflok+http"}


class Rig:
    """with Rig(SIMULATOR, LIBRARY) as rig: rig.environment is what the program is told, rig.effects() what it did."""

    def __init__(self, simulator, library):
        self.simulator = os.path.abspath(simulator)
        self.library = os.path.abspath(library)
        self.processes = []

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="keycard-bindings-")
        self.folder = self.directory.name
        try:
            address = {driver: self.start(driver, options) for driver, options in SIMULATORS.items()}
        except BaseException:
            self.__exit__()
            raise
        self.environment = {**os.environ, "KEYCARD_LIBRARY": self.library, "LC_ALL": "C.UTF-8",
                            "KEYCARD_LEDGER": "sqlite:" + os.path.join(self.folder, "keys.db"),
                            "KEYCARD_SALTO": address["salto"], "KEYCARD_LENS": address["saflok-lens"]}
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
            process.communicate()
        self.directory.cleanup()

    def journal(self, driver):
        return os.path.join(self.folder, f"{driver}.journal")

    def start(self, driver, options):
        """Starts the simulator of a driver; returns the URI at which it says to be."""
        process = subprocess.Popen([self.simulator, driver, "--journal", self.journal(driver), *options],
                                   stdout=subprocess.PIPE, text=True)
        self.processes.append(process)
        deadline = time.monotonic() + PATIENCE
        while not select.select([process.stdout], [], [], 1)[0]:
            if time.monotonic() > deadline:
                raise RuntimeError(f"the simulator of {driver} does not say where it listens")
        line = process.stdout.readline()
        found = re.fullmatch(rf"keycard-sim: {driver} on (\S+)\n", line)
        if not found:
            raise RuntimeError(f"the simulator of {driver} said {line!r}")
        return f"{SCHEMES[driver]}://{found.group(1)}"

    def effects(self, driver):
        """What the lock system did, in order."""
        with open(self.journal(driver), encoding="utf-8") as file:
            entries = [json.loads(line) for line in file]
        return [entry["kind"] for entry in entries if entry["event"] == "effect"]
