# SPDX-License-Identifier: LGPL-2.1-or-later
"""doc/api.json, the description of the public interface for programs, says what the public header says.

api.py LIBRARY   checks it against header, symbol map and the built library
api.py --write   writes it anew from the header (and lib/status.c, which knows the texts of statuses and advice)

Needs libclang with its Python module: Debian's package python3-clang-14, which is for /usr/bin/python3.
"""
import ctypes
import json
import os
import re
import sys

from clang import cindex

from common import ROOT, Faults, header_functions, map_functions
from header_cursor import STANDARD, Comment, Header

API = os.path.join(ROOT, "doc", "api.json")
STATUS_SOURCE = os.path.join(ROOT, "lib", "status.c")
RENEW = "/usr/bin/python3 tests/abi/api.py --write"
CONVENTIONS = {
    "status": "0 or a negative value of the enumeration status; out-parameters are untouched on failure",
    "ownership": "owned: give it back with the handle's unref function; borrowed: lives as long as the object it came"
                 " from; static: lives as long as the library",
    "strings": "NUL-terminated UTF-8; those that come back are never NULL and are not freed",
    "nullable": "parameters: NULL may be given, and means what the description says; results: NULL may come",
    "thread": "any: callable from any thread; context: only in the thread that has the context; ended: from any thread"
              " once the operation has ended, before that as context",
    "enumerations": "values are only ever appended: treat an unknown one as other",
}
# The word behind KC_ of constants, and what the enumeration is called. Others are called by that word itself.
ENUMERATIONS = {"ERROR": "status", "OK": "status", "EVENT": "event_type", "ENCODER": "encoder_state",
                "LINK": "link_state", "DEVICE": "device_state", "KEY": "key_state", "LOG": "log_level"}
# Parameters whose comment does not name their enumeration.
ENUMERATION_OF_PARAMETER = {"status", "outcome", "type", "prompt", "capability", "limit", "verb", "kind", "answer"}
# "In the same way": the parameters are described at another function.
PARAMETERS_AS = {"kc_list_ops": "kc_list_keys"}


def enumeration_of(constant):
    word = constant.split("_")[1]
    return ENUMERATIONS.get(word, word.lower())


def handle_name(type_name):
    match = re.fullmatch(r"(?:const )?kc_(\w+) \*{1,2}", type_name)
    return match.group(1) if match else None


# ---- Statuses and advice --------------------------------------------------------------------------------------------

def status_texts():
    """({status constant: (text, advice constant)}, {advice constant: text}) of lib/status.c."""
    include = [f"-I{os.path.join(ROOT, name)}" for name in ("include", "lib")]
    unit = cindex.Index.create().parse(STATUS_SOURCE, args=STANDARD + include)
    statuses, advice = {}, {}
    for cursor in unit.cursor.walk_preorder():
        if cursor.kind != cindex.CursorKind.VAR_DECL or cursor.spelling not in ("statuses", "texts"):
            continue
        source = " ".join(token.spelling for token in cursor.get_tokens())
        string = r'((?:"(?:\\.|[^"\\])*"\s*)+)'
        if cursor.spelling == "statuses":
            for constant, _, text, what in re.findall(rf"\{{ (KC_\w+) , {string}, {string}, (KC_\w+) \}}", source):
                statuses[constant] = (joined(text), what)
        else:
            advice.update((constant, joined(text)) for constant, text in
                          re.findall(rf"\[ (KC_ADVICE_\w+) \] = {string}", source))
    return statuses, advice


def joined(literals):
    return "".join(json.loads(literal) for literal in re.findall(r'"(?:\\.|[^"\\])*"', literals))


# ---- Parts of the description ---------------------------------------------------------------------------------------

def enumerations(header):
    functions = {function.spelling for function in header.functions}
    statuses, advice = status_texts()
    found = {}
    for cursor, value in header.constants:
        constant, line = cursor.spelling, cursor.location.line
        name = enumeration_of(constant)
        if name not in found:
            comment = header.comment_above(line)
            found[name] = {"name": name, "documentation": comment.text, "group": header.group_at(line),
                           "name_function": f"kc_{name}_name" if f"kc_{name}_name" in functions else None, "values": []}
        entry = {"constant": constant, "name": re.sub(r"^KC_([A-Z]+_)?", "", constant).lower().replace("_", "-"),
                 "value": value, "documentation": header.comment_behind(line).text}
        if name == "status":
            entry["text"], entry["advice"] = statuses[constant]
        elif name == "advice":
            entry["text"] = advice[constant]
        found[name]["values"].append(entry)
    return list(found.values())


