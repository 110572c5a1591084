<?php
// SPDX-License-Identifier: LGPL-2.1-or-later
// Getters of plain values, and of lists of texts. A code of a newer library is null.
// Made from doc/api.json by examples/bindings/generate.py.

declare(strict_types=1);

namespace Keycard;

trait KeyGetters
{
    /** Identifier: that of the operation that made it; "" for a card that was read. */
    public function id(): string
    {
        return Library::$functions->kc_key_get_id($this->pointer);
    }

    /** A code of Kind. */
    public function kind(): ?Kind
    {
        return Kind::tryFrom(Library::$functions->kc_key_get_kind($this->pointer));
    }

    /** A code of KeyState. */
    public function state(): ?KeyState
    {
        return KeyState::tryFrom(Library::$functions->kc_key_get_state($this->pointer));
    }

    /**
     * Whether voiding, check-out or change was wanted but not confirmed by the lock system, or if a mobile key was
     * accepted but its delivery is not confirmed.
     */
    public function isUnconfirmed(): bool
    {
        return Library::$functions->kc_key_is_unconfirmed($this->pointer) !== 0;
    }

    /** Whether the end of validity was past when the key was fetched. */
    public function isExpired(): bool
    {
        return Library::$functions->kc_key_is_expired($this->pointer) !== 0;
    }

    /** How its operation ended: KC_OK or KC_ERROR_... */
    public function status(): ?Status
    {
        return Status::tryFrom(Library::$functions->kc_key_get_status($this->pointer));
    }

    /** The lock system's own error code, or "". */
    public function vendorCode(): string
    {
        return Library::$functions->kc_key_get_vendor_code($this->pointer);
    }

    /** The booking. */
    public function booking(): string
    {
        return Library::$functions->kc_key_get_booking($this->pointer);
    }

    /** The guest's name, "" if it was not given or was forgotten. */
    public function guest(): string
    {
        return Library::$functions->kc_key_get_guest($this->pointer);
    }

    /** Start of validity, ISO 8601 with offset, or "". */
    public function from(): string
    {
        return Library::$functions->kc_key_get_from($this->pointer);
    }

    /** End of validity, ISO 8601 with offset, or "". */
    public function until(): string
    {
        return Library::$functions->kc_key_get_until($this->pointer);
    }

    /** When it was asked for, ISO 8601 with offset. */
    public function created(): string
    {
        return Library::$functions->kc_key_get_created($this->pointer);
    }

    /** The station. */
    public function station(): string
    {
        return Library::$functions->kc_key_get_station($this->pointer);
    }

    /** The encoder. */
    public function encoder(): string
    {
        return Library::$functions->kc_key_get_encoder($this->pointer);
    }

    /** The system. */
    public function system(): string
    {
        return Library::$functions->kc_key_get_system($this->pointer);
    }

    /** Who asked. */
    public function operator(): string
    {
        return Library::$functions->kc_key_get_operator($this->pointer);
    }

    /** Phone number that was given for a mobile key, "" if none or forgotten. */
    public function phone(): string
    {
        return Library::$functions->kc_key_get_phone($this->pointer);
    }

    /** E-mail address that was given for a mobile key, "" if none or forgotten. */
    public function email(): string
    {
        return Library::$functions->kc_key_get_email($this->pointer);
    }

    /** How many cards were asked for. */
    public function copies(): int
    {
        return Library::$functions->kc_key_get_copies($this->pointer);
    }

    /** The installation identifier that came with the image, or "". */
    public function installation(): string
    {
        return Library::$functions->kc_key_get_installation($this->pointer);
    }

    /** @return list<string> */
    public function rooms(): array
    {
        return $this->list('kc_key_get_room_count', 'kc_key_get_room');
    }

    /** @return list<string> */
    public function areas(): array
    {
        return $this->list('kc_key_get_area_count', 'kc_key_get_area');
    }

    /** @return list<string> */
    public function serials(): array
    {
        return $this->list('kc_key_get_serial_count', 'kc_key_get_serial');
    }
}

trait OperationGetters
{
    /** Identifier, a UUID, the same in the ledger and in kc_key_get_id(). */
    public function id(): string
    {
        return Library::$functions->kc_op_get_id($this->pointer);
    }

    /** A code of Verb. */
    public function verb(): ?Verb
    {
        return Verb::tryFrom(Library::$functions->kc_op_get_verb($this->pointer));
    }

    /** A code of State. */
    public function state(): ?State
    {
        return State::tryFrom(Library::$functions->kc_op_get_state($this->pointer));
    }

    /** How it ended: KC_OK or KC_ERROR_...; KC_OK also while it runs. */
    public function status(): ?Status
    {
        return Status::tryFrom(Library::$functions->kc_op_get_status($this->pointer));
    }

