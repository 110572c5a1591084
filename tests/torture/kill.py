#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kills a program that makes keys (load.c) at random moments, and checks after each time that the ledger is true.

    kill.py LOAD KEYCARD_SIM [KILLS [SEED|- [postgresql]]]

KILLS is 25, or what the environment variable KEYCARD_KILLS says; the long form is 200. The lock server (keycard-sim) is
a process of its own, which is not killed: its journal tells what was really done.

After each kill:
  - every effect of the journal has exactly one operation in the ledger, and exactly one key if it makes one;
  - no effect was caused twice, although the next run asks again for the same things;
  - no operation that is "written" lacks its effect, and none that is "not written" has one;
  - what is open is listed as unresolved, and nothing else is;
  - the ledger passes SQLite's check of integrity; its journal is whole, and begins with what it was before;
  - the next original and duplicate work.

With "postgresql" the ledger is in a PostgreSQL server of its own (see ../postgresql.py). Then most of the time the
server dies first, in one of the ways in SERVER_DEATHS, and is started again while the program goes on.
"""
import collections
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import postgresql  # noqa: E402

VERB_OF_LETTER = {
    "o": "issue-original", "d": "issue-duplicate", "r": "reissue", "m": "send-mobile", "s": "issue-one-shot",
    "y": "modify-stay", "c": "cancel-key", "x": "check-out",
}
# The effects that the journal cannot tie to an operator: one of each kind is done for a room.
VERB_OF_KIND = {"check-out": "check-out", "modify": "modify-stay", "void": "cancel-key"}
FAULTS = ["error:EF", "error:NC", "nak", "drop-after-request", "drop-after-ack", "twice", "glue", "bad-check"]
# All of its processes at once; the first one, which the others notice; at once, but by itself; one that serves a
# program, for which the first one ends all others and begins anew.
SERVER_DEATHS = ["all", "postmaster", "immediate", "backend"]
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
    found = {"op": [], "unresolved": [], "key": [], "journal": []}
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


def link_in_block(packed, at):
    """A row of PostgreSQL's journal: for each entry a number of seven bits a byte, a digest of 20 bytes, a link of 4."""
    for _ in range(at + 1):
        while packed[0] & 0x80:
            packed = packed[1:]
        link, packed = packed[21:25], packed[25:]
    return link.hex()


class Sqlite:
    """The ledger is a file."""
    server = None
    operations = "operation"

    def __init__(self, folder):
        self.file = os.path.join(folder, "ledger")
        self.uri = "sqlite:" + self.file

    def query(self, text):
        """The rows. The statements name no schema."""
        database = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)
        try:
            return database.execute(text).fetchall()
        finally:
            database.close()

    def check(self):
        answer = self.query("PRAGMA integrity_check")
        need(answer == [("ok",)], f"integrity check: {answer}")
        for table, columns in (("station", ("site", "station", "system", "encoder")),
                               ("encoder", ("site", "system", "encoder"))):
            for column in columns:
                lost = self.query(f"SELECT {column} FROM {table} WHERE {column} NOT IN (SELECT id FROM name)")
                need(lost == [], f"names of {table}.{column} that are not there: {lost}")

    def link_of(self, entry):
        """The first bytes of the chain after so many entries."""
        rows = self.query(f"SELECT entry, back, packed FROM journal WHERE entry >= {entry} ORDER BY entry LIMIT 1")
        for last, back, packed in rows:
            if back >= 0 and last == entry:
                return [(packed[20:24].hex(),)]
            at = 0
            for number in range(last + back + 1, last + 1):
                while packed[at] & 0x80:
                    at += 1
                at += 25
                if number == entry:
                    return [(packed[at - 4:at].hex(),)]
        return []

    def remember(self):
        """How many operations there are, for wait_for_more()."""

    def settle(self):
        """Until nobody uses it any more."""

    def close(self):
        pass


