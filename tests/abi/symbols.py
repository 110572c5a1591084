# SPDX-License-Identifier: LGPL-2.1-or-later
"""symbols.py LIBRARY: public header, version script and built library name exactly the same functions."""
import sys

from common import Faults, header_functions, map_functions, output_of


def exported(library):
    """Exported names and their versions."""
    names = {}
    for line in output_of("nm", "-D", "--defined-only", library).splitlines():
        _, kind, name = line.split(None, 2)
        plain, _, version = name.partition("@")
        if kind == "A" and not version and plain.startswith("KEYCARD_"):
            continue  # the version node itself
        names[plain] = (kind, version.lstrip("@"))
    return names


def main(library):
    faults = Faults()
    declared = header_functions()
    versions = map_functions()
    listed = [name for names in versions.values() for name in names]
    built = exported(library)

    faults.difference("lib/libkeycard.map against the header", listed, declared)
    faults.difference("exported symbols against the header", built, declared)
    for name in {name for name in listed if listed.count(name) > 1}:
        faults.add(f"lib/libkeycard.map lists {name} twice")
    for version, names in versions.items():
        if names != sorted(names):
            faults.add(f"lib/libkeycard.map: the names of {version} are not in alphabetical order")
        for name in names:
            kind, have = built.get(name, ("T", version))
            if have != version:
                faults.add(f"{name} is exported as version '{have}', not {version}")
            if kind != "T":
                faults.add(f"{name} is exported as '{kind}': only functions are, never data")
    faults.end(f"{len(declared)} functions declared, {len(listed)} in the map, {len(built)} exported")


main(sys.argv[1])
