# SPDX-License-Identifier: LGPL-2.1-or-later
"""The generated modules of the Node package: prototypes for koffi, names of codes, getters of all handles; and what
TypeScript is told of the latter two."""
import json
import textwrap

import members
import shape

HEAD = "// SPDX-License-Identifier: LGPL-2.1-or-later\n// {}\n// Made from doc/api.json by examples/bindings/generate.py.\n\n"
# The classes that have generated getters, by handle.
CLASSES = {"key": "KeyGetters", "op": "OperationGetters", "encoder": "EncoderGetters",
           "device": "DeviceGetters", "system": "SystemGetters", "site": "SiteGetters", "driver": "DriverGetters",
           "open_key": "OpenKeyGetters"}


def prototype(function):
    # The log function is left out: no callback is needed.
    parts = []
    for parameter in function["parameters"]:
        kind = "void *" if parameter["type"] == "callback" else parameter["c"]
        out = "_Out_ " if parameter["direction"] == "out" else ""
        parts.append(f'{out}{kind} {parameter["name"]}'.replace("* ", "*"))
    return f'{function["returns"]["c"]} {function["name"]}({", ".join(parts)})'.replace("* ", "*")


def declarations(api):
    lines = [HEAD.format("What koffi is told of the library.").rstrip("\n"), "",
             "export const handles = [", *(f"  '{handle['type']}'," for handle in api["handles"]), "];", "",
             "export const functions = ["]
    lines += [f"  '{prototype(function)}'," for function in api["functions"]]
    return "\n".join(lines + ["];", ""])


def codes(api):
    lines = [HEAD.format("The codes of the library and their names.") + "/** Numbers by name, and names by number. */",
             "class Codes {", "  constructor(values) {", "    this.values = Object.freeze(values);",
             "    this.names = new Map(Object.entries(values).map(([name, value]) => [value, name]));", "  }", "",
             "  /** The name of a code; one of a newer library is called by its number. */", "  name(value) {",
             "    return this.names.get(value) ?? String(value);", "  }", "",
             "  /** The code of a name. */", "  value(name) {", "    if (!Object.hasOwn(this.values, name)) {",
             "      throw new TypeError(`\"${name}\" is none of: ${Object.keys(this.values).join(', ')}`);", "    }",
             "    return this.values[name];", "  }", "}"]
    for enumeration in api["enumerations"]:
        text = enumeration["documentation"].split("\n\n")[0]
        lines += [""] + ([f"/** {text} */"] if text else [])
        lines.append(f'export const {shape.camel(enumeration["name"])} = new Codes({{')
        lines += [f'  \'{value["name"]}\': {value["value"]},' for value in enumeration["values"]]
        lines.append("});")
    return "\n".join(lines + [""])


def documented(function):
    text = shape.sentence(function, lambda name: f"A name of codes.{shape.camel(name)}")
    lines = textwrap.wrap(text.replace("*/", ""), 112)
    return [f"  /** {lines[0]} */"] if len(lines) == 1 else ["  /**", *(f"   * {line}" for line in lines), "   */"]


def value_of(function, call):
    returns = function["returns"]
    if returns["type"] == "enumeration":
        return f'codes.{shape.camel(returns["enumeration"])}.name({call})'
    if returns["type"] == "boolean":
        return f"{call} !== 0"
    return call


def getters(api):
    lines = [HEAD.format("Getters of one plain value, and of lists of texts.") + "import * as codes from './codes.js';",
             "import { Handle, kc } from './library.js';"]
    for handle, name in CLASSES.items():
        lines += ["", f"export class {name} extends Handle {{"]
        for word, function in shape.getters(api, handle):
            lines += [*documented(function), f"  get {shape.camel(word)}() {{",
                      f'    return {value_of(function, function["name"] + "(this.pointer)").replace("kc_", "kc.kc_", 1)};',
                      "  }", ""]
        for word, count, function in shape.lists(api, handle):
            if function["returns"]["type"] == "string":
                lines += [*documented(function), f"  get {shape.camel(word)}() {{",
                          f'    return this.list(kc.{count}, kc.{function["name"]});', "  }", ""]
        lines[-1] = "}"
    return "\n".join(lines + [""])


def code_types(api):
    lines = [HEAD.format("Codes for TypeScript. Of a newer library there may be names that are not listed: they are numbers as text.")
             + "export interface Codes<Name extends string> {", "  readonly values: Readonly<Record<Name, number>>;",
             "  readonly names: ReadonlyMap<number, Name>;", "  /** The name of a code; one of a newer library is called by its number. */",
             "  name(value: number): string;", "  /** The code of a name. */", "  value(name: Name): number;", "}"]
    for enumeration in api["enumerations"]:
        name, text = members.code_class(enumeration["name"]), enumeration["documentation"].split("\n\n")[0]
        lines += [""] + ([f"/** {text} */"] if text else [])
        lines += [f"export type {name} =", *(f"  | '{value['name']}'" for value in enumeration["values"])]
        lines[-1] += ";"
        lines.append(f'export const {shape.camel(enumeration["name"])}: Codes<{name}>;')
    return "\n".join(lines + [""])


def type_of(returns):
    if returns["type"] == "enumeration":
        return f'codes.{members.code_class(returns["enumeration"])}'
    # what counts beyond 53 bits nobody has
    return {"string": "string", "boolean": "boolean", "status": "number"}.get(returns["type"], "number")


def getter_types(api):
    lines = [HEAD.format("Getters for TypeScript.") + "import * as codes from './codes.js';", "",
             "/** One reference of an object of the library: given back by close(), or when it is collected. */",
             "export abstract class Handle {", "  close(): void;", "}"]
    for handle, name in CLASSES.items():
        lines += ["", f"export abstract class {name} extends Handle {{"]
        for word, function in shape.getters(api, handle):
            lines += [*documented(function), f'  get {shape.camel(word)}(): {type_of(function["returns"])};']
        for word, _, function in shape.lists(api, handle):
            if function["returns"]["type"] == "string":
                lines += [*documented(function), f"  get {shape.camel(word)}(): string[];"]
        lines.append("}")
    return "\n".join(lines + [""])


def compose(api):
    return {"keycard/declarations.js": declarations(api), "keycard/codes.js": codes(api), "keycard/getters.js": getters(api),
            "keycard/codes.d.ts": code_types(api), "keycard/getters.d.ts": getter_types(api)}
