#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a measurement that prints one JSON object a line, and at its end prints them again as tables.

    table.py COMMAND [ARGUMENT]...

Objects with the same members share a table. One that would be too wide lies on its side.
"""
import json
import signal
import subprocess
import sys

WIDEST = 160


def as_object(line):
    try:
        found = json.loads(line, parse_float=str)  # with the digits that it came with
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def as_cell(value):
    if isinstance(value, dict):
        return ", ".join(f"{name} {as_cell(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return " ".join(map(as_cell, value))
    return str(value)


def is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def lines_of(rows):
    """Rows of cells, in columns: numbers to the right, the rest to the left."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = [cell.rjust(width) if is_number(cell) or cell == "" else cell.ljust(width)
                 for cell, width in zip(row, widths)]
        yield "  ".join(cells).rstrip()


def table_of(objects):
    """The lines of one table; its title is what was measured."""
    names = [name for name in objects[0] if name != "benchmark"]
    titles = [name.replace("_", " ") for name in names]
    rows = [titles] + [[as_cell(found[name]) for name in names] for found in objects]
    if max(map(len, lines_of(rows))) > WIDEST:
        rows = [list(column) for column in zip(*rows)]
    return [str(objects[0].get("benchmark", "")), *lines_of(rows)]


def tables_of(objects):
    """Text. Those of one kind stand together, in the order in which their first ones came."""
    kinds = {}
    for found in objects:
        kinds.setdefault((found.get("benchmark"), *found), []).append(found)
    return "\n".join("\n" + "\n".join(table_of(of_kind)) for of_kind in kinds.values())


def main():
    objects, command = [], sys.argv[1:]
    if command[0].endswith(".py"):
        command.insert(0, sys.executable)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as measurement:
        for line in measurement.stdout:
            print(line, end="", flush=True)
            found = as_object(line)
            if found:
                objects.append(found)
    if objects:
        print(tables_of(objects), flush=True)
    if measurement.returncode < 0:
        print(f"the measurement was ended by {signal.Signals(-measurement.returncode).name}", file=sys.stderr)
        return 1
    return measurement.returncode


if __name__ == "__main__":
    sys.exit(main())