def handles(header):
    functions = {function.spelling for function in header.functions}
    for cursor in header.typedefs:
        if cursor.underlying_typedef_type.get_canonical().kind != cindex.TypeKind.RECORD:
            continue
        name = cursor.spelling.removeprefix("kc_")
        there = {what: f"kc_{name}_{what}" if f"kc_{name}_{what}" in functions else None for what in ("ref", "unref")}
        error = f"kc_{name}_get_error"
        yield {"name": name, "type": cursor.spelling, **there, "error_function": error if error in functions else None,
               "documentation": header.comment_behind(cursor.location.line).text}


def callbacks(header):
    for cursor in header.typedefs:
        pointee = cursor.underlying_typedef_type.get_pointee()
        if pointee.kind in (cindex.TypeKind.FUNCTIONPROTO, cindex.TypeKind.UNEXPOSED):
            comment = Comment(cursor.raw_comment)
            yield {"name": cursor.spelling, "documentation": comment.text, "parameters":
                   [{"name": child.spelling, "c": child.type.spelling} for child in cursor.get_children()
                    if child.kind == cindex.CursorKind.PARM_DECL]}


class Function:
    """One function, described from its declaration and its comment by the conventions of the header."""

    def __init__(self, header, cursor, known):
        self.cursor, self.known = cursor, known
        self.name = cursor.spelling
        self.comment = Comment(cursor.raw_comment)
        self.group = header.group_at(cursor.location.line)
        self.all_text = f"{self.comment.text} {self.comment.returns}"
        like = next((other for other in header.functions if other.spelling == PARAMETERS_AS.get(self.name)), cursor)
        self.parameter_texts = Comment(like.raw_comment).parameters

    def enumeration_in(self, text):
        match = re.search(r"\bKC_([A-Z]+)_(?:[A-Z_]+)?\.\.\.", text)
        return enumeration_of(f"KC_{match.group(1)}_") if match else None

    def integer(self):
        """What an int32_t result means: the header has one type for all of them."""
        text = self.all_text
        if self.name in ("kc_context_wait",):
            return {"type": "flag-or-status"}
        if re.search(r"_(get|is|has|count)(_|$)|_has_|_number$", self.name):
            if re.match(r"1 if\b", text):
                return {"type": "boolean"}
            found = None if re.match(r"Number|Which|How many|A descriptor|Version", text) else self.enumeration_in(text)
            if found == "status" or self.name.endswith(("_get_status", "_get_code")):
                found = "status"
            elif self.name == "kc_event_get_state":
                found = None  # of three enumerations, by the type of the event
            return {"type": "enumeration", "enumeration": found} if found else {"type": "int32"}
        if re.match(r"The same as one number", text):
            return {"type": "int32"}
        return {"type": "status"}

    def result(self):
        kind = self.cursor.result_type.spelling
        entry = {"c": kind}
        if kind == "int32_t":
            entry |= self.integer()
        elif kind == "const char *":
            static = "Static string" in self.all_text or self.name.startswith("kc_driver_")
            entry |= {"type": "string", "ownership": "static" if static else "borrowed", "nullable": False}
        elif kind == "const uint8_t *":
            entry |= {"type": "bytes", "ownership": "borrowed", "nullable": True, "length_parameter": "size"}
        elif kind == "void *":
            entry |= {"type": "pointer", "ownership": "caller", "nullable": True}
        elif handle_name(kind):
            owned = self.name.endswith("_ref") or self.name == "kc_context_next_event"
            held = "static" if handle_name(kind) == "driver" else "borrowed"
            entry |= {"type": "handle", "handle": handle_name(kind), "ownership": "owned" if owned else held,
                      "nullable": "NULL" in self.all_text}
            if self.name.endswith("_unref"):
                entry = {"c": kind, "type": "null"}
        else:
            entry |= {"type": {"int64_t": "int64", "void": "none"}[kind]}
        return entry | {"documentation": self.comment.returns}

    def nullable(self, name, kind, text):
        if self.name.endswith("_unref") and kind.startswith("kc_"):
            return True
        if kind == "const char *" and self.group == "request" and "_set_" in self.name:
            return True  # "NULL or "" removes a value": the group's comment
        if re.search(rf"\b{name} may be NULL", self.comment.text):
            return True
        return bool(re.search(r"\bmay be NULL|\bor NULL|\belse NULL|NULL\)", text)) or (
            kind in self.known or kind == "void *")

    def parameter(self, cursor):
        name, kind = cursor.spelling, cursor.type.spelling
        text = self.parameter_texts.get(name, "")
        entry = {"name": name, "c": kind, "direction": "in"}
        if kind.endswith("**"):
            entry |= {"direction": "out", "type": "handle", "handle": handle_name(kind), "ownership": "owned"}
        elif kind == "size_t *":
            entry |= {"direction": "out", "type": "size"}
        elif handle_name(kind):
            entry |= {"type": "handle", "handle": handle_name(kind)}
        elif kind in self.known:
            entry |= {"type": "callback"}
        elif kind == "int32_t" and self.comment.text.startswith("1: "):
            entry |= {"type": "boolean"}
        elif kind == "int32_t":
            found = self.enumeration_in(text) or self.enumeration_of_parameter(name)
            entry |= {"type": "enumeration", "enumeration": found} if found else {"type": "int32"}
        else:
            entry |= {"type": {"const char *": "string", "void *": "pointer", "const uint8_t *": "bytes",
                               "size_t": "size"}[kind]}
        return entry | {"nullable": self.nullable(name, kind, text), "documentation": text}

    def enumeration_of_parameter(self, name):
        if self.name == "kc_context_set_log":
            return "log_level"
        if self.name.startswith("kc_list_"):
            return None
        if name == "state":
            return self.name.removeprefix("kc_").removesuffix("_name")
        return {"type": "event_type"}.get(name, name) if name in ENUMERATION_OF_PARAMETER else None

    def thread(self):
        if "Any thread" in self.all_text or re.fullmatch(
                r"kc_(version(_number)?|has_driver|driver_\w+|status_text|(?!\w+_get_)\w+_name)", self.name):
            return "any"
        return "ended" if re.match(r"kc_(op_get_|op_is_|key_|error_get_)", self.name) else "context"

    def describe(self):
        return {"name": self.name, "group": self.group, "since": self.comment.since, "brief": self.comment.brief,
                "documentation": self.comment.text, "thread": self.thread(),
                "parameters": [self.parameter(cursor) for cursor in self.cursor.get_arguments()],
                "returns": self.result()}


