// SPDX-License-Identifier: LGPL-2.1-or-later
// What the evening does not show: several operations at once, refusals, closed handles, the end of the process.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';

import * as keycard from 'keycard';
import { codes, Context, Driver, hasDriver, KeycardError, OpenKey, statusName, version } from 'keycard';

const FOREVER = 600000; // milliseconds until the virtual hand presents a card
const PLUGGED = process.env.KEYCARD_PLUGGED; // the name of the one device that is plugged in
const siteKey = Buffer.from([...Array(32).keys()]); // with which the vectors of doc/open-key.md are made

function desk(t, { hand = 20, encoders = ['Desk 1', 'Desk 2'], ...options } = {}) {
  const context = new Context();
  t.after(() => context.close());
  const site = context.site('Test Hotel', { timeZone: 'Europe/Sofia' });
  const system = site.system('lock', 'virtual:', {
    options: { hand: String(hand), encoders: encoders.join(';'), ...options },
  });
  const request = (values = {}) => site.request({
    booking: '4711', rooms: ['101'], valid: { until: '2097-06-18' }, station: 'desk-1', encoder: 'Desk 1', ...values,
  });
  return { context, site, system, request };
}

test('version, drivers and names', () => {
  assert.match(version(), /^\d+\.\d+\.\d+$/);
  assert.equal(hasDriver('virtual'), true);
  assert.equal(hasDriver('no such driver'), false);
  assert.ok(Driver.all().some((driver) => driver.name === 'virtual'));
  assert.equal(Driver.find('no such driver'), null);
  for (const [name, value] of Object.entries(codes.status.values)) assert.equal(statusName(value), name);
  assert.equal(codes.kind.name(99), '99');
  assert.throws(() => codes.kind.value('no such kind'), TypeError);
});

test('capabilities and limits', (t) => {
  const { system } = desk(t, { mobile: 'off', rooms: '4' });
  assert.equal(system.has('mobile'), false);
  assert.equal(system.driver.has('mobile'), true);
  assert.equal(Number(system.limit('rooms')), 4);
  assert.equal(system.option('hand'), '20');
});

test('refused values name their field', (t) => {
  const { request, site } = desk(t);
  assert.throws(() => request().set({ valid: { until: '2026-02-29' } }), (error) => {
    assert.ok(error instanceof KeycardError);
    assert.deepEqual([error.code, error.field, error.operation], ['invalid-argument', 'until', null]);
    assert.match(error.message, /2026-02-29/);
    return true;
  });
  assert.throws(() => request({ bed: '2' }), TypeError);
  assert.throws(() => site.system('other', 'no-such-scheme://host'), { code: 'not-found' });
  assert.throws(() => new Context({ ledger: 'sqlite:/no/such/folder/keys.db' }), { advice: 'check-ledger' });
});

test('values that the library would not see whole', (t) => {
  const { request } = desk(t);
  const wrong = [{ guest: 'A\0B' }, { rooms: ['1\0'] }, { guest: '\ud800' }, { guest: 4711 }, { copies: 'one' },
    { rooms: '12' }, { areas: 'spa' }, { deniedAreas: 'spa' }, { texts: 'line' }];
  for (const values of wrong) assert.throws(() => request(values), TypeError);
  for (const copies of [2 ** 32 + 1, 1.5, NaN]) assert.throws(() => request({ copies }), RangeError);
  assert.equal(request({ guest: '😀' }).pointer !== null, true);
});

test('several at once', async (t) => {
  const numbers = Array.from({ length: 8 }, (_, n) => n);
  const { request } = desk(t, { encoders: numbers.map((n) => `Desk ${n}`) });
  const made = await Promise.all(numbers.map((n) => request({
    booking: `b${n}`, rooms: [`${n}`], encoder: `Desk ${n}`, station: `s${n}`,
  }).issueOriginal().wait()));
  assert.deepEqual(made.map((operation) => operation.key.rooms[0]), numbers.map(String));
});

test('two contexts, and events of one', async (t) => {
  const first = desk(t);
  const second = desk(t);
  const operation = first.request().issueOriginal();
  const other = second.site.discover();
  for await (const event of first.context.events()) {
    if (event.type !== 'done') continue;
    assert.equal(event.operation, operation);
    assert.equal(event.state, 'done');
    assert.equal(event.prompt, null);
    break;
  }
  assert.equal((await other.wait()).encoders.length, 2);
});

