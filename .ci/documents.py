# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the *.md documents of the project.

documents.py links            every relative link leads to a file, and its #anchor to a heading
documents.py code DIRECTORY   every C program in a fenced block compiles against the public header
"""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
DEFINITION = re.compile(r"^\[[^\]]+\]:\s*(\S+)", re.M)
HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t#]*$", re.M)
FENCE = re.compile(r"^```[ \t]*(\w*)[^\n]*\n(.*?)^```[ \t]*$", re.M | re.S)


def documents():
    for folder, folders, files in os.walk(ROOT):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "build", "node_modules")))
        for name in sorted(files):
            if name.endswith(".md"):
                yield os.path.join(folder, name)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def anchors(text):
    """The anchors that the usual renderers make of headings, in their order."""
    found = []
    for heading in HEADING.findall(FENCE.sub("", text)):
        words = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower())
        anchor, number = words.strip().replace(" ", "-"), 1
        unique = anchor
        while unique in found:
            unique, number = f"{anchor}-{number}", number + 1
        found.append(unique)
    return found


def check_links():
    faults = count = 0
    for path in documents():
        text = FENCE.sub("", read(path))
        text = re.sub(r"`[^`\n]*`", "", text)
        for target in LINK.findall(text) + DEFINITION.findall(text):
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            count += 1
            name, _, anchor = target.partition("#")
            goal = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
            where = os.path.relpath(path, ROOT)
            if not (goal == ROOT or goal.startswith(ROOT + os.sep)) or not os.path.exists(goal):
                print(f"{where}: the link {target} leads nowhere")
                faults += 1
            elif anchor and goal.endswith(".md") and anchor not in anchors(read(goal)):
                print(f"{where}: {os.path.relpath(goal, ROOT)} has no heading #{anchor}")
                faults += 1
    print(f"{count} links, {faults} faults")
    return faults == 0 and count > 0


def check_code(directory):
    os.makedirs(directory, exist_ok=True)
    faults = programs = 0
    for path in documents():
        where = os.path.relpath(path, ROOT)
        for number, (language, code) in enumerate(FENCE.findall(read(path)), 1):
            if language != "c" or not re.search(r"#\s*include\s*<keycard/keycard\.h>", code):
                continue
            programs += 1
            source = os.path.join(directory, f"{where.replace(os.sep, '_')}.{number}.c")
            with open(source, "w", encoding="utf-8") as file:
                file.write(code)
            command = ["cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                       "-I", os.path.join(ROOT, "include"), source]
            if subprocess.run(command, check=False).returncode != 0:
                print(f"{where}: block {number} does not compile")
                faults += 1
    if not os.path.exists(os.path.join(ROOT, "README.md")) or programs == 0:
        print("README.md must show a whole program, with its #include <keycard/keycard.h>")
        return False
    print(f"{programs} programs, {faults} faults")
    return faults == 0


if __name__ == "__main__":
    if sys.argv[1:] == ["links"]:
        sys.exit(0 if check_links() else 1)
    if len(sys.argv) == 3 and sys.argv[1] == "code":
        sys.exit(0 if check_code(sys.argv[2]) else 1)
    sys.exit(__doc__)
