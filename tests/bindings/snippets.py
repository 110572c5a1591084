# SPDX-License-Identifier: LGPL-2.1-or-later
"""The programs in doc/from-your-language.md run, and print what the document says.

snippets.py FOLDER SIMULATOR LIBRARY   FOLDER is the language's, with its run.sh

A fenced block of the language that is followed by a block of `text` is a whole program and what it prints. It runs in an
empty folder, with the address of a simulator in place of the document's. Ends with 77 (skipped) if the language is
not installed.
"""
import difflib
import os
import re
import subprocess
import sys

from rig import PATIENCE, Rig

DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "doc", "from-your-language.md")
# Folder of examples/bindings: word behind the fence, and ending of a file.
LANGUAGES = {"python": ("python", "py"), "node": ("javascript", "mjs"), "php": ("php", "php"), "rust": ("rust", "rs"),
             "csharp": ("csharp", "cs"), "java": ("java", "java")}
ADDRESS = "salto+tcp://10.0.0.5:8090"
SKIPPED = 77


def programs(word):
    """(program, what it prints) of a language."""
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    return re.findall(rf"^```{word}\n(.*?)^```\n+(?:[^`\n][^\n]*\n+)?```text\n(.*?)^```$", text, re.M | re.S)


def run(folder, ending, program, expected, rig, number):
    work = os.path.join(rig.folder, f"snippet-{number}")
    os.mkdir(work)
    path = os.path.join(work, f"Snippet.{ending}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(program.replace(ADDRESS, rig.environment["KEYCARD_SALTO"]))
    done = subprocess.run(["sh", os.path.join(folder, "run.sh"), path], env=rig.environment, cwd=work, text=True,
                          encoding="utf-8", stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=PATIENCE,
                          check=False)
    if done.returncode == SKIPPED:
        print(f"SKIPPED: {done.stdout.strip()}")
        return SKIPPED
    difference = list(difflib.unified_diff(expected.splitlines(), done.stdout.splitlines(), "the document", "printed",
                                           lineterm=""))
    print(f"program {number}: status {done.returncode}\n" + "\n".join(difference))
    return 1 if difference or done.returncode else 0


def main(folder, simulator, library):
    folder = os.path.abspath(folder)
    word, ending = LANGUAGES[os.path.basename(folder)]
    found = programs(word)
    if not found:
        print(f"no program in {word} with its output in {os.path.relpath(DOCUMENT)}")
        return 1
    worst = 0
    for number, (program, expected) in enumerate(found, 1):
        with Rig(simulator, library) as rig:
            worst = max(worst, run(folder, ending, program, expected, rig, number))
    return worst


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
