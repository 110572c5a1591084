<?php
// SPDX-License-Identifier: LGPL-2.1-or-later

declare(strict_types=1);

namespace Keycard;

/** What was adapted or should be known; before and after may be guest data. */
final class Warning
{
    public function __construct(
        public readonly string $text,
        public readonly string $field,
        public readonly string $before,
        public readonly string $after,
    ) {
    }
}