class PostgreSQL:
    """The ledger is on a server."""
    operations = "(SELECT id, flags FROM operation UNION ALL SELECT id, flags FROM intent UNION ALL SELECT o.id, o.flags " \
        "FROM intent_batch AS b, unnest(b.ids, b.flags) AS o (id, flags) WHERE o.id <> ALL (b.gone)) AS every_operation"

    def __init__(self, folder):
        inner = os.path.join(folder, "server")
        os.chmod(folder, 0o755)
        os.mkdir(inner)
        self.server = postgresql.Server(inner, ["fsync=off"])
        self.server.initialize()
        self.server.start()
        self.uri = self.server.uri()
        self.before = 0

    def query(self, text):
        rows = self.server.sql("SET search_path = keycard; " + text)
        return [tuple(int(value) if value.lstrip("-").isdigit() else value for value in row) for row in rows]

    def check(self):
        gaps = self.query("SELECT count(*) FROM ledger WHERE entries / 32 <> (SELECT count(*) FROM journal) OR "
                          "entries / 32 <> (SELECT coalesce(max(block) + 1, 0) FROM journal) OR "
                          "(entries % 32 = 0) <> (tail = '') OR length(tail) < entries % 32 * 25")
        need(gaps == [(0,)], "the journal has gaps")
        wrong = self.query("SELECT (SELECT count(*) FROM waiting WHERE kind = 1) - "
                           "(SELECT count(*) FROM operation WHERE flags & 1 <> 0)")
        need(wrong == [(0,)], f"open operations that are not listed, or listed ones that are not open: {wrong}")
        wrong = self.query("SELECT count(*) FROM intent JOIN operation USING (id)")
        need(wrong == [(0,)], f"intents that stand among the operations as well: {wrong}")
        wrong = self.query("SELECT count(*) FROM intent_batch AS b, unnest(b.ids) AS o (id) WHERE (o.id = ANY (b.gone)) <> "
                           "EXISTS (SELECT FROM operation AS p WHERE p.id = o.id UNION ALL SELECT FROM intent AS i "
                           "WHERE i.id = o.id)")
        need(wrong == [(0,)], f"intents that left their batch for nowhere, or did not leave it: {wrong}")
        wrong = self.query("SELECT count(*) FROM intent_batch WHERE cardinality(gone) >= count")
        need(wrong == [(0,)], f"batches of which nothing is left: {wrong}")

    def link_of(self, entry):
        rows = self.server.sql(f"SELECT encode(packed, 'hex') FROM keycard.journal WHERE block = {(entry - 1) // 32} UNION ALL "
                               f"SELECT encode(tail, 'hex') FROM keycard.ledger WHERE entries / 32 = {(entry - 1) // 32}")
        return [(link_in_block(bytes.fromhex(row[0]), (entry - 1) % 32),) for row in rows]

    def count(self):
        there = self.query("SELECT count(to_regclass('keycard.operation'))")[0][0]
        return self.query(f"SELECT count(*) FROM {self.operations}")[0][0] if there else 0

    def remember(self):
        self.before = self.count()

    def wait_for_more(self):
        for _ in range(6000):
            if self.count() > self.before:  # the first life of all makes the tables too
                return
            time.sleep(0.01)
        raise Failure("the load does nothing")

    def settle(self):
        """The server notices the end of a program a moment later."""
        for _ in range(3000):
            if self.query("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'keycard'") == [(0,)]:
                return
            time.sleep(0.01)
        raise Failure("a session of a dead program stays")

    def close(self):
        self.server.stop()


def check_open(found, ledger):
    """Open intents are unresolved, for the API and for who looks into the file."""
    need(all(fields[4] in ("written", "not-written", "unknown") for fields in found["op"]), "something still runs")
    unknown = {fields[0] for fields in found["op"] if fields[4] == "unknown"}
    listed = [fields[0] for fields in found["unresolved"]]
    need(len(listed) == len(set(listed)), "listed twice as unresolved")
    need(set(listed) == unknown, f"unknown {unknown}, listed {set(listed)}")
    ledger.check()
    count = ledger.query(f"SELECT count(*) FROM {ledger.operations} WHERE flags & 1 <> 0")[0][0]
    need(count == len(listed), f"{count} open in the file, {len(listed)} listed")
    total = ledger.query(f"SELECT count(*) FROM {ledger.operations}")[0][0]
    need(total == len(found["op"]), f"{total} in the file, {len(found['op'])} listed")


