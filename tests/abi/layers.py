# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks who includes whom, by the #include lines of every source file, and that no lock vendor is known to the core.

The rules stand in doc/architecture.md. A rule names for a set of files what they may include: names of headers as they
are written in the source, with * as in file names. What is not named is not allowed.
"""
import fnmatch
import os
import re

from common import ROOT, Faults, read, without_comments

# Headers of C that know no platform, no clock, no locale and print nothing by themselves.
PLAIN = ["<errno.h>", "<inttypes.h>", "<limits.h>", "<stdalign.h>", "<stdarg.h>", "<stdatomic.h>", "<stdbool.h>",
         "<stddef.h>", "<stdint.h>", "<stdio.h>", "<stdlib.h>", "<string.h>"]
CODEC = ["<limits.h>", "<stdbool.h>", "<stddef.h>", "<stdint.h>", "<string.h>"]
# Only loops and transports may know the platform.
PLATFORM = ["<sys/*.h>", "<netinet/*.h>", "<arpa/*.h>", "<fcntl.h>", "<netdb.h>", "<poll.h>", "<pthread.h>",
            "<signal.h>", "<termios.h>", "<time.h>", "<unistd.h>"]
# A ledger is a file: it has permissions and locks.
FILES = ["<fcntl.h>", "<sys/stat.h>", "<unistd.h>"]
PUBLIC = ["<keycard/keycard.h>", "keycard/keycard.h"]
TABLES = ["driver.h", "transport.h", "store.h", "store/worker.h", "store/marks.h", "store/vault.h", "store/copy.h", "loop/loop.h"]
# A header of the same folder; never that of a subfolder or of another one.
OWN = ["OWN"]

# The first rule whose pattern fits a file holds.
RULES = [
    # its headers are made by external.py, which names there the header of the library
    ("lib/external/*", []),
    ("include/keycard/*.h", ["<stddef.h>", "<stdint.h>"]),
    # the one place where libraries are loaded
    ("lib/util/external.c", PLAIN + PUBLIC + OWN + ["util/*.h", "<dlfcn.h>", "<pthread.h>"]),
    ("lib/util/shortage.c", PLAIN + PUBLIC + OWN + ["util/*.h", "<sys/resource.h>"]),
    ("lib/util/*", PLAIN + PUBLIC + OWN + ["util/*.h", "external/icu_calls.h"]),
    ("lib/loop/*", PLAIN + PUBLIC + OWN + PLATFORM + ["util/*.h", "loop/*.h"]),
    # what the kernel says of ports and open files
    ("lib/transport/ports.*", PLAIN + PUBLIC + OWN + PLATFORM + ["util/*.h", "loop/loop.h", "transport/*.h", "<dirent.h>",
                                                                 "external/serialport_calls.h"]),
    ("lib/transport/holder.*", PLAIN + PUBLIC + OWN + PLATFORM + ["util/*.h", "transport/*.h", "<dirent.h>"]),
    ("lib/transport/serial*", PLAIN + PUBLIC + OWN + PLATFORM + ["util/*.h", "loop/loop.h", "transport.h",
                                                                  "transport/*.h", "external/serialport_calls.h"]),
    ("lib/transport/http*", PLAIN + PUBLIC + OWN + PLATFORM + ["util/*.h", "loop/loop.h", "transport.h", "transport/*.h",
                                                               "external/curl_calls.h", "<strings.h>"]),
    ("lib/transport/*", PLAIN + PUBLIC + OWN + PLATFORM + ["util/*.h", "loop/loop.h", "transport.h", "transport/*.h"]),
    ("lib/usb/*", PLAIN + PUBLIC + OWN + PLATFORM + ["util/*.h", "loop/loop.h", "transport.h", "transport/tables.h", "usb/*.h",
                                                     "external/usb_calls.h"]),
    ("lib/transport.h", PLAIN + ["util/*.h", "loop/loop.h"]),
    ("lib/store/sqlite*", PLAIN + PUBLIC + OWN + FILES + ["util/*.h", "loop/loop.h", "store.h", "store/*.h",
                                                          "<sqlite3.h>"]),
    # libpq blocks without a time-out of its own: its socket is waited for
    ("lib/store/postgresql*", PLAIN + PUBLIC + OWN + ["util/*.h", "store.h", "store/*.h", "external/pq_calls.h", "<poll.h>",
                                                      "<time.h>"]),
    ("lib/store/vault.*", PLAIN + PUBLIC + OWN + ["util/*.h", "store.h", "store/*.h", "<openssl/*.h>"]),
    ("lib/store/seal.*", PLAIN + PUBLIC + OWN + ["util/*.h", "store.h", "store/*.h", "<openssl/*.h>"]),
    ("lib/store/sha256.*", PLAIN + OWN + ["store/sha256.h", "<openssl/*.h>"]),
    # the lock by which one process sees that another lives
    ("lib/store/liveness.c", PLAIN + PUBLIC + OWN + FILES + ["util/*.h", "store.h", "store/*.h"]),
    # a thread, and the descriptor by which it tells the loop
    ("lib/store/worker.*", PLAIN + PUBLIC + OWN + ["util/*.h", "loop/loop.h", "store.h", "store/*.h", "<poll.h>", "<pthread.h>",
                                                   "<time.h>", "<signal.h>", "<sys/eventfd.h>", "<unistd.h>"]),
    ("lib/store/*", PLAIN + PUBLIC + OWN + ["util/*.h", "loop/loop.h", "store.h", "store/*.h"]),
    ("lib/store.h", PLAIN + ["util/*.h"]),
    ("lib/driver.h", PLAIN + ["util/*.h"]),
    # what stands on a card, for the drivers that write cards themselves
    ("lib/open_key/*", PLAIN + PUBLIC + OWN + ["util/*.h", "driver.h", "external/cbor_calls.h", "<openssl/*.h>"]),
    # cancel, wake-up and unref come from any thread; the context holds the one lock of the core
    ("lib/context.*", PLAIN + PUBLIC + OWN + TABLES + ["util/*.h", "<pthread.h>"]),
    # the devices of this computer, from those who know them
    ("lib/device*", PLAIN + PUBLIC + OWN + TABLES + ["util/*.h", "transport/ports.h", "usb/bus.h"]),
    ("lib/*", PLAIN + PUBLIC + OWN + TABLES + ["util/*.h"]),
    ("drivers/*/codec.h", CODEC + OWN + ["util/buf.h"]),
    ("drivers/simulator/*", None),
    ("drivers/*/simulator*", PLAIN + PUBLIC + OWN + ["util/*.h", "driver.h", "simulator/*.h", "../simulator/*.h",
                                                  "open_key/open_key.h"]),
    # AES, for the proof of the link's key
    ("drivers/fias/auth.c", PLAIN + PUBLIC + OWN + ["util/*.h", "driver.h", "<openssl/*.h>"]),
    ("drivers/*", PLAIN + PUBLIC + OWN + ["util/*.h", "driver.h", "open_key/open_key.h"]),
    ("examples/*", None),
]
# What even a rule's OWN does not open: the codec knows only itself, a simulator must not lean on its driver.
SEPARATE = [
    ("drivers/*/codec*", ["driver*.h", "simulator*.h"]),
    ("drivers/*/simulator*", ["driver_*.h"]),
    ("drivers/*/driver*", ["simulator*.h"]),
    ("lib/*", ["driver_table.h"]),
]
VENDORS = re.compile(r"salto|onity|saflok|ambiance|dormakaba|\bkaba|vingcard|visionline|assa|\bmiwa|\btesa|\bfias\b"
                     r"|hotek|messerschmitt|\bilco|opera\b", re.I)
# The examples and the simulators' program are users of the public header.
USERS = ("examples/",)


def sources():
    for top in ("include", "lib", "drivers", "examples"):
        for folder, folders, files in os.walk(os.path.join(ROOT, top)):
            folders.sort()
            for name in sorted(files):
                if name.endswith((".c", ".h", ".c.in")):
                    yield os.path.relpath(os.path.join(folder, name), ROOT)


def includes(text):
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*(<[^>\n]+>|"[^"\n]+"|\S+)', text, re.M):
        yield text.count("\n", 0, match.start()) + 1, match.group(1)


def codec_files():
    """The sources of codecs, as the drivers' meson.build files list them."""
    found = set()
    for folder, _, files in os.walk(os.path.join(ROOT, "drivers")):
        if "meson.build" in files:
            for names in re.findall(r"\b\w+_codec\s*=\s*files\(([^)]*)\)", read(os.path.join(folder, "meson.build"))):
                found |= {os.path.relpath(os.path.join(folder, name), ROOT) for name in re.findall(r"'([^']+)'", names)}
    return found


