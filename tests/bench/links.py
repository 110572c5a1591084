#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs bench_links, then again under callgrind for what one event takes in the process itself, whatever else the
computer does: instructions, and lines that were in no cache of the core.

    links.py BENCH_LINKS

The caches are 32 KiB and 512 KiB, eight ways, lines of 64 bytes. With 10,000 links each event is for one that has not
been touched for long, so what is missed is what the library keeps of a link and needs for an event.
"""
import itertools
import json
import re
import shutil
import subprocess
import sys

LINKS, EVENTS = (100, 10000), 2000


def count(program, links):
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--cache-sim=yes", "--I1=32768,8,64", "--D1=32768,8,64", "--LL=524288,8,64",
         "--collect-atstart=no", "--toggle-collect=take_event", "--callgrind-out-file=/dev/null", program, "--events",
         str(links), str(EVENTS)], check=True, stderr=subprocess.PIPE, encoding="utf-8")
    names, numbers = re.findall(r"(?:Events|Collected)\s*:\s*(.*)", done.stderr)[-2:]  # the lock systems' end before
    collected = dict(itertools.zip_longest(names.split(), map(int, numbers.split()), fillvalue=0))

    def each(*names):
        return round(sum(collected[name] for name in names) / EVENTS, 2)
    print(json.dumps({"benchmark": "links", "links": links, "instructions_per_event": each("Ir"),
                      "misses_of_32_kib": each("D1mr", "D1mw"), "misses_of_512_kib": each("DLmr", "DLmw")}), flush=True)


def main():
    subprocess.run(sys.argv[1:], check=True)
    if shutil.which("valgrind"):
        for links in LINKS:
            count(sys.argv[1], links)
    else:
        print("valgrind is not installed: no instructions are counted", file=sys.stderr)


if __name__ == "__main__":
    main()
