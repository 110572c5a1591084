# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a call through the binding costs, against cffi's bare call of the same shape: a number in, a str out."""
import statistics
import time

import keycard
from keycard._library import ffi, lib

CALLS, ROUNDS = 20000, 30


def foreign(status, function=lib.kc_status_name, string=ffi.string):
    return string(function(status)).decode()


def nanoseconds(function):
    numbers = range(CALLS)
    start = time.perf_counter_ns()
    for _ in numbers:
        function(-42)
    return (time.perf_counter_ns() - start) / CALLS


assert keycard.status_name(-42) == foreign(-42) == "no-card"
pairs = [(nanoseconds(keycard.status_name), nanoseconds(foreign)) for _ in range(ROUNDS)]
binding, bare = (statistics.median(column) for column in zip(*pairs))
ratio = statistics.median(one / other for one, other in pairs)
print(f"status_name: binding {binding:.0f} ns, foreign {bare:.0f} ns, ratio {ratio:.2f}")
