#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What it costs to open the library: the time of the command-line tool's first key, and what the dynamic loader does.

    startup.py startup KEYCARD BARE
    startup.py size LIBRARY

In turns on one core, each with what a program without the library does for it (BARE, startup_bare.c): the tool's help,
which only loads everything, and a key with a ledger in memory, beside a program that does nothing; the first key on the
embedded default (virtual lock system, a new SQLite ledger), beside two bare commits in a new SQLite file; and the second
one, which finds its file. Then the instructions of the same, by callgrind. Size, relocations and loaded libraries are
those of the shared library.
"""
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import callgrind

TURNS = 15


def run(command):
    start = time.perf_counter()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    taken = (time.perf_counter() - start) * 1000
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout.decode(errors='replace')}")
    return taken


def issue(keycard, ledger, number):
    return [keycard, "issue", "--ledger", ledger, "--system", "demo=virtual:?encoders=Desk",
            "--station", "desk", "--booking", f"B{number}", "--room", str(number), "--encoder", "Desk",
            "--until", "2098-06-18"]


def pairs(keycard, bare, folder):
    """Name, command, and what stands beside it, in the order in which they are run."""
    ledger, file = f"sqlite:{folder}/keys.db", f"{folder}/bare.db"
    return (("help", [keycard, "--help"], [bare]),
            ("key-in-memory", issue(keycard, "memory:", 101), [bare]),
            ("first-key", issue(keycard, ledger, 101), [bare, file]),
            ("next-key", issue(keycard, ledger, 102), [bare, file]))


def spread(values):
    """The tenth, the half and nine tenths of them."""
    ordered = sorted(values)
    return tuple(ordered[round((len(ordered) - 1) * part)] for part in (0.1, 0.5, 0.9))


def measure(keycard, bare):
    times = {}
    for _ in range(TURNS):
        with tempfile.TemporaryDirectory() as folder:
            for name, command, beside in pairs(keycard, bare, folder):
                times.setdefault(name, []).append((run(command), run(beside)))
    for name, both in times.items():
        own, bares = zip(*both)
        low, median, high = spread([mine / other for mine, other in both])
        print(json.dumps({"benchmark": "startup", "name": name, "median_ms": round(statistics.median(own), 1),
                          "least_ms": round(min(own), 1), "most_ms": round(max(own), 1),
                          "bare_ms": round(statistics.median(bares), 1), "ratio_bare": round(median, 2),
                          "ratio_p10": round(low, 2), "ratio_p90": round(high, 2)}), flush=True)


def count(keycard, bare):
    """The dynamic linker's work is among the instructions."""
    with tempfile.TemporaryDirectory() as folder:
        for name, command, beside in pairs(keycard, bare, folder):
            own, other = callgrind.instructions(command), callgrind.instructions(beside)
            print(json.dumps({"benchmark": "startup-instructions", "name": name, "instructions": own,
                              "bare_instructions": other}), flush=True)


def size(library):
    result = {"benchmark": "size", "bytes": os.path.getsize(library)}
    if shutil.which("size"):
        text, data, bss = subprocess.check_output(["size", library], text=True).splitlines()[1].split()[:3]
        result.update(text=int(text), data=int(data), bss=int(bss))
    if shutil.which("readelf"):
        relocations = subprocess.check_output(["readelf", "-r", "-W", library], text=True)
        result["relative_relocations"] = len(re.findall(r"_RELATIVE ", relocations))
        result["symbol_relocations"] = len(re.findall(r"_(?:GLOB_DAT|JUMP_SLOT|64) ", relocations))
        dynamic = subprocess.check_output(["readelf", "-d", "-W", library], text=True)
        result["needs"] = re.findall(r"NEEDED.*\[(.*)\]", dynamic)
    loaded = subprocess.run(["ldd", library], stdout=subprocess.PIPE, text=True, check=True).stdout
    result["libraries_loaded"] = loaded.count("=>")
    print(json.dumps(result))


def main():
    what, *programs = sys.argv[1:]
    if what == "size":
        size(*programs)
        return
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    measure(*programs)
    if shutil.which("valgrind"):
        count(*programs)
    else:
        print("valgrind is not installed: no instructions are counted", file=sys.stderr)


if __name__ == "__main__":
    main()
