// SPDX-License-Identifier: LGPL-2.1-or-later
// All encoders as one list: those of the lock systems, and what is plugged into the server's computer.
import { changes, devices, systems } from './live.js';
import { button, el, table } from './page.js';
import { get, post } from './server.js';
import { moment, t } from './texts.js';

function stateCell(kind, state, look = state) {
  return el('span', { class: `state ${look}` }, t(`${kind}.${state}`));
}

// What it says of itself, and why it cannot be used, in the library's words.
function whatCell(device) {
  const model = [device.model, device.firmware].filter(Boolean).join(' ');
  return el('div', {}, [model, device.label].filter(Boolean).join(', '),
    device.error ? el('p', { class: 'hint', lang: 'en' }, device.error.message) : null);
}

const looks = { encoder: 'online', 'in-use': 'online', asking: 'busy', refused: 'offline', 'no-encoder': 'offline' };

function deviceRow(device, identify) {
  const encoder = systems.find((one) => one.name === device.system)?.encoders[0];
  const asked = device.drivers.length > 0 && !['asking', 'in-use'].includes(device.state) &&
    button(t('device.identify'), () => identify(device.name), { 'aria-label': `${t('device.identify')}: ${device.name}` });
  return { 'data-device': device.name, 'data-state': device.state, cells: [device.name, whatCell(device),
    encoder && device.state === 'in-use' ? stateCell('encoder', encoder.state) : stateCell('device', device.state, looks[device.state]),
    moment(device.since), device.system ?? '',
    el('div', {}, device.drivers.map(({ uri }) => el('code', {}, uri))), asked || ''] };
}

const encoderRow = (system, encoder) => ({ 'data-encoder': encoder.name, cells: [encoder.name, system.label,
  stateCell('encoder', encoder.state), moment(encoder.lastContact), system.name, '', ''] });

export async function showDevices({ heading, content, signal }) {
  heading.textContent = t('devices');
  const fault = el('p', { class: 'fault', role: 'alert' });
  const list = el('div');
  const look = button(t('discover'), () => attempt('discover'), { id: 'discover' });
  content.replaceChildren(el('p', {}, t('devices.about')), look, fault, list);

  async function attempt(path, body) {
    fault.textContent = '';
    try {
      await post(path, body);
    } catch (error) {
      fault.textContent = error.message;
    }
  }
  function draw() {
    const focused = document.activeElement?.getAttribute('aria-label');
    const own = new Set(devices.map((device) => device.system));
    const rows = [...systems.filter((system) => !own.has(system.name)).flatMap((system) => system.encoders.map((one) => encoderRow(system, one))),
      ...devices.map((device) => deviceRow(device, (name) => attempt('identify', { device: name })))];
    const heads = ['name', 'what', 'state', 'since', 'system', 'device.uri', 'device.who'].map((name) => t(name));
    list.replaceChildren(rows.length === 0 ? el('p', { id: 'nothing' }, t('devices.none')) : table(t('devices'), heads, rows, 'quiet'));
    if (focused) [...list.querySelectorAll('button')].find((one) => one.getAttribute('aria-label') === focused)?.focus();
  }
  for (const kind of ['devices', 'systems']) changes.addEventListener(kind, draw, { signal });
  await get('session'); // whoever is not logged in any more goes to the login
  if (!signal.aborted) draw();
}
