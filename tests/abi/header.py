# SPDX-License-Identifier: LGPL-2.1-or-later
"""header.py COMPILER...: the public header compiles alone as every C and C++ that integrators use.

COMPILER is a command; it is asked itself whether it is for C or C++. It also includes nothing but two headers of the
C standard, and keeps the conventions that let other languages bind it.
"""
import re
import shlex
import subprocess
import sys
import tempfile

from common import HEADER, Faults, read, without_comments

STANDARDS = {
    "c": ["c89", "c99", "c11", "c17", "gnu89", "gnu11"],
    "c++": ["c++98", "c++11", "c++14", "c++17", "c++20"],
}
# Twice, to prove the include guard; a use of a type, so that the unit is not empty.
UNIT = '#include <keycard/keycard.h>\n#include <keycard/keycard.h>\nextern kc_context *unit;\nkc_context *unit;\n'
# C89 has no <stdint.h> of its own; every compiler in use has, and -pedantic does not object.
FLAGS = ["-pedantic", "-Wall", "-Wextra", "-Werror", "-Wundef", "-fsyntax-only"]
C_ONLY = ["-Wstrict-prototypes"]


def compile_alone(faults, compiler, language, standard):
    include = HEADER.rsplit("/", 2)[0]
    extra = C_ONLY if language == "c" else []
    with tempfile.NamedTemporaryFile("w", suffix=".c" if language == "c" else ".cpp") as unit:
        unit.write(UNIT)
        unit.flush()
        command = [*compiler, f"-std={standard}", *FLAGS, *extra, "-I", include, "-x", language, unit.name]
        result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, check=False)
    if result.returncode != 0:
        faults.add(f"{shlex.join(command)}:\n{result.stdout}")


def check_conventions(faults):
    text = without_comments(read(HEADER))
    for name in re.findall(r"^\s*#\s*include\s*(\S+)", text, re.M):
        if name not in ("<stddef.h>", "<stdint.h>"):
            faults.add(f"the header includes {name}")
    code = re.sub(r"^\s*#[^\n]*(?:\\\n[^\n]*)*", "", text, flags=re.M)
    for word in ("enum", "union", "bool", "_Bool", "long", "short", "unsigned", "float", "double", "time_t", "inline"):
        if re.search(rf"\b{word}\b", code):
            faults.add(f"the header uses '{word}', which not every language can bind")
    if "..." in code:
        faults.add("a function of the header has variable arguments")
    for name in re.findall(r"\b(?:typedef\s+struct|define|typedef)\s+(\w+)", text):
        if not re.match(r"(kc_|KC_|KEYCARD_|int32_t|void)", name):
            faults.add(f"the header brings the name {name} into every program")
    for declaration in re.findall(r"KC_API([^;]*);", code):
        result = declaration.split("(", 1)[0].rsplit(None, 1)[0].strip()
        if "*" not in declaration.split("(", 1)[0] and result not in ("int32_t", "int64_t"):
            faults.add(f"a result is '{result}': {' '.join(declaration.split())}")


def main(compilers):
    faults = Faults()
    check_conventions(faults)
    count = 0
    for command in compilers:
        compiler = shlex.split(command)
        language = "c++" if compiler[0].rsplit("/", 1)[-1].startswith(("g++", "c++", "clang++")) else "c"
        for standard in STANDARDS[language]:
            compile_alone(faults, compiler, language, standard)
            count += 1
    if count < len(STANDARDS["c"]):
        faults.add("no compiler was given")
    faults.end(f"the header alone, {count} times")


main(sys.argv[1:])
