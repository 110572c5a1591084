#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What lookups cost in a small ledger and in a large one, and how many bytes a key takes.

    large_ledger.py BENCH_LARGE_LEDGER [SMALL LARGE [POSTGRESQL_LARGE]]

The sizes are in keys: 10,000 and 200,000, in PostgreSQL 40,000, or what the environment variable KEYCARD_LARGE_LEDGER
says ("10000 10000000 10000000"); 0 leaves PostgreSQL out. If PostgreSQL is to have more than 100,000, both of its ledgers
are copied out of SQLite, as "keycard ledger copy" does ("made": "copied"); with fewer keys each is written there, which
takes 20 times as long and leaves the places of rows as work leaves them. One JSON object a line:

  instructions  of the library and of SQLite, of one lookup (callgrind; the SQL is prepared)
  touched       pages that SQLite looked at
  read          pages that it read from the file, when none was in its cache
  buffers       pages that PostgreSQL looked at (its own count, EXPLAIN with BUFFERS, of the library's statements)
  bytes         of the files, per key

The exit status is 1 if a lookup in the large ledger costs more than twice what it costs in the small one, or nothing was
measured, or a key takes more than 400 bytes of the file, or, in PostgreSQL, of 100,000 keys or more; what was too much is said on
standard error.
"""
import json
import os
import re
import shutil
import sys
import time

import callgrind

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import postgresql  # noqa: E402

WHAT = ("booking", "room", "idempotency", "station", "unresolved")
TIMES = 200
MOST_TIMES_SMALL = 2.0
MOST_BYTES = 400  # of a key in the file
LEAST_KEYS = 10000  # with fewer not each room has those that are looked up
FILLING = 100000  # of PostgreSQL: with fewer keys its tables that are as long in any ledger count for much
MOST_WRITTEN = 100000  # into PostgreSQL; more are copied


def fill(program, uri, keys):
    start = time.monotonic()
    callgrind.run([program, "fill", uri, str(keys)])
    return time.monotonic() - start


def in_file(program, folder, keys):
    """What the lookups cost, and bytes of a key, in a SQLite ledger."""
    path = os.path.join(folder, f"ledger-{keys}")
    seconds = fill(program, "sqlite:" + path, keys)
    costs = {}
    for what in WHAT:
        look = [program, "look", "sqlite:" + path, str(keys), what, str(TIMES)]
        touched, read = (int(number) for number in callgrind.run(look).split())
        costs[what] = {"touched": touched / TIMES, "read": read / TIMES}
        if shutil.which("valgrind"):
            collected = callgrind.instructions(look, "--toggle-collect=look_up")
            costs[what]["instructions"] = round(collected / (TIMES + 1))
    size = os.path.getsize(path) / keys
    os.remove(path)
    return costs, size, seconds


def buffers_of(log):
    """Those of all statements in a part of the server's log."""
    total = 0
    for entry in re.finditer(r"plan:\s*(?=\{)", log):
        plan = json.JSONDecoder(strict=False).raw_decode(log, entry.end())[0]["Plan"]
        total += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return total


def copy_into(program, folder, uri, keys):
    """A ledger is made in SQLite and copied; how long the copying took."""
    path = os.path.join(folder, f"source-{keys}")
    fill(program, "sqlite:" + path, keys)
    start = time.monotonic()
    callgrind.run([program, "copy", "sqlite:" + path, uri])
    seconds = time.monotonic() - start
    os.remove(path)
    return seconds


def on_server(program, folder, keys, copied):
    """The same in a database of its own."""
    os.mkdir(folder)
    explain = ["shared_preload_libraries=auto_explain", "auto_explain.log_analyze=on", "auto_explain.log_buffers=on",
               "auto_explain.log_timing=off", "auto_explain.log_format=json", "fsync=off", "full_page_writes=off",
               # The years of the ledger pass in minutes here: what the server cleans up meanwhile must keep pace.
               "autovacuum_naptime=1s", "autovacuum_vacuum_cost_delay=0"]
    server = postgresql.Server(folder, explain)
    server.initialize()
    try:
        server.start()
        seconds = copy_into(program, folder, server.uri(), keys) if copied else fill(program, server.uri(), keys)
        server.sql("VACUUM ANALYZE")  # as it is after a while
        costs = {}
        for what in WHAT:
            log = os.path.join(folder, "log")
            before = os.path.getsize(log)
            uri = server.uri() + "&options=-c%20auto_explain.log_min_duration%3D0"
            callgrind.run([program, "look", uri, str(keys), what, str(TIMES)])
            with open(log, encoding="utf-8", errors="replace") as text:
                text.seek(before)
                costs[what] = {"buffers": buffers_of(text.read()) / (TIMES + 1)}
        size = server.sql("SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND "
                          "relnamespace = 'keycard'::regnamespace")
        return costs, int(size[0][0]) / keys, seconds
    finally:
        server.stop()


def compare(ledger, small, large, made, measure):
    """Prints both and the ratios; what is too much, as texts."""
    few, few_size, _ = measure(small)
    many, many_size, seconds = measure(large)
    failures = []
    for what in WHAT:
        for cost, number in few[what].items():
            ratio = many[what][cost] / max(number, 1)
            if ratio > MOST_TIMES_SMALL:
                failures.append(f"{ledger}: {what} costs {ratio:.2f} times as many {cost} with {large} keys as with "
                                f"{small}; {MOST_TIMES_SMALL} are allowed")
            print(json.dumps({"benchmark": "large-ledger", "ledger": ledger, "lookup": what, "cost": cost,
                              str(small): round(number, 2), str(large): round(many[what][cost], 2),
                              "ratio": round(ratio, 2)}), flush=True)
    print(json.dumps({"benchmark": "large-ledger", "ledger": ledger, "bytes_per_key": {str(small): round(few_size),
                      str(large): round(many_size)}, "made": made, "fill_seconds": round(seconds)}), flush=True)
    if not all(any(few[what].values()) for what in WHAT):
        failures.append(f"{ledger}: nothing was measured")
    sizes = [size for keys, size in ((small, few_size), (large, many_size)) if ledger == "sqlite" or keys >= FILLING]
    if sizes and max(sizes) > MOST_BYTES:
        failures.append(f"{ledger}: a key takes {max(sizes):.0f} bytes; {MOST_BYTES} are allowed")
    return failures


def sizes_wanted():
    """Small, large, PostgreSQL's large: in keys."""
    words = sys.argv[2:] or os.environ.get("KEYCARD_LARGE_LEDGER", "10000 200000 40000").split()
    if len(words) not in (2, 3) or not all(word.isdigit() for word in words):
        sys.exit(f"large_ledger: \"{' '.join(words)}\" are not two or three sizes in keys, such as 10000 200000 40000")
    small, large, shared = (int(word) for word in (words + ["0"])[:3])
    if small < LEAST_KEYS or large < small or 0 < shared < small:
        sys.exit(f"large_ledger: \"{' '.join(words)}\": the small size is at least {LEAST_KEYS} keys, the others are not "
                 "smaller than it (the third one may be 0)")
    return small, large, shared


def main():
    program = sys.argv[1]
    small, large, shared = sizes_wanted()
    with postgresql.temporary_folder("keycard-large-") as folder:
        os.chmod(folder, 0o755)
        failures = compare("sqlite", small, large, "written", lambda keys: in_file(program, folder, keys))
        if shared and postgresql.is_there():
            copied = shared > MOST_WRITTEN
            failures += compare("postgresql", small, shared, "copied" if copied else "written", lambda keys: on_server(
                program, os.path.join(folder, f"server-{keys}"), keys, copied))
    for failure in failures:
        print("large_ledger:", failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
