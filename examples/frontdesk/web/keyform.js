// SPDX-License-Identifier: LGPL-2.1-or-later
// The form of the key window: encoder, times, areas, cards, and the mobile fields that the lock system takes.
import { areaBoxes, chosenAreas } from './booking.js';
import { systems } from './live.js';
import { button, el, field } from './page.js';
import { t } from './texts.js';

const encoderValue = (encoder) => JSON.stringify([encoder.system, encoder.name]);

// The station's last encoder first, then as the lock systems tell them.
function sortedEncoders(last) {
  const all = systems.flatMap((system) => system.encoders);
  const isLast = (encoder) => encoder.name === last.encoder && encoder.system === last.system;
  return [...all.filter(isLast), ...all.filter((encoder) => !isLast(encoder))];
}

export class KeyForm {
  constructor(booking, session, last) {
    this.last = last;
    this.encoder = el('select', { onchange: () => this.adapt() });
    this.state = el('p', { id: 'encoder-state', role: 'status', class: 'hint' });
    const time = (name, label, value) => field(name, label, el('input', { type: 'datetime-local', required: true, value }));
    const encoderField = field('encoder', t('encoder'), this.encoder);
    encoderField.append(this.state);
    this.cards = field('cards', t('cards'), el('input', { type: 'number', min: '1', max: '9', inputmode: 'numeric', value: String(booking.cards ?? 1) }));
    this.areas = session.areas.length ? areaBoxes(session.areas, booking.areas) : el('div');
    this.phone = this.contact('phone', 'tel', booking.phone);
    this.email = this.contact('email', 'email', booking.email);
    this.mobile = el('fieldset', { class: 'wide', id: 'mobile' }, el('legend', {}, t('mobile')),
      el('p', { class: 'hint' }, t('mobile.hint')), el('div', { class: 'form' }, this.phone, this.email));
    this.element = el('form', { class: 'form', novalidate: true }, encoderField,
      time('from', t('arrival'), booking.arrival), time('until', t('departure'), booking.departure), this.cards, this.areas, this.mobile);
    this.drawEncoders();
  }

  contact(name, type, known) {
    const input = el('input', { type, autocomplete: 'off', maxlength: name === 'phone' ? '40' : '254' });
    const place = field(name, t(name), input);
    if (known) place.append(button(t('contact.use', { contact: known }), () => { input.value = known; input.focus(); }));
    return place;
  }

  // States change while the window is open; the choice stays.
  drawEncoders() {
    const chosen = this.encoder.value;
    const several = systems.length > 1;
    const options = sortedEncoders(this.last).map((encoder) => {
      const name = several ? `${encoder.name} · ${encoder.system}` : encoder.name;
      return el('option', { value: encoderValue(encoder) }, t('encoder.line', { name, state: t(`encoder.${encoder.state}`) }));
    });
    this.encoder.replaceChildren(...options);
    if (options.some((option) => option.value === chosen)) this.encoder.value = chosen;
    this.adapt();
  }

  chosen() {
    const [system, name] = this.encoder.value ? JSON.parse(this.encoder.value) : ['', ''];
    return { system: systems.find((one) => one.name === system), name };
  }

  // Only what the lock system of this encoder can do is shown.
  adapt() {
    const { system, name } = this.chosen();
    const encoder = system?.encoders.find((one) => one.name === name);
    const state = encoder ? t(`encoder.${encoder.state}`) : t('encoder.none');
    if (this.state.textContent !== state) this.state.textContent = state;
    this.state.className = `hint state ${encoder?.state ?? ''}`;
    this.phone.hidden = !system?.can.phone;
    this.email.hidden = !system?.can.email;
    this.mobile.hidden = !system?.can.mobile || (this.phone.hidden && this.email.hidden);
    this.areas.hidden = !system || system.limits.areas === 0;
    this.cards.querySelector('input').max = String(system?.limits.copies || 1);
    this.element.dispatchEvent(new Event('adapted'));
  }

  values() {
    const { system, name } = this.chosen();
    const get = (field) => this.element.elements[field].value.trim();
    const values = { encoder: name, system: system?.name ?? '', from: get('from'), until: get('until'),
      cards: Number(get('cards')), areas: this.areas.hidden ? [] : chosenAreas(this.element) };
    if (!this.mobile.hidden && !this.phone.hidden) values.phone = get('phone');
    if (!this.mobile.hidden && !this.email.hidden) values.email = get('email');
    return values;
  }
}
