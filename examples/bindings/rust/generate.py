# SPDX-License-Identifier: LGPL-2.1-or-later
"""The generated modules of the Rust crate: codes as enumerations, members of the objects. The functions themselves are
declared by bindgen when the crate is built."""
import textwrap

import members

HEAD = ("// SPDX-License-Identifier: LGPL-2.1-or-later\n//! {}\n//!\n"
        "//! Made from doc/api.json by examples/bindings/generate.py.\n")
NUMBERS = {"int32": "i32", "int64": "i64", "boolean": "bool"}
NAMES = {"type": "event_type"}  # words that mean something in Rust


def documented(text, indent=""):
    text = text.split("\n\n")[0].replace("[", "\\[").replace("]", "\\]").replace("<", "\\<")
    return textwrap.wrap(text, 120, initial_indent=f"{indent}/// ", subsequent_indent=f"{indent}/// ", break_on_hyphens=False)


def codes(api):
    lines = [HEAD.format("The codes of the library. Those of a newer library are `Other`."), "use crate::{ffi, text};", ""]
    for enumeration in api["enumerations"]:
        name, values = members.code_class(enumeration["name"]), enumeration["values"]
        text = enumeration["documentation"] or f'Values of {enumeration["name"].replace("_", " ")}.'
        variants = [(members.camel(value["name"].split("-"), True), value) for value in values]
        lines += [*documented(text), "#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]", "#[non_exhaustive]",
                  f"pub enum {name} {{"]
        for variant, value in variants:
            lines += [*documented(value["documentation"] or value["name"], "    "), f"    {variant},"]
        lines += ["    /// One that this crate does not know.", "    Other(i32),", "}", "", f"impl {name} {{",
                  "    /// The number that the library uses.", "    pub fn code(self) -> i32 {", "        match self {",
                  *(f'            Self::{variant} => {value["value"]},' for variant, value in variants),
                  "            Self::Other(code) => code,", "        }", "    }"]
        if enumeration["name_function"]:
            lines += ["", "    /// Its stable name, such as it stands in logs.", "    pub fn label(self) -> &'static str {",
                      f'        unsafe {{ text::fixed(ffi::{enumeration["name_function"]}(self.code())) }}', "    }"]
        lines += ["}", "", f"impl From<i32> for {name} {{", "    fn from(code: i32) -> Self {", "        match code {",
                  *(f'            {value["value"]} => Self::{variant},' for variant, value in variants),
                  "            other => Self::Other(other),", "        }", "    }", "}", ""]
    return "\n".join(lines)


def parameter(one):
    """(declaration, statement before the call or None, what the call gets)"""
    name, kind = one["name"], one["type"]
    if kind == "string" and one["nullable"]:
        return f"{name}: impl Into<Option<&'a str>>", f"let {name} = text::Given::optional({name}.into())?;", f"{name}.pointer()"
    if kind == "string":
        return f"{name}: &str", f"let {name} = text::Given::new({name})?;", f"{name}.pointer()"
    if kind == "bytes":  # with their number
        return f"{name}: Option<&[u8]>", None, f"{name}.map_or(ptr::null(), <[u8]>::as_ptr), {name}.map_or(0, <[u8]>::len) as _"
    if kind == "enumeration":
        return f'{name}: {members.code_class(one["enumeration"])}', None, f"{name}.code()"
    if kind == "handle":  # of a class whose objects nobody counts
        return f'{name}: Option<{members.CLASSES[one["handle"]]}>', None, f"{name}.map_or(ptr::null(), |{name}| {name}.pointer())"
    return f"{name}: {NUMBERS[kind]}", None, f"{name} as i32" if kind == "boolean" else name


def result(one, index=None):
    """(type, how it is made of the value `{}`)"""
    kind = one["type"]
    if kind == "string":
        return "String", "text::owned({})"
    if kind == "enumeration":
        name = members.code_class(one["enumeration"])
        return name, f"{name}::from({{}})"
    if kind == "handle":
        name = members.CLASSES[one["handle"]]
        made = f"{name}::borrowed({{}}, self.shared())"
        return (f"Option<{name}>", made) if one["nullable"] and not index else (name, made + ".expect(\"the library has it\")")
    return NUMBERS[kind], "{} != 0" if kind == "boolean" else "{}"


def method(name, arguments, returns, body, documentation):
    generic = "<'a>" if any("'a" in argument for argument in arguments) else ""
    head = f"    pub fn {name}{generic}({', '.join(['&self', *arguments])}) -> {returns} {{"
    if len(head) > 120:
        head = "\n".join([f"    pub fn {name}{generic}(", *(f"        {one}," for one in ["&self", *arguments]), f"    ) -> {returns} {{"])
    return ["", *documented(documentation, "    "), head, *(f"        {line}" for line in body), "    }"]


