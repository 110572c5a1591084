// SPDX-License-Identifier: LGPL-2.1-or-later
// Getters of one plain value, and of lists of texts.
// Made from doc/api.json by examples/bindings/generate.py.

import * as codes from './codes.js';
import { Handle, kc } from './library.js';

export class KeyGetters extends Handle {
  /** Identifier: that of the operation that made it; "" for a card that was read. */
  get id() {
    return kc.kc_key_get_id(this.pointer);
  }

  /** A name of codes.kind. */
  get kind() {
    return codes.kind.name(kc.kc_key_get_kind(this.pointer));
  }

  /** A name of codes.keyState. */
  get state() {
    return codes.keyState.name(kc.kc_key_get_state(this.pointer));
  }

  /**
   * Whether voiding, check-out or change was wanted but not confirmed by the lock system, or if a mobile key was
   * accepted but its delivery is not confirmed.
   */
  get isUnconfirmed() {
    return kc.kc_key_is_unconfirmed(this.pointer) !== 0;
  }

  /** Whether the end of validity was past when the key was fetched. */
  get isExpired() {
    return kc.kc_key_is_expired(this.pointer) !== 0;
  }

  /** How its operation ended: KC_OK or KC_ERROR_... */
  get status() {
    return codes.status.name(kc.kc_key_get_status(this.pointer));
  }

  /** The lock system's own error code, or "". */
  get vendorCode() {
    return kc.kc_key_get_vendor_code(this.pointer);
  }

  /** The booking. */
  get booking() {
    return kc.kc_key_get_booking(this.pointer);
  }

  /** The guest's name, "" if it was not given or was forgotten. */
  get guest() {
    return kc.kc_key_get_guest(this.pointer);
  }

  /** Start of validity, ISO 8601 with offset, or "". */
  get from() {
    return kc.kc_key_get_from(this.pointer);
  }

  /** End of validity, ISO 8601 with offset, or "". */
  get until() {
    return kc.kc_key_get_until(this.pointer);
  }

  /** When it was asked for, ISO 8601 with offset. */
  get created() {
    return kc.kc_key_get_created(this.pointer);
  }

  /** The station. */
  get station() {
    return kc.kc_key_get_station(this.pointer);
  }

  /** The encoder. */
  get encoder() {
    return kc.kc_key_get_encoder(this.pointer);
  }

  /** The system. */
  get system() {
    return kc.kc_key_get_system(this.pointer);
  }

  /** Who asked. */
  get operator() {
    return kc.kc_key_get_operator(this.pointer);
  }

  /** Phone number that was given for a mobile key, "" if none or forgotten. */
  get phone() {
    return kc.kc_key_get_phone(this.pointer);
  }

  /** E-mail address that was given for a mobile key, "" if none or forgotten. */
  get email() {
    return kc.kc_key_get_email(this.pointer);
  }

  /** How many cards were asked for. */
  get copies() {
    return kc.kc_key_get_copies(this.pointer);
  }

  /** The installation identifier that came with the image, or "". */
  get installation() {
    return kc.kc_key_get_installation(this.pointer);
  }

  /** A room by index, from 0. */
  get rooms() {
    return this.list(kc.kc_key_get_room_count, kc.kc_key_get_room);
  }

  /** A granted area by index, from 0. */
  get areas() {
    return this.list(kc.kc_key_get_area_count, kc.kc_key_get_area);
  }

  /** A serial number by index, from 0. */
  get serials() {
    return this.list(kc.kc_key_get_serial_count, kc.kc_key_get_serial);
  }
}

export class OperationGetters extends Handle {
  /** Identifier, a UUID, the same in the ledger and in kc_key_get_id(). */
  get id() {
    return kc.kc_op_get_id(this.pointer);
  }

  /** A name of codes.verb. */
  get verb() {
    return codes.verb.name(kc.kc_op_get_verb(this.pointer));
  }

  /** A name of codes.state. */
  get state() {
    return codes.state.name(kc.kc_op_get_state(this.pointer));
  }

  /** How it ended: KC_OK or KC_ERROR_...; KC_OK also while it runs. */
  get status() {
    return codes.status.name(kc.kc_op_get_status(this.pointer));
  }

  /** A name of codes.outcome. */
  get outcome() {
    return codes.outcome.name(kc.kc_op_get_outcome(this.pointer));
  }

  /** The encoder that was chosen, or "". */
  get encoderName() {
    return kc.kc_op_get_encoder_name(this.pointer);
  }

  /** The booking, or "". */
  get booking() {
    return kc.kc_op_get_booking(this.pointer);
  }

  /** The main room, or "". */
  get room() {
    return kc.kc_op_get_room(this.pointer);
  }

  /** The station that asked, or "". */
  get station() {
    return kc.kc_op_get_station(this.pointer);
  }

  /** Who asked, or "". */
  get operator() {
    return kc.kc_op_get_operator(this.pointer);
  }

  /** When it was asked for, ISO 8601 with offset. */
  get created() {
    return kc.kc_op_get_created(this.pointer);
  }

  /** The system that was chosen, or "". */
  get systemName() {
    return kc.kc_op_get_system_name(this.pointer);
  }

  /** What a resolution or cancellation is about: the id of that operation or key, or "". */
  get target() {
    return kc.kc_op_get_target(this.pointer);
  }

  /** The operation that this one is a retry of, by its id, or "". */
  get retryOf() {
    return kc.kc_op_get_retry_of(this.pointer);
  }

  /** Whether this is the answer of an earlier operation with the same idempotency key. */
  get isReplay() {
    return kc.kc_op_is_replay(this.pointer) !== 0;
  }

