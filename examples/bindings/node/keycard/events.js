// SPDX-License-Identifier: LGPL-2.1-or-later
// Events, and iterating over them.
import * as codes from './codes.js';
import { Device } from './device.js';
import { kc } from './library.js';
import { Encoder, System } from './site.js';

const statesOf = { state: codes.state, encoder: codes.encoderState, system: codes.linkState, device: codes.deviceState };

/** Something that happened: plain values, so that there is nothing to close. */
export class Event {
  /** Copies an event of the library, and gives it back. */
  static take(pointer, context) {
    const event = new Event();
    /** 'state', 'prompt', 'warning', 'done', 'encoder', 'system', 'ledger' or 'device'. */
    event.type = codes.eventType.name(kc.kc_event_get_type(pointer));
    /** The event as a sentence in English. */
    event.text = kc.kc_event_get_text(pointer);
    /** The state that operation, encoder, system or device had when the event was made. */
    event.state = (statesOf[event.type] ?? codes.state).name(kc.kc_event_get_state(pointer));
    /** What a person must do ('present-card', 'take-card', 'confirm', 'check-card'), or null. */
    event.prompt = event.type === 'prompt' ? codes.prompt.name(kc.kc_event_get_prompt(pointer)) : null;
    /** Which card the prompt is about, from 1, and how many there will be. */
    event.cardNumber = kc.kc_event_get_card_number(pointer);
    event.cardCount = kc.kc_event_get_card_count(pointer);
    /** The operation, or null for events of encoders, systems and devices. */
    event.operation = context.operation(kc.kc_event_get_op(pointer), { owned: false });
    event.encoder = Encoder.borrowed(kc.kc_event_get_encoder(pointer));
    event.system = System.borrowed(kc.kc_event_get_system(pointer));
    event.device = Device.borrowed(kc.kc_event_get_device(pointer), context);
    /** The number of the journal's entry that an event 'ledger' tells of; else 0. */
    event.entry = kc.kc_event_get_entry(pointer);
    kc.kc_event_unref(pointer);
    return Object.freeze(event);
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
