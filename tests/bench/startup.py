#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What it costs to open the library: the time of the command-line tool's first key, and what the dynamic loader does.

    startup.py KEYCARD LIBRARY

In turns on one core: a program that does nothing (true), the tool's help, which only loads everything, a key with a
ledger in memory, and the first key on the embedded default (virtual lock system, a new SQLite ledger) and the second
one, which wait for the disk. Size, relocations and
loaded libraries are those of the shared library.
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

TURNS = 15


def run(command, environment=None):
    start = time.perf_counter()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=environment, check=False)
    taken = (time.perf_counter() - start) * 1000
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout.decode(errors='replace')}")
    return taken


def issue(keycard, ledger, number):
    return [keycard, "issue", "--ledger", ledger, "--system", "demo=virtual:?encoders=Desk",
            "--station", "desk", "--booking", f"B{number}", "--room", str(number), "--encoder", "Desk",
            "--until", "2098-06-18"]


def measure(keycard):
    times = {"true": [], "help": [], "key-in-memory": [], "first-key": [], "next-key": []}
    for _ in range(TURNS):
        with tempfile.TemporaryDirectory() as folder:
            times["true"].append(run(["true"]))
            times["help"].append(run([keycard, "--help"]))
            ledger = f"sqlite:{folder}/keys.db"
            times["key-in-memory"].append(run(issue(keycard, "memory:", 101)))
            times["first-key"].append(run(issue(keycard, ledger, 101)))
            times["next-key"].append(run(issue(keycard, ledger, 102)))
    for name, values in times.items():
        print(json.dumps({"benchmark": "startup", "name": name, "median_ms": round(statistics.median(values), 1),
                          "least_ms": round(min(values), 1), "most_ms": round(max(values), 1)}), flush=True)


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
    keycard, library = sys.argv[1:]
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    measure(keycard)
    size(library)


if __name__ == "__main__":
    main()
