#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Instructions and system calls of one operation: the difference between 2N and N operations, divided by N.

    instructions.py BENCH_INSTRUCTIONS BENCH_EXCHANGE BENCH_HTTP

All instructions of the process count: those of the library, of what it calls in other libraries, and the few of the
host that starts an operation and takes its events. The other end of the wire and the kernel do not. System calls are
those of a host that waits for one operation after the other, over TCP; the line "bare" is the exchange without the
library. Over HTTP the lines "curl-easy" and "curl-multi" are that.
"""
import json
import os
import re
import shutil
import sys
import tempfile

import callgrind

COUNT = 200


def instructions(count, program, *arguments):
    command = [program, *arguments, str(count)]
    return callgrind.instructions(command, "--toggle-collect=answer_request", "--toggle-collect=name_stay",
                                  "--collect-atstart=yes")


def system_calls(count, program, *arguments):
    """Of the process that asks, its threads included, but not of the one that answers."""
    with tempfile.TemporaryDirectory() as folder:
        callgrind.run(["strace", "-ff", "-o", f"{folder}/trace", program, *arguments, str(count)])
        calls = {}
        for trace in os.listdir(folder):
            with open(f"{folder}/{trace}", encoding="utf-8", errors="replace") as lines:
                text = lines.read()
            if "PR_SET_PDEATHSIG" in text:
                continue
            for call in re.findall(r"^(\w+)\(", text, re.M):
                calls[call] = calls.get(call, 0) + 1
    return calls


def difference(measure, *arguments):
    few, many = measure(COUNT, *arguments), measure(2 * COUNT, *arguments)
    if isinstance(few, int):
        return round((many - few) / COUNT)
    calls = {call: round((many[call] - few.get(call, 0)) / COUNT, 2) for call in many}
    return {call: number for call, number in sorted(calls.items()) if number >= 0.05}


def main():
    program, exchange, http = sys.argv[1:]
    over_http = [(f"http {name}", (http, "--only", name)) for name in ("curl-easy", "curl-multi", "library")]
    if shutil.which("valgrind"):
        for name, command in [(kind, (program, kind)) for kind in ("bare", "virtual", "salto", "salto-stays")] + over_http:
            number = difference(instructions, *command)
            print(json.dumps({"benchmark": "instructions", "name": name, "per_operation": number}), flush=True)
    else:
        print("valgrind is not installed: no instructions are counted", file=sys.stderr)
    if shutil.which("strace"):
        over_tcp = [(name, (exchange, "--only", name))
                    for name in ("bare", "bare-epoll", "bare-epoll-mark", "none", "memory", "sqlite")]
        for name, command in over_tcp + over_http:
            calls = difference(system_calls, *command)
            print(json.dumps({"benchmark": "system-calls", "name": name, "per_operation": round(sum(calls.values()), 1),
                              "calls": calls}), flush=True)
    else:
        print("strace is not installed: no system calls are counted", file=sys.stderr)


if __name__ == "__main__":
    main()
