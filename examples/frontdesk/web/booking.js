// SPDX-License-Identifier: LGPL-2.1-or-later
import { openKey } from './arrivals.js';
import { showKeys } from './keylist.js';
import { changes, takeJob } from './live.js';
import { button, clearFaults, el, field, showFaults, together } from './page.js';
import { focusJob } from './progress.js';
import { get, post, put } from './server.js';
import { t } from './texts.js';

export function areaBoxes(areas, chosen) {
  return el('fieldset', { 'data-field': 'areas', class: 'wide' }, el('legend', {}, t('areas')),
    areas.map((area) => el('label', { class: 'inline' }, el('input',
      { type: 'checkbox', name: 'area', value: area.name, checked: chosen.includes(area.name) }), area.label)),
    el('p', { class: 'fault', id: 'areas-fault', hidden: true }));
}

export const chosenAreas = (form) => [...form.querySelectorAll('[name=area]:checked')].map((box) => box.value);

function bookingForm(booking, session) {
  const text = (name, properties) => field(name, t(name), el('input', { value: booking[name] ?? '', autocomplete: 'off', ...properties }));
  const time = (name) => text(name, { type: 'datetime-local', required: true });
  return el('form', { class: 'form', novalidate: true }, text('guest', { maxlength: '100' }), text('room', { maxlength: '20' }),
    time('arrival'), time('departure'), text('phone', { type: 'tel', maxlength: '40' }), text('email', { type: 'email', maxlength: '254' }),
    session.areas.length ? areaBoxes(session.areas, booking.areas) : null);
}

export async function showBooking({ heading, content, session, id, signal }) {
  const { booking, keys, outdated } = await get(`bookings/${id}`);
  const form = bookingForm(booking, session);
  const said = el('p', { role: 'status', id: 'said' });
  const list = el('div');
  heading.textContent = t('booking.title', { id, guest: booking.guest });

  async function save() {
    clearFaults(form);
    said.textContent = '';
    const values = Object.fromEntries(['guest', 'room', 'arrival', 'departure', 'phone', 'email'].map((name) => [name, form[name].value.trim()]));
    try {
      const saved = await put(`bookings/${id}`, { ...values, areas: chosenAreas(form) });
      said.textContent = t('saved');
      return saved.booking;
    } catch (error) {
      said.textContent = showFaults(form, error.fields).join(' ') || (Object.keys(error.fields).length ? t('error.fields') : error.message);
      return null;
    }
  }
  // On the encoder that the station used last; the key window offers the others.
  async function reissue(cards) {
    try {
      const { booking: now } = await get(`bookings/${id}`);
      const job = await post(`bookings/${id}/keys`, { verb: 'reissue', from: now.arrival, until: now.departure, areas: now.areas,
        encoder: '', system: '', cards, once: crypto.randomUUID() });
      takeJob(job);
      focusJob(job.job);
    } catch (error) {
      said.textContent = Object.values(error.fields).join(' ') || error.message;
    }
  }
  async function drawKeys() {
    const now = await get(`bookings/${id}`);
    if (!signal.aborted) showKeys(list, now, session, reissue);
  }
  form.addEventListener('submit', (event) => { event.preventDefault(); save().then((done) => done && drawKeys()); });
  form.append(el('div', { class: 'buttons wide' }, el('button', { type: 'submit' }, t('save')),
    button(t('key'), async () => { const saved = await save(); if (saved) openKey(saved); }, { class: 'main', id: 'key' }), said));
  content.replaceChildren(form, el('h2', {}, t('keys')), list);
  showKeys(list, { keys, outdated, booking }, session, reissue);
  changes.addEventListener('job', (event) => { if (event.detail.ended && event.detail.booking === id) drawKeys(); }, { signal });
  const drawSoon = together(drawKeys);
  changes.addEventListener('ledger', (event) => { if (!event.detail.booking || event.detail.booking === id) drawSoon(); }, { signal });
}
