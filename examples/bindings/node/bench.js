// SPDX-License-Identifier: LGPL-2.1-or-later
// What a call through the binding costs, against koffi's bare call of the same shape: a number or a handle in,
// a string out.
import koffi from 'koffi';

import { Context, statusName } from 'keycard';

const CALLS = 50000;
const ROUNDS = 30;
const library = koffi.load(process.env.KEYCARD_LIBRARY ?? 'libkeycard.so.0');
koffi.opaque('bare_site');

function nanoseconds(call, argument) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < CALLS; i++) call(argument);
  return Number(process.hrtime.bigint() - start) / CALLS;
}

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];

function compare(what, binding, argument, foreign, bare) {
  if (binding(argument) !== foreign(bare) || foreign(bare) === '') throw new Error('these are not the same');
  nanoseconds(binding, argument); // compiled by then
  nanoseconds(foreign, bare);
  const pairs = Array.from({ length: ROUNDS }, () => [nanoseconds(binding, argument), nanoseconds(foreign, bare)]);
  const ratio = median(pairs.map(([one, other]) => one / other));
  const [own, other] = [0, 1].map((column) => median(pairs.map((pair) => pair[column])));
  console.log(`${what}: binding ${own.toFixed()} ns, foreign ${other.toFixed()} ns, ratio ${ratio.toFixed(2)}`);
}

const context = new Context();
const site = context.site('Grand Hotel');
compare('status_name', statusName, -42, library.func('const char *kc_status_name(int32_t)'), -42);
const getName = library.func('const char *kc_site_get_name(bare_site *)');
compare('getter', (object) => object.name, site, getName, site.pointer);
context.close();
