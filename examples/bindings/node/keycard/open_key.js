// SPDX-License-Identifier: LGPL-2.1-or-later
// Open keys, for who makes locks.
import { check } from './errors.js';
import { OpenKeyGetters } from './getters.js';
import { kc, receive } from './library.js';

/** What an open key says that was read from a card, after it was held against the site's key. */
export class OpenKey extends OpenKeyGetters {
  /** Reads one from the NDEF message of a contactless card with this serial number; siteKey, uid and message are Buffers. */
  static checkCard({ siteNumber, siteKey, uid, message }) {
    return OpenKey.#checked(kc.kc_open_key_check_card, siteNumber, siteKey, siteKey.length, uid, uid.length, message,
      message.length);
  }

  /** Reads one from the 37 digits of track 2 of a stripe. */
  static checkStripe({ siteNumber, siteKey, track }) {
    return OpenKey.#checked(kc.kc_open_key_check_stripe, siteNumber, siteKey, siteKey.length, track);
  }

  static #checked(call, ...parameters) {
    const [status, pointer] = receive(call, ...parameters);
    check(status);
    return new OpenKey('open_key', pointer);
  }

  /** Whether it opens the area of this number, 1 to 64. */
  hasArea(area) {
    return kc.kc_open_key_has_area(this.pointer, area) !== 0;
  }
}
