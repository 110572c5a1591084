# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tables of options in doc/*.md are those of the built library.

options.py LIBRARY           checks them
options.py LIBRARY --write   writes them anew
"""
import ctypes
import os
import re
import sys

from common import ROOT, Faults, read

PAGES = {"salto": "doc/salto.md", "onity": "doc/onity.md", "saflok-irs": "doc/saflok-irs.md",
         "saflok-lens": "doc/lens.md",
         "fias": "doc/fias.md", "contactless": "doc/contactless.md", "magstripe": "doc/magstripe.md"}


class Library:
    def __init__(self, path):
        self.library = ctypes.CDLL(os.path.abspath(path))
        self.library.kc_driver_find.restype = ctypes.c_void_p

    def driver(self, name):
        return self.library.kc_driver_find(name.encode())

    def count(self, driver):
        return self.library.kc_driver_get_option_count(ctypes.c_void_p(driver))

    def option(self, what, driver, index):
        function = getattr(self.library, f"kc_driver_get_option_{what}")
        function.restype = ctypes.c_char_p
        return function(ctypes.c_void_p(driver), ctypes.c_int32(index)).decode("utf-8").replace("|", "\\|")


def compose(library, driver):
    lines = ["| option | default | values | meaning |", "|---|---|---|---|"]
    for index in range(library.count(driver)):
        name, default, values, text = (library.option(what, driver, index)
                                       for what in ("name", "default", "values", "help"))
        lines.append(f"| `{name}` | {f'`{default}`' if default else ''} | {values} | {text} |")
    return "\n".join(lines) + "\n"


def main(path, write):
    faults = Faults()
    library = Library(path)
    pages = 0
    for name, page in PAGES.items():
        driver = library.driver(name)
        if driver is None:
            continue  # not compiled in
        pages += 1
        where = os.path.join(ROOT, page)
        text = read(where)
        match = re.search(rf"(<!-- options of {name}: begin[^\n]*-->\n)(.*?)(<!-- options of {name}: end -->)", text,
                          re.S)
        if not match:
            faults.add(f"{page} has no place for the options of {name}")
        elif write:
            with open(where, "w", encoding="utf-8") as file:
                file.write(text[:match.start(2)] + compose(library, driver) + text[match.end(2):])
        elif match.group(2) != compose(library, driver):
            faults.add(f"{page} does not say what the driver {name} says: python3 tests/abi/options.py {path} --write")
    faults.end(f"{pages} pages with options")


main(sys.argv[1], sys.argv[2:] == ["--write"])
