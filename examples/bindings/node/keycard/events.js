// SPDX-License-Identifier: LGPL-2.1-or-later
// Events, and iterating over them.
import * as codes from './codes.js';
import { EventGetters } from './getters.js';
import { kc } from './library.js';
import { Encoder, System } from './site.js';

const statesOf = { state: codes.state, encoder: codes.encoderState, system: codes.linkState };

/** Something that happened. */
export class Event extends EventGetters {
  #context;

  constructor(pointer, context) {
    super('event', pointer);
    this.#context = context;
  }

  /** What a person must do ('present-card', 'take-card', 'confirm'), or null. */
  get prompt() {
    const prompt = kc.kc_event_get_prompt(this.pointer);
    return prompt === 0 ? null : codes.prompt.name(prompt);
  }

  /** The state that operation, encoder or system had when the event was made. */
  get state() {
    return (statesOf[this.type] ?? codes.state).name(kc.kc_event_get_state(this.pointer));
  }

  /** The operation, or null for events of encoders and systems. */
  get operation() {
    return this.#context.operation(kc.kc_event_get_op(this.pointer), { owned: false });
  }

  get encoder() {
    return Encoder.borrowed(kc.kc_event_get_encoder(this.pointer));
  }

  get system() {
    return System.borrowed(kc.kc_event_get_system(this.pointer));
  }
}

/** Events in order, for one `for await`. */
export class EventQueue {
  #waiting = [];
  #readers = [];
  #ended = false;
  #onReturn;

  constructor(onReturn = () => {}) {
    this.#onReturn = onReturn;
  }

  push(event) {
    const reader = this.#readers.shift();
    if (reader) reader({ value: event, done: false });
    else this.#waiting.push(event);
  }

  end() {
    this.#ended = true;
    for (const reader of this.#readers.splice(0)) reader({ value: undefined, done: true });
  }

  async next() {
    if (this.#waiting.length > 0) return { value: this.#waiting.shift(), done: false };
    if (this.#ended) return { value: undefined, done: true };
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  async return(value) {
    this.end();
    this.#onReturn();
    return { value, done: true };
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}
