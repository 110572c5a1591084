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

    /** $ledgerKey, 32 bytes, encrypts guest data in the ledger. */
    public function __construct(string $ledger = 'memory:', ?string $ledgerKey = null)
    {
        [$status, $pointer] = receive('kc_context_new', 'context');
        check($status);
        parent::__construct($pointer);
        if ($ledgerKey !== null) {
            $this->check(Library::$functions->kc_context_set_ledger_key($pointer, ...bytes($ledgerKey)));
        }
        $this->check(call('kc_context_set_ledger', $pointer, $ledger));
    }

    private function check(int $status): void
    {
        check($status, 'kc_context_get_error', $this->pointer);
    }

    /** Switches events of devices on or off; one comes for each that is there already. */
    public function watchDevices(DeviceWatch $how = DeviceWatch::List): void
    {
        $this->check(Library::$functions->kc_context_watch_devices($this->pointer, $how->value));
    }

    /** @return list<Device> those that are there while they are watched, else those that the last discovery saw */
    public function devices(): array
    {
        return $this->list('kc_context_get_device_count', 'kc_context_get_device',
            fn (CData $pointer) => Device::of($this, $pointer));
    }

    /** Switches events of what others do in the ledger on; $interval in milliseconds, negative: off. */
    public function watchLedger(int $interval = 0): void
    {
        $this->check(call('kc_context_watch_ledger', $this->pointer, $interval));
    }

    /** How many systems are connected in a second; 0: as fast as can be. */
    public function setConnectionRate(int $perSecond): void
    {
        $this->check(call('kc_context_set_connection_rate', $this->pointer, $perSecond));
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
