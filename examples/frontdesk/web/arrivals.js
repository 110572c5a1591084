// SPDX-License-Identifier: LGPL-2.1-or-later
import { changes } from './live.js';
import { ask, button, el, field, showFaults, table } from './page.js';
import { get, put } from './server.js';
import { day, moment, t } from './texts.js';

// Opens the key window; a key needs a room, so that is asked for first.
export async function openKey(booking) {
  if (!booking.room) {
    const input = el('input', { maxlength: '20', autocomplete: 'off' });
    const saved = await ask(t('room.title', { guest: booking.guest }), field('asked-room', t('room'), input, t('room.hint')),
      { submit: t('room.submit'), cancel: t('cancel') }, async (form, say) => {
        if (!input.value.trim()) {
          showFaults(form, { 'asked-room': t('fault.no-room') });
          return null;
        }
        try {
          const { id, ...fields } = booking;
          return await put(`bookings/${id}`, { ...fields, room: input.value.trim() });
        } catch (error) {
          const { room, ...others } = error.fields;
          if (room) showFaults(form, { 'asked-room': room });
          else say(Object.values(others).join(' ') || error.message);
          return null;
        }
      });
    if (!saved) return;
  }
  location.hash = `#/booking/${booking.id}/key`;
}

function row(booking) {
  return { id: `booking-${booking.id}`, cells: [el('a', { href: `#/booking/${booking.id}` }, booking.id), booking.guest,
    booking.room || t('room.none'), moment(booking.arrival), moment(booking.departure),
    button(t('key'), () => openKey(booking), { 'aria-label': t('key.of', { guest: booking.guest }) })] };
}

export async function showArrivals({ heading, content, signal }) {
  heading.textContent = t('arrivals');
  const heads = ['booking', 'guest', 'room', 'arrival', 'departure', 'key'].map((name) => t(name));
  async function draw() {
    const { now, bookings, unresolved } = await get('bookings');
    if (signal.aborted) return;
    const today = now.slice(0, 10);
    const due = bookings.filter((one) => one.arrival.slice(0, 10) === today);
    const others = bookings.filter((one) => one.arrival.slice(0, 10) !== today);
    document.getElementById('to-unresolved').textContent =
      unresolved ? t('unresolved.count', { count: unresolved }) : t('unresolved');
    content.replaceChildren(table(t('arrivals.today', { date: day(now) }), heads, due.map(row)),
      others.length ? table(t('arrivals.others'), heads, others.map(row)) : '');
  }
  changes.addEventListener('booking', draw, { signal });
  await draw();
}
