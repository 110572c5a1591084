# SPDX-License-Identifier: LGPL-2.1-or-later
"""Keys in the event loop of Python: the binding lets asyncio watch the descriptor of each context (loop.add_reader()), and
keys are awaited.

with_asyncio.py LEDGER SALTO-URI AMBIANCE-URI, the evening of evening.c. KEYCARD_LIBRARY names another library than the
installed one.
"""
import asyncio
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bindings", "python"))
import keycard # noqa: E402

TRY_AGAIN = keycard.Advice.RETRY, keycard.Advice.NEW_CARD
TOLD = keycard.EventType.PROMPT, keycard.EventType.WARNING


async def follow(operation, say):
    """Tells what a person must do until the operation has ended."""
    async for event in operation.events():
        if event.type in TOLD:
            say(event.text)
    if operation.error is not None:
        say(f"{operation.outcome.label}: {operation.error.message}")
        say(f"advice: {operation.error.advice_text}")
    return operation


async def make_key(start, say):
    """Once more, if nothing was written and the advice is to try again: a person would be asked here."""
    operation = await follow(start(), say)
    error = operation.error
    if error is not None and operation.outcome == keycard.Outcome.NOT_WRITTEN and error.advice in TRY_AGAIN:
        operation = await follow(operation.retry(), say)
    if operation.error is not None:
        return False
    say(f"made: {operation.key.kind.label}")
    return True


async def desk(site, booking, room, station, encoder):
    """A guest arrives who wants an original and a duplicate. True if both were made."""
    def say(words):
        print(f"{site.name}, {booking}: {words}", flush=True)

    request = site.request(booking=booking, rooms=[room], valid=(None, "2036-06-18"), station=station, encoder=encoder)
    return await make_key(request.issue_original, say) and await make_key(request.issue_duplicate, say)


async def evening(ledger, salto, ambiance):
    with keycard.Context(ledger) as first, keycard.Context(ledger) as second:
        grand = first.site("Grand Hotel", time_zone="Europe/Sofia")
        grand.system("salto", salto)
        sea = second.site("Sea Hotel", time_zone="Europe/Sofia")
        sea.system("ambiance", ambiance)
        made = await asyncio.gather(desk(grand, "4711", "101", "desk-1", "Desk 1"),
                                    desk(grand, "4712", "102", "desk-2", "Desk 2"),
                                    desk(sea, "815", "7", "bar", "1"), desk(sea, "816", "8", "lobby", "2"))
    return 0 if all(made) else 1


if len(sys.argv) != 4:
    print(f"usage: {sys.argv[0]} LEDGER SALTO-URI AMBIANCE-URI", file=sys.stderr)
    sys.exit(2)
try:
    sys.exit(asyncio.run(evening(*sys.argv[1:])))
except keycard.KeycardError as error:
    sys.exit(str(error))
