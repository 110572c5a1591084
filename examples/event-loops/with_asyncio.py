# SPDX-License-Identifier: LGPL-2.1-or-later
"""Keys in the event loop of Python: loop.add_reader() watches the descriptor of each context, and a key is awaited.

with_asyncio.py LEDGER SALTO-URI AMBIANCE-URI. KEYCARD_LIBRARY names another library than libkeycard.so.0. The evening is
that of evening.c, with the few functions it needs declared here.
"""
import asyncio
import os
import sys

import cffi

ffi = cffi.FFI()
ffi.cdef("""
    typedef struct kc_context kc_context; typedef struct kc_site kc_site; typedef struct kc_system kc_system;
    typedef struct kc_request kc_request; typedef struct kc_op kc_op; typedef struct kc_key kc_key;
    typedef struct kc_event kc_event; typedef struct kc_error kc_error;
    int32_t kc_context_new(kc_context **); kc_context *kc_context_unref(kc_context *);
    int32_t kc_context_set_ledger(kc_context *, const char *); int32_t kc_context_get_fd(const kc_context *);
    int32_t kc_context_dispatch(kc_context *); kc_event *kc_context_next_event(kc_context *);
    const kc_error *kc_context_get_error(const kc_context *);
    int32_t kc_event_get_type(const kc_event *); kc_op *kc_event_get_op(const kc_event *);
    const char *kc_event_get_text(const kc_event *); kc_event *kc_event_unref(kc_event *);
    int32_t kc_site_new(kc_context *, const char *, kc_site **); kc_site *kc_site_unref(kc_site *);
    int32_t kc_site_set_time_zone(kc_site *, const char *); const kc_error *kc_site_get_error(const kc_site *);
    int32_t kc_system_new(kc_site *, const char *, const char *, kc_system **); kc_system *kc_system_unref(kc_system *);
    int32_t kc_request_new(kc_site *, kc_request **); kc_request *kc_request_unref(kc_request *);
    int32_t kc_request_set_booking(kc_request *, const char *); int32_t kc_request_add_room(kc_request *, const char *);
    int32_t kc_request_set_validity(kc_request *, const char *, const char *);
    int32_t kc_request_set_station(kc_request *, const char *); int32_t kc_request_set_encoder(kc_request *, const char *);
    const kc_error *kc_request_get_error(const kc_request *);
    int32_t kc_issue_original(kc_request *, kc_op **); int32_t kc_issue_duplicate(kc_request *, kc_op **);
    int32_t kc_op_retry(kc_op *, kc_op **); kc_op *kc_op_unref(kc_op *); int32_t kc_op_get_status(const kc_op *);
    int32_t kc_op_get_outcome(const kc_op *); const kc_error *kc_op_get_error(const kc_op *);
    kc_key *kc_op_get_key(const kc_op *, int32_t); int32_t kc_key_get_kind(const kc_key *);
    const char *kc_kind_name(int32_t); const char *kc_outcome_name(int32_t); const char *kc_status_text(int32_t);
    int32_t kc_error_get_advice(const kc_error *); const char *kc_error_get_advice_text(const kc_error *);
    const char *kc_error_get_message(const kc_error *);
""")
EVENT_PROMPT, EVENT_WARNING, EVENT_DONE = 2, 3, 4
NOT_WRITTEN, ADVICE_RETRY, ADVICE_NEW_CARD = 1, 2, 3
library = ffi.dlopen(os.environ.get("KEYCARD_LIBRARY", "libkeycard.so.0"))


def text(value):
    return ffi.string(value).decode()


class KeycardError(Exception):
    """What a call or an operation failed with; `error` is its kc_error."""

    def __init__(self, message, op=None):
        super().__init__(message)
        self.op = op

    @property
    def outcome(self):
        return library.kc_op_get_outcome(self.op)

    @property
    def error(self):
        return library.kc_op_get_error(self.op)


def check(status, error=ffi.NULL):
    if status != 0:
        raise KeycardError(text(library.kc_error_get_message(error) if error else library.kc_status_text(status)))


def new(kind, unref, function, *arguments, error=lambda: ffi.NULL):
    """A handle from the out-parameter of a function; it gives itself back."""
    out = ffi.new(f"kc_{kind} **")
    check(function(*arguments, out), error())
    return ffi.gc(out[0], unref)


