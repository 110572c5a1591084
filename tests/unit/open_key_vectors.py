#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The test vectors of doc/open-key.md, made from the document and not from the library: hashlib, hmac, and a CBOR writer
of its own.

open_key_vectors.py FILE       writes them for the test programs, a line each
open_key_vectors.py --check    holds the document against them
open_key_vectors.py --print    writes them as they stand in the document
"""
import hashlib
import hmac
import os
import re
import sys

EPOCH = 1577836800  # 2020-01-01T00:00Z
KINDS = ["original", "duplicate", "one-shot"]  # 1, 2, 3
DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "doc", "open-key.md")

KEY = bytes(range(32))
OTHER_KEY = hashlib.sha256(b"another hotel").digest()

# site, key, uid, kind, sequence, issue, from, until, rooms, areas; times in seconds since 1970, no "from" is 0
CARDS = [
    (7, KEY, "04a1b2c3d4e580", "original", 1781510400, "01975f6e8c00712384560123456789ab",
     1781524800, 1781773200, ["101"], []),
    (7, KEY, "04a1b2c3d4e581", "duplicate", 1781510400, "01975f6f000070008000000000000001",
     0, 1781773200, ["101"], [1, 5]),
    (7, KEY, "deadbeef", "one-shot", 1781510461, "01975f6f0000700080000000000000ff",
     0, 1781517600, ["1204"], []),
    (65535, OTHER_KEY, "0102030405060708090a", "original", 1577836801, "f" * 32,
     4102444680, 4102444740, ["Suite 12-A", "~", "12345678901234567890"], list(range(1, 65))),
    (1, OTHER_KEY, "00112233445566778899aabbccddeeff", "original", 4102444799, "0" * 32,
     0, 1577836860, ["%d" % n for n in range(1001, 1017)], [64]),
]
# the same without uid and issue
STRIPES = [
    (7, KEY, "original", 1781510400, 1781524800, 1781773200, ["101"], []),
    (7, KEY, "duplicate", 1781510400, 0, 1781773200, ["101"], [1, 5]),
    (7, KEY, "one-shot", 1781510461, 0, 1781517600, ["1204"], []),
    (65535, OTHER_KEY, "original", 2577836799, 2387736000, 2477735100, ["99999"], [1, 2, 3, 4, 5, 6]),
    (1, OTHER_KEY, "original", 1577836801, 0, 1577837700, ["1"], []),
]


def head(major, number):
    for size, code in ((0, None), (1, 24), (2, 25), (4, 26), (8, 27)):
        if code is None and number < 24:
            return bytes([major << 5 | number])
        if code is not None and number < 1 << 8 * size:
            return bytes([major << 5 | code]) + number.to_bytes(size, "big")
    raise ValueError(number)


def cbor(value):
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value)) + value.encode("ascii")
    return head(4, len(value)) + b"".join(cbor(item) for item in value)


def mac(key, text):
    return hmac.new(key, text, hashlib.sha256).digest()


def area_bits(areas):
    return sum(1 << area - 1 for area in areas)


def card(site, key, uid, kind, sequence, issue, start, end, rooms, areas):
    body = cbor([1, KINDS.index(kind) + 1, site, sequence - EPOCH, bytes.fromhex(issue),
                 (start - EPOCH) // 60 if start else 0, (end - EPOCH) // 60, rooms, area_bits(areas)])
    card_key = mac(key, b"open key 1 card" + site.to_bytes(4, "big") + bytes.fromhex(uid))
    payload = cbor([body, mac(card_key, body)[:16]])
    name = b"keycard:open"
    return card_key, body, bytes([0xD4, len(name), len(payload)]) + name + payload


def stripe(site, key, kind, sequence, start, end, rooms, areas):
    digits = "%01d%09d%06d%05d%05d%02d" % (
        KINDS.index(kind) + 1, sequence - EPOCH, (end - EPOCH) // 900, (end - start) // 900 if start else 0,
        int(rooms[0]), area_bits(areas))
    assert len(digits) == 28
    stripe_key = mac(key, b"open key 1 stripe" + site.to_bytes(4, "big"))
    tag = int.from_bytes(mac(stripe_key, digits.encode("ascii"))[:8], "big") % 10**9
    return stripe_key, digits + "%09d" % tag


def common(kind, sequence, start, end, rooms, areas):
    return [("kind", kind), ("sequence", str(sequence)), ("from", str(start)), ("until", str(end)),
            ("rooms", ",".join(rooms)), ("areas", ",".join(map(str, areas)))]


def vectors():
    for values in CARDS:
        site, key, uid, kind, sequence, issue, start, end, rooms, areas = values
        card_key, body, message = card(*values)
        yield ([("form", "card"), ("site", str(site)), ("key", key.hex()), ("uid", uid)] +
               common(kind, sequence, start, end, rooms, areas) +
               [("issue", issue), ("card-key", card_key.hex()), ("body", body.hex()), ("message", message.hex())])
    for values in STRIPES:
        site, key, kind, sequence, start, end, rooms, areas = values
        stripe_key, digits = stripe(*values)
        yield ([("form", "stripe"), ("site", str(site)), ("key", key.hex())] +
               common(kind, sequence, start, end, rooms, areas) + [("stripe-key", stripe_key.hex()), ("digits", digits)])


def as_lines():
    return "".join("\t".join(f"{name}={value}" for name, value in vector) + "\n" for vector in vectors())


def as_document():
    return "\n".join("```text\n" + "".join(f"{name:10} {value}".rstrip() + "\n" for name, value in vector) + "```\n"
                     for vector in vectors())


def check():
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    found = re.findall(r"^```text\nform .*?^```$", text, re.M | re.S)
    wanted = as_document().strip().split("\n\n")
    if found != wanted:
        sys.exit("doc/open-key.md has other vectors than those that the document's own rules give: "
                 "tests/unit/open_key_vectors.py --print")
    print(f"{len(found)} vectors")


def main():
    if sys.argv[1:] == ["--check"]:
        check()
    elif sys.argv[1:] == ["--print"]:
        print(as_document(), end="")
    else:
        with open(sys.argv[1], "w", encoding="ascii") as file:
            file.write(as_lines())


if __name__ == "__main__":
    main()
