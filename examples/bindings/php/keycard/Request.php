<?php
// SPDX-License-Identifier: LGPL-2.1-or-later

declare(strict_types=1);

namespace Keycard;

use FFI\CData;

/** What is wanted. Values are given at once, or set later; a request may be changed and used again. */
final class Request extends Handle
{
    protected const KIND = 'request';

    private const TEXTS = [
        'booking' => 'booking', 'guest' => 'guest', 'station' => 'station', 'encoder' => 'encoder',
        'system' => 'system', 'operator' => 'operator', 'phone' => 'phone', 'email' => 'email', 'message' => 'message',
        'cardSerial' => 'card_serial', 'idempotencyKey' => 'idempotency_key',
    ];

    /** @internal Site::request() makes it */
    public function __construct(private readonly Site $site, CData $parent, array $values)
    {
        [$status, $pointer] = receive('kc_request_new', 'request', $parent);
        check($status);
        parent::__construct($pointer);
        $this->set(...$values);
    }

    /**
     * Changes values, given by name. Each is checked at once; a KeycardException names the field.
     *
     * booking, guest, station, encoder, system, operator, phone, email, message, cardSerial and idempotencyKey are
     * texts, and null removes them; from and until are times, and belong together; copies is a number, returnImage a
     * boolean; rooms, areas, deniedAreas and texts are lists of texts; image is a text of bytes for writeImage().
     */
    public function set(mixed ...$values): self
    {
        foreach ($values as $name => $value) {
            if (in_array($name, ['rooms', 'areas', 'deniedAreas', 'texts'], true) && !is_iterable($value ?? [])) {
                throw new \TypeError("$name is a list of texts");
            }
            match (true) {
                isset(self::TEXTS[$name]) => $this->call('set_' . self::TEXTS[$name], $value),
                $name === 'copies' => $this->setCopies($value),
                $name === 'returnImage' => $this->call('set_return_image', (int) $value),
                $name === 'image' => $this->setImage($value ?? ''),
                $name === 'rooms' => $this->replace('clear_rooms', ['add_room' => $value]),
                $name === 'texts' => $this->setTexts($value),
                in_array($name, ['from', 'until', 'areas', 'deniedAreas'], true) => null, // below, together
                default => throw new \ValueError("a request has no $name"),
            };
        }
        if (isset($values['from']) || isset($values['until'])) {
            $this->call('set_validity', $values['from'] ?? null, $values['until'] ?? null);
        }
        if (isset($values['areas']) || isset($values['deniedAreas'])) {
            $this->replace('clear_areas', ['add_area' => $values['areas'] ?? [],
                'remove_area' => $values['deniedAreas'] ?? []]);
        }
        return $this;
    }

    private function setCopies(int $copies): void
    {
        $this->call('set_copies', $copies);
    }

    private function setImage(string $bytes): void
    {
        $this->call('set_image', ...bytes($bytes));
    }

    private function setTexts(array $lines): void
    {
        foreach (array_values($lines) as $index => $line) {
            $this->call('set_text', $index + 1, $line);
        }
    }

    private function replace(string $clear, array $lists): void
    {
        $this->call($clear);
        foreach ($lists as $add => $values) {
            foreach ($values as $value) {
                $this->call($add, $value);
            }
        }
    }

    private function call(string $setter, mixed ...$values): void
    {
        $status = call("kc_request_$setter", $this->pointer, ...$values);
        check($status, 'kc_request_get_error', $this->pointer);
    }

    private function start(string $function, mixed ...$arguments): Operation
    {
        return $this->site->start($function, $this->pointer, ...$arguments);
    }

    /** Makes the first key of a stay; it voids the earlier keys of booking and room. */
    public function issueOriginal(): Operation
    {
        return $this->start('kc_issue_original');
    }

    /** Makes a further key, on the station's last used encoder; voids nothing. */
    public function issueDuplicate(): Operation
    {
        return $this->start('kc_issue_duplicate');
    }

    /** Makes a new original for a booking that has keys. */
    public function reissue(): Operation
    {
        return $this->start('kc_reissue');
    }

    /** Makes a key that opens once. */
    public function issueOneShot(): Operation
    {
        return $this->start('kc_issue_one_shot');
    }

    /** Sends a mobile key to the phone number or e-mail address. */
    public function sendMobile(): Operation
    {
        return $this->start('kc_send_mobile');
    }

    /** Reads the card on the encoder: Operation::key(). */
    public function readCard(): Operation
    {
        return $this->start('kc_read_card');
    }

    /** Writes the bytes of image, as another system returned them, on the card at an encoder of the desk. */
    public function writeImage(): Operation
    {
        return $this->start('kc_write_image');
    }

    /** Checks the room of the booking out in the lock system. */
    public function checkOut(): Operation
    {
        return $this->start('kc_check_out');
    }

    /** Changes the end of a stay, or moves it to the request's room. */
    public function modifyStay(): Operation
    {
        return $this->start('kc_modify_stay');
    }

    /** Cancels one key, for example a lost one. */
    public function cancelKey(string $keyId): Operation
    {
        return $this->start('kc_cancel_key', $keyId);
    }

    /** Blocks all keys of a stay at once. */
    public function blockStay(): Operation
    {
        return $this->start('kc_block_stay');
    }

    /** Takes that back. */
    public function unblockStay(): Operation
    {
        return $this->start('kc_unblock_stay');
    }

    /** Asks what became of a mobile key. */
    public function checkMobile(string $keyId): Operation
    {
        return $this->start('kc_check_mobile', $keyId);
    }
}