class Hotel:
    """A context whose descriptor is watched by the loop from here to close()."""

    def __init__(self, loop, name, ledger, system, uri):
        self.name, self.loop, self.waiting = name, loop, {}
        self.context = new("context", library.kc_context_unref, library.kc_context_new)
        check(library.kc_context_set_ledger(self.context, ledger.encode()), library.kc_context_get_error(self.context))
        self.site = new("site", library.kc_site_unref, library.kc_site_new, self.context, name.encode())
        check(library.kc_site_set_time_zone(self.site, b"Europe/Sofia"), library.kc_site_get_error(self.site))
        new("system", library.kc_system_unref, library.kc_system_new, self.site, system.encode(), uri.encode(),
            error=lambda: library.kc_site_get_error(self.site))
        self.descriptor = library.kc_context_get_fd(self.context)
        loop.add_reader(self.descriptor, self.readable)

    def close(self):
        self.loop.remove_reader(self.descriptor)
        ffi.release(self.site)
        ffi.release(self.context)

    def readable(self):
        try:
            check(library.kc_context_dispatch(self.context))
        except KeycardError as error: # then no operation would ever end
            self.loop.remove_reader(self.descriptor)
            for _, ended in self.waiting.values():
                ended.done() or ended.set_exception(error)
        while event := library.kc_context_next_event(self.context):
            say, ended = self.waiting.get(library.kc_event_get_op(event), (None, None))
            kind = library.kc_event_get_type(event)
            if say and kind in (EVENT_PROMPT, EVENT_WARNING):
                say(text(library.kc_event_get_text(event)))
            elif ended and kind == EVENT_DONE and not ended.done():
                ended.set_result(None)
            library.kc_event_unref(event)

    async def key(self, say, start, *arguments):
        """Starts an operation, tells what a person must do, and waits for its end: the name of the key's kind."""
        op = new("op", library.kc_op_unref, start, *arguments)
        ended = self.loop.create_future()
        self.waiting[op] = say, ended
        try:
            await ended
        finally:
            del self.waiting[op]
        if library.kc_op_get_status(op) != 0:
            raise KeycardError(text(library.kc_error_get_message(library.kc_op_get_error(op))), op)
        return text(library.kc_kind_name(library.kc_key_get_kind(library.kc_op_get_key(op, 0))))


async def key_with_retry(hotel, say, start, request):
    """Once more, if nothing was written and the advice is to try again: a person would be asked here."""
    tries = [(start, request)]
    for function, argument in tries:
        try:
            return await hotel.key(say, function, argument)
        except KeycardError as error:
            if error.op is None:
                raise
            say(f"{text(library.kc_outcome_name(error.outcome))}: {error}")
            say(f"advice: {text(library.kc_error_get_advice_text(error.error))}")
            advice = library.kc_error_get_advice(error.error)
            if len(tries) > 1 or error.outcome != NOT_WRITTEN or advice not in (ADVICE_RETRY, ADVICE_NEW_CARD):
                return None
            tries.append((library.kc_op_retry, error.op))


async def desk(hotel, booking, room, station, encoder):
    """A guest arrives who wants two keys. True if both were made."""
    def say(words):
        print(f"{hotel.name}, {booking}: {words}", flush=True)

    request = new("request", library.kc_request_unref, library.kc_request_new, hotel.site)
    for setter, *values in ((library.kc_request_set_booking, booking), (library.kc_request_add_room, room),
                            (library.kc_request_set_validity, None, "2036-06-18"),
                            (library.kc_request_set_station, station), (library.kc_request_set_encoder, encoder)):
        check(setter(request, *(ffi.NULL if value is None else value.encode() for value in values)),
              library.kc_request_get_error(request))
    for start in (library.kc_issue_original, library.kc_issue_duplicate):
        kind = await key_with_retry(hotel, say, start, request)
        if kind is None:
            return False
        say(f"made: {kind}")
    return True


async def main(ledger, salto, ambiance):
    loop, hotels = asyncio.get_running_loop(), []
    try:
        hotels.append(Hotel(loop, "Grand Hotel", ledger, "salto", salto))
        hotels.append(Hotel(loop, "Sea Hotel", ledger, "ambiance", ambiance))
        grand, sea = hotels
        made = await asyncio.gather(desk(grand, "4711", "101", "desk-1", "Desk 1"),
                                    desk(grand, "4712", "102", "desk-2", "Desk 2"),
                                    desk(sea, "815", "7", "bar", "1"), desk(sea, "816", "8", "lobby", "2"))
        return 0 if all(made) else 1
    finally:
        for hotel in hotels:
            hotel.close()


if len(sys.argv) != 4:
    print(f"usage: {sys.argv[0]} LEDGER SALTO-URI AMBIANCE-URI", file=sys.stderr)
    sys.exit(2)
try:
    sys.exit(asyncio.run(main(*sys.argv[1:])))
except KeycardError as failure:
    sys.exit(str(failure))
