// SPDX-License-Identifier: LGPL-2.1-or-later
// Codes for TypeScript. Of a newer library there may be names that are not listed: they are numbers as text.
// Made from doc/api.json by examples/bindings/generate.py.

export interface Codes<Name extends string> {
  readonly values: Readonly<Record<Name, number>>;
  readonly names: ReadonlyMap<number, Name>;
  /** The name of a code; one of a newer library is called by its number. */
  name(value: number): string;
  /** The code of a name. */
  value(name: Name): number;
}

/** What calls and operations end with. Name and one-line text: kc_status_name(), kc_status_text(). */
export type Status =
  | 'ok'
  | 'invalid-argument'
  | 'no-memory'
  | 'not-found'
  | 'not-offered'
  | 'policy'
  | 'no-room'
  | 'no-original'
  | 'no-last-encoder'
  | 'unresolved'
  | 'limit'
  | 'contact'
  | 'in-progress'
  | 'idempotency'
  | 'state'
  | 'cancelled'
  | 'declined'
  | 'ledger'
  | 'ledger-full'
  | 'ledger-damaged'
  | 'ledger-newer'
  | 'ledger-busy'
  | 'ledger-read-only'
  | 'ledger-key'
  | 'unreachable'
  | 'connection-lost'
  | 'timed-out'
  | 'protocol'
  | 'not-accepted'
  | 'encoder-offline'
  | 'encoder-busy'
  | 'no-card'
  | 'card'
  | 'card-format'
  | 'card-refused'
  | 'encoder-fault'
  | 'unknown-room'
  | 'room-unavailable'
  | 'room-busy'
  | 'not-checked-in'
  | 'one-shot-limit'
  | 'lock-system'
  | 'vendor'
  | 'mobile'
  | 'syntax'
  | 'credentials'
  | 'system'
  | 'certificate'
  | 'unknown-area'
  | 'conflict'
  | 'key-limit'
  | 'lock-offline'
  | 'other-site'
  | 'not-authentic';
export const status: Codes<Status>;

/** What happened to the card or in the lock server. */
export type Outcome =
  | 'pending'
  | 'not-written'
  | 'written'
  | 'unknown';
export const outcome: Codes<Outcome>;

/** What to do next. */
export type Advice =
  | 'none'
  | 'correct-request'
  | 'retry'
  | 'new-card'
  | 'other-encoder'
  | 'resolve'
  | 'check-configuration'
  | 'check-connection'
  | 'issue-original'
  | 'call-vendor'
  | 'check-ledger'
  | 'read-card';
export const advice: Codes<Advice>;

/** Levels of log messages. */
export type LogLevel =
  | 'error'
  | 'warning'
  | 'info'
  | 'debug';
export const logLevel: Codes<LogLevel>;

/** Events of one operation come in order: states, prompts and warnings in between, and exactly one KC_EVENT_DONE as the last. What a person must do is an event, not an error. */
export type EventType =
  | 'state'
  | 'prompt'
  | 'warning'
  | 'done'
  | 'encoder'
  | 'system'
  | 'ledger'
  | 'device';
export const eventType: Codes<EventType>;

export type Prompt =
  | 'present-card'
  | 'take-card'
  | 'confirm'
  | 'check-card';
export const prompt: Codes<Prompt>;

/** What a lock system may offer. Each is also asked of a system with kc_system_has(), where options may switch it. */
export type Capability =
  | 'original'
  | 'duplicate'
  | 'one-shot'
  | 'mobile'
  | 'read'
  | 'check-out'
  | 'cancel-key'
  | 'modify-stay'
  | 'key-image'
  | 'phone'
  | 'email'
  | 'deny-areas'
  | 'card-serial'
  | 'list-encoders'
  | 'block-stay'
  | 'card-image'
  | 'delivery'
  | 'write-image';
export const capability: Codes<Capability>;

/** Limits. 0 means none are taken. The characters that a lock system takes are no limit to ask for: other ones are adapted in texts (policy `text`), and refused with KC_ERROR_LIMIT in names of rooms, areas and encoders, which must arrive as they are. */
export type Limit =
  | 'rooms'
  | 'room-length'
  | 'areas'
  | 'guest-length'
  | 'operator-length'
  | 'text-lines'
  | 'text-length'
  | 'message-length'
  | 'copies'
  | 'minutes'
  | 'last-year'
  | 'start';
export const limit: Codes<Limit>;

export type LinkState =
  | 'down'
  | 'connecting'
  | 'up';
export const linkState: Codes<LinkState>;

export type EncoderState =
  | 'unknown'
  | 'online'
  | 'busy'
  | 'offline';
export const encoderState: Codes<EncoderState>;

/** What kc_context_watch_devices() tells. */
export type DeviceWatch =
  | 'off'
  | 'list'
  | 'identify';
export const devices: Codes<DeviceWatch>;

/** How a device stands. */
export type DeviceState =
  | 'present'
  | 'asking'
  | 'encoder'
  | 'no-encoder'
  | 'in-use'
  | 'refused'
  | 'gone';
export const deviceState: Codes<DeviceState>;

export type Verb =
  | 'issue-original'
  | 'issue-duplicate'
  | 'reissue'
  | 'issue-one-shot'
  | 'send-mobile'
  | 'read-card'
  | 'check-out'
  | 'modify-stay'
  | 'cancel-key'
  | 'discover'
  | 'resolve'
  | 'list-keys'
  | 'list-ops'
  | 'find-op'
  | 'forget-guest'
  | 'block-stay'
  | 'unblock-stay'
  | 'check-mobile'
  | 'verify-ledger'
  | 'forget-departed'
  | 'copy-ledger'
  | 'backup-ledger'
  | 'write-image';
export const verb: Codes<Verb>;

export type State =
  | 'queued'
  | 'connecting'
  | 'waiting'
  | 'encoding'
  | 'done';
export const state: Codes<State>;

export type Answer =
  | 'no'
  | 'yes';
export const answer: Codes<Answer>;

export type Resolution =
  | 'read-card'
  | 'opens'
  | 'does-not-open';
export const resolve: Codes<Resolution>;

/** Questions to the ledger are operations too: they never block the loop. */
export type Filter =
  | 'all'
  | 'booking'
  | 'room'
  | 'unresolved'
  | 'not-confirmed';
export const filter: Codes<Filter>;

/** Immutable: a kc_key shows the record as it was when it was fetched. */
export type Kind =
  | 'original'
  | 'duplicate'
  | 'one-shot'
  | 'mobile'
  | 'mobile-duplicate'
  | 'staff'
  | 'spare'
  | 'diagnostic'
  | 'unknown';
export const kind: Codes<Kind>;

export type KeyState =
  | 'pending'
  | 'unresolved'
  | 'active'
  | 'not-made'
  | 'voided'
  | 'checked-out'
  | 'blocked';
export const keyState: Codes<KeyState>;