def one_member(handle, member):
    """The lines of a method."""
    name = NAMES.get("_".join(member.words), "_".join(member.words))
    parts = [parameter(one) for one in member.parameters]
    declared, before = [part[0] for part in parts], [part[1] for part in parts if part[1]]
    call = f"ffi::{member.function}({', '.join(['self.pointer()', *(part[2] for part in parts)])}"
    if member.kind == "start":
        body = [*before, "let mut operation = ptr::null_mut();", f"unsafe {{ {call}, &mut operation) }}", "    .pass(ptr::null)?;",
                "Ok(Operation::started(operation, self.shared()))"]
        return method(name, declared, "Result<Operation>", body, member.documentation)
    if member.kind == "action":
        told = members.ERRORS.get(handle)
        error = f"|| unsafe {{ ffi::kc_{told}_get_error(self.pointer()) }}" if told == handle else "|| self.shared().error()" if told else "ptr::null"
        return method(name, declared, "Result<&Self>", [*before, f"unsafe {{ {call}) }}", f"    .pass({error})?;", "Ok(self)"], member.documentation)
    if member.kind == "records":
        record = members.record_class(member.words[:-1] + [member.words[-1][:-1]])
        fields = [f"    {field_name(field)}: text::owned(ffi::{function}(self.pointer(), index))," for field, function in member.fields.items()]
        body = [f"let count = unsafe {{ ffi::{member.count}(self.pointer()) }};", "let read = |index| unsafe {",
                f"    {record} {{", *(f"    {field}" for field in fields), "    }", "};", "(0..count).map(read).collect()"]
        return method(name, [], f"Vec<{record}>", body, member.documentation)
    if member.kind == "series" and member.result["type"] == "handle":
        kind, made = result(member.result)
        read = made.format(f"ffi::{member.function}(self.pointer(), index)")
        return method(name, [], f"Vec<{members.CLASSES[member.result['handle']]}>",
                      [f"(0..).map_while(|index| unsafe {{ {read} }}).collect()"], member.documentation)
    if member.kind == "series":
        body = [f"let read = |index| unsafe {{ text::owned(ffi::{member.function}(self.pointer(), index)) }};",
                "(0..).map(read).take_while(|text| !text.is_empty()).collect()"]
        return method(name, [], "Vec<String>", body, member.documentation)
    kind, made = result(member.result, member.kind == "list")
    if member.kind == "list":
        read = made.format(f"ffi::{member.function}(self.pointer(), index)")
        body = [f"let count = unsafe {{ ffi::{member.count}(self.pointer()) }};",
                f"(0..count).map(|index| unsafe {{ {read} }}).collect()"]
        return method(name, [], f"Vec<{kind}>", body, member.documentation)
    value = f"unsafe {{ {made.format(call + ')')} }}"
    if before:
        return method(name, declared, f"Result<{kind}>", [*before, f"Ok({value})"], member.documentation)
    return method(name, declared, kind, [value], member.documentation)


def field_name(field):
    return "default_value" if field == "default" else field


def record(member):
    name = members.record_class(member.words[:-1] + [member.words[-1][:-1]])
    return ["", *documented(member.documentation), "#[derive(Clone, Debug, PartialEq, Eq)]", f"pub struct {name} {{",
            *(line for field in member.fields for line in (f"    /// {field.capitalize()}.", f"    pub {field_name(field)}: String,")), "}"]


def composed(api):
    handles = {one["name"]: one for one in api["handles"]}
    lines = [HEAD.format("The members of the objects, as the public header has them."),
             "use crate::error::Pass;", "use crate::handle::Object;", "use crate::*;", "use std::ptr;"]
    for handle in members.CLASSES:
        if handles[handle]["ref"]:
            lines += ["", f"impl Object for ffi::kc_{handle} {{",
                      "    unsafe fn hold(pointer: *mut Self) {", f"        ffi::kc_{handle}_ref(pointer);", "    }",
                      "    unsafe fn release(pointer: *mut Self) {", f"        ffi::kc_{handle}_unref(pointer);", "    }", "}"]
    for handle, found in members.members(api):
        for one in found:
            if one.kind == "records":
                lines += record(one)
        body = [line for one in found for line in one_member(handle, one)]
        lines += ["", f"impl {members.CLASSES[handle]} {{", *body[1:], "}"]
    return "\n".join(lines + [""])


def compose(api):
    return {"src/codes.rs": codes(api), "src/members.rs": composed(api)}
