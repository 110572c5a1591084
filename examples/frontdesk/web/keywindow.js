// SPDX-License-Identifier: LGPL-2.1-or-later
// The key window of one booking.
import { openKey } from './arrivals.js';
import { KeyForm } from './keyform.js';
import { showKeys } from './keylist.js';
import { changes, jobs, systems, takeJob } from './live.js';
import { button, clearFaults, el, showFaults } from './page.js';
import { errorText, focusJob } from './progress.js';
import { get, post } from './server.js';
import { t } from './texts.js';

// How the library calls a field, and how this form calls it.
const fieldNames = { rooms: 'room', copies: 'cards', system: 'encoder', operator: 'encoder' };

export async function showKeyWindow({ heading, content, session, id, signal }) {
  const [first, known] = await Promise.all([get(`bookings/${id}`), get('systems')]);
  if (signal.aborted) return;
  heading.textContent = t('keywindow.title', { guest: first.booking.guest });
  if (!first.booking.room) {
    content.replaceChildren(el('p', {}, t('fault.no-room')), button(t('room.submit'), () => openKey(first.booking)));
    return;
  }
  const form = new KeyForm(first.booking, session, known.last);
  const list = el('section', { id: 'keys', 'aria-label': t('keys') });
  const fault = el('p', { class: 'fault', role: 'alert', id: 'form-fault' });
  const copies = el('input', { type: 'number', min: '1', max: '9', value: '1', id: 'duplicates', inputmode: 'numeric' });
  let mine = 0; // the job that this form started last
  let last = known.last;

  async function send(verb, more = {}) {
    clearFaults(form.element);
    fault.hidden = true;
    try {
      const job = await post(`bookings/${id}/keys`, { verb, ...more, once: crypto.randomUUID() });
      mine = job.job;
      takeJob(job);
      focusJob(mine);
      showRefusal(jobs.get(mine)); // the end may have come before the answer
    } catch (error) {
      const named = Object.keys(error.fields ?? {}).length > 0;
      fault.textContent = named ? showFaults(form.element, error.fields).join(' ') : error.message;
      fault.hidden = !fault.textContent;
    }
  }
  const stay = () => form.values();
  const issue = button(t('original'), () => send('original', stay()), { class: 'main', id: 'original' });
  const mobile = button(t('mobile.send'), () => send('mobile', stay()), { id: 'send-mobile' });
  const duplicate = button('', () => send('duplicate', { cards: Number(copies.value) }), { id: 'duplicate' });
  const reissue = (cards) => send('reissue', { ...stay(), phone: undefined, email: undefined, cards });

  function adapt() {
    mobile.hidden = form.mobile.hidden;
    duplicate.textContent = last.encoder ? t('duplicate.on', { encoder: last.encoder }) : t('duplicate');
  }
  async function draw() {
    const now = await get(`bookings/${id}`);
    if (signal.aborted) return;
    const active = now.keys.some((key) => key.state === 'active');
    duplicate.disabled = !active;
    copies.disabled = !active;
    showKeys(list, now, session, reissue);
  }
  // What the library refused before anything was sent stands at its field too.
  function showRefusal(job) {
    const name = fieldNames[job.error?.field] ?? job.error?.field;
    if (job.job === mine && job.ended && name && job.outcome === 'not-written')
      showFaults(form.element, { [name]: `${errorText(job.error)} (${job.error.message})` });
  }
  async function takeChange(event) {
    const job = event.detail;
    if (job.prompt === 'present-card' && job.station === session.station && job.encoder) {
      last = { encoder: job.encoder, system: job.system };
      adapt();
    }
    if (job.booking !== id) return;
    showRefusal(job);
    if (job.ended) await draw();
  }

  form.element.addEventListener('submit', (event) => { event.preventDefault(); issue.click(); });
  form.element.addEventListener('adapted', adapt);
  changes.addEventListener('systems', () => form.drawEncoders(), { signal });
  changes.addEventListener('job', takeChange, { signal });
  changes.addEventListener('booking', (event) => { if (event.detail === id) draw(); }, { signal });
  content.replaceChildren(el('p', {}, t('keywindow.about', { id, room: first.booking.room }), ' ',
    el('a', { href: `#/booking/${id}` }, t('booking.open'))), form.element, fault,
  el('div', { class: 'buttons' }, issue, mobile, button(t('discover'), () => post('discover'), { id: 'discover' })),
  el('h2', {}, t('keys')),
  el('div', { class: 'buttons' }, el('div', {}, el('label', { for: 'duplicates' }, t('duplicates')), copies), duplicate), list);
  if (systems.length === 0) fault.textContent = t('encoder.none');
  adapt();
  await draw();
}
