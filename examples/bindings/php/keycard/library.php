<?php
// SPDX-License-Identifier: LGPL-2.1-or-later
// The library itself, by FFI, and what all classes need of it.

declare(strict_types=1);

namespace Keycard;

use FFI;
use FFI\CData;

/** The library. KEYCARD_LIBRARY names another file, such as one in a build directory. */
function library(): FFI
{
    static $library = null;
    return $library ??= FFI::cdef(DECLARATIONS, getenv('KEYCARD_LIBRARY') ?: 'libkeycard.so.0');
}

/** Calls a function whose last parameter receives a handle; [status, pointer]. */
function receive(string $function, string $kind, mixed ...$arguments): array
{
    $out = library()->new("kc_$kind *");
    return [library()->$function(...[...$arguments, FFI::addr($out)]), $out];
}

/** Throws what a call returned; $getError is the function that gets the error of the object, if it has one. */
function check(int $status, ?string $getError = null, ?CData $pointer = null): int
{
    if ($status < 0) {
        throw new KeycardException($status, $getError === null ? null : library()->$getError($pointer));
    }
    return $status;
}

/** Version of the library that runs. */
function version(): string
{
    return library()->kc_version();
}

/** The stable name of a status, such as 'no-card'. */
function status_name(int $status): string
{
    return library()->kc_status_name($status);
}

/** Whether a driver of this name is compiled in. */
function has_driver(string $name): bool
{
    return library()->kc_has_driver($name) !== 0;
}
