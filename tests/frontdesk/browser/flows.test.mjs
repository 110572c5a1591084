// SPDX-License-Identifier: LGPL-2.1-or-later
// What a clerk does in the key window, line by line.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canPlug, Clerk, Hotel } from './rig.mjs';

const kinds = (hotel) => hotel.effects().map((effect) => effect.kind);

test('logging in, out, and with a wrong password', async () => {
  const hotel = await Hotel.open();
  const clerk = await Clerk.arrive(hotel);
  await clerk.logIn('wrong');
  await clerk.page.locator('#fault').filter({ hasText: 'wrong' }).waitFor();
  await clerk.logIn('');
  await clerk.page.locator('#password-fault').filter({ hasText: 'fill this in' }).waitFor();
  await clerk.logIn();
  await clerk.page.locator('dialog [type=submit]').click();
  await clerk.page.locator('#logout').click();
  await clerk.page.locator('#password').waitFor();
  await clerk.page.goto(hotel.url);
  await clerk.page.locator('#password').waitFor();
});

test('a key asks for a room first', async () => {
  const hotel = await Hotel.open();
  const clerk = await hotel.clerk();
  await clerk.page.locator('#booking-4713 button').click();
  await clerk.page.locator('dialog [type=submit]').click();
  await clerk.page.locator('#asked-room-fault').filter({ hasText: 'no room, no key' }).waitFor();
  await clerk.page.locator('#asked-room').fill('105');
  await clerk.page.locator('dialog [type=submit]').click();
  assert.equal(await clerk.make(), 'good');
  assert.deepEqual(hotel.effects()[0].rooms, ['105']);
  await clerk.calm();
});

// Runs in the page: notes what stands there at the first frame after each event of a job.
function watchFrames() {
  window.frames_ = [];
  const last = new Map();
  window.EventSource = class extends EventSource {
    addEventListener(name, take, ...more) {
      if (name !== 'job') return super.addEventListener(name, take, ...more);
      return super.addEventListener(name, (event) => {
        const job = JSON.parse(event.data);
        const came = performance.now();
        last.set(job.job, job.ended ? job.status : job.state);
        take(event);
        requestAnimationFrame(() => window.frames_.push({
          wanted: last.get(job.job), drawn: document.getElementById(`job-${job.job}`)?.dataset.state, milliseconds: performance.now() - came }));
      }, ...more);
    }
  };
}

test('each event stands on the screen with the next frame', async () => {
  const hotel = await Hotel.open({ hand: 300 });
  const clerk = await hotel.clerk();
  await clerk.page.addInitScript(watchFrames);
  await clerk.page.reload();
  await clerk.openKey();
  assert.equal(await clerk.make(), 'good');
  await clerk.page.waitForFunction(() => window.frames_.some((frame) => frame.wanted === 'ok'));
  const frames = await clerk.page.evaluate(() => window.frames_);
  assert.ok(frames.length >= 3, JSON.stringify(frames));
  for (const frame of frames) assert.equal(frame.drawn, frame.wanted);
  const times = frames.map((frame) => frame.milliseconds).sort((a, b) => a - b);
  console.log(`# from an event to the frame that shows it: median ${times[times.length >> 1].toFixed(1)} ms of ${times.length}`);
  await clerk.calm();
});

test('original, with live state, prompt and list of keys', async () => {
  const hotel = await Hotel.open({ hand: 1500 });
  const clerk = await hotel.clerk();
  await clerk.openKey();
  assert.match(await clerk.page.locator('h1').textContent(), /Guest A/);
  assert.equal(await clerk.page.locator('#from').inputValue(), '2036-06-15T15:00');
  assert.equal(await clerk.page.locator('#until').inputValue(), '2036-06-18T11:00');
  await clerk.page.locator('#encoder').selectOption({ index: 1 });
  await clerk.page.locator('#until').fill('2036-06-19T13:00');
  await clerk.page.locator('#cards input, input#cards').fill('2');
  await clerk.page.getByLabel('Spa').check();
  await clerk.press('original');
  await clerk.page.locator('.prompt', { hasText: 'Present card 1 of 2 to Desk 2' }).waitFor();
  await clerk.page.locator('#encoder-state', { hasText: 'busy' }).waitFor();
  assert.equal(await clerk.end(), 'good');
  await clerk.page.locator('#encoder-state', { hasText: 'online' }).waitFor();
  await clerk.keys('active').waitFor();
  const row = await clerk.keys('active').textContent();
  for (const part of ['Original', 'active', '101', '19 Jun 2036, 13:00', 'reception', 'desk-1', 'Desk 2']) assert.ok(row.includes(part), part);
  const [effect] = hotel.effects();
  assert.deepEqual([effect.kind, effect.copies, effect.encoder, effect.areas], ['original', 2, 'Desk 2', [1]]);
  await clerk.calm();
});

