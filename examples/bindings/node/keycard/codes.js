// SPDX-License-Identifier: LGPL-2.1-or-later
// The codes of the library and their names.
// Made from doc/api.json by examples/bindings/generate.py.

/** Numbers by name, and names by number. */
class Codes {
  constructor(values) {
    this.values = Object.freeze(values);
    this.names = new Map(Object.entries(values).map(([name, value]) => [value, name]));
  }

  /** The name of a code; one of a newer library is called by its number. */
  name(value) {
    return this.names.get(value) ?? String(value);
  }

  /** The code of a name. */
  value(name) {
    if (!Object.hasOwn(this.values, name)) {
      throw new TypeError(`"${name}" is none of: ${Object.keys(this.values).join(', ')}`);
    }
    return this.values[name];
  }
}

/** What calls and operations end with. Name and one-line text: kc_status_name(), kc_status_text(). */
export const status = new Codes({
  'ok': 0,
  'invalid-argument': -1,
  'no-memory': -2,
  'not-found': -3,
  'not-offered': -4,
  'policy': -5,
  'no-room': -6,
  'no-original': -7,
  'no-last-encoder': -8,
  'unresolved': -9,
  'limit': -10,
  'contact': -11,
  'in-progress': -12,
  'idempotency': -13,
  'state': -14,
  'cancelled': -15,
  'declined': -16,
  'ledger': -20,
  'ledger-full': -21,
  'ledger-damaged': -22,
  'ledger-newer': -23,
  'ledger-busy': -24,
  'ledger-read-only': -25,
  'ledger-key': -26,
  'unreachable': -30,
  'connection-lost': -31,
  'timed-out': -32,
  'protocol': -33,
  'not-accepted': -34,
  'encoder-offline': -40,
  'encoder-busy': -41,
  'no-card': -42,
  'card': -43,
  'card-format': -44,
  'card-refused': -45,
  'encoder-fault': -46,
  'unknown-room': -50,
  'room-unavailable': -51,
  'room-busy': -52,
  'not-checked-in': -53,
  'one-shot-limit': -54,
  'lock-system': -55,
  'vendor': -56,
  'mobile': -57,
  'syntax': -58,
  'credentials': -59,
  'system': -60,
  'certificate': -61,
  'unknown-area': -62,
  'conflict': -63,
  'key-limit': -64,
  'lock-offline': -65,
  'other-site': -66,
  'not-authentic': -67,
});

/** What happened to the card or in the lock server. */
export const outcome = new Codes({
  'pending': 0,
  'not-written': 1,
  'written': 2,
  'unknown': 3,
});

/** What to do next. */
export const advice = new Codes({
  'none': 0,
  'correct-request': 1,
  'retry': 2,
  'new-card': 3,
  'other-encoder': 4,
  'resolve': 5,
  'check-configuration': 6,
  'check-connection': 7,
  'issue-original': 8,
  'call-vendor': 9,
  'check-ledger': 10,
  'read-card': 11,
});

/** Levels of log messages. */
export const logLevel = new Codes({
  'error': 1,
  'warning': 2,
  'info': 3,
  'debug': 4,
});

/** Events of one operation come in order: states, prompts and warnings in between, and exactly one KC_EVENT_DONE as the last. What a person must do is an event, not an error. */
export const eventType = new Codes({
  'state': 1,
  'prompt': 2,
  'warning': 3,
  'done': 4,
  'encoder': 5,
  'system': 6,
  'ledger': 7,
  'device': 8,
});

export const prompt = new Codes({
  'present-card': 1,
  'take-card': 2,
  'confirm': 3,
  'check-card': 4,
});

/** What a lock system may offer. Each is also asked of a system with kc_system_has(), where options may switch it. */
export const capability = new Codes({
  'original': 1,
  'duplicate': 2,
  'one-shot': 3,
  'mobile': 4,
  'read': 5,
  'check-out': 6,
  'cancel-key': 7,
  'modify-stay': 8,
  'key-image': 9,
  'phone': 10,
  'email': 11,
  'deny-areas': 12,
  'card-serial': 13,
  'list-encoders': 14,
  'block-stay': 15,
  'card-image': 16,
  'delivery': 17,
  'write-image': 18,
});

/** Limits. 0 means none are taken. The characters that a lock system takes are no limit to ask for: other ones are adapted in texts (policy `text`), and refused with KC_ERROR_LIMIT in names of rooms, areas and encoders, which must arrive as they are. */
export const limit = new Codes({
  'rooms': 1,
  'room-length': 2,
  'areas': 3,
  'guest-length': 4,
  'operator-length': 5,
  'text-lines': 6,
  'text-length': 7,
  'message-length': 8,
  'copies': 9,
  'minutes': 10,
  'last-year': 11,
  'start': 12,
});

export const linkState = new Codes({
  'down': 1,
  'connecting': 2,
  'up': 3,
});

export const encoderState = new Codes({
  'unknown': 1,
  'online': 2,
  'busy': 3,
  'offline': 4,
});

/** What kc_context_watch_devices() tells. */
export const devices = new Codes({
  'off': 0,
  'list': 1,
  'identify': 2,
});

/** How a device stands. */
export const deviceState = new Codes({
  'present': 1,
  'asking': 2,
  'encoder': 3,
  'no-encoder': 4,
  'in-use': 5,
  'refused': 6,
  'gone': 7,
});

export const verb = new Codes({
  'issue-original': 1,
  'issue-duplicate': 2,
  'reissue': 3,
  'issue-one-shot': 4,
  'send-mobile': 5,
  'read-card': 6,
  'check-out': 7,
  'modify-stay': 8,
  'cancel-key': 9,
  'discover': 10,
  'resolve': 11,
  'list-keys': 12,
  'list-ops': 13,
  'find-op': 14,
  'forget-guest': 15,
  'block-stay': 16,
  'unblock-stay': 17,
  'check-mobile': 18,
  'verify-ledger': 19,
  'forget-departed': 20,
  'copy-ledger': 21,
  'backup-ledger': 22,
  'write-image': 23,
});

export const state = new Codes({
  'queued': 1,
  'connecting': 2,
  'waiting': 3,
  'encoding': 4,
  'done': 5,
});

export const answer = new Codes({
  'no': 0,
  'yes': 1,
});

export const resolve = new Codes({
  'read-card': 1,
  'opens': 2,
  'does-not-open': 3,
});

/** Questions to the ledger are operations too: they never block the loop. */
export const filter = new Codes({
  'all': 1,
  'booking': 2,
  'room': 3,
  'unresolved': 4,
  'not-confirmed': 5,
});

/** Immutable: a kc_key shows the record as it was when it was fetched. */
export const kind = new Codes({
  'original': 1,
  'duplicate': 2,
  'one-shot': 3,
  'mobile': 4,
  'mobile-duplicate': 5,
  'staff': 6,
  'spare': 7,
  'diagnostic': 8,
  'unknown': 9,
});

export const keyState = new Codes({
  'pending': 1,
  'unresolved': 2,
  'active': 3,
  'not-made': 4,
  'voided': 5,
  'checked-out': 6,
  'blocked': 7,
});
