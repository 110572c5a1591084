#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sites whose lock systems dial in: time and memory, then instructions of a key, at 1, 10, 100 and 1,000 sites. Then
instructions of giving one site back, of 10 to 10,000, each in a dispatch of its own.

    sites.py BENCH_SITES

Instructions are those of the whole process, the lock systems' few included: the difference between 2N and N keys,
divided by N.
"""
import json
import shutil
import subprocess
import sys

import callgrind

KEYS = 200


MOST_TIMES_FEW = 2.0  # of giving one site back, among many


def instructions(program, sites, keys):
    return callgrind.instructions([program, str(sites), str(keys)])


def main():
    program = sys.argv[1]
    if subprocess.run([program], check=False).returncode:
        sys.exit("the measurement failed")
    if not shutil.which("valgrind"):
        print("instructions are not counted: valgrind is missing", file=sys.stderr)
        return
    for sites in (1, 10, 100, 1000):
        each = (instructions(program, sites, 2 * KEYS) - instructions(program, sites, KEYS)) / KEYS
        print(json.dumps({"benchmark": "sites", "sites": sites, "key_instructions": round(each)}), flush=True)
    few = None
    for sites in (10, 100, 1000, 10000):
        each = callgrind.instructions([program, "leave", str(sites)], "--toggle-collect=give_back") / sites
        few = few or each
        print(json.dumps({"benchmark": "sites", "sites": sites, "leave_instructions": round(each)}), flush=True)
        if each > MOST_TIMES_FEW * few:
            sys.exit(f"giving back one of {sites} sites costs {each / few:.1f} times as much as one of 10")


main()