test('a duplicate goes to the last encoder of the station, whatever is selected', async () => {
  const hotel = await Hotel.open();
  const clerk = await hotel.clerk();
  await clerk.openKey();
  await clerk.page.locator('#duplicate:disabled').waitFor();
  await clerk.page.locator('#encoder').selectOption({ label: 'Desk 2 (not heard of yet)' }).catch(() => clerk.page.locator('#encoder').selectOption({ index: 1 }));
  assert.equal(await clerk.make(), 'good');
  await clerk.dismiss();
  await clerk.openKey('4711');
  await clerk.page.reload();
  await clerk.page.locator('#original').waitFor();
  assert.match(await clerk.page.locator('#encoder option').first().textContent(), /^Desk 2/); // the last one comes first
  await clerk.page.locator('#encoder').selectOption({ index: 1 });
  assert.equal(await clerk.page.locator('#duplicate').textContent(), 'Duplicate on Desk 2');
  assert.equal(await clerk.make('duplicate'), 'good');
  assert.deepEqual(hotel.effects().map((one) => [one.kind, one.encoder]), [['original', 'Desk 2'], ['duplicate', 'Desk 2']]);
  assert.equal(await clerk.keys('active').count(), 2);
});

test('a second original names the keys that it voids, and takes no for an answer', async () => {
  const hotel = await Hotel.open();
  const clerk = await hotel.clerk();
  await clerk.openKey();
  await clerk.make();
  await clerk.dismiss();
  await clerk.press('original');
  await clerk.job('ask').waitFor();
  assert.match(await clerk.job('ask').locator('li').textContent(), /Original, room 101/);
  await clerk.page.waitForFunction(() => document.activeElement.dataset.act === 'no');
  await clerk.page.keyboard.press('Enter');
  assert.equal(await clerk.end(), 'bad');
  assert.deepEqual(kinds(hotel), ['original']);
  await clerk.dismiss();
  await clerk.press('original');
  await clerk.job('ask').locator('[data-act=yes]').click();
  assert.equal(await clerk.end(), 'good');
  await clerk.keys('voided').waitFor();
  assert.equal(await clerk.keys('active').count(), 1);
  assert.deepEqual(kinds(hotel), ['original', 'original']);
});

test('changed dates are noticed, and the cards made again', async () => {
  const hotel = await Hotel.open();
  const clerk = await hotel.clerk();
  await clerk.openKey();
  await clerk.make();
  await clerk.dismiss();
  await clerk.make('duplicate');
  await clerk.dismiss();
  await clerk.page.goto(`${hotel.url}#/booking/4711`);
  await clerk.page.locator('#departure').fill('2036-06-20T11:00');
  await clerk.page.getByLabel('Garage').check();
  await clerk.press('key');
  await clerk.page.locator('#outdated', { hasText: 'departure, special areas' }).waitFor();
  assert.equal(await clerk.make('reissue'), 'good');
  await clerk.page.locator('#outdated').waitFor({ state: 'detached' });
  assert.deepEqual(hotel.effects().map((one) => [one.kind, one.copies ?? 1]), [['original', 1], ['duplicate', 1], ['original', 2]]);
  assert.equal(await clerk.keys('voided').count(), 2);
});

