#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kills a program that makes keys (load.c) at random moments, and checks after each time that the ledger is true.

    kill.py LOAD KEYCARD_SIM [KILLS [SEED]]

KILLS is 25, or what the environment variable KEYCARD_KILLS says; the long form is 200. The lock server (keycard-sim) is
a process of its own, which is not killed: its journal tells what was really done.

After each kill:
  - every effect of the journal has exactly one operation in the ledger, and exactly one key if it makes one;
  - no effect was caused twice, although the next run asks again for the same things;
  - no operation that is "written" lacks its effect, and none that is "not written" has one;
  - what is open is listed as unresolved, and nothing else is;
  - the ledger passes SQLite's check of integrity;
  - the next original and duplicate work.
"""
import collections
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

VERB_OF_LETTER = {
    "o": "issue-original", "d": "issue-duplicate", "r": "reissue", "m": "send-mobile", "s": "issue-one-shot",
    "y": "modify-stay", "c": "cancel-key", "x": "check-out",
}
# The effects that the journal cannot tie to an operator: one of each kind is done for a room.
VERB_OF_KIND = {"check-out": "check-out", "modify": "modify-stay", "void": "cancel-key"}
FAULTS = ["error:EF", "error:NC", "nak", "drop-after-request", "drop-after-ack", "twice", "glue", "bad-check"]
MAKES_KEY = {"issue-original", "issue-duplicate", "reissue", "send-mobile", "issue-one-shot"}


class Failure(Exception):
    pass


def need(condition, text):
    if not condition:
        raise Failure(text)


def effects_of(journal):
    """Counts (verb, room) of the effects: each verb is done once for a room."""
    effects = collections.Counter()
    with open(journal, encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            if entry["event"] != "effect":
                continue
            verb = VERB_OF_KIND.get(entry["kind"])
            if verb is None:
                verb = VERB_OF_LETTER[entry["operator"].rsplit("-", 1)[1]]
            effects[(verb, entry["rooms"][0])] += 1
    return effects


def read_ledger(load, ledger):
    """What the public API lists: operations, unresolved ones, keys."""
    listing = subprocess.run([load, "list", ledger], stdout=subprocess.PIPE, check=True, timeout=240)
    found = {"op": [], "unresolved": [], "key": []}
    for line in listing.stdout.decode().splitlines():
        name, *fields = line.split("\t")
        found[name].append(fields)
    return found


def check_records(effects, found):
    """The ledger against the journal."""
    operations = collections.defaultdict(list)
    for ident, verb, _, room, outcome in found["op"]:
        operations[(verb, room)].append((ident, outcome))
    ids = [fields[0] for fields in found["op"]]
    need(len(ids) == len(set(ids)), "an operation is listed twice")
    keys = collections.Counter(fields[0] for fields in found["key"])
    for what, times in effects.items():
        need(times == 1, f"{what} took effect {times} times")
        need(len(operations[what]) == 1, f"{what} took effect; operations in the ledger: {operations[what]}")
    for what, list_of in operations.items():
        need(len(list_of) == 1, f"{what}: {list_of}")
        ident, outcome = list_of[0]
        done = effects[what]
        need(outcome != "written" or done == 1, f"{what} is written but had no effect")
        need(outcome != "not-written" or done == 0, f"{what} is not written but had an effect")
        need(keys[ident] == (1 if what[0] in MAKES_KEY else 0), f"{what} has {keys[ident]} keys")


def check_open(found, ledger_file):
    """Open intents are unresolved, for the API and for who looks into the file."""
    need(all(fields[4] in ("written", "not-written", "unknown") for fields in found["op"]), "something still runs")
    unknown = {fields[0] for fields in found["op"] if fields[4] == "unknown"}
    listed = [fields[0] for fields in found["unresolved"]]
    need(len(listed) == len(set(listed)), "listed twice as unresolved")
    need(set(listed) == unknown, f"unknown {unknown}, listed {set(listed)}")
    database = sqlite3.connect(f"file:{ledger_file}?mode=ro", uri=True)
    try:
        answer = database.execute("PRAGMA integrity_check").fetchall()
        need(answer == [("ok",)], f"integrity check: {answer}")
        need(database.execute("PRAGMA foreign_key_check").fetchall() == [], "foreign keys")
        count = database.execute("SELECT count(*) FROM operation WHERE outcome IN (0, 3)").fetchone()[0]
        need(count == len(listed), f"{count} open in the file, {len(listed)} listed")
        total = database.execute("SELECT count(*) FROM operation").fetchone()[0]
        need(total == len(found["op"]), f"{total} in the file, {len(found['op'])} listed")
    finally:
        database.close()


def kill_once(load, ledger, address, number, chance):
    """One life of the load."""
    arguments = [load, "run", ledger, address, str(number), str(chance.getrandbits(32))]
    with subprocess.Popen(arguments) as process:
        time.sleep(chance.choice([chance.uniform(0, 0.03), chance.uniform(0, 0.4)]))
        need(process.poll() is None, f"the load ended by itself: {process.returncode}")
        process.send_signal(signal.SIGKILL)
    need(process.returncode == -signal.SIGKILL, f"the load ended with {process.returncode}")


def run(load, simulator, kills, seed, folder):
    chance = random.Random(seed)
    ledger_file, journal = os.path.join(folder, "ledger"), os.path.join(folder, "journal")
    ledger = "sqlite:" + ledger_file
    arguments = [simulator, "salto", "--journal", journal, "--hand-ms", "4"]
    for request in range(20, kills * 200, 60):  # now and then something goes wrong there too
        arguments += ["--fault", f"{chance.choice(FAULTS)}@{request + chance.randrange(40)}"]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE)
    try:
        address = process.stdout.readline().decode().split(" on ")[1].strip()
        for kill in range(1, kills + 1):
            try:
                kill_once(load, ledger, address, kill * 100000, chance)
                found = read_ledger(load, ledger)
                check_records(effects_of(journal), found)
                check_open(found, ledger_file)
                subprocess.run([load, "work", ledger, address, str(kill * 100000 + 90000)], check=True, timeout=240)
            except (Failure, subprocess.CalledProcessError) as failure:
                raise Failure(f"kill {kill} (seed {seed}): {failure}") from failure
        found = read_ledger(load, ledger)
        effects = effects_of(journal)
        check_records(effects, found)
        check_open(found, ledger_file)
        return found, effects
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def main():
    load, simulator = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    kills = int(sys.argv[3] if len(sys.argv) > 3 else os.environ.get("KEYCARD_KILLS", "25"))
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.SystemRandom().getrandbits(32)
    with tempfile.TemporaryDirectory(prefix="keycard-kill-") as folder:
        try:
            found, effects = run(load, simulator, kills, seed, folder)
        except Failure as failure:
            print(failure, file=sys.stderr)
            return 1
    outcomes = collections.Counter(fields[4] for fields in found["op"])
    print(f"seed {seed}: {kills} kills, {len(found['op'])} operations, {sum(effects.values())} effects, "
          f"{len(found['key'])} keys; written {outcomes['written']}, not written {outcomes['not-written']}, "
          f"unresolved {outcomes['unknown']}")
    if kills >= 10 and not outcomes["written"]:
        print("the load never made a key", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
