<?php
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a call through the binding costs, against FFI's bare call of the same shape: a number in, a string out.

declare(strict_types=1);

require __DIR__ . '/keycard/autoload.php';

const CALLS = 50000;
const ROUNDS = 30;

function median(array $numbers): float
{
    sort($numbers);
    return $numbers[intdiv(count($numbers), 2)];
}

$library = Keycard\Library::$functions;
if (Keycard\status_name(-42) !== 'no-card' || $library->kc_status_name(-42) !== 'no-card') {
    throw new RuntimeException('these are not the same');
}
$bindings = $foreigns = $ratios = [];
for ($round = 0; $round < ROUNDS; $round++) {
    $start = hrtime(true);
    for ($i = 0; $i < CALLS; $i++) {
        Keycard\status_name(-42);
    }
    $between = hrtime(true);
    for ($i = 0; $i < CALLS; $i++) {
        $library->kc_status_name(-42);
    }
    $end = hrtime(true);
    $bindings[] = ($between - $start) / CALLS;
    $foreigns[] = ($end - $between) / CALLS;
    $ratios[] = ($between - $start) / ($end - $between);
}
printf("status_name: binding %.0f ns, foreign %.0f ns, ratio %.2f\n", median($bindings), median($foreigns),
    median($ratios));
