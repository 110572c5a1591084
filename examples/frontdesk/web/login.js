// SPDX-License-Identifier: LGPL-2.1-or-later
import { clearFaults, el, field, showFaults } from './page.js';
import { post } from './server.js';
import { chooseLanguage, language, languages, loadTexts, t } from './texts.js';

await loadTexts();
document.title = t('login.title');

const fault = el('p', { class: 'fault', role: 'alert', id: 'fault' });
const choice = el('select', { onchange: () => { chooseLanguage(choice.value); location.reload(); } },
  Object.entries(languages).map(([name, label]) => el('option', { value: name, lang: name, selected: name === language() }, label)));
const form = el('form', { class: 'login', novalidate: true }, el('h1', {}, t('login.title')),
  field('user', t('login.user'), el('input', { autocomplete: 'username', maxlength: '100', autofocus: true })),
  field('password', t('login.password'), el('input', { type: 'password', autocomplete: 'current-password', maxlength: '200' })),
  fault, el('button', { type: 'submit', class: 'main' }, t('login.submit')), field('language', t('language'), choice));

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  clearFaults(form);
  fault.hidden = false;
  fault.textContent = '';
  try {
    await post('login', { user: form.user.value, password: form.password.value });
    location.assign('/');
  } catch (error) {
    const rest = showFaults(form, error.fields ?? {});
    fault.textContent = Object.keys(error.fields ?? {}).length > 0 ? rest.join(' ') : error.message;
  }
});
document.getElementById('main').append(form);
form.user.focus();
