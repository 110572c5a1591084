// SPDX-License-Identifier: LGPL-2.1-or-later
// The frame: who is logged in, at which station, and which page is shown.
import { showArrivals } from './arrivals.js';
import { showBooking } from './booking.js';
import { showDevices } from './devices.js';
import { showKeyWindow } from './keywindow.js';
import { changes, connect } from './live.js';
import { ask, button, el, field, showFaults } from './page.js';
import { showProgress } from './progress.js';
import { get, post, setProof } from './server.js';
import { chooseLanguage, language, languages, loadTexts, t } from './texts.js';
import { showUnresolved } from './unresolved.js';

const main = document.getElementById('main');
let session = null;
let leave = () => {};

const pages = [
  [/^#\/booking\/([\w-]+)\/key$/, showKeyWindow],
  [/^#\/booking\/([\w-]+)$/, showBooking],
  [/^#\/unresolved$/, showUnresolved],
  [/^#\/encoders$/, showDevices],
  [/^/, showArrivals],
];

async function show() {
  const [match, page] = pages.map(([pattern, page]) => [pattern.exec(location.hash), page]).find(([found]) => found);
  leave();
  const signal = new AbortController();
  leave = () => signal.abort();
  const heading = el('h1', { tabindex: '-1' });
  const content = el('div');
  main.replaceChildren(heading, content);
  try {
    await page({ heading, content, session, id: match[1], signal: signal.signal });
  } catch (error) {
    content.replaceChildren(el('p', { class: 'fault', role: 'alert' }, error.message));
  }
  if (signal.signal.aborted) return;
  document.title = `${heading.textContent} · ${session.site.name}`;
  for (const link of document.querySelectorAll('nav a'))
    link.toggleAttribute('aria-current', link.getAttribute('href') === (location.hash || '#/'));
  heading.focus();
}

async function chooseStation() {
  const choice = el('select', {}, session.stations.map((name) => el('option', { selected: name === session.station }, name)));
  const chosen = await ask(t('station.title'), field('station', t('station'), choice, t('station.hint')),
    { submit: t('choose'), cancel: t('cancel') }, async (form, say) => {
      try {
        return (await post('station', { station: choice.value })).station;
      } catch (error) {
        say(showFaults(form, error.fields).join(' ') || error.message);
        return null;
      }
    });
  if (chosen) location.reload();
}

function showTop() {
  const choice = el('select', { id: 'language', 'aria-label': t('language'),
    onchange: () => { chooseLanguage(choice.value); location.reload(); } },
  Object.entries(languages).map(([name, label]) => el('option', { value: name, lang: name, selected: name === language() }, label)));
  document.getElementById('skip').textContent = t('skip');
  document.getElementById('skip').addEventListener('click', (event) => { event.preventDefault(); main.focus(); });
  document.getElementById('top').append(el('span', { class: 'name' }, session.site.name),
    el('nav', { 'aria-label': t('pages') }, el('a', { href: '#/' }, t('arrivals')),
      el('a', { href: '#/unresolved', id: 'to-unresolved' }, t('unresolved')),
      el('a', { href: '#/encoders', id: 'to-encoders' }, t('devices'))),
    button(t('station.now', { station: session.station || '?' }), chooseStation, { id: 'choose-station' }), choice,
    button(t('logout', { user: session.user }), async () => {
      await post('logout');
      location.assign('/login');
    }, { id: 'logout' }));
}

await loadTexts();
session = await get('session');
setProof(session.proof);
showTop();
showProgress(document.getElementById('progress'), session);
connect();
await new Promise((resolve) => { changes.addEventListener('picture', resolve, { once: true }); });
addEventListener('hashchange', show);
await show();
if (!session.station) await chooseStation();
