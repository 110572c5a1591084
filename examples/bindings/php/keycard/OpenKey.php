<?php
// SPDX-License-Identifier: LGPL-2.1-or-later

declare(strict_types=1);

namespace Keycard;

/** What an open key says that was read from a card, after it was held against the site's key: for who makes locks. */
final class OpenKey extends Handle
{
    use OpenKeyGetters;

    protected const KIND = 'open_key';

    /** Reads one from the NDEF message of a contactless card with this serial number; all but the first are bytes. */
    public static function checkCard(int $siteNumber, string $siteKey, string $uid, string $message): self
    {
        return self::checked('kc_open_key_check_card', $siteNumber, ...bytes($siteKey), ...bytes($uid), ...bytes($message));
    }

    /** Reads one from the 37 digits of track 2 of a stripe. */
    public static function checkStripe(int $siteNumber, string $siteKey, string $track): self
    {
        return self::checked('kc_open_key_check_stripe', $siteNumber, ...[...bytes($siteKey), $track]);
    }

    private static function checked(string $function, mixed ...$arguments): self
    {
        [$status, $pointer] = receive($function, 'open_key', ...$arguments);
        check($status);
        return new self($pointer);
    }

    /** Whether it opens the area of this number, 1 to 64. */
    public function hasArea(int $area): bool
    {
        return call('kc_open_key_has_area', $this->pointer, $area) !== 0;
    }
}
