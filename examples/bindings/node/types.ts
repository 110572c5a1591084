// SPDX-License-Identifier: LGPL-2.1-or-later
// What the declarations allow and what they do not; the compiler checks it, nobody runs it: sh run.sh types
import { codes, Context, Device, Driver, Key, KeycardError, OpenKey } from 'keycard';

async function desk(context: Context, show: (text: string) => void): Promise<Key | null> {
  const site = context.site('Grand Hotel', { timeZone: 'Europe/Sofia', policies: { text: 'refuse' } });
  site.system('salto', 'salto+tcp://10.0.0.5:8090', { encoders: ['Desk 1'], options: { mobile: 'on' } });
  const request = site.request({ booking: '4711', rooms: ['101'], valid: { until: '2036-06-18' } });
  const operation = request.set({ station: 'desk-1', phone: null, copies: 2 }).issueOriginal();
  for await (const event of operation.events()) {
    if (event.prompt === 'confirm') operation.answer(true);
    // @ts-expect-error there is no such prompt
    if (event.prompt === 'present-cart') show(event.text);
  }
  try {
    return (await operation.wait()).key;
  } catch (error) {
    if (error instanceof KeycardError && error.cardState === 'unknown') operation.resolve('read-card');
    return null;
  }
}

async function encoders(context: Context): Promise<string[]> {
  context.watchDevices('identify');
  for await (const { type, state, device } of context.events()) {
    if (type === 'device' && state === 'encoder' && device) return [device.uri(), device.uri(Driver.find('salto'))];
  }
  return context.devices.map((device: Device) => device.vendorId.toString(16));
}

function wrong(context: Context, key: Key, bytes: Uint8Array): void {
  // @ts-expect-error a text is wanted
  context.site('Hotel').request({ booking: 4711 });
  // @ts-expect-error a request has no bed
  context.site('Hotel').request({ bed: '2' });
  // @ts-expect-error keys never change
  key.guest = 'Somebody';
  // @ts-expect-error there is no such way to watch
  context.watchDevices('always');
  // @ts-expect-error sites are made by contexts
  new Device();
  // @ts-expect-error the stripe's key is bytes
  OpenKey.checkStripe({ siteNumber: 7, siteKey: 'secret', track: '' });
  // @ts-expect-error there may be none
  key.image.fill(0);
  const image: Uint8Array = key.image ?? bytes;
  const number: number = codes.status.value('no-card');
  void [number, image];
}

export default { desk, encoders, wrong };
