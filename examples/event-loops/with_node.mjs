// SPDX-License-Identifier: LGPL-2.1-or-later
// Keys in the event loop of Node.js: the binding lets it watch the descriptor of each context (uv_poll), and keys are
// awaited.
//
//     sh examples/bindings/node/run.sh examples/event-loops/with_node.mjs LEDGER SALTO-URI AMBIANCE-URI
//
// The evening is that of evening.c. KEYCARD_LIBRARY names another library than the installed one.
import { Context, KeycardError } from 'keycard';

const TOLD = ['prompt', 'warning'];
const TRY_AGAIN = ['retry', 'new-card'];

/** Tells what a person must do until the operation has ended. */
async function follow(operation, say) {
  for await (const event of operation.events()) {
    if (TOLD.includes(event.type)) say(event.text);
  }
  if (operation.error !== null) {
    say(`${operation.outcome}: ${operation.error.message}`);
    say(`advice: ${operation.error.adviceText}`);
  }
  return operation;
}

/** Once more, if nothing was written and the advice is to try again: a person would be asked here. */
async function makeKey(start, say) {
  let operation = await follow(start(), say);
  if (operation.error !== null && operation.outcome === 'not-written' && TRY_AGAIN.includes(operation.error.advice)) {
    operation = await follow(operation.retry(), say);
  }
  if (operation.error !== null) return false;
  say(`made: ${operation.key.kind}`);
  return true;
}

/** A guest arrives who wants an original and a duplicate. True if both were made. */
async function desk(site, hotel, booking, room, station, encoder) {
  const say = (words) => console.log(`${hotel}, ${booking}: ${words}`);
  const request = site.request({ booking, rooms: [room], valid: { until: '2036-06-18' }, station, encoder });
  return await makeKey(() => request.issueOriginal(), say) && makeKey(() => request.issueDuplicate(), say);
}

async function evening(contexts, ledger, salto, ambiance) {
  for (let number = 0; number < 2; number++) contexts.push(new Context({ ledger }));
  const grand = contexts[0].site('Grand Hotel', { timeZone: 'Europe/Sofia' });
  grand.system('salto', salto);
  const sea = contexts[1].site('Sea Hotel', { timeZone: 'Europe/Sofia' });
  sea.system('ambiance', ambiance);
  return Promise.all([
    desk(grand, 'Grand Hotel', '4711', '101', 'desk-1', 'Desk 1'), desk(grand, 'Grand Hotel', '4712', '102', 'desk-2', 'Desk 2'),
    desk(sea, 'Sea Hotel', '815', '7', 'bar', '1'), desk(sea, 'Sea Hotel', '816', '8', 'lobby', '2'),
  ]);
}

const [program, ...places] = process.argv.slice(1);
const contexts = [];
try {
  if (places.length !== 3) {
    console.error(`usage: ${program} LEDGER SALTO-URI AMBIANCE-URI`);
    process.exitCode = 2;
  } else {
    const made = await evening(contexts, ...places);
    process.exitCode = made.every((both) => both) ? 0 : 1;
  }
} catch (error) {
  if (!(error instanceof KeycardError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  for (const context of contexts) context.close();
}
