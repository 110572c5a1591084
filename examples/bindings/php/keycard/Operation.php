<?php
// SPDX-License-Identifier: LGPL-2.1-or-later

declare(strict_types=1);

namespace Keycard;

use FFI\CData;

/**
 * One attempt. wait() blocks until it has ended, and returns it or throws a KeycardException; events() yields what
 * happens on the way, ends with it and throws nothing. Forgetting the object does not cancel the operation.
 */
final class Operation extends Handle
{
    use OperationGetters;

    protected const KIND = 'op';

    /** @var list<Event> */
    private array $events = [];

    /** @internal */
    public function __construct(private readonly Context $context, CData $pointer)
    {
        parent::__construct($pointer);
    }

    public function close(): void
    {
        if ($this->pointer !== null) {
            $this->context->forget($this->pointer);
        }
        parent::close();
    }

    public function isDone(): bool
    {
        return Library::$functions->kc_op_get_state($this->pointer) === State::Done->value;
    }

    /** Waits until it has ended; TimeoutException when the time (seconds) is over. */
    public function wait(?float $timeout = null): self
    {
        if ($this->pointer === null) {
            throw new \LogicException('the operation was closed');
        }
        $end = $timeout === null ? null : microtime(true) + $timeout;
        while (!$this->isDone()) {
            $left = $end === null ? null : $end - microtime(true);
            if (!$this->context->wait($left) && !$this->isDone()) {
                throw new TimeoutException("operation {$this->id()} is still {$this->state()?->label()}");
            }
        }
        if ($this->status() !== Status::Ok) {
            throw $this->error();
        }
        return $this;
    }

    /**
     * What happens to it until it has ended, to be gone through once.
     *
     * @return \Generator<Event>
     */
    public function events(): \Generator
    {
        while (true) {
            while (($event = array_shift($this->events)) !== null) {
                yield $event;
                if ($event->type() === EventType::Done) {
                    return;
                }
            }
            if ($this->pointer === null) {
                return; // closed
            }
            $this->context->wait($this->isDone() ? 0 : null);
            if ($this->isDone() && $this->events === []) {
                return; // gone through before
            }
        }
    }

    /** @internal */
    public function take(Event $event): void
    {
        $this->events[] = $event;
    }

    /** What went wrong, as an exception that is not thrown; null if nothing did. */
    public function error(): ?KeycardException
    {
        $error = Library::$functions->kc_op_get_error($this->pointer);
        if ($error === null) {
            return null;
        }
        return new KeycardException(Library::$functions->kc_error_get_code($error), $error, $this);
    }

    /** The key that was made, or the card that was read. */
    public function key(): ?Key
    {
        return Key::borrowed(Library::$functions->kc_op_get_key($this->pointer, 0));
    }

    /** @return list<Key> the keys that were made or listed */
    public function keys(): array
    {
        return $this->list('kc_op_get_key_count', 'kc_op_get_key', Key::borrowed(...));
    }

    /** @return list<Key> active or blocked keys that this original voids */
    public function voidedKeys(): array
    {
        return $this->list('kc_op_get_voided_key_count', 'kc_op_get_voided_key', Key::borrowed(...));
    }

    /** @return list<Encoder> what Site::discover() found */
    public function encoders(): array
    {
        return $this->list('kc_op_get_encoder_count', 'kc_op_get_encoder', Encoder::borrowed(...));
    }

    /** @return list<Device> what is plugged into this computer, of Site::discover() */
    public function devices(): array
    {
        return $this->list('kc_op_get_device_count', 'kc_op_get_device',
            fn (CData $pointer) => Device::of($this->context, $pointer));
    }

    /** @return list<Operation> what Site::listOperations() found */
    public function operations(): array
    {
        return $this->list('kc_op_get_op_count', 'kc_op_get_op',
            fn (CData $pointer) => $this->context->operation($pointer, owned: false));
    }

    /** The operation that was started by this one (the mobile key after the card), or null. */
    public function followUp(): ?self
    {
        return $this->context->operation(Library::$functions->kc_op_get_follow_up($this->pointer), owned: false);
    }

    /** @return list<Warning> */
    public function warnings(): array
    {
        $warnings = [];
        for ($index = 0; $index < Library::$functions->kc_op_get_warning_count($this->pointer); $index++) {
            $get = fn (string $what) => Library::$functions->{"kc_op_get_warning_$what"}($this->pointer, $index);
            $warnings[] = new Warning($get('text'), $get('field'), $get('before'), $get('after'));
        }
        return $warnings;
    }

    /** Asks to cancel. It still ends, and may have been written. */
    public function cancel(): void
    {
        check(Library::$functions->kc_op_cancel($this->pointer));
    }

    /** Answers Prompt::Confirm. */
    public function answer(bool $yes): void
    {
        check(Library::$functions->kc_op_answer($this->pointer, ($yes ? Answer::Yes : Answer::No)->value));
    }

    /** Starts a new operation with the request of this one, which failed. */
    public function retry(): self
    {
        return $this->start('kc_op_retry');
    }

    /** Settles an unknown outcome. */
    public function resolve(Resolution $how, ?string $operator = null): self
    {
        return $this->start('kc_op_resolve', $how->value, $operator);
    }

    private function start(string $function, mixed ...$arguments): self
    {
        [$status, $pointer] = receive($function, 'op', $this->pointer, ...$arguments);
        check($status);
        return $this->context->operation($pointer, owned: true);
    }
}
