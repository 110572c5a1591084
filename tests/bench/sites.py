#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sites whose lock systems dial in: time and memory, then instructions of a key, at 1, 10, 100 and 1,000 sites.

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


main()