    /** A code of Outcome. */
    public function outcome(): ?Outcome
    {
        return Outcome::tryFrom(Library::$functions->kc_op_get_outcome($this->pointer));
    }

    /** The encoder that was chosen, or "". */
    public function encoderName(): string
    {
        return Library::$functions->kc_op_get_encoder_name($this->pointer);
    }

    /** The booking, or "". */
    public function booking(): string
    {
        return Library::$functions->kc_op_get_booking($this->pointer);
    }

    /** The main room, or "". */
    public function room(): string
    {
        return Library::$functions->kc_op_get_room($this->pointer);
    }

    /** The station that asked, or "". */
    public function station(): string
    {
        return Library::$functions->kc_op_get_station($this->pointer);
    }

    /** Who asked, or "". */
    public function operator(): string
    {
        return Library::$functions->kc_op_get_operator($this->pointer);
    }

    /** When it was asked for, ISO 8601 with offset. */
    public function created(): string
    {
        return Library::$functions->kc_op_get_created($this->pointer);
    }

    /** The system that was chosen, or "". */
    public function systemName(): string
    {
        return Library::$functions->kc_op_get_system_name($this->pointer);
    }

    /** What a resolution or cancellation is about: the id of that operation or key, or "". */
    public function target(): string
    {
        return Library::$functions->kc_op_get_target($this->pointer);
    }

    /** The operation that this one is a retry of, by its id, or "". */
    public function retryOf(): string
    {
        return Library::$functions->kc_op_get_retry_of($this->pointer);
    }

    /** Whether this is the answer of an earlier operation with the same idempotency key. */
    public function isReplay(): bool
    {
        return Library::$functions->kc_op_is_replay($this->pointer) !== 0;
    }

    /** Whether the ledger has more than the limit of kc_list_keys() or kc_list_ops() let through. */
    public function hasMore(): bool
    {
        return Library::$functions->kc_op_has_more($this->pointer) !== 0;
    }

    /** Number of stays whose guest data kc_forget_departed() erased; else 0. */
    public function forgottenCount(): int
    {
        return Library::$functions->kc_op_get_forgotten_count($this->pointer);
    }

    /** Number of journal entries that fit, of kc_verify_ledger(), kc_copy_ledger() and kc_backup_ledger(); else 0. */
    public function entryCount(): int
    {
        return Library::$functions->kc_op_get_entry_count($this->pointer);
    }

    /** The chain's digest after so many entries: 64 hexadecimal digits; "" if it is none of these three. */
    public function ledgerDigest(): string
    {
        return Library::$functions->kc_op_get_ledger_digest($this->pointer);
    }
}

trait EventGetters
{
    /** A code of EventType. */
    public function type(): ?EventType
    {
        return EventType::tryFrom(Library::$functions->kc_event_get_type($this->pointer));
    }

    /** The number of the journal's entry that KC_EVENT_LEDGER tells of, each higher than the one before; else 0. */
    public function entry(): int
    {
        return Library::$functions->kc_event_get_entry($this->pointer);
    }

    /** A code of Prompt, 0 if this is no prompt. */
    public function prompt(): ?Prompt
    {
        return Prompt::tryFrom(Library::$functions->kc_event_get_prompt($this->pointer));
    }

    /** Which card the prompt is about, from 1; 0 if it is about none. */
    public function cardNumber(): int
    {
        return Library::$functions->kc_event_get_card_number($this->pointer);
    }

    /** How many cards there will be; 0 if it is about none. */
    public function cardCount(): int
    {
        return Library::$functions->kc_event_get_card_count($this->pointer);
    }

    /** The event as a sentence in English, such as "Present card 1 of 2 to Desk 1". */
    public function text(): string
    {
        return Library::$functions->kc_event_get_text($this->pointer);
    }
}

trait EncoderGetters
{
    /** The name. */
    public function name(): string
    {
        return Library::$functions->kc_encoder_get_name($this->pointer);
    }

    /** A code of EncoderState. */
    public function state(): ?EncoderState
    {
        return EncoderState::tryFrom(Library::$functions->kc_encoder_get_state($this->pointer));
    }

    /** When it was last heard of, ISO 8601 with offset, or "". */
    public function lastContact(): string
    {
        return Library::$functions->kc_encoder_get_last_contact($this->pointer);
    }
}

trait DeviceGetters
{
    /**
     * How it is called after re-plugging and restarts too: its USB ids with its serial number ("067b:2303/K42"),
     * or with the socket that it is plugged into if it has none or another device has the same
     * ("067b:2303@1-4.2"); a port of the computer itself by its file ("/dev/ttyS0").
     */
    public function name(): string
    {
        return Library::$functions->kc_device_get_name($this->pointer);
    }

