# SPDX-License-Identifier: LGPL-2.1-or-later
"""What doc/api.json means for a language with classes: which members each class has, and of what shape.

Every function that follows the conventions of the API becomes a member here, so a new one needs no line in a binding.
What is left out (LEFT_OUT) is what each binding does in its own way: life and death of objects, waiting, events, errors.
"""
import collections
import re

import shape

CLASSES = {"context": "Context", "site": "Site", "system": "System", "encoder": "Encoder", "device": "Device",
           "request": "Request", "op": "Operation", "key": "Key", "open_key": "OpenKey", "event": "Event",
           "driver": "Driver"}
CODES = {"devices": "DeviceWatch", "resolve": "Resolution"}
LEFT_OUT = {"kc_context_set_log", "kc_context_set_ledger", "kc_context_set_ledger_key", "kc_context_get_fd",
            "kc_context_dispatch", "kc_context_run", "kc_context_wait", "kc_context_wakeup", "kc_context_next_event",
            "kc_op_wait", "kc_op_set_user_data", "kc_op_get_user_data", "kc_key_get_image", "kc_event_get_state",
            "kc_event_get_prompt"}
WORDS = {"op": "operation", "ops": "operations"}
# Whose failed calls leave an error behind, and with which handle.
ERRORS = {"context": "context", "site": "site", "system": "system", "request": "request", "device": "context"}

# kind: value (a getter), list (count and get), series (get until "" or NULL), records (a list of texts with names),
# action (a status), start (an operation). words: its name. parameters: those besides the handle. result: of value and list.
Member = collections.namedtuple("Member", "kind words function parameters result count fields documentation")


def code_class(enumeration):
    return CODES.get(enumeration, camel(enumeration.split("_"), True))


def camel(words, first=False):
    text = "".join(word.capitalize() for word in words)
    return text if first else text[0].lower() + text[1:]


def plural(words):
    return words[:-1] + [words[-1] + "s"]


def record_class(words):
    """The class of a record, such as Warning."""
    return "DriverOption" if words == ["option"] else camel(words, True)


def owner(function):
    """The class to which a function belongs, by its first parameter; None if there is none."""
    first = function["parameters"][0] if function["parameters"] else {}
    ours = first.get("type") == "handle" and first["direction"] == "in" and first["handle"] in CLASSES
    return first["handle"] if ours else None


def words_of(function, handle):
    words = function["name"].removeprefix("kc_").removeprefix(handle + "_").split("_")
    if words[0] == "get":
        words = words[1:]
    return [WORDS.get(word, word) for word in words]


def own(function):
    name = function["name"]
    return name in LEFT_OUT or name.endswith(("_ref", "_unref", "_new", "_get_error"))


def member(handle, function, functions):
    """The member that a function is, or None if it is part of another one."""
    name, words = function["name"], words_of(function, handle)
    rest, out = function["parameters"][1:], []
    if rest and rest[-1]["direction"] == "out":
        rest, out = rest[:-1], rest[-1:]
    rest = [one for one in rest if one["type"] != "size"]  # how many bytes there are, an array knows itself

    def made(kind, words=words, parameters=rest, **more):
        values = {"result": function["returns"], "count": None, "fields": None, **more}
        text = shape.sentence(functions[values["count"]] if values["count"] else function, code_class)
        text = re.sub("^Number of (.)", lambda found: found.group(1).upper(), text) if values["count"] else text
        return Member(kind, words, name, parameters, documentation=text, **values)

    if function["returns"]["type"] == "status":
        return made("start" if out else "action")
    if not by_index(function):
        return None if counts(name, functions) else made("value")
    if name + "_count" in functions:
        return made("list", plural(words), [], count=name + "_count")
    count = name[:name.rindex("_")] + "_count"
    if count not in functions:
        return made("series", plural(words), [])
    stem = name[:name.rindex("_") + 1]
    fields = {other[len(stem):]: other for other in functions if other.startswith(stem) and other != count}
    return made("records", plural(words[:-1]), [], count=count, fields=fields) if name == next(iter(fields.values())) else None


def may_be_left_out(member):
    """How many of the last parameters a caller may leave out: those that may be NULL, but not the value of a setter."""
    count = 0
    while count < len(member.parameters) and member.parameters[-1 - count].get("nullable") and member.words[0] not in ("set", "add"):
        count += 1
    return count


def by_index(function):
    return [parameter["name"] for parameter in function["parameters"][1:]] == ["index"]


def counts(name, functions):
    """Whether a function tells how many there are for a getter by index."""
    stem = name[:-len("_count")]
    return name.endswith("_count") and any(
        (other == stem or other.startswith(stem + "_")) and by_index(function) for other, function in functions.items())


def members(api):
    """[(handle, [Member])] for each class that has some."""
    functions = {function["name"]: function for function in api["functions"]}
    found = {handle: [] for handle in CLASSES}
    for function in api["functions"]:
        handle = owner(function)
        one = member(handle, function, functions) if handle and not own(function) else None
        if one:
            found[handle].append(one)
    return [(handle, list_of) for handle, list_of in found.items() if list_of]
