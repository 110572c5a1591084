<?php
// SPDX-License-Identifier: LGPL-2.1-or-later

declare(strict_types=1);

namespace Keycard;

use FFI\CData;

/**
 * Something plugged into this computer that may be an encoder; it becomes one of a site by giving its uri() to
 * Site::system(). Context::watchDevices() and Site::discover() find devices.
 */
final class Device extends Handle
{
    use DeviceGetters;

    protected const KIND = 'device';

    private function __construct(private readonly Context $context, CData $pointer)
    {
        parent::__construct($pointer);
    }

    /** @internal Takes a reference of its own; null for NULL. */
    public static function of(Context $context, ?CData $pointer): ?self
    {
        return $pointer === null ? null : new self($context, Library::$functions->kc_device_ref($pointer));
    }

    /** The system that is configured for it, or null. */
    public function system(): ?System
    {
        return System::borrowed(Library::$functions->kc_device_get_system($this->pointer));
    }

    /** Why it is NoEncoder or Refused, as an exception that is not thrown; else null. */
    public function error(): ?KeycardException
    {
        $error = Library::$functions->kc_device_get_error($this->pointer);
        return $error === null ? null : new KeycardException(Library::$functions->kc_error_get_code($error), $error);
    }

    /** @return list<Driver> those that may drive it; first the one to which it answered */
    public function drivers(): array
    {
        $drivers = [];
        while (($pointer = Library::$functions->kc_device_get_driver($this->pointer, count($drivers))) !== null) {
            $drivers[] = new Driver($pointer);
        }
        return $drivers;
    }

    /** The URI for Site::system(), by this driver or the first of drivers(); '' if that does not reach it. */
    public function uri(?Driver $driver = null): string
    {
        return Library::$functions->kc_device_get_uri($this->pointer, Driver::address($driver));
    }

    /** Asks it who it is, by the driver of this name or those that know it; state() tells what came of it. */
    public function identify(?string $driver = null, ?string $options = null): void
    {
        $status = call('kc_device_identify', $this->pointer, $driver, $options);
        check($status, 'kc_context_get_error', $this->context->pointer);
    }
}
