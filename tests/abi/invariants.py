# SPDX-License-Identifier: LGPL-2.1-or-later
"""doc/invariants.md names for each invariant at least one test that exists.

A test is named as `tests/folder/file.c:function` (or `file.py` alone for a script); the function must be defined in
the file, and listed a second time in it, or it would never be run.
"""
import os
import re

from common import ROOT, Faults, read, without_comments

DOCUMENT = os.path.join(ROOT, "doc", "invariants.md")
INVARIANTS = range(1, 16)
ROW = re.compile(r"^\|\s*(\d+)\s*\|([^\n]*)\|\s*$", re.M)
TEST = re.compile(r"`(tests/[\w./-]+)(?::(\w+))?`")


def check_test(faults, number, path, function):
    where = os.path.join(ROOT, path)
    if not os.path.isfile(where):
        faults.add(f"invariant {number}: there is no {path}")
    elif path.endswith((".c", ".cpp")):
        if not function:
            faults.add(f"invariant {number}: {path} needs the name of a function")
            return
        uses = re.findall(rf"\b{function}\b", without_comments(read(where)))
        if len(uses) < 2:
            faults.add(f"invariant {number}: {path} {'never runs' if uses else 'has no'} {function}")


def main():
    faults = Faults()
    rows = {}
    for number, cells in ROW.findall(read(DOCUMENT)):
        rows.setdefault(int(number), "")
        rows[int(number)] += cells
    for number in INVARIANTS:
        if number not in rows:
            faults.add(f"invariant {number} stands in no row of doc/invariants.md")
            continue
        tests = TEST.findall(rows[number])
        if not tests:
            faults.add(f"invariant {number} names no test")
        for path, function in tests:
            check_test(faults, number, path, function)
    for number in sorted(set(rows) - set(INVARIANTS)):
        faults.add(f"there is no invariant {number}")
    faults.end(f"{len(rows)} invariants")


main()
