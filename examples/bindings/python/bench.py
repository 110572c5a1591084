# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a call through the binding costs, against cffi's bare call of the same shape: a number or a handle in, a str
out."""
import statistics
import time

import keycard
from keycard._library import ffi, lib

CALLS, ROUNDS = 20000, 30


def nanoseconds(call, argument):
    numbers = range(CALLS)
    start = time.perf_counter_ns()
    for _ in numbers:
        call(argument)
    return (time.perf_counter_ns() - start) / CALLS


def compare(what, binding, argument, function, bare):
    def foreign(value, function=function, string=ffi.string):
        return string(function(value)).decode()

    assert binding(argument) == foreign(bare) != ""
    pairs = [(nanoseconds(binding, argument), nanoseconds(foreign, bare)) for _ in range(ROUNDS)]
    own, other = (statistics.median(column) for column in zip(*pairs))
    ratio = statistics.median(one / two for one, two in pairs)
    print(f"{what}: binding {own:.0f} ns, foreign {other:.0f} ns, ratio {ratio:.2f}")


with keycard.Context() as context:
    site = context.site("Grand Hotel")
    compare("status_name", keycard.status_name, -42, lib.kc_status_name, -42)
    compare("getter", lambda object: object.name, site, lib.kc_site_get_name, site._pointer)
