<?php
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a call through the binding costs, against FFI's bare call of the same shape: a number or a handle in,
// a string out.

declare(strict_types=1);

require __DIR__ . '/keycard/autoload.php';

const CALLS = 50000;
const ROUNDS = 30;

function median(array $numbers): float
{
    sort($numbers);
    return $numbers[intdiv(count($numbers), 2)];
}

/** Prints the cost of one thing done by two loops. */
function compare(string $what, callable $binding, callable $foreign): void
{
    $bindings = $foreigns = $ratios = [];
    for ($round = 0; $round < ROUNDS; $round++) {
        $start = hrtime(true);
        $binding();
        $between = hrtime(true);
        $foreign();
        $end = hrtime(true);
        $bindings[] = ($between - $start) / CALLS;
        $foreigns[] = ($end - $between) / CALLS;
        $ratios[] = ($between - $start) / ($end - $between);
    }
    printf("%s: binding %.0f ns, foreign %.0f ns, ratio %.2f\n", $what, median($bindings), median($foreigns),
        median($ratios));
}

$library = Keycard\Library::$functions;
[, $bare] = Keycard\receive('kc_context_new', 'context');
[, $bareSite] = Keycard\receive('kc_site_new', 'site', $bare, 'Grand Hotel');
$site = (new Keycard\Context())->site('Grand Hotel');
if (Keycard\status_name(-42) !== 'no-card' || $library->kc_status_name(-42) !== 'no-card'
    || $site->name() !== 'Grand Hotel' || $library->kc_site_get_name($bareSite) !== 'Grand Hotel') {
    throw new RuntimeException('these are not the same');
}

compare('status_name', static function (): void {
    for ($i = 0; $i < CALLS; $i++) {
        Keycard\status_name(-42);
    }
}, static function () use ($library): void {
    for ($i = 0; $i < CALLS; $i++) {
        $library->kc_status_name(-42);
    }
});
compare('getter', static function () use ($site): void {
    for ($i = 0; $i < CALLS; $i++) {
        $site->name();
    }
}, static function () use ($library, $bareSite): void {
    for ($i = 0; $i < CALLS; $i++) {
        $library->kc_site_get_name($bareSite);
    }
});
$library->kc_site_unref($bareSite);
$library->kc_context_unref($bare);
