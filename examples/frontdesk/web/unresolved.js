// SPDX-License-Identifier: LGPL-2.1-or-later
// Operations of which nobody knows what they did.
import { changes, takeJob } from './live.js';
import { el, table, together } from './page.js';
import { focusJob, resolveButtons } from './progress.js';
import { get, post } from './server.js';
import { moment, t } from './texts.js';

export async function showUnresolved({ heading, content, signal }) {
  heading.textContent = t('unresolved');
  const fault = el('p', { class: 'fault', role: 'alert' });
  const list = el('div');
  content.replaceChildren(el('p', {}, t('unresolved.about')), fault, list);

  async function act(path, body) {
    fault.textContent = '';
    try {
      const job = await post(path, body);
      takeJob(job);
      focusJob(job.job);
    } catch (error) {
      fault.textContent = error.message;
    }
  }
  async function draw() {
    const { operations } = await get('unresolved');
    if (signal.aborted) return;
    const heads = ['what', 'booking', 'room', 'where', 'who', 'when', 'unresolved.settle'].map((name) => t(name));
    document.getElementById('to-unresolved').textContent =
      operations.length ? t('unresolved.count', { count: operations.length }) : t('unresolved');
    list.replaceChildren(operations.length === 0 ? el('p', { id: 'nothing' }, t('unresolved.none')) :
      table(t('unresolved'), heads, operations.map((op) => ({ 'data-op': op.id, cells: [t(`verb.${op.verb}`),
        el('a', { href: `#/booking/${op.booking}` }, op.booking), op.room, op.encoder,
        [op.operator, op.station].filter(Boolean).join(', '), moment(op.created),
        el('div', { class: 'buttons' }, resolveButtons(op, act))] })), 'quiet'));
  }
  changes.addEventListener('job', (event) => { if (event.detail.ended) draw(); }, { signal });
  changes.addEventListener('ledger', together(() => { if (!signal.aborted) draw(); }), { signal });
  await draw();
}
