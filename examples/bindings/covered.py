# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which functions of doc/api.json no member of a binding calls."""
import glob
import os
import re

# The package of each language, and the generated file there that only declares.
PACKAGES = {"python": ("keycard/*.py", "_declarations.py"), "node": ("keycard/*.js", "declarations.js"),
            "php": ("keycard/*.php", "declarations.php"), "rust": ("src/*.rs", ""),
            "csharp": ("Keycard/*.cs", "Calls.cs"), "java": ("keycard/*.java", "Calls.java")}
# What the languages do by themselves. The labels of codes are made of their names where enumerations have such.
NOT_NEEDED = re.compile(r"kc_(\w+_(ref|unref)|(?!\w+_get_)\w+_name|version_number|op_wait|context_run|op_[gs]et_user_data|has_driver)")
# No callbacks but in Python; a descriptor and a wake-up only where an event loop or another thread can use them.
LEFT_OUT = {"python": {"kc_context_wait"}, "node": {"kc_context_set_log", "kc_context_wait"}, "rust": {"kc_context_set_log"},
            "php": {"kc_context_set_log", "kc_context_get_fd", "kc_context_wakeup"}, "csharp": {"kc_context_set_log"},
            "java": {"kc_context_set_log", "kc_context_get_fd"}}
COMMENT = re.compile(r'^\s*(//|#|\*|/\*).*?$|""".*?"""', re.MULTILINE | re.DOTALL)


def called(folder, language):
    """The names of functions in the code; one that ends with `_` is the beginning of several, put together there."""
    pattern, declarations = PACKAGES[language]
    found = set()
    for path in glob.glob(os.path.join(folder, pattern)):
        if os.path.basename(path) != declarations:
            with open(path, encoding="utf-8") as file:
                found |= set(re.findall(r"kc_[a-z]\w*", COMMENT.sub("", file.read())))
    return {name for name in found if not name.endswith("_")}, tuple(name for name in found if name.endswith("_"))


def missing(api, folder):
    """Those that the binding in this folder does not have, and those that it has though it says it has not."""
    language = os.path.basename(folder)
    names, beginnings = called(folder, language)
    left_out = LEFT_OUT.get(language, set())
    for function in api["functions"]:
        name = function["name"]
        has = name in names or name.startswith(beginnings)
        if has == (name in left_out) and not NOT_NEEDED.fullmatch(name):
            yield name
