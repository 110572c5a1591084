// SPDX-License-Identifier: LGPL-2.1-or-later
// Devices on this computer: what is plugged in and may be an encoder.
import { check, KeycardError } from './errors.js';
import { DeviceGetters } from './getters.js';
import { kc } from './library.js';
import { Driver, System } from './site.js';

/**
 * Something plugged into this computer; it becomes an encoder of a site by giving its uri() to Site.system().
 * Context.watchDevices() and Site.discover() find devices.
 */
export class Device extends DeviceGetters {
  #context;

  constructor(pointer, context) {
    super('device', pointer);
    this.#context = context;
  }

  static borrowed(pointer, context) {
    return pointer === null ? null : new Device(kc.kc_device_ref(pointer), context);
  }

  /** The system that is configured for it, or null. */
  get system() {
    return System.borrowed(kc.kc_device_get_system(this.pointer));
  }

  /** Why it is 'no-encoder' or 'refused', as an error that is not thrown; else null. */
  get error() {
    const error = kc.kc_device_get_error(this.pointer);
    return error === null ? null : new KeycardError(kc.kc_error_get_code(error), error);
  }

  /** Those that may drive it; first the one to which it answered. */
  get drivers() {
    return this.series(kc.kc_device_get_driver, null).map((pointer) => new Driver(pointer));
  }

  /** The URI for Site.system(), by this Driver or the first of drivers; '' if that does not reach it. */
  uri(driver = null) {
    return kc.kc_device_get_uri(this.pointer, driver === null ? null : driver.pointer);
  }

  /** Asks it who it is, by the driver of this name or those that know it; state tells what came of it. */
  identify({ driver = null, options = null } = {}) {
    check(kc.kc_device_identify(this.pointer, driver, options), kc.kc_context_get_error, this.#context.pointer);
  }
}
