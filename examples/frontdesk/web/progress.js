// SPDX-License-Identifier: LGPL-2.1-or-later
// What goes on at this station: prompts, questions, ends. It stands above every page, also for who comes back later.
import { describeKey } from './keylist.js';
import { changes, jobs, systems } from './live.js';
import { button, el } from './page.js';
import { post } from './server.js';
import { has, t } from './texts.js';

const dismissed = new Set(JSON.parse(sessionStorage.getItem('dismissed') ?? '[]'));
let place = null;
let station = '';

function dismiss(job) {
  dismissed.add(`${job.job} ${job.id}`);
  sessionStorage.setItem('dismissed', JSON.stringify([...dismissed].slice(-200)));
  draw();
  document.getElementById('main').focus();
}

export function errorText(error) {
  const name = `status.${error.status}`;
  return [has(name) ? t(name) : error.message, has(`advice.${error.advice}`) ? t(`advice.${error.advice}`) : error.adviceText]
    .filter(Boolean).join(' ');
}

async function act(job, path, body) {
  try {
    const next = await post(path, body);
    if (next.job && next.job !== job.job) {
      dismiss(job);
      focusJob(next.job);
    }
  } catch (error) {
    const card = document.getElementById(`job-${job.job}`);
    card?.append(el('p', { class: 'fault', role: 'alert' }, error.message));
  }
}

// The three ways to find out what is on a card.
export function resolveButtons(op, act) {
  const canRead = systems.find((system) => system.name === op.system)?.can.read;
  const id = op.id;
  return [canRead && button(t('resolve.read'), () => act(`operations/${id}/resolve`, { how: 'read' }), { 'data-act': 'read' }),
    button(t('resolve.opens'), () => act(`operations/${id}/resolve`, { how: 'opens' }), { 'data-act': 'opens' }),
    button(t('resolve.not'), () => act(`operations/${id}/resolve`, { how: 'does-not-open' }), { 'data-act': 'not' })];
}

function running(job) {
  if (job.prompt === 'confirm') {
    return ['ask', el('p', { class: 'prompt' }, t('confirm.title')), el('p', {}, t('confirm.text')),
      el('ul', {}, job.voided.map((key) => el('li', {}, describeKey(key)))), el('div', { class: 'buttons' },
        button(t('confirm.no'), () => act(job, `jobs/${job.job}/answer`, { answer: false }), { class: 'main', 'data-act': 'no' }),
        button(t('confirm.yes'), () => act(job, `jobs/${job.job}/answer`, { answer: true }), { 'data-act': 'yes' }))];
  }
  if (job.cancelling) {
    return ['run', el('p', { class: 'prompt' }, t('cancelling')), el('p', {}, t('cancelling.text', { encoder: job.encoder }))];
  }
  const name = job.prompt ? `prompt.${job.prompt}` : `opstate.${job.state}`;
  return ['run', el('p', { class: 'prompt' }, t(name, { card: job.card, cards: job.cards, encoder: job.encoder })),
    el('div', { class: 'buttons' }, button(t('cancel'), () => act(job, `jobs/${job.job}/cancel`), { 'data-act': 'cancel' }))];
}

// The library's own sentence is in English, and says which value was wrong.
function details(error) {
  const words = [error?.vendorCode, error?.vendorText].filter(Boolean).join(': ');
  return [error && el('p', { class: 'hint', lang: 'en' }, error.message), words && el('p', { class: 'hint' }, t('vendor', { words }))];
}

function ended(job) {
  const close = button(t('dismiss'), () => dismiss(job), { 'data-act': 'dismiss' });
  const warnings = job.warnings.map((warning) => el('p', { class: 'hint' }, t('warning', { text: warning.text })));
  if (job.status === 'ok') {
    const words = job.verb === 'resolve' ? 'done.resolve' : job.verb === 'send-mobile' ? 'done.mobile' : 'done.key';
    return ['good', el('p', { class: 'prompt' }, t(words)), ...warnings, el('div', { class: 'buttons' }, close)];
  }
  const settled = job.outcome !== 'unknown';
  const text = [el('p', { class: 'prompt' }, t(settled ? `failed.${job.outcome}` : 'failed.unknown')),
    job.error && el('p', {}, errorText(job.error)), ...details(job.error), ...warnings];
  const retry = job.outcome === 'not-written' && job.verb !== 'resolve' && job.error?.advice !== 'correct-request' &&
    button(t('retry'), () => act(job, `operations/${job.id}/retry`), { class: 'main', 'data-act': 'retry' });
  const ways = settled || job.verb === 'resolve' ? [] : resolveButtons(job, (path, body) => act(job, path, body));
  return [settled ? 'bad' : 'unknown', ...text, el('div', { class: 'buttons' }, retry, ...ways, close)];
}

function card(job) {
  const [look, ...content] = job.ended ? ended(job) : running(job);
  return el('article', { class: `job ${look}`, id: `job-${job.job}`, tabindex: '-1', 'data-state': job.ended ? job.status : job.state,
    'aria-labelledby': `job-${job.job}-title` },
  el('h2', { id: `job-${job.job}-title` }, t('job.title', { verb: t(`verb.${job.verb}`), room: job.room, booking: job.booking })), ...content);
}

function shown() {
  return [...jobs.values()].filter((job) => job.station === station && !dismissed.has(`${job.job} ${job.id}`));
}

// Only cards that changed are made anew, and the focus stays where it was.
function draw(changed) {
  const wanted = shown().slice(-6);
  const names = new Set(wanted.map((job) => `job-${job.job}`));
  for (const old of [...place.children]) if (!names.has(old.id)) old.remove();
  for (const job of wanted) {
    const old = document.getElementById(`job-${job.job}`);
    if (old && changed && changed !== job.job) continue;
    const inside = old?.contains(document.activeElement);
    const action = inside ? document.activeElement.dataset.act : undefined;
    const made = card(job);
    if (old) old.replaceWith(made);
    else place.prepend(made);
    if (inside) (made.querySelector(`[data-act="${action}"]`) ?? made).focus();
    else if (wantedFocus === job.job) focusJob(job.job);
    if (job.prompt === 'confirm' && wantedFocus === job.job) made.querySelector('[data-act=no]').focus();
  }
}

let wantedFocus = 0;

export function focusJob(number) {
  wantedFocus = number;
  const card = document.getElementById(`job-${number}`);
  (card?.querySelector('[data-act=no]') ?? card)?.focus(); // a question first of all
}

export function showProgress(element, session) {
  place = element;
  station = session.station;
  place.setAttribute('aria-label', t('progress'));
  changes.addEventListener('picture', () => draw());
  changes.addEventListener('systems', () => draw());
  changes.addEventListener('job', (event) => draw(event.detail.job));
}
