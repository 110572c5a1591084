# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs what the documents tell a reader to type: guides.py BUILD-DIRECTORY [--write] [FILE.md]...

A comment in the line before a fenced block says what it is; a document with one such comment has one before each block.

<!-- run -->                      commands for sh, run in order in a scratch folder; variables stay for the next block
<!-- run: exit status 4 -->       the last command ends with that
<!-- run: in another terminal --> goes on until the document ends; its first line of output is awaited
<!-- run: in the source tree -->  there instead of in the scratch folder; "build" is the build directory
<!-- shows -->                    what the block before printed; "..." stands for anything, also several lines
<!-- file: NAME -->               the text of a file in the scratch folder
<!-- compiled -->                 C that is compiled (documents.py code) and not run
<!-- not run: WHY -->             nothing can be checked

<!-- devices: stripe 1-4.2; reader 1-2 --> anywhere: what is run has these devices, emulated (tests/device/plugged_in.c)
instead of those of this computer.

Identifiers and times of the run fit any other. Addresses on the loopback get a free port in place of theirs. Programs and
library are those of the build directory, as in the shell of `meson devenv`. --write puts what was printed into the
documents, for a person to read over.
"""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from documents import ROOT, documents

sys.path.insert(0, os.path.join(ROOT, "tests", "device"))
from plugged_in import Desk # devices of the tests

PATIENCE = 300 # seconds; only ends what hangs
BLOCK = re.compile(r"(?:^<!-- (?P<mark>run|shows|file|compiled|not run)(?:: (?P<value>[^\n]*?))? -->\n)?"
                   r"^```(?P<language>[^\n]*)\n(?P<text>.*?)^```[ \t]*$", re.M | re.S)
DEVICES = re.compile(r"^<!-- devices: (.+) -->$", re.M)
MARK = re.compile(r"^<!-- (run|shows|file|compiled|not run)\b", re.M)
ADDRESS = re.compile(r"127\.0\.0\.1:([1-9]\d*)\b")
IDENTIFIER = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
TIME = re.compile(r"\b20[12]\d-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?")


class Fault(Exception):
    pass


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def pattern(expected):
    """A regular expression for the text that a document shows."""
    wild = re.compile("|".join((r"(?P<any>\.\.\.)", IDENTIFIER.pattern, TIME.pattern)))
    parts, end = [], 0
    for match in wild.finditer(expected):
        kind = ".*?" if match["any"] else IDENTIFIER.pattern if IDENTIFIER.fullmatch(match[0]) else TIME.pattern
        parts += [re.escape(expected[end:match.start()]), kind]
        end = match.end()
    return re.compile("".join(parts) + re.escape(expected[end:]), re.S)


class Guide:
    """One document and its scratch folder."""

    def __init__(self, path, build, environment, write):
        self.path, self.build, self.environment, self.write = path, build, environment, write
        self.name = os.path.relpath(path, ROOT)
        self.ports, self.terminals, self.output, self.count = {}, [], None, 0

    def line(self, match):
        return f"{self.name}:{self.text.count(chr(10), 0, match.start('text'))}"

    def here(self, text):
        """With free ports in place of those of the document."""
        return ADDRESS.sub(lambda m: f"127.0.0.1:{self.ports.setdefault(m[1], free_port())}", text)

    def there(self, text):
        for told, used in self.ports.items():
            text = text.replace(f"127.0.0.1:{used}", f"127.0.0.1:{told}")
        return text

    def run(self):
        with open(self.path, encoding="utf-8") as file:
            self.text = file.read()
        if not MARK.search(self.text):
            return
        with tempfile.TemporaryDirectory(prefix="guide-") as self.folder:
            self.environment = {**self.environment, "HOME": self.folder}
            desk = self.plug_in()
            try:
                written = BLOCK.sub(self.block, self.text)
            finally:
                if desk:
                    desk.close()
                for process in self.terminals:
                    os.killpg(process.pid, signal.SIGTERM)
                    process.wait(PATIENCE)
        if self.write and written != self.text:
            with open(self.path, "w", encoding="utf-8") as file:
                file.write(written)

    def plug_in(self):
        """The desk with the devices of the document, or None."""
        wanted, folder = DEVICES.search(self.text), os.path.join(self.build, "tests", "device")
        if not wanted:
            return None
        desk = Desk(os.path.join(folder, "plugged_in"), os.path.join(folder, "libplugged_in_shim.so"), self.folder)
        for words in wanted[1].split(";"):
            desk(*words.split())
        self.environment.update(desk.environment)
        return desk

    def block(self, match):
        mark, value, text = match["mark"], match["value"], match["text"]
        self.count += 1
        if mark == "run":
            self.commands(match, value, self.here(text))
        elif mark == "file":
            with open(os.path.join(self.folder, value), "w", encoding="utf-8") as file:
                file.write(self.here(text))
        elif mark == "shows":
            return self.compare(match, text)
        elif mark == "compiled":
            if "#include <keycard/keycard.h>" not in text:
                raise Fault(f"{self.line(match)}: it has no #include <keycard/keycard.h>, so nothing compiles it")
        elif mark != "not run" or not value:
            raise Fault(f"{self.line(match)}: no comment says whether this block is run, shown, or why not")
        return match[0]

    def commands(self, match, how, text):
        folder = self.folder
        if how == "in the source tree":
            folder, text = ROOT, re.sub(r"((?:-C|setup) )build\b", r"\g<1>" + self.build, text)
        state = os.path.join(self.folder, ".state")
        script = f"set -ea\n[ ! -f '{state}' ] || . '{state}'\n{text}\nexport -p >'{state}'\n"
        if how == "in another terminal":
            self.output = self.in_another_terminal(match, text)
            return
        wanted = re.fullmatch(r"exit status (\d+)", how or "exit status 0")
        if not wanted and how != "in the source tree":
            raise Fault(f"{self.line(match)}: how is that to be run, {how}?")
        ended = subprocess.run(["bash", "-c", script], cwd=folder, env=self.environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
        self.output = self.there(ended.stdout.decode("utf-8", "replace"))
        if ended.returncode != int(wanted[1] if wanted else 0):
            raise Fault(f"{self.line(match)}: exit status {ended.returncode}\n{text}\n{self.output}")

    def in_another_terminal(self, match, text):
        name = os.path.join(self.folder, f".terminal-{len(self.terminals)}")
        with open(name, "wb") as output:
            process = subprocess.Popen(["bash", "-ec", text], cwd=self.folder, env=self.environment, stdout=output,
                                       stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, start_new_session=True)
        self.terminals.append(process)
        end = time.monotonic() + PATIENCE
        while True:
            with open(name, encoding="utf-8") as output:
                said = output.read()
            if "\n" in said:
                return self.there(said)
            if process.poll() is not None or time.monotonic() > end:
                raise Fault(f"{self.line(match)}: it said nothing and ended\n{text}")
            time.sleep(0.02)

    def compare(self, match, expected):
        if self.output is None:
            raise Fault(f"{self.line(match)}: nothing was run before this")
        if pattern(expected.strip()).fullmatch(self.output.strip()):
            return match[0]
        if self.write:
            return f"<!-- shows -->\n```{match['language']}\n{self.output.strip()}\n```"
        raise Fault(f"{self.line(match)}: it shows\n{expected}\nbut this was printed\n{self.output}")


def environment_of(build):
    """That of `meson devenv`, and nothing of this user's configuration."""
    dump = subprocess.run(["meson", "devenv", "-C", build, "env"], stdout=subprocess.PIPE, text=True, check=True).stdout
    found = {name: value for name, _, value in (line.partition("=") for line in dump.splitlines())
             if name in ("PATH", "LD_LIBRARY_PATH", "PKG_CONFIG_PATH")}
    return {**{name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "KEYCARD"))},
            **found, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def main(arguments):
    write = "--write" in arguments
    build, *names = [one for one in arguments if one != "--write"]
    build = os.path.abspath(build)
    environment, faults = environment_of(build), []
    guides = [Guide(path, build, environment, write) for path in map(os.path.abspath, names or documents())]

    def run(guide):
        try:
            guide.run()
        except (Fault, OSError, subprocess.TimeoutExpired) as fault:
            faults.append(str(fault))

    threads = [threading.Thread(target=run, args=(guide,)) for guide in guides]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for fault in faults:
        print(fault)
    done = [guide for guide in guides if guide.count]
    print(f"{sum(guide.count for guide in done)} blocks in {len(done)} documents, {len(faults)} faults")
    return 1 if faults or not done else 0


if len(sys.argv) < 2:
    sys.exit(__doc__)
sys.exit(main(sys.argv[1:]))