test('cancelled while it waits for a card', async (t) => {
  const { request } = desk(t, { hand: FOREVER });
  const operation = request().issueOriginal();
  const seen = [];
  for await (const event of operation.events()) {
    seen.push(event.type);
    if (event.type === 'prompt') operation.cancel();
  }
  assert.equal(seen.at(-1), 'done');
  assert.equal(seen.filter((type) => type === 'done').length, 1);
  await assert.rejects(operation.wait(), { code: 'cancelled', cardState: 'not-written', operation });
});

test('a question is answered', async (t) => {
  const { context } = desk(t);
  const site = context.site('Strict Hotel', { policies: { 'second-original': 'confirm' } });
  site.system('lock', 'virtual:?encoders=E');
  const request = site.request({
    booking: '1', rooms: ['7'], valid: { until: '2097-06-18' }, station: 's', encoder: 'E',
  });
  await request.issueOriginal().wait();
  const second = request.issueOriginal();
  for await (const event of second.events()) {
    if (event.prompt !== 'confirm') continue;
    assert.equal(second.voidedKeys.length, 1);
    second.answer(false);
  }
  assert.equal(second.status, 'declined');
});

test('operations and keys from the ledger', async (t) => {
  const { request, site } = desk(t, { charset: 'ascii' });
  const made = await request({ guest: 'Жукова', areas: ['12'], copies: 2 }).issueOriginal().wait();
  assert.deepEqual(made.warnings.map(({ field, before }) => [field, before]), [['guest', 'Жукова']]);
  const found = await site.findOperation(made.id).wait();
  assert.deepEqual([found.verb, found.room, found.station], ['issue-original', '101', 'desk-1']);
  const { key } = await site.listKeys({ filter: 'room', value: '101' }).wait();
  assert.deepEqual([key.guest, key.areas, key.copies, key.isExpired], ['Жукова', ['12'], 2, false]);
  const { operations } = await site.listOperations({ limit: 5 }).wait();
  assert.deepEqual(operations.map(({ id }) => id), [made.id]);
  await site.forgetGuest('4711').wait();
  assert.equal((await site.listKeys().wait()).key.guest, '');
});

test('the image of a key', async (t) => {
  const { request } = desk(t, { 'key-image': 'on' });
  const { key } = await request({ phone: '+44 7700 900123', returnImage: true }).sendMobile().wait();
  assert.ok(Buffer.isBuffer(key.image));
  assert.ok(key.image.length > 0);
});

test('a device that is plugged in', { skip: !PLUGGED }, async (t) => {
  const { context, site } = desk(t);
  const events = context.events();
  context.watchDevices('identify');
  const seen = [];
  for await (const event of events) {
    if (seen.push(event) === 3) break; // what it is cannot be asked: it is no whole serial port
  }
  assert.deepEqual(seen.map(({ type, state }) => [type, state]), [
    ['device', 'present'], ['device', 'asking'], ['device', 'refused'],
  ]);
  const { device, operation } = seen[2];
  assert.equal(operation, null);
  assert.deepEqual([device.name, device.place, device.transport], [PLUGGED, '/dev/ttyUSB0', 'serial']);
  assert.deepEqual([device.vendorId, device.productId], [0x067b, 0x2303]);
  assert.deepEqual([device.label, device.manufacturer, device.product, device.serialNumber],
    ['Bridge (/dev/ttyUSB0)', 'Maker', 'Bridge', 'K42']);
  assert.deepEqual([device.model, device.firmware, device.system, device.state], ['', '', null, 'refused']);
  assert.equal(device.error.code, 'unreachable');
  assert.ok(device.error.message.includes(PLUGGED));
  assert.deepEqual(device.drivers.map(({ name }) => name), ['magstripe']);
  assert.equal(device.uri(), `magstripe+serial:${PLUGGED}`);
  assert.equal(device.uri(Driver.find('virtual')), '');
  assert.throws(() => device.identify({ driver: 'nobody' }), { code: 'not-found', message: /"nobody"/ });
  const found = await site.discover().wait();
  assert.deepEqual(found.devices.map(({ name }) => name), [PLUGGED]);
  assert.deepEqual(context.devices.map(({ name }) => name), [PLUGGED]);
  assert.deepEqual(found.encoders.map(({ name }) => name), ['Desk 1', 'Desk 2']);
  site.system('stripes', device.uri());
  assert.equal(device.system.name, 'stripes');
  context.close();
  assert.equal(device.name, PLUGGED);
});

