# SPDX-License-Identifier: LGPL-2.1-or-later
"""The generated sources of the Java binding: declarations for JNA, codes as enumerations, members of the classes."""
import textwrap

import members

HEAD = ("// SPDX-License-Identifier: LGPL-2.1-or-later\n"
        "// Made from doc/api.json by examples/bindings/generate.py.\npackage keycard;\n")
NUMBERS = {"int32": "int", "int64": "long", "boolean": "boolean"}
CLASSES = {**members.CLASSES, "system": "LockSystem"}  # System is java.lang's
RAW = {"string": "byte[]", "enumeration": "int", "boolean": "int", "int32": "int", "int64": "long", "pointer": "long",
       "callback": "Callback", "bytes": "byte[]", "size": "long"}
KEYWORDS = ("default",)
COUNTED = set(members.CLASSES) - {"driver"}


def documented(text, indent):
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace("*/", "* /")
    one = f'{" " * indent}/** {text} */'
    if len(one) <= 120:
        return [one]
    folded = textwrap.wrap(text, 117 - indent, break_on_hyphens=False)
    return [" " * indent + line for line in ["/**", *(f" * {line}" for line in folded), " */"]]


def raw_parameter(one):
    if one["direction"] == "out":
        return f'long[] {one["name"]}'
    return f'{"long" if one["type"] == "handle" else RAW[one["type"]]} {one["name"]}'


def raw_result(one):
    return "int" if one["c"] == "int32_t" else "long"  # a pointer is a long: the cheapest that JNA has


def calls(api):
    lines = [HEAD, "import com.sun.jna.Callback;", "import com.sun.jna.Native;",
             "import com.sun.jna.NativeLibrary;", "",
             "/** The library's functions, by JNA's direct mapping. KEYCARD_LIBRARY names another file. */", "final class Calls {",
             "    static {", "        if (Native.POINTER_SIZE != Long.BYTES)",
             '            throw new UnsatisfiedLinkError("this binding has pointers as long: it needs a Java of 64 bits");',
             '        String file = java.lang.System.getenv("KEYCARD_LIBRARY");',
             '        Native.register(NativeLibrary.getInstance(file == null ? "libkeycard.so.0" : file));', "    }", "", "    private Calls() {", "    }"]
    for function in api["functions"]:
        parameters = ", ".join(raw_parameter(one) for one in function["parameters"])
        lines += ["", f'    static native {raw_result(function["returns"])} {function["name"]}({parameters});']
    return "\n".join(lines + ["}", ""])


def codes(api):
    lines = [HEAD, "/** The codes of the library. One of a newer library is OTHER. */", "public final class Codes {",
             "    private Codes() {", "    }"]
    for enumeration in api["enumerations"]:
        name = members.code_class(enumeration["name"])
        text = enumeration["documentation"] or f'Values of {enumeration["name"].replace("_", " ")}.'
        lines += ["", *documented(text.split("\n\n")[0], 4), f"    public enum {name} {{"]
        for value in enumeration["values"]:
            lines += [*documented(value["documentation"] or value["name"], 8),
                      f'        {value["name"].upper().replace("-", "_")}({value["value"]}),']
        lines += ["        /** One that this binding does not know. */", "        OTHER(Integer.MIN_VALUE);", "",
                  "        /** The number that the library uses. */", "        public final int code;", "",
                  f"        {name}(int code) {{", "            this.code = code;", "        }", "",
                  f"        static {name} of(int code) {{", f"            for ({name} one : values())", "                if (one.code == code)",
                  "                    return one;", "            return OTHER;", "        }"]
        if enumeration["name_function"]:
            lines += ["", "        /** Its stable name, such as it stands in logs. */", "        public String label() {",
                      f'            return Text.decode(Calls.{enumeration["name_function"]}(code));', "        }"]
        lines += ["    }"]
    return "\n".join(lines + ["}", ""])


def parameter(one):
    """(declaration, what the call gets)"""
    name, kind = members.camel(one["name"].split("_")), one["type"]
    if kind == "string":
        return f"String {name}", f"Text.encode({name})"
    if kind == "bytes":  # with their number
        return f"byte[] {name}", f"{name}, {name} == null ? 0 : {name}.length"
    if kind == "enumeration":
        return f'Codes.{members.code_class(one["enumeration"])} {name}', f"{name}.code"
    if kind == "handle":  # of a class whose objects nobody counts
        return f'{CLASSES[one["handle"]]} {name}', f"{name} == null ? 0 : {name}.pointer()"
    return f"{NUMBERS[kind]} {name}", f"{name} ? 1 : 0" if kind == "boolean" else name


def result(one, context):
    kind = one["type"]
    if kind == "string":
        return "String", "Text.decode({})"
    if kind == "enumeration":
        name = "Codes." + members.code_class(one["enumeration"])
        return name, name + ".of({})"
    if kind == "handle":
        name = CLASSES[one["handle"]]
        return name, f"{name}.borrowed({{}}, {context})"
    return NUMBERS[kind], "{} != 0" if kind == "boolean" else "{}"