  /** Whether the ledger has more than the limit of kc_list_keys() or kc_list_ops() let through. */
  get hasMore() {
    return kc.kc_op_has_more(this.pointer) !== 0;
  }

  /** Number of stays whose guest data kc_forget_departed() erased; else 0. */
  get forgottenCount() {
    return kc.kc_op_get_forgotten_count(this.pointer);
  }

  /** Number of journal entries that fit, of kc_verify_ledger(), kc_copy_ledger() and kc_backup_ledger(); else 0. */
  get entryCount() {
    return kc.kc_op_get_entry_count(this.pointer);
  }

  /** The chain's digest after so many entries: 64 hexadecimal digits; "" if it is none of these three. */
  get ledgerDigest() {
    return kc.kc_op_get_ledger_digest(this.pointer);
  }
}

export class EncoderGetters extends Handle {
  /** The name. */
  get name() {
    return kc.kc_encoder_get_name(this.pointer);
  }

  /** A name of codes.encoderState. */
  get state() {
    return codes.encoderState.name(kc.kc_encoder_get_state(this.pointer));
  }

  /** When it was last heard of, ISO 8601 with offset, or "". */
  get lastContact() {
    return kc.kc_encoder_get_last_contact(this.pointer);
  }
}

export class DeviceGetters extends Handle {
  /**
   * How it is called after re-plugging and restarts too: its USB ids with its serial number ("067b:2303/K42"), or
   * with the socket that it is plugged into if it has none or another device has the same ("067b:2303@1-4.2"); a
   * port of the computer itself by its file ("/dev/ttyS0").
   */
  get name() {
    return kc.kc_device_get_name(this.pointer);
  }

  /** For people: "USB-Serial Controller (/dev/ttyUSB0)". */
  get label() {
    return kc.kc_device_get_label(this.pointer);
  }

  /** "serial" or "usb": what stands behind `+` in schemes that reach it. */
  get transport() {
    return kc.kc_device_get_transport(this.pointer);
  }

  /** Where it is now: "/dev/ttyUSB0", or the USB socket, "1-4.2". */
  get place() {
    return kc.kc_device_get_place(this.pointer);
  }

  /** USB vendor id, or -1 if it is not on USB. */
  get vendorId() {
    return kc.kc_device_get_vendor_id(this.pointer);
  }

  /** USB product id, or -1. */
  get productId() {
    return kc.kc_device_get_product_id(this.pointer);
  }

  /** The maker, as the device says, or "". */
  get manufacturer() {
    return kc.kc_device_get_manufacturer(this.pointer);
  }

  /** The product, as the device says, or "". */
  get product() {
    return kc.kc_device_get_product(this.pointer);
  }

  /** The serial number, as the device says, or "". */
  get serialNumber() {
    return kc.kc_device_get_serial_number(this.pointer);
  }

  /** The model that the encoder told when it was asked, or "". */
  get model() {
    return kc.kc_device_get_model(this.pointer);
  }

  /** The version of its firmware, or "". */
  get firmware() {
    return kc.kc_device_get_firmware(this.pointer);
  }

  /** A name of codes.deviceState, as it is now. */
  get state() {
    return codes.deviceState.name(kc.kc_device_get_state(this.pointer));
  }

  /**
   * Since when, ISO 8601 with offset: in the time zone of the site that uses it, else of the context's first site,
   * else in UTC.
   */
  get since() {
    return kc.kc_device_get_since(this.pointer);
  }
}

export class SystemGetters extends Handle {
  /** The name. */
  get name() {
    return kc.kc_system_get_name(this.pointer);
  }

  /** State of the link: A name of codes.linkState. */
  get state() {
    return codes.linkState.name(kc.kc_system_get_state(this.pointer));
  }
}

export class SiteGetters extends Handle {
  /** The name. */
  get name() {
    return kc.kc_site_get_name(this.pointer);
  }
}

export class DriverGetters extends Handle {
  /** Name, such as "salto". */
  get name() {
    return kc.kc_driver_get_name(this.pointer);
  }

  /** Label for people, such as "SALTO PMS Industry Standard". */
  get label() {
    return kc.kc_driver_get_label(this.pointer);
  }

  /** "simulator-tested", "interop-tested", "lab" or "field". */
  get maturity() {
    return kc.kc_driver_get_maturity(this.pointer);
  }

  /** Number of options of the driver; those of its link are listed at kc_system_set_option(). */
  get optionCount() {
    return kc.kc_driver_get_option_count(this.pointer);
  }
}

export class OpenKeyGetters extends Handle {
  /** A name of codes.kind: KC_KIND_ORIGINAL, KC_KIND_DUPLICATE or KC_KIND_ONE_SHOT. */
  get kind() {
    return codes.kind.name(kc.kc_open_key_get_kind(this.pointer));
  }

  /**
   * By which a lock knows the later key of a room: that of an original is higher than that of all before, a
   * duplicate has that of its original.
   */
  get sequence() {
    return kc.kc_open_key_get_sequence(this.pointer);
  }

  /** kc_key_get_id() of the key in the ledger; "" on a stripe, which has no room for it. */
  get issue() {
    return kc.kc_open_key_get_issue(this.pointer);
  }

  /** Start of validity, in seconds since 1970 by UTC; 0: valid at once. */
  get from() {
    return kc.kc_open_key_get_from(this.pointer);
  }

  /** End of validity, in seconds since 1970 by UTC: from then on it opens no more. */
  get until() {
    return kc.kc_open_key_get_until(this.pointer);
  }

  /** The name of a room's lock by index, from 0, the main room first; "" past the end. */
  get rooms() {
    return this.list(kc.kc_open_key_get_room_count, kc.kc_open_key_get_room);
  }
}
