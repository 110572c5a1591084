<?php
// SPDX-License-Identifier: LGPL-2.1-or-later

declare(strict_types=1);

namespace Keycard;

use FFI\CData;

/** What is known of a kind of lock system. Static, so there is nothing to close. */
final class Driver
{
    use DriverGetters;

    /** @internal */
    public function __construct(private readonly CData $pointer)
    {
    }

    /** The driver of this name, or null. */
    public static function find(string $name): ?self
    {
        $pointer = call('kc_driver_find', $name);
        return $pointer === null ? null : new self($pointer);
    }

    /** @return list<self> */
    public static function all(): array
    {
        $drivers = [];
        for ($index = 0; $index < Library::$functions->kc_driver_count(); $index++) {
            $drivers[] = new self(Library::$functions->kc_driver_get($index));
        }
        return $drivers;
    }

    /** Whether it can offer this, perhaps only with an option. */
    public function has(Capability $capability): bool
    {
        return Library::$functions->kc_driver_has($this->pointer, $capability->value) !== 0;
    }

    public function limit(Limit $limit): int
    {
        return Library::$functions->kc_driver_get_limit($this->pointer, $limit->value);
    }
}
