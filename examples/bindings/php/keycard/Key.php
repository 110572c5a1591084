<?php
// SPDX-License-Identifier: LGPL-2.1-or-later

declare(strict_types=1);

namespace Keycard;

use FFI;

/** One record of the ledger, or what was read from a card. Immutable. */
final class Key extends Handle
{
    use KeyGetters;

    protected const KIND = 'key';

    /** The key as bytes, or null. */
    public function image(): ?string
    {
        $size = FFI::new('size_t');
        $bytes = Library::$functions->kc_key_get_image($this->pointer, FFI::addr($size));
        return $bytes === null ? null : FFI::string($bytes, $size->cdata);
    }
}
