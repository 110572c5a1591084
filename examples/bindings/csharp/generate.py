# SPDX-License-Identifier: LGPL-2.1-or-later
"""The generated sources of the C# binding: P/Invoke declarations, codes as enumerations, members of the classes."""
import textwrap
from xml.sax.saxutils import escape

import members

HEAD = ("// SPDX-License-Identifier: LGPL-2.1-or-later\n// {}\n"
        "//\n// Made from doc/api.json by examples/bindings/generate.py.\n")
NUMBERS = {"int32": "int", "int64": "long", "boolean": "bool"}
CLASSES = {**members.CLASSES, "system": "LockSystem"}  # System is the name of the namespace that everything is in
RAW = {"string": "byte[]", "enumeration": "int", "boolean": "int", "int32": "int", "int64": "long", "pointer": "IntPtr",
       "callback": "LogFunction", "bytes": "byte[]", "size": "UIntPtr"}
KEYWORDS = ("event", "operator", "from")  # the last two are only so in some places
COUNTED = set(members.CLASSES) - {"driver"}


def documented(text, indent):
    return textwrap.wrap(f"<summary>{escape(text)}</summary>", 120, initial_indent=" " * indent + "/// ",
                         subsequent_indent=" " * indent + "/// ", break_on_hyphens=False)


def raw_parameter(function, one):
    name = "@" + one["name"] if one["name"] in KEYWORDS else one["name"]
    if one["direction"] == "out":
        return f'out {"UIntPtr" if one["type"] == "size" else "IntPtr"} {name}'
    if one["type"] == "handle":
        given = "IntPtr" if function["name"].endswith(("_ref", "_unref")) or one["handle"] not in COUNTED else "Reference"
        return f"{given} {name}"
    return f'{RAW[one["type"]]} {name}'


def raw_result(one):
    return {"int32": "int", "int64": "long"}.get(one["type"], "int" if one["c"] == "int32_t" else "IntPtr")


def calls(api):
    lines = [HEAD.format("The library's functions."), "using System;", "using System.Runtime.InteropServices;", "",
             "namespace Keycard", "{", "    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]",
             "    delegate void LogFunction(IntPtr user, int level, IntPtr domain, IntPtr message);", "",
             "    static class Calls", "    {", '        const string Library = "libkeycard.so.0";']
    for function in api["functions"]:
        parameters = ", ".join(raw_parameter(function, one) for one in function["parameters"])
        lines += ["", "        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]",
                  f'        internal static extern {raw_result(function["returns"])} {function["name"]}({parameters});']
    return "\n".join(lines + ["    }", "}", ""])


def codes(api):
    lines = [HEAD.format("The codes of the library. Those of a newer library are numbers without a name here."), "",
             "namespace Keycard", "{"]
    for enumeration in api["enumerations"]:
        text = enumeration["documentation"] or f'Values of {enumeration["name"].replace("_", " ")}.'
        lines += [*documented(text.split("\n\n")[0], 4), f'    public enum {members.code_class(enumeration["name"])}', "    {"]
        for value in enumeration["values"]:
            lines += [*documented(value["documentation"] or value["name"], 8),
                      f'        {members.camel(value["name"].split("-"), True)} = {value["value"]},']
        lines += ["    }", ""]
    lines += ["    /// <summary>The stable names of codes, such as \"no-card\".</summary>", "    public static class Names", "    {"]
    for enumeration in api["enumerations"]:
        if enumeration["name_function"]:
            name = members.code_class(enumeration["name"])
            lines += [f"        public static string Label(this {name} code)", "        {",
                      f'            return Utf8.Decode(Calls.{enumeration["name_function"]}((int)code));', "        }", ""]
    return "\n".join(lines[:-1] + ["    }", "}", ""])


def parameter(one):
    """(declaration, what the call gets)"""
    name, kind = members.camel(one["name"].split("_")), one["type"]
    name = "@" + name if name in KEYWORDS else name
    if kind == "string":
        return f"string {name}", f"Utf8.Encode({name})"
    if kind == "bytes":  # with their number
        return f"byte[] {name}", f"{name}, new UIntPtr({name} == null ? 0u : (uint){name}.Length)"
    if kind == "enumeration":
        return f'{members.code_class(one["enumeration"])} {name}', f"(int){name}"
    if kind == "handle":  # of a class whose objects nobody counts
        name_of = CLASSES[one["handle"]]
        return f"{name_of} {name}", f"{name_of}.Address({name})"
    return f"{NUMBERS[kind]} {name}", f"{name} ? 1 : 0" if kind == "boolean" else name


