// SPDX-License-Identifier: LGPL-2.1-or-later
// Following an operation, and the keys that it made, listed or read.
import * as codes from './codes.js';
import { Device } from './device.js';
import { check, KeycardError } from './errors.js';
import { EventQueue } from './events.js';
import { KeyGetters, OperationGetters } from './getters.js';
import { bytes, kc, receive } from './library.js';
import { Encoder } from './site.js';

/** One record of the ledger, or what was read from a card. Immutable. */
export class Key extends KeyGetters {
  static borrowed(pointer) {
    return pointer === null ? null : new Key('key', kc.kc_key_ref(pointer));
  }

  /** The key as a Buffer, or null. */
  get image() {
    const size = [0];
    const pointer = kc.kc_key_get_image(this.pointer, size);
    return pointer === null ? null : bytes(pointer, Number(size[0]));
  }
}

/**
 * One attempt. wait() is a promise of its end: of the operation, or rejected with a KeycardError. `for await` over
 * events() tells what happens on the way; it ends with the operation and throws nothing.
 */
export class Operation extends OperationGetters {
  #context;
  #events = new EventQueue();
  #waiting = [];

  constructor(pointer, context) {
    super('op', pointer);
    this.#context = context;
    if (this.isDone) this.#events.end();
  }

  /** Whether it has ended. */
  get isDone() {
    return this.state === 'done';
  }

  /** What went wrong, as an error that is not thrown; null if nothing did. */
  get error() {
    const error = kc.kc_op_get_error(this.pointer);
    return error === null ? null : new KeycardError(kc.kc_error_get_code(error), error, this);
  }

  /** The keys that were made or listed, or the card that was read. */
  get keys() {
    return this.list(kc.kc_op_get_key_count, kc.kc_op_get_key, Key.borrowed);
  }

  /** The first of them, or null. */
  get key() {
    return Key.borrowed(kc.kc_op_get_key(this.pointer, 0));
  }

  /** Active or blocked keys that this original voids. */
  get voidedKeys() {
    return this.list(kc.kc_op_get_voided_key_count, kc.kc_op_get_voided_key, Key.borrowed);
  }

  /** What discover() found. */
  get encoders() {
    return this.list(kc.kc_op_get_encoder_count, kc.kc_op_get_encoder, Encoder.borrowed);
  }

  /** What is plugged into this computer, of discover(). */
  get devices() {
    return this.list(kc.kc_op_get_device_count, kc.kc_op_get_device, (one) => Device.borrowed(one, this.#context));
  }

  /** What listOperations() found. */
  get operations() {
    return this.list(kc.kc_op_get_op_count, kc.kc_op_get_op, (op) => this.#context.operation(op, { owned: false }));
  }

  /** The operation that was started by this one (the mobile key after the card), or null. */
  get followUp() {
    return this.#context.operation(kc.kc_op_get_follow_up(this.pointer), { owned: false });
  }

  /** What was adapted or should be known; before and after may be guest data. */
  get warnings() {
    return this.list(kc.kc_op_get_warning_count, (pointer, index) => ({
      text: kc.kc_op_get_warning_text(pointer, index),
      field: kc.kc_op_get_warning_field(pointer, index),
      before: kc.kc_op_get_warning_before(pointer, index),
      after: kc.kc_op_get_warning_after(pointer, index),
    }));
  }

  /** What happens to it until it has ended. */
  events() {
    return this.#events;
  }

  /** Its end. An operation that nobody waits for goes on all the same. */
  async wait() {
    if (this.pointer === null) throw new Error('the operation or its context was closed');
    if (!this.isDone) await new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    if (this.status !== 'ok') throw this.error;
    return this;
  }

  /** Asks to cancel. It still ends, and may have been written. */
  cancel() {
    check(kc.kc_op_cancel(this.pointer));
  }

  /** Answers the prompt 'confirm'. */
  answer(yes) {
    check(kc.kc_op_answer(this.pointer, codes.answer.value(yes ? 'yes' : 'no')));
  }

  /** Starts a new operation with the request of this one, which failed. */
  retry() {
    return this.#start(kc.kc_op_retry);
  }

  /** Settles an unknown outcome: how is 'read-card', 'opens' or 'does-not-open'. */
  resolve(how, operator = null) {
    return this.#start(kc.kc_op_resolve, codes.resolve.value(how), operator);
  }

  /** For the context: an event of this operation. */
  take(event) {
    this.#events.push(event);
    if (event.type !== 'done') return;
    this.#events.end();
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** For the context, which is closed before this operation ended. */
  abandon() {
    this.#events.end();
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('the operation or its context was closed'));
  }

  /** Gives it back at once; it goes on, and who waits for it is told of the end no more. */
  close() {
    if (this.pointer !== null) this.#context.forget(this);
    this.abandon();
    super.close();
  }

  #start(call, ...parameters) {
    const [status, pointer] = receive(call, this.pointer, ...parameters);
    check(status);
    return this.#context.operation(pointer, { owned: true });
  }
}
