<?php
// SPDX-License-Identifier: LGPL-2.1-or-later
// The library itself, by FFI, and what all classes need of it.

declare(strict_types=1);

namespace Keycard;

use FFI;
use FFI\CData;

/** The functions of the library as they are. */
final class Library
{
    public static FFI $functions;
}

// KEYCARD_LIBRARY names another file, such as one in a build directory.
Library::$functions = FFI::cdef(DECLARATIONS, getenv('KEYCARD_LIBRARY') ?: 'libkeycard.so.0');

/** Calls a function, and refuses what C would see cut off: texts with NUL, numbers that are no int32_t. */
function call(string $function, mixed ...$arguments): mixed
{
    foreach ($arguments as $argument) {
        if (is_string($argument) && str_contains($argument, "\0")) {
            throw new \ValueError('a text has a NUL character in it');
        }
        if (is_int($argument) && $argument !== ($argument << 32 >> 32)) {
            throw new \ValueError("$argument is no number of 32 bits");
        }
    }
    return Library::$functions->$function(...$arguments);
}

/** The two arguments for bytes: a copy of them, and how many they are. */
function bytes(string $bytes): array
{
    $size = strlen($bytes);
    $copy = FFI::new('uint8_t[' . max($size, 1) . ']');
    FFI::memcpy($copy, $bytes, $size);
    return [$copy, $size];
}

/** Calls a function whose last parameter receives a handle; [status, pointer]. */
function receive(string $function, string $kind, mixed ...$arguments): array
{
    $out = Library::$functions->new("kc_$kind *");
    return [call($function, ...[...$arguments, FFI::addr($out)]), $out];
}

/** Throws what a call returned; $getError is the function that gets the error of the object, if it has one. */
function check(int $status, ?string $getError = null, ?CData $pointer = null): int
{
    if ($status < 0) {
        throw new KeycardException($status, $getError === null ? null : Library::$functions->$getError($pointer));
    }
    return $status;
}

/** Version of the library that runs. */
function version(): string
{
    return Library::$functions->kc_version();
}

/** The stable name of a status, such as 'no-card'. */
function status_name(int $status): string
{
    return Library::$functions->kc_status_name($status);
}

/** Whether a driver of this name is compiled in. */
function has_driver(string $name): bool
{
    return call('kc_has_driver', $name) !== 0;
}
