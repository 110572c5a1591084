// SPDX-License-Identifier: LGPL-2.1-or-later
// The keys of a booking: state, who, where, when, and whether they still fit the booking.
import { button, el, table } from './page.js';
import { moment, t } from './texts.js';

export function describeKey(key) {
  return t('key.line', { kind: t(`kind.${key.kind}`), room: key.rooms.join(', '), until: moment(key.until),
    where: key.phone || key.email || key.encoder });
}

function stateOf(key) {
  const words = [t(`keystate.${key.state}`)];
  if (key.unconfirmed) words.push(t('key.unconfirmed'));
  if (key.expired) words.push(t('key.expired'));
  if (key.state === 'not-made' && key.vendorCode) words.push(key.vendorCode);
  return el('span', { class: `state ${key.state}` }, words.join(', '));
}

function row(key) {
  const count = key.copies > 1 ? ` × ${key.copies}` : '';
  return { 'data-key': key.id, 'data-state': key.state, cells: [t(`kind.${key.kind}`) + count, stateOf(key), key.rooms.join(', '),
    `${moment(key.from)} – ${moment(key.until)}`, [key.operator, key.station].filter(Boolean).join(', '),
    key.phone || key.email || key.encoder, moment(key.created)] };
}

// `reissue` is called with the number of cards.
export function showKeys(place, { keys, outdated }, session, reissue) {
  const heads = ['kind', 'state', 'room', 'valid', 'who', 'where', 'when'].map((name) => t(name));
  const focused = place.contains(document.activeElement) ? document.activeElement.id : '';
  const notice = outdated && el('section', { class: 'notice', 'aria-labelledby': 'outdated-title', id: 'outdated' },
    el('h2', { id: 'outdated-title' }, t('outdated.title')),
    el('p', {}, t('outdated.text', { fields: outdated.fields.map((name) => t(`outdated.${name}`)).join(', '), until: moment(outdated.until) })),
    button(t('reissue', { cards: outdated.cards }), () => reissue(outdated.cards), { id: 'reissue', class: 'main' }));
  place.replaceChildren(notice || '', keys.length ? table(t('keys'), heads, keys.map(row), 'quiet') : el('p', { id: 'no-keys' }, t('keys.none')));
  if (focused) document.getElementById(focused)?.focus();
}