# ---- The whole ------------------------------------------------------------------------------------------------------

def describe():
    header = Header()
    values = {cursor.spelling: value for cursor, value in header.constants}
    known = list(callbacks(header))
    names = {callback["name"] for callback in known}
    return {"$comment": f"Made from include/keycard/keycard.h: {RENEW}", "library": "keycard",
            "version": ".".join(str(values[f"KC_VERSION_{part}"]) for part in ("MAJOR", "MINOR", "PATCH")),
            "symbol_versions": sorted(map_functions()), "conventions": CONVENTIONS,
            "groups": [{"name": comment.group[0], "title": comment.group[1], "documentation": comment.text}
                       for _, comment in header.groups],
            "handles": list(handles(header)), "callbacks": known,
            "enumerations": [entry for entry in enumerations(header) if entry["name"] != "version"],
            "functions": [Function(header, cursor, names).describe() for cursor in header.functions]}


def compose():
    return json.dumps(describe(), indent=1, ensure_ascii=False) + "\n"


def check_library(api, path, faults):
    """Names and texts of codes are those that the library gives."""
    library = ctypes.CDLL(os.path.abspath(path))

    def ask(function, value):
        call = getattr(library, function)
        call.restype = ctypes.c_char_p
        return call(ctypes.c_int32(value)).decode("utf-8")

    for enumeration in api["enumerations"]:
        for value in enumeration["values"]:
            if enumeration["name_function"]:
                name = ask(enumeration["name_function"], value["value"])
                if name != value["name"]:
                    faults.add(f'{value["constant"]} is called "{value["name"]}" here, and "{name}" by the library')
            if enumeration["name"] == "status" and ask("kc_status_text", value["value"]) != value["text"]:
                faults.add(f'{value["constant"]}: the library has another text')


def check_whole(api, faults):
    """Nothing is missing, and every word that stands for something does."""
    functions = [function["name"] for function in api["functions"]]
    faults.difference("functions of the header", functions, header_functions())
    faults.difference("symbols of the map", functions, [name for names in map_functions().values() for name in names])
    enumerations_there = {entry["name"] for entry in api["enumerations"]}
    handles_there = {entry["name"] for entry in api["handles"]}
    for function in api["functions"]:
        where = function["name"]
        if not function["documentation"] or not function["since"] or not function["group"]:
            faults.add(f"{where}: description, group or @since is missing")
        for part in function["parameters"] + [function["returns"]]:
            if part["type"] == "enumeration" and part["enumeration"] not in enumerations_there:
                faults.add(f'{where}: there is no enumeration {part["enumeration"]}')
            if part["type"] == "handle" and part["handle"] not in handles_there:
                faults.add(f'{where}: there is no handle {part["handle"]}')


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    faults = Faults()
    text = compose()
    api = json.loads(text)
    if sys.argv[1] == "--write":
        with open(API, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        if not os.path.exists(API) or open(API, encoding="utf-8").read() != text:
            faults.add(f"doc/api.json is not what the header says: {RENEW}")
        check_library(api, sys.argv[1], faults)
    check_whole(api, faults)
    faults.end(f'{len(api["functions"])} functions in doc/api.json')


main()