    /** For people: "USB-Serial Controller (/dev/ttyUSB0)". */
    public function label(): string
    {
        return Library::$functions->kc_device_get_label($this->pointer);
    }

    /** "serial" or "usb": what stands behind `+` in schemes that reach it. */
    public function transport(): string
    {
        return Library::$functions->kc_device_get_transport($this->pointer);
    }

    /** Where it is now: "/dev/ttyUSB0", or the USB socket, "1-4.2". */
    public function place(): string
    {
        return Library::$functions->kc_device_get_place($this->pointer);
    }

    /** USB vendor id, or -1 if it is not on USB. */
    public function vendorId(): int
    {
        return Library::$functions->kc_device_get_vendor_id($this->pointer);
    }

    /** USB product id, or -1. */
    public function productId(): int
    {
        return Library::$functions->kc_device_get_product_id($this->pointer);
    }

    /** The maker, as the device says, or "". */
    public function manufacturer(): string
    {
        return Library::$functions->kc_device_get_manufacturer($this->pointer);
    }

    /** The product, as the device says, or "". */
    public function product(): string
    {
        return Library::$functions->kc_device_get_product($this->pointer);
    }

    /** The serial number, as the device says, or "". */
    public function serialNumber(): string
    {
        return Library::$functions->kc_device_get_serial_number($this->pointer);
    }

    /** The model that the encoder told when it was asked, or "". */
    public function model(): string
    {
        return Library::$functions->kc_device_get_model($this->pointer);
    }

    /** The version of its firmware, or "". */
    public function firmware(): string
    {
        return Library::$functions->kc_device_get_firmware($this->pointer);
    }

    /** A code of DeviceState, as it is now. */
    public function state(): ?DeviceState
    {
        return DeviceState::tryFrom(Library::$functions->kc_device_get_state($this->pointer));
    }

    /**
     * Since when, ISO 8601 with offset: in the time zone of the site that uses it, else of the context's first
     * site, else in UTC.
     */
    public function since(): string
    {
        return Library::$functions->kc_device_get_since($this->pointer);
    }
}

trait SystemGetters
{
    /** The name. */
    public function name(): string
    {
        return Library::$functions->kc_system_get_name($this->pointer);
    }

    /** State of the link: A code of LinkState. */
    public function state(): ?LinkState
    {
        return LinkState::tryFrom(Library::$functions->kc_system_get_state($this->pointer));
    }
}

trait SiteGetters
{
    /** The name. */
    public function name(): string
    {
        return Library::$functions->kc_site_get_name($this->pointer);
    }
}

trait DriverGetters
{
    /** Name, such as "salto". */
    public function name(): string
    {
        return Library::$functions->kc_driver_get_name($this->pointer);
    }

    /** Label for people, such as "SALTO PMS Industry Standard". */
    public function label(): string
    {
        return Library::$functions->kc_driver_get_label($this->pointer);
    }

    /** "simulator-tested", "interop-tested", "lab" or "field". */
    public function maturity(): string
    {
        return Library::$functions->kc_driver_get_maturity($this->pointer);
    }

    /** Number of options of the driver; those of its link are listed at kc_system_set_option(). */
    public function optionCount(): int
    {
        return Library::$functions->kc_driver_get_option_count($this->pointer);
    }
}

trait OpenKeyGetters
{
    /** A code of Kind: KC_KIND_ORIGINAL, KC_KIND_DUPLICATE or KC_KIND_ONE_SHOT. */
    public function kind(): ?Kind
    {
        return Kind::tryFrom(Library::$functions->kc_open_key_get_kind($this->pointer));
    }

    /**
     * By which a lock knows the later key of a room: that of an original is higher than that of all before, a
     * duplicate has that of its original.
     */
    public function sequence(): int
    {
        return Library::$functions->kc_open_key_get_sequence($this->pointer);
    }

    /** kc_key_get_id() of the key in the ledger; "" on a stripe, which has no room for it. */
    public function issue(): string
    {
        return Library::$functions->kc_open_key_get_issue($this->pointer);
    }

    /** Start of validity, in seconds since 1970 by UTC; 0: valid at once. */
    public function from(): int
    {
        return Library::$functions->kc_open_key_get_from($this->pointer);
    }

    /** End of validity, in seconds since 1970 by UTC: from then on it opens no more. */
    public function until(): int
    {
        return Library::$functions->kc_open_key_get_until($this->pointer);
    }

    /** @return list<string> */
    public function rooms(): array
    {
        return $this->list('kc_open_key_get_room_count', 'kc_open_key_get_room');
    }
}