def result(one, context):
    kind = one["type"]
    if kind == "string":
        return "string", "Utf8.Decode({})"
    if kind == "enumeration":
        name = members.code_class(one["enumeration"])
        return name, f"({name}){{}}"
    if kind == "handle":
        name = CLASSES[one["handle"]]
        return name, f"{name}.Borrowed({{}}, {context})"
    return NUMBERS[kind], "{} != 0" if kind == "boolean" else "{}"


def method(head, body):
    return [f"        public {head}", "        {", *(f"            {line}" for line in body), "        }"]


def folded(statement):
    """A long statement of a list in two lines."""
    return statement.replace(", index => ", ",\n" + " " * 20 + "index => ", 1).split("\n") if len(statement) > 100 else [statement]


def kept(expression, borrowed):
    """Statements that return a value. What belongs to this object must be copied before the object may be collected."""
    return [*folded("var value = " + expression + ";"), "GC.KeepAlive(this);", "return value;"] if borrowed else [f"return {expression};"]


def getter(head, expression, borrowed=True):
    if not borrowed:
        return [f"        public {head}", "        {", f"            get {{ return {expression}; }}", "        }"]
    return [f"        public {head}", "        {", "            get", "            {",
            *(f"                {line}" for line in kept(expression, True)), "            }", "        }"]


def one_member(handle, member):
    name, parts = members.camel(member.words, True), [parameter(one) for one in member.parameters]
    needed = len(parts) - members.may_be_left_out(member)
    declared = ", ".join(part[0] + ("" if index < needed else " = null") for index, part in enumerate(parts))
    context = "this" if handle == "context" else "Context"
    call = f'Calls.{member.function}({", ".join(["Reference" if handle in COUNTED else "pointer", *(part[1] for part in parts)])}'
    lines = ["", *documented(member.documentation, 8)]
    if member.kind == "start":
        return lines + method(f"Operation {name}({declared})", [
            "IntPtr operation;", f"KeycardException.Check({call}, out operation));", "return Operation.Started(operation, Context);"])
    if member.kind == "action":
        check = [f"KeycardException.Check({call}));"]
        if handle in members.ERRORS:
            told = "Reference" if members.ERRORS[handle] == handle else "Context.Reference"
            check = [check[0][:-2] + ",", f"                       () => Calls.kc_{members.ERRORS[handle]}_get_error({told}));"]
        return lines + method(f"{CLASSES[handle]} {name}({declared})", [*check, "return this;"])
    if member.kind == "records":
        record = members.record_class(member.words[:-1] + [member.words[-1][:-1]])
        values = [f"Utf8.Decode(Calls.{function}({call.split('(')[1]}, index))" for function in member.fields.values()]
        separator = ",\n" + " " * 20
        return lines + getter(f"IReadOnlyList<{record}> {name}",
                              f"Handle.List(Calls.{member.count}({call.split('(')[1]}), index => new {record}("
                              + separator[1:] + separator.join(values) + "))")
    kind, made = result(member.result, context)
    if member.kind == "series":
        last = '""' if member.result["type"] == "string" else "null"
        return lines + getter(f"IReadOnlyList<{kind}> {name}", f"Handle.Series(index => {made.format(call + ', index)')}, {last})")
    borrowed = member.result["type"] in ("string", "handle") and handle in COUNTED
    if member.kind == "list":
        count = f"Calls.{member.count}({call.split('(')[1]})"
        return lines + getter(f"IReadOnlyList<{kind}> {name}", f"Handle.List({count}, index => {made.format(call + ', index)')})")
    if declared:
        return lines + method(f"{kind} {name}({declared})", kept(made.format(call + ")"), borrowed))
    return lines + getter(f"{kind} {name}", made.format(call + ")"), borrowed)


def record(member):
    name = members.record_class(member.words[:-1] + [member.words[-1][:-1]])
    fields = [(members.camel([field], True), field if field != "default" else "@default") for field in member.fields]
    lines = ["", *documented(member.documentation, 4), f"    public sealed class {name}", "    {",
             *(f"        public readonly string {field};" for field, _ in fields), "",
             f'        internal {name}({", ".join("string " + argument for _, argument in fields)})', "        {",
             *(f"            {field} = {argument};" for field, argument in fields), "        }", "    }"]
    return lines


def composed(api):
    lines = [HEAD.format("The members of the classes, as the public header has them."), "using System;",
             "using System.Collections.Generic;", "", "namespace Keycard", "{"]
    for handle, found in members.members(api):
        for one in found:
            if one.kind == "records":
                lines += record(one)[1:] + [""]
        body = [line for one in found for line in one_member(handle, one)]
        lines += [f"    public partial class {CLASSES[handle]}", "    {", *body[1:], "    }", ""]
    return "\n".join(lines[:-1] + ["}", ""])


def compose(api):
    return {"Keycard/Calls.cs": calls(api), "Keycard/Codes.cs": codes(api), "Keycard/Members.cs": composed(api)}
