# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the form of source files: layout.py FILE...

Each begins with its licence, and none is so long that it must have two subjects. A table of test cases may be longer,
and the public header, which is the manual.
"""
import os
import sys

SOURCES = (".c", ".h", ".cpp", ".py", ".sh")
LICENCE = "SPDX-License-Identifier: LGPL-2.1-or-later"
LONGEST = 700
LONGEST_TEST = 1200


def faults(path):
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except UnicodeDecodeError as error:
        yield f"not UTF-8: {error}"
        return
    if not any(LICENCE in line for line in lines[:2]):
        yield f"the first line (after #!) must be a comment with {LICENCE}"
    longest = LONGEST_TEST if path.startswith("tests/") else LONGEST
    if len(lines) > longest and not path.startswith("include/"):
        yield f"{len(lines)} lines; split it by subject (at most {longest})"


def main(paths):
    found = 0
    for path in paths:
        if path.endswith(SOURCES) and os.path.isfile(path):
            for fault in faults(path.removeprefix("./")):
                print(f"{path}: {fault}")
                found += 1
    return 1 if found else 0


sys.exit(main(sys.argv[1:]))
