/**
 * Prints the longest time in milliseconds for which the event loop of this program was blocked: during its first
 * startup check (`longest-stretch.mjs start`), or during an equally long sleep (`longest-stretch.mjs nothing`).
 */
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { DaemonIntent, ensureSyncDaemon } from '../../dist/index.cjs';

/** About as long as a startup check takes. */
const NOTHING_MS = 120;

// Warm up the measuring loop.
for (let round = 0; round < 100; round++) await turn();

let longest = 0;
let isOver = false;
let last = performance.now();
const work =
  process.argv[2] === 'start'
    ? ensureSyncDaemon({ intent: DaemonIntent.REMOTE_REQUIRED })
    : sleep(NOTHING_MS);
const done = work.then(() => {
  isOver = true;
});
while (!isOver) {
  await turn();
  const now = performance.now();
  longest = Math.max(longest, now - last);
  last = now;
}
await done;
console.log(longest);
