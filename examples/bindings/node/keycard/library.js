// SPDX-License-Identifier: LGPL-2.1-or-later
// The library itself, by koffi, and what all wrappers need of it.
import koffi from 'koffi';

import { functions, handles } from './declarations.js';

// KEYCARD_LIBRARY names another file, such as one in a build directory.
const library = koffi.load(process.env.KEYCARD_LIBRARY ?? 'libkeycard.so.0');
for (const name of handles) koffi.opaque(name);

/** Refuses what C would see cut off, or as an address. */
function checkText(value) {
  if (value === null) return;
  if (typeof value !== 'string') throw new TypeError(`a text is wanted, not ${typeof value}`);
  if (/[\0\p{Surrogate}]/u.test(value)) throw new TypeError('a text has a NUL or half a character in it');
}

function checkNumber(value) {
  if (typeof value !== 'number') throw new TypeError(`a number is wanted, not ${typeof value}`);
  if (value !== (value | 0)) throw new RangeError(`${value} is no whole number of 32 bits`);
}

/** A function of the library; with a check of its arguments if it takes a text, or is a setter. */
function bind(prototype) {
  const [, name, parameters] = prototype.match(/(kc_\w+)\((.*)\)$/);
  const call = library.func(prototype);
  if (!parameters.includes('char *') && !name.includes('_set_')) return [name, call];
  const checks = parameters.split(', ').map((parameter) => {
    if (parameter.includes('char *')) return checkText;
    return parameter.startsWith('int32_t') ? checkNumber : () => {};
  });
  return [name, (...values) => {
    checks.forEach((check, index) => check(values[index]));
    return call(...values);
  }];
}

/** The functions of the library as they are: kc.kc_version() and so on. Pointers are BigInt, NULL is null. */
export const kc = Object.fromEntries(functions.map(bind));

/** Calls a function whose last parameter receives a handle; [status, pointer]. */
export function receive(call, ...parameters) {
  const out = [null];
  return [call(...parameters, out), out[0]];
}

export const bytes = (pointer, size) => Buffer.from(koffi.decode(pointer, koffi.array('uint8_t', size, 'Typed')));

// Gives references back that were forgotten; the callbacks run in this thread, between other work.
const forgotten = new FinalizationRegistry(({ unref, pointer }) => unref(pointer));

/**
 * One reference of an object of the library: given back by close(), by `using`, or when it is collected. After that
 * it is NULL for the library, which then answers with errors, '' and 0 instead of crashing.
 */
export class Handle {
  #pointer;
  #unref;

  /** `pointer` is owned: the reference is this object's from now on. */
  constructor(kind, pointer) {
    this.#pointer = pointer;
    this.#unref = kc[`kc_${kind}_unref`];
    if (this.#unref) forgotten.register(this, { unref: this.#unref, pointer }, this);
  }

  get pointer() {
    return this.#pointer;
  }

  close() {
    if (this.#pointer !== null && this.#unref) {
      forgotten.unregister(this);
      this.#unref(this.#pointer);
    }
    this.#pointer = null;
  }

  [Symbol.dispose]() {
    this.close();
  }

  /** What a count and a getter by index give. */
  list(count, get, convert = (item) => item) {
    return Array.from({ length: count(this.#pointer) }, (_, index) => convert(get(this.#pointer, index)));
  }

  /** What a getter by index gives before the one behind the last. */
  series(get, last) {
    const items = [];
    for (let item; (item = get(this.#pointer, items.length)) !== last;) items.push(item);
    return items;
  }
}