test('a booking that changed can be made again where it was changed', async () => {
  const hotel = await Hotel.open();
  const clerk = await hotel.clerk();
  await clerk.openKey();
  await clerk.page.locator('#encoder').selectOption({ index: 1 });
  await clerk.make();
  await clerk.dismiss();
  await clerk.page.goto(`${hotel.url}#/booking/4711`);
  await clerk.page.locator('#departure').fill('2036-06-20T11:00');
  await clerk.page.getByRole('button', { name: 'Save' }).click();
  assert.equal(await clerk.make('reissue'), 'good');
  await clerk.page.locator('#outdated').waitFor({ state: 'detached' });
  assert.deepEqual(hotel.effects().map((one) => [one.kind, one.encoder]), [['original', 'Desk 2'], ['original', 'Desk 2']]);
});

test('mobile fields show what the lock system takes', async () => {
  const hotel = await Hotel.open({ systems: ['salto', 'onity', 'saflok-irs'] });
  const clerk = await hotel.clerk();
  await clerk.openKey();
  const shown = async (encoder) => {
    const value = await clerk.page.locator('#encoder option', { hasText: encoder }).first().getAttribute('value');
    await clerk.page.locator('#encoder').selectOption(value);
    return [await clerk.page.locator('#phone').isVisible(), await clerk.page.locator('#email').isVisible(), await clerk.page.locator('#send-mobile').isVisible()];
  };
  assert.deepEqual(await shown('03 · saflok-irs'), [false, false, false]);
  assert.deepEqual(await shown('1 · onity'), [true, true, true]);
  assert.deepEqual(await shown('Desk 1 · salto'), [true, false, true]);
  await clerk.page.locator('#phone').fill('nobody');
  await clerk.press('original');
  await clerk.page.locator('#phone-fault', { hasText: 'country code' }).waitFor();
  assert.deepEqual(hotel.effects(), []);
  await clerk.page.locator('#phone').fill('');
  assert.equal(await clerk.make(), 'good');
  await clerk.dismiss();
  await clerk.page.getByRole('button', { name: 'Use +44 7700 900123' }).click();
  assert.equal(await clerk.make('send-mobile'), 'good');
  await clerk.page.locator('#keys', { hasText: '+447700900123' }).waitFor();
  assert.deepEqual(kinds(hotel), ['original', 'mobile']);
});

test('an original with a contact also sends the mobile key', async () => {
  const hotel = await Hotel.open();
  const clerk = await hotel.clerk();
  await clerk.openKey();
  await clerk.page.locator('#phone').fill('+44 7700 900456');
  await clerk.press('original');
  await clerk.page.locator('.job.good').nth(1).waitFor();
  assert.deepEqual(kinds(hotel), ['original', 'mobile']);
});

test('cancel while the encoder waits', async () => {
  const hotel = await Hotel.open({ systems: ['onity'], hand: 60000 });
  const clerk = await hotel.clerk();
  await clerk.openKey();
  await clerk.press('original');
  await clerk.page.locator('.prompt', { hasText: 'Present card 1 of 1 to 1' }).waitFor();
  await clerk.page.locator('[data-act=cancel]').click();
  assert.equal(await clerk.end(), 'bad');
  assert.match(await clerk.job('bad').textContent(), /No key was made.*[Cc]ancelled/);
  assert.deepEqual(hotel.effects(), []);
});

test('the browser is closed in mid-encoding: the operation goes on and shows again', async () => {
  const hotel = await Hotel.open({ hand: 2000 });
  const clerk = await hotel.clerk();
  await clerk.openKey();
  await clerk.press('original');
  await clerk.page.locator('.prompt', { hasText: 'Present card' }).waitFor();
  await clerk.page.close();
  await clerk.open();
  await clerk.page.locator('.job', { hasText: 'Original key, room 101' }).waitFor();
  assert.equal(await clerk.end(), 'good');
  await clerk.dismiss();
  await clerk.page.reload();
  await clerk.page.locator('#booking-4711').waitFor();
  assert.equal(await clerk.page.locator('.job').count(), 0); // what was closed stays closed
});

