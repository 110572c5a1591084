# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes one site of the documents and of the public header, by Doxygen: make_site.py FOLDER

Every document is a page under its own name, its headings keep the anchors that other renderers make, and what it links to
outside the documents lies beside it as text. A warning of Doxygen, and a link of the site that leads nowhere, is an error.
"""
import functools
import html.parser
import os
import re
import shutil
import subprocess
import sys
import urllib.parse

from documents import FENCE, HEADING, LINK, ROOT, anchors, documents, read

# In this order; all others follow.
FIRST = ["README.md", *(f"doc/{name}.md" for name in (
    "first-key", "key-window", "frontdesk", "event-loops", "from-your-language", "several-stations", "testing-your-product", "ask-the-hotel",
    "salto", "onity", "lens", "saflok-irs", "fias", "devices", "usb", "contactless", "magstripe", "fias-gateway", "httpd"))]
HEADER = "include/keycard/keycard.h"
INSTEAD = {"doc/reference.md": "modules.html"} # Doxygen makes its own
CONFIGURATION = """
PROJECT_NAME = libkeycard
PROJECT_NUMBER = {version}
PROJECT_BRIEF = "Hotel room keys through the hotel's lock system"
INPUT = {pages} {header}
FILTER_PATTERNS = *.md="{python} {script} --page"
IMAGE_PATH = {images}
OUTPUT_DIRECTORY = {output}
HTML_OUTPUT = .
STRIP_FROM_PATH = {root}
GENERATE_LATEX = NO
GENERATE_TREEVIEW = YES
HAVE_DOT = NO
OPTIMIZE_OUTPUT_FOR_C = YES
TOC_INCLUDE_HEADINGS = 3
QUIET = YES
WARN_NO_PARAMDOC = NO
WARN_AS_ERROR = FAIL_ON_WARNINGS
MACRO_EXPANSION = YES
EXPAND_ONLY_PREDEF = YES
PREDEFINED = KC_API=
"""


@functools.cache
def pages():
    """The documents of the site, relative to the tree."""
    found = [os.path.relpath(path, ROOT) for path in documents()]
    return FIRST + [name for name in found if name not in FIRST and name not in INSTEAD]


def label(page, anchor=""):
    """How Doxygen knows a page or a heading of it."""
    if page == "README.md" and not anchor:
        return "mainpage"
    name = re.sub(r"\W+", "-", page.removesuffix(".md").lower())
    return f"{name}-{anchor}" if anchor else name


def destination(page, target):
    """What a link of a page becomes on the site; None if it is not to be a link there."""
    name, _, anchor = target.partition("#")
    goal = os.path.relpath(os.path.join(ROOT, os.path.dirname(page), name), ROOT) if name else page
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return target
    if goal in INSTEAD:
        return INSTEAD[goal]
    if goal == HEADER:
        return "keycard_8h.html"
    if goal == "README.md" and not anchor:
        return "index.html"
    if goal in pages():
        return "#" + label(goal, anchor)
    if goal.endswith(".png"):
        return os.path.basename(goal)
    return f"source/{goal}.txt" if os.path.isfile(os.path.join(ROOT, goal)) else None


def outside_fences(text, change):
    parts, end = [], 0
    for match in FENCE.finditer(text):
        parts += [change(text[end:match.start()]), match[0]]
        end = match.end()
    return "".join(parts) + change(text[end:])


def page_for_doxygen(page):
    text = read(os.path.join(ROOT, page))
    names = iter(anchors(text))
    first = True

    def heading(match):
        nonlocal first
        anchor = next(names)
        name, first = label(page, "" if first else anchor), False
        return f"{match[0].rstrip('# ')} {{#{name}}}"

    def link(match):
        goal = destination(page, match[1])
        if goal is None:
            return re.match(r"!?\[([^\]]*)\]", match[0])[1]
        return match[0].replace(f"({match[1]})", f"({goal})")

    def change(part):
        return LINK.sub(link, HEADING.sub(heading, part))

    return outside_fences(re.sub(r"\A<!--.*?-->\n", "", text), change)


class Links(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.targets, self.anchors = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.targets.append(value)
            elif name in ("id", "name") and value:
                self.anchors.add(value)


def check(output):
    """Every link of the site leads to something. Returns the number of faults."""
    found = {name: Links(read(os.path.join(output, name))) for name in os.listdir(output) if name.endswith(".html")}
    faults = 0
    for name, links in sorted(found.items()):
        for target in links.targets:
            path, _, anchor = urllib.parse.unquote(target).partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            goal = path or name
            if not os.path.exists(os.path.join(output, goal)):
                print(f"site: {name}: the link {target} leads nowhere")
            elif anchor and goal in found and anchor not in found[goal].anchors:
                print(f"site: {name}: {goal} has no #{anchor}")
            else:
                continue
            faults += 1
    print(f"{len(found)} pages, {sum(len(links.targets) for links in found.values())} links, {faults} faults")
    return faults + (len(found) < len(pages()))


def copy_linked(output):
    """What pages link to outside the documents."""
    for page in pages():
        text = FENCE.sub("", read(os.path.join(ROOT, page)))
        for target in LINK.findall(text):
            source = os.path.normpath(os.path.join(ROOT, os.path.dirname(page), target))
            goal = destination(page, target)
            if goal is not None and os.path.isfile(source) and goal.endswith((".png", ".txt")):
                os.makedirs(os.path.dirname(os.path.join(output, goal)), exist_ok=True)
                shutil.copyfile(source, os.path.join(output, goal))


def main(output):
    shutil.rmtree(output, ignore_errors=True)
    os.makedirs(output)
    version = re.search(r"version: '([^']+)'", read(os.path.join(ROOT, "meson.build")))[1]
    images = sorted({os.path.dirname(os.path.join(folder, name)) for folder, _, names in os.walk(os.path.join(ROOT, "doc"))
                     for name in names if name.endswith(".png")})
    configuration = CONFIGURATION.format(
        version=version, pages=" ".join(pages()), header=HEADER, python=sys.executable, root=ROOT,
        script=os.path.abspath(__file__), images=" ".join(images), output=output)
    ended = subprocess.run(["doxygen", "-"], input=configuration, text=True, cwd=ROOT, check=False)
    if ended.returncode != 0:
        return 1
    copy_linked(output)
    return 1 if check(output) else 0


if len(sys.argv) == 3 and sys.argv[1] == "--page":
    sys.stdout.write(page_for_doxygen(os.path.relpath(sys.argv[2], ROOT)))
elif len(sys.argv) == 2:
    sys.exit(main(os.path.abspath(sys.argv[1])))
else:
    sys.exit(__doc__)
