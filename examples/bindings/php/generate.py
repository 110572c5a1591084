# SPDX-License-Identifier: LGPL-2.1-or-later
"""The generated file of the PHP package: declarations for FFI, codes as enumerations, getters of all handles."""
import textwrap

import members
import shape

HEAD = """<?php
// SPDX-License-Identifier: LGPL-2.1-or-later
// {}
// Made from doc/api.json by examples/bindings/generate.py.

declare(strict_types=1);

namespace Keycard;
"""
TRAITS = {"key": "KeyGetters", "op": "OperationGetters", "event": "EventGetters", "encoder": "EncoderGetters",
          "device": "DeviceGetters", "system": "SystemGetters", "site": "SiteGetters", "driver": "DriverGetters",
          "open_key": "OpenKeyGetters"}
TYPES = {"string": "string", "boolean": "bool", "int32": "int", "int64": "int"}


enumeration_name = members.code_class


def declaration(function):
    parameters = ", ".join(f'{parameter["c"]} {parameter["name"]}' for parameter in function["parameters"]) or "void"
    return f'{function["returns"]["c"]} {function["name"]}({parameters});'.replace("* ", "*")


def declarations(api):
    lines = [HEAD.format("What FFI is told of the library."), "const DECLARATIONS = <<<'C'"]
    lines += [f'typedef struct {handle["type"]} {handle["type"]};' for handle in api["handles"]]
    for callback in api["callbacks"]:
        parameters = ", ".join(f'{parameter["c"]} {parameter["name"]}' for parameter in callback["parameters"])
        lines.append(f'typedef void (*{callback["name"]})({parameters});'.replace("* ", "*"))
    lines += [declaration(function) for function in api["functions"]]
    return "\n".join(lines + ["C;", ""])


def documented(text, indent=0):
    blank = " " * indent
    lines = textwrap.wrap(text.replace("*/", ""), 112 - indent)
    if len(lines) == 1:
        return [f"{blank}/** {lines[0]} */"]
    return [f"{blank}/**", *(f"{blank} * {line}" for line in lines), f"{blank} */"]


def codes(api):
    lines = [HEAD.format("The codes of the library."), "trait Label", "{",
             "    /** The code's stable name, such as 'no-card'. */", "    public function label(): string", "    {",
             "        return strtolower(preg_replace('/(?<!^)[A-Z]/', '-$0', $this->name));", "    }", "}"]
    for enumeration in api["enumerations"]:
        text = enumeration["documentation"].split("\n\n")[0]
        lines += [""] + (documented(text) if text else [])
        lines += [f'enum {enumeration_name(enumeration["name"])}: int', "{", "    use Label;", ""]
        lines += [f'    case {shape.pascal(value["name"].replace("-", "_"))} = {value["value"]};'
                  for value in enumeration["values"]]
        lines.append("}")
    return "\n".join(lines + [""])


def getters(api):
    lines = [HEAD.format("Getters of plain values, and of lists of texts. A code of a newer library is null.")]
    for handle, name in TRAITS.items():
        lines += [f"trait {name}", "{"]
        for word, function in shape.getters(api, handle):
            returns, call = function["returns"], f'Library::$functions->{function["name"]}($this->pointer)'
            if returns["type"] == "enumeration":
                kind = "?" + enumeration_name(returns["enumeration"])
                call = f'{kind[1:]}::tryFrom({call})'
            else:
                kind = TYPES[returns["type"]]
                call += " !== 0" if kind == "bool" else ""
            text = shape.sentence(function, lambda one: f"A code of {enumeration_name(one)}")
            lines += [*documented(text, 4), f"    public function {shape.camel(word)}(): {kind}", "    {",
                      f"        return {call};", "    }", ""]
        for word, count, function in shape.lists(api, handle):
            if function["returns"]["type"] == "string":
                lines += ["    /** @return list<string> */", f"    public function {shape.camel(word)}(): array", "    {",
                          f"        return $this->list('{count}', '{function['name']}');", "    }", ""]
        lines[-1] = "}\n"
    return "\n".join(lines)


def compose(api):
    return {"keycard/declarations.php": declarations(api), "keycard/codes.php": codes(api),
            "keycard/getters.php": getters(api)}
