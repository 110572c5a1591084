<?php
// SPDX-License-Identifier: LGPL-2.1-or-later
// Loads the package: the generated parts now, each class when it is used.

declare(strict_types=1);

namespace Keycard;

require_once __DIR__ . '/declarations.php';
require_once __DIR__ . '/codes.php';
require_once __DIR__ . '/getters.php';
require_once __DIR__ . '/library.php';

spl_autoload_register(static function (string $class): void {
    $file = __DIR__ . '/' . substr($class, strlen('Keycard\\')) . '.php';
    if (str_starts_with($class, 'Keycard\\') && is_file($file)) {
        require_once $file;
    }
});
