// SPDX-License-Identifier: LGPL-2.1-or-later
// What a call through the binding costs, against koffi's bare call of the same shape: a number in, a string out.
import koffi from 'koffi';

import { statusName } from 'keycard';

const CALLS = 50000;
const ROUNDS = 30;
const library = koffi.load(process.env.KEYCARD_LIBRARY ?? 'libkeycard.so.0');
const foreign = library.func('const char *kc_status_name(int32_t)');

function nanoseconds(call) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < CALLS; i++) call(-42);
  return Number(process.hrtime.bigint() - start) / CALLS;
}

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];

if (statusName(-42) !== 'no-card' || foreign(-42) !== 'no-card') throw new Error('these are not the same');
nanoseconds(statusName), nanoseconds(foreign); // compiled by then
const pairs = Array.from({ length: ROUNDS }, () => [nanoseconds(statusName), nanoseconds(foreign)]);
const ratio = median(pairs.map(([binding, bare]) => binding / bare));
const [binding, bare] = [0, 1].map((column) => median(pairs.map((pair) => pair[column])));
console.log(`status_name: binding ${binding.toFixed()} ns, foreign ${bare.toFixed()} ns, ratio ${ratio.toFixed(2)}`);
