# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes of a list of functions what loads their library when it is first needed (doc/architecture.md, "Libraries").

    external.py header LIST HEADER
    external.py source LIST HEADER-NAME PROBE SOURCE

PROBE is an ELF file that was linked with the library: what it needs is the name to load. A line of a list is

    include HEADER             that declares the functions
    library STEM               libcurl.so: the name to load begins so
    purpose TEXT               what needs it, for the error when it is missing
    priority PRIORITY          of the package note: required, recommended or suggested
    declare DECLARATION        of an optional function that no header has
    optional NAME              a function that may be missing: NULL
    data NAME                  a variable
    NAME                       a function
"""
import json
import os
import struct
import sys

KEYWORDS = ("include", "library", "purpose", "priority", "declare", "optional", "data")


class List:
    def __init__(self, path):
        self.name = os.path.basename(path).partition(".")[0]
        self.said = {word: [] for word in KEYWORDS}
        self.functions = []
        with open(path, encoding="utf-8") as file:
            for line in file:
                self.read(line.partition("#")[0].strip())
        # those that may be missing stand last, so that a count tells them
        self.needed = self.functions + self.said["data"]
        self.symbols = self.needed + self.said["optional"]

    def read(self, line):
        word, _, rest = line.partition(" ")
        if word in KEYWORDS:
            self.said[word].append(rest.strip())
        elif line:
            self.functions.append(line)

    def one(self, word):
        (value,) = self.said[word]
        return value

    def includes(self):
        return (f"#include <{file}>" for file in self.said["include"])


def header(listed):
    name = listed.name
    guard = f"KEYCARD_EXTERNAL_{name.upper()}_CALLS_H"
    yield f"#ifndef {guard}\n#define {guard}\n"
    yield from listed.includes()
    yield '\n#include "util/external.h"\n'
    yield from listed.said["declare"]
    yield "#ifdef KEYCARD_LOAD_ON_USE"
    yield f"struct {name}_functions {{"
    yield from (f"    __typeof__({symbol}) *to_{symbol};" for symbol in listed.symbols)
    yield "};"
    yield f"extern struct {name}_functions {name}_functions;"
    yield f"extern struct external {name}_external;"
    yield f"static inline int32_t {name}_need(struct kc_error *error)"
    yield f"{{\n    return external_need(&{name}_external, error);\n}}"
    for symbol in listed.symbols:
        function = f"{name}_functions.to_{symbol}"
        yield f"#undef {symbol}"
        yield f"#define {symbol} " + (f"(*{function})" if symbol in listed.said["data"] else function)
    yield "#else"
    yield f"static inline int32_t {name}_need(struct kc_error *error)"
    yield "{\n    (void)error;\n    return KC_OK;\n}"
    yield "#endif\n\n#endif"


def text(value):
    return json.dumps(value)  # what we write is the same in C


def package_note(listed, file):
    """See "ELF dlopen metadata" of the UAPI group: tools that build packages read it instead of what is linked."""
    content = json.dumps([{"soname": [file], "feature": listed.name, "description": listed.one("purpose"),
                           "priority": listed.one("priority")}])
    yield f"#define NOTE {text(content)}"
    yield "static const struct {\n    uint32_t name_size, size, type;\n    char name[4];"
    yield "    _Alignas(4) char content[sizeof(NOTE)];"
    yield '} note __attribute__((used, section(".note.dlopen"), aligned(4))) = {'
    yield '    4, sizeof(NOTE), 0x407C0C0A, "FDO", NOTE};'


def source(listed, own, file):
    name = listed.name
    yield from listed.includes()
    # before the functions are renamed: headers may give them other names, such as ucal_open_72
    yield "#define TEXT_OF(name) #name\n#define NAME(name) TEXT_OF(name)"
    yield "static const char *const names[] = {"
    yield from (f"    NAME({symbol})," for symbol in listed.symbols)
    yield "};\n"
    yield f'#include "{own}"\n'
    yield f"struct {name}_functions {name}_functions;"
    yield f"_Static_assert(sizeof({name}_functions) == sizeof(names), \"one pointer for each name\");"
    yield f"struct external {name}_external = {{"
    yield f"    .file = {text(file)},\n    .purpose = {text(listed.one('purpose'))},\n    .names = names,"
    yield f"    .functions = &{name}_functions,\n    .count = sizeof(names) / sizeof(names[0]),"
    yield f"    .needed = {len(listed.needed)},\n}};\n"
    yield from package_note(listed, file)


def needs_of(path):
    """The names of the shared libraries that an ELF file needs."""
    with open(path, "rb") as file:
        image = file.read()
    if image[:4] != b"\x7fELF":
        sys.exit(f"{path} is no ELF file")
    wide = image[4] == 2
    order = "<" if image[5] == 1 else ">"

    def read(form, at):
        return struct.unpack_from(order + form, image, at)

    (sections,) = read("Q", 40) if wide else read("I", 32)
    size, count = read("HH", 58 if wide else 46)
    for section in range(count):
        at = sections + section * size
        kind = read("I", at + 4)[0]
        place, length, link = read("QQI", at + 24) if wide else read("III", at + 16)
        if kind != 6:  # SHT_DYNAMIC
            continue
        (strings,) = read("Q", sections + link * size + 24) if wide else read("I", sections + link * size + 16)
        for entry in range(place, place + length, 16 if wide else 8):
            tag, value = read("qQ" if wide else "iI", entry)
            if tag == 1:  # DT_NEEDED
                yield image[strings + value:image.index(b"\0", strings + value)].decode()


def main():
    what, path = sys.argv[1:3]
    listed = List(path)
    if what == "header":
        lines = header(listed)
    else:
        own, probe = sys.argv[3:5]
        found = [name for name in needs_of(probe) if name.startswith(listed.one("library"))]
        if len(found) != 1:
            sys.exit(f"{probe} needs {found or 'no library'} where {path} expects one {listed.one('library')}")
        lines = source(listed, own, found[0])
    with open(sys.argv[-1], "w", encoding="utf-8") as file:
        file.write("\n".join([f"/* Made from lib/external/{listed.name}.list. */", *lines]) + "\n")


main()
