// SPDX-License-Identifier: LGPL-2.1-or-later
// The context: ledger, event loop, events.
import koffi from 'koffi';

import * as codes from './codes.js';
import { Device } from './device.js';
import { check } from './errors.js';
import { Event, EventQueue } from './events.js';
import { Handle, kc, receive } from './library.js';
import { Operation } from './operation.js';
import { Site } from './site.js';

// Nothing may be watched any more when Node takes its event loop down.
const open = new Set();
process.on('exit', () => open.forEach((context) => context.close()));

/**
 * One instance of the library, in Node's event loop: the loop watches the context's descriptor (uv_poll, through koffi),
 * so nothing blocks and no thread waits. The process ends by itself when no operation runs and nobody asks for events.
 */
export class Context extends Handle {
  #operations = new Map(); // by address: one object for each operation
  #collected = new FinalizationRegistry((address) => {
    if (!this.#operations.get(address)?.deref()) this.#operations.delete(address);
  });
  #listeners = new Set();
  #running = new Set(); // operations that are kept until they have ended, though nobody holds them
  #poll;

  /** ledgerKey, a Buffer of 32 bytes, encrypts guest data in the ledger. */
  constructor({ ledger = 'memory:', ledgerKey = null } = {}) {
    const [status, pointer] = receive(kc.kc_context_new);
    check(status);
    super('context', pointer);
    if (ledgerKey) this.#check(kc.kc_context_set_ledger_key(pointer, ledgerKey, ledgerKey.length));
    this.#check(kc.kc_context_set_ledger(pointer, ledger));
    this.#poll = koffi.node.poll(kc.kc_context_get_fd(pointer), () => this.dispatch());
    this.#poll.unref();
    open.add(this);
  }

  #check(status) {
    check(status, kc.kc_context_get_error, this.pointer);
  }

  /** Makes a site; options: timeZone, checkIn, checkOut, policies (an object). */
  site(name, options = {}) {
    return new Site(this, name, options);
  }

  /** All events from now on, with `for await`; it ends with the loop around it (break, return) or with the context. */
  events() {
    const queue = new EventQueue(() => {
      this.#listeners.delete(queue);
      this.#keepAlive();
    });
    this.#listeners.add(queue);
    this.#keepAlive();
    return queue;
  }

  /**
   * Switches events of devices on or off: 'list', 'identify' (also asks those that a driver lists who they are) or 'off'.
   * One comes for each that is there already.
   */
  watchDevices(how = 'list') {
    this.#check(kc.kc_context_watch_devices(this.pointer, codes.devices.value(how)));
  }

  /** Those that are there while they are watched, else those that the last discovery saw. */
  get devices() {
    return this.list(kc.kc_context_get_device_count, kc.kc_context_get_device, (one) => Device.borrowed(one, this));
  }

  /** Switches events of what others do in the ledger on; interval in milliseconds, negative: off. */
  watchLedger(interval = 0) {
    this.#check(kc.kc_context_watch_ledger(this.pointer, interval));
  }

  /** How many systems are connected in a second; 0: as fast as can be. */
  setConnectionRate(perSecond) {
    this.#check(kc.kc_context_set_connection_rate(this.pointer, perSecond));
  }

  /** Does what can be done now, and hands the events out. The event loop calls it. */
  dispatch() {
    check(kc.kc_context_dispatch(this.pointer));
    for (let pointer; (pointer = kc.kc_context_next_event(this.pointer)) !== null;) {
      this.#handOut(Event.take(pointer, this));
    }
  }

  /** Lets dispatch() be called soon. */
  wakeup() {
    check(kc.kc_context_wakeup(this.pointer));
  }

  close() {
    open.delete(this);
    this.#poll?.close();
    this.#poll = null;
    for (const queue of this.#listeners) queue.end();
    for (const operation of this.#running) operation.abandon();
    this.#running.clear();
    super.close();
  }

  /** For the other modules: the object of an operation, the same for each of its pointers; null for NULL. */
  operation(pointer, { owned }) {
    if (pointer === null) return null;
    let operation = this.#operations.get(pointer)?.deref();
    if (operation) {
      if (owned) kc.kc_op_unref(pointer);
      return operation;
    }
    operation = new Operation(owned ? pointer : kc.kc_op_ref(pointer), this);
    this.#operations.set(pointer, new WeakRef(operation));
    this.#collected.register(operation, pointer);
    if (!operation.isDone) this.#running.add(operation);
    this.#keepAlive();
    return operation;
  }

  /** For the other modules: an operation is closed before it is collected, so its address may come again. */
  forget(operation) {
    this.#operations.delete(operation.pointer);
    this.#running.delete(operation);
    this.#keepAlive();
  }

  #handOut(event) {
    const operation = event.operation;
    operation?.take(event);
    for (const queue of this.#listeners) queue.push(event);
    if (event.type === 'done') this.#running.delete(operation);
    this.#keepAlive();
  }

  #keepAlive() {
    if (this.#running.size + this.#listeners.size > 0) this.#poll?.ref();
    else this.#poll?.unref();
  }
}
