# SPDX-License-Identifier: LGPL-2.1-or-later
"""The public header as libclang sees it: declarations, constants, and the comments that belong to them."""
import re

from clang import cindex

from common import HEADER

STANDARD = ["-x", "c", "-std=gnu11"]


class Comment:
    """A documentation comment, taken apart: text, @param, @return, @since, @defgroup."""

    def __init__(self, raw):
        text = re.sub(r"^/\*\*<?|\*/$", "", (raw or "").strip())
        text = re.sub(r"^[ \t]*\*[ \t]?", "", text, flags=re.M)
        # a tag may be broken over two lines, and so may a reference
        text = re.sub(r"@since\s+", "@since ", text)
        group = re.search(r"@defgroup\s+(\w+)\s+([^@\n]+)", text)
        self.group = (group.group(1), group.group(2).strip()) if group else None
        text = re.sub(r"@defgroup[^\n]*|@file[^\n]*|@\{|@\}", "", text)
        since = re.search(r"@since ([\d.]+)", text)
        self.since = since.group(1).rstrip(".") if since else None
        text = re.sub(r"@since [\d.]+", "", text)
        text = re.sub(r"@a\s+(\w+)", r"\1", text).replace("#KC_", "KC_").replace("@brief ", "")
        parts = re.split(r"@(param|return)\b", text)
        self.text = self._tidy(parts[0])
        self.returns = ""
        self.parameters = {}
        for tag, body in zip(parts[1::2], parts[2::2]):
            body = self._tidy(body)
            if tag == "return":
                # what follows a blank line describes the function again
                self.returns, _, rest = body.partition("\n\n")
                self.text += "\n\n" + rest if rest else ""
            else:
                name, _, body = body.partition(" ")
                self.parameters[name] = body

    @staticmethod
    def _tidy(text):
        """Paragraphs with single blanks; the rows of tables stay rows."""
        paragraphs = []
        for paragraph in re.split(r"\n\s*\n", text):
            if paragraph.lstrip().startswith("|"):
                paragraphs.append("\n".join(line.strip() for line in paragraph.strip().splitlines()))
            else:
                paragraphs.append(" ".join(paragraph.split()))
        return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)

    @property
    def brief(self):
        match = re.match(r"(.*?\.)(?= |\n|$)", self.text, re.S)
        return match.group(1) if match else self.text


class Header:
    """What the header declares, in its order."""

    def __init__(self, path=HEADER):
        options = (cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD
                   | cindex.TranslationUnit.PARSE_SKIP_FUNCTION_BODIES)
        unit = cindex.Index.create().parse(path, args=STANDARD, options=options)
        faults = [str(fault) for fault in unit.diagnostics if fault.severity >= cindex.Diagnostic.Error]
        if faults:
            raise SystemExit("\n".join(faults))
        mine = [cursor for cursor in unit.cursor.get_children()
                if cursor.location.file and cursor.location.file.name == path]
        self._comments = [token for token in unit.cursor.get_tokens() if token.kind == cindex.TokenKind.COMMENT]
        self.groups = [(comment.extent.start.line, parsed) for comment in self._comments
                       for parsed in [Comment(comment.spelling)] if parsed.group]
        self.functions = [cursor for cursor in mine if cursor.kind == cindex.CursorKind.FUNCTION_DECL]
        self.typedefs = [cursor for cursor in mine if cursor.kind == cindex.CursorKind.TYPEDEF_DECL]
        self.constants = [(cursor, value) for cursor in mine if cursor.kind == cindex.CursorKind.MACRO_DEFINITION
                          for value in [self._value(cursor)] if value is not None]

    @staticmethod
    def _value(macro):
        """The number that a macro stands for, or None."""
        text = "".join(token.spelling for token in list(macro.get_tokens())[1:]).strip("()")
        return int(text) if re.fullmatch(r"-?\d+", text) else None

    def group_at(self, line):
        return next((comment.group[0] for start, comment in reversed(self.groups) if start < line), None)

    def comment_behind(self, line):
        """The comment that begins on this line."""
        return next((Comment(token.spelling) for token in self._comments if token.extent.start.line == line),
                    Comment(""))

    def comment_above(self, line):
        """The comment that ends on the line before this one."""
        for token in self._comments:
            if token.extent.end.line == line - 1 and not token.spelling.startswith("/**<"):
                return Comment(token.spelling)
        return Comment("")
