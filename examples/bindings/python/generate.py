# SPDX-License-Identifier: LGPL-2.1-or-later
"""The generated modules of the Python package: declarations for cffi, codes as enumerations, docstrings."""
import textwrap

import members
import shape

HEAD = ('# SPDX-License-Identifier: LGPL-2.1-or-later\n'
        '"""{}\n\nMade from doc/api.json by examples/bindings/generate.py."""\n')
class_name = members.code_class


def declaration(function):
    parameters = ", ".join(f'{parameter["c"]} {parameter["name"]}' for parameter in function["parameters"]) or "void"
    return f'{function["returns"]["c"]} {function["name"]}({parameters});'


def declarations(api):
    lines = [HEAD.format("What cffi is told of the library."), 'DECLARATIONS = """\\']
    lines += [f'typedef struct {handle["type"]} {handle["type"]};' for handle in api["handles"]]
    for callback in api["callbacks"]:
        parameters = ", ".join(f'{parameter["c"]} {parameter["name"]}' for parameter in callback["parameters"])
        lines.append(f'typedef void (*{callback["name"]})({parameters});')
    lines += [declaration(function) for function in api["functions"]]
    lines += ['"""', "", "DOCUMENTATION = {"]
    lines += [f'    {function["name"]!r}: {shape.sentence(function, lambda name: f"A code of {class_name(name)}")!r},'
              for function in api["functions"]]
    return "\n".join(lines + ["}", ""])


def documented(text, indent):
    """A docstring, folded."""
    lines = textwrap.wrap(text.split("\n\n")[0].replace("\\", "\\\\"), 116 - indent)
    return [" " * indent + line for line in lines]


def codes(api):
    lines = [HEAD.format("The codes of the library. Values of a newer library appear as UNKNOWN_N."),
             "import enum", "",
             "__all__ = " + repr(["Code"] + [class_name(e["name"]) for e in api["enumerations"]]).replace("'", '"')
             .replace(', "Limit"', ',\n           "Limit"'), "", "",
             "class Code(enum.IntEnum):",
             '    """A code; `label` is its stable name, such as "no-card"."""', "",
             "    @property", "    def label(self):",
             '        return self.name.lower().replace("_", "-")', "",
             "    @classmethod", "    def _missing_(cls, value):",
             "        if not isinstance(value, int):", "            return None",
             "        code = int.__new__(cls, value)", '        code._name_ = f"UNKNOWN_{value}"',
             "        code._value_ = value", "        return code"]
    for enumeration in api["enumerations"]:
        text = enumeration["documentation"] or f'Values of {enumeration["name"].replace("_", " ")}.'
        lines += ["", "", f'class {class_name(enumeration["name"])}(Code):', '    """', *documented(text, 4), '    """']
        for value in enumeration["values"]:
            name = value["name"].upper().replace("-", "_")
            lines += [f'    {name} = {value["value"]}']
    return "\n".join(lines + [""])


def compose(api):
    return {"keycard/_declarations.py": declarations(api), "keycard/codes.py": codes(api)}