test('stations by cookie: each sees its own jobs, and both the list of keys', async () => {
  const hotel = await Hotel.open({ hand: 500 });
  const one = await hotel.clerk();
  const other = await hotel.clerk({ station: 'desk-2' });
  await one.openKey();
  await other.openKey();
  assert.equal(await one.make(), 'good');
  await other.keys('active').waitFor();
  assert.equal(await other.page.locator('.job').count(), 0);
  assert.equal(await other.page.locator('#duplicate').textContent(), 'Duplicate');
});

test('the server is restarted: the page comes back, to the login', async () => {
  const hotel = await Hotel.open();
  const clerk = await hotel.clerk();
  await hotel.closeDesk();
  await clerk.page.locator('#connection', { hasText: 'lost' }).waitFor();
  await hotel.openDesk();
  await clerk.page.locator('#password').waitFor();
});

test('markup in a name stays text', async () => {
  const hotel = await Hotel.open();
  const clerk = await hotel.clerk();
  await clerk.page.locator('#booking-4712', { hasText: '<img src=x' }).waitFor();
  await clerk.openKey('4712');
  await clerk.make();
  assert.equal(await clerk.page.locator('img').count(), 0);
  assert.match(await clerk.page.title(), /^Key for <img/);
  await clerk.calm();
});

test('what is wrong stands at its field, and nothing is sent', async () => {
  const hotel = await Hotel.open();
  const clerk = await hotel.clerk();
  await clerk.openKey();
  for (const [field, value, text] of [['until', '', 'fill this in'], ['until', '2036-06-14T11:00', 'after the arrival'], ['cards', '0', 'too small']]) {
    const place = clerk.page.locator(`#${field}`);
    const before = await place.inputValue();
    await place.fill(value);
    await clerk.press('original');
    await clerk.page.locator(`#${field}-fault`, { hasText: text }).waitFor();
    assert.equal(await place.getAttribute('aria-invalid'), 'true');
    assert.ok(await place.evaluate((element) => element === document.activeElement));
    await place.fill(before);
  }
  await clerk.page.locator('#from').fill('2020-06-14T11:00');
  await clerk.page.locator('#until').fill('2020-06-15T11:00');
  assert.equal(await clerk.make(), 'bad'); // the library's word: it is past
  await clerk.page.locator('#until-fault', { hasText: 'past' }).waitFor();
  await clerk.page.goto(`${hotel.url}#/booking/4711`);
  await clerk.page.locator('#guest').fill('');
  await clerk.page.getByRole('button', { name: 'Save' }).click();
  await clerk.page.locator('#guest-fault', { hasText: 'fill this in' }).waitFor();
  assert.deepEqual(hotel.effects(), []);
});

test('encoders come, are asked who they are, and go', { skip: !canPlug }, async () => {
  const hotel = await Hotel.open({ plugged: ['port ttyS0', 'stripe 1-4.2'] });
  const clerk = await hotel.clerk();
  await clerk.page.locator('#to-encoders').click();
  const row = (name) => clerk.page.locator(`tr[data-device="${name}"]`);
  await row('0801:0003@1-4.2').locator('code', { hasText: 'magstripe+usb:0801:0003@1-4.2' }).waitFor();
  await clerk.page.locator('tr[data-encoder="Desk 1"]').waitFor();
  assert.equal(await row('/dev/ttyS0').locator('button').count(), 0); // nobody knows how to ask it
  await hotel.plugs.obey('reader', '1-2');
  const reader = row('072f:2200@1-2');
  await reader.locator('.state', { hasText: 'plugged in' }).waitFor();
  await reader.locator('button').focus();
  await clerk.page.keyboard.press('Enter');
  await reader.locator('.state', { hasText: 'answers as an encoder' }).waitFor();
  await reader.filter({ hasText: 'ACR122U 1.00' }).waitFor();
  await hotel.plugs.obey('unplug', '1-2');
  await reader.waitFor({ state: 'detached' });
  await hotel.plugs.obey('deny', '1-4.2');
  await hotel.plugs.obey('reader', '1-3');
  await row('072f:2200@1-3').filter({ hasText: '60-libkeycard.rules' }).waitFor();
  await clerk.calm();
});
