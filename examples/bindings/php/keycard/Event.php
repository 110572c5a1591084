<?php
// SPDX-License-Identifier: LGPL-2.1-or-later

declare(strict_types=1);

namespace Keycard;

use FFI\CData;

/** Something that happened. */
final class Event extends Handle
{
    use EventGetters;

    protected const KIND = 'event';

    /** @internal */
    public function __construct(private readonly Context $context, CData $pointer)
    {
        parent::__construct($pointer);
    }

    /** The state that operation, encoder, system or device had when the event was made. */
    public function state(): State|EncoderState|LinkState|DeviceState|null
    {
        $state = Library::$functions->kc_event_get_state($this->pointer);
        return match ($this->type()) {
            EventType::Encoder => EncoderState::tryFrom($state),
            EventType::System => LinkState::tryFrom($state),
            EventType::Device => DeviceState::tryFrom($state),
            default => State::tryFrom($state),
        };
    }

    /** The operation, or null for events of encoders, systems and devices. */
    public function operation(): ?Operation
    {
        return $this->context->operation(Library::$functions->kc_event_get_op($this->pointer), owned: false);
    }

    public function encoder(): ?Encoder
    {
        return Encoder::borrowed(Library::$functions->kc_event_get_encoder($this->pointer));
    }

    public function system(): ?System
    {
        return System::borrowed(Library::$functions->kc_event_get_system($this->pointer));
    }

    public function device(): ?Device
    {
        return Device::of($this->context, Library::$functions->kc_event_get_device($this->pointer));
    }
}
