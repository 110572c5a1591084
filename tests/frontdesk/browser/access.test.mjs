// SPDX-License-Identifier: LGPL-2.1-or-later
// Usable by everybody: axe-core on every page and state, the keyboard alone, a tablet, four languages. The pictures of the
// documentation are taken on the way.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { canPlug, Clerk, Hotel } from './rig.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const pictures = process.env.FRONTDESK_PICTURES;

async function check(clerk, what) {
  // The policy of the page forbids foreign scripts; this way of adding one goes past it, as a debugger does.
  if (!(await clerk.page.evaluate(() => 'axe' in window))) await clerk.page.evaluate(await readAxe());
  const { violations } = await clerk.page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  assert.deepEqual(violations.map((one) => `${what}: ${one.id}: ${one.nodes.map((node) => node.target).join(' ')}`), []);
}

async function readAxe() {
  const { readFile } = await import('node:fs/promises');
  return readFile(axe, 'utf8');
}

async function picture(clerk, name) {
  const wanted = !/-(dark|tablet)$/.test(name) || ['arrivals-tablet', 'prompt-tablet', 'question-dark'].includes(name);
  if (pictures && wanted) await clerk.page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

async function tour(clerk, hotel, suffix) {
  await check(clerk, 'arrivals');
  await picture(clerk, `arrivals${suffix}`);
  await clerk.page.locator('#booking-4713 button').click();
  await clerk.page.locator('dialog').waitFor();
  await check(clerk, 'room');
  await picture(clerk, `room${suffix}`);
  await clerk.page.keyboard.press('Escape');
  await clerk.page.goto(`${hotel.url}#/booking/4711`);
  await clerk.page.locator('#departure').waitFor();
  await check(clerk, 'booking');
  await picture(clerk, `booking${suffix}`);
  await clerk.openKey();
  await clerk.press('original');
  await clerk.page.locator('.prompt', { hasText: /1.*1/ }).waitFor();
  await check(clerk, 'prompt');
  await picture(clerk, `prompt${suffix}`);
  assert.equal(await clerk.end(), 'good');
  await clerk.keys('active').waitFor();
  await check(clerk, 'made');
  await picture(clerk, `made${suffix}`);
  await clerk.dismiss();
  await clerk.press('original');
  await clerk.job('ask').waitFor();
  await check(clerk, 'question');
  await picture(clerk, `question${suffix}`);
  await clerk.job('ask').locator('[data-act=no]').click();
  await clerk.job('bad').waitFor();
  await check(clerk, 'declined');
  await clerk.dismiss();
  await clerk.page.locator('#until').fill('');
  await clerk.press('original');
  await clerk.page.locator('#until-fault').filter({ hasText: /./ }).waitFor();
  await check(clerk, 'fault');
  await picture(clerk, `fault${suffix}`);
  await clerk.page.goto(`${hotel.url}#/booking/4711`);
  await clerk.page.locator('#departure').fill('2036-06-20T11:00');
  await clerk.press('key');
  await clerk.page.locator('#outdated').waitFor();
  await check(clerk, 'outdated');
  await picture(clerk, `outdated${suffix}`);
  await clerk.press('reissue');
  await clerk.job('unknown').waitFor();
  await check(clerk, 'unknown');
  await picture(clerk, `unknown${suffix}`);
  await clerk.page.goto(`${hotel.url}#/unresolved`);
  await clerk.page.locator('main [data-act=opens]').waitFor();
  await check(clerk, 'unresolved');
  await picture(clerk, `unresolved${suffix}`);
  await clerk.page.goto(`${hotel.url}#/encoders`);
  await clerk.page.locator(canPlug ? 'tr[data-device]' : 'tr[data-encoder]').first().waitFor();
  await check(clerk, 'encoders');
  await picture(clerk, `encoders${suffix}`);
  await clerk.calm();
}

const looks = {
  '': {},
  '-tablet': { viewport: { width: 600, height: 960 }, hasTouch: true },
  '-dark': { colorScheme: 'dark' },
};
for (const [suffix, options] of Object.entries(looks)) {
  test(`no finding of axe-core${suffix || '-desktop'}`, async () => {
    const hotel = await Hotel.open({ hand: 1500, faults: ['drop-after-ack@2'],
      plugged: canPlug ? ['stripe 1-4.2', 'reader 1-2'] : undefined });
    const stranger = await Clerk.arrive(hotel, options);
    await stranger.page.locator('#user').waitFor();
    await check(stranger, 'login');
    await picture(stranger, `login${suffix}`);
    await stranger.logIn();
    await stranger.page.locator('dialog').waitFor();
    await check(stranger, 'station');
    await tour(await hotel.clerk(options), hotel, suffix);
  });
}

test('the keyboard alone makes a key', async () => {
  const hotel = await Hotel.open({ hand: 800 });
  const clerk = await Clerk.arrive(hotel);
  const keys = clerk.page.keyboard;
  await clerk.page.locator('#user').waitFor();
  const here = () => clerk.page.evaluate(() => document.activeElement.textContent || document.activeElement.id);
  async function tabTo(pattern) {
    for (let i = 0; i < 60; i += 1) {
      if (pattern.test(await here())) return;
      await keys.press('Tab');
    }
    assert.fail(`the keyboard does not reach ${pattern}`);
  }
  await keys.type('reception');
  await keys.press('Tab');
  await keys.type('correct horse');
  await keys.press('Enter');
  await clerk.page.locator('dialog').waitFor();
  await tabTo(/^Choose$/);
  await keys.press('Enter');
  await clerk.page.locator('#choose-station', { hasText: 'desk-1' }).waitFor();
  await clerk.page.waitForFunction(() => document.activeElement.tagName === 'H1');
  await tabTo(/^Key$/);
  await keys.press('Enter');
  await clerk.page.locator('#original').waitFor();
  await clerk.page.waitForFunction(() => document.activeElement.tagName === 'H1');
  await tabTo(/^Issue original key$/);
  await keys.press('Enter');
  await clerk.page.waitForFunction(() => document.activeElement.closest('.job')); // the focus goes where it happens
  assert.equal(await clerk.end(), 'good');
  await tabTo(/^Close this message$/);
  await keys.press('Enter');
  await tabTo(/^Duplicate on Desk 1$/);
  await keys.press('Enter');
  assert.equal(await clerk.end(), 'good');
  assert.deepEqual(hotel.effects().map((one) => one.kind), ['original', 'duplicate']);
});

for (const [language, title, prompt] of [['de', 'Anreisen', 'Karte 1 von 1 an Desk 1 halten'], ['es', 'Llegadas', 'Presente la tarjeta 1 de 1 en Desk 1'],
  ['bg', 'Пристигащи', 'Поставете карта 1 от 1 на Desk 1'], ['en', 'Arrivals', 'Present card 1 of 1 to Desk 1']]) {
  test(`the whole way in ${language}`, async () => {
    const hotel = await Hotel.open({ hand: 800, faults: ['error:EP@2'], plugged: canPlug ? ['reader 1-2'] : undefined });
    const clerk = await hotel.clerk({ locale: language });
    assert.equal(await clerk.page.locator('h1').textContent(), title);
    assert.equal(await clerk.page.locator('html').getAttribute('lang'), language);
    await clerk.openKey();
    await clerk.press('original');
    await clerk.page.locator('.prompt', { hasText: prompt }).waitFor();
    await clerk.end();
    await clerk.keys('active').waitFor();
    await picture(clerk, `key-${language}`);
    await clerk.dismiss();
    assert.equal(await clerk.make('duplicate'), 'bad');
    const text = await clerk.page.locator('body').innerText();
    await clerk.page.goto(`${hotel.url}#/encoders`);
    await clerk.page.locator(`main tr[data-${canPlug ? 'device' : 'encoder'}]`).first().waitFor();
    assert.doesNotMatch(text + await clerk.page.locator('body').innerText(),
      /\b(status|advice|fault|kind|keystate|verb|opstate|prompt|error|devices?|encoder)\.[a-z]|\{\w+\}|undefined/);
    await clerk.calm();
  });
}
