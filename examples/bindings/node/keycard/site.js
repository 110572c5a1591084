// SPDX-License-Identifier: LGPL-2.1-or-later
// The property: sites, their lock systems and encoders, and what is known of a kind of lock system.
import * as codes from './codes.js';
import { check } from './errors.js';
import { DriverGetters, EncoderGetters, SiteGetters, SystemGetters } from './getters.js';
import { kc, receive } from './library.js';
import { Request } from './request.js';

/** What is known of a kind of lock system. Static, so there is nothing to close. */
export class Driver extends DriverGetters {
  constructor(pointer) {
    super('driver', pointer);
  }

  /** The driver of this name, or null. */
  static find(name) {
    const pointer = kc.kc_driver_find(name);
    return pointer === null ? null : new Driver(pointer);
  }

  static all() {
    return Array.from({ length: kc.kc_driver_count() }, (_, index) => new Driver(kc.kc_driver_get(index)));
  }

  /** What may stand before the first colon of a URI. */
  get schemes() {
    return this.series(kc.kc_driver_get_scheme, '');
  }

  /** The options of the driver itself, without those of its link. */
  get options() {
    return this.list(kc.kc_driver_get_option_count, (pointer, index) => ({
      name: kc.kc_driver_get_option_name(pointer, index),
      default: kc.kc_driver_get_option_default(pointer, index),
      values: kc.kc_driver_get_option_values(pointer, index),
      help: kc.kc_driver_get_option_help(pointer, index),
    }));
  }

  /** Whether it can offer a capability, such as 'mobile', perhaps only with an option. */
  has(capability) {
    return kc.kc_driver_has(this.pointer, codes.capability.value(capability)) !== 0;
  }

  limit(limit) {
    return kc.kc_driver_get_limit(this.pointer, codes.limit.value(limit));
  }
}

/** What writes a card. */
export class Encoder extends EncoderGetters {
  static borrowed(pointer) {
    return pointer === null ? null : new Encoder('encoder', kc.kc_encoder_ref(pointer));
  }

  get system() {
    return System.borrowed(kc.kc_encoder_get_system(this.pointer));
  }
}

/** One lock system of a site. */
export class System extends SystemGetters {
  static borrowed(pointer) {
    return pointer === null ? null : new System('system', kc.kc_system_ref(pointer));
  }

  #check(status) {
    check(status, kc.kc_system_get_error, this.pointer);
  }

  get driver() {
    return new Driver(kc.kc_system_get_driver(this.pointer));
  }

  setOption(name, value) {
    this.#check(kc.kc_system_set_option(this.pointer, name, value));
  }

  option(name) {
    return kc.kc_system_get_option(this.pointer, name);
  }

  addEncoder(name) {
    this.#check(kc.kc_system_add_encoder(this.pointer, name));
  }

  mapRoom(room, lockName) {
    this.#check(kc.kc_system_map_room(this.pointer, room, lockName));
  }

  mapArea(area, lockName) {
    this.#check(kc.kc_system_map_area(this.pointer, area, lockName));
  }

  /** Whether this system offers a capability with its present options. */
  has(capability) {
    return kc.kc_system_has(this.pointer, codes.capability.value(capability)) !== 0;
  }

  limit(limit) {
    return kc.kc_system_get_limit(this.pointer, codes.limit.value(limit));
  }

  /** Hands over an open socket or terminal as the link; the library closes it. */
  adoptFd(fd) {
    this.#check(kc.kc_system_adopt_fd(this.pointer, fd));
  }

  /** Takes the system out of its site. */
  remove() {
    this.#check(kc.kc_system_remove(this.pointer));
  }
}

/** One property. Questions to its ledger are operations too. */
export class Site extends SiteGetters {
  #context;

  constructor(context, name, { timeZone, checkIn = '15:00', checkOut = '11:00', policies = {} }) {
    const [status, pointer] = receive(kc.kc_site_new, context.pointer, name);
    check(status, kc.kc_context_get_error, context.pointer);
    super('site', pointer);
    this.#context = context;
    if (timeZone) this.#check(kc.kc_site_set_time_zone(pointer, timeZone));
    this.#check(kc.kc_site_set_default_times(pointer, checkIn, checkOut));
    for (const [policy, value] of Object.entries(policies)) this.#check(kc.kc_site_set_policy(pointer, policy, value));
  }

  #check(status) {
    check(status, kc.kc_site_get_error, this.pointer);
  }

  /** For the other modules: calls a function that starts an operation. */
  start(call, ...parameters) {
    const [status, pointer] = receive(call, ...parameters);
    check(status);
    return this.#context.operation(pointer, { owned: true });
  }

  /** The value of a policy, or ''. */
  policy(name) {
    return kc.kc_site_get_policy(this.pointer, name);
  }

  /** Makes a lock system. */
  system(name, uri, { encoders = [], options = {} } = {}) {
    const [status, pointer] = receive(kc.kc_system_new, this.pointer, name, uri);
    this.#check(status);
    const system = new System('system', pointer);
    for (const [option, value] of Object.entries(options)) system.setOption(option, value);
    for (const encoder of encoders) system.addEncoder(encoder);
    return system;
  }

  /** Makes a request; see Request for the values. */
  request(values = {}) {
    return new Request(this, values);
  }

  /** Looks for the encoders of all systems: Operation.encoders; and what is plugged in: Operation.devices. */
  discover() {
    return this.start(kc.kc_site_discover, this.pointer);
  }

  /** Keys in the ledger, newest first: Operation.keys. */
  listKeys({ filter = 'all', value = null, limit = 0 } = {}) {
    return this.start(kc.kc_list_keys, this.pointer, codes.filter.value(filter), value, limit);
  }

  /** Operations in the ledger, newest first: Operation.operations. */
  listOperations({ filter = 'all', value = null, limit = 0 } = {}) {
    return this.start(kc.kc_list_ops, this.pointer, codes.filter.value(filter), value, limit);
  }

  /** An earlier operation, also from before a restart; it is that operation once it is done. */
  findOperation(id) {
    return this.start(kc.kc_find_op, this.pointer, id);
  }

  /** Erases the guest's data of a booking from the ledger. */
  forgetGuest(booking) {
    return this.start(kc.kc_forget_guest, this.pointer, booking);
  }

  /** Does the same for all who departed so many days ago: Operation.forgottenCount. */
  forgetDeparted(days) {
    return this.start(kc.kc_forget_departed, this.pointer, days);
  }

  /** Copies the whole ledger into another store, encrypted with a key (a Buffer of 32 bytes) or as it is. */
  copyLedger(uri, key = null) {
    return this.start(kc.kc_copy_ledger, this.pointer, uri, key, key?.length ?? 0);
  }

  /** Copies a SQLite ledger into a new file while it is used. */
  backupLedger(path) {
    return this.start(kc.kc_backup_ledger, this.pointer, path);
  }

  /** Holds the ledger against its journal: Operation.entryCount, Operation.ledgerDigest. */
  verifyLedger() {
    return this.start(kc.kc_verify_ledger, this.pointer);
  }
}
