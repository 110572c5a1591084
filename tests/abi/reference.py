# SPDX-License-Identifier: LGPL-2.1-or-later
"""doc/reference.md, the index of all functions, says what the public header says.

reference.py           checks it, and that no document names a function or constant that the header does not have
reference.py --write   writes it anew from the header
"""
import os
import re
import sys

from common import HEADER, ROOT, Faults, header_functions, read, without_comments

REFERENCE = os.path.join(ROOT, "doc", "reference.md")
HEAD = """<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->
# Reference

Every function of libkeycard with the first sentence of its description. The manual itself is the public header,
[keycard.h](../include/keycard/keycard.h), which reads from top to bottom; this index is made from it
(`python3 tests/abi/reference.py --write`), and a test compares the two.
"""
GROUP = re.compile(r"@defgroup\s+(\w+)\s+([^@*\n]+)")
# Internal names that documents for driver authors may use: they stand in the sources, not in the public header.
INTERNAL = re.compile(r"\b(?:struct|enum)\s+(kc_\w+)")


def first_sentence(comment):
    text = re.sub(r"^\s*\* ?", "", comment, flags=re.M)
    text = " ".join(re.split(r"^\s*$|^\s*(?=@|\|)", text, maxsplit=1, flags=re.M)[0].split())
    text = re.split(r"\s@(?:return|since|param)\b", " " + text, maxsplit=1)[0]
    text = re.sub(r"@a (\w+)", r"*\1*", text).replace("#KC", "KC").replace("|", "\\|")
    match = re.match(r"(.*?[.])(?= |$)", text.strip())
    return (match.group(1) if match else text.strip()).replace(" * ", " × ")


def entries():
    """(group title, [(function, declaration, sentence)]) in the order of the header."""
    text = read(HEADER)
    pattern = re.compile(
        r"/\*\*(?P<comment>(?:(?!\*/).)*)\*/"
        r"(?P<after>\s*KC_API\b(?P<result>[^;{}]*?)\b(?P<name>kc_\w+)\s*(?P<parameters>\([^;{}]*\))\s*;)?",
                         re.S)
    groups = []
    for match in pattern.finditer(text):
        group = GROUP.search(match["comment"])
        if group:
            groups.append((group.group(2).strip(), []))
        if match["after"]:
            declaration = match["result"] + match["name"] + match["parameters"]
            groups[-1][1].append((match["name"], " ".join(declaration.split()), first_sentence(match["comment"])))
    return groups


def compose():
    parts = [HEAD]
    for title, functions in entries():
        if functions:
            parts.append(f"\n## {title}\n\n| function | |\n|---|---|\n")
            parts += [f"| `{declaration}` | {sentence} |\n" for _, declaration, sentence in functions]
    return "".join(parts)


def documents():
    yield os.path.join(ROOT, "README.md")
    for name in ("NEWS", "CONTRIBUTING.md", "SECURITY.md"):
        yield os.path.join(ROOT, name)
    for folder, _, files in os.walk(os.path.join(ROOT, "doc")):
        yield from (os.path.join(folder, name) for name in sorted(files) if name.endswith((".md", ".1", ".3")))
    for folder, _, files in os.walk(os.path.join(ROOT, "drivers")):
        yield from (os.path.join(folder, name) for name in sorted(files) if name.endswith(".md"))


def check_names(faults):
    """Names that end in _ or are followed by * or ... stand for a group of names."""
    known = set(re.findall(r"\b(?:kc|KC)_\w+", without_comments(read(HEADER))))
    for path in documents():
        if not os.path.exists(path):
            continue
        text = read(path).replace("\\-", "-").replace("\\_", "_")
        internal = set(INTERNAL.findall(text))
        for match in re.finditer(r"\b((?:kc|KC)_\w+)(\.\.\.|\*)?", text):
            name, more = match.groups()
            if more or name.endswith("_"):
                good = any(other.startswith(name) for other in known)
            else:
                good = name in known or name in internal
            if not good:
                line = text.count("\n", 0, match.start()) + 1
                faults.add(f"{os.path.relpath(path, ROOT)}:{line}: the header has no {match.group()}")


def main():
    faults = Faults()
    listed = [name for _, functions in entries() for name, _, _ in functions]
    faults.difference("functions with a description", listed, header_functions())
    if sys.argv[1:] == ["--write"]:
        with open(REFERENCE, "w", encoding="utf-8") as file:
            file.write(compose())
    elif not os.path.exists(REFERENCE) or read(REFERENCE) != compose():
        faults.add("doc/reference.md is not what the header says: python3 tests/abi/reference.py --write")
    check_names(faults)
    faults.end(f"{len(listed)} functions in doc/reference.md")


main()