def method(returns, name, declared, body, counted):
    """A method. The fence keeps the object from being collected, and given back, before the call is over."""
    inner = [f"            {line}" for line in body]
    if counted:
        inner = ["            try {", *("    " + line for line in inner), "            } finally {",
                 "                Reference.reachabilityFence(this);", "            }"]
    return [f"        public {returns} {name}({declared}) {{", *inner, "        }"]


def shorter(handle, member):
    """The same method without the parameters that may be left out."""
    count = members.may_be_left_out(member)
    if not count:
        return []
    name, parts = members.camel(member.words), [parameter(one)[0] for one in member.parameters]
    returns = {"start": "Operation", "action": CLASSES[handle]}.get(member.kind) or result(member.result, "context")[0]
    given = [part.split()[-1] for part in parts[:-count]] + [f"({part.split()[0]}) null" for part in parts[-count:]]
    return ["", *documented(member.documentation, 8)] + method(
        returns, name, ", ".join(parts[:-count]), [f"return {name}({', '.join(given)});"], False)


def one_member(handle, member):
    return whole_member(handle, member) + shorter(handle, member)


def whole_member(handle, member):
    context = "(Context) this" if handle == "context" else "context"
    name, parts = members.camel(member.words), [parameter(one) for one in member.parameters]
    declared = ", ".join(part[0] for part in parts)
    call = f'Calls.{member.function}({", ".join(["pointer()", *(part[1] for part in parts)])}'
    lines, counted = ["", *documented(member.documentation, 8)], handle in COUNTED
    if member.kind == "start":
        return lines + method("Operation", name, declared, [
            "long[] operation = new long[1];", f"KeycardException.check({call}, operation), null);",
            "return Operation.started(operation[0], context);"], counted)
    if member.kind == "action":
        told = members.ERRORS.get(handle)
        error = f"() -> Calls.kc_{told}_get_error({'' if told == handle else told + '.'}pointer())" if told else "null"
        return lines + method(CLASSES[handle], name, declared, [
            f"KeycardException.check({call}),", f"        {error});", f"return ({CLASSES[handle]}) this;"], counted)
    if member.kind == "records":
        record = members.record_class(member.words[:-1] + [member.words[-1][:-1]])
        body = [f"return Handle.list(Calls.{member.count}(pointer()), index -> new {record}("]
        body += [f"        Text.decode(Calls.{function}(pointer(), index))," for function in member.fields.values()]
        body[-1] = body[-1][:-1] + "));"
        return lines + method(f"List<{record}>", name, "", body, counted)
    kind, made = result(member.result, context)
    if member.kind == "series":
        last = '""' if member.result["type"] == "string" else "null"
        return lines + method(f"List<{kind}>", name, "", [f"return Handle.series(index -> {made.format(call + ', index)')}, {last});"], counted)
    if member.kind == "list":
        body = [f"return Handle.list(Calls.{member.count}(pointer()), index -> {made.format(call + ', index)')});"]
        return lines + method(f"List<{kind}>", name, "", body, counted)
    return lines + method(kind, name, declared, [f"return {made.format(call + ')')};"], counted)


def record(member):
    name = members.record_class(member.words[:-1] + [member.words[-1][:-1]])
    fields = [field + "Value" if field in KEYWORDS else field for field in member.fields]
    return [HEAD, *documented(member.documentation, 0), f"public record {name}({', '.join('String ' + field for field in fields)}) {{", "}", ""]


def composed(api):
    files = {}
    lines = [HEAD, "import java.lang.ref.Reference;", "import java.util.List;", "",
             "/** The members of the classes, as the public header has them. */", "final class Members {",
             "    private Members() {", "    }"]
    for handle, found in members.members(api):
        for one in found:
            if one.kind == "records":
                name = members.record_class(one.words[:-1] + [one.words[-1][:-1]])
                files[f"keycard/{name}.java"] = "\n".join(record(one))
        name, body = CLASSES[handle], [line for one in found for line in one_member(handle, one)]
        if handle in COUNTED:
            head = [f"    abstract static class Of{name} extends Handle {{", f"        Of{name}(long pointer, Handle.Unref unref, Context context) {{",
                    "            super(pointer, unref, context);", "        }"]
            if handle == "context":  # which keeps the references of all others
                head = [line.replace("Context context", "References references").replace(", context)", ", null, references)")
                        for line in head]
        else:
            head = [f"    abstract static class Of{name} {{", "        abstract long pointer();"]
        lines += ["", *head, *body, "    }"]
    files["keycard/Members.java"] = "\n".join(lines + ["}", ""])
    return files


def compose(api):
    return {"keycard/Calls.java": calls(api), "keycard/Codes.java": codes(api), **composed(api)}
