// SPDX-License-Identifier: LGPL-2.1-or-later
// Each fault of the simulated lock system, as the clerk sees it: made, not made, or not known.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hotel } from './rig.mjs';

// What ends by a time-out ends soon; nothing else may run out of time on a busy computer.
const patient = ['pause-after-nak = 10'];
const hasty = ['acknowledge-timeout = 700', 'answer-timeout = 1200', 'enquiry-timeout = 700', 'byte-timeout = 700', ...patient];
const faults = [
  ['nak', 'good'], ['nak:9', 'bad'], ['silent-before-ack', 'unknown'], ['silent-after-ack', 'unknown'], ['drop-after-request', 'unknown'],
  ['drop-after-ack', 'unknown'], ['drop-at:5', 'unknown'], ['late:300', 'good'], ['late:3000', 'unknown'], ['twice', 'good'],
  ['garbage', 'good'], ['split', 'good'], ['glue', 'good'], ['bad-check', 'unknown'], ['busy', 'good'],
  ['error:EP', 'bad'], ['error:EV', 'bad'], ['error:ES', 'bad'], ['error:TD', 'bad'], ['error:ED', 'bad'],
];

for (const [fault, wanted] of faults) {
  test(`${fault}: ${wanted}`, async () => {
    const hotel = await Hotel.open({ faults: [`${fault}@1`], lines: wanted === 'unknown' ? hasty : patient });
    const clerk = await hotel.clerk();
    await clerk.openKey();
    const end = await clerk.make();
    assert.equal(end, wanted);
    const card = clerk.job(end);
    assert.equal(await card.locator('[data-act=opens]').count(), end === 'unknown' ? 1 : 0);
    if (fault.startsWith('error:')) assert.match(await card.textContent(), new RegExp(`says: ${fault.slice(6)}`));
    if (end === 'good') assert.equal(hotel.effects().length, 1);
    if (end === 'bad') assert.equal(hotel.effects().length, 0);
    await clerk.calm();
  });
}

test('a coding error can be tried again', async () => {
  const hotel = await Hotel.open({ faults: ['error:EP@1'] });
  const clerk = await hotel.clerk();
  await clerk.openKey();
  assert.equal(await clerk.make(), 'bad');
  await clerk.page.locator('[data-act=retry]').click();
  await clerk.job('good').waitFor();
  await clerk.keys('active').waitFor();
  assert.equal(await clerk.keys('not-made').count(), 1);
  assert.equal(hotel.effects().length, 1);
});

for (const [act, look, state] of [['read', 'good', 'active'], ['opens', 'good', 'active'], ['not', 'good', 'not-made']]) {
  test(`an unknown outcome is settled: ${act}`, async () => {
    const hotel = await Hotel.open({ faults: ['drop-after-ack@1'] });
    const clerk = await hotel.clerk();
    await clerk.openKey();
    assert.equal(await clerk.make(), 'unknown');
    await clerk.keys('unresolved').waitFor();
    await clerk.page.goto(`${hotel.url}#/unresolved`);
    await clerk.page.locator(`main [data-act=${act}]`).click();
    await clerk.job(look).filter({ hasText: 'Settled' }).waitFor();
    await clerk.page.locator('#nothing').waitFor();
    await clerk.openKey();
    await clerk.keys(state).waitFor();
    assert.equal(hotel.effects().length, 1);
    await clerk.calm();
  });
}

test('a lock system that is not there', async () => {
  const hotel = await Hotel.open();
  const clerk = await hotel.clerk();
  await clerk.openKey();
  hotel.children[0].removeAllListeners('exit');
  hotel.children[0].kill('SIGKILL');
  assert.notEqual(await clerk.make(), 'good');
  await clerk.calm();
});

test('nobody presents a card', async () => {
  const hotel = await Hotel.open({ hand: -1 });
  const clerk = await hotel.clerk();
  await clerk.openKey();
  assert.equal(await clerk.make(), 'bad');
  assert.equal(hotel.effects().length, 0);
});
