# SPDX-License-Identifier: LGPL-2.1-or-later
"""Views of doc/api.json that several generators need."""
import re

PLAIN = {"string", "boolean", "enumeration", "status", "int32", "int64"}


def camel(name):
    """words_of_a_name as wordsOfAName."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def pascal(name):
    return "".join(word.capitalize() for word in name.split("_"))


def plural(name):
    return {"op": "operations"}.get(name, name + "s")


def _methods(api, handle):
    """(name behind kc_HANDLE_get_, is_ or has_, function) of the functions whose first parameter is this handle."""
    for function in api["functions"]:
        found = re.fullmatch(rf"kc_{handle}_(?:get_(\w+)|((?:is|has)_\w+))", function["name"])
        if found:
            yield found.group(1) or found.group(2), function


def sentence(function, code):
    """The description of a getter where 1 is true and `code(enumeration)` says what codes are."""
    text = function["brief"]
    if function["returns"]["type"] == "boolean":
        return re.sub("^1 if ", "Whether ", text)
    if function["returns"]["type"] == "enumeration":
        name = code(function["returns"]["enumeration"])
        text = re.sub(r"\bone of KC_\w+\.\.\.(?=[,:])", name, text, flags=re.I)
        return re.sub(r"\bone of KC_\w+\.\.\.", name + ".", text, flags=re.I)
    return text


def getters(api, handle):
    """(name, function) of the getters of one plain value, without those of lists and errors."""
    known = {name for name, _ in _methods(api, handle)}
    return [(name, function) for name, function in _methods(api, handle)
            if len(function["parameters"]) == 1 and function["returns"]["type"] in PLAIN
            and not (name.endswith("_count") and known & {name.removesuffix("_count"), f"{name[:-6]}_text"})
            and (handle, name) != ("event", "state")]


def lists(api, handle):
    """(plural name, name of the getter of the number, function that gets one by index)."""
    known = {name for name, _ in _methods(api, handle)}
    return [(plural(name), f"kc_{handle}_get_{name}_count", function) for name, function in _methods(api, handle)
            if f"{name}_count" in known and len(function["parameters"]) == 2]


def starters(api, handle):
    """(name, function) of the functions that start an operation with this handle."""
    return [(function["name"].removeprefix("kc_").removeprefix(f"{handle}_"), function) for function in api["functions"]
            if function["parameters"] and function["parameters"][0].get("handle") == handle
            and function["parameters"][-1].get("handle") == "op" and function["parameters"][-1]["direction"] == "out"]


def setters(api):
    """(name, function) of the setters of a request that take one value."""
    return [(function["name"].removeprefix("kc_request_set_"), function) for function in api["functions"]
            if function["name"].startswith("kc_request_set_") and len(function["parameters"]) == 2]
