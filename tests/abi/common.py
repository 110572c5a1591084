# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the checks of this folder share: the tree, the public header, C text without comments, reporting."""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HEADER = os.path.join(ROOT, "include", "keycard", "keycard.h")
MAP = os.path.join(ROOT, "lib", "libkeycard.map")

_COMMENT_OR_LITERAL = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def without_comments(text):
    """The C text with each comment replaced by a blank; line numbers stay."""

    def blank(match):
        part = match.group()
        return part if part[0] in "\"'" else " " + "\n" * part.count("\n")

    return _COMMENT_OR_LITERAL.sub(blank, text)


def header_functions():
    """Names of the functions that the public header declares, in its order."""
    names = re.findall(r"\bKC_API\b[^;{}]*?\b(\w+)\s*\([^;{}]*\)\s*;", without_comments(read(HEADER)))
    if len(names) < 100 or len(names) != len(set(names)):
        sys.exit(f"{HEADER}: {len(names)} declarations found, {len(set(names))} different; is this script still right?")
    return names


def map_functions():
    """Names in the version script, by version."""
    versions = {}
    for version, body in re.findall(r"^(\w[\w.]*)\s*\{(.*?)\}", without_comments(read(MAP)), re.M | re.S):
        public = body.split("local:")[0]
        versions[version] = re.findall(r"^\s*(\w+)\s*;", public.replace("global:", ""), re.M)
    return versions


def output_of(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


class Faults:
    """Collects faults; end() leaves the program with status 0 or 1."""

    def __init__(self):
        self.count = 0

    def add(self, text):
        print(text)
        self.count += 1

    def difference(self, what, have, want):
        for name in sorted(set(have) - set(want)):
            self.add(f"{what}: {name} is too many")
        for name in sorted(set(want) - set(have)):
            self.add(f"{what}: {name} is missing")

    def end(self, summary):
        print(f"{summary}: {self.count} faults")
        sys.exit(1 if self.count else 0)
