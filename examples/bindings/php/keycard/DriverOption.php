<?php
// SPDX-License-Identifier: LGPL-2.1-or-later

declare(strict_types=1);

namespace Keycard;

/** An option of a driver: its default, the values it takes, and what it does. */
final class DriverOption
{
    public function __construct(
        public readonly string $name,
        public readonly string $default,
        public readonly string $values,
        public readonly string $help,
    ) {
    }
}
