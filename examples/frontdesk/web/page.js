// SPDX-License-Identifier: LGPL-2.1-or-later
// Making elements. Text only ever becomes text: nothing here parses HTML.

// Many calls shortly after one another become one.
export function together(act) {
  let timer;
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      act();
    }, 100);
  };
}

export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'value') element.value = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function button(text, onclick, properties = {}) {
  return el('button', { type: 'button', onclick, ...properties }, text);
}

// A field with its label, and the place for what is wrong with it: showFaults().
export function field(name, label, input, hint) {
  input.id = name;
  input.name = name;
  const about = [`${name}-fault`, ...(hint ? [`${name}-hint`] : [])];
  input.setAttribute('aria-describedby', about.join(' '));
  return el('div', { 'data-field': name }, el('label', { for: name }, label), input,
    hint ? el('p', { class: 'hint', id: `${name}-hint` }, hint) : null,
    el('p', { class: 'fault', id: `${name}-fault`, hidden: true }));
}

export function clearFaults(form) {
  for (const place of form.querySelectorAll('.fault')) {
    place.textContent = '';
    place.hidden = true;
  }
  for (const input of form.querySelectorAll('[aria-invalid]')) input.removeAttribute('aria-invalid');
}

// Shows texts at fields and goes to the first. Returns the texts of fields that the form does not show.
export function showFaults(form, texts) {
  const rest = [];
  let first = null;
  for (const [name, text] of Object.entries(texts)) {
    const place = form.querySelector(`#${CSS.escape(name)}-fault`);
    const holder = place?.closest('[data-field]');
    if (!place || holder.hidden) {
      rest.push(text);
      continue;
    }
    place.textContent = text;
    place.hidden = false;
    const input = form.querySelector(`#${CSS.escape(name)}`) ?? holder.querySelector('input');
    input?.setAttribute('aria-invalid', 'true');
    first ??= input;
  }
  first?.focus();
  return rest;
}

export function table(caption, heads, rows, look) {
  return el('table', {}, el('caption', { class: look }, caption),
    el('thead', {}, el('tr', {}, heads.map((head) => el('th', { scope: 'col' }, head)))),
    el('tbody', {}, rows.map(({ cells, ...properties }) => el('tr', properties, cells.map((cell, index) =>
      el(index === 0 ? 'th' : 'td', { scope: index === 0 ? 'row' : null, 'data-label': heads[index] }, cell))))));
}

// An accessible question with one form. Resolves to what `submit` returns, or null if it was closed.
export function ask(title, content, labels, submit) {
  return new Promise((resolve) => {
    let result = null;
    const fault = el('p', { class: 'fault', role: 'alert' });
    const form = el('form', { novalidate: true }, el('h2', { id: 'dialog-title' }, title), content, fault,
      el('div', { class: 'buttons' }, el('button', { type: 'submit', class: 'main' }, labels.submit),
        button(labels.cancel, () => dialog.close())));
    const dialog = el('dialog', { 'aria-labelledby': 'dialog-title' }, form);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      clearFaults(form);
      fault.hidden = false;
      const done = await submit(form, (text) => { fault.textContent = text; });
      if (done) {
        result = done;
        dialog.close();
      }
    });
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(result);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
