<?php
// SPDX-License-Identifier: LGPL-2.1-or-later

declare(strict_types=1);

namespace Keycard;

use FFI;
use FFI\CData;

/** One instance of the library: ledger, sites, events. */
final class Context extends Handle
{
    protected const KIND = 'context';

    /** @var array<int, \WeakReference<Operation>> by address: one object for each operation */
    private array $operations = [];

    public function __construct(string $ledger = 'memory:')
    {
        [$status, $pointer] = receive('kc_context_new', 'context');
        check($status);
        parent::__construct($pointer);
        check(call('kc_context_set_ledger', $pointer, $ledger), 'kc_context_get_error', $pointer);
    }

    /** @param array<string, string> $policies */
    public function site(
        string $name,
        ?string $timeZone = null,
        string $checkIn = '15:00',
        string $checkOut = '11:00',
        array $policies = [],
    ): Site {
        return new Site($this, $this->pointer, $name, $timeZone, $checkIn, $checkOut, $policies);
    }

    /**
     * Waits until there is something to do, and does it; false when the time (seconds) is over. The events() of the
     * operations yield what happened.
     */
    public function wait(?float $timeout = null): bool
    {
        $milliseconds = $timeout === null ? -1 : max(0, (int) ceil($timeout * 1000));
        $found = check(Library::$functions->kc_context_wait($this->pointer, $milliseconds));
        check(Library::$functions->kc_context_dispatch($this->pointer));
        foreach ($this->take() as $event) {
            $event->operation()?->take($event);
        }
        return $found > 0;
    }

    /**
     * All events, one after the other, until the time (seconds) is over or the loop around it ends. They go to the
     * events() of their operations as well.
     *
     * @return \Generator<Event>
     */
    public function events(?float $timeout = null): \Generator
    {
        $end = $timeout === null ? null : microtime(true) + $timeout;
        do {
            check(Library::$functions->kc_context_dispatch($this->pointer));
            foreach ($this->take() as $event) {
                $event->operation()?->take($event);
                yield $event;
            }
            $left = $end === null ? null : $end - microtime(true);
            $milliseconds = $left === null ? -1 : max(0, (int) ceil($left * 1000));
        } while (check(Library::$functions->kc_context_wait($this->pointer, $milliseconds)) > 0);
    }

    /** @return \Generator<Event> */
    private function take(): \Generator
    {
        while (($pointer = Library::$functions->kc_context_next_event($this->pointer)) !== null) {
            yield new Event($this, $pointer);
        }
    }

    /** @internal The object of an operation, the same for each of its pointers; null for NULL. */
    public function operation(?CData $pointer, bool $owned): ?Operation
    {
        if ($pointer === null) {
            return null;
        }
        $operation = ($this->operations[self::address($pointer)] ?? null)?->get();
        if ($operation === null) {
            $operation = new Operation($this, $owned ? $pointer : Library::$functions->kc_op_ref($pointer));
            $this->operations[self::address($pointer)] = \WeakReference::create($operation);
        } elseif ($owned) {
            Library::$functions->kc_op_unref($pointer);
        }
        return $operation;
    }

    /** @internal */
    public function forget(CData $pointer): void
    {
        unset($this->operations[self::address($pointer)]);
    }

    private static function address(CData $pointer): int
    {
        return FFI::cast('intptr_t', $pointer)->cdata;
    }
}