test('devices are listed', async (t) => {
  const { context, site } = desk(t);
  const { devices } = await site.discover().wait();
  assert.deepEqual(context.devices.map(({ name }) => name), devices.map(({ name }) => name));
  context.watchDevices();
  context.watchDevices('off');
  assert.throws(() => context.watchDevices('always'), TypeError);
});

test('open keys', () => {
  const track = '1203673600226596002760010100165894130';
  const stripe = OpenKey.checkStripe({ siteNumber: 7, siteKey, track });
  assert.deepEqual([stripe.kind, stripe.sequence, stripe.from, stripe.until, stripe.rooms, stripe.issue],
    ['original', 1781510400, 1781524800, 1781773200, ['101'], '']);
  const otherKey = Buffer.from(siteKey).reverse();
  assert.throws(() => OpenKey.checkStripe({ siteNumber: 7, siteKey: otherKey, track }), { code: 'not-authentic' });
  if (!hasDriver('contactless')) return; // the library was built without such cards
  const message = Buffer.from('d40c3a6b6579636172643a6f70656e825826890102071a0c23d0005001975f6f000070008000'
    + '000000000001001a0033dd1c8163313031115088554bd72618abfec4fa79a72aa66ce9', 'hex');
  const card = OpenKey.checkCard({ siteNumber: 7, siteKey, uid: Buffer.from('04a1b2c3d4e581', 'hex'), message });
  assert.deepEqual([card.kind, card.rooms, card.issue], ['duplicate', ['101'], '01975f6f-0000-7000-8000-000000000001']);
  const areas = Array.from({ length: 64 }, (_, index) => index + 1).filter((area) => card.hasArea(area));
  assert.deepEqual(areas, [1, 5]);
  const uid = Buffer.from('04a1b2c3d4e582', 'hex'); // a copy on another card
  assert.throws(() => OpenKey.checkCard({ siteNumber: 7, siteKey, uid, message }), { code: 'not-authentic' });
});

test('settings of context, site and driver', (t) => {
  const { context, site, system } = desk(t);
  assert.throws(() => new Context({ ledgerKey: Buffer.alloc(31) }), { code: 'invalid-argument' });
  assert.throws(() => context.watchLedger(), { code: 'not-offered' });
  assert.throws(() => system.adoptFd(-1), { code: 'invalid-argument' });
  assert.throws(() => context.setConnectionRate(-1), { code: 'invalid-argument' });
  context.setConnectionRate(0);
  assert.deepEqual([site.policy('text'), site.policy('no such policy')], ['adapt', '']);
  const virtual = Driver.find('virtual');
  assert.deepEqual(virtual.schemes, ['virtual']);
  assert.equal(virtual.options.find(({ name }) => name === 'hand').default, '0');
});

test('a ledger is copied', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'keycard-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const open = () => {
    const context = new Context({ ledger: `sqlite:${folder}/keys.db`, ledgerKey: siteKey });
    t.after(() => context.close());
    const site = context.site('Test Hotel');
    site.system('lock', 'virtual:?encoders=E');
    return { context, site };
  };
  const { context, site } = open();
  const events = context.events();
  context.watchLedger(10);
  const made = await open().site.request({
    booking: '1', rooms: ['7'], valid: { until: '2097-06-18' }, station: 's', encoder: 'E',
  }).issueOriginal().wait();
  for await (const { type, entry, operation } of events) {
    if (type !== 'ledger') continue;
    assert.ok(entry > 0);
    assert.equal(operation.id, made.id);
    break;
  }
  assert.equal((await site.forgetDeparted(1).wait()).forgottenCount, 0);
  const backup = await site.backupLedger(`${folder}/backup.db`).wait();
  const copied = await site.copyLedger(`sqlite:${folder}/copy.db`).wait();
  assert.deepEqual([copied.entryCount, copied.ledgerDigest], [backup.entryCount, backup.ledgerDigest]);
  const wrong = { ledger: `sqlite:${folder}/copy.db`, ledgerKey: Buffer.alloc(32) };
  assert.throws(() => new Context(wrong), { code: 'ledger-key' });
});

