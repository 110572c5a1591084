// SPDX-License-Identifier: LGPL-2.1-or-later
// Getters for TypeScript.
// Made from doc/api.json by examples/bindings/generate.py.

import * as codes from './codes.js';

/** One reference of an object of the library: given back by close(), or when it is collected. */
export abstract class Handle {
  close(): void;
}

export abstract class KeyGetters extends Handle {
  /** Identifier: that of the operation that made it; "" for a card that was read. */
  get id(): string;
  /** A name of codes.kind. */
  get kind(): codes.Kind;
  /** A name of codes.keyState. */
  get state(): codes.KeyState;
  /**
   * Whether voiding, check-out or change was wanted but not confirmed by the lock system, or if a mobile key was
   * accepted but its delivery is not confirmed.
   */
  get isUnconfirmed(): boolean;
  /** Whether the end of validity was past when the key was fetched. */
  get isExpired(): boolean;
  /** How its operation ended: KC_OK or KC_ERROR_... */
  get status(): codes.Status;
  /** The lock system's own error code, or "". */
  get vendorCode(): string;
  /** The booking. */
  get booking(): string;
  /** The guest's name, "" if it was not given or was forgotten. */
  get guest(): string;
  /** Start of validity, ISO 8601 with offset, or "". */
  get from(): string;
  /** End of validity, ISO 8601 with offset, or "". */
  get until(): string;
  /** When it was asked for, ISO 8601 with offset. */
  get created(): string;
  /** The station. */
  get station(): string;
  /** The encoder. */
  get encoder(): string;
  /** The system. */
  get system(): string;
  /** Who asked. */
  get operator(): string;
  /** Phone number that was given for a mobile key, "" if none or forgotten. */
  get phone(): string;
  /** E-mail address that was given for a mobile key, "" if none or forgotten. */
  get email(): string;
  /** How many cards were asked for. */
  get copies(): number;
  /** The installation identifier that came with the image, or "". */
  get installation(): string;
  /** A room by index, from 0. */
  get rooms(): string[];
  /** A granted area by index, from 0. */
  get areas(): string[];
  /** A serial number by index, from 0. */
  get serials(): string[];
}

export abstract class OperationGetters extends Handle {
  /** Identifier, a UUID, the same in the ledger and in kc_key_get_id(). */
  get id(): string;
  /** A name of codes.verb. */
  get verb(): codes.Verb;
  /** A name of codes.state. */
  get state(): codes.State;
  /** How it ended: KC_OK or KC_ERROR_...; KC_OK also while it runs. */
  get status(): codes.Status;
  /** A name of codes.outcome. */
  get outcome(): codes.Outcome;
  /** The encoder that was chosen, or "". */
  get encoderName(): string;
  /** The booking, or "". */
  get booking(): string;
  /** The main room, or "". */
  get room(): string;
  /** The station that asked, or "". */
  get station(): string;
  /** Who asked, or "". */
  get operator(): string;
  /** When it was asked for, ISO 8601 with offset. */
  get created(): string;
  /** The system that was chosen, or "". */
  get systemName(): string;
  /** What a resolution or cancellation is about: the id of that operation or key, or "". */
  get target(): string;
  /** The operation that this one is a retry of, by its id, or "". */
  get retryOf(): string;
  /** Whether this is the answer of an earlier operation with the same idempotency key. */
  get isReplay(): boolean;
  /** Whether the ledger has more than the limit of kc_list_keys() or kc_list_ops() let through. */
  get hasMore(): boolean;
  /** Number of stays whose guest data kc_forget_departed() erased; else 0. */
  get forgottenCount(): number;
  /** Number of journal entries that fit, of kc_verify_ledger(), kc_copy_ledger() and kc_backup_ledger(); else 0. */
  get entryCount(): number;
  /** The chain's digest after so many entries: 64 hexadecimal digits; "" if it is none of these three. */
  get ledgerDigest(): string;
}

export abstract class EncoderGetters extends Handle {
  /** The name. */
  get name(): string;
  /** A name of codes.encoderState. */
  get state(): codes.EncoderState;
  /** When it was last heard of, ISO 8601 with offset, or "". */
  get lastContact(): string;
}

export abstract class DeviceGetters extends Handle {
  /**
   * How it is called after re-plugging and restarts too: its USB ids with its serial number ("067b:2303/K42"), or
   * with the socket that it is plugged into if it has none or another device has the same ("067b:2303@1-4.2"); a
   * port of the computer itself by its file ("/dev/ttyS0").
   */
  get name(): string;
  /** For people: "USB-Serial Controller (/dev/ttyUSB0)". */
  get label(): string;
  /** "serial" or "usb": what stands behind `+` in schemes that reach it. */
  get transport(): string;
  /** Where it is now: "/dev/ttyUSB0", or the USB socket, "1-4.2". */
  get place(): string;
  /** USB vendor id, or -1 if it is not on USB. */
  get vendorId(): number;
  /** USB product id, or -1. */
  get productId(): number;
  /** The maker, as the device says, or "". */
  get manufacturer(): string;
  /** The product, as the device says, or "". */
  get product(): string;
  /** The serial number, as the device says, or "". */
  get serialNumber(): string;
  /** The model that the encoder told when it was asked, or "". */
  get model(): string;
  /** The version of its firmware, or "". */
  get firmware(): string;
  /** A name of codes.deviceState, as it is now. */
  get state(): codes.DeviceState;
  /**
   * Since when, ISO 8601 with offset: in the time zone of the site that uses it, else of the context's first site,
   * else in UTC.
   */
  get since(): string;
}

export abstract class SystemGetters extends Handle {
  /** The name. */
  get name(): string;
  /** State of the link: A name of codes.linkState. */
  get state(): codes.LinkState;
}

export abstract class SiteGetters extends Handle {
  /** The name. */
  get name(): string;
}

export abstract class DriverGetters extends Handle {
  /** Name, such as "salto". */
  get name(): string;
  /** Label for people, such as "SALTO PMS Industry Standard". */
  get label(): string;
  /** "simulator-tested", "interop-tested", "lab" or "field". */
  get maturity(): string;
  /** Number of options of the driver; those of its link are listed at kc_system_set_option(). */
  get optionCount(): number;
}

export abstract class OpenKeyGetters extends Handle {
  /** A name of codes.kind: KC_KIND_ORIGINAL, KC_KIND_DUPLICATE or KC_KIND_ONE_SHOT. */
  get kind(): codes.Kind;
  /**
   * By which a lock knows the later key of a room: that of an original is higher than that of all before, a
   * duplicate has that of its original.
   */
  get sequence(): number;
  /** kc_key_get_id() of the key in the ledger; "" on a stripe, which has no room for it. */
  get issue(): string;
  /** Start of validity, in seconds since 1970 by UTC; 0: valid at once. */
  get from(): number;
  /** End of validity, in seconds since 1970 by UTC: from then on it opens no more. */
  get until(): number;
  /** The name of a room's lock by index, from 0, the main room first; "" past the end. */
  get rooms(): string[];
}
