// SPDX-License-Identifier: LGPL-2.1-or-later
// A front desk on simulators in a folder of its own, and clerks with a real browser before it.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import assert from 'node:assert/strict';
import { after, afterEach } from 'node:test';
import { chromium } from 'playwright-core';

const { FRONTDESK, KEYCARD_SIM, CHROMIUM, PLUGGED_IN, PLUGGED_IN_SHIM } = process.env;
const PASSWORD = 'correct horse';
const hash = spawnSync(FRONTDESK, ['--hash-password'], { input: `${PASSWORD}\n` }).stdout.toString().trim();
const booking = (id, guest, room, more = {}) => ({ id, guest, room, arrival: '2036-06-15T15:00', departure: '2036-06-18T11:00',
  phone: '+44 7700 900123', email: 'guest@example.com', areas: [], cards: 1, ...more });

const SYSTEMS = {
  salto: { scheme: 'salto+tcp', encoders: ['Desk 1', 'Desk 2'], lines: ['mobile = on', 'area.spa = 1', 'area.garage = 2'] },
  onity: { scheme: 'onity+tcp', encoders: ['1'], lines: ['mobile-encoder = 99', 'area.spa = 1', 'area.garage = 2'] },
  'saflok-irs': { scheme: 'saflok+tcp', encoders: ['03'], lines: ['password = 1234', 'area.spa = 1', 'area.garage = 2'] },
};

let browser = null;
const endings = [];

afterEach(async () => { while (endings.length) await endings.pop()(); });
after(async () => { await browser?.close(); });

function start(program, words, pattern, cwd, environment = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { cwd, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TZ: 'Pacific/Kiritimati', ...environment } });
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`${program} ended with ${code}`)));
    createInterface({ input: child.stdout }).once('line', (line) => {
      assert.match(line, pattern);
      resolve([child, line]);
    });
  });
}

const ended = (child) => new Promise((resolve) => (child.exitCode === null && child.signalCode === null ? child.once('exit', resolve) : resolve()));

export const canPlug = existsSync(PLUGGED_IN ?? '');

// Emulated devices instead of those of this computer: tests/device/plugged_in.c.
class Plugs {
  static async open(folder) {
    const plugs = new Plugs();
    const denied = join(folder, 'denied');
    plugs.child = spawn(PLUGGED_IN, [denied], { stdio: ['pipe', 'pipe', 'inherit'] });
    plugs.lines = createInterface({ input: plugs.child.stdout })[Symbol.asyncIterator]();
    const root = (await plugs.lines.next()).value;
    plugs.environment = { UMOCKDEV_DIR: root, KEYCARD_DENIED: denied, LD_PRELOAD: `${PLUGGED_IN_SHIM} libumockdev-preload.so.0` };
    return plugs;
  }

  async obey(...words) {
    this.child.stdin.write(`${words.join(' ')}\n`);
    assert.equal((await this.lines.next()).value, 'ok');
  }

  async close() {
    this.child.stdin.end();
    await ended(this.child);
  }
}

export class Hotel {
  // Options: systems, hand (milliseconds), faults, lines (of the systems), bookings, plugged (what is plugged in).
  static async open({ systems = ['salto'], hand = 0, faults = [], lines = [], bookings, plugged } = {}) {
    const hotel = new Hotel();
    hotel.folder = mkdtempSync(join(tmpdir(), 'frontdesk-'));
    hotel.journal = join(hotel.folder, 'journal');
    endings.push(() => hotel.close());
    hotel.children = [];
    if (plugged) hotel.plugs = await Plugs.open(hotel.folder);
    for (const words of plugged ?? []) await hotel.plugs.obey(...words.split(' '));
    const sections = [];
    for (const name of systems) {
      const { scheme, encoders, lines: own } = SYSTEMS[name];
      const words = [name, '--listen', '127.0.0.1:0', '--hand-ms', String(hand), '--journal', hotel.journal,
        ...encoders.flatMap((encoder) => ['--encoder', encoder]), ...faults.flatMap((fault) => ['--fault', fault])];
      const [child, line] = await start(KEYCARD_SIM, words, /^keycard-sim: /, hotel.folder);
      hotel.children.push(child);
      sections.push(`[system ${name}]`, `uri = ${scheme}://${line.split(' ').pop()}`, ...encoders.map((one) => `encoder = ${one}`), ...own, ...lines);
    }
    writeFileSync(join(hotel.folder, 'bookings.json'), JSON.stringify(bookings ?? [booking('4711', 'Guest A', '101'),
      booking('4712', '<img src=x onerror="document.title=1">', '102'), booking('4713', 'Guest C', '')]));
    writeFileSync(join(hotel.folder, 'frontdesk.conf'), ['[frontdesk]', 'listen = 127.0.0.1:0', 'site = Grand Hotel',
      'time-zone = Europe/Sofia', 'ledger = sqlite:ledger.db', 'bookings = bookings.json', 'station = desk-1', 'station = desk-2',
      'area = spa Spa', 'area = garage Garage', '[user reception]', `password = ${hash}`, '[policy]', 'start = drop', ...sections, ''].join('\n'));
    await hotel.openDesk();
    return hotel;
  }

