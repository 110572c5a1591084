<?php
// SPDX-License-Identifier: LGPL-2.1-or-later

declare(strict_types=1);

namespace Keycard;

/** What writes a card. */
final class Encoder extends Handle
{
    use EncoderGetters;

    protected const KIND = 'encoder';

    public function system(): System
    {
        return System::borrowed(Library::$functions->kc_encoder_get_system($this->pointer));
    }
}
