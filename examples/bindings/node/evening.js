// SPDX-License-Identifier: LGPL-2.1-or-later
// An evening at the desk, as ../README.md tells it.
import { Context, KeycardError } from 'keycard';

async function written(step, operation) {
  const { key } = await operation.wait();
  console.log(`${step}: ${operation.outcome}, ${key.kind} ${key.rooms.join(' ')} until ${key.until}, ` +
    `${key.encoder || key.phone}`);
}

async function failed(step, operation) {
  try {
    await operation.wait();
  } catch (error) {
    if (!(error instanceof KeycardError)) throw error;
    console.log(`${step}: ${error.code}, ${error.cardState}, field '${error.field}', vendor '${error.vendorCode}', ` +
      `advice '${error.adviceText}'`);
  }
}

async function follow(step, operation, onPrompt = () => {}) {
  for await (const event of operation.events()) {
    if (event.type !== 'prompt') continue;
    console.log(`${step}: ${event.text}`);
    onPrompt(event);
  }
}

const { KEYCARD_LEDGER, KEYCARD_SALTO, KEYCARD_LENS } = process.env;
const context = new Context({ ledger: KEYCARD_LEDGER });
const site = context.site('Grand Hotel', { timeZone: 'Europe/Sofia' });
site.system('salto', KEYCARD_SALTO, { encoders: ['Desk 1', 'Desk 2'], options: { mobile: 'on' } });
site.system('lens', KEYCARD_LENS, { encoders: ['7'] });
site.system('kiosk', 'virtual:?encoders=Kiosk&hand=600000');
for (const encoder of (await site.discover().wait()).encoders) {
  console.log(`encoder: ${encoder.name} of ${encoder.system.name}`);
}

const request = site.request({
  booking: '4711', rooms: ['101'], guest: 'Élodie Müller-Жукова', valid: { until: '2036-06-18' },
  station: 'desk-1', encoder: 'Desk 1', operator: 'Reception',
});
const original = request.issueOriginal();
await follow('original', original);
await written('original', original);
await written('duplicate', request.set({ encoder: 'Desk 2' }).issueDuplicate());
const reissued = request.set({ encoder: 'Desk 1', valid: { until: '2036-06-20T14:00' } }).reissue();
await written('re-issue', reissued);
console.log(`re-issue: ${reissued.voidedKeys.length} keys void`);

const faulty = request.issueDuplicate();
await failed('fault', faulty);
await written('retry', faulty.retry());
await written('mobile', request.set({ phone: '+44 7700 900123' }).sendMobile());
await failed('e-mail', request.set({ phone: null, email: 'guest@example.com' }).sendMobile());

const tower = site.request({
  booking: '4712', rooms: ['201'], valid: { from: '2036-06-15', until: '2036-06-16' }, station: 'desk-2', encoder: '7',
});
await written('tower', tower.issueOriginal());
const kiosk = site.request({
  booking: '4713', rooms: ['301'], valid: { until: '2036-06-16' }, station: 'kiosk', encoder: 'Kiosk',
});
const waiting = kiosk.issueOriginal();
await follow('cancel', waiting, () => waiting.cancel());
await failed('cancel', waiting);

for (const key of (await site.listKeys().wait()).keys) {
  console.log(`key: ${key.booking} ${key.kind} ${key.state} ${key.encoder || key.phone}`);
}
context.close();
