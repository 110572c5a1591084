<?php
// SPDX-License-Identifier: LGPL-2.1-or-later

declare(strict_types=1);

namespace Keycard;

use FFI\CData;

/** One property. Questions to its ledger are operations too. */
final class Site extends Handle
{
    use SiteGetters;

    protected const KIND = 'site';

    /** @internal Context::site() makes it */
    public function __construct(
        private readonly Context $context,
        CData $parent,
        string $name,
        ?string $timeZone,
        string $checkIn,
        string $checkOut,
        array $policies,
    ) {
        [$status, $pointer] = receive('kc_site_new', 'site', $parent, $name);
        check($status, 'kc_context_get_error', $parent);
        parent::__construct($pointer);
        if ($timeZone !== null) {
            $this->check(call('kc_site_set_time_zone', $pointer, $timeZone));
        }
        $this->check(call('kc_site_set_default_times', $pointer, $checkIn, $checkOut));
        foreach ($policies as $policy => $value) {
            $this->check(call('kc_site_set_policy', $pointer, $policy, $value));
        }
    }

    private function check(int $status): void
    {
        check($status, 'kc_site_get_error', $this->pointer);
    }

    /** @internal Calls a function that starts an operation. */
    public function start(string $function, ?CData $pointer, mixed ...$arguments): Operation
    {
        [$status, $operation] = receive($function, 'op', $pointer, ...$arguments);
        check($status);
        return $this->context->operation($operation, owned: true);
    }

    /** The value of a policy, or ''. */
    public function policy(string $name): string
    {
        return call('kc_site_get_policy', $this->pointer, $name);
    }

    /**
     * Makes a lock system.
     *
     * @param list<string> $encoders
     * @param array<string, string> $options
     */
    public function system(string $name, string $uri, array $encoders = [], array $options = []): System
    {
        $system = System::make($this->pointer, $name, $uri);
        foreach ($options as $option => $value) {
            $system->setOption($option, $value);
        }
        foreach ($encoders as $encoder) {
            $system->addEncoder($encoder);
        }
        return $system;
    }

    /** Makes a request; see Request::set() for the values. */
    public function request(mixed ...$values): Request
    {
        return new Request($this, $this->pointer, $values);
    }

    /** Looks for the encoders of all systems: Operation::encoders(); and what is plugged in: Operation::devices(). */
    public function discover(): Operation
    {
        return $this->start('kc_site_discover', $this->pointer);
    }

    /** Keys in the ledger, newest first: Operation::keys(). */
    public function listKeys(Filter $filter = Filter::All, ?string $value = null, int $limit = 0): Operation
    {
        return $this->start('kc_list_keys', $this->pointer, $filter->value, $value, $limit);
    }

    /** Operations in the ledger, newest first: Operation::operations(). */
    public function listOperations(Filter $filter = Filter::All, ?string $value = null, int $limit = 0): Operation
    {
        return $this->start('kc_list_ops', $this->pointer, $filter->value, $value, $limit);
    }

    /** An earlier operation, also from before a restart; it is that operation once it is done. */
    public function findOperation(string $id): Operation
    {
        return $this->start('kc_find_op', $this->pointer, $id);
    }

    /** Erases the guest's data of a booking from the ledger. */
    public function forgetGuest(string $booking): Operation
    {
        return $this->start('kc_forget_guest', $this->pointer, $booking);
    }

    /** Does the same for all who departed so many days ago: Operation::forgottenCount(). */
    public function forgetDeparted(int $days): Operation
    {
        return $this->start('kc_forget_departed', $this->pointer, $days);
    }

    /** Copies the whole ledger into another store, encrypted with a key (32 bytes) or as it is. */
    public function copyLedger(string $uri, ?string $key = null): Operation
    {
        return $this->start('kc_copy_ledger', $this->pointer, $uri, ...($key === null ? [null, 0] : bytes($key)));
    }

    /** Copies a SQLite ledger into a new file while it is used. */
    public function backupLedger(string $path): Operation
    {
        return $this->start('kc_backup_ledger', $this->pointer, $path);
    }

    /** Holds the ledger against its journal: Operation::entryCount(), Operation::ledgerDigest(). */
    public function verifyLedger(): Operation
    {
        return $this->start('kc_verify_ledger', $this->pointer);
    }
}