CODECS = codec_files()
CODEC_RULE = CODEC + OWN + ["util/buf.h"]
# SOAP: hostile XML is read by a library, which is started once per process, into memory that goes all at once.
XML_CODEC_RULE = CODEC_RULE + ["util/arena.h", "util/utf8.h", "external/xml_calls.h", "<pthread.h>"]


def rule_for(path):
    if path in CODECS:
        return XML_CODEC_RULE if path.startswith("drivers/lens/") else CODEC_RULE
    for pattern, allowed in RULES:
        if fnmatch.fnmatchcase(path, pattern):
            return allowed
    return []


def is_allowed(path, name, allowed):
    plain = name.strip('"')
    folder = os.path.dirname(os.path.join(ROOT, path))
    if any(fnmatch.fnmatchcase(plain, pattern) for pattern in allowed if pattern != "OWN"):
        # * in a rule does not reach into subfolders
        return True
    if "OWN" in allowed and name.startswith('"') and "/" not in plain:
        return os.path.exists(os.path.join(folder, plain))
    return False


def check_file(faults, path):
    text = without_comments(read(os.path.join(ROOT, path)))
    allowed = rule_for(path)
    for line, name in includes(text):
        plain = name.strip('"')
        if path.startswith(USERS) and re.match(r"\"(?!.*keycard\.h).*(lib/|util/|store|transport|driver\.h)", name):
            faults.add(f"{path}:{line}: an example includes {name}; only the public header is for it")
        if allowed is None:
            continue
        if not is_allowed(path, name, allowed):
            faults.add(f"{path}:{line}: may not include {name}")
        for pattern, closed in SEPARATE:
            if fnmatch.fnmatchcase(path, pattern) and any(fnmatch.fnmatchcase(plain, part) for part in closed):
                faults.add(f"{path}:{line}: may not include {name}, which is another side of the same driver")
    if path.startswith("lib/"):
        for match in VENDORS.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            faults.add(f"{path}:{line}: '{match.group()}': what a vendor is called or does belongs in its driver")


def main():
    faults = Faults()
    count = 0
    for path in sources():
        check_file(faults, path)
        count += 1
    if not CODECS:
        faults.add("no meson.build lists the files of a codec")
    if count < 50:
        faults.add(f"only {count} files: is this the tree?")
    faults.end(f"{count} files")


main()
