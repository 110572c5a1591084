// SPDX-License-Identifier: LGPL-2.1-or-later
// Talking to the server: JSON, the session's proof, and what it says is wrong.
import { has, t } from './texts.js';

export class Refused extends Error {
  constructor(status, body) {
    const code = body?.error?.code ?? 'unknown';
    super(has(`error.${code}`) ? t(`error.${code}`) : (body?.error?.message ?? t('error.unknown')));
    this.status = status;
    this.code = code;
    this.fields = {};
    for (const [name, fault] of Object.entries(body?.fields ?? {}))
      this.fields[name] = has(`fault.${fault.code}`) ? t(`fault.${fault.code}`) : fault.message;
  }
}

let proof = '';

export function setProof(text) {
  proof = text;
}

async function call(method, path, body) {
  const headers = method === 'GET' ? {} : { 'Content-Type': 'application/json', 'X-CSRF-Token': proof };
  let reply;
  try {
    reply = await fetch(`/api/${path}`, { method, headers, body: method === 'GET' ? undefined : JSON.stringify(body ?? {}) });
  } catch {
    throw new Refused(0, { error: { code: 'offline' } });
  }
  const answer = await reply.json().catch(() => ({}));
  if (reply.status === 401 && path !== 'login') {
    location.assign('/login');
    return new Promise(() => {});
  }
  if (!reply.ok) throw new Refused(reply.status, answer);
  return answer;
}

export const get = (path) => call('GET', path);
export const post = (path, body) => call('POST', path, body);
export const put = (path, body) => call('PUT', path, body);
