// SPDX-License-Identifier: LGPL-2.1-or-later
// libkeycard from Node.js: hotel room keys through the hotel's lock system.
import { kc } from './library.js';

export * as codes from './codes.js';
export { Context } from './context.js';
export { Device } from './device.js';
export { KeycardError } from './errors.js';
export { Event } from './events.js';
export { OpenKey } from './open_key.js';
export { Key, Operation } from './operation.js';
export { Request } from './request.js';
export { Driver, Encoder, Site, System } from './site.js';

/** Version of the library that runs. */
export const version = () => kc.kc_version();

/** The stable name of a status, such as 'no-card'. */
export const statusName = (status) => kc.kc_status_name(status);

/** Whether a driver of this name is compiled in. */
export const hasDriver = (name) => kc.kc_has_driver(name) !== 0;
