<?php
// SPDX-License-Identifier: LGPL-2.1-or-later

declare(strict_types=1);

namespace Keycard;

use FFI\CData;

/**
 * One reference of an object of the library: given back by close(), or with the object. After that it is NULL for the
 * library, which then answers with errors, "" and 0 instead of crashing.
 */
abstract class Handle
{
    /** The object's name in the library. */
    protected const KIND = '';

    /** $pointer is owned: the reference is this object's from now on. */
    protected function __construct(protected ?CData $pointer)
    {
    }

    private function __clone()
    {
    }

    public function __destruct()
    {
        $this->close();
    }

    public function close(): void
    {
        [$pointer, $this->pointer] = [$this->pointer ?? null, null];
        if ($pointer !== null) {
            Library::$functions->{'kc_' . static::KIND . '_unref'}($pointer);
        }
    }

    /** Wraps a pointer that belongs to another object; null for NULL. */
    public static function borrowed(?CData $pointer): ?static
    {
        return $pointer === null ? null : new static(Library::$functions->{'kc_' . static::KIND . '_ref'}($pointer));
    }

    /** What a count and a getter by index give. */
    protected function list(string $count, string $get, ?callable $convert = null): array
    {
        $items = [];
        for ($index = 0; $index < Library::$functions->$count($this->pointer); $index++) {
            $item = Library::$functions->$get($this->pointer, $index);
            $items[] = $convert === null ? $item : $convert($item);
        }
        return $items;
    }
}
