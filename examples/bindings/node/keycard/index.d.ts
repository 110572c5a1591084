// SPDX-License-Identifier: LGPL-2.1-or-later
// libkeycard for TypeScript. What is generated stands in codes.d.ts and getters.d.ts; the comments of the rest are those
// of the modules.
import * as codes from './codes.js';
import {
  DeviceGetters, DriverGetters, EncoderGetters, Handle, KeyGetters, OpenKeyGetters, OperationGetters, SiteGetters,
  SystemGetters,
} from './getters.js';

export * as codes from './codes.js';

/** Version of the library that runs. */
export const version: () => string;
/** The stable name of a status, such as 'no-card'. */
export const statusName: (status: number) => string;
/** Whether a driver of this name is compiled in. */
export const hasDriver: (name: string) => boolean;

/** What went wrong, what it means for the card, and what to do. No guest data are in it. */
export class KeycardError extends Error {
  readonly status: number;
  readonly code: codes.Status;
  readonly advice: codes.Advice;
  readonly adviceText: string;
  readonly cardState: codes.Outcome;
  readonly field: string;
  readonly vendorCode: string;
  readonly vendorText: string;
  /** The operation that ended so, or null for a refused call. */
  readonly operation: Operation | null;
}

export interface SiteOptions {
  timeZone?: string;
  checkIn?: string;
  checkOut?: string;
  policies?: Record<string, string>;
}

/** One instance of the library, in Node's event loop. */
export class Context extends Handle {
  constructor(options?: { ledger?: string; ledgerKey?: Uint8Array | null });
  site(name: string, options?: SiteOptions): Site;
  /** All events from now on; it ends with the loop around it, or with the context. */
  events(): EventQueue;
  /** Switches events of devices on or off; one comes for each that is there already. */
  watchDevices(how?: codes.DeviceWatch): void;
  /** Those that are there while they are watched, else those that the last discovery saw. */
  get devices(): Device[];
  /** Switches events of what others do in the ledger on; interval in milliseconds, negative: off. */
  watchLedger(interval?: number): void;
  setConnectionRate(perSecond: number): void;
  dispatch(): void;
  wakeup(): void;
}

/** Events in order, for one `for await`. */
export interface EventQueue extends AsyncIterableIterator<Event> {
  next(): Promise<IteratorResult<Event, undefined>>;
}

/** Something that happened. */
export class Event {
  readonly type: codes.EventType;
  readonly text: string;
  /** The state that operation, encoder, system or device had when the event was made. */
  readonly state: codes.State | codes.EncoderState | codes.LinkState | codes.DeviceState;
  readonly prompt: codes.Prompt | null;
  readonly cardNumber: number;
  readonly cardCount: number;
  readonly operation: Operation | null;
  readonly encoder: Encoder | null;
  readonly system: System | null;
  readonly device: Device | null;
  readonly entry: number;
}

export interface SystemOptions {
  encoders?: readonly string[];
  options?: Record<string, string>;
}

export interface ListOptions {
  filter?: codes.Filter;
  value?: string | null;
  limit?: number;
}

/** One property. Questions to its ledger are operations too. */
export class Site extends SiteGetters {
  private constructor();
  policy(name: string): string;
  system(name: string, uri: string, options?: SystemOptions): System;
  request(values?: RequestValues): Request;
  discover(): Operation;
  listKeys(options?: ListOptions): Operation;
  listOperations(options?: ListOptions): Operation;
  findOperation(id: string): Operation;
  forgetGuest(booking: string): Operation;
  forgetDeparted(days: number): Operation;
  copyLedger(uri: string, key?: Uint8Array | null): Operation;
  backupLedger(path: string): Operation;
  verifyLedger(): Operation;
}

/** One lock system of a site. */
export class System extends SystemGetters {
  private constructor();
  get driver(): Driver;
  setOption(name: string, value: string): void;
  option(name: string): string;
  addEncoder(name: string): void;
  mapRoom(room: string, lockName: string): void;
  mapArea(area: string, lockName: string): void;
  has(capability: codes.Capability): boolean;
  limit(limit: codes.Limit): number;
  adoptFd(fd: number): void;
  remove(): void;
}

