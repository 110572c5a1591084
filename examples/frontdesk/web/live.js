// SPDX-License-Identifier: LGPL-2.1-or-later
// What the server tells by itself: jobs, encoders, links, devices. A picture comes first, so nothing is lost by having been away.
import { get } from './server.js';
import { t } from './texts.js';

export const jobs = new Map();
export let systems = [];
export let devices = []; // what is plugged into the server's computer
export const changes = new EventTarget();

function tell(kind, detail) {
  changes.dispatchEvent(new CustomEvent(kind, { detail }));
}

// An answer may come later than an event that was sent after it.
export function takeJob(job) {
  if ((jobs.get(job.job)?.version ?? -1) >= job.version) return;
  jobs.set(job.job, job);
  tell('job', job);
}

const takers = {
  picture(data) {
    jobs.clear();
    for (const job of data.jobs) jobs.set(job.job, job);
    systems = data.systems;
    devices = data.devices;
    tell('picture', data);
    tell('systems', systems);
    tell('devices', devices);
  },
  job: takeJob,
  systems(data) {
    systems = data.systems;
    tell('systems', systems);
  },
  encoder(data) {
    const system = systems.find((one) => one.name === data.system);
    if (!system) return;
    const index = system.encoders.findIndex((one) => one.name === data.name);
    if (index < 0) system.encoders.push(data);
    else system.encoders[index] = data;
    tell('systems', systems);
  },
  system(data) {
    const system = systems.find((one) => one.name === data.name);
    if (system) system.link = data.link;
    tell('systems', systems);
  },
  device(data) { // its name may change when another one like it comes, its place does not
    const index = devices.findIndex((one) => one.transport === data.transport && one.place === data.place);
    if (data.state === 'gone') devices = devices.filter((one, other) => other !== index);
    else if (index < 0) devices.push(data);
    else devices[index] = data;
    tell('devices', devices);
  },
  ledger(data) { // what another front desk did; without a booking: nobody knows what
    tell('ledger', data);
  },
  booking(data) {
    tell('booking', data.id);
  },
};

export function connect() {
  const place = document.getElementById('connection');
  const source = new EventSource('/api/events');
  for (const [name, take] of Object.entries(takers))
    source.addEventListener(name, (event) => take(JSON.parse(event.data)));
  source.addEventListener('open', () => { place.textContent = ''; });
  source.addEventListener('error', () => {
    place.textContent = t('connection.lost');
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(async () => {
      source.close();
      await get('session').catch(() => {}); // goes to the login if that is why
      connect();
    }, 2000);
  });
}
