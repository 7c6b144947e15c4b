/**
 * Measures the startup check inside a running program. `startup-in-process.mjs startup|tables` prints the median of
 * warm rounds in milliseconds: of the startup check, or of reading the kernel's TCP tables. If there is a live daemon,
 * the time of one health probe is subtracted from the startup check.
 */
import { readFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { DaemonIntent, ensureSyncDaemon } from '../dist/index.cjs';

const ROUNDS = 25;
const WARM_UP = 3;
const start = () => ensureSyncDaemon({ intent: DaemonIntent.REMOTE_REQUIRED });
const { daemon = null } = await start();

const times = [];
for (let round = -WARM_UP; round < ROUNDS; round++) {
  const tables = await timed(() => Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`))));
  const health = daemon ? await timed(() => ask(daemon.port)) : 0;
  const whole = await timed(start);
  if (round >= 0) times.push(process.argv[2] === 'tables' ? tables : whole - health);
}
console.log(times.sort((one, other) => one - other)[Math.floor(ROUNDS / 2)]);

async function timed(act) {
  const from = performance.now();
  await act();
  return performance.now() - from;
}

function ask(port) {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/api/health', agent: new Agent() }, (answer) => {
      answer.resume().on('end', resolve);
    }).on('error', reject);
  });
}
