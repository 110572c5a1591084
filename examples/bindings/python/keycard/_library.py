# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library itself, by cffi's ABI mode: nothing to compile. What all wrappers need of it."""
import os

import cffi

from ._declarations import DECLARATIONS, DOCUMENTATION

ffi = cffi.FFI()
ffi.cdef(DECLARATIONS)
# KEYCARD_LIBRARY names another file, such as one in a build directory.
lib = ffi.dlopen(os.environ.get("KEYCARD_LIBRARY", "libkeycard.so.0"))
NULL = ffi.NULL
string = ffi.string


def encode(text):
    """An argument of type const char *. What it cannot hold is refused rather than cut off."""
    if text is None:
        return NULL
    if not isinstance(text, str):
        raise TypeError(f"a text is a str, not {type(text).__name__}")
    if "\0" in text:
        raise ValueError("a text has a NUL character in it")
    return text.encode()


def decode(pointer):
    """A result of type const char *, which is never NULL."""
    return string(pointer).decode()


class Handle:
    """One reference of an object of the library; given back by close(), at the end of `with`, or with the object.

    After that it is NULL for the library, which then answers with errors, "" and 0 instead of crashing.
    """

    KIND = None  # the object's name in the library
    __slots__ = ("_pointer", "__weakref__")

    def __init__(self, pointer, release=None):
        """`pointer` is owned: the reference is this object's from now on."""
        self._pointer = ffi.gc(pointer, release or getattr(lib, f"kc_{self.KIND}_unref"))

    @classmethod
    def borrowed(cls, pointer, *more):
        """Wraps a pointer that belongs to another object; None for NULL."""
        return cls(getattr(lib, f"kc_{cls.KIND}_ref")(pointer), *more) if pointer else None

    def close(self):
        pointer, self._pointer = self._pointer, NULL
        if pointer:
            ffi.release(pointer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _getter(name, convert):
    function = getattr(lib, name)
    return property(lambda self: convert(function(self._pointer)), doc=DOCUMENTATION[name])


def text(name):
    """A property from a getter of a string."""
    function = getattr(lib, name)
    return property(lambda self: string(function(self._pointer)).decode(), doc=DOCUMENTATION[name])


def number(name):
    """A property from a getter of a number."""
    return _getter(name, int)


def flag(name):
    """A property from a getter of 0 or 1."""
    return _getter(name, bool)


def code(name, enumeration):
    """A property from a getter of a code."""
    return _getter(name, enumeration)


def items(count, get, convert):
    """A property from a count and a getter by index: a list."""
    count, getter = getattr(lib, count), getattr(lib, get)
    return property(lambda self: [convert(getter(self._pointer, index)) for index in range(count(self._pointer))],
                    doc=DOCUMENTATION[get])