test('what was closed does not crash', async (t) => {
  const { context, request, site } = desk(t, { hand: FOREVER });
  const operation = request().issueOriginal();
  const end = operation.wait();
  operation.close();
  await assert.rejects(end, /closed/);
  await assert.rejects(operation.wait(), /closed/);
  assert.equal(operation.id, '');
  const another = request({ booking: '2', rooms: ['102'], encoder: 'Desk 2' }).issueOriginal();
  const closed = another.wait();
  site.close();
  assert.throws(() => site.discover(), { code: 'invalid-argument' });
  context.close();
  context.close();
  await assert.rejects(closed, /closed/);
  assert.throws(() => context.site('Another'), { code: 'invalid-argument' });
});

// Members that are for the other modules of the package.
const inside = ['constructor', 'pointer', 'list', 'series', 'operation', 'forget', 'take', 'abandon', 'start', 'borrowed'];

/** The members of a class as users see them: fields of an object, or what its prototype and the class have. */
function membersOf(one) {
  if (one === keycard.Event) return Object.keys(one.take(null, { operation: () => null }));
  if (one === KeycardError) {
    return Object.getOwnPropertyNames(new KeycardError(-1)).filter((name) => !['stack', 'message', 'name'].includes(name));
  }
  const statics = Object.getOwnPropertyNames(one).filter((name) => typeof one[name] === 'function');
  const names = Object.getOwnPropertyNames(one.prototype).concat(statics);
  return names.filter((name) => !inside.includes(name));
}

/** Those that TypeScript is told of. */
function declaredIn(text, one) {
  const [, body] = text.match(new RegExp(`^export (?:abstract )?class ${one.name} [^{]*\\{\\n(.*?)^\\}`, 'ms'));
  return [...body.matchAll(/^ {2}(?:static |readonly |get |private )*(\w+)[(:]/gm)].map(([, name]) => name)
    .filter((name) => name !== 'constructor');
}

test('the declarations for TypeScript have every member', () => {
  const text = ['index', 'getters', 'codes'].map((name) => (
    readFileSync(new URL(`keycard/${name}.d.ts`, import.meta.url), 'utf8'))).join('');
  for (const [name, value] of Object.entries(keycard)) {
    if (!value.prototype) assert.match(text, new RegExp(`^export (const|\\* as) ${name}\\b`, 'm'));
    for (let one = value; one.prototype && one.name !== 'Handle' && one !== Error; one = Object.getPrototypeOf(one)) {
      if (one === Function.prototype) break;
      const closes = one !== keycard.Event && one !== KeycardError ? ['close'] : []; // declared once, of all handles
      const real = membersOf(one).filter((member) => !closes.includes(member));
      assert.deepEqual([...real].sort(), declaredIn(text, one).sort(), one.name);
    }
  }
  for (const [name, { values }] of Object.entries(codes)) {
    assert.match(text, new RegExp(`^export const ${name}: Codes<`, 'm'));
    for (const code of Object.keys(values)) assert.ok(text.includes(`  | '${code}'`));
  }
});

function run(program) {
  const start = `
    import { Context } from 'keycard';
    const site = new Context().site('Test Hotel');
    site.system('lock', 'virtual:?hand=50&encoders=E');
    const request = site.request({
      booking: '1', rooms: ['7'], valid: { until: '2097-06-18' }, station: 's', encoder: 'E',
    });`;
  const done = spawnSync(process.execPath, ['--input-type=module', '-e', start + program], {
    cwd: import.meta.dirname ?? '.', encoding: 'utf8',
  });
  return [done.status, done.stdout, done.stderr];
}

test('the process ends when nothing runs, and not before', () => {
  const program = 'request.issueOriginal().wait().then(({ key }) => console.log(key.kind));';
  assert.deepEqual(run(program), [0, 'original\n', '']);
});

test('the process may end in the middle', () => {
  assert.deepEqual(run('request.issueOriginal(); process.exit(3);'), [3, '', '']);
  assert.deepEqual(run('process.exitCode = 5; new Context(); new Context().wakeup();'), [5, '', '']);
  assert.deepEqual(run('for await (const event of request.issueOriginal().events()) process.exit(4);'), [4, '', '']);
});
