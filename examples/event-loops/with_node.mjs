// SPDX-License-Identifier: LGPL-2.1-or-later
// Keys in the event loop of Node.js: the binding lets libuv watch the descriptor of each context, and keys are awaited.
//
// sh examples/bindings/node/run.sh ./with_node.mjs LEDGER SALTO-URI AMBIANCE-URI, the evening of evening.c.
import { Context, KeycardError } from 'keycard';

const tryAgain = ['retry', 'new-card'];
const told = ['prompt', 'warning'];

/** Tells what a person must do until the operation has ended. */
async function follow(operation, say) {
  for await (const event of operation.events()) {
    if (told.includes(event.type)) say(event.text);
  }
  const { error } = operation;
  if (error) {
    say(`${operation.outcome}: ${error.message}`);
    say(`advice: ${error.adviceText}`);
  }
  return operation;
}

/** Once more, if nothing was written and the advice is to try again: a person would be asked here. */
async function makeKey(start, say) {
  let operation = await follow(start(), say);
  if (operation.error && operation.outcome === 'not-written' && tryAgain.includes(operation.error.advice)) {
    operation = await follow(operation.retry(), say);
  }
  if (operation.error) return false;
  say(`made: ${operation.key.kind}`);
  return true;
}

/** A guest arrives who wants an original and a duplicate. True if both were made. */
async function desk(site, booking, room, station, encoder) {
  const say = (words) => console.log(`${site.name}, ${booking}: ${words}`);
  const request = site.request({ booking, rooms: [room], valid: { until: '2036-06-18' }, station, encoder });
  return await makeKey(() => request.issueOriginal(), say) && makeKey(() => request.issueDuplicate(), say);
}

async function evening(contexts, ledger, salto, ambiance) {
  for (let number = 0; number < 2; number++) contexts.push(new Context({ ledger }));
  const grand = contexts[0].site('Grand Hotel', { timeZone: 'Europe/Sofia' });
  grand.system('salto', salto);
  const sea = contexts[1].site('Sea Hotel', { timeZone: 'Europe/Sofia' });
  sea.system('ambiance', ambiance);
  const made = await Promise.all([
    desk(grand, '4711', '101', 'desk-1', 'Desk 1'), desk(grand, '4712', '102', 'desk-2', 'Desk 2'),
    desk(sea, '815', '7', 'bar', '1'), desk(sea, '816', '8', 'lobby', '2'),
  ]);
  return made.every(Boolean) ? 0 : 1;
}

if (process.argv.length !== 5) {
  console.error(`usage: ${process.argv[1]} LEDGER SALTO-URI AMBIANCE-URI`);
  process.exit(2);
}
const contexts = [];
try {
  process.exitCode = await evening(contexts, ...process.argv.slice(2));
} catch (error) {
  if (!(error instanceof KeycardError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  for (const context of contexts) context.close();
}
