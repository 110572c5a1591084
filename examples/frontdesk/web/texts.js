// SPDX-License-Identifier: LGPL-2.1-or-later
// The languages: one file of texts each, with the same names. Names in braces are replaced by values.

export const languages = { en: 'English', de: 'Deutsch', es: 'Español', bg: 'Български' };
let texts = {};
let english = {};
let chosen = 'en';

function wanted() {
  const kept = localStorage.getItem('language');
  const list = [kept, ...navigator.languages].map((name) => name?.slice(0, 2));
  return list.find((name) => name in languages) ?? 'en';
}

async function load(name) {
  const reply = await fetch(`/texts/${name}.json`);
  return reply.json();
}

export async function loadTexts() {
  chosen = wanted();
  [english, texts] = await Promise.all([load('en'), load(chosen)]);
  document.documentElement.lang = chosen;
}

export const language = () => chosen;

export function chooseLanguage(name) {
  localStorage.setItem('language', name);
}

export function has(name) {
  return name in texts || name in english;
}

export function t(name, values = {}) {
  const text = texts[name] ?? english[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (all, key) => (key in values ? String(values[key]) : all));
}

export function day(text) {
  const [year, month, number] = text.slice(0, 10).split('-').map(Number);
  return new Intl.DateTimeFormat(chosen === 'en' ? 'en-GB' : chosen, { dateStyle: 'full', timeZone: 'UTC' })
    .format(Date.UTC(year, month - 1, number));
}

// A wall time such as 2026-06-15T14:00+03:00, as the site's clocks show it, whatever zone this computer is in.
export function moment(text) {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(text ?? '');
  if (!parts) return text ?? '';
  const [, year, month, day, hour, minute] = parts.map(Number);
  return new Intl.DateTimeFormat(chosen === 'en' ? 'en-GB' : chosen,
    { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(Date.UTC(year, month - 1, day, hour, minute));
}