def check_journal(found, ledger, before):
    """What was noted after an earlier kill still stands in the journal. The new note."""
    entries, digest = int(found["journal"][0][0]), found["journal"][0][1]
    if before:
        need(entries >= before[0], f"the journal had {before[0]} entries and has {entries}")
        link = ledger.link_of(before[0])
        need(link == [(before[1][:8],)], f"entry {before[0]} of the journal was {before[1]} and is {link}")
    return (entries, digest) if entries else None


def kill_once(load, ledger, address, number, chance, deaths):
    """One life of the load."""
    ledger.remember()
    arguments = [load, "run", ledger.uri, address, str(number), str(chance.getrandbits(32))]
    with subprocess.Popen(arguments) as process:
        try:
            time.sleep(chance.choice([chance.uniform(0, 0.03), chance.uniform(0, 0.4)]))
            death = number // 100000 % (len(SERVER_DEATHS) + 1)
            if ledger.server and death:
                ledger.wait_for_more()  # before, opening the ledger would fail
                time.sleep(chance.uniform(0, 0.1))
                ledger.server.crash(SERVER_DEATHS[death - 1])
                time.sleep(chance.uniform(0, 0.1))
                ledger.server.start_again()
                time.sleep(chance.uniform(0, 0.5))
                deaths[SERVER_DEATHS[death - 1]] += 1
            need(process.poll() is None, f"the load ended by itself: {process.returncode}")
        finally:
            process.send_signal(signal.SIGKILL)
    need(process.returncode == -signal.SIGKILL, f"the load ended with {process.returncode}")
    deaths["program"] += 1
    ledger.settle()


def run(load, simulator, kills, seed, folder, ledger, deaths):
    chance = random.Random(seed)
    noted = None
    journal = os.path.join(folder, "journal")
    arguments = [simulator, "salto", "--journal", journal, "--hand-ms", "4"]
    for request in range(20, kills * 200, 60):  # now and then something goes wrong there too
        arguments += ["--fault", f"{chance.choice(FAULTS)}@{request + chance.randrange(40)}"]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE)
    try:
        address = process.stdout.readline().decode().split(" on ")[1].strip()
        for kill in range(1, kills + 1):
            try:
                kill_once(load, ledger, address, kill * 100000, chance, deaths)
                found = read_ledger(load, ledger.uri)
                check_records(effects_of(journal), found)
                check_open(found, ledger)
                noted = check_journal(found, ledger, noted)
                subprocess.run([load, "work", ledger.uri, address, str(kill * 100000 + 90000)], check=True, timeout=240)
            except (Failure, subprocess.CalledProcessError) as failure:
                raise Failure(f"kill {kill} (seed {seed}): {failure}") from failure
        found = read_ledger(load, ledger.uri)
        effects = effects_of(journal)
        check_records(effects, found)
        check_open(found, ledger)
        check_journal(found, ledger, noted)
        return found, effects
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def main():
    load, simulator = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    kills = int(sys.argv[3] if len(sys.argv) > 3 else os.environ.get("KEYCARD_KILLS", "25"))
    seed = int(sys.argv[4]) if len(sys.argv) > 4 and sys.argv[4] != "-" else random.SystemRandom().getrandbits(32)
    in_postgresql = sys.argv[5:] == ["postgresql"]
    if in_postgresql and not postgresql.is_there():
        return postgresql.SKIPPED
    with postgresql.temporary_folder("keycard-kill-") as folder:
        deaths = collections.Counter()
        ledger = (PostgreSQL if in_postgresql else Sqlite)(folder)
        try:
            found, effects = run(load, simulator, kills, seed, folder, ledger, deaths)
        except Failure as failure:
            print(failure, file=sys.stderr)
            return 1
        finally:
            ledger.close()
    outcomes = collections.Counter(fields[4] for fields in found["op"])
    print(f"seed {seed}: {sum(deaths.values())} kills ({', '.join(f'{who} {times}' for who, times in deaths.items())}), "
          f"{found['journal'][0][0]} journal entries, {len(found['op'])} operations, {sum(effects.values())} effects, "
          f"{len(found['key'])} keys; written {outcomes['written']}, not written {outcomes['not-written']}, "
          f"unresolved {outcomes['unknown']}")
    if kills >= 10 and not outcomes["written"]:
        print("the load never made a key", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
