# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the bindings have from doc/api.json: declarations, codes, descriptions.

generate.py           checks that the generated files are what doc/api.json says, and that each binding has all of it
generate.py --write   writes them anew

Each folder of a language may have a generate.py of its own with a function compose(api), which returns the generated
files of that folder as {name: text}.
"""
import importlib.util
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
API = os.path.join(HERE, "..", "..", "doc", "api.json")


def generators():
    """(folder, module) of each language that has something to generate."""
    for language in sorted(os.listdir(HERE)):
        path = os.path.join(HERE, language, "generate.py")
        if os.path.exists(path):
            spec = importlib.util.spec_from_file_location(f"generate_{language}", path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            yield os.path.join(HERE, language), module


def read(path):
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return file.read()


def main():
    if sys.argv[1:] not in ([], ["--write"]):
        sys.exit(__doc__)
    sys.dont_write_bytecode = True
    sys.path.insert(0, HERE)  # generators share shape.py
    import covered
    api = json.loads(read(API))
    count = stale = lacking = 0
    for folder, module in generators():
        for name, text in module.compose(api).items():
            path = os.path.join(folder, name)
            count += 1
            if read(path) == text:
                continue
            if sys.argv[1:]:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
                continue
            print(f"{os.path.relpath(path)} is not what doc/api.json says: python3 examples/bindings/generate.py --write")
            stale += 1
        for name in covered.missing(api, folder):
            print(f"{os.path.relpath(folder)}: {name} is in no member of the package (or in one, and in LEFT_OUT of covered.py)")
            lacking += 1
    print(f"{count} generated files, {stale} stale; {lacking} functions without a member")
    return 1 if stale or lacking or not count else 0


sys.exit(main())
