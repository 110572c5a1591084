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

    /** @internal */
    public static function address(?self $driver): ?CData
    {
        return $driver?->pointer;
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

    /** @return list<string> what may stand before the first colon of a URI */
    public function schemes(): array
    {
        $schemes = [];
        while (($scheme = Library::$functions->kc_driver_get_scheme($this->pointer, count($schemes))) !== '') {
            $schemes[] = $scheme;
        }
        return $schemes;
    }

    /** @return list<DriverOption> the options of the driver itself, without those of its link */
    public function options(): array
    {
        $library = Library::$functions;
        $options = [];
        for ($index = 0; $index < $library->kc_driver_get_option_count($this->pointer); $index++) {
            $options[] = new DriverOption(
                $library->kc_driver_get_option_name($this->pointer, $index),
                $library->kc_driver_get_option_default($this->pointer, $index),
                $library->kc_driver_get_option_values($this->pointer, $index),
                $library->kc_driver_get_option_help($this->pointer, $index),
            );
        }
        return $options;
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