  async openDesk() {
    const words = ['--config', 'frontdesk.conf', ...(this.address ? ['--listen', this.address] : [])];
    const [child, line] = await start(FRONTDESK, words, /^frontdesk: http/, this.folder, this.plugs?.environment);
    this.desk = child;
    this.children.push(child);
    this.url = line.slice('frontdesk: '.length);
    this.address = new URL(this.url).host;
  }

  async closeDesk() {
    this.desk.removeAllListeners('exit');
    this.desk.kill('SIGTERM');
    await ended(this.desk);
  }

  async close() {
    for (const child of this.children) {
      child.removeAllListeners('exit');
      child.kill('SIGTERM');
      await ended(child);
    }
    await this.plugs?.close();
    rmSync(this.folder, { recursive: true });
  }

  effects() {
    const lines = existsSync(this.journal) ? readFileSync(this.journal, 'utf8').split('\n').filter(Boolean) : [];
    return lines.map((line) => JSON.parse(line)).filter((line) => line.event === 'effect');
  }

  // A clerk at a station, logged in, at the arrivals.
  async clerk({ station = 'desk-1', ...options } = {}) {
    const clerk = await Clerk.enter(this, options);
    const ask = clerk.context.request; // the pages for this have tests of their own
    await ask.post(`${this.url}api/login`, { data: { user: 'reception', password: PASSWORD } });
    const { proof } = await (await ask.get(`${this.url}api/session`)).json();
    await ask.post(`${this.url}api/station`, { data: { station }, headers: { 'X-CSRF-Token': proof } });
    await clerk.open();
    await clerk.page.locator('#booking-4711').waitFor();
    return clerk;
  }
}

export class Clerk {
  static async arrive(hotel, options) {
    const clerk = await Clerk.enter(hotel, options);
    await clerk.open();
    return clerk;
  }

  static async enter(hotel, options = {}) {
    browser ??= await chromium.launch({ executablePath: CHROMIUM, args: process.getuid() === 0 ? ['--no-sandbox'] : [] });
    const clerk = new Clerk();
    clerk.hotel = hotel;
    clerk.context = await browser.newContext({ viewport: { width: 1000, height: 800 }, locale: 'en-GB', ...options });
    endings.push(() => clerk.context.close());
    clerk.troubles = [];
    return clerk;
  }

  async open() {
    this.page = await this.context.newPage();
    this.page.setDefaultTimeout(30000);
    this.page.on('pageerror', (error) => this.troubles.push(error.message));
    this.page.on('console', (message) => {
      if (message.type() === 'error' && /Content Security Policy|TrustedHTML|Uncaught/.test(message.text())) this.troubles.push(message.text());
    });
    await this.page.goto(this.hotel.url);
  }

  async logIn(password = PASSWORD) {
    await this.page.locator('#user').fill('reception');
    await this.page.locator('#password').fill(password);
    await this.page.locator('[type=submit]').click();
  }

  async openKey(id = '4711') {
    await this.page.goto(`${this.hotel.url}#/booking/${id}/key`);
    await this.page.locator('#original').waitFor();
  }

  job(look) {
    return this.page.locator(`.job.${look}`);
  }

  async press(id) {
    await this.page.locator(`#${id}`).click();
  }

  // Presses a button of the key window and waits for its end: 'good', 'bad' or 'unknown'.
  async make(id = 'original') {
    await this.press(id);
    return this.end();
  }

  async end() {
    const card = this.page.locator('.job.good, .job.bad, .job.unknown').first();
    await card.waitFor();
    return (await card.getAttribute('class')).split(' ')[1];
  }

  async dismiss() {
    const count = await this.page.locator('.job').count();
    await this.page.locator('[data-act=dismiss]').first().click();
    await this.page.waitForFunction((before) => document.querySelectorAll('.job').length < before, count);
  }

  keys(state) {
    return this.page.locator(state ? `#keys tr[data-state="${state}"]` : '#keys tbody tr');
  }

  async calm() {
    assert.deepEqual(this.troubles, []);
  }
}