/** What writes a card. */
export class Encoder extends EncoderGetters {
  private constructor();
  get system(): System;
}

/** Something plugged into this computer; it becomes an encoder of a site by giving its uri() to Site.system(). */
export class Device extends DeviceGetters {
  private constructor();
  get system(): System | null;
  /** Why it is 'no-encoder' or 'refused', as an error that is not thrown; else null. */
  get error(): KeycardError | null;
  get drivers(): Driver[];
  uri(driver?: Driver | null): string;
  identify(options?: { driver?: string | null; options?: string | null }): void;
}

export interface DriverOption {
  readonly name: string;
  readonly default: string;
  readonly values: string;
  readonly help: string;
}

/** What is known of a kind of lock system. */
export class Driver extends DriverGetters {
  private constructor();
  static find(name: string): Driver | null;
  static all(): Driver[];
  get schemes(): string[];
  get options(): DriverOption[];
  has(capability: codes.Capability): boolean;
  limit(limit: codes.Limit): number;
}

/** null removes a text. */
export interface RequestValues {
  booking?: string | null;
  guest?: string | null;
  station?: string | null;
  encoder?: string | null;
  system?: string | null;
  operator?: string | null;
  phone?: string | null;
  email?: string | null;
  message?: string | null;
  cardSerial?: string | null;
  idempotencyKey?: string | null;
  rooms?: readonly string[];
  areas?: readonly string[];
  deniedAreas?: readonly string[];
  texts?: readonly string[];
  valid?: { from?: string | null; until?: string | null };
  copies?: number;
  returnImage?: boolean;
  /** For writeImage(). */
  image?: Uint8Array | null;
}

/** What is wanted. Values are given at once, or set later; a request may be changed and used again. */
export class Request extends Handle {
  private constructor();
  set(values: RequestValues): this;
  issueOriginal(): Operation;
  issueDuplicate(): Operation;
  reissue(): Operation;
  issueOneShot(): Operation;
  sendMobile(): Operation;
  readCard(): Operation;
  writeImage(): Operation;
  checkOut(): Operation;
  modifyStay(): Operation;
  cancelKey(keyId: string): Operation;
  blockStay(): Operation;
  unblockStay(): Operation;
  checkMobile(keyId: string): Operation;
}

/** What was adapted or should be known; before and after may be guest data. */
export interface Warning {
  readonly text: string;
  readonly field: string;
  readonly before: string;
  readonly after: string;
}

/** One attempt. */
export class Operation extends OperationGetters {
  private constructor();
  get isDone(): boolean;
  /** What went wrong, as an error that is not thrown; null if nothing did. */
  get error(): KeycardError | null;
  get keys(): Key[];
  get key(): Key | null;
  get voidedKeys(): Key[];
  get encoders(): Encoder[];
  get devices(): Device[];
  get operations(): Operation[];
  get followUp(): Operation | null;
  get warnings(): Warning[];
  events(): EventQueue;
  /** Its end: this operation, or rejected with a KeycardError. */
  wait(): Promise<this>;
  cancel(): void;
  answer(yes: boolean): void;
  retry(): Operation;
  resolve(how: codes.Resolution, operator?: string | null): Operation;
}

/** One record of the ledger, or what was read from a card. Immutable. */
export class Key extends KeyGetters {
  private constructor();
  /** The key as a Buffer, or null. */
  get image(): Uint8Array | null;
}

/** What an open key says that was read from a card, after it was held against the site's key. */
export class OpenKey extends OpenKeyGetters {
  private constructor();
  static checkCard(card: { siteNumber: number; siteKey: Uint8Array; uid: Uint8Array; message: Uint8Array }): OpenKey;
  static checkStripe(stripe: { siteNumber: number; siteKey: Uint8Array; track: string }): OpenKey;
  hasArea(area: number): boolean;
}
