<?php
// SPDX-License-Identifier: LGPL-2.1-or-later

declare(strict_types=1);

namespace Keycard;

use FFI\CData;

/** One lock system of a site. */
final class System extends Handle
{
    use SystemGetters;

    protected const KIND = 'system';

    /** @internal Site::system() makes it */
    public static function make(CData $site, string $name, string $uri): self
    {
        [$status, $pointer] = receive('kc_system_new', 'system', $site, $name, $uri);
        check($status, 'kc_site_get_error', $site);
        return new self($pointer);
    }

    private function check(int $status): void
    {
        check($status, 'kc_system_get_error', $this->pointer);
    }

    public function driver(): Driver
    {
        return new Driver(Library::$functions->kc_system_get_driver($this->pointer));
    }

    public function setOption(string $name, string $value): void
    {
        $this->check(call('kc_system_set_option', $this->pointer, $name, $value));
    }

    public function option(string $name): string
    {
        return call('kc_system_get_option', $this->pointer, $name);
    }

    public function addEncoder(string $name): void
    {
        $this->check(call('kc_system_add_encoder', $this->pointer, $name));
    }

    public function mapRoom(string $room, string $lockName): void
    {
        $this->check(call('kc_system_map_room', $this->pointer, $room, $lockName));
    }

    public function mapArea(string $area, string $lockName): void
    {
        $this->check(call('kc_system_map_area', $this->pointer, $area, $lockName));
    }

    /** Whether this system offers it with its present options. */
    public function has(Capability $capability): bool
    {
        return Library::$functions->kc_system_has($this->pointer, $capability->value) !== 0;
    }

    public function limit(Limit $limit): int
    {
        return Library::$functions->kc_system_get_limit($this->pointer, $limit->value);
    }

    /** Hands over an open socket or terminal as the link; the library closes it. */
    public function adoptFd(int $fd): void
    {
        $this->check(call('kc_system_adopt_fd', $this->pointer, $fd));
    }

    /** Takes the system out of its site. */
    public function remove(): void
    {
        $this->check(Library::$functions->kc_system_remove($this->pointer));
    }
}
