// SPDX-License-Identifier: LGPL-2.1-or-later
// What is wanted, and starting operations with it.
import { check } from './errors.js';
import { Handle, kc, receive } from './library.js';

const texts = {
  booking: kc.kc_request_set_booking,
  guest: kc.kc_request_set_guest,
  station: kc.kc_request_set_station,
  encoder: kc.kc_request_set_encoder,
  system: kc.kc_request_set_system,
  operator: kc.kc_request_set_operator,
  phone: kc.kc_request_set_phone,
  email: kc.kc_request_set_email,
  message: kc.kc_request_set_message,
  cardSerial: kc.kc_request_set_card_serial,
  idempotencyKey: kc.kc_request_set_idempotency_key,
};

/**
 * What is wanted. Values are given at once, or set later; a request may be changed and used again.
 *
 * The names in `texts` above are texts, null removes them; copies is a number, returnImage a boolean, rooms, areas,
 * deniedAreas and texts are arrays of texts; valid is { from, until }, either of which may be missing; image is a
 * Buffer for writeImage().
 */
export class Request extends Handle {
  #site;

  constructor(site, values) {
    const [status, pointer] = receive(kc.kc_request_new, site.pointer);
    check(status);
    super('request', pointer);
    this.#site = site;
    this.set(values);
  }

  /** Changes values. Each is checked at once; a KeycardError names the field. Returns the request. */
  set({ rooms, areas, deniedAreas, valid, copies, returnImage, image, texts: lines, ...others }) {
    for (const [name, value] of Object.entries(others)) {
      if (!Object.hasOwn(texts, name)) throw new TypeError(`a request has no ${name}`);
      this.#call(texts[name], value);
    }
    for (const [name, value] of Object.entries({ rooms, areas, deniedAreas, texts: lines })) {
      if (typeof value === 'string') throw new TypeError(`${name} is an array of texts, not one text`); // its letters
    }
    if (rooms) {
      this.#call(kc.kc_request_clear_rooms);
      for (const room of rooms) this.#call(kc.kc_request_add_room, room);
    }
    if (areas || deniedAreas) {
      this.#call(kc.kc_request_clear_areas);
      for (const area of areas ?? []) this.#call(kc.kc_request_add_area, area);
      for (const area of deniedAreas ?? []) this.#call(kc.kc_request_remove_area, area);
    }
    if (valid) this.#call(kc.kc_request_set_validity, valid.from ?? null, valid.until ?? null);
    if (copies !== undefined) this.#call(kc.kc_request_set_copies, copies);
    if (returnImage !== undefined) this.#call(kc.kc_request_set_return_image, returnImage ? 1 : 0);
    if (image !== undefined) this.#call(kc.kc_request_set_image, image, image?.length ?? 0);
    lines?.forEach((line, index) => this.#call(kc.kc_request_set_text, index + 1, line));
    return this;
  }

  #call(setter, ...values) {
    check(setter(this.pointer, ...values), kc.kc_request_get_error, this.pointer);
  }

  #start(call, ...parameters) {
    return this.#site.start(call, this.pointer, ...parameters);
  }

  /** Makes the first key of a stay; it voids the earlier keys of booking and room. */
  issueOriginal() {
    return this.#start(kc.kc_issue_original);
  }

  /** Makes a further key, on the station's last used encoder; voids nothing. */
  issueDuplicate() {
    return this.#start(kc.kc_issue_duplicate);
  }

  /** Makes a new original for a booking that has keys. */
  reissue() {
    return this.#start(kc.kc_reissue);
  }

  /** Makes a key that opens once. */
  issueOneShot() {
    return this.#start(kc.kc_issue_one_shot);
  }

  /** Sends a mobile key to the phone number or e-mail address. */
  sendMobile() {
    return this.#start(kc.kc_send_mobile);
  }

  /** Reads the card on the encoder: Operation.key. */
  readCard() {
    return this.#start(kc.kc_read_card);
  }

  /** Writes the bytes of image, as another system returned them, on the card at an encoder of the desk. */
  writeImage() {
    return this.#start(kc.kc_write_image);
  }

  /** Checks the room of the booking out in the lock system. */
  checkOut() {
    return this.#start(kc.kc_check_out);
  }

  /** Changes the end of a stay, or moves it to the request's room. */
  modifyStay() {
    return this.#start(kc.kc_modify_stay);
  }

  /** Cancels one key, for example a lost one. */
  cancelKey(keyId) {
    return this.#start(kc.kc_cancel_key, keyId);
  }

  /** Blocks all keys of a stay at once. */
  blockStay() {
    return this.#start(kc.kc_block_stay);
  }

  /** Takes that back. */
  unblockStay() {
    return this.#start(kc.kc_unblock_stay);
  }

  /** Asks what became of a mobile key. */
  checkMobile(keyId) {
    return this.#start(kc.kc_check_mobile, keyId);
  }
}
