#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The codecs: bytes a second beside a copy of the same bytes, then instructions for each byte of both, by callgrind.

    codec.py BENCH_CODEC
"""
import json
import shutil
import subprocess
import sys

import callgrind

COUNT = 1000


def instructions(program, name, what):
    """For one message: only what is called from run_counted() counts."""
    command = [program, "--only", name, what, str(COUNT)]
    return callgrind.instructions(command, "--toggle-collect=run_counted") / COUNT


def main():
    program = sys.argv[1]
    if subprocess.run([program], check=False).returncode:
        sys.exit("the measurement failed")
    if not shutil.which("valgrind"):
        print("instructions are not counted: valgrind is missing", file=sys.stderr)
        return
    rows = []
    listed = subprocess.run([program, "--list"], stdout=subprocess.PIPE, text=True, check=True).stdout
    for name, direction, size in (line.split() for line in listed.splitlines()):
        own, bare = (instructions(program, name, what) / int(size) for what in (direction, "bare-" + direction))
        rows.append((name, direction, own, bare))
        print(json.dumps({"benchmark": "codec-instructions", "name": name, "direction": direction,
                          "per_byte": round(own, 2), "bare_per_byte": round(bare, 2)}), flush=True)
    print(f"\n{'instructions a byte':18} {'':8} {'codec':>10} {'bare':>10}")
    for name, direction, own, bare in rows:
        print(f"{name:18} {direction:8} {own:10.2f} {bare:10.2f}")


main()
